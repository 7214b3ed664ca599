/*
 * wire.c - usage: wire FILE...     plays transcripts of the protocol against the state machine, without sockets.
 *
 * A transcript is lines; what stands behind # is a comment. Messages to the server and, in order, all that it answers:
 *
 *     > Q "select 1"              a message: its type and its fields; `start` has no type
 *     >> x5100000004              bytes as they are
 *     > ready                     start-up as ann by trust; its answers, up to the first ReadyForQuery, are not shown
 *     > scram "password"          SASLResponse: the proof for the challenge that came last
 *     < T i16 1 "a" *             an answer: its type and its fields; * is any rest
 *     < E C=42601 M="text"        an error or notice that has these fields, among others
 *     < byte S                    one byte, no message
 *     < encrypt                   the server wants a TLS handshake; it is said to be done
 *     < end                       it ends the connection
 *
 * Fields: "text" with its NUL, y"text" without, xHEX bytes, i8 i16 i32 and a number; in a text \" \\ \n \0 \xHH.
 * First may stand: `access RULE`, `origin ADDRESS`, `tls`, `user NAME PASSWORD`, `sql TEXT` (run before).
 *
 * Each transcript runs twice: with whatever stands together shown at once, and byte by byte; the answers must be the same.
 */
#include "server/client.h"
#include "server/roles.h"
#include "server/users.h"
#include "varve/varve.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 8192
#define BODY_BYTES 65536
#define NONCE      "fyko+d2lbbFgONRv9qkxdawL"
#define STEPS_MAX  100000

struct body {
    uint8_t bytes[BODY_BYTES];
    size_t size;
    bool has_rest; /* ended with * */
};

struct play {
    const char *path;
    unsigned line;
    bool bytewise;
    bool failed;
    struct client_host host;
    struct access_origin origin;
    char folder[64];
    char rule[256];
    struct client *client;
    enum client_verdict verdict;
    uint8_t *input; /* not yet shown, or not yet used */
    size_t input_size;
    char challenge[512]; /* of the last SASLContinue */
    char binding[128];   /* c= of SCRAM's last message */
};

static const uint8_t channel[32] = "the hash of a certificate......";

