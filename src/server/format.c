/* format.c - see format.h. */
#include "server/format.h"

#include "varve/varve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMERIC_NEGATIVE 0x4000u
#define NUMERIC_NAN      0xC000u
#define NUMERIC_INF      0xD000u
#define NUMERIC_MINUS    0xF000u /* -Infinity */
#define NUMERIC_SCALE    0x3FFF

struct format_text {
    struct format_text *next;
    char text[];
};

static const struct format_info {
    int type;
    uint32_t oid;
    int length;
} infos[] = {
#define X(code, oid, bytes) {VARVE_TYPE_##code, oid, bytes},
#include "server/format.def"
#undef X
};

static void put_text(struct wire_out *out, struct varve_statement *statement, int column, int type);
static void put_binary(struct wire_out *out, struct varve_statement *statement, int column,
                       int type);
static void put_integer(struct wire_out *out, int64_t value);
static void put_sized(struct wire_out *out, const void *bytes, size_t size);
static void put_real(struct wire_out *out, double value, int type);
static void put_numeric(struct wire_out *out, const char *text);
static unsigned numeric_digits(const char *whole, size_t whole_size, const char *fraction,
                               size_t fraction_size, uint16_t *digits);
static void put_interval(struct wire_out *out, struct varve_statement *statement, int column);
static bool bind_text(struct varve_statement *statement, int parameter, vv_slice bytes,
                      struct varve_error *error);
static bool bind_binary(struct varve_statement *statement, int parameter, int type, vv_slice bytes,
                        struct format_scratch *scratch, struct varve_error *error);
static bool bind_time(struct varve_statement *statement, int parameter, int type, vv_slice bytes,
                      struct varve_error *error);
static int64_t integer_of(vv_slice bytes);
static double real_of(vv_slice bytes);
static struct format_text *scratch_text(struct format_scratch *scratch, size_t size);
static const char *numeric_text(vv_slice bytes, struct format_scratch *scratch, bool *bad_out);
static bool fail(struct varve_error *error, const char *sqlstate, int parameter, const char *text);

uint32_t format_oid(int type)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].type == type) {
            return infos[i].oid;
        }
    }
    return infos[0].oid;
}

int format_length(int type)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].type == type) {
            return infos[i].length;
        }
    }
    return -1;
}

int format_type_of_oid(uint32_t oid)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].oid == oid) {
            return infos[i].type;
        }
    }
    return oid == 0 ? VARVE_TYPE_UNKNOWN : -1;
}

void format_put_column(struct wire_out *out, struct varve_statement *statement, int column,
                       int format)
{
    int type = varve_column_type(statement, column);

    if (varve_column_is_null(statement, column)) {
        wire_put_u32(out, UINT32_MAX);
    } else if (format == FORMAT_TEXT) {
        put_text(out, statement, column, type);
    } else {
        put_binary(out, statement, column, type);
    }
}

bool format_bind(struct varve_statement *statement, int parameter, int type, int format,
                 vv_slice bytes, struct format_scratch *scratch, struct varve_error *error)
{
    if (format == FORMAT_TEXT || type == VARVE_TYPE_TEXT || type == VARVE_TYPE_VARCHAR ||
        type == VARVE_TYPE_CHAR || type == VARVE_TYPE_NAME || type == VARVE_TYPE_LETTER ||
        type == VARVE_TYPE_UNKNOWN) {
        return bind_text(statement, parameter, bytes, error);
    }
    if (type == VARVE_TYPE_BYTEA) {
        (void)varve_bind_bytes(statement, parameter, bytes.data, bytes.size);
        return true;
    }
    return bind_binary(statement, parameter, type, bytes, scratch, error);
}

void format_scratch_release(struct format_scratch *scratch)
{
    while (scratch->first != NULL) {
        struct format_text *next = scratch->first->next;

        free(scratch->first);
        scratch->first = next;
    }
    scratch->size = 0;
}

static void put_text(struct wire_out *out, struct varve_statement *statement, int column, int type)
{
    const void *text = NULL;
    size_t size = 0;

    switch (type) {
    case VARVE_TYPE_BOOLEAN:
        put_sized(out, varve_column_boolean(statement, column) ? "t" : "f", 1);
        return;
    case VARVE_TYPE_SMALLINT:
    case VARVE_TYPE_INTEGER:
    case VARVE_TYPE_BIGINT:
        put_integer(out, varve_column_int64(statement, column));
        return;
    case VARVE_TYPE_TEXT:
    case VARVE_TYPE_VARCHAR:
        text = varve_column_bytes(statement, column, &size);
        break;
    default:
        text = varve_column_text(statement, column, &size);
        break;
    }
    if (text == NULL) {
        out->failed = true; /* out of memory */
        return;
    }
    put_sized(out, text, size);
}

