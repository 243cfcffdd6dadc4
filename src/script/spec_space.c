/* spec_space.c: see spec_space.h. A declaration is walked twice by the same functions: first everything is checked and
   counted, then written into a userdata of that size. */
#include "script/spec_space.h"

#include "base/text.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ANCHORS = 1, WORDS, INDICES, N_USER_VALUES = INDICES }; /* user values of the box */

typedef struct reader {
    lua_State *L;
    const char *whose;   /* whose declaration, for messages */
    lure_space_box *box; /* null while counting */
    lure_part *parts;
    lure_field *fields;
    const char **words, **keys;
    char *text; /* names of numbers in lists */
    size_t n_parts, n_fields, n_words, n_keys, text_size, n_anchors;
    int seen;    /* names that came so far */
    int anchors; /* user values of the box */
    int word_lists, index_tables;
    const char *path[LURE_MOST_NESTED]; /* the tables that the field lies in */
    const char *last[LURE_MOST_NESTED]; /* those of the field before */
    size_t depth, last_depth;
} reader;

/* ---- pieces ---- */

/* The string on top (popped), which from now on lives as long as the box. */
static const char *keep(reader *r)
{
    const char *string = lua_tostring(r->L, -1);
    if (r->box)
        lua_rawseti(r->L, r->anchors, (lua_Integer)++r->n_anchors);
    else
        lua_pop(r->L, 1); /* what is declared holds it, or nobody looks at it again */
    return string;
}

/* The name on top: not seen before. `where` it was declared. */
static void check_new(reader *r, const char *where)
{
    lua_State *L = r->L;
    if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
        luaL_error(L, "%s%s holds a zero byte, which would cut it short", r->whose, where);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, r->seen) != LUA_TNIL)
        luaL_error(L, "%s%s: the name '%s' is there twice", r->whose, where, lua_tostring(L, -2));
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, r->seen);
}

static void push_raw(lua_State *L, int table, const char *key)
{
    lua_pushstring(L, key);
    lua_rawget(L, table);
}

static bool has(lua_State *L, int table, const char *key)
{
    push_raw(L, table, key);
    bool is_there = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return is_there;
}

static double read_bound(reader *r, int entry, const char *key, const char *name, double none)
{
    lua_State *L = r->L;
    push_raw(L, entry, key);
    int type = lua_type(L, -1);
    double bound = type == LUA_TNIL ? none : lua_tonumber(L, -1);
    if ((type != LUA_TNIL && type != LUA_TNUMBER) || !(isfinite(bound) || bound == none))
        luaL_error(L, "%s%s: %s is %s; expected a number", r->whose, name, key,
                   type != LUA_TNUMBER ? lure_type_name(L, -1)
                   : isnan(bound)      ? "nan"
                                       : lua_tostring(L, -1));
    lua_pop(L, 1);
    return bound;
}

/* low and high of the entry; `name` says what it is in messages. */
static lure_part read_bounds(reader *r, int entry, const char *name)
{
    lure_part part = {.low = read_bound(r, entry, "low", name, -INFINITY),
                      .high = read_bound(r, entry, "high", name, INFINITY)};
    if (part.low > part.high) {
        char low[LURE_NUMBER_SIZE], high[LURE_NUMBER_SIZE];
        lure_number_format(part.low, low);
        lure_number_format(part.high, high);
        luaL_error(r->L, "%s%s declares low = %s above high = %s", r->whose, name, low, high);
    }
    return part;
}

/* A whole number from 1 to `most` under a key; 0: none. */
static size_t read_count(reader *r, int entry, const char *key, const char *name, lua_Integer most)
{
    lua_State *L = r->L;
    push_raw(L, entry, key);
    int is_whole = 1;
    lua_Integer n = lua_type(L, -1) == LUA_TNIL      ? 0
                    : lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_whole)
                                                     : -1;
    if (!is_whole || n < !lua_isnil(L, -1) || n > most)
        luaL_error(L, "%s%s: %s is %s; expected a whole number from 1 to %I", r->whose, name, key,
                   lua_type(L, -1) == LUA_TNUMBER ? lure_push_text(L, -1) : lure_type_name(L, -1), most);
    lua_pop(L, 1);
    return (size_t)n;
}

static void add_part(reader *r, lure_part part)
{
    if (r->box)
        r->parts[r->n_parts] = part;
    r->n_parts++;
}

/* ---- actions ---- */

