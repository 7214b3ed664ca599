/* status.c - the texts of status.def. */
#include "base/status.h"

#include "base/assert.h"

static const struct {
    const char *name;
    const char *text;
    const char *sqlstate;
} statuses[] = {
#define X(name, text, sqlstate) {#name, text, sqlstate},
#include "base/status.def"
#undef X
};

const char *status_text(vv_status status)
{
    VV_ASSERT((unsigned)status < VV_STATUS_COUNT);
    return statuses[status].text;
}

const char *status_sqlstate(vv_status status)
{
    VV_ASSERT((unsigned)status < VV_STATUS_COUNT);
    return statuses[status].sqlstate;
}

const char *status_name(vv_status status)
{
    VV_ASSERT((unsigned)status < VV_STATUS_COUNT);
    return statuses[status].name;
}
