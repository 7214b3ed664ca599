/*
 * parse_select.c - queries: SELECT, VALUES, TABLE, set operations, WITH, ORDER BY, LIMIT, FOR UPDATE.
 *
 *     query   := [WITH …] set [ORDER BY …] [LIMIT … | OFFSET … | FETCH …] [FOR …]
 *     set     := primary { UNION | INTERSECT | EXCEPT [ALL] primary }      INTERSECT binds tighter
 *     primary := SELECT … | VALUES … | TABLE t | ( query )
 *
 * As in gram.y parentheses leave no node: the tail of `(SELECT 1 LIMIT 1) ORDER BY 1` is put into the
 * inner query, and refused where that already has the same clause.
 */
#include "sql/parse_private.h"

/* What may follow a query; the three kinds of query keep it in fields of the same names. */
struct tail {
    struct ast **with;
    struct ast_list *order_by;
    struct ast **limit;
    bool *with_ties;
    struct ast **offset;
    struct ast_list *locking;
};

static bool tail_of(struct ast *query, struct tail *tail_out);
static struct ast *parse_set_chain(struct parser *p, struct ast *left, int minimum);
static int set_precedence(const struct parser *p);
static struct ast *parse_query_primary(struct parser *p);
static struct ast *parse_tail(struct parser *p, struct ast *query);
static struct ast *parse_select_core(struct parser *p);
static void parse_select_list(struct parser *p, struct ast_select *select);
static bool at_target(struct parser *p);
static struct ast *parse_target(struct parser *p);
static struct ast *parse_into(struct parser *p);
static struct ast_list parse_group_by(struct parser *p, bool *distinct_out);
static struct ast *parse_group_item(struct parser *p);
static struct ast_list parse_windows(struct parser *p);
static struct ast *parse_values(struct parser *p);
static struct ast *parse_table_query(struct parser *p);
static void refuse_second(struct parser *p, const struct ast *old, const struct ast *fresh,
                          const char *clause);
static void list_join(struct ast_list *list, const struct ast_list *more);
static void parse_limits(struct parser *p, struct ast **limit_out, struct ast **offset_out,
                         bool *with_ties);
static struct ast *parse_limit(struct parser *p);
static struct ast *parse_offset(struct parser *p);
static struct ast *parse_fetch(struct parser *p, bool *with_ties);
static struct ast_list parse_locking(struct parser *p);
static struct ast *parse_locking_clause(struct parser *p);
static struct ast *parse_cte(struct parser *p);
static struct ast *parse_sort(struct parser *p);

bool at_query(const struct parser *p)
{
    return at_word(p, KEYWORD_SELECT) || at_word(p, KEYWORD_VALUES) || at_word(p, KEYWORD_WITH) ||
           at_word(p, KEYWORD_TABLE);
}

struct ast *parse_query(struct parser *p)
{
    struct ast *query = NULL;

    enter_level(p);
    query = parse_query_with(p, at_word(p, KEYWORD_WITH) ? parse_with(p) : NULL);
    leave_level(p);
    return query;
}

struct ast *parse_query_with(struct parser *p, struct ast *with)
{
    struct ast *query = NULL;
    struct tail tail;
    uint32_t position = with == NULL ? 0 : with->position;

    enter_level(p);
    query = parse_query_from(p, parse_query_primary(p));
    if (with != NULL && tail_of(query, &tail)) {
        if (*tail.with != NULL) {
            parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "multiple WITH clauses not allowed");
        }
        *tail.with = with;
        query = node_finish(p, query);
    }
    leave_level(p);
    return query;
}

struct ast *parse_query_from(struct parser *p, struct ast *left)
{
    return parse_tail(p, parse_set_chain(p, left, 1));
}

bool at_query_tail(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_UNION:
    case KEYWORD_INTERSECT:
    case KEYWORD_EXCEPT:
    case KEYWORD_ORDER:
    case KEYWORD_LIMIT:
    case KEYWORD_OFFSET:
    case KEYWORD_FETCH:
    case KEYWORD_FOR:
        return true;
    default:
        return false;
    }
}

static bool tail_of(struct ast *query, struct tail *tail_out)
{
    switch (query->tag) {
#define TAIL(tag, type)                                                         \
    case tag: {                                                                 \
        struct type *of = (struct type *)(void *)query;                         \
        *tail_out = (struct tail){&of->with,      &of->order_by, &of->limit,    \
                                  &of->with_ties, &of->offset,   &of->locking}; \
        return true;                                                            \
    }
        TAIL(AST_SELECT, ast_select)
        TAIL(AST_VALUES, ast_values)
        TAIL(AST_SET_OPERATION, ast_set_operation)
#undef TAIL
    default:
        return false;
    }
}

