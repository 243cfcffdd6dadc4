/* test_function.c: the elementary functions, and kernels of single precision and of the sigmoid (test_kernel_map.c
   holds them to their bounds everywhere), against values computed with mpmath at 400 bits. A reference is a sum of
   two doubles, high + low, so that an error of a small part of an ulp can be seen. An ulp is the distance of doubles
   (floats) at the reference. */
#include "math/function.h"
#include "math/kernel.h"
#include "unit.h"
#include <math.h>

static double ulp(double x)
{
    x = fabs(x);
    return x == INFINITY ? 0 : nextafter(x, INFINITY) - x;
}

static double error_in_ulps(double actual, double high, double low)
{
    return fabs((actual - high) - low) / ulp(high);
}

static double sigmoid(double x)
{
    double y;
    lure_kernels_for(LURE_F64)->map(LURE_MAP_SIGMOID, 1, &x, &y);
    return y;
}

static double kernel_f32(lure_map f, float x)
{
    float y;
    lure_kernels_for(LURE_F32)->map(f, 1, &x, &y);
    return (double)y;
}

typedef struct reference {
    double (*function)(double);
    const char *name;
    double x, high, low;
} reference;

static const reference ONE_ULP[] = {
    {lure_exp, "exp", 1.0, 0x1.5bf0a8b145769p+1, 0x1.4d57ee2b1013ap-53},
    {lure_exp, "exp", -1.0, 0x1.78b56362cef38p-2, -0x1.ca8a4270fadf5p-57},
    {lure_exp, "exp", 0.1, 0x1.1aec7b35a00d4p+0, -0x1.77d498b0e382ap-54},
    {lure_exp, "exp", -0.7, 0x1.fc80db9dd5542p-2, 0x1.6a92966c1fc73p-57},
    {lure_exp, "exp", 1e-10, 0x1.000000006df38p+0, -0x1.3112d8e5e6d4cp-57},
    {lure_exp, "exp", 10.5, 0x1.1bb7015e84d3bp+15, 0x1.bc1c4193bcdb9p-40},
    {lure_exp, "exp", -20.25, 0x1.b93de1e27ca3bp-30, -0x1.6a3c4abdc49a6p-85},
    {lure_exp, "exp", 100.3, 0x1.a08a5754ae034p+144, 0x1.64b863e088a59p+89},
    {lure_exp, "exp", 700.7, 0x1.dc86ff276fcf3p+1010, -0x1.c6b2f235877a2p+956},
    {lure_exp, "exp", 709.7, 0x1.d75ae7a50ee14p+1023, -0x1.a7242fe782b54p+968},
    {lure_exp, "exp", -700.1, 0x1.f52f93df4dfcfp-1011, -0x0.000000000028bp-1022},
    {lure_exp, "exp", -740.5, 0x0.0000000000033p-1022, 0x0.0p+0},
    {lure_expm1, "expm1", 1.0, 0x1.b7e151628aed3p+0, -0x1.655023a9dfd8cp-54},
    {lure_expm1, "expm1", -1.0, -0x1.43a54e4e98864p-1, -0x1.ca8a4270fadf5p-57},
    {lure_expm1, "expm1", 0.1, 0x1.aec7b35a00d3ap-4, 0x1.056ce9e38fac8p-59},
    {lure_expm1, "expm1", 1e-10, 0x1.b7cdfd9dda4e3p-34, 0x1.0c95a385d91c6p-88},
    {lure_expm1, "expm1", -1e-05, -0x1.4f8aea9acf2c9p-17, -0x1.d0b5369fadd35p-71},
    {lure_expm1, "expm1", 0.693, 0x1.ffd96b9b4cfe2p-1, -0x1.3f0bf1b7c6e9cp-55},
    {lure_expm1, "expm1", 20.5, 0x1.7d6c4f03cdd5cp+29, 0x1.d5bc1fef2a82ap-25},
    {lure_expm1, "expm1", -30.3, -0x1.ffffffffffd90p-1, 0x1.9f991edfcc1cdp-55},
    {lure_expm1, "expm1", 700.7, 0x1.dc86ff276fcf3p+1010, -0x1.c6b2f235877a2p+956},
    {lure_log, "log", 2.0, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56},
    {lure_log, "log", 0.5, -0x1.62e42fefa39efp-1, -0x1.abc9e3b39803fp-56},
    {lure_log, "log", 0.1, -0x1.26bb1bbb55515p+1, -0x1.8b752b6b15c17p-53},
    {lure_log, "log", 0.999, -0x1.064670d979b73p-10, -0x1.e46a88405b99bp-66},
    {lure_log, "log", 1.001, 0x1.060354f8c3cc4p-10, -0x1.404acdf912225p-64},
    {lure_log, "log", 10.0, 0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53},
    {lure_log, "log", 1e-300, -0x1.5963447f87fb5p+9, -0x1.aa670d35324e6p-46},
    {lure_log, "log", 1e+300, 0x1.5963447f87fb5p+9, 0x1.abccc0710fcd4p-46},
    {lure_log, "log", 12345.678, 0x1.2d79559791e31p+3, -0x1.b815cbf5bdc23p-53},
    {lure_log, "log", 1e-310, -0x1.64e69394d9508p+9, -0x1.35918fe61c196p-47},
    {lure_log1p, "log1p", 1.0, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56},
    {lure_log1p, "log1p", -0.5, -0x1.62e42fefa39efp-1, -0x1.abc9e3b39803fp-56},
    {lure_log1p, "log1p", 0.1, 0x1.8663f793c46c7p-4, -0x1.c19f63692c23cp-62},
    {lure_log1p, "log1p", 1e-10, 0x1.b7cdfd9d1d693p-34, -0x1.0c8b7f5fd9a85p-88},
    {lure_log1p, "log1p", -1e-08, -0x1.5798ee3fdb764p-27, 0x1.3b8aca5e6f5d5p-81},
    {lure_log1p, "log1p", -0.999, -0x1.ba18a998fff9fp+2, -0x1.112fc120a0a2ap-52},
    {lure_log1p, "log1p", 100.5, 0x1.27af0b1944e67p+2, 0x1.34800c4c14269p-52},
    {lure_log1p, "log1p", 10000000000.0, 0x1.7069e2aa3184ep+4, 0x1.8bef93af027d0p-50},
    {lure_log1p, "log1p", 1e+20, 0x1.7069e2aa2aa5bp+5, -0x1.c6b4ad1e826fdp-51},
    {lure_log1p, "log1p", 1e+307, 0x1.61726241a7509p+9, -0x1.a0c5657a4ba4cp-46},
    {lure_log1p, "log1p", 1.7e+308, 0x1.62dd08fdc6f88p+9, 0x1.16a687db2877dp-45},
    {lure_log2, "log2", 3.0, 0x1.95c01a39fbd68p+0, 0x1.e7e802c48281ap-54},
    {lure_log2, "log2", 0.1, -0x1.a934f0979a371p+1, -0x1.8cf4b5a4471ddp-54},
    {lure_log2, "log2", 0.999, -0x1.7a6210ffb7151p-10, -0x1.d365a602612e8p-66},
    {lure_log2, "log2", 1.001, 0x1.7a013faca698fp-10, -0x1.e4765be0f28e3p-64},
    {lure_log2, "log2", 10.0, 0x1.a934f0979a371p+1, 0x1.7f2495fb7fa6dp-53},
    {lure_log2, "log2", 1e-300, -0x1.f24a09f1a8b89p+9, 0x1.1ea8f9f7c393dp-46},
    {lure_log2, "log2", 1e+300, 0x1.f24a09f1a8b89p+9, -0x1.1ca4ec9a5578dp-46},
    {lure_log10, "log10", 2.0, 0x1.34413509f79ffp-2, -0x1.9dc1da994fd21p-59},
    {lure_log10, "log10", 0.1, -0x1.0000000000000p+0, 0x1.bcb7b1526e50ep-56},
    {lure_log10, "log10", 0.999, -0x1.c79e5dbf022b6p-12, -0x1.450d383cd7136p-67},
    {lure_log10, "log10", 1.001, 0x1.c729c93ddd23ap-12, -0x1.c98f4ca0cbf0fp-67},
    {lure_log10, "log10", 12345.0, 0x1.05dafd7670640p+2, -0x1.2ba8573a815d7p-53},
    {lure_log10, "log10", 1e-300, -0x1.2c00000000000p+8, 0x1.9183449324080p-57},
    {lure_log10, "log10", 3e+300, 0x1.2c7a249e593f5p+8, 0x1.fd71eb7c5f470p-46},
    {lure_sin, "sin", 0.1, 0x1.98eaecb8bcb2cp-4, 0x1.c687ae84515ddp-59},
    {lure_sin, "sin", 1.0, 0x1.aed548f090ceep-1, 0x1.06374f484e288p-59},
    {lure_sin, "sin", 2.0, 0x1.d18f6ead1b446p-1, -0x1.02a3dbf3bffb2p-56},
    {lure_sin, "sin", 3.0, 0x1.210386db6d55bp-3, 0x1.3c7205d08d063p-57},
    {lure_sin, "sin", -4.0, 0x1.837b9dddc1eaep-1, 0x1.c33a601568391p-55},
    {lure_sin, "sin", 10.5, -0x1.c2677b8f04315p-1, -0x1.f44e24e38bb6fp-55},
    {lure_sin, "sin", 100.25, -0x1.1bf00980dc35cp-2, -0x1.f63e9f85e3aadp-57},
    {lure_sin, "sin", 100000.0, 0x1.24daa9c527e96p-5, 0x1.c767d8e3e1ca8p-60},
    {lure_sin, "sin", 1e+22, -0x1.b453ab76bf397p-1, -0x1.f453790772648p-58},
    {lure_sin, "sin", 1e+300, -0x1.a2c16b010e385p-1, -0x1.b900a1f54ecd2p-55},
    {lure_sin, "sin", 3.141592653589793, 0x1.1a62633145c07p-53, -0x1.f1976b7ed8fbdp-109},
    {lure_cos, "cos", 0.1, 0x1.fd712f9a817c1p-1, -0x1.fb7ab33ee2672p-55},
    {lure_cos, "cos", 1.0, 0x1.14a280fb5068cp-1, -0x1.b71edcc9344bcp-55},
    {lure_cos, "cos", 2.0, -0x1.aa22657537205p-2, 0x1.6f3341d4d1235p-56},
    {lure_cos, "cos", 3.0, -0x1.fae04be85e5d2p-1, -0x1.83effc17efb54p-55},
    {lure_cos, "cos", -4.0, -0x1.4eaa606db24c1p-1, 0x1.dcc92f1e91c23p-56},
    {lure_cos, "cos", 10.5, -0x1.e6f3270721e39p-2, -0x1.ec2741886676ep-56},
    {lure_cos, "cos", 100.25, 0x1.ebec72ba6b0ecp-1, -0x1.8b861875328ffp-56},
    {lure_cos, "cos", 100000.0, -0x1.ffac3841b3da7p-1, -0x1.b085bf2c1a978p-56},
    {lure_cos, "cos", 1e+22, 0x1.0be2cef01c8f4p-1, -0x1.b2d1bc8018c4fp-55},
    {lure_cos, "cos", 1e+300, -0x1.2699022adc4c1p-1, 0x1.edd5594b5c574p-56},
    {lure_cos, "cos", 1.5707963267948966, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110},
    {lure_tan, "tan", 0.1, 0x1.9af8877430b80p-4, 0x1.bbc144a47eb26p-60},
    {lure_tan, "tan", 1.0, 0x1.8eb245cbee3a6p+0, -0x1.1d4ce0afb373bp-54},
    {lure_tan, "tan", 2.0, -0x1.17af62e0950f8p+1, -0x1.da84c843d57b4p-54},
    {lure_tan, "tan", 3.0, -0x1.23ef71254b86fp-3, -0x1.996164fbff0a8p-60},
    {lure_tan, "tan", -4.0, -0x1.2866f9be4de13p+0, -0x1.c36e41e181c05p-54},
    {lure_tan, "tan", 10.5, 0x1.d9930bc49e27bp+0, -0x1.33d6d6ad5cc18p-54},
    {lure_tan, "tan", 100.25, -0x1.278694556d18fp-2, -0x1.9eff0b981b0d6p-56},
    {lure_tan, "tan", 100000.0, -0x1.250a9d503313dp-5, 0x1.c133e111bd9d8p-59},
    {lure_tan, "tan", 1e+22, -0x1.a0f79c1b6b257p+0, -0x1.d27810f5737ddp-54},
    {lure_tan, "tan", 1.5707963267948966, 0x1.d02967c31cdb5p+53, -0x1.f3c72fe49aa2ap-3},
    {lure_asin, "asin", 0.1, 0x1.9a49276037884p-4, 0x1.3925d6f4efa80p-59},
    {lure_asin, "asin", 0.5, 0x1.0c152382d7366p-1, -0x1.ee6913347c2a6p-55},
    {lure_asin, "asin", -0.9, -0x1.1ea93705fa172p+0, -0x1.797aca4b76b6ep-55},
    {lure_asin, "asin", 0.999999, 0x1.91c306b2c13adp+0, -0x1.fb5513da6b051p-54},
    {lure_asin, "asin", 1e-08, 0x1.5798ee2308c3ap-27, 0x1.9ca58cce0be35p-83},
    {lure_asin, "asin", 1.0, 0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54},
    {lure_acos, "acos", 0.1, 0x1.787b22ce3f590p+0, 0x1.09934799e432ep-58},
    {lure_acos, "acos", 0.5, 0x1.0c152382d7366p+0, -0x1.ee6913347c2a6p-54},
    {lure_acos, "acos", -0.9, 0x1.586476251e745p+1, 0x1.d71fc857011bep-54},
    {lure_acos, "acos", 0.999999, 0x1.72ba46065af16p-10, -0x1.2223d13cea1f2p-64},
    {lure_acos, "acos", -1.0, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53},
    {lure_acos, "acos", 1e-08, 0x1.921fb5194fb3cp+0, 0x1.0e2312304a03dp-61},
    {lure_tanh, "tanh", 0.1, 0x1.983d7795f413ap-4, 0x1.0562af1da747bp-58},
    {lure_tanh, "tanh", 1.0, 0x1.85efab514f394p-1, 0x1.5618caf8a4f11p-55},
    {lure_tanh, "tanh", -2.5, -0x1.f9258260a71c2p-1, 0x1.c47c0e1b448e9p-56},
    {lure_tanh, "tanh", 0.01, 0x1.47ab48ae4595ep-7, 0x1.0992ce4a0b14ap-62},
    {lure_tanh, "tanh", 1e-08, 0x1.5798ee2308c3ap-27, -0x1.9ca58cce0be35p-82},
    {lure_tanh, "tanh", 5.5, 0x1.fffb9f2fc1e91p-1, 0x1.c6ff489c15417p-55},
    {lure_tanh, "tanh", 10.1, 0x1.ffffffe3022a5p-1, -0x1.31abed5eda3cap-55},
    {lure_tanh, "tanh", 18.7, 0x1.fffffffffffffp-1, -0x1.f215c101eedc5p-59},
    {lure_tanh, "tanh", -0.5493, -0x1.fffecabe9d855p-2, -0x1.699d8189ec81ep-56},
};

