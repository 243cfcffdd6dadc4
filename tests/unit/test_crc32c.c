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
