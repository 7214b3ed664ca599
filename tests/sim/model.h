/*
 * model.h - what a store must hold, as plain arrays: the truth that the simulator compares with.
 *
 * A few slots stand for maps, a few dozen numbers for keys; a value is a number, 0 is "no row", and the
 * row's bytes follow from it. A transaction is the list of what it did; a state is what a run of
 * transactions leaves behind.
 */
#ifndef VARVE_TESTS_SIM_MODEL_H
#define VARVE_TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define MODEL_SLOTS        6u
#define MODEL_SYSTEM_SLOTS 2u /* slots 0 and 1 are the system maps 1 and 2 */
#define MODEL_KEYS         40u
#define MODEL_KEY_BYTES    200u
#define MODEL_ROW_BYTES    12000u
#define MODEL_VALUE_LARGE  ((uint32_t)1 << 31) /* a row of 9,000 bytes and more */

struct model_state {
    uint32_t ids[MODEL_SLOTS]; /* of the map in the slot, 0: none */
    uint32_t values[MODEL_SLOTS][MODEL_KEYS];
};

enum model_kind { MODEL_SET, MODEL_CREATE, MODEL_DROP };

struct model_change {
    enum model_kind kind;
    uint8_t slot;
    uint8_t key;
    uint32_t value; /* MODEL_SET: the value, 0 deletes; MODEL_CREATE: the map's id */
};

struct model_txn {
    struct model_change *changes;
    size_t count;
    size_t capacity;
};

void model_state_init(struct model_state *state);
void model_txn_add(struct model_txn *txn, struct model_change change);
void model_txn_release(struct model_txn *txn);
void model_apply(struct model_state *state, const struct model_txn *txn);

/* The value that a transaction which has done this much sees on top of state. */
uint32_t model_value(const struct model_state *state, const struct model_txn *txn, unsigned slot,
                     unsigned key);
uint32_t model_id(const struct model_state *state, const struct model_txn *txn, unsigned slot);

/* Keys and rows as bytes; the buffers have MODEL_KEY_BYTES, MODEL_ROW_BYTES. */
vv_slice model_key(uint8_t *buffer, unsigned key);
vv_slice model_row(uint8_t *buffer, uint32_t value);

/* The number of a key, MODEL_KEYS when it is none; the value of a row, 0 when the bytes are no row. */
unsigned model_key_number(vv_slice key);
uint32_t model_row_value(vv_slice row);

#endif
