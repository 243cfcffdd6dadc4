/* stage.c: see stage.h. One copy of a world (copies.h) in a sandbox of its own. */
#include "run/stage.h"

#include "run/copies.h"
#include "run/experiment.h"
#include "run/forced_input.h"
#include "run/setting.h"
#include "run/stop.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/key_order.h"
#include "script/value.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TERMS = 64, NAME_SIZE = LURE_ROLE_NAME_SIZE };

struct lure_stage {
    lure_sandbox *sandbox;
    const lure_stage_options *options; /* while it is opened */
    char environment[NAME_SIZE], reward[NAME_SIZE], schedule[NAME_SIZE];
    bool has_reward, has_own_reward, has_render, keeps_history;
    int stuck_exit_code;
    void (*on_stuck)(void);
    int anchor,
        history; /* in the registry: the copies; a list of snapshots, each followed by the reward before it */
    size_t n_history;
    lure_copies *copies; /* one */
    lure_rng policy_rng;
    lure_stage_view view;
    unsigned char *legal;
    lure_stage_term terms[MOST_TERMS];
    char term_names[MOST_TERMS][NAME_SIZE];
};

/* ---- opening ---- */

static void on_stuck(void *data)
{
    const lure_stage *stage = data;
    if (!stage->stuck_exit_code)
        return;
    if (stage->on_stuck)
        stage->on_stuck();
    lure_stop_stuck(stage->stuck_exit_code);
}

/* What the command line says becomes what an experiment would: { environment = { NAME, option = value }, reward = }. */
static int push_roles(lua_State *L, const lure_stage_options *o)
{
    lua_newtable(L);
    int table = lua_gettop(L);
    lua_createtable(L, 1, 0);
    lua_pushstring(L, o->environment);
    lua_rawseti(L, -2, 1);
    lua_setfield(L, table, "environment");
    const struct {
        const char *role, *value;
    } roles[] = {{"reward", o->reward}, {"schedule", o->schedule}};
    for (size_t i = 0; i < 2; i++) {
        if (roles[i].value) {
            lure_value_parse(L, roles[i].value);
            lua_setfield(L, table, roles[i].role);
        }
    }
    for (size_t i = 0; i < o->n_settings; i++) {
        const char *key = o->settings[i].key, *dot = strchr(key, '.');
        size_t n = dot ? (size_t)(dot - key) : 0;
        bool of_role = false;
        for (size_t r = 0; r < 2; r++) {
            if (n == strlen(roles[r].role) && strncmp(key, roles[r].role, n) == 0) {
                of_role = true;
                if (!roles[r].value)
                    luaL_error(L, "--set %s=%s: there is no %s to set; name it with --%s", key,
                               o->settings[i].value, roles[r].role, roles[r].role);
            }
        }
        if (strncmp(key, "environment.", 12) == 0 || of_role)
            lua_pushstring(L, key);
        else
            lua_pushfstring(L, "environment.%s", key);
        const lure_setting setting = {lua_tostring(L, -1), o->settings[i].value};
        lure_setting_apply(L, table, &setting);
        lua_settop(L, table);
    }
    return table;
}

/* The terms lie on top of the stack, checked. */
static void on_terms(lua_State *L, void *data)
{
    lure_stage *stage = data;
    lure_key_order_push(L, -1, "reward");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; stage->view.n_terms < MOST_TERMS && lua_rawgeti(L, keys, i) == LUA_TSTRING; i++) {
        char *name = stage->term_names[stage->view.n_terms];
        snprintf(name, NAME_SIZE, "%s", lua_tostring(L, -1));
        lua_rawget(L, keys - 1);
        stage->terms[stage->view.n_terms++] = (lure_stage_term){name, lua_tonumber(L, -1)};
        lua_settop(L, keys);
    }
    lua_settop(L, keys - 1);
}

static void take_legal_room(lua_State *L, lure_stage *stage)
{
    if (!stage->copies->world.has_legal)
        return;
    stage->legal = calloc(lure_space_n_choices(lure_stage_actions(stage)) + 1, 1);
    if (!stage->legal)
        luaL_error(L, "no memory for the legal actions");
}

