#!/usr/bin/env bash
# test_batch.sh: lure batch. One failing run never hurts another, the number of jobs changes no byte, what is finished is
# not done again, and no kill, signal, second batch or full disk leaves anything that the same command does not put right.
set -u
top=$PWD
work=$(mktemp -d)
background='' mounted=''
cleanup() {
    [ -z "$background" ] || kill -9 "$background" 2> /dev/null
    [ -z "$mounted" ] || umount "$mounted" 2> /dev/null
    rm -rf "$work"
}
trap cleanup EXIT
passed=0 failed=0 skipped=0
check() { # name, expected, got
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'FAILED %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
    fi
}
check_has() { # name, text, file
    check "$1: says $2" yes "$(if grep -qF -- "$2" "$3"; then echo yes; else head -c 2000 "$3"; fi)"
}
skip() { skipped=$((skipped + 1)) && echo "skipped: $1"; }

mkdir -p "$work/bin" "$work/rewards" "$work/batches"
chmod 755 "$work"
ln -s "$LURE" "$work/bin/lure"
export PATH="$work/bin:$PATH" LC_ALL=C.UTF-8 NO_COLOR=1
cd "$work" || exit 1

# fails for some seeds, by what the schedule deals: that depends on the seed alone
cat > rewards/moody.lua << 'END'
local o = options(..., { above = 0.9 })
local visits = 0
return function(s)
  visits = visits + 1
  if visits <= 3 and s.hunger > o.above then error("too hungry: " .. s.hunger) end
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
END
cat > batches/mixed.lua << 'END'
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = { 0.1, 0.5, 1.0 }, reward = { "right_portion", { "moody", above = 0.9 } } },
  set = { updates = 20 },
  seeds = { from = 1, to = 30 },
}
END
cat > batches/long.lua << 'END'
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = { 0.5, 1.0 } },
  set = { updates = 4000 },
  seeds = { from = 1, to = 20 },
}
END

metrics() { (cd "$1" && find . -name metrics.csv | sort | xargs sha256sum); } # all of them, as one text
table_of() { sed -n '/^fry_shacks: episodic_return_100/,/^$/p' "$1"; }
finished() { grep -l '"outcome": "ok"' "$1"/*/summary.json 2> /dev/null | wc -l; }
wait_for() { # up to 30 s until the command says yes
    local i
    for ((i = 0; i < 3000; i++)); do
        if "$@"; then return; fi
        sleep 0.01
    done
    echo "waited in vain: $*"
}
worker_of() { # one child of a process; pgrep may not be installed
    local file pid name state parent rest
    for file in /proc/[0-9]*/stat; do
        # shellcheck disable=SC2034
        read -r pid name state parent rest < "$file" && [ "$parent" = "$1" ] && echo "$pid" && return
    done 2> /dev/null
}
has_finished() { [ "$(finished "$1")" -ge "$2" ]; } # folder, how many at least

# ---- many runs of which some fail ----

lure batch mixed --jobs 2 --out two > two.txt 2> two.err
check 'some fail: exit code' 1 $?
lure batch mixed --jobs 1 --out one --json > one.json 2> one.err
check 'some fail, one job: exit code' 1 $?
n_fail=$(sed -n 's/^180 runs: .* ok, \([0-9]*\) failed.*/\1/p' two.txt)
check 'some seeds fail, not all' yes "$([ "$n_fail" -ge 3 ] && [ "$n_fail" -le 87 ] && echo yes || echo "$n_fail")"
check 'each error is told once' '' "$(sed -n 's/^failed .*script_error/script_error/p' two.txt | sort | uniq -d)"
check 'with a command' "$(grep -c '^failed ' two.txt)" "$(grep -c '^       lure run ' two.txt)"
check 'the others are finished' $((180 - n_fail)) "$(finished two)"
check_has 'the last line' "180 runs: $((180 - n_fail)) ok, $n_fail failed" two.txt
check 'a row a configuration' 6 "$(table_of two.txt | grep -c '^[1-6] ')"
check 'metrics of one job and of two' "$(metrics one)" "$(metrics two)"
check 'as many as there are runs' 180 "$(metrics two | wc -l)"
check 'diff agrees' '' "$(diff -r -x .lock -x .index.lock -x 'index.db*' -x batch.json -x manifest.json -x summary.json one two)"
lua5.4 "$top/tests/cli/batch.lua" one.json "$n_fail" > lua.txt 2>&1
grep -v passed lua.txt
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' lua.txt) || { cat lua.txt; line='0 passed, 1 failed'; }
read -r p _ f _ <<< "$line"
passed=$((passed + p)) failed=$((failed + f))

