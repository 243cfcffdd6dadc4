/* function.c: the deterministic elementary functions; see function.h. Each is SLEEF's scalar routine of the family
   without fused multiply-adds (cinz_..._purec), the same instructions on every CPU, but where that stops short: log1p near
   the largest number. */
#include "math/function.h"
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

/* SLEEF's is infinite above 1e307; from 2^60 on the 1 is far below the last bit */
double lure_log1p(double x)
{
    return x > 0x1p60 ? lure_log(x) : Sleef_cinz_log1pd1_u10purec(x);
}

double lure_softplus(double x)
{
    return x > 0 ? x + lure_log1p(lure_exp(-x)) : lure_log1p(lure_exp(x));
}
