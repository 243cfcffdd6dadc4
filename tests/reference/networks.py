#!/usr/bin/python3
"""Writes networks.h: policies with batches and losses, drawn by networks_driver, with losses, gradients and last states
from PyTorch in float64 and float32: small ones that together have every layer, head, term and kind of numbers. Needs
python3-torch and the driver: networks.py build/release/networks_driver > networks.h; the header is kept, so the tests
need neither."""
import subprocess
import sys
import textwrap

import torch
from against_torch import DTYPES
from networks_torch import PARTS, evaluate, networks

N_KEPT, MOST_NUMBERS = 24, 170
KINDS = ("parameters", "observations", "actions", "mask", "starts", "first_state", "bounds", "old_log_prob",
         "advantages", "old_values", "returns", "old_outputs")  # fmt: skip


def met(net):
    kinds = {f"{part} {layer['kind']}" for part in PARTS for layer in net["layers"][part]}
    kinds |= {net["plan"]["head"], *net["terms"], *(kind for kind, x in net["numbers"].items() if x)}
    return kinds | ({f"{net['plan']['head']} of the state"} if net["plan"]["state_dependent"] else set())


def choose(every):
    """At each step the first that brings most of what was not met."""
    small = [net for net in every if sum(map(len, net["numbers"].values())) <= MOST_NUMBERS]
    chosen, seen = [], set()
    while len(chosen) < N_KEPT:
        best = max(small, key=lambda net: len(met(net) - seen))
        small.remove(best)
        chosen.append(best)
        seen |= met(best)
    return sorted(chosen, key=lambda net: net["seed"]), seen


def c_real(x):
    return repr(x) if x != 0 else "0"


def c_list(items):
    return "{" + ", ".join(items) + "}"


def c_layer(layer):
    fields = [f".kind = LURE_LAYER_{layer['kind'].upper()}"]
    for key, field in (("units", "n_units"), ("indices", "n_indices"), ("column", "column")):
        if layer[key]:
            fields.append(f".{field} = {layer[key]}")
    if any(layer["train"]):
        last = max(i for i, t in enumerate(layer["train"]) if t)
        fields.append(".train = " + c_list("true" if t else "false" for t in layer["train"][: last + 1]))
    return c_list(fields)


def c_plan(net):
    plan, layers = net["plan"], [layer for part in PARTS for layer in net["layers"][part]]
    terms = [f"[NETWORK_{name.upper()}] = {c_real(x)}" for name, x in net["terms"].items()]
    fields = [
        ".layers = {\n        " + ",\n        ".join(map(c_layer, layers)) + "}",
        "\n     .n_layers = " + c_list(str(len(net["layers"][part])) for part in PARTS),
        f".head = LURE_HEAD_{plan['head'].upper()}",
        f".n_inputs = {plan['n_inputs']}",
        f".n_actions = {plan['n_actions']}",
        *([f".sizes = {c_list(map(str, net['sizes']))}", f".n_sizes = {len(net['sizes'])}"] if net["sizes"] else []),
        f".state_dependent = {str(bool(plan['state_dependent'])).lower()}",
        f".train_log_std = {str(bool(plan['train_log_std'])).lower()}",
        f".n = {plan['n']}",
        f".n_envs = {plan['n_envs']}",
        f"\n     .clip = {c_real(plan['clip'])}",
        f".terms = {c_list(terms)}",
    ]
    return c_list(fields).replace(", \n", ",\n")


def table(out, declaration, rows, per_line=6):
    out.write(f"static const {declaration}[] = {{\n")
    for i in range(0, len(rows), per_line):
        out.write("    " + ", ".join(rows[i : i + per_line]) + ",\n")
    out.write("};\n")


def main(out, driver):
    lines = subprocess.run([driver, "0", "1000"], check=True, capture_output=True, text=True).stdout.splitlines()
    chosen, seen = choose(list(networks(lines)))
    numbers, rows, results = [], [], {name: [] for name in DTYPES}
    for net in chosen:
        theirs = {name: evaluate(net, dtype) for name, dtype in DTYPES.items()}
        rows.append(
            f"{{{net['seed']}, {c_plan(net)},\n     {c_list(str(len(net['numbers'][kind])) for kind in KINDS)}, "
            f"{len(numbers)}, {len(results['float64'])}, "
            f"{c_real(theirs['float64']['loss'])}, {c_real(theirs['float32']['loss'])}}}"
        )
        for kind in KINDS:
            numbers += map(c_real, net["numbers"][kind])
        for name, result in theirs.items():
            for kind in ("parameters", "observations", "last_state"):
                results[name] += map(c_real, result[kind])
    out.write(f"""/* networks.h: {len(chosen)} policies with batches and losses, and the losses, gradients and last states that PyTorch
   {torch.__version__} gives them on one thread; written by networks.py beside it. They have in them, among others:
{textwrap.fill(", ".join(sorted(seen)), 112, initial_indent="     ", subsequent_indent="     ")}
   Numbers begin at `first`, kind by kind; results at `first_result`: by parameters (0: not trained), by observations,
   last states. Those of float32 end with _f32. */
/* clang-format off */
#ifndef LURE_REFERENCE_NETWORKS_H
#define LURE_REFERENCE_NETWORKS_H

#include "../unit/random_network.h"

typedef struct reference_network {{
    int seed;
    network_plan plan;
    size_t n[NETWORK_N_NUMBERS], first, first_result;
    double loss, loss_f32;
}} reference_network;

""")
    table(out, "reference_network reference_networks", rows, 1)
    table(out, "double reference_network_numbers", numbers)
    table(out, "double reference_network_results", results["float64"])
    table(out, "double reference_network_results_f32", results["float32"])
    out.write("\n#endif\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.stdout, sys.argv[1])
