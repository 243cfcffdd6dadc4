/* library.h: the standard libraries as scripts see them: an allow-list, with the functions replaced that could run
   for minutes inside C, swallow a limit, depend on addresses, or differ between CPUs. Each script chunk gets an
   environment of its own (a copy of the names below and of the library tables), so no script can change what
   another one sees; writing a new global or reading an undefined one is an error. */
#ifndef LURE_SCRIPT_LIBRARY_H
#define LURE_SCRIPT_LIBRARY_H

#include <lua.h>
#include <stddef.h>

enum { LURE_MOST_SCRIPT_BYTES = 4 << 20 }; /* of a file, or a text that is given to load */

void lure_library_open(lua_State *L);        /* builds the master tables in the registry */
void lure_library_environment(lua_State *L); /* [-0, +1, m] pushes a fresh environment for one chunk */
/* The same for a chunk of that text: what it never names is left out, as long as it cannot tell. [-0, +1, m] */
void lure_library_environment_of(lua_State *L, const char *source, size_t n);
void lure_library_export(
    lua_State *L, const char *name); /* [-1, +0, m] pops a value: a global of every chunk from now on */

/* What library.c gathers; each pushes one table of functions. [-0, +1, m] */
void lure_library_base(lua_State *L);    /* library_base.c: pcall, pairs, print, load, ... */
void lure_library_string(lua_State *L);  /* library_string.c */
void lure_library_pattern(lua_State *L); /* library_pattern.c: into the table on top, for library_string.c */
void lure_library_table(lua_State *L);   /* library_table.c */
int lure_table_sort(lua_State *L);       /* library_sort.c: table.sort itself, for library_table.c */
void lure_library_math(lua_State *L);    /* library_math.c */
void lure_library_coroutine(lua_State *L); /* library_coroutine.c */

#endif
