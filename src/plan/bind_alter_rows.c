/*
 * bind_alter_rows.c - ALTER TABLE: what happens to the rows.
 *
 * Rows are written anew when their bytes change (another type, a NULL where the layout has no room for one), when
 * a new column's values differ from row to row, and when their own key changes. Otherwise a new column is a
 * new section that old rows do not have (value/row.h), and its DEFAULT is computed once.
 */
#include "plan/bind_alter.h"

/* Whether the column is new and gets numbers of a sequence that does not exist yet. */
static bool is_drawn(const struct table_column *column)
{
    return !column->dropped && column->sequence != NULL && column->sequence_id == 0;
}

static bool index_part_of(const struct table_index *index, uint32_t column)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column) {
            return true;
        }
    }
    return false;
}

/* ---- keys and indexes ---- */

/* Whether texts have other keys under the one collation than under the other. */
static bool folds_differ(uint8_t before, uint8_t after)
{
    return before != after && (value_collation_folds((enum value_collation)before) ||
                               value_collation_folds((enum value_collation)after));
}

static bool is_recollated(const struct alter *alter, uint32_t column)
{
    return folds_differ(alter->base->spec.columns[column].collation,
                        alter->definition.columns[column].collation);
}

/* A part that had the collation of its column has it still; one that was given its own keeps that. */
static vv_status part_recollate(struct alter *alter, struct table_index_part *part)
{
    const struct table_column *before = NULL;
    const struct table_column *after = NULL;

    if (part->column >= alter->base->spec.column_count) { /* an expression, or a new column */
        return VV_OK;
    }
    before = &alter->base->spec.columns[part->column];
    after = &alter->definition.columns[part->column];
    if (part->collation == before->collation) {
        part->collation = after->collation;
    }
    if (part->collation != VALUE_COLLATION_DEFAULT &&
        !value_is_collatable((enum value_type)after->type)) {
        return error_set(alter->binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                         "collations are not supported by type %s", value_types[after->type].text);
    }
    return VV_OK;
}

static vv_status indexes_recollate(struct alter *alter)
{
    struct bind_definition *definition = &alter->definition;

    for (uint32_t i = 0; i < definition->index_count; i++) {
        struct table_index *index = &definition->indexes[i];
        struct table_index_part *parts = arena_copy(alter->binder->arena, index->parts,
                                                    index->part_count * sizeof index->parts[0]);

        if (parts == NULL) {
            return VV_NOMEM;
        }
        for (uint32_t k = 0; k < index->part_count; k++) {
            uint8_t before = parts[k].collation;

            VV_TRY(part_recollate(alter, &parts[k]));
            index->map_id =
                folds_differ(before, parts[k].collation) && !index->primary ? 0 : index->map_id;
        }
        index->parts = parts;
    }
    return VV_OK;
}

static bool keys_differ(const struct alter *alter)
{
    const struct table_index *before = table_def_key(alter->base);
    const struct table_index *after =
        alter->definition.has_key ? &alter->definition.indexes[0] : NULL;

    if (before == NULL || after == NULL) {
        return before != after;
    }
    if (before->part_count != after->part_count) {
        return true;
    }
    for (uint32_t i = 0; i < after->part_count; i++) {
        if (before->parts[i].column != after->parts[i].column ||
            before->parts[i].descending != after->parts[i].descending ||
            folds_differ(before->parts[i].collation, after->parts[i].collation) ||
            alter->values[after->parts[i].column] != NULL) {
            return true;
        }
    }
    return false;
}

static bool reads_retyped(const struct alter *alter, struct ast *tree)
{
    for (uint32_t c = 0; c < alter->base->spec.column_count; c++) {
        if (alter->retyped[c] && !alter->definition.columns[c].dropped &&
            ast_reads_column(tree, slice_text(alter->definition.columns[c].name))) {
            return true;
        }
    }
    return false;
}

/* Over a column of another type an expression is another one: its text is bound anew, as PostgreSQL does. */
static vv_status expression_settle(struct alter *alter, const struct table_def *shape,
                                   struct table_index *index, struct table_index_part *part)
{
    const struct expr *before = NULL;
    const struct expr *expr = NULL;
    struct ast *tree = NULL;

    VV_TRY(alter_tree(alter, part->expression_text, &tree));
    if (!reads_retyped(alter, tree)) {
        return VV_OK;
    }
    VV_TRY(bind_over_table(alter->binder, alter->base, BIND_INDEX, tree, &before));
    VV_TRY(bind_over_table(alter->binder, shape, BIND_INDEX, tree, &expr));
    VV_TRY(bind_resolve_unknown(alter->binder, expr, &expr));
    if (expr_volatility(expr) != FUNCTION_IMMUTABLE) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, 0,
                         "functions in index expression must be marked IMMUTABLE");
    }
    index->map_id = 0;
    part->type = expr->type;
    part->collation = part->collation == before->collation ? expr->collation : part->collation;
    return bind_index_part_text(alter->binder, shape, tree, expr, &part->expression_text);
}

