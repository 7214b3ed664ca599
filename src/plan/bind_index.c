/*
 * bind_index.c - CREATE INDEX, and what an index asks of a row beyond its columns: expressions and a predicate.
 *
 * Both are kept as text in the form in which PostgreSQL shows them: bound once and printed from that, so that a
 * literal means what it meant in the session that made the index (its time zone, its current date). They are
 * bound again for every plan that writes the table or might read through the index.
 */
#include "base/limits.h"
#include "plan/bind_private.h"
#include "sql/sql.h"

/* ---- texts ---- */

static void print_column(struct deparse_text *to, const void *context, uint32_t column)
{
    const struct table_def *table = context;

    deparse_name(to, table->spec.columns[column].name);
}

/* Binds a part or (condition) the predicate of an index. */
static vv_status index_bind(struct binder *binder, const struct table_def *table, bool condition,
                            const struct ast *tree, const struct expr **expr_out)
{
    VV_TRY(
        bind_over_table(binder, table, condition ? BIND_INDEX_WHERE : BIND_INDEX, tree, expr_out));
    return condition ? VV_OK : bind_resolve_unknown(binder, *expr_out, expr_out);
}

/* The text, parsed and bound again, means expr. */
static bool means_same(struct binder *binder, const struct table_def *table, bool condition,
                       const char *text, const struct expr *expr, struct ast **tree_out)
{
    struct vv_error ignored;
    struct binder probe = {.arena = binder->arena, .error = &ignored};
    const struct expr *again = NULL;

    return sql_parse_expression(slice_text(text), binder->arena, tree_out, &ignored) == VV_OK &&
           index_bind(&probe, table, condition, *tree_out, &again) == VV_OK &&
           expr_equal(expr, again);
}

/* What expr is kept as: PostgreSQL's words if they mean the same here, else its author's. */
static vv_status index_text(struct binder *binder, const struct table_def *table, bool condition,
                            const struct ast *tree, const struct expr *expr, const char **text_out)
{
    struct deparse_text to = {.arena = binder->arena, .readable = true};
    struct ast *again = NULL;
    const char *pretty = NULL;

    deparse_expr(&to, expr, print_column, table);
    *text_out = deparse_end(&to);
    if (*text_out == NULL) {
        return VV_NOMEM;
    }
    if (!means_same(binder, table, condition, *text_out, expr, &again)) {
        return bind_expr_text(binder, tree, text_out);
    }
    VV_TRY(bind_expr_text(binder, again, &pretty));
    if (means_same(binder, table, condition, pretty, expr, &again)) {
        *text_out = pretty;
    }
    return VV_OK;
}

vv_status bind_index_part_text(struct binder *binder, const struct table_def *table,
                               const struct ast *tree, const struct expr *expr,
                               const char **text_out)
{
    VV_TRY(index_text(binder, table, false, tree, expr, text_out));
    if (!deparse_is_call(expr)) {
        *text_out = arena_format(binder->arena, "(%s)", *text_out);
    }
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

vv_status bind_index_predicate_text(struct binder *binder, const struct table_def *table,
                                    const struct ast *tree, const struct expr *expr,
                                    const char **text_out)
{
    return index_text(binder, table, true, tree, expr, text_out);
}

/* ---- rules ---- */

static vv_status text_bind(struct binder *binder, const struct table_def *table, bool condition,
                           const char *text, const struct expr **expr_out)
{
    struct ast *tree = NULL;

    VV_TRY(sql_parse_expression(slice_text(text), binder->arena, &tree, binder->error));
    return index_bind(binder, table, condition, tree, expr_out);
}

vv_status bind_index_rule(const struct table_def *table, const struct table_index *index,
                          struct arena *arena, struct index_rule *rule_out, struct vv_error *error)
{
    struct binder binder = {.arena = arena, .error = error};
    const struct expr **parts = ARENA_ARRAY(arena, const struct expr *, index->part_count);

    *rule_out = (struct index_rule){.index = index, .parts = parts};
    if (parts == NULL) {
        return VV_NOMEM;
    }
    if (index->predicate_text != NULL) {
        VV_TRY(text_bind(&binder, table, true, index->predicate_text, &rule_out->predicate));
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == TABLE_NO_COLUMN) {
            VV_TRY(text_bind(&binder, table, false, index->parts[i].expression_text, &parts[i]));
        }
    }
    return VV_OK;
}

vv_status bind_index_rules(const struct table_def *table, struct arena *arena,
                           const struct index_rule **rules_out, uint32_t *count_out,
                           struct vv_error *error)
{
    struct index_rule *rules = NULL;

