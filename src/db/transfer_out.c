/*
 * transfer_out.c - COPY TO: one line a step to the program, or all of them into a file.
 */
#include "db/transfer.h"

#include "value/text.h"

#define FILE_BYTES 65536u /* collected before they are written */

static int out_line(struct transfer *transfer, int code);
static vv_status put_field(struct transfer *transfer, uint32_t column, struct copy_field *field,
                           bool forced, struct vv_error *error);
static vv_status put_row(struct transfer *transfer, struct vv_error *error);
static vv_status put_header(struct transfer *transfer, struct vv_error *error);
static vv_status file_step(struct transfer *transfer, int code, struct vv_error *error);
static int out_failed(struct transfer *transfer);

/* With a file the whole run is one step. */
int transfer_out_step(struct transfer *transfer)
{
    struct varve_statement *statement = transfer->statement;
    int code = VARVE_OK;

    for (;;) {
        code = transfer->next_code != 0 ? transfer->next_code : statement_row(statement);
        transfer->next_code = 0;
        if (code != VARVE_ROW && code != VARVE_DONE) {
            return code;
        }
        if (transfer->copy == NULL) {
            return code;
        }
        if (transfer->copy->file == NULL) {
            transfer->text_size = 0;
        }
        code = out_line(transfer, code);
        if (code != VARVE_ROW) { /* else: it went to the file */
            return code;
        }
    }
}

/* Makes the line of what the step found; in front of the first one comes the header. */
static int out_line(struct transfer *transfer, int code)
{
    struct varve_session *session = transfer->statement->session;
    struct context *before = session_context_enter(session);
    vv_status status = VV_OK;
    bool to_file = transfer->copy->file != NULL;

    if (transfer->header_due) {
        transfer->header_due = false;
        transfer->next_code = code;
        code = VARVE_ROW;
        status = put_header(transfer, &session->failure);
    } else if (code == VARVE_ROW) {
        status = put_row(transfer, &session->failure);
    }
    session_context_leave(before);
    if (status == VV_OK && to_file) {
        status = file_step(transfer, code, &session->failure);
    }
    if (status != VV_OK) {
        return out_failed(transfer);
    }
    if (code == VARVE_DONE) {
        transfer_end(transfer->statement);
        return VARVE_DONE;
    }
    return to_file ? VARVE_ROW : VARVE_COPY_OUT;
}

static vv_status put_row(struct transfer *transfer, struct vv_error *error)
{
    const struct varve_statement *statement = transfer->statement;
    const struct value_batch *batch = statement->batch;
    uint32_t row = batch->selection == NULL ? statement->row : batch->selection[statement->row];

    for (uint32_t i = 0; i < transfer->copy->column_count; i++) {
        struct copy_field field = {0};
        struct value value;

        vector_get(&batch->columns[i], row, &value);
        field.null = value.null;
        if (!value.null && text_of(&value, &transfer->statement->arena, &field.text) != VV_OK) {
            return error_from_status(error, VV_NOMEM);
        }
        VV_TRY(put_field(transfer, i, &field,
                         transfer->copy->force_quote != NULL && transfer->copy->force_quote[i],
                         error));
    }
    VV_TRY(transfer_room(transfer, &transfer->text, &transfer->text_capacity,
                         transfer->text_size + 1, error));
    transfer->text[transfer->text_size++] = '\n';
    return VV_OK;
}

static vv_status put_header(struct transfer *transfer, struct vv_error *error)
{
    for (uint32_t i = 0; i < transfer->copy->column_count; i++) {
        struct copy_field field = {.text = slice_text(transfer->copy->column_names[i])};

        VV_TRY(put_field(transfer, i, &field, false, error));
    }
    VV_TRY(transfer_room(transfer, &transfer->text, &transfer->text_capacity,
                         transfer->text_size + 1, error));
    transfer->text[transfer->text_size++] = '\n';
    return VV_OK;
}

static vv_status put_field(struct transfer *transfer, uint32_t column, struct copy_field *field,
                           bool forced, struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;
    unsigned flags =
        (forced ? COPY_PUT_QUOTE : 0u) | (copy->column_count == 1 ? (unsigned)COPY_PUT_ALONE : 0u);
    size_t most = copy_put_bytes_max(&copy->format, field->text.size) + 1;

    VV_TRY(transfer_room(transfer, &transfer->text, &transfer->text_capacity,
                         transfer->text_size + most, error));
    if (column > 0) {
        transfer->text[transfer->text_size++] = copy->format.delimiter;
    }
    transfer->text_size +=
        copy_put(&copy->format, field, flags, transfer->text + transfer->text_size);
    return VV_OK;
}

/* Writes what has come together. */
static vv_status file_step(struct transfer *transfer, int code, struct vv_error *error)
{
    if (transfer->text_size < FILE_BYTES && code != VARVE_DONE) {
        return VV_OK;
    }
    VV_TRY(transfer_file_write(transfer, transfer->text, transfer->text_size, error));
    transfer->text_size = 0;
    return VV_OK;
}

/* As if the statement itself had failed. */
static int out_failed(struct transfer *transfer)
{
    struct varve_session *session = transfer->statement->session;

    run_stop(transfer->statement);
    store_enter(session->store);
    transaction_failed(session);
    store_leave(session->store);
    return session_fail(session);
}
