/* bind_policy_parameters.c: policy:flat() and policy.parameters.<name>. The latter is a number when there is one, else a
   view; while differentiate runs for this policy a tracked one, so that a script can add to its loss what it likes: a
   weight's square, say. */
#include "script/policy_box.h"

#include "script/call.h"

#include <lauxlib.h>

/* policy:flat() -> tensor (n_parameters): a copy of all numbers, in the order of print(policy), in which policy:load takes
   them, and of the policy's type. Not in differentiate. [-0, +1, e] */
static int policy_flat(lua_State *L)
{
    lure_policy *policy = lure__check_policy_box(L, 1)->policy;
    size_t n = lure_policy_n_parameters(policy);
    lure_refuse_in_pass(L, "policy:flat");
    const lure_tensor block =
        lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    lure_tensor_copy(&block, lure_push_tensor(L, block.dtype, 1, &n));
    return 1;
}

void lure__add_policy_flat(lua_State *L)
{
    lua_pushcfunction(L, policy_flat);
    lua_setfield(L, -2, "flat");
}

/* Upvalue 1: the policy. Refuses a name that is not there, listing those that are. */
static const lure_parameter *check_parameter(lua_State *L, lure_policy_box **box)
{
    *box = lua_touserdata(L, lua_upvalueindex(1));
    lure_policy *policy = (*box)->policy;
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : lure_push_text(L, 2);
    const lure_parameter *found = lure_policy_find(policy, name);
    if (!found) {
        luaL_Buffer known;
        luaL_buffinit(L, &known);
        for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
            luaL_addstring(&known, i ? ", " : "");
            luaL_addstring(&known, lure_policy_named(policy, i)->name);
        }
        luaL_pushresult(&known);
        luaL_error(L, "the policy has no parameter '%s'; it has %s", name, lua_tostring(L, -1));
    }
    return found;
}

static lure_tensor view_of(lure_policy *policy, const lure_parameter *p)
{
    lure_dtype dtype = lure_policy_dtype(policy);
    void *data = (char *)lure_policy_parameters(policy) + p->offset * lure_dtype_size(dtype);
    return lure_tensor_view(data, dtype, p->size == 1 ? 0 : p->n_dims, p->shape);
}

/* What is fixed is a constant to differentiate, too. */
static int push_tracked(lua_State *L, lure_policy_box *box, const lure_parameter *p)
{
    lure_value value = {.tensor = view_of(box->policy, p)};
    lure_error err;
    for (bool collected = false;
         lure_policy_parameter(box->policy, lure_tape_of(L), &box->leaf, p, &value, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    lure_push_value_view(L, &value, lua_upvalueindex(1));
    return 1;
}

static int parameters_index(lua_State *L) /* [-0, +1, e] */
{
    lure_policy_box *box;
    const lure_parameter *p = check_parameter(L, &box);
    if (lure__policy_leaf(L, box))
        return push_tracked(L, box, p);
    lure_tensor view = view_of(box->policy, p);
    if (view.n_dims == 0)
        lua_pushnumber(L, lure_tensor_get(&view, 0));
    else
        lure_push_tensor_view(L, &view, lua_upvalueindex(1));
    return 1;
}

/* [-0, +0, e] policy.parameters.bias = number (all elements) or tensor */
static int parameters_newindex(lua_State *L)
{
    lure_policy_box *box;
    const lure_parameter *p = check_parameter(L, &box);
    lure_check_writable(L, lua_upvalueindex(1), "policy.parameters");
    lure_tensor view = view_of(box->policy, p);
    if (lure_box_test(L, 3, LURE_BOX_TENSOR)) {
        const lure_tensor *from = lure_check_tensor(L, 3);
        if (lure_tensor_size(from) != p->size || (view.n_dims > 0 && !lure_tensor_same_shape(from, &view))) {
            char shapes[2][LURE_SHAPE_TEXT];
            lure_tensor_shape_text(from, shapes[0]);
            lure_tensor_shape_text(&view, shapes[1]);
            luaL_error(L, "policy.parameters: %s is of shape %s; got %s", p->name, shapes[1], shapes[0]);
        }
        lure_check_parameters(L, view.dtype, from, "policy.parameters");
        for (size_t i = 0; i < p->size; i++)
            lure_tensor_set(&view, i, lure_tensor_get(from, i));
        return 0;
    }
    if (lua_type(L, 3) != LUA_TNUMBER) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&view, shape);
        luaL_error(L, "policy.parameters: %s: expected a number or a tensor of shape %s, got %s", p->name,
                   shape, lure_type_name(L, 3));
    }
    double value = lua_tonumber(L, 3);
    const lure_tensor number = {.data = &value, .dtype = LURE_F64};
    lure_check_parameters(L, view.dtype, &number, "policy.parameters");
    for (size_t i = 0; i < p->size; i++)
        lure_tensor_set(&view, i, value);
    return 0;
}

/* Upvalues: the policy, how many were given. [-0, +2, e] */
static int next_parameter(lua_State *L)
{
    const lure_policy *policy = ((lure_policy_box *)lua_touserdata(L, lua_upvalueindex(1)))->policy;
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    if ((size_t)i >= lure_policy_n_named(policy))
        return 0;
    lua_pushinteger(L, i + 1);
    lua_replace(L, lua_upvalueindex(2));
    lua_settop(L, 1);
    lua_pushstring(L, lure_policy_named(policy, (size_t)i)->name);
    lua_pushvalue(L, 2);
    lua_gettable(L, 1);
    return 2;
}

/* [-0, +3, e] for name, value in pairs(policy.parameters): in the order of print(policy) */
static int parameters_pairs(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_parameter, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* It holds the policy and the policy holds it: a cycle the collector sees. */
void lure__push_policy_parameters(lua_State *L, int policy)
{
    static const luaL_Reg events[] = {{"__index", parameters_index},
                                      {"__newindex", parameters_newindex},
                                      {"__pairs", parameters_pairs},
                                      {NULL, NULL}};
    policy = lua_absindex(L, policy);
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, policy);
    luaL_setfuncs(L, events, 1);
    lua_pushliteral(L, "policy.parameters");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
