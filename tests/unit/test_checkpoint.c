/* test_checkpoint.c: the bytes of a checkpoint as the format prescribes them, round trips, and files that lie. Every
   hostile file must be refused with a text that names it, or read into tensors that lie inside the block: run this
   under -fsanitize=address,undefined. tests/reference/test_checkpoint.sh reads one with another program. */
#include "store/checkpoint.h"

#include "base/file.h"
#include "base/rng.h"
#include "learn/seen.h"
#include "store/run_directory.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static lure_error err;

static const char *path(void)
{
    static char out[512];
    snprintf(out, sizeof out, "%s/checkpoint.safetensors", unit_folder());
    return out;
}

static lure_checkpoint_entry entry(const char *name, void *data, lure_dtype dtype, int n_dims,
                                   const size_t *shape)
{
    lure_checkpoint_entry e;
    memset(&e, 0, sizeof e);
    snprintf(e.name, sizeof e.name, "%s", name);
    e.tensor = lure_tensor_view(data, dtype, n_dims, shape);
    return e;
}

static float weights[2][3] = {{1, -2.5f, 3}, {0.1f, -0.0f, 1e-40f}};
static double bias = -10.123456789;
static int32_t counts[4] = {0, -1, INT32_MAX, INT32_MIN};

enum { N_SAMPLE = 4 };
static void sample(lure_checkpoint_entry out[N_SAMPLE])
{
    out[0] = entry("layer.0.weight", weights, LURE_F32, 2, (const size_t[]){2, 3});
    out[1] = entry("bias", &bias, LURE_F64, 0, NULL);
    out[2] = entry("counts", counts, LURE_I32, 1, (const size_t[]){4});
    out[3] = entry("nothing", NULL, LURE_F32, 2, (const size_t[]){0, 7});
}

static void write_sample(void)
{
    lure_checkpoint_entry entries[N_SAMPLE];
    const lure_checkpoint_pair metadata[] = {{"run_id", "5f3a"}, {"text", "größe \"x\"\n"}};
    sample(entries);
    CHECK_OK(lure_checkpoint_write(path(), entries, N_SAMPLE, metadata, 2, &err), &err);
}

/* Not synced to the disk: thousands of times that would take minutes. */
static void write_bytes(const char *bytes, size_t n)
{
    FILE *out = fopen(path(), "wb");
    CHECK(out && fwrite(bytes, 1, n, out) == n && fclose(out) == 0);
}

