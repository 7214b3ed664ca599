/* loop.c - see loop.h. */
#include "server/loop.h"

#include "base/assert.h"
#include "server/server.h"
#include "server/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMER_MS   100u
#define DENIED_NS  UINT64_C(1000000000) /* a wrong password is told after this */
#define CLOSING_NS UINT64_C(5000000000) /* for a client to read its last words */
#define INPUT_KEEP (64u << 10)

struct connection {
    struct list link;        /* in loop->connections */
    struct list ready_link;  /* in loop->ready; alone: not ready */
    struct list posted_link; /* in loop->woken; guard: loop->lock */
    struct list state_link;  /* in loop->adopted or loop->returned; guard: loop->lock */
    struct loop *loop;
    uv_poll_t poll;
    int descriptor;
    int events; /* polled for */
    bool has_poll;
    bool readable;
    bool waiting;  /* the session waits */
    bool detached; /* a worker without loop runs it */
    bool closing;
    bool ended; /* the other side is gone */
    bool watched;
    uint32_t process;
    uint64_t deadline_ns; /* of start-up, of the last words; 0: none */
    uint64_t hold_ns;     /* output waits until then */
    struct access_origin origin;
    struct tls_session *tls; /* NULL: in the clear */
    struct client *client;
    enum client_verdict verdict;
    uint8_t *input; /* what is not yet a message, or not yet run */
    size_t input_size;
    size_t input_capacity;
};

static _Thread_local struct worker *worker_now;

static void take_posted(struct loop *loop);
static void adopt(struct loop *loop, struct connection *connection);
static void make_ready(struct connection *connection);
static bool serve(struct loop *loop, struct worker *worker, struct connection *connection);
static bool serve_more(struct connection *connection, struct worker *worker, vv_slice *input_out);
static bool run_client(struct loop *loop, struct worker *worker, struct connection *connection,
                       vv_slice input);
static bool keep_input(struct connection *connection, vv_slice input, size_t used);
static void handshake(struct connection *connection);
static ssize_t receive(struct connection *connection, struct worker *worker);
static bool send_output(struct connection *connection);
static void after_run(struct connection *connection);
static void poll_for(struct connection *connection, int events);
static void watch(struct connection *connection);
static void close_connection(struct connection *connection);
static void end_all(struct loop *loop);
static void wake_connection(void *argument);
static void look_in(struct loop *loop, uint64_t ms);
static void at_deadline(struct connection *connection);
static void on_poll(uv_poll_t *poll, int status, int events);
static void on_async(uv_async_t *async);
static void on_timer(uv_timer_t *timer);
static void on_closed(uv_handle_t *handle);

bool loop_init(struct loop *loop, struct server *server)
{
    memset(loop, 0, sizeof *loop);
    loop->server = server;
    list_init(&loop->connections);
    list_init(&loop->ready);
    list_init(&loop->woken);
    list_init(&loop->returned);
    list_init(&loop->adopted);
    if (uv_loop_init(&loop->uv) != 0) {
        return false;
    }
    if (uv_async_init(&loop->uv, &loop->async, on_async) != 0 ||
        uv_timer_init(&loop->uv, &loop->timer) != 0 || pthread_mutex_init(&loop->lock, NULL) != 0) {
        return false;
    }
    return true;
}

void loop_release(struct loop *loop)
{
    uv_close((uv_handle_t *)&loop->async, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop->uv);
    pthread_mutex_destroy(&loop->lock);
}

void loop_run(struct loop *loop, struct worker *worker)
{
    worker_now = worker;
    for (;;) {
        take_posted(loop);
        /* Those that become ready meanwhile come behind: everybody's turn comes. */
        for (uint32_t i = loop->count; i > 0 && !list_empty(&loop->ready); i--) {
            struct connection *connection =
                LIST_OF(loop->ready.next, struct connection, ready_link);

            list_remove(&connection->ready_link);
            list_init(&connection->ready_link);
            if (!serve(loop, worker, connection)) {
                worker_now = NULL;
                return; /* the loop is another's */
            }
        }
        take_posted(loop);
        if (loop->ended && loop->count == 0) {
            worker_now = NULL;
            return;
        }
        (void)uv_run(&loop->uv, list_empty(&loop->ready) ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    }
}

void loop_adopt(struct loop *loop, int descriptor, const struct access_origin *origin)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL) {
        close(descriptor);
        server_connection_gone(loop);
        return;
    }
    connection->loop = loop;
    connection->descriptor = descriptor;
    connection->origin = *origin;
    connection->verdict = CLIENT_READ;
    list_init(&connection->ready_link);
    list_init(&connection->posted_link);
    pthread_mutex_lock(&loop->lock);
    list_append(&loop->adopted, &connection->state_link);
    loop_post(loop);
    pthread_mutex_unlock(&loop->lock);
    loop_wake(loop);
}

