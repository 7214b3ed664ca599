/* http.c - see http.h. libmicrohttpd answers in a thread of its own; a build without it only says so. */
#include "server/http.h"

#include "server/server.h"

#ifdef VARVED_HTTP

#include "varve/varve.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 32
#define TIMEOUT_SECONDS 10
#define MEMORY_BYTES    8192 /* of a connection */
#define TEXT_BYTES      16384

struct http {
    struct server *server;
    struct MHD_Daemon *daemon;
};

/* A page that is made. */
struct page {
    char *bytes;
    size_t size;
};

static bool address_read(const struct config *config, struct sockaddr_storage *address_out);
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request);
static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *text);
static void page_metrics(struct page *page, struct server *server);
static void put_database(struct page *page, const struct varve_statistics *statistics);
static void put_memory(struct page *page, const struct varve_statistics *statistics);
static void put_statements(struct page *page, struct server *server);
static void put_value(struct page *page, const char *type, const char *name, const char *help,
                      uint64_t value);
static void put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool http_open(struct server *server, struct http **http_out)
{
    const struct config *config = server->config;
    struct sockaddr_storage address;
    struct http *http = NULL;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;

    *http_out = NULL;
    if (config->number[CONFIG_HTTP_PORT] == 0) {
        return true;
    }
    if (!address_read(config, &address)) {
        server_log("FATAL", "http_listen is not an address: \"%s\"",
                   config->text[CONFIG_HTTP_LISTEN]);
        return false;
    }
    http = calloc(1, sizeof *http);
    if (http != NULL) {
        http->server = server;
        flags |= address.ss_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0u;
        http->daemon = MHD_start_daemon(
            flags, 0, NULL, NULL, answer, http, MHD_OPTION_SOCK_ADDR, &address,
            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
            (unsigned)TIMEOUT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
            MHD_OPTION_END);
    }
    if (http == NULL || http->daemon == NULL) {
        server_log("FATAL", "cannot listen for HTTP on \"%s\", port %s",
                   config->text[CONFIG_HTTP_LISTEN], config->text[CONFIG_HTTP_PORT]);
        free(http);
        return false;
    }
    server_log("LOG", "HTTP on \"%s\", port %s", config->text[CONFIG_HTTP_LISTEN],
               config->text[CONFIG_HTTP_PORT]);
    *http_out = http;
    return true;
}

void http_close(struct http *http)
{
    if (http != NULL) {
        MHD_stop_daemon(http->daemon);
        free(http);
    }
}

static bool address_read(const struct config *config, struct sockaddr_storage *address_out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address_out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address_out;
    uint16_t port = htons((uint16_t)config->number[CONFIG_HTTP_PORT]);

    memset(address_out, 0, sizeof *address_out);
    if (inet_pton(AF_INET, config->text[CONFIG_HTTP_LISTEN], &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        return true;
    }
    memset(address_out, 0, sizeof *address_out);
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    return inet_pton(AF_INET6, config->text[CONFIG_HTTP_LISTEN], &six->sin6_addr) == 1;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static char seen;
    struct http *http = context;
    struct server *server = http->server;
    char text[TEXT_BYTES];
    struct page page = {.bytes = text};

    (void)version;
    (void)upload;
    if (*request == NULL) { /* the first call has the head only */
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET alone is known\n");
    }
    if (strcmp(url, "/health") == 0) {
        return reply(connection, MHD_HTTP_OK, "ok\n");
    }
    if (strcmp(url, "/ready") == 0) {
        bool ends = atomic_load_explicit(&server->host.stopping, memory_order_relaxed);

        return reply(connection, ends ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK,
                     ends ? "shutting down\n" : "ready\n");
    }
    if (strcmp(url, "/metrics") == 0) {
        page_metrics(&page, server);
        return reply(connection, MHD_HTTP_OK, text);
    }
    return reply(connection, MHD_HTTP_NOT_FOUND, "/health, /ready, /metrics\n");
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      "text/plain; version=0.0.4; charset=utf-8");
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

static void page_metrics(struct page *page, struct server *server)
{
    struct varve_statistics statistics = {.size = sizeof statistics};

    page->bytes[0] = '\0';
    if (varve_statistics(server->host.db, &statistics) == VARVE_OK) {
        put_database(page, &statistics);
        put_memory(page, &statistics);
    }
    put_value(page, "gauge", "varve_connections", "Sessions now.",
              atomic_load_explicit(&server->host.connections, memory_order_relaxed));
    put_value(page, "gauge", "varve_connections_max", "Sessions at most.",
              server->host.connections_max);
    put_value(page, "gauge", "varve_sockets",
              "Connected sockets, with those that have not logged in.",
              atomic_load_explicit(&server->sockets, memory_order_relaxed));
    put_statements(page, server);
}

static void put_database(struct page *page, const struct varve_statistics *statistics)
{
    put_value(page, "counter", "varve_commits_total", "Transactions committed that wrote.",
              statistics->commits);
    put_value(page, "counter", "varve_aborts_total", "Transactions rolled back.",
              statistics->aborts);
    put_value(page, "counter", "varve_conflicts_total", "Serialization failures.",
              statistics->conflicts);
    put_value(page, "counter", "varve_deadlocks_total", "Deadlocks.", statistics->deadlocks);
    put_value(page, "counter", "varve_lock_waits_total", "Waits for another transaction.",
              statistics->lock_waits);
    put_value(page, "counter", "varve_log_bytes_total", "Bytes written to the log.",
              statistics->log_bytes);
    put_value(page, "counter", "varve_log_syncs_total", "Syncs of the log.", statistics->log_syncs);
    put_value(page, "gauge", "varve_lsn_visible",
              "What every new snapshot sees, a position in the log.", statistics->lsn_visible);
    put_value(page, "gauge", "varve_lsn_durable", "What survives a crash, a position in the log.",
              statistics->lsn_durable);
    put_value(page, "gauge", "varve_lsn_oldest_snapshot",
              "The oldest snapshot that is in use, a position in the log.",
              statistics->lsn_oldest_snapshot);
    put_value(page, "counter", "varve_plan_cache_hits_total", "Statements that found their plan.",
              statistics->plan_cache_hits);
    put_value(page, "counter", "varve_plan_cache_misses_total", "Statements that were planned.",
              statistics->plan_cache_misses);
}

static void put_memory(struct page *page, const struct varve_statistics *statistics)
{
    const struct {
        const char *kind;
        uint64_t bytes;
    } kinds[] = {{"pages", statistics->memory_pages},
                 {"versions", statistics->memory_versions},
                 {"transactions", statistics->memory_transactions},
                 {"log", statistics->memory_log},
                 {"catalog", statistics->memory_catalog},
                 {"statements", statistics->memory_statements},
                 {"sessions", statistics->memory_sessions},
                 {"general", statistics->memory_general}};

    put(page, "# HELP varve_memory_bytes Memory of the database by kind.\n"
              "# TYPE varve_memory_bytes gauge\n");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        put(page, "varve_memory_bytes{kind=\"%s\"} %llu\n", kinds[i].kind,
            (unsigned long long)kinds[i].bytes);
    }
    put_value(page, "gauge", "varve_memory_total_bytes", "All memory that is accounted.",
              statistics->memory_total);
}

