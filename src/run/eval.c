/* eval.c: see eval.h. */
#include "run/eval.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/version.h"
#include "run/evaluation.h"
#include "run/experiment.h"
#include "run/run_folder.h"
#include "run/stop.h"
#include "script/call.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* All that is held while Lua may raise. */
typedef struct judge {
    const lure_eval_options *options;
    lure_eval_result *result;
    lure_manifest manifest;
    lure_checkpoint *checkpoint;
    lure_setting *settings; /* the run's, then those on top */
    size_t n_settings;
    char path[LURE_PATH_SIZE]; /* of the experiment */
    lure_sandbox *sandbox;
    lure_experiment experiment;
    lure_evaluation evaluation;
} judge;

/* ---- what may be changed ---- */

static const char *const changeable[] = {"environment", "reward", "schedule", "max_steps", "limits"};
enum { N_CHANGEABLE = sizeof changeable / sizeof *changeable };

/* "reward" and "reward.scale" are of the reward. */
static bool is_of(const lure_setting *setting, const char *key)
{
    size_t n = strlen(key);
    return strncmp(setting->key, key, n) == 0 && (setting->key[n] == '\0' || setting->key[n] == '.');
}

static lure_status join_settings(judge *j, lure_error *err)
{
    const lure_eval_options *o = j->options;
    j->settings = calloc(j->manifest.n_settings + o->n_settings + 1, sizeof *j->settings);
    if (!j->settings)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the settings");
    for (size_t i = 0; i < j->manifest.n_settings; i++)
        j->settings[j->n_settings++] = j->manifest.settings[i];
    for (size_t i = 0; i < o->n_settings; i++) {
        bool may = false;
        for (size_t k = 0; k < N_CHANGEABLE; k++)
            may |= is_of(&o->settings[i], changeable[k]);
        if (!may)
            return lure_fail(err, LURE_ERROR_USAGE,
                             "--set %s=%s: an evaluation can change environment, reward, schedule, max_steps "
                             "and limits; the rest is the run's",
                             o->settings[i].key, o->settings[i].value);
        j->settings[j->n_settings++] = o->settings[i];
    }
    return LURE_OK;
}

/* ---- the run's folder ---- */

/* The experiment's file from here, or else from the folder that the run was started in. */
static lure_status find_experiment(judge *j, lure_error *err)
{
    const lure_manifest *m = &j->manifest;
    snprintf(j->path, sizeof j->path, "%s", m->path);
    if (lure_file_exists(j->path))
        return LURE_OK;
    if (*m->path != '/' && *m->folder && lure_path_join(m->folder, m->path, j->path, err) == LURE_OK &&
        lure_file_exists(j->path))
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE, "the run's experiment %s is not there any more%s%s", m->path,
                     *m->folder ? "; it was started in " : "", m->folder);
}

static lure_status read_folder(judge *j, lure_error *err)
{
    lure_eval_result *r = j->result;
    char path[LURE_PATH_SIZE];
    lure_status status = lure_run_folder_find(j->options->run, r->directory, err);
    if (status == LURE_OK)
        status = lure_run_folder_check(r->directory, NULL, err);
    if (status == LURE_OK)
        status = lure_manifest_read(r->directory, &j->manifest, err);
    if (status != LURE_OK)
        return status;
    snprintf(r->experiment, sizeof r->experiment, "%s", j->manifest.experiment);
    snprintf(r->run_id, sizeof r->run_id, "%s", j->manifest.run_id);
    r->run_seed = j->manifest.seed;
    r->seed = j->options->has_seed ? j->options->seed : j->manifest.seed;
    status = join_settings(j, err);
    if (status == LURE_OK)
        status = lure_path_join(r->directory, r->checkpoint, path, err);
    if (status == LURE_OK && !lure_file_exists(path))
        status =
            lure_fail(err, LURE_ERROR_STORE, "%s is not there: %s", path,
                      j->options->best ? "the run kept no best policy (evaluate = { ... } in its experiment)"
                                       : "the run has not finished");
    if (status == LURE_OK)
        status = lure_checkpoint_read(path, &j->checkpoint, err);
    if (status == LURE_OK)
        status = find_experiment(j, err);
    if (status != LURE_OK)
        return status;
    const char *update = lure_checkpoint_metadata(j->checkpoint, "update");
    r->updates = update ? strtoull(update, NULL, 10) : 0;
    return LURE_OK;
}

/* ---- what is not as it was ---- */

static bool is_replaced(const judge *j, const char *role)
{
    for (size_t i = 0; i < j->options->n_settings; i++)
        if (is_of(&j->options->settings[i], role))
            return true;
    return false;
}

