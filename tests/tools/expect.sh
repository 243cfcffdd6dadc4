# expect.sh: what the tests of this folder share. Sourced. A folder of one's own in $here, gone at the end.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
passed=0 failed=0

# expect NAME CODE TEXT COMMAND...: the command exits with the code and prints (to stdout or stderr) the text
expect() {
    local name=$1 want=$2 text=$3 output code
    shift 3
    output=$("$@" 2>&1)
    code=$?
    if [ "$code" = "$want" ] && grep -qF -- "$text" <<<"$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: exit %s, expected %s and "%s"; it said:\n%s\n' "$name" "$code" "$want" "$text" "$output"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}
