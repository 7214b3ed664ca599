/*
 * system_objects.c - pg_class, pg_attribute, pg_index, pg_constraint and their like: users' objects, and the system
 * catalogs themselves.
 */
#include <stdio.h>

#include "base/limits.h"
#include "catalog/sequence.h"
#include "db/system_private.h"
#include "store/store.h"
#include "value/collation.h"
#include "value/text.h"

#define COLLATION_C   950
#define NUMBERS_BYTES 512 /* of an int2vector of 32 columns */

/* A list of numbers as int2vector "1 2" or as array "{1,2}". */
struct numbers {
    char text[NUMBERS_BYTES];
    size_t size;
    bool array;
};

static void numbers_begin(struct numbers *numbers, bool array)
{
    *numbers = (struct numbers){.array = array, .size = array};
    numbers->text[0] = array ? '{' : 0;
}

static void numbers_add(struct numbers *numbers, int64_t number)
{
    if (numbers->size > (size_t)numbers->array) {
        numbers->text[numbers->size++] = numbers->array ? ',' : ' ';
    }
    numbers->size += (size_t)snprintf(numbers->text + numbers->size, NUMBERS_BYTES - numbers->size,
                                      "%lld", (long long)number);
}

static const char *numbers_end(struct numbers *numbers)
{
    if (numbers->array) {
        numbers->text[numbers->size++] = '}';
    }
    numbers->text[numbers->size] = 0;
    return numbers->text;
}

static uint32_t oid_of_row(enum system_column key, const char *wanted, enum system_column column)
{
    vv_slice field = {0};
    struct value value = {0};

    if (!system_row_field(key, slice_text(wanted), column, &field) ||
        text_parse(VALUE_OID, field, NULL, &value, NULL) != VV_OK) {
        return 0;
    }
    return (uint32_t)value.integer;
}

uint32_t system_collation_of(enum value_type type)
{
    char oid[24];
    size_t size = text_print_int64(value_types[type].oid, oid);

    oid[size] = 0;
    return oid_of_row(SYSTEM_pg_type__oid, oid, SYSTEM_pg_type__typcollation);
}

uint32_t system_collation_oid(enum value_type type, uint8_t collation)
{
    return collation == VALUE_COLLATION_DEFAULT ? system_collation_of(type)
                                                : value_collations[collation].oid;
}

/* The operator class of PostgreSQL's btree for the type; VARCHAR uses TEXT's. */
static uint32_t class_of(enum value_type type)
{
    char oid[24];
    size_t size = text_print_int64(value_types[type == VALUE_VARCHAR ? VALUE_TEXT : type].oid, oid);

    oid[size] = 0;
    return oid_of_row(SYSTEM_pg_opclass__opcintype, oid, SYSTEM_pg_opclass__oid);
}

/* ---- pg_class ---- */

struct class_row {
    uint32_t oid;
    const char *name;
    uint32_t schema;
    uint32_t file;
    uint32_t access;
    char kind;
    uint32_t columns;
    uint32_t checks;
    bool indexed;
    double rows;
    uint64_t pages;
};

