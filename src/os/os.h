/*
 * os.h - everything Varve asks of the operating system, through one replaceable table.
 *
 * os_real() is Linux. os_sim.h is a machine in memory that forgets, tears, lies and crashes on demand;
 * the store's tests run on it. Nothing else in src/ calls the system (sleeping latches excepted: they use
 * os_futex.h, because what they wait for is always a running thread).
 *
 * A file operation returns VV_OK or VV_IO, VV_DISK_FULL, VV_NOT_FOUND, VV_EXISTS, VV_BUSY, VV_NOMEM, and
 * fills cause->os_error, cause->frame (the offset) and cause->what when cause is not NULL.
 *
 * Promises: O1 pread returns fewer bytes than asked only at the end of the file; O2 pwrite writes all or
 *           fails (then any part may have been written); O3 what was written before a datasync that
 *           returned VV_OK survives a crash; O4 a created, renamed or removed name survives a crash after
 *           sync_directory returned VV_OK; O5 one holder of an exclusive lock, or many of a shared one.
 * Threads:  any; a file: any number of reads and writes at a time.
 */
#ifndef VARVE_OS_OS_H
#define VARVE_OS_OS_H

#include "base/error.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OS_PATH_BYTES  4096
#define OS_NO_DEADLINE UINT64_MAX

enum os_open_flags {
    OS_OPEN_READ = 0,      /* must exist */
    OS_OPEN_WRITE = 1,     /* reading and writing */
    OS_OPEN_CREATE = 2,    /* with WRITE: made when missing */
    OS_OPEN_EXCLUSIVE = 4, /* with CREATE: VV_EXISTS when it is there */
    OS_OPEN_TRUNCATE = 8,  /* with WRITE: emptied */
};

struct os;
struct os_file; /* owned by the implementation */
struct os_lock;
struct os_task;

typedef void (*os_task_body)(void *user);

/* Called for each name of a directory (not "." and ".."), in no order. A status other than VV_OK ends
 * the walk and is returned. */
typedef vv_status (*os_list_each)(void *user, const char *name);

/* The replaceable part; call the functions below instead, they check arguments. */
struct os_table {
    vv_status (*open)(struct os *os, const char *path, unsigned flags, struct os_file **file_out,
                      struct vv_cause *cause);
    void (*close)(struct os *os, struct os_file *file);
    vv_status (*pread)(struct os *os, struct os_file *file, uint64_t offset, void *bytes,
                       size_t size, size_t *got_out, struct vv_cause *cause);
    vv_status (*pwrite)(struct os *os, struct os_file *file, uint64_t offset, const void *bytes,
                        size_t size, struct vv_cause *cause);
    vv_status (*datasync)(struct os *os, struct os_file *file, struct vv_cause *cause);
    vv_status (*size)(struct os *os, struct os_file *file, uint64_t *size_out,
                      struct vv_cause *cause);
    vv_status (*truncate)(struct os *os, struct os_file *file, uint64_t size,
                          struct vv_cause *cause);
    vv_status (*preallocate)(struct os *os, struct os_file *file, uint64_t size,
                             struct vv_cause *cause);
    vv_status (*rename)(struct os *os, const char *from, const char *to, struct vv_cause *cause);
    vv_status (*unlink)(struct os *os, const char *path, struct vv_cause *cause);
    vv_status (*mkdir)(struct os *os, const char *path, struct vv_cause *cause);
    vv_status (*rmdir)(struct os *os, const char *path, struct vv_cause *cause);
    vv_status (*list)(struct os *os, const char *path, os_list_each each, void *user,
                      struct vv_cause *cause);
    bool (*exists)(struct os *os, const char *path);
    vv_status (*sync_directory)(struct os *os, const char *path, struct vv_cause *cause);
    vv_status (*lock_open)(struct os *os, const char *path, bool exclusive,
                           struct os_lock **lock_out, struct vv_cause *cause);
    void (*lock_close)(struct os *os, struct os_lock *lock);

    void *(*map_reserve)(struct os *os, size_t size);
    void (*map_release)(struct os *os, void *memory, size_t size);
    vv_status (*map_file)(struct os *os, struct os_file *file, uint64_t offset, size_t size,
                          const void **memory_out, struct vv_cause *cause);
    void (*unmap_file)(struct os *os, const void *memory, size_t size);

    uint64_t (*monotonic_ns)(struct os *os);
    int64_t (*wall_us)(struct os *os);
    void (*entropy)(struct os *os, void *bytes, size_t size);

    vv_status (*task_start)(struct os *os, const char *name, os_task_body body, void *user,
                            struct os_task **task_out);
    void (*task_join)(struct os *os, struct os_task *task);
    vv_status (*wait)(struct os *os, _Atomic uint32_t *word, uint32_t expected,
                      uint64_t deadline_ns);
    void (*wake)(struct os *os, _Atomic uint32_t *word, unsigned count);
};

struct os {
    const struct os_table *table;
    void *user;
};

/* The operating system of this process; never ends. */
struct os *os_real(void);

