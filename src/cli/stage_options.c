/* stage_options.c: see stage_options.h. */
#include "cli/stage_options.h"

#include <stdio.h>

lure_status lure_stage_options_read(const lure_arguments *a, lure_stage_options *out, lure_error *err)
{
    static lure_setting settings[LURE_MOST_ARGUMENTS], input[LURE_MOST_INPUT];
    *out = (lure_stage_options){.environment = a->positional[0],
                                .reward = lure_arguments_value(a, "reward"),
                                .schedule = lure_arguments_value(a, "schedule"),
                                .settings = settings,
                                .input = input,
                                .seed = 1,
                                .stuck_exit_code = 3};
    lure_status status = lure_command_settings(a, settings, &out->n_settings, err);
    if (status == LURE_OK)
        status = lure_command_input(a, input, &out->n_input, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "seed", 0, INT64_MAX, &out->seed, NULL, err);
    return status;
}

const char *lure_stage_observed_name(const lure_space *observation, size_t i)
{
    static char number[24];
    if (observation->parts[i].name)
        return observation->parts[i].name;
    snprintf(number, sizeof number, "%zu", i + 1);
    return number;
}

void lure_stage_terms_add(const lure_stage_view *view, lure_text *out)
{
    for (size_t i = 0; i < view->n_terms; i++) {
        lure_text_addf(out, "%s%s = ", i ? ", " : "", view->terms[i].name);
        lure_text_add_number(out, view->terms[i].value);
    }
}
