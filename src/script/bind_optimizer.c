/* bind_optimizer.c: optimizer:step(policy, gradient, rate). The rate is an argument and is kept nowhere but in
   the run's log. lure.optimizer(name or { name, options... }, policy) makes one; optimizer.steps, optimizer.kind,
   optimizer:state() and optimizer:load(state) look at it and put it back.
   Each optimizer has a metatable of its own whose __index is a plain table, so that a step costs one look-up. */
#include "script/bind.h"

#include "base/text.h"
#include "script/call.h"
#include "script/image.h"
#include "script/policy_box.h"
#include "script/profile.h"
#include "script/spec.h"
#include "script/spec_words.h"
#include "script/tensor_box.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct optimizer_box {
    lure_box box;
    lure_optimizer *optimizer; /* null until made */
    size_t n_parameters; /* of the policy it was made for: its moments and stretches fit no other size */
    lure_dtype dtype;
} optimizer_box;

static lure_optimizer *check_optimizer(lua_State *L, int arg)
{
    return ((optimizer_box *)lure_box_check(L, arg, LURE_BOX_OPTIMIZER, "optimizer"))->optimizer;
}

static int optimizer_collect(lua_State *L)
{
    optimizer_box *box = lua_touserdata(L, 1);
    lure_optimizer_destroy(box->optimizer);
    box->optimizer = NULL;
    return 0;
}

/* optimizer.steps, optimizer.kind; the rest is in the table that this stands behind. [-0, +1, e] */
static int optimizer_field(lua_State *L)
{
    static const char *const known[] = {"steps", "kind", "step", "state", "load"};
    const lure_optimizer *optimizer = ((optimizer_box *)lua_touserdata(L, lua_upvalueindex(1)))->optimizer;
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : lure_push_text(L, 2);
    if (strcmp(key, "steps") == 0)
        lua_pushinteger(L, (lua_Integer)lure_optimizer_steps(optimizer));
    else if (strcmp(key, "kind") == 0)
        lua_pushstring(L, lure_optimizer_kind_name(lure_optimizer_kind_of(optimizer)));
    else
        lure__refuse_word(L, "optimizer field", key, known, sizeof known / sizeof *known);
    return 1;
}

static int optimizer_newindex(lua_State *L)
{
    return luaL_error(L, "optimizer.%s cannot be set; optimizer:load(state) puts a state back",
                      lure_push_text(L, 2));
}

static int optimizer_step(lua_State *L);
static int optimizer_state(lua_State *L);
static int optimizer_load(lua_State *L);
static int optimizer_tostring(lua_State *L);

