/*
 * print_query.c - SELECT, VALUES, set operations, FROM.
 */
#include "sql/print_private.h"

struct query_tail {
    const struct ast *with;
    const struct ast_list *order_by;
    const struct ast *limit;
    bool with_ties;
    const struct ast *offset;
    const struct ast_list *locking;
};

static struct query_tail tail_of(const struct ast *node);
static bool has_tail(const struct ast *node);
static int set_level(const struct ast *node);
static void print_body(struct out *out, const struct ast *node);
static void print_set_operation(struct out *out, const struct ast *node);
static bool set_goes_left(const struct ast *node);
static void print_operand(struct out *out, const struct ast *node, bool parens);
static void print_select(struct out *out, const struct ast_select *select);
static void print_group_by(struct out *out, const struct ast_select *select);
static void print_group_item(struct out *out, const struct ast *node);
static void print_window(struct out *out, const struct ast *node);
static void print_row(struct out *out, const struct ast *node);
static void print_tail(struct out *out, const struct query_tail *tail);
static void print_limit(struct out *out, const struct query_tail *tail);
static void print_locking(struct out *out, const struct ast *node);
static void print_target(struct out *out, const struct ast *node);
static void print_cte(struct out *out, const struct ast *node);
static void print_alias(struct out *out, vv_slice alias, const struct ast_list *columns);
static void print_join(struct out *out, const struct ast *node);
static void print_join_step(struct out *out, const struct ast_join *join);

bool print_is_query(const struct ast *node)
{
    return node->tag == AST_SELECT || node->tag == AST_VALUES || node->tag == AST_SET_OPERATION;
}

static struct query_tail tail_of(const struct ast *node)
{
#define TAIL(name)                                                                          \
    (struct query_tail)                                                                     \
    {                                                                                       \
        AST_AS(name, node)->with, &AST_AS(name, node)->order_by, AST_AS(name, node)->limit, \
            AST_AS(name, node)->with_ties, AST_AS(name, node)->offset,                      \
            &AST_AS(name, node)->locking                                                    \
    }
    switch (node->tag) {
    case AST_SELECT:
        return TAIL(select);
    case AST_VALUES:
        return TAIL(values);
    default:
        VV_ASSERT(node->tag == AST_SET_OPERATION);
        return TAIL(set_operation);
    }
#undef TAIL
}

/* Whether the query must stand in parentheses inside another. */
static bool has_tail(const struct ast *node)
{
    struct query_tail tail = tail_of(node);

    return tail.with != NULL || tail.order_by->count > 0 || tail.limit != NULL ||
           tail.offset != NULL || tail.locking->count > 0;
}

/* 1: UNION, EXCEPT; 2: INTERSECT; 3: no set operation. */
static int set_level(const struct ast *node)
{
    if (node->tag != AST_SET_OPERATION) {
        return 3;
    }
    return AST_AS(set_operation, node)->kind == AST_INTERSECT ? 2 : 1;
}

void print_query(struct out *out, const struct ast *node)
{
    struct query_tail tail;

    /* INSERT, UPDATE or DELETE in a WITH. */
    if (!print_is_query(node)) {
        print_statement(out, node);
        return;
    }
    tail = tail_of(node);
    print_with(out, tail.with);
    print_body(out, node);
    print_tail(out, &tail);
}

static void print_body(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_SELECT:
        print_select(out, AST_AS(select, node));
        break;
    case AST_VALUES:
        out_text(out, "VALUES ");
        print_nodes(out, &AST_AS(values, node)->rows, ", ", print_row);
        break;
    default:
        print_set_operation(out, node);
        break;
    }
}

/* Follows the left spine in loops. */
static void print_set_operation(struct out *out, const struct ast *node)
{
    static const char *const words[] = {" UNION ", " INTERSECT ", " EXCEPT "};
    const struct ast *bottom = node;
    const struct ast **spine = NULL;
    size_t length = 1;

    for (; set_goes_left(bottom); bottom = AST_AS(set_operation, bottom)->left) {
        length++;
    }
    spine = ARENA_ARRAY(out->arena, const struct ast *, length);
    if (spine == NULL) {
        out->failed = true;
        return;
    }
    bottom = node;
    for (size_t i = length; i > 0; i--) {
        spine[i - 1] = bottom;
        bottom = AST_AS(set_operation, bottom)->left;
    }
    print_operand(out, bottom, has_tail(bottom) || set_level(bottom) < set_level(spine[0]));
    for (size_t i = 0; i < length; i++) {
        const struct ast_set_operation *set = AST_AS(set_operation, spine[i]);

        out_text(out, words[set->kind]);
        print_word_if(out, set->all, "ALL ");
        print_operand(out, set->right,
                      has_tail(set->right) || set_level(set->right) <= set_level(spine[i]));
    }
}

