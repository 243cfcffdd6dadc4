#!/usr/bin/env bash
# run.sh: measures the speed. `make bench` calls it with LURE (the program) and BUILD (the folder it was built in).
#
#   ROUNDS=7   rounds; in each every program takes its turn, so that a clock that drifts meets all of them alike
#   QUICK=1    3 rounds of short samples: to see that it works, not to quote
#
# The lesson's updates: each program measures its own loop, after its start-up, on one pinned processor; how many
# updates make a sample of half a second is found out first. A sample that had to wait for its processor is taken
# again, as long as there are retakes left, and the share that it waited is taken off: all times are the processor's,
# as those of Lua's os.clock are by themselves. Ratios are medians of the ratios within each round. Every program's bias
# must end near the lesson's -10, or its time means nothing. The rest: a whole process to its first finished update,
# 64 runs by one worker and by two, and the time limit of scripts. Writes a table to stdout and build/bench.csv.
# Exit code 1: something did not run, or did not learn. A number out of reach is no failure; the table says so.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # names of experiments are found from here
unset MAKEFLAGS MFLAGS MAKELEVEL
LURE=$(realpath "${LURE:?}") BUILD=$(realpath "${BUILD:?}") || exit 2
bench=$BUILD/bench
rounds=${ROUNDS:-7} sample_ms=500 limit_rounds=20 starts=3 batch_rounds=3 retakes=20 batch_retakes=3 batch_updates=20000
if [ -n "${QUICK:-}" ]; then
    rounds=${ROUNDS:-3} sample_ms=100 limit_rounds=5 starts=1 batch_rounds=1 retakes=5 batch_retakes=1
fi
case $rounds in '' | *[!0-9]* | 0) echo "bench: ROUNDS=$rounds is no count" >&2; exit 2 ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
samples=$work/samples failed=0
: >"$samples"

# ---- the machine ----

pin=()
if command -v taskset >/dev/null; then
    allowed=$(taskset -cp $$ | sed 's/.*[ ,-]//') # the last: the first serves most interrupts
    pin=(taskset -c "$allowed")
fi
if grep -qw avx512f /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=SkylakeX # Debian's OpenBLAS takes newer processors for very old ones
fi
python=/usr/bin/python3
torch=
if ! [ -x $python ]; then
    no_torch="there is no $python"
elif torch=$($python -c 'import torch; print(torch.__version__)' 2>/dev/null); then
    no_torch=
else
    torch='' no_torch="$python has no module torch"
fi

# ---- a sample of each: prints "seconds bias" ----

run_lure() { # run_lure UPDATES SEED [SETTING...]
    local updates=$1 seed=$2
    shift 2
    out=$(mktemp -d "$work/out.XXXXXX")
    "${measured[@]}" "$LURE" run fry_shacks --seed "$seed" --set updates="$updates" "$@" --out "$out" --json |
        lua5.4 "$here/json_number.lua" summary.seconds parameters.bias
    local code=${PIPESTATUS[0]}
    rm -rf "$out"
    return "$code"
}

take() { # take PROGRAM UPDATES SEED
    case $1 in
        lure) run_lure "$2" "$3" --set log_every="$2" ;;
        lure_logging) run_lure "$2" "$3" ;;
        c) "${measured[@]}" "$bench/lesson" "$2" "$3" ;;
        lua) "${measured[@]}" lua5.4 "$here/lesson.lua" "$2" "$3" ;;
        lua_roles) "${measured[@]}" lua5.4 "$here/lesson_roles.lua" "$2" "$3" ;;
        torch) OMP_NUM_THREADS=1 "${measured[@]}" $python "$here/lesson_torch.py" "$2" "$3" ;;
    esac
}

fail() {
    echo "bench: $1" >&2
    failed=1
}

# Leaves seconds, bias and waited: of the least disturbed try.
sample() { # sample PROGRAM UPDATES SEED
    local said s b w
    seconds='' waited=2
    while :; do
        said=$(take "$@") && read -r s b _ <<<"$said" && [ -n "$b" ] || return 1
        read -r _ w _ <"$work/cost"
        if awk -v a="$w" -v b="$waited" 'BEGIN { exit !(a < b) }'; then seconds=$s bias=$b waited=$w; fi
        awk -v w="$waited" 'BEGIN { exit !(w < 0.02) }' || [ "$retakes" = 0 ] && break
        retakes=$((retakes - 1))
    done
    case $1 in
        lua*) ;;
        *) seconds=$(awk -v s="$seconds" -v w="$waited" 'BEGIN { print s * (1 - w) }') ;;
    esac
}

record() { # record ROUND MEASURE VALUE [BIAS]
    printf '%s\n' "$*" >>"$samples"
}

# ---- the lesson, all programs in turn ----

programs=(lure_logging lure c lua lua_roles)
[ -n "$no_torch" ] || programs+=(torch)
declare -A updates=([lure_logging]=20000 [lure]=20000 [c]=1000000 [lua]=200000 [lua_roles]=100000 [torch]=500)
measured=("$bench/process" "$work/cost" "${pin[@]}")