static void class_put(struct system_scan *scan, const struct class_row *row)
{
    if (!system_may_be(scan, SYSTEM_pg_class__oid, row->oid) ||
        !system_may_be_text(scan, SYSTEM_pg_class__relname, row->name)) {
        return;
    }
    system_row(scan);
    system_number(scan, SYSTEM_pg_class__oid, row->oid);
    system_string(scan, SYSTEM_pg_class__relname, row->name);
    system_number(scan, SYSTEM_pg_class__relnamespace, row->schema);
    system_number(scan, SYSTEM_pg_class__reltype, 0);
    system_number(scan, SYSTEM_pg_class__reloftype, 0);
    system_number(scan, SYSTEM_pg_class__relowner, SYSTEM_ROLE);
    system_number(scan, SYSTEM_pg_class__relam, row->access);
    system_number(scan, SYSTEM_pg_class__relfilenode, row->file);
    system_number(scan, SYSTEM_pg_class__reltablespace, 0);
    system_number(scan, SYSTEM_pg_class__relpages, (int64_t)row->pages);
    system_real(scan, SYSTEM_pg_class__reltuples, row->rows);
    system_number(scan, SYSTEM_pg_class__relallvisible, 0);
    system_number(scan, SYSTEM_pg_class__reltoastrelid, 0);
    system_boolean(scan, SYSTEM_pg_class__relhasindex, row->indexed);
    system_boolean(scan, SYSTEM_pg_class__relisshared, false);
    system_letter(scan, SYSTEM_pg_class__relpersistence, 'p');
    system_letter(scan, SYSTEM_pg_class__relkind, row->kind);
    system_number(scan, SYSTEM_pg_class__relnatts, row->columns);
    system_number(scan, SYSTEM_pg_class__relchecks, row->checks);
    system_boolean(scan, SYSTEM_pg_class__relhasrules, row->kind == 'v');
    system_boolean(scan, SYSTEM_pg_class__relhastriggers, false);
    system_boolean(scan, SYSTEM_pg_class__relhassubclass, false);
    system_boolean(scan, SYSTEM_pg_class__relrowsecurity, false);
    system_boolean(scan, SYSTEM_pg_class__relforcerowsecurity, false);
    system_boolean(scan, SYSTEM_pg_class__relispopulated, true);
    system_letter(scan, SYSTEM_pg_class__relreplident,
                  row->kind == 'r' && row->oid >= CATALOG_FIRST_ID ? 'd' : 'n');
    system_boolean(scan, SYSTEM_pg_class__relispartition, false);
    system_number(scan, SYSTEM_pg_class__relrewrite, 0);
    system_number(scan, SYSTEM_pg_class__relfrozenxid, 0);
    system_number(scan, SYSTEM_pg_class__relminmxid, 0);
}

static void class_put_object(struct system_scan *scan, const struct system_object *object)
{
    struct class_row row = {.oid = object->id,
                            .name = object->name,
                            .schema = TABLE_SCHEMA_PUBLIC,
                            .file = object->id,
                            .kind = 'S',
                            .columns = 3,
                            .rows = 1,
                            .pages = 1};
    struct catalog_table_stats stats = {0};

    if (object->kind == CATALOG_MAP) { /* its values are not SQL's: nearest to a foreign table */
        row.kind = 'f';
        row.columns = 0;
        row.file = object->table_id;
    } else if (object->kind != CATALOG_SEQUENCE) {
        if (system_wants(scan, SYSTEM_pg_class__reltuples) ||
            system_wants(scan, SYSTEM_pg_class__relpages)) {
            (void)!catalog_table_stats(scan->catalog, object->def, &stats);
        }
        row.rows = (double)stats.rows;
        row.pages = (stats.bytes + 8191) / 8192;
        row.kind = object->kind == CATALOG_TABLE ? 'r' : 'i';
        row.access = object->kind == CATALOG_TABLE ? SYSTEM_HEAP : SYSTEM_BTREE;
        row.file = object->kind == CATALOG_TABLE ? object->def->map_id : object->index->map_id;
        row.columns = object->kind == CATALOG_TABLE
                          ? object->def->spec.column_count
                          : (uint32_t)object->index->part_count + object->index->include_count;
        row.checks = object->kind == CATALOG_TABLE ? object->def->spec.check_count : 0;
        row.indexed = object->kind == CATALOG_TABLE && object->def->spec.index_count > 0;
    }
    class_put(scan, &row);
}

