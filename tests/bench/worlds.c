/* worlds.c: what stepping CartPole with random actions costs inside the engine. Reads the name of a measure a line and
   prints the nanoseconds of a step and the mean length of an episode:
     host COPIES   the host's whole way (run:collect of tests/bench/worlds_experiment.lua), 4096 rows a batch
     loop          tests/bench/worlds_loop.lua in a sandbox: the same script, mathematics and streams in a bare loop
   `worlds memory COPIES STEPS` steps once and prints the peak of the account and of the resident memory, in bytes: a
   process of its own, since a peak does not go down. Run from the project's root. */
#define _DEFAULT_SOURCE
#include "base/file.h"
#include "math/kernel.h"
#include "measure.h"
#include "run/session.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"
#include "script/loader.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    ROWS = 4096, /* a batch */
    EACH = 250 /* steps of each copy at least: some ten episodes, or those that go on would weigh too much */
};
static const double SAMPLE = 0.1;

typedef struct result {
    double taken; /* seconds */
    uint64_t steps, episodes;
    size_t peak; /* bytes of the account */
} result;

/* ---- the host ---- */

static void note(void *data, const lure_progress *progress)
{
    result *r = data;
    r->steps = progress->steps;
    r->episodes = progress->episodes;
}

static lure_status run_host(uint64_t copies, uint64_t updates, result *r, lure_error *err)
{
    static lure_session session; /* it must not move */
    char n_updates[24], n_copies[24], n_steps[24];
    session = (lure_session){0};
    snprintf(n_updates, sizeof n_updates, "%" PRIu64, updates);
    snprintf(n_copies, sizeof n_copies, "%" PRIu64, copies);
    snprintf(n_steps, sizeof n_steps, "%" PRIu64, copies < ROWS ? ROWS / copies : 1);
    const lure_setting settings[] = {
        {"updates", n_updates}, {"copies", n_copies}, {"algorithm.steps", n_steps}};
    const lure_run_options options = {.experiment = "tests/bench/worlds_experiment.lua",
                                      .settings = settings,
                                      .n_settings = sizeof settings / sizeof *settings,
                                      .progress = note,
                                      .progress_data = r};
    lure_status status = lure_session_open(&session, &options, NULL, err);
    if (status != LURE_OK)
        return status;
    status = lure_metrics_open(NULL, &session.conductor.borrow_metrics, err);
    if (status == LURE_OK) {
        const double started = seconds_of_process();
        status = lure_session_conduct(&session, err);
        r->taken = seconds_of_process() - started;
        r->peak = session.sandbox->pool.account.peak;
    }
    lure_metrics_close(session.conductor.borrow_metrics, NULL);
    lure_session_close(&session);
    return status;
}

/* ---- the bare loop ---- */

typedef struct loop {
    lure_text source;
    lua_Integer steps, episodes;
} loop;

/* registry.loop = what tests/bench/worlds_loop.lua makes of the world and a stream of the engine */
static int make_loop(lua_State *L)
{
    const loop *l = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, l->source.data, l->source.length, "@tests/bench/worlds_loop.lua", "t") != LUA_OK)
        return lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
    char path[PATH_MAX];
    lure_loader_load(L, LURE_ROLE_ENVIRONMENT, "environments/cartpole.lua", NULL, 0, path);
    lure_rng_init(lure_push_rng(L), 1, LURE_PURPOSE_ENVIRONMENT, 0);
    lua_call(L, 2, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "loop");
    return 0;
}

static int run_loop(lua_State *L)
{
    loop *l = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "loop");
    lua_pushinteger(L, l->steps);
    lua_call(L, 1, 1);
    l->episodes = lua_tointeger(L, -1);
    return 0;
}

static lure_status open_loop(lure_sandbox **sandbox, loop *l, lure_error *err)
{
    const lure_limits limits = lure_limits_defaults();
    lure_status status = lure_file_read("tests/bench/worlds_loop.lua", 1 << 20, &l->source, err);
    if (status == LURE_OK)
        status = lure_sandbox_create(&limits, sandbox, err);
    if (status == LURE_OK)
        status = lure_call_c((*sandbox)->L, make_loop, l, err);
    return status;
}

/* ---- what is asked ---- */

static size_t whole(double x)
{
    return x < 1 ? 1 : (size_t)x;
}

/* copies 0: the bare loop. `n` batches are tried first, more if that is too short. */
static lure_status take(lua_State *L, loop *l, uint64_t copies, result *r, lure_error *err)
{
    static uint64_t n = 8;
    const uint64_t unit = copies > ROWS ? copies : ROWS;
    for (;;) {
        lure_status status;
        if (copies) {
            const uint64_t least = EACH * copies / ROWS;
            status = run_host(copies, n > least ? n : least, r, err);
        } else {
            l->steps = (lua_Integer)(n * unit);
            const double started = seconds_of_process();
            status = lure_call_c(L, run_loop, l, err);
            *r = (result){seconds_of_process() - started, n * unit, (uint64_t)l->episodes, 0};
        }
        if (status != LURE_OK || r->taken >= SAMPLE) {
            n = r->taken > 2 * SAMPLE ? n / 2 + 1 : n;
            return status;
        }
        const double most = SAMPLE / 50;
        n = whole((double)n * 1.2 * SAMPLE / (r->taken > most ? r->taken : most)) + 1;
    }
}

static lure_status answer(lua_State *L, loop *l, const char *words, lure_error *err)
{
    uint64_t copies = 0;
    result r = {0};
    if (strncmp(words, "host ", 5) == 0)
        copies = strtoull(words + 5, NULL, 10);
    const lure_status status = take(L, l, copies, &r, err);
    if (status == LURE_OK) {
        printf("%.3f %.3f\n", r.taken / (double)r.steps * 1e9, (double)r.steps / (double)r.episodes);
        fflush(stdout);
    }
    return status;
}

static lure_status weigh(uint64_t copies, uint64_t steps, lure_error *err)
{
    result r = {0};
    const lure_status status = run_host(copies, steps / (copies > ROWS ? copies : ROWS) + 1, &r, err);
    if (status == LURE_OK) {
        struct rusage used;
        getrusage(RUSAGE_SELF, &used);
        printf("%zu %ld\n", r.peak, 1024 * used.ru_maxrss);
    }
    return status;
}

int main(int argc, char **argv)
{
    lure_error err;
    lure_sandbox *sandbox = NULL;
    loop l = {0};
    char line[128];
    const bool weighs = argc == 4 && strcmp(argv[1], "memory") == 0;
    if (argc != 1 && !weighs) {
        fprintf(stderr, "usage: worlds < NAMES, or worlds memory COPIES STEPS\n");
        return 2;
    }
    lure_text_init(&l.source);
    lure_status status = lure_cpu_path_init(&err);
    if (status == LURE_OK && weighs)
        status = weigh(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), &err);
    else if (status == LURE_OK)
        status = open_loop(&sandbox, &l, &err);
    while (!weighs && status == LURE_OK && fgets(line, sizeof line, stdin))
        status = answer(sandbox->L, &l, line, &err);
    if (status != LURE_OK)
        fprintf(stderr, "worlds: %s\n", err.text);
    lure_sandbox_destroy(sandbox);
    lure_text_free(&l.source);
    return status != LURE_OK;
}
