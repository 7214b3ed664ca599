/*
 * os_sim.c - the simulated machine: faults, crashes, locks and clock around disk.h.
 *
 * Every operation runs between enter() and leave() under one mutex. enter() counts it for the armed fault
 * and answers with what shall go wrong; leave() stops the machine when that was a crash.
 */
#include "os/os_sim.h"

#include "base/assert.h"
#include "base/chunk.h"
#include "os/disk.h"
#include "os/os_futex.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_START_NS  UINT64_C(1000000000)
#define WALL_START_US   INT64_C(1767225600000000) /* 2026-01-01 */
#define POLL_NS         UINT64_C(1000000)
#define LIST_NAMES_STEP 64

/* Classes of operations, for the faults to count. */
enum {
    CLASS_READ = 1,
    CLASS_WRITE = 2,
    CLASS_SYNC = 4,
    CLASS_SPACE = 8,   /* may need room */
    CLASS_CHANGE = 16, /* a crash in it leaves something to draw */
    CLASS_OTHER = 32,
};

struct os_file {
    struct os_file *next;
    struct disk_node *node;
    uint64_t generation;
    bool writable;
};

struct os_lock {
    struct os_lock *next;
    uint64_t generation;
    bool exclusive;
    char path[OS_PATH_BYTES];
};

struct os_sim {
    struct os os;
    pthread_mutex_t mutex; /* guards all below */
    struct disk *disk;
    struct os_file *files;
    struct os_lock *locks;
    uint64_t generation; /* moves at every restart: what was opened before is dead */
    bool crashed;
    enum os_sim_fault fault; /* 0: none armed */
    uint64_t fault_at;
    bool fault_forever;
    uint64_t fault_seen;
    bool fault_hit;
    unsigned lies;
    uint64_t disk_limit;
    _Atomic bool clock_auto;
    _Atomic uint64_t now_ns;
    struct os_sim_counts counts;
};

static struct os_sim *sim_of(struct os *os);
static vv_status fail(struct vv_cause *cause, const char *what, vv_status status);
static vv_status enter(struct os_sim *sim, const struct os_file *file, unsigned classes,
                       const char *what, struct vv_cause *cause, enum os_sim_fault *fault_out);
static vv_status leave(struct os_sim *sim, enum os_sim_fault fault, const char *what,
                       vv_status status, struct vv_cause *cause);
static bool has_room(struct os_sim *sim, uint64_t old_size, uint64_t new_size);

/* --- files --- */

static vv_status open_node(struct os_sim *sim, const char *path, unsigned flags,
                           struct disk_node **node_out)
{
    struct disk_node *node = disk_find(sim->disk, path);

    *node_out = node;
    if (node == NULL) {
        return (flags & OS_OPEN_CREATE) != 0 ? disk_make(sim->disk, path, false, node_out)
                                             : VV_NOT_FOUND;
    }
    if ((flags & OS_OPEN_EXCLUSIVE) != 0) {
        return VV_EXISTS;
    }
    if (disk_is_directory(node)) {
        return VV_IO;
    }
    if ((flags & OS_OPEN_TRUNCATE) != 0 && disk_size(node) > 0) {
        disk_resize(sim->disk, node, 0);
    }
    return VV_OK;
}

static vv_status sim_open(struct os *os, const char *path, unsigned flags,
                          struct os_file **file_out, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    bool creates = (flags & (OS_OPEN_CREATE | OS_OPEN_TRUNCATE)) != 0;
    enum os_sim_fault fault = 0;
    struct disk_node *node = NULL;
    struct os_file *file = NULL;
    vv_status status = VV_OK;

    VV_TRY(enter(sim, NULL, creates ? CLASS_SPACE | CLASS_CHANGE : CLASS_OTHER, "open", cause,
                 &fault));
    status = open_node(sim, path, flags, &node);
    if (status == VV_OK && fault == 0) {
        file = calloc(1, sizeof *file);
        VV_ASSERT(file != NULL);
        disk_acquire(node);
        *file = (struct os_file){.next = sim->files,
                                 .node = node,
                                 .generation = sim->generation,
                                 .writable = (flags & OS_OPEN_WRITE) != 0};
        sim->files = file;
    }
    *file_out = file;
    return leave(sim, fault, "open", status, cause);
}

