/*
 * parse_utility.c - COPY, ANALYZE, VACUUM, LOCK, DISCARD, REFRESH, CHECKPOINT.
 */
#include "sql/parse_private.h"

static struct ast *parse_option_value(struct parser *p);
static void parse_copy_end(struct parser *p, struct ast_copy *copy);
static void parse_copy_options(struct parser *p, struct ast_copy *copy);
static bool parse_old_copy_option(struct parser *p, struct ast_list *options);
static struct ast *parse_column_list_or_star(struct parser *p);
static struct ast *parse_copy_string(struct parser *p);
static struct ast_list parse_vacuum_tables(struct parser *p);
static bool accept_option_word(struct parser *p, enum keyword word, struct ast_list *options);
static enum ast_table_lock_mode parse_lock_mode(struct parser *p);

/* '(' name [value], … ')' */
struct ast_list parse_option_list(struct parser *p)
{
    struct ast_list options = {0};

    expect_symbol(p, '(');
    do {
        uint32_t position = p->token.position;
        vv_slice name = parse_column_label(p);

        list_push(p, &options, make_option(p, name, parse_option_value(p), position));
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
    return options;
}

/* A word or string, a number, *, (words), or nothing. */
static struct ast *parse_option_value(struct parser *p)
{
    uint32_t position = p->token.position;

    if (at_symbol(p, ',') || at_symbol(p, ')')) {
        return NULL;
    }
    if (at_symbol(p, '(') || at_symbol(p, '*')) {
        return parse_column_list_or_star(p);
    }
    if (p->token.kind == LEX_INTEGER || p->token.kind == LEX_NUMBER || at_symbol(p, '-') ||
        at_symbol(p, '+')) {
        return parse_signed_number(p);
    }
    return make_string(p, parse_boolean_or_string(p), position);
}

/* '*', or '(' strings or words ')' as an AST_ARRAY of strings */
static struct ast *parse_column_list_or_star(struct parser *p)
{
    struct ast_array *array = NULL;
    uint32_t position = p->token.position;

    if (accept_symbol(p, '*')) {
        struct ast_column *star = MAKE(p, AST_COLUMN, column, position);

        star->star = true;
        return &star->node;
    }
    array = MAKE(p, AST_ARRAY, array, position);
    expect_symbol(p, '(');
    do {
        position = p->token.position;
        list_push(p, &array->items, make_string(p, parse_boolean_or_string(p), position));
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
    return node_finish(p, array);
}

/* ---- COPY ---- */

struct ast *parse_copy(struct parser *p)
{
    struct ast_copy *copy = MAKE(p, AST_COPY, copy, p->token.position);
    uint32_t position = 0;

    expect_word(p, KEYWORD_COPY);
    position = p->token.position;
    if (accept_word(p, KEYWORD_BINARY)) {
        list_push(p, &copy->options,
                  make_option(p, slice_text("format"), make_text_string(p, "binary", position),
                              position));
    }
    if (accept_symbol(p, '(')) {
        copy->query = parse_prepared_statement(p);
        expect_symbol(p, ')');
        expect_word(p, KEYWORD_TO);
    } else {
        copy->table = parse_relation(p);
        copy->columns = parse_optional_column_list(p);
        copy->from = accept_word(p, KEYWORD_FROM);
        if (!copy->from) {
            expect_word(p, KEYWORD_TO);
        }
    }
    parse_copy_end(p, copy);
    parse_copy_options(p, copy);
    position = p->token.position;
    copy->where = parse_where(p);
    if (copy->where != NULL && !copy->from) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "WHERE clause not allowed with COPY TO");
    }
    return node_finish(p, copy);
}

static void parse_copy_end(struct parser *p, struct ast_copy *copy)
{
    if (accept_word(p, KEYWORD_STDIN) || accept_word(p, KEYWORD_STDOUT)) {
        copy->end = copy->from ? AST_COPY_STDIN : AST_COPY_STDOUT;
        return;
    }
    copy->program = accept_word(p, KEYWORD_PROGRAM);
    copy->file = parse_string(p);
}

static void parse_copy_options(struct parser *p, struct ast_copy *copy)
{
    (void)accept_word(p, KEYWORD_WITH);
    if (at_symbol(p, '(')) {
        struct ast_list options = parse_option_list(p);

        if (copy->options.last == NULL) {
            copy->options = options;
        } else if (options.first != NULL) {
            copy->options.last->next = options.first;
            copy->options.last = options.last;
            copy->options.count += options.count;
        }
        return;
    }
    while (parse_old_copy_option(p, &copy->options)) {
    }
}

