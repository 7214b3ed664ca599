/*
 * extended.c - Parse, Bind, Describe, Execute, Close, Sync.
 *
 * A prepared statement keeps one statement of the engine, which it lends to the portal that Bind makes; a second
 * portal of it prepares its own (the plan is shared). An Execute that Sync follows at once commits by itself;
 * any other opens a group that ends at Sync.
 */
#include "server/client_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct client_prepared *prepared_find(struct client *client, const char *name);
static void names_follow(struct client *client);
static struct client_prepared *prepared_get(struct client *client, const char *name);
static struct client_prepared *prepared_known(struct client *client, const char *name);
static void prepared_end(struct client_prepared *prepared);
static bool prepared_make(struct client *client, const char *name, const char *text,
                          const int *types, int count);
static bool parse_types(struct client *client, struct wire_reader *reader, int count, int **out);
static struct client_portal *cursor_portal(struct client *client, const char *name, uint32_t limit,
                                           struct client_portal *last);
static struct client_portal *portal_find(struct client *client, const char *name);
static const char *portal_name_of(const struct client_portal *portal);
static struct client_portal *portal_make(struct client *client, const char *name,
                                         struct client_prepared *prepared);
static void portal_end(struct client *client, struct client_portal *portal);
static void portal_free(struct client_portal *portal);
static bool portal_statement(struct client *client, struct client_portal *portal);
static bool portal_values(struct client *client, struct client_portal *portal,
                          struct wire_reader *reader);
static bool portal_bind(struct client *client, struct client_portal *portal, vv_slice values,
                        const uint16_t *formats, int format_count, int count);
static bool portal_formats(struct client *client, struct client_portal *portal,
                           struct wire_reader *reader);
static bool read_formats(struct wire_reader *reader, uint16_t *few, uint16_t **formats_out,
                         int *count_out);
static bool portal_row(struct client *client, struct client_portal *portal);
static enum client_verdict execute_end(struct client *client, bool suspended);
static bool sync_is_next(const struct client *client);
static bool message_bad(struct client *client, const struct wire_reader *reader);
static void undefined_statement(struct client *client, const char *name);
static void undefined_portal(struct client *client, const char *name);
static bool format_allowed(struct client *client, const uint16_t *formats, int count);

void client_parse(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    const char *name = wire_get_text(&reader);
    const char *text = wire_get_text(&reader);
    int count = wire_get_u16(&reader);
    int *types = NULL;
    struct varve_error error;

    if (message_bad(client, &reader)) {
        return;
    }
    if (name[0] == '\0') {
        client_unnamed_end(client);
    } else if (prepared_find(client, name) != NULL || varve_named(client->session, name) != 0) {
        client_error_set(&error, "42P05", "prepared statement \"%s\" already exists", name);
        client_fail(client, &error);
        return;
    }
    if (!client_check_text(client, slice_text(name)) ||
        !client_check_text(client, slice_text(text)) ||
        !parse_types(client, &reader, count, &types)) {
        free(types);
        return;
    }
    client->text = text; /* for the log */
    if (prepared_make(client, name, text, types, count)) {
        (void)wire_put_simple(&client->out, '1', NULL);
    }
    client->text = NULL;
    free(types);
}

void client_bind(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    const char *portal_name = wire_get_text(&reader);
    const char *name = wire_get_text(&reader);
    struct client_prepared *prepared = NULL;
    struct client_portal *portal = NULL;
    struct varve_error error;

    if (message_bad(client, &reader)) {
        return;
    }
    prepared = prepared_get(client, name);
    if (prepared == NULL) {
        return;
    }
    portal = portal_find(client, portal_name);
    if (portal_name[0] != '\0' &&
        (portal != NULL || varve_cursor_named(client->session, portal_name) != 0)) {
        client_error_set(&error, "42P03", "cursor \"%s\" already exists", portal_name);
        client_fail(client, &error);
        return;
    }
    if (portal != NULL) {
        portal_end(client, portal);
    }
    portal = portal_make(client, portal_name, prepared);
    if (portal == NULL) {
        client_out_of_memory(client);
        return;
    }
    if (!portal_statement(client, portal) || !portal_values(client, portal, &reader) ||
        !portal_formats(client, portal, &reader)) {
        portal_end(client, portal);
        return;
    }
    (void)wire_put_simple(&client->out, '2', NULL);
}

