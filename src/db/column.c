/*
 * column.c - reading the current row and batches of rows.
 *
 * A column of another type than asked for is converted: numbers saturate, everything has PostgreSQL's text
 * form. Texts made here live in the statement's arena behind row_mark and end with the row.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "value/cast.h"
#include "value/text.h"

#include <math.h>

static const struct value_vector *current_vector(const struct varve_statement *statement,
                                                 int column, unsigned *row_out);
static int64_t other_int64(struct varve_statement *statement, int column);
__attribute__((noinline)) static const void *other_bytes(struct varve_statement *statement,
                                                         int column, size_t *size_out);
static bool value_text_make(struct varve_statement *statement, const struct value *value,
                            vv_slice *out);
static int64_t saturate(double real);
static bool batch_pack(struct varve_statement *statement, struct varve_batch *batch_out);
static bool column_pack(struct varve_statement *statement, const struct value_vector *vector,
                        struct varve_batch_column *column_out);
static bool nulls_pack(struct varve_statement *statement, const struct value_vector *vector,
                       const uint64_t **nulls_out);
static bool numerics_print(struct varve_statement *statement, const struct value_vector *vector,
                           struct varve_view *views);

static_assert(sizeof(struct varve_view) == sizeof(struct value_string), "one layout for both");

int varve_column_count(struct varve_statement *statement)
{
    return statement == NULL || statement->magic != STATEMENT_MAGIC || statement->transfer != NULL
               ? 0
               : (int)statement->plan->physical->column_count;
}

/* FETCH of a cursor without columns. */
static bool fetches(const struct command *command)
{
    return command != NULL && command->kind == COMMAND_FETCH && !command->fetch.move &&
           command->fetch.cursor != 0;
}

int varve_returns_rows(struct varve_statement *statement)
{
    return varve_column_count(statement) > 0 ||
           (statement != NULL && statement->magic == STATEMENT_MAGIC &&
            statement->transfer == NULL &&
            (statement->plan->physical->result == PHYSICAL_RETURNS_ROWS ||
             fetches(statement->plan->physical->command)));
}

const char *varve_column_name(struct varve_statement *statement, int column)
{
    if (column < 0 || column >= varve_column_count(statement)) {
        return NULL;
    }
    return statement->plan->physical->column_names[column];
}

int varve_column_type(struct varve_statement *statement, int column)
{
    if (column < 0 || column >= varve_column_count(statement)) {
        return VARVE_TYPE_UNKNOWN;
    }
    return code_of_type((enum value_type)statement->plan->physical->column_types[column]);
}

int varve_column_is_null(struct varve_statement *statement, int column)
{
    unsigned row = 0;
    const struct value_vector *vector = current_vector(statement, column, &row);

    return vector == NULL || vector_is_null(vector, row);
}

int varve_column_boolean(struct varve_statement *statement, int column)
{
    return varve_column_int64(statement, column) != 0;
}

int64_t varve_column_int64(struct varve_statement *statement, int column)
{
    unsigned row = 0;
    const struct value_vector *vector = current_vector(statement, column, &row);

    if (VV_LIKELY(vector != NULL && vector->type == VALUE_BIGINT)) {
        return vector_is_null(vector, row) ? 0 : vector->i64s[vector->constant ? 0 : row];
    }
    return other_int64(statement, column);
}

/* Of another type. */
static int64_t other_int64(struct varve_statement *statement, int column)
{
    struct value value;
    struct value converted;

    if (!column_value(statement, column, &value) || value.null) {
        return 0;
    }
    switch (value_types[value.type].storage) {
    case VALUE_STORAGE_BOOL:
        return value.boolean;
    case VALUE_STORAGE_I32:
    case VALUE_STORAGE_I64:
        return value.integer;
    case VALUE_STORAGE_F64:
        return saturate(value.real);
    case VALUE_STORAGE_NUMERIC:
        if (cast_value(&value, VALUE_BIGINT, VALUE_NO_MODIFIER, &statement->arena, &converted,
                       NULL) == VV_OK) {
            return converted.integer;
        }
        return saturate(varve_column_double(statement, column));
    case VALUE_STORAGE_UUID:
    case VALUE_STORAGE_INTERVAL:
        return 0;
    default:
        return text_parse(VALUE_BIGINT, value.bytes, &statement->arena, &converted, NULL) == VV_OK
                   ? converted.integer
                   : 0;
    }
}

