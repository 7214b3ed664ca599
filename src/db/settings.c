/* settings.c - see settings.h. */
#include "db/settings.h"

#include "base/assert.h"
#include "value/double.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum setting_kind { BOOL, INTEGER, REAL, MILLISECONDS, KILOBYTES, CHOICE, TEXT, FIXED };

#define REAL_MAX INT64_MAX /* of a REAL: there is no bound */

static const struct setting_info {
    const char *name;
    enum setting_kind kind;
    const char *initial;
    int64_t least;
    int64_t greatest;
    const char *choices; /* separated by '|' */
    const char *description;
} infos[] = {
#define X(id, name, kind, initial, least, greatest, choices, description) \
    {name, kind, initial, least, greatest, choices, description},
#include "db/settings.def"
#undef X
};

/* Largest first: a number is shown in the largest unit that divides it. */
struct unit {
    const char *name;
    double size; /* in the setting's own unit */
};

static const struct unit times[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000},
                                    {"s", 1000},     {"ms", 1},      {"us", 0.001}};
static const struct unit sizes[] = {
    {"TB", 1073741824}, {"GB", 1048576}, {"MB", 1024}, {"kB", 1}, {"B", 1.0 / 1024}};

static struct setting_value *slot(struct settings *settings, uint32_t id, bool session);
static vv_status own_add(struct settings *settings, const char *name, uint32_t *id_out,
                         struct vv_error *error);
static bool own_name_is_valid(const char *name);
static vv_status value_parse(struct settings *settings, uint32_t id, const char *text,
                             struct setting_value *value_out, struct vv_error *error);
static vv_status parse_bool(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error);
static vv_status parse_number(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error);
static double greatest_of(const struct setting_info *info);
static vv_status parse_real(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error);
static void show_real(int64_t bits, char *text);
static vv_status parse_choice(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error);
static vv_status parse_text(struct settings *settings, enum setting_id id, const char *text,
                            struct setting_value *value_out, struct vv_error *error);
static vv_status value_check(enum setting_id id, const struct setting_value *value,
                             struct vv_error *error);
static const struct unit *units_of(enum setting_kind kind, size_t *count_out);
static void show_number(const struct setting_info *info, int64_t number, char *text);
static void show_choice(const struct setting_info *info, int64_t number, char *text);
static vv_status unsupported(const char *name, const char *text, struct vv_error *error);
static const struct settings_default *default_find(const struct settings *settings, uint32_t id);
static vv_status change_log(struct settings *settings, uint32_t id, struct vv_error *error);