void client_describe(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    char kind = (char)wire_get_u8(&reader);
    const char *name = wire_get_text(&reader);
    struct client_prepared *prepared = NULL;
    struct client_portal *portal = kind == 'P' ? portal_find(client, name) : NULL;
    bool fits = true;

    if (kind != 'S' && kind != 'P') {
        reader.bad = true;
    }
    if (message_bad(client, &reader)) {
        return;
    }
    if (kind == 'S' && (prepared = prepared_get(client, name)) == NULL) {
        return;
    }
    if (kind == 'P' && portal == NULL) {
        if (!client_cursor_describe(client, name)) {
            undefined_portal(client, name);
        }
    } else if (kind == 'S') {
        struct varve_statement *statement = prepared->statement;

        for (struct client_portal *at = prepared->portals; statement == NULL && at != NULL;
             at = at->next_of_prepared) {
            statement = at->statement;
        }
        wire_begin(&client->out, 't');
        wire_put_u16(&client->out, (uint16_t)prepared->parameter_count);
        for (int i = 0; i < prepared->parameter_count; i++) {
            wire_put_u32(&client->out, prepared->oids[i]);
        }
        fits = wire_end(&client->out) &&
               client_put_description(&client->out, statement, NULL, 0, true);
    } else {
        fits = client_put_description(&client->out, portal->statement, portal->formats,
                                      portal->format_count, true);
    }
    if (!fits) {
        client_out_of_memory(client);
    }
}

void client_execute(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    const char *name = wire_get_text(&reader);
    uint32_t limit = wire_get_u32(&reader);
    struct client_portal *portal = portal_find(client, name);

    if (message_bad(client, &reader)) {
        return;
    }
    if (portal == NULL || portal->of_cursor) {
        portal = cursor_portal(client, name, limit > INT32_MAX ? 0 : limit, portal);
    }
    if (portal == NULL) {
        return;
    }
    client->executing = portal;
    client->execute_limit = limit > INT32_MAX ? 0 : limit; /* PostgreSQL: none or negative is all */
    client->execute_count = 0;
    client->state = CLIENT_EXECUTE;
    client_statement_begin(client, portal->prepared == NULL ? NULL : portal->prepared->text);
    if (portal->statement != NULL && !client->in_group &&
        varve_transaction_status(client->session) == 'I' && !sync_is_next(client)) {
        (void)client_group_begin(client);
    }
}

void client_close_message(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    char kind = (char)wire_get_u8(&reader);
    const char *name = wire_get_text(&reader);
    struct client_prepared *prepared = kind == 'S' ? prepared_find(client, name) : NULL;
    struct client_portal *portal = kind == 'P' ? portal_find(client, name) : NULL;

    if (kind != 'S' && kind != 'P') {
        reader.bad = true;
    }
    if (message_bad(client, &reader)) {
        return;
    }
    if (kind == 'S') {
        (void)varve_forget_name(client->session, name);
    }
    if (prepared != NULL) {
        prepared_end(prepared);
    }
    if (portal != NULL) {
        portal_end(client, portal);
    }
    if (kind == 'P' && varve_cursor_named(client->session, name) != 0) {
        client_cursor_close(client, name);
    }
    (void)wire_put_simple(&client->out, '3', NULL);
}

enum client_verdict client_execute_run(struct client *client)
{
    struct client_portal *portal = client->executing;
    int code = VARVE_DONE;

