/* os_chunk.h - the chunk source of base/chunk.h over os_map_reserve(). */
#ifndef VARVE_OS_OS_CHUNK_H
#define VARVE_OS_OS_CHUNK_H

#include "base/chunk.h"

struct os;

/* borrow: os as long as the source is used. */
struct chunk_source os_chunk_source(struct os *os);

#endif
