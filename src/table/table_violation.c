/*
 * table_violation.c - PostgreSQL's words for rows that break a key, NOT NULL or a CHECK.
 *
 * Values are printed as PostgreSQL's detail lines do: text as it is, NULL as `null`, cut at 64 bytes in
 * `Failing row contains` (ExecBuildSlotValueDescription), whole in `Key (…)=(…)`.
 */
#include "table/table_private.h"

#include <stdio.h>

#include "base/assert.h"
#include "value/text.h"

#define FIELD_BYTES_MAX 64u

/* A text that is cut when it does not fit. */
struct line {
    char text[ERROR_TEXT_BYTES];
    size_t size;
};

static void line_add(struct line *line, const char *text, size_t size)
{
    size_t room = sizeof line->text - 1 - line->size;

    size = size < room ? size : room;
    memcpy(line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
}

static void line_add_text(struct line *line, const char *text)
{
    line_add(line, text, strlen(text));
}

/* The cut of PostgreSQL's pg_mbcliplen: never inside a character. */
static size_t clip(const uint8_t *bytes, size_t size, size_t limit)
{
    if (size <= limit) {
        return size;
    }
    while (limit > 0 && (bytes[limit] & 0xC0) == 0x80) {
        limit--;
    }
    return limit;
}

static void line_add_bytea(struct line *line, vv_slice bytes, size_t limit)
{
    line_add_text(line, "\\x");
    for (size_t i = 0; i < bytes.size && i * 2 + 2 < limit; i++) {
        char hex[3];

        snprintf(hex, sizeof hex, "%02x", bytes.data[i]);
        line_add(line, hex, 2);
    }
}

static void line_add_value(struct line *line, const struct value *value, size_t limit)
{
    if (value->null) {
        line_add_text(line, "null");
    } else if (value->type == VALUE_BYTEA) {
        line_add_bytea(line, value->bytes, limit);
        if (value->bytes.size * 2 + 2 > limit) {
            line_add_text(line, "...");
        }
    } else if (value_is_string(value->type)) {
        size_t size = clip(value->bytes.data, value->bytes.size, limit);

        line_add(line, (const char *)value->bytes.data, size);
        if (size < value->bytes.size) {
            line_add_text(line, "...");
        }
    } else {
        char text[TEXT_FIXED_BYTES];

        line_add(line, text, text_print(value, text));
    }
}

/* "Key (a, b)=(1, x)" */
static void line_add_key(struct line *line, const struct table_def *def,
                         const struct table_violation *violation)
{
    const struct table_index *index = violation->index;

    line_add_text(line, "Key (");
    for (uint32_t i = 0; i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];

        line_add_text(line, i == 0 ? "" : ", ");
        line_add_text(line, part->column == TABLE_NO_COLUMN ? part->expression_text
                                                            : def->spec.columns[part->column].name);
    }
    line_add_text(line, ")=(");
    for (uint32_t i = 0; i < index->part_count; i++) {
        line_add_text(line, i == 0 ? "" : ", ");
        line_add_value(line, &violation->key[i], ERROR_TEXT_BYTES);
    }
    line_add_text(line, ")");
}

static void name_fields(const struct table_def *def, struct vv_error *error)
{
    if (error != NULL) {
        snprintf(error->table, sizeof error->table, "%s", def->spec.name);
    }
}

static void failing_row(const struct table_def *def, const struct value *row,
                        struct vv_error *error)
{
    struct line line = {0};
    bool first = true;

    line_add_text(&line, "Failing row contains (");
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        if (!def->spec.columns[i].dropped) {
            line_add_text(&line, first ? "" : ", ");
            line_add_value(&line, &row[i], FIELD_BYTES_MAX);
            first = false;
        }
    }
    line_add_text(&line, ").");
    error_detail(error, "%s", line.text);
    name_fields(def, error);
}

static vv_status not_null_error(const struct table_def *def,
                                const struct table_violation *violation, struct vv_error *error)
{
    const char *column = def->spec.columns[violation->column].name;

    error_set(error, VV_SQLSTATE_NOT_NULL_VIOLATION, 0,
              "null value in column \"%s\" of relation \"%s\" violates not-null constraint", column,
              def->spec.name);
    failing_row(def, violation->row, error);
    if (error != NULL) {
        snprintf(error->column, sizeof error->column, "%s", column);
    }
    return VV_ERROR;
}

static vv_status check_error(const struct table_def *def, const struct table_violation *violation,
                             struct vv_error *error)
{
    error_set(error, VV_SQLSTATE_CHECK_VIOLATION, 0,
              "new row for relation \"%s\" violates check constraint \"%s\"", def->spec.name,
              violation->check);
    failing_row(def, violation->row, error);
    if (error != NULL) {
        snprintf(error->constraint, sizeof error->constraint, "%s", violation->check);
    }
    return VV_ERROR;
}

/* PostgreSQL also tells the size; here encoding stops at the limit. */
static vv_status too_long_error(const struct table_def *def,
                                const struct table_violation *violation, struct vv_error *error)
{
    error_set(error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
              "index row size exceeds maximum %u for index \"%s\"", LIMIT_KEY_BYTES,
              violation->index->name);
    name_fields(def, error);
    return VV_ERROR;
}

static vv_status unique_error(const struct table_def *def, const struct table_violation *violation,
                              const char *message, const char *ending, struct vv_error *error)
{
    struct line line = {0};

    error_set(error, VV_SQLSTATE_UNIQUE_VIOLATION, 0, "%s \"%s\"", message, violation->index->name);
    line_add_key(&line, def, violation);
    error_detail(error, "%s %s", line.text, ending);
    name_fields(def, error);
    if (error != NULL) {
        snprintf(error->constraint, sizeof error->constraint, "%s", violation->index->name);
    }
    return VV_ERROR;
}

vv_status table_violation_error(const struct table_def *def,
                                const struct table_violation *violation, struct vv_error *error)
{
    VV_ASSERT(violation->kind != TABLE_VIOLATION_NONE);
    if (violation->kind == TABLE_VIOLATION_NOT_NULL) {
        return not_null_error(def, violation, error);
    }
    if (violation->kind == TABLE_VIOLATION_CHECK) {
        return check_error(def, violation, error);
    }
    if (violation->kind == TABLE_VIOLATION_TOO_LONG) {
        return too_long_error(def, violation, error);
    }
    return unique_error(def, violation, "duplicate key value violates unique constraint",
                        "already exists.", error);
}

vv_status table_violation_build_error(const struct table_def *def,
                                      const struct table_violation *violation,
                                      struct vv_error *error)
{
    if (violation->kind == TABLE_VIOLATION_TOO_LONG) {
        return too_long_error(def, violation, error);
    }
    return unique_error(def, violation, "could not create unique index", "is duplicated.", error);
}
