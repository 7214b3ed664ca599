/*
 * print_expr.c - expressions with as few parentheses as the parser needs.
 */
#include "sql/print_private.h"

#include "sql/keywords.h"

static enum precedence level_of(const struct ast *node);
static void print_unparenthesised(struct out *out, const struct ast *node);
static bool print_operator_expr(struct out *out, const struct ast *node);
static bool print_simple(struct out *out, const struct ast *node);
static void print_binary(struct out *out, const struct ast *node);
static void print_unary_arg(struct out *out, const struct ast *arg, enum precedence level);
static bool goes_left(const struct ast *node);
static void print_operator(struct out *out, vv_slice op, bool qualified);
static void print_chain(struct out *out, const struct ast_list *args, const char *word,
                        enum precedence minimum);
static void print_is(struct out *out, const struct ast_is *is);
static void print_between(struct out *out, const struct ast_between *between);
static void print_in(struct out *out, const struct ast_in *in);
static void print_like(struct out *out, const struct ast_like *like);
static void print_quantified(struct out *out, const struct ast_quantified *quantified);
static void print_case(struct out *out, const struct ast_case *node);
static void print_call(struct out *out, const struct ast_call *call);
static bool print_special_call(struct out *out, const struct ast_call *call);
static void print_call_name(struct out *out, const struct ast_call *call);
static void print_call_args(struct out *out, const struct ast_call *call);
static void print_call_tail(struct out *out, const struct ast_call *call);
static void print_frame(struct out *out, const struct ast_frame *frame);
static void print_frame_bound(struct out *out, enum ast_frame_bound bound,
                              const struct ast *offset);
static void print_value_function(struct out *out, const struct ast_value_function *function);
static void print_list_call(struct out *out, const char *name, const struct ast_list *args);
static void print_query_in(struct out *out, const char *word, const struct ast *query);
static void print_indirection_arg(struct out *out, const struct ast *arg);
static void print_subscript(struct out *out, const struct ast_subscript *subscript);
static void print_column(struct out *out, const struct ast_column *column);
static bool is_plain(const struct ast *node);
static void print_type_modifiers(struct out *out, const struct ast_list *modifiers);
static bool print_known_type(struct out *out, const struct ast_type *type);
static void print_interval(struct out *out, const struct ast_type *type);

void print_expr(struct out *out, const struct ast *node)
{
    print_expr_at(out, node, PREC_OR);
}

void print_expr_at(struct out *out, const struct ast *node, enum precedence minimum)
{
    bool parens = level_of(node) < minimum;

    print_word_if(out, parens, "(");
    print_unparenthesised(out, node);
    print_word_if(out, parens, ")");
}

void print_expr_list(struct out *out, const struct ast_list *list)
{
    print_nodes(out, list, ", ", print_expr);
}

/* How tightly the node's own operator binds. */
static enum precedence level_of(const struct ast *node)
{
    switch (node->tag) {
    case AST_OR:
        return PREC_OR;
    case AST_AND:
        return PREC_AND;
    case AST_NOT:
        return PREC_NOT;
    case AST_IS:
    case AST_DISTINCT_FROM:
        return PREC_IS;
    case AST_BETWEEN:
    case AST_IN:
    case AST_LIKE:
        return PREC_LIKE;
    case AST_BINARY:
        return AST_AS(binary, node)->qualified ? PREC_OTHER
                                               : precedence_of_operator(AST_AS(binary, node)->op);
    case AST_QUANTIFIED:
        return precedence_of_operator(AST_AS(quantified, node)->op);
    case AST_UNARY: {
        const struct ast_unary *unary = AST_AS(unary, node);
        bool sign = !unary->qualified && unary->op.size == 1 &&
                    (unary->op.data[0] == '-' || unary->op.data[0] == '+');

        return sign ? PREC_SIGN : PREC_OTHER;
    }
    case AST_INTEGER:
        return AST_AS(integer, node)->value < 0 ? PREC_SIGN : PREC_PRIMARY;
    case AST_NUMBER:
        return AST_AS(number, node)->text.data[0] == '-' ? PREC_SIGN : PREC_PRIMARY;
    case AST_CAST:
        return PREC_CAST;
    case AST_COLLATE:
        return PREC_COLLATE;
    default:
        return PREC_PRIMARY;
    }
}