void loop_stop(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    loop_post(loop);
    pthread_mutex_unlock(&loop->lock);
    loop_wake(loop);
}

void loop_post(struct loop *loop)
{
    atomic_store_explicit(&loop->posted, true, memory_order_release); /* pairs: take_posted */
}

void loop_wake(struct loop *loop)
{
    (void)uv_async_send(&loop->async);
}

struct client *loop_client(struct connection *connection)
{
    return connection->client;
}

/* What other threads have left here. */
static void take_posted(struct loop *loop)
{
    struct list adopted;
    bool stopping = false;

    /* Acquire pairs with loop_post: who sees the mark waits for the lock of who set it. */
    if (!atomic_load_explicit(&loop->posted, memory_order_acquire) && !loop->ended) {
        return;
    }
    list_init(&adopted);
    pthread_mutex_lock(&loop->lock);
    atomic_store_explicit(&loop->posted, false, memory_order_relaxed);
    if (loop->detached != NULL) { /* N1 */
        loop->detached->detached = true;
        poll_for(loop->detached, 0);
        loop->detached = NULL;
    }
    while (!list_empty(&loop->returned)) {
        struct connection *connection = LIST_OF(loop->returned.next, struct connection, state_link);

        list_remove(&connection->state_link);
        connection->detached = false;
        make_ready(connection);
    }
    while (!list_empty(&loop->woken)) {
        struct connection *connection = LIST_OF(loop->woken.next, struct connection, posted_link);

        list_remove(&connection->posted_link);
        list_init(&connection->posted_link);
        connection->waiting = false;
        make_ready(connection);
    }
    while (!list_empty(&loop->adopted)) {
        struct list *link = loop->adopted.next;

        list_remove(link);
        list_append(&adopted, link);
    }
    stopping = loop->stopping;
    pthread_mutex_unlock(&loop->lock);
    while (!list_empty(&adopted)) {
        struct connection *connection = LIST_OF(adopted.next, struct connection, state_link);

        list_remove(&connection->state_link);
        adopt(loop, connection);
    }
    if (stopping) {
        end_all(loop);
    }
}

static void adopt(struct loop *loop, struct connection *connection)
{
    struct server *server = loop->server;
    uint32_t secret = 0;

    list_append(&loop->connections, &connection->link);
    loop->count++;
    connection->has_poll = uv_poll_init(&loop->uv, &connection->poll, connection->descriptor) == 0;
    connection->poll.data = connection;
    connection->process = server_register(server, connection, &secret);
    connection->client =
        connection->process == 0
            ? NULL
            : client_create(&server->host, &connection->origin, connection->process, secret,
                            wake_connection, connection);
    if (connection->client == NULL || !connection->has_poll) {
        close_connection(connection);
        return;
    }
    client_count_in(connection->client, &loop->metrics);
    connection->deadline_ns =
        uv_hrtime() + atomic_load_explicit(&server->authentication_ns, memory_order_relaxed);
    watch(connection);
    poll_for(connection, UV_READABLE);
}

static void make_ready(struct connection *connection)
{
    if (!connection->detached && !connection->closing && list_empty(&connection->ready_link)) {
        list_append(&connection->loop->ready, &connection->ready_link);
    }
}

/* Reads, runs, sends, as far as it goes at once. False: the loop is another's now. */
static bool serve(struct loop *loop, struct worker *worker, struct connection *connection)
{
    vv_slice input = {0};

    if (connection->closing) {
        return true;
    }
    if (!send_output(connection)) {
        return true;
    }
    if (connection->verdict == CLIENT_CLOSE) {
        close_connection(connection);
        return true;
    }
    if (connection->verdict == CLIENT_ENCRYPT) {
        handshake(connection);
        return true;
    }
    if (connection->waiting) {
        watch(connection);
        return true;
    }
    if (!serve_more(connection, worker, &input)) {
        return true;
    }
    if (!run_client(loop, worker, connection, input)) {
        return false;
    }
    after_run(connection);
    return true;
}

