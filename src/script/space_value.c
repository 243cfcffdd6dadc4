/* space_value.c: see space_value.h. */
#include "script/space_value.h"

#include "base/text.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

const char *lure_push_described(lua_State *L, int index)
{
    if (lua_type(L, index) == LUA_TNUMBER) /* C would call some NaNs "-nan" */
        return isnan(lua_tonumber(L, index)) ? lua_pushliteral(L, "nan") : luaL_tolstring(L, index, NULL);
    if (lua_type(L, index) == LUA_TSTRING)
        return lua_pushfstring(L, "\"%s\" (a string)", lua_tostring(L, index));
    return lua_pushstring(L, lure_type_name(L, index));
}

static lure_space_box *space_at(lua_State *L, int space)
{
    return lua_touserdata(L, space);
}

/* What a part is called in messages. [-0, +1, m] */
static const char *push_label(lua_State *L, const lure_space_box *box, size_t i)
{
    const char *name = box->space.parts[i].name;
    if (!box->is_action)
        return lua_pushfstring(L, "'%s' (number %I)", name ? name : "?", (lua_Integer)i + 1);
    if (!box->is_list)
        return lua_pushliteral(L, "the action");
    if (name)
        return lua_pushfstring(L, "'%s' (part %I)", name, (lua_Integer)i + 1);
    return lua_pushfstring(L, "part %I", (lua_Integer)i + 1);
}

/* "LABEL is WHAT CAME; expected EXPECTED"; false. */
static bool refuse(lua_State *L, const lure_space_box *box, size_t i, int value, const char *expected)
{
    const char *got = lure_push_described(L, value), *label = push_label(L, box, i);
    lua_pushfstring(L, "%s is %s; expected %s", label, got, expected);
    return false;
}

/* ---- reading ---- */

/* A word that is none of the part's. */
static bool refuse_word(lua_State *L, const lure_space_box *box, size_t i, int value)
{
    const lure_part *part = &box->space.parts[i];
    if (lua_type(L, value) != LUA_TSTRING)
        return refuse(L, box, i, value, "a word");
    const char *word = lua_tostring(L, value), *nearest = lure_text_nearest(word, part->words, part->n);
    const char *label = push_label(L, box, i);
    if (nearest)
        lua_pushfstring(L, "%s is '%s', which is none of its words; did you mean '%s'?", label, word,
                        nearest);
    else
        lua_pushfstring(L, "%s is '%s', which is none of its words; the first is '%s'", label, word,
                        part->words[0]);
    return false;
}

static bool read_word(lua_State *L, int space, const lure_space_box *box, size_t i, int value, double *out)
{
    lure_push_indices(L, space, i);
    lua_pushvalue(L, value);
    bool is_there = !lua_isnil(L, -1) && lua_rawget(L, -2) == LUA_TNUMBER;
    *out = is_there ? (double)(lua_tointeger(L, -1) - 1) : 0.0;
    lua_pop(L, 2);
    return is_there || refuse_word(L, box, i, value);
}

/* The number at `value`; the index is absolute. */
static bool read_number(lua_State *L, const lure_space_box *box, size_t i, int value, double *out)
{
    const size_t n = box->space.parts[i].n;
    const bool is_number = lua_type(L, value) == LUA_TNUMBER;
    if (!is_number && (box->is_action || !lua_isboolean(L, value)))
        return refuse(L, box, i, value, n > 0 ? "a whole number" : "a finite number");
    const double x = *out = is_number ? lua_tonumber(L, value) : lua_toboolean(L, value);
    if (n == 0 ? isfinite(x) : x >= 0.0 && x < (double)n && x == floor(x))
        return true;
    const char *expected =
        n > 0 ? lua_pushfstring(L, "a whole number from 0 to %I", (lua_Integer)n - 1) : "a finite number";
    return refuse(L, box, i, value, expected);
}

static bool refuse_count(lua_State *L, const char *label, size_t got, const char *of_what, size_t expected)
{
    lua_pushfstring(L, "%s has %I %s; expected %I", label, (lua_Integer)got, of_what, (lua_Integer)expected);
    return false;
}

/* Numbers from part `first` on, of the list at `list`. */
static bool read_list(lua_State *L, int space, int list, size_t first, size_t n, double *out)
{
    const lure_space_box *box = space_at(L, space);
    for (size_t i = first; i < first + n; i++) {
        lua_rawgeti(L, list, (lua_Integer)(i - first) + 1);
        int value = lua_gettop(L);
        if (!(box->space.parts[i].words ? read_word(L, space, box, i, value, &out[i])
                                        : read_number(L, box, i, value, &out[i])))
            return false;
        lua_pop(L, 1);
    }
    return true;
}

static bool read_whole_list(lua_State *L, int space, int list, double *out)
{
    const lure_space_box *box = space_at(L, space);
    const size_t n = box->space.n_parts;
    if (lua_rawlen(L, list) != n)
        return refuse_count(L, box->is_action ? "the action" : "the observation", lua_rawlen(L, list),
                            box->is_action ? "parts" : "numbers", n);
    return read_list(L, space, list, 0, n, out);
}

