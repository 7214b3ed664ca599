/*
 * analyze.c - ANALYZE: draws a sample of each table's rows, and keeps in the catalog what it says.
 *
 *     scan       the whole table, or evenly spread stretches of a large one: at most READ_PER_SAMPLED rows for
 *                each row of the sample, so that the cost does not grow with the table
 *     sample     a reservoir (Vitter's algorithm R): each row read has the same chance. 300 rows for each common
 *                value that is wanted, as PostgreSQL reasons it in std_typanalyze()
 *     columns    analyze_column.c
 *
 * Strings of the sample lie in one of two arenas: when rows that were replaced have left too much waste, those that
 * remain move to the other. All is one statement; when a row of statistics is another transaction's, the whole is
 * done again after the wait: the figures of the second time are fresher.
 */
#include "exec/analyze.h"
#include "base/rng.h"
#include "exec/operator.h"
#include "value/context.h"

#define SAMPLED_PER_TARGET  300u
#define READ_PER_SAMPLED    100u
#define STRETCHES_MAX       256u
#define SAMPLE_CELL_BYTES   (64u << 20) /* of the sample's values, strings apart */
#define SAMPLE_WASTE_BYTES  (1u << 20)  /* of strings that rows replaced since have left */
#define SAMPLE_ROWS_MIN     100u        /* also when only the rows are to be counted */
#define SAMPLE_ROWS_RESERVE 1000u       /* the count of a table's rows is an estimate */

struct analyzer {
    const struct exec_env *env;
    const struct command_analyze *target;
    struct exec *exec;
    struct vv_error *error;
    struct arena *arena; /* of one table */
    struct arena *strings[2];
    unsigned now;        /* of the two */
    size_t string_bytes; /* in it */
    size_t waste_bytes;  /* of them, nobody's any more */
    uint16_t *columns;   /* to be analyzed */
    uint32_t *targets;   /* of each: SET STATISTICS, or the setting */
    uint32_t column_count;
    struct value_batch batch;
    const struct table_projection *projection;
    struct rng rng;
    struct analyze_sample sample;
    uint64_t *order; /* per row of the sample: which row of those that were read it is */
    uint32_t capacity;
    uint64_t read_count;
};

static vv_status analyze_table(const struct exec_env *env, const struct command_analyze *target,
                               struct vv_error *error);
static vv_status columns_choose(struct analyzer *analyzer, uint32_t *target_out);
static vv_status sample_make(struct analyzer *analyzer, double rows, uint32_t target);
static vv_status sample_draw(struct analyzer *analyzer, double rows);
static vv_status stretch_read(struct analyzer *analyzer, const struct store_range *range,
                              uint64_t rows_max);
static vv_status batch_take(struct analyzer *analyzer);
static vv_status row_put(struct analyzer *analyzer, uint32_t slot, unsigned place);
static vv_status strings_move(struct analyzer *analyzer);
static vv_status sample_sort(struct analyzer *analyzer);
static vv_status columns_keep(struct analyzer *analyzer);

vv_status exec_analyze(const struct exec_env *env, const struct command *command,
                       struct vv_error *error)
{
    for (uint32_t i = 0; i < command->analyze.count; i++) {
        VV_TRY(analyze_table(env, &command->analyze.targets[i], error));
    }
    return VV_OK;
}

static vv_status analyze_table(const struct exec_env *env, const struct command_analyze *target,
                               struct vv_error *error)
{
    struct analyzer analyzer = {.env = env, .target = target, .error = error};
    struct catalog_table_stats now = {0};
    uint32_t wanted = 0;
    vv_status status = exec_create_bare(env, &analyzer.exec, error);

    if (status != VV_OK) {
        return status;
    }
    analyzer.arena = exec_scratch_create(analyzer.exec);
    analyzer.strings[0] = exec_scratch_create(analyzer.exec);
    analyzer.strings[1] = exec_scratch_create(analyzer.exec);
    status = analyzer.strings[0] == NULL || analyzer.strings[1] == NULL || analyzer.arena == NULL
                 ? VV_NOMEM
                 : catalog_table_stats(env->catalog, target->table, &now);
    if (status == VV_OK) {
        status = columns_choose(&analyzer, &wanted);
    }
    if (status == VV_OK) {
        status = sample_make(&analyzer, (double)now.rows, wanted);
    }
    if (status == VV_OK) {
        status = sample_draw(&analyzer, (double)now.rows);
    }
    if (status == VV_OK) {
        status = columns_keep(&analyzer);
    }
    exec_destroy(analyzer.exec);
    return exec_error(env->session, status, error);
}

