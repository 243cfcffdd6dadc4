#!/usr/bin/python3
"""Writes optimizer.h: ten steps of PyTorch's own optimizers in float64 and float32, on gradients that do not
depend on the parameters and are exact in both types. Needs python3-torch; the header is kept, so the tests do not."""
import sys

import torch

START = [1.0, -2.0, 0.5]
GRADIENTS = [[((5 * t + 3 * i + 1) % 17 - 8) / 8 for i in range(3)] for t in range(10)]
SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
RMSPROP, ADAGRAD = torch.optim.RMSprop, torch.optim.Adagrad
RULES = {
    "sgd": lambda p: SGD(p, lr=0.1),
    "sgd_decay": lambda p: SGD(p, lr=0.1, weight_decay=0.05),
    "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9),
    "momentum_decay": lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "nesterov": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "nesterov_decay": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    "rmsprop": lambda p: RMSPROP(p, lr=0.01),
    "rmsprop_decay": lambda p: RMSPROP(p, lr=0.01, alpha=0.9, eps=1e-5, weight_decay=0.05),
    "rmsprop_centered": lambda p: RMSPROP(p, lr=0.01, alpha=0.9, centered=True, eps=1e-3),
    "rmsprop_momentum": lambda p: RMSPROP(p, lr=0.01, alpha=0.9, momentum=0.8),
    "rmsprop_all": lambda p: RMSPROP(
        p, lr=0.01, alpha=0.9, momentum=0.8, centered=True, eps=1e-3, weight_decay=0.05
    ),
    "adagrad": lambda p: ADAGRAD(p, lr=0.1),
    "adagrad_all": lambda p: ADAGRAD(p, lr=0.1, initial_accumulator_value=0.25, eps=1e-6, weight_decay=0.05),
    "adam": lambda p: ADAM(p, lr=0.01),
    "adam_decay": lambda p: ADAM(p, lr=0.01, weight_decay=0.05),
    "adam_amsgrad": lambda p: ADAM(p, lr=0.01, betas=(0.8, 0.9), amsgrad=True),
    "adam_all": lambda p: ADAM(p, lr=0.01, betas=(0.8, 0.9), eps=1e-5, amsgrad=True, weight_decay=0.05),
    "adamw": lambda p: ADAMW(p, lr=0.01),
    "adamw_decay": lambda p: ADAMW(p, lr=0.01, betas=(0.8, 0.9), weight_decay=0.3),
    "adamw_amsgrad": lambda p: ADAMW(p, lr=0.01, betas=(0.8, 0.9), amsgrad=True, weight_decay=0.3),
    "adam_clipped": lambda p: ADAM(p, lr=0.01, betas=(0.8, 0.99), eps=1e-5),
    "momentum_clipped_by_value": lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    # the three parameters in groups of their own
    "adamw_groups": lambda p: ADAMW(
        [
            {"params": p[:1], "lr": 0.001, "weight_decay": 0.0},
            {"params": p[1:2], "lr": 0.02},
            {"params": p[2:], "weight_decay": 0.3},
        ],
        lr=0.01,
    ),
}
CLIPPED_TO, VALUES_CLIPPED_TO = 0.5, 0.375


def clipped(name, gradient):
    if name.endswith("_by_value"):
        return gradient.clamp(-VALUES_CLIPPED_TO, VALUES_CLIPPED_TO)
    norm = gradient.norm().item()
    # clip_grad_norm_ adds 1e-6 to the norm; the definition (Pascanu et al. 2013) does not
    return gradient * (CLIPPED_TO / norm) if name.endswith("_clipped") and norm > CLIPPED_TO else gradient


def trace(name, make, dtype):
    parameters = [torch.nn.Parameter(torch.tensor([x], dtype=dtype)) for x in START]
    optimizer = make(parameters)
    rows = []
    for row in GRADIENTS:
        gradient = clipped(name, torch.tensor(row, dtype=torch.float64)).to(dtype)
        for parameter, number in zip(parameters, gradient):
            parameter.grad = number.reshape(1).clone()
        optimizer.step()
        rows.append([float(x) for x in parameters])
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
#define REFERENCE_CLIP_VALUE {VALUES_CLIPPED_TO}
enum {{ REFERENCE_STEPS = {len(GRADIENTS)}, REFERENCE_SIZE = {len(START)} }};

static const double reference_start[REFERENCE_SIZE] = {{{', '.join(map(repr, START))}}};
""")
    for name, rows in [("gradients", GRADIENTS)] + [
        (rule + suffix, trace(rule, make, dtype))
        for rule, make in RULES.items()
        for suffix, dtype in (("", torch.float64), ("_f32", torch.float32))
    ]:
        out.write(f"static const double reference_{name}[REFERENCE_STEPS][REFERENCE_SIZE] = {{\n{c_rows(rows)}}};\n")
    out.write("\n#endif\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.stdout)
