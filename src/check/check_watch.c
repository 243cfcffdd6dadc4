/* check_watch.c: functions of a world, watched. Each stands before the script's own, calls it, and looks: observe and
   reward change nothing; what observe gave is not changed by a later step or a later observe; what reset got is not
   changed by a step. The first offence is kept in the trial. See check_probe.h. */
#include "check/check_probe.h"
#include "check/check_state.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <string.h>

enum { WATCH_RESET, WATCH_STEP, WATCH_OBSERVE, WATCH_LEGAL, WATCH_REWARD };
static const char *const names[] = {"reset", "step", "observe", "legal", "reward"};

/* In the trial's table `shared`: what was handed over last, and how it looked then. */
enum { SHOWN = 1, SHOWN_TEXT, INPUT, INPUT_TEXT, OBSERVE, RESET };

static void put(lua_State *L, const lure_trial *t, int slot, int index)
{
    lua_pushvalue(L, index);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->shared);
    lua_insert(L, -2);
    lua_rawseti(L, -2, slot);
    lua_pop(L, 1);
}

static int push(lua_State *L, const lure_trial *t, int slot)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->shared);
    int type = lua_rawgeti(L, -1, slot);
    lua_remove(L, -2);
    return type;
}

/* The value at `index` as it looks now. [-0, +1, e] */
static void push_text(lua_State *L, lure_trial *t, int index)
{
    lure_text_clear(&t->scratch[0]);
    lure_value_write(L, index, &t->scratch[0]);
    lua_pushlstring(L, t->scratch[0].data, t->scratch[0].length);
}

static void hand_over(lua_State *L, lure_trial *t, int slot, int index)
{
    put(L, t, slot, index);
    push_text(L, t, index);
    put(L, t, slot + 1, lua_gettop(L));
    lua_pop(L, 1);
}

/* Has it changed since? Then the difference is added to `changed`, after `what` and the place of function `from`. */
static void look_at(lua_State *L, lure_trial *t, int slot, int from, const char *root, const char *what)
{
    int top = lua_gettop(L);
    if (!t->changed.length && push(L, t, slot) == LUA_TTABLE && push(L, t, slot + 1) == LUA_TSTRING) {
        push_text(L, t, top + 1);
        if (!lua_rawequal(L, top + 2, top + 3)) {
            char place[256];
            push(L, t, from);
            lure_function_place(L, -1, place, sizeof place);
            lure_text_addf(&t->changed, "%s: %s: ", place, what);
            lure_state_difference(L, lua_tostring(L, top + 2), lua_tostring(L, top + 3), root, &t->changed);
        }
    }
    lua_settop(L, top);
}

/* Before the function runs; its arguments are from index 2 on, s at 1. */
static void look_before(lua_State *L, lure_trial *t, int which)
{
    if (which == WATCH_STEP) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, t->kept);
        lure_value_copy(L, 1);
        lua_rawseti(L, -2, (lua_Integer)++t->n_copies);
        lua_pop(L, 1);
    }
    if (which == WATCH_RESET && lua_istable(L, 4) && !t->options->makes_up_input)
        hand_over(L, t, INPUT, 4);
}

/* Afterwards: s at 1, its results from index 2 on. */
static void look_after(lua_State *L, lure_trial *t, int which)
{
    if (which == WATCH_STEP) {
        look_at(L, t, SHOWN, OBSERVE, "the list",
                "observe gives a part of s, which step changes, so that who keeps an observation sees "
                "another one; "
                "expected a new table");
        look_at(L, t, INPUT, RESET, "input",
                "the input of reset is kept or written to, and changes; the schedule may give the same table "
                "again, so "
                "take a copy");
    }
    if (which == WATCH_OBSERVE && lua_istable(L, 2)) {
        if (push(L, t, SHOWN) == LUA_TTABLE && lua_rawequal(L, 2, -1))
            look_at(
                L, t, SHOWN, OBSERVE, "the list",
                "observe fills one table again and again, so that who keeps an observation sees another one; "
                "expected a new table");
        lua_pop(L, 1);
        hand_over(L, t, SHOWN, 2);
    }
}

/* Stands before a function of the world. Upvalues: the function, the trial, which one. Argument 1 is s. */
static int watched(lua_State *L)
{
    lure_trial *t = lua_touserdata(L, lua_upvalueindex(2));
    int which = (int)lua_tointeger(L, lua_upvalueindex(3)), n = lua_gettop(L), before = 0;
    luaL_checkstack(L, 12, NULL);
    lua_pushvalue(L, 1); /* s, for afterwards */
    lua_insert(L, 1);
    look_before(L, t, which);
    if (which >= WATCH_OBSERVE) { /* below the arguments: s, then both as text */
        push_text(L, t, 1);
        lua_insert(L, 2);
        if (n >= 4 && which == WATCH_REWARD) {
            lua_pushvalue(L, 6);
            lua_insert(L, 3);
            push_text(L, t, 3);
            lua_insert(L, 4);
            before = 3;
        }
    }
    int below = lua_gettop(L) - n;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, below + 1);
    lua_call(L, n, LUA_MULTRET);
    for (int i = 0; i < 2 && below > 1; i++) { /* s, then before */
        int value = i ? before : 1, top = lua_gettop(L);
        if (!value || t->changed.length)
            continue;
        push_text(L, t, value);
        if (!lua_rawequal(L, value + 1, top + 1)) {
            char place[256];
            lure_function_place(L, lua_upvalueindex(1), place, sizeof place);
            lure_text_addf(&t->changed, "%s: %s changes %s: ", place, names[which], i ? "before" : "s");
            lure_state_difference(L, lua_tostring(L, value + 1), lua_tostring(L, top + 1), i ? "before" : "s",
                                  &t->changed);
            lure_text_add(&t->changed, i ? "; it is for reading" : "; only reset and step may change it");
            t->changed_by_reward |= which == WATCH_REWARD;
        }
        lua_settop(L, top);
    }
    while (below-- > 1)
        lua_remove(L, 2);
    look_after(L, t, which);
    return lua_gettop(L) - 1;
}

/* Replaces the function on top by one that watches it; anything else stays. */
static void watch(lua_State *L, lure_trial *t, int which)
{
    if (!lua_isfunction(L, -1))
        return;
    if (which == WATCH_OBSERVE || which == WATCH_RESET)
        put(L, t, which == WATCH_OBSERVE ? OBSERVE : RESET, lua_gettop(L));
    lua_pushlightuserdata(L, t);
    lua_pushinteger(L, which);
    lua_pushcclosure(L, watched, 3);
}

void lure_probe_push_environment(lua_State *L, lure_trial *t, int environment)
{
    lua_newtable(L);
    t->kept = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    t->shared = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    int copy = lua_gettop(L);
    if (lua_getmetatable(L, environment))
        lua_setmetatable(L, copy);
    for (lua_pushnil(L); lua_next(L, environment); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, copy);
    }
    for (int which = WATCH_RESET; which < WATCH_REWARD; which++) {
        lua_getfield(L, environment, names[which]);
        watch(L, t, which);
        lua_pushstring(L, names[which]);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
}

void lure_probe_push_reward(lua_State *L, lure_trial *t, int reward)
{
    lua_pushvalue(L, reward);
    watch(L, t, WATCH_REWARD);
}
