/*
 * table.h - finished rows of values into maps, and back.
 *
 * Writing goes through a writer: it encodes a row and all its keys, writes the table's map first (which
 * is the row lock), then every index whose entry changes. Reading goes through a projection, made once
 * for a plan: which columns are wanted and where each stands in the keys and rows of one map; rows come
 * out as batches of typed vectors.
 *
 * The functions never make a message: a unique or NOT NULL violation is a status and a violation
 * struct, from which table_violation_error() makes PostgreSQL's text.
 *
 * Promises: T1 after any write the indexes hold exactly the entries of the rows (table_verify);
 *           T2 an index is touched only when its entry changes; T3 a call that returned VV_WAITING goes
 *           on where it stopped when made again with the same arguments; T4 a scan returns every row of
 *           the snapshot whose key is in the range, once, in key order; T5 reading one row allocates
 *           nothing; T6 no unique index ever shows two rows with equal keys without NULL.
 * Threads:  a definition and a projection: any. writer, scan: as their session.
 */
#ifndef VARVE_TABLE_TABLE_H
#define VARVE_TABLE_TABLE_H

#include "base/error.h"
#include "base/limits.h"
#include "store/store.h"
#include "table/table_def.h"

struct value;
struct value_batch;

/* ---- what is computed ---- */

/* Computes the expressions and predicates of a definition's indexes: the room knows only their texts. The
 * strings it gives live until its next call. It may fail with VV_ERROR and keeps that error; the failed write
 * returns VV_ERROR. Threads: as the writer's session. */
struct table_computer {
    void *context;
    /* values: one for each part; those of expressions are filled in. *in_index_out: the predicate is true;
     * when it is not, nothing is computed. */
    vv_status (*compute)(void *context, const struct table_index *index, const struct value *row,
                         struct value *values, bool *in_index_out);
    /* Whether an expression or the predicate reads the column. */
    bool (*reads)(void *context, const struct table_index *index, uint16_t column);
};

/* ---- violations ---- */

enum table_violation_kind {
    TABLE_VIOLATION_NONE,
    TABLE_VIOLATION_UNIQUE,   /* with VV_EXISTS: index */
    TABLE_VIOLATION_NOT_NULL, /* with VV_INVALID: column */
    TABLE_VIOLATION_TOO_LONG, /* with VV_LIMIT: index */
    TABLE_VIOLATION_CHECK     /* found by exec: check */
};

struct table_violation {
    enum table_violation_kind kind;
    uint16_t column;
    const struct table_index *index;
    const char *check;       /* the constraint's name */
    const struct value *row; /* the row that failed, as the caller gave it */
    const struct value *key; /* UNIQUE: a value for each part of index */
};

/* 23505 `duplicate key value violates unique constraint "t_pkey"`, detail `Key (id)=(1) already exists.`;
 * 23502 `null value in column "b" of relation "t" violates not-null constraint`, detail
 * `Failing row contains (1, null).`; 23514 `new row for relation "t" violates check constraint "t_a_check"`
 * with the same detail; 54000 `index row size exceeds maximum 1000 for index "t_pkey"`. Returns VV_ERROR. */
vv_status table_violation_error(const struct table_def *def,
                                const struct table_violation *violation, struct vv_error *error);

/* 23505 `could not create unique index "i"`, detail `Key (a)=(1) is duplicated.` */
vv_status table_violation_build_error(const struct table_def *def,
                                      const struct table_violation *violation,
                                      struct vv_error *error);

/* ---- keys ---- */

/* Room for any key: one byte more than LIMIT_KEY_BYTES would hold does not fit. */
#define TABLE_KEY_BYTES (LIMIT_KEY_BYTES + 24)

/* The bytes of the first value_count parts of index (NULL: the table's own key; it must have a primary
 * key). Values have the parts' types. VV_LIMIT: longer than LIMIT_KEY_BYTES. */
VV_MUST_USE vv_status table_key_encode(const struct table_def *def, const struct table_index *index,
                                       const struct value *values, uint32_t value_count,
                                       uint8_t key[TABLE_KEY_BYTES], size_t *size_out);

/* A range of an index: some leading parts equal values, then bounds on the next part. A comparison with
 * NULL is never true, so a NULL value makes the range empty, unless it means IS NULL. Where the next
 * part has a bound, its NULLs are not in the range. */
struct table_bound {
    const struct value *value; /* NULL: no bound */
    bool inclusive;
};

struct table_range {
    const struct value *equal;
    uint32_t equal_count;
    uint32_t is_null;       /* bit i: equal[i] is NULL and means IS NULL */
    struct table_bound low; /* by value, whatever the part's direction */
    struct table_bound high;
    bool not_null;   /* the next part IS NOT NULL, though it has no bound */
    bool has_prefix; /* instead of bounds: the next part, a string, begins with prefix */
    vv_slice prefix;
};

