/* explain_write.c - see explain_write.h. */
#include "plan/explain_write.h"

#include "base/assert.h"

#include <ctype.h>

static void property(struct explain_writer *writer, const char *label, const char *value,
                     bool quoted);
static void json_next(struct explain_writer *writer);
static void yaml_next(struct explain_writer *writer);
static void spaces(struct explain_writer *writer, uint32_t count);
static void quoted_text(struct explain_writer *writer, const char *value);
static void xml_text(struct explain_writer *writer, const char *value);
static void xml_tag(struct explain_writer *writer, const char *name, bool closes);
static bool *member_flag(struct explain_writer *writer);

void explain_begin(struct explain_writer *writer, struct arena *arena, enum command_format format)
{
    *writer = (struct explain_writer){.arena = arena, .format = format, .out = {.arena = arena}};
    switch (format) {
    case COMMAND_FORMAT_TEXT:
        return;
    case COMMAND_FORMAT_XML:
        deparse_append(&writer->out,
                       "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
        writer->indent = 1;
        return;
    case COMMAND_FORMAT_JSON:
        deparse_append(&writer->out, "[");
        writer->indent = 1;
        writer->group_count = 1;
        return;
    case COMMAND_FORMAT_YAML:
        writer->group_count = 1;
        return;
    }
}

vv_status explain_end(struct explain_writer *writer, const char *const **lines_out,
                      uint32_t *count_out)
{
    *lines_out = NULL;
    *count_out = 0;
    if (writer->format == COMMAND_FORMAT_XML) {
        deparse_append(&writer->out, "</explain>");
    } else if (writer->format == COMMAND_FORMAT_JSON) {
        deparse_append(&writer->out, "\n]");
    }
    if (!explain_is_text(writer)) {
        explain_line(writer, deparse_end(&writer->out));
    }
    if (writer->failed) {
        return VV_NOMEM;
    }
    *lines_out = writer->lines;
    *count_out = writer->line_count;
    return VV_OK;
}

void explain_line(struct explain_writer *writer, const char *line)
{
    if (line != NULL && writer->line_count == writer->line_capacity) {
        uint32_t capacity = writer->line_capacity * 2 + 16;
        const char **larger = ARENA_ARRAY(writer->arena, const char *, capacity);

        for (uint32_t i = 0; larger != NULL && i < writer->line_count; i++) {
            larger[i] = writer->lines[i];
        }
        writer->lines = larger;
        writer->line_capacity = capacity;
    }
    if (line == NULL || writer->lines == NULL) {
        writer->failed = true;
    } else {
        writer->lines[writer->line_count++] = line;
    }
}

void explain_group_begin(struct explain_writer *writer, const char *kind, const char *label,
                         bool object)
{
    switch (writer->format) {
    case COMMAND_FORMAT_TEXT:
        return;
    case COMMAND_FORMAT_XML:
        xml_tag(writer, kind, false);
        break;
    case COMMAND_FORMAT_JSON:
        json_next(writer);
        if (label != NULL) {
            quoted_text(writer, label);
            deparse_append(&writer->out, ": ");
        }
        deparse_append(&writer->out, object ? "{" : "[");
        break;
    case COMMAND_FORMAT_YAML:
        yaml_next(writer);
        if (label != NULL) {
            deparse_append(&writer->out, "%s: ", label);
        } else {
            deparse_append(&writer->out, "- ");
        }
        break;
    }
    writer->group_count++;
    writer->indent++;
    *member_flag(writer) = writer->format == COMMAND_FORMAT_YAML && label != NULL;
}

void explain_group_end(struct explain_writer *writer, const char *kind, bool object)
{
    if (explain_is_text(writer)) {
        return;
    }
    writer->indent--;
    writer->group_count--;
    if (writer->format == COMMAND_FORMAT_XML) {
        xml_tag(writer, kind, true);
    } else if (writer->format == COMMAND_FORMAT_JSON) {
        deparse_append(&writer->out, "\n");
        spaces(writer, writer->indent * 2);
        deparse_append(&writer->out, object ? "}" : "]");
    }
}

void explain_text(struct explain_writer *writer, const char *label, const char *value)
{
    property(writer, label, value, true);
}

void explain_number(struct explain_writer *writer, const char *label, double value, int digits)
{
    property(writer, label, arena_format(writer->arena, "%.*f", digits, value), false);
}

void explain_bool(struct explain_writer *writer, const char *label, bool value)
{
    property(writer, label, value ? "true" : "false", false);
}

void explain_list_begin(struct explain_writer *writer, const char *label)
{
    switch (writer->format) {
    case COMMAND_FORMAT_TEXT:
        return;
    case COMMAND_FORMAT_XML:
        xml_tag(writer, label, false);
        return;
    case COMMAND_FORMAT_JSON:
        json_next(writer);
        quoted_text(writer, label);
        deparse_append(&writer->out, ": [");
        return;
    case COMMAND_FORMAT_YAML:
        yaml_next(writer);
        deparse_append(&writer->out, "%s: ", label);
        return;
    }
}

void explain_list_item(struct explain_writer *writer, const char *value, bool is_first)
{
    if (value == NULL) {
        writer->failed = true;
        return;
    }
    switch (writer->format) {
    case COMMAND_FORMAT_TEXT:
        return;
    case COMMAND_FORMAT_XML:
        spaces(writer, writer->indent * 2 + 2);
        deparse_append(&writer->out, "<Item>");
        xml_text(writer, value);
        deparse_append(&writer->out, "</Item>\n");
        return;
    case COMMAND_FORMAT_JSON:
        deparse_append(&writer->out, is_first ? "" : ", ");
        quoted_text(writer, value);
        return;
    case COMMAND_FORMAT_YAML:
        deparse_append(&writer->out, "\n");
        spaces(writer, writer->indent * 2 + 2);
        deparse_append(&writer->out, "- ");
        quoted_text(writer, value);
        return;
    }
}

void explain_list_end(struct explain_writer *writer, const char *label)
{
    if (writer->format == COMMAND_FORMAT_XML) {
        xml_tag(writer, label, true);
    } else if (writer->format == COMMAND_FORMAT_JSON) {
        deparse_append(&writer->out, "]");
    }
}

static void property(struct explain_writer *writer, const char *label, const char *value,
                     bool quoted)
{
    if (value == NULL) {
        writer->failed = true;
        return;
    }
    switch (writer->format) {
    case COMMAND_FORMAT_TEXT:
        return;
    case COMMAND_FORMAT_XML:
        xml_tag(writer, label, false);
        writer->out.size--; /* the value stands in the line of its tags */
        xml_text(writer, value);
        {
            uint32_t indent = writer->indent;

            writer->indent = 0;
            xml_tag(writer, label, true);
            writer->indent = indent;
        }
        return;
    case COMMAND_FORMAT_JSON:
        json_next(writer);
        quoted_text(writer, label);
        deparse_append(&writer->out, ": ");
        break;
    case COMMAND_FORMAT_YAML:
        yaml_next(writer);
        deparse_append(&writer->out, "%s: ", label);
        break;
    }
    if (quoted) {
        quoted_text(writer, value);
    } else {
        deparse_append(&writer->out, "%s", value);
    }
}

/* A new line for the next member of the group. */
static void json_next(struct explain_writer *writer)
{
    bool *has_member = member_flag(writer);

    deparse_append(&writer->out, *has_member ? ",\n" : "\n");
    *has_member = true;
    spaces(writer, writer->indent * 2);
}

static void yaml_next(struct explain_writer *writer)
{
    bool *has_member = member_flag(writer);

    if (*has_member) {
        deparse_append(&writer->out, "\n");
        spaces(writer, writer->indent * 2);
    }
    *has_member = true;
}

static void spaces(struct explain_writer *writer, uint32_t count)
{
    deparse_append(&writer->out, "%*s", (int)count, "");
}

/* As JSON, which YAML takes too. */
static void quoted_text(struct explain_writer *writer, const char *value)
{
    deparse_append(&writer->out, "\"");
    for (; *value != '\0'; value++) {
        switch (*value) {
        case '\b':
            deparse_append(&writer->out, "\\b");
            break;
        case '\f':
            deparse_append(&writer->out, "\\f");
            break;
        case '\n':
            deparse_append(&writer->out, "\\n");
            break;
        case '\r':
            deparse_append(&writer->out, "\\r");
            break;
        case '\t':
            deparse_append(&writer->out, "\\t");
            break;
        case '"':
        case '\\':
            deparse_append(&writer->out, "\\%c", *value);
            break;
        default:
            if ((unsigned char)*value < ' ') {
                deparse_append(&writer->out, "\\u%04x", (unsigned)*value);
            } else {
                deparse_bytes(&writer->out, value, 1);
            }
        }
    }
    deparse_append(&writer->out, "\"");
}

static void xml_text(struct explain_writer *writer, const char *value)
{
    for (; *value != '\0'; value++) {
        switch (*value) {
        case '&':
            deparse_append(&writer->out, "&amp;");
            break;
        case '<':
            deparse_append(&writer->out, "&lt;");
            break;
        case '>':
            deparse_append(&writer->out, "&gt;");
            break;
        case '\r':
            deparse_append(&writer->out, "&#x0d;");
            break;
        default:
            deparse_bytes(&writer->out, value, 1);
        }
    }
}

/* On a line of its own. */
static void xml_tag(struct explain_writer *writer, const char *name, bool closes)
{
    spaces(writer, writer->indent * 2);
    deparse_append(&writer->out, closes ? "</" : "<");
    for (; *name != '\0'; name++) {
        bool plain = isalnum((unsigned char)*name) || strchr("-_.", *name) != NULL;

        deparse_append(&writer->out, "%c", plain ? *name : '-');
    }
    deparse_append(&writer->out, ">\n");
}

static bool *member_flag(struct explain_writer *writer)
{
    uint32_t group = writer->group_count < EXPLAIN_GROUPS_MAX ? writer->group_count : 0;

    return &writer->has_member[group];
}
