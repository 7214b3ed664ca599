/*
 * condition.c - \if, \elif, \else and \endif: which lines of a script count, as psql decides it.
 *
 * In a branch that does not count nothing runs and no variable is put in, but the text is still read as SQL and commands, so that
 * a backslash in a quoted text is none. What it has added to the buffer goes when the branch ends: a branch may be a part
 * of a statement.
 */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

static bool begin(struct scan *scan);
static bool turn(struct scan *scan);
static bool otherwise(struct scan *scan);
static bool end(struct scan *scan);
static bool is_true(struct scan *scan);
static struct condition *innermost(const struct shell *shell);
static void keep(struct shell *shell, struct condition *condition);
static bool counts(const struct condition *condition);

bool condition_active(const struct shell *shell)
{
    const struct condition *condition = innermost(shell);

    return condition == NULL || counts(condition);
}

bool condition_command(struct scan *scan)
{
    if (strcmp(scan->command, "if") == 0) {
        return begin(scan);
    }
    if (innermost(scan->shell) == NULL) {
        run_message(scan->shell, "\\%s: no matching \\if", scan->command);
        return false;
    }
    return strcmp(scan->command, "elif") == 0   ? turn(scan)
           : strcmp(scan->command, "else") == 0 ? otherwise(scan)
                                                : end(scan);
}

void condition_discard(struct shell *shell, size_t up_to)
{
    const struct condition *condition = innermost(shell);
    size_t from = condition->buffer_size;

    if (up_to > from) {
        memmove(shell->buffer.data + from, shell->buffer.data + up_to, shell->buffer.size - up_to);
        shell->buffer.size -= up_to - from;
        shell->buffer.data[shell->buffer.size] = '\0';
    }
    shell->split = condition->split;
}

bool condition_close(struct shell *shell, size_t depth)
{
    bool open = shell->condition_count > depth;

    shell->condition_count = depth;
    return !open;
}

void condition_release(struct shell *shell)
{
    free(shell->conditions);
    shell->conditions = NULL;
    shell->condition_count = 0;
}

/* Of the file being read; NULL: none is open. */
static struct condition *innermost(const struct shell *shell)
{
    return shell->condition_count <= shell->condition_base
               ? NULL
               : &shell->conditions[shell->condition_count - 1];
}

static bool counts(const struct condition *condition)
{
    return condition->state == CONDITION_TAKEN || condition->state == CONDITION_ELSE_TAKEN;
}

/* What stands in the buffer now is not the branch's. */
static void keep(struct shell *shell, struct condition *condition)
{
    bool blank = shell->split.state == SPLIT_SQL &&
                 split_is_blank(text_get(&shell->buffer), shell->buffer.size);

    if (blank) {
        shell_clear_buffer(shell);
    }
    condition->buffer_size = shell->buffer.size;
    condition->split = shell->split;
    condition->split.at = shell->buffer.size;
}

/* \if */
static bool begin(struct scan *scan)
{
    struct shell *shell = scan->shell;
    bool active = condition_active(shell);
    bool truth = active && is_true(scan);
    struct condition *condition = NULL;

    shell->conditions =
        text_memory(shell->conditions, (shell->condition_count + 1) * sizeof *shell->conditions);
    condition = &shell->conditions[shell->condition_count++];
    condition->state = !active ? CONDITION_PASSED : truth ? CONDITION_TAKEN : CONDITION_WAITS;
    keep(shell, condition);
    if (!active) {
        scan_ignore(scan);
    }
    return true;
}

/* \elif */
static bool turn(struct scan *scan)
{
    struct shell *shell = scan->shell;
    struct condition *condition = innermost(shell);

    if (condition->state == CONDITION_ELSE_TAKEN || condition->state == CONDITION_ELSE_PASSED) {
        run_message(shell, "\\elif: cannot occur after \\else");
        return false;
    }
    if (condition->state == CONDITION_TAKEN) {
        keep(shell, condition);
        condition->state = CONDITION_PASSED;
    } else {
        condition_discard(shell, shell->buffer.size);
    }
    if (condition->state == CONDITION_PASSED) {
        scan_ignore(scan);
        return true;
    }
    condition->state = CONDITION_TAKEN; /* its expression counts */
    condition->state = is_true(scan) ? CONDITION_TAKEN : CONDITION_WAITS;
    return true;
}

/* \else */
static bool otherwise(struct scan *scan)
{
    struct shell *shell = scan->shell;
    struct condition *condition = innermost(shell);

    if (condition->state == CONDITION_ELSE_TAKEN || condition->state == CONDITION_ELSE_PASSED) {
        run_message(shell, "\\else: cannot occur after \\else");
        return false;
    }
    if (condition->state == CONDITION_TAKEN) {
        keep(shell, condition);
    } else {
        condition_discard(shell, shell->buffer.size);
    }
    condition->state =
        condition->state == CONDITION_WAITS ? CONDITION_ELSE_TAKEN : CONDITION_ELSE_PASSED;
    return true;
}

/* \endif */
static bool end(struct scan *scan)
{
    struct shell *shell = scan->shell;

    if (!counts(innermost(shell))) {
        condition_discard(shell, shell->buffer.size);
    }
    shell->condition_count--;
    return true;
}

/* The words of the line, joined by blanks, as a Boolean; what is none is false. */
static bool is_true(struct scan *scan)
{
    struct text expression = {0};
    char *word = NULL;
    bool truth = false;

    while ((word = scan_next(scan, SCAN_WORD)) != NULL) {
        text_add_text(&expression, expression.size > 0 ? " " : "");
        text_add_text(&expression, word);
        free(word);
    }
    if (!variable_parse_boolean(text_get(&expression), &truth)) {
        run_message(scan->shell,
                    "unrecognized value \"%s\" for \"\\%s expression\": Boolean expected",
                    text_get(&expression), scan->command);
        truth = false;
    }
    text_free(&expression);
    return truth;
}
