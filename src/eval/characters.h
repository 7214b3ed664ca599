/*
 * characters.h - the characters of UTF-8 text, and texts that grow.
 *
 * Positions and lengths in SQL count characters. A byte that begins no character counts as one, so that nothing here
 * reads outside its slice whatever the bytes.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_EVAL_CHARACTERS_H
#define VARVE_EVAL_CHARACTERS_H

#include "eval/eval_private.h"

#define CHARACTERS_BYTES_MAX ((1u << 30) - 8) /* PostgreSQL's MaxAllocSize, less a header */

/* Bytes of the character at `at` < text.size. */
static inline size_t characters_at(vv_slice text, size_t at)
{
    size_t end = at + 1;

    while (end < text.size && (text.data[end] & 0xC0) == 0x80) {
        end++;
    }
    return end - at;
}

size_t characters_count(vv_slice text);

/* Bytes of the first `count` characters, all when there are fewer. */
size_t characters_bytes(vv_slice text, int64_t count);

/* Its code point: 0xFFFD for what is none. one: a character as characters_at() cuts it. */
uint32_t characters_decode(vv_slice one);

/* Writes a code point (no surrogate, at most 0x10FFFF) in up to 4 bytes; returns how many. */
size_t characters_encode(uint32_t code, uint8_t *to);

/* Where well-formed UTF-8 ends: text.size when all is well. */
size_t characters_valid(vv_slice text);

/* A text made piece by piece in the strings of a state. */
struct characters_text {
    struct eval_call *call;
    uint8_t *data;
    size_t size;
    size_t room;
    bool failed;   /* out of memory, or */
    bool too_long; /* longer than CHARACTERS_BYTES_MAX */
};

void characters_append(struct characters_text *text, vv_slice more);
/* `count` times the same bytes. */
void characters_repeat(struct characters_text *text, vv_slice more, size_t count);
/* The whole as the call's result. VV_ERROR: out of memory (53200; 54000 when it is longer than a text may be). */
VV_MUST_USE vv_status characters_finish(struct characters_text *text, struct value *out);

/* 54000: requested length too large. */
vv_status characters_too_long(struct eval_call *call);

#endif
