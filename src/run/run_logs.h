/* run_logs.h: what a run writes beside metrics.csv, in the formats that others read: metrics.jsonl (store/json_lines.h) and
   TensorBoard's events (store/event_file.h). They decide nothing: a run with them is the same run. */
#ifndef LURE_RUN_RUN_LOGS_H
#define LURE_RUN_RUN_LOGS_H

#include "store/metrics.h"

enum { LURE_LOG_JSON = 1, LURE_LOG_TENSORBOARD = 2 };

/* "json,tensorboard" to their sum; another word is LURE_ERROR_USAGE, saying which there are. */
lure_status lure_run_logs_read(const char *words, unsigned *logs, lure_error *err);
/* Opens them in the run's folder and hands them to the metrics. */
lure_status lure_run_logs_open(const char *directory, unsigned logs, lure_metrics *metrics, lure_error *err);
/* Those that the folder holds already, for a run that goes on after n_rows rows. */
lure_status lure_run_logs_reopen(const char *directory, uint64_t n_rows, lure_metrics *metrics,
                                 lure_error *err);

#endif
