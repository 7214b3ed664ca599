/*
 * log.h - what the server tells its keeper: one line an event, on standard error.
 *
 *     2026-01-31 09:00:00.123 UTC [77] varve@varve ERROR:  relation "t" does not exist  STATEMENT:  select * from t
 *     {"time":"2026-01-31T09:00:00.123Z","level":"ERROR","pid":77,"user":"varve", ...}
 *
 * A line is written with one call, so that lines of several threads do not mix. A statement's text is shown up to
 * the word PASSWORD and no further (O1).
 *
 * Promises: O1 no password gets into the log; O2 nothing a client sends makes two lines of one.
 * Threads:  any.
 */
#ifndef VARVE_SERVER_LOG_H
#define VARVE_SERVER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_BYTES      8192
#define LOG_STATEMENT_BYTES 2048 /* of a statement's text are shown */

enum log_format { LOG_TEXT, LOG_JSON };

/* Of the connection and the statement; NULL and 0: absent. */
struct log_about {
    uint32_t process; /* the key of cancel requests, which pg_stat_activity shows */
    const char *user;
    const char *database;
    const char *origin;
    const char *sqlstate;
    const char *statement;
    uint64_t duration_us;
    bool has_duration;
};

void log_format_set(enum log_format format);

/* about may be NULL. */
void log_write(const char *level, const struct log_about *about, const char *message);

/* Makes the line, without its end: what log_write does, for tests. The size without the NUL. */
size_t log_line(char line[LOG_LINE_BYTES], enum log_format format, const char *level,
                const struct log_about *about, const char *message);

#endif
