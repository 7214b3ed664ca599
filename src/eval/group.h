/*
 * group.h - rows of vectors as keys: hashes, equality, and normalised sort keys.
 *
 * For GROUP BY, DISTINCT, hash tables and ORDER BY. NULLs are equal to each other here.
 *
 * Promises: G1 equal rows have equal hashes and equal sort keys; G2 memcmp of sort keys is the order of
 *           the rows.
 * Threads:  pure functions.
 */
#ifndef VARVE_EVAL_GROUP_H
#define VARVE_EVAL_GROUP_H

#include "base/arena.h"
#include "value/key.h"
#include "value/vector.h"

/* hashes[r] for every selected row place r (rows NULL: 0..count-1). */
void group_hash(const struct value_vector *const *columns, uint32_t column_count,
                const uint16_t *rows, uint32_t count, uint64_t *hashes);

/* Row a of one set of columns equals row b of another (same types). */
bool group_equal(const struct value_vector *const *a_columns, uint32_t a,
                 const struct value_vector *const *b_columns, uint32_t b, uint32_t column_count);

/* Sort keys of the selected rows: keys[r] in the arena (one block). The layout has one column per vector;
 * key_layout_init(…, nullable true, open_end false). VV_NOMEM. */
VV_MUST_USE vv_status group_sort_keys(const struct key_layout *layout,
                                      const struct value_vector *const *columns,
                                      const uint16_t *rows, uint32_t count, struct arena *arena,
                                      vv_slice *keys);

#endif
