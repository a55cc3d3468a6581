/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng (draft-ietf-opsawg-pcapng): sections of blocks.  Each section has its own byte order and
 * its own list of interfaces; a packet names the interface it came in by, and that gives its link
 * type and the unit of its time.
 */
#include "read/capture_impl.h"

#include <stdlib.h>

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

#define BLOCK_MIN 12
#define BLOCK_HELD_MAX (TRYST_CAPTURE_FRAME_MAX + 65536) /* a packet with its options */
#define BLOCK_SKIPPED_MAX (1u << 30)                     /* nothing longer is believed */
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET 14
#define RESOLUTION_DEFAULT 6

static uint32_t
trailer(const struct tryst_capture *c, const uint8_t *block, uint32_t len)
{
	struct tryst_cursor cursor = tryst_cursor_init(block + len - 4, 4);

	return tryst_capture_u32(c, &cursor);
}

/* Reads the head of the block at p; a section's own byte order is what it says itself. */
static bool
head_read(const struct tryst_capture *c, const uint8_t *p, size_t have, uint32_t *type,
          uint32_t *len, bool *big_endian)
{
	struct tryst_cursor cursor = tryst_cursor_init(p, have);
	struct tryst_capture order = { .big_endian = c->big_endian };
	const uint8_t *magic;

	*type = tryst_capture_u32(&order, &cursor);
	if (*type == BLOCK_SECTION) {
		magic = tryst_cursor_left(&cursor) >= 8 ? cursor.pos + 4 : NULL;
		if (!magic || (magic[0] != 0x1a && magic[0] != 0x4d))
			return false;
		order.big_endian = magic[0] == 0x1a;
	}
	*len = tryst_capture_u32(&order, &cursor);
	*big_endian = order.big_endian;
	return !cursor.failed && *len >= BLOCK_MIN && *len % 4 == 0;
}

static bool
block_fits(const struct tryst_capture *c, const uint8_t *p, size_t have)
{
	struct tryst_capture order = { 0 };
	uint32_t type, len;

	if (!head_read(c, p, have, &type, &len, &order.big_endian) || len > have)
		return false;
	return (type <= 0xff || type == BLOCK_SECTION) && trailer(&order, p, len) == len;
}

/* The time of a frame in ms since 1970; false when it is out of bounds. */
static bool
time_of(const struct tryst_capture_interface *i, uint64_t ticks, int64_t *out)
{
	unsigned n = i->resolution & 0x7f;
	__extension__ unsigned __int128 ms = ticks;
	__extension__ __int128 t;

	ms *= 1000;
	if (i->resolution & 0x80) {
		ms = n < 128 ? ms >> n : 0;
	} else {
		for (; n > 0 && ms > 0; n--)
			ms /= 10;
	}
	__extension__ t = (__int128)ms + (__int128)i->offset_s * 1000;
	if (t < 0 || t > CAPTURE_MS_MAX)
		return false;
	*out = (int64_t)t;
	return true;
}

static void
read_options(const struct tryst_capture *c, struct tryst_cursor *body,
             struct tryst_capture_interface *i)
{
	while (tryst_cursor_left(body) >= 4) {
		uint16_t code = tryst_capture_u16(c, body), len = tryst_capture_u16(c, body);
		struct tryst_cursor value = tryst_cursor_sub(body, len);
		uint64_t offset;

		tryst_cursor_skip(body, -len & 3u);
		if (code == 0)
			break;
		if (code == OPTION_RESOLUTION && len >= 1)
			i->resolution = tryst_cursor_u8(&value);
		if (code == OPTION_OFFSET && len >= 8) {
			offset = c->big_endian ? tryst_cursor_be64(&value)
			                       : tryst_cursor_le64(&value);
			i->offset_s = value.failed ? 0 : (int64_t)offset;
		}
	}
}

static int
add_interface(struct tryst_capture *c, struct tryst_cursor *body, struct tryst_health *h,
              struct tryst_error *err)
{
	struct tryst_capture_interface i = { .resolution = RESOLUTION_DEFAULT };
	struct tryst_capture_interface *list;
	size_t room;

	i.link = tryst_capture_u16(c, body);
	tryst_cursor_skip(body, 2);
	i.snap_len = tryst_capture_u32(c, body);
	read_options(c, body, &i);
	h->other_records++;
	if (c->interface_count == TRYST_CAPTURE_INTERFACES_MAX)
		return 0;
	if (c->interface_count == c->interface_room) {
		room = TRYST_MAX(2 * c->interface_room, (size_t)8);
		list = realloc(c->interfaces, room * sizeof(*list));
		if (!list)
			return tryst_error_nomem(err);
		c->interfaces = list;
		c->interface_room = room;
	}
	c->interfaces[c->interface_count++] = i;
	return 0;
}

