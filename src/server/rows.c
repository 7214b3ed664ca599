/* rows.c - RowDescription and DataRow. */
#include "server/client_private.h"

static uint16_t format_of(const uint16_t *formats, int format_count, int column);

bool client_put_description(struct wire_out *out, struct varve_statement *statement,
                            const uint16_t *formats, int format_count, bool no_data)
{
    int count = varve_column_count(statement);

    if (varve_returns_rows(statement) == 0) {
        return !no_data || wire_put_simple(out, 'n', NULL);
    }
    wire_begin(out, 'T');
    wire_put_u16(out, (uint16_t)count);
    for (int i = 0; i < count; i++) {
        int type = varve_column_type(statement, i);
        struct varve_column_info info = {.size = sizeof info, .type_modifier = -1};

        (void)varve_column_describe(statement, i, &info);
        wire_put_text(out, varve_column_name(statement, i));
        wire_put_u32(out, info.table_id);
        wire_put_u16(out, (uint16_t)info.column_number);
        /* PostgreSQL has no column of type unknown: it says text. */
        wire_put_u32(out, format_oid(type == VARVE_TYPE_UNKNOWN ? VARVE_TYPE_TEXT : type));
        wire_put_u16(out, (uint16_t)format_length(type));
        wire_put_u32(out, (uint32_t)info.type_modifier);
        wire_put_u16(out, format_of(formats, format_count, i));
    }
    return wire_end(out);
}

bool client_put_row(struct wire_out *out, struct varve_statement *statement,
                    const uint16_t *formats, int format_count)
{
    int count = varve_column_count(statement);

    wire_begin(out, 'D');
    wire_put_u16(out, (uint16_t)count);
    for (int i = 0; i < count; i++) {
        format_put_column(out, statement, i, format_of(formats, format_count, i));
    }
    return wire_end(out);
}

static uint16_t format_of(const uint16_t *formats, int format_count, int column)
{
    return format_count == 0 ? FORMAT_TEXT : format_count == 1 ? formats[0] : formats[column];
}