vv_status system_rows_pg_class(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < count; i++) {
        struct class_row row = {.oid = relations[i].oid,
                                .name = relations[i].name,
                                .schema = system_schema_id(relations[i].schema),
                                .access = relations[i].kind == 'r' ? SYSTEM_HEAP : 0,
                                .kind = relations[i].kind,
                                .columns = relations[i].column_count,
                                .rows = relations[i].kind == 'r' ? -1 : 0};

        class_put(scan, &row);
    }
    for (uint32_t i = 0; i < scan->names->count; i++) {
        class_put_object(scan, &scan->names->objects[i]);
    }
    return VV_OK;
}

/* ---- pg_attribute ---- */

struct attribute_row {
    uint32_t relation;
    const char *name;
    int32_t number;
    int32_t modifier;
    enum value_type type;
    uint8_t collation; /* enum value_collation */
    bool not_null;
    bool has_default;
    bool dropped;
    uint16_t statistics_target; /* as table_column */
    char identity;
    char generated;
};

static int64_t type_number(enum value_type type, enum system_column column)
{
    char oid[24];
    vv_slice field = {0};
    struct value value = {0};
    size_t size = text_print_int64(value_types[type].oid, oid);

    if (!system_row_field(SYSTEM_pg_type__oid, slice_make(oid, size), column, &field)) {
        return 0;
    }
    return text_parse(VALUE_BIGINT, field, NULL, &value, NULL) == VV_OK ? value.integer : 0;
}

static char type_letter(enum value_type type, enum system_column column)
{
    char oid[24];
    vv_slice field = {0};
    size_t size = text_print_int64(value_types[type].oid, oid);

    return system_row_field(SYSTEM_pg_type__oid, slice_make(oid, size), column, &field) &&
                   field.size > 0
               ? (char)field.data[0]
               : 0;
}

static void attribute_put(struct system_scan *scan, const struct attribute_row *row)
{
    char dropped[LIMIT_NAME_BYTES + 1];

    snprintf(dropped, sizeof dropped, "........pg.dropped.%d........", row->number);
    system_row(scan);
    system_number(scan, SYSTEM_pg_attribute__attrelid, row->relation);
    system_string(scan, SYSTEM_pg_attribute__attname, row->dropped ? dropped : row->name);
    system_number(scan, SYSTEM_pg_attribute__atttypid,
                  row->dropped ? 0 : value_types[row->type].oid);
    system_number(scan, SYSTEM_pg_attribute__attstattarget,
                  row->dropped ? 0 : row->statistics_target - 1);
    if (system_wants(scan, SYSTEM_pg_attribute__attlen)) {
        system_number(scan, SYSTEM_pg_attribute__attlen,
                      type_number(row->type, SYSTEM_pg_type__typlen));
    }
    system_number(scan, SYSTEM_pg_attribute__attnum, row->number);
    system_number(scan, SYSTEM_pg_attribute__attndims,
                  value_types[row->type].category == 'A' && row->type != VALUE_INT2VECTOR &&
                      row->type != VALUE_OIDVECTOR);
    system_number(scan, SYSTEM_pg_attribute__attcacheoff, -1);
    system_number(scan, SYSTEM_pg_attribute__atttypmod, row->modifier);
    if (system_wants(scan, SYSTEM_pg_attribute__attbyval)) {
        system_boolean(scan, SYSTEM_pg_attribute__attbyval,
                       type_letter(row->type, SYSTEM_pg_type__typbyval) == 't');
    }
    if (system_wants(scan, SYSTEM_pg_attribute__attalign)) {
        system_letter(scan, SYSTEM_pg_attribute__attalign,
                      type_letter(row->type, SYSTEM_pg_type__typalign));
    }
    if (system_wants(scan, SYSTEM_pg_attribute__attstorage)) {
        system_letter(scan, SYSTEM_pg_attribute__attstorage,
                      type_letter(row->type, SYSTEM_pg_type__typstorage));
    }
    system_letter(scan, SYSTEM_pg_attribute__attcompression, 0);
    system_boolean(scan, SYSTEM_pg_attribute__attnotnull, row->not_null && !row->dropped);
    system_boolean(scan, SYSTEM_pg_attribute__atthasdef, row->has_default);
    system_boolean(scan, SYSTEM_pg_attribute__atthasmissing, false);
    system_letter(scan, SYSTEM_pg_attribute__attidentity, row->identity);
    system_letter(scan, SYSTEM_pg_attribute__attgenerated, row->generated);
    system_boolean(scan, SYSTEM_pg_attribute__attisdropped, row->dropped);
    system_boolean(scan, SYSTEM_pg_attribute__attislocal, true);
    system_number(scan, SYSTEM_pg_attribute__attinhcount, 0);
    if (system_wants(scan, SYSTEM_pg_attribute__attcollation)) {
        uint32_t collation = row->dropped ? 0 : system_collation_oid(row->type, row->collation);

        /* The system's own texts are compared as "C" says. */
        system_number(scan, SYSTEM_pg_attribute__attcollation,
                      collation != 0 && row->relation < CATALOG_FIRST_ID ? COLLATION_C : collation);
    }
}

