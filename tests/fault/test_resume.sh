#!/usr/bin/env bash
# test_resume.sh: a run that is interrupted and gone on with is the run it would have been: the same bytes in metrics.csv, in the
# parameters and in the summary but for its seconds. Killed (kill -9) at random moments, also while it is being gone on with;
# stopped by signals; with damaged files, changed scripts, a full disk, two at once. KILLS (12) is how many kills there
# are in all; their moments follow from SEED.
set -u
LURE=$(realpath "${LURE:-build/lure}") || exit 2
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/resume" && pwd)
export LC_ALL=C.UTF-8
KILLS=${KILLS:-12}
RANDOM=${SEED:-$$}
here=$(mktemp -d)
disk=
cleanup() {
    [ -z "$disk" ] || umount "$disk"
    rm -rf "$here"
}
trap cleanup EXIT
cp -r "$scripts"/* "$here"
cd "$here" || exit 2
passed=0 failed=0 skipped=0

check() { # check NAME ACTUAL EXPECTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  is       %.600s\n  expected %.600s\n' "$1" "$2" "$3"
    fi
    [ "$2" = "$3" ]
}

check_contains() { # check_contains NAME FILE PART
    if grep -qF -- "$3" "$2"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  is    %s\n  lacks %s\n' "$1" "$(head -c 1000 "$2")" "$3"
    fi
}

# without what depends on time and place
summary() { sed -E '/"(seconds|updates_per_second|steps_per_second|seconds_to_threshold|directory|crc32c)":/d;/"manifest.json": \{/,/\}/d' "$1"; }

same() { # same NAME FOLDER FOLDER
    for file in metrics.csv checkpoint.safetensors best.safetensors; do
        [ -e "$2/$file" ] || continue
        cmp -s "$2/$file" "$3/$file"
        check "$1: $file" "$?" 0
    done
    check "$1: summary.json" "$(diff <(summary "$2/summary.json") <(summary "$3/summary.json"))" ''
    check "$1: nothing else is left" "$(ls -A "$3")" "$(ls -A "$2")"
}

whole() { # whole FOLDER EXPERIMENT ARGS...: uninterrupted
    local out=$1
    shift
    rm -rf "$out"
    "$LURE" run "$@" --out "$out" >/dev/null 2>whole.err || {
        failed=$((failed + 1))
        echo "FAIL $*: $(cat whole.err)"
    }
}

start() { # start FOLDER EXPERIMENT ARGS...: in the background, its process id in $running; until its first rows are there
    local out=$1
    shift
    "$LURE" run "$@" --out "$out" --checkpoint-every 0 >/dev/null 2>run.err &
    running=$!
    for ((i = 0; i < 200; i++)); do
        [ ! -e "$out/resume.0" ] || break # the second of them
        sleep 0.01
    done
}

finish() { # finish: of the one in the background; its code in $code
    wait "$running" 2>/dev/null
    code=$?
}

resume() { # resume FOLDER: its code in $code, what it said in resume.err
    "$LURE" resume "$1" >resume.out 2>resume.err
    code=$?
}

until_killed() { # until_killed SECONDS ERRORS ARGS...: its code in $code
    { timeout -s KILL "$1" "$LURE" "${@:3}" >/dev/null 2>>"$2"; } 2>/dev/null # the shell tells of the kill
    code=$?
}

# ---- kills at random moments ----

# torture KILLS NAME ARGS...: runs it with seed 1, 2, ... and kills it and each process that goes on with it, until there were so
# many kills. *.err keep what they said.
torture() {
    local left=$1 name=$2 seed=0 every wait_for
    shift 2
    rm -f "$name.err"
    while [ "$left" -gt 0 ]; do
        seed=$((seed + 1))
        rm -rf part
        whole whole "$@" --seed "$seed"
        code=137
        while [ "$code" = 137 ]; do
            every=0
            [ $((RANDOM % 3)) != 0 ] || every=0.05
            wait_for=1e9
            [ "$left" -le 0 ] || wait_for=0.$((RANDOM % 30 + 15))
            if [ -e part/manifest.json ]; then
                until_killed "$wait_for" "$name.err" resume part --checkpoint-every "$every"
            else
                rm -rf part
                until_killed "$wait_for" "$name.err" run "$@" --seed "$seed" --out part --checkpoint-every "$every"
            fi
            [ "$code" != 137 ] || left=$((left - 1))
        done
        check "$name, seed $seed: exit" "$code" 0 || tail -5 "$name.err"
        same "$name, seed $seed" whole part
    done
}

goes_on() { # goes_on NAME: it was gone on with, and done again only where nothing was written yet
    check "$1: gone on with" "$(grep -qF 'going on after' "$1.err" && echo yes)" yes
    check "$1: not done again" "$(grep -F 'done again' "$1.err" | grep -vF 'not written down yet')" ''
}

each=$(((KILLS + 5) / 6))
torture $each lesson fry_shacks --set updates=8000
goes_on lesson
torture $each reinforce cartpole_reinforce --set updates=120
goes_on reinforce
torture $each ppo experiments/ppo.lua
goes_on ppo
torture $each much experiments/much.lua
goes_on much
torture $each wander experiments/wander.lua
goes_on wander
torture $each waits experiments/waits.lua

# ---- what cannot be written down is done again, and compared ----

reason() { # reason EXPERIMENT REASON
    rm -rf part
    whole whole "experiments/$1.lua"
    start part "experiments/$1.lua"
    kill -KILL "$running"
    finish
    resume part
    check "$1: exit" "$code" 0
    check_contains "$1: says that it is done again" resume.err 'is done again from its start and compared with metrics.csv'
    check_contains "$1: says why" resume.err "$2"
    same "$1" whole part
}

reason waits 'a coroutine'
reason born 'the function in algorithms/born.lua:9 was made during an update'
reason weak 'a weak table'
reason twice "updates are not counted by a loop 'for p in run:updates() do'"

# ---- damage ----

# A run of many updates that was killed, and what it would have been; from here on copies of it are harmed.
whole whole experiments/wander.lua
start killed experiments/wander.lua
kill -KILL "$running"
finish
check 'killed' "$code" 137
harm() { # harm: a fresh copy
    rm -rf part
    cp -r killed part
}
flip() { # flip FILE: one byte in the middle
    local at=$(($(stat -c %s "$1") / 2))
    printf '\377\376' | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}
latest=resume.0
[ killed/resume.0 -nt killed/resume.1 ] || latest=resume.1
earlier=resume.$((1 - ${latest#resume.}))
row=$(($(head -n 1 killed/metrics.csv | wc -c) + 2)) # within the first row, which each of the files speaks of

harm
resume part
check 'unharmed: exit' "$code" 0
same 'unharmed' whole part

harm
flip "part/$latest"
resume part
check 'the latest file damaged: exit' "$code" 0
check_contains 'the latest file damaged: said' resume.err "part/$latest: the file is damaged: its checksum is wrong"
check_contains 'the latest file damaged: the earlier one' resume.err 'going on after update'
same 'the latest file damaged' whole part

harm
flip "part/$earlier"
resume part
check_contains 'the earlier file damaged: said' resume.err "part/$earlier: the file is damaged"
same 'the earlier file damaged' whole part

harm
truncate -s 100 "part/$latest"
: >"part/$earlier"
resume part
check 'both damaged: exit' "$code" 0
check_contains 'both damaged: done again' resume.err 'the run is done again from its start'
same 'both damaged' whole part

harm # a row that the files speak of is gone
truncate -s "$row" part/metrics.csv
resume part
check 'rows lost: exit' "$code" 0
check_contains 'rows lost: said' resume.err 'part/metrics.csv has lost rows'
same 'rows lost' whole part

harm # a row is another one
printf 'x' | dd of=part/metrics.csv bs=1 seek="$row" conv=notrunc status=none
resume part
check 'a row changed: exit' "$code" 4
check_contains 'a row changed: said' resume.err 'part/metrics.csv has other rows than it had'

harm
rm part/resume.?
printf 'x' | dd of=part/metrics.csv bs=1 seek="$row" conv=notrunc status=none
resume part
check 'other rows: exit' "$code" 4
check_contains 'other rows: said' resume.err 'part/metrics.csv is not what this run gives: they differ behind byte'

harm
rm part/metrics.csv part/resume.?
resume part
check 'all but the manifest gone: exit' "$code" 0
same 'all but the manifest gone' whole part

harm
printf '{' >part/manifest.json
resume part
check 'manifest damaged: exit' "$code" 4
check_contains 'manifest damaged: said' resume.err 'part/manifest.json is damaged, it cannot be read as JSON'

harm
cp algorithms/plain.lua plain.before
echo 'return nothing' >algorithms/plain.lua
resume part
check 'script changed: exit' "$code" 0
check_contains 'script changed: said' resume.err 'algorithms/plain.lua was changed since; the run goes on with the algorithm that it used'
same 'script changed' whole part
mv plain.before algorithms/plain.lua

harm
sed -i 's/"settings": \[/"settings": ["updates=70"/; s/"updates": 200/"updates": 70/' part/manifest.json
resume part
check 'manifest edited: exit' "$code" 4
check_contains 'manifest edited: said' resume.err 'part/manifest.json is damaged: its own checksum does not hold'
sed -zi 's/,\n  "crc32c": "[0-9a-f]*"\n}\n$/\n}\n/' part/manifest.json # as an older lure wrote it
resume part
check 'another run: exit' "$code" 4
check_contains 'another run: said' resume.err 'not what they were'

resume nowhere
check 'no such folder: exit' "$code" 4
check_contains 'no such folder: said' resume.err "no run 'nowhere'"

# ---- from another folder ----

harm
mkdir -p elsewhere
(cd elsewhere && "$LURE" resume ../part >../resume.out 2>../resume.err)
check 'from another folder: exit' "$?" 0
same 'from another folder' whole part

# ---- signals ----

for signal in INT:130 TERM:143; do
    rm -rf part
    start part experiments/wander.lua
    kill "-${signal%:*}" "$running"
    finish
    check "$signal: exit" "$code" "${signal#*:}"
    check_contains "$signal: said" run.err 'go on with: lure resume part'
    check "$signal: unlocked" "$(ls part/lock 2>/dev/null)" ''
    resume part
    check "$signal: gone on with" "$(grep -c 'going on after update' resume.err)" 1
    same "$signal" whole part
done

resume part
check 'finished: exit' "$code" 0
check_contains 'finished: said' resume.err 'part is finished; there is nothing to go on with'
same 'finished' whole part

# Within a second there is a boundary, and no update is lost: the run is written down there.
rm -rf part
"$LURE" run experiments/wander.lua --out part --set updates=100000 >/dev/null 2>run.err &
running=$!
sleep 0.4
kill -INT "$running"
finish
updates=$(sed -n 's/^stopped after \([0-9]*\) update.*/\1/p' run.err)
: >resume.err
until_killed 0.5 resume.err resume part
check_contains 'stopped between two updates' resume.err "going on after update $updates"

