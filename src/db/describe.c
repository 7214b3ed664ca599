/*
 * describe.c - varve_describe(): tables, columns and indexes for tools (the shell's \d).
 *
 * Everything is copied out first, in a statement of its own, and handed out when nothing is held: the
 * caller's function may take its time.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "catalog/catalog.h"
#include "exec/exec.h"
#include "sql/sql.h"
#include "table/table_def.h"
#include "value/value.h"

#include <stdio.h>

/* Descriptions in the order they are handed out. */
struct described {
    struct described *next;
    struct varve_description item;
};

struct describing {
    struct varve_session *session;
    struct arena arena;
    struct described *first;
    struct described **link;
    const char *schema; /* wanted; NULL: any */
    const char *table;  /* wanted; NULL: all, without columns and indexes */
};

static vv_status describe_all(struct describing *d, struct vv_error *error);
static vv_status describe_names(struct describing *d);
static vv_status describe_table(struct describing *d, const struct catalog_name *name);
static vv_status describe_columns(struct describing *d, const struct table_def *def);
static vv_status describe_index(struct describing *d, const struct table_def *def,
                                const struct table_index *index);
static char *index_text(struct describing *d, const struct table_def *def,
                        const struct table_index *index);
static struct varve_description *add(struct describing *d, int kind, const char *schema,
                                     const char *table, const char *name);
static const char *quoted(struct describing *d, const char *name);
static const char *keep(struct describing *d, const char *text);

int varve_describe(struct varve_session *session, const char *schema, const char *table,
                   void (*each)(void *argument, const struct varve_description *item),
                   void *argument)
{
    struct describing d = {.session = session, .schema = schema, .table = table};
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (each == NULL) {
        code = session_misuse(session, "each must not be NULL");
        session_drop(session);
        return code;
    }
    arena_init(&d.arena, &session->db->alloc, ALLOC_STATEMENT, 4096);
    d.link = &d.first;
    if (describe_all(&d, &session->failure) != VV_OK) {
        code = session_fail(session);
    }
    session_drop(session);
    for (struct described *now = d.first; code == VARVE_OK && now != NULL; now = now->next) {
        each(argument, &now->item);
    }
    arena_release(&d.arena);
    return code;
}

/* In a frame of its own, or the open transaction. */
static vv_status describe_all(struct describing *d, struct vv_error *error)
{
    struct varve_session *session = d->session;
    vv_status status = VV_OK;

    if (session->block == BLOCK_FAILED) {
        return error_from_status(error, VV_TXN_ABORTED);
    }
    VV_TRY(run_keep_active(session, error));
    store_enter(session->store);
    status = transaction_ensure(session, error);
    if (status == VV_OK) {
        status = store_statement_begin(session->store);
        status = status == VV_OK ? describe_names(d) : status;
        if (status != VV_OK) {
            status = exec_error(session->store, status, error);
        }
        store_statement_abort(session->store);
    }
    if (status != VV_OK || session->implicit) {
        transaction_failed(session);
    }
    store_leave(session->store);
    return status;
}

