/*
 * bind_conflict.c - ON CONFLICT: which unique indexes decide, and what becomes of the row in the way.
 *
 * The target names columns and expressions, or a constraint; PostgreSQL infers every unique index on exactly these,
 * in any order, whose predicate the target's WHERE implies (infer_arbiter_indexes). SET and WHERE see the row in the way under the table's name and the
 * proposed one as EXCLUDED, so a bare column name is ambiguous there, as in PostgreSQL.
 */
#include "plan/bind_private.h"
#include "plan/implies.h"

/* What the target says. */
struct bind_inference {
    const struct table_def *table;
    struct modify_conflict *conflict; /* that gets the arbiters */
    bool *named;                      /* by table column */
    uint32_t count;                   /* of them */
    const struct expr **exprs;
    uint32_t expr_count;
    const struct expr *where;               /* NULL: none */
    struct inference_collation *collations; /* what elements with COLLATE ask for */
    uint32_t collation_count;
};

/* An element that must be a part of the index in this collation. */
struct inference_collation {
    const struct expr *expr; /* a column or an expression */
    uint8_t collation;       /* enum value_collation */
};

static vv_status element_collation(struct binder *binder, struct bind_inference *inference,
                                   const struct ast_index_element *element, const struct expr *expr)
{
    enum value_collation collation = (enum value_collation)expr->collation;

    if (element->collation.count > 0) {
        VV_TRY(bind_collation_of_type(binder, &element->collation, (enum value_type)expr->type,
                                      element->node.position, &collation));
    } else if (expr->collating != EXPR_COLLATION_WRITTEN) {
        return VV_OK; /* any will do */
    }
    inference->collations[inference->collation_count++] =
        (struct inference_collation){.expr = expr, .collation = (uint8_t)collation};
    return VV_OK;
}

static vv_status inference_element(struct binder *binder, struct bind_inference *inference,
                                   const struct ast_index_element *element)
{
    const struct expr *expr = NULL;

    if (element->opclass.count > 0) {
        return bind_unsupported(binder, element->node.position, "an operator class in ON CONFLICT");
    }
    if (element->direction != AST_SORT_DEFAULT || element->nulls != AST_NULLS_DEFAULT) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE,
                         element->node.position,
                         element->direction != AST_SORT_DEFAULT
                             ? "ASC/DESC is not allowed in ON CONFLICT clause"
                             : "NULLS FIRST/LAST is not allowed in ON CONFLICT clause");
    }
    VV_TRY(bind_expr_at(binder, BIND_CONFLICT, element->expr, &expr));
    VV_TRY(element_collation(binder, inference, element, expr));
    if (expr->kind != EXPR_COLUMN) {
        inference->exprs[inference->expr_count++] = expr;
        return VV_OK;
    }
    inference->count += !inference->named[expr->column];
    inference->named[expr->column] = true;
    return VV_OK;
}

static bool exprs_hold(uint32_t count, const struct expr *const *exprs, const struct expr *expr)
{
    for (uint32_t i = 0; i < count; i++) {
        if (exprs[i] != NULL && expr_equal(exprs[i], expr)) {
            return true;
        }
    }
    return false;
}

/* The same columns, whatever their order. */
static bool columns_match(const struct bind_inference *inference, const struct table_index *index)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < index->part_count; i++) {
        uint16_t column = index->parts[i].column;
        bool repeated = false;

        if (column == TABLE_NO_COLUMN) {
            continue;
        }
        if (!inference->named[column]) {
            return false;
        }
        for (uint32_t k = 0; k < i; k++) {
            repeated = repeated || index->parts[k].column == column;
        }
        count += !repeated;
    }
    return count == inference->count;
}

