/* digest.h - MD5 (RFC 1321) and SHA-2 (FIPS 180-4) of bytes: md5(), sha224() … sha512(). Pure functions. */
#ifndef VARVE_EVAL_DIGEST_H
#define VARVE_EVAL_DIGEST_H

#include <stdint.h>

#include "base/slice.h"

#define DIGEST_MD5_BYTES 16

void digest_md5(vv_slice bytes, uint8_t *digest_out);

/* bits: 224, 256, 384 or 512; writes bits / 8 bytes. */
void digest_sha2(unsigned bits, vv_slice bytes, uint8_t *digest_out);

#endif
