/* key_map.h: which key means which word. Arrows go to words of direction ("left", "push_left", "west"), with left and right
   taken a third word to down; digits to the places from 0; a letter to the word that alone begins with it. Keys that are
   reserved stay so. */
#ifndef LURE_REPORT_KEY_MAP_H
#define LURE_REPORT_KEY_MAP_H

#include "base/text.h"
#include "report/console.h"

typedef struct lure_key_map {
    int place[LURE_N_KEYS]; /* of the word, from 0; -1: nothing */
} lure_key_map;

void lure_key_map_make(const char *const *words, size_t n, const char *reserved, lure_key_map *map);
/* "left arrow, 0, l" for the word at `place`; appends nothing where no key leads to it. */
void lure_key_map_tell(const lure_key_map *map, size_t place, lure_text *out);

#endif
