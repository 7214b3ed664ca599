/*
 * bind_private.h - what the files of the binder share.
 *
 *   bind.c          statements, parameters, names of things          bind_expr.c     expressions
 *   bind_resolve.c  overloads, casts, common types                   bind_call.c     calls, aggregates
 *   bind_select.c   queries        bind_group.c   GROUP BY, HAVING   bind_modify.c   INSERT, UPDATE, DELETE
 *   bind_rules.c    CHECK, generated columns, DEFAULT                bind_index.c    CREATE INDEX
 *   bind_row.c      comparisons of rows                              bind_prepare.c  PREPARE, EXECUTE
 *   bind_command.c  transactions, settings, EXPLAIN                  bind_define.c   CREATE, DROP
 */
#ifndef VARVE_PLAN_BIND_PRIVATE_H
#define VARVE_PLAN_BIND_PRIVATE_H

#include "plan/bind.h"
#include "plan/deparse.h"

/* Where an expression stands: X(name, text in messages, aggregates allowed). */
#define BIND_PLACE_MAP(X)                                     \
    X(BIND_TARGET, "SELECT", true)                            \
    X(BIND_WHERE, "WHERE", false)                             \
    X(BIND_GROUP_BY, "GROUP BY", false)                       \
    X(BIND_HAVING, "HAVING", true)                            \
    X(BIND_ORDER_BY, "ORDER BY", true)                        \
    X(BIND_DISTINCT_ON, "DISTINCT ON", true)                  \
    X(BIND_LIMIT, "LIMIT", false)                             \
    X(BIND_OFFSET, "OFFSET", false)                           \
    X(BIND_VALUES, "VALUES", false)                           \
    X(BIND_UPDATE, "UPDATE", false)                           \
    X(BIND_FILTER, "FILTER", false)                           \
    X(BIND_DEFAULT, "DEFAULT expressions", false)             \
    X(BIND_RETURNING, "RETURNING", false)                     \
    X(BIND_CONFLICT, "index expressions", false)              \
    X(BIND_CHECK, "check constraints", false)                 \
    X(BIND_COPY_WHERE, "COPY FROM WHERE conditions", false)   \
    X(BIND_GENERATED, "column generation expressions", false) \
    X(BIND_INDEX, "index expressions", false)                 \
    X(BIND_INDEX_WHERE, "index predicates", false)            \
    X(BIND_EXECUTE, "EXECUTE parameters", false)              \
    X(BIND_TRANSFORM, "transform expressions", false)

enum bind_place {
#define X(name, text, aggregates) name,
    BIND_PLACE_MAP(X)
#undef X
        BIND_PLACE_COUNT
};

/* Part of a definition, kept as text, or what fills the parameters of another: none may stand in it. */
static inline bool bind_is_without_parameters(enum bind_place place)
{
    return place == BIND_DEFAULT || place == BIND_CHECK || place == BIND_GENERATED ||
           place == BIND_INDEX || place == BIND_INDEX_WHERE || place == BIND_EXECUTE ||
           place == BIND_TRANSFORM;
}

/* A table of the FROM clause. */
struct bind_relation {
    const char *alias; /* the name that columns are qualified with */
    const struct table_def *table;
    uint32_t first_column; /* of its columns in the row that expressions see */
};

struct bind_collated;  /* bind_collation.c */
struct bind_inference; /* bind_conflict.c */

