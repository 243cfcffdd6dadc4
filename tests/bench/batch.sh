#!/usr/bin/env bash
# batch.sh: what a batch costs beside its runs: many short runs of the lesson by one worker and by two, runs of about 100 ms,
# memory of a worker and of the parent, planning, and the index. Beside them what one would do otherwise: a process a run
# (xargs), and a pool of Python processes that write two files a run and promise nothing. Called by all.sh with LURE and BUILD.
#
#   RUNS=10000      short runs of 200 updates a sample; xargs makes a twentieth of them
#   LONG_RUNS=100   runs of 50,000 updates a sample
#   PLANNED=100000  runs that are planned and not run; INDEXED=100000 runs put into the index
#   ROUNDS=5        rounds; in each everything takes its turn. QUICK=1: one, and a twentieth of all
#   BENCH_MEMORY, BENCH_DISK   folders to write below: a file system in memory (default /dev/shm), and one on a disk (default
#                   $TMPDIR or /tmp). Nothing is removed from the disk before all is measured: file systems make files more slowly
#                   for minutes after many were deleted.
#
# A sample during which other programs used more than a tenth of a processor is taken again, as long as there are retakes left;
# the table says how much they used in those that count. Writes a table and build/bench_batch.csv. Exit code 1: something did not run.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2 # names of experiments are found from here
unset MAKEFLAGS MFLAGS MAKELEVEL
LURE=$(realpath "${LURE:?}") BUILD=$(realpath "${BUILD:?}") || exit 2
rounds=${ROUNDS:-5} part=1 retakes=10
[ -z "${QUICK:-}" ] || rounds=${ROUNDS:-1} part=20 retakes=0
runs=${RUNS:-$((10000 / part))} long_runs=${LONG_RUNS:-$((100 / part))}
planned=${PLANNED:-$((100000 / part))} indexed=${INDEXED:-$((100000 / part))}
for count in "$rounds" "$runs" "$long_runs" "$planned" "$indexed"; do
    case $count in '' | *[!0-9]* | 0) echo "bench: '$count' is no count" >&2; exit 2 ;; esac
done
updates=200 long_updates=50000

memory=$(mktemp -d "${BENCH_MEMORY:-/dev/shm}/lure-bench.XXXXXX") || exit 2
disk=$(mktemp -d "${BENCH_DISK:-${TMPDIR:-/tmp}}/lure-bench.XXXXXX") || exit 2
trap 'rm -rf "$memory" "$disk"' EXIT
trap 'exit 130' INT TERM
samples=$memory/samples failed=0
: >"$samples"

fail() {
    echo "bench: $1" >&2
    failed=1
}
record() { # record ROUND MEASURE VALUE
    printf '%s\n' "$*" >>"$samples"
}
calculate() { # calculate EXPRESSION
    awk "BEGIN { printf \"%.6g\", $1 }"
}

# Leaves wall, spent, own, most and others of the least disturbed try. `out` is a fresh folder for each.
sample() { # sample WHERE COMMAND...: "OUT" in the command is the folder
    local where=$1 w s o m x
    shift
    others=1e9
    while :; do
        out=$(mktemp -d "$where/out.XXXXXX")
        "$BUILD/bench/family" "$memory/cost" "${@//OUT/$out}" >"$memory/told" 2>"$memory/said" || return 1
        read -r w s o m x <"$memory/cost"
        if awk -v a="$x" -v b="$others" 'BEGIN { exit !(a < b) }'; then
            wall=$w spent=$s own=$o most=$m others=$x
            itself=$(mean_of_runs "$out")
            cp "$memory/told" "$memory/kept"
        fi
        [ "$where" = "$disk" ] || rm -rf "$out"
        [ "$retakes" -gt 0 ] && awk -v a="$others" 'BEGIN { exit !(a > 0.1) }' || break
        retakes=$((retakes - 1))
    done
}
mean_of_runs() { # mean_of_runs FOLDER: ms of a run itself, as the runs tell it
    find "$1" -name summary.json -exec grep -h '^  *"seconds":' {} + |
        awk -F'[:,]' '{ total += $2; n++ } END { if (n) printf "%.6g", total / n * 1e3 }'
}

batch() { # batch ROUND NAME WHERE RUNS UPDATES JOBS
    if ! sample "$3" "$LURE" batch fry_shacks --set updates="$5" --seeds 1.."$4" --jobs "$6" --out OUT/batch; then
        fail "lure batch: $(tail -n 1 "$memory/said")"
        return
    fi
    record "$1" "$2_rate" "$(calculate "$4 / $wall")"
    record "$1" "$2_processor" "$(calculate "$spent / $4 * 1e3")"
    record "$1" "$2_itself" "$itself"
    record "$1" "$2_beside" "$(calculate "$wall / $4 * 1e3 - $itself")"
    record "$1" "$2_share" "$(calculate "($wall / $4 * 1e3 / $itself - 1) * 100")"
    record "$1" worker "$(calculate "$most / 1024")"
    record "$1" parent "$(calculate "$own / 1024")"
    record "$1" others "$others"
}

