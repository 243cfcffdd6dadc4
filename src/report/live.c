/* live.c: carriage return, the line, erase to the end of the line, in one write. Reading the clock costs as much as
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
    bool rewrites, shown;
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

void lure_live_show(lure_live *live, const char *line)
{
    if (!live)
        return;
    const double now = lure_clock_seconds();
    if (now < live->next)
        return;
    live->next = now + live->interval;

    lure_text clean, out;
    lure_text_init(&clean);
    lure_text_init(&out);
    lure_display_add(&clean, line);
    if (live->rewrites) {
        /* one column short: a full last column makes some terminals wrap */
        const size_t columns = (size_t)lure_terminal_width(live->borrow_stream) - 1;
        const size_t n = lure_display_cut(clean.data, columns);
        lure_text_add(&out, "\r");
        lure_text_add_bytes(&out, clean.data, n);
        if (n < clean.length && memchr(clean.data, '\033', n))
            lure_text_add(&out, "\033[0m"); /* the cut may have taken the end of a colour */
        lure_text_add(&out, "\033[K");
        live->shown = true;
    } else {
        lure_text_add(&out, clean.data);
        lure_text_add(&out, "\n");
    }
    fwrite(out.data, 1, out.length, live->borrow_stream);
    fflush(live->borrow_stream);
    lure_text_free(&clean);
    lure_text_free(&out);
}

void lure_live_clear(lure_live *live)
{
    if (!live || !live->shown)
        return;
    fputs("\r\033[K", live->borrow_stream);
    fflush(live->borrow_stream);
    live->shown = false;
}

void lure_live_destroy(lure_live *live)
{
    lure_live_clear(live);
    free(live);
}
