/*
 * bind_group.c - from expressions over the input to expressions over groups.
 *
 * A query with GROUP BY, HAVING or an aggregate runs in two halves. Below the aggregate node expressions
 * see rows; above it they see the group keys and the aggregates, and nothing else: what is equal to a
 * key becomes that column, an aggregate becomes its column, any other column is an error, unless the
 * keys hold the table's primary key, which determines it: then the column becomes one more key.
 *
 * A key whose collation folds is grouped by its fold; the text itself is that of the group's first row, an aggregate.
 *
 * Keys may still grow while expressions are rewritten, so an aggregate is first numbered from
 * AGGREGATES_FROM and renumbered at the end.
 */
#include "base/limits.h"
#include "plan/bind_private.h"

#define AGGREGATES_FROM (1u << 30)

/* Room for one more pointer; doubles. */
static vv_status list_grow(struct binder *binder, const struct expr ***list, uint32_t count,
                           uint32_t *capacity)
{
    const struct expr **larger = NULL;

    if (count < *capacity) {
        return VV_OK;
    }
    larger = ARENA_ARRAY(binder->arena, const struct expr *, *capacity * 2 + 8);
    if (larger == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        larger[i] = (*list)[i];
    }
    *list = larger;
    *capacity = *capacity * 2 + 8;
    return VV_OK;
}

static vv_status key_add(struct binder *binder, struct bind_group *group, const struct expr *key,
                         const struct expr *text)
{
    VV_TRY(list_grow(binder, &group->keys, group->key_count, &group->key_capacity));
    VV_TRY(list_grow(binder, &group->texts, group->key_count, &group->text_capacity));
    group->keys[group->key_count] = key;
    group->texts[group->key_count++] = text;
    return VV_OK;
}

vv_status bind_group_add_key(struct binder *binder, struct bind_group *group,
                             const struct expr *key)
{
    const struct expr *text = key;

    VV_TRY(bind_collation_fold_key(binder, &key));
    for (uint32_t i = 0; i < group->key_count; i++) {
        if (expr_equal(group->keys[i], key)) {
            return VV_OK;
        }
    }
    return key_add(binder, group, key, text == key ? NULL : text);
}

static bool keys_hold_column(const struct bind_group *group, uint32_t column)
{
    for (uint32_t i = 0; i < group->key_count; i++) {
        const struct expr *key = group->texts[i] != NULL ? group->texts[i] : group->keys[i];

        if (key->kind == EXPR_COLUMN && key->column == column &&
            key->collating != EXPR_COLLATION_WRITTEN) {
            return true;
        }
    }
    return false;
}

void bind_group_find_primary_key(struct binder *binder, struct bind_group *group)
{
    const struct table_index *key =
        binder->relation_count == 1 ? table_def_key(binder->relations[0].table) : NULL;

    group->by_primary_key = key != NULL;
    for (uint32_t i = 0; key != NULL && i < key->part_count; i++) {
        group->by_primary_key &= keys_hold_column(group, key->parts[i].column);
    }
}

