/* run_files.c: see run_files.h. */
#include "run/run_files.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/version.h"
#include "math/kernel.h"
#include "script/call.h"
#include "store/checkpoint.h"
#include "store/switches.h"

#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lure_status write_text_file(const char *directory, const char *name, const lure_text *text,
                                   lure_error *err)
{
    char path[LURE_PATH_SIZE];
    if (text->failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", name);
    lure_status status = lure_path_join(directory, name, path, err);
    return status != LURE_OK ? status : lure_file_write_whole(path, text->data, text->length, err);
}

static const char default_scripts[] = "scripts";

static const char *scripts_in(const lure_run_options *options)
{
    return options->scripts_in ? options->scripts_in : default_scripts;
}

typedef struct keeping {
    const char *folder;
    bool durably;
} keeping;

static int keep_all(lua_State *L)
{
    const keeping *k = lua_touserdata(L, 1);
    for (size_t i = 1, n = lure_loader_n_records(L); i <= n; i++)
        lure_loader_keep(L, i, k->folder, k->durably);
    return 0;
}

lure_status lure__run_keep_scripts(lure_session *s, const lure_run_options *options, const char *directory,
                                   lure_error *err)
{
    char folder[LURE_PATH_SIZE];
    lure_status status = lure_path_join(directory, scripts_in(options), folder, err);
    keeping k = {folder, options->scripts_in != NULL};
    return status == LURE_OK ? lure_call_c(s->sandbox->L, keep_all, &k, err) : status;
}

lure_status lure__run_write_manifest(lure_session *s, const lure_run_options *options, const char *directory,
                                     lure_error *err)
{
    lure_text text;
    lure_json json;
    char now[LURE_CLOCK_SIZE], folder[LURE_PATH_SIZE];
    lure_clock_utc(now);
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.manifest/1");
    lure_json_string(&json, "run_id", s->run_id);
    lure_json_string(&json, "configuration", s->experiment.config_hash);
    lure_json_string(&json, "command", options->command);
    lure_json_string(&json, "folder", getcwd(folder, sizeof folder));
    lure_json_string(&json, "experiment", s->experiment.name);
    lure_json_string(&json, "path", s->experiment.path);
    lure_json_begin_array(&json, "settings");
    for (size_t i = 0; i < options->n_settings; i++) {
        lure_text setting;
        lure_text_init(&setting);
        lure_text_addf(&setting, "%s=%s", options->settings[i].key, options->settings[i].value);
        lure_json_string(&json, NULL, setting.data);
        lure_text_free(&setting);
    }
    lure_json_end_array(&json);
    lure_json_integer(&json, "seed", (int64_t)s->seed);
    lure_json_string(&json, "scripts_in", scripts_in(options));
    lure_json_string(&json, "started", now);
    lure_json_begin_object(&json, "versions");
    lure_json_string(&json, "lure", LURE_VERSION);
    lure_json_integer(&json, "result", LURE_RESULT_VERSION);
    lure_json_string(&json, "lua", LUA_RELEASE);
    lure_json_string(&json, "cpu_path", lure_cpu_path_name(lure_cpu_path_chosen()));
    lure_json_end_object(&json);
    lure_status status = lure_session_json(s, &json, err);
    lure_seal_end(&json);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    if (status == LURE_OK)
        status = write_text_file(directory, "manifest.json", &text, err);
    lure_text_free(&text);
    return status;
}

const char lure__run_checkpoint[] = "checkpoint.safetensors", lure__run_best[] = "best.safetensors";

lure_status lure__run_write_checkpoint(lure_session *s, const char *directory, const char *name,
                                       lure_error *err)
{
    lure_policy *policy = s->experiment.borrow_policy;
    lure_optimizer *optimizer = s->experiment.borrow_optimizer;
    size_t n_named = lure_policy_n_named(policy), n_blocks = lure_optimizer_n_blocks(optimizer), n = 0;
    size_t n_parameters = lure_policy_n_parameters(policy);
    lure_dtype dtype = lure_policy_dtype(policy);
    lure_seen *seen = &s->experiment.collector.seen;
    size_t n_seen = lure_seen_n_named(seen);
    lure_checkpoint_entry *entries = calloc(n_named + n_blocks + n_seen + 1, sizeof *entries);
    if (!entries)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a checkpoint");
    for (size_t i = 0; i < n_named; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        snprintf(entries[n].name, sizeof entries[n].name, "%s", p->name);
        entries[n++].tensor =
            lure_tensor_view((char *)lure_policy_parameters(policy) + p->offset * lure_dtype_size(dtype),
                             dtype, p->n_dims, p->shape);
    }
    for (size_t i = 0; i < n_blocks; i++) {
        snprintf(entries[n].name, sizeof entries[n].name, "optimizer.%s",
                 lure_optimizer_block_name(optimizer, i));
        entries[n++].tensor = lure_tensor_view(lure_optimizer_block(optimizer, i), dtype, 1, &n_parameters);
    }
    for (size_t i = 0; i < n_seen; i++, n++)
        snprintf(entries[n].name, sizeof entries[n].name, "%s", lure_seen_named(seen, i, &entries[n].tensor));
    char update[32], steps[32], seed[32], path[LURE_PATH_SIZE];
    snprintf(update, sizeof update, "%llu", (unsigned long long)s->conductor.update);
    snprintf(steps, sizeof steps, "%llu", (unsigned long long)lure_optimizer_steps(optimizer));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    const lure_checkpoint_pair metadata[] = {
        {"schema", "lure.checkpoint/1"},    {"lure", LURE_VERSION}, {"run_id", s->run_id},
        {"experiment", s->experiment.name}, {"seed", seed},         {"update", update},
        {"optimizer_steps", steps}};
    lure_status status = lure_path_join(directory, name, path, err);
    if (status == LURE_OK)
        status = lure_checkpoint_write(path, entries, n, metadata, sizeof metadata / sizeof *metadata, err);
    free(entries);
    return status;
}

const char *const lure_run_files[LURE_RUN_FILES] = {"manifest.json", "metrics.csv", lure__run_checkpoint,
                                                    "summary.json"};
const char *const lure_run_extra_files[LURE_RUN_EXTRA_FILES] = {lure__run_best};

/* What every run must give again, whenever it is done, is its result. Its scripts have their hashes in the manifest. */
const lure_seal_file lure_run_sealed[LURE_RUN_SEALED] = {
    {"manifest.json", false}, {"metrics.csv", true},       {lure__run_checkpoint, true},
    {lure__run_best, true},   {LURE_SWITCHES_NAME, false}, {"metrics.jsonl", false}};

lure_status lure__run_seal(lure_json *json, const char *directory, bool has_logs, lure_error *err)
{
    enum { MOST_EVENT_FILES = 8 };
    lure_seal_file files[LURE_RUN_SEALED + MOST_EVENT_FILES];
    char **names = NULL;
    size_t n = LURE_RUN_SEALED, n_names = 0;
    lure_status status = has_logs ? lure_folder_list(directory, "", &names, &n_names, err) : LURE_OK;
    if (status != LURE_OK)
        return status;
    memcpy(files, lure_run_sealed, sizeof lure_run_sealed);
    for (size_t i = 0; i < n_names && n < LURE_RUN_SEALED + MOST_EVENT_FILES; i++)
        if (strncmp(names[i], "events.out.tfevents.", 20) == 0)
            files[n++] = (lure_seal_file){names[i], false};
    status = lure_seal_write(json, directory, files, n, err);
    lure_names_free(names, n_names);
    return status;
}

/* The disk gets everything before summary.json appears, but for the scripts: those are on their way there since the run began, and
   a machine that dies meanwhile leaves what its hash gives away. */
lure_status lure__run_finish_directory(const lure_run_result *r, bool leaves_sync, lure_error *err)
{
    if (r->document.failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write summary.json");
    if (leaves_sync)
        return write_text_file(r->directory, "summary.json", &r->document, err);
    const char *names[LURE_RUN_FILES - 1 + LURE_RUN_EXTRA_FILES];
    size_t n = 0;
    for (size_t i = 0; i < LURE_RUN_FILES - 1; i++)
        names[n++] = lure_run_files[i];
    for (size_t i = 0; i < LURE_RUN_EXTRA_FILES; i++)
        names[n++] = lure_run_extra_files[i];
    return lure_run_directory_finish(r->directory, names, n, "summary.json", r->document.data,
                                     r->document.length, err);
}
