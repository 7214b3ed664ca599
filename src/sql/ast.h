/*
 * ast.h - the syntax tree of a statement: what was written, with nothing looked up yet.
 *
 * Every node begins with a `struct ast` (tag, position, link), lives in the arena given to sql_parse()
 * and is read-only afterwards. ast.def lists all nodes and their fields; read it next to this page.
 * `AST_AS(between, node)` gives the struct of a node whose tag is AST_BETWEEN.
 *
 *     struct ast_select  ->  targets: AST_TARGET -> AST_TARGET      (lists are linked by node.next)
 *                        ->  from:    AST_JOIN { left: AST_RELATION, right: AST_RELATION }
 *
 * Names are folded to lower case and cut to LIMIT_NAME_BYTES as PostgreSQL does. Positions are 1-based
 * characters in the text that was parsed.
 *
 * Promises: A1 nesting, counted without the left spines of AST_BINARY, AST_JOIN and AST_SET_OPERATION,
 *           is at most LIMIT_DEPTH; so recursion that follows left spines in a loop is safe.
 *           A2 `next` is used only inside the list that holds the node.
 */
#ifndef VARVE_SQL_AST_H
#define VARVE_SQL_AST_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/slice.h"

enum ast_tag {
    AST_NONE,
#define NODE(tag, name, fields) tag,
#include "sql/ast.def"
#undef NODE
    AST_TAG_COUNT
};

/* The head of every node. */
struct ast {
    uint16_t tag;      /* enum ast_tag */
    uint16_t height;   /* A1 */
    uint32_t position; /* 1-based character; 0: made up by the parser */
    struct ast *next;  /* in the list that holds it */
};

struct ast_list {
    struct ast *first; /* NULL when empty */
    struct ast *last;
    uint32_t count;
};

/* a, t.a, s.t.a: parts[count - 1] is the innermost. count 0: absent. */
struct ast_name {
    const vv_slice *parts;
    uint32_t count;
};

