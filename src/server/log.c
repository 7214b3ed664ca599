/* log.c - see log.h. */
#include "server/log.h"

#include "server/wire.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* A line that is made; what does not fit is cut. */
struct line {
    char *bytes;
    size_t size;
};

static _Atomic int format_now; /* guard: atomic; enum log_format */

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_time(struct line *line, enum log_format format);
static void put_plain(struct line *line, const char *text, size_t size);
static size_t character_size(const char *text, size_t size);
static void put_field(struct line *line, const char *name, const char *text, size_t size);
static void put_text(struct line *line, const struct log_about *about, const char *message);
static void put_json(struct line *line, const struct log_about *about, const char *message);
static size_t shown_size(const char *statement, bool *cut_out);

void log_format_set(enum log_format format)
{
    atomic_store_explicit(&format_now, (int)format, memory_order_relaxed);
}

void log_write(const char *level, const struct log_about *about, const char *message)
{
    char bytes[LOG_LINE_BYTES + 1];
    enum log_format format =
        (enum log_format)atomic_load_explicit(&format_now, memory_order_relaxed);
    size_t size = log_line(bytes, format, level, about, message);

    bytes[size++] = '\n';
    (void)!write(STDERR_FILENO, bytes, size);
}

size_t log_line(char bytes[LOG_LINE_BYTES], enum log_format format, const char *level,
                const struct log_about *about, const char *message)
{
    static const struct log_about nothing = {0};
    struct line line = {.bytes = bytes};

    about = about == NULL ? &nothing : about;
    put_time(&line, format);
    if (format == LOG_JSON) {
        put(&line, ",\"level\":\"%s\",\"pid\":%d", level, getpid());
        put_json(&line, about, message);
    } else {
        put(&line, " [%d] ", getpid());
        if (about->user != NULL) {
            put(&line, "%u ", about->process);
            put_plain(&line, about->user, strlen(about->user));
            put(&line, "@");
            put_plain(&line, about->database, strlen(about->database));
            put(&line, " %s ", about->origin);
        }
        put(&line, "%s:  ", level);
        put_text(&line, about, message);
    }
    return line.size;
}

static void put_time(struct line *line, enum log_format format)
{
    struct timespec now;
    struct tm parts;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, format == LOG_JSON ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
             &parts);
    put(line, format == LOG_JSON ? "{\"time\":\"%s.%03ldZ\"" : "%s.%03ld UTC", text,
        now.tv_nsec / 1000000);
}

static void put_text(struct line *line, const struct log_about *about, const char *message)
{
    if (about->has_duration) {
        put(line, "duration: %llu.%03llu ms  ", (unsigned long long)(about->duration_us / 1000),
            (unsigned long long)(about->duration_us % 1000));
    }
    put_plain(line, message, strlen(message));
    if (about->statement != NULL) {
        bool cut = false;
        size_t size = shown_size(about->statement, &cut);

        put(line, "  STATEMENT:  ");
        put_plain(line, about->statement, size);
        put(line, cut ? " ..." : "");
    }
}

static void put_json(struct line *line, const struct log_about *about, const char *message)
{
    if (about->user != NULL) {
        put(line, ",\"connection\":%u", about->process);
        put_field(line, "user", about->user, strlen(about->user));
        put_field(line, "database", about->database, strlen(about->database));
        put_field(line, "client", about->origin, strlen(about->origin));
    }
    if (about->sqlstate != NULL) {
        put_field(line, "sqlstate", about->sqlstate, strlen(about->sqlstate));
    }
    if (about->has_duration) {
        put(line, ",\"duration_ms\":%llu.%03llu", (unsigned long long)(about->duration_us / 1000),
            (unsigned long long)(about->duration_us % 1000));
    }
    put_field(line, "message", message, strnlen(message, 2048));
    if (about->statement != NULL) {
        bool cut = false;
        size_t size = shown_size(about->statement, &cut);

        put_field(line, "statement", about->statement, size);
        put(line, cut ? ",\"statement_is_cut\":true" : "");
    }
    put(line, "}");
}

/* O1: up to PASSWORD, and not too much. A character is not split. */
static size_t shown_size(const char *statement, bool *cut_out)
{
    size_t size = strnlen(statement, LOG_STATEMENT_BYTES + 1);

    *cut_out = size > LOG_STATEMENT_BYTES;
    if (*cut_out) {
        size = LOG_STATEMENT_BYTES;
        while (size > 0 && ((unsigned char)statement[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    for (size_t i = 0; i + 8 <= size; i++) {
        if (strncasecmp(statement + i, "password", 8) == 0) {
            *cut_out = true;
            return i + 8;
        }
    }
    return size;
}

/* O2 */
static void put_plain(struct line *line, const char *text, size_t size)
{
    for (size_t i = 0; i < size && line->size + 8 < LOG_LINE_BYTES;) {
        size_t character = character_size(text + i, size - i);

        if (character > 0) {
            bool is_control = (unsigned char)text[i] < 0x20 || text[i] == 0x7F;

            put(line, "%.*s", is_control ? 1 : (int)character, is_control ? " " : text + i);
        } else {
            put(line, "\xEF\xBF\xBD"); /* U+FFFD */
        }
        i += character > 0 ? character : 1;
    }
}

static void put_field(struct line *line, const char *name, const char *text, size_t size)
{
    put(line, ",\"%s\":\"", name);
    for (size_t i = 0; i < size && line->size + 64 < LOG_LINE_BYTES;) {
        size_t character = character_size(text + i, size - i);
        unsigned char byte = (unsigned char)text[i];

        if (byte == '"' || byte == '\\') {
            put(line, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7F) {
            put(line, "\\u%04x", byte);
        } else if (character > 0) {
            put(line, "%.*s", (int)character, text + i);
        } else {
            put(line, "\\ufffd");
        }
        i += character > 0 ? character : 1;
    }
    put(line, "\"");
}

/* Of UTF-8; 0: it is none. Texts come from clients, broken ones too. */
static size_t character_size(const char *text, size_t size)
{
    unsigned char lead = (unsigned char)text[0];
    size_t wanted = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    return wanted > 0 && wanted <= size && wire_utf8_bad(slice_make(text, wanted)) == NULL ? wanted
                                                                                           : 0;
}

static void put(struct line *line, const char *format, ...)
{
    size_t room = LOG_LINE_BYTES - line->size;
    va_list arguments;
    int size = 0;

    va_start(arguments, format);
    size = vsnprintf(line->bytes + line->size, room, format, arguments);
    va_end(arguments);
    if (size > 0) {
        line->size += (size_t)size < room ? (size_t)size : room - 1;
    }
}
