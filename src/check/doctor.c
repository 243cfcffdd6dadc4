/* doctor.c: see doctor.h. What lies around: arithmetic, libraries, files. Lua and the walls have files of their own. */
#include "check/doctor_inside.h"

#include "base/file.h"
#include "base/version.h"
#include "check/script_tests.h"
#include "math/kernel.h"
#include "script/loader.h"
#include "store/index.h"
#include "store/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <seccomp.h>
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

#ifndef LURE_LIBMD_VERSION
#define LURE_LIBMD_VERSION "of unknown version"
#endif

lure_symptom *lure__doctor_add(lure_doctor *d, const char *name, const char *format, ...)
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

void lure__doctor_advise(lure_symptom *s, const char *advice)
{
    snprintf(s->advice, sizeof s->advice, "%s", advice);
}

int lure__doctor_try(int (*attempt)(void))
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
        _exit(attempt());
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
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

static void examine_arithmetic(lure_doctor *d)
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
    lure_symptom *s =
        lure__doctor_add(d, "cpu path", "%s (available: %s; %s)", lure_cpu_path_name(lure_cpu_path_chosen()),
                         available, good ? "the same bits on each" : "they give different bits");
    if (!good)
        lure__doctor_advise(s, "results depend on the machine: set LURE_CPU=portable, and report it");
    const struct scmp_version *seccomp = seccomp_version();
    lure__doctor_add(d, "libraries", "SLEEF %d.%d.%d, jansson %s, libmd %s, libseccomp %u.%u.%u, %s",
                     SLEEF_VERSION_MAJOR, SLEEF_VERSION_MINOR, SLEEF_VERSION_PATCHLEVEL, JANSSON_VERSION,
                     LURE_LIBMD_VERSION, seccomp->major, seccomp->minor, seccomp->micro, lure_index_engine());
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

static void examine_scripts(lure_doctor *d)
{
    const char *share = lure_share_folder();
    char here[PATH_MAX];
    size_t environments = 0, rules = count_all(".", &environments);
    if (!getcwd(here, sizeof here))
        snprintf(here, sizeof here, ".");
    bool none = environments + rules == 0;
    if (none)
        lure__doctor_add(d, "scripts here", "none in %s", here);
    else
        lure__doctor_add(d, "scripts here", "%zu environments and %zu others in %s", environments, rules,
                         here);
    if (!*share) {
        lure_symptom *s =
            lure__doctor_add(d, "scripts installed", "no share/lure beside the program's folder");
        if (none)
            lure__doctor_advise(
                s, "no script can be found: run make install, or work where environments/ and scripts/ lie");
        return;
    }
    size_t n = 0, n_rules = count_all(share, &n);
    lure_symptom *s =
        lure__doctor_add(d, "scripts installed", "%zu environments and %zu others in %s", n, n_rules, share);
    if (n == 0 || n_rules == 0)
        lure__doctor_advise(s, "the installed scripts are not complete: run make install again");
}

/* No one has to have it: that it is missing is told, and is no fault. */
static void examine_tests(lure_doctor *d)
{
    const char *luaunit = lure_test_luaunit();
    lure__doctor_add(d, "lure test", "%s%s",
                     *luaunit ? "LuaUnit is " : "no LuaUnit; for tests of scripts: apt-get install lua-unit",
                     luaunit);
}

static void examine_runs(lure_doctor *d)
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
        good ? lure__doctor_add(d, "runs", "%s, %s free",
                                *folder == '.' ? "runs/ can be made here" : "runs/ can be written", free_text)
             : lure__doctor_add(d, "runs", "%s: %s",
                                *folder == '.' ? "nothing can be written here" : "runs/ cannot be written",
                                problem);
    if (!good)
        lure__doctor_advise(s, "results cannot be kept here: work in another folder, or use --out DIR");
    else if (free_bytes >= 0 && free_bytes < 100e6)
        lure__doctor_advise(s, "the disk is nearly full: runs may not be kept whole");
}

size_t lure_doctor_examine(lure_symptom *symptoms)
{
    lure_doctor d = {symptoms, 0};
    lure__doctor_add(&d, "lure", "%s (result version %d)", LURE_VERSION, LURE_RESULT_VERSION);
    lure__doctor_examine_lua(&d);
    examine_arithmetic(&d);
    examine_scripts(&d);
    examine_tests(&d);
    examine_runs(&d);
    lure__doctor_examine_walls(&d);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    lure__doctor_add(&d, "processors", "%ld", n > 0 ? n : 1);
    return d.n;
}
