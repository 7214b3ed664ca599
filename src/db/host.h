/*
 * host.h - settings of the program around the library, which it tells for SHOW and pg_settings.
 *
 * Threads: host_init, host_release: alone; the rest: any.
 */
#ifndef VARVE_DB_HOST_H
#define VARVE_DB_HOST_H

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "sync/lock.h"

struct varve_shown_setting;

#define HOST_NONE       UINT32_MAX
#define HOST_NAME_BYTES 64

struct host_setting;

struct host {
    struct alloc *alloc;
    struct lock lock;               /* LOCK_LEAF */
    struct host_setting **settings; /* guard: lock; own; by their coming, none goes */
    uint32_t count;                 /* guard: lock */
    uint32_t capacity;              /* guard: lock */
};

void host_init(struct host *host, struct alloc *alloc);
void host_release(struct host *host);

/* Adds a setting, or changes what is shown of the one of its name. */
VV_MUST_USE vv_status host_show(struct host *host, const struct varve_shown_setting *setting);

uint32_t host_count(struct host *host);
/* HOST_NONE when there is none of that name (any case). */
uint32_t host_find(struct host *host, const char *name);

/* A copy of one, its texts in arena: at < host_count(). VV_NOMEM. */
VV_MUST_USE vv_status host_copy(struct host *host, uint32_t at, struct arena *arena,
                                struct varve_shown_setting *setting_out);

/* Refuses to change it: 55P02. */
VV_MUST_USE vv_status host_refuse_change(struct host *host, uint32_t at, struct vv_error *error);

/* What SHOW says into text[size]. True: only superusers may see it. */
bool host_value(struct host *host, uint32_t at, char *text, size_t size);

#endif