/* Grows to the left in the loop. */
static struct ast *parse_set_chain(struct parser *p, struct ast *left, int minimum)
{
    for (;;) {
        struct ast_set_operation *set = NULL;
        int precedence = set_precedence(p);

        if (precedence == 0 || precedence < minimum) {
            return left;
        }
        set = MAKE(p, AST_SET_OPERATION, set_operation, p->token.position);
        set->kind = at_word(p, KEYWORD_UNION)    ? AST_UNION
                    : at_word(p, KEYWORD_EXCEPT) ? AST_EXCEPT
                                                 : AST_INTERSECT;
        parse_advance(p);
        set->all = accept_word(p, KEYWORD_ALL);
        if (!set->all) {
            (void)accept_word(p, KEYWORD_DISTINCT);
        }
        set->left = left;
        set->right = parse_set_chain(p, parse_query_primary(p), precedence + 1);
        left = node_finish(p, set);
    }
}

static int set_precedence(const struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_UNION:
    case KEYWORD_EXCEPT:
        return 1;
    case KEYWORD_INTERSECT:
        return 2;
    default:
        return 0;
    }
}

static struct ast *parse_query_primary(struct parser *p)
{
    struct ast *query = NULL;

    switch (p->token.keyword) {
    case KEYWORD_SELECT:
        return parse_select_core(p);
    case KEYWORD_VALUES:
        return parse_values(p);
    case KEYWORD_TABLE:
        return parse_table_query(p);
    default:
        if (!accept_symbol(p, '(')) {
            parse_syntax_error(p);
            return node_scratch(p);
        }
        query = parse_query(p);
        expect_symbol(p, ')');
        return query;
    }
}

/* ---- What follows a query ---- */

/* Reads the clauses into a query that has none of them yet, or refuses (insertSelectOptions()). */
static struct ast *parse_tail(struct parser *p, struct ast *query)
{
    struct tail tail;
    struct ast_list order_by = {0};
    struct ast_list locking = {0};
    struct ast *limit = NULL;
    struct ast *offset = NULL;

    if (parse_failed(p) || !at_query_tail(p) || !tail_of(query, &tail)) {
        return query;
    }
    order_by = parse_order_by(p);
    locking = parse_locking(p);
    parse_limits(p, &limit, &offset, tail.with_ties);
    if (locking.count == 0) {
        locking = parse_locking(p);
    }
    if (parse_failed(p)) {
        return node_scratch(p);
    }
    if (order_by.count > 0) {
        refuse_second(p, tail.order_by->first, AST_AS(sort, order_by.first)->expr, "ORDER BY");
        *tail.order_by = order_by;
    }
    if (limit != NULL) {
        refuse_second(p, *tail.limit, limit, "LIMIT");
        *tail.limit = limit;
    }
    if (offset != NULL) {
        refuse_second(p, *tail.offset, offset, "OFFSET");
        *tail.offset = offset;
    }
    list_join(tail.locking, &locking);
    if (*tail.with_ties && tail.order_by->count == 0) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, 0,
                    "WITH TIES cannot be specified without ORDER BY clause");
    }
    return node_finish(p, query);
}

static void refuse_second(struct parser *p, const struct ast *old, const struct ast *fresh,
                          const char *clause)
{
    uint32_t position = fresh->position;

    if (old == NULL) {
        return;
    }
    /* PostgreSQL points to where the expression begins, a binary node to its operator. */
    for (; fresh->tag == AST_BINARY; fresh = AST_AS(binary, fresh)->left) {
        position = AST_AS(binary, fresh)->left->position;
    }
    parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "multiple %s clauses not allowed", clause);
}

static void list_join(struct ast_list *list, const struct ast_list *more)
{
    if (list->last == NULL) {
        *list = *more;
    } else if (more->first != NULL) {
        list->last->next = more->first;
        list->last = more->last;
        list->count += more->count;
    }
}

/* LIMIT or FETCH, and OFFSET, in any order, each once. */
static void parse_limits(struct parser *p, struct ast **limit_out, struct ast **offset_out,
                         bool *with_ties)
{
    for (;;) {
        if (at_word(p, KEYWORD_LIMIT) && *limit_out == NULL) {
            *limit_out = parse_limit(p);
        } else if (at_word(p, KEYWORD_FETCH) && *limit_out == NULL) {
            *limit_out = parse_fetch(p, with_ties);
        } else if (at_word(p, KEYWORD_OFFSET) && *offset_out == NULL) {
            *offset_out = parse_offset(p);
        } else {
            return;
        }
    }
}

