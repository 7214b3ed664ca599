/*
 * system_text.c - definitions as the SQL that would make them, in the words of PostgreSQL's ruleutils.c.
 *
 * The catalog keeps expressions as their author's SQL; PostgreSQL shows what it understood ('x' becomes 'x'::text). So
 * they are bound to their table once more and printed from there.
 */
#include <stdio.h>

#include "db/db_private.h"
#include "db/system_private.h"
#include "plan/bind.h"
#include "plan/deparse.h"
#include "sql/sql.h"

static const char *no_memory(const struct system_text *text);
static const char *print(const struct system_text *text, const struct table_def *def,
                         const struct expr *expr);
static void print_column(struct deparse_text *to, const void *context, uint32_t column);
static void print_parts(const struct system_text *text, struct deparse_text *to,
                        const struct table_def *def, const struct table_index *index, bool pretty);
static void print_part(const struct system_text *text, struct deparse_text *to,
                       const struct table_def *def, const struct table_index_part *part,
                       bool pretty);
static void print_includes(struct deparse_text *to, const struct table_def *def,
                           const struct table_index *index);
static const char *bound(const struct system_text *text, const struct table_def *def,
                         enum bind_definition_kind kind, uint32_t column, const char *source,
                         bool *plain_out);
static const struct expr *bind_text(const struct system_text *text, const struct table_def *def,
                                    enum bind_definition_kind kind, uint32_t column,
                                    const char *source);

const char *system_text_default(const struct system_text *text, const struct table_def *def,
                                uint32_t column)
{
    const struct table_column *definition = &def->spec.columns[column];

    if (definition->dropped || definition->identity != TABLE_NO_IDENTITY ||
        (definition->default_text == NULL && definition->generated_text == NULL)) {
        return NULL;
    }
    return definition->generated_text != NULL
               ? bound(text, def, BIND_DEFINITION_GENERATED, column, definition->generated_text,
                       NULL)
               : bound(text, def, BIND_DEFINITION_DEFAULT, column, definition->default_text, NULL);
}

const char *system_text_check(const struct system_text *text, const struct table_def *def,
                              const struct table_check *check, bool pretty)
{
    const char *condition = bound(text, def, BIND_DEFINITION_CONDITION, 0, check->text, NULL);
    const char *whole = NULL;

    if (condition != NULL && pretty) {
        condition = system_text_pretty(text, condition);
    }
    if (condition == NULL) {
        return NULL;
    }
    whole = arena_format(text->arena, "CHECK (%s)", condition);
    return whole == NULL ? no_memory(text) : whole;
}

const char *system_text_condition(const struct system_text *text, const struct table_def *def,
                                  const char *source)
{
    return bound(text, def, BIND_DEFINITION_CONDITION, 0, source, NULL);
}

const char *system_text_expression(const struct system_text *text, const struct table_def *def,
                                   const char *source)
{
    return bound(text, def, BIND_DEFINITION_VALUE, 0, source, NULL);
}

const char *system_text_key(const struct system_text *text, const struct table_def *def,
                            const struct table_index *index)
{
    struct deparse_text to = {.arena = text->arena};
    const char *whole = NULL;

    deparse_append(&to, index->primary ? "PRIMARY KEY (" : "UNIQUE (");
    for (uint32_t i = 0; i < index->part_count; i++) {
        deparse_append(&to, i == 0 ? "" : ", ");
        deparse_name(&to, def->spec.columns[index->parts[i].column].name);
    }
    deparse_append(&to, ")");
    print_includes(&to, def, index);
    whole = deparse_end(&to);
    return whole == NULL ? no_memory(text) : whole;
}

