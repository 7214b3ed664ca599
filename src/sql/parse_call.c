/*
 * parse_call.c - calls: f(DISTINCT a ORDER BY b) FILTER … OVER …, and the forms with a grammar of their
 * own. Those become ordinary calls where one says the same: TRIM(LEADING 'x' FROM y) is ltrim(y, 'x').
 */
#include "sql/parse_private.h"

static struct ast *parse_call_tail(struct parser *p, struct ast_call *call);
static void parse_call_args(struct parser *p, struct ast_call *call);
static struct ast *parse_over(struct parser *p);
static struct ast *parse_frame(struct parser *p);
static enum ast_frame_bound parse_frame_bound(struct parser *p, struct ast **offset_out);
static enum ast_frame_exclusion parse_frame_exclusion(struct parser *p);
static void check_frame(struct parser *p, const struct ast_frame *frame, uint32_t start_position,
                        uint32_t end_position);
static struct ast *parse_value_function(struct parser *p, enum ast_value_function_kind kind,
                                        bool with_precision);
static struct ast *parse_list_function(struct parser *p, enum ast_tag tag);
static struct ast *parse_nullif(struct parser *p);
static struct ast *parse_cast(struct parser *p);
static struct ast *parse_extract(struct parser *p);
static struct ast *parse_position(struct parser *p);
static struct ast *parse_overlay(struct parser *p);
static struct ast *parse_substring(struct parser *p);
static struct ast *parse_trim(struct parser *p);
static struct ast *parse_normalize(struct parser *p);

struct ast *make_call(struct parser *p, const char *name, struct ast_list args, uint32_t position)
{
    struct ast_call *call = MAKE(p, AST_CALL, call, position);

    call->name = make_simple_name(p, slice_text(name));
    call->args = args;
    return node_finish(p, call);
}

/* At the '(' behind a function's name. `f(1) 'x'` is a literal of type f(1). */
struct ast *parse_call(struct parser *p, struct ast_name name, uint32_t position)
{
    struct ast_call *call = MAKE(p, AST_CALL, call, position);

    call->name = name;
    expect_symbol(p, '(');
    parse_call_args(p, call);
    expect_symbol(p, ')');
    if (p->token.kind == LEX_STRING && call->args.count > 0 && !call->distinct && !call->variadic &&
        call->order_by.count == 0) {
        struct ast_type *type = MAKE(p, AST_TYPE, type, position);
        struct ast *text = make_string(p, p->token.value, p->token.position);

        parse_advance(p);
        type->name = name;
        type->modifiers = call->args;
        check_name_parts(p, name, 0);
        return make_cast(p, text, node_finish(p, type), position);
    }
    return parse_call_tail(p, call);
}

static void parse_call_args(struct parser *p, struct ast_call *call)
{
    if (at_symbol(p, ')')) {
        return;
    }
    if (at_symbol(p, '*')) {
        parse_advance(p);
        call->star = true;
        return;
    }
    if (!accept_word(p, KEYWORD_ALL)) {
        call->distinct = accept_word(p, KEYWORD_DISTINCT);
    }
    call->args = parse_func_args(p, &call->variadic);
    call->order_by = parse_order_by(p);
}

struct ast_list parse_func_args(struct parser *p, bool *variadic_out)
{
    struct ast_list args = {0};

    do {
        if (accept_word(p, KEYWORD_VARIADIC)) {
            *variadic_out = true;
            list_push(p, &args, parse_func_arg(p));
            break;
        }
        list_push(p, &args, parse_func_arg(p));
    } while (accept_symbol(p, ','));
    return args;
}

/* An expression, or name => expression. */
struct ast *parse_func_arg(struct parser *p)
{
    struct ast_named_argument *named = NULL;
    enum lex_kind next = LEX_END;

    if (at_type_name(p)) {
        next = parse_peek(p)->kind;
    }
    if (next != LEX_COLON_EQUALS && next != LEX_EQUALS_GREATER) {
        return parse_expr(p);
    }
    named = MAKE(p, AST_NAMED_ARGUMENT, named_argument, p->token.position);
    named->name = take_name(p);
    parse_advance(p);
    named->arg = parse_expr(p);
    return node_finish(p, named);
}

