/* value.c: see value.h. The parser is a recursive descent over the few forms a literal has; using Lua's own
   compiler instead would let --set run code. */
#include "script/value.h"

#include "script/key_order.h"

#include <ctype.h>
#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 32 };

/* ---- parsing ---- */

typedef struct reader {
    lua_State *L;
    const char *at;
    int depth;
} reader;

static bool read_value(reader *r);

static void skip_space(reader *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}
static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t name_length(const char *at)
{
    size_t n = 0;
    if (is_name_start(at[0]))
        while (is_name(at[n]))
            n++;
    return n;
}

/* The byte written as one to three decimal digits; leaves *at at the last of them. */
static bool read_code(const char **at, int *code)
{
    int n = 0, value = 0;
    for (; n < 3 && isdigit((unsigned char)(*at)[n]); n++)
        value = 10 * value + ((*at)[n] - '0');
    if (n == 0 || value > UCHAR_MAX)
        return false;
    *at += n - 1;
    *code = value;
    return true;
}

static bool read_string(reader *r)
{
    char quote = *r->at++;
    luaL_Buffer text;
    luaL_buffinit(r->L, &text);
    for (; *r->at && *r->at != quote && *r->at != '\n'; r->at++) {
        char c = *r->at;
        if (c == '\\') {
            c = *++r->at;
            int code;
            if (read_code(&r->at, &code)) {
                luaL_addchar(&text, (char)code);
                continue;
            }
            const char *escape = c ? strchr("n\nt\tr\r\\\\\"\"''", c) : NULL;
            if (!escape)
                break;
            c = escape[1];
        }
        luaL_addchar(&text, c);
    }
    luaL_pushresult(&text);
    if (*r->at != quote) {
        lua_pop(r->L, 1);
        return false;
    }
    r->at++;
    return true;
}

static bool read_number(reader *r)
{
    size_t n = strspn(r->at, "0123456789abcdefABCDEFxX.pP+-");
    char text[64];
    for (; n > 0; n--) { /* the longest stretch that Lua takes for a number: "1,", "2}" end before */
        if (n >= sizeof text)
            continue;
        memcpy(text, r->at, n);
        text[n] = '\0';
        if (lua_stringtonumber(r->L, text)) {
            r->at += n;
            return true;
        }
    }
    return false;
}

static bool read_table(reader *r)
{
    lua_State *L = r->L;
    if (++r->depth > MOST_DEPTH || !lua_checkstack(L, 6))
        return false;
    int top = lua_gettop(L);
    lua_newtable(L);
    lua_Integer position = 1;
    r->at++;
    for (skip_space(r); *r->at && *r->at != '}'; skip_space(r)) {
        size_t n = name_length(r->at);
        const char *after = r->at + n;
        while (isspace((unsigned char)*after))
            after++;
        if (n > 0 && *after == '=') { /* name = value */
            lua_pushlstring(L, r->at, n);
            r->at = after + 1;
        } else if (*r->at == '[') { /* [key] = value */
            r->at++;
            skip_space(r);
            if (!read_value(r) || lua_isnil(L, -1) || !lua_rawequal(L, -1, -1)) /* nil and nan are no keys */
                goto failed;
            skip_space(r);
            if (*r->at++ != ']')
                goto failed;
            skip_space(r);
            if (*r->at++ != '=')
                goto failed;
        } else {
            lua_pushinteger(L, position++);
        }
        skip_space(r);
        if (!read_value(r))
            goto failed;
        lua_rawset(L, top + 1);
        skip_space(r);
        if (*r->at == ',' || *r->at == ';')
            r->at++;
        else if (*r->at != '}')
            goto failed;
    }
    r->depth--;
    if (*r->at == '}') {
        r->at++;
        return true;
    }
failed:
    lua_settop(L, top);
    return false;
}