/* what is composed of such functions: two roundings more */
static const reference TWO_ULP[] = {
    {sigmoid, "sigmoid", 0.5, 0x1.3eb2fd4d34391p-1, -0x1.0765394713dc7p-55},
    {sigmoid, "sigmoid", -0.5, 0x1.829a0565978dfp-2, -0x1.f1358d71d8473p-56},
    {sigmoid, "sigmoid", -1.1224593312018547, 0x1.f6e5be41f8e34p-3, -0x1.48aa9bb4bcec5p-57},
    {sigmoid, "sigmoid", 1.0, 0x1.764d4f5d5a2bdp-1, -0x1.35dae23bc734ap-56},
    {sigmoid, "sigmoid", -2.0, 0x1.e84152bac31afp-4, -0x1.58632be293c42p-58},
    {sigmoid, "sigmoid", 5.0, 0x1.fc92c130538e1p-1, -0x1.c47c0e1b448e9p-57},
    {sigmoid, "sigmoid", -4.85, 0x1.fd0e337457a96p-8, -0x1.c84b6cb4e45aep-63},
    {sigmoid, "sigmoid", 20.0, 0x1.ffffffee4b79bp-1, -0x1.55ad7527a5da6p-55},
    {sigmoid, "sigmoid", -10.0, 0x1.7cd32e41dd960p-15, -0x1.6e30d96ae5937p-74},
    {sigmoid, "sigmoid", -36.8, 0x1.e0a4a85f0f835p-54, -0x1.0e4c712f1bbfap-111},
    {sigmoid, "sigmoid", 36.8, 0x1.fffffffffffffp-1, 0x1.f5b57a0f07cb1p-58},
    {sigmoid, "sigmoid", -100.0, 0x1.a8c1f14e2af5dp-145, -0x1.43089bb228e2cp-199},
    {sigmoid, "sigmoid", -700.0, 0x1.14f2b0fb9307fp-1010, 0x0.00000000000acp-1022},
    {sigmoid, "sigmoid", -744.0, 0x0.0000000000002p-1022, -0x0.0p+0},
    {lure_softplus, "softplus", 0.5, 0x1.f2ba37edae032p-1, -0x1.9775b0d9bffcfp-58},
    {lure_softplus, "softplus", -0.5, 0x1.e5746fdb5c064p-2, -0x1.9775b0d9bffcfp-58},
    {lure_softplus, "softplus", 1.0, 0x1.5031eafefb049p+0, 0x1.d0189442c189fp-56},
    {lure_softplus, "softplus", -2.0, 0x1.03f2d54301d49p-3, 0x1.73698cc46c07ap-59},
    {lure_softplus, "softplus", 5.0, 0x1.406e06368916ap+2, -0x1.af8c2ca824debp-53},
    {lure_softplus, "softplus", -10.0, 0x1.7cd564c9e0d19p-15, 0x1.c8b774ad29f34p-74},
    {lure_softplus, "softplus", 20.0, 0x1.400000008da43p+4, 0x1.56945077059b3p-51},
    {lure_softplus, "softplus", 36.8, 0x1.2666666666666p+5, 0x1.e0a4a85f0f835p-54},
    {lure_softplus, "softplus", -36.8, 0x1.e0a4a85f0f835p-54, 0x1.a16b62806de2bp-108},
    {lure_softplus, "softplus", 100.0, 0x1.9000000000000p+6, 0x1.a8c1f14e2af5dp-145},
    {lure_softplus, "softplus", -100.0, 0x1.a8c1f14e2af5dp-145, -0x1.43089bb228e2cp-199},
    {lure_softplus, "softplus", -700.0, 0x1.14f2b0fb9307fp-1010, 0x0.00000000000acp-1022},
    {lure_softplus, "softplus", -744.0, 0x0.0000000000002p-1022, -0x0.0p+0},
    {lure_softplus, "softplus", 10000000000.0, 0x1.2a05f20000000p+33, 0x0.0p+0},
};

