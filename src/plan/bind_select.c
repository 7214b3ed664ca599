/*
 * bind_select.c - queries: SELECT over no or one table, and VALUES.
 *
 * The order of the checks is PostgreSQL's (transformSelectStmt): FROM, targets, WHERE, HAVING, ORDER BY,
 * GROUP BY, DISTINCT, OFFSET, LIMIT, then what aggregates allow; so of two errors the same one is told.
 * ORDER BY expressions that are no targets become hidden targets after the visible ones:
 *
 *     [project away hidden] <- [limit] <- [sort] <- [distinct] <- project <- [having] <- [aggregate] <- [where]
 *
 * DISTINCT ON comes above the sort instead, and its expressions are the first columns of the projection. FOR UPDATE
 * and its kin put a lock between limit and sort; the scan then gives each row's own key too, the projection's last
 * column, which the lock takes away.
 */
#include "plan/bind_private.h"
#include "sql/sql.h"

struct target {
    const struct expr *expr;
    const char *name;
};

struct query {
    struct target *targets;
    uint32_t visible_count;
    uint32_t target_count; /* with the hidden ones */
    const struct expr *where;
    const struct expr *having;
    struct logical_sort_key *sort_keys;
    uint32_t sort_key_count;
    const struct expr **group_keys;
    uint32_t group_key_count;
    const struct expr *limit;
    const struct expr *offset;
    uint32_t *distinct_on; /* targets; the first ones of the order */
    uint32_t distinct_on_count;
    const struct row_lock *lock; /* FOR UPDATE and its kin; NULL: none */
    const uint32_t *places;      /* of the targets, when DISTINCT ON moved them; NULL: their own */
    bool with_ties;
    bool distinct;
    bool grouped;
    bool keep_literals;
};

/* The clauses that SELECT and VALUES share. */
struct tail {
    const struct ast_list *order_by;
    const struct ast *limit;
    const struct ast *offset;
    bool with_ties;
    const struct ast_list *locking;
    const struct ast *with;
};

#define TARGETS_MAX 1664u /* PostgreSQL's */

static vv_status query_finish(struct binder *binder, struct query *query,
                              const struct logical_node *node, struct bind_result *result_out);

/* ---- FROM ---- */

static vv_status from_unsupported(struct binder *binder, const struct ast *item)
{
    switch (item->tag) {
    case AST_JOIN:
        return bind_unsupported(binder, item->position, "JOIN");
    case AST_FROM_QUERY:
        return bind_unsupported(binder, item->position, "a subquery in FROM");
    default:
        return bind_unsupported(binder, item->position, "a function in FROM");
    }
}

/* locked: the rows will be locked. */
static vv_status bind_from(struct binder *binder, const struct ast_list *from, bool locked,
                           const struct logical_node **node_out)
{
    struct bind_relation *relation = NULL;

    *node_out = NULL;
    binder->relations = NULL;
    binder->relation_count = 0;
    if (from->count == 0) {
        *node_out = logical_result(binder->arena);
        return *node_out == NULL ? VV_NOMEM : VV_OK;
    }
    if (from->first->tag != AST_RELATION) {
        return from_unsupported(binder, from->first);
    }
    if (from->count > 1) {
        return bind_unsupported(binder, from->first->next->position, "more than one table in FROM");
    }
    relation = ARENA_NEW(binder->arena, struct bind_relation);
    if (relation == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_relation(binder, from->first, locked ? BIND_USE_LOCK : BIND_USE_READ, relation));
    binder->relations = relation;
    binder->relation_count = 1;
    *node_out = locked ? logical_scan_keyed(binder->arena, relation->table, relation->alias)
                       : logical_scan(binder->arena, relation->table, relation->alias);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

/* ---- targets ---- */

static bool is_star(const struct ast *target)
{
    const struct ast *expr = AST_AS(target, target)->expr;

    return expr->tag == AST_COLUMN && AST_AS(column, expr)->star;
}

/* Room for what every target and every ORDER BY item may become, and for the folds of all targets. */
static uint32_t targets_max(const struct binder *binder, const struct ast_list *targets,
                            uint32_t order_by_count)
{
    uint32_t count = targets->count + order_by_count;

    ast_for_each(item, targets)
    {
        for (uint32_t i = 0; is_star(item) && i < binder->relation_count; i++) {
            count += binder->relations[i].table->spec.column_count;
        }
    }
    return count;
}

static vv_status target_add_relation(struct binder *binder, struct query *query,
                                     const struct bind_relation *relation, uint32_t position)
{
    const struct table_spec *spec = &relation->table->spec;

    for (uint32_t i = 0; i < spec->column_count; i++) {
        struct target *target = &query->targets[query->target_count];

        if (spec->columns[i].dropped) {
            continue;
        }
        target->name = spec->columns[i].name;
        VV_TRY(bind_table_column(binder, relation, relation->first_column + i, position,
                                 &target->expr));
        query->target_count++;
    }
    return VV_OK;
}

/* `*` and `t.*`. */
static vv_status target_add_star(struct binder *binder, struct query *query,
                                 const struct ast *column)
{
    const struct ast_name *name = &AST_AS(column, column)->name;
    bool found = false;

    for (uint32_t i = 0; i < binder->relation_count; i++) {
        const struct bind_relation *relation = &binder->relations[i];

        if (name->count > 0 && !slice_equal(slice_text(relation->alias), ast_name_last(name))) {
            continue;
        }
        found = true;
        VV_TRY(target_add_relation(binder, query, relation, column->position));
    }
    if (found) {
        return VV_OK;
    }
    return name->count > 0
               ? error_set(binder->error, VV_SQLSTATE_UNDEFINED_TABLE, column->position,
                           "missing FROM-clause entry for table \"%.*s\"",
                           (int)ast_name_last(name).size, (const char *)ast_name_last(name).data)
               : error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, column->position,
                           "SELECT * with no tables specified is not valid");
}

