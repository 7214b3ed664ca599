/* format.c - \pset and its short forms: \a \C \f \t \x. */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const format_words[] = {"aligned",  "csv",       "html", "json",
                                           "markdown", "unaligned", NULL};
static const enum table_format format_values_of[] = {
    TABLE_ALIGNED, TABLE_CSV, TABLE_HTML, TABLE_JSON, TABLE_MARKDOWN, TABLE_UNALIGNED};
static const char *const on_off[] = {"off", "on", NULL};
static const char *const on_off_auto[] = {"auto", "off", "on", NULL};
static const char *const pagers[] = {"always", "off", "on", NULL};
static const char *const line_styles[] = {"ascii", "unicode", NULL};

static bool set_format(struct shell *shell, const char *value);
static bool set_expanded(struct shell *shell, const char *value);
static bool set_pager(struct shell *shell, const char *value);
static bool set_number(struct shell *shell, const char *name, unsigned *number, unsigned greatest,
                       const char *value);
static bool set_separator(struct text *separator, const char *value);
static bool set_csv_separator(struct shell *shell, const char *value);
static bool set_line_style(struct shell *shell, const char *value);
static bool set_text(char **own, const char **shown, const char *value, const char *otherwise);
static bool set_switch(const struct shell *shell, const char *name, bool *on, const char *value);
static void show(const struct shell *shell, const char *name);
static void show_all(const struct shell *shell);
static void value_text(const struct shell *shell, const char *name, struct text *text);
static void add_quoted(struct text *text, const char *value);

/* One line for each option: its name, its values for completion. */
static const struct {
    const char *name;
    const char *const *values;
} options[] = {
    {"border", NULL},           {"columns", NULL},
    {"csv_fieldsep", NULL},     {"expanded", on_off_auto},
    {"fieldsep", NULL},         {"fieldsep_zero", NULL},
    {"footer", on_off},         {"format", format_words},
    {"linestyle", line_styles}, {"null", NULL},
    {"pager", pagers},          {"recordsep", NULL},
    {"recordsep_zero", NULL},   {"title", NULL},
    {"tuples_only", on_off},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

const char *const *format_values(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return options[i].values;
        }
    }
    return NULL;
}

const char *format_name(size_t n)
{
    return n < OPTION_COUNT ? options[n].name : NULL;
}

bool format_command(struct scan *scan)
{
    static const struct {
        const char *command;
        const char *option;
    } shorts[] = {{"C", "title"}, {"f", "fieldsep"}, {"t", "tuples_only"}, {"x", "expanded"}};
    struct shell *shell = scan->shell;
    char *name = NULL;
    char *value = NULL;
    bool ok = true;

    if (strcmp(scan->command, "a") == 0) {
        return format_set(shell, "format",
                          shell->style.format == TABLE_ALIGNED ? "unaligned" : "aligned");
    }
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++) {
        if (strcmp(shorts[i].command, scan->command) == 0) {
            value = scan_next(scan, SCAN_WORD);
            ok = format_set(shell, shorts[i].option, value);
            free(value);
            return ok;
        }
    }
    name = scan_next(scan, SCAN_WORD);
    value = name == NULL ? NULL : scan_next(scan, SCAN_WORD);
    if (name == NULL) {
        show_all(shell);
    } else {
        ok = format_set(shell, name, value);
    }
    free(name);
    free(value);
    return ok;
}

bool format_set(struct shell *shell, const char *name, const char *value)
{
    struct table_style *style = &shell->style;
    bool ok = true;

    if (strcmp(name, "format") == 0) {
        ok = value == NULL || set_format(shell, value);
    } else if (strcmp(name, "border") == 0) {
        ok = set_number(shell, name, &style->border, 2, value);
    } else if (strcmp(name, "columns") == 0) {
        ok = set_number(shell, name, &style->columns, 100000, value);
    } else if (strcmp(name, "expanded") == 0 || strcmp(name, "x") == 0 ||
               strcmp(name, "vertical") == 0) {
        name = "expanded";
        ok = set_expanded(shell, value);
    } else if (strcmp(name, "null") == 0) {
        ok = value == NULL || set_text(&shell->null_text, &style->null_text, value, "");
    } else if (strcmp(name, "title") == 0 || strcmp(name, "C") == 0) {
        name = "title";
        ok = set_text(&shell->title, &style->title, value, NULL);
    } else if (strcmp(name, "fieldsep") == 0) {
        ok = value == NULL || set_separator(&style->field_separator, value);
    } else if (strcmp(name, "recordsep") == 0) {
        ok = value == NULL || set_separator(&style->record_separator, value);
    } else if (strcmp(name, "fieldsep_zero") == 0) {
        ok = set_separator(&style->field_separator, "");
    } else if (strcmp(name, "recordsep_zero") == 0) {
        ok = set_separator(&style->record_separator, "");
    } else if (strcmp(name, "csv_fieldsep") == 0) {
        ok = value == NULL || set_csv_separator(shell, value);
    } else if (strcmp(name, "linestyle") == 0) {
        ok = value == NULL || set_line_style(shell, value);
    } else if (strcmp(name, "pager") == 0) {
        ok = set_pager(shell, value);
    } else if (strcmp(name, "tuples_only") == 0 || strcmp(name, "t") == 0) {
        name = "tuples_only";
        ok = set_switch(shell, name, &style->tuples_only, value);
    } else if (strcmp(name, "footer") == 0) {
        bool footer = !style->no_footer;

        ok = set_switch(shell, name, &footer, value);
        style->no_footer = !footer;
    } else {
        run_message(shell, "\\pset: unknown option: %s", name);
        return false;
    }
    if (ok && !variable_is_on(shell, "QUIET")) {
        show(shell, name);
    }
    return ok;
}

