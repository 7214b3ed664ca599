/*
 * parse_private.h - what the files of the parser share: the token window, failing, making nodes.
 *
 * The parser is sticky: the first failure is kept, the current token becomes LEX_ERROR, which nothing
 * accepts, so every loop and every function runs out by itself. Functions that return a node never
 * return NULL for a failure but the parser's scratch node; nothing is checked on the way up, sql_parse()
 * looks once at the end. Loops must go on only while something was accepted.
 *
 * One function a production, named after PostgreSQL's gram.y where that helps.
 */
#ifndef VARVE_SQL_PARSE_PRIVATE_H
#define VARVE_SQL_PARSE_PRIVATE_H

#include "sql/ast_private.h"
#include "sql/lex.h"
#include "sql/sql.h"

struct parser {
    struct lex lex;
    struct arena *arena;
    struct vv_error *error;
    struct lex_token token; /* the current one */
    struct lex_token next;  /* the one after it, when has_next */
    bool has_next;
    vv_status status; /* the first failure */
    uint32_t depth;
    uint32_t parameter_count;
    size_t memory_limit;               /* of arena->reserved_bytes, S2 */
    size_t previous_end;               /* byte where the token before the current one ended */
    _Alignas(16) uint8_t scratch[512]; /* the node of failed parsers */
};

/* ---- tokens: parse.c ---- */

void parse_advance(struct parser *p);
const struct lex_token *parse_peek(struct parser *p); /* the token after the current one */

static inline bool at_symbol(const struct parser *p, char symbol)
{
    return p->token.symbol == symbol;
}

static inline bool at_word(const struct parser *p, enum keyword keyword)
{
    return p->token.keyword == keyword;
}

bool accept_symbol(struct parser *p, char symbol);
bool accept_word(struct parser *p, enum keyword keyword);
bool accept_words(struct parser *p, enum keyword first, enum keyword second); /* both or none */
bool accept_pair(struct parser *p, enum keyword first,
                 enum keyword second); /* second must follow */
bool peek_word(struct parser *p, enum keyword keyword);
bool peek_symbol(struct parser *p, char symbol);
void expect_symbol(struct parser *p, char symbol);
void expect_word(struct parser *p, enum keyword keyword);
bool parse_failed(const struct parser *p);

/* ---- failing: parse.c ---- */

