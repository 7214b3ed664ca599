/* Linux, in a temporary directory. */
#include "test.h"

#include "base/frames.h"
#include "os/os.h"
#include "os/os_chunk.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64];

static const char *path_of(const char *name)
{
    static char path[OS_PATH_BYTES];

    TEST_TRUE(os_path_join(path, directory, name));
    return path;
}

static void directory_open(void)
{
    snprintf(directory, sizeof directory, "/tmp/varve-os-XXXXXX");
    TEST_TRUE(mkdtemp(directory) != NULL);
}

static void directory_close(void)
{
    TEST_OK(os_rmdir(os_real(), directory, NULL));
}

static vv_status count_names(void *user, const char *name)
{
    (void)name;
    ++*(int *)user;
    return VV_OK;
}

TEST(files_behave_as_files)
{
    struct os *os = os_real();
    struct os_file *file = NULL;
    struct os_file *none = NULL;
    struct vv_cause cause = {0};
    const void *mapped = NULL;
    char bytes[16] = {0};
    uint64_t size = 0;
    size_t got = 0;
    int names = 0;

    directory_open();
    TEST_STATUS(VV_NOT_FOUND, os_open(os, path_of("a"), OS_OPEN_READ, &file, &cause));
    TEST_TEXT("open", cause.what);
    TEST_TRUE(cause.os_error != 0);
    TEST_OK(os_open(os, path_of("a"), OS_OPEN_WRITE | OS_OPEN_CREATE, &file, NULL));
    TEST_STATUS(
        VV_EXISTS,
        os_open(os, path_of("a"), OS_OPEN_WRITE | OS_OPEN_CREATE | OS_OPEN_EXCLUSIVE, &none, NULL));
    TEST_OK(os_pwrite(os, file, 4096, "hello", 5, NULL));
    TEST_OK(os_datasync(os, file, NULL));
    TEST_OK(os_sync_directory(os, directory, NULL));
    TEST_OK(os_pread(os, file, 4095, bytes, sizeof bytes, &got, NULL)); /* O1 */
    TEST_EQUAL(6, got);
    TEST_BYTES("\0hello", bytes, 6);
    TEST_OK(os_map_file(os, file, 4096, 5, &mapped, NULL));
    TEST_BYTES("hello", mapped, 5);
    os_unmap_file(os, mapped, 5);
    TEST_OK(os_preallocate(os, file, 10000, NULL));
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_EQUAL(10000, size);
    TEST_OK(os_preallocate(os, file, 100, NULL)); /* never shrinks */
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_EQUAL(10000, size);
    TEST_OK(os_truncate(os, file, 10, NULL));
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_EQUAL(10, size);
    os_close(os, file);
    os_close(os, NULL);
    TEST_OK(os_list(os, directory, count_names, &names, NULL));
    TEST_EQUAL(1, names);
    TEST_STATUS(VV_BUSY, os_rmdir(os, directory, NULL));
    TEST_STATUS(VV_EXISTS, os_mkdir(os, directory, NULL));
    TEST_TRUE(os_exists(os, path_of("a")));
    TEST_OK(os_unlink(os, path_of("a"), NULL));
    TEST_FALSE(os_exists(os, path_of("a")));
    directory_close();
}

TEST(rename_replaces)
{
    struct os *os = os_real();
    struct os_file *file = NULL;
    char from[OS_PATH_BYTES];
    char byte = 0;
    size_t got = 0;

    directory_open();
    for (const char *name = "ab"; *name != '\0'; name++) {
        char text[2] = {*name, '\0'};

        TEST_OK(os_open(os, path_of(text), OS_OPEN_WRITE | OS_OPEN_CREATE, &file, NULL));
        TEST_OK(os_pwrite(os, file, 0, name, 1, NULL));
        os_close(os, file);
    }
    snprintf(from, sizeof from, "%s", path_of("a"));
    TEST_OK(os_rename(os, from, path_of("b"), NULL));
    TEST_OK(os_open(os, path_of("b"), OS_OPEN_READ, &file, NULL));
    TEST_OK(os_pread(os, file, 0, &byte, 1, &got, NULL));
    TEST_EQUAL('a', byte);
    TEST_STATUS(VV_IO, os_pwrite(os, file, 0, "x", 1, NULL)); /* opened for reading */
    os_close(os, file);
    TEST_OK(os_unlink(os, path_of("b"), NULL));
    directory_close();
}

