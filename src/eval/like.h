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

/* A pattern looked at once for many texts: those without _ and escapes, and with % only at the ends, need
 * no walk. */
struct like_plan {
    vv_slice literal; /* between the %s; the whole pattern when it is general */
    bool open_start;  /* % in front */
    bool open_end;    /* % behind */
    bool general;
};

/* borrow: pattern. */
struct like_plan like_plan_make(vv_slice pattern);

/* As like_match without fold and bytes. */
enum like_result like_plan_match(const struct like_plan *plan, vv_slice text);

/* What every matching text begins with, in the arena; *exact_out: the pattern has no wildcard, so that only
 * this very text matches. For index ranges. VV_NOMEM. */
VV_MUST_USE vv_status like_prefix(vv_slice pattern, struct arena *arena, vv_slice *prefix_out,
                                  bool *exact_out);

#endif
