/*
 * cast.c - pg_cast for the types there are, and the conversions.
 */
#include "value/cast.h"

#include <math.h>

#include "base/assert.h"
#include "value/cast_private.h"
#include "value/datetime.h"
#include "value/names.h"
#include "value/text.h"

static vv_status to_boolean(const struct value *from, struct value *out);
static vv_status to_integer(const struct value *from, enum value_type to, struct value *out,
                            struct vv_error *error);
static vv_status to_real(const struct value *from, struct value *out, struct vv_error *error);
static vv_status to_double(const struct value *from, struct value *out);
static vv_status to_numeric(const struct value *from, struct value *out, struct vv_error *error);
static vv_status fit_numeric(int32_t modifier, struct value *out, struct vv_error *error);
static vv_status fit_characters(int32_t length, bool cut, struct arena *arena, struct value *out,
                                struct vv_error *error);
static vv_status from_text(const struct value *from, enum value_type to, struct arena *arena,
                           struct value *out, struct vv_error *error);
static vv_status convert(const struct value *from, enum value_type to, struct arena *arena,
                         struct value *out, struct vv_error *error);

static enum cast_context cast_of_catalogs(enum value_type from, enum value_type to);

/* pg_cast and the casts by way of text, up to INTERVAL; columns in the order of types.def. N none, E explicit, A
 * assignment, I implicit. */
static const char contexts[VALUE_OID][VALUE_OID + 1] = {
    [VALUE_UNKNOWN] = "IIIIIIIIIIIIIIIIII",     [VALUE_BOOLEAN] = "NIENNNANNNAANNNNNN",
    [VALUE_INTEGER] = "NEIIIIANAIAANNNNNN",     [VALUE_BIGINT] = "NNAIIIANAIAANNNNNN",
    [VALUE_DOUBLE] = "NNAAIAANAAAANNNNNN",      [VALUE_NUMERIC] = "NNAAIIANAIAANNNNNN",
    [VALUE_TEXT] = "NEEEEEIEEEIIEEEEEE",        [VALUE_BYTEA] = "NNNNNNAINNAANNNNNN",
    [VALUE_SMALLINT] = "NNIIIIANIIAANNNNNN",    [VALUE_REAL] = "NNAAIAANAIAANNNNNN",
    [VALUE_VARCHAR] = "NEEEEEIEEEIIEEEEEE",     [VALUE_BPCHAR] = "NEEEEEIEEEIIEEEEEE",
    [VALUE_UUID] = "NNNNNNANNNAAINNNNN",        [VALUE_DATE] = "NNNNNNANNNAANINIIN",
    [VALUE_TIME] = "NNNNNNANNNAANNINNI",        [VALUE_TIMESTAMP] = "NNNNNNANNNAANAAIIN",
    [VALUE_TIMESTAMPTZ] = "NNNNNNANNNAANAAAIN", [VALUE_INTERVAL] = "NNNNNNANNNAANNANNI",
};

enum cast_context cast_between(enum value_type from, enum value_type to)
{
    if (from >= VALUE_OID || to >= VALUE_OID) {
        return cast_of_catalogs(from, to);
    }
    switch (contexts[from][to]) {
    case 'I':
        return CAST_IMPLICIT;
    case 'A':
        return CAST_ASSIGNMENT;
    case 'E':
        return CAST_EXPLICIT;
    default:
        return from == to ? CAST_IMPLICIT : CAST_NONE;
    }
}

static bool is_text(enum value_type type)
{
    return type == VALUE_TEXT || type == VALUE_VARCHAR || type == VALUE_BPCHAR;
}

static bool is_integer(enum value_type type)
{
    return type == VALUE_SMALLINT || type == VALUE_INTEGER || type == VALUE_BIGINT;
}

/* The same where a type of the system catalogs takes part: any value has a text, and all but the opaque ones can be
 * read from one. */
static enum cast_context cast_of_catalogs(enum value_type from, enum value_type to)
{
    bool oids = value_is_oid(from) && value_is_oid(to);
    bool own = from == VALUE_NAME || from == VALUE_LETTER || from == VALUE_NODE_TREE;

    if (from == to || from == VALUE_UNKNOWN) {
        return CAST_IMPLICIT;
    }
    if (oids && (from == VALUE_OID || to == VALUE_OID)) {
        return CAST_IMPLICIT;
    }
    if ((is_integer(from) && value_is_oid(to)) || (own && to == VALUE_TEXT) ||
        (is_text(from) && to == VALUE_NAME) ||
        ((from == VALUE_TEXT || from == VALUE_VARCHAR) && to == VALUE_REGCLASS)) {
        return CAST_IMPLICIT;
    }
    if (value_is_oid(from) && (to == VALUE_INTEGER || to == VALUE_BIGINT)) {
        return CAST_ASSIGNMENT;
    }
    if (is_text(to) || to == VALUE_NAME || (is_text(from) && to == VALUE_LETTER)) {
        return CAST_ASSIGNMENT;
    }
    if ((from == VALUE_LETTER && to == VALUE_INTEGER) ||
        (from == VALUE_INTEGER && to == VALUE_LETTER)) {
        return CAST_EXPLICIT;
    }
    return (is_text(from) || from == VALUE_NAME) && to != VALUE_UNKNOWN && !value_is_opaque(to)
               ? CAST_EXPLICIT
               : CAST_NONE;
}