static bool play(const char *path, bool bytewise);
static void play_line(struct play *p, char *line);
static void set_up(struct play *p, char *line);
static void begin(struct play *p);
static void finish(struct play *p);
static void send_line(struct play *p, char *line);
static void get_ready(struct play *p);
static void send_proof(struct play *p, char *line);
static void show(struct play *p, const void *bytes, size_t size);
static void run(struct play *p);
static void bind_channel(struct play *p);
static void expect_line(struct play *p, char *line);
static void expect_fields(struct play *p, const struct wire_message *message, char *line);
static void expect_error(struct play *p, const struct wire_message *message, char *line);
static bool parse_fields(struct play *p, char *line, struct body *body);
static char *parse_text(struct play *p, char *at, uint8_t *out, size_t *size_out);
static void fail(struct play *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

int main(int argc, char **argv)
{
    int failures = 0;

    for (int i = 1; i < argc; i++) {
        failures += !play(argv[i], false) || !play(argv[i], true);
    }
    printf("%d transcripts, %d failed\n", argc - 1, failures);
    return failures > 0 || argc < 2;
}

static void wake(void *argument)
{
    (void)argument;
}

static bool play(const char *path, bool bytewise)
{
    struct play p = {.path = path, .bytewise = bytewise, .rule = "local all all trust"};
    FILE *file = fopen(path, "r");
    char line[LINE_BYTES];

    if (file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        return false;
    }
    p.host = (struct client_host){
        .database = "varve", .message_bytes_max = 1u << 20, .connections_max = 4};
    snprintf(p.binding, sizeof p.binding, "biws");
    snprintf(p.origin.text, sizeof p.origin.text, "[local]");
    if (varve_open(":memory:", NULL, &p.host.db, NULL) != VARVE_OK) {
        abort();
    }
    while (!p.failed && fgets(line, sizeof line, file) != NULL) {
        p.line++;
        line[strcspn(line, "\n")] = '\0';
        play_line(&p, line);
    }
    fclose(file);
    begin(&p);
    if (!p.failed && wire_out_size(client_output(p.client)) > 0) {
        fail(&p, "the server says more than the transcript");
    }
    finish(&p);
    return !p.failed;
}

static void play_line(struct play *p, char *line)
{
    if (line[0] == '#' || line[0] == '\0') {
        return;
    }
    if (line[0] == '>' || line[0] == '<') {
        begin(p);
    }
    if (line[0] == '>') {
        if (wire_out_size(client_output(p->client)) > 0) {
            fail(p, "the server says '%c' before this",
                 client_output(p->client)->bytes[client_output(p->client)->start]);
            return;
        }
        send_line(p, line + 1);
    } else if (line[0] == '<') {
        run(p);
        expect_line(p, line + 1);
    } else {
        set_up(p, line);
    }
}

static void set_up(struct play *p, char *line)
{
    char *rest = line + strcspn(line, " ");
    char message[256];

    if (*rest != '\0') {
        *rest++ = '\0';
    }
    if (p->client != NULL) {
        fail(p, "\"%s\" comes too late", line);
    } else if (strcmp(line, "access") == 0) {
        snprintf(p->rule, sizeof p->rule, "%s", rest);
    } else if (strcmp(line, "tls") == 0) {
        p->host.encrypts = true;
    } else if (strcmp(line, "origin") == 0) {
        struct sockaddr_in address = {.sin_family = AF_INET};

        inet_pton(AF_INET, rest, &address.sin_addr);
        p->origin = access_origin((const struct sockaddr *)&address);
    } else if (strcmp(line, "user") == 0) {
        char *password = strchr(rest, ' ');

        *password++ = '\0';
        if (p->host.users == NULL) {
            snprintf(p->folder, sizeof p->folder, "/tmp/varve.wire.XXXXXX");
            p->host.users = mkdtemp(p->folder) == NULL ? NULL : users_open(p->folder, message);
        }
        if (p->host.users == NULL || !roles_put(p->host.users, rest, password, message)) {
            fail(p, "no user can be made");
        }
    } else if (strcmp(line, "sql") == 0) {
        struct varve_session *session = NULL;

        if (varve_connect(p->host.db, &session) != VARVE_OK ||
            varve_exec(session, rest, 0) != VARVE_OK) {
            fail(p, "%s", session == NULL ? "no session" : varve_last_error(session)->message);
        }
        varve_disconnect(session);
    } else {
        fail(p, "\"%s\" is not known", line);
    }
}

static void begin(struct play *p)
{
    const char *rule = p->rule;
    char message[256];

    if (p->client == NULL) {
        p->host.access = access_open(&rule, 1, message);
        p->client = p->host.access == NULL
                        ? NULL
                        : client_create(&p->host, &p->origin, 7, 0xABCDEF, wake, NULL);
        if (p->client == NULL) {
            fprintf(stderr, "%s: %s\n", p->path, message);
            exit(1);
        }
    }
}

static void finish(struct play *p)
{
    static const char *const files[] = {"users", "users.lock"};
    char path[128];

    client_destroy(p->client);
    if (varve_close(p->host.db) != VARVE_OK) {
        fail(p, "the database is in use after the client's end");
    }
    access_close(p->host.access);
    users_close(p->host.users);
    for (size_t i = 0; p->folder[0] != '\0' && i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", p->folder, files[i]);
        unlink(path);
    }
    if (p->folder[0] != '\0') {
        rmdir(p->folder);
    }
    free(p->input);
}

/* ---- to the server ---- */

static void send_line(struct play *p, char *line)
{
    struct body body = {.size = 0};
    uint8_t head[5];
    char *word = line + strspn(line, " ");
    size_t skip = 1;

    if (line[0] == '>') {
        if (parse_fields(p, line + 1, &body)) {
            show(p, body.bytes, body.size);
        }
        return;
    }
    if (strcmp(word, "ready") == 0) {
        get_ready(p);
        return;
    }
    if (strncmp(word, "scram ", 6) == 0) {
        send_proof(p, word + 6);
        return;
    }
    if (strncmp(word, "start", 5) == 0) {
        skip = 5;
    }
    head[0] = (uint8_t)word[0];
    if (!parse_fields(p, word + skip, &body)) {
        return;
    }
    for (int i = 0; i < 4; i++) {
        head[1 + i] = (uint8_t)((body.size + 4) >> (24 - 8 * i));
    }
    show(p, head + (skip == 5), sizeof head - (skip == 5));
    show(p, body.bytes, body.size);
}

static void get_ready(struct play *p)
{
    static const uint8_t start[] = "\0\0\0\x21\0\3\0\0user\0ann\0database\0varve\0\0";
    static const uint8_t ready[] = {'Z', 0, 0, 0, 5, 'I'};
    struct wire_out *out = client_output(p->client);

    show(p, start, sizeof start - 1);
    run(p);
    if (wire_out_size(out) < sizeof ready ||
        memcmp(out->bytes + out->size - sizeof ready, ready, sizeof ready) != 0) {
        fail(p, "the start-up failed");
    }
    wire_out_sent(out, wire_out_size(out));
}

static void hmac(const uint8_t key[32], const char *text, uint8_t out[32])
{
    unsigned size = 0;

    HMAC(EVP_sha256(), key, 32, (const uint8_t *)text, strlen(text), out, &size);
}

/* RFC 5802, the client's side. */
static void send_proof(struct play *p, char *line)
{
    char password[128];
    char nonce[256];
    char salt_text[64];
    char auth[2048];
    char proof_text[64];
    char message[1024];
    uint8_t salt[48];
    uint8_t key[32];
    uint8_t stored[32];
    uint8_t signature[32];
    int iterations = 0;
    uint8_t head[5] = {'p'};
    size_t size = 0;

    if (sscanf(line, "\"%127[^\"]\"", password) != 1 ||
        sscanf(p->challenge, "r=%255[^,],s=%63[^,],i=%d", nonce, salt_text, &iterations) != 3 ||
        EVP_DecodeBlock(salt, (const uint8_t *)salt_text, (int)strlen(salt_text)) < 16) {
        fail(p, "there is no challenge");
        return;
    }
    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, 16, iterations, EVP_sha256(), 32, key);
    hmac(key, "Client Key", signature);
    memcpy(key, signature, 32);
    SHA256(key, 32, stored);
    snprintf(auth, sizeof auth, "n=,r=" NONCE ",%s,c=%s,r=%s", p->challenge, p->binding, nonce);
    hmac(stored, auth, signature);
    for (int i = 0; i < 32; i++) {
        key[i] ^= signature[i];
    }
    EVP_EncodeBlock((uint8_t *)proof_text, key, 32);
    size =
        (size_t)snprintf(message, sizeof message, "c=%s,r=%s,p=%s", p->binding, nonce, proof_text);
    for (int i = 0; i < 4; i++) {
        head[1 + i] = (uint8_t)((size + 4) >> (24 - 8 * i));
    }
    show(p, head, sizeof head);
    show(p, message, size);
}

