/* scram.c - see scram.h. Passwords are taken as UTF-8 bytes without SASLprep, as PostgreSQL does with those that
 * SASLprep refuses; ASCII passwords are the same either way. */
#include "server/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES          32
#define SALT_BYTES         16
#define NONCE_BYTES        18
#define ITERATIONS         4096
#define PASSWORD_BYTES_MAX 1024
#define NONCE_TEXT_BYTES   128 /* of the client's */
#define GS2_BYTES          32
#define GS2_BOUND          "p=tls-server-end-point,,"
#define BINDING_BYTES_MAX  64

struct verifier {
    int iterations;
    uint8_t salt[SALT_BYTES];
    uint8_t stored_key[KEY_BYTES];
    uint8_t server_key[KEY_BYTES];
};

struct scram {
    struct verifier verifier;
    bool is_mock;
    struct scram_channel channel;
    char gs2[GS2_BYTES];                 /* "n,,", "y,," or "p=...,," as the client sent it */
    char client_first[SCRAM_TEXT_BYTES]; /* without gs2 */
    char server_first[SCRAM_TEXT_BYTES];
    char nonce[NONCE_TEXT_BYTES + 32];
};

static bool hmac(const uint8_t key[KEY_BYTES], const void *bytes, size_t size,
                 uint8_t out[KEY_BYTES]);
static bool keys_make(const char *password, const uint8_t *salt, int iterations,
                      struct verifier *verifier);
static bool verifier_parse(const char *text, struct verifier *verifier);
static void verifier_print(const struct verifier *verifier, char *text);
static bool base64_read(const char *text, size_t size, uint8_t *bytes, size_t wanted);
static enum scram_verdict gs2_parse(struct scram *scram, vv_slice *message);
static bool first_parse(struct scram *scram, vv_slice message, const char **nonce_out);
static void binding_print(const struct scram *scram, char *text);
static bool proof_fits(struct scram *scram, const char *without_proof, const uint8_t *proof,
                       uint8_t signature[KEY_BYTES]);

bool scram_verifier_make(const char *password, char verifier[SCRAM_VERIFIER_BYTES])
{
    struct verifier made = {.iterations = ITERATIONS};

    if (strlen(password) > PASSWORD_BYTES_MAX || RAND_bytes(made.salt, SALT_BYTES) != 1 ||
        !keys_make(password, made.salt, ITERATIONS, &made)) {
        return false;
    }
    verifier_print(&made, verifier);
    return true;
}

bool scram_verifier_valid(const char *verifier)
{
    struct verifier parsed;

    return verifier_parse(verifier, &parsed);
}

enum scram_verdict scram_begin(const char *verifier, const char *user, const uint8_t mock_key[32],
                               struct scram_channel channel, vv_slice client_first,
                               char answer[SCRAM_TEXT_BYTES], struct scram **scram_out)
{
    struct scram *scram = calloc(1, sizeof *scram);
    enum scram_verdict verdict = SCRAM_OK;
    const char *client_nonce = NULL;
    uint8_t mock[KEY_BYTES];
    uint8_t random[NONCE_BYTES];
    char random_text[32];
    char salt_text[32];

    *scram_out = scram;
    if (scram == NULL) {
        return SCRAM_NOMEM;
    }
    if (verifier == NULL || !verifier_parse(verifier, &scram->verifier)) {
        scram->is_mock = true; /* A3 */
        scram->verifier.iterations = ITERATIONS;
        if (!hmac(mock_key, user, strlen(user), mock)) {
            return SCRAM_NOMEM;
        }
        memcpy(scram->verifier.salt, mock, SALT_BYTES);
    }
    scram->channel = channel;
    verdict = gs2_parse(scram, &client_first);
    if (verdict != SCRAM_OK) {
        return verdict;
    }
    if (!first_parse(scram, client_first, &client_nonce)) {
        return SCRAM_BROKEN;
    }
    if (RAND_bytes(random, sizeof random) != 1) {
        return SCRAM_NOMEM;
    }
    EVP_EncodeBlock((unsigned char *)random_text, random, sizeof random);
    EVP_EncodeBlock((unsigned char *)salt_text, scram->verifier.salt, SALT_BYTES);
    snprintf(scram->nonce, sizeof scram->nonce, "%s%s", client_nonce, random_text);
    snprintf(scram->server_first, sizeof scram->server_first, "r=%s,s=%s,i=%d", scram->nonce,
             salt_text, scram->verifier.iterations);
    memcpy(answer, scram->server_first, SCRAM_TEXT_BYTES);
    return SCRAM_OK;
}

