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

/* From its first number to behind its last one, in elements. */
static size_t span_of(const lure_tensor *t)
{
    size_t last = 0;
    for (int i = 0; i < t->n_dims; i++)
        last += t->shape[i] ? (t->shape[i] - 1) * t->stride[i] : 0;
    return lure_tensor_size(t) ? last + 1 : 0;
}

/* The numbers of the view's owner, on top, as far as a view of it may reach. Data null: it is nobody that can be asked. */
static lure_tensor numbers_of(lua_State *L)
{
    if (lure_box_test(L, -1, LURE_BOX_TENSOR))
        return ((lure_tensor_box *)lua_touserdata(L, -1))->tensor;
    if (!lure_box_test(L, -1, LURE_BOX_POLICY))
        return (lure_tensor){0};
    lure_policy *policy = lure_check_policy(L, lua_gettop(L));
    const size_t n = lure_policy_n_parameters(policy);
    return lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
}

/* A view by its owner, which may be a batch whose numbers move: then where it lies in them is kept apart. */
static void make_view(lure_image_in *in, lure_value *value)
{
    lua_State *L = in->L;
    lure_tensor *t = &value->tensor;
    const uint64_t from = lure_bytes_u64(&in->bytes);
    bool is_moving = lure_bytes_u8(&in->bytes) != 0;
    const size_t offset = (size_t)lure_bytes_u64(&in->bytes), extent = (size_t)lure_bytes_u64(&in->bytes);
    lure_image_push(in);
    const lure_tensor owner = numbers_of(L);
    const size_t span = span_of(t);
    if (is_moving) {
        lure_image_expect(in, lure_box_test(L, -1, LURE_BOX_TENSOR) && owner.dtype == t->dtype, "a view");
        lure_image_expect(in, extent == (span ? offset + span : 0), "a view");
    } else {
        lure_image_expect(in, owner.data && owner.dtype == t->dtype, "the owner of a view");
        lure_image_expect(in, from <= span_of(&owner) && span <= span_of(&owner) - from, "a view");
        t->data = (char *)owner.data + from * lure_dtype_size(t->dtype);
    }
    lure_push_value_view(L, value, lua_gettop(L));
    lua_remove(L, -2);
    lure_tensor_box *box = lua_touserdata(L, -1);
    lure_image_expect(in, is_moving == (box->whole != NULL), "the owner of a view");
    box->offset = offset;
    box->extent = extent;
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
    const lure_tensor owner = numbers_of(L);
    if (box->is_view || (!box->whole && !owner.data))
        lure_image_refuse(out, "a batch of the host's was made during an update");
    const size_t from = box->whole ? 0 : (size_t)((char *)t->data - (char *)owner.data);
    lure_bytes_add_u64(out->text, from / lure_dtype_size(t->dtype));
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
    if (is_view)
        make_view(in, &value);
    else
        lure_push_tensor(L, t->dtype, t->n_dims, t->shape);
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
