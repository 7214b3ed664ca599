/*
 * functions_encode.c - bytes as text and back: encode(), decode(), and conversions between encodings (9.5).
 *
 * Encodings: UTF8, LATIN1 and SQL_ASCII (bytes as they are); others that PostgreSQL has are 0A000.
 */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "eval/characters.h"
#include "eval/kernels.h"

#define LINE_CHARACTERS 76 /* of base64 */

enum encoding {
    ENCODING_NONE,
#define ENCODING(name, family) ENCODING_##name,
#include "eval/encodings.def"
};

enum encoding_family {
    ENCODING_IN_ITSELF,
    ENCODING_IN_POLISH,
    ENCODING_IN_CYRILLIC,
    ENCODING_IN_JAPANESE,
    ENCODING_IN_JIS_2004,
    ENCODING_IN_CHINESE
};

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

static bool is_named(vv_slice name, const char *text)
{
    return name.size == strlen(text) && strncasecmp((const char *)name.data, text, name.size) == 0;
}

static vv_status format_unknown(struct eval_call *call, vv_slice name)
{
    return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                     "unrecognized encoding: \"%.*s\"", (int)name.size, (const char *)name.data);
}

/* ---- encode ---- */

static void encode_hex(struct characters_text *text, vv_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        char pair[2] = {hex_digits[bytes.data[i] >> 4], hex_digits[bytes.data[i] & 15]};

        characters_append(text, slice_make(pair, 2));
    }
}

static void encode_escape(struct characters_text *text, vv_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t c = bytes.data[i];
        char octal[8];

        if (c == '\\') {
            characters_append(text, slice_text("\\\\"));
        } else if (c == 0 || c >= 0x80) {
            characters_append(
                text, slice_make(octal, (size_t)snprintf(octal, sizeof octal, "\\%03o", c)));
        } else {
            characters_append(text, slice_make(&c, 1));
        }
    }
}

static void encode_base64(struct characters_text *text, vv_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t word = 0;
        char four[4];

        for (size_t k = 0; k < 3; k++) {
            word = word << 8 | (k < count ? bytes.data[i + k] : 0u);
        }
        for (size_t k = 0; k < 4; k++) {
            four[k] = k <= count ? base64_digits[word >> (18 - 6 * k) & 63] : '=';
        }
        characters_append(text, slice_make(four, 4));
        if (count == 3 && (i / 3 + 1) * 4 % LINE_CHARACTERS == 0) {
            characters_append(text, slice_text("\n"));
        }
    }
}

EVAL_SCALAR(scalar_ENCODE)
{
    struct characters_text text = {.call = call};
    vv_slice name = arguments[1].bytes;

    if (is_named(name, "hex")) {
        encode_hex(&text, arguments[0].bytes);
    } else if (is_named(name, "base64")) {
        encode_base64(&text, arguments[0].bytes);
    } else if (is_named(name, "escape")) {
        encode_escape(&text, arguments[0].bytes);
    } else {
        return format_unknown(call, name);
    }
    return characters_finish(&text, out);
}

/* ---- decode ---- */

static vv_status decode_error(struct eval_call *call, const char *format, vv_slice text, size_t at)
{
    return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0, format,
                     (int)characters_at(text, at), (const char *)text.data + at);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int hex_value(uint8_t c)
{
    const char *found = c == 0 ? NULL : strchr(hex_digits, tolower(c));

    return found == NULL ? -1 : (int)(found - hex_digits);
}

