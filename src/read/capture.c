/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window on the stream, and pcap (draft-ietf-opsawg-pcap).
 */
#include "read/capture_impl.h"

#include <stdlib.h>
#include <string.h>

#define FILE_HEADER 24
#define SEARCH_AHEAD 65536
#define DAY_S 86400

struct magic {
	uint32_t value;
	uint32_t divisor; /* of the fraction of a second, to milliseconds */
	size_t header;
};

static const struct magic magics[] = {
	{ 0xa1b2c3d4, 1000, 16 },
	{ 0xa1b23c4d, 1000000, 16 },
	{ 0xa1b2cd34, 1000, 24 }, /* Kuznetzov's: interface, protocol, packet type */
};

static const struct magic *
magic_find(uint32_t value)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(magics); i++) {
		if (magics[i].value == value)
			return &magics[i];
	}
	return NULL;
}

static bool
is_blocks(const uint8_t *head, size_t len)
{
	struct tryst_cursor c = tryst_cursor_init(head, len);
	uint32_t type = tryst_cursor_be32(&c), order;

	tryst_cursor_skip(&c, 4);
	order = tryst_cursor_be32(&c);
	return !c.failed && type == 0x0a0d0d0a && (order == 0x1a2b3c4d || order == 0x4d3c2b1a);
}

bool
tryst_capture_is(const uint8_t *head, size_t len)
{
	struct tryst_cursor c = tryst_cursor_init(head, len);
	uint32_t magic = tryst_cursor_be32(&c);

	if (is_blocks(head, len))
		return true;
	return !c.failed && (magic_find(magic) || magic_find(__builtin_bswap32(magic)));
}

ssize_t
tryst_capture_fill(struct tryst_capture *c, size_t need, struct tryst_error *err)
{
	size_t have = c->end - c->pos;
	ssize_t n;

	assert(need <= TRYST_CAPTURE_WINDOW);
	if (TRYST_LIKELY(have >= need) || c->drained)
		return (ssize_t)have;
	memmove(c->window, c->window + c->pos, have);
	c->at += c->pos;
	c->pos = 0;
	c->end = have;
	n = tryst_stream_read(&c->stream, c->window + have, TRYST_CAPTURE_WINDOW - have, err);
	if (n < 0)
		return n;
	c->drained = (size_t)n < TRYST_CAPTURE_WINDOW - have;
	c->end += (size_t)n;
	return (ssize_t)c->end;
}

ssize_t
tryst_capture_skip(struct tryst_capture *c, uint64_t len, struct tryst_error *err)
{
	uint64_t done = 0;

	while (done < len) {
		ssize_t n = tryst_capture_fill(c, 1, err);
		size_t step = (size_t)TRYST_MIN((uint64_t)TRYST_MAX(n, 0), len - done);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		c->pos += step;
		done += step;
	}
	return (ssize_t)done;
}

int
tryst_capture_search(struct tryst_capture *c, size_t step,
                     bool (*fits)(const struct tryst_capture *c, const uint8_t *p, size_t len),
                     struct tryst_health *h, struct tryst_error *err)
{
	uint64_t from = tryst_capture_offset(c);

	for (;;) {
		ssize_t n = tryst_capture_fill(c, SEARCH_AHEAD, err);

		if (n < 0)
			return (int)n;
		c->pos += TRYST_MIN(step, (size_t)n);
		n -= (ssize_t)TRYST_MIN(step, (size_t)n);
		if (n == 0 || fits(c, c->window + c->pos, (size_t)n))
			break;
	}
	h->damaged_bytes += tryst_capture_offset(c) - from;
	return 0;
}

static int
open_pcap(struct tryst_capture *c, ssize_t have, struct tryst_error *err)
{
	struct tryst_cursor head = tryst_cursor_init(c->window, (size_t)have);
	uint32_t magic = tryst_cursor_be32(&head);
	const struct magic *m = magic_find(magic);
	uint16_t minor;

	c->big_endian = m != NULL;
	if (!m)
		m = magic_find(__builtin_bswap32(magic));
	if (!m || have < FILE_HEADER)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "expected a capture file: the header of pcap, or a section "
		                       "header of pcapng");
	tryst_cursor_skip(&head, 2);
	minor = tryst_capture_u16(c, &head);
	tryst_cursor_skip(&head, 12);
	c->lengths_swapped = minor < 4;
	c->link = tryst_capture_u32(c, &head) & CAPTURE_LINK_MASK;
	c->header = m->header;
	c->divisor = m->divisor;
	c->pos = FILE_HEADER;
	return 0;
}

int
tryst_capture_open(struct tryst_capture *c, const struct tryst_file *file, struct tryst_error *err)
{
	ssize_t have = 0;
	int rc;

	*c = (struct tryst_capture){ .last_s = INT64_MIN };
	rc = tryst_stream_open(&c->stream, file, err);
	if (rc < 0)
		return rc;
	c->window = malloc(TRYST_CAPTURE_WINDOW);
	if (!c->window) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	have = tryst_capture_fill(c, FILE_HEADER, err);
	if (have < 0)
		rc = (int)have;
	else if (is_blocks(c->window, (size_t)have))
		c->blocks = true;
	else
		rc = open_pcap(c, have, err);
out:
	if (rc < 0)
		tryst_capture_close(c);
	return rc;
}

