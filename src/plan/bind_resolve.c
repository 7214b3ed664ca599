/*
 * bind_resolve.c - which operator, which function, which cast: PostgreSQL's rules (manual, chapter 10;
 * parse_oper.c, parse_func.c: func_select_candidate, parse_coerce.c: select_common_type).
 *
 * The catalogue is small, so candidates are found by a scan of the table. Domains, arrays and
 * polymorphic types do not exist here; "any" and "anynonarray" are accepted as they are.
 */
#include <stdio.h>

#include "base/limits.h"
#include "plan/bind_private.h"
#include "value/text.h"

#define CANDIDATES_MAX 64u

struct overloads {
    enum function_id ids[CANDIDATES_MAX];
    uint32_t count;
    bool more_categories; /* PostgreSQL has overloads for dates and times, which we lack */
};

struct actual_types {
    enum value_type types[FUNCTION_VARIADIC_MAX];
    uint32_t count;
};

enum overload_choice { OVERLOAD_NONE, OVERLOAD_FOUND, OVERLOAD_AMBIGUOUS };

static enum overload_choice overload_choose(struct overloads *found,
                                            const struct actual_types *actual,
                                            enum function_id *id_out);
static enum function_id without_real(enum function_id id);
static vv_status call_make(struct binder *binder, enum function_id id, uint32_t position,
                           uint32_t count, const struct expr *const *arguments,
                           const struct expr **expr_out);

vv_status bind_node(struct binder *binder, const struct expr *like, uint32_t count,
                    const struct expr *const *arguments, const struct expr **expr_out)
{
    *expr_out = NULL;
    if (expr_too_deep(count, arguments)) {
        return bind_too_deep(binder, like->position);
    }
    *expr_out = expr_with_arguments(binder->arena, like, count, arguments);
    return *expr_out == NULL ? VV_NOMEM : bind_collation_settle(binder, expr_out);
}

vv_status bind_logic(struct binder *binder, enum expr_kind kind, uint32_t position, uint32_t count,
                     const struct expr *const *arguments, const struct expr **expr_out)
{
    struct expr like = {.kind = (uint8_t)kind,
                        .type = VALUE_BOOLEAN,
                        .modifier = VALUE_NO_MODIFIER,
                        .position = position};

    return bind_node(binder, &like, count, arguments, expr_out);
}

/* ---- casts ---- */

bool bind_can_coerce(enum value_type from, enum value_type to, enum cast_context context)
{
    return from == to || from == VALUE_UNKNOWN || cast_between(from, to) >= context;
}

