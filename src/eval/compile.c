/*
 * compile.c - from bound expressions to nodes with kernels.
 *
 * The recursion follows the expression, whose depth and weight the binder bounds (E2). An expression
 * reached a second time by the same address becomes one shared node.
 */
#include "base/assert.h"
#include "base/hash.h"
#include "eval/kernels.h"

#define SEEN_FIRST 64 /* buckets at the start; doubles */

/* Work of a call for one row (EV5), about its nanoseconds or some less. */
#define WORK_OF_KERNEL    2u
#define WORK_OF_CALL      64u
#define WORK_OF_DIVISIONS 1024u  /* long division again and again */
#define WORK_OF_SERIES    16384u /* sums of a series in wide numbers */

/* Expressions with arguments met so far: an open hash table by address. */
struct seen {
    const struct expr *expr;
    struct eval_node *node;
};

struct compiler {
    struct arena *arena;
    struct seen *table;
    uint32_t table_size; /* a power of two */
    uint32_t table_used;
    uint32_t slot_count;
    uint32_t shared_count;
    uint32_t leaf_count;
    uint32_t leaf_limit;
    const struct eval_node **leaves;
};

static struct eval_node *compile(struct compiler *compiler, const struct expr *expr);
static struct eval_node *compile_new(struct compiler *compiler, const struct expr *expr);
static bool add_leaf(struct compiler *compiler, const struct eval_node *node);
static uint16_t row_work(const struct eval_node *node);
static void choose_code(struct eval_node *node);
static struct seen *find(struct compiler *compiler, const struct expr *expr);
static bool make_room(struct compiler *compiler);
static void table_free(struct compiler *compiler);

vv_status eval_compile(const struct expr *const *exprs, uint32_t count, struct arena *arena,
                       const struct eval_program **program_out)
{
    struct compiler compiler = {.arena = arena};
    struct eval_program *program = ARENA_NEW(arena, struct eval_program);
    const struct eval_node **outputs = arena_zero(arena, count * sizeof *outputs);
    vv_status status = VV_OK;

    *program_out = NULL;
    if (program == NULL || outputs == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count && status == VV_OK; i++) {
        outputs[i] = compile(&compiler, exprs[i]);
        status = outputs[i] == NULL ? VV_NOMEM : VV_OK;
    }
    table_free(&compiler);
    VV_TRY(status);
    program->outputs = outputs;
    program->output_count = count;
    program->slot_count = compiler.slot_count;
    program->shared_count = compiler.shared_count;
    program->leaves = compiler.leaves;
    program->leaf_count = compiler.leaf_count;
    *program_out = program;
    return VV_OK;
}

/* NULL: out of memory. */
static struct eval_node *compile(struct compiler *compiler, const struct expr *expr)
{
    struct seen *seen;
    struct eval_node *node;

    if (expr->kind == EXPR_CONSTANT || expr->kind == EXPR_PARAMETER || expr->kind == EXPR_COLUMN) {
        return compile_new(compiler,
                           expr); /* nothing to gain by sharing, and the table stays small */
    }
    if (!make_room(compiler)) {
        return NULL;
    }
    seen = find(compiler, expr);
    if (seen->expr == NULL) {
        node = compile_new(compiler, expr);
        if (node == NULL || !make_room(compiler)) { /* again: what is below has taken room */
            return NULL;
        }
        *find(compiler, expr) = (struct seen){.expr = expr, .node = node};
        compiler->table_used++;
        return node;
    }
    node = seen->node;
    if (node->shared == 0 && node->argument_count != 0) {
        node->shared = ++compiler->shared_count;
    }
    return node;
}

static struct eval_node *compile_new(struct compiler *compiler, const struct expr *expr)
{
    struct eval_node *node = ARENA_NEW(compiler->arena, struct eval_node);
    const struct eval_node **arguments =
        arena_zero(compiler->arena, expr->argument_count * sizeof *arguments);

    VV_ASSERT(expr->kind != EXPR_AGGREGATE && expr->kind < EXPR_KIND_COUNT);
    if (node == NULL || arguments == NULL) {
        return NULL;
    }
    *node = (struct eval_node){.kind = expr->kind,
                               .type = expr->type,
                               .negated = expr->negated,
                               .function = expr->function,
                               .collation = expr->collation,
                               .modifier = expr->modifier,
                               .cut = expr->cast_context == CAST_EXPLICIT,
                               .compared = expr->cast_context == CAST_COMPARED,
                               .slot = compiler->slot_count++,
                               .argument_count = expr->argument_count,
                               .arguments = arguments};
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        arguments[i] = compile(compiler, expr->arguments[i]);
        if (arguments[i] == NULL) {
            return NULL;
        }
    }
    switch ((enum expr_kind)expr->kind) {
    case EXPR_CONSTANT:
        node->constant = &expr->constant;
        return add_leaf(compiler, node) ? node : NULL;
    case EXPR_PARAMETER:
        node->number = expr->parameter;
        return add_leaf(compiler, node) ? node : NULL;
    case EXPR_COLUMN:
        node->number = expr->column;
        return node;
    default:
        choose_code(node);
        return node;
    }
}

