/* mark.c - see mark.h. */
#include "server/mark.h"

#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool path_make(const char *directory, char path[4096]);
static void write_line(const char *directory, const char *word);

void mark_started(const char *directory)
{
    char path[4096];
    char line[128] = "";
    FILE *file = path_make(directory, path) ? fopen(path, "re") : NULL;

    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL) {
            line[0] = '\0';
        }
        fclose(file);
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "stopped ", 8) == 0) {
            server_log("LOG", "database system was shut down at %s", line + 8);
        } else {
            server_log("LOG",
                       "database system was not properly shut down; it was started at %s and has "
                       "been recovered",
                       strncmp(line, "running ", 8) == 0 ? line + 8 : "an unknown time");
        }
    }
    write_line(directory, "running");
}

void mark_stopped(const char *directory)
{
    write_line(directory, "stopped");
}

static bool path_make(const char *directory, char path[4096])
{
    return strcmp(directory, ":memory:") != 0 &&
           snprintf(path, 4096, "%s/%s", directory, MARK_FILE) < 4096;
}

static void write_line(const char *directory, const char *word)
{
    char path[4096];
    char line[128];
    time_t now = time(NULL);
    struct tm parts;
    int descriptor = -1;
    size_t size = 0;

    if (!path_make(directory, path)) {
        return;
    }
    gmtime_r(&now, &parts);
    size = (size_t)snprintf(line, sizeof line, "%s ", word);
    size += strftime(line + size, sizeof line - size, "%Y-%m-%d %H:%M:%S UTC\n", &parts);
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, line, size) != (ssize_t)size ||
        fsync(descriptor) != 0) {
        server_log("WARNING", "%s: %s", path, strerror(errno));
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
}
