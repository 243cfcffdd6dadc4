/* checkpoint.c: the safetensors format (github.com/huggingface/safetensors, "Format"): eight bytes of header length,
   little-endian; the header, a JSON object padded with spaces; the bytes of all tensors without holes. Tensors are
   written widest element first and the header is padded to eight, so that every one lies aligned in the file. The
   reader copies them into a block of its own, because a foreign file may be aligned otherwise. */
#include "store/checkpoint.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "store/run_directory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "checkpoints are copied bytewise: little-endian CPUs only");

enum { HEADER_LENGTH = 8, ALIGNMENT = 64 };
static const size_t MAX_HEADER = 100u * 1000 * 1000;           /* the format's own bound */
static const size_t MAX_FILE = (size_t)4 * 1024 * 1024 * 1024; /* far above any policy lure can train */

/* The format's names, in the order of lure_dtype. */
static const char *const DTYPES[] = {[LURE_F32] = "F32", [LURE_F64] = "F64", [LURE_I32] = "I32"};
enum { N_DTYPES = sizeof DTYPES / sizeof *DTYPES };

/* Where one tensor's bytes lie, counted from the end of the header. */
typedef struct span {
    size_t begin, end, entry;
} span;

struct lure_checkpoint {
    lure_checkpoint_entry *entries;
    size_t n_entries;
    json_t *metadata; /* null: none */
    void *block;
    size_t block_size;
};

static size_t tensor_bytes(const lure_tensor *tensor)
{
    return lure_tensor_size(tensor) * lure_dtype_size(tensor->dtype);
}

/* ---- writing ---- */

static lure_status check_entries(const char *path, const lure_checkpoint_entry *entries, size_t n,
                                 lure_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = entries[i].name;
        if (!memchr(name, '\0', sizeof entries[i].name))
            return lure_fail(err, LURE_ERROR_STORE, "%s: the name of tensor %zu is too long", path, i + 1);
        if (strcmp(name, "__metadata__") == 0)
            return lure_fail(err, LURE_ERROR_STORE, "%s: a tensor cannot have the name __metadata__", path);
        for (size_t k = 0; k < i; k++)
            if (strcmp(name, entries[k].name) == 0)
                return lure_fail(err, LURE_ERROR_STORE, "%s: two tensors have the name %s", path, name);
    }
    return LURE_OK;
}

static void add_header(lure_text *out, const lure_checkpoint_entry *const *order, size_t n,
                       const lure_checkpoint_pair *metadata, size_t n_metadata)
{
    lure_json json;
    size_t at = 0;
    lure_json_init(&json, out);
    lure_json_begin_object(&json, NULL);
    if (n_metadata > 0) {
        lure_json_begin_object(&json, "__metadata__");
        for (size_t i = 0; i < n_metadata; i++)
            lure_json_string(&json, metadata[i].key, metadata[i].value);
        lure_json_end_object(&json);
    }
    for (size_t i = 0; i < n; i++) {
        const lure_tensor *tensor = &order[i]->tensor;
        double shape[LURE_MAX_DIMS] = {0};
        for (int d = 0; d < tensor->n_dims; d++)
            shape[d] = (double)tensor->shape[d];
        const size_t end = at + tensor_bytes(tensor);
        lure_json_begin_object(&json, order[i]->name);
        lure_json_string(&json, "dtype", DTYPES[tensor->dtype]);
        lure_json_numbers(&json, "shape", shape, (size_t)tensor->n_dims);
        lure_json_numbers(&json, "data_offsets", (const double[]){(double)at, (double)end}, 2);
        lure_json_end_object(&json);
        at = end;
    }
    lure_json_end_object(&json);
}

