/* disk.c - the two states of the simulator's files and directories; see disk.h. */
#include "os/disk.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

struct buffer {
    uint8_t *bytes; /* zero from size to capacity */
    uint64_t size;
    uint64_t capacity;
};

/* An unsynced change of a file: a write, or (bytes NULL) a new size. */
struct file_change {
    struct file_change *next;
    uint8_t *bytes;
    uint64_t offset;
    uint64_t size;
    uint64_t size_after; /* of the file */
};

struct entry {
    char name[DISK_NAME_BYTES];
    struct disk_node *node;
};

struct entries {
    struct entry *array;
    size_t count;
};

/* An unsynced change of a directory: `from` goes (if not empty), `to` becomes node (if not empty). */
struct name_change {
    struct name_change *next;
    struct disk_node *node;
    char from[DISK_NAME_BYTES];
    char to[DISK_NAME_BYTES];
};

struct disk_node {
    struct list link; /* in disk->nodes, in the order of making */
    size_t uses;
    bool directory;
    bool diverged; /* a sync failed: visible and durable differ where no change says so */
    struct buffer visible, durable;
    struct file_change *changes, **changes_end;
    struct entries visible_entries, durable_entries;
    struct name_change *name_changes, **name_changes_end;
};

struct disk {
    struct rng rng;
    struct list nodes;
    struct disk_node *root;
    uint64_t used_bytes;
};

static void *need(void *memory);
static void node_free(struct disk_node *node);
static struct disk_node *node_make(struct disk *disk, bool directory);
static struct disk_node *walk(struct disk *disk, const char *path, char name[DISK_NAME_BYTES]);
static struct disk_node *entries_find(const struct entries *entries, const char *name);
static void entries_set(struct disk *disk, struct entries *entries, const char *name,
                        struct disk_node *node);
static void entries_remove(struct disk *disk, struct entries *entries, const char *name);
static void entries_clear(struct disk *disk, struct entries *entries);
static void name_change_apply(struct disk *disk, struct entries *entries,
                              const struct name_change *change);
static void name_change_add(struct disk *disk, struct disk_node *directory, const char *from,
                            const char *to, struct disk_node *node);
static void name_changes_drop(struct disk *disk, struct disk_node *directory);
static void buffer_resize(struct buffer *buffer, uint64_t size);
static void change_add(struct disk_node *file, uint64_t offset, const void *bytes, uint64_t size);
static void changes_drop(struct disk_node *file);
static void file_draw(struct disk *disk, struct disk_node *file, struct disk_tally *tally);
static void directory_draw(struct disk *disk, struct disk_node *directory,
                           struct disk_tally *tally);
static void file_settle(struct disk *disk, struct disk_node *file);
static uint64_t node_hash(const struct disk_node *node, uint64_t hash);

struct disk *disk_create(uint64_t seed)
{
    struct disk *disk = need(calloc(1, sizeof *disk));

    rng_init(&disk->rng, seed);
    list_init(&disk->nodes);
    disk->root = node_make(disk, true);
    return disk;
}

void disk_destroy(struct disk *disk)
{
    if (disk == NULL) {
        return;
    }
    list_for_each_safe(link, after, &disk->nodes) {
        node_free(LIST_OF(link, struct disk_node, link)); /* all of them: uses need no care */
    }
    free(disk);
}

struct rng *disk_rng(struct disk *disk)
{
    return &disk->rng;
}

uint64_t disk_used_bytes(const struct disk *disk)
{
    return disk->used_bytes;
}

struct disk_node *disk_find(struct disk *disk, const char *path)
{
    char name[DISK_NAME_BYTES];
    struct disk_node *directory = walk(disk, path, name);

    if (directory == NULL || name[0] == '\0') {
        return directory;
    }
    return entries_find(&directory->visible_entries, name);
}

bool disk_is_directory(const struct disk_node *node)
{
    return node->directory;
}

void disk_acquire(struct disk_node *node)
{
    node->uses++;
}

void disk_drop(struct disk *disk, struct disk_node *node)
{
    if (--node->uses > 0) {
        return;
    }
    if (node->directory) {
        name_changes_drop(disk, node);
        entries_clear(disk, &node->visible_entries);
        entries_clear(disk, &node->durable_entries);
    }
    disk->used_bytes -= node->visible.size;
    node_free(node);
}

