/* profile.c: see profile.h. The signal's handler adds to counters and asks for a hook, which Lua allows in signal context; names
   of lines are looked at outside it. */
#include "script/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    INTERVAL_NS =
        997000,       /* a prime number of microseconds: no beat with what a script does every millisecond */
    MOST_LINES = 1024 /* a power of two; what is beyond counts as one line */
};

typedef struct slot {
    char file[LUA_IDSIZE];
    int line; /* 0: empty */
    uint64_t samples;
} slot;

static struct {
    lure_sandbox *volatile sandbox; /* null: none runs */
    lure_profile *profile;
    slot *slots; /* (MOST_LINES) by hash */
    size_t n_slots;
    uint64_t elsewhere;
    timer_t timer;
    struct sigaction before;
} running;

static const struct {
    const char *name, *meaning;
} parts[LURE_N_TIMES] = {
    [LURE_TIME_STEP] = {"step", "the environment's step, what it shows, what is legal"},
    [LURE_TIME_REWARD] = {"reward", "the reward"},
    [LURE_TIME_RESET] = {"reset", "the environment's reset"},
    [LURE_TIME_SCHEDULE] = {"schedule", "the schedule"},
    [LURE_TIME_COLLECT] = {"collect", "keeping rows, normalising"},
    [LURE_TIME_FORWARD] = {"forward", "the policy, acting or evaluated outside of differentiate"},
    [LURE_TIME_GRADIENT] = {"gradient", "policy:gradient, differentiate with its function"},
    [LURE_TIME_OPTIMIZER] = {"optimizer", "optimizer:step"},
    [LURE_TIME_ALGORITHM] = {"algorithm", "the rest of the algorithm, and the learning-rate rule"},
    [LURE_TIME_LOG] = {"log", "run:log"},
    [LURE_TIME_EVALUATION] = {"evaluation", "run:evaluate, and evaluations between updates"}};

const char *lure_time_part_name(lure_time_part part)
{
    return parts[part].name;
}

const char *lure_time_part_meaning(lure_time_part part)
{
    return parts[part].meaning;
}

lure_time_part lure_time_part_of(const lure_sandbox *sandbox)
{
    static const lure_time_part of_work[] = {[LURE_WORK_COLLECT] = LURE_TIME_COLLECT,
                                             [LURE_WORK_FORWARD] = LURE_TIME_FORWARD,
                                             [LURE_WORK_GRADIENT] = LURE_TIME_GRADIENT,
                                             [LURE_WORK_OPTIMIZER] = LURE_TIME_OPTIMIZER,
                                             [LURE_WORK_LOG] = LURE_TIME_LOG};
    const char *role = sandbox->context.role;
    if (sandbox->is_evaluating)
        return LURE_TIME_EVALUATION;
    if (sandbox->work != LURE_WORK_SCRIPT)
        return of_work[sandbox->work];
    if (role && strcmp(role, "reward") == 0)
        return LURE_TIME_REWARD;
    if (role && strcmp(role, "schedule") == 0)
        return LURE_TIME_SCHEDULE;
    if (role && strcmp(role, "environment") == 0)
        return sandbox->context.step == 0 ? LURE_TIME_RESET : LURE_TIME_STEP;
    return LURE_TIME_ALGORITHM;
}

/* ---- lines ---- */