static void check_all(const reference *rows, size_t n, double bound)
{
    for (size_t i = 0; i < n; i++) {
        double actual = rows[i].function(rows[i].x);
        double error = error_in_ulps(actual, rows[i].high, rows[i].low);
        CHECK_SAY(error <= bound, "%s(%.17g) is %.17g, expected %.17g within %g ulp (off by %.3f)",
                  rows[i].name, rows[i].x, actual, rows[i].high, bound, error);
    }
}

TEST(functions_are_within_one_ulp)
{
    check_all(ONE_ULP, sizeof ONE_ULP / sizeof ONE_ULP[0], 1.0);
}

TEST(composed_functions_are_within_two_ulps)
{
    check_all(TWO_ULP, sizeof TWO_ULP / sizeof TWO_ULP[0], 2.0);
}

TEST(pow_and_atan2_are_within_one_ulp)
{
    static const double powers[][4] = {
        {2.0, 0.5, 0x1.6a09e667f3bcdp+0, -0x1.bdd3413b26456p-54},
        {10.0, -3.0, 0x1.0624dd2f1a9fcp-10, -0x1.89374bc6a7efap-66},
        {1.0001, 10000.0, 0x1.5bec34aabbfd3p+1, 0x1.e9e4e15e5c9efp-56},
        {0.5, 100.5, 0x1.6a09e667f3bcdp-101, -0x1.bdd3413b26456p-155},
        {3.7, -200.25, 0x1.042026cef3566p-378, 0x1.9da869bf61b96p-433},
        {1e+300, 0.9999, 0x1.64c01044cc816p+996, 0x1.52937737262e5p+942},
        {1e-300, 0.9, 0x1.0e7c9eebc4401p-897, -0x1.40c6da865f30bp-953},
        {-3.0, 5.0, -0x1.e600000000000p+7, 0x0.0p+0},
        {7.0, 2.0, 0x1.8800000000000p+5, 0x0.0p+0},
        {0.999999, 1000000.0, 0x1.78b5570a90a47p-2, 0x1.e7bf520ab4dbdp-57},
    };
    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        const double *r = powers[i];
        double error = error_in_ulps(lure_pow(r[0], r[1]), r[2], r[3]);
        CHECK_SAY(error <= 1, "pow(%.17g, %.17g) is off by %.3f ulp", r[0], r[1], error);
    }
    static const double angles[][4] = {
        {1.0, 1.0, 0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
        {1.0, -1.0, 0x1.2d97c7f3321d2p+1, 0x1.a79394c9e8a0ap-54},
        {-1.0, -1.0, -0x1.2d97c7f3321d2p+1, -0x1.a79394c9e8a0ap-54},
        {-1.0, 1.0, -0x1.921fb54442d18p-1, -0x1.1a62633145c07p-55},
        {1.0, 3.0, 0x1.4978fa3269ee1p-2, 0x1.2419a87f2a458p-57},
        {-3.0, 0.001, -0x1.9209dcdc8c77ap+0, -0x1.a22da9f7acf83p-56},
        {1e-10, 1.0, 0x1.b7cdfd9d7bdbbp-34, -0x1.b0b0ffe8fae2bp-102},
        {1e-10, -1.0, 0x1.921fb5440bd7cp+1, 0x1.2d768453c5c14p-53},
        {1e+300, 1e+299, 0x1.789bd2c160054p+0, -0x1.f45503ccad255p-54},
        {2.0, -7.5, 0x1.70c449f55a998p+1, -0x1.524dfda3ba1ebp-54},
    };
    for (size_t i = 0; i < sizeof angles / sizeof angles[0]; i++) {
        const double *r = angles[i];
        double error = error_in_ulps(lure_atan2(r[0], r[1]), r[2], r[3]);
        CHECK_SAY(error <= 1, "atan2(%.17g, %.17g) is off by %.3f ulp", r[0], r[1], error);
    }
}

