/* test_archive.c: the bytes of scripts in a folder and in a list, and the lines of switches.jsonl. */
#include "store/archive.h"

#include "base/file.h"
#include "store/switches.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static lure_error err;

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

static void write_bytes(const char *path, const char *bytes, const char *mode)
{
    FILE *file = fopen(path, mode);
    CHECK(file && fputs(bytes, file) >= 0 && fclose(file) == 0);
}

TEST(an_archive_gives_back_what_it_keeps)
{
    char folder[512], path[LURE_PATH_SIZE], hash[LURE_HASH_SIZE], other[LURE_HASH_SIZE];
    snprintf(folder, sizeof folder, "%s", in_folder("scripts"));
    lure_hash_bytes("return 1\0", 9, hash); /* bytes, not a string */
    lure_hash_bytes("return 2", 8, other);
    CHECK_OK(lure_archive_keep(folder, "reward", "kind", hash, "return 1\0", 9, false, &err), &err);
    CHECK_OK(lure_archive_keep(folder, "reward", "kind", other, "return 2", 8, true, &err), &err);
    CHECK_OK(lure_archive_path(folder, "reward", "kind", hash, path, &err), &err);
    CHECK_CONTAINS(path, "/scripts/reward.kind.");

    lure_archive archive = {0};
    lure_script_label label = {"reward", "my/kind.lua", "my/kind.lua", hash};
    CHECK_OK(lure_archive_take(&archive, folder, "kind", &label, &err), &err);
    label.sha256 = other;
    CHECK_OK(lure_archive_take(&archive, folder, "kind", &label, &err), &err);
    CHECK_INT((int64_t)archive.n, 1); /* in the first one's place */
    const lure_archived *found = lure_archive_find(&archive, "reward", "my/kind.lua");
    CHECK(found);
    CHECK_TEXT(found->bytes.data, "return 2");
    CHECK(!lure_archive_find(&archive, "schedule", "my/kind.lua"));
    label = (lure_script_label){"schedule", "kind", "my/kind.lua", hash};
    CHECK(lure_archive_take(&archive, folder, "kind", &label, &err) == LURE_ERROR_STORE);
    CHECK_INT((int64_t)archive.n, 1);
    lure_archive_free(&archive);
}

TEST(bytes_that_are_not_those_are_refused_and_replaced)
{
    char folder[512], path[LURE_PATH_SIZE], hash[LURE_HASH_SIZE];
    lure_archive archive = {0};
    struct stat before, after;
    snprintf(folder, sizeof folder, "%s", in_folder("scripts"));
    lure_hash_bytes("return 1", 8, hash);
    const lure_script_label label = {"reward", "kind", "kind.lua", hash};
    CHECK_OK(lure_archive_keep(folder, "reward", "kind", hash, "return 1", 8, false, &err), &err);
    CHECK_OK(lure_archive_path(folder, "reward", "kind", hash, path, &err), &err);
    CHECK(stat(path, &before) == 0);
    CHECK_OK(lure_archive_keep(folder, "reward", "kind", hash, "return 1", 8, false, &err), &err);
    CHECK(stat(path, &after) == 0);
    CHECK(before.st_ino == after.st_ino); /* what is there and right is left alone */

    write_bytes(path, "return", "w");
    CHECK(lure_archive_take(&archive, folder, "kind", &label, &err) == LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "is not what the run loaded: its hash is ");
    CHECK_OK(lure_archive_keep(folder, "reward", "kind", hash, "return 1", 8, false, &err), &err);
    CHECK_OK(lure_archive_take(&archive, folder, "kind", &label, &err), &err);
    lure_archive_free(&archive);
}

TEST(switches_read_back_as_they_were_appended)
{
    lure_switch *switches, one = {.update = 7, .role = "reward", .name = "a \"b\"\n c", .path = "d/e.lua"};
    size_t n;
    const char *path = in_folder(LURE_SWITCHES_NAME);
    memset(one.from, 'a', LURE_HASH_SIZE - 1);
    memset(one.to, 'b', LURE_HASH_SIZE - 1);
    CHECK_OK(lure_switches_read(path, &switches, &n, &err), &err);
    CHECK_INT((int64_t)n, 0);
    CHECK_OK(lure_switches_append(path, &one, &err), &err);
    one.update = 1ull << 52;
    CHECK_OK(lure_switches_append(path, &one, &err), &err);
    write_bytes(path, "{\"update\": 9", "a"); /* killed within a write */
    CHECK_OK(lure_switches_read(path, &switches, &n, &err), &err);
    CHECK_INT((int64_t)n, 2);
    CHECK_INT((int64_t)switches[0].update, 7);
    CHECK_INT((int64_t)switches[1].update, 1ll << 52);
    CHECK_TEXT(switches[0].name, "a \"b\"\n c");
    CHECK_TEXT(switches[0].path, "d/e.lua");
    CHECK_TEXT(switches[1].from, one.from);
    CHECK_TEXT(switches[1].to, one.to);
    lure_switches_free(switches, n);
    CHECK_OK(lure_switches_append(path, &one, &err), &err); /* the torn line is gone */
    CHECK_OK(lure_switches_read(path, &switches, &n, &err), &err);
    CHECK_INT((int64_t)n, 3);
    lure_switches_free(switches, n);
    write_bytes(path, "\n", "a");
    CHECK(lure_switches_read(path, &switches, &n, &err) == LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "line 4 is no switch");
}
