/* Errors: fields, cuts at character borders, statuses that become errors. */
#include "test.h"

#include "base/error.h"

TEST(fields_are_filled)
{
    struct vv_error error;

    TEST_STATUS(VV_ERROR, error_set(&error, VV_SQLSTATE_SYNTAX_ERROR, 7,
                                    "syntax error at or near \"%s\"", "x"));
    TEST_TEXT("42601", error.sqlstate);
    TEST_EQUAL(7, error.position);
    TEST_TEXT("syntax error at or near \"x\"", error.message);
    error_detail(&error, "detail %d", 1);
    error_hint(&error, "hint %d", 2);
    TEST_TEXT("detail 1", error.detail);
    TEST_TEXT("hint 2", error.hint);
    error_clear(&error);
    TEST_TEXT("00000", error.sqlstate);
    TEST_TEXT("", error.message);
    TEST_STATUS(VV_ERROR, error_set(NULL, VV_SQLSTATE_SYNTAX_ERROR, 0, "nobody listens"));
    error_detail(NULL, "nobody");
    error_hint(NULL, "nobody");
}

TEST(long_texts_are_cut_between_characters)
{
    static char text[2 * ERROR_TEXT_BYTES];

    for (size_t lead = 0; lead < 4; lead++) {
        struct vv_error error;
        size_t size = 0;

        memset(text, 'a', lead);
        for (size_t i = lead; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "\xE2\x82\xAC", 4); /* the euro sign */
        }
        (void)!error_set(&error, VV_SQLSTATE_SYNTAX_ERROR, 0, "%s", text);
        size = strlen(error.message);
        TEST_TRUE(size < ERROR_TEXT_BYTES && size > ERROR_TEXT_BYTES - 5);
        TEST_EQUAL(lead % 3, size % 3);
    }
}

TEST(statuses_become_errors)
{
    struct vv_error error;

    for (int i = 2; i < VV_STATUS_COUNT; i++) {
        TEST_STATUS(VV_ERROR, error_from_status(&error, (vv_status)i));
        TEST_TEXT(status_sqlstate((vv_status)i), error.sqlstate);
        TEST_EQUAL(5, strlen(error.sqlstate));
        TEST_TRUE(strlen(error.message) > 0);
        TEST_TRUE(strncmp(status_name((vv_status)i), "VV_", 3) == 0);
    }
    (void)!error_set(&error, VV_SQLSTATE_SYNTAX_ERROR, 0, "kept");
    TEST_STATUS(VV_ERROR, error_from_status(&error, VV_ERROR));
    TEST_TEXT("kept", error.message);
    for (int i = 0; i < VV_SQLSTATE_COUNT; i++) {
        TEST_EQUAL(5, strlen(error_sqlstate_text((enum vv_sqlstate)i)));
    }
}