static vv_status describe_names(struct describing *d)
{
    struct catalog_name *names = NULL;
    uint32_t count = 0;

    VV_TRY(catalog_list(d->session->db->catalog, d->session->store, &d->arena, &names, &count));
    for (uint32_t i = 0; i < count; i++) {
        const struct catalog_name *name = &names[i];
        bool wanted = (d->schema == NULL || strcmp(d->schema, name->schema) == 0) &&
                      (d->table == NULL || strcmp(d->table, name->name) == 0);

        if (!wanted) {
            continue;
        }
        if (name->kind == CATALOG_SEQUENCE) {
            continue;
        }
        if (name->kind == CATALOG_TABLE) {
            VV_TRY(describe_table(d, name));
        } else if (name->kind == CATALOG_MAP) {
            if (add(d, VARVE_DESCRIBES_MAP, name->schema, name->name, name->name) == NULL) {
                return VV_NOMEM;
            }
        } else if (add(d, VARVE_DESCRIBES_INDEX, name->schema, NULL, name->name) == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static vv_status describe_table(struct describing *d, const struct catalog_name *name)
{
    struct catalog_view view;
    const struct table_def *def = NULL;
    vv_status status = VV_OK;

    if (add(d, VARVE_DESCRIBES_TABLE, name->schema, name->name, name->name) == NULL) {
        return VV_NOMEM;
    }
    if (d->table == NULL) {
        return VV_OK;
    }
    catalog_view_init(&view, d->session->db->catalog, d->session->store);
    status = catalog_view_find(&view, name->schema, name->name, &def);
    if (status == VV_OK) {
        status = describe_columns(d, def);
    }
    for (uint32_t i = 0; status == VV_OK && i < def->spec.index_count; i++) {
        status = describe_index(d, def, &def->spec.indexes[i]);
    }
    catalog_view_release(&view);
    return status;
}

static vv_status describe_columns(struct describing *d, const struct table_def *def)
{
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        const struct table_column *column = &def->spec.columns[i];
        struct varve_description *item = NULL;
        char type[VALUE_TYPE_TEXT_BYTES];

        if (column->dropped) {
            continue;
        }
        item = add(d, VARVE_DESCRIBES_COLUMN, def->spec.schema, def->spec.name, column->name);
        if (item == NULL) {
            return VV_NOMEM;
        }
        value_type_format((enum value_type)column->type, column->type_modifier, type);
        item->type = keep(d, type);
        item->not_null = column->not_null;
        item->definition = keep(d, column->default_text == NULL ? "" : column->default_text);
    }
    return VV_OK;
}

static vv_status describe_index(struct describing *d, const struct table_def *def,
                                const struct table_index *index)
{
    struct varve_description *item =
        add(d, VARVE_DESCRIBES_INDEX, def->spec.schema, def->spec.name, index->name);

    if (item == NULL) {
        return VV_NOMEM;
    }
    item->is_unique = index->unique;
    item->is_primary = index->primary;
    item->is_constraint = index->constraint;
    item->definition = index_text(d, def, index);
    return item->definition == NULL ? VV_NOMEM : VV_OK;
}

/* "btree (a, b DESC) INCLUDE (c) WHERE d > 0", as \d shows it. */
static char *index_text(struct describing *d, const struct table_def *def,
                        const struct table_index *index)
{
    char *text = arena_text(&d->arena, "btree (", 7);

    for (uint32_t i = 0; text != NULL && i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];
        bool nulls_usual = part->nulls_first == part->descending;
        const char *name = part->column == TABLE_NO_COLUMN
                               ? part->expression_text
                               : quoted(d, def->spec.columns[part->column].name);

        text = name == NULL ? NULL
                            : arena_format(&d->arena, "%s%s%s%s%s", text, i == 0 ? "" : ", ", name,
                                           part->descending ? " DESC" : "",
                                           nulls_usual         ? ""
                                           : part->nulls_first ? " NULLS FIRST"
                                                               : " NULLS LAST");
    }
    text = text == NULL ? NULL : arena_format(&d->arena, "%s)", text);
    for (uint32_t i = 0; text != NULL && i < index->include_count; i++) {
        text = arena_format(&d->arena, "%s%s%s%s", text, i == 0 ? " INCLUDE (" : ", ",
                            quoted(d, def->spec.columns[index->includes[i]].name),
                            i + 1u == index->include_count ? ")" : "");
    }
    if (text != NULL && index->predicate_text != NULL) {
        text = arena_format(&d->arena, "%s WHERE %s", text, index->predicate_text);
    }
    return text;
}

/* NULL: out of memory. */
static struct varve_description *add(struct describing *d, int kind, const char *schema,
                                     const char *table, const char *name)
{
    struct described *described = ARENA_NEW(&d->arena, struct described);

    if (described == NULL) {
        return NULL;
    }
    described->item = (struct varve_description){.kind = kind,
                                                 .schema = keep(d, schema),
                                                 .table = keep(d, table == NULL ? "" : table),
                                                 .name = keep(d, name),
                                                 .type = "",
                                                 .definition = ""};
    *d->link = described;
    d->link = &described->next;
    return described->item.schema == NULL || described->item.table == NULL ||
                   described->item.name == NULL
               ? NULL
               : &described->item;
}

/* As SQL must write it; NULL: out of memory. */
static const char *quoted(struct describing *d, const char *name)
{
    return (const char *)sql_quote_name(&d->arena, slice_text(name)).data;
}

static const char *keep(struct describing *d, const char *text)
{
    return arena_text(&d->arena, text, strlen(text));
}