two=
[ "$(nproc)" -ge 2 ] || two="one processor only"
python=/usr/bin/python3
[ -x $python ] || python=
[ -t 2 ] && echo "bench: $rounds rounds of about $((runs / 150 + long_runs / 5 + 20)) s" >&2
for ((round = 1; round <= rounds; round++)); do
    batch "$round" one "$memory" "$runs" $updates 1
    [ -n "$two" ] || batch "$round" two "$memory" "$runs" $updates 2
    batch "$round" disk_one "$disk" "$runs" $updates 1
    [ -n "$two" ] || batch "$round" disk_two "$disk" "$runs" $updates 2
    batch "$round" first "$memory" "$runs" 1 1
    batch "$round" long_one "$memory" "$long_runs" $long_updates 1
    for jobs in 1 2; do
        n=$(((runs + 19) / 20))
        # shellcheck disable=SC2016 # the inner shell's own variables
        if sample "$memory" bash -c 'seq 1 "$1" | xargs -P "$2" -I {} "$3" run fry_shacks --set updates="$4" --seed {} --out "$5"/{}' \
            each "$n" $jobs "$LURE" $updates OUT; then
            record "$round" xargs_$jobs "$(calculate "$n / $wall")"
        else
            fail "xargs: $(tail -n 1 "$memory/said")"
        fi
        [ -n "$python" ] || continue
        if sample "$memory" "$python" "$here/batch_python.py" "$runs" $updates $jobs OUT/runs; then
            record "$round" python_$jobs "$(calculate "$runs / $wall")"
            record "$round" python_processor_$jobs "$(calculate "$spent / $runs * 1e3")"
        else
            fail "batch_python.py: $(tail -n 1 "$memory/said")"
        fi
    done
done

# ---- planning ----

plan() { # plan ROUND NAME CONFIGURATIONS SEEDS
    cat >"$memory/plan.lua" <<END
local rates = {}
for i = 1, $3 do rates[i] = i / $3 end
return {
  experiments = { "fry_shacks" },
  set = { updates = 200 },
  vary = { ["learning_rate.rate"] = rates },
  seeds = { from = 1, to = $4 },
}
END
    if sample "$memory" timeout 300 "$LURE" batch "$memory/plan.lua" --dry-run --out OUT/batch; then
        record "$1" "$2_seconds" "$wall"
        record "$1" "$2_memory" "$(calculate "($own > $most ? $own : $most) / 1024")"
    else
        fail "planning $3 configurations: $(tail -n 1 "$memory/said")"
    fi
}
hundred=$((planned < 100 ? planned : 100))
for ((round = 1; round <= rounds; round++)); do
    plan "$round" plan_seeds 1 "$planned"
    plan "$round" plan_both $((planned / hundred)) $hundred
    plan "$round" plan_configurations "$planned" 1
done

# ---- the index ----

for ((round = 1; round <= rounds; round++)); do
    read -r _ put bytes <<<"$("$BUILD/bench/index" "$memory/index/$round/runs" "$indexed")"
    read -r _ disk_put _ <<<"$("$BUILD/bench/index" "$disk/index/$round/runs" "$indexed")"
    if [ -z "$put" ] || [ -z "$disk_put" ]; then
        fail "the index cannot be filled"
        continue
    fi
    record "$round" index_put "$put"
    record "$round" index_disk_put "$disk_put"
    record "$round" index_size "$(calculate "$bytes / 1048576")"
    for _ in 1 2 3; do
        if (cd "$memory/index/$round" && "$BUILD/bench/family" "$memory/cost" "$LURE" ls --best 10 >"$memory/told" 2>"$memory/said"); then
            read -r wall _ <"$memory/cost"
            record "$round" index_best "$(calculate "$wall * 1e3")"
        else
            fail "lure ls: $(tail -n 1 "$memory/said")"
        fi
    done
    rm -rf "$memory/index"
done

kind() { # kind FOLDER: its file system
    stat -f -c %T "$1" | sed 's_/.*__'
}
export BENCH_SAMPLES=$samples BENCH_CSV=build/bench_batch.csv BENCH_RUNS=$runs BENCH_LONG_RUNS=$long_runs \
    BENCH_PLANNED=$planned BENCH_INDEXED=$indexed BENCH_NO_TWO=$two \
    BENCH_MEMORY_KIND="$(kind "$memory")" BENCH_DISK_KIND="$(kind "$disk")"
lua5.4 "$here/batch_table.lua" || failed=1
exit $failed