double varve_column_double(struct varve_statement *statement, int column)
{
    struct value value;
    struct value converted;
    vv_status status = VV_OK;

    if (!column_value(statement, column, &value) || value.null) {
        return 0;
    }
    switch (value_types[value.type].storage) {
    case VALUE_STORAGE_BOOL:
        return value.boolean;
    case VALUE_STORAGE_I32:
    case VALUE_STORAGE_I64:
        return (double)value.integer;
    case VALUE_STORAGE_F64:
        return value.real;
    case VALUE_STORAGE_NUMERIC:
        status = cast_value(&value, VALUE_DOUBLE, VALUE_NO_MODIFIER, &statement->arena, &converted,
                            NULL);
        break;
    case VALUE_STORAGE_UUID:
    case VALUE_STORAGE_INTERVAL:
        return 0;
    default:
        status = text_parse(VALUE_DOUBLE, value.bytes, &statement->arena, &converted, NULL);
        break;
    }
    return status == VV_OK ? converted.real : 0;
}

const char *varve_column_text(struct varve_statement *statement, int column, size_t *size_out)
{
    struct value value;
    vv_slice text = {0};
    char *copy = NULL;

    if (size_out != NULL) {
        *size_out = 0;
    }
    if (!column_value(statement, column, &value) || value.null) {
        return NULL;
    }
    if (value.type == VALUE_TEXT || value.type == VALUE_UNKNOWN) {
        text = value.bytes;
    } else if (!value_text_make(statement, &value, &text)) {
        return NULL;
    }
    copy = arena_text(&statement->arena, (const char *)text.data, text.size);
    if (copy != NULL && size_out != NULL) {
        *size_out = text.size;
    }
    return copy;
}

const void *varve_column_bytes(struct varve_statement *statement, int column, size_t *size_out)
{
    unsigned row = 0;
    const struct value_vector *vector = current_vector(statement, column, &row);

    if (VV_LIKELY(vector != NULL && vector->type == VALUE_TEXT && !vector->has_nulls)) {
        const struct value_string *string = &vector->strings[vector->constant ? 0 : row];

        if (size_out != NULL) {
            *size_out = string->size;
        }
        return vector_string_slice(string).data;
    }
    return other_bytes(statement, column, size_out);
}

/* Of another type, or maybe NULL. */
static const void *other_bytes(struct varve_statement *statement, int column, size_t *size_out)
{
    unsigned row = 0;
    const struct value_vector *vector = current_vector(statement, column, &row);
    vv_slice bytes = {0};

    if (vector == NULL || vector_is_null(vector, row)) {
        if (size_out != NULL) {
            *size_out = 0;
        }
        return NULL;
    }
    row = vector->constant ? 0 : row;
    if (value_is_string((enum value_type)vector->type)) {
        bytes = vector_string_slice(&vector->strings[row]);
    } else if (vector->type == VALUE_UUID) {
        bytes.size = sizeof vector->uuids[row];
        bytes.data = arena_copy(&statement->arena, &vector->uuids[row], bytes.size);
        bytes.size = bytes.data == NULL ? 0 : bytes.size;
    } else {
        return varve_column_text(statement, column, size_out);
    }
    if (size_out != NULL) {
        *size_out = bytes.size;
    }
    return bytes.data;
}

int varve_fetch(struct varve_statement *statement, struct varve_batch *batch_out)
{
    struct varve_session *session = NULL;
    vv_status status = VV_OK;
    int code = VARVE_MISUSE;

    if (batch_out != NULL) {
        memset(batch_out, 0, sizeof *batch_out);
    }
    if (statement == NULL || statement->magic != STATEMENT_MAGIC || batch_out == NULL ||
        session_claim(statement->session) != VARVE_OK) {
        return code;
    }
    session = statement->session;
    if (statement->phase != RUN_IDLE && !statement->fetching) {
        code = session_misuse(session, "varve_step and varve_fetch do not mix in one run");
        session_drop(session);
        return code;
    }
    status = run_advance(statement);
    statement->fetching = statement->phase != RUN_IDLE;
    if (status == VV_OK && !batch_pack(statement, batch_out)) {
        run_stop(statement);
        status = error_from_status(&session->failure, VV_NOMEM);
    }
    code = status == VV_OK        ? VARVE_ROW
           : status == VV_END     ? VARVE_DONE
           : status == VV_WAITING ? VARVE_WAITING
                                  : statement_failed(statement);
    session_drop(session);
    return code;
}

/* The column and the current row's place in it; NULL: there is no row, or no such column. */
static inline const struct value_vector *current_vector(const struct varve_statement *statement,
                                                        int column, unsigned *row_out)
{
    const struct value_batch *batch = NULL;

    if (VV_UNLIKELY(statement == NULL || statement->magic != STATEMENT_MAGIC)) {
        return NULL;
    }
    batch = statement->batch;
    if (VV_UNLIKELY(batch == NULL || (unsigned)column >= batch->column_count)) {
        return NULL;
    }
    *row_out = batch->selection == NULL ? statement->row : batch->selection[statement->row];
    return &batch->columns[column];
}

bool column_value(struct varve_statement *statement, int column, struct value *value_out)
{
    unsigned row = 0;
    const struct value_vector *vector = current_vector(statement, column, &row);

    if (vector == NULL) {
        return false;
    }
    vector_get(vector, row, value_out);
    return true;
}

