/* test_copy.c - COPY's codec: rows there and back, in any pieces, and any bytes. What the formats mean is compared with
 * PostgreSQL in tests/api/copy.py. */
#include "test.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "value/copy.h"

#define FIELDS 4u
#define ROWS   20u

static struct alloc alloc;
static struct arena arena;

static void begin(void)
{
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
}

static void end(void)
{
    arena_release(&arena);
    alloc_release(&alloc);
}

/* Every combination that the binder lets through, of some bytes. */
static struct copy_format random_format(struct rng *rng)
{
    static const char *const nulls[] = {"\\N", "", "nil", "x"};
    static const char delimiters[] = "\t|;,";
    static const char quotes[] = "\"'";
    struct copy_format format = {.csv = rng_below(rng, 2) == 0};

    format.delimiter = (uint8_t)delimiters[rng_below(rng, 4)];
    format.quote = (uint8_t)quotes[rng_below(rng, 2)];
    format.escape = rng_below(rng, 2) == 0 ? format.quote : '\\';
    format.null = slice_text(nulls[rng_below(rng, 4)]);
    return format;
}

/* Mostly what needs escapes or quotes. */
static vv_slice random_text(struct rng *rng)
{
    static const char *const parts[] = {"a",  "x",  "\\", "\"", "'",   "\n", "\r",  "\t",
                                        ",",  "|",  ";",  ".",  "\\.", "N",  "\\N", "nil",
                                        "\b", "\f", "\v", "\1", "ä",   "€",  "😀",   " "};
    char *text = arena_get(&arena, 64);
    size_t size = 0;

    for (uint64_t i = rng_below(rng, 8); i > 0; i--) {
        const char *part = parts[rng_below(rng, sizeof parts / sizeof parts[0])];

        memcpy(text + size, part, strlen(part));
        size += strlen(part);
    }
    return slice_make(text, size);
}

static size_t put_row(const struct copy_format *format, const struct copy_field *fields,
                      uint32_t count, uint8_t *to)
{
    uint8_t *start = to;

    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            *to++ = format->delimiter;
        }
        to += copy_put(format, &fields[i], count == 1 ? COPY_PUT_ALONE : 0, to);
    }
    *to++ = '\n';
    return (size_t)(to - start);
}

/* Reads all rows, showing the bytes step by step. Returns how many, or UINT32_MAX after an error. */
static uint32_t read_all(const struct copy_format *format, vv_slice bytes, size_t step,
                         struct copy_field *fields, uint32_t *counts, uint64_t *line_out,
                         struct vv_error *error)
{
    struct copy_reader reader;
    uint32_t rows = 0;
    size_t at = 0, shown = 0;

    copy_reader_init(&reader, format);
    for (;;) {
        vv_slice line = {0};
        size_t size = 0;
        vv_status status = copy_read_line(&reader, slice_make(bytes.data + at, shown - at),
                                          shown == bytes.size, &line, &size, error);

        *line_out = reader.line_number;
        if (status == VV_WAITING) {
            shown = bytes.size - shown < step ? bytes.size : shown + step;
            continue;
        }
        if (status == VV_END) {
            return rows;
        }
        if (status == VV_OK) {
            TEST_TRUE(size <= shown - at && line.size <= size);
            TEST_EQUAL(line.size, utf8_valid_bytes(line));
            at += size;
            status = rows == ROWS ? VV_OK
                                  : copy_split(format, line, &arena, fields + rows * FIELDS, FIELDS,
                                               &counts[rows], error);
            rows += rows < ROWS;
        }
        if (status != VV_OK) {
            TEST_STATUS(VV_ERROR, status);
            return UINT32_MAX;
        }
    }
}

