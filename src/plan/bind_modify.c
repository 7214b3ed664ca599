/* bind_modify.c - INSERT, UPDATE, DELETE (PostgreSQL: analyze.c, parse_target.c). */
#include "plan/bind_private.h"
#include "sql/sql.h"

/* The target table of INSERT and which of its columns the source's columns are for. */
struct insert {
    const struct table_def *table;
    const char *alias;
    const struct ast_list *names; /* AST_IDENTIFIER; empty: not given */
    uint16_t *columns;            /* table columns in the order of the source */
    uint32_t column_count;
    bool has_names;
};

static vv_status modify_check(struct binder *binder, const struct ast *with,
                              const struct ast_list *returning)
{
    if (with != NULL) {
        return bind_unsupported(binder, with->position, "WITH");
    }
    if (returning->count > 0) {
        return bind_unsupported(binder, returning->first->position, "RETURNING");
    }
    return VV_OK;
}

static vv_status column_unknown(struct binder *binder, const struct table_def *table,
                                uint32_t position, vv_slice name)
{
    return error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, position,
                     "column \"%.*s\" of relation \"%s\" does not exist", (int)name.size,
                     (const char *)name.data, table->spec.name);
}

static vv_status column_find(struct binder *binder, const struct table_def *table,
                             uint32_t position, vv_slice name, uint16_t *column_out)
{
    char *text = bind_text(binder, name);

    *column_out = TABLE_NO_COLUMN;
    if (text == NULL) {
        return VV_NOMEM;
    }
    *column_out = table_def_column(table, text);
    return *column_out == TABLE_NO_COLUMN ? column_unknown(binder, table, position, name) : VV_OK;
}

/* ---- INSERT ---- */

/* The columns named, or all that are not dropped. */
static vv_status insert_columns(struct binder *binder, struct insert *insert)
{
    uint32_t room = insert->names->count > insert->table->spec.column_count
                        ? insert->names->count
                        : insert->table->spec.column_count;

    insert->columns = ARENA_ARRAY(binder->arena, uint16_t, room);
    if (insert->columns == NULL) {
        return VV_NOMEM;
    }
    insert->has_names = insert->names->count > 0;
    for (uint32_t i = 0; !insert->has_names && i < insert->table->spec.column_count; i++) {
        if (!insert->table->spec.columns[i].dropped) {
            insert->columns[insert->column_count++] = (uint16_t)i;
        }
    }
    ast_for_each(item, insert->names)
    {
        vv_slice name = AST_AS(identifier, item)->name;
        uint16_t column = TABLE_NO_COLUMN;

        VV_TRY(column_find(binder, insert->table, item->position, name, &column));
        for (uint32_t i = 0; i < insert->column_count; i++) {
            if (insert->columns[i] == column) {
                return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, item->position,
                                 "column \"%.*s\" specified more than once", (int)name.size,
                                 (const char *)name.data);
            }
        }
        insert->columns[insert->column_count++] = column;
    }
    return VV_OK;
}

/* The source must have as many columns as are named, and no more than there are. */
static vv_status insert_check_width(struct binder *binder, const struct insert *insert,
                                    uint32_t width, uint32_t position_of_extra)
{
    const struct ast *name = insert->names->first;

    if (width > insert->column_count) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, position_of_extra,
                         "INSERT has more expressions than target columns");
    }
    if (!insert->has_names || width == insert->column_count) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < width; i++) {
        name = name->next;
    }
    return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, name->position,
                     "INSERT has more target columns than expressions");
}

/* The DEFAULT of a column, or NULL. */
static vv_status column_default(struct binder *binder, const struct table_def *table,
                                uint32_t column, const struct expr **expr_out)
{
    const struct table_column *definition = &table->spec.columns[column];
    enum value_type type = (enum value_type)definition->type;
    struct ast *tree = NULL;

    if (definition->default_text == NULL || definition->dropped) {
        *expr_out = expr_null(binder->arena, type, 0);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    }
    VV_TRY(sql_parse_expression(slice_text(definition->default_text), binder->arena, &tree,
                                binder->error));
    return bind_default(tree, definition->name, type, definition->type_modifier, binder->arena,
                        expr_out, binder->error);
}

