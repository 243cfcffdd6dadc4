/* check_algorithm.c: is a script an algorithm? It conducts a few updates in a small world of the checker's own, twice,
   with one of three policies: one trained bias, as the lesson has, networks for actions and a value, or a network of action
   values. An algorithm may be written for any, so it has to get through with one of them. */
#include "base/clock.h"
#include "check/check_script.h"
#include "run/bind_world.h"
#include "run/conductor.h"
#include "run/experiment.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 4, MOST_PARAMETERS = 128 };

/* A corridor: 1 at its right end, a little off for every step. */
static const char small_world[] =
    "local world = { actions = { 'left', 'right' }, observation = { 'place' }, max_steps = 8 }\n"
    "function world.reset(s) s.place = 0 end\n"
    "function world.step(s, action)\n"
    "  s.place = s.place + (action == 'right' and 1 or -1)\n"
    "  return math.abs(s.place) >= 3\n"
    "end\n"
    "function world.reward(s) return (s.place >= 3 and 1 or 0) - 0.1 end\n"
    "return world\n";

typedef enum { LESSON, NETWORKS, ACTION_VALUES, N_KINDS } policy_kind;

typedef struct session {
    lure_examiner *x;
    lure_sandbox *sandbox; /* null: closed */
    policy_kind kind;
    lure_copies *borrow_copies;
    lure_collector collector;
    lure_conductor conductor;
    lure_evaluation evaluation;
    lure_policy *borrow_policy;
    const lure_optimizer *borrow_optimizer;
    lure_metrics *metrics;
    char place[256];
    double parameters[MOST_PARAMETERS]; /* at the end */
    size_t n_parameters;
    double seconds; /* that it took */
    double logged;  /* the sum of the last row */
} session;

static int give_rate(lua_State *L)
{
    lua_pushnumber(L, 0.1);
    return 1;
}

static lure_policy *push_policy(lua_State *L, const session *s)
{
    static const double weight = 0.5, bias = 0.0;
    const lure_layer_options lesson = {.first = {LURE_GIVEN(&weight, 1), LURE_GIVEN(&bias, 1)},
                                       .train = {false, true}};
    const lure_layer_options network[] = {
        {.n_units = 4, .train = {true, true}}, {.kind = LURE_LAYER_TANH}, {.train = {true, true}}};
    static const lure_head heads[N_KINDS] = {LURE_HEAD_BERNOULLI, LURE_HEAD_CATEGORICAL,
                                             LURE_HEAD_ACTION_VALUES};
    const bool is_network = s->kind != LESSON;
    const lure_layer_options value = {.train = {true, true}};
    const lure_policy_options options = {.layers = is_network ? network : &lesson,
                                         .n_layers = is_network ? 3 : 1,
                                         .value = &value,
                                         .n_value = s->kind == NETWORKS ? 1 : 0,
                                         .head = heads[s->kind],
                                         .n_inputs = s->borrow_copies->world.n_inputs,
                                         .n_actions = 2,
                                         .dtype = is_network ? LURE_F32 : LURE_F64};
    lure_rng init;
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    return lure_push_policy(L, &options, &init);
}

/* Leaves function, run, policy, optimizer, rate and calls the function with the rest. */
static int conduct(lua_State *L)
{
    session *s = lua_touserdata(L, 1);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    lure_world_parts parts = {0};
    luaL_checkstack(L, 60, NULL);
    if (luaL_loadbufferx(L, small_world, sizeof small_world - 1, "=(small world)", "t") != LUA_OK)
        return lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
    parts.environment = lua_gettop(L);
    lua_getfield(L, parts.environment, "reward");
    parts.reward = lua_gettop(L);
    const lure_copies_options one = {.n = 1};
    const lure_seen_options seen = lure_seen_defaults();
    s->borrow_copies = lure_copies_push(L, &parts, &one);
    int copies = lua_gettop(L);
    lure_collector_open(L, &s->collector, s->borrow_copies, &seen, s->kind == LESSON ? LURE_F64 : LURE_F32);

    lure_examiner_push_function(L, s->x);
    int algorithm = lua_gettop(L);
    lure_function_place(L, algorithm, s->place, sizeof s->place);
    s->borrow_policy = push_policy(L, s);
    int policy = lua_gettop(L);
    const lure_optimizer_options plain = lure_optimizer_defaults(LURE_SGD);
    s->borrow_optimizer = lure_push_optimizer(L, &plain, s->borrow_policy);
    lure_collector_push(L, &s->collector, copies, s->borrow_policy, 1);
    s->conductor = (lure_conductor){.borrow_sandbox = sandbox,
                                    .borrow_collector = &s->collector,
                                    .borrow_policy = s->borrow_policy,
                                    .borrow_metrics = s->metrics,
                                    .updates = UPDATES,
                                    .log_every = 1};
    lure_conductor_push(L, &s->conductor, 1);
    lure_evaluation_push(L, &s->evaluation, &parts, &s->collector, s->borrow_policy, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &s->evaluation);
    s->conductor.borrow_evaluation = &s->evaluation;
    lure_world_push_run_fork(L, &parts, copies, 1, false);
    lua_setfield(L, -2, "fork");
    sandbox->context = (lure_context){.role = "algorithm", .name = s->x->name};

    lua_pushvalue(L, algorithm);
    lua_pushvalue(L, -2); /* run */
    lua_pushvalue(L, policy);
    lua_pushvalue(L, policy + 1);
    lua_pushcfunction(L, give_rate);
    double began = lure_clock_seconds();
    lua_call(L, 4, 0);
    s->seconds = lure_clock_seconds() - began;

    size_t n = lure_policy_n_parameters(s->borrow_policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(s->borrow_policy),
                                         lure_policy_dtype(s->borrow_policy), 1, &n);
    s->n_parameters = n < MOST_PARAMETERS ? n : MOST_PARAMETERS;
    for (size_t i = 0; i < s->n_parameters; i++)
        s->parameters[i] = lure_tensor_get(&block, i);
    for (size_t i = LURE_HOST_COLUMNS; i < s->conductor.n_columns; i++)
        s->logged += isnan(s->conductor.row[i]) ? 0.0 : s->conductor.row[i];
    return 0;
}

