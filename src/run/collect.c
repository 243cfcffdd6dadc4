/* collect.c: run:collect, the loop over steps. See collect.h.

   One turn of it: copies that are in no episode begin one; the policy looks at all that step, and for each an action is
   drawn; each does its step (copies.c). What followed a step is what the next row begins with; after an end it is
   next_observations alone, and the next episode begins when the copy is to step again. It holds nothing that an error would
   lose. */
#include "run/collect.h"

#include "base/clock.h"
#include "run/copies_inside.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/differentiate.h"
#include "script/profile.h"
#include "script/space_value.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* ---- rows ---- */

static inline char *row_of(const lure_collector *k, void *column, size_t row)
{
    return (char *)column + row * k->row_bytes;
}

static inline char *current_of(const lure_collector *k, size_t i)
{
    return row_of(k, k->current, i);
}

static inline void look(lua_State *L, lure_collector *k, size_t i, bool first)
{
    lure_copies *c = k->borrow_copies;
    lure_error err;
    if (k->seen.is_plain && k->seen.dtype == LURE_F64) {
        memcpy(current_of(k, i), lure__copies_observation(c, i), k->row_bytes);
        return;
    }
    if (lure_seen_look(&k->seen, i, lure__copies_observation(c, i), first, c->copies[i].step,
                       current_of(k, i), &err) != LURE_OK) {
        lure__copies_turn(c, i);
        lure_raise(L, &err);
    }
}

static void learn(lua_State *L, lure_collector *k, size_t m, const size_t *copies)
{
    lure_error err;
    if (lure_seen_learn(&k->seen, m, copies, k->borrow_copies->observations, &err) != LURE_OK)
        lure_raise(L, &err);
}

/* ---- an episode's two ends ---- */

static void begin_episodes(lua_State *L, lure_collector *k, int at, size_t m)
{
    lure_copies *c = k->borrow_copies;
    size_t n_fresh = 0;
    for (size_t j = 0; j < m; j++) {
        size_t i = k->lanes[j];
        if (c->copies[i].in_episode)
            continue;
        lure_copies_reset(L, c, at, i, 0);
        k->starts[i] = 1;
        k->knows_legal[i] = 0;
        k->fresh[n_fresh++] = i;
    }
    if (n_fresh == 0)
        return;
    if (k->seen.options.normalizes)
        learn(L, k, n_fresh, k->fresh);
    for (size_t j = 0; j < n_fresh; j++)
        look(L, k, k->fresh[j], true);
}

static void finish_episode(lure_collector *k, const lure_copy *copy, lure_tally *t)
{
    size_t slot = (size_t)(k->total_episodes % LURE_RECENT_EPISODES);
    k->recent_returns[slot] = copy->episode_return;
    k->recent_lengths[slot] = (double)copy->step;
    k->total_episodes++;
    t->episodes++;
    t->returns += copy->episode_return;
    t->lengths += (double)copy->step;
    if (k->has_threshold && !k->threshold_steps &&
        lure_collector_window_return(k, LURE_RECENT_EPISODES) >= k->threshold) {
        k->threshold_steps = k->total_steps;
        k->threshold_clock = lure_clock_seconds();
    }
}

/* ---- choosing ---- */

lure_rng *lure__collect_stream(lure_collector *k, size_t i)
{
    const lure_copy *copy = &k->borrow_copies->copies[i];
    lure_rng_seek(&k->streams[i], (uint32_t)copy->episode, (uint32_t)copy->step + 1);
    return &k->streams[i];
}

static double draw_of(lure_collector *k, size_t i)
{
    double u = lure_rng_uniform(lure__collect_stream(k, i));
    return k->n_forced_used < k->n_forced_draws ? k->forced_draws[k->n_forced_used++] : u;
}

