/* watch.c: see watch.h. Editors write in many ways: over the old file, which is short or empty for a moment, or beside it and
   then rename. So a file is read when it was the same at two looks, and not at all while it is missing; and what was read
   counts only if the file did not change meanwhile. */
#include "run/watch.h"

#include "base/clock.h"
#include "base/file.h"
#include "run/capture.h"
#include "script/call.h"
#include "script/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECONDS_BETWEEN 0.15

static void tell(const lure_watch *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(const lure_watch *w, const char *format, ...)
{
    const lure_run_options *o = w->borrow_options;
    char text[2600];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (o->tell)
        o->tell(o->tell_data, text);
}

/* ---- one switch ---- */

static int keep_last(lua_State *L)
{
    const lure_watch *w = lua_touserdata(L, 1);
    lure_loader_keep(L, lure_loader_n_records(L), w->scripts, true);
    return 0;
}

/* Of what was loaded last. */
static lure_status write_switch(lua_State *L, lure_watch *w, const lure_script_label *label, const char *from,
                                lure_error *err)
{
    lure_switch one = {.update = w->borrow_rules->borrow_conductor->update,
                       .role = label->role,
                       .name = label->name,
                       .path = label->path};
    snprintf(one.from, sizeof one.from, "%s", from);
    snprintf(one.to, sizeof one.to, "%s", label->sha256);
    lure_status status = lure_call_c(L, keep_last, w, err);
    return status == LURE_OK ? lure_switches_append(w->switches, &one, err) : status;
}

static void note_use(lure_watch *w, lure_role role, const lure_script_label *label)
{
    for (size_t i = 0; i < w->n_files; i++) {
        lure_watched *f = &w->files[i];
        if (f->role != role)
            continue;
        snprintf(f->used, sizeof f->used, "%s", label->sha256);
        snprintf(f->path, sizeof f->path, "%s", label->path);
        f->refused[0] = '\0';
    }
}

/* Bytes and line first, then the rule: what a run used can always be told from its folder. One that is recorded comes from the
   recording, and a run that goes on has written it already. [-0, +0, m] */
static lure_status switch_rule(lua_State *L, lure_watch *w, lure_role role, const char *from,
                               bool is_recorded, lure_script_label *label, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const lure_archive *archive = sandbox->borrow_archive;
    lure_capture *capture = w->borrow_rules->borrow_conductor->borrow_capture;
    size_t n_records = lure_loader_n_records(L);
    if (!is_recorded)
        sandbox->borrow_archive = NULL;
    lure_status status = lure_rules_load(L, w->borrow_rules, role, err);
    sandbox->borrow_archive = archive;
    if (status != LURE_OK)
        return status;
    lure_loader_record(L, lure_loader_n_records(L), label);
    if (!is_recorded || !w->borrow_options->resumes)
        status = write_switch(L, w, label, from, err);
    if (status != LURE_OK) {
        lua_pop(L, 1);
        lure_loader_forget(L, n_records);
        return status;
    }
    if (capture)
        lure_capture_note_rule(L, capture, label->sha256);
    lure_rules_use(L, w->borrow_rules, role);
    note_use(w, role, label);
    w->n_switches++;
    return LURE_OK;
}

/* ---- looking ---- */

static bool take_stamp(const char *path, lure_stamp *out)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return false;
    *out = (lure_stamp){.inode = (uint64_t)facts.st_ino,
                        .size = (uint64_t)facts.st_size,
                        .seconds = (int64_t)facts.st_mtim.tv_sec,
                        .nanoseconds = (int64_t)facts.st_mtim.tv_nsec};
    return true;
}

static bool is_same(const lure_stamp *a, const lure_stamp *b)
{
    return a->inode == b->inode && a->size == b->size && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds;
}

/* Has the file rested, with other bytes than those in use? Their hash. */
static bool find_change(lure_watched *f, char hash[LURE_HASH_SIZE])
{
    enum { MOST_BYTES = 4 << 20 };
    lure_stamp now, after;
    if (!take_stamp(f->path, &now)) {
        f->seen = (lure_stamp){0};
        return false;
    }
    bool has_rested = is_same(&now, &f->seen);
    f->seen = now;
    if (!has_rested || is_same(&now, &f->known))
        return false;
    lure_text bytes;
    lure_text_init(&bytes);
    bool is_read = lure_file_read(f->path, MOST_BYTES, &bytes, NULL) == LURE_OK &&
                   take_stamp(f->path, &after) && is_same(&now, &after);
    if (is_read)
        lure_hash_bytes(bytes.data, bytes.length, hash);
    lure_text_free(&bytes);
    if (!is_read)
        return false;
    f->known = now;
    if (strcmp(hash, f->used) == 0) {
        f->refused[0] = '\0';
        return false;
    }
    return strcmp(hash, f->refused) != 0;
}

