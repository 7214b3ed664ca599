/*
 * system.h - the system catalogs: relations that are computed when they are read.
 *
 * system_relations.def names every relation of pg_catalog and information_schema with PostgreSQL 15's columns; a
 * definition without maps is made of one when it is first named. Its rows come from a function of the table in
 * system.c, or are always the same (system_rows.def), or there are none because Varve has nothing of the kind.
 *
 *     system_find()      name -> definition             (the binder's names: plan_cache.c)
 *     system_source()    definition -> rows             (exec/source.h)
 *     system_names       what the running statement sees: tables, indexes, sequences by OID and name
 *     system_text_…()    definitions as SQL             (pg_get_indexdef and its like)
 *
 * Promises: S1 OIDs of what is always there are PostgreSQL's; those of users' objects come from the catalog and
 *           outlive restarts; S2 what a statement reads here is what its snapshot shows.
 * Threads:  as their session; definitions are shared.
 */
#ifndef VARVE_DB_SYSTEM_H
#define VARVE_DB_SYSTEM_H

#include "base/arena.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "exec/source.h"
#include "value/value.h"

struct command;
struct session_catalog_call;
struct system_definitions;
struct varve;
struct varve_session;
struct zone;

#define SYSTEM_SCHEMA_INFORMATION 13392u /* as a fresh PostgreSQL 15 has it */
#define SYSTEM_ROLE               10u    /* the one that owns everything */
#define SYSTEM_DATABASE           5u
#define SYSTEM_TABLESPACE         1663u /* pg_default */
#define SYSTEM_HEAP               2u    /* pg_am */
#define SYSTEM_BTREE              403u
#define SYSTEM_PG_CLASS           1259u
#define SYSTEM_PG_CONSTRAINT      2606u
#define SYSTEM_PG_ATTRDEF         2604u

/* Every column of every relation has a number of its own; see system_column(). */
enum system_column {
#define RELATION(name, oid, schema, kind)                SYSTEM_##name##_START,
#define COLUMN(relation, name, type, modifier, not_null) SYSTEM_##relation##__##name,
#define RELATION_END(name)                               SYSTEM_##name##_END,
#include "db/system_relations.def"
#undef RELATION
#undef COLUMN
#undef RELATION_END
    SYSTEM_COLUMN_COUNT
};

enum system_relation_id {
#define RELATION(name, oid, schema, kind) SYSTEM_##name,
#define COLUMN(relation, name, type, modifier, not_null)
#define RELATION_END(name)
#include "db/system_relations.def"
#undef RELATION
#undef COLUMN
#undef RELATION_END
    SYSTEM_RELATION_COUNT
};

/* ---- system.c: names and rows ---- */

/* own: *out, end with system_definitions_destroy() (accepts NULL). */
VV_MUST_USE vv_status system_definitions_create(struct alloc *alloc,
                                                struct system_definitions **out);
void system_definitions_destroy(struct system_definitions *definitions);

/* The relation of that name; schema NULL: pg_catalog. VV_NOT_FOUND, VV_NOMEM. borrow: as long as the database. */
VV_MUST_USE vv_status system_find(struct system_definitions *definitions, const char *schema,
                                  const char *name, const struct table_def **def_out);

/* The name of a relation of the system's, NULL: there is none with that OID. */
const char *system_relation_name(uint32_t oid, const char **schema_out);
/* 0: there is none. schema NULL: pg_catalog. */
uint32_t system_relation_oid(const char *schema, const char *name);

/* 42501 when the command would change one of them. */
VV_MUST_USE vv_status system_refuse(const struct command *command, struct vv_error *error);

struct system_relation {
    const char *name;
    const char *schema;
    uint32_t oid;
    uint32_t first_column; /* enum system_column of its START */
    uint32_t column_count;
    char kind; /* 'r', 'v' */
};
const struct system_relation *system_relations(uint32_t *count_out);

struct system_relation_column {
    const char *name;
    int32_t modifier;
    uint8_t type; /* enum value_type */
    bool not_null;
};
/* Of the relation's columns, column_count of them. */
const struct system_relation_column *system_relation_columns(
    const struct system_relation *relation);

/* Looks through the rows of system_rows.def: field `column` of the first row of its relation whose field `key` is
 * `wanted`. False: there is none. borrow: for ever. */
bool system_row_field(enum system_column key, vv_slice wanted, enum system_column column,
                      vv_slice *out);
/* The same with `skip` such rows left out. */
bool system_row_fields(enum system_column key, vv_slice wanted, enum system_column column,
                       uint32_t skip, vv_slice *out);

/* session->env.source */
VV_MUST_USE vv_status system_rows(void *owner, const struct exec_source_request *request,
                                  struct vv_error *error);

/* ---- what a relation's function works with ---- */

struct system_scan {
    struct varve_session *session;
    struct store_session *store; /* whose statement it is */
    struct catalog *catalog;
    const char *owner; /* of all there is: the role SYSTEM_ROLE */
    const char *user;
    const char *database;
    const struct exec_source_request *request;
    struct arena *arena; /* of the run */
    struct system_names *names;
    struct vv_error *error;
    uint32_t start; /* enum system_column: the relation's */
    bool failed;    /* out of memory */
};

