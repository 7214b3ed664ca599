/* SCRAM-SHA-256 from both sides; the client's side is written out here from RFC 5802. */
#include "server/scram.h"
#include "test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define FIRST_BARE "n=,r=rOprNGfwEbeRWgbNEkqO"

static const uint8_t mock_key[32] = "a key that only the server knows";

static void hmac(const uint8_t *key, const char *text, uint8_t out[32])
{
    unsigned size = 0;

    TEST_TRUE(HMAC(EVP_sha256(), key, 32, (const uint8_t *)text, strlen(text), out, &size) != NULL);
}

/* What a client answers to server_first. */
static void client_final(const char *password, const char *server_first, char *out, size_t out_size)
{
    char nonce[256];
    char salt_text[64];
    char auth[1024];
    char proof_text[64];
    uint8_t salt[48];
    uint8_t salted[32];
    uint8_t key[32];
    uint8_t stored[32];
    uint8_t signature[32];
    int iterations = 0;

    TEST_EQUAL(3, sscanf(server_first, "r=%255[^,],s=%63[^,],i=%d", nonce, salt_text, &iterations));
    TEST_EQUAL(18, EVP_DecodeBlock(salt, (const uint8_t *)salt_text, (int)strlen(salt_text)));
    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, 16, iterations, EVP_sha256(), 32,
                      salted);
    hmac(salted, "Client Key", key);
    SHA256(key, 32, stored);
    snprintf(auth, sizeof auth, FIRST_BARE ",%s,c=biws,r=%s", server_first, nonce);
    hmac(stored, auth, signature);
    for (int i = 0; i < 32; i++) {
        key[i] ^= signature[i];
    }
    EVP_EncodeBlock((uint8_t *)proof_text, key, 32);
    snprintf(out, out_size, "c=biws,r=%s,p=%s", nonce, proof_text);
}

static const struct scram_channel clear = {0};

static enum scram_verdict log_in(const char *verifier, const char *password)
{
    struct scram *scram = NULL;
    char answer[SCRAM_TEXT_BYTES];
    char final[512];
    enum scram_verdict verdict = SCRAM_NOMEM;

    TEST_EQUAL(SCRAM_OK, scram_begin(verifier, "ann", mock_key, clear, slice_text("n,," FIRST_BARE),
                                     answer, &scram));
    client_final(password, answer, final, sizeof final);
    verdict = scram_finish(scram, slice_text(final), answer);
    scram_destroy(scram);
    return verdict;
}

/* A1 */
TEST(the_right_password_alone_gets_in)
{
    char verifier[SCRAM_VERIFIER_BYTES];

    TEST_TRUE(scram_verifier_make("pencil", verifier));
    TEST_TRUE(scram_verifier_valid(verifier));
    TEST_EQUAL(SCRAM_OK, log_in(verifier, "pencil"));
    TEST_EQUAL(SCRAM_WRONG, log_in(verifier, "Pencil"));
    TEST_EQUAL(SCRAM_WRONG, log_in(verifier, ""));
}

/* A3: who does not exist gets the same salt each time, and no password is right (A1, A2). */
TEST(unknown_users_look_known)
{
    struct scram *scram = NULL;
    char first[SCRAM_TEXT_BYTES];
    char second[SCRAM_TEXT_BYTES];

    for (char *answer = first; answer != NULL; answer = answer == first ? second : NULL) {
        TEST_EQUAL(SCRAM_OK, scram_begin(NULL, "bob", mock_key, clear, slice_text("n,," FIRST_BARE),
                                         answer, &scram));
        scram_destroy(scram);
    }
    TEST_TEXT(strstr(first, ",s="), strstr(second, ",s="));
    TEST_EQUAL(SCRAM_WRONG, log_in(NULL, "pencil"));
    TEST_EQUAL(SCRAM_WRONG, log_in("SCRAM-SHA-256$nonsense", "pencil"));
}

