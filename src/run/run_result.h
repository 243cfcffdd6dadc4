/* run_result.h: from a session that has ended to its result: the document of --json, the columns, the parameters that are one
   number, the response curve of an observation of one number. For run.c. Internal to run/. */
#ifndef LURE_RUN_RUN_RESULT_H
#define LURE_RUN_RUN_RESULT_H

#include "run/session.h"

/* The names are copied: they become the result's. */
lure_status lure__run_take_columns(const lure_session *session, const lure_metrics *metrics,
                                   lure_run_result *result, lure_error *err);
void lure__run_take_parameters(lure_policy *policy, lure_run_result *result);
/* p(action | observation) over the declared range of the one number, or the range that came. */
void lure__run_take_response(const lure_experiment *experiment, lure_policy *policy, lure_response *response);
/* Into the result's document, from all the rest of it, with the seal of what the folder holds now. Where a file cannot be
   read the document has no seal, and must not be stored. */
lure_status lure__run_write_document(const lure_session *session, lure_run_result *result, lure_error *err);

#endif
