/* show.c - see show.h. */
#include "server/show.h"

#include "varve/varve.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES 32

/* Settings of sessions, which the library has itself, are not here; nor is what tells strangers where files lie. */
static const struct shown {
    enum config_id id;
    const char *name;
    const char *unit; /* of the number in pg_settings; NULL: none, or a text */
    int64_t unit_size;
    const char *category;
    bool superusers;
} shown[] = {
#define CONNECTION "Connections and Authentication / Connection Settings"
#define LOGIN      "Connections and Authentication / Authentication"
#define TLS        "Connections and Authentication / SSL"
#define TCP        "Connections and Authentication / TCP Settings"
#define RESOURCES  "Resource Usage / Memory"
#define LOG_WHEN   "Reporting and Logging / When to Log"
#define LOG_WHAT   "Reporting and Logging / What to Log"
#define LOG_WHERE  "Reporting and Logging / Where to Log"
#define DURABLE    "Write-Ahead Log / Settings"
    {CONFIG_LISTEN, "listen_addresses", NULL, 1, CONNECTION, false},
    {CONFIG_PORT, "port", NULL, 1, CONNECTION, false},
    {CONFIG_SOCKET_DIR, "unix_socket_directories", NULL, 1, CONNECTION, true},
    {CONFIG_MAX_CONNECTIONS, "max_connections", NULL, 1, CONNECTION, false},
    {CONFIG_AUTHENTICATION_TIMEOUT, "authentication_timeout", "s", 1000, LOGIN, false},
    {CONFIG_SSL, "ssl", NULL, 1, TLS, false},
    {CONFIG_SSL_CERT_FILE, "ssl_cert_file", NULL, 1, TLS, false},
    {CONFIG_SSL_KEY_FILE, "ssl_key_file", NULL, 1, TLS, false},
    {CONFIG_SSL_MIN_PROTOCOL_VERSION, "ssl_min_protocol_version", NULL, 1, TLS, false},
    {CONFIG_KEEPALIVES_IDLE, "tcp_keepalives_idle", "s", 1000, TCP, false},
    {CONFIG_KEEPALIVES_INTERVAL, "tcp_keepalives_interval", "s", 1000, TCP, false},
    {CONFIG_KEEPALIVES_COUNT, "tcp_keepalives_count", NULL, 1, TCP, false},
    {CONFIG_TCP_USER_TIMEOUT, "tcp_user_timeout", "ms", 1, TCP, false},
    {CONFIG_LOG_SLOW, "log_min_duration_statement", "ms", 1, LOG_WHEN, false},
    {CONFIG_LOG_ERRORS, "log_min_messages", NULL, 1, LOG_WHEN, false},
    {CONFIG_LOG_CONNECTIONS, "log_connections", NULL, 1, LOG_WHAT, false},
    {CONFIG_LOG_CONNECTIONS, "log_disconnections", NULL, 1, LOG_WHAT, false},
    {CONFIG_LOG_FORMAT, "varve.log_format", NULL, 1, LOG_WHERE, false},
    {CONFIG_AUTH, "varve.auth", NULL, 1, LOGIN, true},
    {CONFIG_LOOPS, "varve.loops", NULL, 1, CONNECTION, false},
    {CONFIG_MAX_MESSAGE, "varve.max_message", "B", 1, CONNECTION, false},
    {CONFIG_MEMORY_LIMIT, "varve.memory_limit", "B", 1, RESOURCES, false},
    {CONFIG_DURABILITY, "varve.durability", NULL, 1, DURABLE, false},
    {CONFIG_GROUP, "varve.group_commit_interval", "ms", 1, DURABLE, false},
    {CONFIG_HTTP_PORT, "varve.http_port", NULL, 1, CONNECTION, true},
    {CONFIG_HTTP_LISTEN, "varve.http_listen", NULL, 1, CONNECTION, true},
};

/* What the texts of one setting are made of. */
struct texts {
    char shown[CONFIG_TEXT_BYTES];
    char setting[NUMBER_BYTES];
    char built_in[NUMBER_BYTES];
    char least[NUMBER_BYTES];
    char greatest[NUMBER_BYTES];
    char choices[128];
};

