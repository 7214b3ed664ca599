/* plan_cache.c - see plan_cache.h. */
#include "db/plan_cache.h"

#include "db/system.h"

#include "base/assert.h"
#include "base/hash.h"
#include "catalog/catalog_statistics.h"
#include "optimize/optimize.h"
#include "plan/bind.h"
#include "plan/origin.h"
#include "sql/sql.h"
#include "store/store.h"
#include "table/table.h"

#define PLAN_ARENA_BYTES  8192u
#define FACTS_BLOCK_BYTES 8192u

/* A plan takes at most this many bytes, or so many times its text, whichever is more (D5). */
#define PLAN_LIMIT_FLOOR (96u << 20)
#define PLAN_LIMIT_TIMES 3u

/* What ANALYZE knows of a table, or of a column; read once a plan: conditions are judged several times, for each
 * index anew. */
struct plan_fact {
    struct plan_fact *next;
    uint32_t table_id;
    uint16_t column; /* TABLE_NO_COLUMN: of the table */
    bool known;
    struct catalog_table_statistics rows;
    struct catalog_column_statistics statistics;
};

struct plan_facts {
    struct plan *plan;
    struct arena arena;
    struct plan_fact *first;
};

static bool cache_is_full(const struct plan_cache *cache);
static struct plan *evict(struct plan_cache *cache);
static void unlink_plan(struct plan_cache *cache, struct plan *plan);
static uint64_t text_hash(vv_slice text, vv_slice types);
static vv_status plan_fill(struct plan *plan, const struct plan_request *request,
                           struct vv_error *error);
static vv_status origins_find(struct plan *plan, const struct logical_plan *logical);
static vv_status name_table(void *context, const char *schema, const char *name, enum bind_use use,
                            uint32_t position, const struct table_def **def_out,
                            struct vv_error *error);
static struct optimize_statistics plan_statistics(struct plan_facts *facts);
static bool table_statistics(void *context, const struct table_def *table,
                             struct optimize_table_statistics *statistics_out);
static const struct catalog_column_statistics *column_statistics(void *context,
                                                                 const struct table_def *table,
                                                                 uint16_t column);
static bool range_statistics(void *context, const struct table_def *table,
                             const struct table_index *index, const struct optimize_range *range,
                             double *rows_out);

void plan_cache_init(struct plan_cache *cache, struct alloc *alloc)
{
    memset(cache, 0, sizeof *cache);
    cache->alloc = alloc;
    lock_init(&cache->lock, LOCK_PLAN_CACHE);
    list_init(&cache->by_use);
}

void plan_cache_release(struct plan_cache *cache)
{
    if (cache->alloc == NULL) {
        return;
    }
    while (!list_empty(&cache->by_use)) {
        struct plan *plan = LIST_OF(cache->by_use.next, struct plan, link);

        unlink_plan(cache, plan);
        plan_drop(plan);
    }
}

struct plan *plan_cache_find(struct plan_cache *cache, vv_slice text, vv_slice types)
{
    uint64_t hash = text_hash(text, types);
    struct plan *plan = NULL;

    lock_acquire(&cache->lock);
    plan = cache->buckets[hash % PLAN_CACHE_BUCKETS];
    while (plan != NULL && (plan->hash != hash || !slice_equal(plan->text, text) ||
                            !slice_equal(plan->types, types))) {
        plan = plan->next_in_bucket;
    }
    if (plan != NULL) {
        list_remove(&plan->link);
        list_append(&cache->by_use, &plan->link);
        plan_acquire(plan);
        atomic_fetch_add_explicit(&plan->hit_count, 1, memory_order_relaxed);
    }
    lock_release(&cache->lock);
    atomic_fetch_add_explicit(plan == NULL ? &cache->miss_count : &cache->hit_count, 1,
                              memory_order_relaxed);
    return plan;
}

