/*
 * sequence_state.c - what sequences have handed out: a few words in memory, ahead of them a row in the log.
 *
 * One lock guards all states. It is held while the row is written (a commit, every SEQUENCE_AHEAD values), so
 * that no value leaves before it is durable (SQ2). The rows are written by a session of the catalog's own: they must
 * not roll back with the caller.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "catalog/sequence_private.h"

#define SEQUENCE_AHEAD   32 /* PostgreSQL's SEQ_LOG_VALS */
#define SEQUENCE_BUCKETS 256u
#define STATE_ROW_BYTES  9u

struct sequence_state {
    struct sequence_state *next; /* in its bucket */
    uint32_t id;
    bool called; /* last was handed out; false: it will be */
    int64_t last;
    int64_t logged; /* the log says that everything up to this was handed out */
    bool logged_called;
};

struct sequence_states {
    struct lock lock;
    struct store_session *session;                    /* guard: lock; NULL: none opened yet */
    struct sequence_state *buckets[SEQUENCE_BUCKETS]; /* guard: lock */
};

static vv_status state_find(struct catalog *catalog, const struct sequence *sequence,
                            struct sequence_state **state_out);
static vv_status state_read(struct catalog *catalog, struct sequence_state *state, bool *found_out);
static vv_status state_write(struct catalog *catalog, struct sequence_state *state, int64_t last,
                             bool called);
static bool value_after(const struct sequence *sequence, int64_t last, int64_t *value_out);
static vv_status exhausted(const struct sequence *sequence, struct vv_error *error);

vv_status sequence_states_create(struct catalog *catalog)
{
    catalog->sequences = alloc_zero(catalog->alloc, ALLOC_CATALOG, sizeof *catalog->sequences);
    if (catalog->sequences == NULL) {
        return VV_NOMEM;
    }
    lock_init(&catalog->sequences->lock, LOCK_SEQUENCES);
    return VV_OK;
}

void sequence_states_destroy(struct catalog *catalog)
{
    struct sequence_states *states = catalog->sequences;

    if (states == NULL) {
        return;
    }
    for (unsigned i = 0; i < SEQUENCE_BUCKETS; i++) {
        while (states->buckets[i] != NULL) {
            struct sequence_state *state = states->buckets[i];

            if (state->logged != state->last || state->logged_called != state->called) {
                /* A failure costs some values, no promise. */
                vv_status ignored = state_write(catalog, state, state->last, state->called);

                (void)ignored;
            }
            states->buckets[i] = state->next;
            alloc_free(catalog->alloc, ALLOC_CATALOG, state, sizeof *state);
        }
    }
    store_session_close(states->session);
    alloc_free(catalog->alloc, ALLOC_CATALOG, states, sizeof *states);
    catalog->sequences = NULL;
}

vv_status sequence_next(struct catalog *catalog, const struct sequence *sequence,
                        int64_t *first_out, int64_t *last_out, struct vv_error *error)
{
    struct sequence_state *state = NULL;
    int64_t first = 0, last = 0, ahead = 0;
    bool any = true;
    vv_status status = VV_OK;

    lock_acquire(&catalog->sequences->lock);
    status = state_find(catalog, sequence, &state);
    if (status == VV_OK) {
        first = state->last;
        if (state->called) {
            any = value_after(sequence, state->last, &first);
        }
        if (any && state->called && (sequence->increment > 0) != (first > state->last)) {
            state->logged = first; /* it began anew: write this round down */
            state->logged_called = false;
        }
        last = first;
        for (int64_t i = 1; any && i < sequence->cache; i++) {
            int64_t next = 0;

            if (!value_after(sequence, last, &next) || (sequence->increment > 0) != (next > last)) {
                break;
            }
            last = next;
        }
        if (any && (!state->logged_called ||
                    (sequence->increment > 0 ? last > state->logged : last < state->logged))) {
            ahead = last;
            for (unsigned i = 0; i < SEQUENCE_AHEAD; i++) {
                int64_t next = 0;

                if (!value_after(sequence, ahead, &next) ||
                    (sequence->increment > 0) != (next > ahead)) {
                    break;
                }
                ahead = next;
            }
            status = state_write(catalog, state, ahead, true);
        }
        if (any && status == VV_OK) {
            state->last = last;
            state->called = true;
        }
    }
    lock_release(&catalog->sequences->lock);
    if (status != VV_OK) {
        return error_from_status(error, status);
    }
    *first_out = first;
    *last_out = last;
    return any ? VV_OK : exhausted(sequence, error);
}

vv_status sequence_last(struct catalog *catalog, const struct sequence *sequence, int64_t *last_out,
                        bool *called_out, struct vv_error *error)
{
    struct sequence_state *state = NULL;
    vv_status status = VV_OK;

    *last_out = 0;
    *called_out = false;
    lock_acquire(&catalog->sequences->lock);
    status = state_find(catalog, sequence, &state);
    if (status == VV_OK) {
        *last_out = state->last;
        *called_out = state->called;
    }
    lock_release(&catalog->sequences->lock);
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}

