/* check_script.c: see check_script.h. */
#include "check/check_script.h"

#include "base/file.h"
#include "script/bind.h"
#include "script/call.h"

#include <ctype.h>
#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- saying ---- */

/* Also called in signal context: write and nothing else. */
static void send(int out, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t sent = write(out, at, n);
        if (sent < 0)
            return; /* nobody listens any more */
        at += sent;
        n -= (size_t)sent;
    }
}

void lure_examiner_send(lure_examiner *x, char kind, const void *bytes, size_t size)
{
    uint32_t n = (uint32_t)size;
    x->failed |= kind == LURE_SAYS_FINDING;
    if (x->out < 0)
        return;
    send(x->out, &kind, 1);
    send(x->out, &n, sizeof n);
    send(x->out, bytes, size);
}

void lure_examiner_say(lure_examiner *x, char kind, const char *text)
{
    lure_examiner_send(x, kind, text, strlen(text));
}

void lure_examiner_measure(lure_examiner *x, const char *name, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%s %.17g", name, value);
    if (!isnan(value))
        lure_examiner_say(x, LURE_SAYS_MEASURE, text);
}

/* ---- the place of a finding ---- */

/* "file:12: " at the beginning? Its length, or 0. */
static size_t place_length(const char *text)
{
    size_t n = strcspn(text, ":\n");
    size_t digits = text[n] == ':' ? strspn(text + n + 1, "0123456789") : 0;
    return digits && strncmp(text + n + 1 + digits, ": ", 2) == 0 ? n + digits + 3 : 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The first line of the source, comments left out, that has the word at the beginning of one of its own words; with
   `assigned`, that has it as a whole word before a '='. 0: none. */
static int find_line(const char *source, const char *word, size_t n, bool assigned)
{
    int number = 1;
    for (const char *line = source; *line; number++) {
        size_t length = strcspn(line, "\n");
        for (size_t i = 0; i + n <= length && strncmp(line + i, "--", 2) != 0; i++) {
            if (strncmp(line + i, word, n) != 0 || (i > 0 && is_word(line[i - 1])))
                continue;
            size_t after = i + n + strspn(line + i + n, " ");
            if (!assigned || (!is_word(line[i + n]) && line[after] == '='))
                return number;
        }
        line += length + (line[length] == '\n');
    }
    return 0;
}

/* Where a script ends is where it should have returned something else. */
static int find_return(const char *source)
{
    int number = 1, last = 1, found = 0;
    for (const char *line = source; *line; number++) {
        size_t length = strcspn(line, "\n");
        found = strncmp(line, "return", 6) == 0 ? number : found;
        last = strspn(line, " \t") < length ? number : last;
        line += length + (line[length] == '\n');
    }
    return found ? found : last;
}

/* The line that a message without a place is about: that of a 'word' it quotes, or of the key that it begins with or that
   belongs to somebody. */
static int guess_line(const lure_examiner *x, const char *source, const char *text, bool *is_sure)
{
    *is_sure = true;
    for (const char *quote = strchr(text, '\''); quote; quote = strchr(quote + 1, '\'')) {
        size_t n = strcspn(quote + 1, "'\n");
        bool opens = (quote == text || quote[-1] == ' ' || quote[-1] == '(') && quote[n + 1] == '\'';
        bool names_us = strncmp(quote + 1, x->name, n) == 0 && !x->name[n];
        int line = opens && n && !names_us ? find_line(source, quote + 1, n, false) : 0;
        if (line)
            return line;
        quote += opens ? n + 1 : 0;
    }
    const char *of = strstr(text, "'s "); /* "the environment's actions[2] declares ..." */
    text = of ? of + 3 : text;
    size_t n = 0;
    while (is_word(text[n]))
        n++;
    int line = n ? find_line(source, text, n, true) : 0;
    *is_sure = line > 0;
    return line ? line : find_return(source);
}

/* Every finding begins with a place: its own, written out where Lua has shortened it, or one in the script. */
static void place(const lure_examiner *x, const char *text, char *out, size_t size)
{
    lure_text source;
    bool is_sure;
    size_t n_path = strlen(x->path), n = place_length(text), n_file = strcspn(text, ":");
    bool is_short = n && strncmp(text, "...", 3) == 0 && n_file - 3 < n_path &&
                    strncmp(text + 3, x->path + n_path - (n_file - 3), n_file - 3) == 0;
    bool is_ours = is_short || (n_file == n_path && strncmp(text, x->path, n_path) == 0);
    bool is_composed = x->role == LURE_ROLE_EXPERIMENT || x->role == LURE_ROLE_BATCH;
    if (n && (is_ours || !is_composed)) {
        snprintf(out, size, "%s%s", is_short ? x->path : "", is_short ? text + n_file : text);
        return;
    }
    if (!n && strncmp(text, x->path, n_path) == 0)
        text += n_path + strspn(text + n_path, ": ");
    lure_text_init(&source);
    (void)lure_file_read(x->path, 4 << 20, &source, NULL);
    int line = guess_line(x, source.data, text + n, &is_sure);
    lure_text_free(&source);
    if (n && !is_sure) /* the script at fault is another one and says enough */
        snprintf(out, size, "%s", text);
    else
        snprintf(out, size, "%s:%d: %s", x->path, line, text);
}

void lure_examiner_find(lure_examiner *x, const char *format, ...)
{
    char text[3000], placed[8000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    place(x, text, placed, sizeof placed);
    if (!x->failed)
        (void)lure_fail(&x->first, LURE_ERROR_SCRIPT, "%s", placed);
    lure_examiner_say(x, LURE_SAYS_FINDING, placed);
}

void lure_examiner_note(lure_examiner *x, const char *format, ...)
{
    char text[3000], placed[8000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    place(x, text, placed, sizeof placed);
    lure_examiner_say(x, LURE_SAYS_NOTE, x->options->gradient ? text : placed);
}

/* ---- sandboxes ---- */

static void on_stuck(void *data)
{
    static const char text[] = "the script is inside one library call that does not end; it was stopped";
    lure_examiner_say(data, LURE_SAYS_FINDING, text);
    lure_examiner_say(data, LURE_SAYS_DONE, "");
    _exit(((lure_examiner *)data)->is_account ? 3 : 0);
}

void lure_examiner_watch(lure_examiner *x, lure_sandbox *sandbox)
{
    lure_error err;
    if (lure_sandbox_watch(sandbox, on_stuck, x, &err) != LURE_OK)
        lure_examiner_note(x, "%s: an endless loop would not be stopped", err.text);
}

enum { HURRIED_PAUSE = 106, HURRIED_MULTIPLIER = 1000 }; /* percent of what is alive; of what is allocated */

lure_sandbox *lure_examiner_sandbox(lure_examiner *x)
{
    lure_error err;
    lure_sandbox *sandbox;
    lure_limits limits = lure_limits_defaults();
    limits.step_seconds = LURE_CHECK_SECONDS;
    if (lure_sandbox_create(&limits, &sandbox, &err) != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
        return NULL;
    }
    if (x->is_account) { /* collected far more often than where it is compared with: nothing may hang on that */
        lua_gc(sandbox->L, LUA_GCINC, HURRIED_PAUSE, HURRIED_MULTIPLIER, 0);
        sandbox->may_grow = true; /* as if that had been done: lure_sandbox_pace would end the hurry */
    }
    lure_examiner_watch(x, sandbox);
    return sandbox;
}

bool lure_examiner_try(lure_examiner *x, lure_sandbox *sandbox, lua_CFunction function, void *data)
{
    lure_error err;
    if (lure_call_c(sandbox->L, function, data, &err) == LURE_OK)
        return true;
    lure_examiner_find(x, "%s", err.text);
    return false;
}

/* ---- loading ---- */

void lure_examiner_push_function(lua_State *L, const lure_examiner *x)
{
    lure_loader_load(L, x->role, x->path, NULL, 0, NULL);
    if (!lua_isfunction(L, -1))
        luaL_error(L, "%s: returned %s; expected a function (does the file end with 'return function ...'?)",
                   x->path, lure_type_name(L, -1));
}

typedef struct loading {
    lure_examiner *x;
    const char *unknown; /* an option to give; null: none */
    bool has_options;    /* it called options() */
    bool reads_itself;   /* it looked into `...` without options() */
} loading;

static int note_reading(lua_State *L) /* __index of the options given */
{
    loading *l = lua_touserdata(L, lua_upvalueindex(1));
    l->reads_itself = true;
    return 0;
}

static int load(lua_State *L)
{
    loading *l = lua_touserdata(L, 1);
    lua_newtable(L);
    if (l->unknown) {
        lua_pushboolean(L, 1);
        lua_setfield(L, 2, l->unknown);
    } else {
        lua_newtable(L);
        lua_pushlightuserdata(L, l);
        lua_pushcclosure(L, note_reading, 1);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, 2);
    }
    lure_loader_load(L, l->x->role, l->x->path, NULL, 2, NULL);
    lure_loader_push_records(L);
    lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
    l->has_options = lua_getfield(L, -1, "options") != LUA_TNIL;
    return 0;
}

static lure_status load_once(lure_examiner *x, loading *l, lure_error *err)
{
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    lure_status status = sandbox ? lure_call_c(sandbox->L, load, l, err) : LURE_ERROR_MEMORY;
    lure_sandbox_destroy(sandbox);
    return status;
}

bool lure_examine_loading(lure_examiner *x)
{
    lure_error err;
    loading plain = {.x = x}, misspelt = {.x = x, .unknown = "an_option_that_no_script_has"};
    if (load_once(x, &plain, &err) != LURE_OK) {
        if (!x->failed)
            lure_examiner_find(x, "%s", err.text);
        return false;
    }
    if (plain.reads_itself && !plain.has_options) {
        lure_examiner_find(x,
                           "%s:1: options are read from ... itself, where a misspelt one goes unnoticed; "
                           "expected local o = options(..., { name = default })",
                           x->path);
        return true;
    }
    if (load_once(x, &misspelt, &err) == LURE_OK)
        lure_examiner_find(x,
                           "%s:1: an unknown option is not refused; expected local o = options(..., { name = "
                           "default }) outside any pcall",
                           x->path);
    return true;
}
