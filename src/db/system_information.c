/*
 * system_information.c - information_schema: the SQL standard's view of tables, columns and constraints, as
 * PostgreSQL's views compute it.
 */
#include <ctype.h>
#include <stdio.h>

#include "catalog/sequence.h"
#include "db/system_private.h"
#include "value/collation.h"

#define NAME_BYTES 64

/* One column of any relation. */
struct column_row {
    uint8_t collation; /* enum value_collation */
    const char *schema;
    const char *table;
    const char *name;
    uint32_t number;
    enum value_type type;
    int32_t modifier;
    bool not_null;
    bool updatable;
};

static struct system_text text_of_scan(const struct system_scan *scan)
{
    return (struct system_text){
        .session = scan->session, .arena = scan->arena, .error = scan->error};
}

vv_status system_rows_information_schema_catalog_name(struct system_scan *scan)
{
    system_row(scan);
    system_string(scan, SYSTEM_information_schema_catalog_name__catalog_name, scan->database);
    return VV_OK;
}

vv_status system_rows_schemata(struct system_scan *scan)
{
    static const char *const schemas[] = {"information_schema", "pg_catalog", "public"};

    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        system_row(scan);
        system_string(scan, SYSTEM_schemata__catalog_name, scan->database);
        system_string(scan, SYSTEM_schemata__schema_name, schemas[i]);
        system_string(scan, SYSTEM_schemata__schema_owner, scan->owner);
    }
    return VV_OK;
}

/* ---- tables ---- */

static void table_put(struct system_scan *scan, const char *schema, const char *name, bool view,
                      bool insertable)
{
    system_row(scan);
    system_string(scan, SYSTEM_tables__table_catalog, scan->database);
    system_string(scan, SYSTEM_tables__table_schema, schema);
    system_string(scan, SYSTEM_tables__table_name, name);
    system_string(scan, SYSTEM_tables__table_type, view ? "VIEW" : "BASE TABLE");
    system_string(scan, SYSTEM_tables__is_insertable_into, insertable ? "YES" : "NO");
    system_string(scan, SYSTEM_tables__is_typed, "NO");
}

vv_status system_rows_tables(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < scan->names->count; i++) {
        if (scan->names->objects[i].kind == CATALOG_TABLE) {
            table_put(scan, "public", scan->names->objects[i].name, false, true);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        table_put(scan, relations[i].schema, relations[i].name, relations[i].kind == 'v', false);
    }
    return VV_OK;
}

vv_status system_rows_views(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (relations[i].kind != 'v') {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_views__table_catalog, scan->database);
        system_string(scan, SYSTEM_views__table_schema, relations[i].schema);
        system_string(scan, SYSTEM_views__table_name, relations[i].name);
        system_string(scan, SYSTEM_views__check_option, "NONE");
        system_string(scan, SYSTEM_views__is_updatable, "NO");
        system_string(scan, SYSTEM_views__is_insertable_into, "NO");
        system_string(scan, SYSTEM_views__is_trigger_updatable, "NO");
        system_string(scan, SYSTEM_views__is_trigger_deletable, "NO");
        system_string(scan, SYSTEM_views__is_trigger_insertable_into, "NO");
    }
    return VV_OK;
}

/* ---- columns ---- */

static void put_characters(struct system_scan *scan, const struct column_row *row)
{
    bool limited = row->modifier != VALUE_NO_MODIFIER;

    if (row->type != VALUE_TEXT && row->type != VALUE_VARCHAR && row->type != VALUE_BPCHAR) {
        return;
    }
    if (row->type != VALUE_TEXT && limited) {
        system_number(scan, SYSTEM_columns__character_maximum_length, row->modifier - 4);
    }
    system_number(scan, SYSTEM_columns__character_octet_length,
                  limited ? (int64_t)(row->modifier - 4) * 4 : INT64_C(1) << 30);
}

static void put_numbers(struct system_scan *scan, const struct column_row *row)
{
    int precision = row->type == VALUE_SMALLINT  ? 16
                    : row->type == VALUE_INTEGER ? 32
                    : row->type == VALUE_BIGINT  ? 64
                    : row->type == VALUE_REAL    ? 24
                    : row->type == VALUE_DOUBLE  ? 53
                                                 : 0;

    if (row->type == VALUE_NUMERIC) {
        system_number(scan, SYSTEM_columns__numeric_precision_radix, 10);
        if (row->modifier != VALUE_NO_MODIFIER) {
            system_number(scan, SYSTEM_columns__numeric_precision,
                          (row->modifier - 4) >> 16 & 0xFFFF);
            system_number(scan, SYSTEM_columns__numeric_scale, (row->modifier - 4) & 0xFFFF);
        }
    } else if (precision != 0) {
        system_number(scan, SYSTEM_columns__numeric_precision, precision);
        system_number(scan, SYSTEM_columns__numeric_precision_radix, 2);
        if (row->type != VALUE_REAL && row->type != VALUE_DOUBLE) {
            system_number(scan, SYSTEM_columns__numeric_scale, 0);
        }
    }
}