static vv_status column_make(struct binder *binder, uint32_t column, const struct expr *like,
                             const struct expr **expr_out)
{
    struct expr *copy = NULL;

    *expr_out = expr_column_collated(binder->arena, column, (enum value_type)like->type,
                                     (enum value_collation)like->collation, like->position);
    if (*expr_out != NULL && like->collating != EXPR_COLLATION_IMPLICIT) {
        copy = arena_copy(binder->arena, *expr_out, sizeof *copy);
        *expr_out = copy;
        if (copy != NULL) {
            copy->collating = like->collating;
        }
    }
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* The text of a group's first row: an aggregate of its type. */
static vv_status first_make(struct binder *binder, const struct expr *text,
                            const struct expr **expr_out)
{
    const struct expr like = {.kind = EXPR_AGGREGATE,
                              .type = text->type,
                              .function = FUNCTION_FIRST_TEXT,
                              .modifier = VALUE_NO_MODIFIER,
                              .position = text->position};

    return bind_node(binder, &like, 1, &text, expr_out);
}

static vv_status aggregate_note(struct binder *binder, struct bind_group *group,
                                const struct expr *aggregate, const struct expr **expr_out)
{
    uint32_t i = 0;

    while (i < group->aggregate_count && !expr_equal(group->aggregates[i], aggregate)) {
        i++;
    }
    if (i == group->aggregate_count) {
        VV_TRY(list_grow(binder, &group->aggregates, group->aggregate_count,
                         &group->aggregate_capacity));
        group->aggregates[group->aggregate_count++] = aggregate;
    }
    return column_make(binder, AGGREGATES_FROM + i, aggregate, expr_out);
}

/* A column that is no key: determined by the primary key, or an error. */
static vv_status column_rewrite(struct binder *binder, struct bind_group *group,
                                const struct expr *column, const struct expr **expr_out)
{
    const struct bind_relation *relation = &binder->relations[0];

    if (group->by_primary_key) {
        VV_TRY(key_add(binder, group, column,
                       NULL)); /* one text for each group, whatever its collation */
        return column_make(binder, group->key_count - 1, column, expr_out);
    }
    for (uint32_t i = 1; i < binder->relation_count; i++) {
        if (column->column >= binder->relations[i].first_column) {
            relation = &binder->relations[i];
        }
    }
    return error_set(binder->error, VV_SQLSTATE_GROUPING_ERROR, column->position,
                     "column \"%s.%s\" must appear in the GROUP BY clause or be used in an "
                     "aggregate function",
                     relation->alias,
                     relation->table->spec.columns[column->column - relation->first_column].name);
}

/* COLLATE around something that is a key, or made of keys, without it. */
static vv_status collated_rewrite(struct binder *binder, struct bind_group *group,
                                  const struct expr *expr, const struct expr **expr_out)
{
    const struct expr *plain = NULL;

    VV_TRY(bind_collation_unmark(binder, expr, &plain));
    VV_TRY(bind_group_rewrite(binder, group, plain, &plain));
    return bind_collation_mark(binder, plain, expr, expr_out);
}

vv_status bind_group_rewrite(struct binder *binder, struct bind_group *group,
                             const struct expr *expr, const struct expr **expr_out)
{
    const struct expr **arguments = NULL;
    const struct expr *first = NULL;
    bool changed = false;

    *expr_out = expr;
    for (uint32_t i = 0; i < group->key_count; i++) {
        if (expr_equal(group->keys[i], expr)) {
            return column_make(binder, i, expr, expr_out);
        }
        if (group->texts[i] != NULL && expr_equal(group->texts[i], expr)) {
            VV_TRY(first_make(binder, expr, &first));
            return aggregate_note(binder, group, first, expr_out);
        }
    }
    if (expr->collating == EXPR_COLLATION_WRITTEN) {
        return collated_rewrite(binder, group, expr, expr_out);
    }
    if (expr->kind == EXPR_AGGREGATE) {
        return aggregate_note(binder, group, expr, expr_out);
    }
    if (expr->kind == EXPR_COLUMN) {
        return column_rewrite(binder, group, expr, expr_out);
    }
    if (expr->argument_count == 0) {
        return VV_OK;
    }
    arguments = ARENA_ARRAY(binder->arena, const struct expr *, expr->argument_count);
    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(bind_group_rewrite(binder, group, expr->arguments[i], &arguments[i]));
        changed |= arguments[i] != expr->arguments[i];
    }
    return changed ? bind_node(binder, expr, expr->argument_count, arguments, expr_out) : VV_OK;
}

static const struct expr *column_number(struct arena *arena, const struct expr *column,
                                        const void *context)
{
    const struct bind_group *group = context;

    if (column->column < AGGREGATES_FROM) {
        return column;
    }
    return expr_column_collated(arena, group->key_count + (column->column - AGGREGATES_FROM),
                                (enum value_type)column->type,
                                (enum value_collation)column->collation, column->position);
}

const struct expr *bind_group_number(struct binder *binder, const struct bind_group *group,
                                     const struct expr *expr)
{
    return expr_map_columns(binder->arena, expr, column_number, group);
}
