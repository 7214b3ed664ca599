/*
 * collation.h - how texts are compared: PostgreSQL's collations that compare bytes, and SQLite's NOCASE and RTRIM.
 *
 * Only the last two change anything, and both by the same means: texts are folded, and the folds compared byte by
 * byte. NOCASE's fold has the ASCII letters in lower case, RTRIM's no spaces at its end. So whoever orders, hashes or
 * looks up by bytes needs nothing but the fold. OIDs stand in definitions on disk: PostgreSQL's, and for Varve's own the
 * last two that PostgreSQL leaves to initdb.
 *
 * Promise: VC1 fold(fold(x)) = fold(x), and a fold is never longer than its text.
 */
#ifndef VARVE_VALUE_COLLATION_H
#define VARVE_VALUE_COLLATION_H

#include "value/value.h"

enum value_collation {
    VALUE_COLLATION_DEFAULT, /* of every column that names none; types without collations: this too */
    VALUE_COLLATION_C,
    VALUE_COLLATION_POSIX,
    VALUE_COLLATION_UCS_BASIC,
    VALUE_COLLATION_C_UTF8,
    VALUE_COLLATION_NOCASE, /* these two fold */
    VALUE_COLLATION_RTRIM,
    VALUE_COLLATION_COUNT
};

struct value_collation_info {
    const char *name;
    uint32_t oid;
};

extern const struct value_collation_info value_collations[VALUE_COLLATION_COUNT];

/* VALUE_COLLATION_COUNT: none. */
enum value_collation value_collation_of_oid(uint32_t oid);

/* Whether other texts than the same bytes are equal under it. */
static inline bool value_collation_folds(enum value_collation collation)
{
    return collation >= VALUE_COLLATION_NOCASE;
}

/* Types whose values have a collation. */
static inline bool value_is_collatable(enum value_type type)
{
    return type == VALUE_TEXT || type == VALUE_VARCHAR || type == VALUE_BPCHAR ||
           type == VALUE_NAME || type == VALUE_UNKNOWN;
}

/* How many bytes the fold of the text has. */
static inline size_t value_collation_bytes(enum value_collation collation, vv_slice text)
{
    return collation == VALUE_COLLATION_RTRIM ? value_without_blanks(text).size : text.size;
}

/* Writes the fold's bytes [from, from + size) to `to`; text may be the same place. */
void value_collation_fold(enum value_collation collation, vv_slice text, size_t from, size_t size,
                          uint8_t *to);

/* The order of two texts under the collation. */
int value_collation_compare(enum value_collation collation, vv_slice a, vv_slice b);

#endif
