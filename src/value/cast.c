/*
 * cast.c - pg_cast for the types there are, and the conversions.
 */
#include "value/cast.h"

#include <math.h>

#include "base/assert.h"
#include "value/text.h"

static vv_status to_boolean(const struct value *from, struct value *out);
static vv_status to_integer(const struct value *from, enum value_type to, struct value *out,
                            struct vv_error *error);
static vv_status to_double(const struct value *from, struct value *out);
static vv_status to_numeric(const struct value *from, struct value *out, struct vv_error *error);
static vv_status fit_numeric(int32_t modifier, struct value *out, struct vv_error *error);

/* pg_cast, rows from, columns to. N none, E explicit, A assignment, I implicit. */
static const char contexts[VALUE_TYPE_COUNT][VALUE_TYPE_COUNT + 1] = {
    /*                   U B I L D N T Y */
    [VALUE_UNKNOWN] = "IIIIIIII", [VALUE_BOOLEAN] = "NIENNNAN", [VALUE_INTEGER] = "NEIIIIAN",
    [VALUE_BIGINT] = "NNAIIIAN",  [VALUE_DOUBLE] = "NNAAIAAN",  [VALUE_NUMERIC] = "NNAAIIAN",
    [VALUE_TEXT] = "NEEEEEIE",    [VALUE_BYTEA] = "NNNNNNAI",
};

enum cast_context cast_between(enum value_type from, enum value_type to)
{
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
    } else if (from->type == VALUE_UNKNOWN || from->type == VALUE_TEXT) {
        VV_TRY(text_parse(to, from->bytes, arena, out, error));
    } else {
        out->null = false;
        switch (to) {
        case VALUE_BOOLEAN:
            VV_TRY(to_boolean(from, out));
            break;
        case VALUE_INTEGER:
        case VALUE_BIGINT:
            VV_TRY(to_integer(from, to, out, error));
            break;
        case VALUE_DOUBLE:
            VV_TRY(to_double(from, out));
            break;
        case VALUE_NUMERIC:
            VV_TRY(to_numeric(from, out, error));
            break;
        default:
            if (from->type ==
                VALUE_BOOLEAN) { /* boolean's text form is t; its cast to text is true */
                out->bytes = slice_text(from->boolean ? "true" : "false");
            } else if (text_of(from, arena, &out->bytes) != VV_OK) {
                return error_from_status(error, VV_NOMEM);
            }
            break;
        }
    }
    return to == VALUE_NUMERIC ? fit_numeric(modifier, out, error) : VV_OK;
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
    if (to == VALUE_INTEGER && (out->integer < INT32_MIN || out->integer > INT32_MAX)) {
        fits = false;
    }
    return fits ? VV_OK
                : error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "%s out of range",
                            value_types[to].text);
}

static vv_status to_double(const struct value *from, struct value *out)
{
    out->real =
        from->type == VALUE_NUMERIC ? numeric_to_double(&from->numeric) : (double)from->integer;
    return VV_OK;
}

static vv_status to_numeric(const struct value *from, struct value *out, struct vv_error *error)
{
    if (from->type != VALUE_DOUBLE) {
        out->numeric = numeric_from_int64(from->integer);
        return VV_OK;
    }
    if (numeric_from_double(from->real, &out->numeric) != VV_OK) {
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
