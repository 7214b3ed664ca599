/* copy_read.c - cutting lines off COPY's input, and fields off lines (PostgreSQL: copyfromparse.c). */
#include "value/copy.h"

#include "base/bytes.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static vv_status read_begin(struct copy_reader *reader, vv_slice text, bool complete);
static vv_status give_line(struct copy_reader *reader, vv_slice text, size_t end, size_t size,
                           vv_slice *line_out, size_t *size_out, struct vv_error *error);
static vv_status at_carriage_return(struct copy_reader *reader, vv_slice text, size_t at,
                                    bool complete, size_t *size_out, struct vv_error *error);
static vv_status at_backslash(struct copy_reader *reader, vv_slice text, size_t *at, bool complete,
                              struct vv_error *error);
static void at_quoting(struct copy_reader *reader, uint8_t byte, size_t at);
static vv_status decode_text(const struct copy_format *format, const uint8_t *start,
                             const uint8_t **at, const uint8_t *end, struct arena *arena,
                             vv_slice *text_out, struct vv_error *error);
static vv_status decode_csv(const struct copy_format *format, const uint8_t *start,
                            const uint8_t **at, const uint8_t *end, struct arena *arena,
                            vv_slice *text_out, struct vv_error *error);
static vv_status error_encoding(vv_slice text, size_t at, struct vv_error *error);

/* Which bytes of a word are this one: the lowest mark is right, marks above one may be wrong. */
static inline uint64_t marks_of(uint64_t word, uint8_t byte)
{
    uint64_t other = word ^ UINT64_C(0x0101010101010101) * byte;

    return (other - UINT64_C(0x0101010101010101)) & ~other & UINT64_C(0x8080808080808080);
}

/* The first of three bytes, or a place less than eight bytes before the end without one before it. */
static inline const uint8_t *skip_to(const uint8_t *at, const uint8_t *end, uint8_t a, uint8_t b,
                                     uint8_t c)
{
    while (end - at >= 8) {
        uint64_t word = bytes_load64(at);
        uint64_t marks = marks_of(word, a) | marks_of(word, b) | marks_of(word, c);

        if (marks != 0) {
            return at + (unsigned)__builtin_ctzll(marks) / 8;
        }
        at += 8;
    }
    return at;
}

void copy_reader_init(struct copy_reader *reader, const struct copy_format *format)
{
    *reader = (struct copy_reader){.format = format};
    reader->special['\n'] = true;
    reader->special['\r'] = true;
    reader->special['\\'] = true;
    if (format->csv) {
        reader->special[format->quote] = true;
        reader->special[format->escape] = true;
    }
}

vv_status copy_read_line(struct copy_reader *reader, vv_slice text, bool complete,
                         vv_slice *line_out, size_t *size_out, struct vv_error *error)
{
    vv_status status = read_begin(reader, text, complete);

    *line_out = (vv_slice){0};
    *size_out = 0;
    if (status != VV_OK) {
        return status;
    }
    for (; reader->at < text.size; reader->at++) {
        uint8_t byte = text.data[reader->at];

        if (!reader->special[byte]) {
            if (!reader->format->csv) { /* the loop takes the next step */
                reader->at = (size_t)(skip_to(text.data + reader->at + 1, text.data + text.size,
                                              '\n', '\r', '\\') -
                                      text.data) -
                             1;
            }
            continue;
        }
        if (reader->format->csv) {
            at_quoting(reader, byte, reader->at);
        }
        if (byte == '\\' && (!reader->format->csv || reader->at == 0)) {
            VV_TRY(at_backslash(reader, text, &reader->at, complete, error));
            if (reader->ended) {
                return reader->at == 0 ? VV_END
                                       : give_line(reader, text, reader->at, text.size, line_out,
                                                   size_out, error);
            }
        } else if (byte == '\r' && !reader->in_quote) {
            size_t size = 0;

            VV_TRY(at_carriage_return(reader, text, reader->at, complete, &size, error));
            return give_line(reader, text, reader->at, reader->at + size, line_out, size_out,
                             error);
        } else if (byte == '\n' && !reader->in_quote) {
            if (reader->line_end == COPY_END_CR || reader->line_end == COPY_END_CRNL) {
                (void)error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                                reader->format->csv ? "unquoted newline found in data"
                                                    : "literal newline found in data");
                error_hint(error, reader->format->csv ? "Use quoted CSV field to represent newline."
                                                      : "Use \"\\n\" to represent newline.");
                return VV_ERROR;
            }
            reader->line_end = COPY_END_NL;
            return give_line(reader, text, reader->at, reader->at + 1, line_out, size_out, error);
        }
    }
    if (!complete) {
        return VV_WAITING;
    }
    return give_line(reader, text, text.size, text.size, line_out, size_out, error);
}

