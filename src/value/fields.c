/* fields.c - cutting literals of dates and times into fields: see fields.h. */
#include "value/fields.h"

#include <math.h>

#include "value/double.h"
#include "value/scan.h"

struct cutter {
    const char *at;
    const char *end;
    char *to;
    char *to_end;
    bool full;
};

static enum fields_kind cut_number(struct cutter *cutter);
static enum fields_kind cut_word(struct cutter *cutter, const char *start);
static bool cut_sign(struct cutter *cutter, enum fields_kind *kind_out);

static char peek(const struct cutter *cutter)
{
    return cutter->at < cutter->end ? *cutter->at : 0;
}

static bool is_alnum(char c)
{
    return fields_is_digit(c) || fields_is_letter(c);
}

/* Takes the character over, in lower case. */
static void take(struct cutter *cutter)
{
    if (cutter->to >= cutter->to_end) {
        cutter->full = true;
        cutter->at++;
        return;
    }
    *cutter->to++ = (char)scan_lower((uint8_t)*cutter->at++);
}

static void take_digits(struct cutter *cutter)
{
    while (fields_is_digit(peek(cutter))) {
        take(cutter);
    }
}

enum datetime_fault fields_cut(vv_slice text, struct fields *out)
{
    struct cutter cutter = {.at = (const char *)text.data,
                            .end = (const char *)text.data + text.size,
                            .to = out->buffer,
                            .to_end = out->buffer + sizeof out->buffer - 1};

    out->count = 0;
    while (cutter.at < cutter.end) {
        char c = peek(&cutter);
        char *start = cutter.to;
        enum fields_kind kind;

        if (scan_is_space((uint8_t)c)) {
            cutter.at++;
            continue;
        }
        if (out->count == FIELDS_MAX) {
            return DATETIME_BAD_FORMAT;
        }
        if (fields_is_digit(c)) {
            kind = cut_number(&cutter);
        } else if (c == '.') {
            take(&cutter);
            take_digits(&cutter);
            kind = FIELDS_NUMBER;
        } else if (fields_is_letter(c)) {
            kind = cut_word(&cutter, start);
        } else if (c == '+' || c == '-') {
            if (!cut_sign(&cutter, &kind)) {
                return DATETIME_BAD_FORMAT;
            }
        } else if (c > ' ' && c < 0x7F) { /* other punctuation only divides */
            cutter.at++;
            continue;
        } else {
            return DATETIME_BAD_FORMAT;
        }
        if (cutter.full || cutter.to >= cutter.to_end) {
            return DATETIME_BAD_FORMAT;
        }
        *cutter.to++ = 0;
        out->kinds[out->count] = (uint8_t)kind;
        out->texts[out->count++] = start;
    }
    return DATETIME_FINE;
}

/* Begins with a digit: a time, a date, or only a number. */
static enum fields_kind cut_number(struct cutter *cutter)
{
    char delimiter;

    take_digits(cutter);
    delimiter = peek(cutter);
    if (delimiter == ':') {
        take(cutter);
        while (fields_is_digit(peek(cutter)) || peek(cutter) == ':' || peek(cutter) == '.') {
            take(cutter);
        }
        return FIELDS_TIME;
    }
    if (delimiter != '-' && delimiter != '/' && delimiter != '.') {
        return FIELDS_NUMBER;
    }
    take(cutter);
    if (!fields_is_digit(peek(cutter))) { /* a month in letters */
        while (is_alnum(peek(cutter)) || (cutter->at < cutter->end && peek(cutter) == delimiter)) {
            take(cutter);
        }
        return FIELDS_DATE;
    }
    take_digits(cutter);
    if (cutter->at == cutter->end || peek(cutter) != delimiter) {
        return delimiter == '.' ? FIELDS_NUMBER : FIELDS_DATE;
    }
    take(cutter);
    while (fields_is_digit(peek(cutter)) ||
           (cutter->at < cutter->end && peek(cutter) == delimiter)) {
        take(cutter);
    }
    return FIELDS_DATE;
}

/* Begins with a letter: a word, a date like "jan-8-99", or a zone's name. */
static enum fields_kind cut_word(struct cutter *cutter, const char *start)
{
    char next;
    bool date;
    int32_t value;

    while (fields_is_letter(peek(cutter))) {
        take(cutter);
    }
    next = peek(cutter);
    date = next == '-' || next == '/' || next == '.';
    if (next == '+' || fields_is_digit(next)) {
        date = datetime_word_find(slice_make(start, (size_t)(cutter->to - start)), &value) ==
               DATETIME_WORD_UNKNOWN;
    }
    if (!date) {
        return FIELDS_STRING;
    }
    do {
        take(cutter);
        next = peek(cutter);
    } while (next == '+' || next == '-' || next == '/' || next == '_' || next == '.' ||
             next == ':' || is_alnum(next));
    return FIELDS_DATE;
}

static bool cut_sign(struct cutter *cutter, enum fields_kind *kind_out)
{
    take(cutter);
    while (scan_is_space((uint8_t)peek(cutter))) {
        cutter->at++;
    }
    if (fields_is_digit(peek(cutter))) {
        *kind_out = FIELDS_ZONE;
        while (fields_is_digit(peek(cutter)) || peek(cutter) == ':' || peek(cutter) == '.' ||
               peek(cutter) == '-') {
            take(cutter);
        }
        return true;
    }
    *kind_out = FIELDS_SPECIAL;
    if (!fields_is_letter(peek(cutter))) {
        return false;
    }
    while (fields_is_letter(peek(cutter))) {
        take(cutter);
    }
    return true;
}

/* ---- numbers inside fields ---- */

bool fields_wide_integer(const char *text, const char **end_out, int64_t *out)
{
    bool minus = *text == '-', overflow = false;
    const char *at = text + (*text == '-' || *text == '+');
    int64_t x = 0;

    *end_out = text;
    *out = 0;
    if (!fields_is_digit(*at)) {
        return true;
    }
    for (; fields_is_digit(*at); at++) {
        overflow |= __builtin_mul_overflow(x, (int64_t)10, &x);
        overflow |= __builtin_sub_overflow(x, (int64_t)(*at - '0'), &x);
    }
    *end_out = at;
    if (overflow || (!minus && x == INT64_MIN)) {
        return false;
    }
    *out = minus ? x : -x;
    return true;
}

bool fields_integer(const char *text, const char **end_out, int32_t *out)
{
    int64_t x;
    bool fits = fields_wide_integer(text, end_out, &x);

    *out = (int32_t)x;
    return fits && x >= INT32_MIN && x <= INT32_MAX;
}

bool fields_fraction(const char *text, double *out)
{
    *out = 0;
    return text[1] == 0 || double_parse(slice_text(text), out) == VV_OK;
}

bool fields_micros(const char *text, int32_t *out)
{
    double fraction;

    *out = 0;
    if (!fields_fraction(text, &fraction)) {
        return false;
    }
    *out = (int32_t)rint(fraction * 1000000);
    return true;
}
