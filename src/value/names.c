/* names.c - see names.h. */
#include "value/names.h"

#include <stdio.h>

#include "base/limits.h"
#include "value/context.h"
#include "value/scan.h"
#include "value/text.h"

#define QUOTED_MAX 900 /* of a bad name in a message */

static vv_status parse_number(enum value_type type, vv_slice text, int64_t *out,
                              struct vv_error *error);
static vv_status not_found(enum value_type type, vv_slice text, struct vv_error *error);

vv_status names_parse_oid(enum value_type type, vv_slice text, int64_t *out, struct vv_error *error)
{
    uint32_t oid = 0;
    bool digits = text.size > 0;
    vv_status status = VV_OK;

    *out = 0;
    if (type == VALUE_OID || type == VALUE_XID) {
        return parse_number(type, text, out, error);
    }
    if (slice_equal(text, slice_text("-"))) {
        return VV_OK;
    }
    for (size_t i = 0; i < text.size; i++) {
        digits &= text.data[i] >= '0' && text.data[i] <= '9';
    }
    if (digits) {
        return parse_number(VALUE_OID, text, out, error);
    }
    status = context_find_object(type, text, &oid, error);
    *out = oid;
    return status == VV_NOT_FOUND ? not_found(type, text, error) : status;
}

size_t names_print_oid(enum value_type type, int64_t oid, char *to)
{
    size_t size = 0;

    if (type != VALUE_OID && type != VALUE_XID) {
        if (oid == 0) {
            to[0] = '-';
            return 1;
        }
        size = context_name_object(type, (uint32_t)oid, to);
    }
    return size != 0 ? size : text_print_int64(oid, to);
}

vv_slice names_cut(vv_slice text)
{
    size_t size = text.size;

    if (size > LIMIT_NAME_BYTES) {
        size = LIMIT_NAME_BYTES;
        while (size > 0 && (text.data[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    return slice_make(text.data, size);
}

vv_status names_cast(const struct value *from, enum value_type to, struct arena *arena,
                     struct value *out, struct vv_error *error)
{
    uint8_t *letter = NULL;

    if (to == VALUE_LETTER) { /* of an INTEGER */
        if (from->integer < INT8_MIN || from->integer > INT8_MAX) {
            return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                             "\"char\" out of range");
        }
        letter = arena_get(arena, 1);
        if (letter == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        letter[0] = (uint8_t)from->integer;
        out->bytes = slice_make(letter, from->integer == 0 ? 0 : 1);
        return VV_OK;
    }
    if (from->type == VALUE_LETTER) {
        out->integer = from->bytes.size == 0 ? 0 : (int8_t)from->bytes.data[0];
        return VV_OK;
    }
    out->integer = from->integer;
    if (value_is_oid(to) && from->type == VALUE_BIGINT &&
        (from->integer < 0 || from->integer > UINT32_MAX)) {
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "OID out of range");
    }
    if (value_is_oid(to)) {
        out->integer = (int64_t)(uint32_t)from->integer;
    } else if (to == VALUE_INTEGER) {
        out->integer = (int32_t)from->integer;
    }
    return VV_OK;
}

bool names_take_part(vv_slice *text, char *to)
{
    struct scan scan = scan_begin(*text);
    size_t size = 0;
    bool quoted = false;

    scan_spaces(&scan);
    quoted = !scan_ended(&scan) && *scan.at == '"';
    if (quoted) {
        for (scan.at++; !scan_ended(&scan); scan.at++) {
            if (*scan.at == '"' && (scan.at + 1 == scan.end || scan.at[1] != '"')) {
                break;
            }
            scan.at += *scan.at == '"';
            if (size < LIMIT_NAME_BYTES) {
                to[size++] = (char)*scan.at;
            }
        }
        if (scan_ended(&scan)) {
            return false;
        }
        scan.at++;
    } else {
        for (; !scan_ended(&scan) && *scan.at != '.' && !scan_is_space(*scan.at); scan.at++) {
            if (size < LIMIT_NAME_BYTES) {
                to[size++] = (char)scan_lower(*scan.at);
            }
        }
    }
    to[size] = 0;
    scan_spaces(&scan);
    if (size == 0 || (!scan_ended(&scan) && *scan.at != '.')) {
        return false;
    }
    if (!scan_ended(&scan)) {
        scan.at++;
        if (scan_ended(&scan)) {
            return false;
        }
    }
    *text = slice_make(scan.at, (size_t)(scan.end - scan.at));
    return true;
}

size_t names_quote(const char *name, bool always, char *to)
{
    bool plain = !always && ((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_');
    size_t size = 0;

    for (const char *c = name; *c != 0 && plain; c++) {
        plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_';
    }
    if (plain) {
        size = strlen(name);
        memcpy(to, name, size);
        return size;
    }
    to[size++] = '"';
    for (const char *c = name; *c != 0; c++) {
        if (*c == '"') {
            to[size++] = '"';
        }
        to[size++] = *c;
    }
    to[size++] = '"';
    return size;
}

/* A sign is allowed: -1 is the greatest. An XID takes anything, as strtoul() does. */
static vv_status parse_number(enum value_type type, vv_slice text, int64_t *out,
                              struct vv_error *error)
{
    struct scan scan = scan_begin(text);
    const int size = (int)(text.size < QUOTED_MAX ? text.size : QUOTED_MAX);
    bool negative = false;
    bool digits = false;
    bool overflow = false;
    int64_t x = 0;

    scan_spaces(&scan);
    negative = scan_sign(&scan);
    for (; scan_digit(&scan); scan.at++) {
        digits = true;
        x = x * 10 + (*scan.at - '0');
        overflow |= x > UINT32_MAX;
        x = overflow ? 0 : x;
    }
    scan_spaces(&scan);
    if (type != VALUE_XID && (!digits || !scan_ended(&scan))) {
        return error_set(error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, 0,
                         "invalid input syntax for type oid: \"%.*s\"", size,
                         (const char *)text.data);
    }
    if (type != VALUE_XID && (overflow || (negative && x > (int64_t)INT32_MAX + 1))) {
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "value \"%.*s\" is out of range for type oid", size,
                         (const char *)text.data);
    }
    *out = (int64_t)(uint32_t)(negative ? -x : x);
    return VV_OK;
}

static vv_status not_found(enum value_type type, vv_slice text, struct vv_error *error)
{
    static const struct {
        enum vv_sqlstate sqlstate;
        const char *what;
    } kinds[VALUE_TYPE_COUNT] = {
        [VALUE_REGCLASS] = {VV_SQLSTATE_UNDEFINED_TABLE, "relation"},
        [VALUE_REGTYPE] = {VV_SQLSTATE_UNDEFINED_OBJECT, "type"},
        [VALUE_REGPROC] = {VV_SQLSTATE_UNDEFINED_FUNCTION, "function"},
        [VALUE_REGNAMESPACE] = {VV_SQLSTATE_INVALID_SCHEMA_NAME, "schema"},
        [VALUE_REGROLE] = {VV_SQLSTATE_UNDEFINED_OBJECT, "role"},
    };

    return error_set(error, kinds[type].sqlstate, 0, "%s \"%.*s\" does not exist", kinds[type].what,
                     (int)(text.size < QUOTED_MAX ? text.size : QUOTED_MAX),
                     (const char *)text.data);
}