void settings_init(struct settings *settings, struct alloc *alloc)
{
    memset(settings, 0, sizeof *settings);
    settings->alloc = alloc;
    for (uint32_t id = 0; id < SETTING_COUNT; id++) {
        vv_status status = value_parse(settings, id, infos[id].initial, &settings->now[id], NULL);

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
    for (uint32_t i = 0; i < settings->own_count; i++) {
        alloc_free(settings->alloc, ALLOC_SESSION, settings->own[i].name,
                   strlen(settings->own[i].name) + 1);
    }
    alloc_free(settings->alloc, ALLOC_SESSION, settings->own,
               settings->own_capacity * sizeof *settings->own);
    settings->own = NULL;
    settings->own_count = 0;
    settings->own_capacity = 0;
    while (settings->defaults != NULL) {
        struct settings_default *next = settings->defaults->next;

        alloc_free(settings->alloc, ALLOC_SESSION, settings->defaults, sizeof *next);
        settings->defaults = next;
    }
    settings_texts_release(settings);
}

uint32_t settings_find(const struct settings *settings, const char *name)
{
    for (uint32_t id = 0; id < SETTING_COUNT; id++) {
        if (strcasecmp(infos[id].name, name) == 0) {
            return id;
        }
    }
    for (uint32_t i = 0; i < settings->own_count; i++) {
        if (strcasecmp(settings->own[i].name, name) == 0) {
            return SETTING_COUNT + i;
        }
    }
    return SETTING_NONE;
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

void settings_show(const struct settings *settings, uint32_t id, char *text)
{
    if (id >= SETTING_COUNT) {
        VV_ASSERT(id - SETTING_COUNT < settings->own_count);
        snprintf(text, SETTING_TEXT_BYTES, "%s", settings->own[id - SETTING_COUNT].now.text);
        return;
    }
    switch (infos[id].kind) {
    case BOOL:
        snprintf(text, SETTING_TEXT_BYTES, "%s", settings->now[id].number != 0 ? "on" : "off");
        return;
    case INTEGER:
    case MILLISECONDS:
    case KILOBYTES:
        show_number(&infos[id], settings->now[id].number, text);
        return;
    case REAL:
        show_real(settings->now[id].number, text);
        return;
    case CHOICE:
        show_choice(&infos[id], settings->now[id].number, text);
        return;
    case TEXT:
    case FIXED:
        snprintf(text, SETTING_TEXT_BYTES, "%s", settings->now[id].text);
        return;
    }
}

vv_status settings_set(struct settings *settings, const char *name, const char *value, bool local,
                       bool in_transaction, struct vv_error *error)
{
    uint32_t id = settings_find(settings, name);
    struct setting_value fresh;

    if (id == SETTING_NONE) {
        VV_TRY(own_add(settings, name, &id, error));
    }
    if (id < SETTING_COUNT && infos[id].kind == FIXED) {
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
    settings->version++;
    *slot(settings, id, false) = fresh;
    if (!local) {
        *slot(settings, id, true) = fresh;
    }
    return VV_OK;
}

vv_status settings_set_default(struct settings *settings, const char *name, const char *value,
                               struct vv_error *error)
{
    struct settings_default *fresh = NULL;

    VV_TRY(settings_set(settings, name, value, false, false, error));
    fresh = alloc_zero(settings->alloc, ALLOC_SESSION, sizeof *fresh);
    if (fresh == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    fresh->id = settings_find(settings, name);
    fresh->value = *slot(settings, fresh->id, false);
    fresh->next = settings->defaults; /* the newest is found first */
    settings->defaults = fresh;
    return VV_OK;
}

vv_status settings_reset_all(struct settings *settings, bool in_transaction, struct vv_error *error)
{
    for (uint32_t id = 0; id < SETTING_COUNT + settings->own_count; id++) {
        const char *name =
            id < SETTING_COUNT ? infos[id].name : settings->own[id - SETTING_COUNT].name;

        if (id != SETTING_TRANSACTION_ISOLATION && id != SETTING_TRANSACTION_READ_ONLY &&
            id != SETTING_TRANSACTION_DEFERRABLE &&
            (id >= SETTING_COUNT || infos[id].kind != FIXED)) {
            VV_TRY(settings_set(settings, name, NULL, false, in_transaction, error));
        }
    }
    return VV_OK;
}

void settings_copy(struct settings *settings, enum setting_id id, enum setting_id from)
{
    settings->now[id] = settings->now[from];
    settings->session[id] = settings->session[from];
}

vv_status settings_parse(struct settings *settings, uint32_t id, const char *text,
                         struct setting_value *value_out, struct vv_error *error)
{
    const struct settings_default *initial = text == NULL ? default_find(settings, id) : NULL;

    if (initial != NULL) {
        *value_out = initial->value;
        return VV_OK;
    }
    if (text == NULL) {
        text = id < SETTING_COUNT ? infos[id].initial : "";
    }
    return value_parse(settings, id, text, value_out, error);
}

void settings_commit(struct settings *settings)
{
    for (uint32_t i = 0; i < settings->change_count; i++) {
        uint32_t id = settings->changes[i].id;

        *slot(settings, id, false) = *slot(settings, id, true);
        settings->version++;
    }
    settings->change_count = 0;
}

void settings_rollback_to(struct settings *settings, uint32_t mark)
{
    VV_ASSERT(mark <= settings->change_count);
    while (settings->change_count > mark) {
        const struct settings_change *change = &settings->changes[--settings->change_count];

        settings->version++;
        *slot(settings, change->id, false) = change->before;
        *slot(settings, change->id, true) = change->before_session;
    }
}

/* In the setting's base unit. */
static void print_base(uint32_t id, const struct setting_value *value, char *text)
{
    switch (infos[id].kind) {
    case BOOL:
        snprintf(text, SETTING_TEXT_BYTES, "%s", value->number != 0 ? "on" : "off");
        return;
    case INTEGER:
    case MILLISECONDS:
    case KILOBYTES:
        snprintf(text, SETTING_TEXT_BYTES, "%lld", (long long)value->number);
        return;
    case REAL:
        show_real(value->number, text);
        return;
    case CHOICE:
        show_choice(&infos[id], value->number, text);
        return;
    default:
        snprintf(text, SETTING_TEXT_BYTES, "%s", value->text);
        return;
    }
}

/* As an array's text: words with spaces in quotes. */
static void print_choices(const struct setting_info *info, char *text, size_t room)
{
    const char *word = info->choices;
    size_t size = (size_t)snprintf(text, room, "{");

    while (*word != 0) {
        const char *comma = word == info->choices ? "" : ",";
        const char *quote = NULL;
        size_t length = 0;

        word += *word == '!';
        length = strcspn(word, "|");
        quote = memchr(word, ' ', length) == NULL ? "" : "\"";
        size += (size_t)snprintf(text + size, room - size, "%s%s%.*s%s", comma, quote, (int)length,
                                 word, quote);
        word += length + (word[length] != 0);
    }
    snprintf(text + size, room - size, "}");
}

void settings_facts(struct settings *settings, enum setting_id id, struct setting_facts *facts_out)
{
    static const char *const types[] = {[BOOL] = "bool",         [INTEGER] = "integer",
                                        [REAL] = "real",         [MILLISECONDS] = "integer",
                                        [KILOBYTES] = "integer", [CHOICE] = "enum",
                                        [TEXT] = "string",       [FIXED] = "string"};
    const struct setting_info *info = &infos[id];
    const struct settings_default *initial = default_find(settings, id);
    struct setting_value value = {.text = info->initial};

    *facts_out = (struct setting_facts){.type = types[info->kind], .fixed = info->kind == FIXED};
    if (info->kind == TEXT || info->kind == FIXED ||
        value_parse(settings, id, info->initial, &value, NULL) == VV_OK) {
        print_base(id, &value, facts_out->built_in);
        print_base(id, initial == NULL ? &value : &initial->value, facts_out->reset);
    }
    print_base(id, &settings->now[id], facts_out->setting);
    facts_out->changed = strcmp(facts_out->setting, facts_out->reset) != 0;
    facts_out->unit = info->kind == MILLISECONDS ? "ms" : info->kind == KILOBYTES ? "kB" : NULL;
    if (info->kind == INTEGER || info->kind == MILLISECONDS || info->kind == KILOBYTES) {
        snprintf(facts_out->least, sizeof facts_out->least, "%lld", (long long)info->least);
        snprintf(facts_out->greatest, sizeof facts_out->greatest, "%lld",
                 (long long)info->greatest);
    }
    if (info->kind == REAL) {
        snprintf(facts_out->least, sizeof facts_out->least, "%lld", (long long)info->least);
        snprintf(facts_out->greatest, sizeof facts_out->greatest, "%g", greatest_of(info));
    }
    if (info->kind == CHOICE) {
        print_choices(info, facts_out->choices, sizeof facts_out->choices);
    }
}

static struct setting_value *slot(struct settings *settings, uint32_t id, bool session)
{
    if (id < SETTING_COUNT) {
        return session ? &settings->session[id] : &settings->now[id];
    }
    VV_ASSERT(id - SETTING_COUNT < settings->own_count);
    return session ? &settings->own[id - SETTING_COUNT].session
                   : &settings->own[id - SETTING_COUNT].now;
}

/* A name with a dot comes to be with the empty text, and stays, whatever becomes of its transaction. */
static vv_status own_add(struct settings *settings, const char *name, uint32_t *id_out,
                         struct vv_error *error)
{
    struct settings_own *own = settings->own;
    char *copy = NULL;

    if (strchr(name, '.') == NULL) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "unrecognized configuration parameter \"%s\"", name);
    }
    if (!own_name_is_valid(name)) {
        (void)error_set(error, VV_SQLSTATE_INVALID_NAME, 0,
                        "invalid configuration parameter name \"%s\"", name);
        error_detail(error, "Custom parameter names must be two or more simple identifiers "
                            "separated by dots.");
        return VV_ERROR;
    }
    if (settings->own_count == settings->own_capacity) {
        uint32_t capacity = settings->own_capacity == 0 ? 4 : settings->own_capacity * 2;

        own = alloc_resize(settings->alloc, ALLOC_SESSION, own,
                           settings->own_capacity * sizeof *own, capacity * sizeof *own);
        if (own == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        settings->own = own;
        settings->own_capacity = capacity;
    }
    copy = alloc_zero(settings->alloc, ALLOC_SESSION, strlen(name) + 1);
    if (copy == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    memcpy(copy, name, strlen(name));
    *id_out = SETTING_COUNT + settings->own_count;
    own[settings->own_count++] =
        (struct settings_own){.name = copy, .now.text = "", .session.text = ""};
    return VV_OK;
}

/* Two or more identifiers with dots between them. */
static bool own_name_is_valid(const char *name)
{
    bool at_start = true;
    bool dotted = false;

    for (; *name != '\0'; name++) {
        bool letter =
            isalpha((unsigned char)*name) || *name == '_' || ((unsigned char)*name) >= 128;

        if (*name == '.') {
            if (at_start) {
                return false;
            }
            dotted = true;
            at_start = true;
        } else if (letter || (!at_start && (isdigit((unsigned char)*name) || *name == '$'))) {
            at_start = false;
        } else {
            return false;
        }
    }
    return dotted && !at_start;
}

static vv_status value_parse(struct settings *settings, uint32_t id, const char *text,
                             struct setting_value *value_out, struct vv_error *error)
{
    const struct setting_info *info = id < SETTING_COUNT ? &infos[id] : NULL;

    *value_out = (struct setting_value){0};
    switch (info == NULL ? TEXT : info->kind) {
    case BOOL:
        VV_TRY(parse_bool(info, text, value_out, error));
        break;
    case INTEGER:
    case MILLISECONDS:
    case KILOBYTES:
        VV_TRY(parse_number(info, text, value_out, error));
        break;
    case REAL:
        VV_TRY(parse_real(info, text, value_out, error));
        break;
    case CHOICE:
        VV_TRY(parse_choice(info, text, value_out, error));
        break;
    case TEXT:
    case FIXED:
        return parse_text(settings, id, text, value_out, error);
    }
    return value_check((enum setting_id)id, value_out, error);
}

static bool bool_of(const char *text, bool *value_out)
{
    size_t size = strlen(text);

    if (size > 0 && (strncasecmp(text, "true", size) == 0 || strncasecmp(text, "yes", size) == 0 ||
                     strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0)) {
        *value_out = true;
        return true;
    }
    *value_out = false;
    return size > 0 &&
           (strncasecmp(text, "false", size) == 0 || strncasecmp(text, "no", size) == 0 ||
            strcasecmp(text, "off") == 0 || strcasecmp(text, "of") == 0 || strcmp(text, "0") == 0);
}

/* PostgreSQL takes any prefix of true, false, yes, no; on, of, off; 1, 0. */
static vv_status parse_bool(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error)
{
    bool value = false;

    if (!bool_of(text, &value)) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "parameter \"%s\" requires a Boolean value", info->name);
    }
    value_out->number = value;
    return VV_OK;
}

/* As PostgreSQL's parse_int(): hexadecimal and octal too, fractions are rounded. */
static vv_status parse_number(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error)
{
    size_t unit_count = 0;
    const struct unit *units = units_of(info->kind, &unit_count);
    const char *own = info->kind == KILOBYTES ? " kB" : info->kind == MILLISECONDS ? " ms" : "";
    const char *hint = "";
    char *end = NULL;
    double number = 0;
    bool good = false;

    errno = 0;
    number = (double)strtol(text, &end, 0);
    if (*end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
        errno = 0;
        number = strtod(text, &end);
    }
    good = end != text && errno == 0 && number == number;
    while (isspace((unsigned char)*end)) {
        end++;
    }
    if (good && *end != '\0') {
        size_t size = strcspn(end, " \t\n\r\f\v");

        good = false;
        for (size_t i = 0; i < unit_count; i++) {
            if (strlen(units[i].name) == size && strncmp(units[i].name, end, size) == 0 &&
                end[size + strspn(end + size, " \t\n\r\f\v")] == '\0') {
                number *= units[i].size;
                good = true;
            }
        }
        hint = good || unit_count == 0 ? ""
               : info->kind == KILOBYTES
                   ? "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
                   : "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", "
                     "and \"d\".";
    }
    number = rint(number);
    if (good && (number > INT32_MAX || number < INT32_MIN)) {
        good = false;
        hint = "Value exceeds integer range.";
    }
    if (!good) {
        (void)error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "invalid value for parameter \"%s\": \"%.200s\"", info->name, text);
        if (hint[0] != '\0') {
            error_hint(error, "%s", hint);
        }
        return VV_ERROR;
    }
    if (number < (double)info->least || number > (double)info->greatest) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "%.0f%s is outside the valid range for parameter \"%s\" (%lld .. %lld)",
                         number, own, info->name, (long long)info->least,
                         (long long)info->greatest);
    }
    value_out->number = (int64_t)number;
    return VV_OK;
}

