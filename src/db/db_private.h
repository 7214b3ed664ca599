/*
 * db_private.h - the structs behind the handles of varve.h, and what the files of this room share.
 *
 *     struct varve ──> store, catalog, plan cache, list of sessions
 *       struct varve_session ──> store session, settings, transaction block, last error
 *         struct varve_statement ──> shared plan, exec (run-time state), parameters, current batch
 *
 * A statement's run goes through phases (run.c); in a non-blocking session any phase may return
 * VV_WAITING and is entered again by the next call. One statement of a session may be between its first
 * and last row ("active"); when another one starts, the active one's rest is read into its own memory first,
 * so that programs may interleave statements freely.
 */
#ifndef VARVE_DB_DB_PRIVATE_H
#define VARVE_DB_DB_PRIVATE_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/list.h"
#include "db/host.h"
#include "db/notice.h"
#include "db/plan_cache.h"
#include "db/settings.h"
#include "eval/session.h"
#include "exec/exec.h"
#include "exec/source.h"
#include "store/store.h"
#include "sync/lock.h"
#include "value/context.h"
#include "value/zone.h"
#include "varve/varve.h"

#define DB_MAGIC            UINT64_C(0x7661727665646200)
#define SESSION_MAGIC       UINT64_C(0x7661727665736500)
#define STATEMENT_TAG_BYTES 64
#define STATEMENT_MAGIC     UINT64_C(0x7661727665737400)

struct catalog;
struct zone;
struct os;
struct os_task;

/* Handles that were ended keep their memory, without their magic number, until many more have been ended: a
 * program that uses one is told of its mistake. */
enum db_ended {
    DB_ENDED_SESSION,
    DB_ENDED_STATEMENT,
    DB_ENDED_MAP,
    DB_ENDED_CURSOR,
    DB_ENDED_COUNT
};

struct varve {
    uint64_t magic;
    uint64_t fork_generation; /* of the process that opened it; another one is a forked child */
    struct os *os;
    struct alloc alloc;
    struct store *store;
    struct catalog *catalog;
    struct plan_cache plans;
    struct system_definitions *system; /* own; definitions of the system catalogs */
    struct host host;
    struct lock lock;       /* LOCK_DB */
    struct list sessions;   /* guard: lock */
    uint32_t session_count; /* guard: lock */
    int32_t session_number; /* guard: lock; of the newest session */
    int64_t opened_at;      /* microseconds since 2000 */
    struct db_ended_list {  /* guard: lock */
        void *first;        /* behind its magic each points to the next */
        void *last;
        size_t size; /* of one */
        uint32_t count;
    } ended[DB_ENDED_COUNT];
    struct os_task *background; /* NULL: none */
    void (*on_log)(void *argument, int level, const char *line);
    void *log_argument;
    int log_level;
    _Atomic uint32_t stopping; /* guard: atomic; the background task's futex word */
};

/* PostgreSQL's TBLOCK states that a user can tell apart. */
enum session_block { BLOCK_NONE, BLOCK_OPEN, BLOCK_FAILED };

struct session_savepoint {
    struct list link; /* in session->savepoints, oldest first */
    struct store_mark mark;
    uint32_t settings_mark;
    uint64_t cursor_mark; /* id of the newest cursor then */
    char name[LIMIT_NAME_BYTES + 1];
};

struct session_cursor;     /* cursor.h */
struct session_sequences;  /* sequences.c */
struct session_watch;      /* watch.c */
struct system_definitions; /* system.h */
struct system_names;
struct transfer; /* transfer.h */

#define SESSION_HAS_TIMEOUTS 1u /* the store's session has a deadline or lock timeout set */
#define SESSION_WATCHED      2u /* somebody traces statements or their progress */

