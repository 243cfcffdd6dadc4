/* sort.c: see sort.h. Numbers become integers in the same order, which are sorted together with their places: short
   stretches by insertion, then merged pairwise. */
#include "math/sort.h"
#include "math/lines.h"
#include <math.h>
#include <string.h>

enum { CHUNK = 256, STRETCH = 16 };

typedef struct item {
    uint64_t key;
    size_t place;
} item;

/* Negative numbers are ordered against their bits, positive ones with them. */
static uint64_t key_of(double x, bool descending)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t key;
    if (isnan(x)) {
        key = UINT64_MAX;
    } else {
        x += 0; /* -0 becomes 0 */
        memcpy(&key, &x, sizeof key);
        key = key & sign ? ~key : key | sign;
    }
    return descending ? ~key : key;
}

static void insert(item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        item one = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].key > one.key; at--)
            items[at] = items[at - 1];
        items[at] = one;
    }
}

static void merge(const item *a, size_t n_a, const item *b, size_t n_b, item *to)
{
    while (n_a > 0 && n_b > 0) {
        bool second = b->key < a->key;
        *to++ = second ? *b : *a;
        a += !second;
        n_a -= !second;
        b += second;
        n_b -= second;
    }
    memcpy(to, a, n_a * sizeof *a);
    memcpy(to + n_a, b, n_b * sizeof *b);
}

/* the sorted items, in one of the two blocks */
static const item *sorted(item *items, item *other, size_t n)
{
    for (size_t at = 0; at < n; at += STRETCH)
        insert(items + at, n - at < STRETCH ? n - at : STRETCH);
    for (size_t width = STRETCH; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t n_a = n - at < width ? n - at : width;
            size_t n_b = n - at - n_a < width ? n - at - n_a : width;
            merge(items + at, n_a, items + at + n_a, n_b, other + at);
        }
        item *swap = items;
        items = other;
        other = swap;
    }
    return items;
}

static void sort_line(const lure_lines *from, size_t at, bool descending, item *items, item *other,
                      bool indices, lure_tensor *out, size_t out_at, size_t out_stride)
{
    double x[CHUNK];
    const lure_tensor *in = from->tensor;
    for (size_t done = 0, n; done < from->n; done += n) {
        n = lure_lines_chunk(from, done, CHUNK);
        lure_lines_read(from, at, done, n, x);
        for (size_t i = 0; i < n; i++)
            items[done + i] = (item){key_of(x[i], descending), done + i};
    }
    const item *result = sorted(items, other, from->n);
    for (size_t i = 0; i < from->n; i++) {
        void *to = lure_walk_place(out->data, out->dtype, out_at + i * out_stride);
        if (indices)
            *(int32_t *)to = (int32_t)result[i].place;
        else
            lure_numbers_convert(1, in->dtype,
                                 lure_walk_place(in->data, in->dtype, at + result[i].place * from->stride[0]),
                                 1, out->dtype, to, 1);
    }
}

size_t lure_sort_scratch_bytes(const lure_tensor *in, int axis)
{
    size_t n = in->shape[axis], bytes = 0;
    if (n <= CHUNK || lure_tensor_size(in) == 0)
        return 0;
    return __builtin_mul_overflow(n, 2 * sizeof(item), &bytes) ? SIZE_MAX : bytes;
}

void lure_sort(lure_op op, const lure_tensor *in, int axis, bool descending, lure_tensor *out, void *scratch)
{
    lure_lines from, to;
    lure_lines_init(&from, in, 1U << axis);
    lure_lines_init(&to, out, 1U << axis);
    if (from.n_lines == 0 || from.n == 0)
        return;
    item own[2 * CHUNK], *items = from.n > CHUNK ? scratch : own;
    lure_walk walk;
    lure_walk_begin(&walk, from.n_kept, from.kept_side, 2,
                    (const size_t *const[]){from.kept_stride, to.kept_stride});
    do {
        for (size_t line = 0; line < walk.n; line++)
            sort_line(&from, walk.at[0] + line * walk.step[0], descending, items, items + from.n,
                      op == LURE_OP_SORT_INDICES, out, walk.at[1] + line * walk.step[1], to.stride[0]);
    } while (lure_walk_next(&walk));
}