/* Those whose target is not 0, and the largest of their targets. */
static vv_status columns_choose(struct analyzer *analyzer, uint32_t *target_out)
{
    const struct command_analyze *target = analyzer->target;
    uint8_t *types = ARENA_ARRAY(analyzer->arena, uint8_t, target->column_count);

    *target_out = 0;
    analyzer->columns = ARENA_ARRAY(analyzer->arena, uint16_t, target->column_count);
    analyzer->targets = ARENA_ARRAY(analyzer->arena, uint32_t, target->column_count);
    if (types == NULL || analyzer->columns == NULL || analyzer->targets == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < target->column_count; i++) {
        const struct table_column *column = &target->table->spec.columns[target->columns[i]];
        uint32_t wanted = column->statistics_target == TABLE_STATISTICS_DEFAULT
                              ? analyzer->env->statistics_target
                              : column->statistics_target - 1u;

        if (column->dropped || wanted == 0) {
            continue;
        }
        types[analyzer->column_count] = column->type;
        analyzer->columns[analyzer->column_count] = target->columns[i];
        analyzer->targets[analyzer->column_count++] = wanted;
        *target_out = wanted > *target_out ? wanted : *target_out;
    }
    VV_TRY(exec_batch_create(analyzer->exec, types, analyzer->column_count,
                             exec_batch_rows(analyzer->exec, types, analyzer->column_count, 0),
                             &analyzer->batch, analyzer->error));
    return table_projection_create(target->table, NULL, analyzer->columns, analyzer->column_count,
                                   analyzer->arena, &analyzer->projection);
}

/* ---- the sample ---- */

