/*
 * sequence.c - CREATE, ALTER, DROP SEQUENCE; options; rows of definitions.
 *
 *     row of map 3, all little endian:
 *     4 type's OID   1 flags (1 cycle)   4 state id   4 table id   2 column
 *     8 start   8 first of this state   8 increment   8 minimum   8 maximum   8 cache   rest: name
 */
#include "catalog/sequence.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "catalog/sequence_private.h"
#include "value/value.h"

#define ROW_BYTES 63u

static vv_status sequence_write(struct catalog_work *work, const struct sequence *sequence,
                                bool fresh);
static vv_status sequence_decode(vv_slice row, uint32_t id, struct sequence *sequence);
static vv_status options_apply(const struct table_sequence_options *options, bool fresh,
                               struct sequence *sequence, struct vv_error *error);

/* ---- DDL ---- */

vv_status sequence_create(const struct catalog_ddl *ddl, const char *schema, const char *name,
                          const struct table_sequence_options *options, bool if_not_exists)
{
    struct catalog_work work;
    struct sequence sequence = {0};
    struct sequence_owning owning = {0};
    bool taken = false;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    VV_TRY_OR(done, catalog_work_name_lock(&work, name));
    VV_TRY_OR(done, catalog_work_restart(&work));
    VV_TRY_OR(done, catalog_work_name_taken(&work, name, &taken));
    if (!taken && options->owner != NULL) {
        VV_TRY_OR(done, sequence_owner_lock(&work, &sequence, options->owner, &owning));
    }
    status = taken
                 ? catalog_work_already_exists(&work, name, if_not_exists)
                 : sequence_make(&work, name, options, owning.to == NULL ? 0 : owning.to->id,
                                 owning.to == NULL ? TABLE_NO_COLUMN : owning.column, &sequence.id);
    if (status == VV_EXISTS && !work.nothing_to_do) {
        status = catalog_work_already_exists(&work, name, false);
    }
    if (status == VV_OK && owning.to != NULL) {
        status = sequence_owner_write(&work, &owning, &sequence);
    }
done:
    sequence_owning_release(&owning);
    return catalog_work_end(&work, status);
}

/* Finds the sequence in work's session and locks its name. VV_EXISTS: nothing to do. */
static vv_status sequence_lock(struct catalog_work *work, const char *schema, const char *name,
                               const char *kind, bool if_exists, struct sequence *sequence)
{
    struct catalog_entry entry;
    vv_status status = VV_OK;

    VV_TRY(catalog_work_schema_find(work, schema));
    VV_TRY(catalog_work_name_lock(work, name));
    VV_TRY(catalog_work_restart(work));
    status = catalog_entry_get(work->session, work->schema_id, name, &entry);
    if (status == VV_NOT_FOUND && if_exists) {
        catalog_work_notice(work, kind, name, "does not exist, skipping");
        return VV_EXISTS;
    }
    if (status == VV_NOT_FOUND) {
        return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0, "%s \"%s\" does not exist",
                         kind, name);
    }
    VV_TRY(status);
    if (entry.kind != CATALOG_SEQUENCE) {
        error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a sequence", name);
        if (strcmp(kind, "sequence") == 0) {
            error_hint(work->error, "Use DROP %s to remove %s.",
                       entry.kind == CATALOG_TABLE ? "TABLE" : "INDEX",
                       entry.kind == CATALOG_TABLE ? "a table" : "an index");
        }
        return VV_ERROR;
    }
    return sequence_get(work->session, entry.id, sequence, work->error);
}

vv_status sequence_alter(const struct catalog_ddl *ddl, const char *schema, const char *name,
                         const struct table_sequence_options *options, bool if_exists)
{
    struct catalog_work work;
    struct sequence sequence;
    struct sequence_owning owning = {0};
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, sequence_lock(&work, schema, name, "relation", if_exists, &sequence));
    if (options->owner != NULL) {
        VV_TRY_OR(done, sequence_owner_lock(&work, &sequence, options->owner, &owning));
    }
    VV_TRY_OR(done, options_apply(options, false, &sequence, work.error));
    if (options->has_restart) {
        sequence.state_id = catalog_work_draw_id(work.catalog);
    }
    if (options->owner != NULL) {
        VV_TRY_OR(done, sequence_owner_change(&work, &owning, &sequence));
    }
    status = sequence_write(&work, &sequence, false);
done:
    sequence_owning_release(&owning);
    return catalog_work_end(&work, status);
}

