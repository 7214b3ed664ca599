/*
 * disk.h - the simulator's disk: what programs see, what a crash leaves, and what lies between.
 *
 *   file:       visible bytes   = durable bytes + the operations since the last sync, in order
 *   directory:  visible entries = durable entries + the name operations since its last sync
 *
 * A crash draws for every unsynced operation. Writes: lost, kept or torn, by sector; a sector that was
 * kept holds what it held after that write, earlier writes to it included, as a page cache would have it.
 * Names: the first k operations of each directory are kept, k drawn: a journal keeps order. Pure: knows
 * no faults, no locks (os_sim.c does).
 *
 * Promises: S2, S3 of os_sim.h.
 * Threads:  one at a time.
 */
#ifndef VARVE_OS_DISK_H
#define VARVE_OS_DISK_H

#include "base/rng.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define DISK_SECTOR_BYTES 512u
#define DISK_NAME_BYTES   256u

struct disk;
struct disk_node;

struct disk_tally {
    uint64_t sectors_lost, sectors_kept, writes_torn, names_lost;
};

struct disk *disk_create(uint64_t seed);
void disk_destroy(struct disk *disk);

struct rng *disk_rng(struct disk *disk);
uint64_t disk_used_bytes(const struct disk *disk);

/* The visible node of a path, NULL: none. lent until the next call. */
struct disk_node *disk_find(struct disk *disk, const char *path);
bool disk_is_directory(const struct disk_node *node);

/* own: end with disk_drop(). */
void disk_acquire(struct disk_node *node);
void disk_drop(struct disk *disk, struct disk_node *node);

/* VV_EXISTS, VV_NOT_FOUND (a directory of the path). */
VV_MUST_USE vv_status disk_make(struct disk *disk, const char *path, bool directory,
                                struct disk_node **node_out);
VV_MUST_USE vv_status disk_remove(struct disk *disk, const char *path, bool directory);
VV_MUST_USE vv_status disk_rename(struct disk *disk, const char *from, const char *to);

/* The index-th visible name, NULL: no more. lent until the next change. */
const char *disk_name_at(const struct disk_node *directory, size_t index);

uint64_t disk_size(const struct disk_node *file);
size_t disk_read(const struct disk_node *file, uint64_t offset, void *bytes, size_t size);
void disk_write(struct disk *disk, struct disk_node *file, uint64_t offset, const void *bytes,
                size_t size);
void disk_resize(struct disk *disk, struct disk_node *file, uint64_t size);

/* Makes bytes and size, or names, durable. */
void disk_sync(struct disk *disk, struct disk_node *node);

/* What a failed sync does: draws what reached the disk, and forgets that the rest was unsynced. */
void disk_sync_failed(struct disk *disk, struct disk_node *node);

/* Draws what is left; visible becomes durable. Nodes that are in use stay, but nothing leads to them. */
void disk_crash(struct disk *disk, struct disk_tally *tally);

/* Turns one bit over in both states. False: beyond the end. */
bool disk_flip_bit(struct disk_node *file, uint64_t offset, unsigned bit);

/* Of all durable names and bytes. */
uint64_t disk_hash(const struct disk *disk);

#endif