/* A literal of unknown type becomes a value of `type`: errors stand at the literal. */
static vv_status literal_coerce(struct binder *binder, const struct expr *literal,
                                enum value_type type, int32_t modifier,
                                const struct expr **expr_out)
{
    struct value value = value_null(type);

    if (!literal->constant.null) {
        vv_status status =
            type == VALUE_INTERVAL /* its fields say what a lone number counts */
                ? interval_parse(literal->constant.bytes, modifier, &value.interval, binder->error)
                : text_parse(type, literal->constant.bytes, binder->arena, &value, binder->error);

        if (status == VV_ERROR && binder->error != NULL) {
            binder->error->position = literal->position;
        }
        VV_TRY(status);
        value.null = false;
    }
    *expr_out = expr_constant(binder->arena, value, literal->position);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* The first use of a parameter decides its type. A use that was bound before that and needs another one is an error,
 * as in PostgreSQL (parse_param.c); a later use is bound with the type and may be cast. */
static vv_status parameter_coerce(struct binder *binder, const struct expr *parameter,
                                  enum value_type type, const struct expr **expr_out)
{
    enum value_type known = (enum value_type)binder->parameter_types[parameter->parameter];

    if (known != VALUE_UNKNOWN && known != type) {
        (void)error_set(binder->error, VV_SQLSTATE_AMBIGUOUS_PARAMETER, parameter->position,
                        "inconsistent types deduced for parameter $%u", parameter->parameter + 1);
        error_detail(binder->error, "%s versus %s", value_types[known].text,
                     value_types[type].text);
        return VV_ERROR;
    }
    binder->parameter_types[parameter->parameter] = (uint8_t)type;
    *expr_out = expr_parameter(binder->arena, parameter->parameter, type, parameter->position);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status cast_make(struct binder *binder, const struct expr *expr, enum value_type type,
                           int32_t modifier, enum cast_context context, uint32_t position,
                           const struct expr **expr_out)
{
    if (expr_too_deep(1, &expr)) {
        return bind_too_deep(binder, bind_location(expr));
    }
    *expr_out = expr_cast(binder->arena, expr, type, modifier, context, position);
    return *expr_out == NULL ? VV_NOMEM : bind_collation_settle(binder, expr_out);
}

vv_status bind_coerce(struct binder *binder, const struct expr *expr, enum value_type type,
                      int32_t modifier, enum cast_context context, uint32_t position,
                      const struct expr **expr_out)
{
    *expr_out = NULL;
    if (expr->collating == EXPR_COLLATION_WRITTEN &&
        (expr->type != type || modifier != VALUE_NO_MODIFIER)) {
        return bind_collation_coerce(binder, expr, type, modifier, context, position, expr_out);
    }
    if (expr->type == VALUE_UNKNOWN && type != VALUE_UNKNOWN) {
        if (expr->kind == EXPR_PARAMETER) {
            VV_TRY(parameter_coerce(binder, expr, type, &expr));
        } else {
            VV_ASSERT(expr->kind == EXPR_CONSTANT); /* E1 */
            VV_TRY(literal_coerce(binder, expr, type, modifier, &expr));
        }
    }
    if (expr->type != type || modifier != VALUE_NO_MODIFIER) {
        VV_TRY(cast_make(binder, expr, type, modifier, context, position, &expr));
    }
    *expr_out = expr;
    return VV_OK;
}

vv_status bind_coerce_argument(struct binder *binder, const struct expr *expr, enum value_type type,
                               const char *construct, const struct expr **expr_out)
{
    *expr_out = NULL;
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        return error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, bind_location(expr),
                         "argument of %s must be type %s, not type %s", construct,
                         value_types[type].text, value_types[expr->type].text);
    }
    return bind_coerce(binder, expr, type, VALUE_NO_MODIFIER, CAST_ASSIGNMENT, 0, expr_out);
}

vv_status bind_coerce_assignment(struct binder *binder, const struct expr *expr, const char *column,
                                 enum value_type type, int32_t modifier,
                                 const struct expr **expr_out)
{
    *expr_out = NULL;
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        (void)error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, bind_location(expr),
                        "column \"%s\" is of type %s but expression is of type %s", column,
                        value_types[type].text, value_types[expr->type].text);
        error_hint(binder->error, "You will need to rewrite or cast the expression.");
        return VV_ERROR;
    }
    return bind_coerce(binder, expr, type, modifier, CAST_ASSIGNMENT, 0, expr_out);
}

vv_status bind_resolve_unknown(struct binder *binder, const struct expr *expr,
                               const struct expr **expr_out)
{
    *expr_out = expr;
    return expr->type == VALUE_UNKNOWN ? bind_coerce(binder, expr, VALUE_TEXT, VALUE_NO_MODIFIER,
                                                     CAST_IMPLICIT, 0, expr_out)
                                       : VV_OK;
}

vv_status bind_resolve_any(struct binder *binder, const struct expr *expr,
                           const struct expr **expr_out)
{
    *expr_out = expr;
    if (expr->type != VALUE_UNKNOWN || expr->kind != EXPR_PARAMETER) {
        return bind_resolve_unknown(binder, expr, expr_out);
    }
    if (binder->open_parameter == 0) {
        binder->open_parameter = expr->parameter + 1;
        binder->open_parameter_position = expr->position;
    }
    return VV_OK;
}

/* ---- UNION, CASE and related constructs (10.5) ---- */

