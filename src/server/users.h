/*
 * users.h - the roles of a server: who may log in, with which password, and who is superuser.
 *
 * A file in the database's directory, readable by its owner alone, one role a line, replaced in one step:
 *
 *     NAME:RIGHTS:VERIFIER      RIGHTS: words of login, superuser with commas between; VERIFIER: scram.h's, or empty
 *     NAME:VERIFIER             as earlier servers wrote it: login and superuser
 *
 * It is read at the start and again on SIGHUP. CREATE ROLE and its like (roles.h) and varved --add-user change it, each
 * reading it anew under a lock of the file, so that neither undoes the other.
 *
 * Threads: users_close: alone; the rest: any.
 */
#ifndef VARVE_SERVER_USERS_H
#define VARVE_SERVER_USERS_H

#include "server/scram.h"

#include <stdint.h>

#define USERS_NAME_BYTES 64
#define USERS_FILE       "users"

struct users;

struct users_role {
    char name[USERS_NAME_BYTES];
    char verifier[SCRAM_VERIFIER_BYTES]; /* "": no password is right */
    bool login;
    bool superuser;
};

/* The roles while they are changed. */
struct users_list {
    struct users_role *roles;
    size_t count;
};

/* An absent file is an empty one. NULL: *message says why. own: users_close(). */
struct users *users_open(const char *directory, char message[256]);
void users_close(struct users *users);

/* Copies a role; false: there is no such. */
bool users_find(const struct users *users, const char *name, struct users_role *role_out);
/* Salts of roles that do not exist come from it. */
const uint8_t *users_mock_key(const struct users *users);
size_t users_count(const struct users *users);

/* Calls put for each; the first one made has owned all there is since --init. It must not call users_.... */
void users_each(const struct users *users,
                void (*put)(void *context, const struct users_role *role, size_t index),
                void *context);

/* Reads the file again; on failure the old roles stay. */
bool users_reload(struct users *users, char message[256]);

/* edit changes the list, or returns false and nothing is changed. False: edit's, or *message says why. */
bool users_edit(struct users *users, bool (*edit)(void *context, struct users_list *list),
                void *context, char message[256]);

struct users_role *users_list_find(const struct users_list *list, const char *name);
/* NULL: too many, or out of memory. The name must be valid. */
struct users_role *users_list_add(struct users_list *list, const char *name);
void users_list_remove(struct users_list *list, struct users_role *role);

/* 1 to 63 bytes without colon and line break. */
bool users_name_valid(const char *name);

#endif
