/* products.c: the speed of the products, next to the libraries that are best at them.
   Each size is measured in rounds in which ours and each library take turns, so that a clock that drifts meets all
   alike; quoted are medians of the ratios within a round. One thread each, float32. Libraries are looked for by dlopen,
   so none is needed: OpenBLAS (its best core type, found out in child processes), BLIS, and libxsmm in two ways: the kernel
   that it makes for the size found before the clock starts, which only a program that knows its sizes can do, and looked
   up at each call, as ours and the others are told the size at each call.
   Usage: products [ROUNDS [CSV]]. Prints a table; with CSV also writes one line a measurement to that file. */
#define _GNU_SOURCE
#include "math/kernel.h"
#include "measure.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* c (rows, columns) = a b; FORWARD: both as they lie; WEIGHTS: c += a^T b, a stored (depth, rows); INPUTS: c = a b^T, b
   stored (columns, depth) */
typedef enum { FORWARD, WEIGHTS, INPUTS } form;
static const char *const form_names[] = {"x w", "x^T dy", "dy w^T"};

typedef struct job {
    form form;
    int rows, columns, depth;
} job;

typedef void (*sgemm)(const char *, const char *, const int *, const int *, const int *, const float *,
                      const float *, const int *, const float *, const int *, const float *, float *,
                      const int *);
typedef void (*xsmm_kernel)(const float *, const float *, float *);
typedef xsmm_kernel (*xsmm_dispatch)(int, int, int, const int *, const int *, const int *, const float *,
                                     const float *, const int *, const int *);

enum { OURS, OPENBLAS, BLIS, XSMM_LOOKED_UP, XSMM, N_MAKERS };
static const char *const makers[] = {"lure", "OpenBLAS", "BLIS", "libxsmm looked up", "libxsmm"};
static sgemm blas[N_MAKERS];
static xsmm_dispatch dispatch;
static xsmm_kernel made; /* for the present job; null where libxsmm has none */
static const lure_kernels *kernels;
static float *a, *b, *c;
static int rounds = 7;
static FILE *csv;

/* ---- one product by one maker ---- */

static xsmm_kernel look_up(const job *j)
{
    enum { TRANSPOSE_A = 1, TRANSPOSE_B = 2 };
    const float one = 1, beta = j->form == WEIGHTS ? 1 : 0;
    const int lda = j->form == WEIGHTS ? j->rows : j->depth, ldb = j->form == INPUTS ? j->depth : j->columns;
    const int flags = j->form == INPUTS ? TRANSPOSE_A : j->form == WEIGHTS ? TRANSPOSE_B : 0, no_prefetch = 0;
    const xsmm_kernel found =
        dispatch(j->columns, j->rows, j->depth, &ldb, &lda, &j->columns, &one, &beta, &flags, &no_prefetch);
    return found;
}

static void multiply(int maker, const job *j)
{
    const float one = 1, beta = j->form == WEIGHTS ? 1 : 0;
    const int lda = j->form == WEIGHTS ? j->rows : j->depth, ldb = j->form == INPUTS ? j->depth : j->columns;
    const size_t rows = (size_t)j->rows, columns = (size_t)j->columns, depth = (size_t)j->depth;
    if (maker == OURS && j->form == FORWARD)
        kernels->linear(rows, depth, columns, a, b, NULL, c);
    else if (maker == OURS && j->form == WEIGHTS)
        kernels->linear_parameters_back(depth, rows, columns, a, b, true, c, NULL);
    else if (maker == OURS)
        kernels->linear_input_back(rows, columns, depth, a, b, c);
    else if (maker == XSMM)
        made(b, a, c);
    else if (maker == XSMM_LOOKED_UP)
        look_up(j)(b, a, c);
    else /* by columns, so b^T a^T */
        blas[maker](j->form == INPUTS ? "T" : "N", j->form == WEIGHTS ? "T" : "N", &j->columns, &j->rows,
                    &j->depth, &one, b, &ldb, a, &lda, &beta, c, &j->columns);
}

static bool there(int maker)
{
    return maker == OURS || (maker >= XSMM_LOOKED_UP ? made != NULL : blas[maker] != NULL);
}

static double sample(int maker, const job *j, int calls)
{
    const double started = seconds();
    for (int i = 0; i < calls; i++)
        multiply(maker, j);
    return (seconds() - started) / calls;
}

/* What a size took. `ratio`: the median over rounds of (best of the others) / ours; 0 where there are no others. */
typedef struct result {
    job job;
    double ours;
    struct {
        double ratio;
        int maker;
    } known, told; /* the best of all; the best of those that are told the size at each call */
} result;

