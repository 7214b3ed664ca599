/*
 * varve.h - Varve, an in-memory MVCC SQL database with snapshot persistence, embedded in your process.
 *
 *     struct varve *db;
 *     struct varve_session *session;
 *     struct varve_statement *get;
 *
 *     varve_open("/var/lib/app/data", NULL, &db, NULL);         or ":memory:"
 *     varve_connect(db, &session);
 *     varve_exec(session, "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, name text)", 0);
 *     varve_prepare(session, "SELECT name FROM t WHERE id = $1", 0, &get, NULL);
 *     varve_bind_int64(get, 1, 42);
 *     while (varve_step(get) == VARVE_ROW) {
 *         puts(varve_column_text(get, 0, NULL));
 *     }
 *     varve_reset(get);
 *
 * This file is the manual. SQL, its types, texts and SQLSTATEs are PostgreSQL's.
 *
 * CODES. Functions that can fail return an `int`: VARVE_OK (0), VARVE_ROW, VARVE_DONE, VARVE_WAITING or
 * an error code; varve_last_error() has the SQLSTATE and the texts. After an error the statement is
 * reset; inside BEGIN ... COMMIT the transaction is failed until ROLLBACK (or ROLLBACK TO), as in
 * PostgreSQL.
 *
 * THREADS. A database may be shared by all threads. A session and its statements belong to one caller
 * at a time: sessions may migrate between threads (goroutines, fibers), but two calls at once on one
 * session return VARVE_MISUSE, and so do calls in a forked child. Only varve_interrupt() may be called
 * from any thread at any time. The library starts no thread that the options did not ask for.
 *
 * OWNERSHIP. What a `..._out` parameter gives you is yours until you end it with the function named
 * there. Pointers to column values stay valid until the next varve_step, varve_fetch, varve_reset or
 * varve_finalize of their statement. Bound texts and bytes are borrowed, not copied: they must stay
 * until the statement has returned VARVE_DONE or an error, or was reset.
 *
 * CRASHES. With durability `full` (the default of a database on disk) a commit that returned is on
 * disk. Input, a full disk, failing I/O or lack of memory make errors, never a crash. A mistake inside
 * Varve gives one line to options->on_panic, or prints it to stderr when there is none, and aborts. Nothing else is
 * ever printed: see on_log.
 *
 * MISTAKES. A NULL handle, one that was ended, one of a forked child, or one that another call uses just now gives
 * VARVE_MISUSE, or the value that the function's comment names: never a crash. (The memory of ended handles stays
 * readable; it is used again after many more have been ended, and what is left ends with varve_close.)
 */
#ifndef VARVE_VARVE_H
#define VARVE_VARVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VARVE_API __attribute__((visibility("default")))
#else
#define VARVE_API
#endif

struct varve;            /* a database */
struct varve_session;    /* a connection: one transaction at a time */
struct varve_statement;  /* a prepared statement of a session */
struct varve_map;        /* a named map of bytes, opened by a session */
struct varve_map_cursor; /* reads a range of a map */
struct varve_appender;   /* a bulk load into one table */

/* ------------------------------------------------------------------------------------ codes --- */

/* What the functions return. Numbers never change; see varve_code_text(). */
enum varve_code {
    VARVE_OK = 0,
    VARVE_ERROR = 1,        /* the SQLSTATE tells: most errors of SQL are this */
    VARVE_NOT_FOUND = 2,    /* no such thing */
    VARVE_EXISTS = 3,       /* the key exists (23505) */
    VARVE_CONFLICT = 4,     /* serialization failure (40001): run the transaction again */
    VARVE_DEADLOCK = 5,     /* deadlock (40P01): run the transaction again */
    VARVE_LOCK_TIMEOUT = 6, /* lock_timeout ran out (55P03) */
    VARVE_LOCK_BUSY = 7,    /* NOWAIT found a lock (55P03) */
    VARVE_CANCELED = 8,     /* varve_interrupt or statement_timeout (57014) */
    VARVE_NOMEM = 9,        /* memory_limit or the machine's memory (53200) */
    VARVE_DISK_FULL = 10,   /* 53100 */
    VARVE_IO = 11,          /* input/output error (58030) */
    VARVE_CORRUPT = 12,     /* stored bytes fail their checksum (XX001) */
    VARVE_LIMIT = 13,       /* a limit of Varve (54000) */
    VARVE_READ_ONLY = 14,   /* 25006 */
    VARVE_BUSY = 15, /* in use: another process has the database, sessions are open (55006) */
    VARVE_UNSUPPORTED = 16, /* 0A000 */
    VARVE_INVALID = 17,     /* an argument is out of range (22023) */
    VARVE_MISUSE = 18,      /* called against the rules above: a mistake of the program */
    VARVE_OUTCOME_UNKNOWN =
        19,              /* the log failed under the commit: it may or may not be durable (08007) */
    VARVE_ROW = 100,     /* varve_step: a row is there */
    VARVE_DONE = 101,    /* varve_step, varve_fetch: no more rows; the statement has ended */
    VARVE_WAITING = 102, /* non-blocking session: step again after the wake function was called */
    VARVE_COPY_IN = 103, /* varve_step: COPY FROM STDIN wants data; see COPY below */
    VARVE_COPY_OUT = 104 /* varve_step: COPY TO STDOUT has a line; see COPY below */
};

/* The English name of a code, e.g. "deadlock detected". Never NULL. Threads: any. */
VARVE_API const char *varve_code_text(int code);

/* PostgreSQL's error fields. Texts are UTF-8, NUL-terminated, "" where absent; position is the 1-based
 * character in the statement's text, 0 where unknown. */
struct varve_error {
    int code;
    char sqlstate[6];
    uint32_t position;
    char message[1024];
    char detail[1024];
    char hint[1024];
    char table_name[64];
    char column_name[64];
    char constraint_name[64];
    char context[512]; /* where it happened, e.g. in COPY's data: "COPY t, line 3, column a: ..." */
};

/* --------------------------------------------------------------------------------- database --- */

enum varve_durability {
    VARVE_DURABILITY_DEFAULT = 0, /* full on disk */
    VARVE_DURABILITY_FULL = 1,    /* a commit returns after its sync */
    VARVE_DURABILITY_GROUP = 2,   /* returns at once; a crash loses at most the last group_ms */
    VARVE_DURABILITY_OFF = 3      /* synced at close only; a crash may lose what came since */
};

