/*
 * lex.c - one token at a time. The rules and their names in comments are those of PostgreSQL's scan.l.
 */
#include "sql/lex.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/planted.h"
#include "sql/lex_private.h"

#include <stdio.h>

enum char_class {
    OTHER = 0,
    SPACE = 1,
    LETTER = 2, /* ident_start: letters, _ and every byte of a longer character */
    DIGIT = 4,
    OPERATOR_CHAR = 8, /* op_chars */
    SYMBOL = 16        /* self, as far as it is no op_char */
};

static const uint8_t classes[256] = {
    ['\t'] = SPACE,        ['\n'] = SPACE,           ['\f'] = SPACE,         ['\r'] = SPACE,
    [' '] = SPACE,         ['0' ... '9'] = DIGIT,    ['A' ... 'Z'] = LETTER, ['a' ... 'z'] = LETTER,
    ['_'] = LETTER,        [0x80 ... 0xFF] = LETTER, ['~'] = OPERATOR_CHAR,  ['!'] = OPERATOR_CHAR,
    ['@'] = OPERATOR_CHAR, ['#'] = OPERATOR_CHAR,    ['^'] = OPERATOR_CHAR,  ['&'] = OPERATOR_CHAR,
    ['|'] = OPERATOR_CHAR, ['`'] = OPERATOR_CHAR,    ['?'] = OPERATOR_CHAR,  ['+'] = OPERATOR_CHAR,
    ['-'] = OPERATOR_CHAR, ['*'] = OPERATOR_CHAR,    ['/'] = OPERATOR_CHAR,  ['%'] = OPERATOR_CHAR,
    ['<'] = OPERATOR_CHAR, ['>'] = OPERATOR_CHAR,    ['='] = OPERATOR_CHAR,  [','] = SYMBOL,
    ['('] = SYMBOL,        [')'] = SYMBOL,           ['['] = SYMBOL,         [']'] = SYMBOL,
    ['.'] = SYMBOL,        [';'] = SYMBOL,           [':'] = SYMBOL,
};

static void skip_word(struct lex *lex);
static bool at_string_prefix(const struct lex *lex);
static bool at_comment(const struct lex *lex);
static bool skip_block_comment(struct lex *lex);
static void lex_word(struct lex *lex, struct lex_token *token);
static void lex_number(struct lex *lex, struct lex_token *token);
static size_t word_end(const struct lex *lex, size_t at);
static size_t skip_exponent(const struct lex *lex, size_t at, bool *half_out);
static void lex_dollar(struct lex *lex, struct lex_token *token);
static void lex_parameter(struct lex *lex, struct lex_token *token);
static void lex_symbol(struct lex *lex, struct lex_token *token);
static void lex_operator(struct lex *lex, struct lex_token *token);
static size_t operator_size(const uint8_t *text, size_t size);
static bool is_known_question_operator(const uint8_t *text, size_t size);

static inline bool is(uint8_t byte, unsigned wanted)
{
    return (classes[byte] & wanted) != 0;
}

vv_status lex_init(struct lex *lex, vv_slice text, struct arena *arena, struct vv_error *error)
{
    bool ascii = false;
    size_t bad = lex_check_utf8(text, &ascii);

    *lex = (struct lex){.text = text, .arena = arena, .error = error, .ascii = ascii};
    if (bad < text.size) {
        return lex_error_utf8(lex, bad, error);
    }
    return VV_OK;
}

void lex_next(struct lex *lex, struct lex_token *token)
{
    uint8_t first = 0;

    token->keyword = KEYWORD_ABSENT;
    token->symbol = '\0';
    if (!lex_skip_space(lex, token)) {
        return;
    }
    token->start = lex->at;
    token->position = lex->ascii ? (uint32_t)lex->at + 1 : lex_position(lex, lex->at);
    if (lex->at == lex->text.size) {
        token->kind = LEX_END;
        token->end = lex->at;
        token->value = slice_make("", 0);
        return;
    }
    first = lex->text.data[lex->at];
    if (is(first, LETTER)) {
        lex_word(lex, token);
    } else if (is(first, DIGIT) || (first == '.' && is(lex_peek(lex, 1), DIGIT))) {
        lex_number(lex, token);
    } else if (first == '\'') {
        lex_string(lex, token, 0, false);
    } else if (first == '"') {
        lex_quoted_name(lex, token, 0);
    } else if (first == '$') {
        lex_dollar(lex, token);
    } else if (is(first, OPERATOR_CHAR)) {
        lex_operator(lex, token);
    } else {
        lex_symbol(lex, token);
    }
    if (token->kind != LEX_ERROR) {
        VV_ASSERT(lex->at > token->start); /* L1 */
        token->end = lex->at;
        if (token->kind != LEX_STRING && token->kind != LEX_HEX_STRING &&
            !(token->kind == LEX_QUOTED_NAME && first != '"')) {
            token->value = slice_make(lex->text.data + token->start, token->end - token->start);
        }
    }
}

