/*
 * Statements that are accepted (accepted.def) and refused (rejected.def, with PostgreSQL's errors), several
 * in one text, and the limits.
 */
#include "test.h"

#include "sql/sql.h"

#include "base/limits.h"

#include <stdlib.h>
#include <time.h>

struct parse_fixture {
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    struct sql_statement *first;
};

static void fixture_open(struct parse_fixture *f)
{
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 8192);
    error_clear(&f->error);
    f->first = NULL;
}

static void fixture_close(struct parse_fixture *f)
{
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

static const struct {
    const char *statement;
    const char *printed;
} accepted[] = {
#define X(statement, printed) {statement, printed},
#include "accepted.def"
#undef X
};

static const struct {
    const char *statement;
    const char *sqlstate;
    uint32_t position;
    const char *message;
} rejected[] = {
#define X(statement, sqlstate, position, message) {statement, sqlstate, position, message},
#include "rejected.def"
#undef X
};

/* S3 */
TEST(accepted_statements_print_and_parse_again)
{
    struct parse_fixture f;

    fixture_open(&f);
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        char printed[4096] = "";
        struct sql_statement *again = NULL;
        vv_slice text;

        arena_reset(&f.arena);
        if (sql_parse(slice_text(accepted[i].statement), &f.arena, &f.first, &f.error) != VV_OK) {
            fail_msg("%s: %s at %u", accepted[i].statement, f.error.message, f.error.position);
        }
        for (struct sql_statement *s = f.first; s != NULL; s = s->next) {
            TEST_OK(sql_print(s->tree, &f.arena, &text));
            snprintf(printed + strlen(printed), sizeof printed - strlen(printed), "%s%s",
                     s == f.first ? "" : "; ", (const char *)text.data);
            TEST_OK(sql_parse(text, &f.arena, &again, &f.error));
            if (!ast_equal(s->tree, again->tree)) {
                fail_msg("%s\n%s\n%s", accepted[i].statement, ast_dump(&f.arena, s->tree),
                         ast_dump(&f.arena, again->tree));
            }
        }
        TEST_TEXT(accepted[i].printed, printed);
    }
    fixture_close(&f);
}

/* S4, S5 */
TEST(rejected_statements_have_their_error)
{
    struct parse_fixture f;

    fixture_open(&f);
    for (size_t i = 0; i < sizeof rejected / sizeof rejected[0]; i++) {
        arena_reset(&f.arena);
        if (sql_parse(slice_text(rejected[i].statement), &f.arena, &f.first, &f.error) !=
                VV_ERROR ||
            strcmp(f.error.message, rejected[i].message) != 0 ||
            f.error.position != rejected[i].position) {
            fail_msg("%s\n%u %s\n%u %s", rejected[i].statement, rejected[i].position,
                     rejected[i].message, f.error.position, f.error.message);
        }
        TEST_TEXT(rejected[i].sqlstate, f.error.sqlstate);
    }
    fixture_close(&f);
}

/* S1: no prefix of a statement and no statement with a byte changed does harm. */
TEST(broken_statements_do_no_harm)
{
    struct parse_fixture f;

    fixture_open(&f);
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        size_t size = strlen(accepted[i].statement);

        for (size_t cut = 0; cut < size; cut += 1 + size / 40) {
            char *exact = malloc(cut + 1);

            memcpy(exact, accepted[i].statement, cut);
            arena_reset(&f.arena);
            (void)!sql_parse(slice_make(exact, cut), &f.arena, &f.first, &f.error);
            free(exact);
        }
    }
    fixture_close(&f);
}

TEST(several_statements_keep_their_places)
{
    struct parse_fixture f;

    fixture_open(&f);
    TEST_OK(sql_parse(slice_text("; select '\xc3\xa4' ;\n\n select $2, ';' -- x\n;;"), &f.arena,
                      &f.first, &f.error));
    TEST_EQUAL(3, f.first->position);
    TEST_EQUAL(0, f.first->parameter_count);
    TEST_TRUE(slice_equal(slice_text("select '\xc3\xa4'"), f.first->text));
    TEST_EQUAL(18, f.first->next->position);
    TEST_EQUAL(2, f.first->next->parameter_count);
    TEST_TRUE(slice_equal(slice_text("select $2, ';'"), f.first->next->text));
    TEST_TRUE(f.first->next->next == NULL);
    TEST_OK(sql_parse(slice_text(" ;; -- nothing"), &f.arena, &f.first, &f.error));
    TEST_TRUE(f.first == NULL);
    fixture_close(&f);
}

TEST(first_statement_is_split_by_tokens)
{
    TEST_EQUAL(13, sql_first_statement(slice_text("select ';' ; select 2")) + 1);
    TEST_EQUAL(8, sql_first_statement(slice_text("select 1")));
    TEST_EQUAL(11, sql_first_statement(slice_text("$$;$$ /*;*/; x")) - 1);
    TEST_EQUAL(9, sql_first_statement(slice_text("select 'a")));
    TEST_EQUAL(0, sql_first_statement(slice_text("")));
    TEST_EQUAL(3, sql_first_statement(slice_text("a\xff;b")));
}

