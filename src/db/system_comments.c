/*
 * system_comments.c - COMMENT ON's texts under PostgreSQL's OIDs: pg_description, obj_description() and its kin.
 *
 * A comment is shown only while the statement sees its object.
 */
#include <string.h>

#include "catalog/catalog_comment.h"
#include "db/system_private.h"

#define CLASS_RELATION   1259 /* pg_class */
#define CLASS_CONSTRAINT 2606 /* pg_constraint */
#define CLASS_SCHEMA     2615 /* pg_namespace */

/* The CHECK of that OID, as its comment's key. */
static bool check_find(const struct system_names *names, uint32_t oid,
                       struct catalog_comment_key *key_out)
{
    for (uint32_t i = 0; i < names->count; i++) {
        const struct table_def *def = names->objects[i].def;

        for (uint32_t c = 0; names->objects[i].kind == CATALOG_TABLE && c < def->spec.check_count;
             c++) {
            if (system_check_id(def, &def->spec.checks[c]) == oid) {
                *key_out = (struct catalog_comment_key){.id = def->id,
                                                        .class = CATALOG_CLASS_CONSTRAINT,
                                                        .check = def->spec.checks[c].name};
                return true;
            }
        }
    }
    return false;
}

static bool is_class(vv_slice class, const char *name)
{
    return class.size == 0 || slice_equal(class, slice_text(name));
}

vv_status system_comment(struct store_session *store, const struct system_names *names,
                         uint32_t oid, vv_slice class, uint16_t column, struct arena *arena,
                         const char **text_out)
{
    const struct system_object *object = system_object(names, oid);
    struct catalog_comment_key key = {.id = oid, .column = column};
    vv_status status = VV_NOT_FOUND;

    if (object != NULL && is_class(class, "pg_class")) {
        key.class = CATALOG_CLASS_RELATION;
        status = catalog_comment_get(store, &key, arena, text_out);
    }
    if (status == VV_NOT_FOUND && column == 0 && is_class(class, "pg_constraint")) {
        key = (struct catalog_comment_key){.id = oid, .class = CATALOG_CLASS_CONSTRAINT};
        if (object != NULL || check_find(names, oid, &key)) {
            status = catalog_comment_get(store, &key, arena, text_out);
        }
    }
    if (status == VV_NOT_FOUND && column == 0 && object == NULL &&
        is_class(class, "pg_namespace")) {
        key = (struct catalog_comment_key){.id = oid, .class = CATALOG_CLASS_SCHEMA};
        status = catalog_comment_get(store, &key, arena, text_out);
    }
    return status;
}

/* The OIDs of a comment's object; false: it is not seen. */
static bool row_object(const struct system_names *names, const struct catalog_comment_key *key,
                       uint32_t *oid_out, uint32_t *class_out)
{
    const struct system_object *object = system_object(names, key->id);

    *oid_out = key->id;
    *class_out = key->class == CATALOG_CLASS_CONSTRAINT ? CLASS_CONSTRAINT
                 : key->class == CATALOG_CLASS_SCHEMA   ? CLASS_SCHEMA
                                                        : CLASS_RELATION;
    if (key->class == CATALOG_CLASS_SCHEMA) {
        return true;
    }
    for (uint32_t c = 0; key->check != NULL && object != NULL && c < object->def->spec.check_count;
         c++) {
        if (strcmp(object->def->spec.checks[c].name, key->check) == 0) {
            *oid_out = system_check_id(object->def, &object->def->spec.checks[c]);
            return true;
        }
    }
    return object != NULL && key->check == NULL;
}

vv_status system_rows_pg_description(struct system_scan *scan)
{
    struct catalog_comment_row *rows = NULL;
    uint32_t count = 0;

    VV_TRY(catalog_comment_list(scan->store, scan->arena, &rows, &count));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t oid = 0;
        uint32_t class = 0;

        if (!row_object(scan->names, &rows[i].key, &oid, &class) ||
            !system_may_be(scan, SYSTEM_pg_description__objoid, oid)) {
            continue;
        }
        system_row(scan);
        system_number(scan, SYSTEM_pg_description__objoid, oid);
        system_number(scan, SYSTEM_pg_description__classoid, class);
        system_number(scan, SYSTEM_pg_description__objsubid, rows[i].key.column);
        system_string(scan, SYSTEM_pg_description__description, rows[i].text);
    }
    return VV_OK;
}
