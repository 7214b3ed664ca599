/* test_op_rows.c - scans, filters, projections, limits, values, unique. */
#include "exec_fixture.h"

TEST(scan_with_filter)
{
    struct exec_fixture f;
    const struct expr *filter = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 100);
    filter = e_call(&f, FUNCTION_BIGINT_GT, e_column(&f, VAL, VALUE_BIGINT), e_bigint(&f, 970));
    fixture_expect(&f, n_scan(&f, NULL, NULL, 0, filter),
                   "98,0,name of 00098,980|99,null,name of 00099,990|");
    fixture_close(&f);
}

TEST(scan_backward_over_ranges)
{
    struct exec_fixture f;
    struct physical_range ranges[3];
    struct physical_node *scan = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 100);
    /* 5, 50..51, and 51..52 overlap; out of order */
    ranges[0] = (struct physical_range){.low = e_integer(&f, 51),
                                        .high = e_integer(&f, 52),
                                        .low_inclusive = true,
                                        .high_inclusive = true};
    ranges[1] = *n_equal(&f, e_integer(&f, 5));
    ranges[2] = (struct physical_range){.low = e_integer(&f, 49), .high = e_integer(&f, 52)};
    scan = n_scan(&f, &f.def->spec.indexes[0], ranges, 3, NULL);
    fixture_expect(&f, scan,
                   "5,5,name of 00005,50|50,1,name of 00050,500|51,2,name of 00051,510|52,3,name "
                   "of 00052,520|");
    scan->scan.backward = true;
    fixture_expect(&f, scan,
                   "52,3,name of 00052,520|51,2,name of 00051,510|50,1,name of 00050,500|5,5,name "
                   "of 00005,50|");
    fixture_close(&f);
}

TEST(index_scans)
{
    struct exec_fixture f;
    struct physical_range like = {0};
    struct physical_node *scan = NULL;
    static const uint16_t only[] = {ID, GRP};
    const struct expr *null_equal[1] = {NULL};
    struct physical_range is_null = {.equal_count = 1, .equals = null_equal};

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 60);
    like.like = e_text(&f, "name of 0001%");
    fixture_expect(&f, n_make(&f, PHYSICAL_RESULT, 0, fixture_types, NULL), "|");
    scan = n_scan(&f, &f.def->spec.indexes[1], &like, 1, NULL);
    scan->scan.columns = only;
    scan->column_count = 2;
    fixture_expect(&f, scan, "10,3|11,null|12,5|13,6|14,0|15,1|16,2|17,3|18,4|19,5|");
    scan = n_scan(&f, &f.def->spec.indexes[2], &is_null, 1, NULL);
    scan->scan.columns = only;
    scan->column_count = 2;
    scan->scan.index_only = true;
    fixture_expect(&f, scan, "0,null|11,null|22,null|33,null|44,null|55,null|");
    fixture_close(&f);
}

TEST(project_limit_offset)
{
    struct exec_fixture f;
    static const uint8_t types[] = {VALUE_BIGINT, VALUE_TEXT};
    const struct expr *exprs[2];
    struct physical_node *project = NULL, *limit = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 50);
    exprs[0] = e_call(&f, FUNCTION_BIGINT_ADD, e_column(&f, VAL, VALUE_BIGINT), e_bigint(&f, 1));
    exprs[1] = e_text(&f, "constant");
    project = n_make(&f, PHYSICAL_PROJECT, 2, types, n_scan(&f, NULL, NULL, 0, NULL));
    project->project.exprs = exprs;
    limit = n_make(&f, PHYSICAL_LIMIT, 2, types, project);
    limit->limit.count = e_bigint(&f, 3);
    limit->limit.offset = e_bigint(&f, 20);
    fixture_expect(&f, limit, "201,constant|211,constant|221,constant|");
    limit->limit.count = e_bigint(&f, 0);
    fixture_expect(&f, limit, "");
    limit->limit.count = NULL;
    limit->limit.offset = e_bigint(&f, 49);
    fixture_expect(&f, limit, "491,constant|");
    fixture_close(&f);
}

TEST(negative_limit)
{
    struct exec_fixture f;
    struct physical_node *limit = NULL;
    struct physical_plan plan;
    char text[64];

    (void)state;
    fixture_open(&f);
    limit = n_make(&f, PHYSICAL_LIMIT, COLUMNS, fixture_types, n_scan(&f, NULL, NULL, 0, NULL));
    limit->limit.count = e_bigint(&f, -1);
    plan = p_rows(limit);
    TEST_STATUS(VV_ERROR, fixture_run(&f, &plan, NULL, text, sizeof text));
    TEST_TEXT("2201W", f.error.sqlstate);
    TEST_TEXT("LIMIT must not be negative", f.error.message);
    fixture_close(&f);
}

TEST(values_filter_unique)
{
    struct exec_fixture f;
    static const uint8_t types[] = {VALUE_INTEGER, VALUE_TEXT};
    const struct expr *cells[12];
    struct physical_node *values = NULL, *filter = NULL, *unique = NULL;

    (void)state;
    fixture_open(&f);
    for (int i = 0; i < 6; i++) {
        cells[2 * i] = i == 5 ? expr_null(&f.arena, VALUE_INTEGER, 0) : e_integer(&f, i / 2);
        cells[2 * i + 1] = e_call(&f, FUNCTION_TEXT_CONCAT, e_text(&f, "a long enough text "),
                                  e_text(&f, i % 2 == 0 ? "x" : "y"));
    }
    values = n_make(&f, PHYSICAL_VALUES, 2, types, NULL);
    values->values.row_count = 6;
    values->values.cells = cells;
    unique = n_make(&f, PHYSICAL_UNIQUE, 2, types, values);
    unique->unique.key_count = 1;
    fixture_expect(&f, unique,
                   "0,a long enough text x|1,a long enough text x|2,a long enough text x|null,a "
                   "long enough text y|");
    filter = n_make(&f, PHYSICAL_FILTER, 2, types, values);
    filter->filter.condition =
        e_call(&f, FUNCTION_INTEGER_GE, e_column(&f, 0, VALUE_INTEGER), e_integer(&f, 2));
    fixture_expect(&f, filter, "2,a long enough text x|");
    fixture_close(&f);
}