/* Pushes one value and moves behind it, or pushes nothing and returns false. */
static bool read_value(reader *r)
{
    static const struct {
        const char *word;
        int value; /* -1: nil */
    } words[] = {{"true", 1}, {"false", 0}, {"nil", -1}};
    if (*r->at == '{')
        return read_table(r);
    if (*r->at == '"' || *r->at == '\'')
        return read_string(r);
    size_t n = name_length(r->at);
    for (size_t i = 0; n > 0 && i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == n && strncmp(words[i].word, r->at, n) == 0) {
            r->at += n;
            if (words[i].value < 0)
                lua_pushnil(r->L);
            else
                lua_pushboolean(r->L, words[i].value);
            return true;
        }
    }
    if (strncmp(r->at, "0/0", 3) == 0) { /* what the writer makes of nan, which has no literal */
        r->at += 3;
        lua_pushnumber(r->L, (lua_Number)NAN);
        return true;
    }
    return n == 0 && read_number(r);
}

static bool parse_literal(lua_State *L, const char *text)
{
    reader r = {.L = L, .at = text};
    int top = lua_gettop(L);
    skip_space(&r);
    if (read_value(&r)) {
        skip_space(&r);
        if (*r.at == '\0')
            return true;
    }
    lua_settop(L, top);
    return false;
}

bool lure_value_is_literal(lua_State *L, const char *text)
{
    int top = lua_gettop(L);
    bool is = parse_literal(L, text);
    lua_settop(L, top);
    return is;
}

void lure_value_parse(lua_State *L, const char *text)
{
    luaL_checkstack(L, 8, NULL);
    if (!parse_literal(L, text))
        lua_pushstring(L, text);
}

/* ---- writing ---- */

/* A function is named by where it is defined; anything else without a text of its own by its kind. */
static void place_text(lua_State *L, int index, char *out, size_t size)
{
    lua_Debug d;
    if (lua_isfunction(L, index)) {
        lua_pushvalue(L, index);
        lua_getinfo(L, ">S", &d);
        snprintf(out, size, "function at %s:%d", d.short_src, d.linedefined);
    } else {
        snprintf(out, size, "%s", luaL_typename(L, index));
    }
}

static void quote(lure_text *text, const char *s, size_t n)
{
    lure_text_add(text, "\"");
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"' || s[i] == '\\')
            lure_text_addf(text, "\\%c", s[i]);
        else if (s[i] == '\n')
            lure_text_add(text, "\\n");
        else if (iscntrl((unsigned char)s[i])) /* three digits: one may follow */
            lure_text_addf(text, "\\%03d", (unsigned char)s[i]);
        else
            lure_text_add_bytes(text, s + i, 1);
    }
    lure_text_add(text, "\"");
}

/* Lua tells 3 from 3.0 (3 // 2 is 1, 3.0 // 2 is 1.0), so the text does as well. */
static void write_number(lua_State *L, int index, lure_text *text)
{
    double x = lua_tonumber(L, index);
    if (lua_isinteger(L, index)) {
        lua_Integer i = lua_tointeger(L, index);
        if (i == LUA_MININTEGER) /* its digits alone are one more than the largest integer, and so a float */
            lure_text_add(text, "0x8000000000000000");
        else
            lure_text_addf(text, "%lld", (long long)i);
    } else if (isfinite(x)) {
        char number[LURE_NUMBER_SIZE];
        lure_number_format(x, number);
        lure_text_addf(text, strpbrk(number, ".e") ? "%s" : "%s.0", number);
    } else {
        lure_text_add(text, isnan(x) ? "0/0" : x > 0 ? "1e999" : "-1e999");
    }
}

static bool is_plain_name(const char *s, size_t n)
{
    static const char *const reserved[] = {
        "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
    if (n == 0 || name_length(s) != n)
        return false;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == n && memcmp(reserved[i], s, n) == 0)
            return false;
    return true;
}