static vv_status column_coerce(struct binder *binder, const struct table_def *table,
                               uint32_t column, const struct expr *expr,
                               const struct expr **expr_out)
{
    const struct table_column *definition = &table->spec.columns[column];

    return bind_coerce_assignment(binder, expr, definition->name, (enum value_type)definition->type,
                                  definition->type_modifier, expr_out);
}

/* Fills the cells of columns that the source does not give. */
static vv_status insert_defaults(struct binder *binder, const struct insert *insert,
                                 const struct expr **row)
{
    for (uint32_t i = 0; i < insert->table->spec.column_count; i++) {
        if (row[i] == NULL) {
            VV_TRY(column_default(binder, insert->table, i, &row[i]));
        }
    }
    return VV_OK;
}

static vv_status insert_row(struct binder *binder, const struct insert *insert,
                            const struct ast_row *line, const struct expr **row)
{
    uint32_t i = 0;
    const struct ast *extra = NULL;

    ast_for_each(cell, &line->items)
    {
        if (i++ == insert->column_count) {
            extra = cell;
        }
    }
    i = 0;
    ast_for_each(cell, &line->items)
    {
        const struct expr *expr = NULL;

        if (i == insert->column_count) {
            break;
        }
        if (cell->tag != AST_DEFAULT) {
            VV_TRY(bind_expr_at(binder, BIND_VALUES, cell, &expr));
            row[insert->columns[i]] = expr;
        }
        i++;
    }
    VV_TRY(
        insert_check_width(binder, insert, line->items.count, extra == NULL ? 0 : extra->position));
    for (i = 0; i < line->items.count; i++) {
        const struct expr **cell = &row[insert->columns[i]];

        if (*cell != NULL) {
            VV_TRY(column_coerce(binder, insert->table, insert->columns[i], *cell, cell));
        }
    }
    return insert_defaults(binder, insert, row);
}

/* INSERT … VALUES: one VALUES node with a cell for every column of the table. */
static vv_status insert_values(struct binder *binder, const struct insert *insert,
                               const struct ast_values *values,
                               const struct logical_node **node_out)
{
    uint32_t width = insert->table->spec.column_count;
    uint32_t length = values == NULL ? 0 : AST_AS(row, values->rows.first)->items.count;
    uint32_t row_count = values == NULL ? 1 : values->rows.count;
    const struct expr **cells =
        ARENA_ARRAY(binder->arena, const struct expr *, (size_t)row_count *width);
    const struct expr **row = cells;

    if (cells == NULL) {
        return VV_NOMEM;
    }
    if (values == NULL) {
        VV_TRY(insert_defaults(binder, insert, row));
    } else {
        ast_for_each(item, &values->rows)
        {
            const struct ast_row *line = AST_AS(row, item);

            if (line->items.count != length) {
                return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR,
                                 line->items.first == NULL ? 0 : line->items.first->position,
                                 "VALUES lists must all be the same length");
            }
            VV_TRY(insert_row(binder, insert, line, row));
            row += width;
        }
    }
    *node_out = logical_values(binder->arena, row_count, width, cells);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

