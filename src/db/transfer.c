/* transfer.c - the life of a COPY statement's transfer; the API over it. */
#include "db/transfer.h"

#include "base/utf8.h"

#include <stdio.h>

#define STRINGS_BLOCK_BYTES 16384u
#define LASTING_BLOCK_BYTES 4096u
#define CONTEXT_BYTES_MAX \
    100u /* of data in an error's context: PostgreSQL's MAX_COPY_DATA_DISPLAY */

static struct transfer *claim_in(struct varve_statement *statement, int *code_out);

enum varve_copy_direction varve_copy_direction(struct varve_statement *statement)
{
    const struct copy_plan *copy = statement == NULL || statement->magic != STATEMENT_MAGIC
                                       ? NULL
                                       : statement->plan->physical->copy;

    return copy == NULL || copy->file != NULL ? VARVE_COPY_NONE
           : copy->from                       ? VARVE_COPY_FROM_PROGRAM
                                              : VARVE_COPY_TO_PROGRAM;
}

int varve_copy_column_count(struct varve_statement *statement)
{
    return varve_copy_direction(statement) == VARVE_COPY_NONE
               ? 0
               : (int)statement->plan->physical->copy->column_count;
}

int varve_copy_in(struct varve_statement *statement, const void *data, size_t size)
{
    int code = VARVE_MISUSE;
    struct transfer *transfer = claim_in(statement, &code);

    if (transfer != NULL) {
        transfer->given = slice_make(data, size);
        session_drop(statement->session);
    }
    return code;
}

int varve_copy_in_end(struct varve_statement *statement)
{
    int code = VARVE_MISUSE;
    struct transfer *transfer = claim_in(statement, &code);

    if (transfer != NULL) {
        transfer->complete = true;
        session_drop(statement->session);
    }
    return code;
}

int varve_copy_in_fail(struct varve_statement *statement, const char *reason)
{
    int code = VARVE_MISUSE;
    struct transfer *transfer = claim_in(statement, &code);

    if (transfer != NULL) {
        transfer_refuse(statement, reason == NULL ? "" : reason);
        session_drop(statement->session);
    }
    return code;
}

const char *varve_copy_out(struct varve_statement *statement, size_t *size_out)
{
    const struct transfer *transfer =
        statement == NULL || statement->magic != STATEMENT_MAGIC ? NULL : statement->transfer;
    bool there = transfer != NULL && transfer->copy != NULL && !transfer->copy->from &&
                 transfer->copy->file == NULL;

    if (size_out != NULL) {
        *size_out = there ? transfer->text_size : 0;
    }
    return there ? (const char *)transfer->text : NULL;
}

int varve_allow_files(struct varve_session *session, int allowed)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        session->files_allowed = allowed != 0;
        session_drop(session);
    }
    return code;
}

/* The transfer of a COPY FROM that wants data; the session is claimed then. NULL: *code_out is the answer. */
static struct transfer *claim_in(struct varve_statement *statement, int *code_out)
{
    struct varve_session *session = NULL;

    *code_out = VARVE_MISUSE;
    if (statement == NULL || statement->magic != STATEMENT_MAGIC) {
        return NULL;
    }
    session = statement->session;
    *code_out = session_claim(session);
    if (*code_out != VARVE_OK) {
        return NULL;
    }
    if (!transfer_is_open(statement) || !statement->transfer->wants) {
        *code_out = session_misuse(session, "varve_step has not asked for data of COPY");
        session_drop(session);
        return NULL;
    }
    statement->transfer->wants = false;
    return statement->transfer;
}

