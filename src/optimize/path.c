/*
 * path.c - the ways to reach one table's rows, and the cheapest of them.
 *
 * For each index the leading parts that clauses bind by equality (or IN, or IS NULL) make the fixed head
 * of a range, and the clauses on the next part its bounds:
 *
 *     index (a, b, c)    WHERE a = 1 AND b IN (2, 3) AND c > 4 AND d = 5
 *     ranges             (1, 2, c > 4), (1, 3, c > 4)           filter d = 5
 *
 * What a range guarantees is not checked again. An index also gives an order: that of its parts, then of
 * the primary key when it is not unique; backward, the reverse.
 */
#include <math.h>

#include "base/limits.h"
#include "optimize/optimize_private.h"
#include "plan/implies.h"
#include "value/key.h"

#define RANGES_MAX 1024u /* of one scan; beyond, IN stays in the filter */
#define PARTS_MAX  (2 * LIMIT_INDEX_COLUMNS)

/* An index being matched against the clauses. */
struct match {
    const struct table_index *index;
    const struct computed *computed; /* NULL: no index of the table computes anything */
    const struct table_def *table;
    struct clause_list used; /* the clauses that the ranges guarantee */
    bool *is_used;           /* per clause */
    bool *is_kept;           /* per clause: in the ranges and in the filter (LIKE) */
    const struct clause *parts[LIMIT_INDEX_COLUMNS]; /* EQ, IN, IS_NULL of the leading parts */
    uint32_t part_count;
    uint32_t constant_count; /* leading parts with one value in all ranges */
    uint32_t range_count;
    const struct clause *low;
    const struct clause *high;
    const struct clause *like;
    bool not_null;
};

static vv_status path_seq(struct optimizer *o, const struct path_want *want, struct path *path);
static vv_status path_index(struct optimizer *o, const struct path_want *want,
                            const struct table_index *index, struct path *path, bool *useful_out);

vv_status path_choose(struct optimizer *o, const struct path_want *want, struct path *path_out,
                      bool *found_out)
{
    const struct table_def *table = want->scan->scan.table;
    double best = INFINITY;

    *found_out = false;
    if (want->key_count == 0) {
        VV_TRY(path_seq(o, want, path_out));
        best = cost_of_rows(&path_out->cost, want->limit);
        *found_out = true;
    }
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        struct path path = {0};
        bool useful = false;

        VV_TRY(path_index(o, want, &table->spec.indexes[i], &path, &useful));
        /* At most one row per range: nothing can be better, however small the table is now. */
        if (useful && path.unique && path.range_count == 1) {
            path.cost.total = path.cost.total < best ? path.cost.total : best;
        }
        if (useful && cost_of_rows(&path.cost, want->limit) <= best) {
            best = cost_of_rows(&path.cost, want->limit);
            *path_out = path;
            *found_out = true;
            if (path.unique && path.range_count == 1) {
                return VV_OK;
            }
        }
    }
    return VV_OK;
}

/* ---- matching ---- */

/* A part's number (computed.c). */
static uint16_t part_number(const struct match *match, uint32_t part)
{
    return computed_part(match->computed, match->table, match->index, part);
}

/* The column whose fold has that number, which is NULL where the fold is; else the number itself. */
static uint16_t unfolded_number(const struct match *match, uint16_t number)
{
    const struct expr *expr = NULL;

    if (number < match->table->spec.column_count) {
        return number;
    }
    expr = match->computed->exprs[number - match->table->spec.column_count];
    if (expr_fold_collation(expr) == VALUE_COLLATION_DEFAULT) {
        return number;
    }
    expr = expr_unfold(expr);
    expr = expr->kind == EXPR_CAST ? expr->arguments[0] : expr;
    return expr->kind == EXPR_COLUMN ? (uint16_t)expr->column : number;
}

