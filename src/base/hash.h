/* hash.h: SHA-256 (FIPS 180-4, through libmd) as lower-case hexadecimal: what names a script or a run. */
#ifndef LURE_BASE_HASH_H
#define LURE_BASE_HASH_H

#include <stddef.h>

enum { LURE_HASH_SIZE = 65 };
void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE]);

#endif