vv_status cast_value(const struct value *from, enum value_type to, int32_t modifier,
                     struct arena *arena, struct value *out, struct vv_error *error)
{
    VV_ASSERT(cast_between((enum value_type)from->type, to) != CAST_NONE);
    *out = value_null(to);
    if (from->null) {
        return VV_OK;
    }
    if (from->type == to) {
        *out = *from;
    } else if (from->type == VALUE_LETTER && to == VALUE_INTEGER) {
        out->null = false;
        VV_TRY(names_cast(from, to, arena, out, error));
    } else if (value_is_string((enum value_type)from->type) && from->type != VALUE_BYTEA) {
        VV_TRY(from_text(from, to, arena, out, error));
    } else {
        out->null = false;
        VV_TRY(convert(from, to, arena, out, error));
    }
    return cast_fit(modifier, false, arena, out, error);
}

vv_status cast_fit(int32_t modifier, bool cut, struct arena *arena, struct value *value,
                   struct vv_error *error)
{
    if (modifier == VALUE_NO_MODIFIER || value->null) {
        return VV_OK;
    }
    switch ((enum value_type)value->type) {
    case VALUE_NUMERIC:
        return fit_numeric(modifier, value, error);
    case VALUE_VARCHAR:
    case VALUE_BPCHAR:
        return fit_characters(modifier - 4, cut, arena, value, error);
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ:
        value->integer = datetime_round(value->integer, modifier);
        return VV_OK;
    case VALUE_INTERVAL:
        interval_fit(modifier, &value->interval);
        return VV_OK;
    default:
        return VV_OK;
    }
}

/* A CHAR(n) becomes another string without the blanks at its end; as input of other types it has them. */
static vv_status from_text(const struct value *from, enum value_type to, struct arena *arena,
                           struct value *out, struct vv_error *error)
{
    bool blanks =
        from->type == VALUE_BPCHAR && (to == VALUE_TEXT || to == VALUE_VARCHAR || to == VALUE_NAME);
    vv_slice text = blanks ? value_without_blanks(from->bytes) : from->bytes;

    if (from->type == VALUE_LETTER && text_of(from, arena, &text) != VV_OK) {
        return error_from_status(error, VV_NOMEM);
    }
    return text_parse(to, text, arena, out, error);
}

static vv_status convert(const struct value *from, enum value_type to, struct arena *arena,
                         struct value *out, struct vv_error *error)
{
    if (value_is_oid(to) || to == VALUE_LETTER ||
        (value_is_oid((enum value_type)from->type) &&
         (to == VALUE_INTEGER || to == VALUE_BIGINT))) {
        return names_cast(from, to, arena, out, error);
    }
    switch (to) {
    case VALUE_BOOLEAN:
        return to_boolean(from, out);
    case VALUE_SMALLINT:
    case VALUE_INTEGER:
    case VALUE_BIGINT:
        return to_integer(from, to, out, error);
    case VALUE_REAL:
        return to_real(from, out, error);
    case VALUE_DOUBLE:
        return to_double(from, out);
    case VALUE_NUMERIC:
        return to_numeric(from, out, error);
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ:
    case VALUE_INTERVAL:
        return cast_datetime(from, to, out, error);
    default:
        if (from->type == VALUE_BOOLEAN) { /* boolean's text form is t; its cast to text is true */
            out->bytes = slice_text(from->boolean ? "true" : "false");
            return VV_OK;
        }
        if (text_of(from, arena, &out->bytes) != VV_OK) {
            return error_from_status(error, VV_NOMEM);
        }
        out->bytes = to == VALUE_NAME ? names_cut(out->bytes) : out->bytes;
        return VV_OK;
    }
}

static vv_status to_boolean(const struct value *from, struct value *out)
{
    out->boolean = from->integer != 0;
    return VV_OK;
}

static vv_status to_integer(const struct value *from, enum value_type to, struct value *out,
                            struct vv_error *error)
{
    bool fits = true;
    double rounded;

