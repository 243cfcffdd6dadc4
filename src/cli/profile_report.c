/* profile_report.c: see profile_report.h. Lines below a five-hundredth of the time are left out: a handful of samples says little. */
#include "cli/profile_report.h"

#include "report/table.h"
#include "report/terminal.h"

enum { MOST_LINES = 20 };

static void add_share(lure_table *table, uint64_t samples, const lure_profile *p)
{
    char text[32];
    snprintf(text, sizeof text, "%.1f %%", 100.0 * (double)samples / (double)p->samples);
    lure_table_cell(table, text, true);
}

static void add_parts(lure_text *text, const lure_profile *p, bool colour)
{
    lure_table *table = lure_table_create(3);
    if (!table)
        return;
    lure_table_cell(table, "part", false);
    lure_table_cell(table, "time", true);
    lure_table_cell(table, "what", false);
    for (size_t i = 0; i < LURE_N_TIMES; i++) {
        if (!p->parts[i])
            continue;
        lure_table_cell(table, lure_time_part_name((lure_time_part)i), false);
        add_share(table, p->parts[i], p);
        lure_table_cell(table, lure_time_part_meaning((lure_time_part)i), false);
    }
    lure_table_print(table, colour, text);
    lure_table_destroy(table);
}

static void add_lines(lure_text *text, const lure_profile *p, bool colour)
{
    lure_table *table = lure_table_create(2);
    if (!table)
        return;
    lure_table_cell(table, "line", false);
    lure_table_cell(table, "time", true);
    for (size_t i = 0; i < p->n_lines && i < MOST_LINES; i++) {
        if (i > 0 && p->lines[i].samples * 500 < p->samples)
            break;
        lure_table_cell(table, p->lines[i].place, false);
        add_share(table, p->lines[i].samples, p);
    }
    lure_table_print(table, colour, text);
    lure_table_destroy(table);
}

void lure_profile_report(const lure_profile *p, FILE *stream)
{
    bool colour = lure_terminal_colour(stream);
    lure_text text;
    lure_text_init(&text);
    lure_text_addf(&text, "\nprofile, %llu samples\n\n", (unsigned long long)p->samples);
    add_parts(&text, p, colour);
    lure_text_add(&text, "\n");
    add_lines(&text, p, colour);
    if (!text.failed)
        fputs(text.data, stream);
    lure_text_free(&text);
}
