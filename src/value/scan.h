/* scan.h - a cursor over the text of one literal; spaces, digits and letters as the C locale has them. */
#ifndef VARVE_VALUE_SCAN_H
#define VARVE_VALUE_SCAN_H

#include <stdbool.h>

#include "base/slice.h"

struct scan {
    const uint8_t *at;
    const uint8_t *end;
    bool signed_; /* scan_sign saw one */
};

static inline bool scan_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool scan_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A letter of ASCII in lower, or upper, case; anything else as it is. */
static inline uint8_t scan_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline uint8_t scan_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

static inline struct scan scan_begin(vv_slice text)
{
    return (struct scan){.at = text.data, .end = text.data + text.size};
}

static inline bool scan_ended(const struct scan *scan)
{
    return scan->at == scan->end;
}

static inline bool scan_is(const struct scan *scan, char c)
{
    return scan->at < scan->end && *scan->at == (uint8_t)c;
}

static inline bool scan_digit(const struct scan *scan)
{
    return scan->at < scan->end && scan_is_digit(*scan->at);
}

static inline void scan_spaces(struct scan *scan)
{
    while (scan->at < scan->end && scan_is_space(*scan->at)) {
        scan->at++;
    }
}

/* Passes one sign; true when it was '-'. */
static inline bool scan_sign(struct scan *scan)
{
    bool minus = scan_is(scan, '-');

    scan->signed_ = minus || scan_is(scan, '+');
    scan->at += scan->signed_ ? 1 : 0;
    return minus;
}

/* Passes the word (given in lower case) if it stands here in any case. */
static inline bool scan_word(struct scan *scan, const char *word)
{
    const uint8_t *at = scan->at;

    for (; *word != 0; word++, at++) {
        if (at == scan->end || scan_lower(*at) != (uint8_t)*word) {
            return false;
        }
    }
    scan->at = at;
    return true;
}

#endif
