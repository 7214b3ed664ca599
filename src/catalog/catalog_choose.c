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

/* What column i of an index is called when no column before it has that name. */
static const char *plain_name(const struct table_index *index, const struct table_column *columns,
                              uint32_t i)
{
    uint16_t column =
        i < index->part_count ? index->parts[i].column : index->includes[i - index->part_count];

    return column == TABLE_NO_COLUMN ? index->parts[i].name : columns[column].name;
}

/* ChooseIndexColumnNames(): a name that came before gets a number, 1 and up. */
vv_status catalog_index_column_names(const struct table_index *index,
                                     const struct table_column *columns, struct arena *arena,
                                     const char *const **names_out)
{
    uint32_t count = (uint32_t)index->part_count + index->include_count;
    const char **names = ARENA_ARRAY(arena, const char *, count);

    *names_out = names;
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        const char *plain = plain_name(index, columns, i);
        uint32_t at = 0;

        names[i] = plain;
        for (unsigned pass = 1; at < i; at++) {
            if (strcmp(names[at], names[i]) == 0) {
                char number[16];
                int digits = snprintf(number, sizeof number, "%u", pass++);

                names[i] = arena_format(arena, "%.*s%s",
                                        (int)clip(plain, LIMIT_NAME_BYTES - (size_t)digits), plain,
                                        number);
                if (names[i] == NULL) {
                    return VV_NOMEM;
                }
                at = UINT32_MAX; /* the new name is compared from the first on */
            }
        }
    }
    return names == NULL ? VV_NOMEM : VV_OK;
}

vv_status catalog_columns_name(const struct table_index *index, const struct table_column *columns,
                               struct arena *arena, const char **out)
{
    const char *const *names = NULL;
    char name[LIMIT_NAME_BYTES + 1];
    size_t size = 0;

    VV_TRY(catalog_index_column_names(index, columns, arena, &names));
    for (uint32_t i = 0;
         i < (uint32_t)index->part_count + index->include_count && size < LIMIT_NAME_BYTES; i++) {
        size_t part_size = 0;

        if (i > 0) {
            name[size++] = '_';
        }
        part_size = clip(names[i], LIMIT_NAME_BYTES - size);
        memcpy(name + size, names[i], part_size);
        size += part_size;
    }
    *out = arena_text(arena, name, size);
    return *out == NULL ? VV_NOMEM : VV_OK;
}
