/* hash.h: SHA-256 (FIPS 180-4) as lower-case hexadecimal: what names a script or a run and what seals results. */
#ifndef LURE_BASE_HASH_H
#define LURE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { LURE_HASH_SIZE = 65 };
void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE]); /* null is fine for none */

/* The same of bytes that come piece by piece: begin, more, end. */
typedef struct lure_hash {
    uint64_t state[32]; /* the library's */
} lure_hash;
void lure_hash_begin(lure_hash *hash);
void lure_hash_more(lure_hash *hash, const void *bytes, size_t n);
void lure_hash_end(lure_hash *hash, char out[LURE_HASH_SIZE]);

#endif
