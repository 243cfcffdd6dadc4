/* pattern.h: Lua's patterns, as its manual describes them (Lua 5.4, 6.4.1), matched by our own code: a pattern can
   backtrack for minutes, and in Lua's C code no hook comes there. This matcher looks now and then whether the time
   limit has armed one, and then raises as any other code of the script would, so that no pattern need be refused for
   what it might cost. It holds nothing, so it may raise anywhere. Bytes, in the C locale. Used by library_pattern.c. */
#ifndef LURE_SCRIPT_PATTERN_H
#define LURE_SCRIPT_PATTERN_H

#include <lua.h>
#include <stddef.h>

enum {
    LURE_MOST_CAPTURES = 32,
    LURE_CAPTURE_OPEN = -1, /* lengths of a capture that is not closed yet, and of one that is a position */
    LURE_CAPTURE_POSITION = -2
};

typedef struct lure_matcher {
    lua_State *L; /* for errors */
    const char *subject, *subject_end, *pattern_end;
    int depth, n_captures;
    size_t n_steps; /* since the last look */
    struct {
        const char *start;
        ptrdiff_t length;
    } capture[LURE_MOST_CAPTURES];
} lure_matcher;

void lure_matcher_init(lure_matcher *m, lua_State *L, const char *subject, size_t n_subject,
                       const char *pattern, size_t n_pattern);
/* The end of a match of `pattern` (behind its '^', if it has one) that begins at s, or null; captures in m. [e] */
const char *lure_matcher_match(lure_matcher *m, const char *s, const char *pattern);

#endif
