/*
 * S3 as a property: random trees, and random mutations of statements, print to text that parses back to
 * an equal tree.
 */
#include "test.h"

#include "sql/sql.h"

#include "base/rng.h"
#include "sql/lex.h"

#include <stdlib.h>

struct print_fixture {
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    struct rng rng;
};

static const char *const statements[] = {
#define X(statement, printed) statement,
#include "accepted.def"
#undef X
};

static void fixture_open(struct print_fixture *f, uint64_t seed)
{
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 1 << 16);
    rng_init(&f->rng, test_seed(seed));
}

static void fixture_close(struct print_fixture *f)
{
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

static void check_round_trip(struct print_fixture *f, const struct ast *tree, const char *from)
{
    vv_slice text;
    struct sql_statement *again = NULL;

    TEST_OK(sql_print(tree, &f->arena, &text));
    if (sql_parse(text, &f->arena, &again, &f->error) != VV_OK) {
        fail_msg("%s\n%s\n%s at %u", from, (const char *)text.data, f->error.message,
                 f->error.position);
    }
    if (again == NULL || again->next != NULL || !ast_equal(tree, again->tree)) {
        fail_msg("%s\n%s\n%s\n%s", from, (const char *)text.data, ast_dump(&f->arena, tree),
                 again == NULL ? "nothing" : ast_dump(&f->arena, again->tree));
    }
}

/* ---- Mutations ---- */

/* Tokens of one statement spliced into another, some left out. */
static char *mutate(struct print_fixture *f)
{
    char *text = arena_get(&f->arena, 1 << 14);
    size_t size = 0;
    const char *now = statements[rng_below(&f->rng, sizeof statements / sizeof statements[0])];
    struct lex lex;
    struct lex_token token;

    if (lex_init(&lex, slice_text(now), &f->arena, &f->error) != VV_OK) {
        return NULL;
    }
    for (lex_next(&lex, &token); token.kind > LEX_ERROR && size < 12000; lex_next(&lex, &token)) {
        uint64_t dice = rng_below(&f->rng, 60);

        if (dice == 0) {
            continue;
        }
        if (dice == 1) {
            const char *other =
                statements[rng_below(&f->rng, sizeof statements / sizeof statements[0])];
            size_t other_size = strlen(other);
            size_t from = rng_below(&f->rng, other_size + 1);
            size_t span = rng_below(&f->rng, 20);

            span = span > other_size - from ? other_size - from : span;
            memcpy(text + size, other + from, span);
            size += span;
            text[size++] = ' ';
        }
        memcpy(text + size, now + token.start, token.end - token.start);
        size += token.end - token.start;
        text[size++] = ' ';
    }
    text[size] = '\0';
    return text;
}

TEST(mutated_statements_round_trip)
{
    struct print_fixture f;
    int parsed = 0;

    fixture_open(&f, 7);
    for (uint64_t i = 0; i < 20000 * test_effort(); i++) {
        struct sql_statement *first = NULL;
        char *text = NULL;

        arena_reset(&f.arena);
        text = mutate(&f);
        if (text == NULL || sql_parse(slice_text(text), &f.arena, &first, &f.error) != VV_OK) {
            continue;
        }
        for (; first != NULL; first = first->next) {
            check_round_trip(&f, first->tree, text);
            parsed++;
        }
    }
    TEST_TRUE(parsed > 1000);
    fixture_close(&f);
}

/* ---- Random expressions ---- */

static struct ast *random_expr(struct print_fixture *f, int depth);

static void *make(struct print_fixture *f, enum ast_tag tag)
{
    struct ast *node = arena_zero(&f->arena, 256);

    node->tag = (uint16_t)tag;
    return node;
}

static void push(struct ast_list *list, struct ast *item)
{
    if (list->last == NULL) {
        list->first = item;
    } else {
        list->last->next = item;
    }
    list->last = item;
    list->count++;
}

static struct ast *random_leaf(struct print_fixture *f)
{
    static const char *const names[] = {"a",    "B",        "select", "left", "between",
                                        "over", "rows",     "x y",    "year", "unbounded",
                                        "a\"b", "operator", "values", "row"};
    vv_slice *part = arena_get(&f->arena, sizeof *part);

    switch (rng_below(&f->rng, 5)) {
    case 0: {
        struct ast_integer *integer = make(f, AST_INTEGER);

        integer->value = (int64_t)rng_below(&f->rng, 7) - 3;
        return &integer->node;
    }
    case 1: {
        struct ast_string *string = make(f, AST_STRING);

        string->text = slice_text(rng_chance(&f->rng, 1, 2) ? "it's" : "\\");
        return &string->node;
    }
    case 2:
        return make(f, AST_NULL);
    case 3: {
        struct ast_boolean *boolean = make(f, AST_BOOLEAN);

        boolean->value = rng_chance(&f->rng, 1, 2);
        return &boolean->node;
    }
    default: {
        struct ast_column *column = make(f, AST_COLUMN);

        *part = slice_text(names[rng_below(&f->rng, sizeof names / sizeof names[0])]);
        column->name = (struct ast_name){part, 1};
        return &column->node;
    }
    }
}

static struct ast *random_operator(struct print_fixture *f, int depth)
{
    static const char *const ops[] = {"+", "-",  "*",  "/",  "%",  "^",  "=", "<",
                                      ">", "<=", "<>", "||", "@>", "&&", "~", "!~~"};

    if (rng_chance(&f->rng, 1, 5)) {
        struct ast_unary *unary = make(f, AST_UNARY);

        unary->op = slice_text(rng_chance(&f->rng, 1, 3) ? "@" : "+");
        unary->arg = random_expr(f, depth);
        return &unary->node;
    }
    if (rng_chance(&f->rng, 1, 5)) {
        struct ast_quantified *quantified = make(f, AST_QUANTIFIED);

        quantified->op = slice_text(ops[rng_below(&f->rng, 16)]);
        quantified->all = rng_chance(&f->rng, 1, 2);
        quantified->arg = random_expr(f, depth);
        quantified->array = random_expr(f, depth);
        return &quantified->node;
    }
    struct ast_binary *binary = make(f, AST_BINARY);

    binary->op = slice_text(ops[rng_below(&f->rng, 16)]);
    binary->qualified = rng_chance(&f->rng, 1, 10);
    binary->left = random_expr(f, depth);
    binary->right = random_expr(f, depth);
    return &binary->node;
}

static struct ast *random_predicate(struct print_fixture *f, int depth)
{
    switch (rng_below(&f->rng, 5)) {
    case 0: {
        struct ast_between *between = make(f, AST_BETWEEN);

        between->negated = rng_chance(&f->rng, 1, 2);
        between->arg = random_expr(f, depth);
        between->low = random_expr(f, depth);
        between->high = random_expr(f, depth);
        return &between->node;
    }
    case 1: {
        struct ast_in *in = make(f, AST_IN);

        in->negated = rng_chance(&f->rng, 1, 2);
        in->arg = random_expr(f, depth);
        push(&in->items, random_expr(f, depth));
        push(&in->items, random_expr(f, depth));
        return &in->node;
    }
    case 2: {
        struct ast_like *like = make(f, AST_LIKE);

        like->kind = (enum ast_like_kind)rng_below(&f->rng, 3);
        like->negated = rng_chance(&f->rng, 1, 2);
        like->arg = random_expr(f, depth);
        like->pattern = random_expr(f, depth);
        like->escape = rng_chance(&f->rng, 1, 3) ? random_expr(f, depth) : NULL;
        return &like->node;
    }
    case 3: {
        struct ast_is *is = make(f, AST_IS);

        is->what = (enum ast_is_what)rng_below(&f->rng, 4);
        is->negated = rng_chance(&f->rng, 1, 2);
        is->arg = random_expr(f, depth);
        return &is->node;
    }
    default: {
        struct ast_distinct_from *distinct = make(f, AST_DISTINCT_FROM);

        distinct->negated = rng_chance(&f->rng, 1, 2);
        distinct->left = random_expr(f, depth);
        distinct->right = random_expr(f, depth);
        return &distinct->node;
    }
    }
}

static struct ast *random_logic(struct print_fixture *f, int depth)
{
    struct ast_and *chain = NULL;

    if (rng_chance(&f->rng, 1, 3)) {
        struct ast_not *not = make(f, AST_NOT);

        not ->arg = random_expr(f, depth);
        return &not ->node;
    }
    chain = make(f, rng_chance(&f->rng, 1, 2) ? AST_AND : AST_OR);
    for (uint64_t i = rng_below(&f->rng, 3) + 2; i > 0; i--) {
        push(&chain->args, random_expr(f, depth));
    }
    return &chain->node;
}

static struct ast *random_typed(struct print_fixture *f, int depth)
{
    static const char *const types[] = {"int4", "text", "float8", "interval", "timestamptz", "My"};
    vv_slice *part = arena_get(&f->arena, sizeof *part);
    struct ast_type *type = make(f, AST_TYPE);
    struct ast_cast *cast = make(f, AST_CAST);

    if (rng_chance(&f->rng, 1, 3)) {
        struct ast_collate *collate = make(f, AST_COLLATE);

        *part = slice_text("C");
        collate->name = (struct ast_name){part, 1};
        collate->arg = random_expr(f, depth);
        return &collate->node;
    }
    if (rng_chance(&f->rng, 1, 3)) {
        struct ast_subscript *subscript = make(f, AST_SUBSCRIPT);

        subscript->arg = random_expr(f, depth);
        subscript->low = random_expr(f, depth);
        return &subscript->node;
    }
    *part = slice_text(types[rng_below(&f->rng, 6)]);
    type->name = (struct ast_name){part, 1};
    type->dimensions = (int64_t)rng_below(&f->rng, 2);
    cast->arg = random_expr(f, depth);
    cast->type = &type->node;
    return &cast->node;
}

static struct ast *random_expr(struct print_fixture *f, int depth)
{
    if (depth == 0) {
        return random_leaf(f);
    }
    switch (rng_below(&f->rng, 6)) {
    case 0:
        return random_leaf(f);
    case 1:
        return random_predicate(f, depth - 1);
    case 2:
        return random_logic(f, depth - 1);
    case 3:
        return random_typed(f, depth - 1);
    default:
        return random_operator(f, depth - 1);
    }
}

TEST(random_expressions_round_trip)
{
    struct print_fixture f;

    fixture_open(&f, 11);
    for (uint64_t i = 0; i < 20000 * test_effort(); i++) {
        struct ast *expr = NULL;
        struct ast *again = NULL;
        vv_slice text;

        arena_reset(&f.arena);
        expr = random_expr(&f, 5);
        TEST_OK(sql_print(expr, &f.arena, &text));
        if (sql_parse_expression(text, &f.arena, &again, &f.error) != VV_OK) {
            fail_msg("%s\n%s at %u", (const char *)text.data, f.error.message, f.error.position);
        }
        if (!ast_equal(expr, again)) {
            fail_msg("%s\n%s\n%s", (const char *)text.data, ast_dump(&f.arena, expr),
                     ast_dump(&f.arena, again));
        }
    }
    fixture_close(&f);
}

TEST(names_are_quoted_where_they_must_be)
{
    static const char *const cases[][2] = {{"a", "a"},
                                           {"a_1$", "a_1$"},
                                           {"A", "\"A\""},
                                           {"1a", "\"1a\""},
                                           {"a b", "\"a b\""},
                                           {"a\"b", "\"a\"\"b\""},
                                           {"select", "\"select\""},
                                           {"name", "name"},
                                           {"left", "\"left\""},
                                           {"values", "\"values\""},
                                           {"\xc3\xa4", "\"\xc3\xa4\""}};
    struct print_fixture f;

    fixture_open(&f, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vv_slice quoted = sql_quote_name(&f.arena, slice_text(cases[i][0]));

        TEST_TEXT(cases[i][1], (const char *)quoted.data);
    }
    fixture_close(&f);
}