static bool show(struct varve *db, const struct config *config, const struct shown *what);
static void show_number(const struct config *config, const struct shown *what,
                        const struct config_facts *facts, struct texts *texts);
static void print_time(int64_t milliseconds, char text[CONFIG_TEXT_BYTES]);
static void print_bytes(int64_t bytes, char text[CONFIG_TEXT_BYTES]);
static void print_choices(const char *choices, char *text, size_t size);

bool show_settings(struct varve *db, const struct config *config)
{
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (!show(db, config, &shown[i])) {
            return false;
        }
    }
    return true;
}

static bool show(struct varve *db, const struct config *config, const struct shown *what)
{
    static const char *const sources[] = {"default", "configuration file", "environment variable",
                                          "command line"};
    struct config_facts facts = config_facts(what->id);
    struct texts texts = {.shown = ""};
    struct varve_shown_setting setting = {.size = sizeof setting,
                                          .name = what->name,
                                          .shown = texts.shown,
                                          .unit = what->unit,
                                          .category = what->category,
                                          .description = facts.description,
                                          .context = facts.reloads ? "sighup" : "postmaster",
                                          .type = "string",
                                          .source = sources[config->strength[what->id]],
                                          .built_in = facts.initial,
                                          .superusers = what->superusers};

    snprintf(texts.shown, sizeof texts.shown, "%s", config->text[what->id]);
    if (facts.is_number) {
        show_number(config, what, &facts, &texts);
        setting.type = "integer";
        setting.setting = texts.setting;
        setting.built_in = texts.built_in;
        setting.least = texts.least;
        setting.greatest = texts.greatest;
    } else if (strcmp(facts.choices, "off on") == 0) {
        setting.type = "bool";
        snprintf(texts.shown, sizeof texts.shown, "%s",
                 config->number[what->id] != 0 ? "on" : "off");
    } else if (facts.choices[0] != '\0') {
        print_choices(facts.choices, texts.choices, sizeof texts.choices);
        setting.type = "enum";
        setting.choices = texts.choices;
    }
    return varve_show_setting(db, &setting) == VARVE_OK;
}

static void show_number(const struct config *config, const struct shown *what,
                        const struct config_facts *facts, struct texts *texts)
{
    int64_t number = config->number[what->id];
    int64_t size = what->unit_size;

    if (number > 0 && what->unit != NULL && strcmp(what->unit, "B") == 0) {
        print_bytes(number, texts->shown);
    } else if (number > 0 && what->unit != NULL) {
        print_time(number, texts->shown);
    } else {
        snprintf(texts->shown, sizeof texts->shown, "%lld", (long long)number);
    }
    snprintf(texts->setting, NUMBER_BYTES, "%lld", (long long)(number / size));
    snprintf(texts->built_in, NUMBER_BYTES, "%lld", (long long)(facts->initial_number / size));
    snprintf(texts->least, NUMBER_BYTES, "%lld", (long long)(facts->least / size));
    snprintf(texts->greatest, NUMBER_BYTES, "%lld", (long long)(facts->greatest / size));
}

/* In the largest unit that divides it, as PostgreSQL. */
static void print_time(int64_t milliseconds, char text[CONFIG_TEXT_BYTES])
{
    static const struct {
        const char *name;
        int64_t size;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;

    while (milliseconds % units[i].size != 0) {
        i++;
    }
    snprintf(text, CONFIG_TEXT_BYTES, "%lld%s", (long long)(milliseconds / units[i].size),
             units[i].name);
}

static void print_bytes(int64_t bytes, char text[CONFIG_TEXT_BYTES])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;

    while (bytes % 1024 == 0 && i + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1024;
        i++;
    }
    snprintf(text, CONFIG_TEXT_BYTES, "%lld%s", (long long)bytes, units[i]);
}

/* "a b" becomes "{a,b}". */
static void print_choices(const char *choices, char *text, size_t size)
{
    snprintf(text, size, "{%s}", choices);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == ' ' ? ',' : *at;
    }
}
