/* collation.c - see collation.h. */
#include "value/collation.h"

#include <string.h>

const struct value_collation_info value_collations[VALUE_COLLATION_COUNT] = {
    [VALUE_COLLATION_DEFAULT] = {"default", 100},
    [VALUE_COLLATION_C] = {"C", 950},
    [VALUE_COLLATION_POSIX] = {"POSIX", 951},
    [VALUE_COLLATION_UCS_BASIC] = {"ucs_basic", 12340},
    [VALUE_COLLATION_C_UTF8] = {"C.utf8", 12341},
    [VALUE_COLLATION_NOCASE] = {"nocase", 16382},
    [VALUE_COLLATION_RTRIM] = {"rtrim", 16383},
};

enum value_collation value_collation_of_oid(uint32_t oid)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    while (collation < VALUE_COLLATION_COUNT && value_collations[collation].oid != oid) {
        collation++;
    }
    return collation;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

void value_collation_fold(enum value_collation collation, vv_slice text, size_t from, size_t size,
                          uint8_t *to)
{
    if (collation == VALUE_COLLATION_NOCASE) {
        for (size_t i = 0; i < size; i++) {
            to[i] = lower(text.data[from + i]);
        }
    } else if (size > 0) {
        memmove(to, text.data + from, size);
    }
}

int value_collation_compare(enum value_collation collation, vv_slice a, vv_slice b)
{
    size_t a_size = value_collation_bytes(collation, a);
    size_t b_size = value_collation_bytes(collation, b);

    if (collation != VALUE_COLLATION_NOCASE) {
        return slice_compare(slice_make(a.data, a_size), slice_make(b.data, b_size));
    }
    for (size_t i = 0; i < a_size && i < b_size; i++) {
        int order = (int)lower(a.data[i]) - (int)lower(b.data[i]);

        if (order != 0) {
            return order;
        }
    }
    return (a_size > b_size) - (a_size < b_size);
}
