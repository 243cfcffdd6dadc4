#!/usr/bin/env bash
# test_batch_calls.sh: a small batch that is killed at each single call by which it changes a file or talks to its other
# processes, and one whose n-th such call fails, for every n: what follows is that the same command completes it, with the same
# bytes. STEP=1 tries every call; the usual run takes about MOST (16) of each kind, the first of them by chance.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
MOST=${MOST:-16}
out=runs/tiny
shim strike

stride() { # stride CALLS: the step and the first of those that are tried, in $step and $at
    step=${STEP:-$((($1 + MOST - 1) / MOST))}
    at=$((1 + RANDOM % step))
}

struck() { # struck ERRORS: with STRIKE... set by the caller; its code in $code
    rm -f tally
    env LD_PRELOAD="$strike_shim" STRIKE_TALLY="$here/tally" LURE_MARK="$mark" timeout --foreground 20 \
        "$LURE" batch tiny --jobs 1 "${every[@]}" >is.table 2>"$1"
    code=$?
}

rm -rf runs
lure batch tiny --jobs 1 "${every[@]}" >is.table 2>is.err
check 'undisturbed: exit' $? 1 || cat is.err
table is.table >whole.text
snapshot $out >whole.snapshot
index_rows >whole.index

through() { # through NAME
    lure batch tiny --jobs 1 "${every[@]}" "${retry[@]}" >is.table 2>is.err
    check "$1: then exit" $? 1 || cat is.err
    same "$1" $out whole.snapshot
    check "$1: table" "$(diff whole.text <(table is.table))" ''
    check "$1: index" "$(diff whole.index <(index_rows) | head)" ''
}

for who in parent child; do
    rm -rf runs
    STRIKE=count STRIKE_IN=$who struck strike.err
    check "counted, $who: exit" "$code" 1
    n_calls=$(calls_of tally)
    echo "$who: $n_calls calls that change files or tell others"
    check "$who: there are calls" "$((n_calls > 3))" 1
    stride "$n_calls"
    for (( ; at <= n_calls; at += step)); do
        rm -rf runs
        STRIKE=kill STRIKE_AT=$at STRIKE_IN=$who struck strike.err
        name="$who killed at call $at"
        if [ $who = parent ]; then
            check "$name: exit" $code 137
        else
            check "$name: exit" $code 1
        fi
        check "$name: nobody is left" "$(all_gone 1 && echo gone)" gone || kill_marked
        through "$name"
    done 2>/dev/null

    for reason in EIO ENOSPC EROFS; do
        many=1
        [ $reason = EIO ] || many=0 # all that follow
        rm -rf runs
        STRIKE=count-fail STRIKE_ERRNO=$reason STRIKE_IN=$who struck strike.err
        stride "$(calls_of tally)"
        for (( ; at <= n_calls; at += step)); do
            rm -rf runs
            STRIKE=fail STRIKE_AT=$at STRIKE_FOR=$many STRIKE_ERRNO=$reason STRIKE_IN=$who struck strike.err
            name="$who, $reason from call $at"
            [ "$(struck_in tally)" != 0 ] || continue # by chance, it made fewer calls
            check "$name: ends by itself" "$((code == 0 || code == 1 || code == 4))" 1 || echo "$name: $code"
            # either it is told of, or it did not matter
            if [ "$code" != 4 ] && ! grep -qE 'Input/output error|No space left|Read-only file system' is.table strike.err; then
                same "$name: silent" $out whole.snapshot
            fi
            through "$name"
        done
    done
done
finish
