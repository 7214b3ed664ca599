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

#endif