static void write_text(lua_State *L, int index, lure_text *text, int depth)
{
    size_t n;
    const char *s;
    char place[160];
    luaL_checkstack(L, 8, NULL);
    if (depth > MOST_DEPTH)
        luaL_error(L, "tables nested more than %d deep (or a table inside itself)", (int)MOST_DEPTH);
    switch (lua_type(L, index)) {
    case LUA_TNIL: lure_text_add(text, "nil"); return;
    case LUA_TBOOLEAN: lure_text_add(text, lua_toboolean(L, index) ? "true" : "false"); return;
    case LUA_TNUMBER: write_number(L, index, text); return;
    case LUA_TSTRING:
        s = lua_tolstring(L, index, &n);
        quote(text, s, n);
        return;
    case LUA_TTABLE: break;
    default:
        place_text(L, index, place, sizeof place);
        lure_text_addf(text, "<%s>", place);
        return;
    }
    lua_Integer n_list = 0; /* up to the first nil: what Lua calls the length may lie anywhere behind */
    bool first = true;
    lure_text_add(text, "{");
    for (; lua_rawgeti(L, index, n_list + 1) != LUA_TNIL; n_list++, first = false) {
        lure_text_add(text, first ? "" : ", ");
        write_text(L, lua_gettop(L), text, depth + 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lure_key_order_push(L, index, "table");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        if (!(lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= n_list)) {
            lure_text_add(text, first ? "" : ", ");
            first = false;
            if (lua_type(L, -1) == LUA_TSTRING && (s = lua_tolstring(L, -1, &n), is_plain_name(s, n))) {
                lure_text_add(text, s);
            } else {
                lure_text_add(text, "[");
                write_text(L, lua_gettop(L), text, depth + 1);
                lure_text_add(text, "]");
            }
            lure_text_add(text, " = ");
            lua_pushvalue(L, -1);
            lua_rawget(L, index);
            write_text(L, lua_gettop(L), text, depth + 1);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    lure_text_add(text, "}");
}

void lure_value_write(lua_State *L, int index, lure_text *text)
{
    write_text(L, lua_absindex(L, index), text, 0);
}

static void write_json(lua_State *L, int index, lure_json *json, const char *key, int depth)
{
    char place[160], number[LURE_NUMBER_SIZE];
    luaL_checkstack(L, 8, NULL);
    if (depth > MOST_DEPTH)
        luaL_error(L, "tables nested more than %d deep (or a table inside itself)", (int)MOST_DEPTH);
    switch (lua_type(L, index)) {
    case LUA_TNIL: lure_json_null(json, key); return;
    case LUA_TBOOLEAN: lure_json_bool(json, key, lua_toboolean(L, index)); return;
    case LUA_TNUMBER: lure_json_number(json, key, lua_tonumber(L, index)); return;
    case LUA_TSTRING: lure_json_string(json, key, lua_tostring(L, index)); return;
    case LUA_TTABLE: break;
    default:
        place_text(L, index, place, sizeof place);
        lure_json_string(json, key, place);
        return;
    }
    lure_key_order_push(L, index, "table");
    int keys = lua_gettop(L);
    lua_Integer n_list = (lua_Integer)lua_rawlen(L, index), n_keys = (lua_Integer)lua_rawlen(L, keys);
    bool is_list = n_list == n_keys && n_list > 0;
    if (is_list)
        lure_json_begin_array(json, key);
    else
        lure_json_begin_object(json, key);
    for (lua_Integer i = 1; i <= n_keys; i++) {
        lua_rawgeti(L, keys, i);
        const char *name = NULL;
        if (!is_list && lua_type(L, -1) == LUA_TSTRING) {
            name = lua_tostring(L, -1);
        } else if (!is_list) {
            lure_number_format(lua_tonumber(L, -1), number);
            name = number;
        }
        lua_pushvalue(L, -1);
        lua_rawget(L, index);
        write_json(L, lua_gettop(L), json, name, depth + 1);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    if (is_list)
        lure_json_end_array(json);
    else
        lure_json_end_object(json);
}

void lure_value_json(lua_State *L, int index, lure_json *json, const char *key)
{
    write_json(L, lua_absindex(L, index), json, key, 0);
}

static void push_copy(lua_State *L, int index, int depth)
{
    luaL_checkstack(L, 8, NULL);
    if (!lua_istable(L, index)) {
        lua_pushvalue(L, index);
        return;
    }
    if (depth > MOST_DEPTH)
        luaL_error(L, "tables nested more than %d deep (or a table inside itself)", (int)MOST_DEPTH);
    lua_newtable(L);
    int copy = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, index);) {
        push_copy(L, lua_gettop(L), depth + 1);
        lua_remove(L, -2);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
}

void lure_value_copy(lua_State *L, int index)
{
    push_copy(L, lua_absindex(L, index), 0);
}