/* A list of words. `label` is "actions" or "actions[2]"; `quoted` is how it begins a message. */
static void read_words(reader *r, int list, const char *label, const char *quoted, const char *name)
{
    lua_State *L = r->L;
    size_t n = lua_rawlen(L, list);
    if (n < 2)
        luaL_error(L, "%s%s has %d words; a policy needs at least two to choose from", r->whose, quoted,
                   (int)n);
    if (n > LURE_MOST_WORDS || r->n_words + n > LURE_MOST_WORDS)
        luaL_error(L, "%s%s has more than %d words", r->whose, n > LURE_MOST_WORDS ? quoted : "'actions'",
                   (int)LURE_MOST_WORDS);
    lua_createtable(L, r->box ? (int)n : 0, 0);
    lua_createtable(L, 0, (int)n);
    int indices = lua_gettop(L), words = indices - 1;
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "%s%s[%d] is %s; expected a word%s", r->whose, label, (int)i + 1,
                       lure_type_name(L, -1),
                       lua_type(L, -1) == LUA_TNUMBER ? ", or { low = , high = } of a number" : "");
        if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
            luaL_error(L, "%s%s[%d] holds a zero byte, which would cut it short", r->whose, label,
                       (int)i + 1);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, indices) != LUA_TNIL)
            luaL_error(L, "%s%s name '%s' twice", r->whose, label, lua_tostring(L, -2));
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawset(L, indices);
        if (r->box) {
            r->words[r->n_words + i] = lua_tostring(L, -1);
            lua_rawseti(L, words, (lua_Integer)i + 1);
        } else {
            lua_pop(L, 1);
        }
    }
    if (r->box) {
        lua_rawseti(L, r->index_tables, (lua_Integer)r->n_parts + 1);
        lua_rawseti(L, r->word_lists, (lua_Integer)r->n_parts + 1);
    } else {
        lua_pop(L, 2);
    }
    add_part(r, (lure_part){.name = name, .n = n, .words = r->box ? r->words + r->n_words : NULL});
    r->n_words += n;
}

/* Words, or a number with bounds, at stack index `entry`. */
static void read_action(reader *r, int entry, const char *label, const char *quoted)
{
    static const char *const of_words[] = {"name"}, *const of_numbers[] = {"low", "high", "name"};
    lua_State *L = r->L;
    size_t n = lua_rawlen(L, entry);
    const char *name = NULL, *what = lua_pushfstring(L, "%s%s", r->whose, label);
    bool is_number = n == 0 && (has(L, entry, "low") || has(L, entry, "high"));
    if (n <= LURE_MOST_WORDS)
        lure__check_keys(L, entry, n, is_number ? of_numbers : of_words, is_number ? 3 : 1, what);
    push_raw(L, entry, "name");
    if (lua_type(L, -1) == LUA_TSTRING) {
        check_new(r, label);
        name = keep(r);
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "%s: its name is %s; expected a word", what, lure_type_name(L, -1));
    } else {
        lua_pop(L, 1);
    }
    if (is_number) {
        lure_part part = read_bounds(r, entry, label);
        part.name = name;
        add_part(r, part);
    } else {
        read_words(r, entry, label, quoted, name);
    }
    lua_pop(L, 1);
}

static void read_actions(reader *r, int index)
{
    static const char example[] = "a list of words, like { \"left\", \"right\" }, or { low = , high = } of a "
                                  "number, or a list of such";
    lua_State *L = r->L;
    if (!lua_istable(L, index))
        luaL_error(L, "%s'actions' is %s; expected %s", r->whose, lure_type_name(L, index), example);
    size_t n = lua_rawlen(L, index);
    bool is_list = n > 0 && lua_rawgeti(L, index, 1) == LUA_TTABLE;
    lua_settop(L, index);
    if (r->box)
        r->box->is_list = is_list;
    if (!is_list) {
        read_action(r, index, "actions", "'actions'");
        return;
    }
    if (n > LURE_MOST_WORDS)
        luaL_error(L, "%s'actions' has more than %d parts", r->whose, (int)LURE_MOST_WORDS);
    lua_pushfstring(L, "%sactions", r->whose);
    lure__check_keys(L, index, n, NULL, 0, lua_tostring(L, -1));
    for (size_t i = 0; i < n; i++) {
        const char *label = lua_pushfstring(L, "actions[%d]", (int)i + 1);
        if (lua_rawgeti(L, index, (lua_Integer)i + 1) != LUA_TTABLE)
            luaL_error(L, "%s%s is %s; expected words, like { \"left\", \"right\" }, or { low = , high = }",
                       r->whose, label, lure_type_name(L, -1));
        size_t n_words = r->n_words;
        read_action(r, lua_gettop(L), label, label);
        if (i > 0 && (r->n_words > n_words) != (n_words > 0))
            luaL_error(L, "%s%s is %s and the part before it %s; actions are all words or all numbers",
                       r->whose, label, n_words > 0 ? "a number" : "words",
                       n_words > 0 ? "words" : "a number");
        lua_pop(L, 2);
    }
}

