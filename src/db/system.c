/*
 * system.c - the system catalogs: definitions by name, rows by relation. See system.h.
 */
#include "db/system.h"

#include "base/assert.h"
#include "db/db_private.h"
#include "db/system_private.h"
#include "plan/command.h"
#include "value/text.h"

static const struct system_relation relations[SYSTEM_RELATION_COUNT] = {
#define SCHEMA_CATALOG     "pg_catalog"
#define SCHEMA_INFORMATION "information_schema"
#define RELATION(relation, oid_, schema_, kind_)                              \
    {.name = #relation,                                                       \
     .schema = SCHEMA_##schema_,                                              \
     .oid = (oid_),                                                           \
     .first_column = SYSTEM_##relation##_START + 1,                           \
     .column_count = SYSTEM_##relation##_END - SYSTEM_##relation##_START - 1, \
     .kind = (kind_)},
#define COLUMN(relation, name, type, modifier, not_null)
#define RELATION_END(name)
#include "db/system_relations.def"
#undef RELATION
#undef COLUMN
#undef RELATION_END
};

/* By enum system_column; START and END have no name. */
static const struct system_relation_column columns[SYSTEM_COLUMN_COUNT] = {
#define RELATION(name, oid, schema, kind)
#define COLUMN(relation, column, type_, modifier_, not_null_) \
    [SYSTEM_##relation##__##column] = {                       \
        .name = #column, .type = VALUE_##type_, .modifier = (modifier_), .not_null = (not_null_)},
#define RELATION_END(name)
#include "db/system_relations.def"
#undef RELATION
#undef COLUMN
#undef RELATION_END
};

/* Rows that are always there, for each relation that has some: texts with tabs between the fields. */
#define ROWS(relation) static const char *const rows_of_##relation[] = {
#define ROW(text)      text,
#define ROWS_END(relation) \
    NULL                   \
    }                      \
    ;
#include "db/system_rows.def"
#undef ROWS
#undef ROW
#undef ROWS_END

static const char *const *const fixed_rows[SYSTEM_RELATION_COUNT] = {
#define ROWS(relation) [SYSTEM_##relation] = rows_of_##relation,
#define ROW(text)
#define ROWS_END(relation)
#include "db/system_rows.def"
#undef ROWS
#undef ROW
#undef ROWS_END
};

/* What computes the others. Relations in neither table are empty: Varve has nothing of the kind. */
static vv_status (*const functions[SYSTEM_RELATION_COUNT])(struct system_scan *scan) = {
#define X(relation) [SYSTEM_##relation] = system_rows_##relation,
    SYSTEM_ROWS_MAP(X)
#undef X
};

struct system_definitions {
    struct alloc *alloc;
    struct lock lock;                                    /* LOCK_LEAF */
    const struct table_def *defs[SYSTEM_RELATION_COUNT]; /* guard: lock; own; NULL: not named yet */
};

static vv_status definition_make(struct alloc *alloc, const struct system_relation *relation,
                                 uint32_t id, struct table_def **def_out);
static const struct system_relation *relation_find(const char *schema, const char *name);
static vv_status fixed_put(struct system_scan *scan, const char *row);
static vv_slice field_take(vv_slice *rest);

vv_status system_definitions_create(struct alloc *alloc, struct system_definitions **out)
{
    struct system_definitions *definitions = alloc_zero(alloc, ALLOC_CATALOG, sizeof *definitions);

    *out = definitions;
    if (definitions == NULL) {
        return VV_NOMEM;
    }
    definitions->alloc = alloc;
    lock_init(&definitions->lock, LOCK_LEAF);
    return VV_OK;
}

void system_definitions_destroy(struct system_definitions *definitions)
{
    if (definitions == NULL) {
        return;
    }
    for (uint32_t i = 0; i < SYSTEM_RELATION_COUNT; i++) {
        table_def_drop(definitions->defs[i]);
    }
    alloc_free(definitions->alloc, ALLOC_CATALOG, definitions, sizeof *definitions);
}

