/*
 * page.h - the slotted page: a node of the tree in memory and, sealed, an image on disk.
 *
 *     0        128                                                   page end
 *     | header | slots, 8 bytes each ->   free   <- cells, any order | edge |
 *                                     |          |
 *                     128 + 8 * slot_count    cell_low
 *
 * A slot is one 64-bit word, read and written whole: where its cell is, how long the key is, flags, and
 * the key's first four bytes after the prefix (the head) as a number, so that most searches compare
 * numbers in one or two cache lines. Keys are stored without the prefix that all keys of the page share;
 * it stands once, in the edge (with both fences) and its first bytes in the header. A key of up to
 * prefix + 4 bytes has no byte in its cell.
 *
 * Who may do what: the tree guards pages. "Unlatched" functions may run beside one writer: they read
 * words atomically, check every offset before use, and give a wrong answer, never a crash, on torn or
 * random bytes; the caller validates its latch afterwards. Everything else needs the latch (writers) or
 * a page nobody changes.
 *
 * Promises: P1 slots are in strictly ascending order of their keys, and keys lie within the fences;
 *           P2 a published cell is immutable and stays until the page is replaced (the child word of an
 *              inner cell is the exception: one aligned atomic word);
 *           P3 prefix, fences, kind, frame count and row_size never change while the page lives, and
              every resident key begins with the prefix;
 *           P4 unlatched functions never read outside the page's frames, whatever the bytes
 *              (frame_count, P3, is the one byte they trust);
 *           P5 search finds the lower bound of any key, also one outside the fences.
 * Threads:  see above.
 */
#ifndef VARVE_PAGE_PAGE_H
#define VARVE_PAGE_PAGE_H

#include <stdatomic.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/slice.h"

#define PAGE_HEADER_BYTES   128u
#define PAGE_SLOT_BYTES     8u
#define PAGE_HEAD_BYTES     4u
#define PAGE_PREFIX_INLINE  16u
#define PAGE_OWNER_WORDS    4u
#define PAGE_BYTES_MAX      (LIMIT_PAGE_FRAMES * LIMIT_FRAME_BYTES)
#define PAGE_SLOTS_MAX      ((PAGE_BYTES_MAX - PAGE_HEADER_BYTES) / PAGE_SLOT_BYTES)
#define PAGE_FENCE_INFINITE 0xFFFFu /* high_size of a page without an upper bound */

enum page_kind { PAGE_LEAF = 1, PAGE_INNER = 2, PAGE_OVERFLOW = 3 };

/* Bits of page.flags: 0-3 and 4-7 count inserts that came in ascending or descending order (memory
 * only); the tree's begin here and persist in the image. */
#define PAGE_FLAG_OWNER_SHIFT 8

/* The header: 128 bytes; the first cache line is all a search touches before the slots. The image keeps
 * bytes 8-71; everything else is zero there. */
struct page {
    _Atomic uint64_t latch;      /* the tree's; guard: sync/latch.h */
    _Atomic uint64_t lsn;        /* newest commit on the page; the image's capture. guard: latch */
    uint32_t crc;                /* CRC32C of the image this page came from, 0: none */
    _Atomic uint32_t cell_low;   /* free pointer: offset of the lowest cell. guard: latch */
    _Atomic uint16_t slot_count; /* guard: latch */
    uint16_t flags;              /* guard: latch */
    uint8_t kind;                /* enum page_kind; P3 */
    uint8_t frame_count;         /* P3 */
    uint16_t row_size;           /* rows of this size carry no length; P3 */
    uint16_t low_size;           /* P3 */
    uint16_t high_size;          /* PAGE_FENCE_INFINITE: none; P3 */
    uint16_t cell_stride; /* bytes a cell when the page was built: a hint for prefetching; P3 */
    uint16_t prefix_size; /* P3 */
    _Atomic uint32_t hint_base;  /* head of the first slot when the hint was made. guard: latch */
    _Atomic uint32_t hint_scale; /* slots per head, 32 binary places. guard: latch */
    uint8_t prefix_inline[PAGE_PREFIX_INLINE]; /* the prefix's first bytes, then 0; P3 */
    /* --- second cache line --- */
    uint64_t frame_id;      /* where the image of this page stands, 0: none */
    uint64_t first_dirty;   /* the tree's: LSN of the oldest change not in the image, 0: clean */
    uint32_t dead_bytes;    /* cells no slot points to: what a rebuild gives back. guard: latch */
    uint16_t insert_last;   /* where the last new slot went. guard: latch */
    uint16_t unused;        /* 0 */
    uint64_t outside_bytes; /* the tree's: versions and rows kept out of line for this page */
    uint64_t owner[PAGE_OWNER_WORDS]; /* the tree's: lists, hints, whatever must live in the page */
};

