/* composed.c: see composed.h. For cartpole the text of step is
     return function(s, action)
     turn[1] = 1
     local terminated = step(s, action, rng)
     if terminated ~= true and terminated ~= false then return terminated end
     turn[1] = 2
     local r, terms = reward(s, action, terminated)
     turn[1] = 1
     return terminated, r, terms, s["x"], s["speed"], s["angle"], s["spin"] end */
#include "run/composed.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <string.h>

static const char upvalues[] =
    "local reset, step, reward, schedule, rng, schedule_rng, before, turn, is_table, none = ...\n";
enum { N_UPVALUES = 10 };

size_t lure_composed_numbers(const lure_world *world)
{
    return world->has_observe || world->n_inputs > LURE_MOST_COMPOSED ? 0 : world->n_inputs;
}

/* Appends the string on top (popped) to the one at index `to`. */
static void append(lua_State *L, int to)
{
    lua_pushvalue(L, to);
    lua_insert(L, -2);
    lua_concat(L, 2);
    lua_replace(L, to);
}

/* Pushes two pieces of text: statements that put the tables and lists that fields lie in into locals, where what is no table
   counts as an empty one; and the numbers, each behind a comma. */
static void push_numbers(lua_State *L, const lure_world *world)
{
    lua_pushliteral(L, "");
    lua_pushliteral(L, "");
    int values = lua_gettop(L), statements = values - 1, n_tables = 0;
    for (size_t i = 0; i < world->observation->n_fields; i++) {
        const lure_field *field = &world->observation->fields[i];
        const char *from = "s";
        for (size_t k = 0; k < field->n_keys - (field->n_listed == 0); k++) {
            const lure_field step = {.keys = field->keys + k, .n_keys = 1};
            const char *source = lure_push_field_source(L, &step, from);
            n_tables++;
            lua_pushfstring(L, "local t%d = %s if not is_table(t%d) then t%d = none end\n", n_tables, source,
                            n_tables, n_tables);
            append(L, statements);
            from = lua_pushfstring(L, "t%d", n_tables);
        }
        const lure_field last = {.keys = field->keys + field->n_keys - 1, .n_keys = 1};
        for (size_t j = 0; j < (field->n_listed ? field->n_listed : 1); j++) {
            if (field->n_listed)
                lua_pushfstring(L, ", %s[%d]", from, (int)j + 1);
            else
                lua_pushfstring(L, ", %s", lure_push_field_source(L, &last, from));
            append(L, values);
        }
        lua_settop(L, values);
    }
}

/* Pushes the parameters of what the reward sees of before, each behind a comma, and the statements that fill it in. Its tables
   are there. */
static void push_before(lua_State *L, const lure_world *world)
{
    lua_pushliteral(L, "");
    lua_pushliteral(L, "");
    int statements = lua_gettop(L), parameters = statements - 1;
    bool is_given = world->reward_sees_before && lure_composed_numbers(world);
    for (size_t i = 0; is_given && i < world->observation->n_fields; i++) {
        const lure_field *field = &world->observation->fields[i];
        const char *place = lure_push_field_source(L, field, "before");
        for (size_t j = 0; j < (field->n_listed ? field->n_listed : 1); j++) {
            int number = (int)(field->first + j);
            lua_pushfstring(L, ", b%d", number);
            append(L, parameters);
            if (field->n_listed)
                lua_pushfstring(L, "%s[%d] = b%d\n", place, (int)j + 1, number);
            else
                lua_pushfstring(L, "%s = b%d\n", place, number);
            append(L, statements);
        }
        lua_settop(L, statements);
    }
}

/* ---- functions ---- */

static int add_bytes(lua_State *L, const void *bytes, size_t n, void *text)
{
    (void)L;
    lure_text_add_bytes(text, bytes, n);
    return ((lure_text *)text)->failed;
}

/* Replaces the text on top by the chunk that it is, without its line numbers. */
static void load_bare(lua_State *L)
{
    lure_text bytes;
    lure_text_init(&bytes);
    size_t n;
    const char *text = lua_tolstring(L, -1, &n);
    if (luaL_loadbufferx(L, text, n, "=lure", "t") != LUA_OK)
        lua_error(L);
    int status = lua_dump(L, add_bytes, &bytes, 1);
    if (status == 0)
        status = luaL_loadbufferx(L, bytes.data, bytes.length, "=lure", "b");
    lure_text_free(&bytes);
    if (status != LUA_OK)
        luaL_error(L, "no memory for a world's functions (limits.memory_mb)");
    lua_replace(L, -3);
    lua_pop(L, 1);
}

static int is_table(lua_State *L)
{
    lua_pushboolean(L, lua_istable(L, 1));
    return 1;
}

static void push_part(lua_State *L, int index)
{
    if (index)
        lua_pushvalue(L, index);
    else
        lua_pushnil(L);
}

/* Replaces the text on top by the function that it returns. */
static void make(lua_State *L, const lure_composed_parts *p)
{
    const int parts[] = {p->reset,           p->step,         p->reward, p->schedule,
                         p->environment_rng, p->schedule_rng, p->before};
    load_bare(L);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        push_part(L, parts[i]);
    lure_push_turn(L);
    lua_pushcfunction(L, is_table);
    lua_newtable(L);
    lua_call(L, N_UPVALUES, 1);
}

void lure_composed_push(lua_State *L, const lure_world *world, const lure_composed_parts *parts)
{
    luaL_checkstack(L, 40, NULL);
    bool sees_before = world->reward_sees_before;
    int top = lua_gettop(L);
    if (lure_composed_numbers(world)) {
        push_numbers(L, world);
    } else {
        lua_pushliteral(L, "");
        lua_pushliteral(L, "");
    }
    push_before(L, world);
    const char *statements = lua_tostring(L, top + 1), *values = lua_tostring(L, top + 2);
    lua_pushfstring(L,
                    "%sreturn function(s, action%s)\n"
                    "turn[1] = %d\n"
                    "%s"
                    "local terminated = step(s, action, rng)\n"
                    "if terminated ~= true and terminated ~= false then return terminated end\n"
                    "turn[1] = %d\n"
                    "local r, terms = reward(s, action, terminated%s)\n"
                    "turn[1] = %d\n"
                    "%s"
                    "return terminated, r, terms%s end",
                    upvalues, lua_tostring(L, top + 3), LURE_TURN_ENVIRONMENT, lua_tostring(L, top + 4),
                    LURE_TURN_REWARD, sees_before ? ", before" : "", LURE_TURN_ENVIRONMENT, statements,
                    values);
    make(L, parts);
    const char *schedule = "";
    if (parts->schedule)
        schedule = lua_pushfstring(L,
                                   "if input == nil then\n"
                                   "turn[1] = %d\n"
                                   "input = schedule(schedule_rng, episode, progress)\n"
                                   "if not is_table(input) then return false, input end\n"
                                   "end\n",
                                   LURE_TURN_SCHEDULE);
    lua_pushfstring(L,
                    "%sreturn function(s, input, episode, progress)\n"
                    "%s"
                    "turn[1] = %d\n"
                    "reset(s, rng, input)\n"
                    "%s"
                    "return true%s end",
                    upvalues, schedule, LURE_TURN_ENVIRONMENT, statements, values);
    make(L, parts);
    lua_replace(L, top + 2);
    lua_settop(L, top + 5);
    lua_replace(L, top + 1);
    lua_settop(L, top + 2);
}