/* What the client is run with next. False: there is nothing to run. */
static bool serve_more(struct connection *connection, struct worker *worker, vv_slice *input_out)
{
    ssize_t got = 0;

    *input_out = slice_make(connection->input, connection->input_size);
    if (connection->verdict != CLIENT_READ) {
        return true;
    }
    if (!connection->readable) {
        poll_for(connection, UV_READABLE);
        return false;
    }
    connection->readable = false;
    got = receive(connection, worker);
    if (got <= 0) {
        return false;
    }
    *input_out = slice_make(worker->read_buffer, (size_t)got);
    if (connection->input_size > 0) {
        if (!keep_input(connection, *input_out, 0)) {
            close_connection(connection);
            return false;
        }
        *input_out = slice_make(connection->input, connection->input_size);
    }
    return true;
}

/* Bytes in the worker's buffer. Not above 0: none now, or the connection is closed. */
static ssize_t receive(struct connection *connection, struct worker *worker)
{
    struct tls_session *tls = connection->tls;
    size_t room = sizeof worker->read_buffer;
    ssize_t got = tls != NULL ? tls_receive(tls, worker->read_buffer, room)
                              : recv(connection->descriptor, worker->read_buffer, room, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        poll_for(connection,
                 tls != NULL && tls_wants(tls) == TLS_WRITE ? UV_WRITABLE : UV_READABLE);
    } else if (got <= 0) {
        close_connection(connection);
    } else {
        connection->readable = tls != NULL ? tls_holds(tls) : (size_t)got == room;
    }
    return got;
}

/* As far as it goes now; the client's deadline bounds it. */
static void handshake(struct connection *connection)
{
    enum tls_verdict verdict = TLS_FAILED;
    const uint8_t *binding = NULL;
    size_t size = 0;

    if (connection->tls == NULL) {
        connection->tls = server_tls_begin(connection->loop->server, connection->descriptor);
    }
    if (connection->tls != NULL) {
        verdict = tls_handshake(connection->tls);
    }
    switch (verdict) {
    case TLS_DONE:
        binding = tls_binding(connection->tls, &size);
        client_encrypted(connection->client, binding, size);
        connection->verdict = CLIENT_READ;
        connection->readable = true;
        make_ready(connection);
        return;
    case TLS_READ:
        poll_for(connection, UV_READABLE);
        return;
    case TLS_WRITE:
        poll_for(connection, UV_WRITABLE);
        return;
    case TLS_FAILED:
        server_log("LOG", "could not accept SSL connection from %s", connection->origin.text);
        close_connection(connection);
        return;
    }
}

/* False: it took so long that the loop was given away; the connection goes back to it. */
static bool run_client(struct loop *loop, struct worker *worker, struct connection *connection,
                       vv_slice input)
{
    bool own = input.data == connection->input;
    bool lost = false;
    size_t used = 0;

    pthread_mutex_lock(&loop->lock);
    loop->serving = connection;
    loop->serving_since_ns = uv_hrtime();
    pthread_mutex_unlock(&loop->lock);

    connection->waiting =
        true; /* until proved otherwise: wake may come before client_run returns */
    connection->verdict = client_run(connection->client, input, &used);
    if (own && connection->input != NULL) {
        connection->input_size -= used;
        memmove(connection->input, connection->input + used, connection->input_size);
        if (connection->input_size == 0) { /* N3 */
            free(connection->input);
            connection->input = NULL;
            connection->input_capacity = 0;
        }
    } else if (!own && !keep_input(connection, input, used)) {
        connection->verdict = CLIENT_CLOSE;
    }

    pthread_mutex_lock(&loop->lock);
    lost = atomic_load_explicit(&loop->owner, memory_order_relaxed) != worker;
    if (lost) {
        list_append(&loop->returned, &connection->state_link);
        loop_post(loop);
    } else {
        loop->serving = NULL;
        loop->serving_since_ns = 0;
    }
    if (connection->verdict != CLIENT_WAIT || !list_empty(&connection->posted_link)) {
        connection->waiting = false;
    }
    pthread_mutex_unlock(&loop->lock);
    if (lost) {
        loop_wake(loop);
    }
    return !lost;
}

