/*
 * eval_private.h - programs and states from inside.
 *
 * A program is a DAG of nodes like the expression it came from. A node evaluates its arguments for some
 * rows and gives a vector: its own slot, a column of the input, or an argument's vector.
 */
#ifndef VARVE_EVAL_EVAL_PRIVATE_H
#define VARVE_EVAL_EVAL_PRIVATE_H

#include "base/pace.h"
#include "eval/eval.h"
#include "eval/regex.h"
#include "eval/session.h"

/* The loops over columns are written to become vector instructions; gcc does that at -O3 only. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define EVAL_LOOPS __attribute__((optimize("O3")))
#else
#define EVAL_LOOPS
#endif

/* Selected rows: at[0..count), or 0..count-1 when at is NULL. */
struct eval_rows {
    const uint16_t *at;
    uint32_t count;
};

/* One call of a kernel: arguments are ready; `out` is reset and, for strict functions, has the NULLs of
 * the arguments already. */
struct eval_call {
    struct eval_state *state;
    const struct eval_node *node;
    struct eval_rows rows;
    const struct value_vector *arguments[FUNCTION_ARGUMENTS_MAX];
    struct value_vector *out;
    struct vv_error *error;
};

typedef vv_status (*eval_kernel)(struct eval_call *call);

/* One row of a function without a kernel: arguments are not NULL if it is strict, and as many as its node
 * has; out has the result's type and may be made NULL. */
typedef vv_status (*eval_scalar)(struct eval_call *call, const struct value *arguments,
                                 struct value *out);

/* Keeps those rows for which a comparison is true; `from` may be `to`. Returns their number. */
typedef uint32_t (*eval_comparer)(const struct value_vector *a, const struct value_vector *b,
                                  struct eval_rows rows, uint16_t *to);

/* The code of a function: one of the two. */
struct eval_function {
    eval_kernel kernel;
    eval_scalar scalar;
};

struct eval_node {
    uint8_t kind;      /* enum expr_kind */
    uint8_t type;      /* enum value_type */
    uint8_t collation; /* GREATEST, LEAST: enum value_collation */
    bool negated;
    bool in_context;    /* may ask for the time zone or the clock */
    bool cut;           /* an explicit cast: strings are cut to their length */
    bool compared;      /* a cast that never fails: cast_compared() */
    bool constant_call; /* constant arguments give a constant result */
    bool loose;         /* a function that is not strict, or has any number of arguments */
    uint16_t function;  /* enum function_id */
    uint16_t row_work;  /* what a call for a row costs, strings apart */
    uint32_t shared;    /* 0, or 1 + the number of this shared node */
    uint32_t slot;
    int32_t modifier;
    uint32_t argument_count;
    const struct eval_node *const *arguments;
    eval_kernel kernel;
    eval_scalar scalar;
    eval_comparer comparer; /* comparisons of numbers: for filters */
    eval_comparer commuted; /* the same with exchanged sides */
    uint32_t number;        /* of the column or parameter */
    const struct value *constant;
};

struct eval_program {
    uint32_t output_count;
    uint32_t slot_count;
    uint32_t shared_count;
    uint32_t leaf_count;
    const struct eval_node *const *outputs;
    const struct eval_node *const *leaves; /* constants and parameters */
};

/* What a shared node has computed in this run. */
struct eval_shared {
    uint64_t run;                      /* the run it belongs to */
    const struct value_vector *result; /* for the rows below, or of all rows when constant */
    struct value_vector own;           /* once a second selection had to be added */
    uint64_t rows[LIMIT_BATCH_ROWS / 64];
};

struct eval_state {
    const struct eval_program *program;
    struct arena *arena;
    struct arena strings; /* of results; emptied by each run */
    struct value_vector *slots;
    uint16_t *capacities; /* rows that the slot has room for */
    const struct value_vector **results;
    struct eval_shared *shared;
    uint16_t **selections; /* scratch, a stack */
    uint32_t selection_count;
    uint32_t selection_limit;
    uint32_t capacity; /* rows that a slot needs in this run */
    uint64_t run;
    const struct value_batch *input;
    struct eval_session *session; /* never NULL: alone, if nobody attached one */
    struct eval_session alone;
    struct pace *pace; /* never NULL: unpaced, if nobody gave one */
    struct pace unpaced;
    struct regex_cache regexes; /* compiled patterns */
};

extern const struct eval_function eval_functions[FUNCTION_COUNT];

/* ---- run.c ---- */

/* The vector of node for these rows. borrow: until the next run. */
VV_MUST_USE vv_status eval_node_run(struct eval_state *state, const struct eval_node *node,
                                    struct eval_rows rows, const struct value_vector **out,
                                    struct vv_error *error);

/* The node's own vector, with room and reset. */
VV_MUST_USE vv_status eval_slot(struct eval_state *state, const struct eval_node *node,
                                struct value_vector **out, struct vv_error *error);