struct binder {
    struct arena *arena;
    struct vv_error *error;
    const struct bind_catalog *catalog;
    const struct bind_prepared *prepared; /* NULL: nothing is */
    uint8_t *parameter_types;             /* enum value_type; VALUE_UNKNOWN: not inferred yet */
    uint32_t parameter_count;
    uint32_t parameter_capacity;
    const struct bind_relation *relations;
    uint32_t relation_count;
    const struct bind_relation *target; /* of INSERT: named in hints, not visible */
    const char *hidden; /* a relation that was visible in another part of the statement: EXCLUDED */
    enum bind_place place;
    uint32_t open_parameter; /* number of a parameter that was used without a type; 0: none */
    uint32_t open_parameter_position;
    const struct bind_collated *collated;   /* where COLLATE stands; NULL: nowhere yet */
    bool no_parameters;                     /* of COPY, and where BIND_NO_PARAMETERS says so */
    bool in_aggregate;                      /* inside the arguments of one: no other, no grouping */
    bool has_aggregates;                    /* an aggregate was met in this query */
    const struct bind_inference *inference; /* of ON CONFLICT; NULL: none */
    const struct table_column
        *refused; /* the first generated column that was given a value; NULL: none */
    bool refused_by_update;
};

/* A query's result: its rows, and which of its columns are literals whose type is still open (INSERT
 * gives them the type of the target column). */
struct bind_result {
    const struct logical_node *node;
    uint32_t column_count;
    const char *const *names;
    const struct expr *const *literals; /* column_count; NULL: an ordinary column */
    const uint32_t *positions;          /* column_count: where each column's expression stands */
};

/* ---- bind.c ---- */

/* 0A000 `WHAT is not supported yet`. */
vv_status bind_unsupported(struct binder *binder, uint32_t position, const char *what);
/* 54001, as PostgreSQL's check_stack_depth(). */
vv_status bind_too_deep(struct binder *binder, uint32_t position);
/* 54001 when little is left of the arena's limit, so that the error has a position. */
VV_MUST_USE vv_status bind_check_memory(struct binder *binder, uint32_t position);

/* A name or operator, of at most LIMIT_NAME_BYTES, with a NUL behind it. */
void bind_name_copy(char text[LIMIT_NAME_BYTES + 1], vv_slice name);

/* A NUL-terminated copy. NULL: out of memory. */
char *bind_text(struct binder *binder, vv_slice text);
/* schema.name of an AST_NAME; 0A000 for a database name before them that is not ours. */
VV_MUST_USE vv_status bind_table_name(struct binder *binder, const struct ast_name *name,
                                      uint32_t position, const char **schema_out,
                                      const char **name_out);
/* Whether there is a table, index or sequence of the name that a relation is to have; 3F000 `schema "s" does not exist`. */
VV_MUST_USE vv_status bind_name_taken(struct binder *binder, const char *schema, const char *name,
                                      bool *taken_out);
/* Looks up an AST_RELATION. */
VV_MUST_USE vv_status bind_relation(struct binder *binder, const struct ast *relation,
                                    enum bind_use use, struct bind_relation *relation_out);
/* The type and modifier that an AST_TYPE names; 42704 `type "x" does not exist`. */
VV_MUST_USE vv_status bind_type(struct binder *binder, const struct ast *type,
                                enum value_type *type_out, int32_t *modifier_out);

/* ---- bind_expr.c ---- */

VV_MUST_USE vv_status bind_expr(struct binder *binder, const struct ast *node,
                                const struct expr **expr_out);
/* As bind_expr at a place, which the binder then forgets. */
VV_MUST_USE vv_status bind_expr_at(struct binder *binder, enum bind_place place,
                                   const struct ast *node, const struct expr **expr_out);
/* An expression that must be BOOLEAN: `argument of WHERE must be type boolean, not type integer`. */
VV_MUST_USE vv_status bind_condition(struct binder *binder, enum bind_place place,
                                     const struct ast *node, const struct expr **expr_out);
/* A column of a relation, by its number in the row that expressions see. */
VV_MUST_USE vv_status bind_table_column(struct binder *binder, const struct bind_relation *relation,
                                        uint32_t column, uint32_t position,
                                        const struct expr **expr_out);
/* The leftmost position of an expression: what PostgreSQL's errors about a whole expression name. */
uint32_t bind_location(const struct expr *expr);
/* `-5` and `5` as the constants that PostgreSQL's grammar makes of them. False: another expression. */
bool bind_is_integer(const struct ast *node, int64_t *value_out);

