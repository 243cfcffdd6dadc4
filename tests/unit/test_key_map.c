/* test_key_map.c: the keys that a person finds for the words of a world. */
#include "report/key_map.h"
#include "unit.h"

static lure_key_map map;

static void make(const char *const *words, size_t n)
{
    lure_key_map_make(words, n, "ruq", &map);
}

TEST(arrows_go_to_words_of_direction)
{
    static const char *const words[] = {"left", "down", "right", "up"};
    make(words, 4);
    CHECK_INT(map.place[LURE_KEY_LEFT], 0);
    CHECK_INT(map.place[LURE_KEY_DOWN], 1);
    CHECK_INT(map.place[LURE_KEY_RIGHT], 2);
    CHECK_INT(map.place[LURE_KEY_UP], 3);
    static const char *const winds[] = {"south", "north", "east", "west", "pickup", "dropoff"};
    make(winds, 6);
    CHECK_INT(map.place[LURE_KEY_LEFT], 3);
    CHECK_INT(map.place[LURE_KEY_DOWN], 0);
    CHECK_INT(map.place[LURE_KEY_RIGHT], 2);
    CHECK_INT(map.place[LURE_KEY_UP], 1);
    CHECK_INT(map.place['p'], 4);
    CHECK_INT(map.place['d'], 5);
}

TEST(a_direction_may_be_part_of_a_word_but_of_one_alone)
{
    static const char *const words[] = {"push_left", "coast", "push_right"};
    make(words, 3);
    CHECK_INT(map.place[LURE_KEY_LEFT], 0);
    CHECK_INT(map.place[LURE_KEY_RIGHT], 2);
    CHECK_INT(map.place[LURE_KEY_DOWN], 1); /* the third */
    CHECK_INT(map.place[LURE_KEY_UP], -1);
    static const char *const twice[] = {"left_foot", "left_hand", "upset", "left"};
    make(twice, 3);
    CHECK_INT(map.place[LURE_KEY_LEFT], -1);
    CHECK_INT(map.place[LURE_KEY_UP], -1); /* "up" is no word of its own there */
    make(twice, 4);
    CHECK_INT(map.place[LURE_KEY_LEFT], 3); /* it is the name itself */
}

TEST(digits_are_places_and_letters_first_letters)
{
    static const char *const words[] = {"stick", "hit", "stand", "queue", "Wait"};
    make(words, 5);
    for (int i = 0; i < 5; i++)
        CHECK_INT(map.place['0' + i], i);
    CHECK_INT(map.place['5'], -1);
    CHECK_INT(map.place['h'], 1);
    CHECK_INT(map.place['s'], -1); /* two begin with it */
    CHECK_INT(map.place['q'], -1); /* reserved */
    CHECK_INT(map.place['w'], 4);
}

TEST(many_words_have_ten_digits)
{
    static const char *const words[] = {"", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    make(words, 12);
    CHECK_INT(map.place['9'], 9);
    CHECK_INT(map.place['k'], 10);
}

TEST(the_keys_of_a_word_are_told)
{
    static const char *const words[] = {"left", "right"};
    lure_text text;
    lure_text_init(&text);
    make(words, 2);
    lure_key_map_tell(&map, 0, &text);
    CHECK_TEXT(text.data, "left arrow, 0, l");
    lure_text_clear(&text);
    lure_key_map_tell(&map, 1, &text);
    CHECK_TEXT(text.data, "right arrow, 1");
    lure_text_free(&text);
}
