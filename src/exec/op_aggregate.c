/*
 * op_aggregate.c - GROUP BY, DISTINCT and aggregates without groups.
 *
 * One program computes, for each batch of the input, the keys and every aggregate's argument and FILTER.
 * Rows find their groups in a hash table (groups.h) that numbers groups in the order of their first row:
 * so input that is sorted by the keys comes out sorted too, and the sorted strategy is the same code.
 * Without keys there is one group, updated by the kernels for whole vectors.
 *
 * DISTINCT aggregates keep a table of (group, arguments) and let only its new rows through; those with ORDER BY keep
 * their rows (ordered.h) until the input ends.
 */
#include "base/assert.h"
#include "eval/aggregate.h"
#include "exec/groups.h"
#include "exec/operator.h"
#include "exec/ordered.h"

#define ROW_WORK 4u /* of a row and an aggregate, in the units of the pace (K6) */

struct aggregate_slot {
    enum function_id function;
    size_t offset;           /* of its accumulator in a group's payload */
    int argument;            /* output of the program; -1: count(*) */
    uint32_t argument_count; /* outputs from `argument` on */
    int filter;              /* output of the program; -1: none */
    struct groups *seen;     /* DISTINCT: (group, arguments) */
    struct ordered *ordered; /* ORDER BY: rows until the input ends */
    uint32_t key_count;      /* outputs behind the arguments */
    uint32_t seen_from; /* DISTINCT: the first of the outputs that are compared, from argument */
    struct value_vector number; /* DISTINCT, ORDER BY: the groups of a batch as a BIGINT vector */
    uint8_t seen_types[3];
};

struct op_aggregate {
    struct exec_operator op;
    struct exec_program *program;
    struct exec_program *having;
    struct aggregate_slot *slots;
    size_t payload_bytes;
    const struct value_vector **keys;
    struct arena *arena; /* groups and what their accumulators keep */
    struct groups groups;
    bool drained;
    uint32_t next; /* group to hand up */
    struct value_batch batch;
    struct value_vector *results; /* one for each aggregate */
    uint32_t numbers[LIMIT_BATCH_ROWS];
    uint8_t *payloads[LIMIT_BATCH_ROWS];
    uint16_t selections[2][LIMIT_BATCH_ROWS];
};

static vv_status aggregate_open(struct exec_operator *op, struct vv_error *error);
static vv_status aggregate_next(struct exec_operator *op, const struct value_batch **batch_out,
                                struct vv_error *error);
static vv_status slots_create(struct op_aggregate *aggregate, struct vv_error *error);
static vv_status take(struct op_aggregate *aggregate, const struct value_batch *input,
                      struct vv_error *error);
static vv_status find_groups(struct op_aggregate *aggregate, const struct value_batch *input);
static void groups_begin(struct op_aggregate *aggregate, uint32_t first);
static vv_status slot_take(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                           const struct value_batch *input, struct vv_error *error);
static vv_status take_pairs(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                            const uint16_t *rows, uint32_t count, struct vv_error *error);
static void number_rows(const struct op_aggregate *aggregate, struct aggregate_slot *slot,
                        const uint16_t *rows, uint32_t count);
static vv_status order_rows(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                            const uint16_t *rows, uint32_t count, struct vv_error *error);
static vv_status take_all_ordered(struct op_aggregate *aggregate, struct vv_error *error);
static vv_status keep_new(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                          const uint16_t *rows, uint32_t *count, uint16_t *kept);
static vv_status one_group(struct op_aggregate *aggregate);
static vv_status hand_up(struct op_aggregate *aggregate, struct vv_error *error);

static const struct exec_operator_table aggregate_table = {aggregate_open, aggregate_next,
                                                           exec_op_close_inputs};