static_assert(sizeof(struct page) == PAGE_HEADER_BYTES, "the slots begin behind the header");

/* ---- Slots ---------------------------------------------------------------------------------- */

/* A slot: bits 0-15 cell offset, 16-25 key bytes after the prefix, 26-31 flags, 32-63 head. */
typedef uint64_t page_slot;

#define PAGE_SLOT_VERSIONED (1u << 26) /* the cell begins with the address of a version record */
#define PAGE_SLOT_STUB      (1u << 27) /* the row is 8 bytes: the address of the row out of line */
#define PAGE_SLOT_OVERFLOW  (1u << 28) /* the row is 16 bytes: child word of the first page, size */
#define PAGE_SLOT_SIZED     (1u << 29) /* a varint length stands before the row */
#define PAGE_SLOT_OWNER     (1u << 30) /* free for the tree; memory only */
#define PAGE_SLOT_OWNER2    (1u << 31) /* free for the tree; memory only */
#define PAGE_SLOT_FLAGS     0xFC000000u

#define PAGE_STUB_BYTES     8u
#define PAGE_OVERFLOW_BYTES 16u

static inline unsigned page_slot_offset(page_slot slot)
{
    return (unsigned)(slot & 0xFFFF);
}

/* Bytes of the key after the page's prefix. */
static inline unsigned page_slot_key_size(page_slot slot)
{
    return (unsigned)(slot >> 16) & 0x3FF;
}

static inline uint32_t page_slot_flags(page_slot slot)
{
    return (uint32_t)slot & PAGE_SLOT_FLAGS;
}

static inline uint32_t page_slot_head(page_slot slot)
{
    return (uint32_t)(slot >> 32);
}

static inline bool page_slot_versioned(page_slot slot)
{
    return (slot & PAGE_SLOT_VERSIONED) != 0;
}

static inline size_t page_size(const struct page *page)
{
    return (size_t)page->frame_count * LIMIT_FRAME_BYTES;
}

static inline unsigned page_slot_count(const struct page *page)
{
    return atomic_load_explicit(&page->slot_count, memory_order_relaxed);
}

/* How many slots an unlatched reader may load: never beyond the frames. P4. */
static inline unsigned page_slot_count_unlatched(const struct page *page)
{
    unsigned count = page_slot_count(page);
    unsigned room = (unsigned)((page_size(page) - PAGE_HEADER_BYTES) / PAGE_SLOT_BYTES);

    return count < room ? count : room;
}

static inline _Atomic page_slot *page_slots(const struct page *page)
{
    return (_Atomic page_slot *)(uintptr_t)((const uint8_t *)page + PAGE_HEADER_BYTES);
}

/* Unlatched; index < page_slot_count_unlatched(). A reader that sees the slot sees its whole cell. */
static inline page_slot page_slot_load(const struct page *page, unsigned index)
{
    return atomic_load_explicit(&page_slots(page)[index],
                                memory_order_acquire); /* pairs: release in page_slot_swing */
}

/* Copies slots [from, from + count) that exist; returns how many. Unlatched. For cursors: copy,
 * validate the latch once, then use the immutable cells while the epoch is held. */
unsigned page_slots_copy(const struct page *page, unsigned from, unsigned count,
                         page_slot *slots_out);

/* Points an existing slot to another cell of the same key (from page_cell_write_same). One store. */
void page_slot_swing(struct page *page, unsigned index, page_slot slot);

/* Puts a slot (from page_cell_write or page_child_write) at index and moves later ones up. */
void page_slot_insert(struct page *page, unsigned index, page_slot slot);

/* Lets a versioned slot (no STUB, no OVERFLOW) name the same cell without its record: the row is plain from
 * now on. One store; readers that hold the old slot still find the record in the cell. */
void page_slot_settle(struct page *page, unsigned index);

/* Takes the slot away; its cell stays for readers that hold it and counts as dead. */
void page_slot_remove(struct page *page, unsigned index);

/* ---- Search --------------------------------------------------------------------------------- */

struct page_position {
    unsigned index; /* lower bound: first slot whose key is >= the key; slot_count when none */
    bool exact;     /* the key at index is the key */
};

/* Latched or alone. P5. */
struct page_position page_search(const struct page *page, vv_slice key);

/* The same beside a writer. index <= page_slot_count_unlatched() of some moment. P4. */
struct page_position page_search_unlatched(const struct page *page, vv_slice key);

