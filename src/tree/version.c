/*
 * version.c - chains of versions: which one a reader sees, what a writer meets, what may go.
 *
 * A chain is read without latch. Its links change under the leaf's latch, and each change leaves every
 * reader a way to the version it sees: a version is only unlinked when no listed snapshot needs it.
 */
#include "tree/tree_private.h"

static struct tree_version *head_beyond(struct newest *newest, const struct tree_shared *shared,
                                        struct tree_version *version, uint64_t own_tag,
                                        enum rowlock_mode mode, bool locks_block, bool *counts_out);
static void newest_is_plain(struct newest *newest, vv_slice row);
static bool drop_below(struct tree_session *session, struct tree_version *version, uint64_t older,
                       uint64_t end, uint64_t *freed);

/* ---- reading ---- */

vv_status version_read(const struct tree_shared *shared, const struct txn_view *view,
                       struct tree_version *version, vv_slice head_row, vv_slice *row_out)
{
    vv_slice row = head_row;
    uint64_t older = 0;

    for (;;) {
        uint64_t begin = version_begin(version);
        uint32_t statement = atomic_load_explicit(&version->statement, memory_order_relaxed);
        enum txn_verdict verdict = TXN_HIDDEN;

        VV_PROBE(TREE_READ_VERSION);
        verdict = txn_judge(shared->txns, view, begin, statement);
        if (VV_UNLIKELY(verdict == TXN_RELOAD)) {
            continue; /* it has been stamped since */
        }
        if (verdict == TXN_VISIBLE && (version_flags(version) & VERSION_LOCK_ONLY) == 0) {
            *row_out = row;
            return (version_flags(version) & VERSION_DELETED) != 0 ? VV_NOT_FOUND : VV_OK;
        }
        older = version_older(version);
        if (older == 0) {
            return VV_NOT_FOUND;
        }
        if (older_is_plain(older)) {
            *row_out = older_row(older);
            return VV_OK;
        }
        version = older_version(older);
        row = version_row(version);
    }
}

/* ---- writing ---- */

struct newest version_newest(const struct tree_shared *shared, uint64_t own_tag, page_slot slot,
                             const struct page_cell *cell, enum rowlock_mode mode, bool locks_block)
{
    struct newest newest = {0};
    struct tree_version *version = cell_version(cell);
    vv_slice row = cell_row(slot, cell);

    if (version == NULL) {
        newest_is_plain(&newest, row);
        return newest;
    }
    newest.head = version;
    for (;;) {
        bool counts = false;
        uint64_t older = 0;

        version = head_beyond(&newest, shared, version, own_tag, mode, locks_block, &counts);
        if (newest.blocker != 0) {
            return newest;
        }
        if (counts) {
            newest.counted = version;
            newest.row = row;
            newest.exists = (version_flags(version) & VERSION_DELETED) == 0;
            return newest;
        }
        older = version_older(version);
        if (older == 0) {
            return newest;
        }
        if (older_is_plain(older)) {
            newest_is_plain(&newest, older_row(older));
            return newest;
        }
        version = older_version(older);
        row = version_row(version);
    }
}

static void newest_is_plain(struct newest *newest, vv_slice row)
{
    newest->plain = true;
    newest->exists = true;
    newest->begin = 0;
    newest->row = row;
}

/* Judges one version for a writer: sets newest->blocker, or *counts_out and newest->begin. */
static struct tree_version *head_beyond(struct newest *newest, const struct tree_shared *shared,
                                        struct tree_version *version, uint64_t own_tag,
                                        enum rowlock_mode mode, bool locks_block, bool *counts_out)
{
    uint32_t flags = version_flags(version);
    uint64_t lsn = 0;

    for (;;) {
        uint64_t begin = version_begin(version);
        enum txn_fate fate = TXN_IS_COMMITTED;
        uint32_t undo_seen = 0;

        lsn = begin;
        if (txn_is_tag(begin) && begin != own_tag) {
            /* The count before the begin that is judged: an undo in between ends the wait at once. */
            undo_seen = txn_undo_seen(shared->txns, begin);
            if (version_begin(version) != begin) {
                continue;
            }
            fate = txn_look(shared->txns, begin, &lsn);
        }
        if (fate == TXN_IS_PAST) {
            continue;
        }
        if (fate == TXN_IS_OPEN) {
            enum rowlock_mode held =
                (flags & VERSION_STRONG) != 0 ? ROWLOCK_UPDATE : ROWLOCK_NO_KEY_UPDATE;

            if (rowlock_conflict(mode, held) && (locks_block || (flags & VERSION_LOCK_ONLY) == 0)) {
                newest->blocker = begin;
                newest->undo_seen = undo_seen;
            }
            return version;
        }
        if (fate == TXN_IS_ABORTED) {
            lsn = TXN_NEVER;
        }
        break;
    }
    *counts_out = lsn != TXN_NEVER && (flags & VERSION_LOCK_ONLY) == 0;
    newest->begin = lsn;
    return version;
}

/* ---- the transaction's list ---- */

