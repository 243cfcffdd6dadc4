/* run_words.c: see run_words.h. */
#include "cli/run_words.h"

#include "cli/batch_label.h"

#include <string.h>

size_t lure_run_word_length(const char *word)
{
    size_t depth = 0, n = 0;
    bool quoted = false;
    for (; word[n] && (word[n] != ' ' || depth > 0 || quoted); n++) {
        quoted ^= word[n] == '"';
        depth += !quoted && word[n] == '{';
        depth -= !quoted && word[n] == '}' && depth > 0;
    }
    return n;
}

bool lure_run_words_have(const char *words, const char *word, size_t n)
{
    for (; *words; words += lure_run_word_length(words), words += *words == ' ')
        if (lure_run_word_length(words) == n && memcmp(words, word, n) == 0)
            return true;
    return false;
}

/* A word, its value short where it is a long number: learning_rate.rate=2.057 */
static void add_word(lure_text *text, const char *word, size_t n)
{
    const char *value = memchr(word, '=', n);
    const size_t n_key = value ? (size_t)(value + 1 - word) : n;
    lure_text it;
    lure_text_init(&it);
    lure_text_add_bytes(&it, word + n_key, n - n_key);
    lure_text_addf(text, "%s%.*s", text->length ? " " : "", (int)n_key, word);
    lure_label_value(it.length ? it.data : "", SIZE_MAX, text);
    lure_text_free(&it);
}

void lure_run_words_rest(const char *words, const char *common, lure_text *out)
{
    for (const char *word = words; *word;) {
        const size_t n = lure_run_word_length(word);
        if (n > 0 && !lure_run_words_have(common, word, n))
            add_word(out, word, n);
        word += n + (word[n] == ' ');
    }
}
