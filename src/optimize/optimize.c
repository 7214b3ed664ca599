/* optimize.c - rules, then the physical planner, then points; the finished plan. */
#include "optimize/optimize.h"

#include "base/assert.h"
#include "optimize/optimize_private.h"
#include "plan/copy_plan.h"

typedef vv_status (*rule)(struct optimizer *o, const struct logical_node **node);

static const rule rules[] = {
#define RULE(name) rule_##name,
#include "optimize/rules.def"
#undef RULE
};

static const struct optimize_statistics nothing_known = {0};

static vv_status query_optimize(struct optimizer *o, const struct logical_node *root,
                                struct physical_plan *plan)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        VV_TRY(rules[i](o, &root));
        VV_SLOW_ASSERT(logical_verify(root)); /* each rule keeps L1 */
    }
    VV_TRY(planner_run(o, root, &plan->root));
    return point_find(o, plan->root, &plan->point);
}

/* The lock of a SELECT FOR UPDATE, below the limit and what takes hidden columns away; NULL: none. */
static const struct logical_node *lock_of(const struct logical_node *root)
{
    while (root->kind == LOGICAL_PROJECT || root->kind == LOGICAL_LIMIT) {
        root = root->inputs[0];
    }
    return root->kind == LOGICAL_LOCK ? root : NULL;
}

/* RETURNING is a projection over the write. */
static enum logical_kind write_kind(const struct logical_node *root)
{
    const struct logical_node *input = root->kind == LOGICAL_PROJECT ? root->inputs[0] : root;

    return (enum logical_kind)input->kind;
}

static void tag_fill(const struct logical_plan *logical, struct physical_plan *plan)
{
    const struct logical_node *lock = lock_of(logical->root);

    plan->result = PHYSICAL_RETURNS_COUNT;
    plan->read_only = false;
    switch (write_kind(logical->root)) {
    case LOGICAL_INSERT:
        plan->tag = "INSERT 0";
        return;
    case LOGICAL_UPDATE:
        plan->tag = "UPDATE";
        return;
    case LOGICAL_DELETE:
        plan->tag = "DELETE";
        return;
    default:
        plan->tag = "SELECT";
        plan->result = PHYSICAL_RETURNS_ROWS;
        plan->read_only = lock == NULL;
        plan->locks =
            lock == NULL ? NULL : row_lock_text((enum row_lock_strength)lock->lock.lock.strength);
        return;
    }
}

static bool command_reads_only(const struct command *command)
{
    return command->kind > COMMAND_LAST_DEFINITION && command->kind != COMMAND_ANALYZE;
}

/* EXPLAIN gets the plan of what it explains, EXECUTE that of its arguments. */
static vv_status command_optimize(struct optimizer *o, const struct logical_plan *logical,
                                  struct physical_plan *plan)
{
    bool explains = logical->command->kind == COMMAND_EXPLAIN;
    const struct logical_plan *inner = NULL;
    struct command *command = NULL;

    plan->result = PHYSICAL_RETURNS_COMMAND;
    plan->tag = logical->command->tag;
    plan->read_only = command_reads_only(logical->command);
    plan->command = logical->command;
    if (explains) {
        inner = logical->command->explain.logical;
    } else if (logical->command->kind == COMMAND_EXECUTE) {
        inner = logical->command->execute.logical;
    }
    if (inner == NULL) {
        return VV_OK;
    }
    command = ARENA_NEW(o->arena, struct command);
    if (command == NULL) {
        return VV_NOMEM;
    }
    *command = *logical->command;
    plan->command = command;
    return optimize_plan(o->statistics, inner, o->arena,
                         explains ? &command->explain.physical : &command->execute.physical,
                         o->error);
}

vv_status optimize_plan(const struct optimize_statistics *statistics,
                        const struct logical_plan *logical, struct arena *arena,
                        const struct physical_plan **plan_out, struct vv_error *error)
{
    struct optimizer o = {.arena = arena,
                          .error = error,
                          .statistics = statistics == NULL ? &nothing_known : statistics};
    struct physical_plan *plan = ARENA_NEW(arena, struct physical_plan);

    *plan_out = NULL;
    if (plan == NULL) {
        return VV_NOMEM;
    }
    plan->column_count = logical->column_count;
    plan->column_names = logical->column_names;
    plan->column_types = logical->column_types;
    plan->parameter_count = logical->parameter_count;
    plan->parameter_types = logical->parameter_types;
    plan->copy = logical->copy;
    if (logical->command != NULL) {
        VV_TRY(command_optimize(&o, logical, plan));
    } else {
        tag_fill(logical, plan);
        VV_TRY(query_optimize(&o, logical->root, plan));
        if (plan->copy != NULL) {
            plan->tag = "COPY";
            plan->point = NULL;
        }
        VV_SLOW_ASSERT(physical_verify(plan)); /* O2 */
    }
    *plan_out = plan;
    return VV_OK;
}
