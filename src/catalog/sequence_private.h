/* sequence_private.h - what the files of the catalog share about sequences; never leaves the room. */
#ifndef VARVE_CATALOG_SEQUENCE_PRIVATE_H
#define VARVE_CATALOG_SEQUENCE_PRIVATE_H

#include "catalog/catalog_work.h"
#include "catalog/sequence.h"

/* Inside a DDL statement that holds the name's lock: writes the name and the definition. table_id 0: no owner. */
VV_MUST_USE vv_status sequence_make(struct catalog_work *work, const char *name,
                                    const struct table_sequence_options *options, uint32_t table_id,
                                    uint16_t column, uint32_t *id_out);
VV_MUST_USE vv_status sequence_unmake(struct catalog_work *work, uint32_t id);
/* The sequence begins anew, with a new state. */
VV_MUST_USE vv_status sequence_restart(struct catalog_work *work, uint32_t id);
/* ALTER SEQUENCE inside another statement. */
VV_MUST_USE vv_status sequence_change(struct catalog_work *work, uint32_t id,
                                      const struct table_sequence_options *options);
/* nextval('name'::regclass), in work's arena. */
VV_MUST_USE vv_status sequence_default(struct catalog_work *work, const char *name,
                                       const char **text_out);

VV_MUST_USE vv_status sequence_states_create(struct catalog *catalog);
/* Writes exact values back. Allowed when it was never made. */
void sequence_states_destroy(struct catalog *catalog);

/* ---- sequence_owner.c ---- */

/* The definitions that a change of owner writes; the same when a column of the same table takes over. */
struct sequence_owning {
    const struct table_def *from; /* NULL: nobody owns it */
    const struct table_def *to;   /* NULL: nobody will */
    uint16_t column;              /* of to */
};

/* Locks both tables, before anything is written; the sequence's name is locked already. 0A000, 42P01, 42809, 42703. */
VV_MUST_USE vv_status sequence_owner_lock(struct catalog_work *work,
                                          const struct sequence *sequence,
                                          const struct table_sequence_owner *owner,
                                          struct sequence_owning *owning);
void sequence_owning_release(struct sequence_owning *owning);
/* Writes the definitions: the sequence is to's, no longer from's. */
VV_MUST_USE vv_status sequence_owner_write(struct catalog_work *work,
                                           const struct sequence_owning *owning,
                                           const struct sequence *sequence);
/* And what its name says, and *sequence; the sequence's row is the caller's. */
VV_MUST_USE vv_status sequence_owner_change(struct catalog_work *work,
                                            const struct sequence_owning *owning,
                                            struct sequence *sequence);

#endif
