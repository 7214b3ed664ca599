/*
 * functions_format.c - concat(), format() and quoting: functions of any number of arguments of any type (9.4.1).
 *
 * Values are shown by their types' output functions, so true is t. Not strict: NULLs arrive here.
 */
#include <stdlib.h>

#include "eval/characters.h"
#include "eval/kernels.h"
#include "plan/deparse.h"
#include "value/text.h"

static vv_status append_value(struct characters_text *text, const struct value *value);
static void append_identifier(struct characters_text *text, vv_slice name);
static void append_literal(struct characters_text *text, vv_slice value);

EVAL_SCALAR(scalar_CONCAT_ANY)
{
    struct characters_text text = {.call = call};

    for (uint32_t i = 0; i < call->node->argument_count; i++) {
        VV_TRY(append_value(&text, &arguments[i]));
    }
    return characters_finish(&text, out);
}

EVAL_SCALAR(scalar_CONCAT_WS)
{
    struct characters_text text = {.call = call};
    bool first = true;

    if (arguments[0].null) {
        out->null = true;
        return VV_OK;
    }
    for (uint32_t i = 1; i < call->node->argument_count; i++) {
        if (!arguments[i].null) {
            if (!first) {
                characters_append(&text, arguments[0].bytes);
            }
            first = false;
            VV_TRY(append_value(&text, &arguments[i]));
        }
    }
    return characters_finish(&text, out);
}

static vv_status count_nulls(struct eval_call *call, const struct value *arguments, bool nulls,
                             struct value *out)
{
    out->integer = 0;
    for (uint32_t i = 0; i < call->node->argument_count; i++) {
        out->integer += arguments[i].null == nulls;
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_NUM_NULLS)
{
    return count_nulls(call, arguments, true, out);
}

EVAL_SCALAR(scalar_NUM_NONNULLS)
{
    return count_nulls(call, arguments, false, out);
}

/* ---- quoting ---- */

EVAL_SCALAR(scalar_QUOTE_IDENT)
{
    struct characters_text text = {.call = call};

    append_identifier(&text, arguments[0].bytes);
    return characters_finish(&text, out);
}

EVAL_SCALAR(scalar_QUOTE_LITERAL)
{
    struct characters_text text = {.call = call};

    append_literal(&text, arguments[0].bytes);
    return characters_finish(&text, out);
}

EVAL_SCALAR(scalar_QUOTE_NULLABLE)
{
    if (arguments[0].null) {
        out->bytes = slice_text("NULL");
        return VV_OK;
    }
    return scalar_QUOTE_LITERAL(call, arguments, out);
}

static bool is_safe_identifier(vv_slice name)
{
    if (name.size == 0 || !((name.data[0] >= 'a' && name.data[0] <= 'z') || name.data[0] == '_')) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return !deparse_is_keyword(name);
}

static void append_doubled(struct characters_text *text, vv_slice value, char quote)
{
    vv_slice mark = slice_make(&quote, 1);

    characters_append(text, mark);
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == (uint8_t)quote) {
            characters_append(text, mark);
        }
        characters_append(text, slice_make(value.data + i, 1));
    }
    characters_append(text, mark);
}

static void append_identifier(struct characters_text *text, vv_slice name)
{
    if (is_safe_identifier(name)) {
        characters_append(text, name);
    } else {
        append_doubled(text, name, '"');
    }
}

/* With backslashes it is E'…' and they are doubled. */
static void append_literal(struct characters_text *text, vv_slice value)
{
    if (memchr(value.size == 0 ? (const void *)"" : value.data, '\\', value.size) == NULL) {
        append_doubled(text, value, '\'');
        return;
    }
    characters_append(text, slice_text("E'"));
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '\'' || value.data[i] == '\\') {
            characters_append(text, slice_make(value.data + i, 1));
        }
        characters_append(text, slice_make(value.data + i, 1));
    }
    characters_append(text, slice_text("'"));
}

