/*
 * functions_math.c - functions of doubles: roots, powers, logarithms, trigonometry (9.3, tables 9.5, 9.7, 9.8).
 *
 * As PostgreSQL's float.c: a result that is infinite or zero where the exact one is not is an error.
 */
#include <math.h>

#include "eval/kernels.h"

#define RADIANS_PER_DEGREE 0.0174532925199432957692

static vv_status check(struct eval_call *call, bool finite, bool zero_allowed, double result,
                       struct value *out);
static vv_status out_of_range(struct eval_call *call);
static vv_status logarithm_domain(struct eval_call *call, double x);

/* ---- powers and logarithms ---- */

EVAL_SCALAR(scalar_SQRT)
{
    double x = arguments[0].real;

    if (x < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "cannot take square root of a negative number");
    }
    return check(call, !isinf(x), x == 0, sqrt(x), out);
}

EVAL_SCALAR(scalar_CBRT)
{
    double x = arguments[0].real;

    return check(call, !isinf(x), x == 0, cbrt(x), out);
}

EVAL_SCALAR(scalar_EXP)
{
    double x = arguments[0].real;

    if (isinf(x)) {
        out->real = x > 0 ? x : 0;
        return VV_OK;
    }
    return check(call, true, false, exp(x), out);
}

EVAL_SCALAR(scalar_LN)
{
    double x = arguments[0].real;

    VV_TRY(logarithm_domain(call, x));
    return check(call, !isinf(x), x == 1, log(x), out);
}

EVAL_SCALAR(scalar_LOG10)
{
    double x = arguments[0].real;

    VV_TRY(logarithm_domain(call, x));
    return check(call, !isinf(x), x == 1, log10(x), out);
}

EVAL_SCALAR(scalar_POWER)
{
    double x = arguments[0].real, y = arguments[1].real;

    if (x == 0 && y < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "zero raised to a negative power is undefined");
    }
    if (x < 0 && !isinf(y) && !isnan(y) && floor(y) != y) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "a negative number raised to a non-integer power yields a complex result");
    }
    return check(call, !isinf(x) && !isinf(y), x == 0 || isinf(x) || isinf(y), pow(x, y), out);
}

EVAL_SCALAR(scalar_PI)
{
    out->real = M_PI;
    return VV_OK;
}

EVAL_SCALAR(scalar_DEGREES)
{
    double x = arguments[0].real;

    return check(call, !isinf(x), x == 0, x / RADIANS_PER_DEGREE, out);
}

EVAL_SCALAR(scalar_RADIANS)
{
    double x = arguments[0].real;

    return check(call, !isinf(x), x == 0, x * RADIANS_PER_DEGREE, out);
}

/* ---- radians ---- */

