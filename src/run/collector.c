/* collector.c: making what run:collect works with, and what a run asks of it outside the loop (collect.c). See collect.h. */
#include "run/collect.h"

#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* ---- which heads fit ---- */

void lure_collector_check_head(lua_State *L, const lure_collector *k, const lure_policy_options *policy)
{
    const lure_space *space = &k->borrow_copies->world.actions->space;
    const char *head = lure_distribution_rule_of(policy->head)->name;
    bool is_one = policy->head == LURE_HEAD_BERNOULLI || policy->head == LURE_HEAD_CATEGORICAL ||
                  policy->head == LURE_HEAD_ACTION_VALUES;
    bool is_multi = policy->head == LURE_HEAD_MULTI_CATEGORICAL;
    switch (lure_space_kind_of(space)) {
    case LURE_SPACE_DISCRETE:
        if (!is_one && !is_multi)
            luaL_error(
                L,
                "policy: a %s head does not fit the environment, whose actions are one list of %I words; use "
                "\"categorical\"",
                head, (lua_Integer)policy->n_actions);
        return;
    case LURE_SPACE_MULTI_DISCRETE:
        if (!is_multi)
            luaL_error(
                L,
                "policy: a %s head does not fit the environment, whose actions are %I lists of words; use "
                "\"multi_categorical\"",
                head, (lua_Integer)space->n_parts);
        return;
    default: break;
    }
    if (is_one || is_multi)
        luaL_error(L,
                   "policy: %s %s head does not fit the environment, whose actions are numbers (%I); use "
                   "\"gaussian\" or \"squashed_gaussian\"",
                   policy->head == LURE_HEAD_ACTION_VALUES ? "an" : "a", head, (lua_Integer)space->n_parts);
    for (size_t i = 0; i < space->n_parts && policy->head == LURE_HEAD_SQUASHED_GAUSSIAN; i++)
        if (isinf(space->parts[i].low) || isinf(space->parts[i].high))
            luaL_error(
                L,
                "policy: a squashed_gaussian head needs bounds, and the environment's actions[%I] has no "
                "low or no high; use \"gaussian\"",
                (lua_Integer)i + 1);
}

/* ---- making ---- */

void lure_collector_open(lua_State *L, lure_collector *k, lure_copies *copies,
                         const lure_seen_options *options, lure_dtype dtype)
{
    lure_error err;
    k->borrow_sandbox = lure_sandbox_of(L);
    k->borrow_copies = copies;
    k->last_batch_return = NAN;
    if (options->time_aware && copies->max_steps == 0)
        luaL_error(L, "time_aware needs a time limit, and the environment has none; write max_steps = n");
    if (lure_seen_init(&k->seen, options, &copies->world.observation->space, copies->n, copies->max_steps,
                       dtype, &k->borrow_sandbox->pool.account, &err) != LURE_OK)
        lure_raise(L, &err);
}

/* One block for the arrays, widest numbers first. */
static void take_space(lua_State *L, lure_collector *k)
{
    size_t n = k->borrow_copies->n, element = lure_dtype_size(k->seen.dtype);
    size_t state = lure_policy_n_state(k->borrow_policy) * element;
    const struct {
        void *to; /* of a pointer */
        size_t count, size;
    } arrays[] = {{&k->probabilities, lure_policy_n_actions(k->borrow_policy), sizeof(double)},
                  {&k->rewards, n, sizeof(double)},
                  {&k->action, k->borrow_copies->world.n_columns, sizeof(double)},
                  {&k->given, n * k->borrow_copies->world.n_columns, sizeof(double)},
                  {&k->quotas, n, sizeof(uint64_t)},
                  {&k->lanes, n, sizeof(size_t)},
                  {&k->fresh, n, sizeof(size_t)},
                  {&k->current, n, k->row_bytes},
                  {&k->states[0], n, state},
                  {&k->states[1], n, state},
                  {&k->states[2], n, state},
                  {&k->first_states, n, state},
                  {&k->streams, n, sizeof(lure_rng)},
                  {&k->row_streams, n, sizeof(lure_rng)},
                  {&k->starts, n, sizeof(int32_t)},
                  {&k->known_legal, n * k->rollout.shape.n_choices, sizeof(int32_t)},
                  {&k->knows_legal, n, 1},
                  {&k->mask, lure_space_n_choices(&k->borrow_copies->world.actions->space), 1}};
    enum { N = sizeof arrays / sizeof *arrays };
    size_t sizes[N];
    k->n_block = 0;
    bool fits = true;
    for (size_t i = 0; i < N; i++) {
        fits &= !__builtin_mul_overflow(arrays[i].count, arrays[i].size, &sizes[i]);
        fits &= !__builtin_add_overflow(k->n_block, (sizes[i] + 7) / 8 * 8, &k->n_block);
    }
    k->n_block += 8;
    k->block = fits ? lure_memory_take(&k->borrow_sandbox->pool.account, k->n_block) : NULL;
    if (!k->block)
        luaL_error(L, "no memory for the numbers of %I copies (limits.memory_mb)", (lua_Integer)n);
    char *next = k->block;
    for (size_t i = 0; i < N; i++) {
        memcpy(arrays[i].to, &next, sizeof next);
        next += (sizes[i] + 7) / 8 * 8;
    }
}