bool lex_skip_statement(struct lex *lex)
{
    struct lex_token token;

    while (lex->at < lex->text.size) {
        uint8_t first = lex->text.data[lex->at];

        if (is(first, LETTER) && !at_string_prefix(lex)) {
            skip_word(lex);
        } else if (is(first, LETTER) || first == '\'' || first == '"' || first == '$') {
            lex_next(lex, &token);
            if (token.kind == LEX_ERROR) {
                return false;
            }
        } else if (at_comment(lex)) {
            if (!lex_skip_space(lex, &token)) {
                return false;
            }
        } else {
            lex->at++;
            if (first == ';') {
                return true;
            }
        }
    }
    return false;
}

static void skip_word(struct lex *lex)
{
    const uint8_t *data = lex->text.data;

    while (lex->at < lex->text.size &&
           (is(data[lex->at], LETTER | DIGIT) || data[lex->at] == '$')) {
        lex->at++;
    }
}

/* At E'…', B'…', X'…' or U&'…', or what looks like it. */
static bool at_string_prefix(const struct lex *lex)
{
    return lex_peek(lex, 1) == '\'' || lex_peek(lex, 1) == '&';
}

static bool at_comment(const struct lex *lex)
{
    uint8_t second = lex_peek(lex, 1);

    return (lex_peek(lex, 0) == '-' && second == '-') || (lex_peek(lex, 0) == '/' && second == '*');
}

void lex_seek(struct lex *lex, const struct lex_token *token, size_t bytes_into)
{
    lex->at = token->start + bytes_into;
    lex->counted = token->start;
    lex->characters = token->position - 1;
}

uint32_t lex_position(struct lex *lex, size_t byte)
{
    if (lex->ascii) {
        return (uint32_t)byte + 1;
    }
    VV_ASSERT(byte >= lex->counted);
    for (; lex->counted < byte; lex->counted++) {
        lex->characters += (lex->text.data[lex->counted] & 0xC0) != 0x80;
    }
    return lex->characters + 1;
}

void lex_error_at(const struct lex *lex, enum vv_sqlstate code, const char *message, size_t start,
                  size_t end, uint32_t position)
{
    if (start >= lex->text.size) {
        error_set(lex->error, code, position, "%s at end of input", message);
    } else {
        size_t size = end - start;

        size = size > ERROR_TEXT_BYTES ? ERROR_TEXT_BYTES : size;
        error_set(lex->error, code, position, "%s at or near \"%.*s\"", message, (int)size,
                  (const char *)lex->text.data + start);
    }
}

void lex_fail(struct lex *lex, struct lex_token *token, enum vv_sqlstate code, const char *message,
              size_t start, size_t end)
{
    struct lex place = *lex;

    lex_error_at(lex, code, message, start, end, lex_position(&place, start));
    token->kind = LEX_ERROR;
    token->keyword = KEYWORD_ABSENT;
    token->symbol = '\0';
    lex->at = lex->text.size;
}

/* Skips space and comments. False: a comment does not end. */
bool lex_skip_space(struct lex *lex, struct lex_token *token)
{
    const uint8_t *data = lex->text.data;

    for (;;) {
        uint8_t first = 0;

        while (lex->at < lex->text.size && is(data[lex->at], SPACE)) {
            lex->at++;
        }
        first = lex_peek(lex, 0);
        if (first == '-' && lex_peek(lex, 1) == '-') {
            lex->at = lex_line_end(lex, lex->at);
        } else if (first == '/' && lex_peek(lex, 1) == '*') {
            size_t start = lex->at;

            if (!skip_block_comment(lex)) {
                lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "unterminated /* comment", start,
                         lex->text.size);
                return false;
            }
        } else {
            return true;
        }
    }
}

