/* index.c: a root with a hundred thousand runs in its index, put in by groups as a batch does: how long that takes, and how
   large it is. index FOLDER [RUNS [GROUP]]; index.sh then times the commands on it. */
#include "base/clock.h"
#include "base/rng.h"
#include "store/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEEDS = 100, MOST_GROUP = 10000 };
static const char *const parts[] = {"", ".last", ".tail_deviation", ".minimum", ".maximum"};
static const char *const columns[] = {"bias", "reward"};
static const char *const singles[] = {"steps",
                                      "episodes",
                                      "seconds",
                                      "updates_per_second",
                                      "steps_per_second",
                                      "episodic_return_100",
                                      "episodic_length_100"};
enum { N_NUMBERS = 7 + 10, N_SETTINGS = 18 };

typedef struct made {
    lure_index_run run;
    char folder[96], id[17], configuration[65], given[64], rate[32], digest[65];
    lure_index_setting settings[N_SETTINGS];
    lure_index_number numbers[N_NUMBERS];
} made;

static char names[N_NUMBERS][32];

static double uniform(uint64_t seed, uint64_t n)
{
    return (double)((seed * UINT64_C(0x9e3779b97f4a7c15) + n * UINT64_C(0xbf58476d1ce4e5b9)) >> 11) * 0x1p-53;
}

/* Run i of a batch of configurations with SEEDS seeds each. */
static void make(made *m, size_t i)
{
    const size_t configuration = i / SEEDS;
    snprintf(m->id, sizeof m->id, "%016llx", (unsigned long long)(i * UINT64_C(0x9e3779b97f4a7c15)));
    snprintf(m->folder, sizeof m->folder, "rates/fry_shacks-seed%zu-%s", i % SEEDS + 1, m->id);
    snprintf(m->configuration, sizeof m->configuration, "%064zx", configuration);
    snprintf(m->digest, sizeof m->digest, "%064zx", i * 7919);
    snprintf(m->rate, sizeof m->rate, "0.%04zu1", configuration);
    snprintf(m->given, sizeof m->given, "learning_rate.rate=%s", m->rate);
    m->run = (lure_index_run){.folder = m->folder,
                              .batch = "rates",
                              .run_id = m->id,
                              .experiment = "fry_shacks",
                              .configuration = m->configuration,
                              .given = m->given,
                              .outcome = "ok",
                              .started = "2026-11-27T14:12:49Z",
                              .track = "bias",
                              .digest = m->digest,
                              .seed = i % SEEDS + 1,
                              .updates = 200,
                              .steps = 200,
                              .episodes = 200,
                              .seconds = uniform(i, 1) * 0.001,
                              .episodic_return = uniform(i, 2),
                              .tail_mean = -10 * uniform(i, 3),
                              .settings = m->settings,
                              .n_settings = N_SETTINGS,
                              .numbers = m->numbers,
                              .n_numbers = N_NUMBERS};
    static const char *const fixed[][2] = {
        {"algorithm", "policy_gradient"},
        {"environment", "fry_shacks"},
        {"environment's file", "6f5cf9fd"},
        {"learning_rate", "constant"},
        {"log_every", "1"},
        {"optimizer", "sgd"},
        {"policy", "{{1=\"linear\", bias=0, train={\"bias\"}, weight=20}, \"bernoulli\"}"},
        {"precision", "double"},
        {"result version", "4"},
        {"reward", "right_portion"},
        {"reward's file", "928119a8"},
        {"reward.hungry_above", "0.5"},
        {"reward.right", "1"},
        {"reward.wrong", "-1"},
        {"schedule", "uniform_hunger"},
        {"schedule's file", "01279e85"},
        {"updates", "200"}};
    for (size_t k = 0; k < N_SETTINGS - 1; k++)
        m->settings[k] = (lure_index_setting){fixed[k][0], fixed[k][1]};
    m->settings[N_SETTINGS - 1] = (lure_index_setting){"learning_rate.rate", m->rate};
    for (size_t k = 0; k < N_NUMBERS; k++)
        m->numbers[k] = (lure_index_number){names[k], uniform(i, k + 4)};
}

int main(int n, char **words)
{
    lure_error err = {0};
    lure_index *index;
    lure_text told;
    const size_t n_runs = n > 2 ? strtoul(words[2], NULL, 10) : 100000;
    size_t group = n > 3 ? strtoul(words[3], NULL, 10) : 1000;
    made *rows = calloc(MOST_GROUP, sizeof *rows);
    lure_index_run *runs = calloc(MOST_GROUP, sizeof *runs);
    if (n < 2 || !rows || !runs || group == 0 || group > MOST_GROUP)
        return 2;
    for (size_t k = 0; k < 7; k++)
        snprintf(names[k], sizeof names[k], "%s", singles[k]);
    for (size_t k = 0; k < 10; k++)
        snprintf(names[7 + k], sizeof names[k], "%s%s", columns[k / 5], parts[k % 5]);
    lure_text_init(&told);
    const double begun = lure_clock_seconds();
    lure_status status = lure_folder_make(words[1], &err);
    if (status == LURE_OK)
        status = lure_index_open(words[1], &index, &err);
    for (size_t i = 0; i < n_runs && status == LURE_OK; i += group) {
        const size_t count = n_runs - i < group ? n_runs - i : group;
        for (size_t k = 0; k < count; k++) {
            make(&rows[k], i + k);
            runs[k] = rows[k].run;
        }
        status = lure_index_put(index, runs, count, &told, &err);
    }
    if (status == LURE_OK)
        lure_index_close(index);
    char path[LURE_PATH_SIZE];
    struct stat info = {0};
    if (status == LURE_OK && lure_path_join(words[1], LURE_INDEX_NAME, path, &err) == LURE_OK)
        stat(path, &info);
    if (status != LURE_OK)
        fprintf(stderr, "index: %s\n", err.text);
    else
        printf("%zu %.3f %lld\n", n_runs, lure_clock_seconds() - begun, (long long)info.st_size);
    lure_text_free(&told);
    free(rows);
    free(runs);
    return status != LURE_OK;
}
