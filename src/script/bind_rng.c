/* bind_rng.c: random streams. rng:uniform([low, high]), rng:normal([mean, deviation]), rng:integer(low, high),
   rng:bernoulli(p), rng:choice(list [, probabilities]), rng:shuffle(list); lure.rng(seed [, stream]) makes one. */
#include "script/bind.h"

#include "math/random.h"
#include "script/image.h"

#include <lauxlib.h>
#include <math.h>

typedef struct rng_box {
    lure_box box;
    lure_rng rng;
} rng_box;

static const char METATABLE = 0;

lure_rng *lure_push_rng(lua_State *L)
{
    rng_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (rng_box){.box.kind = LURE_BOX_RNG};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
    return &box->rng;
}

lure_rng *lure_check_rng(lua_State *L, int arg)
{
    return &((rng_box *)lure_box_check(L, arg, LURE_BOX_RNG, "rng"))->rng;
}

static double check_finite(lua_State *L, int arg, double otherwise)
{
    int is_number;
    double x = lua_tonumberx(L, arg, &is_number);
    if (is_number && isfinite(x)) /* one question to Lua instead of three: a schedule asks at every episode */
        return x;
    x = luaL_optnumber(L, arg, otherwise);
    if (!isfinite(x))
        lure_refuse_argument(L, arg, "a finite number");
    return x;
}

static int rng_uniform(lua_State *L) /* [-0, +1, e] rng:uniform([low, high]): [low, high), default [0, 1) */
{
    lure_rng *rng = lure_check_rng(L, 1);
    if (lua_gettop(L) == 1) {
        lua_pushnumber(L, lure_rng_uniform(rng));
        return 1;
    }
    double low = check_finite(L, 2, 0.0), high = check_finite(L, 3, 1.0);
    if (low > high)
        return lure_refuse_argument(
            L, 3, lua_pushfstring(L, "a number from %s on, the lower end", lure_push_text(L, 2)));
    double x = low + (high - low) * lure_rng_uniform(rng);
    lua_pushnumber(L, x < high || low == high ? x : low); /* rounding must not reach high */
    return 1;
}

static int rng_normal(lua_State *L) /* [-0, +1, e] rng:normal([mean, deviation]), default 0, 1 */
{
    lure_rng *rng = lure_check_rng(L, 1);
    double mean = check_finite(L, 2, 0.0), deviation = check_finite(L, 3, 1.0);
    if (deviation < 0)
        return lure_refuse_argument(L, 3, "a standard deviation >= 0");
    lua_pushnumber(L, lure_random_normal(rng, mean, deviation));
    return 1;
}

static int rng_integer(lua_State *L) /* [-0, +1, e] rng:integer(low, high): both ends included */
{
    lure_rng *rng = lure_check_rng(L, 1);
    lua_Integer low = luaL_checkinteger(L, 2), high = luaL_checkinteger(L, 3);
    if (low > high)
        return lure_refuse_argument(
            L, 3, lua_pushfstring(L, "a number from %s on, the lower end", lure_push_text(L, 2)));
    uint64_t span = (uint64_t)high - (uint64_t)low;
    luaL_argcheck(L, span < UINT64_MAX, 3, "the interval is too wide");
    lua_pushinteger(L, (lua_Integer)((uint64_t)low + lure_rng_below(rng, span + 1)));
    return 1;
}

/* [-0, +1, e] rng:bernoulli(p): true with probability p; one draw always */
static int rng_bernoulli(lua_State *L)
{
    lure_rng *rng = lure_check_rng(L, 1);
    double p = luaL_checknumber(L, 2);
    if (!(p >= 0 && p <= 1))
        return lure_refuse_argument(L, 2, "a probability from 0 to 1");
    lua_pushboolean(L, lure_rng_uniform(rng) < p);
    return 1;
}

enum { LONGEST = 100000000 }; /* about a second's work, which no limit interrupts */

/* The probability of element i: the field of that name in the list at 2, or a number of the list at 3. */
static double read_probability(lua_State *L, size_t i)
{
    int is_number;
    if (lua_type(L, 3) == LUA_TTABLE) {
        lua_rawgeti(L, 3, (lua_Integer)i);
    } else {
        if (lua_rawgeti(L, 2, (lua_Integer)i) != LUA_TTABLE)
            luaL_error(L, "rng:choice: element %I is %s; expected a table with the field '%s'",
                       (lua_Integer)i, lure_push_text(L, -1), lua_tostring(L, 3));
        lua_pushvalue(L, 3);
        lua_rawget(L, -2);
        lua_replace(L, -2);
    }
    double p = lua_tonumberx(L, -1, &is_number);
    if (!is_number || !(p >= 0 && p <= 1))
        luaL_error(L, "rng:choice: the probability of element %I is %s; expected a number from 0 to 1",
                   (lua_Integer)i, lure_push_text(L, -1));
    lua_pop(L, 1);
    return p;
}

