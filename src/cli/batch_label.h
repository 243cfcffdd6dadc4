/* batch_label.h: short names for what a batch varies, in texts of 80 columns. The documents have the long ones. Internal to
   cli/. */
#ifndef LURE_CLI_BATCH_LABEL_H
#define LURE_CLI_BATCH_LABEL_H

#include "cli/batch_statistics.h"

/* At most `width` columns (4 or more) of a text: its middle gives way to "..". Appends. */
void lure_label_shorten(const char *string, size_t width, lure_text *out);
/* A number of many digits as lure_value_text has it, else the text shortened. Appends. */
void lure_label_value(const char *string, size_t width, lure_text *out);
/* "rate" for learning_rate.rate, unless another varied option would be called the same. */
const char *lure_label_key(const lure_plan *plan, size_t option);
/* "rate=0.5 baseline=mean"; the experiment's name where nothing is varied. Appends. */
void lure_label_configuration(const lure_batch_statistics *statistics, size_t task, size_t i, lure_text *out);
/* A value of a factor, or the range of its third: "0.001 to 0.02". Appends. */
void lure_label_level(const lure_batch_statistics *statistics, size_t task, const lure_batch_factor *factor,
                      size_t level, lure_text *out);

#endif
