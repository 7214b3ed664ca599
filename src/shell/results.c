/* results.c - a query's results used in other ways than printing them: as variables, as statements, as a description. */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_BYTES 128

/* \gset: the columns of the one row become variables. */
bool results_store(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *prefix = scan_next(scan, SCAN_WORD);
    char *sql = text_copy(shell_current(shell), SIZE_MAX);
    struct table table;
    bool ok = false;

    shell_clear_buffer(shell);
    if (run_begin(shell, sql, strlen(sql)) && run_collect(shell, sql, &table)) {
        size_t rows = table.column_count == 0 ? 0 : table.cell_count / table.column_count - 1;

        ok = rows == 1 || table.column_count == 0;
        if (!ok) {
            run_message(shell, rows == 0 ? "no rows returned for \\gset"
                                         : "more than one row returned for \\gset");
        }
        for (size_t i = 0; ok && i < table.column_count; i++) {
            const struct table_cell *name = &table.cells[i];
            const struct table_cell *cell = &table.cells[table.column_count + i];
            char *value =
                cell->is_null ? NULL : text_copy(table.text.data + cell->start, cell->size);
            struct text whole = {0};

            text_add_text(&whole, prefix == NULL ? "" : prefix);
            text_add(&whole, table.text.data + name->start, name->size);
            ok = variable_set(shell, text_get(&whole), value);
            text_free(&whole);
            free(value);
        }
        table_free(&table);
    }
    free(sql);
    free(prefix);
    return ok;
}

/* The text of the n-th cell; NULL: SQL's. own: free. */
static char *cell_text(const struct table *table, size_t n)
{
    const struct table_cell *cell = &table->cells[n];

    return cell->is_null ? NULL : text_copy(table->text.data + cell->start, cell->size);
}

/* \gexec: each value is a statement, row by row; the first that fails ends it only with ON_ERROR_STOP. */
bool results_run(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *sql = text_copy(shell_current(shell), SIZE_MAX);
    struct table table;
    bool ok = false;

    shell_clear_buffer(shell);
    if (run_begin(shell, sql, strlen(sql)) && run_collect(shell, sql, &table)) {
        ok = true;
        for (size_t i = table.column_count; ok && i < table.cell_count && !interrupt_pending();
             i++) {
            char *statement = cell_text(&table, i);

            if (statement == NULL) {
                continue;
            }
            if (shell_echoes(shell, "all")) {
                printf("%s\n", statement);
            }
            ok = run_statement(shell, statement, strlen(statement)) ||
                 !variable_is_on(shell, "ON_ERROR_STOP");
            free(statement);
        }
        table_free(&table);
    }
    free(sql);
    return ok;
}

/* \gdesc: the columns that the query would give, without running it. */
bool results_describe(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *sql = text_copy(shell_current(shell), SIZE_MAX);
    struct varve_statement *statement = NULL;
    bool ok = varve_prepare(shell->session, sql, 0, &statement, NULL) == VARVE_OK;
    int count = ok && statement != NULL ? varve_column_count(statement) : 0;
    struct table table;

    shell_clear_buffer(shell);
    table_init(&table, 2);
    table_add(&table, "Column", SIZE_MAX);
    table_add(&table, "Type", SIZE_MAX);
    for (int i = 0; i < count; i++) {
        struct varve_column_info info = {.size = sizeof info};
        char type[TYPE_BYTES] = "";

        if (varve_column_describe(statement, i, &info) == VARVE_OK) {
            (void)varve_type_format(info.type, info.type_modifier, type, sizeof type);
        }
        table_add(&table, varve_column_name(statement, i), SIZE_MAX);
        table_add(&table, type, SIZE_MAX);
    }
    if (!ok) {
        run_print_error(shell, varve_last_error(shell->session), sql, strlen(sql));
    } else if (count == 0) {
        fprintf(output_file(shell), "The command has no result, or the result has no columns.\n");
    } else {
        output_table(shell, &table);
    }
    table_free(&table);
    varve_finalize(statement);
    free(sql);
    return ok;
}
