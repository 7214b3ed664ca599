/*
 * test_maps.c - named maps from outside: single keys and ranges against a model, transactions and savepoints,
 * conflicts, waiting, what SQL says of maps, misuse, durability.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define MODEL_KEYS 500

static struct varve_map *map_open(struct varve_session *session, const char *name)
{
    struct varve_map *map = NULL;

    CHECK_CODE(VARVE_OK, varve_map_open(session, name, VARVE_MAP_CREATE, &map));
    return map;
}

static int put(struct varve_map *map, const char *key, const char *value)
{
    return varve_map_put(map, key, strlen(key), value, strlen(value));
}

static const char *get(struct varve_map *map, const char *key)
{
    static char text[256];
    const void *value = NULL;
    size_t size = 0;
    int code = varve_map_get(map, key, strlen(key), &value, &size);

    if (code == VARVE_NOT_FOUND) {
        return "(none)";
    }
    snprintf(text, sizeof text, "%.*s", code == VARVE_OK ? (int)size : 7,
             code == VARVE_OK ? (const char *)value : "(error)");
    return text;
}

/* "a=1 b=2" of a range. */
static const char *range_text(struct varve_map *map, const struct varve_map_range *range, int flags)
{
    static char text[1024];
    struct varve_map_cursor *cursor = NULL;
    const void *key = NULL;
    const void *value = NULL;
    size_t key_size = 0;
    size_t value_size = 0;
    size_t size = 0;
    int code = varve_map_range(map, range, flags, &cursor);

    text[0] = '\0';
    while (code == VARVE_OK &&
           varve_map_next(cursor, &key, &key_size, &value, &value_size) == VARVE_ROW) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%.*s=%.*s",
                                 size == 0 ? "" : " ", (int)key_size, (const char *)key,
                                 (int)value_size, (const char *)value);
    }
    CHECK(code != VARVE_OK || varve_map_next(cursor, NULL, NULL, NULL, NULL) == VARVE_DONE);
    varve_map_range_close(cursor);
    return code == VARVE_OK ? text : "(error)";
}

static void single_keys(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = NULL;
    const void *value = NULL;
    char buffer[4];
    size_t size = 99;

    CHECK_CODE(VARVE_NOT_FOUND, varve_map_open(f.session, "cache", 0, &map));
    CHECK_TEXT("map \"cache\" does not exist", varve_last_error(f.session)->message);
    CHECK_TEXT("42P01", varve_last_error(f.session)->sqlstate);
    CHECK(map == NULL);
    map = map_open(f.session, "cache");
    CHECK_TEXT("(none)", get(map, "a"));
    CHECK_CODE(VARVE_OK, put(map, "a", "one"));
    CHECK_TEXT("one", get(map, "a"));
    CHECK_CODE(VARVE_OK, put(map, "a", "two"));
    CHECK_TEXT("two", get(map, "a"));
    CHECK_CODE(VARVE_EXISTS, varve_map_insert(map, "a", 1, "x", 1));
    CHECK_CODE(VARVE_OK, varve_map_insert(map, "b", 1, NULL, 0));
    CHECK_CODE(VARVE_OK, varve_map_get(map, "b", 1, &value, &size));
    CHECK(value != NULL && size == 0);
    CHECK_CODE(VARVE_EXISTS, varve_map_replace(map, "a", 1, "one", 3, "three", 5));
    CHECK_CODE(VARVE_OK, varve_map_replace(map, "a", 1, "two", 3, "three", 5));
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_replace(map, "c", 1, NULL, 0, "x", 1));
    CHECK_CODE(VARVE_OK, varve_map_replace(map, "b", 1, NULL, 0, "bee", 3));
    CHECK_TEXT("three", get(map, "a"));
    CHECK_CODE(VARVE_OK, varve_map_read(map, "a", 1, buffer, sizeof buffer, &size));
    CHECK(size == 5 && memcmp(buffer, "thre", 4) == 0);
    CHECK_CODE(VARVE_OK, varve_map_read(map, "a", 1, NULL, 0, &size));
    CHECK(size == 5);
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_read(map, "z", 1, buffer, sizeof buffer, &size));
    CHECK(size == 0);
    CHECK_CODE(VARVE_OK, varve_map_delete(map, "a", 1));
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_delete(map, "a", 1));
    CHECK_TEXT("(none)", get(map, "a"));
    varve_map_close(map);
    memory_close(f);
}

