/* bind_lock.c - FOR UPDATE and its kin: which rows a SELECT locks, how strongly, and whether it waits. */
#include "plan/bind_private.h"

static_assert((int)AST_FOR_KEY_SHARE == (int)ROW_LOCK_KEY_SHARE &&
                  (int)AST_FOR_UPDATE == (int)ROW_LOCK_UPDATE,
              "one order of strengths");
static_assert((int)AST_LOCK_WAIT == (int)ROW_LOCK_WAITS &&
                  (int)AST_LOCK_SKIP_LOCKED == (int)ROW_LOCK_SKIPS &&
                  (int)AST_LOCK_NOWAIT == (int)ROW_LOCK_FAILS,
              "one order of what a busy row means");

static const char *locking_text(const struct ast_locking *locking)
{
    return row_lock_text((enum row_lock_strength)locking->strength);
}

/* OF names: each is that of the statement's table. */
static vv_status locking_tables(struct binder *binder, const struct ast_locking *locking)
{
    ast_for_each(item, &locking->tables)
    {
        const struct ast_name *name = &AST_AS(relation, item)->name;
        vv_slice last = ast_name_last(name);

        if (name->count > 1) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "%s must specify unqualified relation names", locking_text(locking));
        }
        if (binder->relation_count == 0 ||
            !slice_equal(last, slice_text(binder->relations[0].alias))) {
            return error_set(binder->error, VV_SQLSTATE_UNDEFINED_TABLE, item->position,
                             "relation \"%.*s\" in %s clause not found in FROM clause",
                             (int)last.size, (const char *)last.data, locking_text(locking));
        }
    }
    return VV_OK;
}

vv_status bind_locking_values(struct binder *binder, const struct ast_list *clauses)
{
    return clauses->count == 0 ? VV_OK
                               : error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                                           "%s cannot be applied to VALUES",
                                           locking_text(AST_AS(locking, clauses->first)));
}

/* Of several clauses the strongest lock and the least patient wait (applyLockingClause). */
vv_status bind_locking(struct binder *binder, const struct ast_list *clauses, const char *without,
                       const struct row_lock **lock_out)
{
    struct row_lock *lock = NULL;

    *lock_out = NULL;
    if (clauses->count == 0) {
        return VV_OK;
    }
    lock = ARENA_NEW(binder->arena, struct row_lock);
    if (lock == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, clauses)
    {
        const struct ast_locking *locking = AST_AS(locking, item);

        if (without != NULL) {
            return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                             "%s is not allowed with %s", locking_text(locking), without);
        }
        VV_TRY(locking_tables(binder, locking));
        lock->strength =
            (uint8_t)(locking->strength > lock->strength ? locking->strength : lock->strength);
        lock->wait = (uint8_t)(locking->wait > lock->wait ? locking->wait : lock->wait);
    }
    if (binder->relation_count > 0) { /* without FROM there is nothing to lock */
        lock->table = binder->relations[0].table;
        *lock_out = lock;
    }
    return VV_OK;
}