void plan_cache_add(struct plan_cache *cache, struct plan *plan)
{
    struct plan *before = NULL;
    struct plan *oldest = NULL;

    if (plan->arena.reserved_bytes > PLAN_CACHE_PLAN_BYTES) {
        return;
    }
    lock_acquire(&cache->lock);
    VV_ASSERT(!plan->cached);
    before = cache->buckets[plan->hash % PLAN_CACHE_BUCKETS];
    while (before != NULL &&
           (!slice_equal(before->text, plan->text) || !slice_equal(before->types, plan->types))) {
        before = before->next_in_bucket;
    }
    if (before != NULL) {
        unlink_plan(cache, before);
    }
    oldest = cache_is_full(cache) ? evict(cache) : NULL;
    cache->plan_bytes += plan->arena.reserved_bytes;
    plan->next_in_bucket = cache->buckets[plan->hash % PLAN_CACHE_BUCKETS];
    cache->buckets[plan->hash % PLAN_CACHE_BUCKETS] = plan;
    list_append(&cache->by_use, &plan->link);
    plan->cached = true;
    cache->plan_count++;
    plan_acquire(plan);
    lock_release(&cache->lock);
    plan_drop(before);
    plan_drop(oldest);
    plan_cache_relieve(cache);
}

/* A plan that a statement holds gives no memory back yet, and is found again soon. */
void plan_cache_relieve(struct plan_cache *cache)
{
    struct plan *plan = NULL;

    while (!alloc_leaves_reserve(cache->alloc, 0)) {
        lock_acquire(&cache->lock);
        plan = list_empty(&cache->by_use) ? NULL : evict(cache);
        lock_release(&cache->lock);
        if (plan == NULL) {
            return;
        }
        plan_drop(plan);
    }
}

uint32_t plan_cache_list(struct plan_cache *cache, struct plan **plans)
{
    uint32_t count = 0;

    lock_acquire(&cache->lock);
    list_for_each(link, &cache->by_use) {
        plans[count++] = plan_acquire(LIST_OF(link, struct plan, link));
    }
    lock_release(&cache->lock);
    return count;
}

void plan_cache_size(struct plan_cache *cache, uint64_t *plans_out, uint64_t *bytes_out)
{
    lock_acquire(&cache->lock);
    *plans_out = cache->plan_count;
    *bytes_out = cache->plan_bytes;
    lock_release(&cache->lock);
}

void plan_cache_remove(struct plan_cache *cache, struct plan *plan)
{
    bool was_cached = false;

    lock_acquire(&cache->lock);
    was_cached = plan->cached;
    if (was_cached) {
        unlink_plan(cache, plan);
    }
    lock_release(&cache->lock);
    if (was_cached) {
        plan_drop(plan);
    }
}

void plan_cache_clear(struct plan_cache *cache)
{
    struct plan *plan = NULL;

    do {
        lock_acquire(&cache->lock);
        plan = list_empty(&cache->by_use) ? NULL : LIST_OF(cache->by_use.next, struct plan, link);
        if (plan != NULL) {
            unlink_plan(cache, plan);
        }
        lock_release(&cache->lock);
        plan_drop(plan);
    } while (plan != NULL);
}

vv_status plan_make(const struct plan_request *request, struct plan **plan_out,
                    struct vv_error *error)
{
    struct plan *plan = alloc_zero(request->alloc, ALLOC_STATEMENT, sizeof *plan);
    vv_status status = VV_OK;

    *plan_out = NULL;
    if (plan == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    atomic_init(&plan->reference_count, 1);
    list_init(&plan->link);
    plan->system = request->system;
    arena_init(&plan->arena, request->alloc, ALLOC_STATEMENT, PLAN_ARENA_BYTES);
    catalog_view_init(&plan->view, request->catalog, request->session);
    plan->arena.limit_bytes = PLAN_LIMIT_TIMES * request->text.size;
    if (plan->arena.limit_bytes < PLAN_LIMIT_FLOOR) {
        plan->arena.limit_bytes = PLAN_LIMIT_FLOOR;
    }
    status = plan_fill(plan, request, error);
    if (status != VV_OK || plan->physical == NULL) {
        plan_drop(plan);
        return status == VV_OK || status == VV_WAITING ? status : error_from_status(error, status);
    }
    for (uint32_t i = 0; i < plan->physical->column_count; i++) {
        plan->shows_names |= plan->physical->column_types[i] == VALUE_REGCLASS;
    }
    plan->view.session = NULL; /* the plan may outlive it */
    atomic_store_explicit(&plan->word, plan->view.word, memory_order_relaxed);
    *plan_out = plan;
    return VV_OK;
}

struct plan *plan_acquire(struct plan *plan)
{
    atomic_fetch_add_explicit(&plan->reference_count, 1, memory_order_relaxed);
    return plan;
}

void plan_drop(struct plan *plan)
{
    struct alloc *alloc = NULL;

    /* Release: what this holder read is done. Acquire: the last one frees what others have read. */
    if (plan == NULL ||
        atomic_fetch_sub_explicit(&plan->reference_count, 1, memory_order_acq_rel) > 1) {
        return;
    }
    VV_ASSERT(!plan->cached); /* D3 */
    alloc = plan->arena.alloc;
    catalog_view_release(&plan->view);
    arena_release(&plan->arena);
    alloc_free(alloc, ALLOC_STATEMENT, plan, sizeof *plan);
}

/* By plans, or by its part of memory_limit. Locked. */
static bool cache_is_full(const struct plan_cache *cache)
{
    size_t limit = cache->alloc->limit_bytes;

    return cache->plan_count == PLAN_CACHE_PLANS ||
           (limit != 0 && cache->plan_count > 0 && cache->plan_bytes > limit / PLAN_CACHE_PART);
}

/* The least recently prepared plan; its count passes to the caller. Locked. */
static struct plan *evict(struct plan_cache *cache)
{
    struct plan *oldest = LIST_OF(cache->by_use.next, struct plan, link);

