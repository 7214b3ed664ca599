/*
 * test_torn_batch.c - a log that is torn in the midst of a batch, at every sector. Many rows go to the tree a leaf at a
 * time and to the log in pieces; whatever the disk kept of them, the database opens with all of the statement (or
 * transaction) or with nothing of it, and with everything acknowledged before (W1 W3). What is written then, beside the
 * remains of the batch, is there after one more crash, and the remains are not.
 *
 * The machine's files are copied before and after each batch; every sector in which the log differs is a place to tear:
 * what comes behind it is lost, or what comes before it, or it alone. VARVE_TEST_EFFORT 1 looks at each 32nd place.
 */
#include "machine.h"

#include "base/probe.h"
#include "os/os.h"

#include <stdlib.h>

#define FILES_MAX  8
#define STATES_MAX 4
#define STATE_SIZE 200

struct file {
    char name[64];
    uint8_t *bytes;
    uint64_t size;
    uint64_t used; /* behind it there are only zeros */
};

struct disk {
    struct file files[FILES_MAX];
    unsigned count;
    struct os *os;
};

/* What may be left: of a batch outside of a transaction also its first statements. */
struct states {
    char texts[STATES_MAX][STATE_SIZE];
    unsigned count;
};

static const char setup[] =
    "CREATE TABLE t (id bigint PRIMARY KEY, n bigint UNIQUE, pad text); CREATE INDEX ON t (pad);"
    "INSERT INTO t VALUES (-1, -1, 'acknowledged'), (-2, -2, 'acknowledged too')";
static const char look[] =
    "SELECT concat_ws('|', count(*), sum(id), sum(n), sum(length(pad)), count(DISTINCT n)) FROM t";

static struct file *disk_file(struct disk *disk, const char *name)
{
    for (unsigned i = 0; i < disk->count; i++) {
        if (strcmp(disk->files[i].name, name) == 0) {
            return &disk->files[i];
        }
    }
    return NULL;
}

static vv_status file_copy(void *user, const char *name)
{
    struct disk *disk = user;
    struct file *file = &disk->files[disk->count++];
    struct os_file *opened = NULL;
    char path[100];
    size_t got = 0;

    TEST_TRUE(disk->count <= FILES_MAX);
    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(path, sizeof path, "/db/%s", name);
    TEST_OK(os_open(disk->os, path, OS_OPEN_READ, &opened, NULL));
    TEST_OK(os_size(disk->os, opened, &file->size, NULL));
    file->bytes = malloc(file->size + 1);
    TEST_OK(os_pread(disk->os, opened, 0, file->bytes, file->size, &got, NULL));
    TEST_EQUAL(file->size, got);
    os_close(disk->os, opened);
    file->used = file->size;
    while (file->used > 0 && file->bytes[file->used - 1] == 0) {
        file->used--;
    }
    return VV_OK;
}

/* As programs see it. own: disk_free() */
static void disk_copy(struct machine *machine, struct disk *disk)
{
    memset(disk, 0, sizeof *disk);
    disk->os = os_sim_os(machine->sim);
    TEST_OK(os_list(disk->os, "/db", file_copy, disk, NULL));
}

static void disk_free(struct disk *disk)
{
    for (unsigned i = 0; i < disk->count; i++) {
        free(disk->files[i].bytes);
    }
}

static void file_write(struct os *os, const struct file *file)
{
    struct os_file *opened = NULL;
    char path[100];

    snprintf(path, sizeof path, "/db/%s", file->name);
    TEST_OK(os_open(os, path, OS_OPEN_WRITE | OS_OPEN_CREATE, &opened, NULL));
    TEST_OK(os_pwrite(os, opened, 0, file->bytes, file->used, NULL));
    TEST_OK(os_preallocate(os, opened, file->size, NULL));
    TEST_OK(os_datasync(os, opened, NULL));
    os_close(os, opened);
}

/* A machine with those files. own: os_sim_destroy() */
static struct os_sim *disk_machine(const struct disk *disk)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);

    TEST_OK(os_mkdir(os, "/db", NULL));
    TEST_OK(os_sync_directory(os, "/", NULL));
    for (unsigned i = 0; i < disk->count; i++) {
        file_write(os, &disk->files[i]);
    }
    TEST_OK(os_sync_directory(os, "/db", NULL));
    return sim;
}

