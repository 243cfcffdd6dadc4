/* walk.c: several tensors in step; see walk.h. */
#include "math/walk.h"
#include <assert.h>

void lure_walk_begin(lure_walk *walk, int n_dims, const size_t *shape, int n_operands,
                     const size_t *const strides[])
{
    assert(n_operands <= LURE_WALK_OPERANDS);
    walk->n = 1;
    walk->n_operands = n_operands;
    walk->n_outer = 0;
    for (int i = 0; i < n_operands; i++) {
        walk->step[i] = 0;
        walk->at[i] = 0;
    }
    bool any = false;
    size_t *n = &walk->n, *step = walk->step; /* of the axis that grows: the run, then those outside */
    for (int axis = n_dims; axis-- > 0;) {
        size_t side = shape[axis];
        assert(side > 0);
        if (side == 1)
            continue;
        bool joins = any;
        for (int i = 0; joins && i < n_operands; i++)
            joins = strides[i][axis] == step[i] * *n;
        if (joins) {
            *n *= side;
            continue;
        }
        if (any) {
            int outer = walk->n_outer++;
            n = &walk->side[outer];
            step = walk->stride[outer];
            walk->index[outer] = 0;
        }
        any = true;
        *n = side;
        for (int i = 0; i < n_operands; i++)
            step[i] = strides[i][axis];
    }
}

void lure_walk_strides(const lure_tensor *t, int n_dims, const size_t *shape, size_t strides[LURE_MAX_DIMS])
{
    for (int i = 0; i < n_dims; i++) {
        int from = i - (n_dims - t->n_dims);
        strides[i] = from >= 0 && t->shape[from] == shape[i] ? t->stride[from] : 0;
    }
}
