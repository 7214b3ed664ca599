/*
 * regex.c - compiling, caching and matching by PCRE2; see regex.h.
 *
 * A match that must be told apart runs twice: pcre2_dfa_match() finds the whole (longest or shortest), then
 * pcre2_match() is made to end there, by a callout at the end of the pattern that refuses every other place, and tells
 * what the parentheses took.
 */
#include "eval/regex.h"

#include <string.h>

#include "base/alloc.h"
#include "base/assert.h"

#ifdef VV_REGEX

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT     1000000u /* backtracks of one match */
#define HEAP_LIMIT_KB   20000u
#define WORKSPACE_WORDS 4096 /* of pcre2_dfa_match() */

struct regex {
    struct alloc *alloc;
    size_t bytes; /* of this struct with the pattern behind it */
    pcre2_general_context *general;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    int *workspace;
    struct regex_flags flags;
    bool shortest;
    bool back_reference;
    uint32_t group_count;
    size_t pattern_size;
    uint8_t pattern[];
};

/* ---- memory: PCRE2 does not say the size when it frees, so it stands in front ---- */

union block_head {
    size_t size;
    max_align_t aligned;
};

static void *memory_get(PCRE2_SIZE size, void *alloc)
{
    union block_head *head = alloc_get(alloc, ALLOC_STATEMENT, size + sizeof *head);

    if (head == NULL) {
        return NULL;
    }
    head->size = size + sizeof *head;
    return head + 1;
}

static void memory_free(void *memory, void *alloc)
{
    if (memory != NULL) {
        union block_head *head = (union block_head *)memory - 1;

        alloc_free(alloc, ALLOC_STATEMENT, head, head->size);
    }
}

static void regex_destroy(struct regex *regex)
{
    if (regex == NULL) {
        return;
    }
    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->context);
    pcre2_code_free(regex->code);
    pcre2_general_context_free(regex->general);
    alloc_free(regex->alloc, ALLOC_STATEMENT, regex->workspace, WORKSPACE_WORDS * sizeof(int));
    alloc_free(regex->alloc, ALLOC_STATEMENT, regex, regex->bytes);
}

void regex_cache_release(struct regex_cache *cache)
{
    for (uint32_t i = 0; i < REGEX_CACHE; i++) {
        regex_destroy(cache->entries[i]);
        cache->entries[i] = NULL;
    }
}

/* ---- compiling ---- */

/* Lets a match end only where *data says. */
static int end_check(pcre2_callout_block *block, void *data)
{
    const size_t *wanted = data;

    return *wanted == PCRE2_UNSET || block->current_position == *wanted ? 0 : 1;
}

static vv_status code_compile(struct regex *regex, const struct regex_text *text,
                              struct arena *scratch, struct vv_error *error)
{
    static const char before[] = "(?:", after[] = ")(?C1)";
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL |
                       PCRE2_NO_AUTO_POSSESS; /* the end is chosen by a callout behind everything */
    size_t size = text->size - 1 + sizeof before - 1 + sizeof after - 1;
    char *whole = arena_get(scratch, size);
    pcre2_compile_context *context = pcre2_compile_context_create(regex->general);
    int code = 0;
    PCRE2_SIZE offset = 0;

    if (whole == NULL || context == NULL) {
        pcre2_compile_context_free(context);
        return error_from_status(error, VV_NOMEM);
    }
    memcpy(whole, before, sizeof before - 1);
    memcpy(whole + sizeof before - 1, text->data, text->size - 1);
    memcpy(whole + size - (sizeof after - 1), after, sizeof after - 1);
    options |= text->flags.ignore_case ? PCRE2_CASELESS : 0;
    /* Not both: pcre2_dfa_match() obeys the second even where the first is documented to rule it out. */
    options |= text->flags.edge_lines ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    regex->code = pcre2_compile((PCRE2_SPTR)whole, size, options, &code, &offset, context);
    pcre2_compile_context_free(context);
    if (regex->code == NULL) {
        PCRE2_UCHAR message[128];

        if (code == PCRE2_ERROR_NOMEMORY || code == 121 /* no memory while compiling */) {
            return error_from_status(error, VV_NOMEM);
        }
        (void)pcre2_get_error_message(code, message, sizeof message);
        return error_set(error, VV_SQLSTATE_INVALID_REGULAR_EXPRESSION, 0,
                         "invalid regular expression: %s", (const char *)message);
    }
    return VV_OK;
}

