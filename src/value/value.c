/* value.c - the table of types; order, hash and copy of one datum. */
#include "value/value.h"

#include <math.h>

#include "base/assert.h"
#include "base/hash.h"

#define HASH_OF_NULL UINT64_C(0x6E756C6C6E756C6C)

static uint64_t hash_of_double(double x);

const struct value_type_info value_types[VALUE_TYPE_COUNT] = {
#define X(name, oid_, bytes_, storage_, category_, preferred_, text_, internal_) \
    [VALUE_##name] = {.text = text_,                                             \
                      .internal = internal_,                                     \
                      .oid = oid_,                                               \
                      .row_bytes = bytes_,                                       \
                      .storage = VALUE_STORAGE_##storage_,                       \
                      .category = category_,                                     \
                      .preferred = preferred_},
#include "value/types.def"
#undef X
};

enum value_type value_type_of_oid(uint32_t oid)
{
    for (unsigned type = 0; type < VALUE_TYPE_COUNT; type++) {
        if (value_types[type].oid == oid) {
            return (enum value_type)type;
        }
    }
    return VALUE_TYPE_COUNT;
}

enum value_type value_type_of_name(const char *name)
{
    for (unsigned type = 0; type < VALUE_TYPE_COUNT; type++) {
        if (strcmp(value_types[type].text, name) == 0 ||
            strcmp(value_types[type].internal, name) == 0) {
            return (enum value_type)type;
        }
    }
    return VALUE_TYPE_COUNT;
}

int value_compare_double(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return (int)(isnan(a) != 0) - (int)(isnan(b) != 0);
    }
    return (a > b) - (a < b);
}

int value_compare(const struct value *a, const struct value *b)
{
    if (a->null || b->null) {
        return (int)a->null - (int)b->null;
    }
    switch (value_types[a->type].storage) {
    case VALUE_STORAGE_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case VALUE_STORAGE_I32:
    case VALUE_STORAGE_I64:
        return (a->integer > b->integer) - (a->integer < b->integer);
    case VALUE_STORAGE_F64:
        return value_compare_double(a->real, b->real);
    case VALUE_STORAGE_NUMERIC:
        return numeric_compare(&a->numeric, &b->numeric);
    case VALUE_STORAGE_UUID:
        return memcmp(&a->uuid, &b->uuid, sizeof a->uuid);
    case VALUE_STORAGE_INTERVAL:
        return interval_compare(&a->interval, &b->interval);
    default:
        return a->type == VALUE_BPCHAR
                   ? slice_compare(value_without_blanks(a->bytes), value_without_blanks(b->bytes))
                   : slice_compare(a->bytes, b->bytes);
    }
}

uint64_t value_hash(const struct value *value, uint64_t seed)
{
    vv_slice bytes;

    if (value->null) {
        return hash_word(seed ^ HASH_OF_NULL);
    }
    switch (value_types[value->type].storage) {
    case VALUE_STORAGE_BOOL:
        return hash_word(seed ^ (uint64_t)value->boolean);
    case VALUE_STORAGE_I32:
    case VALUE_STORAGE_I64:
        return hash_word(seed ^ (uint64_t)value->integer);
    case VALUE_STORAGE_F64:
        return hash_word(seed ^ hash_of_double(value->real));
    case VALUE_STORAGE_NUMERIC:
        return hash_word(seed ^ numeric_hash(&value->numeric));
    case VALUE_STORAGE_UUID:
        return hash_bytes(value->uuid.bytes, sizeof value->uuid.bytes, seed);
    case VALUE_STORAGE_INTERVAL:
        return hash_word(seed ^ interval_hash(&value->interval));
    default:
        bytes = value->type == VALUE_BPCHAR ? value_without_blanks(value->bytes) : value->bytes;
        return hash_bytes(bytes.data, bytes.size, seed);
    }
}

bool value_copy(struct arena *arena, const struct value *from, struct value *to)
{
    *to = *from;
    if (from->null || !value_is_string((enum value_type)from->type)) {
        return true;
    }
    to->bytes.data = arena_copy(arena, from->bytes.data, from->bytes.size);
    return to->bytes.data != NULL;
}

/* V2: all NaNs are one, and so are both zeros. */
static uint64_t hash_of_double(double x)
{
    uint64_t bits;

    if (isnan(x)) {
        return UINT64_C(0x7FF8000000000000);
    }
    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
