#!/usr/bin/python3
"""Writes lesson.h: the closed forms of the fry-shacks lesson, evaluated with 50 digits (Python's decimal).

A policy p(Norm | hunger) = sigmoid(20 hunger + bias), reward +1 when Norm was chosen and hunger > 1/2 or Squatch
otherwise, else -1. One update: bias -= rate * reward * d(-ln p(action)) / d bias. With hunger uniform on [0, 1] and
s(x) = ln(1 + e^x) the expected reward is
    J(b) = [1/2 - (2/w)(s(w/2 + b) - s(b))] + [(2/w)(s(w + b) - s(w/2 + b)) - 1/2].
The softmax bandit: dJ/dtheta_a = pi_a (q_a - J) (Sutton & Barto 2018, section 2.8)."""
import decimal
import sys
from decimal import Decimal as D

decimal.getcontext().prec = 50
W = D(20)


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def softplus(x):
    return (1 + x.exp()).ln()


def expected_reward(b):
    rising = (2 / W) * (softplus(W / 2 + b) - softplus(b))
    falling = (2 / W) * (softplus(W + b) - softplus(W / 2 + b))
    return (D("0.5") - rising) + (falling - D("0.5"))


def slope(b):
    return (2 / W) * (sigmoid(W + b) + sigmoid(b) - 2 * sigmoid(W / 2 + b))


def updates():
    bias, rate = D(0), D(1)
    for draw, reward in ((D("0.2"), 1), (D("0.9"), -1)):
        p = sigmoid(bias)  # hunger 0
        action = 0 if draw < 1 - p else 1
        entropy = -(p if action else 1 - p).ln()
        derivative = p - action
        step = rate * derivative * reward
        bias -= step
        yield p, draw, action, entropy, derivative, reward, step, bias


def bandit(theta, q):
    e = [t.exp() for t in theta]
    pi = [x / sum(e) for x in e]
    mean = sum(p * v for p, v in zip(pi, q))
    return pi, [p * (v - mean) for p, v in zip(pi, q)]


def c(x):
    # what the 50 digits leave of an exact 0 is 0
    return f"{x if abs(x) > D('1e-40') else 0:.20g}" if isinstance(x, D) else str(x)


def main(out):
    pi, gradient = bandit([D("0.2"), D("-0.1")], [D(1), D(0)])
    rows = list(updates())
    out.write("""/* lesson.h: closed forms of the fry-shacks lesson and of a softmax bandit; written by lesson.py beside it, which
   states and evaluates them with 50 digits. */
/* clang-format off */
#ifndef LURE_REFERENCE_LESSON_H
#define LURE_REFERENCE_LESSON_H

#include <stdint.h>

/* The two worked updates: hunger 0, learning rate 1, bias 0 at first. */
typedef struct lesson_update {
    double p_norm, draw;
    int32_t action; /* 0 Squatch, 1 Norm */
    double cross_entropy, derivative, reward, step, bias;
} lesson_update;
""")
    out.write(f"static const lesson_update lesson_updates[{len(rows)}] = {{\n")
    out.write(",\n".join("    {" + ", ".join(map(c, row)) + "}" for row in rows) + "};\n")
    out.write(f"static const double lesson_p_norm_after = {c(sigmoid(rows[-1][-1]))};\n\n")
    out.write("""/* The expected reward J(bias), hunger uniform on [0, 1], weight 20, and its derivative. */
typedef struct lesson_point {
    double bias, reward, slope;
} lesson_point;
""")
    points = [[b, expected_reward(b), slope(b)] for b in map(D, (0, -3, -10, -12))]
    out.write(f"static const lesson_point lesson_points[{len(points)}] = {{\n")
    out.write(",\n".join("    {" + ", ".join(map(c, row)) + "}" for row in points) + "};\n\n")
    out.write(f"""/* Softmax bandit: preferences, values of the two arms, probabilities, derivative of the expected value. */
static const double bandit_preferences[2] = {{0.2, -0.1}}, bandit_values[2] = {{1, 0}};
static const double bandit_probabilities[2] = {{{c(pi[0])}, {c(pi[1])}}};
static const double bandit_gradient[2] = {{{c(gradient[0])}, {c(gradient[1])}}};

#endif
""")


if __name__ == "__main__":
    main(sys.stdout)
