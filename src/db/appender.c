/*
 * appender.c - rows of typed values in bulk: the appender.
 *
 * Values go straight into the vectors of a batch, cast as an assignment does. A full batch is the input of one
 * statement, `COPY table (columns) FROM STDIN` with this batch as its feed: the same plan, rules and writes as COPY,
 * without text in between.
 */
#include "db/transfer.h"
#include "value/cast.h"

#define APPENDER_MAGIC       UINT64_C(0x7661727665617000)
#define APPENDER_BLOCK_BYTES 65536u
#define STRING_BYTES_MAX     (4u << 20) /* of a batch: long texts make it a short one */
#define STRING_ROOM_BYTES    16384u

struct varve_appender {
    uint64_t magic;
    struct varve_session *session;
    struct varve_statement *statement; /* own */
    struct transfer_source source;
    uint32_t column_count;
    uint32_t column;          /* of the row being made, the next one */
    const uint8_t *types;     /* enum value_type; in lasting */
    const int32_t *modifiers; /* in lasting */
    struct value_batch rows;  /* in lasting */
    bool flushing;            /* the statement has the rows */
    bool given;
    struct arena strings; /* of the rows */
    size_t string_bytes;  /* in it */
    uint8_t *room;        /* in it: for the next ones */
    size_t room_left;
    struct arena lasting;
};

static vv_status make_statement(struct varve_appender *appender, const char *schema,
                                const char *table, const char *const *columns, int count);
static bool put_name(struct arena *arena, const char **text, const char *before, const char *name);
static vv_status make_rows(struct varve_appender *appender);
static int append(struct varve_appender *appender, const struct value *value);
static inline struct value_vector *plain_vector(struct varve_appender *appender,
                                                enum value_type type);
static uint8_t *string_room(struct varve_appender *appender, size_t size);
static vv_status store_value(struct varve_appender *appender, const struct value *value,
                             struct vv_error *error);
static vv_status cast_to_column(struct varve_appender *appender, const struct value *from,
                                struct value *value, struct vv_error *error);
static int flush(struct varve_appender *appender);
static void rows_clear(struct varve_appender *appender);
static vv_status feed_next(void *context, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error);
static bool columns_are(const struct varve_appender *appender, const struct copy_plan *copy);
static void appender_free(struct varve_appender *appender);
static int claim(struct varve_appender *appender);

int varve_appender_create(struct varve_session *session, const char *schema, const char *table,
                          const char *const *columns, int column_count,
                          struct varve_appender **appender_out)
{
    struct varve_appender *appender = NULL;
    int code = session_claim(session);
    vv_status status = VV_OK;

    if (appender_out != NULL) {
        *appender_out = NULL;
    }
    if (code != VARVE_OK) {
        return code;
    }
    if (table == NULL || appender_out == NULL || column_count < 0 ||
        (columns == NULL && column_count > 0)) {
        code = session_misuse(session, "table and appender_out must not be NULL");
        session_drop(session);
        return code;
    }
    appender = alloc_zero(&session->db->alloc, ALLOC_STATEMENT, sizeof *appender);
    if (appender == NULL) {
        (void)error_from_status(&session->failure, VV_NOMEM);
        code = session_fail(session);
        session_drop(session);
        return code;
    }
    appender->magic = APPENDER_MAGIC;
    appender->session = session;
    arena_init(&appender->strings, &session->db->alloc, ALLOC_STATEMENT, APPENDER_BLOCK_BYTES);
    arena_init(&appender->lasting, &session->db->alloc, ALLOC_STATEMENT, APPENDER_BLOCK_BYTES);
    status = make_statement(appender, schema, table, columns, column_count);
    if (status == VV_OK) {
        status = make_rows(appender);
    }
    if (status == VV_OK) {
        *appender_out = appender;
    } else {
        (void)error_from_status(&session->failure, status);
        code = session_fail(session);
        appender_free(appender);
    }
    session_drop(session);
    return code;
}

int varve_append_null(struct varve_appender *appender)
{
    struct value value = value_null(VALUE_UNKNOWN);

    return append(appender, &value);
}

int varve_append_boolean(struct varve_appender *appender, int boolean)
{
    struct value value = value_boolean(boolean != 0);

    return append(appender, &value);
}

