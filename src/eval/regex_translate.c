/*
 * regex_translate.c - PostgreSQL's regular expressions in PCRE2's words.
 *
 * One pass over the pattern by PostgreSQL's grammar: what it refuses is refused here with its message, so PCRE2 never
 * sees what only it would understand (possessive quantifiers, verbs, named groups). Along the way the pattern's
 * preference is found: greedy or not, by the first quantified part that has one (9.7.3.5).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "eval/characters.h"
#include "eval/regex.h"

#define REPEAT_MAX 255
#define CODE_MAX   0x7FFFFFFEu /* of a character, to PostgreSQL */

enum taste { TASTE_NONE, TASTE_GREEDY, TASTE_SHORT };

struct translator {
    vv_slice pattern;
    size_t at;
    struct regex_text *out;
    struct vv_error *error;
    uint32_t depth;
    uint32_t opened; /* groups so far */
};

static vv_status alternatives(struct translator *t, enum taste *taste_out);
static vv_status bracket(struct translator *t);
static vv_status escape(struct translator *t, bool *constraint_out);

/* ---- output ---- */

static void put(struct regex_text *out, const char *bytes, size_t size)
{
    if (out->failed) {
        return;
    }
    if (out->size + size > out->room) {
        size_t room = 2 * (out->size + size) + 32;
        char *data = arena_get(out->arena, room);

        if (data == NULL) {
            out->failed = true;
            return;
        }
        if (out->size != 0) {
            memcpy(data, out->data, out->size);
        }
        out->data = data;
        out->room = room;
    }
    memcpy(out->data + out->size, bytes, size);
    out->size += size;
}

static void put_text(struct regex_text *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_code(struct regex_text *out, uint32_t code)
{
    char text[16];

    put(out, text, (size_t)snprintf(text, sizeof text, "\\x{%x}", code));
}

/* A character that means itself. */
static void put_literal(struct regex_text *out, vv_slice one)
{
    if (one.size == 1 && one.data[0] < 0x80 && !isalnum(one.data[0]) && one.data[0] != '_') {
        put_code(out, one.data[0]);
    } else {
        put(out, (const char *)one.data, one.size);
    }
}

static vv_status refuse(struct translator *t, const char *what)
{
    return error_set(t->error, VV_SQLSTATE_INVALID_REGULAR_EXPRESSION, 0,
                     "invalid regular expression: %s", what);
}

/* ---- options ---- */

static bool flag_read(char letter, struct regex_flags *flags)
{
    switch (letter) {
    case 'g':
        flags->global = true;
        return true;
    case 'i':
        flags->ignore_case = true;
        return true;
    case 'c':
        flags->ignore_case = false;
        return true;
    case 'm':
    case 'n':
        flags->dot_lines = flags->edge_lines = true;
        return true;
    case 'p':
        flags->dot_lines = true;
        flags->edge_lines = false;
        return true;
    case 'q':
        flags->literal = true;
        return true;
    case 's':
        flags->dot_lines = flags->edge_lines = false;
        return true;
    case 'w':
        flags->dot_lines = false;
        flags->edge_lines = true;
        return true;
    case 'x':
        flags->expanded = true;
        return true;
    case 't':
        flags->expanded = false;
        return true;
    case 'e': /* extended ones are read as advanced ones */
        return true;
    default:
        return false;
    }
}

vv_status regex_flags_read(vv_slice options, struct regex_flags *flags_out, struct vv_error *error)
{
    bool basic = false;

    *flags_out = (struct regex_flags){0};
    for (size_t at = 0; at < options.size; at++) {
        if (options.data[at] == 'b') {
            basic = true;
            continue;
        }
        if (!flag_read((char)options.data[at], flags_out)) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid regular expression option: \"%.*s\"",
                             (int)characters_at(options, at), (const char *)options.data + at);
        }
    }
    return basic ? error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                             "basic regular expressions are not supported yet")
                 : VV_OK;
}

static bool starts(const struct translator *t, const char *text)
{
    size_t size = strlen(text);

    return t->pattern.size - t->at >= size && memcmp(t->pattern.data + t->at, text, size) == 0;
}