static void print_unparenthesised(struct out *out, const struct ast *node)
{
    if (print_operator_expr(out, node) || print_simple(out, node)) {
        return;
    }
    switch (node->tag) {
    case AST_CASE:
        print_case(out, AST_AS(case, node));
        break;
    case AST_CALL:
        print_call(out, AST_AS(call, node));
        break;
    case AST_NAMED_ARGUMENT:
        print_name_part(out, AST_AS(named_argument, node)->name);
        out_text(out, " => ");
        print_expr(out, AST_AS(named_argument, node)->arg);
        break;
    case AST_COALESCE:
        print_list_call(out, "COALESCE", &AST_AS(coalesce, node)->args);
        break;
    case AST_GREATEST:
        print_list_call(out, "GREATEST", &AST_AS(greatest, node)->args);
        break;
    case AST_LEAST:
        print_list_call(out, "LEAST", &AST_AS(least, node)->args);
        break;
    case AST_GROUPING:
        print_list_call(out, "GROUPING", &AST_AS(grouping, node)->args);
        break;
    case AST_NULLIF:
        out_text(out, "NULLIF(");
        print_expr(out, AST_AS(nullif, node)->left);
        out_text(out, ", ");
        print_expr(out, AST_AS(nullif, node)->right);
        out_text(out, ")");
        break;
    case AST_EXISTS:
        print_query_in(out, "EXISTS ", AST_AS(exists, node)->query);
        break;
    case AST_SUBQUERY:
        print_query_in(out, "", AST_AS(subquery, node)->query);
        break;
    case AST_ARRAY_SUBQUERY:
        print_query_in(out, "ARRAY", AST_AS(array_subquery, node)->query);
        break;
    case AST_ARRAY:
        out_text(out, "ARRAY[");
        print_expr_list(out, &AST_AS(array, node)->items);
        out_text(out, "]");
        break;
    case AST_ROW:
        print_list_call(out, AST_AS(row, node)->explicit ? "ROW" : "", &AST_AS(row, node)->items);
        break;
    case AST_FIELD:
        print_indirection_arg(out, AST_AS(field, node)->arg);
        out_text(out, ".");
        if (AST_AS(field, node)->star) {
            out_text(out, "*");
        } else {
            print_name_part(out, AST_AS(field, node)->name);
        }
        break;
    case AST_SUBSCRIPT:
        print_subscript(out, AST_AS(subscript, node));
        break;
    default:
        VV_ASSERT(false && "an expression");
    }
}

/* ---- Operators ---- */

static bool print_operator_expr(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_BINARY:
        print_binary(out, node);
        return true;
    case AST_UNARY:
        print_operator(out, AST_AS(unary, node)->op, AST_AS(unary, node)->qualified);
        out_text(out, " ");
        print_unary_arg(out, AST_AS(unary, node)->arg, level_of(node));
        return true;
    case AST_AND:
        print_chain(out, &AST_AS(and, node)->args, " AND ", PREC_AND + 1);
        return true;
    case AST_OR:
        print_chain(out, &AST_AS(or, node)->args, " OR ", PREC_OR + 1);
        return true;
    case AST_NOT:
        out_text(out, "NOT ");
        print_expr_at(out, AST_AS(not, node)->arg, PREC_NOT);
        return true;
    case AST_IS:
        print_is(out, AST_AS(is, node));
        return true;
    case AST_DISTINCT_FROM:
        print_expr_at(out, AST_AS(distinct_from, node)->left, PREC_IS + 1);
        out_text(out, AST_AS(distinct_from, node)->negated ? " IS NOT DISTINCT FROM "
                                                           : " IS DISTINCT FROM ");
        print_expr_at(out, AST_AS(distinct_from, node)->right, PREC_IS + 1);
        return true;
    case AST_BETWEEN:
        print_between(out, AST_AS(between, node));
        return true;
    case AST_IN:
        print_in(out, AST_AS(in, node));
        return true;
    case AST_LIKE:
        print_like(out, AST_AS(like, node));
        return true;
    case AST_QUANTIFIED:
        print_quantified(out, AST_AS(quantified, node));
        return true;
    case AST_CAST:
        print_expr_at(out, AST_AS(cast, node)->arg, PREC_CAST);
        out_text(out, "::");
        print_type(out, AST_AS(cast, node)->type);
        return true;
    case AST_COLLATE:
        print_expr_at(out, AST_AS(collate, node)->arg, PREC_COLLATE);
        out_text(out, " COLLATE ");
        print_name(out, &AST_AS(collate, node)->name);
        return true;
    default:
        return false;
    }
}

