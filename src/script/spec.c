/* spec.c: see spec.h. */
#include "script/spec.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/options.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int refuse_word(lua_State *L, const char *what, const char *word, const char *const *known, size_t n)
{
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (size_t i = 0; i < n; i++) {
        luaL_addstring(&list, i ? ", " : "");
        luaL_addstring(&list, known[i]);
    }
    luaL_pushresult(&list);
    const char *nearest = lure_text_nearest(word, known, n);
    if (nearest)
        return luaL_error(L, "%s: unknown '%s'; did you mean '%s'? Known: %s", what, word, nearest,
                          lua_tostring(L, -1));
    return luaL_error(L, "%s: unknown '%s'. Known: %s", what, word, lua_tostring(L, -1));
}

lure_dtype lure_read_precision(lua_State *L, int index)
{
    static const char *const known[] = {"single", "double"};
    const char *word =
        lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : luaL_tolstring(L, index, NULL);
    if (strcmp(word, "single") != 0 && strcmp(word, "double") != 0)
        refuse_word(L, "precision", word, known, 2);
    return word[0] == 's' ? LURE_F32 : LURE_F64;
}

/* ---- policy ---- */

/* weight or bias: one number or a list, which may be nested (rows of inputs). Appends to numbers; returns the count. */
static size_t read_numbers(lua_State *L, int index, double *numbers, size_t room, const char *what)
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
    size_t n = 0;
    luaL_checkstack(L, 4, NULL);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, index); i++) {
        lua_rawgeti(L, index, i);
        n += read_numbers(L, -1, numbers ? numbers + n : NULL, room > n ? room - n : 0, what);
        lua_pop(L, 1);
    }
    return n;
}

/* Numbers of field `key` of the layer table, in a userdata left on the stack. */
static const double *take_numbers(lua_State *L, int layer, const char *key, size_t *n, const char *what)
{
    char place[64];
    snprintf(place, sizeof place, "%s %s", what, key);
    *n = 0;
    if (lua_getfield(L, layer, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    size_t count = read_numbers(L, -1, NULL, 0, place);
    double *numbers = lua_newuserdatauv(L, (count + 1) * sizeof *numbers, 0);
    *n = read_numbers(L, -2, numbers, count, place);
    lua_remove(L, -2);
    return numbers;
}

static void check_keys(lua_State *L, int table, const char *const *known, size_t n, const char *what)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        bool found = false;
        for (size_t i = 0; i < n && !found; i++)
            found = strcmp(known[i], lua_tostring(L, -2)) == 0;
        if (!found)
            refuse_word(L, what, lua_tostring(L, -2), known, n);
    }
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
        luaL_error(L,
                   "%s train: expected a list of \"weight\" and \"bias\" (empty: nothing is trained), got %s",
                   what, lua_typename(L, type));
    static const char *const known[] = {"weight", "bias"};
    out->train_weight = out->train_bias = false;
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
        lua_rawgeti(L, -1, i);
        const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
        if (strcmp(word, "weight") == 0)
            out->train_weight = true;
        else if (strcmp(word, "bias") == 0)
            out->train_bias = true;
        else
            refuse_word(L, "policy layer train", word, known, 2);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void read_linear(lua_State *L, int layer, lua_Integer position, lure_layer_options *out)
{
    static const char *const known[] = {"weight", "bias", "train", "name"};
    char what[48];
    snprintf(what, sizeof what, "policy[%d] linear:", (int)position);
    *out = (lure_layer_options){.activation = LURE_ACTIVATION_NONE, .train_weight = true, .train_bias = true};
    if (!lua_istable(L, layer))
        return;
    check_keys(L, layer, known, 4, what);
    if (lua_rawlen(L, layer) > 2)
        luaL_error(L, "%s expected { \"linear\", units, ... }; there are %d values", what,
                   (int)lua_rawlen(L, layer));
    if (lua_rawgeti(L, layer, 2) != LUA_TNIL) {
        int is_whole;
        lua_Integer units = lua_tointegerx(L, -1, &is_whole);
        if (!is_whole || units < 1 || units > 1000000)
            luaL_error(L, "%s units: expected a whole number from 1 to 1000000, got %s", what,
                       luaL_tolstring(L, -1, NULL));
        out->n_units = (size_t)units;
    }
    lua_pop(L, 1);
    read_train(L, layer, out, what);
    if (lua_getfield(L, layer, "name") == LUA_TSTRING)
        out->name = lua_tostring(L, -1); /* anchored by the experiment */
    lua_pop(L, 1);
    out->weight = take_numbers(L, layer, "weight", &out->n_weight, what);
    out->bias = take_numbers(L, layer, "bias", &out->n_bias, what);
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
    size_t n = lua_rawlen(L, index), n_others = 0;
    while (others && others[n_others])
        n_others++;
    check_keys(L, index, others, n_others, "policy");
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
                refuse_word(L, "policy head (the last entry)", word, heads, 2);
            lua_pop(L, 1);
            continue;
        }
        size_t kind = 0;
        while (kind < 4 && strcmp(word, layers[kind]) != 0)
            kind++;
        if (kind == 4)
            refuse_word(L, "policy layer", word, layers, 4);
        if (kind == 0) {
            read_linear(L, entry, (lua_Integer)i + 1, &list[i]);
        } else {
            if (lua_istable(L, entry))
                check_keys(L, entry, NULL, 0, "policy layer");
            list[i] = (lure_layer_options){.activation = activations[kind]};
        }
        lua_remove(L, entry);
    }
    out->layers = list;
    out->n_layers = n - 1;
}

