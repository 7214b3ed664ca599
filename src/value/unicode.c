/* unicode.c - see unicode.h. */
#include "value/unicode.h"

#ifdef VV_UNICODE

#include <utf8proc.h>

bool unicode_known(void)
{
    return true;
}

uint32_t unicode_lower(uint32_t code)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

uint32_t unicode_upper(uint32_t code)
{
    return code == 0xDF /* sharp s; the library knows its capital, towupper() does not */
               ? code
               : (uint32_t)utf8proc_toupper((utf8proc_int32_t)code);
}

bool unicode_is_word(uint32_t code)
{
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return false;
    }
}

vv_status unicode_normalize(vv_slice text, enum unicode_form form, struct arena *arena,
                            uint32_t **codes_out, size_t *count_out)
{
    static const int options[] = {
        [UNICODE_NFC] = UTF8PROC_COMPOSE,
        [UNICODE_NFD] = UTF8PROC_DECOMPOSE,
        [UNICODE_NFKC] = UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [UNICODE_NFKD] = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
    };
    utf8proc_option_t option = (utf8proc_option_t)(options[form] | UTF8PROC_STABLE);
    utf8proc_ssize_t count =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.size, NULL, 0, option);
    utf8proc_int32_t *codes = NULL;

    if (count < 0) {
        return VV_INVALID;
    }
    codes = arena_get(arena, ((size_t)count + 1) * sizeof *codes);
    if (codes == NULL) {
        return VV_NOMEM;
    }
    count = utf8proc_decompose(text.data, (utf8proc_ssize_t)text.size, codes, count, option);
    if ((options[form] & UTF8PROC_COMPOSE) != 0) {
        count = utf8proc_normalize_utf32(codes, count, option);
    }
    *codes_out = (uint32_t *)codes;
    *count_out = count < 0 ? 0 : (size_t)count;
    return count < 0 ? VV_INVALID : VV_OK;
}

#else

bool unicode_known(void)
{
    return false;
}

uint32_t unicode_lower(uint32_t code)
{
    return code - 'A' < 26 ? code + 32 : code;
}

uint32_t unicode_upper(uint32_t code)
{
    return code - 'a' < 26 ? code - 32 : code;
}

bool unicode_is_word(uint32_t code)
{
    return code - '0' < 10 || code - 'A' < 26 || code - 'a' < 26;
}

vv_status unicode_normalize(vv_slice text, enum unicode_form form, struct arena *arena,
                            uint32_t **codes_out, size_t *count_out)
{
    (void)text;
    (void)form;
    (void)arena;
    *codes_out = NULL;
    *count_out = 0;
    return VV_INVALID;
}

#endif
