/* hash.h: SHA-256 (FIPS 180-4) as lower-case hexadecimal: what names a script or a run and what seals results. With the CPU's
   own instructions where it has them, ten times as fast, else in plain C: the same digits. */
#ifndef LURE_BASE_HASH_H
#define LURE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LURE_HASH_SIZE = 65 };
void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE]); /* null is fine for none */

/* The same of bytes that come piece by piece: begin, more, end. */
typedef struct lure_hash {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
} lure_hash;
void lure_hash_begin(lure_hash *hash);
void lure_hash_more(lure_hash *hash, const void *bytes, size_t n);
void lure_hash_end(lure_hash *hash, char out[LURE_HASH_SIZE]);

/* For tests: no special instructions from now on. Returns whether there were any. */
bool lure_hash_use_plain(bool plain);

#endif
