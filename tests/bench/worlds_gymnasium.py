"""The yardstick of stepping in Gymnasium, one thread: reads the name of a measure a line, prints the nanoseconds of a step
and the mean length of an episode.

Measures: make (gymnasium.make as it comes: time limit, order and environment checker), sample (the same with its own
action_space.sample()), sync N (SyncVectorEnv of N such), vector N (CartPoleVectorEnv). All CartPole-v1.
The actions of all but `sample` are drawn beforehand, observations are only handed over, and a call of a vector that
resets counts as a step of each copy: all of that favours Gymnasium. --version prints the versions.
GYMNASIUM: a checkout to import; empty: what is installed.
"""
import os
import sys
import time
import types

if os.environ.get("GYMNASIUM"):
    sys.path.insert(0, os.environ["GYMNASIUM"])
try:
    import farama_notifications  # noqa: F401
except ImportError:  # messages of its makers to its users; nothing that is measured
    sys.modules["farama_notifications"] = types.ModuleType("farama_notifications")
    sys.modules["farama_notifications"].notifications = {}

import numpy as np
import gymnasium
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv

SECONDS = 0.1
N = 4096
random = np.random.default_rng(1)


def make():
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=1)
    actions = [int(a) for a in random.integers(2, size=N)]

    def run(steps):
        episodes = 0
        for i in range(steps):
            _, _, terminated, truncated, _ = env.step(actions[i % N])
            if terminated or truncated:
                episodes += 1
                env.reset()
        return steps, steps, episodes
    return run


def sample():
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=1)
    env.action_space.seed(1)

    def run(steps):
        episodes = 0
        for _ in range(steps):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            if terminated or truncated:
                episodes += 1
                env.reset()
        return steps, steps, episodes
    return run


def vector(env, n):
    env.reset(seed=1)
    actions = random.integers(2, size=(N, n))

    def run(calls):
        episodes = 0
        for i in range(calls):
            _, _, terminated, truncated, _ = env.step(actions[i % N])
            episodes += np.count_nonzero(terminated) + np.count_nonzero(truncated)
        return calls * n, calls * n - episodes, episodes  # one call after each end only resets
    return run


def measure(run):
    n = made_calls.get(run, 10)
    while True:
        started = time.process_time()
        rows, steps, episodes = run(n)
        taken = time.process_time() - started
        if taken >= SECONDS:
            made_calls[run] = n
            return taken / rows * 1e9, steps / max(episodes, 1)
        n = max(n + 1, int(n * 1.2 * SECONDS / max(taken, SECONDS / 50)))


if sys.argv[1:] == ["--version"]:
    print(f"Gymnasium {gymnasium.__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}")
    sys.exit()
made, made_calls = {}, {}
for line in sys.stdin:
    name, *count = line.split()
    if line not in made:
        n = int(count[0]) if count else 1
        if name == "sync":
            made[line] = vector(gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * n), n)
        elif name == "vector":
            made[line] = vector(CartPoleVectorEnv(n), n)
        else:
            made[line] = {"make": make, "sample": sample}[name]()
    print("%.3f %.3f" % measure(made[line]), flush=True)
