/* plan.c: configurations, runs and how they are called. Reading is plan_read.c's. See plan.h. */
#include "batch/plan.h"

#include "script/loader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lure_status no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the plan of the batch");
}

void lure_plan_destroy(lure_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->n_experiments; i++)
        free(plan->experiments[i]);
    for (size_t i = 0; i < plan->n_options; i++) {
        lure_plan_option *option = &plan->options[i];
        for (size_t v = 0; v < option->n_values; v++) {
            free(option->values[v].text);
            free(option->values[v].json);
        }
        free(option->values);
        free(option->key);
    }
    for (size_t i = 0; i < plan->n_configurations; i++) {
        free(plan->configurations[i].error);
        free(plan->configurations[i].seeds);
    }
    if (plan->n_configurations)
        free(plan->configurations[0].settings); /* one block for all */
    free(plan->configurations);
    free(plan->experiments);
    free(plan->options);
    free(plan->axes);
    free(plan->seeds);
    free(plan->runs);
    lure_text_free(&plan->scratch);
    free(plan);
}

/* ---- configurations ---- */

/* Of mixed radix: the last axis is the last digit. */
static size_t choice(const lure_plan *plan, size_t configuration, size_t axis)
{
    for (size_t i = plan->n_axes - 1; i > axis; i--)
        configuration /= plan->axes[i].n_points;
    return configuration % plan->axes[axis].n_points;
}

const lure_plan_value *lure_plan_value_of(const lure_plan *plan, size_t configuration, size_t option)
{
    const lure_plan_option *o = &plan->options[option];
    return &o->values[choice(plan, configuration, o->axis)];
}

bool lure_plan_is_varied(const lure_plan *plan, size_t option)
{
    const lure_plan_option *o = &plan->options[option];
    return o->n_values > 1 || o->group == LURE_PLAN_SAMPLED;
}

/* The options of one group, or the one at `first`, as the next axis. */
static void add_axis(lure_plan *plan, size_t group, size_t first)
{
    for (size_t i = first; i < plan->n_options && (group != LURE_PLAN_ALONE || i == first); i++)
        if (plan->options[i].group == group)
            plan->options[i].axis = plan->n_axes;
    plan->axes[plan->n_axes++] = (lure_plan_axis){group, plan->options[first].n_values, first};
}

static lure_status make_axes(lure_plan *plan, lure_error *err)
{
    plan->axes = calloc(plan->n_options + 1, sizeof *plan->axes);
    if (!plan->axes)
        return no_memory(err);
    size_t n_groups = 0;
    for (size_t i = 0; i < plan->n_options; i++)
        if (plan->options[i].group >= n_groups)
            n_groups = plan->options[i].group + 1;
    for (size_t group = LURE_PLAN_SAMPLED; group < n_groups; group++) {
        size_t first = 0;
        while (first < plan->n_options && plan->options[first].group != group)
            first++;
        if (first < plan->n_options)
            add_axis(plan, group, first);
    }
    for (size_t i = 0; i < plan->n_options; i++)
        if (plan->options[i].group == LURE_PLAN_ALONE)
            add_axis(plan, LURE_PLAN_ALONE, i);
    return LURE_OK;
}

lure_status lure_plan_combine(lure_plan *plan, lure_error *err)
{
    if (make_axes(plan, err) != LURE_OK)
        return err->status;
    size_t n = plan->n_experiments;
    for (size_t i = 0; i < plan->n_axes && n <= LURE_MOST_CONFIGURATIONS; i++)
        n *= plan->axes[i].n_points;
    if (n > LURE_MOST_CONFIGURATIONS)
        return lure_fail(err, LURE_ERROR_USAGE,
                         "the batch has more than %d configurations (experiments x values of options)",
                         LURE_MOST_CONFIGURATIONS);
    assert(n > 0); /* whatever is read has an experiment, and an option a value */
    plan->configurations = calloc(n, sizeof *plan->configurations);
    lure_setting *settings = calloc(n * plan->n_options + 1, sizeof *settings);
    if (!plan->configurations || !settings) {
        free(settings);
        return no_memory(err);
    }
    plan->n_configurations = n;
    for (size_t i = 0; i < n; i++) {
        lure_plan_configuration *c = &plan->configurations[i];
        c->experiment = i / (n / plan->n_experiments);
        c->settings = settings + i * plan->n_options;
        for (size_t k = 0; k < plan->n_options; k++)
            c->settings[k] = (lure_setting){plan->options[k].key, lure_plan_value_of(plan, i, k)->text};
    }
    return LURE_OK;
}

