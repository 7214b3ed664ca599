/* sim.c - see sim.h. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SEGMENT_BYTES  (256u << 10)
#define PENDING_PUT    0u
#define PENDING_INSERT 1u
#define PENDING_UPDATE 2u
#define PENDING_DELETE 3u
#define PENDING_LOCK   4u

static void problem(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wake(void *context);
static void sessions_open(struct sim *sim);
static void sessions_close(struct sim *sim);
static bool check_recovered(struct sim *sim);
static bool state_is(struct sim *sim, const struct model_state *state);
static bool map_is(struct sim *sim, uint32_t id, const uint32_t *values);
static void step(struct sim *sim, struct sim_session *session);
static void step_begin(struct sim *sim, struct sim_session *session);
static void step_statement(struct sim *sim, struct sim_session *session);
static void step_write(struct sim *sim, struct sim_session *session);
static vv_status do_write(struct sim *sim, struct sim_session *session);
static void note_lock(struct sim *sim, struct sim_session *session);
static void check_locks(struct sim *sim, const struct sim_session *session);
static void step_read(struct sim *sim, struct sim_session *session);
static void step_scan(struct sim *sim, struct sim_session *session, unsigned slot);
static void step_map(struct sim *sim, struct sim_session *session);
static void step_savepoint(struct sim *sim, struct sim_session *session);
static void step_commit(struct sim *sim, struct sim_session *session);
static void step_large(struct sim *sim, struct sim_session *session);
static void statement_end(struct sim *sim, struct sim_session *session);
static void statement_undo(struct sim_session *session);
static void txn_abort(struct sim *sim, struct sim_session *session);
static void txn_over(struct sim *sim, struct sim_session *session);
static bool someone_commits(const struct sim *sim);
static bool slot_is_free(struct sim *sim, const struct sim_session *session, unsigned slot);
static unsigned choose_slot(struct sim *sim, struct sim_session *session);
static void look(struct sim *sim, struct sim_session *session);

void sim_init(struct sim *sim, uint64_t seed, bool memory)
{
    memset(sim, 0, sizeof *sim);
    rng_init(&sim->rng, seed);
    sim->machine = os_sim_create(seed);
    os_sim_clock_auto(sim->machine, true);
    alloc_init(&sim->alloc, 0);
    model_state_init(&sim->base);
    model_state_init(&sim->published);
    sim->max_id = STORE_SYSTEM_MAPS;
    sim->options = (struct store_options){
        .os = os_sim_os(sim->machine),
        .alloc = &sim->alloc,
        .path = memory ? NULL : "/db",
        .segment_bytes = SEGMENT_BYTES,
        .durability = rng_chance(&sim->rng, 1, 5) ? STORE_DURABILITY_GROUP : STORE_DURABILITY_FULL,
        .log_buffer_bytes = 128u << 10,
    };
}

void sim_release(struct sim *sim)
{
    for (size_t i = 0; i < sim->commit_count; i++) {
        model_txn_release(&sim->commits[i].txn);
    }
    os_sim_destroy(sim->machine);
    alloc_release(&sim->alloc);
}

bool sim_open(struct sim *sim)
{
    struct vv_error error;
    vv_status status = store_open(&sim->options, &sim->store, &error);

    if (status != VV_OK) {
        if (!os_sim_crashed(sim->machine)) {
            problem(sim, "open: %s: %s", status_name(status), error.message);
        }
        return false;
    }
    sessions_open(sim);
    return check_recovered(sim);
}

void sim_run(struct sim *sim, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        if (sim->problem[0] != '\0' || os_sim_crashed(sim->machine) ||
            sim->commit_count + SIM_SESSIONS >= SIM_COMMITS) {
            return;
        }
        step(sim, &sim->sessions[rng_below(&sim->rng, SIM_SESSIONS)]);
    }
}

void sim_stop(struct sim *sim, bool crash)
{
    if (crash) {
        os_sim_crash(sim->machine);
    }
    if (sim->store != NULL) {
        sessions_close(sim);
        (void)store_close(sim->store);
        sim->store = NULL;
    }
    if (os_sim_crashed(sim->machine)) {
        os_sim_restart(sim->machine);
        sim->crashes++;
    }
}

/* ---- helpers: sessions ---- */

