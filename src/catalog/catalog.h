/*
 * catalog.h - names -> definitions, as transactions see them; DDL; statistics.
 *
 * The truth about definitions is two maps of the store: names (schema, name -> kind, ids) and
 * definitions (table id -> version, bytes). So DDL is as transactional, durable and isolated as rows
 * are: a transaction sees its own uncommitted tables, others see them from the commit on, rollback,
 * ROLLBACK TO and a crash remove them. Decoded definitions are kept in a cache keyed by (table id,
 * version); a version is never used for two definitions, so a cache entry can be useless but not wrong.
 *
 * Hot statements compare one word. catalog_word() changes when DDL begins to be possible and again
 * when it has ended; while any DDL transaction is open its low bits are not 0. Whoever resolved names
 * when the low bits were 0, and finds the same word after taking its snapshot, sees the same definitions:
 *
 *     if (!catalog_view_is_current(view, snapshot)) catalog_view_check(): judges by rows again
 *
 * Lock, then look: a statement takes its table locks (catalog_view_lock), asks whether its view is
 * current, and only then takes its snapshot and reads; DDL holds ACCESS EXCLUSIVE (CREATE INDEX: SHARE) on
 * the table, so what was found stays. A statement that reads one key without a lock compares the word
 * before and after.
 *
 * Promises: C1 DDL is seen, hidden and undone exactly as its transaction's rows; C2 no two relations of
 *           a schema share a name; C3 a definition lives as long as anyone holds it; C4 an equal quiet
 *           word means equal definitions; C5 ids and versions are never used twice.
 * Threads:  any, each with its own session; a view belongs to one session.
 */
#ifndef VARVE_CATALOG_CATALOG_H
#define VARVE_CATALOG_CATALOG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/status.h"
#include "table/table_def.h"

struct arena;
struct catalog;
struct store;
struct store_session;
struct table_computer;

#define CATALOG_FIRST_ID 16384u /* PostgreSQL's first OID for users' objects */

/* Makes the maps' first rows in a new store; finds the greatest id in an old one.
 * borrow: alloc and store until catalog_close(). own: *catalog_out, end with catalog_close(). */
VV_MUST_USE vv_status catalog_open(struct alloc *alloc, struct store *store,
                                   struct catalog **catalog_out, struct vv_error *error);

/* No view may be left. Accepts NULL. */
void catalog_close(struct catalog *catalog);

/* Low bits: DDL statements whose transaction is open. The rest: how often that changed. */
#define CATALOG_WORD_OPEN_MASK UINT64_C(0xFFFFFF)

uint64_t catalog_word(const struct catalog *catalog);

/* Whether no DDL transaction was open when the word was read. */
static inline bool catalog_word_quiet(uint64_t word)
{
    return (word & CATALOG_WORD_OPEN_MASK) == 0;
}

/* ---- looking up: the definitions one statement or plan uses ---- */

#define CATALOG_LOCK_NONE 0xFF

struct catalog_use {
    const struct table_def *def; /* own: dropped by catalog_view_release() */
    uint8_t lock;                /* enum store_table_mode or CATALOG_LOCK_NONE */
};

/* Names are judged by the session's running statement (store_statement_begin before). A cached plan
 * keeps its view and hands it from session to session with catalog_view_check(). */
struct catalog_view {
    struct catalog *catalog;
    struct store_session *session;
    struct catalog_use *uses;
    uint32_t use_count;
    uint32_t use_capacity;
    uint64_t word; /* read before the first look-up */
};

/* Allocates nothing yet; takes the statement's snapshot. borrow: catalog and session until release. */
void catalog_view_init(struct catalog_view *view, struct catalog *catalog,
                       struct store_session *session);

/* Drops its definitions. Accepts a zeroed view. */
void catalog_view_release(struct catalog_view *view);

/* The table schema.name (schema NULL: the search path) that this statement sees. position: where the
 * name stands, for the error: 42P01 `relation "t" does not exist`, 42809 when it is an index.
 * lock: what the statement will need. borrow: *def_out until the view is released. */
VV_MUST_USE vv_status catalog_view_table(struct catalog_view *view, const char *schema,
                                         const char *name, uint8_t lock, uint32_t position,
                                         const struct table_def **def_out, struct vv_error *error);