/* ***: and ***= in front of everything, then (?letters). */
static vv_status directors(struct translator *t)
{
    if (starts(t, "***=")) {
        t->at += 4;
        t->out->flags.literal = true;
        return VV_OK;
    }
    if (starts(t, "***:")) {
        t->at += 4;
    } else if (starts(t, "***")) {
        return refuse(t, "quantifier operand invalid");
    }
    if (starts(t, "(?") && t->at + 2 < t->pattern.size && isalpha(t->pattern.data[t->at + 2])) {
        size_t end = t->at + 2;

        while (end < t->pattern.size && isalpha(t->pattern.data[end])) {
            char letter = (char)t->pattern.data[end];

            if (letter == 'g' || letter == 'b' || !flag_read(letter, &t->out->flags)) {
                return refuse(t, "invalid embedded option");
            }
            end++;
        }
        if (end >= t->pattern.size || t->pattern.data[end] != ')') {
            return refuse(t, "invalid embedded option");
        }
        t->at = end + 1;
    }
    return VV_OK;
}

vv_status regex_translate(vv_slice pattern, struct regex_flags flags, struct regex_text *text_out,
                          struct vv_error *error)
{
    struct translator t = {.pattern = pattern, .out = text_out, .error = error};
    enum taste taste = TASTE_NONE;

    text_out->flags = flags;
    if (!flags.literal) {
        VV_TRY(directors(&t));
    }
    if (text_out->flags.literal) {
        for (; t.at < pattern.size; t.at += characters_at(pattern, t.at)) {
            put_literal(text_out, slice_make(pattern.data + t.at, characters_at(pattern, t.at)));
        }
    } else {
        VV_TRY(alternatives(&t, &taste));
        if (t.at < pattern.size) {
            return refuse(&t, "parentheses () not balanced");
        }
    }
    text_out->shortest = taste == TASTE_SHORT;
    text_out->group_count = t.opened;
    put(text_out, "", 1);
    return text_out->failed ? error_from_status(error, VV_NOMEM) : VV_OK;
}

/* ---- grammar ---- */

/* White space and comments of the expanded syntax, and (?#…) everywhere. */
static void skip_blank(struct translator *t)
{
    while (t->at < t->pattern.size) {
        uint8_t c = t->pattern.data[t->at];

        if (starts(t, "(?#")) {
            while (t->at < t->pattern.size && t->pattern.data[t->at] != ')') {
                t->at++;
            }
            t->at += t->at < t->pattern.size;
        } else if (t->out->flags.expanded && isspace(c)) {
            t->at++;
        } else if (t->out->flags.expanded && c == '#') {
            while (t->at < t->pattern.size && t->pattern.data[t->at] != '\n') {
                t->at++;
            }
        } else {
            return;
        }
    }
}

static bool at(const struct translator *t, char c)
{
    return t->at < t->pattern.size && t->pattern.data[t->at] == (uint8_t)c;
}

static bool at_digit(const struct translator *t)
{
    return t->at < t->pattern.size && isdigit(t->pattern.data[t->at]);
}

static bool at_bound(const struct translator *t)
{
    return at(t, '{') && t->at + 1 < t->pattern.size && isdigit(t->pattern.data[t->at + 1]);
}

static bool at_quantifier(const struct translator *t)
{
    return at(t, '*') || at(t, '+') || at(t, '?') || at_bound(t);
}

static vv_status number(struct translator *t, unsigned *number_out)
{
    *number_out = 0;
    while (at_digit(t)) {
        *number_out = *number_out * 10 + (unsigned)(t->pattern.data[t->at++] - '0');
        if (*number_out > REPEAT_MAX) {
            return refuse(t, "invalid repetition count(s)");
        }
    }
    return VV_OK;
}

/* {m}, {m,}, {m,n}; *fixed_out: exactly m. */
static vv_status bound(struct translator *t, bool *fixed_out)
{
    unsigned low = 0, high = 0;
    bool open = false;
    char text[32];

    t->at++;
    VV_TRY(number(t, &low));
    *fixed_out = !at(t, ',');
    high = low;
    if (!*fixed_out) {
        t->at++;
        open = !at_digit(t);
        VV_TRY(number(t, &high));
    }
    if (!at(t, '}')) {
        return t->at >= t->pattern.size ? refuse(t, "braces {} not balanced")
                                        : refuse(t, "invalid repetition count(s)");
    }
    if (!open && high < low) {
        return refuse(t, "invalid repetition count(s)");
    }
    t->at++;
    if (open) {
        put(t->out, text, (size_t)snprintf(text, sizeof text, "{%u,}", low));
    } else {
        put(t->out, text, (size_t)snprintf(text, sizeof text, "{%u,%u}", low, high));
    }
    return VV_OK;
}

