/* call.c: protected calls and what their errors say. See call.h. */
#include "script/call.h"

#include "base/text.h"
#include "script/differentiate.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* A longer message is cut, so that who was running and from where it was called stays. */
enum { TRACE_LINES = 6, MOST_MESSAGE = 1000 };

/* " (reward 'right_portion', update 3, episode 3, step 1)" */
static void add_context(luaL_Buffer *text, const lure_sandbox *sandbox)
{
    const lure_context *context = &sandbox->context;
    char part[256];
    if (!context->role)
        return;
    snprintf(part, sizeof part, context->name ? " (%s '%s'" : " (%s", context->role, context->name);
    luaL_addstring(text, part);
    if (sandbox->is_evaluating)
        luaL_addstring(text, ", in an evaluation");
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"update", context->update},
                   {"copy", context->copy},
                   {"episode", context->episode},
                   {"step", context->step}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].value) {
            snprintf(part, sizeof part, ", %s %llu", numbers[i].name, (unsigned long long)numbers[i].value);
            luaL_addstring(text, part);
        }
    }
    luaL_addchar(text, ')');
}

/* The script lines of the calls that led to the error, innermost first, when there is more than the one that the
   message names. C frames say nothing to a script's author and are left out. */
static void add_trace(lua_State *L, luaL_Buffer *text)
{
    lua_Debug frame;
    int n_script = 0;
    /* no further than needed: after an endless recursion there are hundreds of thousands, each dearer to reach */
    for (int level = 1; n_script < 2 && lua_getstack(L, level, &frame); level++)
        if (lua_getinfo(L, "l", &frame) && frame.currentline > 0)
            n_script++;
    if (n_script < 2)
        return;
    int n_shown = 0;
    for (int level = 1; n_shown < TRACE_LINES && lua_getstack(L, level, &frame); level++) {
        if (lua_getinfo(L, "Sl", &frame) && frame.currentline > 0) {
            char line[160];
            snprintf(line, sizeof line, "\n  at %s:%d", frame.short_src, frame.currentline);
            luaL_addstring(text, line);
            n_shown++;
        }
    }
}

/* "file:line: " of the innermost script line, for messages that begin with no place: those of error(message, 0), of
   error objects, and of library functions that another of ours calls. Pushes nothing but what it adds. */
static void add_place(lua_State *L, luaL_Buffer *text, const char *message)
{
    char place[LUA_IDSIZE + 32];
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sl", &frame) || frame.currentline <= 0)
            continue;
        const char *colon = strchr(message, ':');
        while (colon && !(colon[1] >= '0' && colon[1] <= '9'))
            colon = strchr(colon + 1, ':');
        if (!colon || colon[1 + strspn(colon + 1, "0123456789")] != ':') {
            snprintf(place, sizeof place, "%s:%d: ", frame.short_src, frame.currentline);
            luaL_addstring(text, place);
        }
        return;
    }
}

/* The message handler: runs where the error happened, with the script's frames still there. */
static int describe(lua_State *L)
{
    int type = lua_type(L, 1);
    bool has_text = type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
    const char *kind = lure_push_text(L, 1);
    if (type == LUA_TNIL) {
        lua_pushliteral(L, "an error that is nil; raise a string");
        lua_replace(L, 2);
    } else if (!has_text && luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL) {
        lua_pushfstring(L, "an error that is %s %s; raise a string", lure_article(kind), kind);
        lua_replace(L, 2);
    }
    lua_settop(L, 2);
    size_t n;
    const char *message = lua_tolstring(L, 2, &n);
    char visible[MOST_MESSAGE];
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    lure_text_visible(message, n < sizeof visible ? n : sizeof visible, visible, sizeof visible);
    add_place(L, &text, visible);
    luaL_addstring(&text, visible);
    if (n >= sizeof visible)
        luaL_addstring(&text, " ...");
    add_context(&text, lure_sandbox_of(L));
    add_trace(L, &text);
    luaL_pushresult(&text);
    return 1;
}