static void sim_close(struct os *os, struct os_file *file)
{
    struct os_sim *sim = sim_of(os);
    struct os_file **at = NULL;

    pthread_mutex_lock(&sim->mutex);
    for (at = &sim->files; *at != file; at = &(*at)->next) {
        VV_ASSERT(*at != NULL);
    }
    *at = file->next;
    disk_drop(sim->disk, file->node);
    pthread_mutex_unlock(&sim->mutex);
    free(file);
}

static vv_status sim_pread(struct os *os, struct os_file *file, uint64_t offset, void *bytes,
                           size_t size, size_t *got_out, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, file, CLASS_READ, "read", cause, &fault));
    sim->counts.reads++;
    *got_out = disk_read(file->node, offset, bytes, size);
    return leave(sim, fault, "read", VV_OK, cause);
}

static vv_status sim_pwrite(struct os *os, struct os_file *file, uint64_t offset, const void *bytes,
                            size_t size, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    vv_status status = VV_OK;

    VV_TRY(enter(sim, file, CLASS_WRITE | CLASS_SPACE | CLASS_CHANGE, "write", cause, &fault));
    sim->counts.writes++;
    if (!file->writable) {
        return leave(sim, fault, "write", VV_IO, cause);
    }
    if (fault == OS_SIM_WRITE_SHORT) {
        size = (size_t)rng_below(disk_rng(sim->disk), size + 1);
        status = VV_DISK_FULL;
    }
    if (!has_room(sim, disk_size(file->node), offset + size)) {
        size = 0;
        status = VV_DISK_FULL;
    }
    disk_write(sim->disk, file->node, offset, bytes, size);
    return leave(sim, fault, "write", status, cause);
}

static vv_status sync_node(struct os_sim *sim, struct disk_node *node, enum os_sim_fault fault,
                           bool lie)
{
    if (fault == OS_SIM_SYNC_EIO) {
        disk_sync_failed(sim->disk, node);
        return VV_IO;
    }
    /* A crash comes mostly before, sometimes just after the bytes are safe: then nobody was told. */
    if (!lie && (fault != OS_SIM_CRASH || rng_chance(disk_rng(sim->disk), 1, 4))) {
        disk_sync(sim->disk, node);
    }
    return VV_OK;
}

static vv_status sim_datasync(struct os *os, struct os_file *file, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, file, CLASS_SYNC | CLASS_CHANGE, "sync", cause, &fault));
    sim->counts.syncs++;
    return leave(sim, fault, "sync",
                 sync_node(sim, file->node, fault, (sim->lies & OS_SIM_LIE_SYNC) != 0), cause);
}

static vv_status sim_size(struct os *os, struct os_file *file, uint64_t *size_out,
                          struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, file, CLASS_OTHER, "stat", cause, &fault));
    *size_out = disk_size(file->node);
    return leave(sim, fault, "stat", VV_OK, cause);
}

static vv_status resize(struct os_sim *sim, struct os_file *file, uint64_t size, bool shrinks,
                        const char *what, struct vv_cause *cause)
{
    enum os_sim_fault fault = 0;
    vv_status status = file->writable ? VV_OK : VV_IO;

    VV_TRY(enter(sim, file, CLASS_SPACE | CLASS_CHANGE, what, cause, &fault));
    sim->counts.changes++;
    if (status == VV_OK && !has_room(sim, disk_size(file->node), size)) {
        status = VV_DISK_FULL;
    }
    if (status == VV_OK && (shrinks || size > disk_size(file->node))) {
        disk_resize(sim->disk, file->node, size);
    }
    return leave(sim, fault, what, status, cause);
}

static vv_status sim_truncate(struct os *os, struct os_file *file, uint64_t size,
                              struct vv_cause *cause)
{
    return resize(sim_of(os), file, size, true, "truncate", cause);
}

static vv_status sim_preallocate(struct os *os, struct os_file *file, uint64_t size,
                                 struct vv_cause *cause)
{
    return resize(sim_of(os), file, size, false, "preallocate", cause);
}

/* --- names --- */

static vv_status sim_rename(struct os *os, const char *from, const char *to, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, NULL, CLASS_CHANGE, "rename", cause, &fault));
    sim->counts.changes++;
    return leave(sim, fault, "rename", disk_rename(sim->disk, from, to), cause);
}

static vv_status sim_unlink(struct os *os, const char *path, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, NULL, CLASS_CHANGE, "unlink", cause, &fault));
    sim->counts.changes++;
    return leave(sim, fault, "unlink", disk_remove(sim->disk, path, false), cause);
}

