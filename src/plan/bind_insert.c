/*
 * bind_insert.c - INSERT (PostgreSQL: analyze.c, parse_target.c; rewriteHandler.c for what may not be given).
 *
 * Every source becomes rows with one cell for each column of the table: values given, DEFAULTs, NULLs.
 */
#include "plan/bind_private.h"

/* The target table of INSERT and which of its columns the source's columns are for. */
struct insert {
    const struct table_def *table;
    const char *alias;
    const struct ast_list *names; /* AST_IDENTIFIER; empty: not given */
    enum ast_insert_override override;
    uint16_t *columns; /* table columns in the order of the source */
    uint32_t column_count;
    bool has_names;
    bool *given; /* by table column: some row gives a value */
};

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

        VV_TRY(bind_column_find(binder, insert->table, item->position, name, &column));
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

/* Which columns may be given a value (rewriteTargetListIU). OVERRIDING USER VALUE takes given values of
 * identity columns away again. */
static void insert_override(struct binder *binder, struct insert *insert)
{
    for (uint32_t i = 0; i < insert->table->spec.column_count; i++) {
        const struct table_column *column = &insert->table->spec.columns[i];

        if (!insert->given[i]) {
            continue;
        }
        if (column->identity != TABLE_NO_IDENTITY && insert->override == AST_OVERRIDE_USER) {
            insert->given[i] = false;
            continue;
        }
        if (column->generated_text == NULL && (column->identity != TABLE_IDENTITY_ALWAYS ||
                                               insert->override == AST_OVERRIDE_SYSTEM)) {
            continue;
        }
        bind_refuse_generated(binder, column, false);
    }
}

/* Fills the cells of columns that the source does not give. */
static vv_status insert_defaults(struct binder *binder, const struct insert *insert,
                                 const struct expr **row)
{
    for (uint32_t i = 0; i < insert->table->spec.column_count; i++) {
        if (row[i] == NULL || !insert->given[i]) {
            VV_TRY(bind_column_default(binder, insert->table, i, &row[i]));
        }
    }
    return VV_OK;
}

static vv_status insert_row(struct binder *binder, struct insert *insert,
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
            insert->given[insert->columns[i]] = true;
            VV_TRY(bind_coerce_column(binder, insert->table, insert->columns[i], *cell, cell));
        }
    }
    return VV_OK;
}

/* INSERT … VALUES: one VALUES node with a cell for every column of the table. */
static vv_status insert_values(struct binder *binder, struct insert *insert,
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
    for (const struct ast *item = values == NULL ? NULL : values->rows.first; item != NULL;
         item = item->next) {
        const struct ast_row *line = AST_AS(row, item);

        if (line->items.count != length) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR,
                             line->items.first == NULL ? 0 : line->items.first->position,
                             "VALUES lists must all be the same length");
        }
        VV_TRY(insert_row(binder, insert, line, row));
        row += width;
    }
    insert_override(binder, insert);
    for (uint32_t i = 0; i < row_count; i++) {
        VV_TRY(insert_defaults(binder, insert, &cells[(size_t)i * width]));
    }
    *node_out = logical_values(binder->arena, row_count, width, cells);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

/* INSERT … SELECT: a projection on top brings the rows into the table's shape. */
static vv_status insert_select(struct binder *binder, struct insert *insert,
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
        insert->given[insert->columns[i]] = true;
        VV_TRY(bind_coerce_column(binder, insert->table, insert->columns[i], expr,
                                  &row[insert->columns[i]]));
    }
    insert_override(binder, insert);
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

vv_status bind_insert(struct binder *binder, const struct ast *node, struct logical_plan *plan)
{
    const struct ast_insert *tree = AST_AS(insert, node);
    struct insert insert = {.names = &tree->columns, .override = tree->override};
    struct logical_modify modify = {.kind = LOGICAL_INSERT};
    struct bind_relation *relation = ARENA_NEW(binder->arena, struct bind_relation);
    const struct modify_conflict *conflict = NULL;
    const struct logical_node *source = NULL;

    if (relation == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_modify_check(binder, tree->with));
    VV_TRY(bind_relation(binder, tree->table, BIND_USE_WRITE, relation));
    insert.table = relation->table;
    insert.given = ARENA_ARRAY(binder->arena, bool, relation->table->spec.column_count);
    if (insert.given == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(insert_columns(binder, &insert));
    binder->target = relation;
    if (tree->source == NULL) {
        VV_TRY(insert_values(binder, &insert, NULL, &source));
    } else if (is_plain_values(tree->source)) {
        VV_TRY(insert_values(binder, &insert, AST_AS(values, tree->source), &source));
    } else {
        VV_TRY(insert_select(binder, &insert, tree->source, &source));
    }
    binder->target = NULL;
    modify.table = relation->table;
    if (tree->on_conflict != NULL) {
        VV_TRY(bind_conflict(binder, relation, tree->on_conflict, &conflict));
    }
    VV_TRY(bind_rules(binder, relation->table, conflict, &modify.rules));
    binder->relations = relation;
    binder->relation_count = 1;
    VV_TRY(bind_modify_finish(binder, source, &modify, &tree->returning, plan));
    return bind_conflict_infer(binder);
}
