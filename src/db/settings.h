/*
 * settings.h - the settings of a session: SET, SET LOCAL, RESET, SHOW, with PostgreSQL's transaction rules.
 *
 * A setting changed in a transaction that is rolled back (or rolled back to a savepoint before it) gets its
 * old value again; SET LOCAL ends with its transaction in any case. A log of changes, replayed backward,
 * does both.
 *
 * Promises: D1 after ROLLBACK every setting is what it was at BEGIN; after COMMIT only SET LOCAL is undone;
 *           D2 a refused value changes nothing.
 * Threads:  one at a time.
 */
#ifndef VARVE_DB_SETTINGS_H
#define VARVE_DB_SETTINGS_H

#include "base/alloc.h"
#include "base/error.h"

enum setting_id {
#define X(id, ...) SETTING_##id,
#include "db/settings.def"
#undef X
    SETTING_COUNT
};

#define SETTING_TEXT_BYTES 128

struct setting_value {
    int64_t number;                /* BOOL, INTEGER, MILLISECONDS; CHOICE: index of the word */
    char text[SETTING_TEXT_BYTES]; /* TEXT, FIXED; CHOICE: the word */
};

struct settings_change {
    uint16_t id;
    struct setting_value before;         /* what SHOW said */
    struct setting_value before_session; /* what it will be after COMMIT */
};

/* What RESET comes back to instead of the built-in default: a start-up packet's wish. */
struct settings_default {
    struct settings_default *next;
    uint16_t id;
    struct setting_value value;
};

struct settings {
    struct alloc *alloc;
    struct setting_value now[SETTING_COUNT];
    struct setting_value session[SETTING_COUNT]; /* `now` without what SET LOCAL did */
    struct settings_change *changes;             /* of the open transaction */
    uint32_t change_count;
    uint32_t change_capacity;
    struct settings_default *defaults;
};

/* All defaults. borrow: alloc until settings_release(). */
void settings_init(struct settings *settings, struct alloc *alloc);
void settings_release(struct settings *settings);

/* SETTING_COUNT when there is none of that name (any case). */
enum setting_id settings_find(const char *name);
const char *settings_name(enum setting_id id);
const char *settings_description(enum setting_id id);

/* The setting's value as SHOW prints it, e.g. "5s"; text has room for SETTING_TEXT_BYTES. */
void settings_show(const struct settings *settings, enum setting_id id, char *text);

/* SET name TO value (NULL: the default). 42704 unknown, 22023 a bad value, 55P02 a fixed one. Inside a
 * transaction (in_transaction) the change is logged. */
VV_MUST_USE vv_status settings_set(struct settings *settings, const char *name, const char *value,
                                   bool local, bool in_transaction, struct vv_error *error);

/* As SET, and what RESET comes back to. Outside transactions. */
VV_MUST_USE vv_status settings_set_default(struct settings *settings, const char *name,
                                           const char *value, struct vv_error *error);

/* RESET ALL. */
VV_MUST_USE vv_status settings_reset_all(struct settings *settings, bool in_transaction,
                                         struct vv_error *error);

/* id becomes what from is, beside all transactions. */
void settings_copy(struct settings *settings, enum setting_id id, enum setting_id from);

/* What a text means for a setting (NULL: its default); errors as settings_set. */
VV_MUST_USE vv_status settings_parse(const struct settings *settings, enum setting_id id,
                                     const char *text, struct setting_value *value_out,
                                     struct vv_error *error);

/* D1. mark: settings->change_count at the savepoint. */
void settings_commit(struct settings *settings);
void settings_rollback_to(struct settings *settings, uint32_t mark);

static inline int64_t settings_number(const struct settings *settings, enum setting_id id)
{
    return settings->now[id].number;
}

static inline const char *settings_text(const struct settings *settings, enum setting_id id)
{
    return settings->now[id].text;
}

#endif
