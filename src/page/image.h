/*
 * image.h - a page as it stands on disk.
 *
 * The image is the built page itself (build.h) with the volatile header bytes zero, the free room zero
 * and a CRC32C over all its frames; a mapped image can be searched where it lies. It holds no address: only plain rows, children in EVICTED form.
 * Bytes: see the table in image.c.
 *
 * Promises: P8 a decoded image equals the encoded page; P9 any changed bit of an image is found;
 *           P10 decode accepts only what encode makes: whatever the bytes, nothing outside is read and
 *           what is accepted verifies.
 * Threads:  pure.
 */
#ifndef VARVE_PAGE_IMAGE_H
#define VARVE_PAGE_IMAGE_H

#include "base/status.h"
#include "page/page.h"

/* The first bytes of an image, enough to know its size. */
#define IMAGE_HEADER_BYTES 40u

/* Turns a page fresh from build_page (or an overflow page) into its image, in place. lsn: the moment of
 * capture. The CRC is in page->crc afterwards (for the parent's child word). Asserts that no slot is
 * versioned or a stub and every child is EVICTED. Not for a page that the tree still uses. */
void image_encode(struct page *page, uint64_t frame_id, uint64_t lsn);

/* The checksum of all frames with the crc field taken as 0: what page->crc of a sound image is. */
uint32_t image_crc(const struct page *page);

/* How many frames the image that begins with these bytes claims: 1-16, or 0 when it is none. */
unsigned image_frame_count(const void *bytes, size_t size);

/* Checks the image of frame_count frames at page (4 KB aligned), read from frame_id: it is a page as it
 * stands, with latch and owner words 0. VV_CORRUPT: *why_out (may be NULL) is a literal naming what is
 * wrong. */
VV_MUST_USE vv_status image_decode(struct page *page, unsigned frame_count, uint64_t frame_id,
                                   const char **why_out);

/* The same check without changing a byte, for mapped files. */
VV_MUST_USE vv_status image_verify(const struct page *page, unsigned frame_count, uint64_t frame_id,
                                   const char **why_out);

#endif
