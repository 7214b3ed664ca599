/* test_op_aggregate.c - groups, plain aggregates, DISTINCT, HAVING; sorts. */
#include "exec_fixture.h"

static const uint8_t group_types[] = {VALUE_INTEGER, VALUE_BIGINT, VALUE_NUMERIC, VALUE_TEXT};

static struct physical_node *sorted(struct exec_fixture *f, const struct physical_node *input,
                                    uint32_t column, bool descending)
{
    struct physical_node *sort =
        n_make(f, PHYSICAL_SORT, input->column_count, input->column_types, input);
    struct physical_sort_key *key = ARENA_NEW(&f->arena, struct physical_sort_key);

    *key = (struct physical_sort_key){
        .column = column, .descending = descending, .nulls_first = descending};
    sort->sort.key_count = 1;
    sort->sort.keys = key;
    return sort;
}

TEST(group_by_integer)
{
    struct exec_fixture f;
    const struct expr *keys[1], *aggregates[3];
    struct physical_node *node = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 3000);
    keys[0] = e_column(&f, GRP, VALUE_INTEGER);
    aggregates[0] = e_aggregate(&f, FUNCTION_COUNT_STAR, NULL, false);
    aggregates[1] = e_aggregate(&f, FUNCTION_SUM_BIGINT, e_column(&f, VAL, VALUE_BIGINT), false);
    aggregates[2] = e_aggregate(&f, FUNCTION_MAX_TEXT, e_column(&f, NAME, VALUE_TEXT), false);
    node = n_make(&f, PHYSICAL_AGGREGATE, 4, group_types, n_scan(&f, NULL, NULL, 0, NULL));
    node->aggregate.strategy = PHYSICAL_HASHED;
    node->aggregate.key_count = 1;
    node->aggregate.keys = keys;
    node->aggregate.aggregate_count = 3;
    node->aggregate.aggregates = aggregates;
    fixture_expect(&f, sorted(&f, node, 0, false),
                   "0,390,5855850,name of 02996|1,390,5851560,name of 02997|2,390,5847270,name of "
                   "02998|3,390,5842980,name of 02999|4,389,5838720,name of 02993|5,389,5834420,"
                   "name of 02994|6,389,5830120,name of 02995|null,273,4084080,name of 02992|");
    node->aggregate.having =
        e_call(&f, FUNCTION_BIGINT_LT, e_column(&f, 1, VALUE_BIGINT), e_bigint(&f, 300));
    fixture_expect(&f, node, "null,273,4084080,name of 02992|");
    fixture_close(&f);
}

TEST(group_by_many_texts)
{
    struct exec_fixture f;
    static const uint8_t types[] = {VALUE_TEXT, VALUE_BIGINT};
    static const uint8_t count_types[] = {VALUE_BIGINT};
    const struct expr *keys[1], *aggregates[1], *outer[1];
    struct physical_node *node = NULL, *count = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 5000);
    keys[0] = e_column(&f, NAME, VALUE_TEXT);
    aggregates[0] = e_aggregate(&f, FUNCTION_COUNT_STAR, NULL, false);
    node = n_make(&f, PHYSICAL_AGGREGATE, 2, types, n_scan(&f, NULL, NULL, 0, NULL));
    node->aggregate.strategy = PHYSICAL_HASHED;
    node->aggregate.key_count = 1;
    node->aggregate.keys = keys;
    node->aggregate.aggregate_count = 1;
    node->aggregate.aggregates = aggregates;
    outer[0] = e_aggregate(&f, FUNCTION_COUNT_STAR, NULL, false);
    count = n_make(&f, PHYSICAL_AGGREGATE, 1, count_types, node);
    count->aggregate.aggregate_count = 1;
    count->aggregate.aggregates = outer;
    fixture_expect(&f, count, "5000|");
    fixture_close(&f);
}

TEST(plain_aggregates)
{
    struct exec_fixture f;
    static const uint8_t types[] = {VALUE_BIGINT, VALUE_NUMERIC, VALUE_BIGINT, VALUE_BIGINT};
    const struct expr *aggregates[4];
    struct physical_node *node = NULL;

    (void)state;
    fixture_open(&f);
    aggregates[0] = e_aggregate(&f, FUNCTION_COUNT_STAR, NULL, false);
    aggregates[1] = e_aggregate(&f, FUNCTION_SUM_BIGINT, e_column(&f, VAL, VALUE_BIGINT), false);
    aggregates[2] = e_aggregate(&f, FUNCTION_COUNT_ANY, e_column(&f, GRP, VALUE_INTEGER), true);
    aggregates[3] = e_aggregate(&f, FUNCTION_COUNT_ANY, e_column(&f, GRP, VALUE_INTEGER), false);
    node = n_make(&f, PHYSICAL_AGGREGATE, 4, types, n_scan(&f, NULL, NULL, 0, NULL));
    node->aggregate.aggregate_count = 4;
    node->aggregate.aggregates = aggregates;
    fixture_expect(&f, node, "0,null,0,0|");
    fixture_load(&f, 100);
    fixture_expect(&f, node, "100,49500,7,90|");
    fixture_close(&f);
}

/* Sorting all, and only the best few of many. */
TEST(sorts)
{
    struct exec_fixture f;
    static const uint16_t only[] = {ID, GRP};
    struct physical_node *scan = NULL, *sort = NULL, *limit = NULL;

    (void)state;
    fixture_open(&f);
    fixture_load(&f, 9000);
    scan = n_scan(&f, NULL, NULL, 0, NULL);
    scan->scan.columns = only;
    scan->column_count = 2;
    sort = sorted(&f, scan, 0, true);
    sort->sort.limit = e_bigint(&f, 4);
    sort->sort.offset = e_bigint(&f, 1);
    limit = n_make(&f, PHYSICAL_LIMIT, 2, fixture_types, sort);
    limit->limit.count = sort->sort.limit;
    limit->limit.offset = sort->sort.offset;
    fixture_expect(&f, limit, "8998,null|8997,2|8996,1|8995,0|");
    sort = sorted(&f, scan, 1, false);
    limit = n_make(&f, PHYSICAL_LIMIT, 2, fixture_types, sort);
    limit->limit.count = e_bigint(&f, 3);
    fixture_expect(&f, limit, "7,0|14,0|21,0|");
    sort = sorted(&f, scan, 1, true);
    limit = n_make(&f, PHYSICAL_LIMIT, 2, fixture_types, sort);
    limit->limit.count = e_bigint(&f, 2);
    fixture_expect(&f, limit, "0,null|11,null|");
    fixture_close(&f);
}
