/*
 * explain.h - a physical plan as PostgreSQL's EXPLAIN shows it, in any of its formats.
 *
 * Threads: any; nothing is shared.
 */
#ifndef VARVE_PLAN_EXPLAIN_H
#define VARVE_PLAN_EXPLAIN_H

#include "base/arena.h"
#include "base/status.h"
#include "plan/command.h"
#include "plan/physical.h"

/* What a run has told of a node; times are of all loops, children included. */
struct explain_measure {
    double startup_ms; /* until the first row */
    double total_ms;
    double rows;
    double loops;         /* 0: never executed */
    double removed_rows;  /* by the node's filter, or that of ON CONFLICT */
    double inserted_rows; /* ON CONFLICT: without one */
    double conflict_rows;
    double logged_changes; /* children included */
    double logged_bytes;
    double memory_bytes; /* of rows kept by a sort or groups; 0: none, or not at its end */
    bool top_rows;       /* a sort kept only the first ones */
};

struct explain_setting {
    const char *name;
    const char *value;
};

struct explain_request {
    const struct physical_plan *plan;
    struct command_explain_options options;
    const struct explain_setting *settings; /* with options.settings */
    uint32_t setting_count;
    double planning_ms;
    double execution_ms; /* with options.analyze */
    /* With options.analyze. False: the node did not run. */
    bool (*measure)(void *context, const struct physical_node *node,
                    struct explain_measure *measure_out);
    void *context;
};

/* The lines of the plan, without newlines, or one document with newlines, in the arena. VV_NOMEM. */
VV_MUST_USE vv_status explain_print(const struct explain_request *request, struct arena *arena,
                                    const char *const **lines_out, uint32_t *line_count_out);

#endif
