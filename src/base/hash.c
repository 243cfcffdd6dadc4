/* hash.c: SHA-256 through libmd; see hash.h. */
#include <sys/types.h> /* sha2.h needs it and does not include it everywhere */
#include "base/hash.h"
#include <sha2.h>

_Static_assert(LURE_HASH_SIZE == SHA256_DIGEST_STRING_LENGTH, "libmd writes 64 digits and the terminator");
_Static_assert(sizeof(SHA2_CTX) <= sizeof(lure_hash) && _Alignof(SHA2_CTX) <= _Alignof(lure_hash),
               "a lure_hash is a SHA2_CTX");

void lure_hash_begin(lure_hash *hash)
{
    SHA256Init((SHA2_CTX *)hash);
}

void lure_hash_more(lure_hash *hash, const void *bytes, size_t n)
{
    if (n > 0) /* bytes may be null then */
        SHA256Update((SHA2_CTX *)hash, bytes, n);
}

void lure_hash_end(lure_hash *hash, char out[LURE_HASH_SIZE])
{
    SHA256End((SHA2_CTX *)hash, out);
}

void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE])
{
    lure_hash hash;
    lure_hash_begin(&hash);
    lure_hash_more(&hash, bytes, n);
    lure_hash_end(&hash, out);
}
