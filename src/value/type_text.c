/* type_text.c - the name of a type with its modifier, as PostgreSQL's format_type() writes it. */
#include <stdio.h>
#include <string.h>

#include "value/value.h"

size_t value_type_format(enum value_type type, int32_t modifier, char *to)
{
    const char *text = value_types[type].text;
    unsigned bits = (unsigned)modifier - 4;
    char fields[INTERVAL_FIELDS_BYTES];
    int words;
    int size;

    if (modifier == VALUE_NO_MODIFIER) {
        size = snprintf(to, VALUE_TYPE_TEXT_BYTES, "%s", text);
        return (size_t)size;
    }
    switch (type) {
    case VALUE_NUMERIC:
        size = snprintf(to, VALUE_TYPE_TEXT_BYTES, "%s(%u,%d)", text, bits >> 16 & 0xFFFF,
                        (int)((bits & 0x7FF) ^ 1024) - 1024);
        break;
    case VALUE_VARCHAR:
    case VALUE_BPCHAR:
        size = snprintf(to, VALUE_TYPE_TEXT_BYTES, "%s(%u)", text, bits);
        break;
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ: /* the precision stands behind the first word */
        words = (int)strcspn(text, " ");
        size =
            snprintf(to, VALUE_TYPE_TEXT_BYTES, "%.*s(%d)%s", words, text, modifier, text + words);
        break;
    case VALUE_INTERVAL:
        interval_fields_text(modifier, fields);
        size = snprintf(to, VALUE_TYPE_TEXT_BYTES, "%s%s", text, fields);
        break;
    default:
        size = snprintf(to, VALUE_TYPE_TEXT_BYTES, "%s", text);
        break;
    }
    return (size_t)size;
}
