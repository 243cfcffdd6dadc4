/* walk.h: through several tensors at once, in row-major order of one shape, run by run: a run is as many numbers as lie
   at equal steps in all of them. Axes that lie behind one another in every operand are walked as one, sides of 1 are
   left out; so contiguous tensors of one shape are a single run. Strides are counted in elements. */
#ifndef LURE_MATH_WALK_H
#define LURE_MATH_WALK_H

#include "math/tensor.h"

enum { LURE_WALK_OPERANDS = 4 };

typedef struct lure_walk {
    size_t n;                        /* numbers of a run */
    size_t step[LURE_WALK_OPERANDS]; /* from one number of the run to the next; of a run of one number: 0 */
    size_t at[LURE_WALK_OPERANDS];   /* where this run begins */
    int n_operands, n_outer;
    size_t side[LURE_MAX_DIMS], index[LURE_MAX_DIMS]; /* of the axes outside of the run, innermost first */
    size_t stride[LURE_MAX_DIMS][LURE_WALK_OPERANDS];
} lure_walk;

/* At the first run. No side may be 0. strides[operand][axis]. */
void lure_walk_begin(lure_walk *walk, int n_dims, const size_t *shape, int n_operands,
                     const size_t *const strides[]);
/* At the next run; false: there is none. */
static inline bool lure_walk_next(lure_walk *walk)
{
    for (int axis = 0; axis < walk->n_outer; axis++) {
        const size_t *stride = walk->stride[axis];
        for (int i = 0; i < walk->n_operands; i++)
            walk->at[i] += stride[i];
        if (++walk->index[axis] < walk->side[axis])
            return true;
        for (int i = 0; i < walk->n_operands; i++)
            walk->at[i] -= walk->side[axis] * stride[i];
        walk->index[axis] = 0;
    }
    return false;
}

/* As many runs further, all of them along the innermost axis outside of the run: index[0] + n_runs <= side[0]. */
static inline bool lure_walk_skip(lure_walk *walk, size_t n_runs)
{
    for (int i = 0; i < walk->n_operands; i++)
        walk->at[i] += (n_runs - 1) * walk->stride[0][i];
    walk->index[0] += n_runs - 1;
    return lure_walk_next(walk);
}

/* The strides with which t is read as a tensor of that shape, to which it broadcasts. */
void lure_walk_strides(const lure_tensor *t, int n_dims, const size_t *shape, size_t strides[LURE_MAX_DIMS]);

static inline void *lure_walk_place(void *data, lure_dtype dtype, size_t at)
{
    return (char *)data + at * (dtype == LURE_F64 ? sizeof(double) : sizeof(float));
}

#endif
