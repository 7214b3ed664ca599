/*
 * build.h - fresh pages from sorted entries: rebuild, growth, split, merge and images.
 *
 * The caller gathers entries (all of a page's, edited; or of two pages for a merge), cuts them where
 * build_split() says when they want more than one page, asks build_shape() for the size of each run,
 * gets that many frames and lets build_page() fill them. The sources stay untouched.
 *
 * Promises: P6 a built page verifies, holds exactly the entries and no dead byte; cells stand in slot
 *              order without gaps;
 *           P7 a leaf asks for more frames until it holds BUILD_LEAF_ROWS rows or 16 frames, and only
 *              then for a split; one entry always fits, so splitting again and again ends.
 * Threads:  pure.
 */
#ifndef VARVE_PAGE_BUILD_H
#define VARVE_PAGE_BUILD_H

#include "base/status.h"
#include "page/page.h"

#define BUILD_LEAF_ROWS    16u /* a leaf grows by frames until it holds so many rows */
#define BUILD_INNER_FRAMES 4u  /* an inner page grows to so many frames, then splits */

/* One row, or one child. The key is either whole (`key`) or that of slot `slot` in `source`. */
struct build_entry {
    const struct page *source; /* NULL: the key is in `key` */
    page_slot slot;
    vv_slice key;            /* borrow until build_page returned */
    struct page_value value; /* leaf; its bytes: borrow until build_page returned */
    uint64_t child;          /* inner */
};

/* Adds all entries of a page as they are; entries_out has room for page_slot_count(). */
unsigned build_entries(const struct page *page, struct build_entry *entries_out);

/* The whole key of an entry; buffer (PAGE_KEY_BUFFER) is used when it must be assembled. */
vv_slice build_entry_key(const struct build_entry *entry, uint8_t *buffer);

/* A run of entries that is to become one page. */
struct build_run {
    enum page_kind kind;
    vv_slice low;  /* fences */
    vv_slice high; /* data NULL: no upper bound */
    const struct build_entry *entries;
    unsigned count;
    unsigned
        prefix_limit; /* keep the prefix at most so long (what future keys share); 0: no limit */
    size_t reserve_bytes; /* room to leave free at least */
};

struct build_shape {
    unsigned frame_count;
    unsigned prefix_size;
    unsigned row_size; /* the uniform size of rows */
    size_t used_bytes; /* header, slots, cells, edge */
    bool fits;         /* false: the run needs more than 16 frames: split it */
    bool wants_split;  /* by the growth policy (P7) this should be two pages */
};

struct build_shape build_shape(const struct build_run *run);

/* The frames for the same run with so many bytes left free, as far as 16 frames allow. */
void build_reserve(struct build_shape *shape, size_t reserve_bytes);

/* Fills fresh frames (any bytes in them) of shape.frame_count. Latch, owner words, LSN are 0. */
void build_page(struct page *page, const struct build_run *run, const struct build_shape *shape);

/* build_shape + build_page of an empty page with the given frames: the first page of a tree. */
void build_empty(struct page *page, enum page_kind kind, unsigned frame_count, vv_slice low,
                 vv_slice high);

enum build_pattern {
    BUILD_EVEN,      /* halves by bytes */
    BUILD_ASCENDING, /* inserts came each behind the last: leave the left page full */
    BUILD_DESCENDING /* each before the last: leave the right page full */
};

/* How inserts came to this page so far, the new entry at new_index (of the count that include it)
 * being one more. */
enum build_pattern build_pattern(const struct page *page, unsigned new_index, unsigned count);

/* Where to cut: entries [0, cut) and [cut, count), 0 < cut < count (count >= 2). new_index is the place
 * of the new entry, any when the pattern is BUILD_EVEN. */
unsigned build_split(const struct build_run *run, enum build_pattern pattern, unsigned new_index);

/* The same, but so that each part fits a page whatever its keys and rows are. whole: the run's shape. The run is what
 * a page held and a few entries more, the new ones at new_index; BUILD_NO_INDEX: nowhere in particular. */
unsigned build_cut(const struct build_run *run, const struct build_shape *whole,
                   enum build_pattern pattern, uint32_t new_index);

/* How many of the first entries have at most so many bytes of slots and cells, at least one; by the shape of
 * the whole run, so a part of it may need some bytes more or less. */
unsigned build_take(const struct build_run *run, const struct build_shape *shape, size_t bytes);

#define BUILD_NO_INDEX UINT32_MAX

/* Lets a replacement know how inserts came to the page it replaces; new_index is the place of an entry
 * that came with the replacement, or BUILD_NO_INDEX. */
void build_inherit(struct page *page, const struct page *replaced, uint32_t new_index);

/* The page's last entries came each behind the one before it: more of them are to be expected. */
void build_appended(struct page *page);

/* The shortest separator s with left < s <= right; a slice of right. */
vv_slice build_separator(vv_slice left, vv_slice right);

/* Would both neighbours fit one page that is at most `fill_percent` full (merge)? */
bool build_merges(const struct page *left, const struct page *right, unsigned fill_percent);

#endif