/* ---- bind_collation.c ---- */

/* COLLATE: a copy of the expression that is marked with it. */
VV_MUST_USE vv_status bind_collate(struct binder *binder, const struct ast *node,
                                   const struct expr **expr_out);
/* 42704, 3F000. */
VV_MUST_USE vv_status bind_collation_find(struct binder *binder, const struct ast_name *name,
                                          uint32_t position, enum value_collation *collation_out);
/* The same for a column or a part of an index, of that type. 42804. */
VV_MUST_USE vv_status bind_collation_of_type(struct binder *binder, const struct ast_name *name,
                                             enum value_type type, uint32_t position,
                                             enum value_collation *collation_out);
/* A copy without the mark; another expression with the mark of one. */
VV_MUST_USE vv_status bind_collation_unmark(struct binder *binder, const struct expr *expr,
                                            const struct expr **expr_out);
VV_MUST_USE vv_status bind_collation_mark(struct binder *binder, const struct expr *expr,
                                          const struct expr *like, const struct expr **expr_out);
/* bind_coerce() of an expression that is marked: below the COLLATE. */
VV_MUST_USE vv_status bind_collation_coerce(struct binder *binder, const struct expr *expr,
                                            enum value_type type, int32_t modifier,
                                            enum cast_context context, uint32_t position,
                                            const struct expr **expr_out);
/* Gives the node the collation that follows from its arguments. 42P21: explicit ones differ. */
VV_MUST_USE vv_status bind_collation_settle(struct binder *binder, const struct expr **expr);
/* The collation that the arguments of a function have together: 42P22 if it cannot be told and the function needs it. */
VV_MUST_USE vv_status bind_collation_of(struct binder *binder, uint32_t count,
                                        const struct expr *const *exprs, enum function_id function,
                                        enum value_collation *collation_out);
/* The collation of a key of ORDER BY, GROUP BY or DISTINCT. 42P21. */
VV_MUST_USE vv_status bind_collation_of_key(struct binder *binder, const struct expr *key,
                                            enum value_collation *collation_out);
/* Makes *expr what is compared instead of it; fold_key: if its collation asks for that. */
VV_MUST_USE vv_status bind_collation_fold(struct binder *binder, enum value_collation collation,
                                          const struct expr **expr);
VV_MUST_USE vv_status bind_collation_fold_key(struct binder *binder, const struct expr **key);
/* ---- bind_hint.c ---- */

/* Adds a hint to the error about an unknown column. qualifier: may be empty. */
void bind_hint_column(struct binder *binder, vv_slice qualifier, vv_slice wanted);

/* ---- bind_call.c ---- */

VV_MUST_USE vv_status bind_call(struct binder *binder, const struct ast *node,
                                const struct expr **expr_out);
/* CURRENT_USER and its kin. */
VV_MUST_USE vv_status bind_value_function(struct binder *binder, const struct ast *node,
                                          const struct expr **expr_out);
/* The first aggregate in a tree, or NULL. */
const struct expr *bind_find_aggregate(const struct expr *expr);

/* ---- bind_row.c ---- */

bool bind_is_row(const struct ast *node);
/* An AST_BINARY, an AST_DISTINCT_FROM of two rows; an AST_IN of a row. */
VV_MUST_USE vv_status bind_row_comparison(struct binder *binder, const struct ast *node,
                                          const struct expr **expr_out);
VV_MUST_USE vv_status bind_row_distinct(struct binder *binder, const struct ast *node,
                                        const struct expr **expr_out);
VV_MUST_USE vv_status bind_row_in(struct binder *binder, const struct ast *node,
                                  const struct expr **expr_out);
VV_MUST_USE vv_status bind_row_is_null(struct binder *binder, const struct ast *row, bool negated,
                                       uint32_t position, const struct expr **expr_out);

/* ---- bind_resolve.c ---- */

/* Wraps like over arguments; 54001 when it would break E2. */
VV_MUST_USE vv_status bind_node(struct binder *binder, const struct expr *like, uint32_t count,
                                const struct expr *const *arguments, const struct expr **expr_out);
