/*
 * test_run.c - random expressions over random batches against a naive evaluator, row by row.
 *
 * The naive evaluator knows nothing of vectors: it follows PostgreSQL's rules on single values and asks
 * eval_constant only for single calls (whose values test_functions.c checks against PostgreSQL).
 */
#include "test.h"

#include "base/rng.h"
#include "eval/eval.h"

#define COLUMN_COUNT 6
#define POOL_SIZE    12

static const enum value_type column_types[COLUMN_COUNT] = {
    VALUE_BOOLEAN, VALUE_INTEGER, VALUE_INTEGER, VALUE_TEXT, VALUE_BIGINT, VALUE_DOUBLE};

struct fixture {
    struct alloc alloc;
    struct arena arena;
    struct rng rng;
    const struct expr *pool[VALUE_TYPE_COUNT][POOL_SIZE]; /* nodes to use again: DAGs */
    struct value parameters[2];
    unsigned batches, compared; /* without an error in any row */
};

static void begin(struct fixture *f, uint64_t seed)
{
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 1 << 16);
    rng_init(&f->rng, seed);
    f->batches = f->compared = 0;
}

static void end(struct fixture *f)
{
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

/* ---- random expressions ---- */

static struct value random_datum(struct fixture *f, enum value_type type)
{
    static const char *const texts[] = {"",    "a", "ab", "abc", "a longer text than twelve bytes",
                                        "%b%", "10"};

    if (rng_chance(&f->rng, 1, 5)) {
        return value_null(type);
    }
    switch (type) {
    case VALUE_BOOLEAN:
        return value_boolean(rng_chance(&f->rng, 1, 2));
    case VALUE_INTEGER:
        return value_integer(rng_chance(&f->rng, 1, 20) ? INT32_MAX
                                                        : (int32_t)rng_below(&f->rng, 7) - 3);
    case VALUE_BIGINT:
        return value_bigint(rng_chance(&f->rng, 1, 20) ? INT64_MIN
                                                       : (int64_t)rng_below(&f->rng, 7) - 3);
    case VALUE_DOUBLE:
        return value_double((double)rng_below(&f->rng, 7) / 2 - 1);
    default:
        return value_text(texts[rng_below(&f->rng, sizeof texts / sizeof texts[0])]);
    }
}

static const struct expr *random_expr(struct fixture *f, enum value_type type, unsigned depth);

static const struct expr *random_kind(struct fixture *f, struct expr like, unsigned count,
                                      enum value_type argument, unsigned depth)
{
    const struct expr *arguments[8];

    for (unsigned i = 0; i < count; i++) {
        arguments[i] = random_expr(f, argument, depth - 1);
    }
    like.modifier = VALUE_NO_MODIFIER;
    return expr_with_arguments(&f->arena, &like, count, arguments);
}

static const struct expr *random_case(struct fixture *f, enum value_type type, unsigned depth)
{
    struct expr like = {.kind = EXPR_CASE, .type = (uint8_t)type};
    const struct expr *arguments[7];
    unsigned count = 1 + 2 * (unsigned)(rng_below(&f->rng, 3) + 1);

    for (unsigned i = 0; i < count; i++) {
        bool when = i % 2 == 0 && i + 1 < count;
        arguments[i] = random_expr(f, when ? VALUE_BOOLEAN : type, depth - 1);
    }
    return expr_with_arguments(&f->arena, &like, count, arguments);
}

static enum value_type random_type(struct fixture *f)
{
    return column_types[rng_below(&f->rng, COLUMN_COUNT)];
}

static const struct expr *random_boolean(struct fixture *f, unsigned depth)
{
    enum value_type type = random_type(f);
    struct expr like = {.type = VALUE_BOOLEAN, .negated = rng_chance(&f->rng, 1, 2)};

    switch (rng_below(&f->rng, 9)) {
    case 0:
        like.kind = EXPR_AND;
        return random_kind(f, like, 2 + (unsigned)rng_below(&f->rng, 3), VALUE_BOOLEAN, depth);
    case 1:
        like.kind = EXPR_OR;
        return random_kind(f, like, 2 + (unsigned)rng_below(&f->rng, 3), VALUE_BOOLEAN, depth);
    case 2:
        like.kind = EXPR_NOT;
        return random_kind(f, like, 1, VALUE_BOOLEAN, depth);
    case 3:
        like.kind = EXPR_IS_NULL;
        return random_kind(f, like, 1, type, depth);
    case 4:
        like.kind = rng_chance(&f->rng, 1, 2) ? EXPR_IS_TRUE : EXPR_IS_FALSE;
        return random_kind(f, like, 1, VALUE_BOOLEAN, depth);
    case 5:
        like.kind = rng_chance(&f->rng, 1, 2) ? EXPR_IS_DISTINCT : EXPR_IN;
        like.function = (uint16_t)function_comparison_of(type, FUNCTION_COMPARISON_EQ);
        return random_kind(f, like, like.kind == EXPR_IN ? 4 : 2, type, depth);
    default:
        like.kind = EXPR_FUNCTION;
        like.function = (uint16_t)function_comparison_of(
            type, (enum function_comparison)(FUNCTION_COMPARISON_EQ + rng_below(&f->rng, 6)));
        return random_kind(f, like, 2, type, depth);
    }
}

static const struct expr *random_call(struct fixture *f, enum value_type type, unsigned depth)
{
    static const enum function_id calls[] = {
        FUNCTION_INTEGER_ADD,     FUNCTION_INTEGER_DIVIDE, FUNCTION_INTEGER_MULTIPLY,
        FUNCTION_BIGINT_SUBTRACT, FUNCTION_BIGINT_MODULO,  FUNCTION_BIGINT_MULTIPLY,
        FUNCTION_DOUBLE_ADD,      FUNCTION_DOUBLE_DIVIDE,  FUNCTION_TEXT_CONCAT,
        FUNCTION_UPPER,           FUNCTION_INTEGER_NEGATE};
    enum function_id function;
    struct expr like = {.kind = EXPR_FUNCTION, .type = (uint8_t)type};

    do {
        function = calls[rng_below(&f->rng, sizeof calls / sizeof calls[0])];
    } while (function_entry(function)->result_type != type);
    like.function = (uint16_t)function;
    return random_kind(f, like, function_entry(function)->argument_count, type, depth);
}

static const struct expr *random_leaf(struct fixture *f, enum value_type type)
{
    unsigned column;

    if (rng_chance(&f->rng, 1, 4)) {
        return expr_constant(&f->arena, random_datum(f, type), 0);
    }
    if (type == VALUE_INTEGER && rng_chance(&f->rng, 1, 6)) {
        return expr_parameter(&f->arena, (uint32_t)rng_below(&f->rng, 2), type, 0);
    }
    do {
        column = (unsigned)rng_below(&f->rng, COLUMN_COUNT);
    } while (column_types[column] != type);
    return expr_column(&f->arena, column, type, 0);
}

static const struct expr *random_expr(struct fixture *f, enum value_type type, unsigned depth)
{
    const struct expr **kept = &f->pool[type][rng_below(&f->rng, POOL_SIZE)];
    struct expr like = {.type = (uint8_t)type};
    const struct expr *expr;

    if (depth == 0 || rng_chance(&f->rng, 1, 8)) {
        return random_leaf(f, type);
    }
    if (*kept != NULL && (*kept)->depth <= depth && rng_chance(&f->rng, 1, 4)) {
        return *kept;
    }
    switch (rng_below(&f->rng, 6)) {
    case 0:
        expr = random_case(f, type, depth);
        break;
    case 1:
        like.kind = EXPR_COALESCE;
        expr = random_kind(f, like, 3, type, depth);
        break;
    case 2:
        like.kind = rng_chance(&f->rng, 1, 2)   ? EXPR_NULLIF
                    : rng_chance(&f->rng, 1, 2) ? EXPR_GREATEST
                                                : EXPR_LEAST;
        expr = random_kind(f, like, like.kind == EXPR_NULLIF ? 2 : 3, type, depth);
        break;
    default:
        expr = type == VALUE_BOOLEAN ? random_boolean(f, depth) : random_call(f, type, depth);
        break;
    }
    *kept = expr;
    return expr;
}

/* ---- the naive evaluator ---- */

struct naive {
    struct fixture *f;
    const struct value *row;
    struct vv_error *error;
};

static vv_status naive(const struct naive *n, const struct expr *expr, struct value *out);

static vv_status naive_logic(const struct naive *n, const struct expr *expr, struct value *out)
{
    bool deciding = expr->kind == EXPR_OR;

    *out = value_boolean(!deciding);
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        struct value x;

        VV_TRY(naive(n, expr->arguments[i], &x));
        if (!x.null && x.boolean == deciding) {
            *out = x;
            return VV_OK;
        }
        out->null |= x.null;
    }
    return VV_OK;
}

