/*
 * system_activity.c - who is connected, what is locked, what is prepared, how large tables are.
 *
 * Of other sessions only what may be read without stopping them is told: who they are, since when, and whether a call
 * is running.
 */
#include <stdio.h>

#include "catalog/catalog_statistics.h"
#include "db/cursor.h"
#include "db/system_private.h"
#include "store/store.h"

/* A session as it was when the list was read. */
struct seen_session {
    const struct store_session *store;
    int32_t number;
    int64_t began;
    bool busy;
    char user[LIMIT_NAME_BYTES + 1];
    char database[LIMIT_NAME_BYTES + 1];
};

/* A lock as it was when the list was read. */
struct seen_lock {
    struct seen_lock *next;
    struct store_lock_info info;
};

struct seen_locks {
    struct arena *arena;
    struct seen_lock *first;
    struct seen_lock **end;
    bool failed;
};

static vv_status sessions_see(struct system_scan *scan, struct seen_session **sessions_out,
                              uint32_t *count_out)
{
    struct varve *db = scan->session->db;
    struct seen_session *sessions = NULL;
    uint32_t room = 0;
    uint32_t count = 0;

    lock_acquire(&db->lock);
    room = db->session_count;
    lock_release(&db->lock);
    sessions = ARENA_ARRAY(scan->arena, struct seen_session, room);
    if (sessions == NULL) {
        return VV_NOMEM;
    }
    lock_acquire(&db->lock);
    list_for_each(link, &db->sessions) {
        const struct varve_session *session = LIST_OF(link, struct varve_session, link);
        struct seen_session *seen = &sessions[count];

        if (count == room) {
            break;
        }
        count++;
        seen->store = session->store;
        seen->number = session->number;
        seen->began = session->began;
        seen->busy = atomic_load_explicit(&session->busy, memory_order_relaxed);
        memcpy(seen->user, session->user, sizeof seen->user);
        memcpy(seen->database, session->database, sizeof seen->database);
    }
    lock_release(&db->lock);
    *sessions_out = sessions;
    *count_out = count;
    return VV_OK;
}

vv_status system_rows_pg_stat_activity(struct system_scan *scan)
{
    struct seen_session *sessions = NULL;
    uint32_t count = 0;

    VV_TRY(sessions_see(scan, &sessions, &count));
    for (uint32_t i = 0; i < count; i++) {
        const struct seen_session *seen = &sessions[i];
        bool own = seen->store == scan->store;
        struct session_role role;

        system_row(scan);
        system_number(scan, SYSTEM_pg_stat_activity__datid, SYSTEM_DATABASE);
        system_string(scan, SYSTEM_pg_stat_activity__datname, seen->database);
        system_number(scan, SYSTEM_pg_stat_activity__pid, seen->number);
        system_number(scan, SYSTEM_pg_stat_activity__usesysid,
                      roles_named(scan->session, seen->user, &role) ? role.id : 0);
        system_string(scan, SYSTEM_pg_stat_activity__usename, seen->user);
        if (own) {
            system_string(scan, SYSTEM_pg_stat_activity__application_name,
                          settings_text(&scan->session->settings, SETTING_APPLICATION_NAME));
        }
        system_number(scan, SYSTEM_pg_stat_activity__backend_start, seen->began);
        system_string(scan, SYSTEM_pg_stat_activity__state, seen->busy ? "active" : "idle");
        if (own && scan->session->active != NULL) {
            system_string(scan, SYSTEM_pg_stat_activity__query, scan->session->active->text);
        }
        system_string(scan, SYSTEM_pg_stat_activity__backend_type, "client backend");
    }
    return VV_OK;
}

/* Called with locks held: keeps it, no more. */
static void lock_seen(void *context, const struct store_lock_info *info)
{
    struct seen_locks *locks = context;
    struct seen_lock *seen = ARENA_NEW(locks->arena, struct seen_lock);

    if (seen == NULL) {
        locks->failed = true;
        return;
    }
    seen->info = *info;
    *locks->end = seen;
    locks->end = &seen->next;
}

/* 0: it is no table's, but a name's that somebody defines. */
static uint32_t relation_of_map(const struct system_names *names, uint64_t map)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->objects[i].kind == CATALOG_TABLE && names->objects[i].def->map_id == map) {
            return names->objects[i].id;
        }
    }
    return 0;
}

