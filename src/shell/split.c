/* split.c - a small state machine over the bytes of SQL. */
#include "shell/split.h"

#include <string.h>

static bool is_word(char byte);
static size_t dollar_tag(const char *text, size_t size);
static void take_sql(struct split *split, const char *text, size_t left);
static void take_dollar(struct split *split, const char *text, size_t left);
static void take_quoted(struct split *split, const char *text, size_t left);
static void take_comment(struct split *split, const char *text, size_t left);

void split_reset(struct split *split)
{
    memset(split, 0, sizeof *split);
}

enum split_result split_next(struct split *split, const char *text, size_t size)
{
    while (split->at < size) {
        const char *at = text + split->at;
        size_t left = size - split->at;

        switch (split->state) {
        case SPLIT_SQL:
            if (*at == '\\') {
                return SPLIT_COMMAND;
            }
            if (*at == ':' && left > 1 && (at[1] == ':' || at[1] == '=')) {
                split->at += 2; /* a cast; := */
                break;
            }
            if (*at == ':' && left > 1 && (is_word(at[1]) || strchr("'\"{", at[1]) != NULL)) {
                return SPLIT_VARIABLE;
            }
            if (*at == ';' && split->paren_depth == 0) {
                split->at++;
                return SPLIT_STATEMENT;
            }
            take_sql(split, text, left);
            break;
        case SPLIT_STRING:
        case SPLIT_ESCAPED:
        case SPLIT_QUOTED:
            take_quoted(split, at, left);
            break;
        case SPLIT_DOLLAR:
            take_dollar(split, at, left);
            break;
        case SPLIT_COMMENT:
            take_comment(split, at, left);
            break;
        case SPLIT_LINE_COMMENT:
            split->state = *at == '\n' ? SPLIT_SQL : SPLIT_LINE_COMMENT;
            split->at++;
            break;
        }
    }
    return SPLIT_MORE;
}

char split_sign(const struct split *split, bool empty)
{
    switch (split->state) {
    case SPLIT_STRING:
    case SPLIT_ESCAPED:
        return '\'';
    case SPLIT_QUOTED:
        return '"';
    case SPLIT_DOLLAR:
        return '$';
    case SPLIT_COMMENT:
        return '*';
    default:
        return split->paren_depth > 0 ? '(' : empty ? '=' : '-';
    }
}

size_t split_blank(const char *text, size_t size)
{
    struct split split = {0};

    while (split.at < size) {
        char byte = text[split.at];

        if (split.state == SPLIT_LINE_COMMENT) {
            split.state = byte == '\n' ? SPLIT_SQL : SPLIT_LINE_COMMENT;
            split.at++;
        } else if (split.state == SPLIT_COMMENT) {
            take_comment(&split, text + split.at, size - split.at);
        } else if (strchr(" \t\r\n\f;", byte) != NULL) {
            split.at++;
        } else if (split.at + 1 < size && ((byte == '-' && text[split.at + 1] == '-') ||
                                           (byte == '/' && text[split.at + 1] == '*'))) {
            take_sql(&split, text, size - split.at);
        } else {
            break;
        }
    }
    return split.at;
}

bool split_is_blank(const char *text, size_t size)
{
    return split_blank(text, size) == size;
}

static void take_sql(struct split *split, const char *text, size_t left)
{
    const char *at = text + split->at;
    bool in_word = split->at > 0 && is_word(at[-1]);
    size_t tag = 0;

    split->at++;
    switch (*at) {
    case '\'': {
        bool escaped = in_word && (at[-1] | 0x20) == 'e' && (split->at < 3 || !is_word(at[-2]));

        split->state = escaped ? SPLIT_ESCAPED : SPLIT_STRING;
        break;
    }
    case '"':
        split->state = SPLIT_QUOTED;
        break;
    case '$':
        tag = in_word ? 0 : dollar_tag(at, left);
        if (tag > 0 && tag < sizeof split->tag) {
            memcpy(split->tag, at, tag);
            split->tag[tag] = '\0';
            split->state = SPLIT_DOLLAR;
            split->at += tag - 1;
        }
        break;
    case '-':
        split->state = left > 1 && at[1] == '-' ? SPLIT_LINE_COMMENT : SPLIT_SQL;
        break;
    case '/':
        if (left > 1 && at[1] == '*') {
            split->state = SPLIT_COMMENT;
            split->comment_depth = 1;
            split->at++;
        }
        break;
    case '(':
        split->paren_depth++;
        break;
    case ')':
        split->paren_depth -= split->paren_depth > 0;
        break;
    default:
        break;
    }
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '$' || (byte >= '0' && byte <= '9') || (unsigned char)byte >= 0x80;
}

/* The size of $tag$ at text; 0: none. */
static size_t dollar_tag(const char *text, size_t size)
{
    for (size_t i = 1; i < size; i++) {
        if (text[i] == '$') {
            return i + 1;
        }
        if (!is_word(text[i]) || (i == 1 && text[i] >= '0' && text[i] <= '9')) {
            return 0;
        }
    }
    return 0;
}

static void take_dollar(struct split *split, const char *text, size_t left)
{
    size_t tag = strlen(split->tag);

    if (left >= tag && memcmp(text, split->tag, tag) == 0) {
        split->state = SPLIT_SQL;
        split->at += tag;
    } else {
        split->at++;
    }
}

/* A doubled quote ends the string and begins another: the same in the end. */
static void take_quoted(struct split *split, const char *text, size_t left)
{
    char quote = split->state == SPLIT_QUOTED ? '"' : '\'';

    if (split->state == SPLIT_ESCAPED && *text == '\\' && left > 1) {
        split->at += 2;
        return;
    }
    if (split->state == SPLIT_ESCAPED && *text == quote && left > 1 && text[1] == quote) {
        split->at += 2;
        return;
    }
    if (*text == quote) {
        split->state = SPLIT_SQL;
    }
    split->at++;
}

static void take_comment(struct split *split, const char *text, size_t left)
{
    if (left > 1 && text[0] == '/' && text[1] == '*') {
        split->comment_depth++;
        split->at += 2;
    } else if (left > 1 && text[0] == '*' && text[1] == '/') {
        split->comment_depth--;
        split->state = split->comment_depth == 0 ? SPLIT_SQL : SPLIT_COMMENT;
        split->at += 2;
    } else {
        split->at++;
    }
}
