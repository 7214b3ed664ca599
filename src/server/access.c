/* access.c - see access.h. */
#include "server/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { LOCAL, HOST, HOST_TLS, HOST_CLEAR };

struct rule {
    enum kind kind;
    enum access_method method;
    char databases[ACCESS_RULE_BYTES]; /* "all", or names between commas */
    char users[ACCESS_RULE_BYTES];
    uint8_t address[16];
    unsigned address_bytes; /* 0: any */
    unsigned prefix_bits;
};

struct access {
    pthread_rwlock_t lock;
    struct rule rules[ACCESS_RULES_MAX]; /* guard: lock */
    unsigned count;                      /* guard: lock */
};

static bool rules_parse(struct rule *parsed, const char *const *rules, unsigned count,
                        char message[256]);
static const char *rule_parse(struct rule *rule, const char *text);
static bool address_parse(struct rule *rule, const char *text);
static bool rule_fits(const struct rule *rule, const struct access_origin *origin, bool encrypted,
                      const char *database, const char *user);
static bool names_have(const char *names, const char *name);
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits);

struct access_origin access_origin(const struct sockaddr *address)
{
    struct access_origin origin = {.text = "[local]"};

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)address;

        origin.address_bytes = 4;
        memcpy(origin.address, &four->sin_addr, 4);
        origin.port = ntohs(four->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)address;

        origin.address_bytes = 16;
        memcpy(origin.address, &six->sin6_addr, 16);
        origin.port = ntohs(six->sin6_port);
    }
    if (origin.address_bytes > 0) {
        (void)inet_ntop(address->sa_family, origin.address, origin.text, sizeof origin.text);
    }
    return origin;
}

struct access *access_open(const char *const *rules, unsigned count, char message[256])
{
    struct access *access = calloc(1, sizeof *access);

    if (access == NULL || pthread_rwlock_init(&access->lock, NULL) != 0) {
        snprintf(message, 256, "out of memory");
        free(access);
        return NULL;
    }
    if (!access_replace(access, rules, count, message)) {
        access_close(access);
        return NULL;
    }
    return access;
}

bool access_replace(struct access *access, const char *const *rules, unsigned count,
                    char message[256])
{
    struct rule *fresh = calloc(ACCESS_RULES_MAX, sizeof *fresh);
    bool good = false;

    if (fresh == NULL) {
        snprintf(message, 256, "out of memory");
        return false;
    }
    good = rules_parse(fresh, rules, count, message);
    if (good) {
        pthread_rwlock_wrlock(&access->lock);
        memcpy(access->rules, fresh, sizeof access->rules);
        access->count = count;
        pthread_rwlock_unlock(&access->lock);
    }
    free(fresh);
    return good;
}

void access_close(struct access *access)
{
    if (access != NULL) {
        pthread_rwlock_destroy(&access->lock);
        free(access);
    }
}

enum access_method access_find(struct access *access, const struct access_origin *origin,
                               bool encrypted, const char *database, const char *user,
                               unsigned *line_out)
{
    enum access_method method = ACCESS_NONE;

    *line_out = 0;
    pthread_rwlock_rdlock(&access->lock);
    for (unsigned i = 0; i < access->count && *line_out == 0; i++) {
        if (rule_fits(&access->rules[i], origin, encrypted, database, user)) {
            method = access->rules[i].method;
            *line_out = i + 1;
        }
    }
    pthread_rwlock_unlock(&access->lock);
    return method;
}

static bool rules_parse(struct rule *parsed, const char *const *rules, unsigned count,
                        char message[256])
{
    if (count > ACCESS_RULES_MAX) {
        snprintf(message, 256, "there are more than %d access rules", ACCESS_RULES_MAX);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        const char *wrong = rule_parse(&parsed[i], rules[i]);

        if (wrong != NULL) {
            snprintf(message, 256, "access rule %u \"%.100s\": %s", i + 1, rules[i], wrong);
            return false;
        }
    }
    return true;
}

