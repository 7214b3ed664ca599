/*
 * system_names.c - what the running statement sees, by OID and by name; regclass and its kin in and out.
 *
 * Reading all definitions costs a few microseconds each, and one statement may ask for a thousand names: so a session
 * keeps what it read until the catalog's word says that definitions have changed.
 */
#include "base/hash.h"
#include "db/db_private.h"
#include "db/system_private.h"
#include "plan/deparse.h"
#include "sql/sql.h"
#include "value/names.h"
#include "value/scan.h"
#include "value/text.h"

#define NAMES_ARENA_BYTES 4096
#define DERIVED_ID        UINT32_C(0x80000000) /* far above what the catalog draws */

static vv_status names_read(struct varve_session *session, struct system_names *names);
static vv_status names_add(struct system_names *names, const struct catalog_name *name,
                           struct system_object *object);
static bool names_are_current(const struct varve_session *session,
                              const struct system_names *names);
static vv_status find_relation(struct varve_session *session, vv_slice text, uint32_t *oid_out,
                               struct vv_error *error);
static vv_status find_type(vv_slice text, uint32_t *oid_out);
static vv_status find_function(vv_slice text, uint32_t *oid_out, struct vv_error *error);

vv_status system_names(struct varve_session *session, struct system_names **names_out,
                       struct vv_error *error)
{
    struct system_names *names = session->names;
    vv_status status = VV_OK;

    *names_out = NULL;
    if (names == NULL) {
        names = alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *names);
        if (names == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        arena_init(&names->arena, &session->db->alloc, ALLOC_SESSION, NAMES_ARENA_BYTES);
        session->names = names;
    }
    *names_out = names;
    if (!session->reading || names_are_current(session, names)) {
        return VV_OK;
    }
    catalog_view_release(&names->view);
    arena_reset(&names->arena);
    names->objects = NULL;
    names->count = 0;
    catalog_view_init(&names->view, session->db->catalog, session->store);
    status = names_read(session, names);
    if (status != VV_OK) {
        catalog_view_release(&names->view);
        names->count = 0;
        return exec_error(session->store, status, error);
    }
    return VV_OK;
}

void system_names_release(struct varve_session *session)
{
    struct system_names *names = session->names;

    if (names == NULL) {
        return;
    }
    catalog_view_release(&names->view);
    arena_release(&names->arena);
    alloc_free(&session->db->alloc, ALLOC_SESSION, names, sizeof *names);
    session->names = NULL;
}

const struct system_object *system_object(const struct system_names *names, uint32_t id)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->objects[i].id == id) {
            return &names->objects[i];
        }
    }
    return NULL;
}

const struct system_object *system_object_named(const struct system_names *names, const char *name)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (strcmp(names->objects[i].name, name) == 0) {
            return &names->objects[i];
        }
    }
    return NULL;
}

uint32_t system_check_id(const struct table_def *def, const struct table_check *check)
{
    return DERIVED_ID | (uint32_t)hash_bytes(check->name, strlen(check->name), def->id);
}

uint32_t system_default_id(const struct table_def *def, uint32_t column)
{
    return DERIVED_ID | (uint32_t)hash_word((uint64_t)def->id << 16 | column);
}

static bool names_are_current(const struct varve_session *session, const struct system_names *names)
{
    return names->view.catalog != NULL &&
           catalog_view_is_current(&names->view, store_snapshot(session->store));
}

static vv_status names_read(struct varve_session *session, struct system_names *names)
{
    struct catalog_name *list = NULL;
    uint32_t count = 0;

    VV_TRY(catalog_list(session->db->catalog, session->store, &names->arena, &list, &count));
    names->objects = ARENA_ARRAY(&names->arena, struct system_object, count);
    if (names->objects == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(names_add(names, &list[i], &names->objects[i]));
    }
    names->count = count;
    for (uint32_t i = 0; i < count; i++) { /* an index is found through its table */
        struct system_object *object = &names->objects[i];

        if (object->kind == CATALOG_INDEX) {
            const struct system_object *table = system_object(names, object->table_id);

            if (table == NULL || table->def == NULL) {
                return VV_CORRUPT;
            }
            object->def = table->def;
            object->index = table_def_index_by_id(table->def, object->id);
        }
    }
    return VV_OK;
}

static vv_status names_add(struct system_names *names, const struct catalog_name *name,
                           struct system_object *object)
{
    *object = (struct system_object){
        .name = name->name, .id = name->id, .table_id = name->table_id, .kind = name->kind};
    return name->kind == CATALOG_TABLE
               ? catalog_view_find(&names->view, name->schema, name->name, &object->def)
               : VV_OK;
}

