/*
 * clause.c - a condition taken apart, and how many rows its parts keep.
 *
 * Parts that compare one column with a constant are judged by what ANALYZE knows of the column (selectivity.c).
 */
#include "optimize/optimize_private.h"

#define DISTINCT_DEFAULT   200.0
#define CLAUSES_PAIRED_MAX 256u /* pairs are looked for only among so many: it is quadratic */

/* A plan is kept while its table grows from nothing: suppose at least this much. */
#define TABLE_ROWS_MIN  1000.0
#define TABLE_PAGES_MIN 10.0

struct table_estimate clause_table_estimate(const struct optimizer *o,
                                            const struct table_def *table)
{
    struct optimize_table_statistics known = {0};
    struct table_estimate estimate = {
        .rows = TABLE_ROWS_MIN, .pages = TABLE_PAGES_MIN, .rows_told = TABLE_ROWS_MIN};

    if (o->statistics->table != NULL &&
        o->statistics->table(o->statistics->context, table, &known)) {
        estimate.rows = known.rows > TABLE_ROWS_MIN ? known.rows : TABLE_ROWS_MIN;
        estimate.pages = known.pages > TABLE_PAGES_MIN ? known.pages : TABLE_PAGES_MIN;
        estimate.rows_told = known.analyzed ? known.rows : estimate.rows;
    }
    return estimate;
}

/* ---- selectivity ---- */

/* Values that are unique by another collation may repeat by the column's own. */
static bool may_repeat(const struct table_column *column, const struct table_index *index)
{
    return value_collation_folds((enum value_collation)column->collation) &&
           index->parts[0].collation != column->collation;
}

static bool column_is_unique(const struct table_def *table, uint32_t column)
{
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];

        if (index->unique && index->part_count == 1 && index->parts[0].column == column &&
            index->predicate_text == NULL && !may_repeat(&table->spec.columns[column], index)) {
            return true;
        }
    }
    return false;
}

/* The column, when what is compared is its fold by its own collation: so it was analyzed. */
static const struct expr *analyzed_column(const struct table_def *table, const struct expr *expr)
{
    enum value_collation collation = expr_fold_collation(expr);
    const struct expr *text = expr_unfold(expr);

    if (table == NULL || collation == VALUE_COLLATION_DEFAULT || text->kind != EXPR_COLUMN ||
        text->column >= table->spec.column_count ||
        table->spec.columns[text->column].collation != collation) {
        return expr;
    }
    return text;
}

/* A column of the table, as selectivity.c wants it; false: the expression is something else. */
static bool column_of(const struct optimizer *o, const struct table_def *table,
                      const struct expr *expr, double rows, struct selectivity_column *out)
{
    *out = (struct selectivity_column){.rows = rows, .distinct = DISTINCT_DEFAULT};
    expr = analyzed_column(table, expr);
    if (table == NULL || expr->kind != EXPR_COLUMN || expr->column >= table->spec.column_count) {
        return false; /* a number behind the columns: computed.c */
    }
    out->type = table->spec.columns[expr->column].type;
    out->unique = column_is_unique(table, expr->column);
    if (out->unique) {
        out->distinct = rows;
    } else if (out->type == VALUE_BOOLEAN) {
        out->distinct = 2;
    }
    if (o->statistics->column != NULL && !out->unique) {
        out->known = o->statistics->column(o->statistics->context, table, (uint16_t)expr->column);
    }
    if (out->known != NULL && out->known->distinct != 0) {
        out->distinct =
            out->known->distinct < 0 ? -out->known->distinct * rows : out->known->distinct;
    }
    out->distinct = out->distinct > rows ? rows : out->distinct < 1 ? 1 : out->distinct;
    return true;
}

double clause_distinct(const struct optimizer *o, const struct table_def *table,
                       const struct expr *expr, double rows)
{
    struct selectivity_column column;

    if (column_of(o, table, expr, rows, &column)) {
        return column.distinct;
    }
    column.distinct = expr->type == VALUE_BOOLEAN ? 2 : DISTINCT_DEFAULT;
    column.distinct = column.distinct > rows ? rows : column.distinct;
    return column.distinct < 1 ? 1 : column.distinct;
}

static const struct value *constant_of(const struct expr *expr)
{
    return expr->kind == EXPR_CONSTANT ? &expr->constant : NULL;
}

static double nulls_of(const struct optimizer *o, const struct table_def *table,
                       const struct expr *expr, double unknown)
{
    struct selectivity_column column;

    expr = analyzed_column(table, expr);
    if (table == NULL || expr->kind != EXPR_COLUMN || expr->column >= table->spec.column_count) {
        return unknown;
    }
    if (table->spec.columns[expr->column].not_null) {
        return 0;
    }
    return column_of(o, table, expr, clause_table_estimate(o, table).rows, &column) &&
                   column.known != NULL
               ? column.known->nulls
               : unknown;
}