/* Comments nest. */
static bool skip_block_comment(struct lex *lex)
{
    size_t depth = 1;

    lex->at += 2;
    while (depth > 0) {
        const uint8_t *data = lex->text.data + lex->at;
        size_t left = lex->text.size - lex->at;

        if (left < 2 - PLANTED_BUG) {
            return false;
        }
        if (data[0] == '/' && data[1] == '*') {
            depth++;
            lex->at += 2;
        } else if (data[0] == '*' && data[1] == '/') {
            depth--;
            lex->at += 2;
        } else {
            lex->at++;
        }
    }
    return true;
}

/* A name or key word; or the letter before a string of a special form. */
static void lex_word(struct lex *lex, struct lex_token *token)
{
    const uint8_t *data = lex->text.data;
    uint8_t first = data[lex->at] | 0x20;
    uint8_t second = lex_peek(lex, 1);
    char folded[32];
    size_t size = 0;

    if (second == '\'' && first == 'e') {
        lex_string(lex, token, 1, true);
        return;
    }
    if (second == '\'' && first == 'b') {
        lex_unsupported(lex, token, "bit strings are not supported");
        return;
    }
    if (second == '\'' && first == 'x') {
        lex_string(lex, token, 1, false);
        if (token->kind == LEX_STRING) {
            token->kind = LEX_HEX_STRING;
        }
        return;
    }
    if (first == 'u' && second == '&' && (lex_peek(lex, 2) == '\'' || lex_peek(lex, 2) == '"')) {
        lex_unicode(lex, token);
        return;
    }
    token->kind = LEX_NAME;
    while (lex->at < lex->text.size &&
           (is(data[lex->at], LETTER | DIGIT) || data[lex->at] == '$')) {
        uint8_t byte = data[lex->at++];

        if (size < sizeof folded) {
            folded[size] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
        }
        size++;
    }
    if (size <= sizeof folded) {
        token->keyword = keyword_find(slice_make(folded, size));
    }
    /* N'…' is the type name NCHAR before a string. */
    if (size == 1 && first == 'n' && lex_peek(lex, 0) == '\'') {
        token->keyword = KEYWORD_NCHAR;
    }
}

void lex_quoted_name(struct lex *lex, struct lex_token *token, size_t prefix)
{
    const uint8_t *data = lex->text.data;
    size_t start = lex->at;

    token->kind = LEX_QUOTED_NAME;
    lex->at += prefix + 1;
    for (;;) {
        const uint8_t *quote = memchr(data + lex->at, '"', lex->text.size - lex->at);

        if (quote == NULL) {
            lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "unterminated quoted identifier", start,
                     lex->text.size);
            return;
        }
        lex->at = (size_t)(quote - data) + 1;
        if (lex_peek(lex, 0) != '"') {
            break;
        }
        lex->at++;
    }
    if (lex->at == start + prefix + 2) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "zero-length delimited identifier", start,
                 lex->at);
    }
}

/* integer, decimal, real; "1..2" is 1 before "..". */
static void lex_number(struct lex *lex, struct lex_token *token)
{
    size_t at = lex->at;
    bool half = false;

    token->kind = LEX_INTEGER;
    at = lex_skip_digits(lex, at);
    if (lex_byte(lex, at) == '.' && !(lex_byte(lex, at + 1) == '.' && at > lex->at)) {
        token->kind = LEX_NUMBER;
        at = lex_skip_digits(lex, at + 1);
    }
    if ((lex_byte(lex, at) | 0x20) == 'e') {
        size_t after = skip_exponent(lex, at, &half);

        if (after > at) {
            token->kind = LEX_NUMBER;
            at = after;
        }
    }
    if (half || is(lex_byte(lex, at), LETTER)) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "trailing junk after numeric literal",
                 lex->at, half ? at : word_end(lex, at));
        return;
    }
    lex->at = at;
}

/* Where the name that begins at a place ends. */
static size_t word_end(const struct lex *lex, size_t at)
{
    while (is(lex_byte(lex, at), LETTER | DIGIT) || lex_byte(lex, at) == '$') {
        at++;
    }
    return at;
}