static void limits_of_keys_and_values(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    size_t large = (64u << 20) + 1;
    char *bytes = calloc(1, large);
    const void *value = NULL;
    size_t size = 0;

    if (bytes == NULL) {
        exit(1);
    }
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_INVALID, varve_map_put(map, "", 0, "x", 1));
    CHECK_CODE(VARVE_INVALID, varve_map_put(map, NULL, 0, "x", 1));
    CHECK_CODE(VARVE_LIMIT, varve_map_put(map, bytes, 1001, "x", 1));
    CHECK_TEXT("54000", varve_last_error(f.session)->sqlstate);
    CHECK_TEXT("a key of 1001 bytes is longer than a map's 1000",
               varve_last_error(f.session)->message);
    CHECK(varve_transaction_status(f.session) == 'T');
    CHECK_CODE(VARVE_OK, varve_map_put(map, bytes, 1000, "x", 1));
    RUN(f.session, "COMMIT");
    for (size_t length = 1; length <= 20u << 20; length *= 3) {
        memset(bytes, (int)length, length);
        CHECK_CODE(VARVE_OK, varve_map_put(map, "v", 1, bytes, length));
        CHECK_CODE(VARVE_OK, varve_map_get(map, "v", 1, &value, &size));
        CHECK(size == length && memcmp(value, bytes, length) == 0);
    }
    CHECK_CODE(VARVE_LIMIT, varve_map_put(map, "v", 1, bytes, large));
    CHECK_TEXT("54000", varve_last_error(f.session)->sqlstate);
    free(bytes);
    memory_close(f);
}

static void ranges(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map_range range = {.low = "b", .low_size = 1, .high = "d", .high_size = 1};
    uint64_t count = 0;

    CHECK_TEXT("", range_text(map, NULL, 0));
    put(map, "a", "1");
    put(map, "b", "2");
    put(map, "bb", "3");
    put(map, "d", "4");
    put(map, "\xFF", "5");
    put(map, "\xFF\xFFz", "6");
    CHECK_TEXT("a=1 b=2 bb=3 d=4 \xFF=5 \xFF\xFFz=6", range_text(map, NULL, 0));
    CHECK_TEXT("\xFF\xFFz=6 \xFF=5 d=4 bb=3 b=2 a=1", range_text(map, NULL, VARVE_MAP_REVERSE));
    CHECK_TEXT("b=2 bb=3", range_text(map, &range, 0));
    range.low_exclusive = 1;
    range.high_inclusive = 1;
    CHECK_TEXT("bb=3 d=4", range_text(map, &range, 0));
    CHECK_TEXT("d=4 bb=3", range_text(map, &range, VARVE_MAP_REVERSE));
    CHECK_CODE(VARVE_OK, varve_map_count(map, &range, &count));
    CHECK(count == 2);
    range.limit = 1;
    CHECK_TEXT("d=4", range_text(map, &range, VARVE_MAP_REVERSE));
    CHECK_CODE(VARVE_OK, varve_map_count(map, &range, &count));
    CHECK(count == 1);
    range = (struct varve_map_range){.prefix = "b", .prefix_size = 1};
    CHECK_TEXT("b=2 bb=3", range_text(map, &range, 0));
    range = (struct varve_map_range){.prefix = "\xFF", .prefix_size = 1};
    CHECK_TEXT("\xFF=5 \xFF\xFFz=6", range_text(map, &range, 0));
    range = (struct varve_map_range){.prefix = "\xFF\xFF", .prefix_size = 2};
    CHECK_TEXT("\xFF\xFFz=6", range_text(map, &range, 0));
    range = (struct varve_map_range){.prefix = "a", .prefix_size = 1, .low = "a", .low_size = 1};
    CHECK_TEXT("(error)", range_text(map, &range, 0));
    CHECK_CODE(VARVE_OK, varve_map_count(map, NULL, &count));
    CHECK(count == 6);
    memory_close(f);
}

