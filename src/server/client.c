/* client.c - the loop over messages, errors, ReadyForQuery, settings that are reported. See client.h. */
#include "server/client_private.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_NOTICE, LEVEL_WARNING, LEVEL_ERROR };

/* Settings that the client is told whenever they change. */
static const char *const reports[] = {"client_encoding",
                                      "application_name",
                                      "DateStyle",
                                      "IntervalStyle",
                                      "TimeZone",
                                      "default_transaction_read_only",
                                      "standard_conforming_strings"};
#define REPORT_COUNT (sizeof reports / sizeof reports[0])
static_assert(REPORT_COUNT == sizeof((struct client *)NULL)->reported / 128, "a place each");

static enum client_verdict run_state(struct client *client);
static bool take_message(struct client *client, const struct wire_message *message);
static bool take_extended(struct client *client, const struct wire_message *message);
static void bad_type(struct client *client, char type);
static uint64_t milliseconds_of(struct client *client, const char *name);
static void read_notice_level(struct client *client);
static size_t message_limit(const struct client *client);

struct client *client_create(struct client_host *host, const struct access_origin *origin,
                             uint32_t process, uint32_t secret, void (*wake)(void *argument),
                             void *argument)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        return NULL;
    }
    client->host = host;
    client->origin = *origin;
    client->process = process;
    client->secret = secret;
    client->wake = wake;
    client->wake_argument = argument;
    list_init(&client->prepared);
    list_init(&client->portals);
    return client;
}

void client_count_in(struct client *client, struct metrics *metrics)
{
    client->metrics = metrics;
}

void client_destroy(struct client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->session != NULL) {
        client_log_connection(client, "disconnection");
    }
    client_query_end(client);
    client_copy_end(client);
    client_portals_end(client);
    client_portal_release(client);
    client_prepared_end_all(client);
    client_start_release(client);
    varve_disconnect(client->session);
    if (client->counted) {
        atomic_fetch_sub_explicit(&client->host->connections, 1, memory_order_relaxed);
    }
    wire_out_release(&client->out);
    free(client);
}

void client_encrypted(struct client *client, const uint8_t *binding, size_t binding_size)
{
    VV_ASSERT(client->state == CLIENT_HANDSHAKE);
    client->encrypted = true;
    client->binding = binding;
    client->binding_size = binding_size;
    client->state = CLIENT_START;
}

struct wire_out *client_output(struct client *client)
{
    return &client->out;
}

bool client_is_ready(const struct client *client)
{
    return client->session != NULL;
}

bool client_is_idle(const struct client *client)
{
    return client->state < CLIENT_READY || (client->state == CLIENT_READY && !client->in_group &&
                                            varve_transaction_status(client->session) == 'I');
}

bool client_was_denied(const struct client *client)
{
    return client->denied;
}

uint64_t client_sleeps_ms(const struct client *client)
{
    return varve_sleeps_ms(client->session);
}

void client_cancel(struct client *client)
{
    /* Acquire pairs with client_step: who is seen running has a session. */
    if (atomic_load_explicit(&client->running, memory_order_acquire)) {
        varve_interrupt(client->session);
    }
}

uint64_t client_idle_limit_ns(const struct client *client)
{
    if (client->idle_session_ms == 0 && client->idle_transaction_ms == 0) {
        return 0;
    }
    return (varve_transaction_status(client->session) == 'I' ? client->idle_session_ms
                                                             : client->idle_transaction_ms) *
           1000000;
}

bool client_time_out(struct client *client)
{
    if (client->state == CLIENT_SASL_FIRST || client->state == CLIENT_SASL_LAST) {
        client_fatal(client, "57014", "canceling authentication due to timeout");
        return true;
    }
    if (client->session == NULL || client->state == CLIENT_ENDED) {
        return false;
    }
    if (varve_transaction_status(client->session) == 'I') {
        client_fatal(client, "57P05", "terminating connection due to idle-session timeout");
    } else {
        client_fatal(client, "25P03", "terminating connection due to idle-in-transaction timeout");
    }
    return true;
}

void client_end(struct client *client, const char *sqlstate, const char *message)
{
    if (client->state != CLIENT_ENDED) {
        client_fatal(client, sqlstate, "%s", message);
    }
}

enum client_verdict client_run(struct client *client, vv_slice input, size_t *used_out)
{
    *used_out = 0;
    for (;;) {
        struct wire_message message = {0};
        enum client_verdict verdict = run_state(client);
        enum wire_verdict found = WIRE_MORE;
        size_t size = 0;

        if (verdict != CLIENT_READ) {
            return verdict;
        }
        if (wire_out_size(&client->out) >= CLIENT_OUT_BYTES) {
            return CLIENT_SEND;
        }
        found = wire_message(input, client->state == CLIENT_START, message_limit(client), &message,
                             &size);
        if (found == WIRE_MORE) {
            return CLIENT_READ;
        }
        if (found == WIRE_BAD) {
            client_fatal(client, "08P01", "invalid message length");
            continue;
        }
        *used_out += size;
        input = slice_make(input.data + size, input.size - size);
        client->rest = input;
        if (!take_message(client, &message)) {
            bad_type(client, message.type);
        }
    }
}