static void attributes_put_table(struct system_scan *scan, const struct table_def *def)
{
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        const struct table_column *column = &def->spec.columns[i];
        bool generated = column->generated_text != NULL && !column->dropped;

        attribute_put(
            scan, &(struct attribute_row){
                      .relation = def->id,
                      .name = column->name,
                      .number = (int32_t)i + 1,
                      .modifier = column->type_modifier,
                      .type = (enum value_type)column->type,
                      .collation = column->collation,
                      .not_null = column->not_null,
                      .has_default = !column->dropped && column->identity == TABLE_NO_IDENTITY &&
                                     (column->default_text != NULL || generated),
                      .dropped = column->dropped,
                      .statistics_target = column->statistics_target,
                      .identity = (char)(column->dropped                                 ? 0
                                         : column->identity == TABLE_IDENTITY_ALWAYS     ? 'a'
                                         : column->identity == TABLE_IDENTITY_BY_DEFAULT ? 'd'
                                                                                         : 0),
                      .generated = (char)(generated ? 's' : 0)});
    }
}

static vv_status attributes_put_index(struct system_scan *scan, const struct table_def *def,
                                      const struct table_index *index)
{
    const char *const *names = NULL;

    VV_TRY(catalog_index_column_names(index, def->spec.columns, scan->arena, &names));
    for (uint32_t i = 0; i < (uint32_t)index->part_count + index->include_count; i++) {
        uint16_t column =
            i < index->part_count ? index->parts[i].column : index->includes[i - index->part_count];
        const struct table_column *from =
            column == TABLE_NO_COLUMN ? NULL : &def->spec.columns[column];

        attribute_put(
            scan,
            &(struct attribute_row){
                .relation = index->id,
                .name = names[i],
                .number = (int32_t)i + 1,
                .modifier = from == NULL ? -1 : from->type_modifier,
                .type = (enum value_type)(from == NULL ? index->parts[i].type : from->type),
                .collation = i < index->part_count ? index->parts[i].collation : from->collation});
    }
    return VV_OK;
}

static void attributes_put_sequence(struct system_scan *scan, uint32_t id)
{
    static const struct {
        const char *name;
        enum value_type type;
    } columns[] = {
        {"last_value", VALUE_BIGINT}, {"log_cnt", VALUE_BIGINT}, {"is_called", VALUE_BOOLEAN}};

    for (int32_t i = 0; i < 3; i++) {
        attribute_put(scan, &(struct attribute_row){.relation = id,
                                                    .name = columns[i].name,
                                                    .number = i + 1,
                                                    .modifier = -1,
                                                    .type = columns[i].type,
                                                    .not_null = true});
    }
}

