/* plan_read.c: from what was typed to the experiments, options and seeds of a plan, and what the readers of a batch script
   (plan_script.c) and of the options on the command line (plan_typed.c) share. Values are parsed in a sandbox, in this
   process. All memory belongs to the plan from the moment it is taken, so whatever raises leaks nothing. See plan.h. */
#include "batch/plan_reading.h"

#include "run/experiment.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/loader.h"
#include "script/sandbox.h"
#include "script/value.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *lure__plan_checked(lua_State *L, void *block)
{
    if (!block)
        luaL_error(L, "no memory for the plan of the batch");
    return block;
}

int lure__plan_refuse(lua_State *L, lure_reading *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[sizeof r->usage.text];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    lure_fail(&r->usage, LURE_ERROR_USAGE, "%s", text);
    return lure_raise(L, &r->usage);
}

/* ---- what a plan is made of ---- */

void lure__plan_add_experiment(lua_State *L, lure_plan *plan, const char *word)
{
    plan->experiments = lure__plan_checked(
        L, realloc(plan->experiments, (plan->n_experiments + 1) * sizeof *plan->experiments));
    plan->experiments[plan->n_experiments] = lure__plan_checked(L, strdup(word));
    plan->n_experiments++;
}

lure_plan_option *lure__plan_add_option(lua_State *L, lure_plan *plan, const char *key, bool typed)
{
    for (size_t i = 0; i < plan->n_options; i++) {
        lure_plan_option *option = &plan->options[i];
        if (strcmp(option->key, key) != 0)
            continue;
        for (; option->n_values; option->n_values--) {
            free(option->values[option->n_values - 1].text);
            free(option->values[option->n_values - 1].json);
        }
        option->typed = typed;
        option->group = LURE_PLAN_ALONE;
        return option;
    }
    plan->options =
        lure__plan_checked(L, realloc(plan->options, (plan->n_options + 1) * sizeof *plan->options));
    plan->options[plan->n_options] =
        (lure_plan_option){.key = lure__plan_checked(L, strdup(key)), .typed = typed};
    return &plan->options[plan->n_options++];
}

lure_plan_value *lure__plan_new_value(lua_State *L, lure_plan_option *option)
{
    const size_t n = option->n_values;
    if ((n & (n - 1)) == 0)
        option->values =
            lure__plan_checked(L, realloc(option->values, (n ? 2 * n : 1) * sizeof *option->values));
    option->values[n] = (lure_plan_value){0};
    option->n_values++;
    return &option->values[n];
}

void lure__plan_add_value(lua_State *L, lure_plan *plan, lure_plan_option *option, const char *text)
{
    lure_json json;
    if (option->n_values >= LURE_MOST_CONFIGURATIONS)
        luaL_error(L, "%s has more than %d values", option->key, (int)LURE_MOST_CONFIGURATIONS);
    lure_plan_value *value = lure__plan_new_value(L, option);
    value->text = lure__plan_checked(L, strdup(text));
    lure_text_clear(&plan->scratch);
    lure_json_init(&json, &plan->scratch);
    lure_value_json(L, -1, &json, NULL);
    value->json = lure__plan_checked(L, plan->scratch.failed ? NULL : strdup(plan->scratch.data));
    lua_pop(L, 1);
}

/* ---- the command line ---- */

/* Is it the one batch? A path is told by what the script returns, which is then on the stack. */
static bool push_batch(lua_State *L, lure_reading *r, const char *word)
{
    char tried[64], nearest[64];
    bool is_path = strchr(word, '/') || (strlen(word) > 4 && strcmp(word + strlen(word) - 4, ".lua") == 0);
    if (!lure_loader_find(LURE_ROLE_BATCH, word, NULL, r->path, tried, sizeof tried, nearest)) {
        *r->path = '\0';
        return false;
    }
    lure_loader_load(L, LURE_ROLE_BATCH, word, NULL, 0, NULL);
    if (is_path && lua_istable(L, -1)) {
        lua_getfield(L, -1, "experiments");
        lua_getfield(L, -2, "environment");
        bool is_experiment = lua_isnil(L, -2) && !lua_isnil(L, -1);
        lua_pop(L, 2);
        if (is_experiment) {
            *r->path = '\0';
            return false;
        }
    }
    lure_sandbox_of(L)->context = (lure_context){.role = "batch", .name = word};
    if (!lua_istable(L, -1))
        luaL_error(L, "%s returned %s; expected a table (does the file end with 'return { ... }'?)", r->path,
                   lure_type_name(L, -1));
    return true;
}