int varve_append_int64(struct varve_appender *appender, int64_t integer)
{
    struct value_vector *vector = plain_vector(appender, VALUE_BIGINT);
    struct value value;

    if (vector != NULL) {
        vector->i64s[appender->rows.row_count] = integer;
        appender->column++;
        return VARVE_OK;
    }
    vector = plain_vector(appender, VALUE_INTEGER);
    if (vector != NULL && integer >= INT32_MIN && integer <= INT32_MAX) {
        vector->i32s[appender->rows.row_count] = (int32_t)integer;
        appender->column++;
        return VARVE_OK;
    }
    value = value_bigint(integer);
    return append(appender, &value);
}

int varve_append_double(struct varve_appender *appender, double real)
{
    struct value_vector *vector = plain_vector(appender, VALUE_DOUBLE);
    struct value value;

    if (vector != NULL) {
        vector->f64s[appender->rows.row_count] = real;
        appender->column++;
        return VARVE_OK;
    }
    value = value_double(real);
    return append(appender, &value);
}

int varve_append_text(struct varve_appender *appender, const char *text, size_t size)
{
    struct value_vector *vector = text == NULL ? NULL : plain_vector(appender, VALUE_TEXT);
    struct value value;

    if (vector != NULL && size < STRING_BYTES_MAX) {
        const uint8_t *bytes = (const uint8_t *)text;

        if (size > VECTOR_INLINE_BYTES) {
            uint8_t *room = string_room(appender, size);

            if (room == NULL) {
                goto slow; /* it says so */
            }
            memcpy(room, text, size);
            bytes = room;
        }
        vector->strings[appender->rows.row_count] = vector_string_make(bytes, size);
        appender->string_bytes += size;
        appender->column++;
        return VARVE_OK;
    }

slow:
    value = value_bytes(VALUE_UNKNOWN, slice_make(text, size));
    value.null = text == NULL;
    return append(appender, &value);
}

int varve_append_bytes(struct varve_appender *appender, const void *bytes, size_t size)
{
    struct value value = value_bytes(VALUE_BYTEA, slice_make(bytes, size));

    value.null = bytes == NULL;
    return append(appender, &value);
}

int varve_appender_end_row(struct varve_appender *appender)
{
    int code = claim(appender);
    struct varve_session *session = NULL;

    if (code != VARVE_OK) {
        return code;
    }
    session = appender->session;
    if (appender->flushing) {
        code = session_misuse(session, "the appender waits: call varve_appender_flush again");
    } else if (appender->column != appender->column_count) {
        (void)error_set(&session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "the row has %u values, but %u columns are appended to", appender->column,
                        appender->column_count);
        appender->column = 0;
        code = session_fail(session);
    } else {
        appender->column = 0;
        appender->rows.row_count++;
        if (appender->rows.row_count == LIMIT_BATCH_ROWS ||
            appender->string_bytes >= STRING_BYTES_MAX) {
            code = flush(appender);
        }
    }
    session_drop(session);
    return code;
}

int varve_appender_flush(struct varve_appender *appender)
{
    int code = claim(appender);

    if (code == VARVE_OK) {
        code = flush(appender);
        session_drop(appender->session);
    }
    return code;
}

int varve_appender_close(struct varve_appender *appender)
{
    struct varve_session *session = NULL;
    int code = VARVE_OK;

    if (appender == NULL) {
        return VARVE_OK;
    }
    code = claim(appender);
    if (code != VARVE_OK) {
        return code;
    }
    session = appender->session;
    code = flush(appender);
    if (code != VARVE_WAITING) {
        appender_free(appender);
    }
    session_drop(session);
    return code;
}

static int claim(struct varve_appender *appender)
{
    return appender == NULL || appender->magic != APPENDER_MAGIC ? VARVE_MISUSE
                                                                 : session_claim(appender->session);
}

/* COPY "schema"."table" ("a", "b") FROM STDIN */
static vv_status make_statement(struct varve_appender *appender, const char *schema,
                                const char *table, const char *const *columns, int count)
{
    struct arena *arena = &appender->lasting;
    const char *text = "COPY ";
    const char *between = "";

    if (schema != NULL) {
        if (!put_name(arena, &text, "", schema)) {
            return VV_NOMEM;
        }
        between = ".";
    }
    if (!put_name(arena, &text, between, table)) {
        return VV_NOMEM;
    }
    for (int i = 0; i < count; i++) {
        if (!put_name(arena, &text, i == 0 ? " (" : ", ", columns[i])) {
            return VV_NOMEM;
        }
    }
    text = arena_format(arena, "%s%s FROM STDIN", text, count > 0 ? ")" : "");
    if (text == NULL) {
        return VV_NOMEM;
    }
    if (statement_make(appender->session, slice_text(text), (vv_slice){0}, &appender->statement) !=
        VARVE_OK) {
        return VV_ERROR;
    }
    VV_ASSERT(appender->statement != NULL && appender->statement->transfer != NULL);
    appender->source.feed = (struct exec_feed){.context = appender, .next = feed_next};
    appender->statement->transfer->source = &appender->source;
    return VV_OK;
}

