/*
 * complete.c - what the word before the cursor may become: commands, keywords, relations, columns, settings, variables, files.
 *
 * The words before it decide, over the lines of the statement typed so far. Keywords are those of statements.def. What the
 * database knows is asked anew each time, in the user's session, so that an open transaction sees its own tables; in a failed
 * one nothing is asked.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORDS_MAX 256

/* The statement up to the word, as words in upper case; names keep their own text beside it. */
struct context {
    struct shell *shell;
    struct completion *completion;
    const char *line;
    size_t cursor;
    const char *word; /* the one to complete; own */
    size_t word_size;
    char *words[WORDS_MAX]; /* own; the newest last */
    size_t word_count;
    struct text before; /* buffer and line up to the word */
};

static void complete_command(struct context *context, size_t command_start);
static void complete_argument(struct context *context, const char *name, size_t argument_number);
static void complete_sql(struct context *context);
static bool after_settings_word(struct context *context);
static bool complete_relation_of(struct context *context);
static void add_columns_mentioned(struct context *context);
static void add_columns_of(struct context *context, const char *table);
static void add_keywords(struct context *context, bool first);
static void add_beside(struct context *context, const char *sql);
static void add_query(struct context *context, struct varve_session *session, const char *sql);
static void add_relations(struct context *context, const char *kinds);
static void add_files(struct context *context);
static void add_variables(struct context *context, const char *before, const char *after);
static void add_name(struct context *context, const char *name);
static void add(struct context *context, const char *candidate);
static void split_words(struct context *context);
static const char *word_back(const struct context *context, size_t n);
static size_t word_start(const char *line, size_t cursor);
static bool inside_quotes(const struct context *context);
static int compare(const void *a, const void *b);

void complete_find(struct shell *shell, const char *line, size_t cursor,
                   struct completion *completion_out)
{
    struct context context = {
        .shell = shell, .completion = completion_out, .line = line, .cursor = cursor};
    const char *backslash = NULL;
    size_t kept = 0;

    *completion_out = (struct completion){.start = word_start(line, cursor)};
    for (size_t i = 0; i < cursor; i++) {
        if (line[i] == '\\') {
            backslash = line + i;
        }
    }
    context.word = line + completion_out->start;
    context.word_size = cursor - completion_out->start;
    text_add(&context.before, text_get(&shell->buffer), shell->buffer.size);
    text_add(&context.before, line, completion_out->start);
    if (backslash != NULL) {
        complete_command(&context, (size_t)(backslash - line));
    } else if (!inside_quotes(&context)) {
        split_words(&context);
        complete_sql(&context);
    }
    if (completion_out->count > 0) {
        qsort(completion_out->words, completion_out->count, sizeof *completion_out->words, compare);
    }
    for (size_t i = 0; i < completion_out->count; i++) {
        if (kept > 0 && strcmp(completion_out->words[i], completion_out->words[kept - 1]) == 0) {
            free(completion_out->words[i]);
        } else {
            completion_out->words[kept++] = completion_out->words[i];
        }
    }
    completion_out->count = kept;
    for (size_t i = 0; i < context.word_count; i++) {
        free(context.words[i]);
    }
    text_free(&context.before);
}

void complete_free(struct completion *completion)
{
    for (size_t i = 0; i < completion->count; i++) {
        free(completion->words[i]);
    }
    free(completion->words);
    *completion = (struct completion){0};
}

/* ---- backslash commands ---- */

