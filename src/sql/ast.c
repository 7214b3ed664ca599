/*
 * ast.c - what can be done with all nodes alike: equality, height, dump. Works on the table of fields
 * that ast.def expands to; left spines are followed in loops (A1).
 */
#include "sql/ast_private.h"

#include "sql/out.h"

static bool field_equal(const struct ast *a, const struct ast *b,
                        const struct ast_field_place *field);
static bool name_equal(const struct ast_name *a, const struct ast_name *b);
static void dump(struct out *out, const struct ast *node);
static void dump_spine(struct out *out, const struct ast *node);
static void dump_fields(struct out *out, const struct ast *node);
static void dump_field(struct out *out, const struct ast *node,
                       const struct ast_field_place *field);
static void dump_text(struct out *out, vv_slice text);
static const void *field_at(const struct ast *node, const struct ast_field_place *field);

#define ONE(x)        {offsetof(current, x), AST_FIELD_ONE, #x},
#define MANY(x)       {offsetof(current, x), AST_FIELD_MANY, #x},
#define TEXT(x)       {offsetof(current, x), AST_FIELD_TEXT, #x},
#define NAME(x)       {offsetof(current, x), AST_FIELD_NAME, #x},
#define FLAG(x)       {offsetof(current, x), AST_FIELD_FLAG, #x},
#define NUMBER(x)     {offsetof(current, x), AST_FIELD_NUMBER, #x},
#define KIND(type, x) {offsetof(current, x), AST_FIELD_KIND, #x},

const struct ast_field_place *ast_fields(enum ast_tag tag)
{
    switch (tag) {
#define NODE(tag, name, fields)                                                      \
    case tag: {                                                                      \
        typedef struct ast_##name current __attribute__((unused));                   \
        static const struct ast_field_place list[] = {fields{0, AST_FIELD_END, ""}}; \
        return list;                                                                 \
    }
#include "sql/ast.def"
#undef NODE
    case AST_NONE:
    case AST_TAG_COUNT:
        break;
    }
    VV_ASSERT(false && "a tag of ast.def");
    return NULL;
}

#undef ONE
#undef MANY
#undef TEXT
#undef NAME
#undef FLAG
#undef NUMBER
#undef KIND

static const struct {
    const char *text;
    size_t size;
} tags[] = {
    {"AST_NONE", 0},
#define NODE(tag, name, fields) {#tag, sizeof(struct ast_##name)},
#include "sql/ast.def"
#undef NODE
};

const char *ast_tag_text(enum ast_tag tag)
{
    VV_ASSERT((unsigned)tag < AST_TAG_COUNT);
    return tags[tag].text;
}

size_t ast_size(enum ast_tag tag)
{
    VV_ASSERT((unsigned)tag < AST_TAG_COUNT);
    return tags[tag].size;
}

struct ast *ast_left(const struct ast *node)
{
    switch (node->tag) {
    case AST_BINARY:
        return AST_AS(binary, node)->left;
    case AST_SET_OPERATION:
        return AST_AS(set_operation, node)->left;
    case AST_JOIN:
        return AST_AS(join, node)->left;
    default:
        return NULL;
    }
}

uint32_t ast_height(const struct ast *node)
{
    const struct ast_field_place *field = ast_fields((enum ast_tag)node->tag);
    const struct ast *left = ast_left(node);
    uint32_t height = 0;

    for (; field->type != AST_FIELD_END; field++) {
        if (field->type == AST_FIELD_ONE) {
            const struct ast *child = *(struct ast *const *)field_at(node, field);

            if (child != NULL && child != left && child->height + 1u > height) {
                height = child->height + 1u;
            }
        } else if (field->type == AST_FIELD_MANY) {
            ast_for_each(item, (const struct ast_list *)field_at(node, field))
            {
                height = item->height + 1u > height ? item->height + 1u : height;
            }
        }
    }
    /* A spine adds a level where it begins, none for its length. */
    if (left != NULL) {
        uint32_t below = left->height + (left->tag == node->tag ? 0u : 1u);

        height = below > height ? below : height;
    }
    return height;
}

bool ast_equal(const struct ast *a, const struct ast *b)
{
    while (a != NULL && b != NULL) {
        const struct ast_field_place *field = NULL;
        const struct ast *a_left = ast_left(a);

        if (a->tag != b->tag) {
            return false;
        }
        for (field = ast_fields((enum ast_tag)a->tag); field->type != AST_FIELD_END; field++) {
            bool is_left = a_left != NULL && field->type == AST_FIELD_ONE &&
                           *(struct ast *const *)field_at(a, field) == a_left;

            if (!is_left && !field_equal(a, b, field)) {
                return false;
            }
        }
        if (a_left == NULL) {
            return true;
        }
        a = a_left;
        b = ast_left(b);
    }
    return a == b;
}