vv_status sequence_set(struct catalog *catalog, const struct sequence *sequence, int64_t value,
                       bool called, struct vv_error *error)
{
    struct sequence_state *state = NULL;
    vv_status status = VV_OK;

    if (value < sequence->minimum || value > sequence->maximum) {
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "setval: value %lld is out of bounds for sequence \"%s\" (%lld..%lld)",
                         (long long)value, sequence->name, (long long)sequence->minimum,
                         (long long)sequence->maximum);
    }
    lock_acquire(&catalog->sequences->lock);
    status = state_find(catalog, sequence, &state);
    if (status == VV_OK) {
        status = state_write(catalog, state, value, called);
    }
    if (status == VV_OK) {
        state->last = value;
        state->called = called;
    }
    lock_release(&catalog->sequences->lock);
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}

/* The value behind last, around the corner with CYCLE. False: there is none. */
static bool value_after(const struct sequence *sequence, int64_t last, int64_t *value_out)
{
    int64_t next = 0;
    bool over = __builtin_add_overflow(last, sequence->increment, &next);

    if (sequence->increment > 0 ? over || next > sequence->maximum
                                : over || next < sequence->minimum) {
        *value_out = sequence->increment > 0 ? sequence->minimum : sequence->maximum;
        return sequence->cycle;
    }
    *value_out = next;
    return true;
}

static vv_status exhausted(const struct sequence *sequence, struct vv_error *error)
{
    bool up = sequence->increment > 0;

    return error_set(error, VV_SQLSTATE_SEQUENCE_LIMIT_EXCEEDED, 0,
                     "nextval: reached %s value of sequence \"%s\" (%lld)",
                     up ? "maximum" : "minimum", sequence->name,
                     (long long)(up ? sequence->maximum : sequence->minimum));
}

/* Locked. */
static vv_status state_find(struct catalog *catalog, const struct sequence *sequence,
                            struct sequence_state **state_out)
{
    struct sequence_state **bucket =
        &catalog->sequences->buckets[hash_word(sequence->state_id) % SEQUENCE_BUCKETS];
    struct sequence_state *state = *bucket;
    bool found = false;
    vv_status status = VV_OK;

    while (state != NULL && state->id != sequence->state_id) {
        state = state->next;
    }
    *state_out = state;
    if (state != NULL) {
        return VV_OK;
    }
    state = alloc_zero(catalog->alloc, ALLOC_CATALOG, sizeof *state);
    if (state == NULL) {
        return VV_NOMEM;
    }
    state->id = sequence->state_id;
    state->last = sequence->first;
    state->logged = sequence->first;
    status = state_read(catalog, state, &found);
    if (status != VV_OK) {
        alloc_free(catalog->alloc, ALLOC_CATALOG, state, sizeof *state);
        return status;
    }
    state->next = *bucket;
    *bucket = state;
    *state_out = state;
    return VV_OK;
}

static vv_status session_ensure(struct catalog *catalog)
{
    return catalog->sequences->session != NULL
               ? VV_OK
               : store_session_open(catalog->store, NULL, &catalog->sequences->session);
}

/* Leaves the state alone when there is no row: it was never used. */
static vv_status state_read(struct catalog *catalog, struct sequence_state *state, bool *found_out)
{
    struct catalog_def_key key = catalog_def_key(state->id);
    struct store_session *session = NULL;
    vv_slice row;
    vv_status status = VV_OK;

    *found_out = false;
    VV_TRY(session_ensure(catalog));
    session = catalog->sequences->session;
    store_enter(session);
    VV_TRY_OR(done, store_begin(session, NULL));
    VV_TRY_OR(done, store_statement_begin(session));
    status = store_get(session, CATALOG_MAP_SEQUENCE_STATES,
                       slice_make(key.bytes, sizeof key.bytes), &row);
    if (status == VV_OK && row.size != STATE_ROW_BYTES) {
        status = VV_CORRUPT;
    } else if (status == VV_OK) {
        *found_out = true;
        state->last = (int64_t)bytes_load64(row.data);
        state->called = row.data[8] != 0;
        state->logged = state->last;
        state->logged_called = state->called;
    } else if (status == VV_NOT_FOUND) {
        status = VV_OK;
    }
done:
    store_abort(session);
    store_leave(session);
    return status;
}

/* Durable when it returns VV_OK. Locked, or alone. */
static vv_status state_write(struct catalog *catalog, struct sequence_state *state, int64_t last,
                             bool called)
{
    struct catalog_def_key key = catalog_def_key(state->id);
    struct store_session *session = NULL;
    uint8_t row[STATE_ROW_BYTES];
    vv_status status = VV_OK;

    VV_TRY(session_ensure(catalog));
    session = catalog->sequences->session;
    bytes_store64(row, (uint64_t)last);
    row[8] = called ? 1 : 0;
    store_enter(session);
    VV_TRY_OR(done, store_begin(session, NULL));
    VV_TRY_OR(done, store_statement_begin(session));
    VV_TRY_OR(done,
              store_put(session, CATALOG_MAP_SEQUENCE_STATES,
                        slice_make(key.bytes, sizeof key.bytes), slice_make(row, sizeof row)));
    VV_TRY_OR(done, store_statement_end(session));
    status = store_commit(session, NULL);
    if (status == VV_OK) {
        state->logged = last;
        state->logged_called = called;
    }
done:
    store_abort(session);
    store_leave(session);
    return status;
}
