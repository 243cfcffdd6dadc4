/* image_policy.c: policies in an image (image.h): parameters, what they remember, the gradient that was given out last. One that is
   born during an update is a copy of one that was there, or cannot be made again. */
#include "script/policy_box.h"

#include "script/call.h"
#include "script/image.h"

#include <lauxlib.h>

static void plan(lure_image_out *out, int index)
{
    if (lua_getiuservalue(out->L, index, LURE_POLICY_ORIGINAL) == LUA_TNIL)
        lure_image_refuse(out, "a policy was made during an update, not by policy:copy");
    lure_image_write(out);
}

static void make(lure_image_in *in)
{
    lure_image_push(in);
    lure_image_expect(in, lure_box_test(in->L, -1, LURE_BOX_POLICY) != NULL, "a policy");
    lua_getfield(in->L, -1, "copy");
    lua_insert(in->L, -2);
    lua_call(in->L, 1, 1);
}

static void save(lure_image_out *out, int index)
{
    const lure_policy_box *box = lua_touserdata(out->L, index);
    const lure_policy_memory memory = lure_policy_remembered(box->policy);
    lure_bytes_add_block(out->text, lure_policy_parameters(box->policy),
                         lure_policy_n_parameters(box->policy) *
                             lure_dtype_size(lure_policy_dtype(box->policy)));
    lure_bytes_add_u8(out->text, box->gradient_spent);
    lure_bytes_add_u64(out->text, memory.n_rows);
    lure_bytes_add_u8(out->text, memory.is_masked);
    lure_bytes_add_block(out->text, memory.block, memory.n_bytes);
}

static void load(lure_image_in *in, int index)
{
    lua_State *L = in->L;
    lure_policy_box *box = lua_touserdata(L, index);
    lure_policy_memory memory;
    lure_error err;
    lure_bytes_copy_block(&in->bytes, lure_policy_parameters(box->policy),
                          lure_policy_n_parameters(box->policy) *
                              lure_dtype_size(lure_policy_dtype(box->policy)));
    box->gradient_spent = lure_bytes_u8(&in->bytes) != 0;
    box->gradient =
        lua_getiuservalue(L, index, LURE_POLICY_GRADIENT) == LUA_TUSERDATA ? lure_check_strided(L, -1) : NULL;
    lua_pop(L, 1);
    memory.n_rows = (size_t)lure_bytes_u64(&in->bytes);
    memory.is_masked = lure_bytes_u8(&in->bytes) != 0;
    memory.block = lure_bytes_block(&in->bytes, &memory.n_bytes);
    if (lure_policy_remember_again(box->policy, &memory, &err) != LURE_OK)
        lure_raise(L, &err);
}

const lure_image_kind lure__image_of_policies = {LURE_BOX_POLICY, "a policy", plan, make, save, load};
