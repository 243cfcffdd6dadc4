/* library_pattern.c: string.find, match, gmatch and gsub on our own matcher (pattern.h). Arguments, results and
   messages are Lua 5.4's. */
#define _GNU_SOURCE
#include "script/library.h"

#include "script/pattern.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* Pushes capture i (0-based); of a pattern without captures the first is the whole match. */
static void push_capture(const lure_matcher *m, int i, const char *start, const char *end)
{
    if (i >= m->n_captures) {
        if (i != 0)
            luaL_error(m->L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(m->L, start, (size_t)(end - start));
    } else if (m->capture[i].length == LURE_CAPTURE_POSITION) {
        lua_pushinteger(m->L, m->capture[i].start - m->subject + 1);
    } else {
        if (m->capture[i].length == LURE_CAPTURE_OPEN)
            luaL_error(m->L, "unfinished capture");
        lua_pushlstring(m->L, m->capture[i].start, (size_t)m->capture[i].length);
    }
}

static int push_captures(const lure_matcher *m, const char *start, const char *end)
{
    int n = m->n_captures == 0 && start ? 1 : m->n_captures;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++)
        push_capture(m, i, start, end);
    return n;
}

/* Where to begin (0-based): 1 is the first, -1 the last character; may lie behind the end. */
static size_t read_start(lua_State *L, int arg, size_t n)
{
    lua_Integer at = luaL_optinteger(L, arg, 1);
    if (at > 0)
        return (lua_Unsigned)at - 1 > n ? n + 1 : (size_t)at - 1;
    return at == 0 || at < -(lua_Integer)n ? 0 : (size_t)((lua_Integer)n + at);
}

/* ---- find, match ---- */

static int find_plain(lua_State *L, const char *subject, size_t n, size_t start, const char *text,
                      size_t n_text)
{
    const char *found = memmem(subject + start, n - start, text, n_text);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)n_text);
    return 2;
}

static int search(lua_State *L, bool find)
{
    size_t n, n_pattern;
    const char *subject = luaL_checklstring(L, 1, &n), *pattern = luaL_checklstring(L, 2, &n_pattern);
    size_t start = read_start(L, 3, n);
    if (start > n) {
        lua_pushnil(L);
        return 1;
    }
    bool plain = lua_toboolean(L, 4) || strcspn(pattern, "^$*+?.([%-") == n_pattern;
    if (find && plain)
        return find_plain(L, subject, n, start, pattern, n_pattern);
    lure_matcher m;
    bool anchored = *pattern == '^';
    lure_matcher_init(&m, L, subject, n, pattern, n_pattern);
    for (const char *s = subject + start; s <= m.subject_end; s++) {
        const char *end = lure_matcher_match(&m, s, pattern + anchored);
        if (end && !find)
            return push_captures(&m, s, end);
        if (end) {
            lua_pushinteger(L, s - subject + 1);
            lua_pushinteger(L, end - subject);
            return 2 + push_captures(&m, NULL, NULL);
        }
        if (anchored)
            break;
    }
    lua_pushnil(L);
    return 1;
}

static int string_find(lua_State *L) /* [-0, +n, e] find(s, pattern [, init [, plain]]) */
{
    return search(L, true);
}

static int string_match(lua_State *L) /* [-0, +n, e] match(s, pattern [, init]) */
{
    return search(L, false);
}

/* ---- gmatch ---- */

/* Upvalues: text, pattern, where to go on (0-based), the end of the last match (-1: none). An empty match right
   behind the last one is none. */
static int next_match(lua_State *L)
{
    size_t n, n_pattern;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &n);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &n_pattern);
    size_t at = (size_t)lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    lure_matcher m;
    lure_matcher_init(&m, L, subject, n, pattern, n_pattern);
    for (; at <= n; at++) {
        const char *end = lure_matcher_match(&m, subject + at, pattern);
        if (!end || end - subject == last)
            continue;
        lua_pushinteger(L, end - subject);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(&m, subject + at, end);
    }
    lua_pushinteger(L, (lua_Integer)n + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int string_gmatch(lua_State *L) /* [-0, +1, e] gmatch(s, pattern [, init]) */
{
    size_t n;
    luaL_checklstring(L, 1, &n);
    luaL_checkstring(L, 2);
    size_t start = read_start(L, 3, n);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)start);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* ---- gsub ---- */

/* Adds the replacement text (argument 3) with %0 to %9 filled in. */
static void add_text(const lure_matcher *m, luaL_Buffer *out, const char *start, const char *end)
{
    size_t n;
    const char *text = lua_tolstring(m->L, 3, &n), *text_end = text + n;
    for (; text < text_end; text++) {
        if (*text != '%') {
            luaL_addchar(out, *text);
        } else if (++text < text_end && *text == '%') {
            luaL_addchar(out, '%');
        } else if (text < text_end && *text == '0') {
            luaL_addlstring(out, start, (size_t)(end - start));
        } else if (text < text_end && isdigit((unsigned char)*text)) {
            push_capture(m, *text - '1', start, end);
            luaL_tolstring(m->L, -1, NULL); /* a position is a number */
            lua_remove(m->L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* Adds what the match from start to end becomes: by a text, a table or a function; false and nil leave it. */
static bool add_replacement(const lure_matcher *m, luaL_Buffer *out, const char *start, const char *end)
{
    lua_State *L = m->L;
    int type = lua_type(L, 3);
    if (type == LUA_TTABLE) {
        push_capture(m, 0, start, end);
        lua_gettable(L, 3);
    } else if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, start, end), 1);
    } else {
        add_text(m, out, start, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, start, (size_t)(end - start));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(out);
    return true;
}

/* [-0, +2, e] gsub(s, pattern, replacement [, most]) -> text, how many */
static int string_gsub(lua_State *L)
{
    size_t n, n_pattern;
    const char *subject = luaL_checklstring(L, 1, &n), *pattern = luaL_checklstring(L, 2, &n_pattern);
    int type = lua_type(L, 3);
    luaL_argexpected(
        L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)n + 1), count = 0;
    bool anchored = *pattern == '^', changed = false;
    lure_matcher m;
    luaL_Buffer out;
    lure_matcher_init(&m, L, subject, n, pattern, n_pattern);
    luaL_buffinit(L, &out);
    const char *s = subject, *last = NULL;
    while (count < most) {
        const char *end = lure_matcher_match(&m, s, pattern + anchored);
        if (end && end != last) {
            count++;
            changed |= add_replacement(&m, &out, s, end);
            s = last = end;
        } else if (s < m.subject_end) {
            luaL_addchar(&out, *s++);
        } else {
            break;
        }
        if (anchored)
            break;
    }
    if (changed) {
        luaL_addlstring(&out, s, (size_t)(m.subject_end - s));
        luaL_pushresult(&out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

void lure_library_pattern(lua_State *L)
{
    static const luaL_Reg functions[] = {{"find", string_find},
                                         {"match", string_match},
                                         {"gmatch", string_gmatch},
                                         {"gsub", string_gsub},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
