/*
 * print_statement.c - INSERT, UPDATE, DELETE, transactions, settings and the other small statements.
 */
#include "sql/print_private.h"

#include "sql/keywords.h"

static bool print_dml(struct out *out, const struct ast *node);
static void print_insert(struct out *out, const struct ast_insert *insert);
static void print_on_conflict(struct out *out, const struct ast_on_conflict *conflict);
static void print_assignment(struct out *out, const struct ast *node);
static bool print_session(struct out *out, const struct ast *node);
static void print_transaction(struct out *out, const struct ast_transaction *txn);
static void print_modes(struct out *out, const struct ast_list *modes);
static void print_set(struct out *out, const struct ast_set *set);
static void print_setting_name(struct out *out, vv_slice name);
static void print_shown(struct out *out, const char *word, vv_slice name);
static void print_copy(struct out *out, const struct ast_copy *copy);
static void print_vacuum(struct out *out, const char *word, const struct ast_list *options,
                         const struct ast_list *tables);
static void print_lock(struct out *out, const struct ast_lock_table *lock);
static bool print_cursor(struct out *out, const struct ast *node);
static void print_declare(struct out *out, const struct ast_declare *declare);
static void print_fetch(struct out *out, const struct ast_fetch *fetch);

void print_statement(struct out *out, const struct ast *node)
{
    if (print_is_query(node)) {
        print_query(out, node);
    } else if (!print_dml(out, node) && !print_definition(out, node) && !print_session(out, node) &&
               !print_cursor(out, node) && !print_utility(out, node)) {
        VV_ASSERT(false && "a statement");
    }
}

/* ---- INSERT, UPDATE, DELETE, TRUNCATE ---- */

static bool print_dml(struct out *out, const struct ast *node)
{
    const struct ast_update *update = AST_AS(update, node);
    const struct ast_delete *delete = AST_AS(delete, node);
    const struct ast_truncate *truncate = AST_AS(truncate, node);

    switch (node->tag) {
    case AST_INSERT:
        print_insert(out, AST_AS(insert, node));
        return true;
    case AST_UPDATE:
        print_with(out, update->with);
        out_text(out, "UPDATE ");
        print_relation(out, update->table);
        out_text(out, " SET ");
        print_nodes(out, &update->assignments, ", ", print_assignment);
        print_from_list(out, " FROM ", &update->from);
        print_where(out, update->where);
        print_returning(out, &update->returning);
        return true;
    case AST_DELETE:
        print_with(out, delete->with);
        out_text(out, "DELETE FROM ");
        print_relation(out, delete->table);
        print_from_list(out, " USING ", &delete->using_tables);
        print_where(out, delete->where);
        print_returning(out, &delete->returning);
        return true;
    case AST_TRUNCATE:
        out_text(out, "TRUNCATE ");
        print_nodes(out, &truncate->tables, ", ", print_relation);
        print_word_if(out, truncate->restart_identity, " RESTART IDENTITY");
        print_word_if(out, truncate->behavior == AST_CASCADE, " CASCADE");
        return true;
    default:
        return false;
    }
}

static void print_insert(struct out *out, const struct ast_insert *insert)
{
    static const char *const overrides[] = {"", " OVERRIDING USER VALUE",
                                            " OVERRIDING SYSTEM VALUE"};

    print_with(out, insert->with);
    out_text(out, "INSERT INTO ");
    print_relation(out, insert->table);
    if (insert->columns.count > 0) {
        out_text(out, " ");
        print_columns(out, &insert->columns);
    }
    out_text(out, overrides[insert->override]);
    if (insert->source == NULL) {
        out_text(out, " DEFAULT VALUES");
    } else {
        out_text(out, " ");
        print_query(out, insert->source);
    }
    if (insert->on_conflict != NULL) {
        print_on_conflict(out, AST_AS(on_conflict, insert->on_conflict));
    }
    print_returning(out, &insert->returning);
}

static void print_on_conflict(struct out *out, const struct ast_on_conflict *conflict)
{
    out_text(out, " ON CONFLICT");
    if (conflict->elements.count > 0) {
        out_text(out, " (");
        print_nodes(out, &conflict->elements, ", ", print_index_element);
        out_text(out, ")");
        print_where(out, conflict->target_where);
    } else if (conflict->constraint.size > 0) {
        out_text(out, " ON CONSTRAINT ");
        print_name_part(out, conflict->constraint);
    }
    if (!conflict->update) {
        out_text(out, " DO NOTHING");
        return;
    }
    out_text(out, " DO UPDATE SET ");
    print_nodes(out, &conflict->assignments, ", ", print_assignment);
    print_where(out, conflict->where);
}