/* `@ a || b` is `(@ a) || b`, but a prefix operator may follow one of its kind. */
static void print_unary_arg(struct out *out, const struct ast *arg, enum precedence level)
{
    bool prefix = arg->tag == AST_UNARY || level == PREC_SIGN;

    print_expr_at(out, arg, prefix ? level : level + 1);
}

/* Follows the left spine in loops: down to its bottom, then up again. */
static void print_binary(struct out *out, const struct ast *node)
{
    size_t length = 1;
    const struct ast **spine = NULL;
    const struct ast *bottom = node;
    enum precedence level = PREC_NONE;

    for (; goes_left(bottom); bottom = AST_AS(binary, bottom)->left) {
        length++;
    }
    spine = ARENA_ARRAY(out->arena, const struct ast *, length);
    if (spine == NULL) {
        out->failed = true;
        return;
    }
    bottom = node;
    for (size_t i = length; i > 0; i--) {
        spine[i - 1] = bottom;
        bottom = AST_AS(binary, bottom)->left;
    }
    level = level_of(spine[0]);
    print_expr_at(out, bottom, level == PREC_COMPARISON ? level + 1 : level);
    for (size_t i = 0; i < length; i++) {
        const struct ast_binary *binary = AST_AS(binary, spine[i]);

        out_text(out, " ");
        print_operator(out, binary->op, binary->qualified);
        out_text(out, " ");
        print_expr_at(out, binary->right, level_of(spine[i]) + 1);
    }
}

/* Whether the left operand is one more step of the spine: binary, and without parentheses. */
static bool goes_left(const struct ast *node)
{
    const struct ast *left = AST_AS(binary, node)->left;
    enum precedence level = level_of(node);

    return left->tag == AST_BINARY &&
           level_of(left) >= (level == PREC_COMPARISON ? level + 1 : level);
}

static void print_operator(struct out *out, vv_slice op, bool qualified)
{
    print_word_if(out, qualified, "OPERATOR(pg_catalog.");
    out_slice(out, op);
    print_word_if(out, qualified, ")");
}

static void print_chain(struct out *out, const struct ast_list *args, const char *word,
                        enum precedence minimum)
{
    ast_for_each(item, args)
    {
        print_word_if(out, item != args->first, word);
        print_expr_at(out, item, minimum);
    }
}

static void print_is(struct out *out, const struct ast_is *is)
{
    static const char *const words[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};

    print_expr_at(out, is->arg, PREC_IS + 1);
    out_text(out, is->negated ? " IS NOT " : " IS ");
    out_text(out, words[is->what]);
}

static void print_between(struct out *out, const struct ast_between *between)
{
    print_expr_at(out, between->arg, PREC_LIKE + 1);
    out_text(out, between->negated ? " NOT BETWEEN " : " BETWEEN ");
    print_word_if(out, between->symmetric, "SYMMETRIC ");
    print_plain_expr(out, between->low);
    out_text(out, " AND ");
    print_expr_at(out, between->high, PREC_LIKE + 1);
}

