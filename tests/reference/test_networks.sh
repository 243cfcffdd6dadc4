#!/usr/bin/env bash
# test_networks.sh: two hundred random policies, each with a batch and a loss (networks_driver.c): the same bits by
# portable code as by this CPU's; and computed again by PyTorch: losses, every gradient, and last states agree, to 1e-10
# in float64 and 1e-5 in float32. Takes the driver's path as its argument, else $BUILD/networks_driver.
. "$(dirname "${BASH_SOURCE[0]}")/against_torch.sh"
against_torch networks_driver 'random policies' "$@" <<'PYTHON'
import sys

from against_torch import compare
from networks_torch import PARTS, distance, evaluate, networks


def read(file):
    return ((net["seed"], net, net["results"]) for net in networks(file))


def met(net):
    kinds = {layer["kind"] for part in PARTS for layer in net["layers"][part]}
    return kinds | {net["plan"]["head"], *net["terms"], *(kind for kind, x in net["numbers"].items() if x)}


# ten kinds of layers, five heads, nine terms, twelve kinds of numbers
sys.exit(compare("network", read, evaluate, distance, met, 36))
PYTHON