/* A BOOLEAN node without function: AND, OR, NOT, IS …. */
VV_MUST_USE vv_status bind_logic(struct binder *binder, enum expr_kind kind, uint32_t position,
                                 uint32_t count, const struct expr *const *arguments,
                                 const struct expr **expr_out);
/* left op right, or op right when left is NULL: chooses the overload and casts. */
VV_MUST_USE vv_status bind_operator(struct binder *binder, vv_slice op, uint32_t position,
                                    const struct expr *left, const struct expr *right,
                                    const struct expr **expr_out);
/* name(arguments); the name may be qualified by pg_catalog. */
VV_MUST_USE vv_status bind_function(struct binder *binder, const char *written, uint32_t position,
                                    uint32_t count, const struct expr *const *arguments,
                                    const struct expr **expr_out);
/* Whether a value of one type may stand where another is asked for, in that context. */
bool bind_can_coerce(enum value_type from, enum value_type to, enum cast_context context);
/* The expression as another type; the cast must be possible (bind_can_coerce). Parses literals and
 * infers parameters. */
VV_MUST_USE vv_status bind_coerce(struct binder *binder, const struct expr *expr,
                                  enum value_type type, int32_t modifier, enum cast_context context,
                                  uint32_t position, const struct expr **expr_out);
/* As coerce_to_specific_type(): `argument of LIMIT must be type bigint, not type text`. */
VV_MUST_USE vv_status bind_coerce_argument(struct binder *binder, const struct expr *expr,
                                           enum value_type type, const char *construct,
                                           const struct expr **expr_out);
/* A value for a column: `column "b" is of type integer but expression is of type text`. */
VV_MUST_USE vv_status bind_coerce_assignment(struct binder *binder, const struct expr *expr,
                                             const char *column, enum value_type type,
                                             int32_t modifier, const struct expr **expr_out);
/* select_common_type(): construct in `CASE types integer and text cannot be matched`. With construct
 * NULL a failure is VALUE_UNKNOWN without an error. */
VV_MUST_USE vv_status bind_common_type(struct binder *binder, uint32_t count,
                                       const struct expr *const *exprs, const char *construct,
                                       enum value_type *type_out);
/* An argument of any type: a literal becomes TEXT; a parameter of unknown type is noted, and an error if
 * nothing else tells its type (or, as in PostgreSQL, if something does only later). */
VV_MUST_USE vv_status bind_resolve_any(struct binder *binder, const struct expr *expr,
                                       const struct expr **expr_out);
/* Makes what is still UNKNOWN a TEXT. */
VV_MUST_USE vv_status bind_resolve_unknown(struct binder *binder, const struct expr *expr,
                                           const struct expr **expr_out);

/* ---- bind_select.c, bind_row.c, bind_group.c ---- */

/* Any query: SELECT, VALUES. keep_literals: leave the type of literals open (see bind_result). */
VV_MUST_USE vv_status bind_query(struct binder *binder, const struct ast *node, bool keep_literals,
                                 struct bind_result *result_out);

/* What a query with GROUP BY, HAVING or aggregates is rewritten with. */
struct bind_group {
    uint32_t key_count;
    uint32_t key_capacity;
    const struct expr **keys;  /* over the input */
    const struct expr **texts; /* by key: what a key is the fold of; NULL: it is none */
    uint32_t text_capacity;
    uint32_t aggregate_count;
    uint32_t aggregate_capacity;
    const struct expr **aggregates;
    bool by_primary_key; /* the keys hold a whole primary key: every column depends on them */
};

/* Makes an expression over the input one over the aggregate's output; notes keys and aggregates it
 * needs. `column "t.a" must appear in the GROUP BY clause or be used in an aggregate function`. */
VV_MUST_USE vv_status bind_group_rewrite(struct binder *binder, struct bind_group *group,
                                         const struct expr *expr, const struct expr **expr_out);
