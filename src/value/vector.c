/* vector.c - making, reading and writing the columns of a batch. */
#include "value/vector.h"

#include "base/assert.h"

static const uint8_t storage_bytes[VALUE_STORAGE_COUNT] = {
#define X(name, c_type) [VALUE_STORAGE_##name] = sizeof(c_type),
    VALUE_STORAGE_MAP(X)
#undef X
};

bool vector_init(struct value_vector *vector, enum value_type type, struct arena *arena)
{
    return vector_init_sized(vector, type, LIMIT_BATCH_ROWS, arena);
}

bool vector_init_sized(struct value_vector *vector, enum value_type type, unsigned capacity,
                       struct arena *arena)
{
    size_t null_words = (capacity + 63) / 64;

    *vector = (struct value_vector){.type = (uint8_t)type};
    vector->nulls = arena_zero(arena, null_words * sizeof(uint64_t));
    vector->data = arena_zero(arena, (size_t)capacity * storage_bytes[value_types[type].storage]);
    vector->null_words = (uint16_t)null_words;
    return vector->nulls != NULL && vector->data != NULL;
}

void vector_set_constant(struct value_vector *vector, const struct value *value)
{
    vector->constant = false;
    vector->has_nulls = false;
    vector->kept = false;
    vector->nulls[0] = 0;
    vector_set(vector, 0, value);
    vector->constant = true;
}

void vector_get(const struct value_vector *vector, unsigned row, struct value *out)
{
    row = vector->constant ? 0 : row;
    *out = (struct value){.type = vector->type, .null = vector_is_null(vector, row)};
    if (out->null) {
        return;
    }
    switch (value_types[vector->type].storage) {
    case VALUE_STORAGE_BOOL:
        out->boolean = vector->bools[row] != 0;
        break;
    case VALUE_STORAGE_I32:
        out->integer = vector->i32s[row];
        break;
    case VALUE_STORAGE_I64:
        out->integer = vector->i64s[row];
        break;
    case VALUE_STORAGE_F64:
        out->real = vector->f64s[row];
        break;
    case VALUE_STORAGE_NUMERIC:
        out->numeric = vector->numerics[row];
        break;
    case VALUE_STORAGE_UUID:
        out->uuid = vector->uuids[row];
        break;
    case VALUE_STORAGE_INTERVAL:
        out->interval = vector->intervals[row];
        break;
    default:
        out->bytes = vector_string_slice(&vector->strings[row]);
        break;
    }
}

void vector_set(struct value_vector *vector, unsigned row, const struct value *value)
{
    VV_ASSERT(!vector->constant);
    if (value->null) {
        vector_set_null(vector, row);
        return;
    }
    vector->nulls[row / 64] &= ~(UINT64_C(1) << (row % 64));
    switch (value_types[vector->type].storage) {
    case VALUE_STORAGE_BOOL:
        vector->bools[row] = value->boolean;
        break;
    case VALUE_STORAGE_I32:
        vector->i32s[row] = (int32_t)value->integer;
        break;
    case VALUE_STORAGE_I64:
        vector->i64s[row] = value->integer;
        break;
    case VALUE_STORAGE_F64:
        vector->f64s[row] = value->real;
        break;
    case VALUE_STORAGE_NUMERIC:
        vector->numerics[row] = value->numeric;
        break;
    case VALUE_STORAGE_UUID:
        vector->uuids[row] = value->uuid;
        break;
    case VALUE_STORAGE_INTERVAL:
        vector->intervals[row] = value->interval;
        break;
    default:
        vector->strings[row] = vector_string_make(value->bytes.data, value->bytes.size);
        break;
    }
}

int vector_string_compare(const struct value_string *a, const struct value_string *b)
{
    return slice_compare(vector_string_slice(a), vector_string_slice(b));
}

bool vector_keep_strings(struct value_vector *vector, const uint16_t *selection, unsigned count,
                         struct arena *arena)
{
    if (vector->kept || !value_is_string((enum value_type)vector->type)) {
        return true;
    }
    count = vector->constant ? 1 : count;
    for (unsigned i = 0; i < count; i++) {
        unsigned row = vector->constant ? 0 : selection == NULL ? i : selection[i];
        struct value_string *string = &vector->strings[row];
        uint8_t *copy;

        if (vector_is_null(vector, row) || string->size <= VECTOR_INLINE_BYTES) {
            continue;
        }
        copy = arena_copy(arena, vector_string_pointer(string), string->size);
        if (copy == NULL) {
            return false;
        }
        memcpy(string->pointer, &copy, sizeof copy);
    }
    return true;
}