/* Random calls, each also on an array of values: a length, all of one byte; 0: no value. */
struct model {
    struct varve_session *session;
    struct varve_map *map;
    uint32_t lengths[MODEL_KEYS];
    uint32_t saved[MODEL_KEYS]; /* at BEGIN */
    int in_block;
};

static const char *model_bytes(uint32_t length, int which)
{
    static char bytes[2][40000];

    memset(bytes[which], (int)length, length);
    return bytes[which];
}

static void model_write(struct model *model, unsigned what, uint32_t slot, uint32_t length)
{
    uint32_t *now = &model->lengths[slot];
    const char *bytes = model_bytes(length, 0);
    char key[8];
    int code = VARVE_OK;

    snprintf(key, sizeof key, "%05u", slot);
    if (what == 0) {
        code = varve_map_put(model->map, key, 5, bytes, length);
        CHECK_CODE(VARVE_OK, code);
    } else if (what == 1) {
        code = varve_map_insert(model->map, key, 5, bytes, length);
        CHECK_CODE(*now == 0 ? VARVE_OK : VARVE_EXISTS, code);
    } else if (what == 2) {
        code = varve_map_delete(model->map, key, 5);
        CHECK_CODE(*now == 0 ? VARVE_NOT_FOUND : VARVE_OK, code);
        length = 0;
    } else {
        code = varve_map_replace(model->map, key, 5, model_bytes(*now, 1), *now, bytes, length);
        CHECK_CODE(*now == 0 ? VARVE_NOT_FOUND : VARVE_OK, code);
    }
    *now = code == VARVE_OK ? length : *now;
}

static void model_get(struct model *model, uint32_t slot)
{
    uint32_t now = model->lengths[slot];
    const void *value = NULL;
    size_t size = 0;
    char key[8];

    snprintf(key, sizeof key, "%05u", slot);
    CHECK_CODE(now == 0 ? VARVE_NOT_FOUND : VARVE_OK,
               varve_map_get(model->map, key, 5, &value, &size));
    CHECK(size == now && (now == 0 || memcmp(value, model_bytes(now, 0), now) == 0));
}

static void model_block(struct model *model, int commit)
{
    if (!model->in_block) {
        memcpy(model->saved, model->lengths, sizeof model->saved);
        RUN(model->session, "BEGIN");
    } else if (commit) {
        RUN(model->session, "COMMIT");
    } else {
        RUN(model->session, "ROLLBACK");
        memcpy(model->lengths, model->saved, sizeof model->saved);
    }
    model->in_block = !model->in_block;
}

/* In batches, and with a row taken alone in between. */
static void model_compare_batches(struct model *model)
{
    const struct varve_map_row *rows = NULL;
    struct varve_map_cursor *cursor = NULL;
    uint32_t at = 0;
    size_t count = 0;
    char key[8];

    CHECK_CODE(VARVE_OK, varve_map_range(model->map, NULL, 0, &cursor));
    while (varve_map_fetch(cursor, &rows, &count) == VARVE_ROW) {
        for (size_t i = 0; i < count; i++) {
            while (at < MODEL_KEYS && model->lengths[at] == 0) {
                at++;
            }
            snprintf(key, sizeof key, "%05u", at);
            CHECK(rows[i].key_size == 5 && memcmp(rows[i].key, key, 5) == 0);
            CHECK(at < MODEL_KEYS && rows[i].value_size == model->lengths[at] &&
                  memcmp(rows[i].value, model_bytes(model->lengths[at], 0), rows[i].value_size) ==
                      0);
            at++;
        }
        while (at < MODEL_KEYS && model->lengths[at] == 0) {
            at++;
        }
        CHECK_CODE(at >= MODEL_KEYS ? VARVE_DONE : VARVE_ROW,
                   varve_map_next(cursor, NULL, NULL, NULL, NULL));
        at++;
    }
    CHECK(at >= MODEL_KEYS && count == 0 && rows == NULL);
    varve_map_range_close(cursor);
}

