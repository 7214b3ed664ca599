/* limits.c - see limits.h. OFFSET is looked at first, as in PostgreSQL's recompute_limits(). */
#include "exec/limits.h"

vv_status exec_limits_create(struct exec *exec, const struct expr *count, const struct expr *offset,
                             struct exec_limits **limits_out, struct vv_error *error)
{
    struct exec_limits *limits = ARENA_NEW(&exec->plan_arena, struct exec_limits);
    const struct expr **exprs = ARENA_ARRAY(&exec->plan_arena, const struct expr *, 2);
    uint32_t used = 0;

    *limits_out = NULL;
    if (limits == NULL || exprs == NULL) {
        return exec_no_memory(error);
    }
    limits->has_count = count != NULL;
    limits->has_offset = offset != NULL;
    if (count != NULL) {
        exprs[used++] = count;
    }
    if (offset != NULL) {
        exprs[used++] = offset;
    }
    VV_TRY(exec_values_create(exec, exprs, used, &limits->program, error));
    *limits_out = limits;
    return VV_OK;
}

vv_status exec_limits_evaluate(struct exec *exec, struct exec_limits *limits, uint64_t *count_out,
                               uint64_t *offset_out, struct vv_error *error)
{
    struct value value;

    *count_out = UINT64_MAX;
    *offset_out = 0;
    if (limits->has_offset) {
        VV_TRY(exec_program_value(exec, limits->program, limits->has_count ? 1 : 0, &value, error));
        if (!value.null && value.integer < 0) {
            return error_set(error, VV_SQLSTATE_INVALID_ROW_COUNT_IN_OFFSET, 0,
                             "OFFSET must not be negative");
        }
        *offset_out = value.null ? 0 : (uint64_t)value.integer;
    }
    if (limits->has_count) {
        VV_TRY(exec_program_value(exec, limits->program, 0, &value, error));
        if (!value.null && value.integer < 0) {
            return error_set(error, VV_SQLSTATE_INVALID_ROW_COUNT_IN_LIMIT, 0,
                             "LIMIT must not be negative");
        }
        *count_out = value.null ? UINT64_MAX : (uint64_t)value.integer;
    }
    return VV_OK;
}
