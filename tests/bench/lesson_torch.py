"""The lesson in PyTorch, a yardstick of the benchmark: one trained bias, autograd, SGD, one thread.

Scalars throughout, the probability computed once, no gradient for the weight, gradients set to none rather than zeroed:
what can be saved without leaving autograd is saved. Usage: lesson_torch.py UPDATES SEED. Prints the loop's seconds, the
last bias and the version.
"""
import random
import sys
import time

import torch

torch.set_num_threads(1)
updates, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
weight = 20.0
bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([bias], lr=1.0)


def update():
    hunger = random.random()
    p = torch.sigmoid(bias + weight * hunger)  # of visiting Norm
    norm = random.random() >= 1 - p.item()
    reward = 1.0 if norm == (hunger > 0.5) else -1.0
    loss = torch.log(p if norm else 1 - p) * -reward
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


for _ in range(50):  # the first backward starts autograd's machinery
    update()
started = time.perf_counter()
for _ in range(updates):
    update()
print(f"{time.perf_counter() - started:.9f} {bias.item():.17g} {torch.__version__}")
