/*
 * test_sql_alter.c - random ALTER TABLEs among random rows, against a model, on a machine that crashes.
 *
 * The model knows a table of a column k, never dropped, and some others of integers or their texts, with defaults,
 * NOT NULL, UNIQUE and a primary key that comes and goes. Every statement's outcome is foretold; afterwards all
 * rows, and those that an index finds, are those of the model. Blocks are committed or rolled back, the machine
 * crashes between statements, and in the middle of an ALTER TABLE: then the table is the one before or the one
 * after, nothing else.
 *
 * VARVE_TEST_EFFORT multiplies the rounds.
 */
#include "machine.h"

#include <stdlib.h>

#include "base/rng.h"

#define ROUNDS  6
#define STEPS   150
#define COLUMNS 10
#define ROWS    60
#define VALUES  40
#define NO_KEY  (-1)
#define KEY_K   COLUMNS /* the primary key is k */

enum kind { KIND_INTEGER, KIND_BIGINT, KIND_TEXT, KIND_COUNT };

static const char *const kinds[] = {"integer", "bigint", "text"};

struct cell {
    bool null;
    int64_t value;
};

struct column {
    unsigned name; /* c17 */
    enum kind kind;
    bool not_null;
    bool unique; /* constraint u17, whatever the column is called by now */
    unsigned unique_name;
    bool generated; /* AS (k * 2) */
    bool has_default;
    int64_t value; /* the default */
};

struct row {
    int64_t k;
    struct cell cells[COLUMNS];
};

struct model {
    struct column columns[COLUMNS];
    int column_count;
    struct row rows[ROWS]; /* by k */
    int row_count;
    int key; /* the column; KEY_K, NO_KEY */
};

struct world {
    struct machine machine;
    struct rng rng;
    struct model now;
    struct model saved; /* at BEGIN */
    bool in_block;
    unsigned names;
    int64_t next_k;
    unsigned altered; /* statements that changed the table */
};

static unsigned below(struct world *world, unsigned limit)
{
    return (unsigned)rng_below(&world->rng, limit);
}

static bool one_in(struct world *world, unsigned n)
{
    return below(world, n) == 0;
}

/* ---- comparing ---- */

static bool row_equals(const struct model *model, const struct row *row,
                       struct varve_statement *statement)
{
    bool equal = varve_column_int64(statement, 0) == row->k;

    for (int c = 0; c < model->column_count && equal; c++) {
        const struct cell *cell = &row->cells[c];
        int null = varve_column_is_null(statement, c + 1);

        equal = null == cell->null && (null || strtoll(varve_column_text(statement, c + 1, NULL),
                                                       NULL, 10) == cell->value);
    }
    return equal;
}

/* Whether the table has the model's columns and rows. */
static bool table_equals(struct world *world, const struct model *model)
{
    char sql[512] = "SELECT k";
    size_t size = strlen(sql);
    struct varve_statement *statement = NULL;
    int rows = 0;
    bool equal = true;

    for (int c = 0; c < model->column_count; c++) {
        size += (size_t)snprintf(sql + size, sizeof sql - size, ", c%u", model->columns[c].name);
    }
    snprintf(sql + size, sizeof sql - size, " FROM t ORDER BY k");
    if (varve_prepare(world->machine.session, sql, 0, &statement, NULL) != VARVE_OK) {
        return false;
    }
    while (equal && varve_step(statement) == VARVE_ROW) {
        equal = rows < model->row_count && row_equals(model, &model->rows[rows], statement);
        rows++;
    }
    varve_finalize(statement);
    if (varve_prepare(world->machine.session, "SELECT * FROM t", 0, &statement, NULL) != VARVE_OK) {
        return false;
    }
    equal = equal && varve_column_count(statement) == model->column_count + 1;
    varve_finalize(statement);
    return equal && rows == model->row_count;
}

/* A value of a column is found as often as the model has it: through an index, if there is one. */
static void look_up(struct world *world)
{
    const struct model *model = &world->now;
    int column = model->column_count == 0 ? 0 : (int)below(world, (unsigned)model->column_count);
    int64_t wanted = below(world, VALUES);
    struct varve_statement *statement = NULL;
    int64_t count = 0;
    char sql[128];

    if (model->column_count == 0) {
        return;
    }
    for (int r = 0; r < model->row_count; r++) {
        const struct cell *cell = &model->rows[r].cells[column];

        count += !cell->null && cell->value == wanted;
    }
    snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE c%u = '%lld'",
             model->columns[column].name, (long long)wanted);
    TEST_EQUAL(VARVE_OK, varve_prepare(world->machine.session, sql, 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    TEST_EQUAL(count, varve_column_int64(statement, 0));
    varve_finalize(statement);
}

/* ---- running ---- */

static void crash(struct world *world)
{
    machine_crash(&world->machine);
    if (world->in_block) {
        world->now = world->saved;
        world->in_block = false;
    }
}

/* A statement that succeeds or fails as foretold. after: the model, if it succeeds. */
static void run(struct world *world, const char *sql, bool succeeds, const struct model *after)
{
    int code = varve_exec(world->machine.session, sql, 0);

    if ((code == VARVE_OK) != succeeds) {
        printf("%s: %s\n", sql,
               code == VARVE_OK ? "succeeded" : varve_last_error(world->machine.session)->message);
    }
    TEST_EQUAL(succeeds, code == VARVE_OK);
    if (code == VARVE_OK) {
        world->now = *after;
    } else if (world->in_block) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "ROLLBACK", 0));
        world->now = world->saved;
        world->in_block = false;
    }
}

