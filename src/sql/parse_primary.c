/*
 * parse_primary.c - operands: constants, names, parentheses, CASE, ARRAY, ROW (gram.y's c_expr).
 *
 * A '(' may begin an expression, a row or a query, and only what follows its contents decides:
 * ((SELECT 1) + 1), ((SELECT 1) UNION SELECT 2), ((SELECT 1)). parse_paren() reads the inner pair
 * first and then goes on as the next token says.
 */
#include "sql/parse_private.h"

#include "base/limits.h"

#define COLUMN_PARTS_MAX 4

static struct ast *parse_word(struct parser *p);
static struct ast *parse_boolean(struct parser *p, bool value);
static struct ast *parse_simple(struct parser *p, enum ast_tag tag);
static struct ast *parse_number(struct parser *p);
static struct ast *parse_hex_string(struct parser *p);
static struct ast *parse_parameter(struct parser *p);
static struct ast *parse_question_mark(struct parser *p);
static struct ast *make_parameter(struct parser *p, uint64_t index, uint32_t position);
static struct ast *parse_name_expr(struct parser *p);
static struct ast *parse_paren_expr(struct parser *p);
static struct ast *from_paren(struct parser *p, struct paren paren, uint32_t position);
static struct ast *parse_row(struct parser *p);
static struct ast *parse_overlaps(struct parser *p, struct ast *left);
static struct ast *parse_array(struct parser *p);
static struct ast *parse_array_items(struct parser *p, uint32_t position);
static struct ast *parse_case(struct parser *p);
static struct ast *parse_exists(struct parser *p);
static struct ast *parse_grouping(struct parser *p);
static struct ast *parse_subscript(struct parser *p, struct ast *arg);

struct ast *parse_primary(struct parser *p)
{
    switch (p->token.kind) {
    case LEX_INTEGER:
    case LEX_NUMBER:
        return parse_number(p);
    case LEX_STRING: {
        struct ast *string = make_string(p, p->token.value, p->token.position);

        parse_advance(p);
        return string;
    }
    case LEX_HEX_STRING:
        return parse_hex_string(p);
    case LEX_PARAMETER:
        return parse_indirection(p, parse_parameter(p));
    case LEX_OPERATOR:
        if (p->token.value.data[0] == '?') {
            return parse_indirection(p, parse_question_mark(p));
        }
        break;
    case LEX_SYMBOL:
        if (at_symbol(p, '(')) {
            return parse_paren_expr(p);
        }
        break;
    case LEX_NAME:
        return parse_word(p);
    case LEX_QUOTED_NAME:
        return parse_name_expr(p);
    default:
        break;
    }
    parse_syntax_error(p);
    return node_scratch(p);
}

static struct ast *parse_word(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_ABSENT:
        return parse_name_expr(p);
    case KEYWORD_NULL:
        return parse_simple(p, AST_NULL);
    case KEYWORD_DEFAULT:
        return parse_simple(p, AST_DEFAULT);
    case KEYWORD_TRUE:
        return parse_boolean(p, true);
    case KEYWORD_FALSE:
        return parse_boolean(p, false);
    case KEYWORD_CASE:
        return parse_case(p);
    case KEYWORD_ARRAY:
        return parse_array(p);
    case KEYWORD_UNIQUE:
        parse_unsupported(p, p->token.position, "UNIQUE predicate");
        return node_scratch(p);
    case KEYWORD_EXISTS:
        return peek_symbol(p, '(') ? parse_exists(p) : parse_name_expr(p);
    case KEYWORD_ROW:
        return peek_symbol(p, '(') ? parse_row(p) : parse_name_expr(p);
    case KEYWORD_GROUPING:
        return peek_symbol(p, '(') ? parse_grouping(p) : parse_name_expr(p);
    default:
        break;
    }
    if (at_special_call(p)) {
        return parse_special_call(p);
    }
    if (at_simple_type_keyword(p)) {
        struct ast *literal = parse_type_literal(p);

        if (literal != NULL) {
            return literal;
        }
    }
    return parse_name_expr(p);
}

static struct ast *parse_simple(struct parser *p, enum ast_tag tag)
{
    struct ast *node = node_make(p, tag, p->token.position);

