/* hash.c: SHA-256 through libmd; see hash.h. */
#include <sys/types.h> /* sha2.h needs it and does not include it everywhere */
#include "base/hash.h"
#include <sha2.h>

_Static_assert(LURE_HASH_SIZE == SHA256_DIGEST_STRING_LENGTH, "libmd writes 64 digits and the terminator");
_Static_assert(sizeof(SHA2_CTX) <= sizeof(lure_hash) && _Alignof(SHA2_CTX) <= _Alignof(lure_hash),
               "libmd's state needs more room");

static SHA2_CTX *context_of(lure_hash *hash)
{
    return (SHA2_CTX *)(void *)hash;
}

void lure_hash_begin(lure_hash *hash)
{
    SHA256Init(context_of(hash));
}

void lure_hash_more(lure_hash *hash, const void *bytes, size_t n)
{
    if (n > 0) /* bytes may be null then */
        SHA256Update(context_of(hash), bytes, n);
}

void lure_hash_end(lure_hash *hash, char out[LURE_HASH_SIZE])
{
    SHA256End(context_of(hash), out);
}

void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE])
{
    lure_hash hash;
    lure_hash_begin(&hash);
    lure_hash_more(&hash, bytes, n);
    lure_hash_end(&hash, out);
}
