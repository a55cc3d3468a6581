/* SPDX-License-Identifier: Apache-2.0 */
/* What the two containers share: the window on the stream. */
#ifndef TRYST_READ_CAPTURE_IMPL_H
#define TRYST_READ_CAPTURE_IMPL_H

#include "base/cursor.h"
#include "read/capture.h"

#define CAPTURE_LINK_MASK 0x03ffffffu    /* the bits above say how long a frame's check sum is */
#define CAPTURE_MS_MAX 253402300799999LL /* the end of the year 9999 */

/*
 * How many bytes stand in the window from pos on, `need` at most TRYST_CAPTURE_WINDOW if the stream
 * still has them.  Negative on an I/O error.
 */
ssize_t tryst_capture_fill(struct tryst_capture *c, size_t need, struct tryst_error *err);

/* Passes over bytes, fewer only at the end; returns how many. */
ssize_t tryst_capture_skip(struct tryst_capture *c, uint64_t len, struct tryst_error *err);

static inline uint64_t
tryst_capture_offset(const struct tryst_capture *c)
{
	return c->at + c->pos;
}

static inline uint32_t
tryst_capture_u32(const struct tryst_capture *c, struct tryst_cursor *cursor)
{
	return c->big_endian ? tryst_cursor_be32(cursor) : tryst_cursor_le32(cursor);
}

static inline uint16_t
tryst_capture_u16(const struct tryst_capture *c, struct tryst_cursor *cursor)
{
	return c->big_endian ? tryst_cursor_be16(cursor) : tryst_cursor_le16(cursor);
}

/*
 * After damage: passes over bytes, `step` at a time, until `fits` says that a record begins here or
 * the capture ends, and counts them.
 */
int tryst_capture_search(struct tryst_capture *c, size_t step,
                         bool (*fits)(const struct tryst_capture *c, const uint8_t *p, size_t len),
                         struct tryst_health *h, struct tryst_error *err);

/* The next frame of a pcapng file; as tryst_capture_next. */
int tryst_capture_next_block(struct tryst_capture *c, struct tryst_frame *frame,
                             struct tryst_health *h, struct tryst_error *err);

#endif