static vv_status regex_create(struct alloc *alloc, struct arena *scratch, vv_slice pattern,
                              struct regex_flags flags, struct regex **regex_out,
                              struct vv_error *error)
{
    struct regex_text text = {.arena = scratch};
    size_t bytes = sizeof(struct regex) + pattern.size;
    struct regex *regex = NULL;
    vv_status status = VV_OK;

    *regex_out = NULL;
    VV_TRY(regex_translate(pattern, flags, &text, error));
    regex = alloc_zero(alloc, ALLOC_STATEMENT, bytes);
    if (regex == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    regex->alloc = alloc;
    regex->bytes = bytes;
    regex->flags = flags;
    regex->shortest = text.shortest;
    regex->back_reference = text.back_reference;
    regex->group_count = text.group_count;
    regex->pattern_size = pattern.size;
    if (pattern.size != 0) {
        memcpy(regex->pattern, pattern.data, pattern.size);
    }
    regex->general = pcre2_general_context_create(memory_get, memory_free, alloc);
    status = regex->general == NULL ? error_from_status(error, VV_NOMEM)
                                    : code_compile(regex, &text, scratch, error);
    if (status == VV_OK) {
        regex->data = pcre2_match_data_create_from_pattern(regex->code, regex->general);
        regex->context = pcre2_match_context_create(regex->general);
        regex->workspace = alloc_get(alloc, ALLOC_STATEMENT, WORKSPACE_WORDS * sizeof(int));
        if (regex->data == NULL || regex->context == NULL || regex->workspace == NULL) {
            status = error_from_status(error, VV_NOMEM);
        } else {
            (void)pcre2_set_match_limit(regex->context, MATCH_LIMIT);
            (void)pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KB);
        }
    }
    if (status != VV_OK) {
        regex_destroy(regex);
        return status;
    }
    *regex_out = regex;
    return VV_OK;
}

vv_status regex_get(struct regex_cache *cache, struct alloc *alloc, struct arena *scratch,
                    vv_slice pattern, struct regex_flags flags, const struct regex **regex_out,
                    struct vv_error *error)
{
    struct regex *fresh = NULL;

    for (uint32_t i = 0; i < REGEX_CACHE; i++) {
        struct regex *entry = cache->entries[i];

        if (entry != NULL && memcmp(&entry->flags, &flags, sizeof flags) == 0 &&
            slice_equal(slice_make(entry->pattern, entry->pattern_size), pattern)) {
            *regex_out = entry;
            return VV_OK;
        }
    }
    VV_TRY(regex_create(alloc, scratch, pattern, flags, &fresh, error));
    regex_destroy(cache->entries[cache->next]);
    cache->entries[cache->next] = fresh;
    cache->next = (cache->next + 1) % REGEX_CACHE;
    *regex_out = fresh;
    return VV_OK;
}

uint32_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

/* ---- matching ---- */

static vv_status match_error(int code, struct vv_error *error)
{
    PCRE2_UCHAR message[128];

    if (code == PCRE2_ERROR_NOMEMORY) {
        return error_from_status(error, VV_NOMEM);
    }
    if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21) {
        return error_set(error, VV_SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, 0,
                         "invalid byte sequence for encoding \"UTF8\"");
    }
    (void)pcre2_get_error_message(code, message, sizeof message);
    return error_set(error, VV_SQLSTATE_INVALID_REGULAR_EXPRESSION, 0,
                     "regular expression failed: %s", (const char *)message);
}

static bool is_limit(int code)
{
    return code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
           code == PCRE2_ERROR_HEAPLIMIT;
}