vv_status bind_common_type(struct binder *binder, uint32_t count, const struct expr *const *exprs,
                           const char *construct, enum value_type *type_out)
{
    enum value_type type = VALUE_UNKNOWN;

    *type_out = VALUE_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        const struct expr *expr = exprs[i];
        enum value_type next = (enum value_type)expr->type;

        if (next == VALUE_UNKNOWN || next == type) {
            continue;
        }
        if (type == VALUE_UNKNOWN) {
            type = next;
        } else if (value_types[type].category != value_types[next].category) {
            return construct == NULL
                       ? VV_OK
                       : error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH,
                                   bind_location(expr), "%s types %s and %s cannot be matched",
                                   construct, value_types[type].text, value_types[next].text);
        } else if (!value_types[type].preferred && bind_can_coerce(type, next, CAST_IMPLICIT) &&
                   !bind_can_coerce(next, type, CAST_IMPLICIT)) {
            type = next;
        }
    }
    *type_out = type == VALUE_UNKNOWN ? VALUE_TEXT : type;
    return VV_OK;
}

/* ---- candidates ---- */

/* Names whose overloads for dates, times and money make literals of unknown type ambiguous. The sign `+` has
 * numbers only, `-` intervals too. */
static bool has_more_categories(const char *name, uint32_t argument_count)
{
    static const char *const names[] = {"+", "-", "*", "/", "sum", "avg"};

    for (size_t i = argument_count == 1; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The overloads of a name with that many arguments. */
static void overloads_collect(struct overloads *found, bool operators, const char *name,
                              uint32_t argument_count)
{
    found->count = 0;
    found->more_categories = has_more_categories(name, argument_count);
    for (unsigned id = 1; id < FUNCTION_COUNT; id++) {
        const struct function_entry *entry = function_entry((enum function_id)id);
        bool wanted = operators ? entry->class == FUNCTION_CLASS_OPERATOR
                                : entry->class == FUNCTION_CLASS_CALL ||
                                      entry->class == FUNCTION_CLASS_AGGREGATE;

        bool fits = entry->variadic ? argument_count > entry->argument_count
                                    : argument_count == entry->argument_count;

        if (wanted && fits && strcmp(entry->name, name) == 0) {
            VV_ASSERT(found->count < CANDIDATES_MAX);
            found->ids[found->count++] = (enum function_id)id;
        }
    }
}

static uint8_t overload_type(enum function_id id, uint32_t argument)
{
    const struct function_entry *entry = function_entry(id);

    return entry->variadic && argument >= entry->argument_count ? FUNCTION_TYPE_ANY
                                                                : entry->argument_types[argument];
}

static char type_category(uint8_t type)
{
    return type < VALUE_TYPE_COUNT ? value_types[type].category : 'P';
}

static bool type_preferred(uint8_t type)
{
    return type < VALUE_TYPE_COUNT && value_types[type].preferred;
}

static bool type_accepts(uint8_t formal, enum value_type actual)
{
    return formal >= VALUE_TYPE_COUNT ||
           bind_can_coerce(actual, (enum value_type)formal, CAST_IMPLICIT);
}

static bool overload_accepts(enum function_id id, const struct actual_types *actual)
{
    for (uint32_t i = 0; i < actual->count; i++) {
        if (!type_accepts(overload_type(id, i), actual->types[i])) {
            return false;
        }
    }
    return true;
}

static bool overload_is_exact(enum function_id id, const struct actual_types *actual)
{
    for (uint32_t i = 0; i < actual->count; i++) {
        if (overload_type(id, i) != actual->types[i]) {
            return false;
        }
    }
    return true;
}

/* How many arguments match exactly, or (with preferred) exactly or as the preferred type of their
 * category. */
static uint32_t overload_matches(enum function_id id, const struct actual_types *actual,
                                 bool preferred)
{
    uint32_t matches = 0;

    for (uint32_t i = 0; i < actual->count; i++) {
        uint8_t formal = overload_type(id, i);

        if (actual->types[i] == VALUE_UNKNOWN) {
            continue;
        }
        matches += formal == actual->types[i] ||
                   (preferred && type_preferred(formal) &&
                    type_category(formal) == type_category((uint8_t)actual->types[i]));
    }
    return matches;
}

/* Keeps the overloads with the most matches. */
static void overloads_keep_best(struct overloads *found, const struct actual_types *actual,
                                bool preferred)
{
    uint32_t best = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < found->count; i++) {
        uint32_t matches = overload_matches(found->ids[i], actual, preferred);

        if (matches > best || kept == 0) {
            best = matches;
            kept = 0;
        }
        if (matches == best) {
            found->ids[kept++] = found->ids[i];
        }
    }
    found->count = kept;
}

struct unknown_slot {
    char category; /* 0: the argument is known */
    bool preferred;
};

/* What category an unknown argument would have: the one all candidates agree on, or strings if any
 * takes a string. False: they disagree. */
static bool unknown_slot_find(const struct overloads *found, uint32_t argument,
                              struct unknown_slot *slot)
{
    bool conflict = found->more_categories;

    *slot = (struct unknown_slot){0};
    for (uint32_t i = 0; i < found->count; i++) {
        uint8_t formal = overload_type(found->ids[i], argument);
        char category = type_category(formal);

        if (slot->category == 0 || (category == 'S' && slot->category != 'S')) {
            conflict |= slot->category != 0;
            slot->category = category;
            slot->preferred = type_preferred(formal);
        } else if (category == slot->category) {
            slot->preferred |= type_preferred(formal);
        } else {
            conflict = true;
        }
    }
    return !conflict || slot->category == 'S';
}

/* Drops the candidates that do not take the categories of the unknown arguments. */
static void overloads_keep_categories(struct overloads *found, const struct actual_types *actual)
{
    struct unknown_slot slots[FUNCTION_VARIADIC_MAX] = {0};
    struct overloads fitting = {.count = 0};

    for (uint32_t i = 0; i < actual->count; i++) {
        if (actual->types[i] == VALUE_UNKNOWN && !unknown_slot_find(found, i, &slots[i])) {
            return;
        }
    }
    for (uint32_t i = 0; i < found->count; i++) {
        bool fits = true;

        for (uint32_t k = 0; k < actual->count; k++) {
            uint8_t formal = overload_type(found->ids[i], k);

            fits &= slots[k].category == 0 || (type_category(formal) == slots[k].category &&
                                               (!slots[k].preferred || type_preferred(formal)));
        }
        if (fits) {
            fitting.ids[fitting.count++] = found->ids[i];
        }
    }
    if (fitting.count > 0) {
        *found = fitting;
    }
}

/* Last gasp: if all known arguments have one type, suppose the unknown ones have it too. */
static bool overloads_suppose_same(const struct overloads *found, const struct actual_types *actual,
                                   enum function_id *id_out)
{
    struct actual_types supposed = *actual;
    enum value_type known = VALUE_UNKNOWN;
    uint32_t fitting = 0;

    for (uint32_t i = 0; i < actual->count; i++) {
        if (actual->types[i] == VALUE_UNKNOWN) {
            continue;
        }
        if (known != VALUE_UNKNOWN && known != actual->types[i]) {
            return false;
        }
        known = actual->types[i];
    }
    if (known == VALUE_UNKNOWN) {
        return false;
    }
    for (uint32_t i = 0; i < actual->count; i++) {
        supposed.types[i] = known;
    }
    for (uint32_t i = 0; i < found->count; i++) {
        if (overload_accepts(found->ids[i], &supposed)) {
            *id_out = found->ids[i];
            fitting++;
        }
    }
    return fitting == 1;
}

/* func_match_argtypes() and func_select_candidate(). */
static enum overload_choice overload_choose(struct overloads *found,
                                            const struct actual_types *actual,
                                            enum function_id *id_out)
{
    bool unknowns = false;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < found->count; i++) {
        if (overload_accepts(found->ids[i], actual)) {
            found->ids[kept++] = found->ids[i];
        }
    }
    found->count = kept;
    if (found->count == 0) {
        return OVERLOAD_NONE;
    }
    for (uint32_t i = 0; i < actual->count; i++) {
        unknowns |= actual->types[i] == VALUE_UNKNOWN;
    }
    if (found->count > 1) {
        overloads_keep_best(found, actual, false);
    }
    if (found->count > 1) {
        overloads_keep_best(found, actual, true);
    }
    if (found->count > 1 && unknowns) {
        overloads_keep_categories(found, actual);
    }
    if (found->count == 1) {
        *id_out = found->ids[0];
        return OVERLOAD_FOUND;
    }
    return unknowns && overloads_suppose_same(found, actual, id_out) ? OVERLOAD_FOUND
                                                                     : OVERLOAD_AMBIGUOUS;
}

