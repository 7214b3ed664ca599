/*
 * show.h - the server's settings as SQL shows them: SHOW, current_setting(), pg_settings, under PostgreSQL's names where it has
 * such a setting, under varve.… where not.
 */
#ifndef VARVE_SERVER_SHOW_H
#define VARVE_SERVER_SHOW_H

#include "server/config.h"

struct varve;

/* At the start and after each reload. False: out of memory. */
bool show_settings(struct varve *db, const struct config *config);

#endif
