#!/usr/bin/env bash
# The arrows between the rooms hold in this tree, and in a copy of it each kind of wrong arrow is named.
. "$(dirname "$0")/expect.sh"
layers() {
    (cd "$1" && CC="${CC:-gcc}" FLAGS="-std=gnu11 -Isrc" LUA="$(pkg-config --cflags lua5.4)" sh "$top/tests/tools/layers.sh")
}
cp -r "$top/src" "$here/src"
expect "this tree" 0 "no arrow backwards" layers "$top"
echo '#include "script/sandbox.h"' >"$here/src/math/upward.c"
expect "an include of a lower room" 1 "src/math/upward.c:1: math/ may not include script/sandbox.h" layers "$here"
echo '#include <lua.h>' >"$here/src/math/upward.c"
expect "lua.h in a room without Lua" 1 "src/math/upward.c:1: math/ may not see lua.h" layers "$here"
rm "$here/src/math/upward.c"
echo 'size_t nobody_said_what_size_t_is(void);' >"$here/src/base/lonely.h"
expect "a header that needs another first" 1 "base/lonely.h does not compile alone" layers "$here"
printf 'enum { LURE_TWICE };\n' >"$here/src/base/lonely.h"
expect "a header without a guard" 1 "base/lonely.h does not compile alone" layers "$here"
finish