static void model_compare(struct model *model, int reverse)
{
    struct varve_map_cursor *cursor = NULL;
    const void *found = NULL;
    size_t size = 0;
    char key[8];

    CHECK_CODE(VARVE_OK,
               varve_map_range(model->map, NULL, reverse ? VARVE_MAP_REVERSE : 0, &cursor));
    for (uint32_t i = 0; i < MODEL_KEYS; i++) {
        uint32_t at = reverse ? MODEL_KEYS - 1 - i : i;

        if (model->lengths[at] != 0) {
            snprintf(key, sizeof key, "%05u", at);
            CHECK_CODE(VARVE_ROW, varve_map_next(cursor, &found, NULL, NULL, &size));
            CHECK(memcmp(found, key, 5) == 0 && size == model->lengths[at]);
        }
    }
    CHECK_CODE(VARVE_DONE, varve_map_next(cursor, NULL, NULL, NULL, NULL));
    varve_map_range_close(cursor);
}

static void as_a_model_says(void)
{
    static struct model model;
    struct fixture f = memory_open();
    unsigned state = 12345;

    model.session = f.session;
    model.map = map_open(f.session, "m");
    for (int step = 0; step < 6000; step++) {
        unsigned random = state = state * 1103515245u + 12345u;
        uint32_t slot = (random >> 8) % MODEL_KEYS;
        unsigned what = (random >> 20) % 8;

        if (what < 4) {
            model_write(&model, what, slot, 1 + (random >> 3) % ((random & 64) != 0 ? 30 : 30000));
        } else if (what < 6) {
            model_get(&model, slot);
        } else if (what == 6) {
            model_block(&model, (random & 1024) != 0);
        } else if (step % 10 == 0) {
            model_compare(&model, (random & 2048) != 0);
            model_compare_batches(&model);
        }
    }
    memory_close(f);
}

