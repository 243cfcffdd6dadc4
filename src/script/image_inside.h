/* image_inside.h: what writing an image (image.c, image_walk.c) and reading it (image_load.c) share. Internal to script/. */
#ifndef LURE_SCRIPT_IMAGE_INSIDE_H
#define LURE_SCRIPT_IMAGE_INSIDE_H

#include "script/bind.h"
#include "script/image.h"

/* What lies in the registry under LURE__IMAGE: a list. */
extern const char lure__image_key;
enum { IMAGE_IDS = 1, IMAGE_SHAPE, IMAGE_FINGERPRINT, IMAGE_COUNT, IMAGE_LIST };

/* Tags of values and of records. */
enum {
    TAG_NIL = 'n',
    TAG_FALSE = 'f',
    TAG_TRUE = 't',
    TAG_INTEGER = 'i',
    TAG_FLOAT = 'd',
    TAG_STRING = 's',
    TAG_OBJECT = 'o',
    TAG_MAIN = 'm', /* the main thread */
    TAG_TABLE = 'T',
    TAG_FUNCTION = 'F',
    TAG_USERDATA = 'U',
    TAG_BARE = 'B' /* a light userdata: nothing but its identity */
};

/* Calls of the scripts: level 0 is the protected function that walks, level 1 the iterator. */
enum { FIRST_LEVEL = 2 };

const lure_image_kind *lure__image_kind_of(lua_State *L, int index); /* null: unknown */

bool lure__image_is_left_out(const void *key); /* of the registry */

/* image_walk.c: the calls, as values to text and what must be alike to shape; all that can be reached. */
void lure__image_walk(lure_image_out *out, lure_text *shape);
/* All that can be reached from the value on top and is not numbered yet; list holds by number what is. */
void lure__image_walk_from(lure_image_out *out);

#endif
