/*
 * transfer.h - COPY at run time: bytes from the program or a file into rows, rows into lines.
 *
 *     COPY FROM   program, file ──> buffer ──> lines ──> fields ──> batch ──feed──> exec (INSERT)
 *     COPY TO     exec (a query) ──> batch ──> one line a step ──> program, file
 *
 * A statement of COPY owns one transfer. What came in is collected until about 64 KB are there, so that small
 * pieces do not make small batches; memory is that buffer (or one line, if longer) and one batch.
 *
 * Promises: TR1 the pieces in which bytes come change nothing but speed;
 *           TR2 rows before a bad line are written before its error is told, so that of two errors the one of the
 *               earlier line is (all of them are undone).
 * Threads:  as their session.
 */
#ifndef VARVE_DB_TRANSFER_H
#define VARVE_DB_TRANSFER_H

#include "base/arena.h"
#include "db/db_private.h"
#include "exec/exec.h"
#include "plan/copy_plan.h"

struct os_file;
struct varve_statement;

struct transfer_line {
    vv_slice text; /* in the buffer */
    uint64_t number;
};

/* Rows that come without text: the appender's. */
struct transfer_source {
    struct exec_feed feed;
    uint64_t rows_before; /* those of the batch, for errors */
};

struct transfer {
    struct varve_statement *statement;
    const struct transfer_source *source; /* borrow: as long as the statement; NULL: text */
    const struct copy_plan *copy;         /* of the plan that runs; NULL: no run */
    struct os_file *file;                 /* own; NULL: none is open */
    uint64_t file_offset;
    /* in */
    struct exec_feed feed;
    struct copy_reader reader;
    uint8_t *buffer; /* own; size bytes of capacity are there, from `at` on they are to be read */
    size_t capacity;
    size_t size;
    size_t at;
    vv_slice given; /* borrow until it is taken: what the program gave */
    bool wants;     /* nothing is left: varve_step says VARVE_COPY_IN */
    bool complete;  /* no bytes follow those given */
    bool refused;   /* varve_copy_in_fail: why is in `reason` */
    bool failed;    /* `failure` comes behind the rows that were read before it */
    char reason[256];
    struct vv_error failure;
    bool header_due;
    struct arena strings;        /* of one batch */
    struct copy_field *fields;   /* of one line; in lasting */
    struct transfer_line *lines; /* of the batch; in lasting */
    uint32_t line_count;
    struct arena lasting; /* of one run */
    /* out */
    uint8_t *text; /* own: the line, or what waits to be written to the file */
    size_t text_capacity;
    size_t text_size;
    int next_code; /* of the step behind the header; 0: none */
};

/* For a statement whose plan is COPY; else does nothing. */
VV_MUST_USE vv_status transfer_create(struct varve_statement *statement, struct vv_error *error);
/* Accepts NULL. */
void transfer_destroy(struct transfer *transfer);

/* varve_step of a COPY. */
int transfer_step(struct varve_statement *statement);

/* Before exec_start(): the plan is settled. 42501 and the errors of opening a file. */
VV_MUST_USE vv_status transfer_begin(struct varve_statement *statement, struct vv_error *error);

/* The run is over, or never was: gives back what it held. */
void transfer_end(struct varve_statement *statement);

/* A COPY FROM whose data are not complete. */
bool transfer_is_open(const struct varve_statement *statement);
bool transfer_is_in(const struct varve_statement *statement);

/* Adds to an error where in the data it happened. */
void transfer_explain(struct varve_statement *statement, vv_status status, struct vv_error *error);

/* The data end with an error: 57014 `COPY from stdin failed: reason`. */
void transfer_refuse(struct varve_statement *statement, const char *reason);

/* ---- transfer_in.c, transfer_out.c, transfer_file.c ---- */

VV_MUST_USE vv_status transfer_in_begin(struct transfer *transfer, struct vv_error *error);
int transfer_out_step(struct transfer *transfer);

/* Opens copy->file; the session must be allowed to. */
VV_MUST_USE vv_status transfer_file_open(struct transfer *transfer, struct vv_error *error);
/* Up to size bytes; *got_out 0: the end. */
VV_MUST_USE vv_status transfer_file_read(struct transfer *transfer, uint8_t *bytes, size_t size,
                                         size_t *got_out, struct vv_error *error);
VV_MUST_USE vv_status transfer_file_write(struct transfer *transfer, const uint8_t *bytes,
                                          size_t size, struct vv_error *error);
void transfer_file_close(struct transfer *transfer);

/* Grows a buffer of the statement's memory to at least size bytes. */
VV_MUST_USE vv_status transfer_room(struct transfer *transfer, uint8_t **bytes, size_t *capacity,
                                    size_t size, struct vv_error *error);

#endif
