/*
 * bind_copy.c - COPY (PostgreSQL: copy.c, copyfrom.c, copyto.c).
 *
 * COPY FROM:  feed (the columns named) <- project (all columns: defaults) <- filter (WHERE) <- insert
 * COPY TO:    scan <- project (the columns named), or the query in parentheses
 *
 * The order of the checks is PostgreSQL's: table, WHERE, options, columns. Most of its errors have no position.
 */
#include "plan/bind_private.h"

#include "plan/copy_plan.h"

#define BAD_TEXT_DELIMITERS "\\.abcdefghijklmnopqrstuvwxyz0123456789"

/* Options as they were written; NULL: not said. */
struct copy_options {
    const struct ast_option *format;
    const struct ast_option *freeze;
    const struct ast_option *header;
    const struct ast_option *encoding;
    const struct ast_option *delimiter;
    const struct ast_option *null;
    const struct ast_option *quote;
    const struct ast_option *escape;
    const struct ast_option *force_quote;
    const struct ast_option *force_not_null;
    const struct ast_option *force_null;
};

struct copy_binding {
    struct binder *binder;
    const struct ast_copy *tree;
    struct copy_options options;
    struct copy_plan *copy;
    const struct table_def *table; /* NULL: a query */
    uint16_t *columns;             /* of the table, in the order of the rows */
    bool binary;
};

/* ---- options: one by one ---- */

static vv_status fail(struct copy_binding *b, enum vv_sqlstate code, const char *text)
{
    return error_set(b->binder->error, code, 0, "%s", text);
}

/* defGetString() */
static vv_status option_text(struct copy_binding *b, const struct ast_option *option,
                             const char **text_out)
{
    struct binder *binder = b->binder;
    const struct ast *value = option->value;
    int64_t integer = 0;

    *text_out = NULL;
    if (value == NULL) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0, "%.*s requires a parameter",
                         (int)option->name.size, (const char *)option->name.data);
    }
    if (bind_is_integer(value, &integer)) {
        *text_out = arena_format(binder->arena, "%lld", (long long)integer);
    } else if (value->tag == AST_STRING) {
        *text_out = bind_text(binder, AST_AS(string, value)->text);
    } else if (value->tag == AST_NUMBER) {
        *text_out = bind_text(binder, AST_AS(number, value)->text);
    } else {
        *text_out = "*";
    }
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

/* ASCII letters in any case. */
static bool same_word(const char *text, const char *word)
{
    while (*text != '\0' && (*text | (*text >= 'A' && *text <= 'Z' ? 32 : 0)) == *word) {
        text++;
        word++;
    }
    return *text == *word;
}

/* The words for a truth value. False: text is none. */
static bool truth_of(const char *text, bool *truth_out)
{
    static const char *const words[] = {"false", "true", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (same_word(text, words[i])) {
            *truth_out = i % 2 != 0;
            return true;
        }
    }
    return false;
}

static vv_status option_boolean(struct copy_binding *b, const struct ast_option *option)
{
    const char *text = "true";
    bool truth = false;

    if (option != NULL && option->value != NULL) {
        VV_TRY(option_text(b, option, &text));
    }
    if (!truth_of(text, &truth)) {
        return error_set(b->binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "%.*s requires a Boolean value", (int)option->name.size,
                         (const char *)option->name.data);
    }
    return VV_OK;
}

/* defGetCopyHeaderChoice() */
static vv_status option_header(struct copy_binding *b)
{
    const struct ast_option *option = b->options.header;
    const char *text = "true";
    bool truth = false;

    if (option->value != NULL) {
        VV_TRY(option_text(b, option, &text));
    }
    if (same_word(text, "match")) {
        b->copy->format.header = COPY_HEADER_MATCH;
        return b->tree->from ? VV_OK
                             : fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                                    "cannot use \"match\" with HEADER in COPY TO");
    }
    if (!truth_of(text, &truth)) {
        return error_set(b->binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "%.*s requires a Boolean value or \"match\"", (int)option->name.size,
                         (const char *)option->name.data);
    }
    b->copy->format.header = truth ? COPY_HEADER_LINE : COPY_HEADER_NONE;
    return VV_OK;
}

