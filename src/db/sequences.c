/*
 * sequences.c - nextval() and its kin for one session: names, read-only transactions, values drawn ahead (CACHE),
 * what currval() and lastval() answer.
 */
#include "db/db_private.h"

#include <string.h>

#include "catalog/sequence.h"
#include "value/scan.h"

/* One sequence that this session has used. */
struct used_sequence {
    uint32_t id;
    uint32_t state_id; /* RESTART makes a new one: what was drawn ahead of the old one is void */
    bool has_last;
    bool has_cached;
    int64_t last;       /* what nextval() gave last */
    int64_t cached_end; /* drawn, and not given yet: those behind last up to this */
    int64_t increment;
};

struct session_sequences {
    struct used_sequence *used;
    uint32_t count;
    uint32_t capacity;
    uint32_t newest; /* id of the sequence that nextval() was called for last; 0: none */
};

static vv_status name_split(vv_slice text, char *schema, char *name, bool *has_schema,
                            struct vv_error *error);
static vv_status sequence_of_use(struct varve_session *session,
                                 const struct session_sequence_use *use, struct sequence *sequence,
                                 struct vv_error *error);
static struct used_sequence *used_find(const struct varve_session *session, uint32_t id);
static struct used_sequence *used_add(struct varve_session *session, uint32_t id);
static vv_status next_value(struct varve_session *session, const struct sequence *sequence,
                            int64_t *value_out, struct vv_error *error);
static vv_status last_value(struct varve_session *session, int64_t *value_out,
                            struct vv_error *error);

vv_status session_sequence(void *owner, const struct session_sequence_use *use, int64_t *value_out,
                           struct vv_error *error)
{
    struct varve_session *session = owner;
    struct sequence sequence;
    struct used_sequence *used = NULL;

