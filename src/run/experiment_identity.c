/* experiment_identity.c: the hash of everything in an experiment but the seed that decides its result: options as they
   were used, the bytes of the scripts and their resolved options. Not names, paths or the folder one stands in. See
   experiment.h. */
#include "run/experiment.h"

#include "base/version.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <string.h>

/* Puts the line where it stands in the place of every function of the copied value on top: the file's name depends on
   where one stands, and its bytes are hashed anyway. True: there was one. [-0, +0, e] */
static bool name_functions(lua_State *L)
{
    bool found = false;
    if (lua_isfunction(L, -1)) {
        lua_Debug d;
        lua_getinfo(L, ">S", &d); /* pops it */
        lua_pushfstring(L, "function in line %d", d.linedefined);
        return true;
    }
    if (!lua_istable(L, -1))
        return false;
    luaL_checkstack(L, 8, NULL);
    for (lua_pushnil(L); lua_next(L, -2);) {
        found |= name_functions(L);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4); /* an existing field: the walk may go on */
    }
    return found;
}

static int hash_config(lua_State *L)
{
    /* arguments: experiment (light), table; the text box */
    lure_experiment *e = lua_touserdata(L, 1);
    lure_text *text = lua_touserdata(L, 3);
    /* those after log_every: only where they are given, so that what knew none of them keeps its id */
    enum { ALWAYS = 10 };
    static const char *const deciding[] = {
        "environment",      "reward",     "schedule",      "learning_rate",    "algorithm",
        "optimizer",        "policy",     "precision",     "updates",          "log_every",
        "copies",           "max_steps",  "action_repeat", "one_hot",          "normalize_observation",
        "clip_observation", "time_aware", "frame_stack",   "normalize_reward", "clip_reward",
        "evaluate",         "stop_early", "threshold"};
    lure_text_addf(text, "result version %d\n", LURE_RESULT_VERSION);
    bool has_function = false;
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++) {
        if (lua_getfield(L, 2, deciding[i]) == LUA_TNIL && i >= ALWAYS) {
            lua_settop(L, 3);
            continue;
        }
        if (i < 5 &&
            lua_istable(L, -1)) { /* a script's name or path does not decide: its bytes, hashed below, do */
            lure_value_copy(L, -1);
            lua_pushliteral(L, "");
            lua_rawseti(L, -2, 1);
        } else if (i < 5 && lua_type(L, -1) == LUA_TSTRING) {
            lua_pushliteral(L, "");
        }
        lure_value_copy(L, -1);
        has_function |= name_functions(L);
        lure_text_addf(text, "%s ", deciding[i]);
        lure_value_write(L, -1, text);
        lure_text_add(text, "\n");
        lua_settop(L, 3);
    }
    lure_loader_push_records(L);
    for (lua_Integer i = 1; lua_rawgeti(L, 4, i) != LUA_TNIL; i++) {
        static const char *const fields[] = {"role", "sha256", "options"};
        lua_getfield(L, 5, "role");
        bool is_experiment = strcmp(lua_tostring(L, -1), "experiment") == 0;
        lua_pop(L, 1);
        for (size_t f = 0; f < 3 && (!is_experiment || has_function); f++) {
            lua_getfield(L, 5, fields[f]);
            lure_value_copy(L, -1);
            (void)name_functions(L);
            lure_value_write(L, -1, text);
            lure_text_add(text, f < 2 ? " " : "\n");
            lua_pop(L, 2);
        }
        lua_settop(L, 4);
    }
    if (text->failed)
        return luaL_error(L, "no memory for the run's id");
    lure_hash_bytes(text->data, text->length, e->config_hash);
    return 0;
}

/* The text lies in C memory, so what can raise runs under a protected call of its own. */
void lure__experiment_read_identity(lua_State *L, lure_experiment *e, int table)
{
    lure_text text;
    lure_text_init(&text);
    lua_pushcfunction(L, hash_config);
    lua_pushlightuserdata(L, e);
    lua_pushvalue(L, table);
    lua_pushlightuserdata(L, &text);
    int code = lua_pcall(L, 3, 0, 0);
    lure_text_free(&text);
    if (code != LUA_OK)
        lure_raise_again(L, code);
}