/* Goes on with what is under way; CLIENT_READ when nothing is. */
static enum client_verdict run_state(struct client *client)
{
    if (client->copy_wants && client->state != CLIENT_ENDED) {
        return CLIENT_READ;
    }
    switch (client->state) {
    case CLIENT_SIMPLE:
        return client_query_run(client) == CLIENT_WAIT ? CLIENT_WAIT
               : client->copy_wants                    ? CLIENT_READ
               : client->state == CLIENT_SIMPLE        ? CLIENT_SEND
               : client->state == CLIENT_ENDED         ? CLIENT_CLOSE
                                                       : CLIENT_READ;
    case CLIENT_EXECUTE:
        return client_execute_run(client);
    case CLIENT_SYNC:
        return client_sync_run(client);
    case CLIENT_HANDSHAKE:
        return CLIENT_ENCRYPT;
    case CLIENT_ENDED:
        return CLIENT_CLOSE;
    default:
        return CLIENT_READ;
    }
}

/* False: no such message now. */
static bool take_message(struct client *client, const struct wire_message *message)
{
    switch (client->state) {
    case CLIENT_START:
        client_start(client, message->body);
        return true;
    case CLIENT_SASL_FIRST:
    case CLIENT_SASL_LAST:
        if (message->type != 'p') {
            return false;
        }
        client_password(client, message);
        return true;
    default:
        break;
    }
    if (client->copy_wants) {
        client_copy_message(client, message);
        return true;
    }
    switch (message->type) {
    case 'X':
        client->state = CLIENT_ENDED;
        return true;
    case 'S':
        client->state = CLIENT_SYNC;
        return true;
    case 'Q':
        if (client->state != CLIENT_SKIP) {
            client_query(client, message->body);
        }
        return true;
    case 'H': /* Flush: answers are sent whenever the input is used up */
    case 'd':
    case 'c':
    case 'f': /* what is left of a COPY that failed */
        return true;
    case 'F':
        if (client->state != CLIENT_SKIP) {
            struct varve_error error;

            client->state = CLIENT_READY;
            client_error_set(&error, "0A000", "function calls by message are not supported");
            client_fail(client, &error);
            client_ready(client);
        }
        return true;
    default:
        return take_extended(client, message);
    }
}

static bool take_extended(struct client *client, const struct wire_message *message)
{
    static const struct {
        char type;
        void (*take)(struct client *client, vv_slice body);
    } takers[] = {{'P', client_parse},
                  {'B', client_bind},
                  {'D', client_describe},
                  {'E', client_execute},
                  {'C', client_close_message}};

    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (takers[i].type == message->type) {
            if (client->state != CLIENT_SKIP) { /* C3 */
                takers[i].take(client, message->body);
            }
            return true;
        }
    }
    return false;
}

static void bad_type(struct client *client, char type)
{
    if (client->state == CLIENT_SASL_FIRST || client->state == CLIENT_SASL_LAST) {
        client_fatal(client, "08P01", "expected SASL response, got message type %d", type);
    } else {
        client_fatal(client, "08P01", "invalid frontend message type %d", (uint8_t)type);
    }
}

/* C4: who has not shown who it is may not make the server hold much. */
static size_t message_limit(const struct client *client)
{
    return client->session == NULL ? WIRE_START_BYTES_MAX : client->host->message_bytes_max;
}

void client_error_set(struct varve_error *error, const char *sqlstate, const char *format, ...)
{
    va_list arguments;

    memset(error, 0, sizeof *error);
    error->code = VARVE_ERROR;
    memcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
}

void client_fail(struct client *client, const struct varve_error *error)
{
    client_log_error(client, "ERROR", error);
    if (!wire_put_error(&client->out, 'E', "ERROR", error)) {
        client->state = CLIENT_ENDED;
        return;
    }
    (void)varve_fail(client->session);
    client_copy_end(client);
    if (client->state == CLIENT_SIMPLE) {
        client_query_end(client);
        client_ready(client);
    } else if (client->state != CLIENT_SYNC) {
        client->executing = NULL;
        client->state = CLIENT_SKIP; /* C3 */
    }
}

void client_fail_session(struct client *client, uint32_t before)
{
    struct varve_error error = *varve_last_error(client->session);

    error.position += error.position > 0 ? before : 0;
    client_fail(client, &error);
}