static void transactions(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map *seen = NULL;

    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    seen = map_open(other, "m");
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, put(map, "k", "1"));
    RUN(f.session, "INSERT INTO t VALUES (1)");
    CHECK_TEXT("1", get(map, "k"));
    CHECK_TEXT("(none)", get(seen, "k"));
    RUN(f.session, "SAVEPOINT s");
    CHECK_CODE(VARVE_OK, put(map, "k", "2"));
    RUN(f.session, "ROLLBACK TO s");
    CHECK_TEXT("1", get(map, "k"));
    RUN(f.session, "COMMIT");
    CHECK_TEXT("1", get(seen, "k"));
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, varve_map_delete(map, "k", 1));
    RUN(f.session, "ROLLBACK");
    CHECK_TEXT("1", get(seen, "k"));

    /* answers leave the block as it is, errors fail it */
    RUN(f.session, "BEGIN READ ONLY");
    CHECK_TEXT("1", get(map, "k"));
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_open(f.session, "nowhere", 0, &(struct varve_map *){0}));
    CHECK(varve_transaction_status(f.session) == 'T');
    CHECK_CODE(VARVE_READ_ONLY, put(map, "k", "3"));
    CHECK(varve_transaction_status(f.session) == 'E');
    CHECK_CODE(VARVE_ERROR, varve_map_get(map, "k", 1, NULL, NULL));
    CHECK_TEXT("25P02", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "ROLLBACK");
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_EXISTS, varve_map_insert(map, "k", 1, "9", 1));
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_delete(map, "z", 1));
    CHECK(varve_transaction_status(f.session) == 'T');
    RUN(f.session, "COMMIT");

    /* one snapshot, and first updater wins */
    RUN(f.session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    CHECK_TEXT("1", get(map, "k"));
    CHECK_CODE(VARVE_OK, put(seen, "k", "4"));
    CHECK_TEXT("1", get(map, "k"));
    CHECK_CODE(VARVE_CONFLICT, put(map, "k", "5"));
    CHECK_TEXT("40001", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "ROLLBACK");
    RUN(f.session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    CHECK_TEXT("4", get(map, "k"));
    CHECK_CODE(VARVE_OK, put(seen, "k", "5"));
    CHECK_CODE(VARVE_CONFLICT, varve_map_delete(map, "k", 1));
    RUN(f.session, "ROLLBACK");

    /* lock_timeout */
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, put(map, "k", "6"));
    RUN(other, "SET lock_timeout = 1");
    CHECK_CODE(VARVE_LOCK_TIMEOUT, put(seen, "k", "7"));
    CHECK_CODE(VARVE_LOCK_TIMEOUT, varve_map_insert(seen, "k", 1, "7", 1));
    CHECK_TEXT("5", get(seen, "k"));
    RUN(f.session, "COMMIT");
    CHECK_TEXT("6", get(seen, "k"));
    varve_disconnect(other);
    memory_close(f);
}

static void definitions(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_map *map = NULL;
    struct varve_map *seen = NULL;

    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    CHECK_CODE(VARVE_ERROR, varve_map_open(f.session, "t", VARVE_MAP_CREATE, &map));
    CHECK_TEXT("\"t\" is not a map", varve_last_error(f.session)->message);
    CHECK_TEXT("42809", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "BEGIN");
    map = map_open(f.session, "m");
    CHECK_CODE(VARVE_OK, put(map, "k", "1"));
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_open(other, "m", 0, &seen));
    RUN(f.session, "ROLLBACK");
    CHECK_CODE(VARVE_ERROR, put(map, "k", "1"));
    CHECK_TEXT("42P01", varve_last_error(f.session)->sqlstate);
    seen = map_open(other, "m");
    CHECK_TEXT("(none)", get(map, "k")); /* the handle follows the name */
    CHECK_CODE(VARVE_OK, put(seen, "k", "2"));
    CHECK_TEXT("2", get(map, "k"));

    /* what SQL says */
    FAILS(f.session, "42809", "SELECT * FROM m");
    CHECK_TEXT("cannot open relation \"m\"", varve_last_error(f.session)->message);
    CHECK_TEXT("This operation is not supported for maps.", varve_last_error(f.session)->detail);
    FAILS(f.session, "42809", "INSERT INTO m VALUES (1)");
    FAILS(f.session, "42P07", "CREATE TABLE m (id integer)");
    FAILS(f.session, "42809", "CREATE INDEX ON m (k)");
    FAILS(f.session, "42809", "DROP INDEX m");
    FAILS(f.session, "42809", "TRUNCATE m");
    FAILS(f.session, "42809", "ALTER TABLE m ADD COLUMN x integer");
    CHECK_TEXT("2", get(map, "k"));
    RUN(f.session, "BEGIN");
    RUN(f.session, "DROP TABLE m");
    RUN(f.session, "ROLLBACK");
    CHECK_TEXT("2", get(map, "k"));
    RUN(f.session, "DROP TABLE m, t");
    CHECK_TEXT("(error)", get(map, "k"));
    CHECK_TEXT("(error)", get(seen, "k"));
    RUN(f.session, "DROP TABLE IF EXISTS m");
    CHECK_CODE(VARVE_NOT_FOUND, varve_map_drop(f.session, "m"));
    seen = map_open(other, "m");
    CHECK_TEXT("(none)", get(map, "k"));
    CHECK_CODE(VARVE_OK, varve_map_drop(f.session, "m"));
    CHECK_TEXT("(error)", get(seen, "k"));
    RUN(f.session, "CREATE TABLE m (id integer)");
    CHECK_CODE(VARVE_ERROR, put(map, "k", "1"));
    CHECK_TEXT("42809", varve_last_error(f.session)->sqlstate);
    varve_disconnect(other);
    memory_close(f);
}

