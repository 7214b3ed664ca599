/*
 * test_table_computed.c - a partial unique index and an index on an expression, computed by the test: random writes
 * beside a model, T1 and T6 by table_verify() and by hand.
 */
#include "base/rng.h"
#include "table_fixture.h"

#define IDS 40

/* What the indexes ask for: unique (tag % 7) WHERE score IS NOT NULL; (tag % 7, name) INCLUDE (score). */
struct asker {
    bool lies;      /* about the predicate */
    bool fails;     /* as an expression that cannot be computed */
    unsigned asked; /* so often */
};

struct computed_fixture {
    struct table_fixture base;
    struct table_def *def;
    struct asker asker;
    struct table_computer computer;
    struct table_writer *writer;
    struct table_writer *updater; /* of tag alone */
    bool there[IDS];
    struct value rows[IDS][FIXTURE_COLUMNS];
};

static int64_t computed(const struct value *row)
{
    return row[4].integer % 7;
}

static vv_status compute(void *context, const struct table_index *index, const struct value *row,
                         struct value *values, bool *in_index_out)
{
    struct asker *asker = context;

    asker->asked++;
    *in_index_out = index->predicate_text == NULL || row[2].null == asker->lies;
    if (*in_index_out) {
        values[0] = value_bigint(computed(row));
    }
    return asker->fails ? VV_ERROR : VV_OK;
}

static bool reads(void *context, const struct table_index *index, uint16_t column)
{
    (void)context;
    return column == 4 || (index->predicate_text != NULL && column == 2);
}

static void computed_open(struct computed_fixture *f)
{
    static const struct table_index_part unique[] = {{.column = TABLE_NO_COLUMN,
                                                      .expression_text = "((tag % 7))",
                                                      .name = "expr",
                                                      .type = VALUE_BIGINT,
                                                      .nullable = true}};
    static const struct table_index_part plain[] = {
        {.column = TABLE_NO_COLUMN,
         .expression_text = "((tag % 7))",
         .name = "expr",
         .type = VALUE_BIGINT,
         .nullable = true},
        {.column = 1, .type = VALUE_TEXT, .nullable = true}};
    struct table_index indexes[3];
    struct table_spec spec;
    struct table_def_ids ids = {.id = 100, .schema_id = TABLE_SCHEMA_PUBLIC, .version = 8};
    static const uint16_t assigned[] = {4};

    memset(f, 0, sizeof *f);
    fixture_open(&f->base, true);
    spec = f->base.def->spec;
    ids.map_id = f->base.def->map_id;
    indexes[0] = spec.indexes[0];
    indexes[1] = (struct table_index){.id = 201,
                                      .map_id = spec.indexes[1].map_id,
                                      .name = "t_part",
                                      .parts = unique,
                                      .part_count = 1,
                                      .unique = true,
                                      .predicate_text = "score IS NOT NULL"};
    indexes[2] = (struct table_index){.id = 202,
                                      .map_id = spec.indexes[2].map_id,
                                      .name = "t_expr",
                                      .parts = plain,
                                      .part_count = 2,
                                      .includes = fixture_score,
                                      .include_count = 1};
    spec.indexes = indexes;
    spec.index_count = 3;
    TEST_OK(table_def_create(&f->base.alloc, &ids, &spec, &f->def));
    f->computer = (struct table_computer){.context = &f->asker, .compute = compute, .reads = reads};
    TEST_OK(
        table_writer_create_computing(f->def, &f->computer, NULL, 0, &f->base.arena, &f->writer));
    TEST_OK(table_writer_create_computing(f->def, &f->computer, assigned, 1, &f->base.arena,
                                          &f->updater));
    fixture_begin(&f->base);
}

static void computed_close(struct computed_fixture *f)
{
    table_def_drop(f->def);
    fixture_close(&f->base);
}

static vv_status verify(struct computed_fixture *f)
{
    const char *what = NULL;
    struct arena_mark mark = arena_mark(&f->base.arena);
    vv_status status = table_verify(f->def, &f->computer, f->base.session, &f->base.arena, &what);

    arena_reset_to(&f->base.arena, mark);
    return status;
}

/* T6: another row of the index has that value. */
static bool taken(const struct computed_fixture *f, const struct value *row, int32_t except)
{
    for (int32_t i = 0; i < IDS; i++) {
        if (f->there[i] && i != except && !f->rows[i][2].null && !row[2].null &&
            computed(f->rows[i]) == computed(row)) {
            return true;
        }
    }
    return false;
}

static void failed(struct computed_fixture *f)
{
    store_statement_abort(f->base.session);
    TEST_OK(store_statement_begin(f->base.session));
}