/* Inner pages: index of the child that covers key (the last slot whose separator is <= key; slot 0
 * stands for everything below slot 1), whose lines are on their way. Unlatched; 0 also for an empty
 * (torn) page. P4. */
unsigned page_child_search_unlatched(const struct page *page, vv_slice key);

/* Starts fetching the cache lines that a search of key will need, for batches of look-ups. */
void page_prefetch(const struct page *page);

/* ---- Keys ----------------------------------------------------------------------------------- */

vv_slice page_prefix(const struct page *page);

/* Fences: keys k of the page hold low <= k < high. Borrowed until the page ends. */
vv_slice page_low(const struct page *page);

/* False: there is no upper bound. */
bool page_high(const struct page *page, vv_slice *high_out);

/* True if low <= key < high. */
bool page_covers(const struct page *page, vv_slice key);

/* True if the key begins with the page's prefix: otherwise an insert needs a rebuild. */
bool page_takes_key(const struct page *page, vv_slice key);

#define PAGE_KEY_BUFFER (LIMIT_KEY_BYTES + PAGE_HEAD_BYTES)

/* Writes the whole key of a slot (prefix, head, rest) and returns its size, at most LIMIT_KEY_BYTES;
 * buffer holds PAGE_KEY_BUFFER. Unlatched (P4): 0 for torn bytes. The slot is one of this page (or was,
 * in this page, while the epoch is held); slot 0 of an inner page has no key: ask page_low(). */
size_t page_key_copy(const struct page *page, page_slot slot, uint8_t *buffer);

/* The order of the slot's key against key: < 0, 0, > 0. Unlatched (P4). */
int page_key_compare(const struct page *page, page_slot slot, vv_slice key);

/* ---- Runs: many slots at a time --------------------------------------------------------------- */

/* Rows of the plain slots of a leaf from `from` on, at most `count`, while their keys are of one size and
 * their rows of the page's: returns how many (0: none of that kind); *last_out is then the last slot.
 * Unlatched: look at the rows after the latch was validated. */
unsigned page_run_rows(const struct page *page, unsigned from, unsigned count, vv_slice *rows_out,
                       page_slot *last_out);

/* Bytes of each whole key of a run with this last slot. */
size_t page_run_key_size(const struct page *page, page_slot last);

/* The keys of a run, one behind the other: bytes has room for count * key_size + PAGE_KEY_BUFFER.
 * Unlatched (P4). */
void page_run_keys(const struct page *page, unsigned from, unsigned count, size_t key_size,
                   uint8_t *bytes, vv_slice *keys_out);

/* Starts fetching all lines of the leaf that a child word names. */
void page_child_fetch(uint64_t child);

/* ---- Cells ---------------------------------------------------------------------------------- */

/* What a leaf cell says. Slices point into the page: until the epoch is left. */
struct page_cell {
    uint64_t record; /* address of the version record, 0: everyone may see the row */
    vv_slice rest;   /* key bytes beyond prefix and head */
    vv_slice row;    /* row bytes; 8 bytes of a stub; 16 bytes of an overflow reference */
    unsigned size;   /* bytes of the whole cell */
};

/* Reads the cell of a leaf slot. Unlatched (P4): false for torn bytes, *cell_out is then empty. */
static inline bool page_cell_read(const struct page *page, page_slot slot,
                                  struct page_cell *cell_out);

/* The version record of a slot, 0 for a plain one. Unlatched. */
static inline uint64_t page_cell_record(const struct page *page, page_slot slot);

/* What to write into a leaf cell. */
struct page_value {
    uint64_t record; /* 0: plain */
    uint32_t form;   /* 0, PAGE_SLOT_STUB or PAGE_SLOT_OVERFLOW */
    vv_slice row;    /* the row, or the 8 or 16 bytes of form */
};

/* Bytes between slots and cells. */
static inline size_t page_free_bytes(const struct page *page)
{
    return (size_t)atomic_load_explicit(&page->cell_low, memory_order_relaxed) - PAGE_HEADER_BYTES -
           (size_t)page_slot_count(page) * PAGE_SLOT_BYTES;
}

/* Bytes of a leaf cell for a key of key_size whole bytes. */
size_t page_cell_size(const struct page *page, size_t key_size, const struct page_value *value);

/* Can the cell of a new key be placed: takes_key and room for cell and slot. */
bool page_fits_insert(const struct page *page, vv_slice key, const struct page_value *value);

/* Can a new cell for the key of slot be placed. */
bool page_fits_swing(const struct page *page, page_slot slot, const struct page_value *value);