static vv_status option_format(struct copy_binding *b)
{
    const char *text = NULL;

    VV_TRY(option_text(b, b->options.format, &text));
    b->copy->format.csv = strcmp(text, "csv") == 0;
    b->binary = strcmp(text, "binary") == 0;
    if (b->copy->format.csv || b->binary || strcmp(text, "text") == 0) {
        return VV_OK;
    }
    return error_set(b->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                     b->options.format->node.position, "COPY format \"%s\" not recognized", text);
}

static vv_status option_list(struct copy_binding *b, const struct ast_option *option)
{
    bool star = option->value != NULL && option->value->tag == AST_COLUMN &&
                option == b->options.force_quote;

    if (star || (option->value != NULL && option->value->tag == AST_ARRAY)) {
        return VV_OK;
    }
    return error_set(b->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, option->node.position,
                     "argument to option \"%.*s\" must be a list of column names",
                     (int)option->name.size, (const char *)option->name.data);
}

/* Every text is UTF-8 here; other encodings of PostgreSQL are known by name and refused. */
static vv_status option_encoding(struct copy_binding *b)
{
    static const char *const utf8[] = {"utf8", "utf-8", "utf_8", "unicode"};
    static const char *const others[] = {
        "sql_ascii",  "latin1",     "latin2",     "latin3",   "latin4",        "latin5",
        "latin6",     "latin7",     "latin8",     "latin9",   "latin10",       "iso_8859_5",
        "iso_8859_6", "iso_8859_7", "iso_8859_8", "iso88591", "iso-8859-1",    "win1250",
        "win1251",    "win1252",    "win1253",    "win1254",  "win1255",       "win1256",
        "win1257",    "win1258",    "win866",     "win874",   "koi8r",         "koi8u",
        "euc_jp",     "euc_cn",     "euc_kr",     "euc_tw",   "sjis",          "big5",
        "gbk",        "uhc",        "gb18030",    "johab",    "shift_jis_2004"};
    const struct ast_option *option = b->options.encoding;
    const char *text = NULL;

    VV_TRY(option_text(b, option, &text));
    for (size_t i = 0; i < sizeof utf8 / sizeof utf8[0]; i++) {
        if (same_word(text, utf8[i])) {
            return VV_OK;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (same_word(text, others[i])) {
            return bind_unsupported(b->binder, option->node.position,
                                    "COPY in an encoding other than UTF8");
        }
    }
    return error_set(b->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, option->node.position,
                     "argument to option \"encoding\" must be a valid encoding name");
}

/* Sorts the list and looks at each option in the order written, as ProcessCopyOptions() does. */
static vv_status options_read(struct copy_binding *b)
{
    struct copy_options *o = &b->options;
    const struct {
        const char *name;
        const struct ast_option **place;
    } known[] = {{"format", &o->format},         {"freeze", &o->freeze},
                 {"delimiter", &o->delimiter},   {"null", &o->null},
                 {"header", &o->header},         {"quote", &o->quote},
                 {"escape", &o->escape},         {"force_quote", &o->force_quote},
                 {"force_null", &o->force_null}, {"force_not_null", &o->force_not_null},
                 {"encoding", &o->encoding}};

    ast_for_each(item, &b->tree->options)
    {
        const struct ast_option *option = AST_AS(option, item);
        const struct ast_option **place = NULL;
        const char *unused = NULL;

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (slice_equal(option->name, slice_text(known[i].name))) {
                place = known[i].place;
            }
        }
        if (place == NULL) {
            return error_set(b->binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "option \"%.*s\" not recognized", (int)option->name.size,
                             (const char *)option->name.data);
        }
        if (*place != NULL) {
            return error_set(b->binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "conflicting or redundant options");
        }
        *place = option;
        if (place == &o->format) {
            VV_TRY(option_format(b));
        } else if (place == &o->header) {
            VV_TRY(option_header(b));
        } else if (place == &o->freeze) {
            VV_TRY(option_boolean(b, option));
        } else if (place == &o->encoding) {
            VV_TRY(option_encoding(b));
        } else if (place == &o->force_quote || place == &o->force_null ||
                   place == &o->force_not_null) {
            VV_TRY(option_list(b, option));
        } else {
            VV_TRY(option_text(b, option, &unused));
        }
    }
    return VV_OK;
}