/* What lies at `value` is no table; the first n_keys of the field's keys lead to it. */
static bool refuse_table(lua_State *L, const lure_field *field, size_t n_keys, int value,
                         const char *expected)
{
    const char *got = lure_push_described(L, value);
    luaL_Buffer name;
    luaL_buffinit(L, &name);
    for (size_t i = 0; i < n_keys; i++) {
        luaL_addstring(&name, i ? "." : "");
        luaL_addstring(&name, field->keys[i]);
    }
    luaL_pushresult(&name);
    lua_pushfstring(L, "'%s' is %s; expected %s", lua_tostring(L, -1), got, expected);
    return false;
}

/* The value of the field on top. */
static bool read_field(lua_State *L, int space, const lure_space_box *box, const lure_field *field,
                       double *out)
{
    const size_t n = field->n_listed;
    const int value = lua_gettop(L);
    if (n == 0)
        return read_number(L, box, field->first, value, &out[field->first]);
    if (!lua_istable(L, value))
        return refuse_table(L, field, field->n_keys, value,
                            lua_pushfstring(L, "a list of %I numbers", (lua_Integer)n));
    if (lua_rawlen(L, value) != n)
        return refuse_count(L, lua_pushfstring(L, "'%s'", field->name), lua_rawlen(L, value), "numbers", n);
    return read_list(L, space, value, field->first, n, out);
}

/* The tables that lead to a field stay on the stack for the next one. */
static bool read_fields(lua_State *L, int space, int value, double *out)
{
    const lure_space_box *box = space_at(L, space);
    luaL_checkstack(L, LURE_MOST_NESTED + 12, "observation");
    lua_pushvalue(L, value);
    const int base = lua_gettop(L);
    for (size_t f = 0; f < box->n_fields; f++) {
        const lure_field *field = &box->fields[f];
        lua_settop(L, base + (int)field->n_shared);
        for (size_t k = field->n_shared; k + 1 < field->n_keys; k++)
            if (lua_getfield(L, -1, field->keys[k]) != LUA_TTABLE)
                return refuse_table(L, field, k + 1, lua_gettop(L), "a table");
        lua_getfield(L, -1, field->keys[field->n_keys - 1]);
        if (!read_field(L, space, box, field, out))
            return false;
    }
    return true;
}

/* Leaves nothing on the stack but the message, if there is one. */
static bool done(lua_State *L, int top, bool fits)
{
    if (!fits)
        lua_copy(L, -1, top + 1);
    lua_settop(L, top + !fits);
    return fits;
}

bool lure_read_fields(lua_State *L, int space, int value, double *out)
{
    const int top = lua_gettop(L);
    return done(L, top, read_fields(L, lua_absindex(L, space), lua_absindex(L, value), out));
}

static bool read_value(lua_State *L, int space, int value, double *out)
{
    const lure_space_box *box = space_at(L, space);
    if (box->is_action && !box->is_list)
        return box->space.parts[0].words ? read_word(L, space, box, 0, value, out)
                                         : read_number(L, box, 0, value, out);
    if (!lua_istable(L, value)) {
        lua_pushfstring(L, "the %s is %s; expected %s", box->is_action ? "action" : "observation",
                        lure_push_described(L, value),
                        box->is_action || box->n_fields == 0 ? "a list" : "a table");
        return false;
    }
    bool is_list = box->is_action || box->n_fields == 0 || lua_rawgeti(L, value, 1) != LUA_TNIL;
    return is_list ? read_whole_list(L, space, value, out) : read_fields(L, space, value, out);
}

bool lure_read_space_value(lua_State *L, int space, int value, double *out)
{
    const int top = lua_gettop(L);
    luaL_checkstack(L, 16, "value");
    return done(L, top, read_value(L, lua_absindex(L, space), lua_absindex(L, value), out));
}

/* ---- legal words ---- */

/* "what is legal", of a part among several with its name. [-0, +1, m] */
static const char *push_legal_label(lua_State *L, const lure_space_box *box, size_t i)
{
    return box->is_list ? lua_pushfstring(L, "what is legal of %s", push_label(L, box, i))
                        : lua_pushliteral(L, "what is legal");
}

static bool refuse_legal_word(lua_State *L, const lure_space_box *box, size_t i, int value)
{
    const lure_part *part = &box->space.parts[i];
    const char *got = lure_push_described(L, value), *nearest = NULL;
    if (lua_type(L, value) == LUA_TSTRING)
        nearest = lure_text_nearest(lua_tostring(L, value), part->words, part->n);
    lua_pushfstring(L, "%s has %s, which is none of the words; %s '%s'%s", push_legal_label(L, box, i), got,
                    nearest ? "did you mean" : "the first is", nearest ? nearest : part->words[0],
                    nearest ? "?" : "");
    return false;
}

