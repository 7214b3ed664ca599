/*
 * selectivity.c - the share of a column's rows that a comparison keeps, from what ANALYZE has found out.
 *
 * The arithmetic is PostgreSQL's (selfuncs.c, like_support.c). The rows are three parts: NULLs, the most common values,
 * whose shares are known one by one, and the rest, of which the histogram tells the distribution:
 *
 *     =      the value's share if it is common, else the rest divided by the other distinct values
 *     <      the common values that are less, and as much of the histogram as lies below: whole parts, and a piece
 *            of the part that holds the value as if values were spread evenly in it
 *     LIKE   tried on the common values and on the histogram's bounds; with few bounds, as a range of the pattern's
 *            fixed beginning and a guess for the rest
 */
#include <math.h>

#include "eval/like.h"
#include "optimize/optimize_private.h"

#define HISTOGRAM_TRIED_MIN 10u  /* bounds: with fewer a pattern is not tried on them */
#define HISTOGRAM_SURE      100u /* with fewer, what they say is mixed with a guess */
#define SCALE_BYTES         12u  /* of a text: what a double can tell apart */

#define GUESS_CHARACTER 0.20 /* of a pattern: a fixed character, _, % */
#define GUESS_ANY       0.9
#define GUESS_MANY      5.0

static double clamp(double share, double low, double high)
{
    return share < low ? low : share > high ? high : share;
}

/* The constant as a value of the column's type. False: they are not comparable as they are. */
static bool value_as(const struct selectivity_column *column, const struct value *value,
                     struct value *out)
{
    if (value == NULL || value->null ||
        !(value_stands_for((enum value_type)column->type, (enum value_type)value->type) ||
          value_stands_for((enum value_type)value->type, (enum value_type)column->type))) {
        return false;
    }
    *out = *value;
    out->type = column->type;
    return true;
}

static double common_share(const struct catalog_column_statistics *known)
{
    double share = 0;

    for (uint32_t i = 0; i < known->common_count; i++) {
        share += known->frequencies[i];
    }
    return share;
}

/* The distinct values that are not common ones. */
static double others(const struct selectivity_column *column)
{
    return column->distinct - column->known->common_count;
}

/* ---- = ---- */

/* A value that is not looked at: as many rows as the average value has. */
static double equal_to_any(const struct selectivity_column *column)
{
    double share = 1.0;

    if (column->known != NULL) {
        share -= column->known->nulls;
    }
    share /= column->distinct > 1 ? column->distinct : 1;
    if (column->known != NULL && column->known->common_count > 0 &&
        share > column->known->frequencies[0]) {
        share = column->known->frequencies[0];
    }
    return clamp(share, 0, 1);
}

double selectivity_equal(const struct selectivity_column *column, const struct value *value)
{
    const struct catalog_column_statistics *known = column->known;
    struct value constant;
    double share = 0;

    if (column->unique) {
        return 1.0 / (column->rows < 1 ? 1 : column->rows);
    }
    if (known == NULL || !value_as(column, value, &constant)) {
        return equal_to_any(column);
    }
    for (uint32_t i = 0; i < known->common_count; i++) {
        if (value_compare(&known->common[i], &constant) == 0) {
            return known->frequencies[i];
        }
    }
    share = clamp(1.0 - common_share(known) - known->nulls, 0, 1);
    if (others(column) > 1) {
        share /= others(column);
    }
    if (known->common_count > 0 && share > known->frequencies[known->common_count - 1]) {
        share = known->frequencies[known->common_count - 1];
    }
    return share;
}

/* ---- values on a scale ---- */

/* The characters that texts of this part seem to be made of. */
static void text_alphabet(vv_slice low, vv_slice high, unsigned *first_out, unsigned *last_out)
{
    static const struct {
        unsigned char first, last;
    } kinds[] = {{'A', 'Z'}, {'a', 'z'}, {'0', '9'}};
    unsigned first = 256;
    unsigned last = 0;

    for (size_t i = 0; i < low.size + high.size; i++) {
        unsigned byte = i < low.size ? low.data[i] : high.data[i - low.size];

        first = byte < first ? byte : first;
        last = byte > last ? byte : last;
    }
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (first <= kinds[i].last && last >= kinds[i].first) {
            first = first > kinds[i].first ? kinds[i].first : first;
            last = last < kinds[i].last ? kinds[i].last : last;
        }
    }
    if (last < first + 9) {
        first = ' ';
        last = 127;
    }
    *first_out = first;
    *last_out = last;
}

/* A text as a fraction: its bytes are digits of a number below one. */
static double text_fraction(vv_slice text, unsigned first, unsigned last)
{
    double base = last - first + 1.0;
    double digit_value = 1.0;
    double fraction = 0;

    for (size_t i = 0; i < text.size && i < SCALE_BYTES; i++) {
        unsigned byte = text.data[i];

        byte = byte < first ? first - 1 : byte > last ? last + 1 : byte;
        digit_value /= base;
        fraction += ((double)byte - first) * digit_value;
    }
    return fraction;
}

