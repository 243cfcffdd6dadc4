/* lines.h: a tensor as lines of numbers that belong together: those along one axis, or along several, or all of them.
   What reductions, softmax and sorting share. A line may have any strides; numbers are read as double. */
#ifndef LURE_MATH_LINES_H
#define LURE_MATH_LINES_H

#include "math/walk.h"
#include <assert.h>
#include <string.h>

typedef struct lure_lines {
    const lure_tensor *tensor;
    size_t n;       /* numbers of a line */
    size_t n_lines; /* 0 if a side that is no part of the lines is 0 */
    int n_dims;     /* of a line, at least 1; outermost first */
    size_t side[LURE_MAX_DIMS], stride[LURE_MAX_DIMS];
    int n_kept; /* the other axes, which number the lines in row-major order */
    size_t kept_side[LURE_MAX_DIMS], kept_stride[LURE_MAX_DIMS];
} lure_lines;

enum { LURE_EVERY_AXIS = (1 << LURE_MAX_DIMS) - 1 };

/* The lines along the axes whose bits are set. */
void lure_lines_init(lure_lines *lines, const lure_tensor *t, unsigned axes);
/* How much of the line to read next into a buffer of `most` numbers. */
static inline size_t lure_lines_chunk(const lure_lines *lines, size_t done, size_t most)
{
    return lines->n - done < most ? lines->n - done : most;
}
/* `count` > 0 numbers of the line that begins at `at`, from its number `first` on, in row-major order. */
void lure_lines_read(const lure_lines *lines, size_t at, size_t first, size_t count, double *to);

/* The sum of reduce.h in pieces: numbers in order, the first of each piece at an index that 8 divides. */
enum { LURE_PARTS = 8 };
typedef double lure_pair __attribute__((vector_size(16)));
static inline lure_pair lure_pair_at(const double *x)
{
    lure_pair pair;
    memcpy(&pair, x, sizeof pair);
    return pair;
}
static inline void lure_parts_add(double parts[LURE_PARTS], size_t n, const double *x)
{
    /* four of them by name: an array of them would stay in memory */
    lure_pair a = lure_pair_at(parts), b = lure_pair_at(parts + 2), c = lure_pair_at(parts + 4),
              d = lure_pair_at(parts + 6);
    for (; n >= LURE_PARTS; n -= LURE_PARTS, x += LURE_PARTS) {
        a += lure_pair_at(x);
        b += lure_pair_at(x + 2);
        c += lure_pair_at(x + 4);
        d += lure_pair_at(x + 6);
    }
    memcpy(parts, &a, sizeof a);
    memcpy(parts + 2, &b, sizeof b);
    memcpy(parts + 4, &c, sizeof c);
    memcpy(parts + 6, &d, sizeof d);
    for (size_t part = 0; part < n; part++)
        parts[part] += x[part];
}
/* the sum of few numbers: parts that are 0 left out, which changes no bit but of a -0 */
static inline double lure_parts_of_few(size_t n, const double *x)
{
    assert(n >= 1 && n <= LURE_PARTS / 2);
    double even = n > 2 ? x[0] + x[2] : x[0] + 0;
    return n == 1 ? even : even + (n > 3 ? x[1] + x[3] : x[1]);
}
static inline double lure_parts_total(const double p[LURE_PARTS])
{
    return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

#endif
