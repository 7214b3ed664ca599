/* Maps when memory runs out: every allocation of a script of calls fails once; what is left is whole and usable. */
#include "test.h"

#include "base/alloc.h"
#include "db/db.h"
#include "os/os.h"
#include "os/os_sim.h"
#include "varve/varve.h"

#define KEYS 40

struct script {
    struct varve *db;
    struct varve_session *session;
    struct varve_map *map;
};

/* A failed call says why; in a block it has failed the block. */
static void said(struct script *script, int code)
{
    if (code != VARVE_OK && code != VARVE_NOT_FOUND && code != VARVE_EXISTS) {
        TEST_EQUAL(VARVE_NOMEM, code);
        TEST_TEXT("53200", varve_last_error(script->session)->sqlstate);
    }
}

/* A pair of keys is written together or not at all. */
static void write_pair(struct script *script, int number, const void *value, size_t size)
{
    unsigned char first[] = {'a', (unsigned char)number};
    unsigned char second[] = {'b', (unsigned char)number};
    int code = varve_exec(script->session, "BEGIN", 0);

    if (code == VARVE_OK) {
        code = varve_map_put(script->map, first, sizeof first, value, size);
    }
    if (code == VARVE_OK) {
        code = varve_map_insert(script->map, second, sizeof second, value, size);
    }
    said(script, code);
    if (code == VARVE_OK) {
        code = varve_exec(script->session, "COMMIT", 0);
    }
    if (code != VARVE_OK) {
        said(script, code);
        (void)varve_exec(script->session, "ROLLBACK", 0);
    }
}

static void read_all(struct script *script)
{
    struct varve_map_cursor *cursor = NULL;
    uint64_t count = 0;
    int code = varve_map_range(script->map, NULL, 0, &cursor);

    said(script, code);
    while (code == VARVE_OK) {
        int next = varve_map_next(cursor, NULL, NULL, NULL, NULL);

        if (next != VARVE_ROW) {
            TEST_TRUE(next == VARVE_DONE || next == VARVE_NOMEM || next == VARVE_ERROR);
            if (next == VARVE_ERROR) { /* there was no room for what is left */
                TEST_TEXT("24000", varve_last_error(script->session)->sqlstate);
            }
            break;
        }
        if (count++ == 3) { /* what is left is copied */
            said(script, varve_map_delete(script->map, "nothing", 7));
        }
    }
    varve_map_range_close(cursor);
    said(script, varve_map_count(script->map, NULL, &count));
}

static void run_script(struct script *script)
{
    static unsigned char value[5000];

    said(script, varve_map_open(script->session, "m", VARVE_MAP_CREATE, &script->map));
    if (script->map == NULL) {
        return;
    }
    for (int number = 0; number < KEYS; number++) {
        write_pair(script, number, value, (size_t)number * 100);
        said(script, varve_map_get(script->map, "a\1", 2, NULL, NULL));
    }
    read_all(script);
    varve_map_close(script->map);
    script->map = NULL;
}

static void check_pairs(struct script *script)
{
    struct varve_map *map = NULL;

    TEST_EQUAL(VARVE_OK, varve_map_open(script->session, "m", VARVE_MAP_CREATE, &map));
    for (int number = 0; number < KEYS; number++) {
        unsigned char first[] = {'a', (unsigned char)number};
        unsigned char second[] = {'b', (unsigned char)number};
        int code = varve_map_get(map, first, sizeof first, NULL, NULL);

        TEST_EQUAL(code, varve_map_get(map, second, sizeof second, NULL, NULL));
        TEST_TRUE(code == VARVE_OK || code == VARVE_NOT_FOUND);
    }
    TEST_EQUAL(VARVE_OK, varve_map_put(map, "z", 1, "last", 4));
    TEST_EQUAL(VARVE_OK, varve_map_drop(script->session, "m"));
}

static uint64_t run(uint64_t n, bool *hit_out)
{
    struct os_sim *sim = os_sim_create(n);
    struct script script = {0};
    uint64_t seen = 0;

    TEST_EQUAL(VARVE_OK, db_open_on(os_sim_os(sim), ":memory:", NULL, &script.db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(script.db, &script.session));
    alloc_fault_arm(n, false);
    run_script(&script);
    *hit_out = alloc_fault_hit();
    seen = alloc_fault_arm(0, false);
    (void)varve_exec(script.session, "ROLLBACK", 0);
    check_pairs(&script);
    varve_disconnect(script.session);
    TEST_EQUAL(VARVE_OK, varve_close(script.db));
    os_sim_destroy(sim);
    return seen;
}

TEST(every_allocation_fails_once)
{
    bool hit = false;
    uint64_t total = run(UINT64_MAX, &hit);

    TEST_FALSE(hit);
    TEST_TRUE(total > 20);
    for (uint64_t n = 1; n <= total; n++) {
        (void)run(n, &hit);
        TEST_TRUE(hit);
    }
}