/* --- files --- */

/* flags: os_open_flags. VV_NOT_FOUND, VV_EXISTS. own: end with os_close(). */
VV_MUST_USE vv_status os_open(struct os *os, const char *path, unsigned flags,
                              struct os_file **file_out, struct vv_cause *cause);

/* Accepts NULL. Syncs nothing. */
void os_close(struct os *os, struct os_file *file);

/* O1. *got_out is the number of bytes read. */
VV_MUST_USE vv_status os_pread(struct os *os, struct os_file *file, uint64_t offset, void *bytes,
                               size_t size, size_t *got_out, struct vv_cause *cause);

/* O2. Writing past the end makes the file longer; a gap reads as zeros. */
VV_MUST_USE vv_status os_pwrite(struct os *os, struct os_file *file, uint64_t offset,
                                const void *bytes, size_t size, struct vv_cause *cause);

/* O3. After a failure the state of everything unsynced is unknown: never try again on this file. */
VV_MUST_USE vv_status os_datasync(struct os *os, struct os_file *file, struct vv_cause *cause);

VV_MUST_USE vv_status os_size(struct os *os, struct os_file *file, uint64_t *size_out,
                              struct vv_cause *cause);

/* Cuts, or lengthens with zeros; durable with the next datasync. */
VV_MUST_USE vv_status os_truncate(struct os *os, struct os_file *file, uint64_t size,
                                  struct vv_cause *cause);

/* Makes the file at least `size` long with its room reserved; what was not written reads as zeros. */
VV_MUST_USE vv_status os_preallocate(struct os *os, struct os_file *file, uint64_t size,
                                     struct vv_cause *cause);

/* --- names --- */

/* Replaces `to` in one step. Both names lie in one directory. */
VV_MUST_USE vv_status os_rename(struct os *os, const char *from, const char *to,
                                struct vv_cause *cause);
VV_MUST_USE vv_status os_unlink(struct os *os, const char *path, struct vv_cause *cause);

/* One level; VV_EXISTS when there is one. */
VV_MUST_USE vv_status os_mkdir(struct os *os, const char *path, struct vv_cause *cause);
VV_MUST_USE vv_status os_rmdir(struct os *os, const char *path, struct vv_cause *cause);
VV_MUST_USE vv_status os_list(struct os *os, const char *path, os_list_each each, void *user,
                              struct vv_cause *cause);
bool os_exists(struct os *os, const char *path);

/* O4. */
VV_MUST_USE vv_status os_sync_directory(struct os *os, const char *path, struct vv_cause *cause);

/* O5: takes the lock file `path`, made when missing. VV_BUSY when another (process or opening) holds it;
 * cause->what then names the process, cause->os_error is its id or 0. own: end with os_lock_close(). */
VV_MUST_USE vv_status os_lock_open(struct os *os, const char *path, bool exclusive,
                                   struct os_lock **lock_out, struct vv_cause *cause);

/* Accepts NULL. */
void os_lock_close(struct os *os, struct os_lock *lock);

/* --- memory --- */

/* size: a multiple of 2 MB. Zeroed, aligned to 2 MB, huge pages advised. NULL: out of memory. own: end
 * with os_map_release() of the same size. */
void *os_map_reserve(struct os *os, size_t size);
void os_map_release(struct os *os, void *memory, size_t size);

/* Read only; offset a multiple of 4,096. own: end with os_unmap_file(). */
VV_MUST_USE vv_status os_map_file(struct os *os, struct os_file *file, uint64_t offset, size_t size,
                                  const void **memory_out, struct vv_cause *cause);
void os_unmap_file(struct os *os, const void *memory, size_t size);

/* --- time and chance --- */

/* Never goes back; starts anywhere. */
uint64_t os_monotonic_ns(struct os *os);

/* Microseconds since 1970-01-01 UTC. */
int64_t os_wall_us(struct os *os);

void os_entropy(struct os *os, void *bytes, size_t size);

/* --- tasks and waiting --- */

/* Starts a thread. name: for debuggers, at most 15 bytes. own: end with os_task_join(). */
VV_MUST_USE vv_status os_task_start(struct os *os, const char *name, os_task_body body, void *user,
                                    struct os_task **task_out);

/* Waits for the task's end. Accepts NULL. */
void os_task_join(struct os *os, struct os_task *task);

/* Sleeps while *word == expected, until os_wake or the deadline (on os_monotonic_ns's clock; or
 * OS_NO_DEADLINE). VV_OK: woken, changed or for no reason: look again. VV_TIMEOUT: the deadline passed. */
VV_MUST_USE vv_status os_wait(struct os *os, _Atomic uint32_t *word, uint32_t expected,
                              uint64_t deadline_ns);

/* Wakes at most count waiters (UINT_MAX: all) of word. */
void os_wake(struct os *os, _Atomic uint32_t *word, unsigned count);

/* "directory/name" into path. False: too long. */
bool os_path_join(char path[OS_PATH_BYTES], const char *directory, const char *name);

#endif