void client_fatal(struct client *client, const char *sqlstate, const char *format, ...)
{
    struct varve_error error;
    va_list arguments;

    client_error_set(&error, sqlstate, "%s", "");
    va_start(arguments, format);
    vsnprintf(error.message, sizeof error.message, format, arguments);
    va_end(arguments);
    client_log_error(client, "FATAL", &error);
    (void)wire_put_error(&client->out, 'E', "FATAL", &error);
    client->state = CLIENT_ENDED;
}

void client_out_of_memory(struct client *client)
{
    struct varve_error error;

    client_error_set(&error, "53200", "out of memory");
    client_fail(client, &error);
}

/* C2. Ends the group, which has nothing left to commit. */
void client_ready(struct client *client)
{
    char status = 'I';

    if (client->state == CLIENT_ENDED) {
        return;
    }
    if (client->in_group) {
        (void)varve_group_end(client->session);
        client->in_group = false;
    }
    status = varve_transaction_status(client->session);
    if (status == 'I') {
        client_portals_end(client);
    }
    client_report_settings(client, false);
    wire_begin(&client->out, 'Z');
    wire_put_u8(&client->out, (uint8_t)status);
    client->state = wire_end(&client->out) ? CLIENT_READY : CLIENT_ENDED;
}

static void read_notice_level(struct client *client)
{
    char text[128];

    if (varve_setting(client->session, "client_min_messages", text, sizeof text) == VARVE_OK) {
        client->notice_level = strcmp(text, "error") == 0     ? LEVEL_ERROR
                               : strcmp(text, "warning") == 0 ? LEVEL_WARNING
                                                              : LEVEL_NOTICE;
    }
}

void client_note_settings(struct client *client)
{
    uint64_t version = varve_settings_version(client->session);

    if (version != client->notice_version) {
        client->notice_version = version;
        read_notice_level(client);
    }
}

void client_report_settings(struct client *client, bool all)
{
    uint64_t version = varve_settings_version(client->session);
    char text[128];

    if (version == client->settings_version && !all) {
        return;
    }
    client->settings_version = version;
    for (size_t i = 0; i < REPORT_COUNT; i++) {
        if (varve_setting(client->session, reports[i], text, sizeof text) == VARVE_OK &&
            (all || strcmp(text, client->reported[i]) != 0)) {
            memcpy(client->reported[i], text, sizeof text);
            wire_begin(&client->out, 'S');
            wire_put_text(&client->out, reports[i]);
            wire_put_text(&client->out, text);
            (void)wire_end(&client->out);
        }
    }
    client_note_settings(client);
    client->idle_session_ms = milliseconds_of(client, "idle_session_timeout");
    client->idle_transaction_ms = milliseconds_of(client, "idle_in_transaction_session_timeout");
    (void)varve_set_notice(client->session, client_notice, client);
}

/* Of a setting that SHOW gives as "0", "1500ms", "2min". */
static uint64_t milliseconds_of(struct client *client, const char *name)
{
    static const struct {
        const char *name;
        uint64_t size;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    char text[128];
    char *end = text;
    uint64_t number = 0;

    if (varve_setting(client->session, name, text, sizeof text) != VARVE_OK) {
        return 0;
    }
    number = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) == 0) {
            return number * units[i].size;
        }
    }
    return number;
}

bool client_group_begin(struct client *client)
{
    if (!client->in_group) {
        client->in_group = varve_group_begin(client->session) == VARVE_OK;
    }
    return client->in_group;
}

int client_step(struct client *client, struct varve_statement *statement)
{
    int code = VARVE_OK;

    if (!atomic_load_explicit(&client->running, memory_order_relaxed)) {
        atomic_store_explicit(&client->running, true, memory_order_release); /* pairs: cancel */
    }
    code = varve_step(statement);
    if (code != VARVE_ROW && code != VARVE_WAITING && code != VARVE_COPY_IN &&
        code != VARVE_COPY_OUT) {
        atomic_store_explicit(&client->running, false, memory_order_release);
    }
    return code;
}

bool client_check_text(struct client *client, vv_slice text)
{
    const uint8_t *bad = wire_utf8_bad(text);
    struct varve_error error;

    if (bad != NULL) {
        client_error_set(&error, "22021", "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                         *bad);
        client_fail(client, &error);
    }
    return bad == NULL;
}

void client_notice(void *argument, const char *severity, const struct varve_error *text)
{
    struct client *client = argument;

    if (client->notice_level == LEVEL_NOTICE ||
        (client->notice_level == LEVEL_WARNING && strcmp(severity, "WARNING") == 0)) {
        (void)wire_put_error(&client->out, 'N', severity, text);
    }
}