static void print_in(struct out *out, const struct ast_in *in)
{
    print_expr_at(out, in->arg, PREC_LIKE + 1);
    out_text(out, in->negated ? " NOT IN " : " IN ");
    if (in->query != NULL) {
        print_query_in(out, "", in->query);
    } else {
        print_list_call(out, "", &in->items);
    }
}

static void print_like(struct out *out, const struct ast_like *like)
{
    static const char *const words[] = {"LIKE ", "ILIKE ", "SIMILAR TO "};

    print_expr_at(out, like->arg, PREC_LIKE + 1);
    out_text(out, like->negated ? " NOT " : " ");
    out_text(out, words[like->kind]);
    print_expr_at(out, like->pattern, PREC_LIKE + 1);
    if (like->escape != NULL) {
        out_text(out, " ESCAPE ");
        print_expr_at(out, like->escape, PREC_LIKE + 1);
    }
}

static void print_quantified(struct out *out, const struct ast_quantified *quantified)
{
    enum precedence level = precedence_of_operator(quantified->op);

    print_expr_at(out, quantified->arg, level == PREC_COMPARISON ? level + 1 : level);
    out_text(out, " ");
    out_slice(out, quantified->op);
    out_text(out, quantified->all ? " ALL " : " ANY ");
    if (quantified->query != NULL) {
        print_query_in(out, "", quantified->query);
    } else {
        out_text(out, "(");
        print_expr(out, quantified->array);
        out_text(out, ")");
    }
}

/* What b_expr may be without parentheses: arithmetic and casts over operands. */
static bool is_plain(const struct ast *node)
{
    for (;;) {
        switch (node->tag) {
        case AST_BINARY:
            if (level_of(node) < PREC_OTHER || !is_plain(AST_AS(binary, node)->right)) {
                return false;
            }
            node = AST_AS(binary, node)->left;
            break;
        case AST_UNARY:
            node = AST_AS(unary, node)->arg;
            break;
        case AST_CAST:
            node = AST_AS(cast, node)->arg;
            break;
        default:
            return level_of(node) >= PREC_SIGN;
        }
    }
}

void print_plain_expr(struct out *out, const struct ast *node)
{
    print_expr_at(out, node, is_plain(node) ? PREC_OTHER : PREC_PRIMARY);
}

/* ---- Constants and names ---- */

static bool print_simple(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_NULL:
        out_text(out, "NULL");
        return true;
    case AST_BOOLEAN:
        out_text(out, AST_AS(boolean, node)->value ? "TRUE" : "FALSE");
        return true;
    case AST_INTEGER:
        out_number(out, AST_AS(integer, node)->value);
        return true;
    case AST_NUMBER:
        out_slice(out, AST_AS(number, node)->text);
        return true;
    case AST_STRING:
        print_string(out, AST_AS(string, node)->text);
        return true;
    case AST_PARAMETER:
        out_text(out, "$");
        out_number(out, AST_AS(parameter, node)->index);
        return true;
    case AST_COLUMN:
        print_column(out, AST_AS(column, node));
        return true;
    case AST_DEFAULT:
        out_text(out, "DEFAULT");
        return true;
    case AST_VALUE_FUNCTION:
        print_value_function(out, AST_AS(value_function, node));
        return true;
    default:
        return false;
    }
}

static void print_column(struct out *out, const struct ast_column *column)
{
    print_name(out, &column->name);
    if (column->star) {
        out_text(out, column->name.count > 0 ? ".*" : "*");
    }
}

static void print_value_function(struct out *out, const struct ast_value_function *function)
{
    static const char *const words[] = {"CURRENT_DATE",    "CURRENT_TIME",   "CURRENT_TIMESTAMP",
                                        "LOCALTIME",       "LOCALTIMESTAMP", "CURRENT_ROLE",
                                        "CURRENT_USER",    "SESSION_USER",   "USER",
                                        "CURRENT_CATALOG", "CURRENT_SCHEMA"};

    out_text(out, words[function->kind]);
    if (function->precision >= 0) {
        out_text(out, "(");
        out_number(out, function->precision);
        out_text(out, ")");
    }
}