static int prepare(lua_State *L)
{
    lure_stage *stage = lua_touserdata(L, 1);
    const lure_stage_options *o = stage->options;
    lure_world_parts parts = {0};
    luaL_checkstack(L, 40, NULL);
    int table = push_roles(L, o);
    parts.environment = lure_experiment_push_field(L, table, LURE_ROLE_ENVIRONMENT, stage->environment);
    parts.reward = lure_experiment_push_field(L, table, LURE_ROLE_REWARD, stage->reward);
    parts.schedule = lure_experiment_push_field(L, table, LURE_ROLE_SCHEDULE, stage->schedule);
    parts.forced_input = lure_forced_input_push(L, o->input, o->n_input);
    if (parts.forced_input)
        lure_forced_input_check(L, parts.forced_input, parts.environment);
    stage->has_reward = parts.reward != 0;
    if (!parts.reward) {
        stage->has_own_reward = lure_world_push_own_reward(L, parts.environment);
        parts.reward = lua_gettop(L);
    }
    stage->has_render = lua_getfield(L, parts.environment, "render") == LUA_TFUNCTION;

    stage->sandbox->context = (lure_context){.role = "environment", .name = stage->environment};
    const lure_copies_options options = {.n = 1, .unclipped = true};
    stage->copies = lure_copies_push(L, &parts, &options);
    stage->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    stage->history = luaL_ref(L, LUA_REGISTRYINDEX);
    lure_world *world = &stage->copies->world;
    world->environment_name = stage->environment;
    world->reward_name = stage->has_reward ? stage->reward : stage->environment;
    world->schedule_name = stage->schedule;
    stage->copies->terms = on_terms;
    stage->copies->terms_data = stage;
    stage->copies->progress = 1.0;
    lure_copies_seed(stage->copies, o->seed);
    lure_rng_init(&stage->policy_rng, o->seed, LURE_PURPOSE_POLICY, 0);
    stage->view.observation = stage->copies->observations;
    stage->view.terms = stage->terms;
    take_legal_room(L, stage);
    return 0;
}

lure_status lure_stage_open(const lure_stage_options *options, lure_stage **out, lure_error *err)
{
    lure_limits limits = lure_limits_defaults();
    *out = NULL;
    lure_stage *stage = calloc(1, sizeof *stage);
    if (!stage)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a world");
    stage->options = options;
    stage->keeps_history = options->keeps_history;
    stage->stuck_exit_code = options->stuck_exit_code;
    stage->on_stuck = options->on_stuck;
    lure_status status = lure_sandbox_create(&limits, &stage->sandbox, err);
    if (status == LURE_OK) {
        lure_stop_open(stage->sandbox);
        status = lure_sandbox_watch(stage->sandbox, on_stuck, stage, err);
    }
    if (status == LURE_OK)
        status = lure_call_c(stage->sandbox->L, prepare, stage, err);
    if (status != LURE_OK) {
        lure_stage_close(stage);
        return status;
    }
    *out = stage;
    return LURE_OK;
}

void lure_stage_close(lure_stage *stage)
{
    if (!stage)
        return;
    lure_stop_open(NULL);
    lure_sandbox_destroy(stage->sandbox);
    free(stage->legal);
    free(stage);
}

/* ---- what it is ---- */

const char *lure_stage_name(const lure_stage *stage)
{
    return stage->environment;
}

const char *lure_stage_reward_name(const lure_stage *stage)
{
    return stage->has_reward ? stage->reward : stage->has_own_reward ? NULL : "";
}

const lure_space *lure_stage_actions(const lure_stage *stage)
{
    return &stage->copies->world.actions->space;
}

const lure_space *lure_stage_observation(const lure_stage *stage)
{
    return &stage->copies->world.observation->space;
}

const lure_stage_view *lure_stage_look(const lure_stage *stage)
{
    return &stage->view;
}

/* ---- living ---- */

typedef struct call {
    lure_stage *stage;
    const double *action;
    lure_text *text;
    lure_json *json;
    const char *key;
} call;

static lure_status enter(lure_stage *stage, lua_CFunction function, call *c, lure_error *err)
{
    if (lure_stop_check(err) != LURE_OK) /* between two calls into Lua no hook would come */
        return LURE_ERROR_CANCELLED;
    c->stage = stage;
    stage->sandbox->context = (lure_context){0};
    return lure_call_c(stage->sandbox->L, function, c, err);
}

/* Puts the copies onto the stack; returns where what the functions of copies.h need begins. */
static int enter_copies(lua_State *L, const lure_stage *stage)
{
    luaL_checkstack(L, LURE_COPIES_ROOM + 8, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, stage->anchor);
    return lure_copies_enter(L, lua_gettop(L));
}

static void look(lua_State *L, lure_stage *stage, int at)
{
    const lure_copy *copy = &stage->copies->copies[0];
    lure_stage_view *view = &stage->view;
    view->episode = copy->episode;
    view->step = copy->step;
    view->episode_return = copy->episode_return;
    if (stage->legal && !view->terminated && !view->truncated) {
        lure_copies_legal(L, stage->copies, at, 0, stage->legal);
        view->legal = stage->legal;
    } else {
        view->legal = NULL;
    }
}

