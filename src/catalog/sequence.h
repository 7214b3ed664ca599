/*
 * sequence.h - sequences: their definitions are rows like a table's, what they have handed out is not.
 *
 * CREATE, ALTER and DROP SEQUENCE are transactional. nextval() and setval() are not: what was drawn stays drawn
 * when the transaction rolls back. A sequence that has handed out n writes "n + 32 were handed out" to the log
 * first, in a transaction of its own, and then draws 32 values from memory: so after a crash values may be missing
 * (as in PostgreSQL), and none comes twice. A clean close writes the exact value back.
 *
 * The state belongs to a state id, not to the sequence: ALTER SEQUENCE … RESTART takes a new one, so that it can be
 * rolled back.
 *
 * Promises: SQ1 no value is handed out twice without CYCLE or setval(), whatever crashes; SQ2 a value is durable
 *           (to the database's durability) before anybody sees it.
 * Threads:  any, each with its session.
 */
#ifndef VARVE_CATALOG_SEQUENCE_H
#define VARVE_CATALOG_SEQUENCE_H

#include "base/limits.h"
#include "catalog/catalog.h"

/* A sequence as a statement sees it. */
struct sequence {
    uint32_t id;
    uint32_t state_id;
    uint32_t table_id; /* of the column that owns it; 0: none */
    uint16_t column;
    uint8_t type; /* enum value_type */
    bool cycle;
    int64_t start; /* what RESTART goes back to */
    int64_t first; /* what this state began with */
    int64_t increment;
    int64_t minimum;
    int64_t maximum;
    int64_t cache;
    char name[LIMIT_NAME_BYTES + 1];
};

/* ---- definitions: DDL as in catalog.h ---- */

/* 42P07 and its notice, 22023 for impossible options. */
VV_MUST_USE vv_status sequence_create(const struct catalog_ddl *ddl, const char *schema,
                                      const char *name,
                                      const struct table_sequence_options *options,
                                      bool if_not_exists);
/* 22023: what sequence_create() would say to the options. */
VV_MUST_USE vv_status sequence_options_check(const struct table_sequence_options *options,
                                             struct vv_error *error);
/* 42P01 `relation "s" does not exist`. */
VV_MUST_USE vv_status sequence_alter(const struct catalog_ddl *ddl, const char *schema,
                                     const char *name, const struct table_sequence_options *options,
                                     bool if_exists);
/* ALTER SEQUENCE RENAME TO: the DEFAULT of the SERIAL column that owns it follows. 42P07. */
VV_MUST_USE vv_status sequence_rename(const struct catalog_ddl *ddl, const char *schema,
                                      const char *name, const char *new_name, bool if_exists);
/* 42P01 `sequence "s" does not exist`, 2BP01 when a column owns it. */
VV_MUST_USE vv_status sequence_drop(const struct catalog_ddl *ddl, const char *schema,
                                    const char *name, bool if_exists);

/* ---- use, inside a statement of session ---- */

/* 42P01, 42809 `"t" is not a sequence`. schema NULL: the search path. */
VV_MUST_USE vv_status sequence_find(struct store_session *session, const char *schema,
                                    const char *name, struct sequence *sequence_out,
                                    struct vv_error *error);
VV_MUST_USE vv_status sequence_get(struct store_session *session, uint32_t id,
                                   struct sequence *sequence_out, struct vv_error *error);

/* What it gave last (called_out), or will give first. */
VV_MUST_USE vv_status sequence_last(struct catalog *catalog, const struct sequence *sequence,
                                    int64_t *last_out, bool *called_out, struct vv_error *error);

/* Draws up to sequence->cache values: *first_out, and by the increment to *last_out. 2200H. */
VV_MUST_USE vv_status sequence_next(struct catalog *catalog, const struct sequence *sequence,
                                    int64_t *first_out, int64_t *last_out, struct vv_error *error);

/* The next value is value (called false), or the one behind it. 22003 out of its bounds. */
VV_MUST_USE vv_status sequence_set(struct catalog *catalog, const struct sequence *sequence,
                                   int64_t value, bool called, struct vv_error *error);

#endif