/* Scratch for a selection; dropped in the opposite order. NULL: out of memory. */
uint16_t *eval_selection_take(struct eval_state *state);
void eval_selection_drop(struct eval_state *state);

/* Keeps the rows for which the BOOLEAN node is true. `to` may be the array of rows. */
VV_MUST_USE vv_status eval_node_filter(struct eval_state *state, const struct eval_node *node,
                                       struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                                       struct vv_error *error);

/* ---- nodes.c: the kinds of nodes that choose which rows their arguments see ---- */

VV_MUST_USE vv_status eval_logic(struct eval_state *state, const struct eval_node *node,
                                 struct eval_rows rows, const struct value_vector **out,
                                 struct vv_error *error);
VV_MUST_USE vv_status eval_case(struct eval_state *state, const struct eval_node *node,
                                struct eval_rows rows, const struct value_vector **out,
                                struct vv_error *error);
VV_MUST_USE vv_status eval_coalesce(struct eval_state *state, const struct eval_node *node,
                                    struct eval_rows rows, const struct value_vector **out,
                                    struct vv_error *error);

/* ---- nodes_test.c: IS …, IN, NULLIF, GREATEST, LEAST ---- */

VV_MUST_USE vv_status eval_is(struct eval_state *state, const struct eval_node *node,
                              struct eval_rows rows, const struct value_vector **out,
                              struct vv_error *error);
VV_MUST_USE vv_status eval_is_distinct(struct eval_state *state, const struct eval_node *node,
                                       struct eval_rows rows, const struct value_vector **out,
                                       struct vv_error *error);
VV_MUST_USE vv_status eval_in(struct eval_state *state, const struct eval_node *node,
                              struct eval_rows rows, const struct value_vector **out,
                              struct vv_error *error);
VV_MUST_USE vv_status eval_nullif(struct eval_state *state, const struct eval_node *node,
                                  struct eval_rows rows, const struct value_vector **out,
                                  struct vv_error *error);
VV_MUST_USE vv_status eval_extreme(struct eval_state *state, const struct eval_node *node,
                                   struct eval_rows rows, const struct value_vector **out,
                                   struct vv_error *error);

/* ---- places.c: single places of vectors ---- */

/* Copies places; src may be constant. */
void eval_copy_rows(struct value_vector *to, const struct value_vector *from,
                    struct eval_rows rows);

/* Orders place a of one vector and place b of another, both not NULL. */
int eval_place_compare(const struct value_vector *a, uint32_t a_row, const struct value_vector *b,
                       uint32_t b_row);

/* ---- errors ---- */

enum eval_fault {
    EVAL_FINE,
    EVAL_SMALLINT_RANGE,
    EVAL_INTEGER_RANGE,
    EVAL_BIGINT_RANGE,
    EVAL_DIVISION,
    EVAL_OVERFLOW,
    EVAL_UNDERFLOW,
    EVAL_NUMERIC_RANGE,
    EVAL_INTERVAL_RANGE,
    EVAL_STAMP_RANGE,
    EVAL_DATE_RANGE,
    EVAL_NOMEM
};

/* Sets PostgreSQL's message; VV_ERROR. */
vv_status eval_fault_set(enum eval_fault fault, struct vv_error *error);

/* So much was done (EV5): bytes read and written, or what costs as much. VV_ERROR: it is not wanted any more. */
static inline vv_status eval_work(struct eval_state *state, uint64_t work, struct vv_error *error)
{
    vv_status status = pace_work(state->pace, work);

    return VV_UNLIKELY(status != VV_OK) ? error_from_status(error, status) : VV_OK;
}

/* Bytes of a datum that its size does not say beforehand. */
static inline uint64_t eval_bytes(const struct value *value)
{
    return value_is_string((enum value_type)value->type) && !value->null ? value->bytes.size : 0;
}

/* Room for a string of the result; NULL: out of memory. */
static inline uint8_t *eval_string(struct eval_call *call, size_t size)
{
    return arena_get(&call->state->strings, size);
}

static inline uint32_t eval_row(struct eval_rows rows, uint32_t i)
{
    return rows.at == NULL ? i : rows.at[i];
}

/* The place of row r: 0 in a constant. */
static inline uint32_t eval_place(const struct value_vector *vector, uint32_t row)
{
    return vector->constant ? 0 : row;
}

/* ---- kernels ---- */

#define EVAL_KERNEL(name) EVAL_LOOPS vv_status name(struct eval_call *call)
#define EVAL_SCALAR(name) \
    vv_status name(struct eval_call *call, const struct value *arguments, struct value *out)

/* Which comparison of which numbers a filter may do directly; NULL: none. */
eval_comparer eval_comparer_of(enum value_type type, enum function_comparison comparison);

#endif
