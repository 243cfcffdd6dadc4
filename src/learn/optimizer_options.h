/* optimizer_options.h: the checks that optimizer.c makes before it takes memory. Private to learn/. */
#ifndef LURE_LEARN_OPTIMIZER_OPTIONS_H
#define LURE_LEARN_OPTIMIZER_OPTIONS_H

#include "learn/optimizer.h"

lure_status lure__optimizer_check_options(const lure_optimizer_options *options, lure_error *err);
lure_status lure__optimizer_check_stretch(const lure_stretch *stretch, lure_error *err);

#endif
