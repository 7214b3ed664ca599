/* deparse.c - see deparse.h; the cases follow get_rule_expr() and get_const_expr(). */
#include "plan/deparse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/keywords.h"
#include "sql/sql.h"
#include "value/text.h"

#define CASE_INDENT 4u

struct printer {
    struct deparse_text *text;
    deparse_column print_column;
    const void *context;
};

static void print_expr(const struct printer *printer, const struct expr *expr);
static void print_node(const struct printer *printer, const struct expr *expr);

/* ---- the text ---- */

void deparse_bytes(struct deparse_text *text, const char *data, size_t size)
{
    if (text->failed) {
        return;
    }
    if (text->capacity - text->size <= size) {
        size_t capacity = (text->size + size + 1) * 2 + 128;
        char *larger = arena_get(text->arena, capacity);

        if (larger == NULL) {
            text->failed = true;
            return;
        }
        if (text->size > 0) {
            memcpy(larger, text->data, text->size);
        }
        text->data = larger;
        text->capacity = capacity;
    }
    if (size > 0) {
        memcpy(text->data + text->size, data, size);
    }
    text->size += size;
    text->data[text->size] = 0;
}

void deparse_append(struct deparse_text *text, const char *format, ...)
{
    char small[256];
    char *large = NULL;
    va_list arguments;
    int size = 0;

    va_start(arguments, format);
    size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size < sizeof small) {
        deparse_bytes(text, small, size < 0 ? 0 : (size_t)size);
        return;
    }
    large = arena_get(text->arena, (size_t)size + 1);
    if (large == NULL) {
        text->failed = true;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(large, (size_t)size + 1, format, arguments);
    va_end(arguments);
    deparse_bytes(text, large, (size_t)size);
}

bool deparse_is_call(const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_FUNCTION:
        return function_entry((enum function_id)expr->function)->class == FUNCTION_CLASS_CALL;
    case EXPR_COALESCE:
    case EXPR_GREATEST:
    case EXPR_LEAST:
    case EXPR_NULLIF:
        return true;
    default:
        return false;
    }
}

char *deparse_end(struct deparse_text *text)
{
    deparse_bytes(text, "", 0);
    return text->failed ? NULL : text->data;
}

void deparse_name(struct deparse_text *text, const char *name)
{
    vv_slice quoted = sql_quote_name(text->arena, slice_text(name));

    if (quoted.data == NULL) {
        text->failed = true;
        return;
    }
    deparse_bytes(text, (const char *)quoted.data, quoted.size);
}

bool deparse_is_keyword(vv_slice word)
{
    enum keyword keyword = keyword_find(word);

    return keyword != KEYWORD_ABSENT && keyword_category(keyword) != KEYWORD_IS_UNRESERVED;
}

static void print_quoted(struct deparse_text *text, vv_slice bytes)
{
    deparse_bytes(text, "'", 1);
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] == '\'') {
            deparse_bytes(text, "'", 1);
        }
        deparse_bytes(text, (const char *)&bytes.data[i], 1);
    }
    deparse_bytes(text, "'", 1);
}

/* ---- constants ---- */

/* The value as its type prints it; empty when memory is out. */
static vv_slice value_print(struct deparse_text *text, const struct value *value)
{
    vv_slice out = slice_make("", 0);

    if (text_of(value, text->arena, &out) != VV_OK) {
        text->failed = true;
        return slice_make("", 0);
    }
    return out;
}

/* 1.5 and 15 but not NaN, which must be quoted. */
static bool numeric_is_plain(vv_slice digits)
{
    return digits.size > 0 && digits.data[0] >= '0' && digits.data[0] <= '9' &&
           memchr(digits.data, '.', digits.size) != NULL;
}

/* "character" alone would be character(1). */
static const char *type_name(uint8_t type)
{
    return type == VALUE_BPCHAR ? "bpchar" : value_types[type].text;
}

