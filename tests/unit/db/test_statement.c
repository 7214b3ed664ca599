/*
 * Statements that are too large, nest too deep or are no SQL, through the whole of varve_exec: an error with
 * a position, or the right answer, and never more memory than D5 allows.
 *
 * The memory is measured from outside: the database may take what it takes at rest and three times the
 * statement (or D5's floor), and "out of memory" is not among the answers.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <stdlib.h>
#include <string.h>

#define MB            ((size_t)1 << 20)
#define REST_BYTES    (6 * MB)  /* pages, the log's buffer and session of an empty database */
#define FLOOR_BYTES   (96 * MB) /* D5 */
#define LARGE_BYTES   (34 * MB) /* where three times the statement is more than the floor */
#define DEEP_COUNT    100000
#define MESSAGE_DEPTH "stack depth limit exceeded"
#define MESSAGE_SIZE  "statement is too complex"

/* start, middle count times, then last, and end count times. */
struct abuse {
    const char *start;
    const char *middle;
    const char *last;
    const char *end;
    const char *sqlstate; /* "00000": it succeeds */
    const char *message;  /* NULL: only the SQLSTATE */
};

static char *put(char *at, const char *text, size_t count)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < count; i++) {
        memcpy(at, text, size);
        at += size;
    }
    return at;
}

/* own: free(). */
static char *abuse_text(const struct abuse *abuse, size_t count, size_t *size_out)
{
    char *text = malloc(strlen(abuse->start) + count * strlen(abuse->middle) + strlen(abuse->last) +
                        count * strlen(abuse->end) + 1);
    char *at = text;

    TEST_TRUE(text != NULL);
    at = put(at, abuse->start, 1);
    at = put(at, abuse->middle, count);
    at = put(at, abuse->last, 1);
    at = put(at, abuse->end, count);
    *at = '\0';
    *size_out = (size_t)(at - text);
    return text;
}

static void run(const struct abuse *abuse, const char *text, size_t size, size_t limit)
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    const struct varve_error *error = NULL;
    int code = 0;

    options.memory_limit = REST_BYTES + limit;
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", &options, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK,
               varve_exec(session, "create table t (a int primary key, b int, c text)", 0));
    code = varve_exec(session, text, size);
    error = varve_last_error(session);
    if (strcmp(abuse->sqlstate, error->sqlstate) != 0 ||
        (abuse->message != NULL && strcmp(abuse->message, error->message) != 0)) {
        fail_msg("%.40s%.40s ...: %s %.200s", abuse->start, abuse->middle, error->sqlstate,
                 error->message);
    }
    TEST_EQUAL(strcmp(abuse->sqlstate, "00000") == 0, code == VARVE_OK);
    TEST_TRUE(code == VARVE_OK || error->position > 0);
    TEST_EQUAL(VARVE_OK, varve_exec(session, "select 1", 0));
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
}