static double greatest_of(const struct setting_info *info)
{
    return info->greatest == REAL_MAX ? DBL_MAX : (double)info->greatest;
}

/* As PostgreSQL's parse_real(), for settings without a unit. The number is the double's bits. */
static vv_status parse_real(const struct setting_info *info, const char *text,
                            struct setting_value *value_out, struct vv_error *error)
{
    double real = 0;
    vv_status status = double_parse(slice_text(text), &real);

    if (status != VV_OK || isnan(real)) {
        (void)error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "invalid value for parameter \"%s\": \"%.200s\"", info->name, text);
        if (status == VV_LIMIT) {
            error_hint(error, "Value is out of range.");
        }
        return VV_ERROR;
    }
    if (real < (double)info->least || real > greatest_of(info)) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "%g is outside the valid range for parameter \"%s\" (%lld .. %g)", real,
                         info->name, (long long)info->least, greatest_of(info));
    }
    memcpy(&value_out->number, &real, sizeof real);
    return VV_OK;
}

static void show_real(int64_t bits, char *text)
{
    double real = 0;

    memcpy(&real, &bits, sizeof real);
    text[double_print(real, text)] = '\0';
}

static vv_status parse_choice(const struct setting_info *info, const char *text,
                              struct setting_value *value_out, struct vv_error *error)
{
    bool flag = false;
    const char *wanted = text;
    char list[SETTING_TEXT_BYTES] = "";
    size_t list_size = 0;
    const char *word = info->choices;

