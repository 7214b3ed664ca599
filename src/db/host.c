/* host.c - see host.h. */
#include "db/host.h"

#include "varve/varve.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SETTING_TEXTS 13

/* The texts of a varve_shown_setting one behind the other; an absent one is told by its bit. */
struct host_setting {
    uint32_t size; /* of this with its texts */
    uint16_t has;  /* bits of SETTING_TEXTS */
    bool superusers;
    char texts[];
};

static const char **text_of(struct varve_shown_setting *setting, unsigned i);
static struct host_setting *setting_pack(struct host *host,
                                         const struct varve_shown_setting *setting);
static const char *setting_text(const struct host_setting *setting, unsigned i);
static uint32_t find_locked(const struct host *host, const char *name);
static bool room_locked(struct host *host);

enum { TEXT_NAME = 0, TEXT_SHOWN = 1, TEXT_CONTEXT = 6 };

static const char **text_of(struct varve_shown_setting *setting, unsigned i)
{
    const char **const texts[SETTING_TEXTS] = {
        &setting->name,     &setting->shown,       &setting->setting,  &setting->unit,
        &setting->category, &setting->description, &setting->context,  &setting->type,
        &setting->source,   &setting->least,       &setting->greatest, &setting->choices,
        &setting->built_in};

    return texts[i];
}

void host_init(struct host *host, struct alloc *alloc)
{
    *host = (struct host){.alloc = alloc};
    lock_init(&host->lock, LOCK_LEAF);
}

void host_release(struct host *host)
{
    for (uint32_t i = 0; i < host->count; i++) {
        alloc_free(host->alloc, ALLOC_GENERAL, host->settings[i], host->settings[i]->size);
    }
    alloc_free(host->alloc, ALLOC_GENERAL, host->settings,
               host->capacity * sizeof(struct host_setting *));
    host->settings = NULL;
    host->count = 0;
    host->capacity = 0;
}

vv_status host_show(struct host *host, const struct varve_shown_setting *setting)
{
    struct host_setting *fresh = setting_pack(host, setting);
    struct host_setting *old = fresh;
    uint32_t at = 0;

    if (fresh == NULL) {
        return VV_NOMEM;
    }
    lock_acquire(&host->lock);
    at = find_locked(host, setting->name);
    if (at != HOST_NONE) {
        old = host->settings[at];
        host->settings[at] = fresh;
    } else if (room_locked(host)) {
        host->settings[host->count++] = fresh;
        old = NULL;
    }
    lock_release(&host->lock);
    if (old != NULL) {
        alloc_free(host->alloc, ALLOC_GENERAL, old, old->size);
    }
    return old == fresh ? VV_NOMEM : VV_OK;
}

uint32_t host_count(struct host *host)
{
    uint32_t count = 0;

    lock_acquire(&host->lock);
    count = host->count;
    lock_release(&host->lock);
    return count;
}

uint32_t host_find(struct host *host, const char *name)
{
    uint32_t at = HOST_NONE;

    lock_acquire(&host->lock);
    at = find_locked(host, name);
    lock_release(&host->lock);
    return at;
}

vv_status host_copy(struct host *host, uint32_t at, struct arena *arena,
                    struct varve_shown_setting *setting_out)
{
    const struct host_setting *setting = NULL;
    const struct host_setting *copy = NULL;

    lock_acquire(&host->lock);
    setting = host->settings[at];
    copy = arena_copy(arena, setting, setting->size);
    lock_release(&host->lock);
    if (copy == NULL) {
        return VV_NOMEM;
    }
    *setting_out =
        (struct varve_shown_setting){.size = sizeof *setting_out, .superusers = copy->superusers};
    for (unsigned i = 0; i < SETTING_TEXTS; i++) {
        *text_of(setting_out, i) = setting_text(copy, i);
    }
    return VV_OK;
}

vv_status host_refuse_change(struct host *host, uint32_t at, struct vv_error *error)
{
    char name[HOST_NAME_BYTES];
    bool restart = false;

    lock_acquire(&host->lock);
    snprintf(name, sizeof name, "%s", setting_text(host->settings[at], TEXT_NAME));
    restart = strcmp(setting_text(host->settings[at], TEXT_CONTEXT), "postmaster") == 0;
    lock_release(&host->lock);
    return error_set(error, VV_SQLSTATE_CANT_CHANGE_RUNTIME_PARAM, 0,
                     restart ? "parameter \"%s\" cannot be changed without restarting the server"
                             : "parameter \"%s\" cannot be changed now",
                     name);
}

bool host_value(struct host *host, uint32_t at, char *text, size_t size)
{
    bool superusers = false;

    lock_acquire(&host->lock);
    superusers = host->settings[at]->superusers;
    snprintf(text, size, "%s", setting_text(host->settings[at], TEXT_SHOWN));
    lock_release(&host->lock);
    return superusers;
}

/* NULL: out of memory. */
static struct host_setting *setting_pack(struct host *host,
                                         const struct varve_shown_setting *setting)
{
    struct varve_shown_setting copy = *setting;
    struct host_setting *packed = NULL;
    size_t size = sizeof *packed;
    char *at = NULL;

    for (unsigned i = 0; i < SETTING_TEXTS; i++) {
        size += *text_of(&copy, i) == NULL ? 1 : strlen(*text_of(&copy, i)) + 1;
    }
    packed = alloc_zero(host->alloc, ALLOC_GENERAL, size);
    if (packed == NULL) {
        return NULL;
    }
    packed->size = (uint32_t)size;
    packed->superusers = setting->superusers != 0;
    at = packed->texts;
    for (unsigned i = 0; i < SETTING_TEXTS; i++) {
        const char *text = *text_of(&copy, i);

        packed->has = (uint16_t)(packed->has | (text != NULL) << i);
        text = text == NULL ? "" : text;
        memcpy(at, text, strlen(text) + 1);
        at += strlen(text) + 1;
    }
    return packed;
}

static const char *setting_text(const struct host_setting *setting, unsigned i)
{
    const char *at = setting->texts;

    for (unsigned before = 0; before < i; before++) {
        at += strlen(at) + 1;
    }
    return (setting->has & 1u << i) == 0 ? NULL : at;
}

static uint32_t find_locked(const struct host *host, const char *name)
{
    for (uint32_t i = 0; i < host->count; i++) {
        if (strcasecmp(setting_text(host->settings[i], TEXT_NAME), name) == 0) {
            return i;
        }
    }
    return HOST_NONE;
}

static bool room_locked(struct host *host)
{
    uint32_t capacity = host->capacity == 0 ? 64 : host->capacity * 2;
    struct host_setting **grown = NULL;

    if (host->count < host->capacity) {
        return true;
    }
    grown = alloc_zero(host->alloc, ALLOC_GENERAL, capacity * sizeof(struct host_setting *));
    if (grown == NULL) {
        return false;
    }
    if (host->count > 0) {
        memcpy(grown, host->settings, host->count * sizeof(struct host_setting *));
    }
    alloc_free(host->alloc, ALLOC_GENERAL, host->settings,
               host->capacity * sizeof(struct host_setting *));
    host->settings = grown;
    host->capacity = capacity;
    return true;
}
