/* sandbox.c: the state, its memory account and the watch. See sandbox.h. */
#include "script/sandbox.h"

#include "base/clock.h"
#include "learn/tape.h"
#include "script/bind.h"
#include "script/library.h"
#include "script/profile.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

/* Slots reserved at the bottom of every Lua stack. Debian's Lua 5.4.4 uses freed memory when a __concat
   metamethod grows the stack (its backport of the fix for CVE-2022-33099 lacks the follow-up); a stack that is
   large from the start does not grow there. */
enum { MAIN_STACK_RESERVE = 10000 };

enum {
    TICK_MICROSECONDS = 50000,
    TICKS_PER_REMINDER = 10,
    MOST_GAP = 1 /* seconds between two ticks that a busy machine may take */
};

enum {
    SMALL_STATE = 4 << 20,
    SMALL_PAUSE = 500,
    LARGE_PAUSE = 200
}; /* bytes; percent of what was left at the last */

static struct {
    lure_sandbox *volatile sandbox;
    void (*on_stuck)(void *data);
    void *data;
    uint64_t seen;               /* heartbeat at the last tick */
    double seen_at;              /* the process's computing time when it last changed */
    volatile sig_atomic_t armed; /* ticks since the limit was exceeded */
} watch;

static struct {
    lure_vitals *volatile vitals;
    void (*take_limits)(const lure_limits *limits);
} supervisor;

lure_limits lure_limits_defaults(void)
{
    return (lure_limits){.step_seconds = 5.0, .memory_mb = 512.0};
}

lure_sandbox *lure_sandbox_of(lua_State *L)
{
    return *(lure_sandbox **)lua_getextraspace(L);
}

/* Reads only fields of call frames. */
void lure_sandbox_place(const lure_sandbox *sandbox, char *out, size_t size)
{
    lua_Debug frame;
    out[0] = '\0';
    for (int level = 0; lua_getstack(sandbox->running, level, &frame); level++) {
        if (lua_getinfo(sandbox->running, "Sl", &frame) && frame.currentline > 0) {
            snprintf(out, size, "%s:%d", frame.short_src, frame.currentline);
            return;
        }
    }
}

/* Notes the script's line when memory is refused: Lua raises memory errors without a place. */
static void note_memory_place(void *data)
{
    lure_sandbox *sandbox = data;
    lure_sandbox_place(sandbox, sandbox->memory_place, sizeof sandbox->memory_place);
}

void lure_sandbox_set_limits(lure_sandbox *sandbox, const lure_limits *limits)
{
    sandbox->limits = *limits;
    sandbox->pool.account.limit = (size_t)(limits->memory_mb * 1048576.0);
    if (supervisor.take_limits)
        supervisor.take_limits(limits);
}

void lure_sandbox_count_run(lure_sandbox *sandbox)
{
    sandbox->counts_run = sandbox->limits.run_seconds > 0;
    sandbox->run_seconds = 0.0;
    sandbox->ticked_at = lure_clock_seconds();
}

static int open_everything(lua_State *L)
{
    lure_library_open(L);
    lure_bind_all(L);
    return 0;
}

void lure_sandbox_pace(lure_sandbox *sandbox)
{
    bool small = sandbox->pool.account.used < SMALL_STATE;
    if (small == sandbox->may_grow)
        return;
    sandbox->may_grow = small;
    lua_gc(sandbox->L, LUA_GCINC, small ? SMALL_PAUSE : LARGE_PAUSE, 0, 0);
}

