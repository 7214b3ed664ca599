/* Default names of columns, as PostgreSQL 15 answers for each expression. */
#include "test.h"

#include "sql/sql.h"

static const struct {
    const char *expr;
    const char *name;
} cases[] = {
#define X(expr, name) {expr, name},
#include "column_names.def"
#undef X
};

TEST(columns_are_named_as_in_postgresql)
{
    struct alloc alloc;
    struct arena arena;
    struct vv_error error;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ast *expr = NULL;
        vv_slice name;

        arena_reset(&arena);
        TEST_OK(sql_parse_expression(slice_text(cases[i].expr), &arena, &expr, &error));
        name = sql_column_name(expr);
        TEST_TEXT(cases[i].name, arena_text(&arena, (const char *)name.data, name.size));
    }
    arena_release(&arena);
    alloc_release(&alloc);
}
