/* experiment_seeds.c: the seeds of an experiment or a batch, as a script lists them: whole numbers >= 0, none of them
   twice. See experiment.h. */
#include "run/experiment.h"

#include "script/bind.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SEEDS = 1000000 };

static uint64_t check_seed(lua_State *L, int index)
{
    if (!lua_isinteger(L, index) || lua_tointeger(L, index) < 0)
        luaL_error(L, "seeds: %s is not a seed; expected whole numbers >= 0", lure_push_text(L, index));
    return (uint64_t)lua_tointeger(L, index);
}

static int compare_seeds(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

bool lure_experiment_find_twin_seed(lua_State *L, const uint64_t *seeds, size_t n, uint64_t *seed)
{
    bool found = false;
    if (n < 2)
        return false;
    uint64_t *sorted = lua_newuserdatauv(L, n * sizeof *sorted, 0);
    memcpy(sorted, seeds, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_seeds);
    for (size_t i = 1; i < n && !found; i++) {
        found = sorted[i] == sorted[i - 1];
        *seed = sorted[i];
    }
    lua_pop(L, 1);
    return found;
}

/* seeds = { 1, 2, 3 } or { from = 1, to = 30 }; default { 1 }. */
void lure_experiment_read_seeds(lua_State *L, int table, uint64_t **out, size_t *n_out)
{
    int type = lua_getfield(L, table, "seeds");
    int seeds = lua_gettop(L);
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "seeds is %s; expected a list like { 1, 2, 3 } or { from = 1, to = 30 }",
                   lure_type_name(L, seeds));
    uint64_t from = 1, n = 1;
    bool listed = type == LUA_TTABLE && lua_rawlen(L, seeds) > 0;
    if (listed) {
        n = lua_rawlen(L, seeds);
    } else if (type == LUA_TTABLE) {
        lua_getfield(L, seeds, "from");
        lua_getfield(L, seeds, "to");
        from = check_seed(L, -2);
        uint64_t to = check_seed(L, -1);
        if (to < from)
            luaL_error(L, "seeds: from is after to");
        n = to - from + 1;
    }
    if (n > MOST_SEEDS)
        luaL_error(L, "seeds: more than %d", (int)MOST_SEEDS);
    *n_out = 0;
    *out = malloc((size_t)n * sizeof **out); /* the owner frees it, also when this raises */
    if (!*out) {
        luaL_error(L, "no memory for the seeds");
        return;
    }
    for (; *n_out < n; ++*n_out) {
        if (listed) {
            lua_rawgeti(L, seeds, (lua_Integer)*n_out + 1);
            (*out)[*n_out] = check_seed(L, -1);
            lua_pop(L, 1);
        } else {
            (*out)[*n_out] = from + *n_out;
        }
    }
    uint64_t twin;
    if (listed && lure_experiment_find_twin_seed(L, *out, *n_out, &twin))
        luaL_error(L, "seeds: %I is there twice", (LUAI_UACINT)twin);
    lua_settop(L, seeds - 1);
}
