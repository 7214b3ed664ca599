/*
 * fuzz_session.c - any bytes from a client to the server's protocol with the whole engine behind it: values bound and
 * read by the engine, its errors, its COPY. Some hundred inputs a second; fuzz_wire.c is the fast one. C1: answers or an
 * end, all of them well-formed, and the database lives on.
 */
#include "server/client.h"
#include "varve/varve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 10000

static const uint8_t start[] = "\0\0\0\x21\0\3\0\0user\0ann\0database\0varve\0\0";

static void wake(void *argument)
{
    (void)argument;
}

/* Answers are whole messages; before the first one a single 'N' may answer a request for TLS. */
static void take_output(struct client *client)
{
    struct wire_out *out = client_output(client);

    while (wire_out_size(out) > 0) {
        struct wire_message message;
        size_t used = 1;
        vv_slice bytes = slice_make(out->bytes + out->start, wire_out_size(out));

        if (wire_message(bytes, false, WIRE_OUT_BYTES_MAX, &message, &used) != WIRE_MESSAGE &&
            bytes.data[0] != 'N') {
            abort();
        }
        wire_out_sent(out, used == 0 || used > bytes.size ? 1 : used);
    }
}

/* Past start-up: what is fuzzed behind it is not lost to a refusal. */
static bool log_in(struct client *client)
{
    size_t used = 0;

    (void)client_run(client, slice_make(start, sizeof start - 1), &used);
    take_output(client);
    return used == sizeof start - 1 && client_is_ready(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct client_host host = {
        .database = "varve", .message_bytes_max = 1u << 20, .connections_max = 4};
    static const char *const rules[] = {"local all all scram-sha-256", "local all all trust"};
    const struct access_origin local = {.text = "[local]"};
    struct client *client = NULL;
    char message[256];
    uint8_t *bytes = malloc(size + 1);
    bool trusted = size > 0 && data[0] % 4 != 0;
    size_t all = 0;
    size_t at = 0;

    if (host.db == NULL) {
        struct varve_options options = VARVE_OPTIONS_INIT;

        options.memory_limit = 256u << 20;
        if (varve_open(":memory:", &options, &host.db, NULL) != VARVE_OK) {
            abort();
        }
        host.access = access_open(rules, 1, message);
    }
    if (!access_replace(host.access, &rules[trusted], 1, message)) {
        abort();
    }
    client = client_create(&host, &local, 1, 2, wake, NULL);
    if (bytes == NULL || client == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(bytes + all, data + 1, size - 1);
        all += size - 1;
    }
    if (trusted && !log_in(client)) {
        abort();
    }
    for (int step = 0; step < STEPS_MAX; step++) {
        size_t used = 0;
        enum client_verdict verdict = client_run(client, slice_make(bytes + at, all - at), &used);

        at += used;
        take_output(client);
        if (verdict == CLIENT_CLOSE || verdict == CLIENT_READ) {
            break;
        }
    }
    client_destroy(client);
    free(bytes);
    return 0;
}
