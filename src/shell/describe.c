/* describe.c - \d, \dt, \di and \d NAME in psql's form, from varve_describe(). */
#include "shell/shell_private.h"

#include "shell/table.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct table table;
    int kind;
    size_t count;
};

struct table_listing {
    struct table columns;
    struct text indexes;
    struct text title;
    bool found;
};

static void list_one(void *argument, const struct varve_description *item);
static void collect_one(void *argument, const struct varve_description *item);
static void add_column(struct table_listing *listing, const struct varve_description *item);
static void add_index(struct table_listing *listing, const struct varve_description *item);
static char *fold(const char *name, size_t size);

bool describe_tables(struct shell *shell, int kind)
{
    struct listing listing = {.kind = kind};
    struct table_style style = {.tuples_only = shell->options.tuples_only,
                                .unaligned = shell->options.unaligned};
    bool ok = false;

    table_init(&listing.table, 3);
    listing.table.title = "List of relations";
    table_add(&listing.table, "Schema", SIZE_MAX);
    table_add(&listing.table, "Name", SIZE_MAX);
    table_add(&listing.table, "Type", SIZE_MAX);
    ok = varve_describe(shell->session, NULL, NULL, list_one, &listing) == VARVE_OK;
    if (!ok) {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
    } else if (listing.count == 0) {
        fprintf(stderr, "Did not find any relations.\n");
    } else {
        table_print(&listing.table, &style, stdout);
    }
    table_free(&listing.table);
    return ok;
}

static void list_one(void *argument, const struct varve_description *item)
{
    struct listing *listing = argument;

    if ((listing->kind != 0 && item->kind != listing->kind) ||
        (listing->kind == 0 && item->kind == VARVE_DESCRIBES_INDEX)) {
        return;
    }
    table_add(&listing->table, item->schema, SIZE_MAX);
    table_add(&listing->table, item->name, SIZE_MAX);
    table_add(&listing->table,
              item->kind == VARVE_DESCRIBES_TABLE ? "table"
              : item->kind == VARVE_DESCRIBES_MAP ? "map"
                                                  : "index",
              SIZE_MAX);
    listing->count++;
}

/* schema.table or table, folded. own: free both. */
static void split_name(const char *name, char **schema_out, char **table_out)
{
    const char *dot = strchr(name, '.');

    *schema_out = dot == NULL ? NULL : fold(name, (size_t)(dot - name));
    *table_out = dot == NULL ? fold(name, strlen(name)) : fold(dot + 1, strlen(dot + 1));
}

struct column_walk {
    void (*each)(void *argument, const char *column);
    void *argument;
};

static void walk_column(void *argument, const struct varve_description *item)
{
    struct column_walk *walk = argument;

    if (item->kind == VARVE_DESCRIBES_COLUMN) {
        walk->each(walk->argument, item->name);
    }
}

void describe_columns(struct shell *shell, const char *name,
                      void (*each)(void *argument, const char *column), void *argument)
{
    struct column_walk walk = {each, argument};
    char *schema = NULL;
    char *table = NULL;

    split_name(name, &schema, &table);
    (void)varve_describe(shell->session, schema, table, walk_column, &walk);
    free(schema);
    free(table);
}

bool describe_table(struct shell *shell, const char *name)
{
    struct table_listing listing = {0};
    struct table_style style = {.no_count = true};
    char *schema = NULL;
    char *table = NULL;
    bool ok = false;

    split_name(name, &schema, &table);

    table_init(&listing.columns, 5);
    table_add(&listing.columns, "Column", SIZE_MAX);
    table_add(&listing.columns, "Type", SIZE_MAX);
    table_add(&listing.columns, "Collation", SIZE_MAX);
    table_add(&listing.columns, "Nullable", SIZE_MAX);
    table_add(&listing.columns, "Default", SIZE_MAX);
    if (varve_describe(shell->session, schema, table, collect_one, &listing) != VARVE_OK) {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
    } else if (!listing.found) {
        fprintf(stderr, "Did not find any relation named \"%s\".\n", name);
    } else {
        listing.columns.title = text_get(&listing.title);
        table_print(&listing.columns, &style, stdout);
        if (listing.indexes.size > 0) {
            printf("Indexes:\n%s", text_get(&listing.indexes));
        }
        printf("\n");
        ok = true;
    }
    table_free(&listing.columns);
    text_free(&listing.indexes);
    text_free(&listing.title);
    free(schema);
    free(table);
    return ok;
}

static void collect_one(void *argument, const struct varve_description *item)
{
    struct table_listing *listing = argument;

    switch (item->kind) {
    case VARVE_DESCRIBES_TABLE:
        listing->found = true;
        text_clear(&listing->title);
        text_format(&listing->title, "Table \"%s.%s\"", item->schema, item->name);
        break;
    case VARVE_DESCRIBES_MAP:
        listing->found = true;
        text_clear(&listing->title);
        text_format(&listing->title, "Map \"%s.%s\"", item->schema, item->name);
        break;
    case VARVE_DESCRIBES_COLUMN:
        add_column(listing, item);
        break;
    case VARVE_DESCRIBES_INDEX:
        if (item->definition[0] != '\0') {
            add_index(listing, item);
        }
        break;
    default:
        break;
    }
}

static void add_column(struct table_listing *listing, const struct varve_description *item)
{
    table_add(&listing->columns, item->name, SIZE_MAX);
    table_add(&listing->columns, item->type, SIZE_MAX);
    table_add(&listing->columns, "", 0);
    table_add(&listing->columns, item->not_null ? "not null" : "", SIZE_MAX);
    table_add(&listing->columns, item->definition, SIZE_MAX);
}

static void add_index(struct table_listing *listing, const struct varve_description *item)
{
    text_format(&listing->indexes, "    \"%s\" %s%s\n", item->name,
                item->is_primary                         ? "PRIMARY KEY, "
                : item->is_unique && item->is_constraint ? "UNIQUE CONSTRAINT, "
                : item->is_unique                        ? "UNIQUE, "
                                                         : "",
                item->definition);
}

/* A name as SQL reads it: lower case unless quoted. own: free. */
static char *fold(const char *name, size_t size)
{
    bool quoted = size >= 2 && name[0] == '"' && name[size - 1] == '"';
    char *folded = text_memory(NULL, size + 1);
    size_t written = 0;

    for (size_t i = quoted ? 1 : 0; i < size - (quoted ? 1 : 0); i++) {
        char byte = name[i];

        folded[written++] = (char)(!quoted && byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
    folded[written] = '\0';
    return folded;
}
