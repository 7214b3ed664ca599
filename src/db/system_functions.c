/*
 * system_functions.c - the functions over the catalogs (PostgreSQL's chapter 9.26): what things are called and defined
 * as, whether they may be used, how large they are, and where the session stands.
 *
 * A function that is asked about an OID that nothing has answers NULL, as PostgreSQL's do. There are no privileges
 * yet: who is connected may do everything, so has_…_privilege() only checks that the question makes sense.
 */
#include <stdio.h>
#include <strings.h>

#include "catalog/sequence.h"
#include "db/db_private.h"
#include "db/system_private.h"
#include "os/os.h"
#include "plan/function.h"
#include "value/calendar.h"
#include "value/names.h"
#include "value/text.h"

/* One call under way. */
struct call {
    struct varve_session *session;
    const struct session_catalog_call *use;
    const struct value *arguments;
    struct value *out;
    struct vv_error *error;
};

static vv_status answer_text(const struct call *call, const char *text);
static vv_status answer_null(const struct call *call);
static vv_status answer_boolean(const struct call *call, bool truth);
static vv_status answer_number(const struct call *call, int64_t number);
static uint32_t oid_of(const struct call *call, uint32_t argument);
static vv_status find_object(const struct call *call, uint32_t oid,
                             const struct system_object **object_out);
static vv_status call_format_type(const struct call *call);
static vv_status call_indexdef(const struct call *call);
static vv_status call_constraintdef(const struct call *call);
static vv_status call_serial_sequence(const struct call *call);
static vv_status call_to_reg(const struct call *call);
static vv_status call_relation_visible(const struct call *call);
static vv_status call_fixed_visible(const struct call *call);
static vv_status call_size(const struct call *call);
static vv_status call_database_size(const struct call *call);
static vv_status call_filenode(const struct call *call);
static vv_status call_encoding(const struct call *call);
static vv_status call_privilege(const struct call *call);
static vv_status call_place(const struct call *call);

static vv_status call_expression(const struct call *call);
static vv_status call_description(const struct call *call);
static vv_status call_nothing(const struct call *call);

/* Those that are not here ask for privileges. */
static vv_status (*const handlers[FUNCTION_COUNT])(const struct call *call) = {
    [FUNCTION_FORMAT_TYPE] = call_format_type,
    [FUNCTION_PG_GET_INDEXDEF] = call_indexdef,
    [FUNCTION_PG_GET_INDEXDEF_COLUMN] = call_indexdef,
    [FUNCTION_PG_GET_CONSTRAINTDEF] = call_constraintdef,
    [FUNCTION_PG_GET_CONSTRAINTDEF_PRETTY] = call_constraintdef,
    [FUNCTION_PG_GET_EXPR] = call_expression,
    [FUNCTION_PG_GET_EXPR_PRETTY] = call_expression,
    [FUNCTION_PG_GET_SERIAL_SEQUENCE] = call_serial_sequence,
    [FUNCTION_TO_REGCLASS] = call_to_reg,
    [FUNCTION_TO_REGTYPE] = call_to_reg,
    [FUNCTION_TO_REGPROC] = call_to_reg,
    [FUNCTION_TO_REGNAMESPACE] = call_to_reg,
    [FUNCTION_TO_REGROLE] = call_to_reg,
    [FUNCTION_PG_TABLE_IS_VISIBLE] = call_relation_visible,
    [FUNCTION_PG_TYPE_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_FUNCTION_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_OPERATOR_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_OPCLASS_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_OPFAMILY_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_COLLATION_IS_VISIBLE] = call_fixed_visible,
    [FUNCTION_PG_RELATION_SIZE] = call_size,
    [FUNCTION_PG_RELATION_SIZE_FORK] = call_size,
    [FUNCTION_PG_TABLE_SIZE] = call_size,
    [FUNCTION_PG_INDEXES_SIZE] = call_size,
    [FUNCTION_PG_TOTAL_RELATION_SIZE] = call_size,
    [FUNCTION_PG_DATABASE_SIZE] = call_database_size,
    [FUNCTION_PG_DATABASE_SIZE_OID] = call_database_size,
    [FUNCTION_PG_RELATION_FILENODE] = call_filenode,
    [FUNCTION_PG_ENCODING_TO_CHAR] = call_encoding,
    [FUNCTION_PG_CHAR_TO_ENCODING] = call_encoding,
    [FUNCTION_PG_CLIENT_ENCODING] = call_encoding,
    [FUNCTION_GETDATABASEENCODING] = call_encoding,
    [FUNCTION_PG_GET_VIEWDEF] = call_nothing,
    [FUNCTION_PG_GET_VIEWDEF_PRETTY] = call_nothing,
    [FUNCTION_OBJ_DESCRIPTION] = call_description,
    [FUNCTION_OBJ_DESCRIPTION_ANY] = call_description,
    [FUNCTION_COL_DESCRIPTION] = call_description,
    [FUNCTION_SHOBJ_DESCRIPTION] = call_nothing,
    [FUNCTION_PG_CONVERSION_IS_VISIBLE] = call_nothing,
    [FUNCTION_PG_GET_USERBYID] = call_place,
    [FUNCTION_CURRENT_SCHEMAS] = call_place,
    [FUNCTION_PG_BACKEND_PID] = call_place,
    [FUNCTION_PG_IS_IN_RECOVERY] = call_place,
    [FUNCTION_PG_POSTMASTER_START_TIME] = call_place,
    [FUNCTION_PG_CONF_LOAD_TIME] = call_place,
    [FUNCTION_TXID_CURRENT] = call_place,
    [FUNCTION_PG_MY_TEMP_SCHEMA] = call_place,
    [FUNCTION_PG_IS_OTHER_TEMP_SCHEMA] = call_place,
};