static struct ast *parse_call_tail(struct parser *p, struct ast_call *call)
{
    if (at_word(p, KEYWORD_WITHIN) && peek_word(p, KEYWORD_GROUP)) {
        uint32_t position = p->token.position;

        parse_advance(p);
        parse_advance(p);
        if (call->order_by.count > 0) {
            parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                        "cannot use multiple ORDER BY clauses with WITHIN GROUP");
        } else if (call->distinct) {
            parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                        "cannot use DISTINCT with WITHIN GROUP");
        } else if (call->variadic) {
            parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                        "cannot use VARIADIC with WITHIN GROUP");
        }
        expect_symbol(p, '(');
        if (!at_word(p, KEYWORD_ORDER)) {
            parse_syntax_error(p);
        }
        call->within_group = true;
        call->order_by = parse_order_by(p);
        expect_symbol(p, ')');
    }
    if (at_word(p, KEYWORD_FILTER) && peek_symbol(p, '(')) {
        parse_advance(p);
        parse_advance(p);
        expect_word(p, KEYWORD_WHERE);
        call->filter = parse_expr(p);
        expect_symbol(p, ')');
    }
    if (at_word(p, KEYWORD_OVER)) {
        call->over = parse_over(p);
    }
    return node_finish(p, call);
}

/* ---- Windows ---- */

static struct ast *parse_over(struct parser *p)
{
    struct ast_window *window = NULL;

    expect_word(p, KEYWORD_OVER);
    if (at_symbol(p, '(')) {
        return parse_window_specification(p);
    }
    window = MAKE(p, AST_WINDOW, window, p->token.position);
    window->name = parse_column_id(p);
    return node_finish(p, window);
}

struct ast *parse_window_specification(struct parser *p)
{
    struct ast_window *window = MAKE(p, AST_WINDOW, window, p->token.position);

    expect_symbol(p, '(');
    if (at_column_id(p) && !at_word(p, KEYWORD_PARTITION) && !at_word(p, KEYWORD_RANGE) &&
        !at_word(p, KEYWORD_ROWS) && !at_word(p, KEYWORD_GROUPS)) {
        window->base = take_name(p);
    }
    if (accept_word(p, KEYWORD_PARTITION)) {
        expect_word(p, KEYWORD_BY);
        window->partition_by = parse_expr_list(p);
    }
    window->order_by = parse_order_by(p);
    if (at_word(p, KEYWORD_RANGE) || at_word(p, KEYWORD_ROWS) || at_word(p, KEYWORD_GROUPS)) {
        window->frame = parse_frame(p);
    }
    expect_symbol(p, ')');
    return node_finish(p, window);
}

static struct ast *parse_frame(struct parser *p)
{
    struct ast_frame *frame = MAKE(p, AST_FRAME, frame, p->token.position);
    uint32_t start_position = 0;
    uint32_t end_position = 0;

    frame->unit = at_word(p, KEYWORD_RANGE)  ? AST_FRAME_RANGE
                  : at_word(p, KEYWORD_ROWS) ? AST_FRAME_ROWS
                                             : AST_FRAME_GROUPS;
    parse_advance(p);
    if (accept_word(p, KEYWORD_BETWEEN)) {
        start_position = p->token.position;
        frame->start = parse_frame_bound(p, &frame->start_offset);
        expect_word(p, KEYWORD_AND);
        end_position = p->token.position;
        frame->end = parse_frame_bound(p, &frame->end_offset);
    } else {
        start_position = p->token.position;
        frame->start = parse_frame_bound(p, &frame->start_offset);
        frame->end = AST_BOUND_CURRENT_ROW;
        end_position = start_position;
    }
    check_frame(p, frame, start_position, end_position);
    frame->exclusion = parse_frame_exclusion(p);
    return node_finish(p, frame);
}

static enum ast_frame_bound parse_frame_bound(struct parser *p, struct ast **offset_out)
{
    if (at_word(p, KEYWORD_UNBOUNDED) &&
        (peek_word(p, KEYWORD_PRECEDING) || peek_word(p, KEYWORD_FOLLOWING))) {
        parse_advance(p);
        if (accept_word(p, KEYWORD_PRECEDING)) {
            return AST_BOUND_UNBOUNDED_PRECEDING;
        }
        parse_advance(p);
        return AST_BOUND_UNBOUNDED_FOLLOWING;
    }
    if (accept_words(p, KEYWORD_CURRENT, KEYWORD_ROW)) {
        return AST_BOUND_CURRENT_ROW;
    }
    *offset_out = parse_expr(p);
    if (accept_word(p, KEYWORD_PRECEDING)) {
        return AST_BOUND_PRECEDING;
    }
    expect_word(p, KEYWORD_FOLLOWING);
    return AST_BOUND_FOLLOWING;
}

