/*
 * lex_private.h - what the files of the lexer share: looking at bytes, failing, strings.
 */
#ifndef VARVE_SQL_LEX_PRIVATE_H
#define VARVE_SQL_LEX_PRIVATE_H

#include "sql/lex.h"

/* The byte at a place; 0 beyond the end (the text has no NUL, L2). */
static inline uint8_t lex_byte(const struct lex *lex, size_t at)
{
    return at < lex->text.size ? lex->text.data[at] : 0;
}

static inline uint8_t lex_peek(const struct lex *lex, size_t ahead)
{
    return lex_byte(lex, lex->at + ahead);
}

static inline size_t lex_skip_digits(const struct lex *lex, size_t at)
{
    while (lex_byte(lex, at) >= '0' && lex_byte(lex, at) <= '9') {
        at++;
    }
    return at;
}

/* The place of the next line break, or the end. */
static inline size_t lex_line_end(const struct lex *lex, size_t at)
{
    while (at < lex->text.size && lex->text.data[at] != '\n' && lex->text.data[at] != '\r') {
        at++;
    }
    return at;
}

/* The bytes of the (valid) character at a place. */
static inline size_t lex_character_size(const struct lex *lex, size_t at)
{
    size_t end = at + 1;

    while (end < lex->text.size && (lex->text.data[end] & 0xC0) == 0x80) {
        end++;
    }
    return end - at;
}

/* lex_text.c: the first byte that is no UTF-8 (or a NUL), text.size when all is well. */
size_t lex_check_utf8(vv_slice text, bool *ascii_out);

/* Sets 22021 with the bytes at a place of lex's text. */
vv_status lex_error_utf8(const struct lex *lex, size_t at, struct vv_error *error);

/* lex.c: makes token LEX_ERROR and ends the lexer; [start, end) is shown. */
void lex_fail(struct lex *lex, struct lex_token *token, enum vv_sqlstate code, const char *message,
              size_t start, size_t end);

/* lex_text.c: 0A000 at the lexer's place. */
void lex_unsupported(struct lex *lex, struct lex_token *token, const char *message);

/* A '…' string behind `prefix` bytes (the letter of E'…', which has escapes, or X'…'). */
void lex_string(struct lex *lex, struct lex_token *token, size_t prefix, bool escapes);

/* lex.c: skips space and comments. False: a comment does not end. */
bool lex_skip_space(struct lex *lex, struct lex_token *token);

/* lex.c: a "…" name behind `prefix` bytes. */
void lex_quoted_name(struct lex *lex, struct lex_token *token, size_t prefix);

/* lex_unicode.c: U&'…' or U&"…", with its UESCAPE. */
void lex_unicode(struct lex *lex, struct lex_token *token);

/* -1: no hexadecimal digit. */
int lex_hex_value(uint8_t byte);
/* Returns the place behind the character. */
uint8_t *lex_put_utf8(uint8_t *out, uint32_t code);

/* $tag$ … $tag$; tag_size counts both dollars. */
void lex_dollar_string(struct lex *lex, struct lex_token *token, size_t tag_size);

#endif
