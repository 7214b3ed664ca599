/* metadata.c - what columns of results and parameters are: names, types, modifiers, origins. */
#include "db/db_private.h"

#include "plan/origin.h"
#include "table/table_def.h"
#include "value/value.h"

#include <stdio.h>

static void info_give(const struct varve_column_info *all, struct varve_column_info *info_out);

int varve_column_describe(struct varve_statement *statement, int column,
                          struct varve_column_info *info_out)
{
    struct varve_column_info info = {
        .type_modifier = -1, .schema_name = "", .table_name = "", .column_name = ""};
    const struct plan_origin *origin = NULL;

    if (!statement_is_valid(statement) || info_out == NULL ||
        info_out->size < sizeof info_out->size) {
        return VARVE_MISUSE;
    }
    if (column < 0 || column >= varve_column_count(statement)) {
        return VARVE_INVALID;
    }
    info.name = varve_column_name(statement, column);
    info.type = varve_column_type(statement, column);
    if (statement->plan->origins != NULL) {
        origin = &statement->plan->origins[column];
        info.type_modifier = origin->modifier;
        info.nullable = origin->not_null ? VARVE_NOT_NULL : origin->nullable ? VARVE_NULLABLE : 0;
        if (origin->table != NULL) {
            info.schema_name = origin->table->spec.schema;
            info.table_name = origin->table->spec.name;
            info.column_name = origin->table->spec.columns[origin->column].name;
            info.table_id = origin->table->id;
            info.column_number = origin->column + 1;
        }
    }
    info_give(&info, info_out);
    return VARVE_OK;
}

int varve_parameter_describe(struct varve_statement *statement, int parameter,
                             struct varve_column_info *info_out)
{
    struct varve_column_info info = {
        .name = "", .type_modifier = -1, .schema_name = "", .table_name = "", .column_name = ""};

    if (!statement_is_valid(statement) || info_out == NULL ||
        info_out->size < sizeof info_out->size) {
        return VARVE_MISUSE;
    }
    if (parameter < 1 || parameter > varve_parameter_count(statement)) {
        return VARVE_INVALID;
    }
    info.type = varve_parameter_type(statement, parameter);
    info_give(&info, info_out);
    return VARVE_OK;
}

int varve_type_format(int type, int32_t modifier, char *text, size_t size)
{
    char whole[VALUE_TYPE_TEXT_BYTES];
    enum value_type known = type_of_code(type);

    if (text == NULL && size > 0) {
        return VARVE_MISUSE;
    }
    if (known == VALUE_UNKNOWN) {
        snprintf(whole, sizeof whole, "unknown");
    } else {
        value_type_format(known, modifier, whole);
    }
    snprintf(text, size, "%s", whole);
    return strlen(whole) < size ? VARVE_OK : VARVE_LIMIT;
}

/* As far as the caller's size says. */
static void info_give(const struct varve_column_info *all, struct varve_column_info *info_out)
{
    size_t size = info_out->size;
    size_t given = size < sizeof *all ? size : sizeof *all;

    memcpy(info_out, all, given);
    info_out->size = size;
}