static struct ast *parse_limit(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast *limit = NULL;

    expect_word(p, KEYWORD_LIMIT);
    if (at_word(p, KEYWORD_ALL)) {
        limit = node_make(p, AST_NULL, p->token.position);
        parse_advance(p);
    } else {
        limit = parse_expr(p);
    }
    if (accept_symbol(p, ',')) {
        (void)parse_expr(p);
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "LIMIT #,# syntax is not supported");
        error_hint(p->error, "Use separate LIMIT and OFFSET clauses.");
    }
    return limit;
}

static struct ast *parse_offset(struct parser *p)
{
    struct ast *offset = NULL;

    expect_word(p, KEYWORD_OFFSET);
    offset = parse_expr(p);
    if (!accept_word(p, KEYWORD_ROW)) {
        (void)accept_word(p, KEYWORD_ROWS);
    }
    return offset;
}

/* FETCH FIRST [n] ROWS ONLY | WITH TIES */
static struct ast *parse_fetch(struct parser *p, bool *with_ties)
{
    struct ast *limit = NULL;

    expect_word(p, KEYWORD_FETCH);
    if (!accept_word(p, KEYWORD_FIRST)) {
        expect_word(p, KEYWORD_NEXT);
    }
    if (at_word(p, KEYWORD_ROW) || at_word(p, KEYWORD_ROWS)) {
        limit = make_integer(p, 1, 0);
    } else if (at_symbol(p, '-') || at_symbol(p, '+')) {
        limit = parse_signed_number(p);
    } else {
        limit = parse_primary(p);
    }
    if (!accept_word(p, KEYWORD_ROW)) {
        expect_word(p, KEYWORD_ROWS);
    }
    if (accept_word(p, KEYWORD_WITH)) {
        expect_word(p, KEYWORD_TIES);
        *with_ties = true;
    } else {
        expect_word(p, KEYWORD_ONLY);
    }
    return limit;
}

static struct ast_list parse_locking(struct parser *p)
{
    struct ast_list locking = {0};

    while (at_word(p, KEYWORD_FOR)) {
        struct ast *clause = parse_locking_clause(p);

        if (clause != NULL) {
            list_push(p, &locking, clause);
        }
    }
    return locking;
}

/* NULL for FOR READ ONLY, which says nothing. */
static struct ast *parse_locking_clause(struct parser *p)
{
    struct ast_locking *locking = MAKE(p, AST_LOCKING, locking, p->token.position);

    expect_word(p, KEYWORD_FOR);
    if (accept_word(p, KEYWORD_READ)) {
        expect_word(p, KEYWORD_ONLY);
        return NULL;
    }
    if (accept_word(p, KEYWORD_UPDATE)) {
        locking->strength = AST_FOR_UPDATE;
    } else if (accept_word(p, KEYWORD_SHARE)) {
        locking->strength = AST_FOR_SHARE;
    } else if (accept_word(p, KEYWORD_NO)) {
        expect_word(p, KEYWORD_KEY);
        expect_word(p, KEYWORD_UPDATE);
        locking->strength = AST_FOR_NO_KEY_UPDATE;
    } else {
        expect_word(p, KEYWORD_KEY);
        expect_word(p, KEYWORD_SHARE);
        locking->strength = AST_FOR_KEY_SHARE;
    }
    if (accept_word(p, KEYWORD_OF)) {
        locking->tables = parse_relation_list(p, false);
    }
    if (accept_word(p, KEYWORD_NOWAIT)) {
        locking->wait = AST_LOCK_NOWAIT;
    } else if (accept_pair(p, KEYWORD_SKIP, KEYWORD_LOCKED)) {
        locking->wait = AST_LOCK_SKIP_LOCKED;
    }
    return node_finish(p, locking);
}

struct ast_list parse_order_by(struct parser *p)
{
    struct ast_list list = {0};

    if (!accept_word(p, KEYWORD_ORDER)) {
        return list;
    }
    expect_word(p, KEYWORD_BY);
    return parse_sort_list(p);
}

struct ast_list parse_sort_list(struct parser *p)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, parse_sort(p));
    } while (accept_symbol(p, ','));
    return list;
}

static struct ast *parse_sort(struct parser *p)
{
    struct ast_sort *sort = MAKE(p, AST_SORT, sort, p->token.position);
    bool qualified = false;