TEST(single_precision_kernels_are_within_one_and_a_half_ulps)
{
    static const struct {
        lure_map function;
        float x;
        double expected;
    } rows[] = {
        {LURE_MAP_EXP, 0.5F, 0x1.a61298e1e069cp+0},
        {LURE_MAP_EXP, -1.0F, 0x1.78b56362cef38p-2},
        {LURE_MAP_EXP, 0.1015625F, 0x1.1b5dbd3f68122p+0},
        {LURE_MAP_EXP, 10.5F, 0x1.1bb7015e84d3bp+15},
        {LURE_MAP_EXP, 88.5F, 0x1.99b987155fe28p+127},
        {LURE_MAP_EXP, -80.25F, 0x1.2af136dffe83cp-116},
        {LURE_MAP_EXP, -100.0F, 0x1.a8c1f14e2af5dp-145},
        {LURE_MAP_LOG, 2.0F, 0x1.62e42fefa39efp-1},
        {LURE_MAP_LOG, 0.5F, -0x1.62e42fefa39efp-1},
        {LURE_MAP_LOG, 0.125F, -0x1.0a2b23f3bab73p+1},
        {LURE_MAP_LOG, 0.9990234375F, -0x1.0020055655889p-10},
        {LURE_MAP_LOG, 1.0009765625F, 0x1.ffc00aa8ab110p-11},
        {LURE_MAP_LOG, 10000000000.0F, 0x1.7069e2aa2aa5bp+4},
        {LURE_MAP_LOG, 7.346839692639297e-40F, -0x1.686fc0af622d7p+6},
        {LURE_MAP_LOG1P, 1.0F, 0x1.62e42fefa39efp-1},
        {LURE_MAP_LOG1P, -0.5F, -0x1.62e42fefa39efp-1},
        {LURE_MAP_LOG1P, 9.5367431640625e-07F, 0x1.fffff00000aabp-21},
        {LURE_MAP_LOG1P, -0.9990234375F, -0x1.bb9d3beb8c86bp+2},
        {LURE_MAP_LOG1P, 100.5F, 0x1.27af0b1944e67p+2},
        {LURE_MAP_LOG1P, 10000000000.0F, 0x1.7069e2aa3184ep+4},
        {LURE_MAP_LOG1P, 3.0000000054977558e+38F, 0x1.62632b8d400d2p+6},
        {LURE_MAP_TANH, 0.5F, 0x1.d9353d7568af3p-2},
        {LURE_MAP_TANH, -1.0F, -0x1.85efab514f394p-1},
        {LURE_MAP_TANH, 0.125F, 0x1.fd5992bc4b835p-4},
        {LURE_MAP_TANH, 0.000244140625F, 0x1.ffffff555555ap-13},
        {LURE_MAP_TANH, 3.5F, 0x1.ff112c63a9077p-1},
        {LURE_MAP_TANH, 8.6640625F, 0x1.fffffdffb74d7p-1},
        {LURE_MAP_TANH, -0.046875F, -0x1.7fb8102f83cfcp-5},
        {LURE_MAP_SIGMOID, 0.5F, 0x1.3eb2fd4d34391p-1},
        {LURE_MAP_SIGMOID, -0.5F, 0x1.829a0565978dfp-2},
        {LURE_MAP_SIGMOID, 1.0F, 0x1.764d4f5d5a2bdp-1},
        {LURE_MAP_SIGMOID, -2.0F, 0x1.e84152bac31afp-4},
        {LURE_MAP_SIGMOID, 5.25F, 0x1.fd53c9a5baf5fp-1},
        {LURE_MAP_SIGMOID, 20.0F, 0x1.ffffffee4b79bp-1},
        {LURE_MAP_SIGMOID, -10.5F, 0x1.cdf8e48f306f6p-16},
        {LURE_MAP_SIGMOID, -80.0F, 0x1.7fd974d372e45p-116},
        {LURE_MAP_SIGMOID, -100.0F, 0x1.a8c1f14e2af5dp-145},
        {LURE_MAP_SOFTPLUS, 0.5F, 0x1.f2ba37edae032p-1},
        {LURE_MAP_SOFTPLUS, -0.5F, 0x1.e5746fdb5c064p-2},
        {LURE_MAP_SOFTPLUS, 1.0F, 0x1.5031eafefb049p+0},
        {LURE_MAP_SOFTPLUS, -2.0F, 0x1.03f2d54301d49p-3},
        {LURE_MAP_SOFTPLUS, 5.25F, 0x1.5055c023f9519p+2},
        {LURE_MAP_SOFTPLUS, 20.0F, 0x1.400000008da43p+4},
        {LURE_MAP_SOFTPLUS, -10.5F, 0x1.cdfa8566527e8p-16},
        {LURE_MAP_SOFTPLUS, -80.0F, 0x1.7fd974d372e45p-116},
        {LURE_MAP_SOFTPLUS, -100.0F, 0x1.a8c1f14e2af5dp-145},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const float nearest = fabsf((float)rows[i].expected);
        const double actual = kernel_f32(rows[i].function, rows[i].x);
        const double spacing = (double)nextafterf(nearest, INFINITY) - (double)nearest;
        const double error = fabs(actual - rows[i].expected) / spacing;
        CHECK_SAY(error <= 1.5, "map %d of %.9g is %.9g, expected %.17g (off by %.3f ulp)",
                  (int)rows[i].function, (double)rows[i].x, actual, rows[i].expected, error);
    }
}

