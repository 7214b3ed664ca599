/*
 * test_exec.c - runs as a whole: an operator of two inputs that src/ does not know, scans in pieces on
 * several threads, re-checks after waiting, budgets, interrupts, failing allocations.
 */
#include "exec_fixture.h"

#include <pthread.h>

#include "exec/groups.h"

/* ---- a hash join over the operator interface (O1) ---- */

struct test_join {
    struct exec_operator op;
    uint32_t left_key, right_key;
    struct arena arena;
    struct groups groups; /* keys of the right input, in the order they came */
    struct rows right;    /* its rows */
    struct value_batch batch;
    bool built;
    const struct value_batch *left; /* probed up to left_at */
    uint32_t left_at;
    uint32_t numbers[LIMIT_BATCH_ROWS];
};

static vv_status join_open(struct exec_operator *op, struct vv_error *error)
{
    struct test_join *join = (struct test_join *)(void *)op;

    join->built = false;
    join->left = NULL;
    return exec_op_open_inputs(op, error);
}

/* The right keys are unique, so group g is row g of `right`. */
static vv_status join_build(struct test_join *join, struct vv_error *error)
{
    struct exec_operator *input = join->op.inputs[1];
    const struct value_batch *batch = NULL;
    vv_status status = VV_OK;

    groups_init(&join->groups, &input->node->column_types[join->right_key], 1, 0, &join->arena,
                store_pace(join->op.exec->session));
    rows_init(&join->right, input->node->column_types, input->node->column_count, &join->arena);
    while ((status = exec_op_next(input, &batch, error)) == VV_OK) {
        const struct value_vector *columns[8];
        uint32_t numbers[LIMIT_BATCH_ROWS];

        for (uint32_t c = 0; c < batch->column_count; c++) {
            columns[c] = &batch->columns[c];
        }
        VV_TRY(groups_find(&join->groups, &columns[join->right_key], batch->selection,
                           batch->selected_count, numbers));
        VV_TRY(rows_append(&join->right, columns, batch->selection, batch->selected_count));
    }
    return status == VV_END ? VV_OK : status;
}

static vv_status join_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct test_join *join = (struct test_join *)(void *)op;

    *batch_out = NULL;
    if (!join->built) {
        VV_TRY(join_build(join, error));
        join->built = true;
    }
    for (;;) {
        const struct value_vector *key = NULL;
        uint32_t row = 0, number = 0, left_columns = op->inputs[0]->node->column_count;
        uint16_t place = 0;
        struct value value;

        if (join->left == NULL || join->left_at == join->left->selected_count) {
            VV_TRY(exec_op_next(op->inputs[0], &join->left, error));
            join->left_at = 0;
        }
        row = exec_place(join->left, join->left_at++);
        key = &join->left->columns[join->left_key];
        place = (uint16_t)row;
        if (vector_is_null(key, row)) {
            continue;
        }
        VV_TRY(groups_find(&join->groups, &key, &place, 1, join->numbers));
        number = join->numbers[row];
        if (number >= join->right.row_count) {
            continue; /* not there: it has just been added, behind all rows */
        }
        for (uint32_t c = 0; c < op->node->column_count; c++) {
            vector_reset(&join->batch.columns[c]);
            if (c < left_columns) {
                vector_get(&join->left->columns[c], row, &value);
            } else {
                vector_get(&rows_chunk(&join->right, number)[c - left_columns], number % ROWS_CHUNK,
                           &value);
            }
            vector_set(&join->batch.columns[c], 0, &value);
        }
        join->batch.row_count = 1;
        join->batch.selected_count = 1;
        *batch_out = &join->batch;
        return VV_OK;
    }
}

static const struct exec_operator_table join_table = {join_open, join_next, exec_op_close_inputs};