/* Appends what was not used. */
static bool keep_input(struct connection *connection, vv_slice input, size_t used)
{
    size_t size = input.size - used;
    size_t wanted = connection->input_size + size;

    if (size == 0) {
        return true;
    }
    if (wanted > connection->input_capacity) {
        size_t capacity = connection->input_capacity == 0 ? 1024 : connection->input_capacity;
        uint8_t *bytes = NULL;

        while (capacity < wanted) {
            capacity *= 2;
        }
        bytes = realloc(connection->input, capacity);
        if (bytes == NULL) {
            return false;
        }
        connection->input = bytes;
        connection->input_capacity = capacity;
    }
    memcpy(connection->input + connection->input_size, input.data + used, size);
    connection->input_size += size;
    return true;
}

static void after_run(struct connection *connection)
{
    if (connection->verdict == CLIENT_CLOSE && client_was_denied(connection->client) &&
        connection->hold_ns == 0) {
        connection->hold_ns = uv_hrtime() + DENIED_NS;
        connection->deadline_ns = 0;
        poll_for(connection, 0);
        watch(connection);
        return;
    }
    if (client_is_ready(connection->client) && connection->verdict != CLIENT_CLOSE) {
        uint64_t limit_ns = connection->verdict == CLIENT_READ && connection->input_size == 0
                                ? client_idle_limit_ns(connection->client)
                                : 0;

        connection->deadline_ns = limit_ns == 0 ? 0 : uv_hrtime() + limit_ns;
        if (limit_ns != 0) {
            watch(connection);
        }
    }
    if (!send_output(connection)) {
        return;
    }
    switch (connection->verdict) {
    case CLIENT_CLOSE:
        close_connection(connection);
        return;
    case CLIENT_WAIT: /* it stays polled: clients rarely speak meanwhile, on_poll sees to those */
        if (connection->waiting) {
            watch(connection);
            look_in(connection->loop, client_sleeps_ms(connection->client));
        }
        return;
    case CLIENT_SEND:
    case CLIENT_ENCRYPT:
        make_ready(connection);
        return;
    case CLIENT_READ:
        if (connection->readable) {
            make_ready(connection);
        } else {
            poll_for(connection, UV_READABLE);
        }
        return;
    }
}

/* False: the client has to read first, or is gone (N2). */
static bool send_output(struct connection *connection)
{
    struct wire_out *out = client_output(connection->client);

    if (connection->hold_ns > uv_hrtime()) {
        return false;
    }
    while (wire_out_size(out) > 0) {
        const uint8_t *bytes = out->bytes + out->start;
        ssize_t sent = connection->tls != NULL
                           ? tls_send(connection->tls, bytes, wire_out_size(out))
                           : send(connection->descriptor, bytes, wire_out_size(out), MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0 && errno == EAGAIN) {
            poll_for(connection, connection->tls != NULL && tls_wants(connection->tls) == TLS_READ
                                     ? UV_READABLE
                                     : UV_WRITABLE);
            if (connection->verdict == CLIENT_CLOSE && connection->deadline_ns == 0) {
                connection->deadline_ns = uv_hrtime() + CLOSING_NS;
                watch(connection);
            }
            return false;
        }
        if (sent < 0) {
            close_connection(connection);
            return false;
        }
        wire_out_sent(out, (size_t)sent);
    }
    if (out->capacity > 0 && connection->verdict == CLIENT_READ) {
        wire_out_release(out); /* N3 */
    }
    return true;
}

static void poll_for(struct connection *connection, int events)
{
    if (connection->events == events || connection->closing || !connection->has_poll) {
        return;
    }
    connection->events = events;
    if (events == 0) {
        (void)uv_poll_stop(&connection->poll);
    } else {
        (void)uv_poll_start(&connection->poll, events, on_poll);
    }
}

/* The timer looks at it from now on. */
static void watch(struct connection *connection)
{
    struct loop *loop = connection->loop;

    if (!connection->watched) {
        connection->watched = true;
        loop->watched++;
    }
    if (!loop->timing) {
        loop->timing = true;
        (void)uv_timer_start(&loop->timer, on_timer, TIMER_MS, TIMER_MS);
    }
}

/* The timer comes in that many milliseconds, if it would come later; 0: it need not. */
static void look_in(struct loop *loop, uint64_t ms)
{
    if (ms != 0 && ms < uv_timer_get_due_in(&loop->timer)) {
        (void)uv_timer_start(&loop->timer, on_timer, ms, TIMER_MS);
    }
}

