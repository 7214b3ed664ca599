/*
 * system_depend.c - pg_depend: what would go, or stand in the way, if something were dropped.
 *
 * Rows between users' tables, columns, indexes, constraints, defaults and sequences, as PostgreSQL keeps them; those about
 * types, casts and what is always there ("pinned") it keeps elsewhere or not at all.
 *
 *     index of a constraint  -> constraint        i     owned sequence, index       -> column, table    a (identity: i)
 *     constraint             -> columns           a     CHECK's condition           -> columns          n
 *     default                -> its column        a     default, generated          -> what it uses     n (its own column: i)
 *     relation               -> schema            n
 */
#include "catalog/sequence.h"
#include "db/system_private.h"

#define CLASS_SCHEMA 2615 /* pg_namespace */

/* An object or its column. */
struct place {
    uint32_t class;
    uint32_t id;
    uint32_t column; /* from 1; 0: the whole */
};

static struct place relation_of(uint32_t id, uint32_t column)
{
    return (struct place){.class = SYSTEM_PG_CLASS, .id = id, .column = column};
}

static void depend_put(struct system_scan *scan, struct place what, struct place on, char kind)
{
    if (!system_may_be(scan, SYSTEM_pg_depend__objid, what.id) ||
        !system_may_be(scan, SYSTEM_pg_depend__refobjid, on.id)) {
        return;
    }
    system_row(scan);
    system_number(scan, SYSTEM_pg_depend__classid, what.class);
    system_number(scan, SYSTEM_pg_depend__objid, what.id);
    system_number(scan, SYSTEM_pg_depend__objsubid, what.column);
    system_number(scan, SYSTEM_pg_depend__refclassid, on.class);
    system_number(scan, SYSTEM_pg_depend__refobjid, on.id);
    system_number(scan, SYSTEM_pg_depend__refobjsubid, on.column);
    system_letter(scan, SYSTEM_pg_depend__deptype, kind);
}

/* A row for each column that is set, or for the whole table when `whole` and there is none. */
static void columns_put(struct system_scan *scan, struct place what, const struct table_def *def,
                        const bool *used, char kind, bool whole)
{
    bool any = false;

    for (uint32_t c = 0; c < def->spec.column_count; c++) {
        if (used[c]) {
            depend_put(scan, what, relation_of(def->id, c + 1), kind);
            any = true;
        }
    }
    if (!any && whole) {
        depend_put(scan, what, relation_of(def->id, 0), kind);
    }
}

static vv_status index_put(struct system_scan *scan, const struct system_text *text,
                           const struct table_def *def, const struct table_index *index, bool *used)
{
    const struct place self = relation_of(index->id, 0);
    struct system_uses uses = {.columns = used};

    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column != TABLE_NO_COLUMN) {
            used[index->parts[i].column] = true;
        } else {
            VV_TRY(system_text_uses(text, def, BIND_DEFINITION_VALUE, 0,
                                    index->parts[i].expression_text, &uses));
        }
    }
    for (uint32_t i = 0; i < index->include_count; i++) {
        used[index->includes[i]] = true;
    }
    if (index->constraint) {
        const struct place constraint = {.class = SYSTEM_PG_CONSTRAINT, .id = index->id};

        depend_put(scan, self, constraint, 'i');
        columns_put(scan, constraint, def, used, 'a', true);
        return VV_OK;
    }
    if (index->predicate_text != NULL) {
        VV_TRY(system_text_uses(text, def, BIND_DEFINITION_CONDITION, 0, index->predicate_text,
                                &uses));
    }
    columns_put(scan, self, def, used, 'a', true);
    return VV_OK;
}

static vv_status check_put(struct system_scan *scan, const struct system_text *text,
                           const struct table_def *def, const struct table_check *check, bool *used)
{
    const struct place self = {.class = SYSTEM_PG_CONSTRAINT, .id = system_check_id(def, check)};
    struct system_uses uses = {.columns = used};

    VV_TRY(system_text_uses(text, def, BIND_DEFINITION_CONDITION, 0, check->text, &uses));
    columns_put(scan, self, def, used, 'a', true);
    columns_put(scan, self, def, used, 'n', false);
    return VV_OK;
}

static vv_status default_put(struct system_scan *scan, const struct system_text *text,
                             const struct table_def *def, uint32_t column, bool *used)
{
    const struct table_column *definition = &def->spec.columns[column];
    const struct place self = {.class = SYSTEM_PG_ATTRDEF, .id = system_default_id(def, column)};
    const bool generated = definition->generated_text != NULL;
    struct system_uses uses = {.columns = used};

    VV_TRY(system_text_uses(
        text, def, generated ? BIND_DEFINITION_GENERATED : BIND_DEFINITION_DEFAULT, column,
        generated ? definition->generated_text : definition->default_text, &uses));
    depend_put(scan, self, relation_of(def->id, column + 1), generated ? 'i' : 'a');
    columns_put(scan, self, def, used, 'n', false);
    for (uint32_t i = 0; i < uses.relation_count; i++) {
        if (system_object(scan->names, uses.relations[i]) != NULL) {
            depend_put(scan, self, relation_of(uses.relations[i], 0), 'n');
        }
    }
    return VV_OK;
}

static bool has_default(const struct table_column *column)
{
    return !column->dropped && column->identity == TABLE_NO_IDENTITY &&
           (column->default_text != NULL || column->generated_text != NULL);
}

/* used: a flag for each column; cleared before each use. */
static vv_status table_put(struct system_scan *scan, const struct table_def *def, bool *used)
{
    const struct system_text text = {
        .session = scan->session, .arena = scan->arena, .error = scan->error};
    const size_t bytes = def->spec.column_count * sizeof *used;

    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        memset(used, 0, bytes);
        VV_TRY(index_put(scan, &text, def, &def->spec.indexes[i], used));
    }
    for (uint32_t i = 0; i < def->spec.check_count; i++) {
        memset(used, 0, bytes);
        VV_TRY(check_put(scan, &text, def, &def->spec.checks[i], used));
    }
    for (uint32_t c = 0; c < def->spec.column_count; c++) {
        if (has_default(&def->spec.columns[c])) {
            memset(used, 0, bytes);
            VV_TRY(default_put(scan, &text, def, c, used));
        }
    }
    return VV_OK;
}

static vv_status sequence_put(struct system_scan *scan, uint32_t id)
{
    const struct system_object *owner = NULL;
    struct sequence sequence;
    bool identity = false;

    VV_TRY(sequence_get(scan->store, id, &sequence, scan->error));
    owner = sequence.table_id == 0 ? NULL : system_object(scan->names, sequence.table_id);
    if (owner == NULL) {
        return VV_OK;
    }
    identity = owner->def->spec.columns[sequence.column].identity != TABLE_NO_IDENTITY;
    depend_put(scan, relation_of(id, 0), relation_of(owner->id, sequence.column + 1u),
               identity ? 'i' : 'a');
    return VV_OK;
}

vv_status system_rows_pg_depend(struct system_scan *scan)
{
    const struct place schema = {.class = CLASS_SCHEMA, .id = TABLE_SCHEMA_PUBLIC};
    bool *used = ARENA_ARRAY(scan->arena, bool, LIMIT_COLUMNS);

    if (used == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind == CATALOG_TABLE) {
            depend_put(scan, relation_of(object->id, 0), schema, 'n');
            VV_TRY(table_put(scan, object->def, used));
        } else if (object->kind == CATALOG_SEQUENCE) {
            depend_put(scan, relation_of(object->id, 0), schema, 'n');
            VV_TRY(sequence_put(scan, object->id));
        }
    }
    return VV_OK;
}
