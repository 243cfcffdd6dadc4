#!/usr/bin/env bash
# learning.sh: what the shipped experiments learn. Each is run by every seed, then its last policy is judged over whole
# episodes by `lure eval`; learning_table.lua says which, what is measured and what is reached for. Called by all.sh with
# LURE and BUILD. SEEDS="1 2 3" in place of 1 to 10; ROWS=PATTERN those experiments alone (a regular expression); JOBS=2
# runs at a time; QUICK=1 two seeds. Seconds are the processor's, of whole runs, and two that share a core slow each
# other: what is learned depends on neither. Prints a table, and again in Markdown, and writes build/bench_learning.csv.
# Exit code 1: something did not run. A reach that is missed is no failure; the table says by how much.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # experiments are found from here
LURE=$(realpath "${LURE:?}") BUILD=$(realpath "${BUILD:?}") || exit 2
seeds=${SEEDS:-$(seq -s ' ' 1 "$([ -n "${QUICK:-}" ] && echo 2 || echo 10)")}
work=$(mktemp -d "${TMPDIR:-/tmp}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

run() { # run EXPERIMENT EPISODES SEED: its line of numbers goes to EXPERIMENT-SEED.sample
    local experiment=$1 episodes=$2 seed=$3 out=$work/$1-$3
    local numbers judged repeat steps training seconds waited peak number=(lua5.4 "$here/json_number.lua")
    if ! { "$BUILD/bench/process" "$out.cost" "$LURE" run "$experiment" --seed "$seed" --out "$out" --json >"$out.run" &&
        "$LURE" eval "$out" --episodes "$episodes" --json >"$out.eval" &&
        numbers=$("${number[@]}" summary.steps summary.episodic_return_100 <"$out.run") &&
        judged=$("${number[@]}" episodic_return.mean <"$out.eval"); } 2>"$out.said"; then
        echo "bench: $experiment, seed $seed: $(tail -n 1 "$out.said")" >&2
        return
    fi
    # a repeated action is one step of the policy and several of the world
    repeat=$("${number[@]}" options.action_repeat <"$out/manifest.json" 2>/dev/null || echo 1)
    read -r seconds waited peak _ <"$out.cost"
    read -r steps training <<<"$numbers"
    seconds=$(awk -v wall="$seconds" -v waited="$waited" 'BEGIN { print wall * (1 - waited) }')
    echo "$experiment $seed $((steps * repeat)) $training $judged $seconds $((peak / 1024))" >"$out.sample"
    rm -rf "$out" "$out.run" "$out.eval"
}
export -f run
export here work LURE BUILD

plan=$(lua5.4 "$here/learning_table.lua" plan | awk -v rows="${ROWS:-.}" '$1 ~ rows')
[ -n "$plan" ] || { echo "bench: ROWS=$ROWS matches no experiment" >&2; exit 2; }
[ -t 2 ] && echo "bench: $(wc -l <<<"$plan") experiments by $(wc -w <<<"$seeds") seeds" >&2
while read -r experiment episodes; do
    for seed in $seeds; do echo "$experiment $episodes $seed"; done
done <<<"$plan" | xargs -P "${JOBS:-$(nproc)}" -L 1 bash -c 'run "$@"' run
cat "$work"/*.sample >"$work/samples" 2>/dev/null

BENCH_SAMPLES=$work/samples BENCH_CSV=build/bench_learning.csv BENCH_STATISTICS=$BUILD/bench/statistics \
    BENCH_RUNS=$(($(wc -l <<<"$plan") * $(wc -w <<<"$seeds"))) lua5.4 "$here/learning_table.lua" table