/* (x).name, (x)[1]: only what can carry an indirection itself needs no parentheses. */
static void print_indirection_arg(struct out *out, const struct ast *arg)
{
    bool bare = arg->tag == AST_PARAMETER || arg->tag == AST_SUBSCRIPT ||
                arg->tag == AST_SUBQUERY || (arg->tag == AST_FIELD && !AST_AS(field, arg)->star);

    print_word_if(out, !bare, "(");
    print_expr(out, arg);
    print_word_if(out, !bare, ")");
}

static void print_subscript(struct out *out, const struct ast_subscript *subscript)
{
    if (subscript->arg->tag == AST_COLUMN && !AST_AS(column, subscript->arg)->star) {
        print_column(out, AST_AS(column, subscript->arg));
    } else {
        print_indirection_arg(out, subscript->arg);
    }
    out_text(out, "[");
    if (subscript->low != NULL) {
        print_expr(out, subscript->low);
    }
    print_word_if(out, subscript->slice, ":");
    if (subscript->high != NULL) {
        print_expr(out, subscript->high);
    }
    out_text(out, "]");
}

/* ---- Calls ---- */

static void print_list_call(struct out *out, const char *name, const struct ast_list *args)
{
    out_text(out, name);
    out_text(out, "(");
    print_expr_list(out, args);
    out_text(out, ")");
}

static void print_query_in(struct out *out, const char *word, const struct ast *query)
{
    out_text(out, word);
    out_text(out, "(");
    print_query(out, query);
    out_text(out, ")");
}

static void print_case(struct out *out, const struct ast_case *node)
{
    out_text(out, "CASE");
    if (node->arg != NULL) {
        out_text(out, " ");
        print_expr(out, node->arg);
    }
    ast_for_each(item, &node->whens)
    {
        out_text(out, " WHEN ");
        print_expr(out, AST_AS(when, item)->condition);
        out_text(out, " THEN ");
        print_expr(out, AST_AS(when, item)->result);
    }
    if (node->otherwise != NULL) {
        out_text(out, " ELSE ");
        print_expr(out, node->otherwise);
    }
    out_text(out, " END");
}

static void print_call(struct out *out, const struct ast_call *call)
{
    if (print_special_call(out, call)) {
        return;
    }
    print_call_name(out, call);
    print_call_args(out, call);
    print_call_tail(out, call);
}

static bool call_is(const struct ast_call *call, const char *name, uint32_t arg_count)
{
    bool plain = !call->star && !call->distinct && !call->variadic && !call->within_group &&
                 call->order_by.count == 0 && call->filter == NULL && call->over == NULL;

    return plain && call->name.count == 1 && (arg_count == 0 || call->args.count == arg_count) &&
           slice_equal(call->name.parts[0], slice_text(name));
}

/* EXTRACT and POSITION have no other form without quotes. */
static bool print_special_call(struct out *out, const struct ast_call *call)
{
    const struct ast *first = call->args.first;

    if (call_is(call, "extract", 2) && first->tag == AST_STRING &&
        print_is_plain_name(AST_AS(string, first)->text) &&
        keyword_find(AST_AS(string, first)->text) == KEYWORD_ABSENT) {
        out_text(out, "EXTRACT(");
        out_slice(out, AST_AS(string, first)->text);
        out_text(out, " FROM ");
        print_expr(out, first->next);
        out_text(out, ")");
        return true;
    }
    if (call_is(call, "position", 2) && first->tag != AST_NAMED_ARGUMENT &&
        first->next->tag != AST_NAMED_ARGUMENT) {
        out_text(out, "POSITION(");
        print_plain_expr(out, first->next);
        out_text(out, " IN ");
        print_plain_expr(out, first);
        out_text(out, ")");
        return true;
    }
    return false;
}

