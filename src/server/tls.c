/* tls.c - see tls.h. */
#include "server/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct binding {
    uint8_t bytes[TLS_BINDING_BYTES];
    size_t size;
};

struct tls {
    SSL_CTX *context;
    struct binding binding;
};

struct tls_session {
    SSL *ssl;
    struct binding binding;
    enum tls_verdict wants;
};

static bool key_is_private(const char *path, char message[512]);
static bool context_fill(struct tls *tls, const struct tls_options *options, char message[512]);
static bool binding_make(SSL_CTX *context, struct binding *binding);
static bool refuse(char message[512], const char *what, const char *path);
static int never_ask(char *text, int size, int writing, void *context);
static enum tls_verdict verdict_of(struct tls_session *session, int code);
static ssize_t result_of(struct tls_session *session, int code);

struct tls *tls_open(const struct tls_options *options, char message[512])
{
    struct tls *tls = calloc(1, sizeof *tls);

    if (tls != NULL) {
        ERR_clear_error();
        tls->context = SSL_CTX_new(TLS_server_method());
    }
    if (tls == NULL || tls->context == NULL) {
        snprintf(message, 512, "out of memory");
    } else if (key_is_private(options->key_file, message) && /* L3 */
               context_fill(tls, options, message)) {
        return tls;
    }
    tls_close(tls);
    return NULL;
}

void tls_close(struct tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context); /* counted: sessions hold it too */
        free(tls);
    }
}

struct tls_session *tls_begin(const struct tls *tls, int descriptor)
{
    struct tls_session *session = calloc(1, sizeof *session);

    if (session == NULL) {
        return NULL;
    }
    session->ssl = SSL_new(tls->context);
    if (session->ssl == NULL || SSL_set_fd(session->ssl, descriptor) != 1) {
        SSL_free(session->ssl);
        free(session);
        return NULL;
    }
    session->binding = tls->binding;
    SSL_set_accept_state(session->ssl);
    return session;
}

enum tls_verdict tls_handshake(struct tls_session *session)
{
    int code = 0;

    ERR_clear_error();
    code = SSL_do_handshake(session->ssl);
    return code == 1 ? TLS_DONE : verdict_of(session, code);
}

ssize_t tls_receive(struct tls_session *session, void *bytes, size_t size)
{
    ERR_clear_error();
    return result_of(session,
                     SSL_read(session->ssl, bytes, size > INT32_MAX ? INT32_MAX : (int)size));
}

ssize_t tls_send(struct tls_session *session, const void *bytes, size_t size)
{
    ERR_clear_error();
    return result_of(session,
                     SSL_write(session->ssl, bytes, size > INT32_MAX ? INT32_MAX : (int)size));
}

enum tls_verdict tls_wants(const struct tls_session *session)
{
    return session->wants;
}

bool tls_holds(const struct tls_session *session)
{
    return SSL_has_pending(session->ssl) == 1;
}

const uint8_t *tls_binding(const struct tls_session *session, size_t *size_out)
{
    *size_out = session->binding.size;
    return session->binding.bytes;
}

const char *tls_version(const struct tls_session *session)
{
    return SSL_get_version(session->ssl);
}

const char *tls_cipher(const struct tls_session *session)
{
    return SSL_get_cipher_name(session->ssl);
}

void tls_end(struct tls_session *session)
{
    if (session != NULL) {
        ERR_clear_error();
        if (SSL_is_init_finished(session->ssl)) {
            (void)SSL_shutdown(session->ssl);
        }
        SSL_free(session->ssl);
        free(session);
    }
}

/* As PostgreSQL: ours and nobody else's, or root's and perhaps our group's. */
static bool key_is_private(const char *path, char message[512])
{
    struct stat status;

    if (stat(path, &status) != 0) {
        snprintf(message, 512, "could not access private key file \"%.300s\": %s", path,
                 strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(message, 512, "private key file \"%.300s\" is not a regular file", path);
        return false;
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        snprintf(message, 512,
                 "private key file \"%.300s\" must be owned by the database user or root", path);
        return false;
    }
    if ((status.st_mode & (status.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO)) !=
        0) {
        snprintf(message, 512,
                 "private key file \"%.200s\" has group or world access (it must have permissions "
                 "u=rw (0600) or less if owned by the database user, or u=rw,g=r (0640) or less if "
                 "owned by root)",
                 path);
        return false;
    }
    return true;
}

/* L1 */
static bool context_fill(struct tls *tls, const struct tls_options *options, char message[512])
{
    SSL_CTX *context = tls->context;

    SSL_CTX_set_default_passwd_cb(context, never_ask);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(context, 0);
    if (SSL_CTX_set_min_proto_version(context,
                                      options->only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "HIGH:!aNULL:!eNULL:!kRSA:!SHA1") != 1) {
        return refuse(message, "could not set the least TLS version of", options->certificate_file);
    }
    if (SSL_CTX_use_certificate_chain_file(context, options->certificate_file) != 1) {
        return refuse(message, "could not load server certificate file", options->certificate_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, options->key_file, SSL_FILETYPE_PEM) != 1) {
        return refuse(message, "could not load private key file", options->key_file);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return refuse(message, "the certificate does not fit private key file", options->key_file);
    }
    if (!binding_make(context, &tls->binding)) {
        return refuse(message, "could not hash server certificate file", options->certificate_file);
    }
    return true;
}

/* L4: by the hash that the certificate's signature uses; SHA-256 instead of MD5 and SHA-1, and where the signature
 * names none (Ed25519), which RFC 5929 leaves open: clients do the same or do not bind. */
static bool binding_make(SSL_CTX *context, struct binding *binding)
{
    X509 *certificate = SSL_CTX_get0_certificate(context);
    const EVP_MD *hash = NULL;
    int hash_id = NID_undef;
    unsigned size = 0;

    if (certificate == NULL) {
        return false;
    }
    if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash_id, NULL) != 1 ||
        hash_id == NID_md5 || hash_id == NID_sha1 || hash_id == NID_undef) {
        hash_id = NID_sha256;
    }
    hash = EVP_get_digestbynid(hash_id);
    if (hash == NULL || EVP_MD_get_size(hash) > TLS_BINDING_BYTES ||
        X509_digest(certificate, hash, binding->bytes, &size) != 1) {
        return false;
    }
    binding->size = size;
    return true;
}

static bool refuse(char message[512], const char *what, const char *path)
{
    unsigned long code = ERR_get_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

    snprintf(message, 512, "%s \"%.300s\": %s", what, path,
             reason != NULL ? reason : "unknown error");
    return false;
}

/* A key with a passphrase can not be used: nobody is there to type it. */
static int never_ask(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static enum tls_verdict verdict_of(struct tls_session *session, int code)
{
    switch (SSL_get_error(session->ssl, code)) {
    case SSL_ERROR_WANT_READ:
        session->wants = TLS_READ;
        break;
    case SSL_ERROR_WANT_WRITE:
        session->wants = TLS_WRITE;
        break;
    case SSL_ERROR_ZERO_RETURN:
        session->wants = TLS_DONE;
        break;
    default:
        session->wants = TLS_FAILED;
        break;
    }
    return session->wants;
}

static ssize_t result_of(struct tls_session *session, int code)
{
    enum tls_verdict verdict = code > 0 ? TLS_DONE : verdict_of(session, code);

    if (code > 0) {
        return code;
    }
    if (verdict == TLS_DONE) {
        return 0; /* the other side said goodbye */
    }
    errno = verdict == TLS_FAILED ? ECONNRESET : EAGAIN;
    return -1;
}
