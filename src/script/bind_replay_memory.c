/* bind_replay_memory.c: a replay memory: lure.replay { capacity = n }; memory:add(batch), memory:sample(n [, rng]),
   #memory. What a row is follows from the first batch; the memory is then had at once and counts into the run's limit. */
#include "script/bind.h"

#include "learn/replay_memory.h"
#include "script/call.h"
#include "script/image.h"
#include "script/policy_box.h"
#include "script/sandbox.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

typedef struct replay_box {
    lure_box box;
    size_t capacity;
    lure_replay_memory replay; /* all zero until the first batch */
} replay_box;

static const char METATABLE = 0;
static const char ADD[] = "memory:add";

enum { MOST_ROWS = 1000000000, MOST_SAMPLED = 100000000 };

/* As a batch has them; TERMINATED is made of `ends`. */
static const char *const fields[LURE_REPLAY_COLUMNS] = {
    [LURE_REPLAY_OBSERVATIONS] = "observations", [LURE_REPLAY_NEXT_OBSERVATIONS] = "next_observations",
    [LURE_REPLAY_REWARDS] = "rewards",           [LURE_REPLAY_TERMINATED] = "terminated",
    [LURE_REPLAY_ACTIONS] = "actions",           [LURE_REPLAY_LEGAL] = "legal",
    [LURE_REPLAY_NEXT_LEGAL] = "next_legal",
};

static replay_box *check_replay(lua_State *L)
{
    return lure_box_check(L, 1, LURE_BOX_REPLAY, "replay memory");
}

static size_t check_count(lua_State *L, int index, lua_Integer most, const char *what)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, index, &is_whole);
    if (!is_whole || n < 1 || n > most)
        luaL_error(L, "%s: expected a whole number from 1 to %I, got %s", what, most,
                   lure_push_text(L, index));
    return (size_t)n;
}

/* ---- add ---- */

/* The tensor of a field of the batch at 2, contiguous, left on the stack; of that type, or with `dtype` negative as it is,
   whole numbers then being indices. Null: there is none, or false. */
static const lure_tensor *push_field(lua_State *L, const char *field, int dtype)
{
    char what[64];
    snprintf(what, sizeof what, "%s: %s", ADD, field);
    lua_pushstring(L, field);
    lua_rawget(L, 2); /* a batch refuses names that it has not */
    int at = lua_gettop(L);
    if (!lua_toboolean(L, at))
        return NULL;
    if (!lure_box_test(L, at, LURE_BOX_TENSOR))
        luaL_error(L, "%s: expected a tensor, got %s", what, lure_type_name(L, at));
    const lure_tensor *t = lure_check_tensor(L, at);
    if (dtype < 0 && t->dtype == LURE_I32)
        return lure_check_indices(L, at, what);
    if (dtype >= 0 && (int)t->dtype != dtype)
        lure__check_cast(L, at, (lure_dtype)dtype, what);
    return lure_check_tensor(L, at);
}

static void refuse_shape(lua_State *L, const char *field, const lure_tensor *t, size_t n, size_t width)
{
    char shape[LURE_SHAPE_TEXT];
    lure_tensor_shape_text(t, shape);
    luaL_error(L, "%s: %s are of shape %s; expected %I numbers for each of %I rows", ADD, field, shape,
               (lua_Integer)width, (lua_Integer)n);
}