/* A1: messages out of shape end the exchange. */
TEST(broken_messages_are_refused)
{
    static const char *const firsts[] = {
        "",         "n",           "n,,",      "n,,r=x", "p=tls-unique,,n=,r=x", "n,a=bob,n=,r=x",
        "n,,n=,r=", "n,,n=,r=a b", "n,,n=,q=x"};
    static const char *const finals[] = {
        "", "c=biws", "c=biws,r=x,p=", "c=biws,r=x,p=AAAA",
        "c=eSws,r=x,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
    struct scram *scram = NULL;
    char answer[SCRAM_TEXT_BYTES];

    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        TEST_EQUAL(SCRAM_BROKEN, scram_begin(NULL, "ann", mock_key, clear, slice_text(firsts[i]),
                                             answer, &scram));
        scram_destroy(scram);
    }
    for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++) {
        TEST_EQUAL(SCRAM_OK, scram_begin(NULL, "ann", mock_key, clear, slice_text("n,," FIRST_BARE),
                                         answer, &scram));
        TEST_EQUAL(SCRAM_BROKEN, scram_finish(scram, slice_text(finals[i]), answer));
        scram_destroy(scram);
    }
}

/* Over TLS: who binds must have seen our certificate; who can and was told we can not, hears so (A4). */
TEST(the_channel_is_bound)
{
    static const uint8_t hash[32] = {1, 2, 3};
    static const struct {
        bool chosen;
        bool encrypted;
        const char *first;
        enum scram_verdict verdict;
    } cases[] = {{true, true, "p=tls-server-end-point,,n=,r=abc", SCRAM_OK},
                 {true, true, "n,,n=,r=abc", SCRAM_BROKEN},
                 {true, true, "y,,n=,r=abc", SCRAM_BROKEN},
                 {true, true, "p=tls-unique,,n=,r=abc", SCRAM_BROKEN},
                 {false, true, "p=tls-server-end-point,,n=,r=abc", SCRAM_BROKEN},
                 {false, true, "y,,n=,r=abc", SCRAM_DOWNGRADED},
                 {false, true, "n,,n=,r=abc", SCRAM_OK},
                 {false, false, "y,,n=,r=abc", SCRAM_OK}};
    struct scram *scram = NULL;
    char answer[SCRAM_TEXT_BYTES];
    char binding[128];
    char final[512];
    uint8_t bound[56];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scram_channel channel = {cases[i].encrypted ? hash : NULL, 32, cases[i].chosen};

        TEST_EQUAL(cases[i].verdict, scram_begin(NULL, "ann", mock_key, channel,
                                                 slice_text(cases[i].first), answer, &scram));
        scram_destroy(scram);
    }
    for (int flipped = 0; flipped < 2; flipped++) {
        struct scram_channel channel = {hash, 32, true};
        int nonce_size = 0;

        TEST_EQUAL(SCRAM_OK,
                   scram_begin(NULL, "ann", mock_key, channel,
                               slice_text("p=tls-server-end-point,,n=,r=abc"), answer, &scram));
        memcpy(bound, "p=tls-server-end-point,,", 24);
        memcpy(bound + 24, hash, 32);
        bound[55] ^= (uint8_t)flipped;
        EVP_EncodeBlock((uint8_t *)binding, bound, sizeof bound);
        nonce_size = (int)strcspn(answer, ",") - 2;
        snprintf(final, sizeof final,
                 "c=%s,r=%.*s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", binding, nonce_size,
                 answer + 2);
        TEST_EQUAL(flipped ? SCRAM_UNBOUND : SCRAM_WRONG,
                   scram_finish(scram, slice_text(final), answer));
        scram_destroy(scram);
    }
}

TEST(verifiers_are_checked)
{
    static const char *const bad[] = {"", "md5abc", "SCRAM-SHA-256$4096",
                                      "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$a:b",
                                      ("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                                       "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:x")};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TEST_FALSE(scram_verifier_valid(bad[i]));
    }
    TEST_TRUE(scram_verifier_valid(
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="));
}