    if (portal->statement == NULL) {
        (void)wire_put_simple(&client->out, 'I', NULL);
        client->state = CLIENT_READY;
        return CLIENT_READ;
    }
    if (portal->is_done && varve_returns_rows(portal->statement) == 0) {
        struct varve_error error;

        client_error_set(&error, "55000", "portal \"%s\" cannot be run", portal_name_of(portal));
        client_fail(client, &error);
        return CLIENT_READ;
    }
    while (!portal->is_done) {
        if (client->execute_limit != 0 && client->execute_count == client->execute_limit &&
            !portal->of_cursor) { /* FETCH gives no more by itself */
            return execute_end(client, true);
        }
        code = client_step(client, portal->statement);
        portal->has_started = true;
        if (code == VARVE_WAITING) {
            return CLIENT_WAIT;
        }
        if (code == VARVE_COPY_IN) {
            if (!client_copy_feed(client, portal->statement)) {
                return CLIENT_READ;
            }
            continue;
        }
        portal->is_done = code != VARVE_ROW && code != VARVE_COPY_OUT;
        if (portal->is_done && code != VARVE_DONE) {
            client_fail_session(client, 0);
            return CLIENT_READ;
        }
        if (!client_copy_put(client, portal->statement, code)) {
            client_out_of_memory(client);
            return CLIENT_READ;
        }
        if (code == VARVE_ROW && !portal_row(client, portal)) {
            return CLIENT_READ;
        }
        if (wire_out_size(&client->out) >= CLIENT_OUT_BYTES) {
            return CLIENT_SEND;
        }
    }
    return execute_end(client, false);
}

/* Sync, and the end of a Query: commits what is left open. */
enum client_verdict client_sync_run(struct client *client)
{
    int code = VARVE_OK;

    if (client->in_group) {
        if (varve_transaction_status(client->session) !=
            'T') { /* portals live as long as BEGIN's block */
            client_portals_end(client);
        }
        atomic_store_explicit(&client->running, true, memory_order_release); /* pairs: cancel */
        code = varve_group_end(client->session);
        if (code == VARVE_WAITING) {
            return CLIENT_WAIT;
        }
        atomic_store_explicit(&client->running, false, memory_order_release);
        client->in_group = false;
    }
    client->state = CLIENT_SYNC;
    client_query_end(client);
    if (code != VARVE_OK) {
        client_fail_session(client, 0);
    }
    client_ready(client);
    return client->state == CLIENT_ENDED ? CLIENT_CLOSE : CLIENT_READ;
}

void client_portals_end(struct client *client)
{
    while (!list_empty(&client->portals)) {
        portal_end(client, LIST_OF(client->portals.next, struct client_portal, link));
    }
    client->executing = NULL;
}

void client_unnamed_end(struct client *client)
{
    struct client_prepared *prepared = prepared_find(client, "");
    struct client_portal *portal = portal_find(client, "");

    if (portal != NULL) {
        portal_end(client, portal);
    }
    if (prepared != NULL) {
        prepared_end(prepared);
    }
}

void client_prepared_end_all(struct client *client)
{
    while (!list_empty(&client->prepared)) {
        prepared_end(LIST_OF(client->prepared.next, struct client_prepared, link));
    }
}

/* Names are shared with SQL's PREPARE and DEALLOCATE. */
static struct client_prepared *prepared_find(struct client *client, const char *name)
{
    if (client->names_version != varve_names_version(client->session)) {
        names_follow(client);
    }
    return prepared_known(client, name);
}

/* Drops what SQL has dropped. */
static void names_follow(struct client *client)
{
    list_for_each_safe(link, after, &client->prepared) {
        struct client_prepared *prepared = LIST_OF(link, struct client_prepared, link);

        if (prepared->name[0] != '\0' &&
            varve_named(client->session, prepared->name) != prepared->id) {
            prepared_end(prepared);
        }
    }
    client->names_version = varve_names_version(client->session);
}

/* As prepared_find, also what SQL has prepared. NULL: the error is sent. */
static struct client_prepared *prepared_get(struct client *client, const char *name)
{
    struct client_prepared *prepared = prepared_find(client, name);

    if (prepared != NULL) {
        return prepared;
    }
    if (varve_named(client->session, name) == 0) {
        undefined_statement(client, name);
        return NULL;
    }
    return prepared_make(client, name, NULL, NULL, 0) ? prepared_known(client, name) : NULL;
}

