/*
 * functions_regex.c - ~ and its kin, SIMILAR TO, substring() and regexp_…() (9.7.2, 9.7.3).
 *
 * Texts are positions of bytes inside, of characters outside.
 */
#include "eval/characters.h"
#include "eval/kernels.h"
#include "eval/regex.h"

/* What matching costs in the units of the pace. */
#define BYTE_WORK  8u
#define MATCH_WORK 256u

static vv_status get(struct eval_call *call, vv_slice pattern, struct regex_flags flags,
                     const struct regex **regex_out)
{
    VV_TRY(eval_work(call->state, pattern.size * BYTE_WORK, call->error));
    return regex_get(&call->state->regexes, call->state->arena->alloc, &call->state->strings,
                     pattern, flags, regex_out, call->error);
}

/* A match is one piece of work (EV5): what it costs is not known before. */
static vv_status match_any(struct eval_call *call, const struct regex *regex, vv_slice text,
                           bool *found_out)
{
    VV_TRY(eval_work(call->state, text.size * BYTE_WORK, call->error));
    return regex_test(regex, text, found_out, call->error);
}

static vv_status match_next(struct eval_call *call, const struct regex *regex, vv_slice text,
                            size_t from, bool *found_out, struct regex_match *match)
{
    size_t end = text.size;

    VV_TRY(regex_find(regex, text, from, found_out, match, call->error));
    end = *found_out ? match->end[0] : end;
    return eval_work(call->state, MATCH_WORK + (end - from) * BYTE_WORK, call->error);
}

/* ---- operators ---- */

static vv_status test(struct eval_call *call, const struct value *arguments, bool ignore_case,
                      bool negated, struct value *out)
{
    const struct regex *regex = NULL;
    bool found = false;

    VV_TRY(get(call, arguments[1].bytes, (struct regex_flags){.ignore_case = ignore_case}, &regex));
    VV_TRY(match_any(call, regex, arguments[0].bytes, &found));
    out->boolean = found != negated;
    return VV_OK;
}

EVAL_SCALAR(scalar_REGEX)
{
    return test(call, arguments, false, false, out);
}

EVAL_SCALAR(scalar_NOT_REGEX)
{
    return test(call, arguments, false, true, out);
}

EVAL_SCALAR(scalar_IREGEX)
{
    return test(call, arguments, true, false, out);
}

EVAL_SCALAR(scalar_NOT_IREGEX)
{
    return test(call, arguments, true, true, out);
}

/* ---- SIMILAR TO ---- */

static vv_status similar(struct eval_call *call, vv_slice pattern, vv_slice escape,
                         struct value *out)
{
    struct characters_text text = {.call = call};
    bool escaped = false, inside = false;
    int quotes = 0;

    if (characters_count(escape) > 1) {
        (void)error_set(call->error, VV_SQLSTATE_INVALID_ESCAPE_SEQUENCE, 0,
                        "invalid escape string");
        error_hint(call->error, "Escape string must be empty or one character.");
        return VV_ERROR;
    }
    characters_append(&text, slice_text("^(?:"));
    for (size_t at = 0; at < pattern.size;) {
        vv_slice one = slice_make(pattern.data + at, characters_at(pattern, at));
        uint8_t c = one.data[0];

        at += one.size;
        if (escaped && c == '"' && !inside) {
            if (++quotes > 2) {
                return error_set(call->error, VV_SQLSTATE_INVALID_USE_OF_ESCAPE_CHARACTER, 0,
                                 "SQL regular expression may not contain more than two "
                                 "escape-double-quote separators");
            }
            characters_append(&text, slice_text(quotes == 1 ? "){1,1}?(" : "){1,1}(?:"));
            escaped = false;
        } else if (escaped) {
            characters_append(&text, slice_text("\\"));
            characters_append(&text, one);
            escaped = false;
        } else if (escape.size != 0 && slice_equal(one, escape)) {
            escaped = true;
        } else if (inside) {
            characters_append(&text, slice_text(c == '\\' ? "\\" : ""));
            characters_append(&text, one);
            inside = c != ']';
        } else if (c == '%' || c == '_') {
            characters_append(&text, slice_text(c == '%' ? ".*" : "."));
        } else if (c == '(') {
            characters_append(&text, slice_text("(?:"));
        } else {
            inside = c == '[';
            characters_append(
                &text, slice_text(c == '\\' || c == '.' || c == '^' || c == '$' ? "\\" : ""));
            characters_append(&text, one);
        }
    }
    characters_append(&text, slice_text(")$"));
    return characters_finish(&text, out);
}