/* States of the rows that step, from those of all copies (0) to before (1), or from after (2) back. */
static void move_states(lure_collector *k, size_t m, bool back)
{
    size_t bytes = lure_policy_n_state(k->borrow_policy) * lure_dtype_size(k->seen.dtype);
    for (size_t j = 0; j < m && bytes > 0; j++) {
        char *of_copy = k->states[0] + k->lanes[j] * bytes;
        if (back)
            memcpy(of_copy, k->states[2] + j * bytes, bytes);
        else
            memcpy(k->states[1] + j * bytes, of_copy, bytes);
    }
}

static inline void *log_prob_of(const lure_collector *k, size_t row)
{
    return (char *)k->rollout.log_prob + row * lure_dtype_size(k->seen.dtype);
}

/* What was not drawn from the policy has no log-probability. */
static void forget_log_prob(lure_collector *k, size_t m)
{
    lure_tensor rows = lure_tensor_view(log_prob_of(k, k->rollout.n_rows), k->seen.dtype, 1, &m);
    for (size_t j = 0; j < m && k->rollout.shape.has_log_prob; j++)
        lure_tensor_set(&rows, j, NAN);
}

/* Fills the actions of the m rows from n_rows on, whose observations are there. */
static void choose(lua_State *L, lure_collector *k, size_t m)
{
    const lure_rollout *r = &k->rollout;
    lure_policy *policy = k->borrow_policy;
    const lure_distribution *d = lure_policy_distribution(policy);
    size_t row = r->n_rows, n_choices = r->shape.n_choices;
    bool is_choice = d->rule->discrete && d->n_parts == 1, has_state = r->shape.has_starts;
    const void *observations = row_of(k, r->observations, row);
    double *draws = r->draws + row;
    void *actions = lure__collect_action(k, row);
    for (size_t j = 0; j < m; j++)
        draws[j] = is_choice ? draw_of(k, k->lanes[j]) : (double)NAN;
    if (m == 1 && is_choice && !n_choices && !has_state && !r->shape.has_log_prob &&
        !(k->epsilon > 0.0)) { /* the lesson's way */
        lure_policy_probabilities(policy, observations, k->probabilities);
        if (!isnan(k->probabilities[0])) { /* else the long way says what is wrong */
            *(int32_t *)actions = (int32_t)lure_policy_pick(d->n_actions, k->probabilities, draws[0]);
            return;
        }
    }
    const size_t masked[2] = {m, n_choices};
    const lure_tensor mask = lure_tensor_view(r->legal + row * n_choices, LURE_I32, 2, masked),
                      starts = lure_tensor_view(r->starts + row, LURE_I32, 1, &m);
    lure_policy_context context = {
        .mask = n_choices ? &mask : NULL, .has_streams = true, .epsilon = k->epsilon};
    if (has_state) {
        move_states(k, m, false);
        context.starts = &starts;
        context.first_state = k->states[1];
        context.last_state = k->states[2];
    }
    void *log_prob = r->shape.has_log_prob ? log_prob_of(k, row) : NULL;
    lure_error err;
    lure_status status;
    if (is_choice) {
        status = lure_policy_pick_rows(policy, m, observations, &context, draws, k->probabilities, actions,
                                       log_prob, &err);
    } else {
        for (size_t j = 0; j < m; j++)
            k->row_streams[j] = *lure__collect_stream(k, k->lanes[j]);
        status =
            lure_policy_act(policy, m, observations, &context, k->row_streams, actions, log_prob, NULL, &err);
    }
    if (status != LURE_OK) {
        lure__copies_refuse_row(L, k->borrow_copies, k->lanes, m, &err);
    }
    if (has_state)
        move_states(k, m, true);
}

/* ---- one step of all that step ---- */

/* The action of a row, as copies take it, into ->action. */
static void read_action(lure_collector *k, size_t row)
{
    const lure_rollout *r = &k->rollout;
    const void *action = lure__collect_action(k, row);
    for (size_t p = 0; p < r->shape.n_columns; p++)
        k->action[p] = !r->shape.is_real            ? ((const int32_t *)action)[p]
                       : r->shape.dtype == LURE_F64 ? ((const double *)action)[p]
                                                    : (double)((const float *)action)[p];
}