static void problem(struct sim *sim, const char *format, ...)
{
    va_list list;

    if (sim->problem[0] != '\0' || os_sim_crashed(sim->machine)) {
        return; /* what a stopping machine says means nothing */
    }
    va_start(list, format);
    vsnprintf(sim->problem, sizeof sim->problem, format, list);
    va_end(list);
}

/* The simulator steps everybody anyway. */
static void wake(void *context)
{
    (void)context;
}

static void sessions_open(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_SESSIONS; i++) {
        struct sim_session *session = &sim->sessions[i];
        struct store_session_options options = {.wake = wake};

        memset(session, 0, sizeof *session);
        session->blocking = i % 2 == 0;
        if (store_session_open(sim->store, session->blocking ? NULL : &options, &session->store) !=
            VV_OK) {
            abort();
        }
        if (session->blocking) {
            store_set_lock_timeout(session->store, 1000);
        }
    }
}

static void sessions_close(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_SESSIONS; i++) {
        store_session_close(sim->sessions[i].store);
        model_txn_release(&sim->sessions[i].txn);
        sim->sessions[i].store = NULL;
    }
    memset(sim->slot_owner, 0, sizeof sim->slot_owner);
}

/* ---- helpers: after a crash ---- */

static bool check_recovered(struct sim *sim)
{
    size_t needed = 0;
    struct model_state state = sim->base;
    bool found = false;

    for (size_t i = 0; i < sim->commit_count; i++) {
        if (sim->commits[i].acknowledged) {
            needed = i + 1;
        }
    }
    for (size_t k = 0; k <= sim->commit_count && !found; k++) {
        if (k > 0) {
            model_apply(&state, &sim->commits[k - 1].txn);
        }
        found = k >= needed && state_is(sim, &state);
    }
    if (!found) {
        problem(sim, "after a crash: not the state of the first k of %zu commits, k >= %zu",
                sim->commit_count, needed);
        return false;
    }
    for (size_t i = 0; i < sim->commit_count; i++) {
        model_txn_release(&sim->commits[i].txn);
    }
    sim->commit_count = 0;
    sim->base = state;
    sim->published = state;
    sim->recoveries++;
    return true;
}

static bool state_is(struct sim *sim, const struct model_state *state)
{
    for (uint32_t id = 1; id <= sim->max_id; id++) {
        const uint32_t *values = NULL;
        struct store_map_stats stats;

        for (unsigned slot = 0; slot < MODEL_SLOTS; slot++) {
            if (state->ids[slot] == id) {
                values = state->values[slot];
            }
        }
        if (values == NULL && id > STORE_SYSTEM_MAPS &&
            store_map_stats(sim->store, id, &stats) == VV_OK) {
            return false;
        }
        if (values != NULL && !map_is(sim, id, values)) {
            return false;
        }
    }
    return true;
}

static bool map_is(struct sim *sim, uint32_t id, const uint32_t *values)
{
    struct store_session *session = sim->sessions[0].store;
    struct store_range all = {0};
    struct store_cursor_options options = {.keys = true};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint32_t found[MODEL_KEYS] = {0};
    bool good = true;
    vv_status status = VV_OK;

    store_enter(session);
    if (store_begin(session, NULL) != VV_OK || store_statement_begin(session) != VV_OK) {
        abort();
    }
    status = store_cursor_open(session, id, &all, &options, &cursor);
    while (status == VV_OK) {
        status = store_cursor_next(cursor, &batch);
        for (uint32_t i = 0; status == VV_OK && i < batch.count; i++) {
            unsigned key = model_key_number(batch.keys[i]);

            good = good && key < MODEL_KEYS && model_row_value(batch.rows[i]) != 0;
            if (key < MODEL_KEYS) {
                found[key] = model_row_value(batch.rows[i]);
            }
        }
    }
    good = good && status == VV_END && memcmp(found, values, sizeof found) == 0;
    if (!good && getenv("VARVE_SIM_VERBOSE") != NULL) {
        printf("  map %u: %s", id, status_name(status));
        for (unsigned key = 0; key < MODEL_KEYS; key++) {
            if (found[key] != values[key]) {
                printf(", key %u wanted %x got %x", key, values[key], found[key]);
            }
        }
        printf("\n");
    }
    (void)!store_statement_end(session);
    store_abort(session);
    store_leave(session);
    return good;
}

