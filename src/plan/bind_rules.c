/*
 * bind_rules.c - what a table's definition says about its rows, from text to expressions: DEFAULT, CHECK,
 * generated columns.
 *
 * The texts were checked when the table was defined (bind_define.c uses the same functions), so binding them
 * again fails only when memory is out.
 */
#include "plan/bind_private.h"
#include "sql/sql.h"

/* Binds tree as if it stood in a statement over that one table. */
vv_status bind_over_table(struct binder *binder, const struct table_def *table,
                          enum bind_place place, const struct ast *tree,
                          const struct expr **expr_out)
{
    const struct bind_relation *outer = binder->relations;
    const struct bind_relation *target = binder->target;
    uint32_t outer_count = binder->relation_count;
    struct bind_relation relation = {.alias = table->spec.name, .table = table};
    vv_status status = VV_OK;

    binder->relations = &relation;
    binder->relation_count = 1;
    binder->target = NULL;
    status = place == BIND_CHECK || place == BIND_INDEX_WHERE
                 ? bind_condition(binder, place, tree, expr_out)
                 : bind_expr_at(binder, place, tree, expr_out);
    binder->relations = outer;
    binder->relation_count = outer_count;
    binder->target = target;
    return status;
}

static vv_status text_tree(struct binder *binder, const char *text, struct ast **tree_out)
{
    return sql_parse_expression(slice_text(text), binder->arena, tree_out, binder->error);
}

/* nextval() of the column's own sequence, whatever its name is. */
static vv_status identity_default(struct binder *binder, const struct table_column *column,
                                  const struct expr **expr_out)
{
    const struct expr *id =
        expr_constant(binder->arena, value_bigint((int64_t)column->sequence_id), 0);
    const struct expr *next = expr_call(binder->arena, FUNCTION_NEXTVAL_ID, 0, 1, &id);

    if (next == NULL) {
        return VV_NOMEM;
    }
    return bind_coerce(binder, next, (enum value_type)column->type, VALUE_NO_MODIFIER,
                       CAST_ASSIGNMENT, 0, expr_out);
}

vv_status bind_column_default(struct binder *binder, const struct table_def *table, uint32_t column,
                              const struct expr **expr_out)
{
    const struct table_column *definition = &table->spec.columns[column];
    enum value_type type = (enum value_type)definition->type;
    struct ast *tree = NULL;

    if (definition->identity != TABLE_NO_IDENTITY && !definition->dropped) {
        return identity_default(binder, definition, expr_out);
    }
    if (definition->default_text == NULL || definition->dropped) {
        *expr_out = expr_null(binder->arena, type, 0);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    }
    VV_TRY(text_tree(binder, definition->default_text, &tree));
    return bind_default(tree, definition->name, type, definition->type_modifier, binder->arena,
                        expr_out, binder->error);
}

vv_status bind_check(struct binder *binder, const struct table_def *table, const struct ast *tree,
                     const struct expr **expr_out)
{
    return bind_over_table(binder, table, BIND_CHECK, tree, expr_out);
}

static bool is_generated(const struct expr *node, void *context)
{
    const struct table_def *table = context;

    return node->kind == EXPR_COLUMN && table->spec.columns[node->column].generated_text != NULL;
}

static const struct expr *find_generated(const struct expr *expr, const struct table_def *table)
{
    if (is_generated(expr, (void *)(uintptr_t)table)) {
        return expr;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const struct expr *found = find_generated(expr->arguments[i], table);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

vv_status bind_generated(struct binder *binder, const struct table_def *table, uint32_t column,
                         const struct ast *tree, const struct expr **expr_out)
{
    const struct table_column *definition = &table->spec.columns[column];
    enum value_type type = (enum value_type)definition->type;
    const struct expr *expr = NULL;
    const struct expr *other = NULL;

    VV_TRY(bind_over_table(binder, table, BIND_GENERATED, tree, &expr));
    other = find_generated(expr, table);
    if (other != NULL) {
        (void)error_set(binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, other->position,
                        "cannot use generated column \"%s\" in column generation expression",
                        table->spec.columns[other->column].name);
        error_detail(binder->error,
                     "A generated column cannot reference another generated column.");
        return VV_ERROR;
    }
    /* As in PostgreSQL, not what assigns it: GENERATED ALWAYS AS (date) of a TIMESTAMPTZ is accepted. */
    if (expr_volatility(expr) != FUNCTION_IMMUTABLE) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, 0,
                         "generation expression is not immutable");
    }
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        (void)error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                        "column \"%s\" is of type %s but default expression is of type %s",
                        definition->name, value_types[type].text, value_types[expr->type].text);
        error_hint(binder->error, "You will need to rewrite or cast the expression.");
        return VV_ERROR;
    }
    VV_TRY(bind_coerce(binder, expr, type, definition->type_modifier, CAST_ASSIGNMENT, 0, &expr));
    *expr_out = expr;
    return VV_OK;
}