static bool read_legal_of(lua_State *L, int space, size_t i, int list, unsigned char *mask)
{
    const lure_space_box *box = space_at(L, space);
    const lure_part *part = &box->space.parts[i];
    if (!part->words || !lua_istable(L, list)) {
        const char *got = lure_push_described(L, list);
        lua_pushfstring(L, "%s is %s; expected %s", push_legal_label(L, box, i), got,
                        part->words ? "a list of words" : "nothing: a number has no words");
        return false;
    }
    const size_t n = lua_rawlen(L, list);
    memset(mask, 0, part->n);
    if (n == 0) {
        lua_pushfstring(L, "%s is an empty list; some action must be legal, or the episode over",
                        push_legal_label(L, box, i));
        return false;
    }
    lure_push_indices(L, space, i);
    for (size_t k = 0; k < n; k++) {
        lua_rawgeti(L, list, (lua_Integer)k + 1);
        lua_pushvalue(L, -1);
        if (lua_isnil(L, -1) || lua_rawget(L, -3) != LUA_TNUMBER)
            return refuse_legal_word(L, box, i, lua_gettop(L) - 1);
        mask[lua_tointeger(L, -1) - 1] = 1;
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    return true;
}

static bool read_legal(lua_State *L, int space, int value, unsigned char *mask)
{
    const lure_space_box *box = space_at(L, space);
    if (box->is_action && !box->is_list)
        return read_legal_of(L, space, 0, value, mask);
    if (!box->is_action || !lua_istable(L, value)) {
        lua_pushfstring(L, "what is legal is %s; expected %s", lure_push_described(L, value),
                        box->is_action ? "a list of lists of words" : "nothing: the space is no action's");
        return false;
    }
    if (lua_rawlen(L, value) != box->space.n_parts)
        return refuse_count(L, "what is legal", lua_rawlen(L, value), "parts", box->space.n_parts);
    for (size_t i = 0; i < box->space.n_parts; mask += box->space.parts[i++].n) {
        lua_rawgeti(L, value, (lua_Integer)i + 1);
        if (!read_legal_of(L, space, i, lua_gettop(L), mask))
            return false;
        lua_pop(L, 1);
    }
    return true;
}

bool lure_read_legal(lua_State *L, int space, int value, unsigned char *mask)
{
    const int top = lua_gettop(L);
    luaL_checkstack(L, 16, "legal");
    return done(L, top, read_legal(L, lua_absindex(L, space), lua_absindex(L, value), mask));
}

/* ---- writing ---- */

static void push_part(lua_State *L, const lure_part *part, double x)
{
    if (part->words)
        lua_pushstring(L, part->words[(size_t)x]);
    else if (part->n > 0)
        lua_pushinteger(L, (lua_Integer)x);
    else
        lua_pushnumber(L, x);
}

static void push_list(lua_State *L, const lure_part *parts, size_t n, const double *value)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_part(L, &parts[i], value[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void lure_push_space_value(lua_State *L, int space, const double *value)
{
    const lure_space_box *box = space_at(L, space);
    const lure_part *parts = box->space.parts;
    luaL_checkstack(L, LURE_MOST_NESTED + 4, "value");
    if (box->is_action && !box->is_list) {
        push_part(L, parts, *value);
        return;
    }
    if (box->n_fields == 0) {
        push_list(L, parts, box->space.n_parts, value);
        return;
    }
    lua_createtable(L, 0, (int)box->n_fields);
    const int base = lua_gettop(L);
    for (size_t f = 0; f < box->n_fields; f++) {
        const lure_field *field = &box->fields[f];
        lua_settop(L, base + (int)field->n_shared);
        for (size_t k = field->n_shared; k + 1 < field->n_keys; k++) {
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, -3, field->keys[k]);
        }
        if (field->n_listed > 0)
            push_list(L, parts + field->first, field->n_listed, value + field->first);
        else
            push_part(L, &parts[field->first], value[field->first]);
        lua_setfield(L, -2, field->keys[field->n_keys - 1]);
    }
    lua_settop(L, base);
}

const char *lure_push_outside(lua_State *L, int space, const double *value)
{
    const lure_space_box *box = space_at(L, space);
    const int top = lua_gettop(L);
    const size_t i = lure_space_find_outside(&box->space, value);
    const lure_part *part = &box->space.parts[i];
    char bound[LURE_NUMBER_SIZE], got[LURE_NUMBER_SIZE];
    lure_number_format(value[i], got);
    const char *label = push_label(L, box, i);
    if (part->n > 0) {
        lua_pushfstring(L, "%s is %s; expected a whole number from 0 to %I", label, got,
                        (lua_Integer)part->n - 1);
    } else if (!isfinite(value[i])) {
        lua_pushfstring(L, "%s is %s; expected a finite number", label, got);
    } else {
        const bool is_below = value[i] < part->low;
        lure_number_format(is_below ? part->low : part->high, bound);
        lua_pushfstring(L, "%s is %s; expected at %s %s", label, got, is_below ? "least" : "most", bound);
    }
    done(L, top, false);
    return lua_tostring(L, -1);
}
