/*
 * bind_type.c - the names of types and their modifiers: numeric(10,2), varchar(20), char(3)
 * (PostgreSQL: parse_type.c and the types' typmodin functions).
 */
#include "plan/bind_private.h"
#include "value/datetime.h"

#define CHARACTERS_MAX 10485760 /* PostgreSQL's MaxAttrSize */
#define PRECISION_MAX  1000
#define SCALE_MAX      1000

static bool type_comes_later(const char *name);
static vv_status numeric_modifier(struct binder *binder, const struct ast_type *type,
                                  int32_t *modifier_out);
static vv_status length_modifier(struct binder *binder, const struct ast_type *type,
                                 const char *name, int32_t *modifier_out);
static vv_status precision_modifier(struct binder *binder, const struct ast_type *type,
                                    const char *name, int32_t *modifier_out);
static vv_status fields_modifier(struct binder *binder, const struct ast_type *type,
                                 int32_t *modifier_out);

vv_status bind_type(struct binder *binder, const struct ast *node, enum value_type *type_out,
                    int32_t *modifier_out)
{
    const struct ast_type *type = AST_AS(type, node);
    char *name = bind_text(binder, ast_name_last(&type->name));

    *type_out = VALUE_UNKNOWN;
    *modifier_out = VALUE_NO_MODIFIER;
    if (name == NULL) {
        return VV_NOMEM;
    }
    *type_out = value_type_of_name(name);
    if (type->dimensions > 0 || type->setof) {
        return bind_unsupported(binder, node->position, "an array type");
    }
    if (*type_out == VALUE_TYPE_COUNT || *type_out == VALUE_UNKNOWN || value_is_opaque(*type_out)) {
        bool opaque = *type_out != VALUE_TYPE_COUNT && value_is_opaque(*type_out);

        *type_out = VALUE_UNKNOWN;
        return opaque || type_comes_later(name)
                   ? error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, node->position,
                               "type \"%s\" is not supported yet", name)
                   : error_set(binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, node->position,
                               "type \"%s\" does not exist", name);
    }
    if (type->modifiers.count == 0) {
        return VV_OK;
    }
    switch (*type_out) {
    case VALUE_NUMERIC:
        return numeric_modifier(binder, type, modifier_out);
    case VALUE_VARCHAR:
        return length_modifier(binder, type, "varchar", modifier_out);
    case VALUE_BPCHAR:
        return length_modifier(binder, type, "char", modifier_out);
    case VALUE_TIME:
        return precision_modifier(binder, type, "TIME", modifier_out);
    case VALUE_TIMESTAMP:
        return precision_modifier(binder, type, "TIMESTAMP", modifier_out);
    case VALUE_TIMESTAMPTZ:
        return precision_modifier(binder, type, "TIMESTAMP", modifier_out);
    case VALUE_INTERVAL:
        return fields_modifier(binder, type, modifier_out);
    default:
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, node->position,
                         "type modifier is not allowed for type \"%s\"", name);
    }
}

static vv_status numeric_modifier(struct binder *binder, const struct ast_type *type,
                                  int32_t *modifier_out)
{
    int64_t numbers[2] = {0, 0};
    uint32_t count = 0;

    ast_for_each(item, &type->modifiers)
    {
        if (count == 2 || !bind_is_integer(item, &numbers[count++])) {
            return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                             type->node.position, "invalid NUMERIC type modifier");
        }
    }
    if (numbers[0] < 1 || numbers[0] > PRECISION_MAX) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "NUMERIC precision %lld must be between 1 and %d", (long long)numbers[0],
                         PRECISION_MAX);
    }
    if (numbers[1] < -SCALE_MAX || numbers[1] > SCALE_MAX) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "NUMERIC scale %lld must be between -%d and %d", (long long)numbers[1],
                         SCALE_MAX, SCALE_MAX);
    }
    *modifier_out = (int32_t)((numbers[0] << 16) | (numbers[1] & 0x7FF)) + 4;
    return VV_OK;
}

/* VARCHAR(n), CHAR(n): n + 4. */
static vv_status length_modifier(struct binder *binder, const struct ast_type *type,
                                 const char *name, int32_t *modifier_out)
{
    int64_t length = 0;

    if (type->modifiers.count != 1 || !bind_is_integer(type->modifiers.first, &length)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "invalid type modifier");
    }
    if (length < 1) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "length for type %s must be at least 1", name);
    }
    if (length > CHARACTERS_MAX) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "length for type %s cannot exceed %d", name, CHARACTERS_MAX);
    }
    *modifier_out = (int32_t)length + 4;
    return VV_OK;
}

/* TIME(p), TIMESTAMP(p): p digits of seconds, six at most (DEVIATION: PostgreSQL warns of more). */
static vv_status precision_modifier(struct binder *binder, const struct ast_type *type,
                                    const char *name, int32_t *modifier_out)
{
    int64_t precision = 0;

    if (type->modifiers.count != 1 || !bind_is_integer(type->modifiers.first, &precision)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "invalid type modifier");
    }
    if (precision < 0) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                         "%s(%lld) precision must not be negative", name, (long long)precision);
    }
    *modifier_out = precision > DATETIME_PRECISION ? DATETIME_PRECISION : (int32_t)precision;
    return VV_OK;
}

/* INTERVAL DAY TO SECOND(3): the parser gives "day to second" and 3. */
static vv_status fields_modifier(struct binder *binder, const struct ast_type *type,
                                 int32_t *modifier_out)
{
    static const struct {
        const char *text;
        int32_t range;
    } ranges[] = {
        {"year", INTERVAL_YEAR},
        {"month", INTERVAL_MONTH},
        {"day", INTERVAL_DAY},
        {"hour", INTERVAL_HOUR},
        {"minute", INTERVAL_MINUTE},
        {"second", INTERVAL_SECOND},
        {"year to month", INTERVAL_YEAR | INTERVAL_MONTH},
        {"day to hour", INTERVAL_DAY | INTERVAL_HOUR},
        {"day to minute", INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE},
        {"day to second", INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND},
        {"hour to minute", INTERVAL_HOUR | INTERVAL_MINUTE},
        {"hour to second", INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND},
        {"minute to second", INTERVAL_MINUTE | INTERVAL_SECOND},
    };
    int32_t range = INTERVAL_FULL_RANGE;
    int64_t precision = INTERVAL_FULL_PRECISION;

    ast_for_each(item, &type->modifiers)
    {
        int64_t number = 0;

        if (bind_is_integer(item, &number)) {
            precision = number;
            if (precision < 0) {
                return error_set(
                    binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, type->node.position,
                    "INTERVAL(%lld) precision must not be negative", (long long)precision);
            }
            precision = precision > DATETIME_PRECISION ? DATETIME_PRECISION : precision;
            continue;
        }
        if (item->tag != AST_STRING) {
            return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                             type->node.position, "invalid type modifier");
        }
        for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
            if (slice_equal(AST_AS(string, item)->text, slice_text(ranges[i].text))) {
                range = ranges[i].range;
            }
        }
    }
    *modifier_out = interval_modifier(range, (int32_t)precision);
    return VV_OK;
}

/* PostgreSQL's types that have a name in value/types.def only later. */
static bool type_comes_later(const char *name)
{
    static const char *const names[] = {"timetz",        "json",         "jsonb",       "bit",
                                        "varbit",        "money",        "cidr",        "xml",
                                        "regprocedure",  "regoper",      "regoperator", "regconfig",
                                        "regdictionary", "regcollation", "point",       "int4range",
                                        "tid",           "cid",          "xid8"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}
