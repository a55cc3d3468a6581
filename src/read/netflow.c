/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads files of export datagrams.  A template may stand anywhere before its data, so such a file
 * is one part.  Bytes that are no datagram are searched past, up to the next header of the version
 * that was read last.
 */
#include "read/netflow.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "read/export.h"
#include "read/stream.h"

#define WINDOW ((size_t)1 << 18)
#define DATAGRAM_MAX 65536u
#define NANOSECONDS 1000000000u

struct nx_source {
	struct tryst_source base; /* first */
	struct tryst_file file;
};

/* The file as seen through a window. */
struct reading {
	struct tryst_export *x;
	struct tryst_sink *sink;
	struct tryst_stream stream;
	uint8_t *window;
	size_t pos, end;  /* what is unread of it */
	uint64_t at;      /* of pos, in the decompressed file */
	uint16_t version; /* of the datagram before; 0: none yet */
	bool ended;
};

/* So that a whole datagram is in sight, or the end. */
static int
fill(struct reading *r, struct tryst_error *err)
{
	ssize_t got;

	if (r->ended || r->end - r->pos > DATAGRAM_MAX)
		return 0;
	memmove(r->window, r->window + r->pos, r->end - r->pos);
	r->end -= r->pos;
	r->pos = 0;
	got = tryst_stream_read(&r->stream, r->window + r->end, WINDOW - r->end, err);
	if (got < 0)
		return (int)got;
	r->ended = (size_t)got < WINDOW - r->end;
	r->end += (size_t)got;
	return 0;
}

/* The length of the datagram at a place in the window; 0: none begins there. */
static size_t
length_at(const struct reading *r, size_t pos)
{
	return tryst_export_length(r->window + pos, r->end - pos);
}

static bool
is_header(const struct reading *r, size_t pos)
{
	return r->end - pos >= 2 &&
	       (!r->version || tryst_load_be16(r->window + pos) == r->version) &&
	       length_at(r, pos) > 0 && length_at(r, pos) <= r->end - pos;
}

/* Counts the bytes up to the next datagram as lost. */
static int
search(struct reading *r, struct tryst_error *err)
{
	struct tryst_health *h = &r->sink->health;
	uint64_t from = r->at;
	int rc = 0;

	do {
		r->pos++;
		r->at++;
		rc = fill(r, err);
	} while (rc == 0 && r->pos < r->end && !is_header(r, r->pos));
	h->damaged_blocks++;
	h->damaged_bytes += r->at - from;
	tryst_health_note(h, from, 0, "no datagram at offset %llu: %llu bytes lost",
	                  (unsigned long long)from, (unsigned long long)(r->at - from));
	return rc;
}

static int
take_datagram(struct reading *r, size_t len, struct tryst_error *err)
{
	struct tryst_datagram d = { .data = r->window + r->pos, .len = len, .at = r->at };
	int rc = tryst_export_decode(r->x, &d, r->sink, err);

	r->version = tryst_load_be16(d.data);
	r->pos += len;
	r->at += len;
	return rc;
}

static int
take_all(struct reading *r, struct tryst_error *err)
{
	int rc = fill(r, err);

	while (rc == 0 && r->pos < r->end) {
		size_t len = length_at(r, r->pos);

		if (r->sink->stop && atomic_load_explicit(r->sink->stop, memory_order_relaxed))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
		/* Only the last datagram can be cut short. */
		if (len > 0 && (len <= r->end - r->pos || r->at == 0 || r->version))
			rc = take_datagram(r, TRYST_MIN(len, r->end - r->pos), err);
		else
			rc = search(r, err);
		if (rc == 0)
			rc = fill(r, err);
	}
	return rc;
}

static int
nx_read(struct tryst_source *base, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	struct nx_source *s = (struct nx_source *)base;
	struct reading r = { .sink = sink };
	struct tryst_health *h = &sink->health;
	int rc;

	(void)part;
	r.window = tryst_sink_scratch(sink, 0, WINDOW);
	if (!r.window)
		return tryst_error_nomem(err);
	rc = tryst_stream_open(&r.stream, &s->file, err);
	if (rc < 0)
		return rc;
	rc = tryst_export_new(&r.x, base->input, err);
	if (rc == 0)
		rc = take_all(&r, err);
	if (rc == 0)
		rc = tryst_export_finish(r.x, h, err);
	if (rc == 0 && r.stream.damaged) {
		h->damaged_blocks++;
		h->damaged_bytes += s->file.size - tryst_stream_offset(&r.stream);
		tryst_health_note(h, r.at, 0, "%s", r.stream.damage);
	}
	tryst_export_free(r.x);
	tryst_stream_close(&r.stream);
	return rc;
}

static void
nx_close(struct tryst_source *base)
{
	struct nx_source *s = (struct nx_source *)base;

	(void)close(s->file.fd);
	free(s);
}

static const struct tryst_source_ops nx_ops = {
	.read = nx_read,
	.close = nx_close,
};

static int
nx_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
        const struct tryst_read_options *options, struct tryst_source **out,
        struct tryst_error *err)
{
	struct nx_source *s = calloc(1, sizeof(*s));

	(void)options;
	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &nx_ops, .input = in, .request = *req, .parts = 1 };
	s->file = *file;
	*out = &s->base;
	return 0;
}

/* A fraction of a second, in the versions whose header has one. */
static bool
is_sane(const uint8_t *data)
{
	return tryst_load_be16(data) >= 9 || tryst_load_be32(data + 12) < NANOSECONDS;
}

/*
 * How sure it is that datagrams of these versions stand here: one that ends with the file or
 * before another is no accident.
 */
static int
probe(const struct tryst_probe *p, bool ipfix)
{
	size_t len = tryst_export_length(p->text, p->text_len);
	bool whole = p->text_len < TRYST_PROBE_SIZE;

	if (len == 0 || (tryst_load_be16(p->text) == 10) != ipfix || !is_sane(p->text))
		return 0;
	if (len > p->text_len || (len == p->text_len && !whole))
		return whole ? 30 : 60;
	if (len == p->text_len || tryst_export_length(p->text + len, p->text_len - len) > 0)
		return 90;
	return p->text_len - len < 20 && !whole ? 60 : 30;
}

static int
ipfix_probe(const struct tryst_probe *p)
{
	return probe(p, true);
}

static int
netflow_probe(const struct tryst_probe *p)
{
	return probe(p, false);
}

const struct tryst_reader tryst_reader_ipfix = {
	.name = "ipfix",
	.help = "IPFIX files (RFC 5655)",
	.probe = ipfix_probe,
	.open = nx_open,
};

const struct tryst_reader tryst_reader_netflow = {
	.name = "netflow",
	.help = "raw datagrams of NetFlow v1, v5, v7 and v9",
	.probe = netflow_probe,
	.open = nx_open,
};