enum scram_verdict scram_finish(struct scram *scram, vv_slice client_final,
                                char answer[SCRAM_TEXT_BYTES])
{
    char message[SCRAM_TEXT_BYTES];
    char binding[(GS2_BYTES + BINDING_BYTES_MAX) * 2];
    char expected[SCRAM_TEXT_BYTES];
    char signature_text[64];
    uint8_t proof[KEY_BYTES];
    uint8_t signature[KEY_BYTES];
    char *proof_text = NULL;

    if (client_final.size >= sizeof message || memchr(client_final.data, 0, client_final.size)) {
        return SCRAM_BROKEN;
    }
    memcpy(message, client_final.data, client_final.size);
    message[client_final.size] = '\0';
    proof_text = strstr(message, ",p=");
    if (proof_text == NULL ||
        !base64_read(proof_text + 3, strlen(proof_text + 3), proof, sizeof proof)) {
        return SCRAM_BROKEN;
    }
    *proof_text = '\0';
    binding_print(scram, binding);
    snprintf(expected, sizeof expected, "c=%s,r=", binding);
    if (strncmp(expected, message, strlen(expected)) != 0) {
        return scram->channel.chosen && strncmp(message, "c=", 2) == 0 ? SCRAM_UNBOUND
                                                                       : SCRAM_BROKEN;
    }
    if (strcmp(message + strlen(expected), scram->nonce) != 0) {
        return SCRAM_BROKEN;
    }
    if (!proof_fits(scram, message, proof, signature)) {
        return SCRAM_WRONG;
    }
    EVP_EncodeBlock((unsigned char *)signature_text, signature, sizeof signature);
    snprintf(answer, SCRAM_TEXT_BYTES, "v=%s", signature_text);
    return SCRAM_OK;
}

void scram_destroy(struct scram *scram)
{
    if (scram != NULL) {
        OPENSSL_cleanse(scram, sizeof *scram);
        free(scram);
    }
}

/* ClientProof XOR HMAC(StoredKey, AuthMessage) is the client's key, whose hash is known. */
static bool proof_fits(struct scram *scram, const char *without_proof, const uint8_t *proof,
                       uint8_t signature[KEY_BYTES])
{
    char auth[3 * SCRAM_TEXT_BYTES];
    uint8_t key[KEY_BYTES];
    uint8_t hashed[KEY_BYTES];
    int size = snprintf(auth, sizeof auth, "%s,%s,%s", scram->client_first, scram->server_first,
                        without_proof);

    if (!hmac(scram->verifier.stored_key, auth, (size_t)size, key) ||
        !hmac(scram->verifier.server_key, auth, (size_t)size, signature)) {
        return false;
    }
    for (size_t i = 0; i < KEY_BYTES; i++) {
        key[i] ^= proof[i];
    }
    SHA256(key, sizeof key, hashed);
    return CRYPTO_memcmp(hashed, scram->verifier.stored_key, KEY_BYTES) == 0 /* A2 */
           && !scram->is_mock;                                               /* A1 */
}

/* Takes the header off the message: whether the client binds, could have ("y"), or can not ("n"). */
static enum scram_verdict gs2_parse(struct scram *scram, vv_slice *message)
{
    const char *header = scram->channel.chosen ? GS2_BOUND : "n,,";
    size_t size = strlen(header);

    if (!scram->channel.chosen && message->size >= size && message->data[0] == 'y') {
        if (scram->channel.binding != NULL) {
            return SCRAM_DOWNGRADED; /* A4 */
        }
        header = "y,,";
    }
    if (message->size < size || memcmp(message->data, header, size) != 0) {
        return SCRAM_BROKEN;
    }
    memcpy(scram->gs2, header, size + 1);
    *message = slice_make(message->data + size, message->size - size);
    return SCRAM_OK;
}

/* What c= must be: the header and, where bound, the channel's binding. */
static void binding_print(const struct scram *scram, char *text)
{
    uint8_t bytes[GS2_BYTES + BINDING_BYTES_MAX];
    size_t size = strlen(scram->gs2);

    memcpy(bytes, scram->gs2, size);
    if (scram->channel.chosen && scram->channel.size <= BINDING_BYTES_MAX) {
        memcpy(bytes + size, scram->channel.binding, scram->channel.size);
        size += scram->channel.size;
    }
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
}

