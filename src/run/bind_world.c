/* bind_world.c: see bind_world.h. A handle holds a state, numbers, and which streams are its own; for each call it is put
   in the place of one of the engine's copies and taken out again. So handles are cheap, and one composed step serves all. */
#include "run/bind_world_inside.h"

#include "run/copies_inside.h"
#include "script/bind.h"
#include "script/space_value.h"
#include "script/value.h"

#include <lauxlib.h>
#include <string.h>

static const char METATABLE = 0;

static lure_world_handle *check_world(lua_State *L)
{
    return lure_box_check(L, 1, LURE_BOX_WORLD, "world");
}

/* ---- in and out ---- */

typedef struct visit {
    lure_world_handle *h;
    lure_copies *copies;
    int at;
    lure_context outer;
    lure_rng random;
} visit;

typedef struct visits {
    const lure_world_engine *of;
    int n;
} visits;

static int world_step(lua_State *L);
static int world_reset(lua_State *L);
static int world_legal(lua_State *L);
static int world_render(lua_State *L);

/* Of the methods that call scripts: is it one of a handle of that engine? */
static void count_visits(lua_State *L, lua_Debug *call, void *data)
{
    static const lua_CFunction methods[] = {world_step, world_reset, world_legal, world_render};
    visits *found = data;
    lua_getinfo(L, "f", call);
    const lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    for (size_t i = 0; function && i < sizeof methods / sizeof *methods; i++) {
        if (function != methods[i] || !lua_getlocal(L, call, 1))
            continue;
        const lure_world_handle *h = lure_box_test(L, -1, LURE_BOX_WORLD);
        found->n += h && h->borrow_engine == found->of;
        lua_pop(L, 1);
    }
}

/* The place in the engine is taken: by a script's own fault, or no longer, as its call ended with an error. */
static void refuse_visitor(lua_State *L, const lure_world_engine *e)
{
    visits found = {.of = e};
    lua_Debug self;
    lure_sandbox_each_call(L, count_visits, &found);
    if (lua_getstack(L, 0, &self)) /* this call does not count */ {
        visits own = {.of = e};
        count_visits(L, &self, &own);
        found.n -= own.n;
    }
    if (found.n > 0)
        luaL_error(L,
                   "a world is used by a script that a world of the same run is calling; only algorithms and "
                   "tests step worlds");
}

/* Puts the handle at stack index `index` into its engine. Leaves the engine, its copies and what lure_copies_enter gives on
   the stack. Until `leave` the handle has no episode: an error in between leaves a state that no step should go on from. */
static visit enter(lua_State *L, int index)
{
    lure_world_handle *h = lua_touserdata(L, index);
    lure_world_engine *e = h->borrow_engine;
    lure_copies *c = e->borrow_copies;
    if (e->is_visited)
        refuse_visitor(L, e);
    e->is_visited = true;
    visit v = {.h = h, .copies = c, .outer = c->borrow_sandbox->context, .random = c->borrow_sandbox->random};
    luaL_checkstack(L, LURE_COPIES_ROOM + 8, NULL);
    lua_getiuservalue(L, index, AT_ENGINE);
    lua_getiuservalue(L, -1, 1);
    v.at = lure_copies_enter(L, lua_gettop(L));
    if (e->current != h->seed)
        lure_copies_seed(c, e->current = h->seed);
    lua_getiuservalue(L, index, AT_STATE);
    lure_copies_set_state(L, c, v.at, h->slot);
    c->copies[h->slot] = h->copy;
    c->progress = h->progress;
    memcpy(lure__copies_observation(c, h->slot), h->observation, c->world.n_inputs * sizeof *h->observation);
    h->copy.in_episode = false;
    return v;
}

static void leave(lua_State *L, const visit *v, int index)
{
    lure_world_handle *h = v->h;
    h->borrow_engine->is_visited = false;
    lure_copies_push_state(L, v->copies, v->at, h->slot);
    lua_setiuservalue(L, index, AT_STATE);
    h->copy = v->copies->copies[h->slot];
    memcpy(h->observation, lure__copies_observation(v->copies, h->slot),
           v->copies->world.n_inputs * sizeof *h->observation);
    v->copies->borrow_sandbox->context = v->outer;
    v->copies->borrow_sandbox->random = v->random;
}

