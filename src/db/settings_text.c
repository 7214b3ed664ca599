/*
 * settings_text.c - settings whose value is a text: what they may be, and where the texts live.
 *
 * Values are copied freely (log of changes, defaults), so texts are not counted: when they have become many, those
 * that no value points to are freed.
 */
#include "db/settings.h"

#include "base/assert.h"
#include "base/limits.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define SWEEP_BYTES 4096u /* texts of a session are rarely more */

struct settings_text {
    struct settings_text *next;
    size_t size; /* of bytes */
    bool used;
    char bytes[];
};

static void sweep(struct settings *settings);
static void mark(struct settings *settings, const char *text);
static bool list_next(const char **at, char *item, bool *more_out);
static vv_status check_date_style(const char *text, const char *now, char *canonical, char *detail);
static vv_status check_encoding(const char *text, char *canonical);
static vv_status check_path(const char *text, char *canonical, char *detail);
static void clean_name(const char *text, char *canonical);

const char *settings_keep(struct settings *settings, const char *text)
{
    size_t size = strlen(text) + 1;
    struct settings_text *kept = NULL;

    if (settings->text_bytes + size > settings->text_limit) {
        sweep(settings);
        settings->text_limit = 2 * settings->text_bytes + SWEEP_BYTES;
    }
    kept = alloc_zero(settings->alloc, ALLOC_SESSION, sizeof *kept + size);
    if (kept == NULL) {
        return NULL;
    }
    kept->size = size;
    memcpy(kept->bytes, text, size);
    kept->next = settings->texts;
    settings->texts = kept;
    settings->text_bytes += size;
    return kept->bytes;
}

void settings_texts_release(struct settings *settings)
{
    while (settings->texts != NULL) {
        struct settings_text *next = settings->texts->next;

        alloc_free(settings->alloc, ALLOC_SESSION, settings->texts,
                   sizeof *settings->texts + settings->texts->size);
        settings->texts = next;
    }
    settings->text_bytes = 0;
}

vv_status settings_check_text(enum setting_id id, const char *text, const char *now,
                              char *canonical, char *detail)
{
    switch ((uint32_t)id) {
    case SETTING_APPLICATION_NAME:
        clean_name(text, canonical);
        return VV_OK;
    case SETTING_DATESTYLE:
        return check_date_style(text, now, canonical, detail);
    case SETTING_CLIENT_ENCODING:
        return check_encoding(text, canonical);
    case SETTING_SEARCH_PATH:
        return check_path(text, canonical, detail);
    case SETTING_DEFAULT_TABLESPACE:
        canonical[0] = '\0';
        if (text[0] != '\0') {
            snprintf(detail, SETTING_TEXT_BYTES, "Tablespace \"%.63s\" does not exist.", text);
        }
        return text[0] == '\0' ? VV_OK : VV_INVALID;
    default:
        snprintf(canonical, SETTING_TEXT_BYTES, "%s", text);
        return VV_OK;
    }
}

static void sweep(struct settings *settings)
{
    struct settings_text **at = &settings->texts;

    for (uint32_t id = 0; id < SETTING_COUNT; id++) {
        mark(settings, settings->now[id].text);
        mark(settings, settings->session[id].text);
    }
    for (uint32_t i = 0; i < settings->own_count; i++) {
        mark(settings, settings->own[i].now.text);
        mark(settings, settings->own[i].session.text);
    }
    for (uint32_t i = 0; i < settings->change_count; i++) {
        mark(settings, settings->changes[i].before.text);
        mark(settings, settings->changes[i].before_session.text);
    }
    for (struct settings_default *item = settings->defaults; item != NULL; item = item->next) {
        mark(settings, item->value.text);
    }
    while (*at != NULL) {
        struct settings_text *text = *at;

        if (text->used) {
            text->used = false;
            at = &text->next;
        } else {
            *at = text->next;
            settings->text_bytes -= text->size;
            alloc_free(settings->alloc, ALLOC_SESSION, text, sizeof *text + text->size);
        }
    }
}

static void mark(struct settings *settings, const char *text)
{
    for (struct settings_text *item = settings->texts; item != NULL && text != NULL;
         item = item->next) {
        if (item->bytes == text) {
            item->used = true;
            return;
        }
    }
}

/* The next name of a list as SplitIdentifierString() takes them: folded unless quoted. *more_out: a comma follows.
 * False: the list is malformed. item has SETTING_TEXT_BYTES. */
static bool list_next(const char **at, char *item, bool *more_out)
{
    const char *text = *at + strspn(*at, " \t\n\r\f\v");
    size_t size = 0;

    if (*text == '"') {
        for (text++; *text != '"' || text[1] == '"'; text++) {
            if (*text == '\0') {
                return false;
            }
            text += *text == '"';
            item[size++] = *text;
        }
        text++;
    } else {
        while (*text != '\0' && *text != ',' && !isspace((unsigned char)*text)) {
            item[size++] = (char)tolower((unsigned char)*text++);
        }
        if (size == 0) {
            return false;
        }
    }
    item[size] = '\0';
    text += strspn(text, " \t\n\r\f\v");
    *more_out = *text == ',';
    *at = text + *more_out;
    return *more_out || *text == '\0';
}