VV_MUST_USE vv_status bind_group_add_key(struct binder *binder, struct bind_group *group,
                                         const struct expr *key);
/* Looks whether the keys determine every column; call it when all keys are added. */
void bind_group_find_primary_key(struct binder *binder, struct bind_group *group);
/* Aggregates are numbered after the keys, which may grow: call it last on every rewritten expression. */
const struct expr *bind_group_number(struct binder *binder, const struct bind_group *group,
                                     const struct expr *expr);

/* The cells of VALUES, row by row, and the collation of each column (enum value_collation). */
VV_MUST_USE vv_status bind_values_cells(struct binder *binder, const struct ast_values *values,
                                        const struct expr ***cells_out,
                                        const uint8_t **collations_out);

/* A list of targets over the binder's relations: RETURNING. *exprs_out and *names_out: count each. */
VV_MUST_USE vv_status bind_target_list(struct binder *binder, enum bind_place place,
                                       const struct ast_list *list, uint32_t *count_out,
                                       const struct expr *const **exprs_out,
                                       const char *const **names_out);

/* ---- bind_lock.c ---- */

/* The lock that the clauses of a SELECT ask for, NULL: none. without: what the query has that leaves no row of a table
 * behind each row of its result ("DISTINCT clause"): an error if there are clauses; NULL: nothing. */
VV_MUST_USE vv_status bind_locking(struct binder *binder, const struct ast_list *clauses,
                                   const char *without, const struct row_lock **lock_out);
/* VALUES takes none. */
VV_MUST_USE vv_status bind_locking_values(struct binder *binder, const struct ast_list *clauses);

/* ---- bind_rules.c ---- */

/* What a column gets that nobody gives a value: its DEFAULT, or NULL. */
VV_MUST_USE vv_status bind_column_default(struct binder *binder, const struct table_def *table,
                                          uint32_t column, const struct expr **expr_out);
/* The conditions and generated columns of a table. */
VV_MUST_USE vv_status bind_rules(struct binder *binder, const struct table_def *table,
                                 const struct modify_conflict *conflict,
                                 const struct modify_rules **rules_out);
/* Those of an UPDATE: a generated column that reads nothing that is assigned keeps its value (PostgreSQL:
 * ExecInitStoredGenerated). ON CONFLICT DO UPDATE computes all, as PostgreSQL 15 does. */
VV_MUST_USE vv_status bind_rules_update(struct binder *binder, const struct table_def *table,
                                        const struct logical_assignment *assignments,
                                        uint32_t count, const struct modify_rules **rules_out);
/* What DELETE needs of them. */
VV_MUST_USE vv_status bind_rules_delete(struct binder *binder, const struct table_def *table,
                                        const struct modify_rules **rules_out);
/* An expression over the columns of a table that is being defined or is there: CHECK's condition, or the
 * value of a generated column. */
VV_MUST_USE vv_status bind_check(struct binder *binder, const struct table_def *table,
                                 const struct ast *tree, const struct expr **expr_out);
VV_MUST_USE vv_status bind_generated(struct binder *binder, const struct table_def *table,
                                     uint32_t column, const struct ast *tree,
                                     const struct expr **expr_out);

/* ---- bind_index.c ---- */

VV_MUST_USE vv_status bind_create_index(struct binder *binder, const struct ast *node,
                                        struct command *command);
/* What an expression of an index, or its predicate, is kept as; tree: as it was written. */
VV_MUST_USE vv_status bind_index_part_text(struct binder *binder, const struct table_def *table,
                                           const struct ast *tree, const struct expr *expr,
                                           const char **text_out);
VV_MUST_USE vv_status bind_index_predicate_text(struct binder *binder,
                                                const struct table_def *table,
                                                const struct ast *tree, const struct expr *expr,
                                                const char **text_out);

/* Any expression over the columns of one table. */
VV_MUST_USE vv_status bind_over_table(struct binder *binder, const struct table_def *table,
                                      enum bind_place place, const struct ast *tree,
                                      const struct expr **expr_out);