static void push_observation(lua_State *L, const lure_world_handle *h)
{
    size_t n = h->borrow_engine->borrow_copies->world.n_inputs;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, h->observation[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* ---- methods ---- */

enum { TERMS_SLOT = 4 }; /* stack index in world_step: nil, or the sums of the terms */

static void add_terms(lua_State *L, void *data)
{
    (void)data;
    const int terms = lua_gettop(L);
    if (lua_isnil(L, TERMS_SLOT)) {
        lua_newtable(L);
        lua_replace(L, TERMS_SLOT);
    }
    for (lua_pushnil(L); lua_next(L, terms); lua_pop(L, 1)) {
        double x = lua_tonumber(L, -1);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -1);
        bool is_more = lua_rawget(L, TERMS_SLOT) != LUA_TNIL; /* than once: the action was repeated */
        lua_pushnumber(L, is_more ? lua_tonumber(L, -1) + x : x);
        lua_replace(L, -2);
        lua_rawset(L, TERMS_SLOT);
    }
}

/* world:step(action) -> observation, reward, terminated, truncated, the terms that the reward names or nil   [-0, +5, e] */
static int world_step(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    lure_stepped stepped;
    luaL_checkany(L, 2);
    if (!h->copy.in_episode)
        return luaL_error(L, "world:step: no episode goes on; reset, or restore a snapshot, first");
    lua_settop(L, 2);
    double *action =
        lua_newuserdatauv(L, h->borrow_engine->borrow_copies->world.n_columns * sizeof *action, 0);
    lua_getiuservalue(L, 1, AT_ENGINE);
    lua_getiuservalue(L, -1, 1);
    lua_getiuservalue(L, -1, 1);
    lua_rawgeti(L, -1, PART_ACTIONS);
    if (!lure_read_space_value(L, lua_gettop(L), 2, action))
        return luaL_error(L, "world:step: %s", lua_tostring(L, -1));
    lua_settop(L, 3);
    lua_pushnil(L); /* TERMS_SLOT */
    visit v = enter(L, 1);
    v.copies->terms = add_terms;
    lure_copies_step(L, v.copies, v.at, h->slot, action, &stepped);
    leave(L, &v, 1);
    v.copies->borrow_sandbox->heartbeat++;
    h->terminated = stepped.terminated;
    h->truncated = stepped.truncated;
    push_observation(L, h);
    lua_pushnumber(L, stepped.reward);
    lua_pushboolean(L, stepped.terminated);
    lua_pushboolean(L, stepped.truncated);
    lua_pushvalue(L, TERMS_SLOT);
    return 5;
}

/* world:reset([input]) -> observation: the next episode, whether or not one goes on   [-0, +1, e] */
static int world_reset(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_istable(L, 2)) { /* an episode may write it */
        lure_value_copy(L, 2);
        lua_replace(L, 2);
    }
    visit v = enter(L, 1);
    lure_copies_reset(L, v.copies, v.at, h->slot, lua_istable(L, 2) ? 2 : 0);
    leave(L, &v, 1);
    v.copies->borrow_sandbox->heartbeat++;
    h->terminated = h->truncated = false;
    push_observation(L, h);
    return 1;
}

