/* config.c - see config.h. */
#include "server/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

enum config_kind { TEXT, INTEGER, BYTES, TIME, CHOICE };
enum config_when { START, RELOAD };
enum { BY_DEFAULT, BY_FILE, BY_ENVIRONMENT, BY_FLAG };

static const struct config_info {
    const char *name;
    enum config_when when;
    enum config_kind kind;
    const char *initial;
    int64_t least;
    int64_t greatest;
    const char *choices;
    const char *description;
} infos[] = {
#define X(id, name, when, kind, initial, least, greatest, choices, description) \
    {name, when, kind, initial, least, greatest, choices, description},
#include "server/config.def"
#undef X
};

/* A YAML file is read: one mapping of names to scalars, and `access`, whose value is a list. */
struct reading {
    char key[64];
    bool has_key;
    bool in_map;
    bool in_list;
};

static bool read_flags(struct config *config, int argc, char **argv, char **file_out,
                       char message[1024]);
static bool read_action(struct config *config, const char *name, char *value, char **file_out,
                        bool *took_value_out);
static bool read_environment(struct config *config, char message[1024]);
static bool read_file(struct config *config, const char *path, char message[1024]);
static bool read_events(struct config *config, yaml_parser_t *parser, const char *path,
                        char message[1024]);
static bool read_event(struct config *config, struct reading *reading, const yaml_event_t *event,
                       char message[1024]);
static bool read_scalar(struct config *config, struct reading *reading, const char *scalar,
                        char message[1024]);
static bool rule_add(struct config *config, const char *rule, int strength, char message[1024]);
static bool set(struct config *config, int id, const char *value, int strength, char message[1024]);
static bool parse_number(const struct config_info *info, const char *value, int64_t *number_out);
static double unit_of(enum config_kind kind, const char *unit);
static bool parse_choice(const struct config_info *info, const char *value, int64_t *number_out);
static int find(const char *name);
static const char *nearest(const char *name);
static size_t distance(const char *a, const char *b);

bool config_read(struct config *config, int argc, char **argv, char message[1024])
{
    char *file = NULL;

    memset(config, 0, sizeof *config);
    config->argc = argc;
    config->argv = argv;
    for (int id = 0; id < CONFIG_COUNT; id++) {
        if (!set(config, id, infos[id].initial, BY_DEFAULT, message)) {
            return false;
        }
    }
    return read_flags(config, argc, argv, &file, message) && read_environment(config, message) &&
           (file == NULL || read_file(config, file, message));
}

const char *config_name(int id)
{
    return infos[id].name;
}

bool config_reloads(int id)
{
    return infos[id].when == RELOAD;
}

struct config_facts config_facts(int id)
{
    const struct config_info *info = &infos[id];
    struct config_facts facts = {.description = info->description,
                                 .initial = info->initial,
                                 .choices = info->choices,
                                 .reloads = info->when == RELOAD,
                                 .is_number = info->kind != TEXT && info->kind != CHOICE,
                                 .least = info->least,
                                 .greatest = info->greatest};

    if (facts.is_number) {
        (void)parse_number(info, info->initial, &facts.initial_number);
    }
    return facts;
}