/* Also bounds what is quadratic in the number of targets. */
static vv_status targets_check(struct binder *binder, uint32_t count)
{
    return count > TARGETS_MAX ? error_set(binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                                           "target lists can have at most %u entries", TARGETS_MAX)
                               : VV_OK;
}

static vv_status bind_targets(struct binder *binder, struct query *query, enum bind_place place,
                              const struct ast_list *list, uint32_t order_by_count)
{
    query->targets =
        ARENA_ARRAY(binder->arena, struct target, 2 * targets_max(binder, list, order_by_count));
    if (query->targets == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        const struct ast_target *tree = AST_AS(target, item);
        struct target *target = &query->targets[query->target_count];

        if (is_star(item)) {
            VV_TRY(target_add_star(binder, query, tree->expr));
            continue;
        }
        VV_TRY(bind_expr_at(binder, place, tree->expr, &target->expr));
        target->name =
            bind_text(binder, tree->alias.size > 0 ? tree->alias : sql_column_name(tree->expr));
        if (target->name == NULL) {
            return VV_NOMEM;
        }
        query->target_count++;
    }
    query->visible_count = query->target_count;
    return targets_check(binder, query->target_count);
}

vv_status bind_target_list(struct binder *binder, enum bind_place place,
                           const struct ast_list *list, uint32_t *count_out,
                           const struct expr *const **exprs_out, const char *const **names_out)
{
    struct query query = {0};
    const struct expr **exprs = NULL;
    const char **names = NULL;

    VV_TRY(bind_targets(binder, &query, place, list, 0));
    exprs = ARENA_ARRAY(binder->arena, const struct expr *, query.target_count);
    names = ARENA_ARRAY(binder->arena, const char *, query.target_count);
    if (exprs == NULL || names == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query.target_count; i++) {
        VV_TRY(bind_resolve_unknown(binder, query.targets[i].expr, &exprs[i]));
        names[i] = query.targets[i].name;
    }
    *count_out = query.target_count;
    *exprs_out = exprs;
    *names_out = names;
    return VV_OK;
}

/* ---- ORDER BY and GROUP BY items ---- */

/* The visible target that a bare name means; two different ones are an error. */
static vv_status target_by_name(struct binder *binder, const struct query *query,
                                const struct ast *item, vv_slice name, const char *clause,
                                uint32_t *target_out)
{
    *target_out = UINT32_MAX;
    for (uint32_t i = 0; i < query->visible_count; i++) {
        if (!slice_equal(slice_text(query->targets[i].name), name)) {
            continue;
        }
        if (*target_out != UINT32_MAX &&
            !expr_equal(query->targets[*target_out].expr, query->targets[i].expr)) {
            return error_set(binder->error, VV_SQLSTATE_AMBIGUOUS_COLUMN, item->position,
                             "%s \"%.*s\" is ambiguous", clause, (int)name.size,
                             (const char *)name.data);
        }
        if (*target_out == UINT32_MAX) {
            *target_out = i;
        }
    }
    return VV_OK;
}

