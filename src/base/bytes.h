/* bytes.h: numbers and blocks one after the other in a growing buffer (a lure_text), and read back from it: what files
   of our own are made of. Fixed widths in the machine's own order; the file's header says which that is. Reading past
   the end gives zeros and is remembered, so a reader asks once, at the end. */
#ifndef LURE_BASE_BYTES_H
#define LURE_BASE_BYTES_H

#include "base/text.h"

#include <stdint.h>

static inline void lure_bytes_add(lure_text *out, const void *block, size_t n)
{
    lure_text_add_bytes(out, block, n);
}
void lure_bytes_add_u8(lure_text *out, uint8_t value);
void lure_bytes_add_u32(lure_text *out, uint32_t value);
void lure_bytes_add_u64(lure_text *out, uint64_t value);
void lure_bytes_add_double(lure_text *out, double value);
void lure_bytes_add_block(lure_text *out, const void *block, size_t n); /* its length first */

typedef struct lure_bytes {
    const char *data;
    size_t length, at;
    bool failed; /* more was asked for than there was, or a length did not fit */
} lure_bytes;

const void *lure_bytes_take(lure_bytes *in,
                            size_t n); /* n bytes where they lie, of any alignment; null: not there */
void lure_bytes_copy(lure_bytes *in, void *to, size_t n);
uint8_t lure_bytes_u8(lure_bytes *in);
uint32_t lure_bytes_u32(lure_bytes *in);
uint64_t lure_bytes_u64(lure_bytes *in);
double lure_bytes_double(lure_bytes *in);
const void *lure_bytes_block(lure_bytes *in, size_t *n);
/* A block that must be of n bytes, into `to`. */
void lure_bytes_copy_block(lure_bytes *in, void *to, size_t n);

#endif