/* The definition of the SERIAL column's table, whose DEFAULT names the sequence: locked and claimed, in work. */
static vv_status owner_lock(struct catalog_work *work, const struct sequence *sequence)
{
    struct catalog_entry entry;
    const char *text = NULL;
    vv_status status = VV_OK;

    if (sequence->table_id == 0) {
        return VV_OK;
    }
    table_def_drop(work->def);
    work->def = NULL;
    status = catalog_def_get(work->catalog, work->session, sequence->table_id, &work->def);
    VV_TRY(status == VV_NOT_FOUND ? VV_CORRUPT : status);
    if (sequence->column >= work->def->spec.column_count) {
        return VV_CORRUPT;
    }
    text = work->def->spec.columns[sequence->column].default_text;
    if (text == NULL) { /* IDENTITY knows it by its id */
        table_def_drop(work->def);
        work->def = NULL;
        return VV_OK;
    }
    VV_TRY(catalog_entry_get(work->session, work->schema_id, work->def->spec.name, &entry));
    VV_TRY(catalog_work_drop_lock(work, work->def->spec.name, &entry));
    return catalog_work_def_claim(work);
}

static vv_status owner_rename(struct catalog_work *work, const struct sequence *sequence,
                              const char *new_name)
{
    struct table_spec spec = work->def->spec;
    struct table_column *columns =
        ARENA_ARRAY(&work->arena, struct table_column, spec.column_count);
    struct table_column *column = NULL;
    struct table_def *fresh = NULL;
    const char *old_text = NULL;

    if (columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec.column_count; i++) {
        columns[i] = spec.columns[i];
    }
    column = &columns[sequence->column];
    VV_TRY(sequence_default(work, sequence->name, &old_text));
    if (strcmp(column->default_text, old_text) != 0) {
        return VV_OK; /* another DEFAULT was set since */
    }
    VV_TRY(sequence_default(work, new_name, &column->default_text));
    spec.columns = columns;
    VV_TRY(catalog_work_def_replace(work, &spec, &fresh));
    table_def_drop(work->def);
    work->def = fresh;
    return catalog_announce(work->catalog, work->session, fresh->id);
}

vv_status sequence_rename(const struct catalog_ddl *ddl, const char *schema, const char *name,
                          const char *new_name, bool if_exists)
{
    struct catalog_work work;
    struct catalog_entry entry;
    struct sequence sequence;
    bool taken = false;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    VV_TRY_OR(done, catalog_work_name_lock(&work, new_name));
    do {
        VV_TRY_OR(done, sequence_lock(&work, schema, name, "relation", if_exists, &sequence));
        status = owner_lock(&work, &sequence);
    } while (status == VV_RETRY);
    if (status != VV_OK) {
        goto done;
    }
    VV_TRY_OR(done, catalog_work_name_taken(&work, new_name, &taken));
    if (taken) {
        status = catalog_work_already_exists(&work, new_name, false);
        goto done;
    }
    VV_TRY_OR(done, catalog_entry_get(work.session, work.schema_id, name, &entry));
    VV_TRY_OR(done, catalog_work_name_delete(&work, name));
    VV_TRY_OR(done, catalog_work_name_insert(&work, new_name, &entry));
    if (work.def != NULL) {
        VV_TRY_OR(done, owner_rename(&work, &sequence, new_name));
    }
    snprintf(sequence.name, sizeof sequence.name, "%s", new_name);
    status = sequence_write(&work, &sequence, false);
done:
    return catalog_work_end(&work, status);
}

/* A column that draws from the sequence keeps it. */
static vv_status owner_check(struct catalog_work *work, const struct sequence *sequence)
{
    const struct table_column *column = NULL;
    const char *text = NULL;
    vv_status status = VV_OK;

    if (sequence->table_id == 0) {
        return VV_OK;
    }
    status = catalog_def_get(work->catalog, work->session, sequence->table_id, &work->def);
    if (status != VV_OK) {
        return status == VV_NOT_FOUND ? VV_CORRUPT : status;
    }
    if (sequence->column >= work->def->spec.column_count) {
        return VV_CORRUPT;
    }
    column = &work->def->spec.columns[sequence->column];
    if (column->identity != TABLE_NO_IDENTITY) {
        error_set(work->error, VV_SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST, 0,
                  "cannot drop sequence %s because column %s of table %s requires it",
                  sequence->name, column->name, work->def->spec.name);
        error_hint(work->error, "You can drop column %s of table %s instead.", column->name,
                   work->def->spec.name);
        return VV_ERROR;
    }
    VV_TRY(sequence_default(work, sequence->name, &text));
    if (column->default_text == NULL || strcmp(column->default_text, text) != 0) {
        return VV_OK;
    }
    error_set(work->error, VV_SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST, 0,
              "cannot drop sequence %s because other objects depend on it", sequence->name);
    error_detail(work->error, "default value for column %s of table %s depends on sequence %s",
                 column->name, work->def->spec.name, sequence->name);
    error_hint(work->error, "Use DROP ... CASCADE to drop the dependent objects too.");
    return VV_ERROR;
}

