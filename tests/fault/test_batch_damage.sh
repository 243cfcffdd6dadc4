#!/usr/bin/env bash
# test_batch_damage.sh: a changed byte, a lost end, an emptied or a missing file, in each kind of file of a finished batch and of one
# that was interrupted: the same command again gives what it would have given, or refuses and names the file; and what reads a run
# never takes a damaged one for a good one without a word. FLIPS (1) is how many bytes are tried in each kind of file (all:
# every byte), at random by SEED.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
FLIPS=${FLIPS:-1}
out=runs/deep

lure batch deep --jobs 1 "${every[@]}" >is.table 2>is.err
check 'undisturbed: exit' $? 1 || cat is.err
table is.table >whole.text
snapshot $out >whole.snapshot
index_rows >whole.index
cp -a runs whole

# the same, met in the middle of its last run
rm -rf runs
start is.table is.err batch deep --jobs 1 "${every[@]}"
late=metrics.csv
[ ${#every[@]} = 0 ] || late=resume.1
for ((i = 0; i < 400; i++)); do
    compgen -G "$out/far-*/$late" >/dev/null && break
    sleep 0.005
done
kill -9 $parent
end
check 'interrupted' "$code" 137
check 'interrupted: no summary of its last run' "$(ls $out/far-*/summary.json 2>/dev/null)" ''
all_gone 1
cp -a runs half

flip() { # flip FILE OFFSET: another byte there
    local byte
    byte=$(od -An -tu1 -j "$2" -N1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((byte ^ (1 + RANDOM % 255))))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# harm FILE HOW: the offset for a flip, else `emptied`, `gone`, `cut N`
harm() {
    case $2 in
        emptied) : >"$1" ;;
        gone) rm "$1" ;;
        cut*) truncate -s "${2#cut }" "$1" ;;
        *) flip "$1" "$2" ;;
    esac
}

ways() { # ways FILE: how it is harmed
    local size i
    size=$(stat -c %s "$1")
    echo emptied
    echo gone
    [ "$size" -gt 0 ] || return
    echo "cut $((RANDOM % size))"
    echo "cut $((size - 1))"
    if [ "$FLIPS" = all ] && [ "$size" -le 20000 ]; then
        seq 0 $((size - 1))
    else
        for ((i = 0; i < FLIPS; i++)); do echo $(((RANDOM * 32768 + RANDOM) % size)); done
    fi
}

fresh() { # fresh whole|half
    rm -rf runs
    cp -a "$1" runs
}

told() { grep -qF -- "$1" is.table is.err; }

again() { # again STATE FILE: every way
    local how name code
    while read -r how; do
        fresh "$1"
        name="$1 batch, ${2#"$out/"}: $how"
        harm "$2" "$how"
        env LURE_MARK="$mark" timeout --foreground 20 "$LURE" batch deep --jobs 1 >is.table 2>is.err
        code=$?
        snapshot $out >is.snapshot
        if [ $code = 4 ] && told "${2##*/}"; then # a clear refusal
            passed=$((passed + 1))
            continue
        fi
        check "$name: exit" $code 1 || cat is.err
        check "$name: the same files and bytes" "$(diff whole.snapshot is.snapshot | cut -c 1-200 | head -n 8)" ''
        check "$name: table" "$(diff whole.text <(table is.table))" ''
        check "$name: index" "$(diff whole.index <(index_rows) | head -n 8)" ''
    done < <(fresh "$1" && ways "$2")
}

fresh whole
for file in $out/far-*/{manifest.json,metrics.csv,checkpoint.safetensors,best.safetensors,summary.json} \
    $out/breaks-*/{summary.json,metrics.csv,manifest.json} $out/scripts/{environment.wander,algorithm.plain}*.lua $out/batch.json $out/.lock \
    runs/index.db{,-wal}; do
    fresh whole
    [ -e "$file" ] && again whole "$file"
done
fresh half
for file in $out/far-*/{manifest.json,metrics.csv,resume.0,resume.1,best.safetensors,checkpoint.safetensors} \
    $out/short-*/{manifest.json,metrics.csv,checkpoint.safetensors,summary.json} $out/breaks-*/summary.json \
    $out/scripts/{environment.wander,algorithm.plain}*.lua $out/batch.json $out/.lock runs/index.db{,-wal}; do
    fresh half
    [ -e "$file" ] && again half "$file"
done

# ---- what reads a run ----

far=$(basename $out/far-*) short=$(basename $out/short-*)
fresh whole
reads() { # reads NAME: its output in read.NAME
    case $1 in
        show) "$LURE" show "$out/$far" ;;
        compare) "$LURE" compare "$out/$far" "$out/$short" ;;
        eval) "$LURE" eval "$out/$far" --episodes 3 ;;
        replay) "$LURE" replay "$out/$far" ;;
        resume) "$LURE" resume "$out/$far" ;;
        query) "$LURE" query 'select * from runs order by run_id' ;;
    esac >"read.$1" 2>"read.$1.err"
}
# What a command prints that does not read the file is what it printed before.
untimed() { sed -E 's/[0-9.]+ (ms|s|min)\b/T/g; s/[0-9.,]+ ?[kM]? ?(steps|updates)\/s|[0-9.]+ (million|thousand)?[^,]*(a|per) second/R/g' "$@"; }
for command in show compare eval replay resume query; do
    has_command $command || continue
    fresh whole
    reads $command
    code=$?
    untimed read.$command >wanted
    check "$command, unharmed: exit" $code 0 || cat read.$command.err
    for file in manifest.json metrics.csv checkpoint.safetensors best.safetensors summary.json; do
        while read -r how; do
            [ "$file $how" != 'summary.json gone' ] || continue # such a run is not damaged, but has not ended
            fresh whole
            harm "$out/$far/$file" "$how"
            reads $command
            code=$?
            same=$(diff wanted <(untimed read.$command) >/dev/null && echo same)
            if [ $code != 0 ]; then
                check "$command, $file, $how: says what is wrong" "$(grep -qE "$file|$far|no run|differ" read.$command.err read.$command && echo told)" told ||
                    cat read.$command.err
                check "$command, $file, $how: exit" "$((code == 4 || code == 1))" 1 || cat read.$command.err
            else
                check "$command, $file, $how: the same or told" \
                    "${same:-$(grep -oE "$file|damaged|checksum" read.$command.err read.$command | head -n 1 | sed 's/..*/same/')}" same ||
                    diff wanted <(untimed read.$command) | head -n 4
            fi
        done < <(fresh whole && ways "$out/$far/$file")
    done
done
finish
