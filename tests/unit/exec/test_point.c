/* test_point.c - gets, inserts, updates, deletes by key: the same as trees, without allocation. */
#include "exec_fixture.h"

/* A scan by $1 = index part 0, and the point over it. */
struct point_case {
    struct physical_node *scan;
    struct physical_point point;
    struct physical_plan plan;
    uint8_t parameter_types[COLUMNS];
    const struct expr *exprs[COLUMNS];
    const struct expr *cells[COLUMNS];
    struct physical_assignment assignment;
};

static void point_make(struct exec_fixture *f, struct point_case *c, uint8_t shape, unsigned index,
                       uint8_t key_type)
{
    memset(c, 0, sizeof *c);
    c->scan = n_scan(f, &f->def->spec.indexes[index],
                     n_equal(f, expr_parameter(&f->arena, 0, key_type, 0)), 1, NULL);
    c->scan->scan.unique = true;
    c->parameter_types[0] = key_type;
    c->parameter_types[1] = VALUE_BIGINT;
    for (unsigned i = 0; i < COLUMNS; i++) {
        c->exprs[i] = e_column(f, i, fixture_types[i]);
    }
    c->point = (struct physical_point){.shape = shape,
                                       .simple = true,
                                       .table = f->def,
                                       .scan = &c->scan->scan,
                                       .column_count = COLUMNS,
                                       .column_types = fixture_types,
                                       .expr_count = COLUMNS,
                                       .exprs = c->exprs};
    c->plan = p_rows(c->scan);
    c->plan.point = &c->point;
    c->plan.parameter_count = 2;
    c->plan.parameter_types = c->parameter_types;
}

TEST(get_by_primary_key_and_unique_index)
{
    struct exec_fixture f;
    struct point_case c;
    struct value parameters[2] = {value_integer(42), value_bigint(0)};
    char text[128];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 100);
    for (unsigned trees = 0; trees < 2; trees++) { /* K1 */
        f.env.no_points = trees == 1;
        parameters[0] = value_integer(42);
        point_make(&f, &c, PHYSICAL_SHAPE_GET, 0, VALUE_INTEGER);
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        TEST_TEXT("42,0,name of 00042,420|", text);
        parameters[0] = value_integer(1000);
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        TEST_TEXT("", text);
        parameters[0] = value_null(VALUE_INTEGER);
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        TEST_TEXT("", text);
        point_make(&f, &c, PHYSICAL_SHAPE_GET, 1, VALUE_TEXT);
        parameters[0] = value_text("name of 00017");
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        TEST_TEXT("17,3,name of 00017,170|", text);
    }
    fixture_close(&f);
}

/* Point statements allocate nothing once they are warm. */
TEST(a_warm_get_allocates_nothing)
{
    struct exec_fixture f;
    struct point_case c;
    struct exec *exec = NULL;
    struct value parameters[2] = {value_integer(0), value_bigint(0)};
    uint64_t requests = 0;
    char text[128];

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 100);
    point_make(&f, &c, PHYSICAL_SHAPE_GET, 0, VALUE_INTEGER);
    TEST_OK(exec_create(&f.env, &c.plan, &exec, &f.error));
    TEST_TRUE(exec_is_single_read(exec));
    for (int i = 0; i < 100; i++) {
        if (i == 10) {
            requests = atomic_load(&f.alloc.request_count);
        }
        parameters[0] = value_integer(i);
        TEST_OK(exec_start(exec, parameters, true, &f.error));
        TEST_STATUS(VV_END, fixture_drain(&f, exec, text, sizeof text));
        exec_stop(exec);
    }
    TEST_EQUAL(requests, atomic_load(&f.alloc.request_count));
    exec_destroy(exec);
    fixture_close(&f);
}

TEST(writes_by_key)
{
    struct exec_fixture f;
    struct point_case c;
    struct value parameters[2] = {value_integer(5), value_bigint(77)};
    const char *what = NULL;
    char text[256];

    (void)state;
    fixture_open(&f);
    for (unsigned trees = 0; trees < 1; trees++) {
        point_make(&f, &c, PHYSICAL_SHAPE_INSERT, 0, VALUE_INTEGER);
        c.cells[ID] = expr_parameter(&f.arena, 0, VALUE_INTEGER, 0);
        c.cells[GRP] = e_integer(&f, 1);
        c.cells[NAME] = expr_null(&f.arena, VALUE_TEXT, 0);
        c.cells[VAL] = expr_parameter(&f.arena, 1, VALUE_BIGINT, 0);
        c.point.cells = c.cells;
        c.point.row_count = 1;
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        fixture_statement(&f);
        TEST_STATUS(VV_ERROR, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        TEST_TEXT("Key (id)=(5) already exists.", f.error.detail);
        store_statement_abort(f.session);
        TEST_OK(store_statement_begin(f.session));

        point_make(&f, &c, PHYSICAL_SHAPE_UPDATE, 0, VALUE_INTEGER);
        c.assignment = (struct physical_assignment){
            .column = VAL,
            .value = e_call(&f, FUNCTION_BIGINT_ADD, e_column(&f, VAL, VALUE_BIGINT),
                            expr_parameter(&f.arena, 1, VALUE_BIGINT, 0))};
        c.point.assignments = &c.assignment;
        c.point.assignment_count = 1;
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        fixture_statement(&f);
        fixture_expect(&f, n_scan(&f, NULL, NULL, 0, NULL), "5,1,null,154|");
        TEST_OK(table_verify(f.def, NULL, f.session, &f.arena, &what));

        point_make(&f, &c, PHYSICAL_SHAPE_DELETE, 0, VALUE_INTEGER);
        TEST_STATUS(VV_END, fixture_run(&f, &c.plan, parameters, text, sizeof text));
        fixture_statement(&f);
        fixture_expect(&f, n_scan(&f, NULL, NULL, 0, NULL), "");
        TEST_OK(table_verify(f.def, NULL, f.session, &f.arena, &what));
    }
    fixture_close(&f);
}
