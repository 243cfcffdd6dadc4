/* plan_typed.c: --set, --tie and --sample: options with values, as text. See plan_reading.h. */
#include "batch/plan_reading.h"

#include "script/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the first of several values: up to a comma outside quotes and braces. SIZE_MAX: one is never closed. */
static size_t value_length(const char *text)
{
    size_t i = 0, depth = 0;
    bool fresh = true; /* nothing but space so far: a quote in the middle of a word is a letter */
    for (; text[i] && (depth || text[i] != ','); i++) {
        if ((text[i] == '"' || text[i] == '\'') && (fresh || depth)) {
            char quote = text[i++];
            for (; text[i] && text[i] != quote; i++)
                if (text[i] == '\\' && text[i + 1])
                    i++;
            if (!text[i])
                return SIZE_MAX;
        } else if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}' && depth) {
            depth--;
        }
        fresh = fresh && text[i] == ' ';
    }
    return depth ? SIZE_MAX : i;
}

/* One option of the command line, "--tie learning_rate.rate=0.1,1": its words for messages. */
typedef struct typed {
    const char *flag, *text, *example;
    const char *values; /* behind the equals sign */
} typed;

/* The option of "key=...", which must not have been given before. */
static lure_plan_option *take_key(lua_State *L, lure_reading *r, typed *t)
{
    lure_plan *plan = r->plan;
    const size_t n_key = strcspn(t->text, "=");
    if (n_key == 0 || !t->text[n_key])
        lure__plan_refuse(L, r, "--%s %s: expected %s", t->flag, t->text, t->example);
    lua_pushlstring(L, t->text, n_key); /* stays: what is read takes few of them */
    const char *key = lua_tostring(L, -1);
    t->values = t->text + n_key + 1;
    if (strcmp(key, "seeds") == 0)
        lure__plan_refuse(L, r, "--%s %s: seeds are given with --seeds", t->flag, t->text);
    for (size_t i = 0; i < plan->n_options; i++)
        if (plan->options[i].typed && strcmp(plan->options[i].key, key) == 0)
            lure__plan_refuse(L, r, "--%s %s: '%s' is %s", t->flag, t->text, key,
                              strcmp(t->flag, "set") == 0
                                  ? "set twice; several values are written key=value,value"
                                  : "given twice, with --set, --tie or --sample");
    return lure__plan_add_option(L, plan, key, true);
}

/* The text of the next value at *at, which moves behind it, pushed; false: there is none. */
static bool push_text(lua_State *L, lure_reading *r, const typed *t, const char **at)
{
    if (!*at)
        return false;
    const char *text = *at;
    size_t n = value_length(text), skip = 0;
    if (n == SIZE_MAX)
        lure__plan_refuse(L, r, "--%s %s: a quote or a brace is not closed", t->flag, t->text);
    *at = text[n] ? text + n + 1 : NULL;
    for (; skip < n && text[skip] == ' '; skip++)
        ;
    for (; n > skip && text[n - 1] == ' '; n--)
        ;
    if (n == skip)
        lure__plan_refuse(L, r, "--%s %s: an empty value between commas", t->flag, t->text);
    lua_pushlstring(L, text + skip, n - skip);
    return true;
}

static void take_text(lua_State *L, lure_plan *plan, lure_plan_option *option)
{
    lure_value_parse(L, lua_tostring(L, -1));
    lure__plan_add_value(L, plan, option, lua_tostring(L, -2));
    lua_pop(L, 1);
}

/* One value alone is taken as it stands, spaces and all. */
static void take_values(lua_State *L, lure_reading *r, const typed *t, lure_plan_option *option)
{
    const char *at = t->values;
    if (value_length(at) == strlen(at)) {
        lua_pushstring(L, at);
        take_text(L, r->plan, option);
        return;
    }
    while (push_text(L, r, t, &at))
        take_text(L, r->plan, option);
}