static bool relations_have_column(struct binder *binder, vv_slice name)
{
    char *text = bind_text(binder, name);

    for (uint32_t i = 0; text != NULL && i < binder->relation_count; i++) {
        if (table_def_column(binder->relations[i].table, text) != TABLE_NO_COLUMN) {
            return true;
        }
    }
    return false;
}

static bool is_literal(const struct ast *item)
{
    int64_t integer = 0;

    return item->tag == AST_STRING || item->tag == AST_NUMBER || item->tag == AST_NULL ||
           item->tag == AST_BOOLEAN || bind_is_integer(item, &integer) ||
           (item->tag == AST_UNARY && AST_AS(unary, item)->arg->tag == AST_NUMBER &&
            slice_equal(AST_AS(unary, item)->op, slice_text("-")));
}

/* What SQL92 lets ORDER BY and GROUP BY say beside expressions: a target's name or number
 * (findTargetlistEntrySQL92). *target_out is UINT32_MAX when it is an expression. */
static vv_status target_by_reference(struct binder *binder, const struct query *query,
                                     const struct ast *item, enum bind_place place,
                                     uint32_t *target_out)
{
    const char *clause = place == BIND_GROUP_BY      ? "GROUP BY"
                         : place == BIND_DISTINCT_ON ? "DISTINCT ON"
                                                     : "ORDER BY";
    int64_t number = 0;

    *target_out = UINT32_MAX;
    if (item->tag == AST_COLUMN && AST_AS(column, item)->name.count == 1 &&
        !AST_AS(column, item)->star) {
        vv_slice name = AST_AS(column, item)->name.parts[0];

        if (place == BIND_GROUP_BY && relations_have_column(binder, name)) {
            return VV_OK; /* GROUP BY prefers columns of the tables */
        }
        return target_by_name(binder, query, item, name, clause, target_out);
    }
    if (!is_literal(item)) {
        return VV_OK;
    }
    if (!bind_is_integer(item, &number) || number > INT32_MAX || number < -INT32_MAX) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                         "non-integer constant in %s", clause);
    }
    if (number < 1 || number > query->visible_count) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, item->position,
                         "%s position %lld is not in select list", clause, (long long)number);
    }
    *target_out = (uint32_t)number - 1;
    return VV_OK;
}

/* The target that says the same as an ORDER BY expression, or a hidden one. With a collation that folds it is
 * what is compared. */
static vv_status target_find(struct binder *binder, struct query *query, const struct expr *expr,
                             uint32_t *target_out)
{
    VV_TRY(bind_collation_fold_key(binder, &expr));
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (expr_equal(query->targets[i].expr, expr)) {
            *target_out = i;
            return VV_OK;
        }
    }
    VV_TRY(bind_resolve_unknown(binder, expr, &expr));
    query->targets[query->target_count] = (struct target){.expr = expr, .name = "?column?"};
    *target_out = query->target_count++;
    return targets_check(binder, query->target_count);
}

/* Where the order of a target is another than that of its bytes, what is compared is a target of its own. */
static vv_status target_fold(struct binder *binder, struct query *query, uint32_t *target)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    VV_TRY(bind_collation_of_key(binder, query->targets[*target].expr, &collation));
    return value_collation_folds(collation)
               ? target_find(binder, query, query->targets[*target].expr, target)
               : VV_OK;
}

static vv_status target_by_expr(struct binder *binder, struct query *query, const struct ast *item,
                                uint32_t *target_out)
{
    const struct expr *expr = NULL;

    VV_TRY(bind_expr_at(binder, BIND_ORDER_BY, item, &expr));
    return target_find(binder, query, expr, target_out);
}

static vv_status sort_item_check(struct binder *binder, const struct ast_sort *sort)
{
    return sort->direction == AST_SORT_USING
               ? bind_unsupported(binder, sort->node.position, "ORDER BY ... USING")
               : VV_OK;
}