static void complete_command(struct context *context, size_t command_start)
{
    const char *name = context->line + command_start;
    size_t name_size = strcspn(name, " \t");
    size_t number = 0;
    char *command = NULL;

    if (command_start + name_size >= context->cursor) { /* the command's own name */
        context->completion->start = command_start;
        context->word = name;
        context->word_size = context->cursor - command_start;
        for (size_t i = 0; command_name(i) != NULL; i++) {
            const char *known = command_name(i);
            struct text text = {0};

            text_add_char(&text, '\\');
            text_add(&text, known, strcspn(known, "[ "));
            add(context, text_get(&text));
            text_free(&text);
        }
        return;
    }
    for (const char *at = name + name_size; at < context->word; at++) {
        number += (*at == ' ' || *at == '\t') && at + 1 < context->line + context->cursor &&
                  at[1] != ' ' && at[1] != '\t';
    }
    number += context->word_size == 0 ? 1 : 0;
    command = text_copy(name + 1, name_size - 1);
    complete_argument(context, command, number);
    free(command);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void complete_argument(struct context *context, const char *name, size_t number)
{
    static const char *const files[] = {
        "i", "include", "ir", "include_relative", "o", "out", "e", "edit", "w", "write", "cd",
        "g", "gx",      NULL};

    if (name[0] == 'd' && strcmp(name, "dn") != 0 && name[strspn(name, "dtivsmES+")] == '\0') {
        const char *kinds = name + 1;

        add_relations(context, kinds[strspn(kinds, "S+")] == '\0' ? "tivms" : kinds);
    } else if (is_one_of(name, files) || (strcmp(name, "import") == 0 && number == 1) ||
               (strcmp(name, "copy") == 0 && number >= 3)) {
        add_files(context);
    } else if (strcmp(name, "import") == 0 || (strcmp(name, "copy") == 0 && number == 1)) {
        add_relations(context, "t");
    } else if (strcmp(name, "copy") == 0) {
        add(context, "from");
        add(context, "to");
    } else if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0) {
        const char *argument = context->line + strcspn(context->line, " \t");

        argument += strspn(argument, " \t");
        context->completion->start = (size_t)(argument - context->line);
        context->word = argument;
        context->word_size = context->cursor - context->completion->start;
        for (size_t i = 0; help_name(i) != NULL; i++) {
            add(context, help_name(i));
        }
    } else if (strcmp(name, "pset") == 0 && number == 1) {
        for (size_t i = 0; format_name(i) != NULL; i++) {
            add(context, format_name(i));
        }
    } else if (strcmp(name, "set") == 0 || strcmp(name, "unset") == 0) {
        add_variables(context, "", "");
    } else {
        const char *const *values = strcmp(name, "x") == 0        ? format_values("expanded")
                                    : strcmp(name, "timing") == 0 ? format_values("footer")
                                                                  : NULL;
        const char *option = context->line + strcspn(context->line, " \t");

        if (strcmp(name, "pset") == 0) {
            char *copy = NULL;

            option += strspn(option, " \t");
            copy = text_copy(option, strcspn(option, " \t"));
            values = format_values(copy);
            free(copy);
        }
        for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
            add(context, values[i]);
        }
    }
}

/* ---- SQL ---- */

static bool is(const char *word, const char *wanted)
{
    return strcasecmp(word, wanted) == 0;
}

static bool is_one_of_words(const char *word, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (is(word, words[i])) {
            return true;
        }
    }
    return false;
}

static void complete_sql(struct context *context)
{
    /* Behind these stands a value: when a column fits, no keyword is meant. */
    static const char *const values[] = {"SET",    "BY",     "WHERE", "AND", "OR", "NOT",
                                         "SELECT", "HAVING", "ON",    ",",   "=",  NULL};
    const char *dot = memchr(context->word, '.', context->word_size);

    if (context->word_size > 0 && context->word[0] == ':') {
        add_variables(context, ":", "");
    } else if (dot != NULL) {
        char *table = text_copy(context->word, (size_t)(dot - context->word));

        context->completion->start += (size_t)(dot + 1 - context->word);
        context->word_size -= (size_t)(dot + 1 - context->word);
        context->word = dot + 1;
        add_columns_of(context, table);
        free(table);
    } else if (context->word_count == 0) {
        add_keywords(context, true);
    } else if (!after_settings_word(context) && !complete_relation_of(context)) {
        add_columns_mentioned(context);
        if (context->word_size > 0 &&
            (context->completion->count == 0 || !is_one_of_words(word_back(context, 0), values))) {
            add_keywords(context, false);
            add_beside(
                context,
                "SELECT proname FROM pg_catalog.pg_proc WHERE proname !~ '^(bt|hash)?[a-z0-9]*"
                "(in|out|recv|send|eq|ne|lt|le|gt|ge|cmp)$'");
        }
    }
}

