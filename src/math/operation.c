/* operation.c: the table of operations, and which file computes what; see operation.h. */
#include "math/operation.h"
#include "math/elementwise.h"
#include "math/gather.h"
#include "math/lines.h"
#include "math/matmul.h"
#include "math/reduce.h"
#include "math/softmax.h"
#include "math/sort.h"
#include <assert.h>

const lure_op_info *lure_op_info_of(lure_op op)
{
    static const lure_op_info table[] = {
#define LURE_OP_ROW(name, word, rule, derivative) {word, LURE_SHAPE_##rule, derivative},
        LURE_OPERATIONS(LURE_OP_ROW)
#undef LURE_OP_ROW
    };
    assert(op < LURE_N_OPERATIONS);
    return &table[op];
}

static unsigned axes_of(const lure_op_options *options)
{
    return !options || options->axis == LURE_ALL_AXES ? LURE_EVERY_AXIS : 1U << options->axis;
}

size_t lure_op_scratch_bytes(lure_op op, const lure_tensor *const *inputs, const lure_op_options *options,
                             const lure_tensor *planned)
{
    if (op == LURE_OP_MATMUL)
        return lure_matmul_scratch_bytes(inputs[0], inputs[1], planned);
    return op == LURE_OP_SORT || op == LURE_OP_SORT_INDICES
               ? lure_sort_scratch_bytes(inputs[0], options->axis)
               : 0;
}

lure_status lure_op_compute(lure_op op, size_t n, const lure_tensor *const *inputs,
                            const lure_op_options *options, lure_tensor *out, void *scratch, lure_error *err)
{
    (void)n; /* planned, so as many as the operation takes */
    switch (op) {
    case LURE_OP_ADD:
    case LURE_OP_SUBTRACT:
    case LURE_OP_MULTIPLY:
    case LURE_OP_DIVIDE:
    case LURE_OP_POWER:
    case LURE_OP_MINIMUM:
    case LURE_OP_MAXIMUM:
    case LURE_OP_EQUAL:
    case LURE_OP_NOT_EQUAL:
    case LURE_OP_LESS:
    case LURE_OP_LESS_EQUAL:
    case LURE_OP_GREATER:
    case LURE_OP_GREATER_EQUAL: lure_elementwise_combine(op, inputs[0], inputs[1], out); return LURE_OK;
    case LURE_OP_NEGATE:
    case LURE_OP_EXP:
    case LURE_OP_EXPM1:
    case LURE_OP_LOG:
    case LURE_OP_LOG1P:
    case LURE_OP_SQRT:
    case LURE_OP_SQUARE:
    case LURE_OP_ABS:
    case LURE_OP_SIGN:
    case LURE_OP_TANH:
    case LURE_OP_SIGMOID:
    case LURE_OP_RELU:
    case LURE_OP_ELU:
    case LURE_OP_GELU:
    case LURE_OP_SOFTPLUS:
    case LURE_OP_SIN:
    case LURE_OP_COS:
    case LURE_OP_FLOOR: lure_elementwise_map(op, inputs[0], out); return LURE_OK;
    case LURE_OP_CLAMP: lure_elementwise_clamp(inputs[0], options->low, options->high, out); return LURE_OK;
    case LURE_OP_CAST: lure_tensor_copy(inputs[0], out); return LURE_OK;
    case LURE_OP_WHERE: lure_elementwise_where(inputs[0], inputs[1], inputs[2], out); return LURE_OK;
    case LURE_OP_SUM:
    case LURE_OP_MEAN:
    case LURE_OP_VARIANCE:
    case LURE_OP_MIN:
    case LURE_OP_MAX: lure_reduce_numbers(op, inputs[0], axes_of(options), out); return LURE_OK;
    case LURE_OP_ARGMIN:
    case LURE_OP_ARGMAX: lure_reduce_index(op, inputs[0], axes_of(options), out); return LURE_OK;
    case LURE_OP_LOGSUMEXP:
    case LURE_OP_SOFTMAX:
    case LURE_OP_LOG_SOFTMAX: lure_softmax(op, inputs[0], axes_of(options), out); return LURE_OK;
    case LURE_OP_CUMULATIVE_SUM: lure_reduce_running(inputs[0], options->axis, out); return LURE_OK;
    case LURE_OP_SORT:
    case LURE_OP_SORT_INDICES:
        lure_sort(op, inputs[0], options->axis, options->descending, out, scratch);
        return LURE_OK;
    case LURE_OP_MATMUL: lure_matmul(inputs[0], inputs[1], out, scratch); return LURE_OK;
    case LURE_OP_CONCAT: lure_gather_concat(n, inputs, options ? options->axis : 0, out); return LURE_OK;
    case LURE_OP_STACK: lure_gather_stack(n, inputs, options ? options->axis : 0, out); return LURE_OK;
    case LURE_OP_GATHER: {
        int last = inputs[0]->n_dims - 1;
        return lure_gather(inputs[0], inputs[1], options && inputs[1]->n_dims > last ? options->axis : last,
                           out, err);
    }
    case LURE_OP_TAKE: return lure_gather_take(inputs[0], inputs[1], options ? options->axis : 0, out, err);
    case LURE_OP_SELECT:
    case LURE_OP_SLICE:
    case LURE_OP_TRANSPOSE:
    case LURE_OP_EXPAND: return LURE_OK;
    case LURE_OP_RESHAPE:
        if (out->data != inputs[0]->data) { /* its strides did not allow a view */
            lure_tensor as_out = lure_tensor_view(out->data, out->dtype, inputs[0]->n_dims, inputs[0]->shape);
            lure_tensor_copy(inputs[0], &as_out);
        }
        return LURE_OK;
    case LURE_N_OPERATIONS: break;
    }
    assert(false);
    return LURE_OK;
}
