/*
 * catalog_comment.h - COMMENT ON: texts about objects, a row for each in a map of the catalog.
 *
 * A comment belongs to its object by number (a CHECK by its table and name), so it follows renaming; it goes with
 * its object in the same transaction.
 *
 * Threads: as their session.
 */
#ifndef VARVE_CATALOG_CATALOG_COMMENT_H
#define VARVE_CATALOG_CATALOG_COMMENT_H

#include "catalog/catalog.h"

enum catalog_commented {
    CATALOG_COMMENT_TABLE,
    CATALOG_COMMENT_INDEX,
    CATALOG_COMMENT_SEQUENCE,
    CATALOG_COMMENT_VIEW,
    CATALOG_COMMENT_MATERIALIZED_VIEW,
    CATALOG_COMMENT_COLUMN,
    CATALOG_COMMENT_CONSTRAINT,
    CATALOG_COMMENT_SCHEMA /* name is the schema's */
};

struct catalog_comment_wish {
    enum catalog_commented kind;
    const char *schema;
    const char *name; /* of the relation */
    const char *part; /* of its column or constraint; else NULL */
    const char *text; /* NULL or empty: none any more */
};

/* COMMENT ON. 42P01, 42809 `"x" is not a table`, 42703, 42704 `constraint "c" for table "t" does not exist`, 3F000.
 * VV_WAITING: call again. */
VV_MUST_USE vv_status catalog_comment(const struct catalog_ddl *ddl,
                                      const struct catalog_comment_wish *wish);

/* What a comment is about. */
enum catalog_comment_class {
    CATALOG_CLASS_RELATION = 1,
    CATALOG_CLASS_CONSTRAINT = 2,
    CATALOG_CLASS_SCHEMA = 3
};

struct catalog_comment_key {
    uint32_t id; /* of the relation, the key's index, the CHECK's table, the schema */
    enum catalog_comment_class class;
    uint16_t column;   /* from 1; 0: the whole */
    const char *check; /* its name; NULL: no CHECK */
};

/* In the running statement. VV_NOT_FOUND; *text_out lives in arena. */
VV_MUST_USE vv_status catalog_comment_get(struct store_session *session,
                                          const struct catalog_comment_key *key,
                                          struct arena *arena, const char **text_out);

/* All of them, in arena. */
struct catalog_comment_row {
    struct catalog_comment_key key;
    const char *text;
};

VV_MUST_USE vv_status catalog_comment_list(struct store_session *session, struct arena *arena,
                                           struct catalog_comment_row **rows_out,
                                           uint32_t *count_out);

#endif
