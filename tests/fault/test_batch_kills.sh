#!/usr/bin/env bash
# test_batch_kills.sh: a batch that is killed (kill -9) at random moments, its parent or its workers, and started again until it
# is through, is the batch it would have been: the same bytes, the same table, nothing left over, nothing done twice.
# KILLS (30) parents and as many workers are killed; the moments follow from SEED.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
KILLS=${KILLS:-30}
out=runs/mixed

# ---- undisturbed ----

declare -A takes # microseconds, by the number of jobs
for jobs in 1 2 4; do
    rm -rf runs
    began=$(now)
    lure batch mixed --jobs $jobs >is.table 2>is.err
    check "undisturbed, $jobs jobs: exit" $? 1 || cat is.err
    takes[$jobs]=$(($(now) - began))
    snapshot $out >is.snapshot
    lure batch mixed --jobs $jobs --json 2>/dev/null | timeless >is.json
    table is.table >is.text
    if [ $jobs = 1 ]; then
        mv is.snapshot whole.snapshot
        mv is.json whole.json
        mv is.text whole.text
        index_rows >whole.index
        n_runs=$(find $out -name summary.json | wc -l)
    else
        check "undisturbed, $jobs jobs: bytes" "$(diff whole.snapshot is.snapshot | head)" ''
        check "undisturbed, $jobs jobs: table" "$(diff whole.text is.text)" ''
        check "undisturbed, $jobs jobs: document" "$(diff whole.json is.json | head)" ''
        check "undisturbed, $jobs jobs: index" "$(diff whole.index <(index_rows) | head)" ''
    fi
done

# Through the whole life of the longest of them, and what follows from it is not changed any more: name, file and time of
# each summary that is there.
ended() { find $out -name summary.json -printf '%p %i %T@\n' 2>/dev/null | sort; }

through() { # through NAME: after all that was done to it, undisturbed to its end
    lure batch mixed --jobs $jobs "${retry[@]}" >is.table 2>is.err
    check "$1: exit" $? 1 || cat is.err
    same "$1" $out whole.snapshot
    check "$1: table" "$(diff whole.text <(table is.table))" ''
    check "$1: document" "$(diff whole.json <(lure batch mixed --jobs $jobs --json 2>/dev/null | timeless) | head)" ''
    check "$1: index" "$(diff whole.index <(index_rows) | head)" ''
}

# ---- parents ----

left=$KILLS rounds=0 early=0 middle=0 late=0
while [ "$left" -gt 0 ]; do
    jobs=$((1 << RANDOM % 3)) rounds=$((rounds + 1)) tries=0 most=$((1 + RANDOM % 6))
    rm -rf runs
    while [ "$left" -gt 0 ] && [ $tries -lt $most ]; do
        tries=$((tries + 1))
        before=$(ended)
        n=$(wc -l <<<"$before")
        # what is left of its life, a little more
        moment=$(between 0 "$(awk -v t="${takes[$jobs]}" -v d="$n" -v n="$n_runs" \
            'BEGIN { printf "%.6f", t * 1e-6 * (1.2 - d / n) }')")
        here_every=()
        [ $((RANDOM % 2)) = 0 ] || here_every=("${every[@]}")
        timeout --foreground -s KILL "$moment" env LURE_MARK="$mark" "$LURE" batch mixed --jobs $jobs "${here_every[@]}" \
            >/dev/null 2>>kills.err
        code=$?
        [ $code != 124 ] || code=1 # it ended at that very moment
        if [ $code != 137 ]; then
            check "parents, round $rounds: exit" $code 1 || tail -n 3 kills.err
            break
        fi
        left=$((left - 1))
        check 'parents: their workers are gone' "$(all_gone 1 && echo gone)" gone || kill_marked
        check 'parents: what had ended stays as it was' "$(comm -23 <(echo "$before") <(ended))" ''
        n=$(ended | wc -l)
        if [ "$n" = 0 ]; then early=$((early + 1)); elif [ "$n" -lt "$n_runs" ]; then middle=$((middle + 1)); else late=$((late + 1)); fi
    done 2>/dev/null
    through "parents, round $rounds ($tries tries, $jobs jobs)"
done
echo "parents: $KILLS killed in $rounds rounds: $early before the first run ended, $middle between, $late after the last (SEED=$SEED)"
if [ "$KILLS" -ge 100 ]; then
    check 'parents: moments of all kinds' "$((early > 0 && middle > 0 && late > 0))" 1
fi

# ---- workers ----

left=$KILLS rounds=0 told=0
while [ "$left" -gt 0 ]; do
    jobs=$((1 << RANDOM % 3)) rounds=$((rounds + 1)) hits=0
    rm -rf runs
    start is.table is.err batch mixed --jobs $jobs "${every[@]}" --json
    while [ "$left" -gt 0 ] && kill -0 $parent 2>/dev/null; do
        sleep "$(between 0 "$(awk -v t="${takes[$jobs]}" 'BEGIN { printf "%.6f", t * 4e-7 }')")"
        read -ra workers <<<"$(children $parent)"
        [ ${#workers[@]} -gt 0 ] || continue
        if kill -9 "${workers[RANDOM % ${#workers[@]}]}" 2>/dev/null; then
            left=$((left - 1)) hits=$((hits + 1))
        fi
    done
    end
    check "workers, round $rounds: exit" $code 1 || cat is.err
    n=$(awk '/"run_id"/ { id = $2 } /"outcome": "crashed\(SIGKILL\)/ { print id }' is.table | sort -u | wc -l) # not twins
    told=$((told + n))
    check "workers, round $rounds: each costs a run at most" "$((n <= hits))" 1
    if [ $((RANDOM % 2)) = 0 ] && [ ${#retry[@]} -gt 0 ]; then
        lure resume $out >is.table 2>is.err
        check "workers, round $rounds: resume, exit" $? 1 || cat is.err
    fi
    through "workers, round $rounds ($hits killed, $jobs jobs)"
    check "workers, round $rounds: nobody is left" "$(all_gone 1 && echo gone)" gone
done
echo "workers: $KILLS killed in $rounds rounds, $told outcomes crashed(SIGKILL) told (SEED=$SEED)"
finish
