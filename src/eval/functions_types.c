/*
 * functions_types.c - functions of SMALLINT, CHAR and UUID, and the casts that change nothing but the type.
 */
#include "eval/kernels_types.h"

/* SMALLINT to INTEGER, REAL to DOUBLE, VARCHAR to TEXT: the vectors hold the same. */
EVAL_KERNEL(kernel_RETAG)
{
    eval_copy_rows(call->out, call->arguments[0], call->rows);
    return VV_OK;
}

EVAL_SCALAR(scalar_SMALLINT_NEGATE)
{
    out->integer = -arguments[0].integer;
    return out->integer > INT16_MAX ? eval_fault_set(EVAL_SMALLINT_RANGE, call->error) : VV_OK;
}

EVAL_SCALAR(scalar_SMALLINT_ABSOLUTE)
{
    *out = arguments[0];
    return arguments[0].integer < 0 ? scalar_SMALLINT_NEGATE(call, arguments, out) : VV_OK;
}

/* Characters, the blanks at the end not counted. */
EVAL_SCALAR(scalar_BPCHAR_LENGTH)
{
    vv_slice text = value_without_blanks(arguments[0].bytes);

    (void)call;
    out->integer = 0;
    for (size_t i = 0; i < text.size; i++) {
        out->integer += (text.data[i] & 0xC0) != 0x80;
    }
    return VV_OK;
}
