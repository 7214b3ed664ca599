/* keywords.c - look-up in the sorted list: the first letter gives a range, halving does the rest. */
#include "sql/keywords.h"

#include "base/assert.h"

#define BARE 1
#define AS   0

static const struct {
    const char *text;
    uint8_t size;
    uint8_t category;
    uint8_t bare;
} words[] = {
    {"", 0, 0, 0},
#define X(name, text, category, label) {text, sizeof text - 1, KEYWORD_IS_##category, label},
#include "sql/keywords.def"
#undef X
};

/* Where the words of each letter begin; one more for the end. A test checks it against the list. */
static const uint16_t letter_starts[27] = {
    KEYWORD_ABORT,    KEYWORD_BACKWARD,  KEYWORD_CACHE,   KEYWORD_DATA,      KEYWORD_EACH,
    KEYWORD_FALSE,    KEYWORD_GENERATED, KEYWORD_HANDLER, KEYWORD_IDENTITY,  KEYWORD_JOIN,
    KEYWORD_KEY,      KEYWORD_LABEL,     KEYWORD_MAPPING, KEYWORD_NAME,      KEYWORD_OBJECT,
    KEYWORD_PARALLEL, KEYWORD_QUOTE,     KEYWORD_RANGE,   KEYWORD_SAVEPOINT, KEYWORD_TABLE,
    KEYWORD_UESCAPE,  KEYWORD_VACUUM,    KEYWORD_WHEN,    KEYWORD_XML,       KEYWORD_YEAR,
    KEYWORD_ZONE,     KEYWORD_COUNT};

enum keyword keyword_find(vv_slice word)
{
    unsigned letter = word.size == 0 ? 26 : (unsigned)word.data[0] - 'a';
    unsigned low = 0;
    unsigned high = 0;

    if (letter >= 26) {
        return KEYWORD_ABSENT;
    }
    low = letter_starts[letter];
    high = letter_starts[letter + 1];
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = slice_compare(word, slice_make(words[middle].text, words[middle].size));

        if (order == 0) {
            return (enum keyword)middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return KEYWORD_ABSENT;
}

enum keyword_category keyword_category(enum keyword keyword)
{
    VV_ASSERT((unsigned)keyword < KEYWORD_COUNT);
    return (enum keyword_category)words[keyword].category;
}

bool keyword_is_bare_label(enum keyword keyword)
{
    VV_ASSERT((unsigned)keyword < KEYWORD_COUNT);
    return words[keyword].bare != 0;
}

const char *keyword_text(enum keyword keyword)
{
    VV_ASSERT((unsigned)keyword < KEYWORD_COUNT);
    return words[keyword].text;
}
