/* hash.c: SHA-256 as FIPS 180-4 states it; see hash.h. The message schedule is kept in a ring of 16 words. On x86 with the SHA
   extensions one instruction does two rounds; which way is taken is found out once, and both give the same. */
#include "base/hash.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static inline uint32_t read_word(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Of round i: the word of the schedule, made from the sixteen before it. */
static inline uint32_t next_word(uint32_t w[16], int i)
{
    const uint32_t a = w[(i + 1) & 15], b = w[(i + 14) & 15];
    return w[i & 15] += w[(i + 9) & 15] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
                        (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
}

static void take_plain(uint32_t state[8], const unsigned char *blocks, size_t n_blocks)
{
    for (; n_blocks > 0; n_blocks--, blocks += 64) {
        uint32_t w[16], s[8];
        memcpy(s, state, sizeof s);
        for (int i = 0; i < 16; i++)
            w[i] = read_word(blocks + 4 * i);
        for (int from = 0; from < 64; from += 8) {
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++) { /* instead of the words, their names move on */
                const int i = from + k;
                const uint32_t a = s[-k & 7], b = s[(1 - k) & 7], c = s[(2 - k) & 7], e = s[(4 - k) & 7],
                               f = s[(5 - k) & 7], g = s[(6 - k) & 7];
                uint32_t *d = &s[(3 - k) & 7], *h = &s[(7 - k) & 7];
                *h += (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] +
                      (i < 16 ? w[i] : next_word(w, i));
                *d += *h;
                *h += (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            }
        }
        for (int i = 0; i < 8; i++)
            state[i] += s[i];
    }
}

#if defined(__x86_64__)
/* The instructions want the state as (a b e f) and (c d g h), highest word first. */
__attribute__((target("sha,sse4.1"))) static void take_special(uint32_t state[8], const unsigned char *blocks,
                                                               size_t n_blocks)
{
    const __m128i turn = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i abcd = _mm_loadu_si128((const __m128i *)(const void *)state),
                  efgh = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    const __m128i badc = _mm_shuffle_epi32(abcd, 0xb1), hgfe = _mm_shuffle_epi32(efgh, 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
    for (; n_blocks > 0; n_blocks--, blocks += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 16; i++) { /* four rounds each */
            if (i < 4) {
                const void *at = blocks + 16 * i;
                w[i] = _mm_shuffle_epi8(_mm_loadu_si128(at), turn);
            } else {
                const __m128i last = w[(i + 3) & 3];
                const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]),
                                                  _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(sum, last);
            }
            const __m128i k = _mm_load_si128((const __m128i *)(const void *)(constants + 4 * i));
            const __m128i wk = _mm_add_epi32(w[i & 3], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static bool has_special(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}
#else
static void take_special(uint32_t state[8], const unsigned char *blocks, size_t n_blocks)
{
    take_plain(state, blocks, n_blocks);
}
static bool has_special(void)
{
    return false;
}
#endif

static void (*take)(uint32_t state[8], const unsigned char *blocks, size_t n_blocks);

bool lure_hash_use_plain(bool plain)
{
    const bool special = has_special();
    take = special && !plain ? take_special : take_plain;
    return special;
}

void lure_hash_begin(lure_hash *hash)
{
    /* first 32 bits of the fractional parts of the square roots of the first 8 primes */
    *hash = (lure_hash){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                  0x1f83d9ab, 0x5be0cd19}};
    if (!take)
        lure_hash_use_plain(false);
}

void lure_hash_more(lure_hash *hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    const size_t held = hash->length % sizeof hash->block;
    if (n == 0)
        return;
    hash->length += n;
    if (held > 0) {
        const size_t room = sizeof hash->block - held, taken = n < room ? n : room;
        memcpy(hash->block + held, at, taken);
        if (taken < room)
            return;
        take(hash->state, hash->block, 1);
        at += taken;
        n -= taken;
    }
    take(hash->state, at, n / sizeof hash->block);
    memcpy(hash->block, at + n / sizeof hash->block * sizeof hash->block, n % sizeof hash->block);
}

void lure_hash_end(lure_hash *hash, char out[LURE_HASH_SIZE])
{
    static const unsigned char filling[64] = {0x80};
    const uint64_t bits = hash->length * 8;
    const size_t held = hash->length % 64;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    lure_hash_more(hash, filling, held < 56 ? 56 - held : 120 - held);
    lure_hash_more(hash, length, sizeof length);
    for (int i = 0; i < 64; i++)
        out[i] = "0123456789abcdef"[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    out[64] = '\0';
}

void lure_hash_bytes(const void *bytes, size_t n, char out[LURE_HASH_SIZE])
{
    lure_hash hash;
    lure_hash_begin(&hash);
    lure_hash_more(&hash, bytes, n);
    lure_hash_end(&hash, out);
}