/* What is printed alike in all sessions. */
static bool looks_the_same(enum value_type type)
{
    switch (type) {
    case VALUE_BOOLEAN:
    case VALUE_SMALLINT:
    case VALUE_INTEGER:
    case VALUE_BIGINT:
    case VALUE_NUMERIC:
    case VALUE_UUID:
        return true;
    default:
        return value_is_string(type) && type != VALUE_BYTEA;
    }
}

/* Only the session knows its time zone, its forms and the names of OIDs. */
static bool value_text_make(struct varve_statement *statement, const struct value *value,
                            vv_slice *out)
{
    struct context *before = NULL;
    vv_status status = VV_OK;

    if (looks_the_same((enum value_type)value->type)) {
        return text_of(value, &statement->arena, out) == VV_OK;
    }
    before = session_context_enter(statement->session);
    status = text_of(value, &statement->arena, out);
    session_context_leave(before);
    return status == VV_OK;
}

static int64_t saturate(double real)
{
    if (isnan(real)) {
        return 0;
    }
    if (real >= 0x1p63) {
        return INT64_MAX;
    }
    return real < -0x1p63 ? INT64_MIN : (int64_t)real;
}

/* The statement's batch in the public form: packed, so that row i is place i of every column. */
static bool batch_pack(struct varve_statement *statement, struct varve_batch *batch_out)
{
    const struct value_batch *batch = statement->batch;
    struct varve_batch_column *columns =
        ARENA_ARRAY(&statement->arena, struct varve_batch_column, batch->column_count);

    if (columns == NULL) {
        return false;
    }
    for (uint32_t column = 0; column < batch->column_count; column++) {
        if (!column_pack(statement, &batch->columns[column], &columns[column])) {
            return false;
        }
    }
    batch_out->row_count = batch->selected_count;
    batch_out->column_count = batch->column_count;
    batch_out->columns = columns;
    return true;
}

/* Without a selection a column is handed out as it is. */
static bool column_pack(struct varve_statement *statement, const struct value_vector *vector,
                        struct varve_batch_column *column_out)
{
    static const uint8_t sizes[VALUE_STORAGE_COUNT] = {
#define X(name, c_type) [VALUE_STORAGE_##name] = sizeof(c_type),
        VALUE_STORAGE_MAP(X)
#undef X
    };
    const struct value_batch *batch = statement->batch;
    enum value_storage storage =
        (enum value_storage)value_type_info((enum value_type)vector->type)->storage;
    size_t size = storage == VALUE_STORAGE_NUMERIC ? sizeof(struct varve_view) : sizes[storage];
    uint8_t *packed = NULL;

    column_out->type = code_of_type((enum value_type)vector->type);
    if (!nulls_pack(statement, vector, &column_out->nulls)) {
        return false;
    }
    if (batch->selection == NULL && !vector->constant && storage != VALUE_STORAGE_NUMERIC) {
        column_out->values = vector->data;
        return true;
    }
    packed = arena_get(&statement->arena, size * batch->selected_count);
    if (packed == NULL) {
        return false;
    }
    column_out->values = packed;
    if (storage == VALUE_STORAGE_NUMERIC) {
        return numerics_print(statement, vector, (struct varve_view *)(void *)packed);
    }
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        size_t row = vector->constant ? 0 : batch->selection == NULL ? i : batch->selection[i];

        memcpy(packed + i * size, (const uint8_t *)vector->data + row * size, size);
    }
    return true;
}

static bool nulls_pack(struct varve_statement *statement, const struct value_vector *vector,
                       const uint64_t **nulls_out)
{
    const struct value_batch *batch = statement->batch;
    uint64_t *nulls = NULL;

    *nulls_out = NULL;
    if (!vector->has_nulls) {
        return true;
    }
    if (batch->selection == NULL && !vector->constant) {
        *nulls_out = vector->nulls;
        return true;
    }
    nulls = ARENA_ARRAY(&statement->arena, uint64_t, (batch->selected_count + 63) / 64);
    if (nulls == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        unsigned row = batch->selection == NULL ? i : batch->selection[i];

        nulls[i / 64] |= (uint64_t)vector_is_null(vector, row) << (i % 64);
    }
    *nulls_out = nulls;
    return true;
}

static bool numerics_print(struct varve_statement *statement, const struct value_vector *vector,
                           struct varve_view *views)
{
    const struct value_batch *batch = statement->batch;

    for (uint32_t i = 0; i < batch->selected_count; i++) {
        struct value_string string = {0};
        struct value value;
        vv_slice text = {0};

        vector_get(vector, batch->selection == NULL ? i : batch->selection[i], &value);
        if (!value.null) {
            if (text_of(&value, &statement->arena, &text) != VV_OK) {
                return false;
            }
            string = vector_string_make(text.data, text.size);
        }
        memcpy(&views[i], &string, sizeof string);
    }
    return true;
}
