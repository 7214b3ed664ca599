/*
 * value.h - the SQL types and one datum.
 *
 * `struct value` is what a parameter, a literal, a default and a point plan carry; columns of many rows
 * are vectors (vector.h). Strings are slices that somebody else owns.
 *
 * Promises: V1 value_compare is a total order per type: NaN equals NaN and is greatest, -0 = 0,
 *              1.0 = 1.00, strings by bytes (C collation), CHAR(n) without the blanks at its end;
 *           V2 values that compare equal hash equal.
 * Threads:  pure functions over immutable tables.
 */
#ifndef VARVE_VALUE_VALUE_H
#define VARVE_VALUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "value/interval.h"
#include "value/numeric.h"

enum value_type {
#define X(name, ...) VALUE_##name,
#include "value/types.def"
#undef X
    VALUE_TYPE_COUNT
};

/* How a vector keeps a type: X(name, C type). */
#define VALUE_STORAGE_MAP(X)       \
    X(BOOL, uint8_t)               \
    X(I32, int32_t)                \
    X(I64, int64_t)                \
    X(F64, double)                 \
    X(NUMERIC, struct numeric)     \
    X(STRING, struct value_string) \
    X(UUID, struct value_uuid)     \
    X(INTERVAL, struct interval)

/* RFC 4122's sixteen bytes, ordered by memcmp. */
struct value_uuid {
    uint8_t bytes[16];
};

enum value_storage {
#define X(name, c_type) VALUE_STORAGE_##name,
    VALUE_STORAGE_MAP(X)
#undef X
        VALUE_STORAGE_COUNT
};

struct value_type_info {
    const char *text;     /* "double precision" */
    const char *internal; /* "float8" */
    uint32_t oid;
    uint8_t row_bytes; /* 0: varies */
    uint8_t storage;   /* enum value_storage */
    char category;     /* PostgreSQL's typcategory */
    bool preferred;
};

extern const struct value_type_info value_types[VALUE_TYPE_COUNT];

static inline const struct value_type_info *value_type_info(enum value_type type)
{
    return &value_types[type];
}

/* By OID or by name ("int4", "integer", "double precision", lower case). VALUE_TYPE_COUNT: none. */
enum value_type value_type_of_oid(uint32_t oid);
enum value_type value_type_of_name(const char *name);

/* The modifier of a type: PostgreSQL's atttypmod. -1 is none. NUMERIC(p,s): ((p << 16) | s) + 4;
 * VARCHAR(n), CHAR(n): n + 4; TIME(n), TIMESTAMP(n): n; INTERVAL: interval_modifier(). */
#define VALUE_NO_MODIFIER (-1)

/* Writes the type's name with its modifier, "numeric(10,2)", and a NUL; returns its size. */
#define VALUE_TYPE_TEXT_BYTES 64u
size_t value_type_format(enum value_type type, int32_t modifier, char *to);

/* One datum. A NULL has its type and no payload. */
struct value {
    uint8_t type; /* enum value_type */
    bool null;
    union {
        bool boolean;
        int64_t
            integer; /* INTEGER and SMALLINT too: within their ranges; OIDs: unsigned 32 bits; dates, times: calendar.h */
        double real; /* REAL too: a number that single precision holds */
        struct numeric numeric;
        struct value_uuid uuid;
        struct interval interval;
        vv_slice bytes; /* UNKNOWN, TEXT, VARCHAR, CHAR, BYTEA. borrow until its owner says */
    };
};

static inline struct value value_null(enum value_type type)
{
    return (struct value){.type = (uint8_t)type, .null = true};
}

static inline struct value value_boolean(bool x)
{
    return (struct value){.type = VALUE_BOOLEAN, .boolean = x};
}

static inline struct value value_integer(int32_t x)
{
    return (struct value){.type = VALUE_INTEGER, .integer = x};
}

static inline struct value value_bigint(int64_t x)
{
    return (struct value){.type = VALUE_BIGINT, .integer = x};
}

static inline struct value value_double(double x)
{
    return (struct value){.type = VALUE_DOUBLE, .real = x};
}

static inline struct value value_numeric(struct numeric x)
{
    return (struct value){.type = VALUE_NUMERIC, .numeric = x};
}

/* type: a string. */
static inline struct value value_bytes(enum value_type type, vv_slice bytes)
{
    return (struct value){.type = (uint8_t)type, .bytes = bytes};
}

static inline struct value value_text(const char *text)
{
    return value_bytes(VALUE_TEXT, slice_text(text));
}

static inline bool value_is_string(enum value_type type)
{
    return value_types[type].storage == VALUE_STORAGE_STRING;
}

/* OID and the types that are OIDs by another name: regclass and its kin. */
static inline bool value_is_oid(enum value_type type)
{
    return type == VALUE_OID || (type >= VALUE_REGCLASS && type <= VALUE_REGROLE);
}

/* Whether a value of one type may stand unchanged where another is asked for: the same type, VARCHAR
 * for TEXT, regclass and its kin for OID (PostgreSQL: binary coercible). */
static inline bool value_stands_for(enum value_type is, enum value_type wanted)
{
    return is == wanted || (is == VALUE_VARCHAR && wanted == VALUE_TEXT) ||
           (wanted == VALUE_OID && value_is_oid(is));
}

/* Kept as its text form: shown, cast to text, and nothing else. */
static inline bool value_is_opaque(enum value_type type)
{
    return type >= VALUE_INT2VECTOR && type <= VALUE_STATISTIC_ARRAY;
}

/* A CHAR(n) without the blanks at its end, which mean nothing when it is compared. */
static inline vv_slice value_without_blanks(vv_slice text)
{
    while (text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

/* Orders two values of one type: < 0, 0, > 0 (V1). NULL equals NULL and comes last. */
int value_compare(const struct value *a, const struct value *b);

/* V2. NULLs of all types hash alike. */
uint64_t value_hash(const struct value *value, uint64_t seed);

/* The order of doubles in SQL: NaN greatest and equal to itself, -0 = 0. */
int value_compare_double(double a, double b);

/* Copies a string's bytes into the arena; other values as they are. False: out of memory. */
bool value_copy(struct arena *arena, const struct value *from, struct value *to);

#endif
