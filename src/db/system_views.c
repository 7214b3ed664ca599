/*
 * system_views.c - schemas, databases, roles, settings, and the views that show tables and indexes to people.
 *
 * There is one database and, as far as the engine knows, one role, which owns everything.
 */
#include <stdio.h>

#include "catalog/sequence.h"
#include "db/db_private.h"
#include "db/system_private.h"

#define ENCODING_UTF8 6

static const struct {
    const char *name;
    uint32_t oid;
} schemas[] = {{"pg_catalog", TABLE_SCHEMA_CATALOG},
               {"public", TABLE_SCHEMA_PUBLIC},
               {"information_schema", SYSTEM_SCHEMA_INFORMATION}};

vv_status system_rows_pg_namespace(struct system_scan *scan)
{
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        system_row(scan);
        system_number(scan, SYSTEM_pg_namespace__oid, schemas[i].oid);
        system_string(scan, SYSTEM_pg_namespace__nspname, schemas[i].name);
        system_number(scan, SYSTEM_pg_namespace__nspowner, SYSTEM_ROLE);
    }
    return VV_OK;
}

vv_status system_rows_pg_database(struct system_scan *scan)
{
    system_row(scan);
    system_number(scan, SYSTEM_pg_database__oid, SYSTEM_DATABASE);
    system_string(scan, SYSTEM_pg_database__datname, scan->database);
    system_number(scan, SYSTEM_pg_database__datdba, SYSTEM_ROLE);
    system_number(scan, SYSTEM_pg_database__encoding, ENCODING_UTF8);
    system_letter(scan, SYSTEM_pg_database__datlocprovider, 'c');
    system_boolean(scan, SYSTEM_pg_database__datistemplate, false);
    system_boolean(scan, SYSTEM_pg_database__datallowconn, true);
    system_number(scan, SYSTEM_pg_database__datconnlimit, -1);
    system_number(scan, SYSTEM_pg_database__datfrozenxid, 0);
    system_number(scan, SYSTEM_pg_database__datminmxid, 0);
    system_number(scan, SYSTEM_pg_database__dattablespace, SYSTEM_TABLESPACE);
    system_string(scan, SYSTEM_pg_database__datcollate, "C");
    system_string(scan, SYSTEM_pg_database__datctype, "C.UTF-8");
    return VV_OK;
}

vv_status system_rows_pg_roles(struct system_scan *scan)
{
    struct session_roles roles;

    VV_TRY(roles_list(scan->session, scan->arena, &roles));
    for (uint32_t i = 0; i < roles.count; i++) {
        const struct session_role *role = &roles.roles[i];

        system_row(scan);
        system_string(scan, SYSTEM_pg_roles__rolname, role->name);
        system_boolean(scan, SYSTEM_pg_roles__rolsuper, role->superuser);
        system_boolean(scan, SYSTEM_pg_roles__rolinherit, true);
        system_boolean(scan, SYSTEM_pg_roles__rolcreaterole, role->superuser);
        system_boolean(scan, SYSTEM_pg_roles__rolcreatedb, role->superuser);
        system_boolean(scan, SYSTEM_pg_roles__rolcanlogin, role->login);
        system_boolean(scan, SYSTEM_pg_roles__rolreplication, false);
        system_number(scan, SYSTEM_pg_roles__rolconnlimit, -1);
        system_string(scan, SYSTEM_pg_roles__rolpassword, "********");
        system_boolean(scan, SYSTEM_pg_roles__rolbypassrls, role->superuser);
        system_number(scan, SYSTEM_pg_roles__oid, role->id);
    }
    return VV_OK;
}

/* What is for superusers alone. */
static vv_status permit(struct system_scan *scan, const char *kind, const char *name)
{
    return roles_superuser(scan->session)
               ? VV_OK
               : error_set(scan->error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                           "permission denied for %s %s", kind, name);
}

/* Passwords are the host's secret: nobody sees them. */
vv_status system_rows_pg_authid(struct system_scan *scan)
{
    struct session_roles roles;

    VV_TRY(permit(scan, "table", "pg_authid"));
    VV_TRY(roles_list(scan->session, scan->arena, &roles));
    for (uint32_t i = 0; i < roles.count; i++) {
        const struct session_role *role = &roles.roles[i];

        system_row(scan);
        system_number(scan, SYSTEM_pg_authid__oid, role->id);
        system_string(scan, SYSTEM_pg_authid__rolname, role->name);
        system_boolean(scan, SYSTEM_pg_authid__rolsuper, role->superuser);
        system_boolean(scan, SYSTEM_pg_authid__rolinherit, true);
        system_boolean(scan, SYSTEM_pg_authid__rolcreaterole, role->superuser);
        system_boolean(scan, SYSTEM_pg_authid__rolcreatedb, role->superuser);
        system_boolean(scan, SYSTEM_pg_authid__rolcanlogin, role->login);
        system_boolean(scan, SYSTEM_pg_authid__rolreplication, false);
        system_boolean(scan, SYSTEM_pg_authid__rolbypassrls, role->superuser);
        system_number(scan, SYSTEM_pg_authid__rolconnlimit, -1);
    }
    return VV_OK;
}