/* What stands behind an atom; the taste of both together. */
static vv_status quantifier(struct translator *t, bool constraint, enum taste *taste)
{
    bool fixed = false;
    bool reluctant = false;

    skip_blank(t);
    if (!at_quantifier(t)) {
        return VV_OK;
    }
    if (constraint) {
        return refuse(t, "quantifier operand invalid");
    }
    if (at_bound(t)) {
        VV_TRY(bound(t, &fixed));
    } else {
        put(t->out, (const char *)t->pattern.data + t->at++, 1);
    }
    reluctant = at(t, '?');
    if (reluctant) {
        t->at++;
        put_text(t->out, "?");
    }
    if (!fixed) {
        *taste = reluctant ? TASTE_SHORT : TASTE_GREEDY;
    }
    skip_blank(t);
    return at_quantifier(t) ? refuse(t, "quantifier operand invalid") : VV_OK;
}

/* Whether the group opened here ends in {1,1}?, which makes all of it prefer the shortest. */
static bool group_is_reluctant(const struct translator *t)
{
    struct translator ahead = *t;
    int depth = 0;
    bool inside = false;

    for (; ahead.at < ahead.pattern.size; ahead.at++) {
        uint8_t c = ahead.pattern.data[ahead.at];

        if (c == '\\') {
            ahead.at++;
        } else if (inside) {
            inside = c != ']';
        } else if (c == '[') {
            inside = true;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            ahead.at++;
            return starts(&ahead, "{1,1}?");
        }
    }
    return false;
}

static vv_status group(struct translator *t, bool *constraint_out, enum taste *taste_out)
{
    static const char *const looks[] = {"(?=", "(?!", "(?<=", "(?<!"};
    bool reluctant = group_is_reluctant(t);

    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        if (starts(t, looks[i])) {
            *constraint_out = true;
            t->at += strlen(looks[i]);
            put_text(t->out, looks[i]);
            break;
        }
    }
    if (!*constraint_out && starts(t, "(?:")) {
        t->at += 3;
        put_text(t->out, reluctant ? "(?U:" : "(?:");
    } else if (!*constraint_out && starts(t, "(?")) {
        return refuse(t, "quantifier operand invalid");
    } else if (!*constraint_out) {
        t->at++;
        t->opened++;
        put_text(t->out, "(");
    }
    if (++t->depth > LIMIT_DEPTH / 4) {
        return error_set(t->error, VV_SQLSTATE_INVALID_REGULAR_EXPRESSION, 0,
                         "invalid regular expression: regular expression is too complex");
    }
    VV_TRY(alternatives(t, taste_out));
    t->depth--;
    if (!at(t, ')')) {
        return refuse(t, "parentheses () not balanced");
    }
    t->at++;
    put_text(t->out, ")");
    if (*constraint_out) {
        *taste_out = TASTE_NONE;
    }
    return VV_OK;
}

static vv_status atom(struct translator *t, bool *constraint_out, enum taste *taste_out)
{
    vv_slice one = slice_make(t->pattern.data + t->at, characters_at(t->pattern, t->at));

    switch (one.data[0]) {
    case '(':
        return group(t, constraint_out, taste_out);
    case '[':
        return bracket(t);
    case '\\':
        return escape(t, constraint_out);
    case '^':
    case '$':
        *constraint_out = true;
        break;
    case '.':
        put_text(t->out, t->out->flags.dot_lines ? "[^\\n]" : ".");
        t->at++;
        return VV_OK;
    case '*':
    case '+':
    case '?':
        return refuse(t, "quantifier operand invalid");
    case '{':
        if (at_bound(t)) {
            return refuse(t, "quantifier operand invalid");
        }
        break;
    default:
        break;
    }
    t->at += one.size;
    if (*constraint_out) {
        put(t->out, (const char *)one.data, 1);
    } else {
        put_literal(t->out, one);
    }
    return VV_OK;
}

static vv_status branch(struct translator *t, enum taste *taste_out)
{
    *taste_out = TASTE_NONE;
    for (skip_blank(t); t->at < t->pattern.size && !at(t, '|') && !at(t, ')'); skip_blank(t)) {
        bool constraint = false;
        enum taste taste = TASTE_NONE;

        VV_TRY(atom(t, &constraint, &taste));
        VV_TRY(quantifier(t, constraint, &taste));
        if (*taste_out == TASTE_NONE) {
            *taste_out = taste;
        }
    }
    return VV_OK;
}