/* Encodes range into a store_range whose keys live in arena. *empty_out: nothing can be in it. */
VV_MUST_USE vv_status table_range_encode(const struct table_def *def,
                                         const struct table_index *index,
                                         const struct table_range *range, struct arena *arena,
                                         struct store_range *encoded_out, bool *empty_out);

/* The map of an index; NULL: the table's own. */
uint32_t table_map(const struct table_def *def, const struct table_index *index);

/* ---- reading ---- */

struct table_projection;

/* Columns wanted, in the order of the batch's vectors, read through index (NULL: the table's own map).
 * When the index does not cover them, each row costs a second descent. Shareable; lives in arena.
 * borrow: def as long as the projection. */
VV_MUST_USE vv_status table_projection_create(const struct table_def *def,
                                              const struct table_index *index,
                                              const uint16_t *columns, uint32_t column_count,
                                              struct arena *arena,
                                              const struct table_projection **projection_out);

bool table_projection_index_only(const struct table_projection *projection);

/* Reads the row whose own key is `key` into row 0 of batch (its vectors have the wanted columns' types
 * and room for one row); strings are views into the page, into key, or (unescaped) in arena. `one`: the
 * statement reads this key only (store_get_one). keep: strings that the caller would copy anyway are
 * copied into arena when that is cheaper here; their vectors say `kept`. The projection is through no
 * index. VV_NOT_FOUND. */
VV_MUST_USE vv_status table_get(struct store_session *session,
                                const struct table_projection *projection, vv_slice key, bool one,
                                bool keep, struct arena *arena, struct value_batch *batch);

/* The own key of the row with that full key (no NULL in it) in a unique index that is not the primary
 * key; VV_NOT_FOUND. borrow: *own_key_out as store's slices. */
VV_MUST_USE vv_status table_find_unique(struct store_session *session, const struct table_def *def,
                                        const struct table_index *index, vv_slice key,
                                        vv_slice *own_key_out);

/* The own key that a row of values has or would have (the table has a primary key). */
VV_MUST_USE vv_status table_own_key_of(const struct table_def *def, const struct value *row,
                                       uint8_t key[TABLE_KEY_BYTES], size_t *size_out);

struct table_writer;

/* The own key of the row that has row's key in a unique index, judged on the newest state: waits for who is
 * about to change it, and locks the entry against that (shared). VV_NOT_FOUND: none, a NULL in the key, or row
 * is not in the index. *own_out: this very statement wrote it; then there is no key. */
VV_MUST_USE vv_status table_find_newest(struct table_writer *writer, struct store_session *session,
                                        const struct table_index *index, const struct value *row,
                                        uint8_t key[TABLE_KEY_BYTES], size_t *size_out,
                                        bool *own_out);

struct table_scan;

struct table_scan_options {
    const struct table_projection *projection;
    struct store_range range; /* encoded; keys are copied by open */
    bool reverse;
    bool identity;       /* gives each row's own key: what UPDATE and DELETE need */
    bool keep;           /* as for table_get(); into scratch, until the next batch */
    uint32_t batch_rows; /* 0: as many as the batch has room for */
    struct arena
        *scratch; /* for strings that keys had escaped; each batch resets it. NULL: the scan's
                              own. borrow until close */
};

/* own: *scan_out, end with table_scan_close(). borrow: arena until then. */
VV_MUST_USE vv_status table_scan_open(struct store_session *session,
                                      const struct table_scan_options *options, struct arena *arena,
                                      struct table_scan **scan_out);

/* Fills batch with the next rows, at least one; VV_END when there is none. Strings are views into pages,
 * valid as store's slices are. Begins with store_repin when the last pin has seen many leaves: what was
 * read before by this session is gone then. */
VV_MUST_USE vv_status table_scan_next(struct table_scan *scan, struct value_batch *batch);

/* With identity: the own keys of the batch's rows, valid as its strings are. */
const vv_slice *table_scan_keys(const struct table_scan *scan);

/* Accepts NULL. */
void table_scan_close(struct table_scan *scan);

/* Splits a range into at most `count` pieces of like size, in key order, without gap or overlap: one
 * scan each gives the same rows. The pieces live in arena. */
VV_MUST_USE vv_status table_scan_split(struct store_session *session,
                                       const struct table_projection *projection,
                                       const struct store_range *range, uint32_t count,
                                       struct arena *arena, struct store_range **ranges_out,
                                       uint32_t *count_out);

/* Decodes one row (all columns of the definition, dropped ones NULL) from its own key and row bytes,
 * as re-checks need it. values: one for each column; strings point into key, row or arena. */
VV_MUST_USE vv_status table_row_decode(const struct table_def *def, vv_slice key, vv_slice row,
                                       struct arena *arena, struct value *values);

/* Reads the whole row with that own key as table_row_decode() does, its strings copied into arena: it
 * outlives writes and waits. VV_NOT_FOUND. */
