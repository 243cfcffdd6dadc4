#!/usr/bin/env bash
# test_batch_two.sh: who else is at work. A second batch on a folder is refused at once and told who holds it, whatever the first is
# doing and however the folder is spelt; a killed holder holds nothing; batches in different folders share one index; a run that a
# batch works on cannot be gone on with; what reads never disturbs and is never disturbed.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
shim slow

lure batch other --jobs 2 >is.table 2>is.err
check 'undisturbed: exit' $? 0 || cat is.err
snapshot runs/other >whole.snapshot
index_rows >whole.index
rm -rf runs

refused() { # refused NAME ARGS...: at once, with the pid of the one in the background
    local began code
    began=$(now)
    lure batch "${@:2}" >two.table 2>two.err
    code=$?
    check "$1: exit" $code 4 || cat two.table
    check_contains "$1: says who" two.err "process $parent"
    check "$1: at once" "$((($(now) - began) < 1500000))" 1
}

slow() { # slow MICROSECONDS ARGS...: as start, each write takes so long
    env LD_PRELOAD="$slow_shim" SLOW="$1" LURE_MARK="$mark" "$LURE" "${@:2}" >one.table 2>one.err &
    parent=$!
    for ((i = 0; i < 500; i++)); do # it holds its lock when it says so
        [ "$(cat runs/other/.lock 2>/dev/null)" != $parent ] || break
        sleep 0.01
    done
}

# ---- a second one ----

slow 20000 batch other --jobs 2
mkdir -p elsewhere
ln -s "$here/runs/other" link
refused 'the same command' other
refused 'another number of jobs' other --jobs 1
refused 'another batch' mixed --out runs/other
refused 'an experiment' experiments/short.lua --out runs/other
refused 'a relative path' other --out ./runs/../runs/other/
refused 'an absolute path' other --out "$here/runs/other"
refused 'a symbolic link' other --out link
cd elsewhere || exit 2
refused 'from another folder' ../batches/other.lua --out ../runs/other
cd .. || exit 2
if has_option resume OUT || has_option batch --retry-failed; then
    lure resume runs/other >two.table 2>two.err
    check 'resume of the batch: exit' $? 4
    check_contains 'resume of the batch: says who' two.err "process $parent"
fi

# what reads, meanwhile
lure batch other --dry-run >two.table 2>two.err
check 'dry run meanwhile: exit' $? 0 || cat two.err
for words in 'ls' 'ls --all' 'query select_count(*)_from_runs'; do
    read -ra command <<<"$words"
    has_command "${command[0]}" || continue
    [ "${command[0]}" != ls ] || [ "${command[1]:-}" = '' ] || has_option ls "${command[1]}" || continue
    bad=0
    for ((i = 0; i < 20; i++)); do
        "$LURE" "${command[@]//_/ }" >read.table 2>read.err || { bad=$((bad + 1)) && cat read.err; }
    done
    check "$words meanwhile: each answers" $bad 0
done
# a run that is being worked on
found=''
for ((i = 0; i < 300 && ${#found} == 0; i++)); do
    for folder in runs/other/*-seed*; do
        [ -e "$folder/manifest.json" ] && [ ! -e "$folder/summary.json" ] && found=$folder && break
    done
done
if [ -n "$found" ]; then
    mkdir runs/left
    cp "$found/manifest.json" runs/left
    "$LURE" show "$found" >two.table 2>two.err
    # or it came to its end just then, or begins just now
    check "what a run is that is worked on" "$(grep -qE '^ *outcome +(running|ok)$' two.table || [ -s two.err ] && echo seen)" seen || cat two.table
    "$LURE" show runs/left >two.table 2>two.err
    check_contains 'what a run is that nobody is at' two.table 'unfinished'
    rm -r runs/left
    cp -r "$found" runs/other/left # so is one in the folder of a batch at work
    rm -f runs/other/left/summary.json
    "$LURE" show runs/other/left >two.table 2>two.err
    check_contains 'what a run is that no worker is at' two.table 'unfinished'
    rm -r runs/other/left
    lure resume "$found" >two.table 2>two.err
    code=$?
    if grep -qF 'is finished' two.err; then # it was just then
        check "resume of a run that has just ended: exit" $code 0
    else
        check "resume of a run that is worked on ($found): exit" $code 4 || cat two.err
        check_contains 'resume of a run that is worked on: says who' two.err 'process '
    fi
else
    skip 'resume of a run that is worked on' 'none was seen'
fi
end
check 'the first goes on: exit' $code 0 || cat one.err
same 'the first goes on' runs/other whole.snapshot
check 'the first goes on: index' "$(diff whole.index <(index_rows) | head)" ''

# ---- while it plans ----

rm -rf runs
slow 300000 batch other --jobs 1
refused 'while it plans' other
refused 'while it plans, another batch' mixed --out runs/other
kill -9 $parent
end

# ---- all at the same moment ----

for ((n = 0; n < 5; n++)); do
    rm -rf runs
    pids=()
    for i in 1 2 3 4; do
        env LURE_MARK="$mark" "$LURE" batch other --jobs 1 >race$i.table 2>race$i.err &
        pids[i]=$!
    done
    codes=''
    for i in 1 2 3 4; do
        wait "${pids[i]}"
        codes+="$? "
    done
    check "at the same moment, $n: one works" "$(tr ' ' '\n' <<<"$codes" | sort | tr -d '\n')" 0444 || cat race?.err
    same "at the same moment, $n" runs/other whole.snapshot
done

# ---- a killed holder holds nothing ----

for ((n = 0; n < 5; n++)); do
    rm -rf runs
    slow 500 batch other --jobs 2
    sleep 0.0$n
    kill -9 $parent
    began=$(now)
    lure batch other --jobs 2 >is.table 2>is.err
    check "after a kill, $n: exit" $? 0 || cat is.err
    end
    same "after a kill, $n" runs/other whole.snapshot
done
check 'after a kill: at once' "$((($(now) - began) < 10000000))" 1

# ---- two folders, one index ----

rm -rf runs
for n in 1 2 3; do
    env LURE_MARK="$mark" "$LURE" batch other --jobs 1 --out runs/other$n >one$n.table 2>one$n.err &
    pids[n]=$!
done
for n in 1 2 3; do
    wait "${pids[n]}"
    check "three at a time, $n: exit" $? 0 || cat one$n.err
    check "three at a time, $n: no warning" "$(grep -i 'index' one$n.err)" ''
    check "three at a time, $n" "$(diff <(sed "s|runs/other/|runs/other$n/|; s|runs/other\"|runs/other$n\"|" whole.snapshot) <(snapshot runs/other$n) | head)" ''
done
if has_command export; then
    check 'three at a time: rows of all' "$("$LURE" query 'select count(*) from runs' 2>&1 | grep -cw 120)" 1
fi
check 'nobody is left' "$(all_gone 1 && echo gone)" gone
finish
