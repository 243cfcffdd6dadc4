#!/usr/bin/python3
"""Writes optimizer.h: ten steps of PyTorch's own optimizers in float64 and float32, on gradients that do not
depend on the parameters and are exact in both types. Needs python3-torch; the header is kept, so the tests do not."""
import sys

import torch

START = [1.0, -2.0, 0.5]
GRADIENTS = [[((5 * t + 3 * i + 1) % 17 - 8) / 8 for i in range(3)] for t in range(10)]
RULES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam_clipped": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.99), eps=1e-5),
}
CLIPPED_TO = 0.5


def trace(make, dtype, clip):
    parameter = torch.nn.Parameter(torch.tensor(START, dtype=dtype))
    optimizer = make([parameter])
    rows = []
    for gradient in GRADIENTS:
        exact = torch.tensor(gradient, dtype=torch.float64)
        norm = exact.norm().item()
        # clip_grad_norm_ adds 1e-6 to the norm; the definition (Pascanu et al. 2013) does not
        scale = CLIPPED_TO / norm if clip and norm > CLIPPED_TO else 1.0
        parameter.grad = (exact * scale).to(dtype)
        optimizer.step()
        rows.append([float(x) for x in parameter.detach()])
    return rows


def c_rows(rows):
    return ",\n".join("    {" + ", ".join(repr(x) for x in row) + "}" for row in rows)


def main(out):
    out.write(f"""/* optimizer.h: three parameters over ten steps, after each step. From PyTorch {torch.__version__}'s torch.optim on one
   thread; written by optimizer.py beside it, where the options stand. The float32 traces end with _f32. */
/* clang-format off */
#ifndef LURE_REFERENCE_OPTIMIZER_H
#define LURE_REFERENCE_OPTIMIZER_H

#define REFERENCE_CLIP_NORM {CLIPPED_TO}
enum {{ REFERENCE_STEPS = {len(GRADIENTS)}, REFERENCE_SIZE = {len(START)} }};

static const double reference_start[REFERENCE_SIZE] = {{{', '.join(map(repr, START))}}};
""")
    for name, rows in [("gradients", GRADIENTS)] + [
        (rule + suffix, trace(make, dtype, "clipped" in rule))
        for rule, make in RULES.items()
        for suffix, dtype in (("", torch.float64), ("_f32", torch.float32))
    ]:
        out.write(f"static const double reference_{name}[REFERENCE_STEPS][REFERENCE_SIZE] = {{\n{c_rows(rows)}}};\n")
    out.write("\n#endif\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.stdout)
