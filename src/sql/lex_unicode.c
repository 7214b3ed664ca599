/*
 * lex_unicode.c - U&'…' and U&"…": strings and names whose characters may be written as \XXXX or \+XXXXXX.
 *
 * Another escape character than \ may follow as UESCAPE '!', so the token is only complete with what comes behind it.
 * Errors point at the escape (PostgreSQL: str_udeescape() in parser.c).
 */
#include "sql/lex_private.h"

#include <stdio.h>

#define PREFIX_BYTES 3u /* U&' */

struct unicode_text {
    struct lex *lex;
    struct lex_token *token;
    vv_slice in;
    size_t at;
    uint8_t escape;
    uint8_t *out;
    size_t size;
    uint32_t first_half; /* of a surrogate pair; 0: none waits for its second */
};

static bool fail(struct unicode_text *text, const char *message)
{
    uint32_t characters = 0;

    for (size_t i = 0; i < text->at; i++) {
        characters += (text->in.data[i] & 0xC0) != 0x80;
    }
    error_set(text->lex->error, VV_SQLSTATE_SYNTAX_ERROR,
              text->token->position + PREFIX_BYTES + characters, "%s", message);
    text->token->kind = LEX_ERROR;
    text->lex->at = text->lex->text.size;
    return false;
}

/* The code of `digits` hexadecimal digits behind `skip` bytes; -1: they are not there. */
static int64_t code_at(const struct unicode_text *text, size_t skip, size_t digits)
{
    int64_t code = 0;

    if (text->in.size - text->at < skip + digits) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        int value = lex_hex_value(text->in.data[text->at + skip + i]);

        if (value < 0) {
            return -1;
        }
        code = code << 4 | value;
    }
    return code;
}

static bool put_code(struct unicode_text *text, uint32_t code)
{
    bool first = code >= 0xD800 && code <= 0xDBFF;
    bool second = code >= 0xDC00 && code <= 0xDFFF;

    if (code == 0 || code > 0x10FFFF) {
        return fail(text, "invalid Unicode escape value");
    }
    if (second != (text->first_half != 0)) {
        return fail(text, "invalid Unicode surrogate pair");
    }
    if (second) {
        code = 0x10000 + ((text->first_half - 0xD800) << 10) + (code - 0xDC00);
    }
    text->first_half = first ? code : 0;
    if (!first) {
        text->size = (size_t)(lex_put_utf8(text->out + text->size, code) - text->out);
    }
    return true;
}

/* At the escape character. */
static bool decode_escape(struct unicode_text *text)
{
    bool four = text->at + 1 < text->in.size && text->in.data[text->at + 1] != '+';
    int64_t code = four ? code_at(text, 1, 4) : code_at(text, 2, 6);

    if (code < 0) {
        (void)fail(text, "invalid Unicode escape");
        error_hint(text->lex->error, "Unicode escapes must be \\XXXX or \\+XXXXXX.");
        return false;
    }
    if (!put_code(text, (uint32_t)code)) {
        return false;
    }
    text->at += four ? 5 : 8;
    return true;
}

static bool decode(struct unicode_text *text)
{
    while (text->at < text->in.size) {
        uint8_t byte = text->in.data[text->at];
        bool doubled = byte == text->escape && text->at + 1 < text->in.size &&
                       text->in.data[text->at + 1] == byte;

        if (byte == text->escape && !doubled) {
            if (!decode_escape(text)) {
                return false;
            }
            continue;
        }
        if (text->first_half != 0) {
            return fail(text, "invalid Unicode surrogate pair");
        }
        text->out[text->size++] = byte;
        text->at += doubled ? 2 : 1;
    }
    return text->first_half == 0 || fail(text, "invalid Unicode surrogate pair");
}

/* UESCAPE '!' behind the token, if it is there. False: token is LEX_ERROR. */
static bool escape_read(struct lex *lex, struct lex_token *token, uint8_t *escape_out)
{
    struct lex ahead = *lex;
    struct lex_token next;
    uint8_t escape = 0;

    *escape_out = '\\';
    if (!lex_skip_space(&ahead, &next) || (lex_peek(&ahead, 0) | 0x20) != 'u' ||
        lex_peek(&ahead, 1) == '&') { /* no further such text here: this must not nest */
        return true;                  /* an error behind the token is told when it is met */
    }
    lex_next(&ahead, &next);
    if (next.keyword != KEYWORD_UESCAPE || !lex_skip_space(&ahead, &next)) {
        return true;
    }
    next = (struct lex_token){.start = ahead.at, .end = ahead.at + 1};
    if (lex_peek(&ahead, 1) != '&') {
        lex_next(&ahead, &next);
    }
    if (next.kind != LEX_STRING || lex->text.data[next.start] != '\'') {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR,
                 "UESCAPE must be followed by a simple string literal", next.start, next.end);
        return false;
    }
    escape = next.value.size == 1 ? next.value.data[0] : 0;
    if (escape == 0 || lex_hex_value(escape) >= 0 || escape == '+' || escape == '\'' ||
        escape == '"' || (escape >= '\t' && escape <= '\r') || escape == ' ') {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "invalid Unicode escape character",
                 next.start, next.end);
        return false;
    }
    *lex = ahead;
    *escape_out = escape;
    return true;
}

/* The name between its quotes, "" made ". */
static vv_slice name_text(const struct lex *lex, const struct lex_token *token)
{
    vv_slice raw = slice_make(lex->text.data + token->start + PREFIX_BYTES,
                              lex->at - token->start - PREFIX_BYTES - 1);
    uint8_t *out = arena_get(lex->arena, raw.size);
    size_t size = 0;

    for (size_t i = 0; out != NULL && i < raw.size; i++) {
        out[size++] = raw.data[i];
        i += raw.data[i] == '"';
    }
    return slice_make(out, out == NULL ? 0 : size);
}

/* Back into quotes, as lex_name() wants it. */
static vv_slice name_quote(const struct lex *lex, vv_slice name)
{
    uint8_t *out = arena_get(lex->arena, 2 * name.size + 2);
    size_t size = 0;

    if (out == NULL) {
        return slice_make(NULL, 0);
    }
    out[size++] = '"';
    for (size_t i = 0; i < name.size; i++) {
        out[size++] = name.data[i];
        if (name.data[i] == '"') {
            out[size++] = '"';
        }
    }
    out[size++] = '"';
    return slice_make(out, size);
}

void lex_unicode(struct lex *lex, struct lex_token *token)
{
    bool is_name = lex_peek(lex, 2) == '"';
    struct unicode_text text = {.lex = lex, .token = token};

    if (is_name) {
        lex_quoted_name(lex, token, PREFIX_BYTES - 1);
    } else {
        lex_string(lex, token, PREFIX_BYTES - 1, false);
    }
    if (token->kind == LEX_ERROR || lex->arena == NULL) {
        return;
    }
    text.in = is_name ? name_text(lex, token) : token->value;
    text.out = arena_get(lex->arena, text.in.size + 1);
    if (text.in.data == NULL || text.out == NULL) {
        lex->nomem = true;
        token->kind = LEX_ERROR;
        return;
    }
    if (!escape_read(lex, token, &text.escape) || !decode(&text)) {
        return;
    }
    token->value = slice_make(text.out, text.size);
    if (is_name) {
        token->value = name_quote(lex, token->value);
        if (token->value.data == NULL) {
            lex->nomem = true;
            token->kind = LEX_ERROR;
        }
    }
}
