/*
 * print_private.h - what the files of the printer share.
 */
#ifndef VARVE_SQL_PRINT_PRIVATE_H
#define VARVE_SQL_PRINT_PRIVATE_H

#include "sql/ast_private.h"
#include "sql/out.h"
#include "sql/precedence.h"

/* ---- print.c: words, names, lists ---- */

void print_word_if(struct out *out, bool condition, const char *text);
void print_name_part(struct out *out, vv_slice part); /* quoted where needed */
void print_label(struct out *out, vv_slice name);     /* a key word needs no quotes there */
void print_quoted(struct out *out, vv_slice name);    /* always "…" */
void print_name(struct out *out, const struct ast_name *name);
void print_string(struct out *out, vv_slice text);
void print_identifiers(struct out *out, const struct ast_list *list);
void print_columns(struct out *out, const struct ast_list *list); /* (a, b), nothing when empty */
void print_nodes(struct out *out, const struct ast_list *list, const char *separator,
                 void (*print)(struct out *out, const struct ast *node));
bool print_is_plain_name(vv_slice name);

/* ---- print_expr.c ---- */

void print_expr(struct out *out, const struct ast *node);
void print_expr_at(struct out *out, const struct ast *node, enum precedence minimum);
void print_plain_expr(struct out *out, const struct ast *node); /* b_expr */
void print_expr_list(struct out *out, const struct ast_list *list);
void print_type(struct out *out, const struct ast *node);
void print_order_by(struct out *out, const struct ast_list *list); /* with space in front */
void print_sort(struct out *out, const struct ast *node);
void print_call_plainly(struct out *out, const struct ast *node); /* in FROM and indexes */
void print_window_specification(struct out *out, const struct ast_window *window);

/* ---- print_query.c ---- */

bool print_is_query(const struct ast *node);
void print_query(struct out *out, const struct ast *node);
void print_from_item(struct out *out, const struct ast *node);
void print_from_list(struct out *out, const char *word, const struct ast_list *list);
void print_targets(struct out *out, const struct ast_list *list);
void print_returning(struct out *out, const struct ast_list *list);
void print_where(struct out *out, const struct ast *where);
void print_with(struct out *out, const struct ast *with);
void print_relation(struct out *out, const struct ast *node);

/* ---- print_statement.c, print_define.c ---- */

bool print_definition(struct out *out, const struct ast *node); /* false: none of its nodes */
bool print_utility(struct out *out, const struct ast *node);
void print_statement(struct out *out, const struct ast *node);
void print_index_element(struct out *out, const struct ast *node);
void print_option_list(struct out *out, const struct ast_list *options);

#endif