TEST(a_join_runs_over_the_interface)
{
    struct exec_fixture f;
    static const uint8_t types[2 * COLUMNS] = {VALUE_INTEGER, VALUE_INTEGER, VALUE_TEXT,
                                               VALUE_BIGINT,  VALUE_INTEGER, VALUE_INTEGER,
                                               VALUE_TEXT,    VALUE_BIGINT};
    const struct expr *filter = NULL;
    struct physical_node *node = NULL, *result = NULL;
    const struct physical_node *inputs[2];
    struct physical_plan plan;
    struct exec *exec = NULL;
    struct test_join join = {.left_key = GRP, .right_key = ID};
    char text[4096];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 30);
    /* t AS a JOIN t AS b ON a.grp = b.id WHERE a.id >= 25 */
    filter = e_call(&f, FUNCTION_INTEGER_GE, e_column(&f, ID, VALUE_INTEGER), e_integer(&f, 25));
    inputs[0] = n_scan(&f, NULL, NULL, 0, filter);
    inputs[1] = n_scan(&f, NULL, NULL, 0, NULL);
    node = n_make(&f, PHYSICAL_JOIN, 2 * COLUMNS, types, NULL);
    node->inputs = inputs;
    node->input_count = 2;
    result = n_make(&f, PHYSICAL_RESULT, 0, types, NULL);
    plan = p_rows(result);
    TEST_OK(exec_create(&f.env, &plan, &exec, &f.error));
    arena_init(&join.arena, &f.alloc, ALLOC_GENERAL, 4096);
    TEST_OK(exec_op_init(exec, node, &join_table, &join.op, &f.error));
    TEST_OK(exec_batch_create(exec, types, 2 * COLUMNS, 1, &join.batch, &f.error));
    exec->root = &join.op;
    for (unsigned i = 0; i < 2; i++) { /* and once more */
        arena_reset(&join.arena);
        TEST_OK(exec_start(exec, NULL, false, &f.error));
        TEST_STATUS(VV_END, fixture_drain(&f, exec, text, sizeof text));
        exec_stop(exec);
        TEST_TEXT("25,4,name of 00025,250,4,4,name of 00004,40|26,5,name of 00026,260,5,5,name of "
                  "00005,50|27,6,name of 00027,270,6,6,name of 00006,60|28,0,name of 00028,280,0,"
                  "null,name of 00000,0|29,1,name of 00029,290,1,1,name of 00001,10|",
                  text);
    }
    exec_destroy(exec);
    arena_release(&join.arena);
    fixture_close(&f);
}

/* ---- a scan in pieces, each on a thread of its own ---- */

struct piece_worker {
    struct exec_fixture *f;
    const struct physical_plan *plan;
    const struct store_range *piece;
    struct store_session *session;
    int64_t sum;
    uint64_t rows;
    vv_status status;
};

static void *piece_run(void *context)
{
    struct piece_worker *w = context;
    struct exec_env env = w->f->env;
    struct exec *exec = NULL;
    const struct value_batch *batch = NULL;
    struct vv_error error;

    env.session = w->session;
    store_enter(w->session);
    w->status = exec_create(&env, w->plan, &exec, &error);
    if (w->status == VV_OK) {
        w->status = exec_start_piece(exec, NULL, w->piece, &error);
    }
    while (w->status == VV_OK) {
        w->status = exec_next(exec, &batch, &error);
        for (uint32_t i = 0; w->status == VV_OK && i < batch->selected_count; i++) {
            w->sum += batch->columns[VAL].i64s[exec_place(batch, i)];
            w->rows++;
        }
    }
    exec_destroy(exec);
    store_leave(w->session);
    return NULL;
}

TEST(a_scan_in_pieces_gives_the_same_rows)
{
    struct exec_fixture f;
    const struct expr *filter = NULL;
    struct physical_plan plan;
    struct exec *exec = NULL;
    struct store_range *pieces = NULL;
    struct piece_worker workers[4];
    pthread_t threads[4];
    uint32_t count = 0;
    uint64_t rows = 0;
    int64_t sum = 0;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 20000);
    filter = e_call(&f, FUNCTION_INTEGER_GE, e_column(&f, ID, VALUE_INTEGER), e_integer(&f, 1000));
    plan = p_rows(n_scan(&f, NULL, NULL, 0, filter));
    TEST_OK(exec_create(&f.env, &plan, &exec, &f.error));
    TEST_OK(exec_start(exec, NULL, false, &f.error));
    TEST_OK(exec_split(exec, 4, &f.arena, &pieces, &count, &f.error));
    TEST_TRUE(count > 1 && count <= 4);
    for (uint32_t i = 0; i < count; i++) {
        workers[i] = (struct piece_worker){.f = &f, .plan = &plan, .piece = &pieces[i]};
        TEST_OK(store_session_open(f.store, NULL, &workers[i].session));
        store_follow(workers[i].session, f.session);
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, piece_run, &workers[i]));
    }
    for (uint32_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        TEST_STATUS(VV_END, workers[i].status);
        rows += workers[i].rows;
        sum += workers[i].sum;
        store_unfollow(workers[i].session);
        store_session_close(workers[i].session);
    }
    TEST_EQUAL(19000, rows);
    TEST_EQUAL((int64_t)(1000 + 19999) * 19000 / 2 * 10, sum);
    exec_destroy(exec);
    fixture_close(&f);
}