/* CP2: what was written is read again. CP1: whatever the pieces. */
TEST(rows_come_back)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(42));
    for (int round = 0; round < 2000; round++) {
        struct copy_format format = random_format(&rng);
        struct copy_field fields[ROWS * FIELDS], got[ROWS * FIELDS];
        uint32_t counts[ROWS], count = 1 + (uint32_t)rng_below(&rng, FIELDS);
        uint8_t bytes[ROWS * FIELDS * 160];
        size_t size = 0;
        uint64_t line = 0;
        struct vv_error error = {0};

        begin();
        for (uint32_t row = 0; row < ROWS; row++) {
            for (uint32_t i = 0; i < count; i++) {
                struct copy_field *field = &fields[row * FIELDS + i];

                field->null = rng_below(&rng, 5) == 0;
                field->text = field->null ? (vv_slice){0} : random_text(&rng);
                /* text has no quotes: it cannot tell such a value from its NULL */
                if (!format.csv && slice_equal(field->text, format.null)) {
                    field->null = true;
                }
            }
            size += put_row(&format, &fields[row * FIELDS], count, bytes + size);
        }
        TEST_EQUAL(ROWS, read_all(&format, slice_make(bytes, size), 1 + rng_below(&rng, 9), got,
                                  counts, &line, &error));
        for (uint32_t i = 0; i < ROWS * FIELDS; i++) {
            if (i % FIELDS < count) {
                TEST_EQUAL(count, counts[i / FIELDS]);
                TEST_EQUAL(fields[i].null, got[i].null);
                TEST_TRUE(fields[i].null || slice_equal(fields[i].text, got[i].text));
            }
        }
        end();
    }
}

/* CP3, CP1: any bytes give rows or an error, the same ones in one piece and byte by byte. */
TEST(any_bytes)
{
    static const char alphabet[] = "a1\\.\n\r\t,\"'x\xff\xc3\xa4\\\n\"";
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(7));
    for (int round = 0; round < 20000; round++) {
        struct copy_format format = random_format(&rng);
        struct copy_field whole[ROWS * FIELDS], pieces[ROWS * FIELDS];
        uint32_t counts[2][ROWS] = {{0}}, rows[2] = {0};
        uint64_t lines[2] = {0};
        struct vv_error errors[2] = {{.sqlstate = "00000"}, {.sqlstate = "00000"}};
        uint8_t bytes[48];
        size_t size = rng_below(&rng, sizeof bytes);

        begin();
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)alphabet[rng_below(&rng, sizeof alphabet - 1)];
        }
        rows[0] = read_all(&format, slice_make(bytes, size), sizeof bytes, whole, counts[0],
                           &lines[0], &errors[0]);
        rows[1] =
            read_all(&format, slice_make(bytes, size), 1, pieces, counts[1], &lines[1], &errors[1]);
        TEST_EQUAL(rows[0], rows[1]);
        TEST_EQUAL(lines[0], lines[1]);
        TEST_TEXT(errors[0].message, errors[1].message);
        for (uint32_t i = 0; rows[0] != UINT32_MAX && i < rows[0] * FIELDS; i++) {
            if (i % FIELDS < counts[0][i / FIELDS]) {
                TEST_EQUAL(whole[i].null, pieces[i].null);
                TEST_TRUE(slice_equal(whole[i].text, pieces[i].text));
            }
        }
        end();
    }
}

/* CP3: a long line that comes in small pieces is looked at once: this ends. */
TEST(a_long_line_is_read_once)
{
    struct copy_format format = {.delimiter = '\t', .null = slice_text("\\N")};
    size_t size = 4 << 20;
    uint8_t *bytes = NULL;
    struct copy_field fields[ROWS * FIELDS];
    uint32_t counts[ROWS];
    uint64_t line = 0;
    struct vv_error error = {0};

    (void)state;
    begin();
    bytes = arena_get(&arena, size);
    memset(bytes, 'x', size);
    bytes[size - 1] = '\n';
    TEST_EQUAL(1, read_all(&format, slice_make(bytes, size), 16, fields, counts, &line, &error));
    TEST_EQUAL(size - 1, fields[0].text.size);
    end();
}
