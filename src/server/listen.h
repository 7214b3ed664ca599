/* listen.h - the sockets that a server listens on. */
#ifndef VARVE_SERVER_LISTEN_H
#define VARVE_SERVER_LISTEN_H

#include <stdbool.h>

struct access_origin;
struct server;

/* TCP and the unix socket, as the configuration says. False: the reason is logged. */
bool listen_open(struct server *server);
void listen_close(struct server *server);

/* A connected, non-blocking socket; -1: none waits. */
int listen_accept(struct server *server, unsigned listener, struct access_origin *origin_out);

/* Says 53300 and closes. */
void listen_refuse(int descriptor);

#endif
