/* spec_policy.c: reads a policy as a script writes it: { layers..., head, trunk = { layers... }, value = { layers... } }.
   A layer is its name or { name, units, options... }; what options there are follows from its rule (learn/layer.h). */
#include "script/spec.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_DEPTH = 2,
    MOST_NUMBERS = 100000000,
    MOST_LAYERS = 1000,
    MOST_TRAINED = 1000,
    MOST_UNITS = 1000000
};
enum { WHAT_TEXT = 64 };

/* ---- numbers ---- */

/* One number or a list, which may be nested (rows of inputs). Appends to numbers; returns the count. */
static size_t read_numbers(lua_State *L, int index, double *numbers, size_t room, const char *what, int depth)
{
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TNUMBER) {
        double x = lua_tonumber(L, index);
        if (!isfinite(x))
            luaL_error(L, "%s: %f is not finite", what, lure_number_plain(x));
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

/* Field `key`, in a userdata left on the stack; without one *first stays as it is. [-0, +(0|1), e] */
static void take_numbers(lua_State *L, int table, const char *key, lure_first *first, const char *what)
{
    char place[2 * WHAT_TEXT];
    snprintf(place, sizeof place, "%s: %s", what, key);
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    size_t count = read_numbers(L, -1, NULL, 0, place, 0);
    double *numbers = lua_newuserdatauv(L, (count + 1) * sizeof *numbers, 0);
    *first = (lure_first)LURE_GIVEN(numbers, read_numbers(L, -2, numbers, count, place, 0));
    lua_remove(L, -2);
}

static double read_number(lua_State *L, int table, const char *key, double otherwise, const char *what)
{
    int type = lua_getfield(L, table, key);
    double x = otherwise;
    if (type != LUA_TNIL) {
        x = lua_tonumber(L, -1);
        if (type != LUA_TNUMBER || !isfinite(x))
            luaL_error(L, "%s: %s: expected a finite number, got %s", what, key, lure_push_text(L, -1));
    }
    lua_pop(L, 1);
    return x;
}

/* The whole number on top, from 1 on; pops it. 0 where there is nil. */
static size_t pop_whole(lua_State *L, lua_Integer most, const char *what, const char *name)
{
    int is_whole;
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return 0;
    }
    lua_Integer n = lua_tointegerx(L, -1, &is_whole);
    if (!is_whole || n < 1 || n > most)
        luaL_error(L, "%s: %s: expected a whole number from 1 to %I, got %s", what, name, most,
                   lure_push_text(L, -1));
    lua_pop(L, 1);
    return (size_t)n;
}

/* ---- one layer ---- */

static const char *const init_words[] = {"uniform", "normal", "constant", "orthogonal", "xavier", "he"};
static const lure_init inits[] = {LURE_INIT_UNIFORM,    LURE_INIT_NORMAL, LURE_INIT_CONSTANT,
                                  LURE_INIT_ORTHOGONAL, LURE_INIT_XAVIER, LURE_INIT_HE};
/* the option that goes with each, and what it is when left out */
static const char *const scale_words[] = {"bound", "deviation", "value", "gain", "gain", "gain"};
static const double scales[] = {-1, 1, 0, 1, 1, 1};
enum { N_INITS = sizeof inits / sizeof *inits };

/* init = "orthogonal", gain = 1.4: of the matrices; vectors then begin at 0. */
static void read_init(lua_State *L, int layer, const lure_layer_rule *rule, lure_layer_options *out,
                      const char *what)
{
    size_t which = N_INITS;
    int type = lua_getfield(L, layer, "init");
    if (type != LUA_TNIL) {
        const char *word = type == LUA_TSTRING ? lua_tostring(L, -1) : lure_push_text(L, -1);
        for (which = 0; which < N_INITS && strcmp(word, init_words[which]) != 0;)
            which++;
        char place[WHAT_TEXT + 8];
        snprintf(place, sizeof place, "%s: init", what);
        if (which == N_INITS)
            lure__refuse_word(L, place, word, init_words, N_INITS);
    }
    lua_settop(L, type != LUA_TNIL && type != LUA_TSTRING ? -3 : -2);
    for (size_t i = 0; i < N_INITS; i++) {
        bool belongs = which < N_INITS && strcmp(scale_words[i], scale_words[which]) == 0;
        if (!belongs && lua_getfield(L, layer, scale_words[i]) != LUA_TNIL)
            luaL_error(L, "%s: %s belongs to init = \"%s\"", what, scale_words[i], init_words[i]);
        lua_settop(L, belongs ? -1 : -2);
    }
    if (which == N_INITS)
        return;
    double scale = read_number(L, layer, scale_words[which], scales[which], what);
    for (size_t i = 0; rule->parameters[i]; i++) {
        bool is_matrix = strstr(rule->parameters[i], "weight") != NULL;
        out->first[i] = (lure_first){LURE_INIT_CONSTANT, .scale = 0.0};
        if (is_matrix && inits[which] == LURE_INIT_UNIFORM && scale < 0.0)
            out->first[i] = (lure_first){0}; /* its own bound */
        else if (is_matrix)
            out->first[i] = (lure_first){inits[which], .scale = scale};
    }
}

