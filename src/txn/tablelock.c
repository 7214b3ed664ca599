/*
 * tablelock.c - the fast way of weak modes, the slow way of all, and the line of who waits.
 *
 * `strong[h]` counts requests (waiting or granted) for strong modes on tables that hash to h. A weak
 * taker stores its entry, then loads the count; a strong one raises the count, then scans the entries:
 * sequentially consistent both, so one sees the other (K1). Everything else happens under the lock.
 */
#include "txn/tablelock.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/list.h"
#include "sync/lock.h"

#define FAST_ENTRIES 14u
#define STRONG_WORDS 1024u
#define RELATION_MAX (UINT64_MAX >> TABLELOCK_MODES)

#define BIT(mode) (1u << (mode))

static const uint8_t conflicts[TABLELOCK_MODES] = {
    [TABLELOCK_ACCESS_SHARE] = BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_ROW_SHARE] = BIT(TABLELOCK_EXCLUSIVE) | BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_ROW_EXCLUSIVE] = BIT(TABLELOCK_SHARE) | BIT(TABLELOCK_SHARE_ROW_EXCLUSIVE) |
                                BIT(TABLELOCK_EXCLUSIVE) | BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_SHARE_UPDATE_EXCLUSIVE] = BIT(TABLELOCK_SHARE_UPDATE_EXCLUSIVE) |
                                         BIT(TABLELOCK_SHARE) | BIT(TABLELOCK_SHARE_ROW_EXCLUSIVE) |
                                         BIT(TABLELOCK_EXCLUSIVE) | BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_SHARE] = BIT(TABLELOCK_ROW_EXCLUSIVE) | BIT(TABLELOCK_SHARE_UPDATE_EXCLUSIVE) |
                        BIT(TABLELOCK_SHARE_ROW_EXCLUSIVE) | BIT(TABLELOCK_EXCLUSIVE) |
                        BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_SHARE_ROW_EXCLUSIVE] = BIT(TABLELOCK_ROW_EXCLUSIVE) |
                                      BIT(TABLELOCK_SHARE_UPDATE_EXCLUSIVE) | BIT(TABLELOCK_SHARE) |
                                      BIT(TABLELOCK_SHARE_ROW_EXCLUSIVE) |
                                      BIT(TABLELOCK_EXCLUSIVE) | BIT(TABLELOCK_ACCESS_EXCLUSIVE),
    [TABLELOCK_EXCLUSIVE] = 0xFF & ~BIT(TABLELOCK_ACCESS_SHARE),
    [TABLELOCK_ACCESS_EXCLUSIVE] = 0xFF,
};

/* A lock that went the slow way: granted modes, and at most one mode that waits. */
struct held {
    struct list link; /* in table->held, in the order of requests; guard: lock */
    struct tablelock_session *session;
    uint64_t relation;
    uint8_t granted;
    uint8_t wanted;       /* 0: does not wait */
    uint32_t strong_bits; /* modes for which strong[] was raised */
    struct held *next;    /* of the session */
};

struct tablelock_session {
    _Alignas(64) _Atomic uint64_t fast[FAST_ENTRIES]; /* relation << 8 | modes; guard: atomic */
    _Atomic uint64_t tag;                             /* guard: atomic */
    uint32_t fast_count;
    struct held *held; /* guard: lock */
    struct tablelock_table *table;
    struct list link; /* guard: lock */
};

struct tablelock_table {
    struct alloc *alloc;
    struct lock lock;
    struct list sessions;                  /* guard: lock */
    struct list held;                      /* guard: lock */
    _Atomic uint32_t strong[STRONG_WORDS]; /* guard: atomic */
};

static bool is_weak(enum tablelock_mode mode);
static _Atomic uint32_t *strong_word(struct tablelock_table *table, uint64_t relation);
static _Atomic uint64_t *fast_entry(struct tablelock_session *session, uint64_t relation);
static bool take_fast(struct tablelock_session *session, uint64_t relation,
                      enum tablelock_mode mode);
static vv_status take_slow(struct tablelock_session *session, uint64_t relation,
                           enum tablelock_mode mode, uint64_t *blocker_out);
