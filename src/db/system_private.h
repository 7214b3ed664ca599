/* system_private.h - the functions that compute the rows of the system catalogs; only system*.c include it. */
#ifndef VARVE_DB_SYSTEM_PRIVATE_H
#define VARVE_DB_SYSTEM_PRIVATE_H

#include "db/system.h"
#include "plan/bind.h"

/* The relations with rows of their own. */
#define SYSTEM_ROWS_MAP(X)             \
    X(character_sets)                  \
    X(check_constraints)               \
    X(columns)                         \
    X(constraint_column_usage)         \
    X(constraint_table_usage)          \
    X(enabled_roles)                   \
    X(information_schema_catalog_name) \
    X(key_column_usage)                \
    X(pg_attrdef)                      \
    X(pg_attribute)                    \
    X(pg_authid)                       \
    X(pg_class)                        \
    X(pg_constraint)                   \
    X(pg_cursors)                      \
    X(pg_database)                     \
    X(pg_depend)                       \
    X(pg_description)                  \
    X(pg_group)                        \
    X(pg_index)                        \
    X(pg_indexes)                      \
    X(pg_locks)                        \
    X(pg_namespace)                    \
    X(pg_prepared_statements)          \
    X(pg_roles)                        \
    X(pg_sequence)                     \
    X(pg_sequences)                    \
    X(pg_settings)                     \
    X(pg_shadow)                       \
    X(pg_stat_activity)                \
    X(pg_stat_user_tables)             \
    X(pg_statistic)                    \
    X(pg_stats)                        \
    X(pg_tables)                       \
    X(pg_timezone_abbrevs)             \
    X(pg_timezone_names)               \
    X(pg_user)                         \
    X(pg_views)                        \
    X(schemata)                        \
    X(sequences)                       \
    X(table_constraints)               \
    X(tables)                          \
    X(views)

#define X(relation) VV_MUST_USE vv_status system_rows_##relation(struct system_scan *scan);
SYSTEM_ROWS_MAP(X)
#undef X

/* The collation of a type: "default" (100), "C" for names (950); 0: it has none. */
uint32_t system_collation_of(enum value_type type);
/* That of a column or part of an index; collation: enum value_collation. */
uint32_t system_collation_oid(enum value_type type, uint8_t collation);

#define SYSTEM_USES_MAX 16u

/* What an expression of a table's definition looks at. */
struct system_uses {
    bool *columns; /* of the table: set where it uses one */
    uint32_t
        relations[SYSTEM_USES_MAX]; /* sequences that nextval() names; those beyond are left out */
    uint32_t relation_count;
};

/* column: the one that a DEFAULT or GENERATED expression belongs to. VV_ERROR. (system_text.c) */
VV_MUST_USE vv_status system_text_uses(const struct system_text *text, const struct table_def *def,
                                       enum bind_definition_kind kind, uint32_t column,
                                       const char *source, struct system_uses *uses);

/* The OID of a schema that is there. */
uint32_t system_schema_id(const char *schema);

#endif
