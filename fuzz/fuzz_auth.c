/*
 * fuzz_auth.c - what comes before a client is let in: negotiation, start-up packets, SCRAM, with TLS and without.
 *
 * The first byte says where the rest begins: at the first packet, behind a good start-up, or behind a good first message
 * of SCRAM. C4: nobody gets in without the password, no statement runs; C1: answers or an end; A1.
 */
#include "server/client.h"
#include "server/roles.h"
#include "server/users.h"
#include "varve/varve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FROM_START, FROM_FIRST, FROM_FINAL, FROM_COUNT };

#define STEPS_MAX 1000

static const uint8_t start[] = "\0\0\0\x21\0\3\0\0user\0ann\0database\0varve\0\0";
static const char first[] = "SCRAM-SHA-256\0\0\0\0\x0bn,,n=,r=abc";
static const uint8_t channel[32] = "a hash";

static void wake(void *argument)
{
    (void)argument;
}

/* A server with one user, whose password nobody tells the fuzzer. */
static void open_host(struct client_host *host)
{
    static const char *const rule = "host all all all scram-sha-256";
    char folder[] = "/tmp/fuzz_auth.XXXXXX";
    static const char *const files[] = {"users", "users.lock"};
    char path[64];
    char message[256];

    if (varve_open(":memory:", NULL, &host->db, NULL) != VARVE_OK || mkdtemp(folder) == NULL) {
        abort();
    }
    host->users = users_open(folder, message);
    host->access = access_open(&rule, 1, message);
    if (host->users == NULL || host->access == NULL ||
        !roles_put(host->users, "ann", "correct horse", message)) {
        abort();
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* One byte may answer a negotiation; everything else are whole messages. */
static void take_output(struct client *client)
{
    struct wire_out *out = client_output(client);

    while (wire_out_size(out) > 0) {
        struct wire_message message;
        size_t used = 1;
        vv_slice bytes = slice_make(out->bytes + out->start, wire_out_size(out));

        if (bytes.data[0] == 'N' || bytes.data[0] == 'S') {
            used = 1;
        } else if (wire_message(bytes, false, WIRE_OUT_BYTES_MAX, &message, &used) !=
                       WIRE_MESSAGE ||
                   strchr("REv", message.type) == NULL) {
            abort(); /* nothing else is said to who is not in */
        }
        wire_out_sent(out, used);
    }
}

static bool run(struct client *client, vv_slice input)
{
    size_t at = 0;

    for (int step = 0; step < STEPS_MAX; step++) {
        size_t used = 0;
        enum client_verdict verdict =
            client_run(client, slice_make(input.data + at, input.size - at), &used);

        at += used;
        take_output(client);
        if (client_is_ready(client)) {
            abort(); /* C4 */
        }
        if (verdict == CLIENT_ENCRYPT) {
            client_encrypted(client, channel, sizeof channel);
        } else if (verdict == CLIENT_CLOSE || verdict == CLIENT_READ) {
            return verdict == CLIENT_READ;
        }
    }
    abort();
}

static void run_first(struct client *client)
{
    uint8_t message[5 + sizeof first - 1] = {'p', 0, 0, 0, (uint8_t)(sizeof first - 1 + 4)};

    memcpy(message + 5, first, sizeof first - 1);
    if (!run(client, slice_make(message, sizeof message))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct client_host host = {
        .database = "varve", .message_bytes_max = 1u << 20, .connections_max = 4};
    struct access_origin origin = {.address_bytes = 4, .text = "0.0.0.0"};
    struct client *client = NULL;

    if (host.db == NULL) {
        open_host(&host);
    }
    if (size == 0) {
        return 0;
    }
    host.encrypts = data[0] / FROM_COUNT % 2 == 1;
    client = client_create(&host, &origin, 1, 2, wake, NULL);
    if (client == NULL) {
        abort();
    }
    if (data[0] % FROM_COUNT != FROM_START && !run(client, slice_make(start, sizeof start - 1))) {
        abort();
    }
    if (data[0] % FROM_COUNT == FROM_FINAL) {
        run_first(client);
    }
    (void)run(client, slice_make(data + 1, size - 1));
    client_destroy(client);
    return 0;
}
