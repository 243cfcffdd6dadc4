/* conductor_log.c: run:log, the rows of metrics.csv. The first row decides the columns: the host's, then by name what the algorithm
   logs and the named terms of the reward, then the evaluation's. Where there are evaluations a row is written when its update
   has ended, so that it can have the numbers of the policy that the update made. See conductor.h. */
#include "run/conductor.h"

#include "script/bind.h"
#include "script/call.h"
#include "script/profile.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const host_columns[LURE_HOST_COLUMNS] = {"update", "episode", "step", "learning_rate"};
static const char *const evaluation_columns[LURE_EVALUATION_COLUMNS] = {"eval_return", "eval_length"};
static const char prefix[] = "reward_"; /* of the column of a term */

static size_t n_evaluation_columns(const lure_conductor *c)
{
    return c->goal.options.every ? LURE_EVALUATION_COLUMNS : 0;
}

/* ---- columns ---- */

enum { MOST_NAME = 128 }; /* bytes */

/* Which of the names to show: `track`, or where it is "" or not among them episodic_return, or the first. */
static size_t tracked_column(const char *const *names, size_t n, const char *track)
{
    const char *wanted = track && *track ? track : "episodic_return";
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], wanted) == 0)
            return i;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void refuse_taken(lua_State *L, const lure_conductor *c, const char *name)
{
    bool is_taken = false;
    for (size_t i = 0; i < LURE_HOST_COLUMNS; i++)
        is_taken |= strcmp(name, host_columns[i]) == 0;
    for (size_t i = 0; i < n_evaluation_columns(c); i++)
        is_taken |= strcmp(name, evaluation_columns[i]) == 0;
    if (is_taken)
        luaL_error(L, "run:log: '%s' is logged by the host already", name);
}

/* The string on top becomes a column, unless there is one of its name. [-1, +0, e] */
static void add_column(lua_State *L, lure_conductor *c, size_t *n)
{
    const char *name = lua_tostring(L, -1);
    bool is_there = false;
    for (size_t i = LURE_HOST_COLUMNS; i < *n; i++)
        is_there |= strcmp(c->columns[i], name) == 0;
    if (is_there) {
        lua_pop(L, 1);
        return;
    }
    if (*n == LURE_MOST_COLUMNS - LURE_EVALUATION_COLUMNS)
        luaL_error(L, "run:log: more than %d values",
                   (int)(LURE_MOST_COLUMNS - LURE_HOST_COLUMNS - LURE_EVALUATION_COLUMNS));
    c->columns[(*n)++] = name;
    lua_rawseti(L, lua_upvalueindex(LURE_UP_NAMES), (lua_Integer)*n);
}

/* The means of the reward's named terms in the last collect. False: it has none, and nothing was pushed. */
static bool push_terms(lua_State *L, const lure_conductor *c)
{
    if (!c->borrow_collector->batch.shows_terms || !lua_istable(L, lua_upvalueindex(LURE_UP_LAST_BATCH)))
        return false;
    lua_pushliteral(L, "reward_terms");
    lua_rawget(L, lua_upvalueindex(LURE_UP_LAST_BATCH));
    if (lua_istable(L, -1))
        return true;
    lua_pop(L, 1); /* the algorithm put something else there */
    return false;
}

/* A column's name stands in tables and on terminals. */
static void check_text(lua_State *L, int index, const char *what)
{
    size_t n;
    const char *name = lua_tolstring(L, index, &n);
    bool is_plain = n > 0 && n <= MOST_NAME;
    for (size_t i = 0; is_plain && i < n; i++)
        is_plain = (unsigned char)name[i] >= ' ' && name[i] != 0x7f;
    if (!is_plain)
        luaL_error(L, "%s of %I bytes, '%s'; expected 1 to %d bytes without control characters", what,
                   (lua_Integer)n, name, (int)MOST_NAME);
}

static void check_name(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "run:log: a value without a name; write run:log { name = number }");
}

static void open_columns(lua_State *L, lure_conductor *c)
{
    size_t n = LURE_HOST_COLUMNS;
    memcpy(c->columns, host_columns, sizeof host_columns);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        check_name(L, -2);
        check_text(L, -2, "run:log: a name");
        refuse_taken(L, c, lua_tostring(L, -2));
        lua_pushvalue(L, -2);
        add_column(L, c, &n);
    }
    if (push_terms(L, c)) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING)
                continue;
            check_text(L, -2, "the reward's terms: a name");
            lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -2));
            add_column(L, c, &n);
        }
        lua_pop(L, 1);
    }
    qsort(c->columns + LURE_HOST_COLUMNS, n - LURE_HOST_COLUMNS, sizeof *c->columns, compare_names);
    for (size_t i = 0; i < n_evaluation_columns(c); i++)
        c->columns[n++] = evaluation_columns[i];
    if (lure_metrics_columns(c->borrow_metrics, c->columns, n, &c->store_error) != LURE_OK)
        lure_raise(L, &c->store_error);
    c->n_columns = n;
    c->tracked = tracked_column(c->columns + LURE_HOST_COLUMNS, n - LURE_HOST_COLUMNS, c->track);
}