static result measure(job j)
{
    double times[N_MAKERS][MOST_ROUNDS] = {{0}}, middle[N_MAKERS];
    int calls[N_MAKERS];
    result r = {.job = j};
    made = dispatch ? look_up(&j) : NULL;
    memset(c, 0, (size_t)j.rows * (size_t)j.columns * sizeof *c);
    for (int m = 0; m < N_MAKERS; m++) {
        if (!there(m))
            continue;
        sample(m, &j, 2);
        calls[m] = 1 + (int)(2e-4 / (sample(m, &j, 3) + 1e-9));
    }
    for (int round = 0; round < rounds; round++)
        for (int m = 0; m < N_MAKERS; m++)
            times[m][round] = there(m) ? sample(m, &j, calls[m]) : INFINITY;
    for (int m = 0; m < N_MAKERS; m++) {
        double sorted[MOST_ROUNDS] = {0};
        memcpy(sorted, times[m], sizeof sorted);
        middle[m] = median(sorted, rounds);
        if (there(m))
            record(csv, "product,%s,%d,%d,%d,%s,%.1f\n", form_names[j.form], j.rows, j.columns, j.depth,
                   makers[m], middle[m] * 1e9);
        if (m == OURS || !there(m))
            continue;
        if (m != XSMM && (r.told.maker == OURS || middle[m] < middle[r.told.maker]))
            r.told.maker = m;
        if (r.known.maker == OURS || middle[m] < middle[r.known.maker])
            r.known.maker = m;
    }
    r.ours = middle[OURS];
    for (int which = 0; which < 2; which++) {
        double ratios[MOST_ROUNDS] = {0};
        const int maker = which ? r.told.maker : r.known.maker;
        for (int round = 0; round < rounds; round++)
            ratios[round] = times[maker][round] / times[OURS][round];
        *(which ? &r.told.ratio : &r.known.ratio) = maker == OURS ? 0 : median(ratios, rounds);
    }
    return r;
}

/* ---- the libraries ---- */

static void *find(const char *const *names)
{
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library)
            return library;
    }
    return NULL;
}

static void take(void *library, const char *symbol, void *function)
{
    void *address = library ? dlsym(library, symbol) : NULL;
    memcpy(function, &address, sizeof address);
}

static const char *const openblas_names[] = {"libopenblas.so.0", "libopenblas.so", NULL};
static const char *const blis_names[] = {"libblis.so.4", "libblis.so.3", "libblis.so", NULL};
static const char *const xsmm_names[] = {"libxsmm.so.1", "libxsmm.so", NULL};

/* Seconds of two sizes with this core type, measured by a child; infinite if the library will not have it. */
static double try_core(const char *core)
{
    int ends[2];
    double taken = INFINITY;
    if (pipe(ends) != 0)
        return taken;
    const pid_t child = fork();
    if (child == 0) {
        const job jobs[] = {{FORWARD, 64, 64, 64}, {FORWARD, 256, 256, 256}};
        setenv("OPENBLAS_CORETYPE", core, 1);
        take(find(openblas_names), "sgemm_", &blas[OPENBLAS]);
        if (!blas[OPENBLAS])
            _exit(1);
        double sum = 0;
        for (int i = 0; i < 2; i++) {
            double best = INFINITY;
            for (int round = 0; round < 10; round++)
                best = fmin(best, sample(OPENBLAS, &jobs[i], i == 0 ? 20 : 2));
            sum += best / pow(jobs[i].rows, 3);
        }
        _exit(write(ends[1], &sum, sizeof sum) != sizeof sum);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &taken, sizeof taken) != sizeof taken)
        taken = INFINITY;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return taken;
}

