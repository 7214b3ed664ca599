/* cast_private.h - the part of the casts that knows dates and times. */
#ifndef VARVE_VALUE_CAST_PRIVATE_H
#define VARVE_VALUE_CAST_PRIVATE_H

#include "base/error.h"
#include "value/value.h"

/* Among DATE, TIME, TIMESTAMP, TIMESTAMPTZ and INTERVAL. *out has its type. 22008. */
VV_MUST_USE vv_status cast_datetime(const struct value *from, enum value_type to, struct value *out,
                                    struct vv_error *error);

#endif