static vv_status sim_mkdir(struct os *os, const char *path, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    struct disk_node *node = NULL;

    VV_TRY(enter(sim, NULL, CLASS_SPACE | CLASS_CHANGE, "mkdir", cause, &fault));
    sim->counts.changes++;
    return leave(sim, fault, "mkdir", disk_make(sim->disk, path, true, &node), cause);
}

static vv_status sim_rmdir(struct os *os, const char *path, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;

    VV_TRY(enter(sim, NULL, CLASS_CHANGE, "rmdir", cause, &fault));
    sim->counts.changes++;
    return leave(sim, fault, "rmdir", disk_remove(sim->disk, path, true), cause);
}

/* Copies the names out first: `each` may come back into the os. */
static char *names_copy(const struct disk_node *directory, size_t *count_out)
{
    char *names = NULL;
    size_t count = 0;

    while (disk_name_at(directory, count) != NULL) {
        count++;
    }
    names = calloc(count + 1, DISK_NAME_BYTES);
    VV_ASSERT(names != NULL);
    for (size_t i = 0; i < count; i++) {
        snprintf(names + i * DISK_NAME_BYTES, DISK_NAME_BYTES, "%s", disk_name_at(directory, i));
    }
    *count_out = count;
    return names;
}

static vv_status sim_list(struct os *os, const char *path, os_list_each each, void *user,
                          struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    struct disk_node *node = NULL;
    char *names = NULL;
    size_t count = 0;
    vv_status status = VV_OK;

    VV_TRY(enter(sim, NULL, CLASS_OTHER, "list", cause, &fault));
    node = disk_find(sim->disk, path);
    if (node == NULL || !disk_is_directory(node)) {
        status = node == NULL ? VV_NOT_FOUND : VV_IO;
    } else {
        names = names_copy(node, &count);
    }
    status = leave(sim, fault, "list", status, cause);
    for (size_t i = 0; i < count && status == VV_OK; i++) {
        status = each(user, names + i * DISK_NAME_BYTES);
    }
    free(names);
    return status;
}

static bool sim_exists(struct os *os, const char *path)
{
    struct os_sim *sim = sim_of(os);
    bool exists = false;

    pthread_mutex_lock(&sim->mutex);
    exists = !sim->crashed && disk_find(sim->disk, path) != NULL;
    pthread_mutex_unlock(&sim->mutex);
    return exists;
}

static vv_status sim_sync_directory(struct os *os, const char *path, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    struct disk_node *node = NULL;
    vv_status status = VV_OK;

    VV_TRY(enter(sim, NULL, CLASS_SYNC | CLASS_CHANGE, "sync directory", cause, &fault));
    sim->counts.directory_syncs++;
    node = disk_find(sim->disk, path);
    if (node == NULL || !disk_is_directory(node)) {
        status = node == NULL ? VV_NOT_FOUND : VV_IO;
    } else {
        status = sync_node(sim, node, fault, (sim->lies & OS_SIM_LIE_SYNC_DIRECTORY) != 0);
    }
    return leave(sim, fault, "sync directory", status, cause);
}

/* --- the lock file --- */

static bool lock_is_taken(const struct os_sim *sim, const char *path, bool exclusive)
{
    for (const struct os_lock *lock = sim->locks; lock != NULL; lock = lock->next) {
        if (lock->generation == sim->generation && strcmp(lock->path, path) == 0 &&
            (exclusive || lock->exclusive)) {
            return true;
        }
    }
    return false;
}

static vv_status lock_take(struct os_sim *sim, const char *path, bool exclusive,
                           struct os_lock **lock_out, struct vv_cause *cause)
{
    struct os_lock *lock = NULL;

    if (lock_is_taken(sim, path, exclusive)) {
        return fail(cause, "locked by another process", VV_BUSY);
    }
    lock = calloc(1, sizeof *lock);
    VV_ASSERT(lock != NULL);
    lock->generation = sim->generation;
    lock->exclusive = exclusive;
    snprintf(lock->path, sizeof lock->path, "%s", path);
    lock->next = sim->locks;
    sim->locks = lock;
    *lock_out = lock;
    return VV_OK;
}

static vv_status sim_lock_open(struct os *os, const char *path, bool exclusive,
                               struct os_lock **lock_out, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    struct disk_node *node = NULL;
    vv_status status = VV_OK;

    VV_TRY(enter(sim, NULL, CLASS_SPACE | CLASS_CHANGE, "open lock", cause, &fault));
    if (disk_find(sim->disk, path) == NULL) {
        status = disk_make(sim->disk, path, false, &node);
    }
    if (status == VV_OK && fault == 0) {
        status = lock_take(sim, path, exclusive, lock_out, cause);
    }
    if (status == VV_BUSY) { /* the cause says who */
        pthread_mutex_unlock(&sim->mutex);
        return status;
    }
    return leave(sim, fault, "open lock", status, cause);
}