/* What can be said when it returned without an error. */
static void look_back(lure_examiner *x, const session *s)
{
    const lure_conductor *c = &s->conductor;
    if (!c->finished)
        lure_examiner_find(
            x,
            "%s: returned in update %d of %d; expected a loop to the end: for p in run:updates() do "
            "... end",
            s->place, (int)c->update, UPDATES);
    else if (s->collector.total_steps == 0)
        lure_examiner_note(x, "%s: it never called run:collect, so nothing was lived through", s->place);
    else if (lure_optimizer_steps(s->borrow_optimizer) == 0)
        lure_examiner_note(x, "%s: it never called optimizer:step, so nothing was learned", s->place);
    else if (c->n_columns == 0)
        lure_examiner_note(x, "%s: it never called run:log, so metrics.csv will be empty", s->place);
}

/* To be closed, also after an error. */
static lure_status conduct_once(lure_examiner *x, policy_kind kind, session *s, lure_error *err)
{
    *s = (session){.x = x, .kind = kind};
    s->sandbox = lure_examiner_sandbox(x);
    if (!s->sandbox)
        return lure_fail(err, LURE_ERROR_MEMORY, "no sandbox");
    lure_status status = lure_metrics_open(NULL, &s->metrics, err);
    if (status == LURE_OK)
        status = lure_call_c(s->sandbox->L, conduct, s, err);
    if (status == LURE_OK && !x->failed)
        look_back(x, s);
    return status;
}

static void close_session(session *s)
{
    if (!s->sandbox)
        return;
    (void)lure_metrics_close(s->metrics, NULL);
    lure_evaluation_free(&s->evaluation);
    lure_collector_free(&s->collector);
    lure_sandbox_destroy(s->sandbox);
    s->sandbox = NULL;
}

static void compare(lure_examiner *x, const session *a, const session *b)
{
    size_t i = 0;
    while (i < a->n_parameters && memcmp(&a->parameters[i], &b->parameters[i], sizeof(double)) == 0)
        i++;
    if (i < a->n_parameters)
        lure_examiner_find(
            x,
            "%s: after %d updates a parameter was %.17g, then %.17g in a fresh state; expected the "
            "same from the same seed",
            a->place, UPDATES, a->parameters[i], b->parameters[i]);
    else if (memcmp(&a->logged, &b->logged, sizeof a->logged) != 0)
        lure_examiner_find(
            x,
            "%s: it logged other values in a fresh state than before; expected the same from the "
            "same seed",
            a->place);
}

/* True: nothing else is wanted. */
static bool account_for(lure_examiner *x, const session *s)
{
    char number[LURE_NUMBER_SIZE];
    snprintf(x->account_place, sizeof x->account_place, "%s", s->place);
    for (size_t i = 0; i < s->n_parameters; i++) {
        lure_number_format(s->parameters[i], number);
        lure_examiner_account(x, number, "parameter %zu after %d updates", i + 1, UPDATES);
    }
    lure_number_format(s->logged, number);
    lure_examiner_account(x, number, "the sum of what it logged");
    lure_examiner_measure(x, "update_seconds", s->seconds / UPDATES);
    return x->is_account;
}

void lure_examine_algorithm(lure_examiner *x)
{
    session *runs = calloc(2, sizeof *runs); /* both stay open, so that no address is the same in both */
    lure_error err, other;
    if (!runs) {
        lure_examiner_find(x, "no memory to check %s", x->path);
        return;
    }
    policy_kind kind = LESSON;
    lure_status status = conduct_once(x, kind, &runs[0], &err);
    uint64_t furthest = runs[0].collector.total_steps;
    while (status != LURE_OK && status != LURE_ERROR_TIME && kind + 1 < N_KINDS) {
        kind++;
        close_session(&runs[0]);
        status = conduct_once(x, kind, &runs[0], &other);
        if (status != LURE_OK &&
            runs[0].collector.total_steps > furthest) { /* what it is not written for ends it early */
            furthest = runs[0].collector.total_steps;
            err = other;
        }
    }
    if (status != LURE_OK)
        lure_examiner_find(x, "%s", err.text);
    else if (account_for(x, &runs[0]))
        ;
    else if (conduct_once(x, kind, &runs[1], &other) != LURE_OK)
        lure_examiner_find(x, "%s, in a fresh state; the first time it went well", other.text);
    else
        compare(x, &runs[0], &runs[1]);
    close_session(&runs[0]);
    close_session(&runs[1]);
    free(runs);
}
