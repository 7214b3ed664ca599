/*
 * config.h - what varved was told: flags, environment, a YAML file, in this order of strength. See config.def.
 *
 * A name that nobody knows is refused, with the nearest known one; a value must fit its kind and range.
 */
#ifndef VARVE_SERVER_CONFIG_H
#define VARVE_SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum config_id {
#define X(id, name, when, kind, initial, least, greatest, choices, description) CONFIG_##id,
#include "server/config.def"
#undef X
    CONFIG_COUNT
};

#define CONFIG_TEXT_BYTES 1024
#define CONFIG_ACCESS_MAX 64
#define CONFIG_RULE_BYTES 256

struct config {
    char text[CONFIG_COUNT][CONFIG_TEXT_BYTES]; /* as it was said */
    int64_t number[CONFIG_COUNT];               /* CHOICE: index of the word; TIME: ms; BYTES */
    uint8_t strength[CONFIG_COUNT];             /* who said it */
    char access[CONFIG_ACCESS_MAX][CONFIG_RULE_BYTES]; /* access.h */
    unsigned access_count;
    uint8_t access_strength;
    int argc; /* to read it again */
    char **argv;
    /* what to do instead of serving */
    bool help;
    bool version;
    bool check;
    bool init;
    const char *add_user; /* borrow: argv */
    const char *drop_user;
};

const char *config_name(int id);
/* Whether SIGHUP changes it. */
bool config_reloads(int id);

/* What config.def says of a setting. */
struct config_facts {
    const char *description;
    const char *initial;
    const char *choices; /* "": it is no choice */
    bool reloads;
    bool is_number; /* TIME in ms */
    int64_t initial_number;
    int64_t least;
    int64_t greatest;
};
struct config_facts config_facts(int id);

/* Reads everything. False: message says what is wrong. */
bool config_read(struct config *config, int argc, char **argv, char message[1024]);

/* The words of --help. */
void config_help(FILE *out);

/* Every setting as a YAML file. */
void config_print(const struct config *config, FILE *out);

#endif