/* ---- options: together ---- */

static vv_status check_binary(struct copy_binding *b)
{
    if (b->options.delimiter != NULL) {
        return fail(b, VV_SQLSTATE_SYNTAX_ERROR, "cannot specify DELIMITER in BINARY mode");
    }
    if (b->options.null != NULL) {
        return fail(b, VV_SQLSTATE_SYNTAX_ERROR, "cannot specify NULL in BINARY mode");
    }
    if (b->copy->format.header != COPY_HEADER_NONE) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot specify HEADER in BINARY mode");
    }
    return bind_unsupported(b->binder, b->options.format->node.position, "COPY in binary format");
}

static vv_status check_delimiter_and_null(struct copy_binding *b, const char *delimiter,
                                          const char *null)
{
    if (strlen(delimiter) != 1) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                    "COPY delimiter must be a single one-byte character");
    }
    if (strpbrk(delimiter, "\r\n") != NULL) {
        return fail(b, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                    "COPY delimiter cannot be newline or carriage return");
    }
    if (strpbrk(null, "\r\n") != NULL) {
        return fail(b, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                    "COPY null representation cannot use newline or carriage return");
    }
    if (!b->copy->format.csv && strpbrk(delimiter, BAD_TEXT_DELIMITERS) != NULL) {
        return error_set(b->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "COPY delimiter cannot be \"%s\"", delimiter);
    }
    return VV_OK;
}

static vv_status check_quoting(struct copy_binding *b, const char *delimiter, const char *quote,
                               const char *escape)
{
    bool csv = b->copy->format.csv;

    if (!csv && b->options.quote != NULL) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, "COPY quote available only in CSV mode");
    }
    if (csv && strlen(quote) != 1) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                    "COPY quote must be a single one-byte character");
    }
    if (csv && delimiter[0] == quote[0]) {
        return fail(b, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                    "COPY delimiter and quote must be different");
    }
    if (!csv && b->options.escape != NULL) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, "COPY escape available only in CSV mode");
    }
    if (csv && strlen(escape) != 1) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                    "COPY escape must be a single one-byte character");
    }
    return VV_OK;
}

static vv_status check_forced(struct copy_binding *b)
{
    const struct {
        const struct ast_option *option;
        bool of_from;
        const char *not_csv;
        const char *direction;
    } rules[] = {
        {b->options.force_quote, false, "COPY force quote available only in CSV mode",
         "COPY force quote only available using COPY TO"},
        {b->options.force_not_null, true, "COPY force not null available only in CSV mode",
         "COPY force not null only available using COPY FROM"},
        {b->options.force_null, true, "COPY force null available only in CSV mode",
         "COPY force null only available using COPY FROM"},
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].option != NULL && !b->copy->format.csv) {
            return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, rules[i].not_csv);
        }
        if (rules[i].option != NULL && rules[i].of_from != b->tree->from) {
            return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, rules[i].direction);
        }
    }
    return VV_OK;
}

static vv_status text_or(struct copy_binding *b, const struct ast_option *option,
                         const char *otherwise, const char **text_out)
{
    *text_out = otherwise;
    return option == NULL ? VV_OK : option_text(b, option, text_out);
}