static vv_slice text_behind(vv_slice text, size_t skip)
{
    skip = skip > text.size ? text.size : skip;
    return slice_make(text.data + skip, text.size - skip);
}

/* Where a text lies between two others. */
static void text_scale(const struct value *value, const struct value *low, const struct value *high,
                       double scale[3])
{
    bool bytes = low->type == VALUE_BYTEA;
    vv_slice lower = low->bytes;
    vv_slice upper = high->bytes;
    unsigned first = 0;
    unsigned last = 255;
    size_t same = 0;

    if (!bytes) {
        text_alphabet(lower, upper, &first, &last);
    }
    while (same < lower.size && same < upper.size && same < value->bytes.size &&
           lower.data[same] == upper.data[same] && lower.data[same] == value->bytes.data[same]) {
        same++;
    }
    scale[0] = text_fraction(text_behind(value->bytes, same), first, last);
    scale[1] = text_fraction(text_behind(lower, same), first, last);
    scale[2] = text_fraction(text_behind(upper, same), first, last);
}

static bool number_scale(const struct value *value, double *out)
{
    switch ((enum value_storage)value_types[value->type].storage) {
    case VALUE_STORAGE_BOOL:
        *out = value->boolean;
        return true;
    case VALUE_STORAGE_I32:
    case VALUE_STORAGE_I64:
        *out = (double)value->integer;
        return true;
    case VALUE_STORAGE_F64:
        *out = value->real;
        return true;
    case VALUE_STORAGE_NUMERIC:
        *out = numeric_to_double(&value->numeric);
        return true;
    case VALUE_STORAGE_INTERVAL:
        *out = (double)value->interval.time + (double)value->interval.days * 86400e6 +
               (double)value->interval.months * (365.25 / 12) * 86400e6;
        return true;
    default:
        return false;
    }
}

/* How far value lies between low and high, 0 to 1. */
static double place_between(const struct value *value, const struct value *low,
                            const struct value *high)
{
    double scale[3] = {0};
    double place = 0;

    if (value_is_string((enum value_type)value->type)) {
        text_scale(value, low, high, scale);
    } else if (!number_scale(value, &scale[0]) || !number_scale(low, &scale[1]) ||
               !number_scale(high, &scale[2])) {
        return 0.5;
    }
    if (scale[2] <= scale[1]) {
        return 0.5;
    }
    if (scale[0] <= scale[1] || scale[0] >= scale[2]) {
        return scale[0] <= scale[1] ? 0 : 1;
    }
    place = (scale[0] - scale[1]) / (scale[2] - scale[1]);
    return isnan(place) || place < 0 || place > 1 ? 0.5 : place;
}

/* ---- < and its kin ---- */

