/* batch_report.h: what a person, or with --json a program, gets to see of a batch: the list before, the statistics, the
   failures and the document after. All goes to stdout. Internal to cli/. */
#ifndef LURE_CLI_BATCH_REPORT_H
#define LURE_CLI_BATCH_REPORT_H

#include "cli/batch_statistics.h"

void lure_batch_print_plan(const lure_batch *batch); /* every run: id, done or not, label, folder */
/* Tables, warnings, verdicts. `judging` null: by episodic_return_100. */
void lure_batch_print_table(const lure_batch *batch, const lure_batch_judging *judging);
void lure_batch_print_failures(
    const lure_batch *batch); /* two lines a run: what happened, how to see it again */
void lure_batch_print_json(const lure_batch *batch, const lure_batch_judging *judging); /* "lure.batch/1" */

#endif