vv_status transfer_create(struct varve_statement *statement, struct vv_error *error)
{
    struct alloc *alloc = &statement->session->db->alloc;
    struct transfer *transfer = NULL;

    if (statement->plan->physical->copy == NULL) {
        return VV_OK;
    }
    transfer = alloc_zero(alloc, ALLOC_STATEMENT, sizeof *transfer);
    if (transfer == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    transfer->statement = statement;
    arena_init(&transfer->strings, alloc, ALLOC_STATEMENT, STRINGS_BLOCK_BYTES);
    arena_init(&transfer->lasting, alloc, ALLOC_STATEMENT, LASTING_BLOCK_BYTES);
    statement->transfer = transfer;
    return VV_OK;
}

void transfer_destroy(struct transfer *transfer)
{
    struct alloc *alloc = NULL;

    if (transfer == NULL) {
        return;
    }
    transfer_end(transfer->statement);
    alloc = &transfer->statement->session->db->alloc;
    arena_release(&transfer->strings);
    arena_release(&transfer->lasting);
    alloc_free(alloc, ALLOC_STATEMENT, transfer, sizeof *transfer);
}

vv_status transfer_begin(struct varve_statement *statement, struct vv_error *error)
{
    struct transfer *transfer = statement->transfer;

    transfer_end(statement);
    transfer->copy = statement->plan->physical->copy;
    VV_ASSERT(transfer->copy != NULL);
    transfer->header_due = transfer->copy->format.header != COPY_HEADER_NONE;
    if (transfer->copy->file != NULL) {
        VV_TRY(transfer_file_open(transfer, error));
    }
    if (!transfer->copy->from) {
        return VV_OK;
    }
    if (transfer->source != NULL) {
        exec_set_feed(statement->exec, &transfer->source->feed);
        return VV_OK;
    }
    VV_TRY(transfer_in_begin(transfer, error));
    exec_set_feed(statement->exec, &transfer->feed);
    return VV_OK;
}

void transfer_end(struct varve_statement *statement)
{
    struct transfer *transfer = statement->transfer;
    struct alloc *alloc = &statement->session->db->alloc;

    if (transfer == NULL || transfer->copy == NULL) {
        return;
    }
    transfer_file_close(transfer);
    alloc_free(alloc, ALLOC_STATEMENT, transfer->buffer, transfer->capacity);
    alloc_free(alloc, ALLOC_STATEMENT, transfer->text, transfer->text_capacity);
    arena_release(&transfer->strings);
    arena_release(&transfer->lasting);
    *transfer = (struct transfer){.statement = statement, .source = transfer->source};
    arena_init(&transfer->strings, alloc, ALLOC_STATEMENT, STRINGS_BLOCK_BYTES);
    arena_init(&transfer->lasting, alloc, ALLOC_STATEMENT, LASTING_BLOCK_BYTES);
}

int transfer_step(struct varve_statement *statement)
{
    struct transfer *transfer = statement->transfer;
    int code = VARVE_OK;

    if (!transfer_is_in(statement)) {
        return transfer_out_step(transfer);
    }
    code = statement_row(statement);
    return code == VARVE_WAITING && transfer->wants ? VARVE_COPY_IN : code;
}

bool transfer_is_open(const struct varve_statement *statement)
{
    const struct transfer *transfer = statement->transfer;

    return transfer != NULL && transfer->copy != NULL && transfer->copy->from &&
           statement->phase == RUN_NEXT;
}

bool transfer_is_in(const struct varve_statement *statement)
{
    return statement->plan->physical->copy != NULL && statement->plan->physical->copy->from;
}

void transfer_refuse(struct varve_statement *statement, const char *reason)
{
    struct transfer *transfer = statement->transfer;
    size_t size = utf8_valid_bytes(slice_text(reason));

    size = utf8_cut(slice_make(reason, size), sizeof transfer->reason - 1);
    memcpy(transfer->reason, reason, size);
    transfer->reason[size] = '\0';
    transfer->wants = false;
    transfer->refused = true;
}

/* A row that could not be written: its line, and the line's text if PostgreSQL would still have it (it collects
 * rows before it writes them, too). */
void transfer_explain(struct varve_statement *statement, vv_status status, struct vv_error *error)
{
    const struct transfer *transfer = statement->transfer;
    const struct transfer_line *line = NULL;
    size_t shown = 0;
    uint32_t place = 0;

    if (status != VV_ERROR || transfer == NULL || transfer->copy == NULL || !transfer->copy->from ||
        error->context[0] != '\0') {
        return;
    }
    place = exec_fed_place(statement->exec);
    if (transfer->source != NULL && place != UINT32_MAX) {
        error_context(error, "appender of %s, row %llu", transfer->copy->relation,
                      (unsigned long long)(transfer->source->rows_before + place + 1));
        return;
    }
    if (place >= transfer->line_count) {
        error_context(error, "COPY %s", transfer->copy->relation);
        return;
    }
    line = &transfer->lines[place];
    if (strcmp(error->sqlstate, "23505") == 0 || strncmp(error->sqlstate, "40", 2) == 0) {
        error_context(error, "COPY %s, line %llu", transfer->copy->relation,
                      (unsigned long long)line->number);
        return;
    }
    shown = utf8_cut(line->text, CONTEXT_BYTES_MAX);
    error_context(error, "COPY %s, line %llu: \"%.*s%s\"", transfer->copy->relation,
                  (unsigned long long)line->number, (int)shown, (const char *)line->text.data,
                  shown < line->text.size ? "..." : "");
}

vv_status transfer_room(struct transfer *transfer, uint8_t **bytes, size_t *capacity, size_t size,
                        struct vv_error *error)
{
    size_t wanted = *capacity == 0 ? 1024 : *capacity;
    void *grown = NULL;

    if (size <= *capacity) {
        return VV_OK;
    }
    while (wanted < size) {
        wanted *= 2;
    }
    grown = alloc_resize(&transfer->statement->session->db->alloc, ALLOC_STATEMENT, *bytes,
                         *capacity, wanted);
    if (grown == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    *bytes = grown;
    *capacity = wanted;
    return VV_OK;
}