/* As an identifier in quotes. */
static bool put_name(struct arena *arena, const char **text, const char *before, const char *name)
{
    char *quoted = arena_get(arena, 2 * strlen(name) + 1);
    char *to = quoted;

    if (quoted == NULL) {
        return false;
    }
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            *to++ = '"';
        }
        *to++ = *name;
    }
    *to = '\0';
    *text = arena_format(arena, "%s%s\"%s\"", *text, before, quoted);
    return *text != NULL;
}

static vv_status make_rows(struct varve_appender *appender)
{
    const struct copy_plan *copy = appender->statement->plan->physical->copy;
    struct arena *arena = &appender->lasting;
    uint32_t count = copy->column_count;

    appender->column_count = count;
    appender->types = arena_copy(arena, copy->column_types, count);
    appender->modifiers =
        arena_copy(arena, copy->column_modifiers, count * sizeof copy->column_modifiers[0]);
    appender->rows.columns = ARENA_ARRAY(arena, struct value_vector, count);
    appender->rows.column_count = count;
    if (appender->types == NULL || appender->modifiers == NULL || appender->rows.columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!vector_init(&appender->rows.columns[i], (enum value_type)appender->types[i], arena)) {
            return VV_NOMEM;
        }
        vector_reset(&appender->rows.columns[i]);
    }
    return VV_OK;
}

static int append(struct varve_appender *appender, const struct value *value)
{
    struct varve_session *session = NULL;
    int code = claim(appender);

    if (VV_UNLIKELY(code != VARVE_OK)) {
        return code;
    }
    session = appender->session;
    if (VV_UNLIKELY(appender->flushing)) {
        code = session_misuse(session, "the appender waits: call varve_appender_flush again");
    } else if (VV_UNLIKELY(appender->column == appender->column_count)) {
        (void)error_set(&session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "the row has more values than the %u columns that are appended to",
                        appender->column_count);
        appender->column = 0;
        code = session_fail(session);
    } else if (VV_UNLIKELY(store_value(appender, value, &session->failure) != VV_OK)) {
        appender->column = 0; /* the row is dropped */
        code = session_fail(session);
    } else {
        appender->column++;
    }
    session_drop(session);
    return code;
}

/* The vector of the next value, if it can be stored there as it is and nothing speaks against it. NULL: the long way
 * finds out what to do, or what is wrong. */
static inline struct value_vector *plain_vector(struct varve_appender *appender,
                                                enum value_type type)
{
    struct value_vector *vector = NULL;
    uint32_t row = 0;

    if (VV_UNLIKELY(appender == NULL || appender->magic != APPENDER_MAGIC ||
                    appender->column == appender->column_count || appender->flushing ||
                    session_is_claimed(appender->session))) {
        return NULL;
    }
    vector = &appender->rows.columns[appender->column];
    if (vector->type != type || appender->modifiers[appender->column] != VALUE_NO_MODIFIER) {
        return NULL;
    }
    row = appender->rows.row_count;
    if (VV_UNLIKELY(vector->has_nulls)) {
        vector->nulls[row / 64] &= ~(UINT64_C(1) << (row % 64));
    }
    return vector;
}

/* Bytes for a string until the rows are written, many from one block. */
static uint8_t *string_room(struct varve_appender *appender, size_t size)
{
    uint8_t *room = NULL;

    if (VV_UNLIKELY(size > appender->room_left)) {
        size_t bytes = size > STRING_ROOM_BYTES ? size : STRING_ROOM_BYTES;

        appender->room_left = 0;
        appender->room = arena_get(&appender->strings, bytes);
        if (appender->room == NULL) {
            return NULL;
        }
        appender->room_left = bytes;
    }
    room = appender->room;
    appender->room += size;
    appender->room_left -= size;
    return room;
}

/* A value dropped with its row may leave a NULL bit behind: storing again clears it. */
static vv_status store_value(struct varve_appender *appender, const struct value *value,
                             struct vv_error *error)
{
    struct value_vector *vector = &appender->rows.columns[appender->column];
    uint32_t row = appender->rows.row_count;
    struct value cast;

