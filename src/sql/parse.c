/*
 * parse.c - the parser's face and its tools: the token window, the sticky failure, nodes and lists.
 */
#include "sql/parse_private.h"

#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>

#define MEMORY_FLOOR_BYTES (32u << 20) /* S2 */

static vv_status parser_init(struct parser *p, vv_slice text, struct arena *arena,
                             struct vv_error *error);
static vv_status parser_end(struct parser *p);
static void fail(struct parser *p, vv_status status);
static void skip_semicolons(struct parser *p);
static void parse_one(struct parser *p, struct sql_statement ***link);

vv_status sql_parse(vv_slice text, struct arena *arena, struct sql_statement **first_out,
                    struct vv_error *error)
{
    struct parser p;
    struct sql_statement **link = first_out;

    *first_out = NULL;
    VV_TRY(parser_init(&p, text, arena, error));
    while (p.token.kind != LEX_END && !parse_failed(&p)) {
        if (at_symbol(&p, ';')) {
            skip_semicolons(&p);
        } else {
            parse_one(&p, &link);
        }
    }
    if (parse_failed(&p)) {
        *first_out = NULL;
    }
    return p.status;
}

/* A run of them is skipped without making tokens. */
static void skip_semicolons(struct parser *p)
{
    vv_slice text = p->lex.text;

    while (!p->has_next && p->lex.at < text.size && text.data[p->lex.at] == ';') {
        p->lex.at++;
    }
    parse_advance(p);
}

static void parse_one(struct parser *p, struct sql_statement ***link)
{
    struct sql_statement *statement = ARENA_NEW(p->arena, struct sql_statement);
    size_t start = p->token.start;

    if (statement == NULL) {
        fail(p, VV_NOMEM);
        return;
    }
    p->parameter_count = 0;
    statement->position = p->token.position;
    statement->tree = parse_statement(p);
    if (p->token.kind != LEX_END && !at_symbol(p, ';')) {
        parse_syntax_error(p);
        return;
    }
    statement->text = slice_make(p->lex.text.data + start, p->previous_end - start);
    statement->parameter_count = p->parameter_count;
    **link = statement;
    *link = &statement->next;
}

vv_status sql_parse_expression(vv_slice text, struct arena *arena, struct ast **expr_out,
                               struct vv_error *error)
{
    struct parser p;

    *expr_out = NULL;
    VV_TRY(parser_init(&p, text, arena, error));
    *expr_out = parse_expr(&p);
    return parser_end(&p);
}

vv_status sql_parse_type(vv_slice text, struct arena *arena, struct ast **type_out,
                         struct vv_error *error)
{
    struct parser p;

    *type_out = NULL;
    VV_TRY(parser_init(&p, text, arena, error));
    *type_out = parse_type(&p);
    return parser_end(&p);
}

/* No AS stands before the one that counts: not even in the parentheses of the types. */
vv_slice sql_prepared_text(vv_slice text)
{
    struct lex lex = {.text = text};
    struct lex_token token = {0};

    do {
        lex_next(&lex, &token);
    } while (token.kind != LEX_END && token.kind != LEX_ERROR && token.keyword != KEYWORD_AS);
    return slice_make(text.data + lex.at, text.size - lex.at);
}

size_t sql_first_statement(vv_slice text)
{
    /* The text is not checked: all of it for each statement would be quadratic. */
    struct lex lex = {.text = text, .ascii = true};

    return lex_skip_statement(&lex) ? lex.at : text.size;
}

static vv_status parser_init(struct parser *p, vv_slice text, struct arena *arena,
                             struct vv_error *error)
{
    memset(p, 0, sizeof *p);
    p->arena = arena;
    p->error = error;
    p->status = VV_OK;
    if (text.size > UINT32_MAX / 4) {
        return error_set(error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 1, "statement is too long");
    }
    p->memory_limit = arena->reserved_bytes + MEMORY_FLOOR_BYTES + text.size;
    VV_TRY(lex_init(&p->lex, text, arena, error));
    parse_advance(p);
    return VV_OK;
}

/* Of a text that is one expression or type. */
static vv_status parser_end(struct parser *p)
{
    if (p->token.kind != LEX_END) {
        parse_syntax_error(p);
    }
    return p->status;
}

void parse_advance(struct parser *p)
{
    if (parse_failed(p)) {
        return;
    }
    p->previous_end = p->token.end;
    if (p->has_next) {
        p->token = p->next;
        p->has_next = false;
    } else {
        lex_next(&p->lex, &p->token);
    }
    if (p->token.kind == LEX_ERROR) {
        fail(p, p->lex.nomem ? VV_NOMEM : VV_ERROR);
    }
}

const struct lex_token *parse_peek(struct parser *p)
{
    if (p->token.kind == LEX_END || parse_failed(p)) {
        return &p->token;
    }
    if (!p->has_next) {
        lex_next(&p->lex, &p->next);
        p->has_next = true;
    }
    return &p->next;
}

bool accept_symbol(struct parser *p, char symbol)
{
    if (p->token.symbol != symbol) {
        return false;
    }
    parse_advance(p);
    return true;
}

bool accept_word(struct parser *p, enum keyword keyword)
{
    if (p->token.keyword != keyword) {
        return false;
    }
    parse_advance(p);
    return true;
}

bool accept_words(struct parser *p, enum keyword first, enum keyword second)
{
    if (!at_word(p, first) || !peek_word(p, second)) {
        return false;
    }
    parse_advance(p);
    parse_advance(p);
    return true;
}

bool accept_pair(struct parser *p, enum keyword first, enum keyword second)
{
    if (!accept_word(p, first)) {
        return false;
    }
    expect_word(p, second);
    return true;
}