static vv_status bind_order_by(struct binder *binder, struct query *query,
                               const struct ast_list *list)
{
    query->sort_keys = ARENA_ARRAY(binder->arena, struct logical_sort_key, list->count);
    if (query->sort_keys == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        const struct ast_sort *sort = AST_AS(sort, item);
        struct logical_sort_key key = {.descending = sort->direction == AST_SORT_DESC};
        bool repeated = false;

        VV_TRY(sort_item_check(binder, sort));
        VV_TRY(target_by_reference(binder, query, sort->expr, BIND_ORDER_BY, &key.column));
        if (key.column == UINT32_MAX) {
            VV_TRY(target_by_expr(binder, query, sort->expr, &key.column));
        } else {
            VV_TRY(target_fold(binder, query, &key.column));
        }
        VV_TRY(bind_resolve_unknown(binder, query->targets[key.column].expr,
                                    &query->targets[key.column].expr));
        key.nulls_first =
            sort->nulls == AST_NULLS_DEFAULT ? key.descending : sort->nulls == AST_NULLS_FIRST;
        for (uint32_t i = 0; i < query->sort_key_count; i++) {
            repeated |= query->sort_keys[i].column == key.column;
        }
        if (!repeated) {
            query->sort_keys[query->sort_key_count++] = key;
        }
    }
    return VV_OK;
}

static vv_status group_item(struct binder *binder, struct query *query, const struct ast *item)
{
    const struct expr **key = &query->group_keys[query->group_key_count];
    const struct expr *aggregate = NULL;
    enum value_collation collation = VALUE_COLLATION_DEFAULT;
    uint32_t target = UINT32_MAX;

    VV_TRY(targets_check(binder, query->group_key_count + 1));
    if (item->tag == AST_GROUPING_SET) {
        return bind_unsupported(binder, item->position, "GROUPING SETS");
    }
    VV_TRY(target_by_reference(binder, query, item, BIND_GROUP_BY, &target));
    if (target == UINT32_MAX) {
        VV_TRY(bind_expr_at(binder, BIND_GROUP_BY, item, key));
        for (uint32_t i = 0; i < query->visible_count && target == UINT32_MAX; i++) {
            target = expr_equal(query->targets[i].expr, *key) ? i : UINT32_MAX;
        }
    }
    if (target == UINT32_MAX) {
        query->group_key_count++;
        VV_TRY(bind_collation_of_key(binder, *key, &collation));
        return bind_resolve_unknown(binder, *key, key);
    }
    aggregate = bind_find_aggregate(query->targets[target].expr);
    if (aggregate != NULL) {
        return error_set(binder->error, VV_SQLSTATE_GROUPING_ERROR, aggregate->position,
                         "aggregate functions are not allowed in GROUP BY");
    }
    VV_TRY(bind_resolve_unknown(binder, query->targets[target].expr, &query->targets[target].expr));
    VV_TRY(bind_collation_of_key(binder, query->targets[target].expr, &collation));
    *key = query->targets[target].expr;
    query->group_key_count++;
    return VV_OK;
}

static vv_status bind_group_by(struct binder *binder, struct query *query,
                               const struct ast_list *list)
{
    query->group_keys = ARENA_ARRAY(binder->arena, const struct expr *, list->count);
    if (query->group_keys == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        VV_TRY(group_item(binder, query, item));
    }
    return VV_OK;
}

/* Adds a target to DISTINCT ON, once. */
static void distinct_on_add(struct query *query, uint32_t target)
{
    for (uint32_t i = 0; i < query->distinct_on_count; i++) {
        if (query->distinct_on[i] == target) {
            return;
        }
    }
    query->distinct_on[query->distinct_on_count++] = target;
}

static bool is_distinct_on(const struct query *query, uint32_t target)
{
    for (uint32_t i = 0; i < query->distinct_on_count; i++) {
        if (query->distinct_on[i] == target) {
            return true;
        }
    }
    return false;
}

/* ORDER BY must begin with what DISTINCT ON names, in any order (transformDistinctOnClause); what it does not
 * name of that is ordered behind it. */
static vv_status distinct_on_order(struct binder *binder, struct query *query)
{
    struct logical_sort_key *keys = ARENA_ARRAY(binder->arena, struct logical_sort_key,
                                                query->sort_key_count + query->distinct_on_count);
    uint32_t matched = 0;
    bool skipped = false;

    if (keys == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->sort_key_count; i++) {
        bool named = is_distinct_on(query, query->sort_keys[i].column);

        if (named && skipped) {
            break;
        }
        matched += named;
        skipped = skipped || !named;
        keys[i] = query->sort_keys[i];
    }
    if (skipped && matched < query->distinct_on_count) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE,
                         bind_location(query->targets[query->distinct_on[matched]].expr),
                         "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
    }
    for (uint32_t i = 0; i < query->distinct_on_count; i++) {
        bool ordered = false;

        for (uint32_t k = 0; k < query->sort_key_count; k++) {
            ordered = ordered || keys[k].column == query->distinct_on[i];
        }
        if (!ordered) {
            keys[query->sort_key_count++] =
                (struct logical_sort_key){.column = query->distinct_on[i]};
        }
    }
    query->sort_keys = keys;
    return VV_OK;
}