EVAL_SCALAR(scalar_SIN)
{
    double x = arguments[0].real;

    out->real = sin(x);
    return isinf(x) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_COS)
{
    double x = arguments[0].real;

    out->real = cos(x);
    return isinf(x) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_TAN)
{
    double x = arguments[0].real;

    out->real = tan(x);
    return isinf(x) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_COT) /* of zero: Infinity */
{
    double x = arguments[0].real;

    out->real = 1.0 / tan(x);
    return isinf(x) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ASIN)
{
    double x = arguments[0].real;

    out->real = asin(x);
    return x < -1 || x > 1 ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ACOS)
{
    double x = arguments[0].real;

    out->real = acos(x);
    return x < -1 || x > 1 ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ATAN)
{
    out->real = atan(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_ATAN2)
{
    out->real = atan2(arguments[0].real, arguments[1].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_SINH)
{
    out->real = sinh(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_COSH)
{
    out->real = cosh(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_TANH)
{
    out->real = tanh(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_ASINH)
{
    out->real = asinh(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_ACOSH)
{
    double x = arguments[0].real;

    out->real = acosh(x);
    return x < 1 ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ATANH)
{
    double x = arguments[0].real;

    out->real = atanh(x);
    return x < -1 || x > 1 ? out_of_range(call) : VV_OK;
}

/* ---- degrees: exact at multiples of 30 and 45, by PostgreSQL's way of scaling with the machine's own values ---- */

/* Computed at run time, so that compilers do not fold them with another rounding. */
static volatile const double thirty = 30, sixty = 60, one_half = 0.5, one = 1, forty_five = 45;

static double sind_0_to_30(double x)
{
    return sin(x * RADIANS_PER_DEGREE) / sin(thirty * RADIANS_PER_DEGREE) / 2;
}

static double cosd_0_to_60(double x)
{
    double here = 1 - cos(x * RADIANS_PER_DEGREE);
    double there = 1 - cos(sixty * RADIANS_PER_DEGREE);

    return 1 - here / there / 2;
}

static double sind_quadrant(double x)
{
    return x <= 30 ? sind_0_to_30(x) : cosd_0_to_60(90 - x);
}

static double cosd_quadrant(double x)
{
    return x <= 60 ? cosd_0_to_60(x) : sind_0_to_30(90 - x);
}

static double asind_quadrant(double x)
{
    return x <= 0.5 ? asin(x) / asin(one_half) * 30 : 90 - acos(x) / acos(one_half) * 60;
}

static double acosd_quadrant(double x)
{
    return x <= 0.5 ? 90 - asin(x) / asin(one_half) * 30 : acos(x) / acos(one_half) * 60;
}

/* Degrees into the first quadrant; what the sign of sine and cosine becomes. */
static double fold(double x, double *sine, double *cosine)
{
    *sine = *cosine = 1;
    x = fmod(x, 360);
    if (x < 0) {
        x = -x;
        *sine = -*sine;
    }
    if (x > 180) {
        x = 360 - x;
        *sine = -*sine;
    }
    if (x > 90) {
        x = 180 - x;
        *cosine = -*cosine;
    }
    return x;
}

EVAL_SCALAR(scalar_SIND)
{
    double sine, cosine, x = fold(arguments[0].real, &sine, &cosine);

    out->real = sine * sind_quadrant(x);
    return isinf(arguments[0].real) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_COSD)
{
    double sine, cosine, x = fold(arguments[0].real, &sine, &cosine);

    out->real = cosine * cosd_quadrant(x);
    return isinf(arguments[0].real) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_TAND)
{
    double sine, cosine, x = fold(arguments[0].real, &sine, &cosine);
    double scale = sind_quadrant(forty_five) / cosd_quadrant(forty_five);
    double result = sine * cosine * (sind_quadrant(x) / cosd_quadrant(x) / scale);

    out->real = result == 0 ? 0 : result; /* never -0 */
    return isinf(arguments[0].real) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_COTD)
{
    double sine, cosine, x = fold(arguments[0].real, &sine, &cosine);
    double scale = cosd_quadrant(forty_five) / sind_quadrant(forty_five);
    double result = sine * cosine * (cosd_quadrant(x) / sind_quadrant(x) / scale);

    out->real = result == 0 ? 0 : result;
    return isinf(arguments[0].real) ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ASIND)
{
    double x = arguments[0].real;

    out->real = x >= 0 ? asind_quadrant(x) : -asind_quadrant(-x);
    return x < -1 || x > 1 ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ACOSD)
{
    double x = arguments[0].real;

    out->real = x >= 0 ? acosd_quadrant(x) : 90 + asind_quadrant(-x);
    return x < -1 || x > 1 ? out_of_range(call) : VV_OK;
}

EVAL_SCALAR(scalar_ATAND)
{
    out->real = atan(arguments[0].real) / atan(one) * 45;
    return VV_OK;
}

EVAL_SCALAR(scalar_ATAN2D)
{
    out->real = atan2(arguments[0].real, arguments[1].real) / atan(one) * 45;
    return VV_OK;
}

/* ---- width_bucket ---- */

EVAL_SCALAR(scalar_DOUBLE_WIDTH_BUCKET)
{
    double x = arguments[0].real, low = arguments[1].real, high = arguments[2].real;
    int64_t count = arguments[3].integer, bucket;
    bool down = low > high;
    double share;

    VV_TRY(eval_bucket_check(call, count, isnan(x) || isnan(low) || isnan(high),
                             isinf(low) || isinf(high), low == high));
    if (down ? x > low : x < low) {
        out->integer = 0;
        return VV_OK;
    }
    if (down ? x <= high : x >= high) {
        out->integer = count + 1;
        return out->integer > INT32_MAX ? eval_fault_set(EVAL_INTEGER_RANGE, call->error) : VV_OK;
    }
    share = (double)count * (x - low) / (high - low);            /* the signs cancel out */
    if (isinf(high - low) || isinf((double)count * (x - low))) { /* PostgreSQL 15 fails to notice */
        share = (double)count * ((x / 2 - low / 2) / (high / 2 - low / 2));
        share = share >= (double)count ? (double)(count - 1) : share;
    }
    bucket = (int64_t)share + 1; /* a quotient rounded up to count is count + 1 */
    out->integer = bucket > INT32_MAX ? INT32_MAX : bucket;
    return VV_OK;
}

vv_status eval_bucket_check(struct eval_call *call, int64_t count, bool nan, bool infinite,
                            bool equal)
{
    const char *message = count <= 0 ? "count must be greater than zero"
                          : nan      ? "operand, lower bound, and upper bound cannot be NaN"
                          : infinite ? "lower and upper bounds must be finite"
                          : equal    ? "lower bound cannot equal upper bound"
                                     : NULL;

    return message == NULL ? VV_OK
                           : error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                                       0, "%s", message);
}

/* ---- errors ---- */

/* finite: an infinite result is an overflow; unless zero_allowed, zero is an underflow. */
static vv_status check(struct eval_call *call, bool finite, bool zero_allowed, double result,
                       struct value *out)
{
    out->real = result;
    if (finite && isinf(result)) {
        return eval_fault_set(EVAL_OVERFLOW, call->error);
    }
    return result == 0 && !zero_allowed ? eval_fault_set(EVAL_UNDERFLOW, call->error) : VV_OK;
}

static vv_status out_of_range(struct eval_call *call)
{
    return error_set(call->error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                     "input is out of range");
}

static vv_status logarithm_domain(struct eval_call *call, double x)
{
    return x > 0 || isnan(x) ? VV_OK : eval_logarithm_error(call, x == 0);
}

vv_status eval_logarithm_error(struct eval_call *call, bool zero)
{
    return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_LOG, 0,
                     zero ? "cannot take logarithm of zero"
                          : "cannot take logarithm of a negative number");
}
