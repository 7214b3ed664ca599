/*
 * clause.c - a condition taken apart, and how many rows its parts keep.
 *
 * Selectivities are PostgreSQL's defaults (selfuncs.h) where nothing is known about the data.
 */
#include "optimize/optimize_private.h"

#define SELECTIVITY_EQ       0.005
#define SELECTIVITY_RANGE    0.3333333333333333 /* one bound */
#define SELECTIVITY_INTERVAL 0.005              /* both bounds of one column */
#define SELECTIVITY_LIKE     0.005
#define SELECTIVITY_NULL     0.005
#define SELECTIVITY_OTHER    0.5
#define DISTINCT_DEFAULT     200.0
#define CLAUSES_PAIRED_MAX   256u /* pairs are looked for only among so many: it is quadratic */

/* A plan is kept while its table grows from nothing: suppose at least this much. */
#define TABLE_ROWS_MIN  1000.0
#define TABLE_PAGES_MIN 10.0

struct table_estimate clause_table_estimate(const struct optimizer *o,
                                            const struct table_def *table)
{
    struct optimize_table_statistics known = {0};
    struct table_estimate estimate = {.rows = TABLE_ROWS_MIN, .pages = TABLE_PAGES_MIN};

    if (o->statistics->table != NULL &&
        o->statistics->table(o->statistics->context, table, &known)) {
        estimate.rows = known.rows > TABLE_ROWS_MIN ? known.rows : TABLE_ROWS_MIN;
        estimate.pages = known.pages > TABLE_PAGES_MIN ? known.pages : TABLE_PAGES_MIN;
    }
    return estimate;
}

/* ---- selectivity ---- */

static bool column_is_unique(const struct table_def *table, uint32_t column)
{
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];

        if (index->unique && index->part_count == 1 && index->parts[0].column == column &&
            index->predicate_text == NULL) {
            return true;
        }
    }
    return false;
}

double clause_distinct(const struct optimizer *o, const struct table_def *table,
                       const struct expr *expr, double rows)
{
    double distinct = DISTINCT_DEFAULT;
    double known = 0;

    if (expr->type == VALUE_BOOLEAN) {
        distinct = 3;
    }
    if (table != NULL && expr->kind == EXPR_COLUMN) {
        if (column_is_unique(table, expr->column)) {
            distinct = rows;
        } else if (o->statistics->distinct != NULL &&
                   o->statistics->distinct(o->statistics->context, table, (uint16_t)expr->column,
                                           &known)) {
            distinct = known;
        }
    }
    distinct = distinct > rows ? rows : distinct;
    return distinct < 1 ? 1 : distinct;
}

static double equality_selectivity(const struct optimizer *o, const struct table_def *table,
                                   const struct expr *expr)
{
    double rows = 0;

    if (table == NULL || expr->kind != EXPR_COLUMN) {
        return SELECTIVITY_EQ;
    }
    rows = clause_table_estimate(o, table).rows;
    return 1.0 / clause_distinct(o, table, expr, rows);
}

static double function_selectivity(const struct optimizer *o, const struct table_def *table,
                                   const struct expr *expr)
{
    switch (function_comparison((enum function_id)expr->function)) {
    case FUNCTION_COMPARISON_EQ:
        return equality_selectivity(o, table,
                                    expr->arguments[0]->kind == EXPR_COLUMN ? expr->arguments[0]
                                                                            : expr->arguments[1]);
    case FUNCTION_COMPARISON_NE:
        return 1.0 - equality_selectivity(o, table, expr->arguments[0]);
    case FUNCTION_COMPARISON_NONE:
        break;
    default:
        return SELECTIVITY_RANGE;
    }
    switch (expr->function) {
    case FUNCTION_TEXT_LIKE:
    case FUNCTION_BYTEA_LIKE:
    case FUNCTION_TEXT_ILIKE:
        return SELECTIVITY_LIKE;
    case FUNCTION_TEXT_NOT_LIKE:
    case FUNCTION_BYTEA_NOT_LIKE:
    case FUNCTION_TEXT_NOT_ILIKE:
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
    case EXPR_IS_NULL:
        keep = SELECTIVITY_NULL;
        break;
    case EXPR_IS_DISTINCT:
        keep = 1.0 - equality_selectivity(o, table, expr->arguments[0]);
        break;
    case EXPR_IN:
        keep = equality_selectivity(o, table, expr->arguments[0]) * (expr->argument_count - 1);
        keep = keep > 1.0 ? 1.0 : keep;
        break;
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

double clause_list_selectivity(const struct clause_list *list)
{
    double keep = 1.0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct clause *clause = &list->clauses[i];
        bool paired = false;
        bool second = false;

        for (uint32_t k = 0; k < list->count && list->count <= CLAUSES_PAIRED_MAX; k++) {
            const struct clause *other = &list->clauses[k];

            if (other->column == clause->column && is_low(clause) && is_high(other)) {
                paired = true;
            }
            if (other->column == clause->column && is_high(clause) && is_low(other)) {
                second = true;
            }
        }
        keep *= second ? 1.0 : paired ? SELECTIVITY_INTERVAL : clause->selectivity;
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
    }
    return VV_OK;
}
