/*
 * session.h - what functions may ask of the session that runs them: its random numbers, its user, its settings.
 *
 * The session owns one and every state that runs for it borrows it (eval_attach). A state without a session
 * (constant folding, tests) has random numbers of its own and no settings.
 *
 * random() is PostgreSQL 15's generator (xoroshiro128**), so that setseed() gives the sequence known from there.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EVAL_SESSION_H
#define VARVE_EVAL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/status.h"

#define SESSION_SETTING_BYTES 1024 /* room for a setting's text */

struct session_random {
    uint64_t words[2];
};

struct arena;
struct session_catalog_call;
struct session_sequence_use;
struct context;
struct value;

struct eval_session {
    struct context *context; /* time zone and clock (value/context.h); NULL: none */
    struct session_random random;
    const char *user;     /* current_user, session_user */
    const char *database; /* current_catalog */
    void *owner;          /* for the functions below */
    /* Bytes that nobody can foresee. */
    void (*entropy)(void *owner, void *bytes, size_t size);
    /* SHOW name into text[SESSION_SETTING_BYTES]. VV_NOT_FOUND: there is no such setting. */
    vv_status (*setting_get)(void *owner, const char *name, char *text, struct vv_error *error);
    /* SET [LOCAL] name TO value. VV_ERROR. */
    vv_status (*setting_set)(void *owner, const char *name, const char *value, bool local,
                             struct vv_error *error);
    /* pg_sleep(): the statement sleeps that much longer, when its batch of rows is computed. NULL: nobody can. */
    void (*sleep)(void *owner, double seconds);
    /* nextval() and its kin. NULL: there are no sequences here. VV_ERROR. */
    vv_status (*sequence)(void *owner, const struct session_sequence_use *use, int64_t *value_out,
                          struct vv_error *error);
    /* pg_get_indexdef() and its kin. NULL: there is no catalog here. *out has its type. VV_ERROR. */
    vv_status (*catalog)(void *owner, const struct session_catalog_call *call, struct value *out,
                         struct vv_error *error);
};

/* A call of one of the functions over the catalogs (plan/functions_catalog.def). */
struct session_catalog_call {
    uint16_t function; /* enum function_id */
    uint32_t argument_count;
    const struct value *arguments;
    struct arena *arena; /* for the result's strings */
};

enum session_sequence_call { SESSION_NEXTVAL, SESSION_CURRVAL, SESSION_LASTVAL, SESSION_SETVAL };

struct session_sequence_use {
    enum session_sequence_call call;
    vv_slice name; /* as an identifier is written; size 0: by id, or LASTVAL */
    uint32_t id;
    int64_t value; /* SETVAL */
    bool called;   /* SETVAL */
};

/* setseed(): seed in [-1, 1]. */
void session_random_seed(struct session_random *random, double seed);
/* From any 64 bits, as at the start of a session. */
void session_random_start(struct session_random *random, uint64_t seed);
/* Uniform in [0, 1). */
double session_random_next(struct session_random *random);
/* 64 uniform bits. */
uint64_t session_random_bits(struct session_random *random);

#endif
