/*
 * sim.h - random transactions on several sessions of one store on the simulated machine, compared with a
 * model step by step, and after every crash.
 *
 * One thread; who would wait is stepped again later (sessions that may not block) or gives up (sessions
 * with a lock timeout: the clock jumps). The same seed gives the same run.
 *
 * What must hold after a crash: the store's state is that of the first k transactions in the order of
 * their commit, for some k, and every transaction whose synchronous commit was acknowledged is among them.
 */
#ifndef VARVE_TESTS_SIM_SIM_H
#define VARVE_TESTS_SIM_SIM_H

#include "base/rng.h"
#include "model.h"
#include "os/os_sim.h"
#include "store/store.h"

#define SIM_SESSIONS 4u
#define SIM_COMMITS  4096u
#define SIM_MARKS    4u

/* A row that a session has locked: what others have published of it stays so. */
struct sim_lock {
    uint8_t slot;
    uint8_t key;
    bool key_only; /* FOR KEY SHARE: it stays, its value may change */
    uint32_t value;
};

#define SIM_LOCKS 32

struct sim_session {
    struct store_session *store;
    bool blocking;
    bool in_txn;
    bool in_statement;
    bool committing;
    bool synchronous;
    enum store_level level;
    struct model_txn txn;  /* what it has done */
    size_t statement_from; /* txn.count when the statement began */
    struct store_mark marks[SIM_MARKS];
    size_t mark_counts[SIM_MARKS];
    unsigned mark_locks[SIM_MARKS];
    unsigned mark_count;
    struct sim_lock locks[SIM_LOCKS];
    unsigned lock_count;
    unsigned statement_locks; /* lock_count when the statement began */
    uint32_t used_slots;
    bool has_pending; /* a write that waits */
    struct model_change pending;
    unsigned pending_kind;
    enum store_row_lock pending_lock;
    enum store_lock_wait pending_wait;
    unsigned statement_left; /* writes still to do in this statement */
    struct model_state seen; /* the snapshot, where it is known */
    bool seen_known;
    bool has_snapshot;
    size_t committed_as; /* index in commits */
};

struct sim_commit {
    struct model_txn txn;
    bool acknowledged;
};

struct sim {
    struct os_sim *machine;
    struct alloc alloc;
    struct store *store;
    struct store_options options;
    struct rng rng;
    struct sim_session sessions[SIM_SESSIONS];
    struct model_state base;      /* recovered, or empty */
    struct model_state published; /* base and all commits */
    struct sim_commit commits[SIM_COMMITS];
    size_t commit_count;
    uint32_t next_value;
    uint32_t max_id;
    uint32_t slot_owner[MODEL_SLOTS]; /* session + 1 that made or dropped it */
    char problem[256];                /* "" while all is well */
    uint64_t crashes;
    uint64_t recoveries;
    uint64_t locks; /* rows that were locked */
    uint64_t transactions;
    uint64_t reads;
};

/* memory: a null log, no crashes. */
void sim_init(struct sim *sim, uint64_t seed, bool memory);
void sim_release(struct sim *sim);

/* Opens the store (again) and compares. False: the machine crashed meanwhile, or there is a problem. */
bool sim_open(struct sim *sim);

/* At most `steps` steps; ends early at a crash or problem. */
void sim_run(struct sim *sim, unsigned steps);

/* Ends the store, without or with a crash before. */
void sim_stop(struct sim *sim, bool crash);

#endif
