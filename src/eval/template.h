/*
 * template.h - templates of to_char(), to_date(), to_timestamp() and to_number() (manual, 9.8), cut into items.
 *
 *     FMDay, DDth "of" Month        word Day (fill mode) · separator , · space · word DD (ordinal) · space ·
 *                                   character o · character f · space · word Month
 *
 * A template is read item by item and never kept: reading one costs less than looking it up would.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_EVAL_TEMPLATE_H
#define VARVE_EVAL_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* What a word means. */
enum template_id {
    TEMPLATE_LITERAL, /* no word */
    TEMPLATE_ERA,
    TEMPLATE_HALF,
    TEMPLATE_CENTURY,
    TEMPLATE_DAY_NAME,
    TEMPLATE_YEAR_DAY,
    TEMPLATE_MONTH_DAY,
    TEMPLATE_DAY_SHORT,
    TEMPLATE_WEEK_DAY,
    TEMPLATE_FRACTION_1,
    TEMPLATE_FRACTION_2,
    TEMPLATE_FRACTION_3,
    TEMPLATE_FRACTION_4,
    TEMPLATE_FRACTION_5,
    TEMPLATE_FRACTION_6,
    TEMPLATE_FIXED,
    TEMPLATE_HOUR_24,
    TEMPLATE_HOUR_12,
    TEMPLATE_ISO_YEAR_DAY,
    TEMPLATE_ISO_WEEK_DAY,
    TEMPLATE_ISO_WEEK,
    TEMPLATE_ISO_YEAR,
    TEMPLATE_JULIAN,
    TEMPLATE_MINUTE,
    TEMPLATE_MONTH,
    TEMPLATE_MONTH_NAME,
    TEMPLATE_MONTH_SHORT,
    TEMPLATE_MILLISECOND,
    TEMPLATE_OFFSET,
    TEMPLATE_QUARTER,
    TEMPLATE_ROMAN_MONTH,
    TEMPLATE_DAY_SECOND,
    TEMPLATE_SECOND,
    TEMPLATE_ZONE_HOUR,
    TEMPLATE_ZONE_MINUTE,
    TEMPLATE_ZONE_NAME,
    TEMPLATE_MICROSECOND,
    TEMPLATE_YEAR_WEEK,
    TEMPLATE_MONTH_WEEK,
    TEMPLATE_YEAR_COMMA,
    TEMPLATE_YEAR,

    TEMPLATE_COMMA,
    TEMPLATE_POINT,
    TEMPLATE_ZERO,
    TEMPLATE_NINE,
    TEMPLATE_BLANK,
    TEMPLATE_CURRENCY_CODE,
    TEMPLATE_LOCAL_POINT,
    TEMPLATE_EXPONENT,
    TEMPLATE_FILL,
    TEMPLATE_GROUP,
    TEMPLATE_CURRENCY,
    TEMPLATE_MINUS,
    TEMPLATE_PLUS,
    TEMPLATE_BRACKET,
    TEMPLATE_ROMAN,
    TEMPLATE_SIGN,
    TEMPLATE_SPELL,
    TEMPLATE_LOCAL_SIGN,
    TEMPLATE_ORDINAL,
    TEMPLATE_SHIFT
};

enum template_kind {
    TEMPLATE_END,
    TEMPLATE_WORD,
    TEMPLATE_SEPARATOR, /* a printable sign that is neither letter nor digit, outside quotes; times only */
    TEMPLATE_SPACE,
    TEMPLATE_CHARACTER
};

/* Ways of naming a day that can not be mixed. */
enum template_convention {
    TEMPLATE_CONVENTION_ANY,
    TEMPLATE_CONVENTION_GREGORIAN,
    TEMPLATE_CONVENTION_ISO_WEEK
};

enum template_letters { TEMPLATE_CAPITALS, TEMPLATE_SMALL, TEMPLATE_CAPITALIZED };

enum template_ordinal { TEMPLATE_NO_ORDINAL, TEMPLATE_ORDINAL_CAPITALS, TEMPLATE_ORDINAL_SMALL };

struct template_item {
    uint8_t kind;       /* enum template_kind */
    uint8_t id;         /* enum template_id of a word */
    uint8_t letters;    /* enum template_letters: how the word is written */
    uint8_t convention; /* enum template_convention */
    uint8_t ordinal;    /* enum template_ordinal: TH, th behind it */
    bool digits;        /* the word reads digits only */
    bool fill;          /* FM before it */
    bool local;         /* TM before it */
    vv_slice text;      /* the word as written, or the character */
};

struct template
{
    vv_slice text;
    size_t at;
    bool quoted;
    bool numbers; /* the words of numbers, without prefixes and suffixes */
};

/* The next item; TEMPLATE_END behind the last. borrow: item->text lies in the template. */
void template_next(struct template *template, struct template_item *item);

/* "st", "nd", "rd" or "th" for a number that ends in these digits. */
const char *template_ordinal_of(vv_slice digits, bool capitals);

/* Names in their full length, "January", "Sunday" first; months in Roman numerals, "i" first. */
extern const char *const template_months[12];
extern const char *const template_days[7];
extern const char *const template_roman_months[12];

#endif
