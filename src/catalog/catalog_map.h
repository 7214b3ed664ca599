/*
 * catalog_map.h - named maps of bytes: relations that SQL lists but does not query.
 *
 * A map shares the one space of names with tables, indexes and sequences; its row there names its map in the
 * store, and that is its whole definition. CREATE and DROP are transactional as all DDL is; DROP TABLE of SQL
 * drops maps too.
 *
 * Whoever uses a map keeps a `struct catalog_map` and asks before each use, as a statement asks about its view:
 *
 *     lock   store_table_lock(session, map.map_id, ...): a drop waits for it
 *     look   catalog_map_is_current(): nothing can have changed; else catalog_map_check()
 *
 * Threads:  any, each with its own session.
 */
#ifndef VARVE_CATALOG_CATALOG_MAP_H
#define VARVE_CATALOG_CATALOG_MAP_H

#include "catalog/catalog.h"

struct catalog_map {
    uint32_t id;
    uint32_t map_id; /* in the store; names the table lock too */
    uint64_t word;   /* the catalog's, when it was last found right */
};

/* ---- DDL, as in catalog.h ---- */

/* 42P07 `relation "m" already exists`, or with if_not_exists its notice. 3F000. */
VV_MUST_USE vv_status catalog_map_create(const struct catalog_ddl *ddl, const char *schema,
                                         const char *name, bool if_not_exists);

/* Waits for its users. VV_NOT_FOUND, VV_INVALID: as catalog_map_find, whose answer may be old by then. */
VV_MUST_USE vv_status catalog_map_drop(const struct catalog_ddl *ddl, const char *schema,
                                       const char *name);

/* ---- use, inside a statement of session ---- */

/* What the running statement sees. VV_NOT_FOUND; VV_INVALID: another kind of relation. */
VV_MUST_USE vv_status catalog_map_find(struct catalog *catalog, struct store_session *session,
                                       const char *schema, const char *name,
                                       struct catalog_map *map_out);

/* Whether nothing can have changed since the map was found: of a call that has no snapshot. */
static inline bool catalog_map_is_unchanged(const struct catalog *catalog,
                                            const struct catalog_map *map)
{
    return catalog_word(catalog) == map->word && catalog_word_quiet(map->word);
}

/* As catalog_view_is_current(). snapshot: the transaction's under REPEATABLE READ, else 0. */
bool catalog_map_is_current(const struct catalog *catalog, const struct catalog_map *map,
                            uint64_t snapshot);

/* As catalog_view_check(), under the lock: VV_OK the statement sees this map under this name; VV_CHANGED begin another
 * statement and find it again; VV_CONFLICT with repeatable_read, for a write. */
VV_MUST_USE vv_status catalog_map_check(struct catalog *catalog, struct store_session *session,
                                        const char *schema, const char *name, bool writes,
                                        bool repeatable_read, struct catalog_map *map);

#endif
