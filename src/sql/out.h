/*
 * out.h - a growing text in an arena. After running out of memory it ignores what is added; ask
 * out_finish() once at the end.
 */
#ifndef VARVE_SQL_OUT_H
#define VARVE_SQL_OUT_H

#include "base/arena.h"

struct out {
    struct arena *arena;
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

static inline void out_init(struct out *out, struct arena *arena)
{
    *out = (struct out){.arena = arena};
}

void out_bytes(struct out *out, const void *data, size_t size);
void out_text(struct out *out, const char *text);
void out_slice(struct out *out, vv_slice text);
void out_number(struct out *out, int64_t number);

/* Adds the NUL byte. False: out of memory. */
bool out_finish(struct out *out, vv_slice *text_out);

#endif
