/*
 * limits.h - the values of LIMIT and OFFSET of one run.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_LIMITS_H
#define VARVE_EXEC_LIMITS_H

#include "exec/operator.h"

struct exec_limits {
    struct exec_program *program;
    bool has_count;
    bool has_offset;
};

/* count, offset: BIGINT expressions free of columns, or NULL. */
VV_MUST_USE vv_status exec_limits_create(struct exec *exec, const struct expr *count,
                                         const struct expr *offset, struct exec_limits **limits_out,
                                         struct vv_error *error);

/* UINT64_MAX: no limit. 2201W `LIMIT must not be negative`, 2201X `OFFSET must not be negative`. */
VV_MUST_USE vv_status exec_limits_evaluate(struct exec *exec, struct exec_limits *limits,
                                           uint64_t *count_out, uint64_t *offset_out,
                                           struct vv_error *error);

#endif
