/*
 * parse_statement.c - which statement begins here; transactions, settings, EXPLAIN, PREPARE.
 */
#include "sql/parse_private.h"

static const struct {
    enum keyword word;
    struct ast *(*parse)(struct parser *p);
} statements[] = {
    {KEYWORD_ABORT, parse_transaction},
    {KEYWORD_ALTER, parse_alter},
    {KEYWORD_ANALYSE, parse_analyze},
    {KEYWORD_ANALYZE, parse_analyze},
    {KEYWORD_BEGIN, parse_transaction},
    {KEYWORD_CHECKPOINT, parse_checkpoint},
    {KEYWORD_CLOSE, parse_close},
    {KEYWORD_COMMENT, parse_comment},
    {KEYWORD_COMMIT, parse_transaction},
    {KEYWORD_COPY, parse_copy},
    {KEYWORD_CREATE, parse_create},
    {KEYWORD_DEALLOCATE, parse_deallocate},
    {KEYWORD_DECLARE, parse_declare},
    {KEYWORD_DISCARD, parse_discard},
    {KEYWORD_DROP, parse_drop},
    {KEYWORD_END, parse_transaction},
    {KEYWORD_EXECUTE, parse_execute},
    {KEYWORD_EXPLAIN, parse_explain},
    {KEYWORD_FETCH, parse_cursor_fetch},
    {KEYWORD_LOCK, parse_lock},
    {KEYWORD_MOVE, parse_cursor_fetch},
    {KEYWORD_PREPARE, parse_prepare},
    {KEYWORD_REFRESH, parse_refresh},
    {KEYWORD_RELEASE, parse_transaction},
    {KEYWORD_RESET, parse_reset},
    {KEYWORD_ROLLBACK, parse_transaction},
    {KEYWORD_SAVEPOINT, parse_transaction},
    {KEYWORD_SET, parse_set},
    {KEYWORD_SHOW, parse_show},
    {KEYWORD_START, parse_transaction},
    {KEYWORD_TRUNCATE, parse_truncate},
    {KEYWORD_VACUUM, parse_vacuum},
};

static void refuse_statement(struct parser *p);
static bool at_dml(const struct parser *p);
static struct ast_list parse_transaction_modes(struct parser *p);
static bool parse_transaction_mode(struct parser *p, struct ast_list *modes);
static bool parse_isolation(struct parser *p, enum ast_transaction_mode_kind *kind_out);
static void parse_rollback(struct parser *p, struct ast_transaction *txn);
static void parse_commit(struct parser *p, struct ast_transaction *txn);
static void parse_chain(struct parser *p, struct ast_transaction *txn);
static void parse_set_values(struct parser *p, struct ast_set *set);
static struct ast *parse_set_value(struct parser *p);
static void parse_time_zone_value(struct parser *p, struct ast_set *set);
static struct ast *parse_zone_interval(struct parser *p);
static struct ast *parse_set_transaction(struct parser *p, bool session);
static struct ast *parse_set_constraints(struct parser *p);
static bool parse_set_special(struct parser *p, struct ast_set *set);
static vv_slice parse_shown_name(struct parser *p);
static struct ast *parse_explained(struct parser *p);

struct ast *parse_statement(struct parser *p)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (at_word(p, statements[i].word)) {
            return statements[i].parse(p);
        }
    }
    if (at_query(p) || at_symbol(p, '(') || at_dml(p)) {
        return parse_prepared_statement(p);
    }
    refuse_statement(p);
    return node_scratch(p);
}

/* What PostgreSQL knows and we do not yet (S5). */
static void refuse_statement(struct parser *p)
{
    static const enum keyword known[] = {
        KEYWORD_CALL,    KEYWORD_CLUSTER, KEYWORD_DO,       KEYWORD_GRANT,   KEYWORD_IMPORT,
        KEYWORD_LISTEN,  KEYWORD_LOAD,    KEYWORD_MERGE,    KEYWORD_NOTIFY,  KEYWORD_REASSIGN,
        KEYWORD_REINDEX, KEYWORD_REVOKE,  KEYWORD_SECURITY, KEYWORD_UNLISTEN};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (at_word(p, known[i])) {
            char text[20];
            size_t size = 0;

            for (const char *from = keyword_text(known[i]); *from != '\0'; from++) {
                text[size++] = (char)(*from - 32);
            }
            text[size] = '\0';
            parse_unsupported(p, p->token.position, text);
            return;
        }
    }
    parse_syntax_error(p);
}