/* left = right, whichever of them is the column. */
static double equality_selectivity(const struct optimizer *o, const struct table_def *table,
                                   const struct expr *left, const struct expr *right)
{
    struct selectivity_column column;

    left = analyzed_column(table, left);
    right = analyzed_column(table, right);
    if (left->kind != EXPR_COLUMN && right->kind == EXPR_COLUMN) {
        const struct expr *other = left;

        left = right;
        right = other;
    }
    if (table == NULL || left->kind != EXPR_COLUMN || !expr_is_free_of_columns(right)) {
        return SELECTIVITY_EQ;
    }
    if (right->kind == EXPR_CONSTANT && right->constant.null) {
        return 0;
    }
    (void)column_of(o, table, left, clause_table_estimate(o, table).rows, &column);
    return selectivity_equal(&column, constant_of(right));
}

static double compare_selectivity(const struct optimizer *o, const struct table_def *table,
                                  enum function_comparison comparison, const struct expr *left,
                                  const struct expr *right)
{
    struct selectivity_column column;

    left = analyzed_column(table, left);
    right = analyzed_column(table, right);
    if (left->kind != EXPR_COLUMN && right->kind == EXPR_COLUMN) {
        return compare_selectivity(o, table, function_comparison_commuted(comparison), right, left);
    }
    if (table == NULL || !expr_is_free_of_columns(right) ||
        !column_of(o, table, left, clause_table_estimate(o, table).rows, &column)) {
        return SELECTIVITY_RANGE;
    }
    return selectivity_compare(&column, comparison, constant_of(right));
}

static double like_selectivity(const struct optimizer *o, const struct table_def *table,
                               const struct expr *expr, bool fold, bool negated)
{
    struct selectivity_column column;
    double share = SELECTIVITY_LIKE;
    double nulls = 0;

    if (expr->argument_count == 2 && table != NULL &&
        column_of(o, table, expr->arguments[0], clause_table_estimate(o, table).rows, &column)) {
        share = selectivity_like(&column, constant_of(expr->arguments[1]), fold, o->arena);
        nulls = nulls_of(o, table, expr->arguments[0], 0);
    }
    share = negated ? 1.0 - share - nulls : share;
    return share < 0 ? 0 : share;
}

/* Every value of the list on its own: a row has at most one of them. */
static double in_selectivity(const struct optimizer *o, const struct table_def *table,
                             const struct expr *expr)
{
    double share = 0;

    for (uint32_t i = 1; i < expr->argument_count; i++) {
        share += equality_selectivity(o, table, expr->arguments[0], expr->arguments[i]);
    }
    share = share > 1.0 ? 1.0 : share;
    if (expr->negated) {
        share = 1.0 - share - nulls_of(o, table, expr->arguments[0], 0);
    }
    return share < 0 ? 0 : share;
}

static double function_selectivity(const struct optimizer *o, const struct table_def *table,
                                   const struct expr *expr)
{
    enum function_comparison comparison = function_comparison((enum function_id)expr->function);
    double share = 0;

    switch (comparison) {
    case FUNCTION_COMPARISON_EQ:
        return equality_selectivity(o, table, expr->arguments[0], expr->arguments[1]);
    case FUNCTION_COMPARISON_NE:
        share = 1.0 - equality_selectivity(o, table, expr->arguments[0], expr->arguments[1]) -
                nulls_of(o, table, expr->arguments[0], 0);
        return share < 0 ? 0 : share;
    case FUNCTION_COMPARISON_NONE:
        break;
    default:
        return compare_selectivity(o, table, comparison, expr->arguments[0], expr->arguments[1]);
    }
    switch (expr->function) {
    case FUNCTION_TEXT_LIKE:
    case FUNCTION_BYTEA_LIKE:
        return like_selectivity(o, table, expr, false, false);
    case FUNCTION_TEXT_NOT_LIKE:
    case FUNCTION_BYTEA_NOT_LIKE:
        return like_selectivity(o, table, expr, false, true);
    case FUNCTION_TEXT_ILIKE:
        return like_selectivity(o, table, expr, true, false);
    case FUNCTION_TEXT_NOT_ILIKE:
        return like_selectivity(o, table, expr, true, true);
    case FUNCTION_TEXT_REGEX:
    case FUNCTION_TEXT_IREGEX:
        return SELECTIVITY_LIKE;
    case FUNCTION_TEXT_NOT_REGEX:
    case FUNCTION_TEXT_NOT_IREGEX:
        return 1.0 - SELECTIVITY_LIKE;
    default:
        return SELECTIVITY_OTHER;
    }
}

