/*
 * analyze_column.c - statistics of one column from a sample (PostgreSQL: compute_scalar_stats in analyze.c).
 *
 * The sample's values are sorted; runs of equal ones are counted in one walk:
 *
 *     distinct values   Haas and Stokes, "Sampling-based estimation of the number of distinct values", 1998:
 *                       n d / (n - f1 + f1 n / N), where f1 values were seen once
 *     common values     the longest runs, as far as they are longer than chance explains
 *     histogram         what is left, cut into parts with the same number of rows
 *     correlation       of a value's place in this order and its row's place in the table
 */
#include <math.h>

#include "base/assert.h"
#include "base/pace.h"
#include "exec/analyze.h"
#include "table/table.h"

#define ITEM_WORK 32u /* to compare and move a value, in the units of the pace (K6) */

/* A value and its place among the sample's values. */
struct item {
    const struct value *value;
    uint32_t row;
};

/* Equal values that stand together: items[first] and the next ones. */
struct run {
    uint32_t first;
    uint32_t count;
};

struct column_work {
    struct store_session *session;
    struct arena *arena;
    const struct analyze_sample *sample;
    uint32_t target;
    struct item *items; /* neither NULL nor too wide */
    uint32_t count;
    uint32_t null_count;
    uint32_t wide_count;
    double bytes; /* of all values that are not NULL */
    struct run *common;
    uint32_t common_count;
    uint32_t distinct_count;
    uint32_t repeated_count; /* of the distinct ones: seen more than once */
    double row_products;
};

/* ---- the values ---- */

/* As PostgreSQL stores them; 0: it varies. */
static int32_t fixed_bytes(enum value_type type)
{
    switch ((enum value_storage)value_types[type].storage) {
    case VALUE_STORAGE_STRING:
    case VALUE_STORAGE_NUMERIC:
        return 0;
    case VALUE_STORAGE_UUID:
    case VALUE_STORAGE_INTERVAL:
        return 16;
    case VALUE_STORAGE_BOOL:
        return 1;
    default:
        return value_types[type].row_bytes;
    }
}

/* Text with its header, a NUMERIC four digits in two bytes. */
static double stored_bytes(const struct value *value)
{
    double digits = 0;

    if (value_is_string((enum value_type)value->type)) {
        return (double)value->bytes.size + (value->bytes.size <= 126 ? 1 : 4);
    }
    if (value->type == VALUE_NUMERIC) {
        digits = log10(fabs(numeric_to_double(&value->numeric)) + 1);
        return 3 + 2 * (ceil(digits / 4) + ceil(value->numeric.scale / 4.0));
    }
    return fixed_bytes((enum value_type)value->type);
}

static vv_status items_take(struct column_work *work, const struct value *values)
{
    work->items = ARENA_ARRAY(work->arena, struct item, work->sample->row_count);
    if (work->items == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < work->sample->row_count; i++) {
        const struct value *value = &values[i];

        if (value->null) {
            work->null_count++;
            continue;
        }
        work->bytes += stored_bytes(value);
        if (value_is_string((enum value_type)value->type) &&
            value->bytes.size > ANALYZE_WIDE_BYTES) {
            work->wide_count++;
            continue;
        }
        work->items[work->count] = (struct item){.value = value, .row = work->count};
        work->count++;
    }
    return VV_OK;
}

/* Merges two sorted neighbours, from[low..middle) and from[middle..high), into `to`. */
static void merge(const struct item *from, uint32_t low, uint32_t middle, uint32_t high,
                  struct item *to)
{
    uint32_t right = middle;

    for (uint32_t at = low; at < high; at++) {
        if (low < middle &&
            (right >= high || value_compare(from[low].value, from[right].value) <= 0)) {
            to[at] = from[low++];
        } else {
            to[at] = from[right++];
        }
    }
}

/* Stable, so that equal values keep the order of their rows. */
static vv_status items_sort(struct column_work *work)
{
    struct item *from = work->items;
    struct item *to = ARENA_ARRAY(work->arena, struct item, work->count);

    if (to == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t width = 1; width < work->count; width *= 2) {
        struct item *other = from;

        for (uint32_t low = 0; low < work->count; low += 2 * width) {
            uint32_t left = work->count - low;
            uint32_t middle = low + (width < left ? width : left);
            uint32_t high = low + (2 * width < left ? 2 * width : left);

            merge(from, low, middle, high, to);
            VV_TRY(pace_work(store_pace(work->session), (uint64_t)(high - low) * ITEM_WORK));
        }
        from = to;
        to = other;
    }
    work->items = from;
    return VV_OK;
}