/* A file from its header and n bytes of data. */
static void write_file(const char *header, const void *data, size_t n)
{
    char bytes[8192];
    const uint64_t length = strlen(header);
    CHECK(8 + length + n <= sizeof bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    if (n > 0)
        memcpy(bytes + 8 + length, data, n);
    write_bytes(bytes, 8 + length + n);
}

static void check_refused(const char *why)
{
    lure_checkpoint *checkpoint = (lure_checkpoint *)&err; /* must become null */
    CHECK_STATUS(lure_checkpoint_read(path(), &checkpoint, &err), LURE_ERROR_STORE, &err);
    CHECK(checkpoint == NULL);
    CHECK_CONTAINS(err.text, path());
    CHECK_CONTAINS(err.text, why);
}

TEST(the_bytes_are_those_of_the_format)
{
    float f[2] = {1.5f, -2};
    double d = 0.25;
    lure_checkpoint_entry entries[] = {entry("a", f, LURE_F32, 1, (const size_t[]){2}),
                                       entry("b", &d, LURE_F64, 0, NULL)};
    CHECK_OK(lure_checkpoint_write(path(), entries, 2, (const lure_checkpoint_pair[]){{"k", "v"}}, 1, &err),
             &err);
    lure_text file;
    lure_text_init(&file);
    CHECK_OK(lure_file_read(path(), 1 << 20, &file, &err), &err);

    /* without white space the header is this; it begins with the brace and is padded to eight by spaces */
    const char *expected = "{\"__metadata__\":{\"k\":\"v\"},"
                           "\"b\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                           "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    const unsigned char *bytes = (const unsigned char *)file.data;
    size_t n_header = 0;
    for (int i = 7; i >= 0; i--)
        n_header = n_header << 8 | bytes[i]; /* little-endian */
    CHECK_INT((int64_t)(file.length - 8 - n_header), 16);
    CHECK_INT((int64_t)(n_header % 8), 0);
    CHECK_INT(bytes[8], '{');
    char dense[1024];
    size_t n_dense = 0;
    for (size_t i = 8; i < 8 + n_header && n_dense < sizeof dense - 1; i++)
        if (bytes[i] != ' ' && bytes[i] != '\n')
            dense[n_dense++] = (char)bytes[i];
    dense[n_dense] = '\0';
    CHECK_TEXT(dense, expected);
    static const unsigned char data[16] = {0, 0, 0, 0, 0, 0, 0xd0, 0x3f, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0};
    CHECK(memcmp(bytes + 8 + n_header, data, sizeof data) == 0);
    lure_text_free(&file);
}

TEST(what_was_written_is_read)
{
    write_sample();
    lure_checkpoint *checkpoint;
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    CHECK_INT((int64_t)lure_checkpoint_n_entries(checkpoint), N_SAMPLE);
    CHECK_TEXT(lure_checkpoint_entry_at(checkpoint, 0)->name, "bias"); /* the header's order: widest first */
    lure_checkpoint_entry entries[N_SAMPLE];
    sample(entries);
    for (size_t i = 0; i < N_SAMPLE; i++) {
        const lure_checkpoint_entry *e = lure_checkpoint_find(checkpoint, entries[i].name);
        CHECK_SAY(e != NULL, "no tensor %s", entries[i].name);
        const lure_tensor *t = &e->tensor, *want = &entries[i].tensor;
        CHECK_INT(t->dtype, want->dtype);
        CHECK(lure_tensor_same_shape(t, want));
        CHECK(t->data != NULL);
        CHECK_INT((int64_t)((uintptr_t)t->data % 64), 0);
        const size_t n = lure_tensor_size(want) * lure_dtype_size(want->dtype);
        CHECK_INT(want->data == NULL, n == 0);
        CHECK_SAY(!want->data || memcmp(t->data, want->data, n) == 0, "the bytes of %s changed",
                  entries[i].name);
    }
    CHECK(lure_checkpoint_find(checkpoint, "none") == NULL);
    CHECK_TEXT(lure_checkpoint_metadata(checkpoint, "run_id"), "5f3a");
    CHECK_TEXT(lure_checkpoint_metadata(checkpoint, "text"), "größe \"x\"\n");
    CHECK_TEXT(lure_checkpoint_metadata(checkpoint, "none"), NULL);
    lure_checkpoint_close(checkpoint);
    lure_checkpoint_close(NULL);
}

TEST(an_empty_checkpoint_is_one)
{
    lure_checkpoint *checkpoint;
    CHECK_OK(lure_checkpoint_write(path(), NULL, 0, NULL, 0, &err), &err);
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    CHECK_INT((int64_t)lure_checkpoint_n_entries(checkpoint), 0);
    CHECK_TEXT(lure_checkpoint_metadata(checkpoint, "k"), NULL);
    lure_checkpoint_close(checkpoint);
}

TEST(random_tensors_come_back)
{
    lure_rng rng;
    lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
    static double memory[8][600];
    for (int round = 0; round < 100; round++) {
        lure_checkpoint_entry entries[8];
        const size_t n = 1 + lure_rng_below(&rng, 8);
        for (size_t i = 0; i < n; i++) {
            size_t shape[LURE_MAX_DIMS];
            char name[32];
            const int n_dims = (int)lure_rng_below(&rng, LURE_MAX_DIMS + 1);
            for (int d = 0; d < n_dims; d++)
                shape[d] = lure_rng_below(&rng, 5);
            for (size_t k = 0; k < 600; k++)
                memory[i][k] = lure_rng_uniform(&rng);
            snprintf(name, sizeof name, "t%zu", i);
            entries[i] = entry(name, memory[i], (lure_dtype)lure_rng_below(&rng, 3), n_dims, shape);
        }
        CHECK_OK(lure_checkpoint_write(path(), entries, n, NULL, 0, &err), &err);
        lure_checkpoint *checkpoint;
        CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
        CHECK_INT((int64_t)lure_checkpoint_n_entries(checkpoint), (int64_t)n);
        for (size_t i = 0; i < n; i++) {
            const lure_tensor *want = &entries[i].tensor;
            const lure_tensor *t = &lure_checkpoint_find(checkpoint, entries[i].name)->tensor;
            CHECK(lure_tensor_same_shape(t, want) && t->dtype == want->dtype);
            CHECK(memcmp(t->data, want->data, lure_tensor_size(t) * lure_dtype_size(t->dtype)) == 0);
        }
        lure_checkpoint_close(checkpoint);
    }
}

TEST(a_writer_refuses_what_no_reader_could_tell_apart)
{
    float x = 1;
    lure_checkpoint_entry twice[] = {entry("a", &x, LURE_F32, 0, NULL), entry("a", &x, LURE_F32, 0, NULL)};
    CHECK_STATUS(lure_checkpoint_write(path(), twice, 2, NULL, 0, &err), LURE_ERROR_STORE, &err);
    lure_checkpoint_entry reserved = entry("__metadata__", &x, LURE_F32, 0, NULL);
    CHECK_STATUS(lure_checkpoint_write(path(), &reserved, 1, NULL, 0, &err), LURE_ERROR_STORE, &err);
    lure_checkpoint_entry endless = entry("", &x, LURE_F32, 0, NULL);
    memset(endless.name, 'x', sizeof endless.name);
    CHECK_STATUS(lure_checkpoint_write(path(), &endless, 1, NULL, 0, &err), LURE_ERROR_STORE, &err);
    CHECK(!lure_file_exists(path()));
    endless.name[sizeof endless.name - 1] = '\0'; /* 95 bytes: the longest name */
    lure_checkpoint *checkpoint;
    CHECK_OK(lure_checkpoint_write(path(), &endless, 1, NULL, 0, &err), &err);
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    CHECK_TEXT(lure_checkpoint_entry_at(checkpoint, 0)->name, endless.name);
    lure_checkpoint_close(checkpoint);
}

TEST(a_missing_file_is_named)
{
    check_refused("No such file");
}

TEST(a_file_cut_anywhere_is_refused)
{
    write_sample();
    lure_text whole;
    lure_text_init(&whole);
    CHECK_OK(lure_file_read(path(), 1 << 20, &whole, &err), &err);
    for (size_t n = 0; n < whole.length; n++) {
        lure_checkpoint *checkpoint;
        write_bytes(whole.data, n);
        const lure_status status = lure_checkpoint_read(path(), &checkpoint, &err);
        CHECK_SAY(status == LURE_ERROR_STORE && checkpoint == NULL, "cut after %zu bytes it is %s", n,
                  lure_status_name(status));
    }
    lure_text_add(&whole, "x"); /* nor may bytes follow */
    write_bytes(whole.data, whole.length);
    check_refused("1 bytes after the last tensor");
    lure_text_free(&whole);
}

TEST(a_huge_header_length_is_refused)
{
    static const uint64_t lengths[] = {1, 100, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63, 0xffffffff, 17};
    char bytes[24] = "xxxxxxxx{}              ";
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(bytes, &lengths[i], 8);
        write_bytes(bytes, sizeof bytes);
        check_refused("not a valid checkpoint");
    }
    memcpy(bytes, &(uint64_t){16}, 8); /* the true one */
    write_bytes(bytes, sizeof bytes);
    lure_checkpoint *checkpoint;
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    lure_checkpoint_close(checkpoint);
}