    parse_advance(p);
    return node;
}

static struct ast *parse_boolean(struct parser *p, bool value)
{
    struct ast_boolean *boolean = MAKE(p, AST_BOOLEAN, boolean, p->token.position);

    boolean->value = value;
    parse_advance(p);
    return &boolean->node;
}

static struct ast *parse_number(struct parser *p)
{
    uint32_t position = p->token.position;
    vv_slice text = p->token.value;
    int64_t value = 0;
    bool fits = p->token.kind == LEX_INTEGER;
    struct ast_number *number = NULL;

    for (size_t i = 0; fits && i < text.size; i++) {
        fits = !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_add_overflow(value, text.data[i] - '0', &value);
    }
    if (fits) {
        parse_advance(p);
        return make_integer(p, value, position);
    }
    number = MAKE(p, AST_NUMBER, number, position);
    number->text = slice_make(arena_copy(p->arena, text.data, text.size), text.size);
    if (number->text.data == NULL) {
        parse_error(p, VV_SQLSTATE_OUT_OF_MEMORY, position, "out of memory");
        return node_scratch(p);
    }
    parse_advance(p);
    return &number->node;
}

/* X'…' is SQL's binary string: '\x…'::bytea. (To PostgreSQL it is a bit string; we have no bits.) */
static struct ast *parse_hex_string(struct parser *p)
{
    uint32_t position = p->token.position;
    vv_slice digits = p->token.value;
    struct ast_type *type = MAKE(p, AST_TYPE, type, position);
    const char *text =
        arena_format(p->arena, "\\x%.*s", (int)digits.size, (const char *)digits.data);

