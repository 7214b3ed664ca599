/* Table locks against PostgreSQL's manual and a model that is a plain list. */
#include "test.h"

#include "base/rng.h"
#include "txn/tablelock.h"

#define SESSIONS  5
#define RELATIONS 4

/* PostgreSQL's table of conflicts, written out as its manual has it. */
static const char *const manual[TABLELOCK_MODES] = {
    ".......x", "......xx", "....xxxx", "...xxxxx", "..xx.xxx", "..xxxxxx", ".xxxxxxx", "xxxxxxxx",
};

TEST(table_modes_conflict_as_in_the_manual)
{
    for (int a = 0; a < TABLELOCK_MODES; a++) {
        for (int b = 0; b < TABLELOCK_MODES; b++) {
            TEST_EQUAL(manual[a][b] == 'x',
                       tablelock_conflict((enum tablelock_mode)a, (enum tablelock_mode)b));
        }
    }
}

struct locks {
    struct alloc alloc;
    struct tablelock_table *table;
    struct tablelock_session *sessions[SESSIONS];
    unsigned granted[SESSIONS][RELATIONS];
};

static bool conflicts_with_others(const struct locks *l, int s, int relation, int mode)
{
    for (int other = 0; other < SESSIONS; other++) {
        for (int m = 0; m < TABLELOCK_MODES && other != s; m++) {
            if ((l->granted[other][relation] >> m & 1) != 0 && manual[mode][m] == 'x') {
                return true;
            }
        }
    }
    return false;
}

/* K1: what is granted never conflicts; a refusal names somebody who is in the way or in line before. */
TEST(random_table_locks)
{
    struct locks l = {0};
    struct rng rng;

    rng_init(&rng, test_seed(4));
    alloc_init(&l.alloc, 0);
    TEST_OK(tablelock_table_create(&l.alloc, &l.table));
    for (int s = 0; s < SESSIONS; s++) {
        TEST_OK(tablelock_session_create(l.table, &l.sessions[s]));
    }
    for (int i = 0; i < 20000; i++) {
        int s = (int)rng_below(&rng, SESSIONS);
        int relation = (int)rng_below(&rng, RELATIONS);
        int mode = (int)rng_below(&rng, rng_chance(&rng, 2, 3) ? 3 : TABLELOCK_MODES);
        uint64_t blocker = 0;
        vv_status status = VV_OK;

        if (rng_chance(&rng, 1, 6)) {
            tablelock_end(l.sessions[s]);
            memset(l.granted[s], 0, sizeof l.granted[s]);
            continue;
        }
        status = tablelock_take(l.sessions[s], (uint64_t)s + 1, (uint64_t)relation,
                                (enum tablelock_mode)mode, &blocker);
        if (status == VV_OK) {
            TEST_FALSE(conflicts_with_others(&l, s, relation, mode)); /* K1 */
            l.granted[s][relation] |= 1u << mode;
        } else {
            TEST_STATUS(VV_WAIT, status);
            TEST_TRUE(blocker != 0 && blocker != (uint64_t)s + 1);
            tablelock_withdraw(l.sessions[s]);
        }
    }
    for (int s = 0; s < SESSIONS; s++) {
        tablelock_session_destroy(l.sessions[s]);
    }
    tablelock_table_destroy(l.table);
    alloc_release(&l.alloc);
}

/* K2: a weak request stands behind a strong one that waits; K3: afterwards weak ones are fast again. */
TEST(strong_modes_do_not_starve)
{
    struct locks l = {0};
    uint64_t blocker = 0;
    uint64_t requests = 0;

    alloc_init(&l.alloc, 0);
    TEST_OK(tablelock_table_create(&l.alloc, &l.table));
    for (int s = 0; s < 3; s++) {
        TEST_OK(tablelock_session_create(l.table, &l.sessions[s]));
    }
    TEST_OK(tablelock_take(l.sessions[0], 1, 9, TABLELOCK_ROW_EXCLUSIVE, &blocker));
    TEST_STATUS(VV_WAIT, tablelock_take(l.sessions[1], 2, 9, TABLELOCK_SHARE, &blocker));
    TEST_EQUAL(1, blocker);
    TEST_STATUS(VV_WAIT, tablelock_take(l.sessions[2], 3, 9, TABLELOCK_ROW_EXCLUSIVE, &blocker));
    TEST_EQUAL(2, blocker);
    TEST_OK(tablelock_take(l.sessions[0], 1, 9, TABLELOCK_ACCESS_SHARE, &blocker));
    tablelock_end(l.sessions[0]);
    TEST_OK(tablelock_take(l.sessions[1], 2, 9, TABLELOCK_SHARE, &blocker));
    TEST_STATUS(VV_WAIT, tablelock_take(l.sessions[2], 3, 9, TABLELOCK_ROW_EXCLUSIVE, &blocker));
    tablelock_end(l.sessions[1]);
    TEST_OK(tablelock_take(l.sessions[2], 3, 9, TABLELOCK_ROW_EXCLUSIVE, &blocker));
    /* Granted after a wait, it stands in line no more: it may ask for another mode (found by DDL races). */
    TEST_OK(tablelock_take(l.sessions[2], 3, 9, TABLELOCK_SHARE, &blocker));
    tablelock_end(l.sessions[2]);
    requests = l.alloc.request_count;
    TEST_OK(tablelock_take(l.sessions[2], 3, 9, TABLELOCK_ROW_EXCLUSIVE, &blocker));
    TEST_EQUAL(requests, l.alloc.request_count);
    for (int s = 0; s < 3; s++) {
        tablelock_session_destroy(l.sessions[s]);
    }
    tablelock_table_destroy(l.table);
    alloc_release(&l.alloc);
}