vv_status disk_make(struct disk *disk, const char *path, bool directory,
                    struct disk_node **node_out)
{
    char name[DISK_NAME_BYTES];
    struct disk_node *parent = walk(disk, path, name);
    struct disk_node *node = NULL;

    *node_out = NULL;
    if (parent == NULL || name[0] == '\0') {
        return parent == NULL ? VV_NOT_FOUND : VV_EXISTS;
    }
    if (entries_find(&parent->visible_entries, name) != NULL) {
        return VV_EXISTS;
    }
    node = node_make(disk, directory);
    name_change_add(disk, parent, "", name, node);
    disk_drop(disk, node);
    *node_out = node;
    return VV_OK;
}

vv_status disk_remove(struct disk *disk, const char *path, bool directory)
{
    char name[DISK_NAME_BYTES];
    struct disk_node *parent = walk(disk, path, name);
    struct disk_node *node = NULL;

    if (parent == NULL || name[0] == '\0') {
        return VV_NOT_FOUND;
    }
    node = entries_find(&parent->visible_entries, name);
    if (node == NULL) {
        return VV_NOT_FOUND;
    }
    if (node->directory != directory) {
        return VV_IO;
    }
    if (directory && node->visible_entries.count > 0) {
        return VV_BUSY;
    }
    name_change_add(disk, parent, name, "", node);
    return VV_OK;
}

vv_status disk_rename(struct disk *disk, const char *from, const char *to)
{
    char from_name[DISK_NAME_BYTES];
    char to_name[DISK_NAME_BYTES];
    struct disk_node *parent = walk(disk, from, from_name);
    struct disk_node *node = NULL;

    if (parent == NULL || walk(disk, to, to_name) != parent) {
        return parent == NULL ? VV_NOT_FOUND : VV_IO;
    }
    node = entries_find(&parent->visible_entries, from_name);
    if (node == NULL) {
        return VV_NOT_FOUND;
    }
    if (strcmp(from_name, to_name) != 0) {
        name_change_add(disk, parent, from_name, to_name, node);
    }
    return VV_OK;
}

const char *disk_name_at(const struct disk_node *directory, size_t index)
{
    const struct entries *entries = &directory->visible_entries;

    return index < entries->count ? entries->array[index].name : NULL;
}

uint64_t disk_size(const struct disk_node *file)
{
    return file->visible.size;
}

size_t disk_read(const struct disk_node *file, uint64_t offset, void *bytes, size_t size)
{
    uint64_t left = offset < file->visible.size ? file->visible.size - offset : 0;
    size_t got = left < size ? (size_t)left : size;

    if (got > 0) {
        memcpy(bytes, file->visible.bytes + offset, got);
    }
    return got;
}

void disk_write(struct disk *disk, struct disk_node *file, uint64_t offset, const void *bytes,
                size_t size)
{
    if (size == 0) {
        return;
    }
    if (offset + size > file->visible.size) {
        disk->used_bytes += offset + size - file->visible.size;
        buffer_resize(&file->visible, offset + size);
    }
    memcpy(file->visible.bytes + offset, bytes, size);
    change_add(file, offset, bytes, size);
}

void disk_resize(struct disk *disk, struct disk_node *file, uint64_t size)
{
    disk->used_bytes += size - file->visible.size;
    buffer_resize(&file->visible, size);
    change_add(file, size, NULL, 0);
}

/* Whole sectors go to disk: what an earlier failed sync forgot goes along where they overlap. */
static void file_sync(struct disk_node *file)
{
    for (const struct file_change *change = file->changes; change != NULL; change = change->next) {
        uint64_t from = change->offset / DISK_SECTOR_BYTES * DISK_SECTOR_BYTES;
        uint64_t to = (change->offset + change->size + DISK_SECTOR_BYTES - 1) / DISK_SECTOR_BYTES *
                      DISK_SECTOR_BYTES;

        buffer_resize(&file->durable, change->size_after);
        to = to < file->visible.size ? to : file->visible.size;
        if (change->bytes != NULL && from < to) {
            if (to > file->durable.size) {
                buffer_resize(&file->durable, to);
            }
            memcpy(file->durable.bytes + from, file->visible.bytes + from, to - from);
        }
    }
    changes_drop(file);
}

