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
    system_row(scan);
    system_string(scan, SYSTEM_pg_roles__rolname, scan->user);
    system_boolean(scan, SYSTEM_pg_roles__rolsuper, true);
    system_boolean(scan, SYSTEM_pg_roles__rolinherit, true);
    system_boolean(scan, SYSTEM_pg_roles__rolcreaterole, true);
    system_boolean(scan, SYSTEM_pg_roles__rolcreatedb, true);
    system_boolean(scan, SYSTEM_pg_roles__rolcanlogin, true);
    system_boolean(scan, SYSTEM_pg_roles__rolreplication, false);
    system_number(scan, SYSTEM_pg_roles__rolconnlimit, -1);
    system_string(scan, SYSTEM_pg_roles__rolpassword, "********");
    system_boolean(scan, SYSTEM_pg_roles__rolbypassrls, true);
    system_number(scan, SYSTEM_pg_roles__oid, SYSTEM_ROLE);
    return VV_OK;
}

vv_status system_rows_pg_authid(struct system_scan *scan)
{
    system_row(scan);
    system_number(scan, SYSTEM_pg_authid__oid, SYSTEM_ROLE);
    system_string(scan, SYSTEM_pg_authid__rolname, scan->user);
    system_boolean(scan, SYSTEM_pg_authid__rolsuper, true);
    system_boolean(scan, SYSTEM_pg_authid__rolinherit, true);
    system_boolean(scan, SYSTEM_pg_authid__rolcreaterole, true);
    system_boolean(scan, SYSTEM_pg_authid__rolcreatedb, true);
    system_boolean(scan, SYSTEM_pg_authid__rolcanlogin, true);
    system_boolean(scan, SYSTEM_pg_authid__rolreplication, false);
    system_boolean(scan, SYSTEM_pg_authid__rolbypassrls, true);
    system_number(scan, SYSTEM_pg_authid__rolconnlimit, -1);
    return VV_OK;
}

vv_status system_rows_pg_user(struct system_scan *scan)
{
    system_row(scan);
    system_string(scan, SYSTEM_pg_user__usename, scan->user);
    system_number(scan, SYSTEM_pg_user__usesysid, SYSTEM_ROLE);
    system_boolean(scan, SYSTEM_pg_user__usecreatedb, true);
    system_boolean(scan, SYSTEM_pg_user__usesuper, true);
    system_boolean(scan, SYSTEM_pg_user__userepl, false);
    system_boolean(scan, SYSTEM_pg_user__usebypassrls, true);
    system_string(scan, SYSTEM_pg_user__passwd, "********");
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
        system_string(scan, SYSTEM_pg_tables__tableowner, scan->user);
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
        system_string(scan, SYSTEM_pg_tables__tableowner, scan->user);
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
        system_string(scan, SYSTEM_pg_views__viewowner, scan->user);
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
        system_string(scan, SYSTEM_pg_sequences__sequenceowner, scan->user);
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
    return VV_OK;
}
