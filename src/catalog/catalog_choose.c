/*
 * catalog_choose.c - the names PostgreSQL gives to indexes that nobody named.
 *
 * makeObjectName(): the longer of the two names loses bytes until name1_name2_label fits; whole
 * characters only. ChooseRelationName(): while the name is taken the label gets a number, 1 and up.
 */
#include "catalog/catalog_private.h"

#include <stdio.h>
#include <string.h>

/* The greatest size <= limit that does not split a UTF-8 character. */
static size_t clip(const char *text, size_t limit)
{
    size_t size = strlen(text);

    if (size <= limit) {
        return size;
    }
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80) {
        limit--;
    }
    return limit;
}

static char *object_name(const char *name1, const char *name2, const char *label,
                         struct arena *arena)
{
    size_t size1 = strlen(name1);
    size_t size2 = name2 == NULL ? 0 : strlen(name2);
    size_t room = LIMIT_NAME_BYTES - strlen(label) - 1 - (name2 == NULL ? 0 : 1);

    while (size1 + size2 > room) {
        if (size1 > size2) {
            size1--;
        } else {
            size2--;
        }
    }
    size1 = clip(name1, size1);
    if (name2 == NULL) {
        return arena_format(arena, "%.*s_%s", (int)size1, name1, label);
    }
    size2 = clip(name2, size2);
    return arena_format(arena, "%.*s_%.*s_%s", (int)size1, name1, (int)size2, name2, label);
}

vv_status catalog_choose_name(const char *name1, const char *name2, const char *label,
                              vv_status (*taken)(void *context, const char *name, bool *taken_out),
                              void *context, struct arena *arena, const char **out)
{
    for (unsigned pass = 0;; pass++) {
        char numbered[32];
        bool is_taken = false;

        snprintf(numbered, sizeof numbered, pass == 0 ? "%s" : "%s%u", label, pass);
        *out = object_name(name1, name2, numbered, arena);
        if (*out == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(taken(context, *out, &is_taken));
        if (!is_taken) {
            return VV_OK;
        }
    }
}

vv_status catalog_columns_name(const struct table_index *index, const struct table_column *columns,
                               struct arena *arena, const char **out)
{
    char name[LIMIT_NAME_BYTES + 1];
    size_t size = 0;

    for (uint32_t i = 0; i < index->part_count && size < LIMIT_NAME_BYTES; i++) {
        uint16_t column = index->parts[i].column;
        const char *part = column == TABLE_NO_COLUMN ? "expr" : columns[column].name;
        size_t part_size = 0;

        if (i > 0) {
            name[size++] = '_';
        }
        part_size = clip(part, LIMIT_NAME_BYTES - size);
        memcpy(name + size, part, part_size);
        size += part_size;
    }
    *out = arena_text(arena, name, size);
    return *out == NULL ? VV_NOMEM : VV_OK;
}
