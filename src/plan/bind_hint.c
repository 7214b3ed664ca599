/*
 * bind_hint.c - what a misspelt column may have meant: PostgreSQL's rules (parse_relation.c,
 * updateFuzzyAttrState), so that the same hints are given and none more.
 *
 * The distance is Levenshtein's over characters; at most HINT_DISTANCE_MAX, and at most half the name.
 * One best match or two equally good ones are named, three are silence.
 */
#include "plan/bind_private.h"

#define HINT_DISTANCE_MAX 3u
#define HINT_NAME_MAX     64u /* LIMIT_NAME_BYTES, and a NUL */

struct best {
    uint32_t distance;
    const struct bind_relation *relations[2];
    const char *columns[2];
    uint32_t count;
};

/* The characters of UTF-8 text; returns their number, at most HINT_NAME_MAX. */
static uint32_t characters(vv_slice text, uint32_t *out)
{
    uint32_t count = 0;

    for (size_t i = 0; i < text.size && count < HINT_NAME_MAX; count++) {
        out[count] = text.data[i++];
        while (i < text.size && (text.data[i] & 0xC0) == 0x80) {
            out[count] = out[count] << 8 | text.data[i++];
        }
    }
    return count;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;

    return least < c ? least : c;
}

static uint32_t distance_of(vv_slice a_text, vv_slice b_text)
{
    uint32_t a[HINT_NAME_MAX];
    uint32_t b[HINT_NAME_MAX];
    uint32_t row[HINT_NAME_MAX + 1];
    uint32_t a_count = characters(a_text, a);
    uint32_t b_count = characters(b_text, b);

    for (uint32_t k = 0; k <= b_count; k++) {
        row[k] = k;
    }
    for (uint32_t i = 0; i < a_count; i++) {
        uint32_t diagonal = row[0];

        row[0] = i + 1;
        for (uint32_t k = 0; k < b_count; k++) {
            uint32_t above = row[k + 1];

            row[k + 1] = smallest(above + 1, row[k] + 1, diagonal + (a[i] != b[k]));
            diagonal = above;
        }
    }
    return row[b_count];
}

static void best_update(struct best *best, const struct bind_relation *relation, const char *column,
                        vv_slice wanted, uint32_t penalty)
{
    uint32_t distance = 0;

    if (best->distance < penalty) {
        return;
    }
    distance = distance_of(slice_text(column), wanted);
    if (distance > wanted.size / 2) {
        return;
    }
    distance += penalty;
    if (distance > best->distance) {
        return;
    }
    if (distance < best->distance) {
        best->distance = distance;
        best->count = 0;
    } else if (best->count == 2) {
        best->count = 0;
        best->distance = distance - 1; /* too many: only better ones count from now on */
        return;
    } else if (best->count == 0 && best->distance > HINT_DISTANCE_MAX) {
        return;
    }
    best->relations[best->count] = relation;
    best->columns[best->count++] = column;
}

static void relation_search(struct best *best, const struct bind_relation *relation,
                            vv_slice qualifier, vv_slice wanted)
{
    const struct table_spec *spec = &relation->table->spec;
    uint32_t penalty =
        qualifier.size == 0 ? 0 : distance_of(slice_text(relation->alias), qualifier);

    for (uint32_t i = 0; i < spec->column_count; i++) {
        if (!spec->columns[i].dropped) {
            best_update(best, relation, spec->columns[i].name, wanted, penalty);
        }
    }
}

void bind_hint_column(struct binder *binder, vv_slice qualifier, vv_slice wanted)
{
    struct best best = {.distance = HINT_DISTANCE_MAX + 1};
    const struct bind_relation *target = binder->target;
    char *name = bind_text(binder, wanted);

    if (target != NULL && qualifier.size == 0 && name != NULL &&
        table_def_column(target->table, name) != TABLE_NO_COLUMN) {
        error_hint(binder->error,
                   "There is a column named \"%s\" in table \"%s\", but it cannot be referenced "
                   "from this part of the query.",
                   name, target->alias);
        return;
    }
    for (uint32_t i = 0; i < binder->relation_count; i++) {
        relation_search(&best, &binder->relations[i], qualifier, wanted);
    }
    if (target != NULL) {
        relation_search(&best, target, qualifier, wanted);
    }
    if (best.count == 1) {
        error_hint(binder->error, "Perhaps you meant to reference the column \"%s.%s\".",
                   best.relations[0]->alias, best.columns[0]);
    } else if (best.count == 2) {
        error_hint(binder->error,
                   "Perhaps you meant to reference the column \"%s.%s\" or the column \"%s.%s\".",
                   best.relations[0]->alias, best.columns[0], best.relations[1]->alias,
                   best.columns[1]);
    }
}
