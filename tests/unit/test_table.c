/* test_table.c: tables as pictures in the source. */
#include "report/table.h"

#include "unit.h"

static void check_table(const char *const *cells, size_t n_columns, size_t n, const char *expected)
{
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(n_columns);
    for (size_t i = 0; i < n; i++)
        lure_table_cell(table, cells[i], i % n_columns == 1);
    lure_table_print(table, false, &text);
    lure_table_destroy(table);
    CHECK(!text.failed);
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
}

TEST(a_table_is_padded_to_its_columns)
{
    const char *cells[] = {"run", "return", "note",   "fry_shacks", "0.924",
                           "",    "größe",  "-10.02", "two\nlines"};
    check_table(cells, 3, 9,
                "run         return  note\n"
                "----------  ------  ---------\n"
                "fry_shacks   0.924\n"
                "größe       -10.02  two lines\n");
}

TEST(a_table_may_lack_cells)
{
    const char *cells[] = {"a", "", "c", "1", "22", "", "", "", "3", "4"};
    check_table(cells, 3, 10,
                "a      c\n"
                "-  --  -\n"
                "1  22\n"
                "       3\n"
                "4\n");
    check_table(NULL, 2, 0, "");
    lure_table_destroy(NULL);
}

TEST(a_column_of_nothing_has_no_rule)
{
    const char *cells[] = {"a", "b", "", "1", "2", ""};
    check_table(cells, 3, 6,
                "a  b\n"
                "-  -\n"
                "1  2\n");
}

TEST(a_coloured_table_has_the_same_columns)
{
    const char *cells[] = {"name", "n", "\033[32mok\033[0m", "17"};
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(2);
    for (size_t i = 0; i < 4; i++)
        lure_table_cell(table, cells[i], i % 2 == 1);
    lure_table_print(table, true, &text);
    lure_table_destroy(table);
    CHECK_TEXT(text.data,
               "\033[1mname\033[0m   \033[1mn\033[0m\n\033[2m----  --\033[0m\n\033[32mok\033[0m    17\n");
    lure_text_free(&text);
}

TEST(a_long_table_keeps_every_row)
{
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(1);
    for (int i = 0; i < 1000; i++)
        lure_table_cell(table, "x", false);
    lure_table_print(table, false, &text);
    lure_table_destroy(table);
    CHECK_INT((int64_t)text.length, 2 * 1001);
    lure_text_free(&text);
}
