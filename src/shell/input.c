/*
 * input.c - lines from a terminal: libedit with history where it was built in, plain reading otherwise.
 *
 * The history is kept in $XDG_STATE_HOME/varve/history (~/.local/state/varve/history).
 */
#include "shell/shell_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

/* The next byte, 0 at the end, -1 on Ctrl-C. SIGINT is blocked while nothing is awaited, so that one
 * that comes just before the wait is not lost. */
static int read_byte(char *byte_out)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t open_mask;

    sigprocmask(SIG_BLOCK, NULL, &open_mask);
    sigdelset(&open_mask, SIGINT);
    for (;;) {
        int ready = ppoll(&input, 1, NULL, &open_mask);
        ssize_t got = 0;

        if (ready < 0 && errno != EINTR) {
            return 0;
        }
        if (ready < 0) {
            if (interrupt_pending()) {
                return -1;
            }
            continue;
        }
        got = read(STDIN_FILENO, byte_out, 1);
        if (got >= 0 || errno != EINTR) {
            return got == 1 ? 1 : 0;
        }
    }
}

static void block_interrupts(bool block)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

#ifdef VARVE_LIBEDIT
#include <histedit.h>

#define HISTORY_LINES 2000
#define LISTED_MAX    200u

struct input {
    EditLine *editor;
    History *history;
    char *history_path; /* NULL: nowhere to keep it */
    struct shell *shell;
    const char *prompt;
    struct text line;
};

static unsigned char complete(EditLine *editor, int key);
static void complete_word(EditLine *editor, const char *typed, size_t typed_size,
                          const struct completion *completion, size_t common);
static size_t common_size(const struct completion *completion);
static void list_words(const struct completion *completion);
static char *history_path(void);
static char *prompt_of(EditLine *editor);
static int read_character(EditLine *editor, wchar_t *character_out);

struct input *input_open_terminal(struct shell *shell)
{
    struct input *input = text_memory(NULL, sizeof *input);
    HistEvent event;

