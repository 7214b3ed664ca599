/* wire.c - see wire.h. */
#include "server/wire.h"

#include "base/assert.h"
#include "varve/varve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool room(struct wire_out *out, size_t size);
static uint32_t load_u32(const uint8_t *bytes);
static void store_u32(uint8_t *bytes, uint32_t value);
static void put_field(struct wire_out *out, char field, const char *text);
static size_t utf8_sequence(const uint8_t *at, size_t left);

enum wire_verdict wire_message(vv_slice input, bool start, size_t limit,
                               struct wire_message *message_out, size_t *size_out)
{
    size_t head = start ? 4 : 5;
    size_t size = 0;

    *size_out = 0;
    if (input.size < head) {
        return WIRE_MORE;
    }
    size = load_u32(input.data + head - 4);
    if (size < 4 || size - 4 > limit) {
        return WIRE_BAD;
    }
    *size_out = size + head - 4;
    if (input.size < *size_out) {
        return WIRE_MORE;
    }
    message_out->type = start ? 0 : (char)input.data[0];
    message_out->body = slice_make(input.data + head, size - 4);
    return WIRE_MESSAGE;
}

struct wire_reader wire_reader(vv_slice body)
{
    return (struct wire_reader){.at = body.data, .end = body.data + body.size};
}

vv_slice wire_get_bytes(struct wire_reader *reader, size_t size)
{
    vv_slice bytes = {0};

    if (reader->bad || size > (size_t)(reader->end - reader->at)) { /* X1 */
        reader->bad = true;
        return bytes;
    }
    bytes = slice_make(reader->at, size);
    reader->at += size;
    return bytes;
}

uint8_t wire_get_u8(struct wire_reader *reader)
{
    vv_slice bytes = wire_get_bytes(reader, 1);

    return reader->bad ? 0 : bytes.data[0];
}

uint16_t wire_get_u16(struct wire_reader *reader)
{
    vv_slice bytes = wire_get_bytes(reader, 2);

    return reader->bad ? 0 : (uint16_t)(bytes.data[0] << 8 | bytes.data[1]);
}

uint32_t wire_get_u32(struct wire_reader *reader)
{
    vv_slice bytes = wire_get_bytes(reader, 4);

    return reader->bad ? 0 : load_u32(bytes.data);
}

const char *wire_get_text(struct wire_reader *reader)
{
    const uint8_t *end = reader->bad || reader->at == reader->end
                             ? NULL
                             : memchr(reader->at, 0, (size_t)(reader->end - reader->at));
    const char *text = (const char *)reader->at;

    if (end == NULL) {
        reader->bad = true;
        return "";
    }
    reader->at = end + 1;
    return text;
}

void wire_out_release(struct wire_out *out)
{
    free(out->bytes);
    memset(out, 0, sizeof *out);
}

void wire_out_sent(struct wire_out *out, size_t size)
{
    VV_ASSERT(size <= wire_out_size(out));
    out->start += size;
    if (out->start == out->size) {
        out->start = 0;
        out->size = 0;
    }
}

void wire_begin(struct wire_out *out, char type)
{
    out->message = out->size;
    out->failed = false;
    wire_put_u8(out, (uint8_t)type);
    wire_put_u32(out, 0);
}

void wire_put_bytes(struct wire_out *out, const void *bytes, size_t size)
{
    if (room(out, size) && size > 0) {
        memcpy(out->bytes + out->size, bytes, size);
        out->size += size;
    }
}

void wire_put_u8(struct wire_out *out, uint8_t value)
{
    wire_put_bytes(out, &value, 1);
}

void wire_put_u16(struct wire_out *out, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    wire_put_bytes(out, bytes, sizeof bytes);
}

void wire_put_u32(struct wire_out *out, uint32_t value)
{
    uint8_t bytes[4];

    store_u32(bytes, value);
    wire_put_bytes(out, bytes, sizeof bytes);
}

void wire_put_u64(struct wire_out *out, uint64_t value)
{
    wire_put_u32(out, (uint32_t)(value >> 32));
    wire_put_u32(out, (uint32_t)value);
}

void wire_put_text(struct wire_out *out, const char *text)
{
    wire_put_bytes(out, text, strlen(text) + 1);
}

size_t wire_hold_length(struct wire_out *out)
{
    size_t place = out->size;

    wire_put_u32(out, 0);
    return place;
}

void wire_patch_length(struct wire_out *out, size_t place)
{
    if (!out->failed) {
        VV_ASSERT(place + 4 <= out->size);
        store_u32(out->bytes + place, (uint32_t)(out->size - place - 4));
    }
}

bool wire_end(struct wire_out *out)
{
    if (out->failed) {
        out->size = out->message;
        return false;
    }
    store_u32(out->bytes + out->message + 1, (uint32_t)(out->size - out->message - 1));
    return true;
}

bool wire_put_error(struct wire_out *out, char type, const char *severity,
                    const struct varve_error *error)
{
    char position[16] = "";

    if (error->position > 0) {
        snprintf(position, sizeof position, "%u", error->position);
    }
    wire_begin(out, type);
    put_field(out, 'S', severity);
    put_field(out, 'V', severity);
    put_field(out, 'C', error->sqlstate);
    put_field(out, 'M', error->message);
    put_field(out, 'D', error->detail);
    put_field(out, 'H', error->hint);
    put_field(out, 'P', position);
    put_field(out, 'W', error->context);
    put_field(out, 's', error->table_name[0] == '\0' ? "" : "public");
    put_field(out, 't', error->table_name);
    put_field(out, 'c', error->column_name);
    put_field(out, 'n', error->constraint_name);
    wire_put_u8(out, 0);
    return wire_end(out);
}

bool wire_put_simple(struct wire_out *out, char type, const char *text)
{
    wire_begin(out, type);
    if (text != NULL) {
        wire_put_text(out, text);
    }
    return wire_end(out);
}

const uint8_t *wire_utf8_bad(vv_slice text)
{
    size_t i = 0;

    while (i < text.size) {
        size_t size = text.data[i] != 0 && text.data[i] < 0x80
                          ? 1
                          : utf8_sequence(text.data + i, text.size - i);

        if (size == 0) {
            return text.data + i;
        }
        i += size;
    }
    return NULL;
}

/* Bytes of the character at `at`, 0 when it is none: no overlong forms, surrogates, or beyond U+10FFFF. */
static size_t utf8_sequence(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t greatest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

    if (first < 0xC2 || first > 0xF4 || size > left || at[1] < least || at[1] > greatest) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return size;
}

/* X2. Sent bytes make room first. */
static bool room(struct wire_out *out, size_t size)
{
    size_t capacity = out->capacity == 0 ? 512 : out->capacity;
    uint8_t *bytes = NULL;

    if (out->failed || size > WIRE_OUT_BYTES_MAX - out->size) {
        out->failed = true;
        return false;
    }
    if (out->capacity - out->size >= size && out->bytes != NULL) {
        return true;
    }
    while (capacity - out->size < size) {
        capacity *= 2;
    }
    bytes = realloc(out->bytes, capacity);
    if (bytes == NULL) {
        out->failed = true;
        return false;
    }
    out->bytes = bytes;
    out->capacity = capacity;
    return true;
}

static void put_field(struct wire_out *out, char field, const char *text)
{
    if (text[0] != '\0') {
        wire_put_u8(out, (uint8_t)field);
        wire_put_text(out, text);
    }
}

static uint32_t load_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}
