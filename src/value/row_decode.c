/*
 * row_decode.c - values out of row bytes: one value, a whole row, one column of many rows.
 *
 * Bytes are never trusted (R2): each read is checked against the row's size. The loops over many rows
 * check the smallest row once and then read without checks.
 */
#include "base/assert.h"
#include "base/bytes.h"
#include "base/planted.h"
#include "value/numeric_private.h"
#include "value/row.h"
#include "value/row_private.h"

/* A walk over the sections of one row, and over the varying columns of the section it is in. */
struct walk {
    vv_slice row;
    size_t start; /* of the section */
    unsigned section;
    bool missing;     /* the row ended before this section */
    size_t length_at; /* of the next varying column */
    size_t bytes_at;  /* of the next varying column */
    size_t end;       /* of the section */
};

static inline bool all_short(const uint8_t *at, unsigned count);
static inline bool row_first_strings(const struct row_layout *layout, vv_slice row, unsigned r,
                                     unsigned column, const uint16_t *places, unsigned column_count,
                                     struct value_vector *vectors);
static inline bool row_strings(const struct row_layout *layout, vv_slice row, unsigned r,
                               const uint16_t *columns, const uint16_t *places,
                               unsigned column_count, struct value_vector *vectors);
static bool find_short(const struct row_layout *layout, vv_slice row, const struct row_place *place,
                       vv_slice *out);
static vv_status walk_to(const struct row_layout *layout, struct walk *walk, unsigned section);
static vv_status walk_enter(const struct row_layout *layout, struct walk *walk);
static vv_status walk_varying(struct walk *walk, vv_slice *out);
static vv_status read_column(const struct row_layout *layout, struct walk *walk, unsigned column,
                             struct value *out);
static void missing_value(const struct row_place *place, struct value *out);
static bool is_null(const struct row_place *place, const uint8_t *section);
static void load_fixed(enum value_type type, const uint8_t *at, struct value *out);
static vv_status load_varying(enum value_type type, vv_slice bytes, struct value *out);
static vv_status load_numeric(vv_slice bytes, struct numeric *out);
static size_t shortest_row(const vv_slice *rows, const uint16_t *selection, unsigned count);
static void load_nulls(const struct row_place *place, size_t start, const vv_slice *rows,
                       const uint16_t *selection, unsigned count, struct value_vector *out);
static void load_fixed_column(size_t at, const vv_slice *rows, const uint16_t *selection,
                              unsigned count, struct value_vector *out);

vv_status row_decode(const struct row_layout *layout, vv_slice row, unsigned column,
                     struct value *out)
{
    const struct row_place *place = &layout->columns[column];
    struct walk walk = {.row = row};
    vv_slice bytes;

    VV_ASSERT(column < layout->column_count);
    if (place->bytes != 0 && place->section <= layout->fixed_sections) { /* its offset is known */
        const struct row_section *section = &layout->sections[place->section];

        if (row.size >= (size_t)section->start + section->fixed_bytes) {
            const uint8_t *start = row.data + section->start;

            *out = (struct value){.type = place->type, .null = is_null(place, start)};
            if (!out->null) {
                load_fixed((enum value_type)place->type, start + place->offset, out);
            }
            return VV_OK;
        }
    }
    if (place->bytes == 0 && find_short(layout, row, place, &bytes)) {
        *out = (struct value){.type = place->type};
        out->null = is_null(place, row.data + layout->sections[place->section].start);
        return out->null ? VV_OK : load_varying((enum value_type)place->type, bytes, out);
    }
    VV_TRY(walk_to(layout, &walk, place->section));
    for (unsigned i = 0; !walk.missing && place->bytes == 0 && i < place->ordinal; i++) {
        vv_slice skipped;
        VV_TRY(walk_varying(&walk, &skipped));
    }
    return read_column(layout, &walk, column, out);
}

vv_status row_decode_all(const struct row_layout *layout, vv_slice row, struct value *values_out)
{
    struct walk walk = {.row = row};

    for (unsigned s = 0; s < layout->section_count; s++) {
        const struct row_section *section = &layout->sections[s];

        VV_TRY(walk_to(layout, &walk, s));
        for (unsigned i = 0; i < section->column_count; i++) {
            unsigned column = section->first_column + i;

            VV_TRY(read_column(layout, &walk, column, &values_out[column]));
        }
    }
    return VV_OK;
}