/* `syntax error at or near …` at the current token. */
void parse_syntax_error(struct parser *p);
/* The same with another text. */
void parse_error_near(struct parser *p, const char *message);
/* An error of its own. */
void parse_error(struct parser *p, enum vv_sqlstate code, uint32_t position, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
/* 0A000 `X is not supported` (S5). */
void parse_unsupported(struct parser *p, uint32_t position, const char *what);

/* Counts a level of recursion; 54001 beyond LIMIT_DEPTH. Call leave_level() always. */
void enter_level(struct parser *p);
void parse_too_deep(struct parser *p, uint32_t position); /* 54001 */
static inline void leave_level(struct parser *p)
{
    p->depth--;
}

/* ---- nodes: parse.c ---- */

/* A zeroed node. Never NULL. */
struct ast *node_make(struct parser *p, enum ast_tag tag, uint32_t position);

/* Sets the height of a node whose children are complete (A1); returns node, or the scratch node. */
struct ast *node_finish(struct parser *p, void *node);

struct ast *node_scratch(struct parser *p);
void list_push(struct parser *p, struct ast_list *list, struct ast *item);

#define MAKE(p, tag, name, position) \
    ((struct ast_##name *)(void *)node_make((p), (tag), (position)))

struct ast *make_string(struct parser *p, vv_slice text, uint32_t position);
struct ast *make_text_string(struct parser *p, const char *text, uint32_t position);
struct ast *make_integer(struct parser *p, int64_t value, uint32_t position);
struct ast *make_identifier(struct parser *p, vv_slice name, uint32_t position);
struct ast_name make_name(struct parser *p, const vv_slice *parts, uint32_t count);
struct ast_name make_simple_name(struct parser *p, vv_slice part);
vv_slice keyword_slice(enum keyword keyword);
bool slice_is(vv_slice slice, const char *text);

/* ---- names: parse_name.c ---- */

bool at_column_id(const struct parser *p); /* ColId: IDENT, unreserved, col_name */
bool at_type_name(
    const struct parser *p); /* type_function_name: IDENT, unreserved, type_func_name */
bool at_any_name(const struct parser *p);            /* ColLabel: also reserved words */
bool at_label(const struct parser *p);               /* BareColLabel */
vv_slice take_name(struct parser *p);                /* of any of those, and moves on */
vv_slice parse_column_id(struct parser *p);          /* ColId */
vv_slice parse_column_label(struct parser *p);       /* ColLabel */
vv_slice parse_name(struct parser *p);               /* = ColId; the name of an object */
struct ast_name parse_any_name(struct parser *p);    /* ColId { . ColLabel } */
struct ast_list parse_name_list(struct parser *p);   /* AST_IDENTIFIER, … */
struct ast_list parse_column_list(struct parser *p); /* '(' names ')' */
struct ast_list parse_optional_column_list(struct parser *p);
struct ast *parse_relation(struct parser *p); /* qualified_name: AST_RELATION */
/* 42601 for a name of more than three parts. position: of the error, 0 for none. */
void check_name_parts(struct parser *p, struct ast_name name, uint32_t position);
struct ast *parse_relation_of(struct parser *p, struct ast_name name, uint32_t position);
struct ast *parse_relation_expr(struct parser *p); /* [ONLY] name [*] */
struct ast_list parse_relation_list(struct parser *p, bool expr);
struct ast_list parse_any_name_list(struct parser *p); /* AST_RELATIONs of dotted names */
vv_slice parse_string(struct parser *p);               /* Sconst */
int64_t parse_integer(struct parser *p);               /* Iconst: fits int4 */
struct ast *parse_signed_number(struct parser *p);     /* NumericOnly */
int64_t parse_signed_integer(struct parser *p);
vv_slice parse_setting_name(struct parser *p);      /* var_name: a.b */
vv_slice parse_boolean_or_string(struct parser *p); /* opt_boolean_or_string */
vv_slice parse_role(struct parser *p);
bool parse_if_exists(struct parser *p);
bool parse_if_not_exists(struct parser *p);
enum ast_drop_behavior parse_behavior(struct parser *p);

/* ---- expressions: parse_expr.c, parse_primary.c, parse_call.c, parse_type.c ---- */

struct ast *parse_expr(struct parser *p);                        /* a_expr */
struct ast *parse_plain_expr(struct parser *p);                  /* b_expr */
struct ast *parse_target_expr(struct parser *p);                 /* may be followed by a label */
struct ast *parse_expr_from(struct parser *p, struct ast *left); /* goes on behind a c_expr */
struct ast_list parse_expr_list(struct parser *p);
struct ast *parse_primary(struct parser *p);                      /* c_expr */
struct ast *parse_indirection(struct parser *p, struct ast *arg); /* { [..] | .name } */
struct ast *negate(struct parser *p, struct ast *arg, uint32_t position);
vv_slice parse_any_operator(struct parser *p, bool *qualified_out); /* OPERATOR(…) or an operator */
vv_slice intern_operator(struct parser *p, vv_slice text);
struct ast *parse_call(struct parser *p, struct ast_name name, uint32_t position);
struct ast *parse_query_in_parens(struct parser *p); /* select_with_parens */
bool at_special_call(struct parser *p);              /* func_expr_common_subexpr */
struct ast *parse_special_call(struct parser *p);
struct ast *parse_window_specification(struct parser *p);
struct ast_list parse_func_args(struct parser *p, bool *variadic_out); /* behind '(' */
struct ast *parse_func_arg(struct parser *p);
struct ast *parse_type(struct parser *p);            /* Typename */
bool at_simple_type_keyword(const struct parser *p); /* int, double precision, … */
struct ast *parse_simple_type(struct parser *p);     /* without arrays */
struct ast *parse_type_literal(struct parser *p);    /* ConstTypename Sconst; at a type keyword */
struct ast *parse_generic_type(struct parser *p, struct ast_name name, uint32_t position);
struct ast *make_cast(struct parser *p, struct ast *arg, struct ast *type, uint32_t position);
struct ast *make_call(struct parser *p, const char *name, struct ast_list args, uint32_t position);

/* What stands between parentheses: a query, or expressions (several only when `list`). */
struct paren {
    struct ast *query; /* NULL: items */
    struct ast_list items;
};
struct paren parse_paren(struct parser *p, bool list);

/* ---- queries: parse_select.c, parse_from.c ---- */

bool at_query(const struct parser *p);     /* SELECT, VALUES, WITH, TABLE */
struct ast *parse_query(struct parser *p); /* SelectStmt, with or without parentheses */
struct ast *parse_query_with(struct parser *p, struct ast *with); /* behind its WITH; may be NULL */
struct ast *parse_query_from(struct parser *p, struct ast *left); /* goes on behind ( … ) */
bool at_query_tail(
    struct parser *p); /* UNION, ORDER BY, LIMIT … may follow a query in parentheses */
struct ast *parse_with(struct parser *p);
struct ast_list parse_order_by(struct parser *p); /* optional */
struct ast_list parse_sort_list(struct parser *p);
struct ast_list parse_targets(struct parser *p);
struct ast_list parse_returning(struct parser *p);
struct ast_list parse_from_list(struct parser *p);
struct ast *parse_table_ref(struct parser *p);
struct ast *parse_where(struct parser *p); /* optional: NULL */

/* ---- statements ---- */

/* One function a statement, called at its first word. */
struct ast *parse_statement(struct parser *p);
struct ast *parse_prepared_statement(struct parser *p); /* what PREPARE and EXPLAIN take */
struct ast *parse_dml(struct parser *p, struct ast *with);
struct ast *parse_insert(struct parser *p, struct ast *with);
struct ast *parse_update(struct parser *p, struct ast *with);
struct ast *parse_delete(struct parser *p, struct ast *with);
struct ast *parse_truncate(struct parser *p);
struct ast *parse_create(struct parser *p);
struct ast *parse_create_sequence(struct parser *p, enum ast_persistence persistence,
                                  uint32_t position);
struct ast *parse_create_view(struct parser *p, enum ast_persistence persistence, bool or_replace,
                              uint32_t position);
struct ast_list parse_option_list(
    struct parser *p); /* '(' name [value], … ')' of EXPLAIN, COPY … */
struct ast *parse_create_table(struct parser *p, enum ast_persistence persistence,
                               uint32_t position);
struct ast *parse_create_index(struct parser *p, uint32_t position);
struct ast *parse_index_element(struct parser *p);
struct ast *parse_column_definition(struct parser *p);
struct ast *parse_table_constraint(struct parser *p);
struct ast *parse_column_constraint(struct parser *p); /* NULL: none */
/* One option; false: there is none here. */
bool parse_sequence_option(struct parser *p, struct ast_list *options);
struct ast_list parse_sequence_options(struct parser *p, bool parenthesised);
struct ast_list parse_definition(struct parser *p); /* '(' name [= value], … ')' */
struct ast *make_option(struct parser *p, vv_slice name, struct ast *value, uint32_t position);
struct ast *parse_alter(struct parser *p);
struct ast *parse_drop(struct parser *p);
/* Behind ALTER, at ROLE, USER or GROUP. */
struct ast *parse_alter_role(struct parser *p, uint32_t position);
struct ast *parse_comment(struct parser *p);
struct ast *parse_transaction(struct parser *p);
struct ast *parse_set(struct parser *p);
struct ast *parse_show(struct parser *p);
struct ast *parse_reset(struct parser *p);
struct ast *parse_explain(struct parser *p);
struct ast *parse_prepare(struct parser *p);
struct ast *parse_execute(struct parser *p);
struct ast *parse_deallocate(struct parser *p);
struct ast *parse_declare(struct parser *p);
struct ast *parse_cursor_fetch(struct parser *p); /* or MOVE */
struct ast *parse_close(struct parser *p);
struct ast *parse_copy(struct parser *p);
struct ast *parse_analyze(struct parser *p);
struct ast *parse_vacuum(struct parser *p);
struct ast *parse_discard(struct parser *p);
struct ast *parse_lock(struct parser *p);
struct ast *parse_refresh(struct parser *p);
struct ast *parse_checkpoint(struct parser *p);

#endif
