/*
 * exec_error.c - what a store call returned, in PostgreSQL's words.
 *
 * status.def has the text and SQLSTATE of most; here is what needs the session's knowledge, and the few
 * statuses whose one text does not fit all cases.
 */
#include <string.h>

#include "exec/exec.h"
#include "exec/operator.h"

vv_status exec_error_of(struct store_session *session, vv_status status, struct vv_error *error)
{
    const struct vv_cause *cause = store_cause(session);

    switch (status) {
    case VV_OK:
    case VV_ERROR:
    case VV_WAITING:
        return status;
    case VV_LIMIT:
        return error_set(error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0, "row is too big");
    case VV_IO:
    case VV_CORRUPT:
    case VV_DISK_FULL:
        error_from_status(error, status);
        if (cause != NULL && cause->what[0] != '\0') {
            error_detail(error, "%s: %s", cause->what,
                         cause->os_error == 0 ? status_text(status) : strerror(cause->os_error));
        }
        return VV_ERROR;
    default:
        return error_from_status(error, status);
    }
}

vv_status exec_no_memory(struct vv_error *error)
{
    return error_from_status(error, VV_NOMEM);
}
