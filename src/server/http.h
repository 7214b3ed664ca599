/*
 * http.h - a small HTTP server for those who watch: /health, /ready, /metrics (Prometheus' text form).
 *
 * /health  200 while the process answers
 * /ready   200 while new sessions are let in; 503 when the server ends
 * /metrics counters of the database and of the server
 *
 * Off unless http_port is set. It speaks neither TLS nor passwords, so it listens on the loopback by default.
 */
#ifndef VARVE_SERVER_HTTP_H
#define VARVE_SERVER_HTTP_H

#include <stdbool.h>

struct http;
struct server;

/* *http_out NULL: it is off. False: the reason is logged. own: http_close(). */
bool http_open(struct server *server, struct http **http_out);
/* Accepts NULL. */
void http_close(struct http *http);

#endif