vv_status row_decode_vector(const struct row_layout *layout, const vv_slice *rows,
                            const uint16_t *selection, unsigned count, unsigned column,
                            struct value_vector *out)
{
    const struct row_place *place = &layout->columns[column];
    const struct row_section *section = &layout->sections[place->section];

    VV_ASSERT(column < layout->column_count && out->type == place->type);
    VV_ASSERT(count <= LIMIT_BATCH_ROWS);
    vector_reset(out);
    if (count == 1 && selection == NULL && place->bytes != 0 && !place->nullable &&
        place->section <= layout->fixed_sections &&
        rows[0].size >= (size_t)section->start + section->fixed_bytes) { /* a get */
        load_fixed_column(section->start + place->offset, rows, NULL, 1, out);
        return VV_OK;
    }
    if (place->bytes != 0 && place->section <= layout->fixed_sections &&
        shortest_row(rows, selection, count) >= (size_t)section->start + section->fixed_bytes) {
        if (place->nullable) {
            load_nulls(place, section->start, rows, selection, count, out);
        }
        load_fixed_column(section->start + place->offset, rows, selection, count, out);
        return VV_OK;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned r = selection == NULL ? i : selection[i];
        struct value value;
        vv_slice bytes;

        if (place->bytes == 0 && place->type != VALUE_NUMERIC &&
            find_short(layout, rows[r], place, &bytes)) {
            if (is_null(place, rows[r].data + section->start)) {
                vector_set_null(out, r);
            } else {
                out->strings[r] = vector_string_make(bytes.data, bytes.size);
            }
            continue;
        }
        VV_TRY(row_decode(layout, rows[r], column, &value));
        vector_set(out, r, &value);
    }
    return VV_OK;
}

bool row_is_simple_string(const struct row_layout *layout, unsigned column)
{
    const struct row_place *place = &layout->columns[column];

    return place->bytes == 0 && place->type != VALUE_NUMERIC &&
           place->section <= layout->fixed_sections;
}

vv_status row_decode_strings(const struct row_layout *layout, const vv_slice *rows, unsigned count,
                             const uint16_t *columns, const uint16_t *places, unsigned column_count,
                             bool first, bool kept, struct value_vector *vectors)
{
    for (unsigned k = 0; k < column_count; k++) {
        struct value_vector *out = &vectors[places[k]];

        VV_SLOW_ASSERT(row_is_simple_string(layout, columns[k]));
        VV_SLOW_ASSERT(layout->columns[columns[k]].section == layout->columns[columns[0]].section);
        VV_SLOW_ASSERT(k == 0 || columns[k] > columns[k - 1]);
        vector_reset(out);
        out->kept = kept;
    }
    VV_SLOW_ASSERT(!first || row_strings_are_first(layout, columns, column_count));
    for (unsigned r = 0; r < count; r++) {
        if (first &&
            row_first_strings(layout, rows[r], r, columns[0], places, column_count, vectors)) {
            continue;
        }
        if (VV_LIKELY(row_strings(layout, rows[r], r, columns, places, column_count, vectors))) {
            continue;
        }
        for (unsigned k = 0; k < column_count; k++) {
            struct value value;

            VV_TRY(row_decode(layout, rows[r], columns[k], &value));
            vector_set(&vectors[places[k]], r, &value);
        }
    }
    return VV_OK;
}

/* ---- short lengths ---- */

/* Are all `count` lengths at `at` single bytes? The last eight at once may overlap the ones before. */
static inline bool all_short(const uint8_t *at, unsigned count)
{
    uint64_t any = 0;

    if (count < 8) {
        for (unsigned i = 0; i < count; i++) {
            any |= at[i];
        }
        return (any & 0x80) == 0;
    }
    for (unsigned i = 0; i + 8 <= count; i += 8) {
        any |= bytes_load64(at + i);
    }
    any |= bytes_load64(at + count - 8);
    return (any & UINT64_C(0x8080808080808080)) == 0;
}

bool row_strings_are_first(const struct row_layout *layout, const uint16_t *columns,
                           unsigned column_count)
{
    for (unsigned k = 0; k < column_count; k++) {
        const struct row_place *place = &layout->columns[columns[k]];

        if (place->ordinal != k || place->nullable) {
            return false;
        }
    }
    return true;
}