/* Fills the file's bytes into `out`; `order` has room for n. */
static void build(lure_text *out, const lure_checkpoint_entry *entries, const lure_checkpoint_entry **order,
                  size_t n, const lure_checkpoint_pair *metadata, size_t n_metadata)
{
    size_t n_ordered = 0;
    for (size_t size = 8; size >= 4; size -= 4)
        for (size_t i = 0; i < n; i++)
            if (lure_dtype_size(entries[i].tensor.dtype) == size)
                order[n_ordered++] = &entries[i];

    lure_text_add_bytes(out, "\0\0\0\0\0\0\0", HEADER_LENGTH);
    add_header(out, order, n, metadata, n_metadata);
    while (out->length % 8 != 0 && !out->failed)
        lure_text_add_bytes(out, " ", 1);
    if (out->failed)
        return;
    const uint64_t length = out->length - HEADER_LENGTH;
    memcpy(out->data, &length, sizeof length);
    for (size_t i = 0; i < n; i++)
        if (tensor_bytes(&order[i]->tensor) > 0)
            lure_text_add_bytes(out, order[i]->tensor.data, tensor_bytes(&order[i]->tensor));
}

lure_status lure_checkpoint_write(const char *path, const lure_checkpoint_entry *entries, size_t n_entries,
                                  const lure_checkpoint_pair *metadata, size_t n_metadata, lure_error *err)
{
    lure_status status = check_entries(path, entries, n_entries, err);
    if (status != LURE_OK)
        return status;
    const lure_checkpoint_entry **order = malloc((n_entries + 1) * sizeof *order);
    lure_text bytes;
    lure_text_init(&bytes);
    if (order)
        build(&bytes, entries, order, n_entries, metadata, n_metadata);
    if (!order || bytes.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "%s: no memory for the checkpoint", path);
    else
        status = lure_file_write_whole(path, bytes.data, bytes.length, err);
    lure_text_free(&bytes);
    free(order);
    return status;
}

/* ---- reading ---- */

/* A name for an error text: control characters, which could steer a terminal, become '?'. */
static const char *printable(const char *name, char out[64])
{
    size_t n = 0;
    for (; n < 63 && name[n]; n++)
        out[n] = (unsigned char)name[n] < 0x20 || name[n] == 0x7f ? '?' : name[n];
    out[n] = '\0';
    return out;
}

static lure_status bad_tensor(const char *path, const char *name, const char *what, lure_error *err)
{
    char shown[64];
    return lure_fail(err, LURE_ERROR_STORE, "%s: not a valid checkpoint: tensor \"%s\": %s", path,
                     printable(name, shown), what);
}

/* A whole number from 0 that fits; jansson has already refused what exceeds 64 bits. */
static bool get_size(const json_t *json, size_t *out)
{
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return false;
    *out = (size_t)json_integer_value(json);
    return true;
}

/* One tensor's description into *entry (without its data) and *where. */
static lure_status read_entry(const char *path, const char *name, const json_t *json, size_t n_data,
                              lure_checkpoint_entry *entry, span *where, lure_error *err)
{
    const json_t *shape = json_object_get(json, "shape"), *offsets = json_object_get(json, "data_offsets");
    const char *dtype = json_string_value(json_object_get(json, "dtype"));
    if (strlen(name) >= sizeof entry->name)
        return bad_tensor(path, name, "its name is longer than 95 bytes", err);
    if (!dtype || !json_is_array(shape) || !json_is_array(offsets) || json_object_size(json) != 3)
        return bad_tensor(path, name, "expected exactly dtype, shape and data_offsets", err);
    memcpy(entry->name, name, strlen(name) + 1);

    size_t kind = 0;
    while (kind < N_DTYPES && strcmp(dtype, DTYPES[kind]) != 0)
        kind++;
    if (kind == N_DTYPES)
        return bad_tensor(path, name, "its dtype is none of F32, F64 and I32", err);
    entry->tensor.dtype = (lure_dtype)kind;

    if (json_array_size(shape) > LURE_MAX_DIMS)
        return bad_tensor(path, name, "it has more than 4 dimensions", err);
    entry->tensor.n_dims = (int)json_array_size(shape);
    size_t n_bytes = lure_dtype_size(entry->tensor.dtype);
    for (int d = 0; d < entry->tensor.n_dims; d++) {
        size_t *dimension = &entry->tensor.shape[d];
        if (!get_size(json_array_get(shape, (size_t)d), dimension))
            return bad_tensor(path, name, "its shape is not made of whole numbers from 0", err);
        if (__builtin_mul_overflow(n_bytes, *dimension, &n_bytes))
            return bad_tensor(path, name, "its shape is too large", err);
    }

    if (json_array_size(offsets) != 2 || !get_size(json_array_get(offsets, 0), &where->begin) ||
        !get_size(json_array_get(offsets, 1), &where->end))
        return bad_tensor(path, name, "its data_offsets are not two whole numbers from 0", err);
    if (where->begin > where->end || where->end > n_data)
        return bad_tensor(path, name, "its data_offsets lie outside the file", err);
    if (where->end - where->begin != n_bytes)
        return bad_tensor(path, name, "its data_offsets do not fit its shape", err);
    return LURE_OK;
}