TEST(sigmoid_is_exact_where_it_can_be_and_never_overflows)
{
    CHECK_REAL(sigmoid(0.0), 0.5);
    CHECK_REAL(sigmoid(-0.0), 0.5);
    CHECK_REAL(kernel_f32(LURE_MAP_SIGMOID, 0), 0.5);
    CHECK_REAL(sigmoid(INFINITY), 1);
    CHECK_REAL(sigmoid(-INFINITY), 0);
    CHECK_REAL(sigmoid(1e308), 1);
    CHECK_REAL(sigmoid(-1e308), 0);
    CHECK_REAL(sigmoid(40), 1);
    CHECK(sigmoid(-740) > 0);
    CHECK(sigmoid(36) < 1);
    CHECK(isnan(sigmoid(NAN)));
    CHECK_REAL(kernel_f32(LURE_MAP_SIGMOID, INFINITY), 1);
    CHECK_REAL(kernel_f32(LURE_MAP_SIGMOID, -INFINITY), 0);
    CHECK(kernel_f32(LURE_MAP_SIGMOID, -100) > 0);
    CHECK(isnan(kernel_f32(LURE_MAP_SIGMOID, NAN)));
    double before = 0; /* never falling, though composed of two branches */
    for (int i = -80000; i <= 80000; i++) {
        double p = sigmoid(i * 0.01);
        CHECK_SAY(p >= before && p <= 1, "sigmoid(%g) is %.17g after %.17g", i * 0.01, p, before);
        before = p;
    }
}

