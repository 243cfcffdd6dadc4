# shellcheck shell=bash
# batch.sh: what the tests of batches that are disturbed share. Sourced by test_batch_*.sh beside it, which then are in a
# fresh folder ($here) with the scripts of batch/ and resume/. KILLS and SEED scale and repeat what is left to chance.
set -u
LURE=$(realpath "${LURE:-build/lure}") || exit 2
fault=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C.UTF-8 NO_COLOR=1
SEED=${SEED:-$$}
RANDOM=$SEED
passed=0 failed=0 skipped=0
mounted=()

# Kills lose nothing that was written, so where the files lie does not matter to them: in memory they wait for no disk.
here=$(mktemp -d -p "$([ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || echo /dev/shm)")
mark=lure-batch-$$-$RANDOM # in the environment of each process that is started here
cleanup() {
    local i
    kill_marked
    cd / || exit 2
    for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do umount "${mounted[i]}" 2>/dev/null; done
    chattr -R -i "$here" 2>/dev/null
    chmod -R u+rwX "$here" 2>/dev/null
    rm -rf "$here"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cp -r "$fault"/resume/* "$here"
cp -r "$fault"/batch/* "$here"
chmod 755 "$here"
cd "$here" || exit 2

check() { # check NAME ACTUAL EXPECTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        return 0
    fi
    failed=$((failed + 1))
    printf 'FAIL %s\n  is       %.1500s\n  expected %.1500s\n' "$1" "$2" "$3"
    return 1
}

check_contains() { # check_contains NAME FILE PART
    if grep -qF -- "$3" "$2"; then
        passed=$((passed + 1))
        return 0
    fi
    failed=$((failed + 1))
    printf 'FAIL %s\n  is    %s\n  lacks %s\n' "$1" "$(head -c 1500 "$2")" "$3"
    return 1
}

skip() { # skip WHAT REASON
    skipped=$((skipped + 1))
    echo "skipped $1: $2"
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# ---- what the program can ----

has_option() { "$LURE" "$1" --help 2>/dev/null | grep -qF -- "$2"; }
has_command() { "$LURE" "$1" --help >/dev/null 2>&1; }
retry=()
! has_option batch --retry-failed || retry=(--retry-failed)
every=() # every update is written down
! has_option batch --checkpoint-every || every=(--checkpoint-every 0)

# ---- processes ----

lure() { env LURE_MARK="$mark" "$LURE" "$@"; }
start() { # start OUTPUT ERRORS ARGS...: in the background; its process id in $parent
    env LURE_MARK="$mark" "$LURE" "${@:3}" >"$1" 2>"$2" &
    parent=$!
}
end() { # end: of what was started; its code in $code
    local i
    wait "$parent" 2>/dev/null
    code=$?
    for ((i = 0; i < 100 && code == 147; i++)); do # the shell has seen it stop, and not yet that it goes on
        sleep 0.1
        wait "$parent" 2>/dev/null
        code=$?
    done
}

# processes of ours that live (a zombie has no environment)
marked() { grep -lsaF "LURE_MARK=$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }
kill_marked() {
    local pid
    for pid in $(marked); do kill -9 "$pid" 2>/dev/null; done
}
all_gone() { # all_gone SECONDS: by then none of them lives
    local i
    for ((i = 0; i < $1 * 50; i++)); do
        [ -n "$(marked)" ] || return 0
        sleep 0.02
    done
    [ -z "$(marked)" ]
}
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

between() { # between LOW HIGH: seconds, at random, as fractions of them
    awk -v a="$1" -v b="$2" -v r=$((RANDOM * 32768 + RANDOM)) 'BEGIN { printf "%.4f", a + (b - a) * r / 1073741824 }'
}
now() { echo "${EPOCHREALTIME/[^0-9]/}"; } # microseconds

# ---- what a batch left, but for clocks ----

time_keys='seconds|updates_per_second|steps_per_second|seconds_to_threshold|started|ended|finished|skipped|crc32c|pid|host'
no_times="s/\"($time_keys)\": *(\"[^\"]*\"|[^],}]*)/\"\\1\": 0/g"
timeless() { sed -E "$no_times"; } # of what is read

# snapshot FOLDER: every file's name, the hashes of those that tell of no time, the others without it. Files of the index
# and the lock are no results.
snapshot() {
    (
        cd "$1" || exit
        find . -type f ! -name 'index.db*' ! -name .lock | sort
        find . -type f \( -name '*.csv' -o -name '*.safetensors' -o -name '*.lua' -o -name 'resume.*' \) -print0 | sort -z |
            xargs -0r sha256sum
        find . -name '*.json' -print0 | sort -z | xargs -0r sed -E "$no_times"
    )
}
table() { sed -E 's/ \([0-9]+ of them before[^)]*\)//g; s/, in [^;]*; stored/; stored/; /^lure: warning: fewer/d' "$@"; }

# same NAME FOLDER WANTED: WANTED is a file of snapshot's
same() {
    snapshot "$2" >is.snapshot
    check "$1: the same files and bytes" "$(diff "$3" is.snapshot | head -n 20)" ''
}

# What the index says, if there is one: without the times, in the order of the runs.
index_rows() {
    if has_command export; then
        "$LURE" export --json 2>&1 | timeless
    fi
}
indexed_folders() { "$LURE" query 'select folder from runs order by folder' 2>/dev/null | grep -o '[^ ]*-seed[^ ]*' | sed 's|^|runs/|'; }

calls_of() { od -An -tu4 -N4 "$1" | tr -d ' '; }  # of a tally
struck_in() { od -An -tu4 -j4 -N4 "$1" | tr -d ' '; }

shim() { # shim NAME: $NAME_shim is the library
    ${CC:-gcc} -std=gnu11 -O1 -Wall -Wextra -Werror -shared -fPIC -o "$here/$1_shim.so" "$fault/$1_shim.c" -ldl || exit 2
    printf -v "$1_shim" %s "$here/$1_shim.so"
    # a sanitizer does not want to be second
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
}
