/*
 * parse_name.c - names, where each category of key word may stand as one, and small constants.
 */
#include "sql/parse_private.h"

#include "base/limits.h"

#include <stdio.h>

#define NAME_PARTS_MAX 8

static bool at_name_of(const struct parser *p, bool column_name, bool type_function, bool reserved);

/* Words are names unless their category says otherwise. */
static bool at_name_of(const struct parser *p, bool column_name, bool type_function, bool reserved)
{
    if (p->token.kind == LEX_QUOTED_NAME) {
        return true;
    }
    if (p->token.kind != LEX_NAME) {
        return false;
    }
    switch (keyword_category(p->token.keyword)) {
    case KEYWORD_IS_UNRESERVED:
        return true;
    case KEYWORD_IS_COLUMN_NAME:
        return column_name;
    case KEYWORD_IS_TYPE_FUNCTION:
        return type_function;
    case KEYWORD_IS_RESERVED:
        return reserved;
    }
    return false;
}

bool at_column_id(const struct parser *p)
{
    return at_name_of(p, true, false, false);
}

bool at_type_name(const struct parser *p)
{
    return at_name_of(p, false, true, false);
}

bool at_any_name(const struct parser *p)
{
    return at_name_of(p, true, true, true);
}

bool at_label(const struct parser *p)
{
    if (p->token.kind == LEX_NAME && p->token.keyword != KEYWORD_ABSENT) {
        return keyword_is_bare_label(p->token.keyword);
    }
    return at_any_name(p);
}

vv_slice take_name(struct parser *p)
{
    vv_slice name = slice_make("", 0);

    if (parse_failed(p)) {
        return name;
    }
    name = lex_name(&p->lex, &p->token);
    if (name.data == NULL) {
        p->status = VV_NOMEM;
        p->token.kind = LEX_ERROR;
        p->token.symbol = '\0';
        p->token.keyword = KEYWORD_ABSENT;
        return slice_make("", 0);
    }
    parse_advance(p);
    return name;
}

vv_slice parse_column_id(struct parser *p)
{
    if (!at_column_id(p)) {
        parse_syntax_error(p);
    }
    return take_name(p);
}

vv_slice parse_name(struct parser *p)
{
    return parse_column_id(p);
}

vv_slice parse_column_label(struct parser *p)
{
    if (!at_any_name(p)) {
        parse_syntax_error(p);
    }
    return take_name(p);
}

struct ast_name parse_any_name(struct parser *p)
{
    vv_slice parts[NAME_PARTS_MAX];
    uint32_t count = 0;
    uint32_t position = p->token.position;

    parts[count++] = parse_column_id(p);
    while (accept_symbol(p, '.')) {
        vv_slice part = parse_column_label(p);

        if (count == NAME_PARTS_MAX) {
            parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                        "improper qualified name (too many dotted names)");
            break;
        }
        parts[count++] = part;
    }
    return make_name(p, parts, count);
}

struct ast_list parse_name_list(struct parser *p)
{
    struct ast_list list = {0};

    do {
        uint32_t position = p->token.position;

        list_push(p, &list, make_identifier(p, parse_column_id(p), position));
    } while (accept_symbol(p, ','));
    return list;
}

struct ast_list parse_column_list(struct parser *p)
{
    struct ast_list list = {0};

    expect_symbol(p, '(');
    list = parse_name_list(p);
    expect_symbol(p, ')');
    return list;
}

struct ast_list parse_optional_column_list(struct parser *p)
{
    return at_symbol(p, '(') ? parse_column_list(p) : (struct ast_list){0};
}

struct ast *parse_relation(struct parser *p)
{
    uint32_t position = p->token.position;

    return parse_relation_of(p, parse_any_name(p), position);
}

void check_name_parts(struct parser *p, struct ast_name name, uint32_t position)
{
    if (name.count > 3 && !parse_failed(p)) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                    "improper qualified name (too many dotted names): %.*s.%.*s.%.*s.%.*s",
                    (int)name.parts[0].size, (const char *)name.parts[0].data,
                    (int)name.parts[1].size, (const char *)name.parts[1].data,
                    (int)name.parts[2].size, (const char *)name.parts[2].data,
                    (int)name.parts[3].size, (const char *)name.parts[3].data);
    }
}

struct ast *parse_relation_of(struct parser *p, struct ast_name name, uint32_t position)
{
    struct ast_relation *relation = MAKE(p, AST_RELATION, relation, position);

    relation->name = name;
    check_name_parts(p, name, position);
    return node_finish(p, relation);
}