static int compare_spans(const void *a, const void *b)
{
    const span *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end; /* an empty one before the one that begins there */
}

/* The data must be covered exactly: no byte twice, none unused (it could hide anything). Sorts the spans. */
static lure_status check_cover(const char *path, const lure_checkpoint *c, span *spans, size_t n_data,
                               lure_error *err)
{
    size_t at = 0;
    qsort(spans, c->n_entries, sizeof *spans, compare_spans);
    for (size_t i = 0; i < c->n_entries; i++) {
        if (spans[i].begin != at)
            return bad_tensor(
                path, c->entries[spans[i].entry].name,
                spans[i].begin < at ? "its data overlap another's" : "unused bytes lie before its data", err);
        at = spans[i].end;
    }
    if (at != n_data)
        return lure_fail(err, LURE_ERROR_STORE, "%s: not a valid checkpoint: %zu bytes after the last tensor",
                         path, n_data - at);
    return LURE_OK;
}

static lure_status check_metadata(const char *path, const json_t *metadata, lure_error *err)
{
    const char *key;
    json_t *value;
    bool good = json_is_object(metadata);
    json_object_foreach((json_t *)metadata, key, value) good = good && json_is_string(value);
    return good ? LURE_OK
                : lure_fail(err, LURE_ERROR_STORE,
                            "%s: not a valid checkpoint: __metadata__ must map text to text", path);
}

static size_t aligned(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Every tensor's bytes into the block, each aligned; empty ones point somewhere, too. */
static lure_status copy_data(const char *path, lure_checkpoint *c, const span *spans, const char *data,
                             lure_error *err)
{
    c->block_size = ALIGNMENT;
    for (size_t i = 0; i < c->n_entries; i++)
        c->block_size += aligned(spans[i].end - spans[i].begin);
    char *at = c->block = lure_memory_take(NULL, c->block_size);
    if (!at)
        return lure_fail(err, LURE_ERROR_MEMORY, "%s: no memory for the checkpoint", path);
    for (size_t i = 0; i < c->n_entries; i++) {
        const size_t n = spans[i].end - spans[i].begin;
        memcpy(at, data + spans[i].begin, n);
        lure_tensor *tensor = &c->entries[spans[i].entry].tensor;
        *tensor = lure_tensor_view(at, tensor->dtype, tensor->n_dims, tensor->shape);
        at += aligned(n);
    }
    return LURE_OK;
}

/* Header and data into `c`, which lure_checkpoint_close frees whatever happens here. */
static lure_status read_root(const char *path, json_t *root, const char *data, size_t n_data,
                             lure_checkpoint *c, lure_error *err)
{
    const size_t n_keys = json_object_size(root);
    span *spans = malloc((n_keys + 1) * sizeof *spans);
    c->entries = calloc(n_keys + 1, sizeof *c->entries);
    if (!spans || !c->entries) {
        free(spans);
        return lure_fail(err, LURE_ERROR_MEMORY, "%s: no memory for the checkpoint", path);
    }
    lure_status status = LURE_OK;
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        if (status != LURE_OK)
            break;
        if (strcmp(name, "__metadata__") == 0) {
            status = check_metadata(path, value, err);
            c->metadata = json_incref(value);
            continue;
        }
        status = read_entry(path, name, value, n_data, &c->entries[c->n_entries], &spans[c->n_entries], err);
        spans[c->n_entries].entry = c->n_entries;
        c->n_entries++;
    }
    if (status == LURE_OK)
        status = check_cover(path, c, spans, n_data, err);

    if (status == LURE_OK)
        status = copy_data(path, c, spans, data, err);
    free(spans);
    return status;
}

