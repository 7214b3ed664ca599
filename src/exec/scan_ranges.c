/*
 * scan_ranges.c - see scan_ranges.h.
 *
 * All expressions of all ranges form one program; a cell of the plan (equals[i], low, high, like) keeps its
 * number in it. Values are copied into the arena, because a program's next value may end the last one.
 */
#include "exec/scan_ranges.h"

#include "base/assert.h"
#include "base/planted.h"
#include "eval/like.h"
#include "table/table.h"

struct scan_ranges {
    struct exec *exec;
    const struct physical_scan *scan;
    struct exec_program *program;
    struct value *values; /* of one range: equals, low, high */
};

static uint32_t expressions(const struct physical_scan *scan, const struct expr **exprs);
static vv_status evaluate(struct scan_ranges *ranges, const struct physical_range *range,
                          uint32_t *next, struct arena *arena, struct store_range *out,
                          bool *empty_out, struct vv_error *error);
static vv_status value_next(struct scan_ranges *ranges, uint32_t *next, struct arena *arena,
                            struct value *out, struct vv_error *error);
static vv_status like_bound(struct scan_ranges *ranges, uint32_t *next, struct arena *arena,
                            struct table_range *bound, bool *null_out, struct vv_error *error);
static int low_compare(const struct store_bound *a, const struct store_bound *b);
static int high_compare(const struct store_bound *a, const struct store_bound *b);
static bool touches(const struct store_range *before, const struct store_range *after);
static uint32_t merge(struct store_range *ranges, uint32_t count);

vv_status scan_ranges_create(struct exec *exec, const struct physical_scan *scan,
                             struct scan_ranges **ranges_out, struct vv_error *error)
{
    struct scan_ranges *ranges = ARENA_NEW(&exec->plan_arena, struct scan_ranges);
    uint32_t count = expressions(scan, NULL);
    const struct expr **exprs = ARENA_ARRAY(&exec->plan_arena, const struct expr *, count);

    *ranges_out = NULL;
    if (ranges == NULL || exprs == NULL) {
        return exec_no_memory(error);
    }
    ranges->exec = exec;
    ranges->scan = scan;
    ranges->values = ARENA_ARRAY(&exec->plan_arena, struct value, LIMIT_INDEX_COLUMNS + 2);
    if (ranges->values == NULL) {
        return exec_no_memory(error);
    }
    expressions(scan, exprs);
    VV_TRY(exec_values_create(exec, exprs, count, &ranges->program, error));
    *ranges_out = ranges;
    return VV_OK;
}

vv_status scan_ranges_evaluate(struct scan_ranges *ranges, struct arena *arena,
                               struct store_range **out, uint32_t *count_out,
                               struct vv_error *error)
{
    const struct physical_scan *scan = ranges->scan;
    uint32_t room = scan->range_count == 0 ? 1 : scan->range_count;
    struct store_range *found = ARENA_ARRAY(arena, struct store_range, room);
    uint32_t count = 0, next = 0;

    *out = found;
    *count_out = 0;
    if (found == NULL) {
        return exec_no_memory(error);
    }
    if (scan->range_count == 0) {
        *count_out = 1; /* all of it */
        return VV_OK;
    }
    for (uint32_t i = 0; i < scan->range_count; i++) {
        bool empty = false;

        VV_TRY(evaluate(ranges, &scan->ranges[i], &next, arena, &found[count], &empty, error));
        count += empty ? 0 : 1;
    }
    *count_out = merge(found, count);
    return VV_OK;
}

vv_status scan_ranges_key(struct scan_ranges *ranges, uint8_t *key, size_t *size_out,
                          bool *null_out, struct vv_error *error)
{
    const struct physical_scan *scan = ranges->scan;
    const struct physical_range *range = &scan->ranges[0];
    struct arena *arena = &ranges->exec->run;
    uint32_t next = 0;

    *size_out = 0;
    *null_out = false;
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (range->equals[i] == NULL) {
            *null_out = true;
            return VV_OK;
        }
        VV_TRY(value_next(ranges, &next, arena, &ranges->values[i], error));
    }
    return scan_ranges_key_of(ranges, ranges->values, range->equal_count, key, size_out, null_out,
                              error);
}

vv_status scan_ranges_key_of(struct scan_ranges *ranges, const struct value *values, uint32_t count,
                             uint8_t *key, size_t *size_out, bool *null_out, struct vv_error *error)
{
    const struct physical_scan *scan = ranges->scan;
    vv_status status = VV_OK;

    *size_out = 0;
    *null_out = false;
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].null) {
            *null_out = true;
            return VV_OK;
        }
    }
    status = table_key_encode(scan->table, scan->index, values, count, key, size_out);
    if (status == VV_LIMIT) { /* no such key can be there */
        *null_out = true;
        return VV_OK;
    }
    return exec_error(ranges->exec->session, status, error);
}

/* Writes (or with NULL counts) the expressions in the order in which evaluate() takes them. */
static uint32_t expressions(const struct physical_scan *scan, const struct expr **exprs)
{
    uint32_t count = 0;

    for (uint32_t r = 0; r < scan->range_count; r++) {
        const struct physical_range *range = &scan->ranges[r];
        const struct expr *bounds[] = {range->low, range->high, range->like};

        for (uint32_t i = 0; i < range->equal_count + 3; i++) {
            const struct expr *expr =
                i < range->equal_count ? range->equals[i] : bounds[i - range->equal_count];

            if (expr != NULL && exprs != NULL) {
                exprs[count] = expr;
            }
            count += expr != NULL;
        }
    }
    return count;
}