static void push_metatable(lua_State *L, optimizer_box *box)
{
    static const luaL_Reg events[] = {{"__gc", optimizer_collect},
                                      {"__tostring", optimizer_tostring},
                                      {"__newindex", optimizer_newindex},
                                      {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"step", optimizer_step}, {"state", optimizer_state}, {"load", optimizer_load}, {NULL, NULL}};
    lua_newtable(L);
    luaL_setfuncs(L, events, 0);
    lua_pushliteral(L, "optimizer");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_newtable(L);
    lua_pushlightuserdata(L, box); /* the closure is reached through the box alone, so it is there */
    lua_pushcclosure(L, optimizer_field, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
}

lure_optimizer *lure_push_optimizer(lua_State *L, const lure_optimizer_options *options,
                                    const lure_policy *policy)
{
    optimizer_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (optimizer_box){.box.kind = LURE_BOX_OPTIMIZER};
    push_metatable(L, box);
    lua_setmetatable(L, -2);
    lure_check_groups(L, options, policy);

    size_t n_named = lure_policy_n_named(policy), n = 0;
    lure_stretch *trainable =
        lua_newuserdatauv(L, (n_named + 1) * sizeof *trainable, 0); /* scratch, collected */
    for (size_t i = 0; i < n_named; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        if (p->trainable)
            trainable[n++] = lure_optimizer_stretch(options, p->name, p->offset, p->size);
    }
    lure_error err;
    for (bool collected = false;
         lure_optimizer_create(options, lure_policy_dtype(policy), lure_policy_n_parameters(policy),
                               trainable, n, &lure_sandbox_of(L)->pool.account, &box->optimizer,
                               &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    box->n_parameters = lure_policy_n_parameters(policy);
    box->dtype = lure_policy_dtype(policy);
    lua_pop(L, 1);
    return box->optimizer;
}

/* Tells the listener (explain) the parameters before the step and what was subtracted. Off the fast path. */
static lure_status step_with_listener(lua_State *L, lure_optimizer *optimizer, lure_policy *policy,
                                      const void *gradient, double rate, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    size_t n = lure_policy_n_parameters(policy);
    double *before = lua_newuserdatauv(L, (2 * n + 1) * sizeof *before, 0), *steps = before + n;
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    for (size_t i = 0; i < n; i++)
        before[i] = lure_tensor_get(&block, i);
    memset(steps, 0, n * sizeof *steps);
    lure_status status =
        lure_optimizer_step(optimizer, block.data, gradient, rate, steps, &sandbox->last_gradient_norm, err);
    if (status == LURE_OK)
        sandbox->listener.step(sandbox->listener.data, policy, rate, before, steps);
    return status;
}

/* optimizer:step(policy, gradient, rate): the policy's parameters less rate times the direction. gradient: a tensor
   (n_parameters) of floats, which the next policy:gradient may write over. rate: a finite number >= 0. What is
   not finite, or would make a parameter so, is an error, and then nothing is changed. [-0, +0, e] */
static int optimizer_step(lua_State *L)
{
    const optimizer_box *box = lure_box_check(L, 1, LURE_BOX_OPTIMIZER, "optimizer");
    lure_optimizer *optimizer = box->optimizer;
    lure_policy *policy = lure_check_policy(L, 2);
    lure_check_writable(L, 2, "optimizer:step");
    if (box->n_parameters != lure_policy_n_parameters(policy) || box->dtype != lure_policy_dtype(policy))
        return luaL_error(
            L, "optimizer:step: this optimizer was made for a policy of %I %s parameters, got one of %I %s",
            (lua_Integer)box->n_parameters, lure_dtype_name(box->dtype),
            (lua_Integer)lure_policy_n_parameters(policy), lure_dtype_name(lure_policy_dtype(policy)));
    const lure_tensor_box *given = lure_box_test(L, 3, LURE_BOX_TENSOR);
    bool fits = given && given->tensor.n_dims == 1 && given->tensor.shape[0] == box->n_parameters;
    if (fits && given->tensor.dtype != box->dtype && given->tensor.dtype != LURE_I32)
        lure__check_cast(L, 3, box->dtype, "optimizer:step: gradient"); /* a script's own sums are doubles */
    const lure_tensor *gradient = lure_check_vector(
        L, 3, lure_policy_dtype(policy), lure_policy_n_parameters(policy), "optimizer:step: gradient");
    double rate = lua_tonumber(L, 4);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const char *source = sandbox->rate_source ? sandbox->rate_source : "the learning rate";
    if (lua_type(L, 4) != LUA_TNUMBER)
        return luaL_error(L, "%s gave %s; expected a finite number >= 0", source, lure_type_name(L, 4));
    if (!(rate >= 0) || isinf(rate))
        return luaL_error(L, "%s gave %f; expected a finite number >= 0", source, lure_number_plain(rate));

    lure_error err;
    lure_work before = lure_work_turn(L, sandbox, LURE_WORK_OPTIMIZER);
    lure_status status = sandbox->listener.step
                             ? step_with_listener(L, optimizer, policy, gradient->data, rate, &err)
                             : lure_optimizer_step(optimizer, lure_policy_parameters(policy), gradient->data,
                                                   rate, NULL, &sandbox->last_gradient_norm, &err);
    lure_work_turn(L, sandbox, before);
    if (status != LURE_OK)
        return lure_raise(L, &err);
    lure_policy_spend_gradient(L, 2, gradient);
    sandbox->last_rate = rate;
    sandbox->has_stepped = true;
    if (sandbox->context.episode == 0) /* an algorithm gets on by stepping; a world or reward does not */
        sandbox->heartbeat++;
    return 0;
}

/* optimizer:state() -> { kind = "adam", steps = n, first_moment = tensor (n_parameters), ... }, a copy. [-0, +1, m] */
static int optimizer_state(lua_State *L)
{
    const optimizer_box *box = lure_box_check(L, 1, LURE_BOX_OPTIMIZER, "optimizer");
    size_t n_blocks = lure_optimizer_n_blocks(box->optimizer);
    lua_createtable(L, 0, (int)n_blocks + 2);
    lua_pushstring(L, lure_optimizer_kind_name(lure_optimizer_kind_of(box->optimizer)));
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, (lua_Integer)lure_optimizer_steps(box->optimizer));
    lua_setfield(L, -2, "steps");
    for (size_t i = 0; i < n_blocks; i++) {
        const lure_tensor *copy = lure_push_tensor(L, box->dtype, 1, &box->n_parameters);
        if (box->n_parameters > 0)
            memcpy(copy->data, lure_optimizer_block(box->optimizer, i),
                   box->n_parameters * lure_dtype_size(box->dtype));
        lua_setfield(L, -2, lure_optimizer_block_name(box->optimizer, i));
    }
    return 1;
}

/* optimizer:load(state): what optimizer:state() gave, of an optimizer with the same options for a policy of the same
   size. Goes on with the same bits. A state that does not fit is an error, and then nothing is changed. [-0, +0, e] */
static int optimizer_load(lua_State *L)
{
    enum { MOST_BLOCKS = 8 };
    static const lua_Integer MOST_STEPS = (lua_Integer)1
                                          << 53; /* all whole numbers up to it are doubles, too */
    const optimizer_box *box = lure_box_check(L, 1, LURE_BOX_OPTIMIZER, "optimizer");
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    const char *words[MOST_BLOCKS + 2] = {"kind", "steps"}, *kind;
    const lure_tensor *blocks[MOST_BLOCKS];
    size_t n_blocks = lure_optimizer_n_blocks(box->optimizer);
    for (size_t i = 0; i < n_blocks; i++)
        words[i + 2] = lure_optimizer_block_name(box->optimizer, i);
    kind = lure_optimizer_kind_name(lure_optimizer_kind_of(box->optimizer));
    lua_getfield(L, 2, "kind");
    if (lua_type(L, -1) != LUA_TSTRING || strcmp(lua_tostring(L, -1), kind) != 0)
        return luaL_error(L, "optimizer:load: expected the state of %s '%s', got one of %s",
                          lure_article(kind), kind, lure_push_text(L, -1));
    lure__check_keys(L, 2, 0, words, n_blocks + 2, "optimizer:load");
    lua_getfield(L, 2, "steps");
    int is_whole;
    lua_Integer steps = lua_tointegerx(L, -1, &is_whole);
    if (!is_whole || steps < 0 || steps > MOST_STEPS)
        return luaL_error(L, "optimizer:load: steps: expected a whole number from 0 to %I, got %s",
                          (lua_Integer)MOST_STEPS, lure_push_text(L, -1));
    luaL_checkstack(L, MOST_BLOCKS, "optimizer:load");
    for (size_t i = 0; i < n_blocks; i++) {
        char what[64];
        snprintf(what, sizeof what, "optimizer:load: %s", words[i + 2]);
        if (lua_getfield(L, 2, words[i + 2]) == LUA_TNIL)
            return luaL_error(L, "%s is missing", what);
        blocks[i] = lure_check_vector(L, lua_gettop(L), box->dtype, box->n_parameters, what);
        bool of_squares = strstr(what, "second_moment") || strstr(what, "square");
        for (size_t j = 0; j < box->n_parameters; j++) {
            double x = lure_tensor_get(blocks[i], j);
            if (isfinite(x) && !(of_squares && x < 0))
                continue;
            lua_pushnumber(L, x);
            return luaL_error(L, "%s: number %I is %s; expected a finite number%s", what, (lua_Integer)j + 1,
                              lure_push_text(L, -1), of_squares ? " >= 0" : "");
        }
    }
    for (size_t i = 0; i < n_blocks; i++)
        if (box->n_parameters > 0)
            memcpy(lure_optimizer_block(box->optimizer, i), blocks[i]->data,
                   box->n_parameters * lure_dtype_size(box->dtype));
    lure_optimizer_set_steps(box->optimizer, (uint64_t)steps);
    return 0;
}

static void add_setting(luaL_Buffer *text, const char *name, double value)
{
    char number[LURE_NUMBER_SIZE];
    lure_number_format(value, number);
    luaL_addstring(text, name);
    luaL_addstring(text, " = ");
    luaL_addstring(text, number);
}

/* "adam, epsilon = 1e-05, clip_norm = 0.5; value.weight: rate = 2 (10 steps taken)": what is not as usual. [-0, +1, m] */
static int optimizer_tostring(lua_State *L)
{
    const lure_optimizer *optimizer = check_optimizer(L, 1);
    const lure_optimizer_options *options = lure_optimizer_options_of(optimizer);
    const lure_optimizer_options usual = lure_optimizer_defaults(options->kind);
    size_t n_fields, n_stretches;
    const lure_optimizer_field *fields = lure_optimizer_fields(&n_fields);
    const lure_stretch *stretches = lure_optimizer_stretches(optimizer, &n_stretches);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, lure_optimizer_kind_name(options->kind));
    for (size_t i = 0; i < n_fields; i++) {
        const void *is = (const char *)options + fields[i].offset;
        const void *was = (const char *)&usual + fields[i].offset;
        if (fields[i].is_flag && *(const bool *)is) {
            luaL_addstring(&text, ", ");
            luaL_addstring(&text, fields[i].name);
        } else if (!fields[i].is_flag && *(const double *)is != *(const double *)was) {
            luaL_addstring(&text, ", ");
            add_setting(&text, fields[i].name, *(const double *)is);
        }
    }
    for (size_t i = 0; i < n_stretches; i++) {
        const struct {
            const char *name;
            double is, was;
        } settings[] = {{"rate", stretches[i].rate_scale, 1.0},
                        {"weight_decay", stretches[i].weight_decay, options->weight_decay},
                        {"clip_value", stretches[i].clip_value, options->clip_value}};
        const char *before = "; ";
        for (size_t j = 0; j < sizeof settings / sizeof *settings; j++) {
            if (settings[j].is == settings[j].was)
                continue;
            luaL_addstring(&text, before);
            if (before[0] == ';') {
                luaL_addstring(&text, stretches[i].name);
                luaL_addstring(&text, ": ");
            }
            add_setting(&text, settings[j].name, settings[j].is);
            before = ", ";
        }
    }
    lua_pushfstring(L, " (%I steps taken)", (lua_Integer)lure_optimizer_steps(optimizer));
    luaL_addvalue(&text);
    luaL_pushresult(&text);
    return 1;
}

/* lure.optimizer(name or { name, options... }, policy) -> optimizer. Names "sgd", "adam", "adamw", "rmsprop", "adagrad";
   options as in learn/optimizer.h, all of them numbers or booleans, and groups = { [parameter or layer] = { rate =,
   weight_decay =, clip_value = } }, where rate multiplies that of the step. nil: "sgd". [-0, +1, e] */
static int make_optimizer(lua_State *L)
{
    lure_policy *policy = lure_check_policy(L, 2);
    lure_optimizer_options options;
    lure_read_optimizer(L, 1, &options);
    lure_push_optimizer(L, &options, policy);
    return 1;
}

/* ---- images ---- */

static void save_optimizer(lure_image_out *out, int index)
{
    const optimizer_box *box = lua_touserdata(out->L, index);
    lure_bytes_add_u64(out->text, lure_optimizer_steps(box->optimizer));
    for (size_t i = 0; i < lure_optimizer_n_blocks(box->optimizer); i++)
        lure_bytes_add_block(out->text, lure_optimizer_block(box->optimizer, i),
                             box->n_parameters * lure_dtype_size(box->dtype));
}

static void load_optimizer(lure_image_in *in, int index)
{
    const optimizer_box *box = lua_touserdata(in->L, index);
    lure_optimizer_set_steps(box->optimizer, lure_bytes_u64(&in->bytes));
    for (size_t i = 0; i < lure_optimizer_n_blocks(box->optimizer); i++)
        lure_bytes_copy_block(&in->bytes, lure_optimizer_block(box->optimizer, i),
                              box->n_parameters * lure_dtype_size(box->dtype));
}

void lure_bind_optimizer(lua_State *L)
{
    static const lure_image_kind image = {
        .kind = LURE_BOX_OPTIMIZER, .name = "an optimizer", .save = save_optimizer, .load = load_optimizer};
    lure_image_register(&image);
    lua_pushcfunction(L, make_optimizer);
    lua_setfield(L, -2, "optimizer");
}
