/*
 * parse_expr.c - operators: precedence climbing with PostgreSQL 15's table.
 *
 * climb() reads an operand and then every operator that binds at least as tightly as `minimum`. A chain
 * of equal operators grows to the left in its loop, without recursion; AND and OR collect their operands
 * in one node. "plain" is gram.y's b_expr: no AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL, so that
 * `BETWEEN a AND b` and `DEFAULT 1 NOT NULL` end where they must.
 */
#include "sql/parse_private.h"
#include "sql/precedence.h"

#include "base/limits.h"

/* Where an expression stands. */
enum context {
    NORMAL,
    PLAIN, /* b_expr */
    TARGET /* of SELECT: `SELECT a is FROM t` has a column labelled "is" */
};

static struct ast *climb(struct parser *p, struct ast *left, enum precedence minimum,
                         enum context context);
static struct ast *parse_prefix(struct parser *p, enum context context);
static struct ast *parse_not(struct parser *p, enum context context);
static struct ast *parse_prefix_operator(struct parser *p, enum context context);
static enum precedence precedence_at(struct parser *p, enum context context);
static bool is_label_here(struct parser *p);
static enum precedence word_precedence(struct parser *p);
static struct ast *parse_infix(struct parser *p, struct ast *left, enum precedence precedence,
                               enum context context);
static struct ast *parse_chain(struct parser *p, struct ast *left, enum ast_tag tag,
                               enum keyword word, enum precedence precedence, enum context context);
static struct ast *parse_is(struct parser *p, struct ast *left, enum context context);
static struct ast *parse_is_normalized(struct parser *p, struct ast *left, bool negated,
                                       uint32_t position);
static struct ast *make_is(struct parser *p, struct ast *left, enum ast_is_what what, bool negated,
                           uint32_t position);
static struct ast *parse_distinct_from(struct parser *p, struct ast *left, bool negated,
                                       uint32_t position, enum context context);
static struct ast *parse_like_level(struct parser *p, struct ast *left, enum context context);
static struct ast *parse_between(struct parser *p, struct ast *left, bool negated,
                                 uint32_t position, enum context context);
static struct ast *parse_in(struct parser *p, struct ast *left, bool negated, uint32_t position);
static struct ast *parse_like(struct parser *p, struct ast *left, enum ast_like_kind kind,
                              bool negated, uint32_t position, enum context context);
static struct ast *parse_binary(struct parser *p, struct ast *left, enum precedence precedence,
                                enum context context);
static bool at_quantifier(const struct parser *p);
static struct ast *parse_quantified(struct parser *p, struct ast *left, vv_slice op,
                                    uint32_t position);
static struct ast *parse_time_zone(struct parser *p, struct ast *left, enum context context);
static struct ast *parse_collate(struct parser *p, struct ast *left);
static void refuse_again(struct parser *p, enum precedence precedence);
static bool fits_integer(const char *text, int64_t *value_out);

struct ast *parse_expr(struct parser *p)
{
    return climb(p, NULL, PREC_OR, NORMAL);
}

struct ast *parse_target_expr(struct parser *p)
{
    return climb(p, NULL, PREC_OR, TARGET);
}

struct ast *parse_plain_expr(struct parser *p)
{
    return climb(p, NULL, PREC_OR, PLAIN);
}

struct ast *parse_expr_from(struct parser *p, struct ast *left)
{
    return climb(p, left, PREC_OR, NORMAL);
}

struct ast_list parse_expr_list(struct parser *p)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, parse_expr(p));
    } while (accept_symbol(p, ','));
    return list;
}