vv_status exec_op_aggregate(struct exec *exec, const struct physical_node *node,
                            struct exec_operator **op_out, struct vv_error *error)
{
    struct op_aggregate *aggregate = ARENA_NEW(&exec->plan_arena, struct op_aggregate);
    uint32_t keys = node->aggregate.key_count;

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &aggregate_table, (struct exec_operator *)aggregate, error));
    aggregate->arena = exec_scratch_create(exec);
    aggregate->keys = ARENA_ARRAY(&exec->plan_arena, const struct value_vector *, keys);
    aggregate->results =
        ARENA_ARRAY(&exec->plan_arena, struct value_vector, node->aggregate.aggregate_count);
    aggregate->batch.columns =
        ARENA_ARRAY(&exec->plan_arena, struct value_vector, node->column_count);
    aggregate->batch.column_count = node->column_count;
    if (aggregate->arena == NULL || aggregate->keys == NULL || aggregate->results == NULL ||
        aggregate->batch.columns == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < node->aggregate.aggregate_count; i++) {
        if (!vector_init_sized(&aggregate->results[i], node->column_types[keys + i],
                               keys == 0 ? 1 : ROWS_CHUNK, &exec->plan_arena)) {
            return exec_no_memory(error);
        }
    }
    VV_TRY(slots_create(aggregate, error));
    if (node->aggregate.having != NULL) {
        VV_TRY(exec_program_create(exec, &node->aggregate.having, 1, &aggregate->having, error));
    }
    *op_out = &aggregate->op;
    return VV_OK;
}

/* An argument is not computed for rows that FILTER leaves out: it could fail there. */
static const struct expr *argument_filtered(const struct expr *aggregate, uint32_t index,
                                            struct arena *arena)
{
    const struct expr *argument = aggregate->arguments[index];
    struct expr like = {.kind = EXPR_CASE, .type = argument->type, .modifier = argument->modifier};
    const struct expr *parts[] = {aggregate->filter, argument, NULL};

    if (aggregate->filter == NULL || argument->argument_count == 0) {
        return argument;
    }
    parts[2] = expr_null(arena, (enum value_type)argument->type, 0);
    return expr_with_arguments(arena, &like, 3, parts);
}

/* The program: keys first, then arguments and filters. */
/* string_agg(DISTINCT …) is ordered by its arguments last, or by their folds: these say which are equal. */
static uint32_t seen_from(const struct expr *expr)
{
    bool by_order = expr->function == FUNCTION_STRING_AGG && expr->order_count >= 2;

    return by_order ? expr->argument_count - 2 : 0;
}

static vv_status slots_create(struct op_aggregate *aggregate, struct vv_error *error)
{
    struct exec *exec = aggregate->op.exec;
    const struct physical_node *node = aggregate->op.node;
    uint32_t keys = node->aggregate.key_count;
    uint32_t count = node->aggregate.aggregate_count;
    uint32_t room = keys;
    const struct expr **exprs = NULL;
    uint32_t used = keys;

    for (uint32_t i = 0; i < count; i++) {
        room += node->aggregate.aggregates[i]->argument_count + 1;
    }
    exprs = ARENA_ARRAY(&exec->plan_arena, const struct expr *, room);

    aggregate->slots = ARENA_ARRAY(&exec->plan_arena, struct aggregate_slot, count);
    if (exprs == NULL || aggregate->slots == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < keys; i++) {
        exprs[i] = node->aggregate.keys[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct expr *expr = node->aggregate.aggregates[i];
        struct aggregate_slot *slot = &aggregate->slots[i];

        slot->function = expr->function;
        slot->offset = aggregate->payload_bytes;
        slot->argument = expr->argument_count == 0 ? -1 : (int)used;
        slot->argument_count = expr->argument_count - expr->order_count;
        slot->key_count = expr->order_count;
        if (expr->order_count > 0) {
            slot->ordered = ARENA_NEW(&exec->plan_arena, struct ordered);
            if (slot->ordered == NULL ||
                ordered_init(slot->ordered, expr, &exec->plan_arena) != VV_OK) {
                return exec_no_memory(error);
            }
        }
        for (uint32_t k = 0; k < expr->argument_count; k++) {
            exprs[used++] = argument_filtered(expr, k, &exec->plan_arena);
        }
        slot->filter = expr->filter == NULL ? -1 : (int)used;
        if (expr->filter != NULL) {
            exprs[used++] = expr->filter;
        }
        if (expr->distinct && expr->argument_count > 0) {
            slot->seen = ARENA_NEW(&exec->plan_arena, struct groups);
            slot->seen_types[0] = VALUE_BIGINT;
            slot->seen_from = seen_from(expr);
            for (uint32_t k = 0; k < slot->argument_count; k++) {
                slot->seen_types[1 + k] = expr->arguments[slot->seen_from + k]->type;
            }
            if (slot->seen == NULL) {
                return exec_no_memory(error);
            }
        }
        if ((slot->seen != NULL || slot->ordered != NULL) &&
            !vector_init(&slot->number, VALUE_BIGINT, &exec->plan_arena)) {
            return exec_no_memory(error);
        }
        aggregate->payload_bytes += aggregate_bytes(slot->function);
    }
    VV_ASSERT(aggregate->payload_bytes % 8 == 0);
    return exec_program_create(exec, exprs, used, &aggregate->program, error);
}

static vv_status aggregate_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_aggregate *aggregate = (struct op_aggregate *)(void *)op;

    arena_reset(aggregate->arena);
    aggregate->arena->limit_bytes = op->exec->env->memory_limit;
    groups_init(&aggregate->groups, op->node->column_types, op->node->aggregate.key_count,
                aggregate->payload_bytes, aggregate->arena, store_pace(op->exec->session));
    for (uint32_t i = 0; i < op->node->aggregate.aggregate_count; i++) {
        struct aggregate_slot *slot = &aggregate->slots[i];

        if (slot->ordered != NULL) {
            ordered_begin(slot->ordered, aggregate->arena);
        }
        if (slot->seen != NULL) {
            groups_init(slot->seen, slot->seen_types, 1 + slot->argument_count, 0, aggregate->arena,
                        store_pace(op->exec->session));
        }
    }
    aggregate->drained = false;
    aggregate->next = 0;
    return exec_op_open_inputs(op, error);
}

