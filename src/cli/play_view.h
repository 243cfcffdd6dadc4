/* play_view.h: what a person who plays sees, as text: the world, the numbers, the keys. Internal to cli/. */
#ifndef LURE_CLI_PLAY_VIEW_H
#define LURE_CLI_PLAY_VIEW_H

#include "cli/stage_options.h"

#include "report/key_map.h"

typedef struct lure_play_keys {
    bool has_words; /* one choice of words: `map` leads to them */
    lure_key_map map;
    bool has_values; /* one number: the arrows give these */
    double left, middle, right;
    bool types_numbers; /* a digit, a dot or a sign begins one */
} lure_play_keys;

/* Which keys a world with these actions gets; r, u and q are the game's own. */
void lure_play_keys_make(const lure_space *actions, lure_play_keys *keys);
void lure_play_keys_tell(const lure_space *actions, const lure_play_keys *keys, lure_text *out);

/* Appends the state after the last reset or step: picture or fields, observation, reward, return, whether it has ended.
   `action`: what led there; "" at the beginning. */
lure_status lure_play_tell(lure_stage *stage, uint64_t seed, const char *action, bool colour, lure_text *out,
                           lure_error *err);

#endif
