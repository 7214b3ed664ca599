/*
 * functions_sleep.c - pg_sleep, pg_sleep_for, pg_sleep_until (9.9.5): how long the statement has to sleep.
 *
 * Nobody sleeps in the middle of an expression: the session adds up what its batch of rows wants and sleeps when it is
 * computed (session.h), so that it can let go of its pin and of its thread. The clock is that much ahead meanwhile.
 */
#include "eval/kernels.h"
#include "value/context.h"

#define MICROSECONDS 1e6

/* void in PostgreSQL, which prints as an empty text. NaN and what is negative do not sleep. */
static vv_status sleep_for(struct eval_call *call, double seconds, struct value *out)
{
    const struct eval_session *session = call->state->session;

    if (session->sleep == NULL) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "pg_sleep cannot be used here");
    }
    if (seconds > 0) {
        session->sleep(session->owner, seconds);
    }
    out->bytes = slice_make("", 0);
    return VV_OK;
}

EVAL_SCALAR(scalar_SLEEP)
{
    return sleep_for(call, arguments[0].real, out);
}

EVAL_SCALAR(scalar_SLEEP_FOR)
{
    int64_t now = context_clock();
    struct value then[2] = {{.type = VALUE_TIMESTAMPTZ, .integer = now}, arguments[0]};
    struct value until;

    VV_TRY(scalar_TIMESTAMPTZ_ADD_INTERVAL(call, then, &until));
    return sleep_for(call, (double)(until.integer - now) / MICROSECONDS, out);
}

/* The infinities are the farthest times there are. */
EVAL_SCALAR(scalar_SLEEP_UNTIL)
{
    return sleep_for(call, ((double)arguments[0].integer - (double)context_clock()) / MICROSECONDS,
                     out);
}
