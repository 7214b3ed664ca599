/*
 * transfer_in.c - COPY FROM: bytes into batches of rows.
 *
 * The batch's strings lie in the buffer, where the line's text also is for the context of errors; so the buffer moves
 * only when the next batch is asked for.
 */
#include "db/transfer.h"

#include "base/utf8.h"
#include "value/cast.h"

#include <stdio.h>

#define BATCH_BYTES       65536u /* collected before lines are read; below it only at the end */
#define LINE_BYTES_MAX    0x3fffffffu /* PostgreSQL's MaxAllocSize */
#define CONTEXT_BYTES_MAX 100u

static vv_status feed_next(void *context, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error);
static vv_status rows_read(struct transfer *transfer, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error);
static vv_status row_read(struct transfer *transfer, vv_slice line, struct value_batch *batch,
                          struct vv_error *error);
static vv_status header_check(struct transfer *transfer, vv_slice line, struct vv_error *error);
static vv_status value_read(struct transfer *transfer, uint32_t column, struct copy_field *field,
                            struct value *value, struct vv_error *error);
static vv_status buffer_fill(struct transfer *transfer, struct vv_error *error);
static vv_status refused(struct transfer *transfer, struct vv_error *error);
static void explain_line(const struct transfer *transfer, const vv_slice *line,
                         struct vv_error *error);
static void explain_column(const struct transfer *transfer, const char *column,
                           const struct copy_field *field, struct vv_error *error);

vv_status transfer_in_begin(struct transfer *transfer, struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;

    copy_reader_init(&transfer->reader, &copy->format);
    transfer->feed = (struct exec_feed){.context = transfer, .next = feed_next};
    transfer->fields = ARENA_ARRAY(&transfer->lasting, struct copy_field, copy->column_count + 1);
    transfer->lines = ARENA_ARRAY(&transfer->lasting, struct transfer_line, LIMIT_BATCH_ROWS);
    return transfer->fields == NULL || transfer->lines == NULL ? error_from_status(error, VV_NOMEM)
                                                               : VV_OK;
}

static vv_status feed_next(void *context, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error)
{
    struct transfer *transfer = context;
    struct context *before = session_context_enter(transfer->statement->session);
    vv_status status = VV_WAITING;

    arena_reset(&transfer->strings);
    for (uint32_t i = 0; i < batch->column_count; i++) {
        vector_reset(&batch->columns[i]);
    }
    transfer->line_count = 0;
    batch->row_count = 0;
    while (status == VV_WAITING) {
        if (transfer->failed) {
            *error = transfer->failure;
            status = VV_ERROR;
            break;
        }
        if (transfer->refused) {
            status = refused(transfer, error);
            break;
        }
        if (transfer->size - transfer->at >= BATCH_BYTES || transfer->complete) {
            status = rows_read(transfer, batch, capacity, error);
        }
        if (status == VV_WAITING) {
            vv_status filled = buffer_fill(transfer, error);

            if (filled != VV_OK) {
                status = filled;
                break;
            }
        }
    }
    session_context_leave(before);
    batch->selected_count = batch->row_count;
    batch->selection = NULL;
    return status;
}

/* What is to be read; nothing may have come yet. */
static vv_slice buffered(const struct transfer *transfer)
{
    return transfer->buffer == NULL
               ? slice_text("")
               : slice_make(transfer->buffer + transfer->at, transfer->size - transfer->at);
}