static bool field_equal(const struct ast *a, const struct ast *b,
                        const struct ast_field_place *field)
{
    const void *x = field_at(a, field);
    const void *y = field_at(b, field);

    switch (field->type) {
    case AST_FIELD_ONE:
        return ast_equal(*(struct ast *const *)x, *(struct ast *const *)y);
    case AST_FIELD_MANY: {
        const struct ast *item = ((const struct ast_list *)y)->first;

        if (((const struct ast_list *)x)->count != ((const struct ast_list *)y)->count) {
            return false;
        }
        ast_for_each(other, (const struct ast_list *)x)
        {
            if (!ast_equal(other, item)) {
                return false;
            }
            item = item->next;
        }
        return true;
    }
    case AST_FIELD_TEXT:
        return slice_equal(*(const vv_slice *)x, *(const vv_slice *)y);
    case AST_FIELD_NAME:
        return name_equal(x, y);
    case AST_FIELD_FLAG:
        return *(const bool *)x == *(const bool *)y;
    case AST_FIELD_NUMBER:
        return *(const int64_t *)x == *(const int64_t *)y;
    default:
        return *(const unsigned *)x == *(const unsigned *)y;
    }
}

static bool name_equal(const struct ast_name *a, const struct ast_name *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (!slice_equal(a->parts[i], b->parts[i])) {
            return false;
        }
    }
    return true;
}

char *ast_dump(struct arena *arena, const struct ast *node)
{
    struct out out;
    vv_slice text;

    out_init(&out, arena);
    dump(&out, node);
    return out_finish(&out, &text) ? out.data : NULL;
}

static void dump(struct out *out, const struct ast *node)
{
    if (node == NULL) {
        out_text(out, "-");
        return;
    }
    if (ast_left(node) != NULL) {
        dump_spine(out, node);
        return;
    }
    out_text(out, "(");
    out_text(out, ast_tag_text((enum ast_tag)node->tag) + 4);
    dump_fields(out, node);
    out_text(out, ")");
}

/* Bottom up in postfix form, since a spine may be too long to recurse: [a b (BINARY …) c (BINARY …)]. */
static void dump_spine(struct out *out, const struct ast *node)
{
    const struct ast **spine = NULL;
    const struct ast *bottom = node;
    size_t length = 0;

    for (; ast_left(bottom) != NULL; bottom = ast_left(bottom)) {
        length++;
    }
    spine = ARENA_ARRAY(out->arena, const struct ast *, length);
    if (spine == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = length; i > 0; i--) {
        spine[i - 1] = node;
        node = ast_left(node);
    }
    out_text(out, "[");
    dump(out, bottom);
    for (size_t i = 0; i < length; i++) {
        out_text(out, " (");
        out_text(out, ast_tag_text((enum ast_tag)spine[i]->tag) + 4);
        dump_fields(out, spine[i]);
        out_text(out, ")");
    }
    out_text(out, "]");
}

static void dump_fields(struct out *out, const struct ast *node)
{
    const struct ast_field_place *field = ast_fields((enum ast_tag)node->tag);
    const struct ast *left = ast_left(node);

    for (; field->type != AST_FIELD_END; field++) {
        if (left == NULL || field->type != AST_FIELD_ONE ||
            *(struct ast *const *)field_at(node, field) != left) {
            dump_field(out, node, field);
        }
    }
}

static void dump_field(struct out *out, const struct ast *node, const struct ast_field_place *field)
{
    const void *at = field_at(node, field);
    const struct ast_name *name = at;

    out_text(out, " ");
    out_text(out, field->name);
    out_text(out, "=");
    switch (field->type) {
    case AST_FIELD_ONE:
        dump(out, *(struct ast *const *)at);
        break;
    case AST_FIELD_MANY:
        out_text(out, "{");
        ast_for_each(item, (const struct ast_list *)at)
        {
            dump(out, item);
        }
        out_text(out, "}");
        break;
    case AST_FIELD_TEXT:
        dump_text(out, *(const vv_slice *)at);
        break;
    case AST_FIELD_NAME:
        for (uint32_t i = 0; i < name->count; i++) {
            dump_text(out, name->parts[i]);
        }
        break;
    case AST_FIELD_FLAG:
        out_text(out, *(const bool *)at ? "yes" : "no");
        break;
    case AST_FIELD_NUMBER:
        out_number(out, *(const int64_t *)at);
        break;
    default:
        out_number(out, *(const unsigned *)at);
        break;
    }
}

static void dump_text(struct out *out, vv_slice text)
{
    out_text(out, "<");
    out_slice(out, text);
    out_text(out, ">");
}

static const void *field_at(const struct ast *node, const struct ast_field_place *field)
{
    return (const char *)node + field->offset;
}
