/*
 * number_template.h - the shape of a number's template: 'FM9,990.09MI' (manual, table 9.30).
 *
 *     pre  digits before the point      post  digits behind it
 *     FM9,990.09MI: pre 4, post 2, zeros from position 3, a point, sign behind, fill mode
 *
 * Threads: pure functions.
 */
#ifndef VARVE_EVAL_NUMBER_TEMPLATE_H
#define VARVE_EVAL_NUMBER_TEMPLATE_H

#include "base/error.h"
#include "eval/template.h"

/* Where S stands, if it does: the number's sign is anchored to the number there. */
enum number_sign { NUMBER_SIGN_NONE, NUMBER_SIGN_BEFORE, NUMBER_SIGN_BEHIND };

struct number_template {
    vv_slice text;
    int pre;
    int post;
    int shift;       /* V: digits that the number is moved up by */
    int zero_start;  /* 1 + digits before the first 0; 0: there is none */
    int zero_end;    /* digits up to the last 0 */
    int sign_digits; /* digits before a NUMBER_SIGN_BEFORE */
    uint8_t sign;    /* enum number_sign */
    bool point;      /* . or D */
    bool zeros;      /* 0 before the point */
    bool blank;      /* B */
    bool fill;       /* FM */
    bool plus;       /* PL or SG */
    bool minus;      /* MI or SG */
    bool bracket;    /* PR */
    bool roman;      /* RN */
    bool shifted;    /* V was there */
    bool exponent;   /* EEEE */
};

/* 42601: patterns that exclude each other. borrow: text. */
VV_MUST_USE vv_status number_template_read(vv_slice text, struct number_template *out,
                                           struct vv_error *error);

#endif