TEST(headers_that_lie_are_refused)
{
#define TENSOR(dtype, shape, begin, end)                                                                     \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"
    static const struct lie {
        const char *header, *why;
    } lies[] = {
        {"", "brace"},
        {" {}", "brace"},
        {"[]", "brace"},
        {"{", "header"},
        {"{}x", "header"},
        {"{\"a\":1}", "exactly dtype"},
        {"{\"a\":null}", "exactly dtype"},
        {"{\"a\":{}}", "exactly dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}", "exactly dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"more\":1}}", "exactly dtype"},
        {"{\"a\":{\"dtype\":4,\"shape\":[4],\"data_offsets\":[0,16]}}", "exactly dtype"},
        {"{\"a\":" TENSOR("F16", "[8]", 0, 16) "}", "dtype"},
        {"{\"a\":" TENSOR("BF16", "[8]", 0, 16) "}", "dtype"},
        {"{\"a\":" TENSOR("I64", "[2]", 0, 16) "}", "dtype"},
        {"{\"a\":" TENSOR("f32", "[4]", 0, 16) "}", "dtype"},
        {"{\"a\":" TENSOR("", "[4]", 0, 16) "}", "dtype"},
        {"{\"a\":" TENSOR("F32", "4", 0, 16) "}", "exactly dtype"},
        {"{\"a\":" TENSOR("F32", "[4.0]", 0, 16) "}", "whole numbers"},
        {"{\"a\":" TENSOR("F32", "[-4]", 0, 16) "}", "whole numbers"},
        {"{\"a\":" TENSOR("F32", "[\"4\"]", 0, 16) "}", "whole numbers"},
        {"{\"a\":" TENSOR("F32", "[1,1,1,1,4]", 0, 16) "}", "more than 4 dimensions"},
        {"{\"a\":" TENSOR("F32", "[3]", 0, 16) "}", "do not fit its shape"},
        {"{\"a\":" TENSOR("F64", "[4]", 0, 16) "}", "do not fit its shape"},
        {"{\"a\":" TENSOR("F32", "[4611686018427387905]", 0, 4) "}", "too large"},     /* wraps to 4 bytes */
        {"{\"a\":" TENSOR("F32", "[2147483648,2147483648,4]", 0, 0) "}", "too large"}, /* wraps to 0 bytes */
        {"{\"a\":" TENSOR("F32", "[99999999999999999999]", 0, 16) "}", "header"},
        {"{\"a\":" TENSOR("F32", "[5]", 0, 20) "}", "outside the file"},
        {"{\"a\":" TENSOR("F32", "[4]", 16, 0) "}", "outside the file"},
        {"{\"a\":" TENSOR("F32", "[4]", 9223372036854775792, 9223372036854775807) "}", "outside the file"},
        {"{\"a\":" TENSOR("F32", "[4]", -16, 0) "}", "two whole numbers"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}", "two whole numbers"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,16]}}", "two whole numbers"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,1.6e1]}}", "two whole numbers"},
        {"{\"a\":" TENSOR("F32", "[3]", 0, 12) ",\"b\":" TENSOR("F32", "[2]", 8, 16) "}", "overlap"},
        {"{\"a\":" TENSOR("F32", "[4]", 0, 16) ",\"b\":" TENSOR("F32", "[4]", 0, 16) "}", "overlap"},
        {"{\"a\":" TENSOR("F32", "[4]", 0, 16) ",\"b\":" TENSOR("F32", "[0]", 4, 4) "}", "overlap"},
        {"{\"a\":" TENSOR("F32", "[1]", 0, 4) ",\"b\":" TENSOR("F32", "[2]", 8, 16) "}", "unused bytes"},
        {"{\"b\":" TENSOR("F32", "[3]", 4, 16) "}", "unused bytes"},
        {"{\"a\":" TENSOR("F32", "[3]", 0, 12) "}", "4 bytes after the last tensor"},
        {"{}", "16 bytes after the last tensor"},
        {"{\"a\":" TENSOR("F32", "[2]", 0, 8) ",\"a\":" TENSOR("F32", "[2]", 8, 16) "}", "header"},
        {"{\"__metadata__\":[],\"a\":" TENSOR("F32", "[4]", 0, 16) "}", "__metadata__"},
        {"{\"__metadata__\":{\"k\":1},\"a\":" TENSOR("F32", "[4]", 0, 16) "}", "__metadata__"},
        {"{\"\xff\":" TENSOR("F32", "[4]", 0, 16) "}", "header"},
        {"{\"\\u001b[2J\":" TENSOR("F32", "[3]", 0, 16) "}", "\"?[2J\""}, /* no escape reaches the terminal */
        {"{\"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345"
         "6\":" TENSOR("F32", "[4]", 0, 16) "}",
         "longer than 95"},
    };
    static const float data[4] = {1, 2, 3, 4};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        write_file(lies[i].header, data, sizeof data);
        check_refused(lies[i].why);
    }
    /* and the truth, in an order and with an alignment that we would not write */
    write_file("{\"b\":" TENSOR("F64", "[1]", 4, 12) ",\"a\":" TENSOR("F32", "[]", 0, 4) ",\"c\":" TENSOR(
                   "I32", "[1,1,1,1]", 12, 16) ",\"e\":" TENSOR("F32", "[0,9]", 12, 12) "}   ",
               data, sizeof data);
    lure_checkpoint *checkpoint;
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    double middle;
    memcpy(&middle, (const char *)data + 4, sizeof middle);
    CHECK_TEXT(lure_checkpoint_entry_at(checkpoint, 0)->name, "b");
    CHECK_REAL(lure_tensor_get(&lure_checkpoint_find(checkpoint, "b")->tensor, 0), middle);
    CHECK_REAL(lure_tensor_get(&lure_checkpoint_find(checkpoint, "a")->tensor, 0), 1);
    CHECK_INT(lure_checkpoint_find(checkpoint, "c")->tensor.n_dims, 4);
    CHECK_INT((int64_t)lure_tensor_size(&lure_checkpoint_find(checkpoint, "e")->tensor), 0);
    lure_checkpoint_close(checkpoint);
}

