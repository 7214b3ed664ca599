/*
 * error.h - two ways to say what went wrong.
 *
 * Below SQL a function returns a status and fills a fixed-size `struct vv_cause` (where, which
 * transaction, which key): no text, no allocation. Where a user can read it (sql, plan, catalog, eval,
 * exec, db, opening files) a `struct vv_error` carries PostgreSQL's fields.
 */
#ifndef VARVE_BASE_ERROR_H
#define VARVE_BASE_ERROR_H

#include "base/slice.h"
#include "base/status.h"

/* SQLSTATEs by name: VV_SQLSTATE_SYNTAX_ERROR is "42601". */
enum vv_sqlstate {
#define X(name, code) VV_SQLSTATE_##name,
#include "base/sqlstate.def"
#undef X
    VV_SQLSTATE_COUNT
};

#define CAUSE_KEY_BYTES 64

/* What the storage rooms know about a failure. Zero a cause before the call that may fill it. */
struct vv_cause {
    uint64_t lsn;      /* where in the log, 0 when unknown */
    uint64_t txn_tag;  /* the transaction in the way, 0 when none */
    uint64_t frame;    /* the frame of the image, or offset in a file */
    uint32_t map_id;   /* the map, 0 when none */
    int32_t os_error;  /* errno of a failed call, 0 when none */
    uint16_t key_size; /* full size of the key; at most CAUSE_KEY_BYTES of it are in key[] */
    uint8_t key[CAUSE_KEY_BYTES];
    char what[48]; /* the operation or file name, for people */
};

#define ERROR_TEXT_BYTES    1024
#define ERROR_NAME_BYTES    64
#define ERROR_CONTEXT_BYTES 512

/* PostgreSQL's error fields. All texts are NUL-terminated and empty when absent. */
struct vv_error {
    char sqlstate[6];
    uint32_t position; /* 1-based character in the statement's text, 0 when none */
    char message[ERROR_TEXT_BYTES];
    char detail[ERROR_TEXT_BYTES];
    char hint[ERROR_TEXT_BYTES];
    char context[ERROR_CONTEXT_BYTES]; /* where in the data, e.g. "COPY t, line 3, column a: ..." */
    char table[ERROR_NAME_BYTES];
    char column[ERROR_NAME_BYTES];
    char constraint[ERROR_NAME_BYTES];
};

/* Makes the error empty (sqlstate "00000"). */
void error_clear(struct vv_error *error);

/* Sets code, position and message (printf), clears the rest; texts too long are cut at a character
 * border. Accepts NULL error. Returns VV_ERROR, so that `return error_set(...)` reads well. */
vv_status error_set(struct vv_error *error, enum vv_sqlstate code, uint32_t position,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds detail, hint or context to an error that was set. Accepts NULL error. */
void error_detail(struct vv_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void error_hint(struct vv_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void error_context(struct vv_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Turns a bare status into an error with its own text and SQLSTATE. Returns VV_ERROR; for VV_ERROR
 * itself leaves the error as it is. */
vv_status error_from_status(struct vv_error *error, vv_status status);

const char *error_sqlstate_text(enum vv_sqlstate code);

#endif