static void check_frame(struct parser *p, const struct ast_frame *frame, uint32_t start_position,
                        uint32_t end_position)
{
    const char *message = NULL;
    uint32_t position = start_position;

    if (frame->start == AST_BOUND_UNBOUNDED_FOLLOWING) {
        message = "frame start cannot be UNBOUNDED FOLLOWING";
    } else if (frame->end == AST_BOUND_UNBOUNDED_PRECEDING) {
        message = "frame end cannot be UNBOUNDED PRECEDING";
        position = end_position;
    } else if (frame->start == AST_BOUND_FOLLOWING && start_position == end_position) {
        message = "frame starting from following row cannot end with current row";
    } else if (frame->start == AST_BOUND_CURRENT_ROW && frame->end == AST_BOUND_PRECEDING) {
        message = "frame starting from current row cannot have preceding rows";
        position = end_position;
    } else if (frame->start == AST_BOUND_FOLLOWING &&
               (frame->end == AST_BOUND_PRECEDING || frame->end == AST_BOUND_CURRENT_ROW)) {
        message = "frame starting from following row cannot have preceding rows";
        position = end_position;
    }
    if (message != NULL) {
        parse_error(p, VV_SQLSTATE_WINDOWING_ERROR, position, "%s", message);
    }
}

static enum ast_frame_exclusion parse_frame_exclusion(struct parser *p)
{
    if (!accept_word(p, KEYWORD_EXCLUDE)) {
        return AST_EXCLUDE_NO_OTHERS;
    }
    if (accept_word(p, KEYWORD_CURRENT)) {
        expect_word(p, KEYWORD_ROW);
        return AST_EXCLUDE_CURRENT_ROW;
    }
    if (accept_word(p, KEYWORD_GROUP)) {
        return AST_EXCLUDE_GROUP;
    }
    if (accept_word(p, KEYWORD_TIES)) {
        return AST_EXCLUDE_TIES;
    }
    expect_word(p, KEYWORD_NO);
    expect_word(p, KEYWORD_OTHERS);
    return AST_EXCLUDE_NO_OTHERS;
}

/* ---- Forms with a grammar of their own ---- */

bool at_special_call(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_CURRENT_DATE:
    case KEYWORD_CURRENT_TIME:
    case KEYWORD_CURRENT_TIMESTAMP:
    case KEYWORD_LOCALTIME:
    case KEYWORD_LOCALTIMESTAMP:
    case KEYWORD_CURRENT_ROLE:
    case KEYWORD_CURRENT_USER:
    case KEYWORD_SESSION_USER:
    case KEYWORD_USER:
    case KEYWORD_CURRENT_CATALOG:
    case KEYWORD_CAST:
        return true;
    case KEYWORD_CURRENT_SCHEMA:
        return !peek_symbol(p, '(');
    case KEYWORD_COLLATION:
        return peek_word(p, KEYWORD_FOR);
    case KEYWORD_COALESCE:
    case KEYWORD_GREATEST:
    case KEYWORD_LEAST:
    case KEYWORD_NULLIF:
    case KEYWORD_EXTRACT:
    case KEYWORD_POSITION:
    case KEYWORD_OVERLAY:
    case KEYWORD_SUBSTRING:
    case KEYWORD_TRIM:
    case KEYWORD_NORMALIZE:
    case KEYWORD_TREAT:
    case KEYWORD_XMLCONCAT:
    case KEYWORD_XMLELEMENT:
    case KEYWORD_XMLEXISTS:
    case KEYWORD_XMLFOREST:
    case KEYWORD_XMLPARSE:
    case KEYWORD_XMLPI:
    case KEYWORD_XMLROOT:
    case KEYWORD_XMLSERIALIZE:
        return peek_symbol(p, '(');
    default:
        return false;
    }
}