static bool is_true(enum function_comparison comparison, int order)
{
    switch (comparison) {
    case FUNCTION_COMPARISON_LT:
        return order < 0;
    case FUNCTION_COMPARISON_LE:
        return order <= 0;
    case FUNCTION_COMPARISON_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* The bounds that lie below the value, or (inclusive) equal it. */
static uint32_t bounds_below(const struct catalog_column_statistics *known,
                             const struct value *value, bool inclusive)
{
    uint32_t low = 0;
    uint32_t high = known->bound_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = value_compare(&known->bounds[middle], value);

        if (order < 0 || (inclusive && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The share of the histogram's rows for which the comparison holds; negative: there is no histogram. */
static double histogram_share(const struct selectivity_column *column,
                              enum function_comparison comparison, const struct value *value)
{
    const struct catalog_column_statistics *known = column->known;
    bool greater = comparison == FUNCTION_COMPARISON_GT || comparison == FUNCTION_COMPARISON_GE;
    bool inclusive = comparison == FUNCTION_COMPARISON_LE || comparison == FUNCTION_COMPARISON_GE;
    double parts = known->bound_count - 1.0;
    double least = 0.01 / parts;
    double below = 0;
    uint32_t at = 0;

    if (known->bound_count < 2) {
        return -1;
    }
    at = bounds_below(known, value, greater != inclusive);
    if (at > 0 && at < known->bound_count) {
        double place = place_between(value, &known->bounds[at - 1], &known->bounds[at]);
        double equal = 0; /* the share of rows that equal the value */

        if ((at == 1 || greater == inclusive) && others(column) > 1) {
            equal = 1.0 / others(column);
        }
        below = (at - 1 + place) / parts;           /* less or equal */
        below += at == 1 ? equal * (1 - place) : 0; /* the lowest bound itself */
        below -= greater == inclusive ? equal : 0;
    } else if (at > 0) {
        below = 1;
    }
    return clamp(greater ? 1 - below : below, least, 1 - least);
}

double selectivity_compare(const struct selectivity_column *column,
                           enum function_comparison comparison, const struct value *value)
{
    const struct catalog_column_statistics *known = column->known;
    struct value constant;
    double common = 0;
    double rest = 0;

    if (known == NULL || !value_as(column, value, &constant)) {
        return SELECTIVITY_RANGE;
    }
    for (uint32_t i = 0; i < known->common_count; i++) {
        common += is_true(comparison, value_compare(&known->common[i], &constant))
                      ? known->frequencies[i]
                      : 0;
    }
    rest = histogram_share(column, comparison, &constant);
    rest = (rest < 0 ? 0.5 : rest) * (1.0 - known->nulls - common_share(known));
    return clamp(common + rest, 0, 1);
}

/* ---- LIKE ---- */

/* What a pattern's part behind its fixed beginning keeps, by guess. */
static double pattern_guess(vv_slice rest)
{
    double share = 1.0;
    size_t i = 0;

    while (i < rest.size && (rest.data[i] == '%' || rest.data[i] == '_')) {
        i++;
    }
    for (; i < rest.size; i++) {
        if (rest.data[i] == '%') {
            share *= GUESS_MANY;
        } else {
            share *= rest.data[i] == '_' ? GUESS_ANY : GUESS_CHARACTER;
            i += rest.data[i] == '\\';
        }
    }
    return share > 1 ? 1 : share;
}

/* Texts from the beginning on, up to the first that does not have it. */
static double prefix_share(const struct selectivity_column *column, vv_slice prefix,
                           struct arena *arena)
{
    struct value low = value_bytes((enum value_type)column->type, prefix);
    uint8_t *bytes = arena_copy(arena, prefix.data, prefix.size);
    double share = histogram_share(column, FUNCTION_COMPARISON_GE, &low);
    double equal = selectivity_equal(column, &low);

    if (share < 0 || bytes == NULL) {
        return SELECTIVITY_LIKE;
    }
    if (bytes[prefix.size - 1] < 0xFF) {
        struct value high =
            value_bytes((enum value_type)column->type, slice_make(bytes, prefix.size));

        bytes[prefix.size - 1]++;
        share += histogram_share(column, FUNCTION_COMPARISON_LT, &high) - 1;
    }
    return share < equal ? equal : share;
}

static bool matches(const struct value *text, vv_slice pattern, bool fold)
{
    return like_match(text->bytes, pattern, fold, text->type == VALUE_BYTEA) == LIKE_YES;
}

/* The share of the histogram's bounds that match, without the first and the last. */
static double bounds_share(const struct catalog_column_statistics *known, vv_slice pattern,
                           bool fold)
{
    uint32_t count = 0;

    for (uint32_t i = 1; i + 1 < known->bound_count; i++) {
        count += matches(&known->bounds[i], pattern, fold);
    }
    return (double)count / (known->bound_count - 2);
}

/* The rest of the pattern behind `prefix`, whose characters may be escaped in it. */
static vv_slice pattern_rest(vv_slice pattern, vv_slice prefix)
{
    size_t at = 0;

    for (size_t i = 0; i < prefix.size && at < pattern.size; i++) {
        at += 1u + (pattern.data[at] == '\\' && at + 1 < pattern.size);
    }
    return text_behind(pattern, at);
}

double selectivity_like(const struct selectivity_column *column, const struct value *pattern,
                        bool fold, struct arena *arena)
{
    const struct catalog_column_statistics *known = column->known;
    vv_slice prefix = {0};
    bool exact = false;
    double common = 0;
    double share = 0;

    if (known == NULL || pattern == NULL || pattern->null ||
        !value_is_string((enum value_type)column->type)) {
        return SELECTIVITY_LIKE;
    }
    if (!fold && like_prefix(pattern->bytes, arena, &prefix, &exact) != VV_OK) {
        return SELECTIVITY_LIKE;
    }
    if (exact) {
        struct value equal = value_bytes((enum value_type)column->type, prefix);

        return selectivity_equal(column, &equal);
    }
    share = (prefix.size > 0 ? prefix_share(column, prefix, arena) : 1.0) *
            pattern_guess(pattern_rest(pattern->bytes, prefix));
    if (known->bound_count >= HISTOGRAM_TRIED_MIN) {
        double weight = known->bound_count >= HISTOGRAM_SURE
                            ? 1.0
                            : (double)known->bound_count / HISTOGRAM_SURE;

        share = bounds_share(known, pattern->bytes, fold) * weight + share * (1 - weight);
    }
    for (uint32_t i = 0; i < known->common_count; i++) {
        common += matches(&known->common[i], pattern->bytes, fold) ? known->frequencies[i] : 0;
    }
    share = clamp(share, 0.0001, 0.9999) * (1.0 - known->nulls - common_share(known));
    return clamp(share + common, 0, 1);
}