static bool add_leaf(struct compiler *compiler, const struct eval_node *node)
{
    if (compiler->leaf_count == compiler->leaf_limit) {
        uint32_t limit = compiler->leaf_limit == 0 ? 8 : 2 * compiler->leaf_limit;
        const struct eval_node **leaves = arena_get(compiler->arena, limit * sizeof *leaves);

        if (leaves == NULL) {
            return false;
        }
        if (compiler->leaf_count != 0) {
            memcpy(leaves, compiler->leaves, compiler->leaf_count * sizeof *leaves);
        }
        compiler->leaves = leaves;
        compiler->leaf_limit = limit;
    }
    compiler->leaves[compiler->leaf_count++] = node;
    return true;
}

/* What a call costs besides the bytes of its strings. */
static uint16_t row_work(const struct eval_node *node)
{
    switch ((enum function_id)node->function) {
    case FUNCTION_NUMERIC_EXP:
    case FUNCTION_NUMERIC_LN:
    case FUNCTION_NUMERIC_LOG:
    case FUNCTION_NUMERIC_LOG10:
    case FUNCTION_NUMERIC_LOG_BASE:
    case FUNCTION_NUMERIC_POWER:
    case FUNCTION_NUMERIC_POWER_CALL:
    case FUNCTION_NUMERIC_POW:
        return WORK_OF_SERIES;
    case FUNCTION_NUMERIC_SQRT:
    case FUNCTION_NUMERIC_GCD:
    case FUNCTION_NUMERIC_LCM:
        return WORK_OF_DIVISIONS;
    default:
        return eval_functions[node->function].kernel != NULL ? WORK_OF_KERNEL : WORK_OF_CALL;
    }
}

/* Printed as the session's settings say, though its casts count as immutable, as in PostgreSQL. */
static bool has_forms(enum value_type type)
{
    return type == VALUE_BYTEA || type == VALUE_REAL || type == VALUE_DOUBLE;
}

/* The kernel of a call or cast; a comparison of numbers gets a direct filter, its constant to the right. */
static void choose_code(struct eval_node *node)
{
    enum function_comparison comparison = function_comparison((enum function_id)node->function);

    if (node->kind != EXPR_FUNCTION && node->kind != EXPR_CAST) {
        return;
    }
    node->constant_call =
        function_entry((enum function_id)node->function)->volatility != FUNCTION_VOLATILE;
    node->loose = !function_entry((enum function_id)node->function)->strict;
    node->kernel = eval_functions[node->function].kernel;
    node->scalar = eval_functions[node->function].scalar;
    node->row_work = row_work(node);
    node->in_context =
        function_entry((enum function_id)node->function)->volatility != FUNCTION_IMMUTABLE ||
        (node->function >= FUNCTION_DATE_EQ && node->function <= FUNCTION_AVG_INTERVAL) ||
        (node->kind == EXPR_CAST && has_forms((enum value_type)node->arguments[0]->type));
    if (node->kind == EXPR_CAST && node->modifier != VALUE_NO_MODIFIER) {
        node->kernel = NULL; /* the general way: it knows modifiers */
        node->scalar = scalar_CAST;
    }
    if (node->compared) {
        node->kernel = NULL;
        node->scalar = scalar_CAST_COMPARED;
    }
    VV_ASSERT(node->kernel != NULL || node->scalar != NULL);
    if (node->kind == EXPR_FUNCTION && comparison != FUNCTION_COMPARISON_NONE) {
        node->comparer = eval_comparer_of((enum value_type)node->arguments[0]->type, comparison);
        node->commuted = eval_comparer_of((enum value_type)node->arguments[0]->type,
                                          function_comparison_commuted(comparison));
    }
}

/* ---- the table of expressions met ---- */

static struct seen *find(struct compiler *compiler, const struct expr *expr)
{
    uint32_t mask = compiler->table_size - 1;
    uint32_t at = (uint32_t)hash_word((uint64_t)(uintptr_t)expr) & mask;

    while (compiler->table[at].expr != NULL && compiler->table[at].expr != expr) {
        at = (at + 1) & mask;
    }
    return &compiler->table[at];
}

/* Keeps the table at most half full. */
static bool make_room(struct compiler *compiler)
{
    struct compiler old = *compiler;
    struct seen *table = NULL;

    if (2 * compiler->table_used + 2 <= old.table_size) {
        return true;
    }
    compiler->table_size = old.table_size == 0 ? SEEN_FIRST : 2 * old.table_size;
    table = alloc_zero(compiler->arena->alloc, compiler->arena->kind,
                       compiler->table_size * sizeof *table);
    if (table == NULL) {
        compiler->table_size = old.table_size;
        return false;
    }
    compiler->table = table;
    for (uint32_t i = 0; i < old.table_size; i++) {
        if (old.table[i].expr != NULL) {
            *find(compiler, old.table[i].expr) = old.table[i];
        }
    }
    table_free(&old);
    return true;
}

static void table_free(struct compiler *compiler)
{
    alloc_free(compiler->arena->alloc, compiler->arena->kind, compiler->table,
               compiler->table_size * sizeof *compiler->table);
}
