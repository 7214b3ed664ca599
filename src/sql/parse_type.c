/*
 * parse_type.c - type names. SQL's spellings become PostgreSQL's internal names: `integer` is int4,
 * `character varying(10)` is varchar(10), `time with time zone` is timetz.
 */
#include "sql/parse_private.h"

#include "base/limits.h"

static struct ast *make_type(struct parser *p, const char *name, uint32_t position);
static struct ast_list parse_modifiers(struct parser *p);
static struct ast *parse_float(struct parser *p, uint32_t position);
static struct ast *parse_character(struct parser *p, uint32_t position);
static struct ast *parse_bit(struct parser *p, uint32_t position);
static struct ast *parse_time(struct parser *p, const char *plain, const char *zoned,
                              uint32_t position);
static void parse_interval_fields(struct parser *p, struct ast_type *type);
static void parse_interval_precision(struct parser *p, struct ast_type *type);
static bool begins_literal(struct parser *p);
static struct ast *parse_named_type(struct parser *p, uint32_t position);
static void parse_array_bounds(struct parser *p, struct ast_type *type);
static struct ast_type *type_of(struct ast *type);

static struct ast_type *type_of(struct ast *type)
{
    return (struct ast_type *)(void *)type;
}

struct ast *parse_type(struct parser *p)
{
    uint32_t position = p->token.position;
    bool setof = accept_word(p, KEYWORD_SETOF);
    struct ast *type = parse_simple_type(p);

    if (parse_failed(p)) {
        return node_scratch(p);
    }
    type_of(type)->setof = setof;
    type->position = position;
    parse_array_bounds(p, type_of(type));
    return type;
}

/* [3][4], ARRAY, ARRAY[3]: PostgreSQL ignores the sizes, so only the dimensions are kept. */
static void parse_array_bounds(struct parser *p, struct ast_type *type)
{
    if (accept_word(p, KEYWORD_ARRAY)) {
        type->dimensions = 1;
        if (accept_symbol(p, '[')) {
            (void)parse_integer(p);
            expect_symbol(p, ']');
        }
        return;
    }
    while (accept_symbol(p, '[')) {
        type->dimensions++;
        if (!at_symbol(p, ']')) {
            (void)parse_integer(p);
        }
        expect_symbol(p, ']');
    }
}

bool at_simple_type_keyword(const struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_INT:
    case KEYWORD_INTEGER:
    case KEYWORD_SMALLINT:
    case KEYWORD_BIGINT:
    case KEYWORD_REAL:
    case KEYWORD_FLOAT:
    case KEYWORD_DOUBLE:
    case KEYWORD_DECIMAL:
    case KEYWORD_DEC:
    case KEYWORD_NUMERIC:
    case KEYWORD_BOOLEAN:
    case KEYWORD_BIT:
    case KEYWORD_CHARACTER:
    case KEYWORD_CHAR:
    case KEYWORD_VARCHAR:
    case KEYWORD_NATIONAL:
    case KEYWORD_NCHAR:
    case KEYWORD_TIMESTAMP:
    case KEYWORD_TIME:
    case KEYWORD_INTERVAL:
        return true;
    default:
        return false;
    }
}

struct ast *parse_simple_type(struct parser *p)
{
    uint32_t position = p->token.position;
    enum keyword keyword = p->token.keyword;
    struct ast *type = NULL;

    if (!at_simple_type_keyword(p) ||
        (keyword == KEYWORD_DOUBLE && !peek_word(p, KEYWORD_PRECISION))) {
        return parse_named_type(p, position);
    }
    parse_advance(p);
    switch (keyword) {
    case KEYWORD_INT:
    case KEYWORD_INTEGER:
        return make_type(p, "int4", position);
    case KEYWORD_SMALLINT:
        return make_type(p, "int2", position);
    case KEYWORD_BIGINT:
        return make_type(p, "int8", position);
    case KEYWORD_REAL:
        return make_type(p, "float4", position);
    case KEYWORD_BOOLEAN:
        return make_type(p, "bool", position);
    case KEYWORD_FLOAT:
        return parse_float(p, position);
    case KEYWORD_DOUBLE:
        expect_word(p, KEYWORD_PRECISION);
        return make_type(p, "float8", position);
    case KEYWORD_DECIMAL:
    case KEYWORD_DEC:
    case KEYWORD_NUMERIC:
        type = make_type(p, "numeric", position);
        type_of(type)->modifiers = parse_modifiers(p);
        return node_finish(p, type);
    case KEYWORD_BIT:
        return parse_bit(p, position);
    case KEYWORD_TIMESTAMP:
        return parse_time(p, "timestamp", "timestamptz", position);
    case KEYWORD_TIME:
        return parse_time(p, "time", "timetz", position);
    case KEYWORD_INTERVAL:
        type = make_type(p, "interval", position);
        parse_interval_fields(p, type_of(type));
        return node_finish(p, type);
    case KEYWORD_NATIONAL:
        if (!accept_word(p, KEYWORD_CHARACTER)) {
            expect_word(p, KEYWORD_CHAR);
        }
        return parse_character(p, position);
    case KEYWORD_VARCHAR:
        type = make_type(p, "varchar", position);
        if (accept_symbol(p, '(')) {
            uint32_t length_position = p->token.position;

            list_push(p, &type_of(type)->modifiers,
                      make_integer(p, parse_integer(p), length_position));
            expect_symbol(p, ')');
        }
        return node_finish(p, type);
    default:
        return parse_character(p, position);
    }
}

