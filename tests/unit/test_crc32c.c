/* test_crc32c.c: against the check value of the catalogue of CRC algorithms and the examples of RFC 3720, B.4. */
#include "base/crc32c.h"
#include "unit.h"

#include <string.h>

TEST(crc32c_gives_the_published_values)
{
    unsigned char block[32];
    CHECK_WORD(lure_crc32c("123456789", 9), 0xe3069283);
    CHECK_WORD(lure_crc32c(NULL, 0), 0);
    CHECK_WORD(lure_crc32c_more(lure_crc32c("1234", 4), "56789", 5), 0xe3069283);
    memset(block, 0, sizeof block);
    CHECK_WORD(lure_crc32c(block, 32), 0x8a9136aa);
    memset(block, 0xff, sizeof block);
    CHECK_WORD(lure_crc32c(block, 32), 0x62a8ab43);
    for (size_t i = 0; i < 32; i++)
        block[i] = (unsigned char)i;
    CHECK_WORD(lure_crc32c(block, 32), 0x46dd794e);
}

/* bit by bit, as the polynomial says */
static uint32_t slowly(const unsigned char *bytes, size_t n)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

TEST(crc32c_of_every_length_and_alignment_is_the_polynomials)
{
    unsigned char bytes[96];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167 + 13);
    for (size_t at = 0; at < 32; at++)
        for (size_t n = 0; at + n <= sizeof bytes; n++) {
            CHECK_WORD(lure_crc32c(bytes + at, n), slowly(bytes + at, n));
            CHECK_WORD(lure_crc32c_more(lure_crc32c(bytes + at, n / 3), bytes + at + n / 3, n - n / 3),
                       slowly(bytes + at, n));
        }
}
