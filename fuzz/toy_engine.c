/*
 * toy_engine.c - the part of varve.h that the server's protocol uses, played by a toy: no SQL, no storage, no time.
 *
 * The fuzzer of the wire links it instead of the library, so that a million inputs are a million walks through codec and
 * state machine. What a statement does is written in its text, so that the fuzzer chooses it:
 *
 *     one letter: b BEGIN, e COMMIT, r ROLLBACK, p PREPARE of the name after it, f DEALLOCATE of it, c COPY FROM STDIN,
 *     o COPY TO STDOUT, s rows, i none, x a syntax error, anything else as s. Then: ! an error at its step, w it waits
 *     first, n a notice, $N a parameter, a digit more columns, : ends the text after NULLs. `;` ends the statement.
 *
 * A call against the rules of varve.h aborts, and what was bound is read when the statement runs, as the library does.
 */
#include "varve/varve.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX      8
#define PARAMETERS_MAX 16
#define COLUMNS_MAX    12

struct varve {
    int unused;
};

struct varve_session {
    struct varve_error error;
    void (*notice)(void *argument, const char *severity, const struct varve_error *text);
    void *notice_argument;
    struct {
        char text[64];
        char name[64];
        uint64_t id;
    } names[NAMES_MAX];
    uint64_t version;
    int statements;
    char block; /* 'I', 'T', 'E' */
    bool in_group;
};

struct varve_statement {
    struct varve_session *session;
    char text[64];
    size_t size;
    char verb;
    int parameter_count;
    int types[PARAMETERS_MAX];
    struct {
        const uint8_t *bytes; /* borrow: the client's */
        size_t size;
        bool is_text;
    } bound[PARAMETERS_MAX];
    int column_count;
    int row_count;
    int row; /* from 1 */
    bool waits;
    bool fails;
    bool running;
    bool has_row;
    bool copy_ended;
    size_t copied;
};

static struct varve the_database;

static void must(bool rule)
{
    if (!rule) {
        abort();
    }
}

static int failed(struct varve_session *session, const char *sqlstate, const char *message)
{
    memset(&session->error, 0, sizeof session->error);
    session->error.code = VARVE_ERROR;
    snprintf(session->error.sqlstate, sizeof session->error.sqlstate, "%s", sqlstate);
    snprintf(session->error.message, sizeof session->error.message, "%s", message);
    session->error.position = 1;
    return VARVE_ERROR;
}

/* ---- sessions ---- */

int varve_open(const char *path, const struct varve_options *options, struct varve **db_out,
               struct varve_error *error)
{
    *db_out = &the_database;
    return VARVE_OK;
}

int varve_connect(struct varve *db, struct varve_session **session_out)
{
    must(db == &the_database);
    *session_out = calloc(1, sizeof **session_out);
    must(*session_out != NULL);
    (*session_out)->block = 'I';
    return VARVE_OK;
}

void varve_disconnect(struct varve_session *session)
{
    must(session == NULL || session->statements == 0);
    free(session);
}

int varve_set_wake(struct varve_session *session, void (*wake)(void *argument), void *argument)
{
    must(wake != NULL);
    return VARVE_OK;
}

int varve_set_notice(struct varve_session *session,
                     void (*notice)(void *argument, const char *severity,
                                    const struct varve_error *text),
                     void *argument)
{
    session->notice = notice;
    session->notice_argument = argument;
    return VARVE_OK;
}

int varve_set_roles(struct varve_session *session,
                    int (*change)(void *argument, const struct varve_role_change *change,
                                  struct varve_error *error),
                    void *argument)
{
    return VARVE_OK;
}

int varve_set_role_list(struct varve_session *session,
                        void (*list)(void *argument,
                                     void (*put)(void *put_argument, const struct varve_role *role),
                                     void *put_argument),
                        void *argument)
{
    return VARVE_OK;
}

int varve_set_process(struct varve_session *session, int32_t process)
{
    return VARVE_OK;
}

