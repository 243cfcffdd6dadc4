/* doctor_lua.c: the known defects of Lua 5.4, each tried in a process of its own, in the Lua in use as it is and in lure's sandbox, which
   is to dodge it. A defect of Lua alone is told of and is no fault of this machine; one that reaches scripts is. */
#include "check/doctor_inside.h"

#include "script/call.h"
#include "script/library.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>

/* Ten lines that anybody could write. The recursion grows the stack in the middle of a concatenation; where Lua looks at
   the old stack afterwards, the result is wrong or the process dies (Debian's 5.4.4: a part of the fix for
   CVE-2022-33099 is missing). */
static const char concatenation[] =
    "local vector = {}\n"
    "local function text(v, i) if i > #v then return '' end return v[i] .. ' ' .. text(v, i + 1) end\n"
    "function vector.__concat(a, b)\n"
    "  local function side(x) return getmetatable(x) == vector and text(x, 1) or x end\n"
    "  return side(a) .. side(b)\n"
    "end\n"
    "local v = setmetatable({}, vector)\n"
    "for i = 1, 100 do v[i] = i end\n"
    "return #('pos=' .. v .. '!') == 297\n";

/* Each close runs in C on top of the one before, and Lua does not count them. */
#define NESTED_CLOSES(COROUTINES, RESULT)                                                                    \
    "local outer, n = nil, 0\n"                                                                              \
    "for i = 1, " COROUTINES " do\n"                                                                         \
    "  local before = outer\n"                                                                               \
    "  outer = coroutine.create(function()\n"                                                                \
    "    local x <close> = setmetatable({}, { __close = function()\n"                                        \
    "      n = n + 1\n"                                                                                      \
    "      if before then coroutine.close(before) end\n"                                                     \
    "    end })\n"                                                                                           \
    "    coroutine.yield()\n"                                                                                \
    "  end)\n"                                                                                               \
    "  coroutine.resume(outer)\n"                                                                            \
    "end\n"                                                                                                  \
    "pcall(coroutine.close, outer)\n"                                                                        \
    "return " RESULT "\n"
static const char nested_closes[] = NESTED_CLOSES("20000", "true");
/* as many as fit into a script's memory; they are stopped long before */
static const char stopped_closes[] = NESTED_CLOSES("2000", "n > 50 and n < 500");

/* C calls Lua calls C: what counts them must stop it with an error. */
static const char deep_calls[] =
    "local function again(s) return (s:gsub('.', again)) end\n"
    "local function protected() return pcall(protected) end\n"
    "local ok = pcall(again, 'x')\n"
    "protected()\n"
    "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k + 1] end\n"
    "local fine = pcall(function() return t[1] end)\n"
    "return not ok and not fine\n";

/* Bytes of a function are changed one by one and the result is run: Lua does not check what it loads. */
static const char changed_bytecode[] =
    "local function victim(a, b) local t = { a, b } for i = 1, 3 do t[i] = (t[i] or 0) + i end return #t "
    "end\n"
    "local code = string.dump(victim)\n"
    "for at = 34, #code do\n"
    "  for _, byte in ipairs({ 0, 127, 255 }) do\n"
    "    local f = load(code:sub(1, at - 1) .. string.char(byte) .. code:sub(at + 1), 'x', 'b')\n"
    "    if f then\n"
    "      local run = coroutine.wrap(function() return pcall(f, 1, 2) end)\n"
    "      debug.sethook(function() error('long enough') end, '', 10000)\n"
    "      pcall(run)\n"
    "      debug.sethook()\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return true\n";
static const char no_bytecode[] = "local ok, f = pcall(load, '\\27Lua' .. ('x'):rep(100), 'x', 'b')\n"
                                  "return string.dump == nil and not (ok and f)\n";

static const char *borrow_script;

static int run_in_stock_lua(void)
{
    lua_State *L = luaL_newstate();
    if (!L)
        return 2;
    luaL_openlibs(L);
    const bool good = luaL_loadstring(L, borrow_script) == LUA_OK && lua_pcall(L, 0, 1, 0) == LUA_OK &&
                      lua_toboolean(L, -1);
    lua_close(L);
    return !good;
}

static int run(lua_State *L)
{
    bool *good = lua_touserdata(L, 1);
    if (luaL_loadstring(L, borrow_script) != LUA_OK)
        return lua_error(L);
    lure_library_environment(L);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
    *good = lua_toboolean(L, -1);
    return 0;
}

static int run_in_sandbox(void)
{
    lure_sandbox *sandbox;
    lure_error err;
    bool good = false;
    const lure_limits limits = lure_limits_defaults();
    if (lure_sandbox_create(&limits, &sandbox, &err) != LURE_OK)
        return 2;
    (void)lure_call_c(sandbox->L, run, &good, &err);
    lure_sandbox_destroy(sandbox);
    return !good;
}

typedef struct defect {
    const char *name, *stock, *ours;
    const char *what;  /* the Lua in use does */
    const char *dodge; /* so that scripts do not meet it */
} defect;

static const defect defects[] = {
    {"lua __concat", concatenation, concatenation,
     "a __concat that grows the stack gets wrong results or crashes",
     "lure's scripts run on a stack reserved large enough to dodge it"},
    {"lua coroutine.close", nested_closes, stopped_closes, "20,000 nested coroutine.close crash",
     "lure's own stops at 100 with an error"},
    {"lua deep calls", deep_calls, deep_calls, "deep recursion through C crashes",
     "lure counts it and stops it with an error"},
    {"lua bytecode", changed_bytecode, no_bytecode, "bytecode with a byte changed crashes it or loops",
     "lure's scripts load text only"},
};

static void examine(lure_doctor *d, const defect *about)
{
    borrow_script = about->ours;
    const bool is_dodged = lure__doctor_try(run_in_sandbox) == 0;
    borrow_script = about->stock;
    const bool is_sound = lure__doctor_try(run_in_stock_lua) == 0;
    if (!is_dodged)
        lure__doctor_advise(lure__doctor_add(d, about->name, "in lure's scripts too: %s", about->what),
                            "lure and the Lua library do not fit together: install liblua5.4 and build "
                            "lure again");
    else if (!is_sound)
        lure__doctor_add(d, about->name, "this Lua has a defect: %s. %s", about->what, about->dodge);
    else
        lure__doctor_add(d, about->name, "right, in this Lua as in lure's");
}

void lure__doctor_examine_lua(lure_doctor *d)
{
    lure__doctor_add(d, "lua", "%s", LUA_RELEASE);
    for (size_t i = 0; i < sizeof defects / sizeof *defects; i++)
        examine(d, &defects[i]);
}