vv_status analyze_order(struct store_session *session, const uint64_t *numbers, uint32_t count,
                        struct arena *arena, uint32_t **places_out)
{
    struct column_work work = {.session = session, .arena = arena, .count = count};
    struct value *values = ARENA_ARRAY(arena, struct value, count);
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, count);

    *places_out = places;
    work.items = ARENA_ARRAY(arena, struct item, count);
    if (values == NULL || places == NULL || work.items == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = value_bigint((int64_t)numbers[i]);
        work.items[i] = (struct item){.value = &values[i], .row = i};
    }
    VV_TRY(items_sort(&work));
    for (uint32_t i = 0; i < count; i++) {
        places[i] = work.items[i].row;
    }
    return VV_OK;
}

/* ---- runs ---- */

/* Keeps the longest runs, falling; of equally long ones the first. */
static void common_keep(struct column_work *work, struct run run)
{
    uint32_t at = work->common_count;

    if (at == work->target) {
        if (at == 0 || run.count <= work->common[at - 1].count) {
            return;
        }
        at--;
    } else {
        work->common_count++;
    }
    for (; at > 0 && run.count > work->common[at - 1].count; at--) {
        work->common[at] = work->common[at - 1];
    }
    work->common[at] = run;
}

static vv_status runs_count(struct column_work *work)
{
    uint32_t first = 0;

    work->common = ARENA_ARRAY(work->arena, struct run, work->target);
    if (work->common == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < work->count; i++) {
        VV_TRY(pace_work(store_pace(work->session), ITEM_WORK));
        work->row_products += (double)i * work->items[i].row;
        if (i + 1 < work->count &&
            value_compare(work->items[i].value, work->items[i + 1].value) == 0) {
            continue;
        }
        work->distinct_count++;
        if (i > first) {
            work->repeated_count++;
            common_keep(work, (struct run){.first = first, .count = i + 1 - first});
        }
        first = i + 1;
    }
    return VV_OK;
}

/* ---- figures ---- */

static double distinct_estimate(const struct column_work *work, double nulls)
{
    double rows = work->sample->table_rows;
    double seen_once = work->distinct_count - work->repeated_count + work->wide_count;
    double seen = work->distinct_count + work->wide_count;
    double sampled = work->sample->row_count - work->null_count;
    double filled = rows * (1 - nulls);
    double distinct = 0;

    if (work->repeated_count == 0) {
        return nulls - 1; /* all differ: so they will in a larger table */
    }
    if (work->wide_count == 0 && work->repeated_count == work->distinct_count) {
        distinct = work->distinct_count; /* all were seen again: there are no others */
    } else {
        distinct =
            filled <= 0 ? 0 : sampled * seen / (sampled - seen_once + seen_once * sampled / filled);
        distinct = distinct < seen ? seen : distinct > filled ? filled : distinct;
        distinct = floor(distinct + 0.5);
    }
    return distinct > 0.1 * rows ? -(distinct / rows) : distinct;
}

/* How many of the common values are that by more than chance: two standard deviations of a hypergeometric
 * distribution above what the rest has on average (analyze_mcv_list()). */
static uint32_t common_choose(const struct column_work *work, double nulls, double distinct)
{
    double all = work->sample->table_rows;
    double sampled = work->sample->row_count;
    double distinct_all = distinct < 0 ? -distinct * all : distinct;
    double before = 0;
    uint32_t count = work->common_count;

    if (sampled >= all || all <= 1) {
        return count;
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        before += work->common[i].count;
    }
    while (count > 0) {
        double rest = 1 - before / sampled - nulls;
        double others = distinct_all - (count - 1);
        double has = work->common[count - 1].count;
        double expected = all * has / sampled;
        double variance =
            sampled * expected * (all - expected) * (all - sampled) / (all * all * (all - 1));

        rest = rest < 0 ? 0 : rest > 1 ? 1 : rest;
        rest = others > 1 ? rest / others : rest;
        if (has > rest * sampled + 2 * sqrt(variance) + 0.5) {
            break;
        }
        count--;
        before -= count > 0 ? work->common[count - 1].count : 0;
    }
    return count;
}