VV_MUST_USE vv_status table_row_get(struct store_session *session, const struct table_def *def,
                                    vv_slice key, struct arena *arena, struct value *values);

/* ---- writing ---- */

/* Buffers for the rows of one statement (or of a prepared statement's life). assigned: the columns an
 * UPDATE sets (NULL: all). borrow: def, session; memory is arena's. */
VV_MUST_USE vv_status table_writer_create(const struct table_def *def, const uint16_t *assigned,
                                          uint32_t assigned_count, struct arena *arena,
                                          struct table_writer **writer_out);

/* What table_writer_create() gives, for a table with expressions or predicates in its indexes; computer NULL: it
 * has none (or only table_place() is called). borrow: computer as long as the writer. */
VV_MUST_USE vv_status table_writer_create_computing(const struct table_def *def,
                                                    const struct table_computer *computer,
                                                    const uint16_t *assigned,
                                                    uint32_t assigned_count, struct arena *arena,
                                                    struct table_writer **writer_out);

/* What the failed write met. borrow until the next call. */
const struct table_violation *table_writer_violation(const struct table_writer *writer);

/* Whether every NOT NULL column has a value; writes ask this themselves. VV_INVALID: a violation. */
VV_MUST_USE vv_status table_check_not_null(struct table_writer *writer, const struct value *row);

/* An UPDATE by this writer may change a key by which others may refer to the row: lock it for that. */
bool table_writer_sets_keys(const struct table_writer *writer);

/* Forgets a write that waits (its statement was aborted). */
void table_writer_reset(struct table_writer *writer);

/* Inserts a row: one value for each column of the definition, none pointing into pages. row_hint: how
 * many rows the statement may still insert (hidden ids are drawn for them).
 * VV_EXISTS, VV_INVALID: see table_writer_violation(). VV_LIMIT: key or row too long. */
VV_MUST_USE vv_status table_insert(struct table_writer *writer, struct store_session *session,
                                   const struct value *row, uint64_t row_hint);

/* The same for batches of rows, map by map: many rows cost little more than a few. */
struct table_bulk;

/* *bulk_out NULL: the rows of this table want table_insert(). borrow: def; memory is arena's. */
VV_MUST_USE vv_status table_bulk_create(const struct table_def *def, struct arena *arena,
                                        struct table_bulk **bulk_out);

/* Forgets a batch that waits. */
void table_bulk_reset(struct table_bulk *bulk);

/* Inserts the selected rows of a batch: a vector for each column of the definition, no string in pages. arena: room
 * for keys and rows, at least until the batch is in. VV_WAITING: again with the same batch and arena (T3).
 * VV_EXISTS, VV_INVALID, VV_LIMIT: some row broke a promise and others are in: roll back to before the batch and
 * insert one by one to learn which. */
VV_MUST_USE vv_status table_bulk_insert(struct table_bulk *bulk, struct store_session *session,
                                        const struct value_batch *batch, struct arena *arena);

/* Replaces the row at key, whose values were old_row, by row. basis and newest as store_update: on
 * VV_CHANGED and VV_NOT_FOUND nothing was done. key and old_row must not point into pages. */
VV_MUST_USE vv_status table_update(struct table_writer *writer, struct store_session *session,
                                   vv_slice key, const struct value *old_row,
                                   const struct value *row, uint64_t basis,
                                   struct store_newest *newest_out);

/* Deletes the row at key, whose values were old_row (index columns suffice). */
VV_MUST_USE vv_status table_delete(struct table_writer *writer, struct store_session *session,
                                   vv_slice key, const struct value *old_row, uint64_t basis,
                                   struct store_newest *newest_out);

/* ---- whole tables ---- */

/* Inserts a row into the table's own map only, while the table is made anew and nobody else sees that map:
 * its indexes are built later. own_key: the one the row had; empty: the one it has now (primary key), or a
 * new row id. NOT NULL is not asked for. VV_EXISTS, VV_LIMIT: as table_insert(). */
VV_MUST_USE vv_status table_place(struct table_writer *writer, struct store_session *session,
                                  vv_slice own_key, const struct value *row);

/* Fills the (new, empty) map of index, a part of def, from the table's rows as the running statement
 * sees them; the caller holds SHARE. VV_EXISTS: not unique, see violation; its key lives in arena. computer:
 * NULL when the index needs none. */
VV_MUST_USE vv_status table_index_build(const struct table_def *def,
                                        const struct table_index *index,
                                        const struct table_computer *computer,
                                        struct store_session *session, struct arena *arena,
                                        struct table_violation *violation_out);

/* Checks T1 and T6 as the running statement sees them. VV_CORRUPT: *what_out says in words. computer: NULL when
 * no index needs one. */
VV_MUST_USE vv_status table_verify(const struct table_def *def,
                                   const struct table_computer *computer,
                                   struct store_session *session, struct arena *arena,
                                   const char **what_out);

#endif
