/*
 * scram.h - SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, and verifiers as PostgreSQL stores them.
 *
 *     client-first   n,,n=,r=CLIENTNONCE
 *     server-first   r=CLIENTNONCE SERVERNONCE,s=SALT,i=ITERATIONS
 *     client-final   c=biws,r=NONCE,p=PROOF
 *     server-final   v=SIGNATURE
 *
 * Over TLS the client may bind the exchange to the channel (SCRAM-SHA-256-PLUS): its messages then begin with
 * p=tls-server-end-point, and c= carries the hash of the certificate it was shown, so that nobody between the two can
 * pass the exchange on.
 *
 * A verifier is "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY": who steals it can not log in with it.
 * A user that does not exist gets a salt made of its name, so that nobody can tell who exists.
 *
 * Promises: A1 only a proof made with the right password is taken; A2 what is compared with secrets is compared
 *           in constant time; A3 unknown users look like known ones until the proof; A4 a client that could
 *           bind and was told that the server can not is told of the lie.
 * Threads:  one at a time for each exchange.
 */
#ifndef VARVE_SERVER_SCRAM_H
#define VARVE_SERVER_SCRAM_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define SCRAM_MECHANISM      "SCRAM-SHA-256"
#define SCRAM_MECHANISM_PLUS "SCRAM-SHA-256-PLUS"
#define SCRAM_VERIFIER_BYTES 192
#define SCRAM_TEXT_BYTES     512 /* of what the server says */

struct scram;

enum scram_verdict {
    SCRAM_OK,
    SCRAM_WRONG,      /* the password is */
    SCRAM_BROKEN,     /* the message is */
    SCRAM_DOWNGRADED, /* A4 */
    SCRAM_UNBOUND,    /* the client has seen another certificate */
    SCRAM_NOMEM
};

/* Makes a verifier with a random salt. False: the password is too long, or there is no randomness. */
bool scram_verifier_make(const char *password, char verifier[SCRAM_VERIFIER_BYTES]);
bool scram_verifier_valid(const char *verifier);

/* The connection's TLS. Zero: there is none. */
struct scram_channel {
    const uint8_t *binding; /* borrow until scram_destroy */
    size_t size;
    bool chosen; /* the client chose SCRAM_MECHANISM_PLUS */
};

/* verifier NULL: the user does not exist (A3); mock_key makes its salt. own: scram_destroy(). */
enum scram_verdict scram_begin(const char *verifier, const char *user, const uint8_t mock_key[32],
                               struct scram_channel channel, vv_slice client_first,
                               char answer[SCRAM_TEXT_BYTES], struct scram **scram_out);
enum scram_verdict scram_finish(struct scram *scram, vv_slice client_final,
                                char answer[SCRAM_TEXT_BYTES]);

/* Accepts NULL. */
void scram_destroy(struct scram *scram);

#endif
