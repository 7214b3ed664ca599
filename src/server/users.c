/* users.c - see users.h. */
#include "server/users.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define USERS_MAX 10000

struct users {
    char path[4096];
    uint8_t mock_key[32];
    pthread_mutex_t edit_lock; /* one change at a time */
    pthread_rwlock_t lock;
    struct users_list list; /* guard: lock */
};

static bool file_read(const struct users *users, struct users_list *list_out, char message[256]);
static bool file_write(const struct users *users, const struct users_list *list, char message[256]);
static int file_lock(const struct users *users, char message[256]);
static bool line_parse(char *line, struct users_role *role);
static bool rights_parse(char *words, struct users_role *role);
static void publish(struct users *users, struct users_list *fresh);

struct users *users_open(const char *directory, char message[256])
{
    struct users *users = calloc(1, sizeof *users);

    if (users == NULL || pthread_rwlock_init(&users->lock, NULL) != 0 ||
        pthread_mutex_init(&users->edit_lock, NULL) != 0) {
        snprintf(message, 256, "out of memory");
        free(users);
        return NULL;
    }
    if (snprintf(users->path, sizeof users->path, "%s/%s", directory, USERS_FILE) >=
        (int)sizeof users->path) {
        snprintf(message, 256, "the directory's name is too long");
    } else if (RAND_bytes(users->mock_key, sizeof users->mock_key) != 1) {
        snprintf(message, 256, "no randomness");
    } else if (users_reload(users, message)) {
        return users;
    }
    users_close(users);
    return NULL;
}

void users_close(struct users *users)
{
    if (users != NULL) {
        pthread_rwlock_destroy(&users->lock);
        pthread_mutex_destroy(&users->edit_lock);
        free(users->list.roles);
        free(users);
    }
}

bool users_find(const struct users *users, const char *name, struct users_role *role_out)
{
    pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&users->lock;
    const struct users_role *found = NULL;

    pthread_rwlock_rdlock(lock);
    found = users_list_find(&users->list, name);
    if (found != NULL) {
        *role_out = *found;
    }
    pthread_rwlock_unlock(lock);
    return found != NULL;
}

const uint8_t *users_mock_key(const struct users *users)
{
    return users->mock_key;
}

size_t users_count(const struct users *users)
{
    pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&users->lock;
    size_t count = 0;

    pthread_rwlock_rdlock(lock);
    count = users->list.count;
    pthread_rwlock_unlock(lock);
    return count;
}

void users_each(const struct users *users,
                void (*put)(void *context, const struct users_role *role, size_t index),
                void *context)
{
    pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&users->lock;

    pthread_rwlock_rdlock(lock);
    for (size_t i = 0; i < users->list.count; i++) {
        put(context, &users->list.roles[i], i);
    }
    pthread_rwlock_unlock(lock);
}

bool users_reload(struct users *users, char message[256])
{
    struct users_list fresh = {0};
    bool good = false;

    pthread_mutex_lock(&users->edit_lock);
    good = file_read(users, &fresh, message);
    if (good) {
        publish(users, &fresh);
    }
    pthread_mutex_unlock(&users->edit_lock);
    return good;
}

bool users_edit(struct users *users, bool (*edit)(void *context, struct users_list *list),
                void *context, char message[256])
{
    struct users_list fresh = {0};
    int descriptor = -1;
    bool good = false;

    message[0] = '\0';
    pthread_mutex_lock(&users->edit_lock);
    descriptor = file_lock(users, message);
    good = descriptor >= 0 && file_read(users, &fresh, message);
    if (good) {
        message[0] = '\0';
        good = edit(context, &fresh) && file_write(users, &fresh, message);
        if (good) {
            publish(users, &fresh);
        } else {
            free(fresh.roles);
        }
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    pthread_mutex_unlock(&users->edit_lock);
    return good;
}

struct users_role *users_list_find(const struct users_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->roles[i].name, name) == 0) {
            return &list->roles[i];
        }
    }
    return NULL;
}

struct users_role *users_list_add(struct users_list *list, const char *name)
{
    struct users_role *more =
        list->count == USERS_MAX ? NULL : realloc(list->roles, (list->count + 1) * sizeof *more);

    if (more == NULL) {
        return NULL;
    }
    list->roles = more;
    more = &list->roles[list->count++];
    memset(more, 0, sizeof *more);
    snprintf(more->name, sizeof more->name, "%s", name);
    return more;
}

void users_list_remove(struct users_list *list, struct users_role *role)
{
    *role = list->roles[--list->count];
}

