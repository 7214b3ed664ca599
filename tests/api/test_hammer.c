/*
 * test_hammer.c - twenty non-blocking sessions on two threads: transfers between few accounts, through a
 * primary key, a unique and a plain index, with savepoints, deadlocks and rollbacks. A session that gives
 * VARVE_WAITING is put aside until it is woken. No wake-up may be lost, no statement done twice or half:
 * the sum stays, each commit's entry in the journal is there once, the indexes agree with the rows.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#define SESSIONS 20
#define THREADS  2
#define ACCOUNTS 12
#define STEPS    9

struct hammer;

/* One session: a program of statements, step by step. Owned by the thread that runs it. */
struct player {
    struct hammer *hammer;
    struct varve_session *session;
    struct varve_statement *statement; /* that waits */
    uint64_t random;
    int number;
    int step;
    int commits; /* acknowledged */
    int rounds_left;
    bool inserts; /* this round inserts an account with a contested unique key */
    char sql[STEPS][120];
    atomic_bool woken;
    bool parked; /* guard: hammer->lock */
    struct player *next;
};

struct hammer {
    struct varve *db;
    struct player players[SESSIONS];
    pthread_mutex_t lock;
    pthread_cond_t ready;
    struct player *first; /* that can go on; guard: lock */
    int unfinished;       /* guard: lock */
    int waits;            /* guard: lock */
    atomic_int deadlocks;
    bool stuck; /* guard: lock */
};

static uint32_t draw(struct player *player, uint32_t below)
{
    player->random = player->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(player->random >> 33) % below;
}

/* Behind the others. */
static void push(struct player *player)
{
    struct hammer *hammer = player->hammer;
    struct player **end = &hammer->first;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    player->next = NULL;
    *end = player;
    pthread_cond_signal(&hammer->ready);
}

/* From any thread, also while the step that waits has not returned yet. */
static void wake(void *argument)
{
    struct player *player = argument;

    pthread_mutex_lock(&player->hammer->lock);
    atomic_store(&player->woken, true);
    if (player->parked) {
        player->parked = false;
        push(player);
    }
    pthread_mutex_unlock(&player->hammer->lock);
}

/* BEGIN, two transfers with a savepoint between that may be rolled back to, a journal entry, the end. */
static void program_make(struct player *player)
{
    int amount = 1 + (int)draw(player, 9);
    int undo = draw(player, 3) == 0;
    int from = (int)draw(player, ACCOUNTS);
    int to = (int)draw(player, ACCOUNTS);
    size_t size = sizeof player->sql[0];

    player->inserts = draw(player, 4) == 0;
    snprintf(player->sql[0], size, "BEGIN");
    snprintf(player->sql[1], size, "UPDATE t SET n = n - %d WHERE id = %d", amount, from);
    snprintf(player->sql[2], size, "UPDATE t SET n = n + %d, u = u WHERE u = %d", amount,
             1000 + to);
    snprintf(player->sql[3], size, "SAVEPOINT s");
    if (player->inserts) {
        snprintf(player->sql[4], size, "INSERT INTO t VALUES (%d, %d, 0)", 100 + player->number,
                 5000 + (int)draw(player, 3));
        snprintf(player->sql[5], size, "DELETE FROM t WHERE id = %d", 100 + player->number);
    } else {
        snprintf(player->sql[4], size, "UPDATE t SET n = n + 100 WHERE id IN (%d, %d)",
                 (int)draw(player, ACCOUNTS), (int)draw(player, ACCOUNTS));
        undo = 1;
        snprintf(player->sql[5], size, "SELECT count(*) FROM t");
    }
    snprintf(player->sql[6], size, undo ? "ROLLBACK TO s" : "RELEASE s");
    snprintf(player->sql[7], size, "INSERT INTO journal VALUES (%d, %d)", player->number,
             player->commits);
    snprintf(player->sql[8], size, draw(player, 8) == 0 ? "ROLLBACK" : "COMMIT");
    player->step = 0;
}

/* What an error makes of the program: a contested unique key goes on at the savepoint, all else begins a
 * new round. */
static void failed(struct player *player)
{
    const struct varve_error *error = varve_last_error(player->session);

    if (strcmp(error->sqlstate, "23505") == 0 && player->inserts && player->step == 4) {
        player->step = 6;
        snprintf(player->sql[6], sizeof player->sql[6], "ROLLBACK TO s");
        return;
    }
    if (strcmp(error->sqlstate, "40P01") == 0) {
        atomic_fetch_add(&player->hammer->deadlocks, 1);
    } else {
        fprintf(stderr, "session %d, %s: %s\n", player->number, player->sql[player->step],
                error->message);
        failures++;
    }
    snprintf(player->sql[8], sizeof player->sql[8], "ROLLBACK");
    player->step = 8;
}