/* As PostgreSQL's check_datestyle(): a style and an order, either of which may be kept as it is now. */
static vv_status check_date_style(const char *text, const char *now, char *canonical, char *detail)
{
    static const struct {
        const char *word;
        size_t size; /* of the prefix that counts; 0: all of it */
        const char *style;
        const char *order;
    } words[] = {{"iso", 0, "ISO", NULL},
                 {"sql", 0, "SQL", NULL},
                 {"postgres", 8, "Postgres", NULL},
                 {"german", 6, "German", NULL},
                 {"ymd", 0, NULL, "YMD"},
                 {"dmy", 0, NULL, "DMY"},
                 {"euro", 4, NULL, "DMY"},
                 {"mdy", 0, NULL, "MDY"},
                 {"us", 0, NULL, "MDY"},
                 {"noneuro", 7, NULL, "MDY"},
                 {"default", 0, "ISO", "MDY"}};
    const char *style = NULL;
    const char *order = NULL;
    int style_size = now == NULL ? 0 : (int)strcspn(now, ",");
    bool more = text[strspn(text, " \t\n\r\f\v")] != '\0';

    while (more) {
        char item[SETTING_TEXT_BYTES];
        size_t i = 0;

        if (!list_next(&text, item, &more)) {
            snprintf(detail, SETTING_TEXT_BYTES, "List syntax is invalid.");
            return VV_INVALID;
        }
        while (i < sizeof words / sizeof words[0] &&
               (words[i].size == 0 ? strcasecmp(item, words[i].word) != 0
                                   : strncasecmp(item, words[i].word, words[i].size) != 0)) {
            i++;
        }
        if (i == sizeof words / sizeof words[0]) {
            snprintf(detail, SETTING_TEXT_BYTES, "Unrecognized key word: \"%.100s\".", item);
            return VV_INVALID;
        }
        if (strcmp(words[i].word, "default") == 0) {
            style = style == NULL ? words[i].style : style;
            order = order == NULL ? words[i].order : order;
            continue;
        }
        if ((style != NULL && words[i].style != NULL && strcmp(style, words[i].style) != 0) ||
            (order != NULL && words[i].order != NULL && strcmp(order, words[i].order) != 0)) {
            snprintf(detail, SETTING_TEXT_BYTES, "Conflicting \"datestyle\" specifications.");
            return VV_INVALID;
        }
        style = words[i].style != NULL ? words[i].style : style;
        order = words[i].order != NULL ? words[i].order : order;
    }
    if (style != NULL && order == NULL && strcmp(style, "German") == 0) {
        order = "DMY";
    }
    snprintf(canonical, SETTING_TEXT_BYTES, "%.*s, %s",
             style == NULL ? style_size : (int)strlen(style), style == NULL ? now : style,
             order == NULL ? now + style_size + 2 : order);
    return VV_OK;
}

void settings_forms(const struct settings *settings, struct context_forms *forms_out)
{
    static const char *const styles[] = {"ISO", "SQL", "Postgres", "German"};
    static const char *const orders[] = {"MDY", "DMY", "YMD"};
    const char *dates = settings->now[SETTING_DATESTYLE].text;
    size_t size = strcspn(dates, ",");
    int64_t digits = settings->now[SETTING_EXTRA_FLOAT_DIGITS].number;

    *forms_out = (struct context_forms){
        .intervals = (enum context_intervals)settings->now[SETTING_INTERVALSTYLE].number,
        .bytea_escapes = settings->now[SETTING_BYTEA_OUTPUT].number == 0,
        .rounds_floats = digits < 1,
        .float_digits = (int)digits};
    for (unsigned i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        if (strncmp(dates, styles[i], size) == 0) {
            forms_out->dates = (enum context_dates)i;
        }
    }
    for (unsigned i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (strcmp(dates + size + 2, orders[i]) == 0) {
            forms_out->order = (enum context_order)i;
        }
    }
}

/* Names of encodings are compared by their letters and digits. */
static vv_status check_encoding(const char *text, char *canonical)
{
    static const char *const others[] = {"sqlascii", "latin", "iso8859", "win",      "euc",
                                         "koi8",     "big5",  "gbk",     "gb18030",  "sjis",
                                         "johab",    "uhc",   "mule",    "shiftjis", "windows",
                                         "alt",      "abc",   "tcvn",    "vscii"};
    char plain[64];
    size_t size = 0;

    for (; *text != '\0' && size + 1 < sizeof plain; text++) {
        if (isalnum((unsigned char)*text)) {
            plain[size++] = (char)tolower((unsigned char)*text);
        }
    }
    plain[size] = '\0';
    if (strcmp(plain, "utf8") == 0 || strcmp(plain, "unicode") == 0) {
        snprintf(canonical, SETTING_TEXT_BYTES, "UTF8");
        return VV_OK;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strncmp(plain, others[i], strlen(others[i])) == 0) {
            return VV_UNSUPPORTED;
        }
    }
    return VV_INVALID;
}

/* Schemas need not exist. */
static vv_status check_path(const char *text, char *canonical, char *detail)
{
    const char *at = text;
    bool more = text[strspn(text, " \t\n\r\f\v")] != '\0';

    while (more) {
        char item[SETTING_TEXT_BYTES];

        if (!list_next(&at, item, &more)) {
            snprintf(detail, SETTING_TEXT_BYTES, "List syntax is invalid.");
            return VV_INVALID;
        }
    }
    snprintf(canonical, SETTING_TEXT_BYTES, "%s", text);
    return VV_OK;
}

/* Printable ASCII, at most as long as a name. */
static void clean_name(const char *text, char *canonical)
{
    size_t size = 0;

    for (; *text != '\0' && size < LIMIT_NAME_BYTES; text++) {
        canonical[size++] = (char)(*text < 32 || *text > 126 ? '?' : *text);
    }
    canonical[size] = '\0';
}