/* At an `e`. Returns where the exponent ends, or `at` when none begins; *half_out: "1e+" and no digit. */
static size_t skip_exponent(const struct lex *lex, size_t at, bool *half_out)
{
    size_t digits = at + 1;

    if (lex_byte(lex, digits) == '+' || lex_byte(lex, digits) == '-') {
        digits++;
    }
    if (is(lex_byte(lex, digits), DIGIT)) {
        return lex_skip_digits(lex, digits);
    }
    *half_out = digits > at + 1;
    return *half_out ? digits : at;
}

/* $1, $tag$ … $tag$, or a lone $ that nothing accepts. */
static void lex_dollar(struct lex *lex, struct lex_token *token)
{
    size_t at = lex->at + 1;

    if (is(lex_byte(lex, at), DIGIT)) {
        lex_parameter(lex, token);
        return;
    }
    if (is(lex_byte(lex, at), LETTER)) {
        while (is(lex_byte(lex, at), LETTER | DIGIT)) {
            at++;
        }
    }
    if (lex_byte(lex, at) == '$') {
        lex_dollar_string(lex, token, at + 1 - lex->at);
        return;
    }
    token->kind = LEX_SYMBOL;
    token->symbol = '$';
    lex->at++;
}

static void lex_parameter(struct lex *lex, struct lex_token *token)
{
    size_t at = lex_skip_digits(lex, lex->at + 1);

    if (is(lex_byte(lex, at), LETTER)) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "trailing junk after parameter", lex->at,
                 word_end(lex, at));
        return;
    }
    token->kind = LEX_PARAMETER;
    lex->at = at;
}

static void lex_symbol(struct lex *lex, struct lex_token *token)
{
    uint8_t first = lex->text.data[lex->at];
    uint8_t second = lex_peek(lex, 1);

    if (first == ':' && second == ':') {
        token->kind = LEX_TYPECAST;
        lex->at += 2;
    } else if (first == ':' && second == '=') {
        token->kind = LEX_COLON_EQUALS;
        lex->at += 2;
    } else if (first == '.' && second == '.') {
        token->kind = LEX_DOT_DOT;
        lex->at += 2;
    } else {
        /* A character that begins nothing (like a backslash) is a symbol that nothing accepts. */
        token->kind = LEX_SYMBOL;
        token->symbol = (char)first;
        lex->at++;
    }
}

static void lex_operator(struct lex *lex, struct lex_token *token)
{
    const uint8_t *text = lex->text.data + lex->at;
    size_t run = 0;
    size_t size = 0;

    /* A window of twice the longest operator: a megabyte of `+` is not looked at again for each. */
    while (run < lex->text.size - lex->at && run < 2 * LIMIT_NAME_BYTES &&
           is(text[run], OPERATOR_CHAR)) {
        run++;
    }
    size = operator_size(text, run);
    if (size > LIMIT_NAME_BYTES) {
        lex_fail(lex, token, VV_SQLSTATE_SYNTAX_ERROR, "operator too long", lex->at,
                 lex->at + size);
        return;
    }
    token->kind = LEX_OPERATOR;
    token->symbol = size == 1 ? (char)text[0] : '\0';
    if (size == 2 && text[0] == '=' && text[1] == '>') {
        token->kind = LEX_EQUALS_GREATER;
    }
    lex->at += size;
}

/* How much of a run of operator characters is one operator. */
static size_t operator_size(const uint8_t *text, size_t size)
{
    bool keeps_sign = false;

    /* A comment ends it. */
    for (size_t i = 1; i + 1 < size; i++) {
        if ((text[i] == '/' && text[i + 1] == '*') || (text[i] == '-' && text[i + 1] == '-')) {
            size = i;
        }
    }
    /* `=?` is a comparison with a parameter: no operator of PostgreSQL but a few ends in `?`. */
    while (size > 1 && text[size - 1] == '?' && !is_known_question_operator(text, size)) {
        size--;
    }
    /* + and - at its end belong to the operand, unless the operator could not be SQL's anyway. */
    for (size_t i = 0; i < size; i++) {
        keeps_sign = keeps_sign || strchr("~!@#^&|`?%", text[i]) != NULL;
    }
    while (!keeps_sign && size > 1 && (text[size - 1] == '+' || text[size - 1] == '-')) {
        size--;
    }
    return size;
}

static bool is_known_question_operator(const uint8_t *text, size_t size)
{
    return size == 2 && text[0] == '@';
}
