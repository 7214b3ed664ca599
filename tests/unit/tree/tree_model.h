/*
 * tree_model.h - a multi-version map that is too simple to be wrong, and a driver that does random work
 * on it and on a tree side by side. Choices come from a function, so that a seed or a fuzzer can drive.
 *
 * The model: for each key the list of its committed versions (LSN, row or deleted); for each open
 * transaction the list of its changes. What a view sees follows by looking at all of them.
 */
#ifndef VARVE_TESTS_TREE_MODEL_H
#define VARVE_TESTS_TREE_MODEL_H

#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/hash.h"

#define MODEL_SESSIONS 5u
#define MODEL_KEYS     400u
#define MODEL_SAVES    4u
#define MODEL_RUN      200u

#define MODEL_BUFFER_BYTES 200000u /* of the rows of one operation */
#define MODEL_RUN_BYTES    100000u

enum model_kind { MODEL_PUT, MODEL_DELETE, MODEL_LOCK, MODEL_SHARE };

/* A row is made of a seed: its bytes follow. */
struct model_row {
    uint64_t seed;
    uint32_t size;
};

struct model_version {
    uint64_t lsn;
    bool deleted;
    struct model_row row;
};

struct model_key {
    uint8_t bytes[LIMIT_KEY_BYTES];
    uint16_t size;
    struct model_version *versions;
    unsigned count;
    unsigned room;
};

struct model_change {
    unsigned key;
    enum model_kind kind;
    enum rowlock_mode mode;
    uint32_t statement;
    struct model_row row;
};

struct model_save {
    unsigned change_count;
    uint64_t tree_count;
    uint32_t lock_count;
    uint32_t statement;
};

struct model_session {
    struct fixture_session *f;
    bool open;
    bool unstamped; /* published, not stamped yet */
    uint64_t lsn;
    bool new_snapshots; /* READ COMMITTED */
    struct model_change *changes;
    unsigned count;
    unsigned room;
    struct model_save saves[MODEL_SAVES];
    unsigned save_count;
    struct cursor *cursor; /* open over several operations */
    unsigned cursor_next;  /* the next key index it must return */
    uint32_t cursor_statement;
    unsigned cursor_low;
    unsigned cursor_high;
};

struct model {
    struct tree_fixture f;
    struct model_key keys[MODEL_KEYS];
    struct model_session sessions[MODEL_SESSIONS];
    uint64_t (*choose)(void *user, uint64_t bound);
    void *user;
    uint64_t row_seed;
    uint64_t visible_pending;
    uint64_t operations;
    bool large_rows;
};

#define MODEL_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: model: %s (operation %llu)\n", __FILE__, __LINE__, #condition, \
                    (unsigned long long)model_now->operations);                                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static _Thread_local struct model *model_now;

static inline uint64_t model_choose(struct model *m, uint64_t bound)
{
    return m->choose(m->user, bound);
}

/* ---- rows ---- */

static inline uint8_t model_row_byte(struct model_row row, size_t at)
{
    return (uint8_t)(hash_word(row.seed + at / 8) >> (at % 8 * 8));
}

static inline bool model_row_is(struct model_row row, vv_slice bytes)
{
    if (bytes.size != row.size) {
        return false;
    }
    for (size_t i = 0; i<row.size; i += row.size> 4096 ? 61 : 1) {
        if (bytes.data[i] != model_row_byte(row, i)) {
            return false;
        }
    }
    return true;
}

static inline struct model_row model_row_make(struct model *m, uint8_t *buffer)
{
    struct model_row row = {.seed = ++m->row_seed * 1000003};
    uint64_t kind = model_choose(m, 64);

    row.size = (uint32_t)model_choose(m, 40);
    if (kind < 4) {
        row.size = (uint32_t)model_choose(m, 700);
    } else if (kind == 4) {
        row.size = (uint32_t)model_choose(m, 6000);
    } else if (kind == 5 && m->large_rows) {
        row.size = (uint32_t)(16000 + model_choose(m, 60000));
    } else if (kind > 32) {
        row.size = 8;
    }
    for (size_t i = 0; i < row.size; i++) {
        buffer[i] = model_row_byte(row, i);
    }
    return row;
}

/* ---- keys ---- */

static inline int model_key_order(const void *a, const void *b)
{
    const struct model_key *x = a;
    const struct model_key *y = b;

    return slice_compare(slice_make(x->bytes, x->size), slice_make(y->bytes, y->size));
}

