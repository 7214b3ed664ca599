/*
 * catalog_fixture.h - a store, a catalog, two blocking sessions, and short words for DDL.
 */
#ifndef VARVE_TESTS_CATALOG_FIXTURE_H
#define VARVE_TESTS_CATALOG_FIXTURE_H

#include "base/alloc.h"
#include "catalog/catalog.h"
#include "os/os_sim.h"
#include "store/store.h"
#include "table/table.h"
#include "test.h"
#include "value/value.h"

struct catalog_fixture {
    struct alloc alloc;
    struct os_sim *sim; /* NULL: in memory */
    struct store *store;
    struct catalog *catalog;
    struct store_session *a;
    struct store_session *b;
    char notice[256]; /* the last one */
    struct vv_error error;
};

static inline void fixture_hear(void *argument, const struct catalog_notice *notice)
{
    struct catalog_fixture *f = argument;

    snprintf(f->notice, sizeof f->notice, "%s", notice->message);
}

static inline vv_status fixture_try_open(struct catalog_fixture *f)
{
    struct store_options options = {.alloc = &f->alloc,
                                    .os = f->sim == NULL ? NULL : os_sim_os(f->sim),
                                    .path = f->sim == NULL ? NULL : "/db"};
    vv_status status = store_open(&options, &f->store, NULL);

    status = status == VV_OK ? catalog_open(&f->alloc, f->store, &f->catalog, NULL) : status;
    status = status == VV_OK ? store_session_open(f->store, NULL, &f->a) : status;
    return status == VV_OK ? store_session_open(f->store, NULL, &f->b) : status;
}

static inline void fixture_end(struct catalog_fixture *f)
{
    store_session_close(f->a);
    store_session_close(f->b);
    catalog_close(f->catalog);
    (void)!store_close(f->store);
    f->a = f->b = NULL;
    f->catalog = NULL;
    f->store = NULL;
}

static inline void fixture_open(struct catalog_fixture *f)
{
    memset(f, 0, sizeof *f);
    alloc_init(&f->alloc, 0);
    TEST_OK(fixture_try_open(f));
}

static inline void fixture_close(struct catalog_fixture *f)
{
    fixture_end(f);
    alloc_release(&f->alloc);
    os_sim_destroy(f->sim);
}

static inline void begin(struct store_session *session)
{
    store_enter(session);
    TEST_OK(store_begin(session, NULL));
}

static inline void commit(struct store_session *session)
{
    TEST_OK(store_commit(session, NULL));
    store_leave(session);
}

static inline void rollback(struct store_session *session)
{
    store_abort(session);
    store_leave(session);
}

/* A statement: ended when it went well, else aborted. The transaction is open. */
static inline vv_status statement(struct catalog_fixture *f, struct store_session *session,
                                  vv_status (*body)(struct catalog_fixture *,
                                                    const struct catalog_ddl *, const char *),
                                  const char *name)
{
    const struct catalog_listener listener = {fixture_hear, f};
    struct catalog_ddl ddl = {
        .catalog = f->catalog, .session = session, .listener = &listener, .error = &f->error};
    vv_status status = store_statement_begin(session);

    error_clear(&f->error);
    status = status == VV_OK ? body(f, &ddl, name) : status;
    if (status == VV_OK) {
        status = store_statement_end(session);
    }
    if (status != VV_OK && store_in_transaction(session)) {
        store_statement_abort(session);
    }
    return status;
}

/* name (a INTEGER PRIMARY KEY, b TEXT UNIQUE) */
static inline vv_status do_create(struct catalog_fixture *f, const struct catalog_ddl *ddl,
                                  const char *name)
{
    static const struct table_column columns[] = {
        {.name = "a", .type = VALUE_INTEGER, .type_modifier = -1},
        {.name = "b", .type = VALUE_TEXT, .type_modifier = -1}};
    static const struct table_index_part key[] = {{.column = 0}}, unique[] = {{.column = 1}};
    static const struct table_index indexes[] = {
        {.parts = key, .part_count = 1, .unique = true, .primary = true, .constraint = true},
        {.parts = unique, .part_count = 1, .unique = true, .constraint = true}};
    struct table_spec spec = {
        .name = name, .columns = columns, .column_count = 2, .indexes = indexes, .index_count = 2};

    (void)f;
    return catalog_create_table(ddl, &spec, false);
}

static inline vv_status do_create_if_missing(struct catalog_fixture *f,
                                             const struct catalog_ddl *ddl, const char *name)
{
    static const struct table_column columns[] = {
        {.name = "a", .type = VALUE_INTEGER, .type_modifier = -1}};
    struct table_spec spec = {.name = name, .columns = columns, .column_count = 1};

    (void)f;
    return catalog_create_table(ddl, &spec, true);
}

static inline vv_status do_drop(struct catalog_fixture *f, const struct catalog_ddl *ddl,
                                const char *name)
{
    (void)f;
    return catalog_drop_table(ddl, NULL, name, false);
}

static inline vv_status do_drop_index(struct catalog_fixture *f, const struct catalog_ddl *ddl,
                                      const char *name)
{
    (void)f;
    return catalog_drop_index(ddl, NULL, name, false);
}

/* CREATE INDEX ON name (b) */
static inline vv_status do_index(struct catalog_fixture *f, const struct catalog_ddl *ddl,
                                 const char *name)
{
    static const struct table_index_part parts[] = {{.column = 1}};
    struct table_index index = {.parts = parts, .part_count = 1};

    (void)f;
    return catalog_create_index(ddl, NULL, name, NULL, &index, false);
}

/* Whether the session's running statement sees a table of that name. The definition's index count. */
static inline vv_status look(struct catalog_fixture *f, struct store_session *session,
                             const char *name, uint32_t *index_count_out)
{
    struct catalog_view view;
    const struct table_def *def = NULL;
    vv_status status = VV_OK;

    *index_count_out = 0;
    catalog_view_init(&view, f->catalog, session);
    status = catalog_view_find(&view, NULL, name, &def);
    if (status == VV_OK) {
        *index_count_out = def->spec.index_count;
    }
    catalog_view_release(&view);
    return status;
}

/* The same in a statement of its own inside the open transaction. */
static inline bool sees(struct catalog_fixture *f, struct store_session *session, const char *name,
                        uint32_t index_count)
{
    uint32_t found = 0;
    vv_status status = VV_OK;

    TEST_OK(store_statement_begin(session));
    status = look(f, session, name, &found);
    TEST_OK(store_statement_end(session));
    TEST_TRUE(status == VV_OK || status == VV_NOT_FOUND);
    return status == VV_OK && found == index_count;
}

#endif