static void fill(struct varve_map *map, int count)
{
    char text[16];

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%04d", i);
        CHECK_CODE(VARVE_OK, put(map, text, text));
    }
}

static void next_is(struct varve_map_cursor *cursor, const char *wanted)
{
    const void *key = NULL;
    size_t size = 0;

    CHECK_CODE(VARVE_ROW, varve_map_next(cursor, &key, &size, NULL, NULL));
    CHECK(size == strlen(wanted) && memcmp(key, wanted, size) == 0);
}

/* Every key is deleted while the cursor reads: it sees the map as it was. */
static void cursors_see_what_was(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map_cursor *cursor = NULL;
    char text[16];

    fill(map, 3000);
    CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, 0, &cursor));
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "%04d", i);
        next_is(cursor, text);
        CHECK_CODE(VARVE_OK, varve_map_delete(map, text, 4));
        if (i == 5) {
            put(map, "9999", "new");
        }
    }
    CHECK_CODE(VARVE_DONE, varve_map_next(cursor, NULL, NULL, NULL, NULL));
    varve_map_range_close(cursor);
    CHECK_TEXT("9999=new", range_text(map, NULL, 0));
    memory_close(f);
}

/* Two cursors and a SELECT in turn. */
static void cursors_interleave(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map_cursor *up = NULL;
    struct varve_map_cursor *down = NULL;
    struct varve_statement *select = NULL;
    char text[16];

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    RUN(f.session, "INSERT INTO t VALUES (1), (2), (3)");
    fill(map, 600);
    CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, 0, &up));
    CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, VARVE_MAP_REVERSE, &down));
    select = prepare(f.session, "SELECT id FROM t ORDER BY id");
    for (int i = 0; i < 600; i++) {
        snprintf(text, sizeof text, "%04d", i);
        next_is(up, text);
        snprintf(text, sizeof text, "%04d", 599 - i);
        next_is(down, text);
        CHECK(i >= 3 ||
              (varve_step(select) == VARVE_ROW && varve_column_int64(select, 0) == i + 1));
    }
    CHECK_CODE(VARVE_DONE, varve_map_next(up, NULL, NULL, NULL, NULL));
    CHECK_CODE(VARVE_DONE, varve_map_next(down, NULL, NULL, NULL, NULL));
    varve_finalize(select);
    varve_map_range_close(up);
    memory_close(f); /* the other cursor ends with its session */
}

/* A commit does not end a cursor, an abort does. */
static void cursors_and_transactions(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map_cursor *cursor = NULL;

    fill(map, 100);
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, put(map, "00", "own"));
    CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, 0, &cursor));
    next_is(cursor, "00");
    RUN(f.session, "COMMIT");
    next_is(cursor, "0000");
    varve_map_range_close(cursor);
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, 0, &cursor));
    next_is(cursor, "00");
    CHECK_CODE(VARVE_OK, varve_fail(f.session));
    CHECK_CODE(VARVE_ERROR, varve_map_next(cursor, NULL, NULL, NULL, NULL));
    CHECK_TEXT("24000", varve_last_error(f.session)->sqlstate);
    varve_map_close(map);
    CHECK_CODE(VARVE_MISUSE, varve_map_get(map, "a", 1, NULL, NULL));
    memory_close(f);
}