static void put_times(struct system_scan *scan, const struct column_row *row)
{
    char fields[VALUE_TYPE_TEXT_BYTES];
    size_t size = 0;
    int precision = row->modifier;

    switch (row->type) {
    case VALUE_DATE:
        precision = 0;
        break;
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ:
        precision = row->modifier < 0 ? 6 : row->modifier;
        break;
    case VALUE_INTERVAL:
        precision =
            row->modifier < 0 || (row->modifier & 0xFFFF) == 0xFFFF ? 6 : row->modifier & 0xFFFF;
        size = value_type_format(VALUE_INTERVAL, row->modifier, fields);
        fields[size] = 0;
        for (size_t i = 0; i < size; i++) {
            fields[i] = (char)(fields[i] == '(' ? 0 : toupper((unsigned char)fields[i]));
        }
        if (row->modifier >= 0 && strlen(fields) > sizeof "INTERVAL") {
            system_string(scan, SYSTEM_columns__interval_type, fields + sizeof "INTERVAL");
        }
        break;
    default:
        return;
    }
    system_number(scan, SYSTEM_columns__datetime_precision, precision);
}

static void column_put(struct system_scan *scan, const struct column_row *row)
{
    bool array = value_types[row->type].category == 'A' && row->type != VALUE_INT2VECTOR &&
                 row->type != VALUE_OIDVECTOR;
    char number[16];

    snprintf(number, sizeof number, "%u", row->number);
    system_row(scan);
    system_string(scan, SYSTEM_columns__table_catalog, scan->database);
    system_string(scan, SYSTEM_columns__table_schema, row->schema);
    system_string(scan, SYSTEM_columns__table_name, row->table);
    system_string(scan, SYSTEM_columns__column_name, row->name);
    system_number(scan, SYSTEM_columns__ordinal_position, row->number);
    system_string(scan, SYSTEM_columns__is_nullable, row->not_null ? "NO" : "YES");
    system_string(scan, SYSTEM_columns__data_type,
                  array ? "ARRAY"
                  : row->type == VALUE_INT2VECTOR || row->type == VALUE_OIDVECTOR
                      ? "ARRAY"
                      : value_types[row->type].text);
    put_characters(scan, row);
    put_numbers(scan, row);
    put_times(scan, row);
    if (row->type == VALUE_NAME || row->collation != VALUE_COLLATION_DEFAULT) {
        system_string(scan, SYSTEM_columns__collation_catalog, scan->database);
        system_string(scan, SYSTEM_columns__collation_schema, "pg_catalog");
        system_string(scan, SYSTEM_columns__collation_name,
                      row->collation == VALUE_COLLATION_DEFAULT
                          ? "C"
                          : value_collations[row->collation].name);
    }
    system_string(scan, SYSTEM_columns__udt_catalog, scan->database);
    system_string(scan, SYSTEM_columns__udt_schema, "pg_catalog");
    system_string(scan, SYSTEM_columns__udt_name, value_types[row->type].internal);
    system_string(scan, SYSTEM_columns__dtd_identifier, number);
    system_string(scan, SYSTEM_columns__is_self_referencing, "NO");
    system_string(scan, SYSTEM_columns__is_identity, "NO");
    system_string(scan, SYSTEM_columns__identity_cycle, "NO");
    system_string(scan, SYSTEM_columns__is_generated, "NEVER");
    system_string(scan, SYSTEM_columns__is_updatable, row->updatable ? "YES" : "NO");
}

static void put_decimal(struct system_scan *scan, enum system_column column, int64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)number);
    system_string(scan, column, text);
}

