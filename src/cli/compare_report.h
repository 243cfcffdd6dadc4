/* compare_report.h: a comparison (comparison.h) as text for a person or as a document. Internal to cli/. */
#ifndef LURE_CLI_COMPARE_REPORT_H
#define LURE_CLI_COMPARE_REPORT_H

#include "cli/comparison.h"

void lure_comparison_print(const lure_comparison *comparison, bool colour, int width, lure_text *text);
void lure_comparison_json(const lure_comparison *comparison, lure_text *text);

#endif