# What goes on is written down, too.
rm -rf part
start part experiments/wander.lua --set updates=100000
kill -KILL "$running"
finish
: >resume.err
for ((i = 0; i < 3; i++)); do
    until_killed 0.7 resume.err resume part --checkpoint-every 0
done
check 'further each time' "$(sed -n 's/.*going on after update //p' resume.err | sort -nu | wc -l)" 3

# ---- two at once ----

rm -rf part
start part experiments/wander.lua --set updates=100000
resume part
check 'running: exit' "$code" 4
check_contains 'running: said' resume.err "part: process $running is running it"
kill -KILL "$running"
finish

# ---- a full disk ----

if [ "$(id -u)" = 0 ] && mkdir -p small && mount -t tmpfs -o size=400k tmpfs small 2>/dev/null; then
    disk=$here/small
    start small/part experiments/wander.lua --set updates=3000
    finish
    check 'full disk: exit' "$code" 4
    check_contains 'full disk: said' run.err 'No space left on device'
    mount -o remount,size=16m small
    resume small/part
    check 'more room: exit' "$code" 0
    whole whole experiments/wander.lua --set updates=3000
    same 'more room' whole small/part
else
    skipped=$((skipped + 1))
    echo 'skipped full disk: no tmpfs can be mounted here'
fi

# ---- the best policy so far ----

# One that no later one replaces, and is lost: it is in what the run goes on from.
words=(experiments/wander.lua --set "evaluate={every=250,episodes=2}" --set updates=400)
whole best "${words[@]}"
check 'best: of which update' "$(grep -A 1 '"best": {' best/summary.json | tail -n 1 | tr -dc 0-9)" 250
rm -rf part
"$LURE" run "${words[@]}" --out part --checkpoint-every 0 >/dev/null 2>run.err &
running=$!
for ((i = 0; i < 2000; i++)); do
    [ -e part/best.safetensors ] && [ part/resume.0 -nt part/best.safetensors ] && [ part/resume.1 -nt part/best.safetensors ] && break
    sleep 0.005
done
kill -KILL "$running"
finish
check 'best: killed' "$code" 137
rm -rf killed
mv part killed
for how in gone emptied changed; do
    harm
    case $how in
        gone) rm part/best.safetensors ;;
        emptied) : >part/best.safetensors ;;
        changed) flip part/best.safetensors ;;
    esac
    resume part
    check "best, $how: exit" "$code" 0
    check_contains "best, $how: goes on" resume.err 'going on after update'
    same "best, $how" best part
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