/* ---- bind_modify.c: what INSERT shares ---- */

/* 0A000 for WITH. */
VV_MUST_USE vv_status bind_modify_check(struct binder *binder, const struct ast *with);
/* 42703 `column "x" of relation "t" does not exist`. */
VV_MUST_USE vv_status bind_column_find(struct binder *binder, const struct table_def *table,
                                       uint32_t position, vv_slice name, uint16_t *column_out);
/* The expression as a value of that column. */
VV_MUST_USE vv_status bind_coerce_column(struct binder *binder, const struct table_def *table,
                                         uint32_t column, const struct expr *expr,
                                         const struct expr **expr_out);
/* Notes that a generated column was given a value: an error that comes behind those of the rest of the
 * statement, as from PostgreSQL's rewriter. */
void bind_refuse_generated(struct binder *binder, const struct table_column *column,
                           bool by_update);
/* SET of UPDATE and ON CONFLICT: AST_ASSIGNMENTs over the binder's relations, sorted by column. */
VV_MUST_USE vv_status bind_assignments(struct binder *binder, const struct table_def *table,
                                       const struct ast_list *list,
                                       const struct logical_assignment **assignments_out,
                                       uint32_t *count_out);
/* Binds RETURNING over the binder's relations and makes the plan. */
VV_MUST_USE vv_status bind_modify_finish(struct binder *binder, const struct logical_node *source,
                                         struct logical_modify *modify,
                                         const struct ast_list *returning,
                                         struct logical_plan *plan);

/* ---- bind_sequence.c ---- */

/* The type that SERIAL and its kin stand for; VALUE_UNKNOWN: it is another type. */
VV_MUST_USE vv_status bind_serial(struct binder *binder, const struct ast *type,
                                  enum value_type *type_out);
/* The wish for a column's sequence; options: of IDENTITY, or NULL (SERIAL). */
VV_MUST_USE vv_status bind_sequence_of_column(struct binder *binder, enum value_type type,
                                              const struct ast_list *options,
                                              const struct table_sequence_options **options_out);
VV_MUST_USE vv_status bind_create_sequence(struct binder *binder, const struct ast *node,
                                           struct command *command);
VV_MUST_USE vv_status bind_alter_sequence(struct binder *binder, const struct ast *node,
                                          struct command *command);

/* ---- bind_define.c: what ALTER TABLE shares ---- */

/* A table being put together. */
struct bind_definition {
    const char *name;
    struct table_column *columns;
    uint32_t column_count;
    struct table_index *indexes; /* the primary key first */
    uint32_t index_count;
    struct table_check *checks;
    uint32_t check_count;
    bool has_key;
    bool apart; /* a key on the same columns as another is one more (ALTER TABLE) */
};

/* PostgreSQL's columns of every table: their names are taken. 42701. */
bool bind_is_system_column(vv_slice name);
VV_MUST_USE vv_status bind_system_column_check(struct binder *binder, vv_slice name);
/* TABLE_NO_COLUMN: there is none of that name. */
uint16_t bind_definition_column(const struct bind_definition *definition, vv_slice name);
/* What expressions see of the table: its name and columns. NULL: out of memory. */
struct table_def *bind_definition_shape(struct binder *binder,
                                        const struct bind_definition *definition);
bool bind_is_key(const struct ast_constraint *constraint);
/* 0A000 for constraints that are not supported. */
VV_MUST_USE vv_status bind_define_supported(struct binder *binder,
                                            const struct ast_constraint *tree);
/* Adds a column (the arrays have room), whatever its name is, without looking at its expressions; its keys. */
VV_MUST_USE vv_status bind_define_column(struct binder *binder, struct bind_definition *definition,
                                         const struct ast_column_definition *tree);
VV_MUST_USE vv_status bind_define_column_keys(struct binder *binder,
                                              struct bind_definition *definition,
                                              const struct ast_column_definition *tree);