static struct ast *climb(struct parser *p, struct ast *left, enum precedence minimum,
                         enum context context)
{
    enter_level(p);
    if (left == NULL) {
        left = parse_prefix(p, context);
    }
    for (uint32_t count = 1;; count++) {
        enum precedence precedence = precedence_at(p, context);

        if (precedence == PREC_NONE || precedence < minimum) {
            break;
        }
        /* The binder would refuse it: said before memory is spent on more of it. */
        if (count > LIMIT_DEPTH) {
            parse_too_deep(p, p->token.position);
            break;
        }
        left = parse_infix(p, left, precedence, context);
    }
    leave_level(p);
    return left;
}

/* ---- Operands with something in front ---- */

static struct ast *parse_prefix(struct parser *p, enum context context)
{
    if (at_word(p, KEYWORD_NOT) && context != PLAIN) {
        return parse_not(p, context);
    }
    if (p->token.kind == LEX_OPERATOR || (at_word(p, KEYWORD_OPERATOR) && peek_symbol(p, '('))) {
        return parse_prefix_operator(p, context);
    }
    return parse_primary(p);
}

static struct ast *parse_not(struct parser *p, enum context context)
{
    struct ast_not *not = MAKE(p, AST_NOT, not, p->token.position);

    parse_advance(p);
    not ->arg = climb(p, NULL, PREC_NOT, context);
    return node_finish(p, not );
}

/* A sign, any operator that is not one of SQL's infix ones, or `?` as a parameter. */
static struct ast *parse_prefix_operator(struct parser *p, enum context context)
{
    uint32_t position = p->token.position;
    struct ast_unary *unary = NULL;
    enum precedence precedence = precedence_of_operator(p->token.value);

    if (p->token.kind == LEX_OPERATOR && p->token.value.data[0] == '?') {
        return parse_primary(p);
    }
    if (accept_symbol(p, '-')) {
        return negate(p, climb(p, NULL, PREC_SIGN, context), position);
    }
    if (p->token.kind == LEX_OPERATOR && precedence != PREC_OTHER && !at_symbol(p, '+')) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    unary = MAKE(p, AST_UNARY, unary, position);
    precedence = at_symbol(p, '+') ? PREC_SIGN : PREC_OTHER + 1; /* `@ a || b` is `(@ a) || b` */
    unary->op = parse_any_operator(p, &unary->qualified);
    unary->arg = climb(p, NULL, precedence, context);
    return node_finish(p, unary);
}

/* gram.y's doNegate(): a minus before a number becomes part of it. */
struct ast *negate(struct parser *p, struct ast *arg, uint32_t position)
{
    struct ast_unary *unary = NULL;

    if (parse_failed(p)) {
        return node_scratch(p);
    }
    if (arg->tag == AST_INTEGER && AST_AS(integer, arg)->value != INT64_MIN) {
        return make_integer(p, -AST_AS(integer, arg)->value, position);
    }
    if (arg->tag == AST_NUMBER || arg->tag == AST_INTEGER) {
        struct ast_number *number = MAKE(p, AST_NUMBER, number, position);
        vv_slice text =
            arg->tag == AST_NUMBER ? AST_AS(number, arg)->text : slice_text("-9223372036854775808");
        char *negated =
            text.data[0] == '-'
                ? arena_text(p->arena, (const char *)text.data + 1, text.size - 1)
                : arena_format(p->arena, "-%.*s", (int)text.size, (const char *)text.data);
        int64_t value = 0;

        if (negated == NULL) {
            parse_error(p, VV_SQLSTATE_OUT_OF_MEMORY, position, "out of memory");
            return node_scratch(p);
        }
        if (fits_integer(negated, &value)) {
            return make_integer(p, value, position);
        }
        number->text = slice_text(negated);
        return &number->node;
    }
    unary = MAKE(p, AST_UNARY, unary, position);
    unary->op = slice_text("-");
    unary->arg = arg;
    return node_finish(p, unary);
}

/* Only -2^63 can come here and fit: everything smaller was an AST_INTEGER already. */
static bool fits_integer(const char *text, int64_t *value_out)
{
    *value_out = INT64_MIN;
    return strcmp(text, "-9223372036854775808") == 0;
}