static void keep_rewards(lua_State *L, lure_collector *k, int at, size_t m)
{
    const lure_rollout *r = &k->rollout;
    lure_copies *c = k->borrow_copies;
    lure_error err;
    if (!k->seen.is_reward_plain &&
        lure_seen_rewards(&k->seen, m, k->lanes, r->ends + r->n_rows, k->rewards, &err) != LURE_OK)
        lure_raise(L, &err);
    for (size_t j = 0; j < m; j++) {
        size_t row = r->n_rows + j;
        if (r->shape.dtype == LURE_F64) {
            ((double *)r->rewards)[row] = k->rewards[j];
            continue;
        }
        float narrow = (float)k->rewards[j];
        if (!isfinite(narrow)) {
            lure__copies_turn(c, k->lanes[j]);
            lua_pushnumber(L, k->rewards[j]);
            lure__copies_refuse(
                L, c, at, PART_REWARD,
                "the reward is %s, which is beyond single precision; scale it, or precision = \"double\"",
                lure_push_described(L, -1));
        }
        ((float *)r->rewards)[row] = narrow;
    }
}

/* What followed the step of the m that stepped. */
static void keep_next(lua_State *L, lure_collector *k, size_t m)
{
    const lure_rollout *r = &k->rollout;
    size_t n_going = 0;
    if (k->seen.options.normalizes) {
        for (size_t j = 0; j < m; j++)
            if (k->borrow_copies->copies[k->lanes[j]].in_episode)
                k->fresh[n_going++] = k->lanes[j];
        learn(L, k, n_going, k->fresh);
    }
    for (size_t j = 0; j < m; j++) {
        look(L, k, k->lanes[j], false);
        memcpy(row_of(k, r->next_observations, r->n_rows + j), current_of(k, k->lanes[j]), k->row_bytes);
    }
}

static void step(lua_State *L, lure_collector *k, int at, size_t m, lure_tally *t)
{
    lure_rollout *r = &k->rollout;
    lure_copies *c = k->borrow_copies;
    lure_error err;
    if (m > r->capacity - r->n_rows) {
        if (lure_rollout_reserve(r, m, &err) != LURE_OK)
            lure_raise(L, &err);
        /* the rows have moved, and an error may end this collect half-way */
        lure_batch_view_point(&k->batch, r, false);
    }
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_SCRIPT);
    begin_episodes(L, k, at, m);
    for (size_t j = 0; j < m; j++) {
        size_t i = k->lanes[j], row = r->n_rows + j;
        memcpy(row_of(k, r->observations, row), current_of(k, i), k->row_bytes);
        r->copies[row] = (uint32_t)i;
        if (r->shape.has_starts)
            r->starts[row] = k->starts[i];
        k->starts[i] = 0;
    }
    lure__collect_note_legal(L, k, at, m);
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_FORWARD);
    if (!(k->is_random || k->is_given) || r->shape.has_starts) /* a state goes through these steps, too */
        choose(L, k, m);
    if (k->is_random)
        lure__collect_draw_evenly(k, m);
    if (k->is_given)
        lure__collect_do_given(L, k, m);
    if (k->is_random || k->is_given)
        forget_log_prob(k, m);
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_SCRIPT);
    for (size_t j = 0; j < m; j++) {
        lure_stepped stepped;
        read_action(k, r->n_rows + j);
        lure_copies_step(L, c, at, k->lanes[j], k->action, &stepped);
        k->rewards[j] = stepped.reward;
        r->ends[r->n_rows + j] = stepped.terminated ? 1 : stepped.truncated ? 2 : 0;
        k->borrow_sandbox->heartbeat++;
    }
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_COLLECT);
    keep_next(L, k, m);
    keep_rewards(L, k, at, m);
    lure__collect_note_next_legal(L, k, at, m);
    k->total_steps += m;
    for (size_t j = 0; j < m; j++)
        if (r->ends[r->n_rows + j])
            finish_episode(k, &c->copies[k->lanes[j]], t);
    r->n_rows += m;
    t->steps += m;
}

