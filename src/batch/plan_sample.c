/* plan_sample.c: the sampled options of a plan: what their distributions are told to be, and, when all is read, the points
   drawn from them (draw.h). See plan_reading.h. */
#include "batch/plan_reading.h"

#include "script/bind.h"
#include "script/value.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

void lure__plan_refuse_name(const char *name, const char *nearest, lure_error *err)
{
    lure_fail(err, LURE_ERROR_USAGE,
              "'%s' is no distribution; expected uniform, log_uniform, integer or choice%s%s%s", name,
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

bool lure__plan_read_bounds(lua_State *L, lure_draw_kind kind, int n, lure_draw *out, lure_error *err)
{
    static const char *const which[] = {"low", "high"};
    const char *name = lure_draw_name(kind);
    const int first = lua_gettop(L) - n + 1;
    double bounds[2] = {0, 0};
    lure_status status = LURE_OK;
    if (n != 2)
        status = lure_fail(err, LURE_ERROR_USAGE, "%s has %d value%s; expected two numbers, low and high",
                           name, n, n == 1 ? "" : "s");
    for (int i = 0; i < 2 && status == LURE_OK; i++) {
        bounds[i] = lua_tonumber(L, first + i);
        if (lua_type(L, first + i) != LUA_TNUMBER)
            status = lure_fail(err, LURE_ERROR_USAGE, "%s: %s is %s; expected a number", name, which[i],
                               lua_type(L, first + i) == LUA_TSTRING
                                   ? lua_pushfstring(L, "'%s'", lua_tostring(L, first + i))
                                   : lure_type_name(L, first + i));
    }
    lua_settop(L, first - 1);
    *out = (lure_draw){.kind = kind, .low = bounds[0], .high = bounds[1]};
    return status == LURE_OK && lure_draw_check(out, err) == LURE_OK;
}

static void draw_number(lua_State *L, lure_plan *plan, lure_plan_option *option, size_t point)
{
    const double x = lure_draw_number(&option->draw, plan->sample_seed, option->key, point);
    if (option->draw.kind == LURE_DRAW_INTEGER)
        lua_pushinteger(L, (lua_Integer)x);
    else
        lua_pushnumber(L, x);
    lure_text_clear(&plan->scratch);
    lure_value_write(L, -1, &plan->scratch);
    lure__plan_checked(L, plan->scratch.failed ? NULL : plan->scratch.data);
    lure__plan_add_value(L, plan, option, plan->scratch.data);
}

/* The choices stay in front until all points are drawn: what is in the plan is freed, whatever raises. */
static void draw_choices(lua_State *L, lure_plan *plan, lure_plan_option *option)
{
    const size_t n = option->draw.n = option->n_values;
    for (size_t point = 0; point < plan->n_points; point++) {
        const size_t chosen = lure_draw_choice(&option->draw, plan->sample_seed, option->key, point);
        lure_plan_value *value = lure__plan_new_value(L, option);
        value->text = lure__plan_checked(L, strdup(option->values[chosen].text));
        value->json = lure__plan_checked(L, strdup(option->values[chosen].json));
    }
    for (size_t i = 0; i < n; i++) {
        free(option->values[i].text);
        free(option->values[i].json);
    }
    option->n_values = plan->n_points;
    memmove(option->values, option->values + n, option->n_values * sizeof *option->values);
}

void lure__plan_draw_points(lua_State *L, lure_reading *r)
{
    lure_plan *plan = r->plan;
    const lure_plan_request *request = r->request;
    const char *sampled = NULL;
    for (size_t i = 0; i < plan->n_options && !sampled; i++)
        if (plan->options[i].group == LURE_PLAN_SAMPLED)
            sampled = plan->options[i].key;
    if (!sampled && (request->n_points || request->has_sample_seed))
        lure__plan_refuse(L, r,
                          "--%s: nothing is sampled; name an option and its range, like --sample "
                          "'learning_rate.rate=log_uniform(1e-3,1)'",
                          request->n_points ? "samples" : "sample-seed");
    if (request->n_points)
        plan->n_points = request->n_points;
    if (request->has_sample_seed)
        plan->sample_seed = request->sample_seed;
    if (sampled && !plan->n_points)
        lure__plan_refuse(L, r, "'%s' is sampled; say how many points, like --samples 20", sampled);
    if (plan->n_points > LURE_MOST_CONFIGURATIONS)
        lure__plan_refuse(L, r, "more than %d samples", LURE_MOST_CONFIGURATIONS);
    for (size_t i = 0; i < plan->n_options; i++) {
        lure_plan_option *option = &plan->options[i];
        if (option->group == LURE_PLAN_SAMPLED && option->draw.kind == LURE_DRAW_CHOICE)
            draw_choices(L, plan, option);
        else if (option->group == LURE_PLAN_SAMPLED)
            for (size_t point = 0; point < plan->n_points; point++)
                draw_number(L, plan, option, point);
    }
}