/* ---- What stands between operands ---- */

static enum precedence precedence_at(struct parser *p, enum context context)
{
    enum precedence precedence = PREC_NONE;

    switch (p->token.kind) {
    case LEX_TYPECAST:
        return PREC_CAST;
    case LEX_OPERATOR:
        return precedence_of_operator(p->token.value);
    case LEX_NAME:
        precedence = p->token.keyword == KEYWORD_ABSENT ? PREC_NONE : word_precedence(p);
        if (context == PLAIN && precedence != PREC_IS && precedence != PREC_OTHER) {
            return PREC_NONE;
        }
        if (context == TARGET && precedence != PREC_NONE && !at_word(p, KEYWORD_ISNULL) &&
            !at_word(p, KEYWORD_NOTNULL) && is_label_here(p)) {
            return PREC_NONE;
        }
        return precedence;
    default:
        return PREC_NONE;
    }
}

/* Whether the word that could be an operator is a label, because the list or clause ends behind it. */
static bool is_label_here(struct parser *p)
{
    const struct lex_token *next = parse_peek(p);

    switch (next->keyword) {
    case KEYWORD_INTO:
    case KEYWORD_FROM:
    case KEYWORD_WHERE:
    case KEYWORD_GROUP:
    case KEYWORD_HAVING:
    case KEYWORD_WINDOW:
    case KEYWORD_UNION:
    case KEYWORD_INTERSECT:
    case KEYWORD_EXCEPT:
    case KEYWORD_ORDER:
    case KEYWORD_LIMIT:
    case KEYWORD_OFFSET:
    case KEYWORD_FETCH:
    case KEYWORD_FOR:
        return true;
    default:
        return next->kind == LEX_END || next->symbol == ',' || next->symbol == ')' ||
               next->symbol == ';';
    }
}

static enum precedence word_precedence(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_OR:
        return PREC_OR;
    case KEYWORD_AND:
        return PREC_AND;
    case KEYWORD_IS:
    case KEYWORD_ISNULL:
    case KEYWORD_NOTNULL:
        return PREC_IS;
    case KEYWORD_BETWEEN:
    case KEYWORD_IN:
    case KEYWORD_LIKE:
    case KEYWORD_ILIKE:
        return PREC_LIKE;
    case KEYWORD_SIMILAR:
        return peek_word(p, KEYWORD_TO) ? PREC_LIKE : PREC_NONE;
    case KEYWORD_NOT:
        switch (parse_peek(p)->keyword) {
        case KEYWORD_BETWEEN:
        case KEYWORD_IN:
        case KEYWORD_LIKE:
        case KEYWORD_ILIKE:
        case KEYWORD_SIMILAR:
            return PREC_LIKE;
        default:
            return PREC_NONE;
        }
    case KEYWORD_AT:
        return peek_word(p, KEYWORD_TIME) ? PREC_AT : PREC_NONE;
    case KEYWORD_COLLATE:
        return PREC_COLLATE;
    case KEYWORD_OPERATOR:
        return peek_symbol(p, '(') ? PREC_OTHER : PREC_NONE;
    default:
        return PREC_NONE;
    }
}

static struct ast *parse_infix(struct parser *p, struct ast *left, enum precedence precedence,
                               enum context context)
{
    switch (precedence) {
    case PREC_OR:
        return parse_chain(p, left, AST_OR, KEYWORD_OR, PREC_OR, context);
    case PREC_AND:
        return parse_chain(p, left, AST_AND, KEYWORD_AND, PREC_AND, context);
    case PREC_IS:
        return parse_is(p, left, context);
    case PREC_LIKE:
        return parse_like_level(p, left, context);
    case PREC_AT:
        return parse_time_zone(p, left, context);
    case PREC_COLLATE:
        return parse_collate(p, left);
    case PREC_CAST: {
        uint32_t position = p->token.position;

        parse_advance(p);
        return make_cast(p, left, parse_type(p), position);
    }
    default:
        return parse_binary(p, left, precedence, context);
    }
}

