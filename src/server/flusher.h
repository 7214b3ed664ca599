/*
 * flusher.h - the thread that syncs what commits without a sync left behind.
 *
 * A session with synchronous_commit = off, and every session with durability group, is answered before its commit is on
 * disk. Commits that come later sync it; this thread does when none comes, so that a crash loses little in any case.
 *
 * Promises: V3 a commit is on disk at the latest about twice group_commit_interval after its answer.
 * Threads:  one, its own.
 */
#ifndef VARVE_SERVER_FLUSHER_H
#define VARVE_SERVER_FLUSHER_H

#include "varve/varve.h"

#include <stdbool.h>
#include <stdint.h>

struct flusher;

/* False: out of resources. own: *flusher_out, end with flusher_stop(), before the database. */
bool flusher_start(struct varve *db, uint32_t interval_ms, struct flusher **flusher_out);

/* Accepts NULL. */
void flusher_stop(struct flusher *flusher);

#endif
