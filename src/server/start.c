/*
 * start.c - start-up packets, negotiation, passwords, and what a client hears before its first query.
 */
#include "server/client_private.h"
#include "server/roles.h"
#include "server/users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A setting of the start-up packet, applied once the session is there. */
struct client_wish {
    struct client_wish *next;
    char *name;
    char *value;
};

static void negotiate(struct client *client, uint32_t code);
static bool read_parameters(struct client *client, struct wire_reader *reader, char *database);
static bool wish(struct client *client, const char *name, size_t name_size, const char *value,
                 size_t value_size);
static bool wish_options(struct client *client, const char *options);
static void check_user(struct client *client, const char *database);
static void put_mechanisms(struct client *client);
static void refuse_origin(struct client *client, const char *database, bool by_rule);
static void sasl_first(struct client *client, struct wire_reader *reader);
static void sasl_last(struct client *client, struct wire_reader *reader);
static void sasl_verdict(struct client *client, enum scram_verdict verdict);
static void put_authentication(struct client *client, uint32_t kind, const char *text);
static bool check_role(struct client *client);
static void let_in(struct client *client);
static int change_role(void *argument, const struct varve_role_change *change,
                       struct varve_error *error);
static void list_roles(void *argument,
                       void (*put)(void *put_argument, const struct varve_role *role),
                       void *put_argument);
static void negotiate_version(struct client *client, uint32_t code, vv_slice body);
static uint32_t option_names(vv_slice body, struct wire_out *out);
static bool session_open(struct client *client);
static bool defaults_apply(struct client *client);
static bool wishes_apply(struct client *client);
static void greet(struct client *client);
static void put_status(struct client *client, const char *name, const char *value);

void client_start(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    uint32_t code = wire_get_u32(&reader);
    char database[CLIENT_NAME_BYTES] = "";

    if ((code == WIRE_SSL_CODE && !client->asked_tls) ||
        (code == WIRE_GSS_CODE && !client->asked_gss)) {
        negotiate(client, code);
        return;
    }
    if (code == WIRE_CANCEL_CODE) {
        uint32_t process = wire_get_u32(&reader);
        uint32_t secret = wire_get_u32(&reader);

        if (!reader.bad && client->host->cancel != NULL) {
            client->host->cancel(client->host->cancel_context, process, secret);
        }
        client->state = CLIENT_ENDED;
        return;
    }
    if (code >> 16 != 3) {
        client_fatal(client, "0A000",
                     "unsupported frontend protocol %u.%u: server supports 3.0 to 3.0", code >> 16,
                     code & 0xFFFF);
        return;
    }
    if (!read_parameters(client, &reader, database)) {
        if (client->state != CLIENT_ENDED) {
            client_fatal(client, "08P01",
                         "invalid startup packet layout: expected terminator as last byte");
        }
        return;
    }
    if (client->user[0] == '\0') {
        client_fatal(client, "28000", "no PostgreSQL user name specified in startup packet");
        return;
    }
    negotiate_version(client, code, body);
    check_user(client, database[0] == '\0' ? client->user : database);
}

/* NegotiateProtocolVersion: we speak 3.0, and know no option of the protocol's ("_pq_.…"). The names are good. */
static void negotiate_version(struct client *client, uint32_t code, vv_slice body)
{
    uint32_t count = option_names(body, NULL);

    if (code != WIRE_VERSION_3 || count > 0) {
        wire_begin(&client->out, 'v');
        wire_put_u32(&client->out, WIRE_VERSION_3);
        wire_put_u32(&client->out, count);
        (void)option_names(body, &client->out);
        (void)wire_end(&client->out);
    }
}

/* How many there are; out: puts them. */
static uint32_t option_names(vv_slice body, struct wire_out *out)
{
    struct wire_reader reader = wire_reader(body);
    uint32_t count = 0;
    const char *name = NULL;

    (void)wire_get_u32(&reader);
    for (name = wire_get_text(&reader); name[0] != '\0'; name = wire_get_text(&reader)) {
        if (strncmp(name, "_pq_.", 5) == 0) {
            count++;
            if (out != NULL) {
                wire_put_text(out, name);
            }
        }
        (void)wire_get_text(&reader);
    }
    return count;
}

