#!/usr/bin/env python3
"""statistics.py: writes tests/reference/statistics.h: rank correlations, shares of variance and intervals by resampling, as
numpy computes them.

Run from anywhere: /usr/bin/python3 tests/reference/statistics.py. Ranks are counted pair by pair; a share of variance is the R^2
of a least-squares fit of one indicator a value; the resamples come from numpy's default_rng.
"""
import os
import numpy as np

rng = np.random.default_rng(11)
out = ["/* statistics.h: written by statistics.py with numpy %s: rank correlations, shares of variance, bootstrap intervals. */"
       % np.__version__, "/* clang-format off */", "#ifndef LURE_REFERENCE_STATISTICS_H",
       "#define LURE_REFERENCE_STATISTICS_H", "", "#include <stddef.h>", ""]


def ranks(x):  # each value's: how many are below it, and half of those that equal it
    return np.array([np.sum(x < v) + (np.sum(x == v) + 1) / 2 for v in x])


def numbers(values):
    return "{" + ", ".join("%.17g" % v for v in values) + "}"


out += ["static const struct { size_t n; double x[40], y[40], rank_correlation; } rank_correlations[] = {"]
for n, kind in ((2, "free"), (5, "free"), (12, "free"), (12, "tied"), (40, "free"), (40, "tied"), (40, "curved")):
    x, y = rng.normal(size=n), rng.normal(size=n)
    if kind == "tied":
        x, y = np.round(x), np.round(x + 2 * y)
    if kind == "curved":
        y = np.exp(3 * x) + 0.1 * y
    out.append("    {%d, %s, %s, %.17g}," % (n, numbers(x), numbers(y), np.corrcoef(ranks(x), ranks(y))[0, 1]))
out += ["};", ""]


def share(levels, y):
    design = (levels[:, None] == np.unique(levels)[None, :]).astype(float)
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - left @ left / np.sum((y - y.mean())**2)


# 3 values x 2 values, then the same without two of the configurations
grid = np.array([(a, b) for a in range(3) for b in range(2)])
scores = 2 * grid[:, 0] - 3 * grid[:, 1] + grid[:, 0] * grid[:, 1] + rng.normal(size=6)
out += ["static const struct { size_t n; size_t first[6], second[6]; double means[6], share_first, share_second; } shares[] = {"]
for keep in (range(6), (0, 1, 3, 4)):
    keep = list(keep)
    a, b, y = grid[keep, 0], grid[keep, 1], scores[keep]
    out.append("    {%d, {%s}, {%s}, %s, %.17g, %.17g}," % (len(keep), ", ".join(map(str, a)), ", ".join(map(str, b)),
                                                          numbers(y), share(a, y), share(b, y)))
out += ["};", ""]


def iqm(s):
    cut = s.shape[-1] // 4
    return np.sort(s, -1)[..., cut:s.shape[-1] - cut].mean(-1)


# pairs whose seeds matter much more than what is compared
common = 10 * rng.normal(size=12)
x, y = common + rng.normal(size=12) + 1, common + rng.normal(size=12)
index = rng.integers(0, 12, (50000, 12))
paired = np.percentile(iqm(x[index]) - iqm(y[index]), [2.5, 97.5])
apart = np.percentile(iqm(x[index]) - iqm(y[rng.integers(0, 12, (50000, 12))]), [2.5, 97.5])
out += ["static const struct { double x[12], y[12], paired_low, paired_high, apart_low, apart_high; } differences =",
        "    {%s, %s, %.17g, %.17g, %.17g, %.17g};" % (numbers(x), numbers(y), *paired, *apart), "", "#endif", ""]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.h"), "w") as file:
    file.write("\n".join(out))
