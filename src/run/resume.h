/* resume.h: going on with an interrupted run, from its folder: from the last file that holds it (capture.h), else the one before,
   else from its start, where the rows that metrics.csv has are compared with those that come. All three give what the run
   would have given uninterrupted; the last takes as long. lure_resume is declared in run.h. Internal to run/. */
#ifndef LURE_RUN_RESUME_H
#define LURE_RUN_RESUME_H

#include "run/capture.h"

/* run.c and resume.c, of each other. One try: capture->from says from where; if it could not be loaded, nothing was changed and
   capture->failed_to_load is set. */
lure_status lure__run_attempt(const lure_run_options *options, lure_capture *capture,
                              lure_run_result *result);
/* lure_run with ->resumes: all tries. */
lure_status lure__run_go_on(const lure_run_options *options, lure_run_result *result);

#endif