/* Whether the left operand is one more step of the spine: a set operation without parentheses. */
static bool set_goes_left(const struct ast *node)
{
    const struct ast *left = AST_AS(set_operation, node)->left;

    return left->tag == AST_SET_OPERATION && !has_tail(left) && set_level(left) >= set_level(node);
}

static void print_operand(struct out *out, const struct ast *node, bool parens)
{
    print_word_if(out, parens, "(");
    print_query(out, node);
    print_word_if(out, parens, ")");
}

static void print_select(struct out *out, const struct ast_select *select)
{
    out_text(out, "SELECT");
    if (select->distinct) {
        out_text(out, " DISTINCT");
        if (select->distinct_on.count > 0) {
            out_text(out, " ON (");
            print_expr_list(out, &select->distinct_on);
            out_text(out, ")");
        }
    }
    if (select->targets.count > 0) {
        out_text(out, " ");
        print_targets(out, &select->targets);
    }
    if (select->into != NULL) {
        out_text(out, " INTO ");
        print_relation(out, select->into);
    }
    print_from_list(out, " FROM ", &select->from);
    print_where(out, select->where);
    print_group_by(out, select);
    if (select->having != NULL) {
        out_text(out, " HAVING ");
        print_expr(out, select->having);
    }
    if (select->windows.count > 0) {
        out_text(out, " WINDOW ");
        print_nodes(out, &select->windows, ", ", print_window);
    }
}

static void print_group_by(struct out *out, const struct ast_select *select)
{
    if (select->group_by.count > 0) {
        out_text(out, " GROUP BY ");
        print_word_if(out, select->group_distinct, "DISTINCT ");
        print_nodes(out, &select->group_by, ", ", print_group_item);
    }
}

static void print_group_item(struct out *out, const struct ast *node)
{
    static const char *const words[] = {"", "ROLLUP", "CUBE", "GROUPING SETS "};
    const struct ast_grouping_set *set = AST_AS(grouping_set, node);

    if (node->tag != AST_GROUPING_SET) {
        print_expr(out, node);
        return;
    }
    out_text(out, words[set->kind]);
    out_text(out, "(");
    print_nodes(out, &set->items, ", ", print_group_item);
    out_text(out, ")");
}

static void print_window(struct out *out, const struct ast *node)
{
    print_name_part(out, AST_AS(window, node)->name);
    out_text(out, " AS ");
    print_window_specification(out, AST_AS(window, node));
}

static void print_row(struct out *out, const struct ast *node)
{
    out_text(out, "(");
    print_expr_list(out, &AST_AS(row, node)->items);
    out_text(out, ")");
}

static void print_tail(struct out *out, const struct query_tail *tail)
{
    print_order_by(out, tail->order_by);
    print_limit(out, tail);
    ast_for_each(item, tail->locking)
    {
        print_locking(out, item);
    }
}

static void print_limit(struct out *out, const struct query_tail *tail)
{
    if (tail->limit != NULL && tail->with_ties) {
        bool constant = tail->limit->tag == AST_INTEGER || tail->limit->tag == AST_NUMBER;

        out_text(out, constant ? " FETCH FIRST " : " FETCH FIRST (");
        print_expr(out, tail->limit);
        out_text(out, constant ? " ROWS WITH TIES" : ") ROWS WITH TIES");
    } else if (tail->limit != NULL) {
        out_text(out, " LIMIT ");
        print_expr(out, tail->limit);
    }
    if (tail->offset != NULL) {
        out_text(out, " OFFSET ");
        print_expr(out, tail->offset);
    }
}

static void print_locking(struct out *out, const struct ast *node)
{
    static const char *const strengths[] = {" FOR KEY SHARE", " FOR SHARE", " FOR NO KEY UPDATE",
                                            " FOR UPDATE"};
    static const char *const waits[] = {"", " SKIP LOCKED", " NOWAIT"};
    const struct ast_locking *locking = AST_AS(locking, node);

    out_text(out, strengths[locking->strength]);
    if (locking->tables.count > 0) {
        out_text(out, " OF ");
        print_nodes(out, &locking->tables, ", ", print_relation);
    }
    out_text(out, waits[locking->wait]);
}

void print_targets(struct out *out, const struct ast_list *list)
{
    print_nodes(out, list, ", ", print_target);
}

static void print_target(struct out *out, const struct ast *node)
{
    print_expr(out, AST_AS(target, node)->expr);
    if (AST_AS(target, node)->alias.size > 0) {
        out_text(out, " AS ");
        print_name_part(out, AST_AS(target, node)->alias);
    }
}

