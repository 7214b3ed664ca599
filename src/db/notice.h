/*
 * notice.h - notices that nobody has taken yet: the first NOTICE_COUNT of them; of later ones only how many there were.
 *
 * Threads: one at a time.
 */
#ifndef VARVE_DB_NOTICE_H
#define VARVE_DB_NOTICE_H

#include "base/alloc.h"
#include "varve/varve.h"

#include <stdbool.h>

#define NOTICE_COUNT 32u

struct catalog_notice;
struct notice;

/* Zeroed: empty. */
struct notice_list {
    struct notice *first; /* own; the oldest */
    struct notice *last;
    uint32_t count;
    uint64_t omitted; /* for want of room or memory */
};

void notice_keep(struct notice_list *list, struct alloc *alloc, const char *severity,
                 const struct catalog_notice *notice);
/* The oldest, which then is forgotten; at last, how many are missing. False: there is none. */
bool notice_take(struct notice_list *list, struct alloc *alloc, const char **severity_out,
                 struct varve_error *notice_out);
void notice_release(struct notice_list *list, struct alloc *alloc);
void notice_fill(struct varve_error *error_out, const char *sqlstate, const char *message,
                 const char *detail);

#endif
