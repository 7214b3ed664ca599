/* functions.c - the table from function ids to code. */
#include "eval/kernels.h"
#include "eval/kernels_time.h"
#include "eval/kernels_types.h"

const struct eval_function eval_functions[FUNCTION_COUNT] = {
#define KERNEL(id, code) [FUNCTION_##id] = {.kernel = kernel_##code},
#define SCALAR(id, code) [FUNCTION_##id] = {.scalar = scalar_##code},
#include "eval/functions.def"
};
