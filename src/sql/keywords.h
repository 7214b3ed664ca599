/*
 * keywords.h - PostgreSQL's key words: which there are and where each may stand as a name.
 */
#ifndef VARVE_SQL_KEYWORDS_H
#define VARVE_SQL_KEYWORDS_H

#include "base/slice.h"

enum keyword {
    KEYWORD_ABSENT,
#define X(name, text, category, label) KEYWORD_##name,
#include "sql/keywords.def"
#undef X
    KEYWORD_COUNT
};

enum keyword_category {
    KEYWORD_IS_UNRESERVED,
    KEYWORD_IS_COLUMN_NAME,
    KEYWORD_IS_TYPE_FUNCTION,
    KEYWORD_IS_RESERVED
};

/* word in lower case. KEYWORD_ABSENT when it is none. */
enum keyword keyword_find(vv_slice word);

enum keyword_category keyword_category(enum keyword keyword);

/* Whether it may be a label of a SELECT target without AS. */
bool keyword_is_bare_label(enum keyword keyword);

/* In lower case; "" for KEYWORD_ABSENT. */
const char *keyword_text(enum keyword keyword);

#endif