/* ---- helpers: steps ---- */

static void step(struct sim *sim, struct sim_session *session)
{
    uint64_t draw = rng_below(&sim->rng, 100);

    store_enter(session->store);
    if (session->committing) {
        step_commit(sim, session);
    } else if (!session->in_txn) {
        step_begin(sim, session);
    } else if (session->in_statement) {
        step_statement(sim, session);
    } else if (draw < 45) {
        look(sim, session);
        session->statement_left = 1 + (unsigned)rng_below(&sim->rng, 3);
        step_statement(sim, session);
    } else if (draw < 70) {
        step_read(sim, session);
    } else if (draw < 76) {
        step_savepoint(sim, session);
    } else if (draw < 80) {
        step_map(sim, session);
    } else if (draw < 82) {
        step_large(sim, session);
    } else if (draw < 97) {
        step_commit(sim, session);
    } else {
        txn_abort(sim, session);
    }
    store_leave(session->store);
    if (rng_chance(&sim->rng, 1, 30)) {
        (void)store_reclaim_step(sim->store);
        (void)store_settle_step(sim->store);
        (void)store_flush_step(sim->store);
    }
    if (rng_chance(&sim->rng, 1, 10)) {
        os_sim_advance_ns(sim->machine, 3000000);
    }
}

static void step_begin(struct sim *sim, struct sim_session *session)
{
    struct store_txn_options options = {.durability_set = rng_chance(&sim->rng, 1, 6),
                                        .durability = STORE_DURABILITY_GROUP};

    options.level = rng_chance(&sim->rng, 1, 3) ? STORE_REPEATABLE_READ : STORE_READ_COMMITTED;
    session->level = options.level;
    session->synchronous =
        !options.durability_set && sim->options.durability == STORE_DURABILITY_FULL;
    session->in_txn = true;
    session->has_snapshot = false;
    session->used_slots = 0;
    session->mark_count = 0;
    session->txn.count = 0;
    if (store_begin(session->store, &options) != VV_OK) {
        problem(sim, "begin");
    }
}

/* Begins a statement and notes what its snapshot must show. */
static void look(struct sim *sim, struct sim_session *session)
{
    if (store_statement_begin(session->store) != VV_OK) {
        problem(sim, "statement begin");
    }
    session->in_statement = true;
    session->statement_from = session->txn.count;
    session->statement_locks = session->lock_count;
    if (session->level == STORE_READ_COMMITTED || !session->has_snapshot) {
        (void)store_snapshot(session->store);
        session->seen = sim->published;
        session->seen_known = !someone_commits(sim);
        session->has_snapshot = true;
    }
}

static void step_statement(struct sim *sim, struct sim_session *session)
{
    while (session->in_txn && session->statement_left > 0 && sim->problem[0] == '\0') {
        if (!session->has_pending) {
            unsigned slot = choose_slot(sim, session);

            session->pending =
                (struct model_change){.kind = MODEL_SET,
                                      .slot = (uint8_t)slot,
                                      .key = (uint8_t)rng_below(&sim->rng, MODEL_KEYS),
                                      .value = ++sim->next_value};
            session->pending_kind = (unsigned)rng_below(&sim->rng, 5);
            session->pending_lock = (enum store_row_lock)rng_below(&sim->rng, 4);
            session->pending_wait =
                rng_chance(&sim->rng, 1, 4) ? STORE_LOCK_NOWAIT : STORE_LOCK_WAITS;
            session->has_pending = true;
            session->used_slots |= 1u << slot;
        }
        step_write(sim, session);
        if (session->has_pending) {
            return; /* it waits */
        }
        session->statement_left -= session->statement_left > 0;
    }
    if (session->in_txn && session->in_statement) {
        statement_end(sim, session);
    }
}