vv_status sequence_drop(const struct catalog_ddl *ddl, const char *schema, const char *name,
                        bool if_exists)
{
    static const struct table_sequence_owner none;
    struct catalog_work work;
    struct sequence sequence;
    struct sequence_owning owning = {0};
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, sequence_lock(&work, schema, name, "sequence", if_exists, &sequence));
    VV_TRY_OR(done, owner_check(&work, &sequence));
    if (sequence.table_id != 0) {
        VV_TRY_OR(done, sequence_owner_lock(&work, &sequence, &none, &owning));
        VV_TRY_OR(done, owner_check(&work, &sequence));
        VV_TRY_OR(done, sequence_owner_write(&work, &owning, &sequence));
    }
    status = sequence_unmake(&work, sequence.id);
done:
    sequence_owning_release(&owning);
    return catalog_work_end(&work, status);
}

vv_status sequence_make(struct catalog_work *work, const char *name,
                        const struct table_sequence_options *options, uint32_t table_id,
                        uint16_t column, uint32_t *id_out)
{
    struct sequence sequence = {
        .type = VALUE_BIGINT, .increment = 1, .cache = 1, .table_id = table_id, .column = column};
    struct catalog_entry entry = {.kind = CATALOG_SEQUENCE};

    VV_TRY(options_apply(options, true, &sequence, work->error));
    sequence.id = catalog_work_draw_id(work->catalog);
    sequence.state_id = catalog_work_draw_id(work->catalog);
    snprintf(sequence.name, sizeof sequence.name, "%s", name);
    entry.id = sequence.id;
    entry.table_id = table_id == 0 ? sequence.id : table_id;
    VV_TRY(catalog_work_name_insert(work, name, &entry));
    *id_out = sequence.id;
    return sequence_write(work, &sequence, true);
}

vv_status sequence_unmake(struct catalog_work *work, uint32_t id)
{
    struct catalog_def_key key = catalog_def_key(id);
    struct sequence sequence;
    vv_status status = VV_OK;

    VV_TRY(sequence_get(work->session, id, &sequence, work->error));
    VV_TRY(catalog_work_name_delete(work, sequence.name));
    VV_TRY(catalog_comments_drop(work, id));
    status =
        store_delete(work->session, CATALOG_MAP_SEQUENCES, slice_make(key.bytes, sizeof key.bytes),
                     slice_make(NULL, 0), STORE_BASIS_SNAPSHOT, &(struct store_newest){0});
    return status == VV_NOT_FOUND || status == VV_CHANGED ? VV_CORRUPT : status;
}

vv_status sequence_restart(struct catalog_work *work, uint32_t id)
{
    struct sequence sequence;

    VV_TRY(sequence_get(work->session, id, &sequence, work->error));
    sequence.first = sequence.start;
    sequence.state_id = catalog_work_draw_id(work->catalog);
    return sequence_write(work, &sequence, false);
}

vv_status sequence_change(struct catalog_work *work, uint32_t id,
                          const struct table_sequence_options *options)
{
    struct sequence sequence;

    VV_TRY(sequence_get(work->session, id, &sequence, work->error));
    VV_TRY(options_apply(options, false, &sequence, work->error));
    if (options->has_restart) {
        sequence.state_id = catalog_work_draw_id(work->catalog);
    }
    return sequence_write(work, &sequence, false);
}

/* The name as an identifier in a string: quotes doubled twice. */
vv_status sequence_default(struct catalog_work *work, const char *name, const char **text_out)
{
    char quoted[4 * LIMIT_NAME_BYTES + 8];
    size_t size = 0;
    bool plain = (name[0] >= 'a' && name[0] <= 'z') || name[0] == '_';

    for (const char *at = name; *at != '\0'; at++) {
        plain = plain && ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_');
    }
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '\'' || *at == '"') {
            quoted[size++] = *at;
        }
        quoted[size++] = *at;
    }
    quoted[size] = '\0';
    *text_out = arena_format(
        &work->arena, plain ? "nextval('%s'::regclass)" : "nextval('\"%s\"'::regclass)", quoted);
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

/* ---- looking up ---- */

