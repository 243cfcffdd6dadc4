/* batch_view.c: see batch_view.h. */
#include "run/batch_view.h"

#include "script/bind.h"
#include "script/options.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum {
    CHECKED_WHOLE = 16, /* batches: who overwrites a field mostly does so from the first update on */
    CHECKED_EVERY = 16,
    N_FIELDS = LURE_BATCH_VIEWS + 4
};

enum {
    OBSERVATIONS,
    ACTIONS,
    REWARDS,
    ENDS,
    NEXT_OBSERVATIONS,
    LAST_OBSERVATIONS, /* from here on they are no rows or not always there */
    LEGAL,
    NEXT_LEGAL,
    STARTS,
    FIRST_STATES,
    LOG_PROB
};

static const char *const fields[N_FIELDS] = {"observations", "actions",           "rewards",
                                             "ends",         "next_observations", "last_observations",
                                             "legal",        "next_legal",        "starts",
                                             "first_states", "log_prob",          "steps",
                                             "episodes",     "episodic_return",   "episodic_length"};

/* The index of what the caller keeps `n` slots behind the table; those of upvalues count downwards. */
static int slot(int table, int n)
{
    return table < LUA_REGISTRYINDEX ? table - n : table + n;
}

static int sums_of(int table)
{
    return slot(table, 1);
}

static void push_views(lua_State *L, lure_batch_view *batch, const lure_rollout_shape *shape, int table)
{
    const struct {
        lure_dtype dtype;
        bool is_there;
        size_t width; /* of a row; 0: a number */
    } views[LURE_BATCH_VIEWS] = {
        [OBSERVATIONS] = {shape->dtype, true, shape->n_inputs},
        [ACTIONS] = {shape->is_real ? shape->dtype : LURE_I32, true, shape->n_columns},
        [REWARDS] = {shape->dtype, true, 0},
        [ENDS] = {LURE_I32, true, 0},
        [NEXT_OBSERVATIONS] = {shape->dtype, true, shape->n_inputs},
        [LAST_OBSERVATIONS] = {shape->dtype, true, shape->n_inputs},
        [LEGAL] = {LURE_I32, shape->n_choices > 0, shape->n_choices},
        [NEXT_LEGAL] = {LURE_I32, shape->n_choices > 0, shape->n_choices},
        [STARTS] = {LURE_I32, shape->has_starts, 0},
        [FIRST_STATES] = {shape->dtype, batch->n_state > 0, batch->n_state},
        [LOG_PROB] = {shape->dtype, shape->has_log_prob, 0},
    };
    for (size_t i = 0; i < LURE_BATCH_VIEWS; i++) {
        if (!views[i].is_there) {
            batch->views[i] = NULL;
            lua_pushboolean(L, 0); /* so that an algorithm may ask */
            lua_pushvalue(L, -1);
            lua_setfield(L, table, fields[i]);
            continue;
        }
        bool is_number =
            i == REWARDS || i == ENDS || i == STARTS || i == LOG_PROB || (i == ACTIONS && !batch->has_parts);
        const size_t sides[2] = {0, views[i].width};
        lure_tensor empty = lure_tensor_view(NULL, views[i].dtype, is_number ? 1 : 2, sides);
        batch->views[i] = lure_push_tensor_view(L, &empty, table);
        if (i == ACTIONS && !shape->is_real)
            lure_mark_indices(L, -1); /* scripts count them from 1 */
        lua_pushvalue(L, -1);
        lua_setfield(L, table, fields[i]);
    }
}

void lure_batch_view_push(lua_State *L, lure_batch_view *batch, const lure_rollout_shape *shape,
                          size_t n_copies, size_t n_state, bool has_parts)
{
    *batch = (lure_batch_view){.n_copies = n_copies,
                               .n_state = n_state,
                               .has_parts = has_parts,
                               .episodic_return = NAN,
                               .episodic_length = NAN};
    luaL_checkstack(L, LURE_BATCH_SLOTS + 8, NULL);
    lua_createtable(L, 0, N_FIELDS + 1);
    int table = lua_gettop(L);
    lua_pushinteger(L, 0);
    lua_setfield(L, table, "steps");
    lua_pushinteger(L, 0);
    lua_setfield(L, table, "episodes");
    lua_pushnumber(L, NAN);
    lua_setfield(L, table, "episodic_return");
    lua_pushnumber(L, NAN);
    lua_setfield(L, table, "episodic_length");
    lua_newtable(L);
    lua_setfield(L, table, "reward_terms");
    lure_make_strict(L, "the batch");
    lua_newtable(L);
    push_views(L, batch, shape, table);
}

/* ---- is it as it was? ---- */

static void check_field(lua_State *L, const lure_batch_view *batch, int table, int i)
{
    const double numbers[] = {batch->steps, batch->episodes, batch->episodic_return, batch->episodic_length};
    bool same;
    lua_pushstring(L, fields[i]);
    lua_rawget(L, table);
    if (i < LURE_BATCH_VIEWS) {
        same = lua_rawequal(L, -1, slot(table, 2 + i));
    } else {
        double known = numbers[i - LURE_BATCH_VIEWS], x = lua_tonumber(L, -1);
        same = lua_type(L, -1) == LUA_TNUMBER && (x == known || (isnan(x) && isnan(known)));
    }
    if (!same)
        luaL_error(
            L,
            "the batch's '%s' was overwritten; the table is the same in every update, so keep what you "
            "compute in a local: local %s = ...",
            fields[i], fields[i]);
    lua_pop(L, 1);
}

