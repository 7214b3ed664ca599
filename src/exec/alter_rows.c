/*
 * alter_rows.c - every row of a table through an ALTER TABLE, batch by batch.
 *
 *     scan      the old table's rows (the new definition's, when they stay as they are)
 *     compute   columns with another value, over the old row
 *     show      the new row: copied, computed, drawn from a sequence, or NULL columns
 *     generate  over the new row
 *     obey      NOT NULL, then the conditions one after another
 *     place     into the new map
 *
 * Placing rows ends all slices, so strings are copied out of the pages first.
 */
#include <stdio.h>

#include "base/assert.h"
#include "catalog/sequence.h"
#include "exec/alter.h"
#include "exec/operator.h"

#define ROW_WORK 1024u /* to place one, in the units of the pace (K6) */

/* A new column that draws numbers. */
struct drawn {
    struct sequence sequence;
    struct value_vector vector;
    int64_t next; /* of the block drawn last */
    int64_t last;
    bool any; /* left in the block */
    uint16_t column;
};

struct rewrite {
    struct exec *exec;
    const struct alter_plan *plan;
    const struct table_def *old;
    const struct table_def *fresh;
    struct vv_error *error;
    struct arena *arena; /* of the whole statement */
    struct arena *work;  /* of one batch */
    struct table_scan *scan;
    struct table_writer *writer;
    uint32_t batch_rows;
    uint32_t wanted_count;
    uint16_t *wanted;        /* by place in read: the column */
    struct value_batch read; /* what the scan fills */
    struct value_batch before;
    struct value_batch after;
    struct exec_program *values;
    uint32_t value_count;
    uint16_t *value_columns;
    struct exec_program *generated;
    struct exec_program **checks;
    struct drawn *drawn;
    uint32_t drawn_count;
    struct value *row;
};

static vv_status rewrite_open(struct rewrite *rewrite);
static vv_status columns_want(struct rewrite *rewrite);
static vv_status programs_make(struct rewrite *rewrite);
static vv_status vectors_make(struct rewrite *rewrite);
static vv_status drawn_make(struct rewrite *rewrite);
static vv_status scan_open(struct rewrite *rewrite);
static vv_status rewrite_batch(struct rewrite *rewrite);
static vv_status batch_keep(struct rewrite *rewrite);
static vv_status batch_compute(struct rewrite *rewrite);
static vv_status batch_draw(struct rewrite *rewrite);
static vv_status batch_obey(struct rewrite *rewrite);
static vv_status batch_place(struct rewrite *rewrite);

vv_status alter_rows_run(void *context, const struct table_def *old, const struct table_def *fresh)
{
    const struct alter_rows *rows = context;
    struct rewrite rewrite = {.exec = rows->exec,
                              .plan = rows->plan,
                              .old = old,
                              .fresh = fresh,
                              .error = rows->error,
                              .arena = &rows->exec->plan_arena};
    vv_status status = rewrite_open(&rewrite);

    while (status == VV_OK) {
        status = table_scan_next(rewrite.scan, &rewrite.read);
        if (status == VV_OK) {
            status = store_check(rewrite.exec->session);
        }
        if (status == VV_OK) {
            status = rewrite_batch(&rewrite);
        }
    }
    table_scan_close(rewrite.scan);
    return status == VV_END ? VV_OK : status;
}

/* ---- before the first row ---- */