static struct client_prepared *prepared_known(struct client *client, const char *name)
{
    list_for_each(link, &client->prepared) {
        struct client_prepared *prepared = LIST_OF(link, struct client_prepared, link);

        if (strcmp(prepared->name, name) == 0) {
            return prepared;
        }
    }
    return NULL;
}

/* Portals go on without it. */
static void prepared_end(struct client_prepared *prepared)
{
    for (struct client_portal *at = prepared->portals; at != NULL; at = at->next_of_prepared) {
        at->prepared = NULL;
    }
    list_remove(&prepared->link);
    varve_finalize(prepared->statement);
    free(prepared->name);
    free(prepared->text);
    free(prepared->types);
    free(prepared->oids);
    free(prepared);
}

/* text NULL: what SQL has prepared by that name. False: the error is sent. */
static bool prepared_make(struct client *client, const char *name, const char *text,
                          const int *types, int count)
{
    struct client_prepared *prepared = calloc(1, sizeof *prepared);
    const char *tail = NULL;
    struct varve_error error;
    int code = VARVE_OK;
    int parameters = 0;

    if (prepared == NULL) {
        client_out_of_memory(client);
        return false;
    }
    list_append(&client->prepared, &prepared->link);
    prepared->name = strdup(name);
    prepared->text = text == NULL ? NULL : strdup(text);
    if (prepared->name == NULL || (text != NULL && prepared->text == NULL)) {
        prepared->name = prepared->name == NULL ? calloc(1, 1) : prepared->name;
        prepared_end(prepared);
        client_out_of_memory(client);
        return false;
    }
    if (text == NULL) {
        code = varve_prepare_named(client->session, name, &prepared->statement);
    } else if (text[0] != '\0') {
        code = varve_prepare_typed(client->session, text, 0, types, count, &prepared->statement,
                                   &tail);
    }
    if (code != VARVE_OK) {
        prepared_end(prepared);
        client_fail_session(client, 0);
        return false;
    }
    if (tail != NULL && tail[strspn(tail, " \t\r\n;")] != '\0') {
        prepared_end(prepared);
        client_error_set(&error, "42601",
                         "cannot insert multiple commands into a prepared statement");
        client_fail(client, &error);
        return false;
    }
    prepared->is_empty = prepared->statement == NULL;
    parameters = varve_parameter_count(prepared->statement);
    prepared->parameter_count = parameters;
    prepared->types = calloc((size_t)parameters + 1, sizeof *prepared->types);
    prepared->oids = calloc((size_t)parameters + 1, sizeof *prepared->oids);
    if (prepared->types == NULL || prepared->oids == NULL) {
        prepared_end(prepared);
        client_out_of_memory(client);
        return false;
    }
    for (int i = 0; i < parameters; i++) {
        prepared->types[i] = varve_parameter_type(prepared->statement, i + 1);
        prepared->oids[i] = format_oid(prepared->types[i]);
    }
    if (text != NULL && name[0] != '\0' && !prepared->is_empty &&
        varve_name_statement(prepared->statement, name) != VARVE_OK) {
        prepared_end(prepared);
        client_fail_session(client, 0);
        return false;
    }
    prepared->id = name[0] == '\0' ? 0 : varve_named(client->session, name);
    client->names_version = varve_names_version(client->session);
    return true;
}

static bool parse_types(struct client *client, struct wire_reader *reader, int count, int **out)
{
    struct varve_error error;

    *out = calloc((size_t)count + 1, sizeof **out);
    for (int i = 0; *out != NULL && i < count; i++) {
        uint32_t oid = wire_get_u32(reader);

        (*out)[i] = format_type_of_oid(oid);
        if ((*out)[i] < 0) {
            client_error_set(&error, "0A000",
                             "parameters of the type with OID %u are not supported", oid);
            client_fail(client, &error);
            return false;
        }
    }
    if (*out == NULL) {
        client_out_of_memory(client);
        return false;
    }
    return !message_bad(client, reader);
}

/* A portal for one Execute of a cursor, instead of the one for the last. NULL: the error is sent. */
static struct client_portal *cursor_portal(struct client *client, const char *name, uint32_t limit,
                                           struct client_portal *last)
{
    struct varve_statement *fetch = NULL;
    struct client_portal *portal = NULL;