/* Of the scripts just loaded, those that decide what an episode is. */
static void note_changes(lua_State *L, judge *j)
{
    static const char *const deciding[] = {"experiment", "environment", "reward", "schedule"};
    lure_text *notes = &j->result->notes;
    int top = lua_gettop(L);
    if (j->manifest.result_version != LURE_RESULT_VERSION)
        lure_text_addf(notes, "the run is of result version %lld and this is %d: its numbers may differ\n",
                       (long long)j->manifest.result_version, LURE_RESULT_VERSION);
    lure_loader_push_records(L);
    for (lua_Integer i = 1; lua_rawgeti(L, top + 1, i) != LUA_TNIL; i++) {
        lua_getfield(L, top + 2, "role");
        lua_getfield(L, top + 2, "path");
        lua_getfield(L, top + 2, "sha256");
        const char *role = lua_tostring(L, top + 3);
        for (size_t k = 0; k < sizeof deciding / sizeof *deciding; k++) {
            if (strcmp(role, deciding[k]) != 0 || is_replaced(j, role))
                continue;
            const char *was = lure_manifest_hash(&j->manifest, role);
            if (!was || strcmp(was, lua_tostring(L, top + 5)) != 0)
                lure_text_addf(notes, "the %s %s has changed since the run\n", role,
                               lua_tostring(L, top + 4));
        }
        lua_settop(L, top + 1);
    }
    lua_settop(L, top);
}

/* ---- the episodes ---- */

/* The best policy was chosen for how it did in the episodes of number 0: those would flatter it. Scripts cannot ask for
   these. */
static const uint64_t NUMBER_OF_BEST = (uint64_t)1 << 32;

static int live(lua_State *L) /* under lure_call_c */
{
    judge *j = lua_touserdata(L, 1);
    const lure_eval_options *o = j->options;
    lure_eval_result *r = j->result;
    lure_experiment *e = &j->experiment;
    lure_experiment_parts parts = {0};
    lure_evaluated evaluated;
    lure_error err;
    const lure_run_options run = {
        .experiment = j->path, .settings = j->settings, .n_settings = j->n_settings};
    luaL_checkstack(L, 40, NULL);
    lure_experiment_read(L, &run, e, &parts);
    note_changes(L, j);
    lure_experiment_push_learner(L, e, &parts, r->run_seed);
    if (lure_run_load_policy(j->checkpoint, e->borrow_policy, &e->collector.seen, &err) != LURE_OK) {
        const lure_error problem = err;
        lure_fail(&err, LURE_ERROR_STORE, "the policy of %s does not fit %s/%s: %s", j->path, r->directory,
                  r->checkpoint, problem.text);
        return lure_raise(L, &err);
    }
    lure_evaluation_push(L, &j->evaluation, &parts.world, &e->collector, e->borrow_policy, 0);
    int copies = lua_gettop(L);
    lure_evaluate_options wanted = {.episodes = 1,
                                    .deterministic = !o->sampled,
                                    .seed = r->seed,
                                    .number = o->best ? NUMBER_OF_BEST : 0,
                                    .watch = o->watch,
                                    .watch_data = o->watch_data};
    j->sandbox->context = (lure_context){.role = "evaluation"};
    if (o->watch)
        lure_evaluate(L, &j->evaluation, copies, &wanted, &evaluated);
    wanted.episodes = o->episodes;
    wanted.watch = NULL;
    double started = lure_clock_seconds();
    lure_evaluate(L, &j->evaluation, copies, &wanted, &evaluated);
    r->seconds = lure_clock_seconds() - started;
    r->steps = evaluated.steps;
    r->n_terms = evaluated.n_terms;
    memcpy(r->terms, evaluated.terms, evaluated.n_terms * sizeof *evaluated.terms);
    r->episodes = malloc(evaluated.n * sizeof *r->episodes);
    if (!r->episodes)
        return luaL_error(L, "no memory for the episodes");
    memcpy(r->episodes, evaluated.episodes, evaluated.n * sizeof *r->episodes);
    r->n = evaluated.n;
    return 0;
}

static void on_stuck(void *data)
{
    const judge *j = data;
    if (j->options->stuck_exit_code)
        lure_stop_stuck(j->options->stuck_exit_code);
}

static lure_status open_and_live(judge *j, lure_error *err)
{
    lure_limits limits = lure_limits_defaults();
    lure_status status = lure_sandbox_create(&limits, &j->sandbox, err);
    if (status != LURE_OK)
        return status;
    lure_stop_open(j->sandbox);
    status = lure_sandbox_watch(j->sandbox, on_stuck, j, err);
    if (status == LURE_OK)
        status = lure_call_c(j->sandbox->L, live, j, err);
    if (status == LURE_OK)
        status = lure_stop_check(err);
    lure_sandbox_unwatch(j->sandbox);
    lure_stop_open(NULL);
    lure_evaluation_free(&j->evaluation);
    lure_experiment_free(&j->experiment);
    lure_sandbox_destroy(j->sandbox);
    return status;
}

lure_status lure_eval(const lure_eval_options *options, lure_eval_result *r)
{
    judge *j = calloc(1, sizeof *j);
    *r = (lure_eval_result){.checkpoint = options->best ? "best.safetensors" : "checkpoint.safetensors"};
    lure_text_init(&r->notes);
    if (!j)
        return lure_fail(&r->error, LURE_ERROR_MEMORY, "no memory for an evaluation");
    j->options = options;
    j->result = r;
    lure_error err = {0};
    lure_status status = read_folder(j, &err);
    if (status == LURE_OK)
        status = open_and_live(j, &err);
    if (status != LURE_OK)
        r->error = err;
    lure_checkpoint_close(j->checkpoint);
    lure_manifest_free(&j->manifest);
    free(j->settings);
    free(j);
    return r->error.status;
}

void lure_eval_result_free(lure_eval_result *r)
{
    free(r->episodes);
    lure_text_free(&r->notes);
    *r = (lure_eval_result){0};
}
