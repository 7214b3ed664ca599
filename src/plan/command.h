/*
 * command.h - bound statements that are not queries: definitions, transactions, settings, EXPLAIN.
 *
 * The binder checks names and types and leaves here what the catalog and db need to act; nothing of it
 * is optimised. Texts and arrays live in the plan's arena.
 *
 * Threads: any, read-only.
 */
#ifndef VARVE_PLAN_COMMAND_H
#define VARVE_PLAN_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table_def.h"

struct alter_plan;
struct logical_plan;
struct physical_plan;
struct plan_origin;

enum command_kind {
    COMMAND_CREATE_TABLE,    /* create_table */
    COMMAND_CREATE_INDEX,    /* create_index */
    COMMAND_DROP_TABLE,      /* drop */
    COMMAND_DROP_INDEX,      /* drop */
    COMMAND_TRUNCATE,        /* drop */
    COMMAND_ALTER_TABLE,     /* alter */
    COMMAND_ALTER_INDEX,     /* alter: new_name */
    COMMAND_CREATE_SEQUENCE, /* sequence */
    COMMAND_ALTER_SEQUENCE,  /* sequence */
    COMMAND_DROP_SEQUENCE,   /* drop */
    COMMAND_COMMENT,         /* comment */
    COMMAND_BEGIN,           /* transaction; also START TRANSACTION */
    COMMAND_COMMIT,          /* transaction.chain */
    COMMAND_ROLLBACK,        /* transaction.chain */
    COMMAND_SAVEPOINT,       /* name */
    COMMAND_RELEASE,         /* name */
    COMMAND_ROLLBACK_TO,     /* name */
    COMMAND_SET_TRANSACTION, /* transaction; session: SET SESSION CHARACTERISTICS */
    COMMAND_SET,             /* setting */
    COMMAND_RESET,           /* setting: name only; "all" */
    COMMAND_SHOW,            /* setting: name only; "all" */
    COMMAND_EXPLAIN,         /* explain */
    COMMAND_PREPARE,         /* prepare */
    COMMAND_EXECUTE,         /* execute */
    COMMAND_DEALLOCATE,      /* name; NULL: ALL */
    COMMAND_DISCARD,         /* discard */
    COMMAND_DECLARE,         /* declare */
    COMMAND_FETCH,           /* fetch; also MOVE */
    COMMAND_CLOSE,           /* name; NULL: ALL */
    COMMAND_ROLE,            /* role; carried out by the host of the session */
    COMMAND_LOCK_TABLE,      /* lock; the locks are the plan's */
    COMMAND_ANALYZE,         /* analyze */
    COMMAND_MAINTAIN,        /* maintain: VACUUM, ANALYZE of every table, CHECKPOINT */
    COMMAND_KIND_COUNT
};

#define COMMAND_LAST_DEFINITION COMMAND_COMMENT /* those up to it are DDL */

enum command_level {
    COMMAND_LEVEL_DEFAULT, /* not said: the session's default_transaction_isolation */
    COMMAND_LEVEL_READ_UNCOMMITTED,
    COMMAND_LEVEL_READ_COMMITTED,
    COMMAND_LEVEL_REPEATABLE_READ,
    COMMAND_LEVEL_SERIALIZABLE
};

enum command_role {
    COMMAND_ROLE_CREATE,
    COMMAND_ROLE_ALTER,
    COMMAND_ROLE_RENAME,
    COMMAND_ROLE_DROP
};

enum command_choice { COMMAND_UNSAID, COMMAND_YES, COMMAND_NO };

enum command_direction {
    COMMAND_FETCH_FORWARD,
    COMMAND_FETCH_BACKWARD,
    COMMAND_FETCH_ABSOLUTE,
    COMMAND_FETCH_RELATIVE
};
#define COMMAND_FETCH_ALL INT64_MAX

/* A table to ANALYZE. */
struct command_analyze {
    const struct table_def *table;
    const uint16_t *columns;
    uint32_t column_count;
};

enum command_format {
    COMMAND_FORMAT_TEXT,
    COMMAND_FORMAT_XML,
    COMMAND_FORMAT_JSON,
    COMMAND_FORMAT_YAML
};

