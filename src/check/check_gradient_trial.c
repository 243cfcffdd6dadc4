/* check_gradient_trial.c: see check_gradient_trial.h. Nothing in run/ knows of it: the world is made of Lua functions
   that call back here before each choice, and optimizer:step and run:collect are wrapped where scripts find them. */
#include "check/check_gradient_trial.h"

#include "run/setting.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SHARPER = 2.5;
enum { UPDATES = 3 }; /* an algorithm may look at one or two before it steps */

const char *const lure_gradient_sizes[LURE_SIZES] = {"episodes", "steps", "minibatches", "minibatch",
                                                     "minibatch_size"};

static lure_gradient_trial *trial_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Ends the script in a way that no pcall of it can stop. */
static int leave(lua_State *L)
{
    lure_sandbox_of(L)->limit_hit = LURE_ERROR_CANCELLED;
    return lure_sandbox_raise_limit(L);
}

/* ---- the world's side ---- */

/* The policy's next draw is made before its probabilities are known here, so it is laid ready after each choice. */
static void lay_draw(lure_gradient_trial *t)
{
    t->draw = lure_odometer_draw(t->odometer);
    t->collector.n_forced_used = 0;
}

static int chance(lua_State *L) /* chance(p1, p2, ...) -> 1, 2, ... */
{
    lure_gradient_trial *t = trial_of(L);
    double p[LURE_MOST_WAYS];
    size_t n = (size_t)lua_gettop(L);
    for (size_t i = 0; i < n; i++)
        p[i] = lua_tonumber(L, (int)i + 1);
    size_t taken = lure_odometer_choose(t->odometer, n, p);
    t->chance *= p[taken];
    lay_draw(t);
    lua_pushinteger(L, (lua_Integer)taken + 1);
    return 1;
}

static int acted(lua_State *L) /* first thing in step: the action has just been drawn */
{
    lure_gradient_trial *t = trial_of(L);
    const lure_rollout *rollout = &t->collector.rollout;
    lure_odometer_note(t->odometer, t->borrow_copies->world.actions->space.parts[0].n,
                       t->collector.probabilities,
                       (size_t)((const int32_t *)rollout->actions)[rollout->n_rows]);
    if (t->odometer->overflowed) {
        t->is_too_long = true;
        return leave(L);
    }
    lay_draw(t);
    return 0;
}

/* Pushes the copies' userdata last, and returns its index. */
static int read_world(lua_State *L, lure_gradient_trial *t)
{
    const char *text = t->problem->world;
    if (luaL_loadbufferx(L, text, strlen(text), "=(problem)", "t") != LUA_OK)
        lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_pushlightuserdata(L, t);
    lua_pushcclosure(L, chance, 1);
    lua_pushlightuserdata(L, t);
    lua_pushcclosure(L, acted, 1);
    lua_call(L, 2, 1);
    int environment = lua_gettop(L);
    lua_getfield(L, -1, "reward");
    const lure_world_parts parts = {.environment = environment, .reward = environment + 1};
    const lure_copies_options one = {.n = 1};
    const lure_seen_options seen = lure_seen_defaults();
    t->borrow_copies = lure_copies_push(L, &parts, &one);
    lure_collector_open(L, &t->collector, t->borrow_copies, &seen, LURE_F64);
    t->collector.forced_draws = &t->draw;
    t->collector.n_forced_draws = 1;
    t->chance = 1.0;
    return lua_gettop(L);
}

/* Leaves policy and optimizer. */
static void push_policy(lua_State *L, lure_gradient_trial *t)
{
    const char *text = t->policy->source;
    if (luaL_loadbufferx(L, text, strlen(text), "=(policy)", "t") != LUA_OK)
        lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_pushinteger(L, (lua_Integer)t->borrow_copies->world.n_inputs);
    lua_pushinteger(L, (lua_Integer)t->borrow_copies->world.actions->space.parts[0].n);
    lua_call(L, 2, 1);
    t->borrow_policy = lure_check_policy(L, -1);
    t->n_parameters = lure_policy_n_parameters(t->borrow_policy);
    if (t->n_parameters > LURE_GRADIENT_NUMBERS)
        luaL_error(L, "the policy has %d parameters; %d at most", (int)t->n_parameters,
                   LURE_GRADIENT_NUMBERS);
    double *parameters = lure_policy_parameters(t->borrow_policy);
    for (size_t i = 0; i < t->n_parameters;
         i++) /* clear preferences, or most policies would be about the same */
        parameters[i] *= SHARPER;
    const lure_optimizer_options plain = lure_optimizer_defaults(LURE_SGD);
    lure_push_optimizer(L, &plain, t->borrow_policy);
}