    if (last != NULL) {
        portal_end(client, last);
    }
    if (varve_cursor_named(client->session, name) == 0) {
        undefined_portal(client, name);
        return NULL;
    }
    fetch = client_cursor_fetch(client, name, limit);
    if (fetch == NULL) {
        return NULL;
    }
    portal = portal_make(client, name, NULL);
    if (portal == NULL) {
        varve_finalize(fetch);
        client_out_of_memory(client);
        return NULL;
    }
    portal->statement = fetch;
    portal->column_count = varve_column_count(fetch);
    portal->formats = portal->formats_few;
    portal->of_cursor = true;
    return portal;
}

static struct client_portal *portal_find(struct client *client, const char *name)
{
    list_for_each(link, &client->portals) {
        struct client_portal *portal = LIST_OF(link, struct client_portal, link);

        if (strcmp(portal_name_of(portal), name) == 0) {
            return portal;
        }
    }
    return NULL;
}

static const char *portal_name_of(const struct client_portal *portal)
{
    return portal->name == NULL ? "" : portal->name;
}

/* NULL: out of memory. */
static struct client_portal *portal_make(struct client *client, const char *name,
                                         struct client_prepared *prepared)
{
    struct client_portal *portal = client->spare;
    uint8_t *values = NULL;
    size_t values_capacity = 0;

    client->spare = NULL;
    if (portal != NULL) {
        values = portal->values;
        values_capacity = portal->values_capacity;
    } else {
        portal = malloc(sizeof *portal);
    }
    if (portal == NULL) {
        return NULL;
    }
    *portal =
        (struct client_portal){.prepared = prepared,
                               .next_of_prepared = prepared == NULL ? NULL : prepared->portals,
                               .values = values,
                               .values_capacity = values_capacity};
    if (name[0] != '\0' && (portal->name = strdup(name)) == NULL) {
        portal_free(portal);
        return NULL;
    }
    if (prepared != NULL) {
        prepared->portals = portal;
    }
    list_append(&client->portals, &portal->link);
    return portal;
}

/* What was lent goes back. */
static void portal_end(struct client *client, struct client_portal *portal)
{
    struct client_prepared *prepared = portal->prepared;

    if (prepared != NULL) {
        struct client_portal **at = &prepared->portals;

        while (*at != portal) {
            at = &(*at)->next_of_prepared;
        }
        *at = portal->next_of_prepared;
    }
    if (portal->statement != NULL) {
        (void)varve_reset(portal->statement);
    }
    if (prepared != NULL && prepared->statement == NULL && portal->statement != NULL) {
        prepared->statement = portal->statement;
    } else {
        varve_finalize(portal->statement);
    }
    list_remove(&portal->link);
    format_scratch_release(&portal->scratch);
    if (client->spare == NULL && portal->name == NULL && portal->formats == portal->formats_few &&
        portal->values_capacity <= PORTAL_VALUES_KEPT) {
        client->spare = portal;
    } else {
        portal_free(portal);
    }
}

void client_portal_release(struct client *client)
{
    if (client->spare != NULL) {
        portal_free(client->spare);
        client->spare = NULL;
    }
}

static void portal_free(struct client_portal *portal)
{
    if (portal->formats != portal->formats_few) {
        free(portal->formats);
    }
    free(portal->values);
    free(portal->name);
    free(portal);
}

/* False: the error is sent. */
static bool portal_statement(struct client *client, struct client_portal *portal)
{
    struct client_prepared *prepared = portal->prepared;

    if (prepared->is_empty) {
        return true;
    }
    if (prepared->statement != NULL) {
        portal->statement = prepared->statement;
        prepared->statement = NULL;
    } else if (prepared->text == NULL) {
        if (varve_prepare_named(client->session, prepared->name, &portal->statement) != VARVE_OK) {
            client_fail_session(client, 0);
            return false;
        }
    } else if (varve_prepare_typed(client->session, prepared->text, 0, prepared->types,
                                   prepared->parameter_count, &portal->statement,
                                   NULL) != VARVE_OK) {
        client_fail_session(client, 0);
        return false;
    }
    portal->column_count = varve_column_count(portal->statement);
    return true;
}

