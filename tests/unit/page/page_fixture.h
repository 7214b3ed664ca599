/*
 * page_fixture.h - a sorted array that says what a page must hold, and keys that hurt: empty, 1,000
 * bytes, prefixes of each other, long shared prefixes, zero bytes at the end.
 */
#ifndef VARVE_TESTS_UNIT_PAGE_FIXTURE_H
#define VARVE_TESTS_UNIT_PAGE_FIXTURE_H

#include <stdlib.h>

#include "base/rng.h"
#include "page/build.h"
#include "page/image.h"

#define MODEL_MAX 9000

struct model_row {
    uint8_t *key;
    size_t key_size;
    uint8_t *row;
    size_t row_size;
    uint64_t record;
};

struct model {
    struct model_row rows[MODEL_MAX];
    unsigned count;
    unsigned key_style; /* 0 tiny alphabet, 1 integers, 2 long shared prefix, 3 mixed */
};

static inline struct page *frames_new(unsigned count)
{
    struct page *page = aligned_alloc(LIMIT_FRAME_BYTES, (size_t)count * LIMIT_FRAME_BYTES);

    memset(page, 0xA5, (size_t)count * LIMIT_FRAME_BYTES);
    return page;
}

static inline vv_slice model_key(const struct model *model, unsigned i)
{
    return slice_make(model->rows[i].key, model->rows[i].key_size);
}

/* A key of the model's style; buffer holds LIMIT_KEY_BYTES. */
static inline vv_slice model_random_key(const struct model *model, struct rng *rng, uint8_t *buffer)
{
    unsigned style = model->key_style == 3 ? (unsigned)rng_below(rng, 3) : model->key_style;
    size_t size = rng_below(rng, 8);

    if (style == 1) {
        bytes_store64_big(buffer, 1000000 + rng_below(rng, 2000));
        return slice_make(buffer, 8);
    }
    if (style == 2) {
        size = rng_chance(rng, 1, 20) ? LIMIT_KEY_BYTES : 100 + size;
        memset(buffer, 'k', size);
        for (size_t i = 90; i < 100; i++) {
            buffer[i] = (uint8_t)('a' + rng_below(rng, 2));
        }
        if (size == LIMIT_KEY_BYTES) {
            buffer[size - 1] = (uint8_t)rng_below(rng, 256);
        }
        return slice_make(buffer, size);
    }
    for (size_t i = 0; i < size; i++) {
        buffer[i] = (uint8_t)(rng_below(rng, 3) * 127);
    }
    return slice_make(buffer, size);
}

static inline unsigned model_lower_bound(const struct model *model, vv_slice key, bool *exact_out)
{
    unsigned i = 0;

    while (i < model->count && slice_compare(model_key(model, i), key) < 0) {
        i++;
    }
    *exact_out = i < model->count && slice_equal(model_key(model, i), key);
    return i;
}

static inline uint8_t *bytes_copy(const void *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    if (size != 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

static inline void model_set(struct model *model, unsigned i, vv_slice row, uint64_t record)
{
    free(model->rows[i].row);
    model->rows[i].row = bytes_copy(row.data, row.size);
    model->rows[i].row_size = row.size;
    model->rows[i].record = record;
}

static inline void model_insert(struct model *model, unsigned i, vv_slice key, vv_slice row,
                                uint64_t record)
{
    memmove(&model->rows[i + 1], &model->rows[i], (model->count - i) * sizeof model->rows[0]);
    model->rows[i] =
        (struct model_row){.key = bytes_copy(key.data, key.size), .key_size = key.size};
    model->count++;
    model_set(model, i, row, record);
}

static inline void model_remove(struct model *model, unsigned i)
{
    free(model->rows[i].key);
    free(model->rows[i].row);
    model->count--;
    memmove(&model->rows[i], &model->rows[i + 1], (model->count - i) * sizeof model->rows[0]);
}

static inline void model_clear(struct model *model)
{
    while (model->count > 0) {
        model_remove(model, model->count - 1);
    }
}

static inline struct page_value model_value(const struct model *model, unsigned i)
{
    return (struct page_value){.record = model->rows[i].record,
                               .row = slice_make(model->rows[i].row, model->rows[i].row_size)};
}

/* The page's keys, rows and records are the model's, one by one. */
static inline void model_check(const struct model *model, const struct page *page)
{
    uint8_t buffer[PAGE_KEY_BUFFER];
    const char *broken = page_verify(page);

    if (broken != NULL) {
        print_message("%s\n", broken);
    }
    TEST_TRUE(broken == NULL);
    TEST_EQUAL(model->count, page_slot_count(page));
    for (unsigned i = 0; i < model->count; i++) {
        page_slot slot = page_slot_load(page, i);
        vv_slice key = slice_make(buffer, page_key_copy(page, slot, buffer));
        struct page_cell cell;

        TEST_TRUE(slice_equal(model_key(model, i), key));
        TEST_TRUE(page_cell_read(page, slot, &cell));
        TEST_TRUE(slice_equal(model_value(model, i).row, cell.row));
        TEST_EQUAL(model->rows[i].record, cell.record);
        TEST_EQUAL(model->rows[i].record, page_cell_record(page, slot));
        TEST_EQUAL(0, page_key_compare(page, slot, key));
    }
}

/* A page built from rows [from, to) of the model with the fences given. own: free(). */
static inline struct page *model_build(const struct model *model, unsigned from, unsigned to,
                                       vv_slice low, vv_slice high)
{
    struct build_entry *entries = calloc(to - from + 1, sizeof *entries);
    struct build_run run = {
        .kind = PAGE_LEAF, .low = low, .high = high, .entries = entries, .count = to - from};
    struct build_shape shape;
    struct page *page = NULL;

    for (unsigned i = from; i < to; i++) {
        entries[i - from].key = model_key(model, i);
        entries[i - from].value = model_value(model, i);
    }
    shape = build_shape(&run);
    TEST_TRUE(shape.fits);
    page = frames_new(shape.frame_count);
    build_page(page, &run, &shape);
    free(entries);
    return page;
}

#endif