/* The forms without parentheses, from before PostgreSQL 9. */
static bool parse_old_copy_option(struct parser *p, struct ast_list *options)
{
    uint32_t position = p->token.position;
    const char *name = NULL;
    struct ast *value = NULL;

    if (accept_word(p, KEYWORD_BINARY)) {
        name = "format";
        value = make_text_string(p, "binary", position);
    } else if (accept_word(p, KEYWORD_CSV)) {
        name = "format";
        value = make_text_string(p, "csv", position);
    } else if (accept_word(p, KEYWORD_HEADER)) {
        name = "header";
    } else if (accept_word(p, KEYWORD_FREEZE)) {
        name = "freeze";
    } else if (accept_words(p, KEYWORD_USING, KEYWORD_DELIMITERS) ||
               accept_word(p, KEYWORD_DELIMITER)) {
        name = "delimiter";
        value = parse_copy_string(p);
    } else if (accept_word(p, KEYWORD_NULL)) {
        name = "null";
        value = parse_copy_string(p);
    } else if (accept_word(p, KEYWORD_QUOTE)) {
        name = "quote";
        value = parse_copy_string(p);
    } else if (accept_word(p, KEYWORD_ESCAPE)) {
        name = "escape";
        value = parse_copy_string(p);
    } else if (accept_word(p, KEYWORD_ENCODING)) {
        name = "encoding";
        value = make_string(p, parse_string(p), position);
    } else if (accept_words(p, KEYWORD_FORCE, KEYWORD_QUOTE)) {
        name = "force_quote";
    } else if (accept_words(p, KEYWORD_FORCE, KEYWORD_NULL)) {
        name = "force_null";
    } else if (accept_words(p, KEYWORD_FORCE, KEYWORD_NOT)) {
        expect_word(p, KEYWORD_NULL);
        name = "force_not_null";
    } else {
        return false;
    }
    if (strncmp(name, "force", 5) == 0) {
        if (at_symbol(p, '*')) {
            value = parse_column_list_or_star(p);
        } else {
            struct ast_array *array = MAKE(p, AST_ARRAY, array, position);

            do {
                uint32_t item = p->token.position;

                list_push(p, &array->items, make_string(p, parse_column_id(p), item));
            } while (accept_symbol(p, ','));
            value = node_finish(p, array);
        }
    }
    list_push(p, options, make_option(p, slice_text(name), value, position));
    return !parse_failed(p);
}

static struct ast *parse_copy_string(struct parser *p)
{
    uint32_t position = 0;

    (void)accept_word(p, KEYWORD_AS);
    position = p->token.position;
    return make_string(p, parse_string(p), position);
}

/* ---- ANALYZE, VACUUM ---- */

struct ast *parse_analyze(struct parser *p)
{
    struct ast_analyze *analyze = MAKE(p, AST_ANALYZE, analyze, p->token.position);

    parse_advance(p);
    if (at_symbol(p, '(')) {
        analyze->options = parse_option_list(p);
    } else {
        (void)accept_option_word(p, KEYWORD_VERBOSE, &analyze->options);
    }
    analyze->tables = parse_vacuum_tables(p);
    return node_finish(p, analyze);
}

struct ast *parse_vacuum(struct parser *p)
{
    struct ast_vacuum *vacuum = MAKE(p, AST_VACUUM, vacuum, p->token.position);

    expect_word(p, KEYWORD_VACUUM);
    if (at_symbol(p, '(')) {
        vacuum->options = parse_option_list(p);
    } else {
        (void)accept_option_word(p, KEYWORD_FULL, &vacuum->options);
        (void)accept_option_word(p, KEYWORD_FREEZE, &vacuum->options);
        (void)accept_option_word(p, KEYWORD_VERBOSE, &vacuum->options);
        if (!accept_option_word(p, KEYWORD_ANALYZE, &vacuum->options)) {
            (void)accept_option_word(p, KEYWORD_ANALYSE, &vacuum->options);
        }
    }
    vacuum->tables = parse_vacuum_tables(p);
    return node_finish(p, vacuum);
}

static bool accept_option_word(struct parser *p, enum keyword word, struct ast_list *options)
{
    uint32_t position = p->token.position;

    if (!accept_word(p, word)) {
        return false;
    }
    word = word == KEYWORD_ANALYSE ? KEYWORD_ANALYZE : word;
    list_push(p, options, make_option(p, keyword_slice(word), NULL, position));
    return true;
}

