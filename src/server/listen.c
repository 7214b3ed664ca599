/* listen.c - see listen.h. */
#include "server/listen.h"

#include "server/server.h"
#include "varve/varve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

static bool open_local(struct server *server, const char *directory, int port);
static bool open_tcp(struct server *server, const char *address, const char *port);
static int open_address(const struct addrinfo *address);
static bool add(struct server *server, int descriptor, bool is_local);
static bool is_alive(const struct sockaddr_un *address);
static void keep_alive(const struct config *config, int descriptor);

bool listen_open(struct server *server)
{
    const struct config *config = server->config;
    const char *directory = config->text[CONFIG_SOCKET_DIR];
    const char *address = config->text[CONFIG_LISTEN];

    if (address[0] != '\0' && !open_tcp(server, address, config->text[CONFIG_PORT])) {
        return false;
    }
    /* Last: who sees the socket's file finds the server complete. */
    if (directory[0] != '\0' && !open_local(server, directory, (int)config->number[CONFIG_PORT])) {
        return false;
    }
    if (server->listener_count == 0) {
        server_log("FATAL", "nothing to listen on: set listen or socket_dir");
    }
    return server->listener_count > 0;
}

void listen_close(struct server *server)
{
    for (unsigned i = 0; i < server->listener_count; i++) {
        close(server->listeners[i]);
    }
    if (server->socket_path[0] != '\0') {
        (void)unlink(server->socket_path);
    }
    server->listener_count = 0;
}

int listen_accept(struct server *server, unsigned listener, struct access_origin *origin_out)
{
    struct sockaddr_storage address = {.ss_family = AF_UNIX};
    socklen_t size = sizeof address;
    int descriptor = accept4(server->listeners[listener], (struct sockaddr *)&address, &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);

    *origin_out = access_origin((const struct sockaddr *)&address);
    if (descriptor >= 0 && !server->listener_local[listener]) {
        keep_alive(server->config, descriptor);
    }
    return descriptor;
}

/* What is not given stays as the system has it. */
static void keep_alive(const struct config *config, int descriptor)
{
    int yes = 1;
    int idle = (int)(config->number[CONFIG_KEEPALIVES_IDLE] / 1000);
    int interval = (int)(config->number[CONFIG_KEEPALIVES_INTERVAL] / 1000);
    int count = (int)config->number[CONFIG_KEEPALIVES_COUNT];
    int unacknowledged = (int)config->number[CONFIG_TCP_USER_TIMEOUT];

    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    if (idle > 0) {
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    }
    if (interval > 0) {
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    }
    if (count > 0) {
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    }
    if (unacknowledged > 0) {
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged,
                         sizeof unacknowledged);
    }
}

void listen_refuse(int descriptor)
{
    struct wire_out out = {0};
    struct varve_error error = {.sqlstate = "53300", .message = "sorry, too many clients already"};

    if (wire_put_error(&out, 'E', "FATAL", &error)) {
        (void)send(descriptor, out.bytes, out.size, MSG_NOSIGNAL);
    }
    wire_out_release(&out);
    close(descriptor);
}

/* A socket that a killed server has left is taken over; one that answers is not. */
static bool open_local(struct server *server, const char *directory, int port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%d", directory, port) >=
        (int)sizeof address.sun_path) {
        server_log("FATAL", "the socket's name is too long: %s", directory);
        return false;
    }
    if (is_alive(&address)) {
        server_log("FATAL", "another server listens on %s", address.sun_path);
        return false;
    }
    (void)unlink(address.sun_path);
    if (descriptor < 0 ||
        bind(descriptor, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(descriptor, BACKLOG) != 0) {
        server_log("FATAL", "%s: %s", address.sun_path, strerror(errno));
        return false;
    }
    memcpy(server->socket_path, address.sun_path, sizeof server->socket_path);
    server_log("LOG", "listening on %s", address.sun_path);
    return add(server, descriptor, true);
}

static bool is_alive(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = descriptor >= 0 &&
                 connect(descriptor, (const struct sockaddr *)address, sizeof *address) == 0;

    if (descriptor >= 0) {
        close(descriptor);
    }
    return alive;
}

/* One of a name's addresses is enough: localhost has one of IPv6 on machines without it. */
static bool open_tcp(struct server *server, const char *address, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(address, port, &hints, &found);
    int reason = 0;
    bool good = false;

    if (code != 0) {
        server_log("FATAL", "cannot listen on \"%s\": %s", address, gai_strerror(code));
        return false;
    }
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        int descriptor = open_address(at);

        if (descriptor >= 0) {
            good = add(server, descriptor, false);
        } else if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT) {
            server_log("FATAL", "cannot listen on \"%s\", port %s: %s", address, port,
                       strerror(errno));
            good = false;
            reason = 0;
            break;
        } else {
            reason = errno;
        }
    }
    freeaddrinfo(found);
    if (good) {
        server_log("LOG", "listening on \"%s\", port %s", address, port);
    } else if (reason != 0) {
        server_log("FATAL", "cannot listen on \"%s\", port %s: %s", address, port,
                   strerror(reason));
    }
    return good;
}

/* A socket that listens; -1, and errno. */
static int open_address(const struct addrinfo *address)
{
    int descriptor = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                            address->ai_protocol);
    int yes = 1;
    int reason = 0;

    if (descriptor >= 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        (address->ai_family != AF_INET6 ||
         setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0) &&
        bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(descriptor, BACKLOG) == 0) {
        return descriptor;
    }
    reason = errno;
    if (descriptor >= 0) {
        close(descriptor);
    }
    errno = reason;
    return -1;
}

static bool add(struct server *server, int descriptor, bool is_local)
{
    if (server->listener_count == SERVER_LISTENERS_MAX) {
        close(descriptor);
        return true; /* a name with more addresses than that */
    }
    server->listener_local[server->listener_count] = is_local;
    server->listeners[server->listener_count++] = descriptor;
    return true;
}