/* Begins a row. */
void system_row(struct system_scan *scan);
/* Sets a column of the row: integers and OIDs, booleans, one letter, text (NULL: none; copied), microseconds. */
void system_number(struct system_scan *scan, enum system_column column, int64_t number);
void system_boolean(struct system_scan *scan, enum system_column column, bool truth);
void system_letter(struct system_scan *scan, enum system_column column, char letter);
void system_string(struct system_scan *scan, enum system_column column, const char *text);
void system_real(struct system_scan *scan, enum system_column column, double real);
/* An interval. */
void system_seconds(struct system_scan *scan, enum system_column column, int64_t seconds);
/* Whether somebody reads it: for what is dear to compute. */
bool system_wants(const struct system_scan *scan, enum system_column column);
/* False: no row with this in the column can match. */
bool system_may_be(const struct system_scan *scan, enum system_column column, int64_t number);
bool system_may_be_text(const struct system_scan *scan, enum system_column column,
                        const char *text);

/* ---- system_names.c ---- */

/* A table, index, sequence or map of bytes that the statement sees. */
struct system_object {
    const char *name;
    uint32_t id;
    uint32_t table_id; /* as catalog_name */
    enum catalog_kind kind;
    const struct table_def *def;     /* of a table, or the index's table; else NULL */
    const struct table_index *index; /* of an index */
};

struct system_names {
    struct arena arena;
    struct catalog_view view; /* holds the definitions */
    struct system_object *objects;
    uint32_t count;
};

/* What the running statement sees, read again when definitions have changed. Outside a statement: what was read
 * last, or nothing. borrow: *names_out until the next call. */
VV_MUST_USE vv_status system_names(struct varve_session *session, struct system_names **names_out,
                                   struct vv_error *error);
void system_names_release(struct varve_session *session);

const struct system_object *system_object(const struct system_names *names, uint32_t id);
const struct system_object *system_object_named(const struct system_names *names, const char *name);

/* For struct context: regclass and its kin. */
vv_status system_find_object(void *owner, enum value_type type, vv_slice name, uint32_t *oid_out,
                             struct vv_error *error);
size_t system_name_object(void *owner, enum value_type type, uint32_t oid, char *to);

/* OIDs of constraints and defaults, which the catalog does not number: made of their table's and their name's. */
uint32_t system_check_id(const struct table_def *def, const struct table_check *check);
uint32_t system_default_id(const struct table_def *def, uint32_t column);

/* ---- system_comments.c ---- */

/* The comment on an object of a class ("pg_class", …; empty: any), or on its column, in arena. VV_NOT_FOUND. */
VV_MUST_USE vv_status system_comment(struct store_session *store, const struct system_names *names,
                                     uint32_t oid, vv_slice class, uint16_t column,
                                     struct arena *arena, const char **text_out);

/* ---- system_text.c: definitions as SQL; NULL: out of memory, or *error ---- */

struct system_text {
    struct varve_session *session;
    struct arena *arena;
    struct vv_error *error;
};

/* An expression, or a condition, of a table's definition as PostgreSQL would print it. */
const char *system_text_condition(const struct system_text *text, const struct table_def *def,
                                  const char *source);
const char *system_text_expression(const struct system_text *text, const struct table_def *def,
                                   const char *source);
/* A column's DEFAULT or GENERATED expression; *out NULL: it has none. */
const char *system_text_default(const struct system_text *text, const struct table_def *def,
                                uint32_t column);
/* CREATE INDEX …; pretty: without the schema of a table that is found without it. */
const char *system_text_index(const struct system_text *text, const struct table_def *def,
                              const struct table_index *index, bool pretty);
/* Column `column` of the index, from 1; empty when it has fewer. */
const char *system_text_index_column(const struct system_text *text, const struct table_def *def,
                                     const struct table_index *index, int32_t column, bool pretty);
const char *system_text_key(const struct system_text *text, const struct table_def *def,
                            const struct table_index *index);
const char *system_text_check(const struct system_text *text, const struct table_def *def,
                              const struct table_check *check, bool pretty);
/* The same expression with as few parentheses as it needs: "pretty". */
const char *system_text_pretty(const struct system_text *text, const char *expression);
/* The name, quoted if need be. */
const char *system_text_name(const struct system_text *text, const char *name);

/* ---- zones.c ---- */

/* The zone of that name in any case; NULL: there is none. borrow: as long as the session. */
const struct zone *system_zone(struct varve_session *session, const char *name);
/* Calls each for every zone of the system's files, in no order, until it fails. borrow: zone until it returns. */
typedef vv_status (*system_zone_each)(void *context, const struct zone *zone);
VV_MUST_USE vv_status system_zones_each(struct varve_session *session, system_zone_each each,
                                        void *context);
/* The beginning of the transaction as now() has it, in seconds since 1970. */
int64_t system_transaction_time(struct varve_session *session);

/* ---- system_functions.c ---- */

/* For eval_session.catalog. */
vv_status system_call(void *owner, const struct session_catalog_call *call, struct value *out,
                      struct vv_error *error);

#endif
