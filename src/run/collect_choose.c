/* collect_choose.c: what run:collect does where it is not the policy that chooses: even draws, actions that the script gives;
   and which are legal, before a step and after it. See collect.h. */
#include "run/collect.h"

#include "base/text.h"
#include "run/copies_inside.h"
#include "script/bind.h"
#include "script/space_value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* From the number a part into the row. */
static void write_action(lure_collector *k, size_t row, const double *from)
{
    const lure_rollout *r = &k->rollout;
    void *action = lure__collect_action(k, row);
    for (size_t p = 0; p < r->shape.n_columns; p++) {
        if (!r->shape.is_real)
            ((int32_t *)action)[p] = (int32_t)from[p];
        else if (r->shape.dtype == LURE_F64)
            ((double *)action)[p] = from[p];
        else
            ((float *)action)[p] = (float)from[p];
    }
    r->draws[row] = NAN;
}

void lure__collect_draw_evenly(lure_collector *k, size_t m)
{
    const lure_rollout *r = &k->rollout;
    const lure_space *space = &k->borrow_copies->world.actions->space;
    for (size_t j = 0; j < m; j++) {
        size_t row = r->n_rows + j, n_choices = r->shape.n_choices;
        for (size_t a = 0; a < n_choices; a++)
            k->mask[a] = r->legal[row * n_choices + a] != 0;
        lure_space_sample(space, n_choices ? k->mask : NULL, lure__collect_stream(k, k->lanes[j]), k->action);
        write_action(k, row, k->action);
    }
}

/* ---- actions that the script gives ---- */

/* (copy), (copy, part), or what a batch of one step has: (1, copy, ...). Choices count from 1. */
static void read_tensor(lua_State *L, lure_collector *k, int index)
{
    const lure_space *space = &k->borrow_copies->world.actions->space;
    const size_t n = k->borrow_copies->n, n_parts = space->n_parts;
    const lure_tensor *t = k->rollout.shape.is_real ? lure_check_tensor(L, index)
                                                    : lure_check_indices(L, index, "run:collect: actions");
    int first = t->n_dims > 1 && t->shape[0] == 1 && t->shape[1] == n;
    if (lure_tensor_size(t) != n * n_parts || t->n_dims == 0 || t->shape[first] != n) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "run:collect: actions are of shape %s; expected one for each of %I copies", shape,
                   (lua_Integer)n);
    }
    for (size_t i = 0; i < n * n_parts; i++) {
        const lure_part *part = &space->parts[i % n_parts];
        double x = k->given[i] = lure_tensor_get(t, i);
        if (part->n > 0 ? !(x >= 0.0 && x < (double)part->n) : !isfinite(x))
            luaL_error(L, "run:collect: the action of copy %I is %f; expected %s",
                       (lua_Integer)(i / n_parts) + 1, part->n > 0 ? x + 1.0 : lure_number_plain(x),
                       part->n > 0 ? lua_pushfstring(L, "1 to %I", (lua_Integer)part->n) : "a finite number");
    }
}

void lure__collect_read_given(lua_State *L, lure_collector *k, int index)
{
    const size_t n = k->borrow_copies->n, n_parts = k->borrow_copies->world.actions->space.n_parts;
    if (lure_box_test(L, index, LURE_BOX_TENSOR)) {
        read_tensor(L, k, index);
        return;
    }
    if (!lua_istable(L, index) || lua_rawlen(L, index) != n)
        luaL_error(L, "run:collect: actions: expected a tensor or a list, one for each of %I copies, got %s",
                   (lua_Integer)n,
                   lua_istable(L, index)
                       ? lua_pushfstring(L, "a list of %I", (lua_Integer)lua_rawlen(L, index))
                       : lure_type_name(L, index));
    lua_getiuservalue(L, lua_upvalueindex(LURE_UP_COPIES), 1);
    lua_rawgeti(L, -1, PART_ACTIONS);
    int space = lua_gettop(L);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (!lure_read_space_value(L, space, lua_gettop(L), k->given + i * n_parts))
            luaL_error(L, "run:collect: actions[%I]: %s", (lua_Integer)i + 1, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_settop(L, space - 2);
}

void lure__collect_do_given(lua_State *L, lure_collector *k, size_t m)
{
    const lure_rollout *r = &k->rollout;
    const lure_space *space = &k->borrow_copies->world.actions->space;
    for (size_t j = 0; j < m; j++) {
        const double *given = k->given + k->lanes[j] * space->n_parts;
        const int32_t *legal = r->legal + (r->n_rows + j) * r->shape.n_choices;
        for (size_t p = 0; p < space->n_parts && r->shape.n_choices; legal += space->parts[p++].n)
            if (!legal[(size_t)given[p]]) {
                k->borrow_sandbox->context = k->caller;
                luaL_error(L, "run:collect: the action of copy %I, \"%s\", is not legal there",
                           (lua_Integer)k->lanes[j] + 1, space->parts[p].words[(size_t)given[p]]);
            }
        write_action(k, r->n_rows + j, given);
    }
}

/* ---- what is legal ---- */

static void ask(lua_State *L, lure_collector *k, int at, size_t i, int32_t *legal)
{
    lure_copies_legal(L, k->borrow_copies, at, i, k->mask);
    for (size_t a = 0; a < k->rollout.shape.n_choices; a++)
        legal[a] = k->mask[a];
}

void lure__collect_note_legal(lua_State *L, lure_collector *k, int at, size_t m)
{
    const lure_rollout *r = &k->rollout;
    const size_t n = r->shape.n_choices;
    for (size_t j = 0; j < m && n > 0; j++) {
        size_t i = k->lanes[j];
        int32_t *legal = r->legal + (r->n_rows + j) * n;
        if (k->knows_legal[i])
            memcpy(legal, k->known_legal + i * n, n * sizeof *legal);
        else
            ask(L, k, at, i, legal);
        k->knows_legal[i] = 0;
    }
}

void lure__collect_note_next_legal(lua_State *L, lure_collector *k, int at, size_t m)
{
    const lure_rollout *r = &k->rollout;
    const size_t n = r->shape.n_choices;
    for (size_t j = 0; j < m && n > 0; j++) {
        size_t i = k->lanes[j], row = r->n_rows + j;
        int32_t *legal = r->next_legal + row * n;
        if (r->ends[row] == 1) { /* nothing is done there */
            for (size_t a = 0; a < n; a++)
                legal[a] = 1;
            continue;
        }
        ask(L, k, at, i, legal);
        memcpy(k->known_legal + i * n, legal, n * sizeof *legal);
        k->knows_legal[i] = r->ends[row] == 0;
    }
}
