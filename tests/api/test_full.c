/*
 * test_full.c - a database at its memory_limit, beside a model (S9, B12): whatever fails with 53200 changed
 * nothing, reads go on, and rows deleted in small pieces make room for new ones, however the memory was filled.
 *
 * Plain C and varve.h only. VARVE_TEST_SEED and VARVE_TEST_EFFORT as in the other tests.
 */
#include "check.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define IDS      300000u
#define ABSENT   UINT32_MAX
#define TEXT_MAX 20000u
#define UNDO_MAX (4u * IDS)
#define TRIES    50 /* of a piece, while others may hold what it needs */
#define GROUPS   50u

struct shape {
    const char *name;
    unsigned megabytes;
    unsigned row_bytes;
    const char *indexes;
    unsigned steps;
};

static const struct shape shapes[] = {
    {"narrow, no index", 8, 20, "", 100},
    {"narrow, indexed", 8, 30, "CREATE INDEX ON t (n); CREATE INDEX ON t (x, n)", 100},
    {"medium, indexed", 16, 150, "CREATE INDEX ON t (n)", 100},
    {"medium, indexed, small", 8, 250, "CREATE INDEX ON t (n)", 100},
    {"wide, indexed", 12, 1000, "CREATE INDEX ON t (n)", 100},
    {"wide rows, two indexes", 24, 3000, "CREATE INDEX ON t (n); CREATE INDEX ON t (n, id)", 100},
    {"out of line", 16, 18000, "CREATE INDEX ON t (n)", 100},
};

static const struct shape with_reader = {"beside a reader", 8, 1200, "CREATE INDEX ON t (n)", 40};

struct row {
    uint32_t n; /* ABSENT: no such row */
    uint32_t size;
};

struct change {
    uint32_t id;
    struct row before;
};

/* What should be in the table. Changes are kept for as long as they can be rolled back. */
struct model {
    struct row rows[IDS];
    uint64_t count;
    uint64_t sum_n;
    uint64_t sum_size;
    unsigned change_count;
    struct change changes[UNDO_MAX];
};

struct world {
    const struct shape *shape;
    struct varve *db;
    struct varve_session *session;
    struct varve_session *old; /* with a snapshot, or not in a transaction */
    bool old_open;
    bool in_transaction;
    uint64_t old_count;
    uint64_t old_sum;
    uint64_t random;
    struct varve_statement *get;
    struct varve_statement *put;
    unsigned refused; /* statements that met 53200 */
    unsigned done;
};

struct reader {
    struct varve *db;
    atomic_bool stop;
    bool failed;
    uint64_t reads;
};

static struct model model;
static char text[TEXT_MAX + 1];

/* ---- the model ---- */

static uint64_t draw(struct world *w, uint64_t below)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (w->random >> 33) % below;
}

static void model_put(uint32_t id, struct row row)
{
    struct row *at = &model.rows[id];

    if (at->n != ABSENT) {
        model.count--;
        model.sum_n -= at->n;
        model.sum_size -= at->size;
    }
    *at = row;
    if (row.n != ABSENT) {
        model.count++;
        model.sum_n += row.n;
        model.sum_size += row.size;
    }
}

static void model_change(uint32_t id, struct row row)
{
    if (model.change_count == UNDO_MAX) {
        fprintf(stderr, "the model has no room for so many changes\n");
        exit(1);
    }
    model.changes[model.change_count++] = (struct change){id, model.rows[id]};
    model_put(id, row);
}

static void model_undo(unsigned down_to)
{
    while (model.change_count > down_to) {
        struct change *change = &model.changes[--model.change_count];

        model_put(change->id, change->before);
    }
}

static void memory_print(struct varve *db)
{
    struct varve_statistics s = {.size = sizeof s};

    (void)varve_statistics(db, &s);
    fprintf(stderr, "KB: total %" PRIu64 ", pages %" PRIu64 ", versions %" PRIu64,
            s.memory_total / 1024, s.memory_pages / 1024, s.memory_versions / 1024);
    fprintf(stderr, ", transactions %" PRIu64 ", log %" PRIu64 ", catalog %" PRIu64,
            s.memory_transactions / 1024, s.memory_log / 1024, s.memory_catalog / 1024);
    fprintf(stderr, ", statements %" PRIu64 ", sessions %" PRIu64 ", general %" PRIu64,
            s.memory_statements / 1024, s.memory_sessions / 1024, s.memory_general / 1024);
    fprintf(stderr, ", plans %" PRIu64 "\n", s.plan_cache_bytes / 1024);
}