static void insert(struct computed_fixture *f, int32_t id, const struct value *row)
{
    vv_status status = table_insert(f->writer, f->base.session, row, 1);

    if (f->there[id] || taken(f, row, -1)) {
        TEST_STATUS(VV_EXISTS, status);
        if (!f->there[id]) {
            const struct table_violation *violation = table_writer_violation(f->writer);

            TEST_EQUAL(201, violation->index->id);
            TEST_EQUAL(computed(row), violation->key[0].integer);
        }
        failed(f);
        return;
    }
    TEST_OK(status);
    f->there[id] = true;
    memcpy(f->rows[id], row, sizeof f->rows[id]);
}

static vv_slice key_of(struct computed_fixture *f, int32_t id, uint8_t key[TABLE_KEY_BYTES])
{
    struct value value = value_integer(id);
    size_t size = 0;

    TEST_OK(table_key_encode(f->def, NULL, &value, 1, key, &size));
    return slice_make(key, size);
}

static void update(struct computed_fixture *f, struct table_writer *writer, int32_t id,
                   const struct value *row)
{
    uint8_t key[TABLE_KEY_BYTES];
    struct store_newest newest;
    vv_status status = VV_OK;

    if (!f->there[id]) {
        return;
    }
    status = table_update(writer, f->base.session, key_of(f, id, key), f->rows[id], row,
                          STORE_BASIS_SNAPSHOT, &newest);
    TEST_STATUS(taken(f, row, id) ? VV_EXISTS : VV_OK, status);
    if (status == VV_OK) {
        memcpy(f->rows[id], row, sizeof f->rows[id]);
    } else {
        failed(f);
    }
}

static void erase(struct computed_fixture *f, int32_t id)
{
    uint8_t key[TABLE_KEY_BYTES];
    struct store_newest newest;

    if (f->there[id]) {
        TEST_OK(table_delete(f->writer, f->base.session, key_of(f, id, key), f->rows[id],
                             STORE_BASIS_SNAPSHOT, &newest));
        f->there[id] = false;
    }
}

/* T1, T6. */
TEST(entries_follow_what_is_computed)
{
    static struct computed_fixture f;
    uint64_t seed = test_seed(31);
    struct rng rng;

    rng_init(&rng, seed);
    computed_open(&f);
    for (unsigned i = 0; i < 1500; i++) {
        int32_t id = (int32_t)rng_below(&rng, IDS);
        struct value row[FIXTURE_COLUMNS];

        fixture_row(row, id, "n", (int64_t)rng_below(&rng, 1000));
        row[2] = rng_chance(&rng, 1, 2) ? value_null(VALUE_DOUBLE)
                                        : value_double((double)rng_below(&rng, 9));
        switch (rng_below(&rng, 4)) {
        case 0:
            insert(&f, id, row);
            break;
        case 1:
            update(&f, f.writer, id, row);
            break;
        case 2: /* T2: sets tag alone */
            row[2] = f.there[id] ? f.rows[id][2] : row[2];
            update(&f, f.updater, id, row);
            break;
        default:
            erase(&f, id);
            break;
        }
        fixture_next_statement(&f.base);
        if (i % 50 == 0) {
            TEST_OK(verify(&f));
        }
    }
    TEST_OK(verify(&f));
    computed_close(&f);
}

/* The alarm works: indexes that hold other entries than the rows ask for are found. */
TEST(verify_finds_wrong_entries)
{
    static struct computed_fixture f;
    struct value row[FIXTURE_COLUMNS];

    computed_open(&f);
    fixture_row(row, 1, "n", 5);
    insert(&f, 1, row);
    fixture_next_statement(&f.base);
    TEST_OK(verify(&f));
    f.asker.lies = true;
    TEST_STATUS(VV_CORRUPT, verify(&f));
    f.asker.lies = false;
    TEST_OK(verify(&f));
    computed_close(&f);
}

/* An expression that cannot be computed fails the write, and nothing of it stays. T2: a write that sets nothing that
 * is computed asks for nothing. */
TEST(a_failing_expression_fails_the_write)
{
    static struct computed_fixture f;
    static const uint16_t amount[] = {3};
    struct table_writer *other = NULL;
    struct value row[FIXTURE_COLUMNS];

    computed_open(&f);
    fixture_row(row, 1, "n", 5);
    f.asker.fails = true;
    TEST_STATUS(VV_ERROR, table_insert(f.writer, f.base.session, row, 1));
    failed(&f);
    f.asker.fails = false;
    insert(&f, 1, row);
    fixture_next_statement(&f.base);
    TEST_OK(table_writer_create_computing(f.def, &f.computer, amount, 1, &f.base.arena, &other));
    f.asker.asked = 0;
    f.asker.fails = true;
    row[3] = value_null(VALUE_NUMERIC);
    update(&f, other, 1, row);
    TEST_EQUAL(0, f.asker.asked);
    f.asker.fails = false;
    fixture_next_statement(&f.base);
    TEST_OK(verify(&f));
    computed_close(&f);
}
