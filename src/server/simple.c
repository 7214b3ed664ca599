/*
 * simple.c - Query: several statements in one text, one transaction.
 *
 * PostgreSQL parses the whole text before it runs anything, so a syntax error anywhere runs nothing. A text
 * of one statement, told by the absence of a `;` inside, needs no such care and commits by itself.
 */
#include "server/client_private.h"

#include <stdlib.h>
#include <string.h>

static bool next_statement(struct client *client);
static bool rows_run(struct client *client, enum client_verdict *verdict_out);
static uint32_t characters_before(const struct client *client);
static bool has_several(const char *text, size_t size);

void client_query(struct client *client, vv_slice body)
{
    struct wire_reader reader = wire_reader(body);
    const char *text = wire_get_text(&reader);

    client_unnamed_end(client);
    if (reader.bad || reader.at != reader.end) {
        client_fatal(client, "08P01", "invalid message format");
        return;
    }
    client->state = CLIENT_SIMPLE;
    client->query_size = strlen(text);
    client->query_at = 0;
    client->query_is_empty = true;
    client->query = malloc(client->query_size + 1);
    if (client->query == NULL) {
        client_out_of_memory(client);
        return;
    }
    memcpy(client->query, text, client->query_size + 1);
    client->text = client->query; /* for the log */
    if (!client_check_text(client, slice_text(text))) {
        return;
    }
    if (client->query[strspn(client->query, " \t\r\n;")] == '\0') {
        client->query_at = client->query_size;
    } else if (has_several(client->query, client->query_size)) {
        if (varve_check(client->session, client->query, client->query_size) != VARVE_OK) {
            client_fail_session(client, 0);
        } else {
            (void)client_group_begin(client);
        }
    }
}

/* Ends with ReadyForQuery, after an error too. */
enum client_verdict client_query_run(struct client *client)
{
    enum client_verdict verdict = CLIENT_SEND;

    while (client->state == CLIENT_SIMPLE) {
        if (client->query_statement == NULL && client->query_at >= client->query_size) {
            if (client->query_is_empty) { /* spaces, comments, semicolons */
                client->query_is_empty = false;
                (void)wire_put_simple(&client->out, 'I', NULL);
            }
            return client_sync_run(client);
        }
        if (client->query_statement == NULL && !next_statement(client)) {
            continue;
        }
        if (!rows_run(client, &verdict)) {
            return verdict;
        }
    }
    return CLIENT_SEND;
}

void client_query_end(struct client *client)
{
    varve_finalize(client->query_statement);
    client->query_statement = NULL;
    client->text = client->text == client->query ? NULL : client->text;
    free(client->query);
    client->query = NULL;
    client->query_size = 0;
    client->query_at = 0;
}

/* False: there is none, or it failed. */
static bool next_statement(struct client *client)
{
    const char *text = client->query + client->query_at;
    const char *tail = text;
    size_t size = client->query_size - client->query_at;

    client_statement_begin(client, client->query);
    if (varve_prepare_typed(client->session, text, size, NULL, VARVE_NO_PARAMETERS,
                            &client->query_statement, &tail) != VARVE_OK) {
        client_fail_session(client, characters_before(client));
        return false;
    }
    client->query_described = false;
    client->query_is_empty = client->query_is_empty && client->query_statement == NULL;
    client->query_next = (size_t)(tail - client->query);
    if (client->query_statement == NULL) {
        client->query_at = client->query_next;
        client->began_us = 0; /* nothing to time */
    }
    return client->query_statement != NULL;
}

/* False: the client has to wait as *verdict_out says. */
static bool rows_run(struct client *client, enum client_verdict *verdict_out)
{
    struct varve_statement *statement = client->query_statement;
    static const uint16_t binary = FORMAT_BINARY;
    int code = client_step(client, statement);
    const char *tag = NULL;

    if (code == VARVE_WAITING) {
        *verdict_out = CLIENT_WAIT;
        return false;
    }
    if (code == VARVE_COPY_IN) {
        *verdict_out = CLIENT_READ;
        return client_copy_feed(client, statement) || client->state != CLIENT_SIMPLE;
    }
    if (code != VARVE_ROW && code != VARVE_DONE && code != VARVE_COPY_OUT) {
        client_fail_session(client, characters_before(client));
        return true;
    }
    if (!client_copy_put(client, statement, code)) {
        client_out_of_memory(client);
        return true;
    }
    if (code == VARVE_COPY_OUT) {
        *verdict_out = CLIENT_SEND;
        return wire_out_size(&client->out) < CLIENT_OUT_BYTES;
    }
    if (!client->query_described) {
        client->query_described = true;
        client->query_formats = varve_fetches_binary(statement); /* one for all columns, or none */
        if (!client_put_description(&client->out, statement, &binary, client->query_formats,
                                    false)) {
            client_out_of_memory(client);
            return true;
        }
    }
    if (code == VARVE_ROW) {
        if (!client_put_row(&client->out, statement, &binary, client->query_formats)) {
            client_out_of_memory(client);
            return true;
        }
        *verdict_out = CLIENT_SEND;
        return wire_out_size(&client->out) < CLIENT_OUT_BYTES;
    }
    client_copy_end(client);
    tag = varve_command_tag(statement);
    client_note_settings(client);
    client_statement_end(client);
    (void)wire_put_simple(&client->out, 'C', tag);
    varve_finalize(statement);
    client->query_statement = NULL;
    client->query_at = client->query_next;
    return true;
}

/* Positions are told in the client's whole text. */
static uint32_t characters_before(const struct client *client)
{
    uint32_t count = 0;

    for (size_t i = 0; i < client->query_at; i++) {
        count += ((uint8_t)client->query[i] & 0xC0) != 0x80;
    }
    return count;
}

/* A `;` in a string or a comment makes this true as well, which does no harm. */
static bool has_several(const char *text, size_t size)
{
    const char *at = memchr(text, ';', size);

    return at != NULL && at[strspn(at, "; \t\r\n")] != '\0';
}