void config_help(FILE *out)
{
    fprintf(out,
            "varved serves a Varve database to PostgreSQL's clients.\n\n"
            "Usage:\n"
            "  varved --data DIRECTORY --init              make the database and its first user\n"
            "  varved --data DIRECTORY --add-user NAME     add a user or give a new password\n"
            "  varved --data DIRECTORY [SETTING...]        serve\n\n"
            "Passwords of --init and --add-user are random and printed, or VARVED_PASSWORD.\n\n"
            "  --config FILE          read settings from a YAML file\n"
            "  --access RULE          who may come from where, as a line of pg_hba.conf; again for "
            "the next;\n"
            "                         in the file a list (access: [local all all trust])\n"
            "  --check-config         print the settings and stop\n"
            "  --init                 add the user varve with a random password\n"
            "  --add-user NAME\n"
            "  --drop-user NAME\n"
            "  --help, --version\n\n"
            "Settings, also in the file (max_connections: 50) and the environment\n"
            "(VARVED_MAX_CONNECTIONS=50):\n");
    for (int id = 0; id < CONFIG_COUNT; id++) {
        char flag[64];

        snprintf(flag, sizeof flag, "%s", infos[id].name);
        for (char *at = flag; *at != '\0'; at++) {
            *at = *at == '_' ? '-' : *at;
        }
        fprintf(out, "  --%s %s\n      %s", flag,
                infos[id].kind == CHOICE ? infos[id].choices : "VALUE", infos[id].description);
        fprintf(out, infos[id].initial[0] == '\0' ? "\n" : " (%s)\n", infos[id].initial);
    }
    fprintf(
        out,
        "\nSIGHUP reads the users, the file and the certificate again. SIGTERM and "
        "SIGINT\n"
        "end the clients (fast), SIGUSR1 waits for them to leave (smart), SIGQUIT leaves at once "
        "(immediate);\n"
        "nothing acknowledged is lost by any.\n");
}

void config_print(const struct config *config, FILE *out)
{
    for (int id = 0; id < CONFIG_COUNT; id++) {
        fprintf(out, "%s: \"%s\"\n", infos[id].name, config->text[id]);
    }
    fprintf(out, config->access_count == 0 ? "access: []\n" : "access:\n");
    for (unsigned i = 0; i < config->access_count; i++) {
        fprintf(out, "  - \"%s\"\n", config->access[i]);
    }
}

static bool read_flags(struct config *config, int argc, char **argv, char **file_out,
                       char message[1024])
{
    for (int i = 1; i < argc; i++) {
        char name[64];
        char *equals = strchr(argv[i], '=');
        size_t size = equals == NULL ? strlen(argv[i]) : (size_t)(equals - argv[i]);
        char *value = equals != NULL ? equals + 1 : i + 1 < argc ? argv[i + 1] : NULL;
        bool took_value = false;
        int id = -1;

        if (strncmp(argv[i], "--", 2) != 0 || size - 2 >= sizeof name) {
            snprintf(message, 1024, "unexpected argument \"%.200s\"", argv[i]);
            return false;
        }
        snprintf(name, sizeof name, "%.*s", (int)size - 2, argv[i] + 2);
        for (char *at = name; *at != '\0'; at++) {
            *at = *at == '-' ? '_' : *at;
        }
        if (read_action(config, name, value, file_out, &took_value)) {
            if (took_value && value == NULL) {
                snprintf(message, 1024, "--%s needs a value", argv[i] + 2);
                return false;
            }
            if (strcmp(name, "access") == 0 && !rule_add(config, value, BY_FLAG, message)) {
                return false;
            }
            i += took_value && equals == NULL;
            continue;
        }
        id = find(name);
        if (id < 0) {
            snprintf(message, 1024, "unknown option \"%.200s\"; did you mean \"%s\"?", argv[i],
                     nearest(name));
            return false;
        }
        if (value == NULL) {
            snprintf(message, 1024, "%.200s needs a value", argv[i]);
            return false;
        }
        if (!set(config, id, value, BY_FLAG, message)) {
            return false;
        }
        i += equals == NULL;
    }
    return true;
}

/* Flags that are no settings. */
static bool read_action(struct config *config, const char *name, char *value, char **file_out,
                        bool *took_value_out)
{
    if (strcmp(name, "help") == 0) {
        config->help = true;
    } else if (strcmp(name, "version") == 0) {
        config->version = true;
    } else if (strcmp(name, "check_config") == 0) {
        config->check = true;
    } else if (strcmp(name, "init") == 0) {
        config->init = true;
    } else {
        *took_value_out = true;
        if (strcmp(name, "config") == 0) {
            *file_out = value;
        } else if (strcmp(name, "add_user") == 0) {
            config->add_user = value;
        } else if (strcmp(name, "drop_user") == 0) {
            config->drop_user = value;
        } else {
            return strcmp(name, "access") == 0;
        }
    }
    return true;
}