struct ast *parse_relation_expr(struct parser *p)
{
    bool only = accept_word(p, KEYWORD_ONLY);
    bool parens = only && accept_symbol(p, '(');
    struct ast *relation = parse_relation(p);

    if (parens) {
        expect_symbol(p, ')');
    }
    if (!only) {
        (void)accept_symbol(p, '*');
    }
    if (!parse_failed(p)) {
        ((struct ast_relation *)(void *)relation)->only = only;
    }
    return relation;
}

struct ast_list parse_relation_list(struct parser *p, bool expr)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, expr ? parse_relation_expr(p) : parse_relation(p));
    } while (accept_symbol(p, ','));
    return list;
}

struct ast_list parse_any_name_list(struct parser *p)
{
    return parse_relation_list(p, false);
}

vv_slice parse_string(struct parser *p)
{
    vv_slice text = p->token.value;

    if (p->token.kind != LEX_STRING) {
        parse_syntax_error(p);
        return slice_make("", 0);
    }
    parse_advance(p);
    return text;
}

int64_t parse_integer(struct parser *p)
{
    int64_t value = 0;

    if (p->token.kind != LEX_INTEGER) {
        parse_syntax_error(p);
        return 0;
    }
    for (size_t i = 0; i < p->token.value.size; i++) {
        value = value * 10 + p->token.value.data[i] - '0';
        if (value > INT32_MAX) {
            parse_syntax_error(p);
            return 0;
        }
    }
    parse_advance(p);
    return value;
}

int64_t parse_signed_integer(struct parser *p)
{
    if (accept_symbol(p, '-')) {
        return -parse_integer(p);
    }
    (void)accept_symbol(p, '+');
    return parse_integer(p);
}

struct ast *parse_signed_number(struct parser *p)
{
    uint32_t position = p->token.position;
    bool minus = accept_symbol(p, '-');
    struct ast *number = NULL;

    if (!minus) {
        (void)accept_symbol(p, '+');
    }
    if (p->token.kind != LEX_INTEGER && p->token.kind != LEX_NUMBER) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    number = parse_primary(p);
    return minus ? negate(p, number, position) : number;
}

/* var_name: one or more names joined by dots, kept as one text. */
vv_slice parse_setting_name(struct parser *p)
{
    vv_slice name = parse_column_id(p);

    while (accept_symbol(p, '.')) {
        vv_slice part = parse_column_id(p);
        char *joined = NULL;

        if (parse_failed(p)) {
            break;
        }
        joined = arena_format(p->arena, "%.*s.%.*s", (int)name.size, (const char *)name.data,
                              (int)part.size, (const char *)part.data);
        if (joined == NULL || name.size + part.size > 2 * LIMIT_NAME_BYTES) {
            parse_error(p, VV_SQLSTATE_NAME_TOO_LONG, p->token.position,
                        "configuration parameter name is too long");
            break;
        }
        name = slice_text(joined);
    }
    return name;
}

/* TRUE, FALSE, ON, a string or a word: all give their text. */
vv_slice parse_boolean_or_string(struct parser *p)
{
    static const enum keyword words[] = {KEYWORD_TRUE, KEYWORD_FALSE, KEYWORD_ON};

    if (p->token.kind == LEX_STRING) {
        return parse_string(p);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (accept_word(p, words[i])) {
            return keyword_slice(words[i]);
        }
    }
    /* NonReservedWord */
    if (!at_column_id(p) && !at_type_name(p)) {
        parse_syntax_error(p);
    }
    return take_name(p);
}

vv_slice parse_role(struct parser *p)
{
    if (at_word(p, KEYWORD_CURRENT_USER) || at_word(p, KEYWORD_SESSION_USER) ||
        at_word(p, KEYWORD_CURRENT_ROLE)) {
        return take_name(p);
    }
    if (!at_column_id(p) && !at_type_name(p)) {
        parse_syntax_error(p);
    }
    return take_name(p);
}

bool parse_if_exists(struct parser *p)
{
    return at_word(p, KEYWORD_IF) && accept_words(p, KEYWORD_IF, KEYWORD_EXISTS);
}

bool parse_if_not_exists(struct parser *p)
{
    if (!at_word(p, KEYWORD_IF) || !accept_words(p, KEYWORD_IF, KEYWORD_NOT)) {
        return false;
    }
    expect_word(p, KEYWORD_EXISTS);
    return true;
}

enum ast_drop_behavior parse_behavior(struct parser *p)
{
    if (accept_word(p, KEYWORD_CASCADE)) {
        return AST_CASCADE;
    }
    (void)accept_word(p, KEYWORD_RESTRICT);
    return AST_RESTRICT;
}