static int run_backtrack(const struct regex *regex, vv_slice text, size_t from, uint32_t options,
                         size_t *wanted_end)
{
    (void)pcre2_set_callout(regex->context, end_check, wanted_end);
    return pcre2_match(regex->code, text.data, text.size, from, options, regex->data,
                       regex->context);
}

static int run_wide(const struct regex *regex, vv_slice text, size_t from)
{
    (void)pcre2_set_callout(regex->context, NULL, NULL);
    return pcre2_dfa_match(regex->code, text.data, text.size, from,
                           regex->shortest ? PCRE2_DFA_SHORTEST : 0, regex->data, regex->context,
                           regex->workspace, WORKSPACE_WORDS);
}

vv_status regex_test(const struct regex *regex, vv_slice text, bool *found_out,
                     struct vv_error *error)
{
    size_t anywhere = PCRE2_UNSET;
    int code = run_backtrack(regex, text, 0, 0, &anywhere);

    if (is_limit(code) && !regex->back_reference) {
        code = run_wide(regex, text, 0);
    }
    *found_out = code >= 0;
    return code >= 0 || code == PCRE2_ERROR_NOMATCH ? VV_OK : match_error(code, error);
}

static void groups_copy(const struct regex *regex, struct regex_match *match)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->data);

    for (uint32_t i = 0; i < REGEX_GROUPS; i++) {
        bool there = i <= regex->group_count && places[2 * i] != PCRE2_UNSET;

        match->start[i] = there ? places[2 * i] : REGEX_NO_GROUP;
        match->end[i] = there ? places[2 * i + 1] : REGEX_NO_GROUP;
    }
}

vv_status regex_find(const struct regex *regex, vv_slice text, size_t from, bool *found_out,
                     struct regex_match *match_out, struct vv_error *error)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->data);
    size_t start = from, end = PCRE2_UNSET;
    uint32_t options = 0;
    int code = PCRE2_ERROR_DFA_UITEM;

    *found_out = false;
    if (!regex->back_reference) {
        code = run_wide(regex, text, from);
    }
    if (code >= 0) {
        start = places[0];
        end = places[1];
        options = PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK;
        if (regex->group_count == 0) {
            memset(match_out, 0xFF, sizeof *match_out);
            match_out->start[0] = start;
            match_out->end[0] = end;
            *found_out = true;
            return VV_OK;
        }
    }
    if (code >= 0 || code == PCRE2_ERROR_DFA_UITEM || code == PCRE2_ERROR_DFA_WSSIZE ||
        code == PCRE2_ERROR_DFA_RECURSE || code == PCRE2_ERROR_DFA_UCOND) {
        code = run_backtrack(regex, text, start, options, &end);
    }
    if (code == PCRE2_ERROR_NOMATCH) {
        return VV_OK;
    }
    if (code < 0) {
        return match_error(code, error);
    }
    groups_copy(regex, match_out);
    *found_out = true;
    return VV_OK;
}

#else

vv_status regex_get(struct regex_cache *cache, struct alloc *alloc, struct arena *scratch,
                    vv_slice pattern, struct regex_flags flags, const struct regex **regex_out,
                    struct vv_error *error)
{
    struct regex_text text = {.arena = scratch};

    (void)cache;
    (void)alloc;
    *regex_out = NULL;
    VV_TRY(regex_translate(pattern, flags, &text, error));
    return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                     "regular expressions are not supported without PCRE2");
}

void regex_cache_release(struct regex_cache *cache)
{
    (void)cache;
}

uint32_t regex_group_count(const struct regex *regex)
{
    (void)regex;
    return 0;
}

vv_status regex_test(const struct regex *regex, vv_slice text, bool *found_out,
                     struct vv_error *error)
{
    (void)regex;
    (void)text;
    *found_out = false;
    return error_from_status(error, VV_UNSUPPORTED);
}

vv_status regex_find(const struct regex *regex, vv_slice text, size_t from, bool *found_out,
                     struct regex_match *match_out, struct vv_error *error)
{
    (void)from;
    (void)match_out;
    return regex_test(regex, text, found_out, error);
}

#endif
