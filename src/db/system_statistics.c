/*
 * system_statistics.c - pg_statistic and pg_stats: what ANALYZE knows, as PostgreSQL shows it.
 *
 * pg_statistic has slots: each kind of statistics that a column has takes the next one (most common values 1,
 * histogram 2, correlation 3), with the operator that it was made by.
 */
#include "catalog/catalog_statistics.h"
#include "db/system_private.h"
#include "value/text.h"

#define SLOT_COMMON      1
#define SLOT_HISTOGRAM   2
#define SLOT_CORRELATION 3

/* A column and what is known of it. */
struct statistics_row {
    const struct table_def *table;
    uint16_t column;
    struct catalog_column_statistics known;
};

typedef void (*statistics_put)(struct system_scan *scan, const struct statistics_row *row);

/* ---- arrays as text ---- */

static bool is_quoted(vv_slice text)
{
    bool quoted = text.size == 0 ||
                  (text.size == 4 && (text.data[0] | 0x20) == 'n' && (text.data[1] | 0x20) == 'u' &&
                   (text.data[2] | 0x20) == 'l' && (text.data[3] | 0x20) == 'l');

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        quoted |= c == '{' || c == '}' || c == '"' || c == '\\' || c == ',' || c == ' ' ||
                  (c >= '\t' && c <= '\r');
    }
    return quoted;
}

/* Room for one element and what stands around it. */
static size_t element_bytes(const struct value *value)
{
    return 2 * text_bytes_max(value) + 4;
}

static size_t element_print(const struct value *value, char *scratch, char *to)
{
    vv_slice text = slice_make(scratch, text_print(value, scratch));
    size_t size = 0;

    if (!is_quoted(text)) {
        memcpy(to, text.data, text.size);
        return text.size;
    }
    to[size++] = '"';
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            to[size++] = '\\';
        }
        to[size++] = (char)text.data[i];
    }
    to[size++] = '"';
    return size;
}

/* {a,b}; NULL: no elements, or out of memory. */
static const char *array_text(struct system_scan *scan, uint32_t count, const struct value *values)
{
    size_t bytes = 3;
    size_t longest = 0;
    size_t size = 1;
    char *text = NULL;
    char *scratch = NULL;

    if (count == 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        bytes += element_bytes(&values[i]);
        longest = element_bytes(&values[i]) > longest ? element_bytes(&values[i]) : longest;
    }
    text = arena_get(scan->arena, bytes);
    scratch = arena_get(scan->arena, longest);
    if (text == NULL || scratch == NULL) {
        scan->failed = true;
        return NULL;
    }
    text[0] = '{';
    for (uint32_t i = 0; i < count; i++) {
        size += element_print(&values[i], scratch, text + size);
        text[size++] = i + 1 < count ? ',' : '}';
    }
    text[size] = 0;
    return text;
}

static const char *reals_text(struct system_scan *scan, uint32_t count, const double *reals)
{
    struct value *values = ARENA_ARRAY(scan->arena, struct value, count);

    for (uint32_t i = 0; values != NULL && i < count; i++) {
        values[i] = (struct value){.type = VALUE_REAL, .real = (double)(float)reals[i]};
    }
    scan->failed |= values == NULL;
    return values == NULL ? NULL : array_text(scan, count, values);
}

/* ---- every column that is known ---- */

static vv_status rows_each(struct system_scan *scan, enum system_column table_column,
                           statistics_put put)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind != CATALOG_TABLE ||
            (table_column == SYSTEM_pg_statistic__starelid
                 ? !system_may_be(scan, table_column, object->id)
                 : !system_may_be_text(scan, table_column, object->name))) {
            continue;
        }
        for (uint32_t k = 0; k < object->def->spec.column_count; k++) {
            struct statistics_row row = {.table = object->def, .column = (uint16_t)k};
            vv_status status = object->def->spec.columns[k].dropped
                                   ? VV_NOT_FOUND
                                   : catalog_statistics_get(scan->store, object->def, row.column,
                                                            scan->arena, &row.known);

            if (status == VV_OK) {
                put(scan, &row);
            } else if (status != VV_NOT_FOUND) {
                return status;
            }
        }
    }
    return VV_OK;
}