static vv_status aggregate_next(struct exec_operator *op, const struct value_batch **batch_out,
                                struct vv_error *error)
{
    struct op_aggregate *aggregate = (struct op_aggregate *)(void *)op;

    *batch_out = NULL;
    while (!aggregate->drained) {
        const struct value_batch *input = NULL;
        vv_status status = exec_op_next(op->inputs[0], &input, error);

        if (status == VV_END) {
            aggregate->drained = true;
            if (op->node->aggregate.key_count == 0) {
                VV_TRY(exec_error(op->exec->session, one_group(aggregate), error));
            }
            VV_TRY(take_all_ordered(aggregate, error));
            exec_measure_memory(op, aggregate->arena->reserved_bytes);
            break;
        }
        VV_TRY(status);
        VV_TRY(take(aggregate, input, error));
    }
    for (;;) {
        uint32_t count = 0;

        if (aggregate->next == aggregate->groups.keys.row_count) {
            return VV_END;
        }
        VV_TRY(hand_up(aggregate, error));
        if (aggregate->having == NULL) {
            break;
        }
        VV_TRY(eval_filter(aggregate->having->state, &aggregate->batch, aggregate->selections[0],
                           &count, error));
        exec_measure_removed(op, aggregate->batch.selected_count - count);
        if (count > 0) {
            aggregate->batch.selection = aggregate->selections[0];
            aggregate->batch.selected_count = count;
            break;
        }
    }
    *batch_out = &aggregate->batch;
    return VV_OK;
}

static vv_status take(struct op_aggregate *aggregate, const struct value_batch *input,
                      struct vv_error *error)
{
    const struct physical_node *node = aggregate->op.node;

    VV_TRY(eval_run(aggregate->program->state, input, error));
    VV_TRY(exec_error(aggregate->op.exec->session, find_groups(aggregate, input), error));
    for (uint32_t i = 0; i < node->aggregate.aggregate_count; i++) {
        VV_TRY(slot_take(aggregate, &aggregate->slots[i], input, error));
    }
    return VV_OK;
}

/* Without keys only the one group is made; its number is known. */
static vv_status find_groups(struct op_aggregate *aggregate, const struct value_batch *input)
{
    struct groups *groups = &aggregate->groups;
    uint32_t keys = aggregate->op.node->aggregate.key_count;
    uint32_t first = groups->keys.row_count;

    if (keys == 0) {
        return one_group(aggregate);
    }
    for (uint32_t i = 0; i < keys; i++) {
        aggregate->keys[i] = eval_output(aggregate->program->state, i);
    }
    VV_TRY(groups_find(groups, aggregate->keys, input->selection, input->selected_count,
                       aggregate->numbers));
    groups_begin(aggregate, first);
    for (uint32_t i = 0; i < input->selected_count; i++) {
        uint32_t row = exec_place(input, i);

        aggregate->payloads[row] = groups_payload(groups, aggregate->numbers[row]);
    }
    return VV_OK;
}

static vv_status one_group(struct op_aggregate *aggregate)
{
    uint16_t none = 0;
    uint32_t number = 0;

    if (aggregate->groups.keys.row_count == 1) {
        return VV_OK;
    }
    VV_TRY(groups_find(&aggregate->groups, aggregate->keys, &none, 1, &number));
    groups_begin(aggregate, 0);
    return VV_OK;
}