/* ---- optimizer ---- */

static double number_field(lua_State *L, int table, const char *key, double otherwise)
{
    int type = lua_getfield(L, table, key);
    double x = otherwise;
    if (type == LUA_TNUMBER)
        x = lua_tonumber(L, -1);
    else if (type != LUA_TNIL)
        luaL_error(L, "optimizer %s: expected a number, got %s", key, lua_typename(L, type));
    lua_pop(L, 1);
    return x;
}

void lure_read_optimizer(lua_State *L, int index, lure_optimizer_options *out)
{
    static const char *const kinds[] = {"sgd", "adam"};
    static const char *const sgd_keys[] = {"momentum", "nesterov", "clip_norm"};
    static const char *const adam_keys[] = {"beta1", "beta2", "epsilon", "clip_norm"};
    index = lua_absindex(L, index);
    bool table = lua_istable(L, index);
    if (lua_isnoneornil(L, index)) {
        *out = lure_optimizer_defaults(LURE_SGD);
        return;
    }
    if (table)
        lua_rawgeti(L, index, 1);
    else
        lua_pushvalue(L, index);
    const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    if (!word) {
        luaL_error(L, "optimizer: expected \"sgd\", \"adam\" or { name, options... }, got %s",
                   lure_type_name(L, -1));
        return;
    }
    bool adam = strcmp(word, "adam") == 0;
    if (!adam && strcmp(word, "sgd") != 0)
        refuse_word(L, "optimizer", word, kinds, 2);
    *out = lure_optimizer_defaults(adam ? LURE_ADAM : LURE_SGD);
    lua_pop(L, 1);
    if (!table)
        return;
    check_keys(L, index, adam ? adam_keys : sgd_keys, adam ? 4 : 3,
               adam ? "optimizer adam" : "optimizer sgd");
    out->clip_norm = number_field(L, index, "clip_norm", out->clip_norm);
    if (adam) {
        out->beta1 = number_field(L, index, "beta1", out->beta1);
        out->beta2 = number_field(L, index, "beta2", out->beta2);
        out->epsilon = number_field(L, index, "epsilon", out->epsilon);
    } else {
        out->momentum = number_field(L, index, "momentum", out->momentum);
        int type = lua_getfield(L, index, "nesterov");
        if (type != LUA_TBOOLEAN && type != LUA_TNIL)
            luaL_error(L, "optimizer nesterov: expected true or false, got %s", lua_typename(L, type));
        out->nesterov = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
}
