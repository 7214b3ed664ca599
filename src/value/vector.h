/*
 * vector.h - a column of a batch: a typed array, a null bitmap, and strings as 16-byte views.
 *
 * A batch has up to LIMIT_BATCH_ROWS rows. Its columns all have `row_count` places; which of them count
 * is the selection: ascending row numbers, or NULL for all. Filters only shrink the selection, no
 * column is copied. Places outside the selection, and payloads of NULLs, hold anything but are always
 * safe to read as their C type, except string views, which must not be followed.
 *
 * A string view keeps up to 12 bytes in itself; a longer one keeps its first 4 and a pointer to all:
 *
 *     | size u32 | 12 bytes, zero filled          |      size <= 12
 *     | size u32 | prefix 4 bytes | pointer u64   |      size >  12
 *
 * Threads: one at a time.
 */
#ifndef VARVE_VALUE_VECTOR_H
#define VARVE_VALUE_VECTOR_H

#include <assert.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "value/value.h"

#define VECTOR_INLINE_BYTES 12u

struct value_string {
    uint32_t size;
    union {
        uint8_t inlined[VECTOR_INLINE_BYTES];
        struct {
            uint8_t prefix[4];
            uint8_t pointer[8]; /* a const uint8_t *, kept as bytes: the struct stays 4-aligned */
        };
    };
};

static_assert(sizeof(struct value_string) == 16, "two words: moved by one load and one store");

struct value_vector {
    uint8_t type;   /* enum value_type */
    bool constant;  /* place 0 stands for every row */
    bool has_nulls; /* false: every bit of `nulls` is 0 */
    bool kept;      /* long strings lie in memory that outlives the page pin; nobody copies them */
    uint16_t null_words; /* in `nulls`: one bit for each place */
    uint64_t *nulls;     /* bit r set: row r is NULL. Constant: bit 0 */
    union {              /* LIMIT_BATCH_ROWS places (constant: 1), by the storage of the type */
        void *data;
        uint8_t *bools; /* 0 or 1 */
        int32_t *i32s;
        int64_t *i64s;
        double *f64s;
        struct numeric *numerics;
        struct value_string *strings;
        struct value_uuid *uuids;
        struct interval *intervals;
    };
};

struct value_batch {
    struct value_vector *columns;
    uint32_t column_count;
    uint32_t row_count;        /* places used in every column */
    const uint16_t *selection; /* ascending row numbers; NULL: all of row_count */
    uint32_t selected_count;   /* length of selection; row_count when selection is NULL */
    bool kept;                 /* no column has a string that ends with the page pin */
};

/* Gives the vector arrays for LIMIT_BATCH_ROWS (capacity) rows from the arena. False: out of memory. */
bool vector_init(struct value_vector *vector, enum value_type type, struct arena *arena);
bool vector_init_sized(struct value_vector *vector, enum value_type type, unsigned capacity,
                       struct arena *arena);

/* Makes an initialised vector a constant. A long string is borrowed as long as value's owner says. */
void vector_set_constant(struct value_vector *vector, const struct value *value);

/* Reads and writes one place. vector_set keeps has_nulls up to date and borrows string bytes. */
void vector_get(const struct value_vector *vector, unsigned row, struct value *out);
void vector_set(struct value_vector *vector, unsigned row, const struct value *value);

/* Before filling: not constant, no nulls (clears the words). */
static inline void vector_reset(struct value_vector *vector)
{
    if (vector->has_nulls) {
        memset(vector->nulls, 0, vector->null_words * sizeof(uint64_t));
    }
    vector->constant = false;
    vector->has_nulls = false;
    vector->kept = false;
}

static inline bool vector_is_null(const struct value_vector *vector, unsigned row)
{
    row = vector->constant ? 0 : row;
    return vector->has_nulls && (vector->nulls[row / 64] >> (row % 64) & 1) != 0;
}

/* Not for constants. */
static inline void vector_set_null(struct value_vector *vector, unsigned row)
{
    vector->has_nulls = true;
    vector->nulls[row / 64] |= UINT64_C(1) << (row % 64);
}

static inline const uint8_t *vector_string_pointer(const struct value_string *string)
{
    const uint8_t *pointer;
    memcpy(&pointer, string->pointer, sizeof pointer);
    return pointer;
}

/* borrow until *string changes: short strings lie inside it. */
static inline vv_slice vector_string_slice(const struct value_string *string)
{
    return slice_make(string->size <= VECTOR_INLINE_BYTES ? string->inlined
                                                          : vector_string_pointer(string),
                      string->size);
}

/* A view of bytes; long ones are borrowed as long as the view lives. size < 4 GB. */
static inline struct value_string vector_string_make(const uint8_t *data, size_t size)
{
    uint64_t words[2] = {(uint32_t)size,
                         0}; /* whole words: a view is read right after it is written */
    struct value_string string;

    if (size > VECTOR_INLINE_BYTES) {
        words[0] |= (uint64_t)bytes_load32(data) << 32;
        words[1] = (uint64_t)(uintptr_t)data;
    } else if (size >= 8) {
        words[0] |= (uint64_t)bytes_load32(data) << 32;
        words[1] = bytes_load64(data + size - 8) >> 8 * (12 - size);
    } else if (size >= 4) {
        words[0] |= (uint64_t)bytes_load32(data) << 32;
        words[1] = (uint64_t)bytes_load32(data + size - 4) >> 8 * (8 - size);
    } else {
        for (size_t i = 0; i < size; i++) {
            words[0] |= (uint64_t)data[i] << 8 * (4 + i);
        }
    }
    memcpy(&string, words, sizeof string);
    return string;
}

static inline bool vector_string_equal(const struct value_string *a, const struct value_string *b)
{
    uint64_t head_a, head_b;

    memcpy(&head_a, a, 8);
    memcpy(&head_b, b, 8);
    if (head_a != head_b) {
        return false; /* size or first four bytes differ */
    }
    if (a->size <= VECTOR_INLINE_BYTES) {
        return memcmp(a->inlined + 4, b->inlined + 4, 8) == 0;
    }
    return memcmp(vector_string_pointer(a), vector_string_pointer(b), a->size) == 0;
}

int vector_string_compare(const struct value_string *a, const struct value_string *b);

/* Copies the long strings of the selected rows into the arena, so that the vector outlives the page
 * pin. False: out of memory. */
bool vector_keep_strings(struct value_vector *vector, const uint16_t *selection, unsigned count,
                         struct arena *arena);

#endif
