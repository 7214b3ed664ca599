/*
 * format_array.c - the binary form of the catalogs' arrays and vectors, made of their text: "{a,\"b c\",NULL}", "1 2".
 *
 *     dimensions i32 (0 or 1) | any NULLs i32 | element's OID u32 | length i32, first index i32 | size i32, bytes ...
 *
 * Vectors count from 0, arrays from 1. Elements are numbers in big endian, booleans, or their text.
 */
#include "server/format.h"

#include "varve/varve.h"

#include <stdlib.h>
#include <string.h>

static const struct array_info {
    int type;         /* enum varve_type */
    uint32_t element; /* pg_type.oid */
    uint8_t bytes;    /* of a number; 0: text */
    bool vector;
    bool real;
} infos[] = {
    {VARVE_TYPE_INT2VECTOR, 21, 2, true, false},
    {VARVE_TYPE_OIDVECTOR, 26, 4, true, false},
    {VARVE_TYPE_BOOLEAN_ARRAY, 16, 1, false, false},
    {VARVE_TYPE_LETTER_ARRAY, 18, 0, false, false},
    {VARVE_TYPE_NAME_ARRAY, 19, 0, false, false},
    {VARVE_TYPE_SMALLINT_ARRAY, 21, 2, false, false},
    {VARVE_TYPE_TEXT_ARRAY, 25, 0, false, false},
    {VARVE_TYPE_REAL_ARRAY, 700, 4, false, true},
    {VARVE_TYPE_DOUBLE_ARRAY, 701, 8, false, true},
    {VARVE_TYPE_OID_ARRAY, 26, 4, false, false},
};

static const char *item_next(const char *at, bool vector, char *item, bool *null_out);
static void put_item(struct wire_out *out, const struct array_info *info, const char *item);

bool format_put_array(struct wire_out *out, int type, const char *text)
{
    const struct array_info *info = NULL;
    size_t length = 0;
    bool any_null = false;
    uint32_t count = 0;
    char *item = NULL;
    const char *at = text;

    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        info = infos[i].type == type ? &infos[i] : info;
    }
    item = info == NULL ? NULL : malloc(strlen(text) + 1);
    if (info == NULL || item == NULL) {
        out->failed |= info != NULL;
        return info != NULL;
    }
    at += !info->vector && *at == '{';
    length = wire_hold_length(out);
    at = *at == '\0' || *at == '}' ? NULL : at;
    for (const char *look = at; look != NULL;) { /* their number comes first */
        bool null = false;

        look = item_next(look, info->vector, item, &null);
        count++;
        any_null |= null;
    }
    wire_put_u32(out,
                 count > 0 || info->vector); /* an empty vector has its dimension all the same */
    wire_put_u32(out, any_null);
    wire_put_u32(out, info->element);
    if (count > 0 || info->vector) {
        wire_put_u32(out, count);
        wire_put_u32(out, info->vector ? 0 : 1);
    }
    while (at != NULL) {
        bool null = false;

        at = item_next(at, info->vector, item, &null);
        if (null) {
            wire_put_u32(out, UINT32_MAX);
        } else {
            put_item(out, info, item);
        }
    }
    wire_patch_length(out, length);
    free(item);
    return true;
}

/* Copies the item at `at` without its quotes; returns where the next one begins, NULL behind the last. */
static const char *item_next(const char *at, bool vector, char *item, bool *null_out)
{
    bool quoted = !vector && *at == '"';
    size_t size = 0;

    at += quoted;
    while (*at != '\0' && (quoted ? *at != '"' : vector ? *at != ' ' : *at != ',' && *at != '}')) {
        at += !vector && *at == '\\' && at[1] != '\0';
        item[size++] = *at++;
    }
    item[size] = '\0';
    *null_out = !quoted && !vector && strcmp(item, "NULL") == 0;
    at += quoted && *at == '"';
    return *at == '\0' || *at == '}' ? NULL : at + 1;
}

static void put_item(struct wire_out *out, const struct array_info *info, const char *item)
{
    double real = 0;
    float single = 0;
    uint64_t bits = 0;
    uint32_t single_bits = 0;

    wire_put_u32(out, info->bytes == 0 ? (uint32_t)strlen(item) : info->bytes);
    if (info->bytes == 0) {
        wire_put_bytes(out, item, strlen(item));
    } else if (info->real) {
        real = strtod(item, NULL);
        single = (float)real;
        memcpy(&bits, &real, sizeof bits);
        memcpy(&single_bits, &single, sizeof single_bits);
        if (info->bytes == 4) {
            wire_put_u32(out, single_bits);
        } else {
            wire_put_u64(out, bits);
        }
    } else if (info->bytes == 1) {
        wire_put_u8(out, item[0] == 't');
    } else if (info->bytes == 2) {
        wire_put_u16(out, (uint16_t)strtol(item, NULL, 10));
    } else {
        wire_put_u32(out, (uint32_t)strtoul(item, NULL, 10));
    }
}