/* ---- setting ---- */

static bool set_format(struct shell *shell, const char *value)
{
    size_t found = 0;
    size_t count = 0;

    for (size_t i = 0; format_words[i] != NULL; i++) {
        if (value[0] != '\0' && strncasecmp(format_words[i], value, strlen(value)) == 0) {
            found = i;
            count++;
        }
    }
    if (count != 1) {
        run_message(shell,
                    "\\pset: allowed formats are aligned, csv, html, json, markdown, unaligned");
        return false;
    }
    shell->style.format = format_values_of[found];
    return true;
}

static bool set_expanded(struct shell *shell, const char *value)
{
    enum table_expanded *expanded = &shell->style.expanded;
    bool on = false;

    if (value == NULL) {
        *expanded = *expanded == TABLE_EXPANDED_OFF ? TABLE_EXPANDED_ON : TABLE_EXPANDED_OFF;
    } else if (value[0] != '\0' && strncasecmp(value, "auto", strlen(value)) == 0) {
        *expanded = TABLE_EXPANDED_AUTO;
    } else if (variable_parse_boolean(value, &on)) {
        *expanded = on ? TABLE_EXPANDED_ON : TABLE_EXPANDED_OFF;
    } else {
        run_message(shell,
                    "unrecognized value \"%s\" for \"%s\"\nAvailable values are: on, off, auto.",
                    value, "expanded");
        return false;
    }
    return true;
}

static bool set_pager(struct shell *shell, const char *value)
{
    bool on = false;

    if (value == NULL) {
        shell->pager = shell->pager == SHELL_PAGER_ON ? SHELL_PAGER_OFF : SHELL_PAGER_ON;
    } else if (strcasecmp(value, "always") == 0) {
        shell->pager = SHELL_PAGER_ALWAYS;
    } else if (variable_parse_boolean(value, &on)) {
        shell->pager = on ? SHELL_PAGER_ON : SHELL_PAGER_OFF;
    } else {
        run_message(shell,
                    "unrecognized value \"%s\" for \"%s\"\nAvailable values are: on, off, always.",
                    value, "pager");
        return false;
    }
    return true;
}

static bool set_number(struct shell *shell, const char *name, unsigned *number, unsigned greatest,
                       const char *value)
{
    char *end = NULL;
    unsigned long wanted = value == NULL ? *number : strtoul(value, &end, 10);

    if (value != NULL && (end == value || *end != '\0')) {
        run_message(shell, "\\pset: %s: \"%s\" is not a number", name, value);
        return false;
    }
    *number = wanted > greatest ? greatest : (unsigned)wanted;
    return true;
}

/* The empty text is a zero byte. */
static bool set_separator(struct text *separator, const char *value)
{
    text_clear(separator);
    text_add(separator, value, value[0] == '\0' ? 1 : strlen(value));
    return true;
}

static bool set_csv_separator(struct shell *shell, const char *value)
{
    if (strlen(value) != 1) {
        run_message(shell, "\\pset: csv_fieldsep must be a single one-byte character");
        return false;
    }
    if (strchr("\"\n\r", value[0]) != NULL) {
        run_message(
            shell,
            "\\pset: csv_fieldsep cannot be a double quote, a newline, or a carriage return");
        return false;
    }
    shell->style.csv_separator = value[0];
    return true;
}

static bool set_line_style(struct shell *shell, const char *value)
{
    size_t size = strlen(value);

    if (size == 0 ||
        (strncasecmp("ascii", value, size) != 0 && strncasecmp("unicode", value, size) != 0)) {
        run_message(shell, "\\pset: allowed line styles are ascii, unicode");
        return false;
    }
    shell->style.unicode = strncasecmp("unicode", value, size) == 0;
    return true;
}

static bool set_text(char **own, const char **shown, const char *value, const char *otherwise)
{
    free(*own);
    *own = value == NULL ? NULL : text_copy(value, SIZE_MAX);
    *shown = *own == NULL ? otherwise : *own;
    return true;
}

static bool set_switch(const struct shell *shell, const char *name, bool *on, const char *value)
{
    bool wanted = !*on;

    if (value != NULL && !variable_parse_boolean(value, &wanted)) {
        run_message(shell, "unrecognized value \"%s\" for \"%s\": Boolean expected", value, name);
        return false;
    }
    *on = wanted;
    return true;
}

/* ---- showing ---- */