struct ast *parse_special_call(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_CURRENT_DATE:
        return parse_value_function(p, AST_CURRENT_DATE, false);
    case KEYWORD_CURRENT_TIME:
        return parse_value_function(p, AST_CURRENT_TIME, true);
    case KEYWORD_CURRENT_TIMESTAMP:
        return parse_value_function(p, AST_CURRENT_TIMESTAMP, true);
    case KEYWORD_LOCALTIME:
        return parse_value_function(p, AST_LOCALTIME, true);
    case KEYWORD_LOCALTIMESTAMP:
        return parse_value_function(p, AST_LOCALTIMESTAMP, true);
    case KEYWORD_CURRENT_ROLE:
        return parse_value_function(p, AST_CURRENT_ROLE, false);
    case KEYWORD_CURRENT_USER:
        return parse_value_function(p, AST_CURRENT_USER, false);
    case KEYWORD_SESSION_USER:
        return parse_value_function(p, AST_SESSION_USER, false);
    case KEYWORD_USER:
        return parse_value_function(p, AST_USER, false);
    case KEYWORD_CURRENT_CATALOG:
        return parse_value_function(p, AST_CURRENT_CATALOG, false);
    case KEYWORD_CURRENT_SCHEMA:
        return parse_value_function(p, AST_CURRENT_SCHEMA, false);
    case KEYWORD_CAST:
        return parse_cast(p);
    case KEYWORD_COALESCE:
        return parse_list_function(p, AST_COALESCE);
    case KEYWORD_GREATEST:
        return parse_list_function(p, AST_GREATEST);
    case KEYWORD_LEAST:
        return parse_list_function(p, AST_LEAST);
    case KEYWORD_NULLIF:
        return parse_nullif(p);
    case KEYWORD_EXTRACT:
        return parse_extract(p);
    case KEYWORD_POSITION:
        return parse_position(p);
    case KEYWORD_OVERLAY:
        return parse_overlay(p);
    case KEYWORD_SUBSTRING:
        return parse_substring(p);
    case KEYWORD_TRIM:
        return parse_trim(p);
    case KEYWORD_NORMALIZE:
        return parse_normalize(p);
    case KEYWORD_COLLATION:
        parse_unsupported(p, p->token.position, "COLLATION FOR");
        return node_scratch(p);
    case KEYWORD_TREAT:
        parse_unsupported(p, p->token.position, "TREAT");
        return node_scratch(p);
    default:
        parse_unsupported(p, p->token.position, "XML");
        return node_scratch(p);
    }
}

static struct ast *parse_value_function(struct parser *p, enum ast_value_function_kind kind,
                                        bool with_precision)
{
    struct ast_value_function *function =
        MAKE(p, AST_VALUE_FUNCTION, value_function, p->token.position);

    parse_advance(p);
    function->kind = kind;
    function->precision = -1;
    if (with_precision && accept_symbol(p, '(')) {
        function->precision = parse_integer(p);
        expect_symbol(p, ')');
    }
    return node_finish(p, function);
}

/* struct ast_coalesce, ast_greatest and ast_least have one shape. */
static struct ast *parse_list_function(struct parser *p, enum ast_tag tag)
{
    struct ast_coalesce *call = MAKE(p, tag, coalesce, p->token.position);

    parse_advance(p);
    expect_symbol(p, '(');
    call->args = parse_expr_list(p);
    expect_symbol(p, ')');
    return node_finish(p, call);
}

static struct ast *parse_nullif(struct parser *p)
{
    struct ast_nullif *nullif = MAKE(p, AST_NULLIF, nullif, p->token.position);

    parse_advance(p);
    expect_symbol(p, '(');
    nullif->left = parse_expr(p);
    expect_symbol(p, ',');
    nullif->right = parse_expr(p);
    expect_symbol(p, ')');
    return node_finish(p, nullif);
}

struct ast *make_cast(struct parser *p, struct ast *arg, struct ast *type, uint32_t position)
{
    struct ast_cast *cast = MAKE(p, AST_CAST, cast, position);

    cast->arg = arg;
    cast->type = type;
    return node_finish(p, cast);
}

static struct ast *parse_cast(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast *arg = NULL;
    struct ast *type = NULL;

    parse_advance(p);
    expect_symbol(p, '(');
    arg = parse_expr(p);
    expect_word(p, KEYWORD_AS);
    type = parse_type(p);
    expect_symbol(p, ')');
    return make_cast(p, arg, type, position);
}

/* EXTRACT(field FROM x) is extract('field', x). */
static struct ast *parse_extract(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast_list args = {0};

    parse_advance(p);
    expect_symbol(p, '(');
    if (p->token.kind == LEX_STRING) {
        list_push(p, &args, parse_primary(p));
    } else if (p->token.keyword == KEYWORD_ABSENT || at_word(p, KEYWORD_YEAR) ||
               at_word(p, KEYWORD_MONTH) || at_word(p, KEYWORD_DAY) || at_word(p, KEYWORD_HOUR) ||
               at_word(p, KEYWORD_MINUTE) || at_word(p, KEYWORD_SECOND)) {
        uint32_t field_position = p->token.position;

        list_push(p, &args, make_string(p, parse_column_label(p), field_position));
    } else {
        parse_syntax_error(p);
    }
    expect_word(p, KEYWORD_FROM);
    list_push(p, &args, parse_expr(p));
    expect_symbol(p, ')');
    return make_call(p, "extract", args, position);
}

