/*
 * fuzz_wire.c - any bytes from a client to the codec and the state machine, with a toy for an engine (toy_engine.c).
 *
 * The first byte chooses how: against a password or past it, all bytes at once or in pieces, locally or over TCP with
 * TLS to be had, and how it ends. C1: answers or an end, all of them well-formed; C2, C3: after an error comes nothing
 * but ReadyForQuery, or the end.
 */
#include "server/client.h"
#include "varve/varve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 10000
#define NOT_BELOW 2 /* of a piece, in bytes */

enum { TRUSTED = 3, IN_PIECES = 4, OVER_TCP = 8, CANCELS = 16, TIMES_OUT = 32, IS_ENDED = 64 };

static const uint8_t start[] = "\0\0\0\x21\0\3\0\0user\0ann\0database\0varve\0\0";
static const uint8_t binding[32];

static void wake(void *argument)
{
    (void)argument;
}

/* What a client hears. */
struct listener {
    bool failed;  /* an error came, and no ReadyForQuery since */
    bool started; /* the first message came; before it a lone byte may answer a request for TLS */
};

static void hear(struct listener *listener, char type)
{
    if (listener->failed && strchr("ZESN", type) == NULL) {
        abort();
    }
    listener->started = true;
    listener->failed = type == 'E' || (listener->failed && type != 'Z');
}

static void take_output(struct client *client, struct listener *listener)
{
    struct wire_out *out = client_output(client);

    while (wire_out_size(out) > 0) {
        struct wire_message message;
        size_t used = 1;
        vv_slice bytes = slice_make(out->bytes + out->start, wire_out_size(out));

        if (!listener->started && (bytes.data[0] == 'N' || bytes.data[0] == 'S') &&
            (bytes.size < 5 || bytes.data[1] != 0)) {
            wire_out_sent(out, 1);
            continue;
        }
        if (wire_message(bytes, false, WIRE_OUT_BYTES_MAX, &message, &used) != WIRE_MESSAGE) {
            abort();
        }
        hear(listener, message.type);
        wire_out_sent(out, used);
    }
}

static struct client_host *host(bool trusted, bool encrypts)
{
    static struct client_host the_host = {
        .database = "varve", .message_bytes_max = 1u << 20, .connections_max = 4};
    static const char *const rules[] = {"local all all scram-sha-256", "local all all trust"};
    static struct access *access_by[2];
    char message[256];

    if (the_host.db == NULL) {
        (void)varve_open(":memory:", NULL, &the_host.db, NULL);
        for (int i = 0; i < 2; i++) {
            const char *both[] = {rules[i], "host all all all scram-sha-256"};

            access_by[i] = access_open(both, 2, message);
        }
    }
    the_host.access = access_by[trusted];
    atomic_store_explicit(&the_host.encrypts, encrypts, memory_order_relaxed);
    return &the_host;
}

static void run(struct client *client, struct listener *listener, vv_slice bytes, uint8_t how)
{
    size_t at = 0;
    size_t shown = (how & IN_PIECES) != 0 && bytes.size > NOT_BELOW ? NOT_BELOW : bytes.size;

    for (int step = 0; step < STEPS_MAX; step++) {
        size_t used = 0;
        enum client_verdict verdict =
            client_run(client, slice_make(bytes.data + at, shown - at), &used);

        at += used;
        take_output(client, listener);
        if (verdict == CLIENT_WAIT && (how & CANCELS) != 0) {
            client_cancel(client);
        } else if (verdict == CLIENT_ENCRYPT) {
            client_encrypted(client, binding, sizeof binding);
        } else if (verdict == CLIENT_CLOSE || (verdict == CLIENT_READ && shown == bytes.size)) {
            return;
        } else if (verdict == CLIENT_READ) {
            shown += 1 + at % 7;
            shown = shown > bytes.size ? bytes.size : shown;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access_origin origin = {.text = "[local]"};
    struct listener listener = {0};
    uint8_t how = size == 0 ? 0 : data[0];
    bool trusted = (how & TRUSTED) != 0 && (how & OVER_TCP) == 0;
    uint8_t *bytes = malloc(size + 1); /* of its own, so that nobody reads beyond */
    struct client *client = NULL;

    if ((how & OVER_TCP) != 0) {
        const struct sockaddr_in loopback = {.sin_family = AF_INET,
                                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

        origin = access_origin((const struct sockaddr *)&loopback);
    }
    client = client_create(host(trusted, (how & OVER_TCP) != 0), &origin, 1, 2, wake, NULL);
    if (bytes == NULL || client == NULL) {
        abort();
    }
    if (trusted) { /* past start-up: what is fuzzed behind it is not lost to a refusal */
        run(client, &listener, slice_make(start, sizeof start - 1), 0);
        if (!client_is_ready(client)) {
            abort();
        }
    }
    if (size > 0) {
        memcpy(bytes, data + 1, size - 1);
        run(client, &listener, slice_make(bytes, size - 1), how);
    }
    if ((how & TIMES_OUT) != 0) {
        (void)client_time_out(client);
    } else if ((how & IS_ENDED) != 0) {
        client_end(client, "57P01", "terminating connection");
    }
    take_output(client, &listener);
    client_destroy(client);
    free(bytes);
    return 0;
}