    unlink_plan(cache, oldest);
    atomic_fetch_add_explicit(&cache->eviction_count, 1, memory_order_relaxed);
    return oldest;
}

/* Takes the plan out; its count passes to the caller. Locked. */
static void unlink_plan(struct plan_cache *cache, struct plan *plan)
{
    struct plan **at = &cache->buckets[plan->hash % PLAN_CACHE_BUCKETS];

    while (*at != plan) {
        VV_ASSERT(*at != NULL);
        at = &(*at)->next_in_bucket;
    }
    *at = plan->next_in_bucket;
    list_remove(&plan->link);
    plan->cached = false;
    cache->plan_count--;
    cache->plan_bytes -= plan->arena.reserved_bytes;
}

static uint64_t text_hash(vv_slice text, vv_slice types)
{
    return hash_bytes(text.data, text.size,
                      types.size == 0 ? 0 : hash_bytes(types.data, types.size, 1));
}

/* physical stays NULL when text holds no statement. */
static vv_status plan_fill(struct plan *plan, const struct plan_request *request,
                           struct vv_error *error)
{
    vv_slice text = request->text;
    vv_slice types = request->types;
    struct bind_catalog names = {.context = plan, .table = name_table};
    struct bind_options options = {.catalog = &names, .prepared = request->prepared};
    const struct logical_plan *logical = NULL;
    struct plan_facts facts = {.plan = plan};
    struct optimize_statistics statistics = plan_statistics(&facts);
    struct sql_statement *statement = NULL;
    vv_status status = VV_OK;

    plan->hash = text_hash(text, types);
    plan->text = slice_make(arena_copy(&plan->arena, text.data, text.size), text.size);
    plan->types = slice_make(arena_copy(&plan->arena, types.data, types.size), types.size);
    if (plan->text.data == NULL || plan->types.data == NULL) {
        return VV_NOMEM;
    }
    options.parameter_types = types.size == 0 ? NULL : plan->types.data;
    options.parameter_type_count = (uint32_t)types.size;
    VV_TRY(sql_parse(plan->text, &plan->arena, &statement, error));
    if (statement == NULL) {
        return VV_OK;
    }
    status = bind_statement(&options, statement->tree, &plan->arena, &logical, error);
    if (status == VV_OK) {
        status = origins_find(plan, logical);
    }
    if (status == VV_OK) {
        arena_init(&facts.arena, plan->arena.alloc, ALLOC_STATEMENT, FACTS_BLOCK_BYTES);
        status = optimize_plan(&statistics, logical, &plan->arena, &plan->physical, error);
        arena_release(&facts.arena);
    }
    if (status == VV_NOMEM && plan->arena.limit_met) { /* D5 */
        return error_set(error, VV_SQLSTATE_STATEMENT_TOO_COMPLEX, statement->position,
                         "statement is too complex");
    }
    return status;
}

static vv_status origins_find(struct plan *plan, const struct logical_plan *logical)
{
    struct plan_origin *origins = NULL;

    if (logical->command != NULL && logical->command->kind == COMMAND_FETCH) {
        plan->origins = logical->command->fetch.origins;
    }
    if (logical->root == NULL || logical->column_count == 0) {
        return VV_OK;
    }
    origins = ARENA_ARRAY(&plan->arena, struct plan_origin, logical->column_count);
    for (uint32_t i = 0; origins != NULL && i < logical->column_count; i++) {
        origins[i] = plan_origin_of(logical->root, i);
    }
    plan->origins = origins;
    return origins == NULL ? VV_NOMEM : VV_OK;
}

static vv_status name_table(void *context, const char *schema, const char *name, enum bind_use use,
                            uint32_t position, const struct table_def **def_out,
                            struct vv_error *error)
{
    static const uint8_t locks[] = {[BIND_USE_READ] = STORE_TABLE_ACCESS_SHARE,
                                    [BIND_USE_LOCK] = STORE_TABLE_ROW_SHARE,
                                    [BIND_USE_WRITE] = STORE_TABLE_ROW_EXCLUSIVE,
                                    [BIND_USE_DEFINE] = CATALOG_LOCK_NONE};

