/* hash.c: SHA-256 through libmd; see hash.h. */
#include <sys/types.h> /* sha2.h needs it and does not include it everywhere */
#include "base/hash.h"
#include <sha2.h>

_Static_assert(LURE_HASH_SIZE == SHA256_DIGEST_STRING_LENGTH, "libmd writes 64 digits and the terminator");

void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE])
{
    SHA2_CTX context;
    SHA256Init(&context);
    if (n > 0) /* bytes may be null then */
        SHA256Update(&context, bytes, n);
    SHA256End(&context, out);
}
