/* expr.c - makers, walks and rewrites of bound expressions. Recursion is bounded by E2. */
#include "plan/expr.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"

static bool arguments_measure(uint32_t argument_count, const struct expr *const *arguments,
                              uint32_t *depth_out, uint64_t *weight_out);
static struct expr *node_make(struct arena *arena, enum expr_kind kind, enum value_type type,
                              uint32_t position);
static bool nodes_equal(const struct expr *a, const struct expr *b, bool folded);

const struct expr *expr_constant(struct arena *arena, struct value value, uint32_t position)
{
    struct expr *expr = node_make(arena, EXPR_CONSTANT, (enum value_type)value.type, position);

    if (expr == NULL) {
        return NULL;
    }
    expr->constant = value;
    return expr;
}

const struct expr *expr_null(struct arena *arena, enum value_type type, uint32_t position)
{
    return expr_constant(arena, value_null(type), position);
}

const struct expr *expr_boolean(struct arena *arena, bool truth)
{
    return expr_constant(arena, value_boolean(truth), 0);
}

const struct expr *expr_parameter(struct arena *arena, uint32_t parameter, enum value_type type,
                                  uint32_t position)
{
    struct expr *expr = node_make(arena, EXPR_PARAMETER, type, position);

    if (expr == NULL) {
        return NULL;
    }
    expr->parameter = parameter;
    return expr;
}

const struct expr *expr_column(struct arena *arena, uint32_t column, enum value_type type,
                               uint32_t position)
{
    return expr_column_collated(arena, column, type, VALUE_COLLATION_DEFAULT, position);
}

const struct expr *expr_column_collated(struct arena *arena, uint32_t column, enum value_type type,
                                        enum value_collation collation, uint32_t position)
{
    struct expr *expr = node_make(arena, EXPR_COLUMN, type, position);

    if (expr == NULL) {
        return NULL;
    }
    expr->column = column;
    expr->collation = (uint8_t)collation;
    return expr;
}

const struct expr *expr_call(struct arena *arena, enum function_id function, uint32_t position,
                             uint32_t argument_count, const struct expr *const *arguments)
{
    const struct function_entry *entry = function_entry(function);
    struct expr like = {
        .kind = entry->class == FUNCTION_CLASS_AGGREGATE ? EXPR_AGGREGATE : EXPR_FUNCTION,
        .type = entry->result_type,
        .function = (uint16_t)function,
        .modifier = VALUE_NO_MODIFIER,
        .position = position,
    };

    VV_ASSERT(entry->variadic ? argument_count > entry->argument_count
                              : argument_count == entry->argument_count);
    return expr_with_arguments(arena, &like, argument_count, arguments);
}

const struct expr *expr_cast(struct arena *arena, const struct expr *argument,
                             enum value_type target, int32_t modifier, enum cast_context context,
                             uint32_t position)
{
    struct expr like = {
        .kind = EXPR_CAST,
        .type = (uint8_t)target,
        .cast_context = (uint8_t)context,
        .modifier = modifier,
        .position = position,
    };

    if (argument == NULL) {
        return NULL;
    }
    like.function = (uint16_t)function_cast_of((enum value_type)argument->type, target);
    VV_ASSERT(like.function != FUNCTION_NONE);
    return expr_with_arguments(arena, &like, 1, &argument);
}

const struct expr *expr_fold(struct arena *arena, enum value_collation collation,
                             const struct expr *text)
{
    VV_ASSERT(value_collation_folds(collation));
    if (text != NULL && !value_stands_for((enum value_type)text->type, VALUE_TEXT)) {
        text = expr_cast(arena, text, VALUE_TEXT, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0);
    }
    return text == NULL ? NULL
                        : expr_call(arena,
                                    collation == VALUE_COLLATION_NOCASE ? FUNCTION_COLLATE_NOCASE
                                                                        : FUNCTION_COLLATE_RTRIM,
                                    text->position, 1, &text);
}

enum value_collation expr_fold_collation(const struct expr *expr)
{
    if (expr->kind != EXPR_FUNCTION) {
        return VALUE_COLLATION_DEFAULT;
    }
    return expr->function == FUNCTION_COLLATE_NOCASE  ? VALUE_COLLATION_NOCASE
           : expr->function == FUNCTION_COLLATE_RTRIM ? VALUE_COLLATION_RTRIM
                                                      : VALUE_COLLATION_DEFAULT;
}

const struct expr *expr_unfold(const struct expr *expr)
{
    return expr_fold_collation(expr) == VALUE_COLLATION_DEFAULT ? expr : expr->arguments[0];
}

