/*
 * list.c - \d, \dt, \di, \dv, \ds, \dn, \du, \l: what there is, in psql's form, with its patterns.
 *
 * Each is one or two queries of the system catalogs, of one table each; what psql joins is put together here.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    struct text schema; /* regular expressions; empty: any */
    struct text name;
    bool has_schema;
};

static bool pattern_parse(struct shell *shell, const char *text, struct pattern *pattern_out);
static void pattern_free(struct pattern *pattern);
static void add_regex(struct text *regex, char byte, bool quoted);
static bool relation_query(struct shell *shell, const char *kinds, const char *pattern, bool system,
                           bool more, struct text *sql);
static void add_size(struct text *sql, const char *bytes);
static void add_maps(struct shell *shell, const char *pattern, struct table *table);
static void add_table_of_index(struct shell *shell, struct table *table, size_t column);
static bool print_list(struct shell *shell, struct table *table, const char *title);
static bool says_none(const struct shell *shell, const struct table *table, const char *what,
                      const char *pattern);

/* ---- patterns ---- */

/* As psql: * is anything, ? one character, what is quoted stands for itself, upper case is lower case, a dot ends the
 * schema. */
static bool pattern_parse(struct shell *shell, const char *text, struct pattern *pattern_out)
{
    bool quoted = false;
    struct text *part = &pattern_out->name;

    *pattern_out = (struct pattern){0};
    text_add_text(part, "^(");
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            if (quoted && at[1] == '"') {
                text_add_char(part, *at++);
            } else {
                quoted = !quoted;
            }
        } else if (*at == '.' && !quoted) {
            if (pattern_out->has_schema) {
                run_message(shell, "cross-database references are not implemented: %s", text);
                pattern_free(pattern_out);
                return false;
            }
            text_add_text(part, ")$");
            pattern_out->schema = pattern_out->name;
            pattern_out->has_schema = true;
            pattern_out->name = (struct text){0};
            text_add_text(part, "^(");
        } else {
            add_regex(part, *at, quoted);
        }
    }
    text_add_text(part, ")$");
    return true;
}

static void pattern_free(struct pattern *pattern)
{
    text_free(&pattern->schema);
    text_free(&pattern->name);
}

static void add_regex(struct text *regex, char byte, bool quoted)
{
    if (!quoted && byte == '*') {
        text_add_text(regex, ".*");
    } else if (!quoted && byte == '?') {
        text_add_char(regex, '.');
    } else {
        if (byte == '$' || (quoted && strchr("|*+?()[]{}.^\\", byte) != NULL)) {
            text_add_char(regex, '\\');
        }
        text_add_char(regex, quoted ? byte : (char)tolower((unsigned char)byte));
    }
}

void list_literal(struct text *text, const char *data)
{
    text_add_text(text, strchr(data, '\\') != NULL ? "E'" : "'");
    for (; *data != '\0'; data++) {
        text_add_text(text, *data == '\'' || *data == '\\' ? (const char[]){*data, '\0'} : "");
        text_add_char(text, *data);
    }
    text_add_char(text, '\'');
}

bool list_condition(struct shell *shell, const char *text, struct text *sql)
{
    struct pattern pattern;

    if (!pattern_parse(shell, text, &pattern)) {
        return false;
    }
    if (strcmp(text_get(&pattern.name), "^(.*)$") != 0) {
        text_add_text(sql, " AND relname ~ ");
        list_literal(sql, text_get(&pattern.name));
    }
    if (pattern.has_schema) {
        text_add_text(sql, " AND relnamespace::regnamespace::text ~ ");
        list_literal(sql, text_get(&pattern.schema));
    } else {
        text_add_text(sql, " AND pg_table_is_visible(oid)");
    }
    pattern_free(&pattern);
    return true;
}

/* ---- relations ---- */

bool list_relations(struct shell *shell, const char *kinds, const char *pattern, bool system,
                    bool more)
{
    bool indexes = strspn(kinds, "iS+") == strlen(kinds);
    struct text sql = {0};
    struct table table;
    bool ok = relation_query(shell, kinds, pattern, system, more, &sql) &&
              run_collect(shell, text_get(&sql), &table);

    text_free(&sql);
    if (!ok) {
        return false;
    }
    if (strchr(kinds, 't') != NULL && !more) {
        add_maps(shell, pattern, &table);
    }
    if (strchr(kinds, 'i') != NULL) {
        add_table_of_index(shell, &table, 4);
    }
    (void)indexes;
    if (says_none(shell, &table, "relation", pattern)) {
        table_free(&table);
        return true;
    }
    return print_list(shell, &table, "List of relations");
}

