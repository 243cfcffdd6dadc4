/* bytes.c: see bytes.h. */
#include "base/bytes.h"

#include <string.h>

void lure_bytes_add_u8(lure_text *out, uint8_t value)
{
    lure_bytes_add(out, &value, sizeof value);
}

void lure_bytes_add_u32(lure_text *out, uint32_t value)
{
    lure_bytes_add(out, &value, sizeof value);
}

void lure_bytes_add_u64(lure_text *out, uint64_t value)
{
    lure_bytes_add(out, &value, sizeof value);
}

void lure_bytes_add_double(lure_text *out, double value)
{
    lure_bytes_add(out, &value, sizeof value);
}

void lure_bytes_add_block(lure_text *out, const void *block, size_t n)
{
    lure_bytes_add_u64(out, n);
    if (n > 0)
        lure_bytes_add(out, block, n);
}

const void *lure_bytes_take(lure_bytes *in, size_t n)
{
    if (in->failed || n > in->length - in->at) {
        in->failed = true;
        return NULL;
    }
    const void *block = in->data + in->at;
    in->at += n;
    return block;
}

void lure_bytes_copy(lure_bytes *in, void *to, size_t n)
{
    const void *block = n > 0 ? lure_bytes_take(in, n) : NULL;
    if (block)
        memcpy(to, block, n);
    else if (n > 0)
        memset(to, 0, n);
}

uint8_t lure_bytes_u8(lure_bytes *in)
{
    uint8_t value;
    lure_bytes_copy(in, &value, sizeof value);
    return value;
}

uint32_t lure_bytes_u32(lure_bytes *in)
{
    uint32_t value;
    lure_bytes_copy(in, &value, sizeof value);
    return value;
}

uint64_t lure_bytes_u64(lure_bytes *in)
{
    uint64_t value;
    lure_bytes_copy(in, &value, sizeof value);
    return value;
}

double lure_bytes_double(lure_bytes *in)
{
    double value;
    lure_bytes_copy(in, &value, sizeof value);
    return value;
}

const void *lure_bytes_block(lure_bytes *in, size_t *n)
{
    uint64_t length = lure_bytes_u64(in);
    *n = 0;
    if (in->failed || length > in->length - in->at) {
        in->failed = true;
        return NULL;
    }
    *n = (size_t)length;
    return lure_bytes_take(in, *n);
}

void lure_bytes_copy_block(lure_bytes *in, void *to, size_t n)
{
    size_t length;
    const void *block = lure_bytes_block(in, &length);
    if (length != n)
        in->failed = true;
    else if (n > 0 && block)
        memcpy(to, block, n);
}
