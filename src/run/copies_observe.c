/* copies_observe.c: what a copy shows: its observation, read from s or from what observe(s) gives, its
   legal actions, its picture. See copies.h. */
#include "run/copies_inside.h"

#include "script/bind.h"
#include "script/call.h"
#include "script/space_value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int lure__copies_refuse(lua_State *L, lure_copies *c, int at, int part, const char *format, const char *got)
{
    char place[160];
    lure_context *context = &c->borrow_sandbox->context;
    context->role = part == PART_REWARD ? "reward" : part == PART_SCHEDULE ? "schedule" : "environment";
    context->name = part == PART_REWARD     ? c->world.reward_name
                    : part == PART_SCHEDULE ? c->world.schedule_name
                                            : c->world.environment_name;
    lua_rawgeti(L, at + AT_PARTS, part);
    lure_function_place(L, -1, place, sizeof place);
    lua_pushfstring(L, "%s: ", place);
    lua_pushfstring(L, format, got);
    lua_concat(L, 2);
    return lua_error(L);
}

int lure__copies_refuse_row(lua_State *L, lure_copies *c, const size_t *lanes, size_t m,
                            const lure_error *err)
{
    size_t row = 1; /* the text counts rows, from 1 */
    bool is_named = m == 1 || (sscanf(err->text, "row %zu of", &row) == 1 && row >= 1 && row <= m);
    lure__copies_turn(c, lanes[is_named ? row - 1 : 0]);
    if (!is_named)
        c->borrow_sandbox->context.copy = 0;
    return lure_raise(L, err);
}

/* ---- observations ---- */

static void refuse_number(lua_State *L, lure_copies *c, int at, size_t j, int index, int part)
{
    const lure_world *w = &c->world;
    const char *name = w->observation->space.parts[j].name;
    lua_pushfstring(L, "observation '%s' (number %d) is %s; expected a finite number", name ? name : "?",
                    (int)j + 1, lure_push_described(L, index));
    if (part == PART_RESET && lua_isnil(L, index) && !w->has_schedule && !w->has_forced_input)
        lua_pushfstring(L, "%s (no schedule is named, so the input of reset is empty)", lua_tostring(L, -1));
    lure__copies_refuse(L, c, at, part, "%s", lua_tostring(L, -1));
}

/* The value at the index as number j of the row. */
static inline void take_number(lua_State *L, lure_copies *c, int at, double *row, size_t j, int index,
                               int part)
{
    double x = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index)
               : lua_isboolean(L, index)         ? lua_toboolean(L, index)
                                                 : (double)NAN;
    if (!isfinite(x))
        refuse_number(L, c, at, j, index, part);
    row[j] = x;
    if (x < c->seen_low[j])
        c->seen_low[j] = x;
    if (x > c->seen_high[j])
        c->seen_high[j] = x;
}

static void refuse_long_list(lua_State *L, lure_copies *c, int at, const lure_field *field, size_t n,
                             int part)
{
    lua_pushfstring(L, "observation '%s' has %I numbers; 'observation' declares %I", field->name,
                    (lua_Integer)n, (lua_Integer)field->n_listed);
    lure__copies_refuse(L, c, at, part, "%s", lua_tostring(L, -1));
}

/* The fields of the table at stack index `from`. */
static void walk(lua_State *L, lure_copies *c, int at, double *row, int from, int part)
{
    int top = lua_gettop(L);
    for (size_t f = 0; f < c->world.observation->n_fields; f++) {
        const lure_field *field = &c->world.observation->fields[f];
        lua_pushvalue(L, from);
        for (size_t k = 0; k < field->n_keys; k++) {
            if (lua_istable(L, -1))
                lua_getfield(L, -1, field->keys[k]);
            else
                lua_pushnil(L);
            lua_replace(L, top + 1);
        }
        if (field->n_listed == 0)
            take_number(L, c, at, row, field->first, top + 1, part);
        else if (lua_istable(L, top + 1) && lua_rawlen(L, top + 1) > field->n_listed)
            refuse_long_list(L, c, at, field, lua_rawlen(L, top + 1), part);
        for (size_t j = 0; j < field->n_listed; j++) {
            if (lua_istable(L, top + 1))
                lua_geti(L, top + 1, (lua_Integer)j + 1);
            else
                lua_pushnil(L);
            take_number(L, c, at, row, field->first + j, top + 2, part);
            lua_settop(L, top + 1);
        }
        lua_settop(L, top);
    }
}

/* The same where each is a number under a name, which lies ready on the stack: to make a string of it each time costs twice
   what reading does, and so does taking one off the stack. */
static void take_fields(lua_State *L, lure_copies *c, int at, double *row, int from, int part)
{
    enum { FEW = 8 };
    for (size_t j = 0, n = 0; j < c->n_keys; j += n) {
        for (n = 0; n < FEW && j + n < c->n_keys; n++) {
            lua_pushvalue(L, at + AT_KEYS + (int)(j + n));
            lua_gettable(L, from);
            take_number(L, c, at, row, j + n, from + (int)n + 1, part);
        }
        if (n == FEW)
            lua_settop(L, from);
    }
}