/* Values of megabytes come piece by piece. */
static void cursors_over_long_values(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map_cursor *cursor = NULL;
    static char bytes[300000];
    const void *key = NULL;
    const void *value = NULL;
    size_t size = 0;
    int rows = 0;

    for (int reverse = 0; reverse <= 1; reverse++) {
        for (int i = 0; i < 60; i++) {
            unsigned char name = (unsigned char)i;

            memset(bytes, i, sizeof bytes);
            CHECK_CODE(VARVE_OK,
                       varve_map_put(map, &name, 1, bytes, i % 7 == 0 ? 3 : sizeof bytes));
        }
        CHECK_CODE(VARVE_OK, varve_map_range(map, NULL, reverse, &cursor));
        for (rows = 0; varve_map_next(cursor, &key, NULL, &value, &size) == VARVE_ROW; rows++) {
            int name = reverse ? 59 - rows : rows;

            memset(bytes, name, sizeof bytes);
            CHECK(*(const unsigned char *)key == name);
            CHECK(size == (name % 7 == 0 ? 3 : sizeof bytes) && memcmp(value, bytes, size) == 0);
        }
        CHECK(rows == 60);
        varve_map_range_close(cursor);
    }
    memory_close(f);
}

static atomic_int woken;

static void wake(void *argument)
{
    (void)argument;
    atomic_fetch_add(&woken, 1);
}

static void waiting_without_blocking(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_map *map = map_open(f.session, "m");
    struct varve_map *waits = NULL;

    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    CHECK_CODE(VARVE_OK, varve_set_wake(other, wake, NULL));
    waits = map_open(other, "m");
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, put(map, "k", "1"));
    CHECK_CODE(VARVE_WAITING, put(waits, "k", "2"));
    CHECK_CODE(VARVE_WAITING, put(waits, "k", "2")); /* too early does no harm */
    CHECK_CODE(VARVE_MISUSE, put(waits, "k", "3"));
    FAILS(other, "55006", "SELECT 1");
    CHECK_CODE(VARVE_WAITING, put(waits, "k", "2"));
    CHECK(atomic_load(&woken) == 0);
    RUN(f.session, "COMMIT");
    CHECK(atomic_load(&woken) == 1);
    CHECK_CODE(VARVE_OK, put(waits, "k", "2"));
    CHECK_TEXT("2", get(map, "k"));

    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, put(map, "k", "1"));
    CHECK_CODE(VARVE_WAITING, varve_map_insert(waits, "k", 1, "2", 1));
    varve_interrupt(other);
    CHECK_CODE(VARVE_CANCELED, varve_map_insert(waits, "k", 1, "2", 1));
    CHECK_CODE(VARVE_WAITING, varve_map_delete(waits, "k", 1));
    varve_map_close(waits); /* ends the wait */
    RUN(other, "SELECT 1");
    waits = map_open(other, "m");
    CHECK_CODE(VARVE_WAITING, varve_map_drop(other, "m"));
    RUN(f.session, "ROLLBACK");
    CHECK_CODE(VARVE_OK, varve_map_drop(other, "m"));
    CHECK_TEXT("(error)", get(map, "k"));
    varve_disconnect(other);
    memory_close(f);
}

/* Threads add one to few counters, each time with varve_map_replace or in a transaction: none is lost. */
#define COUNTERS 3
#define ROUNDS   400

