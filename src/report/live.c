/* live.c: carriage return, up to the first line, each line and erase to its end, in one write. Reading the clock costs as much as
   a small update does, so while calls come faster than a millisecond per sixteen, only each sixteenth looks at it. */
#include "report/live.h"

#include "base/clock.h"
#include "base/text.h"
#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>

enum { SKIP_MOST = 16 };

struct lure_live {
    FILE *borrow_stream;
    bool rewrites;
    size_t n_shown;   /* lines, with the cursor in the last */
    double interval;  /* seconds between lines */
    double next;      /* clock time of the next line */
    double looked_at; /* when the clock was last read */
    int skip, n_skipped;
};

lure_live *lure_live_create(FILE *stream, double plain_seconds)
{
    lure_live *live = calloc(1, sizeof *live);
    if (!live)
        return NULL;
    live->borrow_stream = stream;
    live->rewrites = lure_terminal_is_live(stream);
    live->interval = live->rewrites ? 0.1 : plain_seconds;
    live->looked_at = lure_clock_seconds();
    live->next = live->rewrites ? live->looked_at : live->looked_at + plain_seconds;
    return live;
}

bool lure_live_due(lure_live *live)
{
    if (!live || live->n_skipped++ < live->skip)
        return false;
    const double now = lure_clock_seconds();
    live->skip = now - live->looked_at < 1e-3 ? SKIP_MOST - 1 : 0;
    live->n_skipped = 0;
    live->looked_at = now;
    return now >= live->next;
}

/* To where the first line begins. */
static void add_way_back(lure_text *out, size_t n_shown)
{
    lure_text_add(out, "\r");
    if (n_shown > 1)
        lure_text_addf(out, "\033[%zuA", n_shown - 1);
}

static void add_line(lure_text *out, const char *line, size_t columns)
{
    lure_text clean;
    lure_text_init(&clean);
    lure_display_add(&clean, line);
    const size_t n = lure_display_cut(clean.data, columns);
    lure_text_add_bytes(out, clean.data, n);
    if (n < clean.length && memchr(clean.data, '\033', n))
        lure_text_add(out, "\033[0m"); /* the cut may have taken the end of a colour */
    lure_text_free(&clean);
}

void lure_live_show_lines(lure_live *live, const char *const *lines, size_t n)
{
    if (!live || n == 0)
        return;
    const double now = lure_clock_seconds();
    if (now < live->next)
        return;
    live->next = now + live->interval;

    lure_text out;
    lure_text_init(&out);
    if (live->rewrites) {
        /* one column short: a full last column makes some terminals wrap; one row short: nothing scrolls */
        const size_t columns = (size_t)lure_terminal_width(live->borrow_stream) - 1,
                     rows = (size_t)lure_terminal_height(live->borrow_stream) - 1;
        n = n < rows ? n : rows;
        add_way_back(&out, live->n_shown);
        for (size_t i = 0; i < n; i++) {
            add_line(&out, lines[i], columns);
            lure_text_add(&out, i + 1 < n ? "\033[K\n" : "\033[K");
        }
        if (n < live->n_shown)
            lure_text_add(&out, "\033[J");
        live->n_shown = n;
    } else {
        lure_display_add(&out, lines[0]);
        lure_text_add(&out, "\n");
    }
    fwrite(out.data, 1, out.length, live->borrow_stream);
    fflush(live->borrow_stream);
    lure_text_free(&out);
}

void lure_live_show(lure_live *live, const char *line)
{
    lure_live_show_lines(live, &line, 1);
}

void lure_live_clear(lure_live *live)
{
    if (!live || !live->n_shown)
        return;
    lure_text out;
    lure_text_init(&out);
    add_way_back(&out, live->n_shown);
    lure_text_add(&out, live->n_shown > 1 ? "\033[J" : "\033[K");
    fwrite(out.data, 1, out.length, live->borrow_stream);
    fflush(live->borrow_stream);
    lure_text_free(&out);
    live->n_shown = 0;
}

void lure_live_destroy(lure_live *live)
{
    lure_live_clear(live);
    free(live);
}
