"""The types in which we and PyTorch are compared, how far apart they may be, and the comparison itself, for test_graphs.sh
and test_networks.sh."""
import sys

import torch

DTYPES = {"float64": torch.float64, "float32": torch.float32}
TOLERANCES = {"float64": 1e-10, "float32": 1e-5}


def compare(noun, read, evaluate, distance, met, n_met):
    """Of each (seed, case, {type: our result}) that read(file) yields: is evaluate(case, dtype) as near as it must be? And
    do the sets met(case) have so many names together? Prints what is not, and the closing line; the exit code."""
    path, same = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    passed, failed, names = same, 1 - same, set()
    with open(path) as file:
        for seed, case, ours in read(file):
            names |= met(case)
            for name, dtype in DTYPES.items():
                off = distance(ours[name], evaluate(case, dtype))
                if off <= TOLERANCES[name]:
                    passed += 1
                else:
                    failed += 1
                    print(f"FAIL {noun} {seed} in {name}: off by {off:.3g}")
    if len(names) < n_met:
        failed += 1
        print(f"FAIL only these were met: {sorted(names)}")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)
