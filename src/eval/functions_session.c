/*
 * functions_session.c - what depends on the session: users, settings, version, random numbers (9.26, 9.3).
 */
#include <math.h>
#include <stdio.h>

#include "eval/kernels.h"

static vv_status text_make(struct eval_call *call, const char *text, struct value *out);
static const char *text_of_argument(struct eval_call *call, const struct value *argument);

EVAL_SCALAR(scalar_SESSION_USER)
{
    return text_make(call, call->state->session->user, out);
}

EVAL_SCALAR(scalar_SESSION_DATABASE)
{
    return text_make(call, call->state->session->database, out);
}

EVAL_SCALAR(scalar_CURRENT_SCHEMA)
{
    return text_make(call, "public", out);
}

EVAL_SCALAR(scalar_VERSION)
{
    return text_make(call, "PostgreSQL 15.0 (Varve " VARVE_VERSION ")", out);
}

/* Not strict: a NULL is answered by NULL all the same. */
EVAL_SCALAR(scalar_CURRENT_SETTING)
{
    const struct eval_session *session = call->state->session;
    const char *name = text_of_argument(call, &arguments[0]);
    char text[SESSION_SETTING_BYTES];
    vv_status status = VV_NOT_FOUND;

    if (name == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if (session->setting_get != NULL) {
        status = session->setting_get(session->owner, name, text, call->error);
    }
    if (status != VV_NOT_FOUND) {
        return status == VV_OK ? text_make(call, text, out) : status;
    }
    if (call->node->argument_count == 2 && arguments[1].boolean) {
        out->null = true;
        return VV_OK;
    }
    return error_set(call->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                     "unrecognized configuration parameter \"%s\"", name);
}

EVAL_SCALAR(scalar_SET_CONFIG)
{
    const struct eval_session *session = call->state->session;
    const char *name = NULL;
    const char *value = NULL;
    char text[SESSION_SETTING_BYTES];

    if (arguments[0].null) {
        return error_set(call->error, VV_SQLSTATE_NULL_VALUE_NOT_ALLOWED, 0,
                         "SET requires parameter name");
    }
    name = text_of_argument(call, &arguments[0]);
    value = arguments[1].null ? NULL : text_of_argument(call, &arguments[1]);
    if (name == NULL || (value == NULL && !arguments[1].null)) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if (session->setting_set == NULL) {
        return error_set(call->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "unrecognized configuration parameter \"%s\"", name);
    }
    VV_TRY(session->setting_set(session->owner, name, value,
                                !arguments[2].null && arguments[2].boolean, call->error));
    VV_TRY(session->setting_get(session->owner, name, text, call->error));
    return text_make(call, text, out);
}

EVAL_SCALAR(scalar_RANDOM)
{
    out->real = session_random_next(&call->state->session->random);
    return VV_OK;
}

/* void in PostgreSQL, which prints as an empty text. */
EVAL_SCALAR(scalar_SETSEED)
{
    double seed = arguments[0].real;

    if (!(seed >= -1 && seed <= 1)) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         isnan(seed)    ? "setseed parameter NaN is out of allowed range [-1,1]"
                         : !isinf(seed) ? "setseed parameter %g is out of allowed range [-1,1]"
                         : seed > 0 ? "setseed parameter Infinity is out of allowed range [-1,1]"
                                    : "setseed parameter -Infinity is out of allowed range [-1,1]",
                         seed);
    }
    session_random_seed(&call->state->session->random, seed);
    out->bytes = slice_make("", 0);
    return VV_OK;
}

/* Version 4 (RFC 4122): random but for six bits. */
EVAL_SCALAR(scalar_RANDOM_UUID)
{
    struct eval_session *session = call->state->session;
    uint8_t *bytes = out->uuid.bytes;

    if (session->entropy != NULL) {
        session->entropy(session->owner, bytes, sizeof out->uuid.bytes);
    } else {
        uint64_t words[2] = {session_random_bits(&session->random),
                             session_random_bits(&session->random)};

        memcpy(bytes, words, sizeof words);
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    return VV_OK;
}

/* The argument's type; the argument is computed all the same, as in PostgreSQL. */
EVAL_SCALAR(scalar_TYPEOF)
{
    out->integer = value_types[call->node->arguments[0]->type].oid;
    return VV_OK;
}

static vv_status text_make(struct eval_call *call, const char *text, struct value *out)
{
    size_t size = text == NULL ? 0 : strlen(text);
    uint8_t *to = eval_string(call, size + 1);

    out->null = text == NULL;
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if (text != NULL) {
        memcpy(to, text, size);
    }
    out->bytes = slice_make(to, size);
    return VV_OK;
}

/* With a NUL at its end; NULL: out of memory. */
static const char *text_of_argument(struct eval_call *call, const struct value *argument)
{
    return arena_text(&call->state->strings, (const char *)argument->bytes.data,
                      argument->bytes.size);
}
