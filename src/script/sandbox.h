/* sandbox.h: one Lua state that a user's script may do its worst in. Text chunks only, allow-listed libraries
   (library.c), locked globals, a memory account that refuses, and a time limit: when no step or update finishes
   for limits.step_seconds a timer signal arms a hook which raises an error that no pcall of a script can
   swallow. No hook is installed until then, so the limit costs nothing. One sandbox at a time is watched
   in a process. The sandbox knows nothing of runs; run/ tells it what is going on through `context`. */
#ifndef LURE_SCRIPT_SANDBOX_H
#define LURE_SCRIPT_SANDBOX_H

#include "base/pool.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/vitals.h"
#include "script/samples.h"

#include <lua.h>
#include <signal.h>
#include <stdbool.h>

typedef struct lure_limits {
    double step_seconds; /* the longest that a script may compute without finishing a step or an update */
    double memory_mb;    /* 2^20 bytes for Lua and the engine's blocks together */
    double run_seconds;  /* the longest that a run may last, by the clock; 0: as long as it likes */
} lure_limits;

/* Who is running, for error messages. A zero number is left out of the message. */
typedef struct lure_context {
    const char *role; /* "reward", "environment", ...; null: none */
    const char *name; /* as the experiment names it */
    uint64_t update, copy, episode, step;
} lure_context;

/* What C is doing; SCRIPT: it is in a script, and the context's role tells which. See profile.h. */
typedef enum {
    LURE_WORK_SCRIPT,
    LURE_WORK_COLLECT, /* run:collect but for what follows */
    LURE_WORK_FORWARD,
    LURE_WORK_GRADIENT,
    LURE_WORK_OPTIMIZER,
    LURE_WORK_LOG
} lure_work;

/* What explain listens to. Null function: nobody listens. */
struct lure_policy;
struct lure_tensor;
typedef struct lure_listener {
    void *data;
    void (*gradient)(void *data, struct lure_policy *policy, size_t n, const void *observations,
                     const int32_t *actions, const void *weights, const struct lure_tensor *mask,
                     const void *gradient);
    /* after the step; `before` and `steps` are (n_parameters) in double */
    void (*step)(void *data, struct lure_policy *policy, double rate, const double *before,
                 const double *steps);
} lure_listener;

/* `differentiate` (differentiate.h): the tape, made at its first use, and the pass that runs. */
struct lure_tape;
typedef struct lure_pass {
    struct lure_tape *tape; /* null until then */
    uint64_t running;       /* 1, 2, 3, ...; 0: no pass runs */
    uint64_t n_passes;      /* so far */
    lua_State *coroutine;   /* in which it was begun */
    int n_anchors;          /* what recorded nodes read and made, in a table of differentiate.c */
    bool debug;             /* debug_gradients */
} lure_pass;

/* Who resumed a coroutine, on the C stack of the resume. */
typedef struct lure_resumed {
    lua_State *by;
    const struct lure_resumed *outer; /* who resumed that one; null: it is the main thread */
} lure_resumed;

