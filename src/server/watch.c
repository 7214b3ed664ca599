/* watch.c - what is measured and logged of a client: how long statements take, errors, coming and going. */
#include "server/client_private.h"

#include <stdio.h>
#include <time.h>

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct log_about about(const struct client *client)
{
    return (struct log_about){.process = client->process,
                              .user = client->user[0] == '\0' ? NULL : client->user,
                              .database = client->database,
                              .origin = client->origin.text,
                              .statement = client->text};
}

void client_statement_begin(struct client *client, const char *text)
{
    client->text = text;
    client->began_us = now_us();
}

void client_statement_end(struct client *client)
{
    int64_t slow_us = atomic_load_explicit(&client->host->log_slow_us, memory_order_relaxed);
    uint64_t took_us = 0;

    if (client->began_us == 0) {
        return;
    }
    took_us = now_us() - client->began_us;
    client->began_us = 0;
    if (client->metrics != NULL) {
        metrics_observe(client->metrics, took_us);
    }
    if (slow_us >= 0 && took_us >= (uint64_t)slow_us && client->host->log != NULL) {
        struct log_about slow = about(client);

        slow.has_duration = true;
        slow.duration_us = took_us;
        client->host->log("LOG", &slow, "");
    }
    client->text = NULL;
}

void client_log_error(struct client *client, const char *level, const struct varve_error *error)
{
    struct log_about with = about(client);
    bool fatal = level[0] == 'F';

    if (client->metrics != NULL) {
        atomic_fetch_add_explicit(&client->metrics->errors, 1, memory_order_relaxed);
    }
    if (client->host->log != NULL &&
        (fatal || atomic_load_explicit(&client->host->log_errors, memory_order_relaxed))) {
        with.sqlstate = error->sqlstate;
        client->host->log(level, &with, error->message);
    }
    client_statement_end(client);
    client->text = NULL;
}

void client_log_connection(struct client *client, const char *message)
{
    struct log_about with = about(client);

    if (client->host->log != NULL &&
        atomic_load_explicit(&client->host->log_connections, memory_order_relaxed)) {
        with.statement = NULL;
        client->host->log("LOG", &with, message);
    }
}
