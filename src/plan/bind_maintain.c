/*
 * bind_maintain.c - ANALYZE, VACUUM, LOCK TABLE, CHECKPOINT.
 *
 * ANALYZE without tables, and after VACUUM, is run by db as a statement with all their names.
 */
#include "plan/bind_private.h"
#include "sql/sql.h"

/* 42P01; the table is not locked by this. */
static vv_status find_table(struct binder *binder, const struct ast *node, enum bind_use use,
                            const struct table_def **table_out)
{
    const char *schema = NULL;
    const char *name = NULL;

    VV_TRY(bind_table_name(binder, &AST_AS(relation, node)->name, node->position, &schema, &name));
    return binder->catalog->table(binder->catalog->context, schema, name, use, 0, table_out,
                                  binder->error);
}

/* The columns that are named, or all. */
static vv_status columns_find(struct binder *binder, const struct table_def *table,
                              const struct ast_list *list, struct command_analyze *target)
{
    uint32_t all = table->spec.column_count;
    uint16_t *columns = ARENA_ARRAY(binder->arena, uint16_t, all);

    if (columns == NULL) {
        return VV_NOMEM;
    }
    target->columns = columns;
    if (list->count == 0) {
        for (uint32_t i = 0; i < all; i++) {
            columns[target->column_count++] = (uint16_t)i;
        }
        return VV_OK;
    }
    ast_for_each(item, list)
    {
        vv_slice name = AST_AS(identifier, item)->name;
        uint16_t column = 0;

        VV_TRY(bind_column_find(binder, table, 0, name, &column));
        for (uint32_t i = 0; i < target->column_count; i++) {
            if (columns[i] == column) {
                return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                                 "column \"%s\" of relation \"%s\" appears more than once",
                                 table->spec.columns[column].name, table->spec.name);
            }
        }
        columns[target->column_count++] = column;
    }
    return VV_OK;
}

/* ANALYZE knows two options, which ask for nothing here. */
static vv_status analyze_options(struct binder *binder, const struct ast_list *options)
{
    ast_for_each(item, options)
    {
        const struct ast_option *option = AST_AS(option, item);
        bool unused = false;

        if (!slice_equal(option->name, slice_text("verbose")) &&
            !slice_equal(option->name, slice_text("skip_locked"))) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "unrecognized ANALYZE option \"%.*s\"", (int)option->name.size,
                             (const char *)option->name.data);
        }
        VV_TRY(bind_option_boolean(binder, option, &unused));
    }
    return VV_OK;
}

static vv_status bind_analyze(struct binder *binder, const struct ast_analyze *tree,
                              struct command *command)
{
    uint32_t count = tree->tables.count;
    struct command_analyze *targets = ARENA_ARRAY(binder->arena, struct command_analyze, count);

    command->tag = "ANALYZE";
    VV_TRY(analyze_options(binder, &tree->options));
    if (count == 0) {
        command->kind = COMMAND_MAINTAIN;
        command->maintain.analyze_all = true;
        return VV_OK;
    }
    if (targets == NULL) {
        return VV_NOMEM;
    }
    command->kind = COMMAND_ANALYZE;
    command->analyze.targets = targets;
    ast_for_each(item, &tree->tables)
    {
        struct command_analyze *target = &targets[command->analyze.count++];

        VV_TRY(find_table(binder, item, BIND_USE_LOCK_TABLE + AST_LOCK_SHARE_UPDATE_EXCLUSIVE,
                          &target->table));
        VV_TRY(columns_find(binder, target->table, &AST_AS(relation, item)->columns, target));
    }
    return VV_OK;
}

static vv_status vacuum_options(struct binder *binder, const struct ast_list *options,
                                bool *analyze_out)
{
    static const char *const ignored[] = {
        "full",        "freeze",        "verbose",  "disable_page_skipping",
        "skip_locked", "process_toast", "truncate", "index_cleanup",
        "parallel"};

    ast_for_each(item, options)
    {
        const struct ast_option *option = AST_AS(option, item);
        bool unused = false;
        size_t i = 0;

        if (slice_equal(option->name, slice_text("analyze"))) {
            VV_TRY(bind_option_boolean(binder, option, analyze_out));
            continue;
        }
        while (i < sizeof ignored / sizeof ignored[0] &&
               !slice_equal(option->name, slice_text(ignored[i]))) {
            i++;
        }
        if (i == sizeof ignored / sizeof ignored[0]) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "unrecognized VACUUM option \"%.*s\"", (int)option->name.size,
                             (const char *)option->name.data);
        }
        if (i < 7) { /* the last two take other values */
            VV_TRY(bind_option_boolean(binder, option, &unused));
        }
    }
    return VV_OK;
}

static vv_status bind_vacuum(struct binder *binder, const struct ast_vacuum *tree,
                             struct command *command)
{
    struct ast_analyze analyze = {.node = {.tag = AST_ANALYZE}, .tables = tree->tables};
    bool wanted = false;
    vv_slice text;

    command->kind = COMMAND_MAINTAIN;
    command->tag = "VACUUM";
    command->maintain.vacuum = true;
    VV_TRY(vacuum_options(binder, &tree->options, &wanted));
    ast_for_each(item, &tree->tables)
    {
        const struct table_def *table = NULL;

        if (AST_AS(relation, item)->columns.count > 0 && !wanted) {
            return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                             "ANALYZE option must be specified when a column list is provided");
        }
        VV_TRY(find_table(binder, item, BIND_USE_DEFINE, &table));
    }
    if (!wanted) {
        return VV_OK;
    }
    if (tree->tables.count == 0) {
        command->maintain.analyze_all = true;
        return VV_OK;
    }
    VV_TRY(sql_print(&analyze.node, binder->arena, &text));
    command->maintain.analyze = (const char *)text.data;
    return VV_OK;
}

/* Naming the tables is all: their locks are taken before the command runs, as any statement's are. */
static vv_status bind_lock(struct binder *binder, const struct ast_lock_table *tree,
                           struct command *command)
{
    const struct table_def *table = NULL;

    command->kind = COMMAND_LOCK_TABLE;
    command->tag = "LOCK TABLE";
    if (tree->nowait && tree->tables.count > 1) {
        return bind_unsupported(binder, tree->node.position, "NOWAIT for several tables");
    }
    ast_for_each(item, &tree->tables)
    {
        VV_TRY(find_table(binder, item, (enum bind_use)(BIND_USE_LOCK_TABLE + tree->mode), &table));
    }
    command->lock.nowait = tree->nowait ? table->spec.name : NULL;
    return VV_OK;
}

vv_status bind_maintain(struct binder *binder, const struct ast *node, struct command *command)
{
    switch (node->tag) {
    case AST_ANALYZE:
        return bind_analyze(binder, AST_AS(analyze, node), command);
    case AST_VACUUM:
        return bind_vacuum(binder, AST_AS(vacuum, node), command);
    case AST_LOCK_TABLE:
        return bind_lock(binder, AST_AS(lock_table, node), command);
    case AST_CHECKPOINT:
        command->kind = COMMAND_MAINTAIN;
        command->tag = "CHECKPOINT";
        command->maintain.checkpoint = true;
        return VV_OK;
    default:
        return VV_NOT_FOUND;
    }
}