static void put_binary(struct wire_out *out, struct varve_statement *statement, int column,
                       int type)
{
    const char *text = NULL;
    size_t size = 0;

    switch (type) {
    case VARVE_TYPE_BOOLEAN:
        wire_put_u32(out, 1);
        wire_put_u8(out, varve_column_boolean(statement, column) != 0);
        return;
    case VARVE_TYPE_SMALLINT:
        wire_put_u32(out, 2);
        wire_put_u16(out, (uint16_t)varve_column_int64(statement, column));
        return;
    case VARVE_TYPE_INTEGER:
    case VARVE_TYPE_DATE:
    case VARVE_TYPE_OID:
    case VARVE_TYPE_XID:
    case VARVE_TYPE_REGCLASS:
    case VARVE_TYPE_REGTYPE:
    case VARVE_TYPE_REGPROC:
    case VARVE_TYPE_REGNAMESPACE:
    case VARVE_TYPE_REGROLE:
        wire_put_u32(out, 4);
        wire_put_u32(out, (uint32_t)varve_column_int64(statement, column));
        return;
    case VARVE_TYPE_BIGINT:
    case VARVE_TYPE_TIME:
    case VARVE_TYPE_TIMESTAMP:
    case VARVE_TYPE_TIMESTAMPTZ:
        wire_put_u32(out, 8);
        wire_put_u64(out, (uint64_t)varve_column_int64(statement, column));
        return;
    case VARVE_TYPE_REAL:
    case VARVE_TYPE_DOUBLE:
        put_real(out, varve_column_double(statement, column), type);
        return;
    case VARVE_TYPE_INTERVAL:
        put_interval(out, statement, column);
        return;
    case VARVE_TYPE_BYTEA:
    case VARVE_TYPE_UUID:
        text = varve_column_bytes(statement, column, &size);
        break;
    default:
        text = varve_column_text(statement, column, &size);
        break;
    }
    if (text == NULL) {
        out->failed = true;
    } else if (type == VARVE_TYPE_NUMERIC) {
        put_numeric(out, text);
    } else if (!format_put_array(out, type, text)) {
        put_sized(out, text, size);
    }
}

static void put_sized(struct wire_out *out, const void *bytes, size_t size)
{
    wire_put_u32(out, (uint32_t)size);
    wire_put_bytes(out, bytes, size);
}

static void put_integer(struct wire_out *out, int64_t value)
{
    char text[24];
    char *at = text + sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *--at = '-';
    }
    put_sized(out, at, (size_t)(text + sizeof text - at));
}

static void put_real(struct wire_out *out, double value, int type)
{
    uint64_t bits = 0;
    uint32_t short_bits = 0;
    float short_value = (float)value;

    if (type == VARVE_TYPE_REAL) {
        memcpy(&short_bits, &short_value, sizeof short_bits);
        wire_put_u32(out, 4);
        wire_put_u32(out, short_bits);
    } else {
        memcpy(&bits, &value, sizeof bits);
        wire_put_u32(out, 8);
        wire_put_u64(out, bits);
    }
}

/* From "-123.4500": digits are groups of four decimals, counted from the point. */
static void put_numeric(struct wire_out *out, const char *text)
{
    uint16_t sign = *text == '-' ? NUMERIC_NEGATIVE : 0;
    const char *whole = text + (*text == '-');
    size_t whole_size = strspn(whole, "0123456789");
    const char *fraction = whole + whole_size + (whole[whole_size] == '.');
    size_t fraction_size = strspn(fraction, "0123456789");
    uint16_t *digits = NULL;
    unsigned count = 0;
    unsigned first = 0;
    int weight = (int)((whole_size + 3) / 4) - 1;
    size_t length = 0;

    if (*whole == 'N' || *whole == 'I') {
        sign = *whole == 'N' ? NUMERIC_NAN : sign != 0 ? NUMERIC_MINUS : NUMERIC_INF;
        whole_size = 0;
        fraction_size = 0;
        weight = 0;
    }
    digits = malloc(((whole_size + 3) / 4 + (fraction_size + 3) / 4 + 1) * sizeof *digits);
    if (digits == NULL) {
        out->failed = true;
        return;
    }
    count = numeric_digits(whole, whole_size, fraction, fraction_size, digits);
    while (count > first && digits[count - 1] == 0) {
        count--;
    }
    while (first < count && digits[first] == 0) {
        first++;
        weight--;
    }
    length = wire_hold_length(out);
    wire_put_u16(out, (uint16_t)(count - first));
    wire_put_u16(out, (uint16_t)(count == first ? 0 : weight));
    wire_put_u16(out, count == first && sign == NUMERIC_NEGATIVE ? 0 : sign);
    wire_put_u16(out, (uint16_t)fraction_size);
    for (unsigned i = first; i < count; i++) {
        wire_put_u16(out, digits[i]);
    }
    wire_patch_length(out, length);
    free(digits);
}