/* What PREPARE, or a host, has given a name. */
struct session_prepared {
    struct list link;  /* in session->prepared, oldest first */
    uint64_t id;       /* of no other in this session */
    struct plan *plan; /* own (acquired); as it was last planned */
    uint8_t *types;    /* enum value_type; of the parameters, for good */
    uint32_t type_count;
    bool from_sql; /* PREPARE made it */
    char *text;    /* own; of PREPARE as it was written, or of the plan */
    size_t text_size;
    int64_t began; /* microseconds since 2000 */
    char name[LIMIT_NAME_BYTES + 1];
};

struct varve_session {
    uint64_t magic;
    struct varve *db;
    struct list link; /* guard: db->lock */
    int32_t number;   /* pg_backend_pid() */
    int64_t began;    /* microseconds since 2000 */
    struct store_session *store;
    struct exec_env env;
    struct eval_session answers;         /* what functions may ask */
    struct session_sequences *sequences; /* own; NULL: none was used */
    struct exec_source source;           /* rows of the system catalogs */
    struct system_names *names;          /* own; NULL: nobody asked for names yet */
    struct context context;              /* what the meaning of values depends on */
    struct arena zones;                  /* time zones met so far */
    struct context_forms forms;          /* of the settings at this version */
    uint64_t forms_version;
    const struct zone *first_zone;
    const struct zone *zone;         /* of the setting below */
    char zone_name[ZONE_NAME_BYTES]; /* the setting when `zone` was found */
    struct settings settings;
    _Atomic bool busy; /* guard: atomic; a call is running */
    enum session_block block;
    bool implicit;           /* the store's transaction is one statement's, or one varve_exec's */
    bool in_exec;            /* varve_exec runs, or a group: statements do not commit one by one */
    bool in_group;           /* between varve_group_begin and varve_group_end */
    uint8_t extras;          /* SESSION_...: what a statement's begin has to care for */
    bool queried;            /* a statement of this transaction has read: its modes are fixed */
    bool reading;            /* a statement of the store runs: definitions may be looked up */
    bool repeatable;         /* the store's transaction keeps one snapshot */
    bool reads_ahead;        /* the rest of a statement is kept: nobody waits for its rows */
    uint64_t sleep_ns;       /* what pg_sleep() wants before the rows of this batch are seen */
    uint64_t sleep_until_ns; /* the running statement sleeps; 0: it does not */
    struct list savepoints;
    struct list prepared;
    uint64_t prepared_count; /* so far: the newest one's id */
    uint64_t names_version;  /* changes with every name that comes or goes */
    struct list cursors;
    struct list ended_cursors; /* to be freed as soon as none of them runs */
    uint64_t cursor_count;     /* so far: the newest one's id */
    bool cursors_busy;         /* one of them runs */
    struct list statements;
    struct varve_statement *active; /* between its first and last row */
    struct list maps;
    struct list map_cursors;
    struct map_run *map_run;     /* own; NULL: no map was used */
    struct session_watch *watch; /* own; NULL: nobody ever watched */
    void (*wake)(void *argument);
    void *wake_argument;
    void (*notice)(void *argument, const char *severity, const struct varve_error *text);
    void *notice_argument;
    struct notice_list notices; /* that nobody has taken yet */
    int (*roles)(void *argument, const struct varve_role_change *change, struct varve_error *error);
    void *roles_argument;
    void (*role_list)(void *argument,
                      void (*put)(void *put_argument, const struct varve_role *role),
                      void *put_argument);
    void *role_list_argument;
    bool files_allowed; /* COPY may read and write files */
    char user[LIMIT_NAME_BYTES + 1];
    char database[LIMIT_NAME_BYTES + 1];
    struct vv_error failure;        /* made by the rooms below */
    struct varve_error *last_error; /* own; what the user reads; NULL: nothing has failed */
    bool error_lost;                /* there was no memory for it */
    /* varve_exec: where it goes on after VARVE_WAITING */
    struct varve_statement *exec_statement;
    size_t exec_offset;
    uint64_t exec_text; /* hash of what waits; 0: nothing does */
};