static int do_reset(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_stage *stage = c->stage;
    int at = enter_copies(L, stage);
    stage->view.reward = 0.0;
    stage->view.terminated = stage->view.truncated = false;
    stage->view.n_terms = 0;
    stage->n_history = 0;
    lure_copies_reset(L, stage->copies, at, 0, 0);
    look(L, stage, at);
    return 0;
}

static int do_step(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_stage *stage = c->stage;
    lure_stepped stepped;
    int at = enter_copies(L, stage);
    stage->view.n_terms = 0;
    lure_copies_step(L, stage->copies, at, 0, c->action, &stepped);
    stage->view.reward = stepped.reward;
    stage->view.terminated = stepped.terminated;
    stage->view.truncated = stepped.truncated;
    look(L, stage, at);
    return 0;
}

static int do_remember(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_stage *stage = c->stage;
    int at = enter_copies(L, stage);
    lua_rawgeti(L, LUA_REGISTRYINDEX, stage->history);
    lure_copies_push_snapshot(L, stage->copies, at, 0);
    lua_rawseti(L, -2, (lua_Integer)(2 * stage->n_history) + 1);
    lua_pushnumber(L, stage->view.reward);
    lua_rawseti(L, -2, (lua_Integer)(2 * stage->n_history) + 2);
    stage->n_history++;
    return 0;
}

static int do_undo(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_stage *stage = c->stage;
    int at = enter_copies(L, stage);
    lua_rawgeti(L, LUA_REGISTRYINDEX, stage->history);
    lua_Integer last = (lua_Integer)(2 * --stage->n_history) + 1;
    lua_rawgeti(L, -1, last + 1);
    stage->view.reward = lua_tonumber(L, -1);
    stage->view.terminated = stage->view.truncated = false;
    stage->view.n_terms = 0;
    lua_rawgeti(L, -2, last);
    lure_copies_restore(L, stage->copies, at, 0, lua_gettop(L));
    look(L, stage, at);
    return 0;
}

lure_status lure_stage_reset(lure_stage *stage, lure_error *err)
{
    return enter(stage, do_reset, &(call){0}, err);
}

lure_status lure_stage_step(lure_stage *stage, const double *action, lure_error *err)
{
    lure_error ignored;
    if (!stage->copies->copies[0].in_episode)
        return lure_fail(err, LURE_ERROR_USAGE, "the episode is over: no step is left in it");
    if (stage->keeps_history && enter(stage, do_remember, &(call){0}, &ignored) != LURE_OK)
        stage->n_history = 0; /* s holds what cannot be copied: the world can be played, but not taken back */
    return enter(stage, do_step, &(call){.action = action}, err);
}

lure_status lure_stage_undo(lure_stage *stage, bool *undone, lure_error *err)
{
    *undone = stage->n_history > 0;
    return *undone ? enter(stage, do_undo, &(call){0}, err) : LURE_OK;
}

void lure_stage_draw(lure_stage *stage, double *action)
{
    lure_rng_seek(&stage->policy_rng, (uint32_t)stage->view.episode, (uint32_t)stage->view.step + 1);
    lure_space_sample(lure_stage_actions(stage), stage->view.legal, &stage->policy_rng, action);
}

/* ---- showing ---- */

static void write_fields(lua_State *L, int state, lure_text *text)
{
    lure_key_order_push(L, state, "render");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        lure_text_addf(text, "%s%s = ", i > 1 ? "\n" : "", lure_push_text(L, -1));
        lua_pushvalue(L, keys + 1);
        lua_gettable(L, state);
        lure_value_write(L, -1, text);
        lua_settop(L, keys);
    }
}

static int do_render(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_stage *stage = c->stage;
    size_t n;
    int at = enter_copies(L, stage);
    if (stage->has_render) {
        lure_copies_push_render(L, stage->copies, at, 0);
        const char *picture = lua_tolstring(L, -1, &n);
        while (n > 0 && picture[n - 1] == '\n')
            n--;
        lure_text_add_bytes(c->text, picture, n);
    } else {
        lure_copies_push_state(L, stage->copies, at, 0);
        write_fields(L, lua_gettop(L), c->text);
    }
    return 0;
}

static int do_scripts(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    lure_loader_json(L, c->json, c->key);
    return 0;
}

lure_status lure_stage_render(lure_stage *stage, lure_text *out, lure_error *err)
{
    return enter(stage, do_render, &(call){.text = out}, err);
}

lure_status lure_stage_scripts(lure_stage *stage, lure_json *json, const char *key, lure_error *err)
{
    return enter(stage, do_scripts, &(call){.json = json, .key = key}, err);
}
