/* error.c - filling PostgreSQL's error fields. */
#include "base/error.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const sqlstates[] = {
#define X(name, code) code,
#include "base/sqlstate.def"
#undef X
};

static void text_format(char *text, size_t text_bytes, const char *format, va_list arguments);

void error_clear(struct vv_error *error)
{
    memset(error, 0, sizeof *error);
    memcpy(error->sqlstate, "00000", 6);
}

vv_status error_set(struct vv_error *error, enum vv_sqlstate code, uint32_t position,
                    const char *format, ...)
{
    va_list arguments;

    if (error == NULL) {
        return VV_ERROR;
    }
    error_clear(error);
    memcpy(error->sqlstate, error_sqlstate_text(code), 6);
    error->position = position;
    va_start(arguments, format);
    text_format(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return VV_ERROR;
}

void error_detail(struct vv_error *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL) {
        return;
    }
    va_start(arguments, format);
    text_format(error->detail, sizeof error->detail, format, arguments);
    va_end(arguments);
}

void error_hint(struct vv_error *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL) {
        return;
    }
    va_start(arguments, format);
    text_format(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
}

void error_context(struct vv_error *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL) {
        return;
    }
    va_start(arguments, format);
    text_format(error->context, sizeof error->context, format, arguments);
    va_end(arguments);
}

vv_status error_from_status(struct vv_error *error, vv_status status)
{
    VV_ASSERT(status != VV_OK);
    if (status == VV_ERROR || error == NULL) {
        return VV_ERROR;
    }
    error_clear(error);
    memcpy(error->sqlstate, status_sqlstate(status), 6);
    snprintf(error->message, sizeof error->message, "%s", status_text(status));
    return VV_ERROR;
}

const char *error_sqlstate_text(enum vv_sqlstate code)
{
    VV_ASSERT((unsigned)code < VV_SQLSTATE_COUNT);
    return sqlstates[code];
}

/* Never leaves half a UTF-8 character at a cut. */
static void text_format(char *text, size_t text_bytes, const char *format, va_list arguments)
{
    int wanted = vsnprintf(text, text_bytes, format, arguments);
    size_t end = text_bytes - 1;

    if (wanted < 0 || (size_t)wanted < text_bytes) {
        return;
    }
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80) {
        end--;
    }
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0) {
        end--;
    }
    text[end] = '\0';
}