static bool
refuse(struct tryst_health *h, uint64_t at, const char *why)
{
	h->damaged_records++;
	tryst_health_note(h, at, 0, "packet at offset %llu: %s", (unsigned long long)at, why);
	return false;
}

static bool
take_packet(struct tryst_capture *c, struct tryst_cursor *body, bool obsolete,
            struct tryst_frame *frame, struct tryst_health *h)
{
	uint32_t id = obsolete ? tryst_capture_u16(c, body) : tryst_capture_u32(c, body);
	uint32_t wire_len;
	uint64_t ticks;

	if (obsolete)
		tryst_cursor_skip(body, 2);
	ticks = (uint64_t)tryst_capture_u32(c, body) << 32;
	ticks |= tryst_capture_u32(c, body);
	frame->len = tryst_capture_u32(c, body);
	wire_len = tryst_capture_u32(c, body);
	frame->wire_len = TRYST_MAX(wire_len, frame->len);
	frame->data = tryst_cursor_take(body, frame->len);
	if (body->failed)
		return refuse(h, frame->at, "longer than its block");
	if (frame->len > TRYST_CAPTURE_FRAME_MAX)
		return refuse(h, frame->at, "longer than any frame");
	if (id >= c->interface_count)
		return refuse(h, frame->at, "of an interface that was never described");
	if (!time_of(&c->interfaces[id], ticks, &frame->time_ms))
		return refuse(h, frame->at, "its time is out of bounds");
	frame->link = c->interfaces[id].link;
	return true;
}

/* 1: the block is a packet and *frame has it; 0: it is something else. */
static int
take_block(struct tryst_capture *c, uint32_t type, struct tryst_cursor *body,
           struct tryst_frame *frame, struct tryst_health *h, struct tryst_error *err)
{
	switch (type) {
	case BLOCK_SECTION:
		c->interface_count = 0;
		h->other_records++;
		return 0;
	case BLOCK_INTERFACE:
		return add_interface(c, body, h, err);
	case BLOCK_ENHANCED:
	case BLOCK_PACKET:
		return take_packet(c, body, type == BLOCK_PACKET, frame, h);
	case BLOCK_SIMPLE:
		h->skipped_records++;
		tryst_health_note(h, frame->at, 0,
		                  "simple packet block at offset %llu: it has no time",
		                  (unsigned long long)frame->at);
		return 0;
	default:
		h->other_records++;
		return 0;
	}
}

/* A block too long to be a packet is passed over unseen. */
static int
pass_block(struct tryst_capture *c, uint32_t type, uint32_t len, struct tryst_health *h,
           struct tryst_error *err)
{
	ssize_t n;

	if (type == BLOCK_ENHANCED || type == BLOCK_PACKET)
		(void)refuse(h, tryst_capture_offset(c), "longer than any frame");
	else
		h->other_records++;
	n = tryst_capture_skip(c, len, err);
	return n < 0 ? (int)n : 0;
}

static int
search_block(struct tryst_capture *c, struct tryst_health *h, struct tryst_error *err)
{
	h->damaged_blocks++;
	tryst_health_note(h, tryst_capture_offset(c), 0,
	                  "offset %llu: expected a block, whose lengths agree",
	                  (unsigned long long)tryst_capture_offset(c));
	return tryst_capture_search(c, 4, block_fits, h, err);
}

/* 1: a packet; 0: another block, or damage, is behind us. */
static int
step(struct tryst_capture *c, ssize_t have, struct tryst_frame *frame, struct tryst_health *h,
     struct tryst_error *err)
{
	struct tryst_cursor body;
	uint32_t type, len;
	bool big_endian;
	int rc;

	if (!head_read(c, c->window + c->pos, (size_t)have, &type, &len, &big_endian) ||
	    len > BLOCK_SKIPPED_MAX)
		return search_block(c, h, err);
	if (len > BLOCK_HELD_MAX)
		return pass_block(c, type, len, h, err);
	have = tryst_capture_fill(c, len, err);
	if (have < 0)
		return (int)have;
	if ((size_t)have < len) {
		c->pos = c->end;
		return refuse(h, tryst_capture_offset(c) - (size_t)have, "the capture ends in it");
	}
	c->big_endian = big_endian;
	if (trailer(c, c->window + c->pos, len) != len)
		return search_block(c, h, err);
	frame->at = tryst_capture_offset(c);
	body = tryst_cursor_init(c->window + c->pos + 8, len - BLOCK_MIN);
	rc = take_block(c, type, &body, frame, h, err);
	c->pos += len;
	return rc;
}

int
tryst_capture_next_block(struct tryst_capture *c, struct tryst_frame *frame, struct tryst_health *h,
                         struct tryst_error *err)
{
	for (;;) {
		ssize_t have = tryst_capture_fill(c, BLOCK_MIN, err);
		int rc;

		if (have < BLOCK_MIN)
			return have < 0 ? (int)have : 0;
		rc = step(c, have, frame, h, err);
		if (rc != 0)
			return rc;
	}
}