/* SET, SHOW, RESET: settings, and their values. */
static bool after_settings_word(struct context *context)
{
    const char *first = context->words[0];
    const char *last = word_back(context, 0);
    bool set = is(first, "SET");
    struct text sql = {0};

    if ((!set && !is(first, "SHOW") && !is(first, "RESET")) ||
        (context->word_count > 1 && is(context->words[1], "TRANSACTION"))) {
        return false;
    }
    if (context->word_count == 1 ||
        (set && context->word_count == 2 && (is(last, "LOCAL") || is(last, "SESSION")))) {
        add_beside(context, "SELECT name FROM pg_catalog.pg_settings");
        add(context, "ALL");
        if (set) {
            add(context, "TRANSACTION");
            add(context, "TIME ZONE");
        }
    } else if (set && !is(last, "TO") && !is(last, "=")) {
        add(context, "TO");
    } else if (set) {
        text_add_text(&sql, "SELECT enumvals FROM pg_catalog.pg_settings WHERE name = ");
        list_literal(&sql, word_back(context, 1));
        add(context, "DEFAULT");
        add_beside(context, text_get(&sql));
        text_clear(&sql);
        text_add_text(
            &sql, "SELECT CASE vartype WHEN 'bool' THEN 'on,off' END FROM pg_catalog.pg_settings "
                  "WHERE name = ");
        list_literal(&sql, word_back(context, 1));
        add_beside(context, text_get(&sql));
    }
    text_free(&sql);
    return true;
}

/* Where only a relation can stand. */
static bool complete_relation_of(struct context *context)
{
    static const char *const before[] = {"FROM",   "JOIN",     "INTO",       "UPDATE", "TABLE",
                                         "ONLY",   "TRUNCATE", "REFERENCES", "COPY",   "ANALYZE",
                                         "VACUUM", "LOCK",     NULL};
    const char *last = word_back(context, 0);
    const char *verb = word_back(context, 1);
    bool drops = is(verb, "DROP") || is(verb, "ALTER") || is(verb, "ON");

    if (is(last, "EXISTS")) {
        last = word_back(context, 2);
        verb = word_back(context, 3);
        drops = is(verb, "DROP") || is(verb, "ALTER");
    }
    if (is(last, "INDEX") && drops) {
        add_relations(context, "i");
    } else if (is(last, "VIEW") && (drops || is(verb, "MATERIALIZED"))) {
        add_relations(context, "vm");
    } else if (is(last, "SEQUENCE") && drops) {
        add_relations(context, "s");
    } else if (is(last, "ON") && is(context->words[0], "CREATE")) {
        add_relations(context, "tm");
    } else if (is(last, "TABLE") && is(context->words[0], "CREATE")) {
        return true; /* a new name */
    } else {
        for (size_t i = 0; before[i] != NULL; i++) {
            if (is(last, before[i]) && !(is(last, "UPDATE") && is(verb, "FOR"))) {
                add_relations(context, "tvm");
                if (is(last, "TRUNCATE") || is(last, "LOCK") || is(last, "COPY")) {
                    add(context, is(last, "COPY") ? "(" : "TABLE");
                }
                return true;
            }
        }
        return false;
    }
    return true;
}

static const char *const before_relation[] = {"FROM", "JOIN", "INTO", "UPDATE", "TABLE",
                                              "ON",   ",",    "ONLY", NULL};

/* Columns of every relation that stands behind FROM, JOIN, INTO, UPDATE, TABLE or ON, or between commas behind FROM. */
static void add_columns_mentioned(struct context *context)
{
    for (size_t i = 1; i < context->word_count; i++) {
        if (is_one_of_words(context->words[i - 1], before_relation)) {
            add_columns_of(context, context->words[i]);
        }
    }
}

static void add_column(void *argument, const struct varve_description *item)
{
    if (item->kind == VARVE_DESCRIBES_COLUMN) {
        add_name(argument, item->name);
    }
}

/* Of a table, a view, or of what an alias stands for. */
static void add_columns_of(struct context *context, const char *table)
{
    struct text name = {0};
    bool quoted = table[0] == '"';
    const char *start = table + (quoted ? 1 : 0);

    if (varve_transaction_status(context->shell->session) == 'E') {
        return;
    }
    for (size_t i = 1; i + 1 < context->word_count; i++) { /* t AS x, t x */
        bool as = is(context->words[i], "AS");

        if (is(context->words[i + 1], table) &&
            (as || is_one_of_words(context->words[i - 1], before_relation))) {
            start = as ? context->words[i - 1] : context->words[i];
            break;
        }
    }
    for (; *start != '\0' && *start != '"'; start++) {
        text_add_char(&name, quoted ? *start : (char)tolower((unsigned char)*start));
    }
    (void)varve_describe(context->shell->session, NULL, text_get(&name), add_column, context);
    text_free(&name);
}

