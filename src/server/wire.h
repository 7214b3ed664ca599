/*
 * wire.h - the bytes of PostgreSQL's protocol 3.0: messages in, messages out. No sockets, no SQL.
 *
 *     message:  type u8 | length u32, counts itself | body        (the first one of a connection: no type)
 *     integers: big endian; texts: bytes and a NUL
 *
 * In: wire_message() cuts one message off the bytes that came; a struct wire_reader walks its body and
 * remembers when it was asked for more than there is. Out: wire_begin, wire_put_..., wire_end append to a
 * buffer that grows up to its limit; a failed append is remembered too, so that callers check once.
 *
 * Promises: X1 no length that a client sends is believed before the bytes are there;
 *           X2 a buffer never exceeds its limit, and a message is in it whole or not at all.
 * Threads:  one at a time for each struct.
 */
#ifndef VARVE_SERVER_WIRE_H
#define VARVE_SERVER_WIRE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct varve_error;

#define WIRE_START_BYTES_MAX 10000u /* of a start-up packet, as PostgreSQL's */
#define WIRE_OUT_BYTES_MAX   (1u << 30)

#define WIRE_VERSION_3   196608u
#define WIRE_CANCEL_CODE 80877102u
#define WIRE_SSL_CODE    80877103u
#define WIRE_GSS_CODE    80877104u

enum wire_verdict {
    WIRE_MESSAGE, /* *message_out is one, *size_out bytes of input */
    WIRE_MORE,    /* not all of it is there; *size_out is how much it wants in all (0: unknown) */
    WIRE_BAD      /* a length that cannot be */
};

struct wire_message {
    char type; /* 0: start-up */
    vv_slice body;
};

/* Cuts the first message off input; start: it has no type. Longer than limit: WIRE_BAD. */
enum wire_verdict wire_message(vv_slice input, bool start, size_t limit,
                               struct wire_message *message_out, size_t *size_out);

/* Walks a body. Once `bad`, everything reads as 0 or empty. */
struct wire_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

struct wire_reader wire_reader(vv_slice body);
uint8_t wire_get_u8(struct wire_reader *reader);
uint16_t wire_get_u16(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
vv_slice wire_get_bytes(struct wire_reader *reader, size_t size);
/* Up to a NUL, which the body must have; never NULL. */
const char *wire_get_text(struct wire_reader *reader);

/* Bytes on their way out: [start, size) is still to be sent. */
struct wire_out {
    uint8_t *bytes;
    size_t start;
    size_t size;
    size_t capacity;
    size_t message; /* where the open message begins */
    bool failed;    /* out of memory, or beyond WIRE_OUT_BYTES_MAX, in the open message */
};

void wire_out_release(struct wire_out *out);
static inline size_t wire_out_size(const struct wire_out *out)
{
    return out->size - out->start;
}
/* The first `size` bytes were sent. */
void wire_out_sent(struct wire_out *out, size_t size);

void wire_begin(struct wire_out *out, char type);
void wire_put_u8(struct wire_out *out, uint8_t value);
void wire_put_u16(struct wire_out *out, uint16_t value);
void wire_put_u32(struct wire_out *out, uint32_t value);
void wire_put_u64(struct wire_out *out, uint64_t value);
void wire_put_bytes(struct wire_out *out, const void *bytes, size_t size);
void wire_put_text(struct wire_out *out, const char *text); /* with its NUL */
/* A length that is known later: returns its place, for wire_patch_length(). */
size_t wire_hold_length(struct wire_out *out);
void wire_patch_length(struct wire_out *out, size_t place);
/* False: the message did not fit and is not there (X2). */
bool wire_end(struct wire_out *out);

/* ErrorResponse ('E') and NoticeResponse ('N'). */
bool wire_put_error(struct wire_out *out, char type, const char *severity,
                    const struct varve_error *error);
/* A message whose body is one text, or empty. */
bool wire_put_simple(struct wire_out *out, char type, const char *text);

/* The first byte of text that is not UTF-8 (or is NUL); NULL: all is well. */
const uint8_t *wire_utf8_bad(vv_slice text);

#endif