# the command of a failed run shows the same error, word for word
error=$(grep '^failed ' two.txt | head -n 1 | sed 's/^.*: script_error: //')
command=$(grep '^       lure run ' two.txt | head -n 1)
bash -c "$command --out again" > again.txt 2>&1
check 'the command of a failed run: exit code' 3 $?
check_has 'the command of a failed run' "$error" again.txt
# a run of a batch is the run that lure run does
lure run fry_shacks --set learning_rate.rate=0.5 --set reward=right_portion --set updates=20 --seed 7 --out alone \
    > alone.txt 2>&1
id=$(sed -n 's/.*"run_id": "\(.*\)".*/\1/p' alone/summary.json)
check 'a run alone' "$(sha256sum < alone/metrics.csv)" "$(sha256sum < "two/fry_shacks-seed7-$id/metrics.csv")"

# ---- again ----

stamps() { (cd "$1" && stat -c '%n %Y %Z %i' ./*/metrics.csv | sort); }
rm -r "two/fry_shacks-seed7-$id"
grep -l '"outcome": "ok"' two/*/summary.json | xargs -n 1 dirname > well
before=$(xargs -a well stat -c '%n %y %i')
lure batch mixed --jobs 2 --out two > again.txt 2>&1
check 'again: exit code' 1 $?
check_has 'again' "$((180 - n_fail)) ok ($((179 - n_fail)) of them before), $n_fail failed" again.txt
check 'what is done is left alone' "$before" "$(xargs -a well stat -c '%n %y %i')"
check 'what was missing is there' "$(metrics one)" "$(metrics two)"
check 'the table is the same' "$(table_of two.txt)" "$(table_of again.txt)"
for file in manifest.json metrics.csv checkpoint.safetensors; do
    rm "two/fry_shacks-seed7-$id/$file"
    lure batch mixed --jobs 2 --out two > again.txt 2>&1
    check_has "without $file a run is not done" "($((179 - n_fail)) of them before)" again.txt
    check "without $file: it is there again" yes "$([ -e "two/fry_shacks-seed7-$id/$file" ] && echo yes)"
done

lure batch mixed --dry-run --out two > dry.txt 2>&1
check 'dry run: exit code' 0 $?
check 'dry run: done' $((180 - n_fail)) "$(grep -c '^[0-9a-f]\{16\}  done ' dry.txt)"
check 'dry run: failed before' "$n_fail" "$(grep -c '^[0-9a-f]\{16\}  failed ' dry.txt)"
check 'dry run: to do' 0 "$(grep -c '^[0-9a-f]\{16\}  to do ' dry.txt)"
lure batch mixed --dry-run --retry-failed --out two > dry.txt 2>&1
check 'dry run with --retry-failed: to do' "$n_fail" "$(grep -c '^[0-9a-f]\{16\}  to do ' dry.txt)"
check_has 'dry run: folders' "two/fry_shacks-seed7-$id" dry.txt
lure batch mixed --dry-run --out nowhere > dry.txt 2>&1
check 'dry run of what is not there: exit code' 0 $?
check 'dry run makes no folder' no "$([ -e nowhere ] && echo yes || echo no)"

# ---- what failed is a fact, until somebody asks ----

lure batch mixed --jobs 2 --out two > again.txt 2>&1
check 'failed before: exit code' 1 $?
check_has 'failed before' "$n_fail failed ($n_fail of them before, left as they are)" again.txt
check_has 'failed before: how to retry' 'to do it again: lure resume two' again.txt
check 'failed before: told again' "$(grep '^failed ' two.txt)" "$(grep '^failed ' again.txt)"
for command in 'batch mixed --jobs 2 --out two --retry-failed' 'resume two --jobs 2'; do
    # shellcheck disable=SC2086
    lure $command > again.txt 2>&1
    check "$command: exit code" 1 $?
    check_has "$command" "$((180 - n_fail)) ok ($((180 - n_fail)) of them before), $n_fail failed, in" again.txt
    check "$command: the same bytes" "$(metrics one)" "$(metrics two)"
done
lure batch mixed --jobs 1 --out fast --fail-fast > fast.txt 2>&1
check '--fail-fast: exit code' 1 $?
check '--fail-fast: one failure' 1 "$(grep -c '^failed ' fast.txt)"
check_has '--fail-fast' ' not run, in ' fast.txt
lure batch mixed --jobs 2 --out fast --keep-going > fast.txt 2>&1
check 'and then all of it' "$(metrics one)" "$(metrics fast)"
echo '-- other bytes' >> rewards/moody.lua
lure batch mixed --jobs 2 --out fast > fast.txt 2>&1
check_has 'a changed script makes new runs' "$((180 - n_fail)) ok (90 of them before), $n_fail failed, in" fast.txt
check_has 'the old ones stay' 'fast also holds 90 runs of other scripts' fast.txt
sed -i '$d' rewards/moody.lua

# ---- damage ----

for file in manifest.json metrics.csv checkpoint.safetensors summary.json; do
    printf '\177' | dd of="two/fry_shacks-seed7-$id/$file" bs=1 seek=40 conv=notrunc 2> /dev/null
    lure batch mixed --jobs 2 --out two > again.txt 2>&1
    check_has "a changed byte in $file" "two/fry_shacks-seed7-$id/$file is damaged" again.txt
    check_has "a changed byte in $file" 'the run is done again' again.txt
    check "a changed byte in $file: the same bytes" "$(metrics one)" "$(metrics two)"
done
script=$(ls two/scripts/reward.moody.*)
sum=$(sha256sum "$script")
printf '\177' | dd of="$script" bs=1 seek=9 conv=notrunc 2> /dev/null
lure batch mixed --jobs 2 --out two > again.txt 2>&1
check_has 'a changed byte in a kept script' "$script is damaged" again.txt
check 'a kept script is mended' "$sum" "$(sha256sum "$script")"
printf '\177' | dd of=two/batch.json bs=1 seek=40 conv=notrunc 2> /dev/null
lure resume two > again.txt 2>&1
check 'a changed byte in batch.json: exit code' 4 $?
check_has 'a changed byte in batch.json' 'two/batch.json is damaged' again.txt
lure batch mixed --jobs 2 --out two > again.txt 2>&1
lure resume two --json > again.json 2> again.txt
check 'the command itself mends it: exit code' 1 $?
(mkdir -p elsewhere && cd elsewhere && lure resume ../two > ../again.txt 2>&1)
check_has 'resume from another folder' "$((180 - n_fail)) ok" again.txt

# ---- from the prompt ----

lure batch fry_shacks --seeds 1..3,9 --set 'reward=right_portion,{"right_portion", right = 2}' --set updates=5 --json \
    > prompt.json 2> prompt.err
check 'from the prompt: exit code' 0 $?
check 'from the prompt: runs' 8 "$(finished runs/fry_shacks)"
check_has 'a table is one value' '"right": 2' prompt.json
lure batch fry_shacks --seeds 1 --set updates=5,5.0 --out twins > twins.txt 2>&1
check 'two names of one value: exit code' 0 $?
check_has 'two names of one value' '2 runs: 2 ok' twins.txt
check 'two names of one value: one folder' 1 "$(finished twins)"
check_has 'few seeds' 'fewer than five seeds' twins.txt
lure batch fry_shacks --seeds 1..2 --set learning_rate.rate=1,x --set updates=5 --out wrong > wrong.txt 2>&1
check 'a value that cannot be: exit code' 1 $?
check_has 'a value that cannot be' '4 runs: 2 ok, 2 failed' wrong.txt
check_has 'a value that cannot be' "'rate' is a string; expected a number" wrong.txt

refused() { # name, expected exit code, expected text, arguments...
    local name=$1 code=$2 text=$3
    shift 3
    lure batch "$@" > refused.txt 2>&1
    check "$name: exit code" "$code" $?
    check_has "$name" "$text" refused.txt
}
refused 'an unknown option' 2 'did you mean --jobs?' mixed --job 2
refused 'seeds that are words' 2 'like 1..30 or 1,2,5' mixed --seeds x
refused 'seeds backwards' 2 'ends before it begins' mixed --seeds 5..1
refused 'a seed twice' 2 'seed 2 is there twice' mixed --seeds 1..3,2
refused 'a setting without a value' 2 'expected key=value' mixed --set updates
refused 'an open brace' 2 'not closed' mixed --set 'reward={"moody"'
refused 'an empty value' 2 'an empty value' mixed --set updates=1,,2
refused 'no jobs' 2 'a whole number from 1' mixed --jobs 0
refused 'no batch' 2 'BATCH|EXPERIMENT' --jobs 2
refused 'an unknown name' 4 "did you mean 'mixed'?" mixd
refused 'a batch among experiments' 2 'stands alone' fry_shacks mixed
script() { printf 'return { %s }\n' "$1" > batches/bad.lua; }
script 'experiments = { "fry_shacks" }, varry = {}'
refused 'a misspelt key' 3 "did you mean 'vary'?" bad
script 'experiments = { "fry_shacks" }, set = { reward = function() return 1 end }'
refused 'a function' 3 'plain data' bad
script 'experiments = { "fry_shacks" }, vary = { reward = { "right_portion", right = 2 } }'
refused 'a value where a list belongs' 3 "a value called 'right'" bad
script 'experiments = { "fry_shacks" }, seeds = { 3, 3 }'
refused 'a seed twice in a script' 3 '3 is there twice' bad
script 'experiments = {}'
refused 'nothing to run' 3 'an empty list' bad
script 'experiments = { "fry_shack" }'
refused 'an experiment that is not there' 1 "did you mean 'fry_shacks'?" bad --out bad

# ---- who else is there ----

lure batch long --jobs 1 --out held > held.txt 2>&1 &
background=$!
wait_for has_finished held 1
refused 'a second batch' 4 "another batch (process $background) is at work" long --out held
wait "$background"
check 'the first one goes on' 0 $?
background=''
expected=$(metrics held)
check 'all of it' 40 "$(finished held)"

mkdir closed
chmod 555 closed
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if "${as_nobody[@]}" "$(readlink -f "$LURE")" --version > /dev/null 2>&1; then
    "${as_nobody[@]}" "$(readlink -f "$LURE")" batch mixed --out closed/out > closed.txt 2>&1
    check 'a folder that cannot be made: exit code' 4 $?
    check_has 'a folder that cannot be made' 'Permission denied' closed.txt
else
    skip 'a folder that cannot be written: root writes anywhere, and no other user can start the program'
fi

# ---- kills, signals, a full disk: the same command puts it right ----

complete() { # name, folder, option: what the same command makes of it
    local n
    n=$(finished "$2")
    lure batch long --jobs 2 --out "$2" ${3:-} > complete.txt 2>&1
    check "$1, the same command: exit code" 0 $?
    check_has "$1, the same command" "40 ok$([ "$n" = 0 ] || echo " ($n of them before)")" complete.txt
    check "$1, the same bytes" "$expected" "$(metrics "$2")"
    check "$1, no litter" '' "$(find "$2" -name '*.tmp')"
}

lure batch long --jobs 2 --out workers > workers.txt 2>&1 &
background=$!
for n in 2 5 8; do
    wait_for has_finished workers $n
    kill -9 "$(worker_of "$background")"
done
wait "$background"
check 'killed workers: exit code' 1 $?
background=''
check_has 'killed workers' 'crashed(SIGKILL): the worker process was killed by signal 9' workers.txt
n=$(finished workers)
check 'killed workers cost their own runs' yes "$(if [ "$n" -ge 37 ] && [ "$n" -lt 40 ]; then echo yes; else echo "$n"; fi)"
lure batch long --jobs 2 --out workers > again.txt 2>&1
check 'killed workers, the same command: exit code' 1 $?
check_has 'killed workers, the same command' "left as they are" again.txt
check_has 'killed workers, the same command' 'crashed(SIGKILL): the worker process was killed by signal 9' again.txt
complete 'killed workers' workers --retry-failed

for n in 1 6; do
    lure batch long --jobs 2 --out "parent$n" > parent.txt 2>&1 &
    background=$!
    wait_for has_finished "parent$n" $n
    kill -9 "$background"
    wait "$background" 2> /dev/null
    check "a killed parent, $n: exit code" 137 $?
    background=''
    check "a killed parent, $n: not all is done" yes "$([ "$(finished "parent$n")" -lt 40 ] && echo yes)"
    complete "a killed parent, $n" "parent$n"
done

for signal in INT:130 TERM:143; do
    lure batch long --jobs 2 --out "$signal" > signal.txt 2>&1 &
    background=$!
    wait_for has_finished "$signal" 3
    kill "-${signal%:*}" "$background"
    wait "$background"
    check "SIG${signal%:*}: exit code" "${signal#*:}" $?
    background=''
    check_has "SIG${signal%:*}" 'the same command does the others' signal.txt
    check_has "SIG${signal%:*}" "lure batch long --jobs 2 --out $signal" signal.txt
    check "SIG${signal%:*}: what is finished stays" yes "$([ "$(finished "$signal")" -ge 3 ] && echo yes)"
    complete "SIG${signal%:*}" "$signal"
done

# a file size limit costs the runs that meet it
(ulimit -f 8 && lure batch long --jobs 2 --out limited > limited.txt 2>&1)
check 'a file size limit: exit code' 1 $?
check_has 'a file size limit' 'File too large' limited.txt
complete 'a file size limit' limited

# ---- long runs go on in the middle ----

middle() { lure batch fry_shacks --seeds 1..3 --set updates=400000 --jobs 2 --checkpoint-every 0.1 --out "$1"; }
has_captures() { [ "$(find "$1" -name 'resume.[01]' 2> /dev/null | wc -l)" -ge "$2" ]; }
middle undisturbed > middle.txt 2>&1
check 'long runs: no litter' '' "$(find undisturbed -name 'resume.*')"
for signal in KILL:137 INT:130; do
    middle "middle-$signal" > middle.txt 2>&1 &
    background=$!
    wait_for has_captures "middle-$signal" 3
    if [ $signal = KILL:137 ]; then # also one of a run that is worked on
        lure resume "$(dirname "$(find "middle-$signal" -name resume.0 | head -n 1)")" > two.txt 2>&1
        check 'lure resume of a run that the batch works on: exit code' 4 $?
        check_has 'lure resume of a run that the batch works on' 'is running it' two.txt
    fi
    pid=$(worker_of "$background") # the shell's child
    kill "-${signal%:*}" "$pid"
    wait "$background"
    background=''
    [ $signal = KILL:137 ] && printf 'x' | dd of="$(find "middle-$signal" -name resume.1 | head -n 1)" bs=1 seek=99 conv=notrunc 2> /dev/null
    sleep 0.1
    lure resume "middle-$signal" > middle.txt 2>&1
    check "long runs, SIG${signal%:*}: exit code" 0 $?
    check "long runs, SIG${signal%:*}: the same bytes" "$(metrics undisturbed)" "$(metrics "middle-$signal")"
    check "long runs, SIG${signal%:*}: the same results" "$(grep -h '"digest"' undisturbed/*/summary.json)" "$(grep -h '"digest"' "middle-$signal"/*/summary.json)"
    check "long runs, SIG${signal%:*}: no litter" '' "$(find "middle-$signal" -name 'resume.*')"
done

mkdir small
if mount -t tmpfs -o size=2m tmpfs small 2> /dev/null; then
    mounted=$work/small
    lure batch long --jobs 2 --out small/out > small.txt 2>&1
    check 'a full disk: exit code' 4 $?
    check_has 'a full disk' 'No space left on device' small.txt
    check_has 'a full disk' 'the same command does the others' small.txt
    check 'a full disk: what is finished stays' yes "$([ "$(finished small/out)" -ge 1 ] && echo yes)"
    mount -o remount,size=64m small
    complete 'a full disk' small/out
else
    skip 'a full disk: no file system of our own can be mounted here'
fi

# What is shown holds no control character.
lure batch fry_shacks --set $'reward=a\e[1m,b' --dry-run > shown.txt 2>&1
check_has 'a value is shown' 'reward=a\027[1m' shown.txt
check_has 'its command can be typed' "\$'reward=a\\033[1m'" shown.txt
lure batch fry_shacks --set $'\e[1m' >> shown.txt 2>&1
check_has 'an option is shown' '--set \027[1m: expected' shown.txt
check 'no control character but line ends' 0 "$(tr -d '\n' < shown.txt | LC_ALL=C grep -c '[[:cntrl:]]')"

# batch.json as it is written is read back.
lure batch fry_shacks --set updates=5 --out asked > /dev/null 2>&1
lure resume asked > shown.txt 2>&1
check 'what was asked for is read back' 0 $?

printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ]
