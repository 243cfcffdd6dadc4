#!/usr/bin/env bash
# The runner of the tests: what it adds up, and that nothing which went wrong can pass for right.
. "$(dirname "$0")/expect.sh"
mkdir -p "$here/tests/cli" "$here/tests/fault" "$here/build"
cp "$top/tests/run.sh" "$here/tests/"

# suite FILE COMMANDS: a made-up suite
suite() {
    printf '#!/bin/sh\n%s\n' "$2" >"$here/$1"
    chmod +x "$here/$1"
}
runner() { env -u V "$@" bash "$here/tests/run.sh" "$here/build"; }
last() { runner "$@" | tail -n 1; }

suite build/unit 'echo "5 passed, 0 failed"'
suite build/lua_host 'echo "7 passed, 0 failed, 2 skipped"'
suite tests/cli/test_one.sh 'test "$LURE" = "$BUILD/lure" && echo "1 passed, 0 failed"'
expect "a good run" 0 "ok " runner
expect "the sum" 0 "13 passed, 0 failed, 2 skipped" last
expect "one kind alone" 0 "1 passed, 0 failed, 0 skipped" bash "$here/tests/run.sh" "$here/build" cli
expect "an unknown kind" 1 "no test of this kind" bash "$here/tests/run.sh" "$here/build" nothing

broken() { # broken NAME COMMANDS TEXT SUM: one more suite, which is not right
    suite tests/fault/test_two.sh "$2"
    expect "$1" 1 "$3" runner "${@:5}"
    expect "$1, the sum" 0 "$4" last "${@:5}"
}
broken "a failed test" 'echo why; echo "3 passed, 1 failed"; exit 1' "| why" "16 passed, 1 failed, 2 skipped"
broken "failures with exit 0" 'echo "3 passed, 1 failed"' "exit 0 in spite" "16 passed, 2 failed, 2 skipped"
broken "no closing line" 'echo all is well' "no closing line" "13 passed, 1 failed, 2 skipped"
broken "words around the closing line" 'echo "so: 3 passed, 0 failed"' "no closing line" "13 passed, 1 failed, 2 skipped"
broken "no test" 'echo "0 passed, 0 failed"' "no test at all" "13 passed, 1 failed, 2 skipped"
broken "a late exit code" 'echo "3 passed, 0 failed"; exit 7' "exit 7" "16 passed, 1 failed, 2 skipped"
broken "a crash" 'echo "3 passed, 0 failed"; kill -SEGV $$' "exit 139" "16 passed, 1 failed, 2 skipped"
broken "too slow" 'echo "3 passed, 0 failed"; sleep 30' "stopped after 1 s" "16 passed, 1 failed, 2 skipped" SUITE_SECONDS=1
broken "a swallowed sanitizer report" 'echo leak >"${ASAN_OPTIONS##*log_path=}.1"; echo "3 passed, 0 failed"' \
    "a sanitizer report" "16 passed, 1 failed, 2 skipped"
rm "$here/tests/fault/test_two.sh" "$here/build/unit"
expect "a missing executable" 1 "no closing line" runner
finish