static struct held *held_find(struct tablelock_session *session, uint64_t relation);
static struct held *held_add(struct tablelock_session *session, uint64_t relation);
static void held_want(struct held *held, enum tablelock_mode mode);
static void held_unwant(struct held *held);
static void held_remove(struct held *held);
static void note_first(void *arg, uint64_t tag);
static void each_blocker(const struct held *mine, enum tablelock_mode mode, tablelock_visit visit,
                         void *arg);
static void each_fast_blocker(const struct held *mine, enum tablelock_mode mode,
                              tablelock_visit visit, void *arg);

bool tablelock_conflict(enum tablelock_mode a, enum tablelock_mode b)
{
    return (conflicts[a] & BIT(b)) != 0;
}

vv_status tablelock_table_create(struct alloc *alloc, struct tablelock_table **table_out)
{
    struct tablelock_table *table = alloc_zero(alloc, ALLOC_TXN, sizeof *table);

    *table_out = table;
    if (table == NULL) {
        return VV_NOMEM;
    }
    table->alloc = alloc;
    lock_init(&table->lock, LOCK_TXN_TABLES);
    list_init(&table->sessions);
    list_init(&table->held);
    return VV_OK;
}

void tablelock_table_destroy(struct tablelock_table *table)
{
    if (table != NULL) {
        VV_ASSERT(list_empty(&table->sessions) && list_empty(&table->held));
        alloc_free(table->alloc, ALLOC_TXN, table, sizeof *table);
    }
}

vv_status tablelock_session_create(struct tablelock_table *table,
                                   struct tablelock_session **session_out)
{
    struct tablelock_session *session = alloc_aligned(table->alloc, ALLOC_TXN, 64, sizeof *session);

    *session_out = session;
    if (session == NULL) {
        return VV_NOMEM;
    }
    memset(session, 0, sizeof *session);
    session->table = table;
    lock_acquire(&table->lock);
    list_append(&table->sessions, &session->link);
    lock_release(&table->lock);
    return VV_OK;
}

void tablelock_session_destroy(struct tablelock_session *session)
{
    if (session == NULL) {
        return;
    }
    tablelock_end(session);
    lock_acquire(&session->table->lock);
    list_remove(&session->link);
    lock_release(&session->table->lock);
    alloc_free(session->table->alloc, ALLOC_TXN, session, sizeof *session);
}

vv_status tablelock_take(struct tablelock_session *session, uint64_t tag, uint64_t relation,
                         enum tablelock_mode mode, uint64_t *blocker_out)
{
    _Atomic uint64_t *entry = fast_entry(session, relation);
    const struct held *held = NULL;

    VV_ASSERT(relation <= RELATION_MAX && mode < TABLELOCK_MODES);
    *blocker_out = 0;
    if (entry != NULL && (atomic_load_explicit(entry, memory_order_relaxed) & BIT(mode)) != 0) {
        return VV_OK;
    }
    atomic_store_explicit(&session->tag, tag, memory_order_relaxed);
    /* Who stands in line for it must get it there, or would stand there still when he holds it. */
    held = held_find(session, relation);
    if (is_weak(mode) && (held == NULL || held->wanted == 0) &&
        take_fast(session, relation, mode)) {
        return VV_OK;
    }
    return take_slow(session, relation, mode, blocker_out);
}

void tablelock_each_blocker(const struct tablelock_session *session, tablelock_visit visit,
                            void *arg)
{
    lock_acquire(&session->table->lock);
    for (const struct held *held = session->held; held != NULL; held = held->next) {
        if (held->wanted != 0) {
            each_blocker(held, (enum tablelock_mode)__builtin_ctz(held->wanted), visit, arg);
        }
    }
    lock_release(&session->table->lock);
}

void tablelock_withdraw(struct tablelock_session *session)
{
    if (session->held == NULL) {
        return;
    }
    lock_acquire(&session->table->lock);
    for (struct held *held = session->held, *next = NULL; held != NULL; held = next) {
        next = held->next;
        held_unwant(held);
        if (held->granted == 0) {
            held_remove(held);
        }
    }
    lock_release(&session->table->lock);
}