static void *counting(void *argument)
{
    struct varve *db = argument;
    struct varve_session *session = NULL;
    struct varve_map *map = NULL;

    CHECK_CODE(VARVE_OK, varve_connect(db, &session));
    CHECK_CODE(VARVE_OK, varve_map_open(session, "counters", VARVE_MAP_CREATE, &map));
    for (int round = 0; round < ROUNDS; round++) {
        unsigned char key = (unsigned char)(round % COUNTERS + 1);
        int code = VARVE_EXISTS;

        while (code == VARVE_EXISTS || code == VARVE_CONFLICT || code == VARVE_DEADLOCK) {
            uint64_t before = 0;
            uint64_t after = 0;

            if (round % 2 == 0) {
                varve_map_read(map, &key, 1, &before, sizeof before, NULL);
                after = before + 1;
                code = before == 0 ? varve_map_insert(map, &key, 1, &after, sizeof after)
                                   : varve_map_replace(map, &key, 1, &before, sizeof before, &after,
                                                       sizeof after);
            } else {
                RUN(session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
                varve_map_read(map, &key, 1, &before, sizeof before, NULL);
                after = before + 1;
                code = varve_map_put(map, &key, 1, &after, sizeof after);
                RUN(session, code == VARVE_OK ? "COMMIT" : "ROLLBACK");
            }
        }
        CHECK_CODE(VARVE_OK, code);
    }
    varve_disconnect(session);
    return NULL;
}

static void nothing_is_lost(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = NULL;
    pthread_t threads[4];
    uint64_t sum = 0;

    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, counting, f.db) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    map = map_open(f.session, "counters");
    for (unsigned char key = 1; key <= COUNTERS; key++) {
        uint64_t value = 0;

        CHECK_CODE(VARVE_OK, varve_map_read(map, &key, 1, &value, sizeof value, NULL));
        sum += value;
    }
    CHECK(sum == 4 * ROUNDS);
    memory_close(f);
}

static void each_map(void *argument, const struct varve_description *item)
{
    *(int *)argument += item->kind == VARVE_DESCRIBES_MAP && strcmp(item->name, "kept") == 0;
}

static void listed_and_durable(void)
{
    char folder[] = "/tmp/varve-maps-XXXXXX";
    char command[64];
    struct fixture f = {0};
    struct varve_map *map = NULL;
    uint64_t count = 0;
    int maps = 0;

    CHECK(mkdtemp(folder) != NULL);
    for (int round = 0; round < 2; round++) {
        CHECK_CODE(VARVE_OK, varve_open(folder, NULL, &f.db, NULL));
        CHECK_CODE(VARVE_OK, varve_connect(f.db, &f.session));
        map = map_open(f.session, "kept");
        if (round == 0) {
            RUN(f.session, "BEGIN");
            for (int i = 0; i < 1000; i++) {
                CHECK_CODE(VARVE_OK, varve_map_put(map, &i, sizeof i, &i, sizeof i));
            }
            RUN(f.session, "COMMIT");
        }
        CHECK_CODE(VARVE_OK, varve_map_count(map, NULL, &count));
        CHECK(count == 1000);
        CHECK_CODE(VARVE_OK, varve_describe(f.session, NULL, NULL, each_map, &maps));
        CHECK(maps == round + 1);
        memory_close(f);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK(system(command) == 0);
}

static void calls_allocate_nothing(void)
{
    struct fixture f = memory_open();
    struct varve_map *map = map_open(f.session, "m");
    struct varve_statistics before = {.size = sizeof before};
    struct varve_statistics after = {.size = sizeof after};

    for (int round = 0; round < 2; round++) {
        CHECK_CODE(VARVE_OK, varve_statistics(f.db, &before));
        for (int i = 0; i < 2000; i++) {
            int key = i % 100;

            CHECK_CODE(VARVE_OK, varve_map_put(map, &key, sizeof key, &i, sizeof i));
            CHECK_CODE(VARVE_OK, varve_map_get(map, &key, sizeof key, NULL, NULL));
        }
        CHECK_CODE(VARVE_OK, varve_statistics(f.db, &after));
    }
    CHECK(after.allocations - before.allocations < 20);
    memory_close(f);
}

int main(void)
{
    single_keys();
    limits_of_keys_and_values();
    ranges();
    as_a_model_says();
    transactions();
    definitions();
    cursors_see_what_was();
    cursors_interleave();
    cursors_and_transactions();
    cursors_over_long_values();
    waiting_without_blocking();
    nothing_is_lost();
    listed_and_durable();
    calls_allocate_nothing();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