static void sim_lock_close(struct os *os, struct os_lock *lock)
{
    struct os_sim *sim = sim_of(os);
    struct os_lock **at = NULL;

    pthread_mutex_lock(&sim->mutex);
    for (at = &sim->locks; *at != lock; at = &(*at)->next) {
        VV_ASSERT(*at != NULL);
    }
    *at = lock->next;
    pthread_mutex_unlock(&sim->mutex);
    free(lock);
}

/* --- memory: the machine's own is real --- */

static void *sim_map_reserve(struct os *os, size_t size)
{
    (void)os;
    return os_real()->table->map_reserve(os_real(), size);
}

static void sim_map_release(struct os *os, void *memory, size_t size)
{
    (void)os;
    os_real()->table->map_release(os_real(), memory, size);
}

/* A copy of what is there now: later writes do not show. */
static vv_status sim_map_file(struct os *os, struct os_file *file, uint64_t offset, size_t size,
                              const void **memory_out, struct vv_cause *cause)
{
    struct os_sim *sim = sim_of(os);
    enum os_sim_fault fault = 0;
    uint8_t *memory = NULL;

    VV_TRY(enter(sim, file, CLASS_READ, "map", cause, &fault));
    memory = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
    VV_ASSERT(memory != NULL);
    memset(memory, 0, size);
    (void)disk_read(file->node, offset, memory, size);
    *memory_out = memory;
    return leave(sim, fault, "map", VV_OK, cause);
}

static void sim_unmap_file(struct os *os, const void *memory, size_t size)
{
    (void)os;
    (void)size;
    free((void *)(uintptr_t)memory);
}

/* --- time and chance --- */

static uint64_t sim_monotonic_ns(struct os *os)
{
    return atomic_load_explicit(&sim_of(os)->now_ns, memory_order_acquire);
}

static int64_t sim_wall_us(struct os *os)
{
    return WALL_START_US + (int64_t)(sim_monotonic_ns(os) / 1000);
}

static void sim_entropy(struct os *os, void *bytes, size_t size)
{
    struct os_sim *sim = sim_of(os);

    pthread_mutex_lock(&sim->mutex);
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)rng_next(disk_rng(sim->disk));
    }
    pthread_mutex_unlock(&sim->mutex);
}

/* --- tasks and waiting --- */

static vv_status sim_task_start(struct os *os, const char *name, os_task_body body, void *user,
                                struct os_task **task_out)
{
    (void)os;
    return os_task_start(os_real(), name, body, user, task_out);
}

static void sim_task_join(struct os *os, struct os_task *task)
{
    (void)os;
    os_task_join(os_real(), task);
}

/* Looks at the virtual clock every millisecond of the real one. */
static vv_status sim_wait(struct os *os, _Atomic uint32_t *word, uint32_t expected,
                          uint64_t deadline_ns)
{
    struct os_sim *sim = sim_of(os);

    while (atomic_load_explicit(word, memory_order_acquire) == expected) {
        if (deadline_ns != OS_NO_DEADLINE) {
            if (sim->clock_auto && sim_monotonic_ns(os) < deadline_ns) {
                atomic_store_explicit(&sim->now_ns, deadline_ns, memory_order_release);
            }
            if (sim_monotonic_ns(os) >= deadline_ns) {
                return VV_TIMEOUT;
            }
        }
        os_futex_wait_for(word, expected, POLL_NS);
    }
    return VV_OK;
}

static void sim_wake(struct os *os, _Atomic uint32_t *word, unsigned count)
{
    (void)os;
    os_futex_wake(word, count);
}

static const struct os_table sim_table = {
    .open = sim_open,
    .close = sim_close,
    .pread = sim_pread,
    .pwrite = sim_pwrite,
    .datasync = sim_datasync,
    .size = sim_size,
    .truncate = sim_truncate,
    .preallocate = sim_preallocate,
    .rename = sim_rename,
    .unlink = sim_unlink,
    .mkdir = sim_mkdir,
    .rmdir = sim_rmdir,
    .list = sim_list,
    .exists = sim_exists,
    .sync_directory = sim_sync_directory,
    .lock_open = sim_lock_open,
    .lock_close = sim_lock_close,
    .map_reserve = sim_map_reserve,
    .map_release = sim_map_release,
    .map_file = sim_map_file,
    .unmap_file = sim_unmap_file,
    .monotonic_ns = sim_monotonic_ns,
    .wall_us = sim_wall_us,
    .entropy = sim_entropy,
    .task_start = sim_task_start,
    .task_join = sim_task_join,
    .wait = sim_wait,
    .wake = sim_wake,
};