TEST(question_marks_count_up)
{
    struct parse_fixture f;
    vv_slice text;

    fixture_open(&f);
    TEST_OK(sql_parse(slice_text("select ?, a=?, ?+1, ?::int, b ? c, ?"), &f.arena, &f.first,
                      &f.error));
    TEST_EQUAL(5, f.first->parameter_count);
    TEST_OK(sql_print(f.first->tree, &f.arena, &text));
    TEST_TEXT("SELECT $1, a = $2, $3 + 1, $4::integer, b ? c, $5", (const char *)text.data);
    fixture_close(&f);
}

TEST(expression_and_type_stand_alone)
{
    struct parse_fixture f;
    struct ast *node = NULL;
    vv_slice text;

    fixture_open(&f);
    TEST_OK(sql_parse_expression(slice_text(" a > 0 "), &f.arena, &node, &f.error));
    TEST_EQUAL(AST_BINARY, node->tag);
    TEST_EQUAL(4, node->position);
    TEST_STATUS(VV_ERROR, sql_parse_expression(slice_text("a b"), &f.arena, &node, &f.error));
    TEST_STATUS(VV_ERROR, sql_parse_expression(slice_text(""), &f.arena, &node, &f.error));
    TEST_TEXT("syntax error at end of input", f.error.message);
    TEST_OK(sql_parse_type(slice_text("numeric(10, 2)[]"), &f.arena, &node, &f.error));
    TEST_OK(sql_print(node, &f.arena, &text));
    TEST_TEXT("numeric(10, 2)[]", (const char *)text.data);
    TEST_STATUS(VV_ERROR, sql_parse_type(slice_text("int int"), &f.arena, &node, &f.error));
    fixture_close(&f);
}

/* start, then middle count times, then end */
static vv_slice repeat(const char *start, const char *middle, size_t count, const char *end)
{
    size_t size = strlen(start) + count * strlen(middle) + strlen(end);
    char *text = malloc(size);
    char *at = text;

    at = (char *)memcpy(at, start, strlen(start)) + strlen(start);
    for (size_t i = 0; i < count; i++) {
        at = (char *)memcpy(at, middle, strlen(middle)) + strlen(middle);
    }
    memcpy(at, end, strlen(end));
    return slice_make(text, size);
}

/* S2: what nests deeper than LIMIT_DEPTH is refused, wherever nesting is possible. */
TEST(deep_nesting_is_refused)
{
    static const char *const cases[][2] = {{"select ", "("},
                                           {"", "("},
                                           {"select * from ", "("},
                                           {"select ", "- "},
                                           {"select ", "not "},
                                           {"select ", "case when "},
                                           {"select array", "["},
                                           {"select ", "f("},
                                           {"select a", "::int"},
                                           {"select a", "[1]"},
                                           {"select (a)", ".b"},
                                           {"select a", " is null"},
                                           {"select ", "(select "},
                                           {"select ", "exists (select "},
                                           {"select * from a", " join a"},
                                           {"select a", " collate b"},
                                           {"select a in ", "(("},
                                           {"select ", "@ "},
                                           {"select ", "cast("},
                                           {"select 1 ", "union (select 1 "},
                                           {"select 1 group by ", "grouping sets ("},

                                           {"", "with a as ("},
                                           {"select * from ", "(select 1 union (select * from "},
                                           {"select array", "[array"},
                                           {"insert into t ", "("}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parse_fixture f;
        vv_slice text = repeat(cases[i][0], cases[i][1], 100000, "1");

        fixture_open(&f);
        TEST_STATUS(VV_ERROR, sql_parse(text, &f.arena, &f.first, &f.error));
        if (strcmp(f.error.sqlstate, "54001") != 0) {
            fail_msg("%s%s: %s", cases[i][0], cases[i][1], f.error.message);
        }
        TEST_TEXT("stack depth limit exceeded", f.error.message);
        TEST_TRUE(f.error.position > 0);
        TEST_TRUE(f.arena.reserved_bytes < 4 * text.size);
        fixture_close(&f);
        free((void *)(uintptr_t)text.data);
    }
}