static void print_assignment(struct out *out, const struct ast *node)
{
    const struct ast_assignment *assignment = AST_AS(assignment, node);

    if (assignment->multiple) {
        print_columns(out, &assignment->columns);
    } else {
        print_identifiers(out, &assignment->columns);
    }
    out_text(out, " = ");
    print_expr(out, assignment->value);
}

/* ---- Transactions and settings ---- */

static bool print_session(struct out *out, const struct ast *node)
{
    const struct ast_set_transaction *set = AST_AS(set_transaction, node);
    const struct ast_set_constraints *constraints = AST_AS(set_constraints, node);

    switch (node->tag) {
    case AST_TRANSACTION:
        print_transaction(out, AST_AS(transaction, node));
        return true;
    case AST_SET:
        print_set(out, AST_AS(set, node));
        return true;
    case AST_SET_TRANSACTION:
        out_text(out,
                 set->session ? "SET SESSION CHARACTERISTICS AS TRANSACTION" : "SET TRANSACTION");
        if (set->snapshot.size > 0 || set->modes.count == 0) {
            out_text(out, " SNAPSHOT ");
            print_string(out, set->snapshot);
        }
        print_modes(out, &set->modes);
        return true;
    case AST_SET_CONSTRAINTS:
        out_text(out, "SET CONSTRAINTS ");
        print_word_if(out, constraints->names.count == 0, "ALL");
        print_nodes(out, &constraints->names, ", ", print_relation);
        out_text(out, constraints->deferred ? " DEFERRED" : " IMMEDIATE");
        return true;
    case AST_SHOW:
        print_shown(out, "SHOW ", AST_AS(show, node)->name);
        return true;
    case AST_RESET:
        print_shown(out, "RESET ", AST_AS(reset, node)->name);
        return true;
    default:
        return false;
    }
}

static void print_transaction(struct out *out, const struct ast_transaction *txn)
{
    static const char *const words[] = {"BEGIN",
                                        "START TRANSACTION",
                                        "COMMIT",
                                        "ROLLBACK",
                                        "SAVEPOINT ",
                                        "RELEASE ",
                                        "ROLLBACK TO ",
                                        "PREPARE TRANSACTION ",
                                        "COMMIT PREPARED ",
                                        "ROLLBACK PREPARED "};

    out_text(out, words[txn->kind]);
    print_modes(out, &txn->modes);
    print_word_if(out, txn->chain, " AND CHAIN");
    switch (txn->kind) {
    case AST_TXN_SAVEPOINT:
    case AST_TXN_RELEASE:
    case AST_TXN_ROLLBACK_TO:
        /* RELEASE savepoint means a missing name, so that name is quoted. */
        if (slice_equal(txn->name, slice_text("savepoint"))) {
            print_quoted(out, txn->name);
        } else {
            print_name_part(out, txn->name);
        }
        break;
    case AST_TXN_PREPARE:
    case AST_TXN_COMMIT_PREPARED:
    case AST_TXN_ROLLBACK_PREPARED:
        print_string(out, txn->name);
        break;
    default:
        break;
    }
}

static void print_modes(struct out *out, const struct ast_list *modes)
{
    static const char *const words[] = {" ISOLATION LEVEL SERIALIZABLE",
                                        " ISOLATION LEVEL REPEATABLE READ",
                                        " ISOLATION LEVEL READ COMMITTED",
                                        " ISOLATION LEVEL READ UNCOMMITTED",
                                        " READ WRITE",
                                        " READ ONLY",
                                        " DEFERRABLE",
                                        " NOT DEFERRABLE"};

    ast_for_each(mode, modes)
    {
        print_word_if(out, mode != modes->first, ",");
        out_text(out, words[AST_AS(transaction_mode, mode)->kind]);
    }
}

/* TIME ZONE INTERVAL: a precision stands before the text, fields behind it. */
static void print_zone_interval(struct out *out, const struct ast_cast *literal)
{
    const struct ast_list *modifiers = &AST_AS(type, literal->type)->modifiers;

    out_text(out, "TIME ZONE INTERVAL");
    ast_for_each(modifier, modifiers)
    {
        if (modifier->tag == AST_INTEGER) {
            out_text(out, "(");
            print_expr(out, modifier);
            out_text(out, ")");
        }
    }
    out_text(out, " ");
    print_expr(out, literal->arg);
    ast_for_each(modifier, modifiers)
    {
        if (modifier->tag == AST_STRING) {
            out_text(out, " ");
            out_slice(out, AST_AS(string, modifier)->text);
        }
    }
}

