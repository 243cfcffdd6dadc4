/* evaluation.c: see evaluation.h. A step of all copies that still have episodes to live is one forward pass; the loop keeps what
   the policy sees now and its states, no rows. It holds nothing that an error would lose. */
#include "run/evaluation.h"

#include "run/copies_inside.h"
#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

/* One block for the arrays, widest numbers first. */
static void take_space(lua_State *L, lure_evaluation *v)
{
    const lure_copies *c = v->borrow_copies;
    size_t n = c->n, n_choices = c->world.has_legal ? lure_space_n_choices(&c->world.actions->space) : 0;
    const struct {
        void *to; /* of a pointer */
        size_t count, size;
    } arrays[] = {{&v->action, c->world.n_columns, sizeof(double)},
                  {&v->quotas, n, sizeof(uint64_t)},
                  {&v->lanes, n, sizeof(size_t)},
                  {&v->current, n, v->row_bytes},
                  {&v->rows, n, v->row_bytes},
                  {&v->actions, n, c->world.n_columns * v->action_bytes},
                  {&v->states[0], n, v->state_bytes},
                  {&v->states[1], n, v->state_bytes},
                  {&v->states[2], n, v->state_bytes},
                  {&v->streams, n, sizeof(lure_rng)},
                  {&v->row_streams, n, sizeof(lure_rng)},
                  {&v->starts, n, sizeof(int32_t)},
                  {&v->row_starts, n, sizeof(int32_t)},
                  {&v->legal, n, n_choices * sizeof(int32_t)},
                  {&v->mask, n_choices, 1}};
    enum { N = sizeof arrays / sizeof *arrays };
    size_t sizes[N];
    bool fits = true;
    v->n_block = 8;
    for (size_t i = 0; i < N; i++) {
        fits &= !__builtin_mul_overflow(arrays[i].count, arrays[i].size, &sizes[i]);
        fits &= !__builtin_add_overflow(v->n_block, (sizes[i] + 7) / 8 * 8, &v->n_block);
    }
    v->block = fits ? lure_memory_take(&v->borrow_sandbox->pool.account, v->n_block) : NULL;
    if (!v->block)
        luaL_error(L, "no memory to evaluate in %I copies (limits.memory_mb)", (lua_Integer)n);
    char *next = v->block;
    for (size_t i = 0; i < N; i++) {
        memcpy(arrays[i].to, &next, sizeof next);
        next += (sizes[i] + 7) / 8 * 8;
    }
}

void lure_evaluation_free(lure_evaluation *v)
{
    if (!v->borrow_sandbox)
        return;
    lure_memory *account = &v->borrow_sandbox->pool.account;
    lure_seen_free(&v->seen);
    if (v->block)
        lure_memory_give(account, v->block, v->n_block);
    if (v->episodes)
        lure_memory_give(account, v->episodes, v->n_room * sizeof *v->episodes);
    *v = (lure_evaluation){0};
}

/* What an episode's named terms add up to; the copies call it at each step. */
static void add_terms(lua_State *L, void *data)
{
    lure_evaluation *v = data;
    int terms = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, terms); lua_pop(L, 1)) {
        const char *name = lua_tostring(L, -2);
        size_t i = 0;
        while (i < v->n_terms && strncmp(v->terms[i].name, name, sizeof v->terms[i].name - 1) != 0)
            i++;
        if (i == LURE_MOST_TERMS)
            luaL_error(L, "the reward has more than %d named terms", (int)LURE_MOST_TERMS);
        if (i == v->n_terms) {
            v->terms[v->n_terms++] = (lure_term){.mean = 0.0};
            memcpy(v->terms[i].name, name, strnlen(name, sizeof v->terms[i].name - 1));
        }
        v->terms[i].mean += lua_tonumber(L, -1);
    }
}

void lure_evaluation_push(lua_State *L, lure_evaluation *v, const lure_world_parts *parts,
                          lure_collector *collector, lure_policy *policy, size_t copies)
{
    lure_error err;
    const lure_copies *like = collector->borrow_copies;
    const lure_copies_options options = {
        .n = copies ? copies : LURE_EVALUATION_COPIES, .max_steps = like->max_steps, .repeat = like->repeat};
    lure_copies *c = lure_copies_push(L, parts, &options);
    bool is_real = lure_space_kind_of(&c->world.actions->space) == LURE_SPACE_BOX;
    c->world.environment_name = like->world.environment_name;
    c->world.reward_name = like->world.reward_name;
    c->world.schedule_name = like->world.schedule_name;
    c->terms = add_terms;
    c->terms_data = v;
    *v = (lure_evaluation){.borrow_sandbox = lure_sandbox_of(L),
                           .borrow_copies = c,
                           .borrow_collector = collector,
                           .borrow_policy = policy};
    if (lure_seen_init(&v->seen, &collector->seen.options, &c->world.observation->space, c->n, c->max_steps,
                       collector->seen.dtype, &v->borrow_sandbox->pool.account, &err) != LURE_OK)
        lure_raise(L, &err);
    size_t element = lure_dtype_size(v->seen.dtype);
    v->row_bytes = v->seen.n_inputs * element;
    v->action_bytes = is_real ? element : sizeof(int32_t);
    v->state_bytes = lure_policy_n_state(policy) * element;
    take_space(L, v);
}

