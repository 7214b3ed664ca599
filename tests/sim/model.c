/* model.c - see model.h. */
#include "model.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

void model_state_init(struct model_state *state)
{
    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < MODEL_SYSTEM_SLOTS; i++) {
        state->ids[i] = i + 1;
    }
}

void model_txn_add(struct model_txn *txn, struct model_change change)
{
    if (txn->count == txn->capacity) {
        txn->capacity = txn->capacity == 0 ? 16 : txn->capacity * 2;
        txn->changes = realloc(txn->changes, txn->capacity * sizeof *txn->changes);
        if (txn->changes == NULL) {
            abort();
        }
    }
    txn->changes[txn->count++] = change;
}

void model_txn_release(struct model_txn *txn)
{
    free(txn->changes);
    *txn = (struct model_txn){0};
}

void model_apply(struct model_state *state, const struct model_txn *txn)
{
    for (size_t i = 0; i < txn->count; i++) {
        const struct model_change *change = &txn->changes[i];

        switch (change->kind) {
        case MODEL_SET:
            state->values[change->slot][change->key] = change->value;
            break;
        case MODEL_CREATE:
            state->ids[change->slot] = change->value;
            memset(state->values[change->slot], 0, sizeof state->values[change->slot]);
            break;
        case MODEL_DROP:
        default:
            state->ids[change->slot] = 0;
            memset(state->values[change->slot], 0, sizeof state->values[change->slot]);
            break;
        }
    }
}

uint32_t model_value(const struct model_state *state, const struct model_txn *txn, unsigned slot,
                     unsigned key)
{
    for (size_t i = txn->count; i > 0; i--) {
        const struct model_change *change = &txn->changes[i - 1];

        if (change->slot == slot && change->kind != MODEL_SET) {
            return 0;
        }
        if (change->slot == slot && change->key == key) {
            return change->value;
        }
    }
    return state->values[slot][key];
}

uint32_t model_id(const struct model_state *state, const struct model_txn *txn, unsigned slot)
{
    for (size_t i = txn->count; i > 0; i--) {
        const struct model_change *change = &txn->changes[i - 1];

        if (change->slot == slot && change->kind != MODEL_SET) {
            return change->kind == MODEL_CREATE ? change->value : 0;
        }
    }
    return state->ids[slot];
}

/* Keys differ in length, so that leaves and separators do too. */
vv_slice model_key(uint8_t *buffer, unsigned key)
{
    size_t size = 3 + key * 4 % 97;

    snprintf((char *)buffer, MODEL_KEY_BYTES, "k%02u", key);
    memset(buffer + 3, 'a' + (int)(key % 26), size - 3);
    return slice_make(buffer, size);
}

unsigned model_key_number(vv_slice key)
{
    uint8_t buffer[MODEL_KEY_BYTES];
    unsigned number = 0;

    if (key.size < 3) {
        return MODEL_KEYS;
    }
    number = (unsigned)(key.data[1] - '0') * 10 + (unsigned)(key.data[2] - '0');
    return number < MODEL_KEYS && slice_equal(key, model_key(buffer, number)) ? number : MODEL_KEYS;
}

/* The value in front, then bytes that follow from it, so that mixed-up rows are seen. */
vv_slice model_row(uint8_t *buffer, uint32_t value)
{
    uint64_t mix = hash_word(value + 1);
    size_t size = 4 + mix % 120;

    if ((value & MODEL_VALUE_LARGE) != 0) {
        size = 9000 + mix % 2000;
    } else if (mix % 50 == 0) {
        size = 1000 + mix % 1500;
    }
    bytes_store32(buffer, value);
    for (size_t i = 4; i < size; i++) {
        buffer[i] = (uint8_t)(mix >> (i % 8 * 8)) ^ (uint8_t)i;
    }
    return slice_make(buffer, size);
}

uint32_t model_row_value(vv_slice row)
{
    uint8_t buffer[MODEL_ROW_BYTES];
    uint32_t value = 0;

    if (row.size < 4) {
        return 0;
    }
    value = bytes_load32(row.data);
    return slice_equal(row, model_row(buffer, value)) ? value : 0;
}
