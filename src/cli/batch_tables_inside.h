/* batch_tables_inside.h: between batch_tables.c, whose tables are of configurations, and batch_effects.c. All append to `text`; where
   there is no memory they set text->failed. Internal to cli/. */
#ifndef LURE_CLI_BATCH_TABLES_INSIDE_H
#define LURE_CLI_BATCH_TABLES_INSIDE_H

#include "cli/batch_tables.h"
#include "report/table.h"

typedef char lure_cell[80];

/* "-" for NaN. */
void lure__batch_number_cell(double value, lure_cell out);
/* A cell of at most `width` columns. */
void lure__batch_add_short(lure_table *table, const char *string, size_t width);
/* A line of its own, in bold but for `after`; a blank one before it where there is text already. */
void lure__batch_add_title(const lure_batch_view *view, const char *before, const char *name,
                           const char *after, lure_text *text);

/* Of one option the table of configurations is all there is to say, but for thirds; of fewer than three configurations, too. */
bool lure__batch_has_effects(const lure_batch_task *task);
/* Of task t: what each varied option explains; nothing where it has none. */
void lure__batch_add_effects(const lure_batch_statistics *s, size_t t, const lure_batch_view *view,
                             lure_text *text);
/* Of all tasks together; s->overall is not null. */
void lure__batch_add_overall(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text);

#endif