static vv_status append_value(struct characters_text *text, const struct value *value)
{
    vv_slice bytes;

    if (value->null) {
        return VV_OK;
    }
    if (text_of(value, &text->call->state->strings, &bytes) != VV_OK) {
        return eval_fault_set(EVAL_NOMEM, text->call->error);
    }
    characters_append(text, bytes);
    return VV_OK;
}

/* ---- format() ---- */

struct format {
    struct eval_call *call;
    const struct value *arguments;
    uint32_t count;
    vv_slice pattern;
    size_t at;
    uint32_t next; /* argument that a specifier without a number takes */
    struct characters_text text;
};

struct specifier {
    int64_t number; /* of the argument, 0: the next */
    int64_t width_number;
    int64_t width;
    bool has_width;
    bool width_argument;
    bool left;
};

static vv_status format_error(struct format *format, const char *message)
{
    return error_set(format->call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0, "%s", message);
}

static vv_status format_unterminated(struct format *format)
{
    (void)format_error(format, "unterminated format() type specifier");
    error_hint(format->call->error, "For a single \"%%\" use \"%%%%\".");
    return VV_ERROR;
}

static bool format_at(const struct format *format, char c)
{
    return format->at < format->pattern.size && format->pattern.data[format->at] == (uint8_t)c;
}

/* Digits at this place, if any. */
static vv_status format_number(struct format *format, bool *found_out, int64_t *number_out)
{
    *found_out = false;
    *number_out = 0;
    while (format->at < format->pattern.size && format->pattern.data[format->at] >= '0' &&
           format->pattern.data[format->at] <= '9') {
        *number_out = *number_out * 10 + (format->pattern.data[format->at++] - '0');
        *found_out = true;
        if (*number_out > INT32_MAX) {
            return error_set(format->call->error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                             "number is out of range");
        }
    }
    return format->at < format->pattern.size ? VV_OK : format_unterminated(format);
}

/* Behind the %: [number$] [-] [width | * | *number$] */
static vv_status format_parse(struct format *format, struct specifier *specifier)
{
    bool found = false;
    int64_t number = 0;

    VV_TRY(format_number(format, &found, &number));
    if (found) {
        if (!format_at(format, '$')) {
            specifier->has_width = true;
            specifier->width = number;
            return VV_OK;
        }
        format->at++;
        if (number == 0) {
            return format_error(format,
                                "format specifies argument 0, but arguments are numbered from 1");
        }
        specifier->number = number;
        if (format->at >= format->pattern.size) {
            return format_unterminated(format);
        }
    }
    while (format_at(format, '-')) {
        specifier->left = true;
        format->at++;
    }
    if (format->at >= format->pattern.size) {
        return format_unterminated(format);
    }
    if (!format_at(format, '*')) {
        VV_TRY(format_number(format, &specifier->has_width, &specifier->width));
        return VV_OK;
    }
    format->at++;
    specifier->width_argument = true;
    VV_TRY(format_number(format, &found, &specifier->width_number));
    if (found) {
        if (!format_at(format, '$')) {
            return format_error(format, "width argument position must be ended by \"$\"");
        }
        format->at++;
        if (specifier->width_number == 0) {
            return format_error(format,
                                "format specifies argument 0, but arguments are numbered from 1");
        }
        if (format->at >= format->pattern.size) {
            return format_unterminated(format);
        }
    }
    return VV_OK;
}

static vv_status format_argument(struct format *format, int64_t number, const struct value **out)
{
    if (number > 0) {
        format->next = (uint32_t)number;
    }
    number = number > 0 ? number : (int64_t)format->next;
    if (number >= format->count) {
        return format_error(format, "too few arguments for format()");
    }
    *out = &format->arguments[number];
    format->next = (uint32_t)number + 1;
    return VV_OK;
}