static void give_up(struct world *w, const char *why)
{
    fprintf(stderr, "shape \"%s\": %s; %" PRIu64 " rows, %u refused, %u done\n", w->shape->name,
            why, model.count, w->refused, w->done);
    memory_print(w->db);
    exit(1);
}

/* ---- reads: always ---- */

static void number_is(struct varve_session *session, const char *sql, uint64_t wanted)
{
    char number[40];

    snprintf(number, sizeof number, "%" PRIu64, wanted);
    if (strcmp(single(session, sql), number) != 0) {
        fprintf(stderr, "%s: wanted %s, got %s\n", sql, number, single(session, sql));
        failures++;
    }
}

static void row_is_right(struct world *w, uint32_t id)
{
    const struct row *row = &model.rows[id];

    varve_bind_int64(w->get, 1, id);
    if (row->n == ABSENT) {
        CHECK_CODE(VARVE_DONE, varve_step(w->get));
    } else {
        CHECK_CODE(VARVE_ROW, varve_step(w->get));
        CHECK(varve_column_int64(w->get, 0) == row->n);
        CHECK(varve_column_int64(w->get, 1) == row->size);
    }
    varve_reset(w->get);
}

static void all_is_right(struct world *w)
{
    number_is(w->session, "SELECT count(*) FROM t", model.count);
    if (model.count > 0) {
        number_is(w->session, "SELECT sum(n) FROM t", model.sum_n);
        number_is(w->session, "SELECT sum(length(x)) FROM t", model.sum_size);
        number_is(w->session, "SELECT count(*) FROM t WHERE n >= 0", model.count);
    }
    if (w->old_open) {
        number_is(w->old, "SELECT count(*) FROM t", w->old_count);
        number_is(w->old, "SELECT coalesce(sum(n), 0) FROM t", w->old_sum);
    }
}

/* After each 53200: the tables as they were. */
static void refused(struct world *w)
{
    w->refused++;
    for (int i = 0; i < 4; i++) {
        row_is_right(w, (uint32_t)draw(w, IDS));
    }
    if (w->refused % 16 == 1) {
        all_is_right(w);
    }
    if (failures > 0) {
        give_up(w, "something is wrong");
    }
}

/* ---- writes: done, or nothing has changed ---- */

/* Whether it was done. */
static bool outcome(struct world *w, int code, unsigned mark)
{
    if (code == VARVE_OK || code == VARVE_DONE) {
        w->done++;
        return true;
    }
    CHECK_CODE(VARVE_NOMEM, code);
    model_undo(mark);
    return false;
}

static int exec_range(struct world *w, const char *format, uint32_t from, uint32_t to,
                      uint32_t value)
{
    char sql[300];

    snprintf(sql, sizeof sql, format, from, to, value);
    return varve_exec(w->session, sql, 0);
}

static bool delete_range(struct world *w, uint32_t from, uint32_t to)
{
    unsigned mark = model.change_count;

    for (uint32_t id = from; id < to; id++) {
        if (model.rows[id].n != ABSENT) {
            model_change(id, (struct row){ABSENT, 0});
        }
    }
    return outcome(w, exec_range(w, "DELETE FROM t WHERE id >= %u AND id < %u", from, to, 0), mark);
}

static bool update_range(struct world *w, uint32_t from, uint32_t to)
{
    unsigned mark = model.change_count;
    uint32_t n = (uint32_t)draw(w, GROUPS);
    bool sizes = draw(w, 3) == 0;
    uint32_t size = (uint32_t)draw(w, w->shape->row_bytes * 2u);

    for (uint32_t id = from; id < to; id++) {
        struct row row = model.rows[id];

        if (row.n != ABSENT) {
            row.n = sizes ? row.n : n;
            row.size = sizes ? size : row.size;
            model_change(id, row);
        }
    }
    if (sizes) {
        return outcome(
            w,
            exec_range(w, "UPDATE t SET x = repeat('y', %3$u) WHERE id >= %1$u AND id < %2$u", from,
                       to, size),
            mark);
    }
    return outcome(
        w, exec_range(w, "UPDATE t SET n = %3$u WHERE id >= %1$u AND id < %2$u", from, to, n),
        mark);
}

static bool insert_one(struct world *w, uint32_t id)
{
    unsigned mark = model.change_count;
    struct row row = {(uint32_t)draw(w, GROUPS), w->shape->row_bytes};

    model_change(id, row);
    varve_bind_int64(w->put, 1, id);
    varve_bind_int64(w->put, 2, row.n);
    varve_bind_text(w->put, 3, text, row.size);
    return outcome(w, varve_step(w->put), mark);
}