/* O5: another process is refused and told who holds the lock; a second opening here likewise. */
TEST(lock_names_its_holder)
{
    struct os *os = os_real();
    struct os_lock *lock = NULL;
    struct os_lock *second = NULL;
    struct vv_cause cause = {0};
    char wanted[64];
    int status = 0;
    pid_t child = 0;

    directory_open();
    TEST_OK(os_lock_open(os, path_of("LOCK"), true, &lock, NULL));
    TEST_STATUS(VV_BUSY, os_lock_open(os, path_of("LOCK"), false, &second, &cause));
    snprintf(wanted, sizeof wanted, "locked by process %d", (int)getpid());
    TEST_TEXT(wanted, cause.what);
    TEST_EQUAL(getpid(), cause.os_error);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        _exit(os_lock_open(os, path_of("LOCK"), true, &second, &cause) == VV_BUSY ? 0 : 1);
    }
    waitpid(child, &status, 0);
    TEST_EQUAL(0, status);
    os_lock_close(os, lock);
    TEST_OK(os_lock_open(os, path_of("LOCK"), false, &lock, NULL));
    TEST_OK(os_lock_open(os, path_of("LOCK"), false, &second, NULL));
    os_lock_close(os, lock);
    os_lock_close(os, second);
    TEST_OK(os_unlink(os, path_of("LOCK"), NULL));
    directory_close();
}

static _Atomic uint32_t word;

static void wake_run(void *user)
{
    (void)user;
    atomic_store(&word, 1);
    os_wake(os_real(), &word, 1);
}

TEST(tasks_wait_and_wake)
{
    struct os *os = os_real();
    struct os_task *task = NULL;
    uint64_t start = os_monotonic_ns(os);
    uint64_t chance[2] = {0};

    atomic_store(&word, 0);
    TEST_OK(os_task_start(os, "waker", wake_run, NULL, &task));
    while (atomic_load(&word) == 0) {
        TEST_OK(os_wait(os, &word, 0, OS_NO_DEADLINE));
    }
    os_task_join(os, task);
    start = os_monotonic_ns(os);
    TEST_STATUS(VV_TIMEOUT, os_wait(os, &word, 1, start + 2000000));
    TEST_TRUE(os_monotonic_ns(os) >= start + 2000000);
    TEST_OK(os_wait(os, &word, 0, OS_NO_DEADLINE)); /* changed already */
    TEST_TRUE(os_wall_us(os) > 1700000000000000);
    os_entropy(os, chance, sizeof chance);
    TEST_TRUE(chance[0] != chance[1]);
}

TEST(chunks_are_aligned_and_zero)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    uint8_t *memory = os_map_reserve(os_real(), 4u << 20);

    TEST_EQUAL(0, (uintptr_t)memory % (2u << 20));
    TEST_TRUE(memory[0] == 0 && memcmp(memory, memory + 1, (4u << 20) - 1) == 0);
    os_map_release(os_real(), memory, 4u << 20);

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, os_chunk_source(os_real()));
    frames_cache_init(&cache, frames);
    memory = frames_get(&cache, 3, FRAMES_ORDINARY);
    memset(memory, 1, 3 * 4096);
    frames_free(&cache, memory, 3);
    frames_cache_release(&cache);
    frames_destroy(frames);
    alloc_release(&alloc);
}

TEST(long_paths_are_refused)
{
    static char path[OS_PATH_BYTES];
    static char name[OS_PATH_BYTES];

    memset(name, 'x', sizeof name - 1);
    TEST_FALSE(os_path_join(path, "/tmp", name));
    TEST_TRUE(os_path_join(path, "/tmp", "x"));
    TEST_TEXT("/tmp/x", path);
}