static void stats_put(struct system_scan *scan, const struct statistics_row *row)
{
    const struct catalog_column_statistics *known = &row->known;

    system_row(scan);
    system_string(scan, SYSTEM_pg_stats__schemaname, "public");
    system_string(scan, SYSTEM_pg_stats__tablename, row->table->spec.name);
    system_string(scan, SYSTEM_pg_stats__attname, row->table->spec.columns[row->column].name);
    system_boolean(scan, SYSTEM_pg_stats__inherited, false);
    system_real(scan, SYSTEM_pg_stats__null_frac, (double)(float)known->nulls);
    system_number(scan, SYSTEM_pg_stats__avg_width, known->width);
    system_real(scan, SYSTEM_pg_stats__n_distinct, (double)(float)known->distinct);
    system_string(scan, SYSTEM_pg_stats__most_common_vals,
                  array_text(scan, known->common_count, known->common));
    system_string(scan, SYSTEM_pg_stats__most_common_freqs,
                  reals_text(scan, known->common_count, known->frequencies));
    system_string(scan, SYSTEM_pg_stats__histogram_bounds,
                  array_text(scan, known->bound_count, known->bounds));
    if (known->has_correlation) {
        system_real(scan, SYSTEM_pg_stats__correlation, (double)(float)known->correlation);
    }
}

vv_status system_rows_pg_stats(struct system_scan *scan)
{
    return rows_each(scan, SYSTEM_pg_stats__tablename, stats_put);
}

/* ---- pg_statistic ---- */

static int64_t row_number(enum system_column column, const char *name, uint32_t skip)
{
    vv_slice field = {0};
    struct value value = {0};

    if (!system_row_fields(SYSTEM_pg_operator__oprname, slice_text(name), column, skip, &field) ||
        text_parse(VALUE_BIGINT, field, NULL, &value, NULL) != VV_OK) {
        return -1;
    }
    return value.integer;
}

/* The operator of two values of the type; 0: there is none. VARCHAR's is TEXT's. */
static int64_t operator_of(const char *name, enum value_type type)
{
    int64_t wanted = value_types[type == VALUE_VARCHAR ? VALUE_TEXT : type].oid;

    for (uint32_t skip = 0;; skip++) {
        int64_t left = row_number(SYSTEM_pg_operator__oprleft, name, skip);

        if (left < 0) {
            return 0;
        }
        if (left == wanted && row_number(SYSTEM_pg_operator__oprright, name, skip) == wanted) {
            return row_number(SYSTEM_pg_operator__oid, name, skip);
        }
    }
}

struct statistics_slot {
    int kind;
    int64_t comparison;
    const char *numbers;
    const char *values;
};

static void slot_put(struct system_scan *scan, uint32_t collation, unsigned place,
                     const struct statistics_slot *slot)
{
    system_number(scan, (enum system_column)(SYSTEM_pg_statistic__stakind1 + place), slot->kind);
    system_number(scan, (enum system_column)(SYSTEM_pg_statistic__staop1 + place),
                  slot->comparison);
    system_number(scan, (enum system_column)(SYSTEM_pg_statistic__stacoll1 + place),
                  slot->kind != 0 ? collation : 0);
    system_string(scan, (enum system_column)(SYSTEM_pg_statistic__stanumbers1 + place),
                  slot->numbers);
    system_string(scan, (enum system_column)(SYSTEM_pg_statistic__stavalues1 + place),
                  slot->values);
}

static void statistic_put(struct system_scan *scan, const struct statistics_row *row)
{
    const struct catalog_column_statistics *known = &row->known;
    const struct table_column *column = &row->table->spec.columns[row->column];
    enum value_type type = (enum value_type)column->type;
    struct statistics_slot slots[5] = {{0}};
    unsigned count = 0;

    if (known->common_count > 0) {
        slots[count++] = (struct statistics_slot){
            .kind = SLOT_COMMON,
            .comparison = operator_of("=", type),
            .numbers = reals_text(scan, known->common_count, known->frequencies),
            .values = array_text(scan, known->common_count, known->common)};
    }
    if (known->bound_count > 0) {
        slots[count++] =
            (struct statistics_slot){.kind = SLOT_HISTOGRAM,
                                     .comparison = operator_of("<", type),
                                     .values = array_text(scan, known->bound_count, known->bounds)};
    }
    if (known->has_correlation) {
        slots[count++] =
            (struct statistics_slot){.kind = SLOT_CORRELATION,
                                     .comparison = operator_of("<", type),
                                     .numbers = reals_text(scan, 1, &known->correlation)};
    }
    system_row(scan);
    system_number(scan, SYSTEM_pg_statistic__starelid, row->table->id);
    system_number(scan, SYSTEM_pg_statistic__staattnum, row->column + 1);
    system_boolean(scan, SYSTEM_pg_statistic__stainherit, false);
    system_real(scan, SYSTEM_pg_statistic__stanullfrac, (double)(float)known->nulls);
    system_number(scan, SYSTEM_pg_statistic__stawidth, known->width);
    system_real(scan, SYSTEM_pg_statistic__stadistinct, (double)(float)known->distinct);
    for (unsigned i = 0; i < 5; i++) {
        slot_put(scan, system_collation_oid(type, column->collation), i, &slots[i]);
    }
}

vv_status system_rows_pg_statistic(struct system_scan *scan)
{
    return rows_each(scan, SYSTEM_pg_statistic__starelid, statistic_put);
}