/* The ids of a batch: all that are absent from `from` on, scattered over the table. */
static uint32_t batch_id(uint32_t from, unsigned i)
{
    return (uint32_t)(((uint64_t)from + i) * 7919 % IDS);
}

static bool append_batch(struct world *w, uint32_t from, unsigned count)
{
    unsigned mark = model.change_count;
    struct varve_appender *appender = NULL;
    bool alone = !w->in_transaction;
    int code = VARVE_OK;

    if (alone) {
        RUN(w->session, "BEGIN"); /* else each batch of it commits */
    }
    code = varve_appender_create(w->session, NULL, "t", NULL, 0, &appender);

    for (unsigned i = 0; i < count && code == VARVE_OK; i++) {
        uint32_t id = batch_id(from, i);
        struct row row = {(uint32_t)draw(w, GROUPS), w->shape->row_bytes};

        if (model.rows[id].n == ABSENT) {
            model_change(id, row);
            code = varve_append_int64(appender, id);
            code = code == VARVE_OK ? varve_append_int64(appender, row.n) : code;
            code = code == VARVE_OK ? varve_append_text(appender, text, row.size) : code;
            code = code == VARVE_OK ? varve_appender_end_row(appender) : code;
        }
    }
    if (code == VARVE_OK) {
        code = varve_appender_close(appender);
    } else if (appender != NULL) {
        char sqlstate[6];

        memcpy(sqlstate, varve_last_error(w->session)->sqlstate, sizeof sqlstate);
        (void)varve_appender_close(appender);
        CHECK_TEXT("53200", sqlstate);
    }
    if (alone) {
        int ended = varve_exec(w->session, code == VARVE_OK ? "COMMIT" : "ROLLBACK", 0);

        code = code == VARVE_OK ? ended : code;
    }
    return outcome(w, code, mark);
}

static bool copy_batch(struct world *w, uint32_t from, unsigned count)
{
    unsigned mark = model.change_count;
    struct varve_statement *copy = NULL;
    int code = varve_prepare(w->session, "COPY t FROM STDIN", 0, &copy, NULL);
    unsigned i = 0;

    if (code != VARVE_OK) {
        return outcome(w, code, mark);
    }
    while ((code = varve_step(copy)) == VARVE_COPY_IN) {
        static char line[TEXT_MAX + 60];
        uint32_t id = batch_id(from, i);
        struct row row = {(uint32_t)draw(w, GROUPS), w->shape->row_bytes};

        if (i++ == count) {
            (void)varve_copy_in_end(copy);
        } else if (model.rows[id].n == ABSENT) {
            int size =
                snprintf(line, sizeof line, "%u\t%u\t%.*s\n", id, row.n, (int)row.size, text);

            model_change(id, row);
            (void)varve_copy_in(copy, line, (size_t)size);
        }
    }
    outcome(w, code, mark);
    varve_finalize(copy);
    return code == VARVE_DONE;
}

/* ---- steps ---- */

/* A random change; false: 53200. */
static bool change_something(struct world *w)
{
    uint32_t from = (uint32_t)draw(w, IDS);
    uint32_t span = (uint32_t)(draw(w, 6) == 0 ? draw(w, IDS) : draw(w, IDS / 200));
    uint32_t to = from + span < IDS ? from + span : IDS;
    uint32_t batch = 1 + (uint32_t)draw(w, 1 + 200000 / (w->shape->row_bytes + 100));

    switch (draw(w, 8)) {
    case 0:
    case 1:
        return append_batch(w, from, batch);
    case 2:
        return copy_batch(w, from, batch);
    case 3:
        for (unsigned i = 0; i < 20; i++) {
            if (model.rows[batch_id(from, i)].n == ABSENT && !insert_one(w, batch_id(from, i))) {
                return false;
            }
        }
        return true;
    case 4:
    case 5:
        return update_range(w, from, to);
    case 6:
        return delete_range(w, from, to);
    default:
        return delete_range(w, from, from + 50 < IDS ? from + 50 : IDS);
    }
}

static void rollback(struct world *w)
{
    RUN(w->session, "ROLLBACK");
    w->in_transaction = false;
    model_undo(0);
}

