/* test_op_modify.c - INSERT, UPDATE, DELETE as operators and as points. */
#include "exec_fixture.h"

static void run_count(struct exec_fixture *f, const struct physical_plan *plan,
                      const struct value *parameters, uint64_t wanted)
{
    struct exec *exec = NULL;
    const struct value_batch *batch = NULL;
    const char *what = NULL;
    vv_status status = VV_OK;

    TEST_OK(exec_create(&f->env, plan, &exec, &f->error));
    TEST_OK(exec_start(exec, parameters, false, &f->error));
    status = exec_next(exec, &batch, &f->error);
    if (status != VV_END) {
        print_error("%s %s (%s)\n", f->error.sqlstate, f->error.message, f->error.detail);
    }
    TEST_STATUS(VV_END, status);
    TEST_EQUAL(wanted, exec_row_count(exec));
    exec_destroy(exec);
    fixture_statement(f);
    TEST_OK(table_verify(f->def, NULL, f->session, &f->arena, &what));
}

static struct physical_plan p_count(const struct physical_node *root,
                                    const struct physical_point *point)
{
    return (struct physical_plan){.result = PHYSICAL_RETURNS_COUNT, .root = root, .point = point};
}

static struct physical_node *update_all(struct exec_fixture *f, const struct expr *filter,
                                        uint16_t column, const struct expr *value)
{
    struct physical_node *scan = n_scan(f, NULL, NULL, 0, filter);
    struct physical_node *node = n_make(f, PHYSICAL_UPDATE, 0, fixture_types, scan);
    struct physical_assignment *assignment = ARENA_NEW(&f->arena, struct physical_assignment);

    *assignment = (struct physical_assignment){.column = column, .value = value};
    scan->scan.for_modify = true;
    node->modify.table = f->def;
    node->modify.assignments = assignment;
    node->modify.assignment_count = 1;
    node->modify.recheck = filter;
    return node;
}

TEST(insert_values_and_select)
{
    struct exec_fixture f;
    const struct expr *cells[2 * COLUMNS], *exprs[COLUMNS];
    struct physical_node *values = NULL, *insert = NULL, *project = NULL;
    struct physical_plan plan;

    (void)state;
    fixture_open(&f);
    for (int r = 0; r < 2; r++) {
        cells[4 * r + ID] = e_integer(&f, r);
        cells[4 * r + GRP] = e_integer(&f, 1);
        cells[4 * r + NAME] = expr_null(&f.arena, VALUE_TEXT, 0);
        cells[4 * r + VAL] = e_bigint(&f, r);
    }
    values = n_make(&f, PHYSICAL_VALUES, COLUMNS, fixture_types, NULL);
    values->values.row_count = 2;
    values->values.cells = cells;
    insert = n_make(&f, PHYSICAL_INSERT, 0, fixture_types, values);
    insert->modify.table = f.def;
    plan = p_count(insert, NULL);
    run_count(&f, &plan, NULL, 2);

    /* K5: INSERT … SELECT from the same table doubles it, no more; ids must not collide. */
    exprs[ID] =
        e_call(&f, FUNCTION_INTEGER_ADD, e_column(&f, ID, VALUE_INTEGER), e_integer(&f, 100));
    exprs[GRP] = e_column(&f, GRP, VALUE_INTEGER);
    exprs[NAME] = e_column(&f, NAME, VALUE_TEXT);
    exprs[VAL] = e_column(&f, VAL, VALUE_BIGINT);
    project = n_make(&f, PHYSICAL_PROJECT, COLUMNS, fixture_types, n_scan(&f, NULL, NULL, 0, NULL));
    project->project.exprs = exprs;
    insert = n_make(&f, PHYSICAL_INSERT, 0, fixture_types, project);
    insert->modify.table = f.def;
    plan = p_count(insert, NULL);
    run_count(&f, &plan, NULL, 2);
    fixture_expect(&f, n_scan(&f, NULL, NULL, 0, NULL),
                   "0,1,null,0|1,1,null,1|100,1,null,0|101,1,null,1|");
    fixture_close(&f);
}

TEST(update_and_delete)
{
    struct exec_fixture f;
    const struct expr *filter = NULL;
    struct physical_node *scan = NULL, *node = NULL;
    struct physical_plan plan;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 1000);
    /* of an indexed column, of the key, of a column without index */
    plan = p_count(update_all(&f, NULL, GRP, e_integer(&f, 3)), NULL);
    run_count(&f, &plan, NULL, 1000);
    plan = p_count(update_all(&f, NULL, ID,
                              e_call(&f, FUNCTION_INTEGER_ADD, e_column(&f, ID, VALUE_INTEGER),
                                     e_integer(&f, 2000))),
                   NULL);
    run_count(&f, &plan, NULL, 1000);
    filter = e_call(&f, FUNCTION_INTEGER_LT, e_column(&f, ID, VALUE_INTEGER), e_integer(&f, 2002));
    plan = p_count(update_all(&f, filter, VAL,
                              e_call(&f, FUNCTION_BIGINT_ADD, e_column(&f, VAL, VALUE_BIGINT),
                                     e_bigint(&f, 7))),
                   NULL);
    run_count(&f, &plan, NULL, 2);
    filter = e_call(&f, FUNCTION_INTEGER_GE, e_column(&f, ID, VALUE_INTEGER), e_integer(&f, 2003));
    scan = n_scan(&f, NULL, NULL, 0, filter);
    scan->scan.for_modify = true;
    node = n_make(&f, PHYSICAL_DELETE, 0, fixture_types, scan);
    node->modify.table = f.def;
    node->modify.recheck = filter;
    plan = p_count(node, NULL);
    run_count(&f, &plan, NULL, 997);
    fixture_expect(&f, n_scan(&f, NULL, NULL, 0, NULL),
                   "2000,3,name of 00000,7|2001,3,name of 00001,17|2002,3,name of 00002,20|");
    fixture_close(&f);
}

TEST(violations)
{
    struct exec_fixture f;
    struct physical_plan plan;
    char text[64];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 3);
    plan = p_count(update_all(&f, NULL, NAME, e_text(&f, "all the same")), NULL);
    TEST_STATUS(VV_ERROR, fixture_run(&f, &plan, NULL, text, sizeof text));
    TEST_TEXT("23505", f.error.sqlstate);
    TEST_TEXT("Key (name)=(all the same) already exists.", f.error.detail);
    store_statement_abort(f.session);
    TEST_OK(store_statement_begin(f.session));
    plan = p_count(update_all(&f, NULL, VAL, expr_null(&f.arena, VALUE_BIGINT, 0)), NULL);
    TEST_STATUS(VV_ERROR, fixture_run(&f, &plan, NULL, text, sizeof text));
    TEST_TEXT("23502", f.error.sqlstate);
    TEST_TEXT("Failing row contains (0, null, name of 00000, null).", f.error.detail);
    store_statement_abort(f.session);
    TEST_OK(store_statement_begin(f.session));
    fixture_expect(&f, n_scan(&f, NULL, NULL, 0, NULL),
                   "0,null,name of 00000,0|1,1,name of 00001,10|2,2,name of 00002,20|");
    fixture_close(&f);
}