/* The durable entries are made from the changes alone, so that what a failed sync lost stays lost. */
static void directory_sync(struct disk *disk, struct disk_node *directory)
{
    for (const struct name_change *change = directory->name_changes; change != NULL;
         change = change->next) {
        name_change_apply(disk, &directory->durable_entries, change);
    }
    name_changes_drop(disk, directory);
}

void disk_sync(struct disk *disk, struct disk_node *node)
{
    if (node->directory) {
        directory_sync(disk, node);
    } else {
        file_sync(node);
    }
}

void disk_sync_failed(struct disk *disk, struct disk_node *node)
{
    struct disk_tally tally = {0};

    if (node->directory) {
        directory_draw(disk, node, &tally);
    } else {
        file_draw(disk, node, &tally);
    }
    node->diverged = true;
}

void disk_crash(struct disk *disk, struct disk_tally *tally)
{
    list_for_each(link, &disk->nodes) {
        disk_acquire(LIST_OF(link, struct disk_node, link)); /* none goes while we walk */
    }
    list_for_each(link, &disk->nodes) {
        struct disk_node *node = LIST_OF(link, struct disk_node, link);

        if (node->directory) {
            directory_draw(disk, node, tally);
            entries_clear(disk, &node->visible_entries);
            for (size_t i = 0; i < node->durable_entries.count; i++) {
                entries_set(disk, &node->visible_entries, node->durable_entries.array[i].name,
                            node->durable_entries.array[i].node);
            }
        } else {
            file_draw(disk, node, tally);
            file_settle(disk, node);
        }
    }
    for (struct list *link = disk->nodes.next, *after = NULL; link != &disk->nodes; link = after) {
        struct disk_node *node = LIST_OF(link, struct disk_node, link);

        /* Dropping a directory may drop later nodes; they all still have our use, so `after` stays. */
        after = link->next;
        disk_drop(disk, node);
    }
}

bool disk_flip_bit(struct disk_node *file, uint64_t offset, unsigned bit)
{
    if (file->directory || offset >= file->visible.size) {
        return false;
    }
    file->visible.bytes[offset] ^= (uint8_t)(1u << bit % 8);
    if (offset < file->durable.size) {
        file->durable.bytes[offset] ^= (uint8_t)(1u << bit % 8);
    }
    return true;
}

uint64_t disk_hash(const struct disk *disk)
{
    return node_hash(disk->root, 1);
}

/* --- what a crash keeps --- */

struct drawing {
    struct disk_node *file;
    uint64_t from;  /* the bytes of `state` begin here */
    uint8_t *state; /* what the page cache held after the changes so far */
    uint64_t size;  /* of the file then */
    uint64_t to;
};

/* Where the unsynced changes lie, in whole sectors. */
static void drawing_extent(struct drawing *drawing)
{
    drawing->from = UINT64_MAX;
    drawing->to = 0;
    for (const struct file_change *change = drawing->file->changes; change != NULL;
         change = change->next) {
        uint64_t from = change->offset / DISK_SECTOR_BYTES * DISK_SECTOR_BYTES;
        uint64_t to = (change->offset + change->size + DISK_SECTOR_BYTES - 1) / DISK_SECTOR_BYTES *
                      DISK_SECTOR_BYTES;

        drawing->from = from < drawing->from ? from : drawing->from;
        drawing->to = to > drawing->to ? to : drawing->to;
    }
}

/* The sector as it was after this change reaches the disk. */
static void drawing_keep(const struct drawing *drawing, uint64_t sector)
{
    struct buffer *durable = &drawing->file->durable;
    uint64_t to = sector + DISK_SECTOR_BYTES;

    to = to < drawing->size ? to : drawing->size;
    if (sector >= to) {
        return;
    }
    if (to > durable->size) {
        buffer_resize(durable, to);
    }
    memcpy(durable->bytes + sector, drawing->state + (sector - drawing->from), to - sector);
}

static void drawing_write(struct disk *disk, struct drawing *drawing,
                          const struct file_change *change, struct disk_tally *tally)
{
    uint64_t fate = rng_below(&disk->rng, 3); /* 0 lost, 1 kept, 2 torn */
    uint64_t kept = 0;
    uint64_t lost = 0;
    uint64_t first = change->offset / DISK_SECTOR_BYTES * DISK_SECTOR_BYTES;

    memcpy(drawing->state + (change->offset - drawing->from), change->bytes, change->size);
    drawing->size = change->size_after;
    for (uint64_t at = first; at < change->offset + change->size; at += DISK_SECTOR_BYTES) {
        if (fate == 1 || (fate == 2 && rng_chance(&disk->rng, 1, 2))) {
            drawing_keep(drawing, at);
            kept++;
        } else {
            lost++;
        }
    }
    if (kept > 0 && drawing->size > drawing->file->durable.size) {
        buffer_resize(&drawing->file->durable, drawing->size);
    }
    tally->sectors_kept += kept;
    tally->sectors_lost += lost;
    tally->writes_torn += kept > 0 && lost > 0;
}

