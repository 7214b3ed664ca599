/*
 * uuid.c - UUIDs from and to text.
 */
#include "value/uuid.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(vv_slice text, struct value_uuid *out)
{
    size_t at = 0;
    bool braces = text.size > 0 && text.data[0] == '{';

    at += braces;
    for (unsigned i = 0; i < sizeof out->bytes; i++) {
        int high = at + 1 < text.size ? hex_digit(text.data[at]) : -1;
        int low = high < 0 ? -1 : hex_digit(text.data[at + 1]);

        if (low < 0) {
            return false;
        }
        out->bytes[i] = (uint8_t)(high << 4 | low);
        at += 2;
        if (i % 2 == 1 && i + 1 < sizeof out->bytes && at < text.size && text.data[at] == '-') {
            at++;
        }
    }
    if (braces) {
        if (at == text.size || text.data[at] != '}') {
            return false;
        }
        at++;
    }
    return at == text.size;
}

size_t uuid_print(const struct value_uuid *uuid, char *to)
{
    static const char hex[] = "0123456789abcdef";
    size_t size = 0;

    for (unsigned i = 0; i < sizeof uuid->bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            to[size++] = '-';
        }
        to[size++] = hex[uuid->bytes[i] >> 4];
        to[size++] = hex[uuid->bytes[i] & 15];
    }
    return size;
}