vv_status system_rows_pg_attribute(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < count; i++) {
        const struct system_relation_column *columns = system_relation_columns(&relations[i]);

        if (!system_may_be(scan, SYSTEM_pg_attribute__attrelid, relations[i].oid)) {
            continue;
        }
        for (uint32_t c = 0; c < relations[i].column_count; c++) {
            attribute_put(scan, &(struct attribute_row){.relation = relations[i].oid,
                                                        .name = columns[c].name,
                                                        .number = (int32_t)c + 1,
                                                        .modifier = columns[c].modifier,
                                                        .type = (enum value_type)columns[c].type,
                                                        .not_null = columns[c].not_null});
        }
    }
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (!system_may_be(scan, SYSTEM_pg_attribute__attrelid, object->id)) {
            continue;
        }
        if (object->kind == CATALOG_TABLE) {
            attributes_put_table(scan, object->def);
        } else if (object->kind == CATALOG_INDEX) {
            VV_TRY(attributes_put_index(scan, object->def, object->index));
        } else if (object->kind == CATALOG_SEQUENCE) {
            attributes_put_sequence(scan, object->id);
        }
    }
    return VV_OK;
}

vv_status system_rows_pg_attrdef(struct system_scan *scan)
{
    struct system_text text = {
        .session = scan->session, .arena = scan->arena, .error = scan->error};

    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind != CATALOG_TABLE ||
            !system_may_be(scan, SYSTEM_pg_attrdef__adrelid, object->id)) {
            continue;
        }
        for (uint32_t c = 0; c < object->def->spec.column_count; c++) {
            const struct table_column *column = &object->def->spec.columns[c];

            if (column->dropped || column->identity != TABLE_NO_IDENTITY ||
                (column->default_text == NULL && column->generated_text == NULL)) {
                continue;
            }
            system_row(scan);
            system_number(scan, SYSTEM_pg_attrdef__oid, system_default_id(object->def, c));
            system_number(scan, SYSTEM_pg_attrdef__adrelid, object->id);
            system_number(scan, SYSTEM_pg_attrdef__adnum, c + 1);
            if (system_wants(scan, SYSTEM_pg_attrdef__adbin)) {
                const char *printed = system_text_default(&text, object->def, c);

                if (printed == NULL) {
                    return VV_ERROR;
                }
                system_string(scan, SYSTEM_pg_attrdef__adbin, printed);
            }
        }
    }
    return VV_OK;
}

/* ---- pg_index ---- */

static vv_status index_expressions(struct system_scan *scan, const struct table_def *def,
                                   const struct table_index *index)
{
    struct system_text text = {
        .session = scan->session, .arena = scan->arena, .error = scan->error};
    const char *all = NULL;

    for (uint32_t i = 0; i < index->part_count; i++) {
        const char *one = NULL;

        if (index->parts[i].column != TABLE_NO_COLUMN) {
            continue;
        }
        one = system_text_expression(&text, def, index->parts[i].expression_text);
        if (one == NULL) {
            return VV_ERROR;
        }
        all = all == NULL ? one : arena_format(scan->arena, "%s, %s", all, one);
        if (all == NULL) {
            return VV_NOMEM;
        }
    }
    system_string(scan, SYSTEM_pg_index__indexprs, all);
    if (index->predicate_text != NULL) {
        all = system_text_condition(&text, def, index->predicate_text);
        if (all == NULL) {
            return VV_ERROR;
        }
        system_string(scan, SYSTEM_pg_index__indpred, all);
    }
    return VV_OK;
}

static void index_vectors(struct system_scan *scan, const struct table_def *def,
                          const struct table_index *index)
{
    struct numbers keys;
    struct numbers collations;
    struct numbers classes;
    struct numbers options;

    numbers_begin(&keys, false);
    numbers_begin(&collations, false);
    numbers_begin(&classes, false);
    numbers_begin(&options, false);
    for (uint32_t i = 0; i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];

        numbers_add(&keys, part->column == TABLE_NO_COLUMN ? 0 : part->column + 1);
        numbers_add(&collations,
                    system_collation_oid((enum value_type)part->type, part->collation));
        numbers_add(&classes, class_of((enum value_type)part->type));
        numbers_add(&options, (part->descending ? 1 : 0) | (part->nulls_first ? 2 : 0));
    }
    for (uint32_t i = 0; i < index->include_count; i++) {
        numbers_add(&keys, index->includes[i] + 1);
    }
    (void)def;
    system_string(scan, SYSTEM_pg_index__indkey, numbers_end(&keys));
    system_string(scan, SYSTEM_pg_index__indcollation, numbers_end(&collations));
    system_string(scan, SYSTEM_pg_index__indclass, numbers_end(&classes));
    system_string(scan, SYSTEM_pg_index__indoption, numbers_end(&options));
}

