/*
 * cursor.h - reading a tree in order, forward or backward, a batch at a time.
 *
 * A cursor takes the rows of a run of alike slots, or copies a window of any slots, validates the latch
 * once, and then uses the immutable cells. It goes from leaf to leaf by their parent while that is
 * undisturbed. It keeps the last key it returned, so that it goes on correctly after its leaf was changed or
 * replaced, and after the epoch was left and entered again. What it returns is exactly what its view
 * sees, each key once, whatever happens meanwhile.
 *
 * Promises: U1 keys come strictly ascending (descending) and within the bounds; U2 every row the view
 *           sees in the bounds comes, whatever splits, merges and rebuilds run meanwhile.
 * Threads:  as its session.
 */
#ifndef VARVE_TREE_CURSOR_H
#define VARVE_TREE_CURSOR_H

#include "tree/tree.h"

#include "page/page.h"

#define CURSOR_WINDOW     128u /* slots copied at a time */
#define CURSOR_LEAVES_MAX 64u  /* a batch touches at most so many leaves: a pin must end */

/* One end of a range. set false: no bound. */
struct cursor_bound {
    vv_slice key; /* borrow until cursor_open returned */
    bool set;
    bool inclusive;
};

/* Where a leaf hangs: good while the epoch is held and the version is the same. */
struct cursor_parent {
    struct page *page; /* NULL: not known, or the leaf is the root */
    uint64_t version;
    unsigned index; /* of the leaf's slot */
};

struct cursor {
    struct tree *tree;
    struct tree_session *session;
    struct txn_view view;
    bool reverse;
    bool finished;
    bool stop_inclusive;
    bool has_stop;
    bool stop_here;        /* the window ends at the stop */
    bool resume_inclusive; /* the position itself is still to come */
    bool has_position;     /* false: begin at the end of the map */
    bool at_fence;         /* the position is the fence that the last leaf ended at */
    uint16_t stop_size;
    uint16_t position_size;
    /* the window: valid while session's pin is the same and the leaf is not obsolete */
    struct page *leaf;
    uint64_t leaf_version;
    struct cursor_parent parent; /* of the leaf, or of the last one; as long as the window */
    uint64_t pin;
    uint32_t window_count;
    uint32_t window_next;
    uint32_t window_index; /* slot index of window[0] */
    uint32_t leaf_slots;   /* slots the leaf had */
    page_slot window[CURSOR_WINDOW];
    uint8_t position[PAGE_KEY_BUFFER]; /* the last key returned, or the first bound */
    uint8_t stop[LIMIT_KEY_BYTES];
};

/* Rows of one batch; slices stay until the epoch is left. */
struct cursor_batch {
    uint32_t capacity;  /* in: entries of the arrays, > 0 */
    uint32_t count;     /* out */
    vv_slice *rows;     /* in: room for capacity */
    vv_slice *keys;     /* in: room for capacity, or NULL: no keys wanted */
    uint8_t *key_bytes; /* in: where keys are put together */
    size_t key_room;    /* in: at least PAGE_KEY_BUFFER; a batch ends when it is used up */
};

/* Begins; reads nothing yet. The view is copied: its snapshot stays listed by the caller until the
 * cursor's last use. */
void cursor_open(struct cursor *cursor, struct tree *tree, struct tree_session *session,
                 const struct txn_view *view, const struct cursor_bound *low,
                 const struct cursor_bound *high, bool reverse);

/* The next rows. VV_OK: count >= 1, or count == 0: CURSOR_LEAVES_MAX leaves held nothing, leave and
 * enter the epoch and call again. VV_END. VV_NEED_PAGE. Entered. */
VV_MUST_USE vv_status cursor_next(struct cursor *cursor, struct cursor_batch *batch,
                                  struct vv_cause *cause);

#endif
