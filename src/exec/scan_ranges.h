/*
 * scan_ranges.h - the ranges of a physical scan, evaluated: sorted stretches of keys without overlap.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_SCAN_RANGES_H
#define VARVE_EXEC_SCAN_RANGES_H

#include "exec/operator.h"

struct scan_ranges; /* the compiled expressions of one scan's ranges */

VV_MUST_USE vv_status scan_ranges_create(struct exec *exec, const struct physical_scan *scan,
                                         struct scan_ranges **ranges_out, struct vv_error *error);

/* The stretches in key order; those that are empty are not there, those that overlap are one. In arena. */
VV_MUST_USE vv_status scan_ranges_evaluate(struct scan_ranges *ranges, struct arena *arena,
                                           struct store_range **out, uint32_t *count_out,
                                           struct vv_error *error);

/* The full key of range 0, whose parts are all bound by equality. *null_out: a part is NULL, nothing can
 * be found. */
VV_MUST_USE vv_status scan_ranges_key(struct scan_ranges *ranges, uint8_t *key, size_t *size_out,
                                      bool *null_out, struct vv_error *error);

/* The same of values that are there already: the parts of range 0. */
VV_MUST_USE vv_status scan_ranges_key_of(struct scan_ranges *ranges, const struct value *values,
                                         uint32_t count, uint8_t *key, size_t *size_out,
                                         bool *null_out, struct vv_error *error);

#endif
