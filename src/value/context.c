/* context.c - the thread's context: see context.h. */
#include "value/context.h"

#include "value/zone.h"

static _Thread_local struct context *current;

struct context *context_set(struct context *context)
{
    struct context *before = current;

    current = context;
    return before;
}

static struct context *used(void)
{
    if (current != NULL) {
        current->used = true;
    }
    return current;
}

const struct zone *context_zone(void)
{
    const struct context *context = used();

    return context == NULL || context->zone == NULL ? &zone_utc : context->zone(context->owner);
}

const struct zone *context_find_zone(const char *name)
{
    const struct context *context = used();

    return context == NULL || context->find_zone == NULL ? NULL
                                                         : context->find_zone(context->owner, name);
}

const struct context_forms *context_forms(void)
{
    static const struct context_forms plain;
    const struct context *context = used();

    return context == NULL || context->forms == NULL ? &plain : context->forms(context->owner);
}

/* A time that was not wanted so far is now. */
static int64_t settle(const struct context *context, int64_t *time)
{
    if (*time == CONTEXT_UNSET) {
        *time = context->clock == NULL ? 0 : context->clock(context->owner);
    }
    return *time;
}

int64_t context_transaction_time(void)
{
    struct context *context = used();

    return context == NULL ? 0 : settle(context, &context->transaction_time);
}

int64_t context_statement_time(void)
{
    struct context *context = used();

    return context == NULL ? 0 : settle(context, &context->statement_time);
}

int64_t context_clock(void)
{
    const struct context *context = used();

    return context == NULL || context->clock == NULL ? 0 : context->clock(context->owner);
}

vv_status context_find_object(enum value_type type, vv_slice name, uint32_t *oid_out,
                              struct vv_error *error)
{
    const struct context *context = used();

    *oid_out = 0;
    return context == NULL || context->find_object == NULL
               ? VV_NOT_FOUND
               : context->find_object(context->owner, type, name, oid_out, error);
}

size_t context_name_object(enum value_type type, uint32_t oid, char *to)
{
    const struct context *context = used();

    return context == NULL || context->name_object == NULL
               ? 0
               : context->name_object(context->owner, type, oid, to);
}
