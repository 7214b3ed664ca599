/*
 * map.h - what the files of maps share: handles, and the course of a call; never leaves the room.
 *
 *     frame   the transaction (of one call, or the open one), a statement of the store
 *     lock    the map's table lock, and whether its name still means it
 *     next    the work: one get, put, ...; or a cursor's batches
 *     end     everything the call looked at is visible
 *     commit  when the transaction was only for this call
 *
 * These are the phases of a statement's run, and `struct map_run` is a statement without plan: so it takes the
 * place of the session's active statement, is stopped by run_stop(), and other statements of the session are
 * refused while it waits.
 */
#ifndef VARVE_DB_MAP_H
#define VARVE_DB_MAP_H

#include "catalog/catalog_map.h"
#include "db/db_private.h"

#define MAP_MAGIC        UINT64_C(0x76617276656d6100)
#define MAP_CURSOR_MAGIC UINT64_C(0x76617276656d6300)

struct map_run {
    struct varve_statement statement; /* of it only what a run needs; magic stays 0 */
    struct varve_map_cursor *cursor;  /* whose run it is; NULL: of single calls */
    vv_status outcome;                /* of single calls: VV_OK, VV_NOT_FOUND, VV_EXISTS */
    uint64_t waiting;                 /* hash of the call that waits; 0: none does */
};

struct varve_map {
    uint64_t magic;
    struct varve_session *session;
    struct list link; /* in session->maps */
    struct catalog_map found;
    void *value; /* own: what varve_map_get gave last */
    size_t value_capacity;
    char name[LIMIT_NAME_BYTES + 1];
};

/* One call. */
struct map_call {
    struct varve_session *session;
    struct varve_map *map; /* NULL: the work needs no lock */
    bool writes;
    uint8_t kind;      /* enum map_kind */
    vv_slice key;      /* or a name */
    vv_slice value;    /* to be written; found by get */
    vv_slice expected; /* what varve_map_replace wants to find */
    void *buffer;      /* varve_map_read */
    const struct store_range *range;
    uint64_t count; /* of keys; varve_map_read: bytes of the buffer */
    uint64_t limit; /* of keys; 0: none */
};

enum map_kind {
    MAP_OPEN,
    MAP_CREATE,
    MAP_DROP,
    MAP_GET,
    MAP_READ,
    MAP_PUT,
    MAP_INSERT,
    MAP_REPLACE,
    MAP_DELETE,
    MAP_COUNT
};

void map_end(struct varve_map *map);
/* All of the session. */
void map_cursors_end(struct varve_session *session);

/* Whether the handle may be used, and claims its session. */
int map_claim(struct varve_map *map);

/* Goes on with the run until `phase`; phases before it may answer VV_WAITING. Entered. */
VV_MUST_USE vv_status map_run_frame(struct varve_session *session, struct map_run *run, bool writes,
                                    struct vv_error *error);
VV_MUST_USE vv_status map_run_lock(struct varve_map *map, bool writes, struct vv_error *error);
VV_MUST_USE vv_status map_run_end(struct varve_session *session, struct map_run *run,
                                  struct vv_error *error);

/* Takes the session for a run that begins: other statements of it are read to their end. */
VV_MUST_USE vv_status map_run_begin(struct varve_session *session, struct map_run *run,
                                    struct vv_error *error);
void map_run_init(struct map_run *run, struct varve_session *session,
                  struct varve_map_cursor *cursor);
void map_run_release(struct map_run *run);

/* successor: LIMIT_KEY_BYTES that live as long as the bounds. VV_ERROR: bounds that are none. */
VV_MUST_USE vv_status map_range_read(const struct varve_map_range *range, uint8_t *successor,
                                     struct store_range *range_out, struct vv_error *error);

#endif