static vv_status bind_distinct_on(struct binder *binder, struct query *query,
                                  const struct ast_list *list)
{
    query->distinct_on = ARENA_ARRAY(binder->arena, uint32_t, list->count);
    if (query->distinct_on == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        uint32_t target = UINT32_MAX;

        VV_TRY(target_by_reference(binder, query, item, BIND_DISTINCT_ON, &target));
        if (target == UINT32_MAX) {
            VV_TRY(target_by_expr(binder, query, item, &target));
        }
        VV_TRY(target_fold(binder, query, &target));
        VV_TRY(bind_resolve_unknown(binder, query->targets[target].expr,
                                    &query->targets[target].expr));
        distinct_on_add(query, target);
    }
    return distinct_on_order(binder, query);
}

/* Whether a hidden target is only what is compared of a visible one. */
static bool is_fold_of_visible(const struct query *query, const struct expr *expr)
{
    const struct expr *text = expr_unfold(expr);

    for (uint32_t i = 0; i < query->visible_count && text != expr; i++) {
        const struct expr *visible = query->targets[i].expr;

        if (expr_equal(visible, text) ||
            (text->kind == EXPR_CAST && expr_equal(visible, text->arguments[0]))) {
            return true;
        }
    }
    return false;
}

/* SELECT DISTINCT: only what is selected can order the rows. Where equal values may have different bytes, it is DISTINCT
 * ON what is compared: any of the equal rows stands for all. */
static vv_status bind_distinct(struct binder *binder, struct query *query)
{
    bool folds = false;

    query->distinct = true;
    for (uint32_t i = query->visible_count; i < query->target_count; i++) {
        if (!is_fold_of_visible(query, query->targets[i].expr)) {
            return error_set(
                binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE,
                bind_location(query->targets[i].expr),
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
        }
    }
    query->distinct_on = ARENA_ARRAY(binder->arena, uint32_t, query->visible_count);
    if (query->distinct_on == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->visible_count; i++) {
        uint32_t target = i;

        VV_TRY(target_fold(binder, query, &target));
        folds = folds || target != i;
        distinct_on_add(query, target);
    }
    if (!folds) {
        query->distinct_on_count = 0;
        return VV_OK;
    }
    for (uint32_t i = 0; i < query->distinct_on_count; i++) {
        struct target *target = &query->targets[query->distinct_on[i]];

        VV_TRY(bind_resolve_unknown(binder, target->expr, &target->expr));
    }
    return distinct_on_order(binder, query);
}

/* ---- LIMIT ---- */

static bool node_is_column(const struct expr *node, void *context)
{
    const struct expr **found = context;

    if (node->kind == EXPR_COLUMN) {
        *found = node;
    }
    return *found != NULL;
}

static vv_status bind_limit(struct binder *binder, enum bind_place place, const struct ast *node,
                            const struct expr **expr_out)
{
    const char *construct = place == BIND_LIMIT ? "LIMIT" : "OFFSET";
    const struct expr *column = NULL;

    *expr_out = NULL;
    if (node == NULL) {
        return VV_OK;
    }
    VV_TRY(bind_expr_at(binder, place, node, expr_out));
    VV_TRY(bind_coerce_argument(binder, *expr_out, VALUE_BIGINT, construct, expr_out));
    if (expr_any(*expr_out, node_is_column, &column)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, column->position,
                         "argument of %s must not contain variables", construct);
    }
    return VV_OK;
}

static vv_status bind_limits(struct binder *binder, struct query *query, const struct tail *tail)
{
    query->with_ties = tail->with_ties;
    VV_TRY(bind_limit(binder, BIND_OFFSET, tail->offset, &query->offset));
    return bind_limit(binder, BIND_LIMIT, tail->limit, &query->limit);
}

