/* server.c - see server.h. */
#include "server/server.h"

#include "server/flusher.h"
#include "server/http.h"
#include "server/listen.h"
#include "server/mark.h"
#include "server/reload.h"
#include "server/show.h"
#include "server/tls.h"
#include "server/users.h"
#include "varve/varve.h"

#include <errno.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS    10
#define STOP_TICKS 6000 /* then the server leaves without its clients */

static bool database_open(struct server *server);
static bool flusher_open(struct server *server, struct flusher **flusher_out);
static bool server_init(struct server *server);
static bool worker_start(struct server *server, struct loop *loop);
static void *worker_main(void *argument);
static void supervise(struct server *server);
static bool give_away(struct server *server, struct loop *loop);
static void accept_all(struct server *server, unsigned listener);
static struct loop *least_loaded(struct server *server);
static void hear_signal(struct server *server, int descriptor);
static bool has_ended(const struct server *server);
static void serve_until_signal(struct server *server, int signals);
static bool stop(struct server *server);
static void cancel(void *context, uint32_t process, uint32_t secret);

int server_main(struct config *config)
{
    struct server *server = calloc(1, sizeof *server);
    sigset_t set;
    struct http *http = NULL;
    struct flusher *flusher = NULL;
    int signals = -1;
    bool clean = false;

    if (server == NULL) {
        return 1;
    }
    server->config = config;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread: they inherit it */
    (void)signal(SIGPIPE, SIG_IGN);         /* OpenSSL writes with write() */
    signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    log_format_set(config->number[CONFIG_LOG_FORMAT] == 0 ? LOG_TEXT : LOG_JSON);
    if (signals >= 0 && database_open(server) && flusher_open(server, &flusher) &&
        server_init(server) && http_open(server, &http)) {
        server_log("LOG", "ready to accept connections");
        serve_until_signal(server, signals);
        clean = stop(server);
    }
    http_close(http);
    listen_close(server);
    flusher_stop(flusher);
    if (clean || server->loop_count == 0) {
        clean = (server->host.db == NULL || varve_close(server->host.db) == VARVE_OK) && clean;
    }
    users_close(server->users);
    access_close(server->host.access);
    tls_close(server->tls);
    if (clean) {
        mark_stopped(config->text[CONFIG_DATA]);
        server_log("LOG", "stopped cleanly");
    }
    free(server->slots);
    free(server);
    return clean ? 0 : 1;
}

uint32_t server_register(struct server *server, struct connection *connection, uint32_t *secret_out)
{
    uint32_t process = 0;

    if (RAND_bytes((unsigned char *)secret_out, sizeof *secret_out) != 1) {
        return 0;
    }
    pthread_mutex_lock(&server->registry_lock);
    for (uint32_t i = 0; i < server->slot_count && process == 0; i++) {
        uint32_t at = (server->slot_next + i) % server->slot_count;

        if (server->slots[at].connection == NULL) {
            server->slots[at] = (struct server_slot){connection, *secret_out};
            server->slot_next = at + 1;
            process = at + 1;
        }
    }
    pthread_mutex_unlock(&server->registry_lock);
    return process;
}

void server_unregister(struct server *server, uint32_t process)
{
    if (process != 0) {
        pthread_mutex_lock(&server->registry_lock);
        server->slots[process - 1].connection = NULL;
        pthread_mutex_unlock(&server->registry_lock);
    }
}

void server_connection_gone(struct loop *loop)
{
    atomic_fetch_sub_explicit(&loop->load, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&loop->server->sockets, 1, memory_order_relaxed);
}

struct tls_session *server_tls_begin(struct server *server, int descriptor)
{
    struct tls_session *session = NULL;

    pthread_mutex_lock(&server->tls_lock);
    if (server->tls != NULL) {
        session = tls_begin(server->tls, descriptor);
    }
    pthread_mutex_unlock(&server->tls_lock);
    return session;
}