TEST(softplus_never_overflows)
{
    CHECK_NEAR(lure_softplus(0), 0.6931471805599453, 1.2e-16);
    CHECK_REAL(lure_softplus(INFINITY), INFINITY);
    CHECK_REAL(lure_softplus(-INFINITY), 0);
    CHECK_REAL(lure_softplus(1e308), 1e308);
    CHECK_REAL(lure_softplus(800), 800);
    CHECK_REAL(lure_softplus(-1e308), 0);
    CHECK(lure_softplus(-740) > 0);
    CHECK(isnan(lure_softplus(NAN)));
    CHECK_REAL(kernel_f32(LURE_MAP_SOFTPLUS, 3e38F), (double)3e38F);
    CHECK_REAL(kernel_f32(LURE_MAP_SOFTPLUS, -INFINITY), 0);
    CHECK(isnan(kernel_f32(LURE_MAP_SOFTPLUS, NAN)));
    for (int i = -4000; i <= 4000; i++) { /* softplus(x) - softplus(-x) = x, and both are -ln sigmoid */
        double x = i * 0.01;
        CHECK_NEAR(lure_softplus(x) - lure_softplus(-x), x, 8e-15);
        CHECK_NEAR(lure_softplus(x), -lure_log(sigmoid(-x)), 1e-14 * (1 + fabs(x)));
    }
}