static vv_status tail_check(struct binder *binder, const struct tail *tail)
{
    if (tail->with != NULL) {
        return bind_unsupported(binder, tail->with->position, "WITH");
    }
    if (tail->with_ties && tail->order_by->count == 0) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "WITH TIES cannot be specified without ORDER BY clause");
    }
    ast_for_each(item, tail->locking)
    {
        if (tail->with_ties && AST_AS(locking, item)->wait == AST_LOCK_SKIP_LOCKED) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                             "SKIP LOCKED and WITH TIES options cannot be used together");
        }
    }
    return VV_OK;
}

/* What has no row of a table behind each row of its result, so that no row can be locked (CheckSelectLocking). */
static const char *query_without_rows(const struct binder *binder, const struct query *query)
{
    return query->distinct || query->distinct_on_count > 0 ? "DISTINCT clause"
           : query->group_key_count > 0                    ? "GROUP BY clause"
           : query->having != NULL                         ? "HAVING clause"
           : binder->has_aggregates                        ? "aggregate functions"
                                                           : NULL;
}

/* ---- SELECT ---- */

static vv_status select_check(struct binder *binder, const struct ast_select *select)
{
    if (select->into != NULL) {
        return bind_unsupported(binder, select->into->position, "SELECT INTO");
    }
    if (select->windows.count > 0) {
        return bind_unsupported(binder, select->windows.first->position, "WINDOW");
    }
    return VV_OK;
}

/* Rewrites targets and HAVING over the groups, and puts the aggregate node under them. */
static vv_status query_group(struct binder *binder, struct query *query,
                             const struct logical_node **node)
{
    struct bind_group group = {0};

    for (uint32_t i = 0; i < query->group_key_count; i++) {
        VV_TRY(bind_group_add_key(binder, &group, query->group_keys[i]));
    }
    bind_group_find_primary_key(binder, &group);
    for (uint32_t i = 0; i < query->target_count; i++) {
        VV_TRY(bind_group_rewrite(binder, &group, query->targets[i].expr, &query->targets[i].expr));
    }
    if (query->having != NULL) {
        VV_TRY(bind_group_rewrite(binder, &group, query->having, &query->having));
        query->having = bind_group_number(binder, &group, query->having);
    }
    for (uint32_t i = 0; i < query->target_count; i++) {
        query->targets[i].expr = bind_group_number(binder, &group, query->targets[i].expr);
        if (query->targets[i].expr == NULL) {
            return VV_NOMEM;
        }
    }
    *node = logical_aggregate(binder->arena, *node, group.key_count, group.keys,
                              group.aggregate_count, group.aggregates);
    if (query->having != NULL && *node != NULL) {
        *node = logical_filter(binder->arena, *node, query->having);
    }
    return *node == NULL ? VV_NOMEM : VV_OK;
}

static vv_status bind_select(struct binder *binder, const struct ast_select *select,
                             bool keep_literals, struct bind_result *result_out)
{
    struct tail tail = {.order_by = &select->order_by,
                        .limit = select->limit,
                        .offset = select->offset,
                        .with_ties = select->with_ties,
                        .locking = &select->locking,
                        .with = select->with};
    struct query query = {.keep_literals = keep_literals};
    const struct logical_node *node = NULL;

    VV_TRY(tail_check(binder, &tail));
    VV_TRY(select_check(binder, select));
    binder->has_aggregates = false;
    VV_TRY(bind_from(binder, &select->from, select->locking.count > 0, &node));
    VV_TRY(bind_targets(binder, &query, BIND_TARGET, &select->targets,
                        select->order_by.count + select->distinct_on.count));
    if (select->where != NULL) {
        VV_TRY(bind_condition(binder, BIND_WHERE, select->where, &query.where));
    }
    if (select->having != NULL) {
        VV_TRY(bind_condition(binder, BIND_HAVING, select->having, &query.having));
    }
    VV_TRY(bind_order_by(binder, &query, &select->order_by));
    VV_TRY(bind_group_by(binder, &query, &select->group_by));
    if (select->distinct_on.count > 0) {
        VV_TRY(bind_distinct_on(binder, &query, &select->distinct_on));
    } else if (select->distinct) {
        VV_TRY(bind_distinct(binder, &query));
    }
    VV_TRY(bind_limits(binder, &query, &tail));
    VV_TRY(bind_locking(binder, &select->locking, query_without_rows(binder, &query), &query.lock));
    query.grouped = binder->has_aggregates || select->group_by.count > 0 || query.having != NULL;
    if (query.where != NULL) {
        node = logical_filter(binder->arena, node, query.where);
        if (node == NULL) {
            return VV_NOMEM;
        }
    }
    return query_finish(binder, &query, node, result_out);
}

