/* A client without sockets: messages in, messages out, over a database in memory. */
#include "server/client.h"
#include "test.h"
#include "varve/varve.h"

#include <stdlib.h>

#define START_BODY "user\0ann\0database\0varve\0"

struct fixture {
    struct client_host host;
    struct client *client;
    struct wire_out in; /* what the client sends next */
    char types[4096];   /* of what the server said since the last look */
    char text[8192];    /* the bodies of it that are texts */
};

static void wake(void *argument)
{
    (void)argument;
}

static void open_fixture(struct fixture *f, const char *method)
{
    const struct access_origin local = {.text = "[local]"};
    char text[64];
    const char *rule = text;
    char message[256];

    memset(f, 0, sizeof *f);
    f->host = (struct client_host){
        .database = "varve", .message_bytes_max = 1u << 20, .connections_max = 2};
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->host.db, NULL));
    snprintf(text, sizeof text, "local all all %s", method);
    f->host.access = access_open(&rule, 1, message);
    TEST_TRUE(f->host.access != NULL);
    f->client = client_create(&f->host, &local, 1, 2, wake, NULL);
    TEST_TRUE(f->client != NULL);
}

static void close_fixture(struct fixture *f)
{
    client_destroy(f->client);
    wire_out_release(&f->in);
    TEST_EQUAL(0, atomic_load(&f->host.connections));
    TEST_EQUAL(VARVE_OK, varve_close(f->host.db));
    access_close(f->host.access);
}

/* Shows the input whole, or byte by byte, and notes the types of all answers. */
static enum client_verdict run(struct fixture *f, bool bytewise)
{
    enum client_verdict verdict = CLIENT_READ;
    struct wire_out *out = client_output(f->client);
    size_t count = 0;

    f->types[0] = '\0';
    f->text[0] = '\0';
    for (size_t shown = bytewise ? 1 : f->in.size;; shown += shown < f->in.size) {
        size_t used = 0;

        if (shown > wire_out_size(&f->in)) {
            shown = wire_out_size(&f->in);
        }
        verdict = client_run(f->client, slice_make(f->in.bytes + f->in.start, shown), &used);
        wire_out_sent(&f->in, used);
        shown = bytewise ? shown - used : wire_out_size(&f->in);
        while (wire_out_size(out) > 0) {
            struct wire_message message;
            size_t size = 0;

            TEST_EQUAL(WIRE_MESSAGE,
                       wire_message(slice_make(out->bytes + out->start, wire_out_size(out)), false,
                                    1u << 30, &message, &size));
            f->types[count++] = message.type;
            f->types[count] = '\0';
            if (message.type == 'E' || message.type == 'C') {
                size_t at = strlen(f->text);

                for (size_t i = 0; i < message.body.size && at + 2 < sizeof f->text; i++) {
                    f->text[at++] = message.body.data[i] == 0 ? '|' : (char)message.body.data[i];
                }
                f->text[at] = '\0';
            }
            wire_out_sent(out, size);
        }
        if (verdict == CLIENT_CLOSE || (verdict == CLIENT_READ && shown >= wire_out_size(&f->in))) {
            return verdict;
        }
    }
}

static void send_start(struct fixture *f)
{
    wire_put_u32(&f->in, 8 + sizeof START_BODY);
    wire_put_u32(&f->in, WIRE_VERSION_3);
    wire_put_bytes(&f->in, START_BODY, sizeof START_BODY);
}

static void send_query(struct fixture *f, const char *sql)
{
    TEST_TRUE(wire_put_simple(&f->in, 'Q', sql));
}

static void send_parse(struct fixture *f, const char *name, const char *sql)
{
    wire_begin(&f->in, 'P');
    wire_put_text(&f->in, name);
    wire_put_text(&f->in, sql);
    wire_put_u16(&f->in, 0);
    TEST_TRUE(wire_end(&f->in));
}

static void send_bind_execute(struct fixture *f, const char *name, uint32_t limit)
{
    wire_begin(&f->in, 'B');
    wire_put_text(&f->in, "");
    wire_put_text(&f->in, name);
    wire_put_u16(&f->in, 0);
    wire_put_u16(&f->in, 0);
    wire_put_u16(&f->in, 0);
    TEST_TRUE(wire_end(&f->in));
    wire_begin(&f->in, 'E');
    wire_put_text(&f->in, "");
    wire_put_u32(&f->in, limit);
    TEST_TRUE(wire_end(&f->in));
}

static void send_sync(struct fixture *f)
{
    TEST_TRUE(wire_put_simple(&f->in, 'S', NULL));
}

static void ask(struct fixture *f, const char *sql, const char *types)
{
    send_query(f, sql);
    TEST_EQUAL(CLIENT_READ, run(f, false));
    TEST_TEXT(types, f->types);
}

