/*
 * os_real.c - Linux.
 *
 * A file is its descriptor (plus one, so that none is NULL): opening allocates nothing. Lock files use
 * flock(): it belongs to the opening, so that a second opening in the same process is refused too, and
 * it ends with the process however that dies.
 */
#include "os/os.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/chunk.h"
#include "os/os_futex.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILE_MODE      0600
#define DIRECTORY_MODE 0700

struct os_task {
    pthread_t thread;
    os_task_body body;
    void *user;
};

/* Tasks live outside any database; no limit. */
static struct alloc task_alloc;

static int descriptor_of(const struct os_file *file);
static vv_status fail(struct vv_cause *cause, const char *what, uint64_t offset, int error);
static uint64_t clock_ns(clockid_t clock);

/* --- files --- */

static vv_status real_open(struct os *os, const char *path, unsigned flags,
                           struct os_file **file_out, struct vv_cause *cause)
{
    int mode = O_CLOEXEC | ((flags & OS_OPEN_WRITE) != 0 ? O_RDWR : O_RDONLY);
    int descriptor = -1;

    (void)os;
    mode |= (flags & OS_OPEN_CREATE) != 0 ? O_CREAT : 0;
    mode |= (flags & OS_OPEN_EXCLUSIVE) != 0 ? O_EXCL : 0;
    mode |= (flags & OS_OPEN_TRUNCATE) != 0 ? O_TRUNC : 0;
    do {
        descriptor = open(path, mode, FILE_MODE);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        return fail(cause, "open", 0, errno);
    }
    *file_out = (struct os_file *)(intptr_t)(descriptor + 1);
    return VV_OK;
}

static void real_close(struct os *os, struct os_file *file)
{
    (void)os;
    close(descriptor_of(file)); /* nothing written hangs on it: who needs the bytes has synced */
}

static vv_status real_pread(struct os *os, struct os_file *file, uint64_t offset, void *bytes,
                            size_t size, size_t *got_out, struct vv_cause *cause)
{
    size_t got = 0;

    (void)os;
    while (got < size) {
        ssize_t step =
            pread(descriptor_of(file), (uint8_t *)bytes + got, size - got, (off_t)(offset + got));

        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step < 0) {
            return fail(cause, "read", offset + got, errno);
        }
        if (step == 0) {
            break; /* O1: the end of the file */
        }
        got += (size_t)step;
    }
    *got_out = got;
    return VV_OK;
}

static vv_status real_pwrite(struct os *os, struct os_file *file, uint64_t offset,
                             const void *bytes, size_t size, struct vv_cause *cause)
{
    size_t done = 0;

    (void)os;
    while (done < size) { /* O2: a short write goes on until it is done or fails */
        ssize_t step = pwrite(descriptor_of(file), (const uint8_t *)bytes + done, size - done,
                              (off_t)(offset + done));

        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step <= 0) {
            return fail(cause, "write", offset + done, step == 0 ? ENOSPC : errno);
        }
        done += (size_t)step;
    }
    return VV_OK;
}

static vv_status real_datasync(struct os *os, struct os_file *file, struct vv_cause *cause)
{
    (void)os;
    return fdatasync(descriptor_of(file)) == 0 ? VV_OK : fail(cause, "sync", 0, errno);
}

static vv_status real_size(struct os *os, struct os_file *file, uint64_t *size_out,
                           struct vv_cause *cause)
{
    struct stat facts;

    (void)os;
    if (fstat(descriptor_of(file), &facts) != 0) {
        return fail(cause, "stat", 0, errno);
    }
    *size_out = (uint64_t)facts.st_size;
    return VV_OK;
}

static vv_status real_truncate(struct os *os, struct os_file *file, uint64_t size,
                               struct vv_cause *cause)
{
    (void)os;
    while (ftruncate(descriptor_of(file), (off_t)size) != 0) {
        if (errno != EINTR) {
            return fail(cause, "truncate", size, errno);
        }
    }
    return VV_OK;
}

/* Where the file system cannot reserve room, the length alone must do. */
static vv_status real_preallocate(struct os *os, struct os_file *file, uint64_t size,
                                  struct vv_cause *cause)
{
    uint64_t now = 0;

    if (size == 0) {
        return VV_OK;
    }
    while (fallocate(descriptor_of(file), 0, 0, (off_t)size) != 0) {
        if (errno == EINTR) {
            continue;
        }
        if (errno != EOPNOTSUPP) {
            return fail(cause, "preallocate", size, errno);
        }
        VV_TRY(real_size(os, file, &now, cause));
        return now >= size ? VV_OK : real_truncate(os, file, size, cause);
    }
    return VV_OK;
}

/* --- names --- */