vv_status system_rows_pg_index(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];
        const struct table_index *index = object->index;

        if (object->kind != CATALOG_INDEX ||
            !system_may_be(scan, SYSTEM_pg_index__indexrelid, object->id) ||
            !system_may_be(scan, SYSTEM_pg_index__indrelid, object->table_id)) {
            continue;
        }
        system_row(scan);
        system_number(scan, SYSTEM_pg_index__indexrelid, object->id);
        system_number(scan, SYSTEM_pg_index__indrelid, object->table_id);
        system_number(scan, SYSTEM_pg_index__indnatts, index->part_count + index->include_count);
        system_number(scan, SYSTEM_pg_index__indnkeyatts, index->part_count);
        system_boolean(scan, SYSTEM_pg_index__indisunique, index->unique);
        system_boolean(scan, SYSTEM_pg_index__indnullsnotdistinct, false);
        system_boolean(scan, SYSTEM_pg_index__indisprimary, index->primary);
        system_boolean(scan, SYSTEM_pg_index__indisexclusion, false);
        system_boolean(scan, SYSTEM_pg_index__indimmediate, true);
        system_boolean(scan, SYSTEM_pg_index__indisclustered, false);
        system_boolean(scan, SYSTEM_pg_index__indisvalid, true);
        system_boolean(scan, SYSTEM_pg_index__indcheckxmin, false);
        system_boolean(scan, SYSTEM_pg_index__indisready, true);
        system_boolean(scan, SYSTEM_pg_index__indislive, true);
        system_boolean(scan, SYSTEM_pg_index__indisreplident, false);
        index_vectors(scan, object->def, index);
        if (system_wants(scan, SYSTEM_pg_index__indexprs) ||
            system_wants(scan, SYSTEM_pg_index__indpred)) {
            VV_TRY(index_expressions(scan, object->def, index));
        }
    }
    return VV_OK;
}

/* ---- pg_constraint ---- */

struct constraint_row {
    uint32_t oid;
    const char *name;
    char kind;
    const struct table_def *def;
    uint32_t index;
    const char *columns;
    const char *condition;
};

static void constraint_put(struct system_scan *scan, const struct constraint_row *row)
{
    system_row(scan);
    system_number(scan, SYSTEM_pg_constraint__oid, row->oid);
    system_string(scan, SYSTEM_pg_constraint__conname, row->name);
    system_number(scan, SYSTEM_pg_constraint__connamespace, row->def->schema_id);
    system_letter(scan, SYSTEM_pg_constraint__contype, row->kind);
    system_boolean(scan, SYSTEM_pg_constraint__condeferrable, false);
    system_boolean(scan, SYSTEM_pg_constraint__condeferred, false);
    system_boolean(scan, SYSTEM_pg_constraint__convalidated, true);
    system_number(scan, SYSTEM_pg_constraint__conrelid, row->def->id);
    system_number(scan, SYSTEM_pg_constraint__contypid, 0);
    system_number(scan, SYSTEM_pg_constraint__conindid, row->index);
    system_number(scan, SYSTEM_pg_constraint__conparentid, 0);
    system_number(scan, SYSTEM_pg_constraint__confrelid, 0);
    system_letter(scan, SYSTEM_pg_constraint__confupdtype, ' ');
    system_letter(scan, SYSTEM_pg_constraint__confdeltype, ' ');
    system_letter(scan, SYSTEM_pg_constraint__confmatchtype, ' ');
    system_boolean(scan, SYSTEM_pg_constraint__conislocal, true);
    system_number(scan, SYSTEM_pg_constraint__coninhcount, 0);
    system_boolean(scan, SYSTEM_pg_constraint__connoinherit, row->kind != 'c');
    system_string(scan, SYSTEM_pg_constraint__conkey, row->columns);
    system_string(scan, SYSTEM_pg_constraint__conbin, row->condition);
}

