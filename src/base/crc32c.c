/* crc32c.c: see crc32c.h. Four bits at a time, from a table small enough to be seen through. */
#include "base/crc32c.h"

static const uint32_t POLYNOMIAL = 0x82f63b78u; /* reflected */

uint32_t lure_crc32c_more(uint32_t before, const void *bytes, size_t n)
{
    uint32_t table[16];
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = (table[i] >> 1) ^ (table[i] & 1 ? POLYNOMIAL : 0);
    }
    uint32_t crc = before ^ 0xffffffffu;
    for (const unsigned char *byte = bytes, *end = byte + n; byte < end; byte++) {
        crc ^= *byte;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return crc ^ 0xffffffffu;
}

uint32_t lure_crc32c(const void *bytes, size_t n)
{
    return lure_crc32c_more(0, bytes, n);
}