static void step_write(struct sim *sim, struct sim_session *session)
{
    vv_status status = do_write(sim, session);

    switch (status) {
    case VV_WAITING:
        return;
    case VV_OK:
        if (session->pending_kind == PENDING_LOCK) {
            note_lock(sim, session);
        } else {
            model_txn_add(&session->txn, session->pending);
        }
        break;
    case VV_LOCK_BUSY:
    case VV_NOT_FOUND:
        break;
    case VV_EXISTS:
        if (rng_chance(&sim->rng, 1, 2)) {
            session->has_pending = false;
            statement_undo(session);
            return;
        }
        break;
    case VV_LOCK_TIMEOUT:
        session->has_pending = false;
        statement_undo(session);
        return;
    default:
        if (status != VV_CONFLICT && status != VV_DEADLOCK && status != VV_IO &&
            status != VV_READ_ONLY && status != VV_DISK_FULL) {
            problem(sim, "a write returned %s", status_name(status));
        }
        session->has_pending = false;
        txn_abort(sim, session);
        return;
    }
    session->has_pending = false;
}

/* Writes, follows re-checks, and compares what it is told with the latest state. */
static vv_status do_write(struct sim *sim, struct sim_session *session)
{
    static uint8_t row_bytes[MODEL_ROW_BYTES];
    uint8_t key_bytes[MODEL_KEY_BYTES];
    const struct model_change *want = &session->pending;
    uint32_t latest = model_value(&sim->published, &session->txn, want->slot, want->key);
    uint32_t map = model_id(&sim->published, &session->txn, want->slot);
    vv_slice key = model_key(key_bytes, want->key);
    vv_slice row = model_row(row_bytes, want->value);
    struct store_newest newest = {0};
    uint64_t basis = STORE_BASIS_SNAPSHOT;
    vv_status status = VV_OK;

    session->pending.value = session->pending_kind == PENDING_DELETE ? 0 : session->pending.value;
    switch (session->pending_kind) {
    case PENDING_PUT:
        return store_put(session->store, map, key, row);
    case PENDING_INSERT:
        status = store_insert(session->store, map, key, row);
        if ((status == VV_OK && latest != 0) || (status == VV_EXISTS && latest == 0)) {
            problem(sim, "insert of key %u: %s but the latest value is %u", want->key,
                    status_name(status), latest);
        }
        return status;
    case PENDING_UPDATE:
    case PENDING_DELETE:
    case PENDING_LOCK:
    default:
        break;
    }
    for (;;) {
        status = session->pending_kind == PENDING_LOCK
                     ? store_lock(session->store, map, key, session->pending_lock,
                                  session->pending_wait, basis, &newest)
                 : session->pending_kind == PENDING_UPDATE
                     ? store_update(session->store, map, key, row, basis, &newest)
                     : store_delete(session->store, map, key, slice_make("", 0), basis, &newest);
        if (status != VV_CHANGED) {
            break;
        }
        if (model_row_value(newest.row) != latest || basis == newest.basis) {
            problem(sim, "re-check of key %u: the newest row is not the latest", want->key);
            return VV_NOT_FOUND;
        }
        basis = newest.basis;
    }
    if (status == VV_OK && latest == 0) {
        problem(sim, "a write of key %u found a row that is not there", want->key);
    }
    if (status == VV_OK && basis == STORE_BASIS_SNAPSHOT && session->seen_known &&
        model_value(&session->seen, &session->txn, want->slot, want->key) != latest) {
        problem(sim, "a write of key %u passed over a newer version", want->key);
    }
    return status;
}