void print_returning(struct out *out, const struct ast_list *list)
{
    if (list->count > 0) {
        out_text(out, " RETURNING ");
        print_targets(out, list);
    }
}

void print_where(struct out *out, const struct ast *where)
{
    if (where != NULL) {
        out_text(out, " WHERE ");
        print_expr(out, where);
    }
}

void print_with(struct out *out, const struct ast *with)
{
    if (with == NULL) {
        return;
    }
    out_text(out, AST_AS(with, with)->recursive ? "WITH RECURSIVE " : "WITH ");
    print_nodes(out, &AST_AS(with, with)->ctes, ", ", print_cte);
    out_text(out, " ");
}

static void print_cte(struct out *out, const struct ast *node)
{
    static const char *const words[] = {"", "MATERIALIZED ", "NOT MATERIALIZED "};
    const struct ast_cte *cte = AST_AS(cte, node);

    print_name_part(out, cte->name);
    print_columns(out, &cte->columns);
    out_text(out, " AS ");
    out_text(out, words[cte->materialized]);
    out_text(out, "(");
    print_query(out, cte->query);
    out_text(out, ")");
}

/* ---- FROM ---- */

void print_from_list(struct out *out, const char *word, const struct ast_list *list)
{
    if (list->count > 0) {
        out_text(out, word);
        print_nodes(out, list, ", ", print_from_item);
    }
}

void print_relation(struct out *out, const struct ast *node)
{
    const struct ast_relation *relation = AST_AS(relation, node);

    print_word_if(out, relation->only, "ONLY ");
    print_name(out, &relation->name);
    print_alias(out, relation->alias, &relation->columns);
}

/* [ AS alias][(columns)]; VACUUM and ANALYZE have columns without an alias. */
static void print_alias(struct out *out, vv_slice alias, const struct ast_list *columns)
{
    if (alias.size > 0) {
        out_text(out, " AS ");
        print_name_part(out, alias);
    }
    print_columns(out, columns);
}

void print_from_item(struct out *out, const struct ast *node)
{
    const struct ast_from_query *query = AST_AS(from_query, node);
    const struct ast_from_function *function = AST_AS(from_function, node);

    switch (node->tag) {
    case AST_RELATION:
        print_relation(out, node);
        break;
    case AST_FROM_QUERY:
        out_text(out, query->lateral ? "LATERAL (" : "(");
        print_query(out, query->query);
        out_text(out, ")");
        print_alias(out, query->alias, &query->columns);
        break;
    case AST_FROM_FUNCTION:
        print_word_if(out, function->lateral, "LATERAL ");
        print_call_plainly(out, function->call);
        print_word_if(out, function->ordinality, " WITH ORDINALITY");
        print_alias(out, function->alias, &function->columns);
        break;
    default:
        print_join(out, node);
        break;
    }
}

/* Follows the left spine in loops: every join with an alias opens a parenthesis before the bottom. */
static void print_join(struct out *out, const struct ast *node)
{
    const struct ast *bottom = node;
    const struct ast **spine = NULL;
    size_t length = 0;

    VV_ASSERT(node->tag == AST_JOIN);
    for (; bottom->tag == AST_JOIN; bottom = AST_AS(join, bottom)->left) {
        print_word_if(out, AST_AS(join, bottom)->alias.size > 0, "(");
        length++;
    }
    spine = ARENA_ARRAY(out->arena, const struct ast *, length);
    if (spine == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = length; i > 0; i--) {
        spine[i - 1] = node;
        node = AST_AS(join, node)->left;
    }
    print_from_item(out, bottom);
    for (size_t i = 0; i < length; i++) {
        print_join_step(out, AST_AS(join, spine[i]));
    }
}

static void print_join_step(struct out *out, const struct ast_join *join)
{
    static const char *const words[] = {"JOIN ", "LEFT JOIN ", "RIGHT JOIN ", "FULL JOIN ",
                                        "CROSS JOIN "};
    bool parens = join->right->tag == AST_JOIN && AST_AS(join, join->right)->alias.size == 0;

    out_text(out, join->natural ? " NATURAL " : " ");
    out_text(out, words[join->kind]);
    print_word_if(out, parens, "(");
    print_from_item(out, join->right);
    print_word_if(out, parens, ")");
    if (join->condition != NULL) {
        out_text(out, " ON ");
        print_expr(out, join->condition);
    } else if (join->using_columns.count > 0) {
        out_text(out, " USING (");
        print_identifiers(out, &join->using_columns);
        out_text(out, ")");
    }
    if (join->alias.size > 0) {
        out_text(out, ")");
        print_alias(out, join->alias, &join->columns);
    }
}
