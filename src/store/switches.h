/* switches.h: switches.jsonl, which tells of each rule that was replaced while a run went on: one JSON object a line, appended
   before the new rule is used, so that the file is never behind. Errors are LURE_ERROR_STORE with path and reason. */
#ifndef LURE_STORE_SWITCHES_H
#define LURE_STORE_SWITCHES_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define LURE_SWITCHES_NAME "switches.jsonl"

typedef struct lure_switch {
    uint64_t update;  /* the first with the new one, from 1 */
    const char *role; /* "reward"; strings on the heap when read */
    const char *name; /* as the experiment has it */
    const char *path;
    char from[LURE_HASH_SIZE], to[LURE_HASH_SIZE]; /* the bytes of its script */
} lure_switch;

/* To the disk. A torn last line, of a process that was killed, goes. */
lure_status lure_switches_append(const char *path, const lure_switch *one, lure_error *err);
/* All whole lines; no file is none. *out is heap memory, for lure_switches_free. */
lure_status lure_switches_read(const char *path, lure_switch **out, size_t *n, lure_error *err);
void lure_switches_free(lure_switch *switches, size_t n);

#endif
