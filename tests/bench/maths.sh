#!/usr/bin/env bash
# maths.sh: the maths as scripts call it beside PyTorch: forward, forward and backward, Adam, PPO's loss, and what crossing
# from Lua to C costs. Called by all.sh with BUILD. Both programs stay up and take turns, measure by measure and round by
# round, one thread each on one pinned processor; ratios are medians of the ratios within a round.
# ROUNDS=5 rounds; QUICK=1 one. Prints a table and writes build/bench_maths.csv.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2
BUILD=$(realpath "${BUILD:?}") || exit 2
rounds=${ROUNDS:-$([ -n "${QUICK:-}" ] && echo 1 || echo 5)}
samples=$(mktemp) || exit 2
trap 'rm -f "$samples"' EXIT
pin=()
if command -v taskset >/dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')")
fi
python=/usr/bin/python3 no_torch=
[ -x $python ] && $python -c 'import torch' 2>/dev/null || no_torch="$python has no module torch"
# Debian's OpenBLAS takes newer processors for very old ones
if grep -qw avx512f /proc/cpuinfo; then core=SkylakeX; elif grep -qw avx2 /proc/cpuinfo; then core=Haswell; fi
export OPENBLAS_CORETYPE=${core:-} OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
[ -n "$OPENBLAS_CORETYPE" ] || unset OPENBLAS_CORETYPE

coproc lure { exec "${pin[@]}" "$BUILD/bench/maths" "$here/maths.lua"; }
if [ -z "$no_torch" ]; then
    exec {keep_out}>&"${lure[1]}" {keep_in}<&"${lure[0]}"
    lure=("$keep_in" "$keep_out")
    { coproc torch { exec "${pin[@]}" $python "$here/maths_torch.py"; }; } 2>/dev/null
fi

ask() { # ask PROGRAM MEASURE: its ns a call
    local -n program=$1
    local answer
    echo "$2" >&"${program[1]}" && read -r answer <&"${program[0]}" && echo "$answer"
}

both=()
for net in 4-64-64-2 8-256-256-4; do
    for batch in 1 8 64 128 256 1024; do both+=("forward $net $batch" "learn $net $batch"); done
    both+=("adam $net")
done
both+=("ppo 128")
alone=("tape 4-64-64-2 1" "tape 4-64-64-2 128" "ppo_loss 128" "ppo_operations 128" empty_loop method fresh add_small
    add_128 "heap fresh" "heap add_128")
[ -t 2 ] && echo "bench: $rounds rounds of $((2 * ${#both[@]} + ${#alone[@]})) measures, about 0.4 s each" >&2
for ((round = 1; round <= rounds; round++)); do
    for measure in "${both[@]}" "${alone[@]}"; do
        value=$(ask lure "$measure") || { echo "bench: maths.lua: no answer for $measure" >&2; exit 1; }
        echo "$round lure $value $measure" >>"$samples"
    done
    [ -n "$no_torch" ] && continue
    for measure in "${both[@]}"; do # right behind it, ours once more, so that a clock that drifts meets both
        value=$(ask torch "$measure") || { echo "bench: maths_torch.py: no answer for $measure" >&2; exit 1; }
        echo "$round torch $value $measure" >>"$samples"
        value=$(ask lure "$measure") || exit 1
        echo "$round lure $value $measure" >>"$samples"
    done
done
BENCH_SAMPLES=$samples BENCH_CSV=build/bench_maths.csv BENCH_NO_TORCH=$no_torch lua5.4 "$here/maths_table.lua"
