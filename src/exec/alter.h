/*
 * alter.h - ALTER TABLE: runs what the binder has worked out (plan/alter.h), through the catalog.
 *
 * Threads: as the session.
 */
#ifndef VARVE_EXEC_ALTER_H
#define VARVE_EXEC_ALTER_H

#include "catalog/catalog.h"
#include "exec/exec.h"
#include "plan/alter.h"
#include "plan/command.h"

/* The whole statement. VV_CHANGED: bind again. VV_WAITING: call again. */
VV_MUST_USE vv_status alter_run(const struct exec_env *env, const struct catalog_ddl *ddl,
                                const struct command *command);

/* The rows of one ALTER TABLE. */
struct alter_rows {
    struct exec *exec;
    const struct alter_plan *plan;
    struct vv_error *error;
};

/* Reads all rows: writes them anew into fresh's map, or only looks whether they obey. catalog_alteration.rows */
VV_MUST_USE vv_status alter_rows_run(void *context, const struct table_def *old,
                                     const struct table_def *fresh);

#endif