static vv_status alternatives(struct translator *t, enum taste *taste_out)
{
    VV_TRY(branch(t, taste_out));
    while (at(t, '|')) {
        enum taste ignored;

        t->at++;
        put_text(t->out, "|");
        VV_TRY(branch(t, &ignored));
        *taste_out = TASTE_GREEDY;
    }
    return VV_OK;
}

/* ---- escapes ---- */

/* More than eight digits: the last eight count, as in PostgreSQL. */
static vv_status hex(struct translator *t, size_t digits_min, size_t digits_max)
{
    uint32_t code = 0;
    size_t count = 0;

    while (count < digits_max && t->at < t->pattern.size && isxdigit(t->pattern.data[t->at])) {
        uint8_t c = (uint8_t)tolower(t->pattern.data[t->at++]);

        code = code << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        count++;
    }
    if (count < digits_min || code > CODE_MAX) {
        return refuse(t, "invalid escape \\ sequence");
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        put_text(t->out, "[^\\x{0}-\\x{10ffff}]"); /* to PostgreSQL a character that no text has */
    } else {
        put_code(t->out, code);
    }
    return VV_OK;
}

/* \1 … \9, \12 when there are so many groups, else an octal code. */
static vv_status digits(struct translator *t)
{
    size_t start = t->at;
    unsigned value = 0;
    uint32_t code = 0;

    while (at_digit(t) && value < 1000) {
        value = value * 10 + (unsigned)(t->pattern.data[t->at++] - '0');
    }
    if (t->pattern.data[start] != '0' && (t->at - start == 1 || value <= t->opened)) {
        char text[24];

        if (value > t->opened) {
            return refuse(t, "invalid backreference number");
        }
        t->out->back_reference = true;
        put(t->out, text, (size_t)snprintf(text, sizeof text, "\\g{%u}", value));
        return VV_OK;
    }
    t->at = start;
    for (int i = 0; i < 3 && at_digit(t) && t->pattern.data[t->at] < '8'; i++) {
        code = code * 8 + (uint32_t)(t->pattern.data[t->at++] - '0');
    }
    put_code(t->out, code);
    return VV_OK;
}

/* Escapes that are a character: the code, or -1. */
static int character_escape(uint8_t c)
{
    switch (c) {
    case 'a':
        return 7;
    case 'b':
        return 8;
    case 'B':
        return '\\';
    case 'e':
        return 27;
    case 'f':
        return 12;
    case 'n':
        return 10;
    case 'r':
        return 13;
    case 't':
        return 9;
    case 'v':
        return 11;
    default:
        return -1;
    }
}

static const char *constraint_escape(uint8_t c)
{
    switch (c) {
    case 'A':
        return "\\A";
    case 'm':
        return "\\b(?=\\w)";
    case 'M':
        return "\\b(?<=\\w)";
    case 'y':
        return "\\b";
    case 'Y':
        return "\\B";
    case 'Z':
        return "\\z";
    default:
        return NULL;
    }
}

static vv_status escape(struct translator *t, bool *constraint_out)
{
    uint8_t c = t->at + 1 < t->pattern.size ? t->pattern.data[t->at + 1] : 0;

    if (t->at + 1 >= t->pattern.size) {
        return refuse(t, "invalid escape \\ sequence");
    }
    t->at++;
    if (c >= 0x80 || !isalnum(c)) {
        vv_slice one = slice_make(t->pattern.data + t->at, characters_at(t->pattern, t->at));

        put_literal(t->out, one);
        t->at += one.size;
        return VV_OK;
    }
    if (isdigit(c)) {
        return digits(t);
    }
    t->at++;
    if (strchr("dswDSW", c) != NULL) {
        char text[3] = {'\\', (char)c, 0};

        put_text(t->out, text);
        return VV_OK;
    }
    if (character_escape(c) >= 0) {
        put_code(t->out, (uint32_t)character_escape(c));
        return VV_OK;
    }
    if (constraint_escape(c) != NULL) {
        *constraint_out = true;
        put_text(t->out, constraint_escape(c));
        return VV_OK;
    }
    if (c == 'c' && t->at < t->pattern.size) {
        put_code(t->out, t->pattern.data[t->at++] & 31u);
        return VV_OK;
    }
    return c == 'x'   ? hex(t, 1, 255)
           : c == 'u' ? hex(t, 4, 4)
           : c == 'U' ? hex(t, 8, 8)
                      : refuse(t, "invalid escape \\ sequence");
}

