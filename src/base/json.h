/* json.h: writes JSON (RFC 8259) into a text. Numbers are the shortest text that reads back to the same bits;
   NaN and infinity, which JSON lacks, become null. Strings must be UTF-8: a byte that is not becomes U+FFFD.
   `key` is null inside arrays and for the top value. Two spaces of indentation, short arrays of numbers on a line;
   no newline at the end. */
#ifndef LURE_BASE_JSON_H
#define LURE_BASE_JSON_H

#include "base/text.h"
#include <stdint.h>

typedef struct lure_json {
    lure_text *borrow_text;
    int depth;
    bool first;        /* nothing written yet in the innermost container */
    bool inline_array; /* inside an array of numbers kept on one line */
} lure_json;

void lure_json_init(lure_json *json, lure_text *text);
void lure_json_begin_object(lure_json *json, const char *key);
void lure_json_end_object(lure_json *json);
void lure_json_begin_array(lure_json *json, const char *key);
void lure_json_end_array(lure_json *json);
void lure_json_string(lure_json *json, const char *key, const char *value); /* null value: null */
void lure_json_number(lure_json *json, const char *key, double value);
void lure_json_integer(lure_json *json, const char *key, int64_t value);
void lure_json_bool(lure_json *json, const char *key, bool value);
void lure_json_null(lure_json *json, const char *key);
void lure_json_numbers(lure_json *json, const char *key, const double *values, size_t n); /* one line */

#endif