/* ---- how much ---- */

typedef struct target {
    uint64_t episodes, steps; /* one of them */
    double epsilon;
    bool is_random, is_given;
} target;

static lua_Integer read_count(lua_State *L, int index)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, index, &is_whole);
    if (!is_whole || n < 1)
        luaL_error(L, "run:collect: expected a whole number >= 1, got %s", lure_push_described(L, index));
    return n;
}

/* Leaves the actions, or nil, on the stack. [-0, +1, e] */
static void read_target(lua_State *L, const lure_policy *policy, target *out)
{
    if (!lua_istable(L, 2))
        luaL_error(L,
                   "run:collect: expected { episodes = n } or { steps = n }, got %s (is it called with ':'?)",
                   lure_type_name(L, 2));
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, "episodes") == 0)
            out->episodes = (uint64_t)read_count(L, -1);
        else if (strcmp(key, "steps") == 0)
            out->steps = (uint64_t)read_count(L, -1);
        else if (strcmp(key, "epsilon") == 0)
            out->epsilon = lure_check_epsilon(L, -1, policy, "run:collect");
        else if (strcmp(key, "actions") == 0)
            out->is_given = true;
        else if (strcmp(key, "random") != 0)
            luaL_error(
                L, "run:collect: unknown option '%s'; expected episodes, steps, epsilon, random or actions",
                key);
        else if (!lua_isboolean(L, -1))
            luaL_error(L, "run:collect: random is %s; expected true or false", lure_type_name(L, -1));
        else
            out->is_random = lua_toboolean(L, -1);
    }
    if ((out->episodes == 0) == (out->steps == 0))
        luaL_error(L, "run:collect: expected either episodes = n or steps = n");
    if (out->is_given && (out->steps != 1 || out->is_random || out->epsilon > 0.0))
        luaL_error(
            L, "run:collect: actions are those of one step: { steps = 1, actions = a }, without random or "
               "epsilon");
    lua_getfield(L, 2, "actions");
}

/* All copies, as often as asked. */
static void collect_steps(lua_State *L, lure_collector *k, int at, uint64_t steps, lure_tally *t)
{
    size_t n = k->borrow_copies->n;
    for (size_t i = 0; i < n; i++)
        k->lanes[i] = i;
    for (uint64_t s = 0; s < steps; s++)
        step(L, k, at, n, t);
}

/* The copies that have episodes left to live, into lanes. */
static size_t find_lanes(lure_collector *k)
{
    size_t m = 0;
    for (size_t i = 0; i < k->borrow_copies->n; i++)
        if (k->quotas[i] > 0)
            k->lanes[m++] = i;
    return m;
}

/* Each copy its share, so that short episodes are not met more often than long ones; a copy that is done waits. */
static void collect_episodes(lua_State *L, lure_collector *k, int at, uint64_t episodes, lure_tally *t)
{
    size_t n = k->borrow_copies->n;
    lure_error err;
    if (n == 1) {
        for (k->lanes[0] = 0; t->episodes < episodes;)
            step(L, k, at, 1, t);
        return;
    }
    for (size_t i = 0; i < n; i++)
        k->quotas[i] = episodes / n + (i < episodes % n);
    for (size_t m; (m = find_lanes(k)) > 0;) {
        size_t row = k->rollout.n_rows;
        step(L, k, at, m, t);
        for (size_t j = 0; j < m; j++)
            k->quotas[k->lanes[j]] -= k->rollout.ends[row + j] != 0;
    }
    if (lure_rollout_sort(&k->rollout, n, &err) != LURE_OK)
        lure_raise(L, &err);
}

static void count_collects(lua_State *L, lua_Debug *call, void *data)
{
    lua_getinfo(L, "f", call);
    *(int *)data += lua_tocfunction(L, -1) == lure__run_collect;
    lua_pop(L, 1);
}