/* BEGIN, changes, savepoints, COMMIT or ROLLBACK; a 53200 ends it, or goes back to the savepoint. */
static void transaction(struct world *w)
{
    unsigned count = 1 + (unsigned)draw(w, 5);
    unsigned mark = 0;
    bool saved = false;

    RUN(w->session, "BEGIN");
    w->in_transaction = true;
    for (unsigned i = 0; i < count; i++) {
        if (draw(w, 3) == 0) {
            if (!outcome(w, varve_exec(w->session, "SAVEPOINT s", 0), model.change_count)) {
                rollback(w);
                refused(w);
                return;
            }
            mark = model.change_count;
            saved = true;
        }
        if (!change_something(w)) {
            if (!saved) {
                rollback(w);
                refused(w);
                return;
            }
            RUN(w->session, "ROLLBACK TO s");
            model_undo(mark);
            refused(w);
        } else if (saved && draw(w, 4) == 0) {
            RUN(w->session, "ROLLBACK TO s");
            model_undo(mark);
        }
    }
    if (draw(w, 3) == 0) {
        rollback(w);
    } else if (!outcome(w, varve_exec(w->session, "COMMIT", 0), 0)) {
        w->in_transaction = false;
        refused(w);
    }
    w->in_transaction = false;
    model.change_count = 0;
}

static void old_snapshot(struct world *w)
{
    if (w->old_open) {
        number_is(w->old, "SELECT count(*) FROM t", w->old_count);
        RUN(w->old, "COMMIT");
        w->old_open = false;
    } else if (draw(w, 4) == 0) {
        RUN(w->old, "BEGIN ISOLATION LEVEL REPEATABLE READ");
        w->old_count = model.count;
        w->old_sum = model.sum_n;
        number_is(w->old, "SELECT count(*) FROM t", w->old_count);
        w->old_open = true;
    }
}

/* Many rows in memory at once: done, or 53200. */
static void big_read(struct world *w)
{
    struct varve_statement *sorted =
        prepare(w->session, "SELECT id, x FROM t ORDER BY n, x, id DESC");
    uint64_t count = 0;
    int code = VARVE_OK;

    while ((code = varve_step(sorted)) == VARVE_ROW) {
        count++;
    }
    if (outcome(w, code, model.change_count)) {
        CHECK(count == model.count);
    } else {
        refused(w);
    }
    varve_finalize(sorted);
}

static void step(struct world *w)
{
    switch (draw(w, 16)) {
    case 0:
        old_snapshot(w);
        break;
    case 1:
        big_read(w);
        break;
    case 2:
    case 3:
    case 4:
        transaction(w);
        break;
    default:
        if (!change_something(w)) {
            refused(w);
        }
        break;
    }
    model.change_count = 0;
}

/* ---- full, and back ---- */

/* Batches, then single rows, until several in a row are refused. */
static void fill(struct world *w)
{
    uint32_t from = (uint32_t)draw(w, IDS);
    unsigned batch = 1 + 40000 / (w->shape->row_bytes + 200);
    int failed = 0;

    for (uint32_t used = 0; failed < 10 && used < IDS; used += batch) {
        failed = append_batch(w, from, batch) ? 0 : failed + 1;
        from += batch;
        model.change_count = 0;
    }
    refused(w);
    failed = 0;
    for (uint32_t i = 0; failed < 10 && i < 500; i++) {
        if (model.rows[batch_id(from, i)].n == ABSENT) {
            failed = insert_one(w, batch_id(from, i)) ? 0 : failed + 1;
        }
        model.change_count = 0;
    }
    refused(w);
}

/* Everything in pieces of at most 20 rows; a piece may have to be tried again, but not for ever. */
static void delete_in_pieces(struct world *w, uint64_t rest)
{
    for (uint32_t from = 0; from < IDS && model.count > rest;) {
        uint32_t to = from;
        int tried = 0;

        for (unsigned rows = 0; to < IDS && rows < 20; to++) {
            rows += model.rows[to].n != ABSENT;
        }
        while (!delete_range(w, from, to)) {
            refused(w);
            if (++tried == TRIES) {
                give_up(w, "no row can be deleted any more");
            }
        }
        model.change_count = 0;
        from = to;
    }
}

