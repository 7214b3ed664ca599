/*
 * db.h - the room's face inside the house: a database on any `struct os`.
 *
 * Users open databases with varve_open() on the real machine; the crash and fault tests open them on the
 * simulated one. Everything else is varve.h.
 */
#ifndef VARVE_DB_DB_H
#define VARVE_DB_DB_H

#include "varve/varve.h"

struct os;

/* As varve_open(). borrow: os until varve_close(). */
int db_open_on(struct os *os, const char *path, const struct varve_options *options,
               struct varve **db_out, struct varve_error *error);

#endif
