/* profile_report.h: where a run's time went, as two tables. */
#ifndef LURE_CLI_PROFILE_REPORT_H
#define LURE_CLI_PROFILE_REPORT_H

#include "script/samples.h"

#include <stdio.h>

void lure_profile_report(const lure_profile *profile, FILE *stream);

#endif
