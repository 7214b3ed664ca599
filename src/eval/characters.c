/* characters.c - see characters.h. */
#include "eval/characters.h"

#include <string.h>

#define ROOM_MIN 64u

size_t characters_count(vv_slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++) {
        count += i == 0 || (text.data[i] & 0xC0) != 0x80;
    }
    return count;
}

size_t characters_bytes(vv_slice text, int64_t count)
{
    size_t at = 0;

    while (count-- > 0 && at < text.size) {
        at += characters_at(text, at);
    }
    return at;
}

uint32_t characters_decode(vv_slice one)
{
    static const uint8_t masks[] = {0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code;

    if (one.size == 0 || one.size > 4 || (one.size == 1 && one.data[0] >= 0x80)) {
        return 0xFFFD;
    }
    code = one.data[0] & masks[one.size - 1];
    for (size_t i = 1; i < one.size; i++) {
        code = code << 6 | (one.data[i] & 0x3F);
    }
    return code;
}

size_t characters_encode(uint32_t code, uint8_t *to)
{
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (uint8_t)(0xC0 | code >> 6);
        to[1] = (uint8_t)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (uint8_t)(0xE0 | code >> 12);
        to[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        to[2] = (uint8_t)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (uint8_t)(0xF0 | code >> 18);
    to[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
    to[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    to[3] = (uint8_t)(0x80 | (code & 0x3F));
    return 4;
}

size_t characters_valid(vv_slice text)
{
    size_t at = 0;

    while (at < text.size) {
        uint8_t c = text.data[at];
        size_t size = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
        uint32_t code;

        if (size == 0 || c == 0 || at + size > text.size) {
            return at;
        }
        for (size_t i = 1; i < size; i++) {
            if ((text.data[at + i] & 0xC0) != 0x80) {
                return at;
            }
        }
        code = characters_decode(slice_make(text.data + at, size));
        if ((size == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) ||
            (size == 4 && (code < 0x10000 || code > 0x10FFFF))) {
            return at;
        }
        at += size;
    }
    return at;
}

/* Room for `more` bytes behind what is there. */
static bool grow(struct characters_text *text, size_t more)
{
    size_t room = text->room == 0 ? ROOM_MIN : text->room;
    uint8_t *data = NULL;

    if (text->failed || more > CHARACTERS_BYTES_MAX || text->size + more > CHARACTERS_BYTES_MAX) {
        text->too_long |= !text->failed;
        text->failed = true;
        return false;
    }
    if (text->data != NULL && text->size + more <= text->room) {
        return true;
    }
    while (room < text->size + more) {
        room *= 2;
    }
    data = eval_string(text->call, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    if (text->size != 0) {
        memcpy(data, text->data, text->size);
    }
    text->data = data;
    text->room = room;
    return true;
}

void characters_append(struct characters_text *text, vv_slice more)
{
    if (more.size != 0 && grow(text, more.size)) {
        memcpy(text->data + text->size, more.data, more.size);
        text->size += more.size;
    }
}

void characters_repeat(struct characters_text *text, vv_slice more, size_t count)
{
    if (more.size == 0 || count == 0) {
        return;
    }
    if (count > CHARACTERS_BYTES_MAX / more.size) {
        text->too_long |= !text->failed;
        text->failed = true;
        return;
    }
    if (grow(text, count * more.size)) {
        for (size_t i = 0; i < count; i++) {
            memcpy(text->data + text->size, more.data, more.size);
            text->size += more.size;
        }
    }
}

vv_status characters_finish(struct characters_text *text, struct value *out)
{
    if (text->failed) {
        return text->too_long ? error_set(text->call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                                          "out of memory") /* as a StringInfo */
                              : eval_fault_set(EVAL_NOMEM, text->call->error);
    }
    out->bytes = slice_make(text->data, text->size);
    if (text->data == NULL) {
        out->bytes = slice_make("", 0);
    }
    return VV_OK;
}

vv_status characters_too_long(struct eval_call *call)
{
    return error_set(call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                     "requested length too large");
}