vv_status system_find(struct system_definitions *definitions, const char *schema, const char *name,
                      const struct table_def **def_out)
{
    const struct system_relation *relation = relation_find(schema, name);
    uint32_t id = relation == NULL ? 0 : (uint32_t)(relation - relations);
    struct table_def *fresh = NULL;

    *def_out = NULL;
    if (relation == NULL) {
        return VV_NOT_FOUND;
    }
    lock_acquire(&definitions->lock);
    *def_out = definitions->defs[id];
    lock_release(&definitions->lock);
    if (*def_out != NULL) {
        return VV_OK;
    }
    VV_TRY(definition_make(definitions->alloc, relation, id, &fresh));
    lock_acquire(&definitions->lock);
    if (definitions->defs[id] == NULL) {
        definitions->defs[id] = fresh;
        fresh = NULL;
    }
    *def_out = definitions->defs[id];
    lock_release(&definitions->lock);
    table_def_drop(fresh); /* somebody was faster */
    return VV_OK;
}

const struct system_relation *system_relations(uint32_t *count_out)
{
    *count_out = SYSTEM_RELATION_COUNT;
    return relations;
}

const struct system_relation_column *system_relation_columns(const struct system_relation *relation)
{
    return &columns[relation->first_column];
}

const char *system_relation_name(uint32_t oid, const char **schema_out)
{
    *schema_out = NULL;
    for (uint32_t i = 0; i < SYSTEM_RELATION_COUNT; i++) {
        if (relations[i].oid == oid) {
            *schema_out = relations[i].schema;
            return relations[i].name;
        }
    }
    return NULL;
}

uint32_t system_relation_oid(const char *schema, const char *name)
{
    const struct system_relation *relation = relation_find(schema, name);

    return relation == NULL ? 0 : relation->oid;
}

bool system_row_field(enum system_column key, vv_slice wanted, enum system_column column,
                      vv_slice *out)
{
    return system_row_fields(key, wanted, column, 0, out);
}

bool system_row_fields(enum system_column key, vv_slice wanted, enum system_column column,
                       uint32_t skip, vv_slice *out)
{
    uint32_t id = 0;

    while (relations[id].first_column + relations[id].column_count <= (uint32_t)key) {
        id++;
    }
    VV_ASSERT(fixed_rows[id] != NULL && (uint32_t)column >= relations[id].first_column);
    for (const char *const *row = fixed_rows[id]; *row != NULL; row++) {
        vv_slice rest = slice_text(*row);
        vv_slice at_key = {0};

        for (uint32_t i = 0; i < relations[id].column_count; i++) {
            vv_slice field = field_take(&rest);

            if (relations[id].first_column + i == (uint32_t)key) {
                at_key = field;
            }
            if (relations[id].first_column + i == (uint32_t)column) {
                *out = field;
            }
        }
        if (slice_equal(at_key, wanted) && skip-- == 0) {
            return true;
        }
    }
    return false;
}

/* ---- rows ---- */

vv_status system_rows(void *owner, const struct exec_source_request *request,
                      struct vv_error *error)
{
    struct varve_session *session = owner;
    uint32_t id = (uint32_t)request->table->version - 1;
    struct system_scan scan = {.session = session,
                               .store = session->store,
                               .catalog = session->db->catalog,
                               .user = session->user,
                               .database = session->database,
                               .request = request,
                               .arena = request->arena,
                               .error = error,
                               .start = relations[id].first_column};
    vv_status status = VV_OK;
    struct session_role role;

    scan.owner = roles_of(session, SYSTEM_ROLE, &role) ? role.name : session->user;
    for (const char *const *row = fixed_rows[id]; row != NULL && *row != NULL; row++) {
        VV_TRY(fixed_put(&scan, *row));
    }
    if (functions[id] != NULL) {
        VV_TRY(system_names(session, &scan.names, error));
        status = functions[id](&scan);
    }
    if (status == VV_OK && scan.failed) {
        status = VV_NOMEM;
    }
    return status == VV_OK ? VV_OK : exec_error(session->store, status, error);
}

