/* row_private.h - the first byte of a numeric that is not finite. */
#ifndef VARVE_VALUE_ROW_PRIVATE_H
#define VARVE_VALUE_ROW_PRIVATE_H

#define ROW_MINUS_INFINITY 253u
#define ROW_PLUS_INFINITY  254u
#define ROW_NAN            255u

#endif
