/* doctor.c: see doctor.h. What could bring a process down is tried in a child. */
#include "check/doctor.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/version.h"
#include "check/script_tests.h"
#include "math/kernel.h"
#include "script/call.h"
#include "script/loader.h"
#include "script/sandbox.h"
#include "store/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <sleef.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct doctor {
    lure_symptom *symptoms;
    size_t n;
} doctor;

static lure_symptom *add(doctor *d, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static lure_symptom *add(doctor *d, const char *name, const char *format, ...)
{
    lure_symptom *s = &d->symptoms[d->n < LURE_MOST_SYMPTOMS - 1 ? d->n++ : d->n];
    va_list arguments;
    *s = (lure_symptom){0};
    snprintf(s->name, sizeof s->name, "%s", name);
    va_start(arguments, format);
    vsnprintf(s->value, sizeof s->value, format, arguments);
    va_end(arguments);
    return s;
}

static void advise(lure_symptom *s, const char *advice)
{
    snprintf(s->advice, sizeof s->advice, "%s", advice);
}

/* ---- the Lua in use ---- */

/* Ten lines that anybody could write. The recursion grows the stack in the middle of a concatenation; where Lua looks at
   the old stack afterwards, the result is wrong or the process dies (Debian's 5.4.4: a part of the fix for
   CVE-2022-33099 is missing). */
static const char vector_script[] =
    "local vector = {}\n"
    "local function text(v, i) if i > #v then return '' end return v[i] .. ' ' .. text(v, i + 1) end\n"
    "function vector.__concat(a, b)\n"
    "  local function side(x) return getmetatable(x) == vector and text(x, 1) or x end\n"
    "  return side(a) .. side(b)\n"
    "end\n"
    "local v = setmetatable({}, vector)\n"
    "for i = 1, 100 do v[i] = i end\n"
    "return #('pos=' .. v .. '!')\n";
enum { VECTOR_LENGTH = 297 };

static bool is_right(lua_State *L)
{
    return lua_isinteger(L, -1) && lua_tointeger(L, -1) == VECTOR_LENGTH;
}

static bool concatenate_in_stock_lua(void)
{
    lua_State *L = luaL_newstate();
    if (!L)
        return false;
    luaL_openlibs(L);
    bool good = luaL_loadstring(L, vector_script) == LUA_OK && lua_pcall(L, 0, 1, 0) == LUA_OK && is_right(L);
    lua_close(L);
    return good;
}

static int concatenate(lua_State *L)
{
    bool *good = lua_touserdata(L, 1);
    if (luaL_loadstring(L, vector_script) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    *good = is_right(L);
    return 0;
}

static bool concatenate_in_sandbox(void)
{
    lure_sandbox *sandbox;
    lure_error err;
    bool good = false;
    const lure_limits limits = lure_limits_defaults();
    if (lure_sandbox_create(&limits, &sandbox, &err) != LURE_OK)
        return false;
    (void)lure_call_c(sandbox->L, concatenate, &good, &err);
    lure_sandbox_destroy(sandbox);
    return good;
}

/* Does it come back with true, in a process of its own? */
static bool survives(bool (*attempt)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        int nowhere = open("/dev/null", O_WRONLY);
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        if (nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        alarm(10);
        _exit(attempt() ? 0 : 1);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void examine_lua(doctor *d)
{
    add(d, "lua", "%s", LUA_RELEASE);
    if (!survives(concatenate_in_sandbox))
        advise(add(d, "lua __concat", "scripts that join values of their own with .. may get wrong results"),
               "lure and the Lua library do not fit together: install liblua5.4 and build lure again");
    else if (!survives(concatenate_in_stock_lua))
        add(d, "lua __concat",
            "this Lua has a defect: a __concat that grows the stack gets wrong results or crashes. lure's "
            "scripts "
            "run on a stack reserved large enough to dodge it");
    else
        add(d, "lua __concat", "right, in this Lua as in lure's");
}

/* ---- arithmetic ---- */

/* Does a CPU path give the bits of the portable one? A small product with awkward numbers tells. */
static bool has_portable_bits(const lure_kernels *kernels, const lure_kernels *portable)
{
    enum { N = 3, N_IN = 7, N_OUT = 19 };
    float x[N * N_IN], w[N_IN * N_OUT], b[N_OUT], y[2][N * N_OUT];
    for (int i = 0; i < N * N_IN; i++)
        x[i] = 1.0f / (float)(i + 3);
    for (int i = 0; i < N_IN * N_OUT; i++)
        w[i] = (float)(i % 11 - 5) / 7.0f;
    for (int i = 0; i < N_OUT; i++)
        b[i] = 0.1f * (float)i;
    kernels->linear(N, N_IN, N_OUT, x, w, b, y[0]);
    kernels->map(LURE_MAP_TANH, N * N_OUT, y[0], y[0]);
    portable->linear(N, N_IN, N_OUT, x, w, b, y[1]);
    portable->map(LURE_MAP_TANH, N * N_OUT, y[1], y[1]);
    return memcmp(y[0], y[1], sizeof y[0]) == 0;
}

static void examine_arithmetic(doctor *d)
{
    static const lure_cpu_path paths[] = {LURE_CPU_PORTABLE, LURE_CPU_AVX2, LURE_CPU_AVX512};
    const lure_kernels *portable = lure_kernels_on(LURE_CPU_PORTABLE, LURE_F32);
    char available[64] = "";
    bool good = true;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const lure_kernels *kernels = lure_kernels_on(paths[i], LURE_F32);
        if (!kernels)
            continue;
        size_t used = strlen(available);
        snprintf(available + used, sizeof available - used, "%s%s", used ? ", " : "",
                 lure_cpu_path_name(paths[i]));
        good &= has_portable_bits(kernels, portable);
    }
    lure_symptom *s = add(d, "cpu path", "%s (available: %s; %s)", lure_cpu_path_name(lure_cpu_path_chosen()),
                          available, good ? "the same bits on each" : "they give different bits");
    if (!good)
        advise(s, "results depend on the machine: set LURE_CPU=portable, and report it");
    add(d, "libraries", "SLEEF %d.%d.%d, jansson %s", SLEEF_VERSION_MAJOR, SLEEF_VERSION_MINOR,
        SLEEF_VERSION_PATCHLEVEL, JANSSON_VERSION);
}

/* ---- files ---- */

static size_t count_scripts(const char *folder)
{
    char **names;
    size_t n = 0;
    if (lure_folder_list(folder, ".lua", &names, &n, NULL) != LURE_OK)
        return 0;
    lure_names_free(names, n);
    return n;
}

/* Scripts of all roles below `base`, where environments lie in environments/ and rules in scripts/ or beside. */
static size_t count_all(const char *base, size_t *n_environments)
{
    char path[PATH_MAX];
    size_t n = 0;
    for (int role = 0; role < LURE_N_ROLES; role++) {
        static const char *const below[] = {"", "scripts/"};
        for (size_t i = 0; i < (role == LURE_ROLE_ENVIRONMENT ? 1 : 2); i++) {
            if ((size_t)snprintf(path, sizeof path, "%s/%s%s", base, below[i],
                                 lure_role_folder((lure_role)role)) >= sizeof path)
                continue;
            size_t found = count_scripts(path);
            *(role == LURE_ROLE_ENVIRONMENT ? n_environments : &n) += found;
        }
    }
    return n;
}

static void examine_scripts(doctor *d)
{
    const char *share = lure_share_folder();
    char here[PATH_MAX];
    size_t environments = 0, rules = count_all(".", &environments);
    if (!getcwd(here, sizeof here))
        snprintf(here, sizeof here, ".");
    bool none = environments + rules == 0;
    if (none)
        add(d, "scripts here", "none in %s", here);
    else
        add(d, "scripts here", "%zu environments and %zu others in %s", environments, rules, here);
    if (!*share) {
        lure_symptom *s = add(d, "scripts installed", "no share/lure beside the program's folder");
        if (none)
            advise(s,
                   "no script can be found: run make install, or work where environments/ and scripts/ lie");
        return;
    }
    size_t n = 0, n_rules = count_all(share, &n);
    lure_symptom *s = add(d, "scripts installed", "%zu environments and %zu others in %s", n, n_rules, share);
    if (n == 0 || n_rules == 0)
        advise(s, "the installed scripts are not complete: run make install again");
}

/* No one has to have it: that it is missing is told, and is no fault. */
static void examine_tests(doctor *d)
{
    const char *luaunit = lure_test_luaunit();
    add(d, "lure test", "%s%s",
        *luaunit ? "LuaUnit is " : "no LuaUnit; for tests of scripts: apt-get install lua-unit", luaunit);
}

static void examine_runs(doctor *d)
{
    const char *folder = lure_folder_exists("runs") ? "runs" : ".";
    struct statvfs room;
    char name[64], free_text[32] = "unknown";
    snprintf(name, sizeof name, "%s/.lure-doctor-%ld", folder, (long)getpid());
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && write(file, "x", 1) == 1;
    const char *problem = strerror(errno);
    if (file >= 0) {
        close(file);
        unlink(name);
    }
    double free_bytes = statvfs(folder, &room) == 0 ? (double)room.f_bavail * (double)room.f_frsize : -1.0;
    if (free_bytes >= 0)
        snprintf(free_text, sizeof free_text, "%.1f GB", free_bytes / 1e9);
    lure_symptom *s =
        good ? add(d, "runs", "%s, %s free",
                   *folder == '.' ? "runs/ can be made here" : "runs/ can be written", free_text)
             : add(d, "runs", "%s: %s",
                   *folder == '.' ? "nothing can be written here" : "runs/ cannot be written", problem);
    if (!good)
        advise(s, "results cannot be kept here: work in another folder, or use --out DIR");
    else if (free_bytes >= 0 && free_bytes < 100e6)
        advise(s, "the disk is nearly full: runs may not be kept whole");
}

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

static void examine_limits(doctor *d)
{
    const lure_limits usual = lure_limits_defaults();
    add(d, "limits", "step_seconds = %g, memory_mb = %g, unless an experiment says otherwise",
        usual.step_seconds, usual.memory_mb);
    /* some 10^8 turns: without a timer this ends as well */
    const trial endless = {"for _ = 1, 100000000 do end", {.step_seconds = 0.05, .memory_mb = 64.0}};
    double seconds;
    lure_status status = run_limited(&endless, &seconds);
    if (status == LURE_ERROR_TIME)
        add(d, "time limit", "works: a loop was stopped after %.2f s (limit %g s)", seconds,
            endless.limits.step_seconds);
    else
        advise(add(d, "time limit", "does not work: a long loop ran to its end (%.2f s)", seconds),
               "a script with an endless loop has to be killed by hand: is SIGALRM blocked here?");
    const trial hungry = {"local t = {} for i = 1, 10000000 do t[i] = i end",
                          {.step_seconds = 10.0, .memory_mb = 16.0}};
    status = run_limited(&hungry, &seconds);
    if (status == LURE_ERROR_MEMORY)
        add(d, "memory limit", "works: a table was refused at %g MB", hungry.limits.memory_mb);
    else
        advise(add(d, "memory limit", "does not work: %s", lure_status_name(status)),
               "a script can take all memory of the machine: report it");
}

size_t lure_doctor_examine(lure_symptom *symptoms)
{
    doctor d = {symptoms, 0};
    add(&d, "lure", "%s (result version %d)", LURE_VERSION, LURE_RESULT_VERSION);
    examine_lua(&d);
    examine_arithmetic(&d);
    examine_scripts(&d);
    examine_tests(&d);
    examine_runs(&d);
    examine_limits(&d);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    add(&d, "processors", "%ld", n > 0 ? n : 1);
    return d.n;
}