/* ---- READ COMMITTED looks again ---- */

struct update_worker {
    struct exec_fixture *f;
    struct exec_env env;
    const struct physical_plan *plan;
    uint64_t rows;
    vv_status status;
};

static void *update_run(void *context)
{
    struct update_worker *w = context;
    struct store_session *session = w->env.session;
    struct exec *exec = NULL;
    const struct value_batch *batch = NULL;
    struct vv_error error;

    store_enter(session);
    w->status = store_begin(session, NULL);
    w->status = w->status == VV_OK ? store_statement_begin(session) : w->status;
    w->status = w->status == VV_OK ? exec_create(&w->env, w->plan, &exec, &error) : w->status;
    w->status = w->status == VV_OK ? exec_start(exec, NULL, false, &error) : w->status;
    w->status = w->status == VV_OK ? exec_next(exec, &batch, &error) : w->status;
    w->rows = exec == NULL ? 0 : exec_row_count(exec);
    exec_destroy(exec);
    if (w->status == VV_END) {
        w->status = store_statement_end(session);
    }
    w->status = w->status == VV_OK ? store_commit(session, NULL) : w->status;
    store_leave(session);
    return NULL;
}

static struct physical_plan update_plan(struct exec_fixture *f, int64_t below)
{
    const struct expr *filter =
        e_call(f, FUNCTION_BIGINT_LT, e_column(f, VAL, VALUE_BIGINT), e_bigint(f, below));
    struct physical_node *scan = n_scan(f, NULL, NULL, 0, filter);
    struct physical_node *node = n_make(f, PHYSICAL_UPDATE, 0, fixture_types, scan);
    struct physical_assignment *set = ARENA_NEW(&f->arena, struct physical_assignment);

    *set = (struct physical_assignment){
        .column = VAL,
        .value = e_call(f, FUNCTION_BIGINT_ADD, e_column(f, VAL, VALUE_BIGINT), e_bigint(f, 100))};
    scan->scan.for_modify = true;
    node->modify.table = f->def;
    node->modify.assignments = set;
    node->modify.assignment_count = 1;
    node->modify.recheck = filter;
    return (struct physical_plan){.result = PHYSICAL_RETURNS_COUNT, .root = node};
}

/* The second UPDATE waits for the first, then sees its rows: one has left the WHERE, one has moved to
 * another key, one is gone; M1. */
TEST(an_update_looks_again_after_waiting)
{
    struct exec_fixture f;
    struct update_worker w;
    struct physical_plan plan;
    struct table_writer *writer = NULL;
    struct store_newest newest;
    struct value old[COLUMNS], row[COLUMNS];
    const char *what = NULL;
    pthread_t thread;
    uint8_t key[TABLE_KEY_BYTES];
    size_t size = 0;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 5);
    TEST_OK(store_statement_end(f.session));
    TEST_OK(store_commit(f.session, NULL));
    TEST_OK(store_begin(f.session, NULL));
    TEST_OK(store_statement_begin(f.session));
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &writer));
    for (int32_t id = 0; id < 4; id++) {
        struct value id_value = value_integer(id);

        TEST_OK(table_key_encode(f.def, NULL, &id_value, 1, key, &size));
        TEST_OK(table_row_get(f.session, f.def, slice_make(key, size), &f.arena, old));
        memcpy(row, old, sizeof row);
        if (id == 0) {
            row[VAL] = value_bigint(5000); /* leaves the WHERE */
        } else if (id == 1) {
            row[ID] = value_integer(77); /* moves */
        } else if (id == 3) {
            row[VAL] = value_bigint(31); /* stays, changed */
        }
        if (id == 2) {
            TEST_OK(table_delete(writer, f.session, slice_make(key, size), old,
                                 STORE_BASIS_SNAPSHOT, &newest));
        } else {
            TEST_OK(table_update(writer, f.session, slice_make(key, size), old, row,
                                 STORE_BASIS_SNAPSHOT, &newest));
        }
    }
    TEST_OK(store_statement_end(f.session));

    plan = update_plan(&f, 1000);
    w = (struct update_worker){.f = &f, .env = f.env, .plan = &plan};
    TEST_OK(store_session_open(f.store, NULL, &w.env.session));
    TEST_EQUAL(0, pthread_create(&thread, NULL, update_run, &w));
    for (struct store_stats stats = {0}; stats.waits == 0;) {
        store_stats(f.store, &stats);
    }
    TEST_OK(store_commit(f.session, NULL));
    pthread_join(thread, NULL);
    TEST_OK(w.status);
    TEST_EQUAL(3, w.rows);
    store_session_close(w.env.session);
    TEST_OK(store_begin(f.session, NULL));
    TEST_OK(store_statement_begin(f.session));
    fixture_expect(
        &f, n_scan(&f, NULL, NULL, 0, NULL),
        "0,null,name of 00000,5000|3,3,name of 00003,131|4,4,name of 00004,140|77,1,name "
        "of 00001,110|");
    TEST_OK(table_verify(f.def, NULL, f.session, &f.arena, &what));
    fixture_close(&f);
}

