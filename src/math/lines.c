/* lines.c: numbers that belong together; see lines.h. */
#include "math/lines.h"
#include <assert.h>

void lure_lines_init(lure_lines *lines, const lure_tensor *t, unsigned axes)
{
    lines->tensor = t;
    lines->n = 1;
    lines->n_lines = 1;
    lines->n_dims = 0;
    lines->n_kept = 0;
    for (int axis = 0; axis < t->n_dims; axis++) {
        size_t side = t->shape[axis], stride = t->stride[axis];
        if (!(axes >> axis & 1)) {
            lines->n_lines *= side;
            lines->kept_side[lines->n_kept] = side;
            lines->kept_stride[lines->n_kept++] = stride;
            continue;
        }
        lines->n *= side;
        if (side == 1)
            continue;
        int before = lines->n_dims - 1; /* an axis that goes on where this one ends is one with it */
        if (before >= 0 && lines->stride[before] == side * stride) {
            lines->side[before] *= side;
            lines->stride[before] = stride;
        } else {
            lines->side[lines->n_dims] = side;
            lines->stride[lines->n_dims++] = stride;
        }
    }
    if (lines->n_dims == 0) {
        lines->side[0] = 1;
        lines->stride[0] = 1;
        lines->n_dims = 1;
    }
}

void lure_lines_read(const lure_lines *lines, size_t at, size_t first, size_t count, double *to)
{
    const lure_tensor *t = lines->tensor;
    int last = lines->n_dims - 1;
    if (last == 0) {
        lure_numbers_convert(count, t->dtype,
                             lure_walk_place(t->data, t->dtype, at + first * lines->stride[0]),
                             lines->stride[0], LURE_F64, to, 1);
        return;
    }
    while (count > 0) {
        size_t place = at, rest = first / lines->side[last], within = first % lines->side[last];
        for (int axis = last - 1; axis >= 0; rest /= lines->side[axis--])
            place += rest % lines->side[axis] * lines->stride[axis];
        size_t run = lines->side[last] - within;
        run = run < count ? run : count;
        lure_numbers_convert(run, t->dtype,
                             lure_walk_place(t->data, t->dtype, place + within * lines->stride[last]),
                             lines->stride[last], LURE_F64, to, 1);
        to += run;
        first += run;
        count -= run;
    }
}