/* row_strings() for such columns: nothing to skip, no NULL to look for. */
static inline bool row_first_strings(const struct row_layout *layout, vv_slice row, unsigned r,
                                     unsigned column, const uint16_t *places, unsigned column_count,
                                     struct value_vector *vectors)
{
    const struct row_section *section = &layout->sections[layout->columns[column].section];
    const uint8_t *lengths = row.data + section->start + section->fixed_bytes;
    const uint8_t *at = lengths + section->varying_count;
    const uint8_t *end = row.data + row.size;

    if ((size_t)section->start + section->fixed_bytes + section->varying_count > row.size ||
        !all_short(lengths, section->varying_count)) {
        return false;
    }
    for (unsigned k = 0; k < column_count; k++) {
        size_t size = lengths[k];

        if (VV_UNLIKELY(size > (size_t)(end - at))) {
            return false;
        }
        vectors[places[k]].strings[r] = vector_string_make(at, size);
        at += size;
    }
    return true;
}

/* The wanted strings of one row when all lengths of the section are single bytes. False: walk (or the
 * row is damaged, R2: no byte outside is read). */
static inline bool row_strings(const struct row_layout *layout, vv_slice row, unsigned r,
                               const uint16_t *columns, const uint16_t *places,
                               unsigned column_count, struct value_vector *vectors)
{
    const struct row_section *section = &layout->sections[layout->columns[columns[0]].section];
    const uint8_t *start = row.data + section->start;
    const uint8_t *lengths = start + section->fixed_bytes;
    size_t at = (size_t)section->start + section->fixed_bytes + section->varying_count;
    unsigned ordinal = 0;

    if (at > row.size || !all_short(lengths, section->varying_count)) {
        return false;
    }
    for (unsigned k = 0; k < column_count; k++) {
        const struct row_place *place = &layout->columns[columns[k]];
        struct value_vector *out = &vectors[places[k]];
        size_t size = 0;

        for (; ordinal < place->ordinal; ordinal++) {
            at += lengths[ordinal];
        }
        size = lengths[ordinal];
        if (at + size > row.size) {
            return false;
        }
        if (is_null(place, start)) {
            vector_set_null(out, r);
        } else {
            out->strings[r] = vector_string_make(row.data + at, size);
        }
    }
    return true;
}

/* The sum of the low `count` bytes of x; count <= 8, each byte below 128. */
static inline unsigned sum_bytes(uint64_t x, unsigned count)
{
    x = count == 8 ? x : x & ((UINT64_C(1) << 8 * count) - 1);
    x = (x & UINT64_C(0x00FF00FF00FF00FF)) + (x >> 8 & UINT64_C(0x00FF00FF00FF00FF));
    return (unsigned)(x * UINT64_C(0x0001000100010001) >> 48);
}

/* Finds a varying column without a walk when its section's place is known and all its lengths are single
 * bytes: eight lengths at a time. False: it must be walked to (or the row is damaged). */
static bool find_short(const struct row_layout *layout, vv_slice row, const struct row_place *place,
                       vv_slice *out)
{
    const struct row_section *section = &layout->sections[place->section];
    size_t at = (size_t)section->start + section->fixed_bytes;
    size_t bytes_at = at + section->varying_count;
    unsigned left = section->varying_count, before = place->ordinal;

    if (place->section > layout->fixed_sections || bytes_at > row.size) {
        return false;
    }
    for (const uint8_t *lengths = row.data + at; left != 0;) {
        unsigned count = left < 8 ? left : 8;
        unsigned skip = before < count ? before : count;
        uint64_t word = 0;

        if (lengths + 8 <= row.data + row.size) {
            word = bytes_load64(lengths);
        } else {
            memcpy(&word, lengths, count);
        }
        if ((word & UINT64_C(0x8080808080808080) &
             (count == 8 ? ~UINT64_C(0) : (UINT64_C(1) << 8 * count) - 1)) != 0) {
            return false;
        }
        bytes_at += sum_bytes(word, skip);
        before -= skip;
        left -= count;
        lengths += count;
    }
    out->data = row.data + bytes_at;
    out->size = row.data[at + place->ordinal];
    return bytes_at + out->size <= row.size;
}

/* ---- walking ---- */

