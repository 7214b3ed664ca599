/*
 * roles.h - CREATE, ALTER and DROP ROLE, with PostgreSQL's rules of who may.
 *
 * Superusers manage roles; everybody may give themselves a new password. The roles are the server's, as PostgreSQL's
 * are the cluster's, and are kept in a file (users.h): a statement changes it at once, for ever, and for everybody
 * who logs in later.
 *
 * Threads: any.
 */
#ifndef VARVE_SERVER_ROLES_H
#define VARVE_SERVER_ROLES_H

#include <stdbool.h>

struct users;
struct varve_error;
struct varve_role;
struct varve_role_change;

/* user asks for it. notice: as varve_set_notice's. False: *error says why. */
bool roles_change(struct users *users, const char *user, const struct varve_role_change *change,
                  void (*notice)(void *argument, const char *severity,
                                 const struct varve_error *text),
                  void *argument, struct varve_error *error);

/* Every role, with an oid that stays its own: 10 is the first one's, as PostgreSQL's first superuser's; the others' come of
 * their names. As varve_set_role_list's. */
void roles_each(struct users *users, void (*put)(void *put_argument, const struct varve_role *role),
                void *put_argument);

/* Adds a role or changes its password and gives it all rights; without --init and SQL. False: *message says why. */
bool roles_put(struct users *users, const char *name, const char *password, char message[256]);
bool roles_drop(struct users *users, const char *name, char message[256]);

#endif
