/* kernels.h - the code that functions.def names, and what its files share. */
#ifndef VARVE_EVAL_KERNELS_H
#define VARVE_EVAL_KERNELS_H

#include "eval/eval_private.h"

#define KERNEL(id, code) EVAL_KERNEL(kernel_##code);
#define SCALAR(id, code) EVAL_SCALAR(scalar_##code);
#include "eval/functions.def"

EVAL_SCALAR(scalar_CAST_COMPARED); /* of EXPR_CAST with CAST_COMPARED, whatever its function */

/* ---- functions_math.c ---- */

/* 2201E: cannot take logarithm of zero, or of a negative number. */
vv_status eval_logarithm_error(struct eval_call *call, bool zero);
/* What width_bucket() refuses: 2201G. */
VV_MUST_USE vv_status eval_bucket_check(struct eval_call *call, int64_t count, bool nan,
                                        bool infinite, bool equal);

#endif