static void find_libraries(void)
{
    static const char *const cores[] = {"Haswell",     "Zen",   "SkylakeX",  "Cooperlake",
                                        "Sandybridge", "ARMV8", "NEOVERSEN1"};
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("BLIS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    const char *given = getenv("OPENBLAS_CORETYPE"), *best = given;
    double least = INFINITY;
    for (size_t i = 0; !given && i < sizeof cores / sizeof *cores; i++) {
        const double taken = try_core(cores[i]);
        if (taken < least) {
            least = taken;
            best = cores[i];
        }
    }
    if (best)
        setenv("OPENBLAS_CORETYPE", best, 1);
    take(find(openblas_names), "sgemm_", &blas[OPENBLAS]);
    take(find(blis_names), "sgemm_", &blas[BLIS]);
    take(find(xsmm_names), "libxsmm_smmdispatch", &dispatch);
    const char *(*core_name)(void) = NULL; /* a name that it does not know leaves it its own choice */
    take(find(openblas_names), "openblas_get_corename", &core_name);
    printf("OpenBLAS: %s%s\n", blas[OPENBLAS] ? "core type " : "left out, ",
           !blas[OPENBLAS] ? "there is no libopenblas.so.0 with sgemm_"
           : core_name     ? core_name()
                           : "its own choice");
    if (!blas[BLIS])
        printf("BLIS: left out, there is no libblis.so.4 or .3 with sgemm_\n");
    if (!dispatch)
        printf("libxsmm: left out, there is no libxsmm.so.1\n");
}

/* ---- the tables ---- */

static void report(const result *r)
{
    const job *j = &r->job;
    const double flops = 2.0 * j->rows * j->columns * j->depth;
    printf("%-7s %5d x %3d x %3d  %9.2f us %7.1f GFLOP/s", form_names[j->form], j->rows, j->columns, j->depth,
           r->ours * 1e6, flops / r->ours * 1e-9);
    if (r->known.ratio > 0)
        printf("  %5.2f %-17s  %5.2f %s", r->told.ratio, makers[r->told.maker], r->known.ratio,
               makers[r->known.maker]);
    printf("\n");
}

static const char heading[] =
    "rows x columns x depth, time, and how many times ours the best of the others takes:\n"
    "told the size at each call; and of all, with libxsmm's kernel for the size at hand\n";

static void measure_networks(void)
{
    static const int batches[] = {1, 8, 64, 256, 1024}, widths[] = {64, 256};
    printf("\nLayers: %s", heading);
    for (int w = 0; w < 2; w++)
        for (int f = FORWARD; f <= INPUTS; f++)
            for (int i = 0; i < 5; i++) {
                job j = {(form)f, batches[i], widths[w], widths[w]};
                if (f == WEIGHTS)
                    j = (job){WEIGHTS, widths[w], widths[w], batches[i]};
                const result r = measure(j);
                report(&r);
            }
}

static int by_ratio(const void *x, const void *y)
{
    return compare(&((const result *)x)->known.ratio, &((const result *)y)->known.ratio);
}

static void measure_cubes(void)
{
    static const int sizes[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
    enum { N = 9, ALL = N * N * N };
    static result results[ALL];
    double logs[2] = {0};
    int n_below[2] = {0};
    for (int i = 0; i < ALL; i++) {
        const result r = results[i] =
            measure((job){FORWARD, sizes[i / (N * N)], sizes[i / N % N], sizes[i % N]});
        logs[0] += log(r.told.ratio), n_below[0] += r.told.ratio < 0.95;
        logs[1] += log(r.known.ratio), n_below[1] += r.known.ratio < 0.95;
    }
    if (!(results[0].known.ratio > 0))
        return;
    printf("\nAll of 1, 2, 4 ... 256 rows, columns and depths: below 0.95 of the best of those told the size "
           "at each "
           "call %d of %d, geometric mean %.2f; of all %d, %.2f. The lowest: %s",
           n_below[0], ALL, exp(logs[0] / ALL), n_below[1], exp(logs[1] / ALL), heading);
    qsort(results, ALL, sizeof *results, by_ratio);
    for (int i = 0; i < 25; i++)
        report(&results[i]);
}

int main(int argc, char **argv)
{
    enum { MOST = 1024 * 256 * 2 };
    if (argc > 1)
        rounds = atoi(argv[1]);
    if (argc > 3 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: products [ROUNDS [CSV]]\n");
        return 2;
    }
    if (argc > 2 && !(csv = fopen(argv[2], "w"))) {
        fprintf(stderr, "products: %s cannot be written\n", argv[2]);
        return 1;
    }
    record(csv, "what,form,rows,columns,depth,maker,ns\n");
    lure_error err;
    if (lure_cpu_path_init(&err) != LURE_OK) {
        fprintf(stderr, "products: %s\n", err.text);
        return 1;
    }
    kernels = lure_kernels_for(LURE_F32);
    float **blocks[] = {&a, &b, &c};
    for (int i = 0; i < 3; i++) {
        *blocks[i] = aligned_alloc(64, MOST * sizeof **blocks[i]);
        if (!*blocks[i])
            return 1;
        for (int p = 0; p < MOST; p++)
            (*blocks[i])[p] = (float)(p % 23 - 11) / 11;
    }
    find_libraries();
    printf("path %s, %d rounds\n", lure_cpu_path_name(lure_cpu_path_chosen()), rounds);
    measure_networks();
    measure_cubes();
    for (int i = 0; i < 3; i++)
        free(*blocks[i]);
    return csv && fclose(csv) != 0;
}
