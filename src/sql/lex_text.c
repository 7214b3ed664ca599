/*
 * lex_text.c - the longer texts of the lexer: UTF-8 check, strings with their escapes and
 * continuations, dollar quotes, names.
 */
#include "sql/lex_private.h"

#include "base/assert.h"
#include "base/limits.h"

#include <stdio.h>

static size_t utf8_size(const uint8_t *at, size_t left);
static size_t find_string_end(const struct lex *lex, size_t at, bool escapes, bool *plain_out);
static size_t find_continuation(const struct lex *lex, size_t at);
static bool decode_string(struct lex *lex, struct lex_token *token, size_t start, size_t end,
                          bool escapes, uint8_t *out);
static bool decode_escape(struct lex *lex, struct lex_token *token, size_t *at, uint8_t **out);
static bool decode_unicode(struct lex *lex, struct lex_token *token, size_t *at, uint8_t **out);
static bool read_unicode(const struct lex *lex, size_t at, uint32_t *code_out, size_t *end_out);
static void decode_octal(const struct lex *lex, size_t *at, uint8_t **out);
static bool decode_hex(const struct lex *lex, size_t *at, uint8_t **out);

size_t lex_check_utf8(vv_slice text, bool *ascii_out)
{
    size_t at = 0;

    *ascii_out = true;
    while (at < text.size) {
        size_t size = 1;

        /* Eight plain bytes at a time: none with the high bit, none zero. */
        while (text.size - at >= 8) {
            uint64_t word;

            memcpy(&word, text.data + at, 8);
            if (((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) != 0) {
                break;
            }
            at += 8;
        }
        if (at == text.size) {
            break;
        }
        size = utf8_size(text.data + at, text.size - at);
        if (size == 0) {
            return at;
        }
        *ascii_out = *ascii_out && size == 1;
        at += size;
    }
    return text.size;
}

/* The bytes of a valid character; 0: there is none. No overlong forms, no surrogates. */
static size_t utf8_size(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (first == 0 || (first >= 0x80 && first < 0xC2) || first > 0xF4 || size > left) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F) ||
        (first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F)) {
        return 0;
    }
    return size;
}

vv_status lex_error_utf8(const struct lex *lex, size_t at, struct vv_error *error)
{
    struct lex place = *lex;
    uint8_t first = lex->text.data[at];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 1;
    char bytes[4 * 5 + 1] = "";
    char *end = bytes;

    if (first >= 0x80 && first < 0xC0) {
        size = 1;
    }
    for (size_t i = 0; i < size && at + i < lex->text.size; i++) {
        end += snprintf(end, 6, "%s0x%02x", i == 0 ? "" : " ", lex->text.data[at + i]);
    }
    place.ascii = false;
    return error_set(error, VV_SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, lex_position(&place, at),
                     "invalid byte sequence for encoding \"UTF8\": %s", bytes);
}

void lex_unsupported(struct lex *lex, struct lex_token *token, const char *message)
{
    struct lex place = *lex;

    error_set(lex->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, lex_position(&place, lex->at), "%s",
              message);
    token->kind = LEX_ERROR;
    lex->at = lex->text.size;
}

void lex_string(struct lex *lex, struct lex_token *token, size_t prefix, bool escapes)
{
    size_t start = lex->at;
    size_t first = start + prefix + 1;
    size_t end = first;
    bool plain = true;
    uint8_t *out = NULL;

    /* Find the end first: the decoded text is never longer than what was written. */
    for (;;) {
        size_t again = 0;

        end = find_string_end(lex, end, escapes, &plain);
        if (end >= lex->text.size) {
            lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "unterminated quoted string", start,
                     lex->text.size);
            return;
        }
        again = find_continuation(lex, end + 1);
        if (again == 0) {
            break;
        }
        end = again;
        plain = false;
    }
    token->kind = LEX_STRING;
    token->value = slice_make(lex->text.data + first, end - first);
    if (!plain && lex->arena != NULL) {
        out = arena_get(lex->arena, end - first + 1);
        if (out == NULL) {
            lex->nomem = true;
            token->kind = LEX_ERROR;
            return;
        }
        token->value = slice_make(out, 0);
        if (!decode_string(lex, token, first, end, escapes, out)) {
            return;
        }
    }
    lex->at = end + 1;
}

