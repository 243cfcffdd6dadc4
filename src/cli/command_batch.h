/* command_batch.h: a batch done and shown, for the commands that do one. */
#ifndef LURE_CLI_COMMAND_BATCH_H
#define LURE_CLI_COMMAND_BATCH_H

#include "batch/plan.h"
#include "cli/arguments.h"

/* Options that are read here: json, dry-run, fail-fast, checkpoint-every. Returns the exit code. */
int lure_command_do_batch(const lure_arguments *a, const lure_plan_request *request, const char *out,
                          size_t jobs, bool retries_failed);

#endif
