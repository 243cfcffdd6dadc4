/* setting.h: --set key.path=value applied to an experiment's table. Internal to run/. */
#ifndef LURE_RUN_SETTING_H
#define LURE_RUN_SETTING_H

#include "run/run.h"

#include <lua.h>

/* A name on the way becomes a table that starts with it: learning_rate = "constant" and learning_rate.rate=2 give
   { "constant", rate = 2 }. Digits index a list (1-based). Raises where the path leads through something else. */
void lure_setting_apply(lua_State *L, int table, const lure_setting *setting);

#endif