    sort->expr = parse_expr(p);
    if (accept_word(p, KEYWORD_USING)) {
        sort->direction = AST_SORT_USING;
        sort->op = parse_any_operator(p, &qualified);
    } else if (accept_word(p, KEYWORD_ASC)) {
        sort->direction = AST_SORT_ASC;
    } else if (accept_word(p, KEYWORD_DESC)) {
        sort->direction = AST_SORT_DESC;
    }
    if (accept_words(p, KEYWORD_NULLS, KEYWORD_FIRST)) {
        sort->nulls = AST_NULLS_FIRST;
    } else if (accept_words(p, KEYWORD_NULLS, KEYWORD_LAST)) {
        sort->nulls = AST_NULLS_LAST;
    }
    return node_finish(p, sort);
}

/* ---- SELECT ---- */

static struct ast *parse_select_core(struct parser *p)
{
    struct ast_select *select = MAKE(p, AST_SELECT, select, p->token.position);

    expect_word(p, KEYWORD_SELECT);
    parse_select_list(p, select);
    if (at_word(p, KEYWORD_INTO)) {
        select->into = parse_into(p);
    }
    if (accept_word(p, KEYWORD_FROM)) {
        select->from = parse_from_list(p);
    }
    select->where = parse_where(p);
    select->group_by = parse_group_by(p, &select->group_distinct);
    if (accept_word(p, KEYWORD_HAVING)) {
        select->having = parse_expr(p);
    }
    select->windows = parse_windows(p);
    return node_finish(p, select);
}

static void parse_select_list(struct parser *p, struct ast_select *select)
{
    if (accept_word(p, KEYWORD_DISTINCT)) {
        select->distinct = true;
        if (accept_word(p, KEYWORD_ON)) {
            expect_symbol(p, '(');
            select->distinct_on = parse_expr_list(p);
            expect_symbol(p, ')');
        }
        select->targets = parse_targets(p);
        return;
    }
    (void)accept_word(p, KEYWORD_ALL);
    if (at_target(p)) {
        select->targets = parse_targets(p);
    }
}

/* SELECT may have no targets at all: then a clause, an end or a closing parenthesis follows. */
static bool at_target(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_INTO:
    case KEYWORD_FROM:
    case KEYWORD_WHERE:
    case KEYWORD_GROUP:
    case KEYWORD_HAVING:
    case KEYWORD_WINDOW:
        return false;
    default:
        return !at_query_tail(p) && !at_symbol(p, ')') && !at_symbol(p, ';') &&
               p->token.kind != LEX_END;
    }
}

struct ast_list parse_targets(struct parser *p)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, parse_target(p));
    } while (accept_symbol(p, ','));
    return list;
}

static struct ast *parse_target(struct parser *p)
{
    struct ast_target *target = MAKE(p, AST_TARGET, target, p->token.position);

    if (at_symbol(p, '*')) {
        struct ast_column *star = MAKE(p, AST_COLUMN, column, p->token.position);

        parse_advance(p);
        star->star = true;
        target->expr = &star->node;
        return node_finish(p, target);
    }
    target->expr = parse_target_expr(p);
    if (accept_word(p, KEYWORD_AS)) {
        target->alias = parse_column_label(p);
    } else if (at_label(p)) {
        target->alias = take_name(p);
    }
    return node_finish(p, target);
}

struct ast_list parse_returning(struct parser *p)
{
    struct ast_list list = {0};

    return accept_word(p, KEYWORD_RETURNING) ? parse_targets(p) : list;
}

/* SELECT … INTO [TABLE] name */
static struct ast *parse_into(struct parser *p)
{
    expect_word(p, KEYWORD_INTO);
    if (at_word(p, KEYWORD_TEMPORARY) || at_word(p, KEYWORD_TEMP) || at_word(p, KEYWORD_LOCAL) ||
        at_word(p, KEYWORD_GLOBAL) || at_word(p, KEYWORD_UNLOGGED)) {
        parse_unsupported(p, p->token.position, "SELECT INTO a temporary or unlogged table");
    }
    (void)accept_word(p, KEYWORD_TABLE);
    return parse_relation(p);
}

struct ast *parse_where(struct parser *p)
{
    if (!accept_word(p, KEYWORD_WHERE)) {
        return NULL;
    }
    if (at_word(p, KEYWORD_CURRENT) && peek_word(p, KEYWORD_OF)) {
        parse_unsupported(p, p->token.position, "WHERE CURRENT OF");
    }
    return parse_expr(p);
}

static struct ast_list parse_group_by(struct parser *p, bool *distinct_out)
{
    struct ast_list list = {0};

