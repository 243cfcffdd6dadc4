/* stage_options.h: what the commands share that step one world by hand, `lure trace` and `lure play`. Internal to cli/. */
#ifndef LURE_CLI_STAGE_OPTIONS_H
#define LURE_CLI_STAGE_OPTIONS_H

#include "cli/command.h"
#include "run/stage.h"

/* Rows of an option table. */
#define LURE_STAGE_OPTIONS                                                                                   \
    {"input", "K=V,...", "what reset gets: --input 'state={0.01,-0.02,0.03,-0.04}'", true},                  \
        {"set", "KEY=VALUE", "change an option of the world; reward.KEY=, schedule.KEY= of those", true},    \
        {"reward", "NAME", "the reward (default: the world's own, or 0 if it has none)", false},             \
        {"schedule", "NAME", "what gives reset its input (default: nothing does)", false},                   \
    {                                                                                                        \
        "seed", "N", "the seed of all chance (default 1)", false                                             \
    }

/* Reads them; the settings live in static memory. */
lure_status lure_stage_options_read(const lure_arguments *a, lure_stage_options *out, lure_error *err);
/* "x", or "3" for the third where the world names none. Valid until the next call. */
const char *lure_stage_observed_name(const lure_space *observation, size_t i);
/* "name = 1, other = -0.5" of the reward's terms; appends. */
void lure_stage_terms_add(const lure_stage_view *view, lure_text *out);

#endif
