/*
 * lex.h - text to tokens, by PostgreSQL's lexical rules (its scan.l).
 *
 * A lexer is a small value: copy it to come back to a place. Strings are decoded as they are met;
 * names are folded only when the parser asks (lex_name()), because most words are key words.
 *
 * Promises: L1 every token ends after it begins, so any loop over tokens ends;
 *           L2 the bytes looked at are valid UTF-8 without NUL (checked once, at lex_init()).
 */
#ifndef VARVE_SQL_LEX_H
#define VARVE_SQL_LEX_H

#include "base/arena.h"
#include "base/error.h"
#include "sql/keywords.h"

enum lex_kind {
    LEX_END,           /* of the text */
    LEX_ERROR,         /* the error is set */
    LEX_NAME,          /* keyword says whether it is one */
    LEX_QUOTED_NAME,   /* "..." */
    LEX_INTEGER,       /* digits only */
    LEX_NUMBER,        /* with point or exponent */
    LEX_STRING,        /* value is decoded; a part of the text when nothing had to be */
    LEX_HEX_STRING,    /* X'…': value is what stands between the quotes */
    LEX_PARAMETER,     /* $1 */
    LEX_OPERATOR,      /* symbol is its one character, or 0 */
    LEX_SYMBOL,        /* one of , ( ) [ ] . ; : in symbol */
    LEX_TYPECAST,      /* :: */
    LEX_DOT_DOT,       /* .. */
    LEX_COLON_EQUALS,  /* := */
    LEX_EQUALS_GREATER /* => */
};

struct lex_token {
    enum lex_kind kind;
    enum keyword keyword;
    char symbol;
    size_t start; /* bytes [start, end) of the text */
    size_t end;
    uint32_t position; /* 1-based character of start */
    vv_slice value;    /* LEX_STRING: decoded; otherwise the bytes as written */
};

struct lex {
    vv_slice text;
    size_t at;           /* the next byte */
    size_t counted;      /* characters are counted up to this byte … */
    uint32_t characters; /* … and are this many */
    bool ascii;          /* the whole text is: positions need no counting */
    struct arena *arena; /* for strings; NULL: values stay empty */
    struct vv_error *error;
    bool nomem; /* LEX_ERROR for lack of memory */
};

/* Checks that text is UTF-8 (22021). borrow: text as long as tokens and their values. */
VV_MUST_USE vv_status lex_init(struct lex *lex, vv_slice text, struct arena *arena,
                               struct vv_error *error);

/* The next token. After LEX_END or LEX_ERROR do not call again. */
void lex_next(struct lex *lex, struct lex_token *token_out);

/* Moves behind the next `;` that is not within a string, name or comment, without making tokens.
 * False: there is none, or something does not end; where the lexer stands then is of no use. */
bool lex_skip_statement(struct lex *lex);

/* Goes back to byte `at`, which lies at or after a token's start that was seen. */
void lex_seek(struct lex *lex, const struct lex_token *token, size_t bytes_into);

/* The name a LEX_NAME or LEX_QUOTED_NAME token spells: folded, without quotes, cut to LIMIT_NAME_BYTES.
 * data NULL: out of memory. */
vv_slice lex_name(const struct lex *lex, const struct lex_token *token);

/* The 1-based character position of a byte at or after the last token asked for. */
uint32_t lex_position(struct lex *lex, size_t byte);

/* Sets error to `message at or near "…"`, where … is [start, end) of the text, or to `message at end of
 * input`. */
void lex_error_at(const struct lex *lex, enum vv_sqlstate code, const char *message, size_t start,
                  size_t end, uint32_t position);

#endif