/* a AND b AND c …: one node. struct ast_and and struct ast_or have the same shape. */
static struct ast *parse_chain(struct parser *p, struct ast *left, enum ast_tag tag,
                               enum keyword word, enum precedence precedence, enum context context)
{
    struct ast_and *chain = MAKE(p, tag, and, p->token.position);

    static_assert(sizeof(struct ast_and) == sizeof(struct ast_or), "one shape");
    list_push(p, &chain->args, left);
    while (accept_word(p, word)) {
        list_push(p, &chain->args, climb(p, NULL, precedence + 1, context));
    }
    return node_finish(p, chain);
}

static struct ast *parse_is(struct parser *p, struct ast *left, enum context context)
{
    uint32_t position = p->token.position;
    bool negated = false;

    if (accept_word(p, KEYWORD_ISNULL)) {
        return make_is(p, left, AST_IS_NULL, false, position);
    }
    if (accept_word(p, KEYWORD_NOTNULL)) {
        return make_is(p, left, AST_IS_NULL, true, position);
    }
    expect_word(p, KEYWORD_IS);
    negated = accept_word(p, KEYWORD_NOT);
    if (accept_word(p, KEYWORD_DISTINCT)) {
        expect_word(p, KEYWORD_FROM);
        return parse_distinct_from(p, left, negated, position, context);
    }
    if (context == PLAIN) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    if (accept_word(p, KEYWORD_NULL)) {
        return make_is(p, left, AST_IS_NULL, negated, position);
    }
    if (accept_word(p, KEYWORD_TRUE)) {
        return make_is(p, left, AST_IS_TRUE, negated, position);
    }
    if (accept_word(p, KEYWORD_FALSE)) {
        return make_is(p, left, AST_IS_FALSE, negated, position);
    }
    if (accept_word(p, KEYWORD_UNKNOWN)) {
        return make_is(p, left, AST_IS_UNKNOWN, negated, position);
    }
    if (at_word(p, KEYWORD_DOCUMENT)) {
        parse_unsupported(p, position, "IS DOCUMENT");
    } else if (at_word(p, KEYWORD_NORMALIZED) || peek_word(p, KEYWORD_NORMALIZED)) {
        return parse_is_normalized(p, left, negated, position);
    }
    parse_syntax_error(p);
    return node_scratch(p);
}

/* x IS [NOT] [form] NORMALIZED is [NOT] is_normalized(x [, 'form']). */
static struct ast *parse_is_normalized(struct parser *p, struct ast *left, bool negated,
                                       uint32_t position)
{
    struct ast_list args = {0};
    struct ast *call = NULL;
    struct ast_not *not = NULL;

    list_push(p, &args, left);
    if (!at_word(p, KEYWORD_NORMALIZED)) {
        if (!at_word(p, KEYWORD_NFC) && !at_word(p, KEYWORD_NFD) && !at_word(p, KEYWORD_NFKC) &&
            !at_word(p, KEYWORD_NFKD)) {
            parse_syntax_error(p);
            return node_scratch(p);
        }
        list_push(p, &args, make_string(p, keyword_slice(p->token.keyword), p->token.position));
        parse_advance(p);
    }
    expect_word(p, KEYWORD_NORMALIZED);
    call = make_call(p, "is_normalized", args, position);
    if (!negated) {
        return call;
    }
    not = MAKE(p, AST_NOT, not, position);
    not ->arg = call;
    return node_finish(p, not );
}

static struct ast *make_is(struct parser *p, struct ast *left, enum ast_is_what what, bool negated,
                           uint32_t position)
{
    struct ast_is *is = MAKE(p, AST_IS, is, position);

    is->what = what;
    is->negated = negated;
    is->arg = left;
    return node_finish(p, is);
}