    if (info == &infos[SETTING_SYNCHRONOUS_COMMIT] && bool_of(text, &flag)) {
        wanted = flag ? "on" : "off"; /* it was a Boolean once */
    }
    for (int64_t index = 0; *word != '\0'; index++) {
        bool known = *word != '!';
        size_t size = 0;

        word += !known;
        size = strcspn(word, "|");
        if (strlen(wanted) == size && strncasecmp(wanted, word, size) == 0) {
            value_out->number = index;
            return known ? VV_OK : unsupported(info->name, text, error);
        }
        list_size += (size_t)snprintf(list + list_size, sizeof list - list_size, "%s%.*s",
                                      index == 0 ? "" : ", ", (int)size, word);
        word += size + (word[size] != '\0');
    }
    (void)error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                    "invalid value for parameter \"%s\": \"%.200s\"", info->name, text);
    if (strchr(info->choices, '|') != NULL) {
        error_hint(error, "Available values: %s.", list);
    }
    return VV_ERROR;
}

static vv_status parse_text(struct settings *settings, enum setting_id id, const char *text,
                            struct setting_value *value_out, struct vv_error *error)
{
    const char *name =
        id < SETTING_COUNT ? infos[id].name : settings->own[(uint32_t)id - SETTING_COUNT].name;
    char canonical[SETTING_TEXT_BYTES];
    char detail[SETTING_TEXT_BYTES] = "";
    vv_status status = VV_OK;