enum varve_log_level {
    VARVE_LOG_DEBUG = 1,   /* every error of a statement */
    VARVE_LOG_INFO = 2,    /* opening, closing, deadlocks */
    VARVE_LOG_WARNING = 3, /* short of memory or disk */
    VARVE_LOG_ERROR = 4    /* failing I/O, corruption, mistakes inside Varve */
};

/* Zero it and set what you need; VARVE_OPTIONS_INIT does. Unset fields mean the default named here. */
struct varve_options {
    size_t size;           /* sizeof(struct varve_options): lets old programs meet new libraries */
    uint64_t memory_limit; /* bytes of memory the database may map; 0: no limit */
    int durability;        /* enum varve_durability */
    uint32_t group_ms;     /* for VARVE_DURABILITY_GROUP; 0: 10 ms */
    uint32_t background_threads; /* 0: none; commits do small shares of the work. 1: one thread */
    int must_exist;              /* nonzero: do not create a missing database (3D000) */
    void (*on_panic)(const char *line); /* see CRASHES */
    /* The library's log: lines of log_level or above, NULL: none. Called in any thread that calls Varve, also before
     * varve_open has returned and while varve_close runs; must be short, must not call Varve. */
    void (*on_log)(void *argument, int level, const char *line);
    void *log_argument;
    int log_level; /* enum varve_log_level; 0: VARVE_LOG_INFO */
};
#define VARVE_OPTIONS_INIT                                      \
    {                                                           \
        sizeof(struct varve_options), 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/*
 * Opens the database in the directory `path`, creating it when absent; ":memory:" makes a new one that
 * nobody else sees and that ends with varve_close. Opening replays the log's tail. options may be
 * NULL; error (may be NULL) is filled on failure. own: *db_out, end with varve_close.
 * Errors: VARVE_BUSY it is open already, here or in another process; VARVE_CORRUPT acknowledged data fail
 * their checksum; VARVE_UNSUPPORTED a format of another version; VARVE_NOT_FOUND with must_exist (3D000),
 * or the folder that should hold it is missing (58P01); VARVE_IO, VARVE_DISK_FULL, VARVE_NOMEM.
 */
VARVE_API int varve_open(const char *path, const struct varve_options *options,
                         struct varve **db_out, struct varve_error *error);

/* Reserved: a copy of the whole database into the new directory `path` while it is in use. It is not there yet:
 * VARVE_UNSUPPORTED (0A000), nothing happens. Until then copy the directory of a closed database. */
VARVE_API int varve_backup(struct varve *db, const char *path, struct varve_error *error);

/* Ends the database: syncs what is not yet durable, then frees everything. VARVE_BUSY while sessions
 * are open; nothing happened then. NULL is allowed. A failed last sync is VARVE_IO; the database is
 * closed all the same. */
VARVE_API int varve_close(struct varve *db);

/* "0.1.0". Threads: any. */
VARVE_API const char *varve_version(void);

/* Does one bounded piece of background work (flush of `group` commits, reclaim) when it is due; for
 * hosts without background threads. Returns 1 when there may be more to do, 0 when not. Threads: any. */
VARVE_API int varve_background_step(struct varve *db);

/* Of these the sync alone: of commits of durability group, or with synchronous_commit = off, when group_ms have passed
 * since the last. May wait for the disk. Returns 1 when it synced. Threads: any. */
VARVE_API int varve_flush_step(struct varve *db);

/* Memory by kind in bytes, and counters since opening. */
struct varve_statistics {
    size_t size;              /* sizeof(struct varve_statistics), set by the caller */
    uint64_t memory_total;    /* everything accounted */
    uint64_t memory_pages;    /* frames of pages: rows live here */
    uint64_t memory_versions; /* version records and older rows */
    uint64_t memory_transactions;
    uint64_t memory_log;
    uint64_t memory_catalog;
    uint64_t memory_statements;
    uint64_t memory_sessions;
    uint64_t memory_general;
    uint64_t allocations; /* requests to the allocator: stands still in steady state */
    uint64_t commits;
    uint64_t aborts;
    uint64_t conflicts; /* serialization failures */
    uint64_t deadlocks;
    uint64_t lock_waits;
    uint64_t log_bytes;
    uint64_t log_syncs;
    uint64_t lsn_visible; /* the commit position every new snapshot sees */
    uint64_t lsn_durable;
    uint64_t plan_cache_hits;
    uint64_t plan_cache_misses;
    uint64_t plan_cache_plans;     /* kept now */
    uint64_t plan_cache_bytes;     /* of them */
    uint64_t plan_cache_evictions; /* plans that went because the cache was full */
    uint64_t sessions;             /* connected now */
    uint64_t lsn_oldest_snapshot;  /* the oldest one in use; lsn_visible when there is none */
};

/* Fills *statistics_out as far as its size says. Threads: any. */
VARVE_API int varve_statistics(struct varve *db, struct varve_statistics *statistics_out);

/* --------------------------------------------------------------------------------- sessions --- */

/* own: *session_out, end with varve_disconnect. Errors: VARVE_LIMIT too many, VARVE_NOMEM. */
VARVE_API int varve_connect(struct varve *db, struct varve_session **session_out);

/* Rolls back what is open, finalizes the session's statements and ends it. NULL is allowed. */
VARVE_API void varve_disconnect(struct varve_session *session);

/* What went wrong in the last call of this session that returned an error. borrow until its next
 * call. Never NULL. */
VARVE_API const struct varve_error *varve_last_error(struct varve_session *session);

/*
 * Runs every statement of sql (size bytes; 0: up to its NUL) and drops their rows. Several statements
 * are one transaction unless they say otherwise, as in PostgreSQL's simple query protocol. Stops at
 * the first error. In a non-blocking session it may return VARVE_WAITING: call it again with the same
 * text (another is VARVE_MISUSE) until it ends; varve_interrupt makes it end.
 */
VARVE_API int varve_exec(struct varve_session *session, const char *sql, size_t size);

/* 'I' idle, 'T' in a transaction block, 'E' in a failed one: PostgreSQL's transaction status. */
VARVE_API char varve_transaction_status(struct varve_session *session);

/* Makes the session's running statement, or its next one if none runs, end with VARVE_CANCELED soon.
 * Async-signal-safe. Threads: any, as long as the session is not being disconnected. */
VARVE_API void varve_interrupt(struct varve_session *session);

/* Every statement ends with VARVE_CANCELED when it runs longer; 0: no limit. The same as
 * SET statement_timeout. Milliseconds. */
VARVE_API int varve_set_timeout(struct varve_session *session, uint64_t timeout_ms);

/* Calls with `wake` set make the session non-blocking: where varve_step would block it returns
 * VARVE_WAITING, and wake(argument) is called once, from any thread, when it is worth stepping again.
 * Stepping before does no harm, and is what ends a wait at its statement_timeout or lock_timeout: nobody
 * wakes for those. While a statement waits, varve_reset or varve_finalize ends it; another statement of
 * the session gets 55006 until then.
 * wake must be short and must not call Varve. NULL makes the session blocking again. */
VARVE_API int varve_set_wake(struct varve_session *session, void (*wake)(void *argument),
                             void *argument);

/* Of a session that said VARVE_WAITING and sleeps (pg_sleep()): in how many milliseconds it is worth stepping, which
 * nobody wakes it for; 0: it does not sleep. */
VARVE_API uint64_t varve_sleeps_ms(struct varve_session *session);

/* ------------------------------------------------------------------------------- statements --- */

/*
 * Prepares the first statement of sql (size bytes; 0: up to its NUL). *tail_out (may be NULL) points
 * behind it. An empty text gives VARVE_OK and a NULL statement. Parameters are $1, $2, ... or ?.
 * The statement stays valid over schema changes: it is planned anew when needed.
 * own: *statement_out, end with varve_finalize.
 */
VARVE_API int varve_prepare(struct varve_session *session, const char *sql, size_t size,
                            struct varve_statement **statement_out, const char **tail_out);

/* Ends the statement. NULL is allowed. */
VARVE_API void varve_finalize(struct varve_statement *statement);

#define VARVE_NO_PARAMETERS (-1) /* varve_prepare_typed: 42P02 for whoever writes $1 */

/* As varve_prepare with the types of the first type_count parameters (enum varve_type;
 * VARVE_TYPE_UNKNOWN: found out from their use); or VARVE_NO_PARAMETERS. */
VARVE_API int varve_prepare_typed(struct varve_session *session, const char *sql, size_t size,
                                  const int *types, int type_count,
                                  struct varve_statement **statement_out, const char **tail_out);

/* Value types of columns and parameters. */
enum varve_type {
    VARVE_TYPE_UNKNOWN = 0,
    VARVE_TYPE_BOOLEAN = 1,
    VARVE_TYPE_INTEGER = 2,
    VARVE_TYPE_BIGINT = 3,
    VARVE_TYPE_DOUBLE = 4,
    VARVE_TYPE_NUMERIC = 5,
    VARVE_TYPE_TEXT = 6,
    VARVE_TYPE_BYTEA = 7,
    VARVE_TYPE_SMALLINT = 8,
    VARVE_TYPE_REAL = 9,
    VARVE_TYPE_VARCHAR = 10,
    VARVE_TYPE_CHAR = 11,
    VARVE_TYPE_UUID = 12,
    VARVE_TYPE_DATE = 13,
    VARVE_TYPE_TIME = 14,
    VARVE_TYPE_TIMESTAMP = 15,
    VARVE_TYPE_TIMESTAMPTZ = 16,
    VARVE_TYPE_INTERVAL = 17,
    /* Of the system catalogs. Those from INT2VECTOR on are given as PostgreSQL's text form. */
    VARVE_TYPE_OID = 64,
    VARVE_TYPE_NAME = 65,
    VARVE_TYPE_LETTER = 66, /* "char" */
    VARVE_TYPE_REGCLASS = 67,
    VARVE_TYPE_REGTYPE = 68,
    VARVE_TYPE_REGPROC = 69,
    VARVE_TYPE_REGNAMESPACE = 70,
    VARVE_TYPE_REGROLE = 71,
    VARVE_TYPE_XID = 72,
    VARVE_TYPE_INT2VECTOR = 80,
    VARVE_TYPE_OIDVECTOR = 81,
    VARVE_TYPE_NODE_TREE = 82,
    VARVE_TYPE_BOOLEAN_ARRAY = 83,
    VARVE_TYPE_LETTER_ARRAY = 84,
    VARVE_TYPE_NAME_ARRAY = 85,
    VARVE_TYPE_SMALLINT_ARRAY = 86,
    VARVE_TYPE_TEXT_ARRAY = 87,
    VARVE_TYPE_REAL_ARRAY = 88,
    VARVE_TYPE_DOUBLE_ARRAY = 89,
    VARVE_TYPE_OID_ARRAY = 90,
    VARVE_TYPE_ACLITEM_ARRAY = 91,
    VARVE_TYPE_REGTYPE_ARRAY = 92,
    VARVE_TYPE_ANYARRAY = 93,
    VARVE_TYPE_INET = 94,
    VARVE_TYPE_LSN = 95,
    VARVE_TYPE_NDISTINCT = 96,
    VARVE_TYPE_DEPENDENCIES = 97,
    VARVE_TYPE_MCV_LIST = 98,
    VARVE_TYPE_STATISTIC_ARRAY = 99
};

/* PostgreSQL's name of a type, e.g. "double precision". Never NULL. Threads: any. */
VARVE_API const char *varve_type_text(int type);

/* Parameters are numbered from 1. A value of another type than the parameter's is cast as by an
 * assignment at the next step. Texts must be UTF-8. VARVE_INVALID: no such parameter;
 * VARVE_MISUSE: the statement is between its first step and its end. All parameters are NULL at first
 * and keep their values over varve_reset. */
VARVE_API int varve_parameter_count(struct varve_statement *statement);
VARVE_API int varve_parameter_type(struct varve_statement *statement, int parameter);
VARVE_API int varve_bind_null(struct varve_statement *statement, int parameter);
VARVE_API int varve_bind_boolean(struct varve_statement *statement, int parameter, int value);
VARVE_API int varve_bind_int64(struct varve_statement *statement, int parameter, int64_t value);
VARVE_API int varve_bind_double(struct varve_statement *statement, int parameter, double value);
VARVE_API int varve_bind_text(struct varve_statement *statement, int parameter, const char *text,
                              size_t size);
VARVE_API int varve_bind_bytes(struct varve_statement *statement, int parameter, const void *bytes,
                               size_t size);

/* Reads what was bound as text now instead of at the next step: what is wrong with it is told here. 25P02 in a
 * transaction that has failed. Ends the last rows, as a step does. */
VARVE_API int varve_read_parameters(struct varve_statement *statement);

/* The types that C lacks. */

enum varve_numeric_kind {
    VARVE_NUMERIC_FINITE = 0,
    VARVE_NUMERIC_NAN = 1,
    VARVE_NUMERIC_INFINITY = 2,
    VARVE_NUMERIC_MINUS_INFINITY = 3
};

/* (high * 2^64 + low) / 10^scale: a 128-bit integer in two's complement, and how many of its digits stand behind the
 * point: 1.50 is 150 with scale 2. At most 38 digits. In a text form: varve_bind_text, varve_column_text. */
struct varve_numeric {
    uint64_t low;
    int64_t high;
    uint32_t scale;
    uint32_t kind; /* enum varve_numeric_kind; low, high and scale are 0 unless finite */
};

/* Parts of an INTERVAL, which do not turn into each other. */
struct varve_interval {
    int64_t microseconds;
    int32_t days;
    int32_t months;
};

/* Typed values; a NULL pointer binds NULL. Dates are days since 2000-01-01, times microseconds since midnight,
 * timestamps microseconds since 2000-01-01 00:00 (a TIMESTAMPTZ's: of UTC), the least and the greatest integer the
 * infinities of dates and timestamps. What the type does not hold is refused at once: 22003 (VARVE_ERROR), 22008. A REAL is a
 * float; a numeric as text is varve_bind_text. uuid: 16 bytes. */
VARVE_API int varve_bind_smallint(struct varve_statement *statement, int parameter, int16_t value);
VARVE_API int varve_bind_int32(struct varve_statement *statement, int parameter, int32_t value);
VARVE_API int varve_bind_real(struct varve_statement *statement, int parameter, float value);
VARVE_API int varve_bind_numeric(struct varve_statement *statement, int parameter,
                                 const struct varve_numeric *value);
VARVE_API int varve_bind_date(struct varve_statement *statement, int parameter, int32_t days);
VARVE_API int varve_bind_time(struct varve_statement *statement, int parameter,
                              int64_t microseconds);
VARVE_API int varve_bind_timestamp(struct varve_statement *statement, int parameter,
                                   int64_t microseconds);
VARVE_API int varve_bind_timestamptz(struct varve_statement *statement, int parameter,
                                     int64_t microseconds);
VARVE_API int varve_bind_interval(struct varve_statement *statement, int parameter,
                                  const struct varve_interval *value);
VARVE_API int varve_bind_uuid(struct varve_statement *statement, int parameter,
                              const unsigned char *bytes);

/*
 * Runs the statement up to its next row. VARVE_ROW: the columns can be read. VARVE_DONE: it has ended,
 * what it wrote is committed (outside BEGIN) and durable as asked. The next step runs it again.
 */
VARVE_API int varve_step(struct varve_statement *statement);

/* Ends the statement's run early, or does nothing. What an INSERT, UPDATE or DELETE has done so far in
 * this run is undone when it was not complete. Always VARVE_OK for a valid statement. */
VARVE_API int varve_reset(struct varve_statement *statement);

/* 0 when the statement gives no rows, or rows without columns. Names and types stay until the statement is finalized or
 * planned anew. Columns are numbered from 0. */
VARVE_API int varve_column_count(struct varve_statement *statement);
/* 1 when the statement gives rows, which may have no columns ("SELECT FROM t"); 0: it ends without any. */
VARVE_API int varve_returns_rows(struct varve_statement *statement);
VARVE_API const char *varve_column_name(struct varve_statement *statement, int column);
VARVE_API int varve_column_type(struct varve_statement *statement, int column);

enum varve_nullability {
    VARVE_NULLABLE_UNKNOWN = 0, /* of what is computed */
    VARVE_NOT_NULL = 1,
    VARVE_NULLABLE = 2
};

/* What is known of a column of the result. Texts are "" and numbers 0 where nothing is; they stay as long as names do. */
struct varve_column_info {
    size_t size; /* sizeof(struct varve_column_info), set by the caller */
    const char *name;
    int type; /* enum varve_type */
    int32_t
        type_modifier; /* PostgreSQL's atttypmod, -1: none. VARCHAR(n), CHAR(n): n + 4; NUMERIC(p,s):
                              p * 65536 + s + 4; TIME(n), TIMESTAMP(n): n */
    int nullable;      /* enum varve_nullability */
    int column_number; /* in the table it comes from as it is, from 1; PostgreSQL's attnum */
    uint32_t table_id; /* PostgreSQL's oid of that table */
    const char *schema_name;
    const char *table_name;
    const char *column_name;
};

/* Fills *info_out as far as its size says. VARVE_INVALID: no such column (from 0) or parameter (from 1; only the type of
 * those is known). */
VARVE_API int varve_column_describe(struct varve_statement *statement, int column,
                                    struct varve_column_info *info_out);
VARVE_API int varve_parameter_describe(struct varve_statement *statement, int parameter,
                                       struct varve_column_info *info_out);

/* A type with its modifier as PostgreSQL's format_type() writes it, "numeric(8,2)", into text[size]. VARVE_LIMIT: it was cut.
 * Threads: any. */
VARVE_API int varve_type_format(int type, int32_t modifier, char *text, size_t size);

/* Values of the row that varve_step found. NULL and columns that do not exist give 0, 0.0, or NULL;
 * numbers are converted as C does, saturating; texts are PostgreSQL's text form of any type,
 * NUL-terminated, their length in *size_out (may be NULL). varve_column_bytes gives the bytes of a
 * BYTEA or a text, and a UUID's sixteen. As integers, a DATE is the days since 2000-01-01 (INT32_MIN and
 * INT32_MAX: the infinities), a TIME the microseconds since midnight, a TIMESTAMP or TIMESTAMPTZ the
 * microseconds since 2000-01-01 00:00 (of UTC; INT64_MIN and INT64_MAX: the infinities). */
VARVE_API int varve_column_is_null(struct varve_statement *statement, int column);
VARVE_API int varve_column_boolean(struct varve_statement *statement, int column);
VARVE_API int64_t varve_column_int64(struct varve_statement *statement, int column);
VARVE_API double varve_column_double(struct varve_statement *statement, int column);
VARVE_API const char *varve_column_text(struct varve_statement *statement, int column,
                                        size_t *size_out);
VARVE_API const void *varve_column_bytes(struct varve_statement *statement, int column,
                                         size_t *size_out);

/* Typed reads: the value as CAST(column AS type) gives it, into the last parameter. VARVE_NOT_FOUND: it is NULL (the
 * output is zeroed, as with every other code but VARVE_OK); VARVE_MISUSE: there is no row, or no such column; else what the
 * cast says: 42846 where there is none, 22003, 22P02, 22008, ... Reading does not end the statement or its transaction.
 * Times as above; a TIMESTAMPTZ becomes a TIMESTAMP in the session's time zone, and back. */
VARVE_API int varve_column_int32(struct varve_statement *statement, int column, int32_t *out);
VARVE_API int varve_column_real(struct varve_statement *statement, int column, float *out);
VARVE_API int varve_column_numeric(struct varve_statement *statement, int column,
                                   struct varve_numeric *out);
VARVE_API int varve_column_date(struct varve_statement *statement, int column, int32_t *days_out);
VARVE_API int varve_column_time(struct varve_statement *statement, int column,
                                int64_t *microseconds_out);
VARVE_API int varve_column_timestamp(struct varve_statement *statement, int column,
                                     int64_t *microseconds_out);
VARVE_API int varve_column_timestamptz(struct varve_statement *statement, int column,
                                       int64_t *microseconds_out);
VARVE_API int varve_column_interval(struct varve_statement *statement, int column,
                                    struct varve_interval *out);
VARVE_API int varve_column_uuid(struct varve_statement *statement, int column,
                                unsigned char *bytes_out); /* 16 */

/* Rows written or returned by the last complete run. */
VARVE_API uint64_t varve_row_count(struct varve_statement *statement);

/* PostgreSQL's command tag of the last complete run: "INSERT 0 1", "SELECT 3", "CREATE TABLE". */
VARVE_API const char *varve_command_tag(struct varve_statement *statement);

/* ------------------------------------------------------------------------------------- COPY --- */

/*
 * COPY table FROM STDIN and COPY ... TO STDOUT move rows as text or CSV between a table and the program:
 *
 *     varve_prepare(session, "COPY t FROM STDIN (FORMAT csv)", 0, &copy, NULL);
 *     while ((code = varve_step(copy)) == VARVE_COPY_IN) {
 *         size = fread(piece, 1, sizeof piece, file);
 *         size > 0 ? varve_copy_in(copy, piece, size) : varve_copy_in_end(copy);
 *     }
 *     code is VARVE_DONE: all rows are there, or an error: none is
 *
 *     varve_prepare(session, "COPY t TO STDOUT", 0, &copy, NULL);
 *     while ((code = varve_step(copy)) == VARVE_COPY_OUT) {
 *         text = varve_copy_out(copy, &size);
 *         fwrite(text, 1, size, file);
 *     }
 *
 * In a non-blocking session varve_step may say VARVE_WAITING in between, as ever. While a COPY FROM STDIN is open the
 * session's other statements get 55006; varve_reset ends it and undoes what it wrote. Memory is bounded: about 64 KB
 * and one batch of rows, or the longest line. Errors of the data have a `context`. The count of rows is
 * varve_row_count's. varve_exec has no data for a COPY FROM STDIN (57014) and drops the lines of COPY TO STDOUT.
 */
enum varve_copy_direction {
    VARVE_COPY_NONE = 0,         /* no COPY, or one with a file */
    VARVE_COPY_FROM_PROGRAM = 1, /* FROM STDIN */
    VARVE_COPY_TO_PROGRAM = 2    /* TO STDOUT */
};

VARVE_API enum varve_copy_direction varve_copy_direction(struct varve_statement *statement);

/* Columns of a line. */
VARVE_API int varve_copy_column_count(struct varve_statement *statement);

/* After VARVE_COPY_IN: the next bytes, in pieces of any size. borrow: data until varve_step has returned anything but
 * VARVE_WAITING. VARVE_MISUSE: varve_step did not ask. */
VARVE_API int varve_copy_in(struct varve_statement *statement, const void *data, size_t size);

/* After VARVE_COPY_IN: there are no more; the next varve_step finishes. */
VARVE_API int varve_copy_in_end(struct varve_statement *statement);

/* After VARVE_COPY_IN: the data cannot be had; the next varve_step fails with 57014 and reason in its message. */
VARVE_API int varve_copy_in_fail(struct varve_statement *statement, const char *reason);

/* After VARVE_COPY_OUT: one line with its end, not NUL-terminated. borrow until the next varve_step. */
VARVE_API const char *varve_copy_out(struct varve_statement *statement, size_t *size_out);

/*
 * Whether COPY may name files ('/path'), which it reads and writes with the rights of this process. 0 at first, so
 * that a program which runs SQL of others gives nobody its files: 42501, as PostgreSQL tells those who are no
 * superusers. With files, varve_step does all of the COPY and blocks for the disk.
 */
VARVE_API int varve_allow_files(struct varve_session *session, int allowed);

/* --------------------------------------------------------------------------------- appender --- */

/*
 * The fast way to write many rows of typed values:
 *
 *     varve_appender_create(session, NULL, "t", NULL, 0, &appender);
 *     for each row:
 *         varve_append_int64(appender, id);
 *         varve_append_text(appender, name, size);
 *         varve_appender_end_row(appender);
 *     varve_appender_close(appender);
 *
 * Rows are collected and written by the thousand; each such batch is one statement, as an INSERT of its rows would be:
 * defaults, generated columns, CHECK, unique keys, all of them or none. Outside BEGIN each batch commits by itself;
 * inside, all belong to the transaction. Several appenders and other statements of the session may take turns. The rows
 * collected are seen by nobody, the session included, before the batch is written.
 *
 * After an error of varve_append_... the row that was being made is dropped; after one of writing, the batch is. The
 * error's context names the row. In a non-blocking session a call that writes may say VARVE_WAITING: the row was taken,
 * call varve_appender_flush (or varve_appender_close) until it ends otherwise.
 */

/* table, and columns (their names as they are, without quotes; NULL, 0: all but the generated ones). schema may be
 * NULL. own: *appender_out, end with varve_appender_close before varve_disconnect. */
VARVE_API int varve_appender_create(struct varve_session *session, const char *schema,
                                    const char *table, const char *const *columns, int column_count,
                                    struct varve_appender **appender_out);

/* The next column's value, cast as by an assignment; a text is read as the column's type reads it. Copied. Texts must
 * be UTF-8. VARVE_INVALID: the row has all its columns. */
VARVE_API int varve_append_null(struct varve_appender *appender);
VARVE_API int varve_append_boolean(struct varve_appender *appender, int value);
VARVE_API int varve_append_int64(struct varve_appender *appender, int64_t value);
VARVE_API int varve_append_double(struct varve_appender *appender, double value);
VARVE_API int varve_append_text(struct varve_appender *appender, const char *text, size_t size);
VARVE_API int varve_append_bytes(struct varve_appender *appender, const void *bytes, size_t size);

/* The row is complete, and written when the batch is full. VARVE_INVALID: columns are missing; the row is dropped. */
VARVE_API int varve_appender_end_row(struct varve_appender *appender);

/* Writes what is collected; a row that was not ended is dropped. */
VARVE_API int varve_appender_flush(struct varve_appender *appender);

/* Writes what is collected and ends the appender, whether that fails or not (but VARVE_WAITING does not). NULL is
 * allowed. */
VARVE_API int varve_appender_close(struct varve_appender *appender);

/* ---------------------------------------------------------------------------------- batches --- */

/* A text or byte string in a batch: up to 12 bytes inside, longer ones by pointer. */
struct varve_view {
    uint32_t size;
    char start[4]; /* the first bytes, always */
    union {
        char rest[8];        /* size <= 12: bytes 4 to 11 */
        const char *pointer; /* size > 12: all bytes */
    } u;
};

/* The bytes of a view, not NUL-terminated. */
static inline const char *varve_view_data(const struct varve_view *view)
{
    return view->size <= 12 ? view->start : view->u.pointer;
}

/* A column of a batch. values: BOOLEAN uint8_t, SMALLINT and INTEGER int32_t, BIGINT int64_t, REAL and
 * DOUBLE double, DATE int32_t, TIME, TIMESTAMP and TIMESTAMPTZ int64_t as above, INTERVAL struct
 * varve_interval, UUID 16 bytes, TEXT, VARCHAR, CHAR, BYTEA and NUMERIC (as text) struct varve_view. nulls: NULL when no value is NULL, else bit i % 64 of
 * word i / 64 says that row i is. */
struct varve_batch_column {
    int type;
    const void *values;
    const uint64_t *nulls;
};

struct varve_batch {
    size_t row_count;
    size_t column_count;
    const struct varve_batch_column *columns;
};

/* Runs the statement for up to 2,048 next rows at once: the fast way to read many. VARVE_ROW: the batch
 * has at least one row, valid until the next call on this statement. VARVE_DONE: no more. Do not mix
 * with varve_step in one run (VARVE_MISUSE). */
VARVE_API int varve_fetch(struct varve_statement *statement, struct varve_batch *batch_out);

/* ------------------------------------------------------------------------------------- maps --- */

/*
 * Named maps of byte keys and byte values, in key order (memcmp, a prefix before what it begins): the fastest way to
 * a single value, without SQL. They live in the database beside its tables, in one space of names (schema public): SQL
 * lists them, refuses to query them (42809) and drops them with DROP TABLE.
 *
 *     varve_map_open(session, "cache", VARVE_MAP_CREATE, &map);
 *     varve_map_put(map, "k", 1, "value", 5);
 *     if (varve_map_get(map, "k", 1, &value, &size) == VARVE_OK) ...
 *
 * Keys have 1 to 1,000 bytes, values 0 bytes to 64 MB (VARVE_LIMIT beyond). Bytes that you give are not needed after
 * the call, but a call that returned VARVE_WAITING must be made again with the same.
 *
 * TRANSACTIONS. A call is a statement of the session: between BEGIN and COMMIT it is part of that transaction, of its
 * savepoints and its isolation level; otherwise it is a transaction of its own, committed when it returns. Maps and
 * tables change in one transaction. Values are locked, waited for and conflict as rows do: VARVE_CONFLICT,
 * VARVE_DEADLOCK, VARVE_LOCK_TIMEOUT, VARVE_CANCELED, and VARVE_WAITING in a non-blocking session (varve_interrupt or
 * varve_map_close end such a wait). Errors make a transaction block a failed one, as a statement's do. VARVE_NOT_FOUND and
 * VARVE_EXISTS are answers, not errors, and so are complaints about arguments: the transaction goes on.
 */
#define VARVE_MAP_CREATE  1 /* varve_map_open: make it when there is none, in the transaction */
#define VARVE_MAP_REVERSE 1 /* varve_map_range: from the greatest key down */

/* VARVE_NOT_FOUND (42P01): no such map; VARVE_ERROR (42809): the name is a table's or an index's. The name is taken as it
 * is (1 to 63 bytes, no folding of case). A handle follows the name: when the map was dropped and made again, it is the
 * new one; in between calls fail with 42P01. own: *map_out, end with varve_map_close or varve_disconnect. */
VARVE_API int varve_map_open(struct varve_session *session, const char *name, int flags,
                             struct varve_map **map_out);
/* NULL is allowed. Cursors of the map go on. */
VARVE_API void varve_map_close(struct varve_map *map);
/* Removes the map with all its values, in the transaction; waits for its users. VARVE_NOT_FOUND. */
VARVE_API int varve_map_drop(struct varve_session *session, const char *name);

/* The value of a key: VARVE_OK or VARVE_NOT_FOUND. *value_out (may be NULL) is never NULL for a value, not even an empty
 * one. borrow: *value_out until the next varve_map_get of this handle, or its end. */
VARVE_API int varve_map_get(struct varve_map *map, const void *key, size_t key_size,
                            const void **value_out, size_t *size_out);
/* The same into memory of yours: as much as fits; *size_out (may be NULL) is the value's whole size. */
VARVE_API int varve_map_read(struct varve_map *map, const void *key, size_t key_size, void *buffer,
                             size_t capacity, size_t *size_out);
/* Gives the key this value, whether it had one or not. */
VARVE_API int varve_map_put(struct varve_map *map, const void *key, size_t key_size,
                            const void *value, size_t value_size);
/* Only when the key has none: else VARVE_EXISTS. */
VARVE_API int varve_map_insert(struct varve_map *map, const void *key, size_t key_size,
                               const void *value, size_t value_size);
/* Only when its value is `expected`: VARVE_NOT_FOUND when it has none, VARVE_EXISTS when it is another. */
VARVE_API int varve_map_replace(struct varve_map *map, const void *key, size_t key_size,
                                const void *expected, size_t expected_size, const void *value,
                                size_t value_size);
/* VARVE_NOT_FOUND: there was none. */
VARVE_API int varve_map_delete(struct varve_map *map, const void *key, size_t key_size);

/* A stretch of keys. Zeroed: all. */
struct varve_map_range {
    const void *low; /* NULL: from the first key */
    size_t low_size;
    const void *high; /* NULL: to the last key */
    size_t high_size;
    int low_exclusive;  /* nonzero: keys above low; else low is part of it */
    int high_inclusive; /* nonzero: high is part of it; else only keys below */
    const void *prefix; /* instead of bounds: the keys that begin with it */
    size_t prefix_size;
    uint64_t limit; /* at most so many keys; 0: all */
};

/* How many keys there are now; range NULL: all. It reads them, so it takes time in proportion. The limit counts too. */
VARVE_API int varve_map_count(struct varve_map *map, const struct varve_map_range *range,
                              uint64_t *count_out);

/*
 * Reads a range in key order, or with VARVE_MAP_REVERSE falling. It sees the map as it was at its first
 * varve_map_next, with the transaction's own writes before that; later writes, also of this session, do not change what it
 * reads. Several cursors and statements may be used in turn; but when another statement or call of the session begins,
 * what is left of the range is copied into memory: for a long range that is changed on the way, read and write pieces (low,
 * limit), or write with a second session. own: *cursor_out, end with varve_map_range_close or varve_disconnect.
 */
VARVE_API int varve_map_range(struct varve_map *map, const struct varve_map_range *range, int flags,
                              struct varve_map_cursor **cursor_out);
/* VARVE_ROW: the next key and value; each output may be NULL. VARVE_DONE: no more. borrow: until the next call on this
 * cursor, or the end of its transaction by an error or ROLLBACK (24000 from then on). */
VARVE_API int varve_map_next(struct varve_map_cursor *cursor, const void **key_out,
                             size_t *key_size_out, const void **value_out, size_t *value_size_out);
struct varve_map_row {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
};

/* The same for many rows at once: the fast way. VARVE_ROW: *count_out rows, at least one. */
VARVE_API int varve_map_fetch(struct varve_map_cursor *cursor,
                              const struct varve_map_row **rows_out, size_t *count_out);
/* NULL is allowed. */
VARVE_API void varve_map_range_close(struct varve_map_cursor *cursor);

/* ---------------------------------------------------------------------------------- serving --- */

/* What programs need that serve sessions to others, such as varved. */

/* Parses every statement of sql and runs none: VARVE_OK, or the error of the first bad one. */
VARVE_API int varve_check(struct varve_session *session, const char *sql, size_t size);

/* From here to varve_group_end the statements outside BEGIN ... COMMIT are one transaction, as those of
 * one message are to PostgreSQL. An error rolls back what the group has done; it may go on after it. */
VARVE_API int varve_group_begin(struct varve_session *session);

/* Ends the group and commits what it left open. VARVE_WAITING: call again. Without a group: VARVE_OK. */
VARVE_API int varve_group_end(struct varve_session *session);

/* As an error of a statement, for errors of the host: rolls back what is open outside BEGIN, makes an open
 * transaction block a failed one. */
VARVE_API int varve_fail(struct varve_session *session);

/* What SHOW would say of a setting into text[size]; VARVE_NOT_FOUND when there is none. Also in a failed
 * transaction. */
VARVE_API int varve_setting(struct varve_session *session, const char *name, char *text,
                            size_t size);

/* Changes whenever a setting may have changed (SET, RESET, set_config, a rollback that gives one back), but for the modes
 * of the transaction: cheaper to ask than each of them. */
VARVE_API uint64_t varve_settings_version(struct varve_session *session);

/* SET name TO value as the session's default: RESET comes back to it. Errors as SET. */
VARVE_API int varve_set_default(struct varve_session *session, const char *name, const char *value);

/* Who current_user and current_database() are; at most 63 bytes each, copied. */
VARVE_API int varve_identify(struct varve_session *session, const char *user, const char *database);

/* What pg_backend_pid() says, and the catalogs show as the session's pid; otherwise sessions are counted. */
VARVE_API int varve_set_process(struct varve_session *session, int32_t process);

/* What CREATE, ALTER or DROP ROLE asks for. */
enum varve_role_action {
    VARVE_ROLE_CREATE = 0,
    VARVE_ROLE_ALTER = 1,
    VARVE_ROLE_RENAME = 2,
    VARVE_ROLE_DROP = 3
};

struct varve_role_change {
    size_t size; /* sizeof(struct varve_role_change) */
    int action;  /* enum varve_role_action */
    int name_count;
    const char *const *names; /* DROP: one or more; else one. "current_user" is the session's */
    const char *new_name;     /* RENAME */
    const char *password;     /* as it was written; NULL with has_password: PASSWORD NULL */
    int has_password;
    int login;     /* 1 LOGIN, 0 NOLOGIN, -1 not said */
    int superuser; /* likewise */
    int if_exists; /* DROP */
};

/* The library has no users. change(argument, change, error) carries the statements about roles out for a host
 * that has; VARVE_OK, or a code with *error filled. It must not call Varve. Outside of transaction blocks and groups
 * only (25001). NULL, as at first: they are 0A000. */
VARVE_API int varve_set_roles(struct varve_session *session,
                              int (*change)(void *argument, const struct varve_role_change *change,
                                            struct varve_error *error),
                              void *argument);

/* A role of the host's, as pg_roles and its kin show it. */
struct varve_role {
    size_t size; /* sizeof(struct varve_role) */
    const char *name;
    uint32_t id; /* PostgreSQL's oid; who owns all there is has 10 */
    int login;
    int superuser;
};

/* list(argument, put, put_argument) calls put for every role. Called during a statement; it must not call Varve. What is for superusers
 * alone (pg_authid, pg_shadow) is refused to a session whose user is none of them (42501). NULL, as at first: the session's
 * user is the one role, a superuser. */
VARVE_API int varve_set_role_list(
    struct varve_session *session,
    void (*list)(void *argument, void (*put)(void *put_argument, const struct varve_role *role),
                 void *put_argument),
    void *argument);

/* A setting of the host's: SHOW, current_setting() and pg_settings show it in every session, SET is refused (55P02). Texts may
 * be NULL, but name, shown and context. */
struct varve_shown_setting {
    size_t size;         /* sizeof(struct varve_shown_setting) */
    const char *name;    /* at most 63 bytes; not one of Varve's own */
    const char *shown;   /* what SHOW says: "1min" */
    const char *setting; /* what pg_settings says: "60"; NULL: as SHOW */
    const char *unit;    /* "s" */
    const char *category;
    const char *description;
    const char *context; /* "postmaster": it takes a restart; "sighup", "internal" */
    const char *type;    /* "bool", "integer", "string", "enum" */
    const char *source;  /* "default", "configuration file", "command line", ... */
    const char *least;
    const char *greatest;
    const char *choices;  /* "{on,off}" */
    const char *built_in; /* its default, as setting */
    int superusers;       /* only they may see it (42501) */
};

/* Adds it, or changes what is shown. VARVE_INVALID: the name or what must be there is missing or too long. Threads: any. */
VARVE_API int varve_show_setting(struct varve *db, const struct varve_shown_setting *setting);

/* notice(argument, severity, text) is called during a statement for what it tells without failing, as far as the setting
 * client_min_messages lets it: severity is "WARNING" or "NOTICE". It must not call Varve. NULL: varve_next_notice() has
 * them. */
VARVE_API int varve_set_notice(struct varve_session *session,
                               void (*notice)(void *argument, const char *severity,
                                              const struct varve_error *text),
                               void *argument);

/* Without a listener the session keeps notices, at most 32: the next one, the oldest first, which then is forgotten.
 * VARVE_ROW, or VARVE_DONE when there is none. The outputs may be NULL. When there were more than it kept, the last says how many
 * are missing. */
VARVE_API int varve_next_notice(struct varve_session *session, const char **severity_out,
                                struct varve_error *notice_out);

/*
 * The names of prepared statements, which SQL's PREPARE, EXECUTE and DEALLOCATE share with the host: a server
 * gives its clients' named statements their names here, so that SQL can run and drop them, and finds those that SQL
 * has made. A name keeps the text and the types of its parameters, not the statement that it was given with.
 */

/* 42P05 (VARVE_ERROR) when the name is taken. At most 63 bytes of a name count. */
VARVE_API int varve_name_statement(struct varve_statement *statement, const char *name);

/* Which statement the name stands for, a number that never comes again in this session; 0: none. */
VARVE_API uint64_t varve_named(struct varve_session *session, const char *name);

/* Changes whenever a name comes or goes. */
VARVE_API uint64_t varve_names_version(struct varve_session *session);

/* A new statement as the name's was prepared. VARVE_NOT_FOUND when there is none, errors as varve_prepare.
 * own: *statement_out, end with varve_finalize. */
VARVE_API int varve_prepare_named(struct varve_session *session, const char *name,
                                  struct varve_statement **statement_out);

/* DEALLOCATE. VARVE_NOT_FOUND: there was none. */
VARVE_API int varve_forget_name(struct varve_session *session, const char *name);

/* Which cursor DECLARE has given the name, a number that never comes again in this session; 0: none. */
VARVE_API uint64_t varve_cursor_named(struct varve_session *session, const char *name);

/* 1: FETCH of a cursor that was declared BINARY; 0: anything else. The values are the same; a server sends them in
 * their binary form. */
VARVE_API int varve_fetches_binary(struct varve_statement *statement);

/* --------------------------------------------------------------------------------- watching --- */

/*
 * Functions that you give are called in the thread that makes the call of Varve, inside that call: they must be short and must
 * not use the session they are called for (VARVE_MISUSE); other sessions they may use. What they are given stays
 * during their call. NULL ends the watching; nothing is paid for what is not watched.
 */

/* A statement that has ended. */
struct varve_trace {
    const char *sql; /* its text as it was prepared, not NUL-terminated */
    size_t sql_size;
    uint64_t duration_ns; /* from its first step to its end, with the time between the steps */
    uint64_t rows;        /* written or returned */
    int code;             /* VARVE_OK, or its error's */
    const struct varve_error *error; /* NULL: none */
};

/* trace() is called for every statement that took threshold_us microseconds or longer; 0: all. One that is reset before its
 * end has ended there. Calls on maps are not statements. */
VARVE_API int varve_set_trace(struct varve_session *session, uint64_t threshold_us,
                              void (*trace)(void *argument, const struct varve_trace *trace),
                              void *argument);

struct varve_progress {
    const char *sql; /* not NUL-terminated; "" for calls on maps */
    size_t sql_size;
    uint64_t elapsed_ns;
    uint64_t rows_read; /* by scans of tables, so far */
    uint64_t rows_written;
    uint64_t rows_expected; /* an estimate of what whole scans will read; 0: not known */
};

/* progress() is called about every interval_ms (0: 1) while a statement works (not while it waits for a lock or hands out
 * rows). Nonzero cancels the statement: VARVE_CANCELED. */
VARVE_API int varve_set_progress(struct varve_session *session, uint64_t interval_ms,
                                 int (*progress)(void *argument,
                                                 const struct varve_progress *progress),
                                 void *argument);

/* The plan cache keeps the plans of prepared texts for all sessions of a database; varve_statistics counts its hits. Hands out
 * each plan, the least recently prepared first, with how often it was found. Texts are not NUL-terminated and stay during
 * the call. Threads: any. */
VARVE_API int varve_plan_cache(struct varve *db,
                               void (*each)(void *argument, const char *sql, size_t sql_size,
                                            uint64_t hits, uint64_t bytes),
                               void *argument);

/* ------------------------------------------------------------------------------- describing --- */

enum varve_description_kind {
    VARVE_DESCRIBES_TABLE = 1,
    VARVE_DESCRIBES_COLUMN = 2,
    VARVE_DESCRIBES_INDEX = 3,
    VARVE_DESCRIBES_MAP = 4
};

/* Texts are never NULL, "" where they have no meaning, and stay during the call that brings them. */
struct varve_description {
    int kind; /* enum varve_description_kind */
    const char *schema;
    const char *table;
    const char *name;       /* of the table, column or index */
    const char *type;       /* of a column: "integer" */
    const char *definition; /* of a column: its default; of an index: "btree (a, b DESC)" */
    int not_null;
    int is_unique;
    int is_primary;
    int is_constraint; /* an index that belongs to PRIMARY KEY or UNIQUE */
};

/*
 * Tells tools what there is, as the session's next statement would see it. table NULL: every table and
 * index. Else the table of that name, then its columns, then its indexes, or nothing when there is none.
 * schema NULL: any. Calls each() for one thing at a time, with the session at rest.
 */
VARVE_API int varve_describe(struct varve_session *session, const char *schema, const char *table,
                             void (*each)(void *argument, const struct varve_description *item),
                             void *argument);

#ifdef __cplusplus
}
#endif

#endif