static void show(struct play *p, const void *bytes, size_t size)
{
    p->input = realloc(p->input, p->input_size + size + 1);
    memcpy(p->input + p->input_size, bytes, size);
    p->input_size += size;
}

/* Everything that is there, until the client wants more, or to end. */
static void run(struct play *p)
{
    size_t shown = p->bytewise && p->input_size > 0 ? 1 : p->input_size;

    for (int step = 0; step < STEPS_MAX; step++) {
        size_t used = 0;
        /* An own copy: a sanitizer sees who reads behind the end. */
        uint8_t *exact = malloc(shown == 0 ? 1 : shown);

        if (p->verdict == CLIENT_ENCRYPT || p->verdict == CLIENT_CLOSE) {
            free(exact);
            return;
        }
        memcpy(exact, p->input, shown);
        p->verdict = client_run(p->client, slice_make(exact, shown), &used);
        free(exact);
        p->input_size -= used;
        memmove(p->input, p->input + used, p->input_size);
        shown -= used;
        if (p->verdict == CLIENT_READ && shown == p->input_size) {
            return;
        }
        if (p->verdict == CLIENT_READ) {
            shown++;
        }
    }
    fail(p, "it does not come to an end");
}

/* From now on proofs are bound to the channel. */
static void bind_channel(struct play *p)
{
    uint8_t bound[24 + sizeof channel];

    memcpy(bound, "p=tls-server-end-point,,", 24);
    memcpy(bound + 24, channel, sizeof channel);
    EVP_EncodeBlock((uint8_t *)p->binding, bound, sizeof bound);
}

/* ---- from the server ---- */

static void expect_line(struct play *p, char *line)
{
    struct wire_out *out = client_output(p->client);
    size_t waiting = wire_out_size(out);
    vv_slice bytes = slice_make(waiting == 0 ? out->bytes : out->bytes + out->start, waiting);
    struct wire_message message;
    char *word = line + strspn(line, " ");
    size_t used = 0;

    if (strcmp(word, "end") == 0) {
        if (p->verdict != CLIENT_CLOSE || bytes.size > 0) {
            fail(p, "the connection does not end here");
        }
        return;
    }
    if (strncmp(word, "byte ", 5) == 0) {
        if (bytes.size == 0 || bytes.data[0] != (uint8_t)word[5]) {
            fail(p, "%s is not what it says", word);
        } else {
            wire_out_sent(out, 1);
        }
        return;
    }
    if (strcmp(word, "encrypt") == 0) {
        if (p->verdict != CLIENT_ENCRYPT || bytes.size > 0) {
            fail(p, "it asks for no handshake");
        } else {
            client_encrypted(p->client, channel, sizeof channel);
            bind_channel(p);
            p->verdict = CLIENT_READ;
        }
        return;
    }
    if (wire_message(bytes, false, WIRE_OUT_BYTES_MAX, &message, &used) != WIRE_MESSAGE) {
        fail(p, "the server says nothing (more)");
        return;
    }
    if (message.type != word[0]) {
        fail(p, "the server says '%c'", message.type);
        return;
    }
    if (message.type == 'R' && message.body.size > 4 && message.body.data[3] == 11) {
        snprintf(p->challenge, sizeof p->challenge, "%.*s", (int)message.body.size - 4,
                 (const char *)message.body.data + 4);
    }
    if (message.type == 'E' || message.type == 'N') {
        expect_error(p, &message, word + 1);
    } else {
        expect_fields(p, &message, word + 1);
    }
    wire_out_sent(out, used);
}

