/* differentiate.c: differentiate(f, targets...) -> loss, one gradient a target, what else f returned. Calls f with the
   targets as arguments while the tape records, and walks back. Targets are policies (their gradient is a flat tensor for
   optimizer:step), tensors, and tables of them. A to-be-closed value ends the pass however f ends, so that errors keep
   their tracebacks; no yield crosses it. See differentiate.h. */
#include "script/tensor_box.h"

#include "script/call.h"
#include "script/library.h"
#include "script/profile.h"

#include <lauxlib.h>
#include <string.h>

static const char ANCHORS = 0; /* registry key of the list of what recorded nodes read and made */

enum { MOST_DEPTH = 8 };

/* ---- the pass ---- */

static void push_anchors(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ANCHORS);
}

/* The list keeps its room: the next pass needs as much. */
static void end_pass(lua_State *L)
{
    lure_pass *pass = &lure_sandbox_of(L)->pass;
    pass->running = 0;
    push_anchors(L);
    for (int i = pass->n_anchors; i > 0; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 1);
    pass->n_anchors = 0;
    pass->coroutine = NULL;
}

void lure_pass_abandon(lua_State *L, const lua_State *coroutine)
{
    const lure_pass *pass = &lure_sandbox_of(L)->pass;
    if (pass->running && (!coroutine || pass->coroutine == coroutine))
        end_pass(L);
}

static int close_pass(lua_State *L) /* __close of the guard; of a coroutine that died, it may come late */
{
    lua_settop(L, 0);
    if (lure_sandbox_of(L)->pass.coroutine == L)
        end_pass(L);
    return 0;
}

static void write_place(void *data, char *text, size_t size) /* for debugging */
{
    lure_sandbox_place(data, text, size);
}

/* In the middle of a rule, where nothing can be taken back and tried again. All that is recorded is anchored. */
static void reclaim(void *data)
{
    lua_gc(((lure_sandbox *)data)->running, LUA_GCCOLLECT);
}

static void begin_pass(lua_State *L)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    lure_pass *pass = &sandbox->pass;
    lure_error err;
    for (bool collected = false;
         !pass->tape && lure_tape_create(&sandbox->pool.account, &pass->tape, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    lure_tape_begin(pass->tape);
    lure_tape_on_refusal(pass->tape, reclaim, sandbox);
    lure_tape_debug(pass->tape, pass->debug ? write_place : NULL, sandbox);
    pass->coroutine = L;
    pass->running = ++pass->n_passes;
}

static bool names_places(lua_State *L, const lure_error *err)
{
    const lure_pass *pass = &lure_sandbox_of(L)->pass;
    return pass->running && pass->debug && err->status == LURE_ERROR_SCRIPT;
}

int lure__raise_computing(lua_State *L, const char *what, const lure_error *err)
{
    char place[LUA_IDSIZE + 16] = "";
    lure_error named;
    const char *before = what ? what : "", *colon = what ? ": " : "";
    if (names_places(L, err))
        lure_sandbox_place(lure_sandbox_of(L), place, sizeof place);
    size_t n = strlen(place);
    if (n == 0 || strncmp(err->text, place, n) != 0 || strncmp(err->text + n, ": ", 2) != 0) {
        lure_fail(&named, err->status, "%s%s%s", before, colon, err->text);
        return lure_raise(L, &named);
    }
    lure_sandbox_of(L)->raised = err->status;
    lua_pushfstring(L, "%s: %s%s%s", place, before, colon, err->text + n + 2);
    return lua_error(L);
}

/* Of the walk back: its text may name another line, that of the operation. */
static int raise_walking(lua_State *L, const lure_error *err)
{
    if (!names_places(L, err))
        return lure_raise(L, err);
    lure_sandbox_of(L)->raised = err->status;
    lua_pushstring(L, err->text);
    return lua_error(L);
}

void lure_refuse_in_pass(lua_State *L, const char *what)
{
    if (lure_pass_of(L))
        luaL_error(L, "%s: not while differentiate runs; call it before, and use what it gives", what);
}

/* ---- what recorded nodes read and made ---- */

/* Where the mark of a value is; null: it has none. */
static lure_box *keeper_of(lua_State *L, int index)
{
    lure_box *box = lua_touserdata(L, index);
    return box && box->kind == LURE_BOX_TENSOR ? ((lure_tensor_box *)box)->keeper : box;
}

void lure_anchor(lua_State *L, int index)
{
    lure_pass *pass = &lure_sandbox_of(L)->pass;
    lure_box *keeper = keeper_of(L, index);
    if (!keeper || keeper->recorded == pass->running)
        return;
    index = lua_absindex(L, index);
    push_anchors(L);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, ++pass->n_anchors);
    lua_pop(L, 1);
    keeper->recorded = pass->running;
}

