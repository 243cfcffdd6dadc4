/* run_settings.c: see run_settings.h. */
#include "run/run_settings.h"

#include "base/file.h"
#include "store/switches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lure_status lure_run_switches_hash(const char *directory, char out[LURE_HASH_SIZE], lure_error *err)
{
    enum { MOST_BYTES = 64 << 20 };
    char path[LURE_PATH_SIZE];
    *out = '\0';
    lure_status status = lure_path_join(directory, LURE_SWITCHES_NAME, path, err);
    if (status != LURE_OK || !lure_file_exists(path))
        return status;
    lure_text bytes;
    lure_text_init(&bytes);
    status = lure_file_read(path, MOST_BYTES, &bytes, err);
    if (status == LURE_OK && bytes.length > 0)
        lure_hash_bytes(bytes.data, bytes.length, out);
    lure_text_free(&bytes);
    return status;
}

/* A value on one line, as scripts' numbers are told; a string bare at the top. */
static void add_value(lure_text *text, const json_t *value, bool inside)
{
    const char *key, *comma = "";
    json_t *member;
    size_t i;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lure_text_add(text, "{");
        json_object_foreach((json_t *)value, key, member)
        {
            lure_text_addf(text, "%s%s=", comma, key);
            add_value(text, member, true);
            comma = ", ";
        }
        lure_text_add(text, "}");
        break;
    case JSON_ARRAY:
        lure_text_add(text, "{");
        json_array_foreach(value, i, member)
        {
            lure_text_add(text, comma);
            add_value(text, member, true);
            comma = ", ";
        }
        lure_text_add(text, "}");
        break;
    case JSON_STRING: lure_text_addf(text, inside ? "\"%s\"" : "%s", json_string_value(value)); break;
    case JSON_INTEGER: lure_text_addf(text, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: lure_text_add_number(text, json_real_value(value)); break;
    case JSON_TRUE: lure_text_add(text, "true"); break;
    case JSON_FALSE: lure_text_add(text, "false"); break;
    case JSON_NULL: lure_text_add(text, "null"); break;
    }
}

static bool put(json_t *flat, const char *key, const json_t *value)
{
    lure_text text;
    lure_text_init(&text);
    add_value(&text, value, false);
    bool good = !text.failed && json_object_set_new(flat, key, json_string(text.data)) == 0;
    lure_text_free(&text);
    return good;
}

static bool put_members(json_t *flat, const char *prefix, const json_t *object)
{
    const char *key;
    json_t *value;
    bool good = true;
    json_object_foreach((json_t *)object, key, value)
    {
        char name[256];
        snprintf(name, sizeof name, "%s.%s", prefix, key);
        good &= put(flat, name, value);
    }
    return good;
}

/* The name of a role as an experiment writes it: "x", { "x", option = 1 }, a number. Its options come from its script. */
static const json_t *name_of_role(const json_t *value)
{
    return json_is_object(value)  ? json_object_get(value, "1")
           : json_is_array(value) ? json_array_get(value, 0)
                                  : value;
}

static bool is_among(const char *key, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
}

json_t *lure_run_settings(const lure_manifest *m, const char *switches)
{
    static const char *const roles[] = {"environment", "reward", "schedule", "learning_rate", "algorithm"},
                             *const none[] = {"seeds", "limits", "track", "description", "debug_gradients"};
    json_t *flat = json_object(), *value, *script;
    const char *key;
    size_t i;
    if (!flat)
        return NULL;
    bool good = json_object_set_new(flat, "experiment", json_string(m->experiment)) == 0;
    good &=
        json_object_set_new(flat, "result version", json_sprintf("%lld", (long long)m->result_version)) == 0;
    if (*switches)
        good &= json_object_set_new(flat, LURE_SWITCHES_NAME, json_sprintf("%.8s", switches)) == 0;
    json_object_foreach((json_t *)m->options, key, value)
    {
        if (is_among(key, none, sizeof none / sizeof *none))
            continue;
        const json_t *name = is_among(key, roles, sizeof roles / sizeof *roles) ? name_of_role(value) : NULL;
        if (name)
            good &= put(flat, key, name);
        else
            good &= json_is_object(value) ? put_members(flat, key, value) : put(flat, key, value);
    }
    json_array_foreach(m->scripts, i, script)
    {
        const char *role = json_string_value(json_object_get(script, "role"));
        const char *hash = json_string_value(json_object_get(script, "sha256"));
        char name[64];
        if (!role || !hash)
            continue;
        snprintf(name, sizeof name, "%s's file", role);
        good &= json_object_set_new(flat, name, json_sprintf("%.8s", hash)) == 0;
        if (json_is_object(json_object_get(script, "options")))
            good &= put_members(flat, role, json_object_get(script, "options"));
    }
    if (!good) {
        json_decref(flat);
        return NULL;
    }
    return flat;
}
