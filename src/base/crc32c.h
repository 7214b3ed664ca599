/* crc32c.h - the Castagnoli checksum of everything on disk (RFC 3720, B.4): SSE 4.2 where the
 * processor has it, tables elsewhere; both give the same sum. */
#ifndef VARVE_BASE_CRC32C_H
#define VARVE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc` (0 to begin): crc32c(crc32c(0, a), b) is the sum of a followed by b. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The table version alone, for the test that both agree. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);

#endif