static void take_word(lua_State *L, lure_reading *r, const char *word)
{
    char path[PATH_MAX], tried[1024], nearest[2][64], hint[192] = "";
    lure_plan *plan = r->plan;
    if (!lure_loader_find(LURE_ROLE_EXPERIMENT, word, NULL, path, tried, sizeof tried, nearest[0])) {
        if (lure_loader_find(LURE_ROLE_BATCH, word, NULL, path, tried, sizeof tried, nearest[1]))
            lure__plan_refuse(
                L, r, "'%s' is a batch and stands alone: one batch, or any number of experiments", word);
        const char *near = *nearest[1] ? nearest[1] : nearest[0];
        if (*near)
            snprintf(hint, sizeof hint, "; did you mean '%s'?", near);
        lure_error err;
        lure_fail(&err, LURE_ERROR_STORE, "no batch and no experiment is called '%s'%s", word, hint);
        lure_raise(L, &err);
    }
    for (size_t i = 0; i < plan->n_experiments; i++)
        if (strcmp(plan->experiments[i], word) == 0)
            lure__plan_refuse(L, r, "the experiment '%s' is given twice", word);
    lure__plan_add_experiment(L, plan, word);
    size_t used = strlen(plan->name);
    if (used && used + 1 < sizeof plan->name)
        plan->name[used++] = '+';
    lure_script_name(word, plan->name + used, sizeof plan->name - used);
}

/* One number at *at, which moves behind it. */
static bool read_seed(const char **at, uint64_t *seed)
{
    char *end;
    errno = 0;
    if (**at < '0' || **at > '9')
        return false;
    unsigned long long value = strtoull(*at, &end, 10);
    *at = end;
    *seed = value;
    return errno == 0 && value <= INT64_MAX;
}

static void read_typed_seeds(lua_State *L, lure_reading *r, const char *text)
{
    lure_plan *plan = r->plan;
    uint64_t first = 0, last;
    free(plan->seeds);
    plan->seeds = NULL;
    plan->n_seeds = 0;
    for (const char *at = text;; at++) {
        bool good = read_seed(&at, &first);
        last = first;
        if (good && strncmp(at, "..", 2) == 0) {
            at += 2;
            good = read_seed(&at, &last);
        }
        if (!good || (*at && *at != ','))
            lure__plan_refuse(L, r, "--seeds %s: expected whole numbers >= 0, like 1..30 or 1,2,5", text);
        if (last < first)
            lure__plan_refuse(L, r, "--seeds %s: a range ends before it begins", text);
        if (last - first >= LURE_MOST_RUNS - plan->n_seeds)
            lure__plan_refuse(L, r, "--seeds %s: more than a million seeds", text);
        size_t n = plan->n_seeds + (size_t)(last - first) + 1;
        plan->seeds = lure__plan_checked(L, realloc(plan->seeds, n * sizeof *plan->seeds));
        for (uint64_t seed = first; plan->n_seeds < n; seed++)
            plan->seeds[plan->n_seeds++] = seed;
        if (!*at)
            break;
    }
}

static void check_seeds(lua_State *L, lure_reading *r)
{
    uint64_t twin;
    /* those of a script were looked at where they are read */
    if (r->request->seeds && lure_experiment_find_twin_seed(L, r->plan->seeds, r->plan->n_seeds, &twin))
        lure__plan_refuse(L, r, "--seeds %s: seed %llu is there twice", r->request->seeds,
                          (unsigned long long)twin);
}

/* ---- all of it ---- */

static int read_all(lua_State *L)
{
    lure_reading *r = lua_touserdata(L, 1);
    const lure_plan_request *request = r->request;
    if (request->n_words == 1 && push_batch(L, r, request->words[0])) {
        lure__plan_read_script(L, lua_gettop(L), r);
    } else {
        for (size_t i = 0; i < request->n_words; i++)
            take_word(L, r, request->words[i]);
    }
    lure__plan_read_typed(L, r);
    lure__plan_draw_points(L, r);
    if (request->seeds)
        read_typed_seeds(L, r, request->seeds);
    check_seeds(L, r);
    return 0;
}

/* The script is inside one C call that no hook reaches; there is nothing yet to lose. */
static void on_stuck(void *data)
{
    (void)data;
    static const char message[] =
        "\nlure: time limit: the batch script is inside one library call that does not end\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    _exit(3);
}

lure_status lure_plan_read(const lure_plan_request *request, lure_plan **out, lure_error *err)
{
    *out = NULL;
    lure_sandbox *sandbox;
    lure_limits limits = lure_limits_defaults();
    lure_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the plan of the batch");
    lure_text_init(&plan->scratch);
    plan->sample_seed = 1;
    lure_status status = lure_sandbox_create(&limits, &sandbox, err);
    if (status == LURE_OK) {
        lure_reading r = {.request = request, .plan = plan};
        status = lure_sandbox_watch(sandbox, on_stuck, NULL, err);
        if (status == LURE_OK)
            status = lure_call_c(sandbox->L, read_all, &r, err);
        if (status != LURE_OK && r.usage.status != LURE_OK) {
            *err = r.usage; /* as it was written, without a place in a script */
            status = r.usage.status;
        }
        lure_sandbox_destroy(sandbox);
    }
    if (status == LURE_OK)
        status = lure_plan_combine(plan, err);
    if (status == LURE_OK)
        *out = plan;
    else
        lure_plan_destroy(plan);
    return status;
}
