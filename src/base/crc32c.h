/* crc32c.h: the cyclic redundancy check of Castagnoli's polynomial (RFC 3720, appendix B.4): "123456789" gives e3069283. */
#ifndef LURE_BASE_CRC32C_H
#define LURE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t lure_crc32c(const void *bytes, size_t n);
uint32_t lure_crc32c_more(uint32_t before, const void *bytes,
                          size_t n); /* of what `before` is of, and these; 0 is of nothing */

#endif
