/* functions_catalog.c - functions over the system catalogs (9.26): the session does the work (session.h). */
#include "eval/kernels_types.h"

EVAL_SCALAR(scalar_XID_INTEGER_EQ)
{
    (void)call;
    out->boolean = arguments[0].integer == (int64_t)(uint32_t)arguments[1].integer;
    return VV_OK;
}

EVAL_SCALAR(scalar_XID_INTEGER_NE)
{
    (void)call;
    out->boolean = arguments[0].integer != (int64_t)(uint32_t)arguments[1].integer;
    return VV_OK;
}

#define CATALOG_WORK 4096u /* definitions are found, and printed */

EVAL_SCALAR(scalar_CATALOG)
{
    const struct eval_session *session = call->state->session;
    struct session_catalog_call use = {.function = call->node->function,
                                       .arguments = arguments,
                                       .argument_count = call->node->argument_count,
                                       .arena = &call->state->strings};

    if (session->catalog == NULL) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "there is no catalog here");
    }
    VV_TRY(eval_work(call->state, CATALOG_WORK, call->error));
    return session->catalog(session->owner, &use, out, call->error);
}
