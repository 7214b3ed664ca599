/*
 * explain_write.h - the four formats of EXPLAIN: lines of text, or one JSON, XML or YAML document.
 *
 * As PostgreSQL's explain.c has them: groups that are objects or lists, with properties in them. In the text format
 * groups and properties write nothing; whoever prints text adds lines.
 *
 * Threads: any; nothing is shared.
 */
#ifndef VARVE_PLAN_EXPLAIN_WRITE_H
#define VARVE_PLAN_EXPLAIN_WRITE_H

#include "base/arena.h"
#include "plan/command.h"
#include "plan/deparse.h"

#define EXPLAIN_GROUPS_MAX 256 /* nested ones; plans are shallow, deeper groups share a place */

struct explain_writer {
    struct arena *arena;
    enum command_format format;
    struct deparse_text out; /* of a document */
    const char **lines;      /* of text */
    uint32_t line_count;
    uint32_t line_capacity;
    uint32_t group_count;
    bool has_member[EXPLAIN_GROUPS_MAX];
    uint32_t indent;
    bool failed;
};

void explain_begin(struct explain_writer *writer, struct arena *arena, enum command_format format);
/* *lines_out: the lines, or the document as one. VV_NOMEM. */
VV_MUST_USE vv_status explain_end(struct explain_writer *writer, const char *const **lines_out,
                                  uint32_t *count_out);

static inline bool explain_is_text(const struct explain_writer *writer)
{
    return writer->format == COMMAND_FORMAT_TEXT;
}

/* NULL: out of memory, which is remembered. */
void explain_line(struct explain_writer *writer, const char *line);

/* kind names it in XML; label NULL: a member of a list; object: with labelled members, else a list. */
void explain_group_begin(struct explain_writer *writer, const char *kind, const char *label,
                         bool object);
void explain_group_end(struct explain_writer *writer, const char *kind, bool object);

void explain_text(struct explain_writer *writer, const char *label, const char *value);
void explain_number(struct explain_writer *writer, const char *label, double value, int digits);
void explain_bool(struct explain_writer *writer, const char *label, bool value);

/* Texts in one line: begin, item for each, end. */
void explain_list_begin(struct explain_writer *writer, const char *label);
void explain_list_item(struct explain_writer *writer, const char *value, bool is_first);
void explain_list_end(struct explain_writer *writer, const char *label);

#endif