static void run(struct machine *machine, const char *sql)
{
    if (varve_exec(machine->session, sql, 0) != VARVE_OK) {
        TEST_TEXT(sql, varve_last_error(machine->session)->message);
    }
}

/* The only value of the only row. */
static void ask(struct machine *machine, const char *sql, char text[STATE_SIZE])
{
    struct varve_statement *statement = NULL;

    TEST_EQUAL(VARVE_OK, varve_prepare(machine->session, sql, 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    snprintf(text, STATE_SIZE, "%s", varve_column_text(statement, 0, NULL));
    varve_finalize(statement);
}

static void state_add(struct machine *machine, struct states *states)
{
    TEST_TRUE(states->count < STATES_MAX);
    ask(machine, look, states->texts[states->count++]);
}

/* One of the states, through each index. */
static bool is_whole(struct machine *machine, const struct states *states)
{
    static const char *const ways[] = {"SELECT count(*) FROM t",
                                       "SELECT count(*) FROM t WHERE n > -1000",
                                       "SELECT count(*) FROM t WHERE pad >= ''"};
    char text[STATE_SIZE];
    char rows[STATE_SIZE];
    bool found = false;

    ask(machine, look, text);
    for (unsigned i = 0; i < states->count; i++) {
        found = found || strcmp(states->texts[i], text) == 0;
    }
    ask(machine, ways[0], rows);
    for (unsigned i = 1; i < sizeof ways / sizeof ways[0]; i++) {
        ask(machine, ways[i], text);
        found = found && strcmp(rows, text) == 0;
    }
    return found;
}

/* Opens what the disk kept, writes, crashes, looks again. */
static bool opens_whole(const struct disk *disk, const struct states *states)
{
    struct machine machine = {.sim = disk_machine(disk)};
    char before[STATE_SIZE];
    char after[STATE_SIZE];
    bool good = db_open_on(os_sim_os(machine.sim), "/db", NULL, &machine.db, NULL) == VARVE_OK;

    if (good) {
        TEST_EQUAL(VARVE_OK, varve_connect(machine.db, &machine.session));
        good = is_whole(&machine, states);
        if (good) {
            run(&machine, "INSERT INTO t VALUES (-3, -3, 'later')");
            ask(&machine, look, before);
            machine_crash(&machine);
            ask(&machine, look, after);
            TEST_TEXT(before, after);
            run(&machine, "DELETE FROM t WHERE id = -3");
            good = is_whole(&machine, states);
        }
        machine_close(&machine);
    }
    os_sim_destroy(machine.sim);
    return good;
}

/* A sector as it was before the batch; zeros where the file was shorter. */
static void sector_lose(struct file *file, const struct file *old, uint64_t sector)
{
    for (uint64_t at = sector * OS_SIM_SECTOR_BYTES;
         at < (sector + 1) * OS_SIM_SECTOR_BYTES && at < file->used; at++) {
        file->bytes[at] = old != NULL && at < old->size ? old->bytes[at] : 0;
    }
}

static bool sector_differs(const struct file *file, const struct file *old, uint64_t sector)
{
    uint64_t at = sector * OS_SIM_SECTOR_BYTES;
    uint64_t size = file->used - at < OS_SIM_SECTOR_BYTES ? file->used - at : OS_SIM_SECTOR_BYTES;

    return old == NULL || at + size > old->size ||
           memcmp(file->bytes + at, old->bytes + at, size) != 0;
}

/* Tears the file at each sector that the batch has written; up to the first tear that is not mended. */
static unsigned tear_file(struct disk *disk, unsigned number, const struct file *old,
                          const struct states *states, uint64_t seed, bool *good_out)
{
    static const char *const kinds[] = {"what is behind is lost", "what is before is lost",
                                        "it alone is lost"};
    struct file *file = &disk->files[number];
    struct file whole = *file;
    uint64_t sectors = (file->used + OS_SIM_SECTOR_BYTES - 1) / OS_SIM_SECTOR_BYTES;
    unsigned stride = test_effort() == 1 ? 32 : 1;
    unsigned first = (unsigned)(seed % stride);
    unsigned tears = 0;
    unsigned places = 0;

    whole.bytes = malloc(file->used + 1);
    memcpy(whole.bytes, file->bytes, file->used);
    for (uint64_t at = 0; at < sectors; at++) {
        if (!sector_differs(&whole, old, at) || places++ % stride != first) {
            continue;
        }
        for (unsigned kind = 0; kind < 3; kind++) {
            for (uint64_t i = kind == 1 ? 0 : at; i <= (kind == 0 ? sectors - 1 : at); i++) {
                sector_lose(file, old, i);
            }
            *good_out = opens_whole(disk, states);
            memcpy(file->bytes, whole.bytes, file->used);
            tears++;
            if (!*good_out) {
                printf("%s, sector %llu: %s\n", file->name, (unsigned long long)at, kinds[kind]);
                goto done;
            }
        }
    }
done:
    free(whole.bytes);
    return tears;
}

/* What is done before, and the batch, which ends with its last state. False: some tear was not mended. */
static bool torn(const char *prepare, void (*batch)(struct machine *machine, struct states *states))
{
    struct machine machine = {.sim = os_sim_create(3)};
    struct states states = {.count = 0};
    struct states last = {.count = 1};
    struct disk before;
    struct disk after;
    uint64_t seed = test_seed(3);
    unsigned tears = 0;
    bool good = true;

    machine_open(&machine);
    run(&machine, setup);
    run(&machine, prepare);
    state_add(&machine, &states);
    disk_copy(&machine, &before);
    batch(&machine, &states);
    state_add(&machine, &states);
    disk_copy(&machine, &after);
    for (unsigned i = 0; i < after.count && good; i++) {
        tears +=
            tear_file(&after, i, disk_file(&before, after.files[i].name), &states, seed, &good);
    }
    memcpy(last.texts[0], states.texts[states.count - 1], STATE_SIZE);
    good = good && opens_whole(&after, &last);
    printf("%u tears\n", tears);
    TEST_TRUE(tears > 10 || !good);
    disk_free(&before);
    disk_free(&after);
    machine_close(&machine);
    os_sim_destroy(machine.sim);
    return good;
}

/* ---- batches ---- */

static const char numbers[] =
    "CREATE TABLE numbers (i bigint); INSERT INTO numbers VALUES (0), (1), (2), (3);"
    "INSERT INTO numbers SELECT i + 4 FROM numbers; INSERT INTO numbers SELECT i + 8 FROM numbers;"
    "INSERT INTO numbers SELECT i + 16 FROM numbers; INSERT INTO numbers SELECT i + 32 FROM "
    "numbers;"
    "INSERT INTO numbers SELECT i + 64 FROM numbers; INSERT INTO numbers SELECT i + 128 FROM "
    "numbers;"
    "INSERT INTO numbers SELECT i + 256 FROM numbers; INSERT INTO numbers SELECT i + 512 FROM "
    "numbers;"
    "INSERT INTO numbers SELECT i + 1024 FROM numbers";
#define ROWS "SELECT i * 7 % 2048, i * 3, 'the text of row ' || i * 7 % 2048 FROM numbers"
static const char loaded[] =
    "CREATE TABLE numbers (i bigint); INSERT INTO numbers VALUES (0), (1), (2), (3);"
    "INSERT INTO numbers SELECT i + 4 FROM numbers; INSERT INTO numbers SELECT i + 8 FROM numbers;"
    "INSERT INTO numbers SELECT i + 16 FROM numbers; INSERT INTO numbers SELECT i + 32 FROM "
    "numbers;"
    "INSERT INTO numbers SELECT i + 64 FROM numbers; INSERT INTO numbers SELECT i + 128 FROM "
    "numbers;"
    "INSERT INTO numbers SELECT i + 256 FROM numbers; INSERT INTO numbers SELECT i + 512 FROM "
    "numbers;"
    "INSERT INTO t SELECT i, i * 3, 'the text of row ' || i FROM numbers";

static void insert_rows(struct machine *machine, struct states *states)
{
    (void)states;
    run(machine, "INSERT INTO t " ROWS);
}

static void change_rows(struct machine *machine, struct states *states)
{
    (void)states;
    run(machine, "UPDATE t SET n = n + 1000000, pad = pad || ' is another now' WHERE id >= 0");
}

static void replace_rows(struct machine *machine, struct states *states)
{
    (void)states;
    run(machine, "BEGIN; DELETE FROM t WHERE id >= 0 AND id % 3 <> 0; SAVEPOINT s;"
                 "UPDATE t SET pad = 'undone'; ROLLBACK TO s;"
                 "INSERT INTO t SELECT i + 5000, i * 3 + 1, 'again ' || i FROM numbers; COMMIT");
}

static void copy_rows(struct machine *machine, struct states *states)
{
    struct varve_statement *copy = NULL;
    char line[100]; /* lent until the next step */
    int code = VARVE_OK;

    (void)states;
    TEST_EQUAL(VARVE_OK, varve_prepare(machine->session, "COPY t FROM STDIN", 0, &copy, NULL));
    for (unsigned i = 0; (code = varve_step(copy)) == VARVE_COPY_IN; i++) {
        int size = snprintf(line, sizeof line, "%u\t%u\tthe text of row %u\n", i * 7 % 3000, i, i);

        if (i < 3000) {
            TEST_EQUAL(VARVE_OK, varve_copy_in(copy, line, (size_t)size));
        } else {
            TEST_EQUAL(VARVE_OK, varve_copy_in_end(copy));
        }
    }
    TEST_EQUAL(VARVE_DONE, code);
    varve_finalize(copy);
}

/* Outside of a transaction each full batch is one: then its state is noted. */
static void append(struct machine *machine, struct states *states)
{
    struct varve_appender *appender = NULL;

    TEST_EQUAL(VARVE_OK, varve_appender_create(machine->session, NULL, "t", NULL, 0, &appender));
    for (int64_t i = 0; i < 4500; i++) {
        char text[40];
        int size = snprintf(text, sizeof text, "the text of row %d", (int)i);

        TEST_EQUAL(VARVE_OK, varve_append_int64(appender, i * 7 % 4500));
        TEST_EQUAL(VARVE_OK, varve_append_int64(appender, i));
        TEST_EQUAL(VARVE_OK, varve_append_text(appender, text, (size_t)size));
        TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
        if (states != NULL && i % 2048 == 2047) {
            state_add(machine, states);
        }
    }
    TEST_EQUAL(VARVE_OK, varve_appender_close(appender));
}

/* Each batch commits, none is synced before the last: a sync would acknowledge those before it. */
static void append_without_sync(struct machine *machine, struct states *states)
{
    run(machine, "SET synchronous_commit = off");
    append(machine, states);
    os_sim_advance_ns(machine->sim, 1000000000);
    TEST_EQUAL(1, varve_flush_step(machine->db));
}

static void append_in_transaction(struct machine *machine, struct states *states)
{
    (void)states;
    run(machine, "BEGIN");
    append(machine, NULL);
    run(machine, "COMMIT");
}

TEST(an_insert_of_many_rows)
{
    TEST_TRUE(torn(numbers, insert_rows));
}

TEST(an_update_of_many_rows)
{
    TEST_TRUE(torn(loaded, change_rows));
}

TEST(a_transaction_that_replaces_rows)
{
    TEST_TRUE(torn(loaded, replace_rows));
}

TEST(a_copy_of_many_rows)
{
    TEST_TRUE(torn("SELECT 1", copy_rows));
}

TEST(batches_of_an_appender)
{
    TEST_TRUE(torn("SELECT 1", append_without_sync));
}

TEST(batches_of_an_appender_in_a_transaction)
{
    TEST_TRUE(torn("SELECT 1", append_in_transaction));
}

/* The alarm works: a replay that does not look at checksums takes in what is torn. */
TEST(a_replay_without_checksums_is_noticed)
{
    if (!probe_available()) {
        skip();
    }
    probe_set_naive(NAIVE_WAL_CRC_IGNORED, true);
    TEST_FALSE(torn("SELECT 1", copy_rows));
    probe_reset();
}
