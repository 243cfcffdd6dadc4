/* show_batch.h: what the runs of a folder are, from the index: outcomes, what was varied, the best. Internal to cli/. */
#ifndef LURE_CLI_SHOW_BATCH_H
#define LURE_CLI_SHOW_BATCH_H

#include "cli/run_list.h"

lure_status lure_show_batch(const char *folder, bool as_json, lure_error *err);

#endif
