/* Opening: what stands in the way is told by code, SQLSTATE and text, and nothing is left behind. */
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "db/db.h"
#include "os/os.h"
#include "wal/logframe.h"

#define SEGMENT "/db/0000000000000000.wal"

static void fails_on(struct os *os, const char *path, const struct varve_options *options, int code,
                     const char *sqlstate, const char *text)
{
    struct varve *db = NULL;
    struct varve_error error;

    TEST_EQUAL(code, db_open_on(os, path, options, &db, &error));
    TEST_EQUAL(code, error.code);
    TEST_TEXT(sqlstate, error.sqlstate);
    if (strstr(error.message, text) == NULL) {
        TEST_TEXT(text, error.message);
    }
    TEST_TRUE(db == NULL);
    TEST_EQUAL(code, db_open_on(os, path, options, &db, NULL));
}

static struct varve *opens(struct os *os, const char *path)
{
    struct varve *db = NULL;
    struct varve_error error = {0};

    if (db_open_on(os, path, NULL, &db, &error) != VARVE_OK) {
        TEST_TEXT("", error.message);
    }
    return db;
}

static void runs(struct varve *db, const char *sql)
{
    struct varve_session *session = NULL;

    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    if (varve_exec(session, sql, 0) != VARVE_OK) {
        TEST_TEXT(sql, varve_last_error(session)->message);
    }
    varve_disconnect(session);
}

