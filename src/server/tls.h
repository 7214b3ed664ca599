/*
 * tls.h - TLS over sockets that do not block.
 *
 *     struct tls           a certificate and its key: what new connections begin with; replaced as a whole on SIGHUP
 *     struct tls_session   one connection: handshake, then bytes as with recv() and send()
 *
 * A client asks for TLS in PostgreSQL's way (SSLRequest, answered 'S'); bytes that came behind the request in the
 * clear are an attack and end the connection (client.c).
 *
 * Promises: L1 nothing below the least version, no compression, no renegotiation, no session tickets; L2 no call
 *           blocks; L3 a key that others may read is refused; L4 the binding is the certificate's hash of
 *           RFC 5929, tls-server-end-point.
 * Threads:  tls_begin: any; the rest: one at a time for each struct.
 */
#ifndef VARVE_SERVER_TLS_H
#define VARVE_SERVER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TLS_BINDING_BYTES 64 /* SHA-512's */

struct tls;
struct tls_session;

struct tls_options {
    const char *certificate_file; /* PEM, the server's certificate first */
    const char *key_file;
    bool only_1_3;
};

enum tls_verdict {
    TLS_DONE,
    TLS_READ,  /* call again when the socket can be read */
    TLS_WRITE, /* ... can be written */
    TLS_FAILED
};

/* NULL: *message says why. own: tls_close(). */
struct tls *tls_open(const struct tls_options *options, char message[512]);
/* Its sessions go on. Accepts NULL. */
void tls_close(struct tls *tls);

/* NULL: out of memory. own: tls_end(). The descriptor is borrowed until then. */
struct tls_session *tls_begin(const struct tls *tls, int descriptor);
enum tls_verdict tls_handshake(struct tls_session *session);

/* As recv() and send(): 0 at the end, -1 with errno EAGAIN when the socket must be polled for what
 * tls_wants() says, else ECONNRESET. */
ssize_t tls_receive(struct tls_session *session, void *bytes, size_t size);
ssize_t tls_send(struct tls_session *session, const void *bytes, size_t size);
enum tls_verdict tls_wants(const struct tls_session *session);
/* Whether bytes were taken off the socket that tls_receive has not given yet. */
bool tls_holds(const struct tls_session *session);

/* The channel's binding (L4), of *size_out bytes, borrow until tls_end. */
const uint8_t *tls_binding(const struct tls_session *session, size_t *size_out);

/* "TLSv1.3", "TLS_AES_256_GCM_SHA384". */
const char *tls_version(const struct tls_session *session);
const char *tls_cipher(const struct tls_session *session);

/* Says goodbye as far as the socket takes it. Accepts NULL. */
void tls_end(struct tls_session *session);

#endif