    *rules_out = NULL;
    *count_out = 0;
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];

        if (!table_index_is_computed(index)) {
            continue;
        }
        if (rules == NULL) {
            rules = ARENA_ARRAY(arena, struct index_rule, table->spec.index_count - i);
            if (rules == NULL) {
                return VV_NOMEM;
            }
        }
        VV_TRY(bind_index_rule(table, index, arena, &rules[(*count_out)++], error));
    }
    *rules_out = rules;
    return VV_OK;
}

/* ---- CREATE INDEX ---- */

static vv_status mutable(struct binder *binder, const char *where)
{
    return error_set(binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, 0,
                     "functions in index %s must be marked IMMUTABLE", where);
}

static vv_status element_column(struct binder *binder, const struct table_def *table, vv_slice name,
                                uint16_t *column_out)
{
    char *text = bind_text(binder, name);

    if (text == NULL) {
        return VV_NOMEM;
    }
    *column_out = table_def_column(table, text);
    if (*column_out != TABLE_NO_COLUMN) {
        return VV_OK;
    }
    return bind_is_system_column(name)
               ? error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                           "index creation on system columns is not supported")
               : error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                           "column \"%s\" does not exist", text);
}

/* A name, not one in parentheses, which is an expression. */
static bool is_plain(const struct ast_index_element *element)
{
    return element->expr->tag == AST_COLUMN && element->expr->position == element->node.position;
}

/* Elements that are no plain names, bound; the others NULL. PostgreSQL binds all before it looks at any. */
static vv_status elements_bind(struct binder *binder, const struct table_def *table,
                               const struct ast_list *elements, const struct expr **exprs)
{
    uint32_t i = 0;

    ast_for_each(item, elements)
    {
        const struct ast *tree = AST_AS(index_element, item)->expr;

        exprs[i] = NULL;
        if (!is_plain(AST_AS(index_element, item))) {
            VV_TRY(bind_over_table(binder, table, BIND_INDEX, tree, &exprs[i]));
        }
        i++;
    }
    return VV_OK;
}

static vv_status element_expression(struct binder *binder, const struct table_def *table,
                                    const struct ast *tree, const struct expr *expr,
                                    struct table_index_part *part)
{
    vv_slice name = sql_column_name(tree);

    if (expr->type == VALUE_UNKNOWN) {
        (void)error_set(binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                        "data type unknown has no default operator class for access method "
                        "\"btree\"");
        error_hint(binder->error, "You must specify an operator class for the index or define a "
                                  "default operator class for the data type.");
        return VV_ERROR;
    }
    if (expr_volatility(expr) != FUNCTION_IMMUTABLE) {
        return mutable(binder, "expression");
    }
    part->column = TABLE_NO_COLUMN;
    part->type = expr->type;
    part->name = slice_equal(name, slice_text("?column?")) ? "expr" : bind_text(binder, name);
    return part->name == NULL
               ? VV_NOMEM
               : bind_index_part_text(binder, table, tree, expr, &part->expression_text);
}

/* That of the column or expression, unless the element names one. */
static vv_status index_collation(struct binder *binder, const struct table_def *table,
                                 const struct ast_index_element *element, const struct expr *expr,
                                 struct table_index_part *part)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    if (element->collation.count > 0) {
        VV_TRY(bind_collation_of_type(binder, &element->collation, (enum value_type)part->type, 0,
                                      &collation));
    } else if (expr != NULL && expr->collating == EXPR_COLLATION_CONFLICT) {
        (void)error_set(binder->error, VV_SQLSTATE_INDETERMINATE_COLLATION, 0,
                        "could not determine which collation to use for index expression");
        error_hint(binder->error, "Use the COLLATE clause to set the collation explicitly.");
        return VV_ERROR;
    } else {
        collation = (enum value_collation)(
            expr != NULL ? expr->collation : table->spec.columns[part->column].collation);
    }
    part->collation = (uint8_t)collation;
    return VV_OK;
}

static vv_status index_element(struct binder *binder, const struct table_def *table,
                               const struct ast_index_element *element, const struct expr *expr,
                               struct table_index_part *part)
{
    if (element->opclass.count > 0) {
        return bind_unsupported(binder, element->node.position, "an operator class in an index");
    }
    if (expr == NULL) {
        VV_TRY(element_column(binder, table, ast_name_last(&AST_AS(column, element->expr)->name),
                              &part->column));
    } else if (expr->kind == EXPR_COLUMN) {
        part->column = (uint16_t)expr->column;
    } else {
        VV_TRY(element_expression(binder, table, element->expr, expr, part));
    }
    if (part->column != TABLE_NO_COLUMN) {
        part->type = table->spec.columns[part->column].type;
    }
    VV_TRY(index_collation(binder, table, element, expr, part));
    part->descending = element->direction == AST_SORT_DESC;
    part->nulls_first =
        element->nulls == AST_NULLS_DEFAULT ? part->descending : element->nulls == AST_NULLS_FIRST;
    return VV_OK;
}