struct command_explain_options {
    bool costs;
    bool analyze;
    bool verbose;
    bool timing;
    bool summary;
    bool buffers;
    bool settings;
    bool wal;
    uint8_t format; /* enum command_format */
};

struct command_name {
    const char *schema; /* NULL: the search path */
    const char *name;
    uint32_t position;
};

struct command {
    uint8_t kind;    /* enum command_kind */
    const char *tag; /* PostgreSQL's command tag: "CREATE TABLE", "BEGIN", "START TRANSACTION" */
    union {
        struct {
            struct table_spec spec;
            bool if_not_exists;
            bool
                skips; /* IF NOT EXISTS of a name that is taken: nothing but the names in spec was looked at */
        } create_table;
        struct command_comment {
            struct command_name name;
            uint8_t object;   /* enum catalog_commented */
            const char *part; /* column or constraint; NULL: none */
            const char *text; /* NULL: none any more */
        } comment;
        struct {
            struct command_name table;
            struct table_index index;     /* a wish: ids 0; name NULL: choose one */
            const struct table_def *base; /* what it was bound to */
            bool if_not_exists;
        } create_index;
        struct {
            uint32_t count;
            const struct command_name *names;
            bool if_exists;
            bool cascade;
            bool restart_identity; /* TRUNCATE */
        } drop;
        struct {
            struct command_name table;
            const struct alter_plan *plan; /* NULL: there is no such table (IF EXISTS) */
            const char *new_name;          /* ALTER INDEX: RENAME TO */
            bool if_exists;
        } alter;
        struct {
            struct command_name name;
            struct table_sequence_options options;
            const char *new_name; /* ALTER … RENAME TO; NULL: options */
            bool if_exists;       /* IF NOT EXISTS of CREATE */
        } sequence;
        struct {
            uint8_t level;      /* enum command_level */
            uint8_t read_only;  /* enum command_choice */
            uint8_t deferrable; /* enum command_choice */
            bool chain;
            bool session; /* SET_TRANSACTION: SET SESSION CHARACTERISTICS AS TRANSACTION */
        } transaction;
        const char *name; /* savepoint */
        struct {
            const char *name;
            const char *value; /* as text, several joined by ", "; NULL: SET x TO DEFAULT */
            bool local;
            bool several; /* values where the setting takes one: 22023 when it is run */
        } setting;
        struct {
            uint8_t action; /* enum command_role */
            uint32_t name_count;
            const char *const *names; /* DROP: one or more; else one */
            const char *new_name;     /* RENAME */
            const char *password;     /* NULL: not said, or PASSWORD NULL */
            bool has_password;
            uint8_t login;     /* enum command_choice */
            uint8_t superuser; /* enum command_choice */
            bool if_exists;
        } role;
        struct {
            const struct logical_plan *logical;   /* from the binder */
            const struct physical_plan *physical; /* from optimize, for logical */
            struct command_explain_options options;
            const struct command *execute; /* EXPLAIN EXECUTE; logical is NULL then */
            const char *text;              /* with ANALYZE: the statement to run */
        } explain;
        struct {
            const char *name;
            const uint8_t *types; /* enum value_type; VALUE_UNKNOWN: to be inferred */
            uint32_t type_count;
        } prepare;
        struct {
            const char *name;
            const struct logical_plan *logical; /* one row of the arguments; NULL: there are none */
            const struct physical_plan *physical;
        } execute;
        struct {
            bool all;
            bool sequences;
        } discard;
        struct {
            const char *name;
            const char *text;  /* of the query */
            const char *locks; /* "FOR UPDATE"; NULL: none */
            bool binary;
            bool scroll;
            bool no_scroll;
            bool hold;
        } declare;
        struct command_fetch {
            const char *name;
            int64_t count;   /* COMMAND_FETCH_ALL */
            uint64_t cursor; /* the one of that name when it was bound; 0: there was none */
            const struct plan_origin *origins; /* of its columns, without their tables */
            uint8_t direction;                 /* enum command_direction */
            bool move;
        } fetch;
        struct {
            const char *nowait; /* the table's name; NULL: wait */
        } lock;
        struct {
            struct command_analyze *targets;
            uint32_t count;
        } analyze;
        struct {
            const char *analyze; /* the text to run then; NULL: none */
            bool analyze_all;
            bool vacuum;
            bool checkpoint;
        } maintain;
    };
};

#endif