EVAL_SCALAR(scalar_SIMILAR)
{
    return similar(call, arguments[0].bytes, slice_text("\\"), out);
}

EVAL_SCALAR(scalar_SIMILAR_ESCAPE)
{
    return similar(call, arguments[0].bytes, arguments[1].bytes, out);
}

/* ---- what matches ---- */

static vv_slice part(vv_slice text, const struct regex_match *match, uint32_t group)
{
    return slice_make(text.data + match->start[group], match->end[group] - match->start[group]);
}

/* The first parenthesis if there is one, else the whole; NULL: no match, or it took no part. */
static vv_status substring(struct eval_call *call, vv_slice text, vv_slice pattern,
                           struct value *out)
{
    const struct regex *regex = NULL;
    struct regex_match match;
    bool found = false;
    uint32_t group = 0;

    VV_TRY(get(call, pattern, (struct regex_flags){0}, &regex));
    VV_TRY(match_next(call, regex, text, 0, &found, &match));
    group = regex_group_count(regex) > 0;
    out->null = !found || match.start[group] == REGEX_NO_GROUP;
    if (!out->null) {
        out->bytes = part(text, &match, group);
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_REGEX_SUBSTRING)
{
    return substring(call, arguments[0].bytes, arguments[1].bytes, out);
}

EVAL_SCALAR(scalar_SIMILAR_SUBSTRING)
{
    struct value pattern = {.type = VALUE_TEXT};

    VV_TRY(similar(call, arguments[1].bytes, arguments[2].bytes, &pattern));
    return substring(call, arguments[0].bytes, pattern.bytes, out);
}

/* ---- regexp_… with their many arguments ---- */

/* start, n, endoption, subexpr: 22023 unless at least `least` (and at most `most`). */
static vv_status check(struct eval_call *call, const char *name, int64_t value, int64_t least,
                       int64_t most)
{
    return value >= least && value <= most
               ? VV_OK
               : error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                           "invalid value for parameter \"%s\": %d", name, (int)value);
}

static vv_status flags_read(struct eval_call *call, const struct value *options,
                            const char *function, struct regex_flags *flags)
{
    *flags = (struct regex_flags){0};
    if (options == NULL) {
        return VV_OK;
    }
    VV_TRY(regex_flags_read(options->bytes, flags, call->error));
    if (flags->global && function != NULL) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "%s does not support the \"global\" option", function);
    }
    flags->global = false;
    return VV_OK;
}

/* Where the character at 1-based `start` begins; past the end: text.size + 1. */
static size_t start_of(vv_slice text, int64_t start)
{
    size_t at = characters_bytes(text, start - 1);

    return at == text.size && (int64_t)characters_count(text) < start - 1 ? text.size + 1 : at;
}

/* A search from here on that does not find an empty match twice; text.size + 1: the end. */
static size_t step_behind(vv_slice text, const struct regex_match *match)
{
    size_t at = match->end[0];

    if (match->start[0] == at) {
        at += at < text.size ? characters_at(text, at) : 1;
    }
    return at;
}

/* The n-th match from `at` on. */
static vv_status find_nth(struct eval_call *call, const struct regex *regex, vv_slice text,
                          size_t at, int64_t n, bool *found_out, struct regex_match *match)
{
    *found_out = false;
    while (at <= text.size) {
        VV_TRY(match_next(call, regex, text, at, found_out, match));
        if (!*found_out || --n == 0) {
            return VV_OK;
        }
        at = step_behind(text, match);
        *found_out = false;
    }
    return VV_OK;
}

