/* bind_call.c - function and aggregate calls (PostgreSQL: parse_func.c, parse_agg.c). */
#include "plan/bind_private.h"
#include "value/datetime.h"

static const struct {
    const char *text;
    bool aggregates;
} places[BIND_PLACE_COUNT] = {
#define X(name, place_text, allowed) [name] = {.text = (place_text), .aggregates = (allowed)},
    BIND_PLACE_MAP(X)
#undef X
};

const struct expr *bind_find_aggregate(const struct expr *expr)
{
    if (expr->kind == EXPR_AGGREGATE) {
        return expr;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const struct expr *found = bind_find_aggregate(expr->arguments[i]);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* Whether any aggregate has this name. */
static bool is_aggregate_name(const char *name)
{
    for (unsigned id = 1; id < FUNCTION_COUNT; id++) {
        const struct function_entry *entry = function_entry((enum function_id)id);

        if (entry->class == FUNCTION_CLASS_AGGREGATE && strcmp(entry->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static vv_status call_unsupported(struct binder *binder, const struct ast *node)
{
    const struct ast_call *call = AST_AS(call, node);

    if (call->over != NULL) {
        return bind_unsupported(binder, node->position, "a window function");
    }
    if (call->within_group) {
        return bind_unsupported(binder, node->position, "WITHIN GROUP");
    }
    if (call->variadic) {
        return bind_unsupported(binder, node->position, "VARIADIC");
    }
    ast_for_each(argument, &call->args)
    {
        if (argument->tag == AST_NAMED_ARGUMENT) {
            return bind_unsupported(binder, argument->position, "a named argument");
        }
    }
    return VV_OK;
}

/* The name as it is written; only pg_catalog has functions. */
static vv_status call_name(struct binder *binder, const struct ast *node, const char **written_out,
                           const char **name_out)
{
    const struct ast_name *name = &AST_AS(call, node)->name;
    vv_slice schema = name->count == 1 ? slice_text("pg_catalog") : name->parts[name->count - 2];
    vv_slice last = ast_name_last(name);

    *name_out = bind_text(binder, last);
    *written_out = name->count == 1 ? *name_out
                                    : arena_format(binder->arena, "%.*s.%.*s", (int)schema.size,
                                                   (const char *)schema.data, (int)last.size,
                                                   (const char *)last.data);
    if (*name_out == NULL || *written_out == NULL) {
        return VV_NOMEM;
    }
    if (slice_equal(schema, slice_text("public"))) {
        *name_out = ""; /* nothing is there */
        return VV_OK;
    }
    return slice_equal(schema, slice_text("pg_catalog"))
               ? VV_OK
               : error_set(binder->error, VV_SQLSTATE_INVALID_SCHEMA_NAME, node->position,
                           "schema \"%.*s\" does not exist", (int)schema.size,
                           (const char *)schema.data);
}

/* Whether the order of its rows can be seen in an aggregate's result. */
static bool order_matters(const struct expr *aggregate)
{
    return aggregate->function == FUNCTION_STRING_AGG ||
           aggregate->function == FUNCTION_BYTEA_STRING_AGG;
}

static bool is_argument(const struct expr *aggregate, const struct expr *key)
{
    for (uint32_t i = 0; i < aggregate->argument_count; i++) {
        if (expr_equal(aggregate->arguments[i], key)) {
            return true;
        }
    }
    return false;
}

/* ORDER BY inside the call: its keys become further arguments. DISTINCT sorts by the arguments, as in PostgreSQL,
 * where one can see it. */
static vv_status aggregate_order(struct binder *binder, const struct ast *node,
                                 const struct expr *aggregate, struct expr *like,
                                 const struct expr **arguments, uint32_t *count)
{
    const struct ast_call *call = AST_AS(call, node);
    uint8_t *order =
        ARENA_ARRAY(binder->arena, uint8_t, call->order_by.count + aggregate->argument_count + 1);

    if (order == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &call->order_by)
    {
        const struct ast_sort *sort = AST_AS(sort, item);
        const struct expr *key = NULL;
        bool descending = sort->direction == AST_SORT_DESC;
        bool nulls_first =
            sort->nulls == AST_NULLS_DEFAULT ? descending : sort->nulls == AST_NULLS_FIRST;

        if (sort->direction == AST_SORT_USING) {
            return bind_unsupported(binder, item->position, "ORDER BY ... USING");
        }
        VV_TRY(bind_expr(binder, sort->expr, &key));
        VV_TRY(bind_resolve_unknown(binder, key, &key));
        if (call->distinct && !is_argument(aggregate, key)) {
            return error_set(binder->error, VV_SQLSTATE_INVALID_COLUMN_REFERENCE,
                             bind_location(key),
                             "in an aggregate with DISTINCT, ORDER BY expressions must appear in "
                             "argument list");
        }
        VV_TRY(bind_collation_fold_key(binder, &key));
        order[like->order_count++] = (uint8_t)((descending ? EXPR_ORDER_DESCENDING : 0u) |
                                               (nulls_first ? EXPR_ORDER_NULLS_FIRST : 0u));
        arguments[(*count)++] = key;
    }
    for (uint32_t i = 0;
         call->distinct && order_matters(aggregate) && i < aggregate->argument_count; i++) {
        order[like->order_count++] = 0;
        arguments[*count] = aggregate->arguments[i];
        VV_TRY(bind_collation_fold_key(binder, &arguments[(*count)++]));
    }
    like->order = order;
    return VV_OK;
}

/* What depends on how texts compare: count(DISTINCT) counts folds, min and max compare them beside the texts. */
static vv_status aggregate_collate(struct binder *binder, struct expr *like,
                                   const struct expr **arguments, uint32_t *count)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;
    bool extreme = like->function == FUNCTION_MIN_TEXT || like->function == FUNCTION_MAX_TEXT ||
                   like->function == FUNCTION_MIN_BPCHAR || like->function == FUNCTION_MAX_BPCHAR;
    bool least = like->function == FUNCTION_MIN_TEXT || like->function == FUNCTION_MIN_BPCHAR;

    if (like->distinct && like->function == FUNCTION_COUNT_ANY) {
        return bind_collation_fold_key(binder, &arguments[0]);
    }
    if (extreme) {
        VV_TRY(
            bind_collation_of(binder, 1, arguments, (enum function_id)like->function, &collation));
    }
    if (!value_collation_folds(collation)) {
        return VV_OK;
    }
    like->function = least ? FUNCTION_MIN_COLLATED : FUNCTION_MAX_COLLATED;
    like->distinct = false; /* it changes nothing */
    arguments[1] = arguments[0];
    *count = 2;
    return bind_collation_fold(binder, collation, &arguments[1]);
}

/* Aggregates: where they may stand, and DISTINCT and FILTER (which may be NULL). */
static vv_status aggregate_finish(struct binder *binder, const struct ast *node,
                                  const struct expr *aggregate, const struct expr *filter,
                                  const struct expr **expr_out)
{
    const struct ast_call *call = AST_AS(call, node);
    struct expr like = *aggregate;
    uint32_t count = aggregate->argument_count;
    const struct expr **arguments =
        ARENA_ARRAY(binder->arena, const struct expr *, 2 * count + call->order_by.count + 2);

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        arguments[i] = aggregate->arguments[i];
    }
    if (binder->place == BIND_FILTER) {
        return error_set(binder->error, VV_SQLSTATE_GROUPING_ERROR, node->position,
                         "aggregate functions are not allowed in FILTER");
    }
    if (binder->in_aggregate) {
        return error_set(binder->error, VV_SQLSTATE_GROUPING_ERROR, node->position,
                         "aggregate function calls cannot be nested");
    }
    if (!places[binder->place].aggregates) {
        return error_set(binder->error, VV_SQLSTATE_GROUPING_ERROR, node->position,
                         "aggregate functions are not allowed in %s", places[binder->place].text);
    }
    like.filter = filter;
    like.distinct = call->distinct;
    binder->has_aggregates = true;
    for (uint32_t i = 0; call->distinct && i < count; i++) {
        VV_TRY(bind_resolve_unknown(binder, arguments[i], &arguments[i])); /* they are sorted */
    }
    VV_TRY(aggregate_collate(binder, &like, arguments, &count));
    if (call->order_by.count > 0 || call->distinct) {
        bool outer_in_aggregate = binder->in_aggregate;
        vv_status status = VV_OK;

        binder->in_aggregate = true;
        status = aggregate_order(binder, node, aggregate, &like, arguments, &count);
        binder->in_aggregate = outer_in_aggregate;
        VV_TRY(status);
    }
    return bind_node(binder, &like, count, arguments, expr_out);
}

/* DISTINCT, FILTER and * belong to aggregates only. */
static vv_status plain_call_check(struct binder *binder, const struct ast *node, const char *name)
{
    const struct ast_call *call = AST_AS(call, node);

    if (!call->star && !call->distinct && call->filter == NULL && call->order_by.count == 0) {
        return VV_OK;
    }
    if (call->star) {
        return error_set(binder->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, node->position,
                         "%s(*) specified, but %s is not an aggregate function", name, name);
    }
    return error_set(binder->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, node->position,
                     "%s specified, but %s is not an aggregate function",
                     call->distinct             ? "DISTINCT"
                     : call->order_by.count > 0 ? "ORDER BY"
                                                : "FILTER",
                     name);
}

static bool is_sequence_function(const char *name)
{
    return strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 ||
           strcmp(name, "setval") == 0;
}

/* nextval('s'::regclass): the name is looked up when the function runs. */
static const struct ast *without_regclass(const struct ast *argument)
{
    const struct ast_cast *cast = AST_AS(cast, argument);

    return argument->tag == AST_CAST && cast->type->tag == AST_TYPE &&
                   slice_equal(ast_name_last(&AST_AS(type, cast->type)->name),
                               slice_text("regclass"))
               ? cast->arg
               : argument;
}

vv_status bind_call(struct binder *binder, const struct ast *node, const struct expr **expr_out)
{
    const struct ast_call *call = AST_AS(call, node);
    const struct expr **arguments =
        ARENA_ARRAY(binder->arena, const struct expr *, call->args.count);
    const struct expr *bound = NULL;
    const struct expr *filter = NULL;
    const char *written = NULL;
    const char *name = NULL;
    uint32_t count = 0;
    uint32_t open_parameter = 0;
    bool outer_in_aggregate = binder->in_aggregate;
    bool aggregate = false;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(call_unsupported(binder, node));
    VV_TRY(call_name(binder, node, &written, &name));
    aggregate = is_aggregate_name(name);
    binder->in_aggregate = outer_in_aggregate || aggregate;
    ast_for_each(item, &call->args)
    {
        bool sequence = count == 0 && is_sequence_function(name);

        VV_TRY(bind_expr(binder, sequence ? without_regclass(item) : item, &arguments[count++]));
    }
    binder->in_aggregate = outer_in_aggregate;
    if (count == 0 && !call->star && strcmp(name, "count") == 0) {
        return error_set(binder->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, node->position,
                         "count(*) must be used to call a parameterless aggregate function");
    }
    if (name[0] == 0) {
        return error_set(binder->error, VV_SQLSTATE_UNDEFINED_FUNCTION, node->position,
                         "function %s does not exist", written);
    }
    if (call->filter != NULL) { /* its errors come first */
        VV_TRY(bind_condition(binder, BIND_FILTER, call->filter, &filter));
    }
    open_parameter = binder->open_parameter;
    VV_TRY(bind_function(binder, written, node->position, count, arguments, &bound));
    if (bound->kind == EXPR_AGGREGATE) {
        binder->open_parameter = call->distinct ? open_parameter : binder->open_parameter;
        return aggregate_finish(binder, node, bound, filter, expr_out);
    }
    VV_TRY(plain_call_check(binder, node, name));
    *expr_out = bound;
    return VV_OK;
}

/* CURRENT_DATE and its like: now() as another type, rounded to the precision asked for. */
static vv_status bind_now(struct binder *binder, const struct ast *node,
                          const struct expr **expr_out)
{
    static const uint8_t types[] = {
        [AST_CURRENT_DATE] = VALUE_DATE,
        [AST_CURRENT_TIMESTAMP] = VALUE_TIMESTAMPTZ,
        [AST_LOCALTIME] = VALUE_TIME,
        [AST_LOCALTIMESTAMP] = VALUE_TIMESTAMP,
    };
    const struct ast_value_function *function = AST_AS(value_function, node);
    const struct expr *now = NULL;
    int32_t precision = function->precision < 0                    ? VALUE_NO_MODIFIER
                        : function->precision > DATETIME_PRECISION ? DATETIME_PRECISION
                                                                   : (int32_t)function->precision;

    if (function->kind == AST_CURRENT_TIME) {
        return bind_unsupported(binder, node->position, "type time with time zone");
    }
    now = expr_call(binder->arena, FUNCTION_NOW, node->position, 0, NULL);
    if (now == NULL) {
        return VV_NOMEM;
    }
    return bind_coerce(binder, now, (enum value_type)types[function->kind], precision,
                       CAST_EXPLICIT, node->position, expr_out);
}

vv_status bind_value_function(struct binder *binder, const struct ast *node,
                              const struct expr **expr_out)
{
    static const uint16_t functions[] = {
        [AST_CURRENT_ROLE] = FUNCTION_CURRENT_ROLE,
        [AST_CURRENT_USER] = FUNCTION_CURRENT_USER,
        [AST_SESSION_USER] = FUNCTION_SESSION_USER,
        [AST_USER] = FUNCTION_USER,
        [AST_CURRENT_CATALOG] = FUNCTION_CURRENT_CATALOG,
        [AST_CURRENT_SCHEMA] = FUNCTION_CURRENT_SCHEMA,
    };
    uint16_t function = functions[AST_AS(value_function, node)->kind];

    if (function == FUNCTION_NONE) {
        return bind_now(binder, node, expr_out);
    }
    *expr_out = expr_call(binder->arena, (enum function_id)function, node->position, 0, NULL);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}