vv_status system_call(void *owner, const struct session_catalog_call *use, struct value *out,
                      struct vv_error *error)
{
    struct call call = {
        .session = owner, .use = use, .arguments = use->arguments, .out = out, .error = error};

    return handlers[use->function] == NULL ? call_privilege(&call) : handlers[use->function](&call);
}

static struct system_text text_of_call(const struct call *call)
{
    return (struct system_text){
        .session = call->session, .arena = call->use->arena, .error = call->error};
}

/* pg_get_expr(): the catalog keeps what it would print. */
static vv_status call_expression(const struct call *call)
{
    struct system_text text = text_of_call(call);
    const char *printed = NULL;

    call->out->bytes = call->arguments[0].bytes;
    if (call->use->argument_count < 3 || !call->arguments[2].boolean) {
        return VV_OK;
    }
    printed =
        arena_text(call->use->arena, (const char *)call->out->bytes.data, call->out->bytes.size);
    if (printed == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    printed = system_text_pretty(&text, printed);
    call->out->bytes = slice_text(printed == NULL ? "" : printed);
    return printed == NULL ? VV_ERROR : VV_OK;
}

/* The comment on an object of a class (or any), or on a column. */
static vv_status call_description(const struct call *call)
{
    bool of_column = call->use->function == FUNCTION_COL_DESCRIPTION;
    vv_slice class = call->use->argument_count == 2 && !of_column ? call->arguments[1].bytes
                                                                  : slice_make(NULL, 0);
    int64_t column = of_column ? call->arguments[1].integer : 0;
    struct system_names *names = NULL;
    const char *text = NULL;
    vv_status status = VV_OK;

    if (call->arguments[0].null || (call->use->argument_count == 2 && call->arguments[1].null) ||
        column < 0 || column > UINT16_MAX) {
        return answer_null(call);
    }
    VV_TRY(system_names(call->session, &names, call->error));
    status = system_comment(call->session->store, names, oid_of(call, 0), class,
                            of_column ? (uint16_t)column : 0, call->use->arena, &text);
    if (status == VV_NOT_FOUND) {
        return answer_null(call);
    }
    return status == VV_OK ? answer_text(call, text)
                           : exec_error(call->session->store, status, call->error);
}

/* There are no views and conversions to tell of. */
static vv_status call_nothing(const struct call *call)
{
    return answer_null(call);
}

/* ---- answers ---- */

static vv_status answer_text(const struct call *call, const char *text)
{
    const char *copy = arena_text(call->use->arena, text, strlen(text));

    call->out->bytes = slice_make(copy, copy == NULL ? 0 : strlen(text));
    return copy == NULL ? error_from_status(call->error, VV_NOMEM) : VV_OK;
}

static vv_status answer_null(const struct call *call)
{
    call->out->null = true;
    return VV_OK;
}

static vv_status answer_boolean(const struct call *call, bool truth)
{
    call->out->boolean = truth;
    return VV_OK;
}

static vv_status answer_number(const struct call *call, int64_t number)
{
    call->out->integer = number;
    return VV_OK;
}

static uint32_t oid_of(const struct call *call, uint32_t argument)
{
    return (uint32_t)call->arguments[argument].integer;
}

/* NULL: nothing of a user's has it. */
static vv_status find_object(const struct call *call, uint32_t oid,
                             const struct system_object **object_out)
{
    struct system_names *names = NULL;

    VV_TRY(system_names(call->session, &names, call->error));
    *object_out = system_object(names, oid);
    return VV_OK;
}

/* ---- definitions ---- */

static vv_status call_format_type(const struct call *call)
{
    enum value_type type = VALUE_TYPE_COUNT;
    char text[VALUE_TYPE_TEXT_BYTES];
    const struct value *modifier = &call->arguments[1];

    if (call->arguments[0].null) {
        return answer_null(call);
    }
    if (oid_of(call, 0) == 0) {
        return answer_text(call, "-");
    }
    type = value_type_of_oid(oid_of(call, 0));
    if (type == VALUE_TYPE_COUNT) {
        return answer_text(call, "???");
    }
    if (type == VALUE_BPCHAR && !modifier->null && modifier->integer < 0) {
        return answer_text(call, "bpchar"); /* "character" would be character(1) */
    }
    value_type_format(type,
                      modifier->null || modifier->integer < 0 ? VALUE_NO_MODIFIER
                                                              : (int32_t)modifier->integer,
                      text);
    return answer_text(call, text);
}

static vv_status call_indexdef(const struct call *call)
{
    struct system_text text = text_of_call(call);
    const struct system_object *object = NULL;
    const char *printed = NULL;
    int32_t column = call->use->argument_count == 3 ? (int32_t)call->arguments[1].integer : 0;

    VV_TRY(find_object(call, oid_of(call, 0), &object));
    if (object == NULL || object->kind != CATALOG_INDEX) {
        return answer_null(call);
    }
    printed = column != 0
                  ? system_text_index_column(&text, object->def, object->index, column,
                                             call->arguments[2].boolean)
                  : system_text_index(&text, object->def, object->index,
                                      call->use->argument_count == 3 && call->arguments[2].boolean);
    call->out->bytes = slice_text(printed == NULL ? "" : printed);
    return printed == NULL ? VV_ERROR : VV_OK;
}

static vv_status call_constraintdef(const struct call *call)
{
    struct system_text text = text_of_call(call);
    struct system_names *names = NULL;
    const struct system_object *object = NULL;
    const char *printed = NULL;
    uint32_t oid = oid_of(call, 0);

    VV_TRY(system_names(call->session, &names, call->error));
    object = system_object(names, oid);
    if (object != NULL && object->kind == CATALOG_INDEX && object->index->constraint) {
        printed = system_text_key(&text, object->def, object->index);
        call->out->bytes = slice_text(printed == NULL ? "" : printed);
        return printed == NULL ? VV_ERROR : VV_OK;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        const struct table_def *def = names->objects[i].def;

        for (uint32_t c = 0; names->objects[i].kind == CATALOG_TABLE && c < def->spec.check_count;
             c++) {
            if (system_check_id(def, &def->spec.checks[c]) == oid) {
                printed =
                    system_text_check(&text, def, &def->spec.checks[c],
                                      call->use->argument_count > 1 && call->arguments[1].boolean);
                call->out->bytes = slice_text(printed == NULL ? "" : printed);
                return printed == NULL ? VV_ERROR : VV_OK;
            }
        }
    }
    return answer_null(call);
}

/* "public.t_a_seq" of SERIAL or IDENTITY. The table's name is written as an identifier, the column's as it is. */
static vv_status call_serial_sequence(const struct call *call)
{
    struct system_text text = text_of_call(call);
    const struct system_object *table = NULL;
    const struct system_object *sequence = NULL;
    const char *name = NULL;
    char column[LIMIT_NAME_BYTES + 1] = "";
    vv_slice wanted = names_cut(call->arguments[1].bytes);
    uint32_t oid = 0;
    uint16_t place = TABLE_NO_COLUMN;

    VV_TRY(system_find_object(call->session, VALUE_REGCLASS, call->arguments[0].bytes, &oid,
                              call->error));
    VV_TRY(find_object(call, oid, &table));
    if (wanted.size > 0) {
        memcpy(column, wanted.data, wanted.size);
    }
    if (table != NULL && table->kind == CATALOG_TABLE) {
        place = table_def_column(table->def, column);
    }
    if (place == TABLE_NO_COLUMN) {
        const char *schema = NULL;

        return error_set(call->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                         "column \"%s\" of relation \"%s\" does not exist", column,
                         table != NULL ? table->name : system_relation_name(oid, &schema));
    }
    VV_TRY(find_object(call, table->def->spec.columns[place].sequence_id, &sequence));
    if (table->def->spec.columns[place].sequence_id == 0 || sequence == NULL) {
        return answer_null(call);
    }
    name = system_text_name(&text, sequence->name);
    name = name == NULL ? NULL : arena_format(call->use->arena, "public.%s", name);
    if (name == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    call->out->bytes = slice_text(name);
    return VV_OK;
}

/* ---- names ---- */

/* NULL instead of "does not exist". */
static vv_status call_to_reg(const struct call *call)
{
    enum value_type type =
        (enum value_type)function_entry((enum function_id)call->use->function)->result_type;
    uint32_t oid = 0;
    struct vv_error error;
    vv_status status = VV_OK;

    error_clear(&error);
    status = system_find_object(call->session, type, call->arguments[0].bytes, &oid, &error);
    if (status == VV_NOT_FOUND ||
        (status == VV_ERROR &&
         (strcmp(error.sqlstate, "42P01") == 0 || strcmp(error.sqlstate, "3F000") == 0 ||
          strcmp(error.sqlstate, "42704") == 0 || strcmp(error.sqlstate, "42725") == 0))) {
        return answer_null(call);
    }
    if (status != VV_OK) {
        if (call->error != NULL) {
            *call->error = error;
        }
        return status;
    }
    return answer_number(call, (int64_t)oid);
}

static vv_status call_relation_visible(const struct call *call)
{
    const struct system_object *object = NULL;
    const char *schema = NULL;

    if (system_relation_name(oid_of(call, 0), &schema) != NULL) {
        return answer_boolean(call, strcmp(schema, "pg_catalog") == 0);
    }
    VV_TRY(find_object(call, oid_of(call, 0), &object));
    return object == NULL ? answer_null(call)
                          : answer_boolean(call, system_relation_oid(NULL, object->name) == 0);
}

/* What always is, in pg_catalog. */
static vv_status call_fixed_visible(const struct call *call)
{
    static const uint16_t keys[FUNCTION_COUNT] = {
        [FUNCTION_PG_TYPE_IS_VISIBLE] = SYSTEM_pg_type__oid,
        [FUNCTION_PG_FUNCTION_IS_VISIBLE] = SYSTEM_pg_proc__oid,
        [FUNCTION_PG_OPERATOR_IS_VISIBLE] = SYSTEM_pg_operator__oid,
        [FUNCTION_PG_OPCLASS_IS_VISIBLE] = SYSTEM_pg_opclass__oid,
        [FUNCTION_PG_OPFAMILY_IS_VISIBLE] = SYSTEM_pg_opfamily__oid,
        [FUNCTION_PG_COLLATION_IS_VISIBLE] = SYSTEM_pg_collation__oid,
    };
    enum system_column key = (enum system_column)keys[call->use->function];
    char digits[24];
    vv_slice field = {0};
    size_t size = text_print_int64(call->arguments[0].integer, digits);

    return system_row_field(key, slice_make(digits, size), key, &field) ? answer_boolean(call, true)
                                                                        : answer_null(call);
}

/* ---- sizes ---- */

static uint64_t map_bytes(const struct call *call, uint32_t map)
{
    struct store_map_stats stats = {0};

    return store_map_stats(call->session->db->store, map, &stats) == VV_OK ? stats.bytes : 0;
}

static vv_status call_size(const struct call *call)
{
    enum function_id function = (enum function_id)call->use->function;
    const struct system_object *object = NULL;
    const char *schema = NULL;
    uint64_t table = 0;
    uint64_t indexes = 0;

    if (function == FUNCTION_PG_RELATION_SIZE_FORK) {
        static const char *const forks[] = {"main", "fsm", "vm", "init"};
        bool known = false;

        for (size_t i = 0; i < sizeof forks / sizeof forks[0]; i++) {
            known |= slice_equal(call->arguments[1].bytes, slice_text(forks[i]));
        }
        if (!known) {
            (void)error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                            "invalid fork name");
            error_hint(call->error,
                       "Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
            return VV_ERROR;
        }
        if (!slice_equal(call->arguments[1].bytes, slice_text(forks[0]))) {
            return answer_number(call, 0); /* there is nothing of the kind */
        }
    }
    VV_TRY(find_object(call, oid_of(call, 0), &object));
    if (object == NULL) {
        return system_relation_name(oid_of(call, 0), &schema) == NULL ? answer_null(call)
                                                                      : answer_number(call, 0);
    }
    if (object->kind == CATALOG_SEQUENCE) {
        return answer_number(call, 0);
    }
    if (object->kind == CATALOG_MAP) {
        return answer_number(call, (int64_t)map_bytes(call, object->table_id));
    }
    table = map_bytes(call,
                      object->kind == CATALOG_INDEX ? object->index->map_id : object->def->map_id);
    for (uint32_t i = 0; object->kind == CATALOG_TABLE && i < object->def->spec.index_count; i++) {
        const struct table_index *index = &object->def->spec.indexes[i];

        indexes += index->primary ? 0 : map_bytes(call, index->map_id);
    }
    return answer_number(call,
                         (int64_t)(function == FUNCTION_PG_INDEXES_SIZE          ? indexes
                                   : function == FUNCTION_PG_TOTAL_RELATION_SIZE ? table + indexes
                                                                                 : table));
}

static vv_status call_database_size(const struct call *call)
{
    struct store_stats stats;
    const struct value *which = &call->arguments[0];

    if (call->use->function == FUNCTION_PG_DATABASE_SIZE_OID) {
        if (oid_of(call, 0) != SYSTEM_DATABASE) {
            return answer_null(call);
        }
    } else if (!slice_equal(which->bytes, slice_text(call->session->database))) {
        return error_set(call->error, VV_SQLSTATE_INVALID_CATALOG_NAME, 0,
                         "database \"%.*s\" does not exist", (int)which->bytes.size,
                         (const char *)which->bytes.data);
    }
    store_stats(call->session->db->store, &stats);
    return answer_number(call, (int64_t)(stats.memory_bytes[ALLOC_FRAMES]));
}

static vv_status call_filenode(const struct call *call)
{
    const struct system_object *object = NULL;

    VV_TRY(find_object(call, oid_of(call, 0), &object));
    if (object == NULL) {
        return answer_null(call);
    }
    return answer_number(call, object->kind == CATALOG_TABLE   ? object->def->map_id
                               : object->kind == CATALOG_INDEX ? object->index->map_id
                                                               : object->id);
}

/* ---- encodings: PostgreSQL's numbers ---- */

static vv_status call_encoding(const struct call *call)
{
    static const char *const names[] = {
        "SQL_ASCII", "EUC_JP",        "EUC_CN",     "EUC_KR",     "EUC_TW",     "EUC_JIS_2004",
        "UTF8",      "MULE_INTERNAL", "LATIN1",     "LATIN2",     "LATIN3",     "LATIN4",
        "LATIN5",    "LATIN6",        "LATIN7",     "LATIN8",     "LATIN9",     "LATIN10",
        "WIN1256",   "WIN1258",       "WIN866",     "WIN874",     "KOI8R",      "WIN1251",
        "WIN1252",   "ISO_8859_5",    "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250",
        "WIN1253",   "WIN1254",       "WIN1255",    "WIN1257",    "KOI8U",      "SJIS",
        "BIG5",      "GBK",           "UHC",        "GB18030",    "JOHAB",      "SHIFT_JIS_2004"};
    const int64_t count = (int64_t)(sizeof names / sizeof names[0]);

    if (call->use->argument_count == 0) {
        return answer_text(call, "UTF8");
    }
    if (call->use->function == FUNCTION_PG_ENCODING_TO_CHAR) {
        int64_t number = call->arguments[0].integer;

        return answer_text(call, number < 0 || number >= count ? "" : names[number]);
    }
    for (int64_t i = 0; i < count; i++) {
        vv_slice name = call->arguments[0].bytes;

        if (strlen(names[i]) == name.size &&
            strncasecmp(names[i], (const char *)name.data, name.size) == 0) {
            return answer_number(call, i);
        }
    }
    return answer_number(call, -1);
}

/* ---- privileges ---- */

/* What may be asked of a kind of object: names behind each other, then NULL. */
static const char *const table_privileges[] = {"SELECT",   "INSERT",     "UPDATE",  "DELETE",
                                               "TRUNCATE", "REFERENCES", "TRIGGER", NULL};
static const char *const schema_privileges[] = {"CREATE", "USAGE", NULL};
static const char *const database_privileges[] = {"CREATE", "CONNECT", "TEMP", "TEMPORARY", NULL};
static const char *const sequence_privileges[] = {"USAGE", "SELECT", "UPDATE", NULL};

enum privilege_object { OF_TABLE, OF_SCHEMA, OF_DATABASE, OF_SEQUENCE };

static vv_status privilege_words(const struct call *call, const char *const *known, vv_slice list)
{
    static const char grant[] = " WITH GRANT OPTION";

    while (list.size > 0 || list.data != NULL) {
        const uint8_t *comma = list.size == 0 ? NULL : memchr(list.data, ',', list.size);
        size_t size = comma == NULL ? list.size : (size_t)(comma - list.data);
        vv_slice word = slice_make(list.data, size);
        bool found = false;

        while (word.size > 0 && word.data[0] == ' ') {
            word.data++;
            word.size--;
        }
        word = value_without_blanks(word);
        for (size_t i = 0; known[i] != NULL && !found; i++) {
            size_t length = strlen(known[i]);
            const char *text = (const char *)word.data;

            found =
                word.size >= length && strncasecmp(text, known[i], length) == 0 &&
                (word.size == length || (word.size == length + sizeof grant - 1 &&
                                         strncasecmp(text + length, grant, sizeof grant - 1) == 0));
        }
        if (!found) {
            return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "unrecognized privilege type: \"%.*s\"", (int)word.size,
                             (const char *)word.data);
        }
        list = comma == NULL ? (vv_slice){0} : slice_make(comma + 1, list.size - size - 1);
    }
    return VV_OK;
}

/* *exists_out false: there is no such OID. */
static vv_status privilege_object(const struct call *call, enum privilege_object kind,
                                  const struct value *which, bool *exists_out)
{
    struct system_names *names = NULL;
    const struct system_object *object = NULL;
    const char *schema = NULL;
    uint32_t oid = (uint32_t)(which->type == VALUE_OID ? which->integer : 0);
    char name[CONTEXT_NAME_BYTES];

    *exists_out = true;
    if (kind == OF_DATABASE) {
        *exists_out = oid == SYSTEM_DATABASE;
        if (which->type == VALUE_OID ||
            slice_equal(which->bytes, slice_text(call->session->database))) {
            *exists_out |= which->type != VALUE_OID;
            return VV_OK;
        }
        return error_set(call->error, VV_SQLSTATE_INVALID_CATALOG_NAME, 0,
                         "database \"%.*s\" does not exist", (int)which->bytes.size,
                         (const char *)which->bytes.data);
    }
    if (kind == OF_SCHEMA) {
        if (which->type != VALUE_OID) {
            return system_find_object(call->session, VALUE_REGNAMESPACE, which->bytes, &oid,
                                      call->error);
        }
        *exists_out = system_name_object(call->session, VALUE_REGNAMESPACE, oid, name) != 0;
        return VV_OK;
    }
    if (which->type != VALUE_OID) {
        VV_TRY(system_find_object(call->session, VALUE_REGCLASS, which->bytes, &oid, call->error));
    }
    VV_TRY(system_names(call->session, &names, call->error));
    object = system_object(names, oid);
    *exists_out = object != NULL || system_relation_name(oid, &schema) != NULL;
    if (kind == OF_SEQUENCE && *exists_out &&
        (object == NULL || object->kind != CATALOG_SEQUENCE)) {
        return error_set(call->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a sequence",
                         object != NULL ? object->name : system_relation_name(oid, &schema));
    }
    return VV_OK;
}

static bool role_exists(const struct call *call, vv_slice name)
{
    char text[LIMIT_NAME_BYTES + 1];
    struct session_role role;

    if (name.size >= sizeof text) {
        return false;
    }
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return roles_named(call->session, text, &role);
}

static vv_status call_privilege(const struct call *call)
{
    static const char *const *const privileges[] = {[OF_TABLE] = table_privileges,
                                                    [OF_SCHEMA] = schema_privileges,
                                                    [OF_DATABASE] = database_privileges,
                                                    [OF_SEQUENCE] = sequence_privileges};
    const char *name = function_entry((enum function_id)call->use->function)->name;
    enum privilege_object kind = name[4] == 't'                    ? OF_TABLE
                                 : name[4] == 'd'                  ? OF_DATABASE
                                 : strncmp(name + 4, "sc", 2) == 0 ? OF_SCHEMA
                                                                   : OF_SEQUENCE;
    uint32_t first = call->use->argument_count == 3;
    bool exists = false;

    if (first == 1 && !slice_equal(call->arguments[0].bytes, slice_text("public")) &&
        !role_exists(call, call->arguments[0].bytes)) {
        return error_set(call->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "role \"%.*s\" does not exist", (int)call->arguments[0].bytes.size,
                         (const char *)call->arguments[0].bytes.data);
    }
    VV_TRY(privilege_object(call, kind, &call->arguments[first], &exists));
    VV_TRY(privilege_words(call, privileges[kind], call->arguments[first + 1].bytes));
    return exists ? answer_boolean(call, true) : answer_null(call);
}

/* ---- where the session stands ---- */

static vv_status call_place(const struct call *call)
{
    struct session_role role;
    char text[64];
    uint64_t tag = 0;

    switch ((enum function_id)call->use->function) {
    case FUNCTION_PG_GET_USERBYID:
        if (roles_of(call->session, oid_of(call, 0), &role)) {
            return answer_text(call, role.name);
        }
        snprintf(text, sizeof text, "unknown (OID=%u)", oid_of(call, 0));
        return answer_text(call, text);
    case FUNCTION_CURRENT_SCHEMAS:
        return answer_text(call, call->arguments[0].boolean ? "{pg_catalog,public}" : "{public}");
    case FUNCTION_PG_BACKEND_PID:
        return answer_number(call, call->session->number);
    case FUNCTION_PG_POSTMASTER_START_TIME:
    case FUNCTION_PG_CONF_LOAD_TIME:
        return answer_number(call, call->session->db->opened_at);
    case FUNCTION_TXID_CURRENT:
        VV_TRY(
            exec_error(call->session->store, store_tag(call->session->store, &tag), call->error));
        return answer_number(call, (int64_t)(tag & INT64_MAX));
    case FUNCTION_PG_MY_TEMP_SCHEMA:
        return answer_number(call, 0);
    default: /* pg_is_in_recovery, pg_is_other_temp_schema */
        return answer_boolean(call, false);
    }
}
