/*
 * unicode.h - case mapping and normalisation of characters, by utf8proc.
 *
 * One code point maps to one (ß stays ß), as towupper() in PostgreSQL's libc locales. Without the library
 * (meson -Dunicode=disabled) only ASCII is known, and unicode_known() says so.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_VALUE_UNICODE_H
#define VARVE_VALUE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

enum unicode_form { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD };

/* Whether code points beyond ASCII are known. */
bool unicode_known(void);

uint32_t unicode_lower(uint32_t code);
uint32_t unicode_upper(uint32_t code);
/* A letter or a digit: part of a word for initcap(). */
bool unicode_is_word(uint32_t code);

/* Valid UTF-8 in the given form: *codes_out[*count_out] in the arena. VV_NOMEM. VV_INVALID: unknown, or text is not
 * valid. */
VV_MUST_USE vv_status unicode_normalize(vv_slice text, enum unicode_form form, struct arena *arena,
                                        uint32_t **codes_out, size_t *count_out);

#endif