/* Goes on from where the walk is; the target is not behind it. */
static vv_status walk_to(const struct row_layout *layout, struct walk *walk, unsigned section)
{
    if (walk->section == 0 && walk->end == 0) {
        VV_TRY(walk_enter(layout, walk));
    }
    while (walk->section < section && !walk->missing) {
        walk->start = walk->end;
        walk->section++;
        walk->missing = walk->start == walk->row.size;
        if (!walk->missing) {
            VV_TRY(walk_enter(layout, walk));
        }
    }
    return VV_OK;
}

/* Most lengths are below 128. */
static inline size_t load_length(const uint8_t *at, size_t room, uint64_t *length_out)
{
    if (room != 0 && at[0] < 0x80) {
        *length_out = at[0];
        return 1;
    }
    return bytes_varint_load(at, room, length_out);
}

/* Reads the lengths of the section once, to find where its bytes begin and end. */
static vv_status walk_enter(const struct row_layout *layout, struct walk *walk)
{
    const struct row_section *section = &layout->sections[walk->section];
    size_t room = walk->row.size - walk->start;
    size_t at, total = 0;

    if (room < section->fixed_bytes) {
        return VV_CORRUPT;
    }
    at = walk->start + section->fixed_bytes;
    walk->length_at = at;
    for (unsigned i = 0; i < section->varying_count; i++) {
        uint64_t length;
        size_t size = load_length(walk->row.data + at, walk->row.size - at, &length);

        if (size == 0 || length > walk->row.size) {
            return VV_CORRUPT;
        }
        at += size;
        total += (size_t)length;
    }
    if (total > walk->row.size - at + PLANTED_BUG) {
        return VV_CORRUPT;
    }
    walk->bytes_at = at;
    walk->end = at + total;
    return VV_OK;
}

/* The next varying column's bytes; walk_enter has checked them all. */
static vv_status walk_varying(struct walk *walk, vv_slice *out)
{
    uint64_t length;

    walk->length_at +=
        load_length(walk->row.data + walk->length_at, walk->row.size - walk->length_at, &length);
    *out = slice_make(walk->row.data + walk->bytes_at, (size_t)length);
    walk->bytes_at += (size_t)length;
    return VV_OK;
}

/* A varying column must be the walk's next one. */
static vv_status read_column(const struct row_layout *layout, struct walk *walk, unsigned column,
                             struct value *out)
{
    const struct row_place *place = &layout->columns[column];
    vv_slice bytes;

    if (walk->missing) {
        missing_value(place, out);
        return VV_OK;
    }
    *out = (struct value){.type = place->type};
    out->null = is_null(place, walk->row.data + walk->start);
    if (place->bytes != 0) {
        if (!out->null) {
            load_fixed((enum value_type)place->type, walk->row.data + walk->start + place->offset,
                       out);
        }
        return VV_OK;
    }
    VV_TRY(walk_varying(walk, &bytes));
    return out->null ? VV_OK : load_varying((enum value_type)place->type, bytes, out);
}

/* ---- single values ---- */

static void missing_value(const struct row_place *place, struct value *out)
{
    *out = place->missing != NULL ? *place->missing : value_null((enum value_type)place->type);
}

static bool is_null(const struct row_place *place, const uint8_t *section)
{
    return place->nullable && (section[place->null_bit / 8] >> place->null_bit % 8 & 1) != 0;
}