    switch ((enum value_type)from->type) {
    case VALUE_BOOLEAN:
        out->integer = from->boolean;
        break;
    case VALUE_REAL:
    case VALUE_DOUBLE: /* half to even: the default rounding mode */
        rounded = nearbyint(from->real);
        fits = rounded >= -0x1p63 && rounded < 0x1p63;
        out->integer = fits ? (int64_t)rounded : 0;
        break;
    case VALUE_NUMERIC:
        if (from->numeric.kind != NUMERIC_FINITE) {
            return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0, "cannot convert %s to %s",
                             from->numeric.kind == NUMERIC_NAN ? "NaN" : "infinity",
                             value_types[to].text);
        }
        fits = numeric_to_int64(&from->numeric, &out->integer) == VV_OK;
        break;
    default:
        out->integer = from->integer;
        break;
    }
    if (to != VALUE_BIGINT) {
        int64_t high = to == VALUE_INTEGER ? INT32_MAX : INT16_MAX;

        fits = fits && out->integer >= -high - 1 && out->integer <= high;
    }
    return fits ? VV_OK
                : error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "%s out of range",
                            value_types[to].text);
}

static vv_status to_real(const struct value *from, struct value *out, struct vv_error *error)
{
    struct value text;
    float single;

    switch ((enum value_type)from->type) {
    case VALUE_NUMERIC: { /* by way of text, so that it is rounded once */
        char digits[NUMERIC_TEXT_BYTES];

        text = value_bytes(VALUE_TEXT, slice_make(digits, numeric_print(&from->numeric, digits)));
        return text_parse(VALUE_REAL, text.bytes, NULL, out, error);
    }
    case VALUE_DOUBLE:
        single = (float)from->real;
        if ((isinf(single) && !isinf(from->real)) || (single == 0 && from->real != 0)) {
            return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                             "value out of range: %s", single == 0 ? "underflow" : "overflow");
        }
        break;
    default:
        single = (float)from->integer;
        break;
    }
    out->real = (double)single;
    return VV_OK;
}

static vv_status to_double(const struct value *from, struct value *out)
{
    switch ((enum value_type)from->type) {
    case VALUE_NUMERIC:
        out->real = numeric_to_double(&from->numeric);
        break;
    case VALUE_REAL:
        out->real = from->real;
        break;
    default:
        out->real = (double)from->integer;
        break;
    }
    return VV_OK;
}

static vv_status to_numeric(const struct value *from, struct value *out, struct vv_error *error)
{
    if (from->type != VALUE_DOUBLE && from->type != VALUE_REAL) {
        out->numeric = numeric_from_int64(from->integer);
        return VV_OK;
    }
    if ((from->type == VALUE_REAL ? numeric_from_real(from->real, &out->numeric)
                                  : numeric_from_double(from->real, &out->numeric)) != VV_OK) {
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "value overflows numeric format");
    }
    return VV_OK;
}

/* NUMERIC(precision, scale). */
static vv_status fit_numeric(int32_t modifier, struct value *out, struct vv_error *error)
{
    unsigned precision = (unsigned)(modifier - 4) >> 16 & 0xFFFF;
    int scale = (int)(((unsigned)(modifier - 4) & 0x7FF) ^ 1024) - 1024;

    if (modifier < 4 || numeric_fit(&out->numeric, precision, scale, &out->numeric) == VV_OK) {
        return VV_OK;
    }
    (void)error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "numeric field overflow");
    if (out->numeric.kind != NUMERIC_FINITE) {
        error_detail(error, "A field with precision %u, scale %d cannot hold an infinite value.",
                     precision, scale);
    } else {
        error_detail(
            error,
            "A field with precision %u, scale %d must round to an absolute value less than %s%d.",
            precision, scale, (int)precision == scale ? "" : "10^",
            (int)precision == scale ? 1 : (int)precision - scale);
    }
    return VV_ERROR;
}

/* VARCHAR(n) and CHAR(n): n characters. Blanks beyond it always go; anything else only with `cut`. */
static vv_status fit_characters(int32_t length, bool cut, struct arena *arena, struct value *out,
                                struct vv_error *error)
{
    vv_slice text = out->bytes;
    size_t at = 0;
    int32_t characters = 0;
    uint8_t *padded = NULL;

    for (; at < text.size && characters < length; characters++) {
        at++;
        while (at < text.size && (text.data[at] & 0xC0) == 0x80) {
            at++;
        }
    }
    for (size_t rest = at; !cut && rest < text.size; rest++) {
        if (text.data[rest] != ' ') {
            return error_set(error, VV_SQLSTATE_STRING_DATA_RIGHT_TRUNCATION, 0,
                             "value too long for type %s(%d)", value_types[out->type].text, length);
        }
    }
    out->bytes.size = at;
    if (out->type == VALUE_BPCHAR && characters < length) {
        size_t blanks = (size_t)(length - characters);

        padded = arena_get(arena, at + blanks);
        if (padded == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        if (at != 0) {
            memcpy(padded, text.data, at);
        }
        memset(padded + at, ' ', blanks);
        out->bytes = slice_make(padded, at + blanks);
    }
    return VV_OK;
}
