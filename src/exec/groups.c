/* groups.c - see groups.h. The table is at most half full. */
#include "exec/groups.h"

#include "base/assert.h"
#include "base/hash.h"
#include "eval/group.h"

#define GROUPS_SLOTS_MIN 256u
#define KEY_WORK         16u /* to find one, in the units of the pace (K6) */

static vv_status slots_grow(struct groups *groups, uint32_t more);
static vv_status group_add(struct groups *groups, const struct value_vector *const *keys,
                           uint32_t row, uint64_t hash, uint32_t slot, uint32_t *number_out);
static vv_status find_integers(struct groups *groups, const struct value_vector *const *keys,
                               const uint16_t *selection, uint32_t count, uint32_t *numbers);
static vv_status find_any(struct groups *groups, const struct value_vector *const *keys,
                          const uint16_t *selection, uint32_t count, uint32_t *numbers);
static bool keys_equal(const struct groups *groups, uint32_t number,
                       const struct value_vector *const *keys, uint32_t row);
static uint64_t slot_word(uint64_t hash, uint32_t number);

void groups_init(struct groups *groups, const uint8_t *types, uint32_t key_count,
                 size_t payload_bytes, struct arena *arena, struct pace *pace)
{
    VV_ASSERT(payload_bytes % 8 == 0);
    *groups = (struct groups){.arena = arena, .pace = pace, .payload_bytes = payload_bytes};
    rows_init(&groups->keys, types, key_count, arena);
    groups->integer_key = key_count == 1 && (value_types[types[0]].storage == VALUE_STORAGE_I32 ||
                                             value_types[types[0]].storage == VALUE_STORAGE_I64);
}

vv_status groups_find(struct groups *groups, const struct value_vector *const *keys,
                      const uint16_t *selection, uint32_t count, uint32_t *numbers)
{
    VV_TRY(slots_grow(groups, count));
    VV_TRY(pace_work(groups->pace, count * KEY_WORK));
    return groups->integer_key ? find_integers(groups, keys, selection, count, numbers)
                               : find_any(groups, keys, selection, count, numbers);
}

static uint64_t integer_hash(int64_t x)
{
    uint64_t hash = (uint64_t)x * 0x9E3779B97F4A7C15u;

    return hash ^ hash >> 32;
}

static int64_t integer_at(const struct value_vector *vector, uint32_t row)
{
    row = vector->constant ? 0 : row;
    return value_types[vector->type].storage == VALUE_STORAGE_I32 ? vector->i32s[row]
                                                                  : vector->i64s[row];
}

static vv_status find_null(struct groups *groups, const struct value_vector *const *keys,
                           uint32_t row, uint32_t *number_out)
{
    if (groups->null_group == 0) {
        VV_TRY(group_add(groups, keys, row, 0, UINT32_MAX, number_out));
        groups->null_group = *number_out + 1;
    }
    *number_out = groups->null_group - 1;
    return VV_OK;
}

static vv_status find_integers(struct groups *groups, const struct value_vector *const *keys,
                               const uint16_t *selection, uint32_t count, uint32_t *numbers)
{
    const struct value_vector *key = keys[0];
    uint32_t mask = groups->slot_count - 1;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = selection == NULL ? i : selection[i];
        int64_t x = 0;
        uint64_t hash = 0;
        uint32_t slot = 0;

        if (vector_is_null(key, row)) {
            VV_TRY(find_null(groups, keys, row, &numbers[row]));
            continue;
        }
        x = integer_at(key, row);
        hash = integer_hash(x);
        for (slot = (uint32_t)hash & mask; groups->slots[slot] != 0; slot = (slot + 1) & mask) {
            uint32_t number = (uint32_t)groups->slots[slot] - 1;

            if (integer_at(rows_chunk(&groups->keys, number), number % ROWS_CHUNK) == x) {
                numbers[row] = number;
                break;
            }
        }
        if (groups->slots[slot] == 0) {
            VV_TRY(group_add(groups, keys, row, hash, slot, &numbers[row]));
        }
    }
    return VV_OK;
}