/* Until the batch is full or no whole line is left. VV_WAITING: there is none. */
static vv_status rows_read(struct transfer *transfer, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error)
{
    while (batch->row_count < capacity) {
        vv_slice text = buffered(transfer);
        bool last = transfer->complete && transfer->given.size == 0;
        vv_slice line = {0};
        size_t size = 0;
        vv_status status =
            copy_read_line(&transfer->reader, text, last, &line, &size, &transfer->failure);

        if (status == VV_OK) {
            transfer->at += size;
            status = transfer->header_due ? header_check(transfer, line, &transfer->failure)
                                          : row_read(transfer, line, batch, &transfer->failure);
        } else if (status == VV_END && transfer->header_due &&
                   transfer->copy->format.header == COPY_HEADER_MATCH) {
            transfer->reader.line_number++;
            line = slice_text(""); /* no line has no names */
            status = header_check(transfer, line, &transfer->failure);
        } else if (status == VV_ERROR) {
            explain_line(transfer, NULL, &transfer->failure);
        }
        if (status == VV_OK) {
            continue;
        }
        if (status != VV_WAITING && status != VV_END) {
            (void)error_from_status(&transfer->failure, status);
            if (batch->row_count == 0) {
                *error = transfer->failure;
                return VV_ERROR;
            }
            transfer->failed = true; /* TR2 */
        }
        return batch->row_count > 0 ? VV_OK : status;
    }
    return VV_OK;
}

static vv_status row_read(struct transfer *transfer, vv_slice line, struct value_batch *batch,
                          struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;
    uint32_t row = batch->row_count;
    uint32_t count = 0;
    vv_status status = VV_OK;

    if (copy->column_count == 0 && line.size == 0) {
        count = 0;
    } else {
        status = copy_split(&copy->format, line, &transfer->strings, transfer->fields,
                            copy->column_count, &count, error);
    }
    if (status == VV_OK && count > copy->column_count) {
        status = error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                           "extra data after last expected column");
    }
    for (uint32_t i = 0; status == VV_OK && i < copy->column_count; i++) {
        struct value value;

        if (i == count) {
            status = error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                               "missing data for column \"%s\"", copy->column_names[i]);
            break;
        }
        status = value_read(transfer, i, &transfer->fields[i], &value, error);
        if (status != VV_OK) {
            (void)error_from_status(error, status);
            error->position = 0;
            explain_column(transfer, copy->column_names[i], &transfer->fields[i], error);
            return status;
        }
        vector_set(&batch->columns[i], row, &value);
    }
    if (status == VV_ERROR) {
        explain_line(transfer, &line, error);
    }
    if (status == VV_OK) {
        transfer->lines[row] =
            (struct transfer_line){.text = line, .number = transfer->reader.line_number};
        transfer->line_count = row + 1;
        batch->row_count = row + 1;
    }
    return status;
}

/* The field as its column's input function reads it; FORCE_NULL and FORCE_NOT_NULL come first. */
static vv_status value_read(struct transfer *transfer, uint32_t column, struct copy_field *field,
                            struct value *value, struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;
    enum value_type type = (enum value_type)copy->column_types[column];
    struct value text;

    if (field->null && copy->force_not_null != NULL && copy->force_not_null[column]) {
        *field = (struct copy_field){.text = copy->format.null};
    } else if (!field->null && copy->force_null != NULL && copy->force_null[column]) {
        field->null = slice_equal(field->text, copy->format.null);
    }
    if (field->null) {
        *value = value_null(type);
        return VV_OK;
    }
    if (type == VALUE_TEXT) {
        *value = value_bytes(VALUE_TEXT, field->text);
        return VV_OK;
    }
    text = value_bytes(VALUE_UNKNOWN, field->text);
    return cast_value(&text, type, copy->column_modifiers[column], &transfer->strings, value,
                      error);
}