/* The index of the column; n_columns: there is none. */
static size_t find_column(const lure_conductor *c, const char *name)
{
    size_t n = c->n_columns - n_evaluation_columns(c), i = LURE_HOST_COLUMNS;
    while (i < n && c->columns[i] != name) /* short strings are one object each */
        i++;
    if (i < n)
        return i;
    for (i = LURE_HOST_COLUMNS; i < n && strcmp(c->columns[i], name) != 0;)
        i++;
    return i < n ? i : c->n_columns;
}

/* ---- a row ---- */

/* The terms that the algorithm did not log itself. One that came after the first row has no column. */
static void take_terms(lua_State *L, lure_conductor *c)
{
    if (!push_terms(L, c))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        char name[64];
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER)
            continue;
        const char *term = lua_tostring(L, -2);
        int length = snprintf(name, sizeof name, "%s%s", prefix, term);
        const char *whole = name;
        if (length >= (int)sizeof name)
            whole = lua_pushfstring(L, "%s%s", prefix, term);
        size_t i = find_column(c, whole);
        if (whole != name)
            lua_pop(L, 1);
        if (i == c->n_columns)
            snprintf(c->late_term, sizeof c->late_term, "%s", term);
        else if (isnan(c->row[i]))
            c->row[i] = lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
}

static void take_logged(lua_State *L, lure_conductor *c)
{
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        check_name(L, -2);
        const char *name = lua_tostring(L, -2);
        size_t i = find_column(c, name);
        if (i == c->n_columns && c->has_new_reward && strncmp(name, prefix, strlen(prefix)) == 0)
            continue;
        if (i == c->n_columns) {
            refuse_taken(L, c, name);
            luaL_error(
                L,
                "run:log: '%s' was not in the first row; log the same names each time (nil leaves one out)",
                name);
        }
        int is_number;
        c->row[i] = lua_tonumberx(L, -1, &is_number);
        if (!is_number)
            luaL_error(L, "run:log: '%s' is %s; expected a number", name, lure_type_name(L, -1));
        if (isinf(c->row[i]))
            luaL_error(L, "run:log: '%s' is %s; expected a finite number, or nan for an empty cell", name,
                       c->row[i] > 0 ? "inf" : "-inf");
    }
}

/* Every column empty but the host's. */
static void begin_row(lure_conductor *c)
{
    for (size_t i = LURE_HOST_COLUMNS; i < c->n_columns; i++)
        c->row[i] = NAN;
    c->row[0] = (double)c->update;
    c->row[1] = (double)c->borrow_collector->total_episodes;
    c->row[2] = (double)c->borrow_collector->total_steps;
    c->row[3] = c->borrow_sandbox->last_rate;
}

static void write_row(lua_State *L, lure_conductor *c)
{
    c->is_held = false;
    if (lure_metrics_row(c->borrow_metrics, c->row, &c->store_error) != LURE_OK)
        lure_raise(L, &c->store_error);
}

int lure__conductor_log(lua_State *L) /* [-0, +0, e] run:log { name = number, ... } */
{
    lure_conductor *c = lua_touserdata(L, lua_upvalueindex(LURE_UP_CONDUCTOR));
    bool is_evaluated = lure_goal_evaluates(&c->goal, c->update, c->updates);
    if (c->log_every > 1 && c->update % c->log_every != 0 && c->update != c->updates && !is_evaluated)
        return 0;
    lure_work before = lure_work_turn(L, c->borrow_sandbox, LURE_WORK_LOG);
    if (!lua_istable(L, 2))
        return luaL_error(L, "run:log: expected { name = number, ... }, got %s (is it called with ':'?)",
                          lure_type_name(L, 2));
    if (!c->n_columns)
        open_columns(L, c);
    if (c->is_held) /* a second row in one update */
        write_row(L, c);
    begin_row(c);
    take_logged(L, c);
    take_terms(L, c);
    if (c->goal.options.every)
        c->is_held = true;
    else
        write_row(L, c);
    lure_work_turn(L, c->borrow_sandbox, before);
    return 0;
}

lure_status lure_conductor_write_held(lure_conductor *c, lure_error *err)
{
    if (!c->is_held)
        return LURE_OK;
    c->is_held = false;
    return lure_metrics_row(c->borrow_metrics, c->row, err);
}

void lure__conductor_close_row(lua_State *L, lure_conductor *c, bool evaluated)
{
    if (evaluated && !c->is_held && c->n_columns) { /* the algorithm logged nothing in this update */
        begin_row(c);
        c->is_held = true;
    }
    if (!c->is_held)
        return;
    if (evaluated) {
        c->row[c->n_columns - 2] = c->goal.eval_return;
        c->row[c->n_columns - 1] = c->goal.eval_length;
    }
    write_row(L, c);
}
