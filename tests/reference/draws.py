#!/usr/bin/python3
"""Writes draws.h: points of a random search, from the published algorithms alone: SHA-256 of the key (hashlib),
Philox4x32-10 (Salmon et al. 2011), SplitMix64's finaliser, Lemire's bounded integers, and logarithms in 40 decimal digits.
The header is kept, so the tests do not need Python."""
import decimal
import hashlib

decimal.getcontext().prec = 40
M64, M32, SAMPLE = 2**64 - 1, 2**32 - 1, 9  # the last: the purpose of the stream
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M64
    z = (z ^ z >> 27) * 0x94D049BB133111EB & M64
    return z ^ z >> 31


def philox(key, counter):
    k, c = list(key), list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & M32, a >> 32 ^ c[3] ^ k[1], a & M32]
        k = [k[0] + 0x9E3779B9 & M32, k[1] + 0xBB67AE85 & M32]
    return c


def words(seed, key, point):
    digest = hashlib.sha256(key.encode()).digest()
    environment, step = int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:8], "big")
    k = mix(mix((seed + GOLDEN) & M64) + SAMPLE * GOLDEN & M64)
    for block in range(2**32):
        yield from philox((k & M32, k >> 32), (block, step, point, environment))


def uniform(w):
    return ((next(w) >> 5) << 26 | next(w) >> 6) / 2**53


def below(w, n):
    bits = 32 if n <= M32 else 64
    while True:
        word = next(w) if bits == 32 else next(w) << 32 | next(w)
        if word * n % 2**bits >= 2**bits % n:
            return word * n >> bits


def draw(kind, low, high, n, seed, key, point):
    w = words(seed, key, point)
    if kind == "CHOICE":
        return float(below(w, n))
    if kind == "INTEGER":
        return float(int(low) + below(w, int(high) - int(low) + 1))
    u = uniform(w)
    if kind == "UNIFORM":
        return low * (1 - u) + high * u
    a, b, exact = decimal.Decimal(low).ln(), decimal.Decimal(high).ln(), decimal.Decimal(u)
    return float((a * (1 - exact) + b * exact).exp())


def main():
    ranges = [
        ("UNIFORM", 0.0, 1.0, 0), ("UNIFORM", -3.0, 5.5, 0), ("UNIFORM", -1.7e308, 1.7e308, 0),
        ("LOG_UNIFORM", 1e-5, 1.0, 0), ("LOG_UNIFORM", 3.0, 4000.0, 0),
        ("INTEGER", 1.0, 6.0, 0), ("INTEGER", -5.0, 5.0, 0), ("INTEGER", -(2.0**53), 2.0**53, 0),
        ("CHOICE", 0.0, 0.0, 3), ("CHOICE", 0.0, 0.0, 1),
    ]
    print("/* draws.h: written by draws.py; kept as it wrote it. */")
    print("static const struct {\n    lure_draw draw;\n    uint64_t seed;\n    const char *key;\n    size_t point;")
    print("    double value;\n} reference_draws[] = {")
    for kind, low, high, n in ranges:
        for seed, key, point in [
            (1, "learning_rate.rate", 0), (1, "learning_rate.rate", 1), (1, "reward", 0), (0, "a", 99999),
            (2**63 - 1, "policy.1.2", 4294967295),
        ]:
            value = draw(kind, low, high, n, seed, key, point)
            print(f"    {{{{LURE_DRAW_{kind}, {low.hex()}, {high.hex()}, {n}}}, "
                  f'UINT64_C({seed}), "{key}", {point}, {value.hex()}}},')
    print("};")


main()