static struct ast_list parse_vacuum_tables(struct parser *p)
{
    struct ast_list tables = {0};

    if (!at_column_id(p)) {
        return tables;
    }
    do {
        struct ast *table = parse_relation(p);

        if (!parse_failed(p)) {
            ((struct ast_relation *)(void *)table)->columns = parse_optional_column_list(p);
        }
        list_push(p, &tables, node_finish(p, table));
    } while (accept_symbol(p, ','));
    return tables;
}

/* ---- The rest ---- */

struct ast *parse_lock(struct parser *p)
{
    struct ast_lock_table *lock = MAKE(p, AST_LOCK_TABLE, lock_table, p->token.position);

    expect_word(p, KEYWORD_LOCK);
    (void)accept_word(p, KEYWORD_TABLE);
    lock->tables = parse_relation_list(p, true);
    lock->mode = AST_LOCK_ACCESS_EXCLUSIVE;
    if (accept_word(p, KEYWORD_IN)) {
        lock->mode = parse_lock_mode(p);
        expect_word(p, KEYWORD_MODE);
    }
    lock->nowait = accept_word(p, KEYWORD_NOWAIT);
    return node_finish(p, lock);
}

static enum ast_table_lock_mode parse_lock_mode(struct parser *p)
{
    if (accept_word(p, KEYWORD_ACCESS)) {
        if (accept_word(p, KEYWORD_SHARE)) {
            return AST_LOCK_ACCESS_SHARE;
        }
        expect_word(p, KEYWORD_EXCLUSIVE);
        return AST_LOCK_ACCESS_EXCLUSIVE;
    }
    if (accept_word(p, KEYWORD_ROW)) {
        if (accept_word(p, KEYWORD_SHARE)) {
            return AST_LOCK_ROW_SHARE;
        }
        expect_word(p, KEYWORD_EXCLUSIVE);
        return AST_LOCK_ROW_EXCLUSIVE;
    }
    if (accept_word(p, KEYWORD_SHARE)) {
        if (accept_word(p, KEYWORD_UPDATE)) {
            expect_word(p, KEYWORD_EXCLUSIVE);
            return AST_LOCK_SHARE_UPDATE_EXCLUSIVE;
        }
        if (accept_word(p, KEYWORD_ROW)) {
            expect_word(p, KEYWORD_EXCLUSIVE);
            return AST_LOCK_SHARE_ROW_EXCLUSIVE;
        }
        return AST_LOCK_SHARE;
    }
    expect_word(p, KEYWORD_EXCLUSIVE);
    return AST_LOCK_EXCLUSIVE;
}

struct ast *parse_discard(struct parser *p)
{
    struct ast_discard *discard = MAKE(p, AST_DISCARD, discard, p->token.position);

    expect_word(p, KEYWORD_DISCARD);
    if (accept_word(p, KEYWORD_ALL)) {
        discard->kind = AST_DISCARD_ALL;
    } else if (accept_word(p, KEYWORD_PLANS)) {
        discard->kind = AST_DISCARD_PLANS;
    } else if (accept_word(p, KEYWORD_SEQUENCES)) {
        discard->kind = AST_DISCARD_SEQUENCES;
    } else {
        if (!accept_word(p, KEYWORD_TEMP)) {
            expect_word(p, KEYWORD_TEMPORARY);
        }
        discard->kind = AST_DISCARD_TEMP;
    }
    return node_finish(p, discard);
}

struct ast *parse_refresh(struct parser *p)
{
    struct ast_refresh *refresh = MAKE(p, AST_REFRESH, refresh, p->token.position);

    expect_word(p, KEYWORD_REFRESH);
    expect_word(p, KEYWORD_MATERIALIZED);
    expect_word(p, KEYWORD_VIEW);
    refresh->concurrently = accept_word(p, KEYWORD_CONCURRENTLY);
    refresh->table = parse_relation(p);
    if (accept_word(p, KEYWORD_WITH)) {
        refresh->no_data = accept_word(p, KEYWORD_NO);
        expect_word(p, KEYWORD_DATA);
    }
    return node_finish(p, refresh);
}

struct ast *parse_checkpoint(struct parser *p)
{
    struct ast *checkpoint = node_make(p, AST_CHECKPOINT, p->token.position);

    parse_advance(p);
    return checkpoint;
}