typedef struct lure_sandbox {
    lua_State *L;                /* the main thread */
    lua_State *running;          /* the coroutine that runs now: the one a hook must go to */
    const lure_resumed *resumed; /* who waits for it; null: it is the main thread */
    lure_pool pool;              /* Lua's blocks; its account counts the engine's too */
    lure_limits limits;
    bool counts_run;               /* a run goes on, whose seconds are counted */
    double run_seconds, ticked_at; /* so far; clock of the last tick */
    uint64_t updates;              /* of the run, for the vitals; 0: not known */
    lure_context context;
    lure_rng random;       /* math.random */
    lure_status limit_hit; /* LURE_OK, or why the running call is being torn down */
    lure_status raised; /* what lure_raise raised last, for the exit code; LURE_OK: the script's own error */
    int depth;          /* nested lure_call */
    int close_depth;    /* nested coroutine.close */
    volatile sig_atomic_t ticks_left; /* until it is cancelled; 0: it is not to be */
    volatile sig_atomic_t tick;       /* set by the timer, cleared by whoever shows progress */
    volatile uint64_t heartbeat;      /* bumped at every step and update; what the watch looks at */
    volatile sig_atomic_t work;       /* lure_work */
    bool is_evaluating;               /* all that is done is an evaluation's */
    volatile uint32_t n_unnoted;      /* samples of a profile whose line is not noted yet */
    uint64_t spent[LURE_N_TIMES];     /* the watch's ticks */
    const char *rate_source; /* "learning_rate 'x' (file:line)" for errors about a rate; null is fine */
    const struct lure_archive *borrow_archive; /* where scripts come from; null: from their files */
    lure_listener listener;
    lure_pass pass;
    double last_rate, last_gradient_norm; /* of the last optimizer:step; NaN before the first */
    bool has_stepped;                     /* set by it, cleared by whoever counts updates */
    bool may_grow;                        /* lure_sandbox_pace */
    char memory_place[256];               /* where a script was when memory was refused */
    char limit_place[256];                /* where it was when limit_hit was raised first */
} lure_sandbox;

lure_limits lure_limits_defaults(void); /* 5 s, 512 MB, any time */

/* A state with the libraries of library.c and the bindings. Caller destroys. */
lure_status lure_sandbox_create(const lure_limits *limits, lure_sandbox **out, lure_error *err);
void lure_sandbox_destroy(lure_sandbox *sandbox); /* null is fine */
void lure_sandbox_set_limits(lure_sandbox *sandbox, const lure_limits *limits);

/* From now on what is done is a run, whose seconds are counted and end at limits.run_seconds; the watch ends it. Seconds in which
   the process is stopped or the machine sleeps do not count, nor do jumps of a clock. */
void lure_sandbox_count_run(lure_sandbox *sandbox);

/* For the whole process, which somebody looks after from outside: the watch writes `vitals` at its ticks, and `take_limits` is
   told the limits of each sandbox when they are known. Null: nobody. */
void lure_sandbox_supervise(lure_vitals *vitals, void (*take_limits)(const lure_limits *limits));

lure_sandbox *lure_sandbox_of(lua_State *L);

/* Whoever makes garbage quickly says so before: a small state may then grow fivefold between two collections, a large one
   twofold, as Lua's do. Collecting a small one after each dozen gradients took a fifth of a script's time. */
void lure_sandbox_pace(lure_sandbox *sandbox);

/* Starts and stops the timer that looks at this sandbox. `on_stuck` (null is fine) is called in signal context
   when the hook did not bring the script back within another step_seconds: it is inside one endless C call. */
lure_status lure_sandbox_watch(lure_sandbox *sandbox, void (*on_stuck)(void *data), void *data,
                               lure_error *err);
void lure_sandbox_unwatch(lure_sandbox *sandbox);

/* Asks the running script to stop at the next instruction (signal-safe): Ctrl-C. */
void lure_sandbox_cancel(lure_sandbox *sandbox);
/* The same after a second, in which it may come to a better place by itself; needs the watch. */
void lure_sandbox_cancel_soon(lure_sandbox *sandbox);

/* Puts the hook back that a limit hit meanwhile had put there, for who takes off a hook of his own. */
void lure_sandbox_arm_again(lua_State *L);

/* "file:line" of the innermost script line, empty if there is none. Safe at any allocation, and in signal context while
   the script is inside a C function. */
void lure_sandbox_place(const lure_sandbox *sandbox, char *out, size_t size);

/* Shows `look` every call that is under way, the latest first: of L, which runs, and of all that wait for it. [-0, +0, m] */
void lure_sandbox_each_call(lua_State *L, void (*look)(lua_State *thread, lua_Debug *call, void *data),
                            void *data);

/* For our own loops in C: raises if a limit has been hit meanwhile, as a hook would between two instructions. */
void lure_sandbox_look(lua_State *L);

/* Raises the error that belongs to sandbox->limit_hit, with the script's place. Does not return. */
int lure_sandbox_raise_limit(lua_State *L);

#endif