int varve_identify(struct varve_session *session, const char *user, const char *database)
{
    must(strlen(user) < 64 && strlen(database) < 64);
    return VARVE_OK;
}

/* A setting whose name begins with z is unknown. */
int varve_set_default(struct varve_session *session, const char *name, const char *value)
{
    return name[0] == 'z' ? failed(session, "42704", "unrecognized configuration parameter")
                          : VARVE_OK;
}

int varve_setting(struct varve_session *session, const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s", strcmp(name, "client_min_messages") == 0 ? "notice" : "0");
    return VARVE_OK;
}

uint64_t varve_settings_version(struct varve_session *session)
{
    return session->version;
}

void varve_interrupt(struct varve_session *session)
{
    must(session != NULL);
}

const struct varve_error *varve_last_error(struct varve_session *session)
{
    return &session->error;
}

char varve_transaction_status(struct varve_session *session)
{
    return session->block;
}

int varve_fail(struct varve_session *session)
{
    session->block = session->block == 'T' ? 'E' : session->block;
    return VARVE_OK;
}

int varve_group_begin(struct varve_session *session)
{
    must(!session->in_group);
    session->in_group = true;
    return VARVE_OK;
}

int varve_group_end(struct varve_session *session)
{
    session->in_group = false;
    return VARVE_OK;
}

/* ---- names ---- */

static int name_find(const struct varve_session *session, const char *name)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        if (session->names[i].id != 0 && strncmp(session->names[i].name, name, 63) == 0) {
            return i;
        }
    }
    return -1;
}

static int name_add(struct varve_session *session, const char *name, const char *text)
{
    int free_at = -1;

    if (name_find(session, name) >= 0) {
        return failed(session, "42P05", "prepared statement already exists");
    }
    for (int i = 0; i < NAMES_MAX && free_at < 0; i++) {
        free_at = session->names[i].id == 0 ? i : -1;
    }
    if (free_at < 0) {
        return failed(session, "53200", "out of memory");
    }
    snprintf(session->names[free_at].name, 64, "%s", name);
    snprintf(session->names[free_at].text, 64, "%s", text);
    session->names[free_at].id = ++session->version;
    return VARVE_OK;
}

int varve_name_statement(struct varve_statement *statement, const char *name)
{
    return name_add(statement->session, name, statement->text);
}

uint64_t varve_named(struct varve_session *session, const char *name)
{
    int at = name_find(session, name);

    return at < 0 ? 0 : session->names[at].id;
}

uint64_t varve_names_version(struct varve_session *session)
{
    return session->version;
}

uint64_t varve_sleeps_ms(struct varve_session *session)
{
    return 0;
}

/* It has no cursors. */
uint64_t varve_cursor_named(struct varve_session *session, const char *name)
{
    return 0;
}

/* CLOSE of a cursor: there is none. */
int varve_exec(struct varve_session *session, const char *sql, size_t size)
{
    (void)sql;
    (void)size;
    return failed(session, "34000", "cursor does not exist");
}

int varve_fetches_binary(struct varve_statement *statement)
{
    return 0;
}

int varve_forget_name(struct varve_session *session, const char *name)
{
    int at = name_find(session, name);

    if (at < 0) {
        return VARVE_NOT_FOUND;
    }
    session->names[at].id = 0;
    session->version++;
    return VARVE_OK;
}

int varve_prepare_named(struct varve_session *session, const char *name,
                        struct varve_statement **statement_out)
{
    int at = name_find(session, name);

    return at < 0 ? VARVE_NOT_FOUND
                  : varve_prepare(session, session->names[at].text, 0, statement_out, NULL);
}

/* ---- statements ---- */

int varve_check(struct varve_session *session, const char *sql, size_t size)
{
    return memchr(sql, 'x', size) == NULL ? VARVE_OK : failed(session, "42601", "syntax error");
}

int varve_prepare(struct varve_session *session, const char *sql, size_t size,
                  struct varve_statement **statement_out, const char **tail_out)
{
    return varve_prepare_typed(session, sql, size, NULL, 0, statement_out, tail_out);
}