enum run_phase {
    RUN_IDLE,  /* not running */
    RUN_FRAME, /* opening transaction and statement */
    RUN_LOCK,  /* taking table locks, checking the plan */
    RUN_NEXT,  /* rows */
    RUN_SLEEP, /* pg_sleep(): a batch is computed, or the last was; the next phase is statement->awake */
    RUN_END,    /* everything read or written; waiting for what it saw to be visible */
    RUN_COMMIT, /* the transaction was only for this statement */
    RUN_ENDED   /* over; the last batch may still be read */
};

/* A batch kept in the statement's own memory. */
struct statement_kept {
    struct statement_kept *next;
    struct value_batch batch;
};

struct varve_statement {
    uint64_t magic;
    struct varve_session *session;
    struct list link; /* in session->statements */
    char *text;
    size_t text_size;
    struct plan *plan;    /* own (acquired) */
    struct plan *execute; /* own (acquired); of EXECUTE itself, whose `plan` is what it names */
    uint64_t execute_id;  /* of the session_prepared */
    struct exec *exec;    /* of plan; NULL for commands */
    struct transfer *transfer; /* own; of COPY; else NULL */
    struct exec_env *env;      /* own; NULL: the session's. EXPLAIN ANALYZE measures what it runs */
    struct varve_statement *inner;   /* own; what EXPLAIN ANALYZE, or ANALYZE of all tables, runs */
    uint64_t begun_ns;               /* of inner */
    struct session_cursor *cursor;   /* borrow: that it is the query of; else NULL */
    struct session_cursor *declares; /* own; what DECLARE makes, as long as it waits */
    uint32_t parameter_count;
    struct value *bound;      /* as the user gave them */
    struct value *parameters; /* as the plan wants them */
    enum run_phase phase;
    struct exec_define_state define;
    bool fetching;                      /* varve_fetch reads this run */
    uint8_t awake;                      /* enum run_phase behind RUN_SLEEP */
    const struct value_batch *asleep;   /* the batch that comes then; NULL: none */
    bool commits;                       /* this run ends its implicit transaction */
    const struct value_batch *batch;    /* current; NULL: none */
    uint32_t row;                       /* index into the selection */
    struct arena arena;                 /* of one run: parameters, kept batches, texts of rows */
    struct arena_mark row_mark;         /* texts of the current row come after it */
    struct statement_kept *kept;        /* rest of an interrupted run, oldest first */
    struct value_batch command_batch;   /* rows of SHOW and EXPLAIN */
    struct varve_batch_column *columns; /* varve_fetch */
    uint64_t row_count;
    uint64_t started_ns; /* of a watched run; 0: none */
    char tag[STATEMENT_TAG_BYTES];
};

/* ---- database.c ---- */

extern _Atomic uint64_t db_fork_generation; /* guard: atomic; counts forks */

/* Whether this process is a forked child of the one that opened db. */
static inline bool db_is_forked(const struct varve *db)
{
    return db->fork_generation != atomic_load_explicit(&db_fork_generation, memory_order_relaxed);
}

/* A zeroed handle, or NULL; and its end. size is always the same for a kind. */
void *db_take_handle(struct varve *db, enum db_ended kind, size_t size);
void db_end_handle(struct varve *db, enum db_ended kind, void *handle, size_t size);

/* ---- session.c ---- */

/* Claims the session for one call: VARVE_OK or VARVE_MISUSE (another call runs, a forked child). */
static inline int session_claim(struct varve_session *session)
{
    if (VV_UNLIKELY(session == NULL || session->magic != SESSION_MAGIC ||
                    db_is_forked(session->db) ||
                    atomic_exchange_explicit(&session->busy, true,
                                             memory_order_acquire))) { /* pairs: drop */
        return VARVE_MISUSE;
    }
    return VARVE_OK;
}

