/* crc32c.c: see crc32c.h. Eight bytes at a time (slicing by eight: Kounavis and Berry, 2005), whatever order the machine
   has its bytes in: table k tells what a byte does that k more bytes follow. */
#include "base/crc32c.h"

static uint32_t tables[8][256];

/* Before main: nobody has to ask whether they are there, in a thread or in a signal's handler. */
__attribute__((constructor)) static void make_tables(void)
{
    static const uint32_t POLYNOMIAL = 0x82f63b78u; /* reflected */
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
        tables[0][i] = crc;
    }
    for (size_t k = 1; k < 8; k++)
        for (size_t i = 0; i < 256; i++)
            tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
}

static uint32_t little_word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t lure_crc32c_more(uint32_t before, const void *bytes, size_t n)
{
    uint32_t crc = before ^ 0xffffffffu;
    const unsigned char *at = bytes;
    for (; n >= 8; at += 8, n -= 8) {
        const uint32_t low = crc ^ little_word(at), high = little_word(at + 4);
        crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
              tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
              tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    for (; n > 0; at++, n--)
        crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xff];
    return crc ^ 0xffffffffu;
}

uint32_t lure_crc32c(const void *bytes, size_t n)
{
    return lure_crc32c_more(0, bytes, n);
}