static bool at_dml(const struct parser *p)
{
    return at_word(p, KEYWORD_INSERT) || at_word(p, KEYWORD_UPDATE) || at_word(p, KEYWORD_DELETE);
}

/* PreparableStmt: a query, INSERT, UPDATE or DELETE, each with its WITH. */
struct ast *parse_prepared_statement(struct parser *p)
{
    struct ast *statement = NULL;
    struct ast *with = NULL;

    enter_level(p);
    if (at_word(p, KEYWORD_WITH)) {
        with = parse_with(p);
    }
    if (at_dml(p)) {
        statement = parse_dml(p, with);
    } else if (at_word(p, KEYWORD_MERGE)) {
        refuse_statement(p);
        statement = node_scratch(p);
    } else if ((at_query(p) && !at_word(p, KEYWORD_WITH)) || at_symbol(p, '(')) {
        statement = parse_query_with(p, with);
    } else {
        parse_syntax_error(p);
        statement = node_scratch(p);
    }
    leave_level(p);
    return statement;
}

/* ---- Transactions ---- */

struct ast *parse_transaction(struct parser *p)
{
    struct ast_transaction *txn = MAKE(p, AST_TRANSACTION, transaction, p->token.position);
    enum keyword word = p->token.keyword;

    parse_advance(p);
    switch (word) {
    case KEYWORD_BEGIN:
        txn->kind = AST_TXN_BEGIN;
        if (!accept_word(p, KEYWORD_WORK)) {
            (void)accept_word(p, KEYWORD_TRANSACTION);
        }
        txn->modes = parse_transaction_modes(p);
        break;
    case KEYWORD_START:
        txn->kind = AST_TXN_START;
        expect_word(p, KEYWORD_TRANSACTION);
        txn->modes = parse_transaction_modes(p);
        break;
    case KEYWORD_COMMIT:
    case KEYWORD_END:
        txn->kind = AST_TXN_COMMIT;
        if (word == KEYWORD_COMMIT && at_word(p, KEYWORD_PREPARED)) {
            parse_commit(p, txn);
        } else {
            parse_chain(p, txn);
        }
        break;
    case KEYWORD_SAVEPOINT:
        txn->kind = AST_TXN_SAVEPOINT;
        txn->name = parse_column_id(p);
        break;
    case KEYWORD_RELEASE:
        txn->kind = AST_TXN_RELEASE;
        (void)accept_word(p, KEYWORD_SAVEPOINT);
        txn->name = parse_column_id(p);
        break;
    default:
        txn->kind = AST_TXN_ROLLBACK;
        parse_rollback(p, txn);
        break;
    }
    return node_finish(p, txn);
}

static void parse_commit(struct parser *p, struct ast_transaction *txn)
{
    expect_word(p, KEYWORD_PREPARED);
    txn->kind = AST_TXN_COMMIT_PREPARED;
    txn->name = parse_string(p);
}

/* Behind ROLLBACK or ABORT. */
static void parse_rollback(struct parser *p, struct ast_transaction *txn)
{
    if (accept_word(p, KEYWORD_PREPARED)) {
        txn->kind = AST_TXN_ROLLBACK_PREPARED;
        txn->name = parse_string(p);
        return;
    }
    if (!accept_word(p, KEYWORD_WORK)) {
        (void)accept_word(p, KEYWORD_TRANSACTION);
    }
    if (accept_word(p, KEYWORD_TO)) {
        (void)accept_word(p, KEYWORD_SAVEPOINT);
        txn->kind = AST_TXN_ROLLBACK_TO;
        txn->name = parse_column_id(p);
        return;
    }
    parse_chain(p, txn);
}

/* [WORK | TRANSACTION] [AND [NO] CHAIN] */
static void parse_chain(struct parser *p, struct ast_transaction *txn)
{
    if (!accept_word(p, KEYWORD_WORK)) {
        (void)accept_word(p, KEYWORD_TRANSACTION);
    }
    if (accept_word(p, KEYWORD_AND)) {
        txn->chain = !accept_word(p, KEYWORD_NO);
        expect_word(p, KEYWORD_CHAIN);
    }
}

/* Commas between them are optional. */
static struct ast_list parse_transaction_modes(struct parser *p)
{
    struct ast_list modes = {0};

    while (parse_transaction_mode(p, &modes)) {
        if (at_symbol(p, ',')) {
            parse_advance(p);
            if (!parse_transaction_mode(p, &modes)) {
                parse_syntax_error(p);
            }
            (void)accept_symbol(p, ',');
        }
    }
    return modes;
}