    if (VV_UNLIKELY(vector->has_nulls)) {
        vector->nulls[row / 64] &= ~(UINT64_C(1) << (row % 64));
    }
    if (value->null) {
        vector_set_null(vector, row);
        return VV_OK;
    }
    if (value->type == vector->type && appender->modifiers[appender->column] == VALUE_NO_MODIFIER &&
        !value_is_string(value->type)) {
        vector_set(vector, row, value);
        return VV_OK;
    }
    VV_TRY(cast_to_column(appender, value, &cast, error));
    appender->string_bytes += value_is_string(cast.type) ? cast.bytes.size : 0;
    vector_set(vector, row, &cast);
    return VV_OK;
}

/* As an assignment; texts are read as the type's input. The value lies in `strings`. */
static vv_status cast_to_column(struct varve_appender *appender, const struct value *from,
                                struct value *value, struct vv_error *error)
{
    enum value_type type = (enum value_type)appender->types[appender->column];
    int32_t modifier = appender->modifiers[appender->column];
    struct context *before = NULL;
    vv_status status = VV_OK;

    if (from->type == VALUE_BIGINT && type == VALUE_INTEGER && from->integer >= INT32_MIN &&
        from->integer <= INT32_MAX) {
        *value = *from;
        value->type = VALUE_INTEGER;
        return VV_OK;
    }
    if (cast_between((enum value_type)from->type, type) < CAST_ASSIGNMENT) {
        const struct copy_plan *copy = appender->statement->plan->physical->copy;

        return error_set(error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                         "column \"%s\" is of type %s but the value given is of type %s",
                         copy->column_names[appender->column], value_type_info(type)->text,
                         value_type_info((enum value_type)from->type)->text);
    }
    before = session_context_enter(appender->session);
    status = cast_value(from, type, modifier, &appender->strings, value, error);
    session_context_leave(before);
    if (status != VV_OK) {
        return error_from_status(error, status);
    }
    if (value_is_string(value->type) && value->bytes.size > VECTOR_INLINE_BYTES &&
        value->bytes.data == from->bytes.data && !value_copy(&appender->strings, value, value)) {
        return error_from_status(error, VV_NOMEM);
    }
    return VV_OK;
}

/* One statement: all rows or none. */
static int flush(struct varve_appender *appender)
{
    int code = VARVE_OK;

    if (!appender->flushing) {
        appender->column = 0; /* a row that was not ended is none */
        if (appender->rows.row_count == 0) {
            return VARVE_OK;
        }
        appender->flushing = true;
        appender->given = false;
    }
    code = statement_step(appender->statement);
    if (code == VARVE_WAITING) {
        return code;
    }
    appender->flushing = false;
    if (code == VARVE_DONE) {
        appender->source.rows_before += appender->rows.row_count;
        code = VARVE_OK;
    }
    rows_clear(appender);
    return code;
}

static void rows_clear(struct varve_appender *appender)
{
    for (uint32_t i = 0; i < appender->column_count; i++) {
        vector_reset(&appender->rows.columns[i]);
    }
    appender->rows.row_count = 0;
    appender->string_bytes = 0;
    appender->room_left = 0;
    arena_reset(&appender->strings);
}

/* Hands the rows over once. */
static vv_status feed_next(void *context, struct value_batch *batch, uint32_t capacity,
                           struct vv_error *error)
{
    struct varve_appender *appender = context;

    (void)capacity; /* its own vectors are handed over */
    if (appender->given) {
        return VV_END;
    }
    if (!columns_are(appender, appender->statement->plan->physical->copy)) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "the table's columns have changed: open the appender again");
    }
    appender->given = true;
    for (uint32_t i = 0; i < appender->column_count; i++) {
        batch->columns[i] = appender->rows.columns[i];
    }
    batch->row_count = appender->rows.row_count;
    batch->selection = NULL;
    batch->selected_count = batch->row_count;
    return VV_OK;
}

static bool columns_are(const struct varve_appender *appender, const struct copy_plan *copy)
{
    return copy->column_count == appender->column_count &&
           memcmp(copy->column_types, appender->types, appender->column_count) == 0 &&
           memcmp(copy->column_modifiers, appender->modifiers,
                  appender->column_count * sizeof appender->modifiers[0]) == 0;
}

static void appender_free(struct varve_appender *appender)
{
    struct alloc *alloc = &appender->session->db->alloc;

    if (appender->statement != NULL) {
        statement_end(appender->statement);
    }
    arena_release(&appender->strings);
    arena_release(&appender->lasting);
    appender->magic = 0;
    alloc_free(alloc, ALLOC_STATEMENT, appender, sizeof *appender);
}
