#!/usr/bin/env bash
# ppo.sh: PPO on CartPole at CleanRL's settings: `lure run cartpole_ppo_cleanrl` beside CleanRL's own ppo.py, unmodified: steps
# a second (of the loop, without the start), the whole process to its first finished iteration, peak memory, and how many
# steps and seconds it takes to a mean return of 475 over 100 episodes. Called by all.sh with LURE and BUILD. One thread
# each on one pinned processor, in turns; ratios are medians of the ratios within a round; the share of the time that a
# program stood ready and another had its processor is taken off.
#
#   CLEANRL=/path     a checkout of CleanRL; without it only lure is measured
#   GYMNASIUM=/path   a checkout of Gymnasium 0.29, which ppo.py is written for; else the installed one
#   ROUNDS=5          rounds; QUICK=1: one, and shorter
#   SEEDS=10          lets CleanRL learn, too, by so many seeds: one or two minutes each
#
# Prints a table and writes build/bench_ppo.csv. Exit code 1: something did not run.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # names of experiments are found from here
LURE=$(realpath "${LURE:?}") BUILD=$(realpath "${BUILD:?}") || exit 2
rounds=${ROUNDS:-5} updates=976 iterations=50 our_seeds=10
[ -z "${QUICK:-}" ] || rounds=${ROUNDS:-1} updates=200 iterations=10 our_seeds=1
case $rounds in '' | *[!0-9]* | 0) echo "bench: ROUNDS=$rounds is no count" >&2; exit 2 ;; esac
case ${SEEDS:-0} in *[!0-9]*) echo "bench: SEEDS=$SEEDS is no count" >&2; exit 2 ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
samples=$work/samples failed=0
: >"$samples"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
if grep -qw avx512f /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=SkylakeX # Debian's OpenBLAS takes newer processors for very old ones
fi
pin=()
if command -v taskset >/dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')") # the last: the first serves most interrupts
fi
measured=("$BUILD/bench/process" "$work/cost" "${pin[@]}")

python=/usr/bin/python3 no_cleanrl='' versions=''
mkdir "$work/stand_in"
cp "$here/ppo_stand_in.py" "$work/stand_in/tyro.py"
export PYTHONPATH=$work/stand_in${GYMNASIUM:+:$GYMNASIUM}${PYTHONPATH:+:$PYTHONPATH}
if [ ! -f "${CLEANRL:-}/cleanrl/ppo.py" ]; then
    no_cleanrl="CLEANRL=/path names no checkout that has cleanrl/ppo.py"
elif ! versions=$($python -c 'import torch, gymnasium, numpy
print("torch", torch.__version__ + ", Gymnasium", gymnasium.__version__ + ", NumPy", numpy.__version__)' 2>"$work/said"); then
    no_cleanrl="$python lacks a module: $(tail -n 1 "$work/said")"
fi

fail() {
    echo "bench: $1" >&2
    failed=1
}
record() { # record ROUND MEASURE VALUE
    printf '%s\n' "$*" >>"$samples"
}

ours() { # ours UPDATES SEED: leaves seconds (of the loop), and what process says in $work/cost; the run in $work/run
    rm -rf "$work/run"
    seconds=$("${measured[@]}" "$LURE" run cartpole_ppo_cleanrl --seed "$2" --set updates="$1" --out "$work/run" --json \
        2>"$work/said" | lua5.4 "$here/json_number.lua" summary.seconds) && [ -n "$seconds" ]
}
theirs() { # theirs ITERATIONS SEED: its output in $work/theirs
    (cd "$work" && "${measured[@]}" $python -W ignore "$CLEANRL/cleanrl/ppo.py" --no-cuda --seed "$2" \
        --total-timesteps $(($1 * 512)) >"$work/theirs" 2>"$work/said")
}
cost() { # leaves wall (less what it waited, in ms), waited, and peak (in MiB)
    read -r wall waited peak _ <"$work/cost"
    wall=$(awk -v s="$wall" -v w="$waited" 'BEGIN { printf "%.3f", s * (1 - w) * 1e3 }')
    peak=$(awk -v p="$peak" 'BEGIN { printf "%.3f", p / 1024 }')
}

[ -t 2 ] && echo "bench: $rounds rounds of 5 s for lure and 30 s for CleanRL, then $our_seeds seeds" >&2
for ((round = 1; round <= rounds; round++)); do
    if ours "$updates" "$round"; then
        cost
        record "$round" lure_rate "$(awk -v n="$updates" -v s="$seconds" -v w="$waited" 'BEGIN { print n * 512 / (s * (1 - w)) }')"
        record "$round" lure_memory "$peak"
        record "$round" waited "$waited"
    else
        fail "lure run: $(tail -n 1 "$work/said")"
    fi
    for _ in 1 2 3; do
        if ours 1 "$round"; then
            cost
            record "$round" lure_start "$wall"
        fi
    done
    [ -z "$no_cleanrl" ] || continue
    if theirs "$iterations" "$round"; then
        cost
        rate=$(sed -n 's/^SPS: //p' "$work/theirs" | tail -n 1)
        record "$round" cleanrl_rate "$(awk -v r="$rate" -v w="$waited" 'BEGIN { print r / (1 - w) }')"
        record "$round" cleanrl_memory "$peak"
        record "$round" waited "$waited"
    else
        fail "ppo.py: $(tail -n 1 "$work/said")"
    fi
    if theirs 1 "$round"; then
        cost
        record "$round" cleanrl_start "$wall"
    fi
done

# learning: to a mean return of 475 over 100 episodes
for ((seed = 1; seed <= our_seeds; seed++)); do
    ours 976 "$seed" || fail "lure run: $(tail -n 1 "$work/said")"
    read -r steps seconds <<<"$(lua5.4 "$here/ppo_learned.lua" lure "$seconds" <"$work/run/metrics.csv")"
    record "$seed" lure_steps "$steps"
    record "$seed" lure_seconds "$seconds"
done
for ((seed = 1; seed <= ${SEEDS:-0} && ${#no_cleanrl} == 0; seed++)); do
    read -r steps seconds <<<"$(cd "$work" && "${pin[@]}" $python -u -W ignore "$CLEANRL/cleanrl/ppo.py" --no-cuda \
        --seed "$seed" 2>"$work/said" | lua5.4 "$here/ppo_learned.lua" cleanrl)"
    record "$seed" cleanrl_steps "$steps"
    record "$seed" cleanrl_seconds "$seconds"
done

export BENCH_SAMPLES=$samples BENCH_CSV=build/bench_ppo.csv BENCH_VERSIONS="$versions" BENCH_NO_CLEANRL=$no_cleanrl
lua5.4 "$here/ppo_table.lua" || failed=1
exit $failed
