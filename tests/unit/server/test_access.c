/* Rules of who may come from where. */
#include "server/access.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct access_origin from(const char *address)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(99)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr local = {.sa_family = AF_UNIX};

    if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
        return access_origin((const struct sockaddr *)&four);
    }
    if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1) {
        return access_origin((const struct sockaddr *)&six);
    }
    return access_origin(&local);
}

/* The first rule that fits decides; none: nobody comes in. */
TEST(the_first_rule_decides)
{
    static const char *const rules[] = {"local   all    ann          trust",
                                        "local   all    all          scram-sha-256",
                                        "hostssl shop   all          10.1.0.0/20   scram-sha-256",
                                        "host    all    ann,bob      10.1.0.0/16   reject",
                                        "hostnossl all  carl         2001:db8::/33 scram-sha-256",
                                        "host    all    all          127.0.0.1     scram-sha-256",
                                        "host    all    dan          all           scram-sha-256"};
    static const struct {
        const char *address;
        bool encrypted;
        const char *database;
        const char *user;
        unsigned line;
        enum access_method method;
    } cases[] = {{"", false, "shop", "ann", 1, ACCESS_TRUST},
                 {"", false, "shop", "anna", 2, ACCESS_SCRAM},
                 {"10.1.15.255", true, "shop", "ann", 3, ACCESS_SCRAM},
                 {"10.1.15.255", false, "shop", "ann", 4, ACCESS_REJECT},
                 {"10.1.16.0", true, "shop", "bob", 4, ACCESS_REJECT},
                 {"10.1.15.255", true, "shopping", "bob", 4, ACCESS_REJECT},
                 {"10.1.15.255", true, "shopping", "bo", 0, ACCESS_NONE},
                 {"10.2.0.0", true, "shop", "bob", 0, ACCESS_NONE},
                 {"2001:db8:7fff::1", false, "shop", "carl", 5, ACCESS_SCRAM},
                 {"2001:db8:8000::1", false, "shop", "carl", 0, ACCESS_NONE},
                 {"2001:db8:7fff::1", true, "shop", "carl", 0, ACCESS_NONE},
                 {"127.0.0.1", false, "shop", "carl", 6, ACCESS_SCRAM},
                 {"127.0.0.2", false, "shop", "carl", 0, ACCESS_NONE},
                 {"9.9.9.9", false, "shop", "dan", 7, ACCESS_SCRAM},
                 {"::1", false, "shop", "dan", 7, ACCESS_SCRAM}};
    char message[256];
    struct access *access = access_open(rules, sizeof rules / sizeof rules[0], message);

    TEST_TRUE(access != NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct access_origin origin = from(cases[i].address);
        unsigned line = 99;

        TEST_EQUAL(cases[i].method, access_find(access, &origin, cases[i].encrypted,
                                                cases[i].database, cases[i].user, &line));
        TEST_EQUAL(cases[i].line, line);
    }
    access_close(access);
}

/* Bad rules are told, and change nothing. */
TEST(bad_rules_are_refused)
{
    static const struct {
        const char *rule;
        const char *wanted;
    } cases[] = {{"", "begins with none"},
                 {"locale all all trust", "begins with none"},
                 {"local all all", "local wants"},
                 {"local all all all trust", "local wants"},
                 {"host all all trust", "wants DATABASE"},
                 {"host all all 1.2.3.4/33 reject", "the address"},
                 {"host all all 1.2.3.4/ reject", "the address"},
                 {"host all all 1.2.3.4/8x reject", "the address"},
                 {"host all all ::/129 reject", "the address"},
                 {"host all all example.org reject", "the address"},
                 {"host all all all trust", "trust is for local alone"},
                 {"hostssl all all ::1 trust", "trust is for local alone"},
                 {"local all all md5", "the method"}};
    const char *good = "local all all reject";
    struct access_origin origin = from("");
    char message[256];
    struct access *access = access_open(&good, 1, message);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *rule = cases[i].rule;
        unsigned line = 0;

        TEST_FALSE(access_replace(access, &rule, 1, message));
        TEST_TRUE(strstr(message, cases[i].wanted) != NULL);
        TEST_EQUAL(ACCESS_REJECT, access_find(access, &origin, false, "a", "b", &line));
    }
    access_close(access);
}

TEST(origins_are_read)
{
    TEST_TEXT("[local]", from("").text);
    TEST_TEXT("10.0.0.9", from("10.0.0.9").text);
    TEST_EQUAL(99, from("10.0.0.9").port);
    TEST_TEXT("2001:db8::1", from("2001:db8::1").text);
    TEST_EQUAL(16, from("2001:db8::1").address_bytes);
}
