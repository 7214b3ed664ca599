/*
 * cursor.h - DECLARE, FETCH, MOVE, CLOSE: queries that a session reads in portions, by name.
 *
 * A cursor owns a statement, its query, which DECLARE begins and FETCH goes on with. As long as nothing else runs in the session
 * it stays the active statement and reads no further than it was asked to; whatever else begins reads its rest
 * into memory first (run_keep_active), so it shows the rows of its own snapshot. Rows are kept in batches once they are
 * read: all of them when the cursor may go back, else those not fetched yet.
 *
 * Promises: CU1 a cursor shows its snapshot's rows, whatever happens in the session meanwhile;
 *           CU2 what waits goes on where it stopped; a FETCH that fails leaves a cursor that cannot be run;
 *           CU3 an error while the rest is read ahead is told by the FETCH that comes to it, not before.
 */
#ifndef VARVE_DB_CURSOR_H
#define VARVE_DB_CURSOR_H

#include "db/db_private.h"

struct bind_cursor;

/* Rows first + 1 to first + batch.row_count of the result. */
struct cursor_batch {
    struct arena arena;
    uint64_t first;
    struct value_batch batch;
};

struct session_cursor {
    struct list link; /* in session->cursors, oldest first; or session->ended_cursors */
    uint64_t id;      /* of no other in this session; later ones are greater */
    struct varve_session *session;
    struct varve_statement *query; /* own; NULL: all of its rows are in batches */
    struct plan *plan;             /* own (acquired); of the query */
    struct vv_error *failure; /* own; what the rest met when it was read ahead; NULL: nothing */
    struct cursor_batch **batches; /* own */
    uint32_t batch_count;
    uint32_t batch_capacity;
    uint64_t loaded; /* rows read so far */
    bool complete;   /* there are no others */
    bool hold;
    bool held; /* its transaction has committed */
    bool binary;
    bool scroll;
    bool failed;                            /* a FETCH met an error */
    const struct varve_statement *fetching; /* the FETCH that waits for the query; NULL: none */
    /* PostgreSQL's portal: */
    bool at_start;
    bool at_end;
    uint64_t position;  /* of the current row, from 1; at the end: of the last */
    int64_t began;      /* microseconds since 2000 */
    struct arena arena; /* text, parameters */
    const char *text;   /* DECLARE as it was written */
    char name[LIMIT_NAME_BYTES + 1];
};

/* ---- cursor.c ---- */

VV_MUST_USE vv_status cursor_declare(struct varve_statement *statement,
                                     const struct command *command, struct vv_error *error);
/* name NULL: all. */
VV_MUST_USE vv_status cursor_close(struct varve_session *session, const char *name,
                                   struct vv_error *error);
VV_MUST_USE vv_status cursor_unknown(const char *name, struct vv_error *error);
/* NULL: there is none. */
struct session_cursor *cursor_find(struct varve_session *session, const char *name);
/* As bind_prepared.cursor; context is the session. */
bool cursor_columns(void *context, const char *name, struct bind_cursor *cursor_out);

/* A statement that declares, or fetches, ends while it waits. */
void cursor_forget(struct varve_statement *statement);
/* FETCH, MOVE or CLOSE, as far as its first word tells: it leaves the active statement alone. */
bool cursor_is_command(vv_slice text);
/* Whether this statement goes on with the cursor that is active. */
bool cursor_goes_on(const struct varve_statement *statement);

/* Before COMMIT: reads what cursors WITH HOLD still miss. VV_WAITING: call again. Entered, unless one is active. */
VV_MUST_USE vv_status cursor_hold_all(struct varve_session *session, struct vv_error *error);
/* The transaction is over: ends its cursors, but for those held. None is active but the one that this transaction was
 * for. Entered. */
void cursor_transaction_over(struct varve_session *session, bool committed);
/* Ends those made after the one of this id. Entered. */
void cursor_rollback_to(struct varve_session *session, uint64_t id);
/* The active cursor's query ends with what has failed. Entered. */
void cursor_abandon(struct varve_session *session);
void cursor_end_all(struct varve_session *session);

/* Frees the cursors that ended while one of them ran. */
void cursor_reap(struct varve_session *session);

/* ---- cursor_fetch.c ---- */

VV_MUST_USE vv_status cursor_fetch(struct varve_statement *statement, struct vv_error *error);
/* One batch more: VV_OK, VV_END, VV_WAITING, VV_ERROR. */
VV_MUST_USE vv_status cursor_load(struct session_cursor *cursor, struct vv_error *error);
/* CU3: true when the query of a cursor may fail with *error later. */
bool cursor_keep_failure(struct varve_statement *query, const struct vv_error *error);
void cursor_drop_batches(struct session_cursor *cursor);

#endif
