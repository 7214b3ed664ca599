/* roles.c - see roles.h. */
#include "server/roles.h"

#include "server/users.h"
#include "varve/varve.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ROLES_FIRST 10u /* the oid of PostgreSQL's first superuser */

/* A change under way. */
struct work {
    const struct varve_role_change *change;
    const char *user;
    void (*notice)(void *argument, const char *severity, const struct varve_error *text);
    void *argument;
    struct varve_error *error;
    char verifier[SCRAM_VERIFIER_BYTES]; /* of change->password; "": none */
};

static bool password_take(struct work *work);
static bool edit(void *context, struct users_list *list);
static bool create_role(struct work *work, struct users_list *list);
static bool alter_role(struct work *work, struct users_role *role, bool is_super);
static bool rename_role(struct work *work, struct users_list *list, struct users_role *role,
                        bool is_super);
static bool drop_roles(struct work *work, struct users_list *list);
static bool drop_role(struct work *work, struct users_list *list, const char *name);
static bool name_free(struct work *work, const struct users_list *list, const char *name);
static const char *named(const struct work *work, const char *name);
static bool is_superuser(const struct work *work, const struct users_list *list);
static bool refuse(struct work *work, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void tell(struct work *work, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool put_one(void *context, struct users_list *list);
static bool drop(void *context, struct users_list *list);
static uint32_t id_of(const char *name);

bool roles_change(struct users *users, const char *user, const struct varve_role_change *change,
                  void (*notice)(void *argument, const char *severity,
                                 const struct varve_error *text),
                  void *argument, struct varve_error *error)
{
    struct work work = {
        .change = change, .user = user, .notice = notice, .argument = argument, .error = error};
    char message[256];

    memset(error, 0, sizeof *error);
    if (!password_take(&work)) {
        return false;
    }
    if (!users_edit(users, edit, &work, message)) {
        return message[0] == '\0' ? false : refuse(&work, "58030", "%s", message);
    }
    return true;
}

/* A verifier is taken as it is, anything else is a password. */
static bool password_take(struct work *work)
{
    const char *password = work->change->password;

    if (password == NULL) {
        return true;
    }
    if (password[0] == '\0') {
        tell(work, "00000", "empty string is not a valid password, clearing password");
    } else if (scram_verifier_valid(password) && strlen(password) < sizeof work->verifier) {
        snprintf(work->verifier, sizeof work->verifier, "%s", password);
    } else if (strncmp(password, "md5", 3) == 0 && strlen(password) == 35 &&
               strspn(password + 3, "0123456789abcdef") == 32) {
        return refuse(work, "0A000", "MD5 passwords are not supported");
    } else if (!scram_verifier_make(password, work->verifier)) {
        return refuse(work, "22023", "the password is too long");
    }
    return true;
}

static bool edit(void *context, struct users_list *list)
{
    struct work *work = context;
    const char *name = named(work, work->change->names[0]);
    struct users_role *role = NULL;
    bool is_super = is_superuser(work, list);

    if (work->change->action == VARVE_ROLE_CREATE) {
        return is_super
                   ? create_role(work, list)
                   : refuse(work, "42501",
                            work->change->superuser == 1 ? "must be superuser to create superusers"
                                                         : "permission denied to create role");
    }
    if (work->change->action == VARVE_ROLE_DROP) {
        return is_super ? drop_roles(work, list)
                        : refuse(work, "42501", "permission denied to drop role");
    }
    role = users_list_find(list, name);
    if (role == NULL) {
        return refuse(work, "42704", "role \"%s\" does not exist", name);
    }
    return work->change->action == VARVE_ROLE_RENAME ? rename_role(work, list, role, is_super)
                                                     : alter_role(work, role, is_super);
}

static bool create_role(struct work *work, struct users_list *list)
{
    const char *name = work->change->names[0];
    struct users_role *role = name_free(work, list, name) ? users_list_add(list, name) : NULL;

    if (role == NULL) {
        return work->error->sqlstate[0] != '\0' ? false : refuse(work, "54000", "too many roles");
    }
    role->login = work->change->login == 1;
    role->superuser = work->change->superuser == 1;
    memcpy(role->verifier, work->verifier, sizeof role->verifier);
    return true;
}

/* Who is no superuser may change the own password. */
static bool alter_role(struct work *work, struct users_role *role, bool is_super)
{
    const struct varve_role_change *change = work->change;

    if (!is_super && (role->superuser || change->superuser >= 0)) {
        return refuse(work, "42501",
                      "must be superuser to alter superuser roles or change superuser attribute");
    }
    if (!is_super &&
        (change->login >= 0 || !change->has_password || strcmp(role->name, work->user) != 0)) {
        return refuse(work, "42501", "permission denied");
    }
    if (change->login >= 0) {
        role->login = change->login == 1;
    }
    if (change->superuser >= 0) {
        role->superuser = change->superuser == 1;
    }
    if (change->has_password) {
        memcpy(role->verifier, work->verifier, sizeof role->verifier);
    }
    return true;
}

static bool rename_role(struct work *work, struct users_list *list, struct users_role *role,
                        bool is_super)
{
    if (strcmp(role->name, work->user) == 0) {
        return refuse(work, "0A000", "session user cannot be renamed");
    }
    if (!is_super) {
        return refuse(work, "42501",
                      role->superuser ? "must be superuser to rename superusers"
                                      : "permission denied to rename role");
    }
    if (!name_free(work, list, work->change->new_name)) {
        return false;
    }
    snprintf(role->name, sizeof role->name, "%s", work->change->new_name);
    return true;
}

static bool drop_roles(struct work *work, struct users_list *list)
{
    for (int i = 0; i < work->change->name_count; i++) {
        if (!drop_role(work, list, named(work, work->change->names[i]))) {
            return false;
        }
    }
    return true;
}

static bool drop_role(struct work *work, struct users_list *list, const char *name)
{
    struct users_role *role = users_list_find(list, name);

    if (role == NULL && work->change->if_exists) {
        tell(work, "00000", "role \"%s\" does not exist, skipping", name);
        return true;
    }
    if (role == NULL) {
        return refuse(work, "42704", "role \"%s\" does not exist", name);
    }
    if (strcmp(name, work->user) == 0) {
        return refuse(work, "55006", "current user cannot be dropped");
    }
    users_list_remove(list, role);
    return true;
}

/* It can be given to a role. */
static bool name_free(struct work *work, const struct users_list *list, const char *name)
{
    if (strncmp(name, "pg_", 3) == 0) {
        refuse(work, "42939", "role name \"%s\" is reserved", name);
        snprintf(work->error->detail, sizeof work->error->detail,
                 "Role names starting with \"pg_\" are reserved.");
        return false;
    }
    if (strcmp(name, "public") == 0 || strcmp(name, "none") == 0) {
        return refuse(work, "42939", "role name \"%s\" is reserved", name);
    }
    if (!users_name_valid(name)) {
        return refuse(work, "42602",
                      "role name \"%s\" has a colon or line break, which is not supported", name);
    }
    if (users_list_find(list, name) != NULL) {
        return refuse(work, "42710", "role \"%s\" already exists", name);
    }
    return true;
}

static const char *named(const struct work *work, const char *name)
{
    bool is_user = strcmp(name, "current_user") == 0 || strcmp(name, "session_user") == 0 ||
                   strcmp(name, "current_role") == 0;

    return is_user ? work->user : name;
}

static bool is_superuser(const struct work *work, const struct users_list *list)
{
    const struct users_role *role = users_list_find(list, work->user);

    return role != NULL && role->superuser;
}

static bool refuse(struct work *work, const char *sqlstate, const char *format, ...)
{
    va_list arguments;

    memcpy(work->error->sqlstate, sqlstate, sizeof work->error->sqlstate);
    va_start(arguments, format);
    vsnprintf(work->error->message, sizeof work->error->message, format, arguments);
    va_end(arguments);
    return false;
}

static void tell(struct work *work, const char *sqlstate, const char *format, ...)
{
    struct varve_error text = {.code = VARVE_OK};
    va_list arguments;

    memcpy(text.sqlstate, sqlstate, sizeof text.sqlstate);
    va_start(arguments, format);
    vsnprintf(text.message, sizeof text.message, format, arguments);
    va_end(arguments);
    if (work->notice != NULL) {
        work->notice(work->argument, "NOTICE", &text);
    }
}

/* ---- varved --add-user, --drop-user ---- */

struct put {
    const char *name;
    char verifier[SCRAM_VERIFIER_BYTES];
    char *message;
};

/* What users_each puts on. */
struct listing {
    void (*put)(void *argument, const struct varve_role *role);
    void *argument;
};

static void list_one(void *context, const struct users_role *role, size_t index)
{
    const struct listing *listing = context;
    struct varve_role shown = {.size = sizeof shown,
                               .name = role->name,
                               .id = index == 0 ? ROLES_FIRST : id_of(role->name),
                               .login = role->login,
                               .superuser = role->superuser};

    listing->put(listing->argument, &shown);
}

void roles_each(struct users *users, void (*put)(void *put_argument, const struct varve_role *role),
                void *put_argument)
{
    struct listing listing = {put, put_argument};

    users_each(users, list_one, &listing);
}

/* FNV-1a in [2^30, 2^31): above whatever the catalog counts. */
static uint32_t id_of(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    }
    return 1u << 30 | (hash & ((1u << 30) - 1));
}

bool roles_put(struct users *users, const char *name, const char *password, char message[256])
{
    struct put work = {.name = name, .message = message};

    if (!users_name_valid(name)) {
        snprintf(message, 256, "a user's name has 1 to 63 bytes, no colon, no line break");
        return false;
    }
    if (!scram_verifier_make(password, work.verifier)) {
        snprintf(message, 256, "no password could be made");
        return false;
    }
    return users_edit(users, put_one, &work, message);
}

bool roles_drop(struct users *users, const char *name, char message[256])
{
    struct put work = {.name = name, .message = message};

    return users_edit(users, drop, &work, message);
}

/* Who is there keeps the rights. */
static bool put_one(void *context, struct users_list *list)
{
    struct put *work = context;
    struct users_role *role = users_list_find(list, work->name);

    if (role == NULL) {
        role = users_list_add(list, work->name);
        if (role == NULL) {
            snprintf(work->message, 256, "too many users");
            return false;
        }
        role->superuser = true;
    }
    role->login = true;
    memcpy(role->verifier, work->verifier, sizeof role->verifier);
    return true;
}

static bool drop(void *context, struct users_list *list)
{
    struct put *work = context;
    struct users_role *role = users_list_find(list, work->name);

    if (role == NULL) {
        snprintf(work->message, 256, "role \"%.63s\" does not exist", work->name);
        return false;
    }
    users_list_remove(list, role);
    return true;
}
