/*
 * bind_modify.c - UPDATE, DELETE, and what INSERT shares with them (PostgreSQL: analyze.c, parse_target.c).
 *
 * The order of the checks is PostgreSQL's: WHERE, RETURNING, then the assignments.
 */
#include "plan/bind_private.h"

/* What RETURNING hands up, over the rows written. */
struct returning {
    uint32_t count;
    const struct expr *const *exprs;
    const char *const *names;
};

vv_status bind_modify_check(struct binder *binder, const struct ast *with)
{
    return with == NULL ? VV_OK : bind_unsupported(binder, with->position, "WITH");
}

static vv_status column_unknown(struct binder *binder, const struct table_def *table,
                                uint32_t position, vv_slice name)
{
    return error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, position,
                     "column \"%.*s\" of relation \"%s\" does not exist", (int)name.size,
                     (const char *)name.data, table->spec.name);
}

vv_status bind_column_find(struct binder *binder, const struct table_def *table, uint32_t position,
                           vv_slice name, uint16_t *column_out)
{
    char *text = bind_text(binder, name);

    *column_out = TABLE_NO_COLUMN;
    if (text == NULL) {
        return VV_NOMEM;
    }
    *column_out = table_def_column(table, text);
    return *column_out == TABLE_NO_COLUMN ? column_unknown(binder, table, position, name) : VV_OK;
}

vv_status bind_coerce_column(struct binder *binder, const struct table_def *table, uint32_t column,
                             const struct expr *expr, const struct expr **expr_out)
{
    const struct table_column *definition = &table->spec.columns[column];

    return bind_coerce_assignment(binder, expr, definition->name, (enum value_type)definition->type,
                                  definition->type_modifier, expr_out);
}

void bind_refuse_generated(struct binder *binder, const struct table_column *column, bool by_update)
{
    if (binder->refused == NULL) {
        binder->refused = column;
        binder->refused_by_update = by_update;
    }
}

/* 428C9, when a generated column was given a value. */
static vv_status refused_check(struct binder *binder)
{
    const struct table_column *column = binder->refused;
    bool generated = column != NULL && column->generated_text != NULL;

    if (column == NULL) {
        return VV_OK;
    }
    (void)error_set(binder->error, VV_SQLSTATE_GENERATED_ALWAYS, 0,
                    binder->refused_by_update
                        ? "column \"%s\" can only be updated to DEFAULT"
                        : "cannot insert a non-DEFAULT value into column \"%s\"",
                    column->name);
    error_detail(binder->error,
                 generated ? "Column \"%s\" is a generated column."
                           : "Column \"%s\" is an identity column defined as GENERATED ALWAYS.",
                 column->name);
    if (!generated && !binder->refused_by_update) {
        error_hint(binder->error, "Use OVERRIDING SYSTEM VALUE to override.");
    }
    return VV_ERROR;
}

/* The write, and RETURNING as a projection over it. */
static vv_status modify_make(struct binder *binder, const struct logical_node *source,
                             struct logical_modify *modify, const struct returning *returning,
                             struct logical_plan *plan)
{
    VV_TRY(refused_check(binder));
    modify->returning = returning->count > 0;
    plan->root = logical_modify(binder->arena, source, modify);
    if (plan->root != NULL && modify->returning) {
        plan->root = logical_project(binder->arena, plan->root, returning->count, returning->exprs);
    }
    if (plan->root == NULL) {
        return VV_NOMEM;
    }
    if (modify->returning) {
        plan->column_count = returning->count;
        plan->column_names = returning->names;
        plan->column_types = plan->root->column_types;
    }
    return VV_OK;
}

static vv_status returning_bind(struct binder *binder, const struct ast_list *list,
                                struct returning *returning)
{
    *returning = (struct returning){0};
    return list->count == 0 ? VV_OK
                            : bind_target_list(binder, BIND_RETURNING, list, &returning->count,
                                               &returning->exprs, &returning->names);
}

vv_status bind_modify_finish(struct binder *binder, const struct logical_node *source,
                             struct logical_modify *modify, const struct ast_list *list,
                             struct logical_plan *plan)
{
    struct returning returning;

    VV_TRY(returning_bind(binder, list, &returning));
    return modify_make(binder, source, modify, &returning, plan);
}

/* ---- UPDATE, DELETE ---- */