/* VV_END: nothing is left. */
static vv_status read_begin(struct copy_reader *reader, vv_slice text, bool complete)
{
    if (reader->ended || (complete && text.size == 0)) {
        return VV_END;
    }
    if (!reader->begun) {
        reader->begun = true;
        reader->line_number++;
        reader->at = 0;
        reader->in_quote = false;
        reader->escape_end = 0;
    }
    return VV_OK;
}

static vv_status give_line(struct copy_reader *reader, vv_slice text, size_t end, size_t size,
                           vv_slice *line_out, size_t *size_out, struct vv_error *error)
{
    size_t valid = utf8_valid_bytes(slice_make(text.data, end));

    if (valid < end) {
        return error_encoding(slice_make(text.data, end), valid, error);
    }
    reader->begun = false;
    *line_out = slice_make(text.data, end);
    *size_out = size;
    return VV_OK;
}

/* An escape that is not the quote counts only inside quotes; it does not escape when it is escaped itself. */
static void at_quoting(struct copy_reader *reader, uint8_t byte, size_t at)
{
    const struct copy_format *format = reader->format;
    bool escaped = reader->escape_end != 0 && reader->escape_end == at;

    if (reader->in_quote && byte == format->escape && format->escape != format->quote) {
        reader->escape_end = escaped ? 0 : at + 1;
    } else if (byte == format->quote && !escaped) {
        reader->in_quote = !reader->in_quote;
    }
    if (reader->in_quote && byte == (reader->line_end == COPY_END_NL ? '\n' : '\r')) {
        reader->line_number++;
    }
}

/* At the end of a line: *size_out is how many bytes end it. */
static vv_status at_carriage_return(struct copy_reader *reader, vv_slice text, size_t at,
                                    bool complete, size_t *size_out, struct vv_error *error)
{
    bool followed = at + 1 < text.size && text.data[at + 1] == '\n';

    if (reader->line_end != COPY_END_NL && reader->line_end != COPY_END_CR) {
        if (at + 1 == text.size && !complete) {
            return VV_WAITING;
        }
        if (followed) {
            reader->line_end = COPY_END_CRNL;
            *size_out = 2;
            return VV_OK;
        }
    }
    if (reader->line_end == COPY_END_NL || reader->line_end == COPY_END_CRNL) {
        (void)error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                        reader->format->csv ? "unquoted carriage return found in data"
                                            : "literal carriage return found in data");
        error_hint(error, reader->format->csv ? "Use quoted CSV field to represent carriage return."
                                              : "Use \"\\r\" to represent carriage return.");
        return VV_ERROR;
    }
    reader->line_end = COPY_END_CR;
    *size_out = 1;
    return VV_OK;
}

/* `\.` and the end of its line end the data (reader->ended); in CSV anything else behind it makes it data. In text
 * any other byte behind the backslash is passed over. */
static vv_status at_backslash(struct copy_reader *reader, vv_slice text, size_t *at, bool complete,
                              struct vv_error *error)
{
    bool csv = reader->format->csv;
    size_t next = *at + 2;
    uint8_t end = 0;
    bool crnl = reader->line_end == COPY_END_CRNL;