vv_status sequence_find(struct store_session *session, const char *schema, const char *name,
                        struct sequence *sequence_out, struct vv_error *error)
{
    struct catalog_entry entry;
    const char *found_schema = NULL;
    uint32_t schema_id = 0;
    vv_status status = catalog_schema_id(schema, &schema_id, &found_schema)
                           ? catalog_entry_get(session, schema_id, name, &entry)
                           : VV_NOT_FOUND;

    if (status == VV_NOT_FOUND) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                         "relation \"%s%s%s\" does not exist", schema == NULL ? "" : schema,
                         schema == NULL ? "" : ".", name);
    }
    if (status != VV_OK) {
        return error_from_status(error, status);
    }
    if (entry.kind != CATALOG_SEQUENCE) {
        return error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a sequence", name);
    }
    return sequence_get(session, entry.id, sequence_out, error);
}

vv_status sequence_get(struct store_session *session, uint32_t id, struct sequence *sequence_out,
                       struct vv_error *error)
{
    struct catalog_def_key key = catalog_def_key(id);
    vv_slice row;
    vv_status status =
        store_get(session, CATALOG_MAP_SEQUENCES, slice_make(key.bytes, sizeof key.bytes), &row);

    if (status == VV_OK) {
        status = sequence_decode(row, id, sequence_out);
    }
    if (status == VV_NOT_FOUND) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                         "could not open relation with OID %u", id);
    }
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}

/* ---- rows ---- */

static vv_status sequence_write(struct catalog_work *work, const struct sequence *sequence,
                                bool fresh)
{
    struct catalog_def_key key = catalog_def_key(sequence->id);
    vv_slice key_slice = slice_make(key.bytes, sizeof key.bytes);
    uint8_t row[ROW_BYTES + LIMIT_NAME_BYTES];
    size_t name_size = strlen(sequence->name);
    const int64_t numbers[] = {sequence->start,   sequence->first,   sequence->increment,
                               sequence->minimum, sequence->maximum, sequence->cache};
    vv_status status = VV_OK;

    bytes_store32(row, value_type_info(sequence->type)->oid);
    row[4] = sequence->cycle ? 1 : 0;
    bytes_store32(row + 5, sequence->state_id);
    bytes_store32(row + 9, sequence->table_id);
    bytes_store16(row + 13, sequence->column);
    for (unsigned i = 0; i < 6; i++) {
        bytes_store64(row + 15 + 8 * i, (uint64_t)numbers[i]);
    }
    memcpy(row + ROW_BYTES, sequence->name, name_size);
    if (fresh) {
        return store_insert(work->session, CATALOG_MAP_SEQUENCES, key_slice,
                            slice_make(row, ROW_BYTES + name_size));
    }
    status = store_update(work->session, CATALOG_MAP_SEQUENCES, key_slice,
                          slice_make(row, ROW_BYTES + name_size), STORE_BASIS_SNAPSHOT,
                          &(struct store_newest){0});
    return status == VV_NOT_FOUND || status == VV_CHANGED ? VV_CONFLICT : status;
}

static vv_status sequence_decode(vv_slice row, uint32_t id, struct sequence *sequence)
{
    enum value_type type = VALUE_TYPE_COUNT;
    int64_t numbers[6];

    *sequence = (struct sequence){.id = id};
    if (row.size < ROW_BYTES || row.size - ROW_BYTES > LIMIT_NAME_BYTES) {
        return VV_CORRUPT;
    }
    type = value_type_of_oid(bytes_load32(row.data));
    if (type == VALUE_TYPE_COUNT) {
        return VV_CORRUPT;
    }
    for (unsigned i = 0; i < 6; i++) {
        numbers[i] = (int64_t)bytes_load64(row.data + 15 + 8 * i);
    }
    sequence->type = (uint8_t)type;
    sequence->cycle = (row.data[4] & 1) != 0;
    sequence->state_id = bytes_load32(row.data + 5);
    sequence->table_id = bytes_load32(row.data + 9);
    sequence->column = bytes_load16(row.data + 13);
    sequence->start = numbers[0];
    sequence->first = numbers[1];
    sequence->increment = numbers[2];
    sequence->minimum = numbers[3];
    sequence->maximum = numbers[4];
    sequence->cache = numbers[5];
    memcpy(sequence->name, row.data + ROW_BYTES, row.size - ROW_BYTES);
    return sequence->increment == 0 || sequence->cache < 1 ? VV_CORRUPT : VV_OK;
}

/* ---- options (PostgreSQL: init_params) ---- */

static vv_status invalid(struct vv_error *error, const char *format, int64_t a, int64_t b)
{
    return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0, format, (long long)a,
                     (long long)b);
}

