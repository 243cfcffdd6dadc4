/* table.c: cells are kept in one text, each with its end, and measured when they come; printing only pads. */
#include "report/table.h"

#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>

typedef struct cell {
    size_t begin; /* in the text of all cells, each ended by a zero */
    size_t width; /* columns */
    bool right;
} cell;

struct lure_table {
    size_t n_columns, n_cells, capacity;
    cell *cells;
    lure_text texts;
    bool failed;
    size_t widths[]; /* (column) */
};

lure_table *lure_table_create(size_t n_columns)
{
    lure_table *table = calloc(1, sizeof *table + n_columns * sizeof table->widths[0]);
    if (!table)
        return NULL;
    table->n_columns = n_columns;
    lure_text_init(&table->texts);
    return table;
}

void lure_table_cell(lure_table *table, const char *text, bool right)
{
    if (table->n_cells == table->capacity) {
        const size_t capacity = table->capacity ? 2 * table->capacity : 64;
        cell *grown = realloc(table->cells, capacity * sizeof *grown);
        if (!grown) {
            table->failed = true;
            return;
        }
        table->cells = grown;
        table->capacity = capacity;
    }
    const size_t begin = table->texts.length;
    lure_display_add(&table->texts, text);
    lure_text_add_bytes(&table->texts, "", 1);
    if (table->texts.failed) { /* what it holds may lack an end: no cell may point there */
        table->failed = true;
        return;
    }
    const size_t width = lure_display_width(table->texts.data + begin);
    const size_t column = table->n_cells % table->n_columns;
    table->cells[table->n_cells++] = (cell){begin, width, right};
    if (width > table->widths[column])
        table->widths[column] = width;
}

static void add_times(lure_text *text, char character, size_t n)
{
    for (size_t i = 0; i < n; i++)
        lure_text_add_bytes(text, &character, 1);
}

/* Gaps are owed, not written, until something visible follows: that keeps line ends clean. */
static void print_row(const lure_table *table, size_t first, bool bold, lure_text *text)
{
    size_t owed = 0;
    for (size_t column = 0; column < table->n_columns && first + column < table->n_cells; column++) {
        const cell *c = &table->cells[first + column];
        const size_t pad = table->widths[column] - c->width;
        if (c->width > 0) {
            add_times(text, ' ', owed + (c->right ? pad : 0));
            lure_terminal_style(text, bold, LURE_STYLE_BOLD, table->texts.data + c->begin);
            owed = c->right ? 2 : pad + 2;
        } else
            owed += table->widths[column] + 2;
    }
    add_times(text, '\n', 1);
}

void lure_table_print(const lure_table *table, bool colour, lure_text *text)
{
    if (table->failed)
        text->failed = true;
    for (size_t first = 0; first < table->n_cells; first += table->n_columns) {
        print_row(table, first, colour && first == 0, text);
        if (first > 0)
            continue;
        lure_text rule;
        lure_text_init(&rule);
        for (size_t column = 0; column < table->n_columns; column++) {
            add_times(&rule, ' ', column && table->widths[column] ? 2 : 0); /* nothing in it: no rule */
            add_times(&rule, '-', table->widths[column]);
        }
        lure_terminal_style(text, colour, LURE_STYLE_DIM, rule.data);
        lure_text_add(text, "\n");
        lure_text_free(&rule);
    }
}

void lure_table_destroy(lure_table *table)
{
    if (!table)
        return;
    lure_text_free(&table->texts);
    free(table->cells);
    free(table);
}