const struct expr *expr_with_arguments(struct arena *arena, const struct expr *like,
                                       uint32_t argument_count, const struct expr *const *arguments)
{
    struct expr *expr = NULL;
    const struct expr **copies = NULL;
    uint32_t depth = 0;
    uint64_t weight = 0;

    if (!arguments_measure(argument_count, arguments, &depth, &weight)) {
        return NULL;
    }
    VV_ASSERT(depth < EXPR_DEPTH_MAX && weight < UINT32_MAX); /* E2 */
    expr = ARENA_NEW(arena, struct expr);
    copies = ARENA_ARRAY(arena, const struct expr *, argument_count);
    if (expr == NULL || copies == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < argument_count; i++) {
        copies[i] = arguments[i];
    }
    *expr = *like;
    expr->depth = (uint16_t)(depth + 1);
    expr->weight = (uint32_t)(weight + 1);
    expr->argument_count = argument_count;
    expr->arguments = copies;
    return expr;
}

const struct expr *expr_and(struct arena *arena, const struct expr *a, const struct expr *b)
{
    struct expr like = {.kind = EXPR_AND, .type = VALUE_BOOLEAN, .modifier = VALUE_NO_MODIFIER};
    const struct expr **arguments = NULL;
    uint32_t count = 0;

    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    uint32_t a_count = a->kind == EXPR_AND ? a->argument_count : 1;
    uint32_t b_count = b->kind == EXPR_AND ? b->argument_count : 1;

    arguments = ARENA_ARRAY(arena, const struct expr *, a_count + b_count);
    if (arguments == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < a_count; i++) {
        arguments[count++] = a->kind == EXPR_AND ? a->arguments[i] : a;
    }
    for (uint32_t i = 0; i < b_count; i++) {
        arguments[count++] = b->kind == EXPR_AND ? b->arguments[i] : b;
    }
    return expr_with_arguments(arena, &like, count, arguments);
}

bool expr_too_deep(uint32_t argument_count, const struct expr *const *arguments)
{
    uint32_t depth = 0;
    uint64_t weight = 0;

    (void)arguments_measure(argument_count, arguments, &depth, &weight);
    return depth + 1 > LIMIT_DEPTH || weight + 1 > EXPR_WEIGHT_MAX;
}

/* What stands in a node beside its arguments. */
static bool payload_equal(const struct expr *a, const struct expr *b)
{
    switch (a->kind) {
    case EXPR_CONSTANT:
        return a->constant.null == b->constant.null &&
               (a->constant.null || value_compare(&a->constant, &b->constant) == 0);
    case EXPR_PARAMETER:
        return a->parameter == b->parameter;
    case EXPR_COLUMN:
        return a->column == b->column;
    case EXPR_AGGREGATE:
        if (a->order_count != b->order_count ||
            (a->order_count != 0 && memcmp(a->order, b->order, a->order_count) != 0)) {
            return false;
        }
        return a->filter == b->filter ||
               (a->filter != NULL && b->filter != NULL && expr_equal(a->filter, b->filter));
    default:
        return true;
    }
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    return nodes_equal(a, b, false);
}

static bool marks_equal(const struct expr *a, const struct expr *b)
{
    bool a_written = a->collating == EXPR_COLLATION_WRITTEN;
    bool b_written = b->collating == EXPR_COLLATION_WRITTEN;

    return a_written == b_written && (!a_written || a->collation == b->collation);
}

/* folded: both are folded, by one collation. */
static bool nodes_equal(const struct expr *a, const struct expr *b, bool folded)
{
    if (a == b) {
        return true;
    }
    if (!folded && !marks_equal(a, b)) {
        return false;
    }
    if (a->kind != b->kind || a->type != b->type || a->function != b->function ||
        a->negated != b->negated || a->distinct != b->distinct || a->modifier != b->modifier ||
        (a->cast_context == CAST_COMPARED) != (b->cast_context == CAST_COMPARED) ||
        a->weight != b->weight || a->argument_count != b->argument_count || !payload_equal(a, b)) {
        return false;
    }
    folded = (folded && a->kind == EXPR_CAST && a->type == VALUE_TEXT) ||
             expr_fold_collation(a) != VALUE_COLLATION_DEFAULT;
    for (uint32_t i = 0; i < a->argument_count; i++) {
        if (!nodes_equal(a->arguments[i], b->arguments[i], folded)) {
            return false;
        }
    }
    return true;
}

bool expr_any(const struct expr *expr, bool (*test)(const struct expr *node, void *context),
              void *context)
{
    if (test(expr, context)) {
        return true;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (expr_any(expr->arguments[i], test, context)) {
            return true;
        }
    }
    return expr->kind == EXPR_AGGREGATE && expr->filter != NULL &&
           expr_any(expr->filter, test, context);
}

static bool node_reads_row(const struct expr *node, void *context)
{
    (void)context;
    return node->kind == EXPR_COLUMN || node->kind == EXPR_AGGREGATE;
}

