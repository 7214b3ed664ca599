/*
 * zones.c - a session's time zone and clock (value/context.h): zones come from the system's tz database.
 *
 * A zone is read once a session, when it is first named, and kept: there are at most a few hundred. Names are found in
 * any case, as PostgreSQL finds them: literals lose their case before their zone is looked up.
 */
#include "db/db_private.h"

#include "db/system.h"
#include "os/os.h"
#include "value/calendar.h"
#include "value/context.h"
#include "value/interval.h"
#include "value/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define ZONE_FOLDER      "/usr/share/zoneinfo"
#define ZONE_PATH_BYTES  256
#define ZONE_FILE_BYTES  (256 * 1024)
#define ZONE_ARENA_BYTES 4096
#define INTERVAL_WORD    "interval"

struct search {
    const char *wanted;
    size_t size;
    char *found; /* ZONE_NAME_BYTES */
};

static const struct zone *zone_of_session(void *owner);
static const struct context_forms *forms_of_session(void *owner);
static const struct zone *zone_find(void *owner, const char *name);
static const struct zone *zone_add(struct varve_session *session, const struct zone *zone);
static const struct zone *zone_read(struct varve_session *session, const char *name);
static bool name_is_plain(const char *name);
static bool path_find(struct os *os, const char *name, char *path, char *canonical);
static vv_status read_file(struct os *os, const char *path, struct arena *arena, vv_slice *out);
static int64_t clock_read(void *owner);

void session_context_init(struct varve_session *session)
{
    arena_init(&session->zones, &session->db->alloc, ALLOC_SESSION, ZONE_ARENA_BYTES);
    session->context = (struct context){.transaction_time = CONTEXT_UNSET,
                                        .statement_time = CONTEXT_UNSET,
                                        .owner = session,
                                        .zone = zone_of_session,
                                        .find_zone = zone_find,
                                        .forms = forms_of_session,
                                        .clock = clock_read,
                                        .find_object = system_find_object,
                                        .name_object = system_name_object};
}

void session_context_release(struct varve_session *session)
{
    arena_release(&session->zones);
}

struct context *session_context_enter(struct varve_session *session)
{
    return context_set(&session->context);
}

void session_context_leave(struct context *before)
{
    (void)context_set(before);
}

#define ZONE_SECONDS_MAX (168 * 3600) /* a week, and not all of it */

static vv_status refuse(const char *value, const char *detail, struct vv_error *error)
{
    (void)error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                    "invalid value for parameter \"%s\": \"%.200s\"",
                    settings_name(SETTING_TIMEZONE), value);
    if (detail != NULL) {
        error_detail(error, "%s", detail);
    }
    return VV_ERROR;
}

/* INTERVAL '-08:00': hours and minutes east. VV_NOT_FOUND: it is something else. */
static vv_status zone_of_interval(const char *value, struct zone *out, struct vv_error *error)
{
    const char *text = value + strlen(INTERVAL_WORD);
    struct interval interval;
    size_t size = 0;

    if (strncasecmp(value, INTERVAL_WORD, strlen(INTERVAL_WORD)) != 0) {
        return VV_NOT_FOUND;
    }
    text += strspn(text, " \t\n\r\f\v");
    size = *text == '\'' ? strcspn(text + 1, "'") : 0;
    if (*text != '\'' || text[1 + size] != '\'' || text[2 + size] != 0) {
        return refuse(value, NULL, error);
    }
    VV_TRY(interval_parse(slice_make(text + 1, size), VALUE_NO_MODIFIER, &interval, error));
    if (interval.months != 0) {
        return refuse(value, "Cannot specify months in time zone interval.", error);
    }
    if (interval.days != 0) {
        return refuse(value, "Cannot specify days in time zone interval.", error);
    }
    if (llabs(interval.time / 1000000) >= ZONE_SECONDS_MAX) {
        return refuse(value, "UTC timezone offset is out of range.", error);
    }
    zone_from_offset((int32_t)(interval.time / 1000000), out);
    return VV_OK;
}

/* "5.5", "-7": hours east. VV_NOT_FOUND: it is something else. */
static vv_status zone_of_hours(const char *value, struct zone *out, struct vv_error *error)
{
    char *end = NULL;
    double hours = strtod(value, &end);

    while (*end == ' ') {
        end++;
    }
    if (end == value || *end != 0) {
        return VV_NOT_FOUND;
    }
    if (!(hours * 3600 > -ZONE_SECONDS_MAX && hours * 3600 < ZONE_SECONDS_MAX)) {
        return refuse(value, "UTC timezone offset is out of range.", error);
    }
    zone_from_offset((int32_t)(hours * 3600), out);
    return VV_OK;
}

/* The zone that a value of the setting means. */
static vv_status zone_of_value(struct varve_session *session, const char *value,
                               const struct zone **zone_out, struct vv_error *error)
{
    struct zone fixed;
    vv_status status = zone_of_interval(value, &fixed, error);

    if (status == VV_NOT_FOUND) {
        status = zone_of_hours(value, &fixed, error);
    }
    if (status == VV_ERROR) {
        return status;
    }
    *zone_out = status == VV_OK ? zone_add(session, &fixed) : zone_find(session, value);
    return *zone_out == NULL ? refuse(value, NULL, error) : VV_OK;
}