static void take_setting(lua_State *L, lure_reading *r, const char *text)
{
    typed t = {.flag = "set",
               .text = text,
               .example = "key=value or key=value,value, like --set learning_rate.rate=0.1,0.5"};
    lure_plan_option *option = take_key(L, r, &t);
    take_values(L, r, &t, option);
}

/* All of them are one group. */
static void take_ties(lua_State *L, lure_reading *r)
{
    lure_plan *plan = r->plan;
    const lure_plan_request *request = r->request;
    const int top = lua_gettop(L);
    size_t group = LURE_PLAN_FIRST_TIE, n_values = 0;
    for (size_t i = 0; i < plan->n_options; i++)
        if (plan->options[i].group >= group)
            group = plan->options[i].group + 1;
    for (size_t i = 0; i < request->n_ties; i++) {
        typed t = {.flag = "tie",
                   .text = request->ties[i],
                   .example = "key=value,value, like --tie learning_rate.rate=0.1,1 --tie updates=500,50"};
        lure_plan_option *option = take_key(L, r, &t);
        take_values(L, r, &t, option);
        option->group = group;
        if (i > 0 && option->n_values != n_values)
            lure__plan_refuse(L, r,
                              "--tie %s has %zu value%s and --tie %s has %zu; tied options change together: "
                              "expected as many",
                              t.text, option->n_values, option->n_values == 1 ? "" : "s", request->ties[0],
                              n_values);
        n_values = option->n_values;
        lua_settop(L, top);
    }
    if (request->n_ties == 1)
        lure__plan_refuse(L, r,
                          "--tie %s: a tie is of two options or more, each with --tie; one alone is varied "
                          "with --set",
                          request->ties[0]);
}

/* key=name(value,value) */
static void take_sample(lua_State *L, lure_reading *r, const char *text)
{
    typed t = {.flag = "sample",
               .text = text,
               .example = "key=name(...), like --sample 'learning_rate.rate=log_uniform(1e-3,1)'"};
    lure_error why = {0};
    const char *nearest;
    lure_plan_option *option = take_key(L, r, &t);
    option->group = LURE_PLAN_SAMPLED;
    const size_t n_name = strcspn(t.values, "("), length = strlen(t.values);
    if (n_name == 0 || !t.values[n_name] || t.values[length - 1] != ')')
        lure__plan_refuse(L, r,
                          "--sample %s: expected %s; there are uniform, log_uniform, integer and choice",
                          text, t.example);
    lua_pushlstring(L, t.values, n_name);
    const char *name = lua_tostring(L, -1);
    lua_pushlstring(L, t.values + n_name + 1, length - n_name - 2);
    const char *inside = lua_tostring(L, -1), *at = *inside ? inside : NULL;
    const lure_draw_kind kind = lure_draw_find(name, &nearest);
    option->draw = (lure_draw){.kind = kind};
    if (kind == LURE_DRAW_NONE) {
        lure__plan_refuse_name(name, nearest, &why);
    } else if (kind == LURE_DRAW_CHOICE) {
        while (push_text(L, r, &t, &at))
            take_text(L, r->plan, option);
        option->draw.n = option->n_values;
        (void)lure_draw_check(&option->draw, &why);
    } else {
        const int top = lua_gettop(L);
        while (push_text(L, r, &t, &at)) {
            lure_value_parse(L, lua_tostring(L, -1)); /* checks the stack */
            lua_remove(L, -2);
        }
        (void)lure__plan_read_bounds(L, kind, lua_gettop(L) - top, &option->draw, &why);
    }
    if (why.status != LURE_OK)
        lure__plan_refuse(L, r, "--sample %s: %s", text, why.text);
}

void lure__plan_read_typed(lua_State *L, lure_reading *r)
{
    const lure_plan_request *request = r->request;
    const int top = lua_gettop(L);
    for (size_t i = 0; i < request->n_sets; i++) {
        take_setting(L, r, request->sets[i]);
        lua_settop(L, top);
    }
    take_ties(L, r);
    for (size_t i = 0; i < request->n_samples; i++) {
        lua_settop(L, top);
        take_sample(L, r, request->samples[i]);
    }
    lua_settop(L, top);
}