void tree_changes_commit(struct tree_changes *changes, uint64_t lsn)
{
    struct tree_version *version = changes->newest;

    VV_ASSERT(lsn < TXN_NEVER);
    VV_PROBE(TREE_BEFORE_STAMP);
    while (version != NULL) {
        /* Before the stamp: from then on others may drop it and use the link. */
        struct tree_version *next = version->older_change;

        atomic_store_explicit(&version->begin, lsn,
                              memory_order_release); /* pairs: version_begin */
        VV_PROBE(TREE_STAMPING);
        version = next;
    }
    changes->newest = NULL;
    changes->count = 0;
}

void tree_changes_undo(struct tree_changes *changes, uint64_t count)
{
    while (changes->count > count) {
        struct tree_version *version = changes->newest;

        changes->newest = version->older_change;
        changes->count--;
        atomic_store_explicit(&version->begin, TXN_NEVER,
                              memory_order_release); /* pairs: version_begin; T8 */
        while (changes->newest != NULL && (version_flags(changes->newest) & VERSION_RIDER) != 0) {
            version = changes->newest; /* the copies go with their original */
            changes->newest = version->older_change;
            atomic_store_explicit(&version->begin, TXN_NEVER,
                                  memory_order_release); /* pairs: version_begin; T8 */
        }
    }
}

/* ---- pruning ---- */

uint64_t version_outside(const struct tree_version *version)
{
    uint64_t older = version_older(version);
    uint64_t bytes = sizeof *version;

    if (version_is_shared(version)) {
        return 0;
    }
    if ((version_flags(version) & VERSION_OUTSIDE) != 0) {
        bytes += version_row(version).size;
    }
    if (older_is_plain(older) && (older & OLDER_OUTSIDE) != 0) {
        bytes += older_row(older).size;
    }
    return bytes;
}

bool version_chain_is_stamped(const struct tree_version *version)
{
    uint64_t older = version_older(version);

    while (older != 0 && !older_is_plain(older)) {
        version = older_version(older);
        if (txn_is_tag(version_begin(version)) && !VV_NAIVE(TREE_DROP_UNSTAMPED)) {
            return false;
        }
        older = version_older(version);
    }
    return true;
}

void version_drop(struct version_list *list, struct tree_version *version)
{
    list->bytes += version_outside(version);
    version->older_change = list->first;
    list->first = version;
}

void version_drop_chain(struct version_list *list, struct tree_version *version)
{
    for (;;) {
        uint64_t older = version_older(version);

        version_drop(list, version);
        if (older == 0 || older_is_plain(older)) {
            return;
        }
        version = older_version(older);
    }
}

uint64_t version_prune(struct tree_session *session, struct tree_version *version, unsigned limit)
{
    uint64_t end = UINT64_MAX; /* of what is below `version` */
    uint64_t freed = 0;

    for (unsigned i = 0; i < limit; i++) {
        uint64_t begin = version_begin(version);
        uint64_t older = version_older(version);

        if ((version_flags(version) & VERSION_LOCK_ONLY) == 0 && begin < TXN_NEVER) {
            end = begin;
        }
        if (older == 0) {
            break;
        }
        if (drop_below(session, version, older, end, &freed)) {
            continue; /* look at the next one below the same version */
        }
        if (older_is_plain(older)) {
            break;
        }
        version = older_version(older);
    }
    return freed;
}

/* Unlinks `older` from below version when nobody needs it: what ended at `end`, UINT64_MAX if it is not
 * known. T9 */
static bool drop_below(struct tree_session *session, struct tree_version *version, uint64_t older,
                       uint64_t end, uint64_t *freed)
{
    const struct snapshot_horizon *horizon = &session->horizon;
    struct tree_version *dropped = NULL;
    uint64_t begin = 0;

    if (epoch_reserve(session->epoch) != VV_OK) {
        return false;
    }
    if (older_is_plain(older)) {
        if (snapshot_needs(horizon, 0, end)) {
            return false;
        }
        version_set_older(version, 0);
        if ((older & OLDER_OUTSIDE) != 0) {
            *freed += older_row(older).size;
            session_retire_bytes(session, older_row(older).data, older_row(older).size);
        }
        return true;
    }
    dropped = older_version(older);
    begin = version_begin(dropped);
    if (txn_is_tag(begin)) {
        return false;
    }
    if (begin != TXN_NEVER && (version_flags(dropped) & VERSION_LOCK_ONLY) == 0 &&
        snapshot_needs(horizon, begin, end)) {
        return false;
    }
    *freed += sizeof *dropped;
    if ((version_flags(dropped) & VERSION_OUTSIDE) != 0) {
        *freed += version_row(dropped).size;
    }
    if ((version_flags(dropped) & VERSION_FIRST) != 0) {
        atomic_fetch_or_explicit(&version->flags, VERSION_FIRST, memory_order_relaxed);
    }
    version_set_older(version, version_older(dropped));
    /* Its tail is that of `version` now; readers that stand on it go on from there. */
    atomic_fetch_or_explicit(&dropped->flags, VERSION_KEEP_TAIL, memory_order_relaxed);
    session_retire_version(session, dropped);
    return true;
}
