/* main.c - the program varved: its arguments, its users; then server.h. */
#include "server/access.h"
#include "server/config.h"
#include "server/roles.h"
#include "server/server.h"
#include "server/users.h"
#include "varve/varve.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_USER      "varve"
#define PASSWORD_LENGTH 20

static bool rules_good(const struct config *config, char message[256]);
static int change_user(const struct config *config);
static bool random_password(char password[PASSWORD_LENGTH + 1]);
static bool directory_ready(const char *path, bool create);

int main(int argc, char **argv)
{
    static struct config config;
    char message[1024];

    if (!config_read(&config, argc, argv, message)) {
        fprintf(stderr, "varved: %s\nTry \"varved --help\".\n", message);
        return 2;
    }
    if (config.help) {
        config_help(stdout);
        return 0;
    }
    if (config.version) {
        printf("varved %s\n", varve_version());
        return 0;
    }
    if (config.text[CONFIG_DATA][0] == '\0') {
        fprintf(stderr, "varved: --data says where the database is\nTry \"varved --help\".\n");
        return 2;
    }
    if (!rules_good(&config, message)) {
        fprintf(stderr, "varved: %s\n", message);
        return 2;
    }
    if (config.check) {
        config_print(&config, stdout);
        return 0;
    }
    if (config.init || config.add_user != NULL || config.drop_user != NULL) {
        return change_user(&config);
    }
    return server_main(&config);
}

static bool rules_good(const struct config *config, char message[256])
{
    const char *rules[CONFIG_ACCESS_MAX];
    struct access *access = NULL;

    for (unsigned i = 0; i < config->access_count; i++) {
        rules[i] = config->access[i];
    }
    access = access_open(rules, config->access_count, message);
    access_close(access);
    return access != NULL;
}

/* --init, --add-user, --drop-user. A running server hears of it by SIGHUP. */
static int change_user(const struct config *config)
{
    const char *path = config->text[CONFIG_DATA];
    const char *name = config->drop_user != NULL  ? config->drop_user
                       : config->add_user != NULL ? config->add_user
                                                  : FIRST_USER;
    const char *given = getenv("VARVED_PASSWORD");
    char password[PASSWORD_LENGTH + 1];
    char message[256] = "no password could be made";
    struct users *users = NULL;
    bool good = false;

    if (!directory_ready(path, config->init)) {
        return 1;
    }
    users = users_open(path, message);
    if (users != NULL && config->drop_user != NULL) {
        good = roles_drop(users, name, message);
    } else if (users != NULL) {
        good = (given != NULL || random_password(password)) &&
               roles_put(users, name, given != NULL ? given : password, message);
    }
    users_close(users);
    if (!good) {
        fprintf(stderr, "varved: %s\n", message);
        return 1;
    }
    if (config->drop_user == NULL && given == NULL) {
        printf("user %s, password %s\n", name, password);
    }
    return 0;
}

/* Letters and digits, 119 bits. */
static bool random_password(char password[PASSWORD_LENGTH + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t size = 0;

    while (size < PASSWORD_LENGTH) {
        uint8_t byte = 0;

        if (RAND_bytes(&byte, 1) != 1) {
            return false;
        }
        if (byte < 248) { /* a multiple of 62: no letter is likelier */
            password[size++] = letters[byte % 62];
        }
    }
    password[size] = '\0';
    return true;
}

static bool directory_ready(const char *path, bool create)
{
    struct stat status;

    if (create && mkdir(path, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "varved: %s: %s\n", path, strerror(errno));
        return false;
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        fprintf(stderr, "varved: %s is not a directory; --init makes it\n", path);
        return false;
    }
    return true;
}
