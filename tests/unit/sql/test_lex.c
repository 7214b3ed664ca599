/* Tokens: kinds and borders, strings, positions, errors. */
#include "test.h"

#include "sql/lex.h"

#include "base/arena.h"

struct lex_fixture {
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    struct lex lex;
};

static void fixture_open(struct lex_fixture *f, const char *text)
{
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 4096);
    error_clear(&f->error);
    TEST_OK(lex_init(&f->lex, slice_text(text), &f->arena, &f->error));
}

static void fixture_close(struct lex_fixture *f)
{
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

/* All tokens of a text, each in brackets, joined. */
static void check_tokens(const char *text, const char *wanted)
{
    struct lex_fixture f;
    struct lex_token token;
    char got[512] = "";
    size_t last = 0;

    fixture_open(&f, text);
    for (lex_next(&f.lex, &token); token.kind != LEX_END; lex_next(&f.lex, &token)) {
        TEST_TRUE(token.kind != LEX_ERROR);
        TEST_TRUE(token.start >= last && token.end > token.start); /* L1 */
        last = token.end;
        snprintf(got + strlen(got), sizeof got - strlen(got), "[%.*s]",
                 (int)(token.end - token.start), text + token.start);
    }
    TEST_TEXT(wanted, got);
    fixture_close(&f);
}

static void check_string(const char *text, const char *wanted)
{
    struct lex_fixture f;
    struct lex_token token;

    fixture_open(&f, text);
    lex_next(&f.lex, &token);
    TEST_EQUAL(LEX_STRING, token.kind);
    TEST_EQUAL(strlen(wanted), token.value.size);
    TEST_BYTES(wanted, token.value.data, token.value.size);
    fixture_close(&f);
}

static void check_error(const char *text, const char *wanted)
{
    struct lex_fixture f;
    struct lex_token token;

    fixture_open(&f, text);
    do {
        lex_next(&f.lex, &token);
    } while (token.kind != LEX_ERROR && token.kind != LEX_END);
    TEST_EQUAL(LEX_ERROR, token.kind);
    TEST_TEXT(wanted, f.error.message);
    fixture_close(&f);
}

TEST(operators_by_maximal_munch)
{
    check_tokens("a+-b", "[a][+][-][b]");
    check_tokens("a<=-1", "[a][<=][-][1]");
    check_tokens("a@-1", "[a][@-][1]");
    check_tokens("a<>b!=c", "[a][<>][b][!=][c]");
    check_tokens("a+/*x*/b", "[a][+][b]");
    check_tokens("a<--x\nb", "[a][<][b]");
    check_tokens("a->>'b'", "[a][->>]['b']");
    check_tokens("f(a=>1,b:=2)", "[f][(][a][=>][1][,][b][:=][2][)]");
    check_tokens("a::b..c", "[a][::][b][..][c]");
    check_tokens("a[1:2]", "[a][[][1][:][2][]]");
}

TEST(question_marks_end_an_operator)
{
    check_tokens("a=?", "[a][=][?]");
    check_tokens("a>=? b", "[a][>=][?][b]");
    check_tokens("(?,?)", "[(][?][,][?][)]");
    check_tokens("a ?| b ?& c @? d", "[a][?|][b][?&][c][@?][d]");
    check_tokens("??", "[?][?]");
}

TEST(numbers)
{
    check_tokens("1 1. .5 1.5 1e5 1E-3 .5e+2", "[1][1.][.5][1.5][1e5][1E-3][.5e+2]");
    check_tokens("1..2", "[1][..][2]");
    check_tokens("$1 $23", "[$1][$23]");
    check_error("1a", "trailing junk after numeric literal at or near \"1a\"");
    check_error("1.5e", "trailing junk after numeric literal at or near \"1.5e\"");
    check_error("1e+", "trailing junk after numeric literal at or near \"1e+\"");
    check_error("$1x", "trailing junk after parameter at or near \"$1x\"");
}

TEST(strings)
{
    check_string("'a''b'", "a'b");
    check_string("'a'\n  'b'", "ab");
    check_string("'a' -- x\n 'b''c' \n'd'", "ab'cd");
    check_string("'a' 'b'", "a");
    check_string("'a\\nb'", "a\\nb");
    check_string("E'a\\nb\\'\\\\\\x41\\101\\u00e9\\U0001F600\\q'",
                 "a\nb'\\AA\xc3\xa9\xf0\x9f\x98\x80q");
    check_string("E'\\ud83d\\ude00'", "\xf0\x9f\x98\x80");
    check_string("E'a'\n'\\n'", "a\n");
    check_string("E'\\x4'", "\x04");
    check_string("E'\\xg'", "xg");
    check_string("$$a'b$$", "a'b");
    check_string("$x$a$$b$x$", "a$$b");
    check_string("''", "");
}

TEST(string_errors)
{
    check_error("'abc", "unterminated quoted string at or near \"'abc\"");
    check_error("x 'abc\n", "unterminated quoted string at or near \"'abc\n\"");
    check_error("\"abc", "unterminated quoted identifier at or near \"\"abc\"");
    check_error("\"\"", "zero-length delimited identifier at or near \"\"\"\"");
    check_error("$a$ b $b$", "unterminated dollar-quoted string at or near \"$a$ b $b$\"");
    check_error("/* a /* b */", "unterminated /* comment at or near \"/* a /* b */\"");
    check_error("E'\\u12'", "invalid Unicode escape");
    check_error("E'\\ud83d'", "invalid Unicode surrogate pair at or near \"'\"");
    check_error("E'\\ude00'", "invalid Unicode surrogate pair at or near \"\\ude00\"");
    check_error("E'\\U00110000'", "invalid Unicode escape value at or near \"\\U00110000\"");
    check_error("E'\\xff'", "invalid byte sequence for encoding \"UTF8\": 0xff");
    check_error("E'\\000'", "invalid byte sequence for encoding \"UTF8\": 0x00");
    check_error("b'1'", "bit strings are not supported");
}

TEST(names_are_folded_and_cut)
{
    struct lex_fixture f;
    struct lex_token token;
    vv_slice name;

    fixture_open(&f, "AbC \"A\"\"b\" \xc3\x84 "
                     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12\xc3\x84");
    lex_next(&f.lex, &token);
    name = lex_name(&f.lex, &token);
    TEST_TEXT("abc", (const char *)name.data);
    lex_next(&f.lex, &token);
    name = lex_name(&f.lex, &token);
    TEST_TEXT("A\"b", (const char *)name.data);
    lex_next(&f.lex, &token);
    TEST_EQUAL(12, token.position);
    name = lex_name(&f.lex, &token);
    TEST_TEXT("\xc3\x84", (const char *)name.data);
    lex_next(&f.lex, &token);
    TEST_EQUAL(14, token.position);
    name = lex_name(&f.lex, &token);
    TEST_EQUAL(62, name.size); /* the character that does not fit goes as a whole */
    fixture_close(&f);
}

/* L2: the check of a whole text finds the first byte that is wrong, in every place. */
TEST(utf8_is_checked)
{
    static const char *const bad[] = {"\xff",         "\x80",         "\xc0\xaf",
                                      "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xc3",         "\xe2\x82"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t before = 0; before < 20; before++) {
            char text[64] = "\xc3\xa4";
            struct vv_error error;
            struct lex lex;

            memset(text + 2, 'x', before);
            strcpy(text + 2 + before, bad[i]);
            TEST_STATUS(VV_ERROR, lex_init(&lex, slice_text(text), NULL, &error));
            TEST_TEXT("22021", error.sqlstate);
            TEST_EQUAL(before + 2, error.position);
        }
    }
}

TEST(nul_is_no_character)
{
    struct vv_error error;
    struct lex lex;

    TEST_STATUS(VV_ERROR, lex_init(&lex, slice_make("select\0 1", 9), NULL, &error));
    TEST_TEXT("invalid byte sequence for encoding \"UTF8\": 0x00", error.message);
    TEST_EQUAL(7, error.position);
}
