/*
 * rule_sink_projects.c - one projection right above where the rows come from, where two stood.
 *
 * The binder takes hidden ORDER BY columns away with a projection on top of the limit. Below a limit it
 * does the same; and two projections in a row are one when the upper only picks columns:
 *
 *     project (#0) <- limit <- sort #1 <- project (a, b)
 *     limit <- project (#0) <- sort #1 <- project (a, b)
 *
 * The sort stays between; if an index gives the order, the planner joins the two (planner.c).
 */
#include "optimize/optimize_private.h"

static bool only_picks(const struct logical_node *project)
{
    for (uint32_t i = 0; i < project->column_count; i++) {
        if (project->project.exprs[i]->kind != EXPR_COLUMN) {
            return false;
        }
    }
    return true;
}

static vv_status sink(struct optimizer *o, const struct logical_node **node)
{
    const struct logical_node *project = *node;
    const struct logical_node *limit = NULL;
    const struct logical_node *lower = NULL;

    if (project->kind != LOGICAL_PROJECT || project->inputs[0]->kind != LOGICAL_LIMIT ||
        !only_picks(project)) {
        return VV_OK;
    }
    limit = project->inputs[0];
    if (limit->limit.tie_count > 0) {
        return VV_OK; /* it reads columns that the projection takes away */
    }
    lower = rewrite_over(o, project, limit->inputs[0]);
    if (lower == NULL) {
        return VV_NOMEM;
    }
    *node = logical_limit(o->arena, lower, limit->limit.count, limit->limit.offset);
    return *node == NULL ? VV_NOMEM : VV_OK;
}

vv_status rule_sink_projects(struct optimizer *o, const struct logical_node **node)
{
    return rewrite_nodes(o, node, sink);
}
