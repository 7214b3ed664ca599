/*
 * fuzz_copy.c - COPY's lines and fields: any bytes, in one piece and in small ones, give the same rows or errors (CP1,
 * CP3); what was read is written and read again (CP2).
 *
 * The first two bytes choose format and pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "value/copy.h"

#define FIELDS 8u

static struct alloc alloc;
static struct arena arena;

static struct copy_format format_of(uint8_t choice)
{
    struct copy_format format = {.csv = (choice & 1) != 0, .delimiter = ',', .quote = '"'};

    format.delimiter = (choice & 2) != 0 ? '\t' : ',';
    format.escape = (choice & 4) != 0 ? '\\' : '"';
    format.null = slice_text((choice & 8) != 0 ? "" : "\\N");
    return format;
}

/* What was split is written as a line and split again. */
static void check_back(const struct copy_format *format, const struct copy_field *fields,
                       uint32_t count)
{
    struct copy_field again[FIELDS];
    struct copy_reader reader;
    uint8_t *line = NULL;
    size_t size = 0, used = 0;
    uint32_t got = 0;
    vv_slice read = {0};

    for (uint32_t i = 0; i < count; i++) {
        size += copy_put_bytes_max(format, fields[i].text.size) + 1;
    }
    line = arena_get(&arena, size + 1);
    size = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            line[size++] = format->delimiter;
        }
        size += copy_put(format, &fields[i], count == 1 ? COPY_PUT_ALONE : 0, line + size);
    }
    line[size++] = '\n';
    copy_reader_init(&reader, format);
    VV_ASSERT(copy_read_line(&reader, slice_make(line, size), true, &read, &used, NULL) == VV_OK);
    VV_ASSERT(used == size);
    VV_ASSERT(copy_split(format, read, &arena, again, FIELDS, &got, NULL) == VV_OK);
    VV_ASSERT(got == count);
    for (uint32_t i = 0; i < count; i++) {
        bool ambiguous = !format->csv && slice_equal(fields[i].text, format->null);

        VV_ASSERT(ambiguous || fields[i].null == again[i].null);
        VV_ASSERT(ambiguous || fields[i].null || slice_equal(fields[i].text, again[i].text));
    }
}

/* A number that the rows and the error make. */
static uint64_t read_all(const struct copy_format *format, vv_slice bytes, size_t step, bool check)
{
    struct copy_reader reader;
    uint64_t sum = 0;
    size_t at = 0, shown = 0;

    copy_reader_init(&reader, format);
    for (;;) {
        struct copy_field fields[FIELDS];
        vv_slice line = {0};
        size_t size = 0;
        uint32_t count = 0;
        vv_status status = copy_read_line(&reader, slice_make(bytes.data + at, shown - at),
                                          shown == bytes.size, &line, &size, NULL);

        if (status == VV_WAITING) {
            shown = bytes.size - shown < step ? bytes.size : shown + step;
            continue;
        }
        if (status == VV_OK) {
            VV_ASSERT(size <= shown - at && line.size <= size);
            at += size;
            status = copy_split(format, line, &arena, fields, FIELDS, &count, NULL);
        }
        sum = sum * 31 + reader.line_number;
        if (status != VV_OK) {
            return sum * 31 + (uint64_t)status;
        }
        for (uint32_t i = 0; i < count && i < FIELDS; i++) {
            sum = sum * 31 + fields[i].text.size * 2 + fields[i].null;
        }
        if (check && count <= FIELDS) {
            check_back(format, fields, count);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct copy_format format;
    vv_slice bytes;

    if (size < 2) {
        return 0;
    }
    format = format_of(data[0]);
    bytes = slice_make(data + 2, size - 2);
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
    VV_ASSERT(read_all(&format, bytes, bytes.size + 1, true) ==
              read_all(&format, bytes, 1 + data[1] % 16, false));
    arena_release(&arena);
    alloc_release(&alloc);
    return 0;
}
