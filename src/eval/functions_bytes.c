/*
 * functions_bytes.c - functions of bytea (9.5): parts, single bytes and bits, digests.
 */
#include "eval/characters.h"
#include "eval/digest.h"
#include "eval/kernels.h"

#define BYTE_BITS 8

EVAL_SCALAR(scalar_BIT_LENGTH)
{
    out->integer = (int64_t)arguments[0].bytes.size * BYTE_BITS;
    return out->integer > INT32_MAX ? eval_fault_set(EVAL_INTEGER_RANGE, call->error) : VV_OK;
}

/* ---- parts ---- */

static vv_status cut(struct eval_call *call, const struct value *arguments, bool has_length,
                     struct value *out)
{
    vv_slice bytes = arguments[0].bytes;
    int64_t size = (int64_t)bytes.size;
    int64_t start = arguments[1].integer;
    int64_t end = has_length ? start + arguments[2].integer : INT64_MAX;

    if (has_length && arguments[2].integer < 0) {
        return error_set(call->error, VV_SQLSTATE_SUBSTRING_ERROR, 0,
                         "negative substring length not allowed");
    }
    start = start < 1 ? 1 : start;
    end = end > size + 1 ? size + 1 : end;
    out->bytes = end <= start ? slice_make(bytes.data, 0)
                              : slice_make(bytes.data + start - 1, (size_t)(end - start));
    return VV_OK;
}

EVAL_SCALAR(scalar_BYTEA_SUBSTR)
{
    return cut(call, arguments, false, out);
}

EVAL_SCALAR(scalar_BYTEA_SUBSTR_LENGTH)
{
    return cut(call, arguments, true, out);
}

EVAL_SCALAR(scalar_BYTEA_POSITION)
{
    vv_slice bytes = arguments[0].bytes, part = arguments[1].bytes;
    const uint8_t *found = part.size == 0 ? bytes.data
                           : bytes.size < part.size
                               ? NULL
                               : memmem(bytes.data, bytes.size, part.data, part.size);

    out->integer = part.size == 0 ? 1 : found == NULL ? 0 : found - bytes.data + 1;
    return VV_OK;
}

static vv_slice trim(vv_slice bytes, vv_slice set, bool left, bool right)
{
    if (set.size == 0) {
        return bytes;
    }
    while (left && bytes.size > 0 && memchr(set.data, bytes.data[0], set.size) != NULL) {
        bytes = slice_make(bytes.data + 1, bytes.size - 1);
    }
    while (right && bytes.size > 0 &&
           memchr(set.data, bytes.data[bytes.size - 1], set.size) != NULL) {
        bytes.size--;
    }
    return bytes;
}

EVAL_SCALAR(scalar_BYTEA_BTRIM)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, true, true);
    return VV_OK;
}

EVAL_SCALAR(scalar_BYTEA_LTRIM)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, true, false);
    return VV_OK;
}

EVAL_SCALAR(scalar_BYTEA_RTRIM)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, false, true);
    return VV_OK;
}

/* ---- bytes and bits ---- */

static vv_status place_check(struct eval_call *call, int64_t place, size_t count)
{
    return place >= 0 && place < (int64_t)count
               ? VV_OK
               : error_set(call->error, VV_SQLSTATE_ARRAY_SUBSCRIPT_ERROR, 0,
                           "index %lld out of valid range, 0..%lld", (long long)place,
                           (long long)count - 1);
}

/* A copy that may be changed. NULL: out of memory. */
static uint8_t *copy(struct eval_call *call, vv_slice bytes, struct value *out)
{
    uint8_t *to = eval_string(call, bytes.size);

    if (to != NULL && bytes.size != 0) {
        memcpy(to, bytes.data, bytes.size);
    }
    out->bytes = slice_make(to, bytes.size);
    return to;
}

EVAL_SCALAR(scalar_GET_BYTE)
{
    VV_TRY(place_check(call, arguments[1].integer, arguments[0].bytes.size));
    out->integer = arguments[0].bytes.data[arguments[1].integer];
    return VV_OK;
}

EVAL_SCALAR(scalar_SET_BYTE)
{
    uint8_t *to;

    VV_TRY(place_check(call, arguments[1].integer, arguments[0].bytes.size));
    to = copy(call, arguments[0].bytes, out);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    to[arguments[1].integer] = (uint8_t)arguments[2].integer;
    return VV_OK;
}

EVAL_SCALAR(scalar_GET_BIT)
{
    int64_t place = arguments[1].integer;

    VV_TRY(place_check(call, place, arguments[0].bytes.size * BYTE_BITS));
    out->integer = arguments[0].bytes.data[place / BYTE_BITS] >> place % BYTE_BITS & 1;
    return VV_OK;
}

EVAL_SCALAR(scalar_SET_BIT)
{
    int64_t place = arguments[1].integer;
    uint8_t bit = (uint8_t)(1u << place % BYTE_BITS);
    uint8_t *to;

    VV_TRY(place_check(call, place, arguments[0].bytes.size * BYTE_BITS));
    if (arguments[2].integer != 0 && arguments[2].integer != 1) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "new bit must be 0 or 1");
    }
    to = copy(call, arguments[0].bytes, out);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    to[place / BYTE_BITS] = (uint8_t)(arguments[2].integer != 0 ? to[place / BYTE_BITS] | bit
                                                                : to[place / BYTE_BITS] & ~bit);
    return VV_OK;
}

EVAL_SCALAR(scalar_BIT_COUNT)
{
    out->integer = 0;
    for (size_t i = 0; i < arguments[0].bytes.size; i++) {
        out->integer += __builtin_popcount(arguments[0].bytes.data[i]);
    }
    return VV_OK;
}

/* ---- digests ---- */

/* What a byte costs in the units of the pace (EV5), besides being read. */
#define MD5_BYTE_WORK 2u
#define SHA_BYTE_WORK 8u

EVAL_SCALAR(scalar_MD5)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[DIGEST_MD5_BYTES];
    uint8_t *to = eval_string(call, 2 * sizeof digest);

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    VV_TRY(eval_work(call->state, MD5_BYTE_WORK * arguments[0].bytes.size, call->error));
    digest_md5(arguments[0].bytes, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        to[2 * i] = (uint8_t)digits[digest[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
    }
    out->bytes = slice_make(to, 2 * sizeof digest);
    return VV_OK;
}

static vv_status sha(struct eval_call *call, unsigned bits, const struct value *arguments,
                     struct value *out)
{
    uint8_t *to = eval_string(call, bits / BYTE_BITS);

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    VV_TRY(eval_work(call->state, SHA_BYTE_WORK * arguments[0].bytes.size, call->error));
    digest_sha2(bits, arguments[0].bytes, to);
    out->bytes = slice_make(to, bits / BYTE_BITS);
    return VV_OK;
}

EVAL_SCALAR(scalar_SHA224)
{
    return sha(call, 224, arguments, out);
}

EVAL_SCALAR(scalar_SHA256)
{
    return sha(call, 256, arguments, out);
}

EVAL_SCALAR(scalar_SHA384)
{
    return sha(call, 384, arguments, out);
}

EVAL_SCALAR(scalar_SHA512)
{
    return sha(call, 512, arguments, out);
}
