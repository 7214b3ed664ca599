/*
 * split.h - where a statement ends: at a `;` outside of quotes, comments and parentheses (as psql does).
 *
 * The state goes from line to line, so that a statement may be typed in pieces and the prompt can tell
 * what is still open.
 */
#ifndef VARVE_SHELL_SPLIT_H
#define VARVE_SHELL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

enum split_state {
    SPLIT_SQL,
    SPLIT_STRING,  /* '…' */
    SPLIT_ESCAPED, /* E'…' */
    SPLIT_QUOTED,  /* "…" */
    SPLIT_DOLLAR,  /* $tag$ … */
    SPLIT_COMMENT, /* block comment */
    SPLIT_LINE_COMMENT
};

enum split_result {
    SPLIT_MORE,      /* the text ended inside a statement, or between two */
    SPLIT_STATEMENT, /* at is behind a `;` */
    SPLIT_COMMAND,   /* at is at a backslash */
    SPLIT_VARIABLE   /* at is at a colon that may begin a variable */
};

struct split {
    enum split_state state;
    unsigned comment_depth;
    unsigned paren_depth;
    char tag[64]; /* of a dollar quote, with both dollars */
    size_t at;    /* how far the text was looked at */
};

/* Starts anew: an empty statement. */
void split_reset(struct split *split);

/* Looks on from split->at. */
enum split_result split_next(struct split *split, const char *text, size_t size);

/* psql's sign in the prompt: = - ' " * $ ( */
char split_sign(const struct split *split, bool empty);

/* The bytes of space, comments and `;` before anything else. */
size_t split_blank(const char *text, size_t size);

/* Whether the text holds nothing else. */
bool split_is_blank(const char *text, size_t size);

#endif