vv_status system_rows_pg_locks(struct system_scan *scan)
{
    static const char *const modes[] = {
        "AccessShareLock", "RowShareLock",          "RowExclusiveLock", "ShareUpdateExclusiveLock",
        "ShareLock",       "ShareRowExclusiveLock", "ExclusiveLock",    "AccessExclusiveLock"};
    struct seen_locks locks = {.arena = scan->arena};
    struct seen_session *sessions = NULL;
    uint32_t count = 0;

    locks.end = &locks.first;
    VV_TRY(sessions_see(scan, &sessions, &count));
    store_table_locks(scan->session->db->store, lock_seen, &locks);
    if (locks.failed) {
        return VV_NOMEM;
    }
    for (const struct seen_lock *lock = locks.first; lock != NULL; lock = lock->next) {
        const struct seen_session *owner = NULL;
        uint32_t relation = relation_of_map(scan->names, lock->info.relation);

        for (uint32_t i = 0; i < count && owner == NULL; i++) {
            owner = sessions[i].store == lock->info.session ? &sessions[i] : NULL;
        }
        if (owner == NULL) {
            continue; /* the catalog's own session, or one that came after the list */
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_locks__locktype, relation == 0 ? "object" : "relation");
        system_number(scan, SYSTEM_pg_locks__database, SYSTEM_DATABASE);
        if (relation != 0) {
            system_number(scan, SYSTEM_pg_locks__relation, relation);
        }
        system_number(scan, SYSTEM_pg_locks__pid, owner->number);
        system_string(scan, SYSTEM_pg_locks__mode, modes[lock->info.mode]);
        system_boolean(scan, SYSTEM_pg_locks__granted, lock->info.granted);
        system_boolean(scan, SYSTEM_pg_locks__fastpath, lock->info.fast);
    }
    return VV_OK;
}

/* "{integer,text}" */
static const char *types_text(struct system_scan *scan, const uint8_t *types, uint32_t count)
{
    const char *text = "{";

    for (uint32_t i = 0; text != NULL && i < count; i++) {
        const char *name = value_types[types[i]].text;
        const char *quote = strpbrk(name, " \",{}") == NULL ? "" : "\"";

        text = arena_format(scan->arena, "%s%s%s%s%s", text, i == 0 ? "" : ",", quote, name, quote);
    }
    return text == NULL ? NULL : arena_format(scan->arena, "%s}", text);
}

vv_status system_rows_pg_prepared_statements(struct system_scan *scan)
{
    list_for_each(link, &scan->session->prepared) {
        const struct session_prepared *prepared = LIST_OF(link, struct session_prepared, link);
        const char *types = types_text(scan, prepared->types, prepared->type_count);
        const char *text = arena_text(scan->arena, prepared->text, prepared->text_size);

        if (types == NULL || text == NULL) {
            return VV_NOMEM;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_prepared_statements__name, prepared->name);
        system_string(scan, SYSTEM_pg_prepared_statements__statement, text);
        system_number(scan, SYSTEM_pg_prepared_statements__prepare_time, prepared->began);
        system_string(scan, SYSTEM_pg_prepared_statements__parameter_types, types);
        system_boolean(scan, SYSTEM_pg_prepared_statements__from_sql, prepared->from_sql);
        system_number(scan, SYSTEM_pg_prepared_statements__generic_plans, 0);
        system_number(scan, SYSTEM_pg_prepared_statements__custom_plans, 0);
    }
    return VV_OK;
}

vv_status system_rows_pg_cursors(struct system_scan *scan)
{
    list_for_each(link, &scan->session->cursors) {
        const struct session_cursor *cursor = LIST_OF(link, struct session_cursor, link);
        const char *text = arena_text(scan->arena, cursor->text, strlen(cursor->text));
        const char *name = arena_text(scan->arena, cursor->name, strlen(cursor->name));

        if (text == NULL || name == NULL) {
            return VV_NOMEM;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_cursors__name, name);
        system_string(scan, SYSTEM_pg_cursors__statement, text);
        system_boolean(scan, SYSTEM_pg_cursors__is_holdable, cursor->hold);
        system_boolean(scan, SYSTEM_pg_cursors__is_binary, cursor->binary);
        system_boolean(scan, SYSTEM_pg_cursors__is_scrollable, cursor->scroll);
        system_number(scan, SYSTEM_pg_cursors__creation_time, cursor->began);
    }
    return VV_OK;
}

vv_status system_rows_pg_stat_user_tables(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];
        struct catalog_table_stats stats = {0};
        struct catalog_table_statistics known;

        if (object->kind != CATALOG_TABLE) {
            continue;
        }
        (void)!catalog_table_stats(scan->catalog, object->def, &stats);
        system_row(scan);
        system_number(scan, SYSTEM_pg_stat_user_tables__relid, object->id);
        system_string(scan, SYSTEM_pg_stat_user_tables__schemaname, "public");
        system_string(scan, SYSTEM_pg_stat_user_tables__relname, object->name);
        system_number(scan, SYSTEM_pg_stat_user_tables__n_live_tup, (int64_t)stats.rows);
        if (catalog_statistics_get_table(scan->store, object->def, &known) == VV_OK) {
            system_number(scan, SYSTEM_pg_stat_user_tables__last_analyze, known.analyzed_at);
        }
    }
    return VV_OK;
}