static unsigned numeric_digits(const char *whole, size_t whole_size, const char *fraction,
                               size_t fraction_size, uint16_t *digits)
{
    unsigned count = 0;
    unsigned digit = 0;

    for (size_t i = 0; i < whole_size; i++) {
        digit = digit * 10 + (unsigned)(whole[i] - '0');
        if ((whole_size - i - 1) % 4 == 0) {
            digits[count++] = (uint16_t)digit;
            digit = 0;
        }
    }
    for (size_t i = 0; i < (fraction_size + 3) / 4 * 4; i++) {
        digit = digit * 10 + (i < fraction_size ? (unsigned)(fraction[i] - '0') : 0);
        if (i % 4 == 3) {
            digits[count++] = (uint16_t)digit;
            digit = 0;
        }
    }
    return count;
}

static void put_interval(struct wire_out *out, struct varve_statement *statement, int column)
{
    struct varve_interval interval;

    (void)varve_column_interval(statement, column, &interval);
    wire_put_u32(out, 16);
    wire_put_u64(out, (uint64_t)interval.microseconds);
    wire_put_u32(out, (uint32_t)interval.days);
    wire_put_u32(out, (uint32_t)interval.months);
}

static bool bind_text(struct varve_statement *statement, int parameter, vv_slice bytes,
                      struct varve_error *error)
{
    const uint8_t *bad = wire_utf8_bad(bytes);
    char message[80];

    if (bad != NULL) { /* F2 */
        snprintf(message, sizeof message, "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                 *bad);
        return fail(error, "22021", parameter, message);
    }
    (void)varve_bind_text(statement, parameter, (const char *)bytes.data, bytes.size);
    return true;
}

static bool bind_binary(struct varve_statement *statement, int parameter, int type, vv_slice bytes,
                        struct format_scratch *scratch, struct varve_error *error)
{
    const char *text = NULL;
    bool bad = false;

    if (format_length(type) >= 0 && bytes.size != (size_t)format_length(type)) {
        return fail(error, "22P03", parameter, NULL);
    }
    switch (type) {
    case VARVE_TYPE_BOOLEAN:
        (void)varve_bind_boolean(statement, parameter, bytes.data[0] != 0);
        return true;
    case VARVE_TYPE_SMALLINT:
    case VARVE_TYPE_INTEGER:
    case VARVE_TYPE_BIGINT:
        (void)varve_bind_int64(statement, parameter, integer_of(bytes));
        return true;
    case VARVE_TYPE_OID:
    case VARVE_TYPE_REGCLASS:
    case VARVE_TYPE_REGTYPE:
    case VARVE_TYPE_REGPROC:
    case VARVE_TYPE_REGNAMESPACE:
    case VARVE_TYPE_REGROLE:
        (void)varve_bind_int64(statement, parameter, integer_of(bytes) & UINT32_MAX);
        return true;
    case VARVE_TYPE_REAL:
    case VARVE_TYPE_DOUBLE:
        (void)varve_bind_double(statement, parameter, real_of(bytes));
        return true;
    case VARVE_TYPE_NUMERIC:
        text = numeric_text(bytes, scratch, &bad);
        break;
    case VARVE_TYPE_UUID:
        (void)varve_bind_uuid(statement, parameter, bytes.data);
        return true;
    default:
        return bind_time(statement, parameter, type, bytes, error);
    }
    if (text == NULL) {
        return bad ? fail(error, "22P03", parameter, NULL)
                   : fail(error, "53200", parameter, "out of memory");
    }
    (void)varve_bind_text(statement, parameter, text, strlen(text));
    return true;
}

/* Dates, times and intervals: PostgreSQL's integers are Varve's. */
static bool bind_time(struct varve_statement *statement, int parameter, int type, vv_slice bytes,
                      struct varve_error *error)
{
    struct varve_interval interval;
    int code = VARVE_UNSUPPORTED;

