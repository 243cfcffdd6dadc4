/* function.c: the deterministic elementary functions; see function.h. Each is SLEEF's scalar routine of the family
   without fused multiply-adds (cinz_..._purec), the same instructions on every CPU, but where that stops short:
   sinh and cosh give up before the result overflows, log1p near the largest number. The float forms are SLEEF's own;
   sigmoidf and softplusf go through double, which costs little and is right to the last bit but for ties. */
#include "math/function.h"
#include <math.h>
#include <sleef.h>

double lure_exp(double x)
{
    return Sleef_cinz_expd1_u10purec(x);
}
double lure_expm1(double x)
{
    return Sleef_cinz_expm1d1_u10purec(x);
}
double lure_log(double x)
{
    return Sleef_cinz_logd1_u10purec(x);
}
double lure_log2(double x)
{
    return Sleef_cinz_log2d1_u10purec(x);
}
double lure_log10(double x)
{
    return Sleef_cinz_log10d1_u10purec(x);
}
double lure_pow(double x, double y)
{
    return Sleef_cinz_powd1_u10purec(x, y);
}
double lure_sin(double x)
{
    return Sleef_cinz_sind1_u10purec(x);
}
double lure_cos(double x)
{
    return Sleef_cinz_cosd1_u10purec(x);
}
double lure_tan(double x)
{
    return Sleef_cinz_tand1_u10purec(x);
}
double lure_asin(double x)
{
    return Sleef_cinz_asind1_u10purec(x);
}
double lure_acos(double x)
{
    return Sleef_cinz_acosd1_u10purec(x);
}
double lure_atan2(double y, double x)
{
    return Sleef_cinz_atan2d1_u10purec(y, x);
}
double lure_tanh(double x)
{
    return Sleef_cinz_tanhd1_u10purec(x);
}
double lure_erfc(double x)
{
    return Sleef_cinz_erfcd1_u15purec(x);
}
double lure_fmod(double x, double y)
{
    return fmod(x, y);
} /* exact, so every libm gives the same */

/* SLEEF's is infinite above 1e307; from 2^60 on the 1 is far below the last bit */
double lure_log1p(double x)
{
    return x > 0x1p60 ? lure_log(x) : Sleef_cinz_log1pd1_u10purec(x);
}
float lure_log1pf(float x)
{
    return x > 0x1p30F ? lure_logf(x) : Sleef_cinz_log1pf1_u10purec(x);
}

/* e^x / 2 for 709 < x, where e^x itself may overflow: e^(x - 64 ln 2) * 2^63. x - C is exact, since both are
   multiples of 2^-43; what C lacks of 64 ln 2 is made good to first order. */
static double half_exp(double x)
{
    const double C = 0x1.62e42fefa39f0p+5, REST = -0x1.950d871319ff0p-48;
    double e = lure_exp(x - C);
    return (e - e * REST) * 0x1p63;
}

double lure_sinh(double x)
{
    if (fabs(x) > 709)
        return copysign(half_exp(fabs(x)), x);
    return Sleef_cinz_sinhd1_u10purec(x);
}

double lure_cosh(double x)
{
    if (fabs(x) > 709)
        return half_exp(fabs(x));
    return Sleef_cinz_coshd1_u10purec(x);
}

double lure_sigmoid(double x)
{
    if (x >= 0)
        return 1 / (1 + lure_exp(-x));
    double e = lure_exp(x);
    return e / (1 + e);
}

double lure_softplus(double x)
{
    return x > 0 ? x + lure_log1p(lure_exp(-x)) : lure_log1p(lure_exp(x));
}

float lure_expf(float x)
{
    return Sleef_cinz_expf1_u10purec(x);
}
float lure_logf(float x)
{
    return Sleef_cinz_logf1_u10purec(x);
}
float lure_tanhf(float x)
{
    return Sleef_cinz_tanhf1_u10purec(x);
}
float lure_sigmoidf(float x)
{
    return (float)lure_sigmoid((double)x);
}
float lure_softplusf(float x)
{
    return (float)lure_softplus((double)x);
}