/* What a row of this batch is. Tensors of the columns are left on the stack. */
static lure_replay_memory_shape read_batch(lua_State *L, const lure_tensor *tensors[LURE_REPLAY_COLUMNS],
                                           size_t *n)
{
    const lure_tensor *seen = push_field(L, "observations", -1), *rewards = push_field(L, "rewards", -1);
    if (!seen || !rewards) {
        luaL_error(L, "%s: expected a batch of run:collect, or a table with its fields; there are no %s", ADD,
                   seen ? "rewards" : "observations");
        return (lure_replay_memory_shape){0};
    }
    if (seen->dtype == LURE_I32 || seen->n_dims < 2)
        refuse_shape(L, "observations", seen, lure_tensor_size(rewards), 1);
    lua_settop(L, 2);
    lure_replay_memory_shape shape = {.dtype = seen->dtype, .n_inputs = seen->shape[seen->n_dims - 1]};
    for (int i = 0; i < LURE_REPLAY_COLUMNS; i++) {
        bool is_mask = i == LURE_REPLAY_LEGAL || i == LURE_REPLAY_NEXT_LEGAL;
        int dtype = i == LURE_REPLAY_ACTIONS ? -1 : is_mask ? LURE_I32 : (int)shape.dtype;
        if (i == LURE_REPLAY_TERMINATED)
            tensors[i] = push_field(L, "ends", LURE_I32);
        else
            tensors[i] = push_field(L, fields[i], dtype);
        if (!tensors[i] && !is_mask)
            luaL_error(L, "%s: the batch has no %s", ADD, i == LURE_REPLAY_TERMINATED ? "ends" : fields[i]);
    }
    *n = lure_tensor_size(tensors[LURE_REPLAY_REWARDS]);
    const lure_tensor *actions = tensors[LURE_REPLAY_ACTIONS], *legal = tensors[LURE_REPLAY_NEXT_LEGAL];
    shape.is_real = actions->dtype != LURE_I32;
    if (shape.is_real && actions->dtype != shape.dtype)
        refuse_shape(L, "actions", actions, *n, 1);
    if (*n == 0)
        return shape;
    shape.n_columns = lure_tensor_size(actions) / *n;
    shape.n_choices = legal ? lure_tensor_size(legal) / *n : 0;
    if (!legal != !tensors[LURE_REPLAY_LEGAL])
        luaL_error(L, "%s: the batch has only one of legal and next_legal", ADD);
    return shape;
}

static bool is_same_shape(const lure_replay_memory_shape *a, const lure_replay_memory_shape *b)
{
    return a->n_inputs == b->n_inputs && a->n_columns == b->n_columns && a->is_real == b->is_real &&
           a->n_choices == b->n_choices && a->dtype == b->dtype;
}

/* memory:add(batch): takes in the steps of a batch of run:collect, or of a table with its fields observations, actions,
   rewards, ends, next_observations and, both or none, legal, next_legal. The oldest rows make room. [-0, +0, e] */
static int replay_add(lua_State *L)
{
    replay_box *box = check_replay(L);
    const lure_tensor *tensors[LURE_REPLAY_COLUMNS] = {0};
    const void *rows[LURE_REPLAY_COLUMNS];
    size_t n = 0;
    lure_refuse_in_pass(L, ADD);
    lua_settop(L, 2);
    if (!lua_istable(L, 2))
        return luaL_error(L, "%s: expected a batch of run:collect, got %s", ADD, lure_type_name(L, 2));
    luaL_checkstack(L, LURE_REPLAY_COLUMNS + 8, NULL);
    lure_replay_memory_shape shape = read_batch(L, tensors, &n);
    const size_t widths[LURE_REPLAY_COLUMNS] = {[LURE_REPLAY_OBSERVATIONS] = shape.n_inputs,
                                                [LURE_REPLAY_NEXT_OBSERVATIONS] = shape.n_inputs,
                                                [LURE_REPLAY_REWARDS] = 1,
                                                [LURE_REPLAY_TERMINATED] = 1,
                                                [LURE_REPLAY_ACTIONS] = shape.n_columns,
                                                [LURE_REPLAY_LEGAL] = shape.n_choices,
                                                [LURE_REPLAY_NEXT_LEGAL] = shape.n_choices};
    for (int i = 0; i < LURE_REPLAY_COLUMNS; i++) {
        if (tensors[i] && lure_tensor_size(tensors[i]) != n * widths[i])
            refuse_shape(L, i == LURE_REPLAY_TERMINATED ? "ends" : fields[i], tensors[i], n, widths[i]);
        rows[i] = tensors[i] ? tensors[i]->data : NULL;
    }
    if (n == 0)
        return 0;
    lure_error err;
    bool collected = false;
    while (!box->replay.columns[0] &&
           lure_replay_memory_init(&box->replay, &shape, box->capacity, &lure_sandbox_of(L)->pool.account,
                                   &err) != LURE_OK)
        if (!lure_collect_garbage(L, &err, &collected)) {
            lure_sandbox_of(L)->raised = err.status;
            return luaL_error(L, "%s: %s (limits.memory_mb; a smaller capacity needs less)", ADD, err.text);
        }
    if (!is_same_shape(&shape, &box->replay.shape))
        return luaL_error(L, "%s: rows of this batch are not like those that are there", ADD);
    lure_replay_memory_add(&box->replay, n, rows, tensors[LURE_REPLAY_TERMINATED]->data);
    return 0;
}

