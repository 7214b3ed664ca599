/* test_like.c - patterns against a plain recursive matcher, and their fixed prefixes. */
#include "test.h"

#include "base/rng.h"
#include "eval/like.h"

/* One byte a character; no trailing escape. */
static bool naive(const char *t, const char *p)
{
    if (*p == 0) {
        return *t == 0;
    }
    if (*p == '%') {
        return naive(t, p + 1) || (*t != 0 && naive(t + 1, p));
    }
    if (*p == '_') {
        return *t != 0 && naive(t + 1, p + 1);
    }
    p += *p == '\\';
    return *t == *p && naive(t + 1, p + 1);
}

static void random_text(struct rng *rng, const char *letters, size_t size_max, char *to)
{
    size_t size = rng_below(rng, size_max);

    for (size_t i = 0; i < size; i++) {
        to[i] = letters[rng_below(rng, strlen(letters))];
    }
    to[size] = 0;
}

/* Random texts and patterns over few letters match as the naive matcher says. */
TEST(matches_as_naive)
{
    struct rng rng;
    unsigned matched = 0;

    (void)state;
    rng_init(&rng, test_seed(61));
    for (unsigned i = 0; i < 100000; i++) {
        char text[12], pattern[10];
        enum like_result result;

        random_text(&rng, "ab%_", 10, text);
        random_text(&rng, "ab%_%\\", 8, pattern);
        if (strlen(pattern) > 0 && pattern[strlen(pattern) - 1] == '\\') {
            continue;
        }
        result = like_match(slice_text(text), slice_text(pattern), false, false);
        TEST_EQUAL(naive(text, pattern) ? LIKE_YES : LIKE_NO, result);
        matched += result == LIKE_YES;
    }
    TEST_TRUE(matched > 5000);
}

/* Every text that matches begins with the prefix; an exact pattern matches only it. */
TEST(prefix_is_common_to_all_matches)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 4096);
    rng_init(&rng, test_seed(62));
    for (unsigned i = 0; i < 50000; i++) {
        char text[12], pattern[10];
        vv_slice prefix;
        bool exact;

        random_text(&rng, "ab", 8, text);
        random_text(&rng, "aab%_\\", 6, pattern);
        TEST_OK(like_prefix(slice_text(pattern), &arena, &prefix, &exact));
        if (like_match(slice_text(text), slice_text(pattern), false, false) == LIKE_YES) {
            TEST_TRUE(strlen(text) >= prefix.size && memcmp(text, prefix.data, prefix.size) == 0);
            TEST_TRUE(!exact || strlen(text) == prefix.size);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    alloc_release(&alloc);
}
