/* text.c - growing texts, and how wide characters are. */
#include "shell/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void *text_memory(void *memory, size_t size)
{
    void *moved = realloc(memory, size == 0 ? 1 : size);

    if (moved == NULL) {
        fputs("varve: out of memory\n", stderr);
        exit(1);
    }
    return moved;
}

char *text_copy(const char *data, size_t size)
{
    size_t length = size == SIZE_MAX ? strlen(data) : size;
    char *copy = text_memory(NULL, length + 1);

    memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

void text_add(struct text *text, const char *data, size_t size)
{
    if (text->capacity - text->size < size + 1) {
        size_t capacity = text->capacity == 0 ? 256 : text->capacity * 2;

        while (capacity - text->size < size + 1) {
            capacity *= 2;
        }
        text->data = text_memory(text->data, capacity);
        text->capacity = capacity;
    }
    if (size > 0) {
        memcpy(text->data + text->size, data, size);
    }
    text->size += size;
    text->data[text->size] = '\0';
}

void text_add_text(struct text *text, const char *data)
{
    text_add(text, data, strlen(data));
}

void text_add_char(struct text *text, char byte)
{
    text_add(text, &byte, 1);
}

void text_format(struct text *text, const char *format, ...)
{
    char small[512];
    va_list arguments;
    int wanted = 0;

    va_start(arguments, format);
    wanted = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        return;
    }
    if ((size_t)wanted < sizeof small) {
        text_add(text, small, (size_t)wanted);
        return;
    }
    char *large = text_memory(NULL, (size_t)wanted + 1);

    va_start(arguments, format);
    vsnprintf(large, (size_t)wanted + 1, format, arguments);
    va_end(arguments);
    text_add(text, large, (size_t)wanted);
    free(large);
}

void text_remove(struct text *text, size_t size)
{
    if (size >= text->size) {
        text_clear(text);
        return;
    }
    memmove(text->data, text->data + size, text->size - size + 1);
    text->size -= size;
}

void text_clear(struct text *text)
{
    text->size = 0;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

const char *text_get(const struct text *text)
{
    return text->data == NULL ? "" : text->data;
}

size_t text_width(const char *data, size_t size)
{
    mbstate_t state;
    size_t width = 0;
    size_t at = 0;

    memset(&state, 0, sizeof state);
    while (at < size) {
        wchar_t character = 0;
        size_t taken =
            (unsigned char)data[at] < 0x80 ? 1 : mbrtowc(&character, data + at, size - at, &state);
        int columns = 1;

        if (taken == 0 || taken > size - at) { /* not valid in this locale */
            memset(&state, 0, sizeof state);
            taken = 1;
        } else if ((unsigned char)data[at] >= 0x80) {
            columns = wcwidth(character);
        }
        width += columns < 0 ? 0 : (size_t)columns;
        at += taken;
    }
    return width;
}
