/*
 * planted.h - bugs on purpose.
 *
 * PLANTED_BUG is 1 in the fuzzers' *_planted programs, which compile one file anew with it (tools/fuzz runs
 * them: an alarm that stays silent there is broken; tools/sqlfuzz --planted does so with a library), and 0 in everything else.
 */
#ifndef VARVE_BASE_PLANTED_H
#define VARVE_BASE_PLANTED_H

#ifdef VV_PLANTED_BUG
#define PLANTED_BUG 1u
#else
#define PLANTED_BUG 0u
#endif

#endif