/* ---- sample ---- */

/* memory:sample(n [, rng]) -> { observations =, actions =, rewards =, next_observations =, terminated =, legal =, next_legal = }
   n rows drawn evenly, with replacement, from rng or without one from the stream of math.random. New tensors (row, ...);
   terminated (row) is 1 or 0; legal and next_legal are false where the world has none. [-0, +1, e] */
static int replay_sample(lua_State *L)
{
    replay_box *box = check_replay(L);
    const lure_replay_memory *m = &box->replay;
    size_t n = check_count(L, 2, MOST_SAMPLED, "memory:sample");
    if (m->n_rows == 0)
        return luaL_error(L, "memory:sample: the memory is empty; memory:add(batch) first");
    lure_rng *rng = lua_isnoneornil(L, 3) ? &lure_sandbox_of(L)->random : lure_check_rng(L, 3);
    const size_t widths[LURE_REPLAY_COLUMNS] = {[LURE_REPLAY_OBSERVATIONS] = m->shape.n_inputs,
                                                [LURE_REPLAY_NEXT_OBSERVATIONS] = m->shape.n_inputs,
                                                [LURE_REPLAY_ACTIONS] = m->shape.n_columns,
                                                [LURE_REPLAY_LEGAL] = m->shape.n_choices,
                                                [LURE_REPLAY_NEXT_LEGAL] = m->shape.n_choices};
    void *rows[LURE_REPLAY_COLUMNS];
    lua_createtable(L, 0, LURE_REPLAY_COLUMNS);
    int table = lua_gettop(L);
    for (int i = 0; i < LURE_REPLAY_COLUMNS; i++) {
        bool is_mask = i == LURE_REPLAY_LEGAL || i == LURE_REPLAY_NEXT_LEGAL,
             is_action = i == LURE_REPLAY_ACTIONS;
        bool is_whole = is_mask || (is_action && !m->shape.is_real);
        bool is_number =
            i == LURE_REPLAY_REWARDS || i == LURE_REPLAY_TERMINATED || (is_action && widths[i] == 1);
        const size_t sides[2] = {n, widths[i]};
        rows[i] = NULL;
        if (is_mask && m->shape.n_choices == 0)
            lua_pushboolean(L, 0);
        else
            rows[i] =
                lure_push_tensor(L, is_whole ? LURE_I32 : m->shape.dtype, is_number ? 1 : 2, sides)->data;
        if (is_action && is_whole)
            lure_mark_indices(L, -1);
        lua_setfield(L, table, fields[i]);
    }
    lure_replay_memory_sample(m, rng, n, rows);
    return 1;
}

/* ---- the rest ---- */

static int replay_length(lua_State *L) /* #memory: rows now [-0, +1, e] */
{
    lua_pushinteger(L, (lua_Integer)check_replay(L)->replay.n_rows);
    return 1;
}

static int replay_tostring(lua_State *L) /* "replay memory of 512 steps, 10000 at most" [-0, +1, m] */
{
    const replay_box *box = check_replay(L);
    lua_pushfstring(L, "replay memory of %I steps, %I at most", (lua_Integer)box->replay.n_rows,
                    (lua_Integer)box->capacity);
    return 1;
}