/* --- the test's side --- */

struct os_sim *os_sim_create(uint64_t seed)
{
    struct os_sim *sim = calloc(1, sizeof *sim);

    if (sim == NULL) {
        return NULL;
    }
    sim->os.table = &sim_table;
    sim->os.user = sim;
    pthread_mutex_init(&sim->mutex, NULL);
    sim->disk = disk_create(seed);
    sim->generation = 1;
    atomic_store_explicit(&sim->now_ns, CLOCK_START_NS, memory_order_relaxed);
    return sim;
}

void os_sim_destroy(struct os_sim *sim)
{
    if (sim == NULL) {
        return;
    }
    while (sim->files != NULL) {
        sim_close(&sim->os, sim->files);
    }
    while (sim->locks != NULL) {
        sim_lock_close(&sim->os, sim->locks);
    }
    disk_destroy(sim->disk);
    pthread_mutex_destroy(&sim->mutex);
    free(sim);
}

struct os *os_sim_os(struct os_sim *sim)
{
    return &sim->os;
}

static void arm(struct os_sim *sim, enum os_sim_fault fault, uint64_t n, bool forever)
{
    pthread_mutex_lock(&sim->mutex);
    sim->fault = n == 0 ? 0 : fault;
    sim->fault_at = n;
    sim->fault_forever = forever;
    sim->fault_seen = 0;
    sim->fault_hit = false;
    pthread_mutex_unlock(&sim->mutex);
}

void os_sim_fault_arm(struct os_sim *sim, enum os_sim_fault fault, uint64_t n)
{
    arm(sim, fault, n, false);
}

void os_sim_fault_arm_forever(struct os_sim *sim, enum os_sim_fault fault, uint64_t n)
{
    arm(sim, fault, n, true);
}

bool os_sim_fault_hit(struct os_sim *sim)
{
    bool hit = false;

    pthread_mutex_lock(&sim->mutex);
    hit = sim->fault_hit;
    pthread_mutex_unlock(&sim->mutex);
    return hit;
}

uint64_t os_sim_fault_seen(struct os_sim *sim)
{
    uint64_t seen = 0;

    pthread_mutex_lock(&sim->mutex);
    seen = sim->fault_seen;
    pthread_mutex_unlock(&sim->mutex);
    return seen;
}

void os_sim_lie(struct os_sim *sim, unsigned lies)
{
    pthread_mutex_lock(&sim->mutex);
    sim->lies = lies;
    pthread_mutex_unlock(&sim->mutex);
}

void os_sim_crash(struct os_sim *sim)
{
    pthread_mutex_lock(&sim->mutex);
    sim->counts.crashes += !sim->crashed;
    sim->crashed = true;
    pthread_mutex_unlock(&sim->mutex);
}

bool os_sim_crashed(struct os_sim *sim)
{
    bool crashed = false;

    pthread_mutex_lock(&sim->mutex);
    crashed = sim->crashed;
    pthread_mutex_unlock(&sim->mutex);
    return crashed;
}

void os_sim_restart(struct os_sim *sim)
{
    struct disk_tally tally = {0};

    os_sim_crash(sim);
    pthread_mutex_lock(&sim->mutex);
    disk_crash(sim->disk, &tally);
    sim->counts.sectors_lost += tally.sectors_lost;
    sim->counts.sectors_kept += tally.sectors_kept;
    sim->counts.writes_torn += tally.writes_torn;
    sim->counts.names_lost += tally.names_lost;
    sim->generation++;
    sim->crashed = false;
    sim->fault = 0;
    pthread_mutex_unlock(&sim->mutex);
}

void os_sim_disk_limit(struct os_sim *sim, uint64_t bytes)
{
    pthread_mutex_lock(&sim->mutex);
    sim->disk_limit = bytes;
    pthread_mutex_unlock(&sim->mutex);
}