/* ---- observation ---- */

static const char *name_in_list(reader *r, const char *field, size_t i)
{
    size_t size = (size_t)snprintf(NULL, 0, "%s[%zu]", field, i + 1) + 1;
    char *name = r->box ? r->text + r->text_size : NULL;
    if (name)
        snprintf(name, size, "%s[%zu]", field, i + 1);
    r->text_size += size;
    return name;
}

/* The field whose full name is on top (popped), and whose parts are all like `part`. */
static void add_field(reader *r, const char *key, size_t n_listed, lure_part part)
{
    const char *name = keep(r);
    size_t n_shared = 0;
    while (n_shared < r->depth && n_shared < r->last_depth && r->last[n_shared] == r->path[n_shared])
        n_shared++;
    if (r->box) {
        const char **keys = r->keys + r->n_keys;
        for (size_t i = 0; i < r->depth; i++)
            keys[i] = r->path[i];
        keys[r->depth] = key;
        r->fields[r->n_fields] = (lure_field){.keys = keys,
                                              .n_keys = r->depth + 1,
                                              .n_shared = n_shared,
                                              .n_listed = n_listed,
                                              .first = r->n_parts,
                                              .name = name};
    }
    memcpy(r->last, r->path, sizeof r->last);
    r->last_depth = r->depth;
    r->n_keys += r->depth + 1;
    r->n_fields++;
    for (size_t i = 0; i < (n_listed ? n_listed : 1); i++) {
        part.name = n_listed ? name_in_list(r, name, i) : name;
        add_part(r, part);
    }
}

static void read_fields(reader *r, int list, const char *label, const char *prefix);

/* One entry at stack index `entry`, its key on top. */
static void read_entry(reader *r, int entry, const char *prefix)
{
    static const char *const of_choice[] = {"n", "size"}, *const of_number[] = {"low", "high", "size", "n"};
    lua_State *L = r->L;
    bool is_table = lua_istable(L, entry);
    lua_pushvalue(L, -1);
    const char *key = keep(r);
    const char *name = lua_pushfstring(L, "%s%s", prefix, key);
    const char *label = lua_pushfstring(L, "observation '%s'", name);
    lua_insert(L, -2);
    if (lua_rawlen(L, -1) != strlen(prefix) + lua_rawlen(L, -3))
        luaL_error(L, "%s%s holds a zero byte, which would cut it short", r->whose, label);
    check_new(r, label);
    int top = lua_gettop(L);
    if (is_table && lua_rawgeti(L, entry, 2) == LUA_TTABLE) {
        lure__check_keys(L, entry, 2, NULL, 0, lua_pushfstring(L, "%s%s", r->whose, label));
        if (r->depth == LURE_MOST_NESTED - 1)
            luaL_error(L, "%s%s lies in more than %d tables", r->whose, label, (int)LURE_MOST_NESTED - 1);
        r->path[r->depth++] = key;
        const char *inside = lua_pushfstring(L, "%s.", name);
        lua_pushvalue(L, top);
        keep(r);
        read_fields(r, top + 1, label, inside);
        r->depth--;
        return;
    }
    lure_part part = {.low = -INFINITY, .high = INFINITY};
    size_t n_listed = 0;
    if (is_table) {
        bool is_choice = has(L, entry, "n");
        lure__check_keys(L, entry, 1, is_choice ? of_choice : of_number, is_choice ? 2 : 4,
                         lua_pushfstring(L, "%s%s", r->whose, label));
        n_listed = read_count(r, entry, "size", label, LURE_MOST_PARTS);
        if (is_choice)
            part.n = read_count(r, entry, "n", label, LURE_MOST_PARTS);
        else
            part = read_bounds(r, entry, label);
    }
    if (r->n_parts + (n_listed ? n_listed : 1) > LURE_MOST_PARTS)
        luaL_error(L, "%s'observation' has more than %d numbers", r->whose, (int)LURE_MOST_PARTS);
    lua_settop(L, top);
    add_field(r, key, n_listed, part);
}

/* The list at stack index `list`. `label` says which in messages; `prefix` begins the full names. */
static void read_fields(reader *r, int list, const char *label, const char *prefix)
{
    lua_State *L = r->L;
    luaL_checkstack(L, 20, "observation");
    size_t n = lua_rawlen(L, list);
    if (n > LURE_MOST_PARTS)
        luaL_error(L, "%s'observation' is not a count of numbers from 0 to %d", r->whose,
                   (int)LURE_MOST_PARTS);
    if (n == 0 && r->depth > 0)
        luaL_error(L, "%s%s is an empty table; expected names of its fields", r->whose, label);
    int top = lua_gettop(L);
    lua_pushfstring(L, "%s%s", r->whose, label);
    lure__check_keys(L, list, n, NULL, 0, lua_tostring(L, -1));
    for (size_t i = 0; i < n; i++) {
        lua_settop(L, top);
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        if (lua_istable(L, -1))
            lua_rawgeti(L, -1, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "%s%s[%d] is %s; expected a name, or { \"name\", low = , high = }", r->whose, label,
                       (int)i + 1, lure_type_name(L, -1));
        read_entry(r, top + 1, prefix);
    }
    lua_settop(L, top);
}