static void close_connection(struct connection *connection)
{
    struct loop *loop = connection->loop;

    VV_ASSERT(!connection->detached);
    if (connection->closing) {
        return;
    }
    connection->closing = true;
    server_unregister(loop->server, connection->process);
    client_destroy(connection->client); /* after this no wake can come */
    connection->client = NULL;
    tls_end(connection->tls);
    connection->tls = NULL;
    pthread_mutex_lock(&loop->lock);
    list_remove(&connection->posted_link);
    list_init(&connection->posted_link);
    pthread_mutex_unlock(&loop->lock);
    list_remove(&connection->ready_link);
    list_init(&connection->ready_link);
    if (connection->watched) {
        loop->watched--;
    }
    if (connection->has_poll) {
        (void)uv_poll_stop(&connection->poll);
        uv_close((uv_handle_t *)&connection->poll, on_closed);
    } else {
        connection->poll.data = connection;
        on_closed((uv_handle_t *)&connection->poll);
    }
}

static void end_all(struct loop *loop)
{
    loop->ended = true;
    list_for_each_safe(link, after, &loop->connections) {
        struct connection *connection = LIST_OF(link, struct connection, link);

        if (connection->closing || connection->verdict == CLIENT_CLOSE) {
            continue;
        }
        if (connection->detached) {
            client_cancel(connection->client);
            continue;
        }
        client_end(connection->client, "57P01",
                   "terminating connection due to administrator command");
        connection->verdict = CLIENT_CLOSE;
        connection->waiting = false;
        if (connection->deadline_ns == 0) {
            connection->deadline_ns = uv_hrtime() + CLOSING_NS;
        }
        watch(connection);
        make_ready(connection);
    }
}

/* From any thread, for a session that waits. */
static void wake_connection(void *argument)
{
    struct connection *connection = argument;
    struct loop *loop = connection->loop;

    pthread_mutex_lock(&loop->lock);
    if (list_empty(&connection->posted_link)) {
        list_append(&loop->woken, &connection->posted_link);
        loop_post(loop);
    }
    pthread_mutex_unlock(&loop->lock);
    /* The owner looks at the list before it polls again; a new owner does so first of all. */
    if (worker_now == NULL ||
        worker_now != atomic_load_explicit(&loop->owner, memory_order_seq_cst)) {
        loop_wake(loop);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;

    if (status < 0 || (events & UV_READABLE) != 0 || connection->tls != NULL) {
        connection->readable = true; /* an error shows at the next read */
    }
    if (connection->verdict != CLIENT_READ && status < 0) {
        close_connection(connection);
        return;
    }
    if (connection->waiting) {
        poll_for(connection, 0); /* not heard before the wait ends */
        return;
    }
    make_ready(connection);
}

static void on_async(uv_async_t *async)
{
    (void)async; /* take_posted follows every poll */
}

/* Deadlines; and sessions that wait, whose timeouts nobody else tells. */
static void on_timer(uv_timer_t *timer)
{
    struct loop *loop = LIST_OF(timer, struct loop, timer);
    uint64_t now = uv_hrtime();

    list_for_each_safe(link, after, &loop->connections) {
        struct connection *connection = LIST_OF(link, struct connection, link);

        if (!connection->watched || connection->detached || connection->closing) {
            continue;
        }
        if (connection->deadline_ns != 0 && connection->deadline_ns <= now) {
            at_deadline(connection);
            continue;
        }
        if (connection->hold_ns != 0 && connection->hold_ns <= now) {
            make_ready(connection);
        }
        if (connection->waiting) {
            connection->waiting = false;
            make_ready(connection);
        } else if (connection->deadline_ns == 0 && connection->hold_ns == 0) {
            connection->watched = false;
            loop->watched--;
        }
    }
    if (loop->watched == 0) {
        loop->timing = false;
        (void)uv_timer_stop(timer);
    }
}

/* Too long in start-up, idle, or with its last words. */
static void at_deadline(struct connection *connection)
{
    bool has_words = connection->verdict == CLIENT_READ && client_time_out(connection->client);

    if (!has_words) {
        close_connection(connection);
        return;
    }
    connection->verdict = CLIENT_CLOSE;
    connection->deadline_ns = uv_hrtime() + CLOSING_NS;
    make_ready(connection);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct loop *loop = connection->loop;

    close(connection->descriptor);
    list_remove(&connection->link);
    loop->count--;
    server_connection_gone(loop);
    free(connection->input);
    free(connection);
}
