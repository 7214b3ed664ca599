/*
 * like.h - LIKE and ILIKE patterns (% any characters, _ one, \ escapes), over UTF-8.
 *
 * Threads: pure functions. Time: O(text * pattern) at worst, no recursion.
 */
#ifndef VARVE_EVAL_LIKE_H
#define VARVE_EVAL_LIKE_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

enum like_result {
    LIKE_NO,
    LIKE_YES,
    LIKE_BAD_PATTERN /* 22025 `LIKE pattern must not end with escape character` */
};

/* fold: ILIKE, ASCII letters match in either case. bytes: _ is one byte (bytea), not one character. */
enum like_result like_match(vv_slice text, vv_slice pattern, bool fold, bool bytes);

/* What every matching text begins with, in the arena; *exact_out: the pattern has no wildcard, so that only
 * this very text matches. For index ranges. VV_NOMEM. */
VV_MUST_USE vv_status like_prefix(vv_slice pattern, struct arena *arena, vv_slice *prefix_out,
                                  bool *exact_out);

#endif