/* Answered with one byte, which is no message. As in PostgreSQL, who has TLS can not ask for GSS any more. */
static void negotiate(struct client *client, uint32_t code)
{
    bool yes = code == WIRE_SSL_CODE && client->origin.address_bytes != 0 &&
               atomic_load_explicit(&client->host->encrypts, memory_order_relaxed);

    client->asked_tls = client->asked_tls || code == WIRE_SSL_CODE;
    client->asked_gss = client->asked_gss || code == WIRE_GSS_CODE || yes;
    if (yes &&
        client->rest.size > 0) { /* sent in the clear, to be taken for what comes encrypted */
        client_fatal(client, "08P01", "received unencrypted data after SSL request");
        return;
    }
    wire_put_bytes(&client->out, yes ? "S" : "N", 1);
    client->state = yes ? CLIENT_HANDSHAKE : CLIENT_START;
}

void client_password(struct client *client, const struct wire_message *message)
{
    struct wire_reader reader = wire_reader(message->body);

    if (client->state == CLIENT_SASL_FIRST) {
        sasl_first(client, &reader);
    } else {
        sasl_last(client, &reader);
    }
}

void client_start_release(struct client *client)
{
    while (client->wishes != NULL) {
        struct client_wish *next = client->wishes->next;

        free(client->wishes->name);
        free(client->wishes->value);
        free(client->wishes);
        client->wishes = next;
    }
    scram_destroy(client->scram);
    client->scram = NULL;
}

/* Names and values up to an empty name. False: broken, or out of memory. */
static bool read_parameters(struct client *client, struct wire_reader *reader, char *database)
{
    for (;;) {
        const char *name = wire_get_text(reader);
        const char *value = "";

        if (reader->bad || name[0] == '\0') {
            return !reader->bad && reader->at == reader->end;
        }
        value = wire_get_text(reader);
        if (reader->bad || wire_utf8_bad(slice_text(name)) != NULL ||
            wire_utf8_bad(slice_text(value)) != NULL) {
            return false;
        }
        if (strcmp(name, "user") == 0) {
            snprintf(client->user, sizeof client->user, "%s", value);
        } else if (strcmp(name, "database") == 0) {
            snprintf(database, CLIENT_NAME_BYTES, "%s", value);
        } else if (strcmp(name, "options") == 0) {
            if (!wish_options(client, value)) {
                return false;
            }
        } else if (strcmp(name, "replication") == 0) {
            client_fatal(client, "0A000", "replication connections are not supported");
            return false;
        } else if (strncmp(name, "_pq_.", 5) != 0 &&
                   !wish(client, name, strlen(name), value, strlen(value))) {
            return false;
        }
    }
}

/* "-c name=value --name=value", words separated by space. */
static bool wish_options(struct client *client, const char *options)
{
    const char *at = options + strspn(options, " ");

    while (*at != '\0') {
        size_t size = 0;
        const char *equals = NULL;

        at += strncmp(at, "-c", 2) == 0 || strncmp(at, "--", 2) == 0 ? 2 : 0;
        at += strspn(at, " ");
        size = strcspn(at, " ");
        equals = memchr(at, '=', size);
        if (equals == NULL) {
            client_fatal(client, "42601", "invalid command-line argument for server process: %.*s",
                         (int)size, at);
            return false;
        }
        if (!wish(client, at, (size_t)(equals - at), equals + 1,
                  size - (size_t)(equals - at) - 1)) {
            return false;
        }
        at += size;
        at += strspn(at, " ");
    }
    return true;
}

static bool wish(struct client *client, const char *name, size_t name_size, const char *value,
                 size_t value_size)
{
    struct client_wish *fresh = calloc(1, sizeof *fresh);

    if (fresh == NULL) {
        return false;
    }
    fresh->next = client->wishes;
    client->wishes = fresh;
    fresh->name = strndup(name, name_size);
    fresh->value = strndup(value, value_size);
    return fresh->name != NULL && fresh->value != NULL;
}

/* As PostgreSQL: first where it comes from, then who it is, then what it wants. */
static void check_user(struct client *client, const char *database)
{
    unsigned line = 0;

    snprintf(client->database, sizeof client->database, "%s", database);
    switch (access_find(client->host->access, &client->origin, client->encrypted, database,
                        client->user, &line)) {
    case ACCESS_TRUST:
        let_in(client);
        return;
    case ACCESS_SCRAM:
        put_mechanisms(client);
        client->state = CLIENT_SASL_FIRST;
        return;
    case ACCESS_REJECT:
    case ACCESS_NONE:
        refuse_origin(client, database, line > 0);
        return;
    }
}