static slot *find_slot(const char *file, int line)
{
    uint32_t hash = (uint32_t)line * 2654435761u;
    for (const char *c = file; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    for (uint32_t i = hash;; i++) {
        slot *s = &running.slots[i % MOST_LINES];
        if (s->line == line && strcmp(s->file, file) == 0)
            return s;
        if (s->line)
            continue;
        if (running.n_slots == MOST_LINES / 2)
            return NULL;
        running.n_slots++;
        s->line = line;
        snprintf(s->file, sizeof s->file, "%s", file);
        return s;
    }
}

static void hook(lua_State *L, lua_Debug *frame)
{
    (void)frame;
    lure_profile_note(L);
}

void lure_profile_note(lua_State *L)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    uint64_t n = (uint64_t)__atomic_exchange_n(&sandbox->n_unnoted, 0, __ATOMIC_RELAXED);
    if (lua_gethook(L) == hook) {
        lua_sethook(L, NULL, 0, 0);
        lure_sandbox_arm_again(L); /* a limit may have been hit just now */
    }
    if (!running.sandbox || n == 0)
        return;
    lua_Debug call;
    slot *s = NULL;
    for (int level = 0; !s && lua_getstack(L, level, &call); level++)
        if (lua_getinfo(L, "Sl", &call) && call.currentline > 0 &&
            !(s = find_slot(call.short_src, call.currentline)))
            break;
    *(s ? &s->samples : &running.elsewhere) += n;
}

static void on_sample(int signal_number)
{
    (void)signal_number;
    lure_sandbox *sandbox = running.sandbox;
    if (!sandbox || sandbox->depth == 0)
        return;
    running.profile->samples++;
    running.profile->parts[lure_time_part_of(sandbox)]++;
    __atomic_add_fetch(&sandbox->n_unnoted, 1, __ATOMIC_RELAXED);
    if (!lua_gethook(sandbox->running)) /* else ours waits, or a limit's, which goes first */
        lua_sethook(sandbox->running, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* ---- start and stop ---- */

lure_status lure_profile_start(lure_profile *profile, lure_sandbox *sandbox, lure_error *err)
{
    *profile = (lure_profile){0};
    running.slots = calloc(MOST_LINES, sizeof *running.slots);
    if (!running.slots)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a profile");
    running.n_slots = running.elsewhere = 0;
    running.profile = profile;
    struct sigaction action = {.sa_handler = on_sample, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};
    const struct itimerspec every = {{0, INTERVAL_NS}, {0, INTERVAL_NS}};
    bool is_caught = sigaction(SIGPROF, &action, &running.before) == 0;
    bool is_made = is_caught && timer_create(CLOCK_MONOTONIC, &event, &running.timer) == 0;
    if (!is_made || timer_settime(running.timer, 0, &every, NULL) != 0) {
        int reason = errno;
        if (is_made)
            timer_delete(running.timer);
        if (is_caught)
            sigaction(SIGPROF, &running.before, NULL);
        free(running.slots);
        running.slots = NULL;
        return lure_fail(err, LURE_ERROR_CRASHED, "cannot start the timer of the profile: %s",
                         strerror(reason));
    }
    running.sandbox = sandbox;
    return LURE_OK;
}

static int compare_lines(const void *a, const void *b)
{
    const lure_profile_line *x = a, *y = b;
    return x->samples != y->samples ? (x->samples < y->samples ? 1 : -1) : strcmp(x->place, y->place);
}

void lure_profile_stop(lure_profile *profile)
{
    if (running.profile != profile || !running.sandbox)
        return;
    running.sandbox->n_unnoted = 0;
    running.sandbox = NULL;
    timer_delete(running.timer);
    sigaction(SIGPROF, &(struct sigaction){.sa_handler = SIG_IGN}, NULL); /* one may be under way */
    sigaction(SIGPROF, &running.before, NULL);
    profile->lines = calloc(running.n_slots + 1, sizeof *profile->lines);
    for (size_t i = 0; i < MOST_LINES && profile->lines; i++)
        if (running.slots[i].line && running.slots[i].samples > 0) {
            lure_profile_line *line = &profile->lines[profile->n_lines++];
            line->samples = running.slots[i].samples;
            snprintf(line->place, sizeof line->place, "%s:%d", running.slots[i].file, running.slots[i].line);
        }
    if (running.elsewhere > 0 && profile->lines)
        profile->lines[profile->n_lines++] = (lure_profile_line){"elsewhere", running.elsewhere};
    if (profile->lines)
        qsort(profile->lines, profile->n_lines, sizeof *profile->lines, compare_lines);
    free(running.slots);
    running.slots = NULL;
}
