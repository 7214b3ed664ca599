/*
 * server.h - listening, workers, cancel keys, and how the server ends.
 *
 * The main thread accepts connections, hears signals, and supervises: a loop whose worker has been in one statement
 * for LOOP_LONG_NS gets another worker (loop.h).
 *
 * Promises: V1 SIGTERM and SIGINT end every connection with 57P01, SIGUSR1 waits for them to leave, and none of
 *           them loses anything acknowledged; V2 a cancel request reaches only the session whose key it has.
 */
#ifndef VARVE_SERVER_SERVER_H
#define VARVE_SERVER_SERVER_H

#include "server/client.h"
#include "server/config.h"
#include "server/loop.h"

#define SERVER_LOOPS_MAX     64
#define SERVER_WORKERS_SPARE 16 /* long statements at a time that keep nobody waiting */
#define SERVER_LISTENERS_MAX 8

struct tls;
struct tls_session;

struct server_slot {
    struct connection *connection; /* NULL: free */
    uint32_t secret;
};

enum server_phase {
    SERVER_RUNS,
    SERVER_DRAINS, /* no new sessions; ends with the last one */
    SERVER_ENDS
};

struct server {
    struct client_host host;
    struct config *config;   /* guard: the main thread */
    enum server_phase phase; /* guard: the main thread */
    struct users *users;
    pthread_mutex_t tls_lock;
    struct tls *tls;                    /* guard: tls_lock; NULL: off */
    _Atomic uint64_t authentication_ns; /* guard: atomic */
    struct loop loops[SERVER_LOOPS_MAX];
    unsigned loop_count;
    unsigned loops_ended; /* guard: lock */
    struct worker *workers[SERVER_LOOPS_MAX + SERVER_WORKERS_SPARE];
    unsigned worker_count;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of a worker's loop, of `leaving` */
    bool leaving;           /* guard: lock; workers end */
    pthread_mutex_t registry_lock;
    struct server_slot *slots; /* guard: registry_lock */
    uint32_t slot_count;
    uint32_t slot_next;
    _Atomic uint32_t sockets; /* guard: atomic */
    int listeners[SERVER_LISTENERS_MAX];
    bool listener_local[SERVER_LISTENERS_MAX];
    unsigned listener_count;
    char socket_path[108];
};

/* Serves until a signal ends it: the exit status. */
int server_main(struct config *config);

/* For loops. process 0: no room. */
uint32_t server_register(struct server *server, struct connection *connection,
                         uint32_t *secret_out);
void server_unregister(struct server *server, uint32_t process);
void server_connection_gone(struct loop *loop);
/* With the certificate of now. NULL: TLS is off, or memory short. */
struct tls_session *server_tls_begin(struct server *server, int descriptor);

/* A line of the log. */
void server_log(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