/* From now on others leave the row as it is. */
static void note_lock(struct sim *sim, struct sim_session *session)
{
    const struct model_change *want = &session->pending;

    if (session->lock_count < SIM_LOCKS) {
        session->locks[session->lock_count++] =
            (struct sim_lock){.slot = want->slot,
                              .key = want->key,
                              .key_only = session->pending_lock == STORE_LOCK_KEY_SHARE,
                              .value = sim->published.values[want->slot][want->key]};
    }
    sim->locks++;
}

static void check_locks(struct sim *sim, const struct sim_session *session)
{
    for (unsigned i = 0; i < session->lock_count; i++) {
        const struct sim_lock *lock = &session->locks[i];
        uint32_t now = sim->published.values[lock->slot][lock->key];

        if (lock->key_only ? (now == 0) != (lock->value == 0) : now != lock->value) {
            problem(sim, "key %u was locked with %x, somebody made it %x", lock->key, lock->value,
                    now);
        }
    }
}

static void step_read(struct sim *sim, struct sim_session *session)
{
    uint8_t key_bytes[MODEL_KEY_BYTES];
    unsigned slot = choose_slot(sim, session);
    bool one = rng_chance(&sim->rng, 1, 4);
    vv_slice row;

    look(sim, session);
    session->used_slots |= 1u << slot;
    if (rng_chance(&sim->rng, 1, 3)) {
        step_scan(sim, session, slot);
        statement_end(sim, session);
        return;
    }
    for (unsigned i = one ? 1 : 4; i > 0; i--) {
        unsigned key = (unsigned)rng_below(&sim->rng, MODEL_KEYS);
        uint32_t map = model_id(&session->seen, &session->txn, slot);
        vv_slice bytes = model_key(key_bytes, key);
        vv_status status = one ? store_get_one(session->store, map, bytes, &row)
                               : store_get(session->store, map, bytes, &row);
        uint32_t wanted = model_value(&session->seen, &session->txn, slot, key);

        sim->reads++;
        if (status != VV_OK && status != VV_NOT_FOUND) {
            problem(sim, "get returned %s", status_name(status));
        } else if (session->seen_known && wanted != (status == VV_OK ? model_row_value(row) : 0)) {
            problem(sim, "get of key %u in slot %u: wanted value %u, got %u (%s)", key, slot,
                    wanted, status == VV_OK ? model_row_value(row) : 0, status_name(status));
        }
    }
    statement_end(sim, session);
}

static void step_scan(struct sim *sim, struct sim_session *session, unsigned slot)
{
    struct store_cursor_options options = {.keys = true,
                                           .reverse = rng_chance(&sim->rng, 1, 2),
                                           .batch_rows = 1 + (uint32_t)rng_below(&sim->rng, 50)};
    uint8_t low[MODEL_KEY_BYTES];
    struct store_range range = {0};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    unsigned from = (unsigned)rng_below(&sim->rng, MODEL_KEYS);
    uint32_t map = model_id(&session->seen, &session->txn, slot);
    uint32_t found[MODEL_KEYS] = {0};
    vv_status status = VV_OK;

    range.low = (struct store_bound){.key = model_key(low, from), .set = true, .inclusive = true};
    status = store_cursor_open(session->store, map, &range, &options, &cursor);
    if (map == 0 && status == VV_NOT_FOUND) {
        return; /* the snapshot is from before the map was made */
    }
    while (status == VV_OK) {
        status = store_cursor_next(cursor, &batch);
        for (uint32_t i = 0; status == VV_OK && i < batch.count; i++) {
            unsigned key = model_key_number(batch.keys[i]);

            if (key >= MODEL_KEYS || found[key] != 0) {
                problem(sim, "a scan returned a wrong key, or one twice");
                return;
            }
            found[key] = model_row_value(batch.rows[i]);
        }
        sim->reads++;
    }
    if (status != VV_END) {
        problem(sim, "a scan returned %s", status_name(status));
    }
    for (unsigned key = 0; key < MODEL_KEYS && session->seen_known; key++) {
        uint32_t wanted = key < from ? 0 : model_value(&session->seen, &session->txn, slot, key);

        if (found[key] != wanted) {
            problem(sim, "scan, key %u in slot %u: wanted value %u, got %u", key, slot, wanted,
                    found[key]);
        }
    }
}