vv_status session_set(struct varve_session *session, const char *name, const char *value,
                      bool local, bool in_transaction, struct vv_error *error)
{
    const struct zone *zone = NULL;
    uint32_t of_host = settings_find(&session->settings, name) == SETTING_NONE
                           ? host_find(&session->db->host, name)
                           : HOST_NONE;

    if (of_host != HOST_NONE) {
        return host_refuse_change(&session->db->host, of_host, error);
    }
    if (settings_find(&session->settings, name) == SETTING_TIMEZONE && value != NULL) {
        VV_TRY(zone_of_value(session, value, &zone, error));
        value = zone->name;
    }
    return settings_set(&session->settings, name, value, local, in_transaction, error);
}

static int64_t clock_read(void *owner)
{
    const struct varve_session *session = owner;

    /* What is owed to pg_sleep() counts as slept. */
    return os_wall_us(session->db->os) - CALENDAR_UNIX_OFFSET + (int64_t)(session->sleep_ns / 1000);
}

/* Whatever SET, RESET and ROLLBACK did to the settings since. */
static const struct context_forms *forms_of_session(void *owner)
{
    struct varve_session *session = owner;

    if (session->forms_version != session->settings.version) {
        settings_forms(&session->settings, &session->forms);
        session->forms_version = session->settings.version;
    }
    return &session->forms;
}

static const struct zone *zone_of_session(void *owner)
{
    struct varve_session *session = owner;
    const char *name = settings_text(&session->settings, SETTING_TIMEZONE);

    if (session->zone == NULL || strcmp(name, session->zone_name) != 0) {
        const struct zone *zone = zone_find(session, name);

        session->zone = zone == NULL ? &zone_utc : zone;
        snprintf(session->zone_name, sizeof session->zone_name, "%s", name);
    }
    return session->zone;
}

/* ---- finding ---- */

const struct zone *system_zone(struct varve_session *session, const char *name)
{
    return zone_find(session, name);
}

int64_t system_transaction_time(struct varve_session *session)
{
    struct context *before = session_context_enter(session);
    int64_t now = context_transaction_time();

    session_context_leave(before);
    return (now + CALENDAR_UNIX_OFFSET) / 1000000;
}

static const struct zone *zone_find(void *owner, const char *name)
{
    struct varve_session *session = owner;
    char upper[ZONE_NAME_BYTES];
    const struct zone *zone = NULL;
    struct zone posix;
    size_t size = strlen(name);

    for (zone = session->first_zone; zone != NULL; zone = zone->next) {
        if (strcasecmp(zone->name, name) == 0) {
            return zone;
        }
    }
    if (size == 0 || size >= sizeof upper) {
        return NULL;
    }
    zone = name_is_plain(name) ? zone_read(session, name) : NULL;
    if (zone != NULL) {
        return zone;
    }
    if (strcasecmp(name, "UTC") == 0 || strcasecmp(name, "GMT") == 0) { /* even without files */
        posix = zone_utc;
        snprintf(posix.name, sizeof posix.name, "%s",
                 name[0] == 'g' || name[0] == 'G' ? "GMT" : "UTC");
        return zone_add(session, &posix);
    }
    for (size_t i = 0; i <= size; i++) {
        upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
    }
    return zone_from_posix(upper, &posix) ? zone_add(session, &posix) : NULL;
}

/* Keeps a copy. NULL: out of memory. */
static const struct zone *zone_add(struct varve_session *session, const struct zone *zone)
{
    struct zone *copy = NULL;

    for (const struct zone *known = session->first_zone; known != NULL; known = known->next) {
        if (strcmp(known->name, zone->name) == 0) {
            return known;
        }
    }
    copy = arena_copy(&session->zones, zone, sizeof *zone);
    if (copy != NULL) {
        copy->next = session->first_zone;
        session->first_zone = copy;
    }
    return copy;
}

/* Nothing that could leave the folder. */
static bool name_is_plain(const char *name)
{
    if (name[0] == '/' || strstr(name, "..") != NULL) {
        return false;
    }
    for (; *name != 0; name++) {
        bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');

        if (!letter && !(*name >= '0' && *name <= '9') && strchr("/_+-", *name) == NULL) {
            return false;
        }
    }
    return true;
}

static vv_status compare_name(void *user, const char *name)
{
    struct search *search = user;

    if (strlen(name) == search->size && strncasecmp(name, search->wanted, search->size) == 0) {
        snprintf(search->found, ZONE_NAME_BYTES, "%s", name);
        return VV_END;
    }
    return VV_OK;
}