void server_log(const char *level, const char *format, ...)
{
    char message[1200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    log_write(level, NULL, message);
}

static bool database_open(struct server *server)
{
    const struct config *config = server->config;
    const char *path = config->text[CONFIG_DATA];
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct varve_error error;
    char message[256];

    options.memory_limit = (uint64_t)config->number[CONFIG_MEMORY_LIMIT];
    options.durability = VARVE_DURABILITY_FULL + (int)config->number[CONFIG_DURABILITY];
    options.group_ms = (uint32_t)config->number[CONFIG_GROUP];
    if (varve_open(path, &options, &server->host.db, &error) != VARVE_OK) {
        server_log("FATAL", "%s: %s", path, error.message);
        return false;
    }
    mark_started(path);
    if (strcmp(path, ":memory:") != 0) {
        server->users = users_open(path, message);
        if (server->users == NULL) {
            server_log("FATAL", "%s", message);
            return false;
        }
    }
    if (config->number[CONFIG_AUTH] == 0 &&
        (server->users == NULL || users_count(server->users) == 0)) {
        server_log("WARNING", "nobody can log in: there are no users; see varved --init");
    }
    return true;
}

/* Not where nothing is synced before the end. */
static bool flusher_open(struct server *server, struct flusher **flusher_out)
{
    const struct config *config = server->config;

    if (VARVE_DURABILITY_FULL + (int)config->number[CONFIG_DURABILITY] == VARVE_DURABILITY_OFF ||
        strcmp(config->text[CONFIG_DATA], ":memory:") == 0) {
        return true;
    }
    if (!flusher_start(server->host.db, (uint32_t)config->number[CONFIG_GROUP], flusher_out)) {
        server_log("FATAL", "no thread: out of resources");
        return false;
    }
    return true;
}

static bool server_init(struct server *server)
{
    const struct config *config = server->config;
    unsigned count = (unsigned)config->number[CONFIG_LOOPS];

    server->host.users = server->users;
    server->host.database = config->text[CONFIG_DATABASE];
    server->host.message_bytes_max = (size_t)config->number[CONFIG_MAX_MESSAGE];
    server->host.connections_max = (uint32_t)config->number[CONFIG_MAX_CONNECTIONS];
    server->host.log = log_write;
    server->host.cancel = cancel;
    server->host.cancel_context = server;
    server->slot_count = server->host.connections_max * 2 + 64;
    server->slots = calloc(server->slot_count, sizeof *server->slots);
    if (server->slots == NULL || pthread_mutex_init(&server->lock, NULL) != 0 ||
        pthread_mutex_init(&server->registry_lock, NULL) != 0 ||
        pthread_mutex_init(&server->tls_lock, NULL) != 0 ||
        pthread_cond_init(&server->changed, NULL) != 0 || !reload_first(server) ||
        !show_settings(server->host.db, config) || !listen_open(server)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!loop_init(&server->loops[i], server)) {
            server_log("FATAL", "no event loop: out of resources");
            return false;
        }
        server->loop_count++;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!worker_start(server, &server->loops[i])) {
            server_log("FATAL", "no thread: out of resources");
            return false;
        }
    }
    return true;
}