/* Whether the index has all parts whose collation the target names. */
static bool collations_match(const struct bind_inference *inference,
                             const struct table_index *index, const struct index_rule *rule)
{
    for (uint32_t i = 0; i < inference->collation_count; i++) {
        const struct inference_collation *wanted = &inference->collations[i];
        bool found = false;

        for (uint32_t k = 0; k < index->part_count && !found; k++) {
            bool same = rule->parts[k] != NULL ? expr_equal(rule->parts[k], wanted->expr)
                                               : wanted->expr->kind == EXPR_COLUMN &&
                                                     index->parts[k].column == wanted->expr->column;

            found = same && index->parts[k].collation == wanted->collation;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* PostgreSQL looks for the indexes when it plans, so what else is wrong with the statement is told first. */
static vv_status index_is_inferred(struct binder *binder, const struct bind_inference *inference,
                                   const struct table_index *index, bool *inferred_out)
{
    struct index_rule rule;

    *inferred_out = index->unique && columns_match(inference, index);
    if (!*inferred_out) {
        return VV_OK;
    }
    VV_TRY(bind_index_rule(inference->table, index, binder->arena, &rule, binder->error));
    *inferred_out = (rule.predicate == NULL || implies(inference->where, rule.predicate)) &&
                    collations_match(inference, index, &rule);
    for (uint32_t i = 0; i < inference->expr_count; i++) {
        *inferred_out =
            *inferred_out && exprs_hold(index->part_count, rule.parts, inference->exprs[i]);
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        *inferred_out =
            *inferred_out && (rule.parts[i] == NULL ||
                              exprs_hold(inference->expr_count, inference->exprs, rule.parts[i]));
    }
    return VV_OK;
}

static vv_status inference_make(struct binder *binder, const struct table_def *table,
                                const struct ast_on_conflict *tree,
                                struct modify_conflict *conflict)
{
    struct bind_inference *inference = ARENA_NEW(binder->arena, struct bind_inference);

    if (inference == NULL) {
        return VV_NOMEM;
    }
    inference->table = table;
    inference->conflict = conflict;
    inference->named = ARENA_ARRAY(binder->arena, bool, table->spec.column_count);
    inference->exprs = ARENA_ARRAY(binder->arena, const struct expr *, tree->elements.count);
    inference->collations =
        ARENA_ARRAY(binder->arena, struct inference_collation, tree->elements.count);
    if (inference->named == NULL || inference->exprs == NULL || inference->collations == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->elements)
    {
        VV_TRY(inference_element(binder, inference, AST_AS(index_element, item)));
    }
    if (tree->target_where != NULL) {
        VV_TRY(bind_condition(binder, BIND_WHERE, tree->target_where, &inference->where));
    }
    binder->inference = inference;
    return VV_OK;
}

vv_status bind_conflict_infer(struct binder *binder)
{
    const struct bind_inference *inference = binder->inference;
    const struct table_def *table = inference == NULL ? NULL : inference->table;
    const struct table_index **arbiters = NULL;
    uint32_t count = 0;

    if (inference == NULL) {
        return VV_OK;
    }
    arbiters = ARENA_ARRAY(binder->arena, const struct table_index *, table->spec.index_count);
    if (arbiters == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        bool inferred = false;

        VV_TRY(index_is_inferred(binder, inference, &table->spec.indexes[i], &inferred));
        if (inferred) {
            arbiters[count++] = &table->spec.indexes[i];
        }
    }
    inference->conflict->arbiters = arbiters;
    inference->conflict->arbiter_count = count;
    return count > 0 ? VV_OK
                     : error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, 0,
                                 "there is no unique or exclusion constraint matching the ON "
                                 "CONFLICT specification");
}

static vv_status arbiter_by_name(struct binder *binder, const struct table_def *table,
                                 const struct ast_on_conflict *tree,
                                 const struct table_index **arbiters, uint32_t *count)
{
    const char *name = bind_text(binder, tree->constraint);
    const struct table_index *index = NULL;

    if (name == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < table->spec.check_count; i++) {
        if (strcmp(table->spec.checks[i].name, name) == 0) {
            return error_set(binder->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0,
                             "constraint in ON CONFLICT clause has no associated index");
        }
    }
    index = table_def_index(table, name);
    if (index == NULL || !index->constraint) {
        return error_set(binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "constraint \"%s\" for table \"%s\" does not exist", name,
                         table->spec.name);
    }
    arbiters[(*count)++] = index;
    return VV_OK;
}

static vv_status conflict_arbiters(struct binder *binder, const struct table_def *table,
                                   const struct ast_on_conflict *tree,
                                   struct modify_conflict *conflict)
{
    const struct table_index **arbiters =
        ARENA_ARRAY(binder->arena, const struct table_index *, table->spec.index_count);

    if (arbiters == NULL) {
        return VV_NOMEM;
    }
    conflict->arbiters = arbiters;
    if (tree->elements.count > 0) {
        return inference_make(binder, table, tree, conflict);
    }
    if (tree->constraint.size > 0) {
        return arbiter_by_name(binder, table, tree, arbiters, &conflict->arbiter_count);
    }
    if (tree->update) {
        (void)error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, tree->node.position,
                        "ON CONFLICT DO UPDATE requires inference specification or constraint "
                        "name");
        error_hint(binder->error, "For example, ON CONFLICT (column_name).");
        return VV_ERROR;
    }
    return VV_OK;
}

static vv_status conflict_update(struct binder *binder, const struct table_def *table,
                                 const struct ast_on_conflict *tree,
                                 struct modify_conflict *conflict)
{
    const struct logical_assignment *assignments = NULL;
    struct modify_generated *copies = NULL;

    VV_TRY(bind_assignments(binder, table, &tree->assignments, &assignments,
                            &conflict->assignment_count));
    if (tree->where != NULL) {
        VV_TRY(bind_condition(binder, BIND_WHERE, tree->where, &conflict->where));
    }
    copies = ARENA_ARRAY(binder->arena, struct modify_generated, conflict->assignment_count);
    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < conflict->assignment_count; i++) {
        copies[i] = (struct modify_generated){.column = (uint16_t)assignments[i].column,
                                              .value = assignments[i].value};
    }
    conflict->assignments = copies;
    return VV_OK;
}

vv_status bind_conflict(struct binder *binder, const struct bind_relation *target,
                        const struct ast *node, const struct modify_conflict **conflict_out)
{
    const struct ast_on_conflict *tree = AST_AS(on_conflict, node);
    struct modify_conflict *conflict = ARENA_NEW(binder->arena, struct modify_conflict);
    struct bind_relation *relations = ARENA_ARRAY(binder->arena, struct bind_relation, 2);

    *conflict_out = NULL;
    if (conflict == NULL || relations == NULL) {
        return VV_NOMEM;
    }
    relations[0] = *target;
    relations[1] = (struct bind_relation){.alias = "excluded",
                                          .table = target->table,
                                          .first_column = target->table->spec.column_count};
    conflict->update = tree->update;
    binder->relations = relations;
    binder->relation_count = 1;
    VV_TRY(conflict_arbiters(binder, target->table, tree, conflict));
    if (tree->update) {
        binder->relation_count = 2;
        VV_TRY(conflict_update(binder, target->table, tree, conflict));
        binder->hidden = relations[1].alias;
    }
    *conflict_out = conflict;
    return VV_OK;
}
