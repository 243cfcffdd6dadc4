/* copies_rules.c: another reward or schedule for copies that are lived in already. See copies.h.
   A run's rule may be in use in several places; who made copies with it need not know of the others, so all copies of a state
   are remembered, weakly. */
#include "run/copies_inside.h"

#include "script/image.h"

static const char LIVING = 0; /* registry key: all copies there are, as keys */

void lure__copies_remember(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &LIVING) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "k");
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &LIVING);
        lure_image_leave_out(&LIVING); /* all copies are made before the first update */
    }
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void lure_copies_change_rule(lua_State *L, lure_world_rule rule, int old, int now)
{
    const lua_Integer part = rule == LURE_RULE_REWARD ? PART_REWARD : PART_SCHEDULE;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &LIVING) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    int living = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, living); lua_settop(L, living + 1)) {
        lure_copies *c = lua_touserdata(L, living + 1);
        lua_getiuservalue(L, living + 1, 1);
        int parts = lua_gettop(L);
        lua_rawgeti(L, parts, part);
        if (!lua_rawequal(L, -1, old))
            continue;
        lua_pushvalue(L, now);
        lua_rawseti(L, parts, part);
        if (rule == LURE_RULE_REWARD)
            c->world.reward_sees_before = lure_world_reward_sees_before(L, now);
    }
    lua_settop(L, living - 1);
}
