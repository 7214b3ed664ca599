/* test_catalog.c - DDL is as transactional as rows; words; recovery; failing allocations. */
#include "catalog_fixture.h"

#include "base/rng.h"

/* C1: seen by its own transaction at once, by others from the commit on. */
TEST(ddl_is_seen_at_commit)
{
    struct catalog_fixture f;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    begin(f.b);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    TEST_TRUE(sees(&f, f.a, "t", 2));
    TEST_FALSE(sees(&f, f.b, "t", 2));
    commit(f.a);
    TEST_TRUE(sees(&f, f.b, "t", 2));
    rollback(f.b);
    fixture_close(&f);
}

/* C1: rollback, ROLLBACK TO and a failed statement leave nothing. */
TEST(ddl_is_undone)
{
    struct catalog_fixture f;
    struct store_mark mark;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "kept"));
    mark = store_savepoint(f.a);
    TEST_OK(statement(&f, f.a, do_create, "undone"));
    TEST_OK(statement(&f, f.a, do_drop, "kept"));
    TEST_FALSE(sees(&f, f.a, "kept", 2));
    store_rollback_to(f.a, mark);
    TEST_TRUE(sees(&f, f.a, "kept", 2));
    TEST_FALSE(sees(&f, f.a, "undone", 2));
    commit(f.a);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_drop, "kept"));
    rollback(f.a);
    begin(f.a);
    TEST_TRUE(sees(&f, f.a, "kept", 2));
    TEST_FALSE(sees(&f, f.a, "undone", 2));
    rollback(f.a);
    fixture_close(&f);
}

/* C1: REPEATABLE READ goes on seeing what its snapshot shows. */
TEST(old_snapshots_see_old_definitions)
{
    struct catalog_fixture f;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    commit(f.a);
    store_enter(f.b);
    TEST_OK(store_begin(f.b, &(struct store_txn_options){.level = STORE_REPEATABLE_READ}));
    TEST_TRUE(sees(&f, f.b, "t", 2));
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_index, "t"));
    TEST_OK(statement(&f, f.a, do_create, "u"));
    commit(f.a);
    TEST_TRUE(sees(&f, f.b, "t", 2));
    TEST_FALSE(sees(&f, f.b, "u", 2));
    rollback(f.b);
    begin(f.b);
    TEST_TRUE(sees(&f, f.b, "t", 3));
    rollback(f.b);
    fixture_close(&f);
}

static void expect_error(struct catalog_fixture *f, vv_status status, const char *sqlstate,
                         const char *message)
{
    TEST_STATUS(VV_ERROR, status);
    TEST_TEXT(sqlstate, f->error.sqlstate);
    TEST_TEXT(message, f->error.message);
}

/* PostgreSQL's errors and notices. C2. */
TEST(errors)
{
    struct catalog_fixture f;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    expect_error(&f, statement(&f, f.a, do_create, "t"), "42P07", "relation \"t\" already exists");
    expect_error(&f, statement(&f, f.a, do_create, "t_pkey"), "42P07",
                 "relation \"t_pkey\" already exists");
    TEST_OK(statement(&f, f.a, do_create_if_missing, "t"));
    TEST_TEXT("relation \"t\" already exists, skipping", f.notice);
    expect_error(&f, statement(&f, f.a, do_drop, "x"), "42P01", "table \"x\" does not exist");
    expect_error(&f, statement(&f, f.a, do_drop, "t_pkey"), "42809", "\"t_pkey\" is not a table");
    TEST_TEXT("Use DROP INDEX to remove an index.", f.error.hint);
    expect_error(&f, statement(&f, f.a, do_drop_index, "x"), "42704", "index \"x\" does not exist");
    expect_error(&f, statement(&f, f.a, do_drop_index, "t"), "42809", "\"t\" is not an index");
    expect_error(&f, statement(&f, f.a, do_drop_index, "t_b_key"), "2BP01",
                 "cannot drop index t_b_key because constraint t_b_key on table t requires it");
    expect_error(&f, statement(&f, f.a, do_index, "x"), "42P01", "relation \"x\" does not exist");
    commit(f.a);
    fixture_close(&f);
}