static vv_status bind_options_of(struct copy_binding *b)
{
    struct copy_format *format = &b->copy->format;
    const char *delimiter = NULL;
    const char *null = NULL;
    const char *quote = NULL;
    const char *escape = NULL;

    VV_TRY(options_read(b));
    if (b->binary) {
        return check_binary(b);
    }
    VV_TRY(text_or(b, b->options.delimiter, format->csv ? "," : "\t", &delimiter));
    VV_TRY(text_or(b, b->options.null, format->csv ? "" : "\\N", &null));
    VV_TRY(text_or(b, b->options.quote, "\"", &quote));
    VV_TRY(text_or(b, b->options.escape, quote, &escape));
    VV_TRY(check_delimiter_and_null(b, delimiter, null));
    VV_TRY(check_quoting(b, delimiter, quote, escape));
    VV_TRY(check_forced(b));
    if (strchr(null, delimiter[0]) != NULL) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                    "COPY delimiter must not appear in the NULL specification");
    }
    if (format->csv && strchr(null, quote[0]) != NULL) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                    "CSV quote character must not appear in the NULL specification");
    }
    format->delimiter = (uint8_t)delimiter[0];
    format->quote = (uint8_t)quote[0];
    format->escape = (uint8_t)escape[0];
    format->null = slice_text(null);
    return VV_OK;
}

/* ---- columns ---- */

/* CopyGetAttnums(): the columns named, or all but the generated ones. */
static vv_status bind_columns(struct copy_binding *b)
{
    struct binder *binder = b->binder;
    const struct table_spec *spec = &b->table->spec;
    uint32_t count = 0;

    b->columns = ARENA_ARRAY(binder->arena, uint16_t, spec->column_count + b->tree->columns.count);
    if (b->columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; b->tree->columns.count == 0 && i < spec->column_count; i++) {
        if (!spec->columns[i].dropped && spec->columns[i].generated_text == NULL) {
            b->columns[count++] = (uint16_t)i;
        }
    }
    ast_for_each(item, &b->tree->columns)
    {
        vv_slice name = AST_AS(identifier, item)->name;
        uint16_t column = TABLE_NO_COLUMN;

        VV_TRY(bind_column_find(binder, b->table, 0, name, &column));
        if (spec->columns[column].generated_text != NULL) {
            (void)error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, 0,
                            "column \"%s\" is a generated column", spec->columns[column].name);
            error_detail(binder->error, "Generated columns cannot be used in COPY.");
            return VV_ERROR;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (b->columns[i] == column) {
                return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                                 "column \"%s\" specified more than once",
                                 spec->columns[column].name);
            }
        }
        b->columns[count++] = column;
    }
    b->copy->column_count = count;
    return VV_OK;
}

static vv_status columns_describe(struct copy_binding *b)
{
    struct arena *arena = b->binder->arena;
    uint32_t count = b->copy->column_count;
    const char **names = ARENA_ARRAY(arena, const char *, count);
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, count);
    int32_t *modifiers = ARENA_ARRAY(arena, int32_t, count);

    if (names == NULL || types == NULL || modifiers == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct table_column *column = &b->table->spec.columns[b->columns[i]];

        names[i] = column->name;
        types[i] = column->type;
        modifiers[i] = column->type_modifier;
    }
    b->copy->column_names = names;
    b->copy->column_types = types;
    b->copy->column_modifiers = modifiers;
    return VV_OK;
}

/* The columns of a FORCE_… option; they must be among those copied. */
static vv_status bind_forced(struct copy_binding *b, const struct ast_option *option,
                             const char *text, const bool **forced_out)
{
    struct binder *binder = b->binder;
    bool *forced = NULL;

    if (option == NULL) {
        return VV_OK;
    }
    forced = ARENA_ARRAY(binder->arena, bool, b->copy->column_count);
    if (forced == NULL) {
        return VV_NOMEM;
    }
    *forced_out = forced;
    if (option->value->tag != AST_ARRAY) {
        memset(forced, true, b->copy->column_count * sizeof forced[0]);
        return VV_OK;
    }
    ast_for_each(item, &AST_AS(array, option->value)->items)
    {
        vv_slice name = AST_AS(string, item)->text;
        uint32_t found = 0;
        uint16_t unused = 0;

        while (found < b->copy->column_count &&
               !slice_equal(name, slice_text(b->copy->column_names[found]))) {
            found++;
        }
        if (found == b->copy->column_count && b->table == NULL) {
            return error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                             "column \"%.*s\" does not exist", (int)name.size,
                             (const char *)name.data);
        }
        if (found == b->copy->column_count) {
            VV_TRY(bind_column_find(binder, b->table, 0, name, &unused));
            return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, 0,
                             "%s column \"%.*s\" not referenced by COPY", text, (int)name.size,
                             (const char *)name.data);
        }
        forced[found] = true;
    }
    return VV_OK;
}

