/*
 * format.h - values on the wire: OIDs, and the text and binary form of every type, both ways.
 *
 * Text is PostgreSQL's text form, which Varve prints and reads itself. Binary forms: integers and floats big
 * endian, boolean one byte, numeric in base 10,000 (weight, sign and scale before its digits), uuid its
 * 16 bytes, all others their bytes.
 *
 * Promises: F1 what is read back from a binary form is the value that was sent;
 *           F2 any bytes give a value or 22P03, 22021, never more than were given.
 */
#ifndef VARVE_SERVER_FORMAT_H
#define VARVE_SERVER_FORMAT_H

#include "base/slice.h"
#include "server/wire.h"

struct varve_error;
struct varve_statement;

#define FORMAT_TEXT   0
#define FORMAT_BINARY 1

/* enum varve_type -> pg_type.oid and typlen (-1: varies). */
uint32_t format_oid(int type);
int format_length(int type);

/* pg_type.oid -> enum varve_type, -1: not known here. 0 is unknown. */
int format_type_of_oid(uint32_t oid);

/* Appends length and bytes of a column of the current row to the open message. */
void format_put_column(struct wire_out *out, struct varve_statement *statement, int column,
                       int format);

/* The binary form of an array or vector, made of its text. False: the type is none of them. */
bool format_put_array(struct wire_out *out, int type, const char *text);

/* Texts made of binary numerics; they live as long as the bound values. */
struct format_scratch {
    struct format_text *first;
    size_t size;
};
#define FORMAT_SCRATCH_BYTES_MAX (64u << 20) /* a numeric of ten bytes may print to 131,072 */
void format_scratch_release(struct format_scratch *scratch);

/* Binds bytes (borrowed until the run ends) to a parameter that the client says is of `type`. False: *error
 * is what is wrong with them. scratch takes what a binary form is turned into. */
bool format_bind(struct varve_statement *statement, int parameter, int type, int format,
                 vv_slice bytes, struct format_scratch *scratch, struct varve_error *error);

#endif
