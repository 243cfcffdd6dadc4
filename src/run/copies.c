/* copies.c: making copies, their streams, resetting and stepping them. See copies.h. All streams are placed at (episode,
   step) of their copy before each call, so an episode can be replayed alone. A step calls scripts without lure_call: it runs
   under that of whoever steps, and holds nothing that an error would lose. */
#include "run/copies.h"

#include "run/copies_inside.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/profile.h"
#include "script/space_value.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* ---- making ---- */

static int refuse_input(lua_State *L)
{
    return luaL_error(L, "the input of reset may not be written; keep state in s");
}

static void push_locked_input(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, refuse_input);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

/* The tables that fields lie in, so that the numbers find their places. */
static void push_before(lua_State *L, const lure_world *world)
{
    lua_newtable(L);
    int before = lua_gettop(L);
    for (size_t i = 0; i < world->observation->n_fields; i++) {
        const lure_field *field = &world->observation->fields[i];
        lua_pushvalue(L, before);
        for (size_t k = 0; k < field->n_keys - (field->n_listed == 0); k++)
            luaL_getsubtable(L, -1, field->keys[k]);
        lua_settop(L, before);
    }
}

static void push_states(lua_State *L, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_newtable(L);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_words(lua_State *L, const lure_world *world, int actions)
{
    if (world->n_columns == 1) {
        lure_push_words(L, actions, 0);
        return;
    }
    lua_createtable(L, (int)world->n_columns, 0);
    for (size_t i = 0; i < world->n_columns; i++) {
        lure_push_words(L, actions, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static size_t count_keys(const lure_world *world)
{
    enum { FEW = 32 };
    const lure_space_box *o = world->observation;
    for (size_t f = 0; f < o->n_fields; f++)
        if (o->fields[f].n_keys > 1 || o->fields[f].n_listed > 0)
            return 0;
    return world->has_observe || o->n_fields > FEW ? 0 : o->n_fields;
}

static void push_keys(lua_State *L, const lure_copies *c)
{
    lua_createtable(L, (int)c->n_keys, 0);
    for (size_t f = 0; f < c->n_keys; f++) {
        lua_pushstring(L, c->world.observation->fields[f].keys[0]);
        lua_rawseti(L, -2, (lua_Integer)f + 1);
    }
}

/* The table of parts on top, from the environment. `c` has the world; its streams are made here. */
static void fill_parts(lua_State *L, lure_copies *c, const lure_world_parts *parts, int table, int actions)
{
    static const char *const fields[] = {"reset", "step", "observe", "legal", "render"};
    static const int places[] = {PART_RESET, PART_STEP, PART_OBSERVE, PART_LEGAL, PART_RENDER};
    for (size_t i = 0; i < 5; i++) {
        lua_getfield(L, parts->environment, fields[i]);
        lua_rawseti(L, table, places[i]);
    }
    lua_pushvalue(L, parts->reward);
    lua_rawseti(L, table, PART_REWARD);
    if (parts->schedule)
        lua_pushvalue(L, parts->schedule);
    else
        lua_pushnil(L);
    lua_rawseti(L, table, PART_SCHEDULE);
    if (parts->forced_input)
        lua_pushvalue(L, parts->forced_input);
    else
        push_locked_input(L);
    lua_rawseti(L, table, PART_INPUT);
    push_before(L, &c->world);
    lua_rawseti(L, table, PART_BEFORE);
    c->environment_rng = lure_push_rng(L);
    lua_rawseti(L, table, PART_ENVIRONMENT_RNG);
    c->schedule_rng = lure_push_rng(L);
    lua_rawseti(L, table, PART_SCHEDULE_RNG);
    push_states(L, c->n);
    lua_rawseti(L, table, PART_STATES);
    push_words(L, &c->world, actions);
    lua_rawseti(L, table, PART_WORDS);
    push_keys(L, c);
    lua_rawseti(L, table, PART_KEYS);
}

lure_copies *lure_copies_push(lua_State *L, const lure_world_parts *parts, const lure_copies_options *options)
{
    luaL_checkstack(L, 40, NULL);
    lure__copies_register();
    lure_world world;
    lua_createtable(L, PART_WORDS, 0);
    int table = lua_gettop(L), actions = table + 1;
    lure_world_read(L, &world, parts);
    size_t n = options->n, n_inputs = world.n_inputs, n_numbers = 0;
    if (n > UINT32_MAX || __builtin_mul_overflow(n + 2, n_inputs, &n_numbers) || n_numbers > SIZE_MAX / 64)
        luaL_error(L, "%I copies of %I numbers are more than can be counted", (lua_Integer)n,
                   (lua_Integer)n_inputs);
    size_t size = n_numbers * sizeof(double) + lure_space_n_choices(&world.actions->space);
    lure_copies *c = lua_newuserdatauv(L, sizeof *c + n * sizeof(lure_copy) + size, 1);
    *c = (lure_copies){.box = {.kind = LURE_BOX_COPIES},
                       .world = world,
                       .borrow_sandbox = lure_sandbox_of(L),
                       .n = n,
                       .unclipped = options->unclipped,
                       .max_steps = options->max_steps ? options->max_steps : world.max_steps,
                       .repeat = options->repeat ? options->repeat : 1,
                       .progress = 1.0,
                       .n_keys = count_keys(&world)};
    c->copies = (lure_copy *)(c + 1);
    c->observations = (double *)(c->copies + n);
    c->seen_low = c->observations + n * n_inputs;
    c->seen_high = c->seen_low + n_inputs;
    c->mask = (unsigned char *)(c->seen_high + n_inputs);
    memset(c->observations, 0, n * n_inputs * sizeof(double));
    for (size_t i = 0; i < n_inputs; i++) {
        c->seen_low[i] = INFINITY;
        c->seen_high[i] = -(double)INFINITY;
    }
    fill_parts(L, c, parts, table, actions);
    lua_pushvalue(L, actions);
    lua_rawseti(L, table, PART_ACTIONS);
    lua_pushvalue(L, actions + 1);
    lua_rawseti(L, table, PART_OBSERVATION);
    lua_pushvalue(L, table);
    lua_setiuservalue(L, -2, 1);
    lua_replace(L, table);
    lua_settop(L, table);
    lure__copies_remember(L);
    lure_copies_seed(c, 1);
    return c;
}

lure_copies *lure_copies_of(lua_State *L, int index)
{
    return lure_box_test(L, index, LURE_BOX_COPIES);
}

void lure_copies_seed(lure_copies *c, uint64_t seed)
{
    lure_rng_init(c->environment_rng, seed, LURE_PURPOSE_ENVIRONMENT, 0);
    lure_rng_init(c->schedule_rng, seed, LURE_PURPOSE_SCHEDULE, 0);
    lure_rng_init(&c->random, seed, LURE_PURPOSE_SCRIPT, 0);
    memset(c->copies, 0, c->n * sizeof *c->copies);
}

int lure_copies_enter(lua_State *L, int index)
{
    static const int needed[AT_KEYS] = {0,           PART_STEP,  PART_REWARD,
                                        PART_STATES, PART_WORDS, PART_ENVIRONMENT_RNG};
    const lure_copies *c = lua_touserdata(L, index);
    luaL_checkstack(L, AT_KEYS + 1 + (int)c->n_keys + LURE_COPIES_ROOM, NULL);
    lua_getiuservalue(L, index, 1);
    int at = lua_gettop(L);
    for (int i = 1; i < AT_KEYS; i++)
        lua_rawgeti(L, at, needed[i]);
    if (c->n_keys == 0)
        return at;
    lua_rawgeti(L, at, PART_KEYS);
    for (size_t j = 1; j < c->n_keys; j++)
        lua_rawgeti(L, at + AT_KEYS, (lua_Integer)j + 1);
    lua_rawgeti(L, at + AT_KEYS, 1);
    lua_replace(L, at + AT_KEYS);
    return at;
}

/* ---- streams ---- */

static inline void seek(lure_rng *rng, size_t i, const lure_copy *copy)
{
    rng->counter[3] = (uint32_t)i;
    lure_rng_seek(rng, (uint32_t)copy->episode, (uint32_t)copy->step);
}

/* Notes whose turn it is and places the streams. */
static inline void begin_turn(lure_copies *c, size_t i)
{
    lure_rng *random = &c->borrow_sandbox->random;
    seek(c->environment_rng, i, &c->copies[i]);
    random->key[0] = c->random.key[0];
    random->key[1] = c->random.key[1];
    seek(random, i, &c->copies[i]);
    lure__copies_turn(c, i);
}

/* ---- an episode's beginning ---- */

/* Nothing of the last episode may reach the next one; the table keeps its room. A walk that begins anew passes a few
   emptied fields sooner than one that goes on finds its place again. */
static void clear_state(lua_State *L, int state)
{
    enum { FEW = 8 };
    int n = 0;
    for (lua_pushnil(L); lua_next(L, state);) {
        lua_pop(L, 1);
        if (++n > FEW)
            lua_pushvalue(L, -1); /* the key to go on from */
        lua_pushnil(L);
        lua_rawset(L, state);
        if (n <= FEW)
            lua_pushnil(L);
    }
    if (lua_getmetatable(L, state)) {
        lua_pop(L, 1);
        lua_pushnil(L);
        lua_setmetatable(L, state);
    }
}

/* schedule(rng, episode, progress) -> input */
static void push_scheduled(lua_State *L, lure_copies *c, int at, size_t i)
{
    lure_context *context = &c->borrow_sandbox->context;
    context->role = "schedule";
    context->name = c->world.schedule_name;
    seek(c->schedule_rng, i, &c->copies[i]);
    lua_rawgeti(L, at + AT_PARTS, PART_SCHEDULE);
    lua_rawgeti(L, at + AT_PARTS, PART_SCHEDULE_RNG);
    lua_pushinteger(L, (lua_Integer)c->copies[i].episode);
    lua_pushnumber(L, c->progress);
    lua_call(L, 3, 1);
    if (!lua_istable(L, -1))
        lure__copies_refuse(L, c, at, PART_SCHEDULE,
                            "the schedule returned %s; expected the input table for reset",
                            lure_push_described(L, -1));
    lure__copies_turn(c, i);
}

static void push_input(lua_State *L, lure_copies *c, int at, size_t i, int input)
{
    if (input) {
        lua_pushvalue(L, input);
    } else if (c->world.has_forced_input) { /* an episode may write it, and the next one gets it as it was */
        lua_rawgeti(L, at + AT_PARTS, PART_INPUT);
        lure_value_copy(L, -1);
        lua_remove(L, -2);
    } else if (c->world.has_schedule) {
        push_scheduled(L, c, at, i);
    } else {
        lua_rawgeti(L, at + AT_PARTS, PART_INPUT);
    }
}

void lure_copies_reset(lua_State *L, lure_copies *c, int at, size_t i, int input)
{
    lure_copy *copy = &c->copies[i];
    *copy = (lure_copy){.episode = copy->episode + 1};
    begin_turn(c, i);
    int top = lua_gettop(L);
    if (input)
        input = lua_absindex(L, input);
    lua_rawgeti(L, at + AT_PARTS, PART_RESET);
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
    clear_state(L, top + 2);
    lua_pushvalue(L, at + AT_RNG);
    push_input(L, c, at, i, input);
    lua_call(L, 3, 0);
    lure__copies_read(L, c, at, i);
    lua_settop(L, top);
    copy->in_episode = true;
}

/* ---- a step ---- */

/* Within the bounds: what a policy draws beyond them is for the world as if it lay on them. */
static double clipped(const lure_copies *c, const lure_part *part, double x)
{
    return c->unclipped ? x : x < part->low ? part->low : x > part->high ? part->high : x;
}

void lure_copies_push_action(lua_State *L, lure_copies *c, int at, const double *action)
{
    const lure_space *space = &c->world.actions->space;
    if (!c->world.actions->is_list) {
        if (space->parts[0].n)
            lua_rawgeti(L, at + AT_WORDS, (lua_Integer)action[0] + 1);
        else
            lua_pushnumber(L, clipped(c, &space->parts[0], action[0]));
        return;
    }
    lua_createtable(L, (int)space->n_parts, 0);
    int list = lua_gettop(L);
    for (size_t i = 0; i < space->n_parts; i++) {
        if (space->parts[i].n) {
            lua_pushvalue(L, at + AT_WORDS);
            if (space->n_parts > 1)
                lua_rawgeti(L, -1, (lua_Integer)i + 1);
            lua_rawgeti(L, -1, (lua_Integer)action[i] + 1);
            lua_replace(L, list + 1);
            lua_settop(L, list + 1);
        } else {
            lua_pushnumber(L, clipped(c, &space->parts[i], action[i]));
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void take_terms(lua_State *L, lure_copies *c, int at)
{
    int terms = lua_gettop(L);
    if (!lua_istable(L, terms))
        lure__copies_refuse(L, c, at, PART_REWARD,
                            "the reward's second value is %s; expected a table of named terms, or nothing",
                            lure_push_described(L, terms));
    for (lua_pushnil(L); lua_next(L, terms); lua_pop(L, 1)) {
        double x = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
        if (!isfinite(x) || lua_type(L, -2) != LUA_TSTRING)
            lure__copies_refuse(
                L, c, at, PART_REWARD, "the reward's terms hold %s; expected names with finite numbers",
                lua_type(L, -2) != LUA_TSTRING ? "a term without a name" : lure_push_described(L, -1));
    }
    if (c->terms)
        c->terms(L, c->terms_data);
}

/* reward(s, action, terminated [, before]); the action lies at stack index `action`. */
static double reward(lua_State *L, lure_copies *c, int at, size_t i, int action, bool terminated)
{
    lure_context *context = &c->borrow_sandbox->context;
    int top = lua_gettop(L);
    context->role = "reward";
    context->name = c->world.reward_name;
    lua_pushvalue(L, at + AT_REWARD);
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
    lua_pushvalue(L, action);
    lua_pushboolean(L, terminated);
    if (c->world.reward_sees_before)
        lure__copies_push_before(L, c, at, i);
    lure_profile_look(L, c->borrow_sandbox);
    lua_call(L, 3 + c->world.reward_sees_before, 2);
    double value = lua_type(L, top + 1) == LUA_TNUMBER ? lua_tonumber(L, top + 1) : NAN;
    if (!isfinite(value))
        lure__copies_refuse(L, c, at, PART_REWARD, "the reward is %s; expected a finite number",
                            lure_push_described(L, top + 1));
    if (!lua_isnil(L, top + 2))
        take_terms(L, c, at);
    return value;
}

/* The action lies at stack index `action`. */
static double step_once(lua_State *L, lure_copies *c, int at, size_t i, int action, bool *terminated)
{
    lure_copy *copy = &c->copies[i];
    int top = lua_gettop(L);
    copy->step++;
    begin_turn(c, i);
    lua_pushvalue(L, at + AT_STEP);
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
    lua_pushvalue(L, action);
    lua_pushvalue(L, at + AT_RNG);
    lure_profile_look(L, c->borrow_sandbox);
    lua_call(L, 3, 1);
    if (!lua_isboolean(L, -1))
        lure__copies_refuse(L, c, at, PART_STEP, "step returned %s; expected true (terminated) or false",
                            lure_push_described(L, -1));
    *terminated = lua_toboolean(L, -1);
    double value = reward(L, c, at, i, action, *terminated);
    copy->episode_return += value;
    c->borrow_sandbox->context.role = "environment";
    c->borrow_sandbox->context.name = c->world.environment_name;
    lure__copies_read(L, c, at, i);
    lua_settop(L, top);
    return value;
}

/* What was legal when it was chosen may no longer be when it is done again. */
static bool is_legal(lua_State *L, lure_copies *c, int at, size_t i, const double *action)
{
    const lure_space *space = &c->world.actions->space;
    const unsigned char *mask = c->mask;
    bool legal = true;
    lure_copies_legal(L, c, at, i, c->mask);
    for (size_t p = 0; p < space->n_parts; mask += space->parts[p++].n)
        legal &= mask[(size_t)action[p]] != 0;
    return legal;
}

void lure_copies_step(lua_State *L, lure_copies *c, int at, size_t i, const double *action, lure_stepped *out)
{
    lure_copy *copy = &c->copies[i];
    lure_copies_push_action(L, c, at, action);
    int word = lua_gettop(L);
    double sum = 0.0;
    bool terminated = false, truncated = false;
    for (uint64_t r = 0; r < c->repeat && !terminated && !truncated; r++) {
        if (r > 0 && c->world.has_legal && !is_legal(L, c, at, i, action))
            break;
        double value = step_once(L, c, at, i, word, &terminated);
        sum = r ? sum + value : value;
        truncated = !terminated && c->max_steps && copy->step >= c->max_steps;
    }
    lua_settop(L, word - 1);
    copy->in_episode = !terminated && !truncated;
    *out = (lure_stepped){.reward = sum, .terminated = terminated, .truncated = truncated};
}
