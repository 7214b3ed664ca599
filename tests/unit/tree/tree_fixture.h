/* tree_fixture.h - what a tree needs around it: memory, epochs, transactions; and a small committer. */
#ifndef VARVE_TESTS_TREE_FIXTURE_H
#define VARVE_TESTS_TREE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/chunk.h"
#include "tree/cursor.h"
#include "tree/tree.h"

#define FIXTURE_SESSIONS 16

struct fixture_session {
    struct tree_session *session;
    struct txn *txn;
    struct snapshot_slot *snapshot;
    struct tree_changes changes;
    struct rowlock_holder holder;
    struct txn_view view;
};

struct tree_fixture {
    struct alloc alloc;
    struct visible visible;
    struct tree_shared shared;
    struct tree_memory *memory;
    struct tree *tree;
    unsigned count;
    struct fixture_session sessions[FIXTURE_SESSIONS];
    _Atomic uint64_t lsn; /* the log's clock */
};

static inline vv_status fixture_try_open(struct tree_fixture *f, unsigned sessions);
static inline void fixture_close(struct tree_fixture *f);

static inline void fixture_open(struct tree_fixture *f, unsigned sessions)
{
    vv_status status = fixture_try_open(f, sessions);

    VV_ASSERT(status == VV_OK);
}

static inline vv_status fixture_try_open(struct tree_fixture *f, unsigned sessions)
{
    vv_status status = VV_OK;

    memset(f, 0, sizeof *f);
    alloc_init(&f->alloc, 0);
    visible_init(&f->visible, 100);
    f->lsn = 100;
    f->shared.alloc = &f->alloc;
    f->shared.visible = &f->visible;
    f->shared.row_bytes_max = 4u << 20;
    f->shared.frames = frames_create(&f->alloc, chunk_source_heap());
    f->shared.epochs = epoch_domain_create(&f->alloc);
    status = f->shared.frames == NULL || f->shared.epochs == NULL ? VV_NOMEM : VV_OK;
    if (status == VV_OK) {
        status = txn_table_create(&f->alloc, &f->shared.txns);
    }
    if (status == VV_OK) {
        status = snapshot_table_create(&f->alloc, &f->shared.snapshots);
    }
    if (status == VV_OK) {
        status = rowlock_table_create(&f->alloc, &f->shared.rowlocks);
    }
    if (status == VV_OK) {
        status = tree_shared_init(&f->shared);
    }
    if (status == VV_OK) {
        status = tree_memory_create(&f->shared, &f->memory);
    }
    for (unsigned i = 0; i < sessions && status == VV_OK; i++) {
        struct fixture_session *s = &f->sessions[i];

        f->count = i + 1;
        status = tree_session_create(&f->shared, &s->session);
        if (status == VV_OK) {
            status = txn_acquire(f->shared.txns, &s->txn);
        }
        if (status == VV_OK) {
            status = snapshot_acquire(f->shared.snapshots, &s->snapshot);
        }
    }
    if (status == VV_OK) {
        tree_enter(f->sessions[0].session);
        status = tree_create(&f->shared, f->sessions[0].session, 7, &f->tree);
        tree_leave(f->sessions[0].session);
    }
    if (status != VV_OK) {
        fixture_close(f);
    }
    return status;
}

/* Nothing may be left allocated (B1). */
static inline void fixture_close(struct tree_fixture *f)
{
    if (f->tree != NULL) {
        tree_destroy(f->tree, f->sessions[0].session);
    }
    for (unsigned i = 0; i < f->count; i++) {
        struct fixture_session *s = &f->sessions[i];

        if (s->snapshot != NULL) {
            snapshot_drop(f->shared.snapshots, s->snapshot);
        }
        txn_drop(s->txn);
        tree_session_destroy(s->session);
    }
    if (f->shared.epochs != NULL) {
        epoch_domain_destroy(f->shared.epochs, f->memory);
    }
    tree_memory_destroy(f->memory);
    tree_shared_release(&f->shared);
    rowlock_table_destroy(f->shared.rowlocks);
    snapshot_table_destroy(f->shared.snapshots);
    txn_table_destroy(f->shared.txns);
    frames_destroy(f->shared.frames);
    visible_release(&f->visible);
    alloc_release(&f->alloc);
}

/* Begins a transaction with a snapshot of now. */
static inline void fixture_begin(struct tree_fixture *f, struct fixture_session *s)
{
    s->view.tag = txn_begin(s->txn, visible_now(&f->visible));
    s->view.snapshot = snapshot_take(s->snapshot, &f->visible);
    s->view.statement = 1;
    s->changes = (struct tree_changes){0};
}

static inline uint64_t fixture_commit(struct tree_fixture *f, struct fixture_session *s)
{
    uint64_t lsn = atomic_fetch_add(&f->lsn, 40) + 40;

    txn_publish(s->txn, lsn);
    tree_changes_commit(&s->changes, lsn);
    visible_advance(&f->visible, lsn);
    rowlock_end(f->shared.rowlocks, &s->holder, 0);
    txn_wake(s->txn);
    snapshot_end(s->snapshot);
    return lsn;
}

static inline void fixture_abort(struct tree_fixture *f, struct fixture_session *s)
{
    txn_publish(s->txn, TXN_NEVER);
    tree_changes_undo(&s->changes, 0);
    rowlock_end(f->shared.rowlocks, &s->holder, 0);
    txn_wake(s->txn);
    snapshot_end(s->snapshot);
}

static inline struct tree_write fixture_write(struct fixture_session *s, struct vv_cause *cause)
{
    return (struct tree_write){.session = s->session,
                               .changes = &s->changes,
                               .holder = &s->holder,
                               .view = s->view,
                               .statement = s->view.statement,
                               .replace_from = UINT32_MAX,
                               .strength = ROWLOCK_NO_KEY_UPDATE,
                               .basis = TREE_BASIS_SNAPSHOT,
                               .cause = cause};
}

#endif