/* Nesting of every kind ends with PostgreSQL's words, and costs little more than the text. */
TEST(deep_nesting_is_an_error)
{
    static const struct abuse cases[] = {
        {"select ", "(", "1", ")", "54001", MESSAGE_DEPTH},
        {"select ", "(", "", "", "54001", MESSAGE_DEPTH},
        {"", "(", "select 1", ")", "54001", MESSAGE_DEPTH},
        {"select * from ", "(", "t", ")", "54001", MESSAGE_DEPTH},
        {"select ", "array[", "1", "]", "54001", MESSAGE_DEPTH},
        {"select a", "[a", "", "]", "54001", MESSAGE_DEPTH},
        {"select a", "[1]", "", "", "54001", MESSAGE_DEPTH},
        {"select ", "case when true then ", "1", " end", "54001", MESSAGE_DEPTH},
        {"select ", "case when ", "true", " then true end", "54001", MESSAGE_DEPTH},
        {"select ", "not ", "true", "", "54001", MESSAGE_DEPTH},
        {"select ", "- ", "1", "", "54001", MESSAGE_DEPTH},
        {"select ", "- ", "a from t", "", "54001", MESSAGE_DEPTH},
        {"select ", "+ ", "1", "", "54001", MESSAGE_DEPTH},
        {"select ", "abs(", "1", ")", "54001", MESSAGE_DEPTH},
        {"select ", "coalesce(", "1", ")", "54001", MESSAGE_DEPTH},
        {"select ", "(select ", "1", ")", "54001", MESSAGE_DEPTH},
        {"select 1", "::int", "", "", "54001", MESSAGE_DEPTH},
        {"select ", "cast(", "1", " as int)", "54001", MESSAGE_DEPTH},
        {"select 1", " is null", "", "", "54001", MESSAGE_DEPTH},
        {"select ", "1 in (", "1", ")", "54001", MESSAGE_DEPTH},
        {"", "with a as (", "select 1", ") select 1", "54001", MESSAGE_DEPTH},
        {"select 1", "+1", "", "", "54001", MESSAGE_DEPTH},
        {"select c", "||c", " from t", "", "54001", MESSAGE_DEPTH},
        {"select 1", " - +1", "", "", "54001", MESSAGE_DEPTH},
        {"select ", "~", "1", "", "42601", NULL},
        {"select 1 = ", "1 = ", "1", "", "42601", "syntax error at or near \"=\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = 0;
        char *text = abuse_text(&cases[i], DEEP_COUNT, &size);

        run(&cases[i], text, size, 3 * size);
        free(text);
    }
}

/* What PostgreSQL takes, however long. */
TEST(long_lists_are_run)
{
    static const struct abuse cases[] = {
        {"select 1 from t where a = 1", " and b = 2", "", "", "00000", NULL},
        {"select 1 from t where a = 1", " or b = 2", "", "", "00000", NULL},
        {"select 1 from t where b in (1", ",2", ")", "", "00000", NULL},
        {"values (1)", ",(2)", "", "", "00000", NULL},
        {"select greatest(1", ",2", ")", "", "00000", NULL},
        {"select case ", "when a = 1 then 2 ", "end from t", "", "00000", NULL},
        {"select a from t order by a", ",a", "", "", "00000", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = 0;
        char *text = abuse_text(&cases[i], 20000, &size);

        run(&cases[i], text, size, FLOOR_BYTES);
        free(text);
    }
}

/* D5: what needs more is refused, and where is said. */
TEST(large_statements_are_refused_within_memory)
{
    static const struct abuse cases[] = {
        {"select 1", "+1", "", "", "54001", MESSAGE_DEPTH},
        {"select 1", "+-", "", "", "54001", MESSAGE_DEPTH},
        {"select 1 from t where a = 1", " and b = 2", "", "", "54001", MESSAGE_SIZE},
        {"select 1 from t where a in (1", ",2", ")", "", "54001", MESSAGE_SIZE},
        {"insert into t values (1,2,'x')", ",(1,2,'x')", "", "", "54001", MESSAGE_SIZE},
        {"select '", "x", "'", "", "00000", NULL},
        {"select '", "''", "'", "", "00000", NULL},
        {"select E'", "\\n", "'", "", "00000", NULL},
        {"select $$", "x", "$$", "", "00000", NULL},
        {"select '", "x", "", "", "42601", NULL},
        {"select ", "x", "", "", "42703", NULL},
        {"select 1", "*", "", "", "42601", NULL},
        {"--", "x", "\nselect 1", "", "00000", NULL},
        {"", "/*", "", "", "42601", NULL},
        {"", "/**/", "select 1", "", "00000", NULL},
        {"select '", "x", "\xff'", "", "22021",
         "invalid byte sequence for encoding \"UTF8\": 0xff"},
        {"select '", "\xc3\xa4", "' x y", "", "42601", "syntax error at or near \"y\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = 0;
        char *text = abuse_text(&cases[i], LARGE_BYTES / strlen(cases[i].middle), &size);

        run(&cases[i], text, size, 3 * size);
        free(text);
    }
}

/* Comments nest, as deep as anybody likes. */
TEST(deep_comments_are_skipped)
{
    static const struct abuse comment = {"", "/* ", "", " */", "00000", NULL};
    size_t size = 0;
    char *text = abuse_text(&comment, DEEP_COUNT, &size);

    run(&comment, text, size, 3 * size);
    free(text);
}

TEST(noise_is_an_error)
{
    static const struct abuse noise = {.start = "noise", .middle = "", .sqlstate = "22021"};
    static const struct abuse nul = {.start = "nul", .middle = "", .sqlstate = "22021"};
    char bytes[4096];
    char text[] = "select 1\0, 2";
    struct rng rng;

    rng_init(&rng, test_seed(5));
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (char)rng_next(&rng);
        }
        run(&noise, bytes, sizeof bytes, MB);
    }
    run(&nul, text, sizeof text - 1, MB);
}