/* The place of the quote that ends the string, or the text's end. '' and, with escapes, \' do not, and
 * clear *plain_out: what was written is not what is meant. */
static size_t find_string_end(const struct lex *lex, size_t at, bool escapes, bool *plain_out)
{
    const uint8_t *data = lex->text.data;

    for (; at < lex->text.size; at++) {
        if (data[at] == '\\' && escapes) {
            *plain_out = false;
            at++;
        } else if (data[at] == '\'') {
            if (lex_byte(lex, at + 1) != '\'') {
                return at;
            }
            *plain_out = false;
            at++;
        }
    }
    return lex->text.size;
}

/* quotecontinue: space and comments with at least one line break, then another quote. Returns the
 * place behind that quote, 0 when there is none. */
static size_t find_continuation(const struct lex *lex, size_t at)
{
    bool line_break = false;

    for (;;) {
        uint8_t byte = lex_byte(lex, at);

        if (byte == '\n' || byte == '\r') {
            line_break = true;
            at++;
        } else if (byte == ' ' || byte == '\t' || byte == '\f') {
            at++;
        } else if (byte == '-' && lex_byte(lex, at + 1) == '-') {
            at = lex_line_end(lex, at);
        } else {
            return byte == '\'' && line_break ? at + 1 : 0;
        }
    }
}

/* Decodes [at, end) to out and sets token->value. False: token is LEX_ERROR. */
static bool decode_string(struct lex *lex, struct lex_token *token, size_t at, size_t end,
                          bool escapes, uint8_t *out)
{
    const uint8_t *data = lex->text.data;
    uint8_t *begin = out;
    bool made_bytes = false;
    bool ascii = false;
    size_t bad = 0;

    while (at < end) {
        if (data[at] == '\'') {
            size_t again = find_continuation(lex, at + 1);

            /* Either '' or the join of two parts. */
            if (lex_byte(lex, at + 1) == '\'') {
                *out++ = '\'';
                at += 2;
            } else {
                at = again;
            }
        } else if (data[at] == '\\' && escapes) {
            made_bytes = true;
            if (!decode_escape(lex, token, &at, &out)) {
                return false;
            }
        } else {
            *out++ = data[at++];
        }
    }
    token->value = slice_make(begin, (size_t)(out - begin));
    bad = made_bytes ? lex_check_utf8(token->value, &ascii) : token->value.size;
    if (bad < token->value.size) {
        struct lex made = {.text = token->value};

        (void)lex_error_utf8(&made, bad, lex->error);
        if (lex->error != NULL) {
            lex->error->position = token->position;
        }
        token->kind = LEX_ERROR;
        lex->at = lex->text.size;
        return false;
    }
    return true;
}

/* At a backslash. */
static bool decode_escape(struct lex *lex, struct lex_token *token, size_t *at, uint8_t **out)
{
    uint8_t byte = lex_byte(lex, *at + 1);
    static const char names[] = "bfnrt";
    static const char values[] = "\b\f\n\r\t";
    const char *name = NULL;

    if (byte >= '0' && byte <= '7') {
        decode_octal(lex, at, out);
        return true;
    }
    if (byte == 'u' || byte == 'U') {
        return decode_unicode(lex, token, at, out);
    }
    if (byte == 'x' && decode_hex(lex, at, out)) {
        return true;
    }
    name = byte == 0 ? NULL : strchr(names, byte);
    *(*out)++ = name == NULL ? byte : (uint8_t)values[name - names];
    *at += 2;
    return true;
}

static void decode_octal(const struct lex *lex, size_t *at, uint8_t **out)
{
    unsigned value = 0;
    size_t end = *at + 1;

    while (end < *at + 4 && lex_byte(lex, end) >= '0' && lex_byte(lex, end) <= '7') {
        value = value * 8 + lex_byte(lex, end) - '0';
        end++;
    }
    *(*out)++ = (uint8_t)value;
    *at = end;
}

static bool decode_hex(const struct lex *lex, size_t *at, uint8_t **out)
{
    int high = lex_hex_value(lex_byte(lex, *at + 2));
    int low = lex_hex_value(lex_byte(lex, *at + 3));

    if (high < 0) {
        return false;
    }
    *(*out)++ = (uint8_t)(low < 0 ? high : high * 16 + low);
    *at += low < 0 ? 3 : 4;
    return true;
}

