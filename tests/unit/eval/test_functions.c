/*
 * test_functions.c - every operator, function and cast against PostgreSQL's answers.
 *
 * Deviations that are meant: numerics of more than 38 digits are an error, and case mapping knows ASCII.
 */
#include "test.h"

#include "eval/eval.h"
#include "value/cast.h"
#include "value/text.h"

struct golden {
    enum function_id function;
    const char *arguments[3];
    const char *answer;
};

static const struct golden goldens[] = {
#define X(id, a, b, c, answer) {FUNCTION_##id, {a, b, c}, answer},
#include "golden_functions.def"
#undef X
};

#define GOLDEN_COUNT (sizeof goldens / sizeof goldens[0])

static struct alloc alloc;
static struct arena arena;

static void begin(void)
{
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
}

static void end(void)
{
    arena_release(&arena);
    alloc_release(&alloc);
}

static const struct expr *call(enum function_id function, const struct expr *const *arguments)
{
    const struct function_entry *entry = function_entry(function);

    return entry->class == FUNCTION_CLASS_CAST
               ? expr_cast(&arena, arguments[0], (enum value_type)entry->result_type,
                           VALUE_NO_MODIFIER, CAST_EXPLICIT, 0)
               : expr_call(&arena, function, 0, entry->argument_count, arguments);
}

static const char *text_value(const struct value *value)
{
    struct value text;
    struct vv_error error;

    if (value->null) {
        return "<null>";
    }
    TEST_OK(cast_value(value, VALUE_TEXT, VALUE_NO_MODIFIER, &arena, &text, &error));
    return arena_text(&arena, (const char *)text.bytes.data, text.bytes.size);
}

static const char *error_text(const struct vv_error *error)
{
    return arena_format(&arena, "!%s %s", error->sqlstate, error->message);
}

static void argument_values(const struct golden *golden, struct value *values)
{
    const struct function_entry *entry = function_entry(golden->function);

    for (unsigned i = 0; i < entry->argument_count; i++) {
        struct vv_error error;

        TEST_OK(text_parse((enum value_type)entry->argument_types[i],
                           slice_text(golden->arguments[i]), &arena, &values[i], &error));
    }
}

static bool meant(const char *got)
{
    return strstr(got, "numeric format") != NULL || strstr(got, "outside ASCII") != NULL;
}

static unsigned differs(const struct golden *golden, const char *got)
{
    if (strcmp(golden->answer, got) == 0 || meant(got)) {
        return 0;
    }
    fprintf(stderr, "%s #%d (%s, %s, %s): PostgreSQL says %s, we say %s\n",
            function_entry(golden->function)->name, (int)golden->function, golden->arguments[0],
            golden->arguments[1], golden->arguments[2], golden->answer, got);
    return 1;
}

/* Every function has code, and gives PostgreSQL's value or error for constants. */
TEST(functions_are_postgresqls)
{
    unsigned wrong = 0;

    (void)state;
    begin();
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct value values[3], result;
        const struct expr *arguments[3];
        struct vv_error error;
        const char *got;

        argument_values(&goldens[i], values);
        for (unsigned k = 0; k < function_entry(goldens[i].function)->argument_count; k++) {
            arguments[k] = expr_constant(&arena, values[k], 0);
        }
        got = eval_constant(call(goldens[i].function, arguments), NULL, &arena, &result, &error) ==
                      VV_OK
                  ? text_value(&result)
                  : error_text(&error);
        wrong += differs(&goldens[i], got);
        arena_reset(&arena);
    }
    TEST_EQUAL(0, wrong);
    end();
}

/* The cases first..last of one function as a batch; those with errors are not selected. */
static unsigned check_batch(size_t first, size_t last)
{
    const struct function_entry *entry = function_entry(goldens[first].function);
    struct value_vector columns[3];
    uint16_t selection[256];
    struct value_batch batch = {.columns = columns,
                                .column_count = entry->argument_count,
                                .row_count = (uint32_t)(last - first),
                                .selection = selection};
    const struct expr *arguments[3], *expr;
    const struct eval_program *program;
    struct eval_state *eval;
    struct vv_error error;
    unsigned wrong = 0;

    for (unsigned k = 0; k < entry->argument_count; k++) {
        TEST_TRUE(vector_init(&columns[k], (enum value_type)entry->argument_types[k], &arena));
        arguments[k] = expr_column(&arena, k, (enum value_type)entry->argument_types[k], 0);
    }
    for (size_t i = first; i < last; i++) {
        struct value values[3], alone;
        const struct expr *constants[3];

        argument_values(&goldens[i], values);
        for (unsigned k = 0; k < entry->argument_count; k++) {
            vector_set(&columns[k], (unsigned)(i - first), &values[k]);
            constants[k] = expr_constant(&arena, values[k], 0);
        }
        if (eval_constant(call(goldens[i].function, constants), NULL, &arena, &alone, &error) ==
            VV_OK) {
            selection[batch.selected_count++] = (uint16_t)(i - first);
        }
    }
    expr = call(goldens[first].function, arguments);
    TEST_OK(eval_compile(&expr, 1, &arena, &program));
    TEST_OK(eval_create(program, &arena, &eval));
    TEST_OK(eval_run(eval, &batch, &error));
    for (uint32_t i = 0; i < batch.selected_count; i++) {
        struct value value;

        vector_get(eval_output(eval, 0), selection[i], &value);
        wrong += differs(&goldens[first + selection[i]], text_value(&value));
    }
    eval_destroy(eval);
    return wrong;
}

/* EV1, EV2: the same in batches, where the rows that fail are not selected. */
TEST(batches_are_postgresqls)
{
    unsigned wrong = 0;

    (void)state;
    begin();
    for (size_t first = 0; first < GOLDEN_COUNT;) {
        size_t last = first;

        while (last < GOLDEN_COUNT && goldens[last].function == goldens[first].function &&
               last - first < 256) {
            last++;
        }
        wrong += check_batch(first, last);
        arena_reset(&arena);
        first = last;
    }
    TEST_EQUAL(0, wrong);
    end();
}
