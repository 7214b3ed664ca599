/* settings.c - see settings.h. */
#include "db/settings.h"

#include "base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum setting_kind { BOOL, INTEGER, MILLISECONDS, CHOICE, TEXT, FIXED };

static const struct setting_info {
    const char *name;
    enum setting_kind kind;
    const char *initial;
    int64_t least;
    int64_t greatest;
    const char *choices; /* separated by '|' when a word holds a space, else by ' ' */
    const char *description;
} infos[] = {
#define X(id, name, kind, initial, least, greatest, choices, description) \
    {name, kind, initial, least, greatest, choices, description},
#include "db/settings.def"
#undef X
};

static vv_status value_parse(const struct setting_info *info, const char *text,
                             struct setting_value *value_out, struct vv_error *error);
static vv_status parse_bool(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error);
static vv_status parse_number(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error);
static vv_status parse_choice(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error);
static int64_t unit_milliseconds(const char *unit);
static const struct settings_default *default_find(const struct settings *settings,
                                                   enum setting_id id);
static vv_status change_log(struct settings *settings, enum setting_id id, struct vv_error *error);

void settings_init(struct settings *settings, struct alloc *alloc)
{
    memset(settings, 0, sizeof *settings);
    settings->alloc = alloc;
    for (int id = 0; id < SETTING_COUNT; id++) {
        vv_status status = value_parse(&infos[id], infos[id].initial, &settings->now[id], NULL);

        VV_ASSERT(status == VV_OK);
        settings->session[id] = settings->now[id];
    }
}

void settings_release(struct settings *settings)
{
    alloc_free(settings->alloc, ALLOC_SESSION, settings->changes,
               settings->change_capacity * sizeof *settings->changes);
    settings->changes = NULL;
    settings->change_capacity = 0;
    while (settings->defaults != NULL) {
        struct settings_default *next = settings->defaults->next;

        alloc_free(settings->alloc, ALLOC_SESSION, settings->defaults, sizeof *next);
        settings->defaults = next;
    }
}

enum setting_id settings_find(const char *name)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (strcasecmp(infos[id].name, name) == 0) {
            return (enum setting_id)id;
        }
    }
    return SETTING_COUNT;
}

const char *settings_name(enum setting_id id)
{
    VV_ASSERT(id < SETTING_COUNT);
    return infos[id].name;
}

const char *settings_description(enum setting_id id)
{
    VV_ASSERT(id < SETTING_COUNT);
    return infos[id].description;
}

/* A time is printed in the largest unit that divides it, as PostgreSQL does. */
void settings_show(const struct settings *settings, enum setting_id id, char *text)
{
    static const struct {
        const char *unit;
        int64_t milliseconds;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
    const struct setting_value *value = &settings->now[id];
    int64_t number = value->number;

    switch (infos[id].kind) {
    case BOOL:
        snprintf(text, SETTING_TEXT_BYTES, "%s", number != 0 ? "on" : "off");
        return;
    case INTEGER:
        snprintf(text, SETTING_TEXT_BYTES, "%lld", (long long)number);
        return;
    case MILLISECONDS:
        if (number == 0) {
            snprintf(text, SETTING_TEXT_BYTES, "0");
            return;
        }
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
            if (number % units[i].milliseconds == 0) {
                snprintf(text, SETTING_TEXT_BYTES, "%lld%s",
                         (long long)(number / units[i].milliseconds), units[i].unit);
                return;
            }
        }
        return;
    case CHOICE:
    case TEXT:
    case FIXED:
        snprintf(text, SETTING_TEXT_BYTES, "%s", value->text);
        return;
    }
}

vv_status settings_set(struct settings *settings, const char *name, const char *value, bool local,
                       bool in_transaction, struct vv_error *error)
{
    enum setting_id id = settings_find(name);
    struct setting_value fresh;

    if (id == SETTING_COUNT) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "unrecognized configuration parameter \"%s\"", name);
    }
    if (infos[id].kind == FIXED) {
        return error_set(error, VV_SQLSTATE_CANT_CHANGE_RUNTIME_PARAM, 0,
                         "parameter \"%s\" cannot be changed", infos[id].name);
    }
    VV_TRY(settings_parse(settings, id, value, &fresh, error));
    if (!in_transaction && local) {
        return VV_OK; /* db warns: SET LOCAL can only be used in transaction blocks */
    }
    if (in_transaction) {
        VV_TRY(change_log(settings, id, error));
    }
    settings->now[id] = fresh;
    if (!local) {
        settings->session[id] = fresh;
    }
    return VV_OK;
}

vv_status settings_set_default(struct settings *settings, const char *name, const char *value,
                               struct vv_error *error)
{
    enum setting_id id = settings_find(name);
    struct settings_default *fresh = NULL;

    VV_TRY(settings_set(settings, name, value, false, false, error));
    fresh = alloc_zero(settings->alloc, ALLOC_SESSION, sizeof *fresh);
    if (fresh == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    fresh->id = (uint16_t)id;
    fresh->value = settings->now[id];
    fresh->next = settings->defaults; /* the newest is found first */
    settings->defaults = fresh;
    return VV_OK;
}

vv_status settings_reset_all(struct settings *settings, bool in_transaction, struct vv_error *error)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (infos[id].kind != FIXED && id != SETTING_TRANSACTION_ISOLATION &&
            id != SETTING_TRANSACTION_READ_ONLY && id != SETTING_TRANSACTION_DEFERRABLE) {
            VV_TRY(settings_set(settings, infos[id].name, NULL, false, in_transaction, error));
        }
    }
    return VV_OK;
}

void settings_copy(struct settings *settings, enum setting_id id, enum setting_id from)
{
    settings->now[id] = settings->now[from];
    settings->session[id] = settings->session[from];
}

