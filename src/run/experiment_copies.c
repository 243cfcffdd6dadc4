/* experiment_copies.c: the options of an experiment that say how its world is lived in and what the policy sees of it: copies,
   max_steps, action_repeat, one_hot, normalize_observation, clip_observation, frame_stack, time_aware, normalize_reward,
   clip_reward. All are off when left out; one that is given as what it would be anyway is taken out, and one that is short
   for a table written out, so that both ways are the same run. See experiment.h. */
#include "run/experiment.h"

#include "script/bind.h"

#include <lauxlib.h>
#include <math.h>

/* The field of the table on top. False: it is nil, and nothing was pushed. */
static bool push_given(lua_State *L, int table, const char *key)
{
    if (lua_getfield(L, table, key) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

static void take_out(lua_State *L, int table, const char *key)
{
    lua_pushnil(L);
    lua_setfield(L, table, key);
}

static const char *value_text(lua_State *L)
{
    int type = lua_type(L, -1);
    return type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN ? lure_push_text(L, -1)
                                                                              : lure_type_name(L, -1);
}

/* `otherwise`: what it is when left out; 0 if it cannot be given so. */
static uint64_t read_count(lua_State *L, int table, const char *key, double most, uint64_t otherwise)
{
    if (!push_given(L, table, key))
        return otherwise;
    double x = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
    if (!(x >= 1 && x <= most) || x != floor(x))
        luaL_error(L, "%s is %s; expected a whole number from 1 to %I", key, value_text(L),
                   (LUAI_UACINT)most);
    lua_pop(L, 1);
    lua_pushinteger(L, (lua_Integer)x); /* 5.0 is the same as 5 and makes the same run */
    lua_setfield(L, table, key);
    if ((uint64_t)x == otherwise)
        take_out(L, table, key);
    return (uint64_t)x;
}

/* `option`: what the key belongs to, "" for the experiment itself. */
static bool read_switch(lua_State *L, int table, const char *option, const char *key)
{
    if (!push_given(L, table, key))
        return false;
    if (!lua_isboolean(L, -1))
        luaL_error(L, "%s%s%s is %s; expected true or false", option, *option ? "." : "", key, value_text(L));
    bool is_on = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (!is_on)
        take_out(L, table, key);
    return is_on;
}

static double read_clip(lua_State *L, int table, const char *key)
{
    if (!push_given(L, table, key))
        return INFINITY;
    double x = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    if (!(x > 0 && isfinite(x)))
        luaL_error(L, "%s is %s; expected a number above 0: values are clipped to plus and minus that", key,
                   value_text(L));
    lua_pop(L, 1);
    lua_pushnumber(L, x); /* 1 is the same as 1.0 */
    lua_setfield(L, table, key);
    return x;
}

/* A number above 0 of an option's table at `given`, written out into the one at `full`. */
static double read_number(lua_State *L, int given, int full, const char *option, const char *key,
                          double otherwise, double most)
{
    double x = otherwise;
    if (given && push_given(L, given, key)) {
        x = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
        if (!(x > 0.0 && x <= most))
            luaL_error(L, "%s.%s is %s; expected a number above 0%s", option, key, value_text(L),
                       isinf(most) ? "" : ", at most 1");
        lua_pop(L, 1);
    }
    lua_pushnumber(L, x);
    lua_setfield(L, full, key);
    return x;
}

/* true, or { clip = 10, frozen = false [, discount = 0.99] }. False: off. */
static bool read_normaliser(lua_State *L, int table, const char *key, double *clip, bool *frozen,
                            double *discount)
{
    const char *known[] = {"clip", "frozen", "discount"};
    if (!push_given(L, table, key))
        return false;
    bool is_table = lua_istable(L, -1), is_on = is_table || lua_toboolean(L, -1);
    if (!is_table && !lua_isboolean(L, -1))
        luaL_error(L, "%s is %s; expected true or { clip = 10, frozen = false%s }", key, value_text(L),
                   discount ? ", discount = 0.99" : "");
    int given = is_table ? lua_gettop(L) : 0;
    if (is_table)
        lure_experiment_check_keys(L, given, key, known, discount ? 3 : 2);
    lua_newtable(L);
    int full = lua_gettop(L);
    *clip = read_number(L, given, full, key, "clip", *clip, INFINITY);
    if (discount)
        *discount = read_number(L, given, full, key, "discount", *discount, 1.0);
    *frozen = given && read_switch(L, given, key, "frozen");
    lua_pushboolean(L, *frozen);
    lua_setfield(L, full, "frozen");
    if (is_on)
        lua_setfield(L, table, key);
    else
        take_out(L, table, key);
    lua_settop(L, full - 2);
    return is_on;
}

void lure__experiment_read_copies(lua_State *L, int table, lure_copies_options *copies,
                                  lure_seen_options *seen)
{
    enum { MOST_COPIES = 1000000, MOST_FRAMES = 1000 };
    *seen = lure_seen_defaults();
    copies->n = (size_t)read_count(L, table, "copies", MOST_COPIES, 1);
    copies->max_steps = read_count(L, table, "max_steps", UINT32_MAX, 0);
    copies->repeat = read_count(L, table, "action_repeat", 1e6, 1);
    seen->n_frames = (size_t)read_count(L, table, "frame_stack", MOST_FRAMES, 1);
    seen->one_hot = read_switch(L, table, "", "one_hot");
    seen->time_aware = read_switch(L, table, "", "time_aware");
    seen->clip = read_clip(L, table, "clip_observation");
    seen->reward_clip = read_clip(L, table, "clip_reward");
    seen->normalizes =
        read_normaliser(L, table, "normalize_observation", &seen->normalized_clip, &seen->is_frozen, NULL);
    seen->scales_reward = read_normaliser(L, table, "normalize_reward", &seen->scaled_clip,
                                          &seen->is_reward_frozen, &seen->discount);
}
