#!/usr/bin/env bash
# test_batch_power.sh: a power cut, played: a batch is killed, and of the files that no finished syncfs covers some are emptied, torn,
# full of zeros, gone. The index names no run that could have been lost so, and the same command completes the batch, byte by byte.
# ROUNDS (3) is how many.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
ROUNDS=${ROUNDS:-3}
out=runs/steady
shim power
[ ${#every[@]} = 0 ] || every=(--checkpoint-every 0.1)

# some seconds, so that a second passes now and then
began=$(now)
env LD_PRELOAD="$power_shim" POWER_MARK="$here/mark" LURE_MARK="$mark" "$LURE" batch steady --jobs 2 >is.table 2>is.err
check 'undisturbed: exit' $? 0 || cat is.err
takes=$(($(now) - began))
table is.table >whole.text
snapshot $out >whole.snapshot
index_rows >whole.index
if [ "$(stat -c %Y mark)" = 1 ]; then
    skip 'power cuts' 'the program calls no syncfs'
    finish
fi

lost() { find $out -mindepth 2 -type f -newercm mark | sort; }

n_lost=0 n_kept=0
for ((n = 0; n < ROUNDS; n++)); do
    rm -rf runs
    here_every=()
    [ $((n % 2)) = 0 ] || here_every=("${every[@]}")
    env LD_PRELOAD="$power_shim" POWER_MARK="$here/mark" LURE_MARK="$mark" "$LURE" batch steady --jobs $((1 + n % 2)) \
        "${here_every[@]}" >is.table 2>is.err &
    parent=$!
    sleep "$(between 0.3 "$(awk -v t=$takes 'BEGIN { printf "%.3f", t * 1e-6 }')")"
    kill -9 $parent 2>/dev/null
    end
    all_gone 1

    lost >is.lost
    if has_command query && [ -e runs/index.db ]; then # without one the folders are asked
        indexed_folders >is.indexed
        n_kept=$((n_kept + $(wc -l <is.indexed)))
        check "cut $n: a run of the index is on the disk" \
            "$(xargs -rn 1 dirname <is.lost | sort -u | grep -xFf is.indexed | head -n 5)" ''
    fi
    while IFS= read -r file; do
        n_lost=$((n_lost + 1))
        size=$(stat -c %s "$file")
        case $((RANDOM % 6)) in
            0) : >"$file" ;;
            1) truncate -s $((RANDOM % (size + 1))) "$file" ;;
            2) truncate -s 0 "$file" && truncate -s "$size" "$file" ;;
            3) rm "$file" ;;
            4) [ "$size" -lt 4097 ] || { truncate -s 4096 "$file" && truncate -s "$size" "$file"; } ;;
        esac
    done <is.lost
    lure batch steady --jobs 2 "${every[@]}" >is.table 2>is.err
    check "cut $n, then: exit" $? 0 || cat is.err
    same "cut $n" $out whole.snapshot
    check "cut $n: table" "$(diff whole.text <(table is.table))" ''
    check "cut $n: index" "$(diff whole.index <(index_rows) | head)" ''
done

# ---- a disk that fails when it should have all ----

for ((n = 1; n <= 3; n++)); do
    rm -rf runs
    env LD_PRELOAD="$power_shim" POWER_MARK="$here/mark" POWER_FAILS=$n LURE_MARK="$mark" "$LURE" batch steady --jobs 2 \
        "${every[@]}" >is.table 2>is.err
    code=$?
    if [ $code = 0 ] && [ $n -gt 1 ]; then # it was done with less
        continue
    fi
    check "failed sync $n: exit" $code 4 || cat is.err
    check_contains "failed sync $n: said" is.err 'to the disk: Input/output error'
    check "failed sync $n: nobody is left" "$(all_gone 1 && echo gone)" gone || kill_marked
    lost >is.lost
    check "failed sync $n: what is done is on the disk" \
        "$(grep -E '/summary.json$' is.lost | xargs -r grep -l '"outcome": "ok"' | head -n 5)" ''
    check "failed sync $n: a run of the index is on the disk" \
        "$([ ! -e runs/index.db ] || xargs -rn 1 dirname <is.lost | sort -u | grep -xFf <(indexed_folders) | head -n 5)" ''
    lure batch steady --jobs 2 "${every[@]}" >is.table 2>is.err
    check "failed sync $n, then: exit" $? 0 || cat is.err
    same "failed sync $n" $out whole.snapshot
    check "failed sync $n: table" "$(diff whole.text <(table is.table))" ''
    check "failed sync $n: index" "$(diff whole.index <(index_rows) | head)" ''
done
echo "power: $ROUNDS cuts, $n_lost files lost, $n_kept runs in the index at that moment"
finish
