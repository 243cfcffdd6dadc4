/* index_sum.c: the sum of a row. Each part, a column, a setting or a number, is hashed with its name (FNV-1a of 64 bits, then
   mixed as SplitMix64 does) and the hashes are added, so that the order in which they are read does not matter. It finds
   damage; it keeps nobody out who means to deceive. */
#include "store/index_inside.h"

#include <math.h>
#include <string.h>

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t begin(char kind, const char *name)
{
    const uint64_t hash = add_bytes(UINT64_C(0xcbf29ce484222325), &kind, 1);
    return add_bytes(hash, name, strlen(name) + 1);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t lure__index_hash_text(char kind, const char *name, const char *text)
{
    return mix(add_bytes(begin(kind, name), text, strlen(text)));
}

uint64_t lure__index_hash_integer(char kind, const char *name, int64_t value)
{
    return mix(add_bytes(begin(kind, name), &value, sizeof value));
}

/* What is not finite is not kept, and counts as nothing. */
uint64_t lure__index_hash_real(char kind, const char *name, double value)
{
    value += 0.0; /* SQLite keeps no -0 */
    return isfinite(value) ? mix(add_bytes(begin(kind, name), &value, sizeof value)) : 0;
}

uint64_t lure__index_hash_run(const lure_index_run *run)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LURE_INDEX_COLUMNS; i++) {
        const lure_index_column *c = &lure__index_columns[i];
        const void *field = (const char *)run + c->offset;
        const char kind = LURE_INDEX_HASH_COLUMN;
        switch (c->kind) {
        case LURE_INDEX_TEXT:
            sum += lure__index_hash_text(kind, c->name, lure__index_text(*(const char *const *)field));
            break;
        case LURE_INDEX_INTEGER:
            sum += lure__index_hash_integer(kind, c->name, (int64_t) * (const uint64_t *)field);
            break;
        case LURE_INDEX_REAL: sum += lure__index_hash_real(kind, c->name, *(const double *)field); break;
        }
    }
    return sum;
}
