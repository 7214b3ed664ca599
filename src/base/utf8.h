/*
 * utf8.h - what is UTF-8, and where it ends.
 *
 * A NUL byte is not accepted: no text of SQL may hold one.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_BASE_UTF8_H
#define VARVE_BASE_UTF8_H

#include "base/slice.h"

/* How many bytes from the start are whole characters: text.size when all is well. */
size_t utf8_valid_bytes(vv_slice text);

/* Bytes of the character at `at` (left > 0 bytes are there), 0 when it is none: no overlong forms, no
 * surrogates, nothing beyond U+10FFFF, no NUL. */
size_t utf8_character_bytes(const uint8_t *at, size_t left);

/* The longest whole number of characters in the first `limit` bytes of a valid text. */
size_t utf8_cut(vv_slice text, size_t limit);

#endif