    switch (type) {
    case VARVE_TYPE_DATE:
        code = varve_bind_date(statement, parameter, (int32_t)integer_of(bytes));
        break;
    case VARVE_TYPE_TIME:
        code = varve_bind_time(statement, parameter, integer_of(bytes));
        break;
    case VARVE_TYPE_TIMESTAMP:
        code = varve_bind_timestamp(statement, parameter, integer_of(bytes));
        break;
    case VARVE_TYPE_TIMESTAMPTZ:
        code = varve_bind_timestamptz(statement, parameter, integer_of(bytes));
        break;
    case VARVE_TYPE_INTERVAL:
        interval =
            (struct varve_interval){.microseconds = integer_of(slice_make(bytes.data, 8)),
                                    .days = (int32_t)integer_of(slice_make(bytes.data + 8, 4)),
                                    .months = (int32_t)integer_of(slice_make(bytes.data + 12, 4))};
        code = varve_bind_interval(statement, parameter, &interval);
        break;
    default:
        return fail(error, "0A000", parameter, "binary parameters of this type are not supported");
    }
    return code == VARVE_OK || fail(error, "22008", parameter,
                                    type == VARVE_TYPE_DATE   ? "date out of range"
                                    : type == VARVE_TYPE_TIME ? "time out of range"
                                                              : "timestamp out of range");
}

static int64_t integer_of(vv_slice bytes)
{
    uint64_t value = (bytes.data[0] & 0x80) != 0 ? UINT64_MAX : 0;

    for (size_t i = 0; i < bytes.size; i++) {
        value = value << 8 | bytes.data[i];
    }
    return (int64_t)value;
}

static double real_of(vv_slice bytes)
{
    uint64_t bits = (uint64_t)integer_of(bytes);
    uint32_t short_bits = (uint32_t)bits;
    float short_value = 0;
    double value = 0;

    if (bytes.size == sizeof short_value) {
        memcpy(&short_value, &short_bits, sizeof short_value);
        return (double)short_value;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static struct format_text *scratch_text(struct format_scratch *scratch, size_t size)
{
    struct format_text *fresh = NULL;

    if (size <= FORMAT_SCRATCH_BYTES_MAX - scratch->size) {
        fresh = calloc(1, sizeof *fresh + size);
    }
    if (fresh != NULL) {
        scratch->size += size;
        fresh->next = scratch->first;
        scratch->first = fresh;
    }
    return fresh;
}

/* NULL with *bad_out: not a numeric. */
static const char *numeric_text(vv_slice bytes, struct format_scratch *scratch, bool *bad_out)
{
    struct wire_reader reader = wire_reader(bytes);
    unsigned count = wire_get_u16(&reader);
    int weight = (int16_t)wire_get_u16(&reader);
    unsigned sign = wire_get_u16(&reader);
    unsigned scale = wire_get_u16(&reader);
    struct format_text *made = NULL;
    char *at = NULL;
    int last = weight < 0 ? 0 : weight;

    *bad_out = reader.bad || bytes.size != 8 + 2 * (size_t)count || scale > NUMERIC_SCALE;
    if (*bad_out) {
        return NULL;
    }
    if (sign >= NUMERIC_NAN) {
        *bad_out = sign != NUMERIC_NAN && sign != NUMERIC_INF && sign != NUMERIC_MINUS;
        return *bad_out              ? NULL
               : sign == NUMERIC_NAN ? "NaN"
               : sign == NUMERIC_INF ? "Infinity"
                                     : "-Infinity";
    }
    made = scratch_text(scratch, ((size_t)last + 1) * 4 + scale + 16);
    if (made == NULL) {
        return NULL;
    }
    at = made->text;
    *at = '-';
    at += sign == NUMERIC_NEGATIVE;
    for (int place = last; place >= -(int)((scale + 3) / 4); place--) {
        bool stored = place <= weight && (unsigned)(weight - place) < count;
        unsigned digit = 0;

        if (stored) {
            const uint8_t *from = bytes.data + 8 + 2 * (size_t)(weight - place);

            digit = (unsigned)(from[0] << 8 | from[1]);
        }
        *bad_out = digit > 9999 || (sign != 0 && sign != NUMERIC_NEGATIVE);
        if (*bad_out) {
            return NULL;
        }
        if (place == -1) {
            *at++ = '.';
        }
        at += snprintf(at, 5, "%04u", digit);
    }
    at -= (4 - scale % 4) % 4;
    *at = '\0';
    return made->text;
}

static bool fail(struct varve_error *error, const char *sqlstate, int parameter, const char *text)
{
    memset(error, 0, sizeof *error);
    error->code = VARVE_ERROR;
    memcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
    if (text != NULL) {
        snprintf(error->message, sizeof error->message, "%s", text);
    } else {
        snprintf(error->message, sizeof error->message,
                 "incorrect binary data format in bind parameter %d", parameter);
    }
    return false;
}
