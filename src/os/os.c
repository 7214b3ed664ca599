/* os.c - the checked front of struct os_table. */
#include "os/os.h"

#include "base/assert.h"
#include "base/chunk.h"
#include "os/os_chunk.h"

#include <stdio.h>

static void *chunk_get(void *user);
static void chunk_give(void *user, void *memory);

vv_status os_open(struct os *os, const char *path, unsigned flags, struct os_file **file_out,
                  struct vv_cause *cause)
{
    VV_ASSERT((flags & OS_OPEN_CREATE) == 0 || (flags & OS_OPEN_WRITE) != 0);
    VV_ASSERT((flags & OS_OPEN_EXCLUSIVE) == 0 || (flags & OS_OPEN_CREATE) != 0);
    VV_ASSERT((flags & OS_OPEN_TRUNCATE) == 0 || (flags & OS_OPEN_WRITE) != 0);
    *file_out = NULL;
    return os->table->open(os, path, flags, file_out, cause);
}

void os_close(struct os *os, struct os_file *file)
{
    if (file != NULL) {
        os->table->close(os, file);
    }
}

vv_status os_pread(struct os *os, struct os_file *file, uint64_t offset, void *bytes, size_t size,
                   size_t *got_out, struct vv_cause *cause)
{
    *got_out = 0;
    return os->table->pread(os, file, offset, bytes, size, got_out, cause);
}

vv_status os_pwrite(struct os *os, struct os_file *file, uint64_t offset, const void *bytes,
                    size_t size, struct vv_cause *cause)
{
    return os->table->pwrite(os, file, offset, bytes, size, cause);
}

vv_status os_datasync(struct os *os, struct os_file *file, struct vv_cause *cause)
{
    return os->table->datasync(os, file, cause);
}

vv_status os_size(struct os *os, struct os_file *file, uint64_t *size_out, struct vv_cause *cause)
{
    *size_out = 0;
    return os->table->size(os, file, size_out, cause);
}

vv_status os_truncate(struct os *os, struct os_file *file, uint64_t size, struct vv_cause *cause)
{
    return os->table->truncate(os, file, size, cause);
}

vv_status os_preallocate(struct os *os, struct os_file *file, uint64_t size, struct vv_cause *cause)
{
    return os->table->preallocate(os, file, size, cause);
}

vv_status os_rename(struct os *os, const char *from, const char *to, struct vv_cause *cause)
{
    return os->table->rename(os, from, to, cause);
}

vv_status os_unlink(struct os *os, const char *path, struct vv_cause *cause)
{
    return os->table->unlink(os, path, cause);
}

vv_status os_mkdir(struct os *os, const char *path, struct vv_cause *cause)
{
    return os->table->mkdir(os, path, cause);
}

vv_status os_rmdir(struct os *os, const char *path, struct vv_cause *cause)
{
    return os->table->rmdir(os, path, cause);
}

vv_status os_list(struct os *os, const char *path, os_list_each each, void *user,
                  struct vv_cause *cause)
{
    return os->table->list(os, path, each, user, cause);
}

bool os_exists(struct os *os, const char *path)
{
    return os->table->exists(os, path);
}

vv_status os_sync_directory(struct os *os, const char *path, struct vv_cause *cause)
{
    return os->table->sync_directory(os, path, cause);
}

vv_status os_lock_open(struct os *os, const char *path, bool exclusive, struct os_lock **lock_out,
                       struct vv_cause *cause)
{
    *lock_out = NULL;
    return os->table->lock_open(os, path, exclusive, lock_out, cause);
}

void os_lock_close(struct os *os, struct os_lock *lock)
{
    if (lock != NULL) {
        os->table->lock_close(os, lock);
    }
}

void *os_map_reserve(struct os *os, size_t size)
{
    VV_ASSERT(size > 0 && size % CHUNK_BYTES == 0);
    return os->table->map_reserve(os, size);
}

void os_map_release(struct os *os, void *memory, size_t size)
{
    VV_ASSERT(((uintptr_t)memory & (CHUNK_BYTES - 1)) == 0 && size % CHUNK_BYTES == 0);
    os->table->map_release(os, memory, size);
}

vv_status os_map_file(struct os *os, struct os_file *file, uint64_t offset, size_t size,
                      const void **memory_out, struct vv_cause *cause)
{
    VV_ASSERT(size > 0 && offset % 4096 == 0);
    *memory_out = NULL;
    return os->table->map_file(os, file, offset, size, memory_out, cause);
}

void os_unmap_file(struct os *os, const void *memory, size_t size)
{
    os->table->unmap_file(os, memory, size);
}

uint64_t os_monotonic_ns(struct os *os)
{
    return os->table->monotonic_ns(os);
}

int64_t os_wall_us(struct os *os)
{
    return os->table->wall_us(os);
}

void os_entropy(struct os *os, void *bytes, size_t size)
{
    os->table->entropy(os, bytes, size);
}

vv_status os_task_start(struct os *os, const char *name, os_task_body body, void *user,
                        struct os_task **task_out)
{
    *task_out = NULL;
    return os->table->task_start(os, name, body, user, task_out);
}

void os_task_join(struct os *os, struct os_task *task)
{
    if (task != NULL) {
        os->table->task_join(os, task);
    }
}

vv_status os_wait(struct os *os, _Atomic uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    return os->table->wait(os, word, expected, deadline_ns);
}

void os_wake(struct os *os, _Atomic uint32_t *word, unsigned count)
{
    os->table->wake(os, word, count);
}

bool os_path_join(char path[OS_PATH_BYTES], const char *directory, const char *name)
{
    int size = snprintf(path, OS_PATH_BYTES, "%s/%s", directory, name);

    return size > 0 && size < OS_PATH_BYTES;
}

struct chunk_source os_chunk_source(struct os *os)
{
    return (struct chunk_source){.user = os, .get = chunk_get, .give = chunk_give};
}

static void *chunk_get(void *user)
{
    return os_map_reserve(user, CHUNK_BYTES);
}

static void chunk_give(void *user, void *memory)
{
    os_map_release(user, memory, CHUNK_BYTES);
}
