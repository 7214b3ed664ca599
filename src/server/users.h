/*
 * users.h - who may log in: names and SCRAM verifiers in a file, one "name:verifier" a line.
 *
 * The file lies in the database's directory, readable by its owner alone, and is replaced in one step. It is read
 * at the start and again on SIGHUP; varved --add-user and --drop-user change it.
 *
 * Threads: users_find: any; the rest: alone.
 */
#ifndef VARVE_SERVER_USERS_H
#define VARVE_SERVER_USERS_H

#include "server/scram.h"

#include <stdint.h>

#define USERS_NAME_BYTES 64
#define USERS_FILE       "users"

struct users;

/* An absent file is an empty one. NULL: *message says why. own: users_close(). */
struct users *users_open(const char *directory, char message[256]);
void users_close(struct users *users);

/* Copies the verifier of a user; false: there is no such user. */
bool users_find(const struct users *users, const char *name, char verifier[SCRAM_VERIFIER_BYTES]);
/* Salts of users that do not exist come from it. */
const uint8_t *users_mock_key(const struct users *users);
size_t users_count(const struct users *users);

/* Adds or replaces (verifier NULL: drops) and writes the file. False: *message says why. */
bool users_put(struct users *users, const char *name, const char *verifier, char message[256]);
/* Reads the file again; on failure the old users stay. */
bool users_reload(struct users *users, char message[256]);

#endif
