/* key_private.h - the marks inside encoded keys (the table is in key.h). */
#ifndef VARVE_VALUE_KEY_PRIVATE_H
#define VARVE_VALUE_KEY_PRIVATE_H

#include "value/key.h"

#define KEY_NULL_FIRST  0x00u
#define KEY_NOT_NULL    0x01u
#define KEY_NULL_LAST   0x02u
#define KEY_TERMINATOR  0x00u
#define KEY_ESCAPE      0x01u /* 00 -> 01 01, 01 -> 01 02 */
#define KEY_MINUS_INF   0x01u
#define KEY_ZERO        0x80u
#define KEY_PLUS_INF    0xFEu
#define KEY_NAN         0xFFu
#define KEY_EXPONENT    81 /* added to the exponent: at least 1 */
#define KEY_PAIRS_MAX   ((NUMERIC_DIGITS_MAX + 1) / 2)
#define KEY_NUMERIC_MAX (1 + KEY_PAIRS_MAX)

/* A byte string being written; full: something did not fit, and nothing more is written. */
struct key_writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool full;
};

/* The column's value with its NULL byte. */
void key_write_column(const struct key_layout *layout, unsigned column, const struct value *value,
                      struct key_writer *writer);

/* The NULL byte alone. */
void key_write_byte(struct key_writer *writer, uint8_t byte);

/* The bytes of a string escaped as in this column, without terminator. */
void key_write_escaped(const struct key_layout *layout, unsigned column, vv_slice bytes,
                       struct key_writer *writer);

static inline bool key_is_open(const struct key_layout *layout, unsigned column)
{
    return layout->open_end && column + 1 == layout->column_count;
}

#endif