/* Goes down the folders, each name in any case. canonical has ZONE_NAME_BYTES. */
static bool path_find(struct os *os, const char *name, char *path, char *canonical)
{
    size_t size = (size_t)snprintf(path, ZONE_PATH_BYTES, "%s", ZONE_FOLDER);
    size_t named = 0;

    while (*name != 0) {
        char found[ZONE_NAME_BYTES] = "";
        struct search search = {.wanted = name, .size = strcspn(name, "/"), .found = found};

        if (os_list(os, path, compare_name, &search, NULL) != VV_END || found[0] == 0) {
            return false;
        }
        size += (size_t)snprintf(path + size, ZONE_PATH_BYTES - size, "/%s", found);
        named += (size_t)snprintf(canonical + named, ZONE_NAME_BYTES - named, "%s%s",
                                  named == 0 ? "" : "/", found);
        if (size >= ZONE_PATH_BYTES || named >= ZONE_NAME_BYTES) {
            return false;
        }
        name += search.size;
        name += *name == '/';
    }
    return true;
}

static const struct zone *zone_read(struct varve_session *session, const char *name)
{
    char path[ZONE_PATH_BYTES];
    char canonical[ZONE_NAME_BYTES];
    const struct zone *zone = NULL;
    struct arena scratch;
    vv_slice bytes;

    if (!path_find(session->db->os, name, path, canonical)) {
        return NULL;
    }
    arena_init(&scratch, &session->db->alloc, ALLOC_SESSION, ZONE_ARENA_BYTES);
    if (read_file(session->db->os, path, &scratch, &bytes) == VV_OK) {
        zone = zone_from_file(bytes, canonical, &session->zones);
    }
    arena_release(&scratch);
    return zone == NULL ? NULL : zone_add(session, zone);
}

/* ---- all of them ---- */

#define ZONE_DEPTH_MAX 4 /* posix/America/Argentina/Ushuaia */

struct walk {
    struct varve_session *session;
    system_zone_each each;
    void *context;
    struct arena *arena;        /* of one zone */
    char name[ZONE_NAME_BYTES]; /* of the folder or zone at hand, below ZONE_FOLDER */
    size_t name_size;
    unsigned depth;
};

static vv_status walk_name(void *user, const char *name);

/* A folder is what can be listed. */
static vv_status walk_here(struct walk *walk)
{
    struct os *os = walk->session->db->os;
    char path[ZONE_PATH_BYTES];
    vv_slice bytes;
    const struct zone *zone = NULL;
    vv_status status = VV_OK;

    snprintf(path, sizeof path, "%s/%s", ZONE_FOLDER, walk->name);
    if (walk->depth < ZONE_DEPTH_MAX) {
        walk->depth++;
        status = os_list(os, path, walk_name, walk, NULL);
        walk->depth--;
        if (status != VV_IO && status != VV_NOT_FOUND) {
            return status;
        }
    }
    arena_reset(walk->arena);
    if (read_file(os, path, walk->arena, &bytes) == VV_OK) {
        zone = zone_from_file(bytes, walk->name, walk->arena);
    }
    return zone == NULL ? VV_OK : walk->each(walk->context, zone);
}

/* Files whose seconds count leap seconds are no zones here. */
static vv_status walk_name(void *user, const char *name)
{
    struct walk *walk = user;
    size_t size = walk->name_size;
    int added =
        snprintf(walk->name + size, sizeof walk->name - size, "%s%s", size == 0 ? "" : "/", name);
    vv_status status = VV_OK;

    if (name[0] != '.' && strcmp(walk->name, "right") != 0 &&
        size + (size_t)added < sizeof walk->name) {
        walk->name_size = size + (size_t)added;
        status = walk_here(walk);
    }
    walk->name_size = size;
    walk->name[size] = 0;
    return status;
}

vv_status system_zones_each(struct varve_session *session, system_zone_each each, void *context)
{
    struct arena arena;
    struct walk walk = {.session = session, .each = each, .context = context, .arena = &arena};
    vv_status status = VV_OK;

    arena_init(&arena, &session->db->alloc, ALLOC_SESSION, ZONE_ARENA_BYTES);
    status = os_list(session->db->os, ZONE_FOLDER, walk_name, &walk, NULL);
    arena_release(&arena);
    return status == VV_IO || status == VV_NOT_FOUND ? VV_OK : status; /* no files: no zones */
}

static vv_status read_file(struct os *os, const char *path, struct arena *arena, vv_slice *out)
{
    struct os_file *file = NULL;
    uint64_t size = 0;
    size_t got = 0;
    uint8_t *bytes = NULL;
    vv_status status = os_open(os, path, OS_OPEN_READ, &file, NULL);

    *out = slice_make(NULL, 0);
    if (status == VV_OK) {
        status = os_size(os, file, &size, NULL);
    }
    if (status == VV_OK && size > ZONE_FILE_BYTES) {
        status = VV_LIMIT;
    }
    if (status == VV_OK) {
        bytes = arena_get(arena, (size_t)size);
        status = bytes == NULL ? VV_NOMEM : os_pread(os, file, 0, bytes, (size_t)size, &got, NULL);
    }
    os_close(os, file);
    *out = slice_make(bytes, got);
    return status;
}
