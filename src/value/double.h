/*
 * double.h - doubles and reals from and to text, independent of the process's locale.
 *
 * Printing gives the shortest digits that lie strictly inside the interval of numbers that round to x,
 * as PostgreSQL 12 and later do, by Schubfach (Raffaello Giulietti, 2020), with its bounds always
 * excluded: so the text reads back the same even where a reader breaks ties another way.
 *
 * Promises: X3 double_parse(double_print(x)) = x.
 */
#ifndef VARVE_VALUE_DOUBLE_H
#define VARVE_VALUE_DOUBLE_H

#include "base/slice.h"
#include "base/status.h"

#define DOUBLE_TEXT_BYTES 32u

/* Writes at most DOUBLE_TEXT_BYTES, no NUL; returns the size. Rounded where extra_float_digits asks for it
 * (context_forms()). */
size_t double_print(double x, char *to);

/* The same for single precision: 1e+06, 0.1. */
size_t double_print_real(float x, char *to);

/* As float8in: outer white space, NaN, Infinity, inf. VV_INVALID: bad syntax. VV_LIMIT: overflows, or
 * is not zero but underflows to it. */
VV_MUST_USE vv_status double_parse(vv_slice text, double *out);

/* As float4in: rounded once, from the text. */
VV_MUST_USE vv_status double_parse_real(vv_slice text, float *out);

#endif