static vv_status bind_all_forced(struct copy_binding *b)
{
    VV_TRY(bind_forced(b, b->options.force_quote, "FORCE_QUOTE", &b->copy->force_quote));
    VV_TRY(bind_forced(b, b->options.force_not_null, "FORCE_NOT_NULL", &b->copy->force_not_null));
    return bind_forced(b, b->options.force_null, "FORCE_NULL", &b->copy->force_null);
}

/* ---- COPY FROM ---- */

/* The rows that come, with what the other columns get. */
static vv_status source_bind(struct copy_binding *b, const struct logical_node **source_out)
{
    struct binder *binder = b->binder;
    uint32_t width = b->table->spec.column_count;
    const struct expr **row = ARENA_ARRAY(binder->arena, const struct expr *, width);
    const struct logical_node *feed =
        logical_feed(binder->arena, b->copy->column_count, b->copy->column_types);

    if (row == NULL || feed == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < b->copy->column_count; i++) {
        row[b->columns[i]] =
            expr_column(binder->arena, i, (enum value_type)b->copy->column_types[i], 0);
        if (row[b->columns[i]] == NULL) {
            return VV_NOMEM;
        }
    }
    for (uint32_t i = 0; i < width; i++) {
        if (row[i] == NULL) {
            VV_TRY(bind_column_default(binder, b->table, i, &row[i]));
        }
    }
    *source_out = logical_project(binder->arena, feed, width, row);
    return *source_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status where_bind(struct copy_binding *b, const struct expr **where_out)
{
    struct binder *binder = b->binder;
    uint32_t count = b->table->spec.column_count;
    bool *used = ARENA_ARRAY(binder->arena, bool, count);

    if (used == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_condition(binder, BIND_COPY_WHERE, b->tree->where, where_out));
    expr_mark_columns(*where_out, used, count);
    for (uint32_t i = 0; i < count; i++) {
        if (used[i] && b->table->spec.columns[i].generated_text != NULL) {
            (void)error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE, 0,
                            "generated columns are not supported in COPY FROM WHERE conditions");
            error_detail(binder->error, "Column \"%s\" is a generated column.",
                         b->table->spec.columns[i].name);
            return VV_ERROR;
        }
    }
    return VV_OK;
}

static vv_status bind_from(struct copy_binding *b, struct logical_plan *plan)
{
    struct binder *binder = b->binder;
    struct logical_modify modify = {.kind = LOGICAL_INSERT, .table = b->table};
    const struct logical_node *source = NULL;
    const struct expr *where = NULL;

    if (b->tree->where != NULL) {
        VV_TRY(where_bind(b, &where));
    }
    VV_TRY(bind_options_of(b));
    VV_TRY(bind_columns(b));
    VV_TRY(columns_describe(b));
    VV_TRY(bind_all_forced(b));
    VV_TRY(source_bind(b, &source));
    if (where != NULL) {
        source = logical_filter(binder->arena, source, where);
    }
    if (source == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_rules(binder, b->table, NULL, &modify.rules));
    plan->root = logical_modify(binder->arena, source, &modify);
    return plan->root == NULL ? VV_NOMEM : VV_OK;
}

/* ---- COPY TO ---- */