/* Unnamed indexes get PostgreSQL's names; DROP TABLE takes them along. */
TEST(chosen_names)
{
    struct catalog_fixture f;
    struct arena arena;
    struct catalog_name *names = NULL;
    uint32_t count = 0;

    (void)state;
    fixture_open(&f);
    arena_init(&arena, &f.alloc, ALLOC_GENERAL, 4096);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    TEST_OK(statement(&f, f.a, do_index, "t"));
    TEST_OK(statement(&f, f.a, do_index, "t"));
    TEST_OK(store_statement_begin(f.a));
    TEST_OK(catalog_list(f.catalog, f.a, &arena, &names, &count));
    TEST_OK(store_statement_end(f.a));
    TEST_EQUAL(5, count);
    TEST_TEXT("t", names[0].name);
    TEST_TEXT("t_b_idx", names[1].name);
    TEST_TEXT("t_b_idx1", names[2].name);
    TEST_TEXT("t_b_key", names[3].name);
    TEST_TEXT("t_pkey", names[4].name);
    TEST_TRUE(names[0].id >= CATALOG_FIRST_ID);
    TEST_OK(statement(&f, f.a, do_drop_index, "t_b_idx"));
    TEST_TRUE(sees(&f, f.a, "t", 3));
    TEST_OK(statement(&f, f.a, do_drop, "t"));
    TEST_OK(store_statement_begin(f.a));
    TEST_OK(catalog_list(f.catalog, f.a, &arena, &names, &count));
    TEST_OK(store_statement_end(f.a));
    TEST_EQUAL(0, count);
    commit(f.a);
    arena_release(&arena);
    fixture_close(&f);
}

/* Inserts (a, b) into a table by name. */
static vv_status insert(struct catalog_fixture *f, struct store_session *session, const char *table,
                        int32_t a, const char *b)
{
    struct catalog_view view;
    const struct table_def *def = NULL;
    struct table_writer *writer = NULL;
    struct arena arena;
    struct value row[2] = {value_integer(a), value_text(b)};
    vv_status status = store_statement_begin(session);

    if (status != VV_OK) {
        return status;
    }
    arena_init(&arena, &f->alloc, ALLOC_GENERAL, 4096);
    catalog_view_init(&view, f->catalog, session);
    status = catalog_view_table(&view, NULL, table, STORE_TABLE_ROW_EXCLUSIVE, 0, &def, &f->error);
    status = status == VV_OK ? catalog_view_lock(&view, session) : status;
    status = status == VV_OK ? catalog_view_check(&view, session, false) : status;
    status = status == VV_OK ? table_writer_create(def, NULL, 0, &arena, &writer) : status;
    status = status == VV_OK ? table_insert(writer, session, row, 1) : status;
    status = status == VV_OK ? store_statement_end(session) : status;
    if (status != VV_OK) {
        store_statement_abort(session);
    }
    catalog_view_release(&view);
    arena_release(&arena);
    return status;
}

static void verify(struct catalog_fixture *f, struct store_session *session, const char *table)
{
    struct catalog_view view;
    const struct table_def *def = NULL;
    struct arena arena;
    const char *what = NULL;

    arena_init(&arena, &f->alloc, ALLOC_GENERAL, 4096);
    TEST_OK(store_statement_begin(session));
    catalog_view_init(&view, f->catalog, session);
    TEST_OK(catalog_view_find(&view, NULL, table, &def));
    if (table_verify(def, NULL, session, &arena, &what) != VV_OK) {
        print_error("%s\n", what);
        TEST_TRUE(false);
    }
    catalog_view_release(&view);
    TEST_OK(store_statement_end(session));
    arena_release(&arena);
}

TEST(create_index_fills_it)
{
    struct catalog_fixture f;
    char b[16];

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    for (int32_t i = 0; i < 300; i++) {
        snprintf(b, sizeof b, "b%d", (int)(i * 7919 % 300));
        TEST_OK(insert(&f, f.a, "t", i, b));
    }
    TEST_OK(statement(&f, f.a, do_index, "t"));
    verify(&f, f.a, "t");
    commit(f.a);
    begin(f.b);
    TEST_OK(insert(&f, f.b, "t", 1000, "after"));
    TEST_STATUS(VV_EXISTS, insert(&f, f.b, "t", 1001, "after"));
    verify(&f, f.b, "t");
    commit(f.b);
    fixture_close(&f);
}

/* C4: a quiet word that has not changed means the same definitions; any DDL changes it. */
TEST(words)
{
    struct catalog_fixture f;
    struct catalog_view view;
    const struct table_def *def = NULL;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    TEST_FALSE(catalog_word_quiet(catalog_word(f.catalog)));
    commit(f.a);
    TEST_TRUE(catalog_word_quiet(catalog_word(f.catalog)));

    begin(f.a);
    TEST_OK(store_statement_begin(f.a));
    catalog_view_init(&view, f.catalog, f.a);
    TEST_OK(catalog_view_find(&view, NULL, "t", &def));
    TEST_TRUE(catalog_view_is_current(&view, 0));
    TEST_OK(store_statement_end(f.a));

    /* another table: the word moved, the definitions did not */
    begin(f.b);
    TEST_OK(statement(&f, f.b, do_create, "u"));
    TEST_FALSE(catalog_view_is_current(&view, 0));
    TEST_OK(store_statement_begin(f.a));
    TEST_OK(catalog_view_check(&view, f.a, false));
    TEST_FALSE(catalog_view_is_current(&view, 0)); /* one is open: look each time */
    TEST_OK(store_statement_end(f.a));
    commit(f.b);
    TEST_OK(store_statement_begin(f.a));
    TEST_OK(catalog_view_check(&view, f.a, false));
    TEST_TRUE(catalog_view_is_current(&view, 0));
    TEST_OK(store_statement_end(f.a));

    /* this table */
    begin(f.b);
    TEST_OK(statement(&f, f.b, do_index, "t"));
    commit(f.b);
    TEST_OK(store_statement_begin(f.a));
    TEST_FALSE(catalog_view_is_current(&view, 0));
    TEST_STATUS(VV_CHANGED, catalog_view_check(&view, f.a, false));
    TEST_OK(store_statement_end(f.a));
    catalog_view_release(&view);
    rollback(f.a);
    fixture_close(&f);
}

