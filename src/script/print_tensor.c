/* print_tensor.c: a tensor as text: its type and shape, then its numbers in brackets, aligned in columns, five digits each.
   Of a long axis the first and the last few are shown. */
#include "script/tensor_box.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_TEXT = 32, MOST_COLUMNS = 10, MOST_ROWS = 10, SHOWN = 4 };

typedef struct printer {
    const lure_tensor_box *box;
    lure_tensor t;
    int width; /* of the widest number shown */
    luaL_Buffer *text;
} printer;

/* How an axis is cut: all of it, or SHOWN at both ends. */
static bool is_long(const lure_tensor *t, int axis)
{
    return t->shape[axis] > (axis == t->n_dims - 1 ? MOST_COLUMNS : MOST_ROWS);
}

static void number_text(const printer *p, const void *data, char out[NUMBER_TEXT])
{
    lure_tensor one = {.data = (void *)data, .dtype = p->t.dtype};
    double x = lure_tensor_get(&one, 0);
    if (isnan(x))
        snprintf(out, NUMBER_TEXT, "nan"); /* C would call some "-nan" */
    else if (p->t.dtype == LURE_I32)
        snprintf(out, NUMBER_TEXT, "%.0f", x + p->box->is_indices);
    else
        snprintf(out, NUMBER_TEXT, "%.5g", x);
}

/* Walks what is shown of an axis, and of those inside it: measures if there is no text, else writes. */
static void walk(printer *p, const lure_tensor *t, int depth)
{
    char number[NUMBER_TEXT];
    if (t->n_dims == 0) {
        number_text(p, t->data, number);
        int n = (int)strlen(number);
        if (!p->text) {
            p->width = n > p->width ? n : p->width;
            return;
        }
        for (; n < p->width; n++)
            luaL_addchar(p->text, ' ');
        luaL_addstring(p->text, number);
        return;
    }
    if (p->text)
        luaL_addchar(p->text, '[');
    bool cut = is_long(&p->t, depth);
    for (size_t i = 0; i < t->shape[0]; i++) {
        if (p->text && i > 0 && t->n_dims == 1)
            luaL_addstring(p->text, ", ");
        if (p->text && i > 0 && t->n_dims > 1) {
            luaL_addstring(p->text, t->n_dims > 2 ? ",\n\n" : ",\n");
            for (int space = 0; space <= depth; space++)
                luaL_addchar(p->text, ' ');
        }
        if (cut && i == SHOWN) {
            if (p->text)
                luaL_addstring(p->text, "...");
            i = t->shape[0] - SHOWN - 1;
            continue;
        }
        lure_tensor inner = lure_tensor_select(t, 0, i);
        walk(p, &inner, depth + 1);
    }
    if (p->text)
        luaL_addchar(p->text, ']');
}

int lure__tensor_tostring(lua_State *L) /* [-0, +1, e] */
{
    lure_tensor_box *box = lure__check_box(L, 1);
    printer p = {.box = box, .t = *lure__box_tensor(L, box)};
    char shape[LURE_SHAPE_TEXT];
    luaL_Buffer text;
    lure_tensor_shape_text(&p.t, shape);
    if (lure_tensor_size(&p.t) > 0)
        walk(&p, &p.t, 0);
    p.width = p.t.n_dims > 1 ? p.width : 0; /* one row has no columns to align */
    luaL_buffinit(L, &text);
    luaL_addstring(&text, lure_dtype_name(p.t.dtype));
    luaL_addchar(&text, ' ');
    luaL_addstring(&text, shape);
    luaL_addchar(&text, p.t.n_dims > 1 ? '\n' : ' ');
    p.text = &text;
    if (lure_tensor_size(&p.t) > 0)
        walk(&p, &p.t, 0);
    else
        luaL_addstring(&text, "[]");
    luaL_pushresult(&text);
    return 1;
}