/* ---- one step of all that step ---- */

static void look(lua_State *L, lure_evaluation *v, size_t i, bool first)
{
    lure_copies *c = v->borrow_copies;
    lure_error err;
    if (lure_seen_look(&v->seen, i, lure__copies_observation(c, i), first, c->copies[i].step,
                       v->current + i * v->row_bytes, &err) != LURE_OK) {
        lure__copies_turn(c, i);
        lure_raise(L, &err);
    }
}

static void begin_episodes(lua_State *L, lure_evaluation *v, int at, size_t m)
{
    for (size_t j = 0; j < m; j++) {
        size_t i = v->lanes[j];
        if (v->borrow_copies->copies[i].in_episode)
            continue;
        lure_copies_reset(L, v->borrow_copies, at, i, 0);
        v->starts[i] = 1;
        look(L, v, i, true);
    }
}

static void note_legal(lua_State *L, lure_evaluation *v, int at, size_t m)
{
    lure_copies *c = v->borrow_copies;
    size_t n = c->world.has_legal ? lure_space_n_choices(&c->world.actions->space) : 0;
    for (size_t j = 0; j < m && n > 0; j++) {
        lure_copies_legal(L, c, at, v->lanes[j], v->mask);
        for (size_t a = 0; a < n; a++)
            v->legal[j * n + a] = v->mask[a];
    }
}

/* The rows' actions, from what their copies see now. */
static void choose(lua_State *L, lure_evaluation *v, size_t m, bool deterministic)
{
    lure_copies *c = v->borrow_copies;
    size_t n_choices = c->world.has_legal ? lure_space_n_choices(&c->world.actions->space) : 0;
    for (size_t j = 0; j < m; j++) {
        size_t i = v->lanes[j];
        const lure_copy *copy = &c->copies[i];
        memcpy(v->rows + j * v->row_bytes, v->current + i * v->row_bytes, v->row_bytes);
        memcpy(v->states[1] + j * v->state_bytes, v->states[0] + i * v->state_bytes, v->state_bytes);
        v->row_starts[j] = v->starts[i];
        v->starts[i] = 0;
        lure_rng_seek(&v->streams[i], (uint32_t)copy->episode, (uint32_t)copy->step + 1);
        v->row_streams[j] = v->streams[i];
    }
    const size_t masked[2] = {m, n_choices};
    const lure_tensor mask = lure_tensor_view(v->legal, LURE_I32, 2, masked),
                      starts = lure_tensor_view(v->row_starts, LURE_I32, 1, &m);
    lure_policy_context context = {.mask = n_choices ? &mask : NULL, .has_streams = true};
    if (v->state_bytes) {
        context.starts = &starts;
        context.first_state = v->states[1];
        context.last_state = v->states[2];
    }
    lure_error err;
    if (lure_policy_act(v->borrow_policy, m, v->rows, &context, deterministic ? NULL : v->row_streams,
                        v->actions, NULL, NULL, &err) != LURE_OK) {
        lure__copies_refuse_row(L, c, v->lanes, m, &err);
    }
    for (size_t j = 0; j < m; j++)
        memcpy(v->states[0] + v->lanes[j] * v->state_bytes, v->states[2] + j * v->state_bytes,
               v->state_bytes);
}

/* The action of a row, as copies take it, into ->action. */
static void read_action(lure_evaluation *v, size_t row)
{
    const lure_world *w = &v->borrow_copies->world;
    bool is_real = lure_space_kind_of(&w->actions->space) == LURE_SPACE_BOX;
    const void *action = v->actions + row * w->n_columns * v->action_bytes;
    for (size_t p = 0; p < w->n_columns; p++)
        v->action[p] = !is_real                    ? ((const int32_t *)action)[p]
                       : v->seen.dtype == LURE_F64 ? ((const double *)action)[p]
                                                   : (double)((const float *)action)[p];
}

/* ---- watching the first episode ---- */

static void show(lua_State *L, lure_evaluation *v, int at, const lure_evaluate_options *o,
                 const lure_stepped *stepped)
{
    lure_copies *c = v->borrow_copies;
    if (!o->watch || c->copies[0].episode != 1)
        return;
    int top = lua_gettop(L);
    lure_evaluation_frame frame = {.observation = lure__copies_observation(c, 0),
                                   .space = &c->world.observation->space,
                                   .actions = &c->world.actions->space,
                                   .step = c->copies[0].step,
                                   .episode_return = c->copies[0].episode_return};
    lure_copies_push_render(L, c, at, 0);
    frame.drawing = lua_tostring(L, -1);
    if (stepped) {
        frame.action = v->action;
        frame.reward = stepped->reward;
        frame.terminated = stepped->terminated;
        frame.truncated = stepped->truncated;
    }
    o->watch(o->watch_data, &frame);
    lua_settop(L, top);
}

