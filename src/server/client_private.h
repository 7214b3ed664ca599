/*
 * client_private.h - what the files about a client share.
 *
 *     client.c   the loop over messages, errors, ReadyForQuery      start.c     start-up and passwords
 *     simple.c   Query                                              extended.c  Parse to Sync
 *     rows.c     descriptions and rows                              watch.c     times and logs
 *     copy.c     COPY
 */
#ifndef VARVE_SERVER_CLIENT_PRIVATE_H
#define VARVE_SERVER_CLIENT_PRIVATE_H

#include "base/list.h"
#include "server/client.h"
#include "server/format.h"
#include "server/scram.h"
#include "varve/varve.h"

#define CLIENT_NAME_BYTES 64

enum client_state {
    CLIENT_START,
    CLIENT_HANDSHAKE,  /* of TLS, then it starts anew */
    CLIENT_SASL_FIRST, /* the password's first message is awaited */
    CLIENT_SASL_LAST,
    CLIENT_READY,
    CLIENT_SIMPLE,  /* a Query runs */
    CLIENT_EXECUTE, /* an Execute runs */
    CLIENT_SYNC,    /* a Sync commits */
    CLIENT_SKIP,    /* an error: messages are dropped until Sync */
    CLIENT_ENDED
};

/* A statement of Parse. */
struct client_prepared {
    struct list link;
    char *name;                        /* "": the unnamed one */
    char *text;                        /* NULL: SQL's PREPARE made it */
    uint64_t id;                       /* varve_named; 0: the unnamed one, or empty */
    struct varve_statement *statement; /* NULL: empty text, or a portal has borrowed it */
    bool is_empty;
    int parameter_count;
    int *types; /* enum varve_type of each parameter */
    uint32_t *oids;
    struct client_portal *portals; /* that came of it */
};

#define PORTAL_FORMATS_FEW 4u
#define PORTAL_VALUES_KEPT 256u

/* A statement of Bind: parameters bound, rows perhaps half read. The last one that ended is kept for the next Bind. */
struct client_portal {
    struct list link;
    char *name;                       /* NULL: the unnamed one */
    struct client_prepared *prepared; /* NULL: it was closed meanwhile */
    struct client_portal *next_of_prepared;
    struct varve_statement *statement; /* own, or lent by prepared */
    uint8_t *values;                   /* own: bytes that parameters borrow */
    size_t values_capacity;
    struct format_scratch scratch;
    uint16_t formats_few[PORTAL_FORMATS_FEW];
    uint16_t *formats; /* of columns: the few, or own */
    int format_count;  /* 0: all text, 1: formats[0] for all */
    int column_count;
    bool has_started;
    bool was_suspended;
    bool is_done;
    bool of_cursor; /* one Execute of a cursor that SQL has declared */
};

struct client {
    struct client_host *host;
    struct varve_session *session; /* NULL before it is known who it is */
    enum client_state state;
    struct access_origin origin;
    bool asked_tls; /* SSLRequest and GSSENCRequest are heard once each */
    bool asked_gss;
    bool encrypted;
    bool superuser;         /* at the log-in */
    const uint8_t *binding; /* of the TLS channel */
    size_t binding_size;
    bool counted;              /* in host->connections */
    bool in_group;             /* the session's statements are one transaction now */
    bool denied;               /* a wrong password: the end comes late */
    uint64_t settings_version; /* of the session, when the client was last told */
    uint64_t notice_version;   /* when notice_level was last read */
    _Atomic bool running;      /* guard: atomic; a statement may be cancelled */
    uint32_t process;
    uint32_t secret;
    void (*wake)(void *argument);
    void *wake_argument;
    struct wire_out out;
    struct list prepared;   /* named and unnamed */
    uint64_t names_version; /* of the session, when `prepared` was last put right */
    struct list portals;
    struct client_portal *spare; /* of the last Bind; may be NULL */
    vv_slice rest;               /* input behind the message that is looked at */
    /* start-up */
    char user[CLIENT_NAME_BYTES];
    char database[CLIENT_NAME_BYTES];
    struct client_wish *wishes; /* settings of the start-up packet */
    struct scram *scram;
    /* Query */
    char *query;
    size_t query_size;
    size_t query_at;   /* the statement that runs, or the next */
    size_t query_next; /* behind it */
    struct varve_statement *query_statement;
    bool query_described;
    int query_formats;   /* 1: all columns go in binary */
    bool query_is_empty; /* no statement met yet */
    /* Execute */
    struct client_portal *executing;
    uint32_t execute_limit; /* 0: none */
    uint64_t execute_count;
    struct metrics *metrics;
    const char *text;         /* of the statement that runs; borrow: lives while it does */
    uint64_t began_us;        /* 0: none runs */
    uint64_t idle_session_ms; /* 0: for ever */
    uint64_t idle_transaction_ms;
    /* COPY */
    uint8_t *copy_bytes; /* own; CopyData collected, or CopyFail's reason */
    size_t copy_size;
    size_t copy_capacity;
    bool copy_announced;   /* the response is sent */
    bool copy_wants;       /* messages are awaited; nothing runs */
    bool copy_given;       /* the session has the bytes */
    bool copy_done;        /* CopyDone has come */
    bool copy_failed;      /* CopyFail has come */
    uint8_t notice_level;  /* what client_min_messages lets through: LEVEL_… of client.c */
    char reported[7][128]; /* what the client knows of settings: `reports` of client.c */
};