void lure_set_node(lua_State *L, int index, lure_node node)
{
    if (node == 0)
        return;
    lure_tensor_box *box = lua_touserdata(L, index);
    box->node = node;
    box->pass = lure_pass_of(L);
    lure_anchor(L, index);
}

void lure_refuse_recorded(lua_State *L, int index, const char *what)
{
    const lure_box *keeper = keeper_of(L, index);
    if (keeper && keeper->recorded == lure_pass_of(L))
        luaL_error(L,
                   "%s: differentiate has recorded what these numbers were, and its gradients would be "
                   "wrong; write to "
                   "a copy (t:copy()), or after differentiate",
                   what);
}

/* ---- targets ---- */

static void track_tensor(lua_State *L, int arg)
{
    lure_tensor_box *box = lua_touserdata(L, arg);
    lure_value leaf;
    lure_error err;
    if (lure__node_of(L, box))
        luaL_error(L, "differentiate: the same tensor is given twice; once is enough");
    const lure_tensor *value = lure__box_tensor(L, box);
    lure_tensor *gradient = lure_push_result(L, value);
    for (bool collected = false;
         lure_tape_leaf(lure_tape_of(L), value, gradient->data, &leaf, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    lure_set_node(L, arg, leaf.node);
}

/* Where among the targets a value is, for messages. */
typedef struct place {
    int number;             /* the target's */
    const struct place *in; /* of the table that holds the value; null: it is the target itself */
    int key, depth;         /* its key in there: a stack index */
} place;

/* "target 1", or "target 1 at net[2].weights". [-0, +1, m] */
static const char *push_place(lua_State *L, const place *p)
{
    if (!p->in)
        return lua_pushfstring(L, "target %d", p->number);
    const char *in = push_place(L, p->in), *text = lure_push_text(L, p->key);
    const char *at = p->in->in ? "" : " at ", *dot = p->in->in ? "." : "";
    return lua_type(L, p->key) == LUA_TSTRING ? lua_pushfstring(L, "%s%s%s%s", in, at, dot, text)
                                              : lua_pushfstring(L, "%s%s[%s]", in, at, text);
}

static bool is_parameters(lua_State *L, int arg)
{
    return lua_istable(L, arg) && strcmp(lure_type_name(L, arg), "policy.parameters") == 0;
}

static bool is_empty(lua_State *L, int table)
{
    lua_pushnil(L);
    if (!lua_next(L, table))
        return true;
    lua_pop(L, 2);
    return false;
}

static int refuse_target(lua_State *L, int arg, const place *p)
{
    const lure_box *box = lua_touserdata(L, arg);
    luaL_checkstack(L, 3 * MOST_DEPTH + 8, NULL);
    const char *kind = lure_type_name(L, arg), *where = push_place(L, p);
    if (is_parameters(L, arg))
        return luaL_error(L, "differentiate: %s is policy.parameters; give the policy itself", where);
    if (lua_istable(L, arg) && p->depth == MOST_DEPTH)
        return luaL_error(L, "differentiate: %s: tables lie at most %d deep", where, (int)MOST_DEPTH);
    if (lua_istable(L, arg))
        return luaL_error(L, "differentiate: %s is an empty table; expected tensors in it", where);
    bool whole = box && box->kind == LURE_BOX_TENSOR;
    return luaL_error(
        L,
        "differentiate: %s is %s %s; expected a policy, a tensor of float numbers, or a table of "
        "these%s",
        where, whole ? "an int32" : lure_article(kind), kind, whole ? "; t:to(\"float64\") makes one" : "");
}

/* Pushes what the gradient of the value at `arg` goes into. */
static void track(lua_State *L, int arg, const place *p)
{
    const lure_box *box = lua_touserdata(L, arg);
    luaL_checkstack(L, 8, NULL);
    if (box && box->kind == LURE_BOX_TENSOR && ((const lure_tensor_box *)box)->tensor.dtype != LURE_I32) {
        track_tensor(L, arg);
    } else if (box && box->kind == LURE_BOX_POLICY) {
        lure_policy_track(L, arg);
    } else if (lua_istable(L, arg) && p->depth < MOST_DEPTH && !is_empty(L, arg)) {
        lua_newtable(L);
        int gradients = lua_gettop(L);
        for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
            const int value = lua_gettop(L);
            const place inner = {p->number, p, value - 1, p->depth + 1};
            lua_pushvalue(L, value - 1);
            track(L, value, &inner);
            lua_rawset(L, gradients);
        }
    } else {
        refuse_target(L, arg, p);
    }
}

/* ---- differentiate ---- */

static lure_value check_loss(lua_State *L, int index)
{
    lure_value loss = {0};
    if (index > lua_gettop(L) || lua_isnil(L, index))
        luaL_error(
            L, "differentiate: the function returned nothing; expected the loss: a number or a tensor of one "
               "number");
    if (lua_type(L, index) == LUA_TNUMBER)
        return loss;
    if (!lure_box_test(L, index, LURE_BOX_TENSOR))
        luaL_error(L, "differentiate: the loss is %s %s; expected a number or a tensor of one number",
                   lure_article(lure_type_name(L, index)), lure_type_name(L, index));
    lure_tensor_box *box = lua_touserdata(L, index);
    loss = (lure_value){*lure__box_tensor(L, box), lure__node_of(L, box)};
    if (lure_tensor_size(&loss.tensor) != 1) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&loss.tensor, shape);
        luaL_error(L,
                   "differentiate: the loss is a tensor of shape %s; expected one number: return its mean or "
                   "its sum",
                   shape);
    }
    return loss;
}

