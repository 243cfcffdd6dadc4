#!/usr/bin/env bash
# test_store.sh: what the store does when the system fails it. Full disk (a small tmpfs), file size limit, every system
# call of an atomic write failing or being the last one before kill -9, kills at random moments, folders that may not
# be written. Takes the driver's path as its argument, else $BUILD/store_driver (store_driver.c beside this file).
set -u
built=$(realpath "${1:-${BUILD:-build/release}/store_driver}") || exit 2
here=$(mktemp -d)
disk=
cleanup() {
    [ -z "$disk" ] || umount "$disk"
    chmod -R u+w "$here"
    rm -rf "$here"
}
trap cleanup EXIT
cd "$here" || exit 2
chmod 755 "$here"
driver=$here/driver # a copy that nobody may run, too
cp "$built" "$driver"
chmod 755 "$driver"
passed=0 failed=0 skipped=0

check() { # check NAME ACTUAL EXPECTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  is       %s\n  expected %s\n' "$1" "$2" "$3"
    fi
}

check_contains() { # check_contains NAME TEXT PART
    case $2 in
        *"$3"*) passed=$((passed + 1)) ;;
        *)
            failed=$((failed + 1))
            printf 'FAIL %s\n  is   %s\n  lacks %s\n' "$1" "$2" "$3"
            ;;
    esac
}

skip() { # skip NAME REASON
    skipped=$((skipped + 1))
    echo "skipped $1: $2"
}

# What is wrong with a metrics file: "ok N" for the header and N rows, numbered from 1, each with its three cells in full.
rows_of() {
    awk -F, '
        NR == 1 { if ($0 != "i,\"root of \"\"i\"\"\",i / 7") { bad = "header " $0; exit }; next }
        NF != 3 || $1 != NR - 1 { bad = "row " NR - 1 " is " $0; exit }
        { d = $2 * $2 - $1; e = $3 * 7 - $1 }
        d > 1e-9 * $1 || d < -1e-9 * $1 || e > 1e-9 * $1 || e < -1e-9 * $1 { bad = "row " NR - 1 " is " $0; exit }
        END { print bad ? bad : "ok " NR - 1 }' "$1"
    # awk takes a last line without its end for a whole one
    [ ! -s "$1" ] || [ "$(tail -c 1 "$1" | od -An -tx1 | tr -d ' ')" = 0a ] || echo 'the last row is torn'
}

temporaries() { find "$1" -name '*.tmp' | wc -l; }

# ---- a limit on the size of files ----

for limit in 1 20 65535 65536 65537 100000 200001; do
    rm -f m.csv
    output=$(FSIZE=$limit "$driver" rows m.csv 100000)
    check "limit $limit: exit" $? 4
    check_contains "limit $limit: the error names the file" "$output" 'm.csv'
    check_contains "limit $limit: the error names the reason" "$output" 'File too large'
    wanted=$(stat -c %s m.csv)
    result=$(rows_of m.csv)
    if [ "$wanted" = 0 ]; then # not even the header fitted: no part of it is there
        check "limit $limit: nothing torn" "$((limit < 25)) $result" '1 ok -1'
    else
        check_contains "limit $limit: whole rows" "$result" 'ok '
        check "limit $limit: no torn row" "$(wc -l <<<"$result")" 1
        # no row that still fitted was thrown away: at most one is missing up to the limit
        check "limit $limit: all that fits is kept" "$((wanted <= limit && wanted > limit - 60))" 1
    fi
done

rm -f m.csv
output=$(FSIZE=150001 "$driver" rows m.csv 20000 none)
check 'limit lifted: exit' $? 0
check_contains 'limit lifted: was refused first' "$output" 'refused: '
check 'limit lifted: every row is there once' "$(rows_of m.csv)" 'ok 20000'

"$driver" letters file 5000 a
output=$(FSIZE=4096 "$driver" letters file 6000 b)
check 'limit, atomic: exit' $? 4
check_contains 'limit, atomic: reason' "$output" 'cannot write file: File too large'
check 'limit, atomic: the old file stays' "$("$driver" look file)" 'a 5000'
check 'limit, atomic: no temporary' "$(temporaries .)" 0

# ---- every system call of an atomic write, failing or the last before a kill ----