/* train = { "bias" }: only these; left out: all. */
static void read_train(lua_State *L, int table, const char *const *known, size_t n, bool *train,
                       const char *what)
{
    for (size_t i = 0; i < n; i++)
        train[i] = true;
    int type = lua_getfield(L, table, "train");
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (type != LUA_TTABLE)
        luaL_error(L, "%s: train: expected a list of \"%s\"%s%s%s (empty: nothing is trained), got %s", what,
                   known[0], n > 1 ? " and \"" : "", n > 1 ? known[n - 1] : "", n > 1 ? "\"" : "",
                   lua_typename(L, type));
    for (size_t i = 0; i < n; i++)
        train[i] = false;
    for (size_t i = 0, n_list = lure_check_list(L, -1, MOST_TRAINED, what); i < n_list; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
        size_t which = 0;
        while (which < n && strcmp(word, known[which]) != 0)
            which++;
        if (which == n)
            lure__refuse_word(L, "policy layer train", word, known, n);
        else
            train[which] = true;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* What a table of this kind may name: its parameters, and what is asked of it besides. */
static size_t list_keys(const lure_layer_rule *rule, lure_layer_kind kind, const char *known[16])
{
    size_t n = 0;
    while (rule->parameters[n]) {
        known[n] = rule->parameters[n];
        n++;
    }
    known[n++] = "train";
    known[n++] = "name";
    if (kind == LURE_LAYER_LAYER_NORM) {
        known[n++] = "epsilon";
        return n;
    }
    known[n++] = "init";
    known[n++] = "gain";
    known[n++] = "bound";
    known[n++] = "deviation";
    known[n++] = "value";
    if (kind == LURE_LAYER_EMBEDDING) {
        known[n++] = "size";
        known[n++] = "column";
    }
    return n;
}

static void read_options(lua_State *L, int layer, const lure_layer_rule *rule, lure_layer_options *out,
                         const char *what)
{
    const char *known[16];
    bool has_units = out->kind != LURE_LAYER_LAYER_NORM;
    if (lua_rawgeti(L, layer, has_units ? 3 : 2) != LUA_TNIL)
        luaL_error(L, "%s: expected { \"%s\",%s ... }; there are %d values", what, rule->name,
                   has_units ? " units," : "", (int)lure_check_list(L, layer, INT_MAX, what));
    lua_pop(L, 1);
    lure__check_keys(L, layer, has_units ? 2 : 1, known, list_keys(rule, out->kind, known), what);
    if (has_units) {
        lua_rawgeti(L, layer, 2);
        out->n_units = pop_whole(L, MOST_UNITS, what, "units");
        read_init(L, layer, rule, out, what);
    } else
        out->epsilon = read_number(L, layer, "epsilon", 0.0, what);
    if (out->epsilon < 0.0)
        luaL_error(L, "%s: epsilon: expected a number above 0", what);
    if (out->kind == LURE_LAYER_EMBEDDING) {
        lua_getfield(L, layer, "size");
        out->n_indices = pop_whole(L, INT_MAX, what, "size");
        lua_getfield(L, layer, "column");
        size_t column = pop_whole(L, INT_MAX, what, "column");
        out->column = column > 0 ? column - 1 : 0;
    }
    int type = lua_getfield(L, layer, "name");
    if (type != LUA_TSTRING && type != LUA_TNIL)
        luaL_error(L, "%s: name: expected a string, got %s", what, lure_type_name(L, -1));
    out->name = type == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* anchored by the table */
    lua_pop(L, 1);
}

/* { "tanh" }, { "bernoulli" }: such a word has no options. One that a layer has is meant for that layer. */
static void check_bare(lua_State *L, int entry, const char *word)
{
    char what[96];
    snprintf(what, sizeof what, "policy \"%.64s\"", word);
    lure__check_keys(L, entry, 1, NULL, 0, what);
}

/* Leaves given numbers on the stack. [-0, +n, e] */
static void read_layer(lua_State *L, int entry, const char *word, const char *list, size_t position,
                       lure_layer_options *out)
{
    const char *words[LURE_N_LAYER_KINDS];
    size_t kind = 0, n = 0;
    char what[WHAT_TEXT];
    for (size_t i = 0; i < LURE_N_LAYER_KINDS; i++)
        words[i] = lure_layer_rule_of((lure_layer_kind)i)->name;
    while (kind < LURE_N_LAYER_KINDS && strcmp(word, words[kind]) != 0)
        kind++;
    if (kind == LURE_N_LAYER_KINDS) {
        lure__refuse_word(L, "policy layer", word, words, LURE_N_LAYER_KINDS);
        return;
    }
    const lure_layer_rule *rule = lure_layer_rule_of((lure_layer_kind)kind);
    *out = (lure_layer_options){.kind = (lure_layer_kind)kind};
    while (rule->parameters[n])
        out->train[n++] = true;
    if (!lua_istable(L, entry))
        return;
    if (n == 0) {
        check_bare(L, entry, word);
        return;
    }
    snprintf(what, sizeof what, "%s[%d] %s", list, (int)position, word);
    read_options(L, entry, rule, out, what);
    read_train(L, entry, rule->parameters, n, out->train, what);
    for (size_t i = 0; i < n; i++)
        take_numbers(L, entry, rule->parameters[i], &out->first[i], what);
}

/* ---- lists of layers ---- */

/* The word of the entry at the stack index: the entry itself, or its first value. Anchored by the experiment. */
static const char *word_of(lua_State *L, int entry, const char *list, size_t position)
{
    if (lua_istable(L, entry))
        lua_rawgeti(L, entry, 1);
    else
        lua_pushvalue(L, entry);
    const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    if (!word)
        luaL_error(L, "%s[%d]: expected a layer's name or { name, ... }, got %s", list, (int)position,
                   lure_type_name(L, -1));
    lua_pop(L, 1);
    return word;
}

/* The first n entries of the list at index, in a userdata left on the stack. [-0, +n, e] */
static const lure_layer_options *read_layers(lua_State *L, int index, size_t n, const char *list)
{
    luaL_checkstack(L, (int)(4 * n) + 16, "policy");
    lure_layer_options *layers = lua_newuserdatauv(L, (n + 1) * sizeof *layers, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        int entry = lua_gettop(L);
        read_layer(L, entry, word_of(L, entry, list, i + 1), list, i + 1, &layers[i]);
        lua_remove(L, entry);
    }
    return layers;
}

/* Field trunk or value. [-0, +n, e] */
static const lure_layer_options *read_field(lua_State *L, int index, const char *key, size_t *n)
{
    char list[WHAT_TEXT];
    snprintf(list, sizeof list, "policy.%s", key);
    *n = 0;
    if (lua_getfield(L, index, key) == LUA_TNIL)
        return NULL;
    if (!lua_istable(L, -1))
        luaL_error(L, "%s: expected a list of layers, got %s; for example { { \"linear\", 64 }, \"tanh\"%s }",
                   list, lure_type_name(L, -1), strcmp(key, "value") == 0 ? ", \"linear\"" : "");
    int layers = lua_gettop(L);
    *n = lure_check_list(L, layers, MOST_LAYERS, list);
    lure__check_keys(L, layers, *n, NULL, 0, list);
    if (*n == 0)
        luaL_error(L, "%s: expected at least one layer", list);
    return read_layers(L, layers, *n, list);
}

/* ---- the head ---- */

/* { "multi_categorical", { 3, 2 } }: choices of each part, unless `actions` has said so. [-0, +n, e] */
static void read_sizes(lua_State *L, int entry, lure_policy_options *out)
{
    static const char what[] = "policy multi_categorical";
    if (lua_istable(L, entry)) {
        lure__check_keys(L, entry, 2, NULL, 0, what);
        lua_rawgeti(L, entry, 2);
    } else
        lua_pushnil(L);
    if (lua_isnil(L, -1) && out->sizes)
        return;
    if (!lua_istable(L, -1))
        luaL_error(
            L, "%s: expected the number of actions of each part, { \"multi_categorical\", { 3, 2 } }, got %s",
            what, lure_type_name(L, -1));
    int list = lua_gettop(L);
    size_t n = lure_check_list(L, list, MOST_LAYERS, what), sum = 0;
    size_t *sizes = lua_newuserdatauv(L, (n + 1) * sizeof *sizes, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        sizes[i] = pop_whole(L, MOST_UNITS, what, "a part's number of actions");
        sum += sizes[i];
    }
    bool same = out->sizes && out->n_sizes == n && memcmp(out->sizes, sizes, n * sizeof *sizes) == 0;
    if (n == 0 || (out->sizes && !same))
        luaL_error(L, "%s: its list of sizes %s", what, n == 0 ? "is empty" : "is not that of actions");
    out->sizes = sizes;
    out->n_sizes = n;
    if (out->n_actions == 0)
        out->n_actions = sum;
}

/* { "gaussian", log_std = 0, train = {} } or { "gaussian", state_dependent = true }. [-0, +n, e] */
static void read_gaussian(lua_State *L, int entry, const char *word, lure_policy_options *out)
{
    static const char *const known[] = {"log_std", "state_dependent", "train"};
    char what[WHAT_TEXT];
    out->train_log_std = true;
    if (!lua_istable(L, entry))
        return;
    snprintf(what, sizeof what, "policy %s", word);
    lure__check_keys(L, entry, 1, known, 3, what);
    int type = lua_getfield(L, entry, "state_dependent");
    if (type != LUA_TBOOLEAN && type != LUA_TNIL)
        luaL_error(L, "%s: state_dependent: expected true or false, got %s", what, lua_typename(L, type));
    out->state_dependent = lua_toboolean(L, -1);
    lua_pop(L, 1);
    read_train(L, entry, known, 1, &out->train_log_std, what);
    take_numbers(L, entry, "log_std", &out->log_std, what);
    if (out->state_dependent && out->log_std.how != LURE_INIT_DEFAULT)
        luaL_error(L, "%s: log_std is there without state_dependent: with it the network gives it", what);
}

static void read_head(lua_State *L, int entry, const char *word, lure_policy_options *out)
{
    const char *words[LURE_N_HEADS];
    size_t head = 0;
    for (size_t i = 0; i < LURE_N_HEADS; i++)
        words[i] = lure_distribution_rule_of((lure_head)i)->name;
    while (head < LURE_N_HEADS && strcmp(word, words[head]) != 0)
        head++;
    if (head == LURE_N_HEADS)
        lure__refuse_word(L, "policy head (the last entry)", word, words, LURE_N_HEADS);
    out->head = (lure_head)head;
    if (out->head == LURE_HEAD_MULTI_CATEGORICAL)
        read_sizes(L, entry, out);
    else if (out->head == LURE_HEAD_GAUSSIAN || out->head == LURE_HEAD_SQUASHED_GAUSSIAN)
        read_gaussian(L, entry, word, out);
    else if (lua_istable(L, entry))
        check_bare(L, entry, word);
}

void lure_read_policy(lua_State *L, int index, const char *const *others, lure_policy_options *out)
{
    const char *known[16] = {"trunk", "value"};
    size_t n_known = 2;
    index = lua_absindex(L, index);
    if (!lua_istable(L, index))
        luaL_error(L,
                   "policy: expected a list of layers and a head, got %s; for example { \"linear\", "
                   "\"categorical\" }",
                   lure_type_name(L, index));
    size_t n = lure_check_list(L, index, MOST_LAYERS, "policy");
    for (size_t i = 0; others && others[i] && n_known < 16; i++)
        known[n_known++] = others[i];
    lure__check_keys(L, index, n, known, n_known, "policy");
    if (n < 2)
        luaL_error(
            L, "policy: expected at least one layer and a head; for example { \"linear\", \"categorical\" }");
    luaL_checkstack(L, 16, "policy");
    out->trunk = read_field(L, index, "trunk", &out->n_trunk);
    lua_rawgeti(L, index, (lua_Integer)n);
    int head = lua_gettop(L);
    read_head(L, head, word_of(L, head, "policy", n), out);
    out->layers = read_layers(L, index, n - 1, "policy");
    out->n_layers = n - 1;
    out->value = read_field(L, index, "value", &out->n_value);
}
