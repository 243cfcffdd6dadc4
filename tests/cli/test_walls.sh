#!/usr/bin/env bash
# test_walls.sh: limits.run_seconds in a run and in a batch, the watchdog of a batch, and what its terminal shows meanwhile.
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"
is_sanitized=
"$LURE" doctor | grep -q 'Landlock *no such wall.*sanitizer' && is_sanitized=1

echo 'return function() for _ = 1, 1e6 do end return 1 end' > slow.lua
echo 'return function() while true do end end' > endless.lua
set_slow=(--set reward=./slow.lua --set updates=1000000)

# ---- a run ----
"$LURE" run fry_shacks "${set_slow[@]}" --set limits.run_seconds=0.5 --out run > out 2> err
check "a run that has had its time exits with" 3 $?
holds "and says where" "slow.lua:1: time limit: the run took longer than 0.5 seconds (limits.run_seconds)" err
check "its outcome" limit_wall "$(json run/summary.json d.outcome)"
check "what it computed is kept" true "$(lua5.4 -e 'local n = 0 for _ in io.lines("run/metrics.csv") do n = n + 1 end print(n > 1)')"
check "its manifest has the limit" 0.5 "$(json run/manifest.json d.options.limits.run_seconds)"
"$LURE" run fry_shacks --set updates=20 --out plain > out 2>&1
"$LURE" run fry_shacks --set updates=20 --set limits.run_seconds=1000 --out limited > out 2>&1
check "a limit that is not met exits with" 0 $?
check "and makes the same run" "$(json plain/summary.json d.run_id)" "$(json limited/summary.json d.run_id)"
check "with the same numbers" "$(cat plain/metrics.csv)" "$(cat limited/metrics.csv)"
check "without it the manifest says nothing" nil "$(json plain/manifest.json d.options.limits.run_seconds)"
"$LURE" run fry_shacks --set limits.run_seconds=-1 --out bad > out 2> err
check "less than no time exits with" 3 $?
holds "and says so" "limits.run_seconds is -1; expected a number from 0" err

# ---- a batch ----
"$LURE" batch fry_shacks --seeds 1,2 --jobs 2 "${set_slow[@]}" --set limits.run_seconds=0.5 --out slow > out 2> err
check "a batch of such runs exits with" 1 $?
holds "each has its outcome" "limit_wall: slow.lua:1: time limit: the run took longer than 0.5 seconds" out

# a worker whose own timer is dead: the watchdog is left
if [ -n "$is_sanitized" ]; then
    skip "a worker without a timer" "a sanitizer wants to be loaded first"
else
    echo 'int setitimer(int which, const void *now, void *before) { (void)which; (void)now; (void)before; return 0; }' > no_timer.c
    "${CC:-gcc}" -shared -fPIC -o no_timer.so no_timer.c || exit 2
    LD_PRELOAD=$PWD/no_timer.so "$LURE" batch fry_shacks --seeds 1 --jobs 1 --set reward=./endless.lua,right_portion \
        --set updates=20 --set limits.step_seconds=0.1 --out stuck > out 2> err
    check "a batch with a worker that no longer listens exits with" 1 $?
    holds "its run has the outcome" "limit_step_time: time limit: the worker process computed on" out
    holds "the next run is fine" "2 runs: 1 ok, 1 failed" out
    # four on one processor: each has run out of time long before it has computed so much that it counts as stuck
    cpu=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
    LD_PRELOAD=$PWD/no_timer.so taskset -c "$cpu" "$LURE" batch fry_shacks --seeds 1..4 --jobs 4 --set reward=./slow.lua \
        --set updates=1000000 --set limits.step_seconds=0.1 --set limits.run_seconds=0.2 --out over > out 2> err
    check "a batch with a run that has had its time exits with" 1 $?
    holds "and says so" "limit_wall: time limit: the run was not over after 0.2 seconds" out
    check "of all four" "" "$(grep limit_step_time out)"
fi

# ---- a worker's open files ----
(exec 7< /dev/null 8< /dev/null
    "$LURE" batch fry_shacks --seeds 1 --jobs 1 "${set_slow[@]}" --out files > out 2> err & echo $! > pid; wait)  &
for _ in $(seq 200); do
    worker='' # the child that has the rows open: others plan, or wait for the disk
    for child in $([ -s pid ] && cat "/proc/$(cat pid)/task/$(cat pid)/children" 2> /dev/null); do
        ls -l "/proc/$child/fd" 2> /dev/null | grep -q metrics.csv && worker=$child
    done
    [ -z "$worker" ] || break
    sleep 0.05
done
check "a worker has not what its parent has open" "" "$(ls "/proc/$worker/fd" 2> /dev/null | grep -x '[78]')"
check "nor its input" /dev/null "$(readlink "/proc/$worker/fd/0")"
kill -KILL "$(cat pid)"
wait

# ---- what a terminal shows ----
if ! command -v script > /dev/null || ! script -qec true /dev/null < /dev/null > /dev/null 2>&1; then
    skip "a terminal" "no script(1) that works here"
else
    SHELL=$(command -v bash) TERM=xterm script -qec "stty rows 4 columns 70; '$LURE' batch fry_shacks --seeds 1..6 --jobs 4 ${set_slow[*]} \
        --set limits.run_seconds=1 --out shown" /dev/null < /dev/null | tr '\r' '\n' > out
    holds "the whole batch" "done 0 of 6, running 4, failed 0" out
    holds "a line a slot" "of 1,000,000  fry_shacks" out
    holds "as many as fit: two of four" $'\033[2A' out
    check "and not more" "" "$(grep -F $'\033[3A' out)"
fi
"$LURE" batch fry_shacks --seeds 1..2 --jobs 2 "${set_slow[@]}" --set limits.run_seconds=0.5 --out quiet > out 2> err
check "into a file nothing that moves" "" "$(grep $'\033' err out)"
finish