static vv_status real_rename(struct os *os, const char *from, const char *to,
                             struct vv_cause *cause)
{
    (void)os;
    return rename(from, to) == 0 ? VV_OK : fail(cause, "rename", 0, errno);
}

static vv_status real_unlink(struct os *os, const char *path, struct vv_cause *cause)
{
    (void)os;
    return unlink(path) == 0 ? VV_OK : fail(cause, "unlink", 0, errno);
}

static vv_status real_mkdir(struct os *os, const char *path, struct vv_cause *cause)
{
    (void)os;
    return mkdir(path, DIRECTORY_MODE) == 0 ? VV_OK : fail(cause, "mkdir", 0, errno);
}

static vv_status real_rmdir(struct os *os, const char *path, struct vv_cause *cause)
{
    (void)os;
    return rmdir(path) == 0 ? VV_OK : fail(cause, "rmdir", 0, errno);
}

static vv_status real_list(struct os *os, const char *path, os_list_each each, void *user,
                           struct vv_cause *cause)
{
    DIR *directory = opendir(path);
    struct dirent *entry = NULL;
    vv_status status = VV_OK;

    (void)os;
    if (directory == NULL) {
        return fail(cause, "list", 0, errno);
    }
    while (status == VV_OK) {
        errno = 0;
        entry = readdir(directory);
        if (entry == NULL) {
            status = errno == 0 ? VV_OK : fail(cause, "list", 0, errno);
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = each(user, entry->d_name);
        }
    }
    closedir(directory);
    return status;
}

static bool real_exists(struct os *os, const char *path)
{
    (void)os;
    return access(path, F_OK) == 0;
}

static vv_status real_sync_directory(struct os *os, const char *path, struct vv_cause *cause)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    vv_status status = VV_OK;

    (void)os;
    if (descriptor < 0) {
        return fail(cause, "open directory", 0, errno);
    }
    if (fsync(descriptor) != 0) {
        status = fail(cause, "sync directory", 0, errno);
    }
    close(descriptor);
    return status;
}

/* --- the lock file: flock, and the holder's process id inside for people --- */

static vv_status lock_refused(int descriptor, struct vv_cause *cause)
{
    char text[24] = {0};
    ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
    long holder = size > 0 ? strtol(text, NULL, 10) : 0;

    if (cause != NULL) {
        cause->os_error = holder > 0 && holder <= INT32_MAX ? (int32_t)holder : 0;
        if (cause->os_error > 0) {
            snprintf(cause->what, sizeof cause->what, "locked by process %ld", holder);
        } else {
            snprintf(cause->what, sizeof cause->what, "locked by another process");
        }
    }
    return VV_BUSY;
}

static vv_status real_lock_open(struct os *os, const char *path, bool exclusive,
                                struct os_lock **lock_out, struct vv_cause *cause)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    vv_status status = VV_OK;
    char text[24];
    int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    (void)os;
    if (descriptor < 0 && !exclusive && (errno == EROFS || errno == EACCES)) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC); /* a reader of read-only media */
    }
    if (descriptor < 0) {
        return fail(cause, "open lock", 0, errno);
    }
    if (flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        status =
            errno == EWOULDBLOCK ? lock_refused(descriptor, cause) : fail(cause, "lock", 0, errno);
        close(descriptor);
        return status;
    }
    /* For people only: the lock holds whether this works or not. */
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, (size_t)size, 0) != size) {
        errno = 0;
    }
    *lock_out = (struct os_lock *)(intptr_t)(descriptor + 1);
    return VV_OK;
}

static void real_lock_close(struct os *os, struct os_lock *lock)
{
    (void)os;
    close((int)(intptr_t)lock - 1);
}

/* --- memory --- */

/* Maps too much and cuts both ends off, so that huge pages fit. */
static void *real_map_reserve(struct os *os, size_t size)
{
    size_t wide = size + CHUNK_BYTES;
    uint8_t *memory = NULL;
    size_t before = 0;

    (void)os;
    memory = mmap(NULL, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    before = (CHUNK_BYTES - ((uintptr_t)memory & (CHUNK_BYTES - 1))) & (CHUNK_BYTES - 1);
    if (before > 0) {
        munmap(memory, before);
    }
    munmap(memory + before + size, CHUNK_BYTES - before);
    madvise(memory + before, size, MADV_HUGEPAGE); /* advice: a refusal costs speed only */
    return memory + before;
}

static void real_map_release(struct os *os, void *memory, size_t size)
{
    int result = munmap(memory, size);

    (void)os;
    VV_ASSERT(result == 0);
}

static vv_status real_map_file(struct os *os, struct os_file *file, uint64_t offset, size_t size,
                               const void **memory_out, struct vv_cause *cause)
{
    void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor_of(file), (off_t)offset);

    (void)os;
    if (memory == MAP_FAILED) {
        return fail(cause, "map", offset, errno);
    }
    *memory_out = memory;
    return VV_OK;
}

