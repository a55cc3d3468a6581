/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of flow-tools' files.  Uncompressed ones are read in parallel; a compressed one is a
 * single zlib stream, and so a single part.
 */
#include "read/flowtools.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/library.h"
#include "read/file.h"

#define CHUNK (1u << 16)
#define SLOT_PACKED 1
#define SLOT_PLAIN 2
#define SLOT_READING 3

struct ft_source {
	struct tryst_source base; /* first */
	struct tryst_file file;
	struct ft_head head;
	atomic_uint_fast64_t flows; /* read so far */
	atomic_size_t parts_read;
};

/* Unpacking in progress. */
struct unpacking {
	z_stream z;
	uint8_t *packed;
	uint8_t *plain;
	size_t have;      /* bytes of plain */
	uint64_t read_at; /* where in the file packed ends */
};

static int
ft_probe(const struct tryst_probe *p)
{
	struct tryst_cursor c = tryst_cursor_init(p->text, p->text_len);
	uint16_t magic = tryst_cursor_be16(&c);
	uint8_t order = tryst_cursor_u8(&c), stream = tryst_cursor_u8(&c);

	if (c.failed || magic != FT_MAGIC || order < 1 || order > 2 || stream < 1 || stream > 3)
		return 0;
	return 100;
}

/* Counts what of the compressed data cannot be read. */
static void
damaged(struct ft_source *s, const struct unpacking *u, struct tryst_health *h)
{
	uint64_t at = u->read_at - u->z.avail_in;

	h->damaged_blocks++;
	h->damaged_bytes += s->file.size - at;
	tryst_health_note(h, at, 0,
	                  at == s->file.size ? "offset %llu: the compressed data is cut short"
	                                     : "offset %llu: the compressed data is damaged, what "
	                                       "follows is lost",
	                  (unsigned long long)at);
}

/* Reads on when all input was used. */
static int
refill(struct ft_source *s, struct unpacking *u, struct tryst_error *err)
{
	ssize_t got;

	if (u->z.avail_in)
		return 0;
	got = tryst_file_read(&s->file, u->read_at, u->packed, CHUNK, err);
	if (got < 0)
		return (int)got;
	u->z.next_in = u->packed;
	u->z.avail_in = (uInt)got;
	u->read_at += (uint64_t)got;
	return 0;
}

/* Takes the whole records that are unpacked and keeps the rest. */
static int
take_plain(struct tryst_fixed_reading *r, struct unpacking *u, struct tryst_error *err)
{
	size_t size = r->fixed->layout->size, whole = u->have / size * size;
	int rc = tryst_fixed_take(r, u->plain, whole, u->read_at - u->z.avail_in, 0, err);

	memmove(u->plain, u->plain + whole, u->have - whole);
	u->have -= whole;
	return rc;
}

static int
unpack(struct ft_source *s, struct tryst_fixed_reading *r, struct unpacking *u,
       struct tryst_error *err)
{
	int rc, z = Z_OK;

	while (z == Z_OK) {
		rc = refill(s, u, err);
		if (rc < 0)
			return rc;
		u->z.next_out = u->plain + u->have;
		u->z.avail_out = (uInt)(CHUNK - u->have);
		/* Without input it gives what it still holds, then Z_BUF_ERROR. */
		z = tryst_zlib(NULL)->inflate(&u->z, Z_NO_FLUSH);
		u->have = CHUNK - u->z.avail_out;
		rc = take_plain(r, u, err);
		if (rc < 0)
			return rc;
	}
	if (z == Z_MEM_ERROR)
		return tryst_error_nomem(err);
	if (z != Z_STREAM_END || u->have || u->read_at - u->z.avail_in < s->file.size)
		damaged(s, u, &r->sink->health);
	return 0;
}

static int
read_compressed(struct ft_source *s, struct tryst_fixed_reading *r, struct tryst_error *err)
{
	const struct tryst_zlib *zlib = tryst_zlib(NULL);
	struct unpacking u = {
		.packed = tryst_sink_scratch(r->sink, SLOT_PACKED, CHUNK),
		.plain = tryst_sink_scratch(r->sink, SLOT_PLAIN, CHUNK),
		.read_at = s->head.data_at,
	};
	int rc;

	if (!u.packed || !u.plain ||
	    zlib->inflateInit2_(&u.z, MAX_WBITS, ZLIB_VERSION, sizeof(u.z)) != Z_OK)
		return tryst_error_nomem(err);
	rc = unpack(s, r, &u, err);
	(void)zlib->inflateEnd(&u.z);
	return rc;
}

static int
ft_read(struct tryst_source *source, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	struct ft_source *s = (struct ft_source *)source;
	struct tryst_fixed_reading *r = tryst_sink_scratch(sink, SLOT_READING, sizeof(*r));
	int rc;

	if (!r)
		return tryst_error_nomem(err);
	tryst_fixed_begin(r, &s->head.fixed, source, sink);
	rc = s->head.compressed ? read_compressed(s, r, err)
	                        : tryst_fixed_part(r, &s->file, s->head.data_at, part, err);
	rc = tryst_fixed_end(r, rc, err);
	atomic_fetch_add(&s->flows, sink->health.flows);
	atomic_fetch_add(&s->parts_read, 1);
	return rc;
}

static void
ft_close(struct tryst_source *source)
{
	struct ft_source *s = (struct ft_source *)source;
	uint64_t flows = atomic_load(&s->flows);

	/* The file knows how many flows it holds: fewer means that damage went unnoticed elsewhere.
	 */
	if (atomic_load(&s->parts_read) == s->base.parts && s->head.complete &&
	    flows < s->head.flows)
		tryst_health_note(&source->input->health, UINT64_MAX, 0,
		                  "its own header says %u flows, %llu were read", s->head.flows,
		                  (unsigned long long)flows);
	tryst_file_close(&s->file);
	free(s);
}

static const struct tryst_source_ops ft_ops = {
	.read = ft_read,
	.close = ft_close,
	.tests_window = true,
	.tests_addresses = true,
};

static void
find_parts(struct ft_source *s, struct tryst_health *h)
{
	h->sequence_lost += s->head.lost;
	s->base.parts = 1;
	if (!s->head.compressed)
		s->base.parts = tryst_fixed_parts(s->head.fixed.layout, &s->file,
		                                  s->file.size - s->head.data_at, h);
}

static int
ft_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
        const struct tryst_read_options *options, struct tryst_source **out,
        struct tryst_error *err)
{
	struct ft_source *s = calloc(1, sizeof(*s));
	int rc;

	(void)options;
	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &ft_ops, .input = in, .request = *req };
	s->file = *file;
	rc = tryst_ft_head(&s->head, file, err);
	if (rc == 0 && s->head.compressed && !tryst_zlib(err))
		rc = err->code;
	if (rc < 0) {
		free(s);
		return rc;
	}
	find_parts(s, &in->health);
	*out = &s->base;
	return 0;
}

const struct tryst_reader tryst_reader_flowtools = {
	.name = "flow-tools",
	.help = "flow-tools files of NetFlow v1, v5, v6 and v7",
	.seeks = true,
	.probe = ft_probe,
	.open = ft_open,
};