static vv_status find_any(struct groups *groups, const struct value_vector *const *keys,
                          const uint16_t *selection, uint32_t count, uint32_t *numbers)
{
    uint64_t hashes[LIMIT_BATCH_ROWS];
    uint32_t mask = groups->slot_count - 1;

    group_hash(keys, groups->keys.column_count, selection, count, hashes);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = selection == NULL ? i : selection[i];
        uint64_t hash = hashes[row];
        uint32_t slot = (uint32_t)hash & mask;

        for (; groups->slots[slot] != 0; slot = (slot + 1) & mask) {
            uint32_t number = (uint32_t)groups->slots[slot] - 1;

            if (groups->slots[slot] >> 32 == hash >> 32 && keys_equal(groups, number, keys, row)) {
                numbers[row] = number;
                break;
            }
        }
        if (groups->slots[slot] == 0) {
            VV_TRY(group_add(groups, keys, row, hash, slot, &numbers[row]));
        }
    }
    return VV_OK;
}

static bool keys_equal(const struct groups *groups, uint32_t number,
                       const struct value_vector *const *keys, uint32_t row)
{
    const struct value_vector *chunk = rows_chunk(&groups->keys, number);

    for (uint32_t c = 0; c < groups->keys.column_count; c++) {
        const struct value_vector *kept = &chunk[c];

        if (!group_equal(&keys[c], row, &kept, number % ROWS_CHUNK, 1)) {
            return false;
        }
    }
    return true;
}

static uint64_t slot_word(uint64_t hash, uint32_t number)
{
    return (hash >> 32 << 32) | (number + 1);
}

/* slot UINT32_MAX: the group is not in the table (NULL). */
static vv_status group_add(struct groups *groups, const struct value_vector *const *keys,
                           uint32_t row, uint64_t hash, uint32_t slot, uint32_t *number_out)
{
    uint32_t number = groups->keys.row_count;
    uint16_t place = (uint16_t)row;

    if (number % ROWS_CHUNK == 0) {
        if (groups->payload_count == groups->payload_capacity) {
            uint32_t capacity = groups->payload_capacity == 0 ? 16 : groups->payload_capacity * 2;
            uint8_t **payloads = ARENA_ARRAY(groups->arena, uint8_t *, capacity);

            if (payloads == NULL) {
                return VV_NOMEM;
            }
            if (groups->payload_count > 0) {
                memcpy(payloads, groups->payloads, groups->payload_count * sizeof payloads[0]);
            }
            groups->payloads = payloads;
            groups->payload_capacity = capacity;
        }
        groups->payloads[groups->payload_count] =
            arena_zero(groups->arena, groups->payload_bytes * ROWS_CHUNK);
        if (groups->payloads[groups->payload_count++] == NULL) {
            return VV_NOMEM;
        }
    }
    VV_TRY(rows_append(&groups->keys, keys, &place, 1));
    if (slot != UINT32_MAX) {
        groups->slots[slot] = slot_word(hash, number);
    }
    *number_out = number;
    return VV_OK;
}

/* Room for `more` new groups: no growth is needed while a batch is looked up. */
static vv_status slots_grow(struct groups *groups, uint32_t more)
{
    uint64_t wanted = 2 * ((uint64_t)groups->keys.row_count + more);
    uint32_t count = groups->slot_count == 0 ? GROUPS_SLOTS_MIN : groups->slot_count;
    uint64_t *slots = NULL;

    while (count < wanted) {
        if (count > UINT32_MAX / 4) {
            return VV_NOMEM;
        }
        count *= 2;
    }
    if (count == groups->slot_count) {
        return VV_OK;
    }
    slots = ARENA_ARRAY(groups->arena, uint64_t, count);
    if (slots == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t number = 0; number < groups->keys.row_count; number++) {
        const struct value_vector *chunk = rows_chunk(&groups->keys, number);
        uint16_t place = (uint16_t)(number % ROWS_CHUNK);
        uint64_t hashes[ROWS_CHUNK];
        uint32_t slot = 0;

        if (groups->integer_key) {
            if (groups->null_group == number + 1) {
                continue;
            }
            hashes[place] = integer_hash(integer_at(chunk, place));
        } else {
            const struct value_vector *columns[LIMIT_COLUMNS];

            for (uint32_t c = 0; c < groups->keys.column_count; c++) {
                columns[c] = &chunk[c];
            }
            group_hash(columns, groups->keys.column_count, &place, 1, hashes);
        }
        VV_TRY(pace_work(groups->pace, KEY_WORK));
        slot = (uint32_t)hashes[place] & (count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (count - 1);
        }
        slots[slot] = slot_word(hashes[place], number);
    }
    groups->slots = slots;
    groups->slot_count = count;
    return VV_OK;
}