/* HEADER MATCH: the names of the columns, in their order. */
static vv_status header_check(struct transfer *transfer, vv_slice line, struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;
    uint32_t count = 0;
    vv_status status = VV_OK;

    transfer->header_due = false;
    if (copy->format.header != COPY_HEADER_MATCH) {
        return VV_OK;
    }
    status = copy_split(&copy->format, line, &transfer->strings, transfer->fields,
                        copy->column_count, &count, error);
    if (status == VV_OK && count != copy->column_count) {
        status = error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                           "wrong number of fields in header line: got %u, expected %u", count,
                           copy->column_count);
    }
    for (uint32_t i = 0; status == VV_OK && i < count; i++) {
        const struct copy_field *field = &transfer->fields[i];

        if (field->null) {
            status = error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                               "column name mismatch in header line field %u: got null value "
                               "(\"%.*s\"), expected \"%s\"",
                               i + 1, (int)copy->format.null.size,
                               (const char *)copy->format.null.data, copy->column_names[i]);
        } else if (!slice_equal(field->text, slice_text(copy->column_names[i]))) {
            status = error_set(error, VV_SQLSTATE_BAD_COPY_FILE_FORMAT, 0,
                               "column name mismatch in header line field %u: got \"%.*s\", "
                               "expected \"%s\"",
                               i + 1, (int)field->text.size, (const char *)field->text.data,
                               copy->column_names[i]);
        }
    }
    if (status == VV_ERROR) {
        explain_line(transfer, &line, error);
    }
    return status;
}

/* More bytes behind what is left. VV_WAITING: the program has to give some. */
static vv_status buffer_fill(struct transfer *transfer, struct vv_error *error)
{
    size_t left = transfer->size - transfer->at;
    size_t wanted = left + BATCH_BYTES;
    size_t got = 0;

    if (transfer->at > 0) {
        memmove(transfer->buffer, transfer->buffer + transfer->at, left);
        transfer->at = 0;
        transfer->size = left;
    }
    if (wanted > LINE_BYTES_MAX) {
        (void)error_set(error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0, "out of memory");
        error_detail(error, "Cannot enlarge string buffer containing %zu bytes by %u more bytes.",
                     left, BATCH_BYTES);
        explain_line(transfer, NULL, error);
        return VV_ERROR;
    }
    VV_TRY(transfer_room(transfer, &transfer->buffer, &transfer->capacity, wanted, error));
    if (transfer->file != NULL) {
        VV_TRY(transfer_file_read(transfer, transfer->buffer + left, BATCH_BYTES, &got, error));
        transfer->complete = got == 0;
    } else {
        got = transfer->given.size < BATCH_BYTES ? transfer->given.size : BATCH_BYTES;
        if (got > 0) {
            memcpy(transfer->buffer + left, transfer->given.data, got);
            transfer->given = slice_make(transfer->given.data + got, transfer->given.size - got);
        }
        transfer->wants = got == 0 && !transfer->complete;
    }
    transfer->size += got;
    return transfer->wants ? VV_WAITING : VV_OK;
}

static vv_status refused(struct transfer *transfer, struct vv_error *error)
{
    (void)error_set(error, VV_SQLSTATE_QUERY_CANCELED, 0, "COPY from stdin failed: %s",
                    transfer->reason);
    transfer->reader.line_number += !transfer->reader.begun;
    explain_line(transfer, NULL, error);
    return VV_ERROR;
}

static void explain_line(const struct transfer *transfer, const vv_slice *line,
                         struct vv_error *error)
{
    size_t shown = line == NULL ? 0 : utf8_cut(*line, CONTEXT_BYTES_MAX);
    unsigned long long number = transfer->reader.line_number;

    if (line == NULL) {
        error_context(error, "COPY %s, line %llu", transfer->copy->relation, number);
        return;
    }
    error_context(error, "COPY %s, line %llu: \"%.*s%s\"", transfer->copy->relation, number,
                  (int)shown, (const char *)line->data, shown < line->size ? "..." : "");
}

static void explain_column(const struct transfer *transfer, const char *column,
                           const struct copy_field *field, struct vv_error *error)
{
    size_t shown = utf8_cut(field->text, CONTEXT_BYTES_MAX);
    unsigned long long number = transfer->reader.line_number;

    error_context(error, "COPY %s, line %llu, column %s: \"%.*s%s\"", transfer->copy->relation,
                  number, column, (int)shown, (const char *)field->text.data,
                  shown < field->text.size ? "..." : "");
}
