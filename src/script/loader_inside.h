/* loader_inside.h: what the files that are the loader share: loader.c (finding, running), loader_records.c (what was loaded).
   Internal to script/. */
#ifndef LURE_SCRIPT_LOADER_INSIDE_H
#define LURE_SCRIPT_LOADER_INSIDE_H

#include "script/loader.h"

/* A chunk begins to run: the options that it reads belong to this record until lure__loader_end_record. [-0, +0, m] */
void lure__loader_begin_record(lua_State *L, const lure_script_label *label);
void lure__loader_end_record(lua_State *L);
void lure__loader_push_current(lua_State *L); /* that record, or nil. [-0, +1, -] */
/* Remembers the bytes on top of the stack, which have that hash. [-0, +0, m] */
void lure__loader_note_source(lua_State *L, const char *sha256);

#endif