static enum overload_choice overload_find(struct overloads *found,
                                          const struct actual_types *actual,
                                          enum function_id *id_out)
{
    for (uint32_t i = 0; i < found->count; i++) {
        if (overload_is_exact(found->ids[i], actual)) {
            *id_out = found->ids[i];
            return OVERLOAD_FOUND;
        }
    }
    return overload_choose(found, actual, id_out);
}

/* ---- operators ---- */

static vv_status operator_error(struct binder *binder, const char *op, uint32_t position,
                                const struct actual_types *actual, enum overload_choice choice)
{
    const char *left = actual->count == 2 ? value_types[actual->types[0]].text : "";
    const char *right = value_types[actual->types[actual->count - 1]].text;
    bool none = choice == OVERLOAD_NONE;

    (void)error_set(binder->error,
                    none ? VV_SQLSTATE_UNDEFINED_FUNCTION : VV_SQLSTATE_AMBIGUOUS_FUNCTION,
                    position, "operator %s: %s%s%s %s", none ? "does not exist" : "is not unique",
                    left, left[0] != 0 ? " " : "", op, right);
    error_hint(binder->error,
               none && actual->count == 1
                   ? "No operator matches the given name and argument type. You might need to add "
                     "an explicit type cast."
               : none ? "No operator matches the given name and argument types. You might need to "
                        "add explicit type casts."
                      : "Could not choose a best candidate operator. You might need to add "
                        "explicit type casts.");
    return VV_ERROR;
}

