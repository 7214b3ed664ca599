/*
 * catalog_work.h - what all DDL statements have in common; never leaves the room.
 *
 * Every operation has the same course:
 *
 *     look up    what the names mean to this statement
 *     lock       the tables, the names, the definition: everything that may wait, in calls that may be
 *                made again at will; nothing has been written yet
 *     look again in a statement begun anew, so that it sees what those it waited for have committed;
 *                when the names mean something else now, from the start
 *     claim      the definition's row: if a newer version of it is not visible yet, wait for it and start
 *                over
 *     write      rows of names and definitions, maps; none of it can wait any more
 *     announce   to the readers who compare words
 *
 * Names are locked as tables whose number is a hash of the name: two names with one hash only wait for
 * each other needlessly.
 */
#ifndef VARVE_CATALOG_CATALOG_WORK_H
#define VARVE_CATALOG_CATALOG_WORK_H

#include "catalog/catalog_private.h"

#define CATALOG_DEFINITION_LOCK_BIT 0x40000000u

/* One DDL statement at work. */
struct catalog_work {
    const struct catalog_ddl *ddl;
    struct catalog *catalog;
    struct store_session *session;
    struct vv_error *error;
    struct arena arena;
    const char *schema;
    uint32_t schema_id;
    const struct table_def *def; /* own: the table that is changed */
    const char **chosen;         /* names given in this statement, for name_taken */
    uint32_t chosen_count;
    bool nothing_to_do; /* a VV_EXISTS comes from IF NOT EXISTS, not from an insert */
};

void catalog_work_init(struct catalog_work *work, const struct catalog_ddl *ddl);
/* VV_EXISTS is "nothing to do" (IF EXISTS, IF NOT EXISTS) and becomes VV_OK. */
vv_status catalog_work_end(struct catalog_work *work, vv_status status);

/* Nothing was written yet: the statement begins anew, with a new snapshot under READ COMMITTED. */
VV_MUST_USE vv_status catalog_work_restart(struct catalog_work *work);

/* As restart, after what was seen beyond the snapshot has become visible. */
VV_MUST_USE vv_status catalog_work_restart_visible(struct catalog_work *work);

/* The right to give or take the name, until the transaction ends. VV_WAITING. */
VV_MUST_USE vv_status catalog_work_name_lock(struct catalog_work *work, const char *name);

/* 3F000 when there is no such schema. */
VV_MUST_USE vv_status catalog_work_schema_find(struct catalog_work *work, const char *schema);

/* As catalog_choose_name() asks: chosen in this statement, or there. */
VV_MUST_USE vv_status catalog_work_name_taken(void *context, const char *name, bool *taken_out);

/* 42P07, or with if_not_exists the notice and VV_EXISTS. */
vv_status catalog_work_already_exists(struct catalog_work *work, const char *name,
                                      bool if_not_exists);

void catalog_work_notice(struct catalog_work *work, const char *text, const char *name,
                         const char *rest);
VV_MUST_USE vv_status catalog_work_name_insert(struct catalog_work *work, const char *name,
                                               const struct catalog_entry *entry);
VV_MUST_USE vv_status catalog_work_name_delete(struct catalog_work *work, const char *name);
/* The row of the map of definitions. */
VV_MUST_USE vv_status catalog_work_def_bytes(struct catalog_work *work, const struct table_def *def,
                                             vv_slice *bytes_out);

/* Locks the definition's row as the snapshot shows it. VV_RETRY: a newer one was committed; it is
 * visible now. */
VV_MUST_USE vv_status catalog_work_def_claim(struct catalog_work *work);

/* Writes a new version of work->def with that spec. own: *fresh_out. */
VV_MUST_USE vv_status catalog_work_def_replace(struct catalog_work *work,
                                               const struct table_spec *spec,
                                               struct table_def **fresh_out);

/* The same with another map for the rows. */
VV_MUST_USE vv_status catalog_work_def_replace_map(struct catalog_work *work,
                                                   const struct table_spec *spec, uint32_t map_id,
                                                   struct table_def **fresh_out);

/* Builds an index of def; 23505 `could not create unique index`. */
VV_MUST_USE vv_status catalog_work_index_fill(struct catalog_work *work,
                                              const struct table_def *def,
                                              const struct table_index *index);

/* Comments that go with an object: all of an id; a column's (from 0); a CHECK's, or (new_name) follow it. */
VV_MUST_USE vv_status catalog_comments_drop(struct catalog_work *work, uint32_t id);
VV_MUST_USE vv_status catalog_comment_column_drop(struct catalog_work *work, uint32_t table_id,
                                                  uint32_t column);
VV_MUST_USE vv_status catalog_comment_check_move(struct catalog_work *work, uint32_t table_id,
                                                 const char *name, const char *new_name);

/* ALTER TABLE and TRUNCATE: finds the table, locks it against everybody. VV_RETRY: look again. VV_NOT_FOUND,
 * 42809. */
VV_MUST_USE vv_status catalog_work_table_lock(struct catalog_work *work, const char *name);

/* All commits before our locks become visible to the statement, which begins anew. VV_CONFLICT: the snapshot
 * of REPEATABLE READ is older. */
VV_MUST_USE vv_status catalog_work_newest(struct catalog_work *work);

uint32_t catalog_work_draw_id(struct catalog *catalog);
/* Types and nullability of an index's parts, from the columns. */
VV_MUST_USE vv_status catalog_work_parts_fix(struct catalog_work *work,
                                             const struct table_column *columns,
                                             struct table_index *index);

/* The entry of a name and (in work) the definition of its table. VV_EXISTS: nothing to do. */
VV_MUST_USE vv_status catalog_work_drop_find(struct catalog_work *work, const char *name,
                                             enum catalog_kind kind, bool if_exists,
                                             struct catalog_entry *entry_out);

/* ACCESS EXCLUSIVE on the table, and the names that go. VV_RETRY: the name means something else now. */
VV_MUST_USE vv_status catalog_work_drop_lock(struct catalog_work *work, const char *name,
                                             const struct catalog_entry *entry);

#endif
