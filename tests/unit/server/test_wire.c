/* The bytes of the protocol: what comes in and what goes out. */
#include "server/wire.h"
#include "test.h"
#include "varve/varve.h"

#include <stdlib.h>

/* X1: a message is there when all of it is, whatever its length says. */
TEST(a_message_is_whole_or_not_there)
{
    static const uint8_t bytes[] = "Q\0\0\0\x0dselect 1\0rest";
    struct wire_message message;
    size_t size = 0;

    for (size_t i = 0; i < 14; i++) {
        TEST_EQUAL(WIRE_MORE, wire_message(slice_make(bytes, i), false, 100, &message, &size));
    }
    TEST_EQUAL(WIRE_MESSAGE, wire_message(slice_make(bytes, 18), false, 100, &message, &size));
    TEST_EQUAL(14, size);
    TEST_EQUAL('Q', message.type);
    TEST_EQUAL(9, message.body.size);
}

/* X1: lengths that cannot be are refused before anything is kept for them. */
TEST(bad_lengths_are_refused)
{
    static const char *const bad[] = {"Q\0\0\0\3", "Q\0\0\0\0", "Q\xff\xff\xff\xff", "Q\0\0\1\0"};
    struct wire_message message;
    size_t size = 0;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TEST_EQUAL(WIRE_BAD, wire_message(slice_make(bad[i], 5), false, 100, &message, &size));
    }
}

/* X1: a reader never leaves its body and says so. */
TEST(a_reader_stops_at_the_end)
{
    static const uint8_t bytes[] = {0, 1, 2, 3, 'a', 'b', 0, 'c'};
    struct wire_reader reader = wire_reader(slice_make(bytes, sizeof bytes));

    TEST_EQUAL(0x00010203, wire_get_u32(&reader));
    TEST_TEXT("ab", wire_get_text(&reader));
    TEST_FALSE(reader.bad);
    TEST_TEXT("", wire_get_text(&reader)); /* 'c' without its NUL */
    TEST_TRUE(reader.bad);
    TEST_EQUAL(0, wire_get_u16(&reader));
    TEST_EQUAL(0, wire_get_bytes(&reader, SIZE_MAX).size);
}

/* X2: a message that does not fit leaves no trace. */
TEST(a_message_goes_out_whole_or_not_at_all)
{
    struct wire_out out = {0};
    uint8_t big[4096] = {0};

    TEST_TRUE(wire_put_simple(&out, 'C', "SELECT 1"));
    TEST_EQUAL(14, wire_out_size(&out));
    TEST_BYTES("C\0\0\0\x0dSELECT 1", out.bytes, 14);
    wire_begin(&out, 'D');
    wire_put_bytes(&out, big, sizeof big);
    out.failed = true;
    TEST_FALSE(wire_end(&out));
    TEST_EQUAL(14, wire_out_size(&out));
    wire_out_sent(&out, 14);
    TEST_EQUAL(0, wire_out_size(&out));
    wire_out_release(&out);
}

TEST(errors_have_their_fields)
{
    static const char wanted[] = "E\0\0\0\x37"
                                 "SERROR\0VERROR\0C42601\0Msyntax error\0Hmore\0P7\0";
    struct varve_error error = {.sqlstate = "42601", .message = "syntax error", .hint = "more"};
    struct wire_out out = {0};

    error.position = 7;
    TEST_TRUE(wire_put_error(&out, 'E', "ERROR", &error));
    TEST_EQUAL(sizeof wanted - 1 + 1, out.size);
    TEST_BYTES(wanted + 5, out.bytes + 5, sizeof wanted - 6);
    TEST_EQUAL(0, out.bytes[out.size - 1]);
    wire_out_release(&out);
}

TEST(utf8_is_told_from_noise)
{
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc3\xa4",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xed\x9f\xbf",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80", "\xc0\xaf",  "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xc3", "a\xe2\x82", "\xff"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        TEST_TRUE(wire_utf8_bad(slice_text(good[i])) == NULL);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TEST_TRUE(wire_utf8_bad(slice_text(bad[i])) != NULL);
    }
    TEST_TRUE(wire_utf8_bad(slice_make("a\0b", 3)) != NULL);
}