/* As COPY would read it. OIDs are numbers even where the type has names. */
static vv_status fixed_put(struct system_scan *scan, const char *row)
{
    vv_slice rest = slice_text(row);
    const struct table_spec *spec = &scan->request->table->spec;

    exec_sink_row(scan->request->sink);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        vv_slice field = field_take(&rest);
        enum value_type type = (enum value_type)spec->columns[i].type;
        struct value value = {.type = (uint8_t)type};

        if (slice_equal(field, slice_text("\\N")) || !scan->request->wanted[i]) {
            continue;
        }
        if (value_is_opaque(type)) {
            value.bytes = field;
        } else {
            VV_TRY(text_parse(type, field, scan->arena, &value, scan->error));
        }
        exec_sink_put(scan->request->sink, i, &value);
    }
    return VV_OK;
}

static vv_slice field_take(vv_slice *rest)
{
    const uint8_t *tab = memchr(rest->data, '\t', rest->size);
    size_t size = tab == NULL ? rest->size : (size_t)(tab - rest->data);
    vv_slice field = slice_make(rest->data, size);

    size += tab != NULL;
    *rest = slice_make(rest->data + size, rest->size - size);
    return field;
}

void system_row(struct system_scan *scan)
{
    scan->failed |= !exec_sink_row(scan->request->sink);
}

static void put(struct system_scan *scan, enum system_column column, struct value value)
{
    uint32_t place = (uint32_t)column - scan->start;

    VV_ASSERT(place < scan->request->table->spec.column_count);
    value.type = scan->request->table->spec.columns[place].type;
    exec_sink_put(scan->request->sink, place, &value);
}

void system_number(struct system_scan *scan, enum system_column column, int64_t number)
{
    put(scan, column, (struct value){.integer = number});
}

void system_boolean(struct system_scan *scan, enum system_column column, bool truth)
{
    put(scan, column, (struct value){.boolean = truth});
}

void system_real(struct system_scan *scan, enum system_column column, double real)
{
    put(scan, column, (struct value){.real = real});
}

void system_seconds(struct system_scan *scan, enum system_column column, int64_t seconds)
{
    put(scan, column, (struct value){.interval = {.time = seconds * 1000000}});
}

void system_letter(struct system_scan *scan, enum system_column column, char letter)
{
    system_string(scan, column, (const char[]){letter, 0});
}

void system_string(struct system_scan *scan, enum system_column column, const char *text)
{
    const char *copy = NULL;

    if (text == NULL || !system_wants(scan, column)) {
        return;
    }
    copy = arena_text(scan->arena, text, strlen(text));
    scan->failed |= copy == NULL;
    if (copy != NULL) {
        put(scan, column, (struct value){.bytes = slice_text(copy)});
    }
}

bool system_wants(const struct system_scan *scan, enum system_column column)
{
    return scan->request->wanted[(uint32_t)column - scan->start];
}

static bool is_equal_to(const struct system_scan *scan, enum system_column column,
                        const struct value *wanted)
{
    uint32_t place = (uint32_t)column - scan->start;

    for (uint32_t i = 0; i < scan->request->equal_count; i++) {
        const struct exec_source_equal *equal = &scan->request->equals[i];

        if (equal->column == place &&
            (equal->value.null ||
             (equal->value.type == wanted->type && value_compare(&equal->value, wanted) != 0))) {
            return false;
        }
    }
    return true;
}

bool system_may_be(const struct system_scan *scan, enum system_column column, int64_t number)
{
    struct value wanted = {.type = columns[column].type, .integer = number};

    return is_equal_to(scan, column, &wanted);
}