static void print_set(struct out *out, const struct ast_set *set)
{
    out_text(out, set->scope == AST_SET_LOCAL ? "SET LOCAL " : "SET ");
    if (set->values.count == 1 && set->values.first->tag == AST_CAST) {
        print_zone_interval(out, AST_AS(cast, set->values.first));
        return;
    }
    print_setting_name(out, set->name);
    out_text(out, " TO ");
    if (set->is_default) {
        out_text(out, "DEFAULT");
    } else {
        print_expr_list(out, &set->values);
    }
}

/* a.b is one name, printed part by part. A key word (`time`, `names`) would begin another form. */
static void print_setting_name(struct out *out, vv_slice name)
{
    while (name.size > 0) {
        const uint8_t *dot = memchr(name.data, '.', name.size);
        size_t size = dot == NULL ? name.size : (size_t)(dot - name.data);
        vv_slice part = slice_make(name.data, size);

        if (size == 0 || size + 1 == name.size) {
            print_quoted(out, name);
            return;
        }
        if (keyword_find(part) != KEYWORD_ABSENT) {
            print_quoted(out, part);
        } else {
            print_name_part(out, part);
        }
        name = slice_make(name.data + size, name.size - size);
        if (name.size > 0) {
            out_text(out, ".");
            name = slice_make(name.data + 1, name.size - 1);
        }
    }
}

static void print_shown(struct out *out, const char *word, vv_slice name)
{
    out_text(out, word);
    if (slice_equal(name, slice_text("all"))) {
        out_text(out, "ALL");
    } else {
        print_setting_name(out, name);
    }
}

/* ---- The rest ---- */

bool print_utility(struct out *out, const struct ast *node)
{
    static const char *const discards[] = {"ALL", "PLANS", "SEQUENCES", "TEMP"};

    switch (node->tag) {
    case AST_EXPLAIN:
        out_text(out, "EXPLAIN ");
        print_option_list(out, &AST_AS(explain, node)->options);
        print_word_if(out, AST_AS(explain, node)->options.count > 0, " ");
        print_statement(out, AST_AS(explain, node)->statement);
        return true;
    case AST_PREPARE:
        out_text(out, "PREPARE ");
        print_name_part(out, AST_AS(prepare, node)->name);
        if (AST_AS(prepare, node)->types.count > 0) {
            out_text(out, "(");
            print_nodes(out, &AST_AS(prepare, node)->types, ", ", print_type);
            out_text(out, ")");
        }
        out_text(out, " AS ");
        print_statement(out, AST_AS(prepare, node)->statement);
        return true;
    case AST_EXECUTE:
        out_text(out, "EXECUTE ");
        print_name_part(out, AST_AS(execute, node)->name);
        if (AST_AS(execute, node)->args.count > 0) {
            out_text(out, "(");
            print_expr_list(out, &AST_AS(execute, node)->args);
            out_text(out, ")");
        }
        return true;
    case AST_DEALLOCATE:
        out_text(out, "DEALLOCATE ");
        if (AST_AS(deallocate, node)->name.size == 0) {
            out_text(out, "ALL");
        } else {
            print_quoted(out, AST_AS(deallocate, node)->name);
        }
        return true;
    case AST_COPY:
        print_copy(out, AST_AS(copy, node));
        return true;
    case AST_ANALYZE:
        print_vacuum(out, "ANALYZE", &AST_AS(analyze, node)->options,
                     &AST_AS(analyze, node)->tables);
        return true;
    case AST_VACUUM:
        print_vacuum(out, "VACUUM", &AST_AS(vacuum, node)->options, &AST_AS(vacuum, node)->tables);
        return true;
    case AST_LOCK_TABLE:
        print_lock(out, AST_AS(lock_table, node));
        return true;
    case AST_DISCARD:
        out_text(out, "DISCARD ");
        out_text(out, discards[AST_AS(discard, node)->kind]);
        return true;
    case AST_REFRESH:
        out_text(out, "REFRESH MATERIALIZED VIEW ");
        print_word_if(out, AST_AS(refresh, node)->concurrently, "CONCURRENTLY ");
        print_relation(out, AST_AS(refresh, node)->table);
        print_word_if(out, AST_AS(refresh, node)->no_data, " WITH NO DATA");
        return true;
    case AST_CHECKPOINT:
        out_text(out, "CHECKPOINT");
        return true;
    default:
        return false;
    }
}