static bool portal_values(struct client *client, struct client_portal *portal,
                          struct wire_reader *reader)
{
    struct client_prepared *prepared = portal->prepared;
    struct varve_error error;
    uint16_t few[PORTAL_FORMATS_FEW];
    uint16_t *formats = NULL;
    int format_count = 0;
    int count = 0;
    bool bound = false;

    if (!read_formats(reader, few, &formats, &format_count)) {
        client_out_of_memory(client);
        return false;
    }
    count = wire_get_u16(reader);
    if (message_bad(client, reader) || !format_allowed(client, formats, format_count)) {
        if (formats != few) {
            free(formats);
        }
        return false;
    }
    if (format_count > 1 && format_count != count) {
        client_error_set(&error, "08P01", "bind message has %d parameter formats but %d parameters",
                         format_count, count);
        client_fail(client, &error);
    } else if (count != prepared->parameter_count) {
        client_error_set(
            &error, "08P01",
            "bind message supplies %d parameters, but prepared statement \"%s\" requires %d", count,
            prepared->name, prepared->parameter_count);
        client_fail(client, &error);
    } else {
        bound =
            count == 0 ||
            portal_bind(client, portal, slice_make(reader->at, (size_t)(reader->end - reader->at)),
                        formats, format_count, count);
        for (int i = 0; bound && i < count; i++) {
            uint32_t size = wire_get_u32(reader);

            (void)wire_get_bytes(reader, size == UINT32_MAX ? 0 : size);
        }
    }
    if (formats != few) {
        free(formats);
    }
    return bound;
}

/* The bytes are kept as they came, so that they stay until the run ends. */
static bool portal_bind(struct client *client, struct client_portal *portal, vv_slice values,
                        const uint16_t *formats, int format_count, int count)
{
    struct wire_reader reader;
    struct varve_error error;

    if (values.size >= portal->values_capacity) {
        size_t capacity = values.size < PORTAL_VALUES_KEPT ? PORTAL_VALUES_KEPT : values.size + 1;

        free(portal->values);
        portal->values = malloc(capacity);
        portal->values_capacity = portal->values == NULL ? 0 : capacity;
    }
    if (portal->values == NULL) {
        client_out_of_memory(client);
        return false;
    }
    memcpy(portal->values, values.data, values.size);
    reader = wire_reader(slice_make(portal->values, values.size));
    for (int i = 0; i < count; i++) {
        uint32_t size = wire_get_u32(&reader);
        vv_slice bytes = wire_get_bytes(&reader, size == UINT32_MAX ? 0 : size);
        int format = format_count == 0 ? FORMAT_TEXT : formats[format_count == 1 ? 0 : i];

        if (message_bad(client, &reader)) {
            return false;
        }
        if (size == UINT32_MAX) {
            (void)varve_bind_null(portal->statement, i + 1);
        } else if (!format_bind(portal->statement, i + 1, portal->prepared->types[i], format, bytes,
                                &portal->scratch, &error)) {
            client_fail(client, &error);
            return false;
        }
    }
    if (portal->statement != NULL && varve_read_parameters(portal->statement) != VARVE_OK) {
        client_fail_session(client, 0);
        return false;
    }
    return true;
}

static bool portal_formats(struct client *client, struct client_portal *portal,
                           struct wire_reader *reader)
{
    struct varve_error error;

    if (!read_formats(reader, portal->formats_few, &portal->formats, &portal->format_count)) {
        client_out_of_memory(client);
        return false;
    }
    if (message_bad(client, reader) ||
        !format_allowed(client, portal->formats, portal->format_count)) {
        return false;
    }
    if (portal->format_count > 1 && portal->format_count != portal->column_count) {
        client_error_set(&error, "08P01",
                         "bind message has %d result formats but query has %d columns",
                         portal->format_count, portal->column_count);
        client_fail(client, &error);
        return false;
    }
    return true;
}