static void expect_fields(struct play *p, const struct wire_message *message, char *line)
{
    struct body body = {.size = 0};

    if (!parse_fields(p, line, &body)) {
        return;
    }
    if (message->body.size < body.size || (!body.has_rest && message->body.size != body.size) ||
        memcmp(message->body.data, body.bytes, body.size) != 0) {
        fail(p, "the server's '%c' is another:", message->type);
        for (size_t i = 0; i < message->body.size; i++) {
            uint8_t byte = message->body.data[i];

            fprintf(stderr, isprint(byte) ? "%c" : "\\x%02x", byte);
        }
        fprintf(stderr, "\n");
    }
}

static void expect_error(struct play *p, const struct wire_message *message, char *line)
{
    char *at = line + strspn(line, " ");

    while (!p->failed && *at != '\0') {
        char letter = *at;
        uint8_t wanted[1024];
        size_t size = 0;
        struct wire_reader reader = wire_reader(message->body);
        const char *found = NULL;

        if (letter == '\0' || at[1] != '=') {
            fail(p, "LETTER=text is expected at \"%s\"", at);
            return;
        }
        at += 2;
        if (*at == '"') {
            at = parse_text(p, at + 1, wanted, &size);
        } else {
            size = strcspn(at, " ");
            memcpy(wanted, at, size);
            at += size;
        }
        wanted[size] = '\0';
        for (char kind = (char)wire_get_u8(&reader); kind != '\0' && found == NULL;
             kind = (char)wire_get_u8(&reader)) {
            const char *text = wire_get_text(&reader);

            found = kind == letter ? text : NULL;
        }
        if (found == NULL || strcmp(found, (const char *)wanted) != 0) {
            fail(p, "field %c is \"%s\"", letter, found == NULL ? "(absent)" : found);
        }
        at += strspn(at, " ");
    }
}

/* ---- fields ---- */

static bool parse_fields(struct play *p, char *line, struct body *body)
{
    char *at = line + strspn(line, " ");

    while (!p->failed && *at != '\0' && *at != '#') {
        if (*at == '*') {
            body->has_rest = true;
            at++;
        } else if (*at == '"' || (at[0] == 'y' && at[1] == '"')) {
            bool ends = *at == '"';
            size_t size = 0;

            at = parse_text(p, at + (ends ? 1 : 2), body->bytes + body->size, &size);
            body->size += size;
            if (ends) {
                body->bytes[body->size++] = 0;
            }
        } else if (*at == 'x') {
            for (at++; isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]); at += 2) {
                char digits[3] = {at[0], at[1], '\0'};

                body->bytes[body->size++] = (uint8_t)strtoul(digits, NULL, 16);
            }
        } else if (*at == 'i') {
            char *end = NULL;
            long bits = strtol(at + 1, &end, 10);
            long long number = strtoll(end, &end, 0);

            for (long shift = bits - 8; shift >= 0; shift -= 8) {
                body->bytes[body->size++] = (uint8_t)(number >> shift);
            }
            at = end;
        } else {
            fail(p, "no field begins at \"%s\"", at);
        }
        at += strspn(at, " ");
    }
    return !p->failed;
}

/* Behind the opening quote. Behind the closing one. */
static char *parse_text(struct play *p, char *at, uint8_t *out, size_t *size_out)
{
    size_t size = 0;

    while (*at != '"' && *at != '\0') {
        if (at[0] == '\\' && at[1] == 'x') {
            char digits[3] = {at[2], at[3], '\0'};

            out[size++] = (uint8_t)strtoul(digits, NULL, 16);
            at += 4;
        } else if (at[0] == '\\') {
            out[size++] = (uint8_t)(at[1] == 'n' ? '\n' : at[1] == '0' ? '\0' : at[1]);
            at += 2;
        } else {
            out[size++] = (uint8_t)*at++;
        }
    }
    if (*at != '"') {
        fail(p, "a text does not end");
        return at;
    }
    *size_out = size;
    return at + 1;
}

static void fail(struct play *p, const char *format, ...)
{
    va_list arguments;

    p->failed = true;
    fprintf(stderr, "%s:%u%s: ", p->path, p->line, p->bytewise ? " (byte by byte)" : "");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
}