/* bare: without its type. */
static void print_constant_as(const struct printer *printer, const struct expr *expr, bool bare)
{
    struct deparse_text *text = printer->text;
    const struct value *value = &expr->constant;
    vv_slice digits;

    if (value->null) {
        deparse_append(text, bare ? "NULL" : "NULL::%s", type_name(expr->type));
        return;
    }
    digits = value_print(text, value);
    if (expr->type == VALUE_BOOLEAN) {
        deparse_append(text, "%s", value->boolean ? "true" : "false");
        return;
    }
    if (((expr->type == VALUE_INTEGER || expr->print_plain) && digits.size > 0 &&
         digits.data[0] != '-') ||
        (expr->type == VALUE_NUMERIC && numeric_is_plain(digits))) {
        deparse_bytes(text, (const char *)digits.data, digits.size);
        return;
    }
    print_quoted(text, digits);
    if (expr->type != VALUE_UNKNOWN && !bare) {
        deparse_append(text, "::%s", expr->print_plain ? "integer" : type_name(expr->type));
    }
}

static void print_constant(const struct printer *printer, const struct expr *expr)
{
    print_constant_as(printer, expr, false);
}

static bool array_item_needs_quotes(vv_slice item)
{
    if (item.size == 0 ||
        (item.size == 4 && strncasecmp((const char *)item.data, "null", 4) == 0)) {
        return true;
    }
    for (size_t i = 0; i < item.size; i++) {
        if (strchr("{},\"\\ \t\n\r\v\f", item.data[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void print_array_item(struct deparse_text *text, vv_slice item)
{
    if (!array_item_needs_quotes(item)) {
        deparse_bytes(text, (const char *)item.data, item.size);
        return;
    }
    deparse_bytes(text, "\"", 1);
    for (size_t i = 0; i < item.size; i++) {
        if (item.data[i] == '"' || item.data[i] == '\\') {
            deparse_bytes(text, "\\", 1);
        }
        deparse_bytes(text, (const char *)&item.data[i], 1);
    }
    deparse_bytes(text, "\"", 1);
}

/* '{1,2,3}'::integer[] */
static void print_constant_array(const struct printer *printer, const struct expr *in)
{
    struct deparse_text array = {.arena = printer->text->arena};

    deparse_bytes(&array, "{", 1);
    for (uint32_t i = 1; i < in->argument_count; i++) {
        const struct value *value = &in->arguments[i]->constant;

        deparse_append(&array, "%s", i == 1 ? "" : ",");
        if (value->null) {
            deparse_append(&array, "NULL");
        } else {
            print_array_item(&array, value_print(printer->text, value));
        }
    }
    deparse_bytes(&array, "}", 1);
    if (array.failed) {
        printer->text->failed = true;
        return;
    }
    print_quoted(printer->text, slice_make(array.data, array.size));
    deparse_append(
        printer->text, "::%s[]",
        type_name(in->arguments[1]->type == VALUE_VARCHAR ? VALUE_TEXT : in->arguments[1]->type));
}

/* ---- nodes ---- */

static void print_list(const struct printer *printer, const struct expr *expr, uint32_t first,
                       const char *separator)
{
    for (uint32_t i = first; i < expr->argument_count; i++) {
        deparse_append(printer->text, "%s", i == first ? "" : separator);
        print_expr(printer, expr->arguments[i]);
    }
}

static bool is_text(uint8_t type)
{
    return type == VALUE_TEXT || type == VALUE_VARCHAR || type == VALUE_BPCHAR ||
           type == VALUE_NAME;
}

/* Casts that PostgreSQL's own operators would not need: integer with bigint, text || anything but its kin. */
static const struct expr *operand(const struct expr *expr)
{
    bool needless = expr->kind == EXPR_CAST && expr->cast_context != CAST_EXPLICIT &&
                    (expr->function == FUNCTION_CAST_INTEGER_BIGINT ||
                     expr->function == FUNCTION_CAST_SMALLINT_INTEGER ||
                     expr->function == FUNCTION_CAST_SMALLINT_BIGINT ||
                     (expr->type == VALUE_TEXT && !is_text(expr->arguments[0]->type)));

    return needless ? expr->arguments[0] : expr;
}

/* VARCHAR stands for TEXT; PostgreSQL shows the step. That texts are folded follows from their collations. */
static void print_operand(const struct printer *printer, const struct expr *expr)
{
    bool stands = false;

    expr = expr_unfold(expr);
    stands = expr->type == VALUE_VARCHAR && expr->kind != EXPR_CONSTANT;
    deparse_append(printer->text, "%s", stands ? "(" : "");
    print_expr(printer, operand(expr));
    deparse_append(printer->text, "%s", stands ? ")::text" : "");
}

static void print_operands(const struct printer *printer, const struct expr *expr,
                           const char *separator)
{
    print_operand(printer, expr->arguments[0]);
    deparse_append(printer->text, "%s", separator);
    print_operand(printer, expr->arguments[1]);
}

/* An argument of a function; TEXT is what most functions over VARCHAR take. */
static void print_argument(const struct printer *printer, const struct expr *call, uint32_t i)
{
    const struct function_entry *entry = function_entry((enum function_id)call->function);

    if (i < entry->argument_count && entry->argument_types[i] == VALUE_TEXT &&
        call->arguments[i]->type == VALUE_VARCHAR) {
        print_operand(printer, call->arguments[i]);
    } else {
        print_expr(printer, call->arguments[i]);
    }
}

static void print_in(const struct printer *printer, const struct expr *expr)
{
    bool constant = true;
    bool stands = expr->arguments[1]->type == VALUE_VARCHAR; /* the array, for one of texts */

    for (uint32_t i = 1; i < expr->argument_count; i++) {
        constant &= expr->arguments[i]->kind == EXPR_CONSTANT;
    }
    deparse_append(printer->text, "(");
    print_operand(printer, expr->arguments[0]);
    if (printer->text->readable) {
        deparse_append(printer->text, " %s (", expr->negated ? "NOT IN" : "IN");
        print_list(printer, expr, 1, ", ");
        deparse_append(printer->text, "))");
        return;
    }
    deparse_append(printer->text, " %s (", expr->negated ? "<> ALL" : "= ANY");
    if (constant && !printer->text->defines) {
        print_constant_array(printer, expr);
    } else {
        deparse_append(printer->text, "%sARRAY[", stands ? "(" : "");
        print_list(printer, expr, 1, ", ");
        deparse_append(printer->text, "]%s", stands ? ")::text[]" : "");
    }
    deparse_append(printer->text, "))");
}

/* a, b ORDER BY c DESC */
static void print_ordered(const struct printer *printer, const struct expr *expr)
{
    uint32_t arguments = expr->argument_count - expr->order_count;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        deparse_append(printer->text, "%s", i == arguments ? " ORDER BY " : i == 0 ? "" : ", ");
        print_argument(printer, expr, i);
        if (i >= arguments) {
            bool descending = (expr->order[i - arguments] & EXPR_ORDER_DESCENDING) != 0;
            bool nulls_first = (expr->order[i - arguments] & EXPR_ORDER_NULLS_FIRST) != 0;

            deparse_append(printer->text, "%s%s", descending ? " DESC" : "",
                           descending == nulls_first ? ""
                           : nulls_first             ? " NULLS FIRST"
                                                     : " NULLS LAST");
        }
    }
}

static bool names_sequence(const struct expr *expr)
{
    return (expr->function == FUNCTION_NEXTVAL || expr->function == FUNCTION_CURRVAL ||
            expr->function == FUNCTION_SETVAL || expr->function == FUNCTION_SETVAL_CALLED) &&
           expr->arguments[0]->kind == EXPR_CONSTANT && !expr->arguments[0]->constant.null;
}

static void print_filter(const struct printer *printer, const struct expr *expr)
{
    if (expr->kind == EXPR_AGGREGATE && expr->filter != NULL) {
        deparse_append(printer->text, " FILTER (WHERE ");
        print_expr(printer, expr->filter);
        deparse_append(printer->text, ")");
    }
}

/* min or max of texts beside their folds. */
static void print_extreme(const struct printer *printer, const struct expr *expr)
{
    deparse_append(printer->text, "%s(", expr->function == FUNCTION_MIN_COLLATED ? "min" : "max");
    print_expr(printer, expr->arguments[0]);
    deparse_append(printer->text, ")");
    print_filter(printer, expr);
}

static void print_call(const struct printer *printer, const struct expr *expr)
{
    const struct function_entry *entry = function_entry((enum function_id)expr->function);

    if (entry->class == FUNCTION_CLASS_OPERATOR) {
        deparse_append(printer->text, "(");
        if (expr->argument_count == 2) {
            print_operand(printer, expr->arguments[0]);
            deparse_append(printer->text, " ");
        }
        deparse_append(printer->text, "%s ", entry->name);
        print_operand(printer, expr->arguments[expr->argument_count - 1]);
        deparse_append(printer->text, ")");
        return;
    }
    if (expr_fold_collation(expr) != VALUE_COLLATION_DEFAULT) {
        print_expr(printer, operand(expr->arguments[0]));
        return;
    }
    if (expr->function == FUNCTION_FIRST_TEXT) {
        print_expr(printer, expr->arguments[0]);
        return;
    }
    if (expr->function == FUNCTION_MIN_COLLATED || expr->function == FUNCTION_MAX_COLLATED) {
        print_extreme(printer, expr);
        return;
    }
    if (entry->name[0] >= 'A' && entry->name[0] <= 'Z') { /* CURRENT_ROLE */
        deparse_append(printer->text, "%s", entry->name);
        return;
    }
    deparse_name(printer->text, entry->name); /* "left"(a, 1): its name is a keyword */
    deparse_append(printer->text, "(%s", expr->distinct ? "DISTINCT " : "");
    if (names_sequence(expr)) { /* PostgreSQL's takes a regclass */
        print_quoted(printer->text, expr->arguments[0]->constant.bytes);
        deparse_append(printer->text, "::regclass%s", expr->argument_count > 1 ? ", " : ")");
        print_list(printer, expr, 1, ", ");
        deparse_append(printer->text, "%s", expr->argument_count > 1 ? ")" : "");
        return;
    }
    if (expr->function == FUNCTION_COUNT_STAR) {
        deparse_append(printer->text, "*");
    }
    if (expr->kind == EXPR_AGGREGATE && expr->order_count > 0) {
        print_ordered(printer, expr);
    }
    for (uint32_t i = 0;
         (expr->kind != EXPR_AGGREGATE || expr->order_count == 0) && i < expr->argument_count;
         i++) {
        deparse_append(printer->text, "%s", i == 0 ? "" : ", ");
        print_argument(printer, expr, i);
    }
    deparse_append(printer->text, ")");
    print_filter(printer, expr);
}

static void print_cast(const struct printer *printer, const struct expr *expr)
{
    char type[VALUE_TYPE_TEXT_BYTES];

    value_type_format((enum value_type)expr->type, expr->modifier, type);
    if (expr->modifier != VALUE_NO_MODIFIER && expr->arguments[0]->kind == EXPR_CONSTANT &&
        expr->arguments[0]->type == expr->type) {
        print_constant_as(printer, expr->arguments[0], true); /* 'abc'::character(5) */
        deparse_append(printer->text, "::%s", type);
        return;
    }
    deparse_append(printer->text, "(");
    print_expr(printer, expr->arguments[0]);
    deparse_append(printer->text, ")::%s",
                   expr->modifier == VALUE_NO_MODIFIER ? type_name(expr->type) : type);
}

/* A line of its own in a definition, at the depth of the CASEs around it; else behind a space. */
static void case_word(const struct printer *printer, const char *word, const char *separator)
{
    struct deparse_text *text = printer->text;

    if (!text->defines || text->readable) {
        deparse_append(text, "%s%s", separator, word);
        return;
    }
    while (text->size > 0 && text->data[text->size - 1] == ' ') {
        text->size--;
    }
    deparse_append(text, "\n%*s%s", (int)text->indent, "", word);
}

static void print_case(const struct printer *printer, const struct expr *expr)
{
    case_word(printer, "CASE", "");
    printer->text->indent += CASE_INDENT;
    for (uint32_t i = 0; i + 1 < expr->argument_count; i += 2) {
        case_word(printer, "WHEN ", " ");
        print_expr(printer, expr->arguments[i]);
        deparse_append(printer->text, " THEN ");
        print_expr(printer, expr->arguments[i + 1]);
    }
    case_word(printer, "ELSE ", " ");
    print_expr(printer, expr->arguments[expr->argument_count - 1]);
    printer->text->indent -= CASE_INDENT;
    case_word(printer, "END", " ");
}

/* (a AND b), (a IS DISTINCT FROM b), COALESCE(a, b) */
static void print_joined(const struct printer *printer, const struct expr *expr, const char *name,
                         const char *separator)
{
    deparse_append(printer->text, "%s(", name);
    print_list(printer, expr, 0, separator);
    deparse_append(printer->text, ")");
}

static void print_test(const struct printer *printer, const struct expr *expr, const char *what)
{
    deparse_append(printer->text, "(");
    print_expr(printer, expr->arguments[0]);
    deparse_append(printer->text, " IS %s%s)", expr->negated ? "NOT " : "", what);
}

static void print_logic(const struct printer *printer, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_AND:
        print_joined(printer, expr, "", " AND ");
        return;
    case EXPR_OR:
        print_joined(printer, expr, "", " OR ");
        return;
    case EXPR_NOT:
        deparse_append(printer->text, "(NOT ");
        print_expr(printer, expr->arguments[0]);
        deparse_append(printer->text, ")");
        return;
    case EXPR_IS_DISTINCT:
        deparse_append(printer->text, "%s(", expr->negated ? "(NOT " : "");
        print_operands(printer, expr, " IS DISTINCT FROM ");
        deparse_append(printer->text, ")%s", expr->negated ? ")" : "");
        return;
    case EXPR_IS_NULL:
        print_test(printer, expr, "NULL");
        return;
    case EXPR_IS_TRUE:
        print_test(printer, expr, "TRUE");
        return;
    default:
        print_test(printer, expr, "FALSE");
        return;
    }
}

static void print_collation(const struct printer *printer, enum value_collation collation)
{
    deparse_append(printer->text, " COLLATE ");
    deparse_name(printer->text, value_collations[collation].name);
}

/* In a definition a collation that changes nothing is shown too. */
static void print_expr(const struct printer *printer, const struct expr *expr)
{
    bool written = expr->collating == EXPR_COLLATION_WRITTEN &&
                   (printer->text->readable || printer->text->defines ||
                    value_collation_folds((enum value_collation)expr->collation));

    deparse_append(printer->text, "%s", written ? "(" : "");
    print_node(printer, expr);
    if (written) {
        print_collation(printer, (enum value_collation)expr->collation);
        deparse_append(printer->text, ")");
    }
}

static void print_node(const struct printer *printer, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONSTANT:
        print_constant(printer, expr);
        return;
    case EXPR_PARAMETER:
        deparse_append(printer->text, "$%u", expr->parameter + 1);
        return;
    case EXPR_COLUMN:
        if (printer->print_column == NULL) {
            deparse_append(printer->text, "#%u", expr->column);
        } else {
            printer->print_column(printer->text, printer->context, expr->column);
        }
        return;
    case EXPR_FUNCTION:
    case EXPR_AGGREGATE:
        print_call(printer, expr);
        return;
    case EXPR_CAST:
        print_cast(printer, expr);
        return;
    case EXPR_IN:
        print_in(printer, expr);
        return;
    case EXPR_CASE:
        print_case(printer, expr);
        return;
    case EXPR_COALESCE:
        print_joined(printer, expr, "COALESCE", ", ");
        return;
    case EXPR_NULLIF:
        deparse_append(printer->text, "NULLIF(");
        print_operands(printer, expr, ", ");
        deparse_append(printer->text, ")");
        return;
    case EXPR_GREATEST:
        print_joined(printer, expr, "GREATEST", ", ");
        return;
    case EXPR_LEAST:
        print_joined(printer, expr, "LEAST", ", ");
        return;
    default:
        print_logic(printer, expr);
        return;
    }
}

void deparse_expr(struct deparse_text *text, const struct expr *expr, deparse_column print_column,
                  const void *context)
{
    struct printer printer = {.text = text, .print_column = print_column, .context = context};
    enum value_collation fold = expr_fold_collation(expr);

    /* As in PostgreSQL, a cast that nobody wrote is not shown around the whole. */
    expr = expr_unfold(expr);
    expr =
        expr->kind == EXPR_CAST && expr->cast_context != CAST_EXPLICIT ? expr->arguments[0] : expr;
    if (fold != VALUE_COLLATION_DEFAULT && expr->collating != EXPR_COLLATION_WRITTEN) {
        print_expr(&printer, expr);
        print_collation(&printer, fold);
    } else {
        print_expr(&printer, expr);
    }
}
