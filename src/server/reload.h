/*
 * reload.h - what can change while the server runs: rules, users, the certificate, some settings.
 *
 * SIGHUP reads the flags, the environment and the file again. Each thing changes as a whole or, when its new form
 * is wrong, not at all; what needs a restart is told.
 */
#ifndef VARVE_SERVER_RELOAD_H
#define VARVE_SERVER_RELOAD_H

#include <stdbool.h>

struct server;

/* At the start. False: the reason is logged. */
bool reload_first(struct server *server);

void reload_now(struct server *server);

#endif