static bool parse_transaction_mode(struct parser *p, struct ast_list *modes)
{
    struct ast_transaction_mode *mode = NULL;
    enum ast_transaction_mode_kind kind = AST_MODE_SERIALIZABLE;
    uint32_t position = p->token.position;

    if (at_word(p, KEYWORD_ISOLATION)) {
        if (!parse_isolation(p, &kind)) {
            return false;
        }
    } else if (accept_word(p, KEYWORD_READ)) {
        kind = AST_MODE_READ_ONLY;
        if (!accept_word(p, KEYWORD_ONLY)) {
            expect_word(p, KEYWORD_WRITE);
            kind = AST_MODE_READ_WRITE;
        }
    } else if (accept_words(p, KEYWORD_NOT, KEYWORD_DEFERRABLE)) {
        kind = AST_MODE_NOT_DEFERRABLE;
    } else if (accept_word(p, KEYWORD_DEFERRABLE)) {
        kind = AST_MODE_DEFERRABLE;
    } else {
        return false;
    }
    mode = MAKE(p, AST_TRANSACTION_MODE, transaction_mode, position);
    mode->kind = kind;
    list_push(p, modes, &mode->node);
    return !parse_failed(p);
}

static bool parse_isolation(struct parser *p, enum ast_transaction_mode_kind *kind_out)
{
    expect_word(p, KEYWORD_ISOLATION);
    expect_word(p, KEYWORD_LEVEL);
    if (accept_word(p, KEYWORD_SERIALIZABLE)) {
        *kind_out = AST_MODE_SERIALIZABLE;
    } else if (accept_word(p, KEYWORD_REPEATABLE)) {
        expect_word(p, KEYWORD_READ);
        *kind_out = AST_MODE_REPEATABLE_READ;
    } else {
        expect_word(p, KEYWORD_READ);
        if (accept_word(p, KEYWORD_UNCOMMITTED)) {
            *kind_out = AST_MODE_READ_UNCOMMITTED;
        } else {
            expect_word(p, KEYWORD_COMMITTED);
            *kind_out = AST_MODE_READ_COMMITTED;
        }
    }
    return !parse_failed(p);
}

/* ---- SET, SHOW, RESET ---- */

struct ast *parse_set(struct parser *p)
{
    struct ast_set *set = MAKE(p, AST_SET, set, p->token.position);

    expect_word(p, KEYWORD_SET);
    if (at_word(p, KEYWORD_CONSTRAINTS)) {
        return parse_set_constraints(p);
    }
    if (accept_words(p, KEYWORD_SESSION, KEYWORD_CHARACTERISTICS)) {
        expect_word(p, KEYWORD_AS);
        return parse_set_transaction(p, true);
    }
    if (accept_word(p, KEYWORD_LOCAL)) {
        set->scope = AST_SET_LOCAL;
    } else if (at_word(p, KEYWORD_SESSION) && !peek_word(p, KEYWORD_AUTHORIZATION)) {
        parse_advance(p);
    }
    if (at_word(p, KEYWORD_TRANSACTION)) {
        return parse_set_transaction(p, false);
    }
    if (parse_set_special(p, set)) {
        return node_finish(p, set);
    }
    set->name = parse_setting_name(p);
    if (at_word(p, KEYWORD_FROM) && peek_word(p, KEYWORD_CURRENT)) {
        parse_unsupported(p, p->token.position, "SET FROM CURRENT");
    }
    if (!accept_word(p, KEYWORD_TO)) {
        expect_symbol(p, '=');
    }
    parse_set_values(p, set);
    return node_finish(p, set);
}