TEST(special_values_follow_ieee)
{
    static const struct {
        double (*function)(double);
        const char *name;
        double x, expected;
    } rows[] = {
        {lure_exp, "exp", 0, 1},
        {lure_exp, "exp", INFINITY, INFINITY},
        {lure_exp, "exp", -INFINITY, 0},
        {lure_exp, "exp", 710, INFINITY},
        {lure_exp, "exp", -750, 0},
        {lure_expm1, "expm1", -0.0, -0.0},
        {lure_expm1, "expm1", -INFINITY, -1},
        {lure_expm1, "expm1", INFINITY, INFINITY},
        {lure_log, "log", 1, 0},
        {lure_log, "log", 0, -INFINITY},
        {lure_log, "log", -0.0, -INFINITY},
        {lure_log, "log", INFINITY, INFINITY},
        {lure_log, "log", -1, NAN},
        {lure_log, "log", -INFINITY, NAN},
        {lure_log1p, "log1p", -0.0, -0.0},
        {lure_log1p, "log1p", -1, -INFINITY},
        {lure_log1p, "log1p", -1.5, NAN},
        {lure_log1p, "log1p", INFINITY, INFINITY},
        {lure_log2, "log2", 8, 3},
        {lure_log2, "log2", 0, -INFINITY},
        {lure_log2, "log2", -1, NAN},
        {lure_log10, "log10", 1000, 3},
        {lure_log10, "log10", 0, -INFINITY},
        {lure_log10, "log10", -1, NAN},
        {lure_sin, "sin", -0.0, -0.0},
        {lure_sin, "sin", INFINITY, NAN},
        {lure_cos, "cos", 0, 1},
        {lure_cos, "cos", -INFINITY, NAN},
        {lure_tan, "tan", -0.0, -0.0},
        {lure_tan, "tan", INFINITY, NAN},
        {lure_asin, "asin", -0.0, -0.0},
        {lure_asin, "asin", 1.5, NAN},
        {lure_acos, "acos", 1, 0},
        {lure_acos, "acos", -1.5, NAN},
        {lure_tanh, "tanh", -0.0, -0.0},
        {lure_tanh, "tanh", INFINITY, 1},
        {lure_tanh, "tanh", -400, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double actual = rows[i].function(rows[i].x), expected = rows[i].expected;
        bool same =
            isnan(expected) ? isnan(actual) : actual == expected && signbit(actual) == signbit(expected);
        CHECK_SAY(same, "%s(%g) is %g, expected %g", rows[i].name, rows[i].x, actual, expected);
        CHECK_SAY(isnan(rows[i].function(NAN)), "%s(nan) is %g", rows[i].name, rows[i].function(NAN));
    }
    CHECK_REAL(lure_pow(0, 0), 1);
    CHECK_REAL(lure_pow(NAN, 0), 1);
    CHECK_REAL(lure_pow(1, NAN), 1);
    CHECK_REAL(lure_pow(-2, 3), -8);
    CHECK_REAL(lure_pow(-2, 0.5), NAN);
    CHECK_REAL(lure_pow(-0.0, -1), -INFINITY);
    CHECK_REAL(lure_pow(2, -1074), 0x1p-1074);
    CHECK_REAL(lure_pow(2, 1024), INFINITY);
    CHECK_REAL(lure_pow(-1, INFINITY), 1);
    CHECK_REAL(lure_atan2(-0.0, 1), -0.0);
    CHECK_REAL(lure_atan2(0, -1), 3.141592653589793);
    CHECK_REAL(lure_atan2(-0.0, -1), -3.141592653589793);
    CHECK_REAL(lure_atan2(INFINITY, -INFINITY), 2.356194490192345);
    CHECK_REAL(lure_atan2(NAN, 1), NAN);
    CHECK_REAL(kernel_f32(LURE_MAP_TANH, -INFINITY), -1);
    CHECK(isnan(kernel_f32(LURE_MAP_TANH, NAN)));
    CHECK_REAL(kernel_f32(LURE_MAP_EXP, -INFINITY), 0);
    CHECK_REAL(kernel_f32(LURE_MAP_EXP, 89), INFINITY);
    CHECK_REAL(kernel_f32(LURE_MAP_LOG, 0), -INFINITY);
    CHECK_REAL(kernel_f32(LURE_MAP_LOG1P, -1), -INFINITY);
}
