/*
 * view.h - what a statement may see: all that visibility needs, as one small value.
 *
 * A version whose `begin` is an LSN is visible when that is at or below `snapshot`; one that the own
 * transaction wrote, when an earlier statement did (`statement` of the version < that of the view).
 */
#ifndef VARVE_TXN_VIEW_H
#define VARVE_TXN_VIEW_H

#include <stdint.h>

/* `snapshot` of a reader that has none yet: it may read rows that everyone sees, nothing else. */
#define VIEW_NO_SNAPSHOT 0u

/* `statement` of a reader that sees everything its own transaction wrote so far. */
#define VIEW_ALL_OWN UINT32_MAX

struct txn_view {
    uint64_t snapshot;  /* LSN */
    uint64_t tag;       /* of the own transaction, 0: none */
    uint32_t statement; /* own versions of earlier statements are visible */
};

#endif