/* As catalog_view_table without the message: VV_NOT_FOUND, VV_INVALID when it is no table. */
VV_MUST_USE vv_status catalog_view_find(struct catalog_view *view, const char *schema,
                                        const char *name, const struct table_def **def_out);

/* Takes the noted table locks for the transaction of `session`. VV_WAITING: call again. */
VV_MUST_USE vv_status catalog_view_lock(const struct catalog_view *view,
                                        struct store_session *session);

/* Whether nothing can have changed since the view's names were found: the hot statements' question, without
 * a look at any row. snapshot: the transaction's under REPEATABLE READ; 0 under READ COMMITTED, when the
 * statement's snapshot is still to be taken. */
bool catalog_view_is_current(const struct catalog_view *view, uint64_t snapshot);

/* After catalog_view_lock(), when catalog_view_is_current() said no. VV_OK: the running statement of
 * `session` sees exactly the definitions of the view, and they are the newest where that matters.
 * VV_CHANGED: they differ; abort the statement, begin another, bind again. VV_CONFLICT (only with
 * repeatable_read): the snapshot shows the view's definitions, but a table that the statement writes has
 * got a newer one (40001). */
VV_MUST_USE vv_status catalog_view_check(struct catalog_view *view, struct store_session *session,
                                         bool repeatable_read);

/* ---- listing: \d, system views ---- */

enum catalog_kind { CATALOG_TABLE = 1, CATALOG_INDEX = 2, CATALOG_SEQUENCE = 3, CATALOG_MAP = 4 };

struct catalog_name {
    const char *schema; /* in the arena */
    const char *name;
    uint32_t id;
    uint32_t table_id; /* the table of an index or of a column's sequence; else its own id */
    enum catalog_kind kind;
};

/* Everything the running statement sees, by schema and name, in arena. */
VV_MUST_USE vv_status catalog_list(struct catalog *catalog, struct store_session *session,
                                   struct arena *arena, struct catalog_name **names_out,
                                   uint32_t *count_out);

/* ---- DDL: inside a transaction and a statement of session ----
 *
 * A DDL call takes all locks it needs before it writes anything; then it begins the session's statement
 * anew, so that it sees what those it waited for have committed. So the statement must be empty. */

/* What a statement tells without failing: handed on at once, as many as there are. */
struct catalog_notice {
    const char *sqlstate; /* "00000", "42P07" */
    const char *message;
    const char *detail; /* "" : none */
};

struct catalog_listener {
    void (*tell)(void *argument, const struct catalog_notice *notice);
    void *argument;
};

struct catalog_ddl {
    struct catalog *catalog;
    struct store_session *session;
    const struct catalog_listener *listener; /* of notices; may be NULL */
    struct vv_error *error;
    /* Gives what computes the expressions and the predicate of an index of table that is built; NULL: no index
     * has any. borrow: *computer_out until the statement's end. */
    vv_status (*computer)(void *context, const struct table_def *table,
                          const struct table_index *index,
                          const struct table_computer **computer_out);
    void *computer_context;
};

/* CREATE TABLE. 42P07 `relation "t" already exists` (with if_not_exists: VV_OK and the notice
 * `relation "t" already exists, skipping`), 3F000 `schema "s" does not exist`, 42701, 42P16, 54011.
 * Names of unnamed keys are chosen as PostgreSQL does (t_pkey, t_a_b_key).
 * VV_WAITING in all of these: call again. */
VV_MUST_USE vv_status catalog_create_table(const struct catalog_ddl *ddl,
                                           const struct table_spec *spec, bool if_not_exists);

/* CREATE TABLE IF NOT EXISTS of a name that was taken when the statement was bound: the notice. VV_CHANGED: it is free
 * by now. */
VV_MUST_USE vv_status catalog_skip_table(const struct catalog_ddl *ddl, const char *schema,
                                         const char *name);
/* Whether there is a schema of that name: public, or one of the system's. */
bool catalog_schema_exists(const char *schema);

/* DROP TABLE of one table with its indexes. 42P01 `table "t" does not exist` (with if_exists: the notice
 * `table "t" does not exist, skipping`), 42809 `"i" is not a table`. */
