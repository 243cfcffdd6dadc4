/* image.h: everything a Lua state holds, written down at a moment when an algorithm waits for its next update, and put back
   into another state that has just come to the same place: the locals of the calls that are under way, and all that
   can be reached from there and from the registry: tables with their identity and cycles, upvalues, userdata.

   Scripts are deterministic, so what was there before the first update (functions, modules, whatever an algorithm made at
   its top) a second state makes by itself: lure_image_begin numbers it, in an order that does not depend on addresses, and an
   image names it by number; what it makes again later, at a known moment, lure_image_extend adds. Its contents, and tables and
   userdata born since, are written out. What cannot be is refused with the reason: a coroutine, a function born during an
   update, a weak table, calls that do not wait where they waited the first time (the iterator's loop has to have false as
   its closing value, as it gets from run:updates() itself). Then a run has to be done again from its start, which is as exact.

   A kind of userdata takes part by a lure_image_kind that its file registers. State of the host's that no Lua value leads
   to is run/'s to write (run/capture.c). */
#ifndef LURE_SCRIPT_IMAGE_H
#define LURE_SCRIPT_IMAGE_H

#include "base/bytes.h"
#include "base/status.h"

#include <lua.h>

typedef struct lure_image_out {
    lua_State *L;
    lure_text *text;
    bool is_first; /* numbering: the contents of userdata are of no interest */
    int ids,
        reached; /* stack indices: object -> number, of those there were at the beginning and of those met in this walk */
    int list; /* those met, in that order */
    lua_Integer n_known, n_numbers, n_listed;
    /* what is looked at, for refusals: "local", "field" or the like (null: unknown), its name, the function */
    const char *holder, *name;
    const lua_Debug *function;
} lure_image_out;

typedef struct lure_image_in {
    lua_State *L;
    lure_bytes bytes;
    int list; /* stack index: number -> object */
    lua_Integer n_known, n_numbers;
    struct lure_image_record *records; /* of each number */
} lure_image_in;

/* Functions of one kind of userdata, which lies at stack index `index`; all may raise. User values and the metatable are not
   theirs, but a made one has to come with its own metatable. */
typedef struct lure_image_kind {
    uint64_t kind;    /* of its lure_box */
    const char *name; /* for refusals: "an optimizer" */
    /* What `make` needs for another of the same size. Null: one that is born during an update cannot be made anew. */
    void (*plan)(lure_image_out *out, int index);
    void (*make)(lure_image_in *in); /* [-0, +1, e] */
    /* The contents, into one that is the same size. Null: it has none that change. */
    void (*save)(lure_image_out *out, int index);
    void (*load)(lure_image_in *in, int index);
} lure_image_kind;

/* The struct must be static; a second registration of a kind is the same. */
void lure_image_register(const lure_image_kind *kind);

/* What the registry has under this key the host keeps right by itself, so it is neither written nor touched: a weak list of what there
   is. The address must be of something static. */
void lure_image_leave_out(const void *key);

/* For these functions: a value, popped or pushed; numbers and blocks go through out->text and in->bytes. [-1, +0, e], [-0, +1, e] */
void lure_image_write(lure_image_out *out);
void lure_image_push(lure_image_in *in);
/* Raises: `what` cannot be written down; where it was met is said too. */
int lure_image_refuse(lure_image_out *out, const char *what);
/* Raises if what is read is not what was expected. */
void lure_image_expect(lure_image_in *in, bool is_so, const char *what);

/* These are called from a C function that is the iterator of the algorithm's for loop, and protect themselves: an error is in
   err, and the stack is as it was. After lure_image_load failed the state is of no use any more. [-0, +0, -] */
lure_status lure_image_begin(lua_State *L, bool will_load, lure_error *err); /* before the first update */
/* The value on top was made later, and a second state makes it too before it loads: a rule that replaced another. All that it leads
   to is numbered as if it had been there at the beginning; `label` tells it from others. After an error no image can be saved
   or loaded any more. [-0, +0, -] */
lure_status lure_image_extend(lua_State *L, const char *label, lure_error *err);
lure_status lure_image_save(lua_State *L, lure_text *out, lure_error *err);
lure_status lure_image_load(lua_State *L, lure_bytes *in,
                            lure_error *err); /* instead of the first update, after begin */

#endif
