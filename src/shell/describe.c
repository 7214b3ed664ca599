/*
 * describe.c - \d NAME in psql's form: a relation's columns, and what hangs on it as footers.
 */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

/* The relation at hand. */
struct relation {
    struct shell *shell;
    const char *oid;
    const char *schema;
    const char *name;
    char kind; /* relkind */
    bool unlogged;
    bool more; /* \d+ */
};

static bool describe(const struct relation *relation);
static bool describe_columns(const struct relation *relation, struct table *table);
static void begin_columns(const struct relation *relation, struct table *table);
static void add_column(const struct relation *relation, const struct table *attributes,
                       const struct table *defaults, size_t row, struct table *table);
static void add_cell(struct table *table, const struct table *from, size_t row, size_t column);
static void add_collation(const struct relation *relation, const struct table *attributes,
                          size_t row, struct table *table);
static void add_default(const struct table *attributes, const struct table *defaults, size_t row,
                        const char *number, struct table *table);
static unsigned long key_count(const struct relation *relation);
static bool describe_sequence(const struct relation *relation, struct table *table);
static bool table_footers(const struct relation *relation, struct text *footers);
static bool index_footers(const struct relation *relation, struct text *footers);
static bool sequence_footers(const struct relation *relation, struct text *footers);
static bool add_indexes(const struct relation *relation, struct text *footers);
static bool add_listed(const struct relation *relation, const char *head, const char *sql,
                       struct text *footers);
static bool is_constraint(const struct relation *relation, const char *name);
static char *unquote(char *name);
static char *cell_copy(const struct table *table, size_t row, size_t column);
static bool query(const struct relation *relation, const char *sql, struct table *table_out);

bool describe_named(struct shell *shell, const char *pattern, bool more)
{
    struct text sql = {0};
    struct table table;
    bool ok = false;

    text_add_text(
        &sql,
        "SELECT oid::text, relnamespace::regnamespace::text, relname, relkind, relpersistence\n"
        "FROM pg_catalog.pg_class WHERE true");
    ok = list_condition(shell, pattern, &sql);
    text_add_text(&sql, "\nORDER BY 2, 3");
    ok = ok && run_collect(shell, text_get(&sql), &table);
    text_free(&sql);
    if (!ok) {
        return false;
    }
    if (table.cell_count == table.column_count) {
        if (!variable_is_on(shell, "QUIET")) {
            run_message(shell, "Did not find any relation named \"%s\".", pattern);
        }
        ok = false;
    }
    for (size_t row = 1; ok && row < table.cell_count / table.column_count; row++) {
        char *texts[5];

        for (size_t i = 0; i < 5; i++) {
            texts[i] = cell_copy(&table, row, i);
        }
        ok = describe(&(struct relation){.shell = shell,
                                         .oid = texts[0],
                                         .schema = texts[1],
                                         .name = texts[2],
                                         .kind = texts[3][0],
                                         .unlogged = texts[4][0] == 'u',
                                         .more = more});
        for (size_t i = 0; i < 5; i++) {
            free(texts[i]);
        }
    }
    table_free(&table);
    return ok;
}

static bool describe(const struct relation *relation)
{
    struct shell *shell = relation->shell;
    enum table_expanded expanded = shell->style.expanded;
    bool no_footer = shell->style.no_footer;
    struct table table;
    struct text title = {0};
    bool ok = relation->kind == 'S' ? describe_sequence(relation, &table)
                                    : describe_columns(relation, &table);

    if (!ok) {
        return false;
    }
    text_format(&title, "%s%s \"%s.%s\"",
                relation->unlogged && relation->kind == 'r' ? "Unlogged " : "",
                relation->kind == 'r'   ? (relation->unlogged ? "table" : "Table")
                : relation->kind == 'v' ? "View"
                : relation->kind == 'm' ? "Materialized view"
                : relation->kind == 'i' ? "Index"
                                        : "Sequence",
                relation->schema, relation->name);
    ok = relation->kind == 'S'   ? sequence_footers(relation, &table.footers)
         : relation->kind == 'i' ? index_footers(relation, &table.footers)
                                 : table_footers(relation, &table.footers);
    if (ok) {
        table.title = text_get(&title);
        shell->style.expanded = TABLE_EXPANDED_OFF;
        shell->style.no_footer = true;
        output_table(shell, &table);
        shell->style.expanded = expanded;
        shell->style.no_footer = no_footer;
    }
    text_free(&title);
    table_free(&table);
    return ok;
}