static void set_whole(lua_State *L, const char *key, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

/* world:snapshot() -> a plain table, which world:restore takes; with seed and copy, so that it goes on bit for bit
   wherever it is restored   [-0, +1, e] */
static int world_snapshot(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    const lure_copy copy = h->copy;
    visit v = enter(L, 1);
    lure_copies_push_snapshot(L, v.copies, v.at, h->slot);
    leave(L, &v, 1);
    h->copy = copy;
    set_whole(L, "seed", h->seed);
    set_whole(L, "copy", h->slot + 1);
    lua_pushboolean(L, h->terminated);
    lua_setfield(L, -2, "terminated");
    lua_pushboolean(L, h->truncated);
    lua_setfield(L, -2, "truncated");
    return 1;
}

/* An optional whole number of the table at 2. */
static uint64_t read_whole(lua_State *L, const char *key, uint64_t otherwise)
{
    int is_whole = 1;
    lua_pushstring(L, key);
    lua_Integer n = lua_rawget(L, 2) == LUA_TNIL ? (lua_Integer)otherwise : lua_tointegerx(L, -1, &is_whole);
    if (!is_whole)
        luaL_error(L, "world:restore: this is no snapshot: '%s' is %s", key, lure_push_text(L, -1));
    lua_pop(L, 1);
    return (uint64_t)n;
}

static bool read_flag(lua_State *L, const char *key)
{
    lua_pushstring(L, key);
    lua_rawget(L, 2);
    bool flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

/* world:restore(snapshot) -> observation. The snapshot may be used again.   [-0, +1, e] */
static int world_restore(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    uint64_t seed = read_whole(L, "seed", h->seed), copy = read_whole(L, "copy", h->slot + 1);
    if (copy < 1 || copy > h->borrow_engine->borrow_copies->n)
        return luaL_error(L, "world:restore: the snapshot is of copy %I; there are %I", (lua_Integer)copy,
                          (lua_Integer)h->borrow_engine->borrow_copies->n);
    const bool terminated = read_flag(L, "terminated"), truncated = read_flag(L, "truncated");
    lure_world_handle was = *h;
    visit v = enter(L, 1);
    h->copy = was.copy; /* a snapshot that is refused changes nothing */
    lure_copies_restore(L, v.copies, v.at, h->slot, 2);
    leave(L, &v, 1);
    h->seed = seed;
    h->slot = (size_t)copy - 1;
    h->terminated = terminated;
    h->truncated = truncated;
    push_observation(L, h);
    return 1;
}

lure_world_handle *lure__world_push_handle(lua_State *L, int index, size_t slot)
{
    lure_world_engine *e = lua_touserdata(L, index);
    index = lua_absindex(L, index);
    const size_t n = e->borrow_copies->world.n_inputs;
    lure_world_handle *h = lua_newuserdatauv(L, sizeof *h + n * sizeof *h->observation, AT_N - 1);
    *h = (lure_world_handle){
        .box = {.kind = LURE_BOX_WORLD}, .borrow_engine = e, .slot = slot, .seed = e->seed, .progress = 1.0};
    memset(h->observation, 0, n * sizeof *h->observation);
    lua_pushvalue(L, index);
    lua_setiuservalue(L, -2, AT_ENGINE);
    lua_newtable(L);
    lua_setiuservalue(L, -2, AT_STATE);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
    return h;
}

/* The table of a snapshot on top becomes the state of the handle below it. */
static void set_copied_state(lua_State *L)
{
    lua_getfield(L, -1, "state");
    lua_setiuservalue(L, -3, AT_STATE);
    lua_pop(L, 1);
}

/* world:fork() -> another world that goes on from here   [-0, +1, e] */
static int world_fork(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    lua_settop(L, 1);
    world_snapshot(L);
    lua_replace(L, 2);
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, AT_ENGINE);
    lure_world_handle *fork = lure__world_push_handle(L, 3, h->slot);
    fork->seed = h->seed;
    fork->progress = h->progress;
    fork->copy = h->copy;
    fork->terminated = h->terminated;
    fork->truncated = h->truncated;
    memcpy(fork->observation, h->observation,
           h->borrow_engine->borrow_copies->world.n_inputs * sizeof *h->observation);
    lua_pushvalue(L, 2);
    set_copied_state(L);
    return 1;
}

/* world:reseed(seed): from the next step on its chance is that of this seed, another than the run's   [-0, +0, e] */
static int world_reseed(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    h->seed = (uint64_t)luaL_checkinteger(L, 2);
    return 0;
}

/* world:legal() -> the legal words; of several parts a list of such lists; nil: the world has no legal(s)   [-0, +1, e] */
static int world_legal(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    const lure_world *w = &h->borrow_engine->borrow_copies->world;
    const lure_space *space = &w->actions->space;
    if (!w->has_legal) {
        lua_pushnil(L);
        return 1;
    }
    lua_settop(L, 1);
    unsigned char *mask = lua_newuserdatauv(L, lure_space_n_choices(space) + 1, 0);
    const lure_copy copy = h->copy;
    visit v = enter(L, 1);
    lure_copies_legal(L, v.copies, v.at, h->slot, mask);
    leave(L, &v, 1);
    h->copy = copy;
    lua_createtable(L, (int)space->n_parts, 0);
    for (size_t i = 0; i < space->n_parts; mask += space->parts[i++].n) {
        if (w->actions->is_list)
            lua_newtable(L);
        for (size_t j = 0, n = 0; j < space->parts[i].n; j++) {
            if (mask[j]) {
                lua_pushstring(L, space->parts[i].words[j]);
                lua_rawseti(L, -2, (lua_Integer)++n);
            }
        }
        if (w->actions->is_list)
            lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* world:render() -> text; nil: the world has no render(s)   [-0, +1, e] */
static int world_render(lua_State *L)
{
    lure_world_handle *h = check_world(L);
    const lure_copy copy = h->copy;
    lua_settop(L, 1);
    visit v = enter(L, 1);
    lure_copies_push_render(L, v.copies, v.at, h->slot);
    int picture = lua_gettop(L);
    leave(L, &v, 1);
    h->copy = copy;
    lua_settop(L, picture);
    return 1;
}

/* What is no method is one of the handle's numbers, or its table s. Upvalue 1: the methods. [-0, +1, e] */
static int world_index(lua_State *L)
{
    const lure_world_handle *h = check_world(L);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    const char *key = luaL_checkstring(L, 2);
    if (strcmp(key, "state") == 0)
        lua_getiuservalue(L, 1, AT_STATE);
    else if (strcmp(key, "observation") == 0)
        push_observation(L, h);
    else if (strcmp(key, "episode") == 0)
        lua_pushinteger(L, (lua_Integer)h->copy.episode);
    else if (strcmp(key, "steps") == 0)
        lua_pushinteger(L, (lua_Integer)h->copy.step);
    else if (strcmp(key, "episode_return") == 0)
        lua_pushnumber(L, h->copy.episode_return);
    else if (strcmp(key, "ended") == 0)
        lua_pushboolean(L, !h->copy.in_episode);
    else if (strcmp(key, "terminated") == 0)
        lua_pushboolean(L, h->terminated);
    else if (strcmp(key, "truncated") == 0)
        lua_pushboolean(L, h->truncated);
    else
        return luaL_error(
            L,
            "the world has no '%s'; it has step, reset, snapshot, restore, fork, reseed, legal, render; "
            "state, observation, episode, steps, episode_return, ended, terminated, truncated",
            key);
    return 1;
}

static int refuse_write(lua_State *L)
{
    return luaL_error(L, "a world's fields may not be written; write into world.state what is to change");
}

static void make_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"step", world_step},       {"reset", world_reset},   {"snapshot", world_snapshot},
        {"restore", world_restore}, {"fork", world_fork},     {"reseed", world_reseed},
        {"legal", world_legal},     {"render", world_render}, {NULL, NULL}};
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE) == LUA_TNIL) {
        lure__world_register();
        lure_box_metatable(L, &METATABLE, "world", methods, 0);
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_pushcclosure(L, world_index, 1);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, refuse_write);
        lua_setfield(L, -2, "__newindex");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* ---- making ---- */