static vv_status rules_checks(struct binder *binder, const struct table_def *table,
                              struct modify_rules *rules)
{
    struct modify_check *checks =
        ARENA_ARRAY(binder->arena, struct modify_check, table->spec.check_count);

    if (checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < table->spec.check_count; i++) {
        struct modify_check check = {.name = table->spec.checks[i].name};
        struct ast *tree = NULL;
        uint32_t at = i;

        VV_TRY(text_tree(binder, table->spec.checks[i].text, &tree));
        VV_TRY(bind_check(binder, table, tree, &check.condition));
        for (; at > 0 && strcmp(checks[at - 1].name, check.name) > 0; at--) {
            checks[at] = checks[at - 1];
        }
        checks[at] = check;
    }
    rules->checks = checks;
    rules->check_count = table->spec.check_count;
    return VV_OK;
}

/* assigned: by column, of an UPDATE; NULL: every column has a new value. */
static bool reads_assigned(const struct expr *expr, const bool *assigned)
{
    if (assigned == NULL || (expr->kind == EXPR_COLUMN && assigned[expr->column])) {
        return true;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (reads_assigned(expr->arguments[i], assigned)) {
            return true;
        }
    }
    return false;
}

static vv_status rules_generated(struct binder *binder, const struct table_def *table,
                                 const bool *assigned, struct modify_rules *rules)
{
    struct modify_generated *generated =
        ARENA_ARRAY(binder->arena, struct modify_generated, table->spec.column_count);

    if (generated == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        const struct table_column *column = &table->spec.columns[i];
        struct modify_generated *entry = &generated[rules->generated_count];
        struct ast *tree = NULL;

        if (column->generated_text == NULL || column->dropped) {
            continue;
        }
        VV_TRY(text_tree(binder, column->generated_text, &tree));
        VV_TRY(bind_generated(binder, table, i, tree, &entry->value));
        entry->column = (uint16_t)i;
        rules->generated_count += reads_assigned(entry->value, assigned) ? 1 : 0;
    }
    rules->generated = generated;
    return VV_OK;
}

static vv_status rules_make(struct binder *binder, const struct table_def *table,
                            const struct modify_conflict *conflict, const bool *assigned,
                            const struct modify_rules **rules_out)
{
    struct modify_rules *rules = ARENA_NEW(binder->arena, struct modify_rules);

    *rules_out = NULL;
    if (rules == NULL) {
        return VV_NOMEM;
    }
    rules->conflict = conflict;
    VV_TRY(rules_checks(binder, table, rules));
    VV_TRY(rules_generated(binder, table, assigned, rules));
    VV_TRY(bind_index_rules(table, binder->arena, &rules->indexes, &rules->index_count,
                            binder->error));
    if (conflict != NULL || rules->check_count > 0 || rules->generated_count > 0 ||
        rules->index_count > 0) {
        *rules_out = rules;
    }
    return VV_OK;
}

vv_status bind_rules(struct binder *binder, const struct table_def *table,
                     const struct modify_conflict *conflict, const struct modify_rules **rules_out)
{
    return rules_make(binder, table, conflict, NULL, rules_out);
}

vv_status bind_rules_update(struct binder *binder, const struct table_def *table,
                            const struct logical_assignment *assignments, uint32_t count,
                            const struct modify_rules **rules_out)
{
    bool *assigned = ARENA_ARRAY(binder->arena, bool, table->spec.column_count);

    *rules_out = NULL;
    if (assigned == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        assigned[assignments[i].column] = true;
    }
    return rules_make(binder, table, NULL, assigned, rules_out);
}

vv_status bind_rules_delete(struct binder *binder, const struct table_def *table,
                            const struct modify_rules **rules_out)
{
    struct modify_rules *rules = ARENA_NEW(binder->arena, struct modify_rules);

    *rules_out = NULL;
    if (rules == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_index_rules(table, binder->arena, &rules->indexes, &rules->index_count,
                            binder->error));
    if (rules->index_count > 0) {
        *rules_out = rules;
    }
    return VV_OK;
}

vv_status bind_definition(const struct table_def *table, enum bind_definition_kind kind,
                          uint32_t column, const struct ast *tree, struct arena *arena,
                          const struct expr **expr_out, struct vv_error *error)
{
    struct binder binder = {.arena = arena, .error = error};
    const struct table_column *definition = &table->spec.columns[column];

    *expr_out = NULL;
    switch (kind) {
    case BIND_DEFINITION_DEFAULT:
        return bind_default(tree, definition->name, (enum value_type)definition->type,
                            definition->type_modifier, arena, expr_out, error);
    case BIND_DEFINITION_GENERATED:
        return bind_generated(&binder, table, column, tree, expr_out);
    case BIND_DEFINITION_CONDITION:
        return bind_check(&binder, table, tree, expr_out);
    case BIND_DEFINITION_VALUE:
        VV_TRY(bind_over_table(&binder, table, BIND_GENERATED, tree, expr_out));
        return bind_resolve_unknown(&binder, *expr_out, expr_out);
    }
    return VV_OK;
}
