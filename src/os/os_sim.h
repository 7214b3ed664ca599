/*
 * os_sim.h - a machine in memory for tests: seeded, forgetful, and it crashes when told.
 *
 * Its disk keeps two states of every file and directory: what programs see, and what a crash leaves.
 * A datasync makes a file's bytes and size durable, sync_directory a directory's names. At a crash each
 * unsynced write is drawn, sector (512 bytes) by sector: lost, kept, or torn (some sectors kept); each
 * unsynced create, rename and unlink is kept up to a drawn point (a directory's operations become durable
 * in order, as in a journaling file system). After a crash every call returns VV_IO until
 * os_sim_restart(); files and locks opened before stay dead for ever, closing them is allowed.
 *
 * Tasks are real threads; deterministic tests start none and call the …_step() functions themselves.
 * The clock stands still until os_sim_advance_ns(); with os_sim_clock_auto() a wait with a deadline
 * jumps to it at once instead of sleeping (for tests of one thread).
 *
 * Promises: S1 the same seed and calls give the same disk; S2 what was synced is never lost; S3 what was
 *           not synced may be lost, kept or torn, and all three happen; S4 an armed fault hits exactly
 *           the n-th operation of its class.
 * Threads:  any (it locks itself).
 */
#ifndef VARVE_OS_OS_SIM_H
#define VARVE_OS_OS_SIM_H

#include "os/os.h"

#define OS_SIM_SECTOR_BYTES 512u

struct alloc;
struct os_sim;

/* What an armed fault does, and which operations it counts. */
enum os_sim_fault {
    OS_SIM_EIO = 1,     /* counts every file and name operation but close: fails, changes nothing */
    OS_SIM_WRITE_EIO,   /* counts pwrites: fails, changes nothing */
    OS_SIM_WRITE_SHORT, /* counts pwrites: writes a drawn prefix, then VV_DISK_FULL */
    OS_SIM_DISK_FULL,   /* counts pwrites, preallocates, creates: VV_DISK_FULL */
    OS_SIM_SYNC_EIO, /* counts datasyncs and directory syncs: fails, nothing becomes durable, what was
                           unsynced is marked clean (as Linux does): a later sync does not save it */
    OS_SIM_READ_EIO, /* counts preads */
    OS_SIM_CRASH,    /* counts operations that change the disk (write, sync, create, rename, unlink,
                           truncate, preallocate): the machine stops before it is done, a write half done */
};

/* Planted misbehaviour, for tests whose alarm must go off. */
enum os_sim_lie {
    OS_SIM_LIE_SYNC = 1,           /* datasync says yes and does nothing */
    OS_SIM_LIE_SYNC_DIRECTORY = 2, /* sync_directory likewise */
};

struct os_sim_counts {
    uint64_t reads, writes, syncs, directory_syncs, changes, crashes; /* since creation */
    uint64_t sectors_lost, sectors_kept; /* unsynced ones, at crashes */
    uint64_t writes_torn;                /* writes of which some sectors were lost and some kept */
    uint64_t names_lost;                 /* unsynced creates, renames, unlinks undone at crashes */
};

/* All its memory comes from malloc, outside accounting and faults: it is the machine, not the program.
 * NULL: out of memory. own: end with os_sim_destroy(). */
struct os_sim *os_sim_create(uint64_t seed);

/* Open files need not be closed. Accepts NULL. */
void os_sim_destroy(struct os_sim *sim);

/* The os to hand to the code under test. borrow until os_sim_destroy(). */
struct os *os_sim_os(struct os_sim *sim);

/* The n-th operation (1 is the next) that `fault` counts fails; 0 disarms. One fault is armed at a time. */
void os_sim_fault_arm(struct os_sim *sim, enum os_sim_fault fault, uint64_t n);

/* As above, and every later one fails too (a full disk stays full). */
void os_sim_fault_arm_forever(struct os_sim *sim, enum os_sim_fault fault, uint64_t n);

/* Whether the fault armed last has happened. */
bool os_sim_fault_hit(struct os_sim *sim);

/* How many operations the fault armed last has counted. */
uint64_t os_sim_fault_seen(struct os_sim *sim);

/* A set of os_sim_lie. */
void os_sim_lie(struct os_sim *sim, unsigned lies);

/* The machine stops now (from a probe, say). Idempotent until the restart. */
void os_sim_crash(struct os_sim *sim);
bool os_sim_crashed(struct os_sim *sim);

/* Stops if it did not, draws what the disk kept, and starts again: everything is closed and unlocked.
 * No thread of the program may run inside the os meanwhile. Disarms. */
void os_sim_restart(struct os_sim *sim);

/* Bytes the disk may hold (0: no limit, as at the start); beyond: VV_DISK_FULL. */
void os_sim_disk_limit(struct os_sim *sim, uint64_t bytes);

/* Turns one bit of a file over, in both states. VV_NOT_FOUND; VV_INVALID beyond its end. */
VV_MUST_USE vv_status os_sim_flip_bit(struct os_sim *sim, const char *path, uint64_t offset,
                                      unsigned bit);

void os_sim_advance_ns(struct os_sim *sim, uint64_t ns);
void os_sim_clock_auto(struct os_sim *sim, bool on);

struct os_sim_counts os_sim_counts(struct os_sim *sim);

/* A hash of what a crash in which everything unsynced is lost would leave: for S1. */
uint64_t os_sim_disk_hash(struct os_sim *sim);

#endif