/* The first unused clause of a kind on a column. */
static const struct clause *clause_find(const struct match *match, const struct clause_list *list,
                                        enum clause_kind kind, uint16_t column)
{
    if (kind == CLAUSE_IS_NULL || kind == CLAUSE_NOT_NULL) {
        column = unfolded_number(match, column);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->clauses[i].kind == kind && list->clauses[i].column == column &&
            !match->is_used[i]) {
            return &list->clauses[i];
        }
    }
    return NULL;
}

static const struct clause *clause_take(struct match *match, const struct clause_list *list,
                                        enum clause_kind kind, enum clause_kind other,
                                        uint16_t column)
{
    const struct clause *clause = clause_find(match, list, kind, column);

    if (clause == NULL && other != kind) {
        clause = clause_find(match, list, other, column);
    }
    if (clause != NULL) {
        match->is_used[clause - list->clauses] = true;
    }
    return clause;
}

/* An equality of some kind on the next part. */
static const struct clause *equality_take(struct match *match, const struct clause_list *list,
                                          uint16_t column)
{
    const struct clause *clause = clause_take(match, list, CLAUSE_EQ, CLAUSE_IS_NULL, column);
    const struct clause *in = NULL;

    if (clause != NULL) {
        return clause;
    }
    in = clause_find(match, list, CLAUSE_IN, column);
    if (in == NULL || (uint64_t)match->range_count * (in->expr->argument_count - 1) > RANGES_MAX) {
        return NULL;
    }
    match->is_used[in - list->clauses] = true;
    match->range_count *= in->expr->argument_count - 1;
    return in;
}

/* A constant pattern helps only when it begins with something fixed. */
static bool like_is_useful(const struct clause *clause)
{
    const struct value *pattern = &clause->value->constant;

    if (clause->value->kind != EXPR_CONSTANT) {
        return true;
    }
    return !pattern->null && pattern->bytes.size > 0 && pattern->bytes.data[0] != '%' &&
           pattern->bytes.data[0] != '_' &&
           (pattern->bytes.data[0] != '\\' || pattern->bytes.size > 1);
}

static void bounds_take(struct match *match, const struct clause_list *list, uint16_t column)
{
    match->low = clause_take(match, list, CLAUSE_GE, CLAUSE_GT, column);
    match->high = clause_take(match, list, CLAUSE_LE, CLAUSE_LT, column);
    if (match->low == NULL && match->high == NULL) {
        match->like = clause_find(match, list, CLAUSE_LIKE, column);
        if (match->like != NULL && !like_is_useful(match->like)) {
            match->like = NULL;
        }
        if (match->like != NULL) {
            match->is_used[match->like - list->clauses] = true;
            match->is_kept[match->like - list->clauses] = true;
        }
    }
    match->not_null = clause_take(match, list, CLAUSE_NOT_NULL, CLAUSE_NOT_NULL, column) != NULL;
}

static vv_status match_make(struct optimizer *o, const struct clause_list *list,
                            struct match *match)
{
    match->is_used = ARENA_ARRAY(o->arena, bool, list->count);
    match->is_kept = ARENA_ARRAY(o->arena, bool, list->count);
    if (match->is_used == NULL || match->is_kept == NULL) {
        return VV_NOMEM;
    }
    while (match->part_count < match->index->part_count) {
        uint16_t column = part_number(match, match->part_count);
        const struct clause *clause = equality_take(match, list, column);

        if (clause == NULL) {
            bounds_take(match, list, column);
            return VV_OK;
        }
        if (clause->kind != CLAUSE_IN && match->constant_count == match->part_count) {
            match->constant_count++;
        }
        match->parts[match->part_count++] = clause;
    }
    return VV_OK;
}

static bool match_has_bounds(const struct match *match)
{
    return match->low != NULL || match->high != NULL || match->like != NULL || match->not_null;
}

