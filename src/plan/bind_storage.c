/* bind_storage.c - storage parameters: checked as PostgreSQL 15 does, and then forgotten. */
#include <math.h>

#include "base/limits.h"
#include "plan/bind_private.h"
#include "value/text.h"

enum storage_kind { STORAGE_BOOLEAN, STORAGE_INTEGER, STORAGE_REAL, STORAGE_SWITCH };

static const struct storage_parameter {
    const char *name;
    const char *where;
    enum storage_kind kind;
    double least;
    double greatest;
} parameters[] = {
#define PARAMETER(name, where, kind, least, greatest) {name, where, kind, least, greatest},
#include "plan/storage_parameters.def"
#undef PARAMETER
};

/* The value as text; none is "true". */
static const char *option_value(struct binder *binder, const struct ast *value)
{
    const struct ast *number = value;
    const char *sign = "";
    int64_t integer = 0;

    if (value == NULL) {
        return "true";
    }
    if (bind_is_integer(value, &integer)) {
        return arena_format(binder->arena, "%lld", (long long)integer);
    }
    if (value->tag == AST_UNARY) {
        sign = "-";
        number = AST_AS(unary, value)->arg;
    }
    if (number->tag == AST_NUMBER) {
        return arena_format(binder->arena, "%s%.*s", sign, (int)AST_AS(number, number)->text.size,
                            (const char *)AST_AS(number, number)->text.data);
    }
    if (value->tag == AST_BOOLEAN) {
        return AST_AS(boolean, value)->value ? "true" : "false";
    }
    return value->tag == AST_STRING ? bind_text(binder, AST_AS(string, value)->text) : "";
}

static vv_status check_number(struct binder *binder, const struct storage_parameter *parameter,
                              const char *text)
{
    bool integer = parameter->kind == STORAGE_INTEGER;
    struct value value;
    double number = 0;

    if (text_parse(VALUE_DOUBLE, slice_text(text), binder->arena, &value, NULL) != VV_OK ||
        isnan(value.real)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "invalid value for %s option \"%s\": %s",
                         integer ? "integer" : "floating point", parameter->name, text);
    }
    number = integer ? rint(value.real) : value.real;
    if (number >= parameter->least && number <= parameter->greatest) {
        return VV_OK;
    }
    (void)error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                    "value %s out of bounds for option \"%s\"", text, parameter->name);
    if (integer) {
        error_detail(binder->error, "Valid values are between \"%.0f\" and \"%.0f\".",
                     parameter->least, parameter->greatest);
    } else {
        error_detail(binder->error, "Valid values are between \"%f\" and \"%f\".", parameter->least,
                     parameter->greatest);
    }
    return VV_ERROR;
}

static vv_status check_value(struct binder *binder, const struct storage_parameter *parameter,
                             const char *text)
{
    struct value value;

    if (parameter->kind == STORAGE_INTEGER || parameter->kind == STORAGE_REAL) {
        return check_number(binder, parameter, text);
    }
    if (text_parse(VALUE_BOOLEAN, slice_text(text), binder->arena, &value, NULL) == VV_OK ||
        (parameter->kind == STORAGE_SWITCH && strcmp(text, "auto") == 0)) {
        return VV_OK;
    }
    (void)error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                    "invalid value for %s option \"%s\": %s",
                    parameter->kind == STORAGE_SWITCH ? "enum" : "boolean", parameter->name, text);
    if (parameter->kind == STORAGE_SWITCH) {
        error_detail(binder->error, "Valid values are \"on\", \"off\", and \"auto\".");
    }
    return VV_ERROR;
}

/* WITH (oids = false) is what every table is. */
static vv_status check_oids(struct binder *binder, const struct ast_option *option)
{
    const char *text = option_value(binder, option->value);
    struct value value;

    if (text == NULL) {
        return VV_NOMEM;
    }
    if (text_parse(VALUE_BOOLEAN, slice_text(text), binder->arena, &value, NULL) == VV_OK &&
        !value.boolean) {
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                     "tables declared WITH OIDS are not supported");
}

static vv_status check_parameter(struct binder *binder, const struct ast_option *option, char place)
{
    const char *name = bind_text(binder, option->name);
    const char *text = option_value(binder, option->value);

    if (name == NULL || text == NULL) {
        return VV_NOMEM;
    }
    if (place == 'T' && strcmp(name, "oids") == 0) {
        return check_oids(binder, option);
    }
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (strcmp(parameters[i].name, name) == 0 && strchr(parameters[i].where, place) != NULL) {
            return check_value(binder, &parameters[i], text);
        }
    }
    return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                     "unrecognized parameter \"%s\"", name);
}

vv_status bind_storage_parameters(struct binder *binder, const struct ast_list *options, char place)
{
    ast_for_each(item, options)
    {
        const struct ast_option *option = AST_AS(option, item);

        for (const struct ast *before = options->first; before != item; before = before->next) {
            if (slice_equal(AST_AS(option, before)->name, option->name)) {
                return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                                 "parameter \"%.*s\" specified more than once",
                                 (int)option->name.size, (const char *)option->name.data);
            }
        }
        VV_TRY(check_parameter(binder, option, place));
    }
    return VV_OK;
}