static vv_status naive_in(const struct naive *n, const struct expr *expr, struct value *out)
{
    struct value x, item;

    *out = value_boolean(expr->negated);
    VV_TRY(naive(n, expr->arguments[0], &x));
    if (x.null) {
        out->null = true;
        return VV_OK;
    }
    for (uint32_t i = 1; i < expr->argument_count; i++) {
        VV_TRY(naive(n, expr->arguments[i], &item));
        if (!item.null && value_compare(&x, &item) == 0) {
            *out = value_boolean(!expr->negated);
            return VV_OK;
        }
        out->null |= item.null;
    }
    return VV_OK;
}

static vv_status naive_case(const struct naive *n, const struct expr *expr, struct value *out)
{
    uint32_t i = 0;

    for (; i + 1 < expr->argument_count; i += 2) {
        VV_TRY(naive(n, expr->arguments[i], out));
        if (!out->null && out->boolean) {
            return naive(n, expr->arguments[i + 1], out);
        }
    }
    return naive(n, expr->arguments[i], out);
}

static vv_status naive_pick(const struct naive *n, const struct expr *expr, struct value *out)
{
    struct value x;

    *out = value_null((enum value_type)expr->type);
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(naive(n, expr->arguments[i], &x));
        if (x.null) {
            continue;
        }
        if (expr->kind == EXPR_COALESCE) {
            *out = x;
            return VV_OK;
        }
        if (out->null || (expr->kind == EXPR_GREATEST ? value_compare(&x, out) > 0
                                                      : value_compare(&x, out) < 0)) {
            *out = x;
        }
    }
    return VV_OK;
}