/* \uXXXX and \UXXXXXXXX; two halves of a surrogate pair make one character. */
static bool decode_unicode(struct lex *lex, struct lex_token *token, size_t *at, uint8_t **out)
{
    size_t start = *at;
    uint32_t code = 0;
    uint32_t second = 0;

    if (!read_unicode(lex, *at, &code, at)) {
        lex_fail(lex, token, VV_SQLSTATE_INVALID_ESCAPE_SEQUENCE, "invalid Unicode escape", start,
                 *at);
        error_hint(lex->error, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
        if (lex->error != NULL) {
            memcpy(lex->error->message, "invalid Unicode escape", sizeof "invalid Unicode escape");
        }
        return false;
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
        start = *at;
        if (lex_byte(lex, *at) != '\\' || !read_unicode(lex, *at, &second, at) || second < 0xDC00 ||
            second > 0xDFFF) {
            size_t shown = start + lex_character_size(lex, start);

            lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair", start,
                     second == 0 ? shown : *at);
            return false;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair", start,
                 *at);
        return false;
    }
    if (code == 0 || code > 0x10FFFF) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "invalid Unicode escape value", start, *at);
        return false;
    }
    *out = lex_put_utf8(*out, code);
    return true;
}

/* At a backslash. *end_out: behind the digits that are there. */
static bool read_unicode(const struct lex *lex, size_t at, uint32_t *code_out, size_t *end_out)
{
    uint8_t kind = lex_byte(lex, at + 1);
    size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    uint32_t code = 0;

    for (size_t i = 0; i < digits; i++) {
        int value = lex_hex_value(lex_byte(lex, at + 2 + i));

        if (value < 0) {
            *end_out = at + 2 + i;
            return false;
        }
        code = code << 4 | (uint32_t)value;
    }
    *code_out = code;
    *end_out = at + 2 + digits;
    return digits > 0;
}

int lex_hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

uint8_t *lex_put_utf8(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (uint8_t)code;
    } else if (code < 0x800) {
        *out++ = (uint8_t)(0xC0 | code >> 6);
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (uint8_t)(0xE0 | code >> 12);
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        *out++ = (uint8_t)(0xF0 | code >> 18);
        *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    }
    return out;
}

void lex_dollar_string(struct lex *lex, struct lex_token *token, size_t tag_size)
{
    const uint8_t *data = lex->text.data;
    const uint8_t *tag = data + lex->at;
    size_t first = lex->at + tag_size;
    const uint8_t *end =
        first > lex->text.size ? NULL : memmem(data + first, lex->text.size - first, tag, tag_size);

    if (end == NULL) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "unterminated dollar-quoted string", lex->at,
                 lex->text.size);
        return;
    }
    token->kind = LEX_STRING;
    token->value = slice_make(data + first, (size_t)(end - data) - first);
    lex->at = (size_t)(end - data) + tag_size;
}

vv_slice lex_name(const struct lex *lex, const struct lex_token *token)
{
    bool quoted = token->kind == LEX_QUOTED_NAME;
    const uint8_t *in = token->value.data + (quoted ? 1 : 0);
    size_t size = token->value.size - (quoted ? 2 : 0);
    size_t limit = size < LIMIT_NAME_BYTES + 1 ? size : LIMIT_NAME_BYTES + 1;
    uint8_t *name = arena_get(lex->arena, limit + 1);
    size_t written = 0;

    if (name == NULL) {
        return slice_make(NULL, 0);
    }
    for (size_t i = 0; i < size && written < limit; i++) {
        uint8_t byte = in[i];

        if (quoted && byte == '"') {
            i++;
        } else if (!quoted && byte >= 'A' && byte <= 'Z') {
            byte = (uint8_t)(byte + 32);
        }
        name[written++] = byte;
    }
    if (written > LIMIT_NAME_BYTES) {
        written = LIMIT_NAME_BYTES;
        while (written > 0 && (name[written] & 0xC0) == 0x80) {
            written--;
        }
    }
    name[written] = 0;
    return slice_make(name, written);
}