/* Roles that may log in. */
vv_status system_rows_pg_user(struct system_scan *scan)
{
    struct session_roles roles;

    VV_TRY(roles_list(scan->session, scan->arena, &roles));
    for (uint32_t i = 0; i < roles.count; i++) {
        const struct session_role *role = &roles.roles[i];

        if (!role->login) {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_user__usename, role->name);
        system_number(scan, SYSTEM_pg_user__usesysid, role->id);
        system_boolean(scan, SYSTEM_pg_user__usecreatedb, role->superuser);
        system_boolean(scan, SYSTEM_pg_user__usesuper, role->superuser);
        system_boolean(scan, SYSTEM_pg_user__userepl, false);
        system_boolean(scan, SYSTEM_pg_user__usebypassrls, role->superuser);
        system_string(scan, SYSTEM_pg_user__passwd, "********");
    }
    return VV_OK;
}

vv_status system_rows_pg_shadow(struct system_scan *scan)
{
    struct session_roles roles;

    VV_TRY(permit(scan, "view", "pg_shadow"));
    VV_TRY(roles_list(scan->session, scan->arena, &roles));
    for (uint32_t i = 0; i < roles.count; i++) {
        const struct session_role *role = &roles.roles[i];

        if (!role->login) {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_shadow__usename, role->name);
        system_number(scan, SYSTEM_pg_shadow__usesysid, role->id);
        system_boolean(scan, SYSTEM_pg_shadow__usecreatedb, role->superuser);
        system_boolean(scan, SYSTEM_pg_shadow__usesuper, role->superuser);
        system_boolean(scan, SYSTEM_pg_shadow__userepl, false);
        system_boolean(scan, SYSTEM_pg_shadow__usebypassrls, role->superuser);
    }
    return VV_OK;
}

/* Roles that may not log in; none has members. */
vv_status system_rows_pg_group(struct system_scan *scan)
{
    struct session_roles roles;

    VV_TRY(roles_list(scan->session, scan->arena, &roles));
    for (uint32_t i = 0; i < roles.count; i++) {
        if (!roles.roles[i].login) {
            system_row(scan);
            system_string(scan, SYSTEM_pg_group__groname, roles.roles[i].name);
            system_number(scan, SYSTEM_pg_group__grosysid, roles.roles[i].id);
            system_string(scan, SYSTEM_pg_group__grolist, "{}");
        }
    }
    return VV_OK;
}

vv_status system_rows_pg_tables(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind != CATALOG_TABLE) {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_tables__schemaname, "public");
        system_string(scan, SYSTEM_pg_tables__tablename, object->name);
        system_string(scan, SYSTEM_pg_tables__tableowner, scan->owner);
        system_boolean(scan, SYSTEM_pg_tables__hasindexes, object->def->spec.index_count > 0);
        system_boolean(scan, SYSTEM_pg_tables__hasrules, false);
        system_boolean(scan, SYSTEM_pg_tables__hastriggers, false);
        system_boolean(scan, SYSTEM_pg_tables__rowsecurity, false);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (relations[i].kind != 'r') {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_tables__schemaname, relations[i].schema);
        system_string(scan, SYSTEM_pg_tables__tablename, relations[i].name);
        system_string(scan, SYSTEM_pg_tables__tableowner, scan->owner);
        system_boolean(scan, SYSTEM_pg_tables__hasindexes, false);
        system_boolean(scan, SYSTEM_pg_tables__hasrules, false);
        system_boolean(scan, SYSTEM_pg_tables__hastriggers, false);
        system_boolean(scan, SYSTEM_pg_tables__rowsecurity, false);
    }
    return VV_OK;
}

vv_status system_rows_pg_views(struct system_scan *scan)
{
    uint32_t count = 0;
    const struct system_relation *relations = system_relations(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (relations[i].kind != 'v') {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_views__schemaname, relations[i].schema);
        system_string(scan, SYSTEM_pg_views__viewname, relations[i].name);
        system_string(scan, SYSTEM_pg_views__viewowner, scan->owner);
    }
    return VV_OK;
}

vv_status system_rows_pg_indexes(struct system_scan *scan)
{
    struct system_text text = {
        .session = scan->session, .arena = scan->arena, .error = scan->error};

    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];

        if (object->kind != CATALOG_INDEX ||
            !system_may_be_text(scan, SYSTEM_pg_indexes__tablename, object->def->spec.name)) {
            continue;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_indexes__schemaname, "public");
        system_string(scan, SYSTEM_pg_indexes__tablename, object->def->spec.name);
        system_string(scan, SYSTEM_pg_indexes__indexname, object->name);
        if (system_wants(scan, SYSTEM_pg_indexes__indexdef)) {
            const char *printed = system_text_index(&text, object->def, object->index, false);

            if (printed == NULL) {
                return VV_ERROR;
            }
            system_string(scan, SYSTEM_pg_indexes__indexdef, printed);
        }
    }
    return VV_OK;
}

