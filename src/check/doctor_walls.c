/* doctor_walls.c: do the limits of scripts work, and which walls can a worker of a batch have here? Walls stand for good, so a child raises
   them and tells. */
#include "check/doctor_inside.h"

#include "base/clock.h"
#include "base/walls.h"
#include "script/call.h"
#include "script/sandbox.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- limits ---- */

typedef struct trial {
    const char *script;
    lure_limits limits;
} trial;

static int run_script(lua_State *L)
{
    const trial *t = lua_touserdata(L, 1);
    if (luaL_loadstring(L, t->script) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

static lure_status run_limited(const trial *t, double *seconds)
{
    lure_sandbox *sandbox;
    lure_error err;
    *seconds = 0.0;
    lure_status status = lure_sandbox_create(&t->limits, &sandbox, &err);
    if (status != LURE_OK)
        return status;
    status = lure_sandbox_watch(sandbox, NULL, NULL, &err);
    double began = lure_clock_seconds();
    if (status == LURE_OK)
        status = lure_call_c(sandbox->L, run_script, (void *)t, &err);
    *seconds = lure_clock_seconds() - began;
    lure_sandbox_destroy(sandbox);
    return status;
}

static void examine_limits(lure_doctor *d)
{
    const lure_limits usual = lure_limits_defaults();
    lure__doctor_add(d, "limits", "step_seconds = %g, memory_mb = %g, unless an experiment says otherwise",
                     usual.step_seconds, usual.memory_mb);
    /* some 10^8 turns: without a timer this ends as well */
    const trial endless = {"for _ = 1, 100000000 do end", {.step_seconds = 0.05, .memory_mb = 64.0}};
    double seconds;
    lure_status status = run_limited(&endless, &seconds);
    if (status == LURE_ERROR_TIME)
        lure__doctor_add(d, "time limit", "works: a loop was stopped after %.2f s (limit %g s)", seconds,
                         endless.limits.step_seconds);
    else
        lure__doctor_advise(
            lure__doctor_add(d, "time limit", "does not work: a long loop ran to its end (%.2f s)", seconds),
            "a script with an endless loop has to be killed by hand: is SIGALRM blocked here?");
    const trial hungry = {"local t = {} for i = 1, 10000000 do t[i] = i end",
                          {.step_seconds = 10.0, .memory_mb = 16.0}};
    status = run_limited(&hungry, &seconds);
    if (status == LURE_ERROR_MEMORY)
        lure__doctor_add(d, "memory limit", "works: a table was refused at %g MB", hungry.limits.memory_mb);
    else
        lure__doctor_advise(
            lure__doctor_add(d, "memory limit", "does not work: %s", lure_status_name(status)),
            "a script can take all memory of the machine: report it");
}

/* ---- walls ---- */

static void examine_walls(lure_doctor *d)
{
    lure_walls *walls = mmap(NULL, sizeof *walls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (walls == MAP_FAILED)
        return;
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        const lure_walls_options options = {.folder = ".", .parent = parent};
        _exit(lure_walls_raise(&options, walls) ? 0 : 1);
    }
    int status;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < LURE_N_WALLS; i++) {
        lure__doctor_add(d, lure_wall_name((lure_wall)i), "%s%s",
                         walls->up[i] ? "" : "no such wall around workers here: ",
                         *walls->text[i] ? walls->text[i] : "it could not be tried");
    }
    munmap(walls, sizeof *walls);
}

void lure__doctor_examine_walls(lure_doctor *d)
{
    examine_limits(d);
    examine_walls(d);
}
