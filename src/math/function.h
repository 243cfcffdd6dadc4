/* function.h: exp, log, sin and the rest with the same bits on every CPU: SLEEF's deterministic scalar family
   (Shibata & Petrogalli 2020; names with cinz_, at most 1.0 ulp). libm's differ between CPUs with and without
   fma, so nothing in lure calls libm for these. sqrt, fma, floor and fabs are exact by IEEE 754 and stay C's. For many
   numbers at once there are kernels (kernel.h). */
#ifndef LURE_MATH_FUNCTION_H
#define LURE_MATH_FUNCTION_H

double lure_exp(double x);
double lure_expm1(double x);
double lure_log(double x);
double lure_log1p(double x);
double lure_log2(double x);
double lure_log10(double x);
double lure_pow(double x, double y);
double lure_sin(double x);
double lure_cos(double x);
double lure_tan(double x);
double lure_asin(double x);
double lure_acos(double x);
double lure_atan2(double y, double x);
double lure_tanh(double x);
double lure_erfc(double x);     /* 1 - erf(x), without cancellation; 1.5 ulp */
double lure_softplus(double x); /* ln(1 + e^x), without overflow; 2 ulp */

#endif
