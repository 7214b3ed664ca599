/*
 * client.h - one client of the server, as the protocol sees it: bytes in, bytes out, a session between. No sockets.
 *
 *     START ── start-up ──> AUTH ── password right ──> READY <──> SIMPLE, EXECUTE, SYNC
 *                                                        └── error in an extended query ──> SKIP until Sync
 *
 * client_run() takes whole messages off the input and appends answers to the output, until the input is used
 * up, the session waits for another's row or a sync, or enough output has gathered: each of these is a verdict,
 * and client_run() goes on where it stopped. So a thousand of these need one thread, and a client that does
 * not read costs CLIENT_OUT_BYTES and one row.
 *
 * Transactions are PostgreSQL's: the statements of one Query message, or of all messages up to Sync, are one
 * transaction unless they say otherwise. A lone statement skips that: it commits by itself.
 *
 * Promises: C1 any bytes give answers or an end, never a crash, and memory stays within what was sent and
 *              the limits of client_limits; C2 ReadyForQuery follows everything a message has caused;
 *           C3 after an error in an extended query nothing runs until Sync; C4 nothing runs before the client
 *              has shown who it is; C5 what a statement committed is told only after it is durable as asked.
 * Threads:  one at a time for each client; client_cancel: any.
 */
#ifndef VARVE_SERVER_CLIENT_H
#define VARVE_SERVER_CLIENT_H

#include "server/access.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/wire.h"

#include <stdatomic.h>

struct client;
struct users;
struct varve;

#define CLIENT_DEFAULTS  4
#define CLIENT_OUT_BYTES (64u << 10) /* more output than this waits for the client to read */

/* What the clients of a server share. */
struct client_host {
    struct varve *db;
    struct users *users;
    struct access *access;        /* who may come from where */
    const char *database;         /* its one name */
    size_t message_bytes_max;     /* of one message */
    uint32_t connections_max;     /* sessions at a time */
    _Atomic uint32_t connections; /* guard: atomic; sessions now */
    _Atomic bool stopping;        /* guard: atomic; no new sessions */
    _Atomic bool encrypts;        /* guard: atomic; TLS can be had over TCP */
    /* How a new session is set up: SET name TO 'value ms' where value is not 0. */
    struct client_default {
        const char *name;
        _Atomic int64_t value; /* guard: atomic */
    } defaults[CLIENT_DEFAULTS];
    /* Lines for the log. NULL: nobody listens. */
    void (*log)(const char *level, const struct log_about *about, const char *message);
    _Atomic int64_t log_slow_us;  /* guard: atomic; -1: none */
    _Atomic bool log_errors;      /* guard: atomic */
    _Atomic bool log_connections; /* guard: atomic */
    /* A cancel request: the server finds the client of that key. May be NULL. */
    void (*cancel)(void *context, uint32_t process, uint32_t secret);
    void *cancel_context;
};

enum client_verdict {
    CLIENT_READ,    /* needs more input */
    CLIENT_WAIT,    /* the session waits: run again after wake was called */
    CLIENT_SEND,    /* send the output, then run again */
    CLIENT_ENCRYPT, /* send the output, shake hands for TLS, call client_encrypted, then run again */
    CLIENT_CLOSE    /* send what is there, then close */
};

/* wake(argument) is called from any thread when a client that said CLIENT_WAIT is worth running. process and
 * secret are the key of its cancel requests. own: end with client_destroy(). NULL: out of memory. */
struct client *client_create(struct client_host *host, const struct access_origin *origin,
                             uint32_t process, uint32_t secret, void (*wake)(void *argument),
                             void *argument);

/* What a client reports to; NULL: nothing is counted. borrow until client_destroy. */
void client_count_in(struct client *client, struct metrics *metrics);

/* Rolls back what is open. Accepts NULL. */
void client_destroy(struct client *client);

/* Goes on with input, of which *used_out bytes need not be shown again. */
enum client_verdict client_run(struct client *client, vv_slice input, size_t *used_out);

/* After CLIENT_WAIT: in how many milliseconds it is worth going on though nobody wakes it; 0: no time is known. */
uint64_t client_sleeps_ms(const struct client *client);

/* What was asked for with CLIENT_ENCRYPT is done; binding is the channel's (tls_binding), borrow until
 * client_destroy. */
void client_encrypted(struct client *client, const uint8_t *binding, size_t binding_size);

struct wire_out *client_output(struct client *client);

/* Whether it is past start-up and password; whether a statement or transaction is under way. */
bool client_is_ready(const struct client *client);
bool client_is_idle(const struct client *client);

/* Whether it ended with a wrong password, so that its end may be delayed. */
bool client_was_denied(const struct client *client);

/* How long it may now be silent; 0: for ever. */
uint64_t client_idle_limit_ns(const struct client *client);

/* Its time is up: in the password's exchange, or idle. False: nothing can be said. It must not be running. */
bool client_time_out(struct client *client);

/* Cancels what runs now; nothing when nothing does. Threads: any, while the client exists. */
void client_cancel(struct client *client);

/* Ends the client with a FATAL error, e.g. 57P01 at shutdown. It must not be running. */
void client_end(struct client *client, const char *sqlstate, const char *message);

#endif