/* Looks at the DEFAULT or the generation expression of a column of shape. */
VV_MUST_USE vv_status bind_define_value(struct binder *binder, const struct table_def *shape,
                                        uint32_t column, const struct ast_column_definition *tree);
/* PRIMARY KEY or UNIQUE. column: the one whose definition holds it; NULL for a constraint of the table. */
VV_MUST_USE vv_status bind_define_key(struct binder *binder, struct bind_definition *definition,
                                      const struct ast_constraint *constraint,
                                      const vv_slice *column);
VV_MUST_USE vv_status bind_define_check(struct binder *binder, const struct table_def *shape,
                                        struct bind_definition *definition,
                                        const struct ast_constraint *constraint);
/* An expression of a definition, in normal form. */
VV_MUST_USE vv_status bind_expr_text(struct binder *binder, const struct ast *expr,
                                     const char **text_out);

/* ---- bind_alter.c ---- */

VV_MUST_USE vv_status bind_truncate(struct binder *binder, const struct ast *node,
                                    struct command *command);
/* ALTER TABLE, ALTER INDEX. */
VV_MUST_USE vv_status bind_alter(struct binder *binder, const struct ast *node,
                                 struct command *command);

/* ---- bind_storage.c ---- */

/* WITH (…) of a table ('T') or index ('I'): 22023 for what PostgreSQL does not know or take. */
VV_MUST_USE vv_status bind_storage_parameters(struct binder *binder, const struct ast_list *options,
                                              char place);

/* ---- bind_copy.c ---- */

/* plan: root and copy. */
VV_MUST_USE vv_status bind_copy(struct binder *binder, const struct ast *node,
                                struct logical_plan *plan);

/* ON CONFLICT of an INSERT into target. */
VV_MUST_USE vv_status bind_conflict(struct binder *binder, const struct bind_relation *target,
                                    const struct ast *node,
                                    const struct modify_conflict **conflict_out);
/* At the statement's end: the unique indexes that the target names; 42P10. */
VV_MUST_USE vv_status bind_conflict_infer(struct binder *binder);

/* ---- bind_insert.c, bind_modify.c, bind_command.c, bind_prepare.c, bind_define.c ---- */

/* plan: root, and the columns of RETURNING. */
VV_MUST_USE vv_status bind_insert(struct binder *binder, const struct ast *node,
                                  struct logical_plan *plan);
VV_MUST_USE vv_status bind_update(struct binder *binder, const struct ast *node,
                                  struct logical_plan *plan);
VV_MUST_USE vv_status bind_delete(struct binder *binder, const struct ast *node,
                                  struct logical_plan *plan);
/* VV_NOT_FOUND: the tree is no command. */
VV_MUST_USE vv_status bind_command(struct binder *binder, const struct ast *node,
                                   struct command *command);
VV_MUST_USE vv_status bind_maintain(struct binder *binder, const struct ast *node,
                                    struct command *command);
/* An option of EXPLAIN, VACUUM …: 42601 `verbose requires a Boolean value`. */
VV_MUST_USE vv_status bind_option_boolean(struct binder *binder, const struct ast_option *option,
                                          bool *value_out);
VV_MUST_USE vv_status bind_prepared_command(struct binder *binder, const struct ast *node,
                                            struct command *command);
/* DECLARE, FETCH, MOVE, CLOSE; the columns go into the plan. */
VV_MUST_USE vv_status bind_cursor_command(struct binder *binder, const struct ast *node,
                                          struct command *command, struct logical_plan *plan);
VV_MUST_USE vv_status bind_define(struct binder *binder, const struct ast *node,
                                  struct command *command);
/* CREATE, ALTER and DROP ROLE. */
VV_MUST_USE vv_status bind_role(struct binder *binder, const struct ast *node,
                                struct command *command);
/* The plan of an inner statement (EXPLAIN). */
VV_MUST_USE vv_status bind_plan(struct binder *binder, const struct ast *tree,
                                struct logical_plan *plan);

#endif
