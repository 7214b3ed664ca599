/* reload.c - see reload.h. */
#include "server/reload.h"

#include "server/server.h"
#include "server/show.h"
#include "server/tls.h"
#include "server/users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_changes(struct server *server, const struct config *fresh);
static void load_numbers(struct server *server);
static bool load_access(struct server *server);
static bool load_tls(struct server *server);
static void file_in_data(const struct config *config, enum config_id id, char path[4096]);

bool reload_first(struct server *server)
{
    load_numbers(server);
    return load_access(server) && load_tls(server);
}

void reload_now(struct server *server)
{
    struct config *fresh = malloc(sizeof *fresh);
    char message[1024] = "out of memory";

    server_log("LOG", "received SIGHUP, reloading configuration files");
    if (fresh == NULL || !config_read(fresh, server->config->argc, server->config->argv, message)) {
        server_log("LOG", "the configuration stays as it was: %s", message);
    } else {
        take_changes(server, fresh);
        if (!show_settings(server->host.db, server->config)) {
            server_log("LOG", "out of memory: SHOW tells old settings");
        }
    }
    free(fresh);
    load_numbers(server);
    (void)load_access(server);
    (void)load_tls(server);
    if (server->users != NULL && !users_reload(server->users, message)) {
        server_log("LOG", "the users stay as they were: %s", message);
    }
    server_log("LOG", "reloaded");
}

static void take_changes(struct server *server, const struct config *fresh)
{
    struct config *config = server->config;

    for (int id = 0; id < CONFIG_COUNT; id++) {
        if (strcmp(fresh->text[id], config->text[id]) == 0) {
            continue;
        }
        if (!config_reloads(id)) {
            server_log("LOG", "parameter \"%s\" cannot be changed without restarting the server",
                       config_name(id));
            continue;
        }
        memcpy(config->text[id], fresh->text[id], sizeof config->text[id]);
        config->number[id] = fresh->number[id];
        config->strength[id] = fresh->strength[id];
        server_log("LOG", "parameter \"%s\" changed to \"%s\"", config_name(id), fresh->text[id]);
    }
    if (memcmp(config->access, fresh->access, sizeof config->access) != 0) {
        server_log("LOG", "access rules changed");
    }
    memcpy(config->access, fresh->access, sizeof config->access);
    config->access_count = fresh->access_count;
}

static void load_numbers(struct server *server)
{
    static const struct {
        const char *name;
        enum config_id id;
    } defaults[CLIENT_DEFAULTS] = {
        {"statement_timeout", CONFIG_STATEMENT_TIMEOUT},
        {"lock_timeout", CONFIG_LOCK_TIMEOUT},
        {"idle_session_timeout", CONFIG_IDLE_SESSION_TIMEOUT},
        {"idle_in_transaction_session_timeout", CONFIG_IDLE_TRANSACTION_TIMEOUT}};
    const struct config *config = server->config;
    int64_t slow_ms = config->number[CONFIG_LOG_SLOW];

    atomic_store_explicit(&server->authentication_ns,
                          (uint64_t)config->number[CONFIG_AUTHENTICATION_TIMEOUT] * 1000000,
                          memory_order_relaxed);
    for (size_t i = 0; i < CLIENT_DEFAULTS; i++) {
        server->host.defaults[i].name = defaults[i].name;
        atomic_store_explicit(&server->host.defaults[i].value, config->number[defaults[i].id],
                              memory_order_relaxed);
    }
    log_format_set(config->number[CONFIG_LOG_FORMAT] == 0 ? LOG_TEXT : LOG_JSON);
    atomic_store_explicit(&server->host.log_slow_us, slow_ms < 0 ? -1 : slow_ms * 1000,
                          memory_order_relaxed);
    atomic_store_explicit(&server->host.log_errors, config->number[CONFIG_LOG_ERRORS] == 0,
                          memory_order_relaxed);
    atomic_store_explicit(&server->host.log_connections,
                          config->number[CONFIG_LOG_CONNECTIONS] != 0, memory_order_relaxed);
}

/* The configuration's rules; without any, local as `auth` says and scram-sha-256 for the rest. */
static bool load_access(struct server *server)
{
    static const char *const of_auth[] = {"local all all scram-sha-256", "local all all trust",
                                          "local all all reject"};
    const struct config *config = server->config;
    const char *rules[ACCESS_RULES_MAX] = {of_auth[config->number[CONFIG_AUTH]],
                                           "host all all all scram-sha-256"};
    unsigned count = config->access_count == 0 ? 2 : config->access_count;
    char message[256];
    bool good = false;

    for (unsigned i = 0; i < config->access_count; i++) {
        rules[i] = config->access[i];
    }
    if (server->host.access == NULL) {
        server->host.access = access_open(rules, count, message);
        good = server->host.access != NULL;
    } else {
        good = access_replace(server->host.access, rules, count, message);
    }
    if (!good) {
        server_log("FATAL", "%s", message);
    }
    return good;
}

/* False: the reason is logged, and all stays as it was. */
static bool load_tls(struct server *server)
{
    const struct config *config = server->config;
    struct tls *fresh = NULL;
    struct tls *old = NULL;
    char certificate[4096];
    char key[4096];
    char message[512];

    if (config->number[CONFIG_SSL] != 0) {
        struct tls_options options = {.certificate_file = certificate, .key_file = key};

        file_in_data(config, CONFIG_SSL_CERT_FILE, certificate);
        file_in_data(config, CONFIG_SSL_KEY_FILE, key);
        options.only_1_3 = config->number[CONFIG_SSL_MIN_PROTOCOL_VERSION] != 0;
        fresh = tls_open(&options, message);
        if (fresh == NULL) {
            server_log("FATAL", "%s", message);
            return false;
        }
    }
    pthread_mutex_lock(&server->tls_lock);
    old = server->tls;
    server->tls = fresh;
    pthread_mutex_unlock(&server->tls_lock);
    atomic_store_explicit(&server->host.encrypts, fresh != NULL, memory_order_relaxed);
    tls_close(old);
    return true;
}

/* A name without a slash in front lies in the database's directory. */
static void file_in_data(const struct config *config, enum config_id id, char path[4096])
{
    const char *name = config->text[id];

    if (name[0] == '/') {
        snprintf(path, 4096, "%s", name);
    } else {
        snprintf(path, 4096, "%s/%s", config->text[CONFIG_DATA], name);
    }
}