/* The whole is the first part of a pattern without parentheses. */
static int64_t the_group(const struct regex *regex, int64_t group)
{
    return group == 1 && regex_group_count(regex) == 0 ? 0 : group;
}

EVAL_SCALAR(scalar_REGEXP_LIKE)
{
    const struct regex *regex = NULL;
    struct regex_flags flags;
    bool found = false;

    VV_TRY(flags_read(call, call->node->argument_count > 2 ? &arguments[2] : NULL, "regexp_like()",
                      &flags));
    VV_TRY(get(call, arguments[1].bytes, flags, &regex));
    VV_TRY(match_any(call, regex, arguments[0].bytes, &found));
    out->boolean = found;
    return VV_OK;
}

/* (text, pattern [, start [, flags]]) */
EVAL_SCALAR(scalar_REGEXP_COUNT)
{
    uint32_t count = call->node->argument_count;
    vv_slice text = arguments[0].bytes;
    const struct regex *regex = NULL;
    struct regex_flags flags;
    int64_t start = count > 2 ? arguments[2].integer : 1;

    VV_TRY(check(call, "start", start, 1, INT32_MAX));
    VV_TRY(flags_read(call, count > 3 ? &arguments[3] : NULL, "regexp_count()", &flags));
    VV_TRY(get(call, arguments[1].bytes, flags, &regex));
    out->integer = 0;
    for (size_t at = start_of(text, start); at <= text.size;) {
        struct regex_match match;
        bool found = false;

        VV_TRY(match_next(call, regex, text, at, &found, &match));
        if (!found) {
            break;
        }
        out->integer++;
        at = step_behind(text, &match);
    }
    return VV_OK;
}

/* (text, pattern [, start [, n [, endoption [, flags [, subexpr]]]]]) */
EVAL_SCALAR(scalar_REGEXP_INSTR)
{
    uint32_t count = call->node->argument_count;
    vv_slice text = arguments[0].bytes;
    const struct regex *regex = NULL;
    struct regex_match match;
    struct regex_flags flags;
    int64_t start = count > 2 ? arguments[2].integer : 1;
    int64_t n = count > 3 ? arguments[3].integer : 1;
    int64_t end = count > 4 ? arguments[4].integer : 0;
    int64_t group = count > 6 ? arguments[6].integer : 0;
    bool found = false;

    VV_TRY(check(call, "start", start, 1, INT32_MAX));
    VV_TRY(check(call, "n", n, 1, INT32_MAX));
    VV_TRY(check(call, "endoption", end, 0, 1));
    VV_TRY(check(call, "subexpr", group, 0, INT32_MAX));
    VV_TRY(flags_read(call, count > 5 ? &arguments[5] : NULL, "regexp_instr()", &flags));
    VV_TRY(get(call, arguments[1].bytes, flags, &regex));
    VV_TRY(find_nth(call, regex, text, start_of(text, start), n, &found, &match));
    out->integer = 0;
    group = the_group(regex, group);
    if (!found || group > regex_group_count(regex) || group >= REGEX_GROUPS ||
        match.start[group] == REGEX_NO_GROUP) {
        return VV_OK;
    }
    out->integer = (int64_t)characters_count(
                       slice_make(text.data, end != 0 ? match.end[group] : match.start[group])) +
                   1;
    return VV_OK;
}

/* (text, pattern [, start [, n [, flags [, subexpr]]]]) */
EVAL_SCALAR(scalar_REGEXP_SUBSTR)
{
    uint32_t count = call->node->argument_count;
    vv_slice text = arguments[0].bytes;
    const struct regex *regex = NULL;
    struct regex_match match;
    struct regex_flags flags;
    int64_t start = count > 2 ? arguments[2].integer : 1;
    int64_t n = count > 3 ? arguments[3].integer : 1;
    int64_t group = count > 5 ? arguments[5].integer : 0;
    bool found = false;

    VV_TRY(check(call, "start", start, 1, INT32_MAX));
    VV_TRY(check(call, "n", n, 1, INT32_MAX));
    VV_TRY(check(call, "subexpr", group, 0, INT32_MAX));
    VV_TRY(flags_read(call, count > 4 ? &arguments[4] : NULL, "regexp_substr()", &flags));
    VV_TRY(get(call, arguments[1].bytes, flags, &regex));
    VV_TRY(find_nth(call, regex, text, start_of(text, start), n, &found, &match));
    group = the_group(regex, group);
    out->null = !found || group > regex_group_count(regex) || group >= REGEX_GROUPS ||
                match.start[group] == REGEX_NO_GROUP;
    if (!out->null) {
        out->bytes = part(text, &match, (uint32_t)group);
    }
    return VV_OK;
}