static struct ast *parse_distinct_from(struct parser *p, struct ast *left, bool negated,
                                       uint32_t position, enum context context)
{
    struct ast_distinct_from *distinct = MAKE(p, AST_DISTINCT_FROM, distinct_from, position);

    distinct->negated = negated;
    distinct->left = left;
    distinct->right = climb(p, NULL, PREC_IS + 1, context);
    refuse_again(p, PREC_IS);
    return node_finish(p, distinct);
}

static struct ast *parse_like_level(struct parser *p, struct ast *left, enum context context)
{
    uint32_t position = p->token.position;
    bool negated = accept_word(p, KEYWORD_NOT);

    if (accept_word(p, KEYWORD_BETWEEN)) {
        return parse_between(p, left, negated, position, context);
    }
    if (accept_word(p, KEYWORD_IN)) {
        return parse_in(p, left, negated, position);
    }
    if (accept_word(p, KEYWORD_LIKE)) {
        return parse_like(p, left, AST_LIKE_LIKE, negated, position, context);
    }
    if (accept_word(p, KEYWORD_ILIKE)) {
        return parse_like(p, left, AST_LIKE_ILIKE, negated, position, context);
    }
    expect_word(p, KEYWORD_SIMILAR);
    expect_word(p, KEYWORD_TO);
    return parse_like(p, left, AST_LIKE_SIMILAR, negated, position, context);
}

static struct ast *parse_between(struct parser *p, struct ast *left, bool negated,
                                 uint32_t position, enum context context)
{
    struct ast_between *between = MAKE(p, AST_BETWEEN, between, position);

    between->negated = negated;
    between->symmetric = accept_word(p, KEYWORD_SYMMETRIC);
    if (!between->symmetric) {
        (void)accept_word(p, KEYWORD_ASYMMETRIC);
    }
    between->arg = left;
    between->low = parse_plain_expr(p);
    expect_word(p, KEYWORD_AND);
    between->high = climb(p, NULL, PREC_LIKE + 1, context);
    refuse_again(p, PREC_LIKE);
    return node_finish(p, between);
}

static struct ast *parse_in(struct parser *p, struct ast *left, bool negated, uint32_t position)
{
    struct ast_in *in = MAKE(p, AST_IN, in, position);
    struct paren paren = {0};

    /* `x IN ()` is SQLite's and false; PostgreSQL wants at least one. */
    if (at_symbol(p, '(') && peek_symbol(p, ')')) {
        parse_advance(p);
        parse_advance(p);
    } else {
        paren = parse_paren(p, true);
    }

    in->negated = negated;
    in->arg = left;
    in->items = paren.items;
    in->query = paren.query;
    return node_finish(p, in);
}

static struct ast *parse_like(struct parser *p, struct ast *left, enum ast_like_kind kind,
                              bool negated, uint32_t position, enum context context)
{
    static const char *const operators[2][2] = {{"~~", "!~~"}, {"~~*", "!~~*"}};
    struct ast_like *like = NULL;

    if (kind != AST_LIKE_SIMILAR && at_quantifier(p)) {
        return parse_quantified(p, left, slice_text(operators[kind][negated]), position);
    }
    like = MAKE(p, AST_LIKE, like, position);
    like->kind = kind;
    like->negated = negated;
    like->arg = left;
    like->pattern = climb(p, NULL, PREC_LIKE + 1, context);
    if (accept_word(p, KEYWORD_ESCAPE)) {
        like->escape = climb(p, NULL, PREC_LIKE + 1, context);
    }
    refuse_again(p, PREC_LIKE);
    return node_finish(p, like);
}

static struct ast *parse_binary(struct parser *p, struct ast *left, enum precedence precedence,
                                enum context context)
{
    uint32_t position = p->token.position;
    bool qualified = false;
    vv_slice op = parse_any_operator(p, &qualified);
    struct ast_binary *binary = NULL;

