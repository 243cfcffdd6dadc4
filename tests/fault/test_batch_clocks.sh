#!/usr/bin/env bash
# test_batch_clocks.sh: clocks and the times of files that jump by hours, forward and back, change no result, no outcome and no order
# of things; nothing hangs, and what is said of the time left is a time. ROUNDS (3) is how often each is tried.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
ROUNDS=${ROUNDS:-3}
shim clock

for batch in mixed deep; do
    lure batch $batch --jobs 2 "${every[@]}" >is.table 2>is.err
    check "undisturbed, $batch: exit" $? 1 || cat is.err
    table is.table >whole.$batch.text
    snapshot runs/$batch >whole.$batch.snapshot
done
index_rows >whole.index

jumping() { # jumping CLOCKS ARGS...: under clocks that jump; its code in $code
    rm -f page
    # more often than the program looks at it while it is idle
    env LD_PRELOAD="$clock_shim" CLOCK_JUMPS="$1" CLOCK_PAGE="$here/page" CLOCK_SEED=$RANDOM CLOCK_EVERY=$((1 + RANDOM % 20)) \
        LURE_MARK="$mark" timeout --foreground 60 "$LURE" "${@:2}" >is.table 2>is.err
    code=$?
}

# minutes and hours, but never below zero, never no number
sane() { grep -aiE '(^|[^a-z])-[0-9.]+ ?(s|ms|min|h|d)\b|\bnan\b|\binf' "$@"; }

# the times of all files, at random over some days
shake() {
    find runs -type f | while IFS= read -r file; do touch -d "@$((1700000000 + RANDOM * 10))" "$file"; done
}

for clocks in realtime monotonic both; do
    for ((n = 0; n < ROUNDS; n++)); do
        name="$clocks, $n"
        rm -rf runs
        jumping $clocks batch mixed --jobs $((1 << n % 3)) "${every[@]}"
        check "$name: exit" $code 1 || cat is.err
        check "$name: jumped" "$(($(od -An -tu8 -j24 -N8 page) > 0))" 1
        same "$name" runs/mixed whole.mixed.snapshot
        check "$name: table" "$(diff whole.mixed.text <(table is.table))" ''
        check "$name: times are times" "$(sane is.err)" ''
        [ $clocks = monotonic ] || [ $clocks = both ] || check "$name: times are times, in the table" "$(sane is.table)" ''
        shake
        jumping $clocks batch mixed --jobs 2
        check "$name, again: exit" $code 1 || cat is.err
        check "$name, again: all of it was done" "$(grep -o '([0-9]* of them before)' is.table)" \
            "($(grep -c '"outcome": "ok"' whole.mixed.snapshot | sed 's/.*/21/') of them before)"
        same "$name, again" runs/mixed whole.mixed.snapshot

        # met in the middle, then gone on with
        start is.table is.err batch deep --jobs 1 "${every[@]}"
        sleep "$(between 0.01 0.1)"
        kill -9 $parent 2>/dev/null
        end
        all_gone 1
        shake
        jumping $clocks batch deep --jobs 1 "${every[@]}" "${retry[@]}"
        check "$name, gone on with: exit" $code 1 || cat is.err
        same "$name, gone on with" runs/deep whole.deep.snapshot
        check "$name, gone on with: index" "$(diff whole.index <(index_rows) | head)" ''
    done
done

# What takes long enough that the watching of workers and the time left have their say.
rm -rf runs
lure batch deep --jobs 2 --set updates=2000 --out runs/long >is.table 2>is.err
snapshot runs/long >long.snapshot
limits=()
! lure run experiments/short.lua --set limits.run_seconds=1000 --set updates=1 --out runs/try >/dev/null 2>&1 ||
    limits=(--set limits.run_seconds=3000)
lure batch deep --jobs 2 --set updates=2000 "${limits[@]}" --out runs/long2 >is.table 2>is.err
for clocks in realtime monotonic both; do
    rm -rf runs/long runs/long3
    jumping $clocks batch deep --jobs 2 --set updates=2000 --out runs/long
    check "long, $clocks: exit" $code 1 || cat is.err
    same "long, $clocks" runs/long long.snapshot
    check "long, $clocks: times are times" "$(sane is.err)" ''
    [ ${#limits[@]} -gt 0 ] || continue
    jumping $clocks batch deep --jobs 2 --set updates=2000 "${limits[@]}" --out runs/long3
    check "long, with a limit, $clocks: exit" $code 1 || cat is.err
    check "long, with a limit, $clocks: outcomes" "$(grep -h '"outcome"' runs/long3/*/summary.json)" \
        "$(grep -h '"outcome"' runs/long2/*/summary.json)"
done
[ ${#limits[@]} -gt 0 ] || skip 'a limit on the time of a run' 'there is none yet'
finish
