/*
 * variable.c - \set and what it sets: variables with psql's names, rules and ways to put them into SQL.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Special variables that take few values; NULL: on or off. */
static const struct {
    const char *name;
    const char *const *values;
} specials[] = {
    {"AUTOCOMMIT", NULL},
    {"ECHO", (const char *const[]){"none", "errors", "queries", "all", NULL}},
    {"ECHO_HIDDEN", NULL},
    {"ON_ERROR_STOP", NULL},
    {"QUIET", NULL},
    {"VERBOSITY", (const char *const[]){"default", "verbose", "terse", "sqlstate", NULL}},
};

static size_t find(const struct shell *shell, const char *name, bool *found_out);
static bool allowed(struct shell *shell, const char *name, const char *value);
static void refuse(struct shell *shell, const char *name, const char *value,
                   const char *const *values);
static bool is_name(char byte);
static void add_quoted(struct text *text, const char *value, char quote);

const char *variable_get(const struct shell *shell, const char *name)
{
    bool found = false;
    size_t at = find(shell, name, &found);

    return found ? shell->variables[at].value : NULL;
}

bool variable_set(struct shell *shell, const char *name, const char *value)
{
    bool found = false;
    size_t at = find(shell, name, &found);

    if (!variable_name_is_good(name)) {
        run_message(shell, "invalid variable name: \"%s\"", name);
        return false;
    }
    if (value != NULL && !allowed(shell, name, value)) {
        return false;
    }
    if (value == NULL) {
        if (found) {
            free(shell->variables[at].name);
            free(shell->variables[at].value);
            memmove(shell->variables + at, shell->variables + at + 1,
                    (shell->variable_count - at - 1) * sizeof *shell->variables);
            shell->variable_count--;
        }
        return true;
    }
    if (!found) {
        shell->variables =
            text_memory(shell->variables, (shell->variable_count + 1) * sizeof *shell->variables);
        memmove(shell->variables + at + 1, shell->variables + at,
                (shell->variable_count - at) * sizeof *shell->variables);
        shell->variables[at] = (struct variable){text_copy(name, SIZE_MAX), NULL};
        shell->variable_count++;
    }
    free(shell->variables[at].value);
    shell->variables[at].value = text_copy(value, SIZE_MAX);
    return true;
}

bool variable_is_on(const struct shell *shell, const char *name)
{
    const char *value = variable_get(shell, name);
    bool on = false;

    return value != NULL && (!variable_parse_boolean(value, &on) || on);
}

bool variable_name_is_good(const char *name)
{
    size_t size = 0;

    while (is_name(name[size])) {
        size++;
    }
    return size > 0 && name[size] == '\0';
}

bool variable_parse_boolean(const char *text, bool *value_out)
{
    static const char *const words[] = {"false", "true", "no", "yes"};
    size_t size = strlen(text);

    for (size_t i = 0; i < 4 && size > 0; i++) {
        if (strncasecmp(text, words[i], size) == 0) {
            *value_out = i % 2 == 1;
            return true;
        }
    }
    if (strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0) {
        *value_out = true;
        return true;
    }
    *value_out = false;
    return (size > 1 && strncasecmp(text, "off", size) == 0) || strcmp(text, "0") == 0;
}

size_t variable_expand(const struct shell *shell, const char *text, struct text *value,
                       bool *plain_out, const char **name_out, size_t *name_size_out)
{
    char open = text[1];
    bool asks = open == '{' && text[2] == '?';
    bool quoted = open == '\'' || open == '"';
    const char *name = text + (asks ? 3 : quoted ? 2 : 1);
    size_t size = 0;
    char *key = NULL;
    const char *found = NULL;

    while (is_name(name[size])) {
        size++;
    }
    if (size == 0 || (quoted && name[size] != open) || (asks && name[size] != '}')) {
        return 0;
    }
    key = text_copy(name, size);
    found = variable_get(shell, key);
    free(key);
    *plain_out = !asks && !quoted;
    *name_out = name;
    *name_size_out = size;
    if (asks) {
        text_add_text(value, found != NULL ? "TRUE" : "FALSE");
    } else if (found == NULL) {
        return 0;
    } else if (quoted) {
        add_quoted(value, found, open);
    } else {
        text_add_text(value, found);
    }
    return (size_t)(name - text) + size + (asks || quoted);
}

static size_t find(const struct shell *shell, const char *name, bool *found_out)
{
    size_t low = 0;
    size_t high = shell->variable_count;

    *found_out = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(shell->variables[middle].name, name);

        if (order == 0) {
            *found_out = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool allowed(struct shell *shell, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        bool on = false;

        if (strcmp(specials[i].name, name) != 0) {
            continue;
        }
        if (specials[i].values == NULL) {
            if (!variable_parse_boolean(value, &on) && value[0] != '\0') {
                run_message(shell, "unrecognized value \"%s\" for \"%s\": Boolean expected", value,
                            name);
                return false;
            }
            return true;
        }
        for (size_t j = 0; specials[i].values[j] != NULL; j++) {
            if (strcasecmp(specials[i].values[j], value) == 0) {
                return true;
            }
        }
        refuse(shell, name, value, specials[i].values);
        return false;
    }
    return true;
}

static void refuse(struct shell *shell, const char *name, const char *value,
                   const char *const *values)
{
    struct text list = {0};

    for (size_t i = 0; values[i] != NULL; i++) {
        text_format(&list, "%s%s", i == 0 ? "" : ", ", values[i]);
    }
    run_message(shell, "unrecognized value \"%s\" for \"%s\"\nAvailable values are: %s.", value,
                name, text_get(&list));
    text_free(&list);
}

static bool is_name(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* As a literal (E'' when there is a backslash) or an identifier. */
static void add_quoted(struct text *text, const char *value, char quote)
{
    bool escapes = quote == '\'' && strchr(value, '\\') != NULL;

    text_add_text(text, escapes ? " E" : "");
    text_add_char(text, quote);
    for (; *value != '\0'; value++) {
        if (*value == quote || (escapes && *value == '\\')) {
            text_add_char(text, *value);
        }
        text_add_char(text, *value);
    }
    text_add_char(text, quote);
}
