/* test_bytes.c: what was added comes back; what is cut off gives zeros and is remembered. */
#include "base/bytes.h"

#include "unit.h"

#include <math.h>
#include <string.h>

static void fill(lure_text *text)
{
    lure_text_init(text);
    lure_bytes_add_u8(text, 200);
    lure_bytes_add_u32(text, 0xdeadbeef);
    lure_bytes_add_u64(text, UINT64_MAX - 1);
    lure_bytes_add_double(text, -0.0);
    lure_bytes_add_block(text, "a\0b", 3);
    lure_bytes_add_block(text, NULL, 0);
    CHECK(!text->failed);
}

TEST(what_was_added_comes_back)
{
    lure_text text;
    char block[3];
    size_t n;
    fill(&text);
    lure_bytes in = {.data = text.data, .length = text.length};
    CHECK_INT(lure_bytes_u8(&in), 200);
    CHECK_WORD(lure_bytes_u32(&in), 0xdeadbeef);
    CHECK_WORD(lure_bytes_u64(&in), UINT64_MAX - 1);
    CHECK_REAL(lure_bytes_double(&in), -0.0);
    lure_bytes_copy_block(&in, block, sizeof block);
    CHECK(memcmp(block, "a\0b", 3) == 0);
    CHECK(lure_bytes_block(&in, &n) != NULL);
    CHECK_INT((int64_t)n, 0);
    CHECK(!in.failed);
    CHECK_INT((int64_t)in.at, (int64_t)text.length);
    lure_text_free(&text);
}

TEST(wherever_it_is_cut_off_it_is_noticed)
{
    lure_text text;
    fill(&text);
    for (size_t length = 0; length < text.length; length++) {
        char block[3] = "";
        size_t n;
        lure_bytes in = {.data = text.data, .length = length};
        (void)lure_bytes_u8(&in);
        (void)lure_bytes_u32(&in);
        (void)lure_bytes_u64(&in);
        (void)lure_bytes_double(&in);
        lure_bytes_copy_block(&in, block, sizeof block);
        (void)lure_bytes_block(&in, &n);
        CHECK_SAY(in.failed, "cut off at %zu of %zu", length, text.length);
        CHECK(in.at <= length);
        CHECK_INT((int64_t)lure_bytes_u64(&in), 0);
    }
    lure_text_free(&text);
}

TEST(a_block_of_another_length_does_not_fit)
{
    lure_text text;
    char block[8] = "";
    lure_text_init(&text);
    lure_bytes_add_block(&text, "abc", 3);
    lure_bytes in = {.data = text.data, .length = text.length};
    lure_bytes_copy_block(&in, block, 4);
    CHECK(in.failed);
    CHECK_TEXT(block, "");
    lure_text_free(&text);
}

TEST(a_length_beyond_all_bytes_is_noticed)
{
    lure_text text;
    size_t n;
    lure_text_init(&text);
    lure_bytes_add_u64(&text, UINT64_MAX);
    lure_bytes in = {.data = text.data, .length = text.length};
    CHECK(lure_bytes_block(&in, &n) == NULL);
    CHECK(in.failed);
    CHECK_INT((int64_t)n, 0);
    lure_text_free(&text);
}
