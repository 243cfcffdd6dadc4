/* action_list.c: see action_list.h. */
#include "cli/action_list.h"

#include "base/file.h"
#include "learn/space_text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ACTIONS = 10000000, MOST_BYTES = 256 << 20 };

static void *grow(void *block, size_t n, size_t size, lure_error *err)
{
    void *grown = realloc(block, n * size + 1);
    if (!grown)
        lure_fail(err, LURE_ERROR_MEMORY, "no memory for so many actions");
    return grown;
}

static lure_status reserve(lure_action_list *list, size_t more, lure_error *err)
{
    if (more > MOST_ACTIONS - list->n)
        return lure_fail(err, LURE_ERROR_USAGE, "--actions: more than %d", MOST_ACTIONS);
    if (list->n + more <= list->capacity)
        return LURE_OK;
    size_t capacity = 2 * list->capacity > list->n + more ? 2 * list->capacity : list->n + more;
    bool *random = grow(list->random, capacity, sizeof *random, err);
    list->random = random ? random : list->random;
    double *values = random ? grow(list->values, capacity * list->n_parts, sizeof *values, err) : NULL;
    list->values = values ? values : list->values;
    bool *by_word = values ? grow(list->by_word, capacity * list->n_parts, sizeof *by_word, err) : NULL;
    list->by_word = by_word ? by_word : list->by_word;
    if (!by_word)
        return LURE_ERROR_MEMORY;
    list->capacity = capacity;
    return LURE_OK;
}

/* What stands behind the last `mark` is cut off and read as how often; no mark: once. */
static lure_status cut_count(char *text, char mark, size_t *times, lure_error *err)
{
    char *at = strrchr(text, mark), *end;
    *times = 1;
    if (!at)
        return LURE_OK;
    unsigned long n = strtoul(at + 1, &end, 10);
    if (at[1] < '0' || at[1] > '9' || *end || n < 1 || n > MOST_ACTIONS)
        return lure_fail(err, LURE_ERROR_USAGE,
                         "--actions '%s': expected a whole number from 1 to %d behind '%c'", text,
                         MOST_ACTIONS, mark);
    *at = '\0';
    *times = n;
    return LURE_OK;
}

/* What the world knows goes before what only a list of actions knows: random, random:N, A*N. */
static lure_status read_word(char *word, const lure_space *space, double *values, bool *by_word,
                             size_t *times, bool *random, lure_error *err)
{
    *times = 1;
    lure_status status = lure_space_read(space, word, "action", values, by_word, err);
    if (status == LURE_OK)
        return status;
    bool is_random = strncmp(word, "random", 6) == 0 && (word[6] == ':' || word[6] == '*' || !word[6]);
    if (!is_random && !strchr(word, '*'))
        return status;
    status = cut_count(word, is_random && word[6] == ':' ? ':' : '*', times, err);
    *random = status == LURE_OK && strcmp(word, "random") == 0;
    return status != LURE_OK || *random ? status
                                        : lure_space_read(space, word, "action", values, by_word, err);
}

static lure_status add(char *word, const lure_space *space, lure_action_list *list, lure_error *err)
{
    size_t times = 1, n = list->n_parts;
    bool random = false;
    lure_status status = reserve(list, 1, err);
    if (status == LURE_OK)
        status = read_word(word, space, list->values + list->n * n, list->by_word + list->n * n, &times,
                           &random, err);
    if (status == LURE_OK)
        status = reserve(list, times, err);
    if (status != LURE_OK)
        return status;
    const double *values = list->values + list->n * n;
    const bool *by_word = list->by_word + list->n * n;
    for (size_t i = 0; i < times; i++) {
        list->random[list->n] = random;
        memmove(list->values + list->n * n, values, n * sizeof *values);
        memmove(list->by_word + list->n * n, by_word, n * sizeof *by_word);
        list->n++;
    }
    return LURE_OK;
}

static lure_status cut(char *text, bool is_file, const lure_space *space, lure_action_list *list,
                       lure_error *err)
{
    for (char *next = text; next;) {
        char *word = next + strspn(next, " \t\r");
        char *end = word + strcspn(word, ",\n");
        next = *end ? end + 1 : NULL;
        while (end > word && strchr(" \t\r", end[-1]))
            end--;
        *end = '\0';
        if (!*word && is_file) /* an empty line, or what follows the last */
            continue;
        lure_status status = add(word, space, list, err);
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}

lure_status lure_action_list_read(const char *text, const lure_space *space, lure_action_list *list,
                                  lure_error *err)
{
    lure_text copy;
    bool is_file = text[0] == '@' || strcmp(text, "-") == 0;
    lure_status status = LURE_OK;
    list->n_parts = space->n_parts;
    lure_text_init(&copy);
    if (!is_file)
        lure_text_add(&copy, text);
    else
        status = lure_stream_read(text[0] == '-' ? "/dev/stdin" : text + 1, MOST_BYTES, &copy, err);
    if (status == LURE_OK && copy.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for so many actions");
    if (status == LURE_OK)
        status = cut(copy.data, is_file, space, list, err);
    lure_text_free(&copy);
    return status;
}

void lure_action_list_free(lure_action_list *list)
{
    free(list->random);
    free(list->values);
    free(list->by_word);
    *list = (lure_action_list){0};
}