/* ---- candidates ---- */

/* Every word in capitals of the syntax of statements; first: those that begin one. */
static void add_keywords(struct context *context, bool first)
{
    static const char *const others[] = {"AND",    "BETWEEN", "CASE",  "CAST", "ELSE",     "END",
                                         "EXISTS", "FALSE",   "ILIKE", "IN",   "INTERVAL", "IS",
                                         "LIKE",   "NOT",     "NULL",  "OR",   "SIMILAR",  "THEN",
                                         "TRUE",   "WHEN",    NULL};

    for (size_t i = 0; first && help_name(i) != NULL; i++) {
        char *word = text_copy(help_name(i), strcspn(help_name(i), " "));

        add(context, word);
        free(word);
    }
    for (size_t i = 0; !first && others[i] != NULL; i++) {
        add(context, others[i]);
    }
    for (size_t i = 0; !first && help_syntax(i) != NULL; i++) {
        const char *at = help_syntax(i);

        while (*at != '\0') {
            size_t size = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

            if (size > 1 && !islower((unsigned char)at[size])) {
                char *word = text_copy(at, size);

                add(context, word);
                free(word);
            }
            at += size + (at[size] != '\0');
            while (isalnum((unsigned char)*at) && isalnum((unsigned char)at[-1]) &&
                   !isupper((unsigned char)at[-1])) {
                at++;
            }
        }
    }
}

/* What is the same for all sessions is asked in another one: a query would fix the modes of the user's transaction. */
static void add_beside(struct context *context, const char *sql)
{
    struct varve_session *session = NULL;

    if (varve_connect(context->shell->db, &session) == VARVE_OK) {
        add_query(context, session, sql);
        varve_disconnect(session);
    }
}

/* The first column of a query; "{a,b}" and "a,b" are several. */
static void add_query(struct context *context, struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;

    if (varve_transaction_status(session) == 'E' ||
        varve_prepare(session, sql, 0, &statement, NULL) != VARVE_OK) {
        return;
    }
    while (varve_step(statement) == VARVE_ROW) {
        const char *value = varve_column_text(statement, 0, NULL);

        while (value != NULL && *value != '\0') {
            size_t size = strcspn(value, ",{}");

            if (size > 0) {
                char *name = text_copy(value, size);

                add_name(context, name);
                free(name);
            }
            value += size + (value[size] != '\0');
        }
    }
    varve_finalize(statement);
}

static void add_relations(struct context *context, const char *kinds)
{
    static const char letters[] = "tivms";
    static const char relkinds[] = "rivmS";
    struct text sql = {0};
    bool system = context->word_size >= 3 && strncmp(context->word, "pg_", 3) == 0;
    const char *comma = "";

    text_add_text(&sql, "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN (");
    for (size_t i = 0; letters[i] != '\0'; i++) {
        if (strchr(kinds, letters[i]) != NULL) {
            text_format(&sql, "%s'%c'", comma, relkinds[i]);
            comma = ", ";
        }
    }
    text_add_text(&sql, comma[0] == '\0' ? "'')" : ")");
    text_add_text(&sql, system ? " AND pg_table_is_visible(oid)" : " AND oid >= 16384");
    add_query(context, context->shell->session, text_get(&sql));
    text_free(&sql);
}

static void add_files(struct context *context)
{
    const char *slash = NULL;
    char *folder = NULL;
    DIR *listing = NULL;
    struct dirent *entry = NULL;

    for (size_t i = 0; i < context->word_size; i++) {
        slash = context->word[i] == '/' ? context->word + i : slash;
    }
    folder = slash == NULL ? text_copy(".", 1)
                           : text_copy(context->word, (size_t)(slash + 1 - context->word));
    listing = opendir(folder);
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        struct text path = {0};

        text_add(&path, context->word, slash == NULL ? 0 : (size_t)(slash + 1 - context->word));
        text_add_text(&path, entry->d_name);
        text_add_text(&path, entry->d_type == DT_DIR ? "/" : "");
        if (entry->d_name[0] != '.' ||
            (context->word_size > 0 && context->word[context->word_size - 1] == '.')) {
            add(context, text_get(&path));
        }
        text_free(&path);
    }
    if (listing != NULL) {
        closedir(listing);
    }
    free(folder);
}

