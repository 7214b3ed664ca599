/* utf8.c - see utf8.h. */
#include "base/utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

size_t utf8_valid_bytes(vv_slice text)
{
    size_t at = 0;

    while (at < text.size) {
        size_t size = 0;

        /* Eight plain bytes at a time: none with the high bit, none zero. */
        while (text.size - at >= 8) {
            uint64_t word;

            memcpy(&word, text.data + at, 8);
            if (((word | (word - LOW_BITS)) & HIGH_BITS) != 0) {
                break;
            }
            at += 8;
        }
        if (at == text.size) {
            break;
        }
        size = utf8_character_bytes(text.data + at, text.size - at);
        if (size == 0) {
            break;
        }
        at += size;
    }
    return at;
}

size_t utf8_character_bytes(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t greatest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

    if (first < 0x80) {
        return first != 0;
    }
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

size_t utf8_cut(vv_slice text, size_t limit)
{
    size_t end = text.size < limit ? text.size : limit;

    while (end > 0 && end < text.size && (text.data[end] & 0xC0) == 0x80) {
        end--;
    }
    return end;
}
