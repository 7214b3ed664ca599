/*
 * deparse.h - bound expressions as SQL text, in PostgreSQL's form (ruleutils.c): every operator in
 * parentheses, constants with their type, casts that nobody wrote left out.
 *
 * Threads: one text at a time.
 */
#ifndef VARVE_PLAN_DEPARSE_H
#define VARVE_PLAN_DEPARSE_H

#include "base/arena.h"
#include "plan/expr.h"

/* A text that grows in an arena. Running out of memory is remembered, not reported each time. */
struct deparse_text {
    struct arena *arena;
    char *data; /* NUL-terminated once something was appended */
    size_t size;
    size_t capacity;
    uint32_t indent; /* of lines, inside CASEs */
    bool failed;
    bool
        defines; /* of a definition: arrays of constants print as they were written, CASE in lines */
    bool qualified; /* for print_column: with the table's name */
    bool
        readable; /* IN stays IN, which the binder knows, where PostgreSQL prints ANY of an array */
};

/* Prints column `column` into the text. */
typedef void (*deparse_column)(struct deparse_text *text, const void *context, uint32_t column);

void deparse_append(struct deparse_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void deparse_bytes(struct deparse_text *text, const char *data, size_t size);

/* The name, quoted where SQL asks for it. */
void deparse_name(struct deparse_text *text, const char *name);

/* print_column NULL: columns print as #0, #1 … */
void deparse_expr(struct deparse_text *text, const struct expr *expr, deparse_column print_column,
                  const void *context);

/* PostgreSQL's looks_like_function(): it needs no parentheses in a list of columns. */
bool deparse_is_call(const struct expr *expr);

/* The text so far; NULL: out of memory. borrow until the arena is reset. */
char *deparse_end(struct deparse_text *text);

/* Whether a plain word must be quoted as a name, because it is a key word that is not free for all uses. */
bool deparse_is_keyword(vv_slice word);

#endif
