#!/usr/bin/python3
"""Writes graphs.h: expressions with their losses and gradients from PyTorch, in float64 and float32. Six are losses that
people write, made here; the others are the first small ones that graphs_driver draws. Needs python3-torch and the
driver: graphs.py build/release/graphs_driver > graphs.h; the header is kept, so the tests need neither."""
import random
import subprocess
import sys

import torch
from against_torch import DTYPES
from graphs_torch import evaluate, graphs

N_DRAWN, MOST_STEPS = 34, 28


class Graph:
    """A list of steps as graphs_torch reads them, built by calls."""

    def __init__(self, seed):
        self.steps, self.random = [], random.Random(seed)

    def put(self, kind, shape, draw):
        n = 1
        for side in shape:
            n *= side
        self.steps.append((kind, len(self.steps), list(shape), [draw() for _ in range(n)]))
        return len(self.steps) - 1

    def leaf(self, *shape, kind="leaf", scale=1.0):
        return self.put(kind, shape, lambda: scale * round(self.random.uniform(-1, 1), 3))

    def constant(self, *shape):
        return self.leaf(*shape, kind="constant")

    def number(self, x):
        return self.put("constant", (), lambda: x)

    def indices(self, n, *shape):
        return self.put("index", shape, lambda: self.random.randrange(n))

    def __getattr__(self, name):
        def add(*inputs, **options):
            o = {"axis": -1, "keep": False, "descending": False, **options}
            self.steps.append(("op", len(self.steps), name, list(inputs), o))
            return len(self.steps) - 1

        return add


def network(g, observations):
    hidden = g.tanh(g.add(g.matmul(observations, g.leaf(3, 4)), g.leaf(4)))
    return hidden, g.add(g.matmul(hidden, g.leaf(4, 2)), g.leaf(2))


def policy_gradient(g):
    _, logits = network(g, g.constant(5, 3))
    log_prob = g.gather(g.log_softmax(logits, axis=1), g.indices(2, 5), axis=1)
    g.negate(g.mean(g.multiply(log_prob, g.constant(5))))


def ppo(g):
    hidden, logits = network(g, g.constant(5, 3))
    log_p = g.log_softmax(logits, axis=1)
    log_prob = g.gather(log_p, g.indices(2, 5), axis=1)
    ratio = g.exp(g.subtract(log_prob, g.add(g.constant(5), g.number(-0.7))))
    advantage = g.constant(5)
    surrogate = g.minimum(g.multiply(ratio, advantage), g.multiply(g.clamp(ratio, low=0.8, high=1.2), advantage))
    entropy = g.negate(g.sum(g.multiply(g.exp(log_p), log_p), axis=1))
    value = g.select(g.matmul(hidden, g.leaf(4, 1)), axis=1, first=0)
    error = g.mean(g.square(g.subtract(value, g.constant(5))))
    bonus = g.multiply(g.mean(entropy), g.number(0.01))
    g.subtract(g.add(g.negate(g.mean(surrogate)), g.multiply(error, g.number(0.5))), bonus)


def gaussian(g):
    mean, log_std, action = g.leaf(4, 2), g.leaf(2), g.constant(4, 2)
    z = g.divide(g.subtract(action, mean), g.exp(log_std))
    density = g.subtract(g.subtract(g.multiply(g.square(z), g.number(-0.5)), log_std), g.number(0.9189385332046727))
    g.negate(g.mean(g.multiply(g.sum(density, axis=1), g.constant(4))))


def kl_penalty(g):
    p, q = g.log_softmax(g.leaf(3, 4), axis=1), g.log_softmax(g.constant(3, 4), axis=1)
    kl = g.sum(g.multiply(g.exp(q), g.subtract(q, p)), axis=1)
    taken = g.gather(p, g.indices(4, 3), axis=1)
    g.add(g.negate(g.mean(taken)), g.multiply(g.mean(kl), g.number(0.3)))


def huber(g):
    error = g.subtract(g.matmul(g.constant(6, 3), g.leaf(3)), g.constant(6))
    size = g.abs(error)
    small = g.put("index", (6,), lambda: g.random.randrange(2))
    linear = g.subtract(size, g.number(0.5))
    g.mean(g.where(small, g.multiply(g.square(error), g.number(0.5)), linear))