load=$(cut -d' ' -f1 /proc/loadavg)
[ -t 2 ] && echo "bench: $rounds rounds, about $((rounds * (${#programs[@]} + 6) * sample_ms / 1000 + 40)) s" >&2
for program in "${programs[@]}"; do # how many updates make a sample
    if sample "$program" "${updates[$program]}" 1; then
        updates[$program]=$(awk -v n="${updates[$program]}" -v s="$seconds" -v ms="$sample_ms" \
            'BEGIN { n *= ms / 1000 / s; print n < 3000 ? 3000 : int(n / 1000 + 0.5) * 1000 }')
    else
        fail "$program does not run"
        updates[$program]=0
    fi
done
for ((round = 1; round <= rounds; round++)); do
    for program in "${programs[@]}"; do
        n=${updates[$program]}
        [ "$n" != 0 ] || continue
        if ! sample "$program" "$n" "$round"; then
            fail "$program did not finish round $round"
            continue
        fi
        record "$round" "$program" "$(awk -v s="$seconds" -v n="$n" 'BEGIN { printf "%.4f", s / n * 1e9 }')" "$bias"
        record "$round" waited "$waited"
    done
    for ((i = 0; i < starts; i++)); do # the whole process, to the first finished update
        out=$(mktemp -d "$work/out.XXXXXX")
        if "${measured[@]}" "$LURE" run fry_shacks --set updates=1 --out "$out" >"$work/said" 2>&1; then
            read -r wall waited peak _ <"$work/cost"
            record "$round" start "$(awk -v s="$wall" -v w="$waited" 'BEGIN { printf "%.3f", s * (1 - w) * 1e3 }')"
            record "$round" memory "$(awk -v p="$peak" 'BEGIN { printf "%.3f", p / 1024 }')"
        else
            fail "lure run does not start: $(tail -n 1 "$work/said")"
        fi
    done
done

# ---- the time limit ----

while read -r with without; do
    record - with "$with"
    record - without "$without"
done < <("${pin[@]}" "$bench/limit" $((updates[lure] / 5)) "$limit_rounds" || echo failed)
grep -q '^- with failed' "$samples" && fail "limit did not finish"

# ---- a batch by one worker and by two ----

workers() { # workers JOBS: leaves the seconds of 64 runs, and the share that other programs had
    out=$(mktemp -d "$work/out.XXXXXX")
    "$bench/process" "$work/cost" "$LURE" batch fry_shacks --seeds 1..64 --set updates="$batch_updates" --jobs "$1" \
        --out "$out" >"$work/said" 2>&1 || return
    read -r seconds _ _ others <"$work/cost"
    rm -rf "$out"
}

# What the machine itself gives, whose two processors may share one core: the seconds of one or two plain Lua loops.
side_by_side() { # side_by_side COUNT
    # shellcheck disable=SC2016 # the inner shell's own variables
    "$bench/process" "$work/cost" bash -c 'for ((i = 0; i < $1; i++)); do lua5.4 "$2" "$3" "$i" & done; wait' \
        side "$1" "$here/lesson.lua" "${updates[lua]}" >/dev/null
    read -r seconds _ <"$work/cost"
}

no_batch=
[ "$(nproc)" -ge 2 ] || no_batch="one processor only"
for ((round = 1; round <= batch_rounds && ${#no_batch} == 0; round++)); do
    while :; do # a pair during which other programs were busy is taken again
        if workers 1 && alone=$seconds others_1=$others && workers 2; then
            awk -v a="$others_1" -v b="$others" 'BEGIN { exit !(a < 0.05 && b < 0.05) }' && break
            [ "$batch_retakes" = 0 ] && break
            batch_retakes=$((batch_retakes - 1))
        else
            fail "lure batch: $(tail -n 1 "$work/said")"
            no_batch="it did not run"
            break
        fi
    done
    if [ -z "$no_batch" ]; then
        record "$round" jobs_1 "$alone"
        record "$round" jobs_2 "$seconds"
        record "$round" others "$(awk -v a="$others_1" -v b="$others" 'BEGIN { print (a > b ? a : b) }')"
        side_by_side 1
        record "$round" loop_1 "$seconds"
        side_by_side 2
        record "$round" loop_2 "$(awk -v s="$seconds" 'BEGIN { print s / 2 }')"
    fi
done

# ---- the table ----

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=-changed
export BENCH_SAMPLES=$samples BENCH_CSV=build/bench.csv BENCH_LOAD=$load BENCH_COMMIT=$commit
export BENCH_NO_TORCH=$no_torch BENCH_NO_BATCH=$no_batch BENCH_BATCH_UPDATES=$batch_updates
BENCH_CPU=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
BENCH_VERSIONS="$("$LURE" --version); $(lua5.4 -v | cut -d' ' -f1,2)${torch:+; torch $torch}"
BENCH_PIN=${pin[*]:-not pinned: there is no taskset}
BENCH_COUNTS=$(for program in "${programs[@]}"; do echo "$program=${updates[$program]}"; done)
export BENCH_CPU BENCH_VERSIONS BENCH_PIN BENCH_COUNTS
lua5.4 "$here/table.lua" || failed=1
exit $failed