static void real_unmap_file(struct os *os, const void *memory, size_t size)
{
    int result = munmap((void *)(uintptr_t)memory, size);

    (void)os;
    VV_ASSERT(result == 0);
}

/* --- time and chance --- */

static uint64_t real_monotonic_ns(struct os *os)
{
    (void)os;
    return clock_ns(CLOCK_MONOTONIC);
}

static int64_t real_wall_us(struct os *os)
{
    (void)os;
    return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000);
}

static void real_entropy(struct os *os, void *bytes, size_t size)
{
    size_t done = 0;

    (void)os;
    while (done < size) {
        ssize_t step = getrandom((uint8_t *)bytes + done, size - done, 0);

        VV_ASSERT(step > 0 || errno == EINTR);
        done += step > 0 ? (size_t)step : 0;
    }
}

/* --- tasks and waiting --- */

static void *task_run(void *user)
{
    struct os_task *task = user;

    task->body(task->user);
    return NULL;
}

/* The host's signals are none of our threads' business: they start with all blocked. */
static vv_status real_task_start(struct os *os, const char *name, os_task_body body, void *user,
                                 struct os_task **task_out)
{
    struct os_task *task = alloc_zero(&task_alloc, ALLOC_GENERAL, sizeof *task);
    sigset_t all;
    sigset_t before;
    int result = 0;

    (void)os;
    if (task == NULL) {
        return VV_NOMEM;
    }
    task->body = body;
    task->user = user;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&task->thread, NULL, task_run, task);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) {
        alloc_free(&task_alloc, ALLOC_GENERAL, task, sizeof *task);
        return VV_NOMEM;
    }
    pthread_setname_np(task->thread, name);
    *task_out = task;
    return VV_OK;
}

static void real_task_join(struct os *os, struct os_task *task)
{
    int result = pthread_join(task->thread, NULL);

    (void)os;
    VV_ASSERT(result == 0);
    alloc_free(&task_alloc, ALLOC_GENERAL, task, sizeof *task);
}

static vv_status real_wait(struct os *os, _Atomic uint32_t *word, uint32_t expected,
                           uint64_t deadline_ns)
{
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                                .tv_nsec = (long)(deadline_ns % 1000000000u)};
    long result = 0;

    (void)os;
    result =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                deadline_ns == OS_NO_DEADLINE ? NULL : &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    return result != 0 && errno == ETIMEDOUT ? VV_TIMEOUT : VV_OK;
}

static void real_wake(struct os *os, _Atomic uint32_t *word, unsigned count)
{
    (void)os;
    os_futex_wake(word, count);
}

struct os *os_real(void)
{
    static const struct os_table table = {
        .open = real_open,
        .close = real_close,
        .pread = real_pread,
        .pwrite = real_pwrite,
        .datasync = real_datasync,
        .size = real_size,
        .truncate = real_truncate,
        .preallocate = real_preallocate,
        .rename = real_rename,
        .unlink = real_unlink,
        .mkdir = real_mkdir,
        .rmdir = real_rmdir,
        .list = real_list,
        .exists = real_exists,
        .sync_directory = real_sync_directory,
        .lock_open = real_lock_open,
        .lock_close = real_lock_close,
        .map_reserve = real_map_reserve,
        .map_release = real_map_release,
        .map_file = real_map_file,
        .unmap_file = real_unmap_file,
        .monotonic_ns = real_monotonic_ns,
        .wall_us = real_wall_us,
        .entropy = real_entropy,
        .task_start = real_task_start,
        .task_join = real_task_join,
        .wait = real_wait,
        .wake = real_wake,
    };
    static struct os os = {.table = &table};

    return &os;
}

static int descriptor_of(const struct os_file *file)
{
    return (int)(intptr_t)file - 1;
}

static vv_status fail(struct vv_cause *cause, const char *what, uint64_t offset, int error)
{
    if (cause != NULL) {
        cause->os_error = error;
        cause->frame = offset;
        snprintf(cause->what, sizeof cause->what, "%s", what);
    }
    switch (error) {
    case ENOENT:
        return VV_NOT_FOUND;
    case EEXIST:
        return VV_EXISTS;
    case ENOSPC:
    case EDQUOT:
        return VV_DISK_FULL;
    case ENOMEM:
        return VV_NOMEM;
    case EBUSY:
    case ENOTEMPTY:
        return VV_BUSY;
    default:
        return VV_IO;
    }
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