bool users_name_valid(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size < USERS_NAME_BYTES && strpbrk(name, ":\r\n") == NULL;
}

static void publish(struct users *users, struct users_list *fresh)
{
    struct users_role *old = NULL;

    pthread_rwlock_wrlock(&users->lock);
    old = users->list.roles;
    users->list = *fresh;
    pthread_rwlock_unlock(&users->lock);
    free(old);
}

/* A file of its own: the roles' file is replaced. */
static int file_lock(const struct users *users, char message[256])
{
    char path[4096 + 8];
    int descriptor = -1;

    snprintf(path, sizeof path, "%s.lock", users->path);
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX) == 0) {
        return descriptor;
    }
    snprintf(message, 256, "%.100s: %s", path, strerror(errno));
    if (descriptor >= 0) {
        close(descriptor);
    }
    return -1;
}

static bool file_read(const struct users *users, struct users_list *list_out, char message[256])
{
    FILE *file = fopen(users->path, "re");
    struct users_list read = {0};
    char line[512];
    bool good = true;

    *list_out = read;
    if (file == NULL) {
        snprintf(message, 256, "%.100s: %s", users->path, strerror(errno));
        return errno == ENOENT;
    }
    while (good && fgets(line, sizeof line, file) != NULL) {
        struct users_role role;
        struct users_role *place = NULL;

        good = line_parse(line, &role) && users_list_find(&read, role.name) == NULL &&
               (place = users_list_add(&read, role.name)) != NULL;
        if (good) {
            *place = role;
        }
    }
    good = good && !ferror(file);
    fclose(file);
    if (!good) {
        snprintf(message, 256,
                 "%.100s: line %zu is not NAME:RIGHTS:VERIFIER, or names somebody twice",
                 users->path, read.count + 1);
        free(read.roles);
        return false;
    }
    *list_out = read;
    return true;
}

/* Beside the old one, synced, then in its place, and the directory synced. */
static bool file_write(const struct users *users, const struct users_list *list, char message[256])
{
    char fresh[4096 + 8];
    FILE *file = NULL;
    int descriptor = -1;
    bool good = false;

    snprintf(fresh, sizeof fresh, "%s.new", users->path);
    descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file != NULL) {
        for (size_t i = 0; i < list->count; i++) {
            const struct users_role *role = &list->roles[i];

            fprintf(file, "%s:%s%s%s:%s\n", role->name, role->login ? "login" : "",
                    role->login && role->superuser ? "," : "", role->superuser ? "superuser" : "",
                    role->verifier);
        }
        good = fflush(file) == 0 && fsync(descriptor) == 0;
        good = fclose(file) == 0 && good && rename(fresh, users->path) == 0;
    }
    if (good) {
        snprintf(fresh, sizeof fresh, "%.*s", (int)(strrchr(users->path, '/') - users->path),
                 users->path);
        descriptor = open(fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        good = descriptor >= 0 && fsync(descriptor) == 0;
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
    if (!good) {
        snprintf(message, 256, "%.100s: %s", users->path, strerror(errno));
    }
    return good;
}

static bool line_parse(char *line, struct users_role *role)
{
    char *colon = strchr(line, ':');
    char *verifier = colon == NULL ? NULL : colon + 1;

    line[strcspn(line, "\r\n")] = '\0';
    memset(role, 0, sizeof *role);
    if (verifier == NULL) {
        return false;
    }
    *colon = '\0';
    role->login = role->superuser = scram_verifier_valid(verifier);
    if (!role->login) {
        colon = strchr(verifier, ':');
        if (colon == NULL) {
            return false;
        }
        *colon = '\0';
        if (!rights_parse(verifier, role)) {
            return false;
        }
        verifier = colon + 1;
    }
    if (!users_name_valid(line) || strlen(verifier) >= sizeof role->verifier ||
        (verifier[0] != '\0' && !scram_verifier_valid(verifier))) {
        return false;
    }
    snprintf(role->name, sizeof role->name, "%s", line);
    snprintf(role->verifier, sizeof role->verifier, "%s", verifier);
    return true;
}

static bool rights_parse(char *words, struct users_role *role)
{
    char *word = NULL;

    while ((word = strtok_r(words, ",", &words)) != NULL) {
        if (strcmp(word, "login") == 0) {
            role->login = true;
        } else if (strcmp(word, "superuser") == 0) {
            role->superuser = true;
        } else {
            return false;
        }
    }
    return true;
}
