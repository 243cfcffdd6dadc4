#!/usr/bin/env bash
# test_graphs.sh: two hundred random expressions, drawn and differentiated by us (graphs_driver.c): the same bits by
# portable code as by this CPU's; and evaluated and differentiated again by PyTorch: losses and every gradient agree, to
# 1e-10 in float64 and 1e-5 in float32. Takes the driver's path as its argument, else $BUILD/graphs_driver.
. "$(dirname "${BASH_SOURCE[0]}")/against_torch.sh"
against_torch graphs_driver 'random expressions' "$@" <<'PYTHON'
import sys

from against_torch import compare
from graphs_torch import distance, evaluate, graphs


def met(steps):
    return {step[2] for step in steps if step[0] == "op"}


sys.exit(compare("graph", graphs, evaluate, distance, met, 40))
PYTHON
