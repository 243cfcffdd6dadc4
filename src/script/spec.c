/* spec.c: see spec.h. */
#include "script/spec.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 2, MOST_NUMBERS = 100000000, MOST_LAYERS = 1000, MOST_TRAINED = 1000 };

lure_dtype lure_read_precision(lua_State *L, int index)
{
    static const char *const known[] = {"single", "double"};
    const char *word = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : lure_push_text(L, index);
    if (strcmp(word, "single") != 0 && strcmp(word, "double") != 0)
        lure__refuse_word(L, "precision", word, known, 2);
    return word[0] == 's' ? LURE_F32 : LURE_F64;
}

/* ---- policy ---- */

/* weight or bias: one number or a list, which may be nested (rows of inputs). Appends to numbers; returns the count. */
static size_t read_numbers(lua_State *L, int index, double *numbers, size_t room, const char *what, int depth)
{
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TNUMBER) {
        double x = lua_tonumber(L, index);
        if (!isfinite(x))
            luaL_error(L, "%s: %f is not finite", what, x);
        if (numbers && room)
            numbers[0] = x;
        return 1;
    }
    if (!lua_istable(L, index))
        luaL_error(L, "%s: expected a number or a list of numbers, got %s", what, lure_type_name(L, index));
    if (depth == MOST_DEPTH)
        luaL_error(L, "%s: lists nested more than %d deep (or a list inside itself)", what, (int)MOST_DEPTH);
    size_t n = 0, n_list = lure_check_list(L, index, MOST_NUMBERS, what);
    luaL_checkstack(L, 4, NULL);
    for (size_t i = 0; i < n_list; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        n += read_numbers(L, -1, numbers ? numbers + n : NULL, room > n ? room - n : 0, what, depth + 1);
        lua_pop(L, 1);
        if (n > MOST_NUMBERS) /* rows may be one and the same list */
            luaL_error(L, "%s: more than %d numbers", what, (int)MOST_NUMBERS);
    }
    return n;
}