static vv_status sample_make(struct analyzer *analyzer, double rows, uint32_t target)
{
    uint64_t wanted = (uint64_t)target * SAMPLED_PER_TARGET;
    uint64_t room = SAMPLE_CELL_BYTES / (sizeof(struct value) * (analyzer->column_count + 1u));

    wanted = wanted < SAMPLE_ROWS_MIN ? SAMPLE_ROWS_MIN : wanted;
    wanted = wanted > room ? room : wanted;
    if (rows * 1.25 + SAMPLE_ROWS_RESERVE < (double)wanted) {
        wanted = (uint64_t)(rows * 1.25 + SAMPLE_ROWS_RESERVE);
    }
    analyzer->capacity = (uint32_t)wanted;
    rng_init(&analyzer->rng, (uint64_t)analyzer->target->table->id << 32 ^ (uint64_t)rows);
    analyzer->order = ARENA_ARRAY(analyzer->arena, uint64_t, wanted);
    analyzer->sample.columns = ARENA_ARRAY(analyzer->arena, struct value *, analyzer->column_count);
    if (analyzer->order == NULL || analyzer->sample.columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < analyzer->column_count; i++) {
        analyzer->sample.columns[i] = ARENA_ARRAY(analyzer->arena, struct value, wanted);
        if (analyzer->sample.columns[i] == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static vv_status sample_draw(struct analyzer *analyzer, double rows)
{
    uint64_t rows_max = (uint64_t)analyzer->capacity * READ_PER_SAMPLED;
    struct store_range whole = {.low = {.set = false}};
    struct store_range *stretches = &whole;
    uint32_t count = 1;

    if (rows > (double)rows_max) {
        VV_TRY(table_scan_split(analyzer->env->session, analyzer->projection, &whole, STRETCHES_MAX,
                                analyzer->arena, &stretches, &count));
    }
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(stretch_read(analyzer, &stretches[i], count == 1 ? UINT64_MAX : rows_max / count));
    }
    analyzer->sample.table_rows = count == 1 ? (double)analyzer->read_count : rows;
    return sample_sort(analyzer);
}

static vv_status stretch_read(struct analyzer *analyzer, const struct store_range *range,
                              uint64_t rows_max)
{
    struct store_session *session = analyzer->env->session;
    struct table_scan_options options = {.projection = analyzer->projection, .range = *range};
    struct table_scan *scan = NULL;
    uint64_t end = rows_max == UINT64_MAX ? rows_max : analyzer->read_count + rows_max;
    vv_status status = VV_OK;

    options.batch_rows = analyzer->env->batch_rows;
    VV_TRY(table_scan_open(session, &options, analyzer->arena, &scan));
    while (status == VV_OK && analyzer->read_count < end) {
        status = table_scan_next(scan, &analyzer->batch);
        if (status == VV_OK) {
            status = store_check(session);
        }
        if (status == VV_OK) {
            status = batch_take(analyzer);
        }
    }
    table_scan_close(scan);
    return status == VV_END ? VV_OK : status;
}

static vv_status batch_take(struct analyzer *analyzer)
{
    for (uint32_t i = 0; i < analyzer->batch.row_count; i++) {
        uint64_t number = analyzer->read_count++;
        uint64_t slot = number;

        if (number >= analyzer->capacity) {
            slot = rng_below(&analyzer->rng, number + 1);
            if (slot >= analyzer->capacity) {
                continue;
            }
        } else {
            analyzer->sample.row_count++;
        }
        analyzer->order[slot] = number;
        VV_TRY(row_put(analyzer, (uint32_t)slot, i));
    }
    return analyzer->waste_bytes > SAMPLE_WASTE_BYTES &&
                   analyzer->waste_bytes > analyzer->string_bytes / 2
               ? strings_move(analyzer)
               : VV_OK;
}

static size_t kept_bytes(const struct value *value)
{
    return !value->null && value_is_string((enum value_type)value->type) &&
                   value->bytes.data != NULL
               ? value->bytes.size
               : 0;
}

/* A string too wide to be looked at keeps its size only. */
static vv_status cell_copy(struct analyzer *analyzer, const struct value *from, struct value *to)
{
    *to = *from;
    if (from->null || !value_is_string((enum value_type)from->type)) {
        return VV_OK;
    }
    if (from->bytes.size > ANALYZE_WIDE_BYTES) {
        to->bytes.data = NULL;
        return VV_OK;
    }
    analyzer->string_bytes += from->bytes.size;
    return value_copy(analyzer->strings[analyzer->now], from, to) ? VV_OK : VV_NOMEM;
}

static vv_status row_put(struct analyzer *analyzer, uint32_t slot, unsigned place)
{
    for (uint32_t i = 0; i < analyzer->column_count; i++) {
        struct value *cell = &analyzer->sample.columns[i][slot];
        struct value value;

        vector_get(&analyzer->batch.columns[i], exec_place(&analyzer->batch, place), &value);
        analyzer->waste_bytes += kept_bytes(cell);
        VV_TRY(cell_copy(analyzer, &value, cell));
    }
    return VV_OK;
}

static vv_status strings_move(struct analyzer *analyzer)
{
    struct arena *old = analyzer->strings[analyzer->now];

    analyzer->now = 1 - analyzer->now;
    analyzer->string_bytes = 0;
    analyzer->waste_bytes = 0;
    for (uint32_t i = 0; i < analyzer->column_count; i++) {
        for (uint32_t row = 0; row < analyzer->sample.row_count; row++) {
            struct value *cell = &analyzer->sample.columns[i][row];
            struct value value = *cell;

            if (kept_bytes(&value) > 0) {
                VV_TRY(cell_copy(analyzer, &value, cell));
            }
        }
    }
    arena_reset(old);
    return VV_OK;
}

/* Brings the sample's rows into the order in which they were read. */
static vv_status sample_sort(struct analyzer *analyzer)
{
    uint32_t count = analyzer->sample.row_count;
    uint32_t *from = NULL;
    struct value *sorted = ARENA_ARRAY(analyzer->arena, struct value, count);

    if (sorted == NULL) {
        return VV_NOMEM;
    }
    if (analyzer->read_count <= analyzer->capacity) {
        return VV_OK; /* nothing was replaced */
    }
    VV_TRY(analyze_order(analyzer->env->session, analyzer->order, count, analyzer->arena, &from));
    for (uint32_t i = 0; i < analyzer->column_count; i++) {
        struct value *column = analyzer->sample.columns[i];

        for (uint32_t row = 0; row < count; row++) {
            sorted[row] = column[from[row]];
        }
        analyzer->sample.columns[i] = sorted;
        sorted = column;
    }
    return VV_OK;
}

/* ---- what is kept ---- */

/* Texts that are equal under the column's collation become the same: their folds, in place (the sample is ours). */
static void sample_fold(struct analyzer *analyzer, uint32_t column)
{
    const struct table_spec *spec = &analyzer->target->table->spec;
    enum value_collation collation =
        (enum value_collation)spec->columns[analyzer->columns[column]].collation;

    if (!value_collation_folds(collation)) {
        return;
    }
    for (uint32_t row = 0; row < analyzer->sample.row_count; row++) {
        struct value *cell = &analyzer->sample.columns[column][row];

        if (!cell->null) {
            size_t size = value_collation_bytes(collation, cell->bytes);

            value_collation_fold(collation, cell->bytes, 0, size,
                                 (uint8_t *)(uintptr_t)cell->bytes.data);
            cell->bytes.size = size;
        }
    }
}

static vv_status columns_keep(struct analyzer *analyzer)
{
    struct store_session *session = analyzer->env->session;
    const struct table_def *table = analyzer->target->table;
    struct catalog_table_statistics known = {.rows = analyzer->sample.table_rows,
                                             .analyzed_at = context_clock()};

    for (uint32_t i = 0; i < analyzer->column_count && analyzer->sample.row_count > 0; i++) {
        struct arena_mark mark = arena_mark(analyzer->arena);
        struct catalog_column_statistics statistics;

        sample_fold(analyzer, i);
        VV_TRY(analyze_column(session, &analyzer->sample, i, analyzer->targets[i], analyzer->arena,
                              &statistics));
        VV_TRY(catalog_statistics_put(session, table, analyzer->columns[i], &statistics,
                                      analyzer->arena));
        arena_reset_to(analyzer->arena, mark);
    }
    return catalog_statistics_put_table(session, table, &known);
}