static vv_status decode_hex(struct characters_text *bytes, vv_slice text)
{
    for (size_t at = 0; at < text.size;) {
        uint8_t byte;

        if (is_space(text.data[at])) {
            at++;
            continue;
        }
        if (hex_value(text.data[at]) < 0) {
            return decode_error(bytes->call, "invalid hexadecimal digit: \"%.*s\"", text, at);
        }
        if (at + 1 >= text.size) {
            return error_set(bytes->call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid hexadecimal data: odd number of digits");
        }
        if (hex_value(text.data[at + 1]) < 0) {
            return decode_error(bytes->call, "invalid hexadecimal digit: \"%.*s\"", text, at + 1);
        }
        byte = (uint8_t)(hex_value(text.data[at]) << 4 | hex_value(text.data[at + 1]));
        characters_append(bytes, slice_make(&byte, 1));
        at += 2;
    }
    return VV_OK;
}

static vv_status decode_escape(struct characters_text *bytes, vv_slice text)
{
    for (size_t at = 0; at < text.size;) {
        const uint8_t *from = text.data + at;
        size_t rest = text.size - at;
        uint8_t byte = from[0];
        size_t step = 1;

        if (byte == '\\' && rest >= 4 && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
            from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
            byte = (uint8_t)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            step = 4;
        } else if (byte == '\\' && rest >= 2 && from[1] == '\\') {
            step = 2;
        } else if (byte == '\\') {
            return error_set(bytes->call->error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, 0,
                             "invalid input syntax for type %s", "bytea");
        }
        characters_append(bytes, slice_make(&byte, 1));
        at += step;
    }
    return VV_OK;
}

static vv_status decode_base64(struct characters_text *bytes, vv_slice text)
{
    uint32_t word = 0;
    int place = 0, ends = 0; /* ends: bytes that the last four characters hold; 0: three */

    for (size_t at = 0; at < text.size; at++) {
        uint8_t c = text.data[at];
        const char *found = c == 0 ? NULL : strchr(base64_digits, c);

        if (is_space(c)) {
            continue;
        }
        if (c == '=') {
            if (ends == 0) { /* the first = stands third or fourth */
                if (place != 2 && place != 3) {
                    return error_set(bytes->call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                                     "unexpected \"=\" while decoding base64 sequence");
                }
                ends = place == 2 ? 1 : 2;
            }
            found = base64_digits;
        }
        if (found == NULL) {
            return decode_error(bytes->call,
                                "invalid symbol \"%.*s\" found while decoding base64 sequence",
                                text, at);
        }
        word = word << 6 | (uint32_t)(found - base64_digits);
        if (++place == 4) {
            uint8_t three[3] = {(uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word};

            characters_append(bytes, slice_make(three, ends == 0 ? 3u : (size_t)ends));
            place = 0;
            word = 0;
        }
    }
    if (place != 0) {
        (void)error_set(bytes->call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "invalid base64 end sequence");
        error_hint(bytes->call->error,
                   "Input data is missing padding, is truncated, or is otherwise corrupted.");
        return VV_ERROR;
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_DECODE)
{
    struct characters_text bytes = {.call = call};
    vv_slice name = arguments[1].bytes;

    if (is_named(name, "hex")) {
        VV_TRY(decode_hex(&bytes, arguments[0].bytes));
    } else if (is_named(name, "base64")) {
        VV_TRY(decode_base64(&bytes, arguments[0].bytes));
    } else if (is_named(name, "escape")) {
        VV_TRY(decode_escape(&bytes, arguments[0].bytes));
    } else {
        return format_unknown(call, name);
    }
    return characters_finish(&bytes, out);
}

/* ---- encodings ---- */

static const struct {
    const char *name;
    enum encoding_family family;
} encodings[] = {
#define ENCODING(name, family) [ENCODING_##name] = {#name, ENCODING_IN_##family},
#include "eval/encodings.def"
};

/* As pg_char_to_encoding(): letters and digits count, in any case. */
static enum encoding encoding_find(vv_slice name)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } names[] = {
#define ENCODING_NAME(text, name) {#text, ENCODING_##name},
#include "eval/encodings.def"
    };
    char clean[32];
    size_t size = 0;

    for (size_t i = 0; i < name.size && size + 1 < sizeof clean; i++) {
        if (isalnum(name.data[i])) {
            clean[size++] = (char)tolower(name.data[i]);
        }
    }
    clean[size] = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, clean) == 0) {
            return names[i].encoding;
        }
    }
    return ENCODING_NONE;
}

static vv_status encoding_of(struct eval_call *call, vv_slice name, const char *which,
                             enum encoding *encoding_out)
{
    *encoding_out = encoding_find(name);
    return *encoding_out != ENCODING_NONE
               ? VV_OK
               : error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                           "invalid %s encoding name \"%.*s\"", which, (int)name.size,
                           (const char *)name.data);
}

static bool is_converted_here(enum encoding encoding)
{
    return encoding == ENCODING_UTF8 || encoding == ENCODING_LATIN1 ||
           encoding == ENCODING_SQL_ASCII;
}

