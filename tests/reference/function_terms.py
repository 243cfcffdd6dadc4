"""Makes the coefficients of src/math/vector_function.inc: minimax polynomials (Remez' exchange) of the relative error,
and tanh's rational by least squares reweighted towards minimax (Lawson). Needs mpmath. Prints C constants.
Usage: python3 function_terms.py"""
import struct
from mpmath import atanh, cos, exp, log, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sqrt, tanh

mp.dps = 80
TINY = mpf(10) ** -6


def nodes(a, b, n):
    return sorted((a + b) / 2 + (b - a) / 2 * cos(pi * (2 * k + 1) / (2 * n)) for k in range(n))


def polynomial(g, a, b, degree, weight):
    n = degree + 2
    points, grid = nodes(a, b, n), [a] + nodes(a, b, 400) + [b]
    for _ in range(12):
        rows, right = matrix(n, n), matrix(n, 1)
        for i, x in enumerate(points):
            for k in range(degree + 1):
                rows[i, k] = x**k
            rows[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = g(x)
        solution = lu_solve(rows, right)
        terms = [solution[k] for k in range(degree + 1)]
        errors = [(polyval(terms[::-1], x) - g(x)) * weight(x) for x in grid]
        extremes = []
        for x, e in zip(grid, errors):  # the largest of each run of one sign
            if extremes and (e > 0) == (extremes[-1][1] > 0):
                if abs(e) > abs(extremes[-1][1]):
                    extremes[-1] = (x, e)
            else:
                extremes.append((x, e))
        if len(extremes) < n:
            break
        while len(extremes) > n:
            extremes.pop(0 if abs(extremes[0][1]) < abs(extremes[-1][1]) else -1)
        points = [x for x, _ in extremes]
    return terms, max(abs(e) for e in errors)


def rational(g, a, b, above, below, weight, rounds=25):
    points = nodes(a, b, 160)
    favour, last, best = [mpf(1)] * 160, [mpf(1)] * 160, None
    for turn in range(rounds):
        rows, right = matrix(160, above + 1 + below), matrix(160, 1)
        for i, x in enumerate(points):
            w = sqrt(favour[i]) * weight(x) / last[i]
            for k in range(above + 1):
                rows[i, k] = w * x**k
            for k in range(1, below + 1):
                rows[i, above + k] = -w * g(x) * x**k
            right[i] = w * g(x)
        s = lu_solve(rows.T * rows, rows.T * right)
        p, q = [s[k] for k in range(above + 1)], [mpf(1)] + [s[above + k] for k in range(1, below + 1)]
        last = [abs(polyval(q[::-1], x)) for x in points]
        errors = [abs((polyval(p[::-1], x) / polyval(q[::-1], x) - g(x)) * weight(x)) for x in points]
        worst = max(errors)
        if best is None or worst < best[0]:
            best = worst, p, q
        if turn > 2:
            favour = [f * (e / worst + mpf("1e-3")) for f, e in zip(favour, errors)]
            mean = sum(favour) / 160
            favour = [f / mean for f in favour]
    return best


def show(name, terms, single, error):
    def one(x):
        if single:
            return struct.unpack("f", struct.pack("f", float(x)))[0].hex() + "F"
        return float(x).hex()

    print(f"{name} {'float' if single else 'double'}, error {nstr(error, 3)}")
    print("    " + ", ".join(one(x) for x in terms))


def exp_rest(r):  # (e^r - 1 - r) / r^2
    return mpf(1) / 2 + r / 6 if abs(r) < mpf(10) ** -12 else (exp(r) - 1 - r) / r**2


def log_rest(z):  # (2 atanh(s) - 2 s) / s^3, z = s^2
    s = sqrt(z)
    return mpf(2) / 3 + mpf(2) / 5 * z if s < mpf(10) ** -12 else (2 * atanh(s) - 2 * s) / s / z


def tanh_rest(z):  # (tanh(x) - x) / x^3, z = x^2
    x = sqrt(z)
    return -mpf(1) / 3 + z * 2 / 15 if x < mpf(10) ** -10 else (tanh(x) - x) / x**3


half = log(2) / 2 * mpf("1.001")
for single, degree in ((True, 4), (False, 9)):
    terms, error = polynomial(exp_rest, -half, half, degree, lambda r: max(r * r, TINY))
    show("exp_terms", terms, single, error)
edge = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.01")
for single, degree in ((True, 2), (False, 6)):
    # log_of multiplies by z once more, so the series starts with z R(z)
    terms, error = polynomial(log_rest, mpf(0), edge, degree, lambda z: max(z, TINY))
    show("log_terms", terms, single, error)
error, above, below = rational(tanh_rest, mpf(0), mpf("0.63") ** 2, 2, 3, lambda z: max(z, TINY))
show("tanh_above", above, False, error)
show("tanh_below", below, False, error)