/* Integers, words with shared beginnings, a few long ones; sorted, distinct. */
static inline void model_keys_make(struct model *m)
{
    unsigned count = 0;
    uint64_t seed = 1 + model_choose(m, 1u << 20);

    while (count < MODEL_KEYS) {
        struct model_key *key = &m->keys[count];
        uint64_t r = hash_word(seed++ * 0x9E3779B97F4A7C15u);

        memset(key, 0, sizeof *key);
        switch (r % 16) {
        case 0:
            key->size = (uint16_t)(1 + r / 16 % 3);
            memset(key->bytes, (int)(r / 64 % 4), key->size);
            break;
        case 1:
            key->size = (uint16_t)(300 + r / 16 % 700);
            memset(key->bytes, 'x', key->size);
            key->bytes[key->size - 1 - r / 1024 % 290] = (uint8_t)(r / 65536);
            break;
        case 2:
        case 3:
        case 4:
            key->size = (uint16_t)(8 + r / 16 % 12);
            memcpy(key->bytes, "prefix..", 8);
            for (unsigned i = 8; i < key->size; i++) {
                key->bytes[i] = (uint8_t)('a' + (r >> (i % 40)) % 3);
            }
            break;
        default:
            key->size = 8;
            bytes_store64_big(key->bytes, r / 16 % 100000);
        }
        for (unsigned i = 0; i <= count; i++) {
            if (i == count) {
                count++;
                break;
            }
            if (model_key_order(&m->keys[i], key) == 0) {
                break;
            }
        }
    }
    qsort(m->keys, MODEL_KEYS, sizeof m->keys[0], model_key_order);
}

static inline vv_slice model_key_slice(const struct model *m, unsigned key)
{
    return slice_make(m->keys[key].bytes, m->keys[key].size);
}

/* ---- what is to be seen ---- */

/* The row of key for a view; NULL: none. */
static inline const struct model_row *model_sees(const struct model *m,
                                                 const struct model_session *s, unsigned key,
                                                 uint64_t snapshot, uint32_t statement)
{
    const struct model_key *k = &m->keys[key];

    for (unsigned i = s->count; i-- > 0;) {
        const struct model_change *change = &s->changes[i];

        if (change->key == key && change->kind <= MODEL_DELETE && change->statement < statement) {
            return change->kind == MODEL_PUT ? &change->row : NULL;
        }
    }
    for (unsigned i = k->count; i-- > 0;) {
        if (k->versions[i].lsn <= snapshot) {
            return k->versions[i].deleted ? NULL : &k->versions[i].row;
        }
    }
    return NULL;
}

/* Must `s` wait for somebody before it may take mode on key? Mere locks do not stop an insert. */
static inline bool model_blocked(const struct model *m, const struct model_session *s, unsigned key,
                                 enum rowlock_mode mode, bool locks_block)
{
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        const struct model_session *other = &m->sessions[i];