static vv_status common_fill(const struct column_work *work,
                             struct catalog_column_statistics *statistics)
{
    bool complete = work->common_count == work->distinct_count && work->wide_count == 0 &&
                    statistics->distinct > 0;

    statistics->common_count = complete
                                   ? work->common_count
                                   : common_choose(work, statistics->nulls, statistics->distinct);
    statistics->common = ARENA_ARRAY(work->arena, struct value, statistics->common_count);
    statistics->frequencies = ARENA_ARRAY(work->arena, double, statistics->common_count);
    if (statistics->common == NULL || statistics->frequencies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < statistics->common_count; i++) {
        statistics->common[i] = *work->items[work->common[i].first].value;
        statistics->frequencies[i] = (double)work->common[i].count / work->sample->row_count;
    }
    return VV_OK;
}

/* The items without those of the common values; how many are left. */
static vv_status uncommon_keep(struct column_work *work, uint32_t common_count, uint32_t *count_out)
{
    uint32_t *ends =
        ARENA_ARRAY(work->arena, uint32_t, work->count); /* of a common run that begins here */
    uint32_t count = 0;

    if (ends == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < common_count; i++) {
        ends[work->common[i].first] = work->common[i].first + work->common[i].count;
    }
    for (uint32_t i = 0; i < work->count;) {
        if (ends[i] != 0) {
            i = ends[i];
        } else {
            work->items[count++] = work->items[i++];
        }
    }
    *count_out = count;
    return VV_OK;
}

static vv_status histogram_fill(struct column_work *work,
                                struct catalog_column_statistics *statistics)
{
    uint32_t bounds = work->distinct_count - statistics->common_count;
    uint32_t count = 0;

    bounds = bounds > work->target ? work->target + 1 : bounds;
    if (bounds < 2) {
        return VV_OK;
    }
    VV_TRY(uncommon_keep(work, statistics->common_count, &count));
    VV_ASSERT(count >= bounds);
    statistics->bounds = ARENA_ARRAY(work->arena, struct value, bounds);
    if (statistics->bounds == NULL) {
        return VV_NOMEM;
    }
    statistics->bound_count = bounds;
    for (uint32_t i = 0; i < bounds; i++) {
        uint64_t at = (uint64_t)i * (count - 1) / (bounds - 1);

        statistics->bounds[i] = *work->items[at].value;
    }
    return VV_OK;
}

static void correlation_fill(const struct column_work *work,
                             struct catalog_column_statistics *statistics)
{
    double count = work->count;
    double sum = count * (count - 1) / 2;
    double squares = (count - 1) * count * (2 * count - 1) / 6;

    if (work->count > 1) {
        statistics->has_correlation = true;
        statistics->correlation =
            (count * work->row_products - sum * sum) / (count * squares - sum * sum);
    }
}

vv_status analyze_column(struct store_session *session, const struct analyze_sample *sample,
                         uint32_t column, uint32_t target, struct arena *arena,
                         struct catalog_column_statistics *statistics_out)
{
    struct column_work work = {
        .session = session, .arena = arena, .sample = sample, .target = target};
    uint32_t filled = 0;

    *statistics_out = (struct catalog_column_statistics){0};
    VV_TRY(items_take(&work, sample->columns[column]));
    filled = sample->row_count - work.null_count;
    statistics_out->nulls = (double)work.null_count / sample->row_count;
    if (filled == 0) {
        statistics_out->width = fixed_bytes((enum value_type)sample->columns[column][0].type);
        return VV_OK;
    }
    statistics_out->width = (int32_t)(work.bytes / filled);
    if (work.count == 0) { /* all too wide: suppose that they differ */
        statistics_out->distinct = statistics_out->nulls - 1;
        return VV_OK;
    }
    VV_TRY(items_sort(&work));
    VV_TRY(runs_count(&work));
    statistics_out->distinct = distinct_estimate(&work, statistics_out->nulls);
    correlation_fill(&work, statistics_out);
    VV_TRY(common_fill(&work, statistics_out));
    return histogram_fill(&work, statistics_out);
}