static void start(struct fixture *f)
{
    send_start(f);
    TEST_EQUAL(CLIENT_READ, run(f, false));
    TEST_TEXT("RSSSSSSSSSSSSSKZ", f->types);
}

/* C2: each message's answers, then Z; the same when bytes come one by one. */
TEST(queries_are_answered)
{
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        struct fixture f;

        open_fixture(&f, "trust");
        send_start(&f);
        send_query(&f, "select 1; select 2");
        send_query(&f, "");
        send_query(&f, "selec");
        TEST_EQUAL(CLIENT_READ, run(&f, bytewise != 0));
        TEST_TEXT("RSSSSSSSSSSSSSKZTDCTDCZIZEZ", f.types);
        close_fixture(&f);
    }
}

/* C3: after an error nothing runs until Sync. */
TEST(an_error_skips_to_sync)
{
    struct fixture f;

    open_fixture(&f, "trust");
    start(&f);
    ask(&f, "create table t (a int primary key)", "CZ");
    send_parse(&f, "", "insert into t values (1)");
    send_bind_execute(&f, "", 0);
    send_parse(&f, "", "select 1 / 0");
    send_bind_execute(&f, "", 0);
    send_parse(&f, "", "insert into t values (2)");
    send_bind_execute(&f, "", 0);
    send_sync(&f);
    TEST_EQUAL(CLIENT_READ, run(&f, false));
    TEST_TEXT("12C12EZ", f.types);
    ask(&f, "select * from t",
        "TCZ"); /* all up to Sync is one transaction: the first insert went too */
    close_fixture(&f);
}

TEST(a_portal_gives_its_rows_in_parts)
{
    struct fixture f;

    open_fixture(&f, "trust");
    start(&f);
    send_parse(&f, "s", "values (1), (2), (3)");
    send_bind_execute(&f, "s", 2);
    wire_begin(&f.in, 'E');
    wire_put_text(&f.in, "");
    wire_put_u32(&f.in, 2);
    TEST_TRUE(wire_end(&f.in));
    send_sync(&f);
    TEST_EQUAL(CLIENT_READ, run(&f, false));
    TEST_TEXT("12DDsDCZ", f.types);
    close_fixture(&f);
}

/* C4: without a password no message but the password's is taken. */
TEST(nothing_runs_before_the_password)
{
    struct fixture f;

    open_fixture(&f, "scram-sha-256");
    send_start(&f);
    send_query(&f, "create table t (a int)");
    TEST_EQUAL(CLIENT_CLOSE, run(&f, false));
    TEST_TEXT("RE", f.types);
    TEST_FALSE(client_is_ready(f.client));
    close_fixture(&f);
}

/* C1: a length beyond the limit ends the client before anything is kept for it. */
TEST(long_messages_are_refused)
{
    struct fixture f;

    open_fixture(&f, "trust");
    start(&f);
    wire_put_bytes(&f.in, "Q\x7f\xff\xff\xff", 5);
    TEST_EQUAL(CLIENT_CLOSE, run(&f, false));
    TEST_TEXT("E", f.types);
    TEST_TRUE(strstr(f.text, "SFATAL|VFATAL|C08P01|Minvalid message length|") != NULL);
    close_fixture(&f);
}

/* Transactions of one message: all or nothing, unless it says otherwise. C5: a tag comes after its commit. */
TEST(a_message_is_a_transaction)
{
    struct fixture f;

    open_fixture(&f, "trust");
    start(&f);
    ask(&f, "create table t (a int primary key)", "CZ");
    ask(&f, "insert into t values (1); select 1 / 0", "CEZ");
    ask(&f, "select * from t", "TCZ");
    ask(&f, "insert into t values (1); commit; insert into t values (2); select 1 / 0", "CNCCEZ");
    ask(&f, "select * from t", "TDCZ");
    ask(&f, "begin; insert into t values (3)", "CCZ");
    ask(&f, "selec", "EZ");
    ask(&f, "select 1", "EZ");
    TEST_TRUE(strstr(f.text, "C25P02") != NULL);
    ask(&f, "commit", "CZ");
    TEST_TEXT("ROLLBACK|", f.text);
    ask(&f, "insert into t values (9); selec", "EZ"); /* parsed whole before anything runs */
    ask(&f, "select * from t", "TDCZ");
    close_fixture(&f);
}

/* C1: many settings at a time, and a session beyond the limit. */
TEST(sessions_are_limited)
{
    struct fixture f;

    open_fixture(&f, "trust");
    atomic_store(&f.host.connections, 2);
    send_start(&f);
    TEST_EQUAL(CLIENT_CLOSE, run(&f, false));
    TEST_TRUE(strstr(f.text, "C53300") != NULL);
    atomic_store(&f.host.connections, 0);
    close_fixture(&f);
}
