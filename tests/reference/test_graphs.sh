#!/usr/bin/env bash
# test_graphs.sh: two hundred random expressions, drawn and differentiated by us (graphs_driver.c): the same bits by
# portable code as by this CPU's; and evaluated and differentiated again by PyTorch: losses and every gradient agree, to
# 1e-10 in float64 and 1e-5 in float32. Takes the driver's path as its argument, else $BUILD/graphs_driver. What needs
# PyTorch is skipped, and says so, where there is none.
set -u
driver=$(realpath "${1:-${BUILD:-build/release}/graphs_driver}") || exit 2
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
"$driver" 1000 200 >"$here/graphs" || exit 1
LURE_CPU=portable "$driver" 1000 200 >"$here/portable" || exit 1
same=1 differs=0
cmp "$here/graphs" "$here/portable" || { same=0 differs=1 && echo 'FAIL portable code has other bits'; }
python=
for candidate in python3 /usr/bin/python3; do # an environment's python3 may lack what the system's has
    [ -n "$python" ] || ! "$candidate" -c 'import torch' 2>/dev/null || python=$candidate
done
if [ -z "$python" ]; then
    echo 'skipped random expressions against PyTorch: there is no python3 with torch'
    echo "$same passed, $differs failed, 1 skipped"
    exit "$differs"
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder "$python" - "$here/graphs" "$same" <<'PYTHON'
import sys

import torch
from graphs_torch import DTYPES, TOLERANCES, distance, evaluate, graphs

torch.set_num_threads(1)
passed, failed = int(sys.argv[2]), 1 - int(sys.argv[2])
names = set()
with open(sys.argv[1]) as file:
    for seed, steps, ours in graphs(file):
        names |= {step[2] for step in steps if step[0] == "op"}
        for name, dtype in DTYPES.items():
            off = distance(ours[name], evaluate(steps, dtype))
            if off <= TOLERANCES[name]:
                passed += 1
            else:
                failed += 1
                print(f"FAIL graph {seed} in {name}: off by {off:.3g}")
if len(names) < 40:
    failed += 1
    print(f"FAIL only these operations were met: {sorted(names)}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
PYTHON