/* What observe(s) gave, on top: a number, where it is the only one; a list; or a table by name. */
static void take_observed(lua_State *L, lure_copies *c, int at, double *row)
{
    size_t n = c->world.n_inputs;
    int result = lua_gettop(L);
    if (lua_type(L, result) == LUA_TNUMBER && n == 1) {
        take_number(L, c, at, row, 0, result, PART_OBSERVE);
        return;
    }
    if (!lua_istable(L, result))
        lure__copies_refuse(L, c, at, PART_OBSERVE, "observe returned %s; expected a list of numbers",
                            lure_push_described(L, result));
    size_t length = lua_rawlen(L, result);
    lua_pushnil(L);
    bool by_name = length == 0 && c->world.observation->n_fields > 0 && lua_next(L, result);
    lua_settop(L, result);
    if (by_name) {
        walk(L, c, at, row, result, PART_OBSERVE);
        return;
    }
    if (length != n) {
        lua_pushfstring(L, "observe returned %I numbers; 'observation' declares %I", (lua_Integer)length,
                        (lua_Integer)n);
        lure__copies_refuse(L, c, at, PART_OBSERVE, "%s", lua_tostring(L, -1));
    }
    for (size_t j = 0; j < n; j++) {
        lua_rawgeti(L, result, (lua_Integer)j + 1);
        take_number(L, c, at, row, j, result + 1, PART_OBSERVE);
        lua_settop(L, result);
    }
}

void lure__copies_read(lua_State *L, lure_copies *c, int at, size_t i)
{
    double *row = lure__copies_observation(c, i);
    int top = lua_gettop(L);
    if (c->world.has_observe) {
        lua_rawgeti(L, at + AT_PARTS, PART_OBSERVE);
        lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
        lua_call(L, 1, 1);
        take_observed(L, c, at, row);
    } else if (c->world.n_inputs) {
        int part = c->copies[i].step == 0 ? PART_RESET : PART_STEP;
        lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
        if (c->n_keys)
            take_fields(L, c, at, row, top + 1, part);
        else
            walk(L, c, at, row, top + 1, part);
    }
}

void lure_copies_observe(lua_State *L, lure_copies *c, int at, size_t i)
{
    int top = lua_gettop(L);
    lure__copies_turn(c, i);
    lure__copies_read(L, c, at, i);
    lua_settop(L, top);
}

void lure__copies_push_before(lua_State *L, lure_copies *c, int at, size_t i)
{
    const lure_space_box *observation = c->world.observation;
    const double *row = lure__copies_observation(c, i);
    int top = lua_gettop(L);
    lua_rawgeti(L, at + AT_PARTS, PART_BEFORE);
    for (size_t j = 0; j < c->world.n_inputs && observation->n_fields == 0; j++) {
        lua_pushnumber(L, row[j]);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    for (size_t f = 0; f < observation->n_fields; f++) {
        const lure_field *field = &observation->fields[f];
        lua_pushvalue(L, top + 1);
        for (size_t k = 0; k < field->n_keys - (field->n_listed == 0); k++) {
            luaL_getsubtable(L, -1, field->keys[k]);
            lua_replace(L, top + 2);
        }
        if (field->n_listed == 0) {
            lua_pushnumber(L, row[field->first]);
            lua_setfield(L, top + 2, field->keys[field->n_keys - 1]);
        }
        for (size_t j = 0; j < field->n_listed; j++) {
            lua_pushnumber(L, row[field->first + j]);
            lua_rawseti(L, top + 2, (lua_Integer)j + 1);
        }
        lua_settop(L, top + 1);
    }
}

/* ---- legal actions ---- */

void lure_copies_legal(lua_State *L, lure_copies *c, int at, size_t i, unsigned char *mask)
{
    if (!c->world.has_legal) {
        memset(mask, 1, lure_space_n_choices(&c->world.actions->space));
        return;
    }
    lure__copies_turn(c, i);
    int top = lua_gettop(L);
    lua_rawgeti(L, at + AT_PARTS, PART_ACTIONS);
    lua_rawgeti(L, at + AT_PARTS, PART_LEGAL);
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
    lua_call(L, 1, 1);
    if (!lure_read_legal(L, top + 1, top + 2, mask))
        lure__copies_refuse(L, c, at, PART_LEGAL, "%s", lua_tostring(L, -1));
    lua_settop(L, top);
}

/* ---- the picture ---- */

void lure_copies_push_render(lua_State *L, lure_copies *c, int at, size_t i)
{
    lure__copies_turn(c, i);
    if (lua_rawgeti(L, at + AT_PARTS, PART_RENDER) == LUA_TNIL)
        return;
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
        lure__copies_refuse(L, c, at, PART_RENDER, "render returned %s; expected a string",
                            lure_push_described(L, -1));
}