static vv_status predicate_settle(struct alter *alter, const struct table_def *shape,
                                  struct table_index *index)
{
    const struct expr *expr = NULL;
    struct ast *tree = NULL;

    if (index->predicate_text == NULL) {
        return VV_OK;
    }
    VV_TRY(alter_tree(alter, index->predicate_text, &tree));
    if (!reads_retyped(alter, tree)) {
        return VV_OK;
    }
    VV_TRY(bind_over_table(alter->binder, shape, BIND_INDEX_WHERE, tree, &expr));
    if (expr_volatility(expr) != FUNCTION_IMMUTABLE) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, 0,
                         "functions in index predicate must be marked IMMUTABLE");
    }
    index->map_id = 0;
    return bind_index_predicate_text(alter->binder, shape, tree, expr, &index->predicate_text);
}

/* An index is built anew when the bytes of its entries change: map_id 0. Otherwise its parts only get the types
 * that the columns have now. */
static vv_status index_settle(struct alter *alter, const struct table_def *shape,
                              struct table_index *index)
{
    const struct table_column *columns = alter->definition.columns;
    struct table_index_part *parts =
        ARENA_ARRAY(alter->binder->arena, struct table_index_part, index->part_count);

    if (parts == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < alter->base->spec.column_count; i++) {
        bool reads = false;

        if (alter->values[i] != NULL) {
            VV_TRY(alter_index_reads(alter, index, (uint16_t)i, &reads));
        }
        index->map_id = reads ? 0 : index->map_id;
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        uint16_t column = index->parts[i].column;

        parts[i] = index->parts[i];
        if (column == TABLE_NO_COLUMN) {
            VV_TRY(expression_settle(alter, shape, index, &parts[i]));
            continue;
        }
        parts[i].type = columns[column].type;
        if (!parts[i].nullable && !columns[column].not_null) {
            index->map_id = 0;
        }
    }
    index->parts = parts;
    return predicate_settle(alter, shape, index);
}

/* ---- columns ---- */

/* What each new column's rows hold; says whether that differs from row to row. */
static vv_status column_value(struct alter *alter, const struct table_def *shape, uint32_t number,
                              bool *differs_out)
{
    const struct table_column *column = &alter->definition.columns[number];
    const struct expr *expr = NULL;

    *differs_out = is_drawn(column) || column->generated_text != NULL;
    if (*differs_out || column->default_text == NULL) {
        return VV_OK;
    }
    VV_TRY(bind_column_default(alter->binder, shape, number, &expr));
    *differs_out = expr_volatility(expr) == FUNCTION_VOLATILE;
    alter->values[number] = expr;
    return VV_OK;
}

static vv_status values_find(struct alter *alter, const struct table_def *shape)
{
    uint32_t sections = 0;

    for (uint32_t i = 0; i < alter->definition.column_count; i++) {
        const struct table_column *column = &alter->definition.columns[i];
        bool rewrite = false;

        if (i < alter->base->spec.column_count) {
            sections = column->section > sections ? column->section : sections;
            rewrite =
                alter->values[i] != NULL ||
                (!column->not_null && !column->stored_nullable && !column->dropped &&
                 !(alter->definition.has_key && index_part_of(&alter->definition.indexes[0], i)));
        } else {
            sections++;
            VV_TRY(column_value(alter, shape, i, &rewrite));
            rewrite = rewrite || sections > UINT8_MAX;
        }
        alter->plan->rewrite = alter->plan->rewrite || rewrite;
    }
    return VV_OK;
}

/* Where the columns' bytes lie. */
static void columns_place(struct alter *alter)
{
    uint32_t section = 0;

    for (uint32_t i = 0; i < alter->definition.column_count; i++) {
        struct table_column *column = &alter->definition.columns[i];

        if (alter->plan->rewrite) {
            column->section = 0;
            column->stored_nullable = !column->not_null;
            column->missing = slice_make(NULL, 0);
            column->absent = column->dropped;
        } else if (i < alter->base->spec.column_count) {
            section = column->section > section ? column->section : section;
        } else {
            column->section = (uint8_t)++section;
            column->stored_nullable = true;
        }
    }
}

/* ---- what the rows are held to ---- */

