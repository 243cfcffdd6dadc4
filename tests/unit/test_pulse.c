/* test_pulse.c: whom the watchdog of a batch kills, and whom not. The rule alone, with clocks of our own; then a process that
   really stands still. */
#define _GNU_SOURCE
#include "batch/pulse.h"

#include "base/clock.h"
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Looks ten times a second for so many seconds, in which the process computes `busy` of each. The seconds until it was killed;
   -1: it was not. */
static double look_for(lure_pulse_watch *watch, lure_pulse_sight *sight, double seconds, double busy,
                       bool beats, lure_verdict *verdict)
{
    const double tick = 0.1;
    *verdict = LURE_PULSE_FINE;
    for (double t = tick; t <= seconds; t += tick) {
        sight->now += tick;
        sight->computed += busy * tick;
        sight->vitals.beats += beats;
        *verdict = lure_pulse_judge(watch, sight);
        if (*verdict != LURE_PULSE_FINE)
            return t;
    }
    return -1;
}

static lure_pulse_sight watched(double step_seconds, double run_seconds)
{
    return (lure_pulse_sight){
        .vitals = {.step_seconds = step_seconds, .run_seconds = run_seconds, .is_watched = true}};
}

TEST(what_computes_without_a_beat_is_stuck)
{
    lure_verdict verdict;
    lure_pulse_watch watch = {0};
    lure_pulse_sight sight = watched(5, 0);
    CHECK_NEAR(look_for(&watch, &sight, 100, 1.0, false, &verdict), 12.1, 0.15);
    CHECK_INT(verdict, LURE_PULSE_STUCK);
    /* twenty others on the processor: twenty times as long */
    watch = (lure_pulse_watch){0};
    sight = watched(0.5, 0);
    CHECK_NEAR(look_for(&watch, &sight, 1000, 0.05, false, &verdict), 60.1, 2.2);
    CHECK_INT(verdict, LURE_PULSE_STUCK);
    /* what it computed before it stood still does not count */
    watch = (lure_pulse_watch){0};
    sight = watched(5, 0);
    CHECK_REAL(look_for(&watch, &sight, 10000, 1.0, true, &verdict), -1);
    CHECK_NEAR(look_for(&watch, &sight, 100, 1.0, false, &verdict), 12.1, 0.15);
}

TEST(work_outside_of_scripts_may_take_long)
{
    lure_verdict verdict;
    lure_pulse_watch watch = {0};
    lure_pulse_sight sight = watched(0.01, 1);
    sight.vitals.is_watched =
        false; /* hashes a checkpoint of gigabytes, then waits for a slow disk, as if idle and as blocked */
    CHECK_REAL(look_for(&watch, &sight, 900, 1.0, false, &verdict), -1);
    CHECK_REAL(look_for(&watch, &sight, 500, 0.0, false, &verdict), -1);
    sight.is_in_kernel = true;
    CHECK_REAL(look_for(&watch, &sight, 100000, 0.0, false, &verdict), -1);
    sight.is_in_kernel = false;
    CHECK_NEAR(look_for(&watch, &sight, 10000, 1.0, false, &verdict), 900, 1);
    CHECK_INT(verdict, LURE_PULSE_STUCK);
}

TEST(what_does_nothing_at_all_is_still_after_minutes)
{
    lure_verdict verdict;
    lure_pulse_watch watch = {0};
    lure_pulse_sight sight = watched(5, 0);
    CHECK_NEAR(look_for(&watch, &sight, 10000, 0.0, false, &verdict), 610, 1);
    CHECK_INT(verdict, LURE_PULSE_STILL);
    watch = (lure_pulse_watch){0};
    sight = watched(5, 0);
    CHECK_REAL(look_for(&watch, &sight, 600, 0.0, false, &verdict), -1);
    CHECK_REAL(look_for(&watch, &sight, 1, 0.0, true, &verdict), -1); /* it goes on: counted anew */
    CHECK_REAL(look_for(&watch, &sight, 600, 0.0, false, &verdict), -1);
}

TEST(a_run_that_has_had_its_time_is_over)
{
    lure_verdict verdict;
    lure_pulse_watch watch = {0};
    lure_pulse_sight sight = watched(5, 20);
    CHECK_NEAR(lure_pulse_latest(20, 5), 35, 0);
    CHECK_NEAR(look_for(&watch, &sight, 100, 1.0, true, &verdict), 35.1, 0.15);
    CHECK_INT(verdict, LURE_PULSE_OVER);
    watch = (lure_pulse_watch){0};
    sight = watched(5, 20);
    sight.vitals.is_watched = false; /* it is over, and its results are being written */
    CHECK_REAL(look_for(&watch, &sight, 100, 1.0, true, &verdict), -1);
}

TEST(a_machine_that_slept_kills_nobody)
{
    lure_verdict verdict;
    lure_pulse_watch watch = {0};
    lure_pulse_sight sight = watched(1, 100);
    for (int i = 0; i < 50; i++) {
        sight.now += i % 3 ? 86400 : -200000; /* or a clock jumps */
        CHECK_INT(lure_pulse_judge(&watch, &sight), LURE_PULSE_FINE);
    }
    CHECK_REAL(look_for(&watch, &sight, 50, 1.0, true, &verdict), -1);
}

TEST(a_page_is_shared_with_one_child_only)
{
    lure_pulse *pulse = lure_pulse_open();
    CHECK(pulse && pulse->vitals.beats == 0);
    lure_pulse_watch watch;
    const pid_t child = fork();
    if (child == 0) {
        pulse->vitals = (lure_vitals){.beats = 7, .step_seconds = 0.05, .is_watched = true};
        for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
            ;
    }
    lure_pulse_keep(pulse);
    const pid_t other = fork();
    if (other == 0) { /* it has no such page: SIGSEGV */
        signal(SIGSEGV, SIG_DFL);
        alarm(10);
        pulse->vitals.beats = 9;
        _exit(0);
    }
    int state = 0;
    CHECK(waitpid(other, &state, 0) == other);
    CHECK(!WIFEXITED(state) || WEXITSTATUS(state) != 0); /* a sanitizer exits */
    for (int i = 0; i < 1000 && pulse->vitals.beats == 0; i++)
        poll(NULL, 0, 10);
    CHECK_INT((int64_t)pulse->vitals.beats, 7);
    /* stopped it computes nothing, so it may take its time; then it computes without a beat */
    kill(child, SIGSTOP);
    CHECK(waitpid(child, &state, WUNTRACED) == child && WIFSTOPPED(state));
    lure_pulse_begin(&watch, pulse, child);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(lure_pulse_look(&watch, pulse, child), LURE_PULSE_FINE);
        poll(NULL, 0, 20);
    }
    CHECK_NEAR(watch.still, 0.09, 0.08);
    kill(child, SIGCONT);
    const double began = lure_clock_seconds();
    lure_verdict verdict = LURE_PULSE_FINE;
    while (verdict == LURE_PULSE_FINE && lure_clock_seconds() < began + 120) {
        poll(NULL, 0, 20);
        verdict = lure_pulse_look(&watch, pulse, child);
    }
    CHECK_INT(verdict, LURE_PULSE_STUCK);
    CHECK(lure_clock_seconds() - began > 2.0); /* 2 steps and two seconds, of computing */
    kill(child, SIGKILL);
    CHECK(waitpid(child, &state, 0) == child);
    lure_pulse_close(pulse);
    lure_pulse_close(NULL);
}