static void read_text(struct varve_statement *statement, const int *types, int type_count)
{
    for (const char *at = statement->text + 1; *at != '\0'; at++) {
        if (*at == '$' && at[1] >= '1' && at[1] <= '9') {
            int number = at[1] - '0';

            statement->parameter_count =
                number > statement->parameter_count ? number : statement->parameter_count;
            at++;
        } else if (*at >= '0' && *at <= '9' && statement->column_count < COLUMNS_MAX) {
            statement->column_count += 1 + (*at - '0') % 3;
            statement->row_count = *at - '0';
        }
        statement->fails = statement->fails || *at == '!';
        statement->waits = statement->waits || *at == 'w';
    }
    for (int i = 0; i < statement->parameter_count; i++) {
        int type = i < type_count ? types[i] : VARVE_TYPE_UNKNOWN;

        statement->types[i] = type == VARVE_TYPE_UNKNOWN ? VARVE_TYPE_TEXT : type;
    }
    if (statement->column_count > COLUMNS_MAX) {
        statement->column_count = COLUMNS_MAX;
    }
}

int varve_prepare_typed(struct varve_session *session, const char *sql, size_t size,
                        const int *types, int type_count, struct varve_statement **statement_out,
                        const char **tail_out)
{
    const char *end = NULL;
    struct varve_statement *statement = NULL;

    *statement_out = NULL;
    size = size == 0 ? strlen(sql) : size;
    while (size > 0 && strchr(" \t\r\n;", *sql) != NULL) {
        sql++;
        size--;
    }
    end = memchr(sql, ';', size);
    end = end == NULL ? sql + size : end + 1;
    if (tail_out != NULL) {
        *tail_out = end;
    }
    if (size == 0) {
        return VARVE_OK;
    }
    if (sql[0] == 'x') {
        return failed(session, "42601", "syntax error");
    }
    if (session->block == 'E' && sql[0] != 'r' && sql[0] != 'e') {
        return failed(session, "25P02", "current transaction is aborted");
    }
    statement = calloc(1, sizeof *statement);
    must(statement != NULL);
    statement->session = session;
    snprintf(statement->text, sizeof statement->text, "%.*s", (int)(end - sql), sql);
    statement->verb = statement->text[0];
    if (strchr("berpfcoi", statement->verb) == NULL) {
        statement->column_count = 1;
        read_text(statement, types, type_count);
    } else {
        read_text(statement, types, type_count);
        statement->column_count = 0;
    }
    session->statements++;
    *statement_out = statement;
    return VARVE_OK;
}

void varve_finalize(struct varve_statement *statement)
{
    if (statement != NULL) {
        must(statement->session->statements-- > 0);
        free(statement);
    }
}

int varve_reset(struct varve_statement *statement)
{
    statement->running = false;
    statement->has_row = false;
    return VARVE_OK;
}

static int run_verb(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;
    char name[2] = {statement->text[1], '\0'};

    switch (statement->verb) {
    case 'b':
        session->block = 'T';
        return VARVE_DONE;
    case 'e':
    case 'r':
        session->block = 'I';
        return VARVE_DONE;
    case 'p':
        return name_add(session, name, "s3$1") == VARVE_OK ? VARVE_DONE : VARVE_ERROR;
    case 'f':
        (void)varve_forget_name(session, name);
        return VARVE_DONE;
    default:
        return VARVE_DONE;
    }
}

/* Once a run, before anything else. */
static void run_begin(struct varve_statement *statement)
{
    uint8_t sum = 0;

    statement->row = 0;
    statement->copied = 0;
    statement->copy_ended = false;
    statement->running = true;
    for (int i = 0; i < statement->parameter_count; i++) {
        for (size_t at = 0; at < statement->bound[i].size; at++) {
            sum = (uint8_t)(sum + statement->bound[i].bytes[at]);
        }
    }
    if (strchr(statement->text, 'n') != NULL && statement->session->notice != NULL) {
        struct varve_error told = {.sqlstate = "00000"};

        snprintf(told.message, sizeof told.message, "sum %d", sum);
        statement->session->notice(statement->session->notice_argument, "NOTICE", &told);
    }
}