static void add_variables(struct context *context, const char *before, const char *after)
{
    for (size_t i = 0; i < context->shell->variable_count; i++) {
        struct text text = {0};

        text_format(&text, "%s%s%s", before, context->shell->variables[i].name, after);
        add(context, text_get(&text));
        text_free(&text);
    }
}

/* A name of SQL's, in quotes where it needs them. */
static void add_name(struct context *context, const char *name)
{
    struct text text = {0};
    bool plain = !isdigit((unsigned char)name[0]);

    for (const char *at = name; *at != '\0'; at++) {
        plain = plain && (islower((unsigned char)*at) || isdigit((unsigned char)*at) ||
                          *at == '_' || (unsigned char)*at >= 0x80);
    }
    if (plain || strchr(name, '.') != NULL) {
        add(context, name);
        return;
    }
    text_add_char(&text, '"');
    for (const char *at = name; *at != '\0'; at++) {
        text_add_text(&text, *at == '"' ? "\"" : "");
        text_add_char(&text, *at);
    }
    text_add_char(&text, '"');
    add(context, text_get(&text));
    text_free(&text);
}

/* When it begins as the word does, whatever its case; a keyword follows the case that was typed. */
static void add(struct context *context, const char *candidate)
{
    struct completion *completion = context->completion;
    bool keyword = isupper((unsigned char)candidate[0]);
    bool lower = context->word_size > 0 && islower((unsigned char)context->word[0]);
    bool quoted = context->word_size > 0 && context->word[0] == '"';
    char *word = NULL;

    if (strncasecmp(candidate, context->word, context->word_size) != 0 &&
        !(candidate[0] == '"' && !quoted &&
          strncasecmp(candidate + 1, context->word, context->word_size) == 0)) {
        return;
    }
    word = text_copy(candidate, SIZE_MAX);
    for (size_t i = 0; keyword && lower && word[i] != '\0'; i++) {
        word[i] = (char)tolower((unsigned char)word[i]);
    }
    completion->words =
        text_memory(completion->words, (completion->count + 1) * sizeof *completion->words);
    completion->words[completion->count++] = word;
}

/* ---- words ---- */

static bool is_word_byte(char byte)
{
    return isalnum((unsigned char)byte) || strchr("_$.\":/~-+", byte) != NULL ||
           (unsigned char)byte >= 0x80;
}

static size_t word_start(const char *line, size_t cursor)
{
    size_t start = cursor;
    bool command = memchr(line, '\\', cursor) != NULL;

    while (start > 0 && line[start - 1] != '\0' && is_word_byte(line[start - 1]) &&
           (command || strchr("/~-+", line[start - 1]) == NULL)) {
        start--;
    }
    return start;
}

/* Words, names in quotes, commas; all else goes. Only the last WORDS_MAX are kept. */
static void split_words(struct context *context)
{
    const char *at = text_get(&context->before);

    while (*at != '\0') {
        size_t size = 0;

        if (*at == '"') {
            size = strcspn(at + 1, "\"") + 1;
            size += at[size] == '"';
        } else if (*at == '\'') {
            at += strcspn(at + 1, "'") + 1;
            at += *at == '\'';
            continue;
        } else if (strchr(",=", *at) != NULL) {
            size = 1;
        } else {
            while (isalnum((unsigned char)at[size]) || at[size] == '_' ||
                   (unsigned char)at[size] >= 0x80) {
                size++;
            }
        }
        if (size == 0) {
            at++;
            continue;
        }
        if (context->word_count == WORDS_MAX) {
            free(context->words[0]);
            memmove(context->words, context->words + 1, (WORDS_MAX - 1) * sizeof *context->words);
            context->word_count--;
        }
        context->words[context->word_count++] = text_copy(at, size);
        at += size;
    }
}

/* The n-th word from the end, "" when there is none. */
static const char *word_back(const struct context *context, size_t n)
{
    return n < context->word_count ? context->words[context->word_count - 1 - n] : "";
}

static bool inside_quotes(const struct context *context)
{
    struct split split = {0};
    enum split_result result = SPLIT_MORE;
    const char *text = text_get(&context->before);

    do {
        result = split_next(&split, text, context->before.size);
        split.at += result == SPLIT_VARIABLE || result == SPLIT_COMMAND;
    } while (result != SPLIT_MORE);
    return split.state != SPLIT_SQL && split.state != SPLIT_QUOTED;
}

static int compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}