    memset(input, 0, sizeof *input);
    input->shell = shell;
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
    el_wset(input->editor, EL_ADDFN, L"varve-complete", L"Complete the word",
            complete); /* el_set() would copy the texts and never free them */
    el_set(input->editor, EL_BIND, "^I", "varve-complete", NULL);
    el_set(input->editor, EL_SIGNAL, 0);
    el_set(input->editor, EL_GETCFN, read_character);
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
    block_interrupts(true);
    (void)interrupt_seen(); /* one that ended a statement has had its effect */
    el_set(input->editor, EL_PREP_TERM,
           1); /* before the prompt: else a quick Ctrl-D is lost between the modes */
    line = el_gets(input->editor, &count);
    block_interrupts(false);
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

bool input_write_history(const struct input *input, FILE *out)
{
    HistEvent event;

    if (input == NULL) {
        return false;
    }
    for (int got = history(input->history, &event, H_LAST); got != -1;
         got = history(input->history, &event, H_PREV)) {
        fprintf(out, "%s\n", event.str);
    }
    return true;
}

/* TAB: as far as all agree; a second one shows what there is. */
static unsigned char complete(EditLine *editor, int key)
{
    const LineInfo *line = el_line(editor);
    struct input *input = NULL;
    struct completion completion;
    char *text = text_copy(line->buffer, (size_t)(line->lastchar - line->buffer));
    size_t cursor = (size_t)(line->cursor - line->buffer);
    size_t common = 0;
    unsigned char done = CC_REFRESH;

    (void)key;
    el_get(editor, EL_CLIENTDATA, &input);
    if (input->shell->buffer.size > 0 &&
        strspn(text, " \t") >= cursor) { /* a pasted line's margin */
        el_insertstr(editor, "\t");
        free(text);
        return CC_REFRESH;
    }
    complete_find(input->shell, text, cursor, &completion);
    common = common_size(&completion);
    if (completion.count == 0) {
        done = CC_REFRESH_BEEP;
    } else if (completion.count == 1 || common > cursor - completion.start) {
        complete_word(editor, text + completion.start, cursor - completion.start, &completion,
                      common);
    } else {
        list_words(&completion);
        done = CC_REDISPLAY;
    }
    complete_free(&completion);
    free(text);
    return done;
}

static void complete_word(EditLine *editor, const char *typed, size_t typed_size,
                          const struct completion *completion, size_t common)
{
    char *word = text_copy(completion->words[0], common);
    size_t characters = 0;
    struct text text = {0};

    for (size_t i = 0; i < typed_size; i++) {
        characters += ((unsigned char)typed[i] & 0xC0) != 0x80;
    }
    text_add_text(&text, word);
    if (completion->count == 1 && common > 0 && word[common - 1] != '/' &&
        word[common - 1] != '(') {
        text_add_char(&text, ' ');
    }
    el_deletestr(editor, (int)characters);
    el_insertstr(editor, text_get(&text));
    text_free(&text);
    free(word);
}

/* How many bytes all of them share; whole characters. */
static size_t common_size(const struct completion *completion)
{
    size_t size = completion->count == 0 ? 0 : strlen(completion->words[0]);

    for (size_t i = 1; i < completion->count; i++) {
        size_t same = 0;

        while (same < size && completion->words[i][same] == completion->words[0][same]) {
            same++;
        }
        size = same;
    }
    while (size > 0 && completion->count > 1 &&
           ((unsigned char)completion->words[0][size] & 0xC0) == 0x80) {
        size--;
    }
    return size;
}

/* In columns, as many as fit the screen. */
static void list_words(const struct completion *completion)
{
    size_t shown = completion->count < LISTED_MAX ? completion->count : LISTED_MAX;
    size_t width = 0;
    size_t columns = 0;
    size_t rows = 0;

    for (size_t i = 0; i < shown; i++) {
        size_t size = text_width(completion->words[i], strlen(completion->words[i]));

        width = size > width ? size : width;
    }
    columns = output_screen_columns() / (width + 2);
    columns = columns == 0 ? 1 : columns;
    rows = (shown + columns - 1) / columns;
    fputc('\n', stdout);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < shown; i += rows) {
            size_t size = text_width(completion->words[i], strlen(completion->words[i]));

            printf("%s%*s", completion->words[i], i + rows < shown ? (int)(width + 2 - size) : 0,
                   "");
        }
        fputc('\n', stdout);
    }
    if (shown < completion->count) {
        printf("... and %zu more\n", completion->count - shown);
    }
    fflush(stdout);
}

static char *prompt_of(EditLine *editor)
{
    struct input *input = NULL;

    el_get(editor, EL_CLIENTDATA, &input);
    return (char *)(uintptr_t)input->prompt;
}

static int read_character(EditLine *editor, wchar_t *character_out)
{
    mbstate_t state;
    char byte = '\0';
    int got = 0;

    (void)editor;
    memset(&state, 0, sizeof state);
    while ((got = read_byte(&byte)) == 1) {
        size_t size = mbrtowc(character_out, &byte, 1, &state);

        if (size == (size_t)-1) {
            memset(&state, 0, sizeof state); /* no character: forget it */
        } else if (size != (size_t)-2) {
            return 1;
        }
    }
    return got;
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

struct input *input_open_terminal(struct shell *shell)
{
    struct input *input = text_memory(NULL, sizeof *input);

    (void)shell;
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

bool input_write_history(const struct input *input, FILE *out)
{
    (void)input;
    (void)out;
    return false;
}

const char *input_line(struct input *input, const char *prompt, bool *interrupted_out)
{
    char byte = '\0';
    int got = 0;

    *interrupted_out = false;
    fputs(prompt, stdout);
    fflush(stdout);
    text_clear(&input->line);
    block_interrupts(true);
    (void)interrupt_seen(); /* one that ended a statement has had its effect */
    while ((got = read_byte(&byte)) == 1 && byte != '\n') {
        text_add_char(&input->line, byte);
    }
    block_interrupts(false);
    if (got < 0) {
        *interrupted_out = interrupt_seen();
        fputc('\n', stdout);
        return NULL;
    }
    return got <= 0 && input->line.size == 0 ? NULL : text_get(&input->line);
}

#endif