/* A collect that has begun has not ended: it ended with an error, or this one is called by a script that it calls. */
static void give_up_last(lua_State *L, lure_collector *k)
{
    int running = 0;
    lure_sandbox_each_call(L, count_collects, &running);
    if (running > 1)
        luaL_error(L, "run:collect is called by a script that run:collect is calling; only the algorithm "
                      "collects");
    for (size_t i = 0; i < k->borrow_copies->n; i++)
        k->borrow_copies->copies[i].in_episode = false;
    lure_batch_view_drop_terms(L, &k->batch, lua_upvalueindex(LURE_UP_BATCH));
}

static void remember_batch(lua_State *L, lure_collector *k)
{
    const lure_rollout *rows = &k->rollout;
    const size_t sides[2] = {rows->n_rows, rows->shape.n_choices};
    const lure_tensor legal = lure_tensor_view(rows->legal, LURE_I32, 2, sides);
    lure_error err;
    for (bool collected = false; lure_policy_remember(k->borrow_policy, rows->n_rows, rows->observations,
                                                      sides[1] ? &legal : NULL, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
}

void lure_collector_want_kl(lua_State *L, lure_collector *k)
{
    if (!k->wants_kl && k->has_collected && !k->borrow_sandbox->has_stepped)
        remember_batch(L, k);
    k->wants_kl = true;
}

/* run:collect { episodes = n } or { steps = n [, random = true or epsilon = x] } or { steps = 1, actions = a } -> batch, valid
   until the next collect   [-0, +1, e]
   An episode that is under way goes on; with episodes = n, n episodes end; with steps = n every copy does n. */
int lure__run_collect(lua_State *L)
{
    lure_collector *k = lua_touserdata(L, lua_upvalueindex(LURE_UP_COLLECTOR));
    lure_context outer = k->borrow_sandbox->context;
    size_t n = k->borrow_copies->n;
    target wanted = {0};
    lure_refuse_in_pass(L, "run:collect"); /* the batch's numbers are written over */
    read_target(L, k->borrow_policy, &wanted);
    if (wanted.is_given)
        lure__collect_read_given(L, k, lua_gettop(L));
    bool has_state = k->rollout.shape.has_starts;
    if (has_state && n > 1 && wanted.episodes)
        luaL_error(L,
                   "run:collect: a policy with a state and several copies collect { steps = n }: episodes of "
                   "unlike length are no steps side by side");
    if (k->is_collecting)
        give_up_last(L, k);
    lure_batch_view_check(L, &k->batch, lua_upvalueindex(LURE_UP_BATCH), k->progress >= 1.0);
    k->is_collecting = true;
    k->is_random = wanted.is_random;
    k->is_given = wanted.is_given;
    k->caller = outer;
    k->epsilon = wanted.epsilon;
    k->borrow_copies->progress = k->progress;
    if (has_state)
        memcpy(k->first_states, k->states[0],
               n * lure_policy_n_state(k->borrow_policy) * lure_dtype_size(k->seen.dtype));

    lure_tally t = {0};
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_COLLECT);
    k->rollout.n_rows = 0;
    lua_pushvalue(L, lua_upvalueindex(LURE_UP_COPIES));
    int at = lure_copies_enter(L, lua_gettop(L));
    if (wanted.episodes)
        collect_episodes(L, k, at, wanted.episodes, &t);
    else
        collect_steps(L, k, at, wanted.steps, &t);
    k->borrow_sandbox->context = outer;
    k->is_collecting = false;
    if (k->wants_kl && !k->has_collected)
        remember_batch(L, k);
    k->has_collected = true;

    lure_batch_view_point(&k->batch, &k->rollout, (n > 1 && wanted.steps) || has_state);
    lure_batch_view_point_copies(&k->batch, k->current, k->first_states);
    lure_batch_view_fill(L, &k->batch, lua_upvalueindex(LURE_UP_BATCH), &t);
    k->last_batch_return = k->batch.episodic_return;
    lure_work_turn(L, k->borrow_sandbox, LURE_WORK_SCRIPT);
    lua_pushvalue(L, lua_upvalueindex(LURE_UP_BATCH));
    return 1;
}