TEST(a_deeply_nested_header_is_refused)
{
    static char header[8000];
    memset(header, '[', sizeof header - 1);
    memcpy(header, "{\"a\":", 5);
    write_file(header, NULL, 0);
    check_refused("header");
}

TEST(no_mutation_of_a_file_does_harm)
{
    enum { ROUNDS = 10000 };
    write_sample();
    lure_text whole, file;
    lure_text_init(&whole);
    lure_text_init(&file);
    CHECK_OK(lure_file_read(path(), 1 << 20, &whole, &err), &err);
    lure_rng rng;
    lure_rng_init(&rng, 5, LURE_PURPOSE_USER, 0);
    static const char likely[] = "0123456789[]{},:\"-.e \\u";
    int n_read = 0, n_refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
        lure_text_clear(&file);
        lure_text_add_bytes(&file, whole.data, whole.length);
        for (uint64_t k = 1 + lure_rng_below(&rng, 4); k > 0; k--) {
            const size_t at = lure_rng_below(&rng, file.length), to = lure_rng_below(&rng, file.length);
            switch (lure_rng_below(&rng, 5)) {
            case 0: file.data[at] = (char)lure_rng_word(&rng); break;
            case 1: file.data[at] = likely[lure_rng_below(&rng, sizeof likely - 1)]; break;
            case 2: file.data[at] = file.data[to]; break;
            case 3: file.data[at] ^= (char)(1 << lure_rng_below(&rng, 8)); break;
            case 4: /* a piece moves */
                memmove(file.data + at, file.data + to, file.length - (at > to ? at : to));
                break;
            }
        }
        write_bytes(file.data, file.length);
        lure_checkpoint *checkpoint;
        const lure_status status = lure_checkpoint_read(path(), &checkpoint, &err);
        if (status != LURE_OK) {
            CHECK_SAY(status == LURE_ERROR_STORE && checkpoint == NULL, "round %d: %s", round,
                      lure_status_name(status));
            n_refused++;
            continue;
        }
        /* what it accepts can be used: every number is read */
        double sum = 0;
        for (size_t i = 0; i < lure_checkpoint_n_entries(checkpoint); i++) {
            const lure_tensor *t = &lure_checkpoint_entry_at(checkpoint, i)->tensor;
            for (size_t k = 0; k < lure_tensor_size(t); k++)
                sum += fabs(lure_tensor_get(t, k));
        }
        CHECK(sum >= 0 || isnan(sum));
        lure_checkpoint_close(checkpoint);
        n_read++;
    }
    CHECK_SAY(n_read > ROUNDS / 100 && n_refused > ROUNDS / 2,
              "%d read, %d refused: the mutations test nothing", n_read, n_refused);
    lure_text_free(&whole);
    lure_text_free(&file);
}