/* ---- client.c ---- */

/* An error of this file's own making. */
void client_error_set(struct varve_error *error, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sends an error; in an extended query everything up to Sync is dropped then. */
void client_fail(struct client *client, const struct varve_error *error);
/* The session's last error, `before` characters into the client's text. */
void client_fail_session(struct client *client, uint32_t before);
/* FATAL: the connection ends. */
void client_fatal(struct client *client, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void client_out_of_memory(struct client *client);

void client_ready(struct client *client);
/* After a statement with this tag settings may be others. */
/* A statement has ended: what it set may count for the next of the same message. */
void client_note_settings(struct client *client);
void client_report_settings(struct client *client, bool all);
bool client_group_begin(struct client *client);
/* Sends a notice, when client_min_messages lets it through. */
void client_notice(void *client, const char *severity, const struct varve_error *text);

/* One step of a statement; a cancel request reaches it. */
int client_step(struct client *client, struct varve_statement *statement);

/* The text is UTF-8 without NUL, or the error is sent. */
bool client_check_text(struct client *client, vv_slice text);

/* ---- watch.c ---- */

/* text: borrow until client_statement_end. */
void client_statement_begin(struct client *client, const char *text);
void client_statement_end(struct client *client);
/* Ends the statement too. */
void client_log_error(struct client *client, const char *level, const struct varve_error *error);
void client_log_connection(struct client *client, const char *message);

/* ---- start.c ---- */

void client_start(struct client *client, vv_slice body);
void client_password(struct client *client, const struct wire_message *message);
void client_start_release(struct client *client);

/* ---- simple.c ---- */

void client_query(struct client *client, vv_slice body);
/* Goes on with the Query. */
enum client_verdict client_query_run(struct client *client);
void client_query_end(struct client *client);

/* ---- extended.c ---- */

void client_parse(struct client *client, vv_slice body);
void client_bind(struct client *client, vv_slice body);
void client_describe(struct client *client, vv_slice body);
void client_execute(struct client *client, vv_slice body);
void client_close_message(struct client *client, vv_slice body);
enum client_verdict client_execute_run(struct client *client);
enum client_verdict client_sync_run(struct client *client);
void client_portals_end(struct client *client);
/* portals.c: what Describe, Execute and Close do to a cursor that SQL has declared. False: there is none. */
bool client_cursor_describe(struct client *client, const char *name);
void client_cursor_close(struct client *client, const char *name);
/* FETCH of its next rows, limit of them (0: all). NULL: there is none, or the error is sent. own: finalize it. */
struct varve_statement *client_cursor_fetch(struct client *client, const char *name,
                                            uint32_t limit);
void client_portal_release(struct client *client); /* the spare one */
void client_unnamed_end(struct client *client);
void client_prepared_end_all(struct client *client);

/* ---- copy.c ---- */

/* After each step of a COPY TO: its line, or its end. Nothing for other statements. False: out of memory. */
bool client_copy_put(struct client *client, struct varve_statement *statement, int code);
/* After VARVE_COPY_IN: gives the statement what has come. False: more must come first, or an error was sent. */
bool client_copy_feed(struct client *client, struct varve_statement *statement);
/* A message while copy_wants. */
void client_copy_message(struct client *client, const struct wire_message *message);
/* Forgets what was collected. */
void client_copy_end(struct client *client);

/* ---- rows.c ---- */

/* RowDescription, or NoData for a statement without columns when no_data. False: out of memory. */
bool client_put_description(struct wire_out *out, struct varve_statement *statement,
                            const uint16_t *formats, int format_count, bool no_data);
bool client_put_row(struct wire_out *out, struct varve_statement *statement,
                    const uint16_t *formats, int format_count);

#endif
