/* bind_next_values.c: policy:next_values(batch, values): what followed each step of a batch is worth
   (learn/next_values.h). */
#include "script/policy_box.h"

#include "learn/next_values.h"
#include "script/call.h"
#include "script/tensor_box.h"

#include <lauxlib.h>
#include <string.h>

static const char what[] = "policy:next_values";

enum { NUMBERS = -1 }; /* a width: one number each, no side of its own */

/* Field `key` of the batch at 2, contiguous, of that type and of the sides of `like`, with one of `width` behind them;
   left on the stack. */
static const lure_tensor *read_field(lua_State *L, const char *key, lure_dtype dtype, const lure_tensor *like,
                                     ptrdiff_t width)
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims = like->n_dims;
    for (int i = 0; i < n_dims; i++)
        shape[i] = like->shape[i];
    if (width != NUMBERS)
        shape[n_dims++] = (size_t)width;
    lua_getfield(L, 2, key);
    if (!lure_box_test(L, -1, LURE_BOX_TENSOR))
        luaL_error(L, "%s: the batch's %s: expected a tensor, got %s", what, key, lure_type_name(L, -1));
    const lure_tensor *t = lure_check_tensor(L, lua_gettop(L));
    const lure_tensor expected = lure_tensor_view(NULL, dtype, n_dims, shape);
    if (t->dtype != dtype || !lure_tensor_same_shape(t, &expected)) {
        char got[LURE_SHAPE_TEXT], wanted[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, got);
        lure_tensor_shape_text(&expected, wanted);
        luaL_error(L, "%s: the batch's %s: expected %s of shape %s, got %s of shape %s", what, key,
                   lure_dtype_name(dtype), wanted, lure_dtype_name(t->dtype), got);
    }
    return t;
}

/* policy:next_values(batch, values) -> tensor like values   [-0, +1, e]
   values: of batch.observations, as policy:evaluate or policy:values gives them. Gives the value of what followed each
   step: of the next observation; of the true final one where the episode was truncated; of the one after the batch's last
   step; 0 where the episode terminated. */
static int next_values(lua_State *L)
{
    lure_policy *policy = lure__check_policy_box(L, 1)->policy;
    const lure_dtype dtype = lure_policy_dtype(policy);
    const size_t n_state = lure_policy_n_state(policy), n_inputs = lure_policy_n_inputs(policy);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    if (!lure_policy_has_value(policy))
        return luaL_error(L, "%s: the policy has no value; value = { layers... } gives it one", what);
    const lure_tensor *values = lure_check_tensor(L, 3);
    if (values->dtype != dtype || values->n_dims < 1 || values->n_dims > 2 ||
        (n_state && values->n_dims != 2))
        return luaL_error(
            L, "%s: values: expected those of batch.observations, as policy:evaluate gives them", what);
    lure_followed f = {.n_steps = values->shape[0],
                       .n_environments = values->n_dims == 2 ? values->shape[1] : 1,
                       .values = values->data};
    f.next_observations = read_field(L, "next_observations", dtype, values, (ptrdiff_t)n_inputs)->data;
    f.ends = read_field(L, "ends", LURE_I32, values, NUMBERS)->data;
    void *room = NULL;
    if (n_state > 0) {
        const size_t of_state[2] = {f.n_environments, n_state};
        const lure_tensor one_row = lure_tensor_view(NULL, dtype, 1, of_state);
        f.observations = read_field(L, "observations", dtype, values, (ptrdiff_t)n_inputs)->data;
        f.starts = read_field(L, "starts", LURE_I32, values, NUMBERS);
        f.first_states = read_field(L, "first_states", dtype, &one_row, (ptrdiff_t)n_state)->data;
        room = lure_push_tensor(L, dtype, 2, of_state)->data;
    }
    lure_tensor *out = lure_push_tensor(L, dtype, values->n_dims, values->shape);
    lure_error err;
    for (bool collected = false; lure_policy_next_values(policy, &f, room, out->data, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, what, &err);
    return 1;
}

void lure__add_next_values(lua_State *L)
{
    static const luaL_Reg methods[] = {{"next_values", next_values}, {NULL, NULL}};
    luaL_setfuncs(L, methods, 0);
}