n_calls=6 # write, fsync, close, rename, fsync and close of the folder
for how in fail kill; do
    for at in $(seq 1 $((n_calls + 1))); do
        "$driver" letters file 5000 a
        output=$(STRIKE=$how STRIKE_AT=$at "$driver" letters file 6000 b 2>/dev/null)
        code=$?
        look=$("$driver" look file)
        if [ "$how" = fail ]; then
            case $at in
                [1-4]) expected='4 a 5000' ;;
                5) expected='4 b 6000' ;; # in place, but perhaps not for long: that must be said
                *) expected='0 b 6000' ;;
            esac
            check "$how at call $at" "$code $look" "$expected"
            check "$how at call $at: no temporary" "$(temporaries .)" 0
            [ "$code" = 0 ] || check_contains "$how at call $at: reason" "$output" 'Input/output error'
        else
            case $at in
                [1-4]) expected='137 a 5000' ;;
                [56]) expected='137 b 6000' ;;
                *) expected='0 b 6000' ;;
            esac
            check "$how at call $at" "$code $look" "$expected"
            rm -f ./*.tmp
        fi
    done
done

for at in 1 2 3; do # write, fsync, close of the metrics
    rm -f m.csv
    STRIKE=fail STRIKE_AT=$at "$driver" rows m.csv 10 >output
    check "metrics, fail at call $at: exit" $? 4
    check_contains "metrics, fail at call $at: reason" "$(cat output)" 'm.csv'
    check_contains "metrics, fail at call $at: error" "$(cat output)" 'Input/output error'
done

# ---- kills at random moments ----

"$driver" letters file 300000 a
torn=0 kills=0
for _ in $(seq 1 60); do
    "$driver" forever file 300000 &
    pid=$!
    sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
    kill -9 $pid
    wait $pid 2>/dev/null
    [ $? = 137 ] && kills=$((kills + 1))
    case $("$driver" look file) in
        'a 300000' | 'b 300000') ;;
        *) torn=$((torn + 1)) ;;
    esac
    rm -f ./*.tmp
done 2>/dev/null
check 'random kills: all hit' "$kills" 60
check 'random kills: torn files' "$torn" 0

# ---- folders that may not be written ----

as_nobody() { # runs as somebody whom permissions hold
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    fi
}

mkdir closed
"$driver" letters closed/file 5000 a
chmod 555 closed
if as_nobody "$driver" look closed/file >/dev/null 2>&1; then
    for command in 'rows closed/m.csv 5' 'letters closed/file 6000 b' 'checkpoint closed/c' 'create closed/run/one'; do
        # shellcheck disable=SC2086
        output=$(as_nobody "$driver" $command)
        check "unwritable folder, $command: exit" $? 4
        check_contains "unwritable folder, $command: reason" "$output" 'Permission denied'
        check_contains "unwritable folder, $command: path" "$output" 'closed/'
    done
    check 'unwritable folder: as it was' "$(ls closed) $("$driver" look closed/file)" 'file a 5000'
else
    skip 'unwritable folder' 'this is root and setpriv cannot become nobody'
fi
chmod 755 closed

# ---- a full disk ----

mkdir disk
if [ "$(id -u)" != 0 ]; then
    skip 'full disk' 'only root may mount a small file system'
elif ! reason=$(mount -t tmpfs -o size=300k none disk 2>&1); then
    skip 'full disk' "mount is refused: $reason"
else
    disk=$here/disk
    output=$("$driver" rows disk/m.csv 100000)
    check 'full disk: exit' $? 4
    check_contains 'full disk: the error names the file' "$output" 'disk/m.csv'
    check_contains 'full disk: the error names the reason' "$output" 'No space left on device'
    result=$(rows_of disk/m.csv)
    check_contains 'full disk: whole rows' "$result" 'ok '
    check 'full disk: no torn row' "$(wc -l <<<"$result")" 1
    check 'full disk: all that fits is kept' "$(($(stat -c %s disk/m.csv) > 300 * 1024 - 60 - 4096))" 1
    rm disk/m.csv

    head -c 250000 /dev/zero >disk/ballast
    output=$("$driver" rows disk/m.csv 5000 disk/ballast)
    check 'full disk, then room: exit' $? 0
    check_contains 'full disk, then room: was refused first' "$output" 'refused: '
    check 'full disk, then room: every row is there once' "$(rows_of disk/m.csv)" 'ok 5000'
    rm disk/m.csv

    "$driver" letters disk/file 5000 a
    output=$("$driver" letters disk/file 400000 b)
    check 'full disk, atomic: exit' $? 4
    check_contains 'full disk, atomic: reason' "$output" 'cannot write disk/file: No space left on device'
    check 'full disk, atomic: the old file stays' "$("$driver" look disk/file)" 'a 5000'
    check 'full disk, atomic: no temporary' "$(temporaries disk)" 0

    head -c 400000 /dev/zero >disk/ballast 2>/dev/null
    output=$("$driver" checkpoint disk/c)
    check 'full disk, checkpoint: exit' $? 4
    check_contains 'full disk, checkpoint: reason' "$output" 'No space left on device'
    check 'full disk, checkpoint: nothing appears' "$(ls disk)" "$(printf 'ballast\nfile')"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
