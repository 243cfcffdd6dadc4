#!/bin/sh
# layers.sh: proves the arrows between the rooms of src/. A room includes only itself and rooms above it, lua.h is
# for script, run, batch and check alone, and every header compiles by itself, twice over. Names each offender; exits 1 on any.
# First it proves itself: in a made-up tree, every kind of bad include must be found and the good ones must not.
# Environment: CC, FLAGS, LUA (the flags that those four compile with).

# room: what it may include besides itself
rooms='
base:
math:   base
learn:  base math
store:  base math
script: base math learn store
run:    base math learn store script
batch:  base math learn store script run
check:  base math learn store script run batch
report: base math
cli:    base math learn store script run batch check report'
sees_lua=' script run batch check '

look() { # look FOLDER -> one line per bad include
    find "$1" -mindepth 2 -type f -name '*.[chi]*' | LC_ALL=C sort | xargs awk -v rooms="$rooms" -v lua="$sees_lua" '
        BEGIN {
            n = split(rooms, lines, "\n")
            for (i = 1; i <= n; i++) {
                if (split(lines[i], part, /: */) < 1 || part[1] == "")
                    continue
                known[part[1]] = 1
                may[part[1]] = " " part[1] " " part[2] " "
            }
        }
        FNR == 1 {
            n = split(FILENAME, path, "/")
            room = path[n - 1]
            if (!(room in known))
                printf "%s: %s is not a room\n", FILENAME, room
        }
        /^[ \t]*#[ \t]*include/ {
            name = $0
            gsub(/^[^<"]*[<"]|[>"].*$/, "", name)
            if (name ~ /^(lua|lauxlib|lualib|luaconf)\.h(pp)?$/ || name ~ /^lua5/) {
                if (index(lua, " " room " ") == 0)
                    printf "%s:%d: %s/ may not see %s\n", FILENAME, FNR, room, name
            } else if ($0 ~ /"/) {
                n = split(name, part, "/")
                if (n != 2)
                    printf "%s:%d: write \"room/%s\"\n", FILENAME, FNR, part[n]
                else if (index(may[room], " " part[1] " ") == 0)
                    printf "%s:%d: %s/ may not include %s\n", FILENAME, FNR, room, name
            }
        }'
}

prove() { # prove EXPECTED ROOM/FILE INCLUDE: one made-up file gives that many complaints
    rm -rf "$made_up/src"
    mkdir -p "$made_up/src/${2%/*}"
    printf '#include <stdint.h>\n%s\n' "$3" >"$made_up/src/$2"
    found=$(look "$made_up/src" | wc -l)
    [ "$found" = "$1" ] || {
        echo "layers: the check is broken: $3 in $2 gave $found complaints instead of $1" >&2
        exit 1
    }
}

alone() { # alone HEADER: compiles it included twice, with nothing before it
    case "$sees_lua" in *" ${1%%/*} "*) lua=$LUA ;; *) lua= ;; esac
    printf '#include "%s"\n#include "%s"\n' "$1" "$1" | ${CC:-cc} $FLAGS $lua -Wno-unused -fsyntax-only -x c - ||
        echo "$1 does not compile alone"
}

made_up=$(mktemp -d) || exit 1
trap 'rm -rf "$made_up"' EXIT
prove 0 learn/good.c '#include "math/tensor.h"'
prove 0 learn/good.h '#include "learn/policy.h"'
prove 0 script/good.c '#include <lua.h>'
prove 0 run/good.c '  #  include "lauxlib.h"'
prove 1 math/bad.h '#include "learn/policy.h"'
prove 1 base/bad.c '#  include "cli/options.h"'
prove 1 store/bad.c '#include "learn/policy.h"'
prove 1 report/bad.c '#include "run/run.h"'
prove 1 script/bad.c '#include "run/run.h"'
prove 1 learn/bad.c '#include <lua.h>'
prove 1 report/bad.h '#include "lua5.4/lauxlib.h"'
prove 1 math/bad.inc '#include "../learn/policy.h"'
prove 1 attic/bad.c '#include <stdio.h>'

headers=$(find src -mindepth 2 -name '*.h' | LC_ALL=C sort)
bad=$(look src; for header in $headers; do alone "${header#src/}"; done)
if [ -n "$bad" ]; then
    echo "$bad" >&2
    exit 1
fi
echo "layers: $(find src -type f | wc -l) files, $(echo $headers | wc -w) headers that stand alone, no arrow backwards"
