/*
 * fuzz_tree.c - bytes choose the operations of several sessions on a tree, with the model of the unit
 * tests beside it: every read is compared, the tree is verified at the end.
 */
#include "../tests/unit/tree/tree_model.h"

struct input {
    const uint8_t *data;
    size_t size;
    size_t at;
    uint64_t mix;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One byte a choice; wide ones stretch it. After the end everything is 0. */
static uint64_t choose_by_bytes(void *user, uint64_t bound)
{
    struct input *input = user;
    uint64_t byte = input->at < input->size ? input->data[input->at++] : 0;

    if (bound > 256) {
        input->mix = hash_word(input->mix + byte + 1);
        return input->mix % bound;
    }
    return byte % bound;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size < 8192 ? size : 8192};
    struct model *m = model_create(choose_by_bytes, &input);
    uint8_t *buffer = malloc(MODEL_BUFFER_BYTES);

    while (input.at < input.size) {
        model_step(m, buffer);
    }
    model_destroy(m);
    free(buffer);
    return 0;
}