static void put_mechanisms(struct client *client)
{
    wire_begin(&client->out, 'R');
    wire_put_u32(&client->out, 10);
    if (client->encrypted) {
        wire_put_text(&client->out, SCRAM_MECHANISM_PLUS);
    }
    wire_put_text(&client->out, SCRAM_MECHANISM);
    wire_put_u8(&client->out, 0);
    (void)wire_end(&client->out);
}

static void refuse_origin(struct client *client, const char *database, bool by_rule)
{
    client_fatal(client, "28000", "%s host \"%s\", user \"%s\", database \"%s\", %s",
                 by_rule ? "pg_hba.conf rejects connection for" : "no pg_hba.conf entry for",
                 client->origin.text, client->user, database,
                 client->encrypted ? "SSL encryption" : "no encryption");
}

static void sasl_first(struct client *client, struct wire_reader *reader)
{
    const char *mechanism = wire_get_text(reader);
    uint32_t size = wire_get_u32(reader);
    vv_slice message = wire_get_bytes(reader, size);
    struct users_role role;
    char answer[SCRAM_TEXT_BYTES];
    bool known = client->host->users != NULL &&
                 users_find(client->host->users, client->user, &role) && role.verifier[0] != '\0';
    static const uint8_t no_key[32];
    enum scram_verdict verdict = SCRAM_BROKEN;

    struct scram_channel channel = {.binding = client->binding, .size = client->binding_size};

    channel.chosen = client->encrypted && strcmp(mechanism, SCRAM_MECHANISM_PLUS) == 0;
    if (!reader->bad && !channel.chosen && strcmp(mechanism, SCRAM_MECHANISM) != 0) {
        client_fatal(client, "08P01", "client selected an invalid SASL authentication mechanism");
        return;
    }
    if (!reader->bad) {
        verdict =
            scram_begin(known ? role.verifier : NULL, client->user,
                        client->host->users == NULL ? no_key : users_mock_key(client->host->users),
                        channel, message, answer, &client->scram);
    }
    if (verdict != SCRAM_OK) {
        sasl_verdict(client, verdict);
        return;
    }
    put_authentication(client, 11, answer);
    client->state = CLIENT_SASL_LAST;
}

static void sasl_last(struct client *client, struct wire_reader *reader)
{
    vv_slice message = slice_make(reader->at, (size_t)(reader->end - reader->at));
    char answer[SCRAM_TEXT_BYTES];
    enum scram_verdict verdict = scram_finish(client->scram, message, answer);

    scram_destroy(client->scram);
    client->scram = NULL;
    if (verdict != SCRAM_OK) {
        sasl_verdict(client, verdict);
        return;
    }
    put_authentication(client, 12, answer);
    let_in(client);
}

static void sasl_verdict(struct client *client, enum scram_verdict verdict)
{
    if (verdict == SCRAM_WRONG) {
        client->denied = true;
        if (client->metrics != NULL) {
            atomic_fetch_add_explicit(&client->metrics->denied, 1, memory_order_relaxed);
        }
        client_fatal(client, "28P01", "password authentication failed for user \"%s\"",
                     client->user);
    } else if (verdict == SCRAM_BROKEN) {
        client_fatal(client, "08P01", "malformed SCRAM message");
    } else if (verdict == SCRAM_DOWNGRADED) {
        client_fatal(client, "28000", "SCRAM channel binding negotiation error");
    } else if (verdict == SCRAM_UNBOUND) {
        client_fatal(client, "28000", "SCRAM channel binding check failed");
    } else {
        client_fatal(client, "53200", "out of memory");
    }
}

/* AuthenticationSASLContinue (11) and ...Final (12). */
static void put_authentication(struct client *client, uint32_t kind, const char *text)
{
    wire_begin(&client->out, 'R');
    wire_put_u32(&client->out, kind);
    wire_put_bytes(&client->out, text, strlen(text));
    (void)wire_end(&client->out);
}

/* A database in memory has no roles: everybody is superuser. */
static bool check_role(struct client *client)
{
    struct users_role role = {.login = true, .superuser = true};

    if (client->host->users != NULL && !users_find(client->host->users, client->user, &role)) {
        client_fatal(client, "28000", "role \"%s\" does not exist", client->user);
        return false;
    }
    if (!role.login) {
        client_fatal(client, "28000", "role \"%s\" is not permitted to log in", client->user);
        return false;
    }
    client->superuser = role.superuser;
    return true;
}