/* The statement with one more column, so that one sees whether it happened. */
static void mark(struct world *world, struct model *after, char *sql, size_t sql_bytes)
{
    size_t size = strlen(sql);

    after->columns[after->column_count] = (struct column){.name = ++world->names};
    for (int r = 0; r < after->row_count; r++) {
        after->rows[r].cells[after->column_count] = (struct cell){.null = true};
    }
    snprintf(sql + size, sql_bytes - size, ", ADD c%u integer",
             after->columns[after->column_count].name);
    after->column_count++;
}

/* An ALTER TABLE on a disk that fails in its middle. */
static void alter_torn(struct world *world, const char *statement, bool succeeds,
                       const struct model *model)
{
    struct model after = *model;
    char sql[400];

    snprintf(sql, sizeof sql, "%s", statement);
    if (strstr(sql, "RENAME") == NULL) {
        mark(world, &after, sql, sizeof sql);
    }
    os_sim_fault_arm(world->machine.sim, one_in(world, 2) ? OS_SIM_EIO : OS_SIM_SYNC_EIO,
                     1 + below(world, 3));
    if (varve_exec(world->machine.session, sql, 0) == VARVE_OK) {
        TEST_TRUE(succeeds);
        world->now = after;
    }
    os_sim_fault_arm(world->machine.sim, OS_SIM_EIO, 0);
    crash(world);
    if (!table_equals(world, &world->now)) {
        TEST_TRUE(succeeds && table_equals(world, &after));
        world->now = after;
    }
}

static void alter(struct world *world, const char *sql, bool succeeds, const struct model *after)
{
    world->altered += succeeds;
    if (!world->in_block && after->column_count < COLUMNS && one_in(world, 12)) {
        alter_torn(world, sql, succeeds, after);
    } else {
        run(world, sql, succeeds, after);
    }
}

/* ---- what the model foretells ---- */

static bool cell_equal(const struct cell *a, const struct cell *b)
{
    return !a->null && !b->null && a->value == b->value;
}

/* Whether no two rows have one value in the column; skip: a row that does not count. */
static bool is_unique(const struct model *model, int column)
{
    for (int a = 0; column != KEY_K && a < model->row_count; a++) {
        for (int b = 0; b < a; b++) {
            if (cell_equal(&model->rows[a].cells[column], &model->rows[b].cells[column])) {
                return false;
            }
        }
    }
    return true;
}

static bool has_null(const struct model *model, int column)
{
    bool null = false;

    for (int r = 0; column != KEY_K && r < model->row_count; r++) {
        null = null || model->rows[r].cells[column].null;
    }
    return null;
}

/* Whether the rows obey all that the table asks for. */
static bool obeys(const struct model *model)
{
    bool obeys = true;

    for (int c = 0; c < model->column_count; c++) {
        const struct column *column = &model->columns[c];

        obeys = obeys && !((column->not_null || model->key == c) && has_null(model, c)) &&
                !((column->unique || model->key == c) && !is_unique(model, c));
    }
    return obeys;
}

static int any_column(struct world *world)
{
    return world->now.column_count == 0 ? NO_KEY
                                        : (int)below(world, (unsigned)world->now.column_count);
}

/* ---- rows ---- */

static void cell_text(const struct cell *cell, char text[32])
{
    if (cell->null) {
        snprintf(text, 32, "NULL");
    } else {
        snprintf(text, 32, "'%lld'", (long long)cell->value);
    }
}