static void world_open(struct world *w, const struct shape *shape, uint64_t seed)
{
    struct varve_options options = VARVE_OPTIONS_INIT;

    *w = (struct world){.shape = shape, .random = seed};
    memset(&model, 0, sizeof model);
    memset(model.rows, 0xFF, sizeof model.rows);
    options.memory_limit = (uint64_t)shape->megabytes << 20;
    CHECK(varve_open(":memory:", &options, &w->db, NULL) == VARVE_OK);
    CHECK(varve_connect(w->db, &w->session) == VARVE_OK);
    CHECK(varve_connect(w->db, &w->old) == VARVE_OK);
    RUN(w->session, "CREATE TABLE t (id bigint PRIMARY KEY, n integer, x text)");
    if (shape->indexes[0] != '\0') {
        RUN(w->session, shape->indexes);
    }
    w->get = prepare(w->session, "SELECT n, length(x) FROM t WHERE id = $1");
    w->put = prepare(w->session, "INSERT INTO t VALUES ($1, $2, $3)");
}

static void world_close(struct world *w)
{
    varve_finalize(w->get);
    varve_finalize(w->put);
    varve_disconnect(w->session);
    varve_disconnect(w->old);
    CHECK(varve_close(w->db) == VARVE_OK);
}

/* Somebody else who only reads: never refused, and what it sees is one state of the table. */
static void *reader_run(void *context)
{
    struct reader *reader = context;
    struct varve_session *session = NULL;
    struct varve_statement *both = NULL;
    bool right = varve_connect(reader->db, &session) == VARVE_OK;

    while (right && !atomic_load(&reader->stop)) {
        right = varve_prepare(session, "SELECT count(*), count(n), count(x) FROM t WHERE id >= 0",
                              0, &both, NULL) == VARVE_OK &&
                varve_step(both) == VARVE_ROW &&
                varve_column_int64(both, 0) == varve_column_int64(both, 1) &&
                varve_column_int64(both, 0) == varve_column_int64(both, 2) &&
                varve_step(both) == VARVE_DONE;
        varve_finalize(both);
        both = NULL;
        reader->reads++;
    }
    if (!right) {
        fprintf(stderr, "reader: %s\n", varve_last_error(session)->message);
        memory_print(reader->db);
        reader->failed = true;
    }
    varve_disconnect(session);
    return NULL;
}

static void full_and_back(const struct shape *shape, uint64_t seed, unsigned effort, bool read)
{
    static struct world w;
    struct reader reader = {0};
    pthread_t thread;
    uint64_t first = 0;

    world_open(&w, shape, seed);
    reader.db = w.db;
    CHECK(!read || pthread_create(&thread, NULL, reader_run, &reader) == 0);
    fill(&w);
    first = model.count;
    (void)delete_range(&w, 0, IDS); /* all at once: may well be too much */
    model.change_count = 0;
    all_is_right(&w);
    delete_in_pieces(&w, first / 2);
    for (unsigned i = 0; i < shape->steps * effort; i++) {
        step(&w);
    }
    if (w.old_open) {
        old_snapshot(&w);
    }
    all_is_right(&w);
    fill(&w);
    delete_in_pieces(&w, 0);
    all_is_right(&w);
    fill(&w);
    all_is_right(&w);
    if (model.count < (read ? 1 : first * 2 / 3)) { /* pages are less full when rows come and go */
        fprintf(stderr, "shape \"%s\": %" PRIu64 " rows went in at first, %" PRIu64 " at last\n",
                shape->name, first, model.count);
        failures++;
    }
    atomic_store(&reader.stop, true);
    CHECK(!read || pthread_join(thread, NULL) == 0);
    CHECK(!reader.failed);
    printf("%s: %" PRIu64 " rows, then %" PRIu64 "; %u refused, %u done\n", shape->name, first,
           model.count, w.refused, w.done);
    world_close(&w);
}

/* usage: test_full [reader | number of a shape] */
int main(int argc, char **argv)
{
    const char *effort = getenv("VARVE_TEST_EFFORT");
    const char *seed = getenv("VARVE_TEST_SEED");
    uint64_t first_seed = seed == NULL ? 1 : strtoull(seed, NULL, 0);
    unsigned rounds = effort == NULL ? 1 : (unsigned)atoi(effort);
    bool reader = argc > 1 && strcmp(argv[1], "reader") == 0;

    memset(text, 'x', TEXT_MAX);
    printf("seed: %" PRIu64 "\n", first_seed);
    if (reader) {
        full_and_back(&with_reader, first_seed, rounds, true);
    }
    for (unsigned i = 0; !reader && i < sizeof shapes / sizeof shapes[0]; i++) {
        if (argc < 2 || (unsigned)atoi(argv[1]) == i) {
            full_and_back(&shapes[i], first_seed, rounds, false);
        }
    }
    printf("%d failed\n", failures);
    return failures != 0;
}
