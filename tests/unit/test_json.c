/* test_json.c: the writer's documents, letter by letter. */
#include "base/json.h"
#include "unit.h"
#include <math.h>

/* one string as the top value */
static const char *written(lure_text *text, const char *string)
{
    lure_json json;
    lure_text_clear(text);
    lure_json_init(&json, text);
    lure_json_string(&json, NULL, string);
    return text->data;
}

TEST(a_document_is_indented_by_two)
{
    lure_text text;
    lure_text_init(&text);
    lure_json json;
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "name", "fry_shacks");
    lure_json_integer(&json, "seed", INT64_MIN);
    lure_json_begin_object(&json, "empty");
    lure_json_end_object(&json);
    lure_json_begin_array(&json, "runs");
    lure_json_begin_object(&json, NULL);
    lure_json_bool(&json, "done", true);
    lure_json_null(&json, "error");
    lure_json_end_object(&json);
    lure_json_begin_array(&json, NULL);
    lure_json_end_array(&json);
    lure_json_bool(&json, NULL, false);
    lure_json_string(&json, NULL, NULL);
    lure_json_end_array(&json);
    const double values[] = {1, 0.5, -1e-7, NAN};
    lure_json_numbers(&json, "returns", values, 4);
    lure_json_numbers(&json, "none", NULL, 0);
    lure_json_number(&json, "rate", 0.1);
    lure_json_end_object(&json);
    CHECK_TEXT(text.data, "{\n"
                          "  \"name\": \"fry_shacks\",\n"
                          "  \"seed\": -9223372036854775808,\n"
                          "  \"empty\": {},\n"
                          "  \"runs\": [\n"
                          "    {\n"
                          "      \"done\": true,\n"
                          "      \"error\": null\n"
                          "    },\n"
                          "    [],\n"
                          "    false,\n"
                          "    null\n"
                          "  ],\n"
                          "  \"returns\": [1, 0.5, -1e-07, null],\n"
                          "  \"none\": [],\n"
                          "  \"rate\": 0.1\n"
                          "}");
    lure_text_free(&text);
}

TEST(numbers_are_shortest_and_never_nan)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0.1, "0.1"},       {-0.0, "-0"},  {1e300, "1e+300"},   {5e-324, "5e-324"},
                {INFINITY, "null"}, {NAN, "null"}, {-INFINITY, "null"}, {12, "12"}};
    lure_text text;
    lure_text_init(&text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lure_json json;
        lure_text_clear(&text);
        lure_json_init(&json, &text);
        lure_json_number(&json, NULL, rows[i].value);
        CHECK_TEXT(text.data, rows[i].text);
    }
    lure_text_free(&text);
}

TEST(strings_are_escaped)
{
    lure_text text;
    lure_text_init(&text);
    CHECK_TEXT(written(&text, ""), "\"\"");
    CHECK_TEXT(written(&text, "a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    CHECK_TEXT(written(&text, "\n\r\t\x01\x1f\x7f"), "\"\\n\\r\\t\\u0001\\u001f\x7f\"");
    lure_json json;
    lure_text_clear(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_bool(&json, "a \"key\"", true);
    lure_json_end_object(&json);
    CHECK_TEXT(text.data, "{\n  \"a \\\"key\\\"\": true\n}");
    lure_text_free(&text);
}

TEST(utf8_passes_and_what_is_not_becomes_ufffd)
{
#define BAD "\xEF\xBF\xBD"
    static const struct {
        const char *raw, *shown;
    } rows[] = {
        {"\xC2\x80\xDF\xBF", "\xC2\x80\xDF\xBF"},                 /* first and last of two bytes */
        {"\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF"}, /* of three */
        {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"}, /* of four */
        {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},                 /* around the surrogates */
        {"a\x80z", "a" BAD "z"},                                                  /* continues nothing */
        {"\xC0\x80", BAD BAD},                                                    /* overlong */
        {"\xC1\xBF", BAD BAD},
        {"\xE0\x9F\xBF", BAD BAD BAD},
        {"\xF0\x8F\xBF\xBF", BAD BAD BAD BAD},
        {"\xED\xA0\x80", BAD BAD BAD},         /* a surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD}, /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", BAD BAD BAD BAD},
        {"\xC3", BAD}, /* cut short */
        {"\xE2\x82", BAD BAD},
        {"\xE2\x82\"", BAD BAD "\\\""},
        {"\xF0\x9F\x98", BAD BAD BAD},
        {"\xFF\xFE", BAD BAD},
    };
    lure_text text;
    lure_text_init(&text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[64];
        char *at = expected;
        *at++ = '"';
        for (const char *s = rows[i].shown; *s; s++)
            *at++ = *s;
        *at++ = '"';
        *at = '\0';
        CHECK_TEXT(written(&text, rows[i].raw), expected);
    }
    lure_text_free(&text);
}