const char *system_text_index(const struct system_text *text, const struct table_def *def,
                              const struct table_index *index, bool pretty)
{
    struct deparse_text to = {.arena = text->arena};
    bool visible = system_relation_oid(NULL, def->spec.name) == 0;
    const char *whole = NULL;

    deparse_append(&to, "CREATE %sINDEX ", index->unique ? "UNIQUE " : "");
    deparse_name(&to, index->name);
    deparse_append(&to, pretty && visible ? " ON " : " ON public.");
    deparse_name(&to, def->spec.name);
    deparse_append(&to, " USING btree (");
    print_parts(text, &to, def, index, pretty);
    deparse_append(&to, ")");
    print_includes(&to, def, index);
    if (index->predicate_text != NULL) {
        const char *condition = system_text_condition(text, def, index->predicate_text);

        condition = condition != NULL && pretty ? system_text_pretty(text, condition) : condition;
        if (condition == NULL) {
            return NULL;
        }
        deparse_append(&to, " WHERE %s", condition);
    }
    whole = deparse_end(&to);
    return whole == NULL ? no_memory(text) : whole;
}

const char *system_text_index_column(const struct system_text *text, const struct table_def *def,
                                     const struct table_index *index, int32_t column, bool pretty)
{
    struct deparse_text to = {.arena = text->arena};
    const char *whole = NULL;

    if (column >= 1 && column <= index->part_count) {
        print_part(text, &to, def, &index->parts[column - 1], pretty);
    } else if (column > index->part_count && column <= index->part_count + index->include_count) {
        deparse_name(&to, def->spec.columns[index->includes[column - index->part_count - 1]].name);
    } else {
        deparse_bytes(&to, "", 0);
    }
    whole = deparse_end(&to);
    return whole == NULL ? no_memory(text) : whole;
}

const char *system_text_pretty(const struct system_text *text, const char *expression)
{
    struct ast *tree = NULL;
    vv_slice printed = {0};
    vv_status status = VV_OK;

    if (strchr(expression, '(') == NULL) { /* nothing to leave out; keywords keep their case */
        return expression;
    }
    status = sql_parse_expression(slice_text(expression), text->arena, &tree, text->error);
    if (status == VV_OK) {
        status = sql_print(tree, text->arena, &printed);
    }
    if (status != VV_OK && status != VV_ERROR) {
        (void)error_from_status(text->error, status);
    }
    return status == VV_OK ? (const char *)printed.data : NULL;
}

const char *system_text_name(const struct system_text *text, const char *name)
{
    struct deparse_text to = {.arena = text->arena};
    const char *whole = NULL;

    deparse_name(&to, name);
    whole = deparse_end(&to);
    return whole == NULL ? no_memory(text) : whole;
}

/* What a part has that names no collation. */
static uint8_t natural_collation(const struct system_text *text, const struct table_def *def,
                                 const struct table_index_part *part)
{
    struct context *before = NULL;
    const struct expr *expr = NULL;

    if (part->column != TABLE_NO_COLUMN) {
        return def->spec.columns[part->column].collation;
    }
    before = session_context_enter(text->session);
    expr = bind_text(text, def, BIND_DEFINITION_VALUE, 0, part->expression_text);
    session_context_leave(before);
    return expr == NULL                                 ? part->collation
           : expr->collating == EXPR_COLLATION_CONFLICT ? (uint8_t)VALUE_COLLATION_COUNT
                                                        : expr->collation;
}

static void print_parts(const struct system_text *text, struct deparse_text *to,
                        const struct table_def *def, const struct table_index *index, bool pretty)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];

        deparse_append(to, i == 0 ? "" : ", ");
        print_part(text, to, def, part, pretty);
        if (part->collation != natural_collation(text, def, part)) {
            deparse_append(to, " COLLATE ");
            deparse_name(to, value_collations[part->collation].name);
        }
        deparse_append(to, "%s%s", part->descending ? " DESC" : "",
                       part->nulls_first == part->descending ? ""
                       : part->nulls_first                   ? " NULLS FIRST"
                                                             : " NULLS LAST");
    }
}

static void print_includes(struct deparse_text *to, const struct table_def *def,
                           const struct table_index *index)
{
    for (uint32_t i = 0; i < index->include_count; i++) {
        deparse_append(to, i == 0 ? " INCLUDE (" : ", ");
        deparse_name(to, def->spec.columns[index->includes[i]].name);
        deparse_append(to, i + 1u == index->include_count ? ")" : "");
    }
}

