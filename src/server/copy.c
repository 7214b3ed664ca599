/*
 * copy.c - COPY with a client: CopyIn, CopyOut, CopyData, CopyDone, CopyFail.
 *
 *     COPY FROM STDIN   'G' ->   <- 'd' 'd' 'd' ... <- 'c' or 'f'   'C' or 'E' ->
 *     COPY TO STDOUT    'H' ->   'd' 'd' 'd' ... 'c' 'C' ->
 *
 * CopyData is collected until COPY_BYTES are there, because clients send lines one by one; while the session takes
 * what was collected, or waits for another's row, no message is looked at, so that the socket's buffer is what
 * holds a client back. After an error the rest of its data is passed over by client.c.
 */
#include "server/client_private.h"

#include <stdlib.h>
#include <string.h>

#define COPY_BYTES (64u << 10)

static bool put_response(struct client *client, struct varve_statement *statement, char type);
static bool collect(struct client *client, vv_slice body);

bool client_copy_put(struct client *client, struct varve_statement *statement, int code)
{
    size_t size = 0;
    const char *line = NULL;

    if (varve_copy_direction(statement) != VARVE_COPY_TO_PROGRAM) {
        return true;
    }
    if (!client->copy_announced && !put_response(client, statement, 'H')) {
        return false;
    }
    client->copy_announced = true;
    if (code != VARVE_COPY_OUT) {
        client->copy_announced = false;
        return wire_put_simple(&client->out, 'c', NULL);
    }
    line = varve_copy_out(statement, &size);
    wire_begin(&client->out, 'd');
    wire_put_bytes(&client->out, line, size);
    return wire_end(&client->out);
}

bool client_copy_feed(struct client *client, struct varve_statement *statement)
{
    if (!client->copy_announced && !put_response(client, statement, 'G')) {
        client_out_of_memory(client);
        return false;
    }
    client->copy_announced = true;
    if (client->copy_given) { /* the session has taken it */
        client->copy_size = 0;
        client->copy_given = false;
    }
    client->copy_wants = true;
    if (client->copy_failed) {
        client->copy_bytes[client->copy_size] = '\0';
        client->copy_wants = false;
        (void)varve_copy_in_fail(statement, (const char *)client->copy_bytes);
    } else if (client->copy_size >= COPY_BYTES || (client->copy_done && client->copy_size > 0)) {
        client->copy_wants = false;
        client->copy_given = true;
        (void)varve_copy_in(statement, client->copy_bytes, client->copy_size);
    } else if (client->copy_done) {
        client->copy_wants = false;
        (void)varve_copy_in_end(statement);
    }
    return !client->copy_wants;
}

void client_copy_message(struct client *client, const struct wire_message *message)
{
    struct wire_reader reader = wire_reader(message->body);

    switch (message->type) {
    case 'd':
        if (!collect(client, message->body)) {
            client_out_of_memory(client);
            return;
        }
        client->copy_wants = client->copy_size < COPY_BYTES;
        return;
    case 'c':
        client->copy_done = true;
        client->copy_wants = false;
        return;
    case 'f':
        client->copy_size = 0;
        if (!collect(client, slice_text(wire_get_text(&reader)))) {
            client_out_of_memory(client);
            return;
        }
        client->copy_failed = true;
        client->copy_wants = false;
        return;
    case 'H':
    case 'S': /* of a client that did not know that this is a COPY */
        return;
    case 'X':
        client->state = CLIENT_ENDED;
        return;
    default:
        client_fatal(client, "08P01", "unexpected message type 0x%02X during COPY from stdin",
                     (uint8_t)message->type);
    }
}

void client_copy_end(struct client *client)
{
    free(client->copy_bytes);
    client->copy_bytes = NULL;
    client->copy_size = 0;
    client->copy_capacity = 0;
    client->copy_announced = false;
    client->copy_wants = false;
    client->copy_given = false;
    client->copy_done = false;
    client->copy_failed = false;
}

/* Text, all columns. */
static bool put_response(struct client *client, struct varve_statement *statement, char type)
{
    int count = varve_copy_column_count(statement);

    wire_begin(&client->out, type);
    wire_put_u8(&client->out, FORMAT_TEXT);
    wire_put_u16(&client->out, (uint16_t)count);
    for (int i = 0; i < count; i++) {
        wire_put_u16(&client->out, FORMAT_TEXT);
    }
    return wire_end(&client->out);
}

/* Room for one more byte stays. */
static bool collect(struct client *client, vv_slice body)
{
    size_t wanted = client->copy_size + body.size + 1;

    if (wanted > client->copy_capacity) {
        size_t capacity = wanted < 2 * COPY_BYTES ? 2 * COPY_BYTES : wanted;
        uint8_t *grown = realloc(client->copy_bytes, capacity);

        if (grown == NULL) {
            return false;
        }
        client->copy_bytes = grown;
        client->copy_capacity = capacity;
    }
    if (body.size > 0) {
        memcpy(client->copy_bytes + client->copy_size, body.data, body.size);
        client->copy_size += body.size;
    }
    return true;
}