/* ---- VALUES ---- */

/* The rows as targets column1, column2, … over a VALUES node. */
static vv_status values_targets(struct binder *binder, struct query *query, uint32_t column_count,
                                const struct logical_node *node, const uint8_t *collations,
                                uint32_t order_by_count)
{
    query->targets = ARENA_ARRAY(binder->arena, struct target, column_count + order_by_count);
    if (query->targets == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < column_count; i++) {
        query->targets[i].name = arena_format(binder->arena, "column%u", i + 1);
        query->targets[i].expr =
            expr_column_collated(binder->arena, i, (enum value_type)node->column_types[i],
                                 (enum value_collation)collations[i], 0);
        if (query->targets[i].name == NULL || query->targets[i].expr == NULL) {
            return VV_NOMEM;
        }
    }
    query->target_count = column_count;
    query->visible_count = column_count;
    return VV_OK;
}

static vv_status bind_values(struct binder *binder, const struct ast_values *values,
                             bool keep_literals, struct bind_result *result_out)
{
    struct tail tail = {.order_by = &values->order_by,
                        .limit = values->limit,
                        .offset = values->offset,
                        .with_ties = values->with_ties,
                        .locking = &values->locking,
                        .with = values->with};
    struct query query = {.keep_literals = keep_literals};
    uint32_t row_count = values->rows.count;
    uint32_t column_count = AST_AS(row, values->rows.first)->items.count;
    const struct expr **cells = NULL;
    const uint8_t *collations = NULL;
    const struct logical_node *node = NULL;

    VV_TRY(tail_check(binder, &tail));
    VV_TRY(bind_locking_values(binder, &values->locking));
    binder->relations = NULL;
    binder->relation_count = 0;
    VV_TRY(bind_values_cells(binder, values, &cells, &collations));
    node = logical_values(binder->arena, row_count, column_count, cells);
    if (node == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(values_targets(binder, &query, column_count, node, collations, values->order_by.count));
    VV_TRY(bind_order_by(binder, &query, &values->order_by));
    VV_TRY(bind_limits(binder, &query, &tail));
    return query_finish(binder, &query, node, result_out);
}

/* ---- the tree ---- */

/* The literals whose type the reader of the rows will choose. */
static vv_status query_literals(struct binder *binder, struct query *query,
                                const struct expr ***literals_out)
{
    *literals_out = ARENA_ARRAY(binder->arena, const struct expr *, query->visible_count);
    if (*literals_out == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct expr *expr = query->targets[i].expr;

        if (query->keep_literals && i < query->visible_count && expr->type == VALUE_UNKNOWN) {
            (*literals_out)[i] = expr;
            query->targets[i].expr = expr_null(binder->arena, VALUE_TEXT, expr->position);
        } else {
            VV_TRY(bind_resolve_unknown(binder, expr, &query->targets[i].expr));
        }
        if (query->targets[i].expr == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static vv_status query_project(struct binder *binder, const struct query *query,
                               const struct logical_node **node)
{
    uint32_t count = query->target_count;
    const struct expr **exprs = ARENA_ARRAY(binder->arena, const struct expr *, count + 1);

    if (exprs == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = query->targets[i].expr;
    }
    if (query->lock != NULL) {
        exprs[count] =
            expr_column(binder->arena, query->lock->table->spec.column_count, VALUE_BYTEA, 0);
        if (exprs[count++] == NULL) {
            return VV_NOMEM;
        }
    }
    *node = logical_project(binder->arena, *node, count, exprs);
    return *node == NULL ? VV_NOMEM : VV_OK;
}

/* The lock over the rows in their order: exprs are what it computes anew for a row that has changed. */
static const struct logical_node *query_lock(struct binder *binder, const struct query *query,
                                             const struct logical_node *node)
{
    const struct expr **exprs =
        ARENA_ARRAY(binder->arena, const struct expr *, query->target_count);

    for (uint32_t i = 0; exprs != NULL && i < query->target_count; i++) {
        exprs[i] = query->targets[i].expr;
    }
    return exprs == NULL ? NULL
                         : logical_lock(binder->arena, node, query->lock, query->where, exprs);
}

/* DISTINCT ON: its targets come first; query->places tells where the visible ones are then. */
static vv_status query_lead(struct binder *binder, struct query *query)
{
    struct target *targets = ARENA_ARRAY(binder->arena, struct target, query->target_count);
    uint32_t *places = ARENA_ARRAY(binder->arena, uint32_t, query->target_count);
    uint32_t count = query->distinct_on_count;

    if (targets == NULL || places == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->distinct_on_count; i++) {
        places[query->distinct_on[i]] = i;
    }
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (!is_distinct_on(query, i)) {
            places[i] = count++;
        }
        targets[places[i]] = query->targets[i];
    }
    for (uint32_t i = 0; i < query->sort_key_count; i++) {
        query->sort_keys[i].column = places[query->sort_keys[i].column];
    }
    query->targets = targets;
    query->places = places;
    return VV_OK;
}

/* Drops the hidden targets again. */
static vv_status query_hide(struct binder *binder, const struct query *query,
                            const struct logical_node **node)
{
    const struct expr **exprs =
        ARENA_ARRAY(binder->arena, const struct expr *, query->visible_count);

    if (exprs == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->visible_count; i++) {
        uint32_t place = query->places == NULL ? i : query->places[i];

        exprs[i] =
            expr_column(binder->arena, place, (enum value_type)(*node)->column_types[place], 0);
        if (exprs[i] == NULL) {
            return VV_NOMEM;
        }
    }
    *node = logical_project(binder->arena, *node, query->visible_count, exprs);
    return *node == NULL ? VV_NOMEM : VV_OK;
}

static vv_status query_names(struct binder *binder, const struct query *query,
                             struct bind_result *result)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, query->visible_count);
    uint32_t *positions = ARENA_ARRAY(binder->arena, uint32_t, query->visible_count);

    if (names == NULL || positions == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < query->visible_count; i++) {
        names[i] = query->targets[i].name;
        positions[i] = bind_location(query->targets[i].expr);
    }
    result->names = names;
    result->positions = positions;
    result->column_count = query->visible_count;
    return VV_OK;
}

static vv_status query_finish(struct binder *binder, struct query *query,
                              const struct logical_node *node, struct bind_result *result_out)
{
    const struct expr **literals = NULL;

    *result_out = (struct bind_result){0};
    VV_TRY(query_names(binder, query, result_out));
    VV_TRY(query_literals(binder, query, &literals));
    result_out->literals = literals;
    if (query->grouped) {
        VV_TRY(query_group(binder, query, &node));
    }
    if (query->distinct_on_count > 0) {
        VV_TRY(query_lead(binder, query));
    }
    VV_TRY(query_project(binder, query, &node));
    if (query->distinct && query->distinct_on_count == 0) {
        node = logical_distinct(binder->arena, node, node->column_count);
    }
    if (node != NULL && query->sort_key_count > 0) {
        node = logical_sort(binder->arena, node, query->sort_key_count, query->sort_keys);
    }
    if (node != NULL && query->distinct_on_count > 0) {
        node = logical_distinct(binder->arena, node, query->distinct_on_count);
    }
    if (node != NULL && query->lock != NULL) {
        node = query_lock(binder, query, node);
    }
    if (node != NULL && (query->limit != NULL || query->offset != NULL)) {
        node = query->with_ties
                   ? logical_limit_with_ties(binder->arena, node, query->limit, query->offset,
                                             query->sort_key_count, query->sort_keys)
                   : logical_limit(binder->arena, node, query->limit, query->offset);
    }
    if (node == NULL) {
        return VV_NOMEM;
    }
    if (query->target_count > query->visible_count || query->distinct_on_count > 0) {
        VV_TRY(query_hide(binder, query, &node));
    }
    result_out->node = node;
    return VV_OK;
}

vv_status bind_query(struct binder *binder, const struct ast *node, bool keep_literals,
                     struct bind_result *result_out)
{
    *result_out = (struct bind_result){0};
    if (node->tag == AST_SELECT) {
        return bind_select(binder, AST_AS(select, node), keep_literals, result_out);
    }
    if (node->tag == AST_VALUES) {
        return bind_values(binder, AST_AS(values, node), keep_literals, result_out);
    }
    return bind_unsupported(binder, node->position, "UNION, INTERSECT or EXCEPT");
}