/* (name value, …); nothing when empty */
void print_option_list(struct out *out, const struct ast_list *options)
{
    if (options->count == 0) {
        return;
    }
    out_text(out, "(");
    ast_for_each(node, options)
    {
        const struct ast_option *option = AST_AS(option, node);

        print_word_if(out, node != options->first, ", ");
        print_label(out, option->name);
        print_word_if(out, option->value != NULL, " ");
        if (option->value != NULL && option->value->tag == AST_ARRAY) {
            out_text(out, "(");
            print_expr_list(out, &AST_AS(array, option->value)->items);
            out_text(out, ")");
        } else if (option->value != NULL) {
            print_expr(out, option->value);
        }
    }
    out_text(out, ")");
}

static void print_copy(struct out *out, const struct ast_copy *copy)
{
    out_text(out, "COPY ");
    if (copy->query != NULL) {
        out_text(out, "(");
        print_statement(out, copy->query);
        out_text(out, ")");
    } else {
        print_relation(out, copy->table);
        print_word_if(out, copy->columns.count > 0, " ");
        print_columns(out, &copy->columns);
    }
    out_text(out, copy->from ? " FROM " : " TO ");
    print_word_if(out, copy->program, "PROGRAM ");
    if (copy->end == AST_COPY_FILE) {
        print_string(out, copy->file);
    } else {
        out_text(out, copy->end == AST_COPY_STDIN ? "STDIN" : "STDOUT");
    }
    if (copy->options.count > 0) {
        out_text(out, " WITH ");
        print_option_list(out, &copy->options);
    }
    print_where(out, copy->where);
}

static void print_vacuum(struct out *out, const char *word, const struct ast_list *options,
                         const struct ast_list *tables)
{
    out_text(out, word);
    if (options->count > 0) {
        out_text(out, " ");
        print_option_list(out, options);
    }
    print_word_if(out, tables->count > 0, " ");
    print_nodes(out, tables, ", ", print_relation);
}

static void print_lock(struct out *out, const struct ast_lock_table *lock)
{
    static const char *const modes[] = {
        "ACCESS SHARE", "ROW SHARE",           "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
        "SHARE",        "SHARE ROW EXCLUSIVE", "EXCLUSIVE",     "ACCESS EXCLUSIVE"};

    out_text(out, "LOCK TABLE ");
    print_nodes(out, &lock->tables, ", ", print_relation);
    out_text(out, " IN ");
    out_text(out, modes[lock->mode]);
    out_text(out, " MODE");
    print_word_if(out, lock->nowait, " NOWAIT");
}

static bool print_cursor(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_DECLARE:
        print_declare(out, AST_AS(declare, node));
        return true;
    case AST_FETCH:
        print_fetch(out, AST_AS(fetch, node));
        return true;
    case AST_CLOSE:
        out_text(out, "CLOSE ");
        if (AST_AS(close, node)->name.size == 0) {
            out_text(out, "ALL");
        } else {
            print_quoted(out, AST_AS(close, node)->name);
        }
        return true;
    default:
        return false;
    }
}

static void print_declare(struct out *out, const struct ast_declare *declare)
{
    out_text(out, "DECLARE ");
    print_name_part(out, declare->name);
    print_word_if(out, declare->binary, " BINARY");
    print_word_if(out, declare->insensitive, " INSENSITIVE");
    print_word_if(out, declare->asensitive, " ASENSITIVE");
    print_word_if(out, declare->scroll, " SCROLL");
    print_word_if(out, declare->no_scroll, " NO SCROLL");
    out_text(out, " CURSOR");
    print_word_if(out, declare->hold, " WITH HOLD");
    out_text(out, " FOR ");
    print_statement(out, declare->query);
}

static void print_fetch(struct out *out, const struct ast_fetch *fetch)
{
    static const char *const directions[] = {"FORWARD ", "BACKWARD ", "ABSOLUTE ", "RELATIVE "};

    out_text(out, fetch->move ? "MOVE " : "FETCH ");
    out_text(out, directions[fetch->direction]);
    if (fetch->count == AST_FETCH_ALL) {
        out_text(out, "ALL");
    } else {
        out_number(out, fetch->count);
    }
    out_text(out, " FROM ");
    print_name_part(out, fetch->name);
}