/* An old snapshot reads by its old definition, but must not write by it. */
TEST(repeatable_read_may_not_write_by_an_old_definition)
{
    struct catalog_fixture f;
    struct catalog_view view;
    const struct table_def *def = NULL;

    (void)state;
    fixture_open(&f);
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    commit(f.a);
    store_enter(f.b);
    TEST_OK(store_begin(f.b, &(struct store_txn_options){.level = STORE_REPEATABLE_READ}));
    TEST_FALSE(sees(&f, f.b, "x", 0));
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_index, "t"));
    commit(f.a);
    TEST_OK(store_statement_begin(f.b));
    catalog_view_init(&view, f.catalog, f.b);
    TEST_OK(catalog_view_table(&view, NULL, "t", STORE_TABLE_ACCESS_SHARE, 0, &def, &f.error));
    TEST_FALSE(catalog_view_is_current(&view, store_snapshot(f.b)));
    TEST_OK(catalog_view_check(&view, f.b, true));
    TEST_OK(catalog_view_table(&view, NULL, "t", STORE_TABLE_ROW_EXCLUSIVE, 0, &def, &f.error));
    TEST_STATUS(VV_CONFLICT, catalog_view_check(&view, f.b, true));
    catalog_view_release(&view);
    TEST_OK(store_statement_end(f.b));
    rollback(f.b);
    fixture_close(&f);
}

/* C1, C5: what was committed is there after a crash, the rest is not; ids go on. */
TEST(definitions_survive_a_crash)
{
    struct catalog_fixture f = {0};

    (void)state;
    alloc_init(&f.alloc, 0);
    f.sim = os_sim_create(5);
    TEST_OK(fixture_try_open(&f));
    begin(f.a);
    TEST_OK(statement(&f, f.a, do_create, "t"));
    TEST_OK(insert(&f, f.a, "t", 1, "one"));
    TEST_OK(statement(&f, f.a, do_index, "t"));
    commit(f.a);
    begin(f.b);
    TEST_OK(statement(&f, f.b, do_create, "lost"));
    os_sim_crash(f.sim);
    rollback(f.b);
    fixture_end(&f);
    os_sim_restart(f.sim);
    TEST_OK(fixture_try_open(&f));
    begin(f.a);
    TEST_TRUE(sees(&f, f.a, "t", 3));
    TEST_FALSE(sees(&f, f.a, "lost", 2));
    verify(&f, f.a, "t");
    TEST_OK(statement(&f, f.a, do_create, "u"));
    TEST_OK(insert(&f, f.a, "t", 2, "two"));
    TEST_STATUS(VV_EXISTS, insert(&f, f.a, "t", 3, "one"));
    verify(&f, f.a, "t");
    commit(f.a);
    fixture_close(&f);
}

/* C3 and the fault promise: any allocation may fail, nothing leaks, the catalog goes on. */
TEST_SWEEP(ddl_with_failing_allocations)
{
    struct catalog_fixture f = {0};

    alloc_init(&f.alloc, 0);
    if (fixture_try_open(&f) == VV_OK) {
        store_enter(f.a);
        if (store_begin(f.a, NULL) == VV_OK && statement(&f, f.a, do_create, "t") == VV_OK &&
            insert(&f, f.a, "t", 1, "x") == VV_OK && statement(&f, f.a, do_index, "t") == VV_OK &&
            statement(&f, f.a, do_drop_index, "t_b_idx") == VV_OK &&
            statement(&f, f.a, do_drop, "t") == VV_OK) {
            (void)!store_commit(f.a, NULL);
        } else {
            store_abort(f.a);
        }
        /* usable: the only fault is over (or still to come, in a later run) */
        alloc_fault_arm(0, false);
        TEST_OK(store_begin(f.a, NULL));
        TEST_OK(statement(&f, f.a, do_create, "t"));
        TEST_OK(store_commit(f.a, NULL));
        store_leave(f.a);
    }
    fixture_close(&f);
}