/* Words with a grammar of their own before '(' are quoted, key words or not. */
static void print_call_name(struct out *out, const struct ast_call *call)
{
    static const char *const special[] = {"cube", "rollup", "operator"};

    if (call_is(call, "substring", 0) || call_is(call, "overlay", 0)) {
        out_slice(out, call->name.parts[0]);
        return;
    }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (call->name.count == 1 && slice_equal(call->name.parts[0], slice_text(special[i]))) {
            print_quoted(out, call->name.parts[0]);
            return;
        }
    }
    print_name(out, &call->name);
}

static void print_call_args(struct out *out, const struct ast_call *call)
{
    out_text(out, "(");
    print_word_if(out, call->star, "*");
    print_word_if(out, call->distinct, "DISTINCT ");
    ast_for_each(arg, &call->args)
    {
        print_word_if(out, arg != call->args.first, ", ");
        print_word_if(out, call->variadic && arg == call->args.last, "VARIADIC ");
        print_expr(out, arg);
    }
    if (!call->within_group) {
        print_order_by(out, &call->order_by);
    }
    out_text(out, ")");
}

static void print_call_tail(struct out *out, const struct ast_call *call)
{
    if (call->within_group) {
        out_text(out, " WITHIN GROUP (");
        out_text(out, "ORDER BY ");
        print_nodes(out, &call->order_by, ", ", print_sort);
        out_text(out, ")");
    }
    if (call->filter != NULL) {
        out_text(out, " FILTER (WHERE ");
        print_expr(out, call->filter);
        out_text(out, ")");
    }
    if (call->over != NULL) {
        out_text(out, " OVER ");
        if (AST_AS(window, call->over)->name.size > 0) {
            print_name_part(out, AST_AS(window, call->over)->name);
        } else {
            print_window_specification(out, AST_AS(window, call->over));
        }
    }
}

/* A call where only calls may stand: there a cast needs its long form. */
void print_call_plainly(struct out *out, const struct ast *node)
{
    if (node->tag != AST_CAST) {
        print_expr(out, node);
        return;
    }
    out_text(out, "CAST(");
    print_expr(out, AST_AS(cast, node)->arg);
    out_text(out, " AS ");
    print_type(out, AST_AS(cast, node)->type);
    out_text(out, ")");
}

void print_window_specification(struct out *out, const struct ast_window *window)
{
    const char *space = "";

    out_text(out, "(");
    if (window->base.size > 0) {
        /* Quoted always: `partition` and `rows` would begin a clause. */
        print_quoted(out, window->base);
        space = " ";
    }
    if (window->partition_by.count > 0) {
        out_text(out, space);
        out_text(out, "PARTITION BY ");
        print_expr_list(out, &window->partition_by);
        space = " ";
    }
    if (window->order_by.count > 0) {
        out_text(out, space);
        out_text(out, "ORDER BY ");
        print_nodes(out, &window->order_by, ", ", print_sort);
        space = " ";
    }
    if (window->frame != NULL) {
        out_text(out, space);
        print_frame(out, AST_AS(frame, window->frame));
    }
    out_text(out, ")");
}

static void print_frame(struct out *out, const struct ast_frame *frame)
{
    static const char *const units[] = {"RANGE", "ROWS", "GROUPS"};
    static const char *const exclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
                                             " EXCLUDE TIES"};

    out_text(out, units[frame->unit]);
    out_text(out, " BETWEEN ");
    print_frame_bound(out, frame->start, frame->start_offset);
    out_text(out, " AND ");
    print_frame_bound(out, frame->end, frame->end_offset);
    out_text(out, exclusions[frame->exclusion]);
}

static void print_frame_bound(struct out *out, enum ast_frame_bound bound, const struct ast *offset)
{
    switch (bound) {
    case AST_BOUND_UNBOUNDED_PRECEDING:
        out_text(out, "UNBOUNDED PRECEDING");
        break;
    case AST_BOUND_UNBOUNDED_FOLLOWING:
        out_text(out, "UNBOUNDED FOLLOWING");
        break;
    case AST_BOUND_CURRENT_ROW:
        out_text(out, "CURRENT ROW");
        break;
    default:
        /* In parentheses a column named `unbounded` stays one. */
        print_word_if(out, offset->tag == AST_COLUMN, "(");
        print_expr(out, offset);
        print_word_if(out, offset->tag == AST_COLUMN, ")");
        out_text(out, bound == AST_BOUND_PRECEDING ? " PRECEDING" : " FOLLOWING");
        break;
    }
}