static bool read_environment(struct config *config, char message[1024])
{
    for (int id = 0; id < CONFIG_COUNT; id++) {
        char name[64];
        const char *value = NULL;

        snprintf(name, sizeof name, "VARVED_%s", infos[id].name);
        for (char *at = name; *at != '\0'; at++) {
            *at = (char)toupper((unsigned char)*at);
        }
        value = getenv(name);
        if (value != NULL && !set(config, id, value, BY_ENVIRONMENT, message)) {
            return false;
        }
    }
    return true;
}

static bool read_file(struct config *config, const char *path, char message[1024])
{
    FILE *file = fopen(path, "re");
    yaml_parser_t parser;
    bool good = false;

    if (file == NULL) {
        snprintf(message, 1024, "%.500s: %s", path, strerror(errno));
        return false;
    }
    if (yaml_parser_initialize(&parser) == 0) {
        fclose(file);
        snprintf(message, 1024, "out of memory");
        return false;
    }
    yaml_parser_set_input_file(&parser, file);
    good = read_events(config, &parser, path, message);
    yaml_parser_delete(&parser);
    fclose(file);
    return good;
}

static bool read_events(struct config *config, yaml_parser_t *parser, const char *path,
                        char message[1024])
{
    struct reading reading = {.has_key = false};
    yaml_event_type_t type = YAML_NO_EVENT;

    while (type != YAML_STREAM_END_EVENT) {
        yaml_event_t event;
        char wrong[1024] = "\"name: value\" is expected";
        size_t line = 0;
        bool good = false;

        if (yaml_parser_parse(parser, &event) == 0) {
            snprintf(message, 1024, "%.500s, line %zu: %s", path, parser->problem_mark.line + 1,
                     parser->problem == NULL ? "not YAML" : parser->problem);
            return false;
        }
        type = event.type;
        line = event.start_mark.line + 1;
        good = read_event(config, &reading, &event, wrong);
        yaml_event_delete(&event);
        if (!good) {
            snprintf(message, 1024, "%.400s, line %zu: %.500s", path, line, wrong);
            return false;
        }
    }
    return true;
}

static bool read_event(struct config *config, struct reading *reading, const yaml_event_t *event,
                       char message[1024])
{
    switch (event->type) {
    case YAML_MAPPING_START_EVENT:
        if (reading->in_map) {
            return false;
        }
        reading->in_map = true;
        return true;
    case YAML_SEQUENCE_START_EVENT:
        if (!reading->has_key || strcmp(reading->key, "access") != 0 || reading->in_list) {
            return false;
        }
        reading->in_list = true;
        return true;
    case YAML_SEQUENCE_END_EVENT:
        reading->in_list = false;
        reading->has_key = false;
        return true;
    case YAML_SCALAR_EVENT:
        return read_scalar(config, reading, (const char *)event->data.scalar.value, message);
    case YAML_ALIAS_EVENT:
        return false;
    default:
        return true;
    }
}

static bool read_scalar(struct config *config, struct reading *reading, const char *scalar,
                        char message[1024])
{
    if (reading->in_list) {
        return rule_add(config, scalar, BY_FILE, message);
    }
    if (!reading->in_map) {
        return scalar[0] == '\0'; /* an empty file */
    }
    if (!reading->has_key) {
        snprintf(reading->key, sizeof reading->key, "%s", scalar);
        reading->has_key = true;
        if (find(reading->key) < 0 && strcmp(reading->key, "access") != 0) {
            snprintf(message, 1024, "unknown setting \"%s\"; did you mean \"%s\"?", reading->key,
                     nearest(reading->key));
            return false;
        }
        return true;
    }
    reading->has_key = false;
    if (strcmp(reading->key, "access") == 0) {
        snprintf(message, 1024, "access is a list: - local all all scram-sha-256");
        return false;
    }
    return set(config, find(reading->key), scalar, BY_FILE, message);
}

