/*
 * copy.h - rows as COPY reads and writes them: PostgreSQL 15's text format and CSV.
 *
 *     bytes --copy_read_line--> line --copy_split--> fields          fields --copy_put--> bytes
 *
 * A line is cut off the bytes as they come, in pieces of any size; its fields are slices of the line, or of the
 * arena where escapes had to be decoded. What a field means (a number, a date) is text.h's affair.
 *
 * Promises: CP1 the pieces in which bytes come change nothing;
 *           CP2 copy_split(copy_put(fields)) = fields, for every format that copy_format_check() accepts;
 *           CP3 any bytes give rows or PostgreSQL's error, and every byte is looked at a bounded number of times.
 * Threads:  pure functions; a reader belongs to one caller.
 */
#ifndef VARVE_VALUE_COPY_H
#define VARVE_VALUE_COPY_H

#include "base/arena.h"
#include "base/error.h"

enum copy_header { COPY_HEADER_NONE, COPY_HEADER_LINE, COPY_HEADER_MATCH };

struct copy_format {
    bool csv;
    uint8_t header;    /* enum copy_header */
    uint8_t delimiter; /* one byte each */
    uint8_t quote;     /* CSV */
    uint8_t escape;    /* CSV; may be the quote */
    vv_slice null;     /* how NULL is written */
};

struct copy_field {
    vv_slice text;
    bool null;
};

/* ---- in ---- */

/* How lines end; the first line tells, and the others must agree. */
enum copy_line_end { COPY_END_UNKNOWN, COPY_END_NL, COPY_END_CR, COPY_END_CRNL };

struct copy_reader {
    const struct copy_format *format;
    uint64_t line_number; /* of the line given last, or being looked for: PostgreSQL's, from 1 */
    uint8_t line_end;     /* enum copy_line_end */
    bool ended;           /* the end-of-data mark `\.` has come */
    /* of a line of which only a part has come */
    bool begun;
    bool in_quote;
    size_t at;         /* so many bytes were looked at */
    size_t escape_end; /* behind an escape character that escapes what follows; 0: none */
    bool special[256]; /* bytes that need a look */
};

/* borrow: format. */
void copy_reader_init(struct copy_reader *reader, const struct copy_format *format);

/*
 * The next line. text begins with it; complete: no bytes follow text. VV_OK: *line_out is the line without its
 * end, *size_out what it takes of text. VV_WAITING: call again with the same bytes and more. VV_END: no line is
 * left. VV_ERROR: 22P04, 22021; the error has no context.
 */
VV_MUST_USE vv_status copy_read_line(struct copy_reader *reader, vv_slice text, bool complete,
                                     vv_slice *line_out, size_t *size_out, struct vv_error *error);

/*
 * The fields of a line, at most capacity of them; *count_out may be more: then the rest was only counted.
 * Strings lie in line or in the arena. VV_NOMEM, VV_ERROR.
 */
VV_MUST_USE vv_status copy_split(const struct copy_format *format, vv_slice line,
                                 struct arena *arena, struct copy_field *fields, uint32_t capacity,
                                 uint32_t *count_out, struct vv_error *error);

/* ---- out ---- */

/* Room that copy_put() may need. */
size_t copy_put_bytes_max(const struct copy_format *format, size_t text_size);

enum copy_put_flags {
    COPY_PUT_QUOTE = 1, /* CSV: in quotes, unless it is NULL */
    COPY_PUT_ALONE = 2  /* CSV: the only field of its line, so that `\.` must be quoted */
};

/* Writes one field, without delimiter; returns its size. field NULL: flags mean nothing. */
size_t copy_put(const struct copy_format *format, const struct copy_field *field, unsigned flags,
                uint8_t *to);

#endif