/* The table, and the rows of it that WHERE finds. */
static vv_status modify_source(struct binder *binder, const struct ast *table,
                               const struct ast *where, const struct table_def **table_out,
                               const struct logical_node **node_out)
{
    struct bind_relation *relation = ARENA_NEW(binder->arena, struct bind_relation);
    const struct expr *condition = NULL;

    if (relation == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_relation(binder, table, BIND_USE_WRITE, relation));
    binder->relations = relation;
    binder->relation_count = 1;
    *table_out = relation->table;
    *node_out = logical_scan(binder->arena, relation->table, relation->alias);
    if (where != NULL && *node_out != NULL) {
        VV_TRY(bind_condition(binder, BIND_WHERE, where, &condition));
        *node_out = logical_filter(binder->arena, *node_out, condition);
    }
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

/* One column and the expression for it, which is bound already (NULL: DEFAULT). A NULL value comes out where
 * nothing is to do: a generated column = DEFAULT. */
static vv_status assignment_bind(struct binder *binder, const struct table_def *table,
                                 const struct ast *name, struct logical_assignment *assignment)
{
    const struct table_column *definition = NULL;
    const struct expr *value = assignment->value;
    uint16_t column = TABLE_NO_COLUMN;

    assignment->value = NULL;
    VV_TRY(
        bind_column_find(binder, table, name->position, AST_AS(identifier, name)->name, &column));
    assignment->column = column;
    definition = &table->spec.columns[column];
    if (value == NULL) {
        return definition->generated_text != NULL
                   ? VV_OK
                   : bind_column_default(binder, table, column, &assignment->value);
    }
    if (definition->generated_text != NULL || definition->identity == TABLE_IDENTITY_ALWAYS) {
        bind_refuse_generated(binder, definition, true);
    }
    return bind_coerce_column(binder, table, column, value, &assignment->value);
}

/* The values of `(a, b) = (x, y)`: an AST_ROW with one for each column. */
static vv_status assignment_row(struct binder *binder, const struct ast_assignment *tree)
{
    if (tree->value->tag == AST_SUBQUERY) {
        return bind_unsupported(binder, tree->value->position, "a subquery");
    }
    if (tree->value->tag != AST_ROW) {
        return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, tree->value->position,
                         "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() "
                         "expression");
    }
    if (AST_AS(row, tree->value)->items.count != tree->columns.count) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, tree->value->position,
                         "number of columns does not match number of values");
    }
    return VV_OK;
}

/* The expressions in the order they are written: all of them come before any look at a column. */
static vv_status assignments_expressions(struct binder *binder, const struct ast_list *list,
                                         struct logical_assignment *assignments)
{
    uint32_t count = 0;

    ast_for_each(item, list)
    {
        const struct ast_assignment *tree = AST_AS(assignment, item);
        const struct ast *value = tree->value;

        if (tree->multiple) {
            VV_TRY(assignment_row(binder, tree));
            value = AST_AS(row, tree->value)->items.first;
        }
        for (uint32_t i = 0; i < tree->columns.count; i++, value = value->next) {
            assignments[count].value = NULL;
            if (value->tag != AST_DEFAULT) {
                VV_TRY(bind_expr_at(binder, BIND_UPDATE, value, &assignments[count].value));
            }
            count++;
        }
    }
    return VV_OK;
}

/* Puts assignment i where its column belongs among the sorted ones before it. */
static vv_status assignment_place(struct binder *binder, const struct table_def *table,
                                  struct logical_assignment *assignments, uint32_t i)
{
    struct logical_assignment mine = assignments[i];

    while (i > 0 && assignments[i - 1].column > mine.column) {
        assignments[i] = assignments[i - 1];
        i--;
    }
    assignments[i] = mine;
    if (i > 0 && assignments[i - 1].column == mine.column) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "multiple assignments to same column \"%s\"",
                         table->spec.columns[mine.column].name);
    }
    return VV_OK;
}

static uint32_t assignments_max(const struct ast_list *list)
{
    uint32_t count = 0;

    ast_for_each(item, list)
    {
        count += AST_AS(assignment, item)->columns.count;
    }
    return count;
}

vv_status bind_assignments(struct binder *binder, const struct table_def *table,
                           const struct ast_list *list,
                           const struct logical_assignment **assignments_out, uint32_t *count_out)
{
    struct logical_assignment *assignments =
        ARENA_ARRAY(binder->arena, struct logical_assignment, assignments_max(list));
    uint32_t count = 0;
    uint32_t kept = 0;

    if (assignments == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(assignments_expressions(binder, list, assignments));
    ast_for_each(item, list)
    {
        ast_for_each(name, &AST_AS(assignment, item)->columns)
        {
            VV_TRY(assignment_bind(binder, table, name, &assignments[count]));
            VV_TRY(assignment_place(binder, table, assignments, count));
            count++;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (assignments[i].value != NULL) {
            assignments[kept++] = assignments[i];
        }
    }
    *assignments_out = assignments;
    *count_out = kept;
    return VV_OK;
}

vv_status bind_update(struct binder *binder, const struct ast *node, struct logical_plan *plan)
{
    const struct ast_update *tree = AST_AS(update, node);
    struct logical_modify modify = {.kind = LOGICAL_UPDATE};
    const struct logical_node *source = NULL;
    struct returning returning;

    VV_TRY(bind_modify_check(binder, tree->with));
    if (tree->from.count > 0) {
        return bind_unsupported(binder, tree->from.first->position, "UPDATE ... FROM");
    }
    VV_TRY(modify_source(binder, tree->table, tree->where, &modify.table, &source));
    VV_TRY(returning_bind(binder, &tree->returning, &returning));
    VV_TRY(bind_assignments(binder, modify.table, &tree->assignments, &modify.assignments,
                            &modify.assignment_count));
    VV_TRY(bind_rules_update(binder, modify.table, modify.assignments, modify.assignment_count,
                             &modify.rules));
    return modify_make(binder, source, &modify, &returning, plan);
}

vv_status bind_delete(struct binder *binder, const struct ast *node, struct logical_plan *plan)
{
    const struct ast_delete *tree = AST_AS(delete, node);
    struct logical_modify modify = {.kind = LOGICAL_DELETE};
    const struct logical_node *source = NULL;

    VV_TRY(bind_modify_check(binder, tree->with));
    if (tree->using_tables.count > 0) {
        return bind_unsupported(binder, tree->using_tables.first->position, "DELETE ... USING");
    }
    VV_TRY(modify_source(binder, tree->table, tree->where, &modify.table, &source));
    VV_TRY(bind_rules_delete(binder, modify.table, &modify.rules));
    return bind_modify_finish(binder, source, &modify, &tree->returning, plan);
}