/* Of all loops together. */
static void put_statements(struct page *page, struct server *server)
{
    static const uint32_t bounds[METRICS_BOUND_COUNT] = METRICS_BOUNDS_US;
    uint64_t buckets[METRICS_BOUND_COUNT + 1] = {0};
    uint64_t sum_us = 0;
    uint64_t errors = 0;
    uint64_t denied = 0;
    uint64_t count = 0;

    for (unsigned i = 0; i < server->loop_count; i++) {
        struct metrics *metrics = &server->loops[i].metrics;

        for (unsigned at = 0; at <= METRICS_BOUND_COUNT; at++) {
            buckets[at] += atomic_load_explicit(&metrics->buckets[at], memory_order_relaxed);
        }
        sum_us += atomic_load_explicit(&metrics->sum_us, memory_order_relaxed);
        errors += atomic_load_explicit(&metrics->errors, memory_order_relaxed);
        denied += atomic_load_explicit(&metrics->denied, memory_order_relaxed);
    }
    put(page, "# HELP varve_statement_duration_seconds How long statements took.\n"
              "# TYPE varve_statement_duration_seconds histogram\n");
    for (unsigned at = 0; at < METRICS_BOUND_COUNT; at++) {
        count += buckets[at];
        put(page, "varve_statement_duration_seconds_bucket{le=\"%g\"} %llu\n",
            (double)bounds[at] / 1e6, (unsigned long long)count);
    }
    count += buckets[METRICS_BOUND_COUNT];
    put(page,
        "varve_statement_duration_seconds_bucket{le=\"+Inf\"} %llu\n"
        "varve_statement_duration_seconds_sum %llu.%06llu\n"
        "varve_statement_duration_seconds_count %llu\n",
        (unsigned long long)count, (unsigned long long)(sum_us / 1000000),
        (unsigned long long)(sum_us % 1000000), (unsigned long long)count);
    put_value(page, "counter", "varve_errors_total", "Errors that clients were told.", errors);
    put_value(page, "counter", "varve_denied_total", "Log-ins with a wrong password.", denied);
}

static void put_value(struct page *page, const char *type, const char *name, const char *help,
                      uint64_t value)
{
    put(page, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
        (unsigned long long)value);
}

static void put(struct page *page, const char *format, ...)
{
    size_t room = TEXT_BYTES - page->size;
    va_list arguments;
    int size = 0;

    va_start(arguments, format);
    size = vsnprintf(page->bytes + page->size, room, format, arguments);
    va_end(arguments);
    if (size > 0) {
        page->size += (size_t)size < room ? (size_t)size : room - 1;
    }
}

#else

bool http_open(struct server *server, struct http **http_out)
{
    *http_out = NULL;
    if (server->config->number[CONFIG_HTTP_PORT] != 0) {
        server_log("FATAL", "http_port is set, but this varved was built without libmicrohttpd");
        return false;
    }
    return true;
}

void http_close(struct http *http)
{
    (void)http;
}

#endif