static void let_in(struct client *client)
{
    if (!check_role(client)) {
        return;
    }
    if (strcmp(client->database, client->host->database) != 0) {
        client_fatal(client, "3D000", "database \"%s\" does not exist", client->database);
        return;
    }
    if (atomic_load_explicit(&client->host->stopping, memory_order_relaxed)) {
        client_fatal(client, "57P03", "the database system is shutting down");
        return;
    }
    if (atomic_fetch_add_explicit(&client->host->connections, 1, memory_order_relaxed) >=
        client->host->connections_max) {
        atomic_fetch_sub_explicit(&client->host->connections, 1, memory_order_relaxed);
        client_fatal(client, "53300", "sorry, too many clients already");
        return;
    }
    client->counted = true;
    if (session_open(client) && defaults_apply(client) && wishes_apply(client)) {
        client_start_release(client);
        client_log_connection(client, client->encrypted ? "connection authorized, with TLS"
                                                        : "connection authorized");
        greet(client);
    }
}

static bool session_open(struct client *client)
{
    int code = varve_connect(client->host->db, &client->session);

    if (code == VARVE_OK) {
        code = varve_identify(client->session, client->user, client->host->database);
    }
    if (code == VARVE_OK) {
        code = varve_set_process(client->session, (int32_t)client->process);
    }
    if (code == VARVE_OK) {
        code = varve_set_wake(client->session, client->wake, client->wake_argument);
    }
    if (code == VARVE_OK && client->superuser && client->host->users != NULL) {
        code = varve_allow_files(client->session, 1); /* as PostgreSQL's superusers may */
    }
    if (code == VARVE_OK && client->host->users != NULL) {
        code = varve_set_roles(client->session, change_role, client);
        if (code == VARVE_OK && client->host->users != NULL) {
            code = varve_set_role_list(client->session, list_roles, client);
        }
    }
    if (code != VARVE_OK) {
        client_fatal(client, code == VARVE_LIMIT ? "53300" : "53200", "%s",
                     code == VARVE_LIMIT ? "sorry, too many clients already" : "out of memory");
    }
    return code == VARVE_OK;
}

static int change_role(void *argument, const struct varve_role_change *change,
                       struct varve_error *error)
{
    struct client *client = argument;

    return roles_change(client->host->users, client->user, change, client_notice, client, error)
               ? VARVE_OK
               : VARVE_ERROR;
}

static void list_roles(void *argument,
                       void (*put)(void *put_argument, const struct varve_role *role),
                       void *put_argument)
{
    struct client *client = argument;

    roles_each(client->host->users, put, put_argument);
}

static bool defaults_apply(struct client *client)
{
    for (size_t i = 0; i < CLIENT_DEFAULTS; i++) {
        struct client_default *from = &client->host->defaults[i];
        int64_t value = atomic_load_explicit(&from->value, memory_order_relaxed);
        char text[32];

        snprintf(text, sizeof text, "%lld", (long long)value);
        if (value != 0 && varve_set_default(client->session, from->name, text) != VARVE_OK) {
            client_fatal(client, "53200", "out of memory");
            return false;
        }
    }
    return true;
}

static bool wishes_apply(struct client *client)
{
    for (struct client_wish *at = client->wishes; at != NULL; at = at->next) {
        if (varve_set_default(client->session, at->name, at->value) != VARVE_OK) {
            const struct varve_error *error = varve_last_error(client->session);

            client_fatal(client, error->sqlstate, "%s", error->message);
            return false;
        }
    }
    return true;
}

static void greet(struct client *client)
{
    static const char *const shown[] = {"server_version", "server_encoding", "integer_datetimes"};
    char text[128];

    wire_begin(&client->out, 'R');
    wire_put_u32(&client->out, 0);
    (void)wire_end(&client->out);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (varve_setting(client->session, shown[i], text, sizeof text) == VARVE_OK) {
            put_status(client, shown[i], text);
        }
    }
    put_status(client, "in_hot_standby", "off");
    put_status(client, "is_superuser", client->superuser ? "on" : "off");
    put_status(client, "session_authorization", client->user);
    client_report_settings(client, true);
    wire_begin(&client->out, 'K');
    wire_put_u32(&client->out, client->process);
    wire_put_u32(&client->out, client->secret);
    (void)wire_end(&client->out);
    client_ready(client);
}

static void put_status(struct client *client, const char *name, const char *value)
{
    wire_begin(&client->out, 'S');
    wire_put_text(&client->out, name);
    wire_put_text(&client->out, value);
    (void)wire_end(&client->out);
}