lure_run_options lure_plan_options(const lure_plan *plan, size_t configuration)
{
    const lure_plan_configuration *c = &plan->configurations[configuration];
    return (lure_run_options){.experiment = plan->experiments[c->experiment],
                              .settings = c->settings,
                              .n_settings = plan->n_options};
}

lure_status lure_plan_note(lure_plan *plan, size_t configuration, const lure_run_plan *found,
                           const lure_error *failure, lure_error *err)
{
    lure_plan_configuration *c = &plan->configurations[configuration];
    c->noted = true;
    if (failure) {
        lure_script_name(plan->experiments[c->experiment], c->name, sizeof c->name);
        c->status = failure->status;
        c->error = strdup(failure->text);
        return c->error ? LURE_OK : no_memory(err);
    }
    snprintf(c->name, sizeof c->name, "%s", found->experiment);
    snprintf(c->config_hash, sizeof c->config_hash, "%s", found->config_hash);
    if (plan->seeds)
        return LURE_OK;
    c->seeds = malloc((size_t)found->n_seeds * sizeof *c->seeds);
    if (!c->seeds)
        return no_memory(err);
    memcpy(c->seeds, found->seeds, (size_t)found->n_seeds * sizeof *c->seeds);
    c->n_seeds = (size_t)found->n_seeds;
    return LURE_OK;
}

/* ---- runs ---- */

/* The seeds of a configuration. One that could not be planned has those of another with the same experiment, so that
   a broken value takes as much room in the results as a good one; where there is none, one run stands for it. */
static const uint64_t *seeds_of(const lure_plan *plan, const lure_plan_configuration *c,
                                const lure_plan_configuration *donor, size_t *n)
{
    static const uint64_t one[] = {1};
    if (plan->seeds) {
        *n = plan->n_seeds;
        return plan->seeds;
    }
    const lure_plan_configuration *giver = c->n_seeds ? c : donor;
    *n = giver ? giver->n_seeds : 1;
    return giver ? giver->seeds : one;
}

static const lure_plan_configuration *donor_of(const lure_plan *plan, size_t experiment)
{
    const size_t n = plan->n_configurations / plan->n_experiments;
    for (size_t i = 0; i < n; i++)
        if (plan->configurations[experiment * n + i].n_seeds)
            return &plan->configurations[experiment * n + i];
    return NULL;
}

static const lure_plan *sorted_plan; /* qsort passes nothing along */

static int compare_runs(const void *left, const void *right)
{
    const lure_plan_run *a = &sorted_plan->runs[*(const size_t *)left],
                        *b = &sorted_plan->runs[*(const size_t *)right];
    int order = strcmp(a->id, b->id);
    if (!order)
        order = strcmp(sorted_plan->configurations[a->configuration].name,
                       sorted_plan->configurations[b->configuration].name);
    return order ? order : (a > b) - (a < b);
}

/* Two values may mean the same run ("constant" and { "constant" }, two files of equal bytes): it is done once. */
static lure_status find_twins(lure_plan *plan, lure_error *err)
{
    size_t *order = malloc((plan->n_runs + 1) * sizeof *order);
    if (!order)
        return no_memory(err);
    for (size_t i = 0; i < plan->n_runs; i++)
        order[i] = i;
    sorted_plan = plan;
    qsort(order, plan->n_runs, sizeof *order, compare_runs);
    for (size_t i = 0; i < plan->n_runs; i++) {
        lure_plan_run *run = &plan->runs[order[i]];
        run->twin = order[i];
        if (i == 0 || !*run->id)
            continue;
        const lure_plan_run *before = &plan->runs[order[i - 1]];
        if (strcmp(run->id, before->id) == 0 && strcmp(plan->configurations[run->configuration].name,
                                                       plan->configurations[before->configuration].name) == 0)
            run->twin = before->twin;
    }
    free(order);
    return LURE_OK;
}

