/*
 * key_range.c - from bounds on columns to bounds on bytes.
 *
 * No encoded column is a prefix of another (K3), so "everything whose columns so far equal these" is
 * [P, successor(P)), and "greater than v" begins at the successor of P + v. Only at an open end are the
 * bytes themselves the bound, inclusive or not.
 */
#include "base/assert.h"
#include "value/key.h"
#include "value/key_private.h"

static bool impossible(const struct key_layout *layout, const struct key_range_spec *spec);
static size_t room_of(const struct key_layout *layout, const struct key_range_spec *spec);
static struct key_writer prefix_begin(const struct key_layout *layout,
                                      const struct key_range_spec *spec, uint8_t *bytes,
                                      size_t room);
static bool low_side(const struct key_layout *layout, const struct key_range_spec *spec,
                     struct key_writer *writer, struct key_range *out);
static void high_side(const struct key_layout *layout, const struct key_range_spec *spec,
                      struct key_writer *writer, struct key_range *out);
static const struct key_bound *side(const struct key_layout *layout,
                                    const struct key_range_spec *spec, bool low);
static bool nulls_outside(const struct key_layout *layout, const struct key_range_spec *spec,
                          bool first);

vv_status key_range_make(const struct key_layout *layout, const struct key_range_spec *spec,
                         struct arena *arena, struct key_range *out)
{
    size_t room = room_of(layout, spec);
    uint8_t *low = arena_get(arena, room);
    uint8_t *high = arena_get(arena, room);
    struct key_writer writer;
    int order;

    VV_ASSERT(spec->equal_count <= layout->column_count);
    *out = (struct key_range){.empty = true};
    if (low == NULL || high == NULL) {
        return VV_NOMEM;
    }
    if (impossible(layout, spec)) {
        return VV_OK;
    }
    writer = prefix_begin(layout, spec, low, room);
    if (!low_side(layout, spec, &writer, out)) {
        return VV_OK;
    }
    VV_ASSERT(!writer.full);
    writer = prefix_begin(layout, spec, high, room);
    high_side(layout, spec, &writer, out);
    VV_ASSERT(!writer.full);
    order = slice_compare(out->low, out->high);
    out->empty = out->high_set &&
                 (order > 0 || (order == 0 && !(out->low_inclusive && out->high_inclusive)));
    return VV_OK;
}

/* A bound that is NULL, or IS NULL on a column that never is. */
static bool impossible(const struct key_layout *layout, const struct key_range_spec *spec)
{
    for (unsigned i = 0; i < spec->equal_count; i++) {
        if (spec->equal[i].null && !layout->columns[i].nullable) {
            return true;
        }
    }
    return (spec->low.value != NULL && spec->low.value->null) ||
           (spec->high.value != NULL && spec->high.value->null);
}

static size_t room_of(const struct key_layout *layout, const struct key_range_spec *spec)
{
    size_t room =
        key_encoded_bytes_max(layout, spec->equal, spec->equal_count) + KEY_NUMERIC_MAX + 2;

    if (spec->low.value != NULL && value_is_string((enum value_type)spec->low.value->type)) {
        room += 2 * spec->low.value->bytes.size;
    }
    if (spec->high.value != NULL && value_is_string((enum value_type)spec->high.value->type)) {
        room += 2 * spec->high.value->bytes.size;
    }
    return room + (spec->prefix != NULL ? 2 * spec->prefix->size : 0);
}

static struct key_writer prefix_begin(const struct key_layout *layout,
                                      const struct key_range_spec *spec, uint8_t *bytes,
                                      size_t room)
{
    struct key_writer writer = {.start = bytes, .at = bytes, .end = bytes + room};

    for (unsigned i = 0; i < spec->equal_count; i++) {
        key_write_column(layout, i, &spec->equal[i], &writer);
    }
    return writer;
}

/* The bound that lies on the low (or high) side in bytes: swapped for a descending column. */
static const struct key_bound *side(const struct key_layout *layout,
                                    const struct key_range_spec *spec, bool low)
{
    bool descending =
        spec->equal_count < layout->column_count && layout->columns[spec->equal_count].descending;

    return low != descending ? &spec->low : &spec->high;
}

/* Whether NULLs of the bounded column lie at this end and do not belong to the range. */
static bool nulls_outside(const struct key_layout *layout, const struct key_range_spec *spec,
                          bool first)
{
    const struct key_column *column = &layout->columns[spec->equal_count];

    return spec->equal_count < layout->column_count && column->nullable &&
           column->nulls_first == first &&
           (spec->not_null || spec->low.value != NULL || spec->high.value != NULL);
}

static void write_string_prefix(const struct key_layout *layout, const struct key_range_spec *spec,
                                struct key_writer *writer)
{
    if (layout->columns[spec->equal_count].nullable) {
        key_write_byte(writer, KEY_NOT_NULL);
    }
    key_write_escaped(layout, spec->equal_count, *spec->prefix, writer);
}

/* Ends the writer's bytes at the first key behind all that begin with them; false: there is none. */
static bool step_behind(struct key_writer *writer)
{
    size_t size = key_successor(writer->start, (size_t)(writer->at - writer->start));

    writer->at = writer->start + size;
    return size != 0;
}

static vv_slice written(const struct key_writer *writer)
{
    return slice_make(writer->start, (size_t)(writer->at - writer->start));
}

/* False: nothing can be that large. */
static bool low_side(const struct key_layout *layout, const struct key_range_spec *spec,
                     struct key_writer *writer, struct key_range *out)
{
    const struct key_bound *bound = side(layout, spec, true);

    out->low_inclusive = true;
    if (spec->prefix != NULL) {
        write_string_prefix(layout, spec, writer);
    } else if (bound->value != NULL) {
        key_write_column(layout, spec->equal_count, bound->value, writer);
        if (!bound->inclusive && key_is_open(layout, spec->equal_count)) {
            out->low_inclusive = false;
        } else if (!bound->inclusive && !step_behind(writer)) {
            return false;
        }
    } else if (nulls_outside(layout, spec, true)) {
        key_write_byte(writer, KEY_NOT_NULL);
    }
    out->low = written(writer);
    out->low_set = out->low.size != 0 || !out->low_inclusive;
    return true;
}

static void high_side(const struct key_layout *layout, const struct key_range_spec *spec,
                      struct key_writer *writer, struct key_range *out)
{
    const struct key_bound *bound = side(layout, spec, false);
    bool full_open = spec->equal_count == layout->column_count && layout->open_end;
    bool stepped = false;

    if (spec->prefix != NULL) {
        write_string_prefix(layout, spec, writer);
        stepped = true;
    } else if (bound->value != NULL) {
        key_write_column(layout, spec->equal_count, bound->value, writer);
        if (bound->inclusive && key_is_open(layout, spec->equal_count)) {
            out->high_inclusive = true;
        } else if (bound->inclusive) {
            stepped = true;
        }
    } else if (full_open) {
        out->high_inclusive = true;
    } else if (nulls_outside(layout, spec, false)) {
        key_write_byte(writer, KEY_NULL_LAST);
    } else {
        stepped = true;
    }
    if (stepped) {
        step_behind(writer);
    }
    out->high = written(writer);
    out->high_set = out->high.size != 0 || !stepped;
}
