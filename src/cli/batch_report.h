/* batch_report.h: what a person, or with --json a program, gets to see of a batch: the list before, the table, the
   failures and the document after. All goes to stdout. Internal to cli/. */
#ifndef LURE_CLI_BATCH_REPORT_H
#define LURE_CLI_BATCH_REPORT_H

#include "batch/batch.h"

void lure_batch_print_plan(const lure_batch *batch);  /* every run: id, done or not, label, folder */
void lure_batch_print_table(const lure_batch *batch); /* a row a configuration: means over seeds */
void lure_batch_print_failures(
    const lure_batch *batch);                        /* two lines a run: what happened, how to see it again */
void lure_batch_print_json(const lure_batch *batch); /* "lure.batch/1" */
bool lure_batch_is_thin(const lure_batch *batch); /* does a configuration have fewer than five good seeds? */

#endif
