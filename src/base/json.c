/* json.c: the JSON writer; see json.h. It writes what it is told in the order it is told: that objects get keys,
   that keys differ and that every begin meets its end is the caller's part. */
#include "base/json.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

void lure_json_init(lure_json *json, lure_text *text)
{
    *json = (lure_json){.borrow_text = text, .first = true};
}

/* Length of the UTF-8 sequence at `s`, 0 if there is none: overlong forms, surrogates and what lies beyond U+10FFFF
   are none either (RFC 3629). The terminator ends a sequence like any other wrong byte. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
               : (s[0] & 0xF0) == 0xE0        ? 3
               : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                              : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || outside ? 0 : n;
}

static void quoted(lure_text *text, const char *string)
{
    lure_text_add_bytes(text, "\"", 1);
    const unsigned char *s = (const unsigned char *)string;
    while (*s) {
        size_t n_plain = 0; /* nearly always all of it */
        while (s[n_plain] >= 0x20 && s[n_plain] < 0x80 && s[n_plain] != '"' && s[n_plain] != '\\')
            n_plain++;
        if (n_plain > 0) {
            lure_text_add_bytes(text, (const char *)s, n_plain);
            s += n_plain;
            continue;
        }
        const char *escape = *s == '"'    ? "\\\""
                             : *s == '\\' ? "\\\\"
                             : *s == '\n' ? "\\n"
                             : *s == '\r' ? "\\r"
                             : *s == '\t' ? "\\t"
                                          : NULL;
        size_t n = utf8_length(s);
        if (escape)
            lure_text_add(text, escape);
        else if (*s < 0x20)
            lure_text_addf(text, "\\u%04x", *s);
        else if (n == 0)
            lure_text_add(text, "\xEF\xBF\xBD"); /* U+FFFD */
        else
            lure_text_add_bytes(text, (const char *)s, n);
        s += n == 0 ? 1 : n;
    }
    lure_text_add_bytes(text, "\"", 1);
}

static void new_line(lure_json *json)
{
    lure_text_add_bytes(json->borrow_text, "\n", 1);
    for (int i = 0; i < json->depth; i++)
        lure_text_add_bytes(json->borrow_text, "  ", 2);
}

/* all that stands before a value: the comma, the line, the key */
static void before_value(lure_json *json, const char *key)
{
    if (json->inline_array) {
        if (!json->first)
            lure_text_add(json->borrow_text, ", ");
    } else {
        if (!json->first)
            lure_text_add(json->borrow_text, ",");
        if (json->depth > 0)
            new_line(json);
    }
    json->first = false;
    if (key) {
        quoted(json->borrow_text, key);
        lure_text_add(json->borrow_text, ": ");
    }
}

static void begin(lure_json *json, const char *key, const char *bracket)
{
    before_value(json, key);
    lure_text_add(json->borrow_text, bracket);
    json->depth++;
    json->first = true;
}

static void end(lure_json *json, const char *bracket)
{
    json->depth--;
    if (!json->first && !json->inline_array)
        new_line(json);
    lure_text_add(json->borrow_text, bracket);
    json->first = false; /* the container itself is an item of what surrounds it */
}

void lure_json_begin_object(lure_json *json, const char *key)
{
    begin(json, key, "{");
}
void lure_json_end_object(lure_json *json)
{
    end(json, "}");
}
void lure_json_begin_array(lure_json *json, const char *key)
{
    begin(json, key, "[");
}
void lure_json_end_array(lure_json *json)
{
    end(json, "]");
}

void lure_json_string(lure_json *json, const char *key, const char *value)
{
    if (!value) {
        lure_json_null(json, key);
        return;
    }
    before_value(json, key);
    quoted(json->borrow_text, value);
}

void lure_json_number(lure_json *json, const char *key, double value)
{
    if (!isfinite(value)) {
        lure_json_null(json, key);
        return;
    }
    before_value(json, key);
    lure_text_add_number(json->borrow_text, value);
}

void lure_json_integer(lure_json *json, const char *key, int64_t value)
{
    before_value(json, key);
    lure_text_addf(json->borrow_text, "%" PRId64, value);
}

void lure_json_bool(lure_json *json, const char *key, bool value)
{
    before_value(json, key);
    lure_text_add(json->borrow_text, value ? "true" : "false");
}

void lure_json_null(lure_json *json, const char *key)
{
    before_value(json, key);
    lure_text_add(json->borrow_text, "null");
}

void lure_json_numbers(lure_json *json, const char *key, const double *values, size_t n)
{
    lure_json_begin_array(json, key);
    json->inline_array = true;
    for (size_t i = 0; i < n; i++)
        lure_json_number(json, NULL, values[i]);
    lure_json_end_array(json);
    json->inline_array = false;
}
