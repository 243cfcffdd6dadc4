/* scaffold.c: see scaffold.h. */
#include "run/scaffold.h"

#include "base/file.h"
#include "base/json.h"
#include "script/loader.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TEMPLATE_BYTES = 1 << 20, MOST_NAME = 60 };

/* What to type next: an experiment in which the template of the role works as it stands. */
static const char *const uses[LURE_N_ROLES] = {
    [LURE_ROLE_ENVIRONMENT] = "lure run gridworld --set environment=%s --set updates=50",
    [LURE_ROLE_REWARD] = "lure run fry_shacks --set reward=%s",
    [LURE_ROLE_SCHEDULE] = "lure run fry_shacks --set schedule=%s",
    [LURE_ROLE_LEARNING_RATE] = "lure run fry_shacks --set learning_rate=%s",
    [LURE_ROLE_ALGORITHM] = "lure run k_armed_bandit --set algorithm=%s --set updates=100",
    [LURE_ROLE_EXPERIMENT] = "lure run %s",
    [LURE_ROLE_BATCH] = "lure batch %s --dry-run",
};

static lure_status find_role(const char *word, lure_role *out, lure_error *err)
{
    const char *names[LURE_N_ROLES];
    for (int role = 0; role < LURE_N_ROLES; role++) {
        names[role] = lure_role_name((lure_role)role);
        if (strcmp(names[role], word) == 0) {
            *out = (lure_role)role;
            return LURE_OK;
        }
    }
    const char *nearest = lure_text_nearest(word, names, LURE_N_ROLES);
    return lure_fail(
        err, LURE_ERROR_USAGE,
        "there is no role '%s'%s%s%s Roles are environment, reward, schedule, learning_rate, algorithm, "
        "experiment and batch",
        word, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : ".");
}

/* A name must be fit for a file, for --set, where true is no name, and for a learner's eye. */
static lure_status check_name(const char *name, lure_error *err)
{
    static const char *const literals[] = {"true", "false", "nil"};
    bool good = isalpha((unsigned char)name[0]) || name[0] == '_';
    for (size_t i = 0; name[i] && good; i++)
        good = i < MOST_NAME && (isalnum((unsigned char)name[i]) || name[i] == '_');
    for (size_t i = 0; i < 3; i++)
        good &= strcmp(name, literals[i]) != 0;
    if (!good)
        return lure_fail(
            err, LURE_ERROR_USAGE,
            "'%s' cannot be a script's name; expected letters, digits and underscores, not beginning "
            "with a digit, at most %d, like kinder_reward",
            name, MOST_NAME);
    return LURE_OK;
}

static const char *choose_folder(lure_role role, char out[LURE_PATH_SIZE])
{
    const char *folder = lure_role_folder(role);
    snprintf(out, LURE_PATH_SIZE, "scripts/%s", folder);
    if (role == LURE_ROLE_ENVIRONMENT || !lure_folder_exists(out))
        snprintf(out, LURE_PATH_SIZE, "%s", folder);
    return out;
}

/* `folder` is below scripts/templates: "" or "tests/". */
static lure_status read_template(const char *folder, const char *role, const char *name, lure_text *out,
                                 lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text template;
    const char *share = lure_share_folder();
    if (!*share)
        return lure_fail(err, LURE_ERROR_STORE,
                         "the templates were not found beside the program; see lure doctor");
    snprintf(path, sizeof path, "%.3900s/scripts/templates/%s%s.lua", share, folder, role);
    lure_text_init(&template);
    lure_status status = lure_file_read(path, MOST_TEMPLATE_BYTES, &template, err);
    for (const char *at = template.data; status == LURE_OK && *at;) {
        bool in_word = at > template.data && (isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (!in_word && strncmp(at, "NAME", 4) == 0 && !isalnum((unsigned char)at[4]) && at[4] != '_') {
            lure_text_add(out, name);
            at += 4;
        } else {
            lure_text_add_bytes(out, at++, 1);
        }
    }
    lure_text_free(&template);
    if (status == LURE_OK && out->failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the new script");
    return status;
}

/* O_EXCL: nobody's script is ever written over. */
static lure_status write_new(const char *path, const lure_text *text, lure_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST)
        return lure_fail(err, LURE_ERROR_STORE, "%s exists; choose another name, or remove it first", path);
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot make %s: %s", path, strerror(errno));
    ssize_t n = write(file, text->data, text->length);
    int problem = n < 0 ? errno : (size_t)n < text->length ? ENOSPC : 0;
    if (close(file) != 0 && !problem)
        problem = errno;
    if (!problem)
        return LURE_OK;
    unlink(path);
    return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(problem));
}

