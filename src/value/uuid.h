/*
 * uuid.h - UUIDs from and to text.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_VALUE_UUID_H
#define VARVE_VALUE_UUID_H

#include <stdbool.h>

#include "value/value.h"

#define UUID_TEXT_BYTES 36u

/* 32 hexadecimal digits in either case, a hyphen allowed behind every fourth, braces around all. */
bool uuid_parse(vv_slice text, struct value_uuid *out);

/* Writes UUID_TEXT_BYTES, no NUL; returns their number. */
size_t uuid_print(const struct value_uuid *uuid, char *to);

#endif