static void take_change(lua_State *L, lure_watch *w, lure_watched *f, const char *hash)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    unsigned long long update = w->borrow_rules->borrow_conductor->update;
    const char *role = lure_role_name(f->role);
    lure_script_label label;
    lure_error err;
    snprintf(f->refused, sizeof f->refused, "%s", hash);
    if (!lure_rules_may_change(f->role)) {
        tell(w, "%s changed; the run goes on with the %s it began with: restart it to use the new one",
             f->path, role);
        return;
    }
    lure_status status = switch_rule(L, w, f->role, f->used, false, &label, &err);
    if (status == LURE_ERROR_CANCELLED) {
        sandbox->limit_hit = LURE_ERROR_CANCELLED;
        lure_sandbox_raise_limit(L);
    }
    if (status != LURE_OK) {
        tell(w, "%s\n  the %s in use stays (update %llu)", err.text, role, update);
        return;
    }
    tell(w, "%s: loaded anew, the %s from update %llu on", label.path, role, update);
}

static void look(lua_State *L, lure_watch *w)
{
    double now = lure_clock_seconds();
    if (now - w->looked < SECONDS_BETWEEN)
        return;
    w->looked = now;
    for (size_t i = 0; i < w->n_files; i++) {
        char hash[LURE_HASH_SIZE];
        if (find_change(&w->files[i], hash))
            take_change(L, w, &w->files[i], hash);
    }
}

/* ---- doing it again ---- */

static bool has_more(const lure_watch *w)
{
    const lure_recording *recording = w->borrow_options ? w->borrow_options->recording : NULL;
    return recording && recording->n_switched < recording->n_switches;
}

lure_status lure_watch_catch_up(lua_State *L, lure_watch *w, uint64_t update, lure_error *err)
{
    lure_status status = LURE_OK;
    while (status == LURE_OK && has_more(w)) {
        lure_recording *recording = w->borrow_options->recording;
        const lure_switch *one = &recording->switches[recording->n_switched];
        lure_script_label label;
        lure_role role;
        if (one->update > update)
            break;
        status = lure_recording_switch(recording, &role, err);
        if (status == LURE_OK)
            status = switch_rule(L, w, role, one->from, true, &label, err);
    }
    return status;
}

/* ---- between two updates ---- */

static void come_between(lua_State *L, void *data)
{
    lure_watch *w = data;
    lure_error err;
    if (lure_watch_catch_up(L, w, w->borrow_rules->borrow_conductor->update, &err) != LURE_OK)
        lure_raise(L, &err);
    if (w->borrow_options->watch && !has_more(w))
        look(L, w);
}

/* ---- opening ---- */

/* `known` stays empty: a file that changed since it was loaded is found at the first looks. */
static int note_files(lua_State *L)
{
    lure_watch *w = lua_touserdata(L, 1);
    for (size_t i = 1, n = lure_loader_n_records(L); i <= n && w->n_files < LURE_N_ROLES; i++) {
        lure_watched *f = &w->files[w->n_files++];
        lure_script_label label;
        lure_loader_record(L, i, &label);
        while (f->role < LURE_N_ROLES && strcmp(lure_role_name(f->role), label.role) != 0)
            f->role++;
        snprintf(f->path, sizeof f->path, "%s", label.path);
        snprintf(f->used, sizeof f->used, "%s", label.sha256);
    }
    return 0;
}

lure_status lure_watch_open(lure_watch *w, lure_sandbox *sandbox, lure_rules *rules,
                            const lure_run_options *options, const char *directory, lure_error *err)
{
    lure_conductor *c = rules->borrow_conductor;
    if (!options->watch && !options->recording)
        return LURE_OK;
    *w = (lure_watch){.borrow_rules = rules, .borrow_options = options};
    lure_status status = lure_path_join(directory, "scripts", w->scripts, err);
    if (status == LURE_OK)
        status = lure_path_join(directory, LURE_SWITCHES_NAME, w->switches, err);
    if (options->recording)
        c->most_rows = options->recording->most_rows;
    if (options->watch && status == LURE_OK)
        status = lure_call_c(sandbox->L, note_files, w, err);
    c->boundary = come_between;
    c->boundary_data = w;
    return status;
}