/* psql's sentence about an option. */
static void show(const struct shell *shell, const char *name)
{
    const struct table_style *style = &shell->style;
    struct text value = {0};

    value_text(shell, name, &value);
    if (strcmp(name, "format") == 0) {
        printf("Output format is %s.\n", text_get(&value));
    } else if (strcmp(name, "border") == 0) {
        printf("Border style is %s.\n", text_get(&value));
    } else if (strcmp(name, "columns") == 0) {
        printf(style->columns == 0 ? "Target width is unset.\n" : "Target width is %s.\n",
               text_get(&value));
    } else if (strcmp(name, "expanded") == 0) {
        printf(style->expanded == TABLE_EXPANDED_AUTO ? "Expanded display is used automatically.\n"
                                                      : "Expanded display is %s.\n",
               text_get(&value));
    } else if (strcmp(name, "null") == 0) {
        printf("Null display is \"%s\".\n", style->null_text);
    } else if (strcmp(name, "title") == 0) {
        printf(style->title == NULL ? "Title is unset.\n" : "Title is \"%s\".\n", style->title);
    } else if (strncmp(name, "fieldsep", 8) == 0) {
        printf(style->field_separator.data[0] == '\0' ? "Field separator is zero byte.\n"
                                                      : "Field separator is \"%s\".\n",
               style->field_separator.data);
    } else if (strncmp(name, "recordsep", 9) == 0) {
        const char *separator = style->record_separator.data;

        printf(separator[0] == '\0'           ? "Record separator is zero byte.\n"
               : strcmp(separator, "\n") == 0 ? "Record separator is <newline>.\n"
                                              : "Record separator is \"%s\".\n",
               separator);
    } else if (strcmp(name, "csv_fieldsep") == 0) {
        printf("Field separator for CSV is \"%c\".\n", style->csv_separator);
    } else if (strcmp(name, "linestyle") == 0) {
        printf("Line style is %s.\n", text_get(&value));
    } else if (strcmp(name, "pager") == 0) {
        printf("%s\n", shell->pager == SHELL_PAGER_OFF  ? "Pager usage is off."
                       : shell->pager == SHELL_PAGER_ON ? "Pager is used for long output."
                                                        : "Pager is always used.");
    } else if (strcmp(name, "tuples_only") == 0) {
        printf("Tuples only is %s.\n", text_get(&value));
    } else {
        printf("Default footer is %s.\n", text_get(&value));
    }
    text_free(&value);
}

static void show_all(const struct shell *shell)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct text value = {0};

        value_text(shell, options[i].name, &value);
        printf("%-24s %s\n", options[i].name, text_get(&value));
        text_free(&value);
    }
}

/* As it could be set again. */
static void value_text(const struct shell *shell, const char *name, struct text *text)
{
    const struct table_style *style = &shell->style;

    if (strcmp(name, "border") == 0 || strcmp(name, "columns") == 0) {
        text_format(text, "%u", name[0] == 'b' ? style->border : style->columns);
    } else if (strcmp(name, "csv_fieldsep") == 0) {
        add_quoted(text, (const char[]){style->csv_separator, '\0'});
    } else if (strcmp(name, "expanded") == 0) {
        text_add_text(text, style->expanded == TABLE_EXPANDED_AUTO ? "auto"
                            : style->expanded == TABLE_EXPANDED_ON ? "on"
                                                                   : "off");
    } else if (strcmp(name, "fieldsep") == 0) {
        add_quoted(text, style->field_separator.data);
    } else if (strcmp(name, "recordsep") == 0) {
        add_quoted(text, style->record_separator.data);
    } else if (strcmp(name, "fieldsep_zero") == 0) {
        text_add_text(text, style->field_separator.data[0] == '\0' ? "on" : "off");
    } else if (strcmp(name, "recordsep_zero") == 0) {
        text_add_text(text, style->record_separator.data[0] == '\0' ? "on" : "off");
    } else if (strcmp(name, "footer") == 0) {
        text_add_text(text, style->no_footer ? "off" : "on");
    } else if (strcmp(name, "format") == 0) {
        for (size_t i = 0; format_words[i] != NULL; i++) {
            text_add_text(text, format_values_of[i] == style->format ? format_words[i] : "");
        }
    } else if (strcmp(name, "linestyle") == 0) {
        text_add_text(text, line_styles[style->unicode ? 1 : 0]);
    } else if (strcmp(name, "null") == 0) {
        add_quoted(text, style->null_text);
    } else if (strcmp(name, "pager") == 0) {
        text_format(text, "%d", (int)shell->pager);
    } else if (strcmp(name, "title") == 0 && style->title != NULL) {
        add_quoted(text, style->title);
    } else if (strcmp(name, "tuples_only") == 0) {
        text_add_text(text, style->tuples_only ? "on" : "off");
    }
}

static void add_quoted(struct text *text, const char *value)
{
    text_add_char(text, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            text_add_text(text, "\\n");
        } else {
            text_add_text(text, *value == '\'' ? "\\" : "");
            text_add_char(text, *value);
        }
    }
    text_add_char(text, '\'');
}