def normalised(g):
    x = g.leaf(4, 5)
    centred = g.subtract(x, g.mean(x, axis=1, keep=True))
    scaled = g.divide(centred, g.sqrt(g.add(g.variance(x, axis=1, keep=True), g.number(1e-5))))
    g.mean(g.gelu(g.add(g.multiply(scaled, g.leaf(5)), g.leaf(5))))


LOSSES = [policy_gradient, ppo, gaussian, kl_penalty, huber, normalised]


def c_real(x):
    return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}.get(repr(x), repr(x))


def c_list(items):
    return "{" + ", ".join(items) + "}"


def c_options(o):
    fields = [f".axis = {o['axis']}"]
    for key in ("keep", "descending"):
        if o[key]:
            fields.append(f".{key} = true")
    for key in ("low", "high"):
        if key in o:
            fields.append(f".{key} = {c_real(o[key])}")
    for key in ("other_axis", "first", "n", "step"):
        if o.get(key):
            fields.append(f".{key} = {o[key]}")
    if "shape" in o:
        fields.append(f".n_dims = {len(o['shape'])}")
        if o["shape"]:
            fields.append(f".shape = {c_list(map(str, o['shape']))}")
    return c_list(fields)


def table(out, declaration, rows, per_line=6):
    out.write(f"static const {declaration}[] = {{\n")
    for i in range(0, len(rows), per_line):
        out.write("    " + ", ".join(rows[i : i + per_line]) + ",\n")
    out.write("};\n")


def n_leaves(steps):
    return sum(len(step[3]) for step in steps if step[0] == "leaf")


def main(out, driver):
    lines = subprocess.run([driver, "0", "400"], check=True, capture_output=True, text=True).stdout.splitlines()
    chosen = []
    for i, loss in enumerate(LOSSES):
        g = Graph(i)
        loss(g)
        chosen.append((loss.__name__, g.steps))
    for seed, steps, _ in graphs(lines):
        if len(chosen) < len(LOSSES) + N_DRAWN and 12 <= len(steps) <= MOST_STEPS and n_leaves(steps) >= 3:
            chosen.append((f"drawn {seed}", steps))
    names, steps, numbers, rows, gradients = [], [], [], [], {name: [] for name in DTYPES}
    for name, graph in chosen:
        results = {dtype: evaluate(graph, DTYPES[dtype]) for dtype in DTYPES}
        rows.append(
            f'{{"{name}", {len(steps)}, {len(graph)}, {len(gradients["float64"])}, '
            f'{c_real(results["float64"][0])}, {c_real(results["float32"][0])}}}'
        )
        for step in graph:
            if step[0] == "op":
                _, _, word, inputs, o = step
                steps.append(f'{{"{word}", {len(inputs)}, {c_list(map(str, inputs))}, .options = {c_options(o)}}}')
                names.append(word)
            else:
                kind, _, shape, values = step
                sides = f", .shape = {c_list(map(str, shape))}" if shape else ""
                steps.append(f'{{"{kind}", .n_dims = {len(shape)}{sides}, .first = {len(numbers)}}}')
                numbers += map(c_real, values)
        for dtype, (_, by_leaf) in results.items():
            for leaf in sorted(by_leaf):
                gradients[dtype] += map(c_real, by_leaf[leaf])
    out.write(f"""/* graphs.h: {len(chosen)} expressions of {len(set(names))} operations, with losses and gradients from PyTorch
   {torch.__version__} on one thread; written by graphs.py beside it, where the named losses stand. A step is a "leaf", a
   "constant", an "index" (int32), or an operation on earlier steps of its graph; the last step is the loss. Numbers of
   leaves begin at `first`; gradients lie leaf by leaf from `first_gradient` on. Those of float32 end with _f32. */
/* clang-format off */
#ifndef LURE_REFERENCE_GRAPHS_H
#define LURE_REFERENCE_GRAPHS_H

#include "math/operation.h"

typedef struct reference_step {{
    const char *name;
    int n_inputs, inputs[3];
    lure_op_options options;
    int n_dims;
    size_t shape[LURE_MAX_DIMS], first;
}} reference_step;

typedef struct reference_graph {{
    const char *name;
    int first_step, n_steps, first_gradient;
    double loss, loss_f32;
}} reference_graph;

""")
    table(out, "reference_graph reference_graphs", rows, 1)
    table(out, "reference_step reference_steps", steps, 1)
    table(out, "double reference_numbers", numbers)
    table(out, "double reference_gradients", gradients["float64"])
    table(out, "double reference_gradients_f32", gradients["float32"])
    out.write("\n#endif\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.stdout, sys.argv[1])