    if (id < SETTING_COUNT && text == infos[id].initial) {
        value_out->text = text;
        return VV_OK;
    }
    status = strlen(text) >= SETTING_TEXT_BYTES
                 ? VV_INVALID
                 : settings_check_text(id, text, id < SETTING_COUNT ? settings->now[id].text : NULL,
                                       canonical, detail);
    if (status == VV_UNSUPPORTED) {
        return unsupported(name, text, error);
    }
    if (status != VV_OK) {
        (void)error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "invalid value for parameter \"%s\": \"%.200s\"", name, text);
        if (detail[0] != '\0') {
            error_detail(error, "%.400s", detail);
        }
        return VV_ERROR;
    }
    value_out->text = settings_keep(settings, canonical);
    return value_out->text == NULL ? error_from_status(error, VV_NOMEM) : VV_OK;
}

/* Values that PostgreSQL has and that would change results here without being obeyed. */
static vv_status value_check(enum setting_id id, const struct setting_value *value,
                             struct vv_error *error)
{
    if (id == SETTING_STANDARD_CONFORMING_STRINGS && value->number == 0) {
        return unsupported(infos[id].name, "off", error);
    }
    return VV_OK;
}

static vv_status unsupported(const char *name, const char *text, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                     "the value \"%.200s\" of parameter \"%s\" is not supported yet", text, name);
}