static bool relation_query(struct shell *shell, const char *kinds, const char *pattern, bool system,
                           bool more, struct text *sql)
{
    static const char letters[] = "tivms";
    static const char relkinds[] = "rivmS";
    bool stored = strpbrk(kinds, "tim") != NULL;
    const char *comma = "";

    text_add_text(sql,
                  "SELECT relnamespace::regnamespace::text AS \"Schema\", relname AS \"Name\",\n"
                  "  CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN "
                  "'materialized view' WHEN 'i' THEN 'index' ELSE 'sequence' END AS \"Type\",\n"
                  "  pg_get_userbyid(relowner) AS \"Owner\"");
    if (strchr(kinds, 'i') != NULL) {
        text_add_text(sql, ", oid::text AS \"Table\"");
    }
    if (more) {
        text_add_text(sql, ",\n  CASE relpersistence WHEN 'p' THEN 'permanent' WHEN 't' THEN "
                           "'temporary' WHEN 'u' THEN 'unlogged' END AS \"Persistence\"");
        text_add_text(sql, stored
                               ? ",\n  CASE relam WHEN 2 THEN 'heap' WHEN 403 THEN 'btree' END AS "
                                 "\"Access method\""
                               : "");
        add_size(sql, "pg_table_size(oid)");
        text_add_text(sql, ",\n  obj_description(oid, 'pg_class') AS \"Description\"");
    }
    text_add_text(sql, "\nFROM pg_catalog.pg_class WHERE relkind IN (");
    for (size_t i = 0; letters[i] != '\0'; i++) {
        if (strchr(kinds, letters[i]) != NULL) {
            text_format(sql, "%s'%c'", comma, relkinds[i]);
            comma = ", ";
        }
    }
    text_add_text(sql, comma[0] == '\0' ? "'')" : ")");
    if (!system && pattern == NULL) {
        text_add_text(sql, "\n  AND relnamespace::regnamespace::text <> 'pg_catalog'"
                           " AND relnamespace::regnamespace::text <> 'information_schema'");
    }
    if (!list_condition(shell, pattern == NULL ? "*" : pattern, sql)) {
        return false;
    }
    text_add_text(sql, "\nORDER BY 1, 2");
    return true;
}

/* A number of bytes as pg_size_pretty() would write it: rounded, in the largest unit that leaves two digits or more. */
static void add_size(struct text *sql, const char *bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};

    text_format(sql, ",\n  CASE WHEN %s < 10240 THEN concat(%s, ' bytes')", bytes, bytes);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        unsigned long long half = 512ull << (10 * i);

        text_format(sql, i < 3 ? "\n    WHEN (%s / %llu + 1) / 2 < 10240" : "\n    ELSE", bytes,
                    half);
        text_add_text(sql, i < 3 ? " THEN" : "");
        text_format(sql, " concat((%s / %llu + 1) / 2, ' %s')", bytes, half, units[i]);
    }
    text_add_text(sql, " END AS \"Size\"");
}

/* Named maps are in no catalog of SQL's. */
struct map_walk {
    struct table *table;
    const char *owner;
};

static void add_map(void *argument, const struct varve_description *item)
{
    struct map_walk *walk = argument;

    if (item->kind == VARVE_DESCRIBES_MAP) {
        table_add(walk->table, item->schema, SIZE_MAX);
        table_add(walk->table, item->name, SIZE_MAX);
        table_add(walk->table, "map", SIZE_MAX);
        for (size_t i = 3; i < walk->table->column_count; i++) {
            table_add(walk->table, i == 3 ? walk->owner : "", SIZE_MAX);
        }
    }
}

static void add_maps(struct shell *shell, const char *pattern, struct table *table)
{
    struct map_walk walk = {table, "varve"};

    if (pattern == NULL) {
        (void)varve_describe(shell->session, NULL, NULL, add_map, &walk);
    }
}

/* The column holds oids of indexes: names of their tables come in their place. */
static void add_table_of_index(struct shell *shell, struct table *table, size_t column)
{
    struct table tables;
    size_t count = table->column_count;

    if (!run_collect(shell,
                     "SELECT indexrelid::text, indrelid::regclass::text FROM pg_catalog.pg_index",
                     &tables)) {
        return;
    }
    for (size_t row = 1; row < table->cell_count / count; row++) {
        struct table_cell *cell = &table->cells[row * count + column];
        const char *name = "";

        for (size_t i = 1; i < tables.cell_count / 2; i++) {
            const struct table_cell *key = &tables.cells[2 * i];

            if (key->size == cell->size && memcmp(tables.text.data + key->start,
                                                  table->text.data + cell->start, key->size) == 0) {
                const struct table_cell *value = &tables.cells[2 * i + 1];

                cell->start = table->text.size;
                cell->size = value->size;
                text_add(&table->text, tables.text.data + value->start, value->size);
                name = NULL;
                break;
            }
        }
        if (name != NULL) {
            cell->size = 0;
        }
    }
    table_free(&tables);
}

