/* run_words.h: a run as the words it was asked for with, "fry_shacks learning_rate.rate=0.1", cut at the spaces; a value in braces is
   one word. For lists of runs, which tell once what all have. Internal to cli/. */
#ifndef LURE_CLI_RUN_WORDS_H
#define LURE_CLI_RUN_WORDS_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Of the word that begins here: to the next space outside braces and quotes. */
size_t lure_run_word_length(const char *word);
bool lure_run_words_have(const char *words, const char *word, size_t n);
/* Those of `words` that `common` has not, long numbers shortened for a reader. */
void lure_run_words_rest(const char *words, const char *common, lure_text *out);

#endif