/* Which of n elements one uniform draw falls on, by their probabilities. */
static size_t choose(lua_State *L, lure_rng *rng, size_t n)
{
    static const double APART = 1e-9; /* from 1; what many roundings come to, no slip of a hand */
    double u = lure_rng_uniform(rng), sum = 0.0;
    size_t chosen = 0, last = 0;
    for (size_t i = 1; i <= n; i++) {
        double p = read_probability(L, i);
        sum += p;
        if (p > 0)
            last = i;
        if (!chosen && sum > u)
            chosen = i;
    }
    if (!(sum >= 1.0 - APART && sum <= 1.0 + APART)) {
        lua_pushnumber(L, sum);
        luaL_error(L, "rng:choice: the probabilities sum to %s; expected 1", lure_push_text(L, -1));
    }
    return chosen ? chosen : last;
}

/* [-0, +1, e] rng:choice(list [, probabilities]): one element, each as likely; or as probable as that list of numbers says,
   or the field of that name in each element: the first at which their sum exceeds one uniform draw. Where the sum rounds to
   less than the draw, the last that is possible. */
static int rng_choice(lua_State *L)
{
    lure_rng *rng = lure_check_rng(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n = lua_rawlen(L, 2);
    luaL_argcheck(L, n > 0, 2, "expected a list with at least one element");
    if (lua_isnoneornil(L, 3)) {
        lua_rawgeti(L, 2, (lua_Integer)lure_rng_below(rng, n) + 1);
        return 1;
    }
    lua_settop(L, 3);
    lure_check_list(L, 2, LONGEST, "rng:choice");
    if (lua_type(L, 3) == LUA_TTABLE) {
        if (lua_rawlen(L, 3) != n)
            return luaL_error(L, "rng:choice: %I probabilities for %I elements",
                              (lua_Integer)lua_rawlen(L, 3), (lua_Integer)n);
    } else if (lua_type(L, 3) != LUA_TSTRING) {
        return lure_refuse_argument(L, 3,
                                    "a list of probabilities, or the name of the field that holds them");
    }
    lua_rawgeti(L, 2, (lua_Integer)choose(L, rng, n));
    return 1;
}

static int rng_shuffle(lua_State *L) /* [-0, +1, e] rng:shuffle(list) -> the same list, in place */
{
    lure_rng *rng = lure_check_rng(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    for (size_t i = lure_check_list(L, 2, LONGEST, "rng:shuffle"); i > 1; i--) {
        lua_Integer j = (lua_Integer)lure_rng_below(rng, i) + 1;
        lua_rawgeti(L, 2, (lua_Integer)i);
        lua_rawgeti(L, 2, j);
        lua_rawseti(L, 2, (lua_Integer)i);
        lua_rawseti(L, 2, j);
    }
    lua_settop(L, 2);
    return 1;
}

static int rng_tostring(lua_State *L)
{
    const lure_rng *rng = lure_check_rng(L, 1);
    lua_pushfstring(L, "rng (episode %d, step %d)", (int)rng->counter[2], (int)rng->counter[1]);
    return 1;
}

static int make_rng(lua_State *L) /* [-0, +1, e] lure.rng(seed [, stream]): independent for each pair */
{
    lua_Integer seed = luaL_checkinteger(L, 1);
    lua_Integer stream = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, stream >= 0 && stream <= UINT32_MAX, 2, "expected a stream number from 0 to 4294967295");
    lure_rng_init(lure_push_rng(L), (uint64_t)seed, LURE_PURPOSE_USER, (uint32_t)stream);
    return 1;
}

/* ---- images ---- */

static void plan_rng(lure_image_out *out, int index)
{
    (void)out;
    (void)index;
}

static void make_for_image(lure_image_in *in)
{
    lure_push_rng(in->L);
}

static void save_rng(lure_image_out *out, int index)
{
    const rng_box *box = lua_touserdata(out->L, index);
    lure_bytes_add_block(out->text, &box->rng, sizeof box->rng);
}

static void load_rng(lure_image_in *in, int index)
{
    rng_box *box = lua_touserdata(in->L, index);
    lure_bytes_copy_block(&in->bytes, &box->rng, sizeof box->rng);
    lure_image_expect(in, box->rng.n_used <= 4, "a random stream");
}

void lure_bind_rng(lua_State *L)
{
    static const lure_image_kind image = {LURE_BOX_RNG,   "a random stream", plan_rng,
                                          make_for_image, save_rng,          load_rng};
    lure_image_register(&image);
    static const luaL_Reg methods[] = {{"uniform", rng_uniform},
                                       {"normal", rng_normal},
                                       {"integer", rng_integer},
                                       {"bernoulli", rng_bernoulli},
                                       {"choice", rng_choice},
                                       {"shuffle", rng_shuffle},
                                       {NULL, NULL}};
    lure_box_metatable(L, &METATABLE, "rng", methods, 0);
    lua_pushcfunction(L, rng_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
    lua_pushcfunction(L, make_rng);
    lua_setfield(L, -2, "rng");
}
