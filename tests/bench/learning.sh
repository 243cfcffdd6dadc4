#!/usr/bin/env bash
# learning.sh: what the shipped experiments learn: each run by every seed, then its last policy judged over whole episodes by
# `lure eval`, beside the reach of learning_table.lua, which says what is run and measured. Called by all.sh with LURE and BUILD.
# SEEDS="1 2 3" other seeds than 1 to 10; ROWS=PATTERN those experiments alone (a regular expression); JOBS=2 runs at a time. Seconds
# are the processor's, of whole processes; two that share a core slow each other. What is learned depends on neither.
# Prints a table, once more in Markdown, and writes build/bench_learning.csv. Exit code 1: something did not run. A reach that
# is missed is no failure; the table says by how much.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # experiments are found from here
LURE=$(realpath "${LURE:?}") BUILD=$(realpath "${BUILD:?}") || exit 2
seeds=${SEEDS:-$(seq -s ' ' 1 "$([ -n "${QUICK:-}" ] && echo 2 || echo 10)")}
work=$(mktemp -d "${TMPDIR:-/tmp}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

run() { # run EXPERIMENT EPISODES SEED: leaves "experiment seed steps training evaluation seconds peak" in NAME.sample
    local experiment=$1 episodes=$2 seed=$3 out=$work/$1-$3 numbers repeat seconds waited peak judged
    "$BUILD/bench/process" "$out.cost" "$LURE" run "$experiment" --seed "$seed" --out "$out" --json >"$out.run" 2>"$out.said" &&
        "$LURE" eval "$out" --episodes "$episodes" --json >"$out.eval" 2>"$out.said" &&
        numbers=$(lua5.4 "$here/json_number.lua" summary.steps summary.episodic_return_100 <"$out.run") &&
        judged=$(lua5.4 "$here/json_number.lua" episodic_return.mean <"$out.eval") ||
        { echo "bench: $experiment, seed $seed: $(tail -n 1 "$out.said")" >&2; return; }
    # a repeated action is one step of the policy and several of the world
    repeat=$(lua5.4 "$here/json_number.lua" options.action_repeat <"$out/manifest.json" 2>/dev/null || echo 1)
    read -r seconds waited peak _ <"$out.cost"
    read -r steps training <<<"$numbers"
    awk -v OFS=' ' -v e="$experiment" -v s="$seed" -v n="$steps" -v k="$repeat" -v t="$training" -v j="$judged" \
        -v w="$seconds" -v share="$waited" -v p="$peak" 'BEGIN { print e, s, n * k, t, j, w * (1 - share), p / 1024 }' >"$out.sample"
    rm -rf "$out" "$out.run" "$out.eval"
}
export -f run
export here work LURE BUILD

plan=$(lua5.4 "$here/learning_table.lua" plan | grep -E "^[^ ]*(${ROWS:-.})") || { echo "bench: ROWS matches nothing" >&2; exit 2; }
[ -t 2 ] && echo "bench: $(wc -l <<<"$plan") experiments by $(wc -w <<<"$seeds") seeds" >&2
while read -r experiment episodes; do
    for seed in $seeds; do echo "$experiment $episodes $seed"; done
done <<<"$plan" | xargs -P "${JOBS:-$(nproc)}" -L 1 bash -c 'run "$@"' run
cat "$work"/*.sample >"$work/samples" 2>/dev/null

BENCH_SAMPLES=$work/samples BENCH_CSV=build/bench_learning.csv BENCH_STATISTICS=$BUILD/bench/statistics \
    BENCH_RUNS=$(($(wc -l <<<"$plan") * $(wc -w <<<"$seeds"))) lua5.4 "$here/learning_table.lua" table