/* Two passes over the configurations: the first one counts. */
static lure_status list_runs(lure_plan *plan, bool counting, lure_error *err)
{
    const lure_plan_configuration *donor = NULL;
    size_t n, total = 0;
    for (size_t i = 0; i < plan->n_configurations; i++) {
        lure_plan_configuration *c = &plan->configurations[i];
        if (i == 0 || c->experiment != plan->configurations[i - 1].experiment)
            donor = donor_of(plan, c->experiment);
        const uint64_t *seeds = seeds_of(plan, c, donor, &n);
        c->first_run = total;
        c->n_runs = n;
        total += n;
        if (total > LURE_MOST_RUNS)
            return lure_fail(err, LURE_ERROR_USAGE, "the batch has more than %d runs", LURE_MOST_RUNS);
        for (size_t s = 0; s < n && !counting; s++) {
            lure_plan_run *run = &plan->runs[c->first_run + s];
            run->configuration = i;
            run->seed = seeds[s];
            if (*c->config_hash)
                lure_run_id(c->config_hash, run->seed, run->id);
        }
    }
    plan->n_runs = total;
    return LURE_OK;
}

lure_status lure_plan_list(lure_plan *plan, lure_error *err)
{
    lure_status status = list_runs(plan, true, err);
    if (status != LURE_OK)
        return status;
    plan->runs = calloc(plan->n_runs + 1, sizeof *plan->runs);
    if (!plan->runs)
        return no_memory(err);
    list_runs(plan, false, NULL);
    return find_twins(plan, err);
}

/* ---- what a run is called ---- */

lure_status lure_plan_directory(const lure_plan *plan, size_t run, const char *out,
                                char directory[LURE_PATH_SIZE], lure_error *err)
{
    const lure_plan_run *r = &plan->runs[run];
    char name[128];
    directory[0] = '\0';
    if (!*r->id)
        return LURE_OK;
    snprintf(name, sizeof name, "%s-seed%llu-%s", plan->configurations[r->configuration].name,
             (unsigned long long)r->seed, r->id);
    return lure_path_join(out, name, directory, err);
}

void lure_plan_label(const lure_plan *plan, size_t run, lure_text *text)
{
    const lure_plan_run *r = &plan->runs[run];
    lure_text_add(text, plan->configurations[r->configuration].name);
    for (size_t i = 0; i < plan->n_options; i++)
        if (lure_plan_is_varied(plan, i)) {
            lure_text_add(text, " ");
            lure_text_add_visible(text, plan->options[i].key);
            lure_text_add(text, "=");
            lure_text_add_visible(text, lure_plan_value_of(plan, r->configuration, i)->text);
        }
    lure_text_addf(text, " seed %llu", (unsigned long long)r->seed);
}

void lure_plan_command(const lure_plan *plan, size_t run, lure_text *text)
{
    const lure_plan_run *r = &plan->runs[run];
    const lure_plan_configuration *c = &plan->configurations[r->configuration];
    lure_text word;
    lure_text_init(&word);
    lure_text_add(text, "lure run ");
    lure_text_add_quoted(text, plan->experiments[c->experiment]);
    for (size_t i = 0; i < plan->n_options; i++) {
        lure_text_clear(&word);
        lure_text_addf(&word, "%s=%s", c->settings[i].key, c->settings[i].value);
        lure_text_add(text, " --set ");
        lure_text_add_quoted(text, word.data);
    }
    lure_text_addf(text, " --seed %llu", (unsigned long long)r->seed);
    lure_text_free(&word);
}
