/* operation_plan.c: which shape and type an operation gives, and what it refuses; see operation.h. */
#include "math/operation.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define REFUSE(...) lure_fail(err, LURE_ERROR_SCRIPT, __VA_ARGS__)

/* what `options` null means */
static const lure_op_options none = {
    .axis = LURE_ALL_AXES, .low = -INFINITY, .high = INFINITY, .step = 1, .dtype = LURE_F64};

typedef struct text {
    char of[LURE_SHAPE_TEXT];
} text;

static text shape(const lure_tensor *t)
{
    text shape = {{0}};
    lure_tensor_shape_text(t, shape.of);
    return shape;
}

/* ---- types ---- */

static lure_dtype common_type(lure_dtype a, lure_dtype b)
{
    if (a == b || b == LURE_I32)
        return a;
    return a == LURE_I32 ? b : LURE_F64;
}

static lure_dtype arithmetic(lure_dtype type)
{
    return type == LURE_I32 ? LURE_F64 : type;
}

static lure_dtype result_type(lure_op op, size_t n, const lure_tensor *const *inputs,
                              const lure_op_options *o)
{
    lure_dtype type = inputs[0]->dtype;
    switch (lure_op_info_of(op)->rule) {
    case LURE_SHAPE_COMBINE:
        type = common_type(type, inputs[1]->dtype);
        return op < LURE_OP_MINIMUM ? arithmetic(type) : type;
    case LURE_SHAPE_MAP:
        if (op == LURE_OP_CAST)
            return o->dtype;
        if (op == LURE_OP_CLAMP && (isinf(o->low) || o->low == rint(o->low)) &&
            (isinf(o->high) || o->high == rint(o->high)))
            return type;
        return arithmetic(type);
    case LURE_SHAPE_WHERE: return common_type(inputs[1]->dtype, inputs[2]->dtype);
    case LURE_SHAPE_REDUCE: return op == LURE_OP_MIN || op == LURE_OP_MAX ? type : arithmetic(type);
    case LURE_SHAPE_ALONG:
        if (op == LURE_OP_SORT_INDICES)
            return LURE_I32;
        return op == LURE_OP_SORT ? type : arithmetic(type);
    case LURE_SHAPE_INDEX: return LURE_I32;
    case LURE_SHAPE_MATMUL: return arithmetic(common_type(type, inputs[1]->dtype));
    case LURE_SHAPE_JOIN:
        for (size_t i = 1; i < n; i++)
            type = common_type(type, inputs[i]->dtype);
        return type;
    case LURE_SHAPE_GATHER:
    case LURE_SHAPE_VIEW: return type;
    }
    return type;
}

/* ---- what each rule asks for ---- */

static lure_status check_axis(const char *name, const lure_tensor *t, int axis, lure_error *err)
{
    if (axis >= 0 && axis < t->n_dims)
        return LURE_OK;
    return REFUSE("%s: there is no axis %d in shape %s, which has %d", name, axis + 1, shape(t).of,
                  t->n_dims);
}

static lure_status plan_combine(const char *name, const lure_tensor *const *inputs, lure_dtype type,
                                lure_tensor *out, lure_error *err)
{
    const lure_tensor *a = inputs[0], *b = inputs[1];
    size_t sides[LURE_MAX_DIMS];
    int n_dims;
    if (!lure_tensor_broadcast(a, b, &n_dims, sides))
        return REFUSE("%s: shapes %s and %s do not meet: sides must be equal or 1, counted from the last",
                      name, shape(a).of, shape(b).of);
    *out = lure_tensor_view(NULL, type, n_dims, sides);
    return LURE_OK;
}