/* binary_oper_exact(): an unknown side is first taken for the other side's type. */
static bool operator_find_same(const struct overloads *found, const struct actual_types *actual,
                               enum function_id *id_out)
{
    struct actual_types same = *actual;

    if (actual->count != 2 ||
        (actual->types[0] == VALUE_UNKNOWN) == (actual->types[1] == VALUE_UNKNOWN)) {
        return false;
    }
    same.types[0] = same.types[1] =
        actual->types[0] == VALUE_UNKNOWN ? actual->types[1] : actual->types[0];
    for (uint32_t i = 0; i < found->count; i++) {
        if (overload_is_exact(found->ids[i], &same)) {
            *id_out = found->ids[i];
            return true;
        }
    }
    return false;
}

vv_status bind_operator(struct binder *binder, vv_slice op, uint32_t position,
                        const struct expr *left, const struct expr *right,
                        const struct expr **expr_out)
{
    const struct expr *arguments[2] = {left, right};
    const struct expr **first = left == NULL ? &arguments[1] : &arguments[0];
    struct actual_types actual = {.count = left == NULL ? 1 : 2};
    struct overloads found;
    enum function_id id = FUNCTION_NONE;
    char name[LIMIT_NAME_BYTES + 1];

    *expr_out = NULL;
    bind_name_copy(name, op);
    for (uint32_t i = 0; i < actual.count; i++) {
        actual.types[i] = (enum value_type)first[i]->type;
    }
    overloads_collect(&found, true, name, actual.count);
    if (!operator_find_same(&found, &actual, &id)) {
        enum overload_choice choice = overload_find(&found, &actual, &id);

        /* Beyond PostgreSQL: a plus sign leaves a text as it is. Other engines allow it, and SQLite's corpus
         * writes it. No overload does it, because that would make `+ '1'` a text. */
        if (choice == OVERLOAD_NONE && left == NULL && strcmp(name, "+") == 0 &&
            type_category(arguments[1]->type) == 'S') {
            *expr_out = arguments[1];
            return VV_OK;
        }
        if (choice != OVERLOAD_FOUND) {
            return operator_error(binder, name, position, &actual, choice);
        }
    }
    return call_make(binder, id, position, actual.count, first, expr_out);
}