/* The settings with words of their own. */
static bool parse_set_special(struct parser *p, struct ast_set *set)
{
    uint32_t position = 0;

    if (accept_words(p, KEYWORD_TIME, KEYWORD_ZONE)) {
        parse_time_zone_value(p, set);
        return true;
    }
    if (at_word(p, KEYWORD_CATALOG) && parse_peek(p)->kind == LEX_STRING) {
        parse_error(p, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, parse_peek(p)->position,
                    "current database cannot be changed");
        return true;
    }
    if (at_word(p, KEYWORD_SCHEMA) && parse_peek(p)->kind == LEX_STRING) {
        parse_advance(p);
        set->name = slice_text("search_path");
    } else if (at_word(p, KEYWORD_NAMES)) {
        parse_advance(p);
        set->name = slice_text("client_encoding");
        if (p->token.kind != LEX_STRING) {
            set->is_default = true;
            (void)accept_word(p, KEYWORD_DEFAULT);
            return true;
        }
    } else if (at_word(p, KEYWORD_ROLE) && !peek_word(p, KEYWORD_TO) && !peek_symbol(p, '=')) {
        parse_advance(p);
        set->name = slice_text("role");
    } else if (accept_words(p, KEYWORD_SESSION, KEYWORD_AUTHORIZATION)) {
        set->name = slice_text("session_authorization");
        if (accept_word(p, KEYWORD_DEFAULT)) {
            set->is_default = true;
            return true;
        }
    } else {
        return false;
    }
    position = p->token.position;
    list_push(p, &set->values, make_string(p, parse_boolean_or_string(p), position));
    return true;
}

static void parse_set_values(struct parser *p, struct ast_set *set)
{
    if (accept_word(p, KEYWORD_DEFAULT)) {
        set->is_default = true;
        return;
    }
    do {
        list_push(p, &set->values, parse_set_value(p));
    } while (accept_symbol(p, ','));
}

static struct ast *parse_set_value(struct parser *p)
{
    uint32_t position = p->token.position;

    if (p->token.kind == LEX_INTEGER || p->token.kind == LEX_NUMBER || at_symbol(p, '-') ||
        at_symbol(p, '+')) {
        return parse_signed_number(p);
    }
    return make_string(p, parse_boolean_or_string(p), position);
}

static void parse_time_zone_value(struct parser *p, struct ast_set *set)
{
    set->name = slice_text("timezone");
    if (accept_word(p, KEYWORD_DEFAULT) || accept_word(p, KEYWORD_LOCAL)) {
        set->is_default = true;
        return;
    }
    list_push(p, &set->values,
              at_word(p, KEYWORD_INTERVAL) ? parse_zone_interval(p) : parse_set_value(p));
}

/* INTERVAL '-08:00' [HOUR TO MINUTE], INTERVAL(p) '-08:00': a cast. */
static struct ast *parse_zone_interval(struct parser *p)
{
    struct ast *literal = parse_type_literal(p);
    const struct ast *field = NULL;

    if (literal == NULL) {
        parse_advance(p);
        parse_syntax_error(p);
    }
    if (parse_failed(p)) {
        return literal;
    }
    ast_for_each(modifier, &AST_AS(type, AST_AS(cast, literal)->type)->modifiers)
    {
        field = modifier->tag == AST_STRING ? modifier : field;
    }
    if (field != NULL && !slice_equal(AST_AS(string, field)->text, slice_text("hour")) &&
        !slice_equal(AST_AS(string, field)->text, slice_text("minute")) &&
        !slice_equal(AST_AS(string, field)->text, slice_text("hour to minute"))) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, field->position,
                    "time zone interval must be HOUR or HOUR TO MINUTE");
    }
    return literal;
}

/* At TRANSACTION. */
static struct ast *parse_set_transaction(struct parser *p, bool session)
{
    struct ast_set_transaction *set =
        MAKE(p, AST_SET_TRANSACTION, set_transaction, p->token.position);

    expect_word(p, KEYWORD_TRANSACTION);
    set->session = session;
    if (!session && accept_word(p, KEYWORD_SNAPSHOT)) {
        set->snapshot = parse_string(p);
        return node_finish(p, set);
    }
    set->modes = parse_transaction_modes(p);
    if (set->modes.count == 0) {
        parse_syntax_error(p);
    }
    return node_finish(p, set);
}

static struct ast *parse_set_constraints(struct parser *p)
{
    struct ast_set_constraints *set =
        MAKE(p, AST_SET_CONSTRAINTS, set_constraints, p->token.position);

    expect_word(p, KEYWORD_CONSTRAINTS);
    if (!accept_word(p, KEYWORD_ALL)) {
        set->names = parse_relation_list(p, false);
    }
    set->deferred = accept_word(p, KEYWORD_DEFERRED);
    if (!set->deferred) {
        expect_word(p, KEYWORD_IMMEDIATE);
    }
    return node_finish(p, set);
}

struct ast *parse_show(struct parser *p)
{
    struct ast_show *show = MAKE(p, AST_SHOW, show, p->token.position);

    expect_word(p, KEYWORD_SHOW);
    show->name = parse_shown_name(p);
    return node_finish(p, show);
}

struct ast *parse_reset(struct parser *p)
{
    struct ast_reset *reset = MAKE(p, AST_RESET, reset, p->token.position);