/* A column, a call, or an expression in parentheses. */
static void print_part(const struct system_text *text, struct deparse_text *to,
                       const struct table_def *def, const struct table_index_part *part,
                       bool pretty)
{
    const char *expression = NULL;
    bool plain = false;

    if (part->column != TABLE_NO_COLUMN) {
        deparse_name(to, def->spec.columns[part->column].name);
        return;
    }
    expression = bound(text, def, BIND_DEFINITION_VALUE, 0, part->expression_text, &plain);
    expression = expression != NULL && pretty ? system_text_pretty(text, expression) : expression;
    if (expression == NULL) {
        to->failed = true;
        return;
    }
    deparse_append(to, plain ? "%s" : "(%s)", expression);
}

/* plain_out: it is a function call, which needs no parentheses. */
static const char *bound(const struct system_text *text, const struct table_def *def,
                         enum bind_definition_kind kind, uint32_t column, const char *source,
                         bool *plain_out)
{
    struct context *before = session_context_enter(text->session);
    const struct expr *expr = bind_text(text, def, kind, column, source);
    const char *printed = expr == NULL ? NULL : print(text, def, expr);

    if (plain_out != NULL && expr != NULL) {
        *plain_out = deparse_is_call(expr);
    }
    session_context_leave(before);
    return printed;
}

static const struct expr *bind_text(const struct system_text *text, const struct table_def *def,
                                    enum bind_definition_kind kind, uint32_t column,
                                    const char *source)
{
    struct ast *tree = NULL;
    const struct expr *expr = NULL;
    vv_status status = sql_parse_expression(slice_text(source), text->arena, &tree, text->error);

    if (status == VV_OK) {
        status = bind_definition(def, kind, column, tree, text->arena, &expr, text->error);
    }
    if (status != VV_OK && status != VV_ERROR) {
        (void)error_from_status(text->error, status);
    }
    return status == VV_OK ? expr : NULL;
}

/* 0: the call names none, or there is none of that name. */
static uint32_t sequence_named(const struct system_text *text, const struct expr *call)
{
    const struct value *name = NULL;
    uint32_t id = 0;

    if (call->kind != EXPR_FUNCTION || call->argument_count == 0 ||
        call->arguments[0]->kind != EXPR_CONSTANT ||
        (call->function != FUNCTION_NEXTVAL && call->function != FUNCTION_CURRVAL)) {
        return 0;
    }
    name = &call->arguments[0]->constant;
    return !name->null && system_find_object(text->session, VALUE_REGCLASS, name->bytes, &id,
                                             NULL) == VV_OK
               ? id
               : 0;
}

/* The recursion follows the expression, whose depth the binder bounds. */
static void mark_relations(const struct system_text *text, const struct expr *expr,
                           struct system_uses *uses)
{
    uint32_t id = sequence_named(text, expr);

    if (id != 0 && uses->relation_count < SYSTEM_USES_MAX) {
        uses->relations[uses->relation_count++] = id;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        mark_relations(text, expr->arguments[i], uses);
    }
}

vv_status system_text_uses(const struct system_text *text, const struct table_def *def,
                           enum bind_definition_kind kind, uint32_t column, const char *source,
                           struct system_uses *uses)
{
    struct context *before = session_context_enter(text->session);
    const struct expr *expr = bind_text(text, def, kind, column, source);

    if (expr != NULL) {
        expr_mark_columns(expr, uses->columns, def->spec.column_count);
        mark_relations(text, expr, uses);
    }
    session_context_leave(before);
    return expr == NULL ? VV_ERROR : VV_OK;
}

static const char *print(const struct system_text *text, const struct table_def *def,
                         const struct expr *expr)
{
    struct deparse_text to = {.arena = text->arena, .defines = true};
    const char *printed = NULL;

    deparse_expr(&to, expr, print_column, def);
    printed = deparse_end(&to);
    return printed == NULL ? no_memory(text) : printed;
}

static void print_column(struct deparse_text *to, const void *context, uint32_t column)
{
    const struct table_def *def = context;

    deparse_name(to, def->spec.columns[column].name);
}

static const char *no_memory(const struct system_text *text)
{
    (void)error_from_status(text->error, VV_NOMEM);
    return NULL;
}
