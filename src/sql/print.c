/*
 * print.c - trees back to text, S3. Normal form: key words in capitals, names quoted only where they must
 * be, parentheses only where the parser needs them. The files: print_expr.c, print_query.c (queries and
 * FROM), print_define.c (CREATE, ALTER, DROP), print_statement.c (the rest).
 *
 * Left spines are printed in loops, since they may be long (A1).
 */
#include "sql/print_private.h"

#include "sql/keywords.h"
#include "sql/sql.h"

static void print_node(struct out *out, const struct ast *node);

vv_status sql_print(const struct ast *node, struct arena *arena, vv_slice *text_out)
{
    struct out out;

    out_init(&out, arena);
    print_node(&out, node);
    return out_finish(&out, text_out) ? VV_OK : VV_NOMEM;
}

static void print_node(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_TYPE:
        print_type(out, node);
        break;
    case AST_SORT:
        print_sort(out, node);
        break;
    case AST_RELATION:
    case AST_FROM_QUERY:
    case AST_FROM_FUNCTION:
    case AST_JOIN:
        print_from_item(out, node);
        break;
    default:
        if (node->tag <= AST_GROUPING) {
            print_expr(out, node);
        } else {
            print_statement(out, node);
        }
        break;
    }
}

vv_slice sql_quote_name(struct arena *arena, vv_slice name)
{
    struct out out;
    vv_slice text;

    out_init(&out, arena);
    print_name_part(&out, name);
    (void)out_finish(&out, &text);
    return text;
}

void print_word_if(struct out *out, bool condition, const char *text)
{
    if (condition) {
        out_text(out, text);
    }
}

/* Lower-case letters, digits, _ and $, and no digit or $ first. */
bool print_is_plain_name(vv_slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || byte == '_';
        bool digit = (byte >= '0' && byte <= '9') || byte == '$';

        if (!letter && !(digit && i > 0)) {
            return false;
        }
    }
    return name.size > 0;
}

void print_name_part(struct out *out, vv_slice part)
{
    enum keyword keyword = keyword_find(part);

    if (!print_is_plain_name(part) ||
        (keyword != KEYWORD_ABSENT && keyword_category(keyword) != KEYWORD_IS_UNRESERVED)) {
        print_quoted(out, part);
    } else {
        out_slice(out, part);
    }
}

void print_label(struct out *out, vv_slice name)
{
    if (print_is_plain_name(name)) {
        out_slice(out, name);
    } else {
        print_quoted(out, name);
    }
}

void print_quoted(struct out *out, vv_slice name)
{
    out_text(out, "\"");
    for (size_t i = 0; i < name.size; i++) {
        print_word_if(out, name.data[i] == '"', "\"");
        out_bytes(out, name.data + i, 1);
    }
    out_text(out, "\"");
}

void print_name(struct out *out, const struct ast_name *name)
{
    for (uint32_t i = 0; i < name->count; i++) {
        print_word_if(out, i > 0, ".");
        print_name_part(out, name->parts[i]);
    }
}

void print_string(struct out *out, vv_slice text)
{
    size_t from = 0;

    out_text(out, "'");
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\'') {
            out_bytes(out, text.data + from, i + 1 - from);
            from = i;
        }
    }
    out_bytes(out, text.data + from, text.size - from);
    out_text(out, "'");
}

void print_nodes(struct out *out, const struct ast_list *list, const char *separator,
                 void (*print)(struct out *out, const struct ast *node))
{
    ast_for_each(item, list)
    {
        print_word_if(out, item != list->first, separator);
        print(out, item);
    }
}

static void print_identifier(struct out *out, const struct ast *node)
{
    print_name_part(out, AST_AS(identifier, node)->name);
}

void print_identifiers(struct out *out, const struct ast_list *list)
{
    print_nodes(out, list, ", ", print_identifier);
}

void print_columns(struct out *out, const struct ast_list *list)
{
    if (list->count > 0) {
        out_text(out, "(");
        print_identifiers(out, list);
        out_text(out, ")");
    }
}
