/*
 * functions_case.c - lower(), upper(), initcap(), and Unicode's normal forms.
 *
 * Characters are mapped one by one (unicode.h). Without the Unicode library those beyond ASCII are an error, never a
 * different result.
 */
#include <strings.h>

#include "eval/characters.h"
#include "eval/kernels.h"
#include "value/unicode.h"

enum mapping { MAP_LOWER, MAP_UPPER, MAP_WORDS };

static vv_status unknown(struct eval_call *call)
{
    return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                     "characters outside ASCII are not supported without utf8proc");
}

static size_t ascii_size(vv_slice text)
{
    size_t size = 0;

    while (size < text.size && text.data[size] < 0x80) {
        size++;
    }
    return size;
}

static uint32_t map_one(enum mapping mapping, uint32_t code, bool *inside)
{
    bool upper = mapping == MAP_UPPER || (mapping == MAP_WORDS && !*inside);

    if (code >= 0x80) {
        *inside = mapping == MAP_WORDS && unicode_is_word(code);
        return upper ? unicode_upper(code) : unicode_lower(code);
    }
    *inside = code - '0' < 10 || (code | 0x20) - 'a' < 26;
    return upper ? (code - 'a' < 26 ? code - 32 : code) : (code - 'A' < 26 ? code + 32 : code);
}

static vv_status map_case(struct eval_call *call, vv_slice text, enum mapping mapping,
                          struct value *out)
{
    struct characters_text result = {.call = call};
    size_t ascii = ascii_size(text);
    uint8_t *to = eval_string(call, ascii);
    bool inside = false;

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t i = 0; i < ascii; i++) {
        to[i] = (uint8_t)map_one(mapping, text.data[i], &inside);
    }
    out->bytes = slice_make(to, ascii);
    if (ascii == text.size) {
        return VV_OK;
    }
    if (!unicode_known()) {
        return unknown(call);
    }
    characters_append(&result, out->bytes);
    for (size_t at = ascii; at < text.size;) {
        vv_slice one = slice_make(text.data + at, characters_at(text, at));
        uint32_t code = characters_decode(one);
        uint32_t mapped = map_one(mapping, code, &inside);
        uint8_t bytes[4];

        at += one.size;
        if (mapped != code) {
            one = slice_make(bytes, characters_encode(mapped, bytes));
        }
        characters_append(&result, one);
    }
    return characters_finish(&result, out);
}

EVAL_SCALAR(scalar_LOWER)
{
    return map_case(call, arguments[0].bytes, MAP_LOWER, out);
}

EVAL_SCALAR(scalar_UPPER)
{
    return map_case(call, arguments[0].bytes, MAP_UPPER, out);
}

EVAL_SCALAR(scalar_INITCAP)
{
    return map_case(call, arguments[0].bytes, MAP_WORDS, out);
}

/* ---- normal forms ---- */

static vv_status form_of(struct eval_call *call, vv_slice name, enum unicode_form *form_out)
{
    static const char *const names[] = {[UNICODE_NFC] = "nfc",
                                        [UNICODE_NFD] = "nfd",
                                        [UNICODE_NFKC] = "nfkc",
                                        [UNICODE_NFKD] = "nfkd"};

    for (int i = 0; i < 4; i++) {
        if (name.size == strlen(names[i]) &&
            strncasecmp((const char *)name.data, names[i], name.size) == 0) {
            *form_out = (enum unicode_form)i;
            return VV_OK;
        }
    }
    return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                     "invalid normalization form: %.*s", (int)name.size, (const char *)name.data);
}

static vv_status normalize(struct eval_call *call, vv_slice text, enum unicode_form form,
                           struct value *out)
{
    struct characters_text result = {.call = call};
    uint32_t *codes = NULL;
    size_t count = 0;
    vv_status status;

    out->bytes = text;
    if (ascii_size(text) == text.size) {
        return VV_OK;
    }
    if (!unicode_known()) {
        return unknown(call);
    }
    status = unicode_normalize(text, form, &call->state->strings, &codes, &count);
    if (status != VV_OK) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[4];

        characters_append(&result, slice_make(bytes, characters_encode(codes[i], bytes)));
    }
    return characters_finish(&result, out);
}

EVAL_SCALAR(scalar_NORMALIZE)
{
    return normalize(call, arguments[0].bytes, UNICODE_NFC, out);
}

EVAL_SCALAR(scalar_NORMALIZE_FORM)
{
    enum unicode_form form = UNICODE_NFC;

    VV_TRY(form_of(call, arguments[1].bytes, &form));
    return normalize(call, arguments[0].bytes, form, out);
}

EVAL_SCALAR(scalar_IS_NORMALIZED)
{
    enum unicode_form form = UNICODE_NFC;
    struct value normal = {.type = VALUE_TEXT};

    if (call->node->argument_count == 2) {
        VV_TRY(form_of(call, arguments[1].bytes, &form));
    }
    VV_TRY(normalize(call, arguments[0].bytes, form, &normal));
    out->boolean = slice_equal(normal.bytes, arguments[0].bytes);
    return VV_OK;
}

/* ---- SQLite's collations: what is compared instead of a text ---- */

static vv_status fold(struct eval_call *call, enum value_collation collation, vv_slice text,
                      struct value *out)
{
    size_t size = value_collation_bytes(collation, text);
    uint8_t *to = eval_string(call, size);

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    value_collation_fold(collation, text, 0, size, to);
    out->bytes = slice_make(to, size);
    return VV_OK;
}

EVAL_SCALAR(scalar_COLLATE_NOCASE)
{
    return fold(call, VALUE_COLLATION_NOCASE, arguments[0].bytes, out);
}

EVAL_SCALAR(scalar_COLLATE_RTRIM)
{
    return fold(call, VALUE_COLLATION_RTRIM, arguments[0].bytes, out);
}