/* ---- regexp_replace ---- */

/* \1 … \9, \& and \\ in the text that replaces. */
static void append_replacement(struct characters_text *result, vv_slice text, vv_slice by,
                               const struct regex_match *match)
{
    for (size_t at = 0; at < by.size; at++) {
        uint8_t next = at + 1 < by.size ? by.data[at + 1] : 0;
        uint32_t group = next == '&' ? 0 : (uint32_t)(next - '0');

        if (by.data[at] != '\\' || at + 1 >= by.size) {
            characters_append(result, slice_make(by.data + at, 1));
        } else if (next == '&' || (next >= '1' && next <= '9')) {
            if (match->start[group] != REGEX_NO_GROUP) {
                characters_append(result, part(text, match, group));
            }
            at++;
        } else {
            characters_append(result, slice_text("\\"));
            at += next == '\\'; /* any other character follows as it is */
        }
    }
}

/* Replaces the n-th match from `at` on; n = 0: all of them. */
static vv_status replace(struct eval_call *call, const struct value *arguments,
                         struct regex_flags flags, int64_t start, int64_t n, struct value *out)
{
    vv_slice text = arguments[0].bytes;
    struct characters_text result = {.call = call};
    const struct regex *regex = NULL;
    size_t copied = 0;
    int64_t seen = 0;

    VV_TRY(get(call, arguments[1].bytes, flags, &regex));
    for (size_t at = start_of(text, start); at <= text.size;) {
        struct regex_match match;
        bool found = false;

        VV_TRY(match_next(call, regex, text, at, &found, &match));
        if (!found) {
            break;
        }
        at = step_behind(text, &match);
        if (n > 0 && ++seen != n) {
            continue;
        }
        characters_append(&result, slice_make(text.data + copied, match.start[0] - copied));
        append_replacement(&result, text, arguments[2].bytes, &match);
        copied = match.end[0];
        if (n > 0) {
            break;
        }
    }
    characters_append(&result, slice_make(text.data + copied, text.size - copied));
    return characters_finish(&result, out);
}

/* (text, pattern, by [, flags]) */
EVAL_SCALAR(scalar_REGEXP_REPLACE)
{
    struct regex_flags flags = {0};
    bool global = false;

    if (call->node->argument_count > 3) {
        vv_slice options = arguments[3].bytes;

        if (options.size > 0 && options.data[0] >= '0' && options.data[0] <= '9') {
            (void)error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                            "invalid regular expression option: \"%c\"", options.data[0]);
            error_hint(call->error, "If you meant to use regexp_replace() with a start parameter, "
                                    "cast the fourth argument to integer explicitly.");
            return VV_ERROR;
        }
        VV_TRY(regex_flags_read(options, &flags, call->error));
        global = flags.global;
        flags.global = false;
    }
    return replace(call, arguments, flags, 1, global ? 0 : 1, out);
}

/* (text, pattern, by, start [, n [, flags]]); n rules over the option g. */
EVAL_SCALAR(scalar_REGEXP_REPLACE_FROM)
{
    uint32_t count = call->node->argument_count;
    struct regex_flags flags = {0};
    int64_t n = count > 4 ? arguments[4].integer : 1;

    VV_TRY(check(call, "start", arguments[3].integer, 1, INT32_MAX));
    VV_TRY(check(call, "n", n, 0, INT32_MAX));
    VV_TRY(flags_read(call, count > 5 ? &arguments[5] : NULL, NULL, &flags));
    return replace(call, arguments, flags, arguments[3].integer, n, out);
}