static void step_map(struct sim *sim, struct sim_session *session)
{
    unsigned slot =
        MODEL_SYSTEM_SLOTS + (unsigned)rng_below(&sim->rng, MODEL_SLOTS - MODEL_SYSTEM_SLOTS);
    struct model_change change = {.kind = MODEL_CREATE, .slot = (uint8_t)slot};
    uint32_t id = model_id(&sim->published, &session->txn, slot);
    vv_status status = VV_OK;

    for (unsigned i = 0; i < SIM_SESSIONS; i++) {
        struct sim_session *other = &sim->sessions[i];

        if (other != session && other->in_txn && (other->used_slots >> slot & 1) != 0) {
            return; /* its table lock would keep us waiting */
        }
    }
    if (!slot_is_free(sim, session, slot) || sim->slot_owner[slot] != 0) {
        return;
    }
    if (id == 0) {
        status = store_map_create(session->store, &change.value);
        sim->max_id = change.value > sim->max_id ? change.value : sim->max_id;
    } else {
        change.kind = MODEL_DROP;
        status = store_map_drop(session->store, id);
    }
    if (status != VV_OK) {
        problem(sim, "map change: %s", status_name(status));
        return;
    }
    sim->slot_owner[slot] = (uint32_t)(session - sim->sessions) + 1;
    session->used_slots |= 1u << slot;
    model_txn_add(&session->txn, change);
}

static void step_savepoint(struct sim *sim, struct sim_session *session)
{
    if (session->mark_count < SIM_MARKS && rng_chance(&sim->rng, 1, 2)) {
        session->mark_counts[session->mark_count] = session->txn.count;
        session->mark_locks[session->mark_count] = session->lock_count;
        session->marks[session->mark_count++] = store_savepoint(session->store);
    } else if (session->mark_count > 0) {
        session->mark_count = 1 + (unsigned)rng_below(&sim->rng, session->mark_count);
        session->txn.count = session->mark_counts[session->mark_count - 1];
        session->lock_count = session->mark_locks[session->mark_count - 1];
        store_rollback_to(session->store, session->marks[session->mark_count - 1]);
    }
}

/* Enough to go ahead to the log in chunks. */
static void step_large(struct sim *sim, struct sim_session *session)
{
    unsigned slot = choose_slot(sim, session);

    session->used_slots |= 1u << slot;
    look(sim, session);
    for (unsigned i = 0; i < 20 && session->in_statement; i++) {
        session->pending = (struct model_change){.kind = MODEL_SET,
                                                 .slot = (uint8_t)slot,
                                                 .key = (uint8_t)(i % MODEL_KEYS),
                                                 .value = ++sim->next_value | MODEL_VALUE_LARGE};
        session->pending_kind = PENDING_PUT;
        session->has_pending = true;
        step_write(sim, session);
        if (session->has_pending) {
            session->statement_left = 1;
            return;
        }
    }
    if (session->in_statement) {
        statement_end(sim, session);
    }
}

static void statement_end(struct sim *sim, struct sim_session *session)
{
    vv_status status = store_statement_end(session->store);

    if (status == VV_WAITING) {
        session->statement_left = 0;
        return;
    }
    if (status != VV_OK) {
        if (status != VV_IO) {
            problem(sim, "statement end: %s", status_name(status));
        }
        statement_undo(session);
        return;
    }
    session->in_statement = false;
}

static void statement_undo(struct sim_session *session)
{
    store_statement_abort(session->store);
    session->txn.count = session->statement_from;
    session->lock_count = session->statement_locks;
    session->in_statement = false;
    session->statement_left = 0;
}