static vv_status not_null_find(struct alter *alter, bool *verify)
{
    for (uint32_t i = 0; i < alter->definition.column_count; i++) {
        bool known = i < alter->base->spec.column_count && alter->base->spec.columns[i].not_null &&
                     alter->values[i] == NULL;

        verify[i] = alter->definition.columns[i].not_null && !known &&
                    !is_drawn(&alter->definition.columns[i]);
    }
    alter->plan->not_null = verify;
    return VV_OK;
}

/* New conditions, and those that read a column whose values change. All are bound: they must make sense with
 * the new types. */
static vv_status checks_find(struct alter *alter, const struct table_def *shape)
{
    const struct bind_definition *definition = &alter->definition;
    struct modify_check *checks =
        ARENA_ARRAY(alter->binder->arena, struct modify_check, definition->check_count);

    if (checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < definition->check_count; i++) {
        const struct table_check *check = &definition->checks[i];
        bool verify = alter->check_fresh[i];
        bool retyped = false;
        bool recollated = false;
        struct ast *tree = NULL;
        struct modify_check bound = {.name = check->name};

        VV_TRY(alter_tree(alter, check->text, &tree));
        for (uint32_t c = 0; c < alter->base->spec.column_count; c++) {
            bool reads = alter->retyped[c] &&
                         ast_reads_column(tree, slice_text(definition->columns[c].name));

            retyped = retyped || reads;
            recollated = recollated || (reads && is_recollated(alter, c));
        }
        if (!verify && !retyped) {
            continue;
        }
        VV_TRY(bind_check(alter->binder, shape, tree, &bound.condition));
        if (verify || (!check->not_valid && (alter->plan->rewrite || recollated))) {
            checks[alter->plan->check_count++] = bound;
        }
    }
    alter->plan->checks = checks;
    return VV_OK;
}

static vv_status generated_find(struct alter *alter, const struct table_def *shape)
{
    const struct bind_definition *definition = &alter->definition;
    struct alter_plan *plan = alter->plan;
    struct modify_generated *generated =
        ARENA_ARRAY(alter->binder->arena, struct modify_generated, definition->column_count);

    if (generated == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = alter->base->spec.column_count; i < definition->column_count; i++) {
        const struct table_column *column = &definition->columns[i];
        struct ast *tree = NULL;

        if (column->generated_text != NULL && !column->dropped) {
            VV_TRY(alter_tree(alter, column->generated_text, &tree));
            VV_TRY(bind_generated(alter->binder, shape, i, tree,
                                  &generated[plan->generated_count].value));
            generated[plan->generated_count++].column = (uint16_t)i;
        }
    }
    plan->generated = generated;
    return VV_OK;
}

/* A retyped generated column's expression must still give a value of it. */
static vv_status retyped_generated(struct alter *alter, const struct table_def *shape)
{
    for (uint32_t i = 0; i < alter->base->spec.column_count; i++) {
        const struct table_column *column = &alter->definition.columns[i];
        const struct expr *expr = NULL;
        struct ast *tree = NULL;

        if (alter->retyped[i] && column->generated_text != NULL) {
            VV_TRY(alter_tree(alter, column->generated_text, &tree));
            VV_TRY(bind_generated(alter->binder, shape, i, tree, &expr));
        }
    }
    return VV_OK;
}

vv_status alter_finish(struct alter *alter)
{
    struct bind_definition *definition = &alter->definition;
    struct alter_plan *plan = alter->plan;
    struct arena *arena = alter->binder->arena;
    struct table_def *shape = bind_definition_shape(alter->binder, definition);
    bool *verify = ARENA_ARRAY(arena, bool, definition->column_count);
    const struct expr **none = ARENA_ARRAY(arena, const struct expr *, definition->column_count);

    if (shape == NULL || verify == NULL || none == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(indexes_recollate(alter));
    plan->new_keys = keys_differ(alter);
    plan->rewrite = plan->new_keys;
    VV_TRY(retyped_generated(alter, shape));
    VV_TRY(values_find(alter, shape));
    plan->values = plan->rewrite ? alter->values : none;
    plan->missing = plan->rewrite ? none : alter->values;
    VV_TRY(generated_find(alter, shape));
    VV_TRY(not_null_find(alter, verify));
    VV_TRY(checks_find(alter, shape));
    for (uint32_t i = 0; i < definition->index_count; i++) {
        if (!definition->indexes[i].primary) {
            VV_TRY(index_settle(alter, shape, &definition->indexes[i]));
        }
    }
    columns_place(alter);
    plan->base = alter->base;
    plan->spec = alter->base->spec;
    plan->spec.name = definition->name;
    plan->spec.columns = definition->columns;
    plan->spec.column_count = definition->column_count;
    plan->spec.indexes = definition->indexes;
    plan->spec.index_count = definition->index_count;
    plan->spec.checks = definition->checks;
    plan->spec.check_count = definition->check_count;
    return VV_OK;
}
