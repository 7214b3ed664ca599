/* redo.c - see redo.h. */
#include "store/redo.h"

#include "base/assert.h"
#include "base/bytes.h"

#define REDO_CAPACITY_MIN 4096u
#define REDO_SMALL_BYTES  (256u << 10) /* a larger buffer leaves the reserve of the allocator */

static size_t put_word(uint8_t *at, uint64_t word);
static size_t put_slice(uint8_t *at, vv_slice slice);
static bool take_word(vv_slice *rest, uint64_t *word_out);
static bool take_slice(vv_slice *rest, vv_slice *slice_out);

vv_status redo_reserve(struct redo_buffer *buffer, struct alloc *alloc, size_t key_size,
                       size_t row_size)
{
    size_t needed =
        REDO_STREAM_HEADER_BYTES + buffer->size + 1 + 3 * BYTES_VARINT_MAX + key_size + row_size;
    size_t capacity = buffer->capacity == 0 ? REDO_CAPACITY_MIN : buffer->capacity;
    uint8_t *bytes = NULL;

    if (needed <= buffer->capacity) {
        return VV_OK;
    }
    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity > REDO_SMALL_BYTES && !alloc_leaves_reserve(alloc, capacity)) {
        return VV_NOMEM;
    }
    bytes = alloc_resize(alloc, ALLOC_TXN, buffer->bytes, buffer->capacity, capacity);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return VV_OK;
}

void redo_add(struct redo_buffer *buffer, const struct redo_change *change)
{
    uint8_t *start = buffer->bytes + REDO_STREAM_HEADER_BYTES + buffer->size;
    uint8_t *at = start;

    *at++ = (uint8_t)change->operation;
    at += put_word(at, change->map);
    if (change->operation == REDO_PUT || change->operation == REDO_DELETE) {
        at += put_slice(at, change->key);
    }
    if (change->operation == REDO_PUT) {
        at += put_slice(at, change->row);
    }
    buffer->size += (size_t)(at - start);
    buffer->added_count++;
    buffer->added_bytes += (uint64_t)(at - start);
    VV_ASSERT(REDO_STREAM_HEADER_BYTES + buffer->size <= buffer->capacity);
}

vv_slice redo_changes(const struct redo_buffer *buffer)
{
    return buffer->size == 0 ? slice_make("", 0)
                             : slice_make(buffer->bytes + REDO_STREAM_HEADER_BYTES, buffer->size);
}

vv_slice redo_chunk(struct redo_buffer *buffer, uint64_t stream_id, uint64_t position, size_t from,
                    size_t size)
{
    VV_ASSERT(from + size <= buffer->size && buffer->bytes != NULL);
    bytes_store64(buffer->bytes + from, stream_id);
    bytes_store64(buffer->bytes + from + 8, position);
    return slice_make(buffer->bytes + from, REDO_STREAM_HEADER_BYTES + size);
}

void redo_consume(struct redo_buffer *buffer, size_t size)
{
    VV_ASSERT(size <= buffer->size);
    memmove(buffer->bytes + REDO_STREAM_HEADER_BYTES,
            buffer->bytes + REDO_STREAM_HEADER_BYTES + size, buffer->size - size);
    buffer->size -= size;
}

vv_status redo_chunk_decode(vv_slice payload, uint64_t *stream_id_out, uint64_t *position_out,
                            vv_slice *bytes_out)
{
    *stream_id_out = 0;
    *position_out = 0;
    *bytes_out = slice_make("", 0);
    if (payload.size < REDO_STREAM_HEADER_BYTES) {
        return VV_CORRUPT;
    }
    *stream_id_out = bytes_load64(payload.data);
    *position_out = bytes_load64(payload.data + 8);
    *bytes_out = slice_make(payload.data + REDO_STREAM_HEADER_BYTES,
                            payload.size - REDO_STREAM_HEADER_BYTES);
    return VV_OK;
}

void redo_release(struct redo_buffer *buffer, struct alloc *alloc)
{
    alloc_free(alloc, ALLOC_TXN, buffer->bytes, buffer->capacity);
    *buffer = (struct redo_buffer){0};
}

void redo_trim(struct redo_buffer *buffer, struct alloc *alloc, size_t keep_bytes)
{
    buffer->size = 0;
    if (buffer->capacity > keep_bytes) {
        redo_release(buffer, alloc);
    }
}

vv_status redo_next(vv_slice *rest, struct redo_change *change_out)
{
    uint64_t map = 0;
    uint8_t operation = 0;

    *change_out = (struct redo_change){0};
    if (rest->size == 0) {
        return VV_END;
    }
    operation = rest->data[0];
    rest->data++;
    rest->size--;
    if (operation < REDO_PUT || operation > REDO_MAP_DROP || !take_word(rest, &map) || map == 0 ||
        map > UINT32_MAX) {
        return VV_CORRUPT;
    }
    change_out->operation = (enum redo_operation)operation;
    change_out->map = (uint32_t)map;
    if ((operation == REDO_PUT || operation == REDO_DELETE) &&
        !take_slice(rest, &change_out->key)) {
        return VV_CORRUPT;
    }
    if (operation == REDO_PUT && !take_slice(rest, &change_out->row)) {
        return VV_CORRUPT;
    }
    return VV_OK;
}

static size_t put_word(uint8_t *at, uint64_t word)
{
    return bytes_varint_store(at, word);
}

static size_t put_slice(uint8_t *at, vv_slice slice)
{
    size_t size = bytes_varint_store(at, slice.size);

    if (slice.size > 0) {
        memcpy(at + size, slice.data, slice.size);
    }
    return size + slice.size;
}

static bool take_word(vv_slice *rest, uint64_t *word_out)
{
    size_t size = bytes_varint_load(rest->data, rest->size, word_out);

    rest->data += size;
    rest->size -= size;
    return size > 0;
}

static bool take_slice(vv_slice *rest, vv_slice *slice_out)
{
    uint64_t size = 0;

    if (!take_word(rest, &size) || size > rest->size) {
        return false;
    }
    *slice_out = slice_make(rest->data, size);
    rest->data += size;
    rest->size -= size;
    return true;
}
