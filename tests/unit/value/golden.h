/* golden.h - the answers of PostgreSQL, and what a failing one says. */
#ifndef VARVE_TESTS_UNIT_VALUE_GOLDEN_H
#define VARVE_TESTS_UNIT_VALUE_GOLDEN_H

#include <stdio.h>
#include <string.h>

struct golden {
    const char *kind;
    const char *a;
    const char *b;
    const char *answer; /* "!22003 message": an error */
};

static const struct golden goldens[] = {
#define X(kind, a, b, answer) {kind, a, b, answer},
#include "golden.def"
#undef X
};

#define GOLDEN_COUNT (sizeof goldens / sizeof goldens[0])

/* 1 when they differ, and says so. */
static inline unsigned golden_differs(const struct golden *golden, const char *got)
{
    if (strcmp(golden->answer, got) == 0) {
        return 0;
    }
    fprintf(stderr, "%s(%s, %s): PostgreSQL says %s, we say %s\n", golden->kind, golden->a,
            golden->b, golden->answer, got);
    return 1;
}

#endif
