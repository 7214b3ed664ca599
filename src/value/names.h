/*
 * names.h - the values of the system catalogs: OIDs, names, "char", regclass and its kin, as text.
 *
 * regclass, regtype, regproc, regnamespace and regrole are OIDs; the session knows the names (context.h).
 *
 * Threads: as the context.
 */
#ifndef VARVE_VALUE_NAMES_H
#define VARVE_VALUE_NAMES_H

#include "base/arena.h"
#include "base/error.h"
#include "value/value.h"

/* OID, XID, regclass and its kin. 22P02, 22003, 42P01 `relation "x" does not exist` and its like, 42602
 * `invalid name syntax`. */
VV_MUST_USE vv_status names_parse_oid(enum value_type type, vv_slice text, int64_t *out,
                                      struct vv_error *error);

/* At most CONTEXT_NAME_BYTES. */
size_t names_print_oid(enum value_type type, int64_t oid, char *to);

/* The first LIMIT_NAME_BYTES bytes, whole characters. */
vv_slice names_cut(vv_slice text);

/* Among OID, its kin, "char" and integers. *out has its type. 22003 `OID out of range`. */
VV_MUST_USE vv_status names_cast(const struct value *from, enum value_type to, struct arena *arena,
                                 struct value *out, struct vv_error *error);

/* An identifier of a name as it is written: lower case unless quoted. Takes it and the dot behind it off *text;
 * *out is in to[LIMIT_NAME_BYTES + 1]. False: no identifier stands there. */
bool names_take_part(vv_slice *text, char *to);

/* Writes the identifier, quoted where SQL asks for it because of its letters; returns its size. Key words are the
 * caller's. Room: 2 * LIMIT_NAME_BYTES + 2. */
size_t names_quote(const char *name, bool always, char *to);

#endif