    if (*at + 1 == text.size) {
        return complete ? VV_OK : VV_WAITING;
    }
    if (text.data[*at + 1] != '.') {
        *at += !csv;
        return VV_OK;
    }
    if (next + crnl >= text.size && !complete) {
        return VV_WAITING;
    }
    if (crnl) {
        end = next < text.size ? text.data[next++] : 0;
        if (end != '\r') {
            return csv ? VV_OK
                       : error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                                   end == '\n'
                                       ? "end-of-copy marker does not match previous newline style"
                                       : "end-of-copy marker corrupt");
        }
    }
    end = next < text.size ? text.data[next] : 0;
    if (end != '\r' && end != '\n') {
        return csv ? VV_OK
                   : error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                               "end-of-copy marker corrupt");
    }
    if (reader->line_end != COPY_END_UNKNOWN &&
        end != (reader->line_end == COPY_END_CR ? '\r' : '\n')) {
        return error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                         "end-of-copy marker does not match previous newline style");
    }
    reader->ended = true;
    return VV_OK;
}

/* ---- fields ---- */

static bool is_null(const struct copy_format *format, const uint8_t *start, size_t size)
{
    return size == format->null.size && memcmp(start, format->null.data, size) == 0;
}

/* A field is its bytes up to the delimiter, unless a backslash, or a quote in CSV, asks for decoding. NULL is judged by
 * the bytes of the line; a field with quotes is none. */
vv_status copy_split(const struct copy_format *format, vv_slice line, struct arena *arena,
                     struct copy_field *fields, uint32_t capacity, uint32_t *count_out,
                     struct vv_error *error)
{
    const uint8_t special = format->csv ? format->quote : '\\';
    const uint8_t *at = line.data;
    const uint8_t *end = line.data + line.size;

    *count_out = 0;
    for (;;) {
        struct copy_field field = {0};
        const uint8_t *start = at;
        bool decoded;

        at = skip_to(at, end, format->delimiter, special, special);
        while (at < end && *at != format->delimiter && *at != special) {
            at++;
        }
        field.text = slice_make(start, (size_t)(at - start));
        decoded = at < end && *at == special;
        if (decoded) {
            VV_TRY(format->csv ? decode_csv(format, start, &at, end, arena, &field.text, error)
                               : decode_text(format, start, &at, end, arena, &field.text, error));
        }
        field.null = !(format->csv && decoded) && is_null(format, start, (size_t)(at - start));
        if (*count_out < capacity) {
            fields[*count_out] = field;
        }
        ++*count_out;
        if (at == end) {
            return VV_OK;
        }
        at++;
    }
}

static unsigned hex_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9'   ? byte - 48u
           : byte >= 'a' && byte <= 'f' ? byte - 87u
           : byte >= 'A' && byte <= 'F' ? byte - 55u
                                        : 16u;
}

/* Behind a backslash, at *at < end: the byte meant. */
static uint8_t escape_decode(const uint8_t **at, const uint8_t *end)
{
    static const char names[] = "bfnrtv";
    static const char values[] = "\b\f\n\r\t\v";
    uint8_t byte = *(*at)++;
    const char *name = NULL;
    unsigned value = 0;

    if (byte >= '0' && byte <= '7') {
        value = byte - 48u;
        for (int i = 0; i < 2 && *at < end && **at >= '0' && **at <= '7'; i++) {
            value = value * 8 + *(*at)++ - 48u;
        }
        return (uint8_t)value;
    }
    if (byte == 'x' && *at < end && hex_digit(**at) < 16) {
        value = hex_digit(*(*at)++);
        if (*at < end && hex_digit(**at) < 16) {
            value = value * 16 + hex_digit(*(*at)++);
        }
        return (uint8_t)value;
    }
    name = byte == 0 ? NULL : strchr(names, byte);
    return name == NULL ? byte : (uint8_t)values[name - names];
}