void tablelock_end(struct tablelock_session *session)
{
    for (uint32_t i = 0; i < session->fast_count; i++) {
        /* Release: what the lock protected is behind us. */
        atomic_store_explicit(&session->fast[i], 0, memory_order_release);
    }
    session->fast_count = 0;
    if (session->held == NULL) {
        return;
    }
    lock_acquire(&session->table->lock);
    while (session->held != NULL) {
        held_remove(session->held);
    }
    lock_release(&session->table->lock);
}

static void list_modes(struct tablelock_info *info, uint32_t modes,
                       void (*each)(void *context, const struct tablelock_info *info),
                       void *context)
{
    for (uint8_t mode = 0; mode < TABLELOCK_MODES; mode++) {
        if ((modes & BIT(mode)) != 0) {
            info->mode = mode;
            each(context, info);
        }
    }
}

void tablelock_list(struct tablelock_table *table,
                    void (*each)(void *context, const struct tablelock_info *info), void *context)
{
    lock_acquire(&table->lock);
    list_for_each(link, &table->sessions) {
        struct tablelock_session *session = LIST_OF(link, struct tablelock_session, link);

        for (unsigned i = 0; i < FAST_ENTRIES; i++) {
            uint64_t word = atomic_load_explicit(&session->fast[i], memory_order_relaxed);
            struct tablelock_info info = {
                .session = session, .relation = word >> 8, .granted = true, .fast = true};

            list_modes(&info, (uint32_t)(word & 0xFF), each, context);
        }
        for (const struct held *held = session->held; held != NULL; held = held->next) {
            struct tablelock_info info = {
                .session = session, .relation = held->relation, .granted = true};

            list_modes(&info, held->granted, each, context);
            info.granted = false;
            list_modes(&info, held->wanted, each, context);
        }
    }
    lock_release(&table->lock);
}

static bool is_weak(enum tablelock_mode mode)
{
    return mode <= TABLELOCK_ROW_EXCLUSIVE;
}

static _Atomic uint32_t *strong_word(struct tablelock_table *table, uint64_t relation)
{
    return &table->strong[hash_word(relation) % STRONG_WORDS];
}

/* The session's entry of a relation, or NULL. */
static _Atomic uint64_t *fast_entry(struct tablelock_session *session, uint64_t relation)
{
    for (uint32_t i = 0; i < session->fast_count; i++) {
        uint64_t word = atomic_load_explicit(&session->fast[i], memory_order_relaxed);

        if (word >> TABLELOCK_MODES == relation) {
            return &session->fast[i];
        }
    }
    return NULL;
}

/* K3. False: somebody has or wants a strong mode, or the entries are used up. */
static bool take_fast(struct tablelock_session *session, uint64_t relation,
                      enum tablelock_mode mode)
{
    _Atomic uint64_t *entry = fast_entry(session, relation);
    uint64_t before = 0;

    if (entry == NULL) {
        if (session->fast_count == FAST_ENTRIES) {
            return false;
        }
        entry = &session->fast[session->fast_count++];
    }
    before = atomic_load_explicit(entry, memory_order_relaxed);
    (void)atomic_exchange_explicit(entry, relation << TABLELOCK_MODES | (before & 0xFF) | BIT(mode),
                                   memory_order_seq_cst); /* pairs: held_want */
    if (atomic_load_explicit(strong_word(session->table, relation), memory_order_seq_cst) == 0) {
        return true;
    }
    if ((before & 0xFF) == 0) { /* the entry was made just now, it is the last */
        session->fast_count--;
        relation = 0;
    }
    atomic_store_explicit(entry, relation << TABLELOCK_MODES | (before & 0xFF),
                          memory_order_release);
    return false;
}

static vv_status take_slow(struct tablelock_session *session, uint64_t relation,
                           enum tablelock_mode mode, uint64_t *blocker_out)
{
    vv_status status = VV_OK;
    struct held *held = NULL;

    lock_acquire(&session->table->lock);
    held = held_find(session, relation);
    if (held == NULL) {
        held = held_add(session, relation);
    }
    if (held == NULL) {
        status = VV_NOMEM;
    } else if ((held->granted & BIT(mode)) == 0) {
        held_want(held, mode);
        each_blocker(held, mode, note_first, blocker_out);
        if (*blocker_out != 0) {
            status = VV_WAIT;
        } else {
            held->granted |= (uint8_t)BIT(mode);
            held->wanted = 0;
        }
    }
    lock_release(&session->table->lock);
    return status;
}