static lure_status fail_from_lua(lua_State *L, int code, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error without a message";
    if (sandbox->limit_hit == LURE_ERROR_TIME || sandbox->limit_hit == LURE_ERROR_WALL ||
        sandbox->limit_hit == LURE_ERROR_CANCELLED)
        return lure_fail(err, sandbox->limit_hit, "%s", message);
    if (code != LUA_ERRMEM && sandbox->limit_hit != LURE_ERROR_MEMORY)
        return lure_fail(err, sandbox->raised ? sandbox->raised : LURE_ERROR_SCRIPT, "%s", message);
    const lure_context *context = &sandbox->context;
    char numbers[96] = "";
    if (context->update || context->episode)
        snprintf(numbers, sizeof numbers, ", update %llu, episode %llu, step %llu",
                 (unsigned long long)context->update, (unsigned long long)context->episode,
                 (unsigned long long)context->step);
    return lure_fail(
        err, LURE_ERROR_MEMORY,
        "%s%smemory limit: the script needs more than %g MB (limits.memory_mb); keep less, or raise the "
        "limit (%s%s%s%s%s)",
        sandbox->memory_place, *sandbox->memory_place ? ": " : "", sandbox->limits.memory_mb,
        context->role ? context->role : "script", context->name ? " '" : "",
        context->name ? context->name : "", context->name ? "'" : "", numbers);
}

lure_status lure_call(lua_State *L, int n_args, int n_results, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    int base = lua_gettop(L) - n_args; /* the function's place, the handler's from now on */
    lua_pushcfunction(L, describe);
    lua_insert(L, base);
    if (sandbox->depth == 0) {
        sandbox->limit_hit = sandbox->raised = LURE_OK;
        sandbox->limit_place[0] = '\0';
        sandbox->work = LURE_WORK_SCRIPT;
        sandbox->is_evaluating = false;
        sandbox->heartbeat++;
        if (sandbox->pass
                .running) /* a limit's error may strike before the guard of `differentiate` can act */
            lure_pass_abandon(L, NULL);
    }
    lua_State *outer = sandbox->running;
    sandbox->running = L;
    sandbox->depth++;
    int code = lua_pcall(L, n_args, n_results, base);
    sandbox->depth--;
    sandbox->running = outer;
    lua_remove(L, base);
    if (code == LUA_OK)
        return LURE_OK;
    if (sandbox->depth == 0)
        lua_sethook(L, NULL, 0, 0);
    lure_status status = fail_from_lua(L, code, err);
    lua_pop(L, 1);
    return status;
}

lure_status lure_call_c(lua_State *L, lua_CFunction function, void *data, lure_error *err)
{
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, data);
    return lure_call(L, 1, 0, err);
}

int lure_raise(lua_State *L, const lure_error *err)
{
    lure_sandbox_of(L)->raised = err->status;
    luaL_where(L, 1);
    lua_pushstring(L, err->text);
    if (err->status == LURE_ERROR_MEMORY)
        lua_pushfstring(L, " (limits.memory_mb = %f)", lure_sandbox_of(L)->limits.memory_mb);
    else
        lua_pushliteral(L, "");
    lua_concat(L, 3);
    return lua_error(L);
}

int lure_raise_again(lua_State *L, int code)
{
    if (code == LUA_ERRMEM)
        lure_sandbox_of(L)->limit_hit = LURE_ERROR_MEMORY;
    return lua_error(L);
}

bool lure_collect_garbage(lua_State *L, const lure_error *err, bool *collected)
{
    if (err->status != LURE_ERROR_MEMORY || *collected)
        return false;
    lua_gc(L, LUA_GCCOLLECT);
    return *collected = true;
}

void lure_function_place(lua_State *L, int index, char *out, size_t size)
{
    lua_Debug function;
    lua_pushvalue(L, index);
    if (lua_isfunction(L, -1) && lua_getinfo(L, ">S", &function))
        snprintf(out, size, "%s:%d", function.short_src, function.linedefined);
    else
        snprintf(out, size, "?");
}