/* Into `few` when they fit. False: out of memory. */
static bool read_formats(struct wire_reader *reader, uint16_t *few, uint16_t **formats_out,
                         int *count_out)
{
    int count = wire_get_u16(reader);

    *count_out = 0;
    *formats_out = few;
    if (reader->bad || count == 0) {
        return true;
    }
    if (count > (int)PORTAL_FORMATS_FEW) {
        *formats_out = calloc((size_t)count, sizeof **formats_out);
    }
    if (*formats_out == NULL) {
        return false;
    }
    *count_out = count;
    for (int i = 0; i < count; i++) {
        (*formats_out)[i] = wire_get_u16(reader);
    }
    return true;
}

static bool format_allowed(struct client *client, const uint16_t *formats, int count)
{
    struct varve_error error;

    for (int i = 0; i < count; i++) {
        if (formats[i] > FORMAT_BINARY) {
            client_error_set(&error, "22023", "unsupported format code: %d", (int16_t)formats[i]);
            client_fail(client, &error);
            return false;
        }
    }
    return true;
}

/* Prepared before its cursor was there, it knew of no columns. */
static bool is_fetch(struct varve_statement *statement)
{
    return strncmp(varve_command_tag(statement), "FETCH", 5) == 0;
}

/* False: the error is sent. The formats fit the columns that Bind saw. */
static bool portal_row(struct client *client, struct client_portal *portal)
{
    struct varve_error error;

    if (varve_column_count(portal->statement) != portal->column_count &&
        (portal->format_count > 1 || !is_fetch(portal->statement))) {
        client_error_set(&error, "0A000", "cached plan must not change result type");
        client_fail(client, &error);
        return false;
    }
    if (!client_put_row(&client->out, portal->statement, portal->formats, portal->format_count)) {
        client_out_of_memory(client);
        return false;
    }
    client->execute_count++;
    return true;
}

static enum client_verdict execute_end(struct client *client, bool suspended)
{
    struct client_portal *portal = client->executing;
    const char *tag = varve_command_tag(portal->statement);
    char counted[32];

    client->executing = NULL;
    client->state = CLIENT_READY;
    client_statement_end(client);
    if (portal->of_cursor) {
        suspended = client->execute_limit != 0 && client->execute_count == client->execute_limit;
        portal->was_suspended = true; /* its tag is a query's */
        tag = "SELECT ";
    }
    if (suspended) {
        portal->was_suspended = true;
        atomic_store_explicit(&client->running, false, memory_order_release);
        (void)wire_put_simple(&client->out, 's', NULL);
        return CLIENT_READ;
    }
    client_copy_end(client);
    client_note_settings(client);
    if (portal->was_suspended && strncmp(tag, "SELECT ", 7) == 0) { /* it counts from there */
        snprintf(counted, sizeof counted, "SELECT %llu", (unsigned long long)client->execute_count);
        tag = counted;
    }
    (void)wire_put_simple(&client->out, 'C', tag);
    return CLIENT_READ;
}

static bool sync_is_next(const struct client *client)
{
    return client->rest.size >= 5 && memcmp(client->rest.data, "S\0\0\0\4", 5) == 0;
}

/* A message that ends too early ends the statement, not the connection, as in PostgreSQL. */
static bool message_bad(struct client *client, const struct wire_reader *reader)
{
    struct varve_error error;

    if (reader->bad) {
        client_error_set(&error, "08P01", "insufficient data left in message");
        client_fail(client, &error);
    }
    return reader->bad;
}

static void undefined_statement(struct client *client, const char *name)
{
    struct varve_error error;

    if (name[0] == '\0') {
        client_error_set(&error, "26000", "unnamed prepared statement does not exist");
    } else {
        client_error_set(&error, "26000", "prepared statement \"%s\" does not exist", name);
    }
    client_fail(client, &error);
}

static void undefined_portal(struct client *client, const char *name)
{
    struct varve_error error;

    client_error_set(&error, "34000", "portal \"%s\" does not exist", name);
    client_fail(client, &error);
}
