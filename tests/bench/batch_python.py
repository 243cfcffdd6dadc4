# batch_python.py: what one writes without a batch runner, a yardstick of the benchmark: the lesson in plain Python for each
# seed, shared out by multiprocessing.Pool, a JSON and a CSV with a row an update written for each run. Nothing is checked,
# found again, resumed or safe from a crash. Usage: batch_python.py RUNS UPDATES PROCESSES FOLDER.
# Prints the mean seconds of the runs' own loops, rows kept, nothing written.
import csv
import json
import math
import multiprocessing
import os
import random
import sys
import time

UPDATES, FOLDER = int(sys.argv[2]), sys.argv[4]


def lesson(seed):
    generator, bias, rows = random.Random(seed), 0.0, []
    began = time.perf_counter()
    for update in range(1, UPDATES + 1):
        hunger = generator.random()
        norm = 1 / (1 + math.exp(-(20 * hunger + bias)))
        action = "squatch" if generator.random() < 1 - norm else "norm"
        reward = 1 if (action == "norm") == (hunger > 0.5) else -1
        derivative = (-(1 - norm) if action == "norm" else norm) * reward
        bias -= 1.0 * derivative
        rows.append((update, update, update, 1.0, bias, derivative, reward))
    return bias, rows, time.perf_counter() - began


def run(seed):
    bias, rows, seconds = lesson(seed)
    folder = os.path.join(FOLDER, "lesson-seed%d" % seed)
    os.mkdir(folder)
    with open(os.path.join(folder, "metrics.csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("update", "episode", "step", "learning_rate", "bias", "derivative", "reward"))
        writer.writerows(rows)
    with open(os.path.join(folder, "summary.json"), "w") as file:
        json.dump({"seed": seed, "updates": UPDATES, "seconds": seconds, "bias": bias}, file)
    return seconds


if __name__ == "__main__":
    os.mkdir(FOLDER)
    n = int(sys.argv[1])
    with multiprocessing.Pool(int(sys.argv[3])) as pool:
        print(sum(pool.map(run, range(1, n + 1))) / n)
