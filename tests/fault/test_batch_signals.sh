#!/usr/bin/env bash
# test_batch_signals.sh: a batch that is stopped and continued (SIGSTOP, SIGCONT), as a whole or one process of it, loses nothing; Ctrl-C
# ends it in order, a second Ctrl-C at once, at whatever moment, and the same command or lure resume completes it, byte by byte.
# ROUNDS (5) is how many of each.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
ROUNDS=${ROUNDS:-5}
out=runs/mixed
set -m # each batch is a process group of its own, as at a terminal

began=$(now)
start is.table is.err batch mixed --jobs 2 "${every[@]}"
end
takes=$(($(now) - began))
check 'undisturbed: exit' $code 1 || cat is.err
table is.table >whole.text
snapshot $out >whole.snapshot
index_rows >whole.index

moment() { between 0 "$(awk -v t=$takes 'BEGIN { printf "%.6f", t * 1.1e-6 }')"; }

through() { # through NAME
    if [ ${#retry[@]} -gt 0 ] && [ -e $out/batch.json ] && [ $((RANDOM % 2)) = 0 ]; then
        lure resume $out >is.table 2>is.err
        check "$1, resume: exit" $? 1 || cat is.err
    fi
    lure batch mixed --jobs 2 "${retry[@]}" >is.table 2>is.err
    check "$1, then: exit" $? 1 || cat is.err
    same "$1" $out whole.snapshot
    check "$1: table" "$(diff whole.text <(table is.table))" ''
    check "$1: index" "$(diff whole.index <(index_rows) | head)" ''
    check "$1: nobody is left" "$(all_gone 1 && echo gone)" gone || kill_marked
}

# ---- stopped and continued ----

for ((n = 0; n < ROUNDS; n++)); do
    rm -rf runs
    start is.table is.err batch mixed --jobs 2 "${every[@]}"
    sleep "$(moment)"
    read -ra workers <<<"$(children $parent)"
    case $((n % 3)) in
        0) who=$parent what=parent ;;
        1) who=${workers[0]:-$parent} what=worker ;;
        2) who=-$parent what=all ;;
    esac
    kill -STOP -- "$who" 2>/dev/null
    sleep "$(between 0.5 1.5)"
    kill -CONT -- "$who" 2>/dev/null
    end
    check "stopped $what, $n: exit" $code 1 || cat is.err
    check "stopped $what, $n: table" "$(diff whole.text <(table is.table))" ''
    same "stopped $what, $n" $out whole.snapshot
    check "stopped $what, $n: nobody is left" "$(all_gone 1 && echo gone)" gone || kill_marked
done

# a worker that is stopped dies with its parent, too
for ((n = 0; n < 3; n++)); do
    rm -rf runs
    start is.table is.err batch mixed --jobs 2 "${every[@]}"
    sleep "$(moment)"
    read -ra workers <<<"$(children $parent)"
    [ ${#workers[@]} = 0 ] || kill -STOP "${workers[0]}" 2>/dev/null
    kill -9 $parent 2>/dev/null
    end
    check "stopped worker, killed parent, $n: nobody is left" "$(all_gone 1 && echo gone)" gone || kill_marked
    through "stopped worker, killed parent, $n"
done

# ---- Ctrl-C ----

n_stopped=0
for ((n = 0; n < ROUNDS; n++)); do
    rm -rf runs
    start is.table is.err batch mixed --jobs $((1 << n % 3)) "${every[@]}"
    sleep "$(moment)"
    kill -INT -- -$parent 2>/dev/null
    end
    if [ $code = 130 ]; then
        n_stopped=$((n_stopped + 1))
        if [ -s is.err ]; then # before it begins, a signal is a signal
            check_contains "Ctrl-C, $n: said" is.err 'stopped by a signal'
        fi
    else # all was done
        check "Ctrl-C, $n: exit" $code 1 || cat is.err
    fi
    through "Ctrl-C, $n"
done
echo "Ctrl-C: $n_stopped of $ROUNDS came before the end"

for ((n = 0; n < ROUNDS; n++)); do
    rm -rf runs
    start is.table is.err batch mixed --jobs $((1 << n % 3)) "${every[@]}"
    sleep "$(moment)"
    kill -INT -- -$parent 2>/dev/null
    sleep "$(between 0 0.005)"
    kill -INT -- -$parent 2>/dev/null
    end
    check "Ctrl-C twice, $n: exit" "$((code == 130 || code == 1))" 1 || echo "code $code: $(cat is.err)"
    through "Ctrl-C twice, $n"
done

# The second ends what does not hear the first: a script that is in the middle of a long step.
rm -rf runs
start is.table is.err batch experiments/deaf.lua --jobs 2 --seeds 1..4 --out runs/deaf
sleep 0.3
began=$(now)
kill -INT -- -$parent
sleep 0.2
kill -0 $parent 2>/dev/null && kill -INT -- -$parent
end
check 'Ctrl-C twice, deaf: exit' $code 130
check 'Ctrl-C twice, deaf: at once' "$((($(now) - began) < 1500000))" 1
check 'Ctrl-C twice, deaf: nobody is left' "$(all_gone 1 && echo gone)" gone || kill_marked
finish