static vv_status include_element(struct binder *binder, const struct table_def *table,
                                 const struct ast_index_element *element, uint16_t *column_out)
{
    const char *option = element->collation.count > 0             ? "a collation"
                         : element->opclass.count > 0             ? "an operator class"
                         : element->direction != AST_SORT_DEFAULT ? "ASC/DESC options"
                         : element->nulls != AST_NULLS_DEFAULT    ? "NULLS FIRST/LAST options"
                                                                  : NULL;

    if (!is_plain(element)) {
        return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "expressions are not supported in included columns");
    }
    VV_TRY(element_column(binder, table, ast_name_last(&AST_AS(column, element->expr)->name),
                          column_out));
    return option == NULL ? VV_OK
                          : error_set(binder->error, VV_SQLSTATE_INVALID_OBJECT_DEFINITION, 0,
                                      "including column does not support %s", option);
}

static vv_status index_parts(struct binder *binder, const struct table_def *table,
                             const struct ast_create_index *tree, const struct expr *const *exprs,
                             struct table_index *index)
{
    struct table_index_part *parts =
        ARENA_ARRAY(binder->arena, struct table_index_part, tree->elements.count);
    uint16_t *includes = ARENA_ARRAY(binder->arena, uint16_t, tree->include.count);
    uint32_t count = 0;

    if (parts == NULL || includes == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->elements)
    {
        VV_TRY(
            index_element(binder, table, AST_AS(index_element, item), exprs[count], &parts[count]));
        count++;
    }
    ast_for_each(item, &tree->include)
    {
        VV_TRY(include_element(binder, table, AST_AS(index_element, item),
                               &includes[index->include_count++]));
    }
    index->parts = parts;
    index->part_count = (uint16_t)tree->elements.count;
    index->includes = includes;
    return VV_OK;
}

static vv_status index_check(struct binder *binder, const struct ast_create_index *tree)
{
    if (tree->method.size > 0 && !slice_equal(tree->method, slice_text("btree"))) {
        return bind_unsupported(binder, tree->node.position, "an index that is no btree");
    }
    VV_TRY(bind_storage_parameters(binder, &tree->options, 'I'));
    if (tree->nulls_not_distinct) {
        return bind_unsupported(binder, tree->node.position, "NULLS NOT DISTINCT");
    }
    if (tree->elements.count + tree->include.count > LIMIT_INDEX_COLUMNS) {
        return error_set(binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "cannot use more than %u columns in an index", LIMIT_INDEX_COLUMNS);
    }
    return VV_OK;
}

static vv_status index_predicate(struct binder *binder, const struct table_def *table,
                                 const struct ast *tree, const struct expr *where,
                                 struct table_index *index)
{
    if (where == NULL) {
        return VV_OK;
    }
    if (expr_volatility(where) != FUNCTION_IMMUTABLE) {
        return mutable(binder, "predicate");
    }
    if (where->kind == EXPR_CONSTANT && !where->constant.null && where->constant.boolean) {
        return VV_OK; /* WHERE true is no predicate */
    }
    return bind_index_predicate_text(binder, table, tree, where, &index->predicate_text);
}

vv_status bind_create_index(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_create_index *tree = AST_AS(create_index, node);
    struct command_name *name = &command->create_index.table;
    struct table_index *index = &command->create_index.index;
    const struct expr **exprs =
        ARENA_ARRAY(binder->arena, const struct expr *, tree->elements.count);
    const struct expr *where = NULL;
    struct bind_relation relation;

    command->kind = COMMAND_CREATE_INDEX;
    command->tag = "CREATE INDEX";
    command->create_index.if_not_exists = tree->if_not_exists;
    if (exprs == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_table_name(binder, &AST_AS(relation, tree->table)->name, tree->table->position,
                           &name->schema, &name->name));
    name->position = tree->table->position;
    VV_TRY(bind_relation(binder, tree->table, BIND_USE_DEFINE, &relation));
    command->create_index.base = relation.table;
    if (tree->where != NULL) {
        VV_TRY(bind_over_table(binder, relation.table, BIND_INDEX_WHERE, tree->where, &where));
    }
    VV_TRY(elements_bind(binder, relation.table, &tree->elements, exprs));
    VV_TRY(index_check(binder, tree));
    index->unique = tree->unique;
    if (tree->name.size > 0) {
        index->name = bind_text(binder, tree->name);
        if (index->name == NULL) {
            return VV_NOMEM;
        }
    }
    VV_TRY(index_predicate(binder, relation.table, tree->where, where, index));
    return index_parts(binder, relation.table, tree, exprs, index);
}