/* The type's own name: type_function_name, or a qualified one. */
static struct ast *parse_named_type(struct parser *p, uint32_t position)
{
    vv_slice parts[4];
    uint32_t count = 0;
    struct ast_type *type = NULL;

    if (!at_type_name(p)) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    parts[count++] = take_name(p);
    while (count < sizeof parts / sizeof parts[0] && accept_symbol(p, '.')) {
        parts[count++] = parse_column_label(p);
    }
    type = MAKE(p, AST_TYPE, type, position);
    type->name = make_name(p, parts, count);
    check_name_parts(p, type->name, 0);
    type->modifiers = parse_modifiers(p);
    return node_finish(p, type);
}

/* A constant of a named type: `date '2020-01-01'`; the string is current. */
struct ast *parse_generic_type(struct parser *p, struct ast_name name, uint32_t position)
{
    struct ast_type *type = MAKE(p, AST_TYPE, type, position);
    struct ast *text = make_string(p, p->token.value, p->token.position);

    parse_advance(p);
    type->name = name;
    check_name_parts(p, name, 0);
    return make_cast(p, text, node_finish(p, type), position);
}

/* ConstTypename Sconst. NULL when the key word is a column's name after all. */
struct ast *parse_type_literal(struct parser *p)
{
    uint32_t position = p->token.position;
    bool interval = at_word(p, KEYWORD_INTERVAL);
    struct ast *type = NULL;
    struct ast *text = NULL;

    if (!begins_literal(p)) {
        return NULL;
    }
    if (interval) {
        parse_advance(p);
        type = make_type(p, "interval", position);
        if (at_symbol(p, '(')) {
            parse_interval_precision(p, type_of(type));
            interval = false;
        }
    } else {
        type = parse_simple_type(p);
    }
    text = make_string(p, p->token.value, p->token.position);
    if (p->token.kind != LEX_STRING) {
        parse_syntax_error(p);
    }
    parse_advance(p);
    if (interval) {
        parse_interval_fields(p, type_of(type));
    }
    return make_cast(p, text, node_finish(p, type), position);
}

static bool begins_literal(struct parser *p)
{
    const struct lex_token *next = parse_peek(p);

    if (next->kind == LEX_STRING) {
        return p->token.keyword != KEYWORD_DOUBLE && p->token.keyword != KEYWORD_NATIONAL;
    }
    switch (p->token.keyword) {
    case KEYWORD_DOUBLE:
        return next->keyword == KEYWORD_PRECISION;
    case KEYWORD_NATIONAL:
        return next->keyword == KEYWORD_CHARACTER || next->keyword == KEYWORD_CHAR;
    case KEYWORD_BIT:
    case KEYWORD_CHARACTER:
    case KEYWORD_CHAR:
    case KEYWORD_NCHAR:
        return next->keyword == KEYWORD_VARYING || next->symbol == '(';
    case KEYWORD_TIME:
    case KEYWORD_TIMESTAMP:
        return next->keyword == KEYWORD_WITH || next->keyword == KEYWORD_WITHOUT ||
               next->symbol == '(';
    default:
        return next->symbol == '(';
    }
}

static struct ast *make_type(struct parser *p, const char *name, uint32_t position)
{
    struct ast_type *type = MAKE(p, AST_TYPE, type, position);

    type->name = make_simple_name(p, slice_text(name));
    return node_finish(p, type);
}

static struct ast_list parse_modifiers(struct parser *p)
{
    struct ast_list modifiers = {0};

    if (accept_symbol(p, '(')) {
        modifiers = parse_expr_list(p);
        expect_symbol(p, ')');
    }
    return modifiers;
}

/* float(n): n bits. */
static struct ast *parse_float(struct parser *p, uint32_t position)
{
    int64_t bits = 53;