static void drawing_resize(struct disk *disk, struct drawing *drawing,
                           const struct file_change *change)
{
    if (change->size_after < drawing->size && drawing->to > change->size_after) {
        uint64_t from = change->size_after > drawing->from ? change->size_after : drawing->from;

        memset(drawing->state + (from - drawing->from), 0, drawing->to - from);
    }
    drawing->size = change->size_after;
    if (rng_chance(&disk->rng, 1, 2)) {
        buffer_resize(&drawing->file->durable, drawing->size);
    }
}

static void file_draw(struct disk *disk, struct disk_node *file, struct disk_tally *tally)
{
    struct drawing drawing = {.file = file, .size = file->durable.size};
    uint64_t end = 0;

    if (file->changes == NULL) {
        return;
    }
    drawing_extent(&drawing);
    drawing.state = need(calloc(1, drawing.to - drawing.from + 1));
    end = drawing.to < file->durable.size ? drawing.to : file->durable.size;
    if (drawing.from < end) {
        memcpy(drawing.state, file->durable.bytes + drawing.from, end - drawing.from);
    }
    for (const struct file_change *change = file->changes; change != NULL; change = change->next) {
        if (change->bytes != NULL) {
            drawing_write(disk, &drawing, change, tally);
        } else {
            drawing_resize(disk, &drawing, change);
        }
    }
    free(drawing.state);
    changes_drop(file);
    file->diverged = true;
}

/* Visible becomes what is durable. */
static void file_settle(struct disk *disk, struct disk_node *file)
{
    if (!file->diverged) {
        return;
    }
    disk->used_bytes += file->durable.size - file->visible.size;
    buffer_resize(&file->visible, file->durable.size);
    if (file->durable.size > 0) {
        memcpy(file->visible.bytes, file->durable.bytes, file->durable.size);
    }
    file->diverged = false;
}

static void directory_draw(struct disk *disk, struct disk_node *directory, struct disk_tally *tally)
{
    uint64_t count = 0;
    uint64_t kept = 0;

    for (const struct name_change *change = directory->name_changes; change != NULL;
         change = change->next) {
        count++;
    }
    kept = rng_below(&disk->rng, count + 1);
    tally->names_lost += count - kept;
    for (const struct name_change *change = directory->name_changes; kept > 0; kept--) {
        name_change_apply(disk, &directory->durable_entries, change);
        change = change->next;
    }
    name_changes_drop(disk, directory);
}

/* --- nodes and names --- */

/* The machine's own memory: without it no test can go on. */
static void *need(void *memory)
{
    VV_ASSERT(memory != NULL);
    return memory;
}

static struct disk_node *node_make(struct disk *disk, bool directory)
{
    struct disk_node *node = need(calloc(1, sizeof *node));

    node->uses = 1;
    node->directory = directory;
    node->changes_end = &node->changes;
    node->name_changes_end = &node->name_changes;
    list_append(&disk->nodes, &node->link);
    return node;
}

/* Frees what the node alone has; whatever it led to is not touched. */
static void node_free(struct disk_node *node)
{
    list_remove(&node->link);
    changes_drop(node);
    while (node->name_changes != NULL) {
        struct name_change *next = node->name_changes->next;

        free(node->name_changes);
        node->name_changes = next;
    }
    free(node->visible.bytes);
    free(node->durable.bytes);
    free(node->visible_entries.array);
    free(node->durable_entries.array);
    free(node);
}

/* The directory that holds the last name of the path, NULL when there is none. An empty name: the root. */
static struct disk_node *walk(struct disk *disk, const char *path, char name[DISK_NAME_BYTES])
{
    struct disk_node *directory = disk->root;

