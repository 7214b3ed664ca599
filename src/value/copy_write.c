/* copy_write.c - fields as COPY's text and CSV (PostgreSQL: copyto.c). */
#include "value/copy.h"

#include <string.h>

static size_t put_text(const struct copy_format *format, vv_slice text, uint8_t *to);
static size_t put_quoted(const struct copy_format *format, vv_slice text, uint8_t *to);
static bool needs_quotes(const struct copy_format *format, vv_slice text, unsigned flags);

size_t copy_put_bytes_max(const struct copy_format *format, size_t text_size)
{
    return 2 * text_size + 2 + format->null.size;
}

size_t copy_put(const struct copy_format *format, const struct copy_field *field, unsigned flags,
                uint8_t *to)
{
    if (field->null) {
        memcpy(to, format->null.data, format->null.size);
        return format->null.size;
    }
    if (!format->csv) {
        return put_text(format, field->text, to);
    }
    if (needs_quotes(format, field->text, flags)) {
        return put_quoted(format, field->text, to);
    }
    if (field->text.size > 0) { /* else there may be no bytes to point to */
        memcpy(to, field->text.data, field->text.size);
    }
    return field->text.size;
}

static size_t put_text(const struct copy_format *format, vv_slice text, uint8_t *to)
{
    static const char values[] = "\b\f\n\r\t\v";
    static const char names[] = "bfnrtv";
    uint8_t *start = to;

    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        const char *found = byte >= ' ' || byte == 0 ? NULL : strchr(values, byte);

        if (found != NULL) {
            *to++ = '\\';
            byte = (uint8_t)names[found - values];
        } else if (byte == '\\' || byte == format->delimiter) {
            *to++ = '\\';
        }
        *to++ = byte;
    }
    return (size_t)(to - start);
}

/* What would be read as another row, another field or NULL. */
static bool needs_quotes(const struct copy_format *format, vv_slice text, unsigned flags)
{
    if ((flags & COPY_PUT_QUOTE) != 0 || slice_equal(text, format->null) ||
        ((flags & COPY_PUT_ALONE) != 0 && slice_equal(text, slice_text("\\.")))) {
        return true;
    }
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];

        if (byte == format->delimiter || byte == format->quote || byte == '\n' || byte == '\r') {
            return true;
        }
    }
    return false;
}

static size_t put_quoted(const struct copy_format *format, vv_slice text, uint8_t *to)
{
    uint8_t *start = to;

    *to++ = format->quote;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == format->quote || text.data[i] == format->escape) {
            *to++ = format->escape;
        }
        *to++ = text.data[i];
    }
    *to++ = format->quote;
    return (size_t)(to - start);
}
