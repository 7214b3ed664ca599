/*
 * table_def.h - what a table is: columns, primary key, indexes, constraints, and where its maps are.
 *
 * A definition is immutable from the moment table_def_create() returns it: DDL makes a new definition
 * with a new version. It is one block of memory, counted, and shared by every plan that reads it. Which
 * definition a transaction sees is decided by the rows of the catalog's map, never by this struct.
 *
 * Rows and keys (see table/README.md): the primary map's key is the primary key's columns, or a hidden
 * 8-byte row id; its row holds the other columns. An index is a map of its own:
 *
 *     not unique   key = index columns + primary key     row = included columns
 *     unique       key = index columns                   row = primary key (+ included columns)
 *                  a key with a NULL in it appends the primary key, its row has only the included columns
 *
 * Promises: D1 a definition never changes; D2 decode(encode(d)) equals d, and bytes that are no
 *           definition give VV_CORRUPT; D3 columns that the primary key gives back are not
 *           stored in the row again.
 * Threads:  any; the count is atomic.
 */
#ifndef VARVE_TABLE_TABLE_DEF_H
#define VARVE_TABLE_TABLE_DEF_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#define TABLE_NO_COLUMN      UINT16_MAX /* an expression instead of a column; "none" */
#define TABLE_SCHEMA_PUBLIC  2200u      /* PostgreSQL's OID of schema public */
#define TABLE_SCHEMA_CATALOG 11u        /* PostgreSQL's OID of pg_catalog */

struct value;
struct table_layout; /* table_private.h: how rows and keys are coded */

enum table_identity { TABLE_NO_IDENTITY, TABLE_IDENTITY_ALWAYS, TABLE_IDENTITY_BY_DEFAULT };

/* OWNED BY table.column. */
struct table_sequence_owner {
    const char *schema; /* NULL: the search path */
    const char *table;  /* NULL: NONE */
    const char *column;
};

/* What CREATE SEQUENCE, ALTER SEQUENCE, SERIAL and IDENTITY say of a sequence; unsaid things keep what they were, or
 * get their default. */
struct table_sequence_options {
    uint8_t type;  /* enum value_type of its values */
    bool has_type; /* AS type */
    bool has_increment;
    bool has_minimum; /* without a value: NO MINVALUE */
    bool has_maximum;
    bool has_start;
    bool has_restart;
    bool has_cache;
    bool has_cycle;
    bool minimum_given;
    bool maximum_given;
    bool restart_given;
    bool cycle;
    bool identity;                            /* for the wording of errors */
    const struct table_sequence_owner *owner; /* OWNED BY; NULL: not said */
    int64_t increment;
    int64_t minimum;
    int64_t maximum;
    int64_t start;
    int64_t restart;
    int64_t cache;
};

#define TABLE_STATISTICS_DEFAULT 0u
#define TABLE_STATISTICS_MAX     10000u

struct table_column {
    const char *name;
    const char *default_text;   /* the DEFAULT as printed SQL; NULL: none */
    const char *generated_text; /* GENERATED ALWAYS AS (this) STORED; NULL: an ordinary column */
    const struct table_sequence_options
        *sequence;              /* in a spec: SERIAL, IDENTITY: make one; NULL: none */
    uint32_t sequence_id;       /* of SERIAL or IDENTITY, which drops it with the column; 0: none */
    int32_t type_modifier;      /* as PostgreSQL's atttypmod; -1: none */
    uint16_t statistics_target; /* SET STATISTICS, plus 1; 0: TABLE_STATISTICS_DEFAULT */
    uint8_t type;               /* enum value_type */
    uint8_t collation;          /* enum value_collation; 0 for types without */
    uint8_t identity;           /* enum table_identity */
    uint8_t section;  /* of the row's bytes (value/row.h): 0 from CREATE TABLE; 0 in a spec */
    vv_slice missing; /* the value in rows older than the column, as table_missing_encode()
                              makes it; no data: NULL */
    bool not_null;
    bool stored_nullable; /* not_null as it was when the column was made; ignored in a spec */
    bool dropped;         /* its place stays, so that old rows decode; reads as NULL */
    bool absent;          /* dropped, and no row holds bytes for it any more */
};

/* One column (or expression) of an index's key. */
struct table_index_part {
    const char *expression_text; /* printed SQL, in parentheses unless it is a call, when column
                                    is TABLE_NO_COLUMN; else NULL */
    const char *name; /* of an expression: what PostgreSQL calls it ("lower", "expr"); else NULL */
    uint16_t column;
    uint8_t type; /* enum value_type of the column or expression */
    uint8_t
        collation; /* enum value_collation by which the index orders it, perhaps not the column's */
    bool descending;
    bool nulls_first; /* PostgreSQL's default: last when ascending, first when descending */
    bool nullable;    /* whether keys carry a NULL byte; ignored in a spec */
};