static bool match_is_unique(const struct match *match)
{
    if (!match->index->unique || match->part_count < match->index->part_count) {
        return false;
    }
    for (uint32_t i = 0; i < match->part_count; i++) {
        if (match->parts[i]->kind == CLAUSE_IS_NULL) {
            return false;
        }
    }
    return true;
}

/* ---- order ---- */

struct ordered_part {
    const struct table_index_part *part;
    uint16_t number;
};

/* The parts of an index's keys: its own, then the primary key's when that is appended. */
static uint32_t key_parts(const struct match *match, struct ordered_part parts[PARTS_MAX])
{
    const struct table_index *index = match->index;
    const struct table_index *key = table_def_key(match->table);
    uint32_t count = 0;

    for (uint32_t i = 0; i < index->part_count; i++) {
        parts[count++] = (struct ordered_part){&index->parts[i], part_number(match, i)};
    }
    for (uint32_t i = 0; !index->unique && key != NULL && i < key->part_count; i++) {
        parts[count++] = (struct ordered_part){
            &key->parts[i], computed_part(match->computed, match->table, key, i)};
    }
    return count;
}

/* Whether the part, read forward (1) or backward (-1), is in the order of the key; 0: neither. */
static int part_direction(const struct table_def *table, const struct ordered_part *ordered,
                          const struct logical_sort_key *key)
{
    const struct table_index_part *part = ordered->part;
    bool nulls_matter =
        part->column == TABLE_NO_COLUMN || !table->spec.columns[part->column].not_null;
    bool same = part->descending == key->descending;
    bool same_nulls = part->nulls_first == key->nulls_first;

    if (ordered->number != key->column) {
        return 0;
    }
    if (same && (same_nulls || !nulls_matter)) {
        return 1;
    }
    return !same && (!same_nulls || !nulls_matter) ? -1 : 0;
}

static bool is_constant_part(const struct match *match, uint32_t column)
{
    for (uint32_t i = 0; i < match->constant_count; i++) {
        if (part_number(match, i) == column) {
            return true;
        }
    }
    return false;
}

/* Whether the ranges of the match, read in one direction, come in the order wanted. */
static bool order_matches(const struct match *match, const struct path_want *want,
                          bool *backward_out)
{
    struct ordered_part parts[PARTS_MAX];
    uint32_t part_count = key_parts(match, parts);
    uint32_t part = match->constant_count;
    int direction = 0;

    *backward_out = false;
    for (uint32_t i = 0; i < want->key_count; i++) {
        const struct logical_sort_key *key = &want->keys[i];
        int mine = 0;

        if (is_constant_part(match, key->column)) {
            continue;
        }
        if (part == part_count) {
            *backward_out = direction < 0;
            return match->index->primary; /* rows are unique by now: the rest decides nothing */
        }
        mine = part_direction(match->table, &parts[part++], key);
        if (mine == 0 || (direction != 0 && mine != direction)) {
            return false;
        }
        direction = mine;
    }
    *backward_out = direction < 0;
    return true;
}

/* ---- ranges ---- */

/* The last character of valid UTF-8 text: its code point, and where it begins. */
static uint32_t last_character(const uint8_t *bytes, size_t size, size_t *begin_out)
{
    size_t begin = size - 1;
    uint32_t point = 0;

    while (begin > 0 && size - begin < 4 && (bytes[begin] & 0xC0) == 0x80) {
        begin--;
    }
    *begin_out = begin;
    if (size - begin == 1) {
        return bytes[begin];
    }
    point = bytes[begin] & (0x7Fu >> (size - begin));
    for (size_t i = begin + 1; i < size; i++) {
        point = point << 6 | (bytes[i] & 0x3F);
    }
    return point;
}

static size_t character_encode(uint32_t point, uint8_t *to)
{
    unsigned extra = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t leads[4] = {0, 0xC0, 0xE0, 0xF0};

    to[0] = (uint8_t)(leads[extra] | point >> (6 * extra));
    for (unsigned i = 1; i <= extra; i++) {
        to[i] = (uint8_t)(0x80 | (point >> (6 * (extra - i)) & 0x3F));
    }
    return extra + 1;
}