/* ---- regclass and its kin ---- */

vv_status system_find_object(void *owner, enum value_type type, vv_slice name, uint32_t *oid_out,
                             struct vv_error *error)
{
    struct varve_session *session = owner;
    struct session_role role;
    char part[LIMIT_NAME_BYTES + 1];
    vv_slice rest = name;

    *oid_out = 0;
    if (type == VALUE_REGCLASS) {
        return find_relation(session, name, oid_out, error);
    }
    if (type == VALUE_REGTYPE) {
        return find_type(name, oid_out);
    }
    if (type == VALUE_REGPROC) {
        return find_function(name, oid_out, error);
    }
    if (!names_take_part(&rest, part) || rest.size > 0) {
        return error_set(error, VV_SQLSTATE_INVALID_NAME, 0, "invalid name syntax");
    }
    if (type == VALUE_REGROLE) {
        *oid_out = roles_named(session, part, &role) ? role.id : 0;
    } else if (strcmp(part, "public") == 0 || system_schema_id(part) != TABLE_SCHEMA_PUBLIC) {
        *oid_out = system_schema_id(part);
    }
    if (*oid_out == 0) { /* the message names it without its quotes */
        return error_set(
            error,
            type == VALUE_REGROLE ? VV_SQLSTATE_UNDEFINED_OBJECT : VV_SQLSTATE_INVALID_SCHEMA_NAME,
            0, "%s \"%s\" does not exist", type == VALUE_REGROLE ? "role" : "schema", part);
    }
    return VV_OK;
}

static vv_status find_relation(struct varve_session *session, vv_slice text, uint32_t *oid_out,
                               struct vv_error *error)
{
    char first[LIMIT_NAME_BYTES + 1];
    char second[LIMIT_NAME_BYTES + 1] = "";
    vv_slice rest = text;
    struct system_names *names = NULL;
    const struct system_object *object = NULL;
    const char *schema = NULL;
    const char *name = first;

    if (!names_take_part(&rest, first) || (rest.size > 0 && !names_take_part(&rest, second))) {
        return error_set(error, VV_SQLSTATE_INVALID_NAME, 0, "invalid name syntax");
    }
    if (rest.size > 0) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "cross-database references are not implemented: \"%.*s\"", (int)text.size,
                         (const char *)text.data);
    }
    if (second[0] != 0) {
        schema = first;
        name = second;
        if (strcmp(schema, "public") != 0 && system_schema_id(schema) == TABLE_SCHEMA_PUBLIC) {
            return error_set(error, VV_SQLSTATE_INVALID_SCHEMA_NAME, 0,
                             "schema \"%s\" does not exist", schema);
        }
    }
    if (schema == NULL || strcmp(schema, "public") != 0) {
        *oid_out = system_relation_oid(schema, name);
    }
    if (*oid_out == 0 && (schema == NULL || strcmp(schema, "public") == 0)) {
        VV_TRY(system_names(session, &names, error));
        object = system_object_named(names, name);
        *oid_out = object == NULL ? 0 : object->id;
    }
    return *oid_out != 0 ? VV_OK
                         : error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                                     "relation \"%s%s%s\" does not exist",
                                     schema == NULL ? "" : schema, schema == NULL ? "" : ".", name);
}

/* "timestamp with time zone", "varchar(10)", "pg_catalog.int4": spaces are single, the modifier does not matter. */
static vv_status find_type(vv_slice text, uint32_t *oid_out)
{
    static const struct {
        const char *word;
        enum value_type type;
    } others[] = {{"int", VALUE_INTEGER},        {"decimal", VALUE_NUMERIC}, {"dec", VALUE_NUMERIC},
                  {"float", VALUE_DOUBLE},       {"char", VALUE_BPCHAR},     {"time", VALUE_TIME},
                  {"timestamp", VALUE_TIMESTAMP}};
    char name[2 * LIMIT_NAME_BYTES + 2];
    size_t size = 0;
    enum value_type type = VALUE_TYPE_COUNT;
    int depth = 0;

    for (size_t i = 0; i < text.size && size < sizeof name - 1; i++) {
        char c = (char)text.data[i];

        depth += c == '(';
        if (depth == 0 && !(c == ' ' && (size == 0 || name[size - 1] == ' '))) {
            name[size++] = (char)scan_lower((uint8_t)c);
        }
        depth -= c == ')';
    }
    while (size > 0 && name[size - 1] == ' ') {
        size--;
    }
    name[size] = 0;
    if (strncmp(name, "pg_catalog.", 11) == 0) {
        memmove(name, name + 11, size - 10);
        type = strcmp(name, "char") == 0 ? VALUE_LETTER : type;
    }
    for (size_t i = 0; type == VALUE_TYPE_COUNT && i < sizeof others / sizeof others[0]; i++) {
        type = strcmp(name, others[i].word) == 0 ? others[i].type : type;
    }
    if (type == VALUE_TYPE_COUNT) {
        type = value_type_of_name(name);
    }
    for (unsigned i = 0; type == VALUE_TYPE_COUNT && i < VALUE_TYPE_COUNT; i++) {
        size_t length = strlen(value_types[i].internal); /* int4[] */

        if (strncmp(name, value_types[i].internal, length) == 0 &&
            strcmp(name + length, "[]") == 0) {
            char array[LIMIT_NAME_BYTES + 2] = "_";

            memcpy(array + 1, value_types[i].internal, length + 1);
            type = value_type_of_name(array);
        }
    }
    *oid_out = type == VALUE_TYPE_COUNT ? 0 : value_types[type].oid;
    return *oid_out == 0 ? VV_NOT_FOUND : VV_OK;
}