/* Whether another call runs; for what touches nothing of the session. */
static inline bool session_is_claimed(const struct varve_session *session)
{
    return atomic_load_explicit(&session->busy, memory_order_relaxed);
}

static inline void session_drop(struct varve_session *session)
{
    atomic_store_explicit(&session->busy, false, memory_order_release); /* pairs: session_claim */
}

/* Copies session->failure to last_error; returns its code. */
int session_fail(struct varve_session *session);
int session_misuse(struct varve_session *session, const char *message);

/* Goes on until the implicit transaction is committed. Claimed. Errors are in last_error. */
int session_commit(struct varve_session *session);

/* ---- serve.c ---- */

struct catalog_notice;

/* Tells whoever listens, or keeps it for varve_next_notice(). */
void session_notice(struct varve_session *session, const char *severity, const char *sqlstate,
                    const char *message);
/* The same as a struct catalog_listener's function; argument: the session. */
void session_tell(void *argument, const struct catalog_notice *notice);

/* ---- watch.c ---- */

/* The store's session is new, or progress is watched otherwise. */
void watch_connect(struct varve_session *session);
void watch_release(struct varve_session *session);
/* A watched statement's run begins; ends with code (VARVE_OK: it did what it should). */
void watch_begin(struct varve_statement *statement);
void watch_end(struct varve_statement *statement, int code);

