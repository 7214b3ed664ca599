/*
 * parse_cursor.c - DECLARE, FETCH, MOVE, CLOSE.
 *
 * The words of a direction are no reserved words: one that nothing follows is the cursor's name, as in `FETCH first`.
 */
#include "sql/parse_private.h"

static void parse_cursor_options(struct parser *p, struct ast_declare *declare);
static void parse_direction(struct parser *p, struct ast_fetch *fetch);
static bool at_count(const struct parser *p);
static int64_t parse_count(struct parser *p);

/* DECLARE name { BINARY | [A|IN]SENSITIVE | [NO] SCROLL } CURSOR [WITH | WITHOUT HOLD] FOR query */
struct ast *parse_declare(struct parser *p)
{
    struct ast_declare *declare = MAKE(p, AST_DECLARE, declare, p->token.position);

    expect_word(p, KEYWORD_DECLARE);
    declare->name = parse_name(p);
    parse_cursor_options(p, declare);
    expect_word(p, KEYWORD_CURSOR);
    if (accept_word(p, KEYWORD_WITHOUT)) {
        expect_word(p, KEYWORD_HOLD);
    } else if (accept_word(p, KEYWORD_WITH)) {
        expect_word(p, KEYWORD_HOLD);
        declare->hold = true;
    }
    expect_word(p, KEYWORD_FOR);
    if (at_query(p) || at_symbol(p, '(')) {
        declare->query = parse_query(p);
    } else {
        parse_syntax_error(p);
    }
    return node_finish(p, declare);
}

static void parse_cursor_options(struct parser *p, struct ast_declare *declare)
{
    for (;;) {
        if (accept_word(p, KEYWORD_NO)) {
            expect_word(p, KEYWORD_SCROLL);
            declare->no_scroll = true;
        } else if (accept_word(p, KEYWORD_SCROLL)) {
            declare->scroll = true;
        } else if (accept_word(p, KEYWORD_BINARY)) {
            declare->binary = true;
        } else if (accept_word(p, KEYWORD_INSENSITIVE)) {
            declare->insensitive = true;
        } else if (accept_word(p, KEYWORD_ASENSITIVE)) {
            declare->asensitive = true;
        } else {
            return;
        }
    }
}

/* { FETCH | MOVE } [direction] [FROM | IN] name */
struct ast *parse_cursor_fetch(struct parser *p)
{
    struct ast_fetch *fetch = MAKE(p, AST_FETCH, fetch, p->token.position);

    fetch->move = at_word(p, KEYWORD_MOVE);
    parse_advance(p);
    parse_direction(p, fetch);
    if (!accept_word(p, KEYWORD_FROM)) {
        (void)accept_word(p, KEYWORD_IN);
    }
    fetch->name = parse_name(p);
    return node_finish(p, fetch);
}

static void parse_direction(struct parser *p, struct ast_fetch *fetch)
{
    static const struct {
        enum keyword word;
        enum ast_fetch_direction direction;
        enum { NO_COUNT, COUNT, COUNT_OR_ALL } count;
        int64_t otherwise;
    } directions[] = {{KEYWORD_NEXT, AST_FETCH_FORWARD, NO_COUNT, 1},
                      {KEYWORD_PRIOR, AST_FETCH_BACKWARD, NO_COUNT, 1},
                      {KEYWORD_FIRST, AST_FETCH_ABSOLUTE, NO_COUNT, 1},
                      {KEYWORD_LAST, AST_FETCH_ABSOLUTE, NO_COUNT, -1},
                      {KEYWORD_ABSOLUTE, AST_FETCH_ABSOLUTE, COUNT, 0},
                      {KEYWORD_RELATIVE, AST_FETCH_RELATIVE, COUNT, 0},
                      {KEYWORD_FORWARD, AST_FETCH_FORWARD, COUNT_OR_ALL, 1},
                      {KEYWORD_BACKWARD, AST_FETCH_BACKWARD, COUNT_OR_ALL, 1}};
    const struct lex_token *next = parse_peek(p);

    fetch->direction = AST_FETCH_FORWARD;
    fetch->count = 1;
    if (at_count(p)) {
        fetch->count = parse_count(p);
        return;
    }
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++) {
        if (!at_word(p, directions[i].word) || next->kind == LEX_END || next->symbol == ';') {
            continue;
        }
        parse_advance(p);
        fetch->direction = directions[i].direction;
        fetch->count = directions[i].otherwise;
        if (directions[i].count == COUNT) {
            fetch->count = parse_signed_integer(p);
        } else if (directions[i].count == COUNT_OR_ALL && at_count(p)) {
            fetch->count = parse_count(p);
        }
        return;
    }
}

static bool at_count(const struct parser *p)
{
    return p->token.kind == LEX_INTEGER || at_symbol(p, '-') || at_symbol(p, '+') ||
           at_word(p, KEYWORD_ALL);
}

static int64_t parse_count(struct parser *p)
{
    return accept_word(p, KEYWORD_ALL) ? AST_FETCH_ALL : parse_signed_integer(p);
}

/* CLOSE { name | ALL } */
struct ast *parse_close(struct parser *p)
{
    struct ast_close *close = MAKE(p, AST_CLOSE, close, p->token.position);

    expect_word(p, KEYWORD_CLOSE);
    if (!accept_word(p, KEYWORD_ALL)) {
        close->name = parse_name(p);
    }
    return node_finish(p, close);
}
