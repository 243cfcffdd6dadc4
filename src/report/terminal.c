/* terminal.c: questions to the environment and the stream, and texts for a person. Width follows the ranges of
   Unicode 15's EastAsianWidth.txt in coarse blocks: the C library's wcwidth depends on a locale that a host
   engine must not set, because it would change how scripts and files read numbers. */
#include "report/terminal.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool terminal_is_capable(void)
{
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0;
}

bool lure_terminal_is_live(FILE *stream)
{
    return isatty(fileno(stream)) && terminal_is_capable();
}

bool lure_terminal_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    return !(no_color && *no_color) && lure_terminal_is_live(stream);
}

bool lure_terminal_utf8(void)
{
    /* the order in which the C library looks: the first that is set and not empty decides alone */
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        const char *charset = strchr(value, '.');
        return charset && (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}

int lure_terminal_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < 40 ? 40 : size.ws_col;
}

int lure_terminal_height(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
        return 24;
    return size.ws_row < 2 ? 2 : size.ws_row;
}

void lure_terminal_style(lure_text *text, bool colour, lure_style style, const char *string)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[36m"};
    const bool styled = colour && style != LURE_STYLE_PLAIN && *string;
    if (styled)
        lure_text_add(text, codes[style]);
    lure_text_add(text, string);
    if (styled)
        lure_text_add(text, "\033[0m");
}

/* Length of a colour sequence (ESC [ digits and semicolons m) at `s`, 0 if there is none. */
static size_t colour_sequence(const char *s)
{
    if (s[0] != '\033' || s[1] != '[')
        return 0;
    size_t n = 2;
    while (isdigit((unsigned char)s[n]) || s[n] == ';')
        n++;
    return s[n] == 'm' ? n + 1 : 0;
}

/* Reads one UTF-8 character; returns its bytes. What is no UTF-8 (stray, cut short, overlong, surrogate) counts as
   one byte, U+FFFD. */
static size_t character(const char *s, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)s[0];
    *point = first;
    if (first < 0x80)
        return 1;
    size_t n = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : 2;
    *point = first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        const unsigned char next =
            (unsigned char)s[i]; /* the terminating zero fails the test: never read past it */
        if ((next & 0xc0) != 0x80) {
            *point = 0xfffd;
            return 1;
        }
        *point = *point << 6 | (next & 0x3f);
    }
    if (first < 0xc2 || first > 0xf4 || *point < least[n] || *point > 0x10ffff || (*point >> 11) == 0x1b) {
        *point = 0xfffd;
        return 1;
    }
    return n;
}

static size_t character_width(uint32_t c)
{
    typedef struct range {
        uint32_t first, last;
    } range;
    static const range none[] = {
        {0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    static const range two[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                                {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                                {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
                                {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (c >= none[i].first && c <= none[i].last)
            return 0;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (c >= two[i].first && c <= two[i].last)
            return 2;
    return 1;
}

/* Walks over what fits into `columns`; returns bytes, *width the columns they take. */
static size_t walk(const char *string, size_t columns, size_t *width)
{
    size_t at = 0, taken = 0;
    while (string[at]) {
        size_t step = colour_sequence(string + at), wide = 0;
        if (step == 0) {
            uint32_t point;
            step = character(string + at, &point);
            wide = character_width(point);
        }
        if (taken + wide > columns)
            break;
        at += step;
        taken += wide;
    }
    *width = taken;
    return at;
}

size_t lure_display_width(const char *string)
{
    size_t width;
    walk(string, SIZE_MAX / 2, &width);
    return width;
}

size_t lure_display_cut(const char *string, size_t columns)
{
    size_t width;
    return walk(string, columns, &width);
}

void lure_display_add(lure_text *text, const char *string)
{
    while (*string) {
        size_t step = colour_sequence(string);
        uint32_t point = 'x';
        if (step == 0)
            step = character(string, &point);
        if (point < 0x20 || (point >= 0x7f && point < 0xa0))
            lure_text_add_bytes(text, " ", 1);
        else if (point == 0xfffd)
            lure_text_add_bytes(text, "?", 1);
        else
            lure_text_add_bytes(text, string, step);
        string += step;
    }
}

void lure_duration_text(double seconds, char out[32])
{
    if (!isfinite(seconds) || seconds < 0)
        snprintf(out, 32, "-");
    else if (seconds < 0.0995) /* each bound is where rounding reaches the next unit: never "60.0 s" */
        snprintf(out, 32, "%.0f ms", seconds * 1000);
    else if (seconds < 59.95)
        snprintf(out, 32, "%.1f s", seconds);
    else if (seconds < 3599.5) {
        const int whole = (int)(seconds + 0.5);
        snprintf(out, 32, "%d min %02d s", whole / 60, whole % 60);
    } else if (seconds < 3.6e9) {
        const int64_t minutes = (int64_t)(seconds / 60 + 0.5);
        snprintf(out, 32, "%lld h %02lld min", (long long)(minutes / 60), (long long)(minutes % 60));
    } else
        snprintf(out, 32, "%.3g h", seconds / 3600);
}

/* Commas between groups of three digits of the whole part; texts with an exponent stay as they are. */
static void group_digits(const char *plain, char out[32])
{
    const size_t sign = plain[0] == '-';
    const size_t digits = strspn(plain + sign, "0123456789");
    size_t at = 0;
    if (strchr(plain, 'e') || digits < 4) {
        snprintf(out, 32, "%s", plain);
        return;
    }
    for (size_t i = 0; plain[i] && at < 30; i++) {
        if (i > sign && i < sign + digits && (sign + digits - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
}

void lure_value_text(double value, char out[32])
{
    char plain[32];
    const double size = fabs(value);
    if (isnan(value))
        snprintf(plain, sizeof plain, "nan");
    else if (isinf(value))
        snprintf(plain, sizeof plain, value < 0 ? "-inf" : "inf");
    else if (value == 0)
        snprintf(plain, sizeof plain, "0"); /* also for -0 */
    else if (size < 1e15 && value == floor(value))
        snprintf(plain, sizeof plain, "%.0f", value);
    else if (size < 999.95 || size >= 999999.5)
        snprintf(plain, sizeof plain, "%.4g", value);
    else {
        snprintf(plain, sizeof plain, size < 99999.95 ? "%.1f" : "%.0f", value);
        char *zero = strstr(plain, ".0");
        if (zero)
            *zero = '\0';
    }
    group_digits(plain, out);
}
