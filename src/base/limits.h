/* limits.h - every limit of Varve and its reason. */
#ifndef VARVE_BASE_LIMITS_H
#define VARVE_BASE_LIMITS_H

#define LIMIT_FRAME_BYTES \
    4096u /* the unit of pages in memory and in the image: a disk's sector group */
#define LIMIT_PAGE_FRAMES 16u /* 64 KB: a slot's 16-bit offset reaches every cell */
#define LIMIT_KEY_BYTES \
    1000u /* 16 keys and rows' stubs must fit one page of 16 frames many times over */
#define LIMIT_INLINE_ROW_BYTES \
    16384u /* larger rows live in overflow pages; a page holds at least three of these */
#define LIMIT_COLUMNS       1600u  /* PostgreSQL's */
#define LIMIT_INDEX_COLUMNS 32u    /* PostgreSQL's */
#define LIMIT_NAME_BYTES    63u    /* PostgreSQL's NAMEDATALEN - 1 */
#define LIMIT_PARAMETERS    65535u /* the wire protocol's 16 bits */
#define LIMIT_SESSIONS      4096u  /* slots in the epoch and snapshot tables */
#define LIMIT_DEPTH \
    1000u /* nested expressions: parser, binder and evaluator recurse at most this deep */
#define LIMIT_BATCH_ROWS \
    2048u /* rows in a batch: the vectors of a few columns stay in the L2 cache */

#endif