/* Rules of flags are instead of the file's. What they mean is checked by who uses them. */
static bool rule_add(struct config *config, const char *rule, int strength, char message[1024])
{
    if (strength < config->access_strength) {
        return true;
    }
    if (config->access_count == CONFIG_ACCESS_MAX || strlen(rule) >= CONFIG_RULE_BYTES) {
        snprintf(message, 1024, "too many access rules, or one too long");
        return false;
    }
    config->access_strength = (uint8_t)strength;
    snprintf(config->access[config->access_count++], CONFIG_RULE_BYTES, "%s", rule);
    return true;
}

/* What was said with more strength stays. */
static bool set(struct config *config, int id, const char *value, int strength, char message[1024])
{
    const struct config_info *info = &infos[id];
    int64_t number = 0;
    bool fits = strlen(value) < CONFIG_TEXT_BYTES;

    if (info->kind == CHOICE) {
        fits = fits && parse_choice(info, value, &number);
    } else if (info->kind != TEXT) {
        fits = fits && parse_number(info, value, &number);
    }
    if (!fits) {
        snprintf(message, 1024, "invalid value for \"%s\": \"%.200s\" (%s%s)", info->name, value,
                 info->kind == CHOICE ? "one of: " : info->description,
                 info->kind == CHOICE ? info->choices : "");
        return false;
    }
    if (strength >= config->strength[id]) {
        snprintf(config->text[id], CONFIG_TEXT_BYTES, "%s", value);
        config->number[id] = number;
        config->strength[id] = (uint8_t)strength;
    }
    return true;
}

static bool parse_number(const struct config_info *info, const char *value, int64_t *number_out)
{
    char *end = NULL;
    double number = strtod(value, &end);
    double unit = 1;

    while (*end == ' ') {
        end++;
    }
    if (end == value || number != number) {
        return false;
    }
    if (*end != '\0') {
        unit = unit_of(info->kind, end);
    }
    number *= unit;
    if (unit == 0 || number < (double)info->least || number > (double)info->greatest) {
        return false;
    }
    *number_out = number >= 9.2e18 ? INT64_MAX : (int64_t)number;
    return true;
}

/* 0: no such unit. */
static double unit_of(enum config_kind kind, const char *unit)
{
    static const struct {
        enum config_kind kind;
        const char *name;
        double size;
    } units[] = {{BYTES, "B", 1},       {BYTES, "kB", 1024},   {BYTES, "KB", 1024},
                 {BYTES, "MB", 0x1p20}, {BYTES, "GB", 0x1p30}, {BYTES, "TB", 0x1p40},
                 {TIME, "ms", 1},       {TIME, "s", 1000},     {TIME, "m", 60000},
                 {TIME, "min", 60000},  {TIME, "h", 3600000}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].kind == kind && strcmp(units[i].name, unit) == 0) {
            return units[i].size;
        }
    }
    return 0;
}

static bool parse_choice(const struct config_info *info, const char *value, int64_t *number_out)
{
    const char *word = info->choices;

    for (int64_t index = 0; *word != '\0'; index++) {
        size_t size = strcspn(word, " ");

        if (strlen(value) == size && strncmp(word, value, size) == 0) {
            *number_out = index;
            return true;
        }
        word += size + (word[size] != '\0');
    }
    return false;
}

static int find(const char *name)
{
    for (int id = 0; id < CONFIG_COUNT; id++) {
        if (strcmp(infos[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

static const char *nearest(const char *name)
{
    const char *best = infos[0].name;

    for (int id = 1; id < CONFIG_COUNT; id++) {
        if (distance(infos[id].name, name) < distance(best, name)) {
            best = infos[id].name;
        }
    }
    return best;
}

/* Levenshtein's, of names up to 63 bytes. */
static size_t distance(const char *a, const char *b)
{
    size_t row[65];
    size_t b_size = strnlen(b, 64);

    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 1; j <= b_size; j++) {
            size_t changed = diagonal + (a[i] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = changed < shorter ? changed : shorter;
        }
    }
    return row[b_size];
}
