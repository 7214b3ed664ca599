/* test_catalog_races.c - DDL of several threads on few names, with writers in between. */
#include "catalog_fixture.h"

#include <pthread.h>

#include "base/rng.h"

#define THREADS 4
#define NAMES   3

struct worker {
    struct catalog_fixture *f;
    struct rng rng;
    unsigned rounds;
    unsigned committed;
    unsigned odd;
};

static const char *const names[NAMES] = {"t", "u", "v"};

static vv_status insert_one(struct catalog_fixture *f, struct store_session *session,
                            const char *name, int32_t a, struct vv_error *error)
{
    struct catalog_view view;
    const struct table_def *def = NULL;
    struct table_writer *writer = NULL;
    struct arena arena;
    char text[24];
    struct value row[2];
    vv_status status = store_statement_begin(session);

    if (status != VV_OK) {
        return status;
    }
    snprintf(text, sizeof text, "text %d", (int)a);
    row[0] = value_integer(a);
    row[1] = value_text(text);
    arena_init(&arena, &f->alloc, ALLOC_GENERAL, 4096);
    catalog_view_init(&view, f->catalog, session);
    status = catalog_view_table(&view, NULL, name, STORE_TABLE_ROW_EXCLUSIVE, 0, &def, error);
    status = status == VV_OK ? catalog_view_lock(&view, session) : status;
    status = status == VV_OK ? catalog_view_check(&view, session, false) : status;
    if (status == VV_OK && def->spec.column_count == 2) {
        status = table_writer_create(def, NULL, 0, &arena, &writer);
        status = status == VV_OK ? table_insert(writer, session, row, 1) : status;
    }
    status = status == VV_OK ? store_statement_end(session) : status;
    if (status != VV_OK && store_in_transaction(session)) {
        store_statement_abort(session);
    }
    catalog_view_release(&view);
    arena_release(&arena);
    return status;
}

static vv_status ddl_one(struct catalog_fixture *f, struct store_session *session, unsigned what,
                         const char *name, struct vv_error *error)
{
    struct catalog_ddl ddl = {.catalog = f->catalog, .session = session, .error = error};
    vv_status status = store_statement_begin(session);

    if (status == VV_OK) {
        status = what == 0   ? do_create(f, &ddl, name)
                 : what == 1 ? do_drop(f, &ddl, name)
                 : what == 2 ? do_index(f, &ddl, name)
                             : do_drop_index(f, &ddl, "t_b_idx");
        status = status == VV_OK ? store_statement_end(session) : status;
        if (status != VV_OK && store_in_transaction(session)) {
            store_statement_abort(session);
        }
    }
    return status;
}

static void *work(void *context)
{
    struct worker *w = context;
    struct store_session *session = NULL;
    struct vv_error error;

    if (store_session_open(w->f->store, NULL, &session) != VV_OK) {
        return NULL;
    }
    for (unsigned i = 0; i < w->rounds; i++) {
        const char *name = names[rng_below(&w->rng, NAMES)];
        unsigned what = (unsigned)rng_below(&w->rng, 12);
        vv_status status = VV_OK;

        store_enter(session);
        status = store_begin(session, NULL);
        for (unsigned s = 0; s < 2 && status == VV_OK; s++) {
            status = what < 4 ? ddl_one(w->f, session, what, name, &error)
                              : insert_one(w->f, session, name, (int32_t)rng_below(&w->rng, 500),
                                           &error);
            what = (unsigned)rng_below(&w->rng, 12);
        }
        if (status == VV_RETRY || status == VV_CORRUPT || status == VV_NOT_FOUND) {
            w->odd++; /* none of these may leave the catalog */
        }
        if (status == VV_OK && rng_chance(&w->rng, 4, 5)) {
            w->committed += store_commit(session, NULL) == VV_OK;
        } else {
            store_abort(session);
        }
        store_leave(session);
    }
    store_session_close(session);
    return NULL;
}

/* T1 of table and C1, C2 after many threads have created, filled, indexed and dropped. */
TEST(ddl_races)
{
    struct catalog_fixture f;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct arena arena;
    struct catalog_name *found = NULL;
    uint32_t count = 0;
    uint64_t seed = test_seed(3);
    unsigned committed = 0;

    (void)state;
    fixture_open(&f);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .rounds = 400 * (unsigned)test_effort()};
        rng_init(&workers[i].rng, seed + i);
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, work, &workers[i]));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        committed += workers[i].committed;
        TEST_EQUAL(0, workers[i].odd);
    }
    TEST_TRUE(committed > 0);
    TEST_TRUE(catalog_word_quiet(catalog_word(f.catalog)));
    arena_init(&arena, &f.alloc, ALLOC_GENERAL, 4096);
    begin(f.a);
    TEST_OK(store_statement_begin(f.a));
    TEST_OK(catalog_list(f.catalog, f.a, &arena, &found, &count));
    for (uint32_t i = 0; i < count; i++) {
        struct catalog_view view;
        const struct table_def *def = NULL;
        const char *what = NULL;

        catalog_view_init(&view, f.catalog, f.a);
        if (found[i].kind == CATALOG_TABLE) {
            TEST_OK(catalog_view_find(&view, NULL, found[i].name, &def));
            if (table_verify(def, NULL, f.a, &arena, &what) != VV_OK) {
                print_error("%s\n", what);
                TEST_TRUE(false);
            }
        }
        catalog_view_release(&view);
    }
    TEST_OK(store_statement_end(f.a));
    rollback(f.a);
    arena_release(&arena);
    fixture_close(&f);
}