static vv_status bind_to_table(struct copy_binding *b, struct logical_plan *plan)
{
    struct arena *arena = b->binder->arena;
    const struct expr **exprs = NULL;
    const struct logical_node *scan = NULL;

    VV_TRY(bind_options_of(b));
    VV_TRY(bind_columns(b));
    VV_TRY(columns_describe(b));
    exprs = ARENA_ARRAY(arena, const struct expr *, b->copy->column_count);
    scan = logical_scan(arena, b->table, b->table->spec.name);
    if (exprs == NULL || scan == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < b->copy->column_count; i++) {
        exprs[i] = expr_column(arena, b->columns[i], (enum value_type)b->copy->column_types[i], 0);
        if (exprs[i] == NULL) {
            return VV_NOMEM;
        }
    }
    plan->root = logical_project(arena, scan, b->copy->column_count, exprs);
    plan->column_count = b->copy->column_count;
    plan->column_names = b->copy->column_names;
    plan->column_types = b->copy->column_types;
    return plan->root == NULL ? VV_NOMEM : bind_all_forced(b);
}

static vv_status check_query(struct copy_binding *b)
{
    const struct ast *query = b->tree->query;
    bool returns = true;

    if (query->tag == AST_SELECT && AST_AS(select, query)->into != NULL) {
        return fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, "COPY (SELECT INTO) is not supported");
    }
    if (query->tag == AST_INSERT) {
        returns = AST_AS(insert, query)->returning.count > 0;
    } else if (query->tag == AST_UPDATE) {
        returns = AST_AS(update, query)->returning.count > 0;
    } else if (query->tag == AST_DELETE) {
        returns = AST_AS(delete, query)->returning.count > 0;
    }
    return returns ? VV_OK
                   : fail(b, VV_SQLSTATE_FEATURE_NOT_SUPPORTED,
                          "COPY query must have a RETURNING clause");
}

static vv_status bind_to_query(struct copy_binding *b, struct logical_plan *plan)
{
    VV_TRY(bind_options_of(b));
    VV_TRY(check_query(b));
    VV_TRY(bind_plan(b->binder, b->tree->query, plan));
    b->copy->column_count = plan->column_count;
    b->copy->column_names = plan->column_names;
    b->copy->column_types = plan->column_types;
    return bind_all_forced(b);
}

/* ---- both ---- */

static vv_status bind_target(struct copy_binding *b, struct bind_relation *relation)
{
    struct binder *binder = b->binder;
    const struct ast_relation *tree = AST_AS(relation, b->tree->table);
    const char *schema = NULL;
    const char *name = NULL;

    VV_TRY(bind_table_name(binder, &tree->name, 0, &schema, &name));
    VV_TRY(binder->catalog->table(binder->catalog->context, schema, name,
                                  b->tree->from ? BIND_USE_WRITE : BIND_USE_READ, 0,
                                  &relation->table, binder->error));
    relation->alias = relation->table->spec.name;
    b->table = relation->table;
    b->copy->relation = relation->table->spec.name;
    binder->relations = relation;
    binder->relation_count = 1;
    return VV_OK;
}

vv_status bind_copy(struct binder *binder, const struct ast *node, struct logical_plan *plan)
{
    struct copy_binding b = {.binder = binder,
                             .tree = AST_AS(copy, node),
                             .copy = ARENA_NEW(binder->arena, struct copy_plan)};
    struct bind_relation *relation = ARENA_NEW(binder->arena, struct bind_relation);

    if (b.copy == NULL || relation == NULL) {
        return VV_NOMEM;
    }
    if (b.tree->program) {
        return bind_unsupported(binder, node->position, "COPY with a program");
    }
    b.copy->from = b.tree->from;
    if (b.tree->end == AST_COPY_FILE) {
        b.copy->file = bind_text(binder, b.tree->file);
        if (b.copy->file == NULL) {
            return VV_NOMEM;
        }
    }
    plan->copy = b.copy;
    binder->no_parameters = true;
    if (b.tree->query != NULL) {
        return bind_to_query(&b, plan);
    }
    VV_TRY(bind_target(&b, relation));
    return b.tree->from ? bind_from(&b, plan) : bind_to_table(&b, plan);
}