lure_status lure_checkpoint_read(const char *path, lure_checkpoint **out, lure_error *err)
{
    lure_text file;
    uint64_t n_header = 0;
    json_t *root = NULL;
    lure_checkpoint *c = NULL;
    json_error_t reason;
    *out = NULL;

    lure_text_init(&file);
    lure_status status = lure_file_read(path, MAX_FILE, &file, err);
    if (status != LURE_OK)
        goto done;
    if (file.length >= HEADER_LENGTH)
        memcpy(&n_header, file.data, sizeof n_header);
    if (file.length < HEADER_LENGTH || n_header > file.length - HEADER_LENGTH || n_header > MAX_HEADER) {
        status = lure_fail(err, LURE_ERROR_STORE,
                           "%s: not a valid checkpoint: cut short, or no safetensors file", path);
        goto done;
    }
    /* the format wants the brace first; what follows the object may only be white space */
    if (n_header > 0 && file.data[HEADER_LENGTH] == '{')
        root = json_loadb(file.data + HEADER_LENGTH, (size_t)n_header, JSON_REJECT_DUPLICATES, &reason);
    else
        snprintf(reason.text, sizeof reason.text, "it does not begin with a brace");
    if (!root) {
        char shown[64];
        status = lure_fail(err, LURE_ERROR_STORE, "%s: not a valid checkpoint: its header: %s", path,
                           printable(reason.text, shown));
        goto done;
    }
    c = calloc(1, sizeof *c);
    if (!c) {
        status = lure_fail(err, LURE_ERROR_MEMORY, "%s: no memory for the checkpoint", path);
        goto done;
    }
    status = read_root(path, root, file.data + HEADER_LENGTH + n_header,
                       file.length - HEADER_LENGTH - (size_t)n_header, c, err);
    if (status == LURE_OK) {
        *out = c;
        c = NULL;
    }
done:
    lure_checkpoint_close(c);
    json_decref(root);
    lure_text_free(&file);
    return status;
}

size_t lure_checkpoint_n_entries(const lure_checkpoint *checkpoint)
{
    return checkpoint->n_entries;
}

const lure_checkpoint_entry *lure_checkpoint_entry_at(const lure_checkpoint *checkpoint, size_t i)
{
    return &checkpoint->entries[i];
}

const lure_checkpoint_entry *lure_checkpoint_find(const lure_checkpoint *checkpoint, const char *name)
{
    for (size_t i = 0; i < checkpoint->n_entries; i++)
        if (strcmp(checkpoint->entries[i].name, name) == 0)
            return &checkpoint->entries[i];
    return NULL;
}

lure_status lure_checkpoint_load(const lure_checkpoint *checkpoint, const char *name, lure_tensor *into,
                                 lure_error *err)
{
    const lure_checkpoint_entry *entry = lure_checkpoint_find(checkpoint, name);
    size_t bytes;
    if (!entry)
        return lure_fail(err, LURE_ERROR_STORE, "the checkpoint has no tensor '%s'", name);
    if (entry->tensor.dtype != into->dtype || !lure_tensor_same_shape(&entry->tensor, into)) {
        char got[LURE_SHAPE_TEXT], expected[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&entry->tensor, got);
        lure_tensor_shape_text(into, expected);
        return lure_fail(err, LURE_ERROR_STORE,
                         "the checkpoint's '%s' is %s of shape %s; expected %s of shape %s", name,
                         lure_dtype_name(entry->tensor.dtype), got, lure_dtype_name(into->dtype), expected);
    }
    if (lure_tensor_bytes(into, &bytes))
        memcpy(into->data, entry->tensor.data, bytes);
    return LURE_OK;
}

const char *lure_checkpoint_metadata(const lure_checkpoint *checkpoint, const char *key)
{
    return json_string_value(json_object_get(checkpoint->metadata, key));
}

void lure_checkpoint_close(lure_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    json_decref(checkpoint->metadata);
    lure_memory_give(NULL, checkpoint->block, checkpoint->block_size);
    free(checkpoint->entries);
    free(checkpoint);
}