vv_status os_sim_flip_bit(struct os_sim *sim, const char *path, uint64_t offset, unsigned bit)
{
    struct disk_node *node = NULL;
    vv_status status = VV_NOT_FOUND;

    pthread_mutex_lock(&sim->mutex);
    node = disk_find(sim->disk, path);
    if (node != NULL) {
        status = disk_flip_bit(node, offset, bit) ? VV_OK : VV_INVALID;
    }
    pthread_mutex_unlock(&sim->mutex);
    return status;
}

void os_sim_advance_ns(struct os_sim *sim, uint64_t ns)
{
    atomic_fetch_add_explicit(&sim->now_ns, ns, memory_order_acq_rel);
}

void os_sim_clock_auto(struct os_sim *sim, bool on)
{
    sim->clock_auto = on;
}

struct os_sim_counts os_sim_counts(struct os_sim *sim)
{
    struct os_sim_counts counts;

    pthread_mutex_lock(&sim->mutex);
    counts = sim->counts;
    pthread_mutex_unlock(&sim->mutex);
    return counts;
}

uint64_t os_sim_disk_hash(struct os_sim *sim)
{
    uint64_t hash = 0;

    pthread_mutex_lock(&sim->mutex);
    hash = disk_hash(sim->disk);
    pthread_mutex_unlock(&sim->mutex);
    return hash;
}

/* --- helpers --- */

static struct os_sim *sim_of(struct os *os)
{
    return os->user;
}

static vv_status fail(struct vv_cause *cause, const char *what, vv_status status)
{
    if (cause != NULL) {
        cause->os_error = status == VV_DISK_FULL ? ENOSPC : status == VV_IO ? EIO : 0;
        snprintf(cause->what, sizeof cause->what, "%s", what);
    }
    return status;
}

/* What each fault counts. */
static unsigned fault_classes(enum os_sim_fault fault)
{
    switch (fault) {
    case OS_SIM_EIO:
        return ~0u;
    case OS_SIM_WRITE_EIO:
    case OS_SIM_WRITE_SHORT:
        return CLASS_WRITE;
    case OS_SIM_DISK_FULL:
        return CLASS_SPACE;
    case OS_SIM_SYNC_EIO:
        return CLASS_SYNC;
    case OS_SIM_READ_EIO:
        return CLASS_READ;
    case OS_SIM_CRASH:
        return CLASS_CHANGE;
    }
    return 0;
}

/* Counts this operation. Returns the fault if it strikes now. */
static enum os_sim_fault fault_count(struct os_sim *sim, unsigned classes)
{
    if (sim->fault == 0 || (fault_classes(sim->fault) & classes) == 0) {
        return 0;
    }
    sim->fault_seen++;
    if (sim->fault_seen == sim->fault_at ||
        (sim->fault_forever && sim->fault_seen > sim->fault_at)) { /* S4 */
        sim->fault_hit = true;
        return sim->fault;
    }
    return 0;
}

/* VV_OK: the mutex is held until leave(); *fault_out is what goes wrong half way. */
static vv_status enter(struct os_sim *sim, const struct os_file *file, unsigned classes,
                       const char *what, struct vv_cause *cause, enum os_sim_fault *fault_out)
{
    enum os_sim_fault fault = 0;
    vv_status status = VV_OK;

    pthread_mutex_lock(&sim->mutex);
    *fault_out = 0;
    if (sim->crashed || (file != NULL && file->generation != sim->generation)) {
        status = VV_IO;
    } else {
        fault = fault_count(sim, classes);
    }
    if (fault == OS_SIM_DISK_FULL) {
        status = VV_DISK_FULL;
    } else if (fault == OS_SIM_EIO || fault == OS_SIM_WRITE_EIO || fault == OS_SIM_READ_EIO) {
        status = VV_IO;
    }
    if (status != VV_OK) {
        pthread_mutex_unlock(&sim->mutex);
        return fail(cause, what, status);
    }
    *fault_out = fault;
    return VV_OK;
}

static vv_status leave(struct os_sim *sim, enum os_sim_fault fault, const char *what,
                       vv_status status, struct vv_cause *cause)
{
    if (fault == OS_SIM_CRASH) {
        sim->counts.crashes += !sim->crashed;
        sim->crashed = true;
        status = VV_IO;
    }
    pthread_mutex_unlock(&sim->mutex);
    return status == VV_OK ? VV_OK : fail(cause, what, status);
}

static bool has_room(struct os_sim *sim, uint64_t old_size, uint64_t new_size)
{
    return sim->disk_limit == 0 || new_size <= old_size ||
           disk_used_bytes(sim->disk) + (new_size - old_size) <= sim->disk_limit;
}