    if (context != PLAIN && at_quantifier(p)) {
        return parse_quantified(p, left, op, position);
    }
    binary = MAKE(p, AST_BINARY, binary, position);
    binary->op = op;
    binary->qualified = qualified;
    binary->left = left;
    binary->right = climb(p, NULL, precedence + 1, context);
    if (precedence == PREC_COMPARISON) {
        refuse_again(p, PREC_COMPARISON);
    }
    return node_finish(p, binary);
}

static bool at_quantifier(const struct parser *p)
{
    return at_word(p, KEYWORD_ANY) || at_word(p, KEYWORD_SOME) || at_word(p, KEYWORD_ALL);
}

static struct ast *parse_quantified(struct parser *p, struct ast *left, vv_slice op,
                                    uint32_t position)
{
    struct ast_quantified *quantified = MAKE(p, AST_QUANTIFIED, quantified, position);
    struct paren paren;

    quantified->op = op;
    quantified->all = at_word(p, KEYWORD_ALL);
    parse_advance(p);
    paren = parse_paren(p, false);
    quantified->arg = left;
    quantified->array = paren.items.first;
    quantified->query = paren.query;
    return node_finish(p, quantified);
}

/* x AT TIME ZONE z is timezone(z, x). */
static struct ast *parse_time_zone(struct parser *p, struct ast *left, enum context context)
{
    uint32_t position = p->token.position;
    struct ast_list args = {0};

    expect_word(p, KEYWORD_AT);
    expect_word(p, KEYWORD_TIME);
    expect_word(p, KEYWORD_ZONE);
    list_push(p, &args, climb(p, NULL, PREC_AT + 1, context));
    list_push(p, &args, left);
    return make_call(p, "timezone", args, position);
}

static struct ast *parse_collate(struct parser *p, struct ast *left)
{
    struct ast_collate *collate = MAKE(p, AST_COLLATE, collate, p->token.position);

    parse_advance(p);
    collate->arg = left;
    collate->name = parse_any_name(p);
    return node_finish(p, collate);
}

/* a = b = c, a LIKE b LIKE c, a IS DISTINCT FROM b IS …: not associative. */
static void refuse_again(struct parser *p, enum precedence precedence)
{
    if (precedence_at(p, NORMAL) == precedence) {
        parse_syntax_error(p);
    }
}

/* ---- Operators by name ---- */

vv_slice parse_any_operator(struct parser *p, bool *qualified_out)
{
    vv_slice op = slice_make("", 0);

    *qualified_out = false;
    if (accept_word(p, KEYWORD_OPERATOR)) {
        *qualified_out = true;
        expect_symbol(p, '(');
        while (at_column_id(p)) {
            uint32_t position = p->token.position;

            if (!slice_is(take_name(p), "pg_catalog")) {
                parse_unsupported(p, position, "an operator outside of pg_catalog");
            }
            expect_symbol(p, '.');
        }
    }
    if (p->token.kind != LEX_OPERATOR) {
        parse_syntax_error(p);
        return op;
    }
    op = intern_operator(p, p->token.value);
    parse_advance(p);
    if (*qualified_out) {
        expect_symbol(p, ')');
    }
    return op;
}

/* A text that stays: static for the usual ones. != is another spelling of <>. */
vv_slice intern_operator(struct parser *p, vv_slice text)
{
    static const char *const usual[] = {"=", "<", ">", "<=", ">=", "<>", "+",
                                        "-", "*", "/", "%",  "^",  "||"};
    const void *copy = NULL;

    if (slice_is(text, "!=")) {
        return slice_text("<>");
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (slice_is(text, usual[i])) {
            return slice_text(usual[i]);
        }
    }
    copy = arena_copy(p->arena, text.data, text.size);
    if (copy == NULL) {
        parse_error(p, VV_SQLSTATE_OUT_OF_MEMORY, p->token.position, "out of memory");
        return slice_make("", 0);
    }
    return slice_make(copy, text.size);
}
