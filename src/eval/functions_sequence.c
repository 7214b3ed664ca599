/*
 * functions_sequence.c - nextval, currval, lastval, setval (9.17): the session does the work (session.h).
 */
#include "eval/kernels.h"

static vv_status use_sequence(struct eval_call *call, const struct session_sequence_use *use,
                              struct value *out)
{
    const struct eval_session *session = call->state->session;

    if (session->sequence == NULL) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "sequences cannot be used here");
    }
    return session->sequence(session->owner, use, &out->integer, call->error);
}

EVAL_SCALAR(scalar_NEXTVAL)
{
    return use_sequence(
        call, &(struct session_sequence_use){.call = SESSION_NEXTVAL, .name = arguments[0].bytes},
        out);
}

EVAL_SCALAR(scalar_NEXTVAL_ID)
{
    return use_sequence(call,
                        &(struct session_sequence_use){.call = SESSION_NEXTVAL,
                                                       .id = (uint32_t)arguments[0].integer},
                        out);
}

EVAL_SCALAR(scalar_CURRVAL)
{
    return use_sequence(
        call, &(struct session_sequence_use){.call = SESSION_CURRVAL, .name = arguments[0].bytes},
        out);
}

EVAL_SCALAR(scalar_LASTVAL)
{
    return use_sequence(call, &(struct session_sequence_use){.call = SESSION_LASTVAL}, out);
}

EVAL_SCALAR(scalar_SETVAL)
{
    bool called = call->node->argument_count < 3 || arguments[2].boolean;

    return use_sequence(call,
                        &(struct session_sequence_use){.call = SESSION_SETVAL,
                                                       .name = arguments[0].bytes,
                                                       .value = arguments[1].integer,
                                                       .called = called},
                        out);
}