void print_order_by(struct out *out, const struct ast_list *list)
{
    if (list->count > 0) {
        out_text(out, " ORDER BY ");
        print_nodes(out, list, ", ", print_sort);
    }
}

void print_sort(struct out *out, const struct ast *node)
{
    const struct ast_sort *sort = AST_AS(sort, node);
    static const char *const directions[] = {"", " ASC", " DESC", " USING "};
    static const char *const nulls[] = {"", " NULLS FIRST", " NULLS LAST"};

    print_expr(out, sort->expr);
    out_text(out, directions[sort->direction]);
    out_slice(out, sort->op);
    out_text(out, nulls[sort->nulls]);
}

/* ---- Types ---- */

void print_type(struct out *out, const struct ast *node)
{
    const struct ast_type *type = AST_AS(type, node);

    print_word_if(out, type->setof, "SETOF ");
    if (!print_known_type(out, type)) {
        print_name(out, &type->name);
        print_type_modifiers(out, &type->modifiers);
    }
    for (int64_t i = 0; i < type->dimensions; i++) {
        out_text(out, "[]");
    }
}

static void print_type_modifiers(struct out *out, const struct ast_list *modifiers)
{
    if (modifiers->count > 0) {
        print_list_call(out, "", modifiers);
    }
}

/* SQL's spelling of an internal name, where the grammar gives that name back. */
static bool print_known_type(struct out *out, const struct ast_type *type)
{
    static const struct {
        const char *name;
        const char *before; /* the modifiers */
        const char *after;
        uint8_t modifiers_max;
        bool integers; /* modifiers must be constants */
    } known[] = {
        {"bool", "boolean", "", 0, false},
        {"int2", "smallint", "", 0, false},
        {"int4", "integer", "", 0, false},
        {"int8", "bigint", "", 0, false},
        {"float4", "real", "", 0, false},
        {"float8", "double precision", "", 0, false},
        {"numeric", "numeric", "", 255, false},
        {"varchar", "character varying", "", 1, true},
        {"time", "time", " without time zone", 1, true},
        {"timetz", "time", " with time zone", 1, true},
        {"timestamp", "timestamp", " without time zone", 1, true},
        {"timestamptz", "timestamp", " with time zone", 1, true},
    };
    const struct ast *first = type->modifiers.first;
    bool is_length =
        first == NULL || (first->tag == AST_INTEGER && AST_AS(integer, first)->value >= 0 &&
                          AST_AS(integer, first)->value <= INT32_MAX);

    if (type->name.count != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_equal(type->name.parts[0], slice_text(known[i].name)) &&
            type->modifiers.count <= known[i].modifiers_max && (!known[i].integers || is_length)) {
            out_text(out, known[i].before);
            print_type_modifiers(out, &type->modifiers);
            out_text(out, known[i].after);
            return true;
        }
    }
    if (slice_equal(type->name.parts[0], slice_text("bpchar")) && type->modifiers.count == 1 &&
        is_length) {
        out_text(out, "character");
        print_type_modifiers(out, &type->modifiers);
        return true;
    }
    if (slice_equal(type->name.parts[0], slice_text("interval"))) {
        print_interval(out, type);
        return true;
    }
    return false;
}

/* interval [fields] [(precision)] */
static void print_interval(struct out *out, const struct ast_type *type)
{
    out_text(out, "interval");
    ast_for_each(modifier, &type->modifiers)
    {
        if (modifier->tag == AST_STRING) {
            out_text(out, " ");
            out_slice(out, AST_AS(string, modifier)->text);
        } else {
            print_word_if(out, modifier->tag != AST_INTEGER, " ");
            out_text(out, "(");
            print_expr(out, modifier);
            out_text(out, ")");
        }
    }
}