/* NULL: it is one; else what is wrong. */
static const char *rule_parse(struct rule *rule, const char *text)
{
    static const char *const kinds[] = {"local", "host", "hostssl", "hostnossl"};
    static const char *const methods[] = {"", "reject", "scram-sha-256", "trust"};
    char copy[ACCESS_RULE_BYTES];
    char *words[6] = {NULL};
    char *rest = copy;
    unsigned count = 0;
    unsigned wanted = 0;

    if (strlen(text) >= sizeof copy) {
        return "it is too long";
    }
    snprintf(copy, sizeof copy, "%s", text);
    while (count < 6 && (words[count] = strtok_r(rest, " \t", &rest)) != NULL) {
        count++;
    }
    for (rule->kind = LOCAL; rule->kind <= HOST_CLEAR; rule->kind++) {
        if (count > 0 && strcmp(words[0], kinds[rule->kind]) == 0) {
            break;
        }
    }
    if (rule->kind > HOST_CLEAR) {
        return "it begins with none of local, host, hostssl, hostnossl";
    }
    wanted = rule->kind == LOCAL ? 4 : 5;
    if (count != wanted) {
        return rule->kind == LOCAL ? "local wants DATABASE USER METHOD"
                                   : "it wants DATABASE USER ADDRESS METHOD";
    }
    snprintf(rule->databases, sizeof rule->databases, "%s", words[1]);
    snprintf(rule->users, sizeof rule->users, "%s", words[2]);
    if (rule->kind != LOCAL && !address_parse(rule, words[3])) {
        return "the address is neither \"all\" nor an address with or without /bits";
    }
    for (rule->method = ACCESS_REJECT; rule->method <= ACCESS_TRUST; rule->method++) {
        if (strcmp(words[wanted - 1], methods[rule->method]) == 0) {
            break;
        }
    }
    if (rule->method > ACCESS_TRUST) {
        return "the method is none of scram-sha-256, reject, trust";
    }
    return rule->method == ACCESS_TRUST && rule->kind != LOCAL ? "trust is for local alone" : NULL;
}

static bool address_parse(struct rule *rule, const char *text)
{
    char address[ACCESS_RULE_BYTES];
    const char *slash = strchr(text, '/');
    char *end = NULL;
    unsigned long bits = 0;

    if (strcmp(text, "all") == 0) {
        rule->address_bytes = 0;
        return true;
    }
    snprintf(address, sizeof address, "%.*s",
             (int)(slash == NULL ? strlen(text) : (size_t)(slash - text)), text);
    if (inet_pton(AF_INET, address, rule->address) == 1) {
        rule->address_bytes = 4;
    } else if (inet_pton(AF_INET6, address, rule->address) == 1) {
        rule->address_bytes = 16;
    } else {
        return false;
    }
    bits = rule->address_bytes * 8;
    if (slash != NULL) {
        bits = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > rule->address_bytes * 8) {
            return false;
        }
    }
    rule->prefix_bits = (unsigned)bits;
    return true;
}

static bool rule_fits(const struct rule *rule, const struct access_origin *origin, bool encrypted,
                      const char *database, const char *user)
{
    bool is_local = origin->address_bytes == 0;

    if ((rule->kind == LOCAL) != is_local || (rule->kind == HOST_TLS && !encrypted) ||
        (rule->kind == HOST_CLEAR && encrypted)) {
        return false;
    }
    if (rule->address_bytes != 0 &&
        (rule->address_bytes != origin->address_bytes ||
         !same_bits(rule->address, origin->address, rule->prefix_bits))) {
        return false;
    }
    return names_have(rule->databases, database) && names_have(rule->users, user);
}

static bool names_have(const char *names, const char *name)
{
    size_t wanted = strlen(name);

    if (strcmp(names, "all") == 0) {
        return true;
    }
    for (const char *at = names; *at != '\0';) {
        size_t size = strcspn(at, ",");

        if (size == wanted && strncmp(at, name, size) == 0) {
            return true;
        }
        at += size + (at[size] == ',');
    }
    return false;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned rest = bits % 8;

    return memcmp(a, b, bits / 8) == 0 &&
           (rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0);
}
