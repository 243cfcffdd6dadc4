# shared.sh: what the tests of `lure run` share. Sourced. Leaves us in an empty folder of our own, gone at the end.
set -u
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C.UTF-8
LURE=$(realpath "${LURE:-build/lure}") || exit 2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here" || exit 2
passed=0 failed=0 skipped=0

check() { # check NAME EXPECTED GOT
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
    fi
}

holds() { # holds NAME TEXT FILE: the file has the text in one of its lines
    if grep -qF -- "$2" "$3"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$(head -c 2000 "$3")"
    fi
}

skip() { # skip NAME WHY
    skipped=$((skipped + 1))
    printf 'skipped %s: %s\n' "$1" "$2"
}

# unseal FOLDER: its manifest.json and summary.json as an older lure wrote them, without checksums: then what is edited goes
# unnoticed
unseal() {
    sed -zi 's/,\n  "crc32c": "[0-9a-f]*"\n}\n$/\n}\n/' "$1/manifest.json"
    ! grep -q '^  "files": {' "$1/summary.json" || {
        sed -i '/^  "files": {/,$d' "$1/summary.json"
        printf '  "sealed": false\n}\n' >> "$1/summary.json"
    }
}

# json FILE EXPRESSION: what the Lua expression of the document d gives
json() {
    lua5.4 -e 'package.path = arg[1] .. "/?.lua;" .. package.path
        d = require("json").decode(assert(io.open(arg[2])):read("a"))
        print((assert(load("return " .. arg[3]))()))' /dev/null "$tests" "$1" "$2" 2>&1
}

told() { # told OUT TEXT: the program in the background, $pid, says so in OUT.err, or ends, within half a minute
    for _ in $(seq 600); do
        grep -qF -- "$2" "$1.err" && break
        kill -0 "$pid" 2> /dev/null || break
        sleep 0.05
    done
    holds "it says: $2" "$2" "$1.err"
}

finish() {
    local line="$passed passed, $failed failed"
    [ "$skipped" = 0 ] || line+=", $skipped skipped"
    echo "$line"
    [ "$failed" = 0 ]
    exit
}