/* Runs until the session waits or makes room (false: then it is woken already) or has played all its rounds. */
static bool play(struct player *player)
{
    while (player->rounds_left > 0) {
        int code = VARVE_OK;

        if (player->statement == NULL) {
            if (varve_prepare(player->session, player->sql[player->step], 0, &player->statement,
                              NULL) != VARVE_OK) {
                failed(player);
                continue;
            }
        }
        atomic_store(&player->woken, false);
        do {
            code = varve_step(player->statement);
        } while (code == VARVE_ROW);
        if (code == VARVE_WAITING) {
            return false;
        }
        varve_finalize(player->statement);
        player->statement = NULL;
        if (code != VARVE_DONE) {
            failed(player);
            continue;
        }
        if (player->step == STEPS - 1) {
            player->commits += player->sql[8][0] == 'C';
            player->rounds_left--;
            program_make(player);
        } else {
            player->step++;
            if (draw(player, 8) ==
                0) { /* it is another's turn, whatever the machine's scheduler does */
                atomic_store(&player->woken, true);
                return false;
            }
        }
    }
    return true;
}

static void *thread_main(void *argument)
{
    struct hammer *hammer = argument;

    pthread_mutex_lock(&hammer->lock);
    while (hammer->unfinished > 0 && !hammer->stuck) {
        struct player *player = hammer->first;
        bool over = false;

        if (player == NULL) {
            struct timespec deadline;

            clock_gettime(CLOCK_REALTIME, &deadline);
            deadline.tv_sec += 240; /* a slow and busy machine needs less */
            hammer->stuck = pthread_cond_timedwait(&hammer->ready, &hammer->lock, &deadline) != 0 &&
                            hammer->first == NULL && hammer->unfinished > 0;
            continue;
        }
        hammer->first = player->next;
        pthread_mutex_unlock(&hammer->lock);
        over = play(player);
        pthread_mutex_lock(&hammer->lock);
        if (over) {
            hammer->unfinished--;
        } else if (atomic_load(&player->woken)) {
            push(player);
        } else {
            player->parked = true;
            hammer->waits++;
        }
    }
    pthread_cond_broadcast(&hammer->ready);
    pthread_mutex_unlock(&hammer->lock);
    return NULL;
}

static void players_open(struct hammer *hammer, int rounds)
{
    for (int i = 0; i < SESSIONS; i++) {
        struct player *player = &hammer->players[i];

        player->hammer = hammer;
        player->number = i;
        player->random = (uint64_t)i * 77 + 5;
        player->rounds_left = rounds;
        CHECK(varve_connect(hammer->db, &player->session) == VARVE_OK);
        CHECK(varve_set_wake(player->session, wake, player) == VARVE_OK);
        program_make(player);
        push(player);
    }
    hammer->unfinished = SESSIONS;
}

static void check_result(struct hammer *hammer)
{
    struct varve_session *session = NULL;
    char wanted[40];
    int commits = 0;

    CHECK(varve_connect(hammer->db, &session) == VARVE_OK);
    for (int i = 0; i < SESSIONS; i++) {
        char sql[100];

        commits += hammer->players[i].commits;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM journal WHERE s = %d", i);
        snprintf(wanted, sizeof wanted, "%d", hammer->players[i].commits);
        CHECK_TEXT(wanted, single(session, sql));
    }
    CHECK(commits > 0);
    snprintf(wanted, sizeof wanted, "%d", ACCOUNTS * 1000);
    CHECK_TEXT(wanted, single(session, "SELECT sum(n) FROM t"));
    CHECK_TEXT(wanted, single(session, "SELECT sum(n) FROM t WHERE n > -1000000"));
    snprintf(wanted, sizeof wanted, "%d", ACCOUNTS);
    CHECK_TEXT(wanted, single(session, "SELECT count(*) FROM t WHERE id < 100"));
    CHECK_TEXT(wanted, single(session, "SELECT count(*) FROM t WHERE u < 5000"));
    varve_disconnect(session);
}

static void hammer_run(const char *path, int rounds)
{
    static struct hammer hammer;
    struct fixture f = {0};
    struct varve_error error;
    pthread_t threads[THREADS];

    hammer = (struct hammer){0};
    pthread_mutex_init(&hammer.lock, NULL);
    pthread_cond_init(&hammer.ready, NULL);
    if (varve_open(path, NULL, &hammer.db, &error) != VARVE_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        failures++;
        return;
    }
    CHECK(varve_connect(hammer.db, &f.session) == VARVE_OK);
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, u integer UNIQUE, n integer NOT NULL);"
                   "CREATE INDEX t_n ON t (n);"
                   "CREATE TABLE journal (s integer, c integer, PRIMARY KEY (s, c))");
    for (int i = 0; i < ACCOUNTS; i++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, %d, 1000)", i, 1000 + i);
        RUN(f.session, sql);
    }
    varve_disconnect(f.session);
    players_open(&hammer, rounds);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, thread_main, &hammer);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < SESSIONS && hammer.stuck; i++) {
        if (hammer.players[i].parked) {
            fprintf(stderr, "never woken: session %d, %s\n", i,
                    hammer.players[i].sql[hammer.players[i].step]);
            failures++;
        }
    }
    for (int i = 0; i < SESSIONS; i++) {
        varve_disconnect(hammer.players[i].session);
    }
    check_result(&hammer);
    printf("%s: %d waits, %d deadlocks\n", path, hammer.waits, atomic_load(&hammer.deadlocks));
    CHECK(hammer.waits > 0);
    CHECK(varve_close(hammer.db) == VARVE_OK);
}

int main(void)
{
    char folder[] = "/tmp/varve-hammer-XXXXXX";
    char command[100];

    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    hammer_run(":memory:", 400);
    hammer_run(folder, 60);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    printf("%d failed\n", failures);
    return failures != 0;
}