/* The smallest text above every text that begins with `prefix`: its last character, one higher. False:
 * there is none (the prefix is all U+10FFFF). */
static bool prefix_successor(struct arena *arena, vv_slice prefix, vv_slice *next_out)
{
    uint8_t *bytes = arena_get(arena, prefix.size + 4);
    size_t size = prefix.size;

    *next_out = slice_make(NULL, 0);
    if (bytes == NULL) {
        return false;
    }
    memcpy(bytes, prefix.data, prefix.size);
    while (size > 0) {
        size_t begin = 0;
        uint32_t point = last_character(bytes, size, &begin);

        size = begin;
        if (point < 0x10FFFF) {
            point = point == 0xD7FF ? 0xE000 : point + 1;
            size += character_encode(point, bytes + size);
            *next_out = slice_make(bytes, size);
            return true;
        }
    }
    return false;
}

/* The fixed head of a LIKE pattern, without its escapes. */
static vv_slice like_prefix(struct arena *arena, vv_slice pattern, bool *exact_out,
                            bool *only_prefix_out)
{
    uint8_t *bytes = arena_get(arena, pattern.size);
    size_t size = 0;
    size_t i = 0;

    *exact_out = false;
    *only_prefix_out = false;
    if (bytes == NULL) {
        return slice_make(NULL, 0);
    }
    for (; i < pattern.size && pattern.data[i] != '%' && pattern.data[i] != '_'; i++) {
        if (pattern.data[i] == '\\' && ++i == pattern.size) {
            return slice_make(bytes, size); /* an error when it is run: the filter stays */
        }
        bytes[size++] = pattern.data[i];
    }
    *exact_out = i == pattern.size && size > 0;
    *only_prefix_out = i + 1 == pattern.size && pattern.data[i] == '%';
    return slice_make(bytes, size);
}

static const struct expr *text_constant(struct optimizer *o, vv_slice text)
{
    return expr_constant(o->arena, value_bytes(VALUE_TEXT, text), 0);
}

/* LIKE 'abc%' as bounds; a parameter stays a pattern. */
static vv_status range_like(struct optimizer *o, struct match *match,
                            const struct clause_list *list, struct physical_range *range)
{
    const struct expr *pattern = match->like->value;
    vv_slice prefix;
    vv_slice next;
    bool exact = false;
    bool only_prefix = false;

    range->not_null = true;
    if (pattern->kind != EXPR_CONSTANT || pattern->constant.null) {
        range->like = pattern;
        return VV_OK;
    }
    prefix = like_prefix(o->arena, pattern->constant.bytes, &exact, &only_prefix);
    if (prefix.size == 0) {
        return VV_OK;
    }
    match->is_kept[match->like - list->clauses] = !exact && !only_prefix;
    range->low = text_constant(o, prefix);
    range->low_inclusive = true;
    if (exact) {
        range->high = range->low;
        range->high_inclusive = true;
    } else if (prefix_successor(o->arena, prefix, &next)) {
        range->high = text_constant(o, next);
    }
    return range->low == NULL ? VV_NOMEM : VV_OK;
}

static vv_status range_bounds(struct optimizer *o, struct match *match,
                              const struct clause_list *list, struct physical_range *range)
{
    range->not_null = match->not_null;
    if (match->low != NULL) {
        range->low = match->low->value;
        range->low_inclusive = match->low->kind == CLAUSE_GE;
    }
    if (match->high != NULL) {
        range->high = match->high->value;
        range->high_inclusive = match->high->kind == CLAUSE_LE;
    }
    return match->like == NULL ? VV_OK : range_like(o, match, list, range);
}