void
tryst_capture_close(struct tryst_capture *c)
{
	tryst_stream_close(&c->stream);
	free(c->window);
	c->window = NULL;
	free(c->interfaces);
	c->interfaces = NULL;
}

struct pcap_record {
	uint32_t s, fraction;
	uint32_t len, wire_len;
};

static bool
record_read(const struct tryst_capture *c, const uint8_t *p, size_t len, struct pcap_record *r)
{
	struct tryst_cursor cursor = tryst_cursor_init(p, len);
	uint32_t other;

	r->s = tryst_capture_u32(c, &cursor);
	r->fraction = tryst_capture_u32(c, &cursor);
	r->len = tryst_capture_u32(c, &cursor);
	r->wire_len = tryst_capture_u32(c, &cursor);
	if (c->lengths_swapped && r->len > r->wire_len) {
		other = r->len;
		r->len = r->wire_len;
		r->wire_len = other;
	}
	return !cursor.failed;
}

/* A header that stands where none is known to be must look better than one that must be there. */
static bool
record_plausible(const struct tryst_capture *c, const struct pcap_record *r)
{
	int64_t apart = c->last_s == INT64_MIN ? 0 : (int64_t)r->s - c->last_s;

	return r->len > 0 && r->len <= r->wire_len && r->wire_len <= TRYST_CAPTURE_FRAME_MAX &&
	       r->fraction / 1000 < c->divisor && apart >= -DAY_S && apart <= DAY_S;
}

static bool
record_fits(const struct tryst_capture *c, const uint8_t *p, size_t len)
{
	struct pcap_record r, next;
	size_t size;

	if (!record_read(c, p, len, &r) || !record_plausible(c, &r))
		return false;
	size = c->header + r.len;
	if (size > len)
		return !c->drained && size > SEARCH_AHEAD;
	if (size == len && c->drained)
		return true;
	return record_read(c, p + size, len - size, &next) && record_plausible(c, &next);
}

/* The end of what can be read: whether something is missing there. */
static int
end(struct tryst_capture *c, size_t left, struct tryst_health *h)
{
	if (c->stream.damaged) {
		h->damaged_blocks++;
		h->damaged_bytes += c->stream.file->size - tryst_stream_offset(&c->stream);
		tryst_health_note(h, tryst_capture_offset(c), 0, "%s", c->stream.damage);
		c->stream.damaged = false;
	} else if (left > 0) {
		h->damaged_records++;
		h->damaged_bytes += left;
		tryst_health_note(h, tryst_capture_offset(c), 0,
		                  "offset %llu: the capture ends in the middle of a record",
		                  (unsigned long long)tryst_capture_offset(c));
	}
	c->pos = c->end;
	return 0;
}

static int
next_record(struct tryst_capture *c, struct tryst_frame *frame, struct tryst_health *h,
            struct tryst_error *err)
{
	struct pcap_record r;

	for (;;) {
		ssize_t n = tryst_capture_fill(c, c->header, err);
		int rc;

		if (n < 0)
			return (int)n;
		if ((size_t)n < c->header)
			return end(c, (size_t)n, h);
		(void)record_read(c, c->window + c->pos, (size_t)n, &r);
		if (TRYST_LIKELY(r.len <= TRYST_CAPTURE_FRAME_MAX))
			break;
		h->damaged_records++;
		tryst_health_note(h, tryst_capture_offset(c), 0,
		                  "offset %llu: a frame of %u bytes, expected at most %d",
		                  (unsigned long long)tryst_capture_offset(c), r.len,
		                  TRYST_CAPTURE_FRAME_MAX);
		rc = tryst_capture_search(c, 1, record_fits, h, err);
		if (rc < 0)
			return rc;
	}
	frame->at = tryst_capture_offset(c);
	frame->len = r.len;
	frame->wire_len = TRYST_MAX(r.len, r.wire_len);
	frame->link = c->link;
	frame->time_ms = (int64_t)r.s * 1000 + r.fraction / c->divisor;
	c->last_s = r.s;
	return 1;
}

/* The frame's bytes, behind the record's header. */
static int
take_record(struct tryst_capture *c, struct tryst_frame *frame, struct tryst_health *h,
            struct tryst_error *err)
{
	size_t size = c->header + frame->len;
	ssize_t n = tryst_capture_fill(c, size, err);

	if (n < 0)
		return (int)n;
	if ((size_t)n < size)
		return end(c, (size_t)n, h);
	frame->data = c->window + c->pos + c->header;
	c->pos += size;
	return 1;
}

int
tryst_capture_next(struct tryst_capture *c, struct tryst_frame *frame, struct tryst_health *h,
                   struct tryst_error *err)
{
	int rc;

	if (c->blocks) {
		rc = tryst_capture_next_block(c, frame, h, err);
		return rc == 0 ? end(c, c->end - c->pos, h) : rc;
	}
	rc = next_record(c, frame, h, err);
	return rc == 1 ? take_record(c, frame, h, err) : rc;
}
