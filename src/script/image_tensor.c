/* image_tensor.c: tensors in an image (image.h): numbers where they are a tensor's own; a view by its owner and where it lies in
   it, so that what shared numbers shares them again. Views of a batch are the host's to point (run/capture.c). */
#include "script/tensor_box.h"

#include "base/bytes.h"

#include <lauxlib.h>
#include <string.h>

/* Is it a view? Pushes its owner, or nothing. */
static bool push_owner(lua_State *L, int index)
{
    if (lua_getiuservalue(L, index, 1) != LUA_TNONE)
        return true;
    lua_pop(L, 1);
    return false;
}

/* Where the numbers of the view's owner, on top, begin; null: it is nobody that can be asked. */
static char *begin_of(lua_State *L)
{
    if (lure_box_test(L, -1, LURE_BOX_TENSOR))
        return ((lure_tensor_box *)lua_touserdata(L, -1))->tensor.data;
    if (lure_box_test(L, -1, LURE_BOX_POLICY))
        return lure_policy_parameters(lure_check_policy(L, lua_gettop(L)));
    return NULL;
}

static void plan(lure_image_out *out, int index)
{
    lua_State *L = out->L;
    const lure_tensor_box *box = lua_touserdata(L, index);
    const lure_tensor *t = &box->tensor;
    lure_bytes_add_u8(out->text, (uint8_t)t->dtype);
    lure_bytes_add_u8(out->text, (uint8_t)t->n_dims);
    for (int i = 0; i < t->n_dims; i++) {
        lure_bytes_add_u64(out->text, t->shape[i]);
        lure_bytes_add_u64(out->text, t->stride[i]);
    }
    lure_bytes_add_u8(out->text, box->is_indices);
    bool is_view = push_owner(L, index);
    lure_bytes_add_u8(out->text, is_view);
    if (!is_view)
        return;
    const char *begin = begin_of(L);
    if (box->is_view || (!begin && t->data && !box->whole))
        lure_image_refuse(out, "a batch of the host's was made during an update");
    lure_bytes_add_u64(out->text, box->whole ? 0 : (uint64_t)((char *)t->data - begin));
    lure_bytes_add_u8(out->text, box->whole != NULL);
    lure_bytes_add_u64(out->text, box->offset);
    lure_bytes_add_u64(out->text, box->extent);
    lure_image_write(out);
}

static void make(lure_image_in *in)
{
    lua_State *L = in->L;
    lure_value value = {0};
    lure_tensor *t = &value.tensor;
    t->dtype = (lure_dtype)lure_bytes_u8(&in->bytes);
    t->n_dims = lure_bytes_u8(&in->bytes);
    lure_image_expect(in, t->n_dims <= LURE_MAX_DIMS && t->dtype <= LURE_I32, "a tensor");
    for (int i = 0; i < t->n_dims; i++) {
        t->shape[i] = (size_t)lure_bytes_u64(&in->bytes);
        t->stride[i] = (size_t)lure_bytes_u64(&in->bytes);
    }
    bool is_indices = lure_bytes_u8(&in->bytes) != 0, is_view = lure_bytes_u8(&in->bytes) != 0;
    if (!is_view) {
        lure_push_tensor(L, t->dtype, t->n_dims, t->shape);
    } else {
        const uint64_t from = lure_bytes_u64(&in->bytes);
        bool is_moving = lure_bytes_u8(&in->bytes) != 0;
        const size_t offset = (size_t)lure_bytes_u64(&in->bytes),
                     extent = (size_t)lure_bytes_u64(&in->bytes);
        lure_image_push(in);
        char *begin = begin_of(L);
        lure_image_expect(in, begin || lure_box_test(L, -1, LURE_BOX_TENSOR), "the owner of a view");
        t->data = begin ? begin + (ptrdiff_t)from : NULL;
        lure_push_value_view(L, &value, lua_gettop(L));
        lua_remove(L, -2);
        lure_tensor_box *box = lua_touserdata(L, -1);
        lure_image_expect(in, is_moving == (box->whole != NULL), "the owner of a view");
        box->offset = offset;
        box->extent = extent;
    }
    if (is_indices)
        lure_mark_indices(L, -1);
}

static void save(lure_image_out *out, int index)
{
    const lure_tensor *t = &((const lure_tensor_box *)lua_touserdata(out->L, index))->tensor;
    if (push_owner(out->L, index))
        lua_pop(out->L, 1);
    else
        lure_bytes_add_block(out->text, t->data, lure_tensor_size(t) * lure_dtype_size(t->dtype));
}

static void load(lure_image_in *in, int index)
{
    const lure_tensor *t = &((const lure_tensor_box *)lua_touserdata(in->L, index))->tensor;
    if (push_owner(in->L, index))
        lua_pop(in->L, 1);
    else
        lure_bytes_copy_block(&in->bytes, t->data, lure_tensor_size(t) * lure_dtype_size(t->dtype));
}

const lure_image_kind lure__image_of_tensors = {LURE_BOX_TENSOR, "a tensor", plan, make, save, load};