static vv_status rewrite_open(struct rewrite *rewrite)
{
    rewrite->work = exec_scratch_create(rewrite->exec);
    rewrite->row = ARENA_ARRAY(rewrite->arena, struct value, rewrite->fresh->spec.column_count);
    if (rewrite->work == NULL || rewrite->row == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(programs_make(rewrite));
    VV_TRY(columns_want(rewrite));
    VV_TRY(vectors_make(rewrite));
    if (rewrite->plan->rewrite) {
        VV_TRY(drawn_make(rewrite));
        VV_TRY(table_writer_create(rewrite->fresh, NULL, 0, rewrite->arena, &rewrite->writer));
    }
    return scan_open(rewrite);
}

static vv_status programs_make(struct rewrite *rewrite)
{
    const struct alter_plan *plan = rewrite->plan;
    uint32_t count = plan->spec.column_count;
    const struct expr **exprs = ARENA_ARRAY(rewrite->arena, const struct expr *, count);
    const struct expr **generated =
        ARENA_ARRAY(rewrite->arena, const struct expr *, plan->generated_count);

    rewrite->value_columns = ARENA_ARRAY(rewrite->arena, uint16_t, count);
    rewrite->checks = ARENA_ARRAY(rewrite->arena, struct exec_program *, plan->check_count);
    if (exprs == NULL || generated == NULL || rewrite->value_columns == NULL ||
        rewrite->checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (plan->values[i] != NULL && !plan->spec.columns[i].dropped) {
            rewrite->value_columns[rewrite->value_count] = (uint16_t)i;
            exprs[rewrite->value_count++] = plan->values[i];
        }
    }
    if (rewrite->value_count > 0) {
        VV_TRY(exec_program_create(rewrite->exec, exprs, rewrite->value_count, &rewrite->values,
                                   rewrite->error));
    }
    for (uint32_t i = 0; i < plan->generated_count; i++) {
        generated[i] = plan->generated[i].value;
    }
    if (plan->generated_count > 0) {
        VV_TRY(exec_program_create(rewrite->exec, generated, plan->generated_count,
                                   &rewrite->generated, rewrite->error));
    }
    for (uint32_t i = 0; i < plan->check_count; i++) {
        VV_TRY(exec_program_create(rewrite->exec, &plan->checks[i].condition, 1,
                                   &rewrite->checks[i], rewrite->error));
    }
    return VV_OK;
}

/* Rows that are written anew are read whole, others only where something is asked of them. */
static vv_status columns_want(struct rewrite *rewrite)
{
    const struct alter_plan *plan = rewrite->plan;
    const struct table_def *from = plan->rewrite ? rewrite->old : rewrite->fresh;
    uint32_t count = from->spec.column_count;
    bool *used = ARENA_ARRAY(rewrite->arena, bool, count);

    rewrite->wanted = ARENA_ARRAY(rewrite->arena, uint16_t, count);
    if (used == NULL || rewrite->wanted == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < plan->check_count && !plan->rewrite; i++) {
        expr_mark_columns(plan->checks[i].condition, used, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((plan->rewrite || used[i] || plan->not_null[i]) && !from->spec.columns[i].dropped) {
            rewrite->wanted[rewrite->wanted_count++] = (uint16_t)i;
        }
    }
    return VV_OK;
}

/* A column that is NULL in every row. */
static vv_status null_vector(struct rewrite *rewrite, uint8_t type, struct value_vector *vector)
{
    if (!vector_init_sized(vector, (enum value_type)type, 1, rewrite->arena)) {
        return VV_NOMEM;
    }
    vector_reset(vector);
    vector_set_null(vector, 0);
    vector->constant = true;
    return VV_OK;
}

static vv_status vectors_make(struct rewrite *rewrite)
{
    const struct table_def *from = rewrite->plan->rewrite ? rewrite->old : rewrite->fresh;
    uint32_t count = rewrite->fresh->spec.column_count;
    uint8_t *types = ARENA_ARRAY(rewrite->arena, uint8_t, rewrite->wanted_count);
    struct value_vector *before = ARENA_ARRAY(rewrite->arena, struct value_vector, count);
    struct value_vector *after = ARENA_ARRAY(rewrite->arena, struct value_vector, count);

    if (types == NULL || before == NULL || after == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < rewrite->wanted_count; i++) {
        types[i] = from->spec.columns[rewrite->wanted[i]].type;
    }
    rewrite->batch_rows = exec_batch_rows(rewrite->exec, types, rewrite->wanted_count, 0);
    VV_TRY(exec_batch_create(rewrite->exec, types, rewrite->wanted_count, rewrite->batch_rows,
                             &rewrite->read, rewrite->error));
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(null_vector(rewrite, rewrite->fresh->spec.columns[i].type, &after[i]));
        before[i] = after[i];
    }
    rewrite->before = (struct value_batch){.columns = before, .column_count = count};
    rewrite->after = (struct value_batch){.columns = after, .column_count = count};
    return VV_OK;
}

static vv_status drawn_make(struct rewrite *rewrite)
{
    const struct table_spec *spec = &rewrite->fresh->spec;

    rewrite->drawn = ARENA_ARRAY(rewrite->arena, struct drawn, spec->column_count);
    if (rewrite->drawn == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = rewrite->old->spec.column_count; i < spec->column_count; i++) {
        struct drawn *drawn = &rewrite->drawn[rewrite->drawn_count];

        if (spec->columns[i].sequence_id == 0) {
            continue;
        }
        VV_TRY(sequence_get(rewrite->exec->session, spec->columns[i].sequence_id, &drawn->sequence,
                            rewrite->error));
        drawn->column = (uint16_t)i;
        if (!vector_init_sized(&drawn->vector, (enum value_type)spec->columns[i].type,
                               rewrite->batch_rows, rewrite->arena)) {
            return VV_NOMEM;
        }
        rewrite->drawn_count++;
    }
    return VV_OK;
}

static vv_status scan_open(struct rewrite *rewrite)
{
    const struct table_def *from = rewrite->plan->rewrite ? rewrite->old : rewrite->fresh;
    struct table_scan_options options = {.identity = rewrite->plan->rewrite,
                                         .batch_rows = rewrite->batch_rows};

    VV_TRY(table_projection_create(from, NULL, rewrite->wanted, rewrite->wanted_count,
                                   rewrite->arena, &options.projection));
    return table_scan_open(rewrite->exec->session, &options, rewrite->arena, &rewrite->scan);
}

/* ---- one batch ---- */

static void batch_count(struct value_batch *batch, uint32_t count)
{
    batch->row_count = count;
    batch->selection = NULL;
    batch->selected_count = count;
}

static vv_status rewrite_batch(struct rewrite *rewrite)
{
    arena_reset(rewrite->work);
    VV_TRY(batch_keep(rewrite));
    VV_TRY(batch_compute(rewrite));
    VV_TRY(batch_obey(rewrite));
    return rewrite->plan->rewrite ? batch_place(rewrite) : VV_OK;
}

/* Shows what was read as the row before and, where nothing changes, as the row after. */
static vv_status batch_keep(struct rewrite *rewrite)
{
    const struct alter_plan *plan = rewrite->plan;
    uint32_t count = rewrite->read.row_count;

    for (uint32_t i = 0; i < rewrite->wanted_count; i++) {
        struct value_vector *vector = &rewrite->read.columns[i];
        uint16_t column = rewrite->wanted[i];

        if (plan->rewrite && value_is_string(vector->type) &&
            !vector_keep_strings(vector, NULL, count, rewrite->work)) {
            return VV_NOMEM;
        }
        rewrite->before.columns[column] = *vector;
        if (!plan->spec.columns[column].dropped) {
            rewrite->after.columns[column] = *vector;
            rewrite->after.columns[column].type = plan->spec.columns[column].type;
        }
    }
    batch_count(&rewrite->before, count);
    batch_count(&rewrite->after, count);
    return VV_OK;
}

static vv_status batch_compute(struct rewrite *rewrite)
{
    const struct alter_plan *plan = rewrite->plan;

    if (rewrite->values != NULL) {
        VV_TRY(eval_run(rewrite->values->state, &rewrite->before, rewrite->error));
    }
    for (uint32_t i = 0; i < rewrite->value_count; i++) {
        rewrite->after.columns[rewrite->value_columns[i]] = *eval_output(rewrite->values->state, i);
    }
    VV_TRY(batch_draw(rewrite));
    if (rewrite->generated != NULL) {
        VV_TRY(eval_run(rewrite->generated->state, &rewrite->after, rewrite->error));
    }
    for (uint32_t i = 0; i < plan->generated_count; i++) {
        rewrite->after.columns[plan->generated[i].column] =
            *eval_output(rewrite->generated->state, i);
    }
    return VV_OK;
}

static vv_status drawn_next(struct rewrite *rewrite, struct drawn *drawn, int64_t *out)
{
    if (!drawn->any) {
        VV_TRY(sequence_next(rewrite->exec->env->catalog, &drawn->sequence, &drawn->next,
                             &drawn->last, rewrite->error));
    }
    *out = drawn->next;
    drawn->any = drawn->next != drawn->last;
    if (drawn->any) {
        drawn->next += drawn->sequence.increment;
    }
    return VV_OK;
}

static vv_status batch_draw(struct rewrite *rewrite)
{
    for (uint32_t i = 0; i < rewrite->drawn_count; i++) {
        struct drawn *drawn = &rewrite->drawn[i];
        struct value value = {.type = drawn->vector.type};

        vector_reset(&drawn->vector);
        for (uint32_t r = 0; r < rewrite->after.row_count; r++) {
            VV_TRY(drawn_next(rewrite, drawn, &value.integer));
            vector_set(&drawn->vector, r, &value);
        }
        rewrite->after.columns[drawn->column] = drawn->vector;
    }
    return VV_OK;
}

/* ---- what the rows must obey ---- */

static void error_names(struct rewrite *rewrite, const char *column, const char *constraint)
{
    struct vv_error *error = rewrite->error;

    if (error != NULL) {
        snprintf(error->table, sizeof error->table, "%s", rewrite->fresh->spec.name);
        snprintf(error->column, sizeof error->column, "%s", column);
        snprintf(error->constraint, sizeof error->constraint, "%s", constraint);
    }
}

/* What the first row that breaks something breaks: rows count, not rules. */
struct broken {
    uint32_t row; /* row_count of the batch: none */
    uint32_t rule;
    bool check;
};

static void not_null_find(struct rewrite *rewrite, uint32_t column, struct broken *broken)
{
    for (uint32_t r = 0; r < broken->row; r++) {
        struct value value;

        vector_get(&rewrite->after.columns[column], r, &value);
        if (value.null) {
            *broken = (struct broken){.row = r, .rule = column};
        }
    }
}

/* An error of evaluation counts only if it comes before what is broken already. */
static vv_status check_find_one_by_one(struct rewrite *rewrite, uint32_t check,
                                       struct broken *broken)
{
    for (uint32_t r = 0; r < broken->row; r++) {
        struct value truth;

        VV_TRY(
            eval_one(rewrite->checks[check]->state, &rewrite->after, r, 0, &truth, rewrite->error));
        if (!truth.null && !truth.boolean) {
            *broken = (struct broken){.row = r, .rule = check, .check = true};
        }
    }
    return VV_OK;
}

static vv_status check_find(struct rewrite *rewrite, uint32_t check, struct broken *broken)
{
    struct eval_state *state = rewrite->checks[check]->state;

    if (eval_run(state, &rewrite->after, rewrite->error) != VV_OK) {
        return check_find_one_by_one(rewrite, check, broken);
    }
    for (uint32_t r = 0; r < broken->row; r++) {
        struct value truth;

        vector_get(eval_output(state, 0), r, &truth);
        if (!truth.null && !truth.boolean) {
            *broken = (struct broken){.row = r, .rule = check, .check = true};
        }
    }
    return VV_OK;
}

static vv_status broken_error(struct rewrite *rewrite, const struct broken *broken)
{
    const struct table_spec *spec = &rewrite->fresh->spec;

    if (broken->check) {
        const char *name = rewrite->plan->checks[broken->rule].name;

        (void)error_set(rewrite->error, VV_SQLSTATE_CHECK_VIOLATION, 0,
                        "check constraint \"%s\" of relation \"%s\" is violated by some row", name,
                        spec->name);
        error_names(rewrite, "", name);
        return VV_ERROR;
    }
    (void)error_set(rewrite->error, VV_SQLSTATE_NOT_NULL_VIOLATION, 0,
                    "column \"%s\" of relation \"%s\" contains null values",
                    spec->columns[broken->rule].name, spec->name);
    error_names(rewrite, spec->columns[broken->rule].name, "");
    return VV_ERROR;
}

static vv_status batch_obey(struct rewrite *rewrite)
{
    struct broken broken = {.row = rewrite->after.row_count};

    for (uint32_t i = 0; i < rewrite->plan->spec.column_count; i++) {
        if (rewrite->plan->not_null[i]) {
            not_null_find(rewrite, i, &broken);
        }
    }
    for (uint32_t i = 0; i < rewrite->plan->check_count; i++) {
        VV_TRY(check_find(rewrite, i, &broken));
    }
    return broken.row == rewrite->after.row_count ? VV_OK : broken_error(rewrite, &broken);
}

/* ---- into the new map ---- */

/* The own keys of the batch, out of the pages; NULL: the rows get new ones. */
static vv_status keys_copy(struct rewrite *rewrite, vv_slice **keys_out)
{
    const vv_slice *keys = table_scan_keys(rewrite->scan);
    uint32_t count = rewrite->read.row_count;
    vv_slice *copies = ARENA_ARRAY(rewrite->work, vv_slice, count);

    *keys_out = copies;
    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t r = 0; r < count && !rewrite->plan->new_keys; r++) {
        uint8_t *copy = arena_copy(rewrite->work, keys[r].data, keys[r].size);

        if (copy == NULL) {
            return VV_NOMEM;
        }
        copies[r] = slice_make(copy, keys[r].size);
    }
    return VV_OK;
}

static vv_status batch_place(struct rewrite *rewrite)
{
    const struct table_def *fresh = rewrite->fresh;
    vv_slice *keys = NULL;

    VV_TRY(keys_copy(rewrite, &keys));
    for (uint32_t r = 0; r < rewrite->after.row_count; r++) {
        const struct table_violation *violation = table_writer_violation(rewrite->writer);
        vv_status status = VV_OK;

        for (uint32_t c = 0; c < fresh->spec.column_count; c++) {
            if (fresh->spec.columns[c].dropped) {
                rewrite->row[c] = value_null((enum value_type)fresh->spec.columns[c].type);
            } else {
                vector_get(&rewrite->after.columns[c], r, &rewrite->row[c]);
            }
        }
        status = table_place(rewrite->writer, rewrite->exec->session, keys[r], rewrite->row);
        if (status != VV_OK && violation->kind != TABLE_VIOLATION_NONE) {
            return table_violation_build_error(fresh, violation, rewrite->error);
        }
        VV_TRY(status);
        VV_TRY(pace_work(store_pace(rewrite->exec->session), ROW_WORK));
    }
    return VV_OK;
}
