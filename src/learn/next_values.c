/* next_values.c: see next_values.h. */
#include "learn/next_values.h"

#include <string.h>

enum { GOES_ON, TERMINATED, TRUNCATED };

/* Row `step` of an array (step, environment, width). */
static const char *row(const lure_followed *f, const void *array, size_t step, size_t width, size_t size)
{
    return (const char *)array + step * f->n_environments * width * size;
}

static lure_value rows_of(lure_policy *policy, const lure_followed *f, const void *observations, size_t step)
{
    size_t shape[2] = {f->n_environments, lure_policy_n_inputs(policy)};
    lure_dtype dtype = lure_policy_dtype(policy);
    const char *data = row(f, observations, step, shape[1], lure_dtype_size(dtype));
    return (lure_value){.tensor = lure_tensor_view((void *)(uintptr_t)data, dtype, 2, shape)};
}

/* Does the network have to say what followed a step of this row? */
static bool is_asked(const lure_followed *f, size_t step)
{
    const int32_t *ends = f->ends + step * f->n_environments;
    for (size_t e = 0; e < f->n_environments; e++)
        if (ends[e] == TRUNCATED || (ends[e] == GOES_ON && step + 1 == f->n_steps))
            return true;
    return false;
}

/* What is known without it takes the place of what it said. */
static void fill_known(const lure_followed *f, size_t step, size_t size, char *out)
{
    const int32_t *ends = f->ends + step * f->n_environments;
    for (size_t e = 0; e < f->n_environments; e++) {
        if (ends[e] == TERMINATED)
            memset(out + e * size, 0, size);
        else if (ends[e] == GOES_ON && step + 1 < f->n_steps)
            memcpy(out + e * size, row(f, f->values, step + 1, 1, size) + e * size, size);
    }
}

lure_status lure_policy_next_values(lure_policy *policy, const lure_followed *f, void *room, void *out,
                                    lure_error *err)
{
    const size_t size = lure_dtype_size(lure_policy_dtype(policy)), n = f->n_environments;
    const bool has_state = lure_policy_n_state(policy) > 0;
    const void *state = f->first_states; /* before the step; after the first one it lies in the room */
    lure_status status = LURE_OK;
    for (size_t step = 0; step < f->n_steps && status == LURE_OK; step++) {
        if (has_state) {
            lure_value seen = rows_of(policy, f, f->observations, step);
            lure_tensor starts = lure_tensor_view(
                f->starts ? (char *)f->starts->data + step * n * lure_dtype_size(f->starts->dtype) : NULL,
                f->starts ? f->starts->dtype : LURE_I32, 1, &n);
            const lure_policy_context live = {
                .n_envs = n, .starts = f->starts ? &starts : NULL, .first_state = state, .last_state = room};
            lure_value value = {0};
            status = lure_policy_forward(policy, NULL, NULL, &seen, &live, NULL, &value, err);
            state = room;
        }
        char *row_out = (char *)out + step * n * size;
        if (status == LURE_OK && is_asked(f, step)) {
            lure_value next = rows_of(policy, f, f->next_observations, step);
            lure_value value = {.tensor = lure_tensor_view(row_out, lure_policy_dtype(policy), 1, &n)};
            const lure_policy_context look = {.n_envs = has_state ? n : 0, .first_state = state};
            status = lure_policy_forward(policy, NULL, NULL, &next, &look, NULL, &value, err);
        }
        fill_known(f, step, size, row_out);
    }
    return status;
}
