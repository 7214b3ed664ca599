/*
 * precedence.h - how tightly operators bind: PostgreSQL 15's table, loosest first. The parser climbs it,
 * the printer sets parentheses by it.
 */
#ifndef VARVE_SQL_PRECEDENCE_H
#define VARVE_SQL_PRECEDENCE_H

#include "base/slice.h"

enum precedence {
    PREC_NONE,
    PREC_OR,
    PREC_AND,
    PREC_NOT,
    PREC_IS,         /* not associative */
    PREC_COMPARISON, /* not associative: < > = <= >= <> */
    PREC_LIKE,       /* not associative: BETWEEN IN LIKE ILIKE SIMILAR */
    PREC_OTHER,      /* any other operator */
    PREC_ADD,
    PREC_MULTIPLY,
    PREC_POWER,
    PREC_AT, /* AT TIME ZONE */
    PREC_COLLATE,
    PREC_SIGN,
    PREC_CAST,
    PREC_PRIMARY /* constants, names, calls, parentheses */
};

/* Of an operator's text between two operands. */
static inline enum precedence precedence_of_operator(vv_slice op)
{
    char first = op.size == 0 ? '\0' : (char)op.data[0];

    if (op.size == 2 && (memcmp(op.data, "<=", 2) == 0 || memcmp(op.data, ">=", 2) == 0 ||
                         memcmp(op.data, "<>", 2) == 0 || memcmp(op.data, "!=", 2) == 0)) {
        return PREC_COMPARISON;
    }
    if (op.size != 1) {
        return PREC_OTHER;
    }
    switch (first) {
    case '<':
    case '>':
    case '=':
        return PREC_COMPARISON;
    case '+':
    case '-':
        return PREC_ADD;
    case '*':
    case '/':
    case '%':
        return PREC_MULTIPLY;
    case '^':
        return PREC_POWER;
    default:
        return PREC_OTHER;
    }
}

#endif