static const struct unit *units_of(enum setting_kind kind, size_t *count_out)
{
    *count_out = kind == MILLISECONDS ? sizeof times / sizeof times[0]
                 : kind == KILOBYTES  ? sizeof sizes / sizeof sizes[0]
                                      : 0;
    return kind == MILLISECONDS ? times : sizes;
}

static void show_number(const struct setting_info *info, int64_t number, char *text)
{
    size_t count = 0;
    const struct unit *units = units_of(info->kind, &count);

    for (size_t i = 0; i < count && number > 0; i++) {
        if (units[i].size >= 1 && number % (int64_t)units[i].size == 0) {
            snprintf(text, SETTING_TEXT_BYTES, "%lld%s",
                     (long long)(number / (int64_t)units[i].size), units[i].name);
            return;
        }
    }
    snprintf(text, SETTING_TEXT_BYTES, "%lld", (long long)number);
}

static void show_choice(const struct setting_info *info, int64_t number, char *text)
{
    const char *word = info->choices;

    while (number-- > 0) {
        word = strchr(word, '|');
        VV_ASSERT(word != NULL);
        word++;
    }
    snprintf(text, SETTING_TEXT_BYTES, "%.*s", (int)strcspn(word, "|"), word);
}

static const struct settings_default *default_find(const struct settings *settings, uint32_t id)
{
    const struct settings_default *found = settings->defaults;

    while (found != NULL && found->id != id) {
        found = found->next;
    }
    return found;
}

static vv_status change_log(struct settings *settings, uint32_t id, struct vv_error *error)
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
    settings->changes[settings->change_count++] =
        (struct settings_change){.id = id,
                                 .before = *slot(settings, id, false),
                                 .before_session = *slot(settings, id, true)};
    return VV_OK;
}
