/* users.c - see users.h. */
#include "server/users.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USERS_MAX 10000

struct user {
    char name[USERS_NAME_BYTES];
    char verifier[SCRAM_VERIFIER_BYTES];
};

struct users {
    char path[4096];
    uint8_t mock_key[32];
    pthread_rwlock_t lock;
    struct user *users; /* guard: lock */
    size_t count;       /* guard: lock */
};

static bool file_read(struct users *users, struct user **users_out, size_t *count_out,
                      char message[256]);
static bool file_write(const struct users *users, char message[256]);
static bool line_parse(char *line, struct user *user);
static bool name_valid(const char *name);

struct users *users_open(const char *directory, char message[256])
{
    struct users *users = calloc(1, sizeof *users);

    if (users == NULL || pthread_rwlock_init(&users->lock, NULL) != 0) {
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
        free(users->users);
        free(users);
    }
}

bool users_find(const struct users *users, const char *name, char verifier[SCRAM_VERIFIER_BYTES])
{
    pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&users->lock;
    bool found = false;

    pthread_rwlock_rdlock(lock);
    for (size_t i = 0; i < users->count && !found; i++) {
        found = strcmp(users->users[i].name, name) == 0;
        if (found) {
            memcpy(verifier, users->users[i].verifier, SCRAM_VERIFIER_BYTES);
        }
    }
    pthread_rwlock_unlock(lock);
    return found;
}

const uint8_t *users_mock_key(const struct users *users)
{
    return users->mock_key;
}

size_t users_count(const struct users *users)
{
    return users->count;
}

bool users_put(struct users *users, const char *name, const char *verifier, char message[256])
{
    size_t at = 0;

    if (!name_valid(name)) {
        snprintf(message, 256, "a user's name has 1 to 63 bytes, no colon, no line break");
        return false;
    }
    while (at < users->count && strcmp(users->users[at].name, name) != 0) {
        at++;
    }
    if (verifier == NULL) {
        if (at == users->count) {
            snprintf(message, 256, "role \"%.63s\" does not exist", name);
            return false;
        }
        users->users[at] = users->users[--users->count];
        return file_write(users, message);
    }
    if (at == users->count) {
        struct user *more = at == USERS_MAX ? NULL : realloc(users->users, (at + 1) * sizeof *more);

        if (more == NULL) {
            snprintf(message, 256, "too many users");
            return false;
        }
        users->users = more;
        users->count++;
    }
    memset(&users->users[at], 0, sizeof users->users[at]);
    snprintf(users->users[at].name, sizeof users->users[at].name, "%s", name);
    snprintf(users->users[at].verifier, sizeof users->users[at].verifier, "%s", verifier);
    return file_write(users, message);
}

bool users_reload(struct users *users, char message[256])
{
    struct user *fresh = NULL;
    size_t count = 0;

    if (!file_read(users, &fresh, &count, message)) {
        return false;
    }
    pthread_rwlock_wrlock(&users->lock);
    free(users->users);
    users->users = fresh;
    users->count = count;
    pthread_rwlock_unlock(&users->lock);
    return true;
}

static bool file_read(struct users *users, struct user **users_out, size_t *count_out,
                      char message[256])
{
    FILE *file = fopen(users->path, "re");
    struct user *read = NULL;
    size_t count = 0;
    char line[512];
    bool good = true;

    if (file == NULL) {
        snprintf(message, 256, "%.100s: %s", users->path, strerror(errno));
        return errno == ENOENT;
    }
    while (good && fgets(line, sizeof line, file) != NULL) {
        struct user *more = realloc(read, (count + 1) * sizeof *read);

        good = more != NULL && count < USERS_MAX && line_parse(line, &more[count]);
        read = more == NULL ? read : more;
        count++;
    }
    good = good && !ferror(file);
    fclose(file);
    if (!good) {
        free(read);
        snprintf(message, 256, "%.100s: line %zu is not name:verifier", users->path, count);
        return false;
    }
    *users_out = read;
    *count_out = count;
    return true;
}

/* Beside the old one, synced, then in its place. */
static bool file_write(const struct users *users, char message[256])
{
    char fresh[4096 + 8];
    FILE *file = NULL;
    int descriptor = -1;
    bool good = false;

    snprintf(fresh, sizeof fresh, "%s.new", users->path);
    descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file != NULL) {
        for (size_t i = 0; i < users->count; i++) {
            fprintf(file, "%s:%s\n", users->users[i].name, users->users[i].verifier);
        }
        good = fflush(file) == 0 && fsync(descriptor) == 0;
        good = fclose(file) == 0 && good && rename(fresh, users->path) == 0;
    }
    if (!good) {
        snprintf(message, 256, "%.100s: %s", users->path, strerror(errno));
    }
    return good;
}

static bool line_parse(char *line, struct user *user)
{
    char *colon = strchr(line, ':');

    line[strcspn(line, "\r\n")] = '\0';
    memset(user, 0, sizeof *user);
    if (colon == NULL || strlen(colon + 1) >= sizeof user->verifier) {
        return false;
    }
    *colon = '\0';
    if (!name_valid(line) || !scram_verifier_valid(colon + 1)) {
        return false;
    }
    snprintf(user->name, sizeof user->name, "%s", line);
    snprintf(user->verifier, sizeof user->verifier, "%s", colon + 1);
    return true;
}

static bool name_valid(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size < USERS_NAME_BYTES && strpbrk(name, ":\r\n") == NULL;
}