    if (!accept_word(p, KEYWORD_GROUP)) {
        return list;
    }
    expect_word(p, KEYWORD_BY);
    *distinct_out = accept_word(p, KEYWORD_DISTINCT);
    if (!*distinct_out) {
        (void)accept_word(p, KEYWORD_ALL);
    }
    do {
        list_push(p, &list, parse_group_item(p));
    } while (accept_symbol(p, ','));
    return list;
}

static struct ast *parse_group_item(struct parser *p)
{
    struct ast_grouping_set *set = NULL;
    bool rollup = at_word(p, KEYWORD_ROLLUP) && peek_symbol(p, '(');
    bool cube = at_word(p, KEYWORD_CUBE) && peek_symbol(p, '(');
    bool sets = at_word(p, KEYWORD_GROUPING) && peek_word(p, KEYWORD_SETS);
    bool empty = at_symbol(p, '(') && peek_symbol(p, ')');

    if (!rollup && !cube && !sets && !empty) {
        return parse_expr(p);
    }
    set = MAKE(p, AST_GROUPING_SET, grouping_set, p->token.position);
    enter_level(p);
    if (empty) {
        parse_advance(p);
        parse_advance(p);
    } else {
        set->kind = rollup ? AST_GROUP_ROLLUP : cube ? AST_GROUP_CUBE : AST_GROUP_SETS;
        parse_advance(p);
        if (sets) {
            parse_advance(p);
        }
        expect_symbol(p, '(');
        do {
            list_push(p, &set->items, sets ? parse_group_item(p) : parse_expr(p));
        } while (accept_symbol(p, ','));
        expect_symbol(p, ')');
    }
    leave_level(p);
    return node_finish(p, set);
}

static struct ast_list parse_windows(struct parser *p)
{
    struct ast_list list = {0};

    if (!accept_word(p, KEYWORD_WINDOW)) {
        return list;
    }
    do {
        vv_slice name = parse_column_id(p);
        struct ast *window = NULL;

        expect_word(p, KEYWORD_AS);
        window = parse_window_specification(p);
        if (!parse_failed(p)) {
            ((struct ast_window *)(void *)window)->name = name;
        }
        list_push(p, &list, window);
    } while (accept_symbol(p, ','));
    return list;
}

/* ---- VALUES, TABLE, WITH ---- */

static struct ast *parse_values(struct parser *p)
{
    struct ast_values *values = MAKE(p, AST_VALUES, values, p->token.position);

    expect_word(p, KEYWORD_VALUES);
    do {
        struct ast_row *row = MAKE(p, AST_ROW, row, p->token.position);

        expect_symbol(p, '(');
        row->items = parse_expr_list(p);
        expect_symbol(p, ')');
        list_push(p, &values->rows, node_finish(p, row));
    } while (accept_symbol(p, ','));
    return node_finish(p, values);
}

/* TABLE t is SELECT * FROM t. */
static struct ast *parse_table_query(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast_select *select = MAKE(p, AST_SELECT, select, position);
    struct ast_target *target = MAKE(p, AST_TARGET, target, position);
    struct ast_column *star = MAKE(p, AST_COLUMN, column, position);

    expect_word(p, KEYWORD_TABLE);
    star->star = true;
    target->expr = &star->node;
    list_push(p, &select->targets, node_finish(p, target));
    list_push(p, &select->from, parse_relation_expr(p));
    return node_finish(p, select);
}

struct ast *parse_with(struct parser *p)
{
    struct ast_with *with = MAKE(p, AST_WITH, with, p->token.position);

    expect_word(p, KEYWORD_WITH);
    with->recursive = accept_word(p, KEYWORD_RECURSIVE);
    do {
        list_push(p, &with->ctes, parse_cte(p));
    } while (accept_symbol(p, ','));
    return node_finish(p, with);
}

static struct ast *parse_cte(struct parser *p)
{
    struct ast_cte *cte = MAKE(p, AST_CTE, cte, p->token.position);

    cte->name = parse_name(p);
    cte->columns = parse_optional_column_list(p);
    expect_word(p, KEYWORD_AS);
    if (accept_word(p, KEYWORD_MATERIALIZED)) {
        cte->materialized = AST_CTE_MATERIALIZED;
    } else if (accept_word(p, KEYWORD_NOT)) {
        expect_word(p, KEYWORD_MATERIALIZED);
        cte->materialized = AST_CTE_NOT_MATERIALIZED;
    }
    expect_symbol(p, '(');
    cte->query = parse_prepared_statement(p);
    expect_symbol(p, ')');
    if (at_word(p, KEYWORD_SEARCH) || at_word(p, KEYWORD_CYCLE)) {
        parse_unsupported(p, p->token.position, "SEARCH and CYCLE of a recursive query");
    }
    return node_finish(p, cte);
}