        for (unsigned j = 0; j < other->count && other != s && !other->unstamped; j++) {
            const struct model_change *change = &other->changes[j];

            if (change->key == key && rowlock_conflict(change->mode, mode) &&
                (locks_block || change->kind <= MODEL_DELETE)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- histories ---- */

static inline void model_change_add(struct model_session *s, struct model_change change)
{
    if (s->count == s->room) {
        s->room = s->room * 2 + 16;
        s->changes = realloc(s->changes, s->room * sizeof s->changes[0]);
    }
    s->changes[s->count++] = change;
}

static inline void model_version_add(struct model_key *key, struct model_version version)
{
    if (key->count == key->room) {
        key->room = key->room * 2 + 4;
        key->versions = realloc(key->versions, key->room * sizeof key->versions[0]);
    }
    key->versions[key->count++] = version;
}

/* ---- operations ---- */

static inline void model_begin(struct model *m, struct model_session *s)
{
    fixture_begin(&m->f, s->f);
    s->open = true;
    s->new_snapshots = model_choose(m, 2) == 0;
    s->save_count = 0;
    s->count = 0;
}

static inline void model_cursor_close(struct model_session *s)
{
    free(s->cursor);
    s->cursor = NULL;
}

static inline void model_stamp(struct model *m, struct model_session *s)
{
    if (s->unstamped) {
        tree_changes_commit(&s->f->changes, s->lsn);
        s->unstamped = false;
        s->count = 0;
    }
    (void)m;
}

/* Who has published stays inside until it has stamped. */
static inline void model_enter(struct model *m, struct model_session *s)
{
    if (s->unstamped) {
        model_stamp(m, s);
    } else {
        tree_enter(s->f->session);
    }
}

static inline void model_leave(struct model_session *s)
{
    if (!s->unstamped) {
        tree_leave(s->f->session);
    }
}

static inline void model_commit(struct model *m, struct model_session *s)
{
    uint64_t lsn = atomic_fetch_add(&m->f.lsn, 10) + 10;

    model_cursor_close(s);
    for (unsigned i = 0; i < s->count; i++) { /* the last change of a key counts */
        const struct model_change *change = &s->changes[i];
        struct model_key *key = &m->keys[change->key];

        if (change->kind > MODEL_DELETE) {
            continue;
        }
        if (key->count > 0 && key->versions[key->count - 1].lsn == lsn) {
            key->count--;
        }
        model_version_add(key,
                          (struct model_version){lsn, change->kind == MODEL_DELETE, change->row});
    }
    txn_publish(s->f->txn, lsn);
    rowlock_end(m->f.shared.rowlocks, &s->f->holder, 0);
    s->lsn = lsn;
    s->open = false;
    s->unstamped = true;
    m->visible_pending = lsn;
    snapshot_end(s->f->snapshot);
    if (model_choose(m, 3) != 0) {
        model_stamp(m, s);
    }
    if (model_choose(m, 4) != 0) {
        visible_advance(&m->f.visible, m->visible_pending);
    }
}

static inline void model_abort(struct model *m, struct model_session *s)
{
    model_cursor_close(s);
    if (model_choose(m, 2) == 0) {
        txn_publish(s->f->txn, TXN_NEVER);
        tree_changes_undo(&s->f->changes, 0);
    } else {
        tree_changes_undo(&s->f->changes, 0);
        txn_publish(s->f->txn, TXN_NEVER);
    }
    rowlock_end(m->f.shared.rowlocks, &s->f->holder, 0);
    snapshot_end(s->f->snapshot);
    s->open = false;
    s->count = 0;
}

static inline void model_savepoint(struct model_session *s)
{
    if (s->save_count < MODEL_SAVES) {
        s->f->view.statement++; /* between statements */
        s->saves[s->save_count++] = (struct model_save){s->count, s->f->changes.count,
                                                        s->f->holder.count, s->f->view.statement};
    }
}

static inline void model_rollback_to(struct model *m, struct model_session *s)
{
    struct model_save *save = NULL;

    if (s->save_count == 0) {
        return;
    }
    model_cursor_close(s);
    s->save_count = (unsigned)model_choose(m, s->save_count) + 1;
    save = &s->saves[s->save_count - 1];
    tree_changes_undo(&s->f->changes, save->tree_count);
    rowlock_end(m->f.shared.rowlocks, &s->f->holder, save->lock_count);
    txn_undone(s->f->txn);
    s->count = save->change_count;
    save->statement = ++s->f->view.statement;
}

/* The newest version that counts for `s`: own, or the last committed one. */
struct model_newest {
    bool own;
    bool any;
    bool exists;
    uint64_t lsn;
    uint32_t statement;
    struct model_row row;
};

static inline struct model_newest model_newest(const struct model *m, const struct model_session *s,
                                               unsigned key)
{
    const struct model_key *k = &m->keys[key];

    for (unsigned i = s->count; i-- > 0;) {
        const struct model_change *change = &s->changes[i];

        if (change->key == key && change->kind <= MODEL_DELETE) {
            return (struct model_newest){
                true, true, change->kind == MODEL_PUT, 0, change->statement, change->row};
        }
    }
    if (k->count == 0) {
        return (struct model_newest){0};
    }
    return (struct model_newest){.any = true,
                                 .exists = !k->versions[k->count - 1].deleted,
                                 .lsn = k->versions[k->count - 1].lsn,
                                 .row = k->versions[k->count - 1].row};
}

/* What update, delete and lock must answer. VV_NOT_FOUND may also stand for VV_CHANGED to a deletion that
 * was settled meanwhile, and plain rows match every basis: the second allowed answer. */
static inline vv_status model_change_status(const struct model *m, const struct model_session *s,
                                            unsigned key, enum rowlock_mode mode, uint64_t basis)
{
    struct model_newest newest = model_newest(m, s, key);

    for (unsigned i = 0; i < MODEL_SESSIONS; i++) { /* undecided versions of others come first */
        const struct model_session *other = &m->sessions[i];

        for (unsigned j = 0; j < other->count && other != s && !other->unstamped; j++) {
            if (other->changes[j].key == key && other->changes[j].kind != MODEL_SHARE &&
                rowlock_conflict(other->changes[j].mode, mode)) {
                return VV_WAIT;
            }
        }
    }
    if (!newest.any) {
        return VV_NOT_FOUND;
    }
    if (newest.own && newest.statement >= s->f->view.statement) {
        return VV_CHANGED;
    }
    if (!newest.own && basis == TREE_BASIS_SNAPSHOT && newest.lsn > s->f->view.snapshot) {
        return VV_CHANGED;
    }
    if (!newest.exists) {
        return VV_NOT_FOUND;
    }
    return model_blocked(m, s, key, mode, true) ? VV_WAIT : VV_OK;
}

static inline uint32_t model_replace_from(struct model *m, const struct model_session *s)
{
    if (s->cursor != NULL || model_choose(m, 2) == 0) {
        return UINT32_MAX;
    }
    return s->save_count == 0 ? 0 : s->saves[s->save_count - 1].statement;
}

static inline void model_write(struct model *m, struct model_session *s, uint8_t *buffer)
{
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s->f, &cause);
    unsigned key = (unsigned)model_choose(m, MODEL_KEYS);
    vv_slice bytes = model_key_slice(m, key);
    struct model_change change = {.key = key, .statement = s->f->view.statement};
    struct model_newest newest = model_newest(m, s, key);
    vv_status status = VV_OK;
    vv_status wanted = VV_OK;
    uint64_t op = model_choose(m, 16);

    write.replace_from = model_replace_from(m, s);
    write.basis = model_choose(m, 3) == 0 ? TREE_BASIS_NEWEST : TREE_BASIS_SNAPSHOT;
    change.mode = ROWLOCK_UPDATE;
    if (op < 6) {
        change.kind = MODEL_PUT;
        change.row = model_row_make(m, buffer);
        wanted = model_blocked(m, s, key, change.mode, false) ? VV_WAIT
                 : newest.exists                              ? VV_EXISTS
                                                              : VV_OK;
        status = tree_insert(m->f.tree, &write, bytes, slice_make(buffer, change.row.size));
        if (status == VV_EXISTS) {
            MODEL_CHECK(model_row_is(newest.row, write.found.row));
        }
    } else {
        uint64_t basis = write.basis;

        if (op < 11) {
            change.kind = MODEL_PUT;
            change.row = model_row_make(m, buffer);
            change.mode = model_choose(m, 4) == 0 ? ROWLOCK_UPDATE : ROWLOCK_NO_KEY_UPDATE;
            write.strength = change.mode;
        } else if (op < 14) {
            change.kind = MODEL_DELETE;
        } else {
            change.mode = (enum rowlock_mode)model_choose(m, 4);
            change.kind = change.mode <= ROWLOCK_SHARE ? MODEL_SHARE : MODEL_LOCK;
        }
        wanted = model_change_status(m, s, key, change.mode, basis);
        if (op < 11) {
            status = tree_update(m->f.tree, &write, bytes, slice_make(buffer, change.row.size));
        } else if (op < 14) {
            status = tree_delete(m->f.tree, &write, bytes, slice_make(NULL, 0));
        } else {
            status = tree_lock(m->f.tree, &write, bytes, change.mode);
        }
        if (status == VV_CHANGED && !write.found.deleted) {
            MODEL_CHECK(newest.exists && model_row_is(newest.row, write.found.row));
            MODEL_CHECK(newest.own ? write.found.begin == s->f->view.tag
                                   : write.found.begin == newest.lsn);
        }
        if (status == VV_OK && op >= 14) {
            MODEL_CHECK(model_row_is(newest.row, write.found.row));
        }
    }
    MODEL_CHECK(status == wanted);
    if (status == VV_OK) {
        model_change_add(s, change);
    }
    /* Else the next write belongs to the same statement; but after a replacement of an earlier
     * statement's version no reader of this statement may come. */
    if (model_choose(m, 4) != 0 || write.replace_from != UINT32_MAX) {
        s->f->view.statement++;
        if (s->new_snapshots && s->cursor == NULL) {
            s->f->view.snapshot = snapshot_take(s->f->snapshot, &m->f.visible);
        }
    }
}

/* Rows for some keys in order, near each other or far apart: those before the first obstacle go in. */
static inline void model_write_run(struct model *m, struct model_session *s, uint8_t *buffer)
{
    struct tree_row rows[MODEL_RUN];
    struct model_change changes[MODEL_RUN];
    unsigned step = 1 + (unsigned)model_choose(m, model_choose(m, 2) == 0 ? 2 : 40);
    unsigned key = (unsigned)model_choose(m, MODEL_KEYS);
    unsigned wanted_count = 1 + (unsigned)model_choose(m, MODEL_RUN);
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s->f, &cause);
    unsigned count = 0;
    unsigned done = 0;
    unsigned expected = 0;
    vv_status wanted = VV_OK;
    vv_status status = VV_OK;
    size_t used = 0;

    write.replace_from = model_replace_from(m, s);
    for (; count < wanted_count && key < MODEL_KEYS; count++) {
        changes[count] = (struct model_change){.key = key,
                                               .kind = MODEL_PUT,
                                               .mode = ROWLOCK_UPDATE,
                                               .statement = s->f->view.statement};
        changes[count].row = model_row_make(m, buffer + used);
        rows[count] = (struct tree_row){model_key_slice(m, key),
                                        slice_make(buffer + used, changes[count].row.size)};
        used += changes[count].row.size;
        key += 1 + (unsigned)model_choose(m, step);
        if (used > MODEL_RUN_BYTES) {
            count++;
            break;
        }
    }
    for (; expected < count && wanted == VV_OK; expected += wanted == VV_OK) {
        wanted = model_blocked(m, s, changes[expected].key, ROWLOCK_UPDATE, false) ? VV_WAIT
                 : model_newest(m, s, changes[expected].key).exists                ? VV_EXISTS
                                                                                   : VV_OK;
    }
    status = tree_insert_run(m->f.tree, &write, rows, count, &done);
    MODEL_CHECK(status == wanted && done == expected);
    if (status == VV_EXISTS) {
        MODEL_CHECK(model_row_is(model_newest(m, s, changes[done].key).row, write.found.row));
    }
    for (unsigned i = 0; i < done; i++) {
        model_change_add(s, changes[i]);
    }
    s->f->view.statement++;
}

static inline void model_get(struct model *m, struct model_session *s)
{
    unsigned key = (unsigned)model_choose(m, MODEL_KEYS);
    struct vv_cause cause = {0};
    vv_slice row;
    vv_status status =
        tree_get(m->f.tree, s->f->session, &s->f->view, model_key_slice(m, key), &row, &cause);
    const struct model_row *wanted =
        model_sees(m, s, key, s->f->view.snapshot, s->f->view.statement);

    MODEL_CHECK(status == (wanted == NULL ? VV_NOT_FOUND : VV_OK));
    MODEL_CHECK(wanted == NULL || model_row_is(*wanted, row));
}

/* A cursor lives on over other operations; its view is that of its opening. */
static inline void model_scan(struct model *m, struct model_session *s, bool whole)
{
    vv_slice rows[64];
    vv_slice keys[64];
    uint8_t key_bytes[4 * PAGE_KEY_BUFFER];
    struct cursor_batch batch = {.capacity = 1 + (uint32_t)model_choose(m, 63),
                                 .rows = rows,
                                 .keys = keys,
                                 .key_bytes = key_bytes,
                                 .key_room = sizeof key_bytes};
    struct vv_cause cause = {0};

    if (s->cursor == NULL) {
        struct cursor_bound low = {.set = model_choose(m, 3) != 0,
                                   .inclusive = model_choose(m, 2) == 0};
        struct cursor_bound high = {.set = model_choose(m, 3) != 0,
                                    .inclusive = model_choose(m, 2) == 0};
        unsigned from = (unsigned)model_choose(m, MODEL_KEYS);
        unsigned to = from + (unsigned)model_choose(m, MODEL_KEYS - from);
        bool reverse = model_choose(m, 2) == 0;

        low.key = model_key_slice(m, from);
        high.key = model_key_slice(m, to);
        s->cursor = malloc(sizeof *s->cursor);
        memset(s->cursor, 0xAB, sizeof *s->cursor);
        s->cursor_low = low.set ? from + !low.inclusive : 0;
        s->cursor_high = high.set ? to + high.inclusive : MODEL_KEYS; /* exclusive */
        s->cursor_next = reverse ? s->cursor_high : s->cursor_low;
        s->cursor_statement = s->f->view.statement;
        cursor_open(s->cursor, m->f.tree, s->f->session, &s->f->view, &low, &high, reverse);
    }
    for (;;) {
        vv_status status = cursor_next(s->cursor, &batch, &cause);

        MODEL_CHECK(status == VV_OK || status == VV_END);
        for (uint32_t i = 0; i < batch.count; i++) {
            const struct model_row *wanted = NULL;
            unsigned key = 0;

            while (wanted == NULL) { /* the next key that is there for the cursor's view */
                if (s->cursor->reverse) {
                    MODEL_CHECK(s->cursor_next > s->cursor_low);
                    key = --s->cursor_next;
                } else {
                    MODEL_CHECK(s->cursor_next < s->cursor_high);
                    key = s->cursor_next++;
                }
                wanted = model_sees(m, s, key, s->cursor->view.snapshot, s->cursor_statement);
            }
            MODEL_CHECK(slice_equal(keys[i], model_key_slice(m, key))); /* U1 U2 */
            MODEL_CHECK(model_row_is(*wanted, rows[i]));
        }
        if (status == VV_END) {
            while (s->cursor->reverse ? s->cursor_next > s->cursor_low
                                      : s->cursor_next < s->cursor_high) {
                unsigned key = s->cursor->reverse ? --s->cursor_next : s->cursor_next++;

                MODEL_CHECK(model_sees(m, s, key, s->cursor->view.snapshot, s->cursor_statement) ==
                            NULL); /* U2 */
            }
            model_cursor_close(s);
            return;
        }
        if (!whole) {
            return;
        }
    }
}

/* One random operation of one session. */
static inline void model_step(struct model *m, uint8_t *buffer)
{
    struct model_session *s = &m->sessions[model_choose(m, MODEL_SESSIONS)];
    uint64_t op = model_choose(m, 64);

    m->operations++;
    model_now = m;
    model_enter(m, s);
    if (!s->open) {
        model_begin(m, s);
    }
    if (op < 32) {
        model_write(m, s, buffer);
    } else if (op < 34) {
        model_write_run(m, s, buffer);
    } else if (op < 46) {
        model_get(m, s);
    } else if (op < 52) {
        model_scan(m, s, model_choose(m, 2) == 0);
    } else if (op < 54) {
        model_savepoint(s);
    } else if (op < 56) {
        model_rollback_to(m, s);
    } else if (op < 59) {
        (void)tree_settle_step(m->f.tree, s->f->session, true);
    } else if (op < 60) {
        visible_advance(&m->f.visible, m->visible_pending);
    } else if (op < 63) {
        model_commit(m, s);
    } else {
        model_abort(m, s);
    }
    model_leave(s);
}

static inline void model_verify(struct model *m)
{
    const char *broken = NULL;

    model_now = m;
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        model_enter(m, &m->sessions[i]);
        model_leave(&m->sessions[i]);
    }
    broken = tree_verify(m->f.tree);
    if (broken != NULL) {
        fprintf(stderr, "model: %s (operation %llu)\n", broken, (unsigned long long)m->operations);
        abort();
    }
}