static vv_status column_put_identity(struct system_scan *scan, const struct table_column *column)
{
    struct sequence sequence;

    VV_TRY(sequence_get(scan->store, column->sequence_id, &sequence, scan->error));
    system_string(scan, SYSTEM_columns__is_identity, "YES");
    system_string(scan, SYSTEM_columns__identity_generation,
                  column->identity == TABLE_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
    put_decimal(scan, SYSTEM_columns__identity_start, sequence.start);
    put_decimal(scan, SYSTEM_columns__identity_increment, sequence.increment);
    put_decimal(scan, SYSTEM_columns__identity_maximum, sequence.maximum);
    put_decimal(scan, SYSTEM_columns__identity_minimum, sequence.minimum);
    system_string(scan, SYSTEM_columns__identity_cycle, sequence.cycle ? "YES" : "NO");
    return VV_OK;
}

static vv_status columns_put_table(struct system_scan *scan, const struct table_def *def)
{
    struct system_text text = text_of_scan(scan);

    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        const struct table_column *column = &def->spec.columns[i];
        const char *value = NULL;

        if (column->dropped) {
            continue;
        }
        column_put(scan, &(struct column_row){.schema = "public",
                                              .table = def->spec.name,
                                              .name = column->name,
                                              .number = i + 1,
                                              .type = (enum value_type)column->type,
                                              .collation = column->collation,
                                              .modifier = column->type_modifier,
                                              .not_null = column->not_null,
                                              .updatable = true});
        if (column->identity != TABLE_NO_IDENTITY) {
            VV_TRY(column_put_identity(scan, column));
        } else if (column->default_text != NULL || column->generated_text != NULL) {
            value = system_text_default(&text, def, i);
            if (value == NULL) {
                return VV_ERROR;
            }
        }
        if (column->generated_text != NULL) {
            system_string(scan, SYSTEM_columns__is_generated, "ALWAYS");
            system_string(scan, SYSTEM_columns__generation_expression, value);
        } else {
            system_string(scan, SYSTEM_columns__column_default, value);
        }
    }
    return VV_OK;
}

vv_status system_rows_columns(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind == CATALOG_TABLE &&
            system_may_be_text(scan, SYSTEM_columns__table_name, object->name)) {
            VV_TRY(columns_put_table(scan, object->def));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct system_relation_column *columns = system_relation_columns(&relations[i]);

        for (uint32_t c = 0;
             c < relations[i].column_count &&
             system_may_be_text(scan, SYSTEM_columns__table_name, relations[i].name);
             c++) {
            column_put(scan, &(struct column_row){.schema = relations[i].schema,
                                                  .table = relations[i].name,
                                                  .name = columns[c].name,
                                                  .number = c + 1,
                                                  .type = (enum value_type)columns[c].type,
                                                  .modifier = columns[c].modifier,
                                                  .not_null = columns[c].not_null});
        }
    }
    return VV_OK;
}

/* ---- constraints ---- */

/* Calls each for every constraint of users' tables: CHECKs, NOT NULLs (which the standard takes for CHECKs, under a
 * name made of numbers), keys. */
struct constraint {
    const struct table_def *def;
    const char *name;
    const struct table_check *check; /* of CHECK */
    const struct table_index *index; /* of a key */
    uint32_t column;                 /* of NOT NULL */
    bool not_null;
};

typedef vv_status (*constraint_function)(struct system_scan *scan, const struct constraint *it);

static vv_status constraints_each(struct system_scan *scan, constraint_function each)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct table_def *def = scan->names->objects[i].def;

        if (scan->names->objects[i].kind != CATALOG_TABLE) {
            continue;
        }
        for (uint32_t c = 0; c < def->spec.check_count; c++) {
            VV_TRY(each(scan, &(struct constraint){.def = def,
                                                   .name = def->spec.checks[c].name,
                                                   .check = &def->spec.checks[c]}));
        }
        for (uint32_t k = 0; k < def->spec.index_count; k++) {
            const struct table_index *index = &def->spec.indexes[k];

            if (index->constraint) {
                VV_TRY(each(scan,
                            &(struct constraint){.def = def, .name = index->name, .index = index}));
            }
        }
        for (uint32_t c = 0; c < def->spec.column_count; c++) {
            char name[NAME_BYTES];

            snprintf(name, sizeof name, "%u_%u_%u_not_null", TABLE_SCHEMA_PUBLIC, def->id, c + 1);
            if (def->spec.columns[c].not_null && !def->spec.columns[c].dropped) {
                VV_TRY(each(scan, &(struct constraint){
                                      .def = def, .name = name, .column = c, .not_null = true}));
            }
        }
    }
    return VV_OK;
}