    expect_word(p, KEYWORD_RESET);
    reset->name = parse_shown_name(p);
    return node_finish(p, reset);
}

static vv_slice parse_shown_name(struct parser *p)
{
    if (accept_word(p, KEYWORD_ALL)) {
        return slice_text("all");
    }
    if (accept_words(p, KEYWORD_TIME, KEYWORD_ZONE)) {
        return slice_text("timezone");
    }
    if (accept_words(p, KEYWORD_TRANSACTION, KEYWORD_ISOLATION)) {
        expect_word(p, KEYWORD_LEVEL);
        return slice_text("transaction_isolation");
    }
    if (accept_words(p, KEYWORD_SESSION, KEYWORD_AUTHORIZATION)) {
        return slice_text("session_authorization");
    }
    return parse_setting_name(p);
}

/* ---- EXPLAIN, PREPARE, EXECUTE, DEALLOCATE ---- */

struct ast *parse_explain(struct parser *p)
{
    struct ast_explain *explain = MAKE(p, AST_EXPLAIN, explain, p->token.position);

    expect_word(p, KEYWORD_EXPLAIN);
    if (at_symbol(p, '(')) {
        const struct lex_token *next = parse_peek(p);

        if (next->symbol != '(' && next->keyword != KEYWORD_SELECT &&
            next->keyword != KEYWORD_VALUES && next->keyword != KEYWORD_WITH &&
            next->keyword != KEYWORD_TABLE) {
            explain->options = parse_option_list(p);
        }
    } else {
        uint32_t position = p->token.position;

        if (accept_word(p, KEYWORD_ANALYZE) || accept_word(p, KEYWORD_ANALYSE)) {
            list_push(p, &explain->options, make_option(p, slice_text("analyze"), NULL, position));
            position = p->token.position;
        }
        if (accept_word(p, KEYWORD_VERBOSE)) {
            list_push(p, &explain->options, make_option(p, slice_text("verbose"), NULL, position));
        }
    }
    explain->statement = parse_explained(p);
    return node_finish(p, explain);
}

static struct ast *parse_explained(struct parser *p)
{
    if (at_word(p, KEYWORD_EXECUTE)) {
        return parse_execute(p);
    }
    if (at_word(p, KEYWORD_CREATE) || at_word(p, KEYWORD_DECLARE) || at_word(p, KEYWORD_REFRESH)) {
        parse_unsupported(p, p->token.position, "EXPLAIN of this statement");
        return node_scratch(p);
    }
    return parse_prepared_statement(p);
}

struct ast *parse_prepare(struct parser *p)
{
    struct ast_prepare *prepare = NULL;
    uint32_t position = p->token.position;

    expect_word(p, KEYWORD_PREPARE);
    if (at_word(p, KEYWORD_TRANSACTION) && parse_peek(p)->kind == LEX_STRING) {
        struct ast_transaction *txn = MAKE(p, AST_TRANSACTION, transaction, position);

        parse_advance(p);
        txn->kind = AST_TXN_PREPARE;
        txn->name = parse_string(p);
        return node_finish(p, txn);
    }
    prepare = MAKE(p, AST_PREPARE, prepare, position);
    prepare->name = parse_name(p);
    if (accept_symbol(p, '(')) {
        do {
            list_push(p, &prepare->types, parse_type(p));
        } while (accept_symbol(p, ','));
        expect_symbol(p, ')');
    }
    expect_word(p, KEYWORD_AS);
    prepare->statement = parse_prepared_statement(p);
    return node_finish(p, prepare);
}

struct ast *parse_execute(struct parser *p)
{
    struct ast_execute *execute = MAKE(p, AST_EXECUTE, execute, p->token.position);

    expect_word(p, KEYWORD_EXECUTE);
    execute->name = parse_name(p);
    if (accept_symbol(p, '(')) {
        execute->args = parse_expr_list(p);
        expect_symbol(p, ')');
    }
    return node_finish(p, execute);
}

struct ast *parse_deallocate(struct parser *p)
{
    struct ast_deallocate *deallocate = MAKE(p, AST_DEALLOCATE, deallocate, p->token.position);

    expect_word(p, KEYWORD_DEALLOCATE);
    if (at_word(p, KEYWORD_PREPARE)) {
        parse_advance(p);
    }
    if (!accept_word(p, KEYWORD_ALL)) {
        deallocate->name = parse_name(p);
    }
    return node_finish(p, deallocate);
}