void lure_collector_free(lure_collector *k)
{
    if (!k->borrow_sandbox)
        return;
    lure_seen_free(&k->seen);
    lure_rollout_free(&k->rollout);
    if (k->block)
        lure_memory_give(&k->borrow_sandbox->pool.account, k->block, k->n_block);
    k->block = NULL;
}

static void add_terms(lua_State *L, void *data)
{
    lure_collector *k = data;
    lure_batch_view_add_terms(L, &k->batch, lua_upvalueindex(LURE_UP_BATCH));
}

void lure_collector_push(lua_State *L, lure_collector *k, int copies, lure_policy *policy, uint64_t seed)
{
    lure_copies *c = k->borrow_copies;
    const lure_world *w = &c->world;
    bool is_real = lure_space_kind_of(&w->actions->space) == LURE_SPACE_BOX;
    size_t n_state = lure_policy_n_state(policy);
    const lure_rollout_shape shape = {
        .n_inputs = k->seen.n_inputs,
        .n_columns = w->n_columns,
        .is_real = is_real,
        .n_choices = w->has_legal ? lure_space_n_choices(&w->actions->space) : 0,
        .has_starts = n_state > 0,
        .has_log_prob =
            lure_policy_has_value(policy) && lure_distribution_is_smooth(lure_policy_distribution(policy)),
        .dtype = k->seen.dtype};
    k->borrow_policy = policy;
    k->row_bytes = k->seen.n_inputs * lure_dtype_size(k->seen.dtype);
    k->action_bytes = is_real ? lure_dtype_size(k->seen.dtype) : sizeof(int32_t);
    lure_rollout_init(&k->rollout, &shape, &k->borrow_sandbox->pool.account);
    take_space(L, k);
    for (size_t i = 0; i < c->n; i++)
        lure_rng_init(&k->streams[i], seed, LURE_PURPOSE_POLICY, (uint32_t)i);
    lure_copies_seed(c, seed);
    k->borrow_sandbox->random = c->random;
    c->terms = add_terms;
    c->terms_data = k;
    lua_pushlightuserdata(L, k);
    lua_pushvalue(L, copies);
    lure_batch_view_push(L, &k->batch, &shape, c->n, n_state, w->actions->is_list || is_real);
    lua_pushcclosure(L, lure__run_collect, LURE_UP_BATCH + LURE_BATCH_SLOTS - 1);
}

/* ---- counts ---- */

static double recent_mean(const lure_collector *k, const double *numbers, size_t *n)
{
    size_t count =
        k->total_episodes < LURE_RECENT_EPISODES ? (size_t)k->total_episodes : LURE_RECENT_EPISODES;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += numbers[i];
    if (n)
        *n = count;
    return count ? sum / (double)count : NAN;
}

double lure_collector_recent_return(const lure_collector *k, size_t *n)
{
    return recent_mean(k, k->recent_returns, n);
}

double lure_collector_recent_length(const lure_collector *k)
{
    return recent_mean(k, k->recent_lengths, NULL);
}

double lure_collector_window_return(const lure_collector *k, uint64_t window)
{
    double sum = 0.0;
    if (window == 0 || k->total_episodes < window)
        return NAN;
    for (size_t slot = 0; slot < LURE_RECENT_EPISODES;
         slot++) { /* in the order of recent_mean: the same bits */
        uint64_t last = (k->total_episodes - 1) % LURE_RECENT_EPISODES;
        uint64_t age = (last + LURE_RECENT_EPISODES - slot) % LURE_RECENT_EPISODES;
        sum += age < window ? k->recent_returns[slot] : 0.0;
    }
    return sum / (double)window;
}
