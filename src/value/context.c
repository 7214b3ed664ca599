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