    for (size_t i = 0; i < digits.size; i++) {
        uint8_t digit = digits.data[i];

        if (!(digit >= '0' && digit <= '9') && !((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')) {
            parse_error(p, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, position,
                        "\"%.*s\" is not a valid hexadecimal digit",
                        digit < 0x80 ? 1 : (int)(digits.size - i), (const char *)digits.data + i);
            return node_scratch(p);
        }
    }
    if (text == NULL) {
        parse_error(p, VV_SQLSTATE_OUT_OF_MEMORY, position, "out of memory");
        return node_scratch(p);
    }
    parse_advance(p);
    type->name = make_simple_name(p, slice_text("bytea"));
    return make_cast(p, make_text_string(p, text, position), node_finish(p, type), position);
}

static struct ast *parse_parameter(struct parser *p)
{
    uint64_t index = 0;
    uint32_t position = p->token.position;

    for (size_t i = 1; i < p->token.value.size && index <= LIMIT_PARAMETERS; i++) {
        index = index * 10 + p->token.value.data[i] - '0';
    }
    parse_advance(p);
    return make_parameter(p, index, position);
}

/* The lexer may have taken more than the `?` for one operator: the rest is read again. */
static struct ast *parse_question_mark(struct parser *p)
{
    struct lex_token token = p->token;

    if (token.value.size > 1) {
        lex_seek(&p->lex, &token, 1);
        p->has_next = false;
        p->token.end = token.start + 1;
    }
    parse_advance(p);
    return make_parameter(p, p->parameter_count + 1, token.position);
}

static struct ast *make_parameter(struct parser *p, uint64_t index, uint32_t position)
{
    struct ast_parameter *parameter = MAKE(p, AST_PARAMETER, parameter, position);

    if (index == 0 || index > LIMIT_PARAMETERS) {
        parse_error(p, VV_SQLSTATE_UNDEFINED_PARAMETER, position, "there is no parameter $%llu",
                    (unsigned long long)index);
        return node_scratch(p);
    }
    parameter->index = (int64_t)index;
    if (index > p->parameter_count) {
        p->parameter_count = (uint32_t)index;
    }
    return &parameter->node;
}

/* A column, a call, or a literal of a named type: `t.a`, `s.f(…)`, `date '…'`. */
static struct ast *parse_name_expr(struct parser *p)
{
    vv_slice parts[COLUMN_PARTS_MAX];
    uint32_t count = 0;
    uint32_t position = p->token.position;
    bool may_be_column = at_column_id(p);
    bool may_be_call = at_type_name(p);
    struct ast_column *column = NULL;
    bool star = false;

    if (!may_be_column && !may_be_call) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    parts[count++] = take_name(p);
    while (may_be_column && count < COLUMN_PARTS_MAX && !star && accept_symbol(p, '.')) {
        star = accept_symbol(p, '*');
        if (!star) {
            parts[count++] = parse_column_label(p);
        }
        may_be_call = true;
    }
    if (may_be_call && !star && at_symbol(p, '(')) {
        return parse_call(p, make_name(p, parts, count), position);
    }
    if (may_be_call && !star && p->token.kind == LEX_STRING) {
        return parse_generic_type(p, make_name(p, parts, count), position);
    }
    if (!may_be_column) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    column = MAKE(p, AST_COLUMN, column, position);
    column->name = make_name(p, parts, count);
    column->star = star;
    return star ? &column->node : parse_indirection(p, &column->node);
}

struct ast *parse_indirection(struct parser *p, struct ast *arg)
{
    for (;;) {
        if (at_symbol(p, '[')) {
            arg = parse_subscript(p, arg);
        } else if (at_symbol(p, '.')) {
            struct ast_field *field = MAKE(p, AST_FIELD, field, p->token.position);

            parse_advance(p);
            field->arg = arg;
            field->star = accept_symbol(p, '*');
            if (!field->star) {
                field->name = parse_column_label(p);
            }
            arg = node_finish(p, field);
            if (!parse_failed(p) && field->star) {
                return arg;
            }
        } else {
            return arg;
        }
    }
}

static struct ast *parse_subscript(struct parser *p, struct ast *arg)
{
    struct ast_subscript *subscript = MAKE(p, AST_SUBSCRIPT, subscript, p->token.position);

    expect_symbol(p, '[');
    subscript->arg = arg;
    if (!at_symbol(p, ':')) {
        subscript->low = parse_expr(p);
    }
    if (accept_symbol(p, ':')) {
        subscript->slice = true;
        if (!at_symbol(p, ']')) {
            subscript->high = parse_expr(p);
        }
    }
    expect_symbol(p, ']');
    return node_finish(p, subscript);
}

/* ---- Parentheses ---- */

static struct ast *parse_paren_expr(struct parser *p)
{
    uint32_t position = p->token.position;

    return from_paren(p, parse_paren(p, true), position);
}

struct paren parse_paren(struct parser *p, bool list)
{
    struct paren paren = {0};
    struct ast *first = NULL;

    enter_level(p);
    expect_symbol(p, '(');
    if (at_query(p)) {
        paren.query = parse_query(p);
    } else if (at_symbol(p, '(')) {
        uint32_t position = p->token.position;
        struct paren inner = parse_paren(p, true);

        if (inner.query != NULL && (at_symbol(p, ')') || at_query_tail(p))) {
            paren.query = parse_query_from(p, inner.query);
        } else {
            first = parse_expr_from(p, from_paren(p, inner, position));
        }
    } else {
        first = parse_expr(p);
    }
    if (paren.query == NULL) {
        list_push(p, &paren.items, first);
        while (list && accept_symbol(p, ',')) {
            list_push(p, &paren.items, parse_expr(p));
        }
    }
    expect_symbol(p, ')');
    leave_level(p);
    return paren;
}

/* The operand that parentheses make. */
static struct ast *from_paren(struct parser *p, struct paren paren, uint32_t position)
{
    struct ast_row *row = NULL;

    if (parse_failed(p)) {
        return node_scratch(p);
    }
    if (paren.query != NULL) {
        struct ast_subquery *subquery = MAKE(p, AST_SUBQUERY, subquery, position);

        subquery->query = paren.query;
        return parse_indirection(p, node_finish(p, subquery));
    }
    if (paren.items.count == 1) {
        return parse_indirection(p, paren.items.first);
    }
    row = MAKE(p, AST_ROW, row, position);
    row->items = paren.items;
    return parse_overlaps(p, node_finish(p, row));
}

struct ast *parse_query_in_parens(struct parser *p)
{
    struct ast *query = NULL;

    expect_symbol(p, '(');
    query = parse_query(p);
    expect_symbol(p, ')');
    return query;
}

static struct ast *parse_row(struct parser *p)
{
    struct ast_row *row = MAKE(p, AST_ROW, row, p->token.position);

    expect_word(p, KEYWORD_ROW);
    row->explicit = true;
    expect_symbol(p, '(');
    if (!at_symbol(p, ')')) {
        row->items = parse_expr_list(p);
    }
    expect_symbol(p, ')');
    return parse_overlaps(p, node_finish(p, row));
}

/* row OVERLAPS row is overlaps(a, b, c, d). */
static struct ast *parse_overlaps(struct parser *p, struct ast *left)
{
    uint32_t position = p->token.position;
    struct ast *right = NULL;
    struct ast_list args = {0};

    if (!accept_word(p, KEYWORD_OVERLAPS)) {
        return left;
    }
    enter_level(p);
    right = at_symbol(p, '(') || at_word(p, KEYWORD_ROW) ? parse_primary(p) : NULL;
    leave_level(p);
    if (right == NULL || right->tag != AST_ROW) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    if (AST_AS(row, left)->items.count != 2 || AST_AS(row, right)->items.count != 2) {
        bool is_left = AST_AS(row, left)->items.count != 2;

        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, is_left ? left->position : right->position,
                    "wrong number of parameters on %s side of OVERLAPS expression",
                    is_left ? "left" : "right");
        return node_scratch(p);
    }
    args = AST_AS(row, left)->items;
    args.last->next = AST_AS(row, right)->items.first;
    args.last = AST_AS(row, right)->items.last;
    args.count = 4;
    return make_call(p, "overlaps", args, position);
}

/* ---- ARRAY, CASE, EXISTS, GROUPING ---- */

static struct ast *parse_array(struct parser *p)
{
    uint32_t position = p->token.position;