static vv_status naive_call(const struct naive *n, const struct expr *expr, struct value *out)
{
    const struct expr *constants[3];

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        struct value x;

        VV_TRY(naive(n, expr->arguments[i], &x));
        constants[i] = expr_constant(&n->f->arena, x, 0);
    }
    return eval_constant(expr_with_arguments(&n->f->arena, expr, expr->argument_count, constants),
                         NULL, &n->f->arena, out, n->error);
}

static vv_status naive_two(const struct naive *n, const struct expr *expr, struct value *out)
{
    struct value a, b;

    VV_TRY(naive(n, expr->arguments[0], &a));
    VV_TRY(naive(n, expr->arguments[1], &b));
    if (expr->kind == EXPR_NULLIF) {
        *out = !a.null && !b.null && value_compare(&a, &b) == 0
                   ? value_null((enum value_type)a.type)
                   : a;
    } else {
        *out = value_boolean((value_compare(&a, &b) != 0) != expr->negated);
    }
    return VV_OK;
}

static vv_status naive(const struct naive *n, const struct expr *expr, struct value *out)
{
    struct value x;

    switch ((enum expr_kind)expr->kind) {
    case EXPR_CONSTANT:
        *out = expr->constant;
        return VV_OK;
    case EXPR_PARAMETER:
        *out = n->f->parameters[expr->parameter];
        return VV_OK;
    case EXPR_COLUMN:
        *out = n->row[expr->column];
        return VV_OK;
    case EXPR_AND:
    case EXPR_OR:
        return naive_logic(n, expr, out);
    case EXPR_NOT:
        VV_TRY(naive(n, expr->arguments[0], out));
        out->boolean = !out->boolean;
        return VV_OK;
    case EXPR_IS_NULL:
        VV_TRY(naive(n, expr->arguments[0], &x));
        *out = value_boolean(x.null != expr->negated);
        return VV_OK;
    case EXPR_IS_TRUE:
    case EXPR_IS_FALSE:
        VV_TRY(naive(n, expr->arguments[0], &x));
        *out =
            value_boolean((!x.null && x.boolean == (expr->kind == EXPR_IS_TRUE)) != expr->negated);
        return VV_OK;
    case EXPR_IN:
        return naive_in(n, expr, out);
    case EXPR_CASE:
        return naive_case(n, expr, out);
    case EXPR_COALESCE:
    case EXPR_GREATEST:
    case EXPR_LEAST:
        return naive_pick(n, expr, out);
    case EXPR_NULLIF:
    case EXPR_IS_DISTINCT:
        return naive_two(n, expr, out);
    default:
        return naive_call(n, expr, out);
    }
}

/* ---- the comparison ---- */

struct batch {
    struct value_vector columns[COLUMN_COUNT];
    struct value rows[64][COLUMN_COUNT];
    uint16_t selection[64];
    struct value_batch batch;
};