    if (accept_symbol(p, '(')) {
        uint32_t bits_position = p->token.position;

        bits = parse_integer(p);
        if (bits < 1) {
            parse_error(p, VV_SQLSTATE_INVALID_PARAMETER_VALUE, bits_position,
                        "precision for type float must be at least 1 bit");
        } else if (bits > 53) {
            parse_error(p, VV_SQLSTATE_INVALID_PARAMETER_VALUE, bits_position,
                        "precision for type float must be less than 54 bits");
        }
        expect_symbol(p, ')');
    }
    return make_type(p, bits <= 24 ? "float4" : "float8", position);
}

/* Behind CHARACTER, CHAR or NCHAR. Without a length a plain one has length 1. */
static struct ast *parse_character(struct parser *p, uint32_t position)
{
    bool varying = accept_word(p, KEYWORD_VARYING);
    struct ast *type = make_type(p, varying ? "varchar" : "bpchar", position);

    if (accept_symbol(p, '(')) {
        uint32_t length_position = p->token.position;

        list_push(p, &type_of(type)->modifiers, make_integer(p, parse_integer(p), length_position));
        expect_symbol(p, ')');
    } else if (!varying) {
        list_push(p, &type_of(type)->modifiers, make_integer(p, 1, 0));
    }
    return node_finish(p, type);
}

static struct ast *parse_bit(struct parser *p, uint32_t position)
{
    bool varying = accept_word(p, KEYWORD_VARYING);
    struct ast *type = make_type(p, varying ? "varbit" : "bit", position);

    type_of(type)->modifiers = parse_modifiers(p);
    if (!varying && type_of(type)->modifiers.count == 0) {
        list_push(p, &type_of(type)->modifiers, make_integer(p, 1, 0));
    }
    return node_finish(p, type);
}

/* Behind TIME or TIMESTAMP: [(n)] [WITH | WITHOUT TIME ZONE]. */
static struct ast *parse_time(struct parser *p, const char *plain, const char *zoned,
                              uint32_t position)
{
    struct ast_list modifiers = {0};
    struct ast *type = NULL;
    bool with = false;

    if (accept_symbol(p, '(')) {
        uint32_t precision_position = p->token.position;

        list_push(p, &modifiers, make_integer(p, parse_integer(p), precision_position));
        expect_symbol(p, ')');
    }
    with = accept_words(p, KEYWORD_WITH, KEYWORD_TIME);
    if (with || accept_words(p, KEYWORD_WITHOUT, KEYWORD_TIME)) {
        expect_word(p, KEYWORD_ZONE);
    }
    type = make_type(p, with ? zoned : plain, position);
    type_of(type)->modifiers = modifiers;
    return node_finish(p, type);
}

/* Behind INTERVAL: fields, as a first modifier "day to second", and the precision of seconds. */
static void parse_interval_fields(struct parser *p, struct ast_type *type)
{
    static const enum keyword fields[] = {KEYWORD_YEAR, KEYWORD_MONTH,  KEYWORD_DAY,
                                          KEYWORD_HOUR, KEYWORD_MINUTE, KEYWORD_SECOND};
    uint32_t position = p->token.position;
    size_t from = 0;
    size_t to = 0;
    const char *text = NULL;

    if (at_symbol(p, '(')) {
        parse_interval_precision(p, type);
        return;
    }
    while (from < 6 && !accept_word(p, fields[from])) {
        from++;
    }
    if (from == 6) {
        return;
    }
    to = from;
    text = keyword_text(fields[from]);
    if (at_word(p, KEYWORD_TO) && from != 1 && from != 5) {
        parse_advance(p);
        to = from + 1;
        while (to < 6 && !at_word(p, fields[to])) {
            to++;
        }
        if (to == 6 || (from == 0 && to != 1)) {
            parse_syntax_error(p);
            return;
        }
        parse_advance(p);
        text = arena_format(p->arena, "%s to %s", text, keyword_text(fields[to]));
        if (text == NULL) {
            parse_error(p, VV_SQLSTATE_OUT_OF_MEMORY, position, "out of memory");
            return;
        }
    }
    list_push(p, &type->modifiers, make_text_string(p, text, position));
    if (to == 5 && at_symbol(p, '(')) {
        parse_interval_precision(p, type);
    }
}

static void parse_interval_precision(struct parser *p, struct ast_type *type)
{
    uint32_t position = 0;

    expect_symbol(p, '(');
    position = p->token.position;
    list_push(p, &type->modifiers, make_integer(p, parse_integer(p), position));
    expect_symbol(p, ')');
}