/* The file of the template, under a name that may be taken. */
static lure_status make_file(const char *folder, const char *file, const lure_text *text,
                             char path[LURE_PATH_SIZE], lure_error *err)
{
    lure_status status = lure_folder_make(folder, err);
    if (status == LURE_OK)
        status = lure_path_join(folder, file, path, err);
    return status == LURE_OK ? write_new(path, text, err) : status;
}

/* Scripts of two roles may have one name; the test of the second says its role. */
static lure_status make_test(const char *role, const char *name, const lure_text *text,
                             char path[LURE_PATH_SIZE], lure_error *err)
{
    char file[128], usual[160];
    snprintf(file, sizeof file, "test_%s.lua", name);
    snprintf(usual, sizeof usual, "tests/%s", file);
    if (lure_file_exists(usual))
        snprintf(file, sizeof file, "test_%s_%s.lua", role, name);
    return make_file("tests", file, text, path, err);
}

lure_status lure_scaffold_make(const char *role_word, const char *name, bool with_test, lure_scaffold *out,
                               lure_error *err)
{
    char folder[LURE_PATH_SIZE], file[80];
    lure_role role = LURE_N_ROLES;
    lure_text text, test;
    *out = (lure_scaffold){0};
    lure_status status = find_role(role_word, &role, err);
    if (status == LURE_OK)
        status = check_name(name, err);
    if (status != LURE_OK)
        return status;
    snprintf(file, sizeof file, "%s.lua", name);
    snprintf(out->use, sizeof out->use, uses[role], name);
    lure_text_init(&text);
    lure_text_init(&test);
    status = read_template("", role_word, name, &text, err);
    if (status == LURE_OK && with_test)
        status = read_template("tests/", role_word, name, &test, err);
    if (status == LURE_OK)
        status = make_file(choose_folder(role, folder), file, &text, out->path, err);
    if (status == LURE_OK && with_test) {
        status = make_test(role_word, name, &test, out->test, err);
        if (status != LURE_OK)
            unlink(out->path); /* made a moment ago, by us */
    }
    lure_text_free(&text);
    lure_text_free(&test);
    return status;
}

lure_status lure_scaffold_editor(lure_scaffold *out, lure_error *err)
{
    static const char file[] = ".luarc.json";
    const char *share = lure_share_folder();
    char annotations[LURE_PATH_SIZE], testing[LURE_PATH_SIZE];
    lure_text text;
    lure_json json;
    *out = (lure_scaffold){0};
    if (!*share)
        return lure_fail(err, LURE_ERROR_STORE,
                         "the annotations were not found beside the program; see lure doctor");
    snprintf(annotations, sizeof annotations, "%.3900s/scripts/annotations", share);
    snprintf(testing, sizeof testing, "%.3900s/scripts/testing", share);
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "runtime.version", "Lua 5.4");
    lure_json_begin_array(&json, "workspace.library");
    lure_json_string(&json, NULL, annotations);
    lure_json_string(&json, NULL, testing);
    lure_json_end_array(&json);
    lure_json_bool(&json, "workspace.checkThirdParty", false);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    snprintf(out->path, sizeof out->path, "%s", file);
    lure_status status;
    if (lure_file_exists(file))
        status = lure_fail(err, LURE_ERROR_STORE, "%s exists; add to its workspace.library: \"%s\", \"%s\"",
                           file, annotations, testing);
    else
        status = write_new(file, &text, err);
    lure_text_free(&text);
    return status;
}
