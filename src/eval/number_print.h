/*
 * number_print.h - digits into a number's template, and out of it.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_EVAL_NUMBER_PRINT_H
#define VARVE_EVAL_NUMBER_PRINT_H

#include "eval/characters.h"
#include "eval/number_template.h"

/* Prints a number without its sign, "123.4500" (as many digits behind the point as the template, or fewer: what follows
 * the last digit is lost, as in PostgreSQL), "NaN", or Roman numerals. More digits than the template has room for
 * become #. negative: its sign. */
VV_MUST_USE vv_status number_print(struct eval_call *call, const struct number_template *template,
                                   vv_slice number, bool negative, struct value *out);

/* Reads a text into "-123.45": to[0] is the sign or a space. to: room for 2 + the text's size. Returns the size;
 * *post_out: digits behind the point. */
size_t number_scan(const struct number_template *template, vv_slice text, char *to, int *post_out);

#endif
