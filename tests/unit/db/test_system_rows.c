/* What functions.def resolves is in pg_proc, pg_operator and pg_aggregate: tools/make_catalogs was run. */
#include "plan/function.h"
#include "test.h"

#include <varve/varve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4000

struct row {
    char name[64];
    uint32_t argument_count; /* of them may be left out: */
    uint32_t default_count;
    uint32_t types[100];
    bool aggregate;
};

/* Rows of name, argument count, defaults, types, kind. */
static uint32_t rows_read(const char *sql, struct row *rows)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct varve_statement *statement = NULL;
    uint32_t count = 0;

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    while (varve_step(statement) == VARVE_ROW) {
        struct row *row = &rows[count++];
        const char *types = varve_column_text(statement, 3, NULL);

        TEST_TRUE(count < ROWS_MAX);
        snprintf(row->name, sizeof row->name, "%s", varve_column_text(statement, 0, NULL));
        row->argument_count = (uint32_t)atoi(varve_column_text(statement, 1, NULL));
        row->default_count = (uint32_t)atoi(varve_column_text(statement, 2, NULL));
        for (uint32_t i = 0; i < row->argument_count && i < 100; i++) {
            char *end = NULL;

            row->types[i] = (uint32_t)strtoul(types, &end, 10);
            types = end;
        }
        row->aggregate = varve_column_text(statement, 4, NULL)[0] == 'a';
    }
    varve_finalize(statement);
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
    return count;
}

/* Where PostgreSQL's function takes a name, a regclass or anything, one of Varve's may take the text, the number or
 * any scalar behind it. */
static bool type_matches(uint8_t own, uint32_t oid)
{
    switch (own) {
    case FUNCTION_TYPE_NONE:
        return oid == 0;
    case FUNCTION_TYPE_ANY:
        return oid == 2276;
    case FUNCTION_TYPE_ANYNONARRAY:
        return oid == 2776 || oid == 2283;
    case VALUE_TEXT:
        return oid == 25 || oid == 19 || oid == 2205;
    case VALUE_BIGINT:
        return oid == 20 || oid == 2205;
    default:
        return oid == value_type_info((enum value_type)own)->oid;
    }
}

static bool row_matches(const struct function_entry *entry, const struct row *row)
{
    if (strcmp(entry->name, row->name) != 0 ||
        row->aggregate != (entry->class == FUNCTION_CLASS_AGGREGATE)) {
        return false;
    }
    for (uint32_t i = 0; !entry->variadic && i < entry->argument_count; i++) {
        if (!type_matches(entry->argument_types[i], row->types[i])) {
            return false;
        }
    }
    return entry->variadic || (row->argument_count - row->default_count <= entry->argument_count &&
                               entry->argument_count <= row->argument_count);
}

static bool is_listed(const struct function_entry *entry)
{
    static const char *const others[] = {"pg_catalog.collate_nocase",
                                         "pg_catalog.collate_rtrim",
                                         "pg_catalog.min",
                                         "pg_catalog.max",
                                         "pg_catalog.first", /* Varve's own */
                                         "CURRENT_ROLE",
                                         "USER",
                                         "CURRENT_CATALOG"}; /* syntax */

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(entry->name, others[i]) == 0) {
            return false;
        }
    }
    return entry->class != FUNCTION_CLASS_NONE && entry->class != FUNCTION_CLASS_CAST;
}

static uint32_t missing_count(const struct row *rows, uint32_t count, bool operators)
{
    uint32_t missing = 0, looked_at = 0;

    for (int id = FUNCTION_NONE + 1; id < FUNCTION_COUNT; id++) {
        const struct function_entry *entry = function_entry((enum function_id)id);
        bool found = false;

        if (!is_listed(entry) || operators != (entry->class == FUNCTION_CLASS_OPERATOR)) {
            continue;
        }
        looked_at++;
        for (uint32_t i = 0; i < count && !found; i++) {
            found = row_matches(entry, &rows[i]);
        }
        if (!found) {
            printf("# no row for %s with %u arguments\n", entry->name, entry->argument_count);
            missing++;
        }
    }
    TEST_TRUE(looked_at > 100);
    return missing;
}

TEST(every_function_has_its_row)
{
    struct row *rows = calloc(ROWS_MAX, sizeof *rows);
    uint32_t count = rows_read("SELECT proname, pronargs, pronargdefaults, proargtypes::text, "
                               "prokind FROM pg_proc",
                               rows);

    TEST_EQUAL(0, missing_count(rows, count, false));
    free(rows);
}

TEST(every_operator_has_its_row)
{
    struct row *rows = calloc(ROWS_MAX, sizeof *rows);
    uint32_t count = rows_read("SELECT oprname, CASE oprkind WHEN 'l' THEN 1 ELSE 2 END, 0, "
                               "CASE oprkind WHEN 'l' THEN '' ELSE oprleft::text || ' ' END || "
                               "oprright::text, 'o' FROM pg_operator",
                               rows);

    TEST_EQUAL(0, missing_count(rows, count, true));
    free(rows);
}
