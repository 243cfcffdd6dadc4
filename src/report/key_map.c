/* key_map.c: see key_map.h. */
#include "report/key_map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int key;
    const char *label;
    const char *names[2];
} arrows[] = {{LURE_KEY_LEFT, "left arrow", {"left", "west"}},
              {LURE_KEY_RIGHT, "right arrow", {"right", "east"}},
              {LURE_KEY_UP, "up arrow", {"up", "north"}},
              {LURE_KEY_DOWN, "down arrow", {"down", "south"}}};
enum { N_ARROWS = sizeof arrows / sizeof *arrows };

/* Is `name` one of the words that the text is made of: "push_left", "go left"? */
static bool holds_word(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
        if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[n]))
            return true;
    return false;
}

/* The word that an arrow means: the one that is its name, or the only one that holds it. */
static int find_direction(const char *const *words, size_t n, size_t arrow)
{
    int found = -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < 2; j++) {
            const char *name = arrows[arrow].names[j];
            if (strcmp(words[i], name) == 0)
                return (int)i;
            if (holds_word(words[i], name))
                found = found == -1 ? (int)i : -2;
        }
    }
    return found < 0 ? -1 : found;
}

static void map_arrows(const char *const *words, size_t n, lure_key_map *map)
{
    for (size_t i = 0; i < N_ARROWS; i++)
        map->place[arrows[i].key] = find_direction(words, n, i);
    const int left = map->place[LURE_KEY_LEFT], right = map->place[LURE_KEY_RIGHT];
    if (n == 3 && left >= 0 && right >= 0 && left != right && map->place[LURE_KEY_DOWN] < 0 &&
        map->place[LURE_KEY_UP] < 0)
        map->place[LURE_KEY_DOWN] = 3 - left - right; /* neither of them: let it roll */
}

static void map_letters(const char *const *words, size_t n, const char *reserved, lure_key_map *map)
{
    for (int letter = 'a'; letter <= 'z'; letter++) {
        int found = -1;
        for (size_t i = 0; i < n; i++)
            if (tolower((unsigned char)words[i][0]) == letter)
                found = found == -1 ? (int)i : -2;
        if (found >= 0 && !strchr(reserved, letter))
            map->place[letter] = found;
    }
}

void lure_key_map_make(const char *const *words, size_t n, const char *reserved, lure_key_map *map)
{
    for (size_t key = 0; key < LURE_N_KEYS; key++)
        map->place[key] = -1;
    for (size_t i = 0; i < n && i < 10; i++)
        map->place['0' + i] = (int)i;
    map_arrows(words, n, map);
    map_letters(words, n, reserved, map);
}

void lure_key_map_tell(const lure_key_map *map, size_t place, lure_text *out)
{
    const char *comma = "";
    for (size_t i = 0; i < N_ARROWS; i++) {
        if (map->place[arrows[i].key] == (int)place) {
            lure_text_addf(out, "%s%s", comma, arrows[i].label);
            comma = ", ";
        }
    }
    for (int key = ' '; key < LURE_KEY_BACKSPACE; key++) {
        if (map->place[key] == (int)place) {
            lure_text_addf(out, "%s%c", comma, key);
            comma = ", ";
        }
    }
}