static inline double load_real(const uint8_t *at)
{
    uint32_t bits = bytes_load32(at);
    float x;

    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

static inline struct value_uuid load_uuid(const uint8_t *at)
{
    struct value_uuid uuid;

    memcpy(&uuid, at, sizeof uuid);
    return uuid;
}

static inline struct interval load_interval(const uint8_t *at)
{
    return (struct interval){.time = (int64_t)bytes_load64(at),
                             .days = (int32_t)bytes_load32(at + 8),
                             .months = (int32_t)bytes_load32(at + 12)};
}

static void load_fixed(enum value_type type, const uint8_t *at, struct value *out)
{
    switch (type) {
    case VALUE_BOOLEAN:
        out->boolean = at[0] != 0;
        return;
    case VALUE_SMALLINT:
        out->integer = (int16_t)bytes_load16(at);
        return;
    case VALUE_REAL:
        out->real = load_real(at);
        return;
    default:
        break;
    }
    switch (value_types[type].storage) {
    case VALUE_STORAGE_I32:
        out->integer = (int32_t)bytes_load32(at);
        break;
    case VALUE_STORAGE_UUID:
        out->uuid = load_uuid(at);
        break;
    case VALUE_STORAGE_INTERVAL:
        out->interval = load_interval(at);
        break;
    default: /* I64 and F64 share their place in the union */
        out->integer = (int64_t)bytes_load64(at);
        break;
    }
}

static vv_status load_varying(enum value_type type, vv_slice bytes, struct value *out)
{
    if (type == VALUE_NUMERIC) {
        return load_numeric(bytes, &out->numeric);
    }
    out->bytes = bytes;
    return VV_OK;
}

static vv_status load_numeric(vv_slice bytes, struct numeric *out)
{
    static const enum numeric_kind kinds[] = {NUMERIC_MINUS_INFINITY, NUMERIC_PLUS_INFINITY,
                                              NUMERIC_NAN};
    numeric_integer coefficient = 0;

    *out = numeric_make(0, 0);
    if (bytes.size == 0 || bytes.size > 1 + sizeof coefficient) {
        return VV_CORRUPT;
    }
    if (bytes.data[0] >= ROW_MINUS_INFINITY && bytes.size == 1) {
        *out = numeric_special(kinds[bytes.data[0] - ROW_MINUS_INFINITY]);
        return VV_OK;
    }
    if (bytes.size > 1 && bytes.data[bytes.size - 1] >= 0x80) {
        coefficient = -1;
    }
    memcpy(&coefficient, bytes.data + 1, bytes.size - 1);
    *out = (struct numeric){.coefficient = coefficient, .kind = NUMERIC_FINITE};
    if (bytes.data[0] > NUMERIC_SCALE_MAX ||
        numeric_magnitude_of(out) >= numeric_power(NUMERIC_DIGITS_MAX)) {
        *out = numeric_make(0, 0);
        return VV_CORRUPT;
    }
    out->scale = bytes.data[0];
    return VV_OK;
}

/* ---- many rows ---- */

static size_t shortest_row(const vv_slice *rows, const uint16_t *selection, unsigned count)
{
    size_t least = SIZE_MAX;

    if (selection == NULL) {
        for (unsigned i = 0; i < count; i++) {
            least = rows[i].size < least ? rows[i].size : least;
        }
        return least;
    }
    for (unsigned i = 0; i < count; i++) {
        least = rows[selection[i]].size < least ? rows[selection[i]].size : least;
    }
    return least;
}

static void load_nulls(const struct row_place *place, size_t start, const vv_slice *rows,
                       const uint16_t *selection, unsigned count, struct value_vector *out)
{
    size_t byte = start + place->null_bit / 8;
    unsigned bit = place->null_bit % 8;
    uint64_t any = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned r = selection == NULL ? i : selection[i];
        uint64_t null = rows[r].data[byte] >> bit & 1;

        out->nulls[r / 64] |= null << r % 64;
        any |= null;
    }
    out->has_nulls = any != 0;
}

#define LOAD_LOOP(target, expression)                 \
    do {                                              \
        if (selection == NULL) {                      \
            for (unsigned r = 0; r < count; r++) {    \
                const uint8_t *x = rows[r].data + at; \
                (target)[r] = (expression);           \
            }                                         \
        } else {                                      \
            for (unsigned i = 0; i < count; i++) {    \
                unsigned r = selection[i];            \
                const uint8_t *x = rows[r].data + at; \
                (target)[r] = (expression);           \
            }                                         \
        }                                             \
    } while (0)

static void load_fixed_column(size_t at, const vv_slice *rows, const uint16_t *selection,
                              unsigned count, struct value_vector *out)
{
    switch (out->type) {
    case VALUE_SMALLINT:
        LOAD_LOOP(out->i32s, (int16_t)bytes_load16(x));
        return;
    case VALUE_REAL:
        LOAD_LOOP(out->f64s, load_real(x));
        return;
    default:
        break;
    }
    switch (value_types[out->type].storage) {
    case VALUE_STORAGE_BOOL:
        LOAD_LOOP(out->bools, x[0] != 0);
        break;
    case VALUE_STORAGE_UUID:
        LOAD_LOOP(out->uuids, load_uuid(x));
        break;
    case VALUE_STORAGE_INTERVAL:
        LOAD_LOOP(out->intervals, load_interval(x));
        break;
    case VALUE_STORAGE_I32:
        LOAD_LOOP(out->i32s, (int32_t)bytes_load32(x));
        break;
    default: /* doubles move as their bits */
        LOAD_LOOP(out->i64s, (int64_t)bytes_load64(x));
        break;
    }
}
