#!/usr/bin/env bash
# test_gymnasium.sh [SEED]: the nine classic worlds beside Gymnasium itself: GYMNASIUM=<a checkout> names its source, v1.3
# or later. Random starts and 1,000 actions in each agree to 1e-9 (1e-5 where the state is kept in single precision),
# rewards and flags exactly; tables of transitions entry by entry. Without a checkout, or a python3 with numpy, skipped:
# then the suite has its recording (gymnasium.lua) alone.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
build=${BUILD:-build/release} python=

skip() {
    echo "skipped the classic worlds against Gymnasium itself: $1"
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
}

[ -n "${GYMNASIUM:-}" ] || skip 'GYMNASIUM names no checkout'
[ -f "$GYMNASIUM/gymnasium/__init__.py" ] || skip "there is no Gymnasium in $GYMNASIUM"
GYMNASIUM=$(realpath "$GYMNASIUM")
export GYMNASIUM
for candidate in python3 /usr/bin/python3; do # an environment's python3 may lack what the system's has
    [ -n "$python" ] || ! "$candidate" -c 'import numpy' 2>/dev/null || python=$candidate
done
[ -n "$python" ] || skip 'there is no python3 with numpy'
PYTHONDONTWRITEBYTECODE=1 exec "$python" tests/reference/against_gymnasium.py "${LURE:-$build/lure}" "$build/lua_host" \
    "${1:-$RANDOM}"
