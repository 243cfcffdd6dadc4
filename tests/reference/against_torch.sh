# against_torch.sh: sourced by the tests that hold two hundred random things, drawn and computed by a driver, against
# PyTorch. against_torch DRIVER WHAT [PATH]: the driver writes the same bits by portable code as by this CPU's; then the
# Python on stdin, which finds against_torch.py and its neighbours, compares the file that is its first argument (its
# second: 1, or 0 where bits differed) and prints the closing line. Skipped, and says so, where there is no PyTorch.
set -u
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

against_torch() {
    local driver same=1 python= candidate
    driver=$(realpath "${3:-${BUILD:-build/release}/$1}") || exit 2
    "$driver" 1000 200 >"$here/ours" || exit 1
    LURE_CPU=portable "$driver" 1000 200 >"$here/portable" || exit 1
    cmp "$here/ours" "$here/portable" || { same=0 && echo 'FAIL portable code has other bits'; }
    for candidate in python3 /usr/bin/python3; do # an environment's python3 may lack what the system's has
        [ -n "$python" ] || ! "$candidate" -c 'import torch' 2>/dev/null || python=$candidate
    done
    if [ -z "$python" ]; then
        echo "skipped $2 against PyTorch: there is no python3 with torch"
        echo "$same passed, $((1 - same)) failed, 1 skipped"
        exit $((1 - same))
    fi
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder "$python" - "$here/ours" "$same"
}