lure_status lure_sandbox_create(const lure_limits *limits, lure_sandbox **out, lure_error *err)
{
    *out = NULL;
    lure_sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (!sandbox)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a Lua state");
    lure_sandbox_set_limits(sandbox, limits);
    sandbox->last_rate = sandbox->last_gradient_norm = NAN;
    lure_rng_init(&sandbox->random, 0, LURE_PURPOSE_SCRIPT, 0);
    lua_State *L = lua_newstate(lure_pool_resize, &sandbox->pool);
    if (!L) {
        lure_pool_free(&sandbox->pool);
        free(sandbox);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a Lua state (limits.memory_mb = %g)",
                         limits->memory_mb);
    }
    *(lure_sandbox **)lua_getextraspace(L) = sandbox;
    sandbox->running = L;
    sandbox->L = L;
    sandbox->pool.on_refusal = note_memory_place;
    sandbox->pool.on_refusal_data = sandbox;
    /* asked for outside any call: what a function reserves, the collector takes back when the function is over */
    if (!lua_checkstack(L, MAIN_STACK_RESERVE)) {
        lure_fail(err, LURE_ERROR_MEMORY, "no memory for a Lua stack (limits.memory_mb = %g)",
                  limits->memory_mb);
        lure_sandbox_destroy(sandbox);
        return LURE_ERROR_MEMORY;
    }
    lua_pushcfunction(L, open_everything);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        lure_fail(err, LURE_ERROR_MEMORY, "cannot open the script libraries: %s (limits.memory_mb = %g)",
                  lua_tostring(L, -1), limits->memory_mb);
        lure_sandbox_destroy(sandbox);
        return LURE_ERROR_MEMORY;
    }
    *out = sandbox;
    return LURE_OK;
}

void lure_sandbox_destroy(lure_sandbox *sandbox)
{
    if (!sandbox)
        return;
    lure_sandbox_unwatch(sandbox);
    lua_State *L = sandbox->L;
    if (L)
        lua_close(L);
    lure_tape_destroy(sandbox->pass.tape);
    lure_pool_free(&sandbox->pool);
    free(sandbox);
}

/* ---- the watch ---- */

/* What this process has computed, not the time of day: a machine that is busy, asleep or waiting for its disk is not
   the script's doing, and a script cannot wait. */
static double computing_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void lure_sandbox_each_call(lua_State *L, void (*look)(lua_State *thread, lua_Debug *call, void *data),
                            void *data)
{
    const lure_resumed *waiting = lure_sandbox_of(L)->resumed;
    for (lua_State *thread = L; thread;) {
        lua_Debug call;
        for (int level = 0; lua_getstack(thread, level, &call); level++)
            look(thread, &call, data);
        thread = waiting ? waiting->by : NULL;
        waiting = waiting ? waiting->outer : NULL;
    }
}

int lure_sandbox_raise_limit(lua_State *L)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    char *place = sandbox->limit_place;
    /* the first time tells where the script was; whatever it is raised again in or closed by says less */
    if (!*place)
        lure_sandbox_place(sandbox, place, sizeof sandbox->limit_place);
    lua_pushfstring(L, *place ? "%s: " : "", place);
    if (sandbox->limit_hit == LURE_ERROR_TIME)
        lua_pushfstring(
            L,
            "time limit: no step or update finished for %f seconds (limits.step_seconds); look for an "
            "endless loop, or raise the limit",
            sandbox->limits.step_seconds);
    else if (sandbox->limit_hit == LURE_ERROR_WALL)
        lua_pushfstring(L,
                        "time limit: the run took longer than %f seconds (limits.run_seconds); make it "
                        "shorter, or raise the limit",
                        sandbox->limits.run_seconds);
    else if (sandbox->limit_hit == LURE_ERROR_MEMORY)
        lua_pushliteral(L, "memory limit");
    else
        lua_pushliteral(L, "stopped by a signal");
    lua_concat(L, 2);
    return lua_error(L);
}

/* Runs in the script. It stays installed, so that a pcall in the script is interrupted again. */
static void raise_from_hook(lua_State *L, lua_Debug *frame)
{
    (void)frame;
    lure_sandbox *sandbox = lure_sandbox_of(L);
    if (sandbox->limit_hit == LURE_OK) {
        sandbox->limit_hit = LURE_ERROR_TIME;
        sandbox->limit_place[0] = '\0';
    }
    lure_sandbox_raise_limit(L);
}

void lure_sandbox_look(lua_State *L)
{
    if (lua_gethook(L) == raise_from_hook)
        raise_from_hook(L, NULL);
}