/* "n=NAME,r=NONCE": no authorization name; the user is the start-up packet's. */
static bool first_parse(struct scram *scram, vv_slice message, const char **nonce_out)
{
    char *nonce = NULL;
    size_t size = 0;

    if (message.size >= sizeof scram->client_first ||
        memchr(message.data, 0, message.size) != NULL) {
        return false;
    }
    memcpy(scram->client_first, message.data, message.size);
    if (strncmp(scram->client_first, "n=", 2) != 0) {
        return false;
    }
    nonce = strstr(scram->client_first, ",r=");
    if (nonce == NULL) {
        return false;
    }
    *nonce_out = nonce + 3;
    size = strlen(nonce + 3);
    for (size_t i = 0; i < size; i++) {
        if (nonce[3 + i] < 0x21 || nonce[3 + i] > 0x7E || nonce[3 + i] == ',') {
            return false;
        }
    }
    return size > 0 && size <= NONCE_TEXT_BYTES;
}

static bool keys_make(const char *password, const uint8_t *salt, int iterations,
                      struct verifier *verifier)
{
    uint8_t salted[KEY_BYTES];
    uint8_t client_key[KEY_BYTES];
    bool made = PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, SALT_BYTES, iterations,
                                  EVP_sha256(), sizeof salted, salted) == 1 &&
                hmac(salted, "Client Key", 10, client_key) &&
                hmac(salted, "Server Key", 10, verifier->server_key);

    if (made) {
        SHA256(client_key, sizeof client_key, verifier->stored_key);
    }
    OPENSSL_cleanse(salted, sizeof salted);
    OPENSSL_cleanse(client_key, sizeof client_key);
    return made;
}

static bool hmac(const uint8_t key[KEY_BYTES], const void *bytes, size_t size,
                 uint8_t out[KEY_BYTES])
{
    unsigned made = 0;

    return HMAC(EVP_sha256(), key, KEY_BYTES, bytes, size, out, &made) != NULL && made == KEY_BYTES;
}

static bool verifier_parse(const char *text, struct verifier *verifier)
{
    static const char head[] = SCRAM_MECHANISM "$";
    const char *salt = NULL;
    const char *stored = NULL;
    const char *server = NULL;
    char *end = NULL;
    long iterations = 0;

    if (strncmp(text, head, sizeof head - 1) != 0) {
        return false;
    }
    iterations = strtol(text + sizeof head - 1, &end, 10);
    if (*end != ':' || iterations < 1 || iterations > 100000000) {
        return false;
    }
    salt = end + 1;
    stored = strchr(salt, '$');
    server = stored == NULL ? NULL : strchr(stored, ':');
    verifier->iterations = (int)iterations;
    return server != NULL &&
           base64_read(salt, (size_t)(stored - salt), verifier->salt, SALT_BYTES) &&
           base64_read(stored + 1, (size_t)(server - stored - 1), verifier->stored_key,
                       KEY_BYTES) &&
           base64_read(server + 1, strlen(server + 1), verifier->server_key, KEY_BYTES);
}

static void verifier_print(const struct verifier *verifier, char *text)
{
    char salt[32];
    char stored[64];
    char server[64];

    EVP_EncodeBlock((unsigned char *)salt, verifier->salt, SALT_BYTES);
    EVP_EncodeBlock((unsigned char *)stored, verifier->stored_key, KEY_BYTES);
    EVP_EncodeBlock((unsigned char *)server, verifier->server_key, KEY_BYTES);
    snprintf(text, SCRAM_VERIFIER_BYTES, SCRAM_MECHANISM "$%d:%s$%s:%s", verifier->iterations, salt,
             stored, server);
}

/* Exactly `wanted` bytes. */
static bool base64_read(const char *text, size_t size, uint8_t *bytes, size_t wanted)
{
    uint8_t decoded[96];
    size_t padding = (3 - wanted % 3) % 3;

    if (size != (wanted + 2) / 3 * 4 || size > sizeof decoded ||
        EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)size) !=
            (int)(wanted + padding)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) { /* '=' only where the padding is */
        if ((text[i] == '=') != (i >= size - padding)) {
            return false;
        }
    }
    memcpy(bytes, decoded, wanted);
    return true;
}