static void groups_begin(struct op_aggregate *aggregate, uint32_t first)
{
    for (uint32_t number = first; number < aggregate->groups.keys.row_count; number++) {
        uint8_t *payload = groups_payload(&aggregate->groups, number);

        for (uint32_t i = 0; i < aggregate->op.node->aggregate.aggregate_count; i++) {
            aggregate_begin(aggregate->slots[i].function, payload + aggregate->slots[i].offset);
        }
    }
}

/* What taking in a batch costs, in the units of the pace (K6); strings are copied, or compared. */
static uint64_t rows_work(const struct value_vector *argument, const uint16_t *rows, uint32_t count)
{
    uint64_t work = (uint64_t)count * ROW_WORK;

    if (argument == NULL || argument->constant || !value_is_string(argument->type)) {
        return work;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows == NULL ? i : rows[i];

        work += vector_is_null(argument, row) ? 0 : argument->strings[row].size;
    }
    return work;
}

static vv_status slot_take(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                           const struct value_batch *input, struct vv_error *error)
{
    const struct eval_state *state = aggregate->program->state;
    const struct value_vector *argument =
        slot->argument < 0 ? NULL : eval_output(state, (uint32_t)slot->argument);
    const uint16_t *rows = input->selection;
    uint32_t count = input->selected_count;

    if (slot->filter >= 0) {
        const struct value_vector *filter = eval_output(state, (uint32_t)slot->filter);
        uint32_t kept = 0;

        for (uint32_t i = 0; i < count; i++) {
            uint32_t row = exec_place(input, i);

            if (!vector_is_null(filter, row) && filter->bools[filter->constant ? 0 : row] != 0) {
                aggregate->selections[0][kept++] = (uint16_t)row;
            }
        }
        rows = aggregate->selections[0];
        count = kept;
    }
    if (slot->seen != NULL) {
        VV_TRY(exec_error(aggregate->op.exec->session,
                          keep_new(aggregate, slot, rows, &count, aggregate->selections[1]),
                          error));
        rows = aggregate->selections[1];
    }
    if (count == 0) {
        return VV_OK;
    }
    VV_TRY(exec_work(aggregate->op.exec, rows_work(argument, rows, count), error));
    if (slot->ordered != NULL) {
        return order_rows(aggregate, slot, rows, count, error);
    }
    if (slot->argument_count == 2) {
        return take_pairs(aggregate, slot, rows, count, error);
    }
    if (aggregate->op.node->aggregate.key_count == 0) {
        return aggregate_update(slot->function,
                                groups_payload(&aggregate->groups, 0) + slot->offset, argument,
                                rows, count, aggregate->arena, error);
    }
    return aggregate_update_groups(slot->function, aggregate->payloads, slot->offset, argument,
                                   rows, count, aggregate->arena, error);
}

/* The groups of the rows, as a vector. */
static void number_rows(const struct op_aggregate *aggregate, struct aggregate_slot *slot,
                        const uint16_t *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows == NULL ? i : rows[i];

        slot->number.i64s[row] =
            aggregate->op.node->aggregate.key_count == 0 ? 0 : aggregate->numbers[row];
    }
}

static vv_status order_rows(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                            const uint16_t *rows, uint32_t count, struct vv_error *error)
{
    uint32_t columns = slot->argument_count + slot->key_count;
    const struct value_vector **vectors =
        ARENA_ARRAY(aggregate->arena, const struct value_vector *, columns + 1);

    if (vectors == NULL) {
        return exec_no_memory(error);
    }
    number_rows(aggregate, slot, rows, count);
    vectors[0] = &slot->number;
    for (uint32_t k = 0; k < columns; k++) {
        vectors[1 + k] = eval_output(aggregate->program->state, (uint32_t)slot->argument + k);
    }
    return ordered_append(slot->ordered, vectors, rows, count) == VV_OK ? VV_OK
                                                                        : exec_no_memory(error);
}

struct ordered_target {
    struct op_aggregate *aggregate;
    struct aggregate_slot *slot;
};

