/* number.c: a double as the shortest decimal that reads back to the same bits (declared in text.h). The digits
   come from Schubfach (Giulietti 2020, "The Schubfach way to render doubles"), exact in 128-bit integers and about ten
   times as fast as trying snprintf at 15, 16 and 17 digits: metrics write several numbers every update. Of several
   shortest decimals it takes the one nearest to the double. The layout is C's %g: an exponent below 1e-4 and
   from 1e16 on, of two digits at least. Knows no locale. */
#include "base/text.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct power {
    uint64_t high, low;
} power;

enum { FIRST_POWER = -292 };
static const power POWERS[] = {
#include "base/number_powers.inc"
};

typedef struct decimal {
    uint64_t digits; /* digits * 10^exponent */
    int exponent;
} decimal;

/* x / 2^22 and so on, rounded down also below zero, without shifting a negative number */
static int floor_shift(int x, int bits)
{
    return x >= 0 ? x >> bits : -((-x + (1 << bits) - 1) >> bits);
}
static int floor_log2_of_power(int k)
{
    return floor_shift(k * 1741647, 19);
} /* log2 10^k */
static int floor_log10_of_two(int q)
{
    return floor_shift(q * 1262611, 22);
} /* log10 2^q */
static int floor_log10_of_three_quarters(int q)
{
    return floor_shift(q * 1262611 - 524031, 22);
} /* 3/4 2^q */

/* g * c / 2^128, its last bit set when anything was cut off: enough to compare with other such numbers */
static uint64_t round_to_odd(power g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g.low * c;
    unsigned __int128 sum = (unsigned __int128)g.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

/* The shortest decimal inside the interval of numbers that round to significand * 2^q. Everything is kept
   times 4, so that the interval's ends, half a unit away (a quarter below a power of two), are whole. */
static decimal shortest(uint64_t fraction, int biased_exponent)
{
    uint64_t c = biased_exponent ? fraction | UINT64_C(1) << 52 : fraction;
    int q = (biased_exponent ? biased_exponent : 1) - 1075;
    bool even = c % 2 == 0; /* then ties round to it, and the ends belong to the interval */
    bool narrow_below = fraction == 0 && biased_exponent > 1;

    int k = narrow_below ? floor_log10_of_three_quarters(q) : floor_log10_of_two(q);
    int h = q + floor_log2_of_power(-k) + 1;
    power g = POWERS[-k - FIRST_POWER];
    uint64_t middle = round_to_odd(g, 4 * c << h);
    uint64_t lower = round_to_odd(g, (4 * c - 2 + narrow_below) << h) + !even;
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - !even;

    /* one digit fewer, if exactly one multiple of ten lies inside; both cannot */
    uint64_t s = middle / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below_fits = lower <= 40 * tens, above_fits = 40 * tens + 40 <= upper;
        if (below_fits != above_fits)
            return (decimal){tens + above_fits, k + 1};
    }
    bool below_fits = lower <= 4 * s, above_fits = 4 * s + 4 <= upper;
    if (below_fits != above_fits)
        return (decimal){s + above_fits, k};
    uint64_t half = 4 * s + 2;
    bool up = middle > half || (middle == half && s % 2 == 1);
    return (decimal){s + up, k};
}

/* writes `value` in decimal, returns the number of digits */
static int write_digits(uint64_t value, char out[20])
{
    char reversed[20];
    int n = 0;
    do
        reversed[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (int i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

static size_t write_plain(char *out, const char *digits, int n, int point)
{
    char *at = out;
    if (point <= 0) { /* 0.00ddd */
        memcpy(at, "0.", 2);
        memset(at + 2, '0', (size_t)-point);
        memcpy(at + 2 - point, digits, (size_t)n);
        return (size_t)(2 - point + n);
    }
    for (int i = 0; i < n || i < point; i++) {
        if (i == point)
            *at++ = '.';
        *at++ = i < n ? digits[i] : '0';
    }
    return (size_t)(at - out);
}

static size_t write_with_exponent(char *out, const char *digits, int n, int exponent)
{
    char *at = out;
    *at++ = digits[0];
    if (n > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, (size_t)(n - 1));
        at += n - 1;
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (size < 10)
        *at++ = '0';
    at += write_digits(size, at);
    return (size_t)(at - out);
}

size_t lure_number_format(double value, char out[LURE_NUMBER_SIZE])
{
    if (isnan(value)) {
        memcpy(out, "nan", 4);
        return 3;
    }
    char *at = out;
    if (signbit(value)) {
        *at++ = '-';
        value = -value;
    }
    if (isinf(value)) {
        memcpy(at, "inf", 3);
        at += 3;
    } else if (value < 0x1p53 && value == floor(value)) {
        at += write_digits((uint64_t)value, at);
    } else {
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        decimal d = shortest(bits & (UINT64_MAX >> 12), (int)(bits >> 52));
        while (d.digits % 10 == 0) { /* at least one digit is not 0, since value is not */
            d.digits /= 10;
            d.exponent++;
        }
        char digits[20];
        int n = write_digits(d.digits, digits);
        int exponent = d.exponent + n - 1; /* of d.ddd */
        at += exponent < -4 || exponent >= 16 ? write_with_exponent(at, digits, n, exponent)
                                              : write_plain(at, digits, n, exponent + 1);
    }
    *at = '\0';
    return (size_t)(at - out);
}