static void insert(struct world *world)
{
    struct model after = world->now;
    struct row *row = &after.rows[after.row_count];
    char sql[512], value[32];
    size_t size = 0;

    if (after.row_count == ROWS) {
        return;
    }
    after.row_count++;
    row->k = world->next_k++;
    size = (size_t)snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%lld", (long long)row->k);
    for (int c = 0; c < after.column_count; c++) {
        const struct column *column = &after.columns[c];
        struct cell *cell = &row->cells[c];

        *cell = (struct cell){.null = one_in(world, 6), .value = below(world, VALUES)};
        cell_text(cell, value);
        if (column->generated) {
            *cell = (struct cell){.value = row->k * 2};
            snprintf(value, sizeof value, "DEFAULT");
        } else if (one_in(world, 4)) {
            *cell = (struct cell){.null = !column->has_default, .value = column->value};
            snprintf(value, sizeof value, "DEFAULT");
        }
        size += (size_t)snprintf(sql + size, sizeof sql - size, ", %s", value);
    }
    snprintf(sql + size, sizeof sql - size, ")");
    run(world, sql, obeys(&after), &after);
}

static void update(struct world *world)
{
    struct model after = world->now;
    int column = any_column(world);
    struct row *row = NULL;
    char sql[128], value[32];

    if (column == NO_KEY || after.row_count == 0 || after.columns[column].generated) {
        return;
    }
    row = &after.rows[below(world, (unsigned)after.row_count)];
    row->cells[column] = (struct cell){.null = one_in(world, 5), .value = below(world, VALUES)};
    cell_text(&row->cells[column], value);
    snprintf(sql, sizeof sql, "UPDATE t SET c%u = %s WHERE k = %lld", after.columns[column].name,
             value, (long long)row->k);
    run(world, sql, obeys(&after), &after);
}

static void delete (struct world *world)
{
    struct model after = world->now;
    unsigned place = 0;
    char sql[64];

    if (after.row_count == 0) {
        return;
    }
    place = below(world, (unsigned)after.row_count);
    snprintf(sql, sizeof sql, "DELETE FROM t WHERE k = %lld", (long long)after.rows[place].k);
    after.row_count--;
    for (int r = (int)place; r < after.row_count; r++) {
        after.rows[r] = after.rows[r + 1];
    }
    run(world, sql, true, &after);
}

/* ---- columns ---- */

static void add_column(struct world *world)
{
    struct model after = world->now;
    struct column *column = &after.columns[after.column_count];
    char sql[256], value[48] = "";

    if (after.column_count == COLUMNS) {
        return;
    }
    *column = (struct column){.name = ++world->names, .kind = (enum kind)below(world, KIND_COUNT)};
    column->generated = one_in(world, 8);
    column->has_default = !column->generated && !one_in(world, 3);
    column->not_null = one_in(world, 3);
    column->unique = one_in(world, 6);
    column->unique_name = column->name;
    column->value = below(world, VALUES);
    if (column->generated) {
        column->kind = KIND_BIGINT;
        snprintf(value, sizeof value, " GENERATED ALWAYS AS (k * 2) STORED");
    } else if (column->has_default) {
        snprintf(value, sizeof value, " DEFAULT '%lld'", (long long)column->value);
    }
    for (int r = 0; r < after.row_count; r++) {
        after.rows[r].cells[after.column_count] =
            column->generated ? (struct cell){.value = after.rows[r].k * 2}
                              : (struct cell){.null = !column->has_default, .value = column->value};
    }
    after.column_count++;
    snprintf(sql, sizeof sql, "ALTER TABLE t ADD c%u %s%s%s", column->name, kinds[column->kind],
             value, column->not_null ? " NOT NULL" : "");
    if (column->unique) {
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " CONSTRAINT u%u UNIQUE",
                 column->unique_name);
    }
    alter(world, sql, obeys(&after), &after);
}

static void drop_column(struct world *world)
{
    struct model after = world->now;
    int column = any_column(world);
    char sql[64];

    if (column == NO_KEY) {
        return;
    }
    snprintf(sql, sizeof sql, "ALTER TABLE t DROP COLUMN c%u", after.columns[column].name);
    after.column_count--;
    for (int c = column; c < after.column_count; c++) {
        after.columns[c] = after.columns[c + 1];
        for (int r = 0; r < after.row_count; r++) {
            after.rows[r].cells[c] = after.rows[r].cells[c + 1];
        }
    }
    if (after.key == column) {
        after.key = NO_KEY;
    } else if (after.key != KEY_K && after.key > column) {
        after.key--;
    }
    alter(world, sql, true, &after);
}

static void retype(struct world *world)
{
    struct model after = world->now;
    int number = any_column(world);
    struct column *column = NULL;
    unsigned more = below(world, 3);
    char sql[256];

    if (number == NO_KEY || after.columns[number].generated) {
        return;
    }
    column = &after.columns[number];
    column->kind = (enum kind)below(world, KIND_COUNT);
    column->has_default = false;
    for (int r = 0; r < after.row_count; r++) {
        after.rows[r].cells[number].value += more;
    }
    snprintf(sql, sizeof sql,
             "ALTER TABLE t ALTER c%u DROP DEFAULT, ALTER c%u TYPE %s USING (c%u::bigint + %u)::%s",
             column->name, column->name, kinds[column->kind], column->name, more,
             kinds[column->kind]);
    alter(world, sql, true, &after);
}