bool peek_word(struct parser *p, enum keyword keyword)
{
    return parse_peek(p)->keyword == keyword;
}

bool peek_symbol(struct parser *p, char symbol)
{
    return parse_peek(p)->symbol == symbol;
}

void expect_symbol(struct parser *p, char symbol)
{
    if (!accept_symbol(p, symbol)) {
        parse_syntax_error(p);
    }
}

void expect_word(struct parser *p, enum keyword keyword)
{
    if (!accept_word(p, keyword)) {
        parse_syntax_error(p);
    }
}

bool parse_failed(const struct parser *p)
{
    return p->status != VV_OK;
}

/* Keeps the first failure and makes the current token one that nothing accepts. */
static void fail(struct parser *p, vv_status status)
{
    if (p->status == VV_OK) {
        p->status = status;
    }
    memset(&p->token, 0, sizeof p->token);
    p->token.kind = LEX_ERROR;
    p->has_next = false;
}

void parse_syntax_error(struct parser *p)
{
    parse_error_near(p, "syntax error");
}

void parse_error_near(struct parser *p, const char *message)
{
    if (parse_failed(p)) {
        return;
    }
    lex_error_at(&p->lex, VV_SQLSTATE_SYNTAX_ERROR, message, p->token.start, p->token.end,
                 p->token.position);
    fail(p, VV_ERROR);
}

void parse_error(struct parser *p, enum vv_sqlstate code, uint32_t position, const char *format,
                 ...)
{
    char text[ERROR_TEXT_BYTES];
    va_list arguments;

    if (parse_failed(p)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fail(p, error_set(p->error, code, position, "%s", text));
}

void parse_unsupported(struct parser *p, uint32_t position, const char *what)
{
    parse_error(p, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, position, "%s is not supported", what);
}

void enter_level(struct parser *p)
{
    p->depth++;
    if (p->depth > LIMIT_DEPTH) {
        parse_too_deep(p, p->token.position);
    }
}

void parse_too_deep(struct parser *p, uint32_t position)
{
    if (!parse_failed(p)) {
        parse_error(p, VV_SQLSTATE_STATEMENT_TOO_COMPLEX, position, "stack depth limit exceeded");
        error_hint(p->error, "Expressions and queries may nest %u levels deep.", LIMIT_DEPTH);
    }
}

struct ast *node_make(struct parser *p, enum ast_tag tag, uint32_t position)
{
    struct ast *node = NULL;

    if (!parse_failed(p) && p->arena->reserved_bytes > p->memory_limit) {
        parse_error(p, VV_SQLSTATE_STATEMENT_TOO_COMPLEX, position, "statement is too complex");
        error_hint(p->error, "Its syntax tree would take more than %zu MB.", p->memory_limit >> 20);
    }
    if (!parse_failed(p)) {
        node = arena_zero(p->arena, ast_size(tag));
        if (node == NULL) {
            fail(p, VV_NOMEM);
        }
    }
    if (node == NULL) {
        node = node_scratch(p);
    }
    node->tag = (uint16_t)tag;
    node->position = position;
    return node;
}

struct ast *node_scratch(struct parser *p)
{
    VV_ASSERT(parse_failed(p));
    memset(p->scratch, 0, sizeof p->scratch);
    return (struct ast *)(void *)p->scratch;
}

struct ast *node_finish(struct parser *p, void *node)
{
    struct ast *made = node;
    uint32_t height = 0;

    if (parse_failed(p)) {
        return node_scratch(p);
    }
    height = ast_height(made);
    if (height > LIMIT_DEPTH) {
        parse_too_deep(p, made->position);
        return node_scratch(p);
    }
    made->height = (uint16_t)height;
    return made;
}

void list_push(struct parser *p, struct ast_list *list, struct ast *item)
{
    if (parse_failed(p)) {
        return;
    }
    if (list->last == NULL) {
        list->first = item;
    } else {
        list->last->next = item;
    }
    list->last = item;
    list->count++;
}

struct ast *make_string(struct parser *p, vv_slice text, uint32_t position)
{
    struct ast_string *string = MAKE(p, AST_STRING, string, position);

    string->text = text;
    return &string->node;
}

struct ast *make_text_string(struct parser *p, const char *text, uint32_t position)
{
    return make_string(p, slice_text(text), position);
}

struct ast *make_integer(struct parser *p, int64_t value, uint32_t position)
{
    struct ast_integer *integer = MAKE(p, AST_INTEGER, integer, position);

    integer->value = value;
    return &integer->node;
}

struct ast *make_identifier(struct parser *p, vv_slice name, uint32_t position)
{
    struct ast_identifier *identifier = MAKE(p, AST_IDENTIFIER, identifier, position);

    identifier->name = name;
    return &identifier->node;
}

struct ast_name make_name(struct parser *p, const vv_slice *parts, uint32_t count)
{
    struct ast_name name = {.parts = NULL, .count = 0};
    vv_slice *copy = NULL;

    if (parse_failed(p)) {
        return name;
    }
    copy = arena_get(p->arena, count * sizeof *parts);
    if (copy == NULL) {
        fail(p, VV_NOMEM);
        return name;
    }
    memcpy(copy, parts, count * sizeof *parts);
    name.parts = copy;
    name.count = count;
    return name;
}

struct ast_name make_simple_name(struct parser *p, vv_slice part)
{
    return make_name(p, &part, 1);
}

vv_slice keyword_slice(enum keyword keyword)
{
    return slice_text(keyword_text(keyword));
}

bool slice_is(vv_slice slice, const char *text)
{
    return slice_equal(slice, slice_text(text));
}