enum ast_is_what { AST_IS_NULL, AST_IS_TRUE, AST_IS_FALSE, AST_IS_UNKNOWN };
enum ast_like_kind { AST_LIKE_LIKE, AST_LIKE_ILIKE, AST_LIKE_SIMILAR };
enum ast_frame_unit { AST_FRAME_RANGE, AST_FRAME_ROWS, AST_FRAME_GROUPS };
enum ast_frame_bound {
    AST_BOUND_UNBOUNDED_PRECEDING,
    AST_BOUND_PRECEDING, /* offset PRECEDING */
    AST_BOUND_CURRENT_ROW,
    AST_BOUND_FOLLOWING,
    AST_BOUND_UNBOUNDED_FOLLOWING
};
enum ast_frame_exclusion {
    AST_EXCLUDE_NO_OTHERS,
    AST_EXCLUDE_CURRENT_ROW,
    AST_EXCLUDE_GROUP,
    AST_EXCLUDE_TIES
};
enum ast_value_function_kind {
    AST_CURRENT_DATE,
    AST_CURRENT_TIME,
    AST_CURRENT_TIMESTAMP,
    AST_LOCALTIME,
    AST_LOCALTIMESTAMP,
    AST_CURRENT_ROLE,
    AST_CURRENT_USER,
    AST_SESSION_USER,
    AST_USER,
    AST_CURRENT_CATALOG,
    AST_CURRENT_SCHEMA
};
enum ast_grouping_kind { AST_GROUP_EMPTY, AST_GROUP_ROLLUP, AST_GROUP_CUBE, AST_GROUP_SETS };
enum ast_sort_direction { AST_SORT_DEFAULT, AST_SORT_ASC, AST_SORT_DESC, AST_SORT_USING };
enum ast_sort_nulls { AST_NULLS_DEFAULT, AST_NULLS_FIRST, AST_NULLS_LAST };
enum ast_set_kind { AST_UNION, AST_INTERSECT, AST_EXCEPT };
enum ast_cte_materialized { AST_CTE_DEFAULT, AST_CTE_MATERIALIZED, AST_CTE_NOT_MATERIALIZED };
enum ast_lock_strength { AST_FOR_KEY_SHARE, AST_FOR_SHARE, AST_FOR_NO_KEY_UPDATE, AST_FOR_UPDATE };
enum ast_lock_wait { AST_LOCK_WAIT, AST_LOCK_SKIP_LOCKED, AST_LOCK_NOWAIT };
enum ast_join_kind { AST_JOIN_INNER, AST_JOIN_LEFT, AST_JOIN_RIGHT, AST_JOIN_FULL, AST_JOIN_CROSS };
enum ast_insert_override { AST_OVERRIDE_NONE, AST_OVERRIDE_USER, AST_OVERRIDE_SYSTEM };
enum ast_drop_behavior { AST_RESTRICT, AST_CASCADE }; /* RESTRICT is also the default */
enum ast_persistence { AST_PERMANENT, AST_TEMPORARY, AST_UNLOGGED };
enum ast_constraint_kind {
    AST_CONSTRAINT_NOT_NULL,
    AST_CONSTRAINT_NULL,
    AST_CONSTRAINT_DEFAULT,
    AST_CONSTRAINT_CHECK,
    AST_CONSTRAINT_PRIMARY_KEY,
    AST_CONSTRAINT_UNIQUE,
    AST_CONSTRAINT_REFERENCES, /* FOREIGN KEY */
    AST_CONSTRAINT_GENERATED,  /* GENERATED ALWAYS AS (expr) STORED */
    AST_CONSTRAINT_IDENTITY    /* GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY */
};
enum ast_match_kind { AST_MATCH_SIMPLE, AST_MATCH_FULL };
enum ast_ref_action {
    AST_REF_NO_ACTION,
    AST_REF_RESTRICT,
    AST_REF_CASCADE,
    AST_REF_SET_NULL,
    AST_REF_SET_DEFAULT
};
enum ast_object_kind {
    AST_OBJECT_TABLE,
    AST_OBJECT_INDEX,
    AST_OBJECT_VIEW,
    AST_OBJECT_MATERIALIZED_VIEW,
    AST_OBJECT_SEQUENCE,
    AST_OBJECT_SCHEMA,
    AST_OBJECT_ROLE,
    AST_OBJECT_COLUMN,
    AST_OBJECT_CONSTRAINT
};
enum ast_alter_kind {
    AST_ALTER_ADD_COLUMN, /* definition: AST_COLUMN_DEFINITION */
    AST_ALTER_DROP_COLUMN,
    AST_ALTER_COLUMN_TYPE, /* type, expr: USING */
    AST_ALTER_SET_DEFAULT,
    AST_ALTER_DROP_DEFAULT,
    AST_ALTER_SET_NOT_NULL,
    AST_ALTER_DROP_NOT_NULL,
    AST_ALTER_DROP_EXPRESSION,
    AST_ALTER_ADD_IDENTITY, /* definition: AST_CONSTRAINT */
    AST_ALTER_SET_IDENTITY, /* definition: AST_CONSTRAINT of SET GENERATED, or NULL; options */
    AST_ALTER_DROP_IDENTITY,
    AST_ALTER_ADD_CONSTRAINT, /* definition: AST_CONSTRAINT */
    AST_ALTER_DROP_CONSTRAINT,
    AST_ALTER_VALIDATE_CONSTRAINT,
    AST_ALTER_RENAME_CONSTRAINT,
    AST_ALTER_RENAME_COLUMN,
    AST_ALTER_RENAME,
    AST_ALTER_SET_SCHEMA,
    AST_ALTER_OWNER,
    AST_ALTER_SET_OPTIONS,
    AST_ALTER_RESET_OPTIONS,
    AST_ALTER_SEQUENCE_OPTIONS, /* of ALTER SEQUENCE */
    AST_ALTER_SET_STATISTICS    /* expr: the number */
};
enum ast_view_check { AST_CHECK_OPTION_NONE, AST_CHECK_OPTION_LOCAL, AST_CHECK_OPTION_CASCADED };
enum ast_role_kind { AST_ROLE, AST_ROLE_USER, AST_ROLE_GROUP };
enum ast_transaction_kind {
    AST_TXN_BEGIN,
    AST_TXN_START, /* START TRANSACTION: as BEGIN but for its command tag */
    AST_TXN_COMMIT,
    AST_TXN_ROLLBACK,
    AST_TXN_SAVEPOINT,
    AST_TXN_RELEASE,
    AST_TXN_ROLLBACK_TO,
    AST_TXN_PREPARE,
    AST_TXN_COMMIT_PREPARED,
    AST_TXN_ROLLBACK_PREPARED
};
enum ast_transaction_mode_kind {
    AST_MODE_SERIALIZABLE,
    AST_MODE_REPEATABLE_READ,
    AST_MODE_READ_COMMITTED,
    AST_MODE_READ_UNCOMMITTED,
    AST_MODE_READ_WRITE,
    AST_MODE_READ_ONLY,
    AST_MODE_DEFERRABLE,
    AST_MODE_NOT_DEFERRABLE
};
enum ast_set_scope { AST_SET_SESSION, AST_SET_LOCAL };
enum ast_copy_end { AST_COPY_FILE, AST_COPY_STDIN, AST_COPY_STDOUT };
enum ast_fetch_direction {
    AST_FETCH_FORWARD,
    AST_FETCH_BACKWARD,
    AST_FETCH_ABSOLUTE,
    AST_FETCH_RELATIVE
};
#define AST_FETCH_ALL INT64_MAX
enum ast_discard_kind {
    AST_DISCARD_ALL,
    AST_DISCARD_PLANS,
    AST_DISCARD_SEQUENCES,
    AST_DISCARD_TEMP
};
enum ast_table_lock_mode { /* weakest first */
                           AST_LOCK_ACCESS_SHARE,
                           AST_LOCK_ROW_SHARE,
                           AST_LOCK_ROW_EXCLUSIVE,
                           AST_LOCK_SHARE_UPDATE_EXCLUSIVE,
                           AST_LOCK_SHARE,
                           AST_LOCK_SHARE_ROW_EXCLUSIVE,
                           AST_LOCK_EXCLUSIVE,
                           AST_LOCK_ACCESS_EXCLUSIVE
};

