/* like.c - matching by remembering the last % only: a later % makes the earlier ones needless. */
#include "eval/like.h"

#include <string.h>

#define ESCAPE '\\'

static size_t character_bytes(vv_slice text, size_t at, bool bytes);
static uint8_t folded(uint8_t c, bool fold);

enum like_result like_match(vv_slice text, vv_slice pattern, bool fold, bool bytes)
{
    size_t t = 0, p = 0;
    size_t star_p = SIZE_MAX, star_t = 0; /* where the last % stands, and what it has eaten */

    while (t < text.size || p < pattern.size) {
        if (p < pattern.size && pattern.data[p] == '%') {
            star_p = ++p;
            star_t = t;
            if (p == pattern.size) {
                return LIKE_YES;
            }
            continue;
        }
        if (p < pattern.size && pattern.data[p] == '_' && t < text.size) {
            p++;
            t += character_bytes(text, t, bytes);
            continue;
        }
        if (p < pattern.size && pattern.data[p] != '_' && t < text.size) {
            size_t literal = p + (pattern.data[p] == ESCAPE);

            if (literal == pattern.size) {
                return LIKE_BAD_PATTERN;
            }
            if (t < text.size &&
                folded(text.data[t], fold) == folded(pattern.data[literal], fold)) {
                p = literal + 1;
                t++;
                continue;
            }
        }
        if (star_p == SIZE_MAX || star_t >= text.size) {
            return LIKE_NO;
        }
        star_t += character_bytes(text, star_t, bytes);
        t = star_t;
        p = star_p;
    }
    return LIKE_YES;
}

struct like_plan like_plan_make(vv_slice pattern)
{
    struct like_plan plan = {.literal = pattern};

    while (plan.literal.size > 0 && plan.literal.data[0] == '%') {
        plan.open_start = true;
        plan.literal.data++;
        plan.literal.size--;
    }
    while (plan.literal.size > 0 && plan.literal.data[plan.literal.size - 1] == '%') {
        plan.open_end = true;
        plan.literal.size--;
    }
    for (size_t i = 0; i < plan.literal.size; i++) {
        uint8_t c = plan.literal.data[i];

        if (c == '%' || c == '_' || c == ESCAPE) {
            return (struct like_plan){.literal = pattern, .general = true};
        }
    }
    return plan;
}

enum like_result like_plan_match(const struct like_plan *plan, vv_slice text)
{
    vv_slice literal = plan->literal;
    bool match;

    if (plan->general) {
        return like_match(text, literal, false, false);
    }
    if (text.size < literal.size) {
        return LIKE_NO;
    }
    if (literal.size == 0) {
        match = text.size == 0 || plan->open_start || plan->open_end;
    } else if (plan->open_start && plan->open_end) {
        match = memmem(text.data, text.size, literal.data, literal.size) != NULL;
    } else if (plan->open_start) {
        match = memcmp(text.data + text.size - literal.size, literal.data, literal.size) == 0;
    } else {
        match = (plan->open_end || text.size == literal.size) &&
                memcmp(text.data, literal.data, literal.size) == 0;
    }
    return match ? LIKE_YES : LIKE_NO;
}

vv_status like_prefix(vv_slice pattern, struct arena *arena, vv_slice *prefix_out, bool *exact_out)
{
    uint8_t *prefix = arena_get(arena, pattern.size);
    size_t size = 0, p = 0;

    *prefix_out = slice_make(prefix, 0);
    *exact_out = false;
    if (prefix == NULL) {
        return VV_NOMEM;
    }
    while (p < pattern.size && pattern.data[p] != '%' && pattern.data[p] != '_') {
        p += pattern.data[p] == ESCAPE;
        if (p < pattern.size) {
            prefix[size++] = pattern.data[p++];
        }
    }
    prefix_out->size = size;
    *exact_out = p == pattern.size;
    return VV_OK;
}

/* Of the character that begins here; broken UTF-8 counts byte by byte. */
static size_t character_bytes(vv_slice text, size_t at, bool bytes)
{
    size_t end = at + 1;

    while (!bytes && end < text.size && (text.data[end] & 0xC0) == 0x80) {
        end++;
    }
    return end - at;
}

static uint8_t folded(uint8_t c, bool fold)
{
    return fold && c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}