static vv_status find_function(vv_slice text, uint32_t *oid_out, struct vv_error *error)
{
    char name[LIMIT_NAME_BYTES + 1];
    vv_slice rest = text;
    vv_slice oid = {0};
    vv_slice other = {0};
    struct value value;

    if (!names_take_part(&rest, name) ||
        (strcmp(name, "pg_catalog") == 0 && rest.size > 0 && !names_take_part(&rest, name)) ||
        rest.size > 0) {
        return error_set(error, VV_SQLSTATE_INVALID_NAME, 0, "invalid name syntax");
    }
    if (!system_row_field(SYSTEM_pg_proc__proname, slice_text(name), SYSTEM_pg_proc__oid, &oid)) {
        return VV_NOT_FOUND;
    }
    if (system_row_fields(SYSTEM_pg_proc__proname, slice_text(name), SYSTEM_pg_proc__oid, 1,
                          &other)) {
        return error_set(error, VV_SQLSTATE_AMBIGUOUS_FUNCTION, 0,
                         "more than one function named \"%s\"", name);
    }
    VV_TRY(text_parse(VALUE_OID, oid, NULL, &value, error));
    *oid_out = (uint32_t)value.integer;
    return VV_OK;
}

static size_t put_name(const char *schema, const char *name, char *to)
{
    size_t size = 0;

    if (schema != NULL) {
        size = names_quote(schema, deparse_is_keyword(slice_text(schema)), to);
        to[size++] = '.';
    }
    return size + names_quote(name, deparse_is_keyword(slice_text(name)), to + size);
}

size_t system_name_object(void *owner, enum value_type type, uint32_t oid, char *to)
{
    struct varve_session *session = owner;
    struct system_names *names = NULL;
    const struct system_object *object = NULL;
    enum value_type named = VALUE_TYPE_COUNT;
    const char *schema = NULL;
    const char *name = NULL;
    struct session_role role;
    char digits[24];
    vv_slice field = {0};

    switch (type) {
    case VALUE_REGTYPE:
        named = value_type_of_oid(oid);
        if (named == VALUE_TYPE_COUNT) {
            return 0;
        }
        return value_type_format(named, VALUE_NO_MODIFIER, to);
    case VALUE_REGROLE:
        return roles_of(session, oid, &role) ? put_name(NULL, role.name, to) : 0;
    case VALUE_REGNAMESPACE:
        name = oid == TABLE_SCHEMA_CATALOG        ? "pg_catalog"
               : oid == TABLE_SCHEMA_PUBLIC       ? "public"
               : oid == SYSTEM_SCHEMA_INFORMATION ? "information_schema"
                                                  : NULL;
        return name == NULL ? 0 : put_name(NULL, name, to);
    case VALUE_REGPROC:
        if (!system_row_field(SYSTEM_pg_proc__oid,
                              slice_make(digits, text_print_int64((int64_t)oid, digits)),
                              SYSTEM_pg_proc__proname, &field)) {
            return 0;
        }
        memcpy(to, field.data, field.size);
        return field.size;
    default:
        break;
    }
    name = system_relation_name(oid, &schema);
    if (name != NULL) {
        return put_name(strcmp(schema, "pg_catalog") == 0 ? NULL : schema, name, to);
    }
    if (system_names(session, &names, NULL) != VV_OK) {
        return 0;
    }
    object = system_object(names, oid);
    if (object == NULL) {
        return 0;
    }
    /* One of the system's hides it. */
    return put_name(system_relation_oid(NULL, object->name) == 0 ? NULL : "public", object->name,
                    to);
}
