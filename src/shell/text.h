/* text.h - a growing text on the heap. Running out of memory ends the program with a message. */
#ifndef VARVE_SHELL_TEXT_H
#define VARVE_SHELL_TEXT_H

#include <stddef.h>

struct text {
    char *data; /* always ends with a NUL byte; NULL while empty */
    size_t size;
    size_t capacity;
};

void text_add(struct text *text, const char *data, size_t size);
void text_add_text(struct text *text, const char *data);
void text_add_char(struct text *text, char byte);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops the first `size` bytes. */
void text_remove(struct text *text, size_t size);
void text_clear(struct text *text);
void text_free(struct text *text);

/* Never NULL. */
const char *text_get(const struct text *text);

/* Columns that size bytes of UTF-8 take on a terminal. */
size_t text_width(const char *data, size_t size);

/* size bytes (SIZE_MAX: up to the NUL) with a NUL behind them; own: free. */
char *text_copy(const char *data, size_t size);

/* realloc() that never fails: ends the program. */
void *text_memory(void *memory, size_t size);

#endif