    expect_word(p, KEYWORD_ARRAY);
    if (at_symbol(p, '(')) {
        struct ast_array_subquery *array = MAKE(p, AST_ARRAY_SUBQUERY, array_subquery, position);

        array->query = parse_query_in_parens(p);
        return node_finish(p, array);
    }
    return parse_array_items(p, position);
}

/* [a, b], or [[a, b], [c, d]]: all items are then arrays. */
static struct ast *parse_array_items(struct parser *p, uint32_t position)
{
    struct ast_array *array = MAKE(p, AST_ARRAY, array, position);

    enter_level(p);
    expect_symbol(p, '[');
    if (at_symbol(p, '[')) {
        do {
            list_push(p, &array->items, parse_array_items(p, p->token.position));
        } while (accept_symbol(p, ','));
    } else if (!at_symbol(p, ']')) {
        array->items = parse_expr_list(p);
    }
    expect_symbol(p, ']');
    leave_level(p);
    return node_finish(p, array);
}

static struct ast *parse_case(struct parser *p)
{
    struct ast_case *node = MAKE(p, AST_CASE, case, p->token.position);

    expect_word(p, KEYWORD_CASE);
    if (!at_word(p, KEYWORD_WHEN)) {
        node->arg = parse_expr(p);
    }
    do {
        struct ast_when *when = MAKE(p, AST_WHEN, when, p->token.position);

        expect_word(p, KEYWORD_WHEN);
        when->condition = parse_expr(p);
        expect_word(p, KEYWORD_THEN);
        when->result = parse_expr(p);
        list_push(p, &node->whens, node_finish(p, when));
    } while (at_word(p, KEYWORD_WHEN));
    if (accept_word(p, KEYWORD_ELSE)) {
        node->otherwise = parse_expr(p);
    }
    expect_word(p, KEYWORD_END);
    return node_finish(p, node);
}

static struct ast *parse_exists(struct parser *p)
{
    struct ast_exists *exists = MAKE(p, AST_EXISTS, exists, p->token.position);

    expect_word(p, KEYWORD_EXISTS);
    exists->query = parse_query_in_parens(p);
    return node_finish(p, exists);
}

static struct ast *parse_grouping(struct parser *p)
{
    struct ast_grouping *grouping = MAKE(p, AST_GROUPING, grouping, p->token.position);

    expect_word(p, KEYWORD_GROUPING);
    expect_symbol(p, '(');
    grouping->args = parse_expr_list(p);
    expect_symbol(p, ')');
    return node_finish(p, grouping);
}
