/* out.c - a growing text in an arena. */
#include "sql/out.h"

#include <inttypes.h>
#include <stdio.h>

static bool grow(struct out *out, size_t more);

void out_bytes(struct out *out, const void *data, size_t size)
{
    if (size == 0 || (out->capacity - out->size < size && !grow(out, size))) {
        return;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

void out_text(struct out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_slice(struct out *out, vv_slice text)
{
    out_bytes(out, text.data, text.size);
}

void out_number(struct out *out, int64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, number);
    out_text(out, text);
}

bool out_finish(struct out *out, vv_slice *text_out)
{
    *text_out = slice_make(NULL, 0);
    out_bytes(out, "", 1);
    if (out->failed) {
        return false;
    }
    *text_out = slice_make(out->data, out->size - 1);
    return true;
}

/* Doubling: the arena holds at most as much again in blocks left behind. */
static bool grow(struct out *out, size_t more)
{
    size_t capacity = out->capacity == 0 ? 128 : out->capacity * 2;
    char *data = NULL;

    if (out->failed || more > SIZE_MAX / 4) {
        out->failed = true;
        return false;
    }
    while (capacity - out->size < more) {
        capacity *= 2;
    }
    data = arena_get(out->arena, capacity);
    if (data == NULL) {
        out->failed = true;
        return false;
    }
    if (out->size > 0) {
        memcpy(data, out->data, out->size);
    }
    out->data = data;
    out->capacity = capacity;
    return true;
}