vv_status settings_parse(const struct settings *settings, enum setting_id id, const char *text,
                         struct setting_value *value_out, struct vv_error *error)
{
    const struct settings_default *initial = text == NULL ? default_find(settings, id) : NULL;

    if (initial != NULL) {
        *value_out = initial->value;
        return VV_OK;
    }
    return value_parse(&infos[id], text == NULL ? infos[id].initial : text, value_out, error);
}

void settings_commit(struct settings *settings)
{
    for (uint32_t i = 0; i < settings->change_count; i++) {
        enum setting_id id = (enum setting_id)settings->changes[i].id;

        settings->now[id] = settings->session[id];
    }
    settings->change_count = 0;
}

void settings_rollback_to(struct settings *settings, uint32_t mark)
{
    VV_ASSERT(mark <= settings->change_count);
    while (settings->change_count > mark) {
        const struct settings_change *change = &settings->changes[--settings->change_count];

        settings->now[change->id] = change->before;
        settings->session[change->id] = change->before_session;
    }
}

static vv_status value_parse(const struct setting_info *info, const char *text,
                             struct setting_value *value_out, struct vv_error *error)
{
    memset(value_out, 0, sizeof *value_out);
    switch (info->kind) {
    case BOOL:
        return parse_bool(info, text, value_out, error);
    case INTEGER:
    case MILLISECONDS:
        return parse_number(info, text, value_out, error);
    case CHOICE:
        return parse_choice(info, text, value_out, error);
    case TEXT:
    case FIXED:
        if (strlen(text) >= SETTING_TEXT_BYTES) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid value for parameter \"%s\": \"%.80s...\"", info->name, text);
        }
        snprintf(value_out->text, sizeof value_out->text, "%s", text);
        return VV_OK;
    }
    return VV_OK;
}

/* PostgreSQL takes any prefix of true, false, yes, no; on, of, off; 1, 0. */
static vv_status parse_bool(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error)
{
    size_t size = strlen(text);

    if (size > 0 && (strncasecmp(text, "true", size) == 0 || strncasecmp(text, "yes", size) == 0 ||
                     strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0)) {
        value_out->number = 1;
        return VV_OK;
    }
    if (size > 0 &&
        (strncasecmp(text, "false", size) == 0 || strncasecmp(text, "no", size) == 0 ||
         strcasecmp(text, "off") == 0 || strcasecmp(text, "of") == 0 || strcmp(text, "0") == 0)) {
        return VV_OK;
    }
    return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                     "parameter \"%s\" requires a Boolean value", info->name);
}

static vv_status parse_number(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error)
{
    char *end = NULL;
    double number = 0;
    int64_t unit = 1;

    errno = 0;
    number = strtod(text, &end);
    while (*end == ' ') {
        end++;
    }
    if (*end != '\0') {
        unit = info->kind == MILLISECONDS ? unit_milliseconds(end) : 0;
    }
    if (end == text || unit == 0 || number != number) {
        vv_status status =
            error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                      "invalid value for parameter \"%s\": \"%.200s\"", info->name, text);
        if (info->kind == MILLISECONDS && end != text) {
            error_hint(error, "Valid units for this parameter are \"ms\", \"s\", \"min\", "
                              "\"h\", and \"d\".");
        }
        return status;
    }
    number *= (double)unit;
    if (number < (double)info->least || number > (double)info->greatest) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "%.0f%s is outside the valid range for parameter \"%s\" (%lld .. %lld)",
                         number, info->kind == MILLISECONDS ? " ms" : "", info->name,
                         (long long)info->least, (long long)info->greatest);
    }
    value_out->number = (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
    return VV_OK;
}

static vv_status parse_choice(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error)
{
    const char *separators = strchr(info->choices, '|') != NULL ? "|" : " ";
    const char *word = info->choices;
    char list[SETTING_TEXT_BYTES * 2] = "";
    size_t list_size = 0;

    for (int64_t index = 0; *word != '\0'; index++) {
        size_t size = strcspn(word, separators);

        if (strlen(text) == size && strncasecmp(text, word, size) == 0) {
            value_out->number = index;
            memcpy(value_out->text, word, size);
            return VV_OK;
        }
        list_size += (size_t)snprintf(list + list_size, sizeof list - list_size, "%s%.*s",
                                      index == 0 ? "" : ", ", (int)size, word);
        word += size + (word[size] != '\0');
    }
    error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
              "invalid value for parameter \"%s\": \"%.200s\"", info->name, text);
    error_hint(error, "Available values: %s.", list);
    return VV_ERROR;
}

/* 0: no such unit. */
static int64_t unit_milliseconds(const char *unit)
{
    static const struct {
        const char *name;
        int64_t milliseconds;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, unit) == 0) {
            return units[i].milliseconds;
        }
    }
    return 0;
}

static const struct settings_default *default_find(const struct settings *settings,
                                                   enum setting_id id)
{
    const struct settings_default *found = settings->defaults;

    while (found != NULL && found->id != id) {
        found = found->next;
    }
    return found;
}

static vv_status change_log(struct settings *settings, enum setting_id id, struct vv_error *error)
{
    if (settings->change_count == settings->change_capacity) {
        uint32_t capacity = settings->change_capacity == 0 ? 8 : settings->change_capacity * 2;
        struct settings_change *changes =
            alloc_resize(settings->alloc, ALLOC_SESSION, settings->changes,
                         settings->change_capacity * sizeof *changes, capacity * sizeof *changes);

        if (changes == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        settings->changes = changes;
        settings->change_capacity = capacity;
    }
    settings->changes[settings->change_count++] = (struct settings_change){
        .id = (uint16_t)id, .before = settings->now[id], .before_session = settings->session[id]};
    return VV_OK;
}