static double junction_selectivity(const struct optimizer *o, const struct table_def *table,
                                   const struct expr *expr)
{
    double keep = expr->kind == EXPR_AND ? 1.0 : 0.0;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        double mine = clause_selectivity(o, table, expr->arguments[i]);

        keep = expr->kind == EXPR_AND ? keep * mine : keep + mine - keep * mine;
    }
    return keep;
}

double clause_selectivity(const struct optimizer *o, const struct table_def *table,
                          const struct expr *expr)
{
    double keep = SELECTIVITY_OTHER;

    switch (expr->kind) {
    case EXPR_CONSTANT:
        return !expr->constant.null && expr->constant.boolean ? 1.0 : 0.0;
    case EXPR_AND:
    case EXPR_OR:
        return junction_selectivity(o, table, expr);
    case EXPR_NOT:
        return 1.0 - clause_selectivity(o, table, expr->arguments[0]);
    case EXPR_FUNCTION:
        return function_selectivity(o, table, expr);
    case EXPR_COLUMN:
        return equality_selectivity(o, table, expr,
                                    &(struct expr){.kind = EXPR_CONSTANT,
                                                   .type = VALUE_BOOLEAN,
                                                   .constant = value_boolean(true)});
    case EXPR_IS_NULL:
        keep = nulls_of(o, table, expr->arguments[0], SELECTIVITY_NULL);
        break;
    case EXPR_IS_DISTINCT:
        keep = 1.0 - equality_selectivity(o, table, expr->arguments[0], expr->arguments[1]);
        break;
    case EXPR_IN:
        return in_selectivity(o, table, expr);
    default:
        return keep;
    }
    return expr->negated ? 1.0 - keep : keep;
}

static bool is_low(const struct clause *clause)
{
    return clause->kind == CLAUSE_GT || clause->kind == CLAUSE_GE;
}

static bool is_high(const struct clause *clause)
{
    return clause->kind == CLAUSE_LT || clause->kind == CLAUSE_LE;
}

/* Two bounds of one column: what lies above the one and below the other. */
static double interval_selectivity(const struct clause *low, const struct clause *high)
{
    double share = low->selectivity + high->selectivity - 1.0 + low->nulls;

    if (low->selectivity == SELECTIVITY_RANGE || high->selectivity == SELECTIVITY_RANGE) {
        return SELECTIVITY_INTERVAL;
    }
    if (share <= 0) {
        return share < -0.01 ? SELECTIVITY_INTERVAL
                             : 1e-10; /* the bounds contradict: one is wrong */
    }
    return share;
}

double clause_list_selectivity(const struct clause_list *list)
{
    double keep = 1.0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct clause *clause = &list->clauses[i];
        const struct clause *partner = NULL;
        bool second = false;

        for (uint32_t k = 0; k < list->count && list->count <= CLAUSES_PAIRED_MAX; k++) {
            const struct clause *other = &list->clauses[k];

            if (other->column == clause->column && is_low(clause) && is_high(other) &&
                (partner == NULL || other->selectivity < partner->selectivity)) {
                partner = other;
            }
            if (other->column == clause->column && is_high(clause) && is_low(other)) {
                second = true;
            }
        }
        keep *= second            ? 1.0
                : partner != NULL ? interval_selectivity(clause, partner)
                                  : clause->selectivity;
    }
    return keep;
}

/* ---- taking apart ---- */

static bool is_bound(const struct expr *expr)
{
    return expr_is_free_of_columns(expr) && expr_volatility(expr) != FUNCTION_VOLATILE;
}

static enum clause_kind kind_of(enum function_comparison comparison)
{
    switch (comparison) {
    case FUNCTION_COMPARISON_EQ:
        return CLAUSE_EQ;
    case FUNCTION_COMPARISON_LT:
        return CLAUSE_LT;
    case FUNCTION_COMPARISON_LE:
        return CLAUSE_LE;
    case FUNCTION_COMPARISON_GT:
        return CLAUSE_GT;
    case FUNCTION_COMPARISON_GE:
        return CLAUSE_GE;
    default:
        return CLAUSE_OTHER;
    }
}

static void column_clause(struct clause *clause, enum clause_kind kind, uint16_t column,
                          const struct expr *value)
{
    clause->kind = kind;
    clause->column = column;
    clause->value = value;
}