/* ---- functions ---- */

static vv_status function_error(struct binder *binder, const char *name, uint32_t position,
                                uint32_t count, const struct expr *const *arguments,
                                enum overload_choice choice)
{
    bool none = choice != OVERLOAD_AMBIGUOUS;
    char types[ERROR_TEXT_BYTES / 2];
    size_t size = 0;

    types[0] = 0;
    for (uint32_t i = 0; i < count && size < sizeof types - 32; i++) {
        size += (size_t)snprintf(types + size, sizeof types - size, "%s%s", i == 0 ? "" : ", ",
                                 value_types[arguments[i]->type].text);
    }
    (void)error_set(
        binder->error, none ? VV_SQLSTATE_UNDEFINED_FUNCTION : VV_SQLSTATE_AMBIGUOUS_FUNCTION,
        position, "function %s(%s) %s", name, types, none ? "does not exist" : "is not unique");
    error_hint(binder->error,
               none ? "No function matches the given name and argument types. You might need to "
                      "add explicit type casts."
                    : "Could not choose a best candidate function. You might need to add explicit "
                      "type casts.");
    return VV_ERROR;
}

/* `float8(x)` is a cast when float8 is a type and x can be cast to it. */
static bool function_is_cast(const char *name, uint32_t count, const struct expr *const *arguments,
                             enum value_type *type_out)
{
    enum value_type type = count == 1 ? value_type_of_name(name) : VALUE_TYPE_COUNT;

    *type_out = type;
    if (type == VALUE_TYPE_COUNT || type == VALUE_UNKNOWN ||
        strcmp(value_types[type].internal, name) != 0) {
        return false;
    }
    return arguments[0]->type == type ||
           bind_can_coerce((enum value_type)arguments[0]->type, type, CAST_EXPLICIT);
}