/* Appends a cell for a key (page_fits_insert holds) and returns its slot, not yet in the page: a written
 * cell must get its slot (or dead_bytes its size). */
page_slot page_cell_write(struct page *page, vv_slice key, const struct page_value *value);

/* Appends a cell for the key of slot (page_fits_swing holds) and returns the slot to swing to; the old
 * cell counts as dead from now on. */
page_slot page_cell_write_same(struct page *page, page_slot slot, const struct page_value *value);

/* ---- Inner cells ---------------------------------------------------------------------------- */

/*
 * A child word: bits 0-1 its form. HOT and COOL are the address of a page in memory; COOL asks "does
 * anybody still come here?"; EVICTED is an image frame (34 bits) with 28 bits of its CRC32C, the only
 * form in an image; OTHER is free for the tree (forks). 0 is no child.
 *
 * An address has 26 bits to spare (2-11 and 48-63): they say how full the child was when the word was
 * made, so that the search of the parent can already fetch the lines of the child that hold the key.
 * Two words of the same page may therefore differ: compare page_child_page().
 */
enum page_child_form { PAGE_CHILD_HOT, PAGE_CHILD_COOL, PAGE_CHILD_EVICTED, PAGE_CHILD_OTHER };

#define PAGE_CHILD_FRAME_BITS 34
#define PAGE_CHILD_CHECK_BITS 28
#define PAGE_CHILD_ADDRESS    0x0000FFFFFFFFF000u

static inline enum page_child_form page_child_form(uint64_t child)
{
    return (enum page_child_form)(child & 3);
}

/* The HOT word of a page that was built. */
uint64_t page_child_hot(const struct page *page);

/* The page of a HOT or COOL word. */
static inline struct page *page_child_page(uint64_t child)
{
    return (struct page *)(uintptr_t)(child & PAGE_CHILD_ADDRESS);
}

static inline uint64_t page_child_evicted(uint64_t frame_id, uint32_t crc)
{
    return PAGE_CHILD_EVICTED | frame_id << 2 |
           (uint64_t)(crc >> (32 - PAGE_CHILD_CHECK_BITS)) << (2 + PAGE_CHILD_FRAME_BITS);
}

static inline uint64_t page_child_frame(uint64_t child)
{
    return child >> 2 & (((uint64_t)1 << PAGE_CHILD_FRAME_BITS) - 1);
}

/* Is this the CRC the word was made with? */
static inline bool page_child_check(uint64_t child, uint32_t crc)
{
    return child >> (2 + PAGE_CHILD_FRAME_BITS) == crc >> (32 - PAGE_CHILD_CHECK_BITS);
}

/* The child word of an inner slot. Unlatched (P4): 0 for torn bytes. */
static inline uint64_t page_child_load(const struct page *page, page_slot slot);

/* Replaces the child word in place (release). Latched. */
void page_child_store(struct page *page, page_slot slot, uint64_t child);

/* Replaces the word if it is still *expected (mark cool, clear the mark); any thread, unlatched. */
bool page_child_exchange(struct page *page, page_slot slot, uint64_t expected, uint64_t child);

/* Can a separator be placed: takes_key and room for cell and slot. */
bool page_fits_child(const struct page *page, vv_slice separator);

/* Bytes that it takes. */
size_t page_child_bytes(const struct page *page, vv_slice separator);

/* Appends the cell of a separator and its child (page_fits_child holds); returns its slot. */
page_slot page_child_write(struct page *page, vv_slice separator, uint64_t child);

/* ---- Overflow pages ------------------------------------------------------------------------- */

#define PAGE_OVERFLOW_ROOM(frames) ((frames)*LIMIT_FRAME_BYTES - PAGE_HEADER_BYTES - 8u)

/* Makes fresh frames an overflow page holding bytes (at most its room). next: child word or 0. */
void page_overflow_init(struct page *page, unsigned frame_count, vv_slice bytes, uint64_t next);
vv_slice page_overflow_bytes(const struct page *page);
uint64_t page_overflow_next(const struct page *page);
void page_overflow_set_next(struct page *page, uint64_t next);

/* The 16 bytes of an overflow reference. */
static inline void page_overflow_ref_store(uint8_t *at, uint64_t child, uint64_t row_size)
{
    bytes_store64(at, child);
    bytes_store64(at + 8, row_size);
}

/* ---- Verify --------------------------------------------------------------------------------- */

/* Walks the page and checks P1-P3 and all offsets. NULL when sound, else the broken promise in words
 * ("P1: keys out of order"), a literal. Alone or latched; safe on any bytes with a true frame_count. */
const char *page_verify(const struct page *page);

#include "page/page_inline.h"

#endif