static vv_status table_constraint_put(struct system_scan *scan, const struct constraint *it)
{
    system_row(scan);
    system_string(scan, SYSTEM_table_constraints__constraint_catalog, scan->database);
    system_string(scan, SYSTEM_table_constraints__constraint_schema, "public");
    system_string(scan, SYSTEM_table_constraints__constraint_name, it->name);
    system_string(scan, SYSTEM_table_constraints__table_catalog, scan->database);
    system_string(scan, SYSTEM_table_constraints__table_schema, "public");
    system_string(scan, SYSTEM_table_constraints__table_name, it->def->spec.name);
    system_string(scan, SYSTEM_table_constraints__constraint_type,
                  it->index == NULL    ? "CHECK"
                  : it->index->primary ? "PRIMARY KEY"
                                       : "UNIQUE");
    system_string(scan, SYSTEM_table_constraints__is_deferrable, "NO");
    system_string(scan, SYSTEM_table_constraints__initially_deferred, "NO");
    system_string(scan, SYSTEM_table_constraints__enforced, "YES");
    system_string(scan, SYSTEM_table_constraints__nulls_distinct,
                  it->index != NULL && !it->index->primary ? "YES" : NULL);
    return VV_OK;
}

vv_status system_rows_table_constraints(struct system_scan *scan)
{
    return constraints_each(scan, table_constraint_put);
}

static vv_status check_constraint_put(struct system_scan *scan, const struct constraint *it)
{
    struct system_text text = text_of_scan(scan);
    const char *clause = NULL;

    if (it->index != NULL) {
        return VV_OK;
    }
    if (it->not_null) {
        clause =
            arena_format(scan->arena, "%s IS NOT NULL", it->def->spec.columns[it->column].name);
    } else {
        const char *condition = system_text_condition(&text, it->def, it->check->text);

        if (condition == NULL) {
            return VV_ERROR;
        }
        clause = arena_format(scan->arena, "(%s)", condition);
    }
    if (clause == NULL) {
        return VV_NOMEM;
    }
    system_row(scan);
    system_string(scan, SYSTEM_check_constraints__constraint_catalog, scan->database);
    system_string(scan, SYSTEM_check_constraints__constraint_schema, "public");
    system_string(scan, SYSTEM_check_constraints__constraint_name, it->name);
    system_string(scan, SYSTEM_check_constraints__check_clause, clause);
    return VV_OK;
}

vv_status system_rows_check_constraints(struct system_scan *scan)
{
    return constraints_each(scan, check_constraint_put);
}

static vv_status key_column_put(struct system_scan *scan, const struct constraint *it)
{
    for (uint32_t i = 0; it->index != NULL && i < it->index->part_count; i++) {
        system_row(scan);
        system_string(scan, SYSTEM_key_column_usage__constraint_catalog, scan->database);
        system_string(scan, SYSTEM_key_column_usage__constraint_schema, "public");
        system_string(scan, SYSTEM_key_column_usage__constraint_name, it->name);
        system_string(scan, SYSTEM_key_column_usage__table_catalog, scan->database);
        system_string(scan, SYSTEM_key_column_usage__table_schema, "public");
        system_string(scan, SYSTEM_key_column_usage__table_name, it->def->spec.name);
        system_string(scan, SYSTEM_key_column_usage__column_name,
                      it->def->spec.columns[it->index->parts[i].column].name);
        system_number(scan, SYSTEM_key_column_usage__ordinal_position, i + 1);
    }
    return VV_OK;
}

vv_status system_rows_key_column_usage(struct system_scan *scan)
{
    return constraints_each(scan, key_column_put);
}

static void constraint_column_put(struct system_scan *scan, const struct constraint *it,
                                  uint32_t column)
{
    system_row(scan);
    system_string(scan, SYSTEM_constraint_column_usage__table_catalog, scan->database);
    system_string(scan, SYSTEM_constraint_column_usage__table_schema, "public");
    system_string(scan, SYSTEM_constraint_column_usage__table_name, it->def->spec.name);
    system_string(scan, SYSTEM_constraint_column_usage__column_name,
                  it->def->spec.columns[column].name);
    system_string(scan, SYSTEM_constraint_column_usage__constraint_catalog, scan->database);
    system_string(scan, SYSTEM_constraint_column_usage__constraint_schema, "public");
    system_string(scan, SYSTEM_constraint_column_usage__constraint_name, it->name);
}

