/*
 * input.c - lines from a terminal: libedit with history where it was built in, plain reading otherwise.
 *
 * The history is kept in $XDG_STATE_HOME/varve/history (~/.local/state/varve/history).
 */
#include "shell/shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef VARVE_LIBEDIT
#include <histedit.h>

#define HISTORY_LINES 2000

struct input {
    EditLine *editor;
    History *history;
    char *history_path; /* NULL: nowhere to keep it */
    const char *prompt;
    struct text line;
};

static char *history_path(void);
static char *prompt_of(EditLine *editor);

struct input *input_open_terminal(void)
{
    struct input *input = text_memory(NULL, sizeof *input);
    HistEvent event;

    memset(input, 0, sizeof *input);
    input->editor = el_init("varve", stdin, stdout, stderr);
    input->history = history_init();
    if (input->editor == NULL || input->history == NULL) {
        input_close(input);
        return NULL;
    }
    history(input->history, &event, H_SETSIZE, HISTORY_LINES);
    history(input->history, &event, H_SETUNIQUE, 1);
    el_set(input->editor, EL_CLIENTDATA, input);
    el_set(input->editor, EL_PROMPT, prompt_of);
    el_set(input->editor, EL_EDITOR, "emacs");
    el_set(input->editor, EL_HIST, history, input->history);
    el_set(input->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(input->editor, EL_SIGNAL, 0);
    el_source(input->editor, NULL);
    input->history_path = history_path();
    if (input->history_path != NULL) {
        history(input->history, &event, H_LOAD, input->history_path);
    }
    return input;
}

void input_close(struct input *input)
{
    HistEvent event;

    if (input == NULL) {
        return;
    }
    if (input->history != NULL) {
        if (input->history_path != NULL) {
            history(input->history, &event, H_SAVE, input->history_path);
        }
        history_end(input->history);
    }
    if (input->editor != NULL) {
        el_end(input->editor);
    }
    free(input->history_path);
    text_free(&input->line);
    free(input);
}

const char *input_line(struct input *input, const char *prompt, bool *interrupted_out)
{
    HistEvent event;
    const char *line = NULL;
    int count = 0;

    *interrupted_out = false;
    input->prompt = prompt;
    errno = 0;
    line = el_gets(input->editor, &count);
    if (interrupt_seen()) {
        el_reset(input->editor);
        fputc('\n', stdout);
        *interrupted_out = true;
        return NULL;
    }
    if (line == NULL || count <= 0) {
        return NULL;
    }
    text_clear(&input->line);
    text_add(&input->line, line, strcspn(line, "\n"));
    if (strspn(text_get(&input->line), " \t") < input->line.size) {
        history(input->history, &event, H_ENTER, text_get(&input->line));
    }
    return text_get(&input->line);
}

static char *prompt_of(EditLine *editor)
{
    struct input *input = NULL;

    el_get(editor, EL_CLIENTDATA, &input);
    return (char *)(uintptr_t)input->prompt;
}

/* Makes the folders on the way. NULL: there is no home. */
static char *history_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    struct text path = {0};

    if (state != NULL && state[0] == '/') {
        text_add_text(&path, state);
    } else if (home != NULL && home[0] != '\0') {
        text_format(&path, "%s/.local/state", home);
    } else {
        return NULL;
    }
    text_add_text(&path, "/varve/");
    for (size_t i = 1; i < path.size; i++) {
        if (path.data[i] == '/') {
            path.data[i] = '\0';
            (void)mkdir(path.data, 0700);
            path.data[i] = '/';
        }
    }
    text_add_text(&path, "history");
    return path.data;
}

#else

struct input {
    struct text line;
};

struct input *input_open_terminal(void)
{
    struct input *input = text_memory(NULL, sizeof *input);

    memset(input, 0, sizeof *input);
    return input;
}

void input_close(struct input *input)
{
    if (input != NULL) {
        text_free(&input->line);
        free(input);
    }
}

const char *input_line(struct input *input, const char *prompt, bool *interrupted_out)
{
    char byte = '\0';
    ssize_t got = 0;

    *interrupted_out = false;
    fputs(prompt, stdout);
    fflush(stdout);
    text_clear(&input->line);
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n') {
        text_add_char(&input->line, byte);
    }
    if (got < 0 && errno == EINTR) {
        *interrupted_out = interrupt_seen();
        fputc('\n', stdout);
        return NULL;
    }
    return got <= 0 && input->line.size == 0 ? NULL : text_get(&input->line);
}

#endif