/* The value of part `part` in range number `number` (the ranges count through all IN lists). */
static const struct expr *range_value(const struct match *match, uint32_t part, uint32_t number)
{
    const struct clause *clause = match->parts[part];
    uint32_t inner = 1;

    if (clause->kind != CLAUSE_IN) {
        return clause->kind == CLAUSE_IS_NULL ? NULL : clause->value;
    }
    for (uint32_t i = part + 1; i < match->part_count; i++) {
        if (match->parts[i]->kind == CLAUSE_IN) {
            inner *= match->parts[i]->expr->argument_count - 1;
        }
    }
    return clause->expr->arguments[1 + (number / inner) % (clause->expr->argument_count - 1)];
}

static vv_status ranges_make(struct optimizer *o, struct match *match,
                             const struct clause_list *list, struct path *path)
{
    struct physical_range bounds = {0};

    path->range_count = match->part_count > 0 || match_has_bounds(match) ? match->range_count : 0;
    path->ranges = ARENA_ARRAY(o->arena, struct physical_range, path->range_count);
    if (path->ranges == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(range_bounds(o, match, list, &bounds));
    for (uint32_t i = 0; i < path->range_count; i++) {
        const struct expr **equals = ARENA_ARRAY(o->arena, const struct expr *, match->part_count);

        if (equals == NULL) {
            return VV_NOMEM;
        }
        for (uint32_t k = 0; k < match->part_count; k++) {
            equals[k] = range_value(match, k, i);
        }
        path->ranges[i] = bounds;
        path->ranges[i].equal_count = match->part_count;
        path->ranges[i].equals = equals;
    }
    return VV_OK;
}

/* ---- conditions ---- */

/* column >= value or column < value, for EXPLAIN. */
static const struct expr *bound_expr(struct optimizer *o, const struct match *match,
                                     enum function_comparison comparison, const struct expr *value)
{
    const struct table_index_part *part = &match->index->parts[match->part_count];
    uint16_t number = part_number(match, match->part_count);
    const struct expr *arguments[2] = {
        number >= match->table->spec.column_count
            ? match->computed->exprs[number - match->table->spec.column_count]
            : expr_column(o->arena, part->column, (enum value_type)part->type, 0),
        value};

    return expr_call(o->arena, function_comparison_of((enum value_type)part->type, comparison), 0,
                     2, arguments);
}

/* The bounds of a LIKE as EXPLAIN shows them. */
static vv_status like_conditions(struct optimizer *o, const struct match *match,
                                 const struct physical_range *range, const struct expr **list,
                                 uint32_t *count)
{
    if (range->like != NULL || range->low == NULL) {
        list[(*count)++] = match->like->expr;
        return VV_OK;
    }
    list[*count] = bound_expr(
        o, match, range->high_inclusive ? FUNCTION_COMPARISON_EQ : FUNCTION_COMPARISON_GE,
        range->low);
    (*count)++;
    if (range->high != NULL && !range->high_inclusive) {
        list[*count] = bound_expr(o, match, FUNCTION_COMPARISON_LT, range->high);
        (*count)++;
    }
    for (uint32_t i = 0; i < *count; i++) {
        if (list[i] == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

/* Splits the clauses into what the ranges guarantee and what is left to check. */
static vv_status conditions_make(struct optimizer *o, const struct path_want *want,
                                 const struct match *match, struct path *path)
{
    const struct clause_list *list = want->clauses;
    bool rechecks = want->for_modify || want->scan->scan.keyed;
    const struct expr *predicate =
        match == NULL || rechecks ? NULL
                                  : computed_predicate(match->computed, match->table, match->index);
    const struct expr **guaranteed = ARENA_ARRAY(o->arena, const struct expr *, list->count + 2);
    const struct expr **rest = ARENA_ARRAY(o->arena, const struct expr *, list->count);
    uint32_t guaranteed_count = 0;
    uint32_t rest_count = 0;

    if (guaranteed == NULL || rest == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct clause *clause = &list->clauses[i];
        bool used = match != NULL && match->is_used[i];

        if (used && clause == match->like) {
            VV_TRY(like_conditions(o, match, &path->ranges[0], guaranteed, &guaranteed_count));
        } else if (used) {
            guaranteed[guaranteed_count++] = clause->expr;
        }
        if ((!used && !implies(predicate, clause->expr)) || (used && match->is_kept[i])) {
            rest[rest_count++] = clause->expr;
        }
    }
    VV_TRY(rewrite_and(o, guaranteed_count, guaranteed, &path->condition));
    return rewrite_and(o, rest_count, rest, &path->filter);
}

/* ---- costs ---- */

static uint32_t needed_width(const struct path_want *want)
{
    uint32_t width = 0;

    for (uint32_t i = 0; i < want->scan->column_count; i++) {
        width += want->needed[i] ? cost_width(1, &want->scan->column_types[i]) : 0;
    }
    return width;
}

static double rows_at_least_one(double rows)
{
    return rows < 1 ? 1 : rint(rows);
}

/* Whether the bounds of the only range are constants that statistics can look up. */
static bool range_estimate(const struct optimizer *o, const struct path_want *want,
                           const struct path *path, double *rows_out)
{
    const struct physical_range *range = &path->ranges[0];
    struct value equals[LIMIT_INDEX_COLUMNS];
    struct optimize_range known = {.equals = equals, .equal_count = range->equal_count};

    if (o->statistics->range == NULL || path->range_count != 1 || range->like != NULL) {
        return false;
    }
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (range->equals[i] == NULL || range->equals[i]->kind != EXPR_CONSTANT) {
            return false;
        }
        equals[i] = range->equals[i]->constant;
    }
    if ((range->low != NULL && range->low->kind != EXPR_CONSTANT) ||
        (range->high != NULL && range->high->kind != EXPR_CONSTANT)) {
        return false;
    }
    known.low = range->low == NULL ? NULL : &range->low->constant;
    known.high = range->high == NULL ? NULL : &range->high->constant;
    known.low_inclusive = range->low_inclusive;
    known.high_inclusive = range->high_inclusive;
    return o->statistics->range(o->statistics->context, want->scan->scan.table, path->index, &known,
                                rows_out);
}

/* The rows that the ranges hold. *counted_out: not estimated from the size of the table. */
static double rows_in_ranges(struct optimizer *o, const struct path_want *want,
                             const struct match *match, const struct path *path,
                             struct table_estimate table, bool *counted_out)
{
    struct clause_list used = {.clauses =
                                   ARENA_ARRAY(o->arena, struct clause, want->clauses->count)};
    double rows = table.rows;
    const struct expr *predicate = computed_predicate(match->computed, match->table, match->index);

    *counted_out = true;
    if (path->unique) {
        return path->range_count;
    }
    if (path->range_count > 0 && range_estimate(o, want, path, &rows)) {
        return rows < 1 ? 1 : rows;
    }
    *counted_out = false;
    for (uint32_t i = 0; used.clauses != NULL && i < want->clauses->count; i++) {
        if (match->is_used[i]) {
            used.clauses[used.count++] = want->clauses->clauses[i];
        }
    }
    rows = table.rows * clause_list_selectivity(&used);
    if (predicate != NULL) {
        rows *= clause_selectivity(o, match->table, predicate);
    }
    return rows < 1 ? 1 : rows;
}

static double filter_rows(const struct optimizer *o, const struct path_want *want,
                          const struct path *path, double rows)
{
    if (path->filter == NULL) {
        return rows_at_least_one(rows);
    }
    return rows_at_least_one(rows * clause_selectivity(o, want->scan->scan.table, path->filter));
}

static void cost_index(struct optimizer *o, const struct path_want *want, const struct match *match,
                       struct path *path)
{
    const struct table_def *def = want->scan->scan.table;
    struct table_estimate table = clause_table_estimate(o, def);
    bool counted = false;
    double rows = rows_in_ranges(o, want, match, path, table, &counted);
    double ranges = path->range_count == 0 ? 1 : path->range_count;
    double row_cost = COST_TUPLE + cost_expr(path->filter);
    double pages = table.pages * (rows / table.rows);

    if (!match->index->primary) {
        row_cost += COST_INDEX_TUPLE + (path->index_only ? 0 : COST_SECOND_DESCENT);
        pages = pages / 2; /* entries are smaller than rows */
    }
    path->cost.startup = cost_descent(table.rows);
    path->cost.total = path->cost.startup * ranges + pages * COST_PAGE + rows * row_cost;
    if (!counted) {
        rows *= table.rows_told / table.rows;
    }
    path->cost.rows = filter_rows(o, want, path, rows);
    path->cost.width = needed_width(want);
}

static vv_status path_seq(struct optimizer *o, const struct path_want *want, struct path *path)
{
    struct table_estimate table = clause_table_estimate(o, want->scan->scan.table);

    *path = (struct path){0};
    VV_TRY(conditions_make(o, want, NULL, path));
    path->cost.total =
        table.pages * COST_PAGE + table.rows * (COST_TUPLE + cost_expr(path->filter));
    path->cost.rows = rows_at_least_one(table.rows_told * clause_list_selectivity(want->clauses));
    path->cost.width = needed_width(want);
    return VV_OK;
}

/* ---- one index ---- */

/* Whether the entries of the index alone give the column back. The primary key's entries are the rows;
 * only what comes from its key counts here, as for any index. */
static bool entry_gives(const struct path_want *want, const struct table_index *index,
                        uint32_t column)
{
    const struct table_def *table = want->scan->scan.table;

    if (!index->primary) {
        return table_index_covers(table, index, (uint16_t)column);
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column) {
            return table_part_gives_back(&index->parts[i]);
        }
    }
    return false;
}

/* Whether no row of the table's map is needed, neither for the columns wanted nor for the filter. */
static vv_status index_covers(struct optimizer *o, const struct path_want *want,
                              const struct path *path, bool *covered_out)
{
    uint32_t count = want->scan->scan.table->spec.column_count;
    bool *used = ARENA_ARRAY(o->arena, bool, count);

    *covered_out = !want->for_modify && !want->scan->scan.keyed;
    if (used == NULL) {
        return VV_NOMEM;
    }
    if (path->filter != NULL) {
        expr_mark_columns(path->filter, used, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        *covered_out &= !(used[i] || want->needed[i]) || entry_gives(want, path->index, i);
    }
    return VV_OK;
}

/* Useful: it narrows the rows, or gives the order wanted, or alone holds all columns. A partial index serves
 * only who wants no other rows. */
static vv_status path_index(struct optimizer *o, const struct path_want *want,
                            const struct table_index *index, struct path *path, bool *useful_out)
{
    const struct table_def *table = want->scan->scan.table;
    struct match match = {.index = index, .table = table, .range_count = 1};
    const struct expr *predicate = NULL;

    *useful_out = false;
    *path = (struct path){.index = index};
    VV_TRY(computed_of(o, table, &match.computed));
    predicate = computed_predicate(match.computed, table, index);
    if (predicate != NULL && !implies(want->condition, predicate)) {
        return VV_OK;
    }
    VV_TRY(match_make(o, want->clauses, &match));
    path->unique = match_is_unique(&match);
    if (want->key_count > 0 && !(path->unique && match.range_count == 1) &&
        !order_matches(&match, want, &path->backward)) {
        return VV_OK;
    }
    VV_TRY(ranges_make(o, &match, want->clauses, path));
    VV_TRY(conditions_make(o, want, &match, path));
    VV_TRY(index_covers(o, want, path, &path->index_only));
    *useful_out = path->range_count > 0 || want->key_count > 0 || predicate != NULL ||
                  (path->index_only && !index->primary);
    cost_index(o, want, &match, path);
    return VV_OK;
}
