/* copies.c: of lure_test, copies of a world as run/copies.h has them: copies { environment =, reward =, schedule =, n =, seed =,
   max_steps =, again = } gives a table of functions, whose copies count from 1 and whose choices from 0, as there. */
#include "run/copies.h"

#include "host.h"
#include "script/bind.h"

#include <lauxlib.h>
#include <string.h>

enum { MOST_PARTS = 16, MOST_CHOICES = 64 };

typedef struct seat {
    lure_copies *copies;
    size_t i;
    int at;
} seat;

/* Argument 1 says which copy. */
static seat enter(lua_State *L)
{
    seat s = {.copies = lure_copies_of(L, lua_upvalueindex(1)), .i = (size_t)luaL_checkinteger(L, 1) - 1};
    luaL_argcheck(L, s.i < s.copies->n, 1, "no such copy");
    lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    s.at = lure_copies_enter(L, 4);
    return s;
}

static int push_observation(lua_State *L, const seat *s)
{
    size_t n = s->copies->world.n_inputs;
    lua_createtable(L, (int)n, 0);
    for (size_t j = 0; j < n; j++) {
        lua_pushnumber(L, s->copies->observations[s->i * n + j]);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    return 1;
}

static int copies_reset(lua_State *L) /* reset(i [, input]) -> observation */
{
    seat s = enter(L);
    lure_copies_reset(L, s.copies, s.at, s.i, lua_istable(L, 2) ? 2 : 0);
    return push_observation(L, &s);
}

static void read_action(lua_State *L, const seat *s, double action[MOST_PARTS])
{
    for (size_t p = 0; p < s->copies->world.n_columns; p++) {
        if (lua_istable(L, 2))
            lua_rawgeti(L, 2, (lua_Integer)p + 1);
        else
            lua_pushvalue(L, 2);
        action[p] = luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
}

static int copies_step(lua_State *L) /* step(i, action) -> observation, reward, terminated, truncated */
{
    double action[MOST_PARTS];
    seat s = enter(L);
    lure_stepped stepped;
    read_action(L, &s, action);
    int top = lua_gettop(L);
    lure_copies_step(L, s.copies, s.at, s.i, action, &stepped);
    if (lua_gettop(L) != top)
        luaL_error(L, "the stack is not as it was");
    push_observation(L, &s);
    lua_pushnumber(L, stepped.reward);
    lua_pushboolean(L, stepped.terminated);
    lua_pushboolean(L, stepped.truncated);
    return 4;
}

static int copies_action(lua_State *L) /* action(i, numbers) -> what scripts get */
{
    double action[MOST_PARTS];
    seat s = enter(L);
    read_action(L, &s, action);
    lure_copies_push_action(L, s.copies, s.at, action);
    return 1;
}

static int copies_legal(lua_State *L) /* legal(i) -> "101" */
{
    unsigned char mask[MOST_CHOICES];
    seat s = enter(L);
    lure_copies_legal(L, s.copies, s.at, s.i, mask);
    size_t n = lure_space_n_choices(&s.copies->world.actions->space);
    for (size_t a = 0; a < n; a++)
        mask[a] = mask[a] ? '1' : '0';
    lua_pushlstring(L, (const char *)mask, n);
    return 1;
}

static int copies_render(lua_State *L)
{
    seat s = enter(L);
    lure_copies_push_render(L, s.copies, s.at, s.i);
    return 1;
}

static int copies_state(lua_State *L)
{
    seat s = enter(L);
    lure_copies_push_state(L, s.copies, s.at, s.i);
    return 1;
}

static int copies_set_state(lua_State *L) /* set_state(i, s) -> observation */
{
    seat s = enter(L);
    lua_pushvalue(L, 2);
    lure_copies_set_state(L, s.copies, s.at, s.i);
    lure_copies_observe(L, s.copies, s.at, s.i);
    return push_observation(L, &s);
}

static int copies_snapshot(lua_State *L)
{
    seat s = enter(L);
    lure_copies_push_snapshot(L, s.copies, s.at, s.i);
    return 1;
}

static int copies_restore(lua_State *L) /* restore(i, snapshot) */
{
    seat s = enter(L);
    lure_copies_restore(L, s.copies, s.at, s.i, 2);
    return 0;
}

static int field(lua_State *L, const char *key)
{
    if (lua_getfield(L, 1, key) != LUA_TNIL)
        return lua_gettop(L);
    lua_pop(L, 1);
    return 0;
}

static lua_Integer number(lua_State *L, const char *key, lua_Integer otherwise)
{
    lua_getfield(L, 1, key);
    lua_Integer n = luaL_optinteger(L, -1, otherwise);
    lua_pop(L, 1);
    return n;
}

int test_copies(lua_State *L)
{
    static const luaL_Reg functions[] = {{"reset", copies_reset},         {"step", copies_step},
                                         {"action", copies_action},       {"legal", copies_legal},
                                         {"render", copies_render},       {"state", copies_state},
                                         {"set_state", copies_set_state}, {"snapshot", copies_snapshot},
                                         {"restore", copies_restore},     {NULL, NULL}};
    luaL_checktype(L, 1, LUA_TTABLE);
    lure_world_parts parts = {.environment = field(L, "environment"),
                              .reward = field(L, "reward"),
                              .schedule = field(L, "schedule")};
    const lure_copies_options options = {.n = (size_t)number(L, "n", 1),
                                         .max_steps = (uint64_t)number(L, "max_steps", 0),
                                         .repeat = (uint64_t)number(L, "again", 1)};
    lure_copies *copies = lure_copies_push(L, &parts, &options);
    lure_copies_seed(copies, (uint64_t)number(L, "seed", 1));
    lua_newtable(L);
    lua_insert(L, -2);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