/* A field with backslashes, from the first of them on: decoded into the arena. *at: at the delimiter or end then. */
static vv_status decode_text(const struct copy_format *format, const uint8_t *start,
                             const uint8_t **at, const uint8_t *end, struct arena *arena,
                             vv_slice *text_out, struct vv_error *error)
{
    const uint8_t *from = *at;
    uint8_t *out = NULL;
    uint8_t *to = NULL;
    bool made = false;
    size_t valid = 0;

    while (from < end && *from != format->delimiter) { /* how long it may become */
        from += 1 + (*from == '\\' && from + 1 < end);
    }
    out = arena_get(arena, (size_t)(from - start) + 1);
    if (out == NULL) {
        return VV_NOMEM;
    }
    memcpy(out, start, (size_t)(*at - start));
    to = out + (*at - start);
    from = *at;
    while (from < end && *from != format->delimiter) {
        uint8_t byte = *from++;

        if (byte == '\\') {
            if (from == end) {
                break; /* a lone one at the end means nothing */
            }
            byte = escape_decode(&from, end);
            made = made || byte == 0 || byte >= 0x80;
        }
        *to++ = byte;
    }
    *at = from;
    *text_out = slice_make(out, (size_t)(to - out));
    valid = made ? utf8_valid_bytes(*text_out) : text_out->size;
    return valid == text_out->size ? VV_OK : error_encoding(*text_out, valid, error);
}

/* Whether an escape stands at `at`, inside quotes. */
static bool is_escape(const struct copy_format *format, const uint8_t *at, const uint8_t *end)
{
    return *at == format->escape && at + 1 < end &&
           (at[1] == format->escape || at[1] == format->quote);
}

/* The delimiter or end behind a field with quotes; NULL: its last quote is missing. */
static const uint8_t *csv_field_end(const struct copy_format *format, const uint8_t *at,
                                    const uint8_t *end)
{
    bool quoted = false;

    for (; at < end && (quoted || *at != format->delimiter); at++) {
        if (quoted && is_escape(format, at, end)) {
            at++;
        } else if (*at == format->quote) {
            quoted = !quoted;
        }
    }
    return quoted ? NULL : at;
}

/* A field with quotes, from the first of them on. *at: at the delimiter or end then. */
static vv_status decode_csv(const struct copy_format *format, const uint8_t *start,
                            const uint8_t **at, const uint8_t *end, struct arena *arena,
                            vv_slice *text_out, struct vv_error *error)
{
    const uint8_t *field_end = csv_field_end(format, *at, end);
    bool quoted = false;
    uint8_t *out = NULL;
    uint8_t *to = NULL;

    if (field_end == NULL) {
        return error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                         "unterminated CSV quoted field");
    }
    out = arena_copy(arena, start, (size_t)(field_end - start));
    if (out == NULL) {
        return VV_NOMEM;
    }
    to = out + (*at - start);
    for (const uint8_t *from = *at; from < field_end; from++) {
        if (quoted && is_escape(format, from, field_end)) {
            *to++ = *++from;
        } else if (*from == format->quote) {
            quoted = !quoted;
        } else {
            *to++ = *from;
        }
    }
    *at = field_end;
    *text_out = slice_make(out, (size_t)(to - out));
    return VV_OK;
}

static vv_status error_encoding(vv_slice text, size_t at, struct vv_error *error)
{
    uint8_t first = text.data[at];
    size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 1;
    char bytes[4 * 5 + 1] = "";
    char *end = bytes;

    for (size_t i = 0; i < size && at + i < text.size; i++) {
        end += snprintf(end, 6, "%s0x%02x", i == 0 ? "" : " ", text.data[at + i]);
    }
    return error_set(error, VV_SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, 0,
                     "invalid byte sequence for encoding \"UTF8\": %s", bytes);
}
