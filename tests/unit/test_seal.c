/* test_seal.c: a folder that is sealed, and every byte of every file in it wrong in turn, and what is missing, cut, longer or
   there too many. */
#include "store/seal.h"

#include "base/file.h"
#include "base/hash.h"
#include "store/run_directory.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static lure_error err;
static const lure_seal_file files[] = {{"manifest.json", false},
                                       {"metrics.csv", true},
                                       {"checkpoint.safetensors", true},
                                       {"best.safetensors", true}};
enum { N_FILES = 4 };

static const char *path_of(const char *name)
{
    static char path[LURE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

static void put(const char *name, const void *bytes, size_t n)
{
    CHECK_OK(lure_file_write_whole(path_of(name), bytes, n, &err), &err);
}

static void seal(void)
{
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "outcome", "ok");
    lure_json_begin_object(&json, "summary");
    lure_json_integer(&json, "steps", 12);
    lure_json_end_object(&json);
    CHECK_OK(lure_seal_write(&json, unit_folder(), files, N_FILES, &err), &err);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    put("summary.json", text.data, text.length);
    lure_text_free(&text);
}

static void make_folder(void)
{
    put("manifest.json", "{\"seed\": 1}\n", 12);
    put("metrics.csv", "a,b\n1,2\n3,4\n", 12);
    put("checkpoint.safetensors", "\0\1\2\3\377", 5);
    seal();
}

static lure_seal_state check(void)
{
    return lure_seal_check(unit_folder(), files, N_FILES, NULL, &err);
}

TEST(a_sealed_folder_holds)
{
    json_t *document;
    char digest[LURE_HASH_SIZE];
    static const char results[] = "metrics.csv 12\na,b\n1,2\n3,4\ncheckpoint.safetensors 5\n\0\1\2\3\377";
    make_folder();
    CHECK_INT(lure_seal_check(unit_folder(), files, N_FILES, &document, &err), LURE_SEAL_HOLDS);
    CHECK_TEXT(json_string_value(json_object_get(document, "outcome")), "ok");
    lure_hash_bytes(results, sizeof results - 1, digest);
    CHECK_TEXT(json_string_value(json_object_get(document, "digest")), digest);
    CHECK_INT((int64_t)json_object_size(json_object_get(document, "files")), 3);
    json_decref(document);
}

TEST(every_changed_byte_of_every_file_is_found)
{
    static const char *const names[] = {"manifest.json", "metrics.csv", "checkpoint.safetensors",
                                        "summary.json"};
    make_folder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lure_text bytes;
        lure_text_init(&bytes);
        CHECK_OK(lure_file_read(path_of(names[i]), 1 << 20, &bytes, &err), &err);
        for (size_t at = 0; at < bytes.length; at++)
            for (int bit = 0; bit < 8; bit++) {
                bytes.data[at] = (char)(bytes.data[at] ^ 1 << bit);
                put(names[i], bytes.data, bytes.length);
                CHECK_SAY(check() == LURE_SEAL_BROKEN, "%s: bit %d of byte %zu", names[i], bit, at);
                CHECK_CONTAINS(err.text, names[i]);
                bytes.data[at] = (char)(bytes.data[at] ^ 1 << bit);
            }
        put(names[i], bytes.data, bytes.length);
        CHECK_INT(check(), LURE_SEAL_HOLDS);
        lure_text_free(&bytes);
    }
}

TEST(every_cut_is_found)
{
    static const char *const names[] = {"manifest.json", "metrics.csv", "checkpoint.safetensors",
                                        "summary.json"};
    make_folder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lure_text bytes;
        lure_text_init(&bytes);
        CHECK_OK(lure_file_read(path_of(names[i]), 1 << 20, &bytes, &err), &err);
        for (size_t n = 0; n < bytes.length; n++) {
            put(names[i], bytes.data, n);
            CHECK_SAY(check() == LURE_SEAL_BROKEN, "%s: cut to %zu bytes", names[i], n);
        }
        lure_text_add_bytes(&bytes, "\0", 1);
        put(names[i], bytes.data, bytes.length);
        CHECK_SAY(check() == LURE_SEAL_BROKEN, "%s: a byte more", names[i]);
        put(names[i], bytes.data, bytes.length - 1);
        lure_text_free(&bytes);
    }
    CHECK_INT(check(), LURE_SEAL_HOLDS);
}

TEST(what_is_missing_and_what_is_too_many_is_found)
{
    make_folder();
    put("best.safetensors", "x", 1);
    CHECK_INT(check(), LURE_SEAL_BROKEN);
    CHECK_CONTAINS(err.text, "best.safetensors is not of this run");
    CHECK(unlink(path_of("best.safetensors")) == 0);
    put("notes.txt", "mine", 4); /* not lure's, nobody's business */
    CHECK_INT(check(), LURE_SEAL_HOLDS);
    CHECK(unlink(path_of("metrics.csv")) == 0);
    CHECK_INT(check(), LURE_SEAL_BROKEN);
    CHECK_CONTAINS(err.text, "metrics.csv is missing");
    CHECK(unlink(path_of("summary.json")) == 0);
    CHECK_INT(check(), LURE_SEAL_ABSENT);
}

TEST(a_summary_of_an_older_lure_has_no_seal)
{
    json_t *document;
    static const char text[] = "{\n  \"outcome\": \"ok\"\n}\n";
    put("summary.json", text, sizeof text - 1);
    CHECK_INT(lure_seal_check(unit_folder(), files, N_FILES, &document, &err), LURE_SEAL_NONE);
    CHECK_TEXT(json_string_value(json_object_get(document, "outcome")), "ok");
    json_decref(document);
}

TEST(two_folders_with_the_same_results_have_the_same_digest)
{
    json_t *a, *b;
    make_folder();
    CHECK_INT(lure_seal_check(unit_folder(), files, N_FILES, &a, &err), LURE_SEAL_HOLDS);
    put("manifest.json", "{\"seed\": 1, \"started\": \"later\"}\n", 32);
    seal();
    CHECK_INT(lure_seal_check(unit_folder(), files, N_FILES, &b, &err), LURE_SEAL_HOLDS);
    CHECK_TEXT(json_string_value(json_object_get(a, "digest")),
               json_string_value(json_object_get(b, "digest")));
    json_decref(b);
    put("metrics.csv", "a,b\n1,2\n3,5\n", 12);
    seal();
    CHECK_INT(lure_seal_check(unit_folder(), files, N_FILES, &b, &err), LURE_SEAL_HOLDS);
    CHECK(strcmp(json_string_value(json_object_get(a, "digest")),
                 json_string_value(json_object_get(b, "digest"))) != 0);
    json_decref(a);
    json_decref(b);
}
