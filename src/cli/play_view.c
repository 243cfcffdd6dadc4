/* play_view.c: see play_view.h. */
#include "cli/play_view.h"

#include "learn/space_text.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_OBSERVED = 32, MOST_LISTED = 20 };

/* ---- keys ---- */

void lure_play_keys_make(const lure_space *actions, lure_play_keys *keys)
{
    const lure_part *part = &actions->parts[0];
    *keys = (lure_play_keys){0};
    for (size_t i = 0; i < actions->n_parts; i++)
        keys->types_numbers = keys->types_numbers || actions->parts[i].n == 0;
    if (actions->n_parts != 1)
        return;
    if (part->n) {
        keys->has_words = true;
        lure_key_map_make(part->words, part->n, "ruq", &keys->map);
        return;
    }
    const double low = isfinite(part->low) ? part->low : isfinite(part->high) ? part->high - 1.0 : -1.0;
    const double high = isfinite(part->high) ? part->high : low < 1.0 ? 1.0 : low + 1.0;
    keys->has_values = true;
    keys->left = low;
    keys->right = high;
    keys->middle = low <= 0.0 && high >= 0.0 ? 0.0 : low + (high - low) / 2.0;
}

static void tell_value(const char *key, double value, lure_text *out)
{
    lure_text_addf(out, "  %-22s ", key);
    lure_text_add_number(out, value);
    lure_text_add(out, "\n");
}

void lure_play_keys_tell(const lure_space *actions, const lure_play_keys *keys, lure_text *out)
{
    const lure_part *part = &actions->parts[0];
    for (size_t i = 0; keys->has_words && i < part->n && i < MOST_LISTED; i++) {
        lure_text text;
        lure_text_init(&text);
        lure_key_map_tell(&keys->map, i, &text);
        lure_text_addf(out, "  %-22s ", *text.data ? text.data : "Enter, then its name");
        lure_display_add(out, part->words[i]);
        lure_text_add(out, "\n");
        lure_text_free(&text);
    }
    if (keys->has_words && part->n > MOST_LISTED)
        lure_text_addf(out, "  %-22s ... and %zu more\n", "", part->n - MOST_LISTED);
    if (keys->has_values) {
        tell_value("left arrow", keys->left, out);
        tell_value("down arrow", keys->middle, out);
        tell_value("right arrow", keys->right, out);
    }
    lure_text_addf(out, "  %-22s ", keys->types_numbers ? "a number, Enter" : "Enter, words, Enter");
    lure_space_tell(actions, out);
    lure_text_add(out, actions->n_parts > 1 ? " (with ':' between)\n" : "\n");
    lure_text_add(out, "  Space the same again, r restart, u undo, q quit\n");
}

/* ---- the state ---- */

/* Line by line, each fit for the terminal. */
static void add_picture(char *line, lure_text *out)
{
    while (*line) {
        size_t n = strcspn(line, "\n");
        char *next = line[n] ? line + n + 1 : line + n;
        line[n] = '\0';
        lure_text_add(out, "  ");
        lure_display_add(out, line);
        lure_text_add(out, "\n");
        line = next;
    }
}

static void add_observation(const lure_space *space, const lure_stage_view *view, lure_text *out)
{
    char number[32];
    for (size_t i = 0; i < space->n_parts && i < MOST_OBSERVED; i++) {
        lure_value_text(view->observation[i], number);
        lure_text_add(out, i ? ", " : "  sees    ");
        lure_display_add(out, lure_stage_observed_name(space, i));
        lure_text_addf(out, " = %s", number);
    }
    if (space->n_parts > MOST_OBSERVED)
        lure_text_addf(out, ", ... (%zu numbers)", space->n_parts);
    lure_text_add(out, space->n_parts ? "\n" : "");
}

static void add_reward(const lure_stage_view *view, const char *action, lure_text *out)
{
    char number[32];
    lure_text_add(out, "  did     ");
    lure_display_add(out, action);
    lure_value_text(view->reward, number);
    lure_text_addf(out, "\n  reward  %s", number);
    for (size_t i = 0; i < view->n_terms; i++) {
        lure_value_text(view->terms[i].value, number);
        lure_text_add(out, i ? ", " : " (");
        lure_display_add(out, view->terms[i].name);
        lure_text_addf(out, " %s", number);
    }
    lure_text_add(out, view->n_terms ? ")" : "");
    lure_value_text(view->episode_return, number);
    lure_text_addf(out, ", return %s\n", number);
}

static void add_legal(const lure_space *space, const lure_stage_view *view, lure_text *out)
{
    const char *comma = "  legal   ";
    size_t choice = 0;
    for (size_t i = 0; i < space->n_parts; i++) {
        for (size_t j = 0; j < space->parts[i].n; j++) {
            if (!view->legal[choice++])
                continue;
            lure_text_add(out, comma);
            lure_display_add(out, space->parts[i].words[j]);
            comma = ", ";
        }
        comma = "; ";
    }
    lure_text_add(out, "\n");
}

lure_status lure_play_tell(lure_stage *stage, uint64_t seed, const char *action, bool colour, lure_text *out,
                           lure_error *err)
{
    const lure_stage_view *view = lure_stage_look(stage);
    char title[256];
    lure_text picture;
    snprintf(title, sizeof title, "%s, seed %llu, episode %llu, step %llu", lure_stage_name(stage),
             (unsigned long long)seed, (unsigned long long)view->episode, (unsigned long long)view->step);
    lure_terminal_style(out, colour, LURE_STYLE_BOLD, title);
    lure_text_add(out, "\n");
    lure_text_init(&picture);
    lure_status status = lure_stage_render(stage, &picture, err);
    add_picture(picture.data, out);
    lure_text_free(&picture);
    add_observation(lure_stage_observation(stage), view, out);
    if (*action)
        add_reward(view, action, out);
    if (view->legal)
        add_legal(lure_stage_actions(stage), view, out);
    if (view->terminated || view->truncated) {
        lure_text_add(out, "  ");
        lure_terminal_style(out, colour, LURE_STYLE_ACCENT,
                            view->terminated ? "the episode has terminated"
                                             : "the episode has been truncated");
        lure_text_add(out, ": r begins the next\n");
    }
    return status;
}