static void random_batch(struct fixture *f, struct batch *b, uint32_t count)
{
    bool all = rng_chance(&f->rng, 1, 3);

    b->batch = (struct value_batch){
        .columns = b->columns, .column_count = COLUMN_COUNT, .row_count = count};
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        bool constant = rng_chance(&f->rng, 1, 8);
        struct value value = random_datum(f, column_types[c]);

        TEST_TRUE(vector_init_sized(&b->columns[c], column_types[c], count, &f->arena));
        for (uint32_t r = 0; r < count; r++) {
            value = constant ? value : random_datum(f, column_types[c]);
            b->rows[r][c] = value;
            vector_set(&b->columns[c], r, &value);
        }
        if (constant) {
            vector_set_constant(&b->columns[c], &value);
        }
    }
    for (uint32_t r = 0; r < count; r++) {
        if (rng_chance(&f->rng, 2, 3)) {
            b->selection[b->batch.selected_count++] = (uint16_t)r;
        }
    }
    if (all) {
        b->batch.selected_count = count;
    } else {
        b->batch.selection = b->selection;
    }
}

static bool same(const struct value *a, const struct value *b)
{
    return a->type == b->type && a->null == b->null && (a->null || value_compare(a, b) == 0);
}

static void check(struct fixture *f, struct eval_state *eval, const struct expr *const *exprs,
                  unsigned count, const struct batch *b, bool filter)
{
    struct vv_error error, naive_error;
    struct value wanted[64][3];
    bool fails = false;
    vv_status status;

    for (uint32_t i = 0; i < b->batch.selected_count; i++) {
        uint32_t r = b->batch.selection == NULL ? i : b->batch.selection[i];
        struct naive n = {.f = f, .row = b->rows[r], .error = &naive_error};

        for (unsigned k = 0; k < count; k++) {
            fails |= naive(&n, exprs[k], &wanted[r][k]) != VV_OK;
        }
    }
    f->batches++;
    f->compared += !fails;
    if (filter) {
        uint16_t kept[64];
        uint32_t kept_count, next = 0;

        status = eval_filter(eval, &b->batch, kept, &kept_count, &error);
        TEST_TRUE(status == VV_OK || fails);
        for (uint32_t i = 0; !fails && i < b->batch.selected_count; i++) {
            uint32_t r = b->batch.selection == NULL ? i : b->batch.selection[i];

            if (!wanted[r][0].null && wanted[r][0].boolean) {
                TEST_TRUE(next < kept_count && kept[next] == r);
                next++;
            }
        }
        TEST_TRUE(fails || next == kept_count);
        return;
    }
    status = eval_run(eval, &b->batch, &error);
    TEST_EQUAL(fails, status != VV_OK);
    for (uint32_t i = 0; !fails && i < b->batch.selected_count; i++) {
        uint32_t r = b->batch.selection == NULL ? i : b->batch.selection[i];

        for (unsigned k = 0; k < count; k++) {
            struct value got;

            vector_get(eval_output(eval, k), r, &got);
            TEST_TRUE(same(&wanted[r][k], &got));
        }
    }
}

/* EV1, EV2: every kind of node, in DAGs, over batches of 1, 7 and 64 rows with NULLs and selections. */
TEST(batches_agree_with_rows)
{
    static const uint32_t sizes[] = {1, 7, 64};
    struct fixture f;

    (void)state;
    begin(&f, test_seed(31));
    for (unsigned round = 0; round < 2500 * test_effort(); round++) {
        bool filter = round % 3 == 0;
        const struct expr *exprs[3];
        const struct eval_program *program;
        struct eval_state *eval;

        arena_reset(&f.arena);
        memset(f.pool, 0, sizeof f.pool);
        for (unsigned k = 0; k < 3; k++) {
            exprs[k] = random_expr(&f, filter ? VALUE_BOOLEAN : random_type(&f), 1 + round % 5);
        }
        f.parameters[0] = random_datum(&f, VALUE_INTEGER);
        f.parameters[1] = random_datum(&f, VALUE_INTEGER);
        TEST_OK(eval_compile(exprs, filter ? 1 : 3, &f.arena, &program));
        TEST_OK(eval_create(program, &f.arena, &eval));
        eval_bind(eval, f.parameters);
        for (unsigned k = 0; k < 4; k++) { /* a state is used again, with other sizes */
            struct batch b;

            random_batch(&f, &b, sizes[rng_below(&f.rng, 3)]);
            check(&f, eval, exprs, filter ? 1 : 3, &b, filter);
        }
        eval_destroy(eval);
    }
    TEST_TRUE(f.compared * 2 > f.batches);
    end(&f);
}