static vv_status check_put(struct system_scan *scan, const struct table_def *def,
                           const struct table_check *check)
{
    struct system_text text = {
        .session = scan->session, .arena = scan->arena, .error = scan->error};
    struct constraint_row row = {
        .oid = system_check_id(def, check), .name = check->name, .kind = 'c', .def = def};
    struct numbers columns;
    bool *used = ARENA_ARRAY(scan->arena, bool, def->spec.column_count);

    if (used == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(system_text_uses(&text, def, BIND_DEFINITION_CONDITION, 0, check->text,
                            &(struct system_uses){.columns = used}));
    numbers_begin(&columns, true);
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        if (used[i] && columns.size + 8 < NUMBERS_BYTES) {
            numbers_add(&columns, i + 1);
        }
    }
    row.columns = numbers_end(&columns);
    row.condition = system_text_condition(&text, def, check->text);
    if (row.condition == NULL) {
        return VV_ERROR;
    }
    constraint_put(scan, &row);
    return VV_OK;
}

static void key_put(struct system_scan *scan, const struct table_def *def,
                    const struct table_index *index)
{
    struct numbers columns;

    numbers_begin(&columns, true);
    for (uint32_t i = 0; i < index->part_count; i++) {
        numbers_add(&columns, index->parts[i].column + 1);
    }
    constraint_put(scan, &(struct constraint_row){.oid = index->id,
                                                  .name = index->name,
                                                  .kind = index->primary ? 'p' : 'u',
                                                  .def = def,
                                                  .index = index->id,
                                                  .columns = numbers_end(&columns)});
}

vv_status system_rows_pg_constraint(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind != CATALOG_TABLE ||
            !system_may_be(scan, SYSTEM_pg_constraint__conrelid, object->id)) {
            continue;
        }
        for (uint32_t c = 0; c < object->def->spec.check_count; c++) {
            VV_TRY(check_put(scan, object->def, &object->def->spec.checks[c]));
        }
        for (uint32_t k = 0; k < object->def->spec.index_count; k++) {
            if (object->def->spec.indexes[k].constraint) {
                key_put(scan, object->def, &object->def->spec.indexes[k]);
            }
        }
    }
    return VV_OK;
}

/* ---- sequences ---- */

vv_status system_rows_pg_sequence(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];
        struct sequence sequence;

        if (object->kind != CATALOG_SEQUENCE ||
            !system_may_be(scan, SYSTEM_pg_sequence__seqrelid, object->id)) {
            continue;
        }
        VV_TRY(sequence_get(scan->store, object->id, &sequence, scan->error));
        system_row(scan);
        system_number(scan, SYSTEM_pg_sequence__seqrelid, object->id);
        system_number(scan, SYSTEM_pg_sequence__seqtypid, value_types[sequence.type].oid);
        system_number(scan, SYSTEM_pg_sequence__seqstart, sequence.start);
        system_number(scan, SYSTEM_pg_sequence__seqincrement, sequence.increment);
        system_number(scan, SYSTEM_pg_sequence__seqmax, sequence.maximum);
        system_number(scan, SYSTEM_pg_sequence__seqmin, sequence.minimum);
        system_number(scan, SYSTEM_pg_sequence__seqcache, sequence.cache);
        system_boolean(scan, SYSTEM_pg_sequence__seqcycle, sequence.cycle);
    }
    return VV_OK;
}