/* What f returned besides the loss: numbers where it is one number. */
static void settle(lua_State *L, int index)
{
    const lure_tensor_box *box = lure_box_test(L, index, LURE_BOX_TENSOR);
    if (!box || box->tensor.n_dims != 0)
        return;
    lure__push_element(L, box, &box->tensor, 0);
    lua_replace(L, index);
}

/* differentiate(f, targets...) -> loss, gradients..., f's further results   [-0, +n, e]; upvalue 1: the guard
   loss: a number. A gradient has its target's shape and type (a table: the same keys; a policy: flat, as policy:gradient's). */
static int differentiate(lua_State *L)
{
    int n = lua_gettop(L) - 1;
    if (!lua_isfunction(L, 1))
        return luaL_error(
            L,
            "differentiate: expected a function that returns the loss, then what to differentiate by, "
            "got %s first",
            lure_type_name(L, 1));
    if (n == 0)
        return luaL_error(
            L, "differentiate: by what? differentiate(f, policy), or tensors, or tables of tensors");
    if (lure_pass_of(L))
        return luaL_error(
            L, "differentiate: it runs already; one inside another would be a second derivative, which "
               "is not offered");
    luaL_checkstack(L, 2 * n + 8, NULL);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_toclose(L, -1);
    lua_pushnil(L); /* for the loss */
    int at_loss = lua_gettop(L);
    begin_pass(L);
    for (int i = 1; i <= n; i++)
        track(L, i + 1, &(const place){.number = i});
    lure_work before = lure_work_turn(L, lure_sandbox_of(L), LURE_WORK_GRADIENT);
    for (int i = 1; i <= n + 1; i++)
        lua_pushvalue(L, i);
    lua_call(L, n, LUA_MULTRET);

    int returned = at_loss + n + 1;
    lure_value loss = check_loss(L, returned);
    lure_error err;
    if (!loss.node && lure_sandbox_of(L)->pass.debug)
        return luaL_error(
            L, "differentiate: the loss depends on nothing that it is differentiated by, so every gradient "
               "would be 0; policy:act, policy:gradient, t:item() and t:to_table() give constants");
    if (loss.node && lure_tape_backward(lure_tape_of(L), &loss, &err) != LURE_OK)
        return raise_walking(L, &err);
    lure_work_turn(L, lure_sandbox_of(L), before);
    lua_pushnumber(L, loss.tensor.data ? lure_tensor_get(&loss.tensor, 0) : lua_tonumber(L, returned));
    lua_replace(L, at_loss);
    lua_remove(L, returned);
    for (int i = returned; i <= lua_gettop(L); i++)
        settle(L, i);
    return lua_gettop(L) - at_loss + 1;
}

/* [-0, +1, e] stop_gradient(t) -> its numbers, as a constant; no copy */
static int stop_gradient(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_settop(L, 1);
        return 1;
    }
    lure_value constant = {.tensor = *lure_check_strided(L, 1)};
    lure_push_value_view(L, &constant, 1);
    lure_settle_result(L);
    return 1;
}

/* [-0, +0, e] lure.debug_gradients(true): from the next differentiate on */
static int debug_gradients(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    lure_sandbox_of(L)->pass.debug = lua_toboolean(L, 1);
    return 0;
}

void lure_bind_differentiate(lua_State *L)
{
    lua_createtable(L, 32, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ANCHORS);
    lua_newtable(L); /* the guard */
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, close_pass);
    lua_setfield(L, -2, "__close");
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, differentiate, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "differentiate");
    lure_library_export(L, "differentiate");
    lua_pushcfunction(L, stop_gradient);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "stop_gradient");
    lure_library_export(L, "stop_gradient");
    lua_pushcfunction(L, debug_gradients);
    lua_setfield(L, -2, "debug_gradients");
}