/* ---- columns ---- */

/* Of the query below. */
enum {
    ATTRIBUTE_NUMBER,
    ATTRIBUTE_NAME,
    ATTRIBUTE_TYPE,
    ATTRIBUTE_COLLATION,
    ATTRIBUTE_NULLABLE,
    ATTRIBUTE_IDENTITY,
    ATTRIBUTE_GENERATED,
    ATTRIBUTE_STORAGE,
    ATTRIBUTE_STATISTICS,
    ATTRIBUTE_DESCRIPTION,
    ATTRIBUTE_DEFINITION /* of an index's column */
};

static bool describe_columns(const struct relation *relation, struct table *table)
{
    struct text sql = {0};
    struct table attributes;
    struct table defaults;
    bool ok = false;

    text_format(
        &sql,
        "SELECT attnum::text AS number, attname, format_type(atttypid, atttypmod), "
        "attcollation::text,\n"
        "  CASE WHEN attnotnull THEN 'not null' ELSE '' END, attidentity, attgenerated,\n"
        "  CASE attstorage WHEN 'p' THEN 'plain' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main'"
        " ELSE 'external' END,\n  CASE WHEN attstattarget < 0 THEN NULL ELSE attstattarget END,\n"
        "  col_description(attrelid, attnum)%s\nFROM pg_catalog.pg_attribute\n"
        "WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        relation->kind == 'i' ? ", pg_get_indexdef(attrelid, attnum, true)" : "", relation->oid);
    ok = query(relation, text_get(&sql), &attributes);
    text_clear(&sql);
    if (!ok) {
        text_free(&sql);
        return false;
    }
    text_format(&sql,
                "SELECT adnum::text, pg_get_expr(adbin, adrelid, true) FROM pg_catalog.pg_attrdef "
                "WHERE adrelid = %s",
                relation->oid);
    ok = query(relation, text_get(&sql), &defaults);
    text_free(&sql);
    if (ok) {
        begin_columns(relation, table);
        for (size_t row = 1; row < attributes.cell_count / attributes.column_count; row++) {
            add_column(relation, &attributes, &defaults, row, table);
        }
        table_free(&defaults);
    }
    table_free(&attributes);
    return ok;
}

static void begin_columns(const struct relation *relation, struct table *table)
{
    static const char *const of_table[] = {"Column",  "Type",    "Collation",    "Nullable",
                                           "Default", "Storage", "Stats target", "Description"};
    static const char *const of_index[] = {"Column",     "Type",    "Key?",
                                           "Definition", "Storage", "Stats target"};
    bool index = relation->kind == 'i';
    size_t count = index ? (relation->more ? 6 : 4) : relation->more ? 8 : 5;
    bool no_target = !index && relation->more && relation->kind == 'v';

    table_init(table, count - no_target);
    for (size_t i = 0; i < count; i++) {
        if (!no_target || i != 6) {
            table_add(table, index ? of_index[i] : of_table[i], SIZE_MAX);
        }
    }
}

static void add_column(const struct relation *relation, const struct table *attributes,
                       const struct table *defaults, size_t row, struct table *table)
{
    char *number = cell_copy(attributes, row, ATTRIBUTE_NUMBER);

    add_cell(table, attributes, row, ATTRIBUTE_NAME);
    add_cell(table, attributes, row, ATTRIBUTE_TYPE);
    if (relation->kind == 'i') {
        bool is_key = strtoul(number, NULL, 10) <= key_count(relation);

        table_add(table, is_key ? "yes" : "no", SIZE_MAX);
        add_cell(table, attributes, row, ATTRIBUTE_DEFINITION);
    } else {
        add_collation(relation, attributes, row, table);
        add_cell(table, attributes, row, ATTRIBUTE_NULLABLE);
        add_default(attributes, defaults, row, number, table);
    }
    if (relation->more) {
        add_cell(table, attributes, row, ATTRIBUTE_STORAGE);
        if (relation->kind != 'v') {
            add_cell(table, attributes, row, ATTRIBUTE_STATISTICS);
        }
        if (relation->kind != 'i') {
            add_cell(table, attributes, row, ATTRIBUTE_DESCRIPTION);
        }
    }
    free(number);
}

static void add_cell(struct table *table, const struct table *from, size_t row, size_t column)
{
    const struct table_cell *cell = &from->cells[row * from->column_count + column];

    table_add(table, cell->is_null ? "" : text_get(&from->text) + cell->start, cell->size);
}

/* Where it is not the type's own: 0 is none, 100 the default, and 950 is "C", which `name` always has. */
static void add_collation(const struct relation *relation, const struct table *attributes,
                          size_t row, struct table *table)
{
    char *oid = cell_copy(attributes, row, ATTRIBUTE_COLLATION);
    char *type = cell_copy(attributes, row, ATTRIBUTE_TYPE);
    struct text sql = {0};
    struct table names;
    bool own = strcmp(oid, "0") != 0 && strcmp(oid, "100") != 0 &&
               (strcmp(oid, "950") != 0 || strcmp(type, "name") != 0);

    text_format(&sql, "SELECT collname FROM pg_catalog.pg_collation WHERE oid = %s", oid);
    if (own && query(relation, text_get(&sql), &names)) {
        if (names.cell_count > 1) {
            add_cell(table, &names, 1, 0);
        } else {
            table_add(table, "", 0);
        }
        table_free(&names);
    } else {
        table_add(table, "", 0);
    }
    text_free(&sql);
    free(oid);
    free(type);
}

static void add_default(const struct table *attributes, const struct table *defaults, size_t row,
                        const char *number, struct table *table)
{
    char *identity = cell_copy(attributes, row, ATTRIBUTE_IDENTITY);
    char *generated = cell_copy(attributes, row, ATTRIBUTE_GENERATED);
    struct text text = {0};

    if (identity[0] != '\0') {
        text_format(&text, "generated %s as identity",
                    identity[0] == 'a' ? "always" : "by default");
    }
    for (size_t i = 1; i < defaults->cell_count / 2 && text.size == 0; i++) {
        char *of = cell_copy(defaults, i, 0);

        if (strcmp(of, number) == 0) {
            char *expression = cell_copy(defaults, i, 1);

            text_format(&text, generated[0] == 's' ? "generated always as (%s) stored" : "%s",
                        expression);
            free(expression);
        }
        free(of);
    }
    table_add(table, text_get(&text), text.size);
    text_free(&text);
    free(identity);
    free(generated);
}

static unsigned long key_count(const struct relation *relation)
{
    struct text sql = {0};
    struct table table;
    unsigned long count = 0;

    text_format(&sql, "SELECT indnkeyatts::text FROM pg_catalog.pg_index WHERE indexrelid = %s",
                relation->oid);
    if (query(relation, text_get(&sql), &table)) {
        if (table.cell_count > 1) {
            char *text = cell_copy(&table, 1, 0);

            count = strtoul(text, NULL, 10);
            free(text);
        }
        table_free(&table);
    }
    text_free(&sql);
    return count;
}

/* ---- sequences ---- */

static bool describe_sequence(const struct relation *relation, struct table *table)
{
    struct text sql = {0};
    bool ok = false;

    text_format(
        &sql,
        "SELECT format_type(seqtypid, NULL) AS \"Type\", seqstart AS \"Start\", seqmin AS "
        "\"Minimum\",\n  seqmax AS \"Maximum\", seqincrement AS \"Increment\",\n"
        "  CASE WHEN seqcycle THEN 'yes' ELSE 'no' END AS \"Cycles?\", seqcache AS \"Cache\"\n"
        "FROM pg_catalog.pg_sequence WHERE seqrelid = %s",
        relation->oid);
    ok = query(relation, text_get(&sql), table);
    text_free(&sql);
    return ok;
}

static bool sequence_footers(const struct relation *relation, struct text *footers)
{
    struct text sql = {0};
    struct text name = {0};
    struct table table;
    bool ok = false;

    text_format(&name, "%s.%s", relation->schema, relation->name);
    text_add_text(
        &sql, "SELECT attidentity, attrelid::regclass::text, attname FROM pg_catalog.pg_attribute\n"
              "WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped\n"
              "  AND (attidentity <> '' OR atthasdef)\n"
              "  AND pg_get_serial_sequence(attrelid::regclass::text, attname) = ");
    list_literal(&sql, text_get(&name));
    ok = query(relation, text_get(&sql), &table);
    if (ok) {
        if (table.cell_count > table.column_count) {
            char *identity = cell_copy(&table, 1, 0);
            char *owner = cell_copy(&table, 1, 1);
            char *column = cell_copy(&table, 1, 2);

            text_format(footers, "%s%s.%s.%s\n",
                        identity[0] != '\0' ? "Sequence for identity column: " : "Owned by: ",
                        relation->schema, owner, column);
            free(identity);
            free(owner);
            free(column);
        }
        table_free(&table);
    }
    text_free(&sql);
    text_free(&name);
    return ok;
}

/* ---- footers ---- */

static bool table_footers(const struct relation *relation, struct text *footers)
{
    struct text sql = {0};
    bool ok = true;

    if (relation->kind == 'v' || relation->kind == 'm') {
        text_format(&sql, "SELECT pg_get_viewdef(%s::regclass, true)", relation->oid);
        ok = !relation->more || add_listed(relation, "View definition:\n", text_get(&sql), footers);
        text_free(&sql);
        if (relation->kind == 'v') {
            return ok;
        }
    }
    ok = ok && add_indexes(relation, footers);
    text_format(
        &sql,
        "SELECT concat('    \"', conname, '\" ', pg_get_constraintdef(oid, true))\n"
        "FROM pg_catalog.pg_constraint WHERE conrelid = %s AND contype = 'c' ORDER BY conname",
        relation->oid);
    ok = ok && add_listed(relation, "Check constraints:\n", text_get(&sql), footers);
    text_clear(&sql);
    text_format(
        &sql,
        "SELECT concat('    \"', conname, '\" ', pg_get_constraintdef(oid, true))\n"
        "FROM pg_catalog.pg_constraint WHERE conrelid = %s AND contype = 'f' ORDER BY conname",
        relation->oid);
    ok = ok && add_listed(relation, "Foreign-key constraints:\n", text_get(&sql), footers);
    text_clear(&sql);
    text_format(
        &sql,
        "SELECT concat('    TABLE \"', conrelid::regclass, '\" CONSTRAINT \"', conname, '\" ', "
        "pg_get_constraintdef(oid, true))\n"
        "FROM pg_catalog.pg_constraint WHERE confrelid = %s AND contype = 'f' ORDER BY conname",
        relation->oid);
    ok = ok && add_listed(relation, "Referenced by:\n", text_get(&sql), footers);
    text_free(&sql);
    if (ok && relation->more && relation->kind == 'r') {
        text_add_text(footers, "Access method: heap\n");
    }
    return ok;
}

/* A head and a line for each row, nothing without rows. */
static bool add_listed(const struct relation *relation, const char *head, const char *sql,
                       struct text *footers)
{
    struct table table;

    if (!query(relation, sql, &table)) {
        return false;
    }
    for (size_t row = 1; row < table.cell_count; row++) {
        char *text = cell_copy(&table, row, 0);

        text_format(footers, "%s%s\n", row == 1 ? head : "", text);
        free(text);
    }
    table_free(&table);
    return true;
}

/* "name" PRIMARY KEY, btree (a): of an index's definition what stands behind USING. */
static bool add_indexes(const struct relation *relation, struct text *footers)
{
    struct text sql = {0};
    struct table table;
    bool ok = false;

    text_format(
        &sql,
        "SELECT indexrelid::regclass::text, indisprimary, indisunique, indisvalid,\n"
        "  pg_get_indexdef(indexrelid, 0, true)\nFROM pg_catalog.pg_index WHERE indrelid = %s\n"
        "ORDER BY indisprimary DESC, 1",
        relation->oid);
    ok = query(relation, text_get(&sql), &table);
    text_clear(&sql);
    for (size_t row = 1; ok && row < table.cell_count / table.column_count; row++) {
        char *texts[5];
        const char *definition = NULL;

        for (size_t i = 0; i < 5; i++) {
            texts[i] = cell_copy(&table, row, i);
        }
        definition = strstr(texts[4], " USING ");
        text_format(
            footers, "%s    \"%s\" %s%s%s\n", row == 1 ? "Indexes:\n" : "", unquote(texts[0]),
            texts[1][0] == 't' ? "PRIMARY KEY, "
            : texts[2][0] == 't' && is_constraint(relation, unquote(texts[0]))
                ? "UNIQUE CONSTRAINT, "
            : texts[2][0] == 't' ? "UNIQUE, "
                                 : "",
            definition == NULL ? texts[4] : definition + 7, texts[3][0] == 't' ? "" : " INVALID");
        for (size_t i = 0; i < 5; i++) {
            free(texts[i]);
        }
    }
    if (ok) {
        table_free(&table);
    }
    text_free(&sql);
    return ok;
}

/* Whether a constraint of that name is the table's. */
static bool is_constraint(const struct relation *relation, const char *name)
{
    struct text sql = {0};
    struct table table;
    bool found = false;

    text_format(&sql, "SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = %s AND conname = ",
                relation->oid);
    list_literal(&sql, name);
    if (query(relation, text_get(&sql), &table)) {
        found = table.cell_count > 1;
        table_free(&table);
    }
    text_free(&sql);
    return found;
}

/* primary key, btree, for table "public.t", predicate (…) */
static bool index_footers(const struct relation *relation, struct text *footers)
{
    struct text sql = {0};
    struct table table;
    bool ok = false;

    text_format(
        &sql,
        "SELECT indisprimary, indisunique, indisvalid, indrelid::regclass::text,\n"
        "  pg_get_expr(indpred, indrelid, true)\nFROM pg_catalog.pg_index WHERE indexrelid = %s",
        relation->oid);
    ok = query(relation, text_get(&sql), &table);
    text_free(&sql);
    if (ok && table.cell_count > table.column_count) {
        char *texts[5];

        for (size_t i = 0; i < 5; i++) {
            texts[i] = cell_copy(&table, 1, i);
        }
        text_format(footers, "%sbtree, for table \"%s.%s\"",
                    texts[0][0] == 't'   ? "primary key, "
                    : texts[1][0] == 't' ? "unique, "
                                         : "",
                    relation->schema, unquote(texts[3]));
        if (texts[4][0] != '\0') {
            text_format(footers, ", predicate (%s)", texts[4]);
        }
        text_add_text(footers, texts[2][0] == 't' ? "\n" : ", invalid\n");
        for (size_t i = 0; i < 5; i++) {
            free(texts[i]);
        }
    }
    if (ok) {
        table_free(&table);
    }
    return ok;
}

/* ---- helpers ---- */

static bool query(const struct relation *relation, const char *sql, struct table *table_out)
{
    return run_collect(relation->shell, sql, table_out);
}

/* own: free. NULL is an empty text. */
static char *cell_copy(const struct table *table, size_t row, size_t column)
{
    const struct table_cell *cell = &table->cells[row * table->column_count + column];

    return text_copy(text_get(&table->text) + cell->start, cell->size);
}

/* regclass quotes what needs it: the name as it is, in the same place. */
static char *unquote(char *name)
{
    size_t to = 0;

    if (name[0] != '"') {
        return name;
    }
    for (size_t from = 1; name[from] != '\0'; from++) {
        if (name[from] == '"' && name[from + 1] != '"') {
            break;
        }
        from += name[from] == '"';
        name[to++] = name[from];
    }
    name[to] = '\0';
    return name;
}