static bool worker_start(struct server *server, struct loop *loop)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        return false;
    }
    worker->server = server;
    worker->loop = loop;
    if (loop != NULL) {
        atomic_store_explicit(&loop->owner, worker, memory_order_seq_cst);
    }
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
        free(worker);
        return false;
    }
    server->workers[server->worker_count++] = worker;
    return true;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct server *server = worker->server;

    pthread_mutex_lock(&server->lock);
    while (!server->leaving) {
        struct loop *loop = worker->loop;

        if (loop == NULL) {
            pthread_cond_wait(&server->changed, &server->lock);
            continue;
        }
        pthread_mutex_unlock(&server->lock);
        loop_run(loop, worker);
        pthread_mutex_lock(&server->lock);
        if (worker->loop == loop) {
            worker->loop = NULL;
        }
        if (atomic_load_explicit(&loop->owner, memory_order_seq_cst) == worker) {
            server->loops_ended++;
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void supervise(struct server *server)
{
    uint64_t now = uv_hrtime();

    for (unsigned i = 0; i < server->loop_count; i++) {
        struct loop *loop = &server->loops[i];
        bool is_long = false;

        pthread_mutex_lock(&loop->lock);
        is_long = loop->serving_since_ns != 0 && now > loop->serving_since_ns &&
                  now - loop->serving_since_ns > LOOP_LONG_NS && loop->detached == NULL;
        pthread_mutex_unlock(&loop->lock);
        if (is_long) {
            (void)give_away(server, loop);
        }
    }
}

/* To a spare worker. False: there is none. */
static bool give_away(struct server *server, struct loop *loop)
{
    struct worker *spare = NULL;
    bool gave = false;

    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->worker_count && spare == NULL; i++) {
        spare = server->workers[i]->loop == NULL ? server->workers[i] : NULL;
    }
    if (spare == NULL && server->worker_count < server->loop_count + SERVER_WORKERS_SPARE &&
        worker_start(server, NULL)) {
        spare = server->workers[server->worker_count - 1];
    }
    pthread_mutex_lock(&loop->lock);
    if (spare != NULL && loop->serving_since_ns != 0) { /* it may have ended meanwhile */
        loop->detached = loop->serving;
        loop->serving = NULL;
        loop->serving_since_ns = 0;
        loop_post(loop);
        atomic_store_explicit(&loop->owner, spare, memory_order_seq_cst);
        spare->loop = loop;
        gave = true;
    }
    pthread_mutex_unlock(&loop->lock);
    if (gave) {
        pthread_cond_broadcast(&server->changed);
    }
    pthread_mutex_unlock(&server->lock);
    return gave;
}

static void serve_until_signal(struct server *server, int signals)
{
    struct pollfd polled[SERVER_LISTENERS_MAX + 1];

    for (;;) {
        for (unsigned i = 0; i < server->listener_count; i++) {
            polled[i] = (struct pollfd){.fd = server->listeners[i], .events = POLLIN};
        }
        polled[server->listener_count] = (struct pollfd){.fd = signals, .events = POLLIN};
        (void)poll(polled, server->listener_count + 1, TICK_MS);
        for (unsigned i = 0; i < server->listener_count; i++) {
            if (polled[i].revents != 0) {
                accept_all(server, i);
            }
        }
        if (polled[server->listener_count].revents != 0) {
            hear_signal(server, signals);
        }
        if (has_ended(server)) {
            return;
        }
        supervise(server);
    }
}

static void accept_all(struct server *server, unsigned listener)
{
    int descriptor = -1;
    struct access_origin origin;

    while ((descriptor = listen_accept(server, listener, &origin)) >= 0) {
        struct loop *loop = least_loaded(server);

        if (atomic_fetch_add_explicit(&server->sockets, 1, memory_order_relaxed) >=
            server->slot_count) {
            atomic_fetch_sub_explicit(&server->sockets, 1, memory_order_relaxed);
            listen_refuse(descriptor);
            continue;
        }
        atomic_fetch_add_explicit(&loop->load, 1, memory_order_relaxed);
        loop_adopt(loop, descriptor, &origin);
    }
}

static struct loop *least_loaded(struct server *server)
{
    struct loop *least = &server->loops[0];

    for (unsigned i = 1; i < server->loop_count; i++) {
        if (atomic_load_explicit(&server->loops[i].load, memory_order_relaxed) <
            atomic_load_explicit(&least->load, memory_order_relaxed)) {
            least = &server->loops[i];
        }
    }
    return least;
}

/* SIGTERM and SIGINT end the sessions, SIGUSR1 waits for them to end, SIGQUIT leaves them. */
static void hear_signal(struct server *server, int descriptor)
{
    struct signalfd_siginfo info;

    if (read(descriptor, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    switch (info.ssi_signo) {
    case SIGHUP:
        reload_now(server);
        return;
    case SIGQUIT:
        server_log("LOG", "received immediate shutdown request");
        _exit(2); /* what is acknowledged is in the log */
    case SIGUSR1:
        if (server->phase == SERVER_RUNS) {
            server->phase = SERVER_DRAINS;
            atomic_store_explicit(&server->host.stopping, true, memory_order_relaxed);
            server_log("LOG", "received smart shutdown request"); /* told when it is in force */
        }
        return;
    default:
        server_log("LOG", "received fast shutdown request");
        server->phase = SERVER_ENDS;
        return;
    }
}

static bool has_ended(const struct server *server)
{
    return server->phase == SERVER_ENDS ||
           (server->phase == SERVER_DRAINS &&
            atomic_load_explicit(&server->host.connections, memory_order_relaxed) == 0);
}

/* V1. False: some client's statement did not end in time. */
static bool stop(struct server *server)
{
    bool ended = false;

    atomic_store_explicit(&server->host.stopping, true, memory_order_relaxed);
    for (unsigned i = 0; i < server->loop_count; i++) {
        loop_stop(&server->loops[i]);
    }
    for (int tick = 0; tick < STOP_TICKS && !ended; tick++) {
        (void)poll(NULL, 0, TICK_MS);
        supervise(server);
        pthread_mutex_lock(&server->lock);
        ended = server->loops_ended == server->loop_count;
        pthread_mutex_unlock(&server->lock);
    }
    if (!ended) {
        server_log("WARNING", "some sessions did not end; leaving without them");
        return false;
    }
    pthread_mutex_lock(&server->lock);
    server->leaving = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    for (unsigned i = 0; i < server->worker_count; i++) {
        pthread_join(server->workers[i]->thread, NULL);
        free(server->workers[i]);
    }
    for (unsigned i = 0; i < server->loop_count; i++) {
        loop_release(&server->loops[i]);
    }
    return true;
}

/* V2 */
static void cancel(void *context, uint32_t process, uint32_t secret)
{
    struct server *server = context;

    pthread_mutex_lock(&server->registry_lock);
    if (process >= 1 && process <= server->slot_count &&
        server->slots[process - 1].connection != NULL &&
        server->slots[process - 1].secret == secret) {
        client_cancel(loop_client(server->slots[process - 1].connection));
    }
    pthread_mutex_unlock(&server->registry_lock);
}
