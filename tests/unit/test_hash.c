/* test_hash.c: SHA-256 against the examples of FIPS 180-4 (NIST's "SHA256.pdf" and the empty message). */
#include "base/hash.h"
#include "unit.h"
#include <stdlib.h>
#include <string.h>

TEST(sha256_gives_the_published_digests)
{
    char out[LURE_HASH_SIZE];
    lure_hash_bytes("abc", 3, out);
    CHECK_TEXT(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    lure_hash_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, out);
    CHECK_TEXT(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    lure_hash_bytes(NULL, 0, out);
    CHECK_TEXT(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sha256_of_a_million_letters)
{
    enum { N = 1000000 };
    char *letters = malloc(N), out[LURE_HASH_SIZE];
    CHECK(letters != NULL);
    memset(letters, 'a', N);
    lure_hash_bytes(letters, N, out);
    free(letters);
    CHECK_TEXT(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_sees_bytes_after_a_zero)
{
    char a[LURE_HASH_SIZE], b[LURE_HASH_SIZE];
    lure_hash_bytes("x\0y", 3, a);
    lure_hash_bytes("x\0z", 3, b);
    CHECK(strcmp(a, b) != 0);
}

TEST(sha256_of_pieces_is_that_of_the_whole)
{
    const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    char out[LURE_HASH_SIZE];
    lure_hash hash;
    lure_hash_begin(&hash);
    for (size_t i = 0; i < 56; i += 7)
        lure_hash_more(&hash, text + i, 7);
    lure_hash_more(&hash, NULL, 0);
    lure_hash_end(&hash, out);
    CHECK_TEXT(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Every length around the ends of blocks. */
TEST(sha256_of_pieces_of_every_length)
{
    unsigned char bytes[300];
    char whole[LURE_HASH_SIZE], pieces[LURE_HASH_SIZE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 5);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        lure_hash hash;
        lure_hash_bytes(bytes, n, whole);
        lure_hash_begin(&hash);
        for (size_t at = 0, step = 1; at < n; at += step, step = step * 3 % 71) {
            step = step < n - at ? step : n - at;
            lure_hash_more(&hash, bytes + at, step);
        }
        lure_hash_end(&hash, pieces);
        CHECK_TEXT(whole, pieces);
    }
}