    name[0] = '\0';
    for (;;) {
        size_t size = 0;

        path += strspn(path, "/");
        size = strcspn(path, "/");
        if (size == 0) {
            return directory;
        }
        if (name[0] != '\0') {
            directory = entries_find(&directory->visible_entries, name);
            if (directory == NULL || !directory->directory) {
                return NULL;
            }
        }
        if (size >= DISK_NAME_BYTES) {
            return NULL;
        }
        memcpy(name, path, size);
        name[size] = '\0';
        path += size;
    }
}

static struct disk_node *entries_find(const struct entries *entries, const char *name)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->array[i].name, name) == 0) {
            return entries->array[i].node;
        }
    }
    return NULL;
}

static void entries_set(struct disk *disk, struct entries *entries, const char *name,
                        struct disk_node *node)
{
    struct entry *entry = NULL;

    disk_acquire(node);
    entries_remove(disk, entries, name);
    entries->array = need(realloc(entries->array, (entries->count + 1) * sizeof *entries->array));
    entry = &entries->array[entries->count++];
    memcpy(entry->name, name, strlen(name) + 1);
    entry->node = node;
}

static void entries_remove(struct disk *disk, struct entries *entries, const char *name)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->array[i].name, name) == 0) {
            struct disk_node *node = entries->array[i].node;

            entries->array[i] = entries->array[--entries->count];
            disk_drop(disk, node);
            return;
        }
    }
}

static void entries_clear(struct disk *disk, struct entries *entries)
{
    while (entries->count > 0) {
        disk_drop(disk, entries->array[--entries->count].node);
    }
}

static void name_change_apply(struct disk *disk, struct entries *entries,
                              const struct name_change *change)
{
    if (change->from[0] != '\0') {
        entries_remove(disk, entries, change->from);
    }
    if (change->to[0] != '\0') {
        entries_set(disk, entries, change->to, change->node);
    }
}

static void name_change_add(struct disk *disk, struct disk_node *directory, const char *from,
                            const char *to, struct disk_node *node)
{
    struct name_change *change = need(calloc(1, sizeof *change));

    disk_acquire(node);
    change->node = node;
    memcpy(change->from, from, strlen(from) + 1);
    memcpy(change->to, to, strlen(to) + 1);
    *directory->name_changes_end = change;
    directory->name_changes_end = &change->next;
    name_change_apply(disk, &directory->visible_entries, change);
}

static void name_changes_drop(struct disk *disk, struct disk_node *directory)
{
    while (directory->name_changes != NULL) {
        struct name_change *change = directory->name_changes;

        directory->name_changes = change->next;
        disk_drop(disk, change->node);
        free(change);
    }
    directory->name_changes_end = &directory->name_changes;
}

/* --- bytes --- */

/* Fresh room comes zeroed and untouched from the system: preallocating costs nothing. */
static void buffer_resize(struct buffer *buffer, uint64_t size)
{
    if (size > buffer->capacity) {
        uint64_t capacity = size > 2 * buffer->capacity ? size : 2 * buffer->capacity;
        uint8_t *bytes = need(calloc(1, capacity));

        if (buffer->size > 0) {
            memcpy(bytes, buffer->bytes, buffer->size);
        }
        free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    if (size < buffer->size) {
        memset(buffer->bytes + size, 0, buffer->size - size);
    }
    buffer->size = size;
}

static void change_add(struct disk_node *file, uint64_t offset, const void *bytes, uint64_t size)
{
    struct file_change *change = need(calloc(1, sizeof *change));

    change->offset = offset;
    change->size = size;
    change->size_after = file->visible.size;
    if (bytes != NULL) {
        change->bytes = need(malloc(size));
        memcpy(change->bytes, bytes, size);
    }
    *file->changes_end = change;
    file->changes_end = &change->next;
}

static void changes_drop(struct disk_node *file)
{
    while (file->changes != NULL) {
        struct file_change *next = file->changes->next;

        free(file->changes->bytes);
        free(file->changes);
        file->changes = next;
    }
    file->changes_end = &file->changes;
}

static uint64_t node_hash(const struct disk_node *node, uint64_t hash)
{
    uint64_t sum = 0;

    if (!node->directory) {
        return node->durable.size == 0 ? hash_word(hash)
                                       : hash_bytes(node->durable.bytes, node->durable.size, hash);
    }
    for (size_t i = 0; i < node->durable_entries.count; i++) {
        const struct entry *entry = &node->durable_entries.array[i];

        sum += node_hash(entry->node, hash_bytes(entry->name, strlen(entry->name), hash));
    }
    return hash_word(sum);
}
