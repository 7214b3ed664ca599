/*
 * functions_overlaps.c - OVERLAPS: whether two stretches of time have a moment in common (9.9).
 *
 * A stretch is [start, end), given by both ends in either order, or by one and a length; when both ends are the same
 * it is that moment. An end that is NULL is only missed where the answer depends on it (PostgreSQL:
 * overlaps_timestamp() in timestamp.c).
 */
#include "eval/datetime_math.h"
#include "eval/kernels.h"
#include "value/calendar.h"
#include "value/context.h"

struct stretch {
    int64_t start;
    int64_t end;
    bool open;    /* the end is not known */
    bool unknown; /* neither of them is */
};

/* arguments[1]: the other end, or how far it is. */
static vv_status stretch_make(struct eval_call *call, const struct value arguments[2],
                              struct stretch *out)
{
    enum value_type type = (enum value_type)arguments[0].type;
    struct value end = arguments[1];

    if (end.type == VALUE_INTERVAL && !end.null && !arguments[0].null) {
        int64_t moved = 0;

        if (type == VALUE_TIME) {
            moved = (arguments[0].integer + end.interval.time % CALENDAR_DAY) % CALENDAR_DAY;
            moved += moved < 0 ? CALENDAR_DAY : 0;
        } else if (!datetime_math_add(arguments[0].integer, &end.interval,
                                      type == VALUE_TIMESTAMPTZ ? context_zone() : NULL, &moved)) {
            return eval_fault_set(EVAL_STAMP_RANGE, call->error);
        }
        end.integer = moved;
    } else if (end.type == VALUE_INTERVAL) {
        end.null = true; /* no start, no end */
    }
    *out = (struct stretch){.start = arguments[0].null ? end.integer : arguments[0].integer,
                            .end = end.integer,
                            .open = arguments[0].null || end.null,
                            .unknown = arguments[0].null && end.null};
    if (!out->open && out->start > out->end) {
        int64_t start = out->start;

        out->start = out->end;
        out->end = start;
    }
    return VV_OK;
}

/* first begins before second. */
static void reach(const struct stretch *first, const struct stretch *second, struct value *out)
{
    out->boolean = !first->open && second->start < first->end;
    out->null = first->open || (!out->boolean && second->open);
}

EVAL_SCALAR(scalar_OVERLAPS)
{
    struct stretch one = {0};
    struct stretch other = {0};

    VV_TRY(stretch_make(call, arguments, &one));
    VV_TRY(stretch_make(call, arguments + 2, &other));
    if (one.unknown || other.unknown) {
        out->null = true;
    } else if (one.start < other.start) {
        reach(&one, &other, out);
    } else if (one.start > other.start) {
        reach(&other, &one, out);
    } else {
        out->boolean = true;
        out->null = one.open || other.open;
    }
    return VV_OK;
}
