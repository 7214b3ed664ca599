/* The list of key words: sorted, complete in the look-up, categories as PostgreSQL has them. */
#include "test.h"

#include "sql/keywords.h"

TEST(every_keyword_is_found)
{
    for (int i = 1; i < KEYWORD_COUNT; i++) {
        TEST_EQUAL(i, keyword_find(slice_text(keyword_text((enum keyword)i))));
    }
    TEST_EQUAL(460 + 1, KEYWORD_COUNT);
}

TEST(other_words_are_none)
{
    static const char *const words[] = {"", "a", "zzz", "selec", "selects", "SELECT", "_", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        TEST_EQUAL(KEYWORD_ABSENT, keyword_find(slice_text(words[i])));
    }
}

TEST(categories)
{
    TEST_EQUAL(KEYWORD_IS_RESERVED, keyword_category(KEYWORD_SELECT));
    TEST_EQUAL(KEYWORD_IS_UNRESERVED, keyword_category(KEYWORD_ABORT));
    TEST_EQUAL(KEYWORD_IS_COLUMN_NAME, keyword_category(KEYWORD_BETWEEN));
    TEST_EQUAL(KEYWORD_IS_TYPE_FUNCTION, keyword_category(KEYWORD_LEFT));
    TEST_FALSE(keyword_is_bare_label(KEYWORD_FROM));
    TEST_TRUE(keyword_is_bare_label(KEYWORD_SELECT));
}