/* ---- brackets ---- */

/* [:name:] */
static vv_status class_name(struct translator *t)
{
    static const char *const names[] = {"alnum", "alpha",  "blank", "cntrl", "digit",
                                        "graph", "lower",  "print", "punct", "space",
                                        "upper", "xdigit", "word"};
    size_t start = t->at + 2;
    size_t end = start;

    while (end < t->pattern.size && isalpha(t->pattern.data[end])) {
        end++;
    }
    t->at = end;
    if (!starts(t, ":]")) {
        return refuse(t, end >= t->pattern.size ? "brackets [] not balanced"
                                                : "invalid character class");
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == end - start &&
            memcmp(names[i], t->pattern.data + start, end - start) == 0) {
            put_text(t->out, "[:");
            put_text(t->out, names[i]);
            put_text(t->out, ":]");
            t->at = end + 2;
            return VV_OK;
        }
    }
    return refuse(t, "invalid character class");
}

/* One end of a range: a character, an escape of one, or [.x.]. */
static vv_status bracket_character(struct translator *t, uint32_t *code_out)
{
    vv_slice one = slice_make(t->pattern.data + t->at, characters_at(t->pattern, t->at));

    if (starts(t, "[.") || starts(t, "[=")) {
        char close = (char)t->pattern.data[t->at + 1];

        t->at += 2;
        if (t->at >= t->pattern.size) {
            return refuse(t, "brackets [] not balanced");
        }
        one = slice_make(t->pattern.data + t->at, characters_at(t->pattern, t->at));
        t->at += one.size;
        if (!at(t, close) || t->at + 1 >= t->pattern.size || t->pattern.data[t->at + 1] != ']') {
            return refuse(t, "invalid collating element");
        }
        t->at += 2;
        *code_out = characters_decode(one);
        return VV_OK;
    }
    t->at += one.size;
    *code_out = characters_decode(one);
    if (one.data[0] != '\\') {
        return VV_OK;
    }
    if (t->at >= t->pattern.size) {
        return refuse(t, "invalid escape \\ sequence");
    }
    one = slice_make(t->pattern.data + t->at, characters_at(t->pattern, t->at));
    if (one.data[0] < 0x80 && isalnum(one.data[0])) {
        if (character_escape(one.data[0]) < 0) {
            return refuse(t, "invalid escape \\ sequence");
        }
        *code_out = (uint32_t)character_escape(one.data[0]);
    } else {
        *code_out = characters_decode(one);
    }
    t->at += one.size;
    return VV_OK;
}

static vv_status bracket_item(struct translator *t)
{
    uint32_t low = 0, high = 0;

    if (starts(t, "[:")) {
        return class_name(t);
    }
    if (at(t, '\\') && t->at + 1 < t->pattern.size &&
        strchr("dswDSW", t->pattern.data[t->at + 1]) != NULL) {
        put(t->out, (const char *)t->pattern.data + t->at, 2);
        t->at += 2;
        return VV_OK;
    }
    VV_TRY(bracket_character(t, &low));
    put_code(t->out, low);
    if (at(t, '-') && t->at + 1 < t->pattern.size && t->pattern.data[t->at + 1] != ']') {
        t->at++;
        VV_TRY(bracket_character(t, &high));
        if (high < low) {
            return refuse(t, "invalid character range");
        }
        put_text(t->out, "-");
        put_code(t->out, high);
    }
    return VV_OK;
}

static vv_status bracket(struct translator *t)
{
    bool first = true;
    bool negated = false;

    if (starts(t, "[[:<:]]") || starts(t, "[[:>:]]")) {
        put_text(t->out, constraint_escape(t->pattern.data[t->at + 3] == '<' ? 'm' : 'M'));
        t->at += 7;
        return VV_OK;
    }
    t->at++;
    negated = at(t, '^');
    t->at += negated;
    put_text(t->out, negated ? "[^" : "[");
    if (negated && t->out->flags.dot_lines) {
        put_text(t->out, "\\n");
    }
    for (; first || !at(t, ']'); first = false) {
        if (t->at >= t->pattern.size) {
            return refuse(t, "brackets [] not balanced");
        }
        VV_TRY(bracket_item(t));
    }
    t->at++;
    put_text(t->out, "]");
    return VV_OK;
}