/* ---- what scripts call ---- */

static int give_rate(lua_State *L)
{
    lua_pushnumber(L, 1.0);
    return 1;
}

static int take_step(lua_State *L) /* in the place of optimizer:step, which is upvalue 2 */
{
    lure_gradient_trial *t = trial_of(L);
    int n = lua_gettop(L);
    const void *box = lure_box_test(L, 2, LURE_BOX_POLICY);
    bool is_ours = box && lure_check_policy(L, 2) == t->borrow_policy;
    if (is_ours && lure_box_test(L, 3, LURE_BOX_TENSOR)) {
        const lure_tensor *gradient = lure_check_tensor(L, 3);
        size_t size = lure_tensor_size(gradient);
        for (size_t i = 0; i < size && i < t->n_parameters; i++)
            t->gradient[i] = lure_tensor_get(gradient, i);
        memcpy(t->parameters, lure_policy_parameters(t->borrow_policy), t->n_parameters * sizeof(double));
        t->rate = lua_tonumber(L, 4);
        luaL_where(L, 1);
        snprintf(t->step_place, sizeof t->step_place, "%s", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET); /* raises where the arguments are wrong */
    if (is_ours) {
        t->stepped = true;
        t->update = (size_t)t->conductor.update;
        return leave(L);
    }
    return lua_gettop(L);
}

/* All optimizers share a metatable, so those that the script makes for itself are met as well. */
static void wrap_step(lua_State *L, lure_gradient_trial *t, int optimizer)
{
    lua_getmetatable(L, optimizer);
    lua_getfield(L, -1, "__index");
    lua_pushlightuserdata(L, t);
    lua_getfield(L, -2, "step");
    lua_pushcclosure(L, take_step, 2);
    lua_setfield(L, -2, "step");
    lua_pop(L, 2);
}

static void reduce(lua_State *L, lure_gradient_trial *t, const char *key, size_t most)
{
    if (lua_getfield(L, 2, key) == LUA_TNUMBER && lua_tonumber(L, -1) > (double)most) {
        t->reduced_from = (size_t)lua_tonumber(L, -1);
        lua_newtable(L); /* the script's own stays as it is */
        lua_pushinteger(L, (lua_Integer)most);
        lua_setfield(L, -2, key);
        lua_replace(L, 2);
    }
    lua_pop(L, 1);
}

static int collect_less(lua_State *L) /* in the place of run:collect, which is upvalue 2 */
{
    lure_gradient_trial *t = trial_of(L);
    lua_settop(L, 2);
    if (lua_istable(L, 2) && !t->script->is_sized) {
        reduce(L, t, "episodes", t->problem->episodes * t->times);
        lua_settop(L, 2);
        reduce(L, t, "steps", t->problem->steps * t->times);
        lua_settop(L, 2);
    }
    lay_draw(t);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/* ---- the script ---- */

/* The command line's settings, and our sizes where it has none. Leaves a table; false: an empty one. */
static bool push_options(lua_State *L, const lure_examiner *x, const lure_gradient_trial *t)
{
    lua_newtable(L);
    int table = lua_gettop(L);
    for (size_t i = 0; i < x->options->n_settings; i++)
        lure_setting_apply(L, table, &x->options->settings[i]);
    bool has = x->options->n_settings > 0;
    for (int i = 0; t && i < LURE_SIZES; i++) {
        size_t ours = i == LURE_SIZE_PARTS      ? 1
                      : i == LURE_SIZE_EPISODES ? t->problem->episodes * t->times
                                                : t->problem->steps * t->times;
        if (!t->script->has[i] || t->script->is_set[i])
            continue;
        has = true;
        lua_pushinteger(L, (lua_Integer)ours);
        lua_setfield(L, table, lure_gradient_sizes[i]);
    }
    return has;
}

static void load(lua_State *L, const lure_examiner *x, const lure_gradient_trial *t)
{
    bool has_options = push_options(L, x, t);
    int options = lua_gettop(L);
    lure_loader_load(L, LURE_ROLE_ALGORITHM, x->path, NULL, has_options ? options : 0, NULL);
    lua_remove(L, options);
    if (!lua_isfunction(L, -1))
        luaL_error(L, "%s: returned %s; expected a function (does the file end with 'return function ...'?)",
                   x->path, lure_type_name(L, -1));
}

typedef struct reading {
    lure_examiner *x;
    lure_gradient_script *script;
} reading;

static double number_field(lua_State *L, const char *key) /* of the table on top; NaN: none */
{
    double value = lua_getfield(L, -1, key) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    lua_pop(L, 1);
    return value;
}

static int read_script(lua_State *L)
{
    const reading *r = lua_touserdata(L, 1);
    lure_gradient_script *script = r->script;
    *script = (lure_gradient_script){.discount = NAN};
    load(L, r->x, NULL);
    lure_loader_push_records(L);
    lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
    if (lua_getfield(L, -1, "options") != LUA_TTABLE)
        return 0;
    script->discount = number_field(L, "discount");
    if (isnan(script->discount))
        script->discount = number_field(L, "gamma");
    for (int i = 0; i < LURE_SIZES; i++) {
        script->own[i] = number_field(L, lure_gradient_sizes[i]);
        script->has[i] = !isnan(script->own[i]);
        for (size_t j = 0; j < r->x->options->n_settings; j++)
            script->is_set[i] |= strcmp(r->x->options->settings[j].key, lure_gradient_sizes[i]) == 0;
    }
    script->is_sized = script->is_set[LURE_SIZE_EPISODES] || script->is_set[LURE_SIZE_STEPS];
    return 0;
}

lure_status lure_gradient_script_read(lure_examiner *x, lure_gradient_script *script, lure_error *err)
{
    reading r = {x, script};
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    if (!sandbox)
        return lure_fail(err, LURE_ERROR_MEMORY, "no sandbox");
    lure_status status = lure_call_c(sandbox->L, read_script, &r, err);
    lure_sandbox_destroy(sandbox);
    return status;
}

/* ---- the trial ---- */

/* One episode, no script: collect lies on top. */
static void add_path(lua_State *L, lure_gradient_trial *t)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 1);
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "episodes");
    lua_call(L, 2, 0);
    const lure_rollout *rollout = &t->collector.rollout;
    lure_paths *paths = t->paths;
    if (paths->n == LURE_MOST_PATHS || rollout->n_rows > LURE_MOST_PATH_STEPS)
        luaL_error(L, "the problem '%s' is too large", t->problem->name);
    lure_path *path = &paths->paths[paths->n++];
    path->chance = t->chance;
    path->n_steps = rollout->n_rows;
    paths->n_inputs = t->borrow_copies->world.n_inputs;
    for (size_t i = 0; i < path->n_steps; i++) {
        path->steps[i].state =
            lure_paths_state(paths, (const double *)rollout->observations + i * paths->n_inputs);
        path->steps[i].action = ((const int32_t *)rollout->actions)[i];
        path->steps[i].reward = ((const double *)rollout->rewards)[i];
    }
}

