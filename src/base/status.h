/*
 * status.h - the one enum of expected trouble, made from status.def.
 *
 * Fallible functions return vv_status and are VV_MUST_USE. VV_TRY returns at once; VV_TRY_OR jumps to
 * the one `fail:` label of a function, which must keep the result in a variable named `status`.
 */
#ifndef VARVE_BASE_STATUS_H
#define VARVE_BASE_STATUS_H

#define VV_MUST_USE __attribute__((warn_unused_result))

typedef enum vv_status {
#define X(name, text, sqlstate) name,
#include "base/status.def"
#undef X
    VV_STATUS_COUNT
} vv_status;

/* The English text of a status; never NULL. */
const char *status_text(vv_status status);

/* The five-character SQLSTATE of a status; never NULL. */
const char *status_sqlstate(vv_status status);

/* The name of a status ("VV_OK"), for tests and logs; never NULL. */
const char *status_name(vv_status status);

#define VV_TRY(call)                                       \
    do {                                                   \
        vv_status vv_try_status = (call);                  \
        if (__builtin_expect(vv_try_status != VV_OK, 0)) { \
            return vv_try_status;                          \
        }                                                  \
    } while (0)

#define VV_TRY_OR(label, call)                      \
    do {                                            \
        status = (call);                            \
        if (__builtin_expect(status != VV_OK, 0)) { \
            goto label;                             \
        }                                           \
    } while (0)

#endif