static lure_status plan_where(const lure_tensor *const *inputs, lure_dtype type, lure_tensor *out,
                              lure_error *err)
{
    size_t sides[LURE_MAX_DIMS];
    int n_dims;
    bool meet = lure_tensor_broadcast(inputs[1], inputs[2], &n_dims, sides);
    if (meet) {
        *out = lure_tensor_view(NULL, type, n_dims, sides);
        meet = lure_tensor_broadcast(inputs[0], out, &n_dims, sides);
    }
    if (!meet)
        return REFUSE(
            "where: shapes %s, %s and %s do not meet: sides must be equal or 1, counted from the last",
            shape(inputs[0]).of, shape(inputs[1]).of, shape(inputs[2]).of);
    *out = lure_tensor_view(NULL, type, n_dims, sides);
    return LURE_OK;
}

/* also of INDEX */
static lure_status plan_reduce(lure_op op, const lure_tensor *t, const lure_op_options *o, lure_dtype type,
                               lure_tensor *out, lure_error *err)
{
    const char *name = lure_op_info_of(op)->name;
    bool all = o->axis == LURE_ALL_AXES;
    if (!all && check_axis(name, t, o->axis, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    size_t n = all ? lure_tensor_size(t) : t->shape[o->axis];
    bool index = lure_op_info_of(op)->rule == LURE_SHAPE_INDEX;
    if (n == 0 && (index || op == LURE_OP_MIN || op == LURE_OP_MAX))
        return REFUSE("%s: shape %s has no numbers to choose from", name, shape(t).of);
    if (index && n > INT32_MAX)
        return REFUSE("%s: shape %s has more numbers than an index can count", name, shape(t).of);
    size_t sides[LURE_MAX_DIMS];
    int n_dims = 0;
    for (int axis = 0; axis < t->n_dims; axis++) {
        bool gone = all || axis == o->axis;
        if (!gone || o->keep)
            sides[n_dims++] = gone ? 1 : t->shape[axis];
    }
    *out = lure_tensor_view(NULL, type, n_dims, sides);
    return LURE_OK;
}

static lure_status plan_along(lure_op op, const lure_tensor *t, const lure_op_options *o, lure_dtype type,
                              lure_tensor *out, lure_error *err)
{
    const char *name = lure_op_info_of(op)->name;
    lure_status status = check_axis(name, t, o->axis, err);
    if (status != LURE_OK)
        return status;
    if (op == LURE_OP_SORT_INDICES && t->shape[o->axis] > INT32_MAX)
        return REFUSE("%s: shape %s has more numbers than an index can count", name, shape(t).of);
    *out = lure_tensor_view(NULL, type, t->n_dims, t->shape);
    return LURE_OK;
}

/* batch axes, rows and columns as in matmul.h */
static lure_status plan_matmul(const lure_tensor *const *inputs, lure_dtype type, lure_tensor *out,
                               lure_error *err)
{
    const lure_tensor *a = inputs[0], *b = inputs[1];
    if (a->n_dims == 0 || b->n_dims == 0)
        return REFUSE("matmul: shapes %s and %s: a single number is no matrix", shape(a).of, shape(b).of);
    size_t depth = a->shape[a->n_dims - 1], other = b->shape[b->n_dims == 1 ? 0 : b->n_dims - 2];
    if (depth != other)
        return REFUSE("matmul: shapes %s and %s do not fit: the first has %zu columns, the second %zu rows",
                      shape(a).of, shape(b).of, depth, other);
    lure_tensor batch_a = *a, batch_b = *b;
    batch_a.n_dims = a->n_dims > 2 ? a->n_dims - 2 : 0;
    batch_b.n_dims = b->n_dims > 2 ? b->n_dims - 2 : 0;
    size_t sides[LURE_MAX_DIMS];
    int n_dims;
    if (!lure_tensor_broadcast(&batch_a, &batch_b, &n_dims, sides))
        return REFUSE("matmul: shapes %s and %s: the sides before the last two must be equal or 1",
                      shape(a).of, shape(b).of);
    if (a->n_dims > 1)
        sides[n_dims++] = a->shape[a->n_dims - 2];
    if (b->n_dims > 1)
        sides[n_dims++] = b->shape[b->n_dims - 1];
    *out = lure_tensor_view(NULL, type, n_dims, sides);
    return LURE_OK;
}

static lure_status plan_concat(size_t n, const lure_tensor *const *inputs, int axis, lure_dtype type,
                               lure_tensor *out, lure_error *err)
{
    lure_status status = check_axis("concat", inputs[0], axis, err);
    if (status != LURE_OK)
        return status;
    size_t sides[LURE_MAX_DIMS];
    memcpy(sides, inputs[0]->shape, sizeof sides);
    for (size_t i = 1; i < n; i++) {
        bool fits = inputs[i]->n_dims == inputs[0]->n_dims;
        for (int d = 0; fits && d < inputs[0]->n_dims; d++)
            fits = d == axis || inputs[i]->shape[d] == inputs[0]->shape[d];
        if (!fits)
            return REFUSE("concat: shape %s of tensor %zu does not fit %s: only axis %d may differ",
                          shape(inputs[i]).of, i + 1, shape(inputs[0]).of, axis + 1);
        if (__builtin_add_overflow(sides[axis], inputs[i]->shape[axis], &sides[axis]))
            return REFUSE("concat: more numbers than a tensor can have");
    }
    *out = lure_tensor_view(NULL, type, inputs[0]->n_dims, sides);
    return LURE_OK;
}

static lure_status plan_stack(size_t n, const lure_tensor *const *inputs, int axis, lure_dtype type,
                              lure_tensor *out, lure_error *err)
{
    const lure_tensor *t = inputs[0];
    if (t->n_dims == LURE_MAX_DIMS)
        return REFUSE("stack: shape %s has %d axes already, and a tensor has at most as many", shape(t).of,
                      LURE_MAX_DIMS);
    if (axis < 0 || axis > t->n_dims)
        return REFUSE("stack: axis %d must be from 1 to %d for tensors of shape %s", axis + 1, t->n_dims + 1,
                      shape(t).of);
    for (size_t i = 1; i < n; i++)
        if (!lure_tensor_same_shape(inputs[i], t))
            return REFUSE("stack: shape %s of tensor %zu is not %s, that of the first", shape(inputs[i]).of,
                          i + 1, shape(t).of);
    size_t sides[LURE_MAX_DIMS];
    for (int d = 0; d <= t->n_dims; d++)
        sides[d] = d < axis ? t->shape[d] : d == axis ? n : t->shape[d - 1];
    *out = lure_tensor_view(NULL, type, t->n_dims + 1, sides);
    return LURE_OK;
}

static lure_status plan_gather(const lure_tensor *values, const lure_tensor *indices,
                               const lure_op_options *o, lure_tensor *out, lure_error *err)
{
    int last = values->n_dims - 1, axis = o == &none ? last : o->axis;
    bool pick = indices->n_dims == last;
    if (check_axis("gather", values, axis, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    if (pick && axis != last)
        return REFUSE("gather: indices of shape %s pick from %s along its last axis, not along axis %d",
                      shape(indices).of, shape(values).of, axis + 1);
    bool fits = pick || indices->n_dims == values->n_dims;
    for (int d = 0; fits && d < indices->n_dims; d++)
        fits = d == axis || indices->shape[d] == values->shape[d];
    if (!fits)
        return REFUSE(
            "gather: indices of shape %s do not fit values of shape %s along axis %d: all other sides "
            "must be equal",
            shape(indices).of, shape(values).of, axis + 1);
    *out = lure_tensor_view(NULL, values->dtype, indices->n_dims, indices->shape);
    return LURE_OK;
}

static lure_status plan_take(const lure_tensor *values, const lure_tensor *indices, const lure_op_options *o,
                             lure_tensor *out, lure_error *err)
{
    int axis = o == &none ? 0 : o->axis;
    if (check_axis("take", values, axis, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    if (indices->n_dims != 1)
        return REFUSE("take: the indices must have one axis, not shape %s", shape(indices).of);
    size_t sides[LURE_MAX_DIMS];
    memcpy(sides, values->shape, sizeof sides);
    sides[axis] = indices->shape[0];
    *out = lure_tensor_view(NULL, values->dtype, values->n_dims, sides);
    return LURE_OK;
}

static lure_status plan_view(lure_op op, const lure_tensor *t, const lure_op_options *o, lure_tensor *out,
                             lure_error *err)
{
    const char *name = lure_op_info_of(op)->name;
    if (op != LURE_OP_RESHAPE && op != LURE_OP_EXPAND && check_axis(name, t, o->axis, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    lure_tensor wanted; /* of reshape and expand */
    size_t bytes;
    switch ((int)op) {
    case LURE_OP_SELECT:
        if (o->first >= t->shape[o->axis])
            return REFUSE("select: there is no index %zu on axis %d of shape %s", o->first + 1, o->axis + 1,
                          shape(t).of);
        *out = lure_tensor_select(t, o->axis, o->first);
        return LURE_OK;
    case LURE_OP_SLICE: {
        size_t side = t->shape[o->axis];
        if (o->step == 0)
            return REFUSE("slice: the step must be at least 1");
        if (o->n > 0 && (o->first >= side || (o->n - 1) > (side - 1 - o->first) / o->step))
            return REFUSE("slice: %zu numbers from index %zu on in steps of %zu leave axis %d of shape %s",
                          o->n, o->first + 1, o->step, o->axis + 1, shape(t).of);
        *out = lure_tensor_slice(t, o->axis, o->first, o->n, o->step);
        return LURE_OK;
    }
    case LURE_OP_TRANSPOSE:
        if (check_axis(name, t, o->other_axis, err) != LURE_OK)
            return LURE_ERROR_SCRIPT;
        *out = lure_tensor_transpose(t, o->axis, o->other_axis);
        return LURE_OK;
    default: break;
    }
    if (o->n_dims < 0 || o->n_dims > LURE_MAX_DIMS)
        return REFUSE("%s: a tensor has at most %d axes, not %d", name, LURE_MAX_DIMS, o->n_dims);
    wanted = lure_tensor_view(NULL, t->dtype, o->n_dims, o->shape);
    if (!lure_tensor_bytes(&wanted, &bytes))
        return REFUSE("%s: shape %s has more numbers than a tensor can have", name, shape(&wanted).of);
    if (op == LURE_OP_RESHAPE) {
        if (lure_tensor_size(&wanted) != lure_tensor_size(t))
            return REFUSE("reshape: shape %s has %zu numbers, shape %s has %zu", shape(t).of,
                          lure_tensor_size(t), shape(&wanted).of, lure_tensor_size(&wanted));
        if (!lure_tensor_reshape(t, o->n_dims, o->shape, out))
            *out = wanted;
        return LURE_OK;
    }
    size_t sides[LURE_MAX_DIMS];
    int n_dims;
    bool fits = lure_tensor_broadcast(t, &wanted, &n_dims, sides) && n_dims == wanted.n_dims;
    for (int d = 0; fits && d < n_dims; d++)
        fits = sides[d] == wanted.shape[d];
    if (!fits)
        return REFUSE(
            "expand: shape %s cannot be repeated to %s: sides must be equal or 1, counted from the last",
            shape(t).of, shape(&wanted).of);
    *out = lure_tensor_expand(t, o->n_dims, o->shape);
    return LURE_OK;
}

/* ---- the plan ---- */

static size_t n_inputs_of(lure_shape_rule rule, size_t n)
{
    switch (rule) {
    case LURE_SHAPE_COMBINE:
    case LURE_SHAPE_MATMUL:
    case LURE_SHAPE_GATHER: return 2;
    case LURE_SHAPE_WHERE: return 3;
    case LURE_SHAPE_JOIN: return n > 0 ? n : 1;
    default: return 1;
    }
}

/* What most operations are: of floats of one type and shape, the first contiguous, and so what comes out. The second of
   two may be a single number. */
static bool plan_alike(lure_op op, lure_shape_rule rule, size_t n, const lure_tensor *const *inputs,
                       const lure_op_options *o, lure_tensor *out)
{
    bool alike = false;
    if (rule == LURE_SHAPE_COMBINE && n == 2)
        alike = inputs[0]->dtype == inputs[1]->dtype &&
                (inputs[1]->n_dims == 0 || lure_tensor_same_shape(inputs[0], inputs[1]));
    else if (rule == LURE_SHAPE_WHERE && n == 3)
        alike = inputs[1]->dtype == inputs[2]->dtype && lure_tensor_same_shape(inputs[0], inputs[1]) &&
                lure_tensor_same_shape(inputs[1], inputs[2]);
    else if (rule == LURE_SHAPE_MAP && n == 1)
        alike = op != LURE_OP_CAST && (op != LURE_OP_CLAMP || o->low <= o->high);
    if (!alike) /* there may be no inputs at all */
        return false;
    const lure_tensor *like = inputs[rule == LURE_SHAPE_WHERE ? 1 : 0];
    if (like->dtype == LURE_I32 || !lure_tensor_is_contiguous(like))
        return false;
    *out = *like;
    out->data = NULL;
    return true;
}

lure_status lure_op_plan(lure_op op, size_t n, const lure_tensor *const *inputs,
                         const lure_op_options *options, lure_tensor *out, lure_error *err)
{
    const lure_op_info *info = lure_op_info_of(op);
    const lure_op_options *o = options ? options : &none;
    const char *name = info->name;
    if (plan_alike(op, info->rule, n, inputs, o, out))
        return LURE_OK;
    if (n != n_inputs_of(info->rule, n))
        return REFUSE("%s: takes %zu tensors, not %zu", name, n_inputs_of(info->rule, n), n);
    lure_dtype type = result_type(op, n, inputs, o);
    lure_status status = LURE_OK;
    switch (info->rule) {
    case LURE_SHAPE_COMBINE: status = plan_combine(name, inputs, type, out, err); break;
    case LURE_SHAPE_MAP:
        if (op == LURE_OP_CLAMP && !(o->low <= o->high))
            return REFUSE("clamp: the lower bound %g is not at most the upper bound %g",
                          lure_number_plain(o->low), lure_number_plain(o->high));
        *out = lure_tensor_view(NULL, type, inputs[0]->n_dims, inputs[0]->shape);
        break;
    case LURE_SHAPE_WHERE: status = plan_where(inputs, type, out, err); break;
    case LURE_SHAPE_REDUCE:
    case LURE_SHAPE_INDEX: status = plan_reduce(op, inputs[0], o, type, out, err); break;
    case LURE_SHAPE_ALONG: status = plan_along(op, inputs[0], o, type, out, err); break;
    case LURE_SHAPE_MATMUL: status = plan_matmul(inputs, type, out, err); break;
    case LURE_SHAPE_JOIN: {
        int axis = options ? options->axis : 0;
        status = op == LURE_OP_STACK ? plan_stack(n, inputs, axis, type, out, err)
                                     : plan_concat(n, inputs, axis, type, out, err);
        break;
    }
    case LURE_SHAPE_GATHER:
        if (inputs[1]->dtype != LURE_I32)
            return REFUSE("%s: argument 2, the indices, must be int32, not %s", name,
                          lure_dtype_name(inputs[1]->dtype));
        status = op == LURE_OP_TAKE ? plan_take(inputs[0], inputs[1], o, out, err)
                                    : plan_gather(inputs[0], inputs[1], o, out, err);
        break;
    case LURE_SHAPE_VIEW: return plan_view(op, inputs[0], o, out, err);
    }
    size_t bytes;
    if (status == LURE_OK && !lure_tensor_bytes(out, &bytes))
        return REFUSE("%s: shape %s has more numbers than a tensor can have", name, shape(out).of);
    return status;
}