/* One row of an ordered aggregate, in its turn. */
static vv_status take_ordered(void *context, uint32_t group, const struct value_vector *arguments,
                              uint16_t place, struct vv_error *error)
{
    const struct ordered_target *target = context;
    struct aggregate_slot *slot = target->slot;
    uint8_t *accumulator = groups_payload(&target->aggregate->groups, group) + slot->offset;
    struct value values[2];

    if (slot->argument_count < 2) {
        return aggregate_update(slot->function, accumulator, arguments, &place, 1,
                                target->aggregate->arena, error);
    }
    vector_get(&arguments[0], place, &values[0]);
    vector_get(&arguments[1], place, &values[1]);
    return aggregate_take(slot->function, accumulator, values, target->aggregate->arena, error);
}

static vv_status take_all_ordered(struct op_aggregate *aggregate, struct vv_error *error)
{
    for (uint32_t i = 0; i < aggregate->op.node->aggregate.aggregate_count; i++) {
        struct ordered_target target = {.aggregate = aggregate, .slot = &aggregate->slots[i]};

        if (target.slot->ordered != NULL) {
            VV_TRY(ordered_drain(target.slot->ordered, take_ordered, &target,
                                 store_pace(aggregate->op.exec->session), error));
        }
    }
    return VV_OK;
}

/* An aggregate of two arguments, row by row. */
static vv_status take_pairs(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                            const uint16_t *rows, uint32_t count, struct vv_error *error)
{
    const struct eval_state *state = aggregate->program->state;
    bool one = aggregate->op.node->aggregate.key_count == 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows == NULL ? i : rows[i];
        uint8_t *payload = one ? groups_payload(&aggregate->groups, 0) : aggregate->payloads[row];
        struct value arguments[2];

        for (uint32_t k = 0; k < 2; k++) {
            vector_get(eval_output(state, (uint32_t)slot->argument + k), row, &arguments[k]);
        }
        VV_TRY(aggregate_take(slot->function, payload + slot->offset, arguments, aggregate->arena,
                              error));
    }
    return VV_OK;
}

/* Of the rows, those whose (group, argument) comes for the first time: groups are numbered as they come,
 * so a row is new exactly when it has the next number. */
static vv_status keep_new(struct op_aggregate *aggregate, struct aggregate_slot *slot,
                          const uint16_t *rows, uint32_t *count, uint16_t *kept)
{
    const struct value_vector *keys[3] = {&slot->number};
    uint32_t numbers[LIMIT_BATCH_ROWS];
    uint32_t next = slot->seen->keys.row_count;
    uint32_t kept_count = 0;

    for (uint32_t k = 0; k < slot->argument_count; k++) {
        keys[1 + k] =
            eval_output(aggregate->program->state, (uint32_t)slot->argument + slot->seen_from + k);
    }
    number_rows(aggregate, slot, rows, *count);
    VV_TRY(groups_find(slot->seen, keys, rows, *count, numbers));
    for (uint32_t i = 0; i < *count; i++) {
        uint32_t row = rows == NULL ? i : rows[i];

        if (numbers[row] == next) {
            kept[kept_count++] = (uint16_t)row;
            next++;
        }
    }
    *count = kept_count;
    return VV_OK;
}

/* The groups of one chunk: their keys are handed up where they are. */
static vv_status hand_up(struct op_aggregate *aggregate, struct vv_error *error)
{
    const struct physical_node *node = aggregate->op.node;
    const struct groups *groups = &aggregate->groups;
    uint32_t keys = node->aggregate.key_count;
    uint32_t count = groups->keys.row_count - aggregate->next;
    const struct value_vector *chunk = rows_chunk(&groups->keys, aggregate->next);

    count = count < ROWS_CHUNK ? count : ROWS_CHUNK;
    for (uint32_t c = 0; c < keys; c++) {
        aggregate->batch.columns[c] = chunk[c];
    }
    for (uint32_t i = 0; i < node->aggregate.aggregate_count; i++) {
        vector_reset(&aggregate->results[i]);
        for (uint32_t g = 0; g < count; g++) {
            const uint8_t *payload = groups_payload(groups, aggregate->next + g);
            struct value value;

            VV_TRY(aggregate_result(aggregate->slots[i].function,
                                    payload + aggregate->slots[i].offset, &value, error));
            vector_set(&aggregate->results[i], g, &value);
        }
        aggregate->batch.columns[keys + i] = aggregate->results[i];
    }
    aggregate->next += count;
    aggregate->batch.row_count = count;
    aggregate->batch.selection = NULL;
    aggregate->batch.selected_count = count;
    return VV_OK;
}