bool system_may_be_text(const struct system_scan *scan, enum system_column column, const char *text)
{
    struct value wanted = {.type = columns[column].type, .bytes = slice_text(text)};

    return is_equal_to(scan, column, &wanted);
}

/* ---- definitions ---- */

static const struct system_relation *relation_find(const char *schema, const char *name)
{
    schema = schema == NULL ? SCHEMA_CATALOG : schema;
    for (uint32_t i = 0; i < SYSTEM_RELATION_COUNT; i++) {
        if (strcmp(relations[i].name, name) == 0 && strcmp(relations[i].schema, schema) == 0) {
            return &relations[i];
        }
    }
    return NULL;
}

/* Its version tells which relation it is. */
static vv_status definition_make(struct alloc *alloc, const struct system_relation *relation,
                                 uint32_t id, struct table_def **def_out)
{
    const struct system_relation_column *from = system_relation_columns(relation);
    struct table_def_ids ids = {
        .id = relation->oid, .schema_id = system_schema_id(relation->schema), .version = id + 1};
    struct table_spec spec = {
        .schema = relation->schema, .name = relation->name, .column_count = relation->column_count};
    struct arena arena;
    struct table_column *made = NULL;
    vv_status status = VV_NOMEM;

    *def_out = NULL;
    arena_init(&arena, alloc, ALLOC_CATALOG, 4096);
    made = ARENA_ARRAY(&arena, struct table_column, relation->column_count);
    for (uint32_t i = 0; made != NULL && i < relation->column_count; i++) {
        made[i] = (struct table_column){.name = from[i].name,
                                        .type = from[i].type,
                                        .type_modifier = from[i].modifier,
                                        .not_null = from[i].not_null};
    }
    if (made != NULL) {
        spec.columns = made;
        status = table_def_create(alloc, &ids, &spec, def_out);
    }
    arena_release(&arena);
    return status;
}

uint32_t system_schema_id(const char *schema)
{
    return strcmp(schema, SCHEMA_CATALOG) == 0       ? TABLE_SCHEMA_CATALOG
           : strcmp(schema, SCHEMA_INFORMATION) == 0 ? SYSTEM_SCHEMA_INFORMATION
                                                     : TABLE_SCHEMA_PUBLIC;
}

/* ---- definitions of users that would change them ---- */

static vv_status refuse_name(const struct command_name *name, bool creates, struct vv_error *error)
{
    bool in_catalog = name->schema != NULL && strcmp(name->schema, SCHEMA_CATALOG) == 0;

    if (creates && in_catalog) {
        (void)error_set(error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                        "permission denied to create \"pg_catalog.%s\"", name->name);
        error_detail(error, "System catalog modifications are currently disallowed.");
        return VV_ERROR;
    }
    if (creates || relation_find(name->schema, name->name) == NULL) {
        return VV_OK;
    }
    return error_set(error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                     "permission denied: \"%s\" is a system catalog", name->name);
}

vv_status system_refuse(const struct command *command, struct vv_error *error)
{
    struct command_name created = {0};

    switch (command->kind) {
    case COMMAND_CREATE_TABLE:
        created.schema = command->create_table.spec.schema;
        created.name = command->create_table.spec.name;
        return refuse_name(&created, true, error);
    case COMMAND_CREATE_SEQUENCE:
        return refuse_name(&command->sequence.name, true, error);
    case COMMAND_CREATE_INDEX:
        return refuse_name(&command->create_index.table, false, error);
    case COMMAND_ALTER_TABLE:
        return refuse_name(&command->alter.table, false, error);
    case COMMAND_COMMENT:
        return refuse_name(&command->comment.name, false, error);
    case COMMAND_DROP_TABLE:
    case COMMAND_TRUNCATE:
        for (uint32_t i = 0; i < command->drop.count; i++) {
            VV_TRY(refuse_name(&command->drop.names[i], false, error));
        }
        return VV_OK;
    default:
        return VV_OK;
    }
}
