/* tensor_box.h: what a tensor is inside its userdata, for the files that bind tensors: bind_tensor.c, bind_operation.c,
   bind_indices.c, bind_tensor_view.c, bind_tensor_make.c, bind_tensor_write.c, differentiate.c. All others see bind.h and
   differentiate.h. Internal to script/. */
#ifndef LURE_SCRIPT_TENSOR_BOX_H
#define LURE_SCRIPT_TENSOR_BOX_H

#include "script/differentiate.h"
#include "script/image.h"

typedef struct lure_tensor_box {
    lure_box box;
    lure_tensor tensor;
    lure_box *keeper; /* whose the numbers are, this box or a pinned one: there a pass leaves its mark */
    struct lure_tensor_box
        *whole;            /* a view of numbers that may move (a batch's): where they lie; else null */
    size_t offset, extent; /* of such a view in `whole`, in elements: where it begins and ends */
    uint64_t pass;         /* in which `node` is valid */
    lure_node node;
    bool is_view;    /* by lure_push_tensor_view: its maker may point it elsewhere; scripts only read it */
    bool is_strided; /* not contiguous */
    bool is_indices; /* counts from 0 here and from 1 in scripts */
} lure_tensor_box;

lure_tensor *lure__find_view(lua_State *L, lure_tensor_box *box); /* raises if the numbers are gone */

/* The box's tensor, where its numbers lie now. */
static inline lure_tensor *lure__box_tensor(lua_State *L, lure_tensor_box *box)
{
    return box->whole ? lure__find_view(L, box) : &box->tensor;
}
static inline lure_tensor_box *lure__check_box(lua_State *L, int arg)
{
    return lure_box_check(L, arg, LURE_BOX_TENSOR, "tensor");
}
/* The node in the running pass, 0 when there is none. */
static inline lure_node lure__node_of(lua_State *L, const lure_tensor_box *box)
{
    return box->node != 0 && box->pass == lure_pass_of(L) ? box->node : 0;
}

/* A tensor whose numbers are not set yet. [-0, +1, e] */
lure_tensor_box *lure__push_unset(lua_State *L, const lure_tensor *planned);
/* One element, 0-based in row-major order, as a script sees it. [-0, +1, -] */
void lure__push_element(lua_State *L, const lure_tensor_box *box, const lure_tensor *t, size_t i);
/* Replaces a tensor of indices at `arg` by one that holds the numbers scripts see. [-0, +0, e] */
lure_tensor_box *lure__show_indices(lua_State *L, int arg);

/* The one place where 1-based becomes 0-based: an index along a side of n. `what` begins the message. */
size_t lure__check_index(lua_State *L, int arg, size_t n, const char *what);
/* The same for axes; a negative one counts from the last. None given: `otherwise`. */
enum { LURE_LAST_AXIS = -2 };
int lure__check_axis(lua_State *L, int arg, const lure_tensor *t, int otherwise, const char *what);

/* "float32", "single", ... at arg, or `otherwise` if there is none. */
lure_dtype lure__check_dtype(lua_State *L, int arg, lure_dtype otherwise, const char *what);
/* A shape: a list at arg, or numbers from arg on; a side of -1 is allowed if `unknown` is not null and set there (else -1).
   Returns the index of the first argument behind it. */
int lure__check_shape(lua_State *L, int arg, int *n_dims, size_t shape[LURE_MAX_DIMS], int *unknown,
                      const char *what);

/* One side of a shape: a whole number >= 0 (SIZE_MAX for -1 where it may be unknown). */
size_t lure__check_side(lua_State *L, int index, bool may_be_unknown, const char *what);
/* A tensor of the numbers of the list at `index`, or of lists of the same length in it, up to four deep. [-0, +1, e] */
lure_tensor *lure__push_list(lua_State *L, int index, lure_dtype dtype, const char *what);

/* lure_raise for what an operation or a policy failed with, `what` (or null) before the text. While debugging the text
   may have the place already; it comes once, at the beginning. */
int lure__raise_computing(lua_State *L, const char *what, const lure_error *err);

/* bind_operation.c: pushes the operation's result. Its inputs lie at the stack indices first, first + 1, ...; a view is of the
   first. A constant that is one number comes as a Lua number. [-0, +1, e] */
void lure__push_operation(lua_State *L, lure_op op, size_t n, const lure_value *inputs, int first,
                          const lure_op_options *options);
/* The value at `arg`, with the operation's name in the error; a number takes the type of the tensor at `beside`. */
lure_value lure__read_value(lua_State *L, lure_op op, int arg, int beside, void *room);
/* A tensor whose numbers are only moved: one of indices is taken as it is. */
lure_value lure__read_kept(lua_State *L, lure_op op, int arg);

/* What the binding of each file adds to the methods (table at index `methods`) and to the table `lure` below it. */
void lure__add_operations(lua_State *L, int methods, int functions);
void lure__add_views(lua_State *L, int methods, int functions);
void lure__add_indices(lua_State *L, int methods, int functions);
void lure__add_making(lua_State *L, int functions);
void lure__add_writing(lua_State *L, int methods);
/* Lua functions that others call in C. */
int lure__tensor_select(lua_State *L, size_t i);     /* t[i] of the tensor at 1, 0-based */
int lure__tensor_tostring(lua_State *L);             /* print_tensor.c */
extern const lure_image_kind lure__image_of_tensors; /* image_tensor.c */

#endif
