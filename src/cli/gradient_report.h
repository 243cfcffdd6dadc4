/* gradient_report.h: what the gradient check measured, as text for a person and as JSON. Internal to cli/. */
#ifndef LURE_CLI_GRADIENT_REPORT_H
#define LURE_CLI_GRADIENT_REPORT_H

#include "base/json.h"
#include "base/text.h"
#include "check/check_gradient.h"

/* Verdicts in words, then a table of all cases; lines indented by six. */
void lure_gradient_report_text(const lure_gradient_report *report, bool colour, lure_text *text);
/* As member "gradient" of the open object: an array of cases. */
void lure_gradient_report_json(const lure_gradient_report *report, lure_json *json);

#endif