static void read_observation(reader *r, int index, bool is_computed)
{
    static const char example[] = "a list of the names of fields of s, like { \"hunger\" }";
    lua_State *L = r->L;
    if (lua_type(L, index) == LUA_TNUMBER && is_computed) {
        int is_whole;
        lua_Integer n = lua_tointegerx(L, index, &is_whole);
        if (!is_whole || n < 0 || n > LURE_MOST_PARTS)
            luaL_error(L, "%s'observation' is not a count of numbers from 0 to %d", r->whose,
                       (int)LURE_MOST_PARTS);
        for (lua_Integer i = 0; i < n; i++)
            add_part(r, (lure_part){.low = -INFINITY, .high = INFINITY});
        return;
    }
    if (!lua_istable(L, index))
        luaL_error(L, "%s'observation' is %s; expected %s%s", r->whose, lure_type_name(L, index), example,
                   is_computed ? ", or how many numbers observe(s) gives" : "");
    read_fields(r, index, "observation", "");
}

/* ---- both ---- */

static void read_all(reader *r, int index, bool is_action, bool is_computed)
{
    int top = lua_gettop(r->L);
    r->n_parts = r->n_fields = r->n_words = r->n_keys = r->text_size = r->last_depth = 0;
    lua_newtable(r->L);
    r->seen = lua_gettop(r->L);
    lua_pushvalue(r->L, index);
    if (is_action)
        read_actions(r, r->seen + 1);
    else
        read_observation(r, r->seen + 1, is_computed);
    lua_settop(r->L, top);
}

/* The box with room for what was counted, and the reader set up to fill it. */
static void push_box(reader *r)
{
    lua_State *L = r->L;
    /* widest alignment first; all of it is pointers, sizes and doubles but the text */
    size_t size = sizeof *r->box + r->n_parts * sizeof *r->parts + r->n_fields * sizeof *r->fields +
                  (r->n_words + r->n_keys) * sizeof *r->words + r->text_size;
    r->box = lua_newuserdatauv(L, size, N_USER_VALUES);
    memset(r->box, 0, sizeof *r->box);
    r->box->box.kind = LURE_BOX_SPACE;
    r->parts = (lure_part *)(r->box + 1);
    r->fields = (lure_field *)(r->parts + r->n_parts);
    r->words = (const char **)(r->fields + r->n_fields);
    r->keys = r->words + r->n_words;
    r->text = (char *)(r->keys + r->n_keys);
    int box = lua_gettop(L);
    for (int i = ANCHORS; i <= INDICES; i++) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, box, i);
    }
    r->anchors = box + ANCHORS;
    r->word_lists = box + WORDS;
    r->index_tables = box + INDICES;
}

static lure_space_box *push_space(lua_State *L, int index, bool is_action, bool is_computed,
                                  const char *whose)
{
    reader r = {.L = L, .whose = whose};
    index = lua_absindex(L, index);
    luaL_checkstack(L, 20, "space");
    read_all(&r, index, is_action, is_computed);
    push_box(&r);
    read_all(&r, index, is_action, is_computed);
    lua_settop(L, r.anchors - ANCHORS);
    r.box->is_action = is_action;
    r.box->space = (lure_space){.n_parts = r.n_parts, .parts = r.parts};
    r.box->n_fields = r.n_fields;
    r.box->fields = r.fields;
    lure__dress_space(L);
    return r.box;
}

lure_space_box *lure_push_space_of_actions(lua_State *L, int index, const char *whose)
{
    return push_space(L, index, true, false, whose);
}

lure_space_box *lure_push_space_of_observation(lua_State *L, int index, bool is_computed, const char *whose)
{
    return push_space(L, index, false, is_computed, whose);
}

static void push_kept(lua_State *L, int space, int user_value, size_t part)
{
    lua_getiuservalue(L, space, user_value);
    lua_rawgeti(L, -1, (lua_Integer)part + 1);
    lua_remove(L, -2);
}

void lure_push_words(lua_State *L, int space, size_t part)
{
    push_kept(L, space, WORDS, part);
}

void lure_push_indices(lua_State *L, int space, size_t part)
{
    push_kept(L, space, INDICES, part);
}