/* INSERT … SELECT: a projection on top brings the rows into the table's shape. */
static vv_status insert_select(struct binder *binder, const struct insert *insert,
                               const struct ast *source, const struct logical_node **node_out)
{
    const struct expr **row =
        ARENA_ARRAY(binder->arena, const struct expr *, insert->table->spec.column_count);
    struct bind_result result;

    if (row == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_query(binder, source, true, &result));
    VV_TRY(insert_check_width(
        binder, insert, result.column_count,
        result.column_count > insert->column_count ? result.positions[insert->column_count] : 0));
    for (uint32_t i = 0; i < result.column_count; i++) {
        const struct expr *expr = result.literals[i];

        if (expr == NULL) {
            expr = expr_column(binder->arena, i, (enum value_type)result.node->column_types[i],
                               result.positions[i]);
        }
        if (expr == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(column_coerce(binder, insert->table, insert->columns[i], expr,
                             &row[insert->columns[i]]));
    }
    VV_TRY(insert_defaults(binder, insert, row));
    *node_out = logical_project(binder->arena, result.node, insert->table->spec.column_count, row);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

static bool is_plain_values(const struct ast *source)
{
    const struct ast_values *values = AST_AS(values, source);

    return source->tag == AST_VALUES && values->with == NULL && values->order_by.count == 0 &&
           values->limit == NULL && values->offset == NULL && values->locking.count == 0;
}

vv_status bind_insert(struct binder *binder, const struct ast *node,
                      const struct logical_node **node_out)
{
    const struct ast_insert *tree = AST_AS(insert, node);
    struct insert insert = {.names = &tree->columns};
    struct bind_relation *relation = ARENA_NEW(binder->arena, struct bind_relation);
    const struct logical_node *source = NULL;

    if (relation == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(modify_check(binder, tree->with, &tree->returning));
    if (tree->on_conflict != NULL) {
        return bind_unsupported(binder, tree->on_conflict->position, "ON CONFLICT");
    }
    VV_TRY(bind_relation(binder, tree->table, BIND_USE_WRITE, relation));
    insert.table = relation->table;
    VV_TRY(insert_columns(binder, &insert));
    binder->target = relation;
    if (tree->source == NULL) {
        VV_TRY(insert_values(binder, &insert, NULL, &source));
    } else if (is_plain_values(tree->source)) {
        VV_TRY(insert_values(binder, &insert, AST_AS(values, tree->source), &source));
    } else {
        VV_TRY(insert_select(binder, &insert, tree->source, &source));
    }
    *node_out = logical_insert(binder->arena, source, insert.table);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
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

static vv_status assignment_bind(struct binder *binder, const struct table_def *table,
                                 const struct ast_assignment *tree,
                                 struct logical_assignment *assignment)
{
    const struct ast *name = tree->columns.first;
    uint16_t column = TABLE_NO_COLUMN;
    const struct expr *value = NULL;

    if (tree->columns.count != 1) {
        return bind_unsupported(binder, tree->node.position, "assignment of several columns");
    }
    if (tree->value->tag != AST_DEFAULT) {
        VV_TRY(bind_expr_at(binder, BIND_UPDATE, tree->value, &value));
    }
    VV_TRY(column_find(binder, table, name->position, AST_AS(identifier, name)->name, &column));
    assignment->column = column;
    if (value == NULL) {
        return column_default(binder, table, column, &assignment->value);
    }
    return column_coerce(binder, table, column, value, &assignment->value);
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

vv_status bind_update(struct binder *binder, const struct ast *node,
                      const struct logical_node **node_out)
{
    const struct ast_update *tree = AST_AS(update, node);
    const struct table_def *table = NULL;
    const struct logical_node *source = NULL;
    struct logical_assignment *assignments = NULL;
    uint32_t count = 0;

    VV_TRY(modify_check(binder, tree->with, &tree->returning));
    if (tree->from.count > 0) {
        return bind_unsupported(binder, tree->from.first->position, "UPDATE ... FROM");
    }
    VV_TRY(modify_source(binder, tree->table, tree->where, &table, &source));
    assignments = ARENA_ARRAY(binder->arena, struct logical_assignment, tree->assignments.count);
    if (assignments == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->assignments)
    {
        VV_TRY(assignment_bind(binder, table, AST_AS(assignment, item), &assignments[count]));
        VV_TRY(assignment_place(binder, table, assignments, count));
        count++;
    }
    *node_out = logical_update(binder->arena, source, table, count, assignments);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

vv_status bind_delete(struct binder *binder, const struct ast *node,
                      const struct logical_node **node_out)
{
    const struct ast_delete *tree = AST_AS(delete, node);
    const struct table_def *table = NULL;
    const struct logical_node *source = NULL;

    VV_TRY(modify_check(binder, tree->with, &tree->returning));
    if (tree->using_tables.count > 0) {
        return bind_unsupported(binder, tree->using_tables.first->position, "DELETE ... USING");
    }
    VV_TRY(modify_source(binder, tree->table, tree->where, &table, &source));
    *node_out = logical_delete(binder->arena, source, table);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}