/* Every key, for every open session: slow, for hunting. */
static inline void model_check_all(struct model *m)
{
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        struct model_session *s = &m->sessions[i];
        struct vv_cause cause = {0};

        for (unsigned key = 0; key < MODEL_KEYS && s->open; key++) {
            const struct model_row *wanted =
                model_sees(m, s, key, s->f->view.snapshot, s->f->view.statement);
            vv_slice row;
            vv_status status = VV_OK;

            tree_enter(s->f->session);
            status = tree_get(m->f.tree, s->f->session, &s->f->view, model_key_slice(m, key), &row,
                              &cause);
            MODEL_CHECK(status == (wanted == NULL ? VV_NOT_FOUND : VV_OK));
            MODEL_CHECK(wanted == NULL || model_row_is(*wanted, row));
            tree_leave(s->f->session);
        }
    }
}

static inline struct model *model_create(uint64_t (*choose)(void *user, uint64_t bound), void *user)
{
    struct model *m = calloc(1, sizeof *m);

    m->choose = choose;
    m->user = user;
    fixture_open(&m->f, MODEL_SESSIONS);
    m->large_rows = model_choose(m, 2) == 0;
    model_keys_make(m);
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        m->sessions[i].f = &m->f.sessions[i];
    }
    return m;
}

static inline void model_destroy(struct model *m)
{
    model_now = m;
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        struct model_session *s = &m->sessions[i];

        model_enter(m, s);
        if (s->open) {
            model_abort(m, s);
        }
        model_leave(s);
    }
    model_verify(m);
    fixture_close(&m->f);
    for (unsigned i = 0; i < MODEL_SESSIONS; i++) {
        free(m->sessions[i].changes);
    }
    for (unsigned i = 0; i < MODEL_KEYS; i++) {
        free(m->keys[i].versions);
    }
    free(m);
}

#endif