static vv_status constraint_columns_put(struct system_scan *scan, const struct constraint *it)
{
    struct system_text text = text_of_scan(scan);
    bool *used = ARENA_ARRAY(scan->arena, bool, it->def->spec.column_count);

    if (used == NULL) {
        return VV_NOMEM;
    }
    if (it->not_null) {
        return VV_OK;
    }
    if (it->check != NULL) {
        VV_TRY(system_text_uses(&text, it->def, BIND_DEFINITION_CONDITION, 0, it->check->text,
                                &(struct system_uses){.columns = used}));
    }
    for (uint32_t i = 0; it->index != NULL && i < it->index->part_count; i++) {
        used[it->index->parts[i].column] = true;
    }
    for (uint32_t i = 0; i < it->def->spec.column_count; i++) {
        if (used[i]) {
            constraint_column_put(scan, it, i);
        }
    }
    return VV_OK;
}

vv_status system_rows_constraint_column_usage(struct system_scan *scan)
{
    return constraints_each(scan, constraint_columns_put);
}

static vv_status constraint_table_put(struct system_scan *scan, const struct constraint *it)
{
    if (it->index == NULL) {
        return VV_OK;
    }
    system_row(scan);
    system_string(scan, SYSTEM_constraint_table_usage__table_catalog, scan->database);
    system_string(scan, SYSTEM_constraint_table_usage__table_schema, "public");
    system_string(scan, SYSTEM_constraint_table_usage__table_name, it->def->spec.name);
    system_string(scan, SYSTEM_constraint_table_usage__constraint_catalog, scan->database);
    system_string(scan, SYSTEM_constraint_table_usage__constraint_schema, "public");
    system_string(scan, SYSTEM_constraint_table_usage__constraint_name, it->name);
    return VV_OK;
}

vv_status system_rows_constraint_table_usage(struct system_scan *scan)
{
    return constraints_each(scan, constraint_table_put);
}

/* ---- sequences; the rest ---- */

/* Whether the sequence belongs to an IDENTITY column: the standard does not show those. */
static bool is_identity(const struct system_scan *scan, const struct sequence *sequence)
{
    const struct system_object *table = system_object(scan->names, sequence->table_id);

    return table != NULL && table->kind == CATALOG_TABLE &&
           sequence->column < table->def->spec.column_count &&
           table->def->spec.columns[sequence->column].identity != TABLE_NO_IDENTITY;
}

vv_status system_rows_sequences(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];
        struct sequence sequence;

        if (object->kind != CATALOG_SEQUENCE) {
            continue;
        }
        VV_TRY(sequence_get(scan->store, object->id, &sequence, scan->error));
        if (is_identity(scan, &sequence)) {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_sequences__sequence_catalog, scan->database);
        system_string(scan, SYSTEM_sequences__sequence_schema, "public");
        system_string(scan, SYSTEM_sequences__sequence_name, object->name);
        system_string(scan, SYSTEM_sequences__data_type, value_types[sequence.type].text);
        system_number(scan, SYSTEM_sequences__numeric_precision,
                      sequence.type == VALUE_SMALLINT  ? 16
                      : sequence.type == VALUE_INTEGER ? 32
                                                       : 64);
        system_number(scan, SYSTEM_sequences__numeric_precision_radix, 2);
        system_number(scan, SYSTEM_sequences__numeric_scale, 0);
        put_decimal(scan, SYSTEM_sequences__start_value, sequence.start);
        put_decimal(scan, SYSTEM_sequences__minimum_value, sequence.minimum);
        put_decimal(scan, SYSTEM_sequences__maximum_value, sequence.maximum);
        put_decimal(scan, SYSTEM_sequences__increment, sequence.increment);
        system_string(scan, SYSTEM_sequences__cycle_option, sequence.cycle ? "YES" : "NO");
    }
    return VV_OK;
}

vv_status system_rows_character_sets(struct system_scan *scan)
{
    system_row(scan);
    system_string(scan, SYSTEM_character_sets__character_set_name, "UTF8");
    system_string(scan, SYSTEM_character_sets__character_repertoire, "UCS");
    system_string(scan, SYSTEM_character_sets__form_of_use, "UTF8");
    system_string(scan, SYSTEM_character_sets__default_collate_catalog, scan->database);
    system_string(scan, SYSTEM_character_sets__default_collate_schema, "pg_catalog");
    system_string(scan, SYSTEM_character_sets__default_collate_name, "C");
    return VV_OK;
}

vv_status system_rows_enabled_roles(struct system_scan *scan)
{
    system_row(scan);
    system_string(scan, SYSTEM_enabled_roles__role_name, scan->user);
    return VV_OK;
}
