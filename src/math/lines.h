/* lines.h: a tensor as lines of numbers that belong together: those along one axis, or along several, or all of them.
   What reductions, softmax and sorting share. A line may have any strides; numbers are read as double. */
#ifndef LURE_MATH_LINES_H
#define LURE_MATH_LINES_H

#include "math/walk.h"
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
static inline void lure_parts_add(double parts[LURE_PARTS], size_t n, const double *x)
{
    typedef double pair __attribute__((vector_size(16)));
    pair sums[LURE_PARTS / 2];
    memcpy(sums, parts, sizeof sums);
    size_t i = 0;
    for (; i + LURE_PARTS <= n; i += LURE_PARTS)
        for (size_t p = 0; p < LURE_PARTS / 2; p++) {
            pair next;
            memcpy(&next, x + i + 2 * p, sizeof next);
            sums[p] += next;
        }
    memcpy(parts, sums, sizeof sums);
    for (size_t part = 0; i + part < n; part++)
        parts[part] += x[i + part];
}
static inline double lure_parts_total(const double p[LURE_PARTS])
{
    return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

#endif
