#!/usr/bin/env bash
# test_batch_disk.sh: a batch on a disk that is full, on one that may not be written, under a limit on the size of files: it ends by
# itself, says what is wrong in plain words, keeps what it has, and the same command with room completes it, byte by byte.
# SIZES (8) is how many sizes of disk are tried.
# shellcheck source=tests/fault/batch.sh
. "$(dirname "${BASH_SOURCE[0]}")/batch.sh"
SIZES=${SIZES:-8}
out=runs/mixed

lure batch mixed --jobs 2 >is.table 2>is.err
check 'undisturbed: exit' $? 1 || cat is.err
table is.table >whole.text
snapshot $out >whole.snapshot
index_rows >whole.index
needs=$(du -sk runs | cut -f 1)
rm -rf runs

through() { # through NAME
    lure batch mixed --jobs 2 "${retry[@]}" >is.table 2>is.err
    check "$1, then: exit" $? 1 || cat is.err
    same "$1" $out whole.snapshot
    check "$1: table" "$(diff whole.text <(table is.table))" ''
    check "$1: index" "$(diff whole.index <(index_rows) | head)" ''
}

whole() { # whole NAME: what says that it is done, is
    local file
    for file in $(grep -ls '"outcome": "ok"' $out/*/summary.json); do
        (cd "${file%/*}" && for f in metrics.csv checkpoint.safetensors; do sha256sum "$f" 2>&1; done) | sed "s|  |  ./$(basename "${file%/*}")/|"
    done >is.done
    check "$1: what is done is whole" "$(grep -vxF -f whole.snapshot is.done | head)" ''
}

# ---- a full disk ----

mkdir runs
if [ "$(id -u)" != 0 ]; then
    skip 'full disk' 'only root may mount a small file system'
elif ! reason=$(mount -t tmpfs -o size=64k none runs 2>&1); then
    skip 'full disk' "mount is refused: $reason"
else
    umount runs
    for ((i = 0; i < SIZES; i++)); do
        size=$((4 + (needs + 32) * i / SIZES + RANDOM % 8))
        for jobs in 1 2; do
            mount -t tmpfs -o size=${size}k none runs && mounted+=("$here/runs")
            lure batch mixed --jobs $jobs "${every[@]}" >full.table 2>full.err
            code=$?
            name="full disk of $size KiB, $jobs jobs"
            # one that lacks room for the index alone is complete
            if [ $code = 1 ] && ! grep -hF 'No space left' full.err full.table | grep -qv 'not in the list of runs'; then
                check "$name: it was room enough" "$(diff whole.text <(table full.table))" ''
            else
                check "$name: exit" $code 4 || cat full.err
                check_contains "$name: said" full.err 'No space left on device'
                check "$name: plain words" "$(grep -iE 'assert|abort|segmentation|terminate' full.err)" ''
                whole "$name"
            fi
            check "$name: nobody is left" "$(all_gone 1 && echo gone)" gone
            mount -o remount,size=64m runs
            through "$name"
            umount runs && mounted=()
        done
    done
fi

# ---- a limit on the size of files ----

for limit in 0 1 100 1000 2000 4000 8000; do
    rm -rf runs
    # what it says goes into no file of its own
    prlimit --fsize=$limit:unlimited env LURE_MARK="$mark" timeout --foreground 30 "$LURE" batch mixed --jobs 2 "${every[@]}" 2>&1 |
        cat >limit.both
    code=${PIPESTATUS[0]}
    check "files of $limit bytes: exit" "$((code == 1 || code == 4))" 1 || echo "code $code: $(cat limit.both)"
    [ $limit -gt 4000 ] || check_contains "files of $limit bytes: said" limit.both 'File too large'
    whole "files of $limit bytes"
    through "files of $limit bytes"
done

# ---- folders that may not be written ----

if [ "$(id -u)" = 0 ]; then
    rm -rf runs
    mkdir -p runs
    if mount --bind runs runs 2>/dev/null && mounted+=("$here/runs") && mount -o remount,bind,ro runs 2>/dev/null; then
        lure batch mixed >ro.table 2>ro.err
        check 'read-only: exit' $? 4
        check_contains 'read-only: said' ro.err 'Read-only file system'
        check_contains 'read-only: where' ro.err 'runs/mixed'
        umount runs && mounted=()
        through 'read-only'
        mount --bind runs runs && mounted+=("$here/runs") && mount -o remount,bind,ro runs
        lure batch mixed >ro.table 2>ro.err # all is there, but it cannot be locked
        check 'read-only, all done: exit' $? 4
        check_contains 'read-only, all done: said' ro.err 'Read-only file system'
        "$LURE" batch mixed --dry-run >ro.table 2>ro.err
        check 'read-only, dry run: exit' $? 0
        umount runs && mounted=()
        same 'read-only, all done' $out whole.snapshot
    else
        skip 'read-only' 'no bind mount here'
    fi
fi

# in the middle of it: no run's folder can be made any more
rm -rf runs
start closed.table closed.err batch other --jobs 1
for ((i = 0; i < 1000; i++)); do
    compgen -G 'runs/other/*/summary.json' >/dev/null && break
    sleep 0.005
done
closes=(chattr +i) opens=(chattr -i)
[ "$(id -u)" = 0 ] || closes=(chmod a-w) opens=(chmod u+w)
if "${closes[@]}" runs/other 2>chattr.err; then
    end
    "${opens[@]}" runs/other
    if [ $code != 0 ]; then
        check 'closed in the middle: exit' "$((code == 4 || code == 1))" 1
        cat closed.table closed.err >closed.both
        check_contains 'closed in the middle: said' closed.both "cannot make the folder runs/other"
    fi
    lure batch other --jobs 2 "${retry[@]}" >is.table 2>is.err
    check 'closed in the middle, then: exit' $? 0
    snapshot runs/other >is.closed
    rm -rf runs
    lure batch other --jobs 2 >is.table 2>is.err
    same 'closed in the middle' runs/other is.closed
else
    end
    skip 'closed in the middle' "$(cat chattr.err)"
fi
finish