static vv_status evaluate(struct scan_ranges *ranges, const struct physical_range *range,
                          uint32_t *next, struct arena *arena, struct store_range *out,
                          bool *empty_out, struct vv_error *error)
{
    const struct physical_scan *scan = ranges->scan;
    struct table_range bound = {
        .equal = ranges->values, .equal_count = range->equal_count, .not_null = range->not_null};
    struct value *low = &ranges->values[range->equal_count];
    struct value *high = low + 1;
    bool null = false;
    vv_status status = VV_OK;

    *empty_out = true;
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (range->equals[i] == NULL) {
            enum value_type type = scan->index == NULL ? VALUE_UNKNOWN : scan->index->parts[i].type;

            ranges->values[i] = value_null(type);
            bound.is_null |= 1u << i;
        } else {
            VV_TRY(value_next(ranges, next, arena, &ranges->values[i], error));
        }
    }
    if (range->low != NULL) {
        VV_TRY(value_next(ranges, next, arena, low, error));
        bound.low = (struct table_bound){.value = low, .inclusive = range->low_inclusive};
        null = null || low->null;
    }
    if (range->high != NULL) {
        VV_TRY(value_next(ranges, next, arena, high, error));
        bound.high = (struct table_bound){.value = high,
                                          .inclusive = range->high_inclusive && PLANTED_BUG == 0};
        null = null || high->null;
    }
    if (range->like != NULL) {
        VV_TRY(like_bound(ranges, next, arena, &bound, &null, error));
    }
    if (null) {
        return VV_OK;
    }
    status = table_range_encode(scan->table, scan->index, &bound, arena, out, empty_out);
    if (status == VV_LIMIT) { /* a bound longer than any key: rare; read all and filter */
        *out = (struct store_range){0};
        *empty_out = false;
        return VV_OK;
    }
    return exec_error(ranges->exec->session, status, error);
}

static vv_status value_next(struct scan_ranges *ranges, uint32_t *next, struct arena *arena,
                            struct value *out, struct vv_error *error)
{
    struct exec_program *program = ranges->program;
    uint32_t i = (*next)++;
    struct value value;

    VV_TRY(exec_program_value(ranges->exec, program, i, &value, error));
    if (program->exprs[i]->kind == EXPR_CONSTANT || program->exprs[i]->kind == EXPR_PARAMETER) {
        *out = value;
        return VV_OK;
    }
    return value_copy(arena, &value, out) ? VV_OK : exec_no_memory(error);
}

static vv_status like_bound(struct scan_ranges *ranges, uint32_t *next, struct arena *arena,
                            struct table_range *bound, bool *null_out, struct vv_error *error)
{
    struct value pattern;
    bool exact = false;

    VV_TRY(value_next(ranges, next, arena, &pattern, error));
    *null_out = pattern.null;
    if (pattern.null) {
        return VV_OK;
    }
    if (like_prefix(pattern.bytes, arena, &bound->prefix, &exact) != VV_OK) {
        return exec_no_memory(error);
    }
    bound->has_prefix = bound->prefix.size > 0;
    bound->not_null = bound->not_null || !bound->has_prefix;
    return VV_OK;
}

/* No bound is lowest as a low one; a bound that includes its key is below one that does not. */
static int low_compare(const struct store_bound *a, const struct store_bound *b)
{
    int order = 0;

    if (!a->set || !b->set) {
        return (int)a->set - (int)b->set;
    }
    order = slice_compare(a->key, b->key);
    return order != 0 ? order : (int)b->inclusive - (int)a->inclusive;
}

static int high_compare(const struct store_bound *a, const struct store_bound *b)
{
    int order = 0;

    if (!a->set || !b->set) {
        return (int)b->set - (int)a->set;
    }
    order = slice_compare(a->key, b->key);
    return order != 0 ? order : (int)a->inclusive - (int)b->inclusive;
}

/* Whether some key lies in both (after does not begin below before). */
static bool touches(const struct store_range *before, const struct store_range *after)
{
    int order = 0;

    if (!before->high.set || !after->low.set) {
        return true;
    }
    order = slice_compare(after->low.key, before->high.key);
    return order < 0 || (order == 0 && after->low.inclusive && before->high.inclusive);
}

/* Sorts by low bound (lists of IN are short, and often sorted already) and joins what overlaps. */
static uint32_t merge(struct store_range *ranges, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t gap = count / 2; gap > 0; gap /= 2) { /* Shell's sort */
        for (uint32_t i = gap; i < count; i++) {
            struct store_range moving = ranges[i];
            uint32_t at = i;

            for (; at >= gap && low_compare(&moving.low, &ranges[at - gap].low) < 0; at -= gap) {
                ranges[at] = ranges[at - gap];
            }
            ranges[at] = moving;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && touches(&ranges[kept - 1], &ranges[i])) {
            if (high_compare(&ranges[i].high, &ranges[kept - 1].high) > 0) {
                ranges[kept - 1].high = ranges[i].high;
            }
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    return kept;
}
