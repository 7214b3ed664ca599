/* code.c - the public codes are the numbers of base/status.def; errors on their way out. */
#include "db/db_private.h"

#include <assert.h>
#include <stdio.h>

static_assert((int)VARVE_OK == (int)VV_OK, "public codes are statuses");
static_assert((int)VARVE_ERROR == (int)VV_ERROR, "public codes are statuses");
static_assert((int)VARVE_NOT_FOUND == (int)VV_NOT_FOUND, "public codes are statuses");
static_assert((int)VARVE_EXISTS == (int)VV_EXISTS, "public codes are statuses");
static_assert((int)VARVE_CONFLICT == (int)VV_CONFLICT, "public codes are statuses");
static_assert((int)VARVE_DEADLOCK == (int)VV_DEADLOCK, "public codes are statuses");
static_assert((int)VARVE_LOCK_TIMEOUT == (int)VV_LOCK_TIMEOUT, "public codes are statuses");
static_assert((int)VARVE_LOCK_BUSY == (int)VV_LOCK_BUSY, "public codes are statuses");
static_assert((int)VARVE_CANCELED == (int)VV_CANCELED, "public codes are statuses");
static_assert((int)VARVE_NOMEM == (int)VV_NOMEM, "public codes are statuses");
static_assert((int)VARVE_DISK_FULL == (int)VV_DISK_FULL, "public codes are statuses");
static_assert((int)VARVE_IO == (int)VV_IO, "public codes are statuses");
static_assert((int)VARVE_CORRUPT == (int)VV_CORRUPT, "public codes are statuses");
static_assert((int)VARVE_LIMIT == (int)VV_LIMIT, "public codes are statuses");
static_assert((int)VARVE_READ_ONLY == (int)VV_READ_ONLY, "public codes are statuses");
static_assert((int)VARVE_BUSY == (int)VV_BUSY, "public codes are statuses");
static_assert((int)VARVE_UNSUPPORTED == (int)VV_UNSUPPORTED, "public codes are statuses");
static_assert((int)VARVE_INVALID == (int)VV_INVALID, "public codes are statuses");
static_assert((int)VARVE_MISUSE == (int)VV_MISUSE, "public codes are statuses");
static_assert((int)VARVE_OUTCOME_UNKNOWN == (int)VV_OUTCOME_UNKNOWN, "public codes are statuses");

const char *varve_code_text(int code)
{
    switch (code) {
    case VARVE_ROW:
        return "a row is there";
    case VARVE_DONE:
        return "no more rows";
    case VARVE_WAITING:
        return status_text(VV_WAITING);
    case VARVE_COPY_IN:
        return "COPY wants data";
    case VARVE_COPY_OUT:
        return "a line of COPY is there";
    default:
        return code >= 0 && code <= VARVE_OUTCOME_UNKNOWN ? status_text((vv_status)code)
                                                          : "unknown code";
    }
}

const char *varve_version(void)
{
    return VARVE_VERSION;
}

/* 40001, 53200 and so on are worth a code, since programs act on them; the rest is told by SQLSTATE. The
 * class 02 is not an error. */
int code_of_sqlstate(const char *sqlstate)
{
    for (int code = VARVE_EXISTS; code <= VARVE_OUTCOME_UNKNOWN; code++) {
        if (code != VARVE_MISUSE && strcmp(status_sqlstate((vv_status)code), sqlstate) == 0) {
            return code;
        }
    }
    return VARVE_ERROR;
}

void code_error_export(const struct vv_error *failure, struct varve_error *error_out)
{
    static_assert(sizeof error_out->message == sizeof failure->message, "same texts");
    static_assert(sizeof error_out->table_name == sizeof failure->table, "same names");

    error_out->code = code_of_sqlstate(failure->sqlstate);
    error_out->position = failure->position;
    memcpy(error_out->sqlstate, failure->sqlstate, sizeof error_out->sqlstate);
    memcpy(error_out->message, failure->message, sizeof error_out->message);
    memcpy(error_out->detail, failure->detail, sizeof error_out->detail);
    memcpy(error_out->hint, failure->hint, sizeof error_out->hint);
    static_assert(sizeof error_out->context == sizeof failure->context, "same texts");
    memcpy(error_out->context, failure->context, sizeof error_out->context);
    memcpy(error_out->table_name, failure->table, sizeof error_out->table_name);
    memcpy(error_out->column_name, failure->column, sizeof error_out->column_name);
    memcpy(error_out->constraint_name, failure->constraint, sizeof error_out->constraint_name);
}