#define ONE(x)        struct ast *x;
#define MANY(x)       struct ast_list x;
#define TEXT(x)       vv_slice x;
#define NAME(x)       struct ast_name x;
#define FLAG(x)       bool x;
#define NUMBER(x)     int64_t x;
#define KIND(type, x) enum ast_##type x;
#define NODE(tag, name, fields) \
    struct ast_##name {         \
        struct ast node;        \
        fields                  \
    };
#include "sql/ast.def"
#undef ONE
#undef MANY
#undef TEXT
#undef NAME
#undef FLAG
#undef NUMBER
#undef KIND
#undef NODE

/* The struct of a node; the caller has looked at the tag. */
#define AST_AS(name, pointer) ((const struct ast_##name *)(const void *)(pointer))

#define ast_for_each(item, list) \
    for (const struct ast *item = (list)->first; item != NULL; item = item->next)

/* The innermost part of a name. */
static inline vv_slice ast_name_last(const struct ast_name *name)
{
    VV_ASSERT(name->count > 0);
    return name->parts[name->count - 1];
}

/* Expressions over one table: whether they read a column of that name; another name for a column, or for the
 * table where it qualifies columns, in place. borrow: to as long as the tree. */
bool ast_reads_column(struct ast *tree, vv_slice name);
void ast_rename_column(struct ast *tree, vv_slice from, vv_slice to);
void ast_rename_table(struct ast *tree, vv_slice from, vv_slice to);

/* Whether two trees say the same; positions do not count. NULL equals NULL only. */
bool ast_equal(const struct ast *a, const struct ast *b);

/* "AST_SELECT"; for messages of tests and asserts. */
const char *ast_tag_text(enum ast_tag tag);

/* The nested list form of a tree with every field that is set, for tests and for people:
 * (binary op "+" left (integer value 1) right …). NULL: out of memory. */
char *ast_dump(struct arena *arena, const struct ast *node);

#endif