/* ---- budgets, interrupts, faults ---- */

static struct physical_node *sort_of_all(struct exec_fixture *f)
{
    struct physical_node *sort =
        n_make(f, PHYSICAL_SORT, COLUMNS, fixture_types, n_scan(f, NULL, NULL, 0, NULL));
    struct physical_sort_key *key = ARENA_NEW(&f->arena, struct physical_sort_key);

    *key = (struct physical_sort_key){.column = NAME};
    sort->sort.key_count = 1;
    sort->sort.keys = key;
    return sort;
}

/* K4 */
TEST(a_run_stays_within_its_budget)
{
    struct exec_fixture f;
    struct physical_plan plan;
    static char text[1 << 20];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 5000);
    plan = p_rows(sort_of_all(&f));
    f.env.memory_limit = 128 * 1024;
    TEST_STATUS(VV_ERROR, fixture_run(&f, &plan, NULL, text, sizeof text));
    TEST_TEXT("53200", f.error.sqlstate);
    f.env.memory_limit = 0;
    TEST_STATUS(VV_END, fixture_run(&f, &plan, NULL, text, sizeof text));
    fixture_close(&f);
}

/* K6 */
TEST(a_run_can_be_interrupted)
{
    struct exec_fixture f;
    struct physical_plan plan;
    struct exec *exec = NULL;
    const struct value_batch *batch = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 5000);
    plan = p_rows(n_scan(&f, NULL, NULL, 0, NULL));
    TEST_OK(exec_create(&f.env, &plan, &exec, &f.error));
    TEST_OK(exec_start(exec, NULL, false, &f.error));
    TEST_OK(exec_next(exec, &batch, &f.error));
    store_interrupt(f.session);
    TEST_STATUS(VV_ERROR, exec_next(exec, &batch, &f.error));
    TEST_TEXT("57014", f.error.sqlstate);
    TEST_TEXT("canceling statement due to user request", f.error.message);
    exec_destroy(exec);
    store_interrupt_clear(f.session);
    fixture_close(&f);
}

/* K3 */
TEST(failing_allocations)
{
    struct exec_fixture f;
    struct physical_plan plans[3];
    struct physical_node *group = NULL;
    static const uint8_t types[] = {VALUE_INTEGER, VALUE_TEXT};
    const struct expr *keys[1], *aggregates[1];
    static char text[1 << 16];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 300);
    keys[0] = e_column(&f, GRP, VALUE_INTEGER);
    aggregates[0] = e_aggregate(&f, FUNCTION_MAX_TEXT, e_column(&f, NAME, VALUE_TEXT), false);
    group = n_make(&f, PHYSICAL_AGGREGATE, 2, types, n_scan(&f, NULL, NULL, 0, NULL));
    group->aggregate.key_count = 1;
    group->aggregate.keys = keys;
    group->aggregate.aggregate_count = 1;
    group->aggregate.aggregates = aggregates;
    plans[0] = p_rows(sort_of_all(&f));
    plans[1] = p_rows(group);
    plans[2] = update_plan(&f, 1000);
    for (unsigned p = 0; p < 3; p++) {
        for (uint64_t n = 1;; n++) {
            vv_status status = VV_OK;
            bool hit = false;

            alloc_fault_arm(n, false);
            status = fixture_run(&f, &plans[p], NULL, text, sizeof text);
            hit = alloc_fault_hit();
            alloc_fault_arm(0, false);
            TEST_TRUE(hit ? status == VV_ERROR || status == VV_END : status == VV_END);
            if (status == VV_ERROR) {
                TEST_TEXT("53200", f.error.sqlstate);
            }
            store_statement_abort(f.session);
            TEST_OK(store_statement_begin(f.session));
            if (!hit) {
                break;
            }
        }
    }
    fixture_close(&f);
}