void lure_batch_view_check(lua_State *L, lure_batch_view *batch, int table, bool is_last)
{
    if (batch->n_filled <= CHECKED_WHOLE || is_last) {
        for (int i = 0; i < N_FIELDS; i++)
            check_field(L, batch, table, i);
    } else if (batch->n_filled % CHECKED_EVERY == 0) {
        check_field(L, batch, table, (int)(batch->n_filled / CHECKED_EVERY % N_FIELDS));
    }
}

/* (row, ...) as (step, copy, ...), or back. */
static void reshape(lure_tensor *view, size_t n_copies, bool is_stepped)
{
    size_t shape[LURE_MAX_DIMS] = {0, n_copies};
    int from = is_stepped ? 1 : 2, to = is_stepped ? 2 : 1, n_rest = view->n_dims - from;
    for (int i = 0; i < n_rest; i++)
        shape[to + i] = view->shape[from + i];
    *view = lure_tensor_view(NULL, view->dtype, to + n_rest, shape);
}

void lure_batch_view_point(lure_batch_view *batch, const lure_rollout *rollout, bool is_stepped)
{
    if (batch->pointed == rollout->draws && batch->n_pointed == rollout->n_rows &&
        batch->is_stepped == is_stepped)
        return; /* most batches of the lesson */
    batch->pointed = rollout->draws;
    batch->n_pointed = rollout->n_rows;
    void *const data[LURE_BATCH_VIEWS] = {[OBSERVATIONS] = rollout->observations,
                                          [ACTIONS] = rollout->actions,
                                          [REWARDS] = rollout->rewards,
                                          [ENDS] = rollout->ends,
                                          [NEXT_OBSERVATIONS] = rollout->next_observations,
                                          [LEGAL] = rollout->legal,
                                          [NEXT_LEGAL] = rollout->next_legal,
                                          [STARTS] = rollout->starts,
                                          [LOG_PROB] = rollout->log_prob};
    static const int rows[] = {OBSERVATIONS, ACTIONS,    REWARDS, ENDS,    NEXT_OBSERVATIONS,
                               LEGAL,        NEXT_LEGAL, STARTS,  LOG_PROB};
    size_t n = is_stepped ? rollout->n_rows / batch->n_copies : rollout->n_rows;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lure_tensor *view = batch->views[rows[i]];
        if (!view)
            continue;
        if (batch->is_stepped != is_stepped)
            reshape(view, batch->n_copies, is_stepped);
        view->data = data[rows[i]];
        view->shape[0] = n;
    }
    batch->is_stepped = is_stepped;
}

void lure_batch_view_point_copies(lure_batch_view *batch, void *last_observations, void *first_states)
{
    batch->views[LAST_OBSERVATIONS]->data = last_observations;
    batch->views[LAST_OBSERVATIONS]->shape[0] = batch->n_copies;
    if (batch->views[FIRST_STATES]) {
        batch->views[FIRST_STATES]->data = first_states;
        batch->views[FIRST_STATES]->shape[0] = batch->n_copies;
    }
}

/* ---- the reward's named terms ---- */

void lure_batch_view_add_terms(lua_State *L, lure_batch_view *batch, int table)
{
    int terms = lua_gettop(L), sums = sums_of(table);
    batch->has_sums = true;
    for (lua_pushnil(L); lua_next(L, terms); lua_pop(L, 1)) {
        double x = lua_tonumber(L, -1);
        lua_pushvalue(L, -2);
        lua_rawget(L, sums);
        double sum = lua_tonumber(L, -1);
        lua_pop(L, 1);
        lua_pushvalue(L, -2);
        lua_pushnumber(L, sum + x);
        lua_rawset(L, sums);
    }
}

void lure_batch_view_drop_terms(lua_State *L, lure_batch_view *batch, int table)
{
    int sums = sums_of(table);
    if (!batch->has_sums)
        return;
    batch->has_sums = false;
    for (lua_pushnil(L); lua_next(L, sums);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, sums);
    }
}

/* The means go into a table of their own, which the algorithm may keep; the sums begin again. */
static void set_terms(lua_State *L, int table, const lure_tally *t)
{
    int sums = sums_of(table);
    lua_pushliteral(L, "reward_terms");
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, sums);) {
        double sum = lua_tonumber(L, -1);
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnumber(L, sum / (double)t->steps);
        lua_rawset(L, -4);
        lua_pushvalue(L, -1);
        lua_pushnumber(L, 0.0);
        lua_rawset(L, sums);
    }
    lua_rawset(L, table);
}

/* ---- filling ---- */

/* Written only when it changes: of the lesson's batches most are alike, and a write costs as much as a step. */
static void set_field(lua_State *L, double *known, int table, const char *key, double value, bool is_count)
{
    if (memcmp(known, &value, sizeof value) == 0)
        return;
    *known = value;
    if (is_count)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, value);
    lua_setfield(L, table, key);
}

void lure_batch_view_fill(lua_State *L, lure_batch_view *batch, int table, const lure_tally *t)
{
    double n = (double)t->episodes;
    set_field(L, &batch->steps, table, "steps", (double)t->steps, true);
    set_field(L, &batch->episodes, table, "episodes", n, true);
    set_field(L, &batch->episodic_return, table, "episodic_return", t->episodes ? t->returns / n : NAN,
              false);
    set_field(L, &batch->episodic_length, table, "episodic_length", t->episodes ? t->lengths / n : NAN,
              false);
    batch->n_filled++;
    if (batch->has_sums) {
        batch->has_sums = false;
        batch->shows_terms = true;
        set_terms(L, table, t);
    } else if (batch->shows_terms) { /* those of an earlier batch */
        batch->shows_terms = false;
        lua_pushliteral(L, "reward_terms");
        lua_newtable(L);
        lua_rawset(L, table);
    }
}