/* An index, or (in a spec) the wish for one. The primary key is an index too: the one whose map is the
 * table's own. */
struct table_index {
    uint32_t id;      /* OID; 0 in a spec */
    uint32_t map_id;  /* the store's map; 0 in a spec; of the primary key: the table's */
    const char *name; /* NULL in a spec: choose one as PostgreSQL does */
    const struct table_index_part *parts;
    const uint16_t *includes;   /* INCLUDE columns */
    const char *predicate_text; /* WHERE of a partial index; NULL: none */
    uint16_t part_count;
    uint16_t include_count;
    bool unique;
    bool primary;
    bool constraint; /* made by PRIMARY KEY or UNIQUE: only the table's ALTER or DROP may end it */
};

/* A CHECK constraint. (Keys are constraints through their index.) */
struct table_check {
    const char *name;
    const char *text; /* the condition as printed SQL */
    bool not_valid;   /* NOT VALID: old rows may break it */
};

/* What CREATE TABLE asks for, and the part of a definition that a user wrote. */
struct table_spec {
    const char *schema; /* NULL: the first of the search path, "public" */
    const char *name;
    const struct table_column *columns;
    const struct table_index
        *indexes; /* the primary key first when there is one; in DDL order then */
    const struct table_check *checks;
    uint32_t column_count;
    uint32_t index_count;
    uint32_t check_count;
};

struct table_def {
    uint32_t magic;
    uint32_t id;            /* OID of the table */
    uint32_t schema_id;     /* TABLE_SCHEMA_… */
    uint32_t map_id;        /* of its rows */
    uint64_t version;       /* differs in any two definitions of a database's life */
    struct table_spec spec; /* names, columns, indexes; indexes[0] is the primary key if has_key */
    bool has_key;           /* false: rows are keyed by a hidden row id */
    const struct table_layout *layout;

    struct alloc *alloc;         /* borrow until the last drop */
    struct arena arena;          /* everything above lives here */
    _Atomic uint32_t references; /* guard: atomic */
};

struct table_def_ids {
    uint32_t id;
    uint32_t schema_id;
    uint32_t map_id;
    uint64_t version;
};

/* Copies spec (with ids and names in every index) and computes the layouts. VV_LIMIT: a key has more than
 * LIMIT_INDEX_COLUMNS columns, or the table more than LIMIT_COLUMNS. own: *def_out, one reference: end
 * with table_def_drop(). borrow: alloc until the last drop. */
VV_MUST_USE vv_status table_def_create(struct alloc *alloc, const struct table_def_ids *ids,
                                       const struct table_spec *spec, struct table_def **def_out);

/* One more, one less reference; the last frees it. drop accepts NULL. */
const struct table_def *table_def_acquire(const struct table_def *def);
void table_def_drop(const struct table_def *def);

/* The definition as bytes in arena (VV_NOMEM) and back (D2). */
VV_MUST_USE vv_status table_def_encode(const struct table_def *def, struct arena *arena,
                                       vv_slice *bytes_out);
VV_MUST_USE vv_status table_def_decode(struct alloc *alloc, vv_slice bytes,
                                       struct table_def **def_out);

/* A value that is not NULL as table_column.missing keeps it, in arena. */
VV_MUST_USE vv_status table_missing_encode(const struct value *value, struct arena *arena,
                                           vv_slice *missing_out);

/* The column of that name that is not dropped; TABLE_NO_COLUMN: none. */
uint16_t table_def_column(const struct table_def *def, const char *name);

/* The index of that name or id; NULL: none. borrow until def is dropped. */
const struct table_index *table_def_index(const struct table_def *def, const char *name);
const struct table_index *table_def_index_by_id(const struct table_def *def, uint32_t id);

/* The primary key; NULL: the table has none. */
static inline const struct table_index *table_def_key(const struct table_def *def)
{
    return def->has_key ? &def->spec.indexes[0] : NULL;
}

/* A relation whose rows are computed when they are read (exec/source.h): it has no maps. */
static inline bool table_def_is_virtual(const struct table_def *def)
{
    return def->map_id == 0;
}

/* Whether index needs more of a row than its columns: it has an expression or a predicate. */
bool table_index_is_computed(const struct table_index *index);

/* Whether a part of a key gives back the very value that it was made of. */
bool table_part_gives_back(const struct table_index_part *part);

/* Whether a scan of index alone gives that column back: it is a part, an included column, or in the
 * primary key, of a type that keys give back. index NULL: the table's own map, which gives all. */
bool table_index_covers(const struct table_def *def, const struct table_index *index,
                        uint16_t column);

#endif
