/*
 * settings.h - the settings of a session: SET, SET LOCAL, RESET, SHOW, with PostgreSQL's transaction rules.
 *
 * A setting changed in a transaction that is rolled back (or rolled back to a savepoint before it) gets its
 * old value again; SET LOCAL ends with its transaction in any case. A log of changes, replayed backward,
 * does both. Names with a dot belong to the user and come to be when they are set; they have no default but
 * the empty text. A session holds few texts, so values point to texts that the settings own and sweep when they
 * have become many.
 *
 * Promises: D1 after ROLLBACK every setting is what it was at BEGIN; after COMMIT only SET LOCAL is undone;
 *           D2 a refused value changes nothing.
 * Threads:  one at a time.
 */
#ifndef VARVE_DB_SETTINGS_H
#define VARVE_DB_SETTINGS_H

#include "base/alloc.h"
#include "base/error.h"
#include "value/context.h"

enum setting_id {
#define X(id, ...) SETTING_##id,
#include "db/settings.def"
#undef X
    SETTING_COUNT /* the user's own follow */
};

#define SETTING_SYNCHRONOUS_COMMIT_OFF 4 /* the place of that choice */

#define SETTING_NONE       UINT32_MAX
#define SETTING_TEXT_BYTES 1024 /* with a NUL: what SHOW says at most */

struct setting_value {
    int64_t number;   /* BOOL, INTEGER, MILLISECONDS, KILOBYTES; CHOICE: index of the word */
    const char *text; /* TEXT, FIXED; borrow: of the settings */
};

struct settings_change {
    uint32_t id;
    struct setting_value before;         /* what SHOW said */
    struct setting_value before_session; /* what it will be after COMMIT */
};

/* What RESET comes back to instead of the built-in default: a start-up packet's wish. */
struct settings_default {
    struct settings_default *next;
    uint32_t id;
    struct setting_value value;
};

/* SET my.own TO 'x'. */
struct settings_own {
    struct setting_value now;
    struct setting_value session;
    char *name;
};

struct settings_text; /* settings_text.c */

struct settings {
    struct alloc *alloc;
    uint64_t version; /* another one after each change but those of the transaction's modes */
    struct setting_value now[SETTING_COUNT];
    struct setting_value session[SETTING_COUNT]; /* `now` without what SET LOCAL did */
    struct settings_own *own;                    /* id - SETTING_COUNT is the index */
    uint32_t own_count;
    uint32_t own_capacity;
    struct settings_change *changes; /* of the open transaction */
    uint32_t change_count;
    uint32_t change_capacity;
    struct settings_default *defaults;
    struct settings_text *texts;
    size_t text_bytes;
    size_t text_limit; /* sweep when text_bytes comes to it */
};

/* All defaults. borrow: alloc until settings_release(). */
void settings_init(struct settings *settings, struct alloc *alloc);
void settings_release(struct settings *settings);

/* SETTING_NONE when there is none of that name (any case). */
uint32_t settings_find(const struct settings *settings, const char *name);
const char *settings_name(enum setting_id id);
const char *settings_description(enum setting_id id);

/* The setting's value as SHOW prints it, e.g. "5s"; text has room for SETTING_TEXT_BYTES. */
void settings_show(const struct settings *settings, uint32_t id, char *text);

/* SET name TO value (NULL: the default). 42704 unknown, 42602 a bad name of one's own, 22023 a bad value, 0A000 one
 * that Varve does not know, 55P02 a fixed setting. Inside a transaction (in_transaction) the change is logged. */
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
VV_MUST_USE vv_status settings_parse(struct settings *settings, uint32_t id, const char *text,
                                     struct setting_value *value_out, struct vv_error *error);

/* D1. mark: settings->change_count at the savepoint. */
void settings_commit(struct settings *settings);
void settings_rollback_to(struct settings *settings, uint32_t mark);

/* What pg_settings shows of one; texts are empty where it shows NULL, but unit, which is NULL. */
struct setting_facts {
    const char *unit;
    const char *type; /* "bool", "integer", "string", "enum" */
    bool fixed;
    bool changed; /* since the session began */
    char setting[SETTING_TEXT_BYTES];
    char built_in[SETTING_TEXT_BYTES];
    char reset[SETTING_TEXT_BYTES];
    char least[24];
    char greatest[24];
    char choices[SETTING_TEXT_BYTES]; /* "{on,off}" */
};
void settings_facts(struct settings *settings, enum setting_id id, struct setting_facts *facts_out);

static inline int64_t settings_number(const struct settings *settings, enum setting_id id)
{
    return settings->now[id].number;
}

/* Of a TEXT setting. */
static inline const char *settings_text(const struct settings *settings, enum setting_id id)
{
    return settings->now[id].text;
}

/* ---- settings_text.c ---- */

/* A copy that lives as long as a value points to it. NULL: out of memory. */
const char *settings_keep(struct settings *settings, const char *text);
void settings_texts_release(struct settings *settings);

/* What the settings of form say now. */
void settings_forms(const struct settings *settings, struct context_forms *forms_out);

/* The check hooks of texts: the text as SHOW prints it in canonical[SETTING_TEXT_BYTES]; now: the value it may keep
 * parts of. VV_INVALID: *detail (maybe
 * left empty, SETTING_TEXT_BYTES) says why; VV_UNSUPPORTED: Varve does not know such a value. */
vv_status settings_check_text(enum setting_id id, const char *text, const char *now,
                              char *canonical, char *detail);

#endif