/* Numbers of field `key` of the layer table, in a userdata left on the stack. */
static const double *take_numbers(lua_State *L, int layer, const char *key, size_t *n, const char *what)
{
    char place[64];
    snprintf(place, sizeof place, "%s: %s", what, key);
    *n = 0;
    if (lua_getfield(L, layer, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    size_t count = read_numbers(L, -1, NULL, 0, place, 0);
    double *numbers = lua_newuserdatauv(L, (count + 1) * sizeof *numbers, 0);
    *n = read_numbers(L, -2, numbers, count, place, 0);
    lua_remove(L, -2);
    return numbers;
}

static void read_train(lua_State *L, int layer, lure_layer_options *out, const char *what)
{
    out->train_weight = out->train_bias = true;
    int type = lua_getfield(L, layer, "train");
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (type != LUA_TTABLE)
        luaL_error(
            L, "%s: train: expected a list of \"weight\" and \"bias\" (empty: nothing is trained), got %s",
            what, lua_typename(L, type));
    static const char *const known[] = {"weight", "bias"};
    out->train_weight = out->train_bias = false;
    for (size_t i = 0, n = lure_check_list(L, -1, MOST_TRAINED, what); i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
        if (strcmp(word, "weight") == 0)
            out->train_weight = true;
        else if (strcmp(word, "bias") == 0)
            out->train_bias = true;
        else
            lure__refuse_word(L, "policy layer train", word, known, 2);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void read_linear(lua_State *L, int layer, lua_Integer position, lure_layer_options *out)
{
    static const char *const known[] = {"weight", "bias", "train", "name"};
    char what[48];
    snprintf(what, sizeof what, "policy[%d] linear", (int)position);
    *out = (lure_layer_options){.activation = LURE_ACTIVATION_NONE, .train_weight = true, .train_bias = true};
    if (!lua_istable(L, layer))
        return;
    if (lua_rawgeti(L, layer, 3) != LUA_TNIL)
        luaL_error(L, "%s: expected { \"linear\", units, ... }; there are %d values", what,
                   (int)lure_check_list(L, layer, INT_MAX, what));
    lua_pop(L, 1);
    lure__check_keys(L, layer, 2, known, 4, what);
    if (lua_rawgeti(L, layer, 2) != LUA_TNIL) {
        int is_whole;
        lua_Integer units = lua_tointegerx(L, -1, &is_whole);
        if (!is_whole || units < 1 || units > 1000000)
            luaL_error(L, "%s: units: expected a whole number from 1 to 1000000, got %s", what,
                       lure_push_text(L, -1));
        out->n_units = (size_t)units;
    }
    lua_pop(L, 1);
    read_train(L, layer, out, what);
    int type = lua_getfield(L, layer, "name");
    if (type != LUA_TSTRING && type != LUA_TNIL)
        luaL_error(L, "%s: name: expected a string, got %s", what, lure_type_name(L, -1));
    out->name = type == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* anchored by the experiment */
    lua_pop(L, 1);
    out->weight = take_numbers(L, layer, "weight", &out->n_weight, what);
    out->bias = take_numbers(L, layer, "bias", &out->n_bias, what);
}

/* { "tanh" }, { "bernoulli" }: a head or an activation has no options. One that a layer has is meant for that layer. */
static void check_bare(lua_State *L, int entry, const char *word)
{
    char what[96];
    snprintf(what, sizeof what, "policy \"%.64s\"", word);
    lure__check_keys(L, entry, 1, NULL, 0, what);
}

void lure_read_policy(lua_State *L, int index, const char *const *others, lure_policy_options *out)
{
    static const char *const heads[] = {"bernoulli", "categorical"};
    static const char *const layers[] = {"linear", "tanh", "relu", "sigmoid"};
    static const lure_activation activations[] = {LURE_ACTIVATION_NONE, LURE_ACTIVATION_TANH,
                                                  LURE_ACTIVATION_RELU, LURE_ACTIVATION_SIGMOID};
    index = lua_absindex(L, index);
    if (!lua_istable(L, index))
        luaL_error(L,
                   "policy: expected a list of layers and a head, got %s; for example { \"linear\", "
                   "\"categorical\" }",
                   lure_type_name(L, index));
    size_t n = lure_check_list(L, index, MOST_LAYERS, "policy"), n_others = 0;
    while (others && others[n_others])
        n_others++;
    lure__check_keys(L, index, n, others, n_others, "policy");
    if (n < 2)
        luaL_error(
            L, "policy: expected at least one layer and a head; for example { \"linear\", \"categorical\" }");
    luaL_checkstack(L, (int)(2 * n) + 16, "policy");
    lure_layer_options *list = lua_newuserdatauv(L, n * sizeof *list, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        int entry = lua_gettop(L);
        if (lua_istable(L, entry))
            lua_rawgeti(L, entry, 1);
        else
            lua_pushvalue(L, entry);
        const char *word =
            lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* anchored by the experiment */
        if (!word) {
            luaL_error(L, "policy[%d]: expected a layer's name or { name, ... }, got %s", (int)i + 1,
                       lure_type_name(L, -1));
            return;
        }
        lua_pop(L, 1);
        if (i + 1 == n) { /* the head */
            if (strcmp(word, heads[0]) == 0)
                out->head = LURE_HEAD_BERNOULLI;
            else if (strcmp(word, heads[1]) == 0)
                out->head = LURE_HEAD_CATEGORICAL;
            else
                lure__refuse_word(L, "policy head (the last entry)", word, heads, 2);
            if (lua_istable(L, entry))
                check_bare(L, entry, word);
            lua_pop(L, 1);
            continue;
        }
        size_t kind = 0;
        while (kind < 4 && strcmp(word, layers[kind]) != 0)
            kind++;
        if (kind == 4)
            lure__refuse_word(L, "policy layer", word, layers, 4);
        if (kind == 0) {
            read_linear(L, entry, (lua_Integer)i + 1, &list[i]);
        } else {
            if (lua_istable(L, entry))
                check_bare(L, entry, word);
            list[i] = (lure_layer_options){.activation = activations[kind]};
        }
        lua_remove(L, entry);
    }
    out->layers = list;
    out->n_layers = n - 1;
}