VV_MUST_USE vv_status catalog_drop_table(const struct catalog_ddl *ddl, const char *schema,
                                         const char *name, bool if_exists);

/* CREATE INDEX on schema.table: takes SHARE, fills it, checks uniqueness: 23505 `could not create unique
 * index "i"`, detail `Key (a)=(1) is duplicated.` index->name NULL: chosen (t_a_idx).
 * Under REPEATABLE READ VV_CONFLICT when anything was committed since the snapshot: an index must hold
 * the newest rows too. base: the definition that index was made for (VV_CHANGED: it is another by now); NULL: any. */
VV_MUST_USE vv_status catalog_create_index(const struct catalog_ddl *ddl, const char *schema,
                                           const char *table, const struct table_def *base,
                                           const struct table_index *index, bool if_not_exists);

/* DROP INDEX. 42704 `index "i" does not exist`, 42809 `"t" is not an index`, 2BP01 when a constraint
 * owns it. */
VV_MUST_USE vv_status catalog_drop_index(const struct catalog_ddl *ddl, const char *schema,
                                         const char *name, bool if_exists);

/* TRUNCATE of one table: new maps, so that it costs the same whatever the table holds; transactional. 42P01 `relation
 * "t" does not exist`, 42809. restart: its columns' sequences begin anew. */
VV_MUST_USE vv_status catalog_truncate_table(const struct catalog_ddl *ddl, const char *schema,
                                             const char *name, bool restart);

/* ALTER TABLE: what a definition becomes, worked out by the binder. Names, maps and sequences follow from the
 * difference between base and spec. */
struct catalog_alteration {
    const char *schema;
    const char *name;
    const struct table_def *base; /* NULL: there was no such table (IF EXISTS) */
    /* Columns keep their places; new ones follow. An index or column with an id is base's; an index without
     * map_id is (re)built. column.sequence: a wish for a new sequence, or for a change of the one it has. */
    const struct table_spec *spec;
    bool rewrite;  /* rows get other bytes: a new map, filled by rows() */
    bool new_keys; /* with rewrite: their own keys change, so all indexes are built anew */
    bool checks;   /* rows() must be called although nothing is rewritten */
    /* Called when the new definition is written. rewrite: fills fresh's map from old's. VV_ERROR with a message. */
    vv_status (*rows)(void *context, const struct table_def *old, const struct table_def *fresh);
    void *context;
    const char *check;       /* a CHECK that gets another name; NULL: none does */
    const char *check_after; /* that name */
};

/* All of it or nothing. VV_CHANGED: the table is not what base says any more; bind again. 42P07.
 * Under REPEATABLE READ VV_CONFLICT as for CREATE INDEX when rows are read. */
VV_MUST_USE vv_status catalog_alter_table(const struct catalog_ddl *ddl,
                                          const struct catalog_alteration *alteration);

/* ALTER INDEX RENAME: also of a constraint's index. */
VV_MUST_USE vv_status catalog_rename_index(const struct catalog_ddl *ddl, const char *schema,
                                           const char *name, const char *new_name, bool if_exists);

/* ---- names ---- */

/* Names chosen as PostgreSQL's ChooseRelationName does: name1_name2_label, cut to LIMIT_NAME_BYTES, with
 * a number behind the label while `taken` says yes. In arena; NULL: out of memory or *status. */
VV_MUST_USE vv_status catalog_choose_name(const char *name1, const char *name2, const char *label,
                                          vv_status (*taken)(void *context, const char *name,
                                                             bool *taken_out),
                                          void *context, struct arena *arena, const char **out);

/* What PostgreSQL calls the columns of an index, INCLUDE's last ("lower", "expr", "expr1", "a"), in arena. */
VV_MUST_USE vv_status catalog_index_column_names(const struct table_index *index,
                                                 const struct table_column *columns,
                                                 struct arena *arena,
                                                 const char *const **names_out);

/* ---- statistics ---- */

struct catalog_table_stats {
    uint64_t rows; /* estimate */
    uint64_t pages;
    uint64_t bytes; /* of the table's own map */
};

VV_MUST_USE vv_status catalog_table_stats(struct catalog *catalog, const struct table_def *def,
                                          struct catalog_table_stats *stats_out);

#endif