void lure_world_engine_push(lua_State *L, const lure_world_parts *parts, const lure_copies_options *options,
                            uint64_t seed)
{
    make_metatable(L);
    lure_world_engine *e = lua_newuserdatauv(L, sizeof *e, 1);
    *e = (lure_world_engine){.box = {.kind = LURE_BOX_ENGINE}, .seed = seed, .current = seed};
    e->borrow_copies = lure_copies_push(L, parts, options);
    lure_copies_seed(e->borrow_copies, seed);
    lua_setiuservalue(L, -2, 1);
}

lure_copies *lure_world_engine_copies(lua_State *L, int index)
{
    lure_world_engine *e = lua_touserdata(L, index);
    return e->borrow_copies;
}

void lure_world_push(lua_State *L, int index, size_t copy, double progress)
{
    lure__world_push_handle(L, index, copy)->progress = progress;
}

void lure_world_push_fork(lua_State *L, int index, lure_copies *from, int at, size_t i)
{
    index = lua_absindex(L, index);
    lure_world_handle *h = lure__world_push_handle(L, index, i);
    h->copy = from->copies[i];
    h->progress = from->progress;
    memcpy(h->observation, lure__copies_observation(from, i), from->world.n_inputs * sizeof *h->observation);
    lure_copies_push_snapshot(L, from, at, i);
    set_copied_state(L);
}
