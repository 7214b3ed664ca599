/* restart.c - see restart.h. */
#include "restart.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t folder_bytes; /* nftw has no argument for its callback */

static pid_t child_start(const char *driver);
static void child_wait(const char *driver, pid_t child, enum bench_ending ending);
_Noreturn static void child_end(const struct bench_driver *driver, struct bench_db *db,
                                enum bench_ending ending);
static int add_one(const char *path, const struct stat *stat, int type, struct FTW *walk);

void bench_restart_load(const struct bench_driver *driver, const struct bench_config *config,
                        const struct bench_options *options, bench_loader loader,
                        enum bench_ending ending)
{
    pid_t child = child_start(driver->name);

    if (child == 0) {
        struct bench_db *db = driver->open(config);

        loader(driver, db, options);
        child_end(driver, db, ending);
    }
    child_wait(driver->name, child, ending);
}

void bench_restart_measure(const struct bench_driver *driver, const struct bench_config *config,
                           int64_t key, enum bench_ending ending, struct bench_restart *restart_out)
{
    struct bench_config existing = *config;
    int ends[2];
    pid_t child = 0;

    existing.existing = true;
    if (pipe(ends) != 0) {
        bench_die(driver->name, "pipe", strerror(errno));
    }
    child = child_start(driver->name);
    if (child == 0) {
        struct bench_restart restart;
        uint64_t begin_ns = bench_now_ns();
        struct bench_db *db = driver->open(&existing);
        struct bench_session *session = driver->connect(db);
        uint64_t value = (uint64_t)driver->get(session, key);

        restart.seconds = (double)(bench_now_ns() - begin_ns) * 1e-9;
        restart.checksum = value * 31 + (uint64_t)driver->sum(session);
        if (write(ends[1], &restart, sizeof restart) != (ssize_t)sizeof restart) {
            bench_die(driver->name, "write", strerror(errno));
        }
        driver->disconnect(session);
        child_end(driver, db, ending);
    }
    close(ends[1]);
    child_wait(driver->name, child, ending);
    if (read(ends[0], restart_out, sizeof *restart_out) != (ssize_t)sizeof *restart_out) {
        bench_die(driver->name, "restart", "the child reported nothing");
    }
    close(ends[0]);
}

uint64_t bench_folder_bytes(const char *folder)
{
    folder_bytes = 0;
    if (nftw(folder, add_one, 16, FTW_PHYS) != 0) {
        bench_die("bench", folder, strerror(errno));
    }
    return folder_bytes;
}

static pid_t child_start(const char *driver)
{
    pid_t child = 0;

    fflush(stdout);
    child = fork();
    if (child < 0) {
        bench_die(driver, "fork", strerror(errno));
    }
    return child;
}

static void child_wait(const char *driver, pid_t child, enum bench_ending ending)
{
    int status = 0;
    bool as_wanted = false;

    if (waitpid(child, &status, 0) != child) {
        bench_die(driver, "waitpid", strerror(errno));
    }
    as_wanted = ending == BENCH_KILLED ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                                       : WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!as_wanted) {
        bench_die(driver, "restart", "the child ended otherwise than it should");
    }
}

_Noreturn static void child_end(const struct bench_driver *driver, struct bench_db *db,
                                enum bench_ending ending)
{
    if (ending == BENCH_KILLED) {
        kill(getpid(), SIGKILL);
    }
    driver->close(db);
    _exit(0);
}

static int add_one(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)path;
    (void)walk;
    if (type == FTW_F) {
        folder_bytes += (uint64_t)stat->st_blocks * 512;
    }
    return 0;
}
