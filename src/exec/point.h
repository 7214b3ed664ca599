/*
 * point.h - statements by full key, as flat steps: no operator tree, no allocation once warm.
 *
 * Short ranges (PHYSICAL_SHAPE_RANGE) run as the tree they also are: a scan, a projection and a limit
 * keep all their memory between runs, and three calls a batch cost nothing beside the descent.
 *
 * Promises: as exec.h (K1 above all).
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_POINT_H
#define VARVE_EXEC_POINT_H

#include "exec/operator.h"

/* Whether exec_point_create() takes the shape. */
bool exec_point_runs(const struct physical_point *point);

VV_MUST_USE vv_status exec_point_create(struct exec *exec, const struct physical_point *point,
                                        struct exec_point **point_out, struct vv_error *error);
bool exec_point_is_single_read(const struct exec_point *point);
VV_MUST_USE vv_status exec_point_start(struct exec_point *point, struct vv_error *error);
VV_MUST_USE vv_status exec_point_next(struct exec_point *point,
                                      const struct value_batch **batch_out, struct vv_error *error);
void exec_point_close(struct exec_point *point);

#endif