    struct plan *plan = context;
    vv_status status = system_find(plan->system, schema, name, def_out);

    if (status == VV_OK && use != BIND_USE_READ) {
        return error_set(error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                         use == BIND_USE_DEFINE ? "permission denied: \"%s\" is a system catalog"
                                                : "permission denied for table %s",
                         name);
    }
    if (status != VV_NOT_FOUND) {
        return status;
    }
    return catalog_view_table(&plan->view, schema, name,
                              use >= BIND_USE_LOCK_TABLE ? (uint8_t)(use - BIND_USE_LOCK_TABLE)
                                                         : locks[use],
                              position, def_out, error);
}

static struct optimize_statistics plan_statistics(struct plan_facts *facts)
{
    return (struct optimize_statistics){.context = facts,
                                        .table = table_statistics,
                                        .range = range_statistics,
                                        .column = column_statistics};
}

/* NULL: out of memory. */
static const struct plan_fact *fact_find(struct plan_facts *facts, const struct table_def *table,
                                         uint16_t column)
{
    struct store_session *session = facts->plan->view.session;
    struct plan_fact *fact = facts->first;

    while (fact != NULL && (fact->table_id != table->id || fact->column != column)) {
        fact = fact->next;
    }
    if (fact != NULL) {
        return fact;
    }
    fact = ARENA_NEW(&facts->arena, struct plan_fact);
    if (fact != NULL) {
        fact->next = facts->first;
        fact->table_id = table->id;
        fact->column = column;
        fact->known = (column == TABLE_NO_COLUMN
                           ? catalog_statistics_get_table(session, table, &fact->rows)
                           : catalog_statistics_get(session, table, column, &facts->arena,
                                                    &fact->statistics)) == VV_OK;
        facts->first = fact;
    }
    return fact;
}

static bool table_statistics(void *context, const struct table_def *table,
                             struct optimize_table_statistics *statistics_out)
{
    const struct catalog_view *view = &((struct plan_facts *)context)->plan->view;
    const struct plan_fact *fact = NULL;
    struct catalog_table_stats stats;

    if (table_def_is_virtual(table)) {
        return false;
    }
    if (catalog_table_stats(view->catalog, table, &stats) != VV_OK) {
        return false;
    }
    fact = fact_find(context, table, TABLE_NO_COLUMN);
    *statistics_out = (struct optimize_table_statistics){.rows = (double)stats.rows,
                                                         .pages = (double)(stats.bytes / 4096),
                                                         .analyzed = fact != NULL && fact->known};
    return true;
}

static const struct catalog_column_statistics *column_statistics(void *context,
                                                                 const struct table_def *table,
                                                                 uint16_t column)
{
    const struct plan_fact *fact =
        table_def_is_virtual(table) ? NULL : fact_find(context, table, column);

    return fact != NULL && fact->known ? &fact->statistics : NULL;
}

/* Counted from the inner nodes of the index's tree, so it is as true as the tree. */
static bool range_statistics(void *context, const struct table_def *table,
                             const struct table_index *index, const struct optimize_range *range,
                             double *rows_out)
{
    struct plan *plan = ((struct plan_facts *)context)->plan;
    struct table_range wanted = {
        .equal = range->equals,
        .equal_count = range->equal_count,
        .low = {.value = range->low, .inclusive = range->low_inclusive},
        .high = {.value = range->high, .inclusive = range->high_inclusive}};
    struct arena_mark mark = arena_mark(&plan->arena);
    struct store_range encoded;
    bool empty = false;
    uint64_t rows = 0;
    vv_status status = table_range_encode(table, index, &wanted, &plan->arena, &encoded, &empty);

    if (status == VV_OK && !empty) {
        status = store_range_rows(plan->view.session, table_map(table, index), &encoded, &rows);
    }
    arena_reset_to(&plan->arena, mark);
    *rows_out = (double)rows;
    return status == VV_OK;
}