/* value < column, turned round. */
static vv_status commuted_clause(struct optimizer *o, struct clause *clause, uint16_t column,
                                 enum function_comparison comparison)
{
    const struct expr *arguments[2] = {clause->expr->arguments[1], clause->expr->arguments[0]};
    enum function_comparison commuted = function_comparison_commuted(comparison);

    clause->expr =
        expr_call(o->arena, function_comparison_of((enum value_type)arguments[0]->type, commuted),
                  clause->expr->position, 2, arguments);
    column_clause(clause, kind_of(commuted), column, arguments[1]);
    return clause->expr == NULL ? VV_NOMEM : VV_OK;
}

static vv_status function_clause(struct optimizer *o, const struct computed *computed,
                                 struct clause *clause)
{
    const struct expr *expr = clause->expr;
    enum function_comparison comparison = function_comparison((enum function_id)expr->function);
    bool likes = expr->function == FUNCTION_TEXT_LIKE;
    uint16_t column = TABLE_NO_COLUMN;

    if (expr->argument_count != 2 || (!likes && kind_of(comparison) == CLAUSE_OTHER)) {
        return VV_OK;
    }
    if (is_bound(expr->arguments[1])) {
        column = computed_number(computed, expr->arguments[0]);
    }
    if (column != TABLE_NO_COLUMN) {
        column_clause(clause, likes ? CLAUSE_LIKE : kind_of(comparison), column,
                      expr->arguments[1]);
    } else if (!likes && is_bound(expr->arguments[0])) {
        column = computed_number(computed, expr->arguments[1]);
        return column == TABLE_NO_COLUMN ? VV_OK : commuted_clause(o, clause, column, comparison);
    }
    return VV_OK;
}

static void in_clause(const struct computed *computed, struct clause *clause)
{
    const struct expr *expr = clause->expr;
    uint16_t column = computed_number(computed, expr->arguments[0]);

    if (expr->negated || column == TABLE_NO_COLUMN) {
        return;
    }
    for (uint32_t i = 1; i < expr->argument_count; i++) {
        if (!is_bound(expr->arguments[i])) {
            return;
        }
    }
    column_clause(clause, CLAUSE_IN, column, NULL);
}

/* A BOOLEAN column alone is a comparison with true. */
static vv_status boolean_clause(struct optimizer *o, const struct computed *computed,
                                struct clause *clause)
{
    bool negated = clause->expr->kind == EXPR_NOT;
    uint16_t column =
        computed_number(computed, negated ? clause->expr->arguments[0] : clause->expr);

    if (column == TABLE_NO_COLUMN) {
        return VV_OK;
    }
    column_clause(clause, CLAUSE_EQ, column, expr_boolean(o->arena, !negated));
    return clause->value == NULL ? VV_NOMEM : VV_OK;
}

static vv_status clause_classify(struct optimizer *o, const struct computed *computed,
                                 struct clause *clause)
{
    const struct expr *expr = clause->expr;
    uint16_t column = TABLE_NO_COLUMN;

    switch (expr->kind) {
    case EXPR_FUNCTION:
        VV_TRY(function_clause(o, computed, clause));
        break;
    case EXPR_IN:
        in_clause(computed, clause);
        break;
    case EXPR_IS_NULL:
        column = computed_number(computed, expr->arguments[0]);
        if (column != TABLE_NO_COLUMN) {
            column_clause(clause, expr->negated ? CLAUSE_NOT_NULL : CLAUSE_IS_NULL, column, NULL);
        }
        break;
    default:
        break;
    }
    return clause->kind == CLAUSE_OTHER ? boolean_clause(o, computed, clause) : VV_OK;
}

vv_status clause_split(struct optimizer *o, const struct table_def *table,
                       const struct expr *condition, struct clause_list *list_out)
{
    uint32_t count = condition == NULL             ? 0
                     : condition->kind == EXPR_AND ? condition->argument_count
                                                   : 1;

    const struct computed *computed = NULL;

    VV_TRY(computed_of(o, table, &computed));
    list_out->count = count;
    list_out->clauses = ARENA_ARRAY(o->arena, struct clause, count);
    if (list_out->clauses == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct clause *clause = &list_out->clauses[i];

        clause->expr = condition->kind == EXPR_AND ? condition->arguments[i] : condition;
        clause->column = TABLE_NO_COLUMN;
        clause->selectivity = clause_selectivity(o, table, clause->expr);
        VV_TRY(clause_classify(o, computed, clause));
        if (is_low(clause) && table != NULL && clause->column < table->spec.column_count) {
            clause->nulls = nulls_of(
                o, table, &(struct expr){.kind = EXPR_COLUMN, .column = clause->column}, 0);
        }
    }
    return VV_OK;
}