static void step_commit(struct sim *sim, struct sim_session *session)
{
    struct sim_commit *commit = NULL;
    uint64_t lsn = 0;
    vv_status status = VV_OK;

    if (!session->committing) {
        check_locks(sim, session);
        session->committed_as = sim->commit_count++;
        commit = &sim->commits[session->committed_as];
        *commit = (struct sim_commit){.txn = session->txn};
        session->txn = (struct model_txn){0};
    }
    commit = &sim->commits[session->committed_as];
    status = store_commit(session->store, &lsn);
    if (getenv("VARVE_SIM_VERBOSE") != NULL) {
        printf("session %zu commit %zu%s: %s lsn %llu%s:", (size_t)(session - sim->sessions),
               session->committed_as, session->committing ? " again" : "", status_name(status),
               (unsigned long long)lsn, session->synchronous ? "" : " async");
        for (size_t i = 0; i < commit->txn.count; i++) {
            const struct model_change *change = &commit->txn.changes[i];

            printf(" %u:%u=%x%s", change->slot, change->key, change->value,
                   change->kind == MODEL_SET ? "" : "map");
        }
        printf("\n");
    }
    if (!session->committing) {
        if (status == VV_OK || status == VV_WAITING || status == VV_OUTCOME_UNKNOWN) {
            model_apply(&sim->published, &commit->txn);
        } else { /* it is aborted, so it never happened */
            model_txn_release(&commit->txn);
            sim->commit_count--;
        }
    }
    session->committing = status == VV_WAITING;
    if (session->committing) {
        txn_over(sim, session); /* its locks are gone */
        session->in_txn = true;
        return;
    }
    if (status == VV_OK) {
        commit->acknowledged = session->synchronous && lsn != 0;
        sim->transactions++;
    } else if (status != VV_OUTCOME_UNKNOWN && status != VV_IO && status != VV_DISK_FULL) {
        problem(sim, "commit: %s", status_name(status));
    }
    txn_over(sim, session);
}

static void txn_abort(struct sim *sim, struct sim_session *session)
{
    check_locks(sim, session); /* a transaction that failed has them still */
    store_abort(session->store);
    txn_over(sim, session);
}

static void txn_over(struct sim *sim, struct sim_session *session)
{
    session->in_txn = false;
    session->in_statement = false;
    session->has_pending = false;
    session->statement_left = 0;
    session->txn.count = 0;
    session->lock_count = 0;
    session->used_slots = 0;
    for (unsigned slot = 0; slot < MODEL_SLOTS; slot++) {
        if (sim->slot_owner[slot] == (uint32_t)(session - sim->sessions) + 1) {
            sim->slot_owner[slot] = 0;
        }
    }
}

/* Then `visible` may lie behind what is published. */
static bool someone_commits(const struct sim *sim)
{
    for (unsigned i = 0; i < SIM_SESSIONS; i++) {
        if (sim->sessions[i].committing) {
            return true;
        }
    }
    return false;
}

static bool slot_is_free(struct sim *sim, const struct sim_session *session, unsigned slot)
{
    uint32_t owner = sim->slot_owner[slot];

    return owner == 0 || owner == (uint32_t)(session - sim->sessions) + 1;
}

/* A slot with a map that this session may use, by its snapshot too. */
static unsigned choose_slot(struct sim *sim, struct sim_session *session)
{
    unsigned slot = (unsigned)rng_below(&sim->rng, MODEL_SLOTS);
    uint32_t id = model_id(&sim->published, &session->txn, slot);
    bool own = sim->slot_owner[slot] != 0;

    if (id == 0 || !slot_is_free(sim, session, slot)) {
        return slot % MODEL_SYSTEM_SLOTS;
    }
    if (!own && session->has_snapshot && session->level == STORE_REPEATABLE_READ &&
        session->seen.ids[slot] != id) {
        return slot % MODEL_SYSTEM_SLOTS;
    }
    return slot;
}