static int64_t counts(struct varve *db)
{
    struct varve_session *session = NULL;
    struct varve_statement *statement = NULL;
    int64_t count = -1;

    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK, varve_prepare(session, "SELECT count(*) FROM t", 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    count = varve_column_int64(statement, 0);
    varve_disconnect(session);
    return count;
}

/* A database of rows 1 to 3, each in a commit of its own, not closed: the machine stops. */
static struct os_sim *stopped_database(uint64_t seed)
{
    struct os_sim *sim = os_sim_create(seed);
    struct varve *db = opens(os_sim_os(sim), "/db");

    runs(db, "CREATE TABLE t (id integer PRIMARY KEY, x text)");
    runs(db, "INSERT INTO t VALUES (1, 'one')");
    runs(db, "INSERT INTO t VALUES (2, 'two')");
    runs(db, "INSERT INTO t VALUES (3, 'three')");
    os_sim_crash(sim);
    (void)varve_close(db);
    os_sim_restart(sim);
    return sim;
}

/* The offset of a text in the log. */
static uint64_t log_find(struct os_sim *sim, const char *text)
{
    static uint8_t bytes[1 << 16];
    struct os *os = os_sim_os(sim);
    struct os_file *file = NULL;
    struct vv_cause cause;
    size_t got = 0;
    size_t size = strlen(text);

    TEST_OK(os_open(os, SEGMENT, OS_OPEN_READ, &file, &cause));
    TEST_OK(os_pread(os, file, 0, bytes, sizeof bytes, &got, &cause));
    os_close(os, file);
    for (uint64_t at = 0; at + size <= got; at++) {
        if (memcmp(bytes + at, text, size) == 0) {
            return at;
        }
    }
    TEST_TRUE(false);
    return 0;
}

TEST(paths_that_cannot_be)
{
    char folder[] = "/tmp/varve-open-XXXXXX";
    char path[200];
    char file[100];
    struct varve_options must_exist = VARVE_OPTIONS_INIT;

    TEST_TRUE(mkdtemp(folder) != NULL);
    must_exist.must_exist = 1;
    snprintf(path, sizeof path, "%s/a/b", folder);
    fails_on(os_real(), path, NULL, VARVE_NOT_FOUND, "58P01", "No such file or directory");
    snprintf(path, sizeof path, "%s/none", folder);
    fails_on(os_real(), path, &must_exist, VARVE_NOT_FOUND, "3D000", "does not exist");
    TEST_TRUE(access(path, F_OK) != 0); /* asking made nothing */
    snprintf(file, sizeof file, "%s/file", folder);
    TEST_TRUE(close(open(file, O_CREAT | O_WRONLY, 0600)) == 0);
    fails_on(os_real(), file, NULL, VARVE_IO, "42809", "Not a directory");
    snprintf(path, sizeof path, "%s/file/below", folder);
    fails_on(os_real(), path, NULL, VARVE_IO, "42809", "Not a directory");
    if (geteuid() != 0) {
        TEST_TRUE(chmod(folder, 0500) == 0);
        snprintf(path, sizeof path, "%s/refused", folder);
        fails_on(os_real(), path, NULL, VARVE_IO, "42501", "Permission denied");
        TEST_TRUE(chmod(folder, 0700) == 0);
    }
    TEST_TRUE(unlink(file) == 0 && rmdir(folder) == 0);
}

/* A second opening, also by the same process, is refused and harms nothing. */
TEST(opened_twice)
{
    struct os_sim *sim = os_sim_create(1);
    struct varve *db = opens(os_sim_os(sim), "/db");

    runs(db, "CREATE TABLE t (id integer PRIMARY KEY)");
    fails_on(os_sim_os(sim), "/db", NULL, VARVE_BUSY, "55006", "is in use by another process");
    runs(db, "INSERT INTO t VALUES (1)");
    TEST_EQUAL(VARVE_OK, varve_close(db));
    db = opens(os_sim_os(sim), "/db");
    TEST_EQUAL(1, counts(db));
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
}

/* A bit of a commit turns over that a later one has left behind as durable: open refuses, and says where. */
TEST(damage_before_acknowledged_bytes)
{
    struct os_sim *sim = stopped_database(2);
    struct varve *db = NULL;
    uint64_t at = log_find(sim, "two");

    TEST_OK(os_sim_flip_bit(sim, SEGMENT, at, 3));
    fails_on(os_sim_os(sim), "/db", NULL, VARVE_CORRUPT, "XX001", "is damaged at position");
    TEST_OK(os_sim_flip_bit(sim, SEGMENT, at, 3)); /* refusing has changed nothing */
    db = opens(os_sim_os(sim), "/db");
    TEST_EQUAL(3, counts(db));
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
}

/* The last commit has nobody behind it: it looks like a torn write, and the rest opens. */
TEST(torn_tail)
{
    struct os_sim *sim = stopped_database(3);
    struct varve *db = NULL;

    TEST_OK(os_sim_flip_bit(sim, SEGMENT, log_find(sim, "three"), 0));
    db = opens(os_sim_os(sim), "/db");
    TEST_EQUAL(2, counts(db));
    runs(db, "INSERT INTO t VALUES (3, 'again')");
    TEST_EQUAL(VARVE_OK, varve_close(db));
    /* A clean close says how much there was: then the same damage is damage. */
    TEST_OK(os_sim_flip_bit(sim, SEGMENT, log_find(sim, "again"), 0));
    fails_on(os_sim_os(sim), "/db", NULL, VARVE_CORRUPT, "XX001", "is damaged at position");
    os_sim_destroy(sim);
}

/* One page of `meta` may be bad, both may not; a version of the future is told apart from damage. */
TEST(meta_pages)
{
    struct os_sim *sim = stopped_database(4);
    struct varve *db = NULL;

    for (uint64_t page = 0; page < 2; page++) {
        TEST_OK(os_sim_flip_bit(sim, "/db/meta", page * 4096 + 40, 1));
        db = opens(os_sim_os(sim), "/db");
        TEST_EQUAL(3, counts(db));
        TEST_EQUAL(VARVE_OK, varve_close(db));
    }
    TEST_OK(os_sim_flip_bit(sim, "/db/meta", 40, 1));
    TEST_OK(os_sim_flip_bit(sim, "/db/meta", 4096 + 40, 1));
    fails_on(os_sim_os(sim), "/db", NULL, VARVE_CORRUPT, "XX001", "neither page of its file");
    os_sim_destroy(sim);
}

/* Meta pages of the next version: whole, but not ours to read. */
TEST(another_version)
{
    struct os_sim *sim = stopped_database(5);
    struct os *os = os_sim_os(sim);
    struct os_file *file = NULL;
    struct vv_cause cause;

    TEST_OK(os_open(os, "/db/meta", OS_OPEN_WRITE, &file, &cause));
    for (uint64_t page = 0; page < 2; page++) {
        uint8_t bytes[WAL_META_PAGE_BYTES];
        size_t got = 0;

        TEST_OK(os_pread(os, file, page * 4096, bytes, sizeof bytes, &got, &cause));
        bytes_store32(bytes + 12, bytes_load32(bytes + 12) + 1);
        bytes_store32(bytes + 8, crc32c(0, bytes + 12, sizeof bytes - 12));
        TEST_OK(os_pwrite(os, file, page * 4096, bytes, sizeof bytes, &cause));
    }
    os_close(os, file);
    fails_on(os, "/db", NULL, VARVE_UNSUPPORTED, "0A000", "format of another version");
    os_sim_destroy(sim);
}

/* A disk that is full from the n-th write on: open says so and succeeds when there is room again. */
TEST(full_disk)
{
    unsigned refused = 0;

    for (uint64_t n = 1; n < 100; n++) {
        struct os_sim *sim = os_sim_create(n);
        struct varve *db = NULL;
        struct varve_error error;
        int code = VARVE_OK;

        os_sim_fault_arm_forever(sim, OS_SIM_DISK_FULL, n);
        code = db_open_on(os_sim_os(sim), "/db", NULL, &db, &error);
        if (!os_sim_fault_hit(sim)) {
            os_sim_fault_arm(sim, OS_SIM_DISK_FULL, 0);
            TEST_EQUAL(VARVE_OK, varve_close(db));
            os_sim_destroy(sim);
            TEST_TRUE(refused > 3);
            return;
        }
        os_sim_fault_arm(sim, OS_SIM_DISK_FULL, 0);
        if (code == VARVE_OK) { /* the lock file's text, or room for later: not needed now */
            TEST_EQUAL(VARVE_OK, varve_close(db));
        } else {
            TEST_EQUAL(VARVE_DISK_FULL, code);
            TEST_TEXT("53100", error.sqlstate);
            refused++;
        }
        db = opens(os_sim_os(sim), "/db");
        runs(db, "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)");
        TEST_EQUAL(1, counts(db));
        TEST_EQUAL(VARVE_OK, varve_close(db));
        os_sim_destroy(sim);
    }
    TEST_TRUE(false);
}

static bool is_synced(struct varve *db)
{
    struct varve_statistics statistics = {.size = sizeof statistics};

    TEST_EQUAL(VARVE_OK, varve_statistics(db, &statistics));
    TEST_TRUE(statistics.lsn_visible >= statistics.lsn_durable);
    return statistics.lsn_visible == statistics.lsn_durable;
}

/* S1: only synchronous_commit = off, as it stands at COMMIT, lets a commit return before its sync, which follows soon. */
TEST(synchronous_commit)
{
    static const struct {
        const char *before; /* the word */
        const char *after;
        bool counts; /* the word is what stands at the commit */
    } cases[] = {
        {"SET synchronous_commit = ", "; INSERT INTO t VALUES (1)", true},
        {"BEGIN; INSERT INTO t VALUES (1); SET LOCAL synchronous_commit = ", "; COMMIT", true},
        {"SET synchronous_commit = ",
         "; BEGIN; INSERT INTO t VALUES (1); SET LOCAL synchronous_commit = on; COMMIT", false},
    };
    static const char *const words[] = {"on", "local", "remote_write", "remote_apply", "off"};
    struct os_sim *sim = os_sim_create(1);
    struct varve *db = opens(os_sim_os(sim), "/db");
    char sql[200];

    runs(db, "CREATE TABLE t (id integer)");
    for (size_t i = 0; i < 3 * sizeof words / sizeof words[0]; i++) {
        const char *word = words[i / 3];

        snprintf(sql, sizeof sql, "%s%s%s", cases[i % 3].before, word, cases[i % 3].after);
        os_sim_advance_ns(sim, 1000000000);
        (void)varve_background_step(db);
        runs(db, "INSERT INTO t VALUES (1)");
        TEST_TRUE(is_synced(db));
        runs(db,
             "SET synchronous_commit = off; INSERT INTO t VALUES (1)"); /* starts the interval */
        runs(db, "INSERT INTO t VALUES (1)");
        runs(db, sql);
        TEST_EQUAL(strcmp(word, "off") != 0 || !cases[i % 3].counts, is_synced(db));
        os_sim_advance_ns(sim, 11000000);
        (void)varve_background_step(db);
        TEST_TRUE(is_synced(db));
    }
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
}
