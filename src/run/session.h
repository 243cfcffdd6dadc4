/* session.h: a sandbox with one experiment ready in it: what run, explain, check and batch planning share. Open,
   conduct once, close. Nothing of it touches the disk but reading scripts. Internal to run/. */
#ifndef LURE_RUN_SESSION_H
#define LURE_RUN_SESSION_H

#include "run/conductor.h"
#include "run/experiment.h"
#include "run/watch.h"

typedef struct lure_session {
    lure_sandbox *sandbox; /* null: not open */
    lure_experiment experiment;
    lure_conductor conductor;
    lure_rules rules; /* where they may change while it runs... */
    lure_watch watch; /* ...because of this */
    lure_evaluation evaluation;
    uint64_t seed;
    char run_id[LURE_RUN_ID_SIZE];
    int stuck_exit_code; /* of the options */
} lure_session;

/* What explain forces; all null or 0 in an ordinary run. */
typedef struct lure_forcing {
    const double *draws;
    size_t n_draws;
    const lure_setting *input; /* the table that reset gets, instead of the schedule's */
    size_t n_input;
    uint64_t updates;      /* instead of the experiment's; 0: its own */
    bool stop_after_draws; /* the update that uses up the draws is the last */
} lure_forcing;

/* Loads and checks everything, makes policy and optimizer. `session` is zeroed memory that must not move. On an error
   it is closed. */
lure_status lure_session_open(lure_session *session, const lure_run_options *options,
                              const lure_forcing *forcing, lure_error *err);
/* Calls the algorithm. conductor.borrow_metrics must be set. */
lure_status lure_session_conduct(lure_session *session, lure_error *err);
void lure_session_close(lure_session *session);
/* The experiment's options and every script with its hash, as members of the open JSON object. */
lure_status lure_session_json(lure_session *session, lure_json *json, lure_error *err);

#endif
