/*
 * restart.h - what a database on disk costs to open again.
 *
 * Loading and opening happen in child processes, so that every opening begins with nothing: no warm
 * heap, no mapped pages, no threads. The files are in the page cache; a cold disk is not measured.
 */
#ifndef VARVE_BENCH_RESTART_H
#define VARVE_BENCH_RESTART_H

#include "harness.h"

enum bench_ending {
    BENCH_CLOSED, /* sessions end, the database is closed */
    BENCH_KILLED  /* SIGKILL with the database open */
};

/* Fills the database in a session of the caller's choice; runs in the child. */
typedef void (*bench_loader)(const struct bench_driver *driver, struct bench_db *db,
                             const struct bench_options *options);

/* Opens config's new database in a child, loads it, and ends the child as `ending` says. */
void bench_restart_load(const struct bench_driver *driver, const struct bench_config *config,
                        const struct bench_options *options, bench_loader loader,
                        enum bench_ending ending);

struct bench_restart {
    double seconds;    /* from before open until the value of `key` was read */
    uint64_t checksum; /* of that value and of the sum over all rows, read afterwards */
};

/* Opens what is in config->folder, reads the row of `key`, sums all rows, and ends as `ending` says:
 * after a kill the next opening finds the same files as this one. */
void bench_restart_measure(const struct bench_driver *driver, const struct bench_config *config,
                           int64_t key, enum bench_ending ending,
                           struct bench_restart *restart_out);

/* Bytes that the files below a folder take on disk. */
uint64_t bench_folder_bytes(const char *folder);

#endif