int varve_step(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    statement->has_row = false;
    if (session->block == 'E' && statement->verb != 'r' && statement->verb != 'e') {
        return failed(session, "25P02", "current transaction is aborted");
    }
    if (!statement->running) {
        run_begin(statement);
    }
    if (statement->waits) {
        statement->waits = false;
        return VARVE_WAITING;
    }
    if (statement->verb == 'c' && !statement->copy_ended) {
        return VARVE_COPY_IN;
    }
    if (statement->fails && statement->row == statement->row_count / 2) {
        statement->running = false;
        session->block = session->block == 'T' ? 'E' : session->block;
        return failed(session, "22012", "division by zero");
    }
    if (statement->row < statement->row_count &&
        (statement->column_count > 0 || statement->verb == 'o')) {
        statement->row++;
        statement->has_row = true;
        return statement->verb == 'o' ? VARVE_COPY_OUT : VARVE_ROW;
    }
    statement->running = false;
    return run_verb(statement);
}

const char *varve_command_tag(struct varve_statement *statement)
{
    return statement->column_count > 0 ? "SELECT 3" : statement->verb == 'b' ? "BEGIN" : "SET";
}

/* ---- parameters ---- */

int varve_parameter_count(struct varve_statement *statement)
{
    return statement == NULL ? 0 : statement->parameter_count;
}

int varve_parameter_type(struct varve_statement *statement, int parameter)
{
    return statement->types[parameter - 1];
}

static int bind(struct varve_statement *statement, int parameter, const void *bytes, size_t size,
                bool is_text)
{
    must(!statement->running && parameter >= 1 && parameter <= statement->parameter_count);
    statement->bound[parameter - 1].bytes = bytes;
    statement->bound[parameter - 1].size = size;
    statement->bound[parameter - 1].is_text = is_text;
    return VARVE_OK;
}

int varve_bind_text(struct varve_statement *statement, int parameter, const char *text, size_t size)
{
    return bind(statement, parameter, text, size, true);
}

int varve_bind_bytes(struct varve_statement *statement, int parameter, const void *bytes,
                     size_t size)
{
    return bind(statement, parameter, bytes, size, false);
}

