/* Walks over all nodes: equality tells every field apart, the dump shows it, heights are counted. */
#include "test.h"

#include "sql/ast_private.h"
#include "sql/sql.h"

static const char *const statements[] = {
#define X(statement, printed) statement,
#include "accepted.def"
#undef X
};

/* Two texts are equal trees exactly when their dumps are the same. */
TEST(equality_agrees_with_the_dump)
{
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    const size_t count = sizeof statements / sizeof statements[0];

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
    for (size_t i = 0; i + 1 < count; i++) {
        struct sql_statement *a = NULL;
        struct sql_statement *b = NULL;
        bool same = false;

        arena_reset(&arena);
        TEST_OK(sql_parse(slice_text(statements[i]), &arena, &a, &error));
        TEST_OK(sql_parse(slice_text(statements[i + 1]), &arena, &b, &error));
        if (a == NULL || b == NULL) {
            continue;
        }
        same = strcmp(ast_dump(&arena, a->tree), ast_dump(&arena, b->tree)) == 0;
        TEST_EQUAL(same, ast_equal(a->tree, b->tree));
        TEST_TRUE(ast_equal(a->tree, a->tree));
        TEST_FALSE(ast_equal(a->tree, NULL));
        TEST_EQUAL(a->tree->height, ast_height(a->tree));
    }
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST(the_dump_is_readable)
{
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;
    struct ast *expr = NULL;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 4096);
    TEST_OK(sql_parse_expression(slice_text("a + 1 is null"), &arena, &expr, &error));
    TEST_TEXT("(IS what=0 negated=no arg=[(COLUMN name=<a> star=no) (BINARY op=<+> qualified=no "
              "right=(INTEGER value=1))])",
              ast_dump(&arena, expr));
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST(every_tag_has_a_text_and_fields)
{
    for (int tag = AST_NONE + 1; tag < AST_TAG_COUNT; tag++) {
        TEST_TRUE(strncmp("AST_", ast_tag_text((enum ast_tag)tag), 4) == 0);
        TEST_TRUE(ast_fields((enum ast_tag)tag) != NULL);
        TEST_TRUE(ast_size((enum ast_tag)tag) >= sizeof(struct ast));
    }
}