void db_log(const struct varve *db, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void db_log_error(const struct varve *db, const struct varve_error *error);

/* ---- roles.c ---- */

/* Hands the command to the host. */
VV_MUST_USE vv_status roles_run(struct varve_session *session, const struct command *command,
                                struct vv_error *error);

/* ---- answers.c ---- */

void session_answers_init(struct varve_session *session);

/* ---- sequences.c ---- */

/* What eval_session.sequence asks for; owner is the session. */
vv_status session_sequence(void *owner, const struct session_sequence_use *use, int64_t *value_out,
                           struct vv_error *error);
/* DISCARD SEQUENCES, and the session's end. */
void session_sequences_release(struct varve_session *session);

/* ---- prepared.c ---- */

/* What a name stands for today. borrow: *plan_out until the name goes or is planned anew. 26000. */
VV_MUST_USE vv_status prepared_plan(struct varve_session *session, const char *name,
                                    struct plan **plan_out, struct vv_error *error);
/* Makes a statement of EXECUTE run what it names; again when the name stands for something else now. */
VV_MUST_USE vv_status execute_resolve(struct varve_statement *statement, struct vv_error *error);
/* Evaluates EXECUTE's arguments into the parameters. In a frame. */
VV_MUST_USE vv_status execute_arguments(struct varve_statement *statement, struct vv_error *error);

VV_MUST_USE vv_status prepare_run(struct varve_statement *statement, const struct command *command,
                                  struct vv_error *error);
VV_MUST_USE vv_status deallocate_run(struct varve_session *session, const char *name,
                                     struct vv_error *error);
/* As bind_prepared.find; context is the session. */
bool prepared_types(void *context, const char *name, const uint8_t **types_out,
                    uint32_t *count_out);
/* NULL: there is none. */
struct session_prepared *prepared_find(struct varve_session *session, const char *name);
void prepared_end_all(struct varve_session *session);

/* ---- code.c ---- */

/* The public code of a SQLSTATE: VARVE_ERROR for those without one of their own. */
int code_of_sqlstate(const char *sqlstate);
/* VALUE_UNKNOWN for what is no public number. */
enum value_type type_of_code(int code);
/* The public number of a type, VARVE_TYPE_UNKNOWN for those without one. */
int code_of_type(enum value_type type);
void code_error_export(const struct vv_error *failure, struct varve_error *error_out);

/* ---- transaction.c ---- */

/* Opens the store's transaction when none is open. Entered. */
VV_MUST_USE vv_status transaction_ensure(struct varve_session *session, struct vv_error *error);
VV_MUST_USE vv_status transaction_command(struct varve_session *session,
                                          const struct command *command, const char **tag_out,
                                          struct vv_error *error);
/* Ends an implicit transaction. Entered. VV_WAITING: call again. */
VV_MUST_USE vv_status transaction_commit(struct varve_session *session, struct vv_error *error);

/* After an error: aborts an implicit transaction, marks a block as failed. Entered. */
void transaction_failed(struct varve_session *session);

/* Of the open transaction, or the one that a statement would begin. */
bool transaction_is_read_only(const struct varve_session *session);
/* A block, or the transaction of the statements that run now. */
bool transaction_is_open(const struct varve_session *session);
/* Whether a setting of transactions may become number now: 25001, 0A000. Entered. */
VV_MUST_USE vv_status transaction_mode_check(struct varve_session *session, enum setting_id id,
                                             int64_t number, struct vv_error *error);
/* Outside transactions: transaction_* become what default_transaction_* say. */
void transaction_modes_renew(struct varve_session *session);

/* PreventInTransactionBlock(): 25001 `VACUUM cannot run inside a transaction block`. */
VV_MUST_USE vv_status transaction_forbidden(const struct varve_session *session, const char *what,
                                            struct vv_error *error);

/* Rolls back what is open; the session ends. Not entered. */
void transaction_end(struct varve_session *session);

/* ---- statement.c ---- */

/* As varve_prepare_typed for exactly the first statement of text; the session is claimed. types: a byte
 * a parameter (enum value_type). NULL: text is empty. */
void statement_set_tag(struct varve_statement *statement, const char *tag);
int statement_make(struct varve_session *session, vv_slice text, vv_slice types,
                   struct varve_statement **statement_out);

/* As varve_step and varve_finalize; the session is claimed. */
int statement_row(struct varve_statement *statement); /* whatever the statement is */
int statement_step(struct varve_statement *statement);
/* The code of session->failure; whoever watches is told. */
int statement_failed(struct varve_statement *statement);
void statement_end(struct varve_statement *statement);

/* Ends the run-time state that is tied to the store's session. Idle. */
void statement_forget_exec(struct varve_statement *statement);

/* Turns the bound values into what the plan wants. 22003, 22P02, 42804 … */
VV_MUST_USE vv_status statement_cast_parameters(struct varve_statement *statement,
                                                struct vv_error *error);

/* Turns what was bound as text into the plan's types, errors as above. */
VV_MUST_USE vv_status statement_read_parameters(struct varve_statement *statement,
                                                struct vv_error *error);

/* Arrays for the plan's parameters, keeping what was bound. */
VV_MUST_USE vv_status statement_size_parameters(struct varve_statement *statement,
                                                struct vv_error *error);

static inline bool statement_is_valid(const struct varve_statement *statement)
{
    return statement != NULL && statement->magic == STATEMENT_MAGIC;
}

/* As varve_bind_...(). The value's bytes are borrowed. */
int statement_bind(struct varve_statement *statement, int parameter, const struct value *value);

/* ---- column.c ---- */

/* The value of the current row; false: there is no row, or no such column. */
bool column_value(struct varve_statement *statement, int column, struct value *value_out);

/* ---- roles.c ---- */

struct session_role {
    char name[LIMIT_NAME_BYTES + 1];
    uint32_t id;
    bool login;
    bool superuser;
};

struct session_roles {
    struct session_role *roles; /* in the arena */
    uint32_t count;
    uint32_t capacity;
    struct arena *arena;
    bool failed; /* out of memory */
};

/* The host's; without any the session's user, a superuser. */
VV_MUST_USE vv_status roles_list(struct varve_session *session, struct arena *arena,
                                 struct session_roles *roles_out);

/* Whether the session's user is one. */
bool roles_superuser(struct varve_session *session);

/* False: there is no such role. */
bool roles_named(struct varve_session *session, const char *name, struct session_role *role_out);
bool roles_of(struct varve_session *session, uint32_t id, struct session_role *role_out);

/* What SHOW says of a setting of the host's (host.h) into text[size]; 42501 when the user may not see it. */
VV_MUST_USE vv_status roles_setting(struct varve_session *session, uint32_t at, char *text,
                                    size_t size, struct vv_error *error);

/* ---- run.c ---- */

/* Goes on until a batch is there (VV_OK), the run is over (VV_END), VV_WAITING or VV_ERROR. */
VV_MUST_USE vv_status run_advance(struct varve_statement *statement);
void run_stop(struct varve_statement *statement);
/* Up to before its first row; the snapshot is taken. VV_OK, VV_WAITING, VV_ERROR. */
VV_MUST_USE vv_status run_open(struct varve_statement *statement, struct vv_error *error);
/* Only the selected rows, packed, with their strings. False: out of memory. */
bool run_copy_batch(struct arena *arena, const struct value_batch *from, struct value_batch *to);

/* See varve_read_parameters. */
VV_MUST_USE vv_status run_read_parameters(struct varve_statement *statement,
                                          struct vv_error *error);

/* After VV_ERROR: undoes the statement and what its transaction cannot survive. Entered. */
void run_failed(struct varve_statement *statement);

/* Whether a statement has a time limit, had one before, or is watched. */
static inline bool session_extras_wanted(const struct varve_session *session)
{
    return settings_number(&session->settings, SETTING_STATEMENT_TIMEOUT) != 0 ||
           settings_number(&session->settings, SETTING_LOCK_TIMEOUT) != 0 || session->extras != 0;
}

/* The deadline and the lock timeout of what begins now. */
void session_set_timeouts(struct varve_session *session);

/* Reads the rest of the session's active statement into its memory. */
VV_MUST_USE vv_status run_keep_active(struct varve_session *session, struct vv_error *error);

/* Its constants were made under other settings (time zone, forms) than the session's are now. */
static inline bool plan_is_outdated(const struct varve_session *session, const struct plan *plan)
{
    return plan->of_session && plan->settings_version != session->settings.version;
}

/* Binds text in a frame of its own (or the open one); *plan_out is acquired. */
VV_MUST_USE vv_status run_plan(struct varve_session *session, vv_slice text, vv_slice types,
                               struct plan **plan_out, struct vv_error *error);

/* ---- map_run.c, map_cursor.c ---- */

VV_MUST_USE vv_status session_map_run_make(struct varve_session *session, struct vv_error *error);
/* The session's end: all maps and cursors. */
void session_maps_release(struct varve_session *session);
/* As run_keep_active() when the active run is a map's. */
VV_MUST_USE vv_status map_keep_active(struct varve_session *session, struct vv_error *error);

/* ---- command.c ---- */

/* Runs a command that is not a definition. Rows, if any, go to statement->command_batch. */
VV_MUST_USE vv_status command_run(struct varve_statement *statement, const struct command *command,
                                  struct vv_error *error);

/* Ends what EXPLAIN ANALYZE, or ANALYZE of all tables, runs, or has run. Accepts none. */
void explain_inner_end(struct varve_statement *statement);

/* SET, RESET (value NULL) and set_config() with the rules of transactions. Entered. */
VV_MUST_USE vv_status session_change(struct varve_session *session, const char *name,
                                     const char *value, bool local, struct vv_error *error);

/* ---- zones.c ---- */

void session_context_init(struct varve_session *session);
void session_context_release(struct varve_session *session);
/* Between the two, values are read and printed in the session's time zone. */
struct context *session_context_enter(struct varve_session *session);
void session_context_leave(struct context *before);
/* SET, with a time zone checked and named as it should be. */
VV_MUST_USE vv_status session_set(struct varve_session *session, const char *name,
                                  const char *value, bool local, bool in_transaction,
                                  struct vv_error *error);

#endif
