/* spec_optimizer.c: an optimizer as an experiment describes it; see spec.h. What options there are is read from the
   core's own list, so that a new one needs no word here. */
#include "script/spec.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 32, MOST_GROUPS = 1000, MOST_NAMES = 256 };

static void read_field(lua_State *L, int table, const lure_optimizer_field *field,
                       lure_optimizer_options *out)
{
    void *at = (char *)out + field->offset;
    int type = lua_getfield(L, table, field->name);
    if (type != LUA_TNIL && type != (field->is_flag ? LUA_TBOOLEAN : LUA_TNUMBER))
        luaL_error(L, "optimizer %s: expected %s, got %s", field->name,
                   field->is_flag ? "true or false" : "a number", lure_type_name(L, -1));
    if (type == LUA_TBOOLEAN)
        *(bool *)at = lua_toboolean(L, -1);
    else if (type == LUA_TNUMBER)
        *(double *)at = lua_tonumber(L, -1);
    lua_pop(L, 1);
}

/* A setting of the group on top of the stack; NaN: not given. */
static double read_setting(lua_State *L, const char *group, const char *key)
{
    double x = (double)NAN;
    int type = lua_getfield(L, -1, key);
    if (type == LUA_TNUMBER)
        x = lua_tonumber(L, -1);
    else if (type != LUA_TNIL)
        luaL_error(L, "optimizer groups '%s': %s: expected a number, got %s", group, key,
                   lure_type_name(L, -1));
    if (type == LUA_TNUMBER && (!(x >= 0.0) || isinf(x)))
        luaL_error(L, "optimizer groups '%s': %s is %f; expected 0 or more, finite", group, key,
                   lure_number_plain(x));
    lua_pop(L, 1);
    return x;
}

static void read_groups(lua_State *L, int table, lure_optimizer_options *out)
{
    static const char *const keys[] = {"rate", "weight_decay", "clip_value"};
    int type = lua_getfield(L, table, "groups");
    size_t n = 0;
    if (type == LUA_TNIL)
        return;
    if (type != LUA_TTABLE)
        luaL_error(L, "optimizer groups: expected { [\"parameter or layer\"] = { rate = 0.1, ... } }, got %s",
                   lure_type_name(L, -1));
    int groups = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, groups); lua_pop(L, 1))
        if (++n > MOST_GROUPS)
            luaL_error(L, "optimizer groups: more than %d", (int)MOST_GROUPS);
    lure_optimizer_group *list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0);
    out->groups = list;
    for (lua_pushnil(L); lua_next(L, groups); lua_pop(L, 1)) {
        char what[96];
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TTABLE) {
            const char *came = lure_type_name(L, -1);
            luaL_error(L,
                       "optimizer groups: expected { [\"parameter or layer\"] = { rate = 0.1, ... } }, got "
                       "[%s] = %s",
                       lure_push_text(L, -2), came);
        }
        const char *name = lua_tostring(L, -2); /* anchored by the experiment */
        snprintf(what, sizeof what, "optimizer groups '%.64s'", name);
        lure__check_keys(L, lua_gettop(L), 0, keys, 3, what);
        list[out->n_groups].name = name;
        list[out->n_groups].rate_scale = read_setting(L, name, keys[0]);
        list[out->n_groups].weight_decay = read_setting(L, name, keys[1]);
        list[out->n_groups++].clip_value = read_setting(L, name, keys[2]);
    }
}

static lure_optimizer_kind read_kind(lua_State *L, int index)
{
    const char *kinds[LURE_N_OPTIMIZERS];
    for (int kind = 0; kind < LURE_N_OPTIMIZERS; kind++)
        kinds[kind] = lure_optimizer_kind_name((lure_optimizer_kind)kind);
    const char *word = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
    if (!word)
        luaL_error(L, "optimizer: expected \"sgd\", \"adam\", another name or { name, options... }, got %s",
                   lure_type_name(L, index));
    for (int kind = 0; word && kind < LURE_N_OPTIMIZERS; kind++)
        if (strcmp(word, kinds[kind]) == 0)
            return (lure_optimizer_kind)kind;
    lure__refuse_word(L, "optimizer", word, kinds, LURE_N_OPTIMIZERS);
    return LURE_SGD;
}

/* What people write who come from PyTorch, where it is not near enough to a word of ours. */
static void refuse_foreign_words(lua_State *L, int table, const char *what)
{
    static const char *const words[][2] = {
        {"lr", "the rate is an argument of optimizer:step, and that of an experiment is its learning_rate"},
        {"learning_rate",
         "the rate is an argument of optimizer:step, and that of an experiment is its learning_rate"},
        {"betas", "they are beta1 and beta2"},
        {"eps", "it is epsilon"},
        {"max_grad_norm", "it is clip_norm"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (lua_getfield(L, table, words[i][0]) != LUA_TNIL)
            luaL_error(L, "%s: unknown '%s': %s", what, words[i][0], words[i][1]);
        lua_pop(L, 1);
    }
}

void lure_read_optimizer(lua_State *L, int index, lure_optimizer_options *out)
{
    index = lua_absindex(L, index);
    if (lua_isnoneornil(L, index)) {
        *out = lure_optimizer_defaults(LURE_SGD);
        return;
    }
    bool table = lua_istable(L, index);
    if (table)
        lua_rawgeti(L, index, 1);
    else
        lua_pushvalue(L, index);
    *out = lure_optimizer_defaults(read_kind(L, -1));
    lua_pop(L, 1);
    if (!table)
        return;

    const char *words[MOST_WORDS];
    char what[48];
    size_t n_fields, n = 0;
    const lure_optimizer_field *fields = lure_optimizer_fields(&n_fields);
    for (size_t i = 0; i < n_fields && n + 1 < MOST_WORDS; i++)
        if (fields[i].kinds & 1U << out->kind)
            words[n++] = fields[i].name;
    words[n++] = "groups";
    snprintf(what, sizeof what, "optimizer %s", lure_optimizer_kind_name(out->kind));
    refuse_foreign_words(L, index, what);
    lure__check_keys(L, index, 1, words, n, what);
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].kinds & 1U << out->kind)
            read_field(L, index, &fields[i], out);
    read_groups(L, index, out);
}

/* Adds each part of `name` that ends before a dot, and all of it, unless it was there just before. */
static size_t add_names(lua_State *L, const char *name, const char **names, size_t n)
{
    for (const char *end = name;; end++) {
        if (*end != '.' && *end != '\0')
            continue;
        const char *part = lua_pushlstring(L, name, (size_t)(end - name));
        bool known = n == MOST_NAMES;
        for (size_t i = 0; i < n && !known; i++)
            known = strcmp(names[i], part) == 0;
        if (known)
            lua_pop(L, 1);
        else
            names[n++] = part;
        if (*end == '\0')
            return n;
    }
}

void lure_check_groups(lua_State *L, const lure_optimizer_options *options, const lure_policy *policy)
{
    for (size_t g = 0; g < options->n_groups; g++) {
        size_t n_named = lure_policy_n_named(policy), n = 0, i = 0;
        while (i < n_named &&
               !lure_optimizer_group_covers(options->groups[g].name, lure_policy_named(policy, i)->name))
            i++;
        if (i < n_named)
            continue;
        const char *names[MOST_NAMES];
        luaL_checkstack(L, MOST_NAMES + 8, "optimizer groups");
        for (i = 0; i < n_named; i++)
            n = add_names(L, lure_policy_named(policy, i)->name, names, n);
        lure__refuse_word(L, "optimizer groups", options->groups[g].name, names, n);
    }
}
