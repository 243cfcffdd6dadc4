/* pulse.c: see pulse.h. */
#include "batch/pulse.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* Seconds. Outside of scripts there is no watch: there checkpoints are written and hashed, which for a policy of gigabytes takes
   minutes of computing and, on a bad network disk, minutes of none. */
static const double most_host_work = 1800.0, most_stillness = 600.0, most_gap = 1.0;

lure_pulse *lure_pulse_open(void)
{
    void *page = mmap(NULL, sizeof(lure_pulse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

void lure_pulse_keep(lure_pulse *pulse)
{
    (void)madvise(pulse, sizeof *pulse, MADV_DONTFORK);
}

void lure_pulse_close(lure_pulse *pulse)
{
    if (pulse)
        munmap(pulse, sizeof *pulse);
}

double lure_pulse_latest(double run_seconds, double step_seconds)
{
    return run_seconds + 2 * step_seconds + 5;
}

/* ---- looking ---- */

static double computed_by(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0.0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "pid (name) D ...": the name may hold anything, but no parenthesis follows it. */
static bool waits_in_kernel(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    const size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' && end[2] == 'D';
}

void lure_pulse_begin(lure_pulse_watch *watch, const lure_pulse *pulse, pid_t pid)
{
    const double computed = computed_by(pid);
    *watch = (lure_pulse_watch){.beats = pulse->vitals.beats,
                                .looked_at = lure_clock_seconds(),
                                .computed_then = computed,
                                .computed_last = computed};
}

lure_verdict lure_pulse_look(lure_pulse_watch *watch, const lure_pulse *pulse, pid_t pid)
{
    lure_pulse_sight sight = {
        .now = lure_clock_seconds(), .computed = computed_by(pid), .vitals = pulse->vitals};
    if (watch->still > most_gap)
        sight.is_in_kernel = waits_in_kernel(pid);
    return lure_pulse_judge(watch, &sight);
}

/* ---- judging ---- */

lure_verdict lure_pulse_judge(lure_pulse_watch *w, const lure_pulse_sight *s)
{
    const lure_vitals *v = &s->vitals;
    /* a gap is our own absence: the machine slept, somebody stopped us and our workers together, or a
       clock jumped */
    const double gap = s->now - w->looked_at, passed = gap < 0 ? 0 : gap < most_gap ? gap : most_gap;
    w->looked_at = s->now;
    w->awake += passed;
    if (v->beats != w->beats) {
        w->beats = v->beats;
        w->computed_then = w->computed_last = s->computed;
        w->still = 0;
    } else if (s->computed > w->computed_last || s->is_in_kernel) {
        w->computed_last = s->computed;
        w->still = 0;
    } else {
        w->still += passed;
    }
    if (v->is_watched && v->run_seconds > 0 && w->awake > lure_pulse_latest(v->run_seconds, v->step_seconds))
        return LURE_PULSE_OVER;
    if (s->computed - w->computed_then > (v->is_watched ? 2 * v->step_seconds + 2 : most_host_work))
        return LURE_PULSE_STUCK;
    return w->still > most_stillness + 2 * v->step_seconds ? LURE_PULSE_STILL : LURE_PULSE_FINE;
}
