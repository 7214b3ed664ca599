/*
 * mark.h - the note in the database's directory of how the last server ended.
 *
 * One line, "running SINCE" or "stopped WHEN". Nothing depends on it: the database recovers either way. It is for
 * who reads the log.
 */
#ifndef VARVE_SERVER_MARK_H
#define VARVE_SERVER_MARK_H

#define MARK_FILE "server.state"

/* Logs how the last one ended and notes that one runs. A database in memory has no note. */
void mark_started(const char *directory);
void mark_stopped(const char *directory);

#endif