static struct held *held_find(struct tablelock_session *session, uint64_t relation)
{
    for (struct held *held = session->held; held != NULL; held = held->next) {
        if (held->relation == relation) {
            return held;
        }
    }
    return NULL;
}

static struct held *held_add(struct tablelock_session *session, uint64_t relation)
{
    struct held *held = alloc_zero(session->table->alloc, ALLOC_TXN, sizeof *held);

    if (held != NULL) {
        held->session = session;
        held->relation = relation;
        held->next = session->held;
        session->held = held;
        list_append(&session->table->held, &held->link);
    }
    return held;
}

/* Stands in line for mode, and is seen by weak takers when it is strong. */
static void held_want(struct held *held, enum tablelock_mode mode)
{
    if ((held->wanted & BIT(mode)) != 0) {
        return;
    }
    held_unwant(held); /* the wait for another mode was given up */
    held->wanted = (uint8_t)BIT(mode);
    if (!is_weak(mode) && (held->strong_bits & BIT(mode)) == 0) {
        held->strong_bits |= BIT(mode);
        atomic_fetch_add_explicit(strong_word(held->session->table, held->relation), 1,
                                  memory_order_seq_cst); /* pairs: take_fast */
    }
}

static void held_unwant(struct held *held)
{
    uint32_t bits = held->wanted & held->strong_bits & ~(uint32_t)held->granted;

    if (bits != 0) {
        held->strong_bits &= ~bits;
        atomic_fetch_sub_explicit(strong_word(held->session->table, held->relation), 1,
                                  memory_order_seq_cst);
    }
    held->wanted = 0;
}

static void held_remove(struct held *held)
{
    struct tablelock_session *session = held->session;
    struct held **link = &session->held;

    atomic_fetch_sub_explicit(strong_word(session->table, held->relation),
                              (uint32_t)__builtin_popcount(held->strong_bits),
                              memory_order_seq_cst);
    while (*link != held) {
        link = &(*link)->next;
    }
    *link = held->next;
    list_remove(&held->link);
    alloc_free(session->table->alloc, ALLOC_TXN, held, sizeof *held);
}

static void note_first(void *arg, uint64_t tag)
{
    uint64_t *first = arg;

    *first = *first == 0 ? tag : *first;
}

/* Whom must `mine` wait for before it may have mode? First those who have a conflicting mode, and those
 * who asked for one earlier (K2), unless we hold a mode of the table already: they may wait for us. */
static void each_blocker(const struct held *mine, enum tablelock_mode mode, tablelock_visit visit,
                         void *arg)
{
    bool holds = mine->granted != 0 || fast_entry(mine->session, mine->relation) != NULL;
    bool before_me = true;

    list_for_each(link, &mine->session->table->held) {
        struct held *other = LIST_OF(link, struct held, link);

        if (other == mine) {
            before_me = false;
        } else if (other->relation == mine->relation) {
            if ((other->granted & conflicts[mode]) != 0 ||
                (before_me && !holds && (other->wanted & conflicts[mode]) != 0)) {
                visit(arg, atomic_load_explicit(&other->session->tag, memory_order_relaxed));
            }
        }
    }
    if (!is_weak(mode)) {
        each_fast_blocker(mine, mode, visit, arg);
    }
}

static void each_fast_blocker(const struct held *mine, enum tablelock_mode mode,
                              tablelock_visit visit, void *arg)
{
    list_for_each(link, &mine->session->table->sessions) {
        struct tablelock_session *other = LIST_OF(link, struct tablelock_session, link);

        for (uint32_t i = 0; i < FAST_ENTRIES && other != mine->session; i++) {
            uint64_t word = atomic_load_explicit(&other->fast[i], memory_order_seq_cst);

            if (word >> TABLELOCK_MODES == mine->relation && (word & conflicts[mode]) != 0) {
                visit(arg, atomic_load_explicit(&other->tag, memory_order_relaxed));
            }
        }
    }
}
