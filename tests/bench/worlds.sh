#!/usr/bin/env bash
# worlds.sh: stepping CartPole with random actions: the host's whole way (tests/bench/worlds_random.lua: the script's step and
# reward, time limit, automatic reset, rows in the batch) beside a bare Lua loop over the same script, in Lua's own interpreter
# and in a sandbox; beside Gymnasium and its vectors; beside a loop in C. Called by all.sh with BUILD. All programs stay up
# and take turns, measure by measure and round by round, one thread each on one pinned processor; ratios are medians of the
# ratios within a round. ROUNDS=7 rounds; QUICK=1 one. GYMNASIUM=/path is a checkout of Gymnasium, else the installed one.
# Prints a table and writes build/bench_worlds.csv. Exit code 1: something did not run, or its episodes have a wrong length.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # worlds and experiments are found from here
BUILD=$(realpath "${BUILD:?}") || exit 2
rounds=${ROUNDS:-$([ -n "${QUICK:-}" ] && echo 1 || echo 7)}
work=$(mktemp -d "${TMPDIR:-/tmp}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
samples=$work/samples
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export GYMNASIUM=${GYMNASIUM:-}
pin=()
if command -v taskset >/dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')") # the last: the first serves most interrupts
fi
python=/usr/bin/python3 gymnasium='' no_gymnasium=
if ! gymnasium=$($python "$here/worlds_gymnasium.py" --version 2>"$work/said"); then
    no_gymnasium="${GYMNASIUM:-$python} has none that can be imported: $(tail -n 1 "$work/said")"
fi

declare -A to from
start() { # start NAME PROGRAM [ARGUMENT...]: a program that answers names of measures, line by line
    local name=$1 in out
    shift
    mkfifo "$work/$name.in" "$work/$name.out" || exit 2
    "${pin[@]}" "$@" <"$work/$name.in" >"$work/$name.out" &
    exec {in}>"$work/$name.in" {out}<"$work/$name.out"
    to[$name]=$in from[$name]=$out
}
start lure "$BUILD/bench/worlds"
start lua lua5.4 "$here/worlds_lua.lua"
start c "$BUILD/bench/cartpole"
[ -n "$no_gymnasium" ] || start gymnasium $python "$here/worlds_gymnasium.py"

# A host's measure stands beside what it is compared with, so that a clock that drifts meets both.
turns=()
for copies in 1 8 64; do turns+=("lure loop" "lure host $copies" "lua loop"); done
if [ -z "$no_gymnasium" ]; then
    turns+=("gymnasium make" "lure host 1" "gymnasium sample" "gymnasium sync 8" "lure host 8")
    turns+=("gymnasium vector 8" "gymnasium vector 64" "lure host 64" "gymnasium vector 1024")
fi
turns+=("c loop" "lure host 1" "lure host 512" "lure host 4096")

[ -t 2 ] && echo "bench: $rounds rounds of ${#turns[@]} measures, about 0.3 s each" >&2
for ((round = 1; round <= rounds; round++)); do
    for turn in "${turns[@]}"; do
        read -r program measure <<<"$turn"
        answer=
        echo "$measure" >&"${to[$program]}" && read -r answer <&"${from[$program]}"
        if [ -z "$answer" ]; then
            echo "bench: no answer for $turn" >&2
            exit 1
        fi
        echo "$round $program $answer $measure" >>"$samples"
    done
done
for copies in 1 64; do # each a process of its own: a peak does not go down
    for steps in 100000 1000000; do
        answer=$("$BUILD/bench/worlds" memory "$copies" "$steps") || exit 1
        echo "$steps memory $answer $copies" >>"$samples"
    done
done
BENCH_SAMPLES=$samples BENCH_CSV=build/bench_worlds.csv BENCH_GYMNASIUM=$gymnasium BENCH_NO_GYMNASIUM=$no_gymnasium \
    lua5.4 "$here/worlds_table.lua"