static int conduct(lua_State *L)
{
    lure_gradient_trial *t = lua_touserdata(L, 1);
    luaL_checkstack(L, 60, NULL);
    int copies = read_world(L, t);
    push_policy(L, t);
    int policy = lua_gettop(L) - 1, optimizer = policy + 1;
    if (t->paths) {
        lure_collector_push(L, &t->collector, copies, t->borrow_policy, 1);
        lay_draw(t);
        add_path(L, t);
        return 0;
    }
    wrap_step(L, t, optimizer);
    lure_gradient_tape_listen(L, t);
    load(L, t->borrow_examiner, t);
    lua_pushlightuserdata(L, t);
    lure_collector_push(L, &t->collector, copies, t->borrow_policy, 1);
    lua_pushcclosure(L, collect_less, 2);
    t->conductor = (lure_conductor){.borrow_sandbox = t->sandbox,
                                    .borrow_collector = &t->collector,
                                    .borrow_policy = t->borrow_policy,
                                    .borrow_metrics = t->metrics,
                                    .updates = UPDATES,
                                    .log_every = 1};
    lure_conductor_push(L, &t->conductor, 1);
    t->sandbox->context = (lure_context){.role = "algorithm", .name = t->borrow_examiner->name};
    lua_pushvalue(L, policy);
    lua_pushvalue(L, optimizer);
    lua_pushcfunction(L, give_rate);
    lua_call(L, 4, 0);
    return 0;
}

lure_status lure_gradient_trial_run(lure_gradient_trial *t, lure_error *err)
{
    lure_odometer_begin(t->odometer);
    t->sandbox = lure_examiner_sandbox(t->borrow_examiner);
    if (!t->sandbox)
        return lure_fail(err, LURE_ERROR_MEMORY, "no sandbox");
    lure_status status = lure_metrics_open(NULL, &t->metrics, err);
    if (status == LURE_OK)
        status = lure_call_c(t->sandbox->L, conduct, t, err);
    return t->stepped || t->is_too_long ? LURE_OK : status;
}

void lure_gradient_trial_close(lure_gradient_trial *t)
{
    if (!t->sandbox)
        return;
    (void)lure_metrics_close(t->metrics, NULL);
    lure_collector_free(&t->collector);
    lure_sandbox_destroy(t->sandbox);
    t->sandbox = NULL;
}
