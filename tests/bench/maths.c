/* maths.c: what the maths costs a script. Reads the name of a measure a line and prints ns a call; tests/bench/maths.lua,
   which runs in a sandbox like any script, returns a function that turns the words of a name into a loop. Also
   `heap LOOP`: how many bytes more a million rounds of a loop leave. Usage: maths SCRIPT < NAMES. */
#include "base/file.h"
#include "math/kernel.h"
#include "measure.h"
#include "script/call.h"
#include "script/library.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SAMPLE = 0.15;

static int load(lua_State *L)
{
    const lure_text *source = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, source->data, source->length, "@tests/bench/maths.lua", "t") != LUA_OK)
        return lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "measures");
    return 0;
}

typedef struct loop {
    char words[128];
    double n; /* rounds */
} loop;

/* Makes the loop for these words: registry.loop */
static int make_loop(lua_State *L)
{
    const loop *l = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "measures");
    lua_pushstring(L, l->words);
    lua_call(L, 1, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "loop");
    return 0;
}

static int run_loop(lua_State *L)
{
    const loop *l = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "loop");
    lua_pushinteger(L, (lua_Integer)l->n);
    lua_call(L, 1, 0);
    return 0;
}

static double ns_a_round(lua_State *L, loop *l, lure_error *err)
{
    l->n = 3;
    if (lure_call_c(L, make_loop, l, err) != LURE_OK || lure_call_c(L, run_loop, l, err) != LURE_OK)
        return -1;
    for (l->n = 1;;) {
        double began = seconds_of_process();
        if (lure_call_c(L, run_loop, l, err) != LURE_OK)
            return -1;
        double taken = seconds_of_process() - began;
        if (taken >= SAMPLE)
            return taken / l->n * 1e9;
        double more = 1.2 * l->n * SAMPLE / (taken > SAMPLE / 50 ? taken : SAMPLE / 50);
        l->n = more > l->n + 1 ? (double)(size_t)more : l->n + 1;
    }
}

static double bytes_left(lua_State *L, loop *l, lure_error *err)
{
    size_t before[2];
    /* during the first hundred thousand it may still grow to its size */
    for (int turn = 0; turn < 2; turn++) {
        l->n = turn ? 1e6 : 1e5;
        if ((!turn && lure_call_c(L, make_loop, l, err) != LURE_OK) ||
            lure_call_c(L, run_loop, l, err) != LURE_OK)
            return -1;
        before[turn] = lure_sandbox_of(L)->pool.account.peak;
    }
    return (double)before[1] - (double)before[0];
}

int main(int argc, char **argv)
{
    lure_error err;
    lure_limits limits = lure_limits_defaults();
    lure_sandbox *sandbox;
    lure_text source;
    lure_text_init(&source);
    if (argc != 2) {
        fprintf(stderr, "usage: maths SCRIPT < NAMES\n");
        return 2;
    }
    if (lure_cpu_path_init(&err) != LURE_OK || lure_file_read(argv[1], 1 << 20, &source, &err) != LURE_OK ||
        lure_sandbox_create(&limits, &sandbox, &err) != LURE_OK ||
        lure_call_c(sandbox->L, load, &source, &err) != LURE_OK) {
        fprintf(stderr, "maths: %s\n", err.text);
        return 1;
    }
    loop l;
    while (fgets(l.words, sizeof l.words, stdin)) {
        l.words[strcspn(l.words, "\n")] = '\0';
        double result;
        if (strncmp(l.words, "heap ", 5) == 0) {
            memmove(l.words, l.words + 5, strlen(l.words + 5) + 1);
            result = bytes_left(sandbox->L, &l, &err);
        } else {
            result = ns_a_round(sandbox->L, &l, &err);
        }
        if (result < 0) {
            fprintf(stderr, "maths: %s: %s\n", l.words, err.text);
            return 1;
        }
        printf("%.1f\n", result);
        fflush(stdout);
    }
    lure_sandbox_destroy(sandbox);
    lure_text_free(&source);
    return 0;
}
