/*
 * text.h - values as text, in and out, exactly as PostgreSQL 15 reads and prints them.
 *
 * DEVIATION from the style rule "no messages below sql": a message about a bad literal needs the type
 * and the text, which only this room has together, so these functions fill a struct vv_error
 * (position 0; the caller sets it). error may be NULL.
 *
 * Promises: X1 text_parse(text_print(v)) = v for every value; X2 no parse reads outside its slice.
 * Threads:  pure functions. Independent of the process's locale.
 */
#ifndef VARVE_VALUE_TEXT_H
#define VARVE_VALUE_TEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "value/value.h"

#define TEXT_FIXED_BYTES 128u /* room for any printed value that is not a string */

/* Input: 22P02 `invalid input syntax for type integer: "x"`, 22003 `value "9…" is out of range for type
 * integer`. Strings of TEXT and UNKNOWN are borrowed from `text`; bytea is decoded into the arena. */
VV_MUST_USE vv_status text_parse(enum value_type type, vv_slice text, struct arena *arena,
                                 struct value *out, struct vv_error *error);

/* Bytes that text_print may need for this value. Not for NULL. */
size_t text_bytes_max(const struct value *value);

/* Writes the text, no NUL; returns its size. Not for NULL. */
size_t text_print(const struct value *value, char *to);

/* The text of a value; TEXT is borrowed from the value, the rest is made in the arena.
 * VV_NOMEM. Not for NULL. */
VV_MUST_USE vv_status text_of(const struct value *value, struct arena *arena, vv_slice *out);

/* At most 20 bytes. */
size_t text_print_int64(int64_t x, char *to);

#endif
