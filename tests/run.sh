#!/usr/bin/env bash
# run.sh BUILD [KIND...]: runs the tests of one build folder: all, or only the kinds named (unit, lua, or a folder of
# tests/ that holds test_*.sh). Prints one line a suite, everything a failed suite said, and last the sum of all
# suites: N passed, N failed, N skipped.
#
# A suite says how it went in its own closing line "N passed, N failed[, N skipped]". Besides a failed test, these
# count as one: no such line, no test at all, an exit code other than 0, a sanitizer's report, too much time.
# Suites find LURE (the program) and BUILD (the folder it was built in) in their environment. V=1 shows all they say.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL
BUILD=$(realpath "$1") || exit 2
shift
export BUILD LURE=$BUILD/lure
limit=${SUITE_SECONDS:-900}
logs=$BUILD/tests/logs
rm -rf "$logs"
mkdir -p "$logs"

# sanitizers report into files, so that a suite that hides a program's stderr or exit code hides nothing from us
reports=$logs/sanitizer
export ASAN_OPTIONS="detect_leaks=1:exitcode=99:log_path=$reports"
export UBSAN_OPTIONS="print_stacktrace=1:exitcode=99:log_path=$reports"

passed=0 failed=0 skipped=0 running=
trap '[ -z "$running" ] || kill "$running"; exit 130' INT TERM

suite() { # suite NAME COMMAND...
    local name=$1 log=$logs/${1//\//-}.log began=$SECONDS line code p=0 f=0 s=0 wrong=
    shift
    if [ -n "${V:-}" ]; then
        timeout -k 10 "$limit" "$@" </dev/null > >(tee "$log") 2>&1 &
    else
        timeout -k 10 "$limit" "$@" </dev/null >"$log" 2>&1 &
    fi
    running=$!
    wait "$running"
    code=$?
    running=

    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
    if [ -n "$line" ]; then
        read -r p f s <<<"$(tr -c '0-9\n' ' ' <<<"$line")"
        s=${s:-0}
        [ $((p + f + s)) -gt 0 ] || wrong+=', no test at all'
    else
        wrong+=', no closing line'
    fi
    case $code in
        0) [ "$f" = 0 ] || wrong+=', exit 0 in spite of failures' ;;
        124 | 137) wrong+=", stopped after $limit s" ;;
        *) [ "$f" != 0 ] || wrong+=", exit $code" ;;
    esac
    if compgen -G "$reports.*" >/dev/null; then
        cat "$reports".* >>"$log"
        rm -f "$reports".*
        wrong+=', a sanitizer report'
    fi
    [ -z "$wrong" ] || f=$((f + 1))
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

    printf '%-5s %-28s %5d passed' "$([ "$f" = 0 ] && echo ok || echo FAIL)" "$name" "$p"
    [ "$f" = 0 ] || printf ', %d failed' "$f"
    [ "$s" = 0 ] || printf ', %d skipped' "$s"
    printf ' %4d s%s\n' $((SECONDS - began)) "${wrong:+ ($(sed 's/^, //' <<<"$wrong"))}"
    if [ "$f" != 0 ] && [ -z "${V:-}" ]; then
        sed 's/^/      | /' "$log"
    fi
    # a skipped test must say why, where everybody sees it
    [ "$s" = 0 ] || [ "$f" != 0 ] || grep -ai 'skip' "$log" | grep -vxF "$line" | sed 's/^/      | /'
}

wanted() { # wanted KIND
    [ ${#kinds[@]} = 0 ] && return
    local kind
    for kind in "${kinds[@]}"; do [ "$kind" = "$1" ] && return; done
    return 1
}

kinds=("$@")
wanted unit && suite unit "$BUILD/unit"
wanted lua && suite lua "$BUILD/lua_host" tests/lua/run.lua
for file in tests/*/test_*.sh; do
    folder=$(basename "$(dirname "$file")")
    [ -f "$file" ] && wanted "$folder" && suite "$folder/$(basename "$file" .sh)" bash "$file"
done

if [ $((passed + failed + skipped)) = 0 ]; then
    echo "run.sh: no test of this kind: ${kinds[*]}" >&2
    failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
