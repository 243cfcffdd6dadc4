/* pattern.c: see pattern.h. A match is tried item by item; where an item may repeat, what follows is tried behind each
   count of it, which is the backtracking. Depth of the C stack: the items that may repeat, at most MOST_DEPTH. */
#include "script/pattern.h"

#include "script/sandbox.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

enum {
    MOST_DEPTH = 200,    /* nested calls of match_here: the C stack is finite */
    STEPS_A_LOOK = 4096, /* some microseconds */
};

typedef lure_matcher matcher;

static const char *match_here(matcher *m, const char *s, const char *p);

static inline void count_steps(matcher *m, size_t n)
{
    m->n_steps += n;
    if (m->n_steps >= STEPS_A_LOOK) {
        m->n_steps = 0;
        lure_sandbox_look(m->L);
    }
}

/* ---- one character ---- */

/* Behind the class that begins at p: one character, %x, or [set]. */
static const char *class_end(const matcher *m, const char *p)
{
    char first = *p++;
    if (first == '%') {
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (first != '[')
        return p;
    p += *p == '^';
    do { /* a ] that comes first belongs to the set */
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%' && p < m->pattern_end)
            p++;
    } while (p == m->pattern_end || *p != ']');
    return p + 1;
}

/* %a, %d, ...; a capital letter is the opposite, anything else itself. */
static bool is_of_letter(int c, int letter)
{
    bool is;
    switch (tolower(letter)) {
    case 'a': is = isalpha(c); break;
    case 'c': is = iscntrl(c); break;
    case 'd': is = isdigit(c); break;
    case 'g': is = isgraph(c); break;
    case 'l': is = islower(c); break;
    case 'p': is = ispunct(c); break;
    case 's': is = isspace(c); break;
    case 'u': is = isupper(c); break;
    case 'w': is = isalnum(c); break;
    case 'x': is = isxdigit(c); break;
    case 'z': is = c == 0; break; /* as in Lua 5.1, still there */
    default: return letter == c;
    }
    return isupper(letter) ? !is : is;
}

/* p at '[', last at its ']'. */
static bool is_in_set(int c, const char *p, const char *last)
{
    bool found_means = true;
    if (p[1] == '^') {
        found_means = false;
        p++;
    }
    while (++p < last) {
        if (*p == '%') {
            p++;
            if (is_of_letter(c, (unsigned char)*p))
                return found_means;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return found_means;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return found_means;
        }
    }
    return !found_means;
}

static bool fits(matcher *m, const char *s, const char *p, const char *end)
{
    count_steps(m, 1);
    if (s >= m->subject_end)
        return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return is_of_letter(c, (unsigned char)p[1]);
    case '[': count_steps(m, (size_t)(end - p) / 4); return is_in_set(c, p, end - 1);
    default: return (unsigned char)*p == c;
    }
}

/* ---- repetitions ---- */

/* As many as there are, then fewer until the rest fits. */
static const char *match_most(matcher *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t n = 0;
    while (fits(m, s + n, p, end))
        n++;
    for (; n >= 0; n--) {
        const char *found = match_here(m, s + n, end + 1);
        if (found)
            return found;
    }
    return NULL;
}

static const char *match_fewest(matcher *m, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        const char *found = match_here(m, s, end + 1);
        if (found)
            return found;
        if (!fits(m, s, p, end))
            return NULL;
    }
}

/* ---- captures, %1, %b, %f ---- */

static const char *match_capture(matcher *m, const char *s, const char *rest, ptrdiff_t kind)
{
    if (m->n_captures == LURE_MOST_CAPTURES)
        luaL_error(m->L, "too many captures");
    m->capture[m->n_captures].start = s;
    m->capture[m->n_captures].length = kind;
    m->n_captures++;
    const char *found = match_here(m, s, rest);
    if (!found)
        m->n_captures--;
    return found;
}

static const char *match_capture_end(matcher *m, const char *s, const char *rest)
{
    int i = m->n_captures - 1;
    while (i >= 0 && m->capture[i].length != LURE_CAPTURE_OPEN)
        i--;
    if (i < 0)
        luaL_error(m->L, "invalid pattern capture");
    m->capture[i].length = s - m->capture[i].start;
    const char *found = match_here(m, s, rest);
    if (!found)
        m->capture[i].length = LURE_CAPTURE_OPEN;
    return found;
}

