/* batch_verdict.h: what a batch may conclude, in sentences: what to be wary of, and for each task which configuration is best
   and from which others it can be told apart. Internal to cli/. */
#ifndef LURE_CLI_BATCH_VERDICT_H
#define LURE_CLI_BATCH_VERDICT_H

#include "cli/batch_statistics.h"

/* One sentence a line; appends. */
void lure_batch_add_warnings(const lure_batch_statistics *statistics, lure_text *out);
/* One sentence, without an end of line; nothing where no run of the task has a value. Appends. */
void lure_batch_add_verdict(const lure_batch_statistics *statistics, size_t task, lure_text *out);
/* Of ten configurations and more: commands, a line each, that judge the best few anew on seeds that chose nothing. Appends. */
void lure_batch_add_commands(const lure_batch_statistics *statistics, size_t task, lure_text *out);

enum { LURE_MANY_CONFIGURATIONS = 10 };

#endif