/* What a policy's normalisers know goes into a checkpoint and comes back from it. */
TEST(normalisers_come_back)
{
    static const lure_part parts[2] = {{.name = "x", .low = -1, .high = 1},
                                       {.name = "y", .low = -1, .high = 1}};
    const lure_space space = {2, parts};
    const size_t copies[] = {0, 1, 2};
    const double raw[] = {1, 2, 3, 5, 8, 13};
    double rewards[] = {1, -2, 0.5}, a[2], b[2];
    lure_seen_options o = lure_seen_defaults();
    lure_checkpoint_entry entries[7];
    lure_checkpoint *checkpoint;
    lure_seen from, to;
    o.normalizes = o.scales_reward = true;
    CHECK_OK(lure_seen_init(&from, &o, &space, 3, 0, LURE_F64, NULL, &err), &err);
    CHECK_OK(lure_seen_init(&to, &o, &space, 3, 0, LURE_F64, NULL, &err), &err);
    CHECK_OK(lure_seen_learn(&from, 3, copies, raw, &err), &err);
    CHECK_OK(lure_seen_rewards(&from, 3, copies, (int32_t[]){0, 1, 0}, rewards, &err), &err);
    CHECK_INT((int64_t)lure_seen_n_named(&from), 7);
    for (size_t i = 0; i < 7; i++)
        snprintf(entries[i].name, sizeof entries[i].name, "%s",
                 lure_seen_named(&from, i, &entries[i].tensor));
    CHECK_OK(lure_checkpoint_write(path(), entries, 7, NULL, 0, &err), &err);
    CHECK_OK(lure_checkpoint_read(path(), &checkpoint, &err), &err);
    for (size_t i = 0; i < 7; i++) {
        lure_tensor into;
        const char *name = lure_seen_named(&to, i, &into);
        CHECK_OK(lure_checkpoint_load(checkpoint, name, &into, &err), &err);
    }
    CHECK_OK(lure_seen_look(&from, 1, raw, true, 0, a, &err), &err);
    CHECK_OK(lure_seen_look(&to, 1, raw, true, 0, b, &err), &err);
    CHECK(memcmp(a, b, sizeof a) == 0);
    CHECK(memcmp(from.returns, to.returns, 3 * sizeof *to.returns) == 0);
    CHECK_REAL(from.spread.variance[0], to.spread.variance[0]);

    lure_tensor other;
    lure_seen_named(&to, 0, &other);
    CHECK_STATUS(lure_checkpoint_load(checkpoint, "normalize_observation.meen", &other, &err),
                 LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "no tensor 'normalize_observation.meen'");
    CHECK_STATUS(lure_checkpoint_load(checkpoint, "normalize_observation.count", &other, &err),
                 LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "is float64 of shape (1); expected float64 of shape (2)");
    lure_checkpoint_close(checkpoint);
    lure_seen_free(&from);
    lure_seen_free(&to);
}
