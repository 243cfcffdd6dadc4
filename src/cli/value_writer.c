/* value_writer.c: see value_writer.h. */
#include "cli/value_writer.h"

#include "report/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lure_value_writer_begin(lure_value_writer *w, lure_form form, lure_text *text)
{
    *w = (lure_value_writer){.form = form, .borrow_text = text};
    if (form != LURE_FORM_JSON)
        return;
    lure_json_init(&w->json, text);
    lure_json_begin_array(&w->json, NULL);
}

/* Quoted where a comma, a quote or the end of a line would be read otherwise. */
static void add_csv(lure_text *text, const char *cell, size_t n)
{
    if (strcspn(cell, ",\"\r\n") == n && n == strlen(cell)) {
        lure_text_add_bytes(text, cell, n);
        return;
    }
    lure_text_add(text, "\"");
    for (size_t i = 0; i < n; i++)
        lure_text_add_bytes(text, cell[i] == '"' ? "\"\"" : &cell[i], cell[i] == '"' ? 2 : 1);
    lure_text_add(text, "\"");
}

/* What a cell of a table holds is for the eyes: no control character, no end in the middle. */
static void add_cell(lure_value_writer *w, const char *bytes, size_t n, bool right)
{
    char *shown = malloc(8 * n + 1);
    w->failed |= !shown;
    if (!shown)
        return;
    lure_text_visible(bytes, n, shown, 8 * n + 1);
    lure_table_cell(w->table, shown, right);
    free(shown);
}

void lure_value_writer_names(lure_value_writer *w, const char *const *names, size_t n)
{
    w->names = calloc(n + 1, sizeof *w->names);
    w->failed = !w->names;
    for (size_t i = 0; i < n && !w->failed; i++)
        w->failed = !(w->names[i] = strdup(names[i]));
    w->n_names = w->names ? n : 0;
    if (w->form == LURE_FORM_TABLE && !w->failed) {
        w->table = lure_table_create(n);
        w->failed = !w->table;
    }
    for (size_t i = 0; i < n && !w->failed && w->form != LURE_FORM_JSON; i++) {
        if (w->form == LURE_FORM_TABLE) {
            add_cell(w, names[i], strlen(names[i]), false);
            continue;
        }
        lure_text_add(w->borrow_text, i ? "," : "");
        add_csv(w->borrow_text, names[i], strlen(names[i]));
    }
    if (w->form == LURE_FORM_CSV)
        lure_text_add(w->borrow_text, "\n");
}

static const char *value_text(const lure_index_value *v, char number[LURE_NUMBER_SIZE], size_t *n)
{
    switch (v->type) {
    case LURE_INDEX_WHOLE:
        *n = (size_t)snprintf(number, LURE_NUMBER_SIZE, "%lld", (long long)v->whole);
        return number;
    case LURE_INDEX_NUMBER: *n = lure_number_format(v->number, number); return number;
    case LURE_INDEX_STRING:
    case LURE_INDEX_BYTES: *n = v->n; return v->text;
    case LURE_INDEX_NULL: break;
    }
    *n = 0;
    return "";
}

static void add_json(lure_value_writer *w, const char *name, const lure_index_value *v)
{
    switch (v->type) {
    case LURE_INDEX_WHOLE: lure_json_integer(&w->json, name, v->whole); break;
    case LURE_INDEX_NUMBER: lure_json_number(&w->json, name, v->number); break;
    case LURE_INDEX_STRING:
    case LURE_INDEX_BYTES: lure_json_string(&w->json, name, v->text); break;
    case LURE_INDEX_NULL: lure_json_null(&w->json, name); break;
    }
}

void lure_value_writer_row(lure_value_writer *w, const lure_index_value *values)
{
    char number[LURE_NUMBER_SIZE];
    if (w->failed)
        return;
    w->n_rows++;
    if (w->form == LURE_FORM_JSON)
        lure_json_begin_object(&w->json, NULL);
    for (size_t i = 0; i < w->n_names; i++) {
        const lure_index_value *v = &values[i];
        size_t n;
        if (w->form == LURE_FORM_JSON) {
            add_json(w, w->names[i], v);
            continue;
        }
        const char *text = value_text(v, number, &n);
        if (w->form == LURE_FORM_TABLE) {
            add_cell(w, text, n, v->type == LURE_INDEX_WHOLE || v->type == LURE_INDEX_NUMBER);
        } else {
            lure_text_add(w->borrow_text, i ? "," : "");
            add_csv(w->borrow_text, text, n);
        }
    }
    if (w->form == LURE_FORM_JSON)
        lure_json_end_object(&w->json);
    else if (w->form == LURE_FORM_CSV)
        lure_text_add(w->borrow_text, "\n");
}

bool lure_value_writer_end(lure_value_writer *w, bool colour)
{
    if (w->form == LURE_FORM_JSON) {
        lure_json_end_array(&w->json);
        lure_text_add(w->borrow_text, "\n");
    } else if (w->table) {
        lure_table_print(w->table, colour, w->borrow_text);
    }
    lure_table_destroy(w->table);
    for (size_t i = 0; i < w->n_names; i++)
        free(w->names[i]);
    free(w->names);
    return !w->failed && !w->borrow_text->failed;
}