/* ---- all episodes ---- */

static size_t find_lanes(lure_evaluation *v)
{
    size_t m = 0;
    for (size_t i = 0; i < v->borrow_copies->n; i++)
        if (v->quotas[i] > 0)
            v->lanes[m++] = i;
    return m;
}

static void step(lua_State *L, lure_evaluation *v, int at, size_t m, const lure_evaluate_options *o)
{
    lure_copies *c = v->borrow_copies;
    begin_episodes(L, v, at, m);
    if (c->copies[0].step == 0 && v->lanes[0] == 0)
        show(L, v, at, o, NULL);
    note_legal(L, v, at, m);
    choose(L, v, m, o->deterministic);
    for (size_t j = 0; j < m; j++) {
        size_t i = v->lanes[j];
        lure_stepped stepped;
        read_action(v, j);
        lure_copies_step(L, c, at, i, v->action, &stepped);
        v->borrow_sandbox->heartbeat++;
        look(L, v, i, false);
        if (i == 0)
            show(L, v, at, o, &stepped);
        const lure_copy *copy = &c->copies[i];
        if (copy->in_episode)
            continue;
        v->episodes[(copy->episode - 1) * c->n + i] =
            (lure_episode){copy->episode_return, copy->step, stepped.terminated};
        v->quotas[i]--;
    }
}

/* The root of all streams of this evaluation. */
static uint64_t own_seed(const lure_evaluate_options *o)
{
    lure_rng rng;
    lure_rng_init(&rng, o->seed, LURE_PURPOSE_EVALUATION, (uint32_t)(o->number >> 32));
    lure_rng_seek(&rng, (uint32_t)o->number, 0);
    uint64_t high = lure_rng_word(&rng);
    return high << 32 | lure_rng_word(&rng);
}

static void prepare(lua_State *L, lure_evaluation *v, const lure_evaluate_options *o)
{
    lure_copies *c = v->borrow_copies;
    lure_memory *account = &v->borrow_sandbox->pool.account;
    uint64_t seed = own_seed(o);
    if (o->episodes > v->n_room) {
        size_t bytes;
        void *room = NULL;
        if (!__builtin_mul_overflow(o->episodes, sizeof *v->episodes, &bytes))
            room = lure_memory_grow(account, v->episodes, v->n_room * sizeof *v->episodes, bytes);
        if (!room)
            luaL_error(L, "no memory to keep the returns of %I episodes (limits.memory_mb)",
                       (lua_Integer)o->episodes);
        v->episodes = room;
        v->n_room = (size_t)o->episodes;
    }
    lure_copies_seed(c, seed);
    c->progress = 1.0;
    v->n_terms = 0;
    lure_seen_freeze(&v->seen, &v->borrow_collector->seen);
    memset(v->states[0], 0, c->n * v->state_bytes);
    for (size_t i = 0; i < c->n; i++) {
        lure_rng_init(&v->streams[i], seed, LURE_PURPOSE_POLICY, (uint32_t)i);
        v->quotas[i] = o->episodes / c->n + (i < o->episodes % c->n);
    }
}

static int compare_terms(const void *a, const void *b)
{
    return strcmp(((const lure_term *)a)->name, ((const lure_term *)b)->name);
}

static void sum_up(lure_evaluation *v, size_t n, lure_evaluated *out)
{
    *out = (lure_evaluated){.n = n, .episodes = v->episodes, .n_terms = v->n_terms, .terms = v->terms};
    double returns = 0.0, squares = 0.0;
    for (size_t e = 0; e < n; e++) {
        returns += v->episodes[e].episode_return;
        out->steps += v->episodes[e].length;
        out->n_terminated += v->episodes[e].terminated;
    }
    out->mean = returns / (double)n;
    out->mean_length = (double)out->steps / (double)n;
    for (size_t e = 0; e < n; e++) {
        double from_mean = v->episodes[e].episode_return - out->mean;
        squares += from_mean * from_mean;
    }
    out->deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    qsort(v->terms, v->n_terms, sizeof *v->terms, compare_terms);
    for (size_t i = 0; i < v->n_terms; i++)
        v->terms[i].mean /= (double)n;
}

void lure_evaluate(lua_State *L, lure_evaluation *v, int copies, const lure_evaluate_options *o,
                   lure_evaluated *out)
{
    lure_sandbox *sandbox = v->borrow_sandbox;
    lure_context context = sandbox->context;
    lure_rng random = sandbox->random; /* the algorithm's math.random goes on where it was */
    int top = lua_gettop(L);
    lua_pushvalue(L, copies);
    prepare(L, v, o);
    int at = lure_copies_enter(L, lua_gettop(L));
    for (size_t m; (m = find_lanes(v)) > 0;)
        step(L, v, at, m, o);
    sum_up(v, (size_t)o->episodes, out);
    lua_settop(L, top);
    sandbox->context = context;
    sandbox->random = random;
}