vv_status system_rows_pg_sequences(struct system_scan *scan)
{
    for (uint32_t i = 0; i < scan->names->count; i++) {
        const struct system_object *object = &scan->names->objects[i];
        struct sequence sequence;
        int64_t last = 0;
        bool called = false;

        if (object->kind != CATALOG_SEQUENCE) {
            continue;
        }
        VV_TRY(sequence_get(scan->store, object->id, &sequence, scan->error));
        system_row(scan);
        system_string(scan, SYSTEM_pg_sequences__schemaname, "public");
        system_string(scan, SYSTEM_pg_sequences__sequencename, object->name);
        system_string(scan, SYSTEM_pg_sequences__sequenceowner, scan->owner);
        system_number(scan, SYSTEM_pg_sequences__data_type, value_types[sequence.type].oid);
        system_number(scan, SYSTEM_pg_sequences__start_value, sequence.start);
        system_number(scan, SYSTEM_pg_sequences__min_value, sequence.minimum);
        system_number(scan, SYSTEM_pg_sequences__max_value, sequence.maximum);
        system_number(scan, SYSTEM_pg_sequences__increment_by, sequence.increment);
        system_boolean(scan, SYSTEM_pg_sequences__cycle, sequence.cycle);
        system_number(scan, SYSTEM_pg_sequences__cache_size, sequence.cache);
        VV_TRY(sequence_last(scan->catalog, &sequence, &last, &called, scan->error));
        if (called) {
            system_number(scan, SYSTEM_pg_sequences__last_value, last);
        }
    }
    return VV_OK;
}

static vv_status settings_of_host(struct system_scan *scan);

vv_status system_rows_pg_settings(struct system_scan *scan)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        struct setting_facts facts;

        if (!system_may_be_text(scan, SYSTEM_pg_settings__name, settings_name(id))) {
            continue;
        }
        settings_facts(&scan->session->settings, id, &facts);
        system_row(scan);
        system_string(scan, SYSTEM_pg_settings__name, settings_name(id));
        system_string(scan, SYSTEM_pg_settings__setting, facts.setting);
        system_string(scan, SYSTEM_pg_settings__unit, facts.unit);
        system_string(scan, SYSTEM_pg_settings__category, "Client Connection Defaults");
        system_string(scan, SYSTEM_pg_settings__short_desc, settings_description(id));
        system_string(scan, SYSTEM_pg_settings__context, facts.fixed ? "internal" : "user");
        system_string(scan, SYSTEM_pg_settings__vartype, facts.type);
        system_string(scan, SYSTEM_pg_settings__source, facts.changed ? "session" : "default");
        system_string(scan, SYSTEM_pg_settings__min_val, facts.least[0] == 0 ? NULL : facts.least);
        system_string(scan, SYSTEM_pg_settings__max_val,
                      facts.greatest[0] == 0 ? NULL : facts.greatest);
        system_string(scan, SYSTEM_pg_settings__enumvals,
                      facts.choices[0] == 0 ? NULL : facts.choices);
        system_string(scan, SYSTEM_pg_settings__boot_val, facts.built_in);
        system_string(scan, SYSTEM_pg_settings__reset_val, facts.reset);
        system_boolean(scan, SYSTEM_pg_settings__pending_restart, false);
    }
    return settings_of_host(scan);
}

/* The host's, as far as the user may see them. */
static vv_status settings_of_host(struct system_scan *scan)
{
    struct host *host = &scan->session->db->host;
    uint32_t count = host_count(host);
    bool all = count > 0 && roles_superuser(scan->session);

    for (uint32_t i = 0; i < count; i++) {
        struct varve_shown_setting setting;
        const char *value = NULL;

        VV_TRY(host_copy(host, i, scan->arena, &setting));
        if ((setting.superusers && !all) ||
            !system_may_be_text(scan, SYSTEM_pg_settings__name, setting.name)) {
            continue;
        }
        value = setting.setting == NULL ? setting.shown : setting.setting;
        system_row(scan);
        system_string(scan, SYSTEM_pg_settings__name, setting.name);
        system_string(scan, SYSTEM_pg_settings__setting, value);
        system_string(scan, SYSTEM_pg_settings__unit, setting.unit);
        system_string(scan, SYSTEM_pg_settings__category, setting.category);
        system_string(scan, SYSTEM_pg_settings__short_desc, setting.description);
        system_string(scan, SYSTEM_pg_settings__context, setting.context);
        system_string(scan, SYSTEM_pg_settings__vartype, setting.type);
        system_string(scan, SYSTEM_pg_settings__source, setting.source);
        system_string(scan, SYSTEM_pg_settings__min_val, setting.least);
        system_string(scan, SYSTEM_pg_settings__max_val, setting.greatest);
        system_string(scan, SYSTEM_pg_settings__enumvals, setting.choices);
        system_string(scan, SYSTEM_pg_settings__boot_val, setting.built_in);
        system_string(scan, SYSTEM_pg_settings__reset_val, value);
        system_boolean(scan, SYSTEM_pg_settings__pending_restart, false);
    }
    return VV_OK;
}
