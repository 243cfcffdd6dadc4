/* store_driver.c: the store's functions as a program, for test_store.sh and tests/reference/test_checkpoint.sh, and the
   faults that a shell cannot bring about. It stands between the store and the system: write, fsync, close, rename
   and ftruncate below are linked in place of the C library's, count their calls on files other than the standard
   streams, and at call number STRIKE_AT either kill the process half way (STRIKE=kill) or fail (STRIKE=fail).
   Prints the error's text; exits 0, 4 on LURE_ERROR_STORE, 2 on anything else. */
#define _GNU_SOURCE
#include "base/status.h"
#include "store/checkpoint.h"
#include "store/metrics.h"
#include "store/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int n_calls, strike_at;
static bool strike_kills;

/* Is this the call? Kills at once, or after half of a write (data not null). */
static bool struck(int file, const void *data, size_t n)
{
    if (strike_at == 0 || (file >= 0 && file <= 2) || ++n_calls != strike_at)
        return false;
    if (strike_kills) {
        if (data)
            syscall(SYS_write, file, data, n / 2);
        kill(getpid(), SIGKILL);
    }
    errno = EIO;
    return true;
}

ssize_t write(int file, const void *data, size_t n)
{
    return struck(file, data, n) ? -1 : (ssize_t)syscall(SYS_write, file, data, n);
}

int fsync(int file)
{
    return struck(file, NULL, 0) ? -1 : (int)syscall(SYS_fsync, file);
}

int ftruncate(int file, off_t length)
{
    return struck(file, NULL, 0) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int close(int file) /* a close that fails has closed all the same */
{
    const bool fails = struck(file, NULL, 0);
    const int result = (int)syscall(SYS_close, file);
    if (fails)
        errno = EIO;
    return fails ? -1 : result;
}

int rename(const char *from, const char *to)
{
    return struck(-1, NULL, 0) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int finish(lure_status status, const lure_error *err)
{
    if (status != LURE_OK)
        printf("%s\n", err->text);
    return status == LURE_OK ? 0 : status == LURE_ERROR_STORE ? 4 : 2;
}

/* A file of n times `letter`. */
static lure_status write_letters(const char *path, char letter, size_t n, lure_error *err)
{
    char *bytes = malloc(n + 1);
    if (!bytes)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory");
    memset(bytes, letter, n);
    const lure_status status = lure_file_write_atomic(path, bytes, n, err);
    free(bytes);
    return status;
}

/* "a 4096" for a file of 4096 times a, "torn" for a mixture. */
static int print_letters(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("missing\n");
        return 0;
    }
    const int first = fgetc(file);
    size_t n = first != EOF;
    bool torn = false;
    for (int c; n > 0 && (c = fgetc(file)) != EOF; n++)
        torn = torn || c != first;
    fclose(file);
    if (torn)
        printf("torn\n");
    else
        printf("%c %zu\n", n > 0 ? first : '-', n);
    return 0;
}

/* Rows "i, sqrt i, i / 7" from 1. When one is refused: with `remedy`, makes room (lifts the limit of RLIMIT_FSIZE, or
   removes the ballast file of that name) and goes on; without it, stops. */
static lure_status write_rows(const char *path, long n_rows, const char *remedy, lure_error *err)
{
    static const char *const names[] = {"i", "root of \"i\"", "i / 7"};
    lure_metrics *metrics;
    lure_error later;
    lure_status status = lure_metrics_open(path, &metrics, err);
    if (status != LURE_OK)
        return status;
    status = lure_metrics_columns(metrics, names, 3, err);
    for (long i = 1; i <= n_rows && status == LURE_OK; i++) {
        const double values[3] = {(double)i, sqrt((double)i), (double)i / 7};
        status = lure_metrics_row(metrics, values, err);
        if (status == LURE_OK || !remedy)
            continue;
        printf("refused: %s\n", err->text);
        struct rlimit limit;
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
        unlink(remedy);
        status = lure_metrics_row(metrics, values, err);
    }
    printf("rows %llu\n", (unsigned long long)lure_metrics_n_rows(metrics));
    const lure_status closed = lure_metrics_close(metrics, status == LURE_OK ? err : &later);
    return status == LURE_OK ? closed : status;
}

static lure_status write_checkpoint(const char *path, lure_error *err)
{
    static float weights[2][3] = {{1, -2.5f, 0.1f}, {-0.0f, INFINITY, 1e-40f}};
    static double bias = -10.1;
    static int32_t counts[3] = {0, -1, INT32_MIN};
    const lure_checkpoint_entry entries[] = {
        {"policy.0.weight", lure_tensor_view(weights, LURE_F32, 2, (const size_t[]){2, 3})},
        {"policy.0.größe", lure_tensor_view(&bias, LURE_F64, 0, NULL)},
        {"counts", lure_tensor_view(counts, LURE_I32, 1, (const size_t[]){3})},
        {"empty", lure_tensor_view(NULL, LURE_F64, 2, (const size_t[]){0, 4})},
    };
    return lure_checkpoint_write(path, entries, 4, (const lure_checkpoint_pair[]){{"run_id", "5f3a \"x\""}},
                                 1, err);
}

int main(int argc, char **argv)
{
    lure_error err;
    const char *const command = argc > 2 ? argv[1] : "", *const path = argc > 2 ? argv[2] : "";
    const long number = argc > 3 ? atol(argv[3]) : 0;
    const char *const fsize = getenv("FSIZE"), *const at = getenv("STRIKE_AT"), *const how = getenv("STRIKE");
    if (fsize) {
        struct rlimit limit = {(rlim_t)atol(fsize), RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    strike_kills = how && strcmp(how, "kill") == 0;
    strike_at = at ? atoi(at) : 0;

    if (strcmp(command, "rows") == 0)
        return finish(write_rows(path, number, argc > 4 ? argv[4] : NULL, &err), &err);
    if (strcmp(command, "letters") == 0 && argc > 4)
        return finish(write_letters(path, argv[4][0], (size_t)number, &err), &err);
    if (strcmp(command, "look") == 0)
        return print_letters(path);
    if (strcmp(command, "checkpoint") == 0)
        return finish(write_checkpoint(path, &err), &err);
    if (strcmp(command, "create") == 0)
        return finish(lure_run_directory_create(path, &err), &err);
    if (strcmp(command, "forever") == 0)
        for (char letter = 'a';; letter = letter == 'a' ? 'b' : 'a') {
            const lure_status status = write_letters(path, letter, (size_t)number, &err);
            if (status != LURE_OK)
                return finish(status, &err);
        }
    fprintf(stderr,
            "usage: store_driver rows|letters|look|checkpoint|create|forever PATH [N] [LETTER|REMEDY]\n");
    return 2;
}