static void arm(lure_sandbox *sandbox)
{
    lua_sethook(sandbox->running, raise_from_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

void lure_sandbox_arm_again(lua_State *L)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    if (sandbox->limit_hit == LURE_ERROR_TIME || sandbox->limit_hit == LURE_ERROR_WALL ||
        sandbox->limit_hit == LURE_ERROR_CANCELLED)
        arm(sandbox);
}

static bool is_over(lure_sandbox *sandbox)
{
    if (!sandbox->counts_run)
        return false;
    const double now = lure_clock_seconds(), gap = now - sandbox->ticked_at;
    sandbox->ticked_at = now;
    sandbox->run_seconds += gap < 0 ? 0 : gap < MOST_GAP ? gap : MOST_GAP;
    return sandbox->run_seconds > sandbox->limits.run_seconds;
}

/* The run has had its time: as a signal from outside would, but that it says why. */
static void end_run(lure_sandbox *sandbox)
{
    if (sandbox->depth == 0 || (sandbox->limit_hit != LURE_OK && sandbox->limit_hit != LURE_ERROR_WALL))
        return;
    sandbox->limit_hit = LURE_ERROR_WALL;
    arm(sandbox); /* again at every tick: the script may be in another coroutine by now */
}

static void show_vitals(const lure_sandbox *sandbox, bool beats)
{
    lure_vitals *v = supervisor.vitals;
    if (!v)
        return;
    v->beats += beats;
    v->update = sandbox->context.update;
    v->updates = sandbox->updates;
    v->step_seconds = sandbox->limits.step_seconds;
    v->run_seconds = sandbox->counts_run ? sandbox->limits.run_seconds : 0.0;
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    lure_sandbox *sandbox = watch.sandbox;
    if (!sandbox)
        return;
    sandbox->tick = 1;
    if (sandbox->ticks_left > 0 && --sandbox->ticks_left == 0)
        lure_sandbox_cancel(sandbox);
    if (sandbox->depth > 0)
        sandbox->spent[lure_time_part_of(sandbox)]++;
    if (is_over(sandbox))
        end_run(sandbox);
    double now = computing_seconds();
    const bool beats = sandbox->depth == 0 || sandbox->heartbeat != watch.seen;
    show_vitals(sandbox, beats);
    if (beats) {
        watch.seen = sandbox->heartbeat;
        watch.seen_at = now;
        watch.armed = 0;
        return;
    }
    double stuck = now - watch.seen_at;
    if (stuck > sandbox->limits.step_seconds) {
        /* looked after at every tick: the script may be in another coroutine by now. Lua marks each call that is under way,
           which takes longer than a tick in a deep recursion: where the hook is already, that must not starve the script */
        if (lua_gethook(sandbox->running) != raise_from_hook || watch.armed % TICKS_PER_REMINDER == 0)
            arm(sandbox);
        watch.armed++;
    }
    if (watch.armed && stuck > 2 * sandbox->limits.step_seconds + 1 && watch.on_stuck)
        watch.on_stuck(watch.data);
}

lure_status lure_sandbox_watch(lure_sandbox *sandbox, void (*on_stuck)(void *data), void *data,
                               lure_error *err)
{
    watch.on_stuck = on_stuck;
    watch.data = data;
    watch.seen = sandbox->heartbeat;
    watch.seen_at = computing_seconds();
    watch.armed = 0;
    watch.sandbox = sandbox;
    show_vitals(sandbox, true);
    if (supervisor.vitals)
        supervisor.vitals->is_watched = true;
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    struct itimerval every = {.it_interval = {0, TICK_MICROSECONDS}, .it_value = {0, TICK_MICROSECONDS}};
    if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &every, NULL) != 0) {
        watch.sandbox = NULL;
        return lure_fail(err, LURE_ERROR_CRASHED, "cannot start the timer of the time limit");
    }
    return LURE_OK;
}

void lure_sandbox_unwatch(lure_sandbox *sandbox)
{
    if (watch.sandbox != sandbox)
        return;
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    watch.sandbox = NULL;
    if (supervisor.vitals) {
        show_vitals(sandbox, true);
        supervisor.vitals->is_watched = false;
    }
}

void lure_sandbox_supervise(lure_vitals *vitals, void (*take_limits)(const lure_limits *limits))
{
    supervisor.vitals = vitals;
    supervisor.take_limits = take_limits;
}

void lure_sandbox_cancel(lure_sandbox *sandbox)
{
    if (sandbox->depth == 0)
        return;
    sandbox->limit_hit = LURE_ERROR_CANCELLED;
    sandbox->limit_place[0] = '\0';
    arm(sandbox);
}

void lure_sandbox_cancel_soon(lure_sandbox *sandbox)
{
    if (sandbox->ticks_left == 0) /* who asks again does not put it off */
        sandbox->ticks_left = 1000000 / TICK_MICROSECONDS;
}