/* The width that an argument gives; negative: to the left. */
static vv_status format_width(struct format *format, struct specifier *specifier)
{
    const struct value *value = NULL;

    VV_TRY(format_argument(format, specifier->width_number, &value));
    if (value->null) {
        return VV_OK;
    }
    if (value->type == VALUE_INTEGER) {
        specifier->width = value->integer;
    } else {
        struct value number;
        vv_slice text;

        if (text_of(value, &format->call->state->strings, &text) != VV_OK) {
            return eval_fault_set(EVAL_NOMEM, format->call->error);
        }
        VV_TRY(text_parse(VALUE_INTEGER, text, &format->call->state->strings, &number,
                          format->call->error));
        specifier->width = number.integer;
    }
    specifier->has_width = true;
    if (specifier->width < 0) {
        specifier->left = true;
        specifier->width = -specifier->width;
    }
    return VV_OK;
}

static vv_status format_value(struct format *format, const struct specifier *specifier, char kind,
                              const struct value *value)
{
    struct characters_text shown = {.call = format->call};
    struct value result = {.type = VALUE_TEXT};
    size_t size;
    bool pad;
    vv_slice bytes = slice_make("", 0);

    if (value->null) {
        if (kind == 'I') {
            return error_set(format->call->error, VV_SQLSTATE_NULL_VALUE_NOT_ALLOWED, 0,
                             "null values cannot be formatted as an SQL identifier");
        }
        bytes = kind == 'L' ? slice_text("NULL") : bytes;
        kind = 's';
    } else if (text_of(value, &format->call->state->strings, &bytes) != VV_OK) {
        return eval_fault_set(EVAL_NOMEM, format->call->error);
    }
    if (kind == 'I') {
        append_identifier(&shown, bytes);
    } else if (kind == 'L') {
        append_literal(&shown, bytes);
    } else {
        characters_append(&shown, bytes);
    }
    VV_TRY(characters_finish(&shown, &result));
    size = characters_count(result.bytes);
    pad = specifier->has_width && specifier->width > (int64_t)size;
    if (pad && !specifier->left) {
        characters_repeat(&format->text, slice_text(" "), (size_t)specifier->width - size);
    }
    characters_append(&format->text, result.bytes);
    if (pad && specifier->left) {
        characters_repeat(&format->text, slice_text(" "), (size_t)specifier->width - size);
    }
    return VV_OK;
}

static vv_status format_one(struct format *format)
{
    struct specifier specifier = {0};
    const struct value *value = NULL;
    char kind;

    VV_TRY(format_parse(format, &specifier));
    kind = (char)format->pattern.data[format->at];
    if (kind != 's' && kind != 'I' && kind != 'L') {
        (void)error_set(format->call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "unrecognized format() type specifier \"%.*s\"",
                        (int)characters_at(format->pattern, format->at),
                        (const char *)format->pattern.data + format->at);
        error_hint(format->call->error, "For a single \"%%\" use \"%%%%\".");
        return VV_ERROR;
    }
    format->at++;
    if (specifier.width_argument) {
        VV_TRY(format_width(format, &specifier));
    }
    VV_TRY(format_argument(format, specifier.number, &value));
    return format_value(format, &specifier, kind, value);
}

EVAL_SCALAR(scalar_FORMAT)
{
    struct format format = {.call = call,
                            .arguments = arguments,
                            .count = call->node->argument_count,
                            .pattern = arguments[0].bytes,
                            .next = 1,
                            .text = {.call = call}};

    if (arguments[0].null) {
        out->null = true;
        return VV_OK;
    }
    while (format.at < format.pattern.size) {
        if (!format_at(&format, '%')) {
            characters_append(&format.text, slice_make(format.pattern.data + format.at, 1));
            format.at++;
            continue;
        }
        format.at++;
        if (format.at >= format.pattern.size) {
            return format_unterminated(&format);
        }
        if (format_at(&format, '%')) {
            characters_append(&format.text, slice_text("%"));
            format.at++;
        } else {
            VV_TRY(format_one(&format));
        }
    }
    return characters_finish(&format.text, out);
}
