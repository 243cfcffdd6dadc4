#!/usr/bin/env bash
# test_networks.sh: two hundred random policies, each with a batch and a loss (networks_driver.c): the same bits by
# portable code as by this CPU's; and computed again by PyTorch: losses, every gradient, and last states agree, to 1e-10
# in float64 and 1e-5 in float32. Takes the driver's path as its argument, else $BUILD/networks_driver. What needs PyTorch
# is skipped, and says so, where there is none.
set -u
driver=$(realpath "${1:-${BUILD:-build/release}/networks_driver}") || exit 2
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
"$driver" 1000 200 >"$here/networks" || exit 1
LURE_CPU=portable "$driver" 1000 200 >"$here/portable" || exit 1
same=1 differs=0
cmp "$here/networks" "$here/portable" || { same=0 differs=1 && echo 'FAIL portable code has other bits'; }
python=
for candidate in python3 /usr/bin/python3; do # an environment's python3 may lack what the system's has
    [ -n "$python" ] || ! "$candidate" -c 'import torch' 2>/dev/null || python=$candidate
done
if [ -z "$python" ]; then
    echo 'skipped random policies against PyTorch: there is no python3 with torch'
    echo "$same passed, $differs failed, 1 skipped"
    exit "$differs"
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder "$python" - "$here/networks" "$same" <<'PYTHON'
import sys

import torch
from networks_torch import DTYPES, PARTS, TOLERANCES, distance, evaluate, networks

torch.set_num_threads(1)
passed, failed = int(sys.argv[2]), 1 - int(sys.argv[2])
met = set()
with open(sys.argv[1]) as file:
    for net in networks(file):
        met |= {layer["kind"] for part in PARTS for layer in net["layers"][part]}
        met |= {net["plan"]["head"], *net["terms"], *(kind for kind, x in net["numbers"].items() if x)}
        for name, dtype in DTYPES.items():
            off = distance(net["results"][name], evaluate(net, dtype))
            if off <= TOLERANCES[name]:
                passed += 1
            else:
                failed += 1
                print(f"FAIL network {net['seed']} in {name}: off by {off:.3g}")
if len(met) != 36: # ten kinds of layers, five heads, nine terms, twelve kinds of numbers
    failed += 1
    print(f"FAIL only these were met: {sorted(met)}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
PYTHON