/* "Did not find any …" on stderr. */
static bool says_none(const struct shell *shell, const struct table *table, const char *what,
                      const char *pattern)
{
    bool none = table->cell_count == table->column_count;

    if (none && !variable_is_on(shell, "QUIET")) {
        if (pattern == NULL) {
            run_message(shell, "Did not find any %ss.", what);
        } else {
            run_message(shell, "Did not find any %s named \"%s\".", what, pattern);
        }
    }
    return none;
}

/* Takes the table. */
static bool print_list(struct shell *shell, struct table *table, const char *title)
{
    table->title = title;
    output_table(shell, table);
    table_free(table);
    return true;
}

/* ---- others ---- */

static bool list_by_name(struct shell *shell, const char *select, const char *name_column,
                         const char *pattern, const char *without, const char *title)
{
    struct text sql = {0};
    struct pattern parsed;
    struct table table;
    bool ok = true;

    text_add_text(&sql, select);
    if (pattern != NULL) {
        if (!pattern_parse(shell, pattern, &parsed)) {
            text_free(&sql);
            return false;
        }
        text_format(&sql, "\nWHERE %s ~ ", name_column);
        list_literal(&sql, text_get(&parsed.name));
        pattern_free(&parsed);
    } else {
        text_add_text(&sql, without);
    }
    text_add_text(&sql, "\nORDER BY 1");
    ok = run_collect(shell, text_get(&sql), &table);
    text_free(&sql);
    return ok && print_list(shell, &table, title);
}

bool list_schemas(struct shell *shell, const char *pattern, bool system, bool more)
{
    return list_by_name(
        shell,
        more ? "SELECT nspname AS \"Name\", pg_get_userbyid(nspowner) AS \"Owner\",\n"
               "  nspacl AS \"Access privileges\", obj_description(oid, 'pg_namespace') AS "
               "\"Description\"\nFROM pg_catalog.pg_namespace"
             : "SELECT nspname AS \"Name\", pg_get_userbyid(nspowner) AS \"Owner\"\n"
               "FROM pg_catalog.pg_namespace",
        "nspname", pattern,
        system ? "" : "\nWHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
        "List of schemas");
}

bool list_roles(struct shell *shell, const char *pattern, bool more)
{
    bool no_footer = shell->style.no_footer;
    bool ok = true;

    (void)more;
    shell->style.no_footer = true; /* as in psql */
    ok = list_by_name(
        shell,
        "SELECT rolname AS \"Role name\", concat_ws(', ',\n"
        "  CASE WHEN rolsuper THEN 'Superuser' END, CASE WHEN NOT rolinherit THEN 'No inheritance' "
        "END,\n"
        "  CASE WHEN rolcreaterole THEN 'Create role' END, CASE WHEN rolcreatedb THEN 'Create DB' "
        "END,\n"
        "  CASE WHEN NOT rolcanlogin THEN 'Cannot login' END, CASE WHEN rolreplication THEN "
        "'Replication' END,\n  CASE WHEN rolbypassrls THEN 'Bypass RLS' END) AS \"Attributes\",\n"
        "  '{}' AS \"Member of\"\nFROM pg_catalog.pg_roles",
        "rolname", pattern, "\nWHERE rolname !~ '^pg_'", "List of roles");
    shell->style.no_footer = no_footer;
    return ok;
}

bool list_databases(struct shell *shell, const char *pattern, bool more)
{
    struct text sql = {0};
    bool ok = true;

    text_add_text(&sql,
                  "SELECT datname AS \"Name\", pg_get_userbyid(datdba) AS \"Owner\",\n"
                  "  pg_encoding_to_char(encoding) AS \"Encoding\", datcollate AS \"Collate\",\n"
                  "  datctype AS \"Ctype\"");
    if (more) {
        add_size(&sql, "pg_database_size(datname)");
    }
    text_add_text(&sql, "\nFROM pg_catalog.pg_database");
    ok = list_by_name(shell, text_get(&sql), "datname", pattern, "", "List of databases");
    text_free(&sql);
    return ok;
}
