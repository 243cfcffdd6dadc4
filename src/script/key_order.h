/* key_order.h: the keys of a table in an order that is the same in every run: what pairs, next and every writer walk.
   Lua's own order depends on addresses and differs at every start. */
#ifndef LURE_SCRIPT_KEY_ORDER_H
#define LURE_SCRIPT_KEY_ORDER_H

#include <lua.h>

/* Pushes the keys of the table at `index` as a list: numbers upwards, then strings bytewise, then booleans. Other keys
   have only an address and raise, naming `function`. [-0, +1, e] */
void lure_key_order_push(lua_State *L, int index, const char *function);

#endif