/* %1 to %9: behind what the capture holds, if that is here. */
static const char *skip_repeat(matcher *m, const char *s, char digit)
{
    int i = digit - '1';
    if (i < 0 || i >= m->n_captures || m->capture[i].length == LURE_CAPTURE_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", i + 1);
    ptrdiff_t n = m->capture[i].length;
    if (n < 0 || m->subject_end - s < n)
        return NULL;
    count_steps(m, (size_t)n / 16);
    bool same = memcmp(m->capture[i].start, s, (size_t)n) == 0;
    return same ? s + n : NULL;
}

/* %bxy: behind the y that closes the x here. */
static const char *skip_balance(matcher *m, const char *s, const char *pair)
{
    if (pair + 1 >= m->pattern_end)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->subject_end || *s != pair[0])
        return NULL;
    for (ptrdiff_t depth = 1; ++s < m->subject_end;) {
        count_steps(m, 1);
        if (*s == pair[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == pair[0]) {
            depth++;
        }
    }
    return NULL;
}

/* %f[set]: the character here is in the set and the one before is not; outside the text lies '\0'. */
static bool at_frontier(matcher *m, const char *s, const char *set, const char *end)
{
    int before = s == m->subject ? '\0' : (unsigned char)s[-1];
    int here = s == m->subject_end ? '\0' : (unsigned char)*s;
    return !is_in_set(before, set, end - 1) && is_in_set(here, set, end - 1);
}

/* ---- the whole pattern ---- */

/* A %b, %f or %1 at p: moves both on, or sets *s to null when it does not fit. False: it is none of these. */
static bool match_special(matcher *m, const char **s, const char **p)
{
    char kind = (*p)[1];
    if (kind == 'b') {
        *s = skip_balance(m, *s, *p + 2);
        *p += 4;
    } else if (kind == 'f') {
        const char *set = *p + 2;
        if (*set != '[')
            luaL_error(m->L, "missing '[' after '%%f' in pattern");
        *p = class_end(m, set);
        if (!at_frontier(m, *s, set, *p))
            *s = NULL;
    } else if (isdigit((unsigned char)kind)) {
        *s = skip_repeat(m, *s, kind);
        *p += 2;
    } else {
        return false;
    }
    return true;
}

/* The end of a match of pattern p at s, or null. */
static const char *match_items(matcher *m, const char *s, const char *p)
{
    while (s && p != m->pattern_end) {
        count_steps(m, 1);
        if (*p == '(')
            return p[1] == ')' ? match_capture(m, s, p + 2, LURE_CAPTURE_POSITION)
                               : match_capture(m, s, p + 1, LURE_CAPTURE_OPEN);
        if (*p == ')')
            return match_capture_end(m, s, p + 1);
        if (*p == '$' && p + 1 == m->pattern_end)
            return s == m->subject_end ? s : NULL;
        if (*p == '%' && p + 1 < m->pattern_end && match_special(m, &s, &p))
            continue;
        const char *end = class_end(m, p);
        if (*end == '*')
            return match_most(m, s, p, end);
        if (*end == '-')
            return match_fewest(m, s, p, end);
        bool fitting = fits(m, s, p, end);
        if (*end == '+')
            return fitting ? match_most(m, s + 1, p, end) : NULL;
        if (*end == '?') {
            const char *found = fitting ? match_here(m, s + 1, end + 1) : NULL;
            if (found)
                return found;
            p = end + 1;
            continue;
        }
        if (!fitting)
            return NULL;
        s++;
        p = end;
    }
    return s;
}

static const char *match_here(matcher *m, const char *s, const char *p)
{
    if (m->depth == MOST_DEPTH)
        luaL_error(m->L, "pattern too complex");
    m->depth++;
    const char *end = match_items(m, s, p);
    m->depth--;
    return end;
}

const char *lure_matcher_match(lure_matcher *m, const char *s, const char *pattern)
{
    m->n_captures = 0;
    m->depth = 0;
    return match_here(m, s, pattern);
}

void lure_matcher_init(lure_matcher *m, lua_State *L, const char *subject, size_t n_subject,
                       const char *pattern, size_t n_pattern)
{
    m->L = L;
    m->subject = subject;
    m->subject_end = subject + n_subject;
    m->pattern_end = pattern + n_pattern;
    m->n_steps = 0;
}
