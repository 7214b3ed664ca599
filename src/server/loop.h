/*
 * loop.h - an event loop with its connections: sockets to clients and back.
 *
 * A connection stays with one loop. A loop has one owner, the worker (a thread) that runs it: it polls, then
 * serves the connections that are ready, one after the other, outside of the poll. A statement that takes long
 * would keep the others waiting: the supervisor (server.c) sees it and gives the loop to a fresh worker; the old one
 * finishes its statement alone, hands the connection back and waits for another loop to run. So a short statement
 * costs no hand-over between threads, and a long one no latency of others.
 *
 *     worker A:  poll  serve 1  serve 2 ----------------- long ----------------> hands 2 back, spare
 *     worker B:                      (takes the loop)  poll  serve 3  serve 1 ...  serve 2
 *
 * A session that waits (for a row, a sync) is woken by whoever ends the wait: the loop is told and serves it behind
 * the ready ones, so that one sync serves all who came to commit meanwhile.
 *
 * Promises: N1 one thread at a time touches a connection; N2 a client that does not read or sends half a
 *           message costs bounded memory and nobody's time; N3 an idle connection holds no buffer and no thread.
 * Threads:  loop_adopt, loop_stop, loop_wake: any.
 */
#ifndef VARVE_SERVER_LOOP_H
#define VARVE_SERVER_LOOP_H

#include "base/list.h"
#include "server/client.h"

#include <pthread.h>
#include <uv.h>

#define LOOP_READ_BYTES (64u << 10)
#define LOOP_LONG_NS    UINT64_C(10000000) /* a statement that takes longer loses its loop */

struct server;
struct connection;

struct worker {
    struct server *server;
    struct loop *loop; /* guard: server->lock; NULL: spare */
    pthread_t thread;
    uint8_t read_buffer[LOOP_READ_BYTES];
};

struct loop {
    struct server *server;
    struct metrics metrics; /* of its clients' statements */
    uv_loop_t uv;
    uv_async_t async;
    uv_timer_t timer;
    struct list connections; /* guard: owner */
    struct list ready;       /* guard: owner */
    uint32_t count;          /* guard: owner */
    _Atomic uint32_t load;   /* guard: atomic; sockets given to it: where the next one goes */
    uint32_t watched;        /* guard: owner; connections that the timer looks at */
    bool timing;
    bool ended;
    pthread_mutex_t lock;
    _Atomic(struct worker *) owner; /* guard: lock to change */
    struct connection *serving;     /* guard: lock; who is run now */
    uint64_t serving_since_ns;      /* guard: lock; 0: nobody */
    struct connection
        *detached;        /* guard: lock; its worker lost the loop: the new owner must let it be */
    struct list woken;    /* guard: lock */
    struct list returned; /* guard: lock; their workers are done */
    struct list adopted;  /* guard: lock; new sockets */
    bool stopping;        /* guard: lock */
    _Atomic bool posted;  /* guard: atomic, set under lock; one of the above changed */
};

/* False: out of resources. */
bool loop_init(struct loop *loop, struct server *server);
void loop_release(struct loop *loop);

/* Runs the loop until it is given to another worker or has stopped. */
void loop_run(struct loop *loop, struct worker *worker);

/* Takes a connected, non-blocking socket; closes it when memory is short. */
void loop_adopt(struct loop *loop, int descriptor, const struct access_origin *origin);

/* Ends all connections (57P01), then the loop. */
void loop_stop(struct loop *loop);

/* Under loop->lock, whoever changes what the owner takes there: detached, one of the lists, stopping. */
void loop_post(struct loop *loop);

/* Makes the poll return. */
void loop_wake(struct loop *loop);

/* The connection's protocol; the caller holds the server's registry. */
struct client *loop_client(struct connection *connection);

#endif