/* EV1: IN over a long list of integers, with and without NULLs in it, as one comparison after another. */
TEST(long_in_lists_agree_with_rows)
{
    struct fixture f;

    (void)state;
    begin(&f, test_seed(32));
    for (unsigned round = 0; round < 300; round++) {
        enum value_type type = rng_chance(&f.rng, 1, 2) ? VALUE_INTEGER : VALUE_BIGINT;
        struct expr like = {
            .kind = EXPR_IN, .type = VALUE_BOOLEAN, .negated = rng_chance(&f.rng, 1, 2)};
        const struct expr *items[24], *expr;
        const struct eval_program *program;
        struct eval_state *eval;
        struct batch b;
        unsigned count = 2 + (unsigned)rng_below(&f.rng, 22);

        arena_reset(&f.arena);
        items[0] = expr_column(&f.arena, type == VALUE_INTEGER ? 1 : 4, type, 0);
        for (unsigned i = 1; i < count; i++) {
            struct value item = random_datum(&f, type);

            item.null = item.null && rng_chance(&f.rng, 1, 10);
            items[i] = expr_constant(&f.arena, item, 0);
        }
        like.function = (uint16_t)function_comparison_of(type, FUNCTION_COMPARISON_EQ);
        expr = expr_with_arguments(&f.arena, &like, count, items);
        TEST_OK(eval_compile(&expr, 1, &f.arena, &program));
        TEST_OK(eval_create(program, &f.arena, &eval));
        random_batch(&f, &b, 64);
        check(&f, eval, &expr, 1, &b, false);
        eval_destroy(eval);
    }
    end(&f);
}

/* EV3: after the first batch nothing is allocated. */
TEST(second_batch_allocates_nothing)
{
    struct fixture f;
    struct batch b;
    const struct expr *parts[2], *expr;
    const struct eval_program *program;
    struct eval_state *eval;
    struct vv_error error;
    uint64_t requests;

    (void)state;
    begin(&f, 7);
    random_batch(&f, &b, 64);
    parts[0] = expr_column(&f.arena, 3, VALUE_TEXT, 0);
    parts[1] = expr_constant(&f.arena, value_text("and a text that is not short"), 0);
    expr = expr_call(&f.arena, FUNCTION_TEXT_CONCAT, 0, 2, parts);
    TEST_OK(eval_compile(&expr, 1, &f.arena, &program));
    TEST_OK(eval_create(program, &f.arena, &eval));
    TEST_OK(eval_run(eval, &b.batch, &error));
    requests = atomic_load(&f.alloc.request_count);
    for (unsigned i = 0; i < 100; i++) {
        TEST_OK(eval_run(eval, &b.batch, &error));
    }
    TEST_EQUAL(requests, atomic_load(&f.alloc.request_count));
    eval_destroy(eval);
    end(&f);
}

/* EV4: two states of one program do not disturb each other. */
TEST(programs_are_shared)
{
    struct fixture f;
    const struct expr *expr;
    const struct eval_program *program;
    struct eval_state *a, *b;
    struct vv_error error;
    struct value one = value_integer(1), two = value_integer(2), out;

    (void)state;
    begin(&f, 7);
    expr = expr_parameter(&f.arena, 0, VALUE_INTEGER, 0);
    TEST_OK(eval_compile(&expr, 1, &f.arena, &program));
    TEST_OK(eval_create(program, &f.arena, &a));
    TEST_OK(eval_create(program, &f.arena, &b));
    eval_bind(a, &one);
    eval_bind(b, &two);
    TEST_OK(eval_one(a, NULL, 0, 0, &out, &error));
    TEST_EQUAL(1, out.integer);
    TEST_OK(eval_one(b, NULL, 0, 0, &out, &error));
    TEST_EQUAL(2, out.integer);
    eval_destroy(a);
    eval_destroy(b);
    end(&f);
}

/* Every allocation may fail: an error, no leak, and the state works when there is memory again. */
TEST_SWEEP(out_of_memory_is_an_error)
{
    struct fixture f;
    struct batch b;
    const struct expr *exprs[2];
    const struct eval_program *program = NULL;
    struct eval_state *eval = NULL;
    struct vv_error error;

    alloc_init(&f.alloc, 0);
    arena_init(&f.arena, &f.alloc, ALLOC_STATEMENT, 256);
    rng_init(&f.rng, 3);
    memset(f.pool, 0, sizeof f.pool);
    exprs[0] = expr_null(&f.arena, VALUE_TEXT, 0);
    if (exprs[0] != NULL &&
        (exprs[1] = expr_cast(&f.arena, exprs[0], VALUE_INTEGER, VALUE_NO_MODIFIER, CAST_EXPLICIT,
                              0)) != NULL &&
        eval_compile(exprs, 2, &f.arena, &program) == VV_OK &&
        eval_create(program, &f.arena, &eval) == VV_OK) {
        b.batch = (struct value_batch){.row_count = 2000, .selected_count = 2000};
        (void)!eval_run(eval, &b.batch, &error);
    }
    eval_destroy(eval);
    end(&f);
}