/* POSITION(a IN b) is position(b, a). */
static struct ast *parse_position(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast_list args = {0};
    struct ast *needle = NULL;

    parse_advance(p);
    expect_symbol(p, '(');
    needle = parse_plain_expr(p);
    expect_word(p, KEYWORD_IN);
    list_push(p, &args, parse_plain_expr(p));
    list_push(p, &args, needle);
    expect_symbol(p, ')');
    return make_call(p, "position", args, position);
}

/* OVERLAY(a PLACING b FROM c FOR d) is overlay(a, b, c, d). */
static struct ast *parse_overlay(struct parser *p)
{
    struct ast_call *call = MAKE(p, AST_CALL, call, p->token.position);

    call->name = make_simple_name(p, slice_text("overlay"));
    parse_advance(p);
    expect_symbol(p, '(');
    if (!at_symbol(p, ')')) {
        call->args = parse_func_args(p, &call->variadic);
        if (call->args.count == 1 && accept_word(p, KEYWORD_PLACING)) {
            list_push(p, &call->args, parse_expr(p));
            expect_word(p, KEYWORD_FROM);
            list_push(p, &call->args, parse_expr(p));
            if (accept_word(p, KEYWORD_FOR)) {
                list_push(p, &call->args, parse_expr(p));
            }
        }
    }
    expect_symbol(p, ')');
    return node_finish(p, call);
}

/* SUBSTRING(a FROM b FOR c) is substring(a, b, c); without FROM it starts at 1. */
static struct ast *parse_substring(struct parser *p)
{
    struct ast_call *call = MAKE(p, AST_CALL, call, p->token.position);
    struct ast *start = NULL;
    struct ast *length = NULL;

    call->name = make_simple_name(p, slice_text("substring"));
    parse_advance(p);
    expect_symbol(p, '(');
    if (!at_symbol(p, ')')) {
        call->args = parse_func_args(p, &call->variadic);
    }
    if (call->args.count == 1 && accept_word(p, KEYWORD_SIMILAR)) {
        list_push(p, &call->args, parse_expr(p));
        expect_word(p, KEYWORD_ESCAPE);
        list_push(p, &call->args, parse_expr(p));
    } else if (call->args.count == 1) {
        if (accept_word(p, KEYWORD_FROM)) {
            start = parse_expr(p);
        }
        if (accept_word(p, KEYWORD_FOR)) {
            length = parse_expr(p);
        }
        if (start == NULL && length == NULL) {
            /* substring(x): some function of one argument */
        } else if (start == NULL) {
            start = accept_word(p, KEYWORD_FROM) ? parse_expr(p) : make_integer(p, 1, 0);
        }
        if (start != NULL) {
            list_push(p, &call->args, start);
        }
        if (length != NULL) {
            list_push(p, &call->args, length);
        }
    }
    expect_symbol(p, ')');
    return node_finish(p, call);
}

/* TRIM([side] [characters] FROM text): btrim, ltrim or rtrim(text, characters). */
static struct ast *parse_trim(struct parser *p)
{
    uint32_t position = p->token.position;
    const char *name = "btrim";
    struct ast_list args = {0};

    parse_advance(p);
    expect_symbol(p, '(');
    if (accept_word(p, KEYWORD_LEADING)) {
        name = "ltrim";
    } else if (accept_word(p, KEYWORD_TRAILING)) {
        name = "rtrim";
    } else {
        (void)accept_word(p, KEYWORD_BOTH);
    }
    if (accept_word(p, KEYWORD_FROM)) {
        args = parse_expr_list(p);
    } else {
        struct ast *characters = parse_expr(p);

        if (accept_word(p, KEYWORD_FROM)) {
            args = parse_expr_list(p);
            list_push(p, &args, characters);
        } else {
            list_push(p, &args, characters);
            while (accept_symbol(p, ',')) {
                list_push(p, &args, parse_expr(p));
            }
        }
    }
    expect_symbol(p, ')');
    return make_call(p, name, args, position);
}

/* normalize(x [, form]): the form is a word. */
static struct ast *parse_normalize(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast_list args = {0};

    parse_advance(p);
    expect_symbol(p, '(');
    list_push(p, &args, parse_expr(p));
    if (accept_symbol(p, ',')) {
        if (!at_word(p, KEYWORD_NFC) && !at_word(p, KEYWORD_NFD) && !at_word(p, KEYWORD_NFKC) &&
            !at_word(p, KEYWORD_NFKD)) {
            parse_syntax_error(p);
        }
        list_push(p, &args, make_string(p, keyword_slice(p->token.keyword), p->token.position));
        parse_advance(p);
    }
    expect_symbol(p, ')');
    return make_call(p, "normalize", args, position);
}