    if (use->call == SESSION_LASTVAL) {
        return last_value(session, value_out, error);
    }
    VV_TRY(sequence_of_use(session, use, &sequence, error));
    if (use->call == SESSION_CURRVAL) {
        used = used_find(session, sequence.id);
        if (used == NULL || !used->has_last) {
            return error_set(error, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, 0,
                             "currval of sequence \"%s\" is not yet defined in this session",
                             sequence.name);
        }
        *value_out = used->last;
        return VV_OK;
    }
    if (transaction_is_read_only(session)) {
        return error_set(error, VV_SQLSTATE_READ_ONLY_SQL_TRANSACTION, 0,
                         "cannot execute %s in a read-only transaction",
                         use->call == SESSION_NEXTVAL ? "nextval()" : "setval()");
    }
    if (use->call == SESSION_NEXTVAL) {
        return next_value(session, &sequence, value_out, error);
    }
    used = used_add(session, sequence.id);
    if (used == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    VV_TRY(sequence_set(session->db->catalog, &sequence, use->value, use->called, error));
    used->has_cached = false;
    if (use->called) {
        used->last = use->value;
        used->has_last = true;
    }
    *value_out = use->value;
    return VV_OK;
}

void session_sequences_release(struct varve_session *session)
{
    struct session_sequences *sequences = session->sequences;
    struct alloc *alloc = &session->db->alloc;

    if (sequences != NULL) {
        alloc_free(alloc, ALLOC_SESSION, sequences->used,
                   sequences->capacity * sizeof *sequences->used);
        alloc_free(alloc, ALLOC_SESSION, sequences, sizeof *sequences);
        session->sequences = NULL;
    }
}

static vv_status next_value(struct varve_session *session, const struct sequence *sequence,
                            int64_t *value_out, struct vv_error *error)
{
    struct used_sequence *used = used_add(session, sequence->id);
    int64_t first = 0, last = 0;

    if (used == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    if (used->has_cached && used->state_id == sequence->state_id &&
        used->increment == sequence->increment) {
        used->last += used->increment;
        used->has_cached = used->last != used->cached_end;
    } else {
        VV_TRY(sequence_next(session->db->catalog, sequence, &first, &last, error));
        used->state_id = sequence->state_id;
        used->increment = sequence->increment;
        used->last = first;
        used->cached_end = last;
        used->has_cached = first != last;
        used->has_last = true;
    }
    session->sequences->newest = sequence->id;
    *value_out = used->last;
    return VV_OK;
}

static vv_status last_value(struct varve_session *session, int64_t *value_out,
                            struct vv_error *error)
{
    uint32_t newest = session->sequences == NULL ? 0 : session->sequences->newest;
    struct sequence sequence;

    /* As PostgreSQL: a sequence that was dropped has no last value. */
    if (newest == 0 || sequence_get(session->store, newest, &sequence, error) != VV_OK) {
        return error_set(error, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, 0,
                         "lastval is not yet defined in this session");
    }
    *value_out = used_find(session, newest)->last;
    return VV_OK;
}

static vv_status sequence_of_use(struct varve_session *session,
                                 const struct session_sequence_use *use, struct sequence *sequence,
                                 struct vv_error *error)
{
    char schema[LIMIT_NAME_BYTES + 1];
    char name[LIMIT_NAME_BYTES + 1];
    bool has_schema = false;

    if (use->name.size == 0 && use->id != 0) {
        return sequence_get(session->store, use->id, sequence, error);
    }
    VV_TRY(name_split(use->name, schema, name, &has_schema, error));
    return sequence_find(session->store, has_schema ? schema : NULL, name, sequence, error);
}

/* ---- what was used ---- */

static struct used_sequence *used_find(const struct varve_session *session, uint32_t id)
{
    const struct session_sequences *sequences = session->sequences;

    for (uint32_t i = 0; sequences != NULL && i < sequences->count; i++) {
        if (sequences->used[i].id == id) {
            return &sequences->used[i];
        }
    }
    return NULL;
}

static struct used_sequence *used_add(struct varve_session *session, uint32_t id)
{
    struct alloc *alloc = &session->db->alloc;
    struct used_sequence *used = used_find(session, id);
    struct session_sequences *sequences = session->sequences;

    if (used != NULL) {
        return used;
    }
    if (sequences == NULL) {
        sequences = alloc_zero(alloc, ALLOC_SESSION, sizeof *sequences);
        session->sequences = sequences;
    }
    if (sequences == NULL) {
        return NULL;
    }
    if (sequences->count == sequences->capacity) {
        uint32_t capacity = sequences->capacity == 0 ? 4 : sequences->capacity * 2;

        used = alloc_resize(alloc, ALLOC_SESSION, sequences->used,
                            sequences->capacity * sizeof *used, capacity * sizeof *used);
        if (used == NULL) {
            return NULL;
        }
        sequences->used = used;
        sequences->capacity = capacity;
    }
    used = &sequences->used[sequences->count++];
    *used = (struct used_sequence){.id = id};
    return used;
}

/* ---- names ---- */

static vv_status name_invalid(struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_INVALID_NAME, 0, "invalid name syntax");
}

/* One identifier at text[*at]: folded to lower case, or quoted. */
static bool name_part(vv_slice text, size_t *at, char *out)
{
    size_t size = 0;
    bool quoted = *at < text.size && text.data[*at] == '"';
    bool closed = !quoted;

    *at += quoted;
    while (*at < text.size) {
        uint8_t c = text.data[*at];

        if (quoted && c == '"') {
            if (*at + 1 < text.size && text.data[*at + 1] == '"') {
                (*at)++;
            } else {
                (*at)++;
                closed = true;
                break;
            }
        } else if (!quoted && (c == '.' || scan_is_space(c))) {
            break;
        }
        if (size < LIMIT_NAME_BYTES) {
            out[size++] = (char)(quoted ? c : scan_lower(c));
        }
        (*at)++;
    }
    out[size] = '\0';
    return closed && size > 0;
}

/* As PostgreSQL's stringToQualifiedNameList and makeRangeVarFromNameList. */
static vv_status name_split(vv_slice text, char *schema, char *name, bool *has_schema,
                            struct vv_error *error)
{
    vv_slice whole = text;
    unsigned dots = 0;
    size_t at = 0;

    while (text.size > 0 && scan_is_space(text.data[text.size - 1])) {
        text.size--;
    }
    while (at < text.size && scan_is_space(text.data[at])) {
        at++;
    }
    for (;;) {
        if (!name_part(text, &at, name)) {
            return name_invalid(error);
        }
        if (at == text.size || text.data[at] != '.') {
            break;
        }
        memcpy(schema, name, LIMIT_NAME_BYTES + 1);
        dots++;
        at++;
    }
    *has_schema = dots > 0;
    if (at != text.size) {
        return name_invalid(error);
    }
    if (dots > 1) {
        return error_set(
            error, dots == 2 ? VV_SQLSTATE_FEATURE_NOT_SUPPORTED : VV_SQLSTATE_SYNTAX_ERROR, 0,
            dots == 2 ? "cross-database references are not implemented: \"%.*s\""
                      : "improper relation name (too many dotted names): %.*s",
            (int)whole.size, (const char *)whole.data);
    }
    return VV_OK;
}