static const uint8_t type_codes[VALUE_TYPE_COUNT] = {
    [VALUE_BOOLEAN] = VARVE_TYPE_BOOLEAN,
    [VALUE_INTEGER] = VARVE_TYPE_INTEGER,
    [VALUE_BIGINT] = VARVE_TYPE_BIGINT,
    [VALUE_DOUBLE] = VARVE_TYPE_DOUBLE,
    [VALUE_NUMERIC] = VARVE_TYPE_NUMERIC,
    [VALUE_TEXT] = VARVE_TYPE_TEXT,
    [VALUE_BYTEA] = VARVE_TYPE_BYTEA,
    [VALUE_SMALLINT] = VARVE_TYPE_SMALLINT,
    [VALUE_REAL] = VARVE_TYPE_REAL,
    [VALUE_VARCHAR] = VARVE_TYPE_VARCHAR,
    [VALUE_BPCHAR] = VARVE_TYPE_CHAR,
    [VALUE_UUID] = VARVE_TYPE_UUID,
    [VALUE_DATE] = VARVE_TYPE_DATE,
    [VALUE_TIME] = VARVE_TYPE_TIME,
    [VALUE_TIMESTAMP] = VARVE_TYPE_TIMESTAMP,
    [VALUE_TIMESTAMPTZ] = VARVE_TYPE_TIMESTAMPTZ,
    [VALUE_INTERVAL] = VARVE_TYPE_INTERVAL,
    [VALUE_OID] = VARVE_TYPE_OID,
    [VALUE_NAME] = VARVE_TYPE_NAME,
    [VALUE_LETTER] = VARVE_TYPE_LETTER,
    [VALUE_REGCLASS] = VARVE_TYPE_REGCLASS,
    [VALUE_REGTYPE] = VARVE_TYPE_REGTYPE,
    [VALUE_REGPROC] = VARVE_TYPE_REGPROC,
    [VALUE_REGNAMESPACE] = VARVE_TYPE_REGNAMESPACE,
    [VALUE_REGROLE] = VARVE_TYPE_REGROLE,
    [VALUE_XID] = VARVE_TYPE_XID,
    [VALUE_INT2VECTOR] = VARVE_TYPE_INT2VECTOR,
    [VALUE_OIDVECTOR] = VARVE_TYPE_OIDVECTOR,
    [VALUE_NODE_TREE] = VARVE_TYPE_NODE_TREE,
    [VALUE_BOOLEAN_ARRAY] = VARVE_TYPE_BOOLEAN_ARRAY,
    [VALUE_LETTER_ARRAY] = VARVE_TYPE_LETTER_ARRAY,
    [VALUE_NAME_ARRAY] = VARVE_TYPE_NAME_ARRAY,
    [VALUE_SMALLINT_ARRAY] = VARVE_TYPE_SMALLINT_ARRAY,
    [VALUE_TEXT_ARRAY] = VARVE_TYPE_TEXT_ARRAY,
    [VALUE_REAL_ARRAY] = VARVE_TYPE_REAL_ARRAY,
    [VALUE_DOUBLE_ARRAY] = VARVE_TYPE_DOUBLE_ARRAY,
    [VALUE_OID_ARRAY] = VARVE_TYPE_OID_ARRAY,
    [VALUE_ACLITEM_ARRAY] = VARVE_TYPE_ACLITEM_ARRAY,
    [VALUE_REGTYPE_ARRAY] = VARVE_TYPE_REGTYPE_ARRAY,
    [VALUE_ANYARRAY] = VARVE_TYPE_ANYARRAY,
    [VALUE_INET] = VARVE_TYPE_INET,
    [VALUE_LSN] = VARVE_TYPE_LSN,
    [VALUE_NDISTINCT] = VARVE_TYPE_NDISTINCT,
    [VALUE_DEPENDENCIES] = VARVE_TYPE_DEPENDENCIES,
    [VALUE_MCV_LIST] = VARVE_TYPE_MCV_LIST,
    [VALUE_STATISTIC_ARRAY] = VARVE_TYPE_STATISTIC_ARRAY,
};

enum value_type type_of_code(int code)
{
    for (unsigned i = 0; i < VALUE_TYPE_COUNT; i++) {
        if (type_codes[i] == code) {
            return (enum value_type)i;
        }
    }
    return VALUE_UNKNOWN;
}

int code_of_type(enum value_type type)
{
    return type_codes[type];
}

const char *varve_type_text(int type)
{
    for (unsigned i = 0; i < VALUE_TYPE_COUNT; i++) {
        if (type_codes[i] == type) {
            return value_type_info((enum value_type)i)->text;
        }
    }
    return "unknown";
}