bool expr_is_free_of_columns(const struct expr *expr)
{
    return !expr_any(expr, node_reads_row, NULL);
}

static bool node_raises_volatility(const struct expr *node, void *context)
{
    enum function_volatility *strongest = context;
    enum function_volatility mine =
        (enum function_volatility)function_entry((enum function_id)node->function)->volatility;

    if (mine > *strongest) {
        *strongest = mine;
    }
    return *strongest == FUNCTION_VOLATILE;
}

enum function_volatility expr_volatility(const struct expr *expr)
{
    enum function_volatility strongest = FUNCTION_IMMUTABLE;

    (void)expr_any(expr, node_raises_volatility, &strongest);
    return strongest;
}

struct column_marks {
    bool *used;
    uint32_t count;
};

static bool node_mark_column(const struct expr *node, void *context)
{
    struct column_marks *marks = context;

    if (node->kind == EXPR_COLUMN && node->column < marks->count) {
        marks->used[node->column] = true;
    }
    return false;
}

void expr_mark_columns(const struct expr *expr, bool *used, uint32_t column_count)
{
    struct column_marks marks = {.used = used, .count = column_count};

    (void)expr_any(expr, node_mark_column, &marks);
}

const struct expr *expr_map_columns(struct arena *arena, const struct expr *expr,
                                    const struct expr *(*map)(struct arena *arena,
                                                              const struct expr *column,
                                                              const void *context),
                                    const void *context)
{
    const struct expr **arguments = NULL; /* made with the first argument that changes */
    struct expr like = *expr;

    if (expr->kind == EXPR_COLUMN) {
        return map(arena, expr, context);
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const struct expr *argument = expr_map_columns(arena, expr->arguments[i], map, context);

        if (argument == NULL) {
            return NULL;
        }
        if (argument != expr->arguments[i] && arguments == NULL) {
            arguments =
                arena_copy(arena, expr->arguments, expr->argument_count * sizeof *arguments);
            if (arguments == NULL) {
                return NULL;
            }
        }
        if (arguments != NULL) {
            arguments[i] = argument;
        }
    }
    if (expr->kind == EXPR_AGGREGATE && expr->filter != NULL) {
        like.filter = expr_map_columns(arena, expr->filter, map, context);
        if (like.filter == NULL) {
            return NULL;
        }
    }
    if (arguments == NULL && (expr->kind != EXPR_AGGREGATE || like.filter == expr->filter)) {
        return expr;
    }
    return expr_with_arguments(arena, &like, expr->argument_count,
                               arguments == NULL ? expr->arguments : arguments);
}

static const struct expr *column_replace(struct arena *arena, const struct expr *column,
                                         const void *context)
{
    const struct expr *const *replacement = context;

    (void)arena;
    VV_ASSERT(replacement[column->column]->type == column->type);
    return replacement[column->column];
}

const struct expr *expr_replace_columns(struct arena *arena, const struct expr *expr,
                                        const struct expr *const *replacement)
{
    return expr_map_columns(arena, expr, column_replace, replacement);
}

static const struct expr *column_renumber(struct arena *arena, const struct expr *column,
                                          const void *context)
{
    const uint32_t *map = context;

    struct expr *copy = NULL;

    if (map[column->column] == column->column) {
        return column;
    }
    copy = arena_copy(arena, column, sizeof *column);
    if (copy != NULL) {
        copy->column = map[column->column];
    }
    return copy;
}

const struct expr *expr_renumber_columns(struct arena *arena, const struct expr *expr,
                                         const uint32_t *map)
{
    return expr_map_columns(arena, expr, column_renumber, map);
}

/* The greatest depth and the summed weight of arguments. False: one of them is NULL. */
static bool arguments_measure(uint32_t argument_count, const struct expr *const *arguments,
                              uint32_t *depth_out, uint64_t *weight_out)
{
    uint32_t depth = 0;
    uint64_t weight = 0;

    *depth_out = 0;
    *weight_out = 0;
    for (uint32_t i = 0; i < argument_count; i++) {
        if (arguments[i] == NULL) {
            return false;
        }
        depth = arguments[i]->depth > depth ? arguments[i]->depth : depth;
        weight += arguments[i]->weight;
    }
    *depth_out = depth;
    *weight_out = weight;
    return true;
}

static struct expr *node_make(struct arena *arena, enum expr_kind kind, enum value_type type,
                              uint32_t position)
{
    struct expr *expr = ARENA_NEW(arena, struct expr);

    if (expr == NULL) {
        return NULL;
    }
    expr->kind = (uint8_t)kind;
    expr->type = (uint8_t)type;
    expr->modifier = VALUE_NO_MODIFIER;
    expr->position = position;
    expr->depth = 1;
    expr->weight = 1;
    return expr;
}