/* A1: chains of any length are no nesting. */
TEST(long_chains_are_accepted)
{
    static const char *const cases[][2] = {{"select a", " and a"},
                                           {"select a", " or b"},
                                           {"select a", " and b + c * d"},
                                           {"select 1", " union all select 1"},
                                           {"select * from t", " cross join t"},
                                           {"select * from t", " join t on true"},
                                           {"select a in (1", ", 1"},
                                           {"select 1", ", 1"},
                                           {"select 1", "; select 1"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parse_fixture f;
        struct sql_statement *again = NULL;
        vv_slice text =
            repeat(cases[i][0], cases[i][1], 20000, strchr(cases[i][0], '(') != NULL ? ")" : "");
        vv_slice printed;

        fixture_open(&f);
        TEST_OK(sql_parse(text, &f.arena, &f.first, &f.error));
        TEST_TRUE(f.first->tree->height < 10);
        TEST_OK(sql_print(f.first->tree, &f.arena, &printed));
        TEST_OK(sql_parse(printed, &f.arena, &again, &f.error));
        TEST_TRUE(ast_equal(f.first->tree, again->tree));
        fixture_close(&f);
        free((void *)(uintptr_t)text.data);
    }
}

/* A chain of operators is evaluated from the left, one level for each. */
TEST(chains_of_operators_end_at_the_depth)
{
    static const char *const cases[][3] = {{"select 1", "+1"}, {"select a", " || b*c "}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parse_fixture f;
        vv_slice most = repeat(cases[i][0], cases[i][1], LIMIT_DEPTH, "");
        vv_slice more = repeat(cases[i][0], cases[i][1], LIMIT_DEPTH + 1, " from");
        vv_slice printed;
        struct sql_statement *again = NULL;

        fixture_open(&f);
        TEST_OK(sql_parse(most, &f.arena, &f.first, &f.error));
        TEST_OK(sql_print(f.first->tree, &f.arena, &printed));
        TEST_OK(sql_parse(printed, &f.arena, &again, &f.error));
        TEST_TRUE(ast_equal(f.first->tree, again->tree));
        TEST_STATUS(VV_ERROR, sql_parse(more, &f.arena, &f.first, &f.error));
        TEST_TEXT("54001", f.error.sqlstate);
        TEST_EQUAL(strlen(cases[i][0]) + LIMIT_DEPTH * strlen(cases[i][1]) +
                       (cases[i][1][0] == ' ' ? 2 : 1),
                   f.error.position);
        fixture_close(&f);
        free((void *)(uintptr_t)most.data);
        free((void *)(uintptr_t)more.data);
    }
}

/* S2: 8 MB of every kind end in an error, or not, within memory; test_statement.c of db runs more. */
TEST(large_statements_stay_within_memory)
{
    static const char *const cases[][3] = {{"select 1", "+1", ""},
                                           {"insert into t values (1)", ",(1,2)", ""},
                                           {"select '", "x", "'"},
                                           {"select '", "x", ""},
                                           {"select ", "x", ""},
                                           {"select ", "?", ""},
                                           {"select ", "+", "1"},
                                           {"select ", "$a", ""},
                                           {"/*", "/*", ""},
                                           {"select a", ".a", ""},
                                           {"", ";", ""},
                                           {"", "select 1;", ""},
                                           {"select E'", "\\n", "'"},
                                           {"select 'a'", "\n'a'", ""},
                                           {"", "\xc3\xa4", ""},
                                           {"select a", " ", ""}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parse_fixture f;
        vv_slice text =
            repeat(cases[i][0], cases[i][1], (8u << 20) / strlen(cases[i][1]), cases[i][2]);
        vv_status status = VV_OK;

        fixture_open(&f);
        status = sql_parse(text, &f.arena, &f.first, &f.error);
        TEST_TRUE(status == VV_OK || f.error.position > 0);
        TEST_TRUE(f.arena.reserved_bytes <= (33u << 20) + 2 * text.size);
        fixture_close(&f);
        free((void *)(uintptr_t)text.data);
    }
}

/* Every failed allocation ends the parse, or the printing, with VV_NOMEM and leaks nothing. */
TEST_SWEEP(every_failed_allocation_is_clean)
{
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    struct sql_statement *first = NULL;
    vv_slice text;
    vv_status status = VV_OK;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 64);
    status = sql_parse(
        slice_text(
            "with a as (select 1.5, E'\\n', \"X y\", $$a$$) insert into t (a, b) select -x.y, "
            "f(distinct a order by b) over (partition by c), case a when 1 then 2 end, "
            "a <-> b, x'12', interval '1' day to second, 99999999999999999999 from t as x (p), "
            "(values (1, ?)) v where a = any (array[1]) and b between 1 and 2 "
            "on conflict (a) do update set b = 1; set a.b = 'c'; "
            "create table t (a numeric(1,2) default 1 check (a > -99999999999999999999))"),
        &arena, &first, &error);
    for (struct sql_statement *s = first; status == VV_OK && s != NULL; s = s->next) {
        status = sql_print(s->tree, &arena, &text);
        if (status == VV_OK && ast_dump(&arena, s->tree) == NULL) {
            status = VV_NOMEM;
        }
    }
    TEST_TRUE(status == VV_OK || status == VV_NOMEM ||
              (status == VV_ERROR && strcmp(error.sqlstate, "53200") == 0));
    arena_release(&arena);
    alloc_release(&alloc);
}
