/*
 * regex.h - PostgreSQL's advanced regular expressions (9.7.3) on PCRE2.
 *
 * A pattern is parsed by PostgreSQL's rules, with its messages, and written anew as PCRE2 understands it
 * (regex_translate.c). What matches as a whole is PostgreSQL's choice, the longest (or, where the pattern prefers it,
 * the shortest) of the leftmost matches: PCRE2's other matcher, pcre2_dfa_match(), finds it. Only which part of it a
 * parenthesis takes is PCRE2's backtracking order.
 * DEVIATION: with back references the whole is what backtracking finds first; `(a|ab)(c|bcd)` captures a and bcd.
 *
 * Matching has limits; a pattern that goes beyond them by backtracking is tried by the other matcher, which does not
 * backtrack, and fails only then. Without the library (meson -Dregex=disabled) every pattern is 0A000.
 *
 * Compiled patterns stay in a cache of their state, so a constant pattern is compiled once.
 *
 * Threads: as their state.
 */
#ifndef VARVE_EVAL_REGEX_H
#define VARVE_EVAL_REGEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#define REGEX_CACHE    8
#define REGEX_GROUPS   32 /* parentheses whose places are kept */
#define REGEX_NO_GROUP SIZE_MAX

/* How a pattern is read and matched; letters of PostgreSQL's option texts. */
struct regex_flags {
    bool ignore_case; /* i */
    bool literal;     /* q: the pattern is a plain text */
    bool expanded;    /* x: white space and comments do not count */
    bool dot_lines;   /* p, n: . and [^ do not match a line's end */
    bool edge_lines;  /* w, n: ^ and $ match at lines' ends */
    bool global;      /* g: all matches */
};

/* A translated pattern. */
struct regex_text {
    struct arena *arena;
    char *data;
    size_t size;
    size_t room;
    bool failed; /* out of memory */
    bool shortest;
    bool back_reference;
    uint32_t group_count;
    struct regex_flags flags; /* with the pattern's own (?…) options */
};

struct regex;
struct regex_cache {
    struct regex *entries[REGEX_CACHE];
    uint32_t next; /* to give up */
};

/* Byte places of the whole match and of the parentheses; REGEX_NO_GROUP: took no part. */
struct regex_match {
    size_t start[REGEX_GROUPS];
    size_t end[REGEX_GROUPS];
};

/* Reads option letters. 22023 `invalid regular expression option: "z"`. */
VV_MUST_USE vv_status regex_flags_read(vv_slice options, struct regex_flags *flags_out,
                                       struct vv_error *error);

/* 2201B `invalid regular expression: parentheses () not balanced`. */
VV_MUST_USE vv_status regex_translate(vv_slice pattern, struct regex_flags flags,
                                      struct regex_text *text_out, struct vv_error *error);

/* Finds or compiles. scratch: for this call only. borrow: *regex_out until the cache gives it up. */
VV_MUST_USE vv_status regex_get(struct regex_cache *cache, struct alloc *alloc,
                                struct arena *scratch, vv_slice pattern, struct regex_flags flags,
                                const struct regex **regex_out, struct vv_error *error);
void regex_cache_release(struct regex_cache *cache);

uint32_t regex_group_count(const struct regex *regex);

/* Whether it matches anywhere. */
VV_MUST_USE vv_status regex_test(const struct regex *regex, vv_slice text, bool *found_out,
                                 struct vv_error *error);

/* The first match at or behind `from`. */
VV_MUST_USE vv_status regex_find(const struct regex *regex, vv_slice text, size_t from,
                                 bool *found_out, struct regex_match *match_out,
                                 struct vv_error *error);

#endif