static void set_not_null(struct world *world)
{
    struct model after = world->now;
    int column = any_column(world);
    bool set = one_in(world, 2);
    char sql[96];

    if (column == NO_KEY) {
        return;
    }
    after.columns[column].not_null = set;
    snprintf(sql, sizeof sql, "ALTER TABLE t ALTER c%u %s NOT NULL", after.columns[column].name,
             set ? "SET" : "DROP");
    alter(world, sql, set ? obeys(&after) : after.key != column, &after);
}

static void rename_column(struct world *world)
{
    struct model after = world->now;
    int column = any_column(world);
    char sql[96];

    if (column == NO_KEY) {
        return;
    }
    snprintf(sql, sizeof sql, "ALTER TABLE t RENAME c%u TO c%u", after.columns[column].name,
             world->names + 1);
    after.columns[column].name = ++world->names;
    alter(world, sql, true, &after);
}

/* ---- keys ---- */

static void change_key(struct world *world)
{
    struct model after = world->now;
    int column = one_in(world, 2) ? KEY_K : any_column(world);
    char sql[160];

    if (after.key != NO_KEY) {
        after.key = NO_KEY;
        snprintf(sql, sizeof sql, "ALTER TABLE t DROP CONSTRAINT pk");
    } else if (column == KEY_K) {
        after.key = KEY_K;
        snprintf(sql, sizeof sql, "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (k)");
    } else if (column != NO_KEY) {
        after.key = column;
        after.columns[column].not_null = true;
        snprintf(sql, sizeof sql, "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (c%u)",
                 after.columns[column].name);
    } else {
        return;
    }
    alter(world, sql, obeys(&after), &after);
}

static void change_unique(struct world *world)
{
    struct model after = world->now;
    int number = any_column(world);
    struct column *column = NULL;
    char sql[160];

    if (number == NO_KEY) {
        return;
    }
    column = &after.columns[number];
    if (column->unique) {
        column->unique = false;
        snprintf(sql, sizeof sql, "ALTER TABLE t DROP CONSTRAINT u%u", column->unique_name);
    } else {
        column->unique = true;
        column->unique_name = ++world->names;
        snprintf(sql, sizeof sql, "ALTER TABLE t ADD CONSTRAINT u%u UNIQUE (c%u)",
                 column->unique_name, column->name);
    }
    alter(world, sql, obeys(&after), &after);
}

static void create_index(struct world *world)
{
    int column = any_column(world);
    char sql[96];

    if (column != NO_KEY) {
        snprintf(sql, sizeof sql, "CREATE INDEX ON t (c%u%s)", world->now.columns[column].name,
                 one_in(world, 2) ? ", k" : "");
        run(world, sql, true, &world->now);
    }
}

/* ---- the test ---- */

static void block(struct world *world)
{
    bool commit = one_in(world, 2);

    if (!world->in_block) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "BEGIN", 0));
        world->saved = world->now;
        world->in_block = true;
        return;
    }
    TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, commit ? "COMMIT" : "ROLLBACK", 0));
    world->now = commit ? world->now : world->saved;
    world->in_block = false;
}

static void step(struct world *world)
{
    static void (*const steps[])(struct world *) = {
        insert,       insert,     insert,        insert,       insert,        insert,      update,
        update,       update,     delete,        add_column,   add_column,    drop_column, retype,
        set_not_null, change_key, change_unique, create_index, rename_column, block,
    };

    steps[below(world, sizeof steps / sizeof steps[0])](world);
    if (!table_equals(world, &world->now)) {
        printf("%d columns, %d rows\n", world->now.column_count, world->now.row_count);
        TEST_TRUE(false && "the table is not what the model says");
    }
    look_up(world);
}

TEST(random_alters_and_crashes_keep_to_the_model)
{
    uint64_t seed = test_seed(7);
    struct world world = {.machine.sim = os_sim_create(seed), .now = {.key = KEY_K}};

    rng_init(&world.rng, seed);
    machine_open(&world.machine);
    TEST_EQUAL(VARVE_OK,
               varve_exec(world.machine.session,
                          "CREATE TABLE t (k bigint NOT NULL, CONSTRAINT pk PRIMARY KEY (k))", 0));
    for (unsigned round = 0; round < ROUNDS * test_effort(); round++) {
        for (unsigned i = 0; i < STEPS; i++) {
            step(&world);
        }
        crash(&world);
        TEST_TRUE(table_equals(&world, &world.now));
    }
    TEST_TRUE(world.altered > ROUNDS * STEPS / 8);
    machine_close(&world.machine);
    os_sim_destroy(world.machine.sim);
}
