/*
 * fuzz_parser.c - any bytes: no crash (S1), memory within bounds (S2), and what parses prints to text
 * that parses to an equal tree (S3).
 *
 * A form feed, which is space to SQL, also ends a text: what stands between two is parsed alone too. So one
 * file of the corpus holds many texts, wrong ones among them.
 */
#include "sql/sql.h"

#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(vv_slice text, struct arena *arena)
{
    struct vv_error error;
    struct sql_statement *first = NULL;
    vv_status status = sql_parse(text, arena, &first, &error);

    VV_ASSERT(status == VV_OK || (status == VV_ERROR && error.message[0] != '\0'));
    VV_ASSERT(arena->reserved_bytes <= (33u << 20) + 4 * text.size);
    for (; first != NULL; first = first->next) {
        struct sql_statement *again = NULL;
        vv_slice printed;

        VV_ASSERT(sql_print(first->tree, arena, &printed) == VV_OK);
        VV_ASSERT(sql_parse(printed, arena, &again, &error) == VV_OK);
        VV_ASSERT(again != NULL && again->next == NULL && ast_equal(first->tree, again->tree));
        VV_ASSERT(ast_dump(arena, first->tree) != NULL);
    }
    VV_ASSERT(sql_first_statement(text) <= text.size);
}

static void check_alone(vv_slice text)
{
    struct alloc alloc;
    struct arena arena;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 16384);
    check(text, &arena);
    arena_release(&arena);
    alloc_release(&alloc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = NULL;

    check_alone(slice_make(data, size));
    while ((end = memchr(data, '\f', size)) != NULL) {
        size_t part = (size_t)(end - data);

        check_alone(slice_make(data, part));
        data += part + 1;
        size -= part + 1;
    }
    return 0;
}