static int64_t type_minimum(uint8_t type)
{
    return type == VALUE_SMALLINT ? INT16_MIN : type == VALUE_INTEGER ? INT32_MIN : INT64_MIN;
}

static int64_t type_maximum(uint8_t type)
{
    return type == VALUE_SMALLINT ? INT16_MAX : type == VALUE_INTEGER ? INT32_MAX : INT64_MAX;
}

static vv_status options_bounds(const struct table_sequence_options *options, bool fresh,
                                uint8_t old_type, struct sequence *sequence, struct vv_error *error)
{
    bool up = sequence->increment > 0;
    bool retyped = !fresh && options->has_type && sequence->type != old_type;

    if (options->maximum_given) {
        sequence->maximum = options->maximum;
    } else if (fresh || options->has_maximum ||
               (retyped && up && sequence->maximum == type_maximum(old_type))) {
        sequence->maximum = up ? type_maximum(sequence->type) : -1;
    }
    if (options->minimum_given) {
        sequence->minimum = options->minimum;
    } else if (fresh || options->has_minimum ||
               (retyped && !up && sequence->minimum == type_minimum(old_type))) {
        sequence->minimum = up ? 1 : type_minimum(sequence->type);
    }
    if (sequence->maximum > type_maximum(sequence->type) ||
        sequence->maximum < type_minimum(sequence->type)) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "MAXVALUE (%lld) is out of range for sequence data type %s",
                         (long long)sequence->maximum, value_types[sequence->type].text);
    }
    if (sequence->minimum > type_maximum(sequence->type) ||
        sequence->minimum < type_minimum(sequence->type)) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "MINVALUE (%lld) is out of range for sequence data type %s",
                         (long long)sequence->minimum, value_types[sequence->type].text);
    }
    return sequence->minimum < sequence->maximum
               ? VV_OK
               : invalid(error, "MINVALUE (%lld) must be less than MAXVALUE (%lld)",
                         sequence->minimum, sequence->maximum);
}

static vv_status options_start(const struct table_sequence_options *options, bool fresh,
                               struct sequence *sequence, struct vv_error *error)
{
    if (options->has_start) {
        sequence->start = options->start;
    } else if (fresh) {
        sequence->start = sequence->increment > 0 ? sequence->minimum : sequence->maximum;
    }
    if (sequence->start < sequence->minimum) {
        return invalid(error, "START value (%lld) cannot be less than MINVALUE (%lld)",
                       sequence->start, sequence->minimum);
    }
    if (sequence->start > sequence->maximum) {
        return invalid(error, "START value (%lld) cannot be greater than MAXVALUE (%lld)",
                       sequence->start, sequence->maximum);
    }
    if (options->has_restart) {
        sequence->first = options->restart_given ? options->restart : sequence->start;
    } else if (fresh) {
        sequence->first = sequence->start;
    }
    if (options->has_restart && sequence->first < sequence->minimum) {
        return invalid(error, "RESTART value (%lld) cannot be less than MINVALUE (%lld)",
                       sequence->first, sequence->minimum);
    }
    if (options->has_restart && sequence->first > sequence->maximum) {
        return invalid(error, "RESTART value (%lld) cannot be greater than MAXVALUE (%lld)",
                       sequence->first, sequence->maximum);
    }
    return VV_OK;
}

static vv_status options_apply(const struct table_sequence_options *options, bool fresh,
                               struct sequence *sequence, struct vv_error *error)
{
    uint8_t old_type = sequence->type;

    if (options->has_type) {
        sequence->type = options->type;
        if (options->type != VALUE_SMALLINT && options->type != VALUE_INTEGER &&
            options->type != VALUE_BIGINT) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "%s type must be smallint, integer, or bigint",
                             options->identity ? "identity column" : "sequence");
        }
    }
    if (options->has_increment) {
        sequence->increment = options->increment;
        if (options->increment == 0) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "INCREMENT must not be zero");
        }
    }
    if (options->has_cycle) {
        sequence->cycle = options->cycle;
    }
    VV_TRY(options_bounds(options, fresh, old_type, sequence, error));
    VV_TRY(options_start(options, fresh, sequence, error));
    if (options->has_cache) {
        sequence->cache = options->cache;
        if (options->cache < 1) {
            return invalid(error, "CACHE (%lld) must be greater than zero", options->cache, 0);
        }
    }
    return VV_OK;
}

vv_status sequence_options_check(const struct table_sequence_options *options,
                                 struct vv_error *error)
{
    struct sequence sequence = {.type = VALUE_BIGINT, .increment = 1, .cache = 1};

    return options_apply(options, true, &sequence, error);
}