int varve_bind_null(struct varve_statement *statement, int parameter)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_boolean(struct varve_statement *statement, int parameter, int value)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_int64(struct varve_statement *statement, int parameter, int64_t value)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_double(struct varve_statement *statement, int parameter, double value)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_date(struct varve_statement *statement, int parameter, int32_t days)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_time(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_timestamp(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_timestamptz(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_interval(struct varve_statement *statement, int parameter,
                        const struct varve_interval *value)
{
    return bind(statement, parameter, NULL, 0, false);
}

int varve_bind_uuid(struct varve_statement *statement, int parameter, const unsigned char *bytes)
{
    return bind(statement, parameter, NULL, 0, false);
}

/* A text that begins with ? is none of its type. */
int varve_read_parameters(struct varve_statement *statement)
{
    must(!statement->running);
    for (int i = 0; i < statement->parameter_count; i++) {
        if (statement->bound[i].is_text && statement->bound[i].size > 0 &&
            statement->bound[i].bytes[0] == '?') {
            return failed(statement->session, "22P02", "invalid input syntax");
        }
    }
    return VARVE_OK;
}

/* ---- columns: their types go round ---- */

static const int column_types[] = {
#define X(code, oid, bytes) VARVE_TYPE_##code,
#include "server/format.def"
#undef X
};
#define TYPE_COUNT ((int)(sizeof column_types / sizeof column_types[0]))

int varve_column_count(struct varve_statement *statement)
{
    return statement == NULL ? 0 : statement->column_count;
}

int varve_allow_files(struct varve_session *session, int allowed)
{
    must(session != NULL && allowed == 1);
    return VARVE_OK;
}

int varve_returns_rows(struct varve_statement *statement)
{
    return statement != NULL && statement->column_count > 0;
}

int varve_column_type(struct varve_statement *statement, int column)
{
    must(column >= 0 && column < statement->column_count);
    return column_types[(column + (uint8_t)statement->text[1] + statement->row_count) % TYPE_COUNT];
}

const char *varve_column_name(struct varve_statement *statement, int column)
{
    must(column >= 0 && column < statement->column_count);
    return statement->text;
}

int varve_column_describe(struct varve_statement *statement, int column,
                          struct varve_column_info *info_out)
{
    must(column >= 0 && column < statement->column_count);
    info_out->name = statement->text;
    info_out->type = varve_column_type(statement, column);
    info_out->type_modifier = -1;
    info_out->column_number = column;
    info_out->table_id = 1;
    return VARVE_OK;
}

int varve_column_is_null(struct varve_statement *statement, int column)
{
    must(statement->has_row);
    return strchr(statement->text, ':') != NULL && (column + statement->row) % 3 == 0;
}

/* A text that its type could have. */
const char *varve_column_text(struct varve_statement *statement, int column, size_t *size_out)
{
    int type = varve_column_type(statement, column);
    const char *text = type >= VARVE_TYPE_INT2VECTOR && type <= VARVE_TYPE_OIDVECTOR ? "1 2 3"
                       : type >= VARVE_TYPE_BOOLEAN_ARRAY && type <= VARVE_TYPE_ANYARRAY
                           ? "{1,NULL,\"2\\\\\"}"
                       : type == VARVE_TYPE_NUMERIC ? "-1234567890.000012"
                                                    : "17";

    must(statement->has_row);
    if (size_out != NULL) {
        *size_out = strlen(text);
    }
    return text;
}

const void *varve_column_bytes(struct varve_statement *statement, int column, size_t *size_out)
{
    must(statement->has_row && column >= 0 && column < statement->column_count);
    *size_out = 16;
    return "0123456789abcdef";
}

int varve_column_boolean(struct varve_statement *statement, int column)
{
    must(statement->has_row);
    return column % 2;
}

int64_t varve_column_int64(struct varve_statement *statement, int column)
{
    must(statement->has_row);
    return column % 2 == 0 ? INT64_MIN : 1;
}

double varve_column_double(struct varve_statement *statement, int column)
{
    must(statement->has_row);
    return -1.5;
}

int varve_column_interval(struct varve_statement *statement, int column, struct varve_interval *out)
{
    must(statement->has_row);
    *out = (struct varve_interval){.months = -1, .days = 2, .microseconds = 3};
    return VARVE_OK;
}

/* ---- COPY ---- */

enum varve_copy_direction varve_copy_direction(struct varve_statement *statement)
{
    return statement->verb == 'o'   ? VARVE_COPY_TO_PROGRAM
           : statement->verb == 'c' ? VARVE_COPY_FROM_PROGRAM
                                    : VARVE_COPY_NONE;
}

int varve_copy_column_count(struct varve_statement *statement)
{
    return 2;
}

int varve_copy_in(struct varve_statement *statement, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    must(statement->running && !statement->copy_ended && size > 0);
    for (size_t i = 0; i < size; i++) {
        statement->copied += bytes[i];
    }
    return VARVE_OK;
}

int varve_copy_in_end(struct varve_statement *statement)
{
    must(statement->running && !statement->copy_ended);
    statement->copy_ended = true;
    return VARVE_OK;
}

int varve_copy_in_fail(struct varve_statement *statement, const char *reason)
{
    must(statement->running && !statement->copy_ended && strlen(reason) < (1u << 20));
    statement->copy_ended = true;
    statement->fails = true;
    statement->row_count = 0;
    return VARVE_OK;
}

const char *varve_copy_out(struct varve_statement *statement, size_t *size_out)
{
    must(statement->has_row && statement->verb == 'o');
    *size_out = 6;
    return "a\tb\\N\n";
}