vv_status bind_function(struct binder *binder, const char *written, uint32_t position,
                        uint32_t count, const struct expr *const *arguments,
                        const struct expr **expr_out)
{
    const char *dot = strrchr(written, '.');
    const char *name = dot == NULL ? written : dot + 1;
    struct actual_types actual = {.count = count};
    struct overloads found = {.count = 0};
    enum overload_choice choice = OVERLOAD_NONE;
    enum function_id id = FUNCTION_NONE;
    enum value_type type = VALUE_UNKNOWN;

    *expr_out = NULL;
    if (count > FUNCTION_VARIADIC_MAX) {
        return error_set(binder->error, VV_SQLSTATE_TOO_MANY_ARGUMENTS, position,
                         "cannot pass more than %d arguments to a function", FUNCTION_VARIADIC_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        actual.types[i] = (enum value_type)arguments[i]->type;
    }
    overloads_collect(&found, false, name, count);
    choice = overload_find(&found, &actual, &id);
    if (choice == OVERLOAD_FOUND) {
        return call_make(binder, id, position, count, arguments, expr_out);
    }
    if (function_is_cast(name, count, arguments, &type)) {
        return bind_coerce(binder, arguments[0], type, VALUE_NO_MODIFIER, CAST_EXPLICIT, position,
                           expr_out);
    }
    return function_error(binder, written, position, count, arguments, choice);
}

/* real + double precision is done as double precision + double precision. */
static enum function_id without_real(enum function_id id)
{
    static const struct {
        enum function_id from;
        enum function_id to;
    } arithmetic[] = {{FUNCTION_REAL_DOUBLE_ADD, FUNCTION_DOUBLE_ADD},
                      {FUNCTION_DOUBLE_REAL_ADD, FUNCTION_DOUBLE_ADD},
                      {FUNCTION_REAL_DOUBLE_SUBTRACT, FUNCTION_DOUBLE_SUBTRACT},
                      {FUNCTION_DOUBLE_REAL_SUBTRACT, FUNCTION_DOUBLE_SUBTRACT},
                      {FUNCTION_REAL_DOUBLE_MULTIPLY, FUNCTION_DOUBLE_MULTIPLY},
                      {FUNCTION_DOUBLE_REAL_MULTIPLY, FUNCTION_DOUBLE_MULTIPLY},
                      {FUNCTION_REAL_DOUBLE_DIVIDE, FUNCTION_DOUBLE_DIVIDE},
                      {FUNCTION_DOUBLE_REAL_DIVIDE, FUNCTION_DOUBLE_DIVIDE}};

    if (id >= FUNCTION_REAL_DOUBLE_EQ && id <= FUNCTION_REAL_DOUBLE_GE) {
        return FUNCTION_DOUBLE_EQ + (id - FUNCTION_REAL_DOUBLE_EQ);
    }
    if (id >= FUNCTION_DOUBLE_REAL_EQ && id <= FUNCTION_DOUBLE_REAL_GE) {
        return FUNCTION_DOUBLE_EQ + (id - FUNCTION_DOUBLE_REAL_EQ);
    }
    for (size_t i = 0; i < sizeof arithmetic / sizeof arithmetic[0]; i++) {
        if (arithmetic[i].from == id) {
            return arithmetic[i].to;
        }
    }
    return id;
}

/* Whether DATE and TIMESTAMP may be cast for it: PostgreSQL has operators across these types, which never fail. */
static bool is_comparison_of_stamps(enum function_id id)
{
    uint8_t type = function_entry(id)->argument_types[0];

    return function_comparison(id) != FUNCTION_COMPARISON_NONE &&
           (type == VALUE_TIMESTAMP || type == VALUE_TIMESTAMPTZ);
}

/* Casts the arguments to what the overload declares; `text || anything` becomes text || text. */
static vv_status call_make(struct binder *binder, enum function_id id, uint32_t position,
                           uint32_t count, const struct expr *const *arguments,
                           const struct expr **expr_out)
{
    const struct expr *casted[FUNCTION_VARIADIC_MAX] = {NULL};
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    id = without_real(id);
    if (id == FUNCTION_TYPEOF && arguments[0]->kind == EXPR_CONSTANT &&
        arguments[0]->type == VALUE_UNKNOWN) {
        *expr_out = expr_constant(binder->arena, value_text(value_types[VALUE_UNKNOWN].text),
                                  arguments[0]->position);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t formal = overload_type(id, i);
        enum value_type type = formal >= VALUE_TYPE_COUNT ? VALUE_TEXT : (enum value_type)formal;

        if (formal == FUNCTION_TYPE_ANY) {
            VV_TRY(bind_resolve_any(binder, arguments[i], &casted[i]));
            continue;
        }
        if (value_stands_for((enum value_type)arguments[i]->type, type)) {
            casted[i] = arguments[i];
            continue;
        }
        VV_TRY(bind_coerce(binder, arguments[i], type, VALUE_NO_MODIFIER,
                           is_comparison_of_stamps(id) ? CAST_COMPARED : CAST_IMPLICIT, 0,
                           &casted[i]));
    }
    VV_TRY(bind_collation_of(binder, count, casted, id, &collation));
    if (value_collation_folds(collation) && function_comparison(id) != FUNCTION_COMPARISON_NONE) {
        id = function_comparison_of(VALUE_TEXT, function_comparison(id));
        VV_TRY(bind_collation_fold(binder, collation, &casted[0]));
        VV_TRY(bind_collation_fold(binder, collation, &casted[1]));
    }
    if (id == FUNCTION_TEXT_CONCAT_ANY || id == FUNCTION_ANY_CONCAT_TEXT) {
        id = FUNCTION_TEXT_CONCAT;
    }
    if (expr_too_deep(count, casted)) {
        return bind_too_deep(binder, position);
    }
    *expr_out = expr_call(binder->arena, id, position, count, casted);
    return *expr_out == NULL ? VV_NOMEM : bind_collation_settle(binder, expr_out);
}