/* Only Unicode and relatives have conversions in PostgreSQL; of those, few are here. */
static vv_status no_conversion(struct eval_call *call, enum encoding from, enum encoding to)
{
    enum encoding_family family = encodings[from].family;
    bool unicode = from == ENCODING_UTF8 || to == ENCODING_UTF8;
    bool mule = from == ENCODING_MULE_INTERNAL || to == ENCODING_MULE_INTERNAL;
    bool related =
        unicode != mule || (family != ENCODING_IN_ITSELF && family == encodings[to].family);

    return related ? error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                               "conversion from %s to %s is not supported yet",
                               encodings[from].name, encodings[to].name)
                   : error_set(call->error, VV_SQLSTATE_UNDEFINED_FUNCTION, 0,
                               "default conversion function for encoding \"%s\" to \"%s\" does "
                               "not exist",
                               encodings[from].name, encodings[to].name);
}

/* 0xe4 0x62 … of the character that begins at `at`. */
static void show_bytes(vv_slice bytes, size_t at, char *to, size_t room)
{
    uint8_t c = bytes.data[at];
    size_t wanted = (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : (c & 0xF8) == 0xF0 ? 4 : 1;
    size_t size = 0;

    for (size_t i = 0; i < wanted && at + i < bytes.size; i++) {
        size += (size_t)snprintf(to + size, room - size, "%s0x%02x", i == 0 ? "" : " ",
                                 bytes.data[at + i]);
    }
}

static vv_status not_valid(struct eval_call *call, const char *encoding, vv_slice bytes, size_t at)
{
    char shown[64];

    show_bytes(bytes, at, shown, sizeof shown);
    return error_set(call->error, VV_SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, 0,
                     "invalid byte sequence for encoding \"%s\": %s", encoding, shown);
}

static vv_status to_latin1(struct characters_text *result, vv_slice text)
{
    for (size_t at = 0; at < text.size;) {
        size_t size = characters_at(text, at);
        uint32_t code = characters_decode(slice_make(text.data + at, size));
        uint8_t byte = (uint8_t)code;

        if (code > 0xFF) {
            char shown[64];

            show_bytes(text, at, shown, sizeof shown);
            return error_set(result->call->error, VV_SQLSTATE_UNTRANSLATABLE_CHARACTER, 0,
                             "character with byte sequence %s in encoding \"UTF8\" has no "
                             "equivalent in encoding \"LATIN1\"",
                             shown);
        }
        characters_append(result, slice_make(&byte, 1));
        at += size;
    }
    return VV_OK;
}

static vv_status convert(struct eval_call *call, vv_slice bytes, enum encoding from,
                         enum encoding to, struct value *out)
{
    struct characters_text result = {.call = call};
    size_t zero = 0;

    out->bytes = bytes;
    from = from == ENCODING_SQL_ASCII ? to : from;
    if (from == ENCODING_UTF8 && characters_valid(bytes) < bytes.size) {
        return not_valid(call, "UTF8", bytes, characters_valid(bytes));
    }
    while (from != ENCODING_UTF8 && zero < bytes.size && bytes.data[zero] != 0) {
        zero++;
    }
    if (from != ENCODING_UTF8 && zero < bytes.size) {
        return not_valid(call, encodings[from].name, bytes, zero);
    }
    if (from == to || to == ENCODING_SQL_ASCII) {
        return VV_OK;
    }
    if (!is_converted_here(from) || !is_converted_here(to)) {
        return no_conversion(call, from, to);
    }
    if (to == ENCODING_LATIN1) {
        VV_TRY(to_latin1(&result, bytes));
        return characters_finish(&result, out);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t utf8[4];

        characters_append(&result, slice_make(utf8, characters_encode(bytes.data[i], utf8)));
    }
    return characters_finish(&result, out);
}

EVAL_SCALAR(scalar_CONVERT)
{
    enum encoding from, to;

    VV_TRY(encoding_of(call, arguments[1].bytes, "source", &from));
    VV_TRY(encoding_of(call, arguments[2].bytes, "destination", &to));
    return convert(call, arguments[0].bytes, from, to, out);
}

EVAL_SCALAR(scalar_CONVERT_FROM)
{
    enum encoding from;

    VV_TRY(encoding_of(call, arguments[1].bytes, "source", &from));
    return convert(call, arguments[0].bytes, from, ENCODING_UTF8, out);
}

EVAL_SCALAR(scalar_CONVERT_TO)
{
    enum encoding to;

    VV_TRY(encoding_of(call, arguments[1].bytes, "destination", &to));
    return convert(call, arguments[0].bytes, ENCODING_UTF8, to, out);
}

EVAL_SCALAR(scalar_CLIENT_ENCODING)
{
    out->bytes = slice_text("UTF8");
    return VV_OK;
}