static int replay_collect(lua_State *L)
{
    lure_replay_memory_free(&check_replay(L)->replay);
    return 0;
}

static void push_replay(lua_State *L, size_t capacity)
{
    replay_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (replay_box){.box.kind = LURE_BOX_REPLAY, .capacity = capacity};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
}

/* lure.replay { capacity = n } -> an empty memory of at most n steps [-0, +1, e] */
static int make_replay(lua_State *L)
{
    static const char *const keys[] = {"capacity"};
    luaL_checktype(L, 1, LUA_TTABLE);
    lure__check_keys(L, 1, 0, keys, 1, "lure.replay");
    lua_getfield(L, 1, "capacity");
    push_replay(L, check_count(L, lua_gettop(L), MOST_ROWS, "lure.replay: capacity"));
    return 1;
}

/* ---- images ---- */

static void plan_replay(lure_image_out *out, int index)
{
    lure_bytes_add_u64(out->text, ((const replay_box *)lua_touserdata(out->L, index))->capacity);
}

static void make_replay_again(lure_image_in *in)
{
    push_replay(in->L, (size_t)lure_bytes_u64(&in->bytes));
}

static void save_replay(lure_image_out *out, int index)
{
    const lure_replay_memory *m = &((const replay_box *)lua_touserdata(out->L, index))->replay;
    const uint64_t numbers[] = {m->n_rows,
                                m->next,
                                m->shape.n_inputs,
                                m->shape.n_columns,
                                m->shape.is_real,
                                m->shape.n_choices,
                                (uint64_t)m->shape.dtype};
    lure_bytes_add_block(out->text, numbers, sizeof numbers);
    for (int i = 0; i < LURE_REPLAY_COLUMNS && m->n_rows > 0; i++)
        lure_bytes_add_block(out->text, m->columns[i], m->n_rows * m->widths[i]);
}

static void load_replay(lure_image_in *in, int index)
{
    replay_box *box = lua_touserdata(in->L, index);
    lure_replay_memory *m = &box->replay;
    uint64_t numbers[7];
    lure_error err;
    lure_bytes_copy_block(&in->bytes, numbers, sizeof numbers);
    lure_image_expect(in, numbers[0] <= box->capacity && numbers[1] < box->capacity && numbers[6] < LURE_I32,
                      "a replay memory");
    lure_replay_memory_free(m);
    if (numbers[0] == 0)
        return;
    const lure_replay_memory_shape shape = {.n_inputs = (size_t)numbers[2],
                                            .n_columns = (size_t)numbers[3],
                                            .is_real = numbers[4] != 0,
                                            .n_choices = (size_t)numbers[5],
                                            .dtype = (lure_dtype)numbers[6]};
    bool collected = false;
    while (lure_replay_memory_init(m, &shape, box->capacity, &lure_sandbox_of(in->L)->pool.account, &err) !=
           LURE_OK)
        if (!lure_collect_garbage(in->L, &err, &collected))
            lure_raise(in->L, &err);
    m->n_rows = (size_t)numbers[0];
    m->next = (size_t)numbers[1];
    for (int i = 0; i < LURE_REPLAY_COLUMNS; i++)
        lure_bytes_copy_block(&in->bytes, m->columns[i], m->n_rows * m->widths[i]);
}

void lure_bind_replay_memory(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", replay_add}, {"sample", replay_sample}, {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__len", replay_length}, {"__tostring", replay_tostring}, {"__gc", replay_collect}, {NULL, NULL}};
    static const lure_image_kind image = {LURE_BOX_REPLAY,   "a replay memory", plan_replay,
                                          make_replay_again, save_replay,       load_replay};
    lure_image_register(&image);
    lure_box_metatable(L, &METATABLE, "replay memory", methods, 0);
    luaL_setfuncs(L, events, 0);
    lua_pop(L, 1);
    lua_pushcfunction(L, make_replay);
    lua_setfield(L, -2, "replay");
}
