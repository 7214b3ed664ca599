/* edit.c - \e: a text in the user's editor ($PSQL_EDITOR, $EDITOR, $VISUAL, vi). */
#include "shell/shell_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_text(const char *path, const struct text *text);
static bool read_text(const char *path, struct text *text);
static bool run_editor(struct shell *shell, const char *path);
static int64_t age(const char *path);

bool edit_text(struct shell *shell, const char *file, struct text *text)
{
    const char *folder = getenv("TMPDIR");
    struct text path = {0};
    bool ok = false;
    int descriptor = -1;
    int64_t before = 0;

    if (file != NULL) {
        text_add_text(&path, file);
        ok = true;
    } else {
        text_format(&path, "%s/varve.edit.XXXXXX.sql", folder == NULL ? "/tmp" : folder);
        descriptor = mkstemps(path.data, 4);
        if (descriptor >= 0) {
            close(descriptor);
            ok = write_text(path.data, text);
        }
        if (!ok) {
            run_message(shell, "could not open temporary file \"%s\": %s", path.data,
                        strerror(errno));
        }
    }
    before = ok ? age(path.data) : 0;
    ok = ok && run_editor(shell, path.data);
    if (ok && file == NULL && age(path.data) == before) {
        text_clear(text); /* as in psql: left without saving, nothing is to run */
    } else if (ok) {
        text_clear(text);
        ok = read_text(path.data, text);
        if (!ok) {
            run_message(shell, "%s: %s", path.data, strerror(errno));
        }
    }
    if (descriptor >= 0) {
        unlink(path.data);
    }
    text_free(&path);
    return ok;
}

static bool run_editor(struct shell *shell, const char *path)
{
    static const char *const names[] = {"PSQL_EDITOR", "EDITOR", "VISUAL"};
    const char *editor = NULL;
    struct text command = {0};
    int status = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && editor == NULL; i++) {
        editor = getenv(names[i]);
    }
    text_format(&command, "exec %s '", editor == NULL ? "vi" : editor);
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '\'') {
            text_add_text(&command, "'\\''");
        } else {
            text_add_char(&command, *at);
        }
    }
    text_add_char(&command, '\'');
    status = output_run_program(text_get(&command));
    text_free(&command);
    if (status == 127 || status == -1) {
        run_message(shell, "could not start editor \"%s\"", editor == NULL ? "vi" : editor);
    }
    return status != 127 && status != -1;
}

/* When it was changed, in nanoseconds. */
static int64_t age(const char *path)
{
    struct stat status;

    return stat(path, &status) != 0
               ? -1
               : (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
}

static bool write_text(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && fwrite(text_get(text), 1, text->size, file) == text->size;

    if (ok && text->size > 0 && text->data[text->size - 1] != '\n') {
        ok = fputc('\n', file) != EOF;
    }
    ok = file != NULL && fclose(file) == 0 && ok;
    /* A moment earlier than any change the editor can make. */
    return ok && utimensat(AT_FDCWD, path, (const struct timespec[2]){{.tv_sec = 1}, {.tv_sec = 1}},
                           0) == 0;
}

static bool read_text(const char *path, struct text *text)
{
    FILE *file = fopen(path, "r");
    bool ok = file != NULL;
    int byte = 0;

    while (ok && (byte = getc(file)) != EOF) {
        if (byte != '\0') {
            text_add_char(text, (char)byte);
        }
    }
    if (file != NULL) {
        ok = !ferror(file);
        fclose(file);
    }
    return ok;
}
